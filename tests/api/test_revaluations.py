"""Revaluations by programs: proposing, posting, who may, what is refused and where."""

from datetime import date
from typing import Any

import pytest
from rest_framework.test import APIClient

from inventory.models import Item, Variant
from ledger.models import ItemLedgerEntry, ItemRegister, ValueEntry
from tests.api.conftest import COST, Caller, codes, fields
from tests.factories import Company
from users.history import acting

pytestmark = pytest.mark.django_db

REVALUE = "posting.post_revaluation"
ADDRESS = "/api/v1/revaluations/"
ITEM = {"mode": "item", "item": "bike", "posting_date": "2026-03-01", "document_number": "r1", "new_unit_cost": "12"}


@pytest.fixture
def client(caller: Caller, company: Company) -> APIClient:
    """Somebody who may revalue, where six bikes at 10 are on hand and two of them left."""
    bike = company.item("BIKE")
    company.post(company.line("purchase", bike, 6, unit_amount="10"))
    company.post(company.line("sale", bike, 2))
    return caller(REVALUE, COST)


def post(client: APIClient, *lines: dict[str, Any], **headers: str) -> Any:
    return client.post(ADDRESS, {"lines": list(lines)}, format="json", headers=headers)


def test_a_proposal_says_what_goods_are_carried_at(client: APIClient) -> None:
    shown = client.get(f"{ADDRESS}proposal/", {"item": "bike", "posting_date": "2026-03-01"})
    entry = ItemLedgerEntry.objects.earliest("id").pk
    assert shown.json() == {
        "quantity": "4",
        "calculated": "40",
        "entries": [{"entry": entry, "quantity": "4", "carried_at": "40"}],
    }
    asked = {"item": "bike", "posting_date": "2026-03-01", "location": "EAST"}
    assert codes(client.get(f"{ADDRESS}proposal/", asked)) == ["nothing_to_revalue"]
    assert client.get(f"{ADDRESS}proposal/", {**asked, "location": ""}).json()["quantity"] == "4"


