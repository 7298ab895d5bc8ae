"""Applications changed by hand: what becomes of quantities, dates and costs, and what is refused."""

import random
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from costing.adjust import adjust_costs
from costing.models import CostToForward
from costing.revaluation import NewWorth
from ledger.audit import audit_ledger
from ledger.models import EntryBalance, InventoryPeriod, ItemApplicationEntry, ItemLedgerEntry, ItemRegister, ValueEntry
from ledger.periods import close_inventory_period
from ledger.queries import applications, value_entries_of
from ledger.rebuild import rebuild_balances
from posting.reapply import apply, change_applications, reapply_open, unapply
from posting.revalue import revalue_remaining
from posting.reverse import reverse_register
from posting.worksheet import Apply, Change, Unapply
from tests.factories import Company
from work.errors import Refused
from work.idempotency import KeyReused

pytestmark = pytest.mark.django_db


class Shop:
    """One item, and movements of it that give the number of their entry."""

    def __init__(self, company: Company, method: str = "fifo", **values: Any) -> None:
        self.company, self.item = company, company.item("BIKE", method, **values)

    def post(self, kind: str, day: int, quantity: object, **values: Any) -> int:
        values.setdefault("location", self.company.blank)
        line = self.company.line(kind, self.item, quantity, posting_date=date(2026, 1, day), **values)
        self.company.post(line)
        return ItemLedgerEntry.objects.order_by("-id").values_list("id", flat=True)[0]

    def buy(self, day: int, quantity: object, cost: str = "10", **values: Any) -> int:
        return self.post("purchase", day, quantity, unit_amount=cost, **values)

    def sell(self, day: int, quantity: object, **values: Any) -> int:
        return self.post("sale", day, quantity, **values)


@pytest.fixture
def shop(company: Company) -> Shop:
    return Shop(company)


def left(*entries: int) -> list[Decimal]:
    return [EntryBalance.objects.get(pk=entry).remaining_quantity for entry in entries]


def valued(*entries: int) -> list[int]:
    """The days of January on which these are valued."""
    return [EntryBalance.objects.get(pk=entry).valuation_date.day for entry in entries]


def cost(entry: int) -> Decimal:
    return sum((row.cost_amount_actual for row in ValueEntry.objects.filter(item_ledger_entry=entry)), Decimal(0))


def links(entry: int) -> dict[int, Decimal]:
    """What an issue takes, by receipt."""
    found = applications(ItemLedgerEntry.objects.get(pk=entry))
    return {link.inbound_entry_id: link.quantity for link in found if link.item_ledger_entry_id == entry}


def codes(*changes: Change, company: Company) -> list[tuple[int, str]]:
    """What these changes are refused for; nothing is left of them."""
    before = ItemApplicationEntry.objects.count(), ItemRegister.objects.count(), CostToForward.objects.count()
    balances = list(EntryBalance.objects.order_by("pk").values())
    with pytest.raises(Refused) as refused:
        change_applications(changes, by=company.user)
    assert before == (
        ItemApplicationEntry.objects.count(), ItemRegister.objects.count(), CostToForward.objects.count()
    )  # fmt: skip
    assert balances == list(EntryBalance.objects.order_by("pk").values())
    return [(problem.line - 1, problem.code) for problem in refused.value.refusals]


def test_taken_back_and_applied_to_another(company: Company, shop: Shop) -> None:
    first, second = shop.buy(1, 10, "10"), shop.buy(2, 10, "20")
    sale = shop.sell(3, 10)
    adjust_costs()
    answer = unapply(first, sale, by=company.user)
    assert (answer.taken_back, answer.made, answer.open_entries) == (1, 0, [sale, first])
    assert left(first, sale) == [10, -10]
    apply(second, sale, by=company.user)
    assert left(first, second, sale) == [10, 0, 0]
    assert links(sale) == {second: -10}
    adjust_costs()
    assert cost(sale) == -200
    assert ItemRegister.objects.filter(source_code="application").count() == 2


def test_what_was_left_open_is_found_by_whoever_asks(company: Company, shop: Shop) -> None:
    first, second = shop.buy(1, 10, "10"), shop.buy(2, 10, "20")
    early, late = shop.sell(3, 10), shop.sell(4, 10)
    change_applications([Unapply(second, late), Unapply(first, early), Apply(early, second)], by=company.user)
    answer = reapply_open(by=company.user)
    assert (links(early), links(late)) == ({second: -10}, {first: -10})
    assert answer.open_entries == []
    assert reapply_open(by=company.user).register_id is None, "nothing is left to do"


