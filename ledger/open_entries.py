"""What is open, as posting needs it: few rows of each key, in posting order."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.db import connection

from ledger.records import Entry


class Key(NamedTuple):
    """Whose open entries: blank serial and lot mean any."""

    item_id: int
    location_id: int
    variant_key: int
    positive: bool
    serial_number: str = ""
    lot_number: str = ""


def open_entries(keys: Sequence[Key], *, newest_first: bool, limit: int) -> list[tuple[int, Entry]]:
    """At most `limit` open entries of each key, as (place of the key, entry), in one statement."""
    if not keys:
        return []
    direction = "DESC" if newest_first else "ASC"
    with connection.cursor() as cursor:
        cursor.execute(
            _OPEN.format(direction=direction), [*(list(column) for column in zip(*keys, strict=True)), limit]
        )
        return [(row[0], _entry(row[1:])) for row in cursor.fetchall()]


def entries_by_id(ids: Iterable[int]) -> dict[int, Entry]:
    """These entries with what is left of them, their quantity and their cost, in one statement."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_BY_ID, [wanted])
        return {row[0]: _entry(row) for row in cursor.fetchall()}


def _entry(row: Sequence[Any]) -> Entry:
    (entry_id, item, location, variant, posted, valued, remaining, returnable, invoiced, serial, lot, package, quantity,
     cost, entry_type) = row  # fmt: skip
    return Entry(
        item, location, variant, posted, valued, quantity, remaining, entry_id, entry_id, serial, lot, package,
        invoiced, returnable, cost, True, entry_type,
    )  # fmt: skip


_COLUMNS = """
    b.entry_id, b.item_id, b.location_id, b.variant_key, b.posting_date, b.valuation_date, b.remaining_quantity,
    b.returnable_quantity, b.completely_invoiced, b.serial_number, b.lot_number, b.package_number
"""
_OPEN = f"""
    SELECT k.place, {_COLUMNS}, 0::numeric, 0::numeric, ''
      FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::boolean[], %s::text[], %s::text[])
           WITH ORDINALITY AS k (item_id, location_id, variant_key, positive, serial_number, lot_number, place)
     CROSS JOIN LATERAL (
           SELECT * FROM ledger_entrybalance b
            WHERE b.item_id = k.item_id AND b.location_id = k.location_id AND b.variant_key = k.variant_key
              AND b.positive = k.positive AND b.remaining_quantity <> 0
              AND (k.serial_number = '' OR b.serial_number = k.serial_number)
              AND (k.lot_number = '' OR b.lot_number = k.lot_number)
            ORDER BY b.posting_date {{direction}}, b.entry_id {{direction}} LIMIT %s) b
"""
_BY_ID = f"""
    SELECT {_COLUMNS}, e.quantity, v.cost, e.entry_type
      FROM ledger_entrybalance b JOIN ledger_itemledgerentry e ON e.id = b.entry_id
     CROSS JOIN LATERAL (
           SELECT sum(cost_amount_actual + cost_amount_expected) AS cost
             FROM ledger_valueentry WHERE item_ledger_entry_id = b.entry_id) v
     WHERE b.entry_id = ANY(%s)
"""
