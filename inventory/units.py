"""Conversion between units of measure (items.md §1.3). Pure."""

from decimal import Decimal

from inventory.errors import QuantityTooFine
from inventory.numbers import UNIT_COST, round_to

TOLERANCE = Decimal("0.001")


def to_base(quantity: Decimal, quantity_per_unit: Decimal, unit_precision: Decimal, base_precision: Decimal) -> Decimal:
    """Base units of a quantity in a unit, rounded to the base unit's precision.

    Raises `QuantityTooFine` when the quantity is no multiple of its unit's precision, or when rounding would
    change the base quantity by more than a conversion can explain.
    """
    if unit_precision and quantity % unit_precision:
        raise QuantityTooFine(quantity, unit_precision)
    exact = quantity * quantity_per_unit
    if not base_precision:
        return round_to(exact, UNIT_COST)
    rounded = round_to(exact, base_precision.normalize())
    if abs(rounded - exact) >= TOLERANCE:
        raise QuantityTooFine(quantity, base_precision)
    return rounded
