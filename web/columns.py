"""A column of a list: what it shows, where that leads, what it adds up to, and how it is narrowed and sorted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils import timezone

from inventory.filter_language import Field, Kind, literal

GROUPED: tuple[Kind, ...] = ("code", "choice", "flag", "date", "moment")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column. `name` is how addresses and saved views call it, `path` where a query finds it (its name by default).

    Without a `kind` it is only shown. `total` names the field that is summed; `figure` says which opened figures
    that sum must equal. `shown` is whether it stands there until somebody chooses columns. `sorts` is off where
    the value is computed row by row, and `permission` is what one needs to see, narrow, sort or export it.
    """

    name: str
    label: Any
    show: Callable[[Any], Any]
    link: Callable[[Any], str] | None = None
    css: str = ""
    kind: Kind | None = None
    path: str = ""
    choices: Sequence[tuple[Any, Any]] = ()
    total: str = ""
    figure: tuple[str, ...] = ()
    badge: Callable[[Any], str] | None = None
    permission: str = ""
    shown: bool = True
    sorts: bool = True

    @property
    def where(self) -> str:
        return self.path or self.name

    @property
    def field(self) -> Field | None:
        """What the filter language narrows by."""
        return Field(self.kind, self.where, self.choices) if self.kind else None

    @property
    def may_sort(self) -> bool:
        return self.sorts and self.kind is not None

    @property
    def may_group(self) -> bool:
        return self.kind in GROUPED

    def value(self, row: Any) -> Any:
        """What a row holds, unformatted."""
        return value_at(row, self.where) if self.kind else self.show(row)

    def cell(self, row: Any) -> Any:
        """What an exported row holds: numbers, dates and words, never blanked as on the page."""
        value = self.value(row)
        if self.kind == "choice":
            return str(dict(self.choices).get(value, value if value is not None else ""))
        if isinstance(value, datetime):
            return timezone.localtime(value).replace(tzinfo=None, microsecond=0)
        if value is None or isinstance(value, bool | int | Decimal | date):
            return value
        return str(value)

    def filter_to(self, row: Any) -> str:
        """The filter that finds this row's value."""
        return literal(self.value(row), self.kind) if self.kind else ""


def value_at(row: Any, path: str) -> Any:
    """What stands at the end of a path, as far as it was selected; None where it breaks off."""
    for part in path.split("__"):
        row = getattr(row, part, None)
        if row is None:
            return None
    return row.pk if isinstance(row, models.Model) else row
