"""The test report of posting to the G/L, and the switch of expected cost posting."""

from decimal import Decimal

import pytest
from rest_framework.test import APIClient

from costing.gl_posting import post_costs_to_gl
from costing.models import CostToPost, InventoryPostingSetup
from ledger.models import GLEntry
from posting.lines import PostingLine
from posting.movements import post_movements
from tests.api.conftest import COST, Caller, codes
from tests.factories import JANUARY, Company

pytestmark = pytest.mark.django_db
CHECK, SETUP = "/api/v1/gl-posting/check/", "/api/v1/inventory-setup/"


def test_the_report_is_for_those_who_may_post_and_see_costs(caller: Caller) -> None:
    assert codes(caller("costing.post_to_gl", username="a").post(CHECK)) == ["permission_denied"]
    assert codes(caller(COST, username="b").post(CHECK)) == ["permission_denied"]
    empty = caller("costing.post_to_gl", COST, username="c").post(CHECK)
    assert empty.status_code == 200
    assert empty.json() == {"value_entries": 0, "gl_entries": 0, "totals": [], "problems": [], "problem_count": 0}


def test_the_report_shows_totals_and_problems(caller: Caller, company: Company) -> None:
    company.post(company.line("purchase", company.item("BIKE"), 2, unit_amount="5"))
    company.post(company.line("purchase", company.item("EAST"), 1, unit_amount="3", location=company.east))
    company.change(InventoryPostingSetup.objects.get(location=company.east), inventory_account=None)
    client = caller("costing.post_to_gl", COST)
    shown = client.post(CHECK, {"method": "per_posting_group", "document_number": "X"}, format="json").json()
    assert (shown["value_entries"], shown["gl_entries"], shown["problem_count"]) == (1, 2, 1)
    assert [(each["name"], each["debit"], each["credit"]) for each in shown["totals"]] == [
        ("inventory_account", "10.00", "0"), ("direct_cost_applied_account", "0", "10.00"),
    ]  # fmt: skip
    (problem,) = shown["problems"]
    assert (problem["item"], problem["actual"]) == ("EAST", "3.00")
    assert "lacks the inventory account for location EAST" in problem["reason"]
    only = client.post(CHECK, {"items": ["bike"]}, format="json").json()
    assert only["problems"] == []
    assert not GLEntry.objects.exists()
    refused = client.post(CHECK, {"method": "per_posting_group"}, format="json")
    assert (refused.status_code, codes(refused)) == (422, ["value_missing"])


def test_switching_expected_cost_on_queues_what_is_open(everything: APIClient, company: Company) -> None:
    line = PostingLine(
        key=1, item_id=company.item("BIKE").pk, location_id=company.blank.pk, posting_date=JANUARY,
        document_date=JANUARY, entry_type="purchase", document_number="R1", quantity=Decimal(2), unit_code="PCS",
        invoiced=Decimal(0), amount=Decimal(12),
    )  # fmt: skip
    post_movements([line], posted_by=company.user)
    (note,) = everything.post(CHECK).json()["problems"]
    assert (note["expected"], note["actual"]) == ("12.00", "0.00")
    assert "switch it on in the inventory setup" in note["reason"]
    assert post_costs_to_gl().value_entries == 0
    assert not CostToPost.objects.exists()
    for body, rows in (({"company_name": "X"}, 0), ({"expected_cost_posting": True}, 1)):
        assert everything.patch(SETUP, body, format="json").status_code == 200
        assert CostToPost.objects.count() == rows
    assert everything.patch(SETUP, {"expected_cost_posting": True}, format="json").status_code == 200
    assert CostToPost.objects.count() == 1
    assert post_costs_to_gl().value_entries == 1
