"""Look-ups answer what somebody who types a few letters means."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from inventory.models import Customer, Variant, Vendor
from tests.api.conftest import Caller, codes, fields
from tests.factories import Company
from users.history import acting

pytestmark = pytest.mark.django_db
NEEDED = {
    "items": "inventory.view_item", "locations": "inventory.view_location", "units": "inventory.view_unitofmeasure",
    "variants": "inventory.view_variant", "vendors": "inventory.view_vendor", "customers": "inventory.view_customer",
}  # fmt: skip


def found(client: APIClient, name: str, **asked: Any) -> list[Any]:
    response = client.get(f"/api/v1/lookups/{name}/", asked)
    assert response.status_code == 200, response.content
    rows: list[Any] = response.json()["results"]
    return rows


@pytest.mark.parametrize("name", NEEDED)
def test_each_needs_its_permission(caller: Caller, company: Company, name: str) -> None:
    refused = caller(*(set(NEEDED.values()) - {NEEDED[name]})).get(f"/api/v1/lookups/{name}/")
    assert (refused.status_code, codes(refused)) == (403, ["permission_denied"])
    assert found(caller(NEEDED[name], username="eve"), name) is not None
    typo = caller(NEEDED[name], username="eve").get(f"/api/v1/lookups/{name}/", {"qq": "x"})
    assert fields(typo) == {"qq": "unknown_filter"}


def test_items_with_what_is_on_hand(everything: APIClient, company: Company) -> None:
    bike = company.item("BIKE")
    company.item("OLDBIKE", blocked=True)
    company.line("purchase", bike, 5, location=company.east)
    company.line("sale", bike, 2, location=company.west)
    company.post()
    assert found(everything, "items", q="bike") == [
        {"number": "BIKE", "description": "BIKE", "unit": "PCS", "on_hand": "3", "blocked": False},
        {"number": "OLDBIKE", "description": "OLDBIKE", "unit": "PCS", "on_hand": "0", "blocked": True},
    ]
    assert [row["on_hand"] for row in found(everything, "items", q="bike", location="east")] == ["5", "0"]
    assert [row["on_hand"] for row in found(everything, "items", q="bike", location="WEST")] == ["-2", "0"]
    assert [row["number"] for row in found(everything, "items", q="bike", limit=1)] == ["BIKE"]


def test_codes_and_names(everything: APIClient, company: Company) -> None:
    bike = company.item("BIKE")
    with acting(company.user, "test"):
        Variant.objects.create(item=bike, code="RED", description="Red")
        Vendor.objects.create(number="V1", name="Ann")
        Customer.objects.create(number="C1", name="Bo")
        type(company.unit).objects.create(code="KG")
    assert found(everything, "variants", item="bike") == [{"code": "RED", "name": "Red"}]
    assert found(everything, "variants") == []
    assert found(everything, "vendors", q="ann") == [{"number": "V1", "name": "Ann"}]
    assert found(everything, "customers", q="c1") == [{"number": "C1", "name": "Bo"}]
    assert [row["code"] for row in found(everything, "units", item="BIKE")] == ["BOX", "PCS"]
    assert [row["code"] for row in found(everything, "units")] == ["BOX", "KG", "PCS"]
    assert [row["code"] for row in found(everything, "locations")] == ["EAST", "WEST"]


@pytest.mark.parametrize(
    "asked", [{"q": "\x00"}, {"q": "x" * 101}, {"limit": "0"}, {"limit": "101"}, {"location": "X"}]
)
def test_what_cannot_be_asked(everything: APIClient, company: Company, asked: dict[str, str]) -> None:
    assert everything.get("/api/v1/lookups/items/", asked).status_code in (400, 422)


def test_signs_of_the_database_are_only_signs(everything: APIClient, company: Company) -> None:
    company.item("BIKE")
    assert found(everything, "items", q="%") == []
    assert found(everything, "items", q="\\") == []
    assert found(everything, "items", q="' OR 1=1") == []


def test_one_statement_whatever_the_number_of_items(everything: APIClient, company: Company) -> None:
    counts = []
    for size in (3, 30):
        for number in range(size):
            company.item(f"I{size}-{number}")
        with CaptureQueriesContext(connection) as statements:
            assert len(found(everything, "items", q=f"I{size}-", limit=size)) == size
        counts.append(len(statements))
    assert counts == [1, 1]
