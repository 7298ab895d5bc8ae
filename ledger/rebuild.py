"""Compute the projections anew from the book."""

from django.db import connection, transaction


@transaction.atomic
def rebuild_balances() -> int:
    """Bring balances and states to what the ledgers say; returns the rows that were wrong.

    Holds every item's lock, so nobody posts meanwhile.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT item_id FROM ledger_itemstate ORDER BY item_id FOR NO KEY UPDATE")
        wrong = 0
        for statement in (_BALANCES, _STATES):
            cursor.execute(statement)
            wrong += cursor.rowcount
    return wrong


_BALANCES = """
    WITH RECURSIVE not_final (entry) AS (
        SELECT e.id FROM ledger_itemledgerentry e
         WHERE e.entry_type NOT IN ('transfer', 'consumption') AND e.quantity IS DISTINCT FROM
               (SELECT sum(invoiced_quantity) FROM ledger_valueentry WHERE item_ledger_entry_id = e.id)
        UNION
        SELECT t.id FROM not_final
          JOIN (SELECT item_ledger_entry_id, inbound_entry_id, outbound_entry_id FROM ledger_itemapplicationentry
                 GROUP BY 1, 2, 3 HAVING sum(quantity) <> 0) a
            ON not_final.entry IN (a.inbound_entry_id, a.outbound_entry_id)
          JOIN ledger_itemledgerentry t ON t.id = a.item_ledger_entry_id
           AND t.entry_type IN ('transfer', 'consumption')),
    right_now AS (
        SELECT e.id, e.id NOT IN (SELECT entry FROM not_final) AS final, v.invoiced_on,
               CASE WHEN i.type <> 'inventory' THEN 0
                    WHEN e.quantity > 0 THEN coalesce(used.quantity, 0)
                    ELSE e.quantity - coalesce(own.quantity, 0) END AS remaining,
               CASE WHEN e.quantity > 0 OR i.type <> 'inventory' THEN 0
                    ELSE e.quantity + coalesce(back.quantity, 0) END AS returnable,
               v.invoiced, coalesce(c.valuation_date, f.valuation_date) AS valuation_date, r.revalued_on
          FROM ledger_itemledgerentry e
          JOIN inventory_item i ON i.id = e.item_id
          JOIN (SELECT item_ledger_entry_id, sum(invoiced_quantity) AS invoiced,
                       max(posting_date) FILTER (WHERE invoiced_quantity <> 0) AS invoiced_on,
                       min(id) FILTER (WHERE item_ledger_entry_quantity <> 0) AS first
                  FROM ledger_valueentry GROUP BY 1) v ON v.item_ledger_entry_id = e.id
          JOIN ledger_valueentry f ON f.id = v.first
          LEFT JOIN LATERAL (SELECT posting_date AS revalued_on FROM ledger_valueentry
                              WHERE item_ledger_entry_id = e.id AND entry_type = 'revaluation'
                                AND applies_to_value_entry_id IS NULL
                              ORDER BY id DESC LIMIT 1) r ON true
          LEFT JOIN LATERAL (SELECT valuation_date FROM ledger_valuationchange
                              WHERE value_entry_id = f.id ORDER BY id DESC LIMIT 1) c ON true
          LEFT JOIN (SELECT inbound_entry_id AS entry, sum(quantity) AS quantity
                       FROM ledger_itemapplicationentry GROUP BY 1) used ON used.entry = e.id
          LEFT JOIN (SELECT item_ledger_entry_id AS entry, sum(quantity) AS quantity
                       FROM ledger_itemapplicationentry GROUP BY 1) own ON own.entry = e.id
          LEFT JOIN (SELECT a.outbound_entry_id AS entry, sum(a.quantity) AS quantity
                       FROM ledger_itemapplicationentry a
                       JOIN ledger_itemledgerentry n ON n.id = a.inbound_entry_id AND n.entry_type <> 'transfer'
                      WHERE a.item_ledger_entry_id = a.inbound_entry_id GROUP BY 1) back ON back.entry = e.id)
    UPDATE ledger_entrybalance b
       SET remaining_quantity = n.remaining, returnable_quantity = n.returnable, invoiced_quantity = n.invoiced,
           valuation_date = n.valuation_date, completely_invoiced = n.final, last_invoice_date = n.invoiced_on,
           revalued_on = n.revalued_on
      FROM right_now n
     WHERE b.entry_id = n.id
       AND (b.remaining_quantity, b.returnable_quantity, b.invoiced_quantity, b.valuation_date,
            b.completely_invoiced, b.last_invoice_date, b.revalued_on)
           IS DISTINCT FROM (n.remaining, n.returnable, n.invoiced, n.valuation_date, n.final, n.invoiced_on,
                             n.revalued_on)
"""
_STATES = """
    WITH right_now AS (
        SELECT s.item_id, coalesce(sum(v.item_ledger_entry_quantity), 0) AS quantity,
               coalesce(sum(v.invoiced_quantity), 0) AS invoiced, coalesce(sum(v.cost_amount_actual), 0) AS actual,
               coalesce(sum(v.cost_amount_expected), 0) AS expected
          FROM ledger_itemstate s LEFT JOIN ledger_valueentry v ON v.item_id = s.item_id AND v.inventoriable
         GROUP BY 1)
    UPDATE ledger_itemstate s
       SET version = s.version + 1, quantity = n.quantity, invoiced_quantity = n.invoiced,
           cost_amount_actual = n.actual, cost_amount_expected = n.expected
      FROM right_now n
     WHERE s.item_id = n.item_id
       AND (s.quantity, s.invoiced_quantity, s.cost_amount_actual, s.cost_amount_expected)
           IS DISTINCT FROM (n.quantity, n.invoiced, n.actual, n.expected)
"""
