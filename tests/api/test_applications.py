"""Applications through the API: what is linked, taken back, made by hand and made again."""

import pytest
from rest_framework.test import APIClient

from ledger.models import ItemApplicationEntry, ItemLedgerEntry, ItemRegister
from tests.api.conftest import Caller, codes, fields
from tests.factories import Company

pytestmark = pytest.mark.django_db
URL = "/api/v1/applications/"
CHANGE = "posting.change_applications"


@pytest.fixture
def entries(company: Company) -> list[int]:
    """Two receipts of five, and a sale of five that takes the first."""
    bike = company.item("BIKE")
    for kind in ("purchase", "purchase", "sale"):
        company.line(kind, bike, 5, unit_amount="7")
    company.post()
    return list(ItemLedgerEntry.objects.order_by("id").values_list("id", flat=True))


def test_permissions(caller: Caller, entries: list[int]) -> None:
    client = caller("ledger.view_itemapplicationentry")
    assert client.get(f"/api/v1/item-ledger-entries/{entries[2]}/applications/").status_code == 200
    for url in (URL, f"{URL}reapplication/"):
        assert client.post(url, {}, format="json").status_code == 403
    refused = caller(CHANGE, username="eve").get(f"/api/v1/item-ledger-entries/{entries[2]}/applications/")
    assert codes(refused) == ["permission_denied"]


def test_from_one_receipt_to_the_other_and_seen(everything: APIClient, entries: list[int]) -> None:
    first, second, sale = entries
    seen = everything.get(f"/api/v1/item-ledger-entries/{sale}/applications/").json()["results"]
    assert [(row["inbound_entry"], row["quantity"], row["fixed"]) for row in seen] == [(first, "-5", False)]
    changes = [
        {"action": "unapply", "inbound": first, "outbound": sale},
        {"action": "apply", "entry": sale, "with_entry": second},
    ]
    answer = everything.post(URL, {"changes": changes}, format="json", headers={"Idempotency-Key": "k"})
    assert answer.status_code == 201, answer.content
    assert answer.json() == {
        "register_id": ItemRegister.objects.latest("id").pk, "taken_back": 1, "made": 1, "open_entries": [first],
    }  # fmt: skip
    again = everything.post(URL, {"changes": changes}, format="json", headers={"Idempotency-Key": "k"})
    assert (again.json(), again.headers["Idempotency-Hit"]) == (answer.json(), "1")
    seen = everything.get(f"/api/v1/item-ledger-entries/{sale}/applications/").json()["results"]
    assert [(row["inbound_entry"], row["fixed"]) for row in seen] == [(second, True)]


def test_what_was_left_open_is_finished(everything: APIClient, entries: list[int]) -> None:
    first, _, sale = entries
    change = {"action": "unapply", "inbound": first, "outbound": sale}
    assert everything.post(URL, {"changes": [change]}, format="json").json()["open_entries"] == [sale, first]
    answer = everything.post(f"{URL}reapplication/", {"items": ["bike"]}, format="json")
    assert (answer.status_code, answer.json()["made"], answer.json()["open_entries"]) == (201, 1, [])
    assert everything.post(f"{URL}reapplication/", {}, format="json").json()["register_id"] is None
    assert codes(everything.post(f"{URL}reapplication/", {"items": ["NONE"]}, format="json")) == ["not_found"]


def test_every_reason_at_once_and_nothing_is_left(everything: APIClient, entries: list[int]) -> None:
    first, second, sale = entries
    before = ItemApplicationEntry.objects.count()
    changes = [
        {"action": "unapply", "inbound": second, "outbound": sale},
        {"action": "unapply", "inbound": first, "outbound": sale},
        {"action": "apply", "entry": first, "with_entry": second},
    ]
    refused = everything.post(URL, {"changes": changes}, format="json")
    assert refused.status_code == 422
    assert [(each["line"], each["code"]) for each in refused.json()["errors"]] == [
        (1, "no_application"), (3, "applies_to_mismatch"),
    ]  # fmt: skip
    assert ItemApplicationEntry.objects.count() == before


def test_what_is_not_understood(everything: APIClient, entries: list[int]) -> None:
    wrong = everything.post(URL, {"changes": [{"action": "apply", "inbound": 1}]}, format="json")
    assert fields(wrong) == {"changes.0.entry": "required", "changes.0.inbound": "not_understood"}
    assert everything.post(URL, {"changes": []}, format="json").status_code == 400
    assert everything.get("/api/v1/item-ledger-entries/999999/applications/").status_code == 404
