"""What an entry is worth by its value entries, as an invoice, a charge or an undo must know it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from ledger.records import Entry
from work.statements import Question


@dataclass(slots=True)
class Revalued:
    """A revaluation that holds expected cost, and how much of it invoices have taken back (B15)."""

    value_entry_id: int
    valuation_date: date
    valued_quantity: Decimal
    expected: Decimal
    partial: bool
    invoiced_before: Decimal
    taken_back: Decimal


@dataclass(slots=True)
class Worth:
    """One stored entry with the sums and the origin that later rows repeat."""

    entry: Entry
    unit_code: str
    quantity_per_unit: Decimal
    variant_id: int | None
    document_date: date
    document_number: str
    applies_to: int | None
    correction: bool
    cost_per_unit: Decimal
    original_expected: Decimal  # of receiving or shipping, before any adjustment
    expected: Decimal  # now, revaluations left out
    sales_expected: Decimal
    purchase_expected: Decimal
    copied: dict[str, Any]
    revalued: list[Revalued] = field(default_factory=list)

    @property
    def left_to_invoice(self) -> Decimal:
        """Base units, above zero."""
        return abs(self.entry.quantity - self.entry.invoiced)


COPIED = (
    "inventory_posting_group_id", "gen_business_posting_group_id", "gen_product_posting_group_id", "vendor_id",
    "customer_id", "responsibility_center_id", "dimension_set_id", "reason_code", "drop_shipment",
)  # fmt: skip


def worths_question(entry_ids: Iterable[int]) -> Question[dict[int, Worth]]:
    """These entries with what they are worth; ask it under their items' locks."""
    return Question(_WORTHS, [sorted(set(entry_ids))], lambda rows: {row[0]: _worth(row) for row in rows})


def _worth(row: Sequence[Any]) -> Worth:
    entry = Entry(
        row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[0], row[0], row[8], row[9], row[10], row[11],
        row[12], row[13], True, row[14], row[15], row[16], (row[17], row[18], row[19]),
    )  # fmt: skip
    revalued = [
        Revalued(each["id"], date.fromisoformat(each["day"]), Decimal(each["valued"]), Decimal(each["expected"]),
                 each["partial"], Decimal(each["invoiced"]), Decimal(each["back"]))
        for each in row[32] or []
    ]  # fmt: skip
    entry.revalued_on = row[33]
    copied = dict(zip(COPIED, row[34:], strict=True))
    return Worth(entry, *row[20:32], copied=copied, revalued=revalued)  # type: ignore[misc]


_WORTHS = f"""
    SELECT e.id, e.item_id, e.location_id, e.variant_key, e.posting_date, b.valuation_date, e.quantity,
           b.remaining_quantity, e.serial_number, e.lot_number, e.package_number, b.completely_invoiced,
           b.returnable_quantity, v.cost, e.entry_type, b.invoiced_quantity, b.last_invoice_date,
           e.order_type, e.order_number, e.order_line,
           e.unit_code, e.quantity_per_unit, e.variant_id, e.document_date, e.document_number, e.applies_to_entry_id,
           e.correction, f.cost_per_unit, v.original, v.expected, v.sales_expected, v.purchase_expected, r.found,
           b.revalued_on,
           {", ".join(f"f.{name}" for name in COPIED)}
      FROM ledger_itemledgerentry e JOIN ledger_entrybalance b ON b.entry_id = e.id
     CROSS JOIN LATERAL (
           SELECT sum(cost_amount_actual + cost_amount_expected) AS cost,
                  coalesce(sum(cost_amount_expected) FILTER (WHERE expected_cost AND NOT adjustment), 0) AS original,
                  coalesce(sum(cost_amount_expected) FILTER (WHERE entry_type <> 'revaluation'), 0) AS expected,
                  sum(sales_amount_expected) AS sales_expected, sum(purchase_amount_expected) AS purchase_expected,
                  min(id) AS first
             FROM ledger_valueentry WHERE item_ledger_entry_id = e.id) v
      JOIN ledger_valueentry f ON f.id = v.first
      LEFT JOIN LATERAL (
           SELECT json_agg(json_build_object(
                    'id', x.id, 'day', x.valuation_date, 'valued', x.valued_quantity::text,
                    'expected', x.cost_amount_expected::text,
                    'partial', x.partial_revaluation,
                    'invoiced', (SELECT coalesce(sum(i.invoiced_quantity), 0)::text FROM ledger_valueentry i
                                  WHERE i.item_ledger_entry_id = e.id AND i.id < x.id),
                    'back', (SELECT coalesce(sum(k.cost_amount_expected), 0)::text FROM ledger_valueentry k
                              WHERE k.item_ledger_entry_id = e.id AND k.applies_to_value_entry_id = x.id
                                AND k.entry_type = 'revaluation')) ORDER BY x.id) AS found
             FROM ledger_valueentry x
            WHERE x.item_ledger_entry_id = e.id AND x.entry_type = 'revaluation' AND x.cost_amount_expected <> 0
              AND x.applies_to_value_entry_id IS NULL) r ON true
     WHERE e.id = ANY(%s::bigint[])
"""