def test_a_batch_with_its_end(company: Company, shop: Shop) -> None:
    first, second = shop.buy(1, 10), shop.buy(2, 10)
    early, late = shop.sell(3, 10), shop.sell(4, 5)
    changes = [Unapply(first, early), Unapply(second, late), Apply(early, second)]
    answer = change_applications(changes, by=company.user, then_reapply=True)
    assert (links(early), links(late)) == ({second: -10}, {first: -5})
    assert answer.open_entries == [first]
    assert ItemRegister.objects.filter(source_code="application").count() == 1


@pytest.mark.parametrize(("method", "wanted"), [("fifo", 0), ("lifo", 1)])
def test_without_a_partner_the_costing_method_decides(company: Company, method: str, wanted: int) -> None:
    shop = Shop(company, method)
    receipts = [shop.buy(1, 5), shop.buy(2, 5)]
    sale = shop.sell(3, 5)
    unapply(receipts[wanted], sale, by=company.user)
    apply(sale, by=company.user)
    assert links(sale) == {receipts[wanted]: -5}
    assert not ItemApplicationEntry.objects.filter(item_ledger_entry=sale, fixed=True).exists()


def test_dates_rise_and_fall_along_the_chain(company: Company, shop: Shop) -> None:
    late = shop.buy(20, 5)
    sale = shop.sell(3, 5)
    back = shop.post("sale", 4, -5, applies_from_entry=sale)
    again = shop.sell(5, 2)
    assert valued(late, sale, back, again) == [20, 20, 20, 20]
    early = shop.buy(2, 5)
    CostToForward.objects.all().delete()
    change_applications([Unapply(late, sale), Apply(sale, early)], by=company.user)
    assert valued(sale, back, again) == [2, 4, 5], "fixed to what it takes, others not before their own day"
    assert CostToForward.objects.get().from_date == date(2026, 1, 2)
    change_applications([Unapply(early, sale), Apply(sale, late)], by=company.user)
    assert valued(sale, back, again) == [20, 20, 20]
    assert {row.valued_on.day for row in value_entries_of(ItemLedgerEntry.objects.get(pk=again))} == {20}


def test_a_revaluation_rises_and_falls_with_its_entry(company: Company, shop: Shop) -> None:
    """What takes from a revalued return follows the issue that it came back from, over the revaluation (§5 D)."""
    late = shop.buy(20, 5)
    sale = shop.sell(3, 5)
    back = shop.post("sale", 4, -5, applies_from_entry=sale)
    adjust_costs()
    worth = NewWorth(value=Decimal(60))
    revalue_remaining(back, worth, posting_date=date(2026, 1, 8), document_number="R", by=company.user)
    again = shop.sell(5, 2, applies_to_entry=back)
    early = shop.buy(2, 5)
    assert valued(sale, back, again) == [20, 20, 20]
    change_applications([Unapply(late, sale), Apply(sale, early)], by=company.user)
    assert valued(sale, back, again) == [2, 4, 8]
    change_applications([Unapply(early, sale), Apply(sale, late)], by=company.user)
    assert valued(sale, back, again) == [20, 20, 20]
    assert rebuild_balances() == 0


def test_an_issue_fixed_in_part_keeps_its_own_day(company: Company, shop: Shop) -> None:
    receipt = shop.buy(1, 3)
    sale = shop.sell(5, 5)
    unapply(receipt, sale, by=company.user)
    apply(sale, receipt, by=company.user)
    assert (left(sale), valued(sale)) == ([-2], [5])


def test_a_return_loses_its_source_and_finds_it_again(company: Company, shop: Shop) -> None:
    shop.buy(1, 5, "10")
    sale = shop.sell(10, 5)
    back = shop.post("sale", 3, -2, applies_from_entry=sale)
    assert (valued(back), EntryBalance.objects.get(pk=sale).returnable_quantity) == ([10], -3)
    unapply(back, sale, by=company.user)
    assert (valued(back), left(back)) == ([3], [2])
    assert EntryBalance.objects.get(pk=sale).returnable_quantity == -5
    apply(back, sale, by=company.user)
    assert (valued(back), left(back)) == ([10], [2])
    assert EntryBalance.objects.get(pk=sale).returnable_quantity == -3
    adjust_costs()
    assert cost(back) == 20


