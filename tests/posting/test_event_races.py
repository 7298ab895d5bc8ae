"""Two users at one receipt, shipment, order or period: one wins and the other is told why, or both come through.

Each of them has read all that it reads before it waits for the item, so that what it knew is out of date when it is
its turn.
"""

import threading
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import connection

from costing.adjust import adjust_costs
from costing.gl_posting import post_costs_to_gl
from costing.models import CostToPost
from costing.revaluation import NewWorth
from costing.tasks import sweep
from inventory.models import Item
from ledger.errors import ItemBusy
from ledger.models import GLEntry, InventoryPeriod, ValuePosting
from ledger.periods import close_inventory_period
from posting.revalue import revalue_entry
from tests.costing.histories import transit_of
from tests.costing.kinds import EVENTS, Shop, books_of
from tests.factories import Company
from tests.posting.test_races import ITEM, held, started, together, until_blocked
from work.errors import Refused
from work.queue import drain

pytestmark = pytest.mark.django_db(transaction=True)

ZERO = Decimal(0)
METHODS = ("fifo", "average", "lifo", "standard")
END = date(2026, 1, 31)
Act = Callable[[Shop], Any]


@pytest.fixture
def shop(company: Company) -> Shop:
    return Shop(company, transit_of(company), "")


def one_after_the_other(shop: Shop, item: Item, *acts: Act) -> list[str]:
    """All wait for an item at once and get it in this order; what came of each, in words."""
    with held(ITEM, item.pk):
        running = []
        for number, act in enumerate(acts, 1):
            running.append(started(partial(act, shop)))
            until_blocked(number)
    for thread, _ in running:
        thread.join(60)
    return [said(results[0]) for _, results in running]


def said(result: Any) -> str:
    """The codes of a refusal; what is neither that nor done is raised."""
    if isinstance(result, ItemBusy):
        return result.code
    if isinstance(result, Refused):
        return " ".join(sorted({problem.code for problem in result.refusals}))
    if isinstance(result, Exception):
        raise result
    return "done"


def received(shop: Shop) -> None:
    shop.post(shop.line("purchase", 10, "RECEIPT", amount="80", invoiced=ZERO))


def shipped(shop: Shop) -> None:
    shop.buy()
    shop.post(shop.line("sale", 5, "SHIP", amount="99", invoiced=ZERO))


def consumed(shop: Shop) -> None:
    shop.buy()
    shop.post(
        shop.line("consumption", 4, "MAKE", order_key=shop.order("production"), produces=shop.table.pk),
        shop.line("output", 2, "MAKE", shop.table, order_key=shop.order("production")),
    )


def in_transit(shop: Shop) -> None:
    shop.buy()
    order = shop.order("transfer")
    shop.post(shop.line("transfer", 5, "MOVE", new_location_id=shop.transit.pk, order_key=order))


def invoice(shop: Shop) -> Any:
    return shop.post(shop.invoice(shop.entries("RECEIPT")[0]))


def invoice_most(shop: Shop) -> Any:
    return shop.post(shop.invoice(shop.entries("RECEIPT")[0], 6, "50"))


def charge(shop: Shop) -> Any:
    return shop.post(shop.charge(shop.entries("RECEIPT")[0], "7"))


def undo_receipt(shop: Shop) -> Any:
    return shop.post(shop.undo(shop.entries("RECEIPT")[0]))


def undo_shipment(shop: Shop) -> Any:
    return shop.post(shop.undo(shop.entries("SHIP")[0]))


def return_shipment(shop: Shop) -> Any:
    return shop.post(shop.line("sale", -3, "BACK", amount="-50", applies_from=shop.entries("SHIP")[0]))


def sell(shop: Shop) -> Any:
    return shop.post(shop.line("sale", 4, "SOLD", amount="50"))


def sell_all(shop: Shop) -> Any:
    return shop.post(shop.line("sale", 12, "SOLD", amount="50"))


def finish(shop: Shop) -> Any:
    return shop.post(shop.finish(shop.order("production")[1]))


def consume(shop: Shop) -> Any:
    return shop.post(shop.line("consumption", 3, "MORE", order_key=shop.order("production"), produces=shop.table.pk))


def put_out(shop: Shop) -> Any:
    return shop.post(shop.line("output", 1, "MORE", shop.table, order_key=shop.order("production")))


def put_back(shop: Shop) -> Any:
    return shop.post(shop.line(
        "consumption", -4, "MORE", order_key=shop.order("production"), produces=shop.table.pk,
        applies_from=shop.entries("MAKE")[0],
    ))  # fmt: skip


def arrive(shop: Shop) -> Any:
    return shop.post(shop.line(
        "transfer", 4, "MOVE", at=shop.transit, new_location_id=shop.company.west.pk, order_key=shop.order("transfer")
    ))  # fmt: skip


def revalue(shop: Shop) -> Any:
    return revalue_entry(
        shop.entries("RECEIPT")[0], NewWorth(delta=Decimal(5)), document_number="WORTH", by=shop.company.user
    )


