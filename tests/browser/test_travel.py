"""Time travel in a real Chromium: any epoch exactly, goals, speeds, changes, ends, for everyone."""

import re
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from core.dataset.samples import prepare_sample
from core.network import Network
from core.training.run import Run, Settings
from pages.ui.train.messages import PREVIOUS_RUN
from tests.browser.film import Array, Film, wait_until_idle
from tests.browser.visit import choose, unfold, visit

LONG = 100_000


@pytest.fixture(scope="module")
def reference() -> Run:
    """Return the same run, longer, computed without the app."""
    run = new_run(LONG)
    run.advance(LONG)
    return run


def new_run(epochs: int, *, output: str = "sigmoid") -> Run:
    data = prepare_sample("xor")
    network = Network.init(2, 3, seed=0, output_activation=output)
    return Run(network, data.X, data.y, Settings(learning_rate=10, epochs=epochs))


def weights(run: Run, epoch: int) -> tuple[Array, Array]:
    """Return W1 and W2 of that epoch, row by row."""
    net = run.at(epoch)
    return net.W1.ravel(), net.W2.ravel()


def assert_exact(film: Film, run: Run, epoch: int) -> None:
    """Assert that every weight on display is that epoch's to the last bit."""
    expect(film.stage).to_have_attribute("data-epoch", str(epoch))
    film.wait_for_full_precision()
    W1, W2 = weights(run, epoch)
    np.testing.assert_array_equal(film.values("W1"), W1)
    np.testing.assert_array_equal(film.values("W2"), W2)


def pause_at(film: Film, epoch: int) -> int:
    """Play up to about that epoch; return the epoch of the pause."""
    film.press("Play")
    film.wait_for_epoch(epoch)
    film.press("Pause")
    film.wait_at_rest()
    return film.epoch


class TestAnyEpoch:
    def test_ten_random_epochs_forwards_and_backwards_are_a_fresh_runs(
        self, film: Film, reference: Run
    ) -> None:
        """At once to float32's last bit, as the film carries them; at rest to float64's."""
        last = pause_at(film, 180)
        chosen = sorted(int(e) for e in np.random.default_rng(5).permutation(last)[:10])
        for epoch in [*chosen, *reversed(chosen)]:
            shown, W1, W2 = film.drag_and_read(epoch)
            assert shown == epoch
            exact = weights(reference, epoch)
            np.testing.assert_array_equal(W1, exact[0].astype(np.float32))
            np.testing.assert_array_equal(W2, exact[1].astype(np.float32))
            film.release()
            assert_exact(film, reference, epoch)

    def test_in_a_run_of_100_000_epochs_the_slider_finds_each_exactly(
        self, film: Film, reference: Run
    ) -> None:
        film.set_length(LONG)
        film.run_to(epoch=LONG)
        film.wait("done")
        assert_exact(film, reference, LONG)
        for epoch in np.random.default_rng(6).integers(LONG, size=6):
            film.drag(int(epoch))
            assert_exact(film, reference, int(epoch))
            film.wait("paused")

    def test_the_chosen_epoch_is_the_one_that_the_chain_rule_opens_at(self, film: Film) -> None:
        pause_at(film, 40)
        film.drag(17)
        film.page.get_by_test_id("stPageLink-NavLink").filter(has_text="Chain rule").click()
        chain = film.page.get_by_test_id("chain-rule")
        expect(chain).to_have_attribute("data-epoch", "17")

    def test_dragging_beyond_the_mark_trains_up_to_there(self, film: Film, reference: Run) -> None:
        slider = film.stage.get_by_role("slider", name="Epoch")
        expect(slider).to_have_attribute("max", "500")
        assert film.trained == 0
        film.drag(240)
        film.release()
        assert_exact(film, reference, 240)
        film.wait("paused")
        assert film.trained == 240
        slider.press("Home")
        expect(film.stage).to_have_attribute("data-epoch", "0")
        slider.press("End")  # of what was seen, not of the run
        assert_exact(film, reference, 240)
        assert film.trained == 240


class TestGoals:
    def test_running_to_a_far_epoch_shows_progress_and_pause_stops_it(
        self, film: Film, reference: Run
    ) -> None:
        film.set_length(10_000_000)
        film.run_to(epoch=10_000_000)
        expect(film.stage).to_contain_text("running to epoch 10,000,000")
        bar = film.stage.get_by_role("progressbar", name="Progress")
        early = float(bar.get_attribute("value") or "nan")
        film.wait_for_epoch(film.epoch + 1)
        assert float(bar.get_attribute("value") or "nan") > early
        film.press("Pause")
        film.wait("paused")
        epoch = film.epoch
        film.wait_at_rest()
        expect(bar).to_have_count(0)
        assert 0 < epoch < 10_000_000
        if epoch > LONG:
            reference = new_run(epoch)
            reference.advance(epoch)
        assert_exact(film, reference, epoch)

    def test_until_the_loss_is_low_enough_it_stands_at_the_first_such_epoch(
        self, film: Film, reference: Run
    ) -> None:
        first = int(np.flatnonzero(reference.losses < 0.05)[0])
        film.run_to(loss=0.05)
        film.wait("paused")
        assert_exact(film, reference, first)
        expect(film.stage.locator("[aria-live]")).to_contain_text(f"Arrived at epoch {first}, C = ")


