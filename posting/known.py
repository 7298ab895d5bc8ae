"""What the fold must know beside open entries, read under the items' locks and kept up to date line by line."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from ledger.choices import EntryType, OrderType
from ledger.open_entries import order_entries
from ledger.records import ZERO, Entry
from posting.lines import CapacityLine, FinishLine, ItemFacts, Line, PostingLine
from work.statements import Question

OrderKey = tuple[str, str, int]
MADE = (OrderType.PRODUCTION, OrderType.ASSEMBLY)


@dataclass(slots=True)
class Unit:
    """A stockkeeping unit: costs by base unit, and the invoiced quantity of its place."""

    id: int
    standard_cost: Decimal
    unit_cost: Decimal
    last_direct_cost: Decimal
    invoiced: Decimal
    changed: bool = False

    def learn(self, invoiced: Decimal, last_direct_cost: Decimal, of_item: Decimal | None) -> None:
        """Follow a receipt: the item's cost where items are averaged whole, else the rule of the card (B13)."""
        self.invoiced += invoiced
        if last_direct_cost > 0:
            self.last_direct_cost = last_direct_cost
        if of_item is not None:
            self.unit_cost = of_item
        elif self.last_direct_cost and 0 < self.invoiced <= invoiced:
            self.unit_cost = self.last_direct_cost
        self.changed = True


@dataclass(slots=True)
class Order:
    """What is known of an order line: what it makes, whether it is finished, and its movements so far."""

    item_id: int = 0
    finished: bool = False
    stored: bool = False
    consumed_on: date | None = None  # the latest valuation date of what was consumed
    outputs: list[Entry] = field(default_factory=list)
    went_in: Decimal = ZERO  # cost of consumption and work in this posting
    item_number: str = ""  # of one that is stored


@dataclass(slots=True)
class Known:
    """Stockkeeping units by (item, location, variant key), what order lines have received, and orders."""

    units: dict[tuple[int, int, int], Unit] = field(default_factory=dict)
    received: dict[tuple[OrderKey, int], tuple[Decimal, Decimal]] = field(default_factory=dict)
    orders: dict[OrderKey, Order] = field(default_factory=lambda: defaultdict(Order))

    def copied(self) -> "Known":
        """For a fold that may have to be done again."""
        orders: dict[OrderKey, Order] = defaultdict(Order)
        for key, order in self.orders.items():
            orders[key] = copy(order)
            orders[key].outputs = [copy(entry) for entry in order.outputs]
        return Known({key: copy(unit) for key, unit in self.units.items()}, dict(self.received), orders)

    def unit_of(self, entry: Entry) -> Unit | None:
        """The stockkeeping unit of an entry's goods, if there is one."""
        return self.units.get((entry.item_id, entry.location_id, entry.variant_key)) if self.units else None

    def received_before(self, line: PostingLine) -> tuple[Decimal, Decimal]:
        """Quantity and expected cost that the order line of a receipt has been given."""
        return self.received.get((line.order_key, line.item_id), (ZERO, ZERO))

    def note_received(self, line: PostingLine, quantity: Decimal, cost: Decimal) -> None:
        """Count a receipt for the parts that follow."""
        if line.order_key[1]:
            before, given = self.received_before(line)
            self.received[line.order_key, line.item_id] = (before + quantity, given + cost)

    def order_of(self, line: PostingLine | CapacityLine) -> Order:
        """The order of a line; the first line says what it makes."""
        order = self.orders[line.order_key]
        if not order.item_id:
            order.item_id = (line.produces if isinstance(line, PostingLine) else None) or line.item_id
        return order


