"""What the solver needs of entries whose worth has more than one part: charges, revaluations, invoices in parts."""

from collections import defaultdict
from typing import Any

from django.db import connection

from costing.nodes import NO_ORDER, Document, Node, Revaluation
from ledger.choices import EntryType
from ledger.records import ZERO

Nodes = dict[int, Node]


def load_details(entry_ids: list[int]) -> Nodes:
    """These entries in all their parts; three statements at most, whatever their number."""
    if not entry_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_NODES, [entry_ids, entry_ids])
        nodes = {row[0]: _node(row) for row in cursor.fetchall()}
    _load_revaluations(nodes)
    return nodes


def _node(row: Any) -> Node:
    order = (row[25], row[26], row[27])
    values = [*row[:25], NO_ORDER if order == NO_ORDER else order, row[28], row[29] or ()]
    return Node(*values)


def _load_revaluations(nodes: Nodes) -> None:
    """Each revaluation with what invoices took back of it."""
    wanted = [entry for entry, node in nodes.items() if node.revaluations]
    if not wanted:
        return
    found: dict[int, list[Revaluation]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_REVALUATIONS, [wanted])
        for entry, *row in cursor.fetchall():
            found[entry].append(Revaluation(*row))
    for entry in wanted:
        nodes[entry].revaluations = found[entry]


def load_documents(nodes: Nodes) -> None:
    """Of entries that get a new cost and were invoiced in parts, or in part."""
    wanted = [
        entry
        for entry, node in nodes.items()
        if (node.invoices > 1 or node.invoiced not in (ZERO, node.quantity))
        and (node.by_average or node.sources)
        and not node.is_output
    ]
    if not wanted:
        return
    with connection.cursor() as cursor:
        cursor.execute(_DOCUMENTS, [wanted])
        found: dict[int, list[Document]] = defaultdict(list)
        for entry, *row in cursor.fetchall():
            found[entry].append(Document(*row))
    for entry, documents in found.items():
        nodes[entry].documents = documents


# Elements are kept apart only for a fixed, invoiced return of a purchase (costing-clarifications.md B21).
# So are those of a receipt that takes such a return back; what an order made or took back is worth by kind (`made`).
_OWN = f"""CASE WHEN (e.quantity < 0 AND e.entry_type NOT IN ('{EntryType.OUTPUT}', '{EntryType.ASSEMBLY_OUTPUT}'))
                  OR (e.correction AND e.entry_type = '{EntryType.PURCHASE}')
                THEN v.elements ELSE v.direct END"""
