"""Response time of the chain rule page: `python -m benchmarks.chain_rule` measures it in Chromium.

Cases of `benchmarks.stage_cases` are uploaded and trained briefly (by default 10 000 rows, W⁽¹⁾
31×64 and three outputs, and four hidden layers of 32). Then random samples are selected by number,
and the pointer moves to random cells of W⁽¹⁾. Each time is measured in the page: from the key press
or pointer move until the page has changed and the next frame is due.
"""

import argparse
import os
import platform
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
from playwright.sync_api import Locator, TimeoutError, sync_playwright

from benchmarks.process import Process
from benchmarks.stage_cases import CASES, Case
from benchmarks.stage_visit import Visitor
from tests.browser.chromium import launch
from tests.browser.film import wait_until_idle
from tests.browser.server import serve
from tests.browser.visit import go

DEFAULT_CASES = ("b", "e")
TRAIN_MS = 2000  # of play before the page is opened
SAMPLES = HOVERS = 60  # random ones
SAMPLE_MS, HOVER_MS = 200, 50  # at most, at the 95th percentile
HOVER_LIMIT_MS = 2000  # timeout for a highlight

# Notes when a key or the pointer acted last, when the attribute changed after it, and to what.
WATCH = """(section, attribute) => {
  const log = { acted: 0, passed: undefined, value: undefined };
  const act = ({ timeStamp }) => { Object.assign(log, { acted: timeStamp, passed: undefined }); };
  for (const kind of ["keydown", "pointerover", "pointermove"]) addEventListener(kind, act, true);
  new MutationObserver(() => {
    const { acted } = log;
    log.value = section.getAttribute(attribute);
    requestAnimationFrame(() => { log.passed = performance.now() - acted; });
  }).observe(section, { attributes: true, attributeFilter: [attribute] });
  globalThis.chainLog = log;
}"""
# The middles of the cells in view: of the buttons, or of a picture's pixels.
PLACES = """(figure) => {
  const frame = figure.querySelector(".scroll, canvas").getBoundingClientRect();
  const canvas = figure.querySelector("canvas");
  const middle = ({ x, y, width, height }) => [x + width / 2, y + height / 2];
  const { width: columns, height: rows } = canvas ?? { width: 0, height: 0 };
  const places = canvas
    ? Array.from({ length: rows * columns }, (_, i) => [
        frame.x + ((i % columns + 0.5) / columns) * frame.width,
        frame.y + ((Math.floor(i / columns) + 0.5) / rows) * frame.height,
      ])
    : [...figure.querySelectorAll("td button")].map((cell) => middle(cell.getBoundingClientRect()));
  return places.filter(([x, y]) => x < frame.right && y < frame.bottom && y < innerHeight);
}"""
SHOWN = "(value) => chainLog.value === value && chainLog.passed"
CHANGED = "(value) => chainLog.acted && chainLog.value !== value && chainLog.passed"


def main() -> None:
    """Measure and print."""
    cases = _options().cases
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {load}.", flush=True)
    for name in cases:
        _measure(CASES[name])


def _measure(case: Case) -> None:
    """Measure one case and print."""
    print(f"{case}:", flush=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(Path(folder) / "log.txt") as (address, process),
        sync_playwright() as playwright,
        launch(playwright) as browser,
    ):
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        visitor = Visitor(page, address, Process(process.pid))
        visitor.load(case.write(Path(folder)))
        section = _open(visitor, case)
        goals = [_goal("another sample", _samples(visitor, section), SAMPLE_MS)]
        goals.append(_goal("hover to highlight", _hovers(visitor, section), HOVER_MS))
        print(*goals, *(f"problem: {text}" for text in visitor.problems), sep="\n")


def _options() -> argparse.Namespace:
    listed = "\n".join(f"  {name}  {case}" for name, case in CASES.items())
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.chain_rule",
        description=__doc__,
        epilog=f"cases:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--cases", nargs="+", choices=CASES, default=DEFAULT_CASES, help="other sizes (b e)"
    )
    return parser.parse_args()


def _open(visitor: Visitor, case: Case) -> Locator:
    """Train briefly, open the page and print how long opening took."""
    visitor.train(case)
    visitor.play(TRAIN_MS / 1000)
    page = visitor.page
    started = time.perf_counter()
    go(page, "Chain rule")
    section = page.get_by_test_id("chain-rule")
    section.wait_for()
    seconds = time.perf_counter() - started
    wait_until_idle(page)
    epoch, count = section.get_attribute("data-epoch"), _count(section)
    print(f"opened at epoch {epoch} of {count:,} samples in {seconds:.2f} s", flush=True)
    return section


def _count(section: Locator) -> int:
    return int(section.get_attribute("data-samples") or 0)


def _samples(visitor: Visitor, section: Locator) -> list[float]:
    """Return the milliseconds from Enter in the sample's number until it is shown."""
    page, count = visitor.page, _count(section)
    box = page.get_by_role("textbox", name="Sample i")
    section.evaluate(WATCH, "data-sample")
    times = []
    for sample in np.random.default_rng(6).choice(count, min(SAMPLES, count), replace=False) + 1:
        if section.get_attribute("data-sample") == str(sample):
            continue  # selecting it again changes nothing
        box.fill(str(sample))
        box.press("Enter")
        times.append(float(page.wait_for_function(SHOWN, arg=str(sample)).json_value()))
        wait_until_idle(page)
    return times


def _hovers(visitor: Visitor, section: Locator) -> list[float]:
    """Return the milliseconds from a pointer move over W⁽¹⁾ until a cell is highlighted."""
    page, matrix = visitor.page, section.locator("figure").first
    matrix.scroll_into_view_if_needed()
    section.evaluate(WATCH, "data-hover")
    places = matrix.evaluate(PLACES)
    times = []
    for place in np.random.default_rng(6).choice(len(places), min(HOVERS, len(places)), False):
        before = page.evaluate("chainLog.value")
        page.mouse.move(*places[place])
        try:
            found = page.wait_for_function(CHANGED, arg=before, timeout=HOVER_LIMIT_MS)
        except TimeoutError:
            visitor.problems.append(f"no highlight at {places[place]}")
            break
        times.append(float(found.json_value()))
    return times


def _goal(what: str, times: list[float], most: float) -> str:
    if not times:
        return f"{what}: not measured, goal MISSED"
    slow = float(np.percentile(times, 95))
    verdict = "met" if slow <= most else "MISSED"
    return (
        f"{what}, {len(times)} random ones: median {median(times):.0f} ms, 95th percentile "
        f"{slow:.0f} ms, longest {max(times):.0f} ms; goal: {most} ms at 95 %: {verdict}"
    )


if __name__ == "__main__":
    main()
