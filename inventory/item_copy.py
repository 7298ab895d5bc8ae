"""Copies of items, and templates taken from items and applied to them (items.md §1.4, §2)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models.functions import Coalesce

from inventory.bom_edit import BOMChange, BOMLine, save_boms
from inventory.cells import cleaned_code, refusal
from inventory.item_edit import ItemChange
from inventory.item_rows import item_columns, item_fields
from inventory.items import SavedItem, save_items
from inventory.models import AssemblyBOM, Item, ItemTemplate, Variant
from inventory.queries import items, units_of, variants_of
from inventory.uses import held_fields
from users.history import acting
from work.errors import Refusal, Refused

PARTS = ("units", "variants", "bill_of_materials")
NOT_COPIED = frozenset({"number", "gtin"})  # which name one item alone
MOST_COPIES = 100


def copy_item(
    number: str, copies: Sequence[str], *, parts: Collection[str] = PARTS, description: str = "", user: Any, reason: str
) -> list[SavedItem]:
    """Make items like one that exists; a blank number takes the next one of the series.

    The fields of the card but number and GTIN go along, and of its `parts` those that are named; entries, costs from
    them and stockkeeping units never do. Raises `Refused` with everything that is wrong; then nothing was written.
    """
    with acting(user, reason):
        source = _find(number)
        _check_copies(copies, parts)
        values = {name: _text(source, name) for name in item_fields() if name not in NOT_COPIED}
        if description.strip():
            values |= {"description": description, "search_description": ""}
        units = {}
        if "units" in parts:
            units = {row.unit.code: f"{row.quantity_per_unit} / {row.rounding_precision}" for row in units_of(source)}
        else:
            values |= {"sales_unit": "", "purchase_unit": ""}
        wanted = [
            ItemChange(row, copy, {**values, "template": ""}, units, "create") for row, copy in enumerate(copies, 1)
        ]
        saved = save_items(wanted, user=user, reason=reason)
        if "variants" in parts:
            _copy_variants(source, saved)
        if "bill_of_materials" in parts:
            _copy_bom(source, saved, user, reason)
        return saved


def _find(number: str) -> Item:
    found = items().filter(number=cleaned_code(number)).first()
    if found is None:
        raise Refused([refusal("not_found", "number", number, "There is no such item. Correct the number.")])
    return found


def _check_copies(copies: Sequence[str], parts: Collection[str]) -> None:
    problems = [
        refusal("not_understood", "parts", part, f"Choose from {', '.join(PARTS)}.")
        for part in parts
        if part not in PARTS
    ]
    if not 1 <= len(copies) <= MOST_COPIES:
        words = f"Between 1 and {MOST_COPIES} copies are made at a time."
        problems.append(refusal("out_of_range", "copies", str(len(copies)), words, most=str(MOST_COPIES)))
    if problems:
        raise Refused(problems)


def _text(row: Item | ItemTemplate, name: str) -> str:
    """A value as `save_items` reads it."""
    value = getattr(row, name)
    if isinstance(value, models.Model):
        return str(getattr(value, "code", None) or getattr(value, "number", ""))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return format(value, "f")
    return "" if value is None else str(value)


def _copy_variants(source: Item, saved: Sequence[SavedItem]) -> None:
    fields = [field.name for field in Variant._meta.concrete_fields if field.name not in ("id", "item")]
    Variant.objects.bulk_create(
        Variant(item_id=copy.id, **{name: getattr(variant, name) for name in fields})
        for copy in saved
        for variant in variants_of(source)
    )


def _copy_bom(source: Item, saved: Sequence[SavedItem], user: Any, reason: str) -> None:
    lines = [
        BOMLine(number, line.type, line.quantity_per, line.scrap_percent, line.description, line.line_number)
        for line in AssemblyBOM.objects.filter(parent=source).annotate(
            number=Coalesce("component__number", "resource__number")
        )
        if (number := line.number)
    ]
    if lines:
        save_boms([BOMChange(copy.row, copy.number, lines) for copy in saved], user=user, reason=reason)


# ---------------------------------------------------------------- templates


@dataclass(frozen=True, slots=True)
class Applied:
    """An item after a template: what became of it, and the fields that entries or lines hold as they are, with why."""

    item: SavedItem
    skipped: dict[str, str]


def apply_template(number: str, template: str, *, user: Any, reason: str) -> Applied:
    """Set the fields that a template sets; what entries or open lines rest on is left and reported.

    Raises `Refused` where the rest cannot be set.
    """
    with acting(user, reason):
        item = _find(number)
        found = ItemTemplate.objects.filter(code__iexact=template.strip()).first()
        if found is None:
            words = "There is no such template. Choose another."
            raise Refused([refusal("not_found", "template", template, words)])
        values = {name: _text(found, name) for name in _set_by(found)}
        differing = {name for name in values if values[name] != _text(item, name)}
        skipped = {name: use.words for name, use in held_fields(item.pk).items() if name in differing}
        change = ItemChange(1, item.number, {n: v for n, v in values.items() if n not in skipped}, {}, "update")
        return Applied(save_items([change], user=user, reason=reason)[0], skipped)


def _set_by(template: ItemTemplate) -> list[str]:
    """The fields of an item that a template has a value for."""
    columns = [field.name for field in ItemTemplate._meta.concrete_fields if field.name in item_fields()]
    return [name for name in columns if name != "description" and getattr(template, name) not in (None, "")]


def save_as_template(number: str, code: str, description: str, *, user: Any, reason: str) -> ItemTemplate:
    """Keep what an item is set to as a template for new ones. Raises `Refused` where the code is taken or missing."""
    with acting(user, reason):
        item, code = _find(number), cleaned_code(code)
        longest = ItemTemplate._meta.get_field("code").max_length or 0
        problem = None
        if not code:
            problem = Refusal("The code of the template is missing. Fill it in.", code="value_missing", field="code")
        elif len(code) > longest:
            problem = refusal(
                "too_long", "code", code, f"It has {len(code)} characters, {longest} are possible. Shorten it."
            )
        elif ItemTemplate.objects.filter(code__iexact=code).exists():
            words = "There is a template of that code already. Choose another code."
            problem = refusal("already_exists", "code", code, words)
        if problem is not None:
            raise Refused([problem])
        kept = [field.name for field in ItemTemplate._meta.concrete_fields if field.name in item_columns()]
        values = {name: getattr(item, name) for name in kept if name != "description"}
        return ItemTemplate.objects.create(code=code, description=description.strip()[:100], **values)
