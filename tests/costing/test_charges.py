"""An amount over lines: with a running remainder, to the cent."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from costing.charges import Method, Target, distribute
from work.errors import Refusal

WEIGHTS = st.decimals(min_value=0, max_value=1000, places=3)


def shares(total: str, method: Method, *weights: str) -> list[Decimal]:
    return distribute(Decimal(total), [Target(*[Decimal(weight)] * 3) for weight in weights], method)


def test_each_way_takes_its_own_measure() -> None:
    targets = [Target(Decimal(1), Decimal(1), Decimal(0)), Target(Decimal(3), Decimal(1), Decimal(5))]
    found = {method: distribute(Decimal("10.01"), targets, method) for method in Method}
    assert found == {
        "equally": [Decimal("5.01"), Decimal("5.00")],
        "amount": [Decimal("2.50"), Decimal("7.51")],
        "weight": [Decimal("5.01"), Decimal("5.00")],
        "volume": [Decimal("0.00"), Decimal("10.01")],
    }


def test_the_remainder_runs_along() -> None:
    assert shares("10", Method.AMOUNT, "1", "1", "1") == [Decimal("3.33"), Decimal("3.34"), Decimal("3.33")]
    assert shares("-6.67", Method.EQUALLY, "0", "0") == [Decimal("-3.34"), Decimal("-3.33")]
    assert shares("0.01", Method.WEIGHT, "1", "1", "1", "0") == [0, Decimal("0.01"), 0, 0]
    assert distribute(Decimal(100), [Target()] * 3, Method.EQUALLY, precision=Decimal(1)) == [33, 34, 33]


@pytest.mark.parametrize("method", [Method.AMOUNT, Method.WEIGHT, Method.VOLUME])
def test_what_cannot_be_distributed_is_refused(method: Method) -> None:
    for weights, code in ((["0", "0"], "nothing_to_distribute_by"), (["2", "-1"], "negative_not_allowed")):
        with pytest.raises(Refusal) as caught:
            shares("1", method, *weights)
        assert caught.value.code == code
        assert caught.value.facts == {"method": str(method)}
    with pytest.raises(Refusal):
        distribute(Decimal(1), [], Method.EQUALLY)


@hypothesis_settings(max_examples=300, deadline=None, derandomize=True)
@given(st.decimals(min_value=-10000, max_value=10000, places=2), st.lists(WEIGHTS, min_size=1, max_size=12))
def test_shares_add_up_and_are_never_a_cent_off(total: Decimal, weights: list[Decimal]) -> None:
    whole = sum(weights)
    if not whole:
        return
    found = distribute(total, [Target(weight=weight) for weight in weights], Method.WEIGHT)
    assert sum(found) == total
    assert all(
        abs(share - total * weight / whole) <= Decimal("0.01") for share, weight in zip(found, weights, strict=True)
    )
    assert all(share.as_tuple().exponent >= -2 for share in found)
