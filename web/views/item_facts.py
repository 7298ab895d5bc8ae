"""What a card shows beside its fields, loaded after it: stock, cost, last entries, and what was changed."""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.db import models
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from costing.queries import CostOnDay, cost_changes, cost_trend
from inventory.item_rows import item_fields
from inventory.models import Item
from ledger.models import ValueEntry
from ledger.queries import Stock, item_ledger, stock_by_location
from users.history import history_of
from web.charts import step_line
from web.forms.items import COSTS, LABELS, plain
from web.listings.links import SEE_COST
from web.lists import drill
from web.requests import UserRequest, needs
from web.templatetags.erp import day, unit_cost
from web.views.items import find_item

LAST_ENTRIES = 6
LAST_CHANGES = 8
TREND = timedelta(days=365)
MOST_HISTORY = 200
NO_LOCATION = "''"


@needs("inventory.view_item", "ledger.view_itemledgerentry")
@never_cache
@require_GET
def facts(request: UserRequest, number: str) -> HttpResponse:
    """Where an item lies, how its cost went, and its last entries."""
    item = find_item(request, number)
    sees_cost = request.user.has_perm(SEE_COST)
    stock = _places(item, stock_by_location(item))
    context = {
        "item": item,
        "stock": stock,
        "total": sum((place["quantity"] for place in stock), Decimal(0)),
        "on_hand_url": drill("item-ledger-entries", "on-hand", item.quantity_on_hand, item=item.number),  # type: ignore[attr-defined]
        "sees_cost": sees_cost,
        "trend": _trend(item) if sees_cost else None,
        "entries": item_ledger(item)[:LAST_ENTRIES],
    }
    return render(request, "items/_facts.html", context)


def _places(item: Item, rows: Iterable[Stock]) -> list[dict[str, Any]]:
    """What lies at each location, all variants together, with the address of its entries."""
    places = []
    for (code, name), group in groupby(rows, key=lambda row: (row.location, row.location_name)):
        held = sum((row.quantity for row in group), Decimal(0))
        url = drill("item-ledger-entries", "on-hand", held, item=item.number, location=code or NO_LOCATION)
        places.append({"code": code, "name": name, "quantity": held, "url": url})
    return places


def _trend(item: Item) -> dict[str, Any] | None:
    """The chart of the last twelve months; none where nothing was on hand."""
    today = timezone.localdate()
    start = today - TREND
    points = cost_trend(item.pk, since=start, until=today)
    if not points:
        return None
    first, last = points[0], points[-1]
    chart = step_line([(point.day, point.unit_cost) for point in points], start=start, end=today)
    words = _("Worth of one unit on hand: %(first)s on %(day)s, %(last)s today") % {
        "first": unit_cost(first.unit_cost), "day": day(first.day), "last": unit_cost(last.unit_cost),
    }  # fmt: skip
    return {"chart": chart, "words": words, "start": start, "middle": start + TREND / 2, "change": _change(first, last)}


def _change(first: CostOnDay, last: CostOnDay) -> Decimal | None:
    """In percent, to one place."""
    return round((last.unit_cost / first.unit_cost - 1) * 100, 1) if first.unit_cost else None


# ---------------------------------------------------------------- why this cost


@needs("inventory.view_item", SEE_COST, "ledger.view_valueentry")
@never_cache
@require_GET
def why(request: UserRequest, number: str) -> HttpResponse:
    """The last corrections of an item's cost in words, each with what caused it."""
    item = find_item(request, number)
    found = [_event(entry) for entry in cost_changes(item)[:LAST_CHANGES]]
    return render(request, "items/_why.html", {"item": item, "events": found})


def _event(entry: ValueEntry) -> dict[str, Any]:
    old, new = entry.old_unit_cost, entry.new_unit_cost
    direction = "" if old is None or new is None or old == new else "up" if new > old else "down"
    percent = round((new / old - 1) * 100, 1) if old and new is not None else None
    return {"entry": entry, "words": _what(entry), "direction": direction, "percent": percent}


def _what(entry: ValueEntry) -> str:
    """What happened, as one would say it."""
    corrected = {"entry": f"{entry.get_item_ledger_entry_type_display()} {entry.document_number}"}
    if entry.cause == "rounding":
        return _("%(entry)s: cents left by rounding") % corrected
    if entry.cause == "nothing_left":
        return _("%(entry)s: nothing is left, so no worth is left") % corrected
    return _("%(entry)s follows the cost of %(document)s") % {**corrected, "document": entry.caused_by_document}


# ---------------------------------------------------------------- history


@needs("inventory.view_item")
@never_cache
@require_GET
def history(request: UserRequest, number: str) -> HttpResponse:
    """Who changed what of an item, when and why; within the card, or as a page of its own."""
    item = find_item(request, number)
    sees_cost = request.user.has_perm(SEE_COST)
    changes = history_of(item)
    codes = _codes(changes)
    shown = [
        {**change, "rows": _rows(change["changes"], codes, sees_cost=sees_cost)} for change in changes[:MOST_HISTORY]
    ]
    shown = [change for change in shown if change["rows"] or change["what"] != "update"]
    template = "items/_history.html" if request.htmx else "items/history.html"
    return render(request, template, {"item": item, "changes": shown, "cut": len(changes) > MOST_HISTORY})


def _rows(changed: dict[str, Any], codes: dict[str, dict[int, str]], *, sees_cost: bool) -> list[dict[str, Any]]:
    """Field, old and new, for those a user may see; what was blank and stays so says nothing."""
    rows = []
    for name, field in item_fields().items():
        if field.attname not in changed or (name in COSTS and not sees_cost):
            continue
        old, new = (_said(field, value, codes) for value in changed[field.attname])
        if old != new:
            rows.append({"label": LABELS[name], "old": old, "new": new})
    return rows


def _said(field: "models.Field[Any, Any]", value: Any, codes: dict[str, dict[int, str]]) -> str:
    if value is None or value == "":
        return ""
    if field.is_relation:
        return codes[field.attname].get(value, str(value))
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, Decimal):
        return plain(value)
    return str(dict(field.flatchoices).get(value, value))


def _codes(changes: list[dict[str, Any]]) -> dict[str, dict[int, str]]:
    """The codes of everything that was ever referred to: one statement for each field that refers."""
    found: dict[str, dict[int, str]] = {}
    for field in item_fields().values():
        if not field.is_relation:
            continue
        ids = {value for change in changes for value in change["changes"].get(field.attname, ()) if value}
        model: Any = field.related_model
        found[field.attname] = {row.pk: str(row) for row in model.objects.filter(pk__in=ids)}
    return found
