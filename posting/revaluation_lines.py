"""What is to be revalued, and what must be read for it: a fixed number of statements whatever the number of lines."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from costing.revaluation import Layer, NewWorth, Scope, Worth
from ledger.records import Entry
from work.statements import Question


class Mode(StrEnum):
    """What a line names: all of an entry, what is left of an entry, or what is on hand of an item (§2.1)."""

    ENTRY = "entry"
    REMAINING = "remaining"
    ITEM = "item"


@dataclass(frozen=True, slots=True, kw_only=True)
class RevaluationLine:
    """Goods that are to be worth something else, from a day on.

    `entry` is named in the first two modes, `item_id` in the third: there a location and a variant may narrow it,
    and an item with a standard cost may take the new cost per unit for its standard. Without a posting date an entry
    is revalued on its own.
    """

    key: int
    mode: Mode
    document_number: str
    worth: NewWorth
    entry: int | None = None
    item_id: int | None = None
    location_id: int | None = None
    variant_id: int | None = None
    posting_date: date | None = None
    update_standard_cost: bool = False
    reason_code: str = ""


class Head(NamedTuple):
    """What never changes of an entry that is named."""

    id: int
    item_id: int
    quantity: Decimal
    posting_date: date


@dataclass(frozen=True, slots=True)
class Asked:
    """A line with the item and the day it comes to; `whole` averages are those over all places of an item."""

    line: RevaluationLine
    item_id: int
    day: date
    whole: bool
    head: Head | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """An increase of inventory: what is left of it on the day, what it is worth, and what its value entries share."""

    layer: Layer
    entry: Entry
    worth: Decimal
    shared: Mapping[str, Any]

    @property
    def is_final_on(self) -> date | None:
        """From when on all of it was invoiced; None while it is not."""
        return self.entry.last_invoice_date if self.entry.completely_invoiced else None


class Looked:
    """What was found for each line, by its place; to be asked under the items' locks."""

    def __init__(self, asked: Sequence[Asked]) -> None:
        columns: list[list[Any]] = [
            list(range(len(asked))),
            [each.item_id for each in asked],
            [each.head.id if each.head else 0 for each in asked],
            [0 if each.head else each.line.location_id or 0 for each in asked],
            [0 if each.head else each.line.variant_id or 0 for each in asked],
            [each.day for each in asked],
            [each.line.mode == Mode.ENTRY for each in asked],
            [each.whole for each in asked],
        ]
        self._receipts = Question(_RECEIPTS, columns, _read_receipts)
        self._pools = Question(_POOLS, columns, _read_pools)
        self._waiting = Question(_WAITING, columns, lambda rows: {row[0]: Waiting(*row[1:]) for row in rows})
        self.questions: list[Question[Any]] = [self._receipts, self._pools, self._waiting]

    def receipts(self, place: int) -> list[Receipt]:
        return self._receipts.answer.get(place, [])

    def pools(self, place: int) -> Mapping[Scope, tuple[Decimal, Decimal]]:
        return self._pools.answer.get(place, {})

    def waiting(self, place: int) -> "Waiting":
        return self._waiting.answer[place]


@dataclass(frozen=True, slots=True)
class Waiting:
    """What keeps costs of an item from being known: an open issue, the earliest day that is queued, and returns
    whose issue waits to be adjusted."""

    open_issue: int | None
    queued_from: date | None
    returns: Sequence[int]


def heads_question(entry_ids: Sequence[int]) -> Question[dict[int, Head]]:
    """The entries that lines name."""
    return Question(
        "SELECT id, item_id, quantity, posting_date FROM ledger_itemledgerentry WHERE id = ANY(%s::bigint[])",
        [sorted(set(entry_ids))],
        lambda rows: {row[0]: Head(*row) for row in rows},
    )


def _read_receipts(rows: Sequence[Any]) -> dict[int, list[Receipt]]:
    found: dict[int, list[Receipt]] = defaultdict(list)
    for place, *row in rows:
        found[place].append(_receipt(*row))
    return found


