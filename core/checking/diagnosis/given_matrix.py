"""A matrix that somebody gave: its layout, its precision, and which of its numbers are right."""

import math
from typing import Any

import numpy as np

from core.checking.matrix_layouts import BIAS_FIRST, Reading, readings
from core.checking.problem import Problem
from core.checking.rounding import SINGLE_ROUNDING_ERROR, precision
from core.checking.submission.numbers import NumberMatrix
from core.gradients import Array

MAX_DIGITS = 15  # of a float64
EQUAL = 1e-9  # relative to the sum of |terms|: two matrices are the same
BY_SAMPLE = "one column for each sample"  # of an error of N×N
VERDICT_DIGITS = 2  # significant digits needed for a verdict
MIN_UNITS = 100.0  # half units in the largest number: fewer are too coarse to be judged
BY_HAND_ERROR = 0.05  # of the largest number: more is no rounding
ROUNDED, CUT_OFF = "", "cut off"
IN_SINGLE, ON_THE_WAY = "computed in single precision", "rounded on the way"

Mask = np.ndarray[tuple[Any, ...], np.dtype[np.bool_]]


class GivenMatrix:
    """A matrix somebody gave; `reading` is the layout that it is taken for.

    style: how it is right. has_matches: whether mistakes reproduce it, if perhaps by chance.
    error: the relative error of the arithmetic behind it.
    """

    styles: tuple[str, ...] = (ROUNDED, CUT_OFF, IN_SINGLE)  # in which `settle` finds it right

    def __init__(self, problem: Problem, layer: int, numbers: NumberMatrix) -> None:
        """`layer` counts from 1. Raises ValueError if the shape fits no layout.

        A bias row that was given apart is known to be the last; a loose one has a number for each
        sample.
        """
        self.problem, self.layer, self.name = problem, layer, f"dW{layer}"
        self.values, self.precision = numbers.values, numbers.precision
        self.is_apart, self.loose = numbers.is_apart, numbers.loose
        self.truth = problem.truth[layer - 1]
        self.scale = problem.scales[layer - 1]
        self.weights = problem.net.rows(layer)  # how many rows are no bias row
        self.has_matches = False  # whether mistakes reproduce it, if perhaps by chance
        self.is_coarse = False  # rounding on the way may be all that is wrong
        self.style, self.is_right, self.error = ROUNDED, False, self.precision.relative_error
        self.readings = self._readings()
        self.reading = self.readings[0]

    def _readings(self) -> list[Reading]:
        shape, half_unit = (self.truth.shape[0], self.truth.shape[1]), self.precision.half_unit
        bias = self.problem.net.has_bias(self.layer)
        try:
            found = readings(self.name, self.values, shape, bias=bias, half_unit=half_unit)
            return [one for one in found if not self.is_apart or BIAS_FIRST not in one.layout]
        except ValueError:
            if self.values.shape != (shape[0], len(self.problem.X)) or shape[1] > 1:
                raise
            units = np.broadcast_to(half_unit, self.values.shape)
            mean = [A.mean(axis=1, keepdims=True) for A in (self.values, units)]
            return [Reading(BY_SAMPLE, *mean)]

    def assume_decimals(self, decimals: int) -> None:
        """Give a matrix of zeros the decimals of the others."""
        if not self.values.any() and self.precision.half_unit.any():
            self.precision = precision(self.values, decimals)
            self.readings = self._readings()
            self.reading = self.readings[0]

    # Right or not

    def settle(self) -> None:
        """Choose the layout in which it is right, if there is one.

        Its numbers may be rounded, cut off, or computed in single precision; the last only if they
        are not given in full, where mistakes come first (`settle_as`).
        """
        for style in self.styles:
            if style != IN_SINGLE or not self.precision.is_full:
                self.settle_as(style)

    def settle_as(self, style: str) -> None:
        """Choose the layout in which it is right in that way, unless it is right already."""
        for reading in () if self.is_right else self.readings:
            if self._is_whole(reading) and self.fits(reading, style).all():
                self.reading, self.style, self.is_right = reading, style, True
                return

    def unsettle(self) -> None:
        """Take back that it is right."""
        self.reading, self.style, self.is_right = self.readings[0], ROUNDED, False

    def _is_whole(self, reading: Reading) -> bool:
        """Return whether it has the matrix's own shape, which alone can be right."""
        return not reading.bias_missing and reading.layout != BY_SAMPLE

    def settle_by_hand(self, bound: Array) -> None:
        """Call it right if no number is further off than by hand, `bound`, in some layout."""
        allowed = np.minimum(bound, BY_HAND_ERROR * self.largest)
        for reading in self.readings:
            if self._is_whole(reading) and _within(reading, self.truth, allowed):
                self.reading, self.style, self.is_right = reading, ON_THE_WAY, True
                return
        coarse = bool(self.values.any()) and self.largest < MIN_UNITS * self.half_unit
        self.is_coarse = coarse and any(
            self._is_whole(one) and _within(one, self.truth, bound) for one in self.readings
        )

    def fits(self, reading: Reading, style: str = ROUNDED) -> Mask:
        """Return which numbers are right to their last place, (rows, columns)."""
        given, half_unit = _middle_and_width(reading, style)
        truth = self.truth[: len(given)]
        if style == ON_THE_WAY:
            return np.ones(given.shape, dtype=np.bool_)
        error = SINGLE_ROUNDING_ERROR if style == IN_SINGLE else None
        inside: Mask = np.abs(given - truth) <= self.tolerance(given, half_unit, error)
        return inside

    def tolerance(self, given: Array, half_unit: Array, error: float | None = None) -> Array:
        """Return how far each number may be from an exact one that it is meant to be."""
        error = self.error if error is None else error
        tolerance: Array = half_unit + error * (self.scale[: len(given)] + np.abs(given))
        return tolerance

    @property
    def half_unit(self) -> float:
        """Half a unit of the last place of its coarsest number."""
        known = self.precision.half_unit[np.isfinite(self.precision.half_unit)]
        return float(np.max(known, initial=0.0))

    @property
    def is_unknown(self) -> Mask:
        """Which numbers were not given, in the layout of the weights."""
        return ~np.isfinite(self.reading.half_unit)

    @property
    def right(self) -> Mask:
        """Which numbers are right, (rows, columns)."""
        return self.fits(self.reading, self.style)

    def has_bias_row(self, rows: int) -> bool:
        """Return whether that many rows include a bias row."""
        return rows > self.weights

    def choose_nearest(self) -> None:
        """Choose the layout in which the most numbers are right."""
        whole = [reading for reading in self.readings if not reading.bias_missing]
        self.reading = max(whole or self.readings, key=lambda one: int(self.fits(one).sum()))

    # Digits

    @property
    def information(self) -> float:
        """The number of digits given in all."""
        return float(self._digits_of_each.sum())

    @property
    def most_digits(self) -> float:
        """The digits of its most precise number: what a fitted constant uses up."""
        return float(self._digits_of_each.max(initial=0.0))

    @property
    def _digits_of_each(self) -> Array:
        given, half_unit = self.reading.matrix, self.reading.half_unit
        size = np.maximum(np.abs(given), np.abs(self.truth[: len(given)]))
        tolerance = 2 * half_unit + self.precision.relative_error * self.scale[: len(size)]
        return given_digits(size, tolerance)

    @property
    def agreeing_digits(self) -> Array:
        """The number of agreeing significant digits of each element."""
        given = self.reading.matrix
        digits = digits_in_common(given, self.truth[: len(given)], self.scale[: len(given)])
        return np.where(self.is_unknown, MAX_DIGITS, digits)

    @property
    def digits(self) -> int:
        """The digits in which all agree; of the largest number if given to decimals."""
        if self.style == ON_THE_WAY:
            return self.digits_of_largest
        least = int(self.agreeing_digits.min())
        return least if self.precision.decimals is None and least else self.digits_of_largest

    @property
    def conclusive(self) -> bool:
        """Whether it differs from the truth or agrees with it in at least one digit."""
        return not self.is_coarse and (not self.is_right or self.digits_of_largest > 0)

    @property
    def digits_of_largest(self) -> int:
        """The digits in which the largest number agrees, given the largest difference."""
        given, truth = self.reading.matrix, self.truth[: len(self.reading.matrix)]
        off = np.where(self.is_unknown, 0.0, np.abs(given - truth))
        largest = np.abs(truth).max(keepdims=True)
        return int(digits_in_common(largest + off.max(), largest, largest).item())

    @property
    def largest(self) -> float:
        """The size of the largest number that is asked for."""
        return float(np.abs(self.truth).max())

    @property
    def decimals_needed(self) -> int:
        """The decimals, more than it has, that show VERDICT_DIGITS of the largest number."""
        more = 1 - _place(2 * self.half_unit)
        return max(1, more, VERDICT_DIGITS - 1 - _place(self.largest))


