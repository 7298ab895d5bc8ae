"""A file into items: rehearsed whole, then all or nothing."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.db import transaction

from imports.columns import Columns, Layout, match_columns
from imports.errors import Problem
from imports.models import ImportRun
from imports.problems import Problems
from imports.running import Progress, check_may, chunks, hash_of, problem_of, quiet, readable
from imports.tables import Row, open_table
from inventory.item_rows import item_fields
from inventory.items import ItemChange, save_items
from users.history import acting
from users.models import User
from work.errors import Refused

CHUNK = 2_000


def layout() -> Layout:
    """The columns of an item file; an empty cell leaves a field as it is."""
    names = [name for name in item_fields() if name != "number"]
    return Layout(["number", "template", *names, "units"], _ALIASES, required=("number",))


_ALIASES = {
    "item": "number", "item number": "number", "sku": "number", "name": "description", "item name": "description",
    "item type": "type", "unit": "base_unit", "unit of measure": "base_unit", "base unit of measure": "base_unit",
    "uom": "base_unit", "sales unit of measure": "sales_unit", "purch unit of measure": "purchase_unit",
    "purchase unit of measure": "purchase_unit", "units of measure": "units", "item units": "units",
    "price": "unit_price", "list price": "unit_price", "sales price": "unit_price",
    "general product posting group": "gen_product_posting_group",
    "gen prod posting group": "gen_product_posting_group", "product posting group": "gen_product_posting_group",
    "tracking code": "item_tracking_code", "vendor no": "vendor", "supplier": "vendor",
    "supplier item no": "vendor_item_number", "shelf": "shelf_number", "barcode": "gtin", "ean": "gtin",
    "indirect cost": "indirect_cost_percent", "indirect cost pct": "indirect_cost_percent",
    "serial nos": "serial_number_series",
    "prevent negative stock": "prevent_negative_inventory", "item template": "template",
}  # fmt: skip


@dataclass(slots=True)
class ItemsImported:
    """What an import of items did, or would have done: `problems` says why it did nothing."""

    rows: int
    problems: Problems
    outcomes: dict[str, int] = field(default_factory=lambda: {"created": 0, "changed": 0, "unchanged": 0})
    written: bool = False


def import_items(
    path: Path, *, user: User, problems: Problems | None = None, rehearse: bool = False, progress: Progress = quiet
) -> ItemsImported:
    """Create and change items as the file says; with problems, or to rehearse, nothing is written.

    Raises `Refusal` where the user may not, and `FileRefused` or `Refused` where the file is no item table.
    """
    check_may(user, "imports.import_items")
    table = open_table(path)
    columns = match_columns(table.header, layout())
    done = ItemsImported(table.row_count, problems if problems is not None else Problems())
    with transaction.atomic(), acting(user, f"import of {path.name}"):
        seen: dict[str, int] = {}
        count = 0
        for chunk in chunks(table.rows(), CHUNK):
            _import(chunk, columns, seen, done, user)
            done.problems.sort_in()
            count += len(chunk)
            progress(count, table.row_count, "items read")
        if done.problems.count or rehearse:
            transaction.set_rollback(True)
        else:
            done.written = True
            ImportRun.objects.create(
                kind=ImportRun.Kind.ITEMS, file_name=path.name[-255:], file_hash=hash_of(path), rows=table.row_count,
                user=user, created=done.outcomes["created"], changed=done.outcomes["changed"],
            )  # fmt: skip
    return done


def _import(chunk: list[Row], columns: Columns, seen: dict[str, int], done: ItemsImported, user: User) -> None:
    """One chunk; a chunk with problems leaves nothing, but the next is looked at all the same."""
    changes = list(_changes(chunk, columns, seen, done.problems))
    try:
        for saved in save_items(changes, user=user, reason="import"):
            done.outcomes[saved.outcome] += 1
    except Refused as refused:
        for refusal in refused.refusals:
            done.problems.add(problem_of(refusal, refusal.line or 0, columns))


def _changes(chunk: list[Row], columns: Columns, seen: dict[str, int], problems: Problems) -> Iterator[ItemChange]:
    """Numbers that stand in an earlier chunk are told here, since that chunk's items may be there by now."""
    for row in readable(chunk, columns, problems):
        values = {name: cell for name, cell in columns.values(row).items() if cell}
        number = values.pop("number", "")
        first = seen.setdefault(number.upper(), row.number) if number else row.number
        if first < chunk[0].number:
            words = f"Item {number[:20]} stands in row {first} already. Keep one of them."
            problems.add(Problem(row.number, columns.header("number"), "duplicate_number", words))
        units, wrong = _units_of(values.pop("units", ""))
        if wrong:
            words = f"“{wrong[:60]}” is not understood. Write units as BOX=6 and BOX=6; PALLET=480."
            problems.add(Problem(row.number, columns.header("units"), "not_understood", words))
        yield ItemChange(row.number, number, values, units)


def _units_of(text: str) -> tuple[dict[str, str], str]:
    """BOX=6; PCS=1/0.01 by code; and the first part that is not of this form."""
    units = {}
    for part in filter(None, (part.strip() for part in text.replace("|", ";").split(";"))):
        code, equals, quantity = part.partition("=")
        if not (equals and code.strip() and quantity.strip()) or code.strip().upper() in units:
            return {}, part
        units[code.strip().upper()] = quantity.strip()
    return units, ""
