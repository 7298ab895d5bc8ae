"""Dates and words for dates as people type them, each the span of its days. Pure: `today` is given."""

import re
from calendar import monthrange
from datetime import date, datetime, timedelta

from django.utils.formats import get_format

Span = tuple[date, date]
_AGO = re.compile(r"(last|next) (\d{1,5}) (day|week|month|year)s?")
_PERIOD = re.compile(r"(last|this|next) (week|month|quarter|year)")
_YEAR = re.compile(r"\d{4}")
_MONTH = re.compile(r"(\d{4})-(\d{1,2})")
_QUARTER = re.compile(r"(\d{4})-?q([1-4])")
_STEP = {"last": -1, "this": 0, "next": 1}


def date_span(raw: str, today: date) -> Span | None:
    """First and last day of what was typed: a day, a month, a year or words; None where it is not understood."""
    words = " ".join(raw.casefold().split())
    if not words.isascii():
        return None
    try:
        return _words(words, today) or _digits(words) or _day(words)
    except (ValueError, OverflowError):  # a month 13, or a day before the calendar begins
        return None


def _words(words: str, today: date) -> Span | None:
    single = {"today": 0, "t": 0, "yesterday": -1, "tomorrow": 1}
    if words in single:
        day = today + timedelta(single[words])
        return day, day
    if match := _AGO.fullmatch(words):
        return _ago(match[1], int(match[2]), match[3], today)
    if match := _PERIOD.fullmatch(words):
        return _period(_STEP[match[1]], match[2], today)
    return None


def _ago(side: str, count: int, unit: str, today: date) -> Span:
    """The last 30 days end today; the next 30 days begin today."""
    sign = -1 if side == "last" else 1
    if unit in ("day", "week"):
        far = today + timedelta(sign * (count * (7 if unit == "week" else 1) - 1))
    else:
        months = count * (12 if unit == "year" else 1)
        first, last = _months(today, sign * months, 1)
        far = min(first + timedelta(today.day - 1), last) - timedelta(sign)
    return (far, today) if sign < 0 else (today, far)


def _period(step: int, unit: str, today: date) -> Span:
    if unit == "week":
        monday = today - timedelta(today.weekday()) + timedelta(7 * step)
        return monday, monday + timedelta(6)
    length = {"month": 1, "quarter": 3, "year": 12}[unit]
    begin = today.replace(day=1, month=(today.month - 1) // length * length + 1)
    return _months(begin, step * length, length)


def _months(day: date, step: int, length: int) -> Span:
    """`length` whole months that begin `step` months from the month of a day."""
    start = day.year * 12 + day.month - 1 + step
    end = start + length - 1
    first = date(start // 12, start % 12 + 1, 1)
    return first, date(end // 12, end % 12 + 1, monthrange(end // 12, end % 12 + 1)[1])


def _digits(words: str) -> Span | None:
    if _YEAR.fullmatch(words):
        return date(int(words), 1, 1), date(int(words), 12, 31)
    if match := _QUARTER.fullmatch(words):
        return _months(date(int(match[1]), int(match[2]) * 3 - 2, 1), 0, 3)
    if match := _MONTH.fullmatch(words):
        return _months(date(int(match[1]), int(match[2]), 1), 0, 1)
    return None


def _day(words: str) -> Span | None:
    """As the reader's language writes it, and as our lists do (23 Nov 2026)."""
    for pattern in ("%Y-%m-%d", "%d %b %Y", *get_format("DATE_INPUT_FORMATS")):
        try:
            day = datetime.strptime(words, pattern).date()
        except ValueError:
            continue
        return day, day
    return None
