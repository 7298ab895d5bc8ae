"""What a cell of a journal line says, read from the text that somebody typed. Knows no database."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

from inventory.cells import read_number
from inventory.cells import refusal as cell_refusal
from inventory.numbers import plain
from ledger.choices import EntryType
from posting import errors
from posting.models import ItemJournalLine

KEYS = {
    "item": "item_id", "variant": "variant_id", "location": "location_id", "new_location": "new_location_id",
    "unit": "unit_id", "gen_business_posting_group": "gen_business_posting_group_id",
    "gen_product_posting_group": "gen_product_posting_group_id", "vendor": "vendor_id", "customer": "customer_id",
}  # fmt: skip
NUMBERS = {"quantity": 5, "unit_amount": 5, "amount": 2, "discount_amount": 2, "unit_cost": 5}
DATES = ("posting_date", "document_date", "expiration_date", "warranty_date")
ENTRIES = ("applies_to_entry", "applies_from_entry")
CODES = ("document_number", "reason_code", "serial_number", "lot_number", "package_number")
TEXTS = ("description", "external_document_number")
# The item comes first: it brings defaults, which the cells after it may override.
FIELDS = ("item", *[name for name in KEYS if name != "item"], "entry_type", *DATES, *NUMBERS, *ENTRIES, *CODES,
          *TEXTS)  # fmt: skip

# What goods cost: seen and typed only by who may see costs; on a sale the amounts are a price.
COSTS = ("unit_cost",)
COSTS_UNLESS_SOLD = ("unit_amount", "amount", "discount_amount")


def hidden_fields(entry_type: str) -> tuple[str, ...]:
    """The cells of a line that only those see who may see costs (decision 25)."""
    return COSTS if entry_type == EntryType.SALE else (*COSTS, *COSTS_UNLESS_SOLD)


def read_cell(name: str, raw: str, *, transfers: bool, work_date: date) -> Any:
    """The value of a cell that is no key. Raises `Refusal` with the code `not_understood` or one of its own."""
    if name == "entry_type":
        return _read_entry_type(raw, transfers=transfers)
    if name in DATES:
        return read_date(raw, name=name, work_date=work_date)
    if name in NUMBERS:
        return read_number(raw, name=name, places=NUMBERS[name])
    if name in ENTRIES:
        if not re.fullmatch("[0-9]{1,18}", raw) or int(raw) == 0:
            raise cell_refusal("not_understood", name, raw, "Type the number of an item ledger entry.")
        return int(raw)
    text = raw.upper() if name in CODES else raw
    longest = _longest(name)
    if len(text) > longest:
        words = f"It has {len(text)} characters, {longest} are possible. Shorten it."
        raise cell_refusal("too_long", name, raw, words, longest=str(longest))
    return text


def _longest(name: str) -> int:
    column: Any = ItemJournalLine._meta.get_field(name)
    return int(column.max_length)


def _read_entry_type(raw: str, *, transfers: bool) -> str:
    allowed = (EntryType.TRANSFER,) if transfers else _ENTRY_TYPES
    for kind in allowed:
        if raw.casefold() in (kind.value, kind.label.casefold(), kind.label.casefold().rstrip(".")):
            return kind.value
    names = ", ".join(kind.label for kind in allowed)
    raise errors.EntryTypeNotAllowed(entry_type=raw, allowed=names)


def read_date(raw: str, *, name: str, work_date: date) -> date:
    """2026-01-31, 31.1.2026, 31.1.26, 31.1. in the year of the work date, or t for the work date."""
    if raw in ("t", "T"):
        return work_date
    iso = re.fullmatch(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})", raw)
    dotted = re.fullmatch(r"([0-9]{1,2})\.([0-9]{1,2})\.?([0-9]{4}|[0-9]{2})?", raw)
    year, month, day = iso.groups() if iso else dotted.groups()[::-1] if dotted else ("0", "0", "0")
    full = work_date.year if year is None else int(year) + (2000 if len(year) == 2 else 0)
    try:
        if 1900 <= full <= 2999:
            return date(full, int(month), int(day))
    except ValueError:
        pass
    raise cell_refusal("not_understood", name, raw, "Type a date such as 2026-01-31, 31.1.2026, or t for today.")


def clean(raw: str | None) -> str:
    """Without blanks around it, and without what the database cannot keep."""
    return (raw or "").replace("\x00", "").encode("utf-8", "replace").decode().strip()


def words_of(name: str) -> str:
    return name.replace("_", " ")


def text_of(value: Any) -> str:
    if value is None:
        return ""
    return plain(value) if isinstance(value, Decimal) else str(value)


_ENTRY_TYPES = (EntryType.PURCHASE, EntryType.SALE, EntryType.POSITIVE_ADJUSTMENT, EntryType.NEGATIVE_ADJUSTMENT)
