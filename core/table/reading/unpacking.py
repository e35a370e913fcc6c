"""Unpack a gzip or zip archive, recognised by its first bytes and not by its name.

Unpacking stops at the limit of bytes, so that a zip bomb cannot fill the memory.
"""

from __future__ import annotations

import zipfile
import zlib
from pathlib import PurePosixPath

from core.table.notices import MAX_ARCHIVE_FILES, MAX_BYTES, MEGABYTE, Notice, TableError, in_quotes
from core.utils.archive import ArchiveError, TooLargeError, open_zip, read_member
from core.utils.sentence import plural

_GZIP = b"\x1f\x8b"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_GZIP_WINDOW = 16 + zlib.MAX_WBITS  # zlib's code for a gzip header
_STEP = 2**20
_SYSTEM_FILES = ("__MACOSX/", ".DS_Store", "Thumbs.db")  # files that operating systems add

_SAVE_AS = "open it in a spreadsheet and save it as CSV"
_OFFICE = (
    ("xl/", "an Excel workbook (.xlsx)", _SAVE_AS),
    ("content.xml", "an OpenDocument spreadsheet (.ods)", _SAVE_AS),
    ("Index/Document.iwa", "a Numbers spreadsheet", _SAVE_AS),
    ("word/", "a Word document", "copy the table into a spreadsheet and save it as CSV"),
)


def unpack(data: bytes, name: str) -> tuple[bytes, tuple[Notice, ...]]:
    """Return the single file in an archive with a notice, or `data` unchanged.

    Raises TableError for an archive that is damaged, encrypted, empty, holds several files, or
    unpacks to more than the limit.
    """
    if data.startswith(_GZIP):
        return _gunzip(data, name), (Notice("The file was unpacked from gzip"),)
    if data.startswith(_ZIP):
        member, content = _unzip(data, name)
        return content, (Notice(f"{in_quotes(member)} was unpacked from a zip archive"),)
    return data, ()


def _gunzip(data: bytes, name: str) -> bytes:
    out = bytearray()
    while data.startswith(_GZIP):  # members may follow one another
        stream = zlib.decompressobj(_GZIP_WINDOW)
        rest = data
        while not stream.eof:
            try:
                out += stream.decompress(rest, _STEP)
            except zlib.error as error:
                raise _damaged_error(name) from error
            if len(out) > MAX_BYTES:
                raise _too_large_error(name)
            if not stream.eof and not stream.unconsumed_tail:
                raise _damaged_error(name)
            rest = stream.unconsumed_tail
        data = stream.unused_data
    return bytes(out)


def _unzip(data: bytes, name: str) -> tuple[str, bytes]:
    try:
        with open_zip(data, MAX_ARCHIVE_FILES) as archive:
            member = _only_file(archive, name)
            return member.filename, read_member(archive, member, MAX_BYTES)
    except TooLargeError as error:
        raise _too_large_error(name) from error
    except ArchiveError as error:
        raise TableError(
            f"{name} is a zip archive that {error}: unpack it and upload the CSV file inside."
        ) from error


def _only_file(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    entries = archive.infolist()
    for mark, kind, advice in _OFFICE:
        if any(entry.filename.startswith(mark) for entry in entries):
            raise TableError(f"{name} is {kind}, not a CSV file: {advice}.")
    files = [
        entry for entry in entries if not entry.is_dir() and not _is_system_file(entry.filename)
    ]
    if len(files) != 1:
        names = ", ".join(in_quotes(entry.filename) for entry in files[:3])
        held = f"{plural(len(files), 'file')} ({names}{', …' if len(files) > 3 else ''})"
        raise TableError(
            f"{name} is a zip archive with {held if files else 'no file'}, not one: "
            "upload the CSV file alone."
        )
    if files[0].flag_bits & 1:
        raise TableError(f"{name} is an encrypted zip archive: unpack it and upload the CSV file.")
    return files[0]


def _is_system_file(filename: str) -> bool:
    return filename.startswith(_SYSTEM_FILES[0]) or PurePosixPath(filename).name in _SYSTEM_FILES


def _too_large_error(name: str) -> TableError:
    return TableError(
        f"{name} unpacks to more than the {MAX_BYTES // MEGABYTE} MB that can be read: "
        "keep fewer rows or columns."
    )


def _damaged_error(name: str) -> TableError:
    return TableError(f"{name} is a damaged gzip archive: pack it again, or upload the CSV file.")
