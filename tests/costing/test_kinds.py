"""Every kind of event in every costing method: the books are sound, and what is gone is worth nothing."""

from decimal import Decimal

import pytest

from ledger.models import EntryBalance, ItemState
from tests.costing.histories import transit_of
from tests.costing.kinds import EVENTS, Shop, charge_late
from tests.factories import Company
from work.queue import drain

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("method", ["fifo", "lifo", "average", "standard"])
def test_every_kind_of_event(company: Company, method: str) -> None:
    shops = []
    for number, (prepare, act) in enumerate(EVENTS.values()):
        shop = Shop(company, transit_of(company), str(number), method)
        prepare(shop)
        act(shop)
        shops.append(shop)
    drain()
    charge_late(shops)
    drain()
    for state in ItemState.objects.filter(quantity=0):
        if not EntryBalance.objects.filter(item_id=state.pk, completely_invoiced=False).exists():
            assert state.cost_amount_actual + state.cost_amount_expected == 0, state.item


@pytest.mark.parametrize("method", ["lifo", "standard"])
def test_an_output_that_is_taken_back_leaves_no_cent(company: Company, method: str) -> None:
    """Its cost is a sum of kinds that are each rounded, which need not be its share of the output's cost."""
    shop = Shop(company, transit_of(company), "", method)
    prepare, act = EVENTS["end of production"]
    prepare(shop)
    act(shop)
    drain()
    state = ItemState.objects.get(pk=shop.table.pk)
    assert (state.quantity, state.cost_amount_actual) == (0, Decimal(0))
