"""The filters of lists: those of the domain, and none that is not known."""

from typing import Any

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.request import Request

from api.pagination import refuse_unknown_parameters


class Filters(DjangoFilterBackend):
    """The view's `filterset_class`; `more_parameters` of the view are its own affair."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> Any:
        known = {"cursor", "limit", *getattr(view, "more_parameters", ())}
        filterset = self.get_filterset_class(view, queryset)
        if filterset is not None:
            known |= set(filterset.base_filters)
        refuse_unknown_parameters(request, known)
        return super().filter_queryset(request, queryset, view)
