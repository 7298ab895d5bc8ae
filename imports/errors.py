"""What imports refuse before they look at a single line, and what they say about lines."""

from dataclasses import dataclass

from work.errors import Refusal


class FileRefused(Refusal):
    """A file that cannot be read as a table; the code says why."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a file: in which row, in which column (as the file names it), and what to do."""

    row: int
    column: str
    code: str
    message: str