def _middle_and_width(reading: Reading, style: str) -> tuple[Array, Array]:
    """Return the middle and half the width of what each number can have been."""
    given, half_unit = reading.matrix, reading.half_unit
    if style != CUT_OFF:
        return given, half_unit
    shift = np.where(np.isfinite(half_unit), half_unit, 0.0)
    return given + np.sign(given) * shift, np.where(given == 0, 2 * half_unit, half_unit)


def _place(size: float) -> int:
    """Return the power of ten of its first digit; 0 of a 0, which has none."""
    return math.floor(math.log10(size) + 1e-9) if size else 0


def _within(reading: Reading, truth: Array, bound: Array) -> bool:
    """Return whether every number that is known is within that bound of the truth."""
    known = np.isfinite(reading.half_unit)
    return bool((np.abs(reading.matrix - truth) <= bound)[known].all())


def given_digits(size: Array, tolerance: Array) -> Array:
    """Return the significant digits that numbers of that size within a tolerance have."""
    with np.errstate(divide="ignore", invalid="ignore"):
        digits = np.where((size > 0) & (tolerance > 0), np.log10(size / tolerance), 0.0)
    return np.clip(digits, 0.0, MAX_DIGITS)


def same_numbers(a: Array, b: Array, scale: Array) -> bool:
    """Return whether two matrices are the same but for rounding."""
    if a.shape != b.shape:
        return False
    tolerance = EQUAL * (scale[: len(a)] + np.abs(a))
    return bool((np.abs(a - b) <= tolerance).all())


def digits_in_common(given: Array, truth: Array, scale: Array) -> Array:
    """Return in how many significant digits they agree; all if the error is rounding."""
    error = np.abs(given - truth)
    size = np.maximum(np.abs(truth), np.finfo(float).tiny)
    unit = 10.0 ** (np.floor(np.log10(size)) + 1)  # one place above the first digit
    with np.errstate(divide="ignore", over="ignore"):  # where the truth is 0
        # The slack admits a number exactly half a unit away.
        digits = np.floor(-np.log10(2 * error / unit) + 1e-9)
    negligible = error <= 10.0**-MAX_DIGITS * scale
    agreeing: Array = np.where(negligible, MAX_DIGITS, np.clip(digits, 0, MAX_DIGITS))
    return agreeing
