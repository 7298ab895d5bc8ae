"""May this date be posted, and which is the first date that may (costing-gl-posting.md §7)."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction

from inventory.setup import lock_setup
from ledger.errors import OpenOutboundEntry, PeriodRefused, UnadjustedEntries, UnadjustedOrder
from ledger.models import InventoryPeriod
from users.history import acting
from users.models import User
from work.errors import Refusal, Refused
from work.statements import Question, answer_to


@dataclass(frozen=True, slots=True)
class Calendar:
    """The accounting periods and the last closed inventory period, as they were read."""

    starts: tuple[date, ...]
    closed: tuple[bool, ...]
    fiscal_starts: tuple[date, ...]
    average_settings: tuple[tuple[str, str], ...]
    last_closed: date | None

    def is_closed(self, day: date) -> bool:
        """True on or before the last closed inventory period, and inside a closed accounting period."""
        if self.last_closed is not None and day <= self.last_closed:
            return True
        return self.books_are_closed(day)

    def books_are_closed(self, day: date) -> bool:
        """True inside a closed accounting period, whatever the inventory periods say."""
        place = bisect_right(self.starts, day) - 1
        return place >= 0 and self.closed[place]

    def first_open(self, day: date) -> date:
        """The day itself if it is open, else the next one that is."""
        if self.last_closed is not None and day <= self.last_closed:
            day = self.last_closed + timedelta(days=1)
        place = bisect_right(self.starts, day) - 1
        while 0 <= place < len(self.starts) - 1 and self.closed[place]:
            place += 1
            day = self.starts[place]
        return day

    def average_setting(self, day: date, default: tuple[str, str]) -> tuple[str, str]:
        """Calculation type and period of the fiscal year of a day, or the company's default."""
        place = bisect_right(self.fiscal_starts, day) - 1
        kind, period = self.average_settings[place] if place >= 0 else ("", "")
        return kind or default[0], period or default[1]

    def accounting_period_end(self, day: date) -> date:
        """The last day of the accounting period of a day; the month's where no period covers it."""
        place = bisect_right(self.starts, day)
        if 0 < place < len(self.starts):
            return self.starts[place] - timedelta(days=1)
        following = day.replace(day=28) + timedelta(days=4)
        return following.replace(day=1) - timedelta(days=1)


def read_calendar() -> Calendar:
    """Read all periods in one statement. Posting holds the setup's lock, so none closes meanwhile."""
    return answer_to(calendar_question())


def calendar_question() -> Question[Calendar]:
    """The same, to be asked together with others."""
    return Question(
        "SELECT starting_date, closed, new_fiscal_year, average_cost_calculation, average_cost_period,"
        " (SELECT max(ending_date) FROM ledger_inventoryperiod WHERE closed)"
        " FROM (SELECT 1) AS one LEFT JOIN ledger_accountingperiod ON true ORDER BY starting_date",
        [],
        _calendar,
    )


def _calendar(rows: Sequence[Any]) -> Calendar:
    periods = [row for row in rows if row[0] is not None]
    fiscal = [row for row in periods if row[2]]
    return Calendar(
        starts=tuple(row[0] for row in periods),
        closed=tuple(row[1] for row in periods),
        fiscal_starts=tuple(row[0] for row in fiscal),
        average_settings=tuple((row[3], row[4]) for row in fiscal),
        last_closed=rows[0][5],
    )


def check_inventory_period(ending_date: date) -> list[Refusal]:
    """Everything that closing this period would be refused for now; nothing is written and nobody waits."""
    return [
        *ending_date_problems(ending_date), *_unadjusted(ending_date), *_unadjusted_orders(ending_date),
        *_uncovered(ending_date),
    ]  # fmt: skip


@transaction.atomic(durable=True)
def close_inventory_period(ending_date: date, *, by: User, name: str = "") -> InventoryPeriod:
    """Let no inventory value be posted on or before a date any more; the earlier periods close with it.

    Waits for postings under way. Raises `Refused` while costs or orders up to the date are unadjusted or issues
    uncovered, and for a date that is closed already. Accounting periods are closed by themselves.
    """
    lock_setup()
    if problems := check_inventory_period(ending_date):
        raise Refused(problems)
    period = InventoryPeriod.objects.filter(ending_date=ending_date).first()
    with acting(by, f"inventory period closed at register {_last_register()}"):
        if period is None:
            period = InventoryPeriod.objects.create(ending_date=ending_date, name=name)
        InventoryPeriod.objects.filter(ending_date__lte=ending_date, closed=False).update(closed=True)
    period.refresh_from_db()
    return period


@transaction.atomic(durable=True)
def plan_inventory_period(ending_date: date, *, by: User, name: str = "") -> InventoryPeriod:
    """Enter a period that is to be closed some day, or name an open one anew.

    Raises `Refused` for a date on or before the last closed one.
    """
    lock_setup()
    if problems := ending_date_problems(ending_date):
        raise Refused(problems)
    with acting(by, "inventory period planned"):
        period, _ = InventoryPeriod.objects.update_or_create(ending_date=ending_date, defaults={"name": name})
    return period


