"""Layouts of a matrix, and how to convert each to that of the weights: the bias row last.

Any layout (transposed, bias first, unrolled, …) is accepted; a missing bias row is reported
separately.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from core.gradients import Array
from core.utils.number_text import shape_text

AS_WEIGHTS = "as the weights"
TRANSPOSED = "transposed"
BIAS_FIRST = "bias row first"
BIAS_MISSING = "bias row missing"
BY_ROW, BY_COLUMN = "unrolled row by row", "unrolled column by column"

Arrangement = Callable[[Array], Array]


@dataclass(frozen=True, eq=False)
class Reading:
    """A matrix converted to the layout of the weights, its half units, and its original layout."""

    layout: str
    matrix: Array
    half_unit: Array

    @property
    def bias_missing(self) -> bool:
        """Whether the bias row is missing."""
        return BIAS_MISSING in self.layout


def readings(
    name: str,
    given: ArrayLike,
    shape: tuple[int, int],
    *,
    bias: bool,
    half_unit: ArrayLike = 0.0,
) -> list[Reading]:
    """Return the possible readings of a matrix for that shape, the simplest first.

    `bias`: whether the shape's last row is a bias row. A vector is a column, or the matrix
    unrolled. `half_unit`: half a unit of the last place of each number, or one for all.
    Raises ValueError if none fits, and for values that are not finite numbers.
    """
    matrix = np.asarray(given, dtype=np.float64)
    if not np.isfinite(matrix).all():
        raise ValueError(f"{name} has a value that is not a finite number")
    column = matrix[:, np.newaxis] if matrix.ndim == 1 else matrix
    units = np.broadcast_to(half_unit, matrix.shape).reshape(column.shape)
    fits = [] if column.ndim != 2 else list(_arrangements(column, shape, bias=bias))
    if not fits:
        size = shape_text(matrix.shape) or "no matrix"
        raise ValueError(f"{name} is {size}; {shape_text(shape)} is needed, as the weights are")
    return [Reading(layout, arrange(column), arrange(units)) for layout, arrange in fits]


def _arrangements(
    given: Array, shape: tuple[int, int], *, bias: bool
) -> Iterator[tuple[str, Arrangement]]:
    """Yield the layouts that a matrix of that size can have, and how to convert it."""
    rows, columns = shape
    turns: list[tuple[str, Arrangement]] = [(AS_WEIGHTS, lambda A: A)]
    if 1 not in given.shape or given.shape != shape:
        turns.append((TRANSPOSED, lambda A: A.T))
    sizes = {layout: turn(given).shape for layout, turn in turns}
    for layout, turn in turns:
        if sizes[layout] == shape:
            yield layout, turn
    for layout, turn in turns if bias else []:
        if sizes[layout] == shape:
            yield _join(layout, BIAS_FIRST), _then(turn, _bias_last)
        if sizes[layout] == (rows - 1, columns):
            yield _join(layout, BIAS_MISSING), turn
    if bias and given.shape == shape and rows - 1 == columns > 1:
        yield f"{TRANSPOSED}, separate bias", lambda A: np.vstack([A[:-1].T, A[-1]])
    if 1 in given.shape and given.size == rows * columns and columns > 1 and rows > 1:
        yield from _unrolled(shape, bias=bias)
    if bias and 1 in given.shape and given.size == (rows - 1) * columns and min(shape) > 1:
        for layout, way in _unrolled((rows - 1, columns), bias=False):
            if rows > 2:
                yield f"{layout}, {BIAS_MISSING}", way


def _unrolled(shape: tuple[int, int], *, bias: bool) -> Iterator[tuple[str, Arrangement]]:
    """Yield the ways in which NumPy, Octave and torch unroll a matrix."""
    rows, columns = shape

    def weights_transposed(A: Array) -> Array:
        inner = A.ravel()[: (rows - 1) * columns].reshape(columns, rows - 1).T
        return np.vstack([inner, A.ravel()[(rows - 1) * columns :]])

    ways: list[tuple[str, Arrangement]] = [
        (BY_ROW, lambda A: A.reshape(shape)),
        (BY_COLUMN, lambda A: A.reshape(columns, rows).T),
    ]
    for layout, way in ways:
        yield layout, way
    if bias:
        for layout, way in ways:
            yield f"{layout}, {BIAS_FIRST}", _then(way, _bias_last)
        if rows > 2:
            yield f"{BY_COLUMN}, separate bias", weights_transposed


def _bias_last(A: Array) -> Array:
    return np.roll(A, -1, axis=0)


def _then(first: Arrangement, second: Arrangement) -> Arrangement:
    return lambda A: second(first(A))


def _join(layout: str, bias: str) -> str:
    return bias if layout == AS_WEIGHTS else f"{layout}, {bias}"
