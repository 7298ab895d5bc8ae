"""Inventory periods close when their costs are settled, and open again with all later ones."""

from datetime import date

import pytest

from ledger.models import InventoryPeriod
from ledger.periods import close_inventory_period, reopen_inventory_period
from tests.factories import Company
from users.history import history_of
from work.errors import Refused
from work.queue import drain

pytestmark = pytest.mark.django_db


def close(company: Company, day: int) -> list[str]:
    """The codes that closing is refused for; none when it closes."""
    try:
        close_inventory_period(date(2026, 1, day), by=company.user)
    except Refused as refused:
        return [problem.code for problem in refused.refusals]
    return []


def test_unsettled_costs_and_uncovered_issues_keep_a_period_open(company: Company) -> None:
    bike = company.item("BIKE")
    company.post(company.line("sale", bike, 2, posting_date=date(2026, 1, 10)))
    assert close(company, 10) == ["unadjusted_entries", "open_outbound_entry"]
    assert not InventoryPeriod.objects.exists()
    assert close(company, 9) == []
    drain()
    assert close(company, 10) == ["open_outbound_entry"]
    company.post(company.line("purchase", bike, 2, posting_date=date(2026, 1, 12)))
    drain()
    assert close(company, 10) == []


def test_earlier_periods_close_too_and_later_ones_open_too(company: Company) -> None:
    for day in (5, 10, 20):
        assert close(company, day) == []
    reopen_inventory_period(date(2026, 1, 10), by=company.user)
    assert list(InventoryPeriod.objects.values_list("ending_date__day", "closed")) == [
        (5, True), (10, False), (20, False),
    ]  # fmt: skip
    assert close(company, 20) == []
    assert InventoryPeriod.objects.filter(closed=True).count() == 3
    assert close(company, 20) == ["period_closed"]
    assert close(company, 15) == ["period_closed"]
    assert InventoryPeriod.objects.count() == 3


def test_only_a_closed_period_is_reopened(company: Company) -> None:
    with pytest.raises(Refused) as refused:
        reopen_inventory_period(date(2026, 1, 10), by=company.user)
    assert refused.value.refusals[0].code == "period_not_closed"


def test_who_closed_it_and_when(company: Company) -> None:
    period = close_inventory_period(date(2026, 1, 10), by=company.user)
    reopen_inventory_period(date(2026, 1, 10), by=company.user)
    reasons = [change["reason"] for change in history_of(period)]
    assert "reopened at register" in reasons[0]
    assert "closed at register" in reasons[1]


def test_what_is_found_after_closing_is_posted_on_the_first_open_day(company: Company) -> None:
    bike = company.item("BIKE")
    company.line("purchase", bike, 3, unit_amount="3.33", amount="10.00", posting_date=date(2026, 1, 5))
    company.line("sale", bike, 1, posting_date=date(2026, 1, 6))
    company.line("sale", bike, 1, posting_date=date(2026, 1, 7))
    company.post()
    drain()
    assert close(company, 31) == []
    company.post(company.line("sale", bike, 1, posting_date=date(2026, 2, 3)))
    drain()
    rounding = bike.ledger_entries.get(quantity=3).value_entries.get(entry_type="rounding")
    assert (rounding.posting_date, rounding.valuation_date) == (date(2026, 2, 1), date(2026, 1, 5))
