"""Movements, invoices, charges, orders and undo: refusals leave no trace, statements do not grow with the lines."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from costing.adjust import adjust_costs
from costing.revaluation import NewWorth
from inventory.models import Item, Location
from ledger.models import EntryBalance, ItemLedgerEntry, ItemRegister, ItemState, ValueEntry
from ledger.rebuild import rebuild_balances
from posting.journals import PostingAnswer
from posting.lines import CapacityLine, ChargeLine, FinishLine, InvoiceLine, Line, PostingLine, UndoLine
from posting.movements import post_movements
from posting.revalue import revalue_item
from tests.factories import JANUARY, Company
from users.history import acting
from work.errors import Refused
from work.queue import drain

pytestmark = pytest.mark.django_db
ZERO = Decimal(0)
MADE = ("production", "PO1", 10000)


def line(company: Company, kind: str, item: Item, quantity: object, key: int = 1, **values: Any) -> PostingLine:
    day = values.pop("day", JANUARY)
    location = values.pop("location", company.east)
    return PostingLine(
        key=key, item_id=item.pk, location_id=location.pk, posting_date=day, document_date=day, entry_type=kind,
        document_number=f"M{key}", quantity=Decimal(str(quantity)), unit_code="PCS", **values,
    )  # fmt: skip


def post(company: Company, *lines: Line | UndoLine) -> PostingAnswer:
    return post_movements(lines, posted_by=company.user)


def receive(company: Company, item: Item, quantity: object, amount: str) -> int:
    """The number of a receipt that awaits its invoice."""
    post(company, line(company, "purchase", item, quantity, invoiced=ZERO, amount=Decimal(amount)))
    return int(ItemLedgerEntry.objects.order_by("-id")[0].pk)


def invoice(entry: int, key: int = 1, day: date = JANUARY, **values: Any) -> InvoiceLine:
    return InvoiceLine(key=key, entry=entry, posting_date=day, document_number=f"I{key}", **values)


def charge(entry: int, amount: str, key: int = 1, **values: Any) -> ChargeLine:
    return ChargeLine(
        key=key, entry=entry, posting_date=JANUARY, document_number=f"C{key}", amount=Decimal(amount),
        **{"charge": "FREIGHT", **values},
    )  # fmt: skip


def worth(entry: int) -> tuple[Decimal, Decimal]:
    rows = ValueEntry.objects.filter(item_ledger_entry=entry).values_list("cost_amount_actual", "cost_amount_expected")
    return sum((row[0] for row in rows), ZERO), sum((row[1] for row in rows), ZERO)


def test_a_receipt_is_expected_until_its_invoice_says_what_it_cost(company: Company) -> None:
    entry = receive(company, company.item("BIKE"), 10, "100")
    assert worth(entry) == (0, 100)
    post(company, invoice(entry, quantity=Decimal(4), amount=Decimal(44)))
    assert worth(entry) == (44, 60)
    post(company, invoice(entry))
    assert worth(entry) == (104, 0)
    assert EntryBalance.objects.get(pk=entry).completely_invoiced


def test_a_return_of_what_is_invoiced_in_part_keeps_half_cents_until_it_is_rounded(company: Company) -> None:
    """Expected cost counts for what is not invoiced, 2.67 / 2, not for what the invoice left of it in whole cents."""
    bike = company.item("BIKE", "standard", standard_cost=Decimal("1.33333"), indirect_cost_percent=Decimal("11.33"))
    receipt = receive(company, bike, 2, "6.66")
    post(company, line(company, "purchase", bike, -2, amount=Decimal("-2.67"), applies_to=receipt))
    returned = ItemLedgerEntry.objects.order_by("-id")[0].pk
    post(company, invoice(receipt, quantity=Decimal(1), amount=Decimal("3.33")))
    drain()
    assert worth(returned) == (Decimal("-2.67"), 0)


def test_a_return_is_invoiced_while_more_of_its_receipt_is_sold(company: Company) -> None:
    bike = company.item("BIKE")
    post(company, line(company, "purchase", bike, 20, amount=Decimal(200)))
    receipt = ItemLedgerEntry.objects.order_by("-id")[0].pk
    post(company, line(company, "purchase", bike, -2, invoiced=ZERO, amount=Decimal(-20), applies_to=receipt))
    returned = ItemLedgerEntry.objects.order_by("-id")[0].pk
    post(company, line(company, "sale", bike, 5), invoice(returned, key=2, amount=Decimal(20)))
    assert worth(returned) == (-20, 0)


def test_a_late_invoice_reaches_what_was_sold_meanwhile(company: Company) -> None:
    bike = company.item("BIKE")
    entry = receive(company, bike, 10, "100")
    post(company, line(company, "sale", bike, 4))
    sold = ItemLedgerEntry.objects.order_by("-id")[0].pk
    post(company, invoice(entry, amount=Decimal(130)), charge(entry, "20", key=2))
    drain()
    assert worth(sold) == (-60, 0)


def test_one_posting_receives_sells_and_finishes_an_order(company: Company) -> None:
    """Each line sees what those before it left."""
    wood, table = company.item("WOOD", low_level_code=1), company.item("TABLE")
    post(
        company,
        line(company, "purchase", wood, 4, 1, amount=Decimal(40)),
        line(company, "consumption", wood, 3, 2, order_key=MADE, produces=table.pk),
        CapacityLine(
            key=3, item_id=table.pk, location_id=company.east.pk, posting_date=JANUARY, document_number="K",
            order_key=MADE, quantity=Decimal(2), direct_unit_cost=Decimal(5),
        ),
        line(company, "output", table, 2, 4, order_key=MADE),
        FinishLine(key=5, order_number="PO1"),
    )  # fmt: skip
    drain()
    state = ItemState.objects.get(pk=table.pk)
    assert (state.cost_amount_actual, state.cost_amount_expected, state.unit_cost) == (40, 0, 20)


def test_an_assembly_follows_what_goes_in_after_it_was_put_out(company: Company) -> None:
    wood, table = company.item("WOOD", low_level_code=1), company.item("TABLE")
    made = ("assembly", "A1", 0)
    post(
        company,
        line(company, "purchase", wood, 4, 1, amount=Decimal(40)),
        line(company, "assembly_consumption", wood, 1, 2, order_key=made, produces=table.pk),
        line(company, "assembly_output", table, 1, 3, order_key=made),
    )
    drain()
    post(company, line(company, "assembly_consumption", wood, 2, order_key=made, produces=table.pk))
    post(
        company,
        CapacityLine(
            key=1, item_id=table.pk, location_id=company.east.pk, posting_date=JANUARY, document_number="K",
            order_key=made, quantity=Decimal(1), direct_unit_cost=Decimal(5),
        ),
    )  # fmt: skip
    drain()
    assert ItemState.objects.get(pk=table.pk).cost_amount_actual == 35


def test_what_is_sold_of_an_output_is_not_valued_before_what_went_in(company: Company) -> None:
    """Also where one posting consumes late and sells (costing-application.md §5 C)."""
    wood, table = company.item("WOOD", low_level_code=1), company.item("TABLE")
    late = JANUARY + timedelta(days=100)
    post(company, line(company, "purchase", wood, 1, amount=Decimal(7), day=late))
    post(company, line(company, "output", table, 5, order_key=MADE))
    post(
        company,
        line(company, "consumption", wood, 1, 1, order_key=MADE, produces=table.pk),
        line(company, "sale", table, 5, 2),
    )
    assert set(EntryBalance.objects.values_list("valuation_date", flat=True)) == {late}


def test_one_posting_makes_sells_and_then_consumes_late(company: Company) -> None:
    """The output is raised by what it needs, and with it what it covers, what it is sold as, and what comes back."""
    wood, table = company.item("WOOD", low_level_code=1), company.item("TABLE")
    late = JANUARY + timedelta(days=100)
    post(company, line(company, "purchase", wood, 1, amount=Decimal(7), day=late), line(company, "sale", table, 2, 2))
    oversold = int(ItemLedgerEntry.objects.get(item=table).pk)
    post(
        company,
        line(company, "output", table, 5, 1, order_key=MADE),
        line(company, "sale", table, 3, 2),
        line(company, "sale", table, -1, 3, applies_from=oversold),
        line(company, "consumption", wood, 1, 4, order_key=MADE, produces=table.pk),
    )
    assert set(EntryBalance.objects.values_list("valuation_date", flat=True)) == {late}


def test_a_drop_shipment_uses_no_stock(company: Company) -> None:
    bike = company.item("BIKE")
    post(company, line(company, "purchase", bike, 5, amount=Decimal(5)))
    post(
        company,
        line(company, "purchase", bike, 2, 1, amount=Decimal(20), drop_shipment=True),
        line(company, "sale", bike, 2, 2, delivered_by=1),
    )
    drain()
    sold = ItemLedgerEntry.objects.order_by("-id")[0]
    assert worth(sold.pk) == (-20, 0)
    assert ItemState.objects.get(pk=bike.pk).cost_amount_actual == 5


def test_goods_in_transit_arrive_from_their_own_order(company: Company) -> None:
    bike = company.item("BIKE")
    with acting(company.user, "test"):
        transit = Location.objects.create(code="ROAD", in_transit=True)
    company.at(transit)
    post(company, line(company, "purchase", bike, 4, amount=Decimal(40)))
    for key, order in ((1, "T1"), (2, "T2")):
        post(
            company,
            line(company, "transfer", bike, 2, key, new_location_id=transit.pk, order_key=("transfer", order, 1)),
        )
    arrival = line(
        company, "transfer", bike, 3, location=transit, new_location_id=company.west.pk, order_key=("transfer", "T2", 1)
    )
    with pytest.raises(Refused) as refused:
        post(company, arrival)
    assert [problem.code for problem in refused.value.refusals] == ["not_on_inventory"]


def used_receipt(company: Company) -> int:
    bike = company.item("BIKE")
    entry = receive(company, bike, 3, "30")
    post(company, line(company, "sale", bike, 1))
    return entry


BAD: dict[str, tuple[str, Callable[[Company], Line | UndoLine]]] = {
    "more than is left to invoice": (
        "over_invoiced", lambda c: invoice(receive(c, c.item("BIKE"), 3, "30"), quantity=Decimal(4))),
    "an entry that is invoiced": (
        "over_invoiced", lambda c: invoice(post_whole(c))),
    "an invoice of no entry": ("unknown_entry", lambda c: invoice(0)),
    "a charge without a name": (
        "value_missing", lambda c: charge(receive(c, c.item("BIKE"), 3, "30"), "5", charge="")),
    "a charge before anything was allowed": (
        "posting_date_not_allowed",
        lambda c: invoice(receive(c, c.item("BIKE"), 3, "30"), day=JANUARY - timedelta(days=60000))),
    "undo of what is used": ("already_applied", lambda c: UndoLine(key=1, entry=used_receipt(c))),
    "undo of what is invoiced": ("already_invoiced", lambda c: UndoLine(key=1, entry=post_whole(c))),
    "an order that is not there": ("unknown_order", lambda c: FinishLine(key=1, order_number="NONE")),
    "output without an order": ("order_missing", lambda c: line(c, "output", c.item("TABLE"), 1)),
    "consumption beyond stock": (
        "not_on_inventory",
        lambda c: line(c, "consumption", c.item("WOOD"), 1, order_key=MADE, produces=c.item("TABLE").pk)),
    "more invoiced than moved": (
        "over_invoiced", lambda c: line(c, "purchase", c.item("BIKE"), 3, invoiced=Decimal(4), amount=Decimal(30))),
    "output below zero of nothing": (
        "reversal_not_named", lambda c: line(c, "output", c.item("TABLE"), -1, order_key=MADE)),
}  # fmt: skip


def post_whole(company: Company) -> int:
    post(company, line(company, "purchase", company.item("BIKE"), 3, amount=Decimal(30)))
    return int(ItemLedgerEntry.objects.order_by("-id")[0].pk)


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_refused_and_leaves_no_trace(company: Company, name: str) -> None:
    code, make = BAD[name]
    bad = make(company)
    before = ItemRegister.objects.count(), ValueEntry.objects.count(), list(ItemState.objects.order_by("pk").values())
    with pytest.raises(Refused) as refused:
        post(company, bad)
    assert code in {problem.code for problem in refused.value.refusals}
    after = ItemRegister.objects.count(), ValueEntry.objects.count(), list(ItemState.objects.order_by("pk").values())
    assert after == before


def test_all_that_is_wrong_is_told_at_once(company: Company) -> None:
    entry = receive(company, company.item("BIKE"), 3, "30")
    with pytest.raises(Refused) as refused:
        post(company, invoice(entry, 1, quantity=Decimal(9)), invoice(0, 2), FinishLine(key=3, order_number="NONE"))
    assert {(each.line, each.code) for each in refused.value.refusals} >= {(2, "unknown_entry"), (3, "unknown_order")}


@pytest.mark.parametrize("event", ["invoice", "charge", "undo"])
def test_statements_do_not_grow_with_the_lines(company: Company, event: str) -> None:
    counts = []
    for many in (6, 18):
        entries = [receive(company, company.item(f"{event.upper()}{many}-{n}"), 3, "30") for n in range(many)]
        lines: list[Line | UndoLine] = [
            {"invoice": invoice(entry, n), "charge": charge(entry, "5", n), "undo": UndoLine(key=n, entry=entry)}[event]
            for n, entry in enumerate(entries)
        ]
        with CaptureQueriesContext(connection) as caught:
            post(company, *lines)
        counts.append(len(caught))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("kind", ["assembly", "production"])
def test_an_order_keeps_the_standard_of_its_completion(company: Company, kind: str) -> None:
    """However late its cost is adjusted: the new standard is for what is made from then on."""
    wood = company.item("WOOD", low_level_code=1)
    table = company.item("TABLE", "standard", standard_cost=Decimal(10))
    made, prefix = (kind, "A1", 0), "assembly_" * (kind == "assembly")
    post(
        company,
        line(company, "purchase", wood, 4, 1, amount=Decimal(40)),
        line(company, f"{prefix}consumption", wood, 3, 2, order_key=made, produces=table.pk),
        line(company, f"{prefix}output", table, 2, 3, order_key=made),
        *([FinishLine(key=4, order_number="A1")] if kind == "production" else []),
    )
    with acting(company.user, "test"):
        Item.objects.filter(pk=table.pk).update(standard_cost=Decimal(12))
    drain()
    state = ItemState.objects.get(pk=table.pk)
    assert (state.cost_amount_actual, state.cost_amount_expected) == (20, 0)


def test_a_receipt_keeps_the_date_of_its_last_revaluation(company: Company) -> None:
    """Issues of it must not lie before; what an invoice takes back of a revaluation is none (B15)."""
    bike = company.item("BIKE", "standard", standard_cost="10")
    receipt = receive(company, bike, 4, "40")
    for day, cost in ((JANUARY + timedelta(days=5), 12), (JANUARY + timedelta(days=9), 13)):
        revalue_item(bike.pk, NewWorth(unit_cost=Decimal(cost)), posting_date=day, document_number="R", by=company.user)
        drain()
        post(company, invoice(receipt, quantity=Decimal(2)))
        assert EntryBalance.objects.get(pk=receipt).revalued_on == day
    assert rebuild_balances() == 0


def test_orders_that_feed_each_other_agree_in_the_end(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """Averaged items made of each other in one period: a run that gives up says so, and the next one goes on."""
    one, other = (company.item(number, "average") for number in ("ONE", "OTHER"))
    made_of_one, made_of_other = (("production", number, 10000) for number in ("PO1", "PO2"))
    post(
        company,
        line(company, "purchase", one, 1, 1, amount=Decimal(100)),
        line(company, "purchase", other, 1, 2, amount=Decimal(300)),
        line(company, "consumption", one, 1, 3, order_key=made_of_one, produces=other.pk),
        line(company, "output", other, 1, 4, order_key=made_of_one),
        line(company, "consumption", other, 1, 5, order_key=made_of_other, produces=one.pk),
        line(company, "output", one, 1, 6, order_key=made_of_other),
        FinishLine(key=7, order_number="PO1"),
        FinishLine(key=8, order_number="PO2"),
    )
    monkeypatch.setattr("costing.adjust.MOST_ROUNDS", 3)
    left = adjust_costs().left
    assert left
    assert all("orders that feed each other" in reason for reason in left.values())
    monkeypatch.undo()
    assert not adjust_costs().left
    worths = dict(ItemState.objects.values_list("item_id", "cost_amount_actual"))
    assert sum(worths.values()) == 400
    assert abs(worths[one.pk] - Decimal("166.67")) <= Decimal("0.01")  # half of 100 and what the other's half is worth
