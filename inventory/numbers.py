"""Rounding, and numbers as people read them. Half goes away from zero (ledger-model.md §8)."""

from decimal import ROUND_HALF_UP, Context, Decimal, setcontext

UNIT_COST = Decimal("0.00001")
EXACT = Context(prec=60, rounding=ROUND_HALF_UP)
_WIDE = Context(prec=100, rounding=ROUND_HALF_UP)
_NOISE = Decimal("1e-40")  # below it lies only what thirds and sevenths, cut after 60 digits, have lost
_BY_PLACE: dict[Decimal, bool] = {}  # whether a precision is a power of ten; a company has two of them


def use_exact_context() -> None:
    """Compute with 60 digits in this thread: multiply first, divide last, and nothing is lost."""
    setcontext(EXACT.copy())


def round_to(value: Decimal, precision: Decimal) -> Decimal:
    """The nearest multiple of a precision such as 0.01 or 0.05.

    A half that was added up from thirds is a half: what their 60 digits lack is put right before.
    """
    by_place = _BY_PLACE.get(precision)
    if by_place is None:
        by_place = _BY_PLACE[precision] = precision.as_tuple().digits == (1,)
    exact = value.quantize(_NOISE, ROUND_HALF_UP, _WIDE)
    if by_place:
        return exact.quantize(precision, ROUND_HALF_UP, EXACT)
    return EXACT.multiply(EXACT.divide(exact, precision).quantize(Decimal(1), ROUND_HALF_UP, EXACT), precision)


def plain(value: Decimal) -> str:
    """Without exponent and without zeros at the end: 5, 0.25, -3."""
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
