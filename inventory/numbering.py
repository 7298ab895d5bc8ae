"""The next number of a series (number-series.md §3); a gap-free series is the last lock a posting takes."""

import re
from datetime import date

from django.db import connection

from inventory.errors import NumberRefused
from inventory.models import NumberSeries, NumberSeriesLine

LONGEST = 20
_TAIL = re.compile(r"^(.*?)(\d+)(\D*)$", re.DOTALL)


def next_numbers(series: NumberSeries | None, *, on: date, count: int = 1, preview: bool = False) -> list[str]:
    """`count` numbers in a row; a preview shows them and takes none.

    Without gaps the line stays locked until the caller's transaction ends, so that a failure gives the numbers
    back. With gaps they are taken in a transaction of their own that nobody waits for. Raises `NumberRefused`.
    """
    if series is None:
        raise NumberRefused("No number series is set up here. Choose one in the setup.", code="no_series")
    if series.allow_gaps and not preview:
        return _take_apart(series, on, count)
    line = _line(series, on, lock=not preview)
    numbers = _numbers(line, on, count, series)
    if not preview:
        assert connection.in_atomic_block, "the numbers belong to the transaction that uses them"
        _store(line, numbers[-1], on)
    return numbers


def check_manual(series: NumberSeries) -> None:
    """Raises `NumberRefused` unless numbers may be typed."""
    if not series.manual_numbers:
        words = f"Series {series.code} gives its numbers itself. Leave the number blank."
        raise NumberRefused(words, code="manual_not_allowed", series=series.code)


def increment(number: str, by: int) -> str:
    """Count on the last run of digits, keeping its width: A9 becomes A10, INV009 becomes INV010."""
    match = _TAIL.match(number)
    if match is None:
        raise NumberRefused(
            f"{number} has no digits to count on. Start the series with one.", code="no_digits", number=number
        )
    head, digits, tail = match.groups()
    following = head + str(int(digits) + by).zfill(len(digits)) + tail
    if len(following) > LONGEST:
        raise NumberRefused(
            f"{following} is longer than {LONGEST} characters.", code="number_too_long", number=following
        )
    return following


def _take_apart(series: NumberSeries, on: date, count: int) -> list[str]:
    """In a second connection, so that the number is gone whatever becomes of the caller."""
    own = connection.copy()
    try:
        with own.cursor() as cursor:
            line = _line(series, on, lock=False)
            own.set_autocommit(False)
            cursor.execute(
                "SELECT last_number_used, last_date_used FROM inventory_numberseriesline WHERE id = %s FOR UPDATE",
                [line.pk],
            )
            line.last_number_used, line.last_date_used = cursor.fetchone()
            numbers = _numbers(line, on, count, series)
            cursor.execute(_STORE, [numbers[-1], on, _stays_open(line, numbers[-1]), line.pk])
            own.commit()
            return numbers
    finally:
        own.close()


def _line(series: NumberSeries, on: date, *, lock: bool) -> NumberSeriesLine:
    """The open line that started last on or before the date."""
    lines = list(
        NumberSeriesLine.objects.filter(series=series, open=True).order_by("starting_date", "-id")
        if not lock
        else NumberSeriesLine.objects.select_for_update(no_key=True).filter(series=series).order_by("id")
    )
    begun = [line for line in lines if line.open and (line.starting_date is None or line.starting_date <= on)]
    if not begun:
        later = any(line.open for line in lines)
        why = f"has numbers only for dates after {on}" if later else "has no open line"
        raise NumberRefused(
            f"Number series {series.code} {why}. Add a line to it.", code="no_open_line", series=series.code
        )
    latest = max(line.starting_date or date.min for line in begun)
    return min((line for line in begun if (line.starting_date or date.min) == latest), key=lambda line: line.pk)


def _numbers(line: NumberSeriesLine, on: date, count: int, series: NumberSeries) -> list[str]:
    if series.date_order and line.last_date_used and on < line.last_date_used:
        words = f"Series {series.code} has given a number on {line.last_date_used} already; {on} is earlier."
        raise NumberRefused(words, code="date_order", series=series.code)
    numbers: list[str] = []
    last = line.last_number_used
    for _ in range(count):
        last = increment(last, line.increment_by) if last else line.starting_number
        if line.ending_number and _beyond(last, line.ending_number):
            raise NumberRefused(
                f"Series {series.code} ends at {line.ending_number}; {last} would be next. Extend it or add a line.",
                code="series_exhausted",
                series=series.code,
            )
        numbers.append(last)
    return numbers


def _beyond(number: str, end: str) -> bool:
    return (len(number), number) > (len(end), end)


def _stays_open(line: NumberSeriesLine, last: str) -> bool:
    return not (line.ending_number and _beyond(increment(last, line.increment_by), line.ending_number))


def _store(line: NumberSeriesLine, last: str, on: date) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_STORE, [last, on, _stays_open(line, last), line.pk])


_STORE = """
    UPDATE inventory_numberseriesline SET last_number_used = %s, last_date_used = %s, open = %s WHERE id = %s
"""
