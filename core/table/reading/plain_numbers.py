"""Checks that pyarrow reads a column as float64 or int64 without loss."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa  # type: ignore[import-untyped]

from core.table.reading.layout import Layout
from core.table.reading.sniffing import MISSING

EXACT = 2**53  # up to here float64 holds every integer
NULLS = sorted({form for mark in MISSING for form in (mark, mark.upper(), mark.title(), "NaN")})
_BLOCK = 2**20  # bytes at a time, which fit in a processor's cache with their results
_ZERO, _TEN, _POINT = ord("0"), 10, ord(".")
_SIGNS, _BLANKS = b"+-", b" \t"
_BEFORE = 2**10  # bytes before a block that are searched too
_HEXADECIMAL = (b"0x", b"0X")  # pyarrow reads these as integers; they are text here
# The smallest float64 is 5e-324. A number below has an exponent of three digits, or at least this
# many zeros, as an exponent of two digits needs them.
_ZEROS, _FAR_DOWN = b"0" * 200, b"-[0-9]{3}"


def may_misread(data: bytes, start: int, layout: Layout) -> bool:
    """Return whether pyarrow could misread something as a number, or drop leading zeros."""
    if any(_contains(data, mark, start) for mark in _HEXADECIMAL):
        return True
    before = f"{layout.delimiter}\n{layout.quote}".encode()
    return _has_leading_zero(np.frombuffer(data, np.uint8)[start:], before)


def _has_leading_zero(codes: npt.NDArray[np.uint8], before: bytes) -> bool:
    """Return whether 0 and another digit begin the text or follow a byte of `before`.

    Spaces and a sign may stand between.
    """
    blanks, begins = list({*_BLANKS} - {*before}), list({*before, *_BLANKS, *_SIGNS})
    for start in range(0, len(codes) - 1, _BLOCK):
        low = max(start - _BEFORE, 0)
        block = codes[low : start + _BLOCK + 1]
        digit = block - _ZERO < _TEN  # wraps around below 0
        found = (block[:-1] == _ZERO) & digit[1:]
        found[1:] &= ~(digit[:-2] | (block[:-2] == _POINT))  # zeros within a number
        at = np.flatnonzero(found)
        at = at[at >= start - low]
        at = at[(at == 0) | np.isin(block[at - 1], begins)]
        at -= (at > 0) & np.isin(block[at - 1], list(_SIGNS))
        while (blank := (at > 0) & np.isin(block[at - 1], blanks)).any():
            at -= blank
        if ((at == 0) | np.isin(block[at - 1], list(before))).any():
            return True
    return False


def may_underflow(data: bytes, start: int) -> bool:
    """Return whether some number could be too small for float64."""
    if data.find(_ZEROS, start) >= 0:
        return True
    return any(
        letter in data and re.compile(letter + _FAR_DOWN).search(data, start)
        for letter in (b"e", b"E")  # one by one: a literal start is found faster
    )


def _contains(data: bytes, mark: bytes, start: int) -> bool:
    """Return whether the data contain `mark`; its letter is searched first, ten times as fast."""
    letter = mark.strip(b"0")
    return data.find(letter, start) >= 0 and data.find(mark, start) >= 0


def is_lossless(column: pa.ChunkedArray, may_be_tiny: Callable[[], bool]) -> bool:
    """Return whether a column that pyarrow read holds exactly the numbers in the file.

    Works by chunks, which fit in a processor's cache; `may_be_tiny` is called rarely.
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
    return whole or not (zero and may_be_tiny())
