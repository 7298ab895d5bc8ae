"""Inventory periods close when their costs are settled, and open again with all later ones."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from costing.adjust import adjust_costs
from inventory.models import Item
from ledger.choices import EntryType, OrderType
from ledger.models import AccountingPeriod, InventoryPeriod, ItemRegister
from ledger.periods import (
    check_inventory_period,
    close_inventory_period,
    delete_inventory_period,
    plan_inventory_period,
    reopen_inventory_period,
)
from posting.lines import FinishLine, PostingLine
from posting.movements import post_movements
from tests.factories import Company
from users.history import acting, history_of
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


def test_what_closing_would_be_refused_for_is_told_without_closing(company: Company) -> None:
    company.post(company.line("sale", company.item("BIKE"), 2, posting_date=date(2026, 1, 10)))
    refusals = check_inventory_period(date(2026, 1, 10))
    assert [problem.code for problem in refusals] == ["unadjusted_entries", "open_outbound_entry"]
    assert check_inventory_period(date(2026, 1, 9)) == []
    assert not InventoryPeriod.objects.exists()


def moved(company: Company, kind: str, item: Item, quantity: int, order: Any, day: date, **more: Any) -> PostingLine:
    return PostingLine(
        key=1, item_id=item.pk, location_id=company.blank.pk, posting_date=day, document_date=day, entry_type=kind,
        document_number="P1", quantity=Decimal(quantity), unit_code="PCS", order_key=order, **more,
    )  # fmt: skip


def orders(company: Company, day: date) -> list[str]:
    """The orders that closing would be refused for."""
    return [problem.facts["order"] for problem in check_inventory_period(day) if problem.code == "unadjusted_orders"]


def test_an_order_that_is_done_must_be_adjusted(company: Company) -> None:
    wheel, bike = company.item("WHEEL", low_level_code=1), company.item("BIKE")
    company.post(company.line("purchase", wheel, 10, unit_amount="3"))
    order, day, end = (OrderType.PRODUCTION.value, "PO1", 10000), date(2026, 1, 20), date(2026, 1, 31)

    def post(*lines: Any) -> None:
        post_movements(lines, posted_by=company.user)

    post(
        moved(company, EntryType.CONSUMPTION, wheel, 2, order, day, produces=bike.pk),
        moved(company, EntryType.OUTPUT, bike, 1, order, day),
    )
    assert orders(company, end) == []  # it is not finished
    post(FinishLine(key=1, order_number="PO1"))
    assert orders(company, end) == ["PO1"]
    assert orders(company, date(2026, 1, 19)) == []
    adjust_costs()
    assert check_inventory_period(end) == []
    company.post(company.line("purchase", bike, 1, unit_amount="9", posting_date=date(2026, 2, 3)))
    assert orders(company, end) == []  # what is queued is no business of the order


def test_an_assembly_order_must_be_adjusted(company: Company) -> None:
    """What is made of it in February changes what was made of it in January, though nothing is queued from there."""
    wheel, bike = company.item("WHEEL", low_level_code=1), company.item("BIKE")
    company.post(company.line("purchase", wheel, 10, unit_amount="3"))
    order = (OrderType.ASSEMBLY.value, "AO1", 0)
    for day in (date(2026, 1, 20), date(2026, 2, 5)):
        lines = [
            moved(company, EntryType.ASSEMBLY_CONSUMPTION, wheel, day.month, order, day, produces=bike.pk),
            moved(company, EntryType.ASSEMBLY_OUTPUT, bike, 1, order, day),
        ]
        post_movements(lines, posted_by=company.user)
        assert orders(company, date(2026, 1, 31)) == ["AO1"]
        adjust_costs()
        assert orders(company, date(2026, 1, 31)) == []


def refused(act: Callable[[], object]) -> list[str]:
    with pytest.raises(Refused) as found:
        act()
    return [problem.code for problem in found.value.refusals]


def test_periods_are_planned_after_the_last_closed_one(company: Company) -> None:
    first, second, third = (date(2026, month, 28) for month in (1, 2, 3))
    plan_inventory_period(second, by=company.user, name="February")
    plan_inventory_period(third, by=company.user)
    close_inventory_period(second, by=company.user)
    assert refused(lambda: plan_inventory_period(first, by=company.user)) == ["period_closed"]
    assert refused(lambda: plan_inventory_period(second, by=company.user, name="Another")) == ["period_closed"]
    plan_inventory_period(third, by=company.user, name="March")
    assert refused(lambda: delete_inventory_period(second, by=company.user)) == ["period_closed"]
    assert refused(lambda: delete_inventory_period(first, by=company.user)) == ["not_found"]
    delete_inventory_period(third, by=company.user)
    reopen_inventory_period(second, by=company.user)
    delete_inventory_period(second, by=company.user)
    assert not InventoryPeriod.objects.exists()


def test_no_door_gets_around_a_closed_period(company: Company) -> None:
    """The database refuses what the verbs would refuse."""
    period = close_inventory_period(date(2026, 1, 31), by=company.user, name="January")
    later = plan_inventory_period(date(2026, 2, 28), by=company.user)
    mine = InventoryPeriod.objects.filter(pk=period.pk)
    doors: list[Callable[[], object]] = [
        lambda: mine.update(name="Another"),
        lambda: mine.update(ending_date=date(2026, 1, 30)),
        lambda: mine.delete(),
        lambda: InventoryPeriod.objects.create(ending_date=date(2026, 1, 15)),
        lambda: InventoryPeriod.objects.filter(pk=later.pk).update(ending_date=date(2026, 1, 15)),
    ]
    for door in doors:
        with pytest.raises(IntegrityError, match="period"), transaction.atomic(), acting(company.user, "test"):
            door()
    assert list(InventoryPeriod.objects.values_list("name", "closed")) == [("January", True), ("", False)]


def test_books_that_are_closed_stay_so_when_a_period_is_reopened(company: Company) -> None:
    """Accounting periods and inventory periods close by themselves, and a date must be open in both."""
    with acting(company.user, "test"):
        for month in (1, 2, 3):
            AccountingPeriod.objects.create(starting_date=date(2026, month, 1), name=str(month), closed=month == 1)
    bike = company.item("BIKE")
    close_inventory_period(date(2026, 2, 10), by=company.user)
    days = {date(2026, 1, 20): ["period_closed"], date(2026, 2, 10): ["period_closed"], date(2026, 2, 11): []}

    def post(day: date) -> list[str]:
        line = company.line("purchase", bike, 1, unit_amount="1", posting_date=day)
        try:
            company.post(line)
        except Refused as problem:
            return [each.code for each in problem.refusals]
        return []

    assert {day: post(day) for day in days} == days
    reopen_inventory_period(date(2026, 2, 10), by=company.user)
    assert post(date(2026, 2, 10)) == []
    assert post(date(2026, 1, 20)) == ["period_closed"]
    assert ItemRegister.objects.count() == 2
    drain()
    assert close(company, 31) == []  # also a period whose books are closed
