"""A browser session on one case: upload, network, play, and measurements in the page."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from benchmarks.process import Process
from benchmarks.stage_cases import LEARNING_RATE, Case
from pages.ui.train.network_form import ADD_LAYER
from tests.browser.film import Film, wait_until_idle
from tests.browser.visit import go, visit

TIMEOUT_MS = 300_000  # enough to read a million rows

# Counts what happens on the stage, in little memory since that is measured too. A click on the
# stage is a mark: the counts as they were when it was made.
PROBE = """(stage) => {
  const probe = { ticks: 0, epochs: 0, moved: 0, stall: 0, last: undefined };
  const tick = () => { probe.ticks += 1; requestAnimationFrame(tick); };
  tick();
  new MutationObserver(() => {
    if (stage.dataset.epoch === probe.last) return;
    const now = performance.now();
    probe.stall = Math.max(probe.stall, now - probe.moved);
    [probe.last, probe.moved] = [stage.dataset.epoch, now];
    probe.epochs += 1;
  }).observe(stage, { attributes: true, attributeFilter: ["data-epoch"] });
  stage.addEventListener("click", ({ timeStamp }) => {
    const { ticks, epochs } = probe;
    const stall = Math.max(probe.stall, timeStamp - probe.moved);
    const [frames, epoch] = [Number(stage.dataset.frames), Number(stage.dataset.epoch)];
    probe.before = probe.mark;
    probe.mark = { time: timeStamp, heard: performance.now(), ticks, epochs, stall, frames, epoch };
    [probe.moved, probe.stall] = [Math.max(probe.moved, timeStamp), 0];
  }, true);
  globalThis.stageProbe = probe;
}"""

SCRUB_MS = 20_000  # after which an epoch will not come

# Sets the slider; the milliseconds until that epoch is drawn and the screen about to be renewed.
SCRUB = """(stage, [epoch, limit]) => new Promise((done) => {
  const slider = stage.querySelector("input[type=range][aria-label=Epoch]");
  const { frames } = stage.dataset;
  const since = performance.now();
  const look = () => {
    if (Number(stage.dataset.epoch) !== epoch || stage.dataset.frames === frames) return;
    observer.disconnect();
    requestAnimationFrame(() => done(performance.now() - since));
  };
  const observer = new MutationObserver(look);
  observer.observe(stage, { attributes: true });
  setTimeout(() => done(limit), limit);
  slider.value = epoch;
  slider.dispatchEvent(new Event("input", { bubbles: true }));
})"""


@dataclass(frozen=True)
class Play:
    """Measurements from a click on Play to one on Pause; rates are per second."""

    ticks: float  # of the page: chances to draw
    frames: float  # drawn
    distinct: float  # epochs drawn
    passed: float  # epochs
    stall: float  # ms, the longest time without another epoch
    standstill: float  # ms from the click on Pause until it is handled and nothing changes
    cores: float | None  # that the server kept busy


class Visitor:
    """A page with a case, and its server."""

    def __init__(self, page: Page, address: str, server: Process) -> None:
        page.set_default_timeout(TIMEOUT_MS)
        self.page, self.address, self.server = page, address, server
        self.film = Film(page)
        self.problems: list[str] = []
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        self._devtools = page.context.new_cdp_session(page)

    def load(self, path: Path) -> tuple[float, str]:
        """Upload and use the file; return the seconds taken and the page's summary."""
        page = self.page
        visit(page, f"{self.address}/dataset")
        page.get_by_role("radio", name="Your own CSV").click()
        page.get_by_text("CSV file").wait_for()
        started = time.perf_counter()
        page.locator("input[type=file]").set_input_files(path)
        page.get_by_text("Prepared data").wait_for()
        page.get_by_role("button", name="Use this data").click()
        used = page.get_by_test_id("stMain").get_by_text(f"In use: {path.name}, ")
        used.wait_for()
        seconds = time.perf_counter() - started
        page.get_by_text("It is in use.").wait_for()
        return seconds, used.inner_text().partition(", ")[2]

    def train(self, case: Case) -> None:
        """Open the Train page and set up the case's network."""
        go(self.page, "Train")
        self.film.wait("paused")
        self.begin(case, case.length)
        self.film.stage.evaluate(PROBE)

    def begin(self, case: Case, length: int) -> None:
        """Start a new run of so many epochs."""
        page = self.page
        self._set_units(case.hidden)
        page.get_by_role("button", name="Start a new run").click()
        page.get_by_text(case.shapes).wait_for()
        page.locator("[data-testid=stage][data-state=paused][data-epoch='0']").wait_for()
        wait_until_idle(page)
        self._set("Learning rate η", f"{LEARNING_RATE:g}")
        self._set("Run length in epochs", str(length))
        self.film.stage.get_by_text(f"of {length:,}").wait_for()
        wait_until_idle(page)

    def speed(self, epochs: int) -> None:
        """Set the epochs per frame."""
        self.film.stage.get_by_role("combobox", name="Speed").select_option(str(epochs))

    def play(self, seconds: float) -> Play:
        """Play for `seconds`; return the measurements."""
        self.start()
        self.page.wait_for_timeout(1000 * seconds)
        return self.stop()

    def start(self) -> None:
        """Press Play."""
        self.film.press("Play")
        self._since = time.perf_counter(), self.server.seconds()

    def stop(self) -> Play:
        """Press Pause and wait until the whole page shows that epoch; return the measurements."""
        cores = self._cores()
        self.film.press("Pause")
        self.film.wait_at_rest()
        probe: dict[str, Any] = self.page.evaluate("stageProbe")
        before, mark = probe["before"], probe["mark"]
        seconds = (mark["time"] - before["time"]) / 1000
        ticks, frames, distinct, passed = (
            (mark[count] - before[count]) / seconds
            for count in ("ticks", "frames", "epochs", "epoch")
        )
        standstill = max(probe["moved"], mark["heard"]) - mark["time"]
        return Play(ticks, frames, distinct, passed, mark["stall"], standstill, cores)

    def scrub(self, epoch: int) -> float:
        """Set the slider; return the milliseconds until the picture shows that epoch."""
        passed = float(self.film.stage.evaluate(SCRUB, [epoch, SCRUB_MS]))
        if passed >= SCRUB_MS:
            film = self.film
            self.problems.append(f"no epoch {epoch:,}: it is {film.state} at {film.epoch:,}")
        return passed

    def heap(self) -> float:
        """Return the page's memory in MB, buffers included, after garbage collection."""
        self._devtools.send("HeapProfiler.collectGarbage")
        usage = self._devtools.send("Runtime.getHeapUsage")
        return float(usage["usedSize"] + usage["backingStorageSize"]) / 2**20

    @property
    def furthest(self) -> int:
        """The last epoch trained."""
        return self.film.trained

    def _set_units(self, hidden: tuple[int, ...]) -> None:
        """Fill in the units of each hidden layer, adding layers to the form where it has fewer."""
        if len(hidden) == 1:
            self.page.get_by_role("textbox", name="Hidden units").fill(str(hidden[0]))
            return
        box = self.page.get_by_role("textbox", name="Units in hidden layer")
        while (count := box.count()) < len(hidden):
            self.page.get_by_role("button", name=ADD_LAYER).click()
            box.nth(max(1, count)).wait_for()  # the first one adds to "Hidden units"
        for layer, units in enumerate(hidden):
            box.nth(layer).fill(str(units))

    def _set(self, label: str, value: str) -> None:
        box = self.page.get_by_role("textbox", name=label)
        box.fill(value)
        box.press("Enter")

    def _cores(self) -> float | None:
        then, worked = self._since
        now = self.server.seconds()
        if now is None or worked is None:
            return None
        return (now - worked) / (time.perf_counter() - then)
