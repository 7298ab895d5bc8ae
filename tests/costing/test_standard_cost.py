"""Standard costs: proposed without a trace, written whole or not at all, remembered; stock that lags behind is told."""

from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from costing.cards import set_unit_cost
from costing.rollup import Shares
from costing.standard_cost import (
    Proposal,
    calculate_and_implement,
    calculate_standard_costs,
    implement_standard_costs,
    shares_of,
)
from inventory.bom_edit import BOMChange, BOMLine, save_boms
from inventory.items import ItemChange, save_items
from inventory.models import Item, Resource, StandardCostVersion
from tests.factories import Company
from users.history import acting, history_of
from work.errors import Refused
from work.queue import drain

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def shop(company: Company) -> Company:
    """F of two S and 3 hours, S of four B and an hour, as in D-SC-04."""
    for number, values in {"F": {"indirect_cost_percent": 10}, "S": {"overhead_rate": 1}}.items():
        company.item(number, "standard", **values)
    set_unit_cost(company.item("B").pk, D("2.5"), by=company.user)
    with acting(company.user, "test"):
        Resource.objects.create(number="R", name="Work", direct_unit_cost=10, unit_cost=D("12.5"))
    save_boms(
        [
            BOMChange(1, "F", [BOMLine("S", quantity_per=D(2)), BOMLine("R", "resource", D(3))]),
            BOMChange(2, "S", [BOMLine("B", quantity_per=D(4)), BOMLine("R", "resource")]),
        ],
        user=company.user,
        reason="test",
    )
    return company


def item(number: str) -> Item:
    return Item.objects.get(number=number)


def costs(proposal: Proposal) -> dict[str, Decimal]:
    return {each.item: each.standard_cost for each in proposal.costs}


def refused(call: Any) -> list[tuple[str, int | None]]:
    before = list(Item.objects.order_by("pk").values_list())
    with pytest.raises(Refused) as caught:
        call()
    assert list(Item.objects.order_by("pk").values_list()) == before
    return [(problem.code, problem.line) for problem in caught.value.refusals]


def test_a_proposal_names_what_lies_below_first_and_writes_nothing(shop: Company) -> None:
    before = list(Item.objects.order_by("pk").values_list())
    assert list(costs(calculate_standard_costs(["f"], multilevel=True)).items()) == [
        ("S", D("23.5")), ("F", D("92.95")),
    ]  # fmt: skip
    assert list(Item.objects.order_by("pk").values_list()) == before
    assert costs(calculate_standard_costs(["F"], multilevel=False)) == {"F": D("41.25")}


def test_what_was_implemented_is_on_the_card_and_remembered(shop: Company) -> None:
    proposal = calculate_standard_costs(["F"], multilevel=True)
    done = implement_standard_costs(proposal.costs, user=shop.user, reason="year 2027", from_date=date(2027, 1, 1))
    assert (list(done.items), list(done.to_revalue)) == (["F", "S"], [])
    card = item("F")
    assert card.standard_cost == D("92.95")
    assert shares_of(card) == Shares(D(47), D(30), D(0), D("7.5"), D("8.45"))
    assert (card.rolled_up_material_cost, card.rolled_up_manufacturing_overhead_cost) == (20, D("10.45"))
    (version,) = StandardCostVersion.objects.filter(item=card)
    assert (version.from_date, version.old_cost, version.new_cost) == (date(2027, 1, 1), 0, D("92.95"))
    assert (version.material_cost, version.capacity_overhead_cost) == (47, D("7.5"))
    assert (version.user, version.reason) == (shop.user, "year 2027")
    assert history_of(card)[0]["reason"] == "year 2027"
    assert costs(calculate_standard_costs(["F"], multilevel=False)) == {"F": D("92.95")}


def test_only_some_are_implemented(shop: Company) -> None:
    proposal = calculate_standard_costs(["F"], multilevel=True)
    implement_standard_costs(proposal.costs, user=shop.user, only={"s"})
    assert (item("S").standard_cost, item("F").standard_cost) == (D("23.5"), 0)
    call = partial(implement_standard_costs, proposal.costs, user=shop.user, only={"F", "X"})
    assert refused(call) == [("not_calculated", None)]


def test_stock_that_is_carried_at_another_standard_is_told(shop: Company) -> None:
    card = item("S")
    shop.change(card, standard_cost=20)
    shop.post(shop.line("purchase", card, 3, amount="60"))
    drain()
    proposal = calculate_standard_costs(["S"], multilevel=True)
    done = implement_standard_costs(proposal.costs, user=shop.user)
    (stock,) = done.to_revalue
    assert (stock.item, stock.quantity, stock.value, stock.value_at_standard) == ("S", 3, D(60), D("70.50"))
    again = implement_standard_costs(calculate_standard_costs(["S"], multilevel=True).costs, user=shop.user)
    assert len(again.to_revalue) == 1, "the stock is still carried at the old one"
    assert item("S").state.cost_amount_actual == 60


def test_cents_from_rounding_are_no_other_standard(shop: Company) -> None:
    card = item("S")
    shop.change(card, standard_cost=D("1.333"))
    for _ in range(3):
        shop.line("purchase", card, 1, amount="1.33")
    shop.post()
    drain()
    assert item("S").state.cost_amount_actual == D("3.99"), "three rows of 1.33 against 4.00"
    (cost,) = calculate_standard_costs(["S"], multilevel=True).costs
    same = type(cost)(
        cost.item_id, "S", "", D("1.333"), D("1.333"), Shares(D("1.333")), Shares(D("1.333"))
    )  # fmt: skip
    assert implement_standard_costs([same], user=shop.user).to_revalue == []


