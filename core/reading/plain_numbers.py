"""Numbers that pyarrow may read by itself, since float64 or int64 holds what stands in the file."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa  # type: ignore[import-untyped]

from core.reading.sniffing import MISSING

EXACT = 2**53  # the integers that float64 holds without a gap
NULLS = sorted({form for mark in MISSING for form in (mark, mark.upper(), mark.title(), "NaN")})
_BLOCK = 2**20
_FEED, _QUOTE, _ZERO = b'\n"0'
_TEN = 10
_HEXADECIMAL = (b"0x", b"0X")  # pyarrow reads these as integers, and we as text
_TINY = (b"e-", b"E-", b"0" * 290)  # without any of them no number is too small for float64


def hides_something(data: bytes, start: int, delimiter: str, whole: bool) -> bool:
    """Tell whether pyarrow could take for a number what is none, or one with zeros before it.

    Zeros are looked for where there are whole numbers, which may be codes.
    """
    if any(_holds(data, mark, start) for mark in _HEXADECIMAL):
        return True
    return whole and _has_leading_zero(np.frombuffer(data, np.uint8)[start:], delimiter)


def _has_leading_zero(codes: npt.NDArray[np.uint8], delimiter: str) -> bool:
    """Tell whether a cell begins with 0 and another digit, as a postal code may."""
    for start in range(0, len(codes) - 1, _BLOCK):
        block = codes[max(start - 1, 0) : start + _BLOCK + 1]
        after = block[1:] - _ZERO < _TEN  # wraps around below 0
        at = np.flatnonzero((block[:-1] == _ZERO) & after)
        before = block[at[at > 0] - 1]
        begins = (before == ord(delimiter)) | (before == _FEED) | (before == _QUOTE)
        if begins.any() or (start == 0 and bool((at == 0).any())):
            return True
    return False


def may_underflow(data: bytes, start: int) -> bool:
    """Tell whether some number could be too small for float64."""
    return any(_holds(data, mark, start) for mark in _TINY)


def _holds(data: bytes, mark: bytes, start: int) -> bool:
    """Look for the rarest byte first, which is ten times as fast."""
    letter = mark.strip(b"0-")
    return data.find(letter, start) >= 0 and data.find(mark, start) >= 0


def without_loss(column: pa.ChunkedArray, zero_is_suspect: bool) -> bool:
    """Tell whether a column as pyarrow read it holds just what stands in the file."""
    if pa.types.is_string(column.type):
        return True
    if pa.types.is_int64(column.type):
        values = column.drop_null().to_numpy()
        return bool(((values <= EXACT) & (values >= -EXACT)).all())
    values = column.drop_null().to_numpy()
    if zero_is_suspect and (values == 0).any():
        return False
    return bool((np.abs(values) < EXACT).all())  # which NaN and infinity are not
