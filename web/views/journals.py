"""Item journals: the list of batches, and the spreadsheet of one. The grid itself talks to the REST API."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_http_methods

from ledger.choices import EntryType
from posting.edit import open_batch
from posting.models import ItemJournalBatch, ItemJournalTemplate
from web.forms.journals import BatchForm
from web.journal_columns import columns_of, entry_types
from web.journal_words import words
from web.requests import UserRequest, needs
from work.errors import Refusal

TRANSFER = ItemJournalTemplate.Type.TRANSFER


@dataclass(frozen=True, slots=True)
class Journal:
    """A template with its batches; `template` and the names are as the address of the grid has them."""

    template: str
    description: str
    batches: list[ItemJournalBatch]


@needs("posting.use_item_journal")
@never_cache
@require_http_methods(["GET", "POST"])
def journals(request: UserRequest) -> HttpResponse:
    """All journals with the lines that wait in each; a name that is new makes a batch."""
    templates = [(journal.template, journal.description) for journal in _journals()]
    form = BatchForm(request.POST or None, templates=templates)
    if request.method == "POST" and form.is_valid():
        try:
            batch = open_batch(form.cleaned_data["template"], form.cleaned_data["name"], request.user)
        except Refusal as refusal:
            form.add_error("name", refusal.message)
        else:
            return redirect("journal", template=batch.template.name, batch=batch.name)
    context = {"journals": _journals(), "form": form}
    return render(request, "journals/list.html", context, status=422 if form.errors else 200)


@needs("posting.use_item_journal")
@never_cache
@ensure_csrf_cookie
@require_GET
def journal(request: UserRequest, template: str, batch: str) -> HttpResponse:
    """The spreadsheet of a batch, which is made when it is first opened."""
    try:
        opened = open_batch(template, batch, request.user)
    except Refusal as refusal:
        if refusal.code == "not_found":
            raise Http404(refusal.message) from refusal
        messages.error(request, refusal.message)
        return redirect("journals")
    if (opened.template.name, opened.name) != (template, batch):
        return redirect("journal", template=opened.template.name, batch=opened.name)
    siblings = ItemJournalBatch.objects.filter(template=opened.template).order_by("name")[:50]
    context = {"batch": opened, "siblings": siblings, "config": _config(request, opened)}
    context["transfers"] = opened.template.journal_type == TRANSFER
    context["sees_cost"] = request.user.has_perm("costing.view_cost")
    context["may_post"] = request.user.has_perm("posting.post_item_journal")
    return render(request, "journals/grid.html", context)


def _journals() -> list[Journal]:
    """Every template with its batches and their waiting lines; the two built-in ones also before their first use."""
    found = {
        "ITEM": Journal("ITEM", _("Item journal"), []),
        "RECLASS": Journal("RECLASS", _("Reclassification journal"), []),
    }
    for template in ItemJournalTemplate.objects.all():
        if template.name not in found:
            found[template.name] = Journal(template.name, template.description or template.name, [])
    batches = ItemJournalBatch.objects.select_related("template").annotate(waiting=Count("lines"))
    for batch in batches.order_by("template__name", "name"):
        found[batch.template.name].batches.append(batch)
    return list(found.values())


def _config(request: UserRequest, batch: ItemJournalBatch) -> dict[str, Any]:
    """What the scripts of the page know of journal, user, columns and words."""
    user, template = request.user, batch.template
    transfers = template.journal_type == TRANSFER
    sees_cost = user.has_perm("costing.view_cost")
    today = timezone.localdate().isoformat()
    first = {"posting_date": today, "document_date": today}
    first["entry_type"] = (EntryType.TRANSFER if transfers else EntryType.PURCHASE).value
    return {
        "user": str(user.pk),
        "template": template.name,
        "batch": batch.name,
        "transfers": transfers,
        "seesCost": sees_cost,
        "mayPost": user.has_perm("posting.post_item_journal"),
        "mayKeep": user.has_perm("posting.change_standarditemjournal"),
        "columns": columns_of(transfers=transfers, sees_cost=sees_cost),
        "choices": {"entry_type": entry_types(transfers=transfers)},
        "copied": ["posting_date", "document_date", "document_number", "entry_type"],
        "first": first,
        "urls": _urls(template.name, batch.name),
        "words": words(),
    }


def _urls(template: str, batch: str) -> dict[str, str]:
    """Addresses the scripts need; ITEM and 0 stand for the number that is put in their place."""
    api = reverse("home") + "api/v1/"
    return {
        "api": api,
        "journal": f"{api}journals/{quote(template, safe='')}/{quote(batch, safe='')}/",
        "item": reverse("item", args=["ITEM"]),
        "register": reverse("item-register", args=[0]),
        "entries": reverse("item-ledger-entries") + "?register=",
    }
