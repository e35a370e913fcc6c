"""The Data page in a real browser: files through the file input, typing into tables, a phone."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from pages.ui.frame.headline import DATA
from pages.ui.state.page_list import OPEN
from pages.ui.style.markdown import JOINER
from tests.browser.film import Film
from tests.browser.grid import Table
from tests.browser.visit import IDLE, go, visit
from tests.browser.visit import choose as pick

NAMES = ["*x*", "![](http://x)", "<b>", "$x$", ":material/home:", "a -> b", "www.x.com"]
ROWS = [",".join(f"{i * k % 11}" for k in range(1, 8)) for i in range(9)]
LITERAL = "\n".join([",".join(NAMES), *ROWS]).encode()
LONG = f"{'n' * 500},{'m' * 500}\n1,0\n2,1\n3,0\n".encode()
GRADES = b"hours,sleep,grade\n1,8,C\n2,7,B\n3,6,A\n4,5,A\n"
FILE = "*x*_$x$_<b>_-- www.x.com"
PHONE: ViewportSize = {"width": 400, "height": 800}


def choose(page: Page, way: str) -> None:
    page.get_by_role("radio", name=way).click()


def upload(page: Page, path: Path, content: bytes) -> None:
    path.write_bytes(content)
    page.locator("input[type=file]").set_input_files(path)


def open_upload(page: Page, app: str) -> None:
    visit(page, f"{app}/dataset")
    choose(page, "Your own CSV")
    expect(page.get_by_text("A header row, then one row per sample")).to_be_visible()


def use(page: Page, title: str) -> None:
    page.get_by_role("button", name="Use this data").click()
    expect(page.get_by_test_id("stMain").get_by_text(f"In use: {title}, ")).to_be_visible()


def settle(page: Page) -> None:
    page.locator(IDLE).wait_for()


def name_pattern(name: str) -> re.Pattern[str]:
    """Return a pattern that matches a name on the page."""
    return re.compile("".join(f"{re.escape(sign)}{JOINER}?" for sign in name))


def overflow(page: Page) -> int:
    """Return by how many px the page's main part is wider than the screen."""
    wide = "element => element.scrollWidth - element.clientWidth"
    main = page.get_by_test_id("stMain").evaluate(wide)
    return max(int(main), int(page.locator("html").evaluate(wide)))


def test_a_file_is_read_and_used_and_its_names_stand_on_the_stage(
    page: Page, app: str, tmp_path: Path
) -> None:
    open_upload(page, app)
    upload(page, tmp_path / "grades.csv", GRADES)
    expect(page.get_by_role("heading", name="grades.csv")).to_be_visible()
    expect(page.get_by_text("Target: grade, the last column")).to_be_visible()
    expect(page.get_by_text("4 rows, 2 inputs, 3 outputs")).to_be_visible()
    expect(page.get_by_text("In use: XOR, 4 training samples")).to_be_visible()
    use(page, "grades.csv")
    page.get_by_role("link", name="Train on grades.csv").last.click()
    Film(page).wait("paused")
    expect(Film(page).heatmap("W1")).to_have_accessible_name(
        "W1 as a heatmap: rows hours, sleep, bias; columns h1, h2, h3"
    )
    expect(Film(page).heatmap("W2")).to_have_accessible_name(
        "W2 as a heatmap: rows h1, h2, h3, bias; columns A, B, C"
    )


