"""Average cost: every issue of a period from the pool of its scope (costing-methods.md §4). Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from costing.nodes import Item, Node, ReadAll, Revaluation, Scope, in_order, is_visible
from inventory.numbers import round_to
from ledger.records import ZERO

if TYPE_CHECKING:
    from costing.forward import Solver

Balance = tuple[Decimal, Decimal]
Event = tuple[Revaluation, Node]
MOST_ROUNDS = 5_000


class Unsettled(Exception):
    """Scopes that feed each other have not agreed: the item is left as it was, with the reason."""


@dataclass(slots=True)
class Pool:
    """Quantity and cost of each scope, period after period; `balances` are the closing ones."""

    item: Item
    solver: "Solver"
    balances: dict[tuple[Scope, date], Balance] = field(default_factory=dict)
    left: dict[Scope, Balance] = field(default_factory=dict)

    def run(self) -> None:
        """Period by period, scope by scope, until the scopes that feed each other agree."""
        periods: dict[date, list[Node]] = defaultdict(list)
        events: dict[date, list[Event]] = defaultdict(list)
        ends: dict[date, date] = {}
        since = self.item.since
        for node in self.item.nodes.values():
            for each in node.revaluations:
                if since is None or each.valuation_date >= since:
                    events[self.item.period_of(each.valuation_date)].append((each, node))
            if node.outside:
                continue
            end = ends.get(node.valuation_date)
            if end is None:
                end = ends[node.valuation_date] = self.item.period_of(node.valuation_date)
            periods[end].append(node)
        running: dict[Scope, Balance] = defaultdict(lambda: (ZERO, ZERO), self.item.opening)
        latest: dict[Scope, int] = {}
        for end in sorted(periods.keys() | events.keys()):
            if self.item.until is not None and end > self.item.until:
                break
            self._period(end, periods[end], events[end], running, latest)
        self.left = dict(running)

    def _period(
        self, end: date, nodes: Sequence[Node], events: Sequence[Event], running: dict[Scope, Balance],
        latest: dict[Scope, int],
    ) -> None:  # fmt: skip
        members: dict[Scope, list[Node]] = defaultdict(list)
        happened: dict[Scope, list[Event]] = defaultdict(list)
        for node in nodes:
            members[self.item.scope_of(node)].append(node)
        for event in events:
            happened[self.item.scope_of(event[1])].append(event)
        for scope, inside in members.items():
            came_in = max((node.id for node in inside if node.quantity > 0), default=0)
            latest[scope] = max(latest.get(scope, 0), came_in)
        feeds = self._feeds(members) if len(members) > 1 else {scope: set() for scope in members}
        self._agree(
            feeds, members, lambda scope: _Scope(self, members[scope], happened[scope], running[scope], latest[scope])
        )
        for scope in members.keys() | happened.keys():
            quantity, cost = running[scope]
            for node in members[scope]:
                quantity += node.quantity
                cost += node.own + node.other + node.rounding
            cost += sum((each.amount for each, _ in happened[scope]), ZERO)
            running[scope] = (quantity, cost)
            self.balances[scope, end] = (quantity, cost)

    def _feeds(self, members: Mapping[Scope, Sequence[Node]]) -> dict[Scope, set[Scope]]:
        """By scope the others that get goods from it in this period."""
        home = {node.id: scope for scope, inside in members.items() for node in inside}
        feeds: dict[Scope, set[Scope]] = {scope: set() for scope in members}
        for scope, inside in members.items():
            for node in inside:
                for link in node.sources:
                    source = home.get(link.source, scope)
                    if source != scope:
                        feeds[source].add(scope)
        return feeds

    def _agree(
        self, feeds: Mapping[Scope, set[Scope]], members: Mapping[Scope, Sequence[Node]],
        work: Callable[[Scope], "_Scope"],
    ) -> None:  # fmt: skip
        """Each scope once after those that feed it; where they feed each other, until nothing changes any more.

        Cents may go round and round without an end. Then of the rounds that return one is chosen by what it says
        alone, so that a later run ends there too. Raises `Unsettled` where no end comes in sight.
        """
        order, due, rounds = _sources_first(feeds), set(members), list[int]()
        wanted: int | None = None
        while due:
            for scope in order:
                if scope in due:
                    due.discard(scope)
                    before = [node.own for node in members[scope]]
                    work(scope).run()
                    if before != [node.own for node in members[scope]]:
                        due |= feeds[scope]
            state = hash(tuple(node.own for scope in order for node in members[scope])) if due else 0
            if wanted is None and state in rounds:
                wanted = min(rounds[rounds.index(state) :])
            if state == wanted:
                return
            rounds.append(state)
            if len(rounds) > MOST_ROUNDS:
                raise Unsettled(f"places that feed each other did not agree within {MOST_ROUNDS} rounds")

    def sweep(self) -> None:
        """No worth stays where nothing is left (costing-clarifications.md A4): a state, not an event.

        Raises `ReadAll` where some may have to go and only a part of the item is here.
        """
        if self.item.since is not None:
            if any(cost and not quantity for quantity, cost in self.left.values()):
                raise ReadAll
            return
        scopes: dict[Scope, list[Node]] = defaultdict(list)
        for node in self.item.nodes.values():
            scopes[self.item.scope_of(node)].append(node)
        for nodes in scopes.values():
            last = max((node for node in nodes if node.quantity > 0), key=lambda node: node.id, default=None)
            target = self._left_over(nodes)
            for node in nodes:
                wanted = target if node is last else ZERO
                if wanted != node.sweep:
                    self.solver.sweep(node, wanted - node.sweep)

    def _left_over(self, nodes: Sequence[Node]) -> Decimal:
        if sum((node.quantity for node in nodes), ZERO):
            return ZERO
        closed = all(not node.remaining and node.completely_invoiced for node in nodes)
        until = self.item.until
        whole = until is None or all(self.item.period_of(node.valuation_date) <= until for node in nodes)
        if not (whole and closed):
            return ZERO
        return -sum((node.cost - node.sweep for node in nodes), ZERO)


def _sources_first(feeds: Mapping[Scope, set[Scope]]) -> list[Scope]:
    """Scopes after those that feed them, as far as none of them feed each other."""
    found: list[Scope] = []
    begun: set[Scope] = set()
    for start in sorted(feeds):
        stack = [start] if start not in begun else []
        while stack:
            begun.add(stack[-1])
            fed = min(feeds[stack[-1]] - begun, default=None)
            if fed is None:
                found.append(stack.pop())
            else:
                stack.append(fed)
    return found[::-1]


@dataclass(slots=True)
class _Scope:
    """One period of one scope: recipients by entry number, each from what those before it left.

    Where an issue's goods come back into the scope, all other issues of the period are left out (B5).
    """

    pool: Pool
    members: Sequence[Node]
    events: Sequence[Event]
    opening: Balance
    latest: int
    inside: dict[int, Node] = field(default_factory=dict)
    following: set[int] = field(default_factory=set)

    def run(self) -> None:
        self.inside = {node.id: node for node in self.members}
        recipients = sorted((node for node in self.members if node.by_average), key=lambda node: node.id)
        followers = {node.id: self._followers(node) for node in recipients if node.uses}
        self.following = {each.id for found in followers.values() for each in found}
        self.following |= {node.id for node in recipients}
        quantity, cost = self.opening
        for node in in_order(member for member in self.members if member.id not in self.following):
            self.pool.solver.recompute(node)
            quantity += node.quantity
            cost += node.in_pool
        cost += sum((node.stays for node in self.members if node.id in self.following), ZERO)
        whole, left_out = (quantity, cost), set(self.following)
        for node in recipients:
            if not node.uses and not self.events:
                self._average(node, quantity, cost)
                quantity += node.quantity
                cost += node.own + node.other + node.rounding
                continue
            back = self._comes_back(node)
            of = self._without(whole, back) if back else (quantity, cost)
            out = self.following | {each.id for each in back} if back else left_out
            after = followers.get(node.id, ())
            mine = {each.id for each in (*after, *back)}
            self._average(node, of[0], of[1] + self._revalued(node, out, mine))
            for each in (node, *after):
                if each is not node:
                    self.pool.solver.recompute(each)
                quantity += each.quantity
                cost += each.in_pool - each.stays
                left_out.discard(each.id)

    def _without(self, of: Balance, left_out: Iterable[Node]) -> Balance:
        """The pool without entries; of those that follow an issue, only what stays is in it."""
        quantity, cost = of
        for node in left_out:
            if node.id in self.following:
                cost -= node.stays
            else:
                quantity -= node.quantity
                cost -= node.in_pool
        return quantity, cost

    def _revalued(self, node: Node, left_out: set[int], mine: set[int]) -> Decimal:
        """Revaluations of the period that a recipient sees (costing-clarifications.md A10, A11)."""
        seen = ZERO
        for each, owner in self.events:
            gone = owner.id in mine or (owner.id in left_out and not owner.is_arrival)
            if not gone and (not each.partial or is_visible(each, node)):
                seen += each.amount
        return seen

    def _comes_back(self, node: Node) -> list[Node]:
        """What an issue's goods become in its scope by any link, also by way of another place (B6).

        Empty unless some of it comes in. It ends at entries valued after the period.
        """
        nodes, end = self.pool.item.nodes, self.pool.item.period_of(node.valuation_date)
        found: dict[int, None] = {}
        stack = [node.id]
        while stack:
            for link in nodes[stack.pop()].uses:
                target = nodes[link.target]
                if target.valuation_date <= end and link.target not in found and link.target != node.id:
                    found[link.target] = None
                    stack.append(link.target)
        here = [self.inside[entry] for entry in found if entry in self.inside]
        return here if any(each.quantity > 0 for each in here) else []

    def _average(self, node: Node, quantity: Decimal, cost: Decimal) -> None:
        """The recipient's part of the pool; kept as it is where there is none (costing-clarifications.md A5)."""
        if quantity <= 0 or cost < 0:
            return
        new = round_to(cost * node.quantity / quantity, self.pool.item.rounding)
        if new != node.own or node.documents:
            self.pool.solver.keep(node)
            self.pool.solver.causes[node.id] = self.latest or node.id
            node.set_own(new, self.pool.item.rounding)

    def _followers(self, node: Node) -> list[Node]:
        """Everything in the scope and period whose cost comes from this issue (B4), sources first."""
        nodes: Mapping[int, Node] = self.pool.item.nodes
        found: dict[int, None] = {}
        stack = [node.id]
        while stack:
            for link in nodes[stack.pop()].uses:
                target = nodes[link.target]
                inside = link.target in self.inside and link.target not in found
                if link.forwards and inside and not target.by_average:
                    found[link.target] = None
                    stack.append(link.target)
        return in_order(nodes[entry] for entry in found)
