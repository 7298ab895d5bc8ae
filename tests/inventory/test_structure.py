"""Levels, circles and explosions of bills of materials in memory, against plain recursion."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.structure import MOST_LEVELS, Circle, Line, TooMany, explode, low_level_codes

Edges = set[tuple[int, int]]


@st.composite
def structures(draw: st.DrawFn) -> Edges:
    """Pairs of parent and component among ten items, a parent always below its component's number."""
    pairs = st.tuples(st.integers(0, 8), st.integers(1, 9)).filter(lambda pair: pair[0] < pair[1])
    return draw(st.sets(pairs, max_size=20))


def naive_level(item: int, edges: Edges) -> int:
    return max((naive_level(parent, edges) + 1 for parent, component in edges if component == item), default=0)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(structures())
def test_levels_are_the_longest_way_down(edges: Edges) -> None:
    found = low_level_codes(edges, items=range(10), levels_above={})
    assert found == {item: naive_level(item, edges) for item in range(10)}


@settings(max_examples=200, deadline=None, derandomize=True)
@given(structures(), st.sets(st.integers(0, 9), min_size=1))
def test_a_part_has_the_levels_of_the_whole(edges: Edges, starts: set[int]) -> None:
    """Only what is below the starts is looked at, given the levels of the parents above."""
    below = set(starts)
    while more := {component for parent, component in edges if parent in below} - below:
        below |= more
    into = {pair for pair in edges if pair[1] in below}
    above = {parent: naive_level(parent, edges) for parent, _ in into}
    # an item at or below the starts may have parents elsewhere; their levels are known
    found = low_level_codes(into, items=below, levels_above=above)
    assert found == {item: naive_level(item, edges) for item in below}


@settings(max_examples=200, deadline=None, derandomize=True)
@given(structures(), st.integers(0, 9), st.integers(0, 9))
def test_a_circle_is_found_with_its_path(edges: Edges, parent: int, component: int) -> None:
    every = edges | {(parent, component)}
    reached = {component}
    while more := {below for above, below in every if above in reached} - reached:
        reached |= more
    if parent not in reached:
        assert low_level_codes(every, items=range(10), levels_above={})
        return
    with pytest.raises(Circle) as caught:
        low_level_codes(every, items=range(10), levels_above={})
    path = caught.value.path
    assert path[0] == path[-1]
    assert len(path) > 1
    assert set(pairwise(path)) <= every


def line(parent: int, component: int, quantity: str = "1") -> Line:
    return Line(parent, 10000, component, None, Decimal(quantity))


def lines(edges: Mapping[tuple[int, int], str]) -> dict[int, Sequence[Line]]:
    found: dict[int, list[Line]] = {}
    for (parent, component), quantity in edges.items():
        found.setdefault(parent, []).append(line(parent, component, quantity))
    return dict(found)


def test_an_explosion_multiplies_on_the_way_down() -> None:
    tree = lines({(1, 2): "2", (1, 3): "5", (2, 3): "3", (3, 4): "0.5"})
    found = [(each.level, each.line.component_id, each.quantity, each.has_bom) for each in explode(1, tree)]
    assert found == [
        (1, 2, 2, True), (2, 3, 6, True), (3, 4, 3, False), (1, 3, 5, True), (2, 4, Decimal("2.5"), False),
    ]  # fmt: skip
    assert [each.line.component_id for each in explode(1, tree, most_levels=1)] == [2, 3]
    assert explode(9, tree) == []


def test_an_explosion_has_an_end() -> None:
    chain = lines({(number, number + 1): "1" for number in range(MOST_LEVELS)})
    assert len(explode(0, chain)) == MOST_LEVELS
    with pytest.raises(TooMany):
        explode(0, lines({(number, number + 1): "1" for number in range(MOST_LEVELS + 1)}))
    with pytest.raises(TooMany):
        explode(0, lines({(0, 0): "1"}))
    doubling = {number: [line(number, number + 1), line(number, number + 1)] for number in range(30)}
    with pytest.raises(TooMany):
        explode(0, doubling)
