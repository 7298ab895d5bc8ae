"""A fresh company can post at once, and a second call changes nothing."""

from datetime import date

import pytest
from django.core.management import call_command

from costing.models import GeneralPostingSetup, InventoryPostingSetup
from inventory.items import ItemChange, save_items
from inventory.models import InventorySetup, ItemTrackingCode, Location
from ledger.models import GLAccount
from posting.edit import LineChange, edit_lines, open_batch
from posting.journals import post_journal
from users.history import acting
from users.models import User
from work.queue import drain

pytestmark = pytest.mark.django_db


def test_a_fresh_company_can_post(alice: User) -> None:
    call_command("start_company", "Alder Cycles", verbosity=0)
    values = {"description": "Bike", "base_unit": "PCS", "gen_product_posting_group": "RETAIL"}
    save_items([ItemChange(1, "BIKE", {**values, "inventory_posting_group": "RESALE"})], user=alice, reason="test")
    batch = open_batch("ITEM", "DEFAULT", alice)
    cells = {"item": "BIKE", "quantity": "2", "unit_amount": "7", "document_number": "P1", "posting_date": "2026-01-05"}
    edit_lines(batch.pk, [LineChange("1", cells)], user=alice, work_date=date(2026, 1, 5))
    assert post_journal(batch.pk, posted_by=alice).item_entries == 1
    drain()
    assert InventorySetup.objects.get().company_name == "Alder Cycles"


def test_a_second_call_brings_only_what_is_missing(alice: User) -> None:
    call_command("start_company", "Alder Cycles", verbosity=0)
    with acting(alice, "test"):
        GLAccount.objects.filter(number="2110").update(name="Goods")
        Location.objects.create(code="EAST")
    models = (GLAccount, GeneralPostingSetup, ItemTrackingCode)
    counts = [model.objects.count() for model in models]
    call_command("start_company", verbosity=0)
    assert [model.objects.count() for model in models] == counts
    assert GLAccount.objects.get(number="2110").name == "Goods"
    assert InventorySetup.objects.get().company_name == "Alder Cycles"
    assert InventoryPostingSetup.objects.filter(location__code="EAST").exists()
