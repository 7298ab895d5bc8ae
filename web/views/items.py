"""Items: the list, the card, and new ones. What is typed goes to `save_items`, which refuses or saves all of it."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.forms import BoundField
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from costing.queries import with_adjusted
from inventory.items import ItemChange, save_items
from inventory.models import InventorySetup, Item, ItemTemplate, NumberSeries, UnitOfMeasure
from inventory.queries import items, units_of
from inventory.uses import held_fields
from ledger.queries import with_stock
from web.forms.items import (
    COSTS,
    LABELS,
    MUST,
    NEW_FIELDS,
    TABS,
    WIDE,
    ItemForm,
    NewItemForm,
    Tab,
    Units,
    fields_of,
    plain,
    read_choices,
    shown,
    text_of,
)
from web.listings.items import item_list as item_listing
from web.listings.items import on_hand_url, value_url
from web.listings.links import SEE_COST
from web.lists import show_list
from web.requests import UserRequest, needs
from work.errors import Refusal, Refused

# ---------------------------------------------------------------- list


@needs("inventory.view_item")
@require_GET
def item_list(request: UserRequest) -> HttpResponse:
    """All items with what is on hand and what it is worth."""
    return show_list(request, item_listing(request.user))


# ---------------------------------------------------------------- card


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of the card: its input where it may be changed, else what it says and why it is fixed."""

    name: str
    label: Any
    words: str
    field: BoundField | None
    reason: str
    wide: bool
    must: bool


def find_item(request: UserRequest, number: str) -> Item:
    """The item with its stock, and with its costs for those who may see them; 404 where there is none."""
    found = with_stock(items(), with_cost=request.user.has_perm(SEE_COST))
    if request.user.has_perm(SEE_COST):
        found = with_adjusted(found)
    row = None if "\x00" in number else found.filter(number=number.upper()).first()
    if row is None:
        raise Http404(f"There is no item {number}.")
    return row


@needs("inventory.view_item")
@never_cache
@require_http_methods(["GET", "POST"])
def item(request: UserRequest, number: str) -> HttpResponse:
    """The card of an item: what it is, what is on hand, and how it is costed; changed in place."""
    card = _card(request, find_item(request, number))
    return _save_card(request, card) if request.method == "POST" else _show_card(request, card)


@dataclass(frozen=True, slots=True)
class Card:
    """An item with what may be typed on its card; `locked` says why some fields are fixed."""

    row: Item
    form: ItemForm
    units: Any
    locked: dict[str, str]
    sees_cost: bool


def _card(request: UserRequest, row: Item) -> Card:
    sees_cost = request.user.has_perm(SEE_COST)
    names = fields_of(sees_cost=sees_cost) if request.user.has_perm("inventory.change_item") else []
    choices, locked = read_choices(names), _locks(row) if names else {}
    data = request.POST if request.method == "POST" else None
    held = [
        {"code": unit.unit.code, "quantity": plain(unit.quantity_per_unit), "precision": plain(unit.rounding_precision)}
        for unit in units_of(row)
    ]
    extra = {"codes": choices.get(UnitOfMeasure, []), "base": row.base_unit.code}
    form = ItemForm(data, row, names, choices=choices, locked=locked)
    return Card(row, form, Units(data, initial=held, prefix="units", form_kwargs=extra), locked, sees_cost)


@needs("inventory.change_item")
def _save_card(request: UserRequest, card: Card) -> HttpResponse:
    form, units = card.form, card.units
    if not (form.is_valid() and units.is_valid()):
        return _show_card(request, card, status=422)
    change = ItemChange(1, card.row.number, form.values(), units.values(), "update")
    try:
        saved = save_items([change], user=request.user, reason="Item card")
    except Refused as refused:
        form.refuse(each for each in refused.refusals if each.field != "units" or not units.refuse(each))
        return _show_card(request, card, status=422)
    words = _("Saved.") if saved[0].outcome == "changed" else _("Nothing was changed.")
    messages.success(request, words)
    return redirect("item", number=card.row.number)


def _locks(row: Item) -> dict[str, str]:
    """The fields that something rests on, each with why it cannot change (items.md §1.3)."""
    locked: dict[str, str] = {}
    for name, use in held_fields(row.pk).items():
        words = _("Fixed, since there are %(use)s.") if use.final else _("Fixed while there are %(use)s.")
        locked[name] = words % {"use": use.words}
    return locked


