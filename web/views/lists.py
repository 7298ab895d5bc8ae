"""What lists share beside their pages: counts that come late, views, and columns."""

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from web import saved_views
from web.list_groups import count_rows
from web.list_state import Asked, Listing, read_asked
from web.listings import listing_for
from web.models import SavedView
from web.requests import UserRequest, needs
from web.templatetags.erp import figure
from work.errors import Refusal

TAB_WITHIN = 1_000  # milliseconds for the count of one tab


def find_listing(request: UserRequest, name: str) -> Listing:
    """The list as this user may see it; 404 where there is none, or none for this user."""
    listing = listing_for(name, request.user)
    if listing is None:
        raise Http404
    return listing


def ask(request: UserRequest, listing: Listing, query: QueryDict) -> Asked:
    """A list as its address asks for it."""
    return read_asked(listing, query, request.user, today=timezone.localdate())


@needs()
@never_cache
@require_GET
def count(request: UserRequest, name: str) -> HttpResponse:
    """How many rows the filters leave, or that they are too many to count at once."""
    asked = ask(request, find_listing(request, name), request.GET)
    found = count_rows(asked.rows) if asked.valid else 0
    return render(request, "lists/_count.html", {"count": found, "words": figure(found, 0)})


@needs()
@never_cache
@require_GET
def counts(request: UserRequest, name: str) -> HttpResponse:
    """How many rows each view has; blank where one takes too long to count. Fetched after the page."""
    listing = find_listing(request, name)
    plain = ask(request, listing, QueryDict())
    found: dict[str, str] = {"": _tab(plain)}
    for view in saved_views.views_for(request.user, name)[: saved_views.MOST_VIEWS]:
        query = QueryDict(saved_views.open_view(view, plain).address[1:])
        found[str(view.pk)] = _tab(ask(request, listing, query))
    return JsonResponse(found)


def _tab(asked: Asked) -> str:
    found = count_rows(asked.rows, within=TAB_WITHIN) if asked.valid else None
    return figure(found, 0)


@needs()
@require_POST
def views(request: UserRequest, name: str) -> HttpResponse:
    """Save, overwrite, rename or delete a view, or make it the one the list opens with."""
    find_listing(request, name)
    query = QueryDict(request.POST.get("state", "").removeprefix("?"), mutable=True)
    try:
        view, words = _do(request, name, query)
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect(f"{reverse(name)}?{query.urlencode()}")
    messages.success(request, words)
    if view is None:
        return redirect(f"{reverse(name)}?view=")
    query["view"] = str(view.pk)
    return redirect(f"{reverse(name)}?{query.urlencode()}")


def _do(request: UserRequest, name: str, query: QueryDict) -> tuple[SavedView | None, str]:
    user, posted, what = request.user, request.POST, request.POST.get("do", "")
    if what == "save":
        made = saved_views.save_view(
            user, name, posted.get("name", ""), saved_views.state_of(query),
            audience=posted.get("audience", "me"), role=posted.get("role", ""),
        )  # fmt: skip
        return made, _("View %(name)s was saved.") % {"name": made.name}
    if what == "plain":
        saved_views.choose_default(user, name, None)
        return None, _("The list opens without a view again.")
    key = posted.get("view", "")
    view = get_object_or_404(saved_views.views_for(user, name), pk=int(key) if key.isascii() and key.isdigit() else 0)
    facts = {"name": view.name}
    if what == "overwrite":
        saved_views.overwrite_view(user, view, saved_views.state_of(query))
        return view, _("View %(name)s was overwritten.") % facts
    if what == "rename":
        saved_views.rename_view(user, view, posted.get("name", ""))
        return view, _("The view is called %(name)s now.") % {"name": view.name}
    if what == "delete":
        saved_views.delete_view(user, view)
        return None, _("View %(name)s was deleted.") % facts
    if what == "default":
        saved_views.choose_default(user, name, view)
        return view, _("The list opens with view %(name)s from now on.") % facts
    raise Refusal(_("Choose what to do with the view."), code="not_understood")


@needs()
@require_POST
def columns(request: UserRequest, name: str) -> HttpResponse:
    """Choose the columns and their order: kept for oneself, or in the address where a view is open."""
    listing = find_listing(request, name)
    query = QueryDict(request.POST.get("state", "").removeprefix("?"), mutable=True)
    asked = ask(request, listing, query)
    chosen = [each for each in request.POST.getlist("column") if asked.column(each)]
    query.pop("columns", None)
    if request.POST.get("do") == "reset":
        chosen = []
    if query.get("view") and chosen:
        query["columns"] = ",".join(chosen)
    else:
        saved_views.choose_columns(request.user, name, chosen)
    return redirect(f"{reverse(name)}?{query.urlencode()}")
