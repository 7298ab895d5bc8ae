"""Workers side by side, items that are busy or fail, windows, dates that limit a run, and closed books."""

from datetime import date
from decimal import Decimal

import pytest
from django.db.models import Sum

import costing.adjust
import costing.compute
from costing.adjust import adjust_automatically, adjust_costs
from costing.gl_posting import PER_POSTING_GROUP, post_costs_to_gl
from costing.models import CostToForward, CostToPost
from costing.nodes import Item, Solution
from costing.tasks import sweep
from ledger.models import AccountingPeriod, GLEntry, ItemLedgerEntry, ItemState, ValueEntry
from tests.costing.histories import transit_of
from tests.costing.kinds import EVENTS, Shop
from tests.factories import Company
from tests.posting.test_races import ITEM, held, together
from users.history import acting
from work.errors import Refused
from work.queue import drain

alone = pytest.mark.django_db(transaction=True)
simple = pytest.mark.django_db


def late_costs(company: Company, count: int, method: str = "fifo") -> list[int]:
    """Items whose sales were posted at a cost that the receipts do not have."""
    items = [company.item(f"I{n}", method) for n in range(count)]
    for item in items:
        company.line("purchase", item, 10, unit_amount="7.77")
        company.line("sale", item, 3, unit_cost="1")
    company.post()
    return [item.pk for item in items]


def cost_of_sales() -> list[Decimal]:
    sales = ItemLedgerEntry.objects.filter(entry_type="sale").order_by("id")
    return [sale.value_entries.aggregate(c=Sum("cost_amount_actual"))["c"] for sale in sales]


@alone
def test_two_workers_do_the_work_once(company: Company) -> None:
    late_costs(company, 30)
    results = together(*[sweep] * 3)
    assert not [result for result in results if isinstance(result, Exception)], results
    drain()
    assert ValueEntry.objects.filter(adjustment=True).count() == 30
    assert set(cost_of_sales()) == {Decimal("-23.31")}
    assert not CostToForward.objects.exists()
    assert not CostToPost.objects.exists()


@alone
def test_posting_while_adjusting(company: Company) -> None:
    items = late_costs(company, 5)
    lines = [[company.line("sale", ItemState.objects.get(pk=item).item, 1) for item in items] for _ in range(4)]
    results = together(sweep, *(lambda rows=rows: company.post(*rows) for rows in lines), sweep)
    assert not [result for result in results if isinstance(result, Exception)], results
    drain()
    assert sum(cost_of_sales()) == 5 * 7 * Decimal("-7.77")


