"""Read items of one moment and solve them; no lock is held and nothing is written."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache

from django.db import connection, transaction

from costing.average import period_end
from costing.forward import solve
from costing.load import Want, load_nodes
from costing.load_orders import load_orders
from costing.nodes import Item, Node, Order, OrderKey, ReadAll, Scope, Solution
from costing.part import Part, begins_of, parts_of
from costing.unit_cost import unit_cost_of, unit_rows
from inventory.choices import AverageCostCalculation, CostingMethod
from inventory.setup import Setup
from ledger.locks import read_states
from ledger.periods import Calendar
from ledger.records import ZERO


@dataclass(slots=True)
class Work:
    """One item's queue rows with their stamps, and its solution at the moment of reading."""

    item_id: int
    method: str
    rows: list[tuple[int, date]]
    stamps: dict[int, str] = field(default_factory=dict)
    registers: list[int] = field(default_factory=list)
    part: Part = field(default_factory=Part)
    nodes: dict[int, Node] = field(default_factory=dict)
    orders: dict[OrderKey, Order] = field(default_factory=dict)
    solution: Solution = field(default_factory=Solution)
    unit_cost: Decimal = ZERO

    @property
    def is_average(self) -> bool:
        return self.method == CostingMethod.AVERAGE


def compute(batch: Sequence[Work], setup: Setup, calendar: Calendar, until: date | None) -> None:
    """Solve what can have changed of each item, and where that does not do, all of it."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        _choose_parts(batch, setup, calendar)
        whole = _solve(batch, setup, calendar, until)
        for work in whole:  # what the part needed goes before the whole comes: both at once could be millions
            work.part, work.nodes, work.orders, work.solution = Part(), {}, {}, Solution()
        if whole and _solve(whole, setup, calendar, until):
            raise AssertionError("all was read and something is missing")


def _choose_parts(batch: Sequence[Work], setup: Setup, calendar: Calendar) -> None:
    from_dates = {work.item_id: min(day for _, day in work.rows) for work in batch}
    begins = begins_of(from_dates, (register for work in batch for register in work.registers))
    period = _periods(setup, calendar)
    ends = {work.item_id: period(begins[work.item_id]) for work in batch if work.is_average}
    parts = parts_of(begins, ends, read_states(begins))
    if setup.average_cost_calculation != AverageCostCalculation.ITEM:
        for item_id, *_ in unit_rows(list(begins)):
            parts[item_id].since = None  # each stockkeeping unit's cost hangs on all that is at its location
    for work in batch:
        part = parts[work.item_id]
        work.part = part if part.since is not None else Part()


def _solve(batch: Sequence[Work], setup: Setup, calendar: Calendar, until: date | None) -> list[Work]:
    """Returns those of which more must be read."""
    wants = [Want(w.item_id, w.part.since, w.is_average, w.part.besides) for w in batch]
    nodes = load_nodes(wants)
    orders = load_orders(nodes)
    more = []
    for work in batch:
        work.nodes, work.orders = nodes[work.item_id], orders[work.item_id]
        try:
            _solve_one(work, setup, calendar, until)
        except ReadAll:
            more.append(work)
    return more


def _solve_one(work: Work, setup: Setup, calendar: Calendar, until: date | None) -> None:
    is_part = work.part.since is not None
    if is_part and (work.orders or (work.is_average and not work.part.fits(work.nodes.values()))):
        raise ReadAll
    if is_part and any(node.outside and node.exact_elements for node in work.nodes.values()):
        raise ReadAll  # whether it keeps its elements hangs on all that it was taken from
    work.solution = solve(item_of(work, setup, calendar, until))
    if work.method != CostingMethod.STANDARD:
        change = sum((each.amount for each in work.solution.differences), ZERO)
        whole = (work.part.quantity, work.part.cost + change) if is_part else None
        work.unit_cost = unit_cost(work, work.nodes.values(), ZERO, setup, whole=whole)


def unit_cost(
    work: Work, nodes: Collection[Node], old: Decimal, setup: Setup, *, whole: tuple[Decimal, Decimal] | None = None
) -> Decimal:
    """The unit cost of the item, or of some of its entries, after its solution."""
    return unit_cost_of(
        nodes, old, setup.amount_rounding, setup.unit_cost_rounding, is_average=work.is_average, whole=whole
    )


def item_of(work: Work, setup: Setup, calendar: Calendar, until: date | None) -> Item:
    """The item as the solver wants it."""
    default = setup.average_cost_calculation, setup.average_cost_period

    @cache
    def is_whole(day: date) -> bool:
        return calendar.average_setting(day, default)[0] == AverageCostCalculation.ITEM

    def scope(node: Node) -> Scope:
        return (0, 0) if is_whole(node.valuation_date) else (node.location_id, node.variant_key)

    average = work.is_average
    return Item(
        work.nodes, setup.amount_rounding, average, scope, _periods(setup, calendar), until if average else None,
        work.orders, work.part.since, work.part.opening,
    )  # fmt: skip


def _periods(setup: Setup, calendar: Calendar) -> Callable[[date], date]:
    """The last day of the averaging period of a day."""
    default = setup.average_cost_calculation, setup.average_cost_period

    @cache
    def period(day: date) -> date:
        return period_end(day, calendar.average_setting(day, default)[1], calendar)

    return period
