"""Revaluing, posting and closing at the same time, with real threads and connections."""

from datetime import date
from decimal import Decimal

import pytest

from costing.adjust import AdjustedCosts, adjust_costs
from costing.revaluation import NewWorth
from ledger.models import InventoryPeriod, ItemRegister, ValueEntry
from ledger.periods import close_inventory_period
from posting.journals import PostingAnswer
from posting.revalue import revalue_item
from tests.factories import JANUARY, Company
from tests.posting.test_races import ITEM, held, started, together, until_blocked
from work.errors import Refused
from work.queue import drain

pytestmark = pytest.mark.django_db(transaction=True)

END = date(2026, 1, 31)
TWELVE = NewWorth(unit_cost=Decimal(12))


def test_a_period_is_not_closed_under_a_revaluation(company: Company) -> None:
    bike = company.item("BIKE")
    company.post(company.line("purchase", bike, 1, unit_amount="5"))
    drain()
    with held(ITEM, bike.pk):
        revaluing, revalued = started(
            lambda: revalue_item(bike.pk, TWELVE, posting_date=JANUARY, document_number="R1", by=company.user)
        )
        until_blocked(1)
        closing, closed = started(lambda: close_inventory_period(END, by=company.user))
        until_blocked(2)
    revaluing.join()
    closing.join()
    assert isinstance(revalued[0], PostingAnswer), revalued
    assert isinstance(closed[0], Refused), closed
    assert [problem.code for problem in closed[0].refusals] == ["unadjusted_entries"]


def test_nothing_is_revalued_in_a_period_that_closes_first(company: Company) -> None:
    bike = company.item("BIKE")
    company.post(company.line("purchase", bike, 1, unit_amount="5"))
    drain()
    with held("LOCK TABLE ledger_inventoryperiod IN SHARE MODE"):
        closing, closed = started(lambda: close_inventory_period(END, by=company.user))
        until_blocked(1)
        revaluing, revalued = started(
            lambda: revalue_item(bike.pk, TWELVE, posting_date=JANUARY, document_number="R1", by=company.user)
        )
        until_blocked(2)
    revaluing.join()
    closing.join()
    assert isinstance(closed[0], InventoryPeriod), closed
    assert isinstance(revalued[0], Refused), revalued
    assert [problem.code for problem in revalued[0].refusals] == ["period_closed"]
    assert ItemRegister.objects.count() == 1


def test_a_period_waits_for_costs_that_are_being_adjusted(company: Company) -> None:
    bike = company.item("BIKE")
    company.post(company.line("purchase", bike, 1, unit_amount="5"))
    with held(ITEM, bike.pk):
        adjusting, adjusted = started(adjust_costs)
        until_blocked(1)
        closing, closed = started(lambda: close_inventory_period(END, by=company.user))
        until_blocked(2)
    adjusting.join()
    closing.join()
    assert isinstance(adjusted[0], AdjustedCosts), adjusted
    assert isinstance(closed[0], InventoryPeriod), closed


def test_two_who_revalue_at_once_do_it_once(company: Company) -> None:
    """The second sees what the first has done, and changes nothing."""
    bike = company.item("BIKE")
    company.post(company.line("purchase", bike, 3, unit_amount="10"))
    drain()
    results = together(
        *[lambda: revalue_item(bike.pk, TWELVE, posting_date=JANUARY, document_number="R1", by=company.user)] * 2
    )
    assert sorted(result.value_entries for result in results) == [0, 1], results
    assert ValueEntry.objects.get(entry_type="revaluation").cost_amount_actual == Decimal(6)


def test_nobody_posts_by_the_old_standard_while_the_new_one_is_set(company: Company) -> None:
    bike = company.item("BIKE", "standard", standard_cost=Decimal(10))
    company.post(company.line("purchase", bike, 1, unit_amount="10"))
    drain()
    line = company.line("purchase", bike, 1, unit_amount="10")
    with held(ITEM, bike.pk):
        revaluing, revalued = started(
            lambda: revalue_item(
                bike.pk, TWELVE, posting_date=JANUARY, document_number="R1", by=company.user, update_standard_cost=True
            )
        )
        until_blocked(1)
        posting, posted = started(lambda: company.post(line))
        until_blocked(2)
    revaluing.join()
    posting.join()
    assert isinstance(revalued[0], PostingAnswer), revalued
    assert isinstance(posted[0], PostingAnswer), posted
    receipts = ValueEntry.objects.filter(register=posted[0].register_id)
    assert sum(row.cost_amount_actual for row in receipts) == Decimal(12)
