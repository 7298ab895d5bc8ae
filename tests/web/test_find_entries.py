"""From a number to every list that knows it."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ledger.models import GLEntry, ItemLedgerEntry, ValueEntry
from tests.factories import Company
from work.queue import drain

pytestmark = pytest.mark.django_db
Sign = Callable[[str], Client]


def related(client: Client, **typed: str) -> dict[str, Any]:
    answer = client.get("/find-entries/", typed)
    assert answer.status_code == 200, answer.content
    return {each.title: each for each in answer.context["answer"].related}


def test_a_document_leads_to_every_list_that_knows_it(traded: Company, as_role: Sign) -> None:
    client = as_role("inventory accountant")
    number = ItemLedgerEntry.objects.values_list("document_number", flat=True)[0]
    found = related(client, document_number=number)
    assert {title: each.count for title, each in found.items()} == {
        "Item ledger entries": ItemLedgerEntry.objects.filter(document_number=number).count(),
        "Value entries": ValueEntry.objects.filter(document_number=number).count(),
        "G/L entries": GLEntry.objects.filter(document_number=number).count(),
    }


def test_the_list_behind_a_count_holds_just_as_many_rows(traded: Company, as_role: Sign) -> None:
    client = as_role("inventory accountant")
    number = ItemLedgerEntry.objects.values_list("document_number", flat=True)[0]
    for each in related(client, document_number=number, posting_date="2020-01-01..2040-01-01").values():
        assert set(parse_qs(urlsplit(each.url).query)) == {"f.document_number", "f.posting_date"}
        rows = client.get(each.url).context["rows"]
        assert len(rows) == each.count


def test_lists_without_such_a_column_are_left_out(company: Company, as_role: Sign) -> None:
    company.line("purchase", company.item("LAMP"), 1, unit_amount="7")
    company.post()
    drain()
    found = related(as_role("inventory accountant"), external_document_number="''")
    assert list(found) == ["Item ledger entries"]


def test_amounts_need_the_right_to_see_costs(traded: Company, as_role: Sign) -> None:
    assert set(related(as_role("inventory accountant"), amount="70")) >= {"Item ledger entries", "Value entries"}
    assert related(as_role("warehouse worker"), amount="70") == {}
    assert as_role("").get("/find-entries/").status_code == 403


def test_what_is_not_understood_is_told_once(as_role: Sign) -> None:
    answer = as_role("inventory accountant").get("/find-entries/", {"posting_date": "<b>soon"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert page.count('role="alert"') == 1
    assert "&lt;b&gt;soon" in page


def test_it_says_so_where_nothing_belongs_and_where_nothing_was_typed(as_role: Sign) -> None:
    client = as_role("viewer")
    assert "Nothing belongs to that" in client.get("/find-entries/", {"document_number": "NONE"}).content.decode()
    assert "From a number" in client.get("/find-entries/", {"document_number": " \x00 "}).content.decode()


def test_it_asks_as_often_for_many_as_for_few(traded: Company, as_role: Sign) -> None:
    client = as_role("inventory accountant")

    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            related(client, document_number="*")
        return len(captured)

    few = statements()
    many = traded.item("MANY")
    for _ in range(30):
        traded.line("purchase", many, 1, unit_amount="5")
    traded.post()
    drain()
    assert statements() == few


def test_an_entry_leads_to_its_document(traded: Company, as_role: Sign) -> None:
    client = as_role("inventory accountant")
    entry = ItemLedgerEntry.objects.all()[0]
    page = client.get(f"/item-ledger-entries/{entry.pk}/").content.decode()
    assert f'href="/find-entries/?document_number={entry.document_number}"' in page
