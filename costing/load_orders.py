"""What the solver needs of the orders that make some items: what went into them, and the rows of their outputs."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.db import connection

from costing.nodes import NO_ORDER, Link, Node, Order, OrderKey, connect
from costing.rollup import Shares
from ledger.choices import EntryType, OrderType
from ledger.records import ZERO

Nodes = dict[int, Node]


def load_orders(nodes: Mapping[int, Nodes]) -> dict[int, dict[OrderKey, Order]]:
    """The orders that make these items, by item, with the rows of their outputs; three statements, none without any."""
    makes = {
        (item_id, node.order_key)
        for item_id, of_item in nodes.items()
        for node in of_item.values()
        if node.order_key is not NO_ORDER and node.is_output
    }
    orders: dict[int, dict[OrderKey, Order]] = defaultdict(dict)
    if not makes:
        return orders
    columns = [list(column) for column in zip(*((item, *key) for item, key in sorted(makes)), strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(_ORDERS, columns)
        for item_id, *row in cursor.fetchall():
            order = _order(*row)
            orders[item_id][order.key] = order
    for item_id in orders:
        of_item = nodes[item_id]
        _place_nodes(of_item, orders[item_id])
    _load_made([node for of_item in nodes.values() for node in of_item.values() if node.is_output])
    return orders


def _order(
    kind: str, number: str, line: int, percent: Decimal, rate: Decimal, finished: bool, material: Decimal,
    capacity: Decimal, subcontracting: Decimal, overhead: Decimal, *shares: Decimal | None,
) -> Order:  # fmt: skip
    kept = [share for share in shares if share is not None]
    return Order(
        (kind, number, line), percent, rate, finished or kind == OrderType.ASSEMBLY, material, capacity,
        subcontracting, overhead, Shares(*kept) if kept else None,
    )  # fmt: skip


def _place_nodes(nodes: Nodes, orders: Mapping[OrderKey, Order]) -> None:
    """Outputs and consumption of the same item stand in their order; the one follows the other."""
    for node in sorted(nodes.values(), key=lambda node: node.id):
        order = orders.get(node.order_key)
        if order is None:
            continue
        if node.is_output:
            order.outputs.append(node.id)
        elif node.entry_type in (EntryType.CONSUMPTION, EntryType.ASSEMBLY_CONSUMPTION):
            order.own_consumption.append(node.id)
    for order in orders.values():
        connect(nodes, [Link(c, o, ZERO, True, "order") for c in order.own_consumption for o in order.outputs])


def _load_made(outputs: Sequence[Node]) -> None:
    by_id = {node.id: node for node in outputs}
    with connection.cursor() as cursor:
        cursor.execute(_MADE, [list(by_id)])
        made: dict[int, dict[tuple[str, str], Decimal]] = defaultdict(dict)
        for entry, kind, variance, amount in cursor.fetchall():
            made[entry][kind, variance] = amount
    for entry, found in made.items():
        by_id[entry].made_before = by_id[entry].made = found


_ORDERS = f"""
    SELECT n.item_id, n.kind, n.number, n.line, o.indirect_cost_percent, o.overhead_rate, o.finished,
           coalesce(m.material, 0), coalesce(w.capacity, 0), coalesce(w.subcontracting, 0), coalesce(w.overhead, 0),
           o.material_share, o.capacity_share, o.subcontracted_share, o.capacity_overhead_share,
           o.manufacturing_overhead_share
      FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::int[]) AS n (item_id, kind, number, line)
      JOIN costing_ordercost o ON (o.order_number, o.order_type, o.order_line, o.item_id)
                                  = (n.number, n.kind, n.line, n.item_id)
      LEFT JOIN LATERAL (
           SELECT -sum(v.cost_amount_actual + v.cost_amount_non_inventoriable) AS material
             FROM ledger_itemledgerentry e JOIN ledger_valueentry v ON v.item_ledger_entry_id = e.id
            WHERE (e.order_number, e.order_type, e.order_line) = (n.number, n.kind, n.line) AND e.order_number <> ''
              AND e.entry_type IN ('{EntryType.CONSUMPTION}', '{EntryType.ASSEMBLY_CONSUMPTION}')
              AND e.item_id <> n.item_id AND v.entry_type <> 'rounding'
              AND NOT (v.entry_type = 'revaluation' AND e.quantity > 0)) m ON true
      LEFT JOIN LATERAL (
           SELECT sum(v.cost_amount_actual) FILTER (WHERE v.entry_type = 'direct' AND NOT c.subcontracting) AS capacity,
                  sum(v.cost_amount_actual) FILTER (WHERE v.entry_type = 'direct' AND c.subcontracting)
                      AS subcontracting,
                  sum(v.cost_amount_actual) FILTER (WHERE v.entry_type = 'indirect') AS overhead
             FROM ledger_capacityledgerentry c JOIN ledger_valueentry v ON v.capacity_ledger_entry_id = c.id
            WHERE (c.order_number, c.order_type, c.order_line) = (n.number, n.kind, n.line)) w ON true
"""
_MADE = """
    SELECT item_ledger_entry_id, entry_type, variance_type, sum(cost_amount_actual)
      FROM ledger_valueentry
     WHERE item_ledger_entry_id = ANY(%s) AND entry_type IN ('direct', 'indirect', 'variance') AND item_charge = ''
     GROUP BY 1, 2, 3 HAVING sum(cost_amount_actual) <> 0
"""
