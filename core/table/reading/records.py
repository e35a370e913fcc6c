"""Start and end of each record of a text, found in arrays of bytes without parsing cells.

A line feed ends a record unless it is within quotes, that is, after an odd number of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from core.table.notices import MAX_NOTICE_LINES, MAX_RECORD_LINES

Lines = npt.NDArray[np.int64]
Offsets = npt.NDArray[np.int32]  # into a text, which the limits keep below 2³¹ bytes
Bytes = npt.NDArray[np.uint8]

_BLOCK = 2**20  # bytes at a time, which fit in a processor's cache with their results
_FEED, _RETURN, _BLANK, _TAB = b"\n\r \t"


@dataclass(frozen=True)
class Records:
    """Records of a text: first and last byte (exclusive), line and number of delimiters."""

    starts: Offsets
    ends: Offsets
    lines: Offsets  # 1-based
    delimiters: Offsets  # outside quotes
    closed: bool  # no quote is left open

    span: int  # lines of the longest record

    @property
    def regular(self) -> bool:
        """Return whether every quote is closed within `MAX_RECORD_LINES` lines."""
        return self.closed and self.span <= MAX_RECORD_LINES

    def select(self, kept: npt.NDArray[np.bool_]) -> Records:
        """Return the records under a mask."""
        if kept.all():
            return self
        arrays = (self.starts[kept], self.ends[kept], self.lines[kept], self.delimiters[kept])
        return Records(*arrays, self.closed, self.span)

    def from_line(self, line: int) -> Records:
        """Return the records that begin in that line or later."""
        return self.select(self.lines >= line)


def one_kind_of_line_end(data: bytes, quote: str) -> bytes:
    """Return the text with line feeds only; a carriage return within quotes stays as it is."""
    if b"\r" not in data:
        return data
    if not quote or quote.encode() not in data:
        return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    codes = np.frombuffer(data, np.uint8).copy()
    kept = np.ones(len(codes), np.bool_)
    for start, block, inside in _blocks(data, quote):
        at = start + np.flatnonzero((block == _RETURN) & ~inside)
        before_feed = codes[np.minimum(at + 1, len(codes) - 1)] == _FEED
        kept[at[before_feed]] = False
        codes[at] = _FEED
    return codes[kept].tobytes()


def count_lines(data: bytes, start: int = 0) -> int:
    """Return the number of lines from that byte on; the last may lack its line feed."""
    codes = np.frombuffer(data, np.uint8)[start:]
    blocks = (codes[at : at + _BLOCK] for at in range(0, len(codes), _BLOCK))
    feeds = sum(int(np.count_nonzero(block == _FEED)) for block in blocks)
    return feeds + int(len(codes) > 0 and codes[-1] != _FEED)


def lines_with(data: bytes, sign: bytes) -> list[int]:
    """Return the first lines (1-based) that contain `sign`, no more than a notice names."""
    end = b"\n" if b"\n" in data else b"\r"
    lines, line, done = list[int](), 1, 0
    at = data.find(sign)
    while at >= 0 and len(lines) < MAX_NOTICE_LINES:
        line += data.count(end, done, at)
        lines.append(line)
        done = data.find(end, at)
        at = data.find(sign, done) if done >= 0 else -1
    return lines


def start_of_line(data: bytes, line: int) -> int:
    """Return the first byte of that line (1-based); the text's end where it has fewer."""
    start = 0
    for _ in range(line - 1):
        start = data.find(b"\n", start) + 1
        if not start:
            return len(data)
    return start


def find_records(data: bytes, quote: str, delimiter: str | None = None) -> Records:
    """Return the records of a text; delimiters are counted only if one is given."""
    mark = ord(delimiter) if delimiter else -1
    feeds, outside, counts = [], [], []
    passed = 0
    closed = True
    for start, block, inside in _blocks(data, quote):
        at = np.flatnonzero(block == _FEED)
        feeds.append((start + at).astype(np.int32))
        outside.append(~inside[at])
        closed = not bool(inside[-1])
        if delimiter:
            so_far = passed + np.cumsum((block == mark) & ~inside, dtype=np.int32)
            counts.append(so_far[at])
            passed = int(so_far[-1])
    return _assemble(data, feeds, outside, counts, passed, closed)


def _assemble(
    data: bytes,
    feeds: list[Offsets],
    outside: list[npt.NDArray[np.bool_]],
    counts: list[Offsets],
    passed: int,
    closed: bool,
) -> Records:
    none = np.empty(0, np.int32)
    ends = np.concatenate([none, *feeds])
    ending = np.concatenate([none, *outside]).astype(np.bool_)
    last = len(ending) + 2
    line = np.arange(1, last - 1, dtype=np.int32)
    cells = np.concatenate([none, *counts]) if counts else np.zeros(len(ends), np.int32)
    if not ending.all():
        ends, line, cells = ends[ending], line[ending], cells[ending]
    if not data.endswith(b"\n") or not closed:
        ends, cells = np.append(ends, np.int32(len(data))), np.append(cells, np.int32(passed))
    else:
        line = line[:-1]
    starts = np.concatenate([np.zeros(1, np.int32), ends[:-1] + np.int32(1)])
    lines = np.concatenate([np.ones(1, np.int32), line + np.int32(1)])
    span = int(np.diff(lines, append=np.int32(last)).max())
    return Records(starts, ends, lines, np.diff(cells, prepend=np.int32(0)), closed, span)