def test_an_average_takes_its_cost_over_fixed_links_or_from_the_pool(company: Company) -> None:
    shop = Shop(company, "average")
    cheap, dear = shop.buy(1, 1, "10"), shop.buy(1, 3, "30")
    sale = shop.sell(1, 2)
    adjust_costs()
    assert cost(sale) == -50
    change_applications([Unapply(cheap, sale), Unapply(dear, sale), Apply(sale, cheap)], by=company.user)
    own = ItemApplicationEntry.objects.filter(item_ledger_entry=sale, reverses=None, reversed_by=None)
    assert [(row.fixed, row.cost_application) for row in own] == [(True, False)], "in part: the pool's"
    apply(sale, dear, by=company.user)
    assert {(row.fixed, row.cost_application) for row in own.all()} == {(True, True)}
    adjust_costs()
    assert cost(sale) == -40
    unapply(dear, sale, by=company.user)
    reapply_open([shop.item.pk], by=company.user)
    assert [row.cost_application for row in own.all()] == [False, False]
    adjust_costs()
    assert cost(sale) == -50


def test_transfers_corrections_and_closed_periods_stay(company: Company, shop: Shop) -> None:
    receipt = shop.buy(1, 10)
    arrived = shop.post("transfer", 2, 4, new_location=company.east)
    leaving = arrived - 1
    sold = shop.sell(3, 2, location=company.east)
    returned = shop.post("purchase", 4, -1, applies_to_entry=receipt)
    assert codes(Unapply(receipt, leaving), Unapply(arrived, leaving), company=company) == [
        (0, "transfer_application"), (1, "transfer_application"),
    ]  # fmt: skip
    adjust_costs()
    close_inventory_period(date(2026, 1, 3), by=company.user)
    assert InventoryPeriod.objects.filter(closed=True).count() == 1
    assert codes(Unapply(arrived, sold), company=company) == [(0, "period_closed")]
    unapply(receipt, returned, by=company.user)
    assert codes(Apply(returned, sold), Apply(sold), company=company) == [
        (0, "applies_to_mismatch"), (1, "insufficient_remaining_quantity"),
    ]  # fmt: skip
    reapply_open(by=company.user)


def test_what_takes_back_stays_with_what_it_takes_back(company: Company, shop: Shop) -> None:
    receipt = shop.buy(1, 10)
    reverse_register(ItemRegister.objects.latest("id").pk, posted_by=company.user)
    correction = ItemLedgerEntry.objects.latest("id").pk
    assert codes(Unapply(receipt, correction), company=company) == [(0, "correction_entry")]


def test_what_does_not_fit_is_refused_all_at_once(company: Company, shop: Shop) -> None:
    receipt = shop.buy(1, 5)
    elsewhere = shop.buy(1, 5, location=company.east)
    sale, other = shop.sell(2, 5), shop.sell(2, 1)
    assert codes(
        Unapply(receipt, other), Unapply(sale, receipt), Apply(receipt, elsewhere), Apply(other, elsewhere),
        Apply(other, receipt), Apply(receipt), Apply(999_999), Apply(other, 999_999),
        company=company,
    ) == [
        (0, "no_application"), (1, "no_application"), (2, "applies_to_mismatch"), (3, "applies_to_mismatch"),
        (4, "insufficient_remaining_quantity"), (5, "insufficient_remaining_quantity"), (6, "applies_to_mismatch"),
        (7, "applies_to_mismatch"),
    ]  # fmt: skip


def test_goods_are_not_taken_from_what_they_came_back_as(company: Company, shop: Shop) -> None:
    receipt = shop.buy(1, 5)
    sale = shop.sell(2, 5)
    back = shop.post("sale", 3, -5, applies_from_entry=sale)
    unapply(receipt, sale, by=company.user)
    assert codes(Apply(sale, back), company=company) == [(0, "applies_to_mismatch")]
    apply(sale, by=company.user)
    assert links(sale) == {receipt: -5}


def test_no_more_comes_back_than_went_out(company: Company, shop: Shop) -> None:
    shop.buy(1, 5)
    sale = shop.sell(2, 1)
    back = shop.post("sale", 3, -2)
    assert codes(Apply(back, sale), company=company) == [(0, "returned_more_than_shipped")]


def test_one_key_twice(company: Company, shop: Shop) -> None:
    receipt, sale = shop.buy(1, 5), shop.sell(2, 5)
    first = unapply(receipt, sale, by=company.user, idempotency_key=("k", {"a": 1}))
    again = unapply(receipt, sale, by=company.user, idempotency_key=("k", {"a": 1}))
    assert (again.hit, again.register_id) == (True, first.register_id)
    with pytest.raises(KeyReused):
        unapply(receipt, sale, by=company.user, idempotency_key=("k", {"a": 2}))


