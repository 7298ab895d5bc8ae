"""Rounding, against fractions that lose nothing."""

from decimal import Decimal
from fractions import Fraction
from math import floor

from hypothesis import given
from hypothesis import strategies as st

from inventory.numbers import round_to, use_exact_context

parts = st.tuples(st.integers(-(10**9), 10**9), st.integers(1, 10**5))
precisions = st.sampled_from([Decimal("0.01"), Decimal("0.05"), Decimal(1), Decimal("0.00001")])


@given(st.lists(parts, min_size=1, max_size=5), precisions)
def test_sums_of_quotients_are_rounded_as_if_nothing_was_lost(terms: list[tuple[int, int]], precision: Decimal) -> None:
    use_exact_context()
    rounded = round_to(sum((Decimal(above) / below for above, below in terms), Decimal(0)), precision)
    exact = sum((Fraction(above, below) for above, below in terms), Fraction(0)) / Fraction(precision)
    away = floor(abs(exact) + Fraction(1, 2)) * Fraction(precision)
    assert abs(Fraction(rounded)) == away


def test_a_half_that_is_made_of_thirds_is_a_half() -> None:
    use_exact_context()
    third, carried = Decimal("133.64") * Decimal("0.5") / 12, Decimal("133.64") * 10 / 12 - Decimal("111.37")
    assert third + carried - Decimal("7.15") > Decimal("-1.585")
    assert round_to(third + carried - Decimal("7.15"), Decimal("0.01")) == Decimal("-1.59")


def test_what_is_larger_than_any_amount_is_rounded_all_the_same() -> None:
    assert round_to(Decimal("1e30"), Decimal("0.01")) == Decimal("1e30")
