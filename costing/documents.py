"""A new cost of an entry spread over its documents (costing-methods.md §1.3, costing-clarifications.md A1, B3)."""

from collections.abc import Iterator
from decimal import Decimal

from costing.nodes import DIRECT, Difference, Node
from ledger.choices import OrderType, ValueEntryType
from ledger.records import ZERO


def differences_of(node: Node, cause: int, old: Decimal, new: Decimal, cent: Decimal) -> list[Difference]:
    """The rows that bring an entry's value entries to its new cost; none where they are there already."""
    if node.made or node.made_before:
        return list(_made(node, cause, old, new))
    if node.elements_before is not None:
        return list(_elements(node, cause, old, new))
    if node.documents:
        return list(_by_document(node, cause, old, new, cent))
    change = node.own - node.own_before
    if not change:
        return []
    if node.invoiced_before == node.quantity:
        corrects = node.invoice_value_entry_id or node.first_value_entry_id
        return [_adjust(node, corrects, change, ZERO, cause, old, new)]
    return [_adjust(node, node.first_value_entry_id, ZERO, change, cause, old, new)]


def _adjust(
    node: Node, corrects: int, actual: Decimal, expected: Decimal, cause: int, old: Decimal, new: Decimal,
    kind: tuple[str, str] = DIRECT,
) -> Difference:  # fmt: skip
    return Difference(node.id, corrects, *kind, actual, expected, "adjust", cause, old, new)


def _by_document(node: Node, cause: int, old: Decimal, new: Decimal, cent: Decimal) -> Iterator[Difference]:
    """While a part is not invoiced: expected is the whole cost, and each invoice takes back what it is worth itself."""
    whole = node.invoiced_before == node.quantity
    parts = iter(node.invoiced_parts(cent))
    for each in node.documents:
        if each.is_expected:
            if not whole and node.own != each.expected:
                change = node.own - each.expected
                yield _adjust(node, each.value_entry_id, ZERO, change, cause, old, new)
                each.expected = node.own
            continue
        part = next(parts)
        if not whole and -part != each.expected:
            yield _adjust(node, each.value_entry_id, ZERO, -part - each.expected, cause, old, new)
            each.expected = -part
        if part != each.actual:
            yield _adjust(node, each.value_entry_id, part - each.actual, ZERO, cause, old, new)
            each.actual = part


def _elements(node: Node, cause: int, old: Decimal, new: Decimal) -> Iterator[Difference]:
    """An exact return keeps direct, indirect and variance apart (costing-clarifications.md B11)."""
    assert node.elements_before is not None
    now = (node.own - node.indirect - node.variance, node.indirect, node.variance)
    kinds = (DIRECT, (ValueEntryType.INDIRECT.value, ""), (ValueEntryType.VARIANCE.value, "purchase"))
    corrects = node.invoice_value_entry_id or node.first_value_entry_id
    for kind, before, after in zip(kinds, node.elements_before, now, strict=True):
        if before != after:
            yield _adjust(node, corrects, after - before, ZERO, cause, old, new, kind)


def _made(node: Node, cause: int, old: Decimal, new: Decimal) -> Iterator[Difference]:
    """Rows of an output: of production its own, the first of which invoices it; of assembly adjustments (B23)."""
    production = node.order_key[0] == OrderType.PRODUCTION
    completes = production and node.invoiced_before != node.invoiced
    before = node.made_before or {}
    for kind, amount in (node.made or {}).items():
        change = amount - before.get(kind, ZERO)
        invoices = completes and kind == DIRECT
        if not change and not invoices:
            continue
        yield Difference(
            node.id, node.first_value_entry_id, *kind, change, -node.expected_before if invoices else ZERO,
            "made" if production else "adjust", cause, old, new, node.quantity if invoices else ZERO,
        )  # fmt: skip
        if invoices:
            for revaluation, back in node.taken_back:
                revalued = ValueEntryType.REVALUATION.value
                yield Difference(node.id, revaluation, revalued, "", ZERO, back, "balance", cause, old, new)
