"""The cost of every entry from scratch: a function of entries, links and rows (costing-methods.md §1, §6, §8)."""

from dataclasses import dataclass, field
from fractions import Fraction

from tests.costing.oracle_book import NONE, Entry, Link, Order, Value, cents
from tests.costing.oracle_events import Events

Elements = tuple[Fraction, Fraction, Fraction]  # direct, indirect, variance
VARIANCES = ("material", "capacity", "capacity_overhead", "manufacturing_overhead")


@dataclass
class Made:
    """The cost elements of one output."""

    direct: Fraction = NONE
    indirect: Fraction = NONE
    variances: dict[str, Fraction] = field(default_factory=dict)

    @property
    def variance(self) -> Fraction:
        return sum(self.variances.values(), NONE)

    @property
    def total(self) -> Fraction:
        return self.direct + self.indirect + self.variance


class Costs(Events):
    """Costs over links, of returns, of transfers and of orders; averages come from `Averages`."""

    known: dict[Entry, Fraction]
    averages: dict[Entry, Fraction]

    # ------------------------------------------------------------------ an entry

    def cost(self, entry: Entry) -> Fraction:
        """Actual and expected, without rounding and sweep."""
        if entry not in self.known:
            self.known[entry] = self._cost(entry)
        return self.known[entry]

    def _cost(self, entry: Entry) -> Fraction:
        if self.computed(entry):
            return self.base(entry) + self.own_rows(entry)
        return sum((row.actual + row.expected for row in entry.rows), NONE)

    def computed(self, entry: Entry) -> bool:
        """Its cost comes from somewhere else, but for its own charges and revaluations."""
        if self._is_made(entry):
            return True
        if entry.quantity < 0:
            is_open = entry.left < 0  # at its cost per unit (costing-methods.md §1.1)
            return entry.averaged or is_open or any(link.carries for link in self.taken(entry))
        return entry.comes_from is not None or entry.half_of is not None

    def _is_made(self, entry: Entry) -> bool:
        """Costs what its order cost, once that is finished."""
        return entry.kind in ("output", "assembly_output") and self.orders[entry.order].finished

    def base(self, entry: Entry) -> Fraction:
        """The cost it takes from its sources."""
        if entry.averaged:
            return self.averages[entry]
        if self._is_made(entry):
            return self.made(entry).total
        if entry.comes_from is not None:
            return cents(self.told(entry.comes_from) * entry.quantity / entry.comes_from.quantity)
        if entry.supply is not None:
            return cents(sum(self.seen(entry.supply, entry)) * entry.quantity / entry.supply.quantity)
        if entry.half_of is not None:
            return -self.cost(entry.half_of)
        links = [link for link in self.taken(entry) if link.carries]
        uncovered = -entry.quantity - sum((link.quantity for link in links), NONE)
        shares = sum((self.share(link.inbound, entry, link.quantity) for link in links), NONE)
        return -shares - cents(entry.unit * uncovered)

    # ------------------------------------------------------------------ shares

    def share(self, inbound: Entry, viewer: Entry, quantity: Fraction) -> Fraction:
        """Rounded once; exact reversals of what was bought and invoiced by element (B11, B21)."""
        elements = self.seen(inbound, viewer)
        if not (viewer.exact and viewer.invoiced):
            elements = (sum(elements, NONE), NONE, NONE)
        return sum((cents(part * quantity / inbound.quantity) for part in elements), NONE)

    def seen(self, inbound: Entry, viewer: Entry) -> Elements:
        """The cost of the whole quantity as an issue sees it (costing-methods.md §1.2)."""
        parts = {"direct": NONE, "indirect": NONE, "variance": NONE}
        rows = inbound.rows
        if self.computed(inbound):
            parts["direct"] += self.told(inbound, own=False)
            rows = [row for row in rows if row.own and not (row.expected and self._finished(inbound))]
        for row in rows:
            if self.visible(row, viewer):
                kind = row.kind if row.kind in parts else "direct"
                parts[kind] += self._as_seen(row, inbound)
        return parts["direct"], parts["indirect"], parts["variance"]

    def _as_seen(self, row: Value, inbound: Entry) -> Fraction:
        whole = inbound.quantity
        if row.kind == "revaluation" and (row.partial or row.expected):
            return (row.actual + row.expected) * whole / row.valued_quantity
        if row.awaits_invoice:
            return row.expected * (whole - inbound.invoiced) / whole
        return row.actual

    def visible(self, row: Value, viewer: Entry) -> bool:
        """A partial revaluation is for issues after it (costing-revaluation-item-charges-variance.md §2.4)."""
        row = row.balances or row
        if not row.partial:
            return True
        first = viewer.rows[0].sequence if viewer.rows else self.sequence + 1
        return first > row.sequence or max(viewer.valued, viewer.posted) > row.valued

    # ------------------------------------------------------------------ documents of an entry

    def documents(self, entry: Entry) -> list[tuple[Fraction, Fraction]]:
        """The actual cost of each invoice of a computed entry, with one carry (A1, B3)."""
        total, carry, found = self.base(entry), NONE, []
        for row in entry.rows:
            if row.invoiced:
                exact = total * row.invoiced / entry.quantity + carry
                found.append((row.invoiced, cents(exact)))
                carry = exact - cents(exact)
        return found

    def told(self, entry: Entry, *, own: bool = True) -> Fraction:
        """The cost that is handed on: what awaits its invoice counts for the share that is not invoiced (§1.4)."""
        rest = self.cost(entry) if own else self.cost(entry) - self.own_rows(entry)
        if not self.computed(entry) or entry.awaits_invoice is None or entry.invoiced == entry.quantity:
            return rest
        open_share = (entry.quantity - entry.invoiced) / entry.quantity
        base = self.base(entry)
        return rest - base + sum((amount for _, amount in self.documents(entry)), NONE) + base * open_share

    def own_rows(self, entry: Entry) -> Fraction:
        """Finishing an order takes back what was revalued while the cost of its output was expected (B15)."""
        finished = self._finished(entry)
        return sum((row.actual + (NONE if finished else row.expected) for row in entry.rows if row.own), NONE)

    def expected(self, entry: Entry) -> Fraction:
        """What of its cost is still expected."""
        rows = [row for row in entry.rows if row.own or not self.computed(entry)]
        expected = NONE if self._finished(entry) else sum((row.expected for row in rows), NONE)
        if self.computed(entry) and entry.invoiced != entry.quantity and not self._finished(entry):
            expected += self.base(entry) - sum((amount for _, amount in self.documents(entry)), NONE)
        return expected

    def without_stock(self, entry: Entry) -> Fraction:
        return sum((row.without_stock for row in entry.rows), NONE)

    def invoiced(self, entry: Entry) -> Fraction:
        return entry.quantity if self._finished(entry) else entry.invoiced

    def _finished(self, entry: Entry) -> bool:
        return entry.kind == "output" and self.orders[entry.order].finished

    def complete(self, entry: Entry) -> bool:
        """Its cost is final but for adjustments (ledger-model.md §3.1)."""
        if entry.kind == "output":
            return self._finished(entry)
        if entry.kind == "transfer":
            sources = [entry.supply or entry.half_of] if entry.half_of else [k.inbound for k in self.taken(entry)]
            return all(self.complete(source) for source in sources)
        if entry.kind == "consumption":
            if entry.comes_from is not None:
                return self.complete(entry.comes_from)
            return all(self.complete(link.inbound) for link in self.taken(entry))
        return entry.invoiced == entry.quantity

    # ------------------------------------------------------------------ rounding

    def residual(self, entry: Entry) -> Fraction:
        """What rounded shares left on an increase that is used up over links that carry cost (§6)."""
        links = [link for link in self.used(entry) if link.carries]
        used = sum((link.quantity for link in links), NONE)
        if entry.quantity < 0 or entry.left or used != entry.quantity or not self.complete(entry):
            return NONE
        if not all(self.complete(link.issue) for link in links):
            return NONE
        given = sum((self._given(link) for link in links), NONE)
        return given - self.cost(entry)

    def _given(self, link: Link) -> Fraction:
        if self._is_made(link.issue):
            return -self.cost(link.issue)
        return self.share(link.inbound, link.issue, link.quantity)

    # ------------------------------------------------------------------ orders

    def made(self, output: Entry) -> Made:
        """The part of its order's cost that an output carries (costing-adjustment.md §8, B24)."""
        order = self.orders[output.order]
        outputs = self.of_order(order.number, "output", "assembly_output")
        whole = self.order_cost(order, sum((each.quantity for each in outputs), NONE))
        made = Made(
            self._part(whole.direct, output, outputs), self._part(whole.indirect, output, outputs),
            {kind: self._part(amount, output, outputs) for kind, amount in whole.variances.items()},
        )  # fmt: skip
        return made

    def _part(self, amount: Fraction, output: Entry, outputs: list[Entry]) -> Fraction:
        """Its share of what is kept, less its share of what was taken back of it (B24)."""
        made = [(each, self._reversed(each)) for each in outputs if each.quantity > 0]
        away = [(each, each.quantity) for each in outputs if each.quantity < 0]
        gross = sum((each.quantity for each, _ in made), NONE)
        net = sum((each.quantity for each in outputs), NONE)
        taken = -cents(amount * (gross - net) / net) if net else -amount
        if output.quantity < 0:
            return _shared(taken, away)[output]
        kept = _shared(amount if net else NONE, [(each, each.quantity + back) for each, back in made])
        return kept[output] - _shared(taken, made)[output]

    def _reversed(self, output: Entry) -> Fraction:
        """Below zero: what was taken back of it."""
        return -sum((link.quantity for link in self.used(output) if link.issue.kind == output.kind), NONE)

    def order_cost(self, order: Order, quantity: Fraction) -> Made:
        world = self.world.items[order.item]
        material = -sum((self._material(each) for each in self.of_order(
            order.number, "consumption", "assembly_consumption")), NONE)  # fmt: skip
        direct = material + order.capacity + order.capacity_overhead + order.subcontracted
        overhead = cents(direct * self.percents[order.item] / 100 + self.rates[order.item] * quantity)
        if world.method != "standard":
            return Made(direct, overhead)
        variances = {
            "material": cents(order.standard * quantity) - material,
            "capacity": -order.capacity,
            "capacity_overhead": -order.capacity_overhead,
            "manufacturing_overhead": -overhead,
        }
        return Made(direct, overhead, variances)

    def _material(self, entry: Entry) -> Fraction:
        """Actual cost without rounding and without the revaluations of what was put back."""
        revalued = sum((row.actual + row.expected for row in entry.rows if row.kind == "revaluation"), NONE)
        return self.cost(entry) - revalued


def _shared(amount: Fraction, among: list[tuple[Entry, Fraction]]) -> dict[Entry, Fraction]:
    """To each in turn its share of what is left, by quantity."""
    rest, shares = sum((quantity for _, quantity in among), NONE), {}
    for each, quantity in among:
        shares[each] = cents(amount * quantity / rest) if quantity else NONE
        amount, rest = amount - shares[each], rest - quantity
    return shares
