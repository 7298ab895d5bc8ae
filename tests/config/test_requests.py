"""Log lines of a request say which request and whose."""

import io
import json
import logging

import pytest
from django.test import Client

from config.logging import logging_config
from users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def lines() -> io.StringIO:
    """What the JSON log would hold."""
    form = logging_config("json", "INFO")["formatters"]["structured"]
    made = form.pop("()")
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(made(**form))
    logging.getLogger("request").addHandler(handler)
    yield written
    logging.getLogger("request").removeHandler(handler)


def test_a_request_is_logged_with_id_and_user(client: Client, alice: User, lines: io.StringIO) -> None:
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get("/admin/", headers={"X-Request-ID": "from-the-proxy.1"})
    logged = json.loads(lines.getvalue())
    assert answer["X-Request-ID"] == "from-the-proxy.1"
    assert (logged["request_id"], logged["user"], logged["status"]) == ("from-the-proxy.1", "alice", 302)
    assert (logged["method"], logged["path"], logged["event"]) == ("GET", "/admin/", "answered")


@pytest.mark.parametrize("given", ["", "two words", "x" * 65, 'quote"'])
def test_an_id_that_could_forge_log_lines_is_replaced(client: Client, given: str, lines: io.StringIO) -> None:
    answer = client.get("/login/", headers={"X-Request-ID": given})
    assert answer["X-Request-ID"] != given
    assert json.loads(lines.getvalue())["request_id"] == answer["X-Request-ID"]


def test_probes_do_not_fill_the_log(client: Client, lines: io.StringIO) -> None:
    client.get("/healthz")
    assert lines.getvalue() == ""
