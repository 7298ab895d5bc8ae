"""The API describes itself without a gap, to those who are logged in; every endpoint says who may."""

from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from rest_framework.test import APIClient

from api.urls import urlpatterns
from tests.api.conftest import Caller

pytestmark = pytest.mark.django_db


def test_the_schema_is_valid_and_without_warnings(tmp_path: Any) -> None:
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "schema.yml"))
    assert "/api/v1/journals/{template}/{batch}/posting/" in (tmp_path / "schema.yml").read_text()


def test_the_schema_is_for_those_who_are_logged_in(caller: Caller) -> None:
    assert APIClient().get("/api/schema/").status_code == 401
    shown = caller().get("/api/schema/")
    assert shown.status_code == 200
    assert b"Needs `posting.post_item_journal`" in shown.content


def test_the_page_needs_no_network_and_a_login(sound: None) -> None:
    from users.models import User

    browser = Client()
    assert browser.get("/api/docs/")["Location"].startswith("/login/")
    browser.force_login(User.objects.create_user("bob"), backend="django.contrib.auth.backends.ModelBackend")
    page = browser.get("/api/docs/").content.decode()
    assert "swagger-ui-bundle.js" in page
    assert "https://" not in page


def _views(patterns: Any) -> Any:
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from _views(pattern.url_patterns)
        else:
            yield pattern, getattr(pattern.callback, "cls", None)


@pytest.mark.parametrize(("pattern", "view"), list(_views(urlpatterns)), ids=lambda each: str(each))
def test_every_endpoint_says_who_may(pattern: Any, view: Any) -> None:
    assert any(hasattr(permission, "of") for permission in view.permission_classes), f"{pattern} names no permission"