@pytest.mark.parametrize("speed", [10, 1000])
def test_at_any_speed_the_rate_is_told_and_the_loss_curve_has_every_epoch(
    speed: int, film: Film, reference: Run
) -> None:
    film.set_length(LONG)
    film.set_speed(speed)
    film.watch()
    film.press("Play")
    rate = re.compile(r"([\d,.]+) epochs/s, (\d+) frames/s")
    film.stage.locator(".said").filter(has_text=rate).wait_for()
    found = rate.search(film.stage.locator(".said").inner_text())
    film.wait_for_epoch(7 * speed)
    film.press("Pause")
    assert found
    epochs, frames = float(found[1].replace(",", "")), int(found[2])
    assert frames < epochs <= speed * (frames + 1)
    steps = np.diff(film.epochs())
    assert steps.max() == speed
    curve = film.loss_tips()
    assert len([epoch for epoch in curve if epoch % speed]) > 20
    for epoch, told in curve.items():
        low, high = loss_range(told)
        around = reference.losses[max(0, epoch - 32) : epoch + 33]  # a point is of 32 at most
        within = (around >= low * (1 - 1e-5)) & (around <= high * (1 + 1e-5))
        assert within[min(epoch, 32)], (epoch, told)
        assert around.min() * (1 - 1e-5) <= low <= high <= around.max() * (1 + 1e-5)


def loss_range(told: str) -> tuple[float, float]:
    """Return the minimum and maximum loss in a tooltip of the curve."""
    numbers = [float(n.replace("−", "-")) for n in re.findall(r"[\d.]+(?:e[−+]\d+)?", told)]
    return numbers[0], numbers[-1]


class TestChanges:
    def test_at_rest_a_change_is_marked_and_the_run_before_stays_until_dismissed(
        self, film: Film, reference: Run
    ) -> None:
        epoch = pause_at(film, 40)
        film.set_learning_rate(2)
        expect(film.page.get_by_text(PREVIOUS_RUN)).to_be_visible()
        key = film.stage.locator(".key")
        expect(key).to_contain_text("previous run")
        assert film.marks() == {epoch: "η 10 → 2"}
        film.press("Step")
        branch = reference.branch(epoch, settings=Settings(learning_rate=2, epochs=500))
        branch.advance(1)
        assert_exact(film, branch, epoch + 1)
        film.page.get_by_role("button", name="Discard").click()
        expect(film.page.get_by_text(PREVIOUS_RUN)).to_be_hidden()
        expect(key).not_to_contain_text("previous run")
        assert_exact(film, branch, epoch + 1)
        assert film.marks() == {epoch: "η 10 → 2"}

    def test_while_it_plays_a_change_takes_hold_from_the_epoch_on_display(
        self, film: Film, reference: Run
    ) -> None:
        film.set_length(10_000)  # or it may be done before the change
        film.watch()
        film.press("Play")
        film.wait_for_epoch(40)
        before = film.epoch
        film.set_learning_rate(2)
        expect(film.page.get_by_text(PREVIOUS_RUN)).to_be_visible()
        after = film.epoch
        film.wait_for_epoch(after + 20)
        film.press("Pause")
        film.wait("paused")
        ((changed, told),) = film.marks().items()
        assert told == "η 10 → 2"
        assert before <= changed <= after
        last = film.epoch
        assert film.epochs() == list(range(last + 1))
        branch = reference.branch(changed, settings=Settings(learning_rate=2, epochs=10_000))
        branch.advance(last - changed)
        assert_exact(film, branch, last)
        film.drag(changed + 1)
        assert_exact(film, branch, changed + 1)

    def test_another_network_is_a_new_run_beside_the_one_before(self, film: Film) -> None:
        pause_at(film, 20)
        hidden = film.page.get_by_role("textbox", name="Hidden units")
        hidden.fill("4")
        film.page.get_by_role("button", name="Start a new run").click()
        expect(film.heatmap("W1")).to_have_accessible_name(re.compile("columns h1, h2, h3, h4"))
        expect(film.stage).to_have_attribute("data-epoch", "0")
        expect(film.stage.locator(".key")).to_contain_text("previous run")
        film.page.get_by_role("button", name="Discard").click()
        expect(film.stage.locator(".key")).not_to_contain_text("previous run")
        expect(film.heatmap("W1")).to_have_accessible_name(re.compile("columns h1, h2, h3, h4"))


