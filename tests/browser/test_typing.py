"""Numbers typed with a real keyboard, or pasted from a real clipboard."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from core.checking.typed_number import read
from tests.browser.film import Film
from tests.browser.grid import Table
from tests.browser.visit import IDLE, go, visit

SLOW = 20_000  # ms for a busy machine


@pytest.fixture(scope="module", autouse=True)
def clipboard(context: BrowserContext) -> Iterator[None]:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    yield
    context.clear_permissions()


@pytest.fixture
def exercise(page: Page, app: str) -> Page:
    """Return the page with the exercise's tables: the samples, W1 and W2."""
    visit(page, f"{app}/dataset")
    page.get_by_role("radio", name="An exercise").click()
    expect(Table(page, 1).cell(0, 1)).to_have_text("0.15")
    page.locator(IDLE).wait_for()
    return page


def check_weights(page: Page, matrix: str, expected: list[float]) -> None:
    """Compare the initial weights on the chain rule page."""
    page.get_by_role("button", name="Use this data").click()
    page.get_by_text("It is in use.").wait_for()
    go(page, "Chain rule")
    cells = page.get_by_role("table", name=matrix, exact=True).get_by_role("button")
    cells.first.wait_for()
    shown = cells.all_text_contents()
    assert len(shown) == len(expected)
    assert all(read(text).is_close_to(value) for text, value in zip(shown, expected, strict=True))


def test_what_is_typed_into_a_table_is_what_is_meant(exercise: Page) -> None:
    W1 = Table(exercise, 1)
    W1.select(0, 1)
    W1.type("−1/3")
    expect(exercise.get_by_text("“−1/3” = −0.3333333333333333")).to_be_visible(timeout=SLOW)
    check_weights(exercise, "W1", [-1 / 3, 0.25, 0.2, 0.3, 0.35, 0.35])


def test_a_cell_that_is_no_number_is_refused_where_it_stands(exercise: Page) -> None:
    W1, use = Table(exercise, 1), exercise.get_by_role("button", name="Use this data")
    W1.select(0, 1)
    W1.paste("1.2.3")
    alert = exercise.get_by_role("alert")
    expect(alert).to_contain_text("Row x1, column h1: “1.2.3” is not a", timeout=SLOW)
    expect(use).to_be_disabled()
    W1.select(0, 1)
    W1.paste("0,15")
    expect(alert).to_have_count(0, timeout=SLOW)
    expect(use).to_be_enabled()


def test_a_block_is_pasted_with_the_commas_of_its_country(exercise: Page) -> None:
    W1 = Table(exercise, 1)
    W1.select(0, 1)
    W1.paste("0,15\t−0,25\n1/8\t2e-3\n(0.5)\t0,35\n")
    expect(exercise.get_by_text("“−0,25” = −0.25")).to_be_visible(timeout=SLOW)
    check_weights(exercise, "W1", [0.15, -0.25, 0.125, 0.002, 0.5, 0.35])


def test_a_block_pasted_over_the_names_is_told_and_can_be_put_back(exercise: Page) -> None:
    W1, use = Table(exercise, 1), exercise.get_by_role("button", name="Use this data")
    W1.select(0, 0)
    W1.paste("0,1\t0,2\n0,3\t0,4\n0,5\t0,6\n")
    expect(exercise.get_by_role("alert")).to_contain_text(
        "pasted over the name of a row", timeout=SLOW
    )
    expect(use).to_be_disabled()
    exercise.get_by_role("button", name="Reset the tables").click()
    expect(exercise.get_by_role("alert")).to_have_count(0)
    expect(W1.cell(0, 0)).to_have_text("x1")
    expect(W1.cell(2, 2)).to_have_text("0.35")


def test_a_block_copied_with_its_names_goes_where_they_are(exercise: Page) -> None:
    W1 = Table(exercise, 1)
    W1.select(0, 0)
    W1.paste("x1\t0,1\t0,2\nx2\t0,3\t0,4\nbias\t0,5\t0,6\n")
    expect(exercise.get_by_text("“0,6” = 0.6")).to_be_visible(timeout=SLOW)
    check_weights(exercise, "W1", [0.1, 0.2, 0.3, 0.4, 0.5, 0.6])


def test_a_field_of_numbers_takes_what_is_typed_or_says_why_not(film: Film) -> None:
    page = film.page
    field = page.get_by_role("textbox", name="Learning rate η")

    def type_over(text: str) -> None:
        field.fill("")
        page.keyboard.type(text)
        page.keyboard.press("Enter")

    type_over("0,5")
    expect(page.get_by_text("= 0.5", exact=True)).to_be_visible()
    type_over("1/3")
    expect(page.get_by_text("= 0.3333333333333333", exact=True)).to_be_visible()
    type_over("−2e-3")
    expect(page.get_by_text("“−2e-3” is out of range")).to_be_visible()
    expect(page.get_by_text("Until then it is 0.3333333333333333.")).to_be_visible()
    expect(field).to_have_value("−2e-3")
    type_over("(2)")
    expect(page.get_by_text("= 2", exact=True)).to_be_visible()


def test_a_goal_is_typed_with_a_comma(film: Film) -> None:
    film.run_to(loss="0,05")
    film.wait("paused")
    assert 0 < film.epoch < 500
    expect(film.stage.locator(".goal")).to_contain_text("= 0.05")
