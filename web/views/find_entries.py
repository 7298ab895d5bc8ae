"""Find entries: from a number on a paper to every list that knows it (ux.md, U2)."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from web.find_entries import asked_for, boxes, find_related
from web.requests import UserRequest, needs


@needs("ledger.view_itemledgerentry")
@never_cache
@require_GET
def find_entries(request: UserRequest) -> HttpResponse:
    """A form, and what belongs to what was typed; the address holds it all."""
    typed = asked_for(request.GET)
    answer = find_related(request.user, typed, today=timezone.localdate())
    shown = {"boxes": boxes(typed), "typed": typed, "answer": answer}
    return render(request, "ledger/find_entries.html", shown, status=422 if answer.problems else 200)
