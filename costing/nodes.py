"""An item as the solver sees it: entries with what their value entries add up to, and the links between them. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from inventory.numbers import round_to
from ledger.choices import EntryType, ValueEntryType
from ledger.records import ZERO

Scope = tuple[int, int]  # location and variant key; (0, 0) where the item is averaged whole
OrderKey = tuple[str, str, int]
DIRECT = (ValueEntryType.DIRECT.value, "")
NO_ORDER: OrderKey = ("", "", 0)
FOLLOW_INVOICING = frozenset({EntryType.TRANSFER, EntryType.CONSUMPTION})
OUTPUTS = frozenset({EntryType.OUTPUT, EntryType.ASSEMBLY_OUTPUT})


@dataclass(slots=True)
class Revaluation:
    """A revaluation with what was taken back of it; amounts in company currency, quantity in base units."""

    value_entry_id: int
    valuation_date: date
    valued_quantity: Decimal
    amount: Decimal
    partial: bool
    expected: Decimal = ZERO  # the part of the amount that goes with the expected cost, when that is invoiced


@dataclass(slots=True)
class Document:
    """A row of an entry that receiving, shipping or invoicing wrote, with its adjustments (costing-methods.md §1.3)."""

    value_entry_id: int
    quantity: Decimal  # that it values
    actual: Decimal
    expected: Decimal
    is_expected: bool


@dataclass(slots=True)
class Node:
    """An item ledger entry with what its value entries add up to.

    `own` is what is recomputed from sources: direct cost, of issues also indirect cost and variance. `other` is what
    stays: charges, and overhead and variance of receipts. `expected` is the expected cost that receiving or shipping
    wrote, `in_documents` the expected cost that invoices took back; both are in `own`.
    """

    id: int
    quantity: Decimal
    remaining: Decimal
    location_id: int
    variant_key: int
    posting_date: date
    valuation_date: date
    entry_type: str
    completely_invoiced: bool
    by_average: bool
    exact_elements: bool
    own: Decimal
    other: Decimal
    indirect: Decimal
    variance: Decimal
    rounding: Decimal
    sweep: Decimal
    first_value_entry_id: int
    first_cost_per_unit: Decimal
    correction: bool = False
    invoiced: Decimal = ZERO
    expected: Decimal = ZERO
    in_documents: Decimal = ZERO
    invoice_value_entry_id: int | None = None
    invoices: int = 1
    order_key: OrderKey = NO_ORDER
    non_inventoriable: Decimal = ZERO
    revaluations: Sequence[Revaluation] = ()
    documents: Sequence[Document] = ()
    made: Mapping[tuple[str, str], Decimal] | None = None  # of outputs: worth by (kind, variance)
    made_before: Mapping[tuple[str, str], Decimal] | None = None
    taken_back: Sequence[tuple[int, Decimal]] = ()
    elements_before: tuple[Decimal, Decimal, Decimal] | None = None
    own_before: Decimal = ZERO
    invoiced_before: Decimal = ZERO
    expected_before: Decimal = ZERO
    final_before: bool = False
    sources: "Sequence[Link]" = ()
    uses: "Sequence[Link]" = ()
    outside: bool = False  # read only for what others take from it: its cost stands

    def begin(self) -> None:
        """Remember what the books say now, to tell differences from."""
        self.own_before, self.invoiced_before, self.final_before = self.own, self.invoiced, self.completely_invoiced
        if self.expected or self.in_documents:
            self.expected_before = self.expected + self.in_documents
        self.made_before = self.made
        if self.exact_elements and not self.outside:
            self.exact_elements = len(self.sources) == 1  # several sources have no elements to keep
        if self.exact_elements:
            self.elements_before = (self.own - self.indirect - self.variance, self.indirect, self.variance)

    @property
    def revalued(self) -> Decimal:
        return sum((each.amount for each in self.revaluations), ZERO) if self.revaluations else ZERO

    @property
    def cost(self) -> Decimal:
        """Everything, actual and expected."""
        return self.own + self.other + self.revalued + self.rounding + self.sweep

    @property
    def shareable(self) -> Decimal:
        """What is handed on over links: all cost but rounding (costing-methods.md §1.2)."""
        return self.own + self.other + self.revalued

    @property
    def material(self) -> Decimal:
        """What a consumption puts into its order: rounding and revaluations of put-backs stay out (§8)."""
        return self.own + self.other + self.non_inventoriable

    @property
    def in_pool(self) -> Decimal:
        """What of it an average's pool holds at its own date; revaluations come at theirs (costing-methods.md §4.2)."""
        return self.own + self.other + self.rounding

    @property
    def stays(self) -> Decimal:
        """What stays in the pool when this entry is left out of it (costing-clarifications.md A11)."""
        return self.rounding + self.other if self.is_arrival else ZERO

    @property
    def is_arrival(self) -> bool:
        return self.quantity > 0 and self.entry_type == EntryType.TRANSFER

    @property
    def is_output(self) -> bool:
        return self.entry_type in OUTPUTS

    @property
    def follows_invoicing(self) -> bool:
        return self.entry_type in FOLLOW_INVOICING

    def actual_for(self, target: "Node") -> Decimal:
        """The same without expected cost, while some of it is not invoiced."""
        cost = self.whole_for(target)
        return cost if self.invoiced == self.quantity else cost - self.expected - self.in_documents

    def whole_for(self, target: "Node") -> Decimal:
        """Cost by the whole quantity, as a target sees it: full revaluations always, partial ones by §1.2."""
        cost = self.own + self.other
        for each in self.revaluations:
            if not each.partial:
                cost += each.amount
            elif is_visible(each, target):
                cost += each.amount * self.quantity / each.valued_quantity
        return cost

    def set_own(self, new: Decimal, cent: Decimal) -> None:
        """A new cost from the sources; what is not invoiced of it is expected (costing-clarifications.md A1)."""
        if new == self.own and not self.documents:
            return
        self.own = new
        if self.invoiced != self.quantity:
            self.expected = new
            self.in_documents = -sum(self.invoiced_parts(cent), ZERO)

    def invoiced_parts(self, cent: Decimal) -> list[Decimal]:
        """Each invoice's part of the cost; what rounding leaves goes on to the next (costing-clarifications.md B3)."""
        carry, parts = ZERO, []
        for each in self.documents:
            if not each.is_expected:
                exact = self.own * each.quantity / self.quantity + carry
                part = round_to(exact, cent)
                carry = exact - part
                parts.append(part)
        return parts

    def set_elements(self, new: tuple[Decimal, Decimal, Decimal]) -> None:
        """New direct, indirect and variance of an exact return."""
        self.own, self.indirect, self.variance = sum(new, ZERO), new[1], new[2]

    def set_made(self, new: Mapping[tuple[str, str], Decimal]) -> None:
        """New worth of an output by (kind, variance), all of it actual."""
        self.other += _beside(new) - _beside(self.made or {})
        self.own, self.made = new[DIRECT], new
        self.expected = self.in_documents = ZERO

    def take_back_expected(self) -> list[tuple[int, Decimal]]:
        """Revaluations of expected cost end with it (costing-clarifications.md B15): which, and how much."""
        taken = [(each.value_entry_id, -each.expected) for each in self.revaluations if each.expected]
        for each in self.revaluations:
            each.amount, each.expected = each.amount - each.expected, ZERO
        return taken


