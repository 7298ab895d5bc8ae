"""Standard journals and numbering anew (journals.md §2, §9, §10.2)."""

from datetime import date
from decimal import Decimal

import pytest

from inventory.models import NumberSeries, NumberSeriesLine
from posting.edit import LineChange, edit_lines
from posting.journals import post_journal
from posting.models import ItemJournalBatch, ItemJournalLine, StandardItemJournal
from posting.standard_journals import (
    delete_standard_journal,
    get_standard_journal,
    renumber_documents,
    save_standard_journal,
)
from tests.factories import JANUARY, Company
from users.history import acting
from work.errors import Refusal, Refused

pytestmark = pytest.mark.django_db
TODAY = date(2026, 1, 20)


@pytest.fixture
def typed(company: Company) -> Company:
    """Two lines that wait."""
    bike = company.item("BIKE")
    company.line("purchase", bike, 10, unit_amount=7, document_number="D1", location=company.east)
    company.line("positive_adjmt", bike, 3, unit_cost=5, document_number="D2", location=company.west)
    return company


def get(company: Company, code: str) -> int:
    return get_standard_journal(company.batch.pk, code, user=company.user, work_date=TODAY)


def lines(company: Company) -> list[tuple[object, ...]]:
    found = ItemJournalLine.objects.filter(batch=company.batch).order_by("line_number")
    return list(found.values_list("entry_type", "quantity", "unit_amount", "unit_cost", "document_number"))


def codes(refused: "pytest.ExceptionInfo[Refused]") -> set[tuple[str, str | None]]:
    return {(problem.code, problem.field) for problem in refused.value.refusals}


def test_lines_are_kept_and_come_back_behind_the_others(typed: Company) -> None:
    assert save_standard_journal(typed.batch.pk, "daily", "Every day") == 2
    assert get(typed, "DAILY") == 2
    assert lines(typed)[2:] == [("purchase", 10, None, None, "D2"), ("positive_adjmt", 3, None, None, "D2")]
    added = ItemJournalLine.objects.order_by("line_number").last()
    assert (added.posting_date, added.location, added.changed_by) == (JANUARY, typed.west, typed.user)
    assert post_journal(typed.batch.pk, posted_by=typed.user).item_entries == 4


def test_an_empty_journal_starts_on_the_day_of_work(typed: Company) -> None:
    save_standard_journal(typed.batch.pk, "DAILY", with_quantity=False, with_unit_amount=True)
    ItemJournalLine.objects.all().delete()
    assert get(typed, "DAILY") == 2
    assert lines(typed) == [("purchase", None, 7, None, ""), ("positive_adjmt", None, None, 5, "")]
    assert set(ItemJournalLine.objects.values_list("posting_date", flat=True)) == {TODAY}


def test_only_chosen_lines_are_kept_and_a_code_is_replaced_when_asked(typed: Company) -> None:
    save_standard_journal(typed.batch.pk, "DAILY")
    one = ItemJournalLine.objects.earliest("line_number").pk
    with pytest.raises(Refused) as refused:
        save_standard_journal(typed.batch.pk, "DAILY", lines=[one])
    assert codes(refused) == {("already_exists", "code")}
    assert save_standard_journal(typed.batch.pk, "DAILY", "New", lines=[one], replace=True) == 1
    kept = StandardItemJournal.objects.get()
    assert (kept.description, kept.lines.count()) == ("New", 1)


def test_what_cannot_be_kept_is_refused_with_every_reason(typed: Company) -> None:
    with acting(typed.user, "test"):
        change = LineChange("x", {"item": "NONE"})
        edit_lines(typed.batch.pk, [change], user=typed.user, work_date=TODAY)
    with pytest.raises(Refused) as refused:
        save_standard_journal(typed.batch.pk, "MUCH-TOO-LONG")
    assert codes(refused) == {("not_understood", "item"), ("too_long", "code")}
    ItemJournalLine.objects.all().delete()
    with pytest.raises(Refused) as refused:
        save_standard_journal(typed.batch.pk, " ")
    assert codes(refused) == {("value_missing", "code"), ("nothing_to_save", "lines")}
    for wrong in (lambda: get(typed, "NONE"), lambda: delete_standard_journal(typed.batch.pk, "NONE")):
        with pytest.raises(Refusal, match="There is no such standard journal"):
            wrong()


def test_it_belongs_to_its_template_and_is_taken_away(typed: Company) -> None:
    save_standard_journal(typed.batch.pk, "DAILY")
    with pytest.raises(Refusal, match="There is no such standard journal"):
        get_standard_journal(typed.transfers.pk, "DAILY", user=typed.user, work_date=TODAY)
    delete_standard_journal(typed.batch.pk, "daily")
    assert not StandardItemJournal.objects.exists()


def test_documents_get_the_next_numbers_in_the_order_of_their_lines(typed: Company) -> None:
    """Two lines IJ0005 and IJ0007 are refused; numbered anew they post (§10.2)."""
    with acting(typed.user, "test"):
        series = NumberSeries.objects.create(code="IJ")
        NumberSeriesLine.objects.create(series=series, starting_number="IJ0005")
    ItemJournalBatch.objects.filter(pk=typed.batch.pk).update(number_series=series)
    one, other = ItemJournalLine.objects.order_by("line_number")
    for line, number in ((one, "IJ0005"), (other, "IJ0007")):
        ItemJournalLine.objects.filter(pk=line.pk).update(document_number=number)
    typed.line("sale", one.item, 1, amount=Decimal(9), document_number="IJ0007", location=typed.east)
    with pytest.raises(Refused) as refused:
        post_journal(typed.batch.pk, posted_by=typed.user)
    assert {problem.code for problem in refused.value.refusals} == {"number_out_of_order"}
    assert renumber_documents(typed.batch.pk, user=typed.user, work_date=TODAY) == 2
    assert [line[-1] for line in lines(typed)] == ["IJ0005", "IJ0006", "IJ0006"]
    assert ItemJournalLine.objects.get(pk=other.pk).version == other.version + 1
    assert renumber_documents(typed.batch.pk, user=typed.user, work_date=TODAY) == 0
    assert post_journal(typed.batch.pk, posted_by=typed.user).document_numbers == ["IJ0005", "IJ0006"]


def test_numbering_anew_needs_a_series_and_lines(typed: Company) -> None:
    with pytest.raises(Refused) as refused:
        renumber_documents(typed.batch.pk, user=typed.user, work_date=TODAY)
    assert codes(refused) == {("no_series", "document_number")}
