"""Revaluations through the verb: their own rows, what they are refused for, and that nothing is left of a refusal."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from costing.adjust import adjust_costs
from costing.models import CostToForward, CostToPost, InventoryPostingSetup
from costing.revaluation import NewWorth
from inventory.models import StockkeepingUnit
from ledger.choices import SourceCode, ValueEntryType
from ledger.models import InventoryPeriod, ItemLedgerEntry, ItemRegister, ItemState, ValueEntry
from ledger.periods import close_inventory_period
from posting.lines import InvoiceLine, PostingLine
from posting.movements import post_movements
from posting.revaluation_lines import Mode, RevaluationLine
from posting.revalue import post_revaluations, propose_revaluation, revalue_entry, revalue_item, revalue_remaining
from posting.reverse import reverse_register
from tests.factories import JANUARY, Company
from users.history import acting, history_of
from work.errors import Refused
from work.queue import drain

pytestmark = pytest.mark.django_db

MARCH = date(2026, 3, 1)
EIGHT = NewWorth(unit_cost=Decimal(8))


def entry(nth: int = -1) -> ItemLedgerEntry:
    return list(ItemLedgerEntry.objects.order_by("id"))[nth]


def revaluations() -> list[dict[str, Any]]:
    names = ("item_ledger_entry", "posting_date", "valuation_date", "valued_quantity", "cost_amount_actual",
             "cost_amount_expected", "partial_revaluation", "invoiced_quantity")  # fmt: skip
    return list(ValueEntry.objects.filter(entry_type=ValueEntryType.REVALUATION).order_by("id").values(*names))


def codes(act: Callable[[], object]) -> list[str]:
    """What a call is refused for; nothing may be left of it."""
    before = ItemRegister.objects.count(), CostToForward.objects.count(), ItemState.objects.get().version
    with pytest.raises(Refused) as refused:
        act()
    assert before == (ItemRegister.objects.count(), CostToForward.objects.count(), ItemState.objects.get().version)
    assert all(problem.line == 1 and problem.message for problem in refused.value.refusals)
    return [problem.code for problem in refused.value.refusals]


@pytest.fixture
def bought(company: Company) -> Company:
    """Six bikes at 10 on January 5, of which one left in February and one in April."""
    bike = company.item("BIKE")
    company.post(company.line("purchase", bike, 6, unit_amount="10"))
    for day in (date(2026, 2, 1), date(2026, 4, 1)):
        company.post(company.line("sale", bike, 1, posting_date=day))
    return company


@pytest.fixture
def averaged(company: Company) -> Company:
    """Ten at 10, then ten at 20, five of them gone, all adjusted: 15 on hand at 15."""
    company.change_setup(average_cost_period="month")
    bike = company.item("BIKE", "average")
    for cost in ("10", "20"):
        company.post(company.line("purchase", bike, 10, unit_amount=cost))
    company.post(company.line("sale", bike, 5))
    adjust_costs()
    return company


def test_what_is_left_on_the_day_is_revalued(bought: Company) -> None:
    answer = revalue_item(
        ItemState.objects.get().pk, EIGHT, posting_date=MARCH, document_number="R1", by=bought.user
    )  # fmt: skip
    assert (answer.lines_posted, answer.value_entries, answer.document_numbers) == (1, 1, ["R1"])
    assert revaluations() == [
        {"item_ledger_entry": entry(0).pk, "posting_date": MARCH, "valuation_date": MARCH,
         "valued_quantity": Decimal(5), "cost_amount_actual": Decimal(-10), "cost_amount_expected": Decimal(0),
         "partial_revaluation": True, "invoiced_quantity": Decimal(0)}
    ]  # fmt: skip
    register = ItemRegister.objects.get(pk=answer.register_id)
    assert (register.source_code, register.user) == (SourceCode.REVALUATION, bought.user)
    assert CostToForward.objects.get(register=register).from_date == MARCH
    assert CostToPost.objects.get(register=register).posting_date == MARCH


def test_all_of_an_entry_is_revalued_on_its_own_day(bought: Company) -> None:
    revalue_entry(entry(0).pk, NewWorth(value=Decimal("75.55")), document_number="R1", by=bought.user)
    [row] = revaluations()
    assert (row["posting_date"], row["valued_quantity"], row["cost_amount_actual"], row["partial_revaluation"]) == (
        entry(0).posting_date, Decimal(6), Decimal("15.55"), False
    )  # fmt: skip
    drain()
    revalue_entry(entry(0).pk, NewWorth(delta=Decimal("-0.55")), document_number="R2", by=bought.user)
    revalue_entry(entry(0).pk, EIGHT, document_number="R3", by=bought.user, posting_date=MARCH)
    assert [each["cost_amount_actual"] for each in revaluations()[1:]] == [Decimal("-0.55"), Decimal(-27)]


def test_a_full_revaluation_does_not_count_partial_ones(bought: Company) -> None:
    """Its old value is that of the whole entry (costing-clarifications.md B25)."""
    first = entry(0).pk
    revalue_remaining(first, EIGHT, posting_date=MARCH, document_number="R1", by=bought.user)
    revalue_entry(first, NewWorth(value=Decimal(66)), document_number="R2", by=bought.user)
    assert [row["cost_amount_actual"] for row in revaluations()] == [Decimal(-10), Decimal(6)]


def test_two_partial_revaluations_add_up(bought: Company) -> None:
    item = ItemState.objects.get().pk
    for cost, day in ((8, MARCH), (9, date(2026, 4, 2))):
        worth = NewWorth(unit_cost=Decimal(cost))
        revalue_item(item, worth, posting_date=day, document_number="R1", by=bought.user)
    assert [(row["valued_quantity"], row["cost_amount_actual"]) for row in revaluations()] == [(5, -10), (4, 4)]
    found = propose_revaluation(item, posting_date=date(2026, 4, 2))
    assert (found.quantity, found.calculated) == (Decimal(4), Decimal(36))


def test_goods_of_a_place_alone(bought: Company) -> None:
    bike = ItemState.objects.get().item
    bought.post(bought.line("transfer", bike, 2, new_location=bought.east, posting_date=date(2026, 2, 3)))
    revalue_item(
        bike.pk, NewWorth(value=Decimal(30)), posting_date=MARCH, document_number="R1", by=bought.user,
        location_id=bought.east.pk,
    )  # fmt: skip
    assert [(row["item_ledger_entry"], row["cost_amount_actual"]) for row in revaluations()] == [
        (entry().pk, Decimal(10))
    ]


def test_a_revaluation_is_not_valued_before_its_goods(bought: Company) -> None:
    """Goods of February that return an issue of March are valued in March."""
    bike = ItemState.objects.get().item
    sale = entry(2)
    bought.post(bought.line("sale", bike, -1, posting_date=date(2026, 2, 2), applies_from_entry=sale.pk))
    drain()
    revalue_entry(entry().pk, NewWorth(value=Decimal(12)), document_number="R1", by=bought.user)
    [row] = revaluations()
    assert (row["posting_date"], row["valuation_date"]) == (date(2026, 2, 2), sale.posting_date)


def test_an_average_is_revalued_from_its_pool(averaged: Company) -> None:
    item = ItemState.objects.get().pk
    end = date(2026, 1, 31)
    found = propose_revaluation(item, posting_date=end)
    assert (found.quantity, found.calculated) == (Decimal(15), Decimal(225))
    assert [(each.quantity, each.carried_at) for each in found.entries] == [(5, 50), (10, 200)]
    revalue_item(item, NewWorth(unit_cost=Decimal(18)), posting_date=end, document_number="R1", by=averaged.user)
    assert [row["cost_amount_actual"] for row in revaluations()] == [Decimal(40), Decimal(5)]
    assert ItemState.objects.get().cost_amount_actual == Decimal(270)


def test_an_entry_of_an_average_is_revalued_in_full_only(averaged: Company) -> None:
    first = entry(0).pk
    revalue_entry(first, NewWorth(unit_cost=Decimal(12)), document_number="R1", by=averaged.user)
    assert [(row["cost_amount_actual"], row["partial_revaluation"]) for row in revaluations()] == [(20, False)]
    assert codes(
        lambda: revalue_remaining(first, EIGHT, posting_date=MARCH, document_number="R2", by=averaged.user)
    ) == ["entry_not_revaluable"]


AVERAGE_REFUSALS: dict[str, tuple[date, list[str]]] = {
    "inside a period": (date(2026, 1, 20), ["date_not_period_end"]),
    "before the goods came": (date(2025, 12, 31), ["nothing_to_revalue"]),
}


@pytest.mark.parametrize(("day", "wanted"), AVERAGE_REFUSALS.values(), ids=AVERAGE_REFUSALS)
def test_days_an_average_is_not_revalued_on(averaged: Company, day: date, wanted: list[str]) -> None:
    item = ItemState.objects.get().pk
    assert codes(lambda: revalue_item(item, EIGHT, posting_date=day, document_number="R1", by=averaged.user)) == wanted
    assert codes(lambda: revalue_item(item, EIGHT, posting_date=day, document_number="R1", by=averaged.user)) == wanted
    with pytest.raises(Refused):
        propose_revaluation(item, posting_date=day)


def test_an_average_with_costs_to_adjust_or_issues_uncovered_is_not_revalued(averaged: Company) -> None:
    bike, end = ItemState.objects.get().item, date(2026, 1, 31)

    def act() -> object:
        return revalue_item(bike.pk, EIGHT, posting_date=end, document_number="R1", by=averaged.user)

    averaged.post(averaged.line("purchase", bike, 1, unit_amount="1", posting_date=date(2026, 2, 1)))
    assert propose_revaluation(bike.pk, posting_date=end).quantity == 15  # later costs do not matter
    averaged.post(averaged.line("sale", bike, 1))
    assert codes(act) == ["unadjusted_entries"]
    averaged.post(averaged.line("sale", bike, 30))
    assert codes(act) == ["open_outbound_entry", "unadjusted_entries", "nothing_to_revalue"]
    adjust_costs()
    assert codes(act) == ["open_outbound_entry", "nothing_to_revalue"]
    averaged.post(averaged.line("purchase", bike, 30, unit_amount="1"))
    adjust_costs()
    act()


def test_a_return_that_waits_to_be_adjusted(bought: Company) -> None:
    bike = ItemState.objects.get().item
    bought.post(bought.line("sale", bike, -1, posting_date=MARCH, applies_from_entry=entry(1).pk))
    back = entry().pk
    for act in (
        lambda: revalue_item(bike.pk, EIGHT, posting_date=MARCH, document_number="R1", by=bought.user),
        lambda: revalue_entry(back, EIGHT, document_number="R1", by=bought.user),
    ):
        assert codes(act) == ["unadjusted_entries"]
    revalue_entry(entry(0).pk, EIGHT, document_number="R1", by=bought.user)  # it is no return itself
    drain()
    revalue_entry(back, EIGHT, document_number="R2", by=bought.user)


ONE = NewWorth(unit_cost=Decimal(1), value=Decimal(2))


def test_refusals_of_an_entry(bought: Company) -> None:
    first, sale = entry(0).pk, entry(1).pk

    def full(number: int, worth: NewWorth = EIGHT, **more: Any) -> list[str]:
        return codes(lambda: revalue_entry(number, worth, document_number="R1", by=bought.user, **more))

    def left(day: date) -> list[str]:
        return codes(lambda: revalue_remaining(first, EIGHT, posting_date=day, document_number="R1", by=bought.user))

    assert full(sale) == ["entry_not_revaluable"]
    assert full(99_999_999) == ["unknown_entry"]
    assert full(first, ONE) == ["one_worth_only"]
    assert full(first, NewWorth()) == ["one_worth_only"]
    assert full(first, NewWorth(delta=Decimal(-61))) == ["worth_is_negative"]
    assert full(first, NewWorth(value=Decimal(10) ** 17)) == ["too_large"]
    assert left(date(2026, 1, 1)) == ["nothing_to_revalue"]
    assert codes(lambda: revalue_entry(first, EIGHT, document_number="", by=bought.user)) == ["value_missing"]
    bought.change_setup(allow_posting_from=date(2026, 2, 1), earliest_valuation_date=date(2026, 2, 15))
    assert full(first) == ["posting_date_not_allowed"]
    assert full(first, posting_date=date(2026, 2, 10)) == ["valuation_date_before_cutoff"]
    drain()
    close_inventory_period(date(2026, 2, 10), by=bought.user)
    assert full(first) == ["posting_date_not_allowed"]
    assert full(first, posting_date=date(2026, 2, 10)) == ["period_closed"]
    assert InventoryPeriod.objects.get().closed
    full_again = revalue_entry(first, EIGHT, document_number="R1", by=bought.user, posting_date=date(2026, 2, 20))
    assert full_again.value_entries == 1


def test_what_is_not_invoiced_is_not_revalued(company: Company) -> None:
    """But with a standard cost: there the expected worth changes, and the invoice takes it over (B15)."""
    bike, scooter = company.item("BIKE"), company.item("SCOOTER", "standard", standard_cost=Decimal(5))
    lines = [
        PostingLine(
            key=number, item_id=item.pk, location_id=company.blank.pk, posting_date=JANUARY, document_date=JANUARY,
            entry_type="purchase", document_number="P1", quantity=Decimal(3), unit_code="PCS", invoiced=Decimal(0),
            unit_amount=Decimal(5), amount=Decimal(15),
        )
        for number, item in enumerate((bike, scooter))
    ]  # fmt: skip
    post_movements(lines, posted_by=company.user)
    received = entry(0).pk

    def refused(act: Callable[[], object]) -> list[str]:
        with pytest.raises(Refused) as found:
            act()
        return [problem.code for problem in found.value.refusals]

    options: dict[str, Any] = {"document_number": "R1", "by": company.user}
    assert [
        refused(lambda: revalue_entry(received, EIGHT, **options)),
        refused(lambda: revalue_remaining(received, EIGHT, posting_date=MARCH, **options)),
        refused(lambda: revalue_item(bike.pk, EIGHT, posting_date=MARCH, **options)),
        refused(lambda: revalue_entry(entry(1).pk, EIGHT, **options)),
    ] == [["entry_not_revaluable"]] * 4
    revalue_item(scooter.pk, EIGHT, posting_date=MARCH, **options)
    assert [(row["cost_amount_actual"], row["cost_amount_expected"]) for row in revaluations()] == [(0, 9)]
    invoice = InvoiceLine(
        key=1, entry=entry(1).pk, posting_date=MARCH, document_number="I1", quantity=Decimal(1), amount=Decimal(6)
    )
    post_movements([invoice], posted_by=company.user)
    assert [row["cost_amount_expected"] for row in revaluations()] == [9, -3]
    revalue_item(scooter.pk, NewWorth(unit_cost=Decimal(11)), posting_date=date(2026, 3, 2), **options)
    assert [(row["cost_amount_actual"], row["cost_amount_expected"]) for row in revaluations()[2:]] == [(4, 8)]


def test_refusals_of_an_item(bought: Company) -> None:
    bike = ItemState.objects.get().item

    def refused(worth: NewWorth = EIGHT, **more: Any) -> list[str]:
        return codes(
            lambda: revalue_item(bike.pk, worth, posting_date=MARCH, document_number="R1", by=bought.user, **more)
        )

    assert refused(update_standard_cost=True) == ["standard_cost_only"]
    assert refused(location_id=bought.west.pk) == ["nothing_to_revalue"]
    assert refused(NewWorth(unit_cost=Decimal(-1))) == ["worth_is_negative"]
    bought.change(bike, inventory_value_zero=True)
    assert refused() == ["item_not_revaluable"]
    bought.change(bike, inventory_value_zero=False, blocked=True)
    assert refused() == ["item_blocked"]
    bought.change(bike, blocked=False)
    with acting(bought.user, "test"):
        InventoryPostingSetup.objects.filter(location=bought.blank).delete()
    assert refused() == ["posting_setup_missing"]


def test_lines_are_refused_together_and_one_entry_is_revalued_once(bought: Company) -> None:
    car = bought.item("CAR", "average")
    bought.post(bought.line("purchase", car, 4, unit_amount="100"))
    lines = [
        RevaluationLine(key=7, mode=Mode.ENTRY, document_number="R1", worth=EIGHT, entry=entry(0).pk),
        RevaluationLine(
            key=8, mode=Mode.ITEM, document_number="R1", worth=EIGHT, item_id=entry(0).item_id, posting_date=MARCH
        ),
        RevaluationLine(
            key=9, mode=Mode.ITEM, document_number="R1", worth=EIGHT, item_id=car.pk, posting_date=MARCH
        ),
        RevaluationLine(key=10, mode=Mode.ITEM, document_number="R1", worth=EIGHT, item_id=99_999_999),
    ]  # fmt: skip
    with pytest.raises(Refused) as refused:
        post_revaluations(lines, by=bought.user)
    assert [(problem.line, problem.code) for problem in refused.value.refusals] == [
        (10, "value_missing"), (9, "unadjusted_entries"), (7, "revalued_twice"), (8, "revalued_twice")
    ]  # fmt: skip
    assert not revaluations()


def test_no_change_writes_nothing(bought: Company) -> None:
    item = ItemState.objects.get().pk
    for worth in (NewWorth(delta=Decimal(0)), NewWorth(unit_cost=Decimal(10)), NewWorth(value=Decimal(50))):
        answer = revalue_item(item, worth, posting_date=MARCH, document_number="R1", by=bought.user)
        assert (answer.register_id, answer.value_entries) == (None, 0)
    assert not revaluations()


def test_a_standard_item_takes_its_new_standard(company: Company) -> None:
    bike = company.item("BIKE", "standard", standard_cost=Decimal(10))
    company.post(company.line("purchase", bike, 10, unit_amount="9"))
    revalue_item(
        bike.pk, NewWorth(value=Decimal(125)), posting_date=MARCH, document_number="R1", by=company.user,
        update_standard_cost=True,
    )  # fmt: skip
    bike.refresh_from_db()
    assert bike.standard_cost == bike.single_level_material_cost == bike.rolled_up_material_cost == Decimal("12.5")
    assert history_of(bike)[0]["user"] == "alice"
    assert [row["cost_amount_actual"] for row in revaluations()] == [Decimal(25)]


def test_the_standard_of_a_place_stays_there(company: Company) -> None:
    bike = company.item("BIKE", "standard", standard_cost=Decimal(10))
    with acting(company.user, "test"):
        east = StockkeepingUnit.objects.create(item=bike, location=company.east, standard_cost=10)
        west = StockkeepingUnit.objects.create(item=bike, location=company.west, standard_cost=10)
    for place in (company.east, company.west):
        company.post(company.line("purchase", bike, 1, unit_amount="10", location=place))
    options: dict[str, Any] = {"posting_date": MARCH, "by": company.user, "update_standard_cost": True}
    revalue_item(
        bike.pk, NewWorth(unit_cost=Decimal(11)), document_number="R1", location_id=company.east.pk, **options
    )  # fmt: skip
    costs = [bike, east, west]
    for row in costs:
        row.refresh_from_db()
    assert [row.standard_cost for row in costs] == [10, 11, 10]
    revalue_item(bike.pk, NewWorth(unit_cost=Decimal(12)), document_number="R2", **options)
    for row in costs:
        row.refresh_from_db()
    assert [row.standard_cost for row in costs] == [12, 12, 12]


def test_the_same_key_posts_once(bought: Company) -> None:
    line = RevaluationLine(key=1, mode=Mode.ENTRY, document_number="R1", worth=EIGHT, entry=entry(0).pk)
    first = post_revaluations([line], by=bought.user, idempotency_key=("k", {"a": 1}))
    again = post_revaluations([line], by=bought.user, idempotency_key=("k", {"a": 1}))
    assert (first.hit, again.hit, again.register_id) == (False, True, first.register_id)
    assert len(revaluations()) == 1


def test_the_number_of_statements_does_not_grow(company: Company) -> None:
    company.change_setup(automatic_cost_adjustment="never")
    items = [company.item(f"I{n:03}", "average" if n % 2 else "fifo") for n in range(40)]
    for item in items:
        for _ in range(2):
            company.line("purchase", item, 5, unit_amount="2")
    company.post()
    adjust_costs()

    def count(chosen: list[Any], day: date) -> int:
        lines = [
            RevaluationLine(key=n, mode=Mode.ITEM, document_number="R1", worth=EIGHT, item_id=item.pk, posting_date=day)
            for n, item in enumerate(chosen)
        ]
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert post_revaluations(lines, by=company.user).value_entries == len(lines) * 2
        return len(seen)

    assert count(items[:6], MARCH) == count(items[6:], MARCH)


def test_a_revaluation_is_taken_back_by_another(bought: Company) -> None:
    first = entry(0).pk
    answer = revalue_entry(first, EIGHT, document_number="R1", by=bought.user)
    assert answer.register_id is not None
    with pytest.raises(Refused) as refused:
        reverse_register(answer.register_id, posted_by=bought.user)
    assert "Revalue back" in refused.value.refusals[0].message
    revalue_entry(first, NewWorth(unit_cost=Decimal(10)), document_number="R2", by=bought.user)
    assert sum(row["cost_amount_actual"] for row in revaluations()) == 0


METHODS = ("fifo", "lifo", "standard")


def test_histories_of_receipts_issues_and_revaluations(company: Company) -> None:
    """Whatever happened before: what is on hand is worth what was said, but for the cents of shares, and what is
    written adds up to it exactly."""
    chance = Random(20260101)
    for number in range(8):
        bike = company.item(f"I{number}", METHODS[number % len(METHODS)], standard_cost=Decimal(7))
        for _ in range(6):
            place, day = chance.choice([company.east, company.west]), date(2026, 1, chance.randint(1, 28))
            cost, quantity = f"{chance.randint(100, 999) / 100}", chance.randint(3, 9)
            company.post(company.line("purchase", bike, quantity, unit_amount=cost, location=place, posting_date=day))
            company.post(company.line("sale", bike, chance.randint(1, 3), location=place, posting_date=day))
        adjust_costs()
        for end in (date(2026, 1, 31), date(2026, 2, 28)):
            before = propose_revaluation(bike.pk, posting_date=end)
            worth = NewWorth(value=Decimal(chance.randint(1, 99_999)) / 100)
            answer = revalue_item(bike.pk, worth, posting_date=end, document_number="R1", by=company.user)
            written = ValueEntry.objects.filter(register=answer.register_id)
            assert sum(row.cost_amount_actual for row in written) == (worth.value or 0) - before.calculated
            assert {row.item_ledger_entry_id for row in written} <= {each.entry_id for each in before.entries}
            adjust_costs()
            after = propose_revaluation(bike.pk, posting_date=end)
            assert after.quantity == before.quantity
            assert abs(after.calculated - (worth.value or 0)) <= Decimal("0.01") * len(after.entries)
