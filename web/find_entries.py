"""All records that belong to a document, a serial number, an amount or a day: how many in which list (ux.md, U2)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as lazy

from inventory.filter_language import Kind, example
from users.models import User
from web.list_groups import count_rows
from web.list_state import PREFIX, Asked, read_asked
from web.listings import listing_for

# What may be asked for, with how it is written.
FIELDS: dict[str, tuple[Any, Kind]] = {
    "document_number": (lazy("Document"), "code"),
    "external_document_number": (lazy("External document"), "text"),
    "serial_number": (lazy("Serial number"), "text"),
    "lot_number": (lazy("Lot number"), "text"),
    "package_number": (lazy("Package number"), "text"),
    "posting_date": (lazy("Posted"), "date"),
    "amount": (lazy("Amount"), "number"),
}
# The lists that are looked through, and what they call a field by another name.
LISTS: dict[str, dict[str, str]] = {
    "item-ledger-entries": {"amount": "cost"},
    "value-entries": {"amount": "cost"},
    "gl-entries": {},
}


@dataclass(frozen=True, slots=True)
class Box:
    """One input of the form."""

    name: str
    label: Any
    value: str
    hint: str


@dataclass(frozen=True, slots=True)
class Related:
    """A list in which something belongs to what was asked; `count` is none where counting took too long."""

    title: str
    count: int | None
    url: str


@dataclass(slots=True)
class Answer:
    """What was found, and what could not be understood."""

    related: list[Related] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def boxes(typed: Mapping[str, str]) -> list[Box]:
    """The form as it was filled in."""
    return [Box(name, label, typed.get(name, ""), example(kind)) for name, (label, kind) in FIELDS.items()]


def asked_for(query: QueryDict) -> dict[str, str]:
    """What stands in an address, by field."""
    given = {name: query.get(name, "").replace("\0", "").strip() for name in FIELDS}
    return {name: text for name, text in given.items() if text}


def find_related(user: User, typed: Mapping[str, str], *, today: date) -> Answer:
    """The lists this user may see with rows that fit all that was typed, in the filter language.

    A list that has no such column holds nothing that could be told to belong. A fixed number of statements.
    """
    answer = Answer()
    for name, other_names in LISTS.items() if typed else ():
        listing = listing_for(name, user)
        if listing is None:
            continue
        query = urlencode({f"{PREFIX}{other_names.get(each, each)}": text for each, text in typed.items()})
        asked = read_asked(listing, QueryDict(query), user, today=today)
        if not _has_columns(asked, [other_names.get(each, each) for each in typed]):
            continue
        if asked.problems:
            answer.problems += [problem for problem in asked.problems if problem not in answer.problems]
            continue
        count = count_rows(asked.rows)
        if count != 0:
            answer.related.append(Related(listing.title, count, f"{reverse(name)}?{query}"))
    return answer


def _has_columns(asked: Asked, names: list[str]) -> bool:
    return all((column := asked.column(name)) is not None and column.kind is not None for name in names)
