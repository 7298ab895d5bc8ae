"""Whatever goes wrong has one shape, and says nothing of the engine room."""

from typing import Any
from unittest.mock import patch

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from psycopg import errors as postgres
from rest_framework.exceptions import Throttled
from rest_framework.test import APIClient

from api.errors import answer_error
from inventory.models import Location, UnitOfMeasure
from tests.api.conftest import Caller, codes, fields
from tests.factories import Company
from users.history import acting
from work.errors import Refusal, Refused

pytestmark = pytest.mark.django_db
LINES = "/api/v1/journals/ITEM/DEFAULT/lines/"


def shape_of(response: Any) -> None:
    body = response.json()
    assert body.keys() == {"errors"}
    for each in body["errors"]:
        assert {"code", "message", "facts", "line", "field"} <= each.keys()
        assert each["message"]


def test_nobody_gets_in_without_a_name() -> None:
    response = APIClient().get("/api/v1/journals/")
    assert (response.status_code, codes(response)) == (401, ["not_authenticated"])
    assert response["WWW-Authenticate"] == "Token"
    shape_of(response)


@pytest.mark.parametrize("token", ["nonsense", "ü", "a b", ""])
def test_what_is_no_token(token: str) -> None:
    response = APIClient().get("/api/v1/journals/", headers={"Authorization": f"Token {token}"})
    assert (response.status_code, codes(response)) == (401, ["authentication_failed"])


def test_a_missing_permission_is_named(caller: Caller) -> None:
    response = caller().get("/api/v1/journals/")
    assert (response.status_code, codes(response)) == (403, ["permission_denied"])
    assert response.json()["errors"][0]["facts"] == {"permission": "posting.view_itemjournalbatch"}


@pytest.mark.parametrize(
    "address", ["/api/v1/", "/api/v1/none/", "/api/v1/journals/ITEM/NONE/", "/api/v1/journals/%00/X/lines/"]
)
def test_what_is_not_there(everything: APIClient, address: str) -> None:
    response = everything.get(address)
    assert (response.status_code, codes(response)) == (404, ["not_found"])
    shape_of(response)


def test_a_method_that_is_not_there(everything: APIClient) -> None:
    assert codes(everything.delete("/api/v1/journals/")) == ["method_not_allowed"]


BODIES: dict[str, tuple[str, str]] = {
    "no json": ("{", "parse_error"),
    "nothing": ("", "required"),
    "a list": ("[]", "not_understood"),
    "not a number": ('{"changes": [NaN]}', "parse_error"),
    "without end": ("[" * 100_000, "parse_error"),
    "many digits": ('{"changes": [{"row": "1", "id": ' + "9" * 5000 + "}]}", "parse_error"),
    "no text": ("\xff", "parse_error"),
}


@pytest.mark.parametrize("name", BODIES)
def test_bodies_that_cannot_be_read(everything: APIClient, name: str) -> None:
    body, code = BODIES[name]
    response = everything.post(LINES, body.encode("latin-1"), content_type="application/json")
    assert (response.status_code, codes(response)) == (400, [code])
    shape_of(response)


def test_another_media_type(everything: APIClient) -> None:
    response = everything.post(LINES, "<a/>", content_type="application/xml")
    assert (response.status_code, codes(response)) == (415, ["unsupported_media_type"])


def test_a_body_without_end(everything: APIClient) -> None:
    response = everything.post(LINES, b" " * (17 * 2**20), content_type="application/json")
    assert (response.status_code, codes(response)) == (413, ["request_too_large"])


def test_what_was_not_foreseen_is_logged_under_a_reference(everything: APIClient) -> None:
    with patch("api.journals.open_batch", side_effect=RuntimeError("secret of the engine room")):
        response = everything.put("/api/v1/journals/ITEM/DEFAULT/")
    assert (response.status_code, codes(response)) == (500, ["internal_error"])
    assert b"secret" not in response.content
    assert response.json()["errors"][0]["facts"]["reference"] in response.json()["errors"][0]["message"]


REFUSALS: dict[str, tuple[Exception, int]] = {
    "refused": (Refused([Refusal("a", code="quantity_is_zero"), Refusal("b", code="line_changed")]), 422),
    "somebody was faster": (Refused([Refusal("b", code="line_changed")]), 409),
    "busy": (Refusal("b", code="item_busy"), 409),
    "setup busy": (Refusal("b", code="setup_busy"), 409),
    "not there": (Refusal("b", code="not_found"), 404),
    "names what is not there": (Refusal("b", code="not_found", field="vendor"), 422),
    "may not": (Refused([Refusal("b", code="permission_denied")]), 403),
    "too often": (Throttled(30), 429),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_the_status_of_a_refusal(name: str) -> None:
    problem, status = REFUSALS[name]
    response = answer_error(problem, {})
    assert response.status_code == status
    assert all({"code", "message", "facts", "line", "field"} == set(each) for each in response.data["errors"])


def test_throttling_says_when_to_come_back() -> None:
    response = answer_error(Throttled(30), {})
    assert response.headers["Retry-After"] == "30"
    assert response.data["errors"][0]["code"] == "throttled"


def test_too_many_requests_are_refused(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.throttling.UserRate.rate", "2/min", raising=False)
    client = caller()
    answers = [client.get("/api/v1/tokens/").status_code for _ in range(3)]
    assert answers == [200, 200, 429]


def test_a_lock_that_is_held_too_long_is_busy(company: Company) -> None:
    problem = OperationalError("canceling statement")
    problem.__cause__ = postgres.LockNotAvailable()
    assert answer_error(problem, {}).data["errors"][0]["code"] == "item_busy"
    assert answer_error(OperationalError("gone"), {}).status_code == 500


def test_a_broken_constraint_is_said_in_words(company: Company) -> None:
    for make, code in (
        (lambda: Location.objects.create(code="low"), "rule_broken"),
        (lambda: UnitOfMeasure.objects.create(code="PCS"), "already_exists"),
    ):
        with pytest.raises(IntegrityError) as broken, transaction.atomic(), acting(company.user, "test"):
            make()
        response = answer_error(broken.value, {})
        assert response.status_code == 422
        assert response.data["errors"][0]["code"] == code
        assert "constraint" not in response.data["errors"][0]["message"]
    assert connection.is_usable()


def test_fields_are_named_by_the_way_to_them(everything: APIClient) -> None:
    response = everything.post(
        LINES, {"changes": [{"row": "1"}, {"row": "2", "vallues": {}}], "more": 1}, format="json"
    )
    assert fields(response) == {"more": "unknown_field"}
    response = everything.post(LINES, {"changes": [{"row": "1"}, {"row": "2", "vallues": {}}]}, format="json")
    assert fields(response) == {"changes.1.vallues": "unknown_field"}
