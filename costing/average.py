"""Averaging periods (costing-methods.md §4.1). Pure."""

from datetime import date, timedelta

from inventory.choices import AverageCostPeriod
from ledger.periods import Calendar


def period_end(day: date, period: str, calendar: Calendar) -> date:
    """The last day of the averaging period of a day."""
    match AverageCostPeriod(period):
        case AverageCostPeriod.DAY:
            return day
        case AverageCostPeriod.WEEK:
            return day + timedelta(days=7 - day.isoweekday())
        case AverageCostPeriod.MONTH:
            return _month_end(day.year, day.month)
        case AverageCostPeriod.QUARTER:
            return _month_end(day.year, (day.month + 2) // 3 * 3)
        case AverageCostPeriod.YEAR:
            return date(day.year, 12, 31)
        case AverageCostPeriod.ACCOUNTING_PERIOD:
            return calendar.accounting_period_end(day)


def _month_end(year: int, month: int) -> date:
    return (date(year + 1, 1, 1) if month == 12 else date(year, month + 1, 1)) - timedelta(days=1)
