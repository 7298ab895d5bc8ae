"""Journals post whole or not at all, and say everything that is wrong at once."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from costing.models import CostToForward, CostToPost, GeneralPostingSetup
from ledger.models import EntryBalance, InventoryPeriod, ItemLedgerEntry, ItemRegister, ItemState, ValueEntry
from posting.journals import LineVersion, check_journal, post_journal, post_valid_lines, preview_journal
from posting.models import ItemJournalLine
from tests.factories import Company
from users.history import acting
from work.errors import Refused
from work.idempotency import KeyReused
from work.queue import drain

pytestmark = pytest.mark.django_db


def codes(refused: Refused) -> set[str]:
    return {problem.code for problem in refused.refusals}


def test_a_journal_becomes_entries_and_is_empty_afterwards(company: Company) -> None:
    bike = company.item("BIKE")
    company.line("purchase", bike, 10, unit_amount="7.00")
    company.line("sale", bike, 4, amount="60.00")
    answer = company.post()
    assert (answer.lines_posted, answer.item_entries, answer.value_entries) == (2, 2, 2)
    assert not ItemJournalLine.objects.exists()
    state = ItemState.objects.get(pk=bike.pk)
    assert (state.quantity, state.cost_amount_actual, state.unit_cost) == (6, 42, 7)
    assert ValueEntry.objects.get(item_ledger_entry_type="sale").sales_amount_actual == 60
    assert CostToForward.objects.count() == CostToPost.objects.count() == 1


def test_units_are_converted(company: Company) -> None:
    bike = company.item("BIKE")
    company.post(company.line("purchase", bike, 2, unit=company.box, unit_amount="60"))
    entry = ItemLedgerEntry.objects.get()
    assert (entry.quantity, entry.unit_code, entry.quantity_per_unit) == (12, "BOX", 6)
    assert ItemState.objects.get(pk=bike.pk).unit_cost == 10


BAD: dict[str, tuple[str, Callable[[Company], object]]] = {
    "quantity zero": ("quantity_is_zero", lambda c: c.line("purchase", c.item("A"), 0)),
    "no item": ("value_missing", lambda c: c.line("purchase", None, 1)),
    "not understood": ("not_understood", lambda c: c.line("purchase", c.item("A"), 1, unread={"quantity": "1o"})),
    "unknown item": ("not_understood", lambda c: c.line("purchase", None, 1, unread={"item": "12IO"})),
    "blocked": ("item_blocked", lambda c: c.line("sale", c.item("A", blocked=True), 1)),
    "blocked for sales": ("item_blocked", lambda c: c.line("sale", c.item("A", sales_blocked=True), 1)),
    "wrong unit": (
        "unknown_unit",
        lambda c: c.line("purchase", c.item("A"), 1, unit=type(c.unit).objects.exclude(code__in=("PCS", "BOX"))[0]),
    ),
    "no document number": ("value_missing", lambda c: c.line("purchase", c.item("A"), 1, document_number="")),
    "transfer in an item journal": (
        "entry_type_not_allowed",
        lambda c: c.change(c.line("sale", c.item("A"), 1), entry_type="transfer"),
    ),
    "no serial": ("serial_no_required", lambda c: c.line("purchase", c.item("A", "specific"), 1)),
    "serial of two": ("serial_not_single", lambda c: c.line("purchase", c.item("A", "specific"), 2, serial_number="S")),
    "entry that is not there": ("applies_to_mismatch", lambda c: c.line("sale", c.item("A"), 1, applies_to_entry=999)),
    "discount": ("discount_not_allowed", lambda c: c.line("positive_adjmt", c.item("A"), 1, discount_amount=1)),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_lines_are_refused_and_leave_no_trace(company: Company, name: str) -> None:
    code, make = BAD[name]
    with acting(company.user, "test"):
        type(company.unit).objects.create(code="KG")
    make(company)
    before = list(ItemJournalLine.objects.values())
    with pytest.raises(Refused) as refused:
        company.post()
    assert codes(refused.value) == {code}
    assert not ItemRegister.objects.exists()
    assert list(ItemJournalLine.objects.values()) == before


def test_all_lines_are_refused_at_once(company: Company) -> None:
    bike = company.item("BIKE")
    company.line("purchase", bike, 0)
    company.line("sale", company.item("OLD", blocked=True), 1)
    company.line("purchase", bike, 1, document_number="")
    company.line("sale", company.item("SCARCE", prevent_negative_inventory="yes"), 1)
    assert [p.code for p in check_journal(company.batch.pk, user=company.user)] == [
        "quantity_is_zero", "item_blocked", "value_missing", "not_on_inventory",
    ]  # fmt: skip


def test_dates_outside_the_range_and_in_closed_periods(company: Company) -> None:
    bike = company.item("BIKE")
    company.change_setup(allow_posting_from=date(2026, 1, 1), allow_posting_to=date(2026, 1, 31))
    with acting(company.user, "test"):
        InventoryPeriod.objects.create(ending_date=date(2026, 1, 10), closed=True)
    for day, code in ((date(2026, 2, 1), "posting_date_not_allowed"), (date(2026, 1, 10), "period_closed")):
        line = company.line("purchase", bike, 1, posting_date=day)
        with pytest.raises(Refused) as refused:
            company.post(line)
        assert codes(refused.value) == {code}
    company.post(company.line("purchase", bike, 1, posting_date=date(2026, 1, 11)))


def test_a_missing_account_is_named_before_anything_is_written(company: Company) -> None:
    setup = GeneralPostingSetup.objects.get()
    company.change(setup, direct_cost_applied_account=None)
    with pytest.raises(Refused) as refused:
        company.post(company.line("purchase", company.item("BIKE"), 1))
    problem = refused.value.refusals[0]
    assert problem.code == "posting_setup_missing"
    assert "direct cost applied" in problem.message
    assert "RETAIL" in problem.message


def test_more_than_on_hand_is_refused_where_negative_stock_is_prevented(company: Company) -> None:
    bike = company.item("BIKE", prevent_negative_inventory="yes")
    company.line("purchase", bike, 10, unit_amount="7")
    company.line("sale", bike, 11)
    with pytest.raises(Refused) as refused:
        company.post()
    assert refused.value.refusals[0].facts == {
        "item": "BIKE", "location": "the blank location", "needed": "11", "on_hand": "10", "missing": "1",
    }  # fmt: skip


def test_negative_stock_is_covered_by_the_next_receipt(company: Company) -> None:
    bike = company.item("BIKE")
    company.post(company.line("sale", bike, 3))
    assert EntryBalance.objects.get().remaining_quantity == -3
    company.post(company.line("purchase", bike, 5, unit_amount="8", posting_date=date(2026, 1, 9)))
    drain()
    issue = EntryBalance.objects.get(positive=False)
    assert (issue.remaining_quantity, issue.valuation_date) == (0, date(2026, 1, 9))
    assert ItemState.objects.get(pk=bike.pk).cost_amount_actual == 16


def test_a_transfer_moves_layers_at_their_cost(company: Company) -> None:
    bike = company.item("BIKE")
    company.line("purchase", bike, 2, unit_amount="10", location=company.east)
    company.line("purchase", bike, 2, unit_amount="20", location=company.east)
    company.post()
    company.post(company.line("transfer", bike, 3, location=company.east, new_location=company.west))
    arrived = ItemLedgerEntry.objects.filter(location=company.west).order_by("id")
    assert [entry.quantity for entry in arrived] == [2, 1]
    assert [entry.value_entries.get().cost_amount_actual for entry in arrived] == [20, 20]


def test_a_transfer_never_makes_stock_negative(company: Company) -> None:
    line = company.line("transfer", company.item("BIKE"), 1, location=company.east, new_location=company.west)
    with pytest.raises(Refused) as refused:
        company.post(line)
    assert codes(refused.value) == {"not_on_inventory"}


def test_a_line_that_was_changed_meanwhile(company: Company) -> None:
    line = company.line("purchase", company.item("BIKE"), 1)
    ItemJournalLine.objects.update(version=2)
    with pytest.raises(Refused) as refused:
        company.post(line)
    assert codes(refused.value) == {"line_changed"}


def test_the_valid_lines_are_posted_and_the_rest_stays(company: Company) -> None:
    bike = company.item("BIKE")
    company.line("purchase", bike, 5, unit_amount="1")
    bad = company.line("purchase", bike, 0)
    answer = post_valid_lines(company.batch.pk, posted_by=company.user)
    assert answer.lines_posted == 1
    assert list(ItemJournalLine.objects.all()) == [bad]


def test_a_preview_shows_everything_and_writes_nothing(company: Company) -> None:
    bike = company.item("BIKE")
    company.line("purchase", bike, 5, unit_amount="4")
    shown = preview_journal(company.batch.pk, posted_by=company.user)
    assert shown["items"] == [{"item": "BIKE", "quantity": "5", "unit_cost": "4", "value": "20"}]
    assert sorted(row["amount"] for row in shown["gl_entries"]) == ["-20", "20"]
    assert not ItemRegister.objects.exists()
    assert ItemJournalLine.objects.count() == 1


def test_the_same_key_posts_once(company: Company) -> None:
    line = company.line("purchase", company.item("BIKE"), 5)
    body = {"lines": [line.pk]}
    first = company.post(line, idempotency_key=("k1", body))
    again = post_journal(
        company.batch.pk, [LineVersion(line.pk, 1)], posted_by=company.user, idempotency_key=("k1", body)
    )
    assert again.hit
    assert again.register_id == first.register_id
    with pytest.raises(KeyReused):
        post_journal(company.batch.pk, posted_by=company.user, idempotency_key=("k1", {"lines": []}))


def test_the_number_of_statements_does_not_grow_with_the_lines(company: Company) -> None:
    counts = []
    for number in (10, 60):
        items = [company.item(f"I{number}-{n}") for n in range(number)]
        for item in items:
            company.line("purchase", item, 5, unit_amount="3")
            company.line("sale", item, 2)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            company.post()
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 25


def test_what_is_not_covered_keeps_the_unit_cost_that_was_given(company: Company) -> None:
    """123.45, and not the 123.46 that half a piece for 61.73 would make of it."""
    bike = company.item("BIKE")
    company.post(company.line("sale", bike, "0.5", unit_cost="123.45"))
    assert ValueEntry.objects.get().cost_per_unit == Decimal("123.45")
    assert ValueEntry.objects.get().cost_amount_actual == Decimal("-61.73")


def test_a_receipt_covers_more_issues_than_are_read_at_first(company: Company) -> None:
    bike = company.item("BIKE")
    company.post(*(company.line("sale", bike, 1) for _ in range(20)))
    company.post(company.line("purchase", bike, 25, unit_amount="2"))
    assert EntryBalance.objects.filter(remaining_quantity__lt=0).count() == 0
    assert EntryBalance.objects.get(positive=True).remaining_quantity == 5


def test_an_issue_takes_more_receipts_than_are_read_at_first(company: Company) -> None:
    bike = company.item("BIKE", prevent_negative_inventory="yes")
    company.post(*(company.line("purchase", bike, 1, unit_amount="2") for _ in range(40)))
    named = EntryBalance.objects.order_by("-entry_id")[0].entry_id
    company.post(company.line("sale", bike, 1, applies_to_entry=named), company.line("sale", bike, 39))
    assert EntryBalance.objects.exclude(remaining_quantity=0).count() == 0


def test_goods_never_cover_the_issue_they_come_from(company: Company) -> None:
    """Half of what is moved came back from the open sale: by way of the transfer none of it may cover that sale."""
    bike = company.item("BIKE")
    sold = company.post(company.line("sale", bike, 5, unit_cost="3", location=company.east))
    issue = ItemLedgerEntry.objects.get(register=sold.register_id)
    company.post(company.line("sale", bike, -1, applies_from_entry=issue.pk, location=company.east))
    company.post(company.line("transfer", bike, 1, location=company.east, new_location=company.west))
    company.post(company.line("purchase", bike, 1, unit_amount="4", location=company.west))
    company.post(company.line("transfer", bike, 2, location=company.west, new_location=company.east))
    assert EntryBalance.objects.get(pk=issue.pk).remaining_quantity == -5
    company.post(company.line("purchase", bike, 2, unit_amount="4", location=company.west))
    company.post(company.line("transfer", bike, 2, location=company.west, new_location=company.east))
    assert EntryBalance.objects.get(pk=issue.pk).remaining_quantity == -3
