"""The item journal as people use it: by keyboard, from a spreadsheet, together, and when the server fails."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Route, expect

from inventory.models import Item, NumberSeries, NumberSeriesLine
from ledger.models import ItemLedgerEntry, ItemRegister
from posting.models import ItemJournalBatch, ItemJournalLine
from tests.browser.journal import JournalPage
from tests.factories import Company
from users.history import acting

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]
Browse = Callable[..., JournalPage]


@pytest.fixture
def bike(company: Company) -> Item:
    return company.item("BIKE", prevent_negative_inventory="yes")


@pytest.fixture
def bell(company: Company) -> Item:
    return company.item("BELL", prevent_negative_inventory="yes")


def saved_values(*fields: str) -> list[tuple[Any, ...]]:
    """What the journal holds in the database, line by line."""
    return list(ItemJournalLine.objects.order_by("line_number").values_list(*fields))


def test_a_journal_is_typed_with_one_hand(browse: Browse, bike: Item, bell: Item) -> None:
    page = browse()
    assert page.active() == [0, "item"]
    page.enter("bike", "", "east", "12*4", "7,50")
    assert page.active() == [1, "item"]
    page.enter("BELL", "s", "EAST", "3", "12")
    page.expect_saved()
    page.expect_cell(0, "description", "BIKE")
    page.expect_cell(0, "item", "BIKE")
    page.expect_cell(0, "quantity", "48")
    page.expect_cell(0, "unit_amount", "7.50")
    page.expect_cell(0, "amount", "360.00")
    page.expect_cell(1, "entry_type", "Sale")
    today = timezone.localdate()
    assert saved_values("item__number", "entry_type", "location__code", "quantity", "unit_amount", "posting_date") == [
        ("BIKE", "purchase", "EAST", 48, 7.5, today),
        ("BELL", "sale", "EAST", 3, 12, today),
    ]


def test_keys_of_a_spreadsheet(browse: Browse, bike: Item) -> None:
    page = browse()
    page.enter("BIKE", "", "EAST", "5", "2")
    page.enter("BIKE")
    page.go(1, "quantity")
    page.keys("F8")
    page.expect_cell(1, "quantity", "5")
    page.keys("F2", "6", "Tab")
    page.expect_cell(1, "quantity", "56")
    assert page.active() == [1, "unit"]
    page.keys("ArrowLeft")
    page.type("9")
    page.keys("Escape")
    page.expect_cell(1, "quantity", "56")
    page.keys("Delete")
    page.expect_cell(1, "quantity", "")
    page.keys("Control+z")
    page.expect_cell(1, "quantity", "56")
    page.go(0, "location")
    page.keys("Shift+ArrowDown", "Control+d")
    page.expect_cell(1, "location", "EAST")
    page.keys("Control+Insert")
    page.expect_lines(3)
    page.keys("Control+z")
    page.expect_lines(2)
    page.keys("Control+Delete")
    page.expect_lines(1)
    page.expect_saved()
    page.keys("Control+z")
    page.expect_lines(2)
    page.expect_saved()
    page.go(0, "posting_date")
    page.enter("31.1.")
    page.expect_cell(0, "posting_date", f"31 Jan {timezone.localdate().year}")
    assert saved_values("item__number", "location__code", "quantity") == [("BIKE", "EAST", 5), ("BIKE", "EAST", 56)]


def test_look_up_while_typing(browse: Browse, company: Company, bike: Item) -> None:
    company.change(bike, description="Trekking bike")
    company.post(company.line("purchase", bike, 7, unit_amount="5", location=company.east))
    page = browse()
    page.type("trekk")
    hit = page.page.get_by_role("option", name="BIKE")
    expect(hit).to_contain_text("Trekking bike")
    expect(hit).to_contain_text("7")
    page.keys("ArrowDown", "Enter")
    page.expect_cell(0, "item", "BIKE")
    page.expect_cell(0, "description", "Trekking bike")
    page.enter("-", "EAST", "3")
    page.go(0, "quantity")
    detail = page.page.locator("#detail")
    expect(detail).to_contain_text("7 PCS")
    expect(detail).to_contain_text("−3 PCS")
    expect(detail).to_contain_text("4 PCS")


def test_a_block_from_a_spreadsheet_and_its_bad_cells(browse: Browse, company: Company, bike: Item, bell: Item) -> None:
    page = browse()
    page.paste(
        "Item No.\tQty\tLocation Code\tType\tPrice\tDocument No.",
        "BIKE\t10\tEAST\tPurchase\t7,00\tD1",
        "B1KE\t2\tEAST\tPurchase\t7,00\tD1",
        "BELL\tmany\tEAST\tPurchase\t1.5\tD1",
        "BELL\t4\tMOON\tPurchase\t1.5\tD1",
        "BELL\t5\tEAST\tSale\t3\tD2",
    )
    page.expect_bad(1, "item", "no such item")
    page.expect_bad(2, "quantity", "Type a number")
    page.expect_bad(3, "location", "no such location")
    page.expect_cell(1, "item", "B1KE")
    expect(page.page.locator("#check-count")).to_contain_text("errors")
    page.go(0, "item")
    page.keys("Alt+e")
    assert page.active() == [1, "item"]
    page.type("BIKE")
    page.keys("Enter")
    page.checks.get_by_text("Type a number").click()
    assert page.active() == [2, "quantity"]
    page.enter("9")
    page.go(3, "location")
    page.enter("EAST")
    page.expect_saved()
    page.expect_good(1, "item")
    page.expect_good(2, "quantity")
    page.expect_good(3, "location")
    expect(page.checks).to_contain_text("No problems")
    page.go(4, "quantity")
    page.enter("50")
    page.expect_bad(4, "quantity", "Lower the quantity")
    page.keys("F9")
    expect(page.notice).to_contain_text("Nothing was posted: 1 line is refused")
    assert not ItemLedgerEntry.objects.exists()
    page.page.get_by_role("button", name="Post the other 4 lines").click()
    page.page.get_by_role("button", name="Post valid lines").click()
    expect(page.notice).to_contain_text("Posted 4 lines")
    page.expect_lines(1)
    page.expect_cell(0, "quantity", "50")
    assert sorted(ItemLedgerEntry.objects.values_list("item__number", "quantity")) == [
        ("BELL", 4), ("BELL", 9), ("BIKE", 2), ("BIKE", 10),
    ]  # fmt: skip


def test_paste_is_one_step_of_undo_and_copies_back(browse: Browse, bike: Item) -> None:
    page = browse()
    rows = ["BIKE\t\tPurchase\tEAST\t1", "BIKE\t\tPurchase\tEAST\t2"]
    page.paste(*rows)
    page.expect_lines(2)
    page.expect_saved()
    assert page.copied().splitlines() == [row.replace("\t\t", "\tBIKE\t") for row in rows]
    page.keys("Control+z")
    page.expect_lines(0)
    page.expect_saved()
    assert not ItemJournalLine.objects.exists()
    page.keys("Control+y")
    page.expect_lines(2)
    page.expect_saved()
    assert [quantity for (quantity,) in saved_values("quantity")] == [1, 2]


BLOCKS = {
    "a\tb\nc\td": [["a", "b"], ["c", "d"]],
    '"two\nlines"\tb\r\n': [["two\nlines", "b"]],
    '"say ""so"""\t1': [['say "so"', "1"]],
    'tyre 28"\t"open': [['tyre 28"', '"open']],
    "\t\n\t": [["", ""], ["", ""]],
}
SUMS = {
    "12*4": "48", "=(3+2,5)/2": "2.75", "0.1+0.2": "0.3", "10/3": "3.33333", "2*-3": "-6", "7−2": "5",
    "12": None, "-5": None, "5-": None, "1/0": None, "(2": None, "2+x": None, "1.2.3+1": None,
}  # fmt: skip