class Asked:
    """The questions behind `Known`: those that the lines give cause for, all in the round trip of the locks."""

    def __init__(self, lines: Sequence[Line], with_units: bool) -> None:
        items = sorted({line.item_id for line in lines if not isinstance(line, FinishLine) and line.item_id})
        self._units = _units_question(items) if with_units else None
        partly = {line.order_key[1] for line in lines if isinstance(line, PostingLine) and _is_part_of_an_order(line)}
        self._received = _received_question(partly) if partly else None
        numbers = {line.order_key[1] for line in lines if isinstance(line, PostingLine | CapacityLine) and _makes(line)}
        numbers |= {line.order_number for line in lines if isinstance(line, FinishLine)}
        self._orders = _orders_questions(numbers) if numbers else ()
        every = (self._units, self._received, *self._orders)
        self.questions: list[Question[Any]] = [question for question in every if question is not None]

    def known(self) -> Known:
        """The answers, once they were asked."""
        known = Known()
        if self._units is not None:
            known.units = self._units.answer
        if self._received is not None:
            known.received = self._received.answer
        if self._orders:
            costs, moved = self._orders
            for key, item, number, finished in costs.answer:
                known.orders[key] = Order(item, finished, stored=True, item_number=number)
            for entry in moved.answer:
                _note_movement(known.orders[entry.order_key], entry)
        return known


def _note_movement(order: Order, entry: Entry) -> None:
    if entry.entry_type == EntryType.OUTPUT:
        if entry.quantity > 0:
            order.outputs.append(entry)
    else:
        order.consumed_on = max(order.consumed_on or entry.valuation_date, entry.valuation_date)


def _makes(line: PostingLine | CapacityLine) -> bool:
    return line.order_key[0] in MADE


def _is_part_of_an_order(line: PostingLine) -> bool:
    return line.entry_type == EntryType.PURCHASE and line.invoiced is not None and bool(line.order_key[1])


def _units_question(items: Sequence[int]) -> Question[dict[tuple[int, int, int], Unit]]:
    return Question(
        """
        SELECT u.item_id, u.location_id, coalesce(u.variant_id, 0), u.id, u.standard_cost, s.unit_cost,
               s.last_direct_cost,
               (SELECT coalesce(sum(b.invoiced_quantity), 0) FROM ledger_entrybalance b
                 WHERE (b.item_id, b.location_id, b.variant_key)
                       = (u.item_id, u.location_id, coalesce(u.variant_id, 0)))
          FROM inventory_stockkeepingunit u JOIN ledger_stockkeepingunitstate s ON s.stockkeeping_unit_id = u.id
         WHERE u.item_id = ANY(%s::bigint[])
        """,
        [list(items)],
        lambda rows: {(row[0], row[1], row[2]): Unit(*row[3:]) for row in rows},
    )


def _received_question(numbers: Iterable[str]) -> Question[dict[tuple[OrderKey, int], tuple[Decimal, Decimal]]]:
    return Question(
        """
        SELECT e.order_type, e.order_number, e.order_line, e.item_id, sum(e.quantity), sum(v.cost_amount_expected)
          FROM ledger_itemledgerentry e
          JOIN ledger_valueentry v ON v.item_ledger_entry_id = e.id AND v.item_ledger_entry_quantity <> 0
         WHERE e.order_number = ANY(%s::text[]) AND e.order_number <> '' AND e.entry_type = 'purchase'
           AND e.quantity > 0 AND NOT e.correction AND v.expected_cost
         GROUP BY 1, 2, 3, 4
        """,
        [sorted(numbers)],
        lambda rows: {((row[0], row[1], row[2]), row[3]): (row[4], row[5]) for row in rows},
    )


def _orders_questions(
    numbers: Iterable[str],
) -> tuple[Question[list[tuple[OrderKey, int, str, bool]]], Question[list[Entry]]]:
    wanted = sorted(numbers)
    costs: Question[list[tuple[OrderKey, int, str, bool]]] = Question(
        "SELECT o.order_type, o.order_number, o.order_line, o.item_id, i.number, o.finished"
        " FROM costing_ordercost o JOIN inventory_item i ON i.id = o.item_id WHERE o.order_number = ANY(%s::text[])",
        [wanted],
        lambda rows: [((row[0], row[1], row[2]), *row[3:]) for row in rows],
    )
    return costs, order_entries(wanted)


def save_orders(known: Known, item_facts: Mapping[int, ItemFacts]) -> list[tuple[Any, ...]]:
    """Rows of order costs that are not there yet: what is made, with the overhead that holds for it now."""
    return [
        (*key, order.item_id, item_facts[order.item_id].indirect_cost_percent,
         item_facts[order.item_id].overhead_rate, False)
        for key, order in known.orders.items()
        if not order.stored and order.item_id
    ]  # fmt: skip
