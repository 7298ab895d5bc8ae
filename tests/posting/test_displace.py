"""A line that names a receipt takes it from those who have it by chance; these find other goods, or it is refused."""

import random
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from costing.adjust import adjust_costs
from inventory.models import Item
from ledger.audit import audit_ledger
from ledger.models import EntryBalance, ItemApplicationEntry, ItemLedgerEntry, ItemRegister
from ledger.periods import close_inventory_period
from ledger.rebuild import rebuild_balances
from ledger.records import Entry
from posting.displace import Hold, choose
from posting.linking import Link
from tests.factories import Company
from tests.posting.test_reapply import Shop, _dates_anew, cost, left, links, valued
from work.errors import Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(company: Company) -> Shop:
    return Shop(company)


def refused(act: Any) -> list[str]:
    """The codes of a refusal, after which nothing is left behind."""
    before = ItemRegister.objects.count(), ItemApplicationEntry.objects.count()
    with pytest.raises(Refused) as problem:
        act()
    assert before == (ItemRegister.objects.count(), ItemApplicationEntry.objects.count())
    return [each.code for each in problem.value.refusals]


def test_who_gave_way_is_applied_again_in_the_same_posting(company: Company, shop: Shop) -> None:
    first, second = shop.buy(1, 10, "10"), shop.buy(2, 10, "20")
    sale = shop.sell(3, 8)
    fixed = shop.sell(4, 5, applies_to_entry=first)
    assert (links(fixed), links(sale)) == ({first: -5}, {first: -5, second: -3})
    adjust_costs()
    assert (cost(fixed), cost(sale)) == (-50, -110)
    assert left(first, second, sale) == [0, 7, 0]


def test_no_more_gives_way_than_must(company: Company, shop: Shop) -> None:
    first = shop.buy(1, 10)
    sales = [shop.sell(2, 3), shop.sell(2, 3), shop.sell(2, 3)]
    other = shop.buy(3, 10)
    shop.sell(4, 4, applies_to_entry=first)
    assert [links(sale) for sale in sales] == [{other: -3}, {first: -3}, {first: -3}]
    assert left(first, other) == [0, 7]


@pytest.mark.parametrize(("method", "wanted"), [("fifo", 1), ("lifo", 2)])
def test_the_costing_method_finds_the_other_goods(company: Company, method: str, wanted: int) -> None:
    shop = Shop(company, method)
    first = shop.buy(1, 5)
    sale = shop.sell(2, 5)
    receipts = [first, shop.buy(3, 5), shop.buy(4, 5)]
    shop.sell(5, 5, applies_to_entry=first)
    assert links(sale) == {receipts[wanted]: -5}


def test_what_is_fixed_or_moved_or_closed_stays(company: Company, shop: Shop) -> None:
    first = shop.buy(1, 10)
    shop.sell(2, 8, applies_to_entry=first)
    assert refused(lambda: shop.sell(3, 5, applies_to_entry=first)) == ["fixed_application_prevents"]
    company.batch.lines.all().delete()
    second = shop.buy(4, 10, location=company.east)
    shop.post("transfer", 5, 8, location=company.east, new_location=company.west)
    act = partial(shop.sell, 6, 5, location=company.east, applies_to_entry=second)
    assert refused(act) == ["fixed_application_prevents"]
    company.batch.lines.all().delete()
    third = shop.buy(7, 10, location=company.west)
    sale = shop.sell(8, 18, location=company.west)
    adjust_costs()
    close_inventory_period(date(2026, 1, 8), by=company.user)
    act = partial(shop.sell, 9, 1, location=company.west, applies_to_entry=third)
    assert refused(act) == ["fixed_application_prevents"]
    company.batch.lines.all().delete()
    assert left(third, sale) == [0, 0]


def test_nothing_gives_way_where_all_would_not_do(company: Company, shop: Shop) -> None:
    first = shop.buy(1, 10)
    shop.sell(2, 8)
    assert refused(lambda: shop.sell(3, 11, applies_to_entry=first)) == ["insufficient_remaining_quantity"]


def test_who_gives_way_must_not_fall_below_zero_where_that_is_prevented(company: Company) -> None:
    shop = Shop(company, prevent_negative_inventory="yes")
    first = shop.buy(1, 10)
    sale = shop.sell(2, 8)
    assert refused(lambda: shop.sell(3, 5, applies_to_entry=first)) == ["not_on_inventory"]
    company.batch.lines.all().delete()
    assert links(sale) == {first: -8}
    free = Shop.__new__(Shop)
    free.company, free.item = company, company.item("FREE")
    other = free.buy(1, 10)
    open_sale = free.sell(2, 8)
    free.sell(3, 5, applies_to_entry=other)
    assert left(open_sale) == [-3], "where it may, it is left open"


def test_dates_of_who_gave_way_follow(company: Company, shop: Shop) -> None:
    late = shop.buy(20, 5)
    sale = shop.sell(3, 5)
    back = shop.post("sale", 4, -1, applies_from_entry=sale)
    early = shop.buy(2, 5)
    assert valued(sale, back) == [20, 20]
    shop.sell(5, 5, applies_to_entry=late)
    assert links(sale) == {early: -5}
    assert valued(sale, back) == [3, 4]


