"""What outlives a reload, a server that was started anew, and the way into another browser."""

import re
import signal
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Browser, Page, expect

from core.network import Network
from core.training.run import Run, Settings
from tests.browser.film import Film, wait_until_idle
from tests.browser.server import serve
from tests.browser.visit import IDLE, go, visit
from tests.core.oracles import XOR_X, XOR_Y

PAGES = ["Runs", "Data", "Chain rule", "Derivation", "Check", "Predict", "Save"]


def params(page: Page) -> dict[str, str]:
    return {name: value[0] for name, value in parse_qs(urlsplit(page.url).query).items()}


def play_to(page: Page, epoch: int) -> int:
    """Train on the stage; return the epoch of the pause."""
    film = Film(page)
    film.wait("paused")
    film.press("Play")
    film.wait_for_epoch(epoch)
    film.press("Pause")
    film.wait("paused")
    wait_until_idle(page)
    expect(page).to_have_url(re.compile(rf"epoch={film.epoch}\b"))
    return film.epoch


def reload(page: Page) -> None:
    page.reload()
    page.locator(IDLE).wait_for()


def test_a_reload_while_it_plays_brings_the_run_back(page: Page, app: str) -> None:
    visit(page, app)
    film = Film(page)
    film.wait("paused")
    film.press("Play")
    film.wait_for_epoch(60)
    reload(page)
    film = Film(page)
    film.wait("paused")
    trained = film.trained
    assert trained >= 60
    film.press("Last")
    expect(film.stage).to_have_attribute("data-epoch", str(trained))
    run = Run(Network.init(2, 3), XOR_X, XOR_Y, Settings(learning_rate=10.0, epochs=500))
    run.advance(trained)
    assert f"{film.cost():.4g}" == f"{run.losses[trained]:.4g}"


def test_a_reload_of_any_page_finds_epoch_and_run(page: Page, app: str) -> None:
    visit(page, app)
    epoch = play_to(page, 30)
    ticket = params(page)["run"]
    for name in PAGES:
        go(page, name)
        wait_until_idle(page)
        expect(page).to_have_url(re.compile(re.escape(ticket)))
        reload(page)
        assert params(page)["run"] == ticket
    go(page, "Train")
    film = Film(page)
    film.wait("paused")
    assert film.epoch == epoch


def test_the_way_back_has_one_step_a_page(page: Page, app: str) -> None:
    visit(page, app)
    Film(page).wait("paused")
    wait_until_idle(page)
    for name in ("Data", "Check"):
        go(page, name)
        wait_until_idle(page)
    for place in ("/dataset", "/"):
        page.go_back()
        expect(page).to_have_url(re.compile(rf"{place}(\?|$)"))
        wait_until_idle(page)


def test_a_link_copied_shows_the_same_numbers_in_another_browser(
    page: Page, app: str, browser: Browser
) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit(page, app)
    epoch = play_to(page, 40)
    before = params(page)["setup"]
    Film(page).switch("Decision surface").click()
    page.wait_for_function("was => !location.search.includes(`setup=${was}`)", arg=before)
    go(page, "Chain rule")
    page.get_by_test_id("contribution").wait_for()
    wait_until_idle(page)
    choose_transposed(page)
    page.get_by_label("Sample i", exact=True).fill("2")
    page.keyboard.press("Enter")
    section = page.get_by_test_id("chain-rule")
    expect(section).to_have_attribute("data-sample", "2")
    page.locator("td button[data-row='1'][data-column='2']").first.click()
    expect(page).to_have_url(re.compile("weight=1.3.2"))
    shown = {name: page.get_by_test_id(name).get_attribute("data-value") for name in NUMBERS}
    page.get_by_role("button", name="Copy link").click()
    address = page.evaluate("navigator.clipboard.readText()")
    assert params(page)["run"] not in address
    assert "/chain-rule?" in address
    other = browser.new_context().new_page()
    visit(other, address)
    there = other.get_by_test_id("chain-rule")
    there.wait_for()
    expect(there).to_have_attribute("data-sample", "2")
    expect(there).to_have_attribute("data-epoch", str(epoch))
    for name, value in shown.items():
        assert other.get_by_test_id(name).get_attribute("data-value") == value
    expect(there).to_contain_text("hidden ← inputs")
    go(other, "Train")
    expect(Film(other).switch("Decision surface")).to_have_attribute("aria-pressed", "true")
    expect(other.get_by_text("Matrices are laid out as in the derivation")).to_be_visible()
    other.context.close()


def choose_transposed(page: Page) -> None:
    """Choose transposed matrices, which the link includes."""
    page.get_by_test_id("stPopoverButton").filter(has_text="Notation").click()
    page.get_by_text("Transposed matrices").click()
    wait_until_idle(page)
    page.keyboard.press("Escape")


NUMBERS = ("contribution", "gradient", "factor-dH_dW1", "factor-dZ_dH", "factor-dC_dyhat")


# Notes the most stages that the page holds at any moment.
COUNT_STAGES = """() => {
  const count = () => document.querySelectorAll(".st-key-stage").length;
  globalThis.mostStages = count();
  new MutationObserver(() => (globalThis.mostStages = Math.max(globalThis.mostStages, count())))
    .observe(document.body, { childList: true, subtree: true });
}"""


def test_a_server_started_anew_is_noticed_and_the_run_begun_again(
    browser: Browser, tmp_path: Path
) -> None:
    page = browser.new_context().new_page()  # Streamlit logs each try to reach what is gone
    with serve(tmp_path / "first.txt") as (address, process):
        visit(page, address)
        epoch = play_to(page, 40)
        page.evaluate(COUNT_STAGES)
        process.send_signal(signal.SIGKILL)
        process.wait()
    port = int(address.rsplit(":", 1)[1])
    with serve(tmp_path / "second.txt", port=port):
        gone = page.get_by_text("This run is gone.", exact=True)
        gone.wait_for(timeout=60_000)
        stage = page.get_by_test_id("stage")
        expect(stage).to_have_attribute("data-state", "lost")
        page.get_by_role("button", name="Train again").click()
        expect(gone).to_have_count(0)
        expect(stage).to_have_attribute("data-state", "paused")
        expect(stage).to_have_attribute("data-epoch", str(epoch))
        expect(stage).to_contain_text(f"Epoch {epoch} of")
        assert page.evaluate("mostStages") == 1
    page.context.close()
