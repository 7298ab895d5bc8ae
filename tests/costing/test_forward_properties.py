"""The engine against the oracle, and what must hold whatever the history: without a database."""

import random
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costing.average import period_end
from costing.forward import Item, Link, Node, Solution, connect, solve
from ledger.periods import Calendar
from tests.costing.oracle import CENT, ZERO, Oracle, Row, World, cents, play, random_steps, random_world

CALENDAR = Calendar((), (), (), (), None)
SHARDS = 4


def nodes_of(oracle: Oracle, chance: random.Random | None = None) -> dict[int, Node]:
    """The oracle's entries as the engine reads them, optionally in another order and with other costs to start from."""
    rows = list(oracle.rows)
    if chance is not None:
        chance.shuffle(rows)
    nodes = {row.number: _node(row) for row in rows}
    links = [link for row in rows for link in _links(row)]
    connect(nodes, links)
    return nodes


def _node(row: Row) -> Node:
    other = row.indirect + row.variance if row.quantity > 0 else ZERO
    return Node(
        row.number, row.quantity, row.left, row.place, 0, row.posted, row.valued, row.kind, True, row.averaged,
        row.exact, row.given - other, other, row.indirect, row.variance, ZERO, ZERO, row.number, row.unit,
        invoiced=row.quantity,
    )  # fmt: skip


def _links(row: Row) -> list[Link]:
    links = [Link(receipt.number, row.number, quantity, carries, "use") for receipt, quantity, carries in row.taken]
    if row.supply is not None:
        links.append(Link(row.supply.number, row.number, row.quantity, True, "supply"))
    elif row.came_from is not None:
        links.append(Link(row.came_from.number, row.number, row.quantity, row.half_of is None, "return"))
    return links


def item_of(world: World, nodes: dict[int, Node]) -> Item:
    def scope(node: Node) -> tuple[int, int]:
        return (node.location_id, 0) if world.by_place else (0, 0)

    def period(day: date) -> date:
        return period_end(day, world.period, CALENDAR)

    return Item(nodes, CENT, world.method == "average", scope, period)


def settle(world: World, nodes: dict[int, Node]) -> Solution:
    """Solve and check that nothing is left to do."""
    solution = solve(item_of(world, nodes))
    again = solve(item_of(world, nodes)).differences
    assert again == [], again
    return solution


def check(world: World, oracle: Oracle) -> None:
    nodes = nodes_of(oracle)
    before = {number: node.cost for number, node in nodes.items()}
    solution = settle(world, nodes)
    for node in nodes.values():
        changes = sum((d.amount for d in solution.differences if d.entry_id == node.id), ZERO)
        assert node.cost == before[node.id] + changes, "differences explain the change"
        assert node.cost == cents(node.cost)
    expected = oracle.solve()
    if feeds_itself(world, oracle):
        return
    for row in oracle.rows:
        node = nodes[row.number]
        assert node.shareable == expected[row], (row.number, node.shareable, expected[row])
        assert node.rounding == oracle.residual(row), (row.number, node.rounding, oracle.residual(row))
    empty_is_worthless(world, oracle, nodes)


def feeds_itself(world: World, oracle: Oracle) -> bool:
    """Scopes that feed each other within a period have more than one solution to the cent."""
    return world.by_place and world.method == "average" and {r.place for r in oracle.rows if r.half_of} == {0, 1}


def empty_is_worthless(world: World, oracle: Oracle, nodes: dict[int, Node]) -> None:
    """Nothing left, nothing open: no worth (L13)."""
    if sum((node.quantity for node in nodes.values()), ZERO) or any(node.remaining for node in nodes.values()):
        return
    assert not sum((node.cost for node in nodes.values()), ZERO)


@pytest.mark.parametrize("shard", range(SHARDS))
def test_engine_and_oracle_agree(shard: int) -> None:
    @settings(max_examples=500, derandomize=True, deadline=None, database=None)
    @given(st.integers(0, 2**32))
    def agree(seed: int) -> None:
        chance = random.Random(f"{shard} {seed}")
        world = random_world(chance)
        check(world, play(world, random_steps(chance)))

    agree()


@settings(max_examples=200, derandomize=True, deadline=None, database=None)
@given(st.integers(0, 2**32))
def test_the_order_of_reading_does_not_matter(seed: int) -> None:
    chance = random.Random(seed)
    world = random_world(chance)
    oracle = play(world, random_steps(chance))
    one, other = nodes_of(oracle), nodes_of(oracle, chance)
    settle(world, one)
    settle(world, other)
    assert {node.id: node.cost for node in one.values()} == {node.id: node.cost for node in other.values()}


@settings(max_examples=200, derandomize=True, deadline=None, database=None)
@given(st.integers(0, 2**32), st.sampled_from(["fifo", "lifo", "standard", "average"]))
def test_all_costs_are_found_again_from_any_start(seed: int, method: str) -> None:
    """A worth that was wrong, or arrives late, changes nothing in the end (incremental = full)."""
    chance = random.Random(seed)
    world = World(method)
    oracle = play(world, random_steps(chance))
    expected = oracle.solve()
    if method == "average" and not oracle.free:
        return
    nodes = nodes_of(oracle)
    for row in oracle.rows:
        follows = row.averaged or row.came_from or row.supply or any(carries for _, _, carries in row.taken)
        if follows:
            nodes[row.number].own += Decimal(chance.randrange(-500, 500)) / 100
    settle(world, nodes)
    assert [nodes[row.number].shareable for row in oracle.rows] == [expected[row] for row in oracle.rows]