def _receipt(
    entry_id: int, item: int, location: int, variant: int, posted: date, valued: date, kind: str, quantity: Decimal,
    invoiced: Decimal, final: bool, invoiced_on: date | None, order_type: str, order_number: str, order_line: int,
    remaining: Decimal, by_standard: bool, worth: Decimal, actual: Decimal, expected: Decimal,
    revaluations: Sequence[Any] | None, *shared: Any,
) -> Receipt:  # fmt: skip
    entry = Entry(
        item, location, variant, posted, valued, quantity, remaining, entry_id, entry_id, completely_invoiced=final,
        entry_type=kind, invoiced=invoiced, last_invoice_date=invoiced_on,
        order_key=(order_type, order_number, order_line),
    )  # fmt: skip
    layer = Layer(
        entry_id, location, variant, quantity, remaining, invoiced, Worth(actual, expected),
        [(row[0], Worth(row[1], row[2])) for row in revaluations or ()], by_standard,
    )  # fmt: skip
    return Receipt(layer, entry, worth, dict(zip(SHARED, shared, strict=True)))


def _read_pools(rows: Sequence[Any]) -> dict[int, dict[Scope, tuple[Decimal, Decimal]]]:
    found: dict[int, dict[Scope, tuple[Decimal, Decimal]]] = defaultdict(dict)
    for place, location, variant, cost, quantity in rows:
        found[place][location, variant] = cost, quantity
    return found


