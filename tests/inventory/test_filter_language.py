"""What may be typed to narrow a list: against rows, and words for what is not understood."""

import random
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import F
from django.utils import translation

from inventory.filter_dates import date_span
from inventory.filter_language import Field, Kind, literal, read_filter
from inventory.models import Item, Vendor
from ledger.models import ItemLedgerEntry, ItemRegister
from tests.factories import Company
from users.history import acting
from work.errors import Refusal

TODAY = date(2026, 11, 25)  # a Wednesday
pytestmark = pytest.mark.django_db


@pytest.fixture
def goods(company: Company) -> None:
    vendors = {}
    with acting(company.user, "test"):
        vendors = {number: Vendor.objects.create(number=number, name=number.title()) for number in ("V1", "V2")}
    for number, words, price, vendor in (
        ("A1", "Road bike", "100", "V1"),
        ("A2", "road BIKE, 28″", "99.5", "V2"),
        ("A|B", "Bell 🔔 | brass", "0", None),
        ("B1", "دراجة", "-0", "V1"),
        ("C1", "50% off* [new] it's ?", "5", None),
    ):
        company.item(number)
        values = {"description": words, "unit_price": Decimal(price), "vendor": vendors.get(vendor or "")}
        company.change(Item.objects.get(number=number), **values)
    company.change(Item.objects.get(number="C1"), shelf_number="X", blocked=True, costing_method="average")


def found(typed: str, kind: Kind, path: str, choices: Any = ()) -> str:
    rows = Item.objects.filter(read_filter(typed, Field(kind, path, choices), today=TODAY))
    return " ".join(rows.order_by("pk").values_list("number", flat=True))


CODES = {
    "a1": "A1", "A1|c1": "A1 C1", "A*": "A1 A2 A|B", "*1": "A1 B1 C1", "A?": "A1 A2", "<>A1": "A2 A|B B1 C1",
    "<>A*": "B1 C1", "<>A1&<>B1": "A2 A|B C1", "'a|b'": "A|B", "A2..B1": "A2 A|B B1", "..A1": "A1", "B1..": "B1 C1",
    ">B": "B1 C1", "<=A1": "A1", "<A2": "A1", ">=C1": "C1", "=A1": "A1", "''": "", "<>''": "A1 A2 A|B B1 C1",
    "*": "A1 A2 A|B B1 C1", "<>A1..B1": "C1", "A1 | B1": "A1 B1", "'A1'..'A2'": "A1 A2", "a**": "A1 A2 A|B",
}  # fmt: skip


@pytest.mark.parametrize("typed", CODES)
def test_codes(goods: None, typed: str) -> None:
    assert found(typed, "code", "number") == CODES[typed]


TEXTS = {
    "Road bike": "A1", "@road bike*": "A1 A2", "*bike*": "A1", "@*BIKE*": "A1 A2", "*🔔*": "A|B", "*دراج*": "B1",
    "'Bell 🔔 | brass'": "A|B", "50% off'*": "", "50%*": "C1", "*[new]*": "C1", "'50% off* [new] it''s ?'": "C1",
    "*[n?w]*'s*": "C1", "road*28″": "A2", "@ROAD*28″": "A2", "it's": "", "<>@*bike*": "A|B B1 C1",
    "@*bike*&<>Road bike": "A2", "5_%*": "", "*\\*": "",
}  # fmt: skip


@pytest.mark.parametrize("typed", TEXTS)
def test_texts(goods: None, typed: str) -> None:
    assert found(typed, "text", "description") == TEXTS[typed]


NUMBERS = {
    "100": "A1", "0": "A|B B1", ">5": "A1 A2", ">=5": "A1 A2 C1", "5..99.5": "A2 C1", "..0": "A|B B1",
    "<>0": "A1 A2 C1",
    "100|5": "A1 C1", ">1&<100": "A2 C1", "99,5": "A2", "-5..5": "A|B B1 C1", "<-1": "", "1'000": "",
}  # fmt: skip


@pytest.mark.parametrize("typed", NUMBERS)
def test_numbers(goods: None, typed: str) -> None:
    assert found(typed, "number", "unit_price") == NUMBERS[typed]


