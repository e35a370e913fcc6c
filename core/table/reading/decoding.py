"""Decode a file's bytes to UTF-8 text, or raise TableError with what the file is instead."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from core.table.notices import MAX_NOTICE_LINES, Notice, TableError, notice
from core.table.reading.dialect import ENCODINGS

_SAVE_AS = "open it in a spreadsheet and save it as CSV"
_EXPORT = "export the table in it as CSV"
_UNPACK = "unpack it and upload the CSV file inside"

# First bytes of a file, its format, and how to get a CSV file from it.
_SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook (.xls)", _SAVE_AS),
    (b"%PDF-", "a PDF document", "copy the table into a spreadsheet and save it as CSV"),
    (b"{\\rtf", "a rich-text document (.rtf)", "save it as plain text"),
    (b"\x89PNG\r\n", "a PNG image", "type the numbers into a spreadsheet and save it as CSV"),
    (b"\xff\xd8\xff", "a JPEG image", "type the numbers into a spreadsheet and save it as CSV"),
    (b"GIF87a", "a GIF image", "type the numbers into a spreadsheet and save it as CSV"),
    (b"GIF89a", "a GIF image", "type the numbers into a spreadsheet and save it as CSV"),
    (b"BZh91AY&SY", "a bzip2 archive", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", _UNPACK),
    (b"\xfd7zXZ\x00", "an xz archive", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive", _UNPACK),
    (b"Rar!\x1a\x07", "a RAR archive", _UNPACK),
    (b"SQLite format 3\x00", "an SQLite database", _EXPORT),
    (b"\x93NUMPY", "a NumPy array (.npy)", "save it with numpy.savetxt as CSV"),
    (b"\x89HDF\r\n", "an HDF5 file", _EXPORT),
    (b"ARROW1\x00\x00", "an Arrow file", _EXPORT),
)

_BLOCK = 2**20  # bytes at a time, which fit in a processor's cache with their results
_TAR = 257, b"ustar"
_ZIP = b"PK\x03\x04"

_BOMS: tuple[tuple[bytes, str, str], ...] = (  # UTF-32 first: its BOM begins with UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32-le", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32-be", "UTF-32"),
    (codecs.BOM_UTF8, "utf-8", "UTF-8 with BOM"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
)

_DELETE = b"\x7f"
_AT_THE_END = b"\x1a\r\n"  # old systems end a file with these
_STRAY = 1e-3  # share of a text's bytes that may be control bytes
_TAB, _RETURN, _SPACE = b"\t\r "  # the only bytes of a text below a space
_MARKUP = re.compile(rb"\s*<(!doctype|html|head|meta|body|table|\?xml|svg)\b", re.IGNORECASE)
_JSON = re.compile(rb"\s*(\{\s*[\"}]|\[\s*[\[{])")


@dataclass(frozen=True)
class Decoded:
    """Text as UTF-8 bytes without a BOM, the name of its original encoding, and notices."""

    data: bytes
    encoding: str
    notices: tuple[Notice, ...] = ()


def decode(data: bytes, name: str, encoding: str | None = None) -> Decoded:
    """Return the text of a file as UTF-8; raise TableError for anything but plain text.

    `encoding` is one of ENCODINGS, or None to detect it.
    """
    _refuse_known_formats(data, name)
    decoded = _decode(data, name, encoding)
    text, notices = _without_control(decoded.data, name)
    _refuse_markup(text, name)
    return Decoded(text, decoded.encoding, decoded.notices + notices)


def _refuse_known_formats(data: bytes, name: str) -> None:
    for magic, kind, advice in _SIGNATURES:
        if data.startswith(magic):
            raise TableError(f"{name} is {kind}, not a CSV file: {advice}.")
    if data.startswith(b"PAR1") and data.endswith(b"PAR1"):  # PAR1 alone could be a column's name
        raise TableError(f"{name} is a Parquet file, not a CSV file: {_EXPORT}.")
    if data.startswith(_ZIP):  # within an archive that was unpacked
        raise TableError(f"{name} is an archive within an archive: {_UNPACK}.")
    if data.startswith(_TAR[1], _TAR[0]):
        raise TableError(f"{name} is a tar archive, not a CSV file: {_UNPACK}.")


def _decode(data: bytes, name: str, encoding: str | None) -> Decoded:
    """Return the text, without a byte-order mark."""
    for bom, codec, label in _BOMS:
        fits = encoding is None or label == encoding or label.startswith(f"{encoding} ")
        if fits and data.startswith(bom):
            decoded = _recode(data[len(bom) :], codec, label, name)
            return replace(decoded, encoding=encoding or label)
    if encoding in (None, "UTF-16") and (codec16 := _utf16_without_bom(data)):
        return _recode(data, codec16, "UTF-16", name)
    if encoding is not None:
        codec = "utf-16-le" if encoding == "UTF-16" else ENCODINGS[encoding]
        return _recode(data, codec, encoding, name)
    return Decoded(data, "UTF-8") if _is_utf8(data) else _decode_windows(data)


def _recode(data: bytes, codec: str, label: str, name: str) -> Decoded:
    if codec == "utf-8" and _is_utf8(data):
        return Decoded(data, label)
    try:
        return Decoded(data.decode(codec).encode(), label)
    except UnicodeError as error:
        where = getattr(error, "start", len(data))
        raise TableError(
            f"{name} is not {label} text all through: byte {where + 1} does not fit; "
            "save it again as UTF-8, or choose another encoding."
        ) from error


def _utf16_without_bom(data: bytes) -> str | None:
    """Return the codec if zero bytes are at even or at odd positions only, as in UTF-16."""
    head = data[:2000]
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > len(head) // 4 and even == 0:
        return "utf-16-le"
    if even > len(head) // 4 and odd == 0:
        return "utf-16-be"
    return None


def _is_utf8(data: bytes) -> bool:
    if data.isascii():
        return True
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _decode_windows(data: bytes) -> Decoded:
    """Return text that is not UTF-8 decoded as Windows-1252, or else as Latin-1."""
    try:
        text, label = data.decode("cp1252"), "Windows-1252"
    except UnicodeDecodeError:
        text, label = data.decode("latin-1"), "Latin-1"
    count, lines = _lines_beyond_ascii(data)
    message = f"The file is not UTF-8; its non-ASCII characters are read as {label}"
    return Decoded(text.encode(), label, (notice(message, lines, count),))


def _lines_beyond_ascii(data: bytes) -> tuple[int, list[int]]:
    """Return how many lines hold a non-ASCII byte, and the first of them (1-based)."""
    codes = np.frombuffer(data, np.uint8)
    end = ord("\n" if b"\n" in data else "\r")
    count, first, before = 0, list[int](), 1
    for start in range(0, len(codes), _BLOCK):
        block = codes[start : start + _BLOCK]
        ends = np.flatnonzero(block == end)
        lines = before + np.unique(np.searchsorted(ends, np.flatnonzero(block >= 0x80)))
        count += len(lines)
        first += lines[:MAX_NOTICE_LINES].tolist()
        before += len(ends)
    return count, first[:MAX_NOTICE_LINES]


def _without_control(data: bytes, name: str) -> tuple[bytes, tuple[Notice, ...]]:
    """Return the text without its few control bytes; raise TableError if it has many."""
    where = _control_bytes(data)
    if not len(where):
        return data, ()
    codes = np.frombuffer(data, np.uint8)
    inner = where[where < len(data.rstrip(b"\0").rstrip(_AT_THE_END))]
    if len(inner) > max(1, _STRAY * len(data)) or not codes[inner].all():
        at = int(inner[0])
        raise TableError(
            f"{name} is not a text file: line {_line_of(data, at)} holds the control byte "
            f"0x{data[at]:02X}; export the table as CSV (plain text)."
        )
    first = f"0x{codes[where[0]]:02X}"
    lines = np.unique([_line_of(data, int(at)) for at in where[:MAX_NOTICE_LINES]])
    removed = notice(f"Control characters, the first {first}, are removed", lines, len(where))
    return np.delete(codes, where).tobytes(), (removed,)


def _control_bytes(data: bytes) -> npt.NDArray[np.int64]:
    """Return the positions of control bytes, which no text has."""
    codes = np.frombuffer(data, np.uint8)
    scratch = np.empty(_BLOCK, np.uint8)
    found = [np.empty(0, np.int64)]
    for start in range(0, len(codes), _BLOCK):
        block = codes[start : start + _BLOCK]
        beyond = np.subtract(block, _RETURN + 1, scratch[: len(block)])  # wraps around below 0
        if block.min() < _TAB or beyond.min() < _SPACE - _RETURN - 1:
            control = (block < _TAB) | ((block > _RETURN) & (block < _SPACE))
            found.append(start + np.flatnonzero(control))
    if _DELETE[0] in data:
        found.append(np.flatnonzero(codes == _DELETE[0]))
    return np.sort(np.concatenate(found))


def _line_of(data: bytes, where: int) -> int:
    """Return the line (1-based) of a byte."""
    return data.count(b"\n" if b"\n" in data else b"\r", 0, where) + 1


def _refuse_markup(data: bytes, name: str) -> None:
    head = data[:2000]
    if _MARKUP.match(head):
        raise TableError(f"{name} is a web page or XML, not a CSV file: {_EXPORT}.")
    if _JSON.match(head):
        raise TableError(f"{name} is JSON, not a CSV file: {_EXPORT}.")