def test_blocks_and_sums_are_read_exactly(browse: Browse) -> None:
    page = browse().page
    read = """async (texts) => {
        const { readBlock, writeBlock } = await import("/static/web/journal-clipboard.js");
        return texts.map((text) => [readBlock(text), readBlock(writeBlock(readBlock(text)))]);
    }"""
    assert page.evaluate(read, list(BLOCKS)) == [[rows, rows] for rows in BLOCKS.values()]
    work = """async (texts) => {
        const { worked } = await import("/static/web/journal-values.js");
        return texts.map((text) => worked(text, 5));
    }"""
    assert dict(zip(SUMS, page.evaluate(work, list(SUMS)), strict=True)) == SUMS


def test_two_thousand_lines(browse: Browse, bike: Item) -> None:
    page = browse()
    rows = [f"BIKE\t{n}\tEAST\tPurchase\t2.5\tBulk {n}" for n in range(1, 2001)]
    began = page.page.evaluate("performance.now()")
    page.paste("Item\tQuantity\tLocation\tEntry type\tUnit amount\tDescription", *rows)
    expect(page.page.locator("#progress")).to_be_visible()
    page.page.wait_for_function("() => window.journal.lines.length === 2000 && !window.journal.queue.waiting.size")
    took = page.page.evaluate("performance.now()") - began
    page.expect_saved()
    assert saved_values("quantity", "description") == [(n, f"Bulk {n}") for n in range(1, 2001)]
    assert page.page.locator(".slick-row").count() < 150
    assert took < 15_000, f"2,000 lines took {took:.0f} ms"
    print(f"2,000 lines of 6 cells saved in {took:.0f} ms")


