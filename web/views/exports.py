"""Exports of lists: at once where they are small, as a job where they are not."""

import io
import uuid

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from web import saved_views
from web.exports import AT_ONCE, Selection, write_xlsx
from web.jobs import file_name, start_export
from web.list_state import Asked
from web.models import ExportedFile
from web.requests import UserRequest, needs
from web.views.lists import ask, find_listing

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_KEYS = 1_000


def selected(request: UserRequest, name: str) -> tuple[Asked, Selection]:
    """The list and the rows that a selection bar sent."""
    query = QueryDict(request.POST.get("state", "").removeprefix("?"))
    asked = ask(request, find_listing(request, name), query)
    keys = tuple(request.POST.getlist("keys")[:MOST_KEYS])
    return asked, Selection(keys, request.POST.get("all") == "1")


@needs()
@require_POST
def export(request: UserRequest, name: str) -> HttpResponse:
    """The selected rows as a file, with the columns that are shown."""
    asked, selection = selected(request, name)
    if not asked.valid:
        return redirect(f"{reverse(name)}?{asked.query.urlencode()}")
    columns = asked.shown(saved_views.preference_of(request.user, name).columns)
    keyed = request.POST.get("keyed") == "1"
    rows = selection.of(asked)
    if rows.order_by()[: AT_ONCE + 1].count() > AT_ONCE:
        return redirect("job", pk=start_export(request, asked, selection, columns, keyed=keyed).pk)
    file = io.BytesIO()
    key = asked.order.key if keyed else ""
    write_xlsx(rows, columns, file, title=str(asked.listing.title), key=key, progress=lambda done: None)
    return _attached(file.getvalue(), file_name(asked))


@needs()
@never_cache
@require_GET
def exported_file(request: UserRequest, job: uuid.UUID) -> HttpResponse:
    """A file that a job wrote, for whoever asked for it, while what it holds may still be seen."""
    found = get_object_or_404(ExportedFile, job_id=job, user=request.user)
    if not request.user.has_perms(found.permissions):
        raise PermissionDenied
    return _attached(bytes(found.content), found.name)


def _attached(content: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=XLSX)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
