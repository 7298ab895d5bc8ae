"""Files as tables: CSV in UTF-8, and the first sheet of an XLSX workbook, read row by row."""

import codecs
import csv
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, XmlError, ZipError

from imports.errors import FileRefused

MOST_ROWS = 300_000
MOST_COLUMNS = 200
LARGEST_SHEET = 600 * 1024 * 1024
LONGEST_CELL = 100_000
_BLOCK = 1 << 20
_ZIP, _OLD = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class Row:
    """A row as the file numbers it, from 1; its cells as text without blanks around them."""

    number: int
    cells: Sequence[str]


@dataclass(slots=True)
class Table:
    """A file that was looked through once: it has headers and between 1 and 300,000 rows below them."""

    path: Path
    header: Row
    row_count: int
    delimiter: str = ""

    def rows(self) -> Iterator[Row]:
        """The rows below the header that are not blank, without holding them."""
        found = _csv_rows(self.path, self.delimiter) if self.delimiter else _sheet_rows(self.path)
        return (row for row in found if row.number > self.header.number and any(row.cells))


def open_table(path: Path) -> Table:
    """Look through a file. Raises `FileRefused` where it is no table, too large, or in another encoding."""
    kind = _kind_of(path)
    delimiter = _delimiter(path) if kind == "csv" else ""
    header, count = None, 0
    for row in _csv_rows(path, delimiter) if delimiter else _sheet_rows(path):
        if not any(row.cells):
            continue
        if header is None:
            header = row
            continue
        count += 1
        if count > MOST_ROWS:
            words = f"The file has more than {MOST_ROWS:,} rows. Split it into several files."
            raise FileRefused(words, code="too_many_rows", most=str(MOST_ROWS))
    if header is None:
        raise FileRefused("The file is empty. Choose a file with headers and rows.", code="empty_file")
    if not count:
        words = "The file has headers but no rows below them. Add rows, or choose another file."
        raise FileRefused(words, code="no_rows")
    return Table(path, header, count, delimiter)


def _kind_of(path: Path) -> str:
    """By what the file holds, not by its name."""
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as problem:
        words = f"{path} cannot be read: {problem.strerror}. Check the name and the permissions."
        raise FileRefused(words, code="cannot_read") from None
    if start == _OLD:
        words = "This is an old or password-protected workbook. Save it as XLSX without a password, or as CSV UTF-8."
        raise FileRefused(words, code="old_workbook")
    if start == _ZIP:
        _check_size(path)
        return "xlsx"
    _check_encoding(path)
    return "csv"


# ---------------------------------------------------------------- CSV


def _check_encoding(path: Path) -> None:
    """Raises `FileRefused` with the place of the first byte that is not UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    position = 0
    with path.open("rb") as file:
        while True:
            block = file.read(_BLOCK)
            waiting = len(decoder.getstate()[0])
            try:
                decoder.decode(block, final=not block)
            except UnicodeDecodeError as problem:
                place = position - waiting + problem.start
                byte = problem.object[problem.start]
                words = (
                    f"The file is not in UTF-8: byte 0x{byte:02X} at position {place:,} does not belong there."
                    " Save it again as “CSV UTF-8”."
                )
                raise FileRefused(words, code="wrong_encoding", position=str(place), byte=f"0x{byte:02X}") from None
            position += len(block)
            if not block:
                return


def _delimiter(path: Path) -> str:
    """Of semicolon, comma and tab the one that splits the header into most cells."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        line = next((line for line in file if line.strip(" \t\r\n;,")), "")
    return max(";,\t", key=lambda each: len(next(csv.reader([line], delimiter=each), [])))


def _csv_rows(path: Path, delimiter: str) -> Iterator[Row]:
    csv.field_size_limit(LONGEST_CELL)
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        begin = 1
        try:
            for cells in reader:
                yield Row(begin, [cell.strip() for cell in cells])
                begin = reader.line_num + 1
        except csv.Error as problem:
            words = f"Row {begin} is not CSV: {problem}. Look for a quotation mark that is never closed."
            raise FileRefused(words, code="not_csv", row=str(begin)) from None


# ---------------------------------------------------------------- XLSX


def _check_size(path: Path) -> None:
    """Look at what the file would unpack to before it is unpacked."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = {info.filename for info in archive.infolist()}
            size = sum(info.file_size for info in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError):
        raise _no_workbook() from None
    if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
        raise _no_workbook()
    if size > LARGEST_SHEET:
        words = f"The workbook unpacks to {size // 1024**2:,} MB. Split it, or save it as CSV UTF-8."
        raise FileRefused(words, code="too_large", megabytes=str(size // 1024**2))


def _no_workbook() -> FileRefused:
    words = "This file is packed like a workbook but is none, or it is damaged. Save it again as XLSX or CSV UTF-8."
    return FileRefused(words, code="not_a_workbook")


def _sheet_rows(path: Path) -> Iterator[Row]:
    """The rows of the first sheet, as Excel numbers them."""
    try:
        with CalamineWorkbook.from_path(str(path)) as workbook:
            sheet = workbook.get_sheet_by_index(0)
            if sheet.width > MOST_COLUMNS:
                words = f"The first sheet has {sheet.width:,} columns. Delete those that are not needed."
                raise FileRefused(words, code="too_many_columns")
            for number, cells in enumerate(sheet.iter_rows(), 1):
                yield Row(number, [_text(cell) for cell in cells])
    except PasswordError:
        raise FileRefused("The workbook has a password. Save it without one.", code="old_workbook") from None
    except (CalamineError, XmlError, ZipError, IndexError):
        raise _no_workbook() from None


def _text(cell: Any) -> str:
    """A cell as a person reads it: 5 and not 5.0, numbers to the 15 digits that Excel knows, dates as 2026-01-31."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return f"{Decimal(f'{cell:.15g}'):f}"
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ")
    return cell.isoformat() if isinstance(cell, date | time) else str(cell)
