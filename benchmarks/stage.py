"""Frame rate of the live stage: `python -m benchmarks.stage` starts the app and plays the preset.

It prints frames and distinct epochs drawn per second, the time from the click on Pause to
standstill, and the messages sent to the server while paused.

`--all` measures more, at five sizes up to a million rows and four hidden layers, and whether the
goals are met.
"""

import argparse
import statistics
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Locator, Page, sync_playwright

from benchmarks import stage_all
from benchmarks.stage_cases import CASES
from tests.browser.chromium import launch
from tests.browser.server import serve
from tests.browser.visit import visit

RUNS = 5
PLAY_MS = 4000  # of each run
QUIET_MS = 3000  # of pause, without requests

# Notes the time of every change of `data-epoch` and of every click; runs in the page.
WATCH = """(stage) => {
  const log = { epochs: [], clicks: [] };
  new MutationObserver(() => {
    const epoch = Number(stage.dataset.epoch);
    if (epoch !== log.epochs.at(-1)?.[0]) log.epochs.push([epoch, performance.now()]);
  }).observe(stage, { attributes: true, attributeFilter: ["data-epoch"] });
  stage.addEventListener("click", () => log.clicks.push(performance.now()), true);
  globalThis.stageLog = log;
}"""


@dataclass(frozen=True)
class Play:
    """One run of the film, measured in the browser."""

    frames: float  # drawn a second
    epochs: float  # distinct, drawn a second
    standstill: float  # ms from the click on Pause to the last change
    sent: int  # messages to the server while paused


def main() -> None:
    """Measure and print."""
    options = _options()
    if options.all or options.cases:
        stage_all.main(options.cases or list(CASES), options.minutes)
    else:
        _preset()


def _options() -> argparse.Namespace:
    listed = "\n".join(f"  {name}  {case}" for name, case in CASES.items())
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.stage",
        description=__doc__,
        epilog=f"cases:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--all", action="store_true", help="the five sizes instead of the preset")
    parser.add_argument("--cases", nargs="+", choices=CASES, help="only these of the five")
    parser.add_argument(
        "--minutes", type=float, default=5.0, help="of the play that memory is watched in (5)"
    )
    return parser.parse_args()


def _preset() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(Path(folder) / "log.txt") as (address, _),
        sync_playwright() as playwright,
    ):
        browser = launch(playwright)
        plays = [_play(browser.new_page(), address) for _ in range(RUNS)]
        browser.close()
    print(f"The network as derived on XOR, {RUNS} runs of {PLAY_MS / 1000:g} s, median (worst):")
    _row("frames drawn a second", [play.frames for play in plays], worst=min)
    _row("distinct epochs drawn a second", [play.epochs for play in plays], worst=min)
    _row("ms from click on Pause to standstill", [play.standstill for play in plays], worst=max)
    _row("messages sent in 3 s of pause", [play.sent for play in plays], worst=max)


def _play(page: Page, address: str) -> Play:
    sent: list[int] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda _: sent.append(1)))
    visit(page, address)
    stage = page.get_by_test_id("stage")
    page.locator("[data-testid=stage][data-state=paused]").wait_for()
    stage.evaluate(WATCH)
    before = _frames(stage)
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_timeout(PLAY_MS)
    page.get_by_role("button", name="Pause", exact=True).click()
    page.wait_for_timeout(1000)  # the page follows the pause
    after, quiet_from = _frames(stage), len(sent)
    page.wait_for_timeout(QUIET_MS)
    log = page.evaluate("stageLog")
    started, stopped = log["clicks"][0], log["clicks"][-1]
    seconds = (stopped - started) / 1000
    distinct = len({epoch for epoch, _ in log["epochs"]})
    standstill = max(0.0, max(time for _, time in log["epochs"]) - stopped)
    page.close()
    return Play((after - before) / seconds, distinct / seconds, standstill, len(sent) - quiet_from)


def _frames(stage: Locator) -> int:
    return int(stage.get_attribute("data-frames") or 0)


def _row(name: str, values: list[float], worst: Callable[[list[float]], float]) -> None:
    print(f"  {name:<40}{statistics.median(values):8.1f}  ({worst(values):.1f})")


if __name__ == "__main__":
    main()
