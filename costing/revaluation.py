"""What goods on hand are carried at, and how a new worth of theirs is spread over the entries they came with. Pure.

Costing-revaluation-item-charges-variance.md §2; costing-clarifications.md B2 and B25. Quantities in base units,
amounts in company currency.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from inventory.numbers import round_to
from ledger.records import ZERO

Scope = tuple[int, int]  # location and variant key; (0, 0) where the item is averaged whole
WHOLE: Scope = (0, 0)


@dataclass(frozen=True, slots=True)
class Worth:
    """What an entry's value entries of a kind add up to."""

    actual: Decimal
    expected: Decimal


@dataclass(frozen=True, slots=True)
class Layer:
    """The goods of one receipt that are there on the day of a revaluation.

    `own` leaves out revaluations and rounding; `revaluations` are worths by the quantity that each of them valued.
    Expected cost counts only where the goods need not be invoiced to be revalued: with a standard cost.
    """

    entry_id: int
    location_id: int
    variant_key: int
    quantity: Decimal
    remaining: Decimal
    invoiced: Decimal
    own: Worth
    revaluations: Sequence[tuple[Decimal, Worth]] = ()
    with_expected: bool = False

    @property
    def carried_at(self) -> Decimal:
        """The part of the entry's worth that is its remaining goods', not rounded (B2)."""
        total = self._counted(self.own) * self.remaining / self.quantity
        for valued, worth in self.revaluations:
            total += self._counted(worth) * self.remaining / valued
        return total

    def _counted(self, worth: Worth) -> Decimal:
        return worth.actual + worth.expected if self.with_expected else worth.actual


@dataclass(frozen=True, slots=True)
class NewWorth:
    """How a line says what goods are worth from now on: exactly one of the three is given."""

    unit_cost: Decimal | None = None
    value: Decimal | None = None
    delta: Decimal | None = None

    @property
    def given(self) -> int:
        return sum(each is not None for each in (self.unit_cost, self.value, self.delta))

    def for_quantity(self, quantity: Decimal, calculated: Decimal, rounding: Decimal) -> Decimal:
        """The new worth of a quantity that is carried at `calculated`."""
        if self.unit_cost is not None:
            return round_to(self.unit_cost * quantity, rounding)
        if self.value is not None:
            return round_to(self.value, rounding)
        return calculated + round_to(self.delta or ZERO, rounding)


@dataclass(frozen=True, slots=True)
class Goods:
    """Layers that share one calculated value: all of a line's, or of an average those of one scope."""

    layers: Sequence[Layer]
    calculated: Decimal

    @property
    def quantity(self) -> Decimal:
        return sum((layer.remaining for layer in self.layers), ZERO)


def at_own_cost(layers: Sequence[Layer], rounding: Decimal) -> list[Goods]:
    """What is carried at its own cost: every costing method but the average."""
    total = sum((layer.carried_at for layer in layers), ZERO)
    return [Goods(layers, round_to(total, rounding))]


def at_average(
    layers: Sequence[Layer], pools: Mapping[Scope, tuple[Decimal, Decimal]], rounding: Decimal
) -> list[Goods]:
    """Each scope at the average of its pool of (cost, quantity); at nothing where that is none or below zero."""
    inside: dict[Scope, list[Layer]] = defaultdict(list)
    for layer in layers:
        inside[WHOLE if WHOLE in pools else (layer.location_id, layer.variant_key)].append(layer)
    goods = []
    for scope, found in inside.items():
        cost, quantity = pools.get(scope, (ZERO, ZERO))
        remaining = sum((layer.remaining for layer in found), ZERO)
        worth = remaining * cost / quantity if quantity and cost / quantity > 0 else ZERO
        goods.append(Goods(found, round_to(worth, rounding)))
    return goods


def spread(goods: Sequence[Goods], new_value: Decimal, rounding: Decimal) -> list[tuple[Layer, Decimal]]:
    """The amount by which each layer changes, in their order; together the new value less the calculated one.

    Every layer but the last of its goods is brought to the new cost per unit, the last takes what is left, and so it
    takes the distance between own costs and an average. Nothing at all where nothing changes (B2).
    """
    if new_value == sum((each.calculated for each in goods), ZERO):
        return []
    total = sum((each.quantity for each in goods), ZERO)
    changes: list[tuple[Layer, Decimal]] = []
    left, carry = new_value, ZERO
    for place, each in enumerate(goods, 1):
        exact = new_value * each.quantity / total + carry
        share = left if place == len(goods) else round_to(exact, rounding)
        carry, left = exact - share, left - share
        changes += _spread_one(each, share, rounding)
    return [change for change in changes if change[1]]


def _spread_one(goods: Goods, new_value: Decimal, rounding: Decimal) -> list[tuple[Layer, Decimal]]:
    quantity, left, carry = goods.quantity, new_value - goods.calculated, ZERO
    changes = []
    for layer in goods.layers[:-1]:
        current = round_to(layer.carried_at, rounding)
        exact = new_value * layer.remaining / quantity - current + carry
        amount = round_to(exact, rounding)
        carry, left = exact - amount, left - amount
        changes.append((layer, amount))
    return [*changes, (goods.layers[-1], left)]


def parts_of(layer: Layer, amount: Decimal, rounding: Decimal) -> Worth:
    """What of an amount is actual, and what is expected since that part of the entry is not invoiced (§2.2)."""
    expected = round_to(amount * (layer.quantity - layer.invoiced) / layer.quantity, rounding)
    return Worth(amount - expected, expected)
