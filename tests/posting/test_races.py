"""Two users at once, with real threads and connections."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from threading import Barrier, Thread

import pytest
from django.db import connection, connections
from django.test import Client
from django.urls import reverse

from inventory.models import NumberSeries
from ledger.errors import ItemBusy
from ledger.models import InventoryPeriod, ItemLedgerEntry, ItemRegister
from ledger.periods import close_inventory_period
from posting.journals import LineVersion, PostingAnswer, post_journal
from posting.reverse import reverse_register
from tests.factories import Company
from users.accounts import make_user
from users.roles import sync_roles
from work.errors import Refused
from work.queue import drain

pytestmark = pytest.mark.django_db(transaction=True)


def together(*acts: Callable[[], object]) -> list[object]:
    """Run these at the same moment; returns what each gave or raised."""
    start, results = Barrier(len(acts)), [None] * len(acts)

    def run(place: int) -> None:
        start.wait()
        try:
            results[place] = acts[place]()
        except Exception as problem:  # handed to the test, which looks at it
            results[place] = problem
        finally:
            connection.close()

    threads = [Thread(target=run, args=(place,)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def test_two_sell_the_last_unit(company: Company) -> None:
    bike = company.item("BIKE", prevent_negative_inventory="yes")
    company.post(company.line("purchase", bike, 1, unit_amount="5"))
    lines = [company.line("sale", bike, 1) for _ in range(2)]
    results = together(*(lambda line=line: company.post(line) for line in lines))
    refused = [result for result in results if isinstance(result, Refused)]
    assert len(refused) == 1, results
    assert refused[0].refusals[0].code == "not_on_inventory"
    assert ItemLedgerEntry.objects.filter(entry_type="sale").count() == 1


def test_one_key_twice_at_once(company: Company) -> None:
    line = company.line("purchase", company.item("BIKE"), 1)
    wanted = [LineVersion(line.pk, 1)]
    results = together(
        *[lambda: post_journal(company.batch.pk, wanted, posted_by=company.user, idempotency_key=("k", {"a": 1}))] * 2
    )
    assert sorted(result.hit for result in results) == [False, True], results
    assert ItemRegister.objects.count() == 1


def test_items_locked_in_opposite_order(company: Company) -> None:
    first, second = company.item("A"), company.item("B")

    def posting(items: list[object]) -> Callable[[], object]:
        lines = [company.line("purchase", item, 1, unit_amount="1") for item in items]
        return lambda: company.post(*lines)

    for _ in range(10):
        results = together(posting([first, second]), posting([second, first]))
        assert not [result for result in results if isinstance(result, Exception)], results
    assert ItemLedgerEntry.objects.count() == 40


@contextmanager
def held(statement: str, *parameters: object) -> Iterator[None]:
    """Hold a lock in a connection of its own for as long as the block runs."""
    own = connections.create_connection("default")
    own.set_autocommit(False)
    try:
        with own.cursor() as cursor:
            cursor.execute(statement, parameters)
        yield
    finally:
        own.rollback()
        own.close()


def until_blocked(count: int) -> None:
    """Wait until that many connections wait for a lock."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0] >= count:
                return
        time.sleep(0.01)
    raise AssertionError("nobody waits")


def started(act: Callable[[], object]) -> tuple[Thread, list[object]]:
    """Run this beside the test; what it gives or raises is in the list when the thread has ended."""
    results: list[object] = []

    def run() -> None:
        try:
            results.append(act())
        except Exception as problem:  # handed to the test, which looks at it
            results.append(problem)
        finally:
            connection.close()

    thread = Thread(target=run)
    thread.start()
    return thread, results


ITEM = "SELECT 1 FROM ledger_itemstate WHERE item_id = %s FOR UPDATE"


