"""What is done with an item from its card: copied, given a template, made one, deleted, or its inventory adjusted."""

import uuid
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from inventory.cells import read_number
from inventory.item_copy import PARTS, apply_template, copy_item, save_as_template
from inventory.item_delete import delete_items
from inventory.models import Item, ItemTemplate, Location
from inventory.uses import uses_of
from ledger.errors import ItemBusy
from posting.adjust_inventory import NewInventory, adjust_inventory, inventory_by_location
from web.forms.item_actions import AdjustForm, ApplyTemplateForm, CopyForm, SaveAsTemplateForm
from web.forms.items import LABELS, plain
from web.requests import UserRequest, needs
from web.views.items import find_item
from work.errors import Refusal, Refused

GET_AND_POST = ["GET", "POST"]


def _data(request: UserRequest) -> Any:
    """What was sent; an empty form that was sent counts as well."""
    return request.POST if request.method == "POST" else None


def _show(request: UserRequest, item: Item, form: forms.Form, title: str, button: str, **more: Any) -> HttpResponse:
    context = {"item": item, "form": form, "title": title, "button": button, **more}
    return render(request, "items/action.html", context, status=422 if form.errors else 200)


def _refuse(form: forms.Form, refusals: Iterable[Refusal]) -> None:
    """Each reason at the field it is about, else above all."""
    for problem in refusals:
        field = problem.field if problem.field in form.fields else None
        form.add_error(field, problem.message)


# ---------------------------------------------------------------- copies and templates


@needs("inventory.view_item", "inventory.add_item")
@never_cache
@require_http_methods(GET_AND_POST)
def copy(request: UserRequest, number: str) -> HttpResponse:
    """Make items like this one."""
    item = find_item(request, number)
    form = CopyForm(_data(request), initial={"parts": list(PARTS)})
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        try:
            saved = copy_item(
                item.number, asked["numbers"], parts=asked["parts"], description=asked["description"],
                user=request.user, reason=f"Copy of {item.number}",
            )  # fmt: skip
        except (Refused, Refusal) as problem:
            for each in problem.refusals if isinstance(problem, Refused) else [problem]:
                form.add_error("numbers" if each.field == "number" else None, each.message)
        else:
            numbers = ", ".join(each.number for each in saved)
            words = ngettext("Item %(numbers)s was made.", "Items %(numbers)s were made.", len(saved))
            messages.success(request, words % {"numbers": numbers})
            return redirect("item", number=saved[0].number)
    hint = _("Number and GTIN stay with the item. Entries, their costs and stockkeeping units are never copied.")
    return _show(request, item, form, _("Copy the item"), _("Copy"), hint=hint)


@needs("inventory.view_item", "inventory.change_item", "inventory.view_itemtemplate")
@never_cache
@require_http_methods(GET_AND_POST)
def use_template(request: UserRequest, number: str) -> HttpResponse:
    """Set the fields that a template sets."""
    item = find_item(request, number)
    templates = [(each.code, f"{each.code} {each.description}".strip()) for each in ItemTemplate.objects.all()]
    form = ApplyTemplateForm(_data(request), templates=templates)
    if request.method == "POST" and form.is_valid():
        code = form.cleaned_data["template"]
        try:
            applied = apply_template(item.number, code, user=request.user, reason=f"Template {code}")
        except Refused as refused:
            _refuse(form, refused.refusals)
        else:
            if applied.item.outcome == "changed":
                messages.success(request, _("Template %(code)s was applied.") % {"code": code})
            else:
                messages.info(request, _("The item is already as template %(code)s says.") % {"code": code})
            for name, use in applied.skipped.items():
                words = _("%(field)s was left as it is, since there are %(use)s.")
                messages.warning(request, words % {"field": LABELS.get(name, name), "use": use})
            return redirect("item", number=item.number)
    hint = _("Only what the template sets is changed. What entries or open lines rest on stays, and you are told.")
    empty = "" if templates else _("There are no templates yet. Save an item as one first.")
    return _show(request, item, form, _("Apply a template"), _("Apply"), hint=hint, empty=empty)


@needs("inventory.view_item", "inventory.add_itemtemplate")
@never_cache
@require_http_methods(GET_AND_POST)
def make_template(request: UserRequest, number: str) -> HttpResponse:
    """Keep what the item is set to for new ones."""
    item = find_item(request, number)
    form = SaveAsTemplateForm(_data(request), initial={"description": item.description})
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        try:
            made = save_as_template(
                item.number, asked["code"], asked["description"], user=request.user, reason=f"From item {item.number}"
            )
        except Refused as refused:
            _refuse(form, refused.refusals)
        else:
            messages.success(request, _("Template %(code)s was made.") % {"code": made.code})
            return redirect("item", number=item.number)
    hint = _("New items made from the template start with the units, groups, costing and blocks of this one.")
    return _show(request, item, form, _("Save as a template"), _("Save the template"), hint=hint)


