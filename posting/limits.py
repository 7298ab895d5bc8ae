"""How much the books hold: well below what the columns take, so that sums and later adjustments fit as well. Pure."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from inventory.numbers import plain
from ledger.records import NewValueEntry, State
from posting.errors import PostingError, TooLarge

MOST_QUANTITY = Decimal(10) ** 13
MOST_AMOUNT = Decimal(10) ** 16
MOST_UNIT_COST = Decimal(10) ** 14


def too_large(line: int, name: str, value: Decimal, most: Decimal) -> Iterator[PostingError]:
    """A refusal where a value is beyond the limit."""
    if -most < value < most:
        return
    words = name.replace("_", " ").capitalize()
    problem = TooLarge(line=line, name=f"The {words.lower()}", value=f"{value:.6g}", most=plain(most))
    problem.field = name
    yield problem


def beyond_the_books(line: int, rows: Iterable[NewValueEntry], state: State) -> list[PostingError]:
    """What the rows of a line, or the item's sums after it, could not be written for: at most one refusal."""
    for row in rows:
        cost = row.cost_amount_actual + row.cost_amount_non_inventoriable
        if not -MOST_AMOUNT < cost < MOST_AMOUNT:
            return list(too_large(line, "amount", cost, MOST_AMOUNT))
        if not -MOST_UNIT_COST < row.cost_per_unit < MOST_UNIT_COST:
            return list(too_large(line, "unit_cost", row.cost_per_unit, MOST_UNIT_COST))
    if not -MOST_QUANTITY < state.quantity < MOST_QUANTITY:
        return list(too_large(line, "quantity", state.quantity, MOST_QUANTITY))
    if not -MOST_AMOUNT < state.cost_amount_actual < MOST_AMOUNT:
        return list(too_large(line, "amount", state.cost_amount_actual, MOST_AMOUNT))
    return list(too_large(line, "unit_cost", state.last_direct_cost, MOST_UNIT_COST))
