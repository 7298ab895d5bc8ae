"""Keyset pages: the cursor holds the key of the last row, so that no page gets slower than the first."""

from typing import Any

from django.db import DataError
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.serializers import ErrorDetail

MOST_ROWS = 1000


class Pages(CursorPagination):
    """`limit` rows, 100 unless told; `next` and `previous` are the addresses of the pages beside this one."""

    page_size = 100
    max_page_size = MOST_ROWS
    page_size_query_param = "limit"
    page_size_query_description = f"How many rows, at most {MOST_ROWS}."
    ordering = "-id"

    def get_page_size(self, request: Request) -> int:
        return whole_number(request.query_params.get("limit"), "limit", least=1, most=MOST_ROWS, default=self.page_size)

    def get_ordering(self, request: Request, queryset: Any, view: Any) -> tuple[str, ...]:
        return (getattr(view, "page_order", "-id"),)

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> Any:
        try:
            return super().paginate_queryset(queryset, request, view)
        except (NotFound, DataError, ValueError, TypeError, OverflowError):
            words = "This is no cursor of this list. Begin at its first page."
            raise ValidationError({"cursor": ErrorDetail(words, "not_understood")}) from None


def whole_number(raw: str | None, name: str, *, least: int, most: int, default: int) -> int:
    """A number out of an address. Raises `ValidationError` for everything else."""
    if raw is None or raw == "":
        return default
    if (
        raw.removeprefix("-").isascii()
        and raw.removeprefix("-").isdigit()
        and len(raw) < 20
        and least <= int(raw) <= most
    ):
        return int(raw)
    words = f"{name} is a whole number from {least} to {most}."
    raise ValidationError({name: ErrorDetail(words, "not_understood")})


def refuse_unknown_parameters(request: Request, known: set[str]) -> None:
    """A parameter that is not known is refused by name: a filter with a typo must not show everything."""
    unknown = sorted(set(request.query_params) - known)
    if unknown:
        words = f"There is no such filter. Known are: {', '.join(sorted(known))}."
        raise ValidationError({name[:60]: ErrorDetail(words, "unknown_filter") for name in unknown})
