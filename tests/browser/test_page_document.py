"""A run's page as a document: offline, in a sandbox, with names that are markup, for everybody."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from core.table.csv_table import read_csv
from pages.ui.save.page import PageContent, document
from pages.ui.save.page.controls import PageChoices, page_content
from pages.ui.save.page.document import HEADINGS
from pages.ui.state.drafts import Draft
from pages.ui.state.session import Session
from tests.browser.pictures import THEMES
from tests.browser.test_accessibility import COLOURS
from tests.browser.test_save import record_traffic
from tests.pages.save.xor_page import MIDDLE, xor_content

WIDTHS = (1366, 390)
HOSTILE = "</script><img src=x onerror=alert(1)>"  # of a file, a column and a class
OPEN = "main:not([aria-busy])"
BOTTOM = "document.body.scrollHeight"


@pytest.fixture(scope="module")
def xor(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the address of the page of XOR as the present code writes it."""
    path = tmp_path_factory.mktemp("page") / "xor.html"
    path.write_text(document(xor_content()), "utf-8")
    return path.as_uri()


@pytest.fixture
def offline(browser: Browser) -> Iterator[Page]:
    """Yield a page without network that asks for nothing and logs nothing."""
    context = browser.new_context(
        offline=True, reduced_motion="reduce", viewport={"width": WIDTHS[0], "height": 768}
    )
    page = context.new_page()
    wanted, said = record_traffic(page)
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    context.close()
    assert said == []
    assert [address for address in wanted if not address.startswith(("file:", "blob:"))] == []
    assert len([address for address in wanted if address.startswith("file:")]) <= 2


def test_it_opens_from_a_disk_and_axe_finds_nothing(offline: Page, xor: str) -> None:
    offline.emulate_media(color_scheme="light")
    offline.goto(xor)
    offline.locator(OPEN).wait_for()
    expect(offline.get_by_test_id("stage")).to_have_attribute("data-epoch", str(MIDDLE))
    for name, heading in HEADINGS.items():
        expect(offline.locator(f"#{name}")).to_be_attached()
        expect(offline.get_by_role("link", name=heading, exact=True)).to_be_attached()
    for width in WIDTHS:
        offline.set_viewport_size({"width": width, "height": 768})
        assert offline.evaluate("document.documentElement.scrollWidth") <= width
        assert violations(offline) == []
    offline.emulate_media(color_scheme="dark")
    assert violations(offline, **COLOURS) == []


def violations(page: Page, **options: object) -> list[tuple[str, object, str]]:
    """Return what axe finds: rules, nodes and why."""
    found = Axe().run(page, options={"resultTypes": ["violations"], **options}).response
    return [
        (one["id"], node["target"], node["failureSummary"])
        for one in found["violations"]
        for node in one["nodes"]
    ]


def test_the_bar_moves_the_film_while_its_own_controls_are_out_of_sight(
    offline: Page, xor: str
) -> None:
    offline.goto(xor)
    bar = offline.get_by_test_id("film-bar")
    for place, hides in (("0", True), (BOTTOM, False), ("0", True), (BOTTOM, False)):
        offline.evaluate(f"scrollTo(0, {place})")
        expect(bar).to_be_visible(visible=not hides)
    bar.get_by_role("slider").fill("200")
    expect(offline.get_by_test_id("stage")).to_have_attribute("data-epoch", "200")
    expect(bar).to_contain_text("Epoch 200")


def test_the_bar_s_button_plays_and_pauses_and_says_which(offline: Page, xor: str) -> None:
    offline.goto(xor)
    offline.locator(OPEN).wait_for()
    offline.evaluate(f"scrollTo(0, {BOTTOM})")
    stage, bar = offline.get_by_test_id("stage"), offline.get_by_test_id("film-bar")
    play = bar.get_by_role("button", name="Play the film")
    play.click()
    expect(stage).to_have_attribute("data-state", "playing")
    bar.get_by_role("button", name="Pause the film").click()
    expect(stage).to_have_attribute("data-state", "paused")
    last = int(bar.get_by_role("slider").get_attribute("max") or 0)
    bar.get_by_role("slider").fill(str(last - 1))
    play.click()
    expect(stage).to_have_attribute("data-epoch", str(last))
    expect(play).to_have_text("Play")  # again from the start


