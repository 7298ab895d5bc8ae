"""Master data and setup: who may, what is refused in words, and who is remembered."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from inventory.models import (
    AssemblyBOM,
    GenBusinessPostingGroup,
    InventorySetup,
    Location,
    NumberSeries,
    NumberSeriesLine,
    Resource,
    UnitOfMeasure,
    Variant,
    Vendor,
)
from ledger.models import AccountingPeriod
from tests.api.conftest import COST, Caller, codes, fields
from tests.factories import Company
from users.history import acting, history_of

pytestmark = pytest.mark.django_db

# address, table, a row that can be created, a change of it
TABLES: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "units": ("inventory.unitofmeasure", {"code": "kg"}, {"description": "Kilogram"}),
    "locations": ("inventory.location", {"code": "north", "name": "North"}, {"name": "Up"}),
    "variants": ("inventory.variant", {"item": "bike", "code": "red"}, {"blocked": True}),
    "item-templates": ("inventory.itemtemplate", {"code": "GOODS", "base_unit": "PCS"}, {"costing_method": "lifo"}),
    "item-tracking-codes": ("inventory.itemtrackingcode", {"code": "LOT"}, {"lot_purchase_inbound": True}),
    "number-series": ("inventory.numberseries", {"code": "IJ"}, {"allow_gaps": True}),
    "number-series-lines": ("inventory.numberseries", {"series": "IT", "starting_number": "I1"}, {"increment_by": 2}),
    "reason-codes": ("inventory.reasoncode", {"code": "SCRAP"}, {"description": "Broken"}),
    "responsibility-centers": ("inventory.responsibilitycenter", {"code": "EAST"}, {"name": "East"}),
    "user-setup": ("inventory.usersetup", {"user": "alice"}, {"allow_posting_from": "2026-01-01"}),
    "inventory-posting-groups": ("inventory.inventorypostinggroup", {"code": "RAW"}, {"description": "Raw"}),
    "gen-business-posting-groups": ("inventory.genbusinesspostinggroup", {"code": "EU"}, {"description": "Europe"}),
    "gen-product-posting-groups": ("inventory.genproductpostinggroup", {"code": "RAW"}, {"description": "Raw"}),
    "inventory-posting-setup": (
        "costing.inventorypostingsetup",
        {"location": "NEW", "inventory_posting_group": "RESALE", "inventory_account": "1000"},
        {"inventory_account": None},
    ),
    "general-posting-setup": (
        "costing.generalpostingsetup",
        {"gen_business_posting_group": "HOME", "gen_product_posting_group": "RETAIL", "cogs_account": "5000"},
        {"blocked": True},
    ),
    "resources": ("inventory.resource", {"number": "linda", "name": "Linda"}, {"type": "machine"}),
    "vendors": ("inventory.vendor", {"number": "v1", "name": "Ann"}, {"blocked": True}),
    "customers": ("inventory.customer", {"number": "c1", "name": "Bo"}, {"gen_business_posting_group": "home"}),
    "accounting-periods": (
        "ledger.accountingperiod", {"starting_date": "2026-01-01", "name": "January"}, {"new_fiscal_year": True},
    ),
}  # fmt: skip


@pytest.fixture
def world(company: Company) -> Company:
    """A company with an item, a location without setup and a business group."""
    company.item("BIKE")
    with acting(company.user, "test"):
        Location.objects.create(code="NEW")
        GenBusinessPostingGroup.objects.create(code="HOME")
        NumberSeries.objects.create(code="IT")
    return company


def address_of(name: str, row: dict[str, Any]) -> str:
    key = next(row[key] for key in ("id", "code", "number", "starting_date") if key in row)
    return f"/api/v1/{name}/{key}/"


@pytest.mark.parametrize("name", TABLES)
def test_rows_are_created_read_changed_and_listed(everything: APIClient, world: Company, name: str) -> None:
    _, new, change = TABLES[name]
    made = everything.post(f"/api/v1/{name}/", new, format="json")
    assert made.status_code == 201, made.content
    address = address_of(name, made.json())
    assert everything.get(address).json() == made.json()
    changed = everything.patch(address, change, format="json")
    assert changed.status_code == 200, changed.content
    assert changed.json() != made.json()
    assert {**made.json(), **changed.json()} == changed.json()
    assert changed.json() in everything.get(f"/api/v1/{name}/").json()["results"]


@pytest.mark.parametrize("name", TABLES)
def test_each_table_needs_its_permissions(everything: APIClient, caller: Caller, world: Company, name: str) -> None:
    table, new, change = TABLES[name]
    app, model = table.split(".")
    see, add, alter = (f"{app}.{verb}_{model}" for verb in ("view", "add", "change"))
    made = everything.post(f"/api/v1/{name}/", new, format="json").json()
    address = address_of(name, made)
    asked = [
        (see, lambda client: client.get(f"/api/v1/{name}/"), 200),
        (see, lambda client: client.get(address), 200),
        (add, lambda client: client.post(f"/api/v1/{name}/", {}, format="json"), 400),
        (alter, lambda client: client.patch(address, change, format="json"), 200),
    ]
    for place, (permission, ask, status) in enumerate(asked):
        refused = ask(caller(*({see, add, alter} - {permission}), username=f"no{place}"))
        assert (refused.status_code, codes(refused)) == (403, ["permission_denied"])
        allowed = ask(caller(permission, username=f"yes{place}"))
        assert allowed.status_code == status or permission == add, allowed.content


@pytest.mark.parametrize("name", sorted(TABLES.keys() - {"number-series-lines"}))
def test_the_same_row_twice_is_refused_in_words(everything: APIClient, world: Company, name: str) -> None:
    _, new, _ = TABLES[name]
    everything.post(f"/api/v1/{name}/", new, format="json")
    again = everything.post(f"/api/v1/{name}/", new, format="json")
    assert again.status_code == 422, again.content
    assert set(codes(again)) == {"already_exists"}
    assert "constraint" not in again.content.decode()


@pytest.mark.parametrize("name", TABLES)
def test_a_typo_is_refused_by_name(everything: APIClient, world: Company, name: str) -> None:
    _, new, _ = TABLES[name]
    response = everything.post(f"/api/v1/{name}/", {**new, "blokked": True}, format="json")
    assert (response.status_code, fields(response)["blokked"]) == (400, "unknown_field")
    listed = everything.get(f"/api/v1/{name}/", {"blokked": "1"})
    assert (listed.status_code, fields(listed)) == (400, {"blokked": "unknown_filter"})


WRONG: dict[str, tuple[str, dict[str, Any], int, dict[str, str]]] = {
    "the latest number": ("number-series-lines", {"series": "IT", "starting_number": "1", "last_number_used": "5"}, 422,
                          {"last_number_used": "read_only"}),
    "a number without digits": ("number-series-lines", {"series": "IT", "starting_number": "ABC"}, 422,
                                {"starting_number": "rule_broken"}),
    "too long": ("units", {"code": "ABCDEFGHIJK"}, 400, {"code": "max_length"}),
    "blank": ("units", {"code": ""}, 400, {"code": "blank"}),
    "no text": ("units", {"code": 5}, 400, {"code": "not_understood"}),
    "nul": ("units", {"code": "A\x00"}, 400, {"code": "null_characters_not_allowed"}),
    "no such group": ("customers", {"number": "C", "name": "C", "gen_business_posting_group": "X"}, 422,
                      {"gen_business_posting_group": "not_found"}),
    "a group with nul": ("customers", {"number": "C", "name": "C", "gen_business_posting_group": "\x00"}, 400,
                         {"gen_business_posting_group": "not_understood"}),
    "a rule": ("number-series", {"code": "N", "default_numbers": False}, 422, {"default_numbers": "rule_broken"}),
    "two rules": ("item-tracking-codes", {"code": "X", "serial_specific": True, "lot_specific": True}, 422,
                  {"serial_specific": "rule_broken", "lot_specific": "rule_broken"}),
    "a choice": ("item-templates", {"code": "X", "costing_method": "guess"}, 400, {"costing_method": "invalid_choice"}),
    "a huge number": ("item-templates", {"code": "X", "overhead_rate": "9" * 40}, 400,
                      {"overhead_rate": "max_digits"}),
    "a float": ("item-templates", {"code": "X", "overhead_rate": 0.1}, 400, {"overhead_rate": "not_understood"}),
    "not a number": ("item-templates", {"code": "X", "overhead_rate": "NaN"}, 400, {"overhead_rate": "not_understood"}),
    "no date": ("accounting-periods", {"starting_date": "2026-02-30", "name": "X"}, 400,
                {"starting_date": "not_understood"}),
    "set by the system": ("variants", {"id": 5, "item": "BIKE", "code": "X"}, 422, {"id": "read_only"}),
    "no object": ("units", [], 400, {None: "not_understood"}),  # type: ignore[dict-item]
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_refused(everything: APIClient, world: Company, name: str) -> None:
    table, body, status, found = WRONG[name]
    response = everything.post(f"/api/v1/{table}/", body, format="json")
    assert (response.status_code, fields(response)) == (status, found)


def test_a_key_stays_as_it_is(everything: APIClient, company: Company) -> None:
    response = everything.patch("/api/v1/units/PCS/", {"code": "PIECE"}, format="json")
    assert (response.status_code, fields(response)) == (422, {"code": "read_only"})
    assert everything.patch("/api/v1/units/pcs/", {"code": "pcs"}, format="json").status_code == 200


def test_who_changed_it_is_remembered(caller: Caller, company: Company) -> None:
    client = caller("inventory.view_unitofmeasure", "inventory.change_unitofmeasure")
    client.patch("/api/v1/units/PCS/", {"description": "Piece"}, format="json")
    newest = history_of(UnitOfMeasure.objects.get(code="PCS"))[0]
    assert (newest["user"], newest["changes"]["description"]) == ("bob", ("", "Piece"))


def test_pages_follow_each_other(everything: APIClient, company: Company) -> None:
    with acting(company.user, "test"):
        UnitOfMeasure.objects.bulk_create(UnitOfMeasure(code=f"U{number:02}") for number in range(5))
    seen, address = [], "/api/v1/units/?limit=3"
    while address:
        page = everything.get(address).json()
        seen += [row["code"] for row in page["results"]]
        address = page["next"]
    assert seen == ["BOX", "PCS", "U00", "U01", "U02", "U03", "U04"]


@pytest.mark.parametrize("asked", [{"cursor": "x"}, {"cursor": "cD0lMDA="}, {"limit": "1001"}, {"limit": "-1"}])
def test_pages_that_cannot_be(everything: APIClient, company: Company, asked: dict[str, str]) -> None:
    assert everything.get("/api/v1/units/", asked).status_code == 400
    assert everything.get("/api/v1/inventory-posting-setup/", {"cursor": "cD1hYmM="}).status_code == 400


def test_costs_of_templates_are_left_out(everything: APIClient, caller: Caller, company: Company) -> None:
    everything.post("/api/v1/item-templates/", {"code": "A", "overhead_rate": "2.50"}, format="json")
    names = ("inventory.view_itemtemplate", "inventory.change_itemtemplate")
    assert "overhead_rate" not in caller(*names).get("/api/v1/item-templates/A/").json()
    refused = caller(*names).patch("/api/v1/item-templates/A/", {"overhead_rate": "3"}, format="json")
    assert fields(refused) == {"overhead_rate": "permission_denied"}
    assert caller(*names, COST, username="eve").get("/api/v1/item-templates/A/").json()["overhead_rate"] == "2.5"


def test_the_setup_is_one_row(caller: Caller, company: Company) -> None:
    see, change = "inventory.view_inventorysetup", "inventory.change_inventorysetup"
    assert caller(change).get("/api/v1/inventory-setup/").status_code == 403
    assert caller(see, username="a").patch("/api/v1/inventory-setup/", {}, format="json").status_code == 403
    client = caller(see, change, username="b")
    changed = client.patch("/api/v1/inventory-setup/", {"allow_posting_from": "2026-02-01"}, format="json")
    assert changed.json()["allow_posting_from"] == "2026-02-01"
    assert InventorySetup.objects.get().allow_posting_from == date(2026, 2, 1)
    wrong = client.patch("/api/v1/inventory-setup/", {"allow_posting_to": "2026-01-01"}, format="json")
    assert (wrong.status_code, fields(wrong)) == (422, {"allow_posting_to": "rule_broken"})
    assert fields(client.patch("/api/v1/inventory-setup/", {"typo": 1}, format="json")) == {"typo": "unknown_field"}


def test_periods_close_and_open_again(caller: Caller, company: Company) -> None:
    see, close, reopen = (f"ledger.{verb}_inventoryperiod" for verb in ("view", "add", "change"))
    january = {"ending_date": "2026-01-31", "name": "January"}
    assert caller(see).post("/api/v1/inventory-periods/", january, format="json").status_code == 403
    closed = caller(close, username="a").post("/api/v1/inventory-periods/", january, format="json")
    assert (closed.status_code, closed.json()["closed"]) == (201, True)
    address = "/api/v1/inventory-periods/2026-01-31/"
    assert caller(see, username="c").get(address).json() == closed.json()
    assert caller(see, username="c").post(f"{address}reopening/").status_code == 403
    assert caller(reopen, username="d").post(f"{address}reopening/").json()["closed"] is False
    again = caller(reopen, username="d").post(f"{address}reopening/")
    assert (again.status_code, codes(again)) == (422, ["period_not_closed"])
    assert caller(see, username="c").get("/api/v1/inventory-periods/2026-13-01/").status_code == 404


LISTS = [*TABLES, "item-units", "inventory-periods", "assembly-bom-lines", "standard-cost-versions"]


def test_lists_take_the_same_statements_for_3_and_30_rows(everything: APIClient, world: Company) -> None:
    counts = []
    for size in (3, 30):
        with acting(world.user, "test"):
            for number in range(size):
                item = world.item(f"I{size}-{number}", standard_cost=1)
                linda = Resource.objects.create(number=f"R{size}-{number}", name="Linda", base_unit=world.unit)
                AssemblyBOM.objects.create(parent=item, line_number=1, type="resource", resource=linda)
                Variant.objects.create(item=item, code="V")
                Vendor.objects.create(number=f"{size}-{number}", name="V")
                series = NumberSeries.objects.create(code=f"{size}-{number}")
                NumberSeriesLine.objects.create(series=series, starting_number="1")
                AccountingPeriod.objects.create(starting_date=date(2000 + size, 1, 1 + number), name="P")
        found = []
        for name in LISTS:
            with CaptureQueriesContext(connection) as statements:
                assert everything.get(f"/api/v1/{name}/", {"limit": size}).status_code == 200
            found.append(len(statements))
        counts.append(found)
    assert counts[0] == counts[1]
