"""A standard cost that a revaluation sets: what is on hand is carried at it from now on, so what comes in is too."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from inventory.models.item import ROLLED_UP, SHARE_FIELDS, SINGLE_LEVEL


@dataclass(frozen=True, slots=True)
class NewStandard:
    """The standard cost of an item, or of its stockkeeping units where the line names a place (0: all of them)."""

    item_id: int
    location_id: int
    variant_key: int
    cost: Decimal


def change_standards(standards: Sequence[NewStandard]) -> None:
    """Set them inside `acting`. All of the cost counts as material (revaluation file §2.2); one statement.

    Where a line names a place that has a stockkeeping unit, its standard changes and the item's stays. A unit
    without a standard of its own follows the item, and for that the last line counts.
    """
    rows = [(n.item_id, n.location_id, n.variant_key, n.cost) for n in standards]
    columns: list[Any] = [list(column) for column in zip(*rows, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(_CHANGE, columns)


_SHARES = ", ".join(f"{name} = {'n.cost' if name in (SINGLE_LEVEL[0], ROLLED_UP[0]) else 0}" for name in SHARE_FIELDS)
_CHANGE = f"""
    WITH n AS (SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::numeric[])
                 WITH ORDINALITY AS n (item_id, location_id, variant_key, cost, place)),
    units AS (
        UPDATE inventory_stockkeepingunit u SET standard_cost = n.cost
          FROM n WHERE u.item_id = n.item_id
                   AND (u.location_id = n.location_id OR (n.location_id = 0 AND u.standard_cost <> 0))
                   AND (n.variant_key = 0 OR u.variant_id = n.variant_key)
        RETURNING n.place),
    last AS (
        SELECT DISTINCT ON (item_id) item_id, cost FROM n
         WHERE (location_id = 0 AND variant_key = 0) OR place NOT IN (SELECT place FROM units)
         ORDER BY item_id, place DESC)
    UPDATE inventory_item i SET standard_cost = n.cost, {_SHARES}
      FROM last n WHERE i.id = n.item_id AND i.standard_cost <> n.cost
"""
