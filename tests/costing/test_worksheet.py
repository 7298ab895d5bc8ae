"""Standard costs that are tried on a worksheet before they are valid."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from costing.models import StandardCostWorksheet
from costing.rollup import Shares
from costing.standard_cost import shares_of
from costing.worksheet import implement_worksheet, roll_up_costs, suggest_item_costs, suggest_resource_costs
from inventory.bom_edit import BOMChange, BOMLine, save_boms
from inventory.models import Item, Resource, StandardCostVersion
from tests.factories import Company
from users.history import acting, history_of
from work.errors import Refused

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def shop(company: Company) -> Company:
    """F of two S and an hour, S of three B; B bought for 2.50."""
    company.item("F", "standard")
    company.item("S", "standard")
    company.item("B", "standard", standard_cost=D("2.5"))
    company.item("LIFO", "lifo")
    with acting(company.user, "test"):
        Resource.objects.create(number="R", name="Work", direct_unit_cost=10, unit_cost=12, indirect_cost_percent=20)
    save_boms(
        [
            BOMChange(1, "F", [BOMLine("S", quantity_per=D(2)), BOMLine("R", "resource")]),
            BOMChange(2, "S", [BOMLine("B", quantity_per=D(3))]),
        ],
        user=company.user,
        reason="test",
    )
    return company


def sheet(name: str = "2027") -> dict[str, tuple[str, Decimal]]:
    return {
        (line.item or line.resource).number: (line.source, line.new_cost)
        for line in StandardCostWorksheet.objects.filter(name=name).select_related("item", "resource")
    }


def refused(call: Any) -> list[tuple[str, str | None]]:
    before = sheet(), list(Item.objects.order_by("pk").values_list()), list(Resource.objects.values_list())
    with pytest.raises(Refused) as caught:
        call()
    assert (sheet(), list(Item.objects.order_by("pk").values_list()), list(Resource.objects.values_list())) == before
    return [(problem.code, problem.field) for problem in caught.value.refusals]


def cost(number: str) -> Decimal:
    return Item.objects.get(number=number).standard_cost


def test_new_costs_are_tried_before_they_are_valid(shop: Company) -> None:
    assert suggest_item_costs("2027", ["b"], factor=D("1.1"), rounding=D("0.1")) == 1
    assert suggest_resource_costs("2027", ["R"], factor=D("1.5")) == 1
    assert roll_up_costs("2027", ["F"]) == 2
    assert sheet() == {
        "B": ("suggested", D("2.8")), "R": ("suggested", D(18)), "S": ("assembly", D("8.4")),
        "F": ("assembly", D("34.8")),
    }  # fmt: skip
    assert (cost("B"), cost("F")) == (D("2.5"), 0)
    done = implement_worksheet("2027", user=shop.user, from_date=date(2027, 1, 1))
    assert list(done.items) == ["B", "F", "S"]
    assert (cost("B"), cost("S"), cost("F")) == (D("2.8"), D("8.4"), D("34.8"))
    assert shares_of(Item.objects.get(number="F")) == Shares(D("16.8"), D(15), D(0), D(3))
    linda = Resource.objects.get()
    assert (linda.direct_unit_cost, linda.unit_cost, linda.indirect_cost_percent) == (15, 18, 20)
    assert history_of(linda)[0]["reason"] == "standard cost worksheet 2027"
    versions = StandardCostVersion.objects.filter(from_date=date(2027, 1, 1))
    assert set(versions.values_list("item__number", flat=True)) == {"B", "S", "F"}
    assert sheet() == {}


def test_scrap_counts_where_it_is_asked_for(shop: Company) -> None:
    shop.change(Item.objects.get(number="S"), scrap_percent=10)
    roll_up_costs("2027", ["S"], production=True)
    assert sheet() == {"S": ("production", D("8.25"))}
    implement_worksheet("2027", user=shop.user)
    assert cost("S") == D("8.25")


def test_a_later_suggestion_takes_the_place_of_an_earlier_one(shop: Company) -> None:
    roll_up_costs("2027", ["S"])
    suggest_item_costs("2027", ["S", "B"], factor=D(2))
    suggest_item_costs("other", ["B"], factor=D(3))
    assert sheet() == {"S": ("suggested", 0), "B": ("suggested", 5)}
    assert sheet("other") == {"B": ("suggested", D("7.5"))}
    roll_up_costs("2027", ["S"])
    assert sheet()["S"] == ("assembly", 15)


def test_only_some_items_are_implemented(shop: Company) -> None:
    suggest_item_costs("2027", ["B"], factor=D(2))
    roll_up_costs("2027", ["F"])
    implement_worksheet("2027", user=shop.user, only=["b"])
    assert (cost("B"), cost("S")) == (5, 0)
    assert sheet().keys() == {"S", "F"}
    assert refused(lambda: implement_worksheet("2027", user=shop.user, only=["B"])) == [("not_calculated", "only")]


def test_what_was_rolled_up_must_still_come_out(shop: Company) -> None:
    roll_up_costs("2027", ["F"])
    shop.change(Item.objects.get(number="B"), standard_cost=3)
    assert refused(lambda: implement_worksheet("2027", user=shop.user)) == [("standard_cost_changed", "calculated")] * 2


def test_a_standard_that_changed_meanwhile_is_not_written_over(shop: Company) -> None:
    suggest_item_costs("2027", ["B"], factor=D(2))
    shop.change(Item.objects.get(number="B"), standard_cost=3)
    assert refused(lambda: implement_worksheet("2027", user=shop.user)) == [("standard_cost_changed", None)]


def test_what_cannot_be_suggested_is_refused(shop: Company) -> None:
    assert refused(lambda: suggest_item_costs("2027", ["X", "Y"])) == [("not_found", "items")] * 2
    assert refused(lambda: suggest_item_costs("2027", ["LIFO"])) == [("not_standard", "items")]
    assert refused(lambda: suggest_resource_costs("2027", ["X"])) == [("not_found", "resources")]
    assert refused(lambda: suggest_item_costs("2027", ["B"], factor=D(-1))) == [("negative_not_allowed", "factor")]
    assert refused(lambda: suggest_item_costs("2027", ["B"], rounding=D(0))) == [("negative_not_allowed", "rounding")]


def test_as_many_statements_for_thirty_as_for_three(shop: Company) -> None:
    counts = []
    for size in (3, 30):
        numbers = [f"P{size}-{number}" for number in range(size)]
        for number in numbers:
            shop.item(number, "standard", standard_cost=1)
        save_boms([BOMChange(1, number, [BOMLine("S")]) for number in numbers], user=shop.user, reason="test")
        with CaptureQueriesContext(connection) as captured:
            suggest_item_costs(f"{size}", numbers, factor=D(2))
            suggest_item_costs(f"{size}", ["B"], factor=D(size))
            roll_up_costs(f"{size}", numbers)
            implement_worksheet(f"{size}", user=shop.user)
        counts.append(len(captured))
    assert counts[0] == counts[1]


BROKEN = {
    "standard_cost_worksheet_names_one_thing": {"item": None},
    "standard_cost_worksheet_is_not_negative": {"new_cost": -1, "new_direct_cost": -1},
}


@pytest.mark.parametrize("rule", BROKEN)
def test_the_database_holds_each_rule(shop: Company, rule: str) -> None:
    values: dict[str, Any] = {"item": Item.objects.get(number="B"), "old_cost": 0, "new_cost": 0, **BROKEN[rule]}
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        StandardCostWorksheet.objects.create(name="2027", **values)