def invoiced(shop: Shop) -> None:
    received(shop)
    invoice(shop)


RACES: dict[str, tuple[Act, list[Act], list[str]]] = {
    "two invoices of one receipt": (received, [invoice_most, invoice_most], ["done", "over_invoiced"]),
    "an invoice, then the undo": (received, [invoice, undo_receipt], ["done", "already_invoiced"]),
    "the undo, then an invoice": (received, [undo_receipt, invoice], ["done", "over_invoiced"]),
    "two undos of a receipt": (received, [undo_receipt, undo_receipt], ["done", "already_invoiced"]),
    "two undos of a shipment": (shipped, [undo_shipment, undo_shipment], ["done", "already_invoiced"]),
    "a return, then the undo": (shipped, [return_shipment, undo_shipment], ["done", "already_applied"]),
    "the undo, then a return": (shipped, [undo_shipment, return_shipment], ["done", "returned_more_than_shipped"]),
    "two returns": (shipped, [return_shipment] * 2, ["done", "returned_more_than_shipped"]),
    "a sale, then the undo": (received, [sell, undo_receipt], ["done", "already_applied"]),
    "a charge, then the undo": (received, [charge, undo_receipt], ["done", "done"]),
    "the undo, then a charge": (received, [undo_receipt, charge], ["done", "done"]),
    "two charges": (received, [charge, charge], ["done", "done"]),
    "two ends of an order": (consumed, [finish, finish], ["done", "done"]),
    "the end, then consumption": (consumed, [finish, consume], ["done", "order_finished"]),
    "consumption, then the end": (consumed, [consume, finish], ["done", "done"]),
    "the end, then output": (consumed, [finish, put_out], ["done", "order_finished"]),
    "two who put the same back": (consumed, [put_back, put_back], ["done", "returned_more_than_shipped"]),
    "two arrivals of the same goods": (in_transit, [arrive, arrive], ["done", "not_on_inventory"]),
    "two who sell all": (lambda shop: shop.buy(), [sell_all, sell_all], ["done", "done"]),
    "a revaluation, then the invoice": (received, [revalue, invoice], ["entry_not_revaluable", "done"]),
    "the invoice, then a revaluation": (received, [invoice, revalue], ["done", "done"]),
}


@pytest.mark.parametrize("name", RACES)
def test_two_at_once(shop: Shop, name: str) -> None:
    prepare, acts, wanted = RACES[name]
    prepare(shop)
    drain()
    assert one_after_the_other(shop, shop.table if prepare is consumed else shop.wood, *acts) == wanted
    drain()


def test_an_order_is_finished_while_another_of_its_lines_begins(shop: Shop) -> None:
    """The end holds for what was there when it came; what begins beside it goes on or is ended, and is known."""
    consumed(shop)
    chair = shop.company.item("CHAIR")
    begin = shop.line("output", 2, "CHAIR", chair, order_key=shop.order("production", 2))
    with held(ITEM, shop.table.pk):
        finishing, finished = started(partial(finish, shop))
        until_blocked(1)
        shop.post(begin)
    finishing.join(60)
    assert said(finished[0]) == "done"
    drain()


def test_two_begin_one_order_line_for_different_items(shop: Shop) -> None:
    chair, key = shop.company.item("CHAIR"), shop.order("production")
    lines = [shop.line("output", 2, "MAKE", item, order_key=key) for item in (shop.table, chair)]
    with held("LOCK TABLE costing_ordercost IN SHARE MODE"):
        running = [started(partial(shop.post, line)) for line in lines]
        until_blocked(2)
    for thread, _ in running:
        thread.join(60)
    assert sorted(said(results[0]) for _, results in running) == ["done", "item_busy"]
    again = [said_of(partial(shop.post, line)) for line in lines]
    assert sorted(again) == ["done", "order_makes_another"]
    drain()


def test_consumption_says_what_is_made(shop: Shop) -> None:
    consumed(shop)
    chair, order = shop.company.item("CHAIR"), {"order_key": shop.order("production"), "day": date(2026, 1, 20)}
    assert said_of(lambda: shop.post(shop.line("consumption", 3, "MORE", **order))) == "value_missing"
    line = shop.line("consumption", 3, "MORE", produces=chair.pk, **order)
    assert said_of(lambda: shop.post(line)) == "order_makes_another"


def test_an_order_ends_while_what_went_into_it_gets_another_cost(shop: Shop) -> None:
    """Neither sees the other, and the later of the two must be followed by what was made."""
    received(shop)
    order = {"order_key": shop.order("production")}
    shop.post(
        shop.line("consumption", 4, "MAKE", produces=shop.table.pk, **order),
        shop.line("output", 2, "MAKE", shop.table, **order),
    )
    drain()
    shop.post(shop.invoice(shop.entries("RECEIPT")[0], amount="133"))
    with held("SELECT 1 FROM ledger_entrybalance WHERE entry_id = %s FOR UPDATE", shop.entries("MAKE")[0]):
        adjusting, adjusted = started(lambda: adjust_costs(item_ids=[shop.wood.pk]))
        until_blocked(1)
        finish(shop)
        adjust_costs(item_ids=[shop.table.pk])
    adjusting.join(60)
    assert adjusted[0].value_entries, adjusted
    drain()
    assert nothing_is_left(shop)


