"""Zip archives from users, read within size limits.

with open_zip(data) as archive:                 # raises ArchiveError
    text = read_member(archive, "run.json", 2_000_000)
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

MAX_FILES = 20_000  # in an archive: each takes half a kilobyte to list
_ENTRY = b"PK\x01\x02"
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others may allocate gigabytes at once
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, OverflowError, RuntimeError,
    ValueError,
)  # fmt: skip


class ArchiveError(ValueError):
    """An archive that cannot be read; the message ends a sentence, such as "is damaged"."""


class TooLargeError(ArchiveError):
    """An archive that unpacks to more than the limit."""


@contextmanager
def open_zip(data: bytes, most: int = MAX_FILES) -> Iterator[zipfile.ZipFile]:
    """Open an archive of at most `most` files; raise ArchiveError if it cannot be read."""
    if data.count(_ENTRY) > most:
        raise ArchiveError(f"holds more than {most:,} files")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (*_DAMAGED, NotImplementedError) as error:
        raise ArchiveError("is damaged") from error
    with archive:
        yield archive


def read_member(archive: zipfile.ZipFile, member: str | zipfile.ZipInfo, most: int) -> bytes:
    """Return a file of an archive, of at most so many bytes.

    Raises KeyError where there is none of that name; ArchiveError for one that is damaged,
    encrypted, larger, or packed by another method than deflate.
    """
    info = archive.getinfo(member) if isinstance(member, str) else member
    unreadable = ArchiveError("is compressed or encrypted in a way that cannot be read here")
    if info.compress_type not in _METHODS or info.flag_bits & 1:
        raise unreadable
    if info.file_size > most:
        raise _too_large(most)
    try:
        with archive.open(info) as file:
            data = file.read(most + 1)
    except NotImplementedError as error:
        raise unreadable from error
    except _DAMAGED as error:
        raise ArchiveError("is damaged") from error
    if len(data) > most:
        raise _too_large(most)
    return data


def _too_large(most: int) -> TooLargeError:
    return TooLargeError(f"unpacks to more than {most / 2**20:.3g} MB")
