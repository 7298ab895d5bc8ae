"""What is wrong in a file: all of it counted and, where wanted, written to a file; the first shown."""

import csv
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from imports.errors import Problem

SHOWN = 20


@dataclass(slots=True)
class Problems:
    """Takes problems one by one and holds only the first of them, so that a million cost no memory."""

    show: int = SHOWN
    writer: Any = None
    count: int = 0
    first: list[Problem] = field(default_factory=list)
    codes: Counter[str] = field(default_factory=Counter)
    rows: set[int] = field(default_factory=set)
    _waiting: list[Problem] = field(default_factory=list)

    def add(self, problem: Problem) -> None:
        self.count += 1
        self.codes[problem.code] += 1
        self.rows.add(problem.row)
        self._waiting.append(problem)

    def sort_in(self) -> None:
        """What was added since the last call, by row: said after each chunk of rows."""
        self._waiting.sort(key=lambda problem: problem.row)
        self.first += self._waiting[: max(0, self.show - len(self.first))]
        if self.writer is not None:
            for each in self._waiting:
                self.writer.writerow([each.row, *map(_harmless, (each.column, each.code, each.message))])
        self._waiting.clear()


@contextmanager
def collect(errors_file: Path | None, *, show: int = SHOWN) -> Iterator[Problems]:
    """Problems that also go to a CSV file, which a spreadsheet opens as it is."""
    if errors_file is None:
        yield Problems(show)
        return
    with errors_file.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Row", "Column", "Code", "Message"])
        yield Problems(show, writer)


def _harmless(text: str) -> str:
    """A spreadsheet must not take what somebody typed for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
