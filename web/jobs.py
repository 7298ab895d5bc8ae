"""What lists do in the background: large exports and bulk edits, each under the permissions of whoever asked."""

import tempfile
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from users.models import User
from web.columns import Column
from web.exports import Selection, write_xlsx
from web.list_state import Asked, read_asked
from web.listings import listing_for
from web.models import ExportedFile
from web.requests import UserRequest
from work.errors import Refusal
from work.jobs import Running, start_job
from work.models import Job

EXPORT = "export list"
LARGEST_FILE = 200_000_000


def arguments_of(asked: Asked, selection: Selection, **more: Any) -> dict[str, Any]:
    """What a job has to know to ask for the same rows, on the same day."""
    return {
        "listing": asked.listing.name, "state": asked.query.urlencode(), "keys": list(selection.keys),
        "everything": selection.everything, "today": timezone.localdate().isoformat(), **more,
    }  # fmt: skip


def asked_by(arguments: Mapping[str, Any], user: User) -> tuple[Asked, Selection]:
    """The rows a job is for, as this user may see them now. Raises `Refusal` where that is no longer so."""
    listing = listing_for(arguments["listing"], user)
    if listing is None:
        raise Refusal(_("You may no longer open this list."), code="permission_denied")
    query = QueryDict(arguments["state"])
    asked = read_asked(listing, query, user, today=date.fromisoformat(arguments["today"]))
    if not asked.valid:
        raise Refusal(asked.problems[0], code="filter_not_understood")
    return asked, Selection(tuple(arguments["keys"]), arguments["everything"])


def user_of(running: Running) -> User:
    """Who asked. Raises `Refusal` where the account was closed meanwhile."""
    user = User.objects.filter(pk=running.user_id or 0, is_active=True).first()
    if user is None:
        raise Refusal(_("The user who asked for this is no longer active."), code="permission_denied")
    return user


def start_export(
    request: UserRequest, asked: Asked, selection: Selection, columns: list[Column], *, keyed: bool
) -> Job:
    """Queue an export."""
    names = [column.name for column in columns]
    title = _("Export of %(title)s") % {"title": asked.listing.title}
    return start_job(
        EXPORT, title, user=request.user, arguments=arguments_of(asked, selection, columns=names, keyed=keyed)
    )


def run_export(running: Running) -> dict[str, Any]:
    """Write the file and keep it for whoever asked. A run after a lost worker begins anew."""
    user = user_of(running)
    with translation.override(user.language or None), tempfile.TemporaryFile() as file:
        asked, selection = asked_by(running.arguments, user)
        columns = [found for name in running.arguments["columns"] if (found := asked.column(name))]
        rows = selection.of(asked)
        total = rows.order_by().count()
        key = asked.order.key if running.arguments["keyed"] else ""
        written = write_xlsx(
            rows, columns, file, title=str(asked.listing.title), key=key,
            progress=lambda done: running.progress(done, total, _("rows written")),
        )  # fmt: skip
        if file.tell() > LARGEST_FILE:
            raise Refusal(_("The file is too large to keep. Narrow the list, or show fewer columns."), code="too_large")
        file.seek(0)
        needed = {*asked.listing.permissions, *(column.permission for column in columns if column.permission)}
        name = file_name(asked)
        ExportedFile.objects.update_or_create(
            job_id=running.id,
            defaults={
                "user": user,
                "name": name,
                "rows": written,
                "permissions": sorted(needed),
                "content": file.read(),
            },
        )
        running.progress(total, total, _("rows written"))
    link = reverse("exported-file", args=[running.id])
    return {"rows": written, "file": name, "link": link, "link_words": _("Download")}


def file_name(asked: Asked) -> str:
    """The list and the day."""
    return f"{asked.listing.name}-{timezone.localdate().isoformat()}.xlsx"
