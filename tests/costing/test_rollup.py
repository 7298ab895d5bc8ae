"""Standard costs from bills of materials, against plain recursion over fractions."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from costing.rollup import CostedItem, CostedResource, Materials, RolledUp, Shares, TooDeep, detailed, roll_up
from inventory.structure import Line

D = Decimal
TOP, SUB, BOLT = 1, 2, 3
WORK = 1


def line(parent: int, component: int | None, quantity: str, *, resource: int | None = None, scrap: str = "0") -> Line:
    return Line(parent, 10000, component, resource, D(quantity), D(scrap))


def materials(**changed: Any) -> Materials:
    """Two levels with work on each: D-SC-04 of the worked examples."""
    items = {
        TOP: CostedItem(D(0), indirect_cost_percent=D(10)),
        SUB: CostedItem(D("20"), overhead_rate=D(1), rolled_up=Shares(D(12), D(8))),
        BOLT: CostedItem(D("2.5")),
    } | changed.get("items", {})
    lines = {
        TOP: [line(TOP, SUB, "2"), line(TOP, None, "3", resource=WORK)],
        SUB: [line(SUB, BOLT, "4"), line(SUB, None, "1", resource=WORK)],
    } | changed.get("lines", {})
    return Materials(items, {WORK: CostedResource(D(10), D("12.5"))}, lines)


def test_all_levels_calculate_what_is_below_first() -> None:
    found = roll_up([TOP], materials(), multilevel=True)
    assert found[SUB] == RolledUp(D("23.5"), *[Shares(D(10), D(10), D(0), D("2.5"), D(1))] * 2)
    assert found[TOP] == RolledUp(
        D("92.95"),
        Shares(D(47), D(30), D(0), D("7.5"), D("8.45")),
        Shares(D(20), D(50), D(0), D("12.5"), D("10.45")),
    )


def test_one_level_takes_what_the_card_says() -> None:
    found = roll_up([TOP], materials(), multilevel=False)
    assert found.keys() == {TOP}
    assert found[TOP].single_level == Shares(D(40), D(30), D(0), D("7.5"), D("7.75"))
    assert found[TOP].rolled_up == Shares(D(24), D(46), D(0), D("7.5"), D("7.75"))
    old = materials(items={SUB: CostedItem(D(21), rolled_up=Shares(D(12), D(8)))})
    assert roll_up([TOP], old, multilevel=False)[TOP].rolled_up.material == 42, "shares that explain another cost"


def test_what_is_not_stocked_costs_nothing_here() -> None:
    service = materials(items={BOLT: CostedItem(D("2.5"), is_stocked=False)})
    assert roll_up([SUB], service, multilevel=True)[SUB].single_level.material == 0


def test_scrap_counts_in_production_only() -> None:
    scrapped = materials(
        items={SUB: CostedItem(D(0), scrap_percent=D(10))}, lines={SUB: [line(SUB, BOLT, "4", scrap="25")]}
    )
    assert roll_up([SUB], scrapped, multilevel=True)[SUB].standard_cost == 10
    assert roll_up([SUB], scrapped, multilevel=True, production=True)[SUB].standard_cost == D("13.75")


def test_production_rounds_line_by_line() -> None:
    """T-SC-05: 0.0255 by 5.75 and 0.03189 by 8.85, each rounded to five places."""
    items = {1: CostedItem(D(0), scrap_percent=D(1)), 2: CostedItem(D("5.75")), 3: CostedItem(D("8.85"))}
    lines = {1: [line(1, 2, "0.02525"), line(1, 3, "0.03157")]}
    found = roll_up([1], Materials(items, {}, lines), multilevel=True, production=True)
    assert found[1].standard_cost == D("0.42886")


def test_the_largest_share_takes_what_rounding_left() -> None:
    items = {1: CostedItem(D(0)), 2: CostedItem(D("0.00001"))}
    lines = {1: [line(1, 2, "0.5"), line(1, None, "0.0000005", resource=WORK)]}
    found = roll_up([1], Materials(items, {WORK: CostedResource(D(10), D(20))}, lines), multilevel=True)[1]
    assert found.standard_cost == D("0.00002")
    assert found.single_level.total == found.rolled_up.total == found.standard_cost
    assert min(found.single_level) >= 0


def test_circles_and_towers_come_to_an_end() -> None:
    items = {number: CostedItem(D(1)) for number in range(60)}
    with pytest.raises(TooDeep):
        roll_up([1], Materials(items, {}, {1: [line(1, 2, "1")], 2: [line(2, 1, "1")]}), multilevel=True)
    tower = {number: [line(number, number + 1, "1")] for number in range(50)}
    assert roll_up([0], Materials(items, {}, tower), multilevel=True)[0].standard_cost == 1
    with pytest.raises(TooDeep):
        roll_up([0], Materials(items, {}, {**tower, 50: [line(50, 51, "1")]}), multilevel=True)


def test_shares_that_do_not_add_up_say_nothing() -> None:
    assert detailed(Shares(D(1), D(2)), D(3)) == Shares(D(1), D(2))
    assert detailed(Shares(), D(3)) == Shares(D(3))
    assert detailed(Shares(D(1), D(1)), D(3)) == Shares(D(3))


COSTS = st.decimals(min_value=0, max_value=1000, places=5)
PERCENTS = st.decimals(min_value=0, max_value=200, places=2)


@st.composite
def structures(draw: st.DrawFn) -> Materials:
    """Eight items, lines only to items of higher numbers, and two resources."""
    items = {
        number: CostedItem(
            draw(COSTS), draw(st.integers(0, 9)) > 0, draw(PERCENTS), draw(COSTS), draw(PERCENTS)
        )
        for number in range(8)
    }  # fmt: skip
    resources = {}
    for number in range(2):
        direct = draw(COSTS)
        resources[number] = CostedResource(direct, direct + draw(COSTS))
    lines: dict[int, list[Line]] = {}
    for parent in range(5):
        for _ in range(draw(st.integers(0, 3))):
            quantity = draw(st.decimals(min_value=0, max_value=20, places=5))
            part = draw(st.integers(parent + 1, 9))
            component, resource = (part, None) if part < 8 else (None, part - 8)
            lines.setdefault(parent, []).append(Line(parent, 1, component, resource, quantity))
    return Materials(items, resources, {parent: tuple(each) for parent, each in lines.items()})


def naive(item: int, world: Materials) -> list[Fraction]:
    """The five rolled-up shares of an item, unrounded: material, capacity, subcontracted and both overheads."""
    card, shares = world.items[item], [Fraction(0)] * 5
    if item not in world.lines:
        return [Fraction(card.cost), *shares[1:]]
    for each in world.lines[item]:
        if each.resource_id is not None:
            resource = world.resources[each.resource_id]
            direct = Fraction(resource.direct_unit_cost)
            part = [Fraction(0), direct, Fraction(0), Fraction(resource.unit_cost) - direct, Fraction(0)]
        elif world.items[each.component_id or 0].is_stocked:
            part = naive(each.component_id or 0, world)
        else:
            part = [Fraction(0)] * 5
        shares = [mine + Fraction(each.quantity_per) * more for mine, more in zip(shares, part, strict=True)]
    shares[4] += sum(shares) * Fraction(card.indirect_cost_percent) / 100 + Fraction(card.overhead_rate)
    return shares


@hypothesis_settings(max_examples=300, deadline=None, derandomize=True)
@given(structures(), st.booleans(), st.booleans())
def test_shares_always_add_up_to_the_standard(world: Materials, multilevel: bool, production: bool) -> None:
    for found in roll_up(range(8), world, multilevel=multilevel, production=production).values():
        assert found.single_level.total == found.standard_cost
        assert found.rolled_up.total == found.standard_cost
        assert min(*found.single_level, *found.rolled_up) >= 0
        assert all(D(part).quantize(D("0.00001")) == part for part in (*found.single_level, *found.rolled_up))


@hypothesis_settings(max_examples=300, deadline=None, derandomize=True)
@given(structures())
def test_the_roll_up_is_a_plain_recursion_but_for_rounding(world: Materials) -> None:
    """Rounding at each level is multiplied on the way up: at most 60 units an item, by overhead three times that."""
    found = roll_up(range(8), world, multilevel=True)
    assert found.keys() == world.lines.keys()
    for item, rolled in found.items():
        wanted = naive(item, world)
        allowed = Fraction(1, 100_000) * 10 * (1 + 180 ** (5 - item))
        assert abs(Fraction(rolled.standard_cost) - sum(wanted)) <= allowed
        for share, expected in zip(rolled.rolled_up, wanted, strict=True):
            assert abs(Fraction(share) - expected) <= allowed


@hypothesis_settings(max_examples=100, deadline=None, derandomize=True)
@given(structures())
def test_what_is_calculated_and_written_calculates_to_itself(world: Materials) -> None:
    """Once every card has its standard, one level says what all levels say."""
    every = roll_up(range(8), world, multilevel=True)
    cards = dict(world.items)
    for item, rolled in every.items():
        old = cards[item]
        cards[item] = CostedItem(
            rolled.standard_cost, old.is_stocked, old.indirect_cost_percent, old.overhead_rate, old.scrap_percent,
            rolled.rolled_up,
        )  # fmt: skip
    again = roll_up(every, Materials(cards, world.resources, world.lines), multilevel=False)
    assert again == every
