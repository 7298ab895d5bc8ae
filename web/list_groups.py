"""A list by groups: how many rows and how much in each, every figure opening its rows (U41, U49); and exact counts."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import Count, F, QuerySet, Sum
from django.db.models.functions import TruncMonth
from django.utils import formats
from django.utils.translation import gettext as _

from inventory.filter_language import literal
from web.columns import Column
from web.list_state import PREFIX, Asked
from web.templatetags.erp import amount, figure, quantity

MOST_GROUPS = 500
COUNT_WITHIN = 3_000  # milliseconds


def read_groups(asked: Asked) -> dict[str, Any]:
    """One statement: the groups by value, months for dates. More than a page takes are cut off, and that is said."""
    column = asked.group
    assert column is not None
    summed = {each.total: each for each in asked.columns if each.total}
    sums = {f"sum_{name}": Sum(name) for name in summed}
    by = TruncMonth(column.where) if column.kind in ("date", "moment") else F(column.where)
    found = list(
        asked.rows.order_by().annotate(group_by=by).values("group_by").annotate(rows_in=Count("pk"), **sums)
        .order_by(F("group_by").asc(nulls_last=True))[: MOST_GROUPS + 1]
    )  # fmt: skip
    shown = found[:MOST_GROUPS]
    complete = len(found) <= MOST_GROUPS
    return {
        "group": column,
        "group_heads": [each.label for each in summed.values()],
        "groups": [_group(asked, column, row, summed) for row in shown],
        "group_foot": _foot(shown, summed) if complete and shown else None,
        "cut": None if complete else MOST_GROUPS,
    }


def _group(asked: Asked, column: Column, row: dict[str, Any], summed: dict[str, Column]) -> dict[str, Any]:
    value = row["group_by"]
    address = _opened(asked, column, value)
    figures = []
    for name, each in summed.items():
        total = row[f"sum_{name}"] or Decimal(0)
        proof = f"&figure={each.figure[0]}&value={total}" if each.figure else ""
        figures.append({"text": _written(each, total), "url": f"{address}{proof}" if total else ""})
    return {"words": _words(column, value), "url": address, "count": figure(row["rows_in"], 0), "figures": figures}


def _opened(asked: Asked, column: Column, value: Any) -> str:
    """The rows of a group: one more filter beside those that are on, since a month may be narrowed already."""
    query = asked.query.copy()
    typed = f"{value:%Y-%m}" if isinstance(value, date) else literal(value, column.kind or "code")
    name = PREFIX + column.name
    query.setlist(name, [*(each for each in query.getlist(name) if each != typed), typed])
    for gone in ("group", "after", "before", "figure", "value"):
        query.pop(gone, None)
    return f"?{query.urlencode()}"


def _words(column: Column, value: Any) -> str:
    if value is None or value == "":
        return str(dict(column.choices).get(value, "")) or _("(blank)")
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, date):
        return formats.date_format(value, "F Y")
    return str(dict(column.choices).get(value, value))


def _written(column: Column, total: Decimal) -> str:
    return quantity(total) if "quantity" in column.total else amount(total)


def _foot(rows: list[dict[str, Any]], summed: dict[str, Column]) -> dict[str, Any]:
    totals = [
        _written(column, sum((row[f"sum_{name}"] or Decimal(0) for row in rows), Decimal(0)))
        for name, column in summed.items()
    ]
    return {"count": figure(sum(row["rows_in"] for row in rows), 0), "figures": totals}


def count_rows(rows: QuerySet[Any], *, within: int = COUNT_WITHIN) -> int | None:
    """How many rows there are, exactly; None where counting takes longer than that many milliseconds."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('statement_timeout')")
            before = cursor.fetchone()[0]
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(within)])
            found: int = rows.order_by().count()
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [before])
            return found
    except OperationalError as problem:
        if getattr(problem.__cause__, "sqlstate", "") != "57014":  # anything but the time being up is no count
            raise
        return None
