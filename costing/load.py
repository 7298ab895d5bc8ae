"""What the solver needs of some items: entries with what their value entries add up to, and their links."""

from collections import defaultdict
from collections.abc import Sequence

from django.db import connection

from costing.forward import Link, Node, connect
from ledger.choices import EntryType


def load_nodes(item_ids: Sequence[int]) -> dict[int, dict[int, Node]]:
    """The entries of these items, linked, by item; three statements, whatever their number."""
    nodes: dict[int, dict[int, Node]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(_NODES, [list(item_ids), list(item_ids)])
        for item_id, exact, *row in cursor.fetchall():
            nodes[item_id][row[0]] = Node(*[*row[:10], exact, *row[10:]])
        cursor.execute(_LINKS, [list(item_ids)])
        links: dict[int, list[Link]] = defaultdict(list)
        for item_id, *row in cursor.fetchall():
            links[item_id].append(_link(*row))
    for item_id, found in links.items():
        connect(nodes[item_id], found)
    return nodes


def _link(owner: int, inbound: int, outbound: int, supply: int | None, quantity: object, carries: bool) -> Link:
    if owner == outbound:
        return Link(inbound, outbound, -quantity, carries, "use")  # type: ignore[operator]
    if supply is not None:
        return Link(supply, inbound, quantity, True, "supply")  # type: ignore[arg-type]
    return Link(outbound, inbound, quantity, carries, "return")  # type: ignore[arg-type]


# Elements are kept apart only for a fixed, invoiced return of a purchase (costing-clarifications.md B21).
_NODES = f"""
    SELECT e.item_id,
           e.entry_type = '{EntryType.PURCHASE}' AND e.quantity < 0 AND e.applies_to_entry_id IS NOT NULL,
           e.id, e.quantity, b.remaining_quantity, e.location_id, e.variant_key, e.posting_date, b.valuation_date,
           e.entry_type, b.completely_invoiced, COALESCE(c.valued_by_average_cost, f.valued_by_average_cost),
           v.cost, v.direct, v.indirect, v.variance, v.rounding, v.sweep, v.first, f.cost_per_unit,
           e.correction
      FROM ledger_itemledgerentry e
      JOIN ledger_entrybalance b ON b.entry_id = e.id
      JOIN (SELECT item_ledger_entry_id AS entry,
                   sum(cost_amount_actual + cost_amount_expected) AS cost,
                   coalesce(sum(cost_amount_actual + cost_amount_expected)
                            FILTER (WHERE entry_type = 'direct'), 0) AS direct,
                   coalesce(sum(cost_amount_actual) FILTER (WHERE entry_type = 'indirect'), 0) AS indirect,
                   coalesce(sum(cost_amount_actual) FILTER (WHERE entry_type = 'variance'), 0) AS variance,
                   coalesce(sum(cost_amount_actual)
                            FILTER (WHERE entry_type = 'rounding' AND NOT sweep), 0) AS rounding,
                   coalesce(sum(cost_amount_actual) FILTER (WHERE sweep), 0) AS sweep,
                   min(id) AS first
              FROM ledger_valueentry WHERE item_id = ANY(%s) GROUP BY 1) v ON v.entry = e.id
      JOIN ledger_valueentry f ON f.id = v.first
      LEFT JOIN LATERAL (SELECT valued_by_average_cost FROM ledger_valuationchange
                          WHERE value_entry_id = v.first ORDER BY id DESC LIMIT 1) c ON true
     WHERE e.item_id = ANY(%s)
     ORDER BY e.id
"""
_LINKS = """
    SELECT e.item_id, a.item_ledger_entry_id, a.inbound_entry_id, a.outbound_entry_id, a.transferred_from_entry_id,
           sum(a.quantity), bool_or(a.cost_application)
      FROM ledger_itemapplicationentry a JOIN ledger_itemledgerentry e ON e.id = a.item_ledger_entry_id
     WHERE e.item_id = ANY(%s) AND a.outbound_entry_id IS NOT NULL
     GROUP BY 1, 2, 3, 4, 5 HAVING sum(a.quantity) <> 0
     ORDER BY min(a.id)
"""
