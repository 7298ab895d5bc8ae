"""Lists in a real browser, by keyboard alone."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.factories import Company

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]


@pytest.fixture
def entries(signed_in: Page, company: Company) -> Page:
    """The item ledger entries of three items."""
    for number in ("BIKE", "LAMP", "TUBE"):
        company.line("purchase", company.item(number), 3, unit_amount="7", document_number=f"IN-{number}")
    company.post()
    signed_in.goto(re.sub("/$", "/item-ledger-entries/", signed_in.url))
    return signed_in


def rows(page: Page) -> Locator:
    return page.get_by_role("region", name="Item ledger entries").locator("tbody tr")


def focus(page: Page, text: str) -> None:
    """Onto the cell of this text: first the table's tab stop, then the arrows."""
    page.locator(".sl-list td[tabindex='0']").focus()
    page.keyboard.press("Control+Home")
    for _ in range(12):
        if page.evaluate("document.activeElement.innerText.trim()") == text:
            return
        page.keyboard.press("ArrowRight")
    raise AssertionError(f"no cell says {text}")


def test_a_list_is_narrowed_to_the_value_under_the_cursor_and_widened_again(entries: Page) -> None:
    expect(rows(entries)).to_have_count(3)
    number = rows(entries).first.get_by_role("link", name=re.compile("^(BIKE|LAMP|TUBE)$")).inner_text()
    focus(entries, number)
    entries.keyboard.press("Alt+F3")
    expect(rows(entries)).to_have_count(1)
    expect(entries).to_have_url(re.compile(rf"f\.item={number}$"))
    entries.get_by_role("link", name="Remove filter Item").press("Enter")
    expect(rows(entries)).to_have_count(3)


def test_a_filter_is_typed_for_the_column_under_the_cursor(entries: Page) -> None:
    expect(rows(entries)).to_have_count(3)
    focus(entries, rows(entries).first.get_by_role("link", name=re.compile("^(BIKE|LAMP|TUBE)$")).inner_text())
    entries.keyboard.press("Shift+F3")
    box = entries.locator("#add-filter")
    expect(box).to_be_visible()
    expect(box.get_by_role("combobox")).to_have_value("f.item")
    expect(box.get_by_role("textbox")).to_be_focused()
    entries.keyboard.type("BIKE|TUBE")
    entries.keyboard.press("Enter")
    expect(rows(entries)).to_have_count(2)
    entries.go_back()
    expect(rows(entries)).to_have_count(3)


def test_the_cursor_walks_and_opens(entries: Page) -> None:
    expect(rows(entries)).to_have_count(3)
    entries.locator(".sl-list td[tabindex='0']").focus()
    entries.keyboard.press("ArrowDown")
    assert entries.evaluate("document.activeElement.parentElement.sectionRowIndex") == 1
    entries.keyboard.press("Control+End")
    assert entries.evaluate("document.activeElement.parentElement.sectionRowIndex") == 2
    entries.keyboard.press("Control+Home")
    focus(entries, rows(entries).first.get_by_role("link", name=re.compile("^(BIKE|LAMP|TUBE)$")).inner_text())
    entries.keyboard.press("Enter")
    expect(entries).to_have_url(re.compile("/items/(BIKE|LAMP|TUBE)/$"))
