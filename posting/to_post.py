"""What is to be posted: a journal and its lines as they are read and locked, and what cannot be read of them."""

from dataclasses import dataclass
from typing import Any

from ledger.choices import EntryType
from posting import errors
from posting.errors import PostingError
from posting.lines import JOURNAL_TYPES
from posting.models import ItemJournalBatch, ItemJournalTemplate
from work.statements import Question


@dataclass(frozen=True, slots=True)
class Batch:
    """What posting must know of a journal; its template's reason where it has none of its own."""

    name: str
    transfers: bool
    reason_code: str
    number_series_id: int | None
    posting_number_series_id: int | None


def batch_question(batch_id: int) -> Question[Batch]:
    def read(rows: list[Any]) -> Batch:
        if not rows:
            raise ItemJournalBatch.DoesNotExist
        return Batch(*rows[0])

    return Question(_BATCH, [ItemJournalTemplate.Type.TRANSFER, batch_id], read)


_BATCH = """
    SELECT t.name || '/' || b.name, t.journal_type = %s, coalesce(nullif(b.reason_code, ''), t.reason_code),
           b.number_series_id, b.posting_number_series_id
      FROM posting_itemjournalbatch b JOIN posting_itemjournaltemplate t ON t.id = b.template_id
     WHERE b.id = %s
"""


def unreadable(row: dict[str, Any], batch: Batch) -> list[PostingError]:
    """What is missing or was not understood on one line."""
    problems: list[PostingError] = []
    for name, value in row["unread"].items():
        problem = errors.LineNotUnderstood(line=row["id"], name=name.replace("_", " "), value=str(value))
        problem.field = name
        problems.append(problem)
    for name, words in _NEEDED.items():
        cell = name.removesuffix("_id")
        if row[name] is None and cell not in row["unread"]:
            missing = errors.ValueMissing(line=row["id"], name=words)
            missing.field = cell
            problems.append(missing)
    fits = row["entry_type"] in JOURNAL_TYPES and (row["entry_type"] == EntryType.TRANSFER) == batch.transfers
    if "entry_type" not in row["unread"] and not fits:
        allowed = "Transfer" if batch.transfers else "Purchase, Sale, Positive adjmt. or Negative adjmt."
        problems.append(errors.EntryTypeNotAllowed(line=row["id"], entry_type=row["entry_type"], allowed=allowed))
    return problems


_NEEDED = {"posting_date": "The posting date", "item_id": "The item", "quantity": "The quantity"}
SAME = (
    "item_id", "variant_id", "location_id", "new_location_id", "posting_date", "entry_type", "document_number",
    "quantity_per_unit", "discount_amount", "serial_number", "lot_number", "package_number", "expiration_date",
    "warranty_date", "external_document_number", "description", "gen_business_posting_group_id",
    "gen_product_posting_group_id", "vendor_id", "customer_id", "dimension_set_id",
)  # fmt: skip
_OWN = (
    "id", "batch_id", "version", "line_number", "posting_date", "document_date", "entry_type", "document_number",
    "external_document_number", "item_id", "variant_id", "description", "quantity", "unit_amount", "amount",
    "discount_amount", "unit_cost", "applies_to_entry", "applies_from_entry", "serial_number", "lot_number",
    "package_number", "expiration_date", "warranty_date", "gen_business_posting_group_id",
    "gen_product_posting_group_id", "vendor_id", "customer_id", "dimension_set_id", "reason_code", "unread",
)  # fmt: skip
LINE_NAMES = (
    *_OWN, "location_id", "new_location_id", "item_number", "unit_code", "quantity_per_unit", "unit_precision",
    "base_precision",
)  # fmt: skip
_LINES = f"""
    SELECT {", ".join(f"l.{name}" for name in _OWN)},
           COALESCE(l.location_id, blank.id), COALESCE(l.new_location_id, blank.id), i.number, u.code,
           iu.quantity_per_unit, iu.rounding_precision, base.rounding_precision
      FROM posting_itemjournalline l
      JOIN inventory_location blank ON blank.code = ''
      LEFT JOIN inventory_item i ON i.id = l.item_id
      LEFT JOIN inventory_unitofmeasure u ON u.id = COALESCE(l.unit_id, i.base_unit_id)
      LEFT JOIN inventory_itemunitofmeasure iu
             ON iu.item_id = l.item_id AND iu.unit_id = COALESCE(l.unit_id, i.base_unit_id)
      LEFT JOIN inventory_itemunitofmeasure base ON base.item_id = l.item_id AND base.unit_id = i.base_unit_id
     WHERE {{chosen}}
     ORDER BY l.line_number FOR UPDATE OF l
"""
CHOSEN = """
    SELECT id FROM posting_itemjournalline
     WHERE batch_id = %s AND (%s OR id = ANY(%s::bigint[])) ORDER BY line_number
"""
ITEMS_OF_LINES = """
    SELECT DISTINCT item_id FROM posting_itemjournalline WHERE id = ANY(%s) AND item_id IS NOT NULL
"""
ALL_LINES = _LINES.format(chosen="l.batch_id = %s")
CHOSEN_LINES = _LINES.format(chosen="l.id = ANY(%s)")  # by their keys alone: the rest of a long journal is not read
