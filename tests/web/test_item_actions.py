"""What is done with an item from its card, in the browser."""

from collections.abc import Callable

import pytest
from django.test import Client

from inventory.models import Item, ItemTemplate
from ledger.models import ItemLedgerEntry, ItemState
from tests.factories import Company

pytestmark = pytest.mark.django_db
Sign = Callable[[str], Client]
ACTIONS = ("copy", "template", "save-as-template", "inventory", "deletion")


@pytest.fixture
def manager(as_role: Sign) -> Client:
    return as_role("inventory manager")


def text(client: Client, url: str) -> str:
    return client.get(url, follow=True).content.decode()


def test_only_those_who_may_are_offered_and_let_in(as_role: Sign, company: Company) -> None:
    company.item("BIKE")
    viewer, manager = as_role("viewer"), as_role("inventory manager")
    for action in ACTIONS:
        assert f"/items/BIKE/{action}/" not in text(viewer, "/items/BIKE/")
        assert viewer.get(f"/items/BIKE/{action}/").status_code == 403
        assert f"/items/BIKE/{action}/" in text(manager, "/items/BIKE/")
        assert manager.get(f"/items/BIKE/{action}/").status_code == 200
        assert manager.get(f"/items/NONE/{action}/").status_code == 404


def test_copies_are_made_and_refused_at_their_field(manager: Client, company: Company) -> None:
    company.item("BIKE")
    wrong = manager.post("/items/BIKE/copy/", {"numbers": "TRIKE\nBIKE", "parts": ["units"]})
    assert wrong.status_code == 422
    assert "There is an item of that number already" in wrong.context["form"].errors["numbers"][0]
    assert Item.objects.count() == 1
    made = manager.post("/items/BIKE/copy/", {"numbers": "trike\n\nquad", "description": "More"})
    assert made["Location"] == "/items/TRIKE/"
    assert set(Item.objects.values_list("number", "description")) == {
        ("BIKE", "BIKE"),
        ("TRIKE", "More"),
        ("QUAD", "More"),
    }


def test_a_template_is_taken_and_applied(manager: Client, company: Company) -> None:
    company.item("BIKE", "average")
    lamp = company.item("LAMP")
    assert "There are no templates yet" in text(manager, "/items/LAMP/template/")
    assert manager.post("/items/BIKE/save-as-template/", {"code": "avg"}).status_code == 302
    assert manager.post("/items/BIKE/save-as-template/", {"code": "AVG"}).status_code == 422
    company.post(company.line("purchase", lamp, 1, unit_amount=5))
    words = manager.post("/items/LAMP/template/", {"template": "AVG"}, follow=True).content.decode()
    assert "was left as it is, since there are item ledger entries" in words
    lamp.refresh_from_db()
    assert (lamp.costing_method, ItemTemplate.objects.get().code) == ("fifo", "AVG")


def test_an_item_is_deleted_or_the_page_says_why_not(manager: Client, company: Company) -> None:
    company.item("BIKE")
    sold = company.item("SOLD")
    company.post(company.line("purchase", sold, 1, unit_amount=5))
    assert "Block it instead" in text(manager, "/items/SOLD/deletion/")
    assert manager.post("/items/SOLD/deletion/").status_code == 422
    assert "was deleted" in manager.post("/items/BIKE/deletion/", follow=True).content.decode()
    assert list(Item.objects.values_list("number", flat=True)) == ["SOLD"]


def counts(client: Client, **typed: str) -> dict[str, str]:
    """What the form sends: what was shown and what is typed by location code."""
    page = client.get("/items/BIKE/inventory/").context
    sent = {"posting_date": "2026-01-05", "document_number": "ADJ", "key": page["key"]}
    for place, row in enumerate(page["rows"]):
        sent |= {f"shown-{place}": row["shown"], f"wanted-{place}": typed.get(row["code"], "")}
    return sent


def test_inventory_is_brought_to_what_was_counted(manager: Client, company: Company) -> None:
    bike = company.item("BIKE")
    company.post(
        company.line("purchase", bike, 10, unit_amount=5, location=company.east),
        company.line("purchase", bike, 4, unit_amount=5, location=company.west),
    )
    sent = counts(manager, EAST="12.5", WEST="0")
    for _ in range(2):  # a second press of the same button posts nothing more
        assert manager.post("/items/BIKE/inventory/", sent).status_code == 302
    entries = ItemLedgerEntry.objects.order_by("pk").values_list("entry_type", "quantity", "location__code")
    assert list(entries)[2:] == [("positive_adjmt", 2.5, "EAST"), ("negative_adjmt", -4, "WEST")]
    assert ItemState.objects.get(pk=bike.pk).quantity == 12.5


def test_counts_that_are_wrong_or_late_are_told_at_their_line(manager: Client, company: Company) -> None:
    bike = company.item("BIKE")
    company.post(company.line("purchase", bike, 10, unit_amount=5, location=company.east))
    sent = counts(manager, EAST="9", WEST="x")
    assert "Type a number such as" in manager.post("/items/BIKE/inventory/", sent).content.decode()
    sent = counts(manager, EAST="9")
    company.post(company.line("sale", bike, 3, amount=20, location=company.east))
    late = manager.post("/items/BIKE/inventory/", sent)
    assert late.status_code == 422
    assert "On hand at EAST is now 7, not 10" in late.content.decode()
    nothing = manager.post("/items/BIKE/inventory/", counts(manager))
    assert (nothing.status_code, len(nothing.context["form"].non_field_errors())) == (422, 1)
    assert ItemLedgerEntry.objects.count() == 2


def test_goods_told_apart_are_not_counted_as_one(manager: Client, company: Company) -> None:
    company.item("BIKE", "specific")
    words = manager.post("/items/BIKE/inventory/", counts(manager, EAST="2")).content.decode()
    assert "has serial or lot numbers" in words
