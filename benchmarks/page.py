"""Runs as pages, their size, and how they open and play: `python -m benchmarks.page`.

XOR of 500 epochs, iris of 10,000 with plain descent and with Adam, and digits of two hidden layers,
of which not every epoch fits. Planning finds out what fits; writing is the HTML. Each is opened
from a file without a network: the time from the request to the first frame, and the frames a second
of the film, as it opens and with every drawing. Beside them, how often the browser draws at all.
"""

import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import TypeVar

from playwright.sync_api import Browser, Locator, Page, sync_playwright

from benchmarks import quiet
from core.training.run import Settings
from pages.ui.chain_rule.notation import Selection
from pages.ui.save.page import document, page_plan
from pages.ui.state.drafts import Draft
from pages.ui.state.session import Session
from tests.browser.chromium import launch

Value = TypeVar("Value")
PATIENCE = 2.0  # s to wait for other work to end
VIEWS = frozenset({"network", "gradients"})
ADAM = Settings(optimizer="adam", learning_rate=0.01)
CASES = (  # sample, epochs, hidden layers, settings, goal in kB
    ("xor", 500, (4,), Settings(), 450),
    ("iris", 10_000, (4,), Settings(), 2000),
    ("iris", 10_000, (4,), ADAM, 2000),
    ("iris", 1_000, (8, 6, 5), Settings(), 2000),
    ("digits", 60, (64, 32), Settings(), 2000),
)


OPENINGS = 5
PLAY_MS = 3000
# Notes when the stage has drawn its first frame, in ms since the page was requested.
FIRST = """() => {
  const look = () => {
    const stage = document.querySelector("[data-part=stage]")?.shadowRoot?.querySelector("section");
    if (Number(stage?.dataset.frames)) globalThis.firstFrame = performance.now();
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""
# Counts how often the browser draws while a number of ms passes.
DRAWS = """(ms) => new Promise((done) => {
  let count = 0;
  const end = performance.now() + ms;
  const draw = (now) => {
    count += 1;
    if (now < end) requestAnimationFrame(draw);
    else done(count * 1000 / ms);
  };
  requestAnimationFrame(draw);
})"""


def main() -> None:
    """Print a line for each case, and one for how it opens and plays."""
    print("page                             epochs  samples      kB   goal  planning  writing")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = launch(playwright)
        for sample, epochs, hidden, settings, goal in CASES:
            shown = _trained(sample, epochs, hidden, settings)
            quiet.wait(PATIENCE)
            plan, planning = _timed(partial(page_plan, shown))
            html, writing = _timed(partial(document, plan.content(VIEWS)))
            name = f"{sample}, {epochs:,} epochs, {settings.optimizer}"
            print(
                f"{name:31} {len(plan.epochs):7,} {len(plan.rows):8,} "
                f"{len(html.encode()) / 1000:7.0f} {goal:6} {planning:7.2f} s {writing:6.2f} s"
            )
            file = Path(folder) / "page.html"
            file.write_text(html, encoding="utf-8")
            print(f"    {_openings(browser, file)}", flush=True)
        browser.close()


def _openings(browser: Browser, file: Path) -> str:
    """Return how a page opens and plays, in words."""
    opened = [_opening(browser, file) for _ in range(OPENINGS)]
    first, plain, full, draws = (median(each) for each in zip(*opened, strict=True))
    return (
        f"first frame after {first:.0f} ms, up to {max(each[0] for each in opened):.0f}; "
        f"{plain:.1f} frames/s, {full:.1f} with every drawing, of {draws:.1f} of the browser’s"
    )


def _opening(browser: Browser, file: Path) -> tuple[float, float, float, float]:
    """Return ms to the first frame, frames/s as it opens and with every drawing, and draws/s."""
    context = browser.new_context(offline=True, viewport={"width": 1366, "height": 768})
    page = context.new_page()
    page.add_init_script(f"({FIRST})()")
    page.goto(file.as_uri())
    stage = page.get_by_test_id("stage")
    page.locator("main:not([aria-busy])").wait_for()
    first, draws = page.evaluate("firstFrame"), page.evaluate(DRAWS, PLAY_MS)
    plain = _frames_a_second(page, stage)
    closed = stage.locator(".switches button[aria-pressed=false]:enabled:visible")
    while closed.count():
        closed.first.click()
    full = _frames_a_second(page, stage)
    context.close()
    return first, plain, full, draws


def _frames_a_second(page: Page, stage: Locator) -> float:
    """Return the frames a second of the film from its start, of which at most so many are there."""
    slider = stage.get_by_role("slider", name="Epoch")
    slider.fill("0")
    stage.get_by_role("button", name="Play", exact=True).click()
    before, start = _frames(stage)
    page.wait_for_timeout(PLAY_MS)
    after, end = _frames(stage)
    if stage.get_attribute("data-state") == "playing":
        stage.get_by_role("button", name="Pause", exact=True).click()
    return (after - before) / (end - start) * 1000


def _frames(stage: Locator) -> tuple[int, float]:
    """Return how many frames were drawn so far, and the browser's time in ms."""
    count, now = stage.evaluate("({ dataset }) => [Number(dataset.frames), performance.now()]")
    return count, now


def _trained(sample: str, epochs: int, hidden: tuple[int, ...], settings: Settings) -> Selection:
    session = Session()
    session.use(Draft.of_sample(sample))
    current, settings = session.current, replace(settings, epochs=epochs)
    architecture = replace(current.architecture, hidden=hidden)
    session.begin(source=current.source, architecture=architecture, settings=settings)
    session.run.advance(epochs)
    session.report(epochs, playing=False)
    return Selection.of(session)


def _timed(work: Callable[[], Value]) -> tuple[Value, float]:
    start = time.perf_counter()
    return work(), time.perf_counter() - start


if __name__ == "__main__":
    main()
