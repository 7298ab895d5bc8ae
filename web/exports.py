"""Lists as XLSX files: streamed row by row, only columns one may see, and no text that a spreadsheet would compute."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import IO, Any

from django.db import transaction
from django.db.models import QuerySet
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from web.columns import Column
from web.list_pages import ordering
from web.list_state import Asked

AT_ONCE = 5_000  # rows; more of them are a job
MOST_ROWS = 1_000_000  # a sheet holds little more
CHUNK = 2_000
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rows are meant: those named, or all that the filters leave, told by the filters and not row by row."""

    keys: tuple[str, ...] = ()
    everything: bool = False

    def of(self, asked: Asked) -> QuerySet[Any]:
        """The rows, in the order of the list."""
        rows = asked.rows.order_by(*ordering(asked.rows, asked.order))
        if self.everything:
            return rows
        field = asked.listing.rows.model._meta.get_field(asked.order.key)
        wanted = [field.to_python(key) for key in self.keys if "\x00" not in key and _fits(field, key)]
        return rows.filter(**{f"{asked.order.key}__in": wanted})


def _fits(field: Any, key: str) -> bool:
    return field.get_internal_type() == "CharField" or (key.isascii() and key.isdigit() and len(key) < 19)


def write_xlsx(
    rows: QuerySet[Any], columns: Sequence[Column], file: IO[bytes], *, title: str, key: str = "", progress: Progress
) -> int:
    """Write the rows and return how many. With a `key` it comes first and a check of the row last.

    The check tells a later import whether the row has changed since. Heads are names then, not words.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_sheet_name(title))
    sheet.freeze_panes = "A2"
    for place, column in enumerate(columns):
        sheet.column_dimensions[get_column_letter(place + 1 + bool(key))].width = 40 if "desc" in column.css else 16
    heads = [key, *(c.name for c in columns), "check"] if key else [str(c.label) for c in columns]
    sheet.append([_text(sheet, head, bold=True) for head in heads])
    written = 0
    for row in _read(rows):
        sheet.append([_cell(sheet, value) for value in _values(row, columns, key)])
        written += 1
        if written % CHUNK == 0:
            progress(written)
    book.save(file)
    return written


def _read(rows: QuerySet[Any]) -> Iterator[Any]:
    """Rows of one moment, through a cursor of the server: memory stays the same however many there are."""
    with transaction.atomic():
        yield from rows[:MOST_ROWS].iterator(chunk_size=CHUNK)


def _values(row: Any, columns: Sequence[Column], key: str) -> list[Any]:
    values = [column.cell(row) for column in columns]
    if not key:
        return values
    return [getattr(row, key), *values, check_of(values)]


def check_of(values: Sequence[Any]) -> str:
    """A short mark of what stands in a row."""
    return hashlib.sha256("\x1f".join(_plain(value) for value in values).encode()).hexdigest()[:16]


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return format(value.normalize(), "f") if value else "0"
    return "" if value is None else str(value)


def _cell(sheet: Any, value: Any) -> Any:
    """Text is text whatever it begins with; a number too long for a spreadsheet's precision is text, too."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return _text(sheet, value)
    if isinstance(value, int | Decimal) and len(_plain(value).lstrip("-").replace(".", "").strip("0")) > 15:
        return _text(sheet, _plain(value))
    return value


def _text(sheet: Any, value: str, *, bold: bool = False) -> Any:
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("�", value))
    cell.data_type = "s"  # `=1+1` is what somebody typed, and never a formula
    if bold:
        cell.font = Font(bold=True)
    return cell


def _sheet_name(title: str) -> str:
    return "".join(letter for letter in title if letter not in "[]:*?/\\'")[:31] or "List"
