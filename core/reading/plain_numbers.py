"""Numbers that pyarrow may read by itself, since float64 or int64 holds what stands in the file."""

from __future__ import annotations

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]

from core.reading.sniffing import MISSING

EXACT = 2**53  # the integers that float64 holds without a gap
NULLS = sorted({form for mark in MISSING for form in (mark, mark.upper(), mark.title(), "NaN")})
_HEXADECIMAL = (b"0x", b"0X")  # pyarrow reads these as integers, and we as text
_TINY = (b"e-", b"E-", b"0" * 290)  # without any of them no number is too small for float64


def hides_numbers(data: bytes, start: int) -> bool:
    """Tell whether pyarrow could take something for a number that is none."""
    return any(data.find(mark, start) >= 0 for mark in _HEXADECIMAL)


def may_underflow(data: bytes, start: int) -> bool:
    """Tell whether some number could be too small for float64."""
    return any(data.find(mark, start) >= 0 for mark in _TINY)


def without_loss(column: pa.ChunkedArray, zero_is_suspect: bool) -> bool:
    """Tell whether a column as pyarrow guessed it holds just what stands in the file."""
    if pa.types.is_string(column.type):
        return True
    if pa.types.is_int64(column.type):
        values = column.drop_null().to_numpy()
        return bool(((values <= EXACT) & (values >= -EXACT)).all())
    if not pa.types.is_float64(column.type):
        return False  # a date, a time, or nothing
    values = column.drop_null().to_numpy()
    if zero_is_suspect and (values == 0).any():
        return False
    return bool((np.abs(values) < EXACT).all())  # which NaN and infinity are not
