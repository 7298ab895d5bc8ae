"""Who gets in, and what each role may do."""

import io
import sys

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command
from django.test import Client
from knox.models import AuthToken

from users.accounts import make_user
from users.models import User
from users.roles import ADMINISTRATOR, ROLES, sync_roles

pytestmark = pytest.mark.django_db
PASSWORD = "long enough 42"


def test_every_permission_that_a_role_names_exists() -> None:
    assert sync_roles() == []


def test_roles_are_brought_into_step() -> None:
    sync_roles()
    viewer = Group.objects.get(name="viewer")
    viewer.permissions.add(Permission.objects.get(codename="post_item_journal"))
    sync_roles()
    granted = viewer.permissions.values_list("content_type__app_label", "codename")
    assert {f"{app}.{name}" for app, name in granted} == set(ROLES["viewer"])


MAY = {
    "viewer": {"inventory.view_item"},
    "warehouse worker": {"inventory.view_item", "posting.post_item_journal"},
    "purchaser": {"inventory.view_item", "posting.post_item_journal", "costing.view_cost", "inventory.change_item"},
    "salesperson": {"inventory.view_item", "posting.post_item_journal"},
    "inventory accountant": {
        "inventory.view_item", "posting.post_item_journal", "costing.view_cost", "posting.reverse_register",
        "costing.post_to_gl", "ledger.view_glentry", "ledger.change_inventoryperiod",
    },
    "inventory manager": {
        "inventory.view_item", "posting.post_item_journal", "costing.view_cost", "posting.reverse_register",
        "costing.post_to_gl", "ledger.view_glentry", "inventory.change_item", "inventory.change_inventorysetup",
        "imports.import_items",
    },
}  # fmt: skip
ASKED = sorted(set().union(*MAY.values()) | {"users.change_user"})


@pytest.mark.parametrize("role", [*ROLES, ADMINISTRATOR])
def test_what_a_role_may_do(role: str) -> None:
    sync_roles()
    user = make_user("somebody", roles=[role])
    allowed = {name for name in ASKED if user.has_perm(name)}
    assert allowed == (set(ASKED) if role == ADMINISTRATOR else MAY[role])


def test_a_role_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="sync_roles"):
        make_user("somebody", roles=["emperor"])
    assert not User.objects.filter(username="somebody").exists()


def test_five_bad_passwords_lock_the_name_out_from_that_address(client: Client) -> None:
    make_clerk("mira")
    for _ in range(4):
        assert log_in(client, "mira", "wrong").status_code == 200
    assert log_in(client, "mira", "wrong").status_code == 429
    assert log_in(client, "mira", PASSWORD).status_code == 429, "the right one does not help now"
    assert log_in(client, "mira", PASSWORD, address="10.0.0.9").status_code == 302, "elsewhere it does"


def test_a_good_login_forgets_the_bad_ones(client: Client) -> None:
    make_clerk("mira")
    for _ in range(2):
        for _ in range(4):
            log_in(client, "mira", "wrong")
        assert log_in(client, "mira", PASSWORD).status_code == 302
        client.logout()


def make_clerk(name: str) -> None:
    user = make_user(name, password=PASSWORD)
    user.is_staff = True
    user.save()


def log_in(client: Client, name: str, password: str, *, address: str = "10.0.0.1"):  # type: ignore[no-untyped-def]
    return client.post("/admin/login/?next=/", {"username": name, "password": password}, REMOTE_ADDR=address)


def test_tokens_are_kept_as_hashes_only() -> None:
    row, token = AuthToken.objects.create(make_user("robot"))
    kept = AuthToken.objects.values().get()
    assert token not in str(kept)
    assert row.token_key == token[: len(row.token_key)]
    assert len(row.token_key) < len(token) / 2


def typed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def test_the_first_administrator_is_made_by_command(monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, PASSWORD + "\n")
    call_command("make_user", "ada", "--role", "administrator", "--name", "Ada Berg", stdout=io.StringIO())
    ada = User.objects.get(username="ada")
    assert ada.check_password(PASSWORD)
    assert ada.is_superuser
    assert (ada.first_name, ada.last_name) == ("Ada", "Berg")


@pytest.mark.parametrize(
    ("arguments", "password", "words"),
    [
        (["ada", "--role", "administrator"], "short", "too short"),
        (["ada"], PASSWORD, "at least one --role"),
        (["taken", "--role", "viewer"], PASSWORD, "already"),
    ],
)
def test_the_command_refuses(monkeypatch: pytest.MonkeyPatch, arguments: list[str], password: str, words: str) -> None:
    make_user("taken")
    typed(monkeypatch, password + "\n")
    with pytest.raises(CommandError, match=words):
        call_command("make_user", *arguments)
    assert User.objects.count() == 1
