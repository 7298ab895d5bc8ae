"""The cost of every entry of an item from the cost of what it was taken from (costing-adjustment.md §13.4). Pure.

Records in, differences out: each amount is recomputed from its sources and compared, never incremented, so that a
second run finds nothing and the order of events does not matter.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from inventory.numbers import round_to
from ledger.choices import EntryType
from ledger.records import ZERO

Scope = tuple[int, int]  # location and variant key; (0, 0) where the item is averaged whole


@dataclass(slots=True)
class Node:
    """An item ledger entry with what its value entries add up to."""

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
    cost: Decimal
    direct: Decimal
    indirect: Decimal
    variance: Decimal
    rounding: Decimal
    sweep: Decimal
    first_value_entry_id: int
    first_cost_per_unit: Decimal
    correction: bool = False
    sources: list["Link"] = field(default_factory=list)
    uses: list["Link"] = field(default_factory=list)

    @property
    def shareable(self) -> Decimal:
        """What is handed on over links: all cost but rounding (costing-methods.md §1.2)."""
        return self.cost - self.rounding - self.sweep

    @property
    def stays(self) -> Decimal:
        """What stays in the pool when this entry is left out of it (costing-clarifications.md A11)."""
        return self.rounding if self.quantity > 0 and self.entry_type == EntryType.TRANSFER else ZERO


@dataclass(frozen=True, slots=True)
class Link:
    """Goods (and, where `carries_cost`, their cost) go from one entry to another; quantity above zero.

    A `use` is taken by an issue, a `return` brings an issue back, a `supply` feeds the arriving half of a transfer.
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


@dataclass(frozen=True, slots=True)
class Difference:
    """An amount by which an entry's cost changes, and the entry whose cost made it so."""

    entry_id: int
    amount: Decimal
    kind: str
    cause_entry_id: int
    old_cost: Decimal
    new_cost: Decimal


@dataclass(slots=True)
class Item:
    """One item as the solver sees it."""

    nodes: dict[int, Node]
    rounding: Decimal
    is_average: bool
    scope_of: Callable[[Node], Scope]
    period_of: Callable[[date], date]
    until: date | None = None


@dataclass(slots=True)
class Solution:
    """What the run writes, and the closing balances it leaves behind."""

    differences: list[Difference] = field(default_factory=list)
    balances: dict[tuple[Scope, date], tuple[Decimal, Decimal]] = field(default_factory=dict)


def connect(nodes: Mapping[int, Node], links: Iterable[Link]) -> None:
    """Hang every link on both of its entries."""
    for link in links:
        nodes[link.source].uses.append(link)
        nodes[link.target].sources.append(link)


def solve(item: Item) -> Solution:
    """Bring every entry to the cost of its sources; returns the differences in the order they were found."""
    solver = _Solver(item, {node.id: (node.cost, node.id) for node in item.nodes.values()})
    if item.is_average:
        solver.average()
    else:
        for node in _in_order(item.nodes.values()):
            solver.recompute(node)
        solver.round_off()
    return solver.finish()


def _in_order(nodes: Iterable[Node]) -> list[Node]:
    """Sources before what is taken from them; by entry number where nothing else decides."""
    waiting = {node.id: node for node in sorted(nodes, key=lambda node: node.id)}
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


