"""Rows of numbers as bytes that compress well, without loss.

From one epoch to the next a weight changes evenly: so do its bits, read as an integer. Of each
column the differences of these integers are taken several times over, as often as makes them
smallest: differences of smooth numbers shrink, those of the last digits grow. Their signs are put
last (0, −1, 1, −2 are 0, 1, 2, 3), so that the first bytes of small ones are all 0, and bytes of
one place stand together.

    1 byte a column     how often differences were taken
    8 n bytes a column  the lowest bytes of all columns, column by column, then the next ones …
"""

import numpy as np
from numpy.typing import NDArray

MOST_DIFFERENCES = 8
Unsigned = NDArray[np.uint64]


def encode_rows(rows: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return the bytes of rows (n, columns); `live/run_page/coding.js` decodes them."""
    changes = np.array(rows.T, "<f8", order="C").view("<i8")
    best = _signs_last(changes)
    orders, lengths = np.zeros(len(best), np.uint8), _lengths(best)
    for order in range(1, min(MOST_DIFFERENCES + 1, len(rows))):
        changes[:, order:] -= changes[:, order - 1 : -1].copy()  # the first ones stay
        found = _signs_last(changes)
        length = _lengths(found)
        smaller = length < lengths
        best[smaller], orders[smaller] = found[smaller], order
        lengths = np.minimum(length, lengths)
    parts = best.view(np.uint8).reshape(*best.shape, 8)
    return np.concatenate([orders, parts.transpose(2, 0, 1).ravel()])


def _signs_last(integers: NDArray[np.int64]) -> Unsigned:
    return ((integers << 1) ^ (integers >> 63)).view("<u8")


def _lengths(integers: Unsigned) -> NDArray[np.float64]:
    """Return how many bits each row needs without the zeros before them, (columns,)."""
    total: NDArray[np.float64] = np.log2(integers + 1.0).sum(axis=1)
    return total
