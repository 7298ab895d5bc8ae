"""The lists of the book: who may open them, that they add up, and that they cost the same for many rows."""

import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from costing.write import CAUSES
from ledger.models import GLAccount, GLEntry, ItemLedgerEntry, ItemRegister, ItemState, ValueEntry
from ledger.queries import gl_accounts
from tests.factories import Company
from web.lists import drill
from web.views.entries import why

pytestmark = pytest.mark.django_db
Sign = Callable[[str], Client]

LISTS = {
    "/item-ledger-entries/": False,
    "/value-entries/": True,
    "/item-application-entries/": False,
    "/item-registers/": False,
    "/gl-accounts/": True,
    "/gl-entries/": True,
    "/gl-registers/": True,
    "/costing/": True,
}


def test_whoever_is_not_signed_in_is_asked_to(client: Client) -> None:
    for path in LISTS:
        assert client.get(path).headers["Location"].startswith("/login/")


@pytest.mark.parametrize("path", LISTS)
def test_lists_open_for_the_accountant_and_cost_lists_for_nobody_without_costs(
    traded: Company, as_role: Sign, path: str
) -> None:
    assert as_role("inventory accountant").get(path).status_code == 200
    assert as_role("viewer").get(path).status_code == (403 if LISTS[path] else 200)
    assert as_role("").get(path).status_code == 403


@pytest.mark.parametrize("path", LISTS)
def test_lists_are_friendly_when_nothing_is_there(as_role: Sign, path: str) -> None:
    assert as_role("inventory manager").get(path).status_code == 200


def test_a_figure_and_the_rows_behind_it_are_equal(traded: Company, as_role: Sign) -> None:
    client = as_role("inventory accountant")
    bike = ItemState.objects.get(item__number="BIKE")
    on_hand = client.get(drill("item-ledger-entries", "on-hand", bike.quantity, item="BIKE")).content.decode()
    assert "7 = 7" in on_hand
    value = client.get(drill("value-entries", "inventory-value", bike.cost_amount_actual, item="BIKE"))
    assert "66.50 = 66.50" in value.content.decode()
    for account in gl_accounts().exclude(balance=0):
        page = client.get(drill("gl-entries", "balance", account.balance, account=account.number)).content.decode()
        assert "These rows add up to it" in page


def test_a_figure_that_has_changed_since_says_so(traded: Company, as_role: Sign) -> None:
    page = as_role("viewer").get(drill("item-ledger-entries", "on-hand", Decimal(6), item="BIKE")).content.decode()
    assert "It has changed since" in page


@pytest.mark.parametrize("value", ["NaN", "Infinity", "x", "", "1e999999", "<b>"])
def test_a_mangled_figure_is_left_out(traded: Company, as_role: Sign, value: str) -> None:
    answer = as_role("viewer").get("/item-ledger-entries/", {"item": "BIKE", "figure": "on-hand", "value": value})
    assert answer.status_code == 200
    assert answer.context["opened"] is None


def test_costs_are_nowhere_without_the_permission(traded: Company, as_role: Sign) -> None:
    client = as_role("viewer")
    issue = ItemLedgerEntry.objects.get(entry_type="sale")
    for path in ("/item-ledger-entries/", f"/item-ledger-entries/{issue.pk}/", f"/item-registers/{issue.register_id}/"):
        page = client.get(path).content.decode()
        assert "98.50" not in page
        assert ">Cost<" not in page
    assert "98.50" in as_role("inventory accountant").get(f"/item-ledger-entries/{issue.pk}/").content.decode()


def test_an_entry_says_where_it_came_from_and_went_to(traded: Company, as_role: Sign) -> None:
    client = as_role("inventory accountant")
    issue = ItemLedgerEntry.objects.get(entry_type="sale")
    answer = client.get(f"/item-ledger-entries/{issue.pk}/")
    assert [abs(link.quantity) for link in answer.context["sources"]] == [10, 3]
    receipt = ItemLedgerEntry.objects.filter(entry_type="purchase").order_by("pk")[0]
    assert "Went to" in client.get(f"/item-ledger-entries/{receipt.pk}/").content.decode()


def test_from_the_worth_to_the_general_ledger_and_back(traded: Company, as_role: Sign) -> None:
    client = as_role("inventory accountant")
    value = ValueEntry.objects.filter(item_ledger_entry_type="sale").order_by("pk")[0]
    page = client.get(f"/value-entries/{value.pk}/").content.decode()
    general = GLEntry.objects.filter(relations__value_entry=value)[0]
    assert f"/gl-entries/{general.pk}/" in page
    back = client.get(f"/gl-entries/{general.pk}/").content.decode()
    assert f"/value-entries/{value.pk}/" in back
    assert GLAccount.objects.get(pk=general.account_id).name in back


