"""A run saved in one browser and gone on with in another."""

from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.browser.film import Film, wait_until_idle
from tests.browser.visit import go, visit


def test_a_run_saved_is_loaded_elsewhere_and_goes_on(
    page: Page, app: str, browser: Browser, tmp_path: Path
) -> None:
    visit(page, app)
    film = Film(page)
    film.wait("paused")
    film.press("Play")
    film.wait_for_epoch(40)
    film.press("Pause")
    wait_until_idle(page)
    epoch, shown = film.epoch, film.stage.inner_text()
    go(page, "Save")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save the run").click()
    file = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(file)
    other = browser.new_context().new_page()
    visit(other, f"{app}/save")
    damaged = tmp_path / "damaged.zip"
    damaged.write_bytes(file.read_bytes()[:500])
    upload = other.locator("input[type=file]")
    upload.set_input_files(damaged)
    expect(other.get_by_text("damaged.zip: This is not a run file")).to_be_visible()
    wait_until_idle(other)
    upload.set_input_files(file)
    expect(other.get_by_text(f"now at epoch {epoch:,}")).to_be_visible()
    wait_until_idle(other)
    go(other, "Train")
    there = Film(other)
    there.wait("paused")
    assert there.epoch == epoch
    line = next(line for line in shown.splitlines() if line.startswith("Epoch "))
    expect(there.stage).to_contain_text(line[:20])
    there.press("Step")
    there.wait_for_epoch(epoch + 1)
    other.context.close()
