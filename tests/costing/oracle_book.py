"""What the oracle knows: entries, their value rows, links and orders. Plain records, as the specification names them.

The oracle is written from the specification alone (ledger-model.md, costing-application.md, costing-methods.md,
costing-adjustment.md, costing-clarifications.md), slow and without running totals, to be compared with the engine.
Costs are exact fractions until a rule says "round".
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

ZERO = Decimal(0)
NONE = Fraction(0)
START = date(2026, 1, 1)
METHODS = ("fifo", "lifo", "average", "standard", "specific")
COMPONENT, PRODUCT = 0, 1
EAST, WEST, TRANSIT = 0, 1, 2


def cents(value: Fraction) -> Fraction:
    """To the cent, half away from zero (ledger-model.md §8)."""
    hundredths = abs(value) * 100 + Fraction(1, 2)
    rounded = Fraction(hundredths.numerator // hundredths.denominator, 100)
    return rounded if value >= 0 else -rounded


def money(value: Fraction) -> Decimal:
    """A fraction that is whole in cents, as the books have it."""
    assert (value * 100).denominator == 1, value
    return (Decimal((value * 100).numerator) / 100).quantize(Decimal("0.01"))


@dataclass(frozen=True)
class ItemWorld:
    """How one item is valued."""

    method: str
    percent: Decimal = ZERO
    rate: Decimal = ZERO
    standard: Decimal = Decimal("5.5")


@dataclass(frozen=True)
class World:
    """The setting of a history: a component and the product made of it."""

    items: tuple[ItemWorld, ItemWorld]
    period: str = "day"
    by_place: bool = False


@dataclass(eq=False)
class Value:
    """A value row as posting writes it; what the adjustment adds is not here, but computed."""

    sequence: int
    kind: str  # direct, indirect, variance, revaluation
    posted: date
    valued: date
    valued_quantity: Fraction
    invoiced: Fraction = NONE
    actual: Fraction = NONE
    expected: Fraction = NONE
    without_stock: Fraction = NONE
    awaits_invoice: bool = False
    charge: bool = False
    partial: bool = False
    balances: "Value | None" = None

    @property
    def own(self) -> bool:
        """Stays what it is, wherever the cost of its entry comes from."""
        return self.charge or self.kind == "revaluation"


@dataclass(eq=False)
class Entry:
    """An item ledger entry."""

    number: int
    item: int
    kind: str
    place: int
    posted: date
    quantity: Fraction
    left: Fraction
    valued: date
    serial: str = ""
    order: str = ""
    unit: Fraction = NONE  # the cost of a unit at posting, for what no receipt covers
    averaged: bool = False
    exact: bool = False  # a purchase return fixed to its receipt
    correction: bool = False
    dropped: bool = False  # received by a vendor's delivery to the customer: only its sale may have it
    relinked: bool = False  # lost a link once: applied again when that is asked for
    returnable: Fraction = NONE
    amount: Fraction = NONE  # the line amount of a purchase that awaits its invoice
    comes_from: "Entry | None" = None  # the issue it returns
    half_of: "Entry | None" = None  # the leaving half of its transfer
    supply: "Entry | None" = None  # the entry that a transfer took it from, where that gives the cost
    target: "Entry | None" = None  # the entry named by applies-to
    rows: list[Value] = field(default_factory=list)

    @property
    def invoiced(self) -> Fraction:
        return sum((row.invoiced for row in self.rows), NONE)

    @property
    def value_date(self) -> date:
        """Of the last revaluation, else its own (costing-application.md §5)."""
        revalued = [row.valued for row in self.rows if row.kind == "revaluation"]
        return revalued[-1] if revalued else self.valued

    @property
    def awaits_invoice(self) -> Value | None:
        return next((row for row in self.rows if row.awaits_invoice), None)


@dataclass(eq=False)
class Link:
    """A quantity of an increase that an issue took; owned by the issue."""

    inbound: Entry
    issue: Entry
    quantity: Fraction
    carries: bool
    fixed: bool


@dataclass
class Order:
    """A production order line or an assembly order."""

    number: str
    kind: str
    item: int = PRODUCT
    finished: bool = False
    standard: Fraction = NONE
    capacity: Fraction = NONE
    capacity_overhead: Fraction = NONE
    subcontracted: Fraction = NONE


class Refuse(Exception):
    """The event must be refused with this code."""


class Book:
    """Entries, links and orders, with the look-ups that everything else needs."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.entries: list[Entry] = []
        self.links: list[Link] = []
        self.orders: dict[str, Order] = {}
        self.standards = [Fraction(item.standard) for item in world.items]
        self.percents = [Fraction(item.percent) for item in world.items]
        self.rates = [Fraction(item.rate) for item in world.items]
        self.sequence = 0

    # ------------------------------------------------------------------ writing

    def new_entry(self, kind: str, item: int, place: int, day: date, quantity: Fraction, **more: object) -> Entry:
        entry = Entry(len(self.entries), item, kind, place, day, quantity, quantity, day, **more)  # type: ignore[arg-type]
        entry.returnable = min(quantity, NONE)
        self.entries.append(entry)
        return entry

    def value(self, entry: Entry, kind: str, posted: date, valued_quantity: Fraction, **more: object) -> Value:
        self.sequence += 1
        valued = max(posted, entry.valued) if kind == "revaluation" else entry.valued
        row = Value(self.sequence, kind, posted, valued, valued_quantity, **more)  # type: ignore[arg-type]
        entry.rows.append(row)
        return row

    # ------------------------------------------------------------------ asking

    def method(self, item: int) -> str:
        return self.world.items[item].method

    def taken(self, issue: Entry) -> list[Link]:
        return [link for link in self.links if link.issue is issue]

    def used(self, inbound: Entry) -> list[Link]:
        return [link for link in self.links if link.inbound is inbound]

    def left_on(self, entry: Entry, day: date) -> Fraction:
        """What was left of an increase at the end of a day: by the dates of its links (revaluation §2.2)."""
        if entry.posted > day:
            return NONE
        dates = ((link, max(link.issue.posted, entry.posted)) for link in self.used(entry))
        return entry.quantity - sum((link.quantity for link, used_on in dates if used_on <= day), NONE)

    def returns(self, issue: Entry) -> list[Entry]:
        return [entry for entry in self.entries if entry.comes_from is issue]

    def halves(self, out: Entry) -> list[Entry]:
        return [entry for entry in self.entries if entry.half_of is out]

    def of_order(self, number: str, *kinds: str) -> list[Entry]:
        return [entry for entry in self.entries if number and entry.order == number and entry.kind in kinds]

    def after(self, entry: Entry) -> list[Entry]:
        """What an entry's goods become, within its item."""
        following = [link.issue for link in self.used(entry)]
        return following + self.returns(entry) + self.halves(entry)

    def before(self, entry: Entry) -> list[Entry]:
        """What an entry's goods were, within its item."""
        earlier = [link.inbound for link in self.taken(entry)]
        return earlier + [each for each in (entry.comes_from, entry.half_of) if each is not None]

    def behind(self, entry: Entry) -> set[Entry]:
        """Everything the goods of an entry have been."""
        found: set[Entry] = set()
        waiting = [entry]
        while waiting:
            for each in self.before(waiting.pop()):
                if each not in found:
                    found.add(each)
                    waiting.append(each)
        return found

    def in_order(self, item: int, entries: Iterable[Entry]) -> list[Entry]:
        """By posting date and number; LIFO the other way round (B7, B14)."""
        lifo = self.method(item) == "lifo"
        return sorted(entries, key=lambda entry: (entry.posted, entry.number), reverse=lifo)

    def end(self, day: date) -> date:
        """The end of the averaging period of a date (costing-methods.md §4.1)."""
        if self.world.period == "day":
            return day
        if self.world.period == "week":
            return day + timedelta(days=6 - day.weekday())
        months = {"month": 1, "quarter": 3, "year": 12}[self.world.period]
        month = -(-day.month // months) * months
        return date(day.year + month // 12, month % 12 + 1, 1) - timedelta(days=1)

    def scope(self, entry: Entry) -> tuple[int, int]:
        return (entry.item, entry.place if self.world.by_place else -1)
