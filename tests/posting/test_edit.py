"""Journal lines, cell by cell: what is understood is saved, what is not stays as typed."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.cells import read_number
from inventory.models import NumberSeries, NumberSeriesLine, UnitOfMeasure, Variant
from posting.cells import read_date
from posting.edit import LineChange, SavedLine, edit_lines, open_batch, read_lines
from posting.models import ItemJournalBatch, ItemJournalLine, ItemJournalTemplate
from tests.factories import Company
from users.history import acting
from work.errors import Refusal

TODAY = date(2026, 3, 2)


def change(company: Company, *changes: LineChange, batch: ItemJournalBatch | None = None) -> list[SavedLine]:
    return edit_lines((batch or company.batch).pk, changes, user=company.user, work_date=TODAY)


def new(row: str = "r", *, after: int | None = None, **values: str | None) -> LineChange:
    return LineChange(row=row, values=values, after=after)


def codes(line: SavedLine) -> dict[str, str]:
    return {problem["field"]: problem["code"] for problem in line.errors}


NUMBERS = {
    "5": "5", "1234,5": "1234.5", "1 234,5": "1234.5", "1'234.5": "1234.5", "1.234,50": "1234.5",
    "1,234.50": "1234.5", "1.234": "1.234", "12-": "-12", "-12": "-12", "\u221212": "-12", "1\u00a0000": "1000",
    "1\u2019000": "1000", ".5": "0.5", "5,": "5", "+7": "7", "0,00001": "0.00001", "1.100000": "1.1",
    "999999999999999": "999999999999999", "000000000000000000005": "5",
}  # fmt: skip
NO_NUMBERS = {
    "abc": "not_understood", ".": "not_understood", "1o": "not_understood", "-5-": "not_understood",
    "1 2 3": "not_understood", "NaN": "not_understood", "1e5": "not_understood", "Infinity": "not_understood",
    "🚲": "not_understood", "٣": "not_understood", "1.2.3": "not_understood", "0.000001": "number_too_fine",
    "9" * 40: "number_too_large", "1" + "0" * 15: "number_too_large", "--1": "not_understood",
}  # fmt: skip


@pytest.mark.parametrize("raw", NUMBERS)
def test_numbers(raw: str) -> None:
    assert read_number(raw, name="quantity", places=5) == Decimal(NUMBERS[raw])


@pytest.mark.parametrize("raw", NO_NUMBERS)
def test_what_is_no_number(raw: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_number(raw, name="quantity", places=5)
    assert (refused.value.code, refused.value.field) == (NO_NUMBERS[raw], "quantity")


DATES = {
    "2026-01-31": date(2026, 1, 31), "31.1.2026": date(2026, 1, 31), "31.01.26": date(2026, 1, 31),
    "31.1.": date(2026, 1, 31), "31.1": date(2026, 1, 31), "t": TODAY, "T": TODAY,
}  # fmt: skip


@pytest.mark.parametrize("raw", DATES)
def test_dates(raw: str) -> None:
    assert read_date(raw, name="posting_date", work_date=TODAY) == DATES[raw]


@pytest.mark.parametrize("raw", ["31.2.2026", "2026-13-01", "0206-01-05", "1/2/2026", "yesterday", "99999-01-01", "🚲"])
def test_what_is_no_date(raw: str) -> None:
    with pytest.raises(Refusal):
        read_date(raw, name="posting_date", work_date=TODAY)


@pytest.mark.django_db
def test_a_first_line_starts_with_the_work_date_and_the_next_number(company: Company) -> None:
    with acting(company.user, "test"):
        series = NumberSeries.objects.create(code="IJ")
    NumberSeriesLine.objects.create(series=series, starting_number="IJ0001")
    ItemJournalBatch.objects.filter(pk=company.batch.pk).update(number_series=series)
    company.item("BIKE", unit_price=5)
    (saved,) = change(company, new(item=" bike ", quantity="10", unit_amount="7,50"))
    assert not saved.errors
    assert {name: value for name, value in saved.values.items() if value not in ("", "0")} == {
        "item": "BIKE", "unit": "PCS", "description": "BIKE", "entry_type": "purchase", "quantity": "10",
        "posting_date": "2026-03-02", "document_date": "2026-03-02", "document_number": "IJ0001", "unit_amount": "7.5",
    }  # fmt: skip
    assert (saved.version, saved.line_number, saved.saved) == (1, 10000, True)
    assert NumberSeriesLine.objects.get().last_number_used == ""


@pytest.mark.django_db
def test_following_lines_copy_the_line_before(company: Company) -> None:
    changes = (
        new("a", posting_date="1.2.2026", document_number="d7", entry_type="Sale"),
        new("b"),
        new("c", entry_type="positive adjmt"),
    )
    change(company, changes[0])
    _, second, third = change(company, new("x"), *changes[1:])
    assert [second.values[name] for name in ("posting_date", "document_number", "entry_type")] == [
        "2026-02-01", "D7", "sale",
    ]  # fmt: skip
    assert third.values["entry_type"] == "positive_adjmt"
    assert [line.line_number for line in read_lines(company.batch.pk)] == [10000, 20000, 30000, 40000]


@pytest.mark.django_db
def test_lines_go_between_two_lines_even_when_there_is_no_room(company: Company) -> None:
    first, last = change(company, new("first", description="first"), new("last", description="last"))
    for count in range(20):
        change(company, new("between", after=first.id, description=str(count)))
    change(company, new("top", after=0, description="top"))
    shown = [line.values["description"] for line in read_lines(company.batch.pk)]
    assert shown == ["top", "first", *[str(count) for count in range(19, -1, -1)], "last"]
    assert last.id == read_lines(company.batch.pk)[-1].id


@pytest.mark.django_db
def test_bad_cells_stay_as_typed_and_good_cells_are_saved(company: Company) -> None:
    company.item("BIKE")
    (saved,) = change(
        company,
        new(item="BIKE", quantity="1o", location="NOWHERE", posting_date="31.2.2026", unit_amount="9" * 40,
            variant="RED", unit="KG", description="x" * 101, applies_to_entry="-3", entry_type="transfer",
            vendor="🚲", nonsense="1", discount_amount="1.005"),
    )  # fmt: skip
    assert codes(saved) == {
        "quantity": "not_understood", "location": "not_found", "posting_date": "not_understood",
        "unit_amount": "number_too_large", "variant": "not_found", "unit": "not_found", "description": "too_long",
        "applies_to_entry": "not_understood", "entry_type": "entry_type_not_allowed", "vendor": "not_found",
        "nonsense": "unknown_field", "discount_amount": "number_too_fine",
    }  # fmt: skip
    line = ItemJournalLine.objects.get()
    assert line.item is not None
    assert line.quantity is None
    assert line.unread["quantity"] == "1o"
    assert line.unread["vendor"] == "🚲"
    assert "nonsense" not in line.unread
    again = read_lines(company.batch.pk)[0]
    assert {problem["field"] for problem in again.errors} == set(line.unread)
    assert all(problem["row"] == "r" and problem["line"] == line.pk for problem in saved.errors)


@pytest.mark.django_db
def test_a_bad_cell_is_forgiven_when_it_is_corrected_or_emptied(company: Company) -> None:
    (saved,) = change(company, new(quantity="abc", unit_amount="x"))
    (saved,) = change(company, LineChange("r", {"quantity": "3", "unit_amount": None}, saved.id, saved.version))
    assert not saved.errors
    assert not saved.unread
    assert saved.version == 2
    assert (saved.values["quantity"], saved.values["unit_amount"]) == ("3", "")


@pytest.mark.django_db
def test_variant_and_unit_wait_for_their_item(company: Company) -> None:
    bike = company.item("BIKE")
    with acting(company.user, "test"):
        Variant.objects.create(item=bike, code="RED")
        UnitOfMeasure.objects.create(code="kg")
    (saved,) = change(company, new(item="BIEK", variant="red", unit="box"))
    assert set(codes(saved)) == {"item", "variant"}
    (saved,) = change(company, LineChange("r", {"item": "BIKE"}, saved.id, saved.version))
    assert not saved.errors
    assert saved.values["variant"] == "RED"
    (saved,) = change(company, LineChange("r", {"unit": "Kg"}, saved.id, saved.version))
    assert codes(saved) == {"unit": "unknown_unit"}
    company.item("OTHER")
    (saved,) = change(company, LineChange("r", {"item": "OTHER", "unit": "BOX"}, saved.id, saved.version))
    assert (saved.values["variant"], saved.values["unit"], saved.values["description"]) == ("", "BOX", "OTHER")


@pytest.mark.django_db
def test_a_stale_line_is_answered_with_its_present_values_and_not_touched(company: Company) -> None:
    (mine,) = change(company, new(description="mine"))
    change(company, LineChange("r", {"description": "yours"}, mine.id, 1))
    for stale in (LineChange("r", {"description": "late"}, mine.id, 1), LineChange("r", {}, mine.id, 1, delete=True)):
        (answer,) = change(company, stale)
        assert answer.errors[0]["code"] == "line_changed"
        assert not answer.saved
        assert (answer.values["description"], answer.version) == ("yours", 2)
    (gone,) = change(company, LineChange("r", {"description": "x"}, 10**9, 1))
    assert gone.errors[0]["code"] == "line_changed"
    assert gone.values == {}


@pytest.mark.django_db
def test_lines_of_another_batch_are_out_of_reach(company: Company) -> None:
    (mine,) = change(company, new(description="mine"))
    (answer,) = change(company, LineChange("r", {}, mine.id, 1, delete=True), batch=company.transfers)
    assert answer.errors[0]["code"] == "line_changed"
    assert ItemJournalLine.objects.count() == 1


@pytest.mark.django_db
def test_lines_are_deleted(company: Company) -> None:
    (mine,) = change(company, new())
    (answer,) = change(company, LineChange("r", {}, mine.id, mine.version, delete=True))
    assert answer.deleted
    assert not ItemJournalLine.objects.exists()


@pytest.mark.django_db
def test_a_reclassification_is_always_a_transfer(company: Company) -> None:
    (saved,) = change(company, new(location="east"), batch=company.transfers)
    assert (saved.values["entry_type"], saved.values["new_location"]) == ("transfer", "EAST")
    (saved,) = change(company, LineChange("r", {"entry_type": "sale"}, saved.id, 1), batch=company.transfers)
    assert codes(saved) == {"entry_type": "entry_type_not_allowed"}


@pytest.mark.django_db
def test_what_the_database_cannot_keep_is_left_out(company: Company) -> None:
    (saved,) = change(company, new(description="a\x00b\ud800", quantity="\x00\ud83d"))
    assert saved.values["description"] == "ab?"
    assert saved.unread["quantity"] == "?"


@pytest.mark.django_db
def test_the_unit_cost_is_shown_and_not_stored(company: Company) -> None:
    company.item("BIKE", "standard", standard_cost=4)
    (saved,) = change(company, new(item="BIKE", unit="BOX"))
    assert (saved.default_unit_cost, saved.values["unit_cost"]) == ("24", "")


@pytest.mark.django_db
def test_batches_are_made_when_first_opened(company: Company) -> None:
    ItemJournalLine.objects.all().delete()
    ItemJournalBatch.objects.all().delete()
    ItemJournalTemplate.objects.all().delete()
    assert open_batch("reclass", "default", company.user).template.journal_type == "transfer"
    assert open_batch("ITEM", "ALICE", company.user) == open_batch("ITEM", "alice", company.user)
    for template, name in (("NONE", "DEFAULT"), ("ITEM", ""), ("ITEM", "X" * 11)):
        with pytest.raises(Refusal):
            open_batch(template, name, company.user)


@pytest.mark.django_db
def test_the_number_of_statements_does_not_grow_with_the_lines(company: Company) -> None:
    counts: list[int] = []
    for size in (3, 60):
        for number in range(size):
            company.item(f"I{size}-{number}")
        made = [
            new(str(n), item=f"I{size}-{n}", quantity=str(n + 1), location="EAST", unit="BOX", vendor="?", variant="?")
            for n in range(size)
        ]
        with CaptureQueriesContext(connection) as inserting:
            saved = change(company, *made)
        again: list[Any] = [LineChange(s.row, {"item": s.values["item"], "quantity": "x"}, s.id, 1) for s in saved]
        with CaptureQueriesContext(connection) as updating:
            change(company, *again)
        counts.append(len(inserting) * 100 + len(updating))
    assert counts[0] == counts[1]


COSTS = {"unit_cost", "unit_amount", "amount", "discount_amount"}


def without_cost(company: Company, *changes: LineChange) -> list[SavedLine]:
    return edit_lines(company.batch.pk, changes, user=company.user, work_date=TODAY, with_cost=False)


@pytest.mark.django_db
def test_costs_are_hidden_and_prices_are_not(company: Company) -> None:
    company.item("BIKE")
    change(
        company,
        new(item="BIKE", entry_type="purchase", quantity="1", unit_amount="7", unit_cost="x", amount="y"),
        new(item="BIKE", entry_type="sale", quantity="1", unit_amount="9", unit_cost="8"),
    )
    bought, sold = read_lines(company.batch.pk, with_cost=False)
    assert not COSTS & bought.values.keys()
    assert COSTS & sold.values.keys() == COSTS - {"unit_cost"}
    assert sold.values["unit_amount"] == "9"
    assert not bought.unread
    assert not bought.errors
    assert "default_unit_cost" not in bought.as_dict()
    assert read_lines(company.batch.pk)[0].unread == {"unit_cost": "x", "amount": "y"}


@pytest.mark.django_db
def test_costs_are_not_written_by_those_who_may_not_see_them(company: Company) -> None:
    company.item("BIKE")
    (bought, sold) = without_cost(
        company,
        new(item="BIKE", entry_type="purchase", quantity="2", **dict.fromkeys(COSTS, "7")),
        new(item="BIKE", entry_type="sale", quantity="2", **dict.fromkeys(COSTS, "9")),
    )
    assert codes(bought) == dict.fromkeys(COSTS, "permission_denied")
    assert codes(sold) == {"unit_cost": "permission_denied"}
    kept = [line.values for line in read_lines(company.batch.pk)]
    assert [(values["unit_amount"], values["quantity"]) for values in kept] == [("", "2"), ("9", "2")]


@pytest.mark.django_db
def test_a_price_does_not_become_a_cost_nor_a_cost_a_price(company: Company) -> None:
    company.item("BIKE")
    bought, sold = change(
        company,
        new(item="BIKE", entry_type="purchase", quantity="1", unit_amount="7"),
        new(item="BIKE", entry_type="sale", quantity="1", unit_amount="9", amount="z"),
    )
    without_cost(
        company,
        LineChange("a", {"entry_type": "sale"}, bought.id, bought.version),
        LineChange("b", {"entry_type": "purchase"}, sold.id, sold.version),
    )
    first, second = read_lines(company.batch.pk)
    assert (first.values["unit_amount"], second.values["unit_amount"], second.unread) == ("", "", {})
