"""Precision of given numbers, estimated from the numbers themselves.

Rounded to s significant digits, numbers have few trailing zeros within s digits; rounded to p
decimals, few within p decimals. The number of zeros decides which: each occurs by chance one time
in ten. If undecided, each number gets the coarser of the two, so that rounding is never counted as
a mistake.
"""

import math
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from core.gradients import Array
from core.utils.sentence import plural

FULL_DIGITS = 15  # significant digits of a float64 printed in full
SINGLE_DIGITS = 7  # of a float32
DECIMALS_OF_ZERO = 1  # assumed if all numbers are 0
DECISIVE_ZEROS = 3  # more trailing zeros than the other has: a thousand to one
ROUNDING_ERROR = 1e-9  # relative to the sum of |terms|, of a float64 sum
SINGLE_ROUNDING_ERROR = 2e-6  # of a float32 sum


@dataclass(frozen=True, eq=False)
class Precision:
    """What a matrix was rounded to: `digits` significant digits or `decimals`, the likelier one.

    half_unit: (rows, columns), half a unit of each number's last place. relative_error: that of
    the arithmetic, relative to the sum of |terms|.
    """

    digits: int | None
    decimals: int | None
    half_unit: Array
    relative_error: float

    @property
    def is_full(self) -> bool:
        """Whether all digits of a float64 were given."""
        return self.digits is not None and self.digits >= FULL_DIGITS

    def times(self, factor: float) -> "Precision":
        """Return the precision of the numbers times a factor, such as 1e-3."""
        places = None if self.decimals is None else self.decimals - round(math.log10(factor))
        return replace(self, decimals=places, half_unit=self.half_unit * abs(factor))

    def __str__(self) -> str:
        """Return, say, 6 significant digits, 4 decimals or full precision."""
        if self.decimals is not None:
            return plural(self.decimals, "decimal")
        if self.digits is None or self.digits >= FULL_DIGITS:
            return "single precision" if self.relative_error > ROUNDING_ERROR else "full precision"
        return plural(self.digits, "significant digit")


def precision(given: Array, decimals_of_zero: int = DECIMALS_OF_ZERO) -> Precision:
    """Return the precision of a matrix of finite numbers.

    If all are 0, `decimals_of_zero` decimals are assumed.
    """
    counts = [_digit_counts(value) for value in given.ravel() if value]
    if not counts:
        places = decimals_of_zero
        return Precision(None, places, np.full_like(given, 0.5 * 10.0**-places), ROUNDING_ERROR)
    digits, places = (max(column) for column in zip(*counts, strict=True))
    single = digits >= SINGLE_DIGITS and _is_single(given)
    relative_error = SINGLE_ROUNDING_ERROR if single else ROUNDING_ERROR
    if digits >= FULL_DIGITS:
        return Precision(digits, None, np.zeros_like(given), relative_error)
    zeros_of_digits = sum(digits - own for own, _ in counts)
    zeros_of_places = sum(places - own for _, own in counts)
    significant = _half_digits(given, digits)
    decimal = np.full(given.shape, 0.5 * 10.0**-places)
    by_decimals = zeros_of_places <= zeros_of_digits and places >= 0
    half_unit = decimal if by_decimals else significant
    if abs(zeros_of_digits - zeros_of_places) < DECISIVE_ZEROS:
        half_unit = np.maximum(significant, decimal)
    half_unit = np.where(given == 0, decimal, half_unit)  # only decimals round to 0
    if by_decimals:
        return Precision(None, places, half_unit, relative_error)
    return Precision(digits, None, half_unit, relative_error)


def stack(above: Precision, below: Precision) -> Precision:
    """Return the precision of a matrix with a row below it; each keeps its half units.

    In words it is that of the coarser one, in decimals if both are given so.
    """
    half_unit = np.vstack([above.half_unit, below.half_unit.reshape(1, -1)])
    error = max(above.relative_error, below.relative_error)
    if above.decimals is not None and below.decimals is not None:
        return Precision(None, min(above.decimals, below.decimals), half_unit, error)
    if above.digits is not None and below.digits is not None:
        return Precision(min(above.digits, below.digits), None, half_unit, error)
    coarser = above if below.is_full or above.decimals is not None else below
    return Precision(coarser.digits, coarser.decimals, half_unit, error)


def decimal_places(given: Array) -> int | None:
    """Return the largest number of decimals of the nonzero numbers; None if all are 0."""
    return max((max(0, _digit_counts(value)[1]) for value in given.ravel() if value), default=None)


def _digit_counts(value: float) -> tuple[int, int]:
    """Return how many significant digits and decimals its shortest form has."""
    number = Decimal(repr(float(value))).normalize().as_tuple()
    return len(number.digits), -int(number.exponent)


def _half_digits(given: Array, digits: int) -> Array:
    size = np.abs(given)
    exponent = np.floor(np.log10(np.where(size > 0, size, 1.0)))
    half_unit: Array = np.where(size > 0, 0.5 * 10.0 ** (exponent - digits + 1), 0.0)
    return half_unit


def _is_single(given: Array) -> bool:
    """Return whether each number is a float32 or the shortest form of one."""
    with np.errstate(over="ignore", under="ignore"):
        single = given.astype(np.float32)
    counts = np.array([float(str(value)) for value in single.ravel()]).reshape(given.shape)
    return bool(((single.astype(np.float64) == given) | (counts == given)).all())
