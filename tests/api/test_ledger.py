"""The book through the API: read only, with filters, costs only for those who may see them; reversal and runs."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from inventory.models import Item
from ledger.models import GLEntry, ItemLedgerEntry, ItemRegister, ValueEntry
from tests.api.conftest import COST, Caller, codes, fields
from tests.factories import Company
from work.models import Job
from work.queue import drain

pytestmark = pytest.mark.django_db
BASE = "/api/v1"
NEEDED: dict[str, tuple[str, ...]] = {
    "item-ledger-entries": ("ledger.view_itemledgerentry",),
    "value-entries": ("ledger.view_valueentry", COST),
    "item-application-entries": ("ledger.view_itemapplicationentry",),
    "item-registers": ("ledger.view_itemregister",),
    "gl-entries": ("ledger.view_glentry", COST),
    "gl-registers": ("ledger.view_glregister",),
    "gl-accounts": ("ledger.view_glaccount",),
}
EVERY = {name for names in NEEDED.values() for name in names}


@pytest.fixture
def bike(company: Company) -> Item:
    """Ten bought at 7, three sold for 60, all in the G/L."""
    bike = company.item("BIKE")
    company.line("purchase", bike, 10, unit_amount="7", location=company.east)
    company.line("sale", bike, 3, amount="60", location=company.east)
    company.post()
    drain()
    return bike


def rows(client: APIClient, name: str, **asked: Any) -> list[dict[str, Any]]:
    response = client.get(f"{BASE}/{name}/", asked)
    assert response.status_code == 200, response.content
    found: list[dict[str, Any]] = response.json()["results"]
    return found


@pytest.mark.parametrize("name", NEEDED)
def test_each_list_needs_its_permissions(caller: Caller, bike: Item, name: str) -> None:
    for place, missing in enumerate(NEEDED[name]):
        refused = caller(*(EVERY - {missing}), username=f"no{place}").get(f"{BASE}/{name}/")
        assert (refused.status_code, codes(refused)) == (403, ["permission_denied"])
    client = caller(*NEEDED[name], username="yes")
    found = rows(client, name)
    assert found
    key = found[0].get("id") or found[0]["number"]
    assert client.get(f"{BASE}/{name}/{key}/").json() == found[0]


@pytest.mark.parametrize("name", [name for name in NEEDED if name != "gl-accounts"])
def test_the_book_is_read_only(everything: APIClient, bike: Item, name: str) -> None:
    key = rows(everything, name)[0]["id"]
    for method in ("post", "put", "patch", "delete"):
        for address in (f"{BASE}/{name}/", f"{BASE}/{name}/{key}/"):
            assert getattr(everything, method)(address, {}, format="json").status_code == 405


def test_entries_with_what_is_left_and_what_it_cost(everything: APIClient, caller: Caller, bike: Item) -> None:
    sale, purchase = rows(everything, "item-ledger-entries")
    assert (purchase["item"], purchase["location"], purchase["quantity"], purchase["remaining_quantity"]) == (
        "BIKE", "EAST", "10", "7",
    )  # fmt: skip
    assert (sale["cost_amount_actual"], sale["sales_amount_actual"], sale["quantity"]) == ("-21", "60", "-3")
    blind = rows(caller("ledger.view_itemledgerentry"), "item-ledger-entries")[0]
    assert sale.keys() - blind.keys() == {"cost_amount_actual", "cost_amount_expected"}


def test_from_a_balance_to_the_entries_behind_it(everything: APIClient, caller: Caller, bike: Item) -> None:
    account = next(row for row in rows(everything, "gl-accounts") if row["balance"] == "49")
    entries = rows(everything, "gl-entries", account=account["number"])
    assert sorted(entry["amount"] for entry in entries) == ["-21", "70"]
    (behind,) = rows(everything, "value-entries", gl_entry=entries[-1]["id"])
    assert (behind["item"], behind["cost_amount_actual"], behind["cost_posted_to_gl"]) == ("BIKE", "70", "70")
    assert "balance" not in rows(caller("ledger.view_glaccount"), "gl-accounts")[0]


FILTERS: list[tuple[str, dict[str, Any], int]] = [
    ("item-ledger-entries", {"entry_type": "sale"}, 1), ("item-ledger-entries", {"open": "true"}, 1),
    ("item-ledger-entries", {"item": "CAR"}, 0), ("item-ledger-entries", {"posting_date_from": "2026-01-06"}, 0),
    ("item-ledger-entries", {"entry_type": ["sale", "purchase"]}, 2), ("value-entries", {"location": "EAST"}, 2),
    ("value-entries", {"adjustment": "true"}, 0), ("item-application-entries", {"effective": "false"}, 0),
    ("item-registers", {"item": "bike"}, 1), ("item-registers", {"source_code": "reversal"}, 0),
    ("gl-entries", {"item": "BIKE"}, 4), ("gl-entries", {"document_number": "NONE"}, 0),
    ("gl-registers", {"user": "nobody"}, 0), ("gl-accounts", {"number": "1*", "kind": "income"}, 0),
]  # fmt: skip


@pytest.mark.parametrize(("name", "asked", "count"), FILTERS)
def test_lists_are_narrowed(everything: APIClient, bike: Item, name: str, asked: dict[str, Any], count: int) -> None:
    assert len(rows(everything, name, **asked)) == count


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"itme": "BIKE"}, "unknown_filter"), ({"register": "9" * 30}, "max_value"), ({"entry_type": "gift"}, None),
        ({"posting_date_to": "soon"}, "not_understood"), ({"item": "\x00"}, "null_characters_not_allowed"),
        ({"limit": "1e3"}, "not_understood"), ({"cursor": "nonsense"}, "not_understood"),
    ],
)  # fmt: skip
def test_filters_that_mean_nothing(everything: APIClient, bike: Item, asked: dict[str, str], code: str | None) -> None:
    response = everything.get(f"{BASE}/item-ledger-entries/", asked)
    assert response.status_code == 400
    assert list(fields(response)) == list(asked)
    assert code is None or codes(response) == [code]


def test_pages_show_each_entry_once(everything: APIClient, company: Company, bike: Item) -> None:
    for _ in range(3):
        company.post(company.line("purchase", bike, 1))
    seen, address = [], f"{BASE}/item-ledger-entries/?limit=2"
    while address:
        page = everything.get(address).json()
        seen += [row["id"] for row in page["results"]]
        address = page["next"]
    assert seen == list(ItemLedgerEntry.objects.order_by("-id").values_list("id", flat=True))


def test_what_is_not_there(everything: APIClient, bike: Item) -> None:
    for address in ("item-ledger-entries/999999999", "item-ledger-entries/" + "9" * 30, "item-ledger-entries/x"):
        response = everything.get(f"{BASE}/{address}/")
        assert (response.status_code, codes(response)) == (404, ["not_found"])
    assert everything.post(f"{BASE}/item-registers/{'9' * 30}/reversal/").status_code == 404


def test_a_register_is_taken_back_once(caller: Caller, bike: Item) -> None:
    register = ItemRegister.objects.filter(source_code="item_journal").get()
    address = f"{BASE}/item-registers/{register.pk}/reversal/"
    assert codes(caller(*EVERY).post(address)) == ["permission_denied"]
    client = caller("posting.reverse_register", username="eve")
    assert fields(client.post(address, {"register": 1}, format="json")) == {"register": "unknown_field"}
    first, second = (client.post(address, {}, format="json", headers={"Idempotency-Key": "r"}) for _ in range(2))
    assert (first.status_code, first.json()["item_entries"]) == (201, 2)
    assert (second.json(), second["Idempotency-Hit"]) == (first.json(), "1")
    again = client.post(address)
    assert (again.status_code, codes(again)) == (422, ["already_reversed"])
    other = client.post(f"{BASE}/item-registers/999999/reversal/", headers={"Idempotency-Key": "r"})
    assert (other.status_code, codes(other)) == (409, ["key_reused"])
    missing = client.post(f"{BASE}/item-registers/999999/reversal/")
    assert (missing.status_code, codes(missing)) == (404, ["unknown_register"])


def test_costs_are_adjusted_and_posted_on_demand(caller: Caller, company: Company) -> None:
    bike = company.item("BIKE")
    company.post(company.line("sale", bike, 2))
    company.post(company.line("purchase", bike, 5, unit_amount="7"))
    adjust, post = f"{BASE}/cost-adjustment/", f"{BASE}/gl-posting/"
    assert codes(caller("costing.post_to_gl", username="a").post(adjust)) == ["permission_denied"]
    assert codes(caller("costing.adjust_cost", username="b").post(post)) == ["permission_denied"]
    adjusted = caller("costing.adjust_cost").post(adjust, {"items": ["bike"]}, format="json")
    assert adjusted.status_code == 201
    assert adjusted.json()["items"] == 1
    assert len(adjusted.json()["register_ids"]) == (adjusted.json()["value_entries"] > 0)
    posted = caller("costing.post_to_gl").post(post, {}, format="json")
    assert posted.status_code == 201
    assert posted.json()["value_entries"] == ValueEntry.objects.exclude(cost_amount_actual=0).count()
    assert posted.json()["gl_entries"] == GLEntry.objects.count() > 0
    assert caller("costing.post_to_gl").post(post, {}, format="json").json()["value_entries"] == 0


def test_what_lacks_an_account_stays_with_its_reason(everything: APIClient, company: Company) -> None:
    company.post(company.line("purchase", company.item("BIKE"), 1, unit_amount="5"))
    from costing.models import InventoryPostingSetup

    company.change(InventoryPostingSetup.objects.get(location=company.blank), inventory_account=None)
    (left,) = everything.post(f"{BASE}/gl-posting/").json()["left"]
    assert left["item"] == "BIKE"
    assert "inventory" in left["reason"]


@pytest.mark.parametrize("name", ["cost-adjustment", "gl-posting"])
def test_runs_that_are_not_understood(everything: APIClient, company: Company, name: str) -> None:
    for body, status, found in (
        ({"items": ["NONE"]}, 422, {"items": "not_found"}),
        ({"untill": "2026-01-01"}, 400, {"untill": "unknown_field"}),
        ({"until": "x"}, 400, {"until": "not_understood"}), ({"items": "BIKE"}, 400, {"items": "not_a_list"}),
    ):  # fmt: skip
        response = everything.post(f"{BASE}/{name}/", body, format="json")
        assert (response.status_code, fields(response)) == (status, found)
    response = everything.post(f"{BASE}/gl-posting/", {"method": "per_posting_group"}, format="json")
    assert response.status_code == 422


def test_jobs_are_ones_own(caller: Caller, company: Company) -> None:
    bob = caller()
    job = Job.objects.create(kind="x", title="Import", user_id=bob.handler._force_user.pk)
    assert [row["title"] for row in rows(bob, "jobs")] == ["Import"]
    assert bob.get(f"{BASE}/jobs/{job.pk}/").json()["state"] == "queued"
    assert rows(caller(username="eve"), "jobs") == []
    assert caller(username="eve").get(f"{BASE}/jobs/{job.pk}/").status_code == 404
    assert len(rows(caller("work.view_job", username="root"), "jobs", state="queued")) == 1


def test_lists_take_the_same_statements_for_3_and_30_rows(everything: APIClient, company: Company) -> None:
    counts = []
    for size in (3, 30):
        for number in range(size):
            item = company.item(f"I{size}-{number}")
            company.post(company.line("purchase", item, 5, unit_amount="7"))
            company.post(company.line("sale", item, 2))
            Job.objects.create(kind="x", title="t")
        drain()
        found = []
        for name in (*NEEDED, "jobs"):
            with CaptureQueriesContext(connection) as statements:
                rows(everything, name, limit=size)
            found.append(len(statements))
        counts.append(found)
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 2
