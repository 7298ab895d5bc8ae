"""The unit cost of an item card after an adjustment (ledger-model.md §9, costing-clarifications.md B16, B17). Pure."""

from collections.abc import Collection
from decimal import Decimal

from costing.forward import Node
from inventory.numbers import round_to
from ledger.records import ZERO


def unit_cost_of(
    nodes: Collection[Node], old: Decimal, amount_rounding: Decimal, precision: Decimal, *, is_average: bool = False
) -> Decimal:
    """Value by quantity, issues that are still open left out whole; the old cost where that says nothing.

    Where nothing is left, the last issue's; one that was taken back, or fixed beside an average, only for want of
    a better.
    """
    counted = [node for node in nodes if not (node.quantity < 0 and node.remaining)]
    quantity = sum((node.quantity for node in counted), ZERO)
    value = sum((node.cost for node in counted), ZERO)
    if quantity > 0:
        if value == amount_rounding:
            value = _precise(nodes)
        return round_to(value / quantity, precision) or old
    if any(node.remaining for node in nodes):
        return old
    issues = [node for node in nodes if node.quantity < 0]
    telling = [node for node in issues if not node.correction and (node.by_average or not is_average)]
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
