"""Which part of an item is read and solved: from the first day that changed on (costing-adjustment.md §13.5).

What is taken from an entry is never valued before it, so nothing earlier can change. Averages start from the closing
balances of the period before. Where these do not fit what the item is known to hold, or something hangs on its whole
past, everything is read.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from costing.nodes import Node, Scope
from ledger.records import ZERO, State


@dataclass(slots=True)
class Part:
    """Of one item: the first day that is solved, what each scope held before it, and entries that are read besides.

    `quantity` and `cost` are what the whole item holds. Without a day everything is read.
    """

    since: date | None = None
    opening: dict[Scope, tuple[Decimal, Decimal]] = field(default_factory=dict)
    besides: list[int] = field(default_factory=list)
    quantity: Decimal = ZERO
    cost: Decimal = ZERO

    def fits(self, nodes: Iterable[Node]) -> bool:
        """True when what was read and what was there before add up to what the item holds."""
        quantity = sum((held for held, _ in self.opening.values()), ZERO)
        cost = sum((worth for _, worth in self.opening.values()), ZERO)
        for node in nodes:
            if not node.outside:
                quantity += node.quantity
                cost += node.cost
            elif node.revaluations and self.since is not None:
                cost += sum((each.amount for each in node.revaluations if each.valuation_date >= self.since), ZERO)
        return (quantity, cost) == (self.quantity, self.cost)


def begins_of(from_dates: Mapping[int, date], registers: Iterable[int]) -> dict[int, date]:
    """The first day on which something changed: that of the entries which these registers touched; one statement.

    The date of an event may be later than that of the entry that it is about.
    """
    items, found = list(from_dates), dict(from_dates)
    with connection.cursor() as cursor:
        cursor.execute(_TOUCHED, {"items": items, "registers": sorted(set(registers))})
        for item, day in cursor.fetchall():
            found[item] = min(found[item], day)
    return found


_TOUCHED = """
    WITH touched AS (
         SELECT item_ledger_entry_id AS entry FROM ledger_valueentry
          WHERE register_id = ANY(%(registers)s) AND item_id = ANY(%(items)s)
          UNION
         SELECT item_ledger_entry_id FROM ledger_itemapplicationentry WHERE register_id = ANY(%(registers)s))
    SELECT b.item_id, min(b.valuation_date) FROM touched t JOIN ledger_entrybalance b ON b.entry_id = t.entry
     WHERE b.item_id = ANY(%(items)s) GROUP BY 1
"""


def parts_of(begins: Mapping[int, date], ends: Mapping[int, date], states: Mapping[int, State]) -> dict[int, Part]:
    """A part for each item from its first day on; `ends` are the last days of the averaging periods of averaged items.

    Three statements.
    """
    items = sorted(begins)
    parts = {item: Part(day) for item, day in begins.items()}
    for item, state in states.items():
        parts[item].quantity = state.quantity
        parts[item].cost = state.cost_amount_actual + state.cost_amount_expected
    with connection.cursor() as cursor:
        if ends:
            cursor.execute(_OPENING, [list(ends), list(ends.values())])
            _open(parts, ends, cursor.fetchall())
        cursor.execute(_SPECIAL, [items])
        for item, entry, swept in cursor.fetchall():
            parts[item].besides.append(entry)
            if swept:  # what is swept away hangs on the whole past
                parts[item].since = None
        cursor.execute(_OPEN_ISSUES, [items])
        for item, entry in cursor.fetchall():
            parts[item].besides.append(entry)
    return parts


def _open(parts: Mapping[int, Part], ends: Mapping[int, date], rows: Sequence[Any]) -> None:
    last: dict[int, date] = {}
    for item, location, variant, end, quantity, cost in rows:
        parts[item].opening[location or 0, variant] = (quantity, cost)
        last[item] = max(last.get(item, end), end)
    for item in ends:
        parts[item].since = last[item] + timedelta(days=1) if item in last else None


_OPENING = """
    SELECT DISTINCT ON (p.item_id, p.location_id, p.variant_key)
           p.item_id, p.location_id, p.variant_key, p.period_end, p.quantity, p.cost
      FROM unnest(%s::bigint[], %s::date[]) AS q (item_id, period_end)
      JOIN costing_averagecostpoint p ON p.item_id = q.item_id AND p.period_end < q.period_end
     ORDER BY p.item_id, p.location_id, p.variant_key, p.period_end DESC
"""
_SPECIAL = """
    SELECT item_id, item_ledger_entry_id, bool_or(sweep) FROM ledger_valueentry
     WHERE item_id = ANY(%s) AND (sweep OR entry_type = 'revaluation') GROUP BY 1, 2
"""
# The unit cost leaves them out, so that their cost must be known.
_OPEN_ISSUES = """
    SELECT item_id, entry_id FROM ledger_entrybalance
     WHERE item_id = ANY(%s) AND NOT positive AND remaining_quantity <> 0
"""
