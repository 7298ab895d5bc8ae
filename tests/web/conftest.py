"""People of each role, signed in, over a company with something posted."""

from collections.abc import Callable

import pytest
from django.test import Client

from tests.factories import Company
from users.accounts import make_user
from users.roles import sync_roles
from work.queue import drain


@pytest.fixture
def as_role(db: None) -> Callable[[str], Client]:
    """A client that is signed in as a user of a role."""
    sync_roles()

    def sign_in(role: str) -> Client:
        client = Client()
        user = make_user(role.replace(" ", "-"), roles=[role] if role else [], password="x")
        client.force_login(user, "django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in


@pytest.fixture
def traded(company: Company) -> Company:
    """Bikes bought dearer each time, some sold, costs adjusted and in the general ledger."""
    bike = company.item("BIKE")
    for cost in ("7", "9.5"):
        company.line("purchase", bike, 10, unit_amount=cost)
    company.line("sale", bike, 13, amount="260")
    company.line("transfer", company.item("TUBE"), 1, location=company.east, new_location=company.west)
    company.line("purchase", company.item("LAMP", "average"), 3, unit_amount="3.33")
    company.post()
    drain()
    return company
