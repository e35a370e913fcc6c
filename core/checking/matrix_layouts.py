"""How a matrix may be laid out, and how to read it as W⁽¹⁾ and W⁽²⁾ are: the bias row last.

Nobody is blamed for a layout; one in which the bias row is not there at all is told apart.
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
    """A matrix read as the weights are laid out, and how it was laid out."""

    layout: str
    matrix: Array

    @property
    def bias_missing(self) -> bool:
        """The bias row is not there."""
        return BIAS_MISSING in self.layout


def readings(name: str, given: ArrayLike, shape: tuple[int, int], *, bias: bool) -> list[Reading]:
    """The ways to read a matrix that is to have that shape, the plainest first.

    `bias`: whether the shape's last row is a bias row. A plain list of numbers is a column.
    Raises ValueError where nothing fits, and for values that are not finite numbers.
    """
    matrix = np.asarray(given, dtype=np.float64)
    column = matrix[:, np.newaxis] if matrix.ndim == 1 else matrix
    if not np.isfinite(matrix).all():
        raise ValueError(f"{name} has a value that is not a finite number")
    found = list(_readings(column, shape, bias)) if column.ndim == 2 else []
    if not found:
        size = "×".join(map(str, matrix.shape)) or "no matrix"
        raise ValueError(f"{name} is {size}; {shape[0]}×{shape[1]} is needed, as the weights are")
    return found


def _readings(given: Array, shape: tuple[int, int], bias: bool) -> Iterator[Reading]:
    rows, columns = shape
    turned = [(given, AS_WEIGHTS)]
    if 1 not in given.shape or given.shape != shape:
        turned.append((given.T, TRANSPOSED))
    for matrix, layout in turned:
        if matrix.shape == shape:
            yield Reading(layout, matrix)
    for matrix, layout in turned if bias else []:
        if matrix.shape == shape:
            yield Reading(_joined(layout, BIAS_FIRST), np.roll(matrix, -1, axis=0))
        if matrix.shape == (rows - 1, columns):
            yield Reading(_joined(layout, BIAS_MISSING), matrix)
    if bias and given.shape == shape and rows - 1 == columns > 1:
        yield Reading(f"{TRANSPOSED}, bias apart", np.vstack([given[:-1].T, given[-1]]))


def _joined(layout: str, bias: str) -> str:
    return bias if layout == AS_WEIGHTS else f"{layout}, {bias}"