def test_what_has_no_vendor_is_blank_and_is_not_another_vendor(goods: None) -> None:
    assert found("V1", "code", "vendor__number") == "A1 B1"
    assert found("<>V1", "code", "vendor__number") == "A2 A|B C1"
    assert found("''", "code", "vendor__number") == "A|B C1"
    assert found("<>''", "code", "vendor__number") == "A1 A2 B1"
    assert found("V*", "code", "vendor__number") == "A1 A2 B1"
    assert found("V1|''", "code", "vendor__number") == "A1 A|B B1 C1"


def test_choices_and_flags(goods: None) -> None:
    methods = [("fifo", "FIFO"), ("average", "Average"), ("lifo", "LIFO")]
    assert found("Average", "choice", "costing_method", methods) == "C1"
    assert found("average|lifo", "choice", "costing_method", methods) == "C1"
    assert found("<>fifo", "choice", "costing_method", methods) == "C1"
    assert found("yes", "flag", "blocked") == "C1"
    assert found("No", "flag", "blocked") == "A1 A2 A|B B1"
    with translation.override("de"):
        assert found("yes", "flag", "blocked") == "C1"


def test_figures_of_the_ledger_can_be_asked_for(company: Company, goods: None) -> None:
    company.post(company.line("purchase", Item.objects.get(number="A1"), 3))
    company.post(company.line("sale", Item.objects.get(number="A2"), 4))
    rows = Item.objects.annotate(quantity_on_hand=F("state__quantity"))
    below = read_filter("<0", Field("number", "quantity_on_hand"), today=TODAY)
    assert [item.number for item in rows.filter(below)] == ["A2"]


def test_days_of_the_book(company: Company) -> None:
    bike = company.item("BIKE")
    for day in (date(2026, 1, 1), date(2026, 1, 31), date(2026, 2, 1)):
        company.line("purchase", bike, 1, posting_date=day)
    company.post()

    def count(typed: str) -> int:
        return ItemLedgerEntry.objects.filter(
            read_filter(typed, Field("date", "posting_date"), today=date(2026, 2, 1))
        ).count()

    asked = {
        "2026-01": 2, "last month": 2, "2026-01-31": 1, "..2026-01": 2, "today": 1,
        "<today": 2, "<=today": 3, ">=2026-02": 1,
        ">2026-01": 1, "2026": 3, "<>today": 2, "this month|2026-01-01": 2, "''": 0, "2026-01-02..": 2, "<2026-01": 0,
        "31 Jan 2026..today": 2, "2025": 0, "last 2 days": 2, "9999": 0, "..9999-12-31": 3, "<=9999": 3, ">9999": 0,
    }  # fmt: skip
    assert {typed: count(typed) for typed in asked} == asked
    register = ItemRegister.objects.get()
    field = Field("moment", "known_at")
    for typed, here in (("today", 1), ("yesterday", 0), ("<=today", 1), (">today", 0), ("<today", 0), ("..9999", 1)):
        rows = ItemRegister.objects.filter(read_filter(typed, field, today=register.known_at.date()))
        assert rows.count() == here, typed
    assert ItemRegister.objects.filter(read_filter("0001..", field, today=TODAY)).count() == 1


SPANS = {
    "today": "2026-11-25 2026-11-25", "t": "2026-11-25 2026-11-25", "Yesterday": "2026-11-24 2026-11-24",
    "tomorrow": "2026-11-26 2026-11-26", "this week": "2026-11-23 2026-11-29", "last week": "2026-11-16 2026-11-22",
    "next week": "2026-11-30 2026-12-06", "this month": "2026-11-01 2026-11-30", "last month": "2026-10-01 2026-10-31",
    "next month": "2026-12-01 2026-12-31", "this quarter": "2026-10-01 2026-12-31",
    "last quarter": "2026-07-01 2026-09-30", "next quarter": "2027-01-01 2027-03-31",
    "this year": "2026-01-01 2026-12-31", "last year": "2025-01-01 2025-12-31", "last 30 days": "2026-10-27 2026-11-25",
    "last 1 day": "2026-11-25 2026-11-25", "next 30 days": "2026-11-25 2026-12-24",
    "last 2 weeks": "2026-11-12 2026-11-25",
    "last 3 months": "2026-08-26 2026-11-25", "next 1 month": "2026-11-25 2026-12-24",
    "last 1 year": "2025-11-26 2026-11-25",
    "2026-02": "2026-02-01 2026-02-28", "2024-2": "2024-02-01 2024-02-29", "2026": "2026-01-01 2026-12-31",
    "2026-Q2": "2026-04-01 2026-06-30", "23 Nov 2026": "2026-11-23 2026-11-23",
    " last   30  DAYS ": "2026-10-27 2026-11-25",
}  # fmt: skip


