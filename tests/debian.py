"""Packages of Debian or Ubuntu, for tests that need a program beside Python."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

APT_GET = ("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "DPkg::Lock::Timeout=120")


def is_debian() -> bool:
    """Return whether this is Debian itself: some of Ubuntu's packages only install a snap."""
    release = Path("/etc/os-release")
    return release.exists() and "ID=debian" in release.read_text().splitlines()


def install(*packages: str) -> None:
    """Try to install packages, one process at a time; the caller checks the result."""
    rights = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if not shutil.which("apt-get") or (rights and not shutil.which("sudo")):
        return
    update = ["update", "-qq"]  # one stale list among many need not matter: the installation tells
    with Path(tempfile.gettempdir(), f"apt-get-{os.getuid()}.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        for arguments in (update, ["install", "-y", "-qq", "--no-install-recommends", *packages]):
            command = [*rights, *APT_GET, *arguments]
            subprocess.run(command, stdin=subprocess.DEVNULL, check=False)