def _beside(made: Mapping[tuple[str, str], Decimal]) -> Decimal:
    return sum((amount for key, amount in made.items() if key != DIRECT), ZERO)


def is_visible(revaluation: Revaluation, target: Node) -> bool:
    """An issue sees a partial revaluation that was there before it, or that is dated before it (§2.4)."""
    if target.first_value_entry_id > revaluation.value_entry_id:
        return True
    return max(target.valuation_date, target.posting_date) > revaluation.valuation_date


class Link(NamedTuple):
    """Goods (and, where `carries_cost`, their cost) go from one entry to another; quantity above zero.

    A `use` is taken by an issue, a `return` brings an issue back, a `supply` feeds the arriving half of a transfer, and
    an `order` joins a consumption to an output of the same item.
    """

    source: int
    target: int
    quantity: Decimal
    carries_cost: bool
    kind: str

    @property
    def forwards(self) -> bool:
        """What comes back always takes the cost of what it went out with, whatever the method."""
        return self.carries_cost or self.kind == "return"


@dataclass(slots=True)
class Order:
    """What went into an order line, amounts in company currency; shares are standard costs of one unit made.

    `counts` once it is finished (an assembly is at once); `material` is that of other items.
    """

    key: OrderKey
    percent: Decimal
    rate: Decimal
    counts: bool
    material: Decimal = ZERO
    capacity: Decimal = ZERO
    subcontracting: Decimal = ZERO
    capacity_overhead: Decimal = ZERO
    shares: tuple[Decimal, Decimal, Decimal, Decimal, Decimal] | None = None
    outputs: list[int] = field(default_factory=list)
    own_consumption: list[int] = field(default_factory=list)


