"""A Chromium for the browser tests: an installed one, the system's package, or Playwright's build.

The headless shell is preferred: its pages open in half the time.
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
    """Start a headless Chromium, and install one first if there is none."""
    path = _find_installed() or _install_package()
    if path is not None:
        return playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
    return _launch_playwrights(playwright)


def _find_installed() -> str | None:
    """Return a Chromium on the path; Ubuntu's starts a snap, which headless tests cannot use."""
    paths = (shutil.which(name) for name in NAMES)
    return next((path for path in paths if path and not _is_snap(path)), None)


def _is_snap(path: str) -> bool:
    """Return whether it links to snap or is a script that calls it (Debian's is a script, too)."""
    real = Path(path).resolve()
    if "snap" in real.parts:
        return True
    with real.open("rb") as file:
        return re.search(rb"/snap/|\bsnap (install|run)\b", file.read(16_384)) is not None


def _install_package() -> str | None:
    """Install Debian's package and return its path."""
    if is_debian():
        install(SHELL, "fonts-dejavu-core")
    return _find_installed()


def _launch_playwrights(playwright: Playwright) -> Browser:
    """Start Playwright's build in the new headless mode, which is the whole browser.

    System libraries are installed only if it does not start: a desktop has them, and is not
    asked for a password.
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