@dataclass(slots=True)
class _Solver:
    item: Item
    before: dict[int, tuple[Decimal, int]]
    causes: dict[int, int] = field(default_factory=dict)
    extra: list[Difference] = field(default_factory=list)
    solution: Solution = field(default_factory=Solution)

    # ------------------------------------------------------------------ link-based cost

    def recompute(self, node: Node) -> None:
        """Give a node the cost of its sources; entries without a source keep theirs."""
        carrying = [link for link in node.sources if link.forwards]
        if node.by_average or not carrying:
            return
        new = self._from_sources(node, carrying)
        if new != node.shareable:
            changed = [link.source for link in carrying if self._changed(link.source)]
            self.causes[node.id] = self.causes.get(changed[0], changed[0]) if changed else carrying[-1].source
            node.cost += new - node.shareable

    def _changed(self, entry_id: int) -> bool:
        return entry_id in self.before and self.item.nodes[entry_id].cost != self.before[entry_id][0]

    def _from_sources(self, node: Node, carrying: Sequence[Link]) -> Decimal:
        sign = 1 if node.quantity > 0 else -1
        total, covered = ZERO, ZERO
        for link in carrying:
            source = self.item.nodes[link.source]
            covered += link.quantity
            total += self._share(source, link.quantity, node.exact_elements) * sign
        uncovered = abs(node.quantity) - covered
        if uncovered:
            total += round_to(node.first_cost_per_unit * uncovered * sign, self.item.rounding)
        return total

    def _share(self, source: Node, quantity: Decimal, by_element: bool) -> Decimal:
        """The cost of a quantity of a source, above zero for ordinary goods (costing-methods.md §1.2, B11)."""
        parts: tuple[Decimal, ...] = (source.shareable,)
        if by_element:
            parts = (source.shareable - source.indirect - source.variance, source.indirect, source.variance)
        per = abs(source.quantity)
        sign = 1 if source.quantity > 0 else -1
        return sum((round_to(part * quantity * sign / per, self.item.rounding) for part in parts), ZERO)

    # ------------------------------------------------------------------ averages

    def average(self) -> None:
        """Averages and the rounding of fixed layers, which is part of the pool (costing-clarifications.md A7)."""
        for _ in range(10):
            self.average_periods()
            if not self.round_off():
                break
        self.sweep()

    def average_periods(self) -> None:
        """Period by period, scope by scope, until the scopes that feed each other agree (costing-methods.md §4)."""
        periods: dict[date, list[Node]] = defaultdict(list)
        for node in self.item.nodes.values():
            periods[self.item.period_of(node.valuation_date)].append(node)
        running: dict[Scope, tuple[Decimal, Decimal]] = defaultdict(lambda: (ZERO, ZERO))
        for end in sorted(periods):
            if self.item.until is not None and end > self.item.until:
                break
            self._period(end, periods[end], running)

    def _period(self, end: date, nodes: Sequence[Node], running: dict[Scope, tuple[Decimal, Decimal]]) -> None:
        members: dict[Scope, list[Node]] = defaultdict(list)
        for node in nodes:
            members[self.item.scope_of(node)].append(node)
        for _ in range(50):
            seen = [node.cost for node in nodes]
            for scope in sorted(members):
                self._scope(running[scope], members[scope])
            if len(members) == 1 or seen == [node.cost for node in nodes]:
                break
        for scope, inside in members.items():
            quantity, cost = running[scope]
            quantity += sum((node.quantity for node in inside), ZERO)
            cost += sum((node.cost - node.sweep for node in inside), ZERO)
            running[scope] = (quantity, cost)
            self.solution.balances[scope, end] = (quantity, cost)

    def _scope(self, opening: tuple[Decimal, Decimal], members: Sequence[Node]) -> None:
        """One period of one scope: recipients by entry number, each from what those before it left.

        Where an issue's goods come back into the scope, all other issues of the period are left out (B5).
        """
        inside = {node.id: node for node in members}
        recipients = sorted((node for node in members if node.by_average), key=lambda node: node.id)
        followers = {node.id: self._followers(node, inside) for node in recipients}
        following = {each.id for found in followers.values() for each in found} | {node.id for node in recipients}
        quantity, cost = opening
        for node in _in_order(member for member in members if member.id not in following):
            self.recompute(node)
            quantity += node.quantity
            cost += node.cost - node.sweep
        cost += sum((node.stays for node in members if node.id in following), ZERO)
        whole = (quantity, cost)
        for node in recipients:
            back = self._comes_back(node, inside)
            pool = self._without(whole, back, following) if back else (quantity, cost)
            self._average(node, *pool)
            quantity += node.quantity
            cost += node.cost - node.sweep
            for follower in followers[node.id]:
                self.recompute(follower)
                quantity += follower.quantity
                cost += follower.cost - follower.sweep - follower.stays

    def _without(
        self, pool: tuple[Decimal, Decimal], left_out: Iterable[Node], following: set[int]
    ) -> tuple[Decimal, Decimal]:
        """The pool without entries; of those that follow an issue, only what stays is in it."""
        quantity, cost = pool
        for node in left_out:
            if node.id in following:
                cost -= node.stays
            else:
                quantity -= node.quantity
                cost -= node.cost - node.sweep
        return quantity, cost

    def _comes_back(self, node: Node, inside: Mapping[int, Node]) -> list[Node]:
        """What an issue's goods become in its scope by any link, also by way of another place (B6).

        Empty unless some of it comes in. It ends at entries valued after the period.
        """
        end = self.item.period_of(node.valuation_date)
        found: dict[int, None] = {}
        stack = [node.id]
        while stack:
            for link in self.item.nodes[stack.pop()].uses:
                target = self.item.nodes[link.target]
                if target.valuation_date <= end and link.target not in found and link.target != node.id:
                    found[link.target] = None
                    stack.append(link.target)
        here = [inside[entry] for entry in found if entry in inside]
        return here if any(each.quantity > 0 for each in here) else []

    def _average(self, node: Node, quantity: Decimal, cost: Decimal) -> None:
        """The recipient's part of the pool; kept as it is where there is none (costing-clarifications.md A5)."""
        if quantity <= 0 or cost < 0:
            return
        new = round_to(cost * node.quantity / quantity, self.item.rounding)
        if new != node.shareable:
            self.causes[node.id] = self._last_change(node)
            node.cost += new - node.shareable

    def _last_change(self, node: Node) -> int:
        """The latest entry that came into the pool: what most likely moved the average."""
        earlier = (other.id for other in self.item.nodes.values() if other.quantity > 0 and other.id != node.id
                   and other.valuation_date <= self.item.period_of(node.valuation_date))  # fmt: skip
        return max(earlier, default=node.id)

    def _followers(self, node: Node, inside: Mapping[int, Node]) -> list[Node]:
        """Everything in the scope and period whose cost comes from this issue (B4), sources first."""
        found: dict[int, None] = {}
        stack = [node.id]
        while stack:
            for link in self.item.nodes[stack.pop()].uses:
                target = self.item.nodes[link.target]
                if link.forwards and not target.by_average and link.target in inside and link.target not in found:
                    found[link.target] = None
                    stack.append(link.target)
        return _in_order(self.item.nodes[entry] for entry in found)

    # ------------------------------------------------------------------ cents

    def round_off(self) -> bool:
        """What rounded shares left on a receipt that is used up (costing-methods.md §6); True when there was some."""
        before = len(self.extra)
        for node in self.item.nodes.values():
            if node.quantity <= 0 or node.remaining or not node.completely_invoiced:
                continue
            links = [link for link in node.uses if link.carries_cost and link.kind == "use"]
            if sum((link.quantity for link in links), ZERO) != node.quantity:
                continue
            targets = [self.item.nodes[link.target] for link in links]
            if not all(target.completely_invoiced for target in targets):
                continue
            given = sum(
                (
                    self._share(node, link.quantity, target.exact_elements)
                    for link, target in zip(links, targets, strict=True)
                ),
                ZERO,
            )
            residual = given - (node.cost - node.sweep)
            if residual:
                self._extra(node, residual, "rounding")
        return len(self.extra) > before

    def sweep(self) -> None:
        """No worth stays where nothing is left (costing-clarifications.md A4): a state, not an event."""
        scopes: dict[Scope, list[Node]] = defaultdict(list)
        for node in self.item.nodes.values():
            scopes[self.item.scope_of(node)].append(node)
        for nodes in scopes.values():
            last = max((node for node in nodes if node.quantity > 0), key=lambda node: node.id, default=None)
            target = self._left_over(nodes)
            for node in nodes:
                wanted = target if node is last else ZERO
                if wanted != node.sweep:
                    self._extra(node, wanted - node.sweep, "sweep")

    def _left_over(self, nodes: Sequence[Node]) -> Decimal:
        empty = not sum((node.quantity for node in nodes), ZERO)
        closed = all(not node.remaining and node.completely_invoiced for node in nodes)
        until = self.item.until
        whole = until is None or all(self.item.period_of(node.valuation_date) <= until for node in nodes)
        if not (whole and empty and closed):
            return ZERO
        return -sum((node.cost - node.sweep for node in nodes), ZERO)

    def _extra(self, node: Node, amount: Decimal, kind: str) -> None:
        self.extra.append(Difference(node.id, amount, kind, node.id, node.cost, node.cost + amount))
        node.cost += amount
        if kind == "sweep":
            node.sweep += amount
        else:
            node.rounding += amount

    def finish(self) -> Solution:
        """Adjustments by entry number, then rounding and sweep rows."""
        added: dict[int, Decimal] = defaultdict(lambda: ZERO)
        for extra in self.extra:
            added[extra.entry_id] += extra.amount
        for node in sorted(self.item.nodes.values(), key=lambda node: node.id):
            old = self.before[node.id][0]
            amount = node.cost - old - added[node.id]
            if amount:
                cause = self.causes.get(node.id, node.id)
                self.solution.differences.append(Difference(node.id, amount, "adjust", cause, old, old + amount))
        self.solution.differences += self._extras()
        return self.solution

    def _extras(self) -> list[Difference]:
        """One rounding and one sweep row for an entry at most, whatever it took to find them."""
        merged: dict[tuple[int, str], Difference] = {}
        for each in self.extra:
            known = merged.pop((each.entry_id, each.kind), None)
            if known is not None:
                each = replace(each, amount=known.amount + each.amount, old_cost=known.old_cost)
            merged[each.entry_id, each.kind] = each
        return [each for each in merged.values() if each.amount]
