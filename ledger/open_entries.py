"""What is open, as posting needs it: few rows of each key, in posting order."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from ledger.records import Entry
from work.statements import Question


class Key(NamedTuple):
    """Whose open entries: blank serial, lot and order mean any; an order names its goods in transit."""

    item_id: int
    location_id: int
    variant_key: int
    positive: bool
    serial_number: str = ""
    lot_number: str = ""
    order_number: str = ""


def open_entries(keys: Mapping[Key, Decimal], *, newest_first: bool, limit: int) -> Question[list[tuple[int, Entry]]]:
    """Open entries of each key until they suffice for its quantity, at most `limit`, as (place of the key, entry)."""
    direction = "DESC" if newest_first else "ASC"
    columns = [list(column) for column in zip(*keys, strict=True)] or [[]] * len(Key._fields)
    return Question(
        _OPEN.format(direction=direction),
        [*columns, list(keys.values()), limit],
        lambda rows: [(row[0], _entry(row[1:])) for row in rows],
    )


def entries_by_id(ids: Iterable[int]) -> Question[dict[int, Entry]]:
    """These entries with what is left of them, their quantity and their cost."""
    return Question(_BY_ID, [sorted(set(ids))], lambda rows: {row[0]: _entry(row) for row in rows})


def order_entries(numbers: Iterable[str]) -> Question[list[Entry]]:
    """Output and consumption of production orders, in posting order."""
    return Question(_OF_ORDERS, [sorted(set(numbers))], lambda rows: [_entry(row) for row in rows])


def _entry(row: Sequence[Any]) -> Entry:
    (entry_id, item, location, variant, posted, valued, remaining, returnable, final, serial, lot, package, invoiced,
     invoiced_on, revalued_on, quantity, cost, entry_type, *order) = row  # fmt: skip
    return Entry(
        item, location, variant, posted, valued, quantity, remaining, entry_id, entry_id, serial, lot, package,
        final, returnable, cost, True, entry_type, invoiced, invoiced_on, (order[0], order[1], order[2]), revalued_on,
    )  # fmt: skip


_COLUMNS = """
    b.entry_id, b.item_id, b.location_id, b.variant_key, b.posting_date, b.valuation_date, b.remaining_quantity,
    b.returnable_quantity, b.completely_invoiced, b.serial_number, b.lot_number, b.package_number, b.invoiced_quantity,
    b.last_invoice_date, b.revalued_on
"""
_OPEN = f"""
    SELECT k.place, {_COLUMNS}, 0::numeric, 0::numeric, '', '', k.order_number, 0
      FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::boolean[], %s::text[], %s::text[], %s::text[],
                  %s::numeric[])
           WITH ORDINALITY AS k (item_id, location_id, variant_key, positive, serial_number, lot_number, order_number,
                                 needed, place)
     CROSS JOIN LATERAL (
           SELECT *, sum(abs(remaining_quantity)) OVER (ORDER BY posting_date {{direction}}, entry_id {{direction}}
                                                        ROWS UNBOUNDED PRECEDING) AS so_far
             FROM (SELECT * FROM ledger_entrybalance b
                    WHERE b.item_id = k.item_id AND b.location_id = k.location_id AND b.variant_key = k.variant_key
                      AND b.positive = k.positive AND b.remaining_quantity <> 0
                      AND (k.serial_number = '' OR b.serial_number = k.serial_number)
                      AND (k.lot_number = '' OR b.lot_number = k.lot_number)
                      AND (k.order_number = '' OR k.order_number =
                           (SELECT e.order_number FROM ledger_itemledgerentry e WHERE e.id = b.entry_id))
                    ORDER BY b.posting_date {{direction}}, b.entry_id {{direction}} LIMIT %s) first) b
     WHERE b.so_far - abs(b.remaining_quantity) < k.needed
"""
_BY_ID = f"""
    SELECT {_COLUMNS}, e.quantity, v.cost, e.entry_type, e.order_type, e.order_number, e.order_line
      FROM ledger_entrybalance b JOIN ledger_itemledgerentry e ON e.id = b.entry_id
     CROSS JOIN LATERAL (
           SELECT sum(cost_amount_actual + cost_amount_expected) AS cost
             FROM ledger_valueentry WHERE item_ledger_entry_id = b.entry_id) v
     WHERE b.entry_id = ANY(%s::bigint[])
"""
_OF_ORDERS = f"""
    SELECT {_COLUMNS}, e.quantity, 0::numeric, e.entry_type, e.order_type, e.order_number, e.order_line
      FROM ledger_itemledgerentry e JOIN ledger_entrybalance b ON b.entry_id = e.id
     WHERE e.order_number = ANY(%s::text[]) AND e.order_number <> '' AND e.order_type = 'production'
       AND e.entry_type IN ('output', 'consumption')
     ORDER BY e.id
"""