@transaction.atomic(durable=True)
def delete_inventory_period(ending_date: date, *, by: User) -> None:
    """Take an open period out of the list. Raises `Refused` for a closed one: what it closed would open again."""
    lock_setup()
    period = InventoryPeriod.objects.filter(ending_date=ending_date).first()
    if period is None:
        words = f"No period ends on {ending_date}. Choose one from the list of periods."
        raise Refused([PeriodRefused(words, code="not_found", field="ending_date")])
    if period.closed:
        words = f"The period to {ending_date} is closed and stays. Reopen it first."
        raise Refused([PeriodRefused(words, code="period_closed", field="ending_date")])
    with acting(by, "inventory period deleted"):
        period.delete()


@transaction.atomic(durable=True)
def reopen_inventory_period(ending_date: date, *, by: User) -> InventoryPeriod:
    """Open a closed period and all later ones for posting again."""
    lock_setup()
    period = InventoryPeriod.objects.filter(ending_date=ending_date, closed=True).first()
    if period is None:
        words = f"No closed period ends on {ending_date}. Choose one from the list of periods."
        raise Refused([PeriodRefused(words, code="period_not_closed", field="ending_date")])
    with acting(by, f"inventory period reopened at register {_last_register()}"):
        InventoryPeriod.objects.filter(ending_date__gte=ending_date, closed=True).update(closed=False)
    period.refresh_from_db()
    return period


def ending_date_problems(day: date) -> list[Refusal]:
    """A new period ends after the last closed one, else it would be closed without having been looked at."""
    later = InventoryPeriod.objects.filter(closed=True, ending_date__gte=day).order_by("ending_date").last()
    if later is None:
        return []
    words = f"{day} is closed already, by the period that ends on {later.ending_date}. Choose a later date."
    return [PeriodRefused(words, code="period_closed", field="ending_date")]


def _unadjusted(day: date) -> list[Refusal]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(i.number), count(DISTINCT i.id) FROM costing_costtoforward q"
            " JOIN inventory_item i ON i.id = q.item_id WHERE q.from_date <= %s",
            [day],
        )
        item, count = cursor.fetchone()
    return [UnadjustedEntries(date=str(day), item=item, items=str(count))] if count else []


def _unadjusted_orders(day: date) -> list[Refusal]:
    """Orders that are done, with entries up to the date, whose cost is still to go into what they made.

    That is so while something is queued for what they make or take, from a day up to the date or by the order itself.
    """
    with connection.cursor() as cursor:
        cursor.execute(_UNADJUSTED_ORDERS, [day, day])
        return [
            UnadjustedOrder(order=number, type=kind, item=item, date=str(day))
            for kind, number, item in cursor.fetchall()
        ]


_UNADJUSTED_ORDERS = """
    WITH lines AS (
        SELECT o.item_id, o.order_type, o.order_number, o.order_line, q.from_date, q.register_id
          FROM costing_costtoforward q JOIN costing_ordercost o ON o.item_id = q.item_id
         UNION
        SELECT o.item_id, o.order_type, o.order_number, o.order_line, q.from_date, q.register_id
          FROM costing_costtoforward q
          JOIN ledger_itemledgerentry e ON e.item_id = q.item_id AND e.order_number <> ''
          JOIN costing_ordercost o ON (o.order_number, o.order_type, o.order_line)
                                    = (e.order_number, e.order_type, e.order_line))
    SELECT DISTINCT l.order_type, l.order_number, i.number
      FROM lines l JOIN inventory_item i ON i.id = l.item_id
      JOIN costing_ordercost o ON (o.order_number, o.order_type, o.order_line, o.item_id)
                                = (l.order_number, l.order_type, l.order_line, l.item_id)
     WHERE (o.order_type = 'assembly' OR o.finished)
       AND EXISTS (SELECT FROM ledger_itemledgerentry e
                    WHERE (e.order_number, e.order_type, e.order_line) = (l.order_number, l.order_type, l.order_line)
                      AND e.posting_date <= %s)
       AND (l.from_date <= %s
            OR EXISTS (SELECT FROM ledger_valueentry v
                        WHERE v.register_id = l.register_id
                          AND (v.order_number, v.order_type) = (l.order_number, l.order_type)))
     ORDER BY 2, 3 LIMIT 20
"""


def _uncovered(day: date) -> list[Refusal]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT b.entry_id, i.number, b.posting_date FROM ledger_entrybalance b"
            " JOIN inventory_item i ON i.id = b.item_id"
            " WHERE b.remaining_quantity < 0 AND b.posting_date <= %s ORDER BY b.entry_id LIMIT 20",
            [day],
        )
        return [OpenOutboundEntry(entry=str(row[0]), item=row[1], date=str(row[2])) for row in cursor.fetchall()]


def _last_register() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM ledger_itemregister")
        return int(cursor.fetchone()[0])
