"""One row of the book: what it says, what is behind it, and where it came from and went to (U50)."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ledger import queries
from ledger.models import GLEntry, ValueEntry
from posting.reverse import REVERSIBLE, reverse_register
from web.requests import UserRequest, needs
from work.errors import Refusal, Refused

SHOWN = 200


@needs("ledger.view_itemledgerentry")
@require_GET
def item_ledger_entry(request: UserRequest, pk: int) -> HttpResponse:
    """A movement: its worth, what it was taken from and what it went to."""
    see_cost = request.user.has_perm("costing.view_cost")
    entry = get_object_or_404(queries.item_ledger_entries(with_cost=see_cost), pk=pk)
    values = list(queries.value_entries_of(entry)[:SHOWN]) if see_cost else []
    links = queries.applications(entry)
    sources = [link for link in links if link.inbound_entry_id != entry.pk and link.outbound_entry_id == entry.pk]
    uses = [link for link in links if link.inbound_entry_id == entry.pk and link.outbound_entry_id is not None]
    context = {
        "entry": entry,
        "see_cost": see_cost,
        "cost": entry.cost_amount_actual + entry.cost_amount_expected if see_cost else None,  # type: ignore[attr-defined]
        "values": values,
        "sources": sources,
        "uses": [link for link in uses if link.item_ledger_entry_id != entry.pk],
        "origins": [link for link in uses if link.item_ledger_entry_id == entry.pk],
    }
    return render(request, "ledger/item_ledger_entry.html", context)


@needs("ledger.view_valueentry", "costing.view_cost")
@require_GET
def value_entry(request: UserRequest, pk: int) -> HttpResponse:
    """A change of worth: why it was written, and what of it stands in the general ledger."""
    entry = get_object_or_404(queries.value_entries().select_related("register", "register__user"), pk=pk)
    corrected_by = ValueEntry.objects.filter(applies_to_value_entry_id=pk).order_by("pk")[:SHOWN]
    general = GLEntry.objects.filter(relations__value_entry=entry).select_related("account").order_by("pk")[:SHOWN]
    context = {
        "entry": entry,
        "corrected_by": corrected_by,
        "general": general if request.user.has_perm("ledger.view_glentry") else [],
        "why": why(entry),
    }
    return render(request, "ledger/value_entry.html", context)


def why(entry: ValueEntry) -> str:
    """In words, why an adjusting entry was written (decision 11); blank for all others."""
    words = {
        "cost_forwarded": _("The cost of what it was taken from changed, and was carried on."),
        "order_costs": _("What went into its order came to cost something else, and so does what was made."),
        "rounding": _("Rounded shares left this on a receipt that is used up."),
        "nothing_left": _("Nothing is left of the item here, so no worth may stay."),
    }
    return words.get(entry.cause, "")


@needs("ledger.view_glentry", "costing.view_cost")
@require_GET
def gl_entry(request: UserRequest, pk: int) -> HttpResponse:
    """An amount on an account, and the value entries that it sums."""
    entry = get_object_or_404(queries.gl_entries(), pk=pk)
    values = list(queries.value_entries_of(entry)[: SHOWN + 1])
    other_side = GLEntry.objects.filter(register=entry.register_id, document_number=entry.document_number).exclude(
        pk=pk
    )
    pairs = other_side.filter(relations__value_entry__in=[value.pk for value in values]).distinct()
    context = {
        "entry": entry,
        "values": values[:SHOWN],
        "more": len(values) > SHOWN,
        "pairs": pairs.select_related("account").order_by("pk")[:SHOWN],
    }
    return render(request, "ledger/gl_entry.html", context)


@needs("ledger.view_itemregister")
@require_GET
def item_register(request: UserRequest, pk: int) -> HttpResponse:
    """A posting: what it wrote, and where it may be taken back."""
    register = get_object_or_404(queries.registers(), pk=pk)
    reversed_by = getattr(register, "reversed_by", None)
    see_cost = request.user.has_perm("costing.view_cost")
    context: dict[str, Any] = {
        "register": register,
        "reversed_by": reversed_by,
        "see_cost": see_cost,
        "entries": queries.item_ledger_entries(with_cost=see_cost).filter(register=register)[:SHOWN],
        "may_reverse": request.user.has_perm("posting.reverse_register")
        and register.source_code in REVERSIBLE
        and reversed_by is None,
        "key": uuid.uuid4().hex,
    }
    return render(request, "ledger/item_register.html", context)


@needs("posting.reverse_register")
@require_POST
def reverse_item_register(request: UserRequest, pk: int) -> HttpResponse:
    """Post the mirror image; a second press of the same button finds the first one's answer."""
    key = request.POST.get("key", "")[:64]
    try:
        answer = reverse_register(
            pk, posted_by=request.user, idempotency_key=(f"page-{key}", {"register": pk}) if key else None
        )
    except Refused as refused:
        for problem in refused.refusals[:20]:
            messages.error(request, problem.message)
        return redirect("item-register", pk=pk)
    except Refusal as problem:
        messages.error(request, problem.message)
        return redirect("item-register", pk=pk)
    words = _("Register %(old)s was reversed: %(count)s entries in register %(new)s.")
    messages.success(request, words % {"old": pk, "count": answer.item_entries, "new": answer.register_id})
    return redirect("item-register", pk=answer.register_id)
