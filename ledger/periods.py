"""May this date be posted, and which is the first date that may (costing-gl-posting.md §7)."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction

from inventory.setup import lock_setup
from ledger.errors import OpenOutboundEntry, PeriodRefused, UnadjustedEntries
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


@transaction.atomic(durable=True)
def close_inventory_period(ending_date: date, *, by: User, name: str = "") -> InventoryPeriod:
    """Let no inventory value be posted on or before a date any more; the earlier periods close with it.

    Waits for postings under way. Raises `Refused` while costs up to the date are unadjusted or issues uncovered.
    """
    lock_setup()
    problems = [*_unadjusted(ending_date), *_uncovered(ending_date)]
    period = InventoryPeriod.objects.filter(ending_date=ending_date).first()
    later = InventoryPeriod.objects.filter(closed=True, ending_date__gte=ending_date).first()
    if later is not None:
        words = f"{ending_date} is closed already, by the period that ends on {later.ending_date}. Choose a later date."
        problems.append(PeriodRefused(words, code="period_closed", field="ending_date"))
    if problems:
        raise Refused(problems)
    with acting(by, f"inventory period closed at register {_last_register()}"):
        if period is None:
            period = InventoryPeriod.objects.create(ending_date=ending_date, name=name)
        InventoryPeriod.objects.filter(ending_date__lte=ending_date, closed=False).update(closed=True)
    period.refresh_from_db()
    return period


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


def _unadjusted(day: date) -> list[Refusal]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(i.number), count(DISTINCT i.id) FROM costing_costtoforward q"
            " JOIN inventory_item i ON i.id = q.item_id WHERE q.from_date <= %s",
            [day],
        )
        item, count = cursor.fetchone()
    return [UnadjustedEntries(date=str(day), item=item, items=str(count))] if count else []


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
