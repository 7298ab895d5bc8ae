"""Writes a past straight into the ledgers: what postings would have left, made by the server itself.

A caller fills the temporary tables `past` and `past_link` and then runs `KEEP`. Each entry has one value entry.
"""

TABLES = """
    CREATE TEMPORARY TABLE past (
        id bigint, register_id bigint, item_id bigint, location_id bigint, day date, entry_type text, quantity numeric,
        remaining numeric, unit_cost numeric, averaged boolean, document text, invoiced boolean DEFAULT true);
    CREATE TEMPORARY TABLE past_link (
        register_id bigint, owner bigint, inbound bigint, outbound bigint, supply bigint, quantity numeric, day date,
        carries boolean)
"""
REGISTERS = """
    INSERT INTO ledger_itemregister (id, source_code, journal_batch, description, user_id, known_at)
    SELECT nextval('ledger_itemregister_id_seq'), 'item_journal', 'ITEM/BENCH1', '', %(user)s,
           timestamptz '2020-01-01' + n * interval '1 minute'
      FROM generate_series(1, %(registers)s) n
"""
KEEP = (
    """
    INSERT INTO ledger_itemledgerentry (
           id, register_id, item_id, variant_key, location_id, posting_date, document_date, entry_type, document_type,
           document_number, document_line, external_document_number, order_type, order_number, order_line, description,
           quantity, unit_code, quantity_per_unit, correction, drop_shipment, serial_number, lot_number, package_number,
           reason_code)
    SELECT id, register_id, item_id, 0, location_id, day, day, entry_type, '', document, 0, '', '', '', 0, '', quantity,
           'PCS', 1, false, false, '', '', '', ''
      FROM past ORDER BY id
    """,
    """
    INSERT INTO ledger_entrybalance (
           entry_id, item_id, location_id, variant_key, positive, posting_date, valuation_date, remaining_quantity,
           invoiced_quantity, returnable_quantity, completely_invoiced, last_invoice_date, serial_number, lot_number,
           package_number)
    SELECT id, item_id, location_id, 0, quantity > 0, day, day, remaining, CASE WHEN invoiced THEN quantity ELSE 0 END,
           CASE WHEN quantity < 0 AND entry_type = 'sale' THEN quantity ELSE 0 END, invoiced,
           CASE WHEN invoiced THEN day END, '', '', ''
      FROM past ORDER BY id
    """,
    """
    INSERT INTO ledger_itemapplicationentry (
           register_id, item_ledger_entry_id, inbound_entry_id, outbound_entry_id, transferred_from_entry_id, quantity,
           posting_date, cost_application, fixed)
    SELECT register_id, owner, inbound, outbound, supply, quantity, day, carries, false FROM past_link
    UNION ALL
    SELECT register_id, id, id, NULL, NULL, quantity, day, true, false FROM past
     WHERE quantity > 0 AND entry_type <> 'transfer'
     ORDER BY 2
    """,
    """
    INSERT INTO ledger_valueentry (
           register_id, item_ledger_entry_id, item_id, variant_key, location_id, item_ledger_entry_type, entry_type,
           variance_type, posting_date, valuation_date, document_type, document_number, document_line,
           external_document_number, order_type, order_number, order_line, valued_quantity,
           item_ledger_entry_quantity, invoiced_quantity, cost_per_unit, cost_amount_actual, cost_amount_expected,
           cost_amount_non_inventoriable, sales_amount_actual, sales_amount_expected, purchase_amount_actual,
           purchase_amount_expected, discount_amount, expected_cost, item_charge, valued_by_average_cost,
           partial_revaluation, inventoriable, adjustment, sweep, drop_shipment, inventory_posting_group_id,
           gen_product_posting_group_id, reason_code, cause, caused_by_document)
    SELECT p.register_id, p.id, p.item_id, 0, p.location_id, p.entry_type, 'direct', '', p.day, p.day, '', p.document,
           0, '', '', '', 0, p.quantity, p.quantity, CASE WHEN invoiced THEN p.quantity ELSE 0 END, p.unit_cost,
           CASE WHEN invoiced THEN p.quantity * p.unit_cost ELSE 0 END,
           CASE WHEN invoiced THEN 0 ELSE p.quantity * p.unit_cost END, 0, 0, 0,
           CASE WHEN invoiced AND p.entry_type = 'purchase' THEN p.quantity * p.unit_cost ELSE 0 END,
           CASE WHEN invoiced THEN 0 ELSE p.quantity * p.unit_cost END, 0, NOT invoiced, '', p.averaged,
           false, true, false, false, false, i.inventory_posting_group_id, i.gen_product_posting_group_id, '', '', ''
      FROM past p JOIN inventory_item i ON i.id = p.item_id
     ORDER BY p.id
    """,
    """
    UPDATE ledger_itemstate s
       SET quantity = n.quantity, invoiced_quantity = n.invoiced, cost_amount_actual = n.actual,
           cost_amount_expected = n.expected, unit_cost = 5, last_direct_cost = 5
      FROM (SELECT item_id, sum(quantity) AS quantity, coalesce(sum(quantity) FILTER (WHERE invoiced), 0) AS invoiced,
                   coalesce(sum(quantity * unit_cost) FILTER (WHERE invoiced), 0) AS actual,
                   coalesce(sum(quantity * unit_cost) FILTER (WHERE NOT invoiced), 0) AS expected
              FROM past GROUP BY 1) n
     WHERE s.item_id = n.item_id
    """,
    "DROP TABLE past, past_link",
)
