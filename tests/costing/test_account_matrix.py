"""Every row of the account matrix, with both signs, per entry and per posting group (costing-gl-posting.md §3)."""

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from costing import queue
from costing.gl_posting import post_costs_to_gl
from costing.models import CostToPost, GeneralPostingSetup
from inventory.models import DimensionSet
from ledger import book
from ledger.audit import audit_ledger
from ledger.models import GLEntry, GLRegister, GLRelation, ItemLedgerEntry, ValuePosting
from ledger.records import Entry, NewCapacityEntry, NewRegister, NewValueEntry, Page
from tests.factories import JANUARY, Company
from work.statements import Sending

pytestmark = [pytest.mark.django_db, pytest.mark.breaks_the_book]

INTERIM, ADJUSTMENT = "inventory_interim", "inventory_adjustment"
VARIANCES = ("material", "capacity", "subcontracted", "capacity_overhead", "manufacturing_overhead")
# (entry type or order of the capacity, value entry type, variance, part, debited when above zero, credited)
ROWS = [
    ("purchase", "direct", "", "E", INTERIM, "inventory_accrual_interim"),
    ("purchase", "direct", "", "A", "inventory", "direct_cost_applied"),
    ("purchase", "indirect", "", "A", "inventory", "overhead_applied"),
    ("purchase", "variance", "purchase", "A", "inventory", "purchase_variance"),
    ("purchase", "revaluation", "", "E", INTERIM, "inventory_accrual_interim"),
    ("purchase", "revaluation", "", "A", "inventory", ADJUSTMENT),
    ("purchase", "rounding", "", "A", "inventory", ADJUSTMENT),
    ("sale", "direct", "", "E", INTERIM, "cogs_interim"),
    ("sale", "direct", "", "A", "inventory", "cogs"),
    ("sale", "revaluation", "", "E", INTERIM, "cogs_interim"),
    ("sale", "revaluation", "", "A", "inventory", ADJUSTMENT),
    ("sale", "rounding", "", "A", "inventory", ADJUSTMENT),
    *(
        row
        for kind in ("positive_adjmt", "negative_adjmt", "transfer")
        for row in (
            (kind, "direct", "", "E", INTERIM, "cogs_interim"),
            (kind, "direct", "", "A", "inventory", ADJUSTMENT),
            (kind, "revaluation", "", "A", "inventory", ADJUSTMENT),
            (kind, "rounding", "", "A", "inventory", ADJUSTMENT),
        )
    ),
    ("consumption", "direct", "", "A", "inventory", "wip"),
    ("consumption", "revaluation", "", "A", "inventory", ADJUSTMENT),
    ("consumption", "rounding", "", "A", "inventory", ADJUSTMENT),
    ("output", "direct", "", "E", INTERIM, "wip"),
    ("output", "direct", "", "A", "inventory", "wip"),
    ("output", "indirect", "", "A", "inventory", "overhead_applied"),
    *(("output", "variance", kind, "A", "inventory", f"{kind}_variance") for kind in VARIANCES),
    ("output", "revaluation", "", "E", INTERIM, "wip"),
    ("output", "revaluation", "", "A", "inventory", ADJUSTMENT),
    ("output", "rounding", "", "A", "inventory", ADJUSTMENT),
    *(
        (kind, value_type, "", "A", "inventory", ADJUSTMENT)
        for kind in ("assembly_consumption", "assembly_output")
        for value_type in ("direct", "revaluation", "rounding")
    ),
    ("assembly_output", "indirect", "", "A", "inventory", "overhead_applied"),
    *(("assembly_output", "variance", kind, "A", "inventory", f"{kind}_variance") for kind in VARIANCES),
    ("capacity production", "direct", "", "A", "wip", "direct_cost_applied"),
    ("capacity production", "indirect", "", "A", "wip", "overhead_applied"),
    ("capacity assembly", "direct", "", "A", ADJUSTMENT, "direct_cost_applied"),
    ("capacity assembly", "indirect", "", "A", ADJUSTMENT, "overhead_applied"),
]


def write(company: Company, rows: list[tuple[Any, ...]], amount: Decimal, **values: Any) -> int:
    """Value entries of these kinds as a posting would write and queue them; row n has document n and n times amount."""
    if not ItemLedgerEntry.objects.exists():
        company.post(company.line("purchase", company.item("BIKE"), 1, unit_amount="5"))
        post_costs_to_gl()
    bought = ItemLedgerEntry.objects.get()
    made = bought.item_id
    entry = Entry(made, company.blank.pk, 0, JANUARY, JANUARY, Decimal(1), Decimal(0), 0, id=bought.pk)
    page = Page(NewRegister("item_journal", None))
    for number, (owner, value_type, variance, part, *_) in enumerate(rows, start=1):
        capacity = None
        if owner.startswith("capacity"):
            key = (owner.split()[1], "P1", 10000)
            capacity = NewCapacityEntry(made, company.blank.pk, JANUARY, key, str(number), Decimal(1))
            page.capacity_entries.append(capacity)
        cost = {"cost_amount_expected" if part == "E" else "cost_amount_actual": number * amount}
        page.value_entries.append(NewValueEntry(
            entry, "" if capacity else owner, value_type, JANUARY, JANUARY, str(number), Decimal(1), variance,
            inventory_posting_group_id=company.group.pk, gen_product_posting_group_id=company.product.pk,
            order_key=capacity.order_key if capacity else ("", "", 0), capacity=capacity, **cost, **values,
        ))  # fmt: skip
    with transaction.atomic(), Sending() as sending:
        written = book.append(page, sending)
        queue.add_to_post(written.register_id, page.value_entries, written.known_at, sending)
    return written.register_id


