"""The journal page as a person sees it: cells by row and column, keys, and what the page says."""

from typing import Any

from playwright.sync_api import Page, expect

_CELL = """([row, field]) => {
    const { grid } = window.journal;
    const node = grid.grid.getCellNode(row, grid.columns.findIndex((column) => column.field === field));
    return node && { text: node.textContent, title: node.title, css: node.className };
}"""
_IS_BAD = "(cell, message) => cell?.css.split(' ').includes('e') && cell.title.includes(message)"
_ACTIVE = """() => {
    const at = window.journal.grid.active();
    return at && [at.row, window.journal.grid.columns[at.cell].field];
}"""
_PASTE = """(text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", text);
    const event = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
    document.activeElement.dispatchEvent(event);
}"""
_COPY = """() => {
    const clipboardData = new DataTransfer();
    const event = new ClipboardEvent("copy", { clipboardData, bubbles: true, cancelable: true });
    document.activeElement.dispatchEvent(event);
    return clipboardData.getData("text/plain");
}"""


class JournalPage:
    """Opens at its address; rows count from zero, columns have the names of the API."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.state = page.locator("#state")
        self.checks = page.locator("#checks")
        self.notice = page.locator("#notice")

    def open(self) -> None:
        self.page.goto(self.url)
        self.page.locator("#grid[data-ready=true]").wait_for()

    def keys(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def enter(self, *texts: str) -> None:
        """Type each text and go on with Enter; an empty one leaves the cell as it is."""
        for text in texts:
            self.type(text)
            self.keys("Enter")

    def go(self, row: int, field: str) -> None:
        self.page.evaluate(
            "([row, field]) => window.journal.grid.goTo(window.journal.lines.all[row], field)", [row, field]
        )

    def end(self, field: str = "item") -> None:
        """To the empty line."""
        self.page.evaluate(
            """(field) => { const { grid, lines } = window.journal;
            grid.go(lines.length, grid.columns.findIndex((column) => column.field === field)); }""",
            field,
        )

    def number(self, text: str) -> None:
        """Type the document number of the first line."""
        self.go(0, "document_number")
        self.enter(text)

    def paste(self, *rows: str) -> None:
        self.page.evaluate(_PASTE, "\n".join(rows))

    def copied(self) -> str:
        text: str = self.page.evaluate(_COPY)
        return text

    def cell(self, row: int, field: str) -> dict[str, Any]:
        found: dict[str, Any] = self.page.evaluate(_CELL, [row, field])
        return found

    def expect_cell(self, row: int, field: str, text: str) -> None:
        """Wait until the cell shows this text."""
        self.page.wait_for_function(
            f"(asked) => ({_CELL})(asked.slice(0, 2))?.text === asked[2]", arg=[row, field, text]
        )

    def expect_bad(self, row: int, field: str, message: str) -> None:
        """Wait until the cell is red and its tooltip says this."""
        script = f"(asked) => ({_IS_BAD})(({_CELL})(asked.slice(0, 2)), asked[2])"
        self.page.wait_for_function(script, arg=[row, field, message])

    def expect_good(self, row: int, field: str) -> None:
        self.page.wait_for_function(f"(asked) => !({_CELL})(asked).css.split(' ').includes('e')", arg=[row, field])

    def active(self) -> list[Any]:
        found: list[Any] = self.page.evaluate(_ACTIVE)
        return found

    def expect_lines(self, count: int) -> None:
        self.page.wait_for_function("(count) => window.journal.lines.length === count", arg=count)

    def expect_saved(self) -> None:
        expect(self.state).to_have_attribute("data-kind", "saved")
        expect(self.state).to_contain_text("All lines saved")
