"""The frame in a real browser, by keyboard alone."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.factories import Company

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]


def test_the_palette_goes_anywhere_by_keyboard(signed_in: Page, company: Company) -> None:
    for number in ("BIKE", "BIKEBAG"):
        company.item(number)
    box = signed_in.get_by_role("combobox", name="Search pages, actions")
    chosen = signed_in.get_by_role("dialog").get_by_role("option", selected=True)
    signed_in.wait_for_load_state()
    signed_in.keyboard.press("Alt+q")
    expect(chosen).to_be_visible()
    signed_in.keyboard.type("bike")
    expect(chosen).to_contain_text("BIKE")
    signed_in.keyboard.press("ArrowDown")
    expect(chosen).to_contain_text("BIKEBAG")
    assert box.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    signed_in.keyboard.press("ArrowUp")
    signed_in.keyboard.press("Enter")
    expect(signed_in.get_by_role("heading", level=1)).to_contain_text("BIKE")
    signed_in.wait_for_load_state()
    signed_in.keyboard.press("Control+k")
    signed_in.keyboard.type("copy")
    expect(chosen).to_have_text("Copy BIKE")
    signed_in.keyboard.press("Enter")
    expect(signed_in).to_have_url(re.compile("/items/BIKE/copy/$"))


def test_enter_waits_for_what_was_typed_and_escape_leaves_the_page_as_it_is(signed_in: Page, company: Company) -> None:
    company.item("BIKE")
    signed_in.wait_for_load_state()
    signed_in.keyboard.press("Alt+q")
    signed_in.keyboard.type("item registers")
    signed_in.keyboard.press("Enter")
    expect(signed_in.get_by_role("heading", level=1)).to_have_text("Item registers")
    signed_in.wait_for_load_state()
    address = signed_in.url
    signed_in.keyboard.press("Alt+q")
    expect(signed_in.get_by_role("dialog")).to_be_visible()
    signed_in.keyboard.press("Escape")
    expect(signed_in.get_by_role("dialog")).to_have_count(0)
    assert signed_in.url == address


def test_the_palette_says_what_it_did_not_find_and_when_nobody_answers(signed_in: Page) -> None:
    signed_in.wait_for_load_state()
    signed_in.keyboard.press("Alt+q")
    signed_in.keyboard.type("<b>zzzz")
    expect(signed_in.get_by_role("dialog")).to_contain_text("Nothing is called “<b>zzzz”")
    signed_in.context.set_offline(True)
    signed_in.keyboard.type("y")
    expect(signed_in.get_by_role("dialog")).to_contain_text("The search does not answer")
    signed_in.context.set_offline(False)
    signed_in.keyboard.type("y")
    expect(signed_in.get_by_role("dialog")).to_contain_text("“<b>zzzzyy”")
