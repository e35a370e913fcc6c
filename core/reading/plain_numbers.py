"""Numbers that pyarrow may read by itself, since float64 or int64 holds what stands in the file."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa  # type: ignore[import-untyped]

from core.reading.layout import Layout
from core.reading.sniffing import MISSING

EXACT = 2**53  # the integers that float64 holds without a gap
NULLS = sorted({form for mark in MISSING for form in (mark, mark.upper(), mark.title(), "NaN")})
_BLOCK = 2**20  # bytes at a time, which a processor keeps near with all that is made of them
_ZERO, _TEN = ord("0"), 10
_HEXADECIMAL = (b"0x", b"0X")  # pyarrow reads these as integers, and we as text
# The least float64 is 5e-324. A number below has an exponent of three digits, or a run of zeros
# as long as this before it, since one of two digits leaves that many to the other signs.
_ZEROS, _FAR_DOWN = b"0" * 200, b"-[0-9]{3}"


def hides_something(data: bytes, start: int, layout: Layout) -> bool:
    """Tell whether pyarrow could take for a number what is none, or one with zeros before it.

    Zeros are looked for where there are whole numbers, which may be codes, as postal codes are.
    """
    if any(_holds(data, mark, start) for mark in _HEXADECIMAL):
        return True
    before = f"{layout.delimiter}\n{layout.quote}".encode()
    codes = np.frombuffer(data, np.uint8)[start:]
    return "whole" in layout.kinds and _has_leading_zero(codes, before)


def _has_leading_zero(codes: npt.NDArray[np.uint8], before: bytes) -> bool:
    """Tell whether 0 and another digit follow the beginning or one of these signs."""
    for start in range(0, len(codes) - 1, _BLOCK):
        block = codes[max(start - 1, 0) : start + _BLOCK + 1]
        after = block[1:] - _ZERO < _TEN  # wraps around below 0
        at = np.flatnonzero((block[:-1] == _ZERO) & after)
        begins = np.isin(block[at[at > 0] - 1], list(before))
        if begins.any() or (start == 0 and bool((at == 0).any())):
            return True
    return False


def may_underflow(data: bytes, start: int) -> bool:
    """Tell whether some number could be too small for float64."""
    if data.find(_ZEROS, start) >= 0:
        return True
    return any(
        letter in data and re.compile(letter + _FAR_DOWN).search(data, start)
        for letter in (b"e", b"E")  # one by one: what begins with a text is found faster
    )


def _holds(data: bytes, mark: bytes, start: int) -> bool:
    """Look for the rarest byte first, which is ten times as fast."""
    letter = mark.strip(b"0")
    return data.find(letter, start) >= 0 and data.find(mark, start) >= 0


def without_loss(column: pa.ChunkedArray, zero_is_suspect: Callable[[], bool]) -> bool:
    """Tell whether a column as pyarrow read it holds just what stands in the file.

    Looked at chunk by chunk, which a processor's cache holds; `zero_is_suspect` is asked rarely.
    """
    if pa.types.is_string(column.type):
        return True
    whole = pa.types.is_int64(column.type)
    most = EXACT if whole else EXACT - 1  # the next float64 below
    zero = False
    for chunk in column.chunks:
        values = chunk.drop_null().to_numpy()
        if not len(values):
            continue
        low, high = values.min(), values.max()
        if not -most <= low <= high <= most:  # nor are NaN and infinity
            return False
        zero = zero or (low <= 0 <= high and not values.all())
    return whole or not (zero and zero_is_suspect())
