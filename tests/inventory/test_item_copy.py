"""Copies, templates and deletion of items (items.md §1.4, §2)."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.bom_edit import BOMChange, BOMLine, save_boms
from inventory.item_copy import apply_template, copy_item, save_as_template
from inventory.item_delete import delete_items
from inventory.items import ItemChange, save_items
from inventory.models import (
    InventorySetup,
    Item,
    ItemTemplate,
    NumberSeries,
    NumberSeriesLine,
    StockkeepingUnit,
    Variant,
)
from tests.factories import Company
from users.history import acting
from work.errors import Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def bike(company: Company) -> Item:
    """A bike with a box, two variants, a stockkeeping unit, and a wheel that goes into it."""
    values = {
        "description": "Bike",
        "base_unit": "PCS",
        "sales_unit": "BOX",
        "unit_price": "99.5",
        "gtin": "4006381333931",
    }
    save_items(
        [
            ItemChange(1, "BIKE", values, {"BOX": "6"}),
            ItemChange(2, "WHEEL", {"description": "Wheel", "base_unit": "PCS"}),
        ],
        user=company.user,
        reason="test",
    )
    item = Item.objects.get(number="BIKE")
    with acting(company.user, "test"):
        Variant.objects.bulk_create(Variant(item=item, code=code, description=code) for code in ("BLUE", "RED"))
        StockkeepingUnit.objects.create(item=item, location=company.east)
    save_boms([BOMChange(1, "BIKE", [BOMLine("WHEEL", quantity_per=Decimal(2))])], user=company.user, reason="test")
    return item


def numbered(company: Company) -> None:
    with acting(company.user, "test"):
        series = NumberSeries.objects.create(code="ITEM", manual_numbers=True)
        NumberSeriesLine.objects.create(series=series, starting_number="I001")
        InventorySetup.objects.update(item_number_series=series)


def codes(refused: "pytest.ExceptionInfo[Refused]") -> set[tuple[str, str | None, int | None]]:
    return {(problem.code, problem.field, problem.line) for problem in refused.value.refusals}


def test_a_copy_takes_what_describes_an_item_and_nothing_that_happened(company: Company, bike: Item) -> None:
    numbered(company)
    saved = copy_item("bike", ["BIKE2", ""], user=company.user, reason="test")
    assert [copy.number for copy in saved] == ["BIKE2", "I001"]
    for copy in Item.objects.filter(number__in=["BIKE2", "I001"]):
        assert (copy.description, copy.unit_price, copy.gtin) == ("Bike", Decimal("99.5"), "")
        assert copy.sales_unit == company.box
        assert {row.unit.code: row.quantity_per_unit for row in copy.units.all()} == {"PCS": 1, "BOX": 6}
        assert [variant.code for variant in copy.variants.order_by("code")] == ["BLUE", "RED"]
        assert [(line.component.number, line.quantity_per) for line in copy.bom_lines.all()] == [("WHEEL", 2)]
        assert not copy.stockkeeping_units.exists()
        assert copy.low_level_code == 0


def test_parts_are_left_out_as_asked(company: Company, bike: Item) -> None:
    copy_item("BIKE", ["PLAIN"], parts=(), description="Plain bike", user=company.user, reason="test")
    plain = Item.objects.get(number="PLAIN")
    assert (plain.description, plain.search_description) == ("Plain bike", "PLAIN BIKE")
    assert plain.sales_unit is None
    assert [row.unit.code for row in plain.units.all()] == ["PCS"]
    assert not plain.variants.exists()
    assert not plain.bom_lines.exists()


def test_a_copy_is_made_whole_or_not_at_all(company: Company, bike: Item) -> None:
    with pytest.raises(Refused) as refused:
        copy_item("BIKE", ["NEW", "BIKE"], user=company.user, reason="test")
    assert codes(refused) == {("already_exists", "number", 2)}
    with pytest.raises(Refused) as refused:
        copy_item("BIKE", [], parts=["wheels"], user=company.user, reason="test")
    assert codes(refused) == {("not_understood", "parts", None), ("out_of_range", "copies", None)}
    with pytest.raises(Refused) as refused:
        copy_item("NONE", ["NEW"], user=company.user, reason="test")
    assert codes(refused) == {("not_found", "number", None)}
    assert set(Item.objects.values_list("number", flat=True)) == {"BIKE", "WHEEL"}


def test_a_template_sets_what_nothing_rests_on(company: Company, bike: Item) -> None:
    with acting(company.user, "test"):
        ItemTemplate.objects.create(
            code="AVG", costing_method="average", base_unit=company.unit, purchasing_blocked=True, type="inventory"
        )
    applied = apply_template("BIKE", "avg", user=company.user, reason="test")
    bike.refresh_from_db()
    assert (applied.item.outcome, applied.skipped) == ("changed", {})
    assert (bike.costing_method, bike.purchasing_blocked, bike.unit_price) == ("average", True, Decimal("99.5"))


def test_a_template_leaves_what_entries_rest_on_and_says_so(company: Company) -> None:
    item = company.item("SOLD")
    company.post(company.line("purchase", item, 1, unit_amount=5))
    with acting(company.user, "test"):
        ItemTemplate.objects.create(code="AVG", costing_method="average", overhead_rate=Decimal(2))
    applied = apply_template("SOLD", "AVG", user=company.user, reason="test")
    item.refresh_from_db()
    assert applied.skipped == {"costing_method": "item ledger entries"}
    assert (item.costing_method, item.overhead_rate) == ("fifo", 2)
    with pytest.raises(Refused) as refused:
        apply_template("SOLD", "NONE", user=company.user, reason="test")
    assert codes(refused) == {("not_found", "template", None)}


def test_an_item_becomes_a_template(company: Company, bike: Item) -> None:
    save_as_template("BIKE", "bikes", "All bikes", user=company.user, reason="test")
    save_items(
        [ItemChange(1, "TRIKE", {"description": "Trike", "template": "BIKES"})], user=company.user, reason="test"
    )
    trike = Item.objects.get(number="TRIKE")
    assert (trike.base_unit, trike.costing_method, trike.description) == (company.unit, "fifo", "Trike")
    for code, wrong in (("Bikes", "already_exists"), (" ", "value_missing"), ("X" * 21, "too_long")):
        with pytest.raises(Refused) as refused:
            save_as_template("BIKE", code, "", user=company.user, reason="test")
        assert codes(refused) == {(wrong, "code", None)}


def test_what_nothing_rests_on_is_deleted_with_all_that_is_its_own(company: Company, bike: Item) -> None:
    assert delete_items(["bike", "WHEEL"], user=company.user, reason="test") == 2
    assert not Item.objects.exists()
    assert not StockkeepingUnit.objects.exists()
    assert not Variant.objects.exists()


def test_what_is_in_use_is_refused_with_every_reason(company: Company, bike: Item) -> None:
    sold = company.item("SOLD")
    company.post(company.line("purchase", sold, 1, unit_amount=5))
    waiting = company.item("WAITING")
    company.line("purchase", waiting, 1, unit_amount=5)
    with pytest.raises(Refused) as refused:
        delete_items(["SOLD", "WHEEL", "NONE", "WAITING"], user=company.user, reason="test")
    assert codes(refused) == {
        ("item_has_entries", "number", 1), ("item_in_use", "number", 2), ("not_found", "number", 3),
        ("item_in_use", "number", 4),
    }  # fmt: skip
    assert Item.objects.count() == 4
    assert bike.bom_lines.count() == 1


def test_a_component_may_be_deleted_with_what_it_goes_into(company: Company, bike: Item) -> None:
    counts = []
    for numbers in (["BIKE"], [f"N{n}" for n in range(30)]):
        if len(numbers) > 1:
            plain = {"description": "x", "base_unit": "PCS"}
            changes = [ItemChange(row, number, plain) for row, number in enumerate(numbers, 1)]
            save_items(changes, user=company.user, reason="test")
            save_boms(
                [BOMChange(1, number, [BOMLine("WHEEL")]) for number in numbers], user=company.user, reason="test"
            )
        with CaptureQueriesContext(connection) as caught:
            delete_items(numbers, user=company.user, reason="test")
        counts.append(len(caught))
    assert counts[0] == counts[1]
    assert Item.objects.get().number == "WHEEL"
