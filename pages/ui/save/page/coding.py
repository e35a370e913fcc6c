"""Rows of numbers as bytes that compress well, without loss.

From one epoch to the next a weight changes evenly: so do its bits, read as an integer. Of each
column the second differences of these integers are small, and of small integers most bytes are
alike once bytes of one place stand together.
"""

import numpy as np
from numpy.typing import NDArray


def encode_rows(rows: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return the bytes of rows (n, columns): by place, then by column, then by row."""
    bits = np.ascontiguousarray(rows, "<f8").view("<i8").copy()
    for order in (0, 1):
        bits[order + 1 :] -= bits[order:-1].copy()
    parts = np.ascontiguousarray(bits.T).view(np.uint8).reshape(*bits.T.shape, 8)
    return np.ascontiguousarray(parts.transpose(2, 0, 1)).ravel()
