"""Questions that posting asks along the links: each in one statement, whatever the number of entries."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from ledger import book
from ledger.choices import ValueEntryType
from ledger.open_entries import entries_by_id
from ledger.records import ZERO, Entry
from posting.dates import follow
from posting.facts import Facts
from posting.lines import PostingLine
from posting.linking import Held, Link
from work.statements import Question, Sending, answer_to, ask

# A row that holds: it takes nothing back, and nothing takes it back (decision 6).
HOLDS = "a.reverses_id IS NULL AND NOT EXISTS (SELECT FROM ledger_itemapplicationentry r WHERE r.reverses_id = a.id)"

Elements = tuple[Decimal, Decimal, Decimal]


def elements_of(entry_ids: Iterable[int]) -> dict[int, Elements]:
    """Direct cost (with charges and revaluations), indirect cost and variance of entries that are returned exactly."""
    wanted = sorted(set(entry_ids))
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT item_ledger_entry_id, entry_type, sum(CASE WHEN inventoriable"
            " THEN cost_amount_actual + cost_amount_expected ELSE cost_amount_non_inventoriable END)"
            " FROM ledger_valueentry WHERE item_ledger_entry_id = ANY(%s) GROUP BY 1, 2",
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


def held(entry_ids: Iterable[int]) -> set[int]:
    """Those of these entries of which a link that cannot be moved holds a part (costing-clarifications.md B18)."""
    wanted = sorted(set(entry_ids))
    if not wanted:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT a.inbound_entry_id FROM ledger_itemapplicationentry a JOIN ledger_itemledgerentry o"
            " ON o.id = a.outbound_entry_id WHERE a.inbound_entry_id = ANY(%s) AND a.item_ledger_entry_id = o.id"
            " AND (a.fixed OR o.correction OR o.drop_shipment OR o.entry_type = 'transfer' OR a.posting_date <="
            f" (SELECT max(ending_date) FROM ledger_inventoryperiod WHERE closed)) AND {HOLDS}",
            [wanted],
        )
        return {row[0] for row in cursor.fetchall()}


def ancestors_of(entry_ids: Iterable[int]) -> dict[int, frozenset[int]]:
    """For each entry, everything its goods come from: receipts, the issues those return, supplies of transfers."""
    with connection.cursor() as cursor:
        cursor.execute(_ANCESTORS, [sorted(set(entry_ids))])
        found: dict[int, set[int]] = defaultdict(set)
        for entry, ancestor in cursor.fetchall():
            found[entry].add(ancestor)
    return {entry: frozenset(ids) for entry, ids in found.items()}


_ANCESTORS = f"""
    WITH RECURSIVE up (root, entry) AS (
        SELECT id, id FROM unnest(%s::bigint[]) AS n (id)
        UNION
        SELECT up.root, CASE WHEN a.item_ledger_entry_id = a.outbound_entry_id THEN a.inbound_entry_id
                             ELSE a.outbound_entry_id END
          FROM up JOIN ledger_itemapplicationentry a ON a.item_ledger_entry_id = up.entry
         WHERE a.outbound_entry_id IS NOT NULL AND {HOLDS}
    )
    SELECT root, entry FROM up
"""


def links_above(entry_ids: Iterable[int]) -> Question[tuple[list[Link], list[tuple[int, int]]]]:
    """The rows by which these entries, and all that their goods come from, got their goods.

    Beside them (output, consumption) of the same item and order line, over which goods come back as well.
    """
    return Question(_ABOVE, [sorted(set(entry_ids))], _sort_out)


def links_below(entry_ids: Iterable[int]) -> Question[list[Link]]:
    """The rows by which these entries, and all that their goods went into, got their goods."""
    return Question(_BELOW, [sorted(set(entry_ids))], lambda rows: [Link(*row) for row in rows])


def held_by(receipts: Iterable[int], entries: dict[int, Entry]) -> Held:
    """What holds these receipts, in two statements; the entries on either side join the others."""
    links = answer_to(Question(_HELD, [sorted(set(receipts))], lambda rows: [Link(*row) for row in rows]))
    sides = {side for link in links for side in (link.inbound, link.outbound) if side}
    fast: Question[frozenset[int]] = Question(
        "SELECT id FROM ledger_itemledgerentry WHERE id = ANY(%s::bigint[]) AND (correction OR drop_shipment)",
        [sorted(sides)],
        lambda rows: frozenset(row[0] for row in rows),
    )
    others = entries_by_id(sides - entries.keys())
    ask(fast, others)
    entries.update(others.answer)
    return Held(links, fast.answer)


def redate(
    register_id: int, entry_ids: Iterable[int], averaged: Mapping[int, bool], sending: Sending
) -> dict[int, tuple[Entry, date]]:
    """Bring the dates of these entries, whose links are others now, and of all below to what their links say (§5).

    What is to be written before must have been sent. Two statements to read; returns what moved, with former dates.
    """
    wanted = set(entry_ids)
    links = answer_to(links_below(wanted))
    known = entries_by_id(wanted.union(side for link in links for side in (link.inbound, link.outbound) if side))
    ask(known)
    relinked = [known.answer[entry] for entry in sorted(wanted)]
    moved = follow(relinked, links, known.answer)
    book.realign(
        register_id, [(key, day, entry.valuation_date) for key, (entry, day) in moved.items()], averaged, sending
    )
    book.change_balances((entry for entry, _ in moved.values()), sending)
    return moved


def _sort_out(rows: list[Any]) -> tuple[list[Link], list[tuple[int, int]]]:
    return [Link(*row) for row in rows if row[0]], [(row[1], row[3]) for row in rows if not row[0]]


_ROW = """
    a.id, a.item_ledger_entry_id, a.inbound_entry_id, a.outbound_entry_id, a.quantity, a.posting_date,
    a.cost_application, a.fixed, a.transferred_from_entry_id
