"""Conversion between units (items.md §1.3, §7.2)."""

from decimal import Decimal

import pytest

from inventory.errors import QuantityTooFine
from inventory.units import to_base

ONE, NONE = Decimal(1), Decimal(0)


def test_precision_repairs_what_does_not_divide() -> None:
    assert to_base(Decimal("0.83333"), Decimal(6), NONE, ONE) == 5
    assert to_base(Decimal("0.83333"), Decimal(6), NONE, NONE) == Decimal("4.99998")


def test_half_a_piece_is_refused() -> None:
    with pytest.raises(QuantityTooFine):
        to_base(Decimal("1.5"), ONE, ONE, ONE)
    with pytest.raises(QuantityTooFine):
        to_base(Decimal("0.25"), Decimal(6), NONE, ONE)
