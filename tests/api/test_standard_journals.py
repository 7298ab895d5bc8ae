"""Standard journals through the API."""

import pytest
from rest_framework.test import APIClient

from posting.models import ItemJournalLine
from tests.api.conftest import EDIT, Caller, codes
from tests.factories import Company

pytestmark = pytest.mark.django_db
BATCH = "/api/v1/journals/ITEM/DEFAULT/"
KEPT = f"{BATCH}standard-journals/"


def test_they_are_kept_listed_got_and_taken_away(everything: APIClient, company: Company) -> None:
    company.line("purchase", company.item("BIKE"), 2, unit_amount=5)
    assert everything.post(KEPT, {"code": "daily", "description": "Every day"}, format="json").json() == {"lines": 1}
    assert everything.get(KEPT).json()["results"] == [{"code": "DAILY", "description": "Every day", "line_count": 1}]
    assert everything.post(f"{KEPT}daily/", {}, format="json").json() == {"lines": 1}
    assert ItemJournalLine.objects.count() == 2
    assert codes(everything.post(KEPT, {"code": "DAILY"}, format="json")) == ["already_exists"]
    assert codes(everything.post(KEPT, {"code": ""}, format="json")) == ["value_missing"]
    assert everything.delete(f"{KEPT}DAILY/").status_code == 204
    assert codes(everything.post(f"{KEPT}DAILY/", {}, format="json")) == ["not_found"]
    assert codes(everything.post(f"{BATCH}renumbering/", {}, format="json")) == ["no_series"]


def test_getting_them_is_editing_and_keeping_them_a_permission(caller: Caller, company: Company) -> None:
    company.line("purchase", company.item("BIKE"), 2, unit_amount=5)
    editor = caller(*EDIT)
    assert editor.get(KEPT).status_code == 200
    assert codes(editor.post(KEPT, {"code": "DAILY"}, format="json")) == ["permission_denied"]
    assert codes(editor.delete(f"{KEPT}DAILY/")) == ["permission_denied"]
    keeper = caller(*EDIT, "posting.change_standarditemjournal", username="ann")
    assert keeper.post(KEPT, {"code": "DAILY"}, format="json").status_code == 201
    assert editor.post(f"{KEPT}DAILY/", {}, format="json").status_code == 201
    assert codes(caller(username="eve").get(KEPT)) == ["permission_denied"]