# ---------------------------------------------------------------- deletion


@needs("inventory.view_item", "inventory.delete_item")
@never_cache
@require_http_methods(GET_AND_POST)
def delete(request: UserRequest, number: str) -> HttpResponse:
    """Say what would go along or what stands in the way, then delete."""
    item, form = find_item(request, number), forms.Form(_data(request))
    if request.method == "POST" and form.is_valid():
        try:
            delete_items([item.number], user=request.user, reason="Item card")
        except Refused as refused:
            for problem in refused.refusals:
                form.add_error(None, problem.message)
        else:
            messages.success(request, _("Item %(number)s was deleted.") % {"number": item.number})
            return redirect("items")
    held = [use.words for use, found in uses_of([item.pk]) if found and use.final]
    hint = _("Its units, variants, stockkeeping units and bill of materials go with it. The change history stays.")
    empty = ""
    if held:
        empty = _("Item %(number)s cannot be deleted, since there are %(uses)s. Block it instead.") % {
            "number": item.number, "uses": ", ".join(held),
        }  # fmt: skip
    return _show(request, item, form, _("Delete the item"), _("Delete"), hint=hint, empty=empty, danger=True)


# ---------------------------------------------------------------- inventory


@needs("inventory.view_item", "ledger.view_itemledgerentry", "posting.post_item_journal")
@never_cache
@require_http_methods(GET_AND_POST)
def adjust(request: UserRequest, number: str) -> HttpResponse:
    """Type what is on hand at each location; the differences are posted (journals.md §7)."""
    item, today = find_item(request, number), timezone.localdate()
    form = AdjustForm(_data(request), initial={"posting_date": today, "document_number": f"ADJ{today:%y%m%d}"})
    held = inventory_by_location(item.pk)
    rows = [
        {
            "code": place.code,
            "name": place.name if place.code else _("No location"),
            "shown": plain(held.get(place.pk, Decimal(0))),
        }
        for place in Location.objects.filter(in_transit=False)
    ]
    if request.method == "POST":
        for place, row in enumerate(rows):
            row["typed"] = request.POST.get(f"wanted-{place}", "").strip()
            row["shown"] = request.POST.get(f"shown-{place}", row["shown"])
        if form.is_valid() and (answer := _post_counts(request, item, form, rows)) is not None:
            words = _("Inventory of %(number)s was adjusted: %(count)s entries in register %(register)s.")
            facts = {"number": item.number, "count": answer.item_entries, "register": answer.register_id}
            messages.success(request, words % facts)
            return redirect("item", number=item.number)
    hint = _("Leave a line blank where nothing changes. Afterwards the goods may need a revaluation.")
    key = request.POST.get("key") or uuid.uuid4().hex
    return _show(
        request, item, form, _("Adjust inventory"), _("Post the differences"), hint=hint, rows=rows, key=key,
        unit=item.base_unit.code,
    )  # fmt: skip


def _post_counts(request: UserRequest, item: Item, form: AdjustForm, rows: list[dict[str, Any]]) -> Any:
    """The answer of the posting; None where something was refused, which then stands at its line or above."""
    counts: list[NewInventory] = []
    typed = [row for row in rows if row["typed"]]
    for row in typed:
        try:
            wanted = read_number(row["typed"], name="new_inventory", places=5)
            counts.append(NewInventory(row["code"], read_number(row["shown"], name="shown", places=5), wanted))
        except Refusal as problem:
            row["error"] = problem.message
    if any(row.get("error") for row in rows):
        form.add_error(None, _("Correct what is marked below. Nothing was posted."))
        return None
    asked = form.cleaned_data
    body = {"item": item.number, "counts": [[each.location, str(each.wanted)] for each in counts]}
    key = request.POST.get("key", "")[:64]
    try:
        return adjust_inventory(
            item, counts, posting_date=asked["posting_date"], document_number=asked["document_number"],
            posted_by=request.user, idempotency_key=(f"page-{key}", body) if key else None,
        )  # fmt: skip
    except Refused as refused:
        for each in refused.refusals:
            if each.line is not None and 0 < each.line <= len(typed):
                typed[each.line - 1]["error"] = each.message
            else:
                form.add_error(None, each.message)
        if not form.errors:
            form.add_error(None, _("Correct what is marked below. Nothing was posted."))
    except (ItemBusy, Refusal) as problem:
        form.add_error(None, problem.message)
    return None
