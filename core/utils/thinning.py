"""Downsampling for display: evenly spaced samples, a curve's extremes, a matrix's block means."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Places = NDArray[np.intp]
Size = tuple[int, int]  # rows and columns

MAX_CURVE = 8192  # points of a curve of losses; longer ones are sent as min and max of blocks
MOST_CELLS = 4096  # of all matrices together in the film; beyond, block means


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


def block_lengths(count: int) -> list[int]:
    """Return 1, 2, 4, … until MAX_CURVE blocks of that length cover so many losses."""
    blocks = [1]
    while blocks[-1] * MAX_CURVE < count:
        blocks.append(2 * blocks[-1])
    return blocks


def extremes(losses: Array, block: int) -> Array:
    """Return the losses, or each block's minimum and then each block's maximum."""
    if block == 1:
        return losses
    starts = np.arange(0, len(losses), block)
    minima, maxima = (of.reduceat(losses, starts) for of in (np.minimum, np.maximum))
    return np.concatenate([minima, maxima])


def block_sizes(shapes: Sequence[tuple[int, ...]]) -> list[Size]:
    """Return the size of a block of each matrix: at most MOST_CELLS blocks of all together."""
    sizes = [(1, 1) for _ in shapes]
    blocks = [(rows, columns) for rows, columns in shapes]
    while sum(down * across for down, across in blocks) > MOST_CELLS:
        most = max(range(len(blocks)), key=lambda i: blocks[i][0] * blocks[i][1])
        (rows, columns), (tall, wide), (down, across) = shapes[most], sizes[most], blocks[most]
        tall, wide = (2 * tall, wide) if down > across else (tall, 2 * wide)
        sizes[most], blocks[most] = (tall, wide), (-(-rows // tall), -(-columns // wide))
    return sizes


def blocks_of(shapes: Sequence[Size]) -> int:
    """Return the number of blocks of all matrices together."""
    blocks = zip(shapes, block_sizes(shapes), strict=True)
    return sum(-(-rows // tall) * -(-columns // wide) for (rows, columns), (tall, wide) in blocks)


def with_block_sizes(headings: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the headings of matrices, "rows" and "columns", with the "block" of each."""
    sizes = block_sizes([(len(each["rows"]), len(each["columns"])) for each in headings.values()])
    named = zip(headings.items(), sizes, strict=True)
    return {name: {**heading, "block": size} for (name, heading), size in named}


def block_means(matrices: Array, size: Size) -> Array:
    """Return the means of blocks of that size in matrices (n, rows, columns).

    The last blocks of rows and of columns may be smaller.
    """
    rows, columns = matrices.shape[1:]
    tall, wide = size
    if (tall, wide) == (1, 1):
        return matrices
    down, across = np.arange(0, rows, tall), np.arange(0, columns, wide)
    sums = np.add.reduceat(np.add.reduceat(matrices, down, axis=1), across, axis=2)
    heights, widths = np.diff([*down, rows]), np.diff([*across, columns])
    return sums / np.outer(heights, widths)  # type: ignore[no-any-return]
