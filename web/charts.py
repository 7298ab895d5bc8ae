"""Charts as the server draws them: numbers into the coordinates of an inline SVG. Pure; no locale in coordinates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

LEFT, RIGHT, TOP, BOTTOM = Decimal(44), Decimal(278), Decimal(10), Decimal(72)
_STEPS = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))
MOST_LINES = 4


@dataclass(frozen=True, slots=True)
class Mark:
    """A value with its place."""

    at: str
    value: Decimal


@dataclass(frozen=True, slots=True)
class StepLine:
    """A line that jumps from value to value: its path, its end, and the horizontal lines behind it."""

    path: str
    end_x: str
    end_y: str
    lines: list[Mark]


def step_line(points: Sequence[tuple[date, Decimal]], *, start: date, end: date) -> StepLine:
    """Points in order of their days, at least one; each holds until the next, the last until `end`."""
    values = [value for _, value in points]
    ticks = _ticks(min(values), max(values))
    low, high = ticks[0], ticks[-1]

    def x(day: date) -> str:
        share = Decimal((day - start) / timedelta(days=1)) / max((end - start).days, 1)
        return _place(LEFT + (RIGHT - LEFT) * min(max(share, Decimal(0)), Decimal(1)))

    def y(value: Decimal) -> str:
        return _place(BOTTOM - (BOTTOM - TOP) * (value - low) / (high - low))

    first_day, first_value = points[0]
    steps = "".join(f" H{x(day)} V{y(value)}" for day, value in points[1:])
    path = f"M{x(first_day)} {y(first_value)}{steps} H{x(end)}"
    return StepLine(path, x(end), y(values[-1]), [Mark(y(tick), tick) for tick in ticks])


def _ticks(low: Decimal, high: Decimal) -> list[Decimal]:
    """Two to five round values that enclose low and high."""
    span = high - low or max(abs(high) / 10, Decimal("0.01"))
    power = Decimal(10) ** (span / (MOST_LINES - 1)).adjusted()
    step = next(each * power for each in _STEPS if each * power >= span / (MOST_LINES - 1))
    first = (low / step).to_integral_value(ROUND_FLOOR)
    last = max((high / step).to_integral_value(ROUND_CEILING), first + 1)
    return [step * (first + number) for number in range(int(last - first) + 1)]


def _place(value: Decimal) -> str:
    return f"{value:.1f}"