@pytest.mark.parametrize("typed", SPANS)
def test_words_for_dates(typed: str) -> None:
    span = date_span(typed, TODAY)
    assert span is not None
    assert " ".join(day.isoformat() for day in span) == SPANS[typed]


def test_the_end_of_a_month_has_months_before_it() -> None:
    assert date_span("last 1 month", date(2026, 3, 31)) == (date(2026, 3, 1), date(2026, 3, 31))
    assert date_span("next 1 month", date(2026, 1, 31)) == (date(2026, 1, 31), date(2026, 2, 27))


@pytest.mark.parametrize(
    "typed",
    ["2026-13", "2026-02-30", "0000", "last 99999 years", "last 0 fortnights", "soon", "", "٢٠٢٦", "last days", "40"],
)
def test_what_is_no_date(typed: str) -> None:
    assert date_span(typed, TODAY) is None


WRONG: list[tuple[Kind, str]] = [
    ("code", ""), ("code", "A||B"), ("code", "|"), ("code", "<>"), ("code", ".."), ("code", "'A"), ("code", "@"),
    ("code", "A\x00"), ("code", "x" * 251), ("code", "|".join("x" * 60)), ("text", "?*?*?*?*?*?*a"), ("text", ">"),
    ("number", "many"), ("number", "9" * 40), ("number", "1..x"), ("number", "0.000001"), ("number", "🔔"),
    ("number", "1e5"), ("number", "NaN"), ("number", ".."), ("number", "<5..6"), ("number", "'5'"), ("number", "- -5"),
    ("whole", "1.5"), ("whole", "9" * 19), ("date", "soon"), ("date", "2026-02-30"), ("date", ".."), ("date", "؟"),
    ("date", "<"), ("moment", "x..today"), ("choice", "purple"), ("choice", "<fifo"), ("flag", "maybe"),
    ("flag", ">yes"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "typed"), WRONG)
def test_what_is_not_understood_says_what_and_how(kind: Kind, typed: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_filter(typed, Field(kind, "number", [("fifo", "FIFO")]), today=TODAY)
    assert refused.value.code == "filter_not_understood"
    assert "\x00" not in refused.value.message
    assert len(refused.value.message) < 250
    assert refused.value.message.partition("”: ")[2]


def test_a_literal_finds_its_own_value(goods: None) -> None:
    for item in Item.objects.all():
        assert found(literal(item.number, "code"), "code", "number") == item.number
        assert item.number in found(literal(item.description, "text"), "text", "description")
    assert literal(None, "code") == literal("", "text") == "''"
    assert literal(Decimal("0E-5"), "number") == "0"
    assert literal(Decimal("-100.50000"), "number") == "-100.5"
    assert literal(True, "flag") == "yes"


def test_whatever_is_typed_is_understood_or_refused(goods: None) -> None:
    """Ten thousand strings of the language's own marks: none fails in another way, and the database takes each."""
    chance = random.Random(8)
    alphabet = [
        "'",
        "|",
        "&",
        "..",
        ".",
        "*",
        "?",
        "@",
        "<",
        ">",
        "=",
        " ",
        "A",
        "1",
        "-",
        "\\",
        "%",
        "[",
        "🔔",
        "ب",
        "today",
    ]
    kinds: list[Kind] = ["code", "text", "number", "date", "choice", "flag"]
    paths = {"number": "unit_price", "date": "state__item__pk"}
    for round_ in range(10_000):
        typed = "".join(chance.choice(alphabet) for _ in range(chance.randint(0, 9)))
        kind = kinds[round_ % len(kinds)]
        try:
            condition = read_filter(typed, Field(kind, paths.get(kind, "description")), today=TODAY)
        except Refusal as refused:
            assert refused.code == "filter_not_understood"
        else:
            if kind not in ("date", "flag") and round_ % 10 == 0:
                list(Item.objects.filter(condition))
