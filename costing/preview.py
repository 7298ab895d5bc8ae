"""What a posting would lead to, seen inside its transaction before that is rolled back (decision 15)."""

from typing import Any

from django.db import connection

from costing.adjust import adjust_costs
from costing.gl_posting import post_costs_to_gl
from inventory.numbers import plain


def preview_of(register_id: int, item_ids: list[int]) -> dict[str, Any]:
    """Adjust and post the touched items, and say what is new: entries, G/L, and each item's stock and unit cost.

    Older worth of these items that waits for the G/L stays out: this posting does not lead to it.
    """
    adjusted = adjust_costs(item_ids=item_ids)
    registers = [register_id, *adjusted.register_ids]
    posted = post_costs_to_gl(item_ids=item_ids, register_ids=registers)
    return {
        "item_entries": _rows(_ITEM_ENTRIES, [[register_id]]),
        "value_entries": _rows(_VALUE_ENTRIES, [registers]),
        "gl_entries": _rows(_GL_ENTRIES, [posted.register_id]),
        "items": _rows(_ITEMS, [item_ids]),
        "left": sorted(set(posted.left.values())),
    }


def _rows(statement: str, parameters: list[Any]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        names = [column.name for column in cursor.description or ()]
        return [
            {
                name: plain(value) if hasattr(value, "as_tuple") else value
                for name, value in zip(names, row, strict=True)
            }
            for row in cursor.fetchall()
        ]


_ITEM_ENTRIES = """
    SELECT e.posting_date::text, e.entry_type, e.document_number, i.number AS item, l.code AS location, e.quantity
      FROM ledger_itemledgerentry e JOIN inventory_item i ON i.id = e.item_id
      JOIN inventory_location l ON l.id = e.location_id WHERE e.register_id = ANY(%s) ORDER BY e.id
"""
_VALUE_ENTRIES = """
    SELECT v.posting_date::text, v.entry_type, v.document_number, i.number AS item, v.cost_amount_actual AS cost,
           v.sales_amount_actual AS sales_amount, v.adjustment
      FROM ledger_valueentry v JOIN inventory_item i ON i.id = v.item_id WHERE v.register_id = ANY(%s) ORDER BY v.id
"""
_GL_ENTRIES = """
    SELECT g.posting_date::text, a.number AS account, a.name, g.document_number, g.description, g.amount
      FROM ledger_glentry g JOIN ledger_glaccount a ON a.id = g.account_id WHERE g.register_id = %s ORDER BY g.id
"""
_ITEMS = """
    SELECT i.number AS item, s.quantity, CASE WHEN i.costing_method = 'standard' THEN i.standard_cost
           ELSE s.unit_cost END AS unit_cost, s.cost_amount_actual + s.cost_amount_expected AS value
      FROM ledger_itemstate s JOIN inventory_item i ON i.id = s.item_id WHERE s.item_id = ANY(%s) ORDER BY i.number
"""
