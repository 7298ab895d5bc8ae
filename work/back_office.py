"""What all pages of the back office share: no deleting in bulk, and ledgers and queues are only read."""

from typing import Any

from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.paginator import InfinitePaginator


class BackOffice(ModelAdmin):
    """A page of the back office; lists look one page ahead instead of counting what may be millions of rows."""

    list_per_page = 50
    show_full_result_count = False
    list_filter_submit = True

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Without deleting in bulk."""
        actions: dict[str, Any] = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions


class ReadOnly(BackOffice):
    """Rows that only verbs write; they are looked at with the model's view permission."""

    paginator = InfinitePaginator
    ordering = ("-pk",)
    actions_on_top = False
    needs = ""  # a permission beyond the model's own

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed: bool = super().has_view_permission(request, obj)
        return allowed and (not self.needs or request.user.has_perm(self.needs))
