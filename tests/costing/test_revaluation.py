"""How a new worth is spread over what is on hand: costing-clarifications.md B2."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from costing.revaluation import Goods, Layer, NewWorth, Worth, at_average, at_own_cost, parts_of, spread
from inventory.numbers import round_to, use_exact_context

CENT = Decimal("0.01")


def layer(number: int, quantity: object, cost: object, left: object, place: int = 1, **more: object) -> Layer:
    amount = Decimal(str(quantity))
    return Layer(
        number, place, 0, amount, Decimal(str(left)), amount, Worth(Decimal(str(cost)), Decimal(0)), **more
    )  # fmt: skip


def amounts(changes: list[tuple[Layer, Decimal]]) -> dict[int, Decimal]:
    return {found.entry_id: amount for found, amount in changes}


def test_the_last_entry_absorbs_what_own_costs_and_average_differ_by() -> None:
    """10 at 10 with 5 left, 10 at 20 with 10 left, an issue of 75: the example of B2."""
    layers = [layer(1, 10, 100, 5), layer(2, 10, 200, 10)]
    goods = at_average(layers, {(0, 0): (Decimal(225), Decimal(15))}, CENT)
    assert [each.calculated for each in goods] == [Decimal(225)]
    value = NewWorth(unit_cost=Decimal(18)).for_quantity(Decimal(15), Decimal(225), CENT)
    assert amounts(spread(goods, value, CENT)) == {1: Decimal(40), 2: Decimal(5)}


def test_nothing_changes_where_the_value_stays() -> None:
    goods = at_average([layer(1, 10, 100, 5), layer(2, 10, 200, 10)], {(0, 0): (Decimal(225), Decimal(15))}, CENT)
    assert spread(goods, Decimal(225), CENT) == []


def test_earlier_revaluations_count_by_the_quantity_they_valued() -> None:
    """6 at 10, of 4 left 2 each taken off: 4 of them are carried at 40 - 8, and 2 of them at half of it."""
    off = [(Decimal(4), Worth(Decimal(-8), Decimal(0)))]
    assert layer(1, 6, 60, 4, revaluations=off).carried_at == Decimal(32)
    assert layer(1, 6, 60, 2, revaluations=off).carried_at == Decimal(16)


def test_an_average_is_nothing_where_the_pool_is_empty_or_below_zero() -> None:
    for pool in ((Decimal(10), Decimal(0)), (Decimal(-10), Decimal(5)), (Decimal(-10), Decimal(-5))):
        goods = at_average([layer(1, 5, 10, 5)], {(0, 0): pool}, CENT)
        assert goods[0].calculated == (Decimal(10) if pool[1] < 0 else 0), pool


def test_places_that_are_averaged_apart_are_each_brought_to_the_new_cost() -> None:
    layers = [layer(1, 10, 100, 10, place=1), layer(2, 5, 100, 5, place=2)]
    pools = {(1, 0): (Decimal(100), Decimal(10)), (2, 0): (Decimal(100), Decimal(5))}
    goods = at_average(layers, pools, CENT)
    assert amounts(spread(goods, Decimal(225), CENT)) == {1: Decimal(50), 2: Decimal(-25)}


def test_what_is_not_invoiced_changes_expected_cost() -> None:
    received = Layer(1, 1, 0, Decimal(150), Decimal(150), Decimal(0), Worth(Decimal(0), Decimal(300)), (), True)
    goods = at_own_cost([received], CENT)
    assert goods[0].calculated == Decimal(300)
    [(found, amount)] = spread(goods, Decimal(450), CENT)
    assert parts_of(found, amount, CENT) == Worth(Decimal(0), Decimal(150))
    partly = Layer(1, 1, 0, Decimal(3), Decimal(3), Decimal(1), Worth(Decimal(1), Decimal(2)), (), True)
    assert parts_of(partly, Decimal(10), CENT) == Worth(Decimal("3.33"), Decimal("6.67"))


QUANTITIES = st.decimals("0.00001", 10_000, places=5)
COSTS = st.decimals(-1_000, 100_000, places=2)
LAYERS = st.lists(st.tuples(QUANTITIES, COSTS, st.integers(1, 100), st.integers(1, 3)), min_size=1, max_size=8)


@settings(max_examples=300, derandomize=True, deadline=None)
@given(LAYERS, st.decimals(0, 1_000_000, places=2))
def test_the_changes_add_up_and_bring_all_but_the_last_to_the_new_cost(
    made: list[tuple[Decimal, Decimal, int, int]], value: Decimal
) -> None:
    """To the cent: what rounding takes from one entry the next one gets."""
    use_exact_context()
    layers = [layer(n, quantity, cost, quantity * part / 100) for n, (quantity, cost, part, _) in enumerate(made)]
    goods = at_own_cost(layers, CENT)
    changes = amounts(spread(goods, value, CENT))
    assert sum(changes.values()) == value - goods[0].calculated
    if not changes:
        return
    total, carry = goods[0].quantity, Decimal(0)
    for each in layers[:-1]:
        exact = value * each.remaining / total + carry
        became = round_to(each.carried_at, CENT) + changes.get(each.entry_id, Decimal(0))
        assert abs(became - exact) <= CENT / 2
        carry = exact - became


@settings(max_examples=200, derandomize=True, deadline=None)
@given(LAYERS, st.decimals(0, 1_000_000, places=2))
def test_the_changes_of_averages_apart_add_up(made: list[tuple[Decimal, Decimal, int, int]], value: Decimal) -> None:
    use_exact_context()
    layers = [
        layer(n, quantity, cost, quantity * part / 100, place) for n, (quantity, cost, part, place) in enumerate(made)
    ]
    pools = {(place, 0): (Decimal(place * 7), Decimal(3)) for place in {each.location_id for each in layers}}
    goods = at_average(layers, pools, CENT)
    assert isinstance(goods[0], Goods)
    changed = sum((amount for _, amount in spread(goods, value, CENT)), Decimal(0))
    assert changed == value - sum(each.calculated for each in goods)
