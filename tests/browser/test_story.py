"""The main job from the door to the general ledger: sign in, type and paste a journal, post it, follow the numbers."""

import pytest
from playwright.sync_api import Page, expect

from ledger.models import GLEntry, ItemLedgerEntry, ValueEntry
from tests.browser.journal import JournalPage
from tests.factories import Company
from work.queue import drain

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]


def test_from_the_door_to_the_general_ledger(signed_in: Page, company: Company) -> None:
    company.item("BIKE", prevent_negative_inventory="yes")
    signed_in.get_by_role("link", name="Item journals").click()
    row = signed_in.get_by_role("row", name="DEFAULT Item journal")
    row.get_by_role("link", name="DEFAULT").first.click()
    page = JournalPage(signed_in, signed_in.url)
    page.page.locator("#grid[data-ready=true]").wait_for()
    page.enter("bike", "", "east", "10", "7")
    page.number("IJ-1")
    page.end()
    page.paste("BIKE\t\tPurchase\tEAST\t1O\tPCS\t9", "BIKE\t\tSale\tEAST\t12\tPCS\t20")
    page.expect_bad(1, "quantity", "Type a number")
    page.go(1, "quantity")
    page.enter("5")
    page.expect_good(1, "quantity")
    page.keys("Control+Shift+F9")
    stock = signed_in.get_by_role("region", name="New stock and unit cost")
    expect(stock).to_contain_text("27.00")
    page.keys("Escape", "F9")
    expect(page.notice).to_contain_text("Posted 3 lines as IJ-1")
    page.expect_lines(0)
    drain()
    follow_the_numbers(page)
    assert sorted(ItemLedgerEntry.objects.values_list("quantity", flat=True)) == [-12, 5, 10]
    assert sum(ValueEntry.objects.values_list("cost_amount_actual", flat=True)) == 70 + 45 - 88
    assert sum(GLEntry.objects.values_list("amount", flat=True)) == 0


def follow_the_numbers(page: JournalPage) -> None:
    """From the figure on the item card over the entries behind it to the amount on an account."""
    browser = page.page
    page.notice.get_by_role("link", name="Item ledger entries").click()
    expect(browser.get_by_role("region", name="Item ledger entries").locator("tbody tr")).to_have_count(3)
    browser.get_by_role("link", name="BIKE", exact=True).first.click()
    browser.get_by_role("link", name="On hand 3 PCS").click()
    expect(browser.get_by_role("main")).to_contain_text("These rows add up to it.")
    entries = browser.get_by_role("region", name="Item ledger entries")
    entries.get_by_role("link", name="−12", exact=True).click()
    values = browser.get_by_role("region", name="Value entries")
    expect(values.locator("tfoot")).to_contain_text("−88.00")
    values.get_by_role("link", name="−84.00", exact=True).click()
    general = browser.get_by_role("region", name="G/L entries")
    expect(general).to_contain_text("inventory_account")
    general.get_by_role("link", name="−84.00", exact=True).first.click()
    expect(browser.get_by_role("main")).to_contain_text("−84.00")