def test_what_cannot_be_calculated_is_said_at_once(shop: Company) -> None:
    shop.item("LONE", "standard")
    call = partial(calculate_standard_costs, ["F", "B", "NONE", "LONE", ""], multilevel=True)
    assert refused(call) == [("not_standard", 2), ("not_found", 3), ("no_bom", 4), ("not_found", 5)]


def test_what_cannot_be_implemented_is_said_at_once(shop: Company) -> None:
    good, other = calculate_standard_costs(["F"], multilevel=True).costs
    kind = type(good)
    wrong = [
        kind(10**9, "GONE", "", D(0), D(1), Shares(D(1)), Shares(D(1))),
        kind(item("B").pk, "B", "", D(0), D(1), Shares(D(1)), Shares(D(1))),
        kind(good.item_id, good.item, "", D(5), good.standard_cost, good.single_level, good.rolled_up),
        kind(other.item_id, other.item, "", D(0), D(-1), Shares(D(-1)), Shares(D(1))),
    ]
    assert refused(lambda: implement_standard_costs(wrong, user=shop.user)) == [
        ("not_found", 1), ("not_standard", 2), ("standard_cost_changed", 3), ("negative_not_allowed", 4),
        ("shares_do_not_add_up", 4),
    ]  # fmt: skip


def test_notes_tell_what_may_surprise(shop: Company) -> None:
    shop.item("MADE")
    shop.item("FREE")
    shop.item("TALK", type="service")
    shop.item("GLUE", type="non_inventory")
    save_boms(
        [
            BOMChange(1, "F", [BOMLine(number) for number in ("MADE", "FREE", "GLUE")]),
            BOMChange(2, "MADE", [BOMLine("B")]),
        ],
        user=shop.user,
        reason="test",
    )
    proposal = calculate_standard_costs(["F"], multilevel=True)
    assert costs(proposal) == {"MADE": D("2.5"), "F": D("2.75")}
    assert [note.partition(" is ")[0].partition(" has ")[0] for note in proposal.notes] == [
        "Item FREE", "Item GLUE", "Item MADE",
    ]  # fmt: skip
    done = calculate_and_implement(["F"], multilevel=True, user=shop.user, reason="test")
    assert done.items == ["F"], "a FIFO item has no standard to write"


def test_what_somebody_saw_must_still_come_out(shop: Company) -> None:
    with acting(shop.user, "test"):
        Resource.objects.update(unit_cost=13)
    seen = {"s": D("23.5"), "X": D(1)}
    call = partial(calculate_and_implement, ["F"], multilevel=True, expected=seen, user=shop.user, reason="t")
    assert refused(call) == [("standard_cost_changed", None)] * 2
    done = calculate_and_implement(["F"], multilevel=True, expected={"S": D(24)}, user=shop.user, reason="t")
    assert done.items == ["F", "S"]


def test_as_many_statements_for_thirty_as_for_three(shop: Company) -> None:
    counts = []
    for size in (3, 30):
        numbers = [f"P{size}-{number}" for number in range(size)]
        for number in numbers:
            shop.item(number, "standard")
        lines = [BOMLine("S"), BOMLine("R", "resource")]
        save_boms([BOMChange(1, number, lines) for number in numbers], user=shop.user, reason="test")
        with CaptureQueriesContext(connection) as calculating:
            proposal = calculate_standard_costs(numbers, multilevel=True)
        assert len(calculating) == 5
        with CaptureQueriesContext(connection) as captured:
            implement_standard_costs(proposal.costs, user=shop.user)
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_every_door_leaves_a_version(shop: Company) -> None:
    """Verb, import and plain SQL; a change of anything else leaves none."""
    StandardCostVersion.objects.all().delete()
    values = {"description": "New", "base_unit": "PCS", "costing_method": "standard", "standard_cost": "7"}
    save_items([ItemChange(1, "N", values)], user=shop.user, reason="import")
    save_items([ItemChange(1, "N", {"standard_cost": "8"})], user=shop.user, reason="typed")
    save_items([ItemChange(1, "N", {"description": "Other"})], user=shop.user, reason="typed")
    with acting(None, "script"), connection.cursor() as cursor:
        cursor.execute("UPDATE inventory_item SET standard_cost = 9 WHERE number IN ('N', 'S')")
    found = StandardCostVersion.objects.order_by("id").values_list("item__number", "old_cost", "new_cost", "reason")
    assert sorted(found) == [
        ("N", 0, 7, "import"), ("N", 7, 8, "typed"), ("N", 8, 9, "script"), ("S", 0, 9, "script"),
    ]  # fmt: skip


def test_versions_never_change(shop: Company) -> None:
    shop.change(item("S"), standard_cost=5)
    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
        StandardCostVersion.objects.update(new_cost=1)


def test_a_cost_that_is_typed_is_all_material(shop: Company) -> None:
    calculate_and_implement(["F"], multilevel=True, user=shop.user, reason="test")
    save_items([ItemChange(1, "F", {"description": "Still", "base_unit": "PCS"})], user=shop.user, reason="typed")
    assert shares_of(item("F")).capacity == 30
    save_items([ItemChange(1, "F", {"standard_cost": "90"})], user=shop.user, reason="typed")
    card = item("F")
    assert shares_of(card) == Shares(D(90))
    assert (card.rolled_up_material_cost, card.rolled_up_capacity_cost, card.single_level_capacity_cost) == (90, 0, 0)


@pytest.mark.parametrize("rule", ["item_scrap_is_not_negative", "item_cost_shares_are_not_negative"])
def test_the_database_holds_each_rule(shop: Company, rule: str) -> None:
    name = "scrap_percent" if "scrap" in rule else "rolled_up_capacity_cost"
    with pytest.raises(IntegrityError, match=rule), transaction.atomic(), acting(shop.user, "test"):
        Item.objects.update(**{name: -1})