def test_goods_that_came_back_do_not_feed_who_gave_way(company: Company, shop: Shop) -> None:
    first = shop.buy(1, 5)
    sale = shop.sell(2, 5)
    back = shop.post("sale", 3, -5, applies_from_entry=sale)
    shop.sell(4, 5, applies_to_entry=first)
    assert left(sale, back) == [-5, 5], "they are its own"


def test_lines_of_the_same_posting_give_way_too(company: Company, shop: Shop) -> None:
    first = shop.buy(1, 10)
    second = shop.buy(2, 10)
    on = {"posting_date": date(2026, 1, 3)}
    company.post(
        company.line("sale", shop.item, 8, **on),
        company.line("sale", shop.item, 5, applies_to_entry=first, **on),
    )
    loose, fixed = ItemLedgerEntry.objects.order_by("-id").values_list("id", flat=True)[:2][::-1]
    assert (links(loose), links(fixed)) == ({first: -5, second: -3}, {first: -5})
    assert not ItemApplicationEntry.objects.exclude(reverses=None).exists(), "what was not written is not taken back"


def test_an_average_that_gave_way_stays_an_average(company: Company) -> None:
    shop = Shop(company, "average")
    first = shop.buy(1, 2, "10")
    sale = shop.sell(1, 2)
    second = shop.buy(1, 2, "30")
    fixed = shop.sell(1, 2, applies_to_entry=first)
    adjust_costs()
    assert links(sale) == {second: -2}
    assert cost(fixed) == -20
    assert not ItemApplicationEntry.objects.filter(item_ledger_entry=sale, cost_application=True).exists()


def test_statements_do_not_grow_with_what_gives_way(company: Company) -> None:
    counts = []
    for many in (2, 12):
        shop = Shop.__new__(Shop)
        shop.company, shop.item = company, company.item(f"MANY{many}")
        first = shop.buy(1, many)
        for _ in range(many):
            shop.sell(2, 1)
        shop.buy(3, many)
        line = company.line("sale", shop.item, many, applies_to_entry=first, location=company.blank)
        with CaptureQueriesContext(connection) as seen:
            company.post(line)
        counts.append(len(seen))
    assert counts[1] <= counts[0] + 2, "but COPY where there are many rows"


@given(
    st.lists(st.tuples(st.integers(1, 6), st.integers(1, 5), st.booleans()), max_size=12),
    st.integers(1, 20),
)
def test_whole_issues_in_their_order_and_no_more_than_needed(found: list[Any], wanted: int) -> None:
    day = date(2026, 1, 1)
    holds = []
    for issue, quantity, movable in found:
        entry = Entry(1, 1, 0, day, day, Decimal(-9), Decimal(0), issue, issue)
        row = Link(1, issue, 7, issue, Decimal(-quantity), day, True, not movable)
        holds.append(Hold(entry, Decimal(quantity), movable, row))
    chosen, _ = choose(holds, Decimal(wanted))
    free = sum((hold.quantity for hold in holds if hold.movable), Decimal(0))
    assert bool(chosen) == (free >= wanted)
    if not chosen:
        return
    orders = [hold.issue.order for hold in chosen]
    assert orders == sorted(orders)
    assert all(hold.movable for hold in chosen)
    assert {id(h) for h in holds if h.movable and h.issue.order <= orders[-1]} == {id(hold) for hold in chosen}
    assert sum(hold.quantity for hold in chosen if hold.issue.order != orders[-1]) < wanted


@pytest.mark.parametrize("seed", range(12))
def test_whoever_gives_way_the_books_hold(company: Company, seed: int) -> None:
    """Random journals with named receipts; after each the audit, in the end the projections and the dates anew."""
    chance = random.Random(seed)
    method = chance.choice(["fifo", "lifo", "average", "standard"])
    item = company.item("BIKE", method, standard_cost=7)
    given_way = 0
    for _ in range(16):
        for _ in range(chance.randint(1, 3)):
            _random_line(company, item, chance)
        before = ItemApplicationEntry.objects.exclude(reverses=None).count()
        try:
            company.post()
        except Refused:
            company.batch.lines.all().delete()
        given_way += ItemApplicationEntry.objects.exclude(reverses=None).count() - before
        assert not [str(finding) for finding in audit_ledger()]
    adjust_costs()
    assert not [str(finding) for finding in audit_ledger()]
    assert rebuild_balances() == 0
    assert _dates_anew() == dict(EntryBalance.objects.values_list("entry_id", "valuation_date"))


def _random_line(company: Company, item: Item, chance: random.Random) -> None:
    kind, quantity = chance.choice(["purchase", "sale", "sale", "named", "named", "back"]), chance.randint(1, 6)
    values: dict[str, Any] = {"location": company.blank, "posting_date": date(2026, 1, chance.randint(1, 28))}
    receipts = list(ItemLedgerEntry.objects.filter(quantity__gt=0).values_list("id", flat=True))
    issues = list(ItemLedgerEntry.objects.filter(quantity__lt=0).values_list("id", flat=True))
    if kind == "purchase":
        values["unit_amount"] = str(chance.randint(1, 30))
    elif kind == "named" and receipts:
        values["applies_to_entry"] = chance.choice(receipts)
    elif kind == "back" and issues:
        values["applies_from_entry"], quantity = chance.choice(issues), -quantity
    company.line("purchase" if kind == "purchase" else "sale", item, quantity, **values)
