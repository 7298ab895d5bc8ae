"""Journals through the API: bulk lines, check, preview, posting once."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from inventory.models import Item
from ledger.models import ItemLedgerEntry, ItemRegister
from posting.models import ItemJournalLine
from tests.api.conftest import COST, EDIT, POST, Caller, codes, fields
from tests.factories import Company

pytestmark = pytest.mark.django_db
BATCH = "/api/v1/journals/ITEM/DEFAULT/"
LINES = f"{BATCH}lines/"


@pytest.fixture
def bike(company: Company) -> Item:
    return company.item("BIKE")


def change(client: APIClient, *changes: dict[str, Any]) -> Any:
    return client.post(LINES, {"changes": list(changes)}, format="json")


def bought(row: str = "1", **values: Any) -> dict[str, Any]:
    return {"row": row, "values": {"item": "BIKE", "quantity": "2", "document_number": "D1", **values}}


PERMISSIONS = [
    ("get", "/api/v1/journals/", EDIT[0]),
    ("get", BATCH, EDIT[0]),
    ("put", BATCH, EDIT[1]),
    ("patch", BATCH, "posting.change_itemjournalbatch"),
    ("get", LINES, EDIT[2]),
    ("post", LINES, EDIT[2]),
    ("post", f"{BATCH}check/", EDIT[2]),
    ("post", f"{BATCH}preview/", EDIT[2]),
    ("post", f"{BATCH}posting/", POST),
    ("post", f"{BATCH}valid-posting/", POST),
]


@pytest.mark.parametrize(("method", "address", "permission"), PERMISSIONS)
def test_each_address_needs_its_permission(
    caller: Caller, bike: Item, company: Company, method: str, address: str, permission: str
) -> None:
    company.line("purchase", bike, 1)
    body: Any = {"changes": []} if address == LINES else {}
    others = sorted({*EDIT, POST} - {permission})
    refused = getattr(caller(*others), method)(address, None if method == "get" else body, format="json")
    assert (refused.status_code, codes(refused)) == (403, ["permission_denied"])
    allowed = getattr(caller(permission, username="carol"), method)(
        address, None if method == "get" else body, format="json"
    )
    assert allowed.status_code in (200, 201), allowed.content


def test_a_batch_is_opened_and_read(caller: Caller, company: Company) -> None:
    client = caller(*EDIT)
    assert client.get("/api/v1/journals/item/alice/").status_code == 404
    opened = client.put("/api/v1/journals/item/alice/").json()
    assert (opened["template"], opened["name"], opened["journal_type"], opened["line_count"]) == (
        "ITEM", "ALICE", "item", 0,
    )  # fmt: skip
    assert client.get("/api/v1/journals/ITEM/ALICE/").json() == opened
    listed = client.get("/api/v1/journals/").json()["results"]
    assert [(t["name"], [b["name"] for b in t["batches"]]) for t in listed] == [
        ("ITEM", ["ALICE", "DEFAULT"]), ("RECLASS", ["DEFAULT"]),
    ]  # fmt: skip
    assert codes(client.put("/api/v1/journals/NONE/A/")) == ["not_found"]
    assert codes(client.put("/api/v1/journals/ITEM/TOOLONGANAME/")) == ["name_not_allowed"]


def test_a_batch_gets_a_number_series(everything: APIClient, company: Company) -> None:
    everything.post("/api/v1/number-series/", {"code": "IJ"}, format="json")
    changed = everything.patch(BATCH, {"number_series": "ij", "reason_code": "X"}, format="json")
    assert (changed.json()["number_series"], changed.json()["reason_code"]) == ("IJ", "X")
    assert fields(everything.patch(BATCH, {"number_series": "NONE"}, format="json")) == {"number_series": "not_found"}
    assert fields(everything.patch(BATCH, {"name": "OTHER"}, format="json")) == {"name": "read_only"}


def test_lines_are_typed_read_and_posted(caller: Caller, bike: Item) -> None:
    client = caller(*EDIT, POST, COST)
    saved = change(client, bought(unit_amount="7,50"), bought("2", quantity="x")).json()["lines"]
    assert [line["row"] for line in saved] == ["1", "2"]
    assert saved[0]["values"]["unit_amount"] == "7.5"
    assert saved[1]["unread"] == {"quantity": "x"}
    assert saved[1]["errors"][0]["row"] == "2"
    page = client.get(LINES, {"limit": 1}).json()
    assert ([line["id"] for line in page["results"]], page["next_after"]) == ([saved[0]["id"]], 10000)
    rest = client.get(LINES, {"after": page["next_after"]}).json()
    assert ([line["id"] for line in rest["results"]], rest["next_after"]) == ([saved[1]["id"]], None)
    versions = {"lines": [{"id": saved[0]["id"], "version": saved[0]["version"]}]}
    assert client.post(f"{BATCH}check/", versions, format="json").json() == {"errors": []}
    refused = client.post(f"{BATCH}posting/", {}, format="json")
    assert (refused.status_code, fields(refused)) == (422, {"quantity": "not_understood"})
    assert refused.json()["errors"][0]["line"] == saved[1]["id"]
    posted = client.post(f"{BATCH}posting/", versions, format="json")
    assert (posted.status_code, posted.json()["lines_posted"]) == (201, 1)
    assert ItemLedgerEntry.objects.get().quantity == 2


def test_the_valid_lines_are_posted(caller: Caller, bike: Item) -> None:
    client = caller(*EDIT, POST)
    change(client, bought(), bought("2", quantity="0"))
    checked = client.post(f"{BATCH}check/", {}, format="json").json()["errors"]
    assert [each["code"] for each in checked] == ["quantity_is_zero"]
    assert client.post(f"{BATCH}valid-posting/", {}, format="json").json()["lines_posted"] == 1
    assert ItemJournalLine.objects.count() == 1


def test_a_stale_line_is_neither_changed_nor_posted(caller: Caller, bike: Item) -> None:
    client = caller(*EDIT, POST)
    (line,) = change(client, bought()).json()["lines"]
    again = {"row": "1", "id": line["id"], "version": 9, "values": {"quantity": "5"}}
    (answer,) = change(client, again).json()["lines"]
    assert (answer["errors"][0]["code"], answer["saved"], answer["values"]["quantity"]) == ("line_changed", False, "2")
    response = client.post(f"{BATCH}posting/", {"lines": [{"id": line["id"], "version": 9}]}, format="json")
    assert (response.status_code, codes(response)) == (409, ["line_changed"])
    assert not ItemRegister.objects.exists()


def test_the_same_key_posts_once_and_another_body_is_refused(caller: Caller, bike: Item) -> None:
    client = caller(*EDIT, POST)
    (line, _) = change(client, bought(), bought("2")).json()["lines"]
    body = {"lines": [{"id": line["id"], "version": 1}]}
    first, second = (
        client.post(f"{BATCH}posting/", body, format="json", headers={"Idempotency-Key": "k"}) for _ in range(2)
    )
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert ("Idempotency-Hit" in first, second.get("Idempotency-Hit")) == (False, "1")
    other = client.post(f"{BATCH}posting/", {}, format="json", headers={"Idempotency-Key": "k"})
    assert (other.status_code, codes(other)) == (409, ["key_reused"])
    verb = client.post(f"{BATCH}valid-posting/", body, format="json", headers={"Idempotency-Key": "k"})
    assert (verb.status_code, codes(verb)) == (409, ["key_reused"])
    assert ItemRegister.objects.count() == 1


@pytest.mark.parametrize("key", [" ", "x" * 201, "a\tb"])
def test_what_is_no_key(caller: Caller, bike: Item, key: str) -> None:
    response = caller(POST).post(f"{BATCH}posting/", {}, format="json", headers={"Idempotency-Key": key})
    assert (response.status_code, fields(response)) == (400, {"Idempotency-Key": "not_understood"})


def test_costs_are_absent_without_the_permission(caller: Caller, bike: Item) -> None:
    seeing, blind = caller(*EDIT, COST), caller(*EDIT, username="eve")
    change(seeing, bought(unit_amount="7"), bought("2", entry_type="sale", unit_amount="9", quantity="1"))
    purchase, sale = blind.get(LINES).json()["results"]
    for line in (purchase, sale):
        assert "default_unit_cost" not in line
        assert "unit_cost" not in line["values"]
    assert "unit_amount" not in purchase["values"]
    assert sale["values"]["unit_amount"] == "9"
    (answer,) = change(blind, bought("3", entry_type="purchase", unit_amount="1")).json()["lines"]
    assert [(each["code"], each["field"]) for each in answer["errors"]] == [("permission_denied", "unit_amount")]
    shown = blind.post(f"{BATCH}preview/", {}, format="json").json()
    assert shown.keys() == {"item_entries", "items"}
    assert shown["items"][0] == {"item": "BIKE", "quantity": "3"}
    whole = seeing.post(f"{BATCH}preview/", {}, format="json").json()
    assert {"value_entries", "gl_entries", "left"} <= whole.keys()
    assert whole["items"][0]["unit_cost"]
    assert not ItemRegister.objects.exists()


def test_posting_is_as_right_without_the_permission(caller: Caller, bike: Item) -> None:
    change(caller(*EDIT, COST), bought(unit_amount="7"))
    caller(POST, username="eve").post(f"{BATCH}posting/", {}, format="json")
    assert ItemLedgerEntry.objects.get().value_entries.get().cost_amount_actual == 14


WRONG: dict[str, tuple[Any, str, str]] = {
    "no row": ({"values": {}}, "changes.0.row", "required"),
    "a typo": ({"row": "1", "valuse": {}}, "changes.0.valuse", "unknown_field"),
    "a number for text": ({"row": "1", "values": {"quantity": 5}}, "changes.0.values.quantity", "not_understood"),
    "a list for text": ({"row": "1", "values": {"quantity": ["5"]}}, "changes.0.values.quantity", "not_understood"),
    "nul": ({"row": "\x00"}, "changes.0.row", "null_characters_not_allowed"),
    "half a character": ({"row": "\ud800"}, "changes.0.row", "surrogate_characters_not_allowed"),
    "text for a number": ({"row": "1", "id": "x", "version": 1}, "changes.0.id", "not_understood"),
    "a huge number": ({"row": "1", "id": 10**30, "version": 1}, "changes.0.id", "max_value"),
    "no version": ({"row": "1", "id": 1}, "changes.0.version", "required"),
    "text for yes": ({"row": "1", "delete": "perhaps"}, "changes.0.delete", "not_understood"),
    "an essay": ({"row": "1", "values": {"description": "x" * 1001}}, "changes.0.values.description", "max_length"),
    "half a name": ({"row": "1", "\ud800": 1}, "changes.0.\ud800", "unknown_field"),
    "no object": ("1", "changes.0", "not_understood"),
}


@pytest.mark.parametrize("name", WRONG)
def test_changes_that_are_not_understood(caller: Caller, company: Company, name: str) -> None:
    body, field, code = WRONG[name]
    response = caller(*EDIT).post(LINES, json.dumps({"changes": [body]}), content_type="application/json")
    assert (response.status_code, fields(response)) == (400, {field: code})
    assert not ItemJournalLine.objects.exists()


def test_a_column_that_is_not_there_is_named(caller: Caller, bike: Item) -> None:
    (line,) = change(caller(*EDIT), bought(quantiy="3")).json()["lines"]
    assert [(each["code"], each["field"]) for each in line["errors"]] == [("unknown_field", "quantiy")]


def test_ten_thousand_changes_are_refused(caller: Caller, company: Company) -> None:
    response = change(caller(*EDIT), *({"row": str(number)} for number in range(10_000)))
    assert (response.status_code, fields(response)) == (400, {"changes": "max_length"})
    assert not ItemJournalLine.objects.exists()


@pytest.mark.parametrize(
    "asked", [{"limit": "0"}, {"limit": "1001"}, {"limit": "x"}, {"after": "9" * 30}, {"form": "1"}]
)
def test_pages_that_cannot_be(caller: Caller, company: Company, asked: dict[str, str]) -> None:
    assert caller(*EDIT).get(LINES, asked).status_code == 400


def test_the_number_of_statements_does_not_grow(caller: Caller, company: Company) -> None:
    client, counts = caller(*EDIT, POST), []
    for size in (3, 300):
        made = []
        for number in range(size):
            company.item(f"I{size}-{number}")
            made.append({"row": str(number), "values": {"item": f"I{size}-{number}", "quantity": "1"}})
        client.get(LINES)  # what the user may do is read once
        with CaptureQueriesContext(connection) as statements:
            assert change(client, *made).status_code == 200
        with CaptureQueriesContext(connection) as reading:
            client.get(LINES, {"limit": 1000})
        counts.append((len(statements), len(reading)))
    assert counts[0] == counts[1]


@pytest.mark.django_db(transaction=True)
def test_an_item_that_is_held_by_another_posting_is_busy(
    everything: APIClient, bike: Item, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.locks.LOCK_TIMEOUT", "200ms")
    change(everything, bought())
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT FROM ledger_itemstate WHERE item_id = %s FOR UPDATE", [bike.pk])
        response = everything.post(f"{BATCH}posting/", {}, format="json")
        assert (response.status_code, codes(response)) == (409, ["item_busy"])
    finally:
        other.rollback()
        other.close()
    assert everything.post(f"{BATCH}posting/", {}, format="json").status_code == 201