def test_statements_do_not_grow_with_the_changes(company: Company, shop: Shop) -> None:
    pairs = [(shop.buy(1, 1), shop.sell(2, 1)) for _ in range(12)]
    counts = []
    for some in (pairs[:2], pairs[2:]):
        with CaptureQueriesContext(connection) as seen:
            change_applications([Unapply(*pair) for pair in some], by=company.user, then_reapply=True)
        counts.append(len(seen))
    assert counts[1] <= counts[0] + 2, "but COPY where there are many rows"


@pytest.mark.parametrize("seed", range(12))
def test_whatever_is_changed_the_books_hold(company: Company, seed: int) -> None:
    """Random movements and changes; after each the audit, in the end the projections and the dates anew."""
    chance = random.Random(seed)
    shop = Shop(company, chance.choice(["fifo", "lifo", "average", "standard"]), standard_cost=7)
    places = [company.blank, company.east]
    changed = 0
    for _ in range(14):
        _random_movement(shop, places, chance)
        changed += _random_change(shop, chance)
        assert not [str(finding) for finding in audit_ledger()]
    reapply_open(by=company.user)
    adjust_costs()
    assert not [str(finding) for finding in audit_ledger()]
    assert rebuild_balances() == 0
    assert _dates_anew() == dict(EntryBalance.objects.values_list("entry_id", "valuation_date"))
    assert changed


def _random_movement(shop: Shop, places: list[Any], chance: random.Random) -> None:
    kind = chance.choice(["purchase", "purchase", "sale", "sale", "sale_back", "transfer"])
    values: dict[str, Any] = {"location": chance.choice(places)}
    quantity, day = chance.randint(1, 6), chance.randint(1, 28)
    if kind == "purchase":
        values["unit_amount"] = str(chance.randint(1, 30))
    if kind == "transfer":
        values["new_location"] = next(place for place in places if place != values["location"])
    if kind == "sale_back":
        sold = ItemLedgerEntry.objects.filter(entry_type="sale", quantity__lt=0).values_list("id", flat=True)
        kind, quantity = "sale", -quantity
        if sold and chance.random() < 0.8:
            values["applies_from_entry"] = chance.choice(list(sold))
    try:
        shop.post(kind, day, quantity, **values)
    except Refused:
        shop.company.batch.lines.all().delete()
        shop.company.transfers.lines.all().delete()


def _random_change(shop: Shop, chance: random.Random) -> int:
    rows = list(
        ItemApplicationEntry.objects.filter(reverses=None, reversed_by=None, outbound_entry__isnull=False).values_list(
            "inbound_entry", "outbound_entry"
        )
    )
    entries = list(ItemLedgerEntry.objects.values_list("id", flat=True))
    changes: list[Change] = []
    for _ in range(chance.randint(1, 3)):
        if rows and chance.random() < 0.5:
            changes.append(Unapply(*chance.choice(rows)))
        elif entries:
            changes.append(Apply(chance.choice(entries), chance.choice([None, *entries])))
    done = 0
    for some in (changes, *([change] for change in changes)):
        try:
            change_applications(some, by=shop.company.user, then_reapply=chance.random() < 0.3)
            done += 1
        except Refused:
            continue
    return done


def _dates_anew() -> dict[int, date]:
    """Every entry's date from its sources, computed the slow way (costing-application.md §5, A8, A9)."""
    entries = {entry.pk: entry for entry in ItemLedgerEntry.objects.all()}
    remaining = dict(EntryBalance.objects.values_list("entry_id", "remaining_quantity"))
    holding = ItemApplicationEntry.objects.filter(reverses=None, reversed_by=None)
    rows = {key: [row for row in holding if row.item_ledger_entry_id == key] for key in entries}
    dates: dict[int, date] = {}

    def of(key: int) -> date:
        if key not in dates:
            entry = entries[key]
            sources = [
                of(row.inbound_entry_id if entry.quantity < 0 else row.outbound_entry_id)
                for row in rows[key]
                if row.outbound_entry_id
            ]
            fixed = all(row.fixed for row in rows[key])
            exact = entry.quantity < 0 and fixed and not remaining[key]
            exact = exact or (entry.quantity > 0 and entry.entry_type == "transfer")
            dates[key] = max(sources if exact and sources else [entry.posting_date, *sources])
        return dates[key]

    return {key: of(key) for key in sorted(entries)}
