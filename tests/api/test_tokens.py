"""Tokens are made by those who are logged in, get programs in, and can be revoked."""

import pytest
from django.test import Client
from rest_framework.test import APIClient

from tests.api.conftest import Caller, codes
from users.models import User

pytestmark = pytest.mark.django_db


def test_a_token_gets_in_until_it_is_revoked(caller: Caller) -> None:
    person = caller()
    made = person.post("/api/v1/tokens/", {"days": 3}, format="json")
    assert made.status_code == 201
    program = APIClient(headers={"Authorization": f"Token {made.json()['token']}"})
    listed = program.get("/api/v1/tokens/").json()["results"]
    assert [each["key"] for each in listed] == [made.json()["key"]]
    assert "token" not in listed[0]
    assert person.delete(f"/api/v1/tokens/{made.json()['key']}/").status_code == 204
    assert program.get("/api/v1/tokens/").status_code == 401


def test_a_token_cannot_make_tokens(caller: Caller) -> None:
    token = caller().post("/api/v1/tokens/", {}, format="json").json()["token"]
    response = APIClient().post("/api/v1/tokens/", headers={"Authorization": f"Token {token}"})
    assert (response.status_code, codes(response)) == (403, ["permission_denied"])


def test_the_tokens_of_others_are_out_of_reach(caller: Caller) -> None:
    key = caller().post("/api/v1/tokens/", {}, format="json").json()["key"]
    other = caller(username="eve")
    assert other.get("/api/v1/tokens/").json() == {"results": []}
    assert other.delete(f"/api/v1/tokens/{key}/").status_code == 404


@pytest.mark.parametrize("days", [0, 367, "x", None, 1.5])
def test_days_that_are_no_days(caller: Caller, days: object) -> None:
    assert caller().post("/api/v1/tokens/", {"days": days}, format="json").status_code == 400


def test_there_is_an_end_to_tokens(caller: Caller) -> None:
    client = caller()
    for _ in range(20):
        client.post("/api/v1/tokens/", {}, format="json")
    assert codes(client.post("/api/v1/tokens/", {}, format="json")) == ["too_many_tokens"]


def test_a_session_needs_its_csrf_token() -> None:
    User.objects.create_user("bob", password="secret")
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(User.objects.get(username="bob"), backend="django.contrib.auth.backends.ModelBackend")
    refused = browser.post("/api/v1/tokens/", "{}", content_type="application/json")
    assert (refused.status_code, codes(refused)) == (403, ["permission_denied"])
    browser.cookies["csrftoken"] = "a" * 32
    let_in = browser.post("/api/v1/tokens/", "{}", content_type="application/json", headers={"X-CSRFToken": "a" * 32})
    assert let_in.status_code == 201
