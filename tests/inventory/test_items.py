"""Items are created and changed whole or not at all, with every reason at once (items.md §1, §2)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.items import ItemChange, SavedItem, save_items
from inventory.models import (
    InventorySetup,
    Item,
    ItemTemplate,
    ItemTrackingCode,
    NumberSeries,
    NumberSeriesLine,
    Vendor,
)
from tests.factories import Company
from users.history import acting, history_of
from work.errors import Refused

pytestmark = pytest.mark.django_db


def change(number: str = "BIKE", row: int = 2, units: Mapping[str, str] = {}, mode: Any = "upsert", **values: str):
    defaults = {"description": "Bike", "base_unit": "PCS"} if mode != "update" else {}
    return ItemChange(row, number, {**defaults, **values}, units, mode)


def save(company: Company, *changes: ItemChange) -> list[SavedItem]:
    return save_items(changes, user=company.user, reason="test")


def refused(company: Company, *changes: ItemChange) -> set[tuple[str, str | None, int | None]]:
    before = list(Item.objects.order_by("pk").values_list())
    with pytest.raises(Refused) as caught:
        save(company, *changes)
    assert list(Item.objects.order_by("pk").values_list()) == before
    assert all(problem.message for problem in caught.value.refusals)
    return {(problem.code, problem.field, problem.line) for problem in caught.value.refusals}


def test_an_item_comes_with_its_units_state_and_history(company: Company) -> None:
    values = {
        "type": "Inventory", "costing_method": "FIFO", "unit_price": "1.234,50", "blocked": "x",
        "sales_unit": "box", "inventory_posting_group": "resale", "gen_product_posting_group": "retail",
    }  # fmt: skip
    (saved,) = save(company, change("bike-1", units={"BOX": "6", "pcs": "1 / 1"}, **values))
    item = Item.objects.get(number="BIKE-1")
    assert (saved.id, saved.number, saved.outcome, saved.row) == (item.pk, "BIKE-1", "created", 2)
    assert (item.unit_price, item.blocked, item.search_description) == (Decimal("1234.5"), True, "BIKE")
    assert item.sales_unit == company.box
    assert item.inventory_posting_group == company.group
    rows = {row.unit.code: (row.quantity_per_unit, row.rounding_precision) for row in item.units.all()}
    assert rows == {"BOX": (6, 0), "PCS": (1, 1)}
    assert item.state.unit_cost == 0
    assert history_of(item)[0]["user"] == "alice"


def test_what_is_not_named_stays_and_nothing_new_is_no_change(company: Company) -> None:
    save(company, change(unit_price="5", units={"BOX": "6"}))
    (same,) = save(company, change(unit_price="5"))
    (other,) = save(company, change(mode="update", description="Racer"))
    item = Item.objects.get()
    assert (same.outcome, other.outcome) == ("unchanged", "changed")
    assert (item.description, item.search_description, item.unit_price) == ("Racer", "RACER", 5)
    save(company, change(mode="update", search_description="own words"))
    save(company, change(mode="update", description="Tandem"))
    assert Item.objects.get().search_description == "OWN WORDS"
    assert len(history_of(item)) == 4


def test_everything_wrong_is_said_at_once(company: Company) -> None:
    company.item("OLD")
    found = refused(
        company,
        change("A", 2, unit_price="cheap", type="thing", base_unit="NONE", vendor="NOBODY", colour="red"),
        change("B", 3, description="", unit_price="-1", net_weight="1.123456", overhead_rate="9" * 40),
        change("OLD", 4, mode="create"),
        change("NEW", 5, mode="update"),
        change("C", 6, description="x" * 101, shelf_number="x" * 11, blocked="perhaps"),
        change("c", 7),
        change("D" * 21, 8),
        change("E\nF", 9),
        change("G", 10, units={"CRATE": "6", "BOX": "0", "PCS": "2"}),
        change("H", 11, units={"BOX": "6 / 2"}, sales_unit="BOX", description="a\x00b"),
        change("", 12, mode="update"),
    )
    assert found == {
        ("not_understood", "unit_price", 2), ("not_understood", "type", 2), ("not_found", "base_unit", 2),
        ("not_found", "vendor", 2), ("unknown_field", "colour", 2), ("value_missing", "description", 3),
        ("negative_not_allowed", "unit_price", 3), ("number_too_fine", "net_weight", 3),
        ("number_too_large", "overhead_rate", 3), ("already_exists", "number", 4), ("not_found", "number", 5),
        ("too_long", "description", 6), ("too_long", "shelf_number", 6), ("not_understood", "blocked", 6),
        ("duplicate_number", "number", 7), ("too_long", "number", 8), ("character_not_allowed", "number", 9),
        ("not_found", "units", 10), ("not_positive", "units", 10), ("base_unit_is_one", "units", 10),
        ("precision_not_allowed", "units", 11), ("unit_not_of_item", "sales_unit", 11),
        ("character_not_allowed", "description", 11), ("value_missing", "number", 12),
    }  # fmt: skip


def test_only_inventory_items_are_costed_and_tracked(company: Company) -> None:
    company.change_setup(default_costing_method="average")
    save(company, change("S", type="service"))
    assert Item.objects.get().costing_method == "fifo"
    found = refused(
        company,
        change("A", 2, type="service", costing_method="average", inventory_posting_group="RESALE"),
        change("B", 3, type="non-inventory", item_tracking_code="SNALL"),
    )
    assert found == {
        ("not_for_type", "costing_method", 2), ("not_for_type", "inventory_posting_group", 2),
        ("not_for_type", "item_tracking_code", 3),
    }  # fmt: skip


def test_specific_costing_needs_serial_numbers(company: Company) -> None:
    with acting(company.user, "test"):
        ItemTrackingCode.objects.create(code="LOTS")
        NumberSeries.objects.create(code="SN")
    found = refused(
        company,
        change("A", 2, costing_method="specific"),
        change("B", 3, costing_method="specific", item_tracking_code="LOTS"),
        change("C", 4, serial_number_series="SN"),
    )
    assert found == {("tracking_code_needed", "item_tracking_code", row) for row in (2, 3, 4)}
    save(company, change(costing_method="Specific", item_tracking_code="snall", serial_number_series="sn"))
    assert Item.objects.get().costing_method == "specific"


def test_entries_hold_costing_method_type_base_unit_and_tracking(company: Company) -> None:
    item = company.item("BIKE", inventory_value_zero=False)
    company.post(company.line("purchase", item, 5, amount="10"))
    found = refused(
        company,
        change(mode="update", costing_method="average"),
        change("bike ", 3, mode="update", type="service"),
    )
    assert found == {
        ("item_has_entries", "costing_method", 2), ("item_has_entries", "type", 3), ("duplicate_number", "number", 3),
    }  # fmt: skip
    for values in ({"type": "service"}, {"base_unit": "BOX"}, {"item_tracking_code": "SNALL"}):
        units = {"BOX": "1"} if "base_unit" in values else {}
        assert ("item_has_entries", next(iter(values)), 2) in refused(
            company, change(mode="update", units=units, **values)
        )
    save(company, change(mode="update", description="Racer", units={"BOX": "12"}))


def test_lines_to_be_posted_hold_their_units(company: Company) -> None:
    item = company.item("BIKE")
    company.line("purchase", item, 5, unit=company.box)
    assert refused(company, change(mode="update", units={"BOX": "12"})) == {("item_in_use", "units", 2)}
    assert refused(company, change(mode="update", units={"BOX": ""})) == {("item_in_use", "units", 2)}
    assert ("item_in_use", "base_unit", 2) in refused(
        company, change(mode="update", base_unit="BOX", units={"BOX": "1"})
    )
    save(company, change(mode="update", costing_method="lifo"))


def test_under_a_new_base_unit_the_others_are_given_anew(company: Company) -> None:
    with acting(company.user, "test"):
        type(company.unit).objects.create(code="PAIR")
    save(company, change(units={"BOX": "6"}))
    assert refused(company, change(mode="update", base_unit="PAIR")) == {("units_to_restate", "base_unit", 2)}
    save(company, change(mode="update", base_unit="PAIR", units={"BOX": "3"}))
    rows = {row.unit.code: row.quantity_per_unit for row in Item.objects.get().units.all()}
    assert rows == {"BOX": 3, "PAIR": 1}


def test_the_only_template_applies_itself(company: Company) -> None:
    with acting(company.user, "test"):
        ItemTemplate.objects.create(code="GOODS", base_unit=company.box, costing_method="average", sales_blocked=True)
    save(company, ItemChange(2, "A", {"description": "A"}), change("B", 3, costing_method="lifo"))
    save(company, change("C", template=""))
    made = {item.number: (item.base_unit.code, item.costing_method, item.sales_blocked) for item in Item.objects.all()}
    assert made == {"A": ("BOX", "average", True), "B": ("PCS", "lifo", True), "C": ("PCS", "fifo", False)}
    with acting(company.user, "test"):
        ItemTemplate.objects.create(code="TWO")
    assert refused(company, ItemChange(2, "D", {"description": "D"})) == {("value_missing", "base_unit", 2)}
    assert refused(company, change("D", template="THREE")) == {("not_found", "template", 2)}


def test_blank_numbers_come_from_the_series(company: Company) -> None:
    assert refused(company, change("")) == {("no_series", "number", 2)}
    with acting(company.user, "test"):
        series = NumberSeries.objects.create(code="ITEMS")
        InventorySetup.objects.update(item_number_series=series)
    NumberSeriesLine.objects.create(series=series, starting_number="I0001", ending_number="I0003")
    assert refused(company, change("TYPED")) == {("manual_not_allowed", "number", 2)}
    assert [saved.number for saved in save(company, change("", 2), change("", 3))] == ["I0001", "I0002"]
    assert refused(company, change("", 2), change("", 3)) == {("series_exhausted", "number", 2)}
    assert [saved.number for saved in save(company, change(""))] == ["I0003"]


def test_vendors_are_named_by_number(company: Company) -> None:
    with acting(company.user, "test"):
        vendor = Vendor.objects.create(number="V1", name="Vendor")
    save(company, change(vendor="v1", vendor_item_number="Straße 7"))
    item = Item.objects.get()
    assert (item.vendor, item.vendor_item_number) == (vendor, "Straße 7")
    save(company, change(mode="update", vendor=None))
    assert Item.objects.get().vendor is None


def test_the_number_of_statements_does_not_grow_with_the_items(company: Company) -> None:
    counts = set()
    for size in (3, 300):
        new = [change(f"I{size}-{row}", row, units={"BOX": "6"}, vendor="") for row in range(size)]
        with CaptureQueriesContext(connection) as creating:
            save(company, *new)
        again = [change(f"I{size}-{row}", row, mode="update", costing_method="lifo", units={"BOX": "7"})
                 for row in range(size)]  # fmt: skip
        with CaptureQueriesContext(connection) as changing:
            save(company, *again)
        counts.add((len(creating), len(changing)))
    assert len(counts) == 1