"""
_WENT_IN = """
    FROM ledger_itemledgerentry made JOIN ledger_itemledgerentry used
      ON (used.order_number, used.order_type, used.order_line, used.item_id)
       = (made.order_number, made.order_type, made.order_line, made.item_id)
     AND made.entry_type IN ('output', 'assembly_output')
     AND used.entry_type IN ('consumption', 'assembly_consumption')
     AND made.order_number <> ''
"""
_ABOVE = f"""
    WITH RECURSIVE up (entry) AS (
        SELECT id FROM unnest(%s::bigint[]) AS n (id)
        UNION
        SELECT s.source FROM up CROSS JOIN LATERAL (
               SELECT CASE WHEN a.item_ledger_entry_id = a.outbound_entry_id THEN a.inbound_entry_id
                           ELSE a.outbound_entry_id END
                 FROM ledger_itemapplicationentry a
                WHERE a.item_ledger_entry_id = up.entry AND a.outbound_entry_id IS NOT NULL AND {HOLDS}
               UNION ALL
               SELECT used.id {_WENT_IN} WHERE made.id = up.entry) AS s (source)
    )
    SELECT {_ROW} FROM up JOIN ledger_itemapplicationentry a ON a.item_ledger_entry_id = up.entry WHERE {HOLDS}
    UNION ALL
    SELECT 0, made.id, made.id, used.id, 0, used.posting_date, false, false, NULL
      {_WENT_IN} JOIN up ON up.entry = made.id
"""
_HELD = f"""
    SELECT {_ROW} FROM ledger_itemapplicationentry a
     WHERE {HOLDS} AND a.item_ledger_entry_id = a.outbound_entry_id AND a.item_ledger_entry_id IN (
           SELECT outbound_entry_id FROM ledger_itemapplicationentry
            WHERE inbound_entry_id = ANY(%s::bigint[]) AND item_ledger_entry_id = outbound_entry_id)
"""
_BELOW = f"""
    WITH RECURSIVE down (entry) AS (
        SELECT id FROM unnest(%s::bigint[]) AS n (id)
        UNION
        SELECT a.item_ledger_entry_id
          FROM down JOIN ledger_itemapplicationentry a
            ON (a.inbound_entry_id = down.entry OR a.outbound_entry_id = down.entry)
         WHERE a.item_ledger_entry_id <> down.entry AND {HOLDS}
    )
    SELECT {_ROW} FROM down JOIN ledger_itemapplicationentry a ON a.item_ledger_entry_id = down.entry WHERE {HOLDS}
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


_DEPENDANTS = f"""
    WITH moved AS (SELECT * FROM unnest(%s::bigint[], %s::date[]) AS n (entry, day)),
    dependant AS (
        SELECT a.item_ledger_entry_id AS entry, max(m.day) AS day
          FROM moved m JOIN ledger_itemapplicationentry a
            ON (a.outbound_entry_id = m.entry AND a.item_ledger_entry_id = a.inbound_entry_id)
            OR (a.inbound_entry_id = m.entry AND a.item_ledger_entry_id = a.outbound_entry_id)
         WHERE a.item_ledger_entry_id <> m.entry AND {HOLDS}
         GROUP BY 1)
    UPDATE ledger_entrybalance b SET valuation_date = d.day FROM dependant d
     WHERE b.entry_id = d.entry AND b.valuation_date < d.day
    RETURNING b.entry_id, b.valuation_date
"""
