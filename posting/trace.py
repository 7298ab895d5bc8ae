"""Questions that posting asks along the links: each in one statement, whatever the number of entries."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from django.db import connection

from ledger.choices import ValueEntryType
from ledger.records import ZERO
from posting.facts import Facts
from posting.lines import PostingLine


def elements_of(entry_ids: Iterable[int]) -> dict[int, tuple[Decimal, Decimal, Decimal]]:
    """Direct cost (with revaluations), indirect cost and variance of entries that are returned exactly."""
    wanted = sorted(set(entry_ids))
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT item_ledger_entry_id, entry_type, sum(CASE WHEN inventoriable"
            " THEN cost_amount_actual + cost_amount_expected ELSE cost_amount_non_inventoriable END)"
            " FROM ledger_valueentry WHERE item_ledger_entry_id = ANY(%s) AND item_charge = '' GROUP BY 1, 2",
            [wanted],
        )
        sums: dict[int, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO, ZERO])
        for entry, kind, amount in cursor.fetchall():
            if kind != ValueEntryType.ROUNDING:
                place = {ValueEntryType.INDIRECT: 1, ValueEntryType.VARIANCE: 2}.get(kind, 0)
                sums[entry][place] += amount
    return {entry: (parts[0], parts[1], parts[2]) for entry, parts in sums.items()}


def serials_on_inventory(lines: Sequence[PostingLine], facts: Facts) -> set[tuple[int, str]]:
    """Which of the serial numbers that come in are on inventory already, anywhere."""
    wanted = [
        (line.item_id, line.serial_number)
        for line in lines
        if line.serial_number and facts.items[line.item_id].by_serial and line.signed_quantity > 0
        if not line.is_transfer
    ]
    if not wanted:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT b.item_id, b.serial_number FROM ledger_entrybalance b"
            " JOIN unnest(%s::bigint[], %s::text[]) AS n (item_id, serial_number) USING (item_id, serial_number)"
            " WHERE b.remaining_quantity > 0 AND b.serial_number <> ''",
            [list(column) for column in zip(*wanted, strict=True)],
        )
        return set(cursor.fetchall())


def held_by_fixed_links(entry_id: int) -> bool:
    """True when a fixed application holds part of this entry."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM ledger_itemapplicationentry a WHERE fixed AND reverses_id IS NULL"
            " AND inbound_entry_id = %s AND outbound_entry_id IS NOT NULL"
            " AND NOT EXISTS (SELECT FROM ledger_itemapplicationentry r WHERE r.reverses_id = a.id))",
            [entry_id],
        )
        return bool(cursor.fetchone()[0])


def ancestors_of(entry_ids: Iterable[int]) -> dict[int, frozenset[int]]:
    """For each entry, everything its goods come from: receipts, the issues those return, supplies of transfers."""
    with connection.cursor() as cursor:
        cursor.execute(_ANCESTORS, [sorted(set(entry_ids))])
        found: dict[int, set[int]] = defaultdict(set)
        for entry, ancestor in cursor.fetchall():
            found[entry].add(ancestor)
    return {entry: frozenset(ids) for entry, ids in found.items()}


_ANCESTORS = """
    WITH RECURSIVE up (root, entry) AS (
        SELECT id, id FROM unnest(%s::bigint[]) AS n (id)
        UNION
        SELECT up.root, CASE WHEN a.item_ledger_entry_id = a.outbound_entry_id THEN a.inbound_entry_id
                             ELSE a.outbound_entry_id END
          FROM up JOIN ledger_itemapplicationentry a ON a.item_ledger_entry_id = up.entry
         WHERE a.outbound_entry_id IS NOT NULL
    )
    SELECT root, entry FROM up
"""


def follow_valuation_dates(raised: Mapping[int, date]) -> dict[int, date]:
    """Carry raised dates on to returns of the issues, to what was taken from those, and so on (§5 B).

    One statement for each step along the chain; most issues have no returns, so most postings need one.
    Brings the balances' dates along.
    """
    dates = dict(raised)
    frontier = dict(raised)
    while frontier:
        with connection.cursor() as cursor:
            cursor.execute(_DEPENDANTS, [list(frontier), list(frontier.values())])
            frontier = {entry: day for entry, day in cursor.fetchall() if dates.get(entry, date.min) < day}
        dates.update(frontier)
    return dates


_DEPENDANTS = """
    WITH moved AS (SELECT * FROM unnest(%s::bigint[], %s::date[]) AS n (entry, day)),
    dependant AS (
        SELECT a.item_ledger_entry_id AS entry, max(m.day) AS day
          FROM moved m JOIN ledger_itemapplicationentry a
            ON (a.outbound_entry_id = m.entry AND a.item_ledger_entry_id = a.inbound_entry_id)
            OR (a.inbound_entry_id = m.entry AND a.item_ledger_entry_id = a.outbound_entry_id)
         WHERE a.item_ledger_entry_id <> m.entry
         GROUP BY 1)
    UPDATE ledger_entrybalance b SET valuation_date = d.day FROM dependant d
     WHERE b.entry_id = d.entry AND b.valuation_date < d.day
    RETURNING b.entry_id, b.valuation_date
"""
