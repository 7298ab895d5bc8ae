"""The constraints of the database in words, so that no engine's text ever reaches a client."""

from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models

from work.errors import Refusal

# (field, what to do) of the rules that people meet; the others say what their names say.
_WORDS: dict[str, tuple[str | None, str]] = {
    "location_code_is_upper_case": ("code", "Write the code in capitals."),
    "variant_code_is_upper_case": ("code", "Write the code in capitals."),
    "location_blank_is_not_in_transit": ("in_transit", "The blank location cannot be one for goods in transit."),
    "number_series_gives_numbers_somehow": (
        "default_numbers", "Allow default numbers, manual numbers, or both; otherwise the series gives none.",
    ),
    "number_line_starts_with_digits": ("starting_number", "The starting number needs digits that can be counted up."),
    "number_line_increments": ("increment_by", "Count up by one or more."),
    "item_unit_holds_something": ("quantity_per_unit", "A unit holds more than zero base units."),
    "item_unit_precision_is_a_part": ("rounding_precision", "The rounding precision lies between 0 and 1."),
    "item_unit_is_unique": ("unit", "The item has this unit already. Change that one."),
    "variant_is_unique": ("code", "The item has this variant already. Change that one."),
    "inventory_posting_setup_is_unique": ("location", "There is a setup for this location and group already."),
    "general_posting_setup_is_unique": ("gen_product_posting_group", "There is a setup for these groups already."),
    "resource_unit_cost_covers_direct_cost": ("unit_cost", "The unit cost cannot lie below the direct unit cost."),
    "resource_costs_are_not_negative": ("direct_unit_cost", "Costs cannot be below zero."),
    "resource_number_is_upper_case": ("number", "Write the number in capitals."),
    "inventory_setup_rounds_to_something": ("amount_rounding", "Rounding needs a precision above zero."),
    "inventory_setup_posting_range_is_forward": ("allow_posting_to", "The last date lies before the first one."),
    "tracking_code_specific_serial_always": (
        "serial_specific", "Specific serial numbers are needed at every purchase and sale; switch those on as well.",
    ),
    "tracking_code_specific_lot_always": (
        "lot_specific", "Specific lot numbers are needed at every purchase and sale; switch those on as well.",
    ),
}  # fmt: skip


def broken_rule(constraint: str) -> Refusal:
    """A constraint of that name was broken."""
    field, words = _WORDS.get(constraint, (None, ""))
    if not words:
        words = f"This breaks the rule “{constraint.replace('_', ' ')}”. Correct the values."
    code = "already_exists" if constraint.endswith(("_unique", "_uniq", "_key")) else "rule_broken"
    if code == "already_exists" and constraint not in _WORDS:
        words = "There is one of that key already. Choose another, or change that one."
    return Refusal(words, code=code, field=field, rule=constraint)


def broken_rules(row: models.Model) -> list[Refusal]:
    """Every constraint that this row, saved as it is, would break."""
    found: list[Refusal] = []
    try:
        row.validate_unique()
    except ValidationError as problem:
        found += [_taken(name) for name in problem.error_dict]
    for constraint in row._meta.constraints:
        try:
            constraint.validate(type(row), row)
        except ValidationError:
            found.append(broken_rule(constraint.name))
    return found


def _taken(field: str) -> Refusal:
    words = "There is one of that key already. Choose another, or change that one."
    named: Any = None if field == NON_FIELD_ERRORS else field
    return Refusal(words, code="already_exists", field=named)
