"""One list for all pages: filters, columns, keyset pages, and totals an opened figure must equal (U39, U47, U49)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import django_filters
from django.db.models import QuerySet, Sum
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from web.requests import UserRequest
from web.templatetags.erp import amount, quantity

SIZE = 50
PAGING = ("after", "before", "figure", "value")
FIGURES = {
    "on-hand": gettext_lazy("On hand"),
    "remaining": gettext_lazy("Remaining quantity"),
    "cost": gettext_lazy("Cost"),
    "inventory-value": gettext_lazy("Inventory value"),
    "balance": gettext_lazy("Balance"),
    "amount": gettext_lazy("Amount"),
}


NOTHING_YET = gettext_lazy("Nothing has been posted yet")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its label, what it shows of a row, where that leads, and whether it adds up.

    `total` names the field that is summed; `figure` says which opened figures that sum must equal.
    """

    label: Any
    show: Callable[[Any], Any]
    link: Callable[[Any], str] | None = None
    css: str = ""
    total: str = ""
    figure: tuple[str, ...] = ()
    badge: Callable[[Any], str] | None = None
    permission: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """A list page: its title, rows, filters and columns. `key` is unique and says the order, with - for falling."""

    title: Any
    rows: QuerySet[Any]
    filters: type[django_filters.FilterSet]
    columns: Sequence[Column]
    key: str = "-id"
    first_filters: tuple[str, ...] = ()
    empty: Any = NOTHING_YET
    empty_hint: Any = ""
    crumbs: Sequence[tuple[str, str]] = ()
    template: str = "lists/list.html"
    extra: Mapping[str, Any] | None = None


def drill(name: str, figure: str, value: Decimal | None, **filters: Any) -> str:
    """The address of the rows behind a figure: the list says which figure was opened and compares its sum."""
    given = {key: number for key, number in filters.items() if number not in (None, "")}
    return f"{reverse(name)}?{urlencode({**given, 'figure': figure, 'value': '' if value is None else value})}"


def show_list(request: UserRequest, listing: Listing) -> HttpResponse:
    """Two statements: the rows of the page, and where a filter narrows the list its totals."""
    asked = listing.filters(request.GET, queryset=listing.rows)
    valid = asked.is_valid()
    narrowed = asked.qs if valid else listing.rows.none()
    columns = [each for each in listing.columns if not each.permission or request.user.has_perm(each.permission)]
    chips = _chips(request, asked)
    rows, earlier, later = _page(request, narrowed, listing.key)
    totals = _totals(narrowed, columns) if chips and rows else {}
    context = {
        "listing": listing, "asked": asked, "valid": valid, "chips": chips, "columns": columns,
        "rows": [[_cell(column, row) for column in columns] for row in rows],
        "foot": [_foot(column, totals) for column in columns] if totals else None,
        "opened": _opened(request, columns, totals),
        "earlier": earlier, "later": later, "first": _address(request, {}) if earlier else "",
        "simple": [field for name in listing.first_filters for field in [asked.form[name]]],
        "more": [field for field in asked.form if field.name not in listing.first_filters],
        **(listing.extra or {}),
    }  # fmt: skip
    return render(request, listing.template, context, status=200 if valid else 400)


def _cell(column: Column, row: Any) -> dict[str, Any]:
    return {
        "text": column.show(row),
        "url": column.link(row) if column.link else "",
        "css": column.css,
        "badge": column.badge(row) if column.badge else "",
    }


# ---------------------------------------------------------------- filters


def _chips(request: UserRequest, asked: django_filters.FilterSet) -> list[dict[str, Any]]:
    """The filters that are on, each with the address without it."""
    chips = []
    for name, field in asked.form.fields.items():
        values = [value for value in request.GET.getlist(name) if value]
        if values:
            labels = dict(getattr(field, "choices", ()))
            words = ", ".join(str(labels.get(value, value)) for value in values)
            label = asked.filters[name].label or name
            chips.append({"label": label, "words": words, "without": _address(request, {name: None})})
    return chips


def _address(request: UserRequest, changes: Mapping[str, Any]) -> str:
    """This list from its first row, with some parameters changed; None takes one out."""
    kept = request.GET.copy()
    for name in PAGING:
        kept.pop(name, None)
    for name, value in changes.items():
        kept.pop(name, None)
        if value is not None:
            kept[name] = str(value)
    return f"?{kept.urlencode()}"


# ---------------------------------------------------------------- pages


def _page(request: UserRequest, rows: QuerySet[Any], key: str) -> tuple[list[Any], str, str]:
    """The rows behind `after`, or those in front of `before`; and the addresses of the pages beside them."""
    name, falls = key.lstrip("-"), key.startswith("-")
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    backwards = bool(before)
    position = _position(rows, name, before or after)
    if position is not None:
        side = "lt" if falls != backwards else "gt"
        rows = rows.filter(**{f"{name}__{side}": position})
    ordered = rows.order_by(f"{'-' if falls != backwards else ''}{name}")
    found = list(ordered[: SIZE + 1])
    more, shown = len(found) > SIZE, found[:SIZE]
    if backwards:
        shown.reverse()
    if not shown:
        return [], "", ""
    has_earlier = more if backwards else position is not None
    has_later = True if backwards else more
    earlier = _address(request, {"before": getattr(shown[0], name)}) if has_earlier else ""
    later = _address(request, {"after": getattr(shown[-1], name)}) if has_later else ""
    return shown, earlier, later


def _position(rows: QuerySet[Any], name: str, raw: str) -> Any:
    """The key in the address as the column has it; a mangled one counts as none."""
    if not raw or "\x00" in raw:
        return None
    field = rows.model._meta.get_field(name)
    try:
        value = field.to_python(raw)
    except Exception:  # whatever a field makes of a mangled address, the list starts at its beginning
        return None
    return None if isinstance(value, int) and not -(2**63) <= value < 2**63 else value


# ---------------------------------------------------------------- totals


def _totals(rows: QuerySet[Any], columns: Sequence[Column]) -> dict[str, Decimal]:
    names = {column.total for column in columns if column.total}
    if not names:
        return {}
    sums = rows.order_by().aggregate(**{f"sum_{name}": Sum(name) for name in names})
    return {name: sums[f"sum_{name}"] or Decimal(0) for name in names}


def _foot(column: Column, totals: Mapping[str, Decimal]) -> dict[str, str]:
    if column.total not in totals:
        return {"text": "", "css": column.css}
    write = quantity if "quantity" in column.total else amount
    return {"text": write(totals[column.total]), "css": column.css}


def _opened(request: UserRequest, columns: Sequence[Column], totals: Mapping[str, Decimal]) -> dict[str, Any] | None:
    """Which figure this list was opened from, and whether the rows still add up to it."""
    figure = request.GET.get("figure", "")
    summed = next((column for column in columns if figure in column.figure and column.total in totals), None)
    if figure not in FIGURES or summed is None:
        return None
    try:
        value = Decimal(request.GET.get("value", ""))
    except InvalidOperation:
        return None
    if not value.is_finite() or abs(value.adjusted()) > 30:
        return None
    total = totals[summed.total]
    write = quantity if "quantity" in summed.total else amount
    return {"figure": FIGURES[figure], "value": write(value), "sum": write(total), "equal": value == total}


def yes(value: bool) -> str:
    """A tick for a list; nothing where nothing is."""
    return _("Yes") if value else ""
