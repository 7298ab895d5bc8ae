"""What the palette finds for whom."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ledger.models import ItemLedgerEntry
from posting.models import ItemJournalBatch, ItemJournalTemplate
from tests.factories import Company
from web.palette import WORDS
from web.shell import MENU

pytestmark = pytest.mark.django_db
Sign = Callable[[str], Client]


def found(client: Client, typed: str, at: str = "/") -> dict[str, list[Any]]:
    answer = client.get("/palette/", {"q": typed, "at": at})
    assert answer.status_code == 200
    return {str(group.title): group.hits for group in answer.context["found"]}


def labels(client: Client, typed: str, at: str = "/") -> list[str]:
    return [hit.label for hits in found(client, typed, at).values() for hit in hits]


def test_one_has_to_sign_in(client: Client) -> None:
    assert client.get("/palette/").status_code == 302


def test_every_page_of_the_menu_has_other_words() -> None:
    assert {entry.name for group in MENU for entry in group.entries} == WORDS.keys()


def test_pages_are_found_by_name_by_other_words_and_with_a_typing_error(as_role: Sign) -> None:
    client = as_role("inventory manager")
    assert labels(client, "item reg")[0] == "Item registers"
    assert "Item ledger entries" in labels(client, "movements")
    assert "Item ledger entries" in labels(client, "moevments")
    assert labels(client, "qqqq") == []
    assert "Nothing is called “&lt;b&gt;”" in client.get("/palette/", {"q": "<b>"}).content.decode()


def test_nothing_typed_shows_where_one_can_go(as_role: Sign) -> None:
    assert list(found(as_role("viewer"), "")) == ["Actions", "Pages"]


@pytest.mark.parametrize("role", ["", "viewer", "warehouse worker", "purchaser", "inventory accountant"])
def test_everything_found_opens_for_who_found_it(traded: Company, as_role: Sign, role: str) -> None:
    client = as_role(role)
    item = ItemLedgerEntry.objects.first()
    assert item is not None
    addresses = {
        hit.url
        for typed in ("", "bike", "e", "a", "o", item.document_number, str(item.pk))
        for hits in found(client, typed, "/items/BIKE/").values()
        for hit in hits
    }
    assert len(addresses) > 2
    for address in addresses:
        assert client.get(address).status_code == 200, address


def test_what_one_may_not_see_is_not_found(traded: Company, as_role: Sign) -> None:
    client = as_role("")
    assert set(found(client, "bike")) <= {"Pages", "Actions"}
    assert "G/L accounts" not in found(as_role("warehouse worker"), "inventory")


def test_actions_are_about_the_item_that_is_open(traded: Company, as_role: Sign) -> None:
    client = as_role("inventory manager")
    assert "Copy BIKE" in labels(client, "copy", "/items/BIKE/")
    assert "Copy BIKE" in labels(client, "copy", "/items/BIKE/history/?page=2")
    assert labels(client, "copy bike") == []
    assert "Copy BIKE" not in labels(as_role("viewer"), "copy", "/items/BIKE/")


def test_records_by_number_words_and_document(traded: Company, as_role: Sign) -> None:
    client = as_role("inventory accountant")
    entry = ItemLedgerEntry.objects.select_related("item").first()
    assert entry is not None
    assert found(client, "bike")["Items"][0].url == "/items/BIKE/"
    (document,) = (hit for hit in found(client, entry.document_number.lower())["Documents"])
    assert entry.item.number in client.get(document.url).content.decode()
    assert f"Item ledger entry {entry.pk}" in labels(client, str(entry.pk))
    assert labels(client, str(2**70)) == []
    assert found(client, "1")["G/L accounts"]


def test_an_item_of_just_that_number_comes_first(traded: Company, as_role: Sign) -> None:
    traded.item("JOBS")
    assert labels(as_role("inventory manager"), "jobs")[:1] == ["JOBS"]


def test_it_asks_as_often_for_many_as_for_few(traded: Company, as_role: Sign) -> None:
    client = as_role("inventory accountant")

    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert found(client, "b", "/items/BIKE/")
        return len(captured)

    few = statements()
    template = ItemJournalTemplate.objects.get(name="ITEM")
    ItemJournalBatch.objects.bulk_create(ItemJournalBatch(template=template, name=f"B{n}") for n in range(30))
    for number in range(30):
        traded.item(f"B{number}")
    assert statements() == few <= 10


def test_strange_input_finds_nothing_and_breaks_nothing(as_role: Sign) -> None:
    client = as_role("inventory accountant")
    for typed in ("\x00", "%", "_", "'; --", "x" * 5000, "٣", "1e5", "🚲 🚲"):
        assert client.get("/palette/", {"q": typed, "at": "//[bad"}).status_code == 200


def test_every_page_opens_it(traded: Company, as_role: Sign) -> None:
    page = as_role("viewer").get("/").content.decode()
    assert 'data-do="palette"' in page
    assert 'data-from="/palette/"' in page
