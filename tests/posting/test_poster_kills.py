"""Whoever posts is killed in the middle: the books are whole or untouched, and doing it again does it once.

Real processes; each stops at a place where somebody else holds what it needs next, and there it is killed, or its
connection is ended. What it then does again comes out as in a shop where nobody was disturbed.
"""

import multiprocessing
import random
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from functools import partial
from multiprocessing.context import ForkProcess
from typing import Any

import pytest
from django.apps import apps
from django.db import OperationalError, connection, connections

from costing.standard_cost import calculate_standard_costs, implement_standard_costs
from inventory.bom_edit import BOMChange, BOMLine, save_boms
from inventory.models import Item
from ledger.audit import audit_ledger
from ledger.models import ItemRegister
from ledger.periods import close_inventory_period
from posting.movements import post_movements
from tests.costing.histories import transit_of
from tests.costing.kinds import EVENTS, WORKERS, Shop, books_of
from tests.factories import Company
from tests.posting.test_races import held
from work.queue import drain

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("processes")]

FORK = multiprocessing.get_context("fork")
METHODS = ("fifo", "average", "lifo", "standard")


KINDS = {**EVENTS, **WORKERS}


def table_lock(table: str) -> str:
    return f"LOCK TABLE {table} IN SHARE MODE"


def taken_number(ahead: int, table: str) -> str:
    """The number that a row to come will want is taken by somebody who has not committed."""
    key = "entry_id" if table == "ledger_entrybalance" else "id"
    source = "ledger_itemledgerentry" if table == "ledger_entrybalance" else table
    return (
        f"INSERT INTO {table} SELECT (jsonb_populate_record(t, jsonb_build_object('{key}',"
        f" (SELECT last_value + {ahead} FROM {source}_id_seq)))).* FROM {table} t LIMIT 1"
    )


PLACES = {
    "the register": ("ledger_itemregister", table_lock),
    "the second entry": ("ledger_itemledgerentry", partial(taken_number, 2)),
    "the second balance": ("ledger_entrybalance", partial(taken_number, 2)),
    "the third application": ("ledger_itemapplicationentry", partial(taken_number, 3)),
    "the first value entry": ("ledger_valueentry", partial(taken_number, 1)),
    "the fifth value entry": ("ledger_valueentry", partial(taken_number, 5)),
    "what is left of entries": ("ledger_entrybalance", table_lock),
    "the items' sums": ("ledger_itemstate", table_lock),
    "orders": ("costing_ordercost", table_lock),
    "work for the adjuster": ("costing_costtoforward", table_lock),
    "work for the G/L": ("costing_costtopost", table_lock),
    "G/L entries": ("ledger_glentry", table_lock),
    "what was posted to the G/L": ("ledger_valueposting", table_lock),
    "the journal": ("posting_itemjournalline", table_lock),
}
# Who posted is looked at when the transaction commits: all that comes before is done, and nothing is there yet.
COMMIT = "SELECT 1 FROM users_user FOR UPDATE"


@contextmanager
def poster(act: Callable[[], Any]) -> Iterator[ForkProcess]:
    """A process that acts on a connection of its own; it is gone when the block is left."""

    def run() -> None:
        # A browser's event loop ends with the fork, and with it Django would find the connection of before the loop.
        connections["default"] = connections.create_connection("default")
        with connection.cursor() as cursor:
            cursor.execute("SET application_name = 'poster'")
        try:
            act()
        except OperationalError:
            raise SystemExit(3) from None

    connection.close()  # it must not be shared
    process = FORK.Process(target=run, daemon=True)
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join()


def until(holds: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)


