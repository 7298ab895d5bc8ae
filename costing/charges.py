"""Distribute an amount, such as freight, over lines (costing-revaluation-item-charges-variance.md §3.1). Pure."""

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from inventory.numbers import round_to
from work.errors import Refusal

CENT = Decimal("0.01")


class Method(StrEnum):
    """By what each line takes its share."""

    EQUALLY = "equally"
    AMOUNT = "amount"
    WEIGHT = "weight"
    VOLUME = "volume"


class Target(NamedTuple):
    """A line that takes a share: its amount, and the weight and volume of all its goods."""

    amount: Decimal = Decimal(0)
    weight: Decimal = Decimal(0)
    volume: Decimal = Decimal(0)


def distribute(
    total: Decimal, targets: Sequence[Target], method: Method, *, precision: Decimal = CENT
) -> list[Decimal]:
    """The share of each line, in order; together exactly `total`, the last line takes what rounding left.

    Raises `Refusal`: nothing_to_distribute_by where the lines have none of it, negative_not_allowed.
    """
    weights = [Decimal(1) if method == Method.EQUALLY else getattr(target, method) for target in targets]
    if any(weight < 0 for weight in weights):
        words = f"A line has a negative {method}, so nothing can be distributed by it. Choose another way."
        raise Refusal(words, code="negative_not_allowed", method=str(method))
    if not targets:
        raise Refusal("There are no lines to distribute over. Name at least one.", code="nothing_to_distribute_by")
    whole = sum(weights, Decimal(0))
    if not whole:
        words = f"The lines have no {method} to distribute by. Choose another way, or distribute equally."
        raise Refusal(words, code="nothing_to_distribute_by", method=str(method))
    shares: list[Decimal] = []
    given = so_far = Decimal(0)
    for weight in weights:
        so_far += weight
        shares.append(round_to(total * so_far / whole, precision) - given)
        given += shares[-1]
    return shares
