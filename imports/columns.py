"""Which column of a file is which field: by header, whatever its case and punctuation."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from imports.errors import FileRefused
from imports.tables import Row
from work.errors import Refused


@dataclass(frozen=True, slots=True)
class Layout:
    """The fields a file may bring, other names for them, and those it must bring."""

    fields: Sequence[str]
    aliases: Mapping[str, str] = field(default_factory=dict)
    required: Sequence[str] = ()

    def names(self) -> dict[str, str]:
        """Each spelling that is understood, bare, with its field."""
        return {**{_bare(alias): name for alias, name in self.aliases.items()}, **{_bare(f): f for f in self.fields}}


@dataclass(frozen=True, slots=True)
class Columns:
    """The fields in the order of the file's columns, with the headers as the file spells them."""

    fields: Sequence[str]
    headers: Mapping[str, str]

    def values(self, row: Row) -> dict[str, str]:
        """The cells of a row by field; columns that the row does not reach are blank."""
        cells = row.cells
        return {name: cells[place] if place < len(cells) else "" for place, name in enumerate(self.fields)}

    def beyond(self, row: Row) -> bool:
        """Whether a row has something to the right of all headers."""
        return any(row.cells[len(self.fields) :])

    def header(self, name: str | None) -> str:
        return self.headers.get(name or "", (name or "").replace("_", " "))


def match_columns(header: Row, layout: Layout) -> Columns:
    """Raises `Refused` with every header that is unknown, doubled, blank or missing."""
    cells = list(header.cells)
    while cells and not cells[-1]:
        cells.pop()
    names = layout.names()
    found = [names.get(_bare(cell), "") for cell in cells]
    problems = list(_wrong_headers(cells, found, layout))
    problems += [
        FileRefused(f"There is no column “{_words(name)}”. Add it.", code="column_missing", field=name, column=name)
        for name in layout.required
        if name not in found
    ]
    if problems:
        raise Refused(problems)
    return Columns(found, dict(zip(found, cells, strict=True)))


def _wrong_headers(cells: Sequence[str], found: Sequence[str], layout: Layout) -> Iterator[FileRefused]:
    known = ", ".join(_words(name) for name in layout.fields)
    seen: dict[str, str] = {}
    for place, (cell, name) in enumerate(zip(cells, found, strict=True), 1):
        if not cell:
            words = f"Column {place} has no header. Name it, or delete it."
            yield FileRefused(words, code="header_blank", column=str(place))
        elif not name:
            words = f"Column “{cell[:60]}” is not known. Rename or delete it. Known are: {known}."
            yield FileRefused(words, code="column_unknown", column=cell[:60])
        elif name in seen:
            words = f"Columns “{seen[name]}” and “{cell}” are both the {_words(name)}. Keep one of them."
            yield FileRefused(words, code="column_doubled", field=name, column=cell)
        seen.setdefault(name, cell)


def _words(name: str) -> str:
    return name.replace("_", " ")


def _bare(text: str) -> str:
    """Letters and digits only; No. and number are the same."""
    bare = re.sub(r"[\W_]+", " ", text.casefold()).strip()
    bare = re.sub(r"\b(no|nr|num)\b", "number", bare)
    return bare.replace(" ", "")
