"""The unit cost of an item card after an adjustment (ledger-model.md §9, costing-clarifications.md B16, B17)."""

from collections.abc import Collection, Sequence
from decimal import Decimal

from django.db import connection

from costing.nodes import Node, ReadAll
from inventory.numbers import round_to
from ledger.records import ZERO


def unit_cost_of(
    nodes: Collection[Node], old: Decimal, amount_rounding: Decimal, precision: Decimal, *, is_average: bool = False,
    whole: tuple[Decimal, Decimal] | None = None,
) -> Decimal:  # fmt: skip
    """Value by quantity, issues that are still open left out whole; the old cost where that says nothing.

    Where nothing is left, the last issue's; one that was taken back, or fixed beside an average, only for want of
    a better. `whole` is quantity and cost of the item where `nodes` are only what is valued last, and all open issues;
    raises `ReadAll` where that does not do.
    """
    if whole is None:
        quantity, value = sum((node.quantity for node in nodes), ZERO), sum((node.cost for node in nodes), ZERO)
    else:
        quantity, value = whole
    still_open = [node for node in nodes if node.quantity < 0 and node.remaining]
    left_out = sum((node.quantity for node in still_open), ZERO)
    if quantity > left_out:
        value -= sum((node.cost for node in still_open), ZERO)
        if value == amount_rounding:
            if whole is not None:
                raise ReadAll
            value = _precise(nodes)
        return round_to(value / (quantity - left_out), precision) or old
    if still_open or quantity:
        return old
    issues = [node for node in nodes if node.quantity < 0 and not node.outside]
    telling = [node for node in issues if not node.correction and (node.by_average or not is_average)]
    if whole is not None and not telling:
        raise ReadAll
    last = max(telling or issues, key=lambda node: (node.valuation_date, node.id), default=None)
    return (round_to(last.cost / last.quantity, precision) if last else ZERO) or old


def _precise(nodes: Collection[Node]) -> Decimal:
    """From the layers, unrounded, when all that is left is one rounding unit."""
    by_id = {node.id: node for node in nodes}
    layers = {node.id: node.remaining for node in nodes if node.quantity > 0}
    for issue in nodes:
        if issue.quantity < 0 and issue.remaining:
            for link in issue.sources:
                layers[link.source] += link.quantity
    return sum((by_id[entry].cost * left / by_id[entry].quantity for entry, left in layers.items()), ZERO)


def unit_rows(item_ids: Sequence[int]) -> list[tuple[int, int, int, int, Decimal]]:
    """The stockkeeping units of these items: item, unit, location, variant key and unit cost; one statement."""
    if not item_ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT u.item_id, u.id, u.location_id, coalesce(u.variant_id, 0), s.unit_cost"
            " FROM inventory_stockkeepingunit u JOIN ledger_stockkeepingunitstate s ON s.stockkeeping_unit_id = u.id"
            " WHERE u.item_id = ANY(%s) ORDER BY u.id",
            [list(item_ids)],
        )
        rows: list[tuple[int, int, int, int, Decimal]] = cursor.fetchall()
        return rows


SET_UNIT_COSTS = """
    UPDATE ledger_stockkeepingunitstate s SET unit_cost = n.cost
      FROM unnest(%s::bigint[], %s::numeric[]) AS n (id, cost) WHERE s.stockkeeping_unit_id = n.id
"""
