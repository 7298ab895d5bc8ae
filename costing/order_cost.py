"""What an order's outputs cost: what went in, overhead, variances, and how outputs share it (costing-adjustment.md §8).

Pure. Amounts in company currency, quantities in base units of the item made.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from costing.nodes import DIRECT, Item, Node, Order
from inventory.numbers import round_to
from ledger.choices import ValueEntryType, VarianceType
from ledger.records import ZERO

Kind = tuple[str, str]
INDIRECT: Kind = (ValueEntryType.INDIRECT.value, "")
VARIANCES = (
    VarianceType.MATERIAL,
    VarianceType.CAPACITY,
    VarianceType.SUBCONTRACTED,
    VarianceType.CAPACITY_OVERHEAD,
    VarianceType.MANUFACTURING_OVERHEAD,
)


def targets_of(order: Order, material: Decimal, outputs: Sequence[Node], item: Item) -> dict[int, dict[Kind, Decimal]]:
    """For each output its worth by (kind, variance): direct, indirect, and of standard items the five variances."""
    net = sum((node.quantity for node in outputs), ZERO)
    found: dict[int, dict[Kind, Decimal]] = {node.id: {} for node in outputs}
    for kind, amount in _elements(order, material, net, item.rounding).items():
        for entry_id, part in _shared(amount, outputs, item.rounding).items():
            found[entry_id][kind] = part
    return found


def _elements(order: Order, material: Decimal, net: Decimal, cent: Decimal) -> dict[Kind, Decimal]:
    direct = material + order.capacity + order.subcontracting + order.capacity_overhead
    overhead = round_to(direct * order.percent / 100 + order.rate * net, cent)
    elements: dict[Kind, Decimal] = {DIRECT: direct, INDIRECT: overhead}
    if order.shares is not None:
        actual = (material, order.capacity, order.subcontracting, order.capacity_overhead, overhead)
        for name, share, spent in zip(VARIANCES, order.shares, actual, strict=True):
            elements[ValueEntryType.VARIANCE.value, name.value] = round_to(share * net, cent) - spent
    return elements


def _shared(amount: Decimal, outputs: Sequence[Node], cent: Decimal) -> Mapping[int, Decimal]:
    """By net quantity with running remainders; what was taken back mirrors it (costing-clarifications.md B24)."""
    made = [node for node in outputs if node.quantity > 0]
    back = [node for node in outputs if node.quantity < 0]
    gross, net = sum((node.quantity for node in made), ZERO), sum((node.quantity for node in outputs), ZERO)
    reversed_of = {node.id: _taken_back(node, back) for node in made}
    if net:
        taken = -round_to(amount * (gross - net) / net, cent)
        keeps = _Pot(amount, net, cent)
    else:
        taken, keeps = -amount, _Pot(ZERO, net, cent)
    mirrored, negative = _Pot(taken, net - gross, cent), _Pot(taken, net - gross, cent)
    parts = {}
    for node in made:
        away = reversed_of[node.id]
        parts[node.id] = keeps.share(node.quantity + away) - mirrored.share(away)
    for node in back:
        parts[node.id] = negative.share(node.quantity)
    return parts


def _taken_back(node: Node, back: Sequence[Node]) -> Decimal:
    """Zero or below: the outputs that reverse this one."""
    ids = {each.id for each in back}
    return -sum((link.quantity for link in node.uses if link.target in ids), ZERO)


class _Pot:
    """An amount that is handed out by quantity, the last part taking the rest."""

    def __init__(self, amount: Decimal, quantity: Decimal, cent: Decimal) -> None:
        self.amount, self.quantity, self.cent = amount, quantity, cent

    def share(self, quantity: Decimal) -> Decimal:
        if not quantity or not self.quantity:
            return ZERO
        part = round_to(self.amount * quantity / self.quantity, self.cent)
        self.amount -= part
        self.quantity -= quantity
        return part