def test_a_server_that_fails_loses_nothing(browse: Browse, bike: Item) -> None:
    page = browse()
    failures = iter([500, "lost", "abort"])

    def fail(route: Route) -> None:
        how = next(failures, None) if route.request.method == "POST" else None
        if how == 500:
            route.fulfill(status=500, json={"errors": [{"code": "internal_error", "message": "Reference 12."}]})
        elif how == "lost":
            route.fetch()
            route.abort()
        elif how == "abort":
            route.abort()
        else:
            route.continue_()

    page.page.route("**/lines/**", fail)
    page.enter("BIKE", "", "EAST", "5", "2")
    expect(page.state).to_have_attribute("data-kind", "failed")
    page.enter("BIKE", "", "WEST", "6", "3")
    page.expect_saved()
    assert saved_values("item__number", "location__code", "quantity", "unit_amount") == [
        ("BIKE", "EAST", 5, 2), ("BIKE", "WEST", 6, 3),
    ]  # fmt: skip


def test_unsaved_lines_outlive_the_page(browse: Browse, bike: Item) -> None:
    page = browse()
    page.page.route("**/lines/", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    page.enter("BIKE", "", "EAST", "5", "2")
    expect(page.state).to_have_attribute("data-kind", "failed")
    page.page.unroute_all()
    page.open()
    page.expect_lines(1)
    page.expect_saved()
    assert saved_values("item__number", "location__code", "quantity", "unit_amount") == [("BIKE", "EAST", 5, 2)]


def test_pressing_f9_twice_posts_once(browse: Browse, bike: Item) -> None:
    page = browse()
    lost = iter([True])

    def lose(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        if next(lost, False):
            route.fetch()
            route.abort()
        else:
            route.continue_()

    keys: list[str] = []
    page.page.route("**/posting/", lose)
    page.enter("BIKE", "", "EAST", "5", "2")
    page.number("D1")
    page.keys("F9", "F9")
    page.page.locator("[data-act=post]").dispatch_event("click")
    expect(page.notice).to_contain_text("Posted 1 line")
    assert len(keys) == 2
    assert len(set(keys)) == 1, "the repetition carries the key of the attempt"
    assert ItemRegister.objects.count() == 1
    assert ItemLedgerEntry.objects.count() == 1
    page.expect_lines(0)


def test_an_attempt_outlives_the_page_that_made_it(browse: Browse, bike: Item) -> None:
    page = browse()
    asked = []

    def lose(route: Route) -> None:
        route.fetch()
        asked.append(route.request.headers["idempotency-key"])
        route.abort()

    page.page.route("**/posting/", lose)
    page.enter("BIKE", "", "EAST", "5", "2")
    page.number("D1")
    with page.page.expect_event("requestfailed", lambda request: request.url.endswith("/posting/")):
        page.keys("F9")
    page.page.unroute_all(behavior="wait")
    page.page.goto(page.url)
    expect(page.notice).to_contain_text("Posted 1 line as D1")
    assert asked
    assert ItemRegister.objects.count() == 1
    assert ItemLedgerEntry.objects.count() == 1
    page.expect_lines(0)


def test_two_people_in_one_journal(browse: Browse, bike: Item) -> None:
    mara, jonas = browse("mara"), browse("jonas")
    mara.enter("BIKE", "", "EAST", "5", "2")
    mara.expect_saved()
    jonas.page.evaluate("window.dispatchEvent(new Event('focus'))")
    jonas.expect_lines(1)
    jonas.enter("BIKE", "", "WEST", "1", "2")
    jonas.expect_saved()
    jonas.go(0, "quantity")
    jonas.type("9")  # his page does not look for others' changes while he types
    mara.go(0, "quantity")
    with mara.page.expect_response(lambda answer: answer.request.method == "POST" and "/lines/" in answer.url):
        mara.enter("7")
    mara.expect_saved()
    jonas.keys("Enter")
    jonas.expect_cell(0, "quantity", "7")
    expect(jonas.checks).to_contain_text("Someone else changed this line")
    expect(jonas.page.get_by_role("button", name="Keep theirs")).to_be_visible()
    jonas.page.get_by_role("button", name="Use mine: Quantity 9").click()
    jonas.expect_saved()
    jonas.expect_cell(0, "quantity", "9")
    assert [quantity for (quantity,) in saved_values("quantity")] == [9, 1]


def test_two_tabs_of_one_person(browse: Browse, bike: Item) -> None:
    first = browse()
    second = JournalPage(first.page.context.new_page(), first.url)
    second.open()
    first.enter("BIKE", "", "EAST", "5", "2")
    second.expect_lines(1)
    second.expect_cell(0, "quantity", "5")
    assert second.active() == [1, "item"], "the cursor stays on the empty line"
    second.enter("BIKE", "", "WEST", "6", "3")
    second.expect_saved()
    first.expect_lines(2)
    first.expect_cell(1, "unit_amount", "3.00")
    first.go(1, "quantity")
    first.keys("Control+Delete")
    second.expect_lines(1)
    assert saved_values("quantity") == [(5,)]


def test_preview_says_what_posting_would_do(browse: Browse, bike: Item) -> None:
    page = browse()
    page.enter("BIKE", "", "EAST", "5", "2")
    page.number("D1")
    page.keys("Control+Shift+F9")
    dialog = page.page.get_by_role("dialog", name="Preview: nothing is posted yet")
    expect(dialog.get_by_role("region", name="New stock and unit cost")).to_contain_text("10.00")
    for title in ("Item ledger entries", "Value entries", "G/L entries"):
        expect(dialog.get_by_role("region", name=title)).to_contain_text("D1")
    page.keys("Escape")
    expect(dialog).to_be_hidden()
    assert not ItemLedgerEntry.objects.exists()
    page.expect_lines(1)


def test_without_the_permission_no_column_shows_cost(browse: Browse, bike: Item) -> None:
    shown = "() => window.journal.grid.columns.map((column) => column.field)"
    assert "unit_cost" in browse("mara").page.evaluate(shown)
    page = browse("wim")
    assert "unit_cost" not in page.page.evaluate(shown)
    page.enter("BIKE", "", "EAST", "5")
    assert page.active() == [1, "item"], "what it is bought at is a cost"
    page.expect_saved()
    page.go(0, "quantity")
    expect(page.page.locator("#detail")).to_contain_text("After posting")
    expect(page.page.locator("#detail")).not_to_contain_text("Unit cost")


def test_goods_are_moved_in_the_reclassification_journal(browse: Browse, company: Company, bike: Item) -> None:
    company.post(company.line("purchase", bike, 7, unit_amount="5", location=company.east))
    page = browse(journal="RECLASS/DEFAULT")
    page.enter("BIKE", "EAST", "WEST", "3")
    page.number("D1")
    page.keys("F9")
    expect(page.notice).to_contain_text("Posted 1 line")
    moved = ItemLedgerEntry.objects.filter(entry_type="transfer").values_list("location__code", "quantity")
    assert sorted(moved) == [("EAST", -3), ("WEST", 3)]


def test_lines_are_kept_and_come_back(browse: Browse, bike: Item, bell: Item) -> None:
    page = browse()
    page.enter("BIKE", "", "EAST", "2", "7")
    page.number("D1")
    page.expect_saved()
    page.page.get_by_role("button", name="Lines").click()
    page.page.get_by_role("button", name="Keep as a standard journal").click()
    keep = page.page.get_by_role("dialog", name="Keep as a standard journal")
    page.keys("Enter")  # without a code
    expect(keep).to_contain_text("The code is missing")
    keep.get_by_label("Code").fill("daily")
    page.keys("Enter")
    expect(page.notice).to_contain_text("Kept one line as DAILY.")
    page.page.get_by_role("button", name="Lines").click()
    page.page.get_by_role("button", name="Get a standard journal").click()
    page.page.get_by_role("dialog", name="Get a standard journal").get_by_role("button", name="DAILY").first.click()
    expect(page.notice).to_contain_text("One line was added.")
    page.expect_lines(2)
    assert saved_values("item__number", "quantity", "document_number") == [("BIKE", 2, "D1"), ("BIKE", 2, "D1")]


def test_documents_are_numbered_anew_where_there_is_a_series(browse: Browse, bike: Item, company: Company) -> None:
    with acting(company.user, "test"):
        series = NumberSeries.objects.create(code="IJ")
        NumberSeriesLine.objects.create(series=series, starting_number="IJ0005")
    page = browse()
    page.enter("BIKE", "", "EAST", "2", "7")
    page.number("D1")
    page.expect_saved()

    def renumber() -> None:
        page.page.get_by_role("button", name="Lines").click()
        page.page.get_by_role("button", name="Number the documents anew").click()

    renumber()
    expect(page.notice).to_contain_text("has no number series")
    ItemJournalBatch.objects.update(number_series=series)
    renumber()
    expect(page.notice).to_contain_text("One line got another document number.")
    page.expect_cell(0, "document_number", "IJ0005")
