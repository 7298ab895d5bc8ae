"""What the import commands share on the command line: who, progress, and problems in words."""

import sys
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from imports.problems import SHOWN, Problems
from users.models import User
from work.errors import Refusal, Refused


def add_arguments(parser: ArgumentParser) -> None:
    """The options of both imports."""
    parser.add_argument("file", type=Path, help="a CSV (UTF-8) or XLSX file with headers in its first row")
    parser.add_argument("--user", help="who imports; may be left out where there is one administrator")
    parser.add_argument("--rehearse", action="store_true", help="say everything that is wrong, and write nothing")
    parser.add_argument("--errors", type=Path, metavar="FILE", help="write all problems to this CSV file")
    parser.add_argument("--show", type=int, default=SHOWN, help="how many problems to print (%(default)s)")


def user_named(name: str | None) -> User:
    """Who acts. Raises `CommandError` where nobody, or nobody in particular, is meant."""
    active = User.objects.filter(is_active=True)
    if name:
        found = active.filter(username=name).first()
        if found is None:
            raise CommandError(f"There is no active user {name}. Make one: manage.py make_user {name}")
        return found
    administrators = list(active.filter(is_superuser=True)[:2])
    if len(administrators) != 1:
        raise CommandError("Say who imports: --user NAME.")
    return administrators[0]


class ProgressLine:
    """One line on a terminal, or a line every ten seconds elsewhere."""

    def __init__(self, stream: Any = None) -> None:
        self.stream = stream or sys.stderr
        self.terminal = self.stream.isatty()
        self.last = time.monotonic()
        self.shown = False

    def __call__(self, done: int, total: int, what: str) -> None:
        now = time.monotonic()
        if now - self.last < (0.2 if self.terminal else 10) and not (self.shown and done == total):
            return
        self.last, self.shown = now, True
        text = f"{done:,} of {total:,} {what}"
        self.stream.write(f"\r{text:<60}" if self.terminal else f"{text}\n")
        self.stream.flush()

    def end(self) -> None:
        if self.shown and self.terminal:
            self.stream.write("\n")


def refuse(refusals: Sequence[Refusal]) -> CommandError:
    """Everything that is wrong with the file as a whole."""
    return CommandError("\n".join(refusal.message for refusal in refusals))


def refusals_of(problem: Refusal | Refused) -> Sequence[Refusal]:
    return problem.refusals if isinstance(problem, Refused) else [problem]


def counted(number: int, noun: str) -> str:
    """1 row, 2 rows."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def explain(problems: Problems, errors_file: Path | None) -> str:
    """How many problems of which kinds, and the first of them."""
    kinds = ", ".join(f"{code} {count:,}" for code, count in problems.codes.most_common())
    found = f"{counted(problems.count, 'problem')} in {counted(len(problems.rows), 'row')}"
    lines = [f"{found} ({kinds}). Nothing was written."]
    for problem in problems.first:
        column = f", {problem.column}" if problem.column else ""
        lines.append(f"Row {problem.row}{column}: {problem.message}")
    rest = problems.count - len(problems.first)
    if rest > 0:
        where = f"all are in {errors_file}" if errors_file else "--errors FILE writes all of them"
        lines.append(f"and {rest:,} more; {where}.")
    return "\n".join(lines)
