"""Packages of Debian or Ubuntu, for tests that need a program beside Python."""

import fcntl
import os
import platform
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

APT_GET = ("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "DPkg::Lock::Timeout=120")
UPDATE = ("update", "-qq")  # one stale list among many need not matter: the installation tells
FOLDERS = ("usr/local/sbin", "usr/sbin", "sbin", "usr/local/bin", "usr/bin", "bin")  # of programs


@dataclass(frozen=True)
class Program:
    """A program's file, and the environment that it runs in."""

    path: str
    environment: dict[str, str]


def is_debian() -> bool:
    """Return whether this is Debian itself: some of Ubuntu's packages only install a snap."""
    release = Path("/etc/os-release")
    return release.exists() and "ID=debian" in release.read_text().splitlines()


def install(*packages: str) -> None:
    """Try to install packages, one process at a time; the caller checks the result."""
    with _turn():
        for arguments in (UPDATE, ("install", "-y", "-qq", "--no-install-recommends", *packages)):
            _administer(*arguments)


def find_program(name: str, package: str) -> Program:
    """Return an installed program, else its package's, unpacked into a cache and not installed.

    An installed service would start at once, and again whenever the computer does. Raises
    RuntimeError where neither can be had.
    """
    if path := _find(name, Path("/")) or shutil.which(name):
        return Program(path, dict(os.environ))
    folder = _unpack(package)
    if path := _find(name, folder):
        libraries = sorted({str(file.parent) for file in folder.rglob("*.so*")})
        return Program(path, {**os.environ, "LD_LIBRARY_PATH": ":".join(libraries)})
    raise RuntimeError(f"Debian's package {package} holds no program {name}")


def _find(name: str, root: Path) -> str | None:
    """Return a program below a root; folders of services are not on every user's path."""
    return shutil.which(name, path=os.pathsep.join(str(root / folder) for folder in FOLDERS))


def _unpack(package: str) -> Path:
    """Return a folder with the contents of a package and of what it needs and is not installed."""
    release = platform.freedesktop_os_release() if Path("/etc/os-release").exists() else {}
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    version = f"{release.get('ID', 'unknown')}-{release.get('VERSION_ID', 'unknown')}"
    folder = cache / "chainscope" / f"{version}-{platform.machine()}" / package
    with _turn():
        if not folder.exists():
            folder.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=folder.parent) as name:
                _fetch(package, Path(name))
                Path(name, "root").rename(folder)  # whole or not at all
    return folder


def _fetch(package: str, folder: Path) -> None:
    """Download a package and what it lacks into a folder, and unpack all below its `root`."""
    if not shutil.which("apt-get"):
        raise RuntimeError(f"{package} is not installed, and there is no apt-get to fetch it")
    try:
        _download(package, folder)
    except RuntimeError:  # the lists may be empty, as in a container, or stale
        _administer(*UPDATE)
        _download(package, folder)
    for archive in folder.glob("*.deb"):
        subprocess.run(["dpkg", "-x", archive, folder / "root"], check=True)


def _download(package: str, folder: Path) -> None:
    plan = _ask_apt("-s", "install", "--no-install-recommends", package, folder=folder)
    missing = re.findall(r"^Inst (\S+)", plan, re.MULTILINE)  # with its dependencies
    _ask_apt("download", "-qq", *(missing or [package]), folder=folder)


def _ask_apt(*arguments: str, folder: Path) -> str:
    """Return what apt-get prints; raises RuntimeError. None of these needs an administrator."""
    command = [*APT_GET, *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}:\n{done.stderr}")
    return done.stdout


def _administer(*arguments: str) -> None:
    """Try an apt-get command as administrator, if that asks no question; the caller checks."""
    rights = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if shutil.which("apt-get") and (not rights or shutil.which("sudo")):
        command = [*rights, *APT_GET, *arguments]
        subprocess.run(command, stdin=subprocess.DEVNULL, check=False)


@contextmanager
def _turn() -> Iterator[None]:
    """Let one process at a time use apt-get."""
    with Path(tempfile.gettempdir(), f"apt-get-{os.getuid()}.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield
