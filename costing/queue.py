"""Work for the cost workers: rows written in the posting's transaction; messages only wake them (decision 18)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.db import connection

from ledger.records import NewValueEntry
from work.queue import wake
from work.statements import Sending


def add(
    register_id: int, from_dates: Mapping[int, date], values: Sequence[NewValueEntry], now: datetime, sending: Sending
) -> None:
    """One row for each item to be adjusted, one for each item with worth to be posted; then a nudge."""
    sending.append(
        "costing_costtoforward",
        ("register_id", "item_id", "from_date", "created_at", "failure"),
        [(register_id, item, day, now, "") for item, day in sorted(from_dates.items())],
    )
    add_to_post(register_id, values, now, sending)


def add_to_post(register_id: int, values: Sequence[NewValueEntry], now: datetime, sending: Sending) -> None:
    """Queue the register's inventoriable amounts for the G/L, one row for each item."""
    to_post: dict[int, date] = {}
    for new in values:
        if (new.inventoriable or new.capacity is not None) and (new.cost_amount_actual or new.cost_amount_expected):
            item = new.entry.item_id
            to_post[item] = min(to_post.get(item, new.posting_date), new.posting_date)
    add_worth(register_id, to_post, now, sending)


def add_worth(register_id: int, to_post: Mapping[int, date], now: datetime, sending: Sending) -> None:
    """Queue these items of a register for the G/L, each with its earliest posting date; then a nudge."""
    sending.append(
        "costing_costtopost",
        ("register_id", "item_id", "posting_date", "created_at", "failure"),
        [(register_id, item, day, now, "") for item, day in sorted(to_post.items())],
    )
    wake("costing.tasks.sweep")


def merge(register_id: int) -> None:
    """Leave one row for each item, the earliest: for a register that was written chunk by chunk.

    Two rows for the same register and item could be taken by two workers, who would post its worth twice.
    """
    with connection.cursor() as cursor:
        for table, day in (("costing_costtoforward", "from_date"), ("costing_costtopost", "posting_date")):
            cursor.execute(
                f"DELETE FROM {table} a USING {table} b WHERE a.register_id = %s AND b.register_id = a.register_id"
                f" AND b.item_id = a.item_id AND (b.{day}, b.id) < (a.{day}, a.id)",
                [register_id],
            )


def queue_open_expected_cost() -> int:
    """Queue the expected cost that the interim accounts should hold and do not; returns the rows added.

    For the moment at which expected cost posting is switched on, under the setup's lock: all of it of the item ledger
    entries that are not invoiced, or else their invoices would take out what never went in (costing-gl-posting.md §4).
    """
    with connection.cursor() as cursor:
        cursor.execute(_OPEN_EXPECTED)
        added: int = cursor.rowcount
    wake("costing.tasks.sweep")
    return added


_OPEN_EXPECTED = """
    WITH posting AS (
         SELECT value_entry_id, sum(expected) AS expected FROM ledger_valueposting WHERE expected <> 0 GROUP BY 1),
    value AS (
         SELECT v.register_id, v.item_id, v.posting_date, v.item_ledger_entry_id,
                v.cost_amount_expected - coalesce(p.expected, 0) AS expected
           FROM ledger_valueentry v LEFT JOIN posting p ON p.value_entry_id = v.id
          WHERE v.cost_amount_expected <> 0 AND v.inventoriable)
    INSERT INTO costing_costtopost (register_id, item_id, posting_date, created_at, failure)
    SELECT register_id, item_id, min(posting_date), clock_timestamp(), ''
      FROM value
     WHERE expected <> 0 AND item_ledger_entry_id IN
           (SELECT item_ledger_entry_id FROM value GROUP BY 1 HAVING sum(expected) <> 0)
       AND NOT EXISTS (SELECT FROM costing_costtopost q
                        WHERE q.register_id = value.register_id AND q.item_id = value.item_id)
     GROUP BY register_id, item_id
"""


def add_fed(register_id: int, orders: Sequence[tuple[str, str, int]]) -> None:
    """What orders made must follow what went into them: one row for each item made.

    Also where nothing was made or the order is not finished yet: that may be done just now by a posting that is not
    to be seen before this one is written, while the adjuster of what it made does not see this one either.
    """
    if not orders:
        return
    with connection.cursor() as cursor:
        cursor.execute(_FED, [register_id, *[list(column) for column in zip(*orders, strict=True)]])


_FED = """
    INSERT INTO costing_costtoforward (register_id, item_id, from_date, created_at, failure)
    SELECT %s, o.item_id, coalesce(min(b.valuation_date) FILTER (WHERE e.item_id = o.item_id
                                                                   AND e.entry_type IN ('output', 'assembly_output')),
                                   min(b.valuation_date)), now(), ''
      FROM unnest(%s::text[], %s::text[], %s::int[]) AS n (kind, number, line)
      JOIN costing_ordercost o ON (o.order_type, o.order_number, o.order_line) = (n.kind, n.number, n.line)
      JOIN ledger_itemledgerentry e ON (e.order_number, e.order_type, e.order_line) = (n.number, n.kind, n.line)
       AND e.order_number <> ''
      JOIN ledger_entrybalance b ON b.entry_id = e.id
     GROUP BY o.item_id
"""
