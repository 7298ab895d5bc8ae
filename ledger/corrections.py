"""Appends value entries that correct others: the server copies what stays the same from the row that is corrected.

So a million of them are written without a million whole rows being made here.
"""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from work.statements import copying


class Correction(NamedTuple):
    """Amounts that are added to an entry, and the value entry whose document, order and groups they carry on.

    One that `balances` takes an amount of that row back, on its date. `old_cost` and `new_cost` are the entry's worth
    before and after, `quantity` its quantity. Amounts in company currency, quantities in base units.
    """

    value_entry_id: int
    entry_type: str
    variance_type: str
    actual: Decimal
    expected: Decimal
    invoiced: Decimal
    adjustment: bool
    balances: bool
    averaged: bool
    sweep: bool
    cause: str
    caused_by: int
    caused_by_document: str  # `escaped`
    old_cost: Decimal
    new_cost: Decimal
    quantity: Decimal


def escaped(text: str) -> str:
    """Text as COPY takes it."""
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def append_corrections(
    register_id: int, rows: Sequence[Correction], unit_cost_rounding: Decimal,
    posting_date: Callable[[date], date] | None,
) -> dict[int, date]:  # fmt: skip
    """Write them under a register, in this order; returns the earliest posting date by item.

    `posting_date` says when a row is posted that corrects one of that date; none where every date may be posted.
    A fixed number of statements, whatever the number of rows.
    """
    with connection.cursor() as cursor:
        cursor.execute(_STAGE)
        with copying(f"COPY corrections ({', '.join(Correction._fields)}) FROM STDIN") as copy:
            for start in range(0, len(rows), _BLOCK):
                copy.write("".join(["\t".join(map(str, row)) + "\n" for row in rows[start : start + _BLOCK]]))
        cursor.execute("SELECT set_config('random_page_cost', '1.1', true)")  # what is corrected was read just now
        moved: dict[date, date] = {}
        if posting_date is not None:
            cursor.execute(_DAYS)
            moved = {day: to for (day,) in cursor.fetchall() if (to := posting_date(day)) != day}
        values: dict[str, Any] = {
            "register": register_id,
            "unit": unit_cost_rounding,
            "days": list(moved),
            "to": list(moved.values()),
        }
        cursor.execute(_APPEND, values)
        first: dict[int, date] = dict(cursor.fetchall())
        cursor.execute("TRUNCATE corrections")
        return first


_BLOCK = 2_000
_STAGE = """
    CREATE TEMPORARY TABLE IF NOT EXISTS corrections (
        place bigint GENERATED ALWAYS AS IDENTITY, value_entry_id bigint, entry_type text, variance_type text,
        actual numeric, expected numeric, invoiced numeric, adjustment boolean, balances boolean, averaged boolean,
        sweep boolean, cause text, caused_by bigint, caused_by_document text, old_cost numeric, new_cost numeric,
        quantity numeric)
"""
_DAYS = """
    SELECT DISTINCT v.posting_date FROM corrections n JOIN ledger_valueentry v ON v.id = n.value_entry_id
"""
_APPEND = """
    WITH appended AS (
    INSERT INTO ledger_valueentry (
           register_id, item_ledger_entry_id, item_id, variant_key, location_id, item_ledger_entry_type, entry_type,
           variance_type, posting_date, valuation_date, document_type, document_number, document_line,
           external_document_number, order_type, order_number, order_line, valued_quantity,
           item_ledger_entry_quantity, invoiced_quantity, cost_per_unit, cost_amount_actual, cost_amount_expected,
           cost_amount_non_inventoriable, sales_amount_actual, sales_amount_expected, purchase_amount_actual,
           purchase_amount_expected, discount_amount, expected_cost, item_charge, valued_by_average_cost,
           partial_revaluation, inventoriable, adjustment, sweep, drop_shipment, applies_to_value_entry_id,
           inventory_posting_group_id, gen_business_posting_group_id, gen_product_posting_group_id, vendor_id,
           customer_id, responsibility_center_id, dimension_set_id, reason_code, cause, caused_by_value_entry_id,
           caused_by_document, old_unit_cost, new_unit_cost)
    SELECT %(register)s, v.item_ledger_entry_id, v.item_id, v.variant_key, v.location_id, v.item_ledger_entry_type,
           n.entry_type, n.variance_type, coalesce(m.day, v.posting_date),
           CASE WHEN n.balances THEN v.valuation_date ELSE b.valuation_date END, v.document_type,
           v.document_number, v.document_line, v.external_document_number, v.order_type, v.order_number, v.order_line,
           CASE WHEN n.adjustment OR n.balances THEN v.valued_quantity ELSE n.quantity END, 0, n.invoiced,
           round((n.actual + n.expected) / CASE WHEN n.adjustment OR n.balances THEN v.valued_quantity
                                                       ELSE n.quantity END / %(unit)s) * %(unit)s,
           n.actual, n.expected, 0, 0, 0, 0, 0, 0, n.adjustment AND n.actual = 0 AND v.expected_cost, '', n.averaged,
           n.balances AND v.partial_revaluation, true, n.adjustment, n.sweep, v.drop_shipment,
           CASE WHEN n.adjustment OR n.balances THEN v.id END,
           v.inventory_posting_group_id, v.gen_business_posting_group_id, v.gen_product_posting_group_id, v.vendor_id,
           v.customer_id, v.responsibility_center_id, v.dimension_set_id, v.reason_code, n.cause, n.caused_by,
           n.caused_by_document, round(n.old_cost / n.quantity / %(unit)s) * %(unit)s,
           round(n.new_cost / n.quantity / %(unit)s) * %(unit)s
      FROM corrections n JOIN ledger_valueentry v ON v.id = n.value_entry_id
      JOIN ledger_entrybalance b ON b.entry_id = v.item_ledger_entry_id
      LEFT JOIN unnest(%(days)s::date[], %(to)s::date[]) AS m (original, day) ON m.original = v.posting_date
     ORDER BY n.place
    RETURNING item_id, posting_date, cost_amount_actual, cost_amount_expected)
    SELECT item_id, min(posting_date) FROM appended
     WHERE cost_amount_actual <> 0 OR cost_amount_expected <> 0 GROUP BY item_id
"""
