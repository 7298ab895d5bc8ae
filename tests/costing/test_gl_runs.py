"""Runs to the G/L: what they choose, how few statements they need, side by side, rehearsed and previewed."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import Count
from django.test.utils import CaptureQueriesContext

import costing.tasks
from costing.gl_check import check_costs_to_gl
from costing.gl_posting import post_costs_to_gl
from costing.models import CostToPost, InventoryPostingSetup
from costing.tasks import post_queued
from ledger.models import AccountingPeriod, GLEntry, GLRegister, GLRelation, ValueEntry, ValuePosting
from posting.journals import preview_journal
from posting.lines import PostingLine
from posting.movements import post_movements
from tests.factories import JANUARY, Company
from tests.posting.test_races import together
from users.history import acting
from work.errors import Refused

simple = pytest.mark.django_db
FEBRUARY = date(2026, 2, 5)


def bought(company: Company, count: int, **values: object) -> list[int]:
    """Items of one receipt each, in one register; n costs n."""
    start = company._lines
    items = [company.item(f"I{start + n}") for n in range(1, count + 1)]
    for number, item in enumerate(items, start=1):
        company.line("purchase", item, 1, unit_amount=str(number), **values)
    company.post()
    return [item.pk for item in items]


@simple
def test_a_run_takes_the_same_statements_for_one_and_for_many(company: Company) -> None:
    taken = []
    for count in (1, 60):
        bought(company, count)
        with CaptureQueriesContext(connection) as queries:
            assert post_costs_to_gl().value_entries == count
        taken.append([query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]])
    assert len(taken[0]) == len(taken[1]) == 4, taken[0]


@simple
def test_one_register_for_a_run_and_one_pair_for_an_entry(company: Company) -> None:
    bought(company, 3)
    posted = post_costs_to_gl(user_id=company.user.pk)
    register = GLRegister.objects.get()
    assert (register.pk, register.user, register.source_code) == (posted.register_id, company.user, "inventory_to_gl")
    assert list(register.entries.order_by("id").values_list("amount", flat=True)) == [1, -1, 2, -2, 3, -3]
    assert set(GLRelation.objects.values_list("value_entry").annotate(n=Count("id")).values_list("n", flat=True)) == {2}


@simple
def test_what_is_dated_later_than_asked_waits(company: Company) -> None:
    item = company.item("BIKE")
    for day, cost in ((JANUARY, "5"), (FEBRUARY, "7")):
        company.line("purchase", item, 1, unit_amount=cost, posting_date=day)
    company.post()
    posted = post_costs_to_gl(until=date(2026, 1, 31))
    assert (posted.value_entries, posted.left) == (1, {})
    row = CostToPost.objects.get()
    assert (row.posting_date, row.failure) == (FEBRUARY, "")
    assert post_costs_to_gl(until=date(2026, 1, 31)).value_entries == 0
    assert post_costs_to_gl().value_entries == 1
    assert not CostToPost.objects.exists()


@simple
def test_only_what_was_chosen_is_posted(company: Company) -> None:
    first, second = bought(company, 2)
    bought(company, 1)
    register = CostToPost.objects.filter(item_id=first).get().register_id
    assert post_costs_to_gl(item_ids=[first]).value_entries == 1
    assert post_costs_to_gl(item_ids=[first]).value_entries == 0
    assert post_costs_to_gl(register_ids=[register]).value_entries == 1
    assert not CostToPost.objects.filter(item_id=second).exists()
    assert post_costs_to_gl(limit=1).value_entries == 1


@pytest.mark.django_db(transaction=True)
def test_runs_side_by_side_post_each_worth_once(company: Company) -> None:
    for _ in range(6):
        bought(company, 4)
    results = together(*[lambda: [post_costs_to_gl(limit=5).value_entries for _ in range(4)]] * 3)
    assert not [each for each in results if isinstance(each, Exception)], results
    while post_costs_to_gl().value_entries:
        pass
    assert ValuePosting.objects.count() == ValueEntry.objects.count() == 24
    assert GLEntry.objects.count() == 48
    assert not CostToPost.objects.exists()


@simple
def test_rows_that_post_nothing_do_not_end_the_work(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """Expected cost that is not posted, then a row that stays with a part, then one behind them."""
    monkeypatch.setattr(costing.tasks, "BATCH", 1)
    item = company.item("BIKE")
    later = PostingLine(
        key=1, item_id=item.pk, location_id=company.blank.pk, posting_date=JANUARY, document_date=JANUARY,
        entry_type="purchase", document_number="R1", quantity=Decimal(2), unit_code="PCS", invoiced=Decimal(0),
        amount=Decimal(12),
    )  # fmt: skip
    post_movements([later], posted_by=company.user)
    for location in (company.blank, company.east):
        company.line("purchase", item, 1, unit_amount="3", location=location)
    company.post()
    bought(company, 1)
    company.change(InventoryPostingSetup.objects.get(location=company.east), inventory_account=None)
    assert post_queued() == 2
    assert "location EAST" in CostToPost.objects.get().failure


@simple
def test_the_report_says_what_the_run_does(company: Company) -> None:
    bought(company, 3)
    company.post(company.line("sale", company.item("LATE"), 1, unit_cost="2"))
    for method in ("per_entry", "per_posting_group"):
        checked = check_costs_to_gl(method=method, document_number="GL1")
        assert (checked.value_entries, checked.gl_entries) == (4, 8 if method == "per_entry" else 4)
        assert {(each.name, each.debit, each.credit) for each in checked.totals} == {
            ("inventory_account", 6, 2), ("direct_cost_applied_account", 0, 6), ("cogs_account", 2, 0),
        }  # fmt: skip
        assert (checked.problems, checked.problem_count) == ((), 0)
    assert CostToPost.objects.count() == 4
    assert not GLEntry.objects.exists()
    posted = post_costs_to_gl()
    assert (posted.value_entries, posted.gl_entries) == (4, 8)
    assert check_costs_to_gl().value_entries == 0
    with pytest.raises(Refused):
        check_costs_to_gl(method="per_posting_group")


@simple
def test_the_report_lists_each_problem_with_its_value_entry(company: Company) -> None:
    company.post(company.line("purchase", company.item("EAST"), 1, unit_amount="3", location=company.east))
    company.post(company.line("purchase", company.item("CLOSED"), 1, unit_amount="4"))
    company.post(company.line("purchase", company.item("GOOD"), 1, unit_amount="5", posting_date=FEBRUARY))
    company.change(InventoryPostingSetup.objects.get(location=company.east), inventory_account=None)
    with acting(company.user, "test"):
        AccountingPeriod.objects.create(starting_date=JANUARY, name="January", closed=True)
        AccountingPeriod.objects.create(starting_date=date(2026, 1, 6), name="Rest")
    checked = check_costs_to_gl()
    assert (checked.value_entries, checked.problem_count) == (1, 2)
    assert [(each.item, each.actual, each.reason) for each in checked.problems] == [
        ("EAST", 3, "2026-01-05 is closed for posting; open it for a moment"),
        ("CLOSED", 4, "2026-01-05 is closed for posting; open it for a moment"),
    ]
    with acting(company.user, "test"):
        AccountingPeriod.objects.update(closed=False)
    (problem,) = check_costs_to_gl().problems
    assert problem.item == "EAST"
    assert problem.reason == "Inventory posting setup lacks the inventory account for location EAST and group RESALE"
    assert post_costs_to_gl().left == {(problem.register, ValueEntry.objects.get(pk=problem.value_entry).item_id):
                                       problem.reason}  # fmt: skip


@simple
def test_a_preview_shows_only_what_this_posting_leads_to(company: Company) -> None:
    bike = company.item("BIKE")
    company.post(company.line("purchase", bike, 5, unit_amount="9"))
    company.line("sale", bike, 1, document_number="S1")
    shown = preview_journal(company.batch.pk, posted_by=company.user)
    assert {each["document_number"] for each in shown["gl_entries"]} == {"S1"}
    assert sorted(Decimal(each["amount"]) for each in shown["gl_entries"]) == [-9, 9]
    assert (CostToPost.objects.count(), GLEntry.objects.count()) == (1, 0)
