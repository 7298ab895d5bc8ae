"""Worth reaches the general ledger once, balanced, and what lacks an account waits with its reason."""

from decimal import Decimal

import pytest
from django.db.models import Sum

from costing.gl_posting import post_costs_to_gl
from costing.models import CostToPost, InventoryPostingSetup
from ledger.models import GLEntry, ItemState
from tests.factories import Company
from work.queue import drain

pytestmark = pytest.mark.django_db


def test_inventory_in_the_gl_is_the_value_of_the_items(company: Company) -> None:
    bike = company.item("BIKE", "average")
    for quantity, cost in ((3, "10"), (7, "3.33")):
        company.line("purchase", bike, quantity, unit_amount=cost)
    company.line("sale", bike, 4)
    company.post()
    drain()
    account = InventoryPostingSetup.objects.get(location=company.blank).inventory_account
    value = ItemState.objects.get(pk=bike.pk).cost_amount_actual
    assert GLEntry.objects.filter(account=account).aggregate(total=Sum("amount"))["total"] == value == Decimal("31.99")
    assert GLEntry.objects.aggregate(total=Sum("amount"))["total"] == 0
    assert not CostToPost.objects.exists()
    assert post_costs_to_gl().register_id is None


def test_what_lacks_an_account_waits_and_says_why(company: Company) -> None:
    company.post(company.line("purchase", company.item("BIKE"), 1, unit_amount="5"))
    setup = InventoryPostingSetup.objects.get(location=company.blank)
    account = setup.inventory_account
    company.change(setup, inventory_account=None)
    assert post_costs_to_gl().left
    assert "inventory" in CostToPost.objects.get().failure
    company.change(setup, inventory_account=account)
    assert post_costs_to_gl().value_entries == 1
