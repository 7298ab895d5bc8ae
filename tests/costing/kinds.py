"""Every kind of event as what comes before it and the act itself, each on items of its own.

An act finds what it is about in the books, so that another process, or the same one after it failed, can do it again.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from costing.adjust import adjust_costs
from costing.gl_posting import post_costs_to_gl
from costing.revaluation import NewWorth
from inventory.models import Item, Location
from ledger.models import ItemLedgerEntry, ItemRegister
from posting.journals import LineVersion, post_journal
from posting.lines import CapacityLine, ChargeLine, FinishLine, InvoiceLine, Line, PostingLine, UndoLine
from posting.models import ItemJournalLine
from posting.movements import post_movements
from posting.reapply import reapply_open, unapply
from posting.revalue import revalue_item
from posting.reverse import reverse_register
from tests.factories import JANUARY, Company

ZERO = Decimal(0)
LATE = JANUARY + timedelta(days=20)


@dataclass
class Shop:
    """Wood that is bought and sold, and a table that is made of it; `mark` tells this shop's goods from others'."""

    company: Company
    transit: Location
    mark: str
    method: str = "fifo"
    wood: Item = field(init=False)
    table: Item = field(init=False)
    _keys: int = 0

    def __post_init__(self) -> None:
        values: dict[str, Any] = {
            "standard_cost": Decimal("5.13"), "indirect_cost_percent": 10, "overhead_rate": Decimal("0.33"),
        }  # fmt: skip
        self.wood = self.company.item(f"WOOD{self.mark}", self.method, low_level_code=1, **values)
        self.table = self.company.item(f"TABLE{self.mark}", self.method, **values)

    def line(self, kind: str, quantity: object, document: str, item: Item | None = None, **values: Any) -> PostingLine:
        self._keys += 1
        day = values.pop("day", JANUARY)
        for name in ("amount", "unit_cost"):
            if name in values:
                values[name] = Decimal(values[name])
        return PostingLine(
            key=self._keys, item_id=(item or self.wood).pk, entry_type=kind, document_number=document,
            location_id=values.pop("at", self.company.east).pk, posting_date=day, document_date=day,
            quantity=Decimal(str(quantity)), unit_code="PCS", **values,
        )  # fmt: skip

    def work(self, quantity: int, order_key: tuple[str, str, int]) -> CapacityLine:
        self._keys += 1
        return CapacityLine(
            key=self._keys, item_id=self.table.pk, location_id=self.company.east.pk, posting_date=JANUARY,
            document_number="WORK", order_key=order_key, quantity=Decimal(quantity), direct_unit_cost=Decimal("3.17"),
            indirect_cost_percent=Decimal(10), overhead_rate=Decimal("0.5"),
        )  # fmt: skip

    def invoice(self, entry: int, quantity: int | None = None, amount: str | None = None) -> InvoiceLine:
        self._keys += 1
        return InvoiceLine(
            key=self._keys, entry=entry, posting_date=JANUARY, document_number=f"I{self._keys}",
            quantity=None if quantity is None else Decimal(quantity),
            amount=None if amount is None else Decimal(amount),
        )  # fmt: skip

    def charge(self, entry: int, amount: str) -> ChargeLine:
        self._keys += 1
        return ChargeLine(
            key=self._keys, entry=entry, posting_date=JANUARY, document_number=f"C{self._keys}",
            amount=Decimal(amount), charge="FREIGHT",
        )  # fmt: skip

    def undo(self, entry: int) -> UndoLine:
        self._keys += 1
        return UndoLine(key=self._keys, entry=entry)

    def finish(self, number: str) -> FinishLine:
        self._keys += 1
        return FinishLine(key=self._keys, order_number=number)

    def order(self, kind: str, line: int = 1) -> tuple[str, str, int]:
        return kind, f"{kind[:2].upper()}{self.mark}", line

    def entries(self, document: str) -> list[int]:
        """The entries of a document, in the order of posting."""
        mine = ItemLedgerEntry.objects.filter(item__in=(self.wood, self.table), document_number=document)
        return list(mine.order_by("id").values_list("id", flat=True))

    def post(self, *lines: Line | UndoLine) -> Any:
        return post_movements(lines, posted_by=self.company.user)

    def buy(self, quantity: int = 12, amount: str = "80.04", document: str = "BUY", **values: Any) -> int:
        """Stock for what follows; the number of its last entry."""
        self.post(self.line("purchase", quantity, document, amount=amount, **values))
        return self.entries(document)[-1]

    def adjust(self) -> None:
        adjust_costs(item_ids=[self.wood.pk, self.table.pk])


Act = Callable[[Shop], Any]
Kind = tuple[Act, Act]


def _nothing(_: Shop) -> None:
    pass


def _bought(shop: Shop) -> None:
    shop.buy(7, "41.11", "BUY1")
    shop.buy(5, "38.93", "BUY2")


def _receipts(shop: Shop) -> Any:
    """Not invoiced, in part and whole, each with overhead."""
    parts = (ZERO, Decimal(2), Decimal(3), ZERO, ZERO, ZERO)
    return shop.post(*(
        shop.line("purchase", 3, "RECEIPT", amount="10.01", invoiced=part, day=JANUARY + timedelta(days=n))
        for n, part in enumerate(parts)
    ))  # fmt: skip


def _shipments(shop: Shop) -> Any:
    return shop.post(*(shop.line("sale", 2, "SHIP", amount="30", invoiced=part) for part in (ZERO, Decimal(1)) * 3))


def _received_and_shipped(shop: Shop) -> None:
    shop.post(
        shop.line("purchase", 6, "RECEIPT", amount="40.02", invoiced=ZERO),
        shop.line("purchase", 6, "RECEIPT", amount="39.99", invoiced=ZERO),
        shop.line("sale", 5, "SHIP", amount="99", invoiced=ZERO),
        shop.line("sale", 4, "SHIP", amount="88", invoiced=ZERO),
    )


def _invoices(shop: Shop) -> Any:
    """In parts and for the rest, each at another price than expected."""
    receipts, shipments = shop.entries("RECEIPT"), shop.entries("SHIP")
    return shop.post(
        shop.invoice(receipts[0], 2, "14.44"), shop.invoice(receipts[0], 1, "6.50"), shop.invoice(receipts[1]),
        shop.invoice(receipts[0]), shop.invoice(shipments[0], 2, "41"), shop.invoice(shipments[0]),
        shop.invoice(shipments[1], 3, "66"),
    )  # fmt: skip


def _at_once(shop: Shop) -> Any:
    return shop.post(
        shop.line("purchase", 9, "BOTH", amount="70.07"), shop.line("sale", 4, "BOTH", amount="60"),
        shop.line("positive_adjmt", 3, "BOTH", unit_cost="6.66"), shop.line("negative_adjmt", 5, "BOTH"),
    )  # fmt: skip


def _sold(shop: Shop) -> None:
    _bought(shop)
    shop.post(shop.line("sale", 8, "SOLD", amount="160"))


def _exact_returns(shop: Shop) -> Any:
    sold, bought = shop.entries("SOLD")[0], shop.entries("BUY2")[0]
    return shop.post(
        shop.line("sale", -2, "BACK", amount="-40", applies_from=sold),
        shop.line("sale", -1, "BACK", amount="-20", applies_from=sold, invoiced=ZERO),
        shop.line("purchase", -2, "BACK", amount="-15.57", applies_to=bought),
        shop.line("purchase", -1, "BACK", amount="-7.79", applies_to=bought, invoiced=ZERO),
        shop.line("sale", 1, "BACK", amount="20"),
    )


def _free_returns(shop: Shop) -> Any:
    return shop.post(
        shop.line("sale", -3, "BACK", amount="-60", unit_cost="4.44"),
        shop.line("purchase", -2, "BACK", amount="-13"),
        shop.line("sale", 4, "BACK", amount="80"), shop.line("sale", -1, "BACK", amount="-20", unit_cost="9"),
    )  # fmt: skip


def _transfers(shop: Shop) -> Any:
    """Out of the east, into transit, in parts into the west, and sold there."""
    order, west = {"order_key": shop.order("transfer")}, shop.company.west
    return shop.post(
        shop.line("transfer", 6, "MOVE", new_location_id=shop.transit.pk, **order),
        shop.line("transfer", 2, "MOVE", at=shop.transit, new_location_id=west.pk, **order),
        shop.line("transfer", 3, "MOVE", at=shop.transit, new_location_id=west.pk, **order),
        shop.line("sale", 4, "MOVE", amount="70", at=west),
        shop.line("transfer", 1, "MOVE", new_location_id=west.pk),
    )


def _charges(shop: Shop) -> Any:
    bought, sold = shop.entries("BUY1")[0], shop.entries("SOLD")[0]
    return shop.post(
        shop.charge(bought, "13.37"), shop.charge(bought, "-2.01"), shop.charge(shop.entries("BUY2")[0], "4.99"),
        shop.charge(sold, "3.33"),
    )  # fmt: skip


def _undone_soon(shop: Shop) -> None:
    shop.buy(4)
    shop.post(
        shop.line("sale", 3, "SHIP", amount="50", invoiced=ZERO),
        shop.line("purchase", 5, "RECEIPT", amount="37.03", invoiced=ZERO),
        shop.line("purchase", 3, "RECEIPT", amount="19.01", invoiced=ZERO),
    )


def _undo(shop: Shop) -> Any:
    return shop.post(*(shop.undo(entry) for entry in (*shop.entries("SHIP"), *shop.entries("RECEIPT"))))


def _assembly(shop: Shop) -> Any:
    order = shop.order("assembly", 0)
    made: dict[str, Any] = {"order_key": order, "produces": shop.table.pk}
    return shop.post(
        shop.line("assembly_consumption", 5, "MAKE", **made), shop.line("assembly_consumption", 3, "MAKE", **made),
        shop.work(2, order), shop.line("assembly_output", 4, "MAKE", shop.table, **made),
        shop.line("sale", 1, "MAKE", shop.table, amount="99"),
    )  # fmt: skip


def _production(shop: Shop) -> Any:
    order = shop.order("production")
    made: dict[str, Any] = {"order_key": order, "produces": shop.table.pk}
    return shop.post(
        shop.line("consumption", 5, "MAKE", **made), shop.work(3, order),
        shop.line("output", 2, "MAKE", shop.table, **made), shop.line("consumption", 4, "MAKE", **made),
        shop.line("sale", 1, "MAKE", shop.table, amount="99"), shop.line("output", 1, "MAKE", shop.table, **made),
        shop.finish(order[1]),
    )  # fmt: skip


def _produced(shop: Shop) -> None:
    """Made and partly sold, and not finished yet."""
    _bought(shop)
    order = shop.order("production")
    made: dict[str, Any] = {"order_key": order, "produces": shop.table.pk}
    shop.post(
        shop.line("consumption", 7, "MAKE", **made), shop.line("output", 3, "MAKE", shop.table, **made),
        shop.line("sale", 2, "MAKE", shop.table, amount="99"),
    )  # fmt: skip


def _finish(shop: Shop) -> Any:
    """What was not needed comes back, an output is taken back, and the order is done."""
    order = shop.order("production")
    made: dict[str, Any] = {"order_key": order, "produces": shop.table.pk}
    used, output, *_ = shop.entries("MAKE")
    return shop.post(
        shop.line("consumption", -2, "DONE", applies_from=used, **made), shop.work(1, order),
        shop.line("output", -1, "DONE", shop.table, applies_to=output, **made), shop.finish(order[1]),
    )  # fmt: skip


def _drop_shipment(shop: Shop) -> Any:
    receipt = shop.line("purchase", 3, "DROP", amount="26.02", drop_shipment=True, invoiced=ZERO)
    return shop.post(receipt, shop.line("sale", 3, "DROP", amount="45", delivered_by=receipt.key))


def _adjusted(shop: Shop) -> None:
    _sold(shop)
    shop.adjust()


def _revaluation(shop: Shop) -> Any:
    return revalue_item(
        shop.wood.pk, NewWorth(unit_cost=Decimal("6.01")), posting_date=LATE, document_number="WORTH",
        by=shop.company.user, update_standard_cost=shop.method == "standard",
    )  # fmt: skip


def _oversold(shop: Shop) -> None:
    shop.post(shop.line("sale", 6, "SOLD", amount="99", unit_cost="1"), shop.line("sale", 3, "SOLD", unit_cost="2"))


def _covered(shop: Shop) -> Any:
    return shop.post(*(shop.line("purchase", 4, "COVER", amount="29.97", day=LATE) for _ in range(3)))


def _loosened(shop: Shop) -> None:
    _sold(shop)
    for receipt in (*shop.entries("BUY1"), *shop.entries("BUY2")):
        unapply(receipt, shop.entries("SOLD")[0], by=shop.company.user)


def _reapply(shop: Shop) -> Any:
    return reapply_open([shop.wood.pk], by=shop.company.user)


def _journal(shop: Shop) -> None:
    company = shop.company
    shop.buy()
    for kind, quantity, values in (("purchase", 9, {"unit_amount": "7.77"}), ("sale", 4, {}), ("purchase", 3, {})):
        company.line(kind, shop.wood, quantity, location=company.east, document_number="JOURNAL", **values)


def _post_journal(shop: Shop) -> Any:
    rows = ItemJournalLine.objects.filter(item=shop.wood).order_by("id")
    lines = [LineVersion(row.pk, row.version) for row in rows]
    return post_journal(shop.company.batch.pk, lines, posted_by=shop.company.user)


def _posted_journal(shop: Shop) -> None:
    _journal(shop)
    _post_journal(shop)


def _reverse(shop: Shop) -> Any:
    (register,) = ItemRegister.objects.filter(
        pk__in=ItemLedgerEntry.objects.filter(item=shop.wood).values("register"), source_code="item_journal"
    )
    return reverse_register(register.pk, posted_by=shop.company.user)


def _late_cost(shop: Shop) -> None:
    """Much to adjust at both levels."""
    _bought(shop)
    _assembly(shop)
    _charges_of_stock(shop)


def _charges_of_stock(shop: Shop) -> None:
    shop.post(*(shop.charge(entry, "11.13") for name in ("BUY1", "BUY2") for entry in shop.entries(name)))


def _adjust(shop: Shop) -> Any:
    return adjust_costs(item_ids=[shop.wood.pk], user_id=shop.company.user.pk)


def _general_ledger(shop: Shop) -> Any:
    return post_costs_to_gl(item_ids=[shop.wood.pk, shop.table.pk], user_id=shop.company.user.pk)


EVENTS: dict[str, Kind] = {
    "receipt": (_nothing, _receipts),
    "shipment": (_bought, _shipments),
    "invoices in parts": (_received_and_shipped, _invoices),
    "received and invoiced at once": (_nothing, _at_once),
    "exact returns": (_sold, _exact_returns),
    "free returns": (_bought, _free_returns),
    "transfer through transit": (_bought, _transfers),
    "item charge": (_sold, _charges),
    "undo": (_undone_soon, _undo),
    "assembly": (_bought, _assembly),
    "production": (_bought, _production),
    "end of production": (_produced, _finish),
    "drop shipment": (_nothing, _drop_shipment),
    "revaluation": (_adjusted, _revaluation),
    "negative stock is covered": (_oversold, _covered),
    "applying again": (_loosened, _reapply),
    "journal": (_journal, _post_journal),
    "reversal": (_posted_journal, _reverse),
}
WORKERS: dict[str, Kind] = {
    "adjusting": (_late_cost, _adjust),
    "posting to the G/L": (_late_cost, _general_ledger),
}


def charge_late(shops: Iterable[Shop]) -> None:
    """Freight on all that was bought: whatever came of it costs something else."""
    for shop in shops:
        lines = [
            shop.charge(entry, "1.01") for name in ("BUY", "BUY1", "BUY2", "COVER") for entry in shop.entries(name)
        ]
        if lines:
            shop.post(*lines)


def books_of(items: Iterable[Item]) -> list[tuple[Any, ...]]:
    """What the books say of each entry of these items, whatever its number."""
    with connection.cursor() as cursor:
        cursor.execute(_BOOKS, [[item.pk for item in items]])
        return cursor.fetchall()


_BOOKS = """
    SELECT e.entry_type, e.quantity, b.remaining_quantity, b.invoiced_quantity, b.completely_invoiced,
           b.valuation_date, sum(v.cost_amount_actual), sum(v.cost_amount_expected),
           sum(v.cost_amount_non_inventoriable), sum(v.sales_amount_actual), count(*),
           sum((SELECT coalesce(sum(p.actual + p.expected), 0)
                  FROM ledger_valueposting p WHERE p.value_entry_id = v.id))
      FROM ledger_itemledgerentry e JOIN ledger_entrybalance b ON b.entry_id = e.id
      JOIN ledger_valueentry v ON v.item_ledger_entry_id = e.id
     WHERE e.item_id = ANY(%s) GROUP BY e.id, b.entry_id ORDER BY e.id
"""