def accounts_of(document: str) -> list[tuple[str, Decimal]]:
    found = GLRelation.objects.filter(value_entry__document_number=document).order_by("gl_entry_id")
    names = found.values_list("gl_entry__account__name", "gl_entry__amount")
    return [(name.removesuffix("_account"), amount) for name, amount in names]


@pytest.mark.parametrize("amount", [Decimal("1.25"), Decimal("-1.25")])
def test_each_row_per_entry(company: Company, amount: Decimal) -> None:
    company.change_setup(expected_cost_posting=True)
    write(company, ROWS, amount)
    posted = post_costs_to_gl()
    assert (posted.left, posted.value_entries, posted.gl_entries) == ({}, len(ROWS), 2 * len(ROWS))
    for number, (*_, debit, credit) in enumerate(ROWS, start=1):
        assert accounts_of(str(number)) == [(debit, number * amount), (credit, -number * amount)], ROWS[number - 1]
    assert not CostToPost.objects.exists()
    assert not [each.check for each in audit_ledger() if each.check.startswith("gl_")]


@pytest.mark.parametrize("amount", [Decimal("1.25"), Decimal("-1.25")])
def test_each_row_per_posting_group(company: Company, amount: Decimal) -> None:
    """The same balances, in one pair for each two kinds of accounts."""
    company.change_setup(expected_cost_posting=True)
    write(company, ROWS, amount)
    posted = post_costs_to_gl(method="per_posting_group", document_number="GL1")
    expected: Counter[tuple[str, str]] = Counter()
    for number, (*_, debit, credit) in enumerate(ROWS, start=1):
        expected[debit, credit] += number * amount  # type: ignore[assignment]
    register = GLRegister.objects.get(pk=posted.register_id)
    entries = list(register.entries.order_by("id").values_list("account__name", "amount", "document_number"))
    pairs = {
        (debit[0].removesuffix("_account"), credit[0].removesuffix("_account")): debit[1]
        for debit, credit in zip(entries[::2], entries[1::2], strict=True)
    }
    assert pairs == expected
    assert {number for *_, number in entries} == {"GL1"}
    assert posted.gl_entries == len(entries) == 2 * len(expected)
    assert ValuePosting.objects.filter(register=register).count() == len(ROWS)
    assert not [each.check for each in audit_ledger() if each.check.startswith("gl_")]


def test_both_signs_of_a_group_stay_apart(company: Company) -> None:
    write(company, ROWS[1:2], Decimal(7))
    write(company, ROWS[1:2], Decimal(-2))
    posted = post_costs_to_gl(method="per_posting_group", document_number="GL1")
    amounts = GLEntry.objects.filter(register=posted.register_id).order_by("id").values_list("amount", flat=True)
    assert list(amounts) == [7, -7, -2, 2]


NONE = [
    ("consumption", "direct", "", "E"), ("assembly_output", "direct", "", "E"), ("sale", "indirect", "", "A"),
    ("transfer", "revaluation", "", "E"), ("output", "variance", "purchase", "A"),
    ("purchase", "variance", "material", "A"), ("capacity production", "revaluation", "", "A"),
    ("capacity assembly", "direct", "", "E"), ("purchase", "rounding", "", "E"), ("output", "indirect", "", "E"),
]  # fmt: skip


@pytest.mark.parametrize("row", NONE, ids=lambda row: "-".join(row))
def test_what_is_no_row_is_left_with_the_reason(company: Company, row: tuple[str, ...]) -> None:
    company.change_setup(expected_cost_posting=True)
    register = write(company, [row, ROWS[1]], Decimal(3))
    posted = post_costs_to_gl()
    assert posted.value_entries == 1
    (reason,) = posted.left.values()
    assert row[1].capitalize() in reason
    assert "no account" in reason
    assert CostToPost.objects.get().register_id == register


def test_a_charge_on_a_transfer_is_bought(company: Company) -> None:
    write(company, [("transfer", "direct", "", "A")], Decimal(3), item_charge="FREIGHT")
    post_costs_to_gl()
    assert accounts_of("1") == [("inventory", 3), ("direct_cost_applied", -3)]


def test_dimensions_and_dates_are_those_of_the_value_entry(company: Company) -> None:
    blue = DimensionSet.objects.create(digest="b", entries={"COLOUR": "BLUE"})
    write(company, ROWS[1:2], Decimal(3), dimension_set_id=blue.pk)
    posted = post_costs_to_gl()
    entry, *_ = GLEntry.objects.filter(register=posted.register_id)
    assert (entry.posting_date, entry.document_number, entry.source_code) == (JANUARY, "1", "inventory_to_gl")
    assert entry.description == "Direct purchase BIKE"
    assert entry.dimension_set_id == blue.pk


def test_groups_keep_dimensions_apart(company: Company) -> None:
    for number in (1, 2):
        write(company, ROWS[1:2], Decimal(3), dimension_set_id=number)
    posted = post_costs_to_gl(method="per_posting_group", document_number="GL1")
    entries = GLEntry.objects.filter(register=posted.register_id, amount__gt=0).order_by("dimension_set_id")
    assert list(entries.values_list("dimension_set_id", "amount")) == [(1, 3), (2, 3)]
    assert entries[0].description == "inventory / direct cost applied RESALE RETAIL"


def test_a_blocked_setup_or_account_counts_as_missing(company: Company) -> None:
    setup = GeneralPostingSetup.objects.get()
    write(company, ROWS[1:2], Decimal(3))
    for row, blocked in ((setup, True), (setup, False), (setup.direct_cost_applied_account, True)):
        company.change(row, blocked=blocked)
        write(company, ROWS[1:2], Decimal(3))
        (*_, reason) = post_costs_to_gl().left.values() or [""]
        assert bool(reason) == blocked
        assert not blocked or "business group (blank) and product group RETAIL" in reason
