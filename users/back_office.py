"""Master data in the back office: every change is by the person who made it, and its history can be read."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from users.history import acting, history_of
from work.back_office import BackOffice
from work.errors import Refused

REASON = "changed in the back office"


class Recorded(BackOffice):
    """Saving and deleting happens as the user who asked for it, in one transaction."""

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if request.method != "POST":
            return super().changeform_view(request, object_id, form_url, extra_context)  # type: ignore[no-any-return]
        return self._as_user(
            request, lambda: super(Recorded, self).changeform_view(request, object_id, form_url, extra_context)
        )

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        if request.method != "POST":
            return super().delete_view(request, object_id, extra_context)  # type: ignore[no-any-return]
        return self._as_user(request, lambda: super(Recorded, self).delete_view(request, object_id, extra_context))

    def _as_user(self, request: HttpRequest, change: Callable[[], HttpResponse]) -> HttpResponse:
        """Back to the same page, with the reason, where the locks are not given."""
        try:
            with acting(request.user, REASON):
                self.before_saving()
                return change()
        except Refused as refused:
            for problem in refused.refusals:
                self.message_user(request, problem.message, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def before_saving(self) -> None:
        """Locks to take first, in the transaction of the change."""

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Every change of the row, through whichever door it came."""
        row = self.get_object(request, unquote(object_id))
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[no-any-return]
        if not self.has_view_or_change_permission(request, row):
            raise PermissionDenied
        hidden = set(self.hidden_fields(request))
        changes = history_of(row)
        for change in changes:
            change["changes"] = {name: pair for name, pair in change["changes"].items() if name not in hidden}
        shown = {
            **self.admin_site.each_context(request), "title": f"History of {row}", "object": row, "changes": changes,
            "opts": self.opts, **(extra_context or {}),
        }  # fmt: skip
        return TemplateResponse(request, "users/back_office_history.html", shown)

    def hidden_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Fields that this user must not see, not even in the history."""
        return ()

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return (*(super().get_exclude(request, obj) or ()), *self.hidden_fields(request))
