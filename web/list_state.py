"""What a list was asked for: filters, order, columns and grouping, all of it in the address (U3)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from inventory.cells import read_flag
from inventory.filter_language import example, read_filter
from users.models import User
from web.columns import Column
from web.list_pages import Order
from work.errors import Refusal

PAGING = ("after", "before", "figure", "value", "add", "words")
PREFIX = "f."  # a filter in the language of lists; without it the filters that pages and API share
STATE = ("sort", "columns", "group")


@dataclass(frozen=True, slots=True)
class Listing:
    """A list: its rows, the filters it shares with the API, and its columns.

    `name` is the name of its address; `key` is unique and says the order, with - for falling.
    """

    name: str
    permissions: tuple[str, ...]
    title: Any
    rows: QuerySet[Any]
    filters: type[django_filters.FilterSet]
    columns: Sequence[Column]
    key: str = "-id"
    empty: Any = ""
    empty_hint: Any = ""
    crumbs: Sequence[tuple[str, str]] = ()
    template: str = "lists/list.html"
    actions: str = ""  # the template of further actions on a selection

    @property
    def key_name(self) -> str:
        return self.key.lstrip("-")


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is on: its words, the address without it, and what was wrong with it."""

    name: str
    label: str
    words: str
    without: str
    problem: str = ""
    edits: bool = True


@dataclass(slots=True)
class Asked:
    """A list as it was asked for by somebody: only columns that this user may see count."""

    listing: Listing
    query: QueryDict
    columns: list[Column]
    rows: QuerySet[Any]
    order: Order
    group: Column | None = None
    chips: list[Chip] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def valid(self) -> bool:
        return not self.problems

    def column(self, name: str) -> Column | None:
        return next((each for each in self.columns if each.name == name), None)

    def shown(self, preferred: Sequence[str] = ()) -> list[Column]:
        """The columns in the address, else those that are preferred, else those a list begins with."""
        given = [name for name in self.query.get("columns", "").split(",") if name] or list(preferred)
        found = [column for name in dict.fromkeys(given) if (column := self.column(name))]
        return found or [column for column in self.columns if column.shown]

    def address(self, **changes: str | None) -> str:
        return address(self.query, changes)


def address(query: QueryDict, changes: Mapping[str, str | None]) -> str:
    """This list from its first row, with some parameters changed; None takes one out."""
    kept = query.copy()
    for name in PAGING:
        kept.pop(name, None)
    for name, value in changes.items():
        kept.pop(name, None)
        if value is not None:
            kept[name] = value
    return f"?{kept.urlencode()}"


def read_asked(listing: Listing, query: QueryDict, user: User, *, today: date) -> Asked:
    """Never raises: what was not understood is told in `problems`, and then no row is shown."""
    columns = [each for each in listing.columns if not each.permission or user.has_perm(each.permission)]
    shared = listing.filters(query, queryset=listing.rows)
    asked = Asked(listing, query, columns, listing.rows, Order(listing.key_name, listing.key.startswith("-")))
    _read_shared(asked, shared)
    for name in query:
        if name.startswith(PREFIX):
            for typed in query.getlist(name):
                _read_typed(asked, name, typed, today)
    _read_order(asked)
    if asked.problems:
        asked.rows = listing.rows.none()
    return asked


def _read_shared(asked: Asked, shared: django_filters.FilterSet) -> None:
    """The filters that figures lead to and that programs use as well."""
    if shared.is_valid():
        asked.rows = shared.qs
    errors = shared.form.errors
    for name, inner in shared.form.fields.items():
        values = [value for value in asked.query.getlist(name) if value]
        if not values:
            continue
        labels = {str(value): label for value, label in getattr(inner, "choices", ())}
        if not labels and isinstance(shared.filters[name], django_filters.BooleanFilter):
            labels = {"true": _("Yes"), "false": _("No")}
        problem = str(errors[name][0]) if name in errors else ""
        words = ", ".join(str(labels.get(value, value)) for value in values)
        chip = Chip(name, shared.filters[name].label or name, words, asked.address(**{name: None}), problem, False)
        asked.chips.append(chip)
        if problem:
            asked.problems.append(f"{chip.label}: {problem}")


def _read_typed(asked: Asked, name: str, typed: str, today: date) -> None:
    column, problem = asked.column(name.removeprefix(PREFIX)), ""
    if not typed.strip():
        return
    if column is None or column.field is None:
        # The same words for what is not there and for what one may not see.
        problem = _("This list has no column %(name)s that you can filter by. Take the filter off.") % {
            "name": name.removeprefix(PREFIX)[:40]
        }
    else:
        try:
            asked.rows = asked.rows.filter(read_filter(typed, column.field, today=today))
        except Refusal as refusal:
            problem = refusal.message
    label = str(column.label) if column else name.removeprefix(PREFIX)[:40]
    asked.chips.append(Chip(name, label, typed, asked.address(**{name: None}), problem))
    if problem:
        asked.problems.append(f"{label}: {problem}" if column else problem)


def _read_order(asked: Asked) -> None:
    wanted, group = asked.query.get("sort", ""), asked.query.get("group", "")
    by = asked.column(wanted.removeprefix("-"))
    if wanted and (by is None or not by.may_sort):
        words = _("This list cannot be sorted by %(name)s. Choose a column head.")
        asked.problems.append(words % {"name": wanted.removeprefix("-")[:40]})
    elif wanted and by is not None:
        falls = wanted.startswith("-")
        same = by.where in (asked.order.key, "pk" if asked.order.key == "id" else asked.order.key)
        if same:
            asked.order = Order(asked.order.key, falls)
        else:
            asked.order = Order(asked.order.key, asked.order.key_falls, by, falls)
    asked.group = asked.column(group)
    if group and (asked.group is None or not asked.group.may_group):
        asked.group = None
        asked.problems.append(
            _("This list cannot be grouped by %(name)s. Choose another column.") % {"name": group[:40]}
        )


# ---------------------------------------------------------------- adding a filter


@dataclass(frozen=True, slots=True)
class Offer:
    """A column that a filter can be added for, with how one is written."""

    name: str
    label: str
    hint: str


def offers(asked: Asked) -> list[Offer]:
    """All columns, and what else the list can be narrowed by."""
    found = []
    for column in asked.columns:
        if column.kind:
            choices = ", ".join(str(label) for _value, label in column.choices if label)
            found.append(Offer(PREFIX + column.name, str(column.label), choices or example(column.kind)))
    return [*found, *_further(asked)]


def _further(asked: Asked) -> Iterable[Offer]:
    """Shared filters that no column stands for; dates from and to are ranges of a column already."""
    taken = {column.name for column in asked.listing.columns} | {"q"}
    for name, shared in asked.listing.filters.base_filters.items():
        if name not in taken and not name.endswith(("_from", "_to")):
            flag = isinstance(shared, django_filters.BooleanFilter)
            yield Offer(name, str(shared.label or name), example("flag") if flag else example("code"))


def added(asked: Asked, name: str, words: str) -> str:
    """The address with one more filter. Raises `Refusal` where a yes or no was meant and something else typed."""
    shared = asked.listing.filters.base_filters.get(name)
    if isinstance(shared, django_filters.BooleanFilter):
        words = "true" if read_flag(words.strip(), name=str(shared.label or name)) else "false"
    if shared is None and not name.startswith(PREFIX):
        raise Refusal(_("Choose a column to filter by."), code="filter_not_understood")
    return asked.address(**{name: words.strip() or None})
