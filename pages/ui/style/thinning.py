"""Downsampling for display: block means of a large matrix, evenly spaced samples."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

MOST_CELLS = 4096  # of a matrix in the film; beyond, block means


def block_size(rows: int, columns: int) -> tuple[int, int]:
    """Return the rows and columns of a block, so that there are at most MOST_CELLS blocks."""
    tall, wide = 1, 1
    while -(-rows // tall) * -(-columns // wide) > MOST_CELLS:
        if -(-rows // tall) > -(-columns // wide):
            tall *= 2
        else:
            wide *= 2
    return tall, wide


def with_block_sizes(headings: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the headings of matrices, "rows" and "columns", with the "block" of each."""
    return {
        name: {**heading, "block": block_size(len(heading["rows"]), len(heading["columns"]))}
        for name, heading in headings.items()
    }


def block_means(matrices: Array) -> Array:
    """Return the block means of each matrix (n, rows, columns)."""
    rows, columns = matrices.shape[1:]
    tall, wide = block_size(rows, columns)
    if (tall, wide) == (1, 1):
        return matrices
    down, across = np.arange(0, rows, tall), np.arange(0, columns, wide)
    sums = np.add.reduceat(np.add.reduceat(matrices, down, axis=1), across, axis=2)
    heights, widths = np.diff([*down, rows]), np.diff([*across, columns])
    return sums / np.outer(heights, widths)  # type: ignore[no-any-return]


def evenly_spaced(count: int, most: int) -> NDArray[np.int64]:
    """Return the indices of at most `most` samples, evenly spaced over all."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(np.int64))
