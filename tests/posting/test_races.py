"""Two users at once, with real threads and connections."""

from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from django.db import connection

from ledger.models import ItemLedgerEntry, ItemRegister
from posting.journals import LineVersion, post_journal
from tests.factories import Company
from work.errors import Refused

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
