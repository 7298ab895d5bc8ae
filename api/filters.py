"""The filters of lists: those of the domain, and none that is not known."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.request import Request

from api.pagination import refuse_unknown_parameters
from work.models import Job


class Filters(DjangoFilterBackend):
    """The view's `filterset_class`; `more_parameters` of the view are its own affair."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> Any:
        known = {"cursor", "limit", *getattr(view, "more_parameters", ())}
        filterset = self.get_filterset_class(view, queryset)
        if filterset is not None:
            known |= set(filterset.base_filters)
        refuse_unknown_parameters(request, known)
        return super().filter_queryset(request, queryset, view)


class JobFilter(django_filters.FilterSet):
    """Jobs by kind and state."""

    kind = django_filters.CharFilter(label="Kind", max_length=50)
    state = django_filters.MultipleChoiceFilter(choices=Job.State.choices, label="State")

    class Meta:
        model = Job
        fields: list[str] = []