def _blocks(data: bytes, quote: str) -> Iterator[tuple[int, Bytes, npt.NDArray[np.bool_]]]:
    """Yield blocks of the text: start, bytes, and which of the bytes are within quotes."""
    codes = np.frombuffer(data, np.uint8)
    quoted = bool(quote) and quote.encode() in data
    within = np.uint8(0)
    for start in range(0, len(codes), _BLOCK):
        block = codes[start : start + _BLOCK]
        inside = np.zeros(len(block), np.bool_)
        if quoted:
            marks = (block == ord(quote)).view(np.uint8)
            marks[0] ^= within
            inside = np.bitwise_xor.accumulate(marks).view(np.bool_)
            within = inside[-1].view(np.uint8)
        yield start, block, inside


def quotes_enclose_cells(data: bytes, quote: str, delimiter: str) -> bool:
    """Return whether every quote opens or closes a whole cell, or is doubled within one."""
    if not quote:
        return True
    codes = np.frombuffer(data, np.uint8)
    mark, edges = ord(quote), [ord(delimiter), _FEED, _RETURN]
    for start, block, inside in _blocks(data, quote):
        at = np.flatnonzero(block == mark)
        opens, at = inside[at], start + at
        before = np.where(at > 0, codes[at - 1], _FEED)  # a closing quote may be the first of two
        after = np.where(at + 1 < len(codes), codes[np.minimum(at + 1, len(codes) - 1)], _FEED)
        if not np.isin(np.where(opens, before, after), [mark, *edges]).all():
            return False
    return True


def without_comments(data: bytes, quote: str, comment: str) -> tuple[bytes, list[int]]:
    """Return the text with comment lines emptied (so that lines keep their numbers), and which.

    A quote in a comment opens nothing, and a line within quotes is no comment.
    """
    if not comment or comment.encode() not in data:
        return data, []
    end = b"\n" if b"\n" in data else b"\r"
    lines, kept = [], []
    line, done, inside = 1, 0, False
    for found in re.finditer(rb"(?:^|(?<=[\r\n])) *" + comment.encode() + rb"[^\r\n]*", data):
        start = found.start()
        inside ^= bool(quote) and data.count(quote.encode(), done, start) % 2 == 1
        line += data.count(end, done, start)
        kept.append(data[done:start])
        done = start
        if not inside:
            lines.append(line)
            done = found.end()
    return (b"".join([*kept, data[done:]]), lines) if lines else (data, [])


def without_repeats(data: bytes, line: int, quote: str) -> tuple[bytes, list[int]]:
    """Return the text with lines emptied that repeat line `line` (1-based), and which; 0: none.

    Lines within quotes stay.
    """
    start = start_of_line(data, line)
    done = data.find(b"\n", start)
    names = data[start:done]
    if not line or not names or done < 0:
        return data, []
    lines, kept = [], [data[:start]]
    done, seen, inside = start, start, False
    at = data.find(b"\n" + names, start)
    while at >= 0:
        end = at + 1 + len(names)
        inside ^= bool(quote) and data.count(quote.encode(), seen, at) % 2 == 1
        seen = at
        if not inside and data[end : end + 1] in (b"", b"\n"):
            line += data.count(b"\n", done, at + 1)
            lines.append(line)
            kept.append(data[done : at + 1])
            done = end
        at = data.find(b"\n" + names, end)
    return (b"".join([*kept, data[done:]]), lines) if lines else (data, [])


def with_single_blanks(data: bytes, quote: str) -> bytes:
    """Return a text with one space where several separate cells, and none at line ends."""
    ends = find_records(data, quote).ends + 1
    at = np.searchsorted(ends, np.arange(0, len(data), _BLOCK))
    edges = np.unique(np.concatenate([[0], ends[at], [len(data)]]).clip(max=len(data)))
    return b"".join(_single_blanks(data[start:end], quote) for start, end in pairwise(edges))


def _single_blanks(data: bytes, quote: str) -> bytes:
    """Do what `with_single_blanks` does, for a text that ends with a record."""
    codes = np.frombuffer(data + b"\n", np.uint8).copy()
    blank = np.concatenate(
        [
            ((block == _BLANK) | (block == _TAB)) & ~inside
            for _, block, inside in _blocks(codes.tobytes(), quote)
        ]
    )
    codes[blank] = _BLANK
    last = ~blank
    last[:-1] |= ~(blank[1:] | (codes[1:] == _FEED))  # the last of a run, and not at a line's end
    codes, blank = codes[last], blank[last]
    begins = np.concatenate([[True], codes[:-1] == _FEED])
    kept: bytes = codes[~(blank & begins)].tobytes()
    return kept[:-1]
