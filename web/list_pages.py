"""Keyset pages: the rows behind a position or in front of it, in the order of any column, ties by the key (U47)."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import F, Q, QuerySet

from web.columns import Column, value_at

SIZE = 50
LARGEST = 2**63


@dataclass(frozen=True, slots=True)
class Order:
    """By a column or by the key alone; rows without a value come last, whichever way it goes."""

    key: str
    key_falls: bool
    column: Column | None = None
    falls: bool = False

    @property
    def path(self) -> str:
        return self.column.where if self.column else ""


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, and the positions of the pages beside them; None where there is no such page."""

    rows: list[Any]
    before: str | None = None
    after: str | None = None


def read_page(rows: QuerySet[Any], order: Order, *, after: str, before: str) -> Page:
    """One statement. A mangled position counts as none."""
    backwards = bool(before)
    position = _position(rows, order, before or after)
    if position is not None:
        rows = rows.filter(_beyond(rows, order, *position, backwards))
    found = list(rows.order_by(*ordering(rows, order, backwards=backwards))[: SIZE + 1])
    more, shown = len(found) > SIZE, found[:SIZE]
    if backwards:
        shown.reverse()
    if not shown:
        return Page([])
    has_earlier, has_later = (more, True) if backwards else (position is not None, more)
    return Page(
        shown,
        before=position_of(shown[0], order) if has_earlier else None,
        after=position_of(shown[-1], order) if has_later else None,
    )


def ordering(rows: QuerySet[Any], order: Order, *, backwards: bool = False) -> list[Any]:
    """What to order by; the key settles ties."""
    by_key = F(order.key).desc() if order.key_falls != backwards else F(order.key).asc()
    if not order.path:
        return [by_key]
    last: dict[str, Any] = {}
    if _nullable(rows, order):
        last = {"nulls_first": True} if backwards else {"nulls_last": True}
    by = F(order.path)
    return [by.desc(**last) if order.falls != backwards else by.asc(**last), by_key]


def position_of(row: Any, order: Order) -> str:
    """Where a row stands, for an address."""
    key = str(value_at(row, order.key))
    if not order.path:
        return key
    value = value_at(row, order.path)
    return json.dumps([None if value is None else _text(value), key], ensure_ascii=False)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else ""
    return value.isoformat() if isinstance(value, date) else str(value)


def _position(rows: QuerySet[Any], order: Order, raw: str) -> tuple[Any, Any] | None:
    """The value and the key in an address as the columns have them."""
    if not raw or "\x00" in raw:
        return None
    try:
        if not order.path:
            return None, _key(rows, order, raw)
        value, key = json.loads(raw)
        if "\x00" in key or "\x00" in (value or ""):
            return None
        return _value(order, value), _key(rows, order, key)
    except Exception:  # whatever is made of a mangled address, the list starts at its beginning
        return None


def _key(rows: QuerySet[Any], order: Order, raw: str) -> Any:
    value = rows.model._meta.get_field(order.key).to_python(raw)
    if isinstance(value, int) and not -LARGEST <= value < LARGEST:
        raise ValueError("no key is that large")
    return value


def _value(order: Order, raw: str | None) -> Any:
    kind = order.column.kind if order.column else None
    if raw is None:
        return None
    if kind == "number":
        value = Decimal(raw)
        if not value.is_finite() or abs(value.adjusted()) > 30:
            raise ValueError("no number is that large")
        return value
    if kind == "whole":
        return _bounded(int(raw))
    readers: dict[Any, Any] = {"date": date.fromisoformat, "moment": datetime.fromisoformat, "flag": bool}
    return readers.get(kind, str)(raw)


def _bounded(value: int) -> int:
    if not -LARGEST <= value < LARGEST:
        raise ValueError("no number is that large")
    return value


def _beyond(rows: QuerySet[Any], order: Order, value: Any, key: Any, backwards: bool) -> Q:
    """Rows on the far side of a position. `>=` stands in front of the ties, so that an index can begin there."""
    by_key = Q(**{f"{order.key}__{'lt' if order.key_falls != backwards else 'gt'}": key})
    if not order.path:
        return by_key
    blank = Q(**{f"{order.path}__isnull": True})
    if value is None:
        return (blank & by_key) | ~blank if backwards else blank & by_key
    step = "lt" if order.falls != backwards else "gt"
    beyond = Q(**{f"{order.path}__{step}e": value}) & (Q(**{f"{order.path}__{step}": value}) | by_key)
    return beyond | blank if not backwards and _nullable(rows, order) else beyond


def _nullable(rows: QuerySet[Any], order: Order) -> bool:
    """Whether the column can be blank; what is joined or computed may be."""
    try:
        return bool(rows.model._meta.get_field(order.path).null)
    except FieldDoesNotExist:
        return True
