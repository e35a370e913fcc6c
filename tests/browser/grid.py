"""An editable table, as the browser tests drive it."""

from playwright.sync_api import Locator, Page, expect

from tests.browser.visit import next_frame


class Table:
    """An editable table of the page, drawn on a canvas with its cells as hidden text."""

    ROW = 35  # px

    def __init__(self, page: Page, number: int) -> None:
        self.page = page
        self.element = page.get_by_test_id("stDataFrame").nth(number)

    def cell(self, row: int, column: int) -> Locator:
        return self.element.get_by_test_id(f"glide-cell-{column}-{row}")

    def select(self, row: int, column: int) -> None:
        """Select a cell, starting from the first of its row."""
        self.cell(row, column).wait_for(state="attached")
        self.element.scroll_into_view_if_needed()
        self.element.locator(".dvn-scroller").click(position={"x": 20, "y": self.ROW * (row + 1.5)})
        expect(self.cell(row, 0)).to_have_attribute("aria-selected", "true")
        for place in range(1, column + 1):
            self.page.keyboard.press("ArrowRight")
            expect(self.cell(row, place)).to_have_attribute("aria-selected", "true")

    def open(self) -> Locator:
        """Open the selected cell and return its text box."""
        editor = self.page.locator("#portal").get_by_role("textbox")
        self.page.keyboard.press("Enter")
        expect(editor).to_be_focused()
        return editor

    def type(self, text: str) -> None:
        """Replace the text of the selected cell."""
        editor = self.open()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)
        expect(editor).to_have_value(text)
        next_frame(self.page)  # sooner, Streamlit's grid now and then takes Enter for no change
        self.page.keyboard.press("Enter")
        expect(editor).to_have_count(0)

    def paste(self, text: str) -> None:
        """Paste into the selected cell and those after it."""
        self.page.evaluate("(text) => navigator.clipboard.writeText(text)", text)
        self.page.keyboard.press("Control+V")
