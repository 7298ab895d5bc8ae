"""One change of an item read into its row, and everything that may be wrong with it (items.md §1.1 to §1.4). Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from django.db import models

from inventory.cells import read_choice, read_flag, read_measure, read_text, refusal, words_of
from inventory.choices import CostingMethod, ItemType
from inventory.item_rows import UNITS, ItemRow, Known, Template, UnitRow, item_columns, item_fields, table_of
from inventory.models.item import SHARE_FIELDS
from work.errors import Refusal

ONE, ZERO = Decimal(1), Decimal(0)
CODES = frozenset({"number", "search_description", "shelf_number", "gtin"})
# What entries rest on, and what lines that wait to be posted rest on.
GUARDED = {"type": "type", "costing_method": "costing method", "base_unit_id": "base unit"}
Mode = Literal["create", "update", "upsert"]


@dataclass(frozen=True, slots=True)
class ItemChange:
    """What somebody typed for one item, values as text by field name, codes for what it refers to.

    `row` is the caller's own number for it, which refusals carry as their line. A blank `number` takes the next
    one of the series. `units` gives by unit code the base units in one, and where wanted its rounding precision
    behind a slash (`6`, `1 / 0.01`); a blank removes the unit. Fields and units that are not named stay as they are.
    """

    row: int
    number: str = ""
    values: Mapping[str, str | None] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    mode: Mode = "upsert"


@dataclass(slots=True)
class Edit:
    """A change on its way: the item before, the item as it is to be, and what is wrong."""

    change: ItemChange
    number: str
    before: ItemRow | None = None
    after: ItemRow = field(default_factory=lambda: ItemRow({}))
    template: Template | None = None
    typed: set[str] = field(default_factory=set)
    refusals: list[Refusal] = field(default_factory=list)

    def refuse(self, problem: Refusal) -> None:
        problem.line = self.change.row
        self.refusals.append(problem)

    @property
    def is_new(self) -> bool:
        return self.before is None


def cleaned(raw: str | None) -> str:
    """Without blanks around it."""
    return (raw or "").strip()


def read_change(edit: Edit, known: Known) -> None:
    """Fill in what the item is to be: what it was, or the defaults of company and template; then what was typed."""
    if edit.before is not None:
        edit.after = ItemRow(dict(edit.before.values), dict(edit.before.units), edit.before.id)
    else:
        edit.template = _template_of(edit, known)
        edit.after.values = {item_columns()[name]: _default(column) for name, column in item_fields().items()}
        edit.after.values["costing_method"] = known.costing_method
        edit.after.values.update(edit.template.values if edit.template else {})
        edit.after.values["number"] = edit.number
    _read_values(edit, known)
    _follow(edit)
    _read_units(edit, known)
    for problem in _broken_rules(edit, known):
        edit.refuse(problem)


def _template_of(edit: Edit, known: Known) -> Template | None:
    """The one that is named; where none is named and there is exactly one, that one (items.md §1.4)."""
    named = edit.change.values.get("template")
    if named is None:
        return next(iter(known.templates.values())) if len(known.templates) == 1 else None
    code = cleaned(named).upper()
    if code and code not in known.templates:
        edit.refuse(refusal("not_found", "template", code, "There is no such template. Choose another, or leave it."))
    return known.templates.get(code)


def _read_values(edit: Edit, known: Known) -> None:
    for name, typed in edit.change.values.items():
        if name in ("template", "number"):
            continue
        column = item_fields().get(name)
        if column is None:
            words = "Items have no such field. Leave it out."
            edit.refuse(refusal("unknown_field", name, typed or "", words))
            continue
        raw = cleaned(typed)
        if not raw and edit.is_new and edit.template and item_columns()[name] in edit.template.values:
            continue
        try:
            edit.after.values[item_columns()[name]] = _read(name, column, raw, known) if raw else _default(column)
            edit.typed.add(name)
        except Refusal as problem:
            edit.refuse(problem)
            edit.typed.add(name)


def _read(name: str, column: "models.Field[Any, Any]", raw: str, known: Known) -> Any:
    if column.is_relation:
        found = known.codes[table_of(name)].get(raw.upper())
        if found is None:
            raise refusal("not_found", name, raw, "There is no such code. Choose one that exists, or create it first.")
        return found
    if isinstance(column, models.BooleanField):
        return read_flag(raw, name=name)
    if isinstance(column, models.DecimalField):
        return read_measure(raw, name=name, places=column.decimal_places, digits=column.max_digits)
    if column.choices:
        return read_choice(raw, list(column.flatchoices), name=name)
    return read_text(raw, name=name, longest=column.max_length or 0, code=name in CODES)


def _default(column: "models.Field[Any, Any]") -> Any:
    if column.is_relation:
        return None
    value = column.get_default()
    return Decimal(value) if isinstance(column, models.DecimalField) else getattr(value, "value", value)


def _follow(edit: Edit) -> None:
    """What follows from other fields as long as nobody types it: search text, and what a type leaves no room for."""
    values, before = edit.after.values, edit.before.values if edit.before else {}
    follows = not before or before["search_description"] == before["description"].upper()[:100]
    if not values["search_description"] or (follows and "search_description" not in edit.typed):
        values["search_description"] = values["description"].upper()[:100]
    if not before or before["standard_cost"] != values["standard_cost"]:
        values.update(dict.fromkeys(SHARE_FIELDS, ZERO))  # a cost that is typed says nothing of its shares
        values["single_level_material_cost"] = values["rolled_up_material_cost"] = values["standard_cost"]
    if values["type"] != ItemType.INVENTORY and before.get("type") != values["type"]:
        for name, without in _WITHOUT_STOCK.items():
            if name not in edit.typed:
                values[item_columns()[name]] = without


def _read_units(edit: Edit, known: Known) -> None:
    """The base unit's row is made here; other rows as they are given."""
    units, ids, base = edit.after.units, known.codes[UNITS], edit.after.values["base_unit_id"]
    given: set[int] = set()
    for typed, text in edit.change.units.items():
        code = cleaned(typed).upper()
        if code not in ids:
            words = "There is no such unit of measure. Create it first."
            edit.refuse(refusal("not_found", "units", code, words))
            continue
        given.add(ids[code])
        if not cleaned(text):
            units.pop(ids[code], None)
            continue
        try:
            units[ids[code]] = _read_unit(text, units.get(ids[code], (ONE, ZERO))[1])
        except Refusal as problem:
            edit.refuse(problem)
    old = edit.before.values["base_unit_id"] if edit.before else None
    if old is not None and old != base:
        _leave_base(edit, known, old, given)
    if base is not None:
        units.setdefault(base, (ONE, ZERO))


