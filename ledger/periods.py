"""May this date be posted, and which is the first date that may (costing-gl-posting.md §7)."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection


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
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT starting_date, closed, new_fiscal_year, average_cost_calculation, average_cost_period,"
            " (SELECT max(ending_date) FROM ledger_inventoryperiod WHERE closed)"
            " FROM (SELECT 1) AS one LEFT JOIN ledger_accountingperiod ON true ORDER BY starting_date"
        )
        rows = cursor.fetchall()
    periods = [row for row in rows if row[0] is not None]
    fiscal = [row for row in periods if row[2]]
    return Calendar(
        starts=tuple(row[0] for row in periods),
        closed=tuple(row[1] for row in periods),
        fiscal_starts=tuple(row[0] for row in fiscal),
        average_settings=tuple((row[3], row[4]) for row in fiscal),
        last_closed=rows[0][5],
    )
