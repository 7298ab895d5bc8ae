"""What is posted between reading and writing of an adjustment: nothing is lost, nothing counted twice."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from costing import adjust
from costing.adjust import adjust_costs
from inventory.models import Item
from ledger.models import EntryBalance, ItemLedgerEntry, ValueEntry
from tests.factories import Company
from tests.posting.test_movements import charge, invoice, line, post, receive, worth
from work.queue import drain

pytestmark = pytest.mark.django_db(transaction=True)
ZERO = Decimal(0)


def between(monkeypatch: pytest.MonkeyPatch, act: Callable[[], Any]) -> None:
    """Once, after an adjustment has read and computed, and before it writes."""
    compute, waiting = adjust.compute, [act]

    def then_act(*given: Any) -> None:
        compute(*given)
        if waiting:
            waiting.pop()()

    monkeypatch.setattr(adjust, "compute", then_act)


def shipped(company: Company, item: Item, quantity: int) -> int:
    post(company, line(company, "sale", item, quantity, invoiced=ZERO))
    return int(ItemLedgerEntry.objects.order_by("-id")[0].pk)


def test_a_shipment_is_invoiced_while_its_expected_cost_is_corrected(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    bike = company.item("BIKE")
    receipt = receive(company, bike, 10, "100")
    shipment = shipped(company, bike, 4)
    drain()
    post(company, charge(receipt, "20"))
    between(monkeypatch, lambda: post(company, invoice(shipment)))
    adjust_costs()
    drain()
    assert worth(shipment) == (-48, 0)
    assert EntryBalance.objects.get(pk=shipment).completely_invoiced


def test_goods_are_sold_while_a_late_cost_is_carried_on(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    bike = company.item("BIKE")
    receipt = receive(company, bike, 10, "100")
    post(company, line(company, "sale", bike, 3))
    drain()
    post(company, charge(receipt, "20"))
    between(monkeypatch, lambda: post(company, line(company, "sale", bike, 7)))
    adjust_costs()
    drain()
    post(company, invoice(receipt))
    drain()
    costs = ValueEntry.objects.filter(item=bike).values_list("cost_amount_actual", "cost_amount_expected")
    assert sum((actual + expected for actual, expected in costs), ZERO) == 0


def test_two_workers_do_not_write_the_same_correction(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    bike = company.item("BIKE")
    receipt = receive(company, bike, 10, "100")
    post(company, line(company, "sale", bike, 5))
    sold = ItemLedgerEntry.objects.order_by("-id")[0].pk
    drain()
    post(company, charge(receipt, "20"))
    between(monkeypatch, adjust_costs)
    adjust_costs()
    assert worth(sold) == (-60, 0)
    assert adjust_costs().value_entries == 0
