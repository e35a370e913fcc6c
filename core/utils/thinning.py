"""Downsampling for display: evenly spaced samples, a curve's extremes, a matrix's block means."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Places = NDArray[np.intp]

MOST_CELLS = 4096  # of a matrix in the film; beyond, block means


def evenly_spaced(count: int, most: int) -> Places:
    """Return the indices of at most `most` samples, evenly spaced over all."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.intp))


def random_sample(count: int, most: int) -> Places:
    """Return the indices of at most `most` samples at random, sorted; the same ones each time."""
    if count <= most:
        return np.arange(count)
    random = np.random.Generator(np.random.Philox(key=0))
    return np.sort(random.choice(count, most, replace=False))


def min_max_indices(values: Array, most: int) -> Places:
    """Return all indices, or those of each block's minimum and maximum: `most` and both ends."""
    count = len(values)
    if count <= most:
        return np.arange(count)
    edges = np.linspace(0, count, most // 2 + 1).astype(np.intp)
    picks = [
        start + np.array([np.argmin(values[start:stop]), np.argmax(values[start:stop])])
        for start, stop in pairwise(edges)
    ]
    return np.unique(np.concatenate([*picks, [0, count - 1]]))


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


def block_means(matrices: Array, size: tuple[int, int] | None = None) -> Array:
    """Return the means of blocks of that size, or of `block_size`, in matrices (n, rows, columns).

    The last blocks of rows and of columns may be smaller.
    """
    rows, columns = matrices.shape[1:]
    tall, wide = size or block_size(rows, columns)
    if (tall, wide) == (1, 1):
        return matrices
    down, across = np.arange(0, rows, tall), np.arange(0, columns, wide)
    sums = np.add.reduceat(np.add.reduceat(matrices, down, axis=1), across, axis=2)
    heights, widths = np.diff([*down, rows]), np.diff([*across, columns])
    return sums / np.outer(heights, widths)  # type: ignore[no-any-return]