def test_a_reader_sees_all_of_a_posting_or_nothing(company: Company) -> None:
    items = [company.item(f"I{n:03}") for n in range(150)]
    for item in items:
        company.line("purchase", item, 5, unit_amount="2")
        company.line("sale", item, 2)
    seen = set()
    thread, results = started(company.post)
    while thread.is_alive() or len(seen) < 2:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT (SELECT count(*) FROM ledger_itemledgerentry), (SELECT count(*) FROM ledger_valueentry),"
                " (SELECT count(*) FROM ledger_entrybalance), (SELECT sum(quantity) FROM ledger_itemstate)::int,"
                " (SELECT count(*) FROM costing_costtoforward), (SELECT count(*) FROM posting_itemjournalline)"
            )
            seen.add(cursor.fetchone())
    assert isinstance(results[0], PostingAnswer), results
    assert seen == {(0, 0, 0, 0, 0, 300), (300, 300, 300, 450, 150, 0)}


def test_a_period_is_not_closed_under_a_posting(company: Company) -> None:
    bike = company.item("BIKE")
    line = company.line("purchase", bike, 1, unit_amount="5")
    with held(ITEM, bike.pk):
        posting, posted = started(lambda: company.post(line))
        until_blocked(1)
        closing, closed = started(lambda: close_inventory_period(date(2026, 1, 31), by=company.user))
        until_blocked(2)
    posting.join()
    closing.join()
    assert isinstance(posted[0], PostingAnswer), posted
    assert isinstance(closed[0], Refused), closed
    assert [problem.code for problem in closed[0].refusals] == ["unadjusted_entries"]
    drain()
    assert close_inventory_period(date(2026, 1, 31), by=company.user).closed


def test_nothing_is_posted_into_a_period_that_closes_first(company: Company) -> None:
    line = company.line("purchase", company.item("BIKE"), 1, unit_amount="5")
    with held("LOCK TABLE ledger_inventoryperiod IN SHARE MODE"):
        closing, closed = started(lambda: close_inventory_period(date(2026, 1, 31), by=company.user))
        until_blocked(1)
        posting, posted = started(lambda: company.post(line))
        until_blocked(2)
    posting.join()
    closing.join()
    assert isinstance(closed[0], InventoryPeriod), closed
    assert isinstance(posted[0], Refused), posted
    assert [problem.code for problem in posted[0].refusals] == ["period_closed"]
    assert not ItemRegister.objects.exists()


def test_a_register_is_reversed_once(company: Company) -> None:
    answer = company.post(company.line("purchase", company.item("BIKE"), 1, unit_amount="5"))
    results = together(*[lambda: reverse_register(answer.register_id, posted_by=company.user)] * 2)
    refused = [result for result in results if isinstance(result, Refused)]
    assert [problem.code for problem in refused[0].refusals] == ["already_reversed"], results
    assert ItemLedgerEntry.objects.count() == 2


def test_waiting_for_an_item_ends_in_words(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.locks.LOCK_TIMEOUT", "50ms")
    bike = company.item("BIKE")
    with held(ITEM, bike.pk), pytest.raises(ItemBusy):
        company.post(company.line("purchase", bike, 1, unit_amount="5"))
    assert not ItemRegister.objects.exists()


def test_a_change_of_setup_that_waits_too_long_ends_in_words(
    company: Company, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inventory.setup.LONGEST_WAIT", "50ms")
    sync_roles()
    client.force_login(make_user("root", roles=["administrator"]))
    page = reverse("admin:inventory_numberseries_add")
    with held("SELECT id FROM inventory_inventorysetup FOR SHARE"):
        with pytest.raises(Refused, match="Postings are running"):
            close_inventory_period(date(2026, 1, 31), by=company.user)
        answer = client.post(page, {"code": "SERIES"}, follow=True)
    assert "Postings are running" in answer.content.decode()
    assert not NumberSeries.objects.filter(code="SERIES").exists()


def test_waiting_in_the_middle_of_many_rows_ends_in_the_same_words(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.locks.LOCK_TIMEOUT", "50ms")
    for number in range(6):
        company.line("purchase", company.item(f"I{number}"), 1, unit_amount="5")
    with held("LOCK TABLE ledger_itemledgerentry IN SHARE MODE"), pytest.raises(ItemBusy):
        company.post()
    assert not ItemRegister.objects.exists()
