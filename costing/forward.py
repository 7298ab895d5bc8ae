"""The cost of every entry of an item from the cost of what it was taken from (costing-adjustment.md §13.4). Pure.

Records in, differences out: each amount is recomputed from its sources and compared, never incremented, so that a
second run finds nothing and the order of events does not matter.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from costing import order_cost
from costing.documents import differences_of
from costing.nodes import NO_ORDER, Difference, Item, Link, Node, Order, OrderKey, Solution, connect, in_order
from costing.pool import Pool
from inventory.numbers import round_to
from ledger.records import ZERO

ONE, _NONE = Decimal(1), (ZERO, ZERO, ZERO, ZERO)
__all__ = ["Difference", "Item", "Link", "Node", "Solution", "connect", "solve"]


def solve(item: Item) -> Solution:
    """Bring every entry to the cost of its sources; returns the differences by entry number."""
    for node in item.nodes.values():
        node.begin()
    order = in_order(item.nodes.values())
    solver = Solver(item)
    solver.settle_invoicing(order)
    if item.is_average:
        pool = Pool(item, solver)
        for _ in range(10):
            pool.run()
            solver.settle_invoicing(order)  # outputs may have become final
            if not solver.round_off():
                break
        pool.sweep()
        solver.solution.balances = pool.balances
    else:
        for node in order:
            solver.recompute(node)
        solver.settle_invoicing(order)
        solver.round_off()
    return solver.finish()


@dataclass(slots=True)
class Solver:
    """Recomputes single entries and remembers what has changed and because of what.

    `before` holds the cost of those that were given another; `shares` the last share of a source, since most of what
    is taken from it is alike.
    """

    item: Item
    before: dict[int, Decimal] = field(default_factory=dict)
    shares: dict[int, tuple[Decimal, Decimal, Decimal, Decimal]] = field(default_factory=dict)
    causes: dict[int, int] = field(default_factory=dict)
    rounded: dict[int, Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))
    swept: dict[int, Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))
    targets: dict[OrderKey, tuple[Decimal, dict[int, dict[tuple[str, str], Decimal]]]] = field(default_factory=dict)
    solution: Solution = field(default_factory=Solution)

    # ------------------------------------------------------------------ invoicing

    def settle_invoicing(self, order: Sequence[Node]) -> None:
        """Transfers and consumption are completely invoiced when all that they were taken from is (§4.2, §4.4)."""
        for node in order:
            if not node.follows_invoicing or not node.sources:
                continue
            final = all(self.item.nodes[link.source].completely_invoiced for link in node.sources)
            node.completely_invoiced = final
            if final != node.final_before:
                self.solution.invoiced[node.id] = final
            else:
                self.solution.invoiced.pop(node.id, None)

    # ------------------------------------------------------------------ link-based cost

    def recompute(self, node: Node) -> None:
        """Give a node the cost of its sources; entries without a source keep theirs."""
        if node.outside:
            return
        if node.order_key is not NO_ORDER and node.is_output and node.order_key in self.item.orders:
            self._made(node)
            return
        carrying = () if node.by_average else [link for link in node.sources if link.forwards]
        if node.by_average or not (carrying or (node.quantity < 0 and node.remaining)):
            return  # what is open without any link keeps the cost per unit of its posting, also once it was covered
        if node.exact_elements:
            self.keep(node)
            node.set_elements(self._elements(node, carrying))
        else:
            new = self._from_sources(node, carrying)
            if new == node.own and not node.documents:
                return
            self.keep(node)
            node.set_own(new, self.item.rounding)
        if node.cost != self.before[node.id]:
            changed = [link.source for link in carrying if self._changed(link.source)]
            otherwise = carrying[-1].source if carrying else node.id
            self.causes[node.id] = self.causes.get(changed[0], changed[0]) if changed else otherwise

    def keep(self, node: Node) -> None:
        """Remember what an entry cost, before it is given another cost."""
        if node.id not in self.before:
            self.before[node.id] = node.cost

    def _changed(self, entry_id: int) -> bool:
        return entry_id in self.before and self.item.nodes[entry_id].cost != self.before[entry_id]

    def _from_sources(self, node: Node, carrying: Sequence[Link]) -> Decimal:
        sign = 1 if node.quantity > 0 else -1
        if len(carrying) == 1:
            covered = carrying[0].quantity
            total = self.share(self.item.nodes[carrying[0].source], covered, node)
            total = total if sign > 0 else -total
        else:
            total, covered = ZERO, ZERO
            for link in carrying:
                source = self.item.nodes[link.source]
                covered += link.quantity
                total += self.share(source, link.quantity, node) * sign
        uncovered = abs(node.quantity) - covered
        if uncovered:
            total += round_to(node.first_cost_per_unit * uncovered * sign, self.item.rounding)
        return total

    def share(self, source: Node, quantity: Decimal, target: Node) -> Decimal:
        """The cost of a quantity of a source for a target, above zero for ordinary goods (costing-methods.md §1.2)."""
        if target.exact_elements:
            return sum(self._parts(source, quantity, target), ZERO)
        if not source.revaluations and source.invoiced == source.quantity:
            own, other, taken, found = self.shares.get(source.id, _NONE)
            if taken != quantity or own != source.own or other != source.other:
                part = (source.own + source.other) * quantity / source.quantity
                found = round_to(part, self.item.rounding)
                self.shares[source.id] = (source.own, source.other, quantity, found)
            return found
        whole, times = self._seen(source, target)
        return round_to(whole * quantity / (source.quantity * times), self.item.rounding)

    def _seen(self, source: Node, target: Node) -> tuple[Decimal, Decimal]:
        """The cost of the whole quantity as a target sees it, and how many times: halves of cents have to stay exact.

        Expected cost counts with what is not invoiced (costing-methods.md §1.2).
        """
        actual = source.actual_for(target)
        if source.invoiced == source.quantity or not source.expected:
            return actual, ONE
        times = abs(source.quantity)
        return actual * times + source.expected * (times - abs(source.invoiced)), times

    def _parts(self, source: Node, quantity: Decimal, target: Node) -> tuple[Decimal, Decimal, Decimal]:
        """Direct, indirect and variance of an exact return, each rounded (costing-clarifications.md B11)."""
        whole, times = self._seen(source, target)
        elements = (
            whole - (source.indirect + source.variance) * times,
            source.indirect * times,
            source.variance * times,
        )
        direct, indirect, variance = (
            round_to(part * quantity / (abs(source.quantity) * times), self.item.rounding) for part in elements
        )
        return direct, indirect, variance

    def _elements(self, node: Node, carrying: Sequence[Link]) -> tuple[Decimal, Decimal, Decimal]:
        totals = [ZERO, ZERO, ZERO]
        for link in carrying:
            for place, part in enumerate(self._parts(self.item.nodes[link.source], link.quantity, node)):
                totals[place] -= part
        covered = sum((link.quantity for link in carrying), ZERO)
        uncovered = abs(node.quantity) - covered
        if uncovered:
            totals[0] -= round_to(node.first_cost_per_unit * uncovered, self.item.rounding)
        return totals[0], totals[1], totals[2]

    # ------------------------------------------------------------------ orders

    def _made(self, node: Node) -> None:
        """An output costs what went into its order, once that is known (costing-adjustment.md §8)."""
        order = self.item.orders[node.order_key]
        if not order.counts:
            return
        consumed = [self.item.nodes[entry] for entry in order.own_consumption]
        material = order.material - sum((each.material for each in consumed), ZERO)
        self.keep(node)
        node.set_made(self._targets(order, material)[node.id])
        if node.cost != self.before[node.id]:
            changed = [each.id for each in consumed if self._changed(each.id)]
            self.causes[node.id] = changed[0] if changed else node.id
        if not node.completely_invoiced:
            node.completely_invoiced, node.invoiced = True, node.quantity
            node.taken_back = node.take_back_expected()
            self.solution.invoiced[node.id] = True

    def _targets(self, order: Order, material: Decimal) -> dict[int, dict[tuple[str, str], Decimal]]:
        """The worth of all outputs of an order, computed once for as long as what went in stays the same."""
        known = self.targets.get(order.key)
        if known is None or known[0] != material:
            outputs = [self.item.nodes[entry] for entry in order.outputs]
            known = self.targets[order.key] = material, order_cost.targets_of(order, material, outputs, self.item)
        return known[1]

    # ------------------------------------------------------------------ cents

    def round_off(self) -> bool:
        """What rounded shares left on a receipt that is used up (costing-methods.md §6); True when there was some."""
        found = False
        for node in self.item.nodes.values():
            if node.quantity <= 0 or node.remaining or not node.completely_invoiced:
                continue
            links = [link for link in node.uses if link.carries_cost and link.kind == "use"]
            if sum((link.quantity for link in links), ZERO) != node.quantity:
                continue
            targets = [self.item.nodes[link.target] for link in links]
            if not all(target.completely_invoiced for target in targets):
                continue
            given = sum((self._given(node, link, target) for link, target in zip(links, targets, strict=True)), ZERO)
            residual = given - (node.cost - node.sweep)
            if residual:
                self.keep(node)
                node.rounding += residual
                self.rounded[node.id] += residual
                found = True
        return found

    def _given(self, source: Node, link: Link, target: Node) -> Decimal:
        """What went with the goods: an output that is taken back has what its order gives it."""
        return -target.shareable if target.is_output else self.share(source, link.quantity, target)

    def sweep(self, node: Node, amount: Decimal) -> None:
        """Give a node a row that takes worth away where nothing is left."""
        self.keep(node)
        node.sweep += amount
        self.swept[node.id] += amount

    # ------------------------------------------------------------------ what is written

    def finish(self) -> Solution:
        """Adjustments by entry number, then rounding and sweep rows."""
        found = self.solution.differences
        nodes = sorted(self.item.nodes.values(), key=lambda node: node.id)
        for node in nodes:
            if node.id not in self.before and not node.documents:
                continue
            new = node.cost - self.rounded.get(node.id, ZERO) - self.swept.get(node.id, ZERO)
            old = self.before.get(node.id, new)
            cause = self.causes.get(node.id, node.id)
            found += differences_of(node, cause, old, new, self.item.rounding)
        for kind, amounts in (("rounding", self.rounded), ("sweep", self.swept)):
            for entry_id in sorted(amounts):
                if amount := amounts[entry_id]:
                    node = self.item.nodes[entry_id]
                    old = node.cost - amount
                    found.append(
                        Difference(node.id, node.first_value_entry_id, "rounding", "", amount, ZERO, kind, node.id,
                                   old, node.cost)
                    )  # fmt: skip
        return self.solution
