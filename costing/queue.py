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
        if new.inventoriable and (new.cost_amount_actual or new.cost_amount_expected):
            item = new.entry.item_id
            to_post[item] = min(to_post.get(item, new.posting_date), new.posting_date)
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