# ------------------------------------------------------------------ closing, the general ledger, the adjuster


CLOSED_OVER: dict[str, tuple[Act, Act]] = {
    "a revaluation": (invoiced, revalue),
    "an invoice": (received, invoice),
    "a charge": (received, charge),
    "an undo": (received, undo_receipt),
    "the end of an order": (consumed, finish),
}


def close(shop: Shop) -> InventoryPeriod:
    return close_inventory_period(END, by=shop.company.user)


@pytest.mark.parametrize("name", CLOSED_OVER)
def test_a_period_is_not_closed_over(shop: Shop, name: str) -> None:
    """It waits, and then there is something to adjust."""
    prepare, act = CLOSED_OVER[name]
    prepare(shop)
    drain()
    with held(ITEM, shop.table.pk if prepare is consumed else shop.wood.pk):
        acting, acted = started(partial(act, shop))
        until_blocked(1)
        closing, closed = started(partial(close, shop))
        until_blocked(2)
    acting.join(60)
    closing.join(60)
    assert said(acted[0]) == "done"
    assert "unadjusted_entries" in said(closed[0])
    drain()
    assert close(shop).closed


@pytest.mark.parametrize("name", CLOSED_OVER)
def test_what_comes_after_the_closing_is_refused(shop: Shop, name: str) -> None:
    """Undo is on the day of its receipt; the end of an order has no date, and its cost goes into the next period."""
    prepare, act = CLOSED_OVER[name]
    prepare(shop)
    drain()
    with held("LOCK TABLE ledger_inventoryperiod IN SHARE MODE"):
        closing, closed = started(partial(close, shop))
        until_blocked(1)
        acting, acted = started(partial(act, shop))
        until_blocked(2)
    acting.join(60)
    closing.join(60)
    assert closed[0].closed
    assert said(acted[0]) == ("done" if act is finish else "period_closed")
    drain()


def test_worth_is_posted_to_the_gl_once(shop: Shop) -> None:
    for number in range(6):
        shop.post(shop.line("purchase", 3, f"B{number}", amount="10.01"), shop.line("sale", 1, f"S{number}"))
    adjust_costs()
    results = together(*[post_costs_to_gl] * 4)
    assert not [result for result in results if isinstance(result, Exception)], results
    assert sum(result.value_entries for result in results) == ValuePosting.objects.count()
    post_costs_to_gl()
    assert not CostToPost.objects.exists()
    assert ValuePosting.objects.values("value_entry_id").distinct().count() == ValuePosting.objects.count()
    assert sum(GLEntry.objects.values_list("amount", flat=True)) == 0


def test_all_of_it_at_once(company: Company) -> None:
    """Each kind of event in shops of their own, side by side, while costs are adjusted and posted all the time."""
    names = list(EVENTS)
    transit = transit_of(company)
    shops = {name: Shop(company, transit, str(number), METHODS[number % 4]) for number, name in enumerate(names)}
    twins = {name: Shop(company, transit, f"T{number}", METHODS[number % 4]) for number, name in enumerate(names)}
    over = threading.Event()

    def poster(mine: list[str]) -> int:
        for name in mine:
            prepare, act = EVENTS[name]
            prepare(shops[name])
            act(shops[name])
        return len(mine)

    def worker() -> int:
        rounds = 0
        while not over.is_set():
            sweep()
            rounds += 1
        return rounds

    def posters() -> list[object]:
        results = together(*(partial(poster, names[start::3]) for start in range(3)))
        over.set()
        return results

    results = together(posters, worker, worker)
    assert results[0] == [len(names) // 3] * 3, results[0]
    assert all(isinstance(rounds, int) for rounds in results[1:]), results
    for name, (prepare, act) in EVENTS.items():
        prepare(twins[name])
        act(twins[name])
    drain()
    for name in names:
        mine, other = ([shop.wood, shop.table] for shop in (shops[name], twins[name]))
        assert _amounts(mine) == _amounts(other), name


def _amounts(items: list[Item]) -> list[tuple[Any, ...]]:
    """What the books say of each entry, in however many value entries."""
    return [(*row[:10], row[11]) for row in books_of(items)]


def nothing_is_left(shop: Shop) -> bool:
    """Asked again from the first day on, the adjuster finds that all follows from what it was taken from."""
    items = [shop.wood.pk, shop.table.pk]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO costing_costtoforward (register_id, item_id, from_date, created_at, failure)"
            " SELECT (SELECT max(id) FROM ledger_itemregister), unnest(%s), date '2026-01-01', now(), ''",
            [items],
        )
    return adjust_costs(item_ids=items).value_entries == 0


def said_of(act: Callable[[], Any]) -> str:
    try:
        return said(act())
    except Refused as refused:
        return said(refused)