def _leave_base(edit: Edit, known: Known, old: int, given: set[int]) -> None:
    """Under a new base unit the others mean something else, so they must be given anew."""
    units, base = edit.after.units, edit.after.values["base_unit_id"]
    if old not in given:
        units.pop(old, None)
    names = {number: code for code, number in known.codes[UNITS].items()}
    stale = sorted(names[unit] for unit in units if unit not in given and unit != base)
    if stale:
        words = f"Say how many new base units {', '.join(stale)} holds: its quantity counts in the old one."
        edit.refuse(refusal("units_to_restate", "base_unit", names.get(base, ""), words, units=", ".join(stale)))


def _read_unit(text: str, precision: Decimal) -> UnitRow:
    quantity_text, slash, precision_text = text.partition("/")
    quantity = read_measure(quantity_text.strip(), name="units") if quantity_text.strip() else ONE
    if quantity == 0:
        raise refusal(
            "not_positive", "units", text, "A unit holds more than nothing. Type how many base units it holds."
        )
    if slash:
        precision = read_measure(precision_text.strip(), name="units")
        if precision > 1:
            raise refusal("precision_not_allowed", "units", text, "A rounding precision lies between 0 and 1.")
    return quantity, precision


def _broken_rules(edit: Edit, known: Known) -> Iterator[Refusal]:
    """What one item must hold in itself."""
    values, units = edit.after.values, edit.after.units
    wrong = {problem.field for problem in edit.refusals}
    for name in ("description", "base_unit"):
        if not values[item_columns()[name]] and name not in wrong:
            yield Refusal(f"{words_of(name)} is missing. Fill it in.", code="value_missing", field=name)
    base = values["base_unit_id"]
    if base in units and units[base][0] != 1:
        words = "The base unit holds exactly one of itself. Leave its quantity at 1."
        yield Refusal(words, code="base_unit_is_one", field="units")
    for name in ("sales_unit", "purchase_unit"):
        chosen = values[f"{name}_id"]
        if chosen is not None and chosen not in units and name not in wrong:
            words = f"{words_of(name)} is not a unit of this item. Add it to the item's units, or choose another."
            yield Refusal(words, code="unit_not_of_item", field=name)
    yield from _rules_of_type(values)
    yield from _rules_of_tracking(values, known)


def _rules_of_type(values: Mapping[str, Any]) -> Iterator[Refusal]:
    """Only inventory items are costed, tracked and have inventory accounts (items.md §1.2)."""
    if values["type"] == ItemType.INVENTORY:
        return
    label = ItemType(values["type"]).label
    for name, without in _WITHOUT_STOCK.items():
        if values[item_columns()[name]] != without:
            wanted = "FIFO" if name == "costing_method" else "blank"
            words = f"{words_of(name)} must be {wanted} for an item of type {label}, which is not kept in stock."
            yield Refusal(words, code="not_for_type", field=name, type=label)


def _rules_of_tracking(values: Mapping[str, Any], known: Known) -> Iterator[Refusal]:
    """Specific costing knows goods by their serial number (items.md §4)."""
    code = values["item_tracking_code_id"]
    if values["costing_method"] == CostingMethod.SPECIFIC and not known.serial_specific.get(code or 0, (False,))[0]:
        words = "Costing method Specific needs an item tracking code with serial-specific tracking. Choose one."
        yield Refusal(words, code="tracking_code_needed", field="item_tracking_code")
    if values["serial_number_series_id"] is not None and code is None:
        words = "Serial numbers need an item tracking code. Choose one, or clear the serial number series."
        yield Refusal(words, code="tracking_code_needed", field="item_tracking_code")


_WITHOUT_STOCK: dict[str, Any] = {
    "costing_method": CostingMethod.FIFO.value,
    "inventory_posting_group": None,
    "item_tracking_code": None,
    "serial_number_series": None,
}
