"""Programs that ask the API: one for each set of permissions."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.cache import cache
from rest_framework.test import APIClient

from tests.factories import Company
from users.models import User

EDIT = ("posting.view_itemjournalbatch", "posting.add_itemjournalbatch", "posting.use_item_journal")
POST = "posting.post_item_journal"
COST = "costing.view_cost"
Caller = Callable[..., APIClient]


def grant(user: User, *names: str) -> User:
    for name in names:
        app, codename = name.split(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    return user


@pytest.fixture(autouse=True)
def uncounted() -> None:
    """Requests of other tests do not count against this one's rate."""
    cache.clear()


@pytest.fixture
def caller(sound: None) -> Caller:
    """A client who is logged in as a new user with exactly these permissions."""

    def make(*names: str, username: str = "bob") -> APIClient:
        user, _ = User.objects.get_or_create(username=username)
        client = APIClient(raise_request_exception=False)
        client.force_authenticate(grant(user, *names))
        return client

    return make


@pytest.fixture
def everything(company: Company) -> APIClient:
    """Who may do all."""
    user = User.objects.create_superuser("root")
    client = APIClient(raise_request_exception=False)
    client.force_authenticate(user)
    return client


def codes(response: Any) -> list[str]:
    return [each["code"] for each in response.json()["errors"]]


def fields(response: Any) -> dict[str, str]:
    return {each["field"]: each["code"] for each in response.json()["errors"]}
