"""A measure, its median round, and how measures are shown and kept."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Measure:
    """What was reached, what could be, and the one as a part of the other."""

    name: str
    value: float
    unit: str
    limit: float | None = None
    ratio: float | None = None
    clients: int = 1


def median_of(name: str, unit: str, rounds: Sequence[tuple[float, float]], *, clients: int = 1) -> Measure:
    """The round whose ratio is the median: value and limit of one minute, as a busy machine slows both."""
    value, limit = sorted(rounds, key=lambda each: each[0] / each[1])[len(rounds) // 2]
    return Measure(name, round(value, 1), unit, round(limit, 1), round(value / limit, 4), clients)


def information(name: str, unit: str, values: Sequence[float]) -> Measure:
    """A median that has no limit to be held against."""
    return Measure(name, round(sorted(values)[len(values) // 2], 1), unit)


def show(measure: Measure) -> None:
    """One line of the table."""
    limit = "" if measure.limit is None else f"{measure.limit:>12,.1f}"
    ratio = "" if measure.ratio is None else f"{measure.ratio:>8.2f}"
    print(f"{measure.name:<55}{measure.value:>12,.1f} {measure.unit:<14}{limit:>12}{ratio:>8}", flush=True)


def show_head() -> None:
    """The table's first line."""
    print(f"{'measure':<55}{'value':>12} {'unit':<14}{'limit':>12}{'ratio':>8}", flush=True)


def keep(measures: Sequence[Measure], path: Path) -> None:
    """All measures as a JSON list."""
    path.write_text(json.dumps([asdict(measure) for measure in measures], indent=1) + "\n")