def test_names_that_are_markup_stay_text_in_a_sandbox(offline: Page, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    text = document(hostile_content())
    page.write_text(text, "utf-8")
    assert len(re.findall("</script", text)) == len(re.findall("<script", text))
    frame = '<iframe sandbox="allow-scripts" src="page.html" title="page"></iframe>'
    (tmp_path / "frame.html").write_text(f"<!DOCTYPE html><title>Frame</title>{frame}", "utf-8")
    offline.goto((tmp_path / "frame.html").as_uri())
    inside = offline.frame_locator("iframe")
    inside.locator(OPEN).wait_for(state="attached")
    expect(inside.get_by_test_id("stage")).to_have_attribute("data-epoch", "3")
    expect(inside.get_by_role("heading", level=1)).to_contain_text(HOSTILE)
    expect(inside.locator("img")).to_have_count(0)
    expect(inside.locator("[role=alert]")).to_be_empty()


# The inks of all parts: of cells, and of canvases at 16 places, but for rounding.
INKS = """() => ["stage", "chainRule", "stepThrough"].map((part) => {
  const { shadowRoot } = document.querySelector(`[data-part=${part}]`);
  const pixels = [...shadowRoot.querySelectorAll("canvas")].map((canvas) => {
    const pen = new OffscreenCanvas(4, 4).getContext("2d", { willReadFrequently: true });
    pen.drawImage(canvas, 0, 0, 4, 4);
    return [...pen.getImageData(0, 0, 4, 4).data].map((value) => Math.round(value / 8));
  });
  const cells = [...shadowRoot.querySelectorAll("td > *, .card, .legend i")].map((cell) => {
    const { backgroundColor, backgroundImage, borderTopColor } = getComputedStyle(cell);
    return [backgroundColor, backgroundImage, borderTopColor].join();
  });
  return [pixels, cells];
})"""


def test_all_parts_have_the_colours_of_the_scheme_and_are_light_on_paper(
    offline: Page, tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    page.write_text(document(hostile_content()), "utf-8")
    inks = {}
    for theme in THEMES:
        offline.emulate_media(color_scheme=theme)
        offline.goto(page.as_uri())
        offline.locator(OPEN).wait_for()
        offline.locator("#step-through").get_by_role("button", name="Step through").click()
        expect(offline.get_by_test_id("walk")).to_be_visible()
        inks[theme] = offline.evaluate(INKS)
    light, dark = inks["light"], inks["dark"]
    assert all(part != other for part, other in zip(light, dark, strict=True))
    for theme in ("light", "dark"):
        offline.emulate_media(color_scheme=theme)
        offline.wait_for_function(
            f"(inks) => JSON.stringify(({INKS})()) === inks",
            arg=json.dumps(inks[theme], separators=(",", ":")),
        )
    offline.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert offline.evaluate(INKS) == light
    offline.evaluate("dispatchEvent(new Event('afterprint'))")
    assert offline.evaluate(INKS) == dark


def hostile_content() -> PageContent:
    rows = "".join(f"{i},{i * 7 % 11},{HOSTILE if i % 2 else 'no'}\n" for i in range(30))
    state = Session()
    state.use(Draft.of_table(read_csv(f"a,{HOSTILE},c\n{rows}".encode(), name=HOSTILE)))
    state.run.advance(3)
    state.report(3, playing=False)
    return page_content(state, PageChoices(app="https://class.example"))


def test_a_browser_that_cannot_open_it_says_so(offline: Page, xor: str) -> None:
    offline.add_init_script("delete globalThis.DecompressionStream")
    offline.goto(xor)
    expect(offline.get_by_role("alert")).to_contain_text("a browser of 2024 or later")
    expect(offline.locator(".opening")).to_have_count(0)
