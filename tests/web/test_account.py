"""Sign in, preferences and tokens."""

import pytest
from django.test import Client
from knox.models import AuthToken

from users.accounts import make_user
from users.models import User
from users.roles import sync_roles

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann() -> User:
    sync_roles()
    return make_user("ann", roles=["viewer"], password="right", name="Ann Lee")


def sign_in(client: Client, password: str):
    return client.post("/login/", {"username": "ann", "password": password, "next": "/profile/"})


def test_pages_ask_to_sign_in_and_come_back(client: Client) -> None:
    assert client.get("/profile/").headers["Location"] == "/login/?next=/profile/"


def test_sign_in_opens_the_page_that_was_asked_for(client: Client, ann: User) -> None:
    answer = sign_in(client, "right")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/profile/")
    assert "Ann Lee" in client.get("/profile/").content.decode()


def test_next_never_leaves_this_host(client: Client, ann: User) -> None:
    answer = client.post("/login/", {"username": "ann", "password": "right", "next": "https://evil.example/"})
    assert answer.headers["Location"] == "/"


def test_wrong_passwords_count_down_and_lock(client: Client, ann: User) -> None:
    assert "4 tries are left" in sign_in(client, "wrong").content.decode()
    for _ in range(3):
        sign_in(client, "wrong")
    locked = sign_in(client, "wrong")
    assert locked.status_code == 429
    assert "locked for 15 minutes" in locked.content.decode()
    assert sign_in(client, "right").status_code == 429


def test_sign_out_takes_a_post(client: Client, ann: User) -> None:
    client.force_login(ann, "django.contrib.auth.backends.ModelBackend")
    assert client.get("/logout/").status_code == 405
    client.post("/logout/")
    assert client.get("/profile/").status_code == 302


def test_theme_is_kept_on_the_user(client: Client, ann: User) -> None:
    client.force_login(ann, "django.contrib.auth.backends.ModelBackend")
    assert client.post("/profile/theme/", {"theme": "dark"}).status_code == 204
    assert 'data-theme="dark"' in client.get("/profile/").content.decode()
    assert client.post("/profile/theme/", {"theme": "<script>"}).status_code == 400


def test_language_sets_how_numbers_and_texts_look(client: Client, ann: User) -> None:
    client.force_login(ann, "django.contrib.auth.backends.ModelBackend")
    client.post("/profile/", {"theme": "", "language": "de"})
    assert '<html lang="de"' in client.get("/profile/").content.decode()
    assert client.post("/profile/", {"theme": "", "language": "xx"}).status_code == 200
    ann.refresh_from_db()
    assert ann.language == "de"


def test_a_token_is_shown_once_works_and_can_be_revoked(client: Client, ann: User) -> None:
    client.force_login(ann, "django.contrib.auth.backends.ModelBackend")
    made = client.post("/profile/tokens/", {"days": "30"})
    secret = made.context["secret"]
    assert secret in made.content.decode()
    assert "no-store" in made.headers["Cache-Control"]
    assert secret not in client.get("/profile/").content.decode()
    token = AuthToken.objects.get(user=ann)
    client.post(f"/profile/tokens/{token.token_key}/revocation/")
    assert not AuthToken.objects.exists()


def test_a_token_without_a_known_duration_is_refused(client: Client, ann: User) -> None:
    client.force_login(ann, "django.contrib.auth.backends.ModelBackend")
    assert client.post("/profile/tokens/", {"days": "9999"}).status_code == 400
    assert not AuthToken.objects.exists()


def test_tokens_of_others_cannot_be_revoked(client: Client, ann: User) -> None:
    other = make_user("bob")
    token, _ = AuthToken.objects.create(other)
    client.force_login(ann, "django.contrib.auth.backends.ModelBackend")
    assert client.post(f"/profile/tokens/{token.token_key}/revocation/").status_code == 404
    assert AuthToken.objects.exists()
