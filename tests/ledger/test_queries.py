"""What pages and the API ask the book."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from costing.queries import with_adjusted
from inventory.filters import ItemFilter
from inventory.models import Item, Variant
from inventory.queries import best_first, items, units_of
from ledger import filters, queries
from ledger.models import GLEntry, ItemLedgerEntry, ItemRegister
from tests.factories import Company
from users.history import acting
from work.queue import drain

pytestmark = pytest.mark.django_db
JANUARY, FEBRUARY = date(2026, 1, 5), date(2026, 2, 5)


@pytest.fixture
def bike(company: Company) -> Item:
    """Ten bought at 7 in EAST, two of them moved WEST, three sold for 60 in February."""
    bike = company.item("BIKE")
    company.line("purchase", bike, 10, unit_amount="7", location=company.east)
    company.post()
    company.post(company.line("transfer", bike, 2, location=company.east, new_location=company.west))
    company.line("sale", bike, 3, amount="60", location=company.east, posting_date=FEBRUARY, document_number="S1")
    company.post()
    return bike


def narrowed(filterset: type, rows: Any, **asked: Any) -> list[Any]:
    made = filterset(asked, queryset=rows)
    assert made.is_valid(), made.errors
    return list(made.qs)


def test_quantity_on_hand(bike: Item, company: Company) -> None:
    assert queries.quantity_on_hand(bike) == 7
    assert queries.quantity_on_hand(bike, on=JANUARY) == 10
    assert queries.quantity_on_hand(bike, at=company.east) == 5
    assert queries.quantity_on_hand(bike, at=company.east, on=JANUARY) == 8
    assert queries.quantity_on_hand(company.item("CAR")) == 0


def test_stock_by_location_and_variant(bike: Item, company: Company) -> None:
    with acting(company.user, "test"):
        red = Variant.objects.create(item=bike, code="RED")
    company.post(company.line("purchase", bike, 1, unit_amount="9", location=company.west, variant=red))
    stock = queries.stock_by_location(bike, with_cost=True)
    assert [(s.location, s.variant, s.quantity, s.cost) for s in stock] == [
        ("EAST", "", 5, 35), ("WEST", "", 2, 14), ("WEST", "RED", 1, 9),
    ]  # fmt: skip
    assert [(s.location, s.quantity, s.cost) for s in queries.stock_by_location(bike, on=JANUARY)] == [
        ("EAST", 8, None), ("WEST", 2, None), ("WEST", 1, None),
    ]  # fmt: skip


def test_the_item_ledger_says_what_is_left_and_what_it_cost(bike: Item) -> None:
    shown = [
        (e.entry_type, e.quantity, e.remaining_quantity, e.cost_amount_actual, e.sales_amount_actual)
        for e in queries.item_ledger(bike, with_cost=True)
    ]
    assert shown == [
        ("sale", -3, 0, -21, 60), ("transfer", 2, 2, 14, 0), ("transfer", -2, 0, -14, 0), ("purchase", 10, 5, 70, 0),
    ]  # fmt: skip
    assert not hasattr(queries.item_ledger(bike)[0], "cost_amount_actual")


def test_items_with_stock_and_cost(bike: Item, company: Company) -> None:
    company.item("CAR", "standard", standard_cost=4)
    rows = with_adjusted(queries.with_stock(items(), with_cost=True))
    assert [(i.number, i.quantity_on_hand, i.unit_cost, i.inventory_value, i.cost_is_adjusted) for i in rows] == [
        ("BIKE", 7, 7, 49, False), ("CAR", 0, 4, 0, True),
    ]  # fmt: skip
    drain()
    assert with_adjusted(items()).get(number="BIKE").cost_is_adjusted
    assert not hasattr(queries.with_stock(items())[0], "unit_cost")


def test_applications_as_they_stand(bike: Item) -> None:
    purchase = ItemLedgerEntry.objects.get(entry_type="purchase")
    links = queries.applications(purchase)
    assert sorted(link.quantity for link in links if link.outbound_entry_id) == [-3, -2]
    assert all(link.inbound_entry_id == purchase.pk for link in links)


def test_from_the_gl_to_the_value_entries_and_back(bike: Item) -> None:
    drain()
    entry = next(e for e in queries.gl_entries() if e.amount == 70)
    (behind,) = queries.value_entries_of(entry)
    assert (behind.cost_amount_actual, behind.cost_posted_to_gl, behind.valued_on) == (70, 70, JANUARY)
    assert entry in narrowed(filters.GLEntryFilter, queries.gl_entries(), value_entry=behind.pk)
    assert narrowed(filters.ValueEntryFilter, queries.value_entries(), gl_entry=entry.pk) == [behind]
    account = queries.gl_accounts().get(pk=entry.account_id)
    assert account.balance == sum(e.amount for e in queries.gl_entries(account))
    assert queries.gl_accounts(on=date(2025, 12, 31)).get(pk=account.pk).balance == 0


def test_registers_say_what_they_wrote(bike: Item) -> None:
    sold, moved, bought = queries.registers()
    assert [r.item_entry_count for r in (bought, moved, sold)] == [1, 2, 1]
    assert sold.first_item_entry == sold.last_item_entry == ItemLedgerEntry.objects.get(entry_type="sale").pk
    drain()
    assert all(register.entry_count for register in queries.gl_registers())
    assert GLEntry.objects.exists()


ENTRIES: dict[str, tuple[dict[str, Any], int]] = {
    "item": ({"item": "bike"}, 4),
    "another item": ({"item": "CAR"}, 0),
    "one of two locations": ({"location": "WEST|EAST"}, 4),
    "the blank location": ({"location": "''"}, 0),
    "begins with": ({"document_number": "s*"}, 1),
    "kind": ({"entry_type": ["sale", "purchase"]}, 2),
    "from": ({"posting_date_from": "2026-02-01"}, 1),
    "to": ({"posting_date_to": "2026-01-05"}, 3),
    "open": ({"open": True}, 2),
    "closed": ({"open": False}, 2),
    "of no register": ({"register": 1}, 0),
    "variant": ({"variant": "RED"}, 0),
    "serial": ({"serial_number": "S1"}, 0),
}


@pytest.mark.parametrize("name", ENTRIES)
def test_entries_can_be_narrowed(bike: Item, name: str) -> None:
    asked, count = ENTRIES[name]
    assert len(narrowed(filters.ItemLedgerEntryFilter, queries.item_ledger_entries(), **asked)) == count


@pytest.mark.parametrize(
    "asked", [{"register": "9" * 30}, {"item": "a\x00b"}, {"posting_date_to": "soon"}, {"entry_type": ["gift"]}]
)
def test_what_no_filter_can_mean(asked: dict[str, Any]) -> None:
    assert not filters.ItemLedgerEntryFilter(asked, queryset=queries.item_ledger_entries()).is_valid()


def test_registers_by_item_and_reversal(bike: Item) -> None:
    register = ItemRegister.objects.latest("id")
    assert len(narrowed(filters.ItemRegisterFilter, queries.registers(), item="bike")) == 3
    assert not narrowed(filters.ItemRegisterFilter, queries.registers(), reversed=True)
    assert register in narrowed(filters.ItemRegisterFilter, queries.registers(), reversed=False)


def test_items_are_found_by_words_and_by_what_is_typed(bike: Item, company: Company) -> None:
    company.item("BIKE-2")
    company.item("OLDBIKE")
    assert [i.number for i in best_first(items(), "bike", "number", "description")] == ["BIKE", "BIKE-2", "OLDBIKE"]
    assert [i.number for i in narrowed(ItemFilter, items(), q="ike ol")] == ["OLDBIKE"]
    assert [i.number for i in narrowed(filters.StockedItemFilter, items(), in_stock=True)] == ["BIKE"]
    assert [unit.unit.code for unit in units_of(bike)] == ["PCS", "BOX"]


def test_lists_take_one_statement(bike: Item, company: Company) -> None:
    drain()
    for rows, columns in (
        (queries.item_ledger_entries(with_cost=True), lambda e: (e.item.number, e.location.code, e.variant)),
        (queries.value_entries(), lambda e: (e.item.number, e.location.code, e.item_ledger_entry.variant)),
        (queries.application_entries(), lambda e: e.item_ledger_entry.item.number),
        (queries.registers(), lambda r: (r.user, getattr(r, "reversed_by", None))),
        (queries.gl_entries(), lambda e: (e.account.number, e.register.user)),
        (queries.gl_registers(), lambda r: r.user),
        (with_adjusted(queries.with_stock(items(), with_cost=True)), lambda i: (i.base_unit.code, i.vendor)),
    ):
        with CaptureQueriesContext(connection) as statements:
            assert [columns(row) for row in rows]  # type: ignore[attr-defined]
        assert len(statements) == 1
    assert Decimal(7) == queries.quantity_on_hand(bike)
