"""Resources, bills of materials and standard costs through the API."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from costing.cards import set_unit_cost
from inventory.models import AssemblyBOM, Item, Resource
from tests.api.conftest import COST, Caller, codes, fields
from tests.factories import Company
from users.history import acting, history_of
from work.queue import drain

pytestmark = pytest.mark.django_db
CHANGES, CALCULATION = "/api/v1/assembly-bom-changes/", "/api/v1/standard-costs/calculation/"
IMPLEMENTATION, RESOURCES = "/api/v1/standard-costs/implementation/", "/api/v1/resources/"


@pytest.fixture
def shop(company: Company) -> Company:
    """F is made of two S and work, S of four B and work."""
    for number in "FS":
        company.item(number, "standard")
    set_unit_cost(company.item("B").pk, Decimal("2.5"), by=company.user)
    with acting(company.user, "test"):
        Resource.objects.create(number="R", name="Work", direct_unit_cost=10, unit_cost=Decimal("12.5"))
    return company


BOMS = [
    {"item": "f", "lines": [{"number": "s", "quantity_per": "2"}, {"number": "R", "type": "resource"}]},
    {"item": "S", "lines": [{"number": "B", "quantity_per": "4", "description": "Bolt"}]},
]


def save(client: APIClient, *changes: Any) -> Any:
    return client.post(CHANGES, {"changes": list(changes)}, format="json")


def test_the_unit_cost_of_a_resource_follows(everything: APIClient, company: Company) -> None:
    body = {"number": "linda", "name": "Linda", "direct_unit_cost": "20", "indirect_cost_percent": "12.5"}
    made = everything.post(RESOURCES, body, format="json").json()
    assert (made["number"], made["unit_cost"]) == ("LINDA", "22.5")
    changed = everything.patch(f"{RESOURCES}LINDA/", {"direct_unit_cost": "40"}, format="json").json()
    assert changed["unit_cost"] == "45"
    typed = everything.patch(f"{RESOURCES}LINDA/", {"unit_cost": "50"}, format="json").json()
    assert (typed["indirect_cost_percent"], typed["unit_cost"]) == ("25", "50")
    both = everything.patch(f"{RESOURCES}LINDA/", {"unit_cost": "60", "indirect_cost_percent": "1"}, format="json")
    assert (both.json()["indirect_cost_percent"], both.json()["unit_cost"]) == ("1", "60")
    low = everything.patch(f"{RESOURCES}LINDA/", {"unit_cost": "39"}, format="json")
    assert (low.status_code, fields(low)) == (422, {"unit_cost": "rule_broken"})


def test_costs_of_resources_are_for_those_who_may_see_them(caller: Caller, shop: Company) -> None:
    names = ("inventory.view_resource", "inventory.change_resource")
    blind = caller(*names)
    assert not {"unit_cost", "direct_unit_cost", "indirect_cost_percent"} & blind.get(f"{RESOURCES}R/").json().keys()
    refused = blind.patch(f"{RESOURCES}R/", {"unit_cost": "20"}, format="json")
    assert fields(refused) == {"unit_cost": "permission_denied"}
    assert blind.patch(f"{RESOURCES}R/", {"name": "Other"}, format="json").status_code == 200
    assert caller(*names, COST, username="eve").get(f"{RESOURCES}R/").json()["unit_cost"] == "12.5"


def test_boms_are_written_listed_and_exploded(everything: APIClient, shop: Company) -> None:
    answer = save(everything, *BOMS)
    assert (answer.status_code, answer.json()) == (200, {"lines_changed": 3})
    lines = everything.get("/api/v1/assembly-bom-lines/", {"parent": "F"}).json()["results"]
    assert [(each["line_number"], each["component"], each["resource"], each["quantity_per"]) for each in lines] == [
        (10000, "S", None, "2"), (20000, None, "R", "1"),
    ]  # fmt: skip
    used = everything.get("/api/v1/assembly-bom-lines/", {"component": "B"}).json()["results"]
    assert [each["parent"] for each in used] == ["S"]
    tree = everything.get("/api/v1/assembly-boms/f/explosion/").json()
    assert [(row["level"], row["number"], row["description"], row["quantity"]) for row in tree["rows"]] == [
        (1, "S", "S", "2"), (2, "B", "Bolt", "8"), (1, "R", "Work", "1"),
    ]  # fmt: skip
    assert everything.get("/api/v1/items/B/").json()["low_level_code"] == 2
    assert everything.get("/api/v1/assembly-boms/NONE/explosion/").status_code == 404
    assert history_of(AssemblyBOM.objects.get(component__number="B"))[0]["user"] == "root"


def test_what_is_wrong_with_boms_is_said_by_change(everything: APIClient, shop: Company) -> None:
    save(everything, *BOMS)
    wrong = save(everything, {"item": "B", "lines": [{"number": "F"}]})
    assert (wrong.status_code, codes(wrong)) == (422, ["bom_circle"])
    assert wrong.json()["errors"][0]["facts"]["path"] in ("B → F → S → B", "F → S → B → F", "S → B → F → S")
    wrong = save(everything, {"item": "X", "lines": []}, {"item": "B", "lines": [{"number": "X", "type": "resource"}]})
    assert [(each["code"], each["line"], each["field"]) for each in wrong.json()["errors"]] == [
        ("not_found", 1, "item"), ("not_found", 2, "lines"),
    ]  # fmt: skip
    typo = save(everything, {"item": "B", "lines": [{"number": "F", "quantity": "1"}]})
    assert (typo.status_code, fields(typo)) == (400, {"changes.0.lines.0.quantity": "unknown_field"})
    assert AssemblyBOM.objects.count() == 3


def test_standard_costs_are_calculated_and_implemented(everything: APIClient, shop: Company) -> None:
    save(everything, *BOMS)
    shop.change(Item.objects.get(number="S"), standard_cost=9)
    shop.post(shop.line("purchase", Item.objects.get(number="S"), 2, amount="18"))
    drain()
    proposed = everything.post(CALCULATION, {"items": ["F"]}, format="json").json()
    assert [(each["item"], each["old_cost"], each["standard_cost"]) for each in proposed["costs"]] == [
        ("S", "9", "10"), ("F", "0", "32.5"),
    ]  # fmt: skip
    assert proposed["costs"][1]["rolled_up"] == {
        "material": "20", "capacity": "10", "subcontracted": "0", "capacity_overhead": "2.5",
        "manufacturing_overhead": "0",
    }  # fmt: skip
    one = everything.post(CALCULATION, {"items": ["F"], "all_levels": False}, format="json").json()
    assert [each["standard_cost"] for each in one["costs"]] == ["30.5"]
    stale = {"items": ["F"], "calculated": [{"item": "F", "standard_cost": "30.5"}]}
    refused = everything.post(IMPLEMENTATION, stale, format="json")
    assert (refused.status_code, codes(refused)) == (422, ["standard_cost_changed"])
    body = {"items": ["F"], "from_date": "2027-01-01", "calculated": [{"item": "F", "standard_cost": "32.5"}]}
    done = everything.post(IMPLEMENTATION, body, format="json")
    assert (done.status_code, done.json()) == (201, {
        "items": ["F", "S"],
        "to_revalue": [{"item": "S", "quantity": "2", "value": "18", "value_at_standard": "20"}],
    })  # fmt: skip
    shown = everything.get("/api/v1/items/F/").json()
    assert (shown["standard_cost"], shown["single_level_material_cost"]) == ("32.5", "20")
    versions = everything.get("/api/v1/standard-cost-versions/", {"item": "F"}).json()["results"]
    assert [(each["from_date"], each["old_cost"], each["new_cost"], each["user"]) for each in versions] == [
        ("2027-01-01", "0", "32.5", "root"),
    ]  # fmt: skip


def test_shares_are_not_set_by_hand(everything: APIClient, shop: Company) -> None:
    refused = everything.patch("/api/v1/items/F/", {"rolled_up_capacity_cost": "1"}, format="json")
    assert fields(refused) == {"rolled_up_capacity_cost": "unknown_field"}
    scrap = everything.patch("/api/v1/items/F/", {"scrap_percent": "2.5"}, format="json")
    assert scrap.json()["scrap_percent"] == "2.5"


ASKED = {
    "calculate": (CALCULATION, {"items": ["F"]}, ("inventory.view_item", COST), 200),
    "implement": (IMPLEMENTATION, {"items": ["F"]}, ("inventory.implement_standard_cost", COST), 201),
    "write": (CHANGES, {"changes": []}, ("inventory.change_assemblybom",), 200),
    "explode": ("/api/v1/assembly-boms/F/explosion/", None, ("inventory.view_assemblybom",), 200),
    "lines": ("/api/v1/assembly-bom-lines/", None, ("inventory.view_assemblybom",), 200),
    "versions": ("/api/v1/standard-cost-versions/", None, ("inventory.view_standardcostversion", COST), 200),
}


@pytest.mark.parametrize("name", ASKED)
def test_each_needs_its_permissions(everything: APIClient, caller: Caller, shop: Company, name: str) -> None:
    save(everything, *BOMS)
    address, body, permissions, status = ASKED[name]

    def ask(client: APIClient) -> Any:
        return client.get(address) if body is None else client.post(address, body, format="json")

    for missing in permissions:
        refused = ask(caller(*set(permissions) - {missing}, username=f"no-{missing}"))
        assert (refused.status_code, codes(refused)) == (403, ["permission_denied"])
    assert ask(caller(*permissions, username="yes")).status_code == status


def test_an_explosion_takes_as_many_statements_for_thirty_as_for_three(everything: APIClient, shop: Company) -> None:
    counts = []
    for size in (3, 30):
        for number in range(size):
            shop.item(f"P{size}-{number}")
        save(everything, {"item": "F", "lines": [{"number": f"P{size}-{number}"} for number in range(size)]})
        with CaptureQueriesContext(connection) as captured:
            assert len(everything.get("/api/v1/assembly-boms/F/explosion/").json()["rows"]) == size
        counts.append(len(captured))
    assert counts[0] == counts[1]
