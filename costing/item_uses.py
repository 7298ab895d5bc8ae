"""What costing holds of items: lines of the standard cost worksheet, which go with them, and the costs of orders."""

from collections.abc import Iterable, Sequence

from django.db import connection

from inventory.uses import ItemAndUnit, Use


def _with_orders(item_ids: Sequence[int]) -> Iterable[ItemAndUnit]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT item_id, 0 FROM costing_ordercost WHERE item_id = ANY(%s)", [list(item_ids)])
        rows: list[ItemAndUnit] = cursor.fetchall()
        return rows


def _forget_proposals(item_ids: Sequence[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM costing_standardcostworksheet WHERE item_id = ANY(%s)", [list(item_ids)])


ORDERS = Use("orders that made it", _with_orders, final=True, forget=_forget_proposals)
