"""Rows that people keep: listed, read, created and changed, each change with its user and reason."""

from typing import Any, ClassVar

from django.db import transaction
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import mixins, status, viewsets
from rest_framework.response import Response

from api.permissions import needs
from api.requests import UserRequest, known_name
from inventory.setup import lock_setup
from users.history import acting

LONGEST_KEY = 20


def kept(model: str) -> Any:
    """Permission classes of a table: to see, to add, to change."""
    app, name = model.split(".")
    return needs(GET=f"{app}.view_{name}", POST=f"{app}.add_{name}", PATCH=f"{app}.change_{name}")


class Readable(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]):
    """Listed in keyset pages with filters, and read one by one by its key."""

    http_method_names = ["get", "head", "options"]
    lookup_field = "code"
    lookup_value_regex = "[^/]+"
    page_order: ClassVar[str] = "code"

    def get_object(self) -> Any:
        return get_object_or_404(self.get_queryset(), **self.key())

    def key(self) -> dict[str, Any]:
        """How the row of the address is found."""
        text = self.kwargs[self.lookup_field]
        if self.lookup_field == "pk":
            return {"pk": int(text)}
        return {f"{self.lookup_field}__iexact": known_name(text, longest=LONGEST_KEY)}


class Kept(Readable):
    """May be created and changed as well."""

    http_method_names = ["get", "post", "patch", "head", "options"]
    locks_setup: ClassVar[bool] = False

    def create(self, request: UserRequest) -> Response:
        """Create one."""
        with acting(request.user, f"created through the API: {self.basename}"):
            if self.locks_setup:
                lock_setup()
            made = self.get_serializer(data=request.data)
            made.is_valid(raise_exception=True)
            made.save()
        return Response(self._shown(made.instance), status.HTTP_201_CREATED)

    def partial_update(self, request: UserRequest, **key: str) -> Response:
        """Change the fields that are named."""
        with transaction.atomic(), acting(request.user, f"changed through the API: {self.basename}"):
            if self.locks_setup:
                lock_setup()
            plain: QuerySet[Any] = self.get_queryset().model._default_manager.select_for_update(no_key=True)
            row = get_object_or_404(plain, **self.key())
            changed = self.get_serializer(row, data=request.data, partial=True)
            changed.is_valid(raise_exception=True)
            changed.save()
        return Response(self._shown(row))

    def _shown(self, row: Any) -> Any:
        return self.get_serializer(self.get_queryset().get(pk=row.pk)).data
