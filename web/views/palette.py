"""The palette: one box for pages, actions and records (ux.md, U1)."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from web.palette import find
from web.requests import UserRequest, needs


@needs()
@never_cache
@require_GET
def palette(request: UserRequest) -> HttpResponse:
    """The options for what was typed; each kind only as far as the user may see it."""
    typed = request.GET.get("q", "").replace("\0", "")
    found = find(request.user, typed, request.GET.get("at", ""))
    return render(request, "_palette_options.html", {"found": found, "typed": typed})