def posters(waiting: bool = False) -> list[tuple[int, bool]]:
    """What the server does for posters: its process, and whether it is at the commit."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid, query LIKE 'COMMIT%%' FROM pg_stat_activity WHERE datname = current_database()"
            " AND application_name = 'poster' AND (NOT %s OR wait_event_type = 'Lock')",
            [waiting],
        )
        return cursor.fetchall()


def killed_at(place: str, act: Callable[[], Any], *, by_client: bool) -> bool:
    """Kill a poster at a place, or where it does not come there, at its commit; True when it came there."""
    with held(f"{COMMIT}; {place}"), poster(act) as process:
        until(lambda: not process.is_alive() or posters(waiting=True))
        waiting = posters(waiting=True)
        assert len(waiting) == 1, f"it ended with {process.exitcode}"
        server, at_commit = waiting[0]
        if by_client and not at_commit:
            process.kill()
        else:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(%s)", [server])
            process.join(20)
            assert process.exitcode == 3, "it must know that nothing was posted"
    until(lambda: not posters())
    return not at_commit


def killed_in_commit(act: Callable[[], Any]) -> None:
    """Nobody hears that it was committed, and it is."""
    with held(f"{COMMIT}"), poster(act) as process:
        until(lambda: not process.is_alive() or posters(waiting=True))
        assert [at_commit for _, at_commit in posters(waiting=True)] == [True]
        process.kill()
    until(lambda: not posters())


def everything() -> dict[str, str]:
    """All that is written in the books, the queues, the journals and on the cards."""
    tables = sorted(
        model._meta.db_table for label in ("inventory", "ledger", "costing", "posting", "work")
        for model in apps.get_app_config(label).get_models() if model._meta.managed
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(
            f"SELECT '{table}', md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {table} t"
            for table in tables
        ))  # fmt: skip
        return dict(cursor.fetchall())


def kill_everywhere(act: Callable[[], Any], tables: Iterable[str]) -> set[str]:
    """Kill it wherever it writes to these tables; nothing was posted when this returns. The places that it came to."""
    before, reached = everything(), set()
    for number, (name, (table, stop)) in enumerate(PLACES.items()):
        if table not in tables:
            continue
        if killed_at(stop(table), act, by_client=number % 2 == 0):
            reached.add(name)
        assert everything() == before, name
    return reached


def kill_any_time(act: Callable[[], Any], seed: str) -> bool:
    """True when it was posted before it was killed."""
    before, chance = everything(), random.Random(seed)
    for _ in range(3):
        with poster(act) as process:
            process.join(chance.uniform(0, 0.1))
        until(lambda: not posters())
        if everything() != before:
            return True
    return False


@pytest.mark.parametrize("name", KINDS)
def test_a_killed_poster_leaves_all_or_nothing(company: Company, name: str) -> None:
    prepare, act = KINDS[name]
    method = METHODS[list(KINDS).index(name) % len(METHODS)]
    calm, disturbed = (Shop(company, transit_of(company), mark, method) for mark in ("A", "B"))
    for shop in (calm, disturbed):
        prepare(shop)
    before = everything()
    act(calm)
    again, written = partial(act, disturbed), {table for table, _ in everything().items() - before.items()}
    assert len(kill_everywhere(again, written)) > 2
    assert not audit_ledger()
    if not kill_any_time(again, name):
        killed_in_commit(again)
    assert not audit_ledger()
    drain()
    assert books_of([disturbed.wood, disturbed.table]) == books_of([calm.wood, calm.table])


def test_a_killed_poster_of_many_chunks(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the first, between the first and the second, and in the last."""
    monkeypatch.setattr("posting.journals.CHUNK", 2)
    items = [company.item(f"I{number}", METHODS[number % 4]) for number in range(4)]
    for item in items:
        company.line("purchase", item, 5, unit_amount="3.33", location=company.east)
        company.line("sale", item, 2, location=company.east)
    before = everything()
    for ahead in (1, 3, 8):
        place = taken_number(ahead, "ledger_itemledgerentry")
        killed_at(place, company.post, by_client=ahead != 3)
        assert everything() == before
    killed_in_commit(company.post)
    drain()
    assert [row[1] for row in books_of(items)] == [5, -2] * 4


def test_the_same_key_after_a_commit_that_nobody_heard_of(company: Company) -> None:
    shop = Shop(company, transit_of(company), "A")
    line = shop.line("purchase", 3, "KEY", amount="10")
    again = partial(post_movements, [line], posted_by=company.user, idempotency_key=("k", {"a": 1}))
    assert killed_at(table_lock("costing_costtopost"), again, by_client=True)
    assert not ItemRegister.objects.exists()
    killed_in_commit(again)
    assert again().hit
    assert ItemRegister.objects.count() == 1


def test_a_period_whose_closing_is_killed_is_open(company: Company) -> None:
    company.post(company.line("purchase", company.item("BIKE"), 1, unit_amount="5"))
    drain()
    close = partial(close_inventory_period, date(2026, 1, 31), by=company.user)
    before = everything()
    for by_client in (True, False):
        assert killed_at(table_lock("ledger_inventoryperiod"), close, by_client=by_client)
        assert everything() == before
    assert close().closed


def test_standard_costs_are_changed_whole_or_not_at_all(company: Company) -> None:
    table = company.item("TABLE", "standard", standard_cost=Decimal(5))
    company.item("WOOD", "standard", standard_cost=Decimal(5))
    save_boms([BOMChange(1, "TABLE", [BOMLine("WOOD", quantity_per=Decimal(3))])], user=company.user, reason="test")
    company.post(company.line("purchase", table, 2, unit_amount="5"))
    drain()
    costs = calculate_standard_costs(["TABLE"], multilevel=False).costs
    implement = partial(implement_standard_costs, costs, user=company.user)
    before = everything()
    for by_client in (True, False):
        assert killed_at(table_lock("inventory_standardcostversion"), implement, by_client=by_client)
        assert everything() == before
    assert [stock.value_at_standard for stock in implement().to_revalue] == [30]
    assert list(Item.objects.order_by("number").values_list("standard_cost", flat=True)) == [15, 5]
