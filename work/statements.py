"""Several statements in one round trip.

What a small transaction costs is mostly the way to the server and back, and what each statement costs in Python.
Statements that go out together are executed one after another, each with a snapshot of its own, so that a read
after a lock sees what was committed before it. Values are bound in the client, as Django does by default.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

from django.db import connection

Answer = TypeVar("Answer")
FEW = 5


class Question(Generic[Answer]):
    """A statement that returns rows, and how they are read; `answer` is there once it was asked."""

    __slots__ = ("answer", "read", "text", "values")
    answer: Answer

    def __init__(self, text: str, values: Sequence[Any], read: Callable[[list[Any]], Answer]) -> None:
        self.text, self.values, self.read = text, values, read


def ask(*questions: Question[Any]) -> None:
    """Ask all of these at once, in this order."""
    with connection.cursor() as cursor:
        cursor.execute(
            ";\n".join(question.text for question in questions),
            [value for question in questions for value in question.values],
        )
        for place, question in enumerate(questions):
            if place:
                cursor.nextset()
            question.answer = question.read(cursor.fetchall())


def answer_to(question: Question[Answer]) -> Answer:
    """Ask this one alone."""
    ask(question)
    return question.answer


@contextmanager
def copying(text: str) -> Iterator[Any]:
    """Send rows by COPY. Django knows nothing of it, so that errors would not be the ones that callers know."""
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(text) as copy:
        yield copy


class Sending:
    """Writes that wait until they can go out together; leaving the block sends what is left.

    Nothing is sent when the block raises: its transaction ends with it.
    """

    def __init__(self) -> None:
        self._waiting: list[tuple[str, Sequence[Any]]] = []

    def __enter__(self) -> "Sending":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.flush()

    def add(self, text: str, values: Sequence[Any]) -> None:
        """A statement whose result nobody reads."""
        self._waiting.append((text, values))

    def append(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Append rows to a table: one INSERT for a few, COPY for many."""
        if not rows:
            return
        names = ", ".join(columns)
        if len(rows) < FEW:
            one = "(" + ", ".join(["%s"] * len(columns)) + ")"
            values = [value for row in rows for value in row]
            self.add(f"INSERT INTO {table} ({names}) VALUES {', '.join([one] * len(rows))}", values)
            return
        self.flush()
        with copying(f"COPY {table} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def flush(self) -> None:
        """Send what waits, now."""
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            with connection.cursor() as cursor:
                cursor.execute(";\n".join(text for text, _ in waiting), [v for _, values in waiting for v in values])