SHARED = (
    "inventory_posting_group_id", "gen_business_posting_group_id", "gen_product_posting_group_id", "vendor_id",
    "customer_id", "responsibility_center_id", "dimension_set_id",
)  # fmt: skip
_ASKED = """
    unnest(%s::int[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::date[], %s::boolean[], %s::boolean[])
        AS k (place, item_id, entry_id, location_id, variant_key, day, full_entry, whole)
"""
# What was there on the day: all that came in less what was taken by then, whatever is left today. What takes a
# revaluation back refers to the quantity that the revaluation valued.
_RECEIPTS = f"""
    WITH k AS (SELECT * FROM {_ASKED}),
    found AS (
        SELECT k.place, e.id, coalesce(sum(a.quantity) FILTER (WHERE a.posting_date <= k.day), 0) AS remaining
          FROM k JOIN ledger_itemledgerentry e
                   ON e.item_id = k.item_id AND e.quantity > 0 AND (k.entry_id = 0 OR e.id = k.entry_id)
                  AND (k.full_entry OR e.posting_date <= k.day)
                  AND (k.location_id = 0 OR e.location_id = k.location_id)
                  AND (k.variant_key = 0 OR e.variant_key = k.variant_key)
          JOIN ledger_itemapplicationentry a ON a.inbound_entry_id = e.id
         GROUP BY 1, 2
        HAVING bool_or(k.full_entry) OR sum(a.quantity) FILTER (WHERE a.posting_date <= k.day) > 0)
    SELECT k.place, e.id, e.item_id, e.location_id, e.variant_key, e.posting_date, b.valuation_date, e.entry_type,
           e.quantity, b.invoiced_quantity, b.completely_invoiced, b.last_invoice_date,
           e.order_type, e.order_number, e.order_line, found.remaining,
           i.costing_method = 'standard' AND k.entry_id = 0,
           v.worth, v.actual, v.expected, v.revaluations, {", ".join(f"f.{name}" for name in SHARED)}
      FROM found JOIN k ON k.place = found.place
      JOIN ledger_itemledgerentry e ON e.id = found.id
      JOIN ledger_entrybalance b ON b.entry_id = e.id
      JOIN inventory_item i ON i.id = e.item_id
      JOIN inventory_location l ON l.id = e.location_id
      LEFT JOIN inventory_variant t ON t.id = e.variant_id
     CROSS JOIN LATERAL (
           SELECT coalesce(sum(w.cost_amount_actual)
                           FILTER (WHERE w.entry_type <> 'rounding' AND NOT w.partial_revaluation), 0) AS worth,
                  coalesce(sum(w.cost_amount_actual)
                           FILTER (WHERE w.posting_date <= k.day AND w.entry_type NOT IN ('rounding', 'revaluation')),
                           0) AS actual,
                  coalesce(sum(w.cost_amount_expected)
                           FILTER (WHERE w.posting_date <= k.day AND w.entry_type NOT IN ('rounding', 'revaluation')),
                           0) AS expected,
                  array_agg(ARRAY[coalesce(o.valued_quantity, w.valued_quantity), w.cost_amount_actual,
                                  w.cost_amount_expected])
                           FILTER (WHERE w.posting_date <= k.day AND w.entry_type = 'revaluation') AS revaluations
             FROM ledger_valueentry w
             LEFT JOIN ledger_valueentry o ON o.id = w.applies_to_value_entry_id AND o.entry_type = 'revaluation'
            WHERE w.item_ledger_entry_id = e.id AND w.inventoriable) v
     CROSS JOIN LATERAL (
           SELECT {", ".join(SHARED)} FROM ledger_valueentry
            WHERE item_ledger_entry_id = e.id AND item_ledger_entry_quantity <> 0 LIMIT 1) f
     ORDER BY k.place, l.code COLLATE "C", t.code COLLATE "C" NULLS FIRST, e.id
"""
# Rows posted later are not known on the day, but what revalued goods or made them dearer counts where it is valued.
_POOLS = f"""
    SELECT k.place, CASE WHEN k.whole THEN 0 ELSE v.location_id END, CASE WHEN k.whole THEN 0 ELSE v.variant_key END,
           sum(v.cost_amount_actual), sum(v.invoiced_quantity)
      FROM {_ASKED}
      JOIN inventory_item i ON i.id = k.item_id AND i.costing_method = 'average' AND k.entry_id = 0
      JOIN ledger_valueentry v ON v.item_id = k.item_id AND v.inventoriable AND NOT v.sweep
       AND (k.whole OR ((k.location_id = 0 OR v.location_id = k.location_id)
                        AND (k.variant_key = 0 OR v.variant_key = k.variant_key)))
       AND (v.posting_date <= k.day OR v.entry_type = 'revaluation' OR v.item_charge <> '')
      JOIN ledger_itemledgerentry e ON e.id = v.item_ledger_entry_id
      JOIN ledger_entrybalance b ON b.entry_id = e.id
      LEFT JOIN LATERAL (SELECT valuation_date FROM ledger_valuationchange
                          WHERE value_entry_id = v.id ORDER BY id DESC LIMIT 1) c ON true
     WHERE coalesce(c.valuation_date, v.valuation_date) <= k.day
       AND NOT (e.entry_type = 'transfer' AND b.invoiced_quantity = e.quantity AND NOT b.completely_invoiced)
     GROUP BY 1, 2, 3
"""
_WAITING = f"""
    SELECT k.place,
           (SELECT min(b.entry_id) FROM ledger_entrybalance b
             WHERE b.item_id = k.item_id AND NOT b.positive AND b.remaining_quantity <> 0
               AND (k.whole OR ((k.location_id = 0 OR b.location_id = k.location_id)
                                AND (k.variant_key = 0 OR b.variant_key = k.variant_key)))),
           (SELECT min(q.from_date) FROM costing_costtoforward q WHERE q.item_id = k.item_id),
           ARRAY(SELECT DISTINCT a.inbound_entry_id
                   FROM costing_costtoforward q
                   JOIN ledger_itemapplicationentry w ON w.register_id = q.register_id
                    AND w.item_ledger_entry_id = w.inbound_entry_id AND w.outbound_entry_id IS NOT NULL
                   JOIN ledger_itemapplicationentry a ON a.outbound_entry_id = w.outbound_entry_id
                    AND a.item_ledger_entry_id = a.inbound_entry_id
                   JOIN ledger_itemledgerentry n ON n.id = a.inbound_entry_id AND n.entry_type <> 'transfer'
                    AND n.item_id = k.item_id
                  WHERE q.item_id = k.item_id)
      FROM {_ASKED}
"""