class Difference(NamedTuple):
    """A value entry to write: which row it corrects, amounts by which cost changes, and whose cost made it so.

    `kind` is adjust, made (an output's own row, which is no adjustment), balance (expected cost of a revaluation that
    is no longer expected), rounding or sweep.
    """

    entry_id: int
    corrects: int
    entry_type: str
    variance_type: str
    actual: Decimal
    expected: Decimal
    kind: str
    cause_entry_id: int
    old_cost: Decimal
    new_cost: Decimal
    invoiced_quantity: Decimal = ZERO

    @property
    def amount(self) -> Decimal:
        return self.actual + self.expected


@dataclass(slots=True)
class Item:
    """One item as the solver sees it."""

    nodes: dict[int, Node]
    rounding: Decimal
    is_average: bool
    scope_of: Callable[[Node], Scope]
    period_of: Callable[[date], date]
    until: date | None = None
    orders: dict[OrderKey, Order] = field(default_factory=dict)
    since: date | None = None  # what is valued before it lies outside; `opening` is what its scopes held
    opening: Mapping[Scope, tuple[Decimal, Decimal]] = field(default_factory=dict)


class ReadAll(Exception):
    """Something hangs on the whole past of an item of which only a part was read."""


@dataclass(slots=True)
class Solution:
    """What the run writes, which entries became completely invoiced or not, and the closing balances of averages."""

    differences: list[Difference] = field(default_factory=list)
    invoiced: dict[int, bool] = field(default_factory=dict)
    balances: dict[tuple[Scope, date], tuple[Decimal, Decimal]] = field(default_factory=dict)


def connect(nodes: Mapping[int, Node], links: Iterable[Link]) -> None:
    """Hang every link on both of its entries."""
    for link in links:
        add_use(nodes[link.source], link)
        target = nodes[link.target]
        if isinstance(target.sources, list):
            target.sources.append(link)
        else:
            target.sources = [link]


def add_use(source: Node, link: Link) -> None:
    """Hang a link on what it is taken from."""
    if isinstance(source.uses, list):
        source.uses.append(link)
    else:
        source.uses = [link]


def in_order(nodes: Iterable[Node]) -> list[Node]:
    """Sources before what is taken from them; by entry number where nothing else decides."""
    by_number = sorted(nodes, key=lambda node: node.id)
    waiting = {node.id: node for node in by_number}
    if not any(link.source > node.id and link.source in waiting for node in by_number for link in node.sources):
        return by_number  # nothing was covered by what came later, as mostly
    done: set[int] = set()
    order: list[Node] = []
    for start in list(waiting.values()):
        stack = [start]
        while stack:
            node = stack[-1]
            if node.id in done:
                stack.pop()
                continue
            open_sources = [
                waiting[link.source] for link in node.sources if link.source in waiting and link.source not in done
            ]
            if open_sources:
                stack.extend(reversed(open_sources))
                continue
            done.add(node.id)
            order.append(stack.pop())
    return order