def _show_card(request: UserRequest, card: Card, *, status: int = 200) -> HttpResponse:
    row, form = card.row, card.form
    context = {
        "item": row,
        "sees_cost": card.sees_cost,
        "edits": bool(form.fields),
        "form": form,
        "units": card.units,
        "problems": _problems(card) if form.is_bound else [],
        "tabs": [_tab(tab, card) for tab in TABS],
        "on_hand_url": on_hand_url(row),
        "value_url": value_url(row) if card.sees_cost else "",
    }
    return render(request, "items/card.html", context, status=status)


def _problems(card: Card) -> list[tuple[BoundField, str]]:
    """Everything that is wrong, each with its input."""
    return [*card.form.marked(), *(found for form in card.units.forms for found in form.marked())]


def _tab(tab: Tab, card: Card) -> dict[str, Any]:
    names = [name for name in tab.fields if card.sees_cost or name not in COSTS]
    wrong = any(name in card.form.errors for name in names) or (tab.key == "units" and _has_errors(card))
    peek = [(LABELS[name], shown(card.row, name)) for name in tab.peek]
    return {
        "tab": tab,
        "cells": [_cell(name, card) for name in names],
        "peek": [(label, words) for label, words in peek if words],
        "open": tab.open or wrong,
    }


def _has_errors(card: Card) -> bool:
    """Units of the card are wrong."""
    return card.units.is_bound and (card.units.total_error_count() > 0 or "units" in card.form.errors)


def _cell(name: str, card: Card) -> Cell:
    field = card.form[name] if name in card.form.fields and name not in card.locked else None
    reason = card.locked.get(name, "")
    return Cell(name, LABELS[name], shown(card.row, name), field, reason, name in WIDE, name in MUST)


# ---------------------------------------------------------------- new


@needs("inventory.add_item")
@never_cache
@require_http_methods(["GET", "POST"])
def new_item(request: UserRequest) -> HttpResponse:
    """A new item: which template where there are several, then the few fields it begins with."""
    templates = list(ItemTemplate.objects.select_related(
        "number_series", "base_unit", "gen_product_posting_group", "inventory_posting_group", "item_tracking_code"
    ))  # fmt: skip
    asked = request.POST if request.method == "POST" else request.GET
    if len(templates) > 1 and "template" not in asked:
        return render(request, "items/choose.html", {"templates": templates})
    template = _template(templates, asked.get("template"))
    form, series = _new_form(request, template)
    if request.method == "POST" and form.is_valid():
        change = ItemChange(1, form.cleaned_data["number"], form.values(), mode="create")
        try:
            saved = save_items([change], user=request.user, reason="New item")
        except Refused as refused:
            form.refuse(refused.refusals)
        except Refusal as refusal:
            form.refuse([refusal])
        else:
            messages.success(request, _("Item %(number)s was made.") % {"number": saved[0].number})
            return redirect("item", number=saved[0].number)
    context = {"form": form, "template": template, "series": series, "several": len(templates) > 1, "must": MUST}
    return render(request, "items/new.html", context, status=422 if form.errors else 200)


def _template(templates: list[ItemTemplate], code: str | None) -> ItemTemplate | None:
    """The one that was chosen; the only one where none is named."""
    if code is None:
        return templates[0] if len(templates) == 1 else None
    return next((template for template in templates if template.code.upper() == code.strip().upper()), None)


def _new_form(request: UserRequest, template: ItemTemplate | None) -> tuple[NewItemForm, NumberSeries | None]:
    setup = InventorySetup.objects.select_related("item_number_series").first()
    chosen: Any = (template and template.number_series) or (setup and setup.item_number_series)
    series: NumberSeries | None = chosen or None
    initial: dict[str, Any] = {"type": "inventory", "costing_method": setup.default_costing_method if setup else "fifo"}
    if template is not None:
        named = [name for name in NEW_FIELDS if name not in ("number", "description")]
        initial.update({name: text for name in named if (text := text_of(template, name))})
    if "template" in request.GET or "template" in request.POST:
        initial["template"] = template.code if template else ""
    data = request.POST if request.method == "POST" else None
    form = NewItemForm(data, choices=read_choices(NEW_FIELDS), initial=initial, numbered=series is not None)
    return form, series
