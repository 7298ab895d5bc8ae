"""Copying, templates, deletion and adjusting inventory through the API."""

import pytest
from rest_framework.test import APIClient

from inventory.models import Item, ItemTemplate
from ledger.models import ItemLedgerEntry
from tests.api.conftest import Caller, codes
from tests.factories import Company

pytestmark = pytest.mark.django_db
BIKE = "/api/v1/items/BIKE/"
LOOK = ("inventory.view_item", "ledger.view_itemledgerentry")
ACTIONS = {
    "copies": ({"numbers": ["TRIKE"]}, "inventory.add_item"),
    "deletion": ({}, "inventory.delete_item"),
    "template": ({"template": "ALL"}, "inventory.change_item"),
    "save-as-template": ({"code": "ALL"}, "inventory.add_itemtemplate"),
    "inventory": ({"posting_date": "2026-01-05", "document_number": "A", "counts": []}, "posting.post_item_journal"),
}


def counted(on_hand: str, new: str, location: str = "EAST") -> dict[str, object]:
    counts = [{"location": location, "on_hand": on_hand, "new_inventory": new}]
    return {"posting_date": "2026-01-05", "document_number": "COUNT1", "counts": counts}


def test_an_item_is_copied_templated_and_deleted(everything: APIClient, company: Company) -> None:
    company.item("BIKE", "average")
    made = everything.post(f"{BIKE}copies/", {"numbers": ["TRIKE", "QUAD"], "parts": ["units"]}, format="json")
    assert made.status_code == 201, made.content
    assert [row["number"] for row in made.json()["items"]] == ["TRIKE", "QUAD"]
    saved = everything.post(f"{BIKE}save-as-template/", {"code": "avg"}, format="json")
    assert (saved.status_code, saved.json()["code"]) == (201, "AVG")
    company.item("LAMP", "fifo")
    applied = everything.post("/api/v1/items/LAMP/template/", {"template": "AVG"}, format="json")
    assert applied.json() == {"outcome": "changed", "skipped": {}}
    assert Item.objects.get(number="LAMP").costing_method == "average"
    assert everything.post("/api/v1/items/TRIKE/deletion/", {}, format="json").status_code == 204
    assert not Item.objects.filter(number="TRIKE").exists()
    assert ItemTemplate.objects.count() == 1


def test_what_is_refused_says_why(everything: APIClient, company: Company) -> None:
    bike = company.item("BIKE")
    company.post(company.line("purchase", bike, 3, unit_amount=5, location=company.east))
    assert codes(everything.post(f"{BIKE}deletion/", {}, format="json")) == ["item_has_entries"]
    assert codes(everything.post(f"{BIKE}copies/", {"numbers": ["bike"]}, format="json")) == ["already_exists"]
    assert codes(everything.post(f"{BIKE}template/", {"template": "NONE"}, format="json")) == ["not_found"]
    assert everything.post("/api/v1/items/NONE/copies/", {"numbers": [""]}, format="json").status_code == 404
    assert codes(everything.post(f"{BIKE}inventory/", counted("4", "5"), format="json")) == ["stock_changed"]
    assert codes(everything.post(f"{BIKE}inventory/", counted("3", "-1"), format="json")) == ["negative_not_allowed"]
    assert codes(everything.post(f"{BIKE}inventory/", counted("0", "5", "MOON"), format="json")) == ["not_found"]
    assert codes(everything.post(f"{BIKE}inventory/", counted("3", "3"), format="json")) == ["nothing_to_post"]
    assert ItemLedgerEntry.objects.count() == 1


def test_inventory_is_adjusted_once_for_a_key(everything: APIClient, company: Company) -> None:
    bike = company.item("BIKE")
    company.post(company.line("purchase", bike, 3, unit_amount=5, location=company.east))
    answers = [
        everything.post(f"{BIKE}inventory/", counted("3", "5"), format="json", headers={"Idempotency-Key": "one"})
        for _ in range(2)
    ]
    assert answers[0].status_code == 201, answers[0].content
    assert answers[0].json() == answers[1].json()
    entry = ItemLedgerEntry.objects.order_by("-pk")[0]
    assert (entry.entry_type, entry.quantity, entry.document_number) == ("positive_adjmt", 2, "COUNT1")
    assert ItemLedgerEntry.objects.count() == 2


@pytest.mark.parametrize("action", ACTIONS)
def test_each_needs_its_permission(caller: Caller, company: Company, action: str) -> None:
    company.item("BIKE")
    body, permission = ACTIONS[action]
    url = f"{BIKE}{action}/"
    refused = caller(*LOOK, "inventory.view_itemtemplate").post(url, body, format="json")
    assert codes(refused) == ["permission_denied"]
    allowed = caller(*LOOK, "inventory.view_itemtemplate", permission, username="ann").post(url, body, format="json")
    assert "permission_denied" not in (codes(allowed) if allowed.status_code >= 400 else ())
