"""Numbers of a matrix in a text, and the precision that the text shows.

    numbers = read_numbers(matrix)        # a TextMatrix of core.checking.submission.section
    numbers.values, numbers.precision

Trailing zeros count: 0.10 is given to two decimals. If the numbers of a matrix have one form (the
same decimals, or a mantissa of the same digits), each is known to half a unit of its last place; a
column may have a form of its own, as R prints it. NumPy pads with blanks, so that the most decimals
hold for all. Otherwise zeros were cut off, and the numbers tell (`core.checking.rounding`).
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.checking.rounding import (
    FULL_DIGITS,
    ROUNDING_ERROR,
    SINGLE_ROUNDING_ERROR,
    Precision,
    precision,
)
from core.checking.submission.section import MatrixTextError, TextMatrix, excerpt
from core.checking.typed_number import read
from core.gradients import Array

UNEVEN = 3  # numbers with fewer decimals: by chance, one in ten has a zero there
_PLAIN = re.compile(r"[-+]?(\d*)(?:\.(\d*))?(?:[eE]([-+]?\d{1,3}))?", re.ASCII)


@dataclass(frozen=True, eq=False)
class NumberMatrix:
    """A matrix (rows, columns), or a vector, and its precision.

    is_apart: its last row is a bias vector that was given apart. loose: a bias vector of another
    size, which is not in it.
    """

    values: Array
    precision: Precision
    is_apart: bool = False
    loose: Array | None = None

    @classmethod
    def of(cls, values: Array) -> "NumberMatrix":
        """Return finite numbers with the precision that they show themselves."""
        return cls(values, precision(values))


@dataclass(frozen=True)
class Cell:
    """A number as written: its decimals, those of its mantissa, and whether it has an exponent."""

    value: float
    decimals: int
    mantissa: int
    has_exponent: bool
    half_unit: float

    @property
    def form(self) -> tuple[bool, int]:
        """What numbers printed in one format have in common."""
        return self.has_exponent, self.mantissa


def read_numbers(matrix: TextMatrix, *, by_person: bool = False) -> NumberMatrix:
    """Return the numbers of a matrix; raise MatrixTextError for what is none.

    by_person: of numbers in several forms, some may have been given to one decimal less.
    """
    matrix.check()
    cells = [[number_of(line, cell) for cell in row] for line, row in matrix.rows]
    values = np.array([[cell.value for cell in row] for row in cells])
    found = _precision(matrix, cells, values)
    if by_person and not (matrix.padded or matrix.tabular) and _is_uneven(cells, found):
        found = replace(found, half_unit=np.maximum(found.half_unit, _coarser(cells)))
    if matrix.factor == 1.0:
        return NumberMatrix(values, found)
    return NumberMatrix(values * matrix.factor, found.times(matrix.factor))


def number_of(line: int, text: str) -> Cell:
    """Return the number in a cell; raise MatrixTextError if it is none."""
    text = text.replace("−", "-")
    match = _PLAIN.fullmatch(text)
    if match and (match[1] or match[2]):
        value, mantissa = float(text), len(match[2] or "")
        decimals = mantissa - int(match[3] or 0)
        half_unit = 0.5 * 10.0**-decimals if abs(decimals) < 300 else 0.0
        if math.isfinite(value):
            return Cell(value, decimals, mantissa, match[3] is not None, half_unit)
    try:
        typed = read(text)
    except ValueError:
        raise MatrixTextError(line, f"“{excerpt(text)}” is not a number; write one there") from None
    decimals = round(-math.log10(2 * typed.half_unit)) if typed.half_unit else FULL_DIGITS
    return Cell(typed.value, decimals, decimals, has_exponent=False, half_unit=typed.half_unit)


def _precision(matrix: TextMatrix, cells: list[list[Cell]], values: Array) -> Precision:
    """Return the precision that the forms show, else the one that the numbers show."""
    estimate = precision(values)
    single = matrix.single or estimate.relative_error == SINGLE_ROUNDING_ERROR
    error = SINGLE_ROUNDING_ERROR if single else ROUNDING_ERROR
    every = [cell for row in cells for cell in row]
    if estimate.is_full or not values.any():
        return estimate
    columns = [list(column) for column in zip(*cells, strict=True)]
    if _has_one_form(every) or (matrix.tabular and all(map(_has_one_form, columns))):
        half_unit = _half_units(cells)
        if every[0].has_exponent and estimate.decimals is not None:  # 9.000e-04 of 0.0009
            half_unit = np.maximum(half_unit, estimate.half_unit)
            return Precision(None, estimate.decimals, half_unit, error)
        if matrix.tabular and not _has_one_form(every):
            half_unit = np.broadcast_to(half_unit.max(axis=0), values.shape)
        return _of_form(every, half_unit, error)
    if matrix.padded and not any(cell.has_exponent for cell in every):
        places = max(cell.decimals for cell in every)
        half_unit = np.full(values.shape, 0.5 * 10.0**-places)
        return Precision(None, places, half_unit, error)
    return Precision(estimate.digits, estimate.decimals, estimate.half_unit, error)


def _half_units(cells: list[list[Cell]]) -> Array:
    """Return each number's own; a zero has the least of the others, since it shows none."""
    least = min((cell.half_unit for row in cells for cell in row if cell.value), default=math.inf)
    return np.array([[cell.half_unit if cell.value else least for cell in row] for row in cells])


def _is_uneven(cells: list[list[Cell]], found: Precision) -> bool:
    """Return whether more decimals are missing than zeros at the end would explain."""
    every = [cell for row in cells for cell in row]
    places = [cell.decimals for cell in every]
    short = sum(own < max(places) for own in places)
    plain = not any(cell.has_exponent for cell in every) and not found.is_full
    return plain and short >= UNEVEN and 3 * short > len(every)


def _coarser(cells: list[list[Cell]]) -> Array:
    """Return the half units, those of shorter numbers one decimal coarser than the finest."""
    most = max(cell.decimals for row in cells for cell in row)
    return np.array(
        [[0.5 * 10.0 ** -(most - (cell.decimals < most)) for cell in row] for row in cells]
    )


def _has_one_form(cells: Sequence[Cell]) -> bool:
    """Return whether all but zeros, which some tools print as 0, have the same form."""
    return len({cell.form for cell in cells if cell.value or cell.mantissa}) <= 1


def _of_form(cells: list[Cell], half_unit: Array, error: float) -> Precision:
    shown = [cell for cell in cells if cell.value] or cells
    if shown[0].has_exponent:
        return Precision(shown[0].mantissa + 1, None, half_unit, error)
    return Precision(None, max(cell.decimals for cell in shown), half_unit, error)
