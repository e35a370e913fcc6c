"""Settings and weights changed by hand in a real Chromium: they take hold, and no epoch is lost."""

import numpy as np
from playwright.sync_api import Locator, Page, expect

from pages.ui.train.messages import PREVIOUS_RUN
from tests.browser.film import Film, wait_until_idle
from tests.browser.visit import choose, go, unfold, visit

HEAD, LINE = 35, 35  # px, of a table


class Table:
    """An editable table, drawn on a canvas that contains its cells as a table."""

    def __init__(self, page: Page, number: int) -> None:
        self.grid = page.get_by_test_id("stDataFrame").nth(number)
        self.grid.get_by_test_id("data-grid-canvas").wait_for()

    def click_last(self, row: int) -> None:
        """Click the last column's cell in that row."""
        box = self.grid.bounding_box()
        assert box
        x, y = box["width"] - 25, HEAD + (row + 0.5) * LINE
        self.grid.click(position={"x": x, "y": y})

    def cell(self, column: int, row: int) -> Locator:
        return self.grid.get_by_test_id(f"glide-cell-{column}-{row}")

    def column(self, column: int, rows: int) -> list[str]:
        """Return the texts of the first rows of a column."""
        return [str(self.cell(column, row).text_content()) for row in range(rows)]


def test_another_optimiser_while_it_plays_skips_no_epoch(film: Film) -> None:
    film.set_length(10_000)  # or it may be done before the choice is made
    unfold(film.page, "More settings")
    film.watch()
    film.press("Play")
    film.wait_for_epoch(30)
    choose(film.page, "Optimiser", "Momentum")
    expect(film.page.get_by_text(PREVIOUS_RUN)).to_be_visible()
    film.wait_for_epoch(film.epoch + 60)
    film.press("Pause")
    shown = film.epochs()
    assert shown == list(range(shown[-1] + 1))
    expect(film.page.get_by_role("textbox", name="Momentum μ")).to_have_value("0.9")


def test_play_pressed_before_a_typed_setting_took_hold_plays(film: Film) -> None:
    film.page.get_by_role("textbox", name="Learning rate η").fill("2")
    film.press("Play")  # which is also what ends the typing
    film.wait_for_epoch(60)
    film.press("Pause")
    wait_until_idle(film.page)
    expect(film.page.get_by_role("textbox", name="Learning rate η")).to_have_value("2")


def test_weights_on_their_way_to_infinity_are_drawn_until_it_stops(film: Film) -> None:
    unfold(film.page, "Activations")
    choose(film.page, "Output’s activation", "identity")
    film.page.get_by_role("button", name="Start a new run").click()
    expect(film.page.get_by_text("sigmoid, then identity")).to_be_visible()
    wait_until_idle(film.page)
    film.press("Play")
    film.wait("diverged")
    expect(film.stage).to_contain_text("Try a smaller learning rate")
    assert np.abs(film.values("W2")).max() > 1e150


def test_a_typed_weight_is_where_training_goes_on_and_a_frozen_one_stands_still(
    film: Film,
) -> None:
    page = film.page
    film.press("Play")
    film.wait_for_epoch(40)
    film.press("Pause")
    film.wait_at_rest()
    film.part("Edit weights").click()
    numbers, ticks = Table(page, 2), Table(page, 3)  # of W2
    numbers.click_last(0)
    expect(numbers.cell(1, 0)).to_have_attribute("aria-selected", "true")
    page.keyboard.type("3")
    page.locator(".gdg-input").wait_for()
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 weight changed, 0 frozen")).to_be_visible()
    ticks.click_last(1)
    expect(page.get_by_text("1 weight changed, 1 frozen")).to_be_visible()
    page.get_by_role("button", name="Go on from here").click()
    expect(page.get_by_text("1 weight is frozen")).to_be_visible()
    expect(page.get_by_text("0 weights changed, 1 frozen")).to_be_visible()
    film.wait_at_rest()
    table = film.stage.get_by_role("table", name="W2, 4×1")
    expect(table.get_by_role("cell", name=", frozen")).to_have_count(1)
    marks = [tip.more == "frozen" for tip in film.tips(film.heatmap("W2")).values()]
    assert marks == [False, True, False, False]
    epoch = film.epoch
    before = Table(page, 2).column(1, 4)
    assert before[0] == "3"
    film.press("Play")
    film.wait_for_epoch(epoch + 40)
    film.press("Pause")
    expect(page.get_by_text(f"Edit any weight of epoch {film.epoch}")).to_be_visible()
    expect(Table(page, 2).cell(1, 0)).not_to_have_text("3")
    after = Table(page, 2).column(1, 4)
    assert [was == now for was, now in zip(before, after, strict=True)] == [
        False,
        True,
        False,
        False,
    ]
    page.get_by_role("button", name="Unfreeze all").click()
    expect(page.get_by_text("1 weight is frozen")).to_be_hidden()


def test_out_of_patience_it_is_done_says_so_and_goes_to_the_best_epoch(
    page: Page, app: str
) -> None:
    visit(page, f"{app}/dataset")
    page.get_by_role("button", name="Circles").click()
    page.get_by_test_id("stToast").wait_for()
    go(page, "Train")
    film = Film(page)
    film.wait("paused")
    unfold(page, "More settings")
    page.get_by_text("Early stopping").click()
    patience = page.get_by_role("textbox", name="Patience")
    patience.fill("5")
    film.press("Play")
    film.wait("done")
    assert film.epoch == 7
    expect(film.stage).to_contain_text(
        "Stopped early: the validation loss has not improved for 5 epochs. Best: epoch 2."
    )
    page.get_by_role("button", name="Go to epoch 2").click()
    expect(film.stage).to_have_attribute("data-epoch", "2")
    film.wait("paused")
    film.wait_at_rest()
