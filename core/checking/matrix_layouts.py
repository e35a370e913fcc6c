"""Layouts of a matrix, and how to convert each to that of W⁽¹⁾ and W⁽²⁾: the bias row last.

Any layout (transposed, bias first, …) is accepted; a missing bias row is reported separately.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from core.gradients import Array

AS_WEIGHTS = "as the weights"
TRANSPOSED = "transposed"
BIAS_FIRST = "bias row first"
BIAS_MISSING = "bias row missing"


@dataclass(frozen=True, eq=False)
class Reading:
    """A matrix converted to the layout of the weights, and its original layout."""

    layout: str
    matrix: Array

    @property
    def bias_missing(self) -> bool:
        """Whether the bias row is missing."""
        return BIAS_MISSING in self.layout


def readings(name: str, given: ArrayLike, shape: tuple[int, int], *, bias: bool) -> list[Reading]:
    """Return the possible readings of a matrix for that shape, the simplest first.

    `bias`: whether the shape's last row is a bias row. A vector is a column.
    Raises ValueError if none fits, and for values that are not finite numbers.
    """
    matrix = np.asarray(given, dtype=np.float64)
    column = matrix[:, np.newaxis] if matrix.ndim == 1 else matrix
    if not np.isfinite(matrix).all():
        raise ValueError(f"{name} has a value that is not a finite number")
    fits = list(_readings(column, shape, bias)) if column.ndim == 2 else []
    if not fits:
        size = "×".join(map(str, matrix.shape)) or "no matrix"
        raise ValueError(f"{name} is {size}; {shape[0]}×{shape[1]} is needed, as the weights are")
    return fits


def _readings(given: Array, shape: tuple[int, int], bias: bool) -> Iterator[Reading]:
    rows, columns = shape
    candidates = [(given, AS_WEIGHTS)]
    if 1 not in given.shape or given.shape != shape:
        candidates.append((given.T, TRANSPOSED))
    for matrix, layout in candidates:
        if matrix.shape == shape:
            yield Reading(layout, matrix)
    for matrix, layout in candidates if bias else []:
        if matrix.shape == shape:
            yield Reading(_join(layout, BIAS_FIRST), np.roll(matrix, -1, axis=0))
        if matrix.shape == (rows - 1, columns):
            yield Reading(_join(layout, BIAS_MISSING), matrix)
    if bias and given.shape == shape and rows - 1 == columns > 1:
        yield Reading(f"{TRANSPOSED}, separate bias", np.vstack([given[:-1].T, given[-1]]))


def _join(layout: str, bias: str) -> str:
    return bias if layout == AS_WEIGHTS else f"{layout}, {bias}"
