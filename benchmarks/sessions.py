"""Server memory per session: `python -m benchmarks.sessions`.

Each browser opens a link to XOR, trained to an epoch, and leaves; the server keeps the session for
a reload (`pages.ui.state.store.session_store`). It prints the server's growth per session, and the
limit of all sessions together.
"""

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

from playwright.sync_api import sync_playwright

from benchmarks.process import Process
from pages.ui.state.permalink import Permalink
from pages.ui.state.session import Session
from pages.ui.state.store.session_store import MAX_BYTES, MAX_SESSIONS
from tests.browser.chromium import launch
from tests.browser.server import serve

WARM = 3  # browsers before the first measurement, which load the code


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sessions", description=__doc__)
    parser.add_argument("--sessions", type=int, default=50, help="browsers (50)")
    parser.add_argument("--epochs", type=int, default=100_000, help="of each run (100 000)")
    chosen = parser.parse_args()
    query = _query(chosen.epochs)
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(Path(folder) / "log.txt") as (address, process),
        sync_playwright() as playwright,
        launch(playwright) as browser,
    ):
        server = Process(process.pid)

        def visit() -> None:
            context = browser.new_context()
            page = context.new_page()
            page.goto(f"{address}/?{query}")
            page.locator(f"[data-testid=stage][data-epoch='{chosen.epochs}']").wait_for()
            context.close()

        for _ in range(WARM):
            visit()
        before = server.megabytes() or 0.0
        for _ in range(chosen.sessions):
            visit()
        grown = (server.megabytes() or 0.0) - before
    print(
        f"{chosen.sessions} sessions, each with a run of {chosen.epochs:,} epochs: the server grew "
        f"from {before:.0f} by {grown:.0f} MB, {grown / chosen.sessions:.1f} MB a session.\n"
        f"Limit: {MAX_SESSIONS} sessions, {MAX_BYTES >> 20:,} MB together."
    )


def _query(epochs: int) -> str:
    """Return the link's query string."""
    session = Session()
    session.begin(settings=replace(session.settings, epochs=epochs))
    params = replace(Permalink.of(session), epoch=epochs).params
    return "&".join(f"{name}={value}" for name, value in params.items())


if __name__ == "__main__":
    main()