def test_every_cause_of_an_adjustment_has_words() -> None:
    causes = set(CAUSES.values())
    assert len({why(ValueEntry(cause=cause)) for cause in causes} - {""}) == len(causes)


def test_an_adjustment_says_why(traded: Company, as_role: Sign) -> None:
    adjustment = ValueEntry.objects.filter(adjustment=True)[0]
    page = as_role("inventory accountant").get(f"/value-entries/{adjustment.pk}/").content.decode()
    assert "Why this cost?" in page
    assert f"/value-entries/{adjustment.caused_by_value_entry_id}/" in page


@pytest.mark.parametrize("path", ["/item-ledger-entries/99999/", "/value-entries/99999/", "/gl-entries/99999/"])
def test_what_is_not_there_is_not_found(as_role: Sign, path: str) -> None:
    assert as_role("inventory manager").get(path).status_code == 404


@pytest.mark.parametrize(
    "query", ["posting_date_from=yesterday", "register=0", "entry_type=nonsense", "item_ledger_entry=9" + "9" * 40]
)
def test_a_filter_that_is_not_understood_is_named(as_role: Sign, query: str) -> None:
    path = "/value-entries/" if "ledger" in query else "/item-ledger-entries/"
    answer = as_role("inventory manager").get(f"{path}?{query}")
    assert answer.status_code == 400
    assert "was not understood" in answer.content.decode()


@pytest.mark.parametrize("query", ["after=x", "before=", "after=%00", f"after={10**30}", "before=-5"])
def test_a_mangled_position_does_no_harm(traded: Company, as_role: Sign, query: str) -> None:
    assert as_role("viewer").get(f"/item-ledger-entries/?{query}").status_code == 200


def _many(company: Company, number: int) -> None:
    item = company.item(f"MANY{number}")
    for _ in range(number):
        company.line("purchase", item, 1, unit_amount="2")
    company.post()


def test_pages_go_on_and_come_back(company: Company, as_role: Sign) -> None:
    _many(company, 120)
    client, seen, path = as_role("viewer"), [], "/item-ledger-entries/"
    while path:
        answer = client.get(path)
        seen += [row[0]["text"] for row in answer.context["rows"]]
        path = f"/item-ledger-entries/{answer.context['later']}" if answer.context["later"] else ""
    assert seen == sorted(seen, reverse=True)
    assert len(set(seen)) == 120
    back = client.get(f"/item-ledger-entries/{answer.context['earlier']}")
    assert [row[0]["text"] for row in back.context["rows"]] == seen[50:100]


@pytest.mark.parametrize("path", [path for path in LISTS if path != "/costing/"])
def test_lists_take_the_same_statements_for_many_rows(company: Company, as_role: Sign, path: str) -> None:
    client, counts = as_role("inventory accountant"), []
    for number in (3, 30):
        _many(company, number)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"{path}?item=MANY{number}" if "account" not in path else path).status_code in (200, 400)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_register_is_reversed_once_by_whoever_may(company: Company, as_role: Sign) -> None:
    answer = company.post(company.line("purchase", company.item("BIKE"), 5, unit_amount="4"))
    path = f"/item-registers/{answer.register_id}/"
    worker = as_role("warehouse worker")
    assert "reversal" not in worker.get(path).content.decode()
    assert worker.post(f"{path}reversal/").status_code == 403
    client = as_role("inventory manager")
    key = re.search(r'name="key" value="(\w+)"', client.get(path).content.decode())
    assert key is not None
    for _ in range(2):
        shown = client.post(f"{path}reversal/", {"key": key[1]}, follow=True).content.decode()
        assert f"Register {answer.register_id} was reversed: 1 entries" in shown
    assert ItemRegister.objects.filter(reverses=answer.register_id).count() == 1
    assert "was reversed already" in client.post(f"{path}reversal/", {"key": "other"}, follow=True).content.decode()


def test_what_people_type_is_text(company: Company, as_role: Sign) -> None:
    company.post(
        company.line("purchase", company.item("BIKE", unit_price=1), 1, description="x", document_number="<B>")
    )
    page = as_role("viewer").get("/item-ledger-entries/").content.decode()
    assert "&lt;B&gt;" in page
    assert "<B>" not in page


def test_a_filter_keeps_what_was_chosen(traded: Company, as_role: Sign) -> None:
    client = as_role("viewer")
    one = client.get("/item-ledger-entries/?entry_type=sale&open=false")
    assert [(chip.label, chip.words) for chip in one.context["shown_chips"]] == [("Entry type", "Sale"), ("Open", "No")]
    two = client.get("/item-ledger-entries/?entry_type=sale&entry_type=purchase")
    assert two.context["shown_chips"][0].words == "Sale, Purchase"
    assert {row[2]["text"] for row in two.context["rows"]} == {"Sale", "Purchase"}
