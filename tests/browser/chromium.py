"""A Chromium for the browser tests: one that is there, else the system's, else Playwright's own.

First choice is the one without a window's frame: a page takes half the time to open.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, Error, Playwright

from tests.debian import install, is_debian

SHELL = "chromium-headless-shell"
NAMES = (SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox",
    "--process-per-site",  # a page opens sooner in the process of another
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def launch(playwright: Playwright) -> Browser:
    """Start a headless Chromium, installing one first where there is none."""
    path = _installed() or _from_package_manager()
    if path is not None:
        return playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
    return _playwrights_own(playwright)


def _installed() -> str | None:
    """A Chromium on the path; Ubuntu's is a launcher of a snap, which headless tests cannot use."""
    paths = (shutil.which(name) for name in NAMES)
    return next((path for path in paths if path and not _is_snap(path)), None)


def _is_snap(path: str) -> bool:
    """Whether it is a link to snap, or a script that calls it (Debian's is a script as well)."""
    real = Path(path).resolve()
    if "snap" in real.parts:
        return True
    with real.open("rb") as file:
        return re.search(rb"/snap/|\bsnap (install|run)\b", file.read(16_384)) is not None


def _from_package_manager() -> str | None:
    """Debian's package."""
    if is_debian():
        install(SHELL, "fonts-dejavu-core")
    return _installed()


def _playwrights_own(playwright: Playwright) -> Browser:
    """Playwright's build, in the new headless mode: the whole browser, as on a desk.

    The system's libraries are installed only if it is there and does not start: a desktop has
    them, and is not asked for a password.
    """
    own = playwright.chromium
    if not Path(own.executable_path).exists():
        _playwright("install", "--no-shell", "chromium")
    try:
        return own.launch(channel="chromium", args=ARGUMENTS)
    except Error:
        _playwright("install-deps", "chromium")
        return own.launch(channel="chromium", args=ARGUMENTS)


def _playwright(*arguments: str) -> None:
    command = [sys.executable, "-m", "playwright", *arguments]
    subprocess.run(command, stdin=subprocess.DEVNULL, check=True)
