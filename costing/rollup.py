"""The standard cost of an assembled item, from what goes into it (costing-methods.md §8). Pure.

Shares are per base unit and rounded to unit costs; the largest takes what rounding leaves, so that they always
add up to the standard. The rolled-up shares pass on those of sub-assemblies, which the single-level ones call material.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from operator import add
from typing import NamedTuple

from inventory.numbers import UNIT_COST, round_to
from inventory.structure import MOST_LEVELS, Line

ZERO, HUNDRED = Decimal(0), Decimal(100)


class Shares(NamedTuple):
    """A cost by what it is made of, in the order of `inventory.models.item.SHARES`."""

    material: Decimal = ZERO
    capacity: Decimal = ZERO
    subcontracted: Decimal = ZERO
    capacity_overhead: Decimal = ZERO
    manufacturing_overhead: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        return sum(self, ZERO)

    def plus(self, other: "Shares", times: Decimal = Decimal(1), *, precision: Decimal | None = None) -> "Shares":
        """This and so many of the other, each product rounded where a precision is given."""
        more = [part * times for part in other]
        if precision is not None:
            more = [round_to(part, precision) for part in more]
        return Shares(*map(add, self, more))


NOTHING = Shares()


def detailed(shares: Shares, cost: Decimal) -> Shares:
    """The shares as far as they explain a cost; where they do not add up to it, all of it is material (spec §6)."""
    return shares if shares.total == cost else Shares(material=cost)


@dataclass(frozen=True, slots=True)
class CostedItem:
    """An item as its card has it; `cost` is its standard cost where it is costed so, else its unit cost."""

    cost: Decimal
    is_stocked: bool = True
    indirect_cost_percent: Decimal = ZERO
    overhead_rate: Decimal = ZERO
    scrap_percent: Decimal = ZERO
    rolled_up: Shares = NOTHING


@dataclass(frozen=True, slots=True)
class CostedResource:
    """What a base unit of a resource costs, without and with its overhead."""

    direct_unit_cost: Decimal
    unit_cost: Decimal


@dataclass(frozen=True, slots=True)
class RolledUp:
    """A standard cost, and its shares of one level and of all levels; each set adds up to it."""

    standard_cost: Decimal
    single_level: Shares
    rolled_up: Shares


@dataclass(frozen=True, slots=True)
class Materials:
    """Everything a roll-up reads: cards, and the lines of each item that has any."""

    items: Mapping[int, CostedItem]
    resources: Mapping[int, CostedResource]
    lines: Mapping[int, Sequence[Line]]


class TooDeep(Exception):
    """More levels than are rolled up; `item_id` is the item whose lines were not looked at any more."""

    def __init__(self, item_id: int) -> None:
        super().__init__(item_id)
        self.item_id = item_id


def roll_up(
    wanted: Iterable[int], materials: Materials, *, multilevel: bool, production: bool = False,
    precision: Decimal = UNIT_COST,
) -> dict[int, RolledUp]:  # fmt: skip
    """Standard costs of these items; with `multilevel` also of every assembled item below them, calculated first.

    Otherwise components cost what their cards say. `production` adds scrap of item and line to each quantity, and
    rounds quantities and amounts line by line (T-SC-05). Items without lines are left out. Raises `TooDeep`.
    """
    run = _Run(materials, multilevel, production, precision)
    for item in wanted:
        run.standard(item, 0)
    return run.found


@dataclass(slots=True)
class _Run:
    materials: Materials
    multilevel: bool
    production: bool
    precision: Decimal
    found: dict[int, RolledUp] = field(default_factory=dict)

    def standard(self, item_id: int, level: int) -> RolledUp | None:
        """The cost of an item by its lines; None for what is not assembled."""
        lines = self.materials.lines.get(item_id)
        if not lines:
            return None
        if item_id not in self.found:
            if level >= MOST_LEVELS:
                raise TooDeep(item_id)
            self.found[item_id] = self._calculate(self.materials.items[item_id], lines, level)
        return self.found[item_id]

    def _calculate(self, item: CostedItem, lines: Sequence[Line], level: int) -> RolledUp:
        single, below = Shares(), Shares()
        for line in lines:
            quantity = self._quantity(line, item)
            own, passed_on = self._of(line, level)
            rounding = self.precision if self.production else None
            single = single.plus(own, quantity, precision=rounding)
            below = below.plus(passed_on, quantity, precision=rounding)
        overhead = round_to(single.total * item.indirect_cost_percent / HUNDRED + item.overhead_rate, self.precision)
        single = single.plus(Shares(manufacturing_overhead=overhead))
        below = below.plus(Shares(manufacturing_overhead=overhead))
        standard = round_to(single.total, self.precision)
        return RolledUp(standard, self._settled(single, standard), self._settled(below, standard))

    def _quantity(self, line: Line, item: CostedItem) -> Decimal:
        if not self.production:
            return line.quantity_per
        scrap = (1 + item.scrap_percent / HUNDRED) * (1 + line.scrap_percent / HUNDRED)
        return round_to(line.quantity_per * scrap, UNIT_COST)

    def _of(self, line: Line, level: int) -> tuple[Shares, Shares]:
        """What one unit of a line adds: at this level, and with the shares of what is below."""
        if line.resource_id is not None:
            resource = self.materials.resources[line.resource_id]
            cost = Shares(
                capacity=resource.direct_unit_cost, capacity_overhead=resource.unit_cost - resource.direct_unit_cost
            )
            return cost, cost
        assert line.component_id is not None
        component = self.materials.items[line.component_id]
        if not component.is_stocked:
            return Shares(), Shares()
        if self.multilevel and (made := self.standard(line.component_id, level + 1)):
            return Shares(material=made.standard_cost), made.rolled_up
        cost = Shares(material=component.cost)
        is_assembled = bool(self.materials.lines.get(line.component_id))
        return cost, detailed(component.rolled_up, component.cost) if is_assembled else cost

    def _settled(self, shares: Shares, total: Decimal) -> Shares:
        """Rounded, and together exactly the total: the largest share takes the difference."""
        rounded = [round_to(part, self.precision) for part in shares]
        rounded[rounded.index(max(rounded))] += total - sum(rounded, ZERO)
        return Shares(*rounded)
