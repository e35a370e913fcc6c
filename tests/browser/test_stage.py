"""The live stage in a real Chromium: it plays, stands, steps and goes back, and skips nothing."""

from playwright.sync_api import Page, expect

from core.training.run import Run
from pages.ui.state.session import Session
from pages.ui.state.stage_request import StageRequest
from pages.ui.train.stage import respond
from tests.browser.film import Film, wait_until_idle
from tests.browser.visit import go, visit


def four_digits(value: float) -> str:
    """Return a number as the stage shows it."""
    if value >= 1e-3:
        return f"{value:.4g}"
    mantissa, exponent = f"{value:.3e}".split("e")
    return f"{mantissa}e−{abs(int(exponent))}"


def test_one_press_of_play_learns_xor_and_draws_every_epoch(film: Film, xor: Run) -> None:
    film.watch()
    film.press("Play")
    film.wait("done")
    assert film.epochs() == list(range(501))
    assert film.cost_text() == four_digits(xor.losses[500])
    assert xor.losses[500] < 0.02


def test_both_heatmaps_change_with_the_epoch_and_come_back_with_it(film: Film) -> None:
    first = film.picture("W1"), film.picture("W2")
    film.press("Play")
    film.wait_for_epoch(30)
    film.press("Pause")
    later = film.picture("W1"), film.picture("W2")
    assert later[0] != first[0]
    assert later[1] != first[1]
    film.press("Step")
    film.press("Step back")
    assert (film.picture("W1"), film.picture("W2")) == later


def test_reset_begins_again_and_the_run_before_can_be_brought_back(film: Film) -> None:
    film.press("Play")
    film.wait_for_epoch(50)
    film.press("Pause")
    film.wait_at_rest()
    epoch = film.epoch
    film.press("Reset")
    expect(film.stage).to_have_attribute("data-epoch", "0")
    film.page.get_by_role("button", name="Bring it back").click()
    expect(film.stage).to_have_attribute("data-epoch", str(epoch))


def test_another_page_and_back_finds_the_run_where_it_was(film: Film) -> None:
    film.press("Play")
    film.wait_for_epoch(50)
    film.press("Pause")
    epoch = film.epoch
    wait_until_idle(film.page)
    go(film.page, "Data")
    film.page.get_by_text("Data source").wait_for()
    go(film.page, "Train")
    film.wait("paused")
    expect(film.stage).to_have_attribute("data-epoch", str(epoch))
    film.drag(epoch // 2)
    expect(film.stage).to_have_attribute("data-epoch", str(epoch // 2))


def test_left_while_it_plays_it_stands_on_return_where_it_was_left(film: Film) -> None:
    film.press("Play")
    film.wait_for_epoch(30)
    go(film.page, "Data")
    film.page.get_by_text("Data source").wait_for()
    go(film.page, "Train")
    film.wait("paused")
    assert film.epoch >= 30


def test_paused_it_asks_nothing(page: Page, app: str) -> None:
    sent: list[int] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda _: sent.append(1)))
    visit(page, app)
    film = Film(page)
    film.wait("paused")
    film.press("Play")
    film.wait_for_epoch(30)
    film.press("Pause")
    film.wait_at_rest()
    film.wait_for_full_precision()
    wait_until_idle(page)
    count = len(sent)
    page.evaluate(
        "new Promise((done) => setTimeout(done, 1500))"
    )  # nothing to wait on: time itself
    assert len(sent) == count


# Calls the component as Streamlit does, beside the one on the page, to which it gives its styles.
CALLS = """async (stage, bytes) => {
  const code = await globalThis.chainscope.promise;
  const place = stage.getRootNode().appendChild(document.createElement("div"));
  const call = () => code("stage", {
    data: new Uint8Array(bytes), parentElement: place, setTriggerValue: () => {},
  });
  const there = () => [...place.querySelectorAll("section")].map((s) => s.dataset.state);
  const seen = [];
  const [first, second] = [call(), call()];
  place.querySelector("button").click();
  for (const cleanUp of [first, second, call(), second]) {
    cleanUp();
    seen.push(there());
  }
  place.remove();
  second();
  seen.push(there());
  return seen;
}"""


def test_a_cleanup_leaves_the_stage_and_its_film_as_long_as_their_place_is_there(
    film: Film,
) -> None:
    """Streamlit runs cleanups when messages follow one another quickly."""
    opening = list(respond(Session(), StageRequest()))
    seen = film.stage.evaluate(f"(stage, bytes) => ({CALLS})(stage, bytes)", opening)
    assert seen == [["playing"]] * 4 + [[]]
