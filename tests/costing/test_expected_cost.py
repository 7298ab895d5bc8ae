"""What is received or shipped without an invoice stands in the interim accounts until it is invoiced (§4)."""

from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Sum

from costing.adjust import adjust_costs
from costing.gl_posting import post_costs_to_gl
from costing.models import CostToPost, InventoryPostingSetup
from costing.queue import queue_open_expected_cost
from inventory.models import Item
from ledger.models import GLEntry, ItemLedgerEntry, ValuePosting
from posting.lines import InvoiceLine, PostingLine
from posting.movements import post_movements
from tests.factories import JANUARY, Company

pytestmark = pytest.mark.django_db


class Trade:
    """Receipts and shipments without invoice, and their invoices."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.item: Item = company.item("BIKE")
        self.key = 0

    def move(self, kind: str, quantity: str, **values: Any) -> int:
        self.key += 1
        line = PostingLine(
            key=self.key, item_id=self.item.pk, location_id=self.company.blank.pk, posting_date=JANUARY,
            document_date=JANUARY, entry_type=kind, document_number=f"D{self.key}", quantity=Decimal(quantity),
            unit_code="PCS", invoiced=Decimal(0), **values,
        )  # fmt: skip
        answer = post_movements([line], posted_by=self.company.user)
        return ItemLedgerEntry.objects.get(register=answer.register_id).pk

    def receive(self, quantity: str, price: str) -> int:
        amount = Decimal(quantity) * Decimal(price)
        return self.move("purchase", quantity, unit_amount=Decimal(price), amount=amount)

    def invoice(self, entry: int, quantity: str | None = None, price: str | None = None) -> None:
        self.key += 1
        post_movements(
            [InvoiceLine(
                key=self.key, entry=entry, posting_date=JANUARY, document_number=f"I{self.key}",
                quantity=None if quantity is None else Decimal(quantity),
                unit_amount=None if price is None else Decimal(price),
            )],
            posted_by=self.company.user,
        )  # fmt: skip

    def switch(self, on: bool) -> None:
        """As the back office and the API do it."""
        self.company.change_setup(expected_cost_posting=on)
        if on:
            queue_open_expected_cost()


@pytest.fixture
def trade(company: Company) -> Trade:
    return Trade(company)


def balances() -> dict[str, Decimal]:
    post_costs_to_gl()
    assert not CostToPost.objects.exists()
    sums = GLEntry.objects.values_list("account__name").annotate(total=Sum("amount")).order_by()
    return {name.removesuffix("_account"): total for name, total in sums if total}


def test_the_whole_life_of_expected_cost(trade: Trade) -> None:
    trade.switch(True)
    receipt = trade.receive("10", "9.5")
    assert balances() == {"inventory_interim": 95, "inventory_accrual_interim": -95}
    trade.invoice(receipt, price="10")
    assert balances() == {"inventory": 100, "direct_cost_applied": -100}
    shipment = trade.move("sale", "4")
    adjust_costs()
    assert balances() == {"inventory": 100, "direct_cost_applied": -100, "inventory_interim": -40, "cogs_interim": 40}
    trade.invoice(shipment)
    adjust_costs()
    assert balances() == {"inventory": 60, "direct_cost_applied": -100, "cogs": 40}


def test_partial_invoices_reverse_their_part_and_the_last_the_rest(trade: Trade) -> None:
    trade.switch(True)
    receipt = trade.receive("3", "3.34")
    held = []
    for _ in range(3):
        trade.invoice(receipt, "1", "4")
        held.append(balances().get("inventory_interim", Decimal(0)))
    assert held == [Decimal("6.68"), Decimal("3.34"), 0]
    assert balances() == {"inventory": 12, "direct_cost_applied": -12}


def test_switched_off_nothing_of_it_is_posted_and_the_run_says_so(trade: Trade) -> None:
    receipt = trade.receive("10", "9.5")
    posted = post_costs_to_gl()
    assert (posted.value_entries, posted.skipped, posted.left, posted.register_id) == (0, 1, {}, None)
    assert balances() == {}
    trade.invoice(receipt, price="10")
    assert post_costs_to_gl().skipped == 1
    assert balances() == {"inventory": 100, "direct_cost_applied": -100}


def test_switched_off_later_what_was_posted_is_taken_back(trade: Trade) -> None:
    trade.switch(True)
    before = trade.receive("10", "9.5")
    assert balances()["inventory_interim"] == 95
    trade.switch(False)
    after = trade.receive("5", "2")
    trade.invoice(before, "4", "9.5")
    assert balances()["inventory_interim"] == 57
    trade.invoice(before, price="9.5")
    trade.invoice(after, price="2")
    assert balances() == {"inventory": 105, "direct_cost_applied": -105}


def test_switched_on_later_what_is_open_is_posted(trade: Trade) -> None:
    done = trade.receive("1", "7")
    trade.invoice(done)
    partly = trade.receive("10", "9.5")
    trade.invoice(partly, "4")
    shipment = trade.move("sale", "2")
    adjust_costs()
    assert "inventory_interim" not in balances()
    trade.switch(True)
    assert {row.item_id for row in CostToPost.objects.all()} == {trade.item.pk}
    found = balances()
    expected = ItemLedgerEntry.objects.aggregate(total=Sum("value_entries__cost_amount_expected"))["total"]
    assert found["inventory_interim"] == expected
    assert found["inventory_accrual_interim"] == -57
    assert not ValuePosting.objects.exclude(expected=0).filter(value_entry__item_ledger_entry=done).exists()
    assert queue_open_expected_cost() == 0
    trade.invoice(partly)
    trade.invoice(shipment)
    adjust_costs()
    assert {name for name in balances() if "interim" in name} == set()


def test_off_and_on_again_ends_at_nothing(trade: Trade) -> None:
    """Rows that were passed over while it was off are brought in, each once."""
    trade.switch(True)
    first = trade.receive("10", "3")
    balances()
    trade.switch(False)
    second = trade.receive("10", "4")
    trade.invoice(first, "5")
    trade.invoice(second, "5")
    assert balances()["inventory_interim"] == 15
    trade.switch(True)
    assert balances()["inventory_interim"] == 35
    trade.invoice(first)
    trade.invoice(second)
    assert balances() == {"inventory": 70, "direct_cost_applied": -70}


def test_expected_output_is_work_in_process(trade: Trade) -> None:
    trade.switch(True)
    order = ("production", "P1", 10000)
    trade.company.change(trade.item, costing_method="standard", standard_cost=Decimal(6))
    trade.move("output", "5", order_key=order, produces=trade.item.pk)
    assert balances() == {"inventory_interim": 30, "wip": -30}


def test_what_waits_for_an_account_waits_whole(trade: Trade) -> None:
    """An invoice row whose interim account is gone keeps its actual cost back as well."""
    trade.switch(True)
    receipt = trade.receive("1", "5")
    balances()
    trade.invoice(receipt)
    setup = InventoryPostingSetup.objects.get(location=trade.company.blank)
    account = setup.inventory_interim_account
    trade.company.change(setup, inventory_interim_account=None)
    posted = post_costs_to_gl()
    assert posted.value_entries == 0
    (reason,) = posted.left.values()
    assert "inventory interim account" in reason
    trade.company.change(setup, inventory_interim_account=account)
    assert balances() == {"inventory": 5, "direct_cost_applied": -5}
