"""A journal too long to hold is posted in chunks, and is one posting all the same (decision 12)."""

import pytest

from costing.models import CostToForward, CostToPost
from inventory.models import NumberSeries, NumberSeriesLine
from ledger.models import EntryBalance, ItemLedgerEntry, ItemRegister, ValueEntry
from posting import journals
from posting.journals import check_journal, preview_journal
from posting.models import ItemJournalBatch, ItemJournalLine
from tests.factories import Company
from users.history import acting
from work.errors import Refused
from work.queue import drain

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def short_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journals, "CHUNK", 2)


def fill(company: Company) -> None:
    for number in ("A", "B"):
        item = company.item(number, "average" if number == "B" else "fifo", prevent_negative_inventory="yes")
        for document, quantity in (("P1", 5), ("P2", 7)):
            company.line("purchase", item, quantity, amount="30", document_number=document)
        company.line("sale", item, 6, document_number="S1")


def test_one_register_and_one_row_of_work_for_each_item(company: Company) -> None:
    fill(company)
    answer = company.post()
    assert (answer.lines_posted, answer.item_entries, answer.value_entries) == (6, 6, 6)
    assert answer.document_numbers == ["P1", "P2", "S1"]
    assert list(ItemRegister.objects.values_list("pk", flat=True)) == [answer.register_id]
    assert set(ItemLedgerEntry.objects.values_list("register_id", flat=True)) == {answer.register_id}
    assert set(ValueEntry.objects.values_list("register_id", flat=True)) == {answer.register_id}
    assert CostToForward.objects.count() == 2
    assert CostToPost.objects.count() == 2
    left = EntryBalance.objects.filter(remaining_quantity__gt=0).values_list("item__number", "remaining_quantity")
    assert sorted(left) == [("A", 6), ("B", 6)]
    drain()


def test_all_chunks_are_refused_together_and_nothing_stays(company: Company) -> None:
    fill(company)
    first, *_, last = ItemJournalLine.objects.order_by("line_number")
    ItemJournalLine.objects.filter(pk=first.pk).update(document_number="")
    ItemJournalLine.objects.filter(pk=last.pk).update(quantity=100)
    problems = check_journal(company.batch.pk, user=company.user)
    assert [(problem.line, problem.code) for problem in problems] == [
        (first.pk, "value_missing"), (last.pk, "not_on_inventory"),
    ]  # fmt: skip
    with pytest.raises(Refused) as refused:
        company.post()
    assert len(refused.value.refusals) == 2
    assert ItemJournalLine.objects.count() == 6
    assert not ItemLedgerEntry.objects.exists()
    assert not ItemRegister.objects.exists()


def test_a_preview_shows_all_chunks(company: Company) -> None:
    fill(company)
    shown = preview_journal(company.batch.pk, posted_by=company.user)
    assert len(shown["item_entries"]) == 6
    assert ItemJournalLine.objects.count() == 6
    assert not ItemLedgerEntry.objects.exists()


def test_lines_that_are_gone_are_refused_with_the_rest(company: Company) -> None:
    fill(company)
    lines = list(ItemJournalLine.objects.order_by("line_number"))
    ItemJournalLine.objects.filter(pk=lines[2].pk).delete()
    ItemJournalLine.objects.filter(pk=lines[4].pk).update(version=2)
    with pytest.raises(Refused) as refused:
        company.post(*lines)
    found = {(problem.line, problem.code) for problem in refused.value.refusals}
    assert {(lines[2].pk, "line_changed"), (lines[4].pk, "line_changed")} <= found
    assert not ItemLedgerEntry.objects.exists()


def test_numbers_of_a_series_go_on_over_chunks(company: Company) -> None:
    """A document that spans two chunks takes one number."""
    with acting(company.user, "test"):
        series = NumberSeries.objects.create(code="IJ")
    NumberSeriesLine.objects.create(series=series, starting_number="P1")
    ItemJournalBatch.objects.filter(pk=company.batch.pk).update(number_series=series)
    item = company.item("A")
    for document in ("P1", "P2", "P2", "P3", "P3"):
        company.line("purchase", item, 1, amount="1", document_number=document)
    assert not check_journal(company.batch.pk, user=company.user)
    assert company.post().document_numbers == ["P1", "P2", "P3"]
    assert NumberSeriesLine.objects.get().last_number_used == "P3"
