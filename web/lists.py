"""One list for all pages: filters, columns, keyset pages, and totals an opened figure must equal (U38, U39, U49)."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import QuerySet, Sum
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from web.arrangement import around, read_arrangement
from web.columns import Column
from web.list_groups import read_groups
from web.list_pages import Page, read_page
from web.list_state import PREFIX, Asked, Listing, added, offers, read_asked
from web.requests import UserRequest
from web.templatetags.erp import amount, quantity
from work.errors import Refusal

__all__ = ["Column", "Listing", "drill", "show_list", "yes"]

FIGURES = {
    "on-hand": gettext_lazy("On hand"),
    "remaining": gettext_lazy("Remaining quantity"),
    "cost": gettext_lazy("Cost"),
    "inventory-value": gettext_lazy("Inventory value"),
    "balance": gettext_lazy("Balance"),
    "amount": gettext_lazy("Amount"),
}


def drill(name: str, figure: str, value: Decimal | None, **filters: Any) -> str:
    """The address of the rows behind a figure: the list says which figure was opened and compares its sum."""
    given = {key: number for key, number in filters.items() if number not in (None, "")}
    return f"{reverse(name)}?{urlencode({**given, 'figure': figure, 'value': '' if value is None else value})}"


def yes(value: bool) -> str:
    """A tick for a list; nothing where nothing is."""
    return _("Yes") if value else ""


class Line(list[dict[str, Any]]):
    """The cells of a row, with the key of the row."""

    def __init__(self, key: Any, cells: Sequence[dict[str, Any]]) -> None:
        super().__init__(cells)
        self.key = str(key)


def show_list(request: UserRequest, listing: Listing) -> HttpResponse:
    """A fixed number of statements: rows, totals where a filter narrows the list, and what the user has arranged."""
    asked = read_asked(listing, request.GET, request.user, today=timezone.localdate())
    if "add" in request.GET:
        try:
            return redirect(f"{request.path}{added(asked, request.GET['add'], request.GET.get('words', ''))}")
        except Refusal as refusal:
            asked.problems.append(refusal.message)
            asked.rows = asked.rows.none()
    arranged = read_arrangement(asked, request.user)
    if address := arranged.default_address(asked):
        return redirect(f"{request.path}{address}")
    shown = asked.shown(arranged.preference.columns)
    context = {
        "listing": listing, "asked": asked, "offers": offers(asked), **_search(asked), **_rows(asked, shown),
        **around(asked, arranged, request.user, {column.name for column in shown}),
    }  # fmt: skip
    return render(request, listing.template, context, status=200 if asked.valid else 400)


def _rows(asked: Asked, columns: Sequence[Column]) -> dict[str, Any]:
    if asked.group is not None:
        return read_groups(asked)
    page = read_page(asked.rows, asked.order, after=asked.query.get("after", ""), before=asked.query.get("before", ""))
    totals = _totals(asked.rows, asked.columns) if asked.chips and page.rows else {}
    return {
        "heads": [_head(asked, column) for column in columns],
        "rows": [Line(getattr(row, asked.order.key), [_cell(column, row) for column in columns]) for row in page.rows],
        "foot": [_foot(column, totals) for column in columns] if totals else None,
        "opened": _opened(asked, totals),
        **_beside(asked, page),
    }


def _beside(asked: Asked, page: Page) -> dict[str, str]:
    """The addresses of the pages beside this one, blank where there is none."""
    return {
        "earlier": asked.address(before=page.before) if page.before is not None else "",
        "later": asked.address(after=page.after) if page.after is not None else "",
        "first": asked.address() if page.before is not None else "",
    }


def _search(asked: Asked) -> dict[str, Any]:
    """The search box, where the list has one, and what its form sends along."""
    kept = [(name, value) for name, values in asked.query.lists() for value in values]
    kept = [pair for pair in kept if pair[0] not in ("after", "before", "figure", "value", "add", "words")]
    return {
        "search": asked.query.get("q", "") if "q" in asked.listing.filters.base_filters else None,
        "kept": kept,
        "kept_in_search": [pair for pair in kept if pair[0] != "q"],
        "cleared": asked.address(**{chip.name: None for chip in asked.chips}),
        "shown_chips": [chip for chip in asked.chips if chip.name != "q" or chip.problem],
    }


def _head(asked: Asked, column: Column) -> dict[str, Any]:
    """A column's head: the address that sorts by it, rising first, and how it sorts now."""
    key = column.where in (asked.order.key, "pk" if asked.order.key == "id" else asked.order.key)
    current = asked.order.column == column if asked.order.column else key
    falls = asked.order.falls if asked.order.column else asked.order.key_falls
    return {
        "label": column.label,
        "css": column.css,
        "name": PREFIX + column.name if column.kind else "",
        "url": asked.address(sort=f"-{column.name}" if current and not falls else column.name)
        if column.may_sort
        else "",
        "sorted": ("descending" if falls else "ascending") if current and column.may_sort else "",
    }


def _cell(column: Column, row: Any) -> dict[str, Any]:
    return {
        "text": column.show(row),
        "url": column.link(row) if column.link else "",
        "css": column.css,
        "badge": column.badge(row) if column.badge else "",
        "filter": column.filter_to(row),
    }


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
    return {"text": _writer(column)(totals[column.total]), "css": column.css}


def _writer(column: Column) -> Any:
    return quantity if "quantity" in column.total else amount


def _opened(asked: Asked, totals: Mapping[str, Decimal]) -> dict[str, Any] | None:
    """Which figure this list was opened from, and whether the rows still add up to it."""
    figure = asked.query.get("figure", "")
    summed = next((column for column in asked.columns if figure in column.figure and column.total in totals), None)
    if figure not in FIGURES or summed is None:
        return None
    try:
        value = Decimal(asked.query.get("value", ""))
    except InvalidOperation:
        return None
    if not value.is_finite() or abs(value.adjusted()) > 30:
        return None
    total, write = totals[summed.total], _writer(summed)
    return {"figure": FIGURES[figure], "value": write(value), "sum": write(total), "equal": value == total}
