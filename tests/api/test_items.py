"""Items through the API: one verb for one and for many, costs only for those who may see them."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from inventory.models import Item
from inventory.models.item import SHARE_FIELDS
from tests.api.conftest import COST, Caller, codes, fields
from tests.factories import Company
from users.history import history_of
from work.queue import drain

pytestmark = pytest.mark.django_db
ITEMS, MANY = "/api/v1/items/", "/api/v1/item-changes/"
SEE, ADD, CHANGE = (f"inventory.{verb}_item" for verb in ("view", "add", "change"))
BIKE = {
    "number": "bike", "description": "Bike", "base_unit": "PCS", "unit_price": "99.50", "blocked": False,
    "gen_product_posting_group": "RETAIL", "inventory_posting_group": "RESALE",
    "units": [{"unit": "BOX", "quantity_per_unit": "6"}, {"unit": "PCS", "quantity_per_unit": "1",
                                                          "rounding_precision": "0.5"}],
}  # fmt: skip


def test_an_item_is_created_read_and_changed(everything: APIClient, company: Company) -> None:
    made = everything.post(ITEMS, BIKE, format="json")
    assert made.status_code == 201, made.content
    shown = made.json()
    assert (shown["number"], shown["unit_price"], shown["blocked"], shown["base_unit"]) == (
        "BIKE",
        "99.5",
        False,
        "PCS",
    )
    assert shown["units"] == [
        {"unit": "PCS", "quantity_per_unit": "1", "rounding_precision": "0.5"},
        {"unit": "BOX", "quantity_per_unit": "6", "rounding_precision": "0"},
    ]
    assert everything.get(f"{ITEMS}bike/").json() == shown
    change = {"blocked": True, "block_reason": "Old", "units": [{"unit": "BOX", "quantity_per_unit": None}]}
    changed = everything.patch(f"{ITEMS}BIKE/", change, format="json").json()
    assert (changed["blocked"], changed["block_reason"], len(changed["units"])) == (True, "Old", 1)
    newest = history_of(Item.objects.get())[0]
    assert (newest["user"], newest["changes"]["blocked"]) == ("root", (False, True))


@pytest.mark.parametrize(
    ("method", "address", "body", "permission", "status"),
    [
        ("get", ITEMS, None, SEE, 200), ("get", f"{ITEMS}CAR/", None, SEE, 200), ("post", ITEMS, BIKE, ADD, 201),
        ("patch", f"{ITEMS}CAR/", {"blocked": True}, CHANGE, 200),
    ],
)  # fmt: skip
def test_each_address_needs_its_permission(
    caller: Caller, company: Company, method: str, address: str, body: Any, permission: str, status: int
) -> None:
    company.item("CAR")
    refused = getattr(caller(*({SEE, ADD, CHANGE} - {permission})), method)(address, body, format="json")
    assert (refused.status_code, codes(refused)) == (403, ["permission_denied"])
    allowed = getattr(caller(permission, username="eve"), method)(address, body, format="json")
    assert allowed.status_code == status, allowed.content


def test_many_at_once_need_both_permissions(caller: Caller, company: Company) -> None:
    body = {"mode": "upsert", "changes": [BIKE]}
    for name, other in (("a", ADD), ("b", CHANGE)):
        assert caller(other, username=name).post(MANY, body, format="json").status_code == 403
    assert caller(ADD, CHANGE, username="c").post(MANY, body, format="json").status_code == 200


def test_many_are_saved_or_none(everything: APIClient, company: Company) -> None:
    company.item("CAR")
    good = [BIKE, {"number": "CAR", "description": "Car", "units": []}]
    bad = [*good, {"number": "X", "description": "", "vendor": "NONE"}, {"number": "", "description": "Y"}]
    refused = everything.post(MANY, {"mode": "upsert", "changes": bad}, format="json")
    found = {(e["line"], e["field"], e["code"]) for e in refused.json()["errors"]}
    assert refused.status_code == 422
    assert {(3, "description", "value_missing"), (3, "vendor", "not_found"), (3, "base_unit", "value_missing")} <= found
    assert (4, "base_unit", "value_missing") in found
    assert list(Item.objects.values_list("number", "description")) == [("CAR", "CAR")]
    saved = everything.post(MANY, {"mode": "upsert", "changes": good}, format="json")
    assert saved.json()["items"] == [
        {"row": 1, "number": "BIKE", "outcome": "created"}, {"row": 2, "number": "CAR", "outcome": "changed"},
    ]  # fmt: skip


def test_costs_only_for_those_who_may_see_them(everything: APIClient, caller: Caller, company: Company) -> None:
    bike = company.item("BIKE", "standard", standard_cost=5)
    company.post(company.line("purchase", bike, 2, unit_amount="5"))
    drain()
    hidden = {"standard_cost", "overhead_rate", "indirect_cost_percent", "unit_cost", "last_direct_cost",
              "inventory_value", "cost_is_adjusted", *SHARE_FIELDS}  # fmt: skip
    shown = everything.get(f"{ITEMS}BIKE/").json()
    assert hidden <= shown.keys()
    assert (shown["unit_cost"], shown["inventory_value"], shown["cost_is_adjusted"]) == ("5", "10", True)
    blind = caller(SEE, CHANGE, ADD)
    assert shown.keys() - blind.get(f"{ITEMS}BIKE/").json().keys() == hidden
    assert not hidden & blind.get(ITEMS).json()["results"][0].keys()
    refused = blind.patch(f"{ITEMS}BIKE/", {"standard_cost": "1"}, format="json")
    assert (refused.status_code, fields(refused)) == (403, {"standard_cost": "permission_denied"})
    body = {"mode": "update", "changes": [{"number": "BIKE"}, {"number": "BIKE", "overhead_rate": "1"}]}
    many = blind.post(MANY, body, format="json")
    assert (many.status_code, many.json()["errors"][0]["line"]) == (403, 2)
    assert caller(SEE, COST, username="eve").get(f"{ITEMS}BIKE/").json() == shown


WRONG: dict[str, tuple[dict[str, Any], int, dict[str, str]]] = {
    "a typo": ({**BIKE, "unitprice": "1"}, 400, {"unitprice": "unknown_field"}),
    "a number for text": ({**BIKE, "unit_price": 5}, 400, {"unit_price": "not_understood"}),
    "no number": ({**BIKE, "unit_price": "5x"}, 422, {"unit_price": "not_understood"}),
    "below zero": ({**BIKE, "unit_price": "-5"}, 422, {"unit_price": "negative_not_allowed"}),
    "a huge number": ({**BIKE, "unit_price": "9" * 40}, 422, {"unit_price": "number_too_large"}),
    "nul": ({**BIKE, "description": "a\x00b"}, 400, {"description": "null_characters_not_allowed"}),
    "half a character": ({**BIKE, "description": "a\ud800"}, 400, {"description": "surrogate_characters_not_allowed"}),
    "no such unit": ({**BIKE, "base_unit": "KG"}, 422, {"base_unit": "not_found"}),
    "a unit of nothing": ({**BIKE, "units": [{"unit": "BOX", "quantity_per_unit": "0"}]}, 422,
                          {"units": "not_positive"}),
    "an essay": ({**BIKE, "description": "x" * 101}, 422, {"description": "too_long"}),
    "no text": ({**BIKE, "description": ["x"]}, 400, {"description": "not_understood"}),
    "a unit without quantity": ({**BIKE, "units": [{"unit": "BOX"}]}, 400, {"units.0.quantity_per_unit": "required"}),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_refused(everything: APIClient, company: Company, name: str) -> None:
    import json

    body, status, found = WRONG[name]
    response = everything.post(ITEMS, json.dumps(body), content_type="application/json")
    assert (response.status_code, fields(response)) == (status, found)
    assert not Item.objects.exists()


def test_the_same_number_twice_and_another_number(everything: APIClient, company: Company) -> None:
    company.item("BIKE")
    again = everything.post(ITEMS, BIKE, format="json")
    assert (again.status_code, fields(again)) == (422, {"number": "already_exists"})
    other = everything.patch(f"{ITEMS}BIKE/", {"number": "CAR"}, format="json")
    assert (other.status_code, fields(other)) == (422, {"number": "read_only"})
    assert everything.patch(f"{ITEMS}CAR/", {}, format="json").status_code == 404


def test_ten_thousand_items_are_refused(everything: APIClient, company: Company) -> None:
    body = {"mode": "create", "changes": [{"number": str(number)} for number in range(10_000)]}
    assert fields(everything.post(MANY, body, format="json")) == {"changes": "max_length"}


def test_items_are_found(everything: APIClient, company: Company) -> None:
    company.item("BIKE")
    company.item("CAR", "average")
    company.post(company.line("purchase", Item.objects.get(number="CAR"), 1))
    for asked, numbers in (
        ({"costing_method": "average"}, ["CAR"]), ({"in_stock": "true"}, ["CAR"]), ({"number": "b*"}, ["BIKE"]),
        ({"q": "ik"}, ["BIKE"]), ({"in_stock": "false"}, ["BIKE"]), ({}, ["BIKE", "CAR"]),
    ):  # fmt: skip
        assert [row["number"] for row in everything.get(ITEMS, asked).json()["results"]] == numbers
    assert everything.get(ITEMS, {"costing_method": "guess"}).status_code == 400


def test_the_number_of_statements_does_not_grow(everything: APIClient, company: Company) -> None:
    saving, reading = [], []
    for size in (3, 300):
        changes = [{**BIKE, "number": f"I{size}-{number}"} for number in range(size)]
        with CaptureQueriesContext(connection) as statements:
            assert everything.post(MANY, {"mode": "create", "changes": changes}, format="json").status_code == 200
        saving.append(len(statements))
        with CaptureQueriesContext(connection) as statements:
            assert len(everything.get(ITEMS, {"limit": size}).json()["results"]) == size
        reading.append(len(statements))
    assert saving[0] == saving[1]
    assert reading[0] == reading[1]