def test_a_divergence_stops_at_the_last_finite_epoch_and_offers_a_way_on(film: Film) -> None:
    page = film.page
    run = new_run(500, output="identity")
    run.advance(500)
    least = int(np.argmin(run.losses))
    unfold(page, "Activations")
    choose(page, "Output’s activation", "identity")
    page.get_by_role("button", name="Start a new run").click()
    expect(page.get_by_text("sigmoid, then identity")).to_be_visible()
    wait_until_idle(page)
    film.set_speed(10)
    film.press("Play")
    film.wait("diverged")
    assert_exact(film, run, run.epoch)
    assert np.isfinite(film.values("W1")).all()
    expect(page.get_by_text(f"After epoch {least}, where C was")).to_be_visible()
    expect(page.get_by_text("η = 10 is too large here")).to_be_visible()
    page.get_by_role("button", name=f"Go back to epoch {least} and continue with η = 1").click()
    film.wait("paused")
    branch = run.branch(least, settings=Settings(learning_rate=1, epochs=500))
    branch.advance(60)
    assert_exact(film, branch, least)
    film.press("Play")
    film.wait_for_epoch(60)
    film.press("Pause")
    film.drag(60)
    assert_exact(film, branch, 60)
    expect(page.get_by_text(PREVIOUS_RUN)).to_be_visible()


class TestEveryone:
    def test_the_focus_is_seen_wherever_the_keyboard_takes_it(self, film: Film) -> None:
        film.stage.focus()
        names = []
        for _ in range(12):  # the stage, its controls, first switch
            focused = film.stage.evaluate(FOCUSED)
            assert focused["outline"] == "solid 2px", focused
            names.append(focused["name"])
            film.page.keyboard.press("Tab")
        assert names == [
            *("Training, epoch by epoch", "Play", "Step back", "Step", "First", "Last", "Speed"),
            *("Reset", "Run to …", "Epoch", "Present", "Gradients"),
        ]

    def test_the_drawings_follow_light_and_dark(self, film: Film) -> None:
        film.page.emulate_media(color_scheme="light")
        light = film.picture("W1")
        film.page.emulate_media(color_scheme="dark")
        film.page.wait_for_function(REDRAWN, arg=[film.heatmap("W1").element_handle(), light])
        film.page.emulate_media(color_scheme="light")
        film.page.wait_for_function(
            "([canvas, picture]) => canvas.toDataURL() === picture",
            arg=[film.heatmap("W1").element_handle(), light],
        )


REDRAWN = "([canvas, picture]) => canvas.toDataURL() !== picture"
FOCUSED = """(stage) => {
  const element = stage.getRootNode().activeElement;
  const { outlineStyle, outlineWidth } = getComputedStyle(element);
  const name = element.getAttribute("aria-label") ?? element.textContent;
  return { name, outline: `${outlineStyle} ${outlineWidth}` };
}"""


@pytest.fixture(params=[360, 2560])
def iris_film(request: pytest.FixtureRequest, browser: Browser, app: str) -> Iterator[Film]:
    """Return the train page in a window of that width, on Iris."""
    context = browser.new_context(viewport={"width": request.param, "height": 900})
    context.set_default_timeout(20_000)
    page = context.new_page()
    visit(page, f"{app}/dataset")
    page.get_by_role("button", name="Iris").click()
    page.get_by_test_id("stToast").wait_for()
    page.get_by_role("link", name="Train on Iris").first.click()  # the menu is folded on a phone
    film = Film(page)
    film.wait("paused")
    yield film
    context.close()


def test_with_everything_on_stage_nothing_is_wider_than_the_window(iris_film: Film) -> None:
    for name in ("Gradients", "Last update", "Network", "Decision surface", "Hidden units"):
        iris_film.switch(name).click()
    iris_film.switch("Accuracy").click()
    expect(iris_film.stage.get_by_role("img")).to_have_count(11)
    iris_film.press("Step")
    iris_film.wait("paused")
    assert iris_film.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    main = iris_film.page.get_by_test_id("stMain")
    assert main.evaluate("element => element.scrollWidth - element.clientWidth") <= 0
    for drawing in iris_film.stage.get_by_role("img").all():
        box, stage = drawing.bounding_box(), iris_film.stage.bounding_box()
        assert box
        assert stage
        assert box["width"] > 60
        assert stage["x"] <= box["x"]
        assert box["x"] + box["width"] <= stage["x"] + stage["width"]