_NODES = f"""
    SELECT e.id, e.quantity, b.remaining_quantity, e.location_id, e.variant_key, e.posting_date,
           b.valuation_date, e.entry_type, b.completely_invoiced,
           COALESCE(c.valued_by_average_cost, f.valued_by_average_cost),
           e.entry_type = '{EntryType.PURCHASE}' AND e.quantity < 0 AND e.applies_to_entry_id IS NOT NULL
               AND b.invoiced_quantity = e.quantity AND v.invoices = 1,
           {_OWN},
           v.cost - v.rounding - v.sweep - v.revalued - {_OWN},
           v.indirect, v.variance, v.rounding, v.sweep, v.first, f.cost_per_unit, e.correction, b.invoiced_quantity,
           v.expected, v.in_documents, v.invoice, v.invoices::int, e.order_type, e.order_number, e.order_line,
           v.non_inventoriable, CASE WHEN v.revaluations > 0 THEN ARRAY[1] END
      FROM ledger_itemledgerentry e
      JOIN ledger_entrybalance b ON b.entry_id = e.id
      JOIN (SELECT item_ledger_entry_id AS entry,
                   sum(cost_amount_actual + cost_amount_expected) AS cost,
                   coalesce(sum(cost_amount_actual + cost_amount_expected)
                            FILTER (WHERE entry_type = 'direct' AND item_charge = ''), 0) AS direct,
                   coalesce(sum(cost_amount_actual + cost_amount_expected)
                            FILTER (WHERE entry_type IN ('direct', 'indirect', 'variance')), 0) AS elements,
                   coalesce(sum(cost_amount_actual) FILTER (WHERE entry_type = 'indirect'), 0) AS indirect,
                   coalesce(sum(cost_amount_actual) FILTER (WHERE entry_type = 'variance'), 0) AS variance,
                   coalesce(sum(cost_amount_actual)
                            FILTER (WHERE entry_type = 'rounding' AND NOT sweep), 0) AS rounding,
                   coalesce(sum(cost_amount_actual) FILTER (WHERE sweep), 0) AS sweep,
                   coalesce(sum(cost_amount_actual + cost_amount_expected)
                            FILTER (WHERE entry_type = 'revaluation'), 0) AS revalued,
                   count(*) FILTER (WHERE entry_type = 'revaluation') AS revaluations,
                   coalesce(sum(cost_amount_expected)
                            FILTER (WHERE expected_cost AND entry_type <> 'revaluation'), 0) AS expected,
                   coalesce(sum(cost_amount_expected)
                            FILTER (WHERE NOT expected_cost AND entry_type <> 'revaluation'), 0) AS in_documents,
                   sum(cost_amount_non_inventoriable) AS non_inventoriable,
                   min(id) FILTER (WHERE invoiced_quantity <> 0) AS invoice,
                   count(*) FILTER (WHERE invoiced_quantity <> 0) AS invoices,
                   min(id) AS first
              FROM ledger_valueentry WHERE item_ledger_entry_id = ANY(%s) GROUP BY 1) v ON v.entry = e.id
      JOIN ledger_valueentry f ON f.id = v.first
      LEFT JOIN LATERAL (SELECT valued_by_average_cost FROM ledger_valuationchange
                          WHERE value_entry_id = v.first ORDER BY id DESC LIMIT 1) c ON true
     WHERE e.id = ANY(%s)
     ORDER BY e.id
"""
_REVALUATIONS = """
    SELECT v.item_ledger_entry_id, v.id, coalesce(c.valuation_date, v.valuation_date), v.valued_quantity,
           v.cost_amount_actual + v.cost_amount_expected + coalesce(back.amount, 0), v.partial_revaluation,
           v.cost_amount_expected + coalesce(back.expected, 0)
      FROM ledger_valueentry v
      LEFT JOIN LATERAL (SELECT valuation_date FROM ledger_valuationchange
                          WHERE value_entry_id = v.id ORDER BY id DESC LIMIT 1) c ON true
      LEFT JOIN LATERAL (SELECT sum(cost_amount_actual + cost_amount_expected) AS amount,
                                sum(cost_amount_expected) AS expected
                           FROM ledger_valueentry x
                          WHERE x.item_ledger_entry_id = v.item_ledger_entry_id AND x.entry_type = 'revaluation'
                            AND x.applies_to_value_entry_id = v.id) back ON true
     WHERE v.item_ledger_entry_id = ANY(%s) AND v.entry_type = 'revaluation' AND v.applies_to_value_entry_id IS NULL
     ORDER BY v.id
"""
_DOCUMENTS = """
    SELECT v.item_ledger_entry_id, v.id, v.valued_quantity, v.cost_amount_actual + coalesce(a.actual, 0),
           v.cost_amount_expected + coalesce(a.expected, 0), v.expected_cost
      FROM ledger_valueentry v
      LEFT JOIN LATERAL (SELECT sum(cost_amount_actual) AS actual, sum(cost_amount_expected) AS expected
                           FROM ledger_valueentry x
                          WHERE x.item_ledger_entry_id = v.item_ledger_entry_id AND x.adjustment
                            AND x.applies_to_value_entry_id = v.id) a ON true
     WHERE v.item_ledger_entry_id = ANY(%s) AND v.entry_type = 'direct' AND v.item_charge = '' AND NOT v.adjustment
     ORDER BY v.id
"""
