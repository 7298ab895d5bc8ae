"""A real Chromium on a real server: who opens it, and a company that can post."""

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.journal import JournalPage
from tests.factories import Company
from users.models import User
from users.roles import sync_roles

# Playwright runs its own event loop in this thread; Django would take the tests for asynchronous code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
PASSWORD = "five-quiet-otters"


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium; without one the tests are skipped here, and fail where CI runs them."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        say = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        say("No Chromium is installed (apt-get install chromium), so no browser test can run.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def people(company: Company) -> dict[str, User]:
    """One user of each role that the tests need."""
    sync_roles()
    made = {}
    for name, role in (("mara", "inventory manager"), ("jonas", "inventory accountant"), ("wim", "warehouse worker")):
        made[name] = User.objects.create_user(name, password=PASSWORD)
        made[name].groups.add(Group.objects.get(name=role))
    return made


@pytest.fixture
def browse(chromium: Browser, live_server: Any, people: dict[str, User]) -> Iterator[Callable[..., JournalPage]]:
    """Open the item journal as somebody, each call in a browser of its own; errors of the page fail the test."""
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def open_page(name: str = "mara", journal: str = "ITEM/DEFAULT", **options: Any) -> JournalPage:
        context = chromium.new_context(**{"viewport": {"width": 1440, "height": 900}, **options})
        contexts.append(context)
        client = Client()
        client.force_login(people[name])
        cookie = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
        page = context.new_page()
        watch(page, problems)
        opened = JournalPage(page, f"{live_server.url}/journals/{journal}/")
        opened.open()
        return opened

    yield open_page
    for context in contexts:
        context.close()
    wait_for_the_server()
    assert not problems


def watch(page: Page, problems: list[str]) -> None:
    """Collect what a script of the page threw."""
    page.set_default_timeout(20_000)
    page.on("pageerror", lambda error: problems.append(str(error)))


@pytest.fixture
def signed_in(chromium: Browser, live_server: Any, people: dict[str, User]) -> Iterator[Page]:
    """Mara at her first page, through the door like everybody."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    page, problems = context.new_page(), []
    watch(page, problems)
    page.goto(f"{live_server.url}/")
    page.get_by_label("User name").fill("mara")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("navigation", name="Main").wait_for()
    yield page
    context.close()
    wait_for_the_server()
    assert not problems


def wait_for_the_server(seconds: float = 30) -> None:
    """Until no request is being answered: emptying the tables after the test would deadlock with one that reads.

    A page may still be asking when its window closes; the server's thread for it ends, and its connection with it.
    """
    deadline = time.monotonic() + seconds
    while busy := [thread.name for thread in threading.enumerate() if "process_request" in thread.name]:
        assert time.monotonic() < deadline, f"still answering after the browser has closed: {busy}"
        time.sleep(0.02)