def test_a_playing_films_page_leads_to_the_upload_by_the_keyboard(page: Page, app: str) -> None:
    """The address keeps no trace of it: reload, Back and the navigation show what was open."""
    visit(page, app)
    film = Film(page)
    film.wait("paused")
    link = page.get_by_role("link", name=DATA[1])
    table = page.get_by_role("textbox", name="Table")
    film.press("Play")
    film.wait_for_epoch(20)
    link.press("Enter")
    expect(page.get_by_text("A header row, then one row per sample")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/dataset\?run="))
    expect(page).not_to_have_url(re.compile(rf"\b{OPEN}="))
    choose(page, "Paste")
    expect(table).to_be_visible()
    settle(page)
    page.reload()
    expect(table).to_be_visible()
    page.go_back()
    film.wait("paused")
    assert film.epoch >= 20
    page.go_forward()
    expect(table).to_be_visible()
    go(page, "Train")
    film.wait("paused")
    go(page, "Data")
    expect(table).to_be_visible()
    go(page, "Train")
    film.wait("paused")
    link.click()
    expect(page.get_by_text("A header row, then one row per sample")).to_be_visible()


@pytest.mark.parametrize("screen", [(1366, 768), (390, 844)])
def test_the_first_screen_has_the_tables_beginning_and_what_uses_it(
    page: Page, app: str, tmp_path: Path, screen: tuple[int, int]
) -> None:
    page.set_viewport_size({"width": screen[0], "height": screen[1]})
    visit(page, f"{app}/dataset")
    expect(page.get_by_role("link", name="Train on XOR").first).to_be_in_viewport(ratio=1)
    expect(page.get_by_test_id("stDataFrame").first).to_be_in_viewport()
    choose(page, "Your own CSV")
    upload(page, tmp_path / "grades.csv", GRADES)
    use_it = page.get_by_role("button", name="Use grades.csv")
    expect(use_it).to_be_in_viewport(ratio=1)
    expect(page.get_by_test_id("stDataFrame").first).to_be_in_viewport()
    use_it.click()
    used = page.get_by_role("heading", name="In use: grades.csv, 4 training samples")
    expect(used).to_be_in_viewport(ratio=1)
    expect(use_it).to_have_count(0)


def test_the_head_leads_to_why_it_cannot_be_used(page: Page, app: str, tmp_path: Path) -> None:
    open_upload(page, app)
    upload(page, tmp_path / "grades.csv", GRADES)
    pick(page, "Task", "Classification into two classes: one output")
    use_it = page.get_by_role("button", name="Use grades.csv")
    expect(use_it).to_be_disabled()
    page.get_by_role("link", name="Not yet: see why").click()
    expect(page.get_by_text("but a binary task has two")).to_be_in_viewport(ratio=1)
    pick(page, "Task", "Classification: one output per class")
    expect(use_it).to_be_enabled()


def test_names_from_a_file_are_read_as_they_stand(page: Page, app: str, tmp_path: Path) -> None:
    """As they stand: no picture is fetched either, which the fixture sees to."""
    open_upload(page, app)
    upload(page, tmp_path / f"{FILE}.csv", LITERAL)
    main = page.get_by_test_id("stMain")
    expect(page.get_by_role("heading", level=2).first).to_contain_text(name_pattern(f"{FILE}.csv"))
    expect(main).to_contain_text(name_pattern("Target: www.x.com, the last column"))
    for name in NAMES[:-1]:
        pick(page, "Target", name)
        told = page.get_by_test_id("stCaptionContainer").filter(has_text="is numeric, scaled to")
        expect(told).to_contain_text(name_pattern(name))
    page.get_by_role("button", name="Use this data").click()
    page.get_by_text("It is in use.").wait_for()
    expect(main).to_contain_text(name_pattern(f"In use: {FILE}.csv, 9 training samples"))
    markup = main.get_by_test_id("stMarkdownContainer").locator("p :is(a, img, b, em, .katex)")
    expect(markup).to_have_count(0)
    go(page, "Train")
    Film(page).wait("paused")
    expect(main.get_by_role("heading", level=1)).to_contain_text(name_pattern(f"{FILE}.csv"))
    expect(Film(page).heatmap("W2")).to_have_accessible_name(
        "W2 as a heatmap: rows h1, h2, h3, bias; columns a -> b"
    )


def test_what_is_typed_is_what_the_network_starts_from(page: Page, app: str) -> None:
    """The button is pressed at once after typing: the click leaves the cell."""
    visit(page, f"{app}/dataset")
    choose(page, "An exercise")
    W1 = Table(page, 1)
    expect(W1.cell(0, 1)).to_have_text("0.15")
    W1.select(0, 1)
    W1.open().fill("-0.625")
    page.get_by_role("button", name="Use this data").click()
    expect(page.get_by_text("In use: Exercise, 1 training sample")).to_be_visible()
    expect(W1.cell(0, 1)).to_have_text("-0.625")
    expect(page.get_by_text("It is in use.")).to_be_visible()
    go(page, "Chain rule")
    cells = page.get_by_role("table", name="W1", exact=True).get_by_role("button")
    expect(cells.first).to_have_text("−0.625")


@pytest.mark.parametrize("address", ["/", "/dataset", "/chain-rule"])
def test_a_phone_shows_a_page_without_scrolling_sideways(
    browser: Browser, app: str, address: str
) -> None:
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    visit(page, app + address)
    page.locator(
        "[data-testid=stage], [data-testid=chain-rule], [data-testid=stDataFrame]"
    ).last.wait_for()
    assert overflow(page) <= 0
    context.close()


def test_a_phone_wraps_long_names(browser: Browser, app: str, tmp_path: Path) -> None:
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    open_upload(page, app)
    upload(page, tmp_path / f"{'f' * 200}.csv", LONG)
    page.get_by_text("Prepared data").wait_for()
    page.get_by_role("button", name="Use this data").click()
    page.get_by_text("It is in use.").wait_for()
    assert overflow(page) <= 0
    context.close()


def test_a_long_reading_shows_how_far_it_is_and_can_be_cancelled(
    page: Page, app: str, tmp_path: Path
) -> None:
    open_upload(page, app)
    upload(page, tmp_path / "small.csv", b"a,b,y\n1,2,0\n3,5,1\n4,4,0\n")
    expect(page.get_by_role("heading", name="small.csv")).to_be_visible()
    names = ",".join(f"w{i}" for i in range(3000))  # of cells with a unit, which take longest
    row = ",".join(f"{i % 97} kg" for i in range(3000))
    wide = tmp_path / "wide.csv"
    upload(page, wide, "\n".join([names, *[row.replace("9", f"{k}") for k in range(200)]]).encode())
    expect(page.get_by_role("progressbar")).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="Cancel", exact=True).click()
    expect(page.get_by_text("Reading wide.csv was cancelled")).to_be_visible()
    settle(page)
    expect(page.get_by_role("progressbar")).to_have_count(0)
    expect(page.get_by_role("heading", name="small.csv")).to_be_visible()
