"""Two users at one link, with real threads and connections."""

import pytest

from ledger.audit import audit_ledger
from ledger.models import EntryBalance, ItemApplicationEntry, ItemLedgerEntry
from posting.reapply import reapply_open, unapply
from tests.factories import Company
from tests.posting.test_races import together
from work.errors import Refused

pytestmark = pytest.mark.django_db(transaction=True)


def bought_and_sold(company: Company, pairs: int = 1) -> tuple[list[int], list[int]]:
    bike = company.item("BIKE", prevent_negative_inventory="yes")
    for _ in range(pairs):
        company.post(company.line("purchase", bike, 5, unit_amount="7"))
        company.post(company.line("sale", bike, 5))
    ids = list(ItemLedgerEntry.objects.order_by("id").values_list("id", flat=True))
    return ids[::2], ids[1::2]


def test_two_take_the_same_link_back(company: Company) -> None:
    [receipt], [sale] = bought_and_sold(company)
    results = together(*[lambda: unapply(receipt, sale, by=company.user)] * 2)
    refused = [result for result in results if isinstance(result, Refused)]
    assert [problem.code for each in refused for problem in each.refusals] == ["no_application"], results
    assert ItemApplicationEntry.objects.exclude(reverses=None).count() == 1
    assert EntryBalance.objects.get(pk=receipt).remaining_quantity == 5


def test_a_link_is_taken_back_while_its_goods_are_sold(company: Company) -> None:
    """Whoever is first: what is freed is sold once, and to one of the two only."""
    [receipt], [sale] = bought_and_sold(company)
    line = company.line("sale", ItemLedgerEntry.objects.get(pk=sale).item, 5)
    results = together(lambda: unapply(receipt, sale, by=company.user), lambda: company.post(line))
    assert not [each for each in results if isinstance(each, Exception) and not isinstance(each, Refused)], results
    reapply_open(by=company.user)
    left = EntryBalance.objects.values_list("remaining_quantity", flat=True)
    posted = ItemLedgerEntry.objects.filter(entry_type="sale").count()
    assert -sum(left) == 5 * (posted - 1)
    assert not audit_ledger()


def test_two_apply_again_what_one_left_open(company: Company) -> None:
    receipts, sales = bought_and_sold(company, 3)
    for pair in zip(receipts, sales, strict=True):
        unapply(*pair, by=company.user)
    results = together(*[lambda: reapply_open(by=company.user)] * 2)
    assert sorted(result.made for result in results) == [0, 3], results
    assert not EntryBalance.objects.exclude(remaining_quantity=0).exists()