@alone
def test_a_busy_item_does_not_stop_the_others(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.locks.LOCK_TIMEOUT", "50ms")
    busy, *others = late_costs(company, 4)
    with held(ITEM, busy):
        done = adjust_costs()
        assert list(done.left) == [busy]
        assert done.items == len(others)
        assert set(CostToForward.objects.values_list("item_id", "failure")) == {(busy, "")}
    assert adjust_costs().items == 1


@simple
def test_a_failing_item_keeps_its_row_with_the_reason(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    bad, *others = late_costs(company, 4)
    solve = costing.compute.solve

    def fail_for_one(item: Item) -> Solution:
        if set(item.nodes) & set(ItemLedgerEntry.objects.filter(item_id=bad).values_list("id", flat=True)):
            raise ValueError("no such cost")
        return solve(item)

    with monkeypatch.context() as patched:
        patched.setattr(costing.compute, "solve", fail_for_one)
        done = adjust_costs()
    assert done.items == len(others)
    assert done.left == {bad: "ValueError: no such cost"}
    assert list(CostToForward.objects.values_list("item_id", "failure")) == [(bad, "ValueError: no such cost")]
    assert adjust_costs().items == 1
    assert not CostToForward.objects.exists()


@simple
def test_many_rows_are_written_in_several_transactions(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    late_costs(company, 5)
    monkeypatch.setattr(costing.adjust, "MOST_ROWS", 2)
    done = adjust_costs()
    assert (done.value_entries, len(done.register_ids)) == (5, 3)
    assert set(cost_of_sales()) == {Decimal("-23.31")}
    assert set(ItemState.objects.values_list("unit_cost", flat=True)) == {Decimal("7.77")}
    assert not CostToForward.objects.exists()


@simple
def test_what_orders_made_is_counted_once_however_many_parts_are_written(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop(company, transit_of(company), "")
    prepare, act = EVENTS["production"]
    prepare(shop)
    act(shop)
    monkeypatch.setattr(costing.adjust, "MOST_ROWS", 1)
    assert len(adjust_costs().register_ids) > 2
    assert ItemState.objects.get(pk=shop.table.pk).invoiced_quantity == 2


WINDOWS = {
    "day": (date(2026, 3, 30), date(2026, 3, 29)),
    "week": (date(2026, 3, 24), date(2026, 3, 23)),
    "month": (date(2026, 2, 28), date(2026, 2, 27)),
    "quarter": (date(2025, 12, 31), date(2025, 12, 30)),
    "year": (date(2025, 3, 31), date(2025, 3, 30)),
}


@simple
@pytest.mark.parametrize("setting", WINDOWS)
def test_the_window_of_automatic_adjustment(company: Company, setting: str) -> None:
    inside, outside = WINDOWS[setting]
    company.change_setup(automatic_cost_adjustment=setting)
    for number, day in (("IN", inside), ("OUT", outside)):
        item = company.item(number)
        company.line("purchase", item, 2, unit_amount="5", posting_date=day)
    company.post()
    assert adjust_automatically(date(2026, 3, 31)) == 1
    assert CostToForward.objects.get().item.number == "OUT"
    company.change_setup(automatic_cost_adjustment="never")
    assert adjust_automatically(date(2026, 3, 31)) == 0
    company.change_setup(automatic_cost_adjustment="always")
    assert adjust_automatically(date(2026, 3, 31)) == 1


@simple
def test_a_date_in_the_middle_of_a_period_leaves_the_period_queued(company: Company) -> None:
    company.change_setup(average_cost_period="month")
    bike = company.item("BIKE", "average")
    company.line("purchase", bike, 1, unit_amount="10", posting_date=date(2026, 1, 5))
    company.line("purchase", bike, 1, unit_amount="20", posting_date=date(2026, 1, 6))
    company.line("sale", bike, 1, posting_date=date(2026, 1, 7))
    company.post()
    adjust_costs(until=date(2026, 1, 20))
    assert cost_of_sales() == [-10]
    assert CostToForward.objects.exists()
    adjust_costs(until=date(2026, 1, 31))
    assert cost_of_sales() == [-15]
    assert not CostToForward.objects.exists()


@simple
def test_a_run_up_to_a_date_leaves_earlier_sweep_rows_alone(company: Company) -> None:
    bike = company.item("BIKE", "average")
    company.line("purchase", bike, 3, unit_amount="3.335", posting_date=date(2026, 1, 5))
    company.post()
    receipt = ItemLedgerEntry.objects.get()
    for _ in range(3):
        company.line("sale", bike, 1, posting_date=date(2026, 1, 6), applies_to_entry=receipt.pk)
    company.post()
    drain()
    before = ValueEntry.objects.count()
    company.post(company.line("positive_adjmt", bike, 1, unit_cost="1", posting_date=date(2026, 3, 1),
                              location=company.east))  # fmt: skip
    adjust_costs(until=date(2026, 2, 1))
    adjust_costs()
    assert ValueEntry.objects.count() == before + 1


@simple
def test_worth_on_a_closed_date_waits_for_the_gl(company: Company) -> None:
    bike = company.item("BIKE")
    company.line("purchase", bike, 1, unit_amount="5", posting_date=date(2026, 1, 5))
    company.line("purchase", bike, 1, unit_amount="7", posting_date=date(2026, 2, 5))
    company.post()
    with acting(company.user, "test"):
        january = AccountingPeriod.objects.create(starting_date=date(2026, 1, 1), name="January", closed=True)
        AccountingPeriod.objects.create(starting_date=date(2026, 2, 1), name="February")
    assert post_costs_to_gl().value_entries == 1
    assert "2026-01-05" in CostToPost.objects.get().failure
    company.change(january, closed=False)
    company.change_setup(allow_posting_from=date(2026, 1, 20))
    assert post_costs_to_gl().value_entries == 0
    company.change_setup(allow_posting_from=None)
    assert post_costs_to_gl().value_entries == 1
    assert not CostToPost.objects.exists()


@simple
def test_rows_that_fail_do_not_starve_the_others(company: Company) -> None:
    for day in (5, 6):
        company.post(company.line("purchase", company.item(f"B{day}"), 1, unit_amount="5",
                                  posting_date=date(2026, 1, day)))  # fmt: skip
    company.change_setup(allow_posting_from=date(2026, 1, 6))
    assert post_costs_to_gl(limit=1).value_entries == 0
    assert post_costs_to_gl(limit=1).value_entries == 1
    company.change_setup(allow_posting_from=None)
    assert post_costs_to_gl(limit=1).value_entries == 1


@simple
def test_per_posting_group_sums_and_explains(company: Company) -> None:
    bike = company.item("BIKE", "standard", standard_cost="9")
    for quantity, cost in ((3, "7"), (2, "10"), (-1, "8")):
        company.line("purchase", bike, quantity, unit_amount=cost)
    company.post()
    adjust_costs()
    with pytest.raises(Refused) as refused:
        post_costs_to_gl(method=PER_POSTING_GROUP)
    assert refused.value.refusals[0].code == "value_missing"
    posted = post_costs_to_gl(method=PER_POSTING_GROUP, document_number="GL1")
    assert posted.value_entries == ValueEntry.objects.count()
    accounts = GLEntry.objects.values_list("account__name", "amount").order_by("id")
    assert sorted(accounts) == sorted([
        ("inventory_account", Decimal(41)), ("direct_cost_applied_account", Decimal(-41)),
        ("inventory_account", Decimal(6)), ("purchase_variance_account", Decimal(-6)),
        ("inventory_account", Decimal(-2)), ("purchase_variance_account", Decimal(2)),
        ("inventory_account", Decimal(-9)), ("direct_cost_applied_account", Decimal(9)),
    ])  # fmt: skip
    assert {entry.document_number for entry in GLEntry.objects.all()} == {"GL1"}
