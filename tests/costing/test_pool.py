"""Averages by place where places get goods from each other within one period; without a database."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from costing.forward import Item, Link, Node, connect, solve
from costing.nodes import Revaluation
from costing.pool import Unsettled
from ledger.records import ZERO

CENT = Decimal("0.01")
DAY = date(2026, 1, 5)


class Places:
    """Receipts and moves between places of one averaged item, all in one period."""

    def __init__(self) -> None:
        self.nodes: dict[int, Node] = {}
        self.links: list[Link] = []

    def _node(self, kind: str, place: int, quantity: int, cost: Decimal, *, averaged: bool = False) -> int:
        entry = len(self.nodes) + 1
        self.nodes[entry] = Node(
            entry, Decimal(quantity), ZERO, place, 0, DAY, DAY, kind, True, averaged, False, cost, ZERO, ZERO, ZERO,
            ZERO, ZERO, entry, ZERO, invoiced=Decimal(quantity),
        )  # fmt: skip
        return entry

    def receive(self, place: int, quantity: int, cost: int) -> int:
        return self._node("purchase", place, quantity, Decimal(cost))

    def move(self, entry: int, to: int, quantity: int) -> int:
        """What arrives, of goods that an entry brought in."""
        out = self._node("transfer", self.nodes[entry].location_id, -quantity, ZERO, averaged=True)
        into = self._node("transfer", to, quantity, ZERO)
        self.links.append(Link(entry, out, Decimal(quantity), False, "use"))
        self.links.append(Link(out, into, Decimal(quantity), True, "supply"))
        return into

    def item(self) -> Item:
        return Item(self.nodes, CENT, True, lambda node: (node.location_id, 0), lambda day: DAY)

    def settle(self) -> None:
        """Solve; a second run finds nothing, and no worth is lost or made."""
        connect(self.nodes, self.links)
        received = sum((node.cost for node in self.nodes.values() if node.entry_type == "purchase"), ZERO)
        solve(self.item())
        assert not solve(self.item()).differences
        assert sum((node.cost for node in self.nodes.values()), ZERO) == received


def test_a_long_way_against_the_order_of_places_is_settled() -> None:
    """Goods go from place 100 to place 1, ten at a time; each place is averaged after the one before it."""
    places = Places()
    entry = places.receive(100, 10, 1234)
    for to in range(99, 0, -1):
        entry = places.move(entry, to, 10)
    places.settle()
    assert {node.cost for node in places.nodes.values() if node.quantity > 0} == {1234}


@pytest.mark.parametrize("count", [2, 3, 20])
def test_places_in_a_ring_agree(count: int) -> None:
    """A thousand pieces of each place visit all the others: c(p) = (own + (n - 1) c(p - 1)) / n."""
    places = Places()
    held = [places.receive(place, 1000, 100 * (place + 1)) for place in range(count)]
    for step in range(1, count):
        held = [places.move(entry, (start + step) % count, 1000) for start, entry in enumerate(held)]
    places.settle()
    exact = [Fraction(100 * (place + 1)) for place in range(count)]
    own = list(exact)
    for _ in range(400):
        for place in range(count):
            exact[place] = (own[place] + (count - 1) * exact[place - 1]).limit_denominator(10**12) / count
    for entry in held:
        node = places.nodes[entry]
        assert abs(Fraction(node.cost) - exact[node.location_id - 1]) < Fraction(count, 20), node  # which it comes from


def test_what_does_not_agree_is_left_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("costing.pool.MOST_ROUNDS", 2)
    places = Places()
    one, other = places.receive(0, 1000, 100), places.receive(1, 1000, 200)
    places.move(one, 1, 1000)
    places.move(other, 0, 1000)
    with pytest.raises(Unsettled, match="did not agree within 2 rounds"):
        places.settle()


def test_a_revaluation_of_what_an_issue_became_is_not_in_its_pool() -> None:
    """Sold, brought back, moved and revalued there: the sale costs what it did (costing-clarifications.md A11, B6)."""
    goods = Places()
    bought = goods.receive(1, 5, 500)
    sale = goods._node("sale", 1, -5, ZERO, averaged=True)
    back = goods._node("sale", 1, 5, ZERO)
    goods.links += [Link(bought, sale, Decimal(5), False, "use"), Link(sale, back, Decimal(5), True, "return")]
    arrived = goods.move(back, 1, 5)
    goods.nodes[arrived].revaluations = [Revaluation(99, DAY, Decimal(5), Decimal("12.34"), False)]
    connect(goods.nodes, goods.links)
    solve(goods.item())
    assert [goods.nodes[entry].cost for entry in (sale, back, arrived)] == [-500, 500, Decimal("512.34")]
