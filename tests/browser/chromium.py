"""A Chromium for the browser tests: one that is there, else the system's, else Playwright's own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def launch(playwright: Playwright) -> Browser:
    """Start a headless Chromium, installing one first where there is none."""
    path = _installed() or _from_package_manager()
    if path is None:
        _download(playwright)
    return playwright.chromium.launch(executable_path=path, args=ARGUMENTS)


def _installed() -> str | None:
    # On Ubuntu `chromium` may be a launcher of a snap, which headless tests cannot use.
    paths = (shutil.which(name) for name in NAMES)
    return next((path for path in paths if path and not _is_snap(path)), None)


def _is_snap(path: str) -> bool:
    real = Path(path).resolve()
    if "snap" in real.parts:
        return True
    return real.stat().st_size < 10_000 and "snap" in real.read_text(errors="replace")


def _from_package_manager() -> str | None:
    """Debian's package; Ubuntu's of that name only fetches a snap."""
    release = Path("/etc/os-release")
    if not release.exists() or "ID=debian" not in release.read_text().splitlines():
        return None
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-qq"], ["install", "-y", "-qq", "chromium"]):
        if subprocess.run([*sudo, "apt-get", *command], env=quiet, check=False).returncode:
            return None
    return _installed()


def _download(playwright: Playwright) -> None:
    """Playwright's own build, with the system's libraries that it needs."""
    if Path(playwright.chromium.executable_path).exists():
        return
    install = [sys.executable, "-m", "playwright", "install", "chromium"]
    if subprocess.run([*install, "--with-deps"], check=False).returncode:
        subprocess.run(install, check=True)  # without rights to install: the libraries may be there
