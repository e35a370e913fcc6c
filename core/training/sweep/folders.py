"""Folders of sweeps' data in the temporary directory, whose names say whose they are.

A folder goes with its sweep. Those of a process that was killed are removed by its workers, or else
when the next pool of this machine starts; on Windows they stay.
"""

import os
import re
import shutil
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from platform import node
from tempfile import gettempdir, mkdtemp

# With the host's name: containers that share the directory number their processes by themselves.
PREFIX = f"chainscope-sweep-{re.sub(r'[^A-Za-z0-9]', '', node())[:64]}-"
MOST_ENTRIES = 10_000  # of the temporary directory that are looked at
_NAME = re.compile(rf"{PREFIX}(\d{{1,10}})-\w{{1,20}}", re.ASCII)


def new_folder() -> Path:
    """Make a folder of this process's; raises OSError if there is no space."""
    return Path(mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))


def remove_folder(folder: Path) -> None:
    """Remove a folder, if it is there, with all that is in it."""
    shutil.rmtree(folder, ignore_errors=True)


def remove_folders_of(process: int) -> None:
    """Remove the folders of a process that has ended."""
    for owner, folder in _folders():
        if owner == process:
            remove_folder(folder)


def remove_old_folders() -> None:
    """Remove the folders of processes that are no more."""
    for owner, folder in _folders():
        if not _is_there(owner):
            remove_folder(folder)


def _folders() -> Iterator[tuple[int, Path]]:
    """Yield the processes and folders of this user's sweeps on this host."""
    if os.name != "posix":
        return
    with os.scandir(gettempdir()) as entries:
        for entry in islice(entries, MOST_ENTRIES):
            name = _NAME.fullmatch(entry.name)
            if name and entry.is_dir(follow_symlinks=False) and _is_ours(entry):
                yield int(name[1]), Path(entry.path)


def _is_ours(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.stat(follow_symlinks=False).st_uid == os.getuid()
    except FileNotFoundError:  # removed by another process meanwhile
        return False


def _is_there(process: int) -> bool:
    try:
        os.kill(process, 0)  # no signal: it only asks
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