WRONG: dict[str, tuple[dict[str, str], int, dict[str | None, str]]] = {
    "no item": ({"posting_date": "2026-03-01"}, 400, {"item": "required"}),
    "no such item": ({"item": "CAR", "posting_date": "2026-03-01"}, 422, {"item": "not_found"}),
    "no date": ({"item": "BIKE", "posting_date": "2026-02-30"}, 400, {"posting_date": "not_understood"}),
    "a typo": ({"item": "BIKE", "posting_date": "2026-03-01", "place": "X"}, 400, {"place": "unknown_filter"}),
    "no such variant": (
        {"item": "BIKE", "posting_date": "2026-03-01", "variant": "RED"}, 422, {"variant": "not_found"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_proposals_that_are_refused(client: APIClient, name: str) -> None:
    asked, status, found = WRONG[name]
    response = client.get(f"{ADDRESS}proposal/", asked)
    assert (response.status_code, fields(response)) == (status, found)


def test_lines_are_posted_once_under_one_register(client: APIClient, company: Company) -> None:
    company.post(company.line("purchase", company.item("CAR"), 1, unit_amount="100"))
    car = ItemLedgerEntry.objects.latest("id").pk
    lines = [ITEM, {"mode": "entry", "entry": car, "document_number": "R1", "new_value": "90.5"}]
    done = post(client, *lines, **{"Idempotency-Key": "k1"})
    register = ItemRegister.objects.latest("id")
    assert (done.status_code, done.json()) == (
        201,
        {"register_id": register.pk, "lines_posted": 2, "item_entries": 0, "value_entries": 2,
         "document_numbers": ["R1"]},
    )  # fmt: skip
    assert (register.source_code, register.user.username) == ("revaluation", "bob")
    again = post(client, *lines, **{"Idempotency-Key": "k1"})
    assert (again.json(), again["Idempotency-Hit"]) == (done.json(), "1")
    other = post(client, ITEM, **{"Idempotency-Key": "k1"})
    assert (other.status_code, codes(other)) == (409, ["key_reused"])
    written = ValueEntry.objects.filter(entry_type="revaluation").order_by("id")
    assert [str(row.cost_amount_actual) for row in written] == ["8.00", "-9.50"]


def test_all_lines_are_refused_together(client: APIClient) -> None:
    sale = ItemLedgerEntry.objects.latest("id").pk
    response = post(client, {**ITEM, "posting_date": "2025-01-01"}, {"mode": "entry", "entry": sale,
                    "document_number": "R1", "delta": "1"}, {**ITEM, "new_value": "5"})  # fmt: skip
    assert response.status_code == 422
    assert [(each["line"], each["code"]) for each in response.json()["errors"]] == [
        (3, "one_worth_only"), (1, "nothing_to_revalue"), (2, "entry_not_revaluable")
    ]  # fmt: skip
    unknown = post(client, {**ITEM, "item": "CAR"}, ITEM, {**ITEM, "location": "NOWHERE"})
    assert [(each["line"], each["code"], each["field"]) for each in unknown.json()["errors"]] == [
        (1, "not_found", "item"), (3, "not_found", "location")
    ]  # fmt: skip
    assert not ValueEntry.objects.filter(entry_type="revaluation").exists()


SHAPES: dict[str, tuple[dict[str, Any], dict[str | None, str]]] = {
    "an item and an entry": ({"entry": 1}, {"lines.0.entry": "not_understood"}),
    "an entry and an item": (
        {"mode": "remaining"}, {"lines.0.entry": "required", "lines.0.item": "not_understood"},
    ),
    "another mode": ({"mode": "all"}, {"lines.0.mode": "invalid_choice"}),
    "a number": ({"new_unit_cost": 1.5}, {"lines.0.new_unit_cost": "not_understood"}),
    "a fraction of a cent": ({"delta": "1.005"}, {"lines.0.delta": "max_decimal_places"}),
    "a typo": ({"new_cost": "1"}, {"lines.0.new_cost": "unknown_field"}),
}  # fmt: skip


@pytest.mark.parametrize("name", SHAPES)
def test_lines_that_are_not_understood(client: APIClient, name: str) -> None:
    change, found = SHAPES[name]
    response = post(client, {**ITEM, **change})
    assert (response.status_code, fields(response)) == (400, found)


def test_who_may(client: APIClient, caller: Caller, company: Company) -> None:
    for names in ((REVALUE,), (COST,)):
        somebody = caller(*names, username=names[0])
        assert post(somebody, ITEM).status_code == 403
        assert somebody.get(f"{ADDRESS}proposal/", {"item": "BIKE", "posting_date": "2026-03-01"}).status_code == 403
    company.change(Item.objects.get(number="BIKE"), costing_method="fifo")
    standard = {**ITEM, "update_standard_cost": True}
    refused = post(client, standard)
    assert (refused.status_code, codes(refused)) == (403, ["permission_denied"])
    assert codes(post(caller("inventory.implement_standard_cost"), standard)) == ["standard_cost_only"]


def test_goods_of_one_variant_at_one_place(client: APIClient, company: Company) -> None:
    bike = Item.objects.get(number="BIKE")
    with acting(company.user, "test"):
        red = Variant.objects.create(item=bike, code="RED")
    for place in (company.east, company.west):
        company.post(company.line("purchase", bike, 2, unit_amount="10", location=place, variant=red))
    assert post(client, {**ITEM, "location": "east", "variant": "red"}).status_code == 201
    row = ValueEntry.objects.get(entry_type="revaluation")
    assert (row.location, row.variant_key, str(row.cost_amount_actual)) == (company.east, red.pk, "4.00")
    assert row.valuation_date == date(2026, 3, 1)


def test_what_keeps_a_period_open_is_told(caller: Caller, client: APIClient, company: Company) -> None:
    address = "/api/v1/inventory-periods/2026-01-31/check/"
    assert client.post(address).status_code == 403
    accountant = caller("ledger.add_inventoryperiod", username="ann")
    answer = accountant.post(address)
    assert (answer.status_code, codes(answer)) == (200, ["unadjusted_entries"])
    assert accountant.post("/api/v1/inventory-periods/2025-12-31/check/").json() == {"errors": []}
    assert accountant.post("/api/v1/inventory-periods/2025-12-32/check/").status_code == 404
