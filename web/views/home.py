"""The first page, and where to change what the company has chosen."""

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from costing.queries import queue_counts
from inventory.models import InventorySetup, Item
from ledger.choices import SourceCode
from ledger.queries import registers, stock_totals
from posting.queries import WaitingBatch, waiting_batches
from web.requests import UserRequest, needs
from web.templatetags.erp import amount


@dataclass(frozen=True, slots=True)
class Cue:
    """One number that wants attention, and the list it opens."""

    label: str
    value: Any
    url: str
    hint: str = ""
    css: str = ""


@needs()
@require_GET
def home(request: UserRequest) -> HttpResponse:
    """What wants attention today, as far as the user may see it; at most five statements."""
    user = request.user
    batches = waiting_batches() if user.has_perm("posting.use_item_journal") else []
    cues = [*_stock_cues(request), *_journal_cues(batches), *_cost_cues(request)]
    sees_registers = user.has_perm("ledger.view_itemregister")
    context = {
        "cues": cues,
        "batches": batches,
        "sees_registers": sees_registers,
        "registers": registers().exclude(source_code=SourceCode.COST_ADJUSTMENT)[:8] if sees_registers else [],
        "empty": not Item.objects.exists(),
    }
    return render(request, "home/home.html", context)


def _stock_cues(request: UserRequest) -> list[Cue]:
    if not request.user.has_perm("inventory.view_item"):
        return []
    in_stock, below_zero, value = stock_totals()
    items = reverse("items")
    cues = [Cue(_("Items in stock"), in_stock, f"{items}?in_stock=true")]
    if request.user.has_perm("costing.view_cost"):
        cues.append(Cue(_("Inventory value"), amount(value), f"{items}?in_stock=true"))
    hint = _("Post the receipts that are missing") if below_zero else _("Nothing is oversold")
    cues.append(Cue(_("Below zero"), below_zero, f"{items}?negative=true", hint, "bad" if below_zero else ""))
    return cues


def _journal_cues(batches: list[WaitingBatch]) -> list[Cue]:
    lines = sum(batch.lines for batch in batches)
    if not lines:
        return []
    bad = sum(batch.unread for batch in batches)
    hint = ngettext("%(bad)s line needs a correction", "%(bad)s lines need a correction", bad) % {"bad": bad}
    return [Cue(_("Journal lines"), lines, reverse("journals"), hint if bad else "", "warn" if bad else "")]


def _cost_cues(request: UserRequest) -> list[Cue]:
    if not request.user.has_perm("costing.view_cost"):
        return []
    to_adjust, to_post, adjust_failed, post_failed = queue_counts()
    url, failed = reverse("costing"), adjust_failed + post_failed
    cues = [
        Cue(_("Costs to adjust"), to_adjust, f"{url}#queue-1", _("Workers are at it") if to_adjust else ""),
        Cue(_("To post to the G/L"), to_post, f"{url}#queue-2"),
    ]
    if failed:
        cues.append(Cue(_("Could not be done"), failed, url, _("Each says why"), "bad"))
    return cues


@needs("inventory.view_inventorysetup")
@require_GET
def setup(request: UserRequest) -> HttpResponse:
    """The company's choices, and links to where each is changed in the back office."""
    row = InventorySetup.objects.get()
    shown = [
        (field.verbose_name.capitalize(), _shown(row, field.name))
        for field in InventorySetup._meta.concrete_fields
        if not field.primary_key
    ]
    return render(request, "home/setup.html", {"shown": shown, "links": _links(request)})


def _shown(row: InventorySetup, name: str) -> str:
    display = getattr(row, f"get_{name}_display", None)
    value = display() if display else getattr(row, name)
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return "–" if value is None or value == "" else str(value)


_BACK_OFFICE = (
    "inventory_inventorysetup", "inventory_location", "inventory_unitofmeasure", "inventory_itemtemplate",
    "inventory_numberseries", "inventory_inventorypostinggroup", "inventory_genproductpostinggroup",
    "inventory_genbusinesspostinggroup", "costing_inventorypostingsetup", "costing_generalpostingsetup",
    "ledger_glaccount", "ledger_accountingperiod", "ledger_inventoryperiod", "inventory_itemtrackingcode",
    "inventory_vendor", "inventory_customer", "users_user",
)  # fmt: skip


def _links(request: UserRequest) -> list[tuple[str, str]]:
    """Only for those who may enter the back office; each table has its own permission there."""
    if not request.user.is_staff:
        return []
    found = []
    for name in _BACK_OFFICE:
        app, _sep, model = name.partition("_")
        if request.user.has_perm(f"{app}.view_{model}"):
            words = apps.get_model(app, model)._meta.verbose_name_plural
            found.append((reverse(f"admin:{name}_changelist"), str(words).capitalize()))
    return found
