"""What all imports share: who may, chunks, progress, the file's hash, and what is kept of a run."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

from imports.columns import Columns
from imports.errors import Problem
from imports.problems import Problems
from imports.tables import Row
from users.models import User
from work.errors import Refusal

Progress = Callable[[int, int, str], None]


def quiet(done: int, total: int, what: str) -> None:
    """Show nothing."""


def check_may(user: User, *permissions: str) -> None:
    """Raises `Refusal` where a permission is missing."""
    missing = [name for name in permissions if not user.has_perm(name)]
    if missing:
        words = (
            f"{user.get_username()} may not do this: {', '.join(missing)} is missing. Ask an administrator for a role."
        )
        raise Refusal(words, code="permission_denied", missing=", ".join(missing))


def chunks(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    """Rows in lists of at most `size`."""
    source = iter(rows)
    while chunk := list(islice(source, size)):
        yield chunk


def hash_of(path: Path) -> str:
    """What tells whether the very same file comes again."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def readable(rows: Iterable[Row], columns: Columns, problems: Problems) -> Iterator[Row]:
    """The rows that fit the columns and that a database can keep; the others become problems."""
    for row in rows:
        bad = next((place for place, cell in enumerate(row.cells) if "\x00" in cell), None)
        if columns.beyond(row):
            words = f"The row has more cells than there are headers ({len(columns.fields)}). Remove or quote the rest."
            problems.add(Problem(row.number, "", "too_many_cells", words))
        elif bad is not None:
            name = columns.header(columns.fields[bad])
            problems.add(Problem(row.number, name, "character_not_allowed", "The cell holds a NUL. Remove it."))
        else:
            yield row


def problem_of(refusal: Refusal, row: int, columns: Columns) -> Problem:
    """A refusal in the words of the file."""
    return Problem(row, columns.header(refusal.field) if refusal.field else "", refusal.code, refusal.message)
