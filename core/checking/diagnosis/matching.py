"""Matches of one matrix with wrong gradients: which mistakes reproduce its numbers.

    matrix = GivenMatrix(problem, 1, values, precision)
    matrix.is_right, matrix.matches(candidates)

A matrix is compared with all candidates at once. For each, the constants c are computed for which
every number of the matrix is c times the candidate's, to half a unit of its last place; a constant
that means something (1, N, −1, 2, η, …) and lies among them is a match. The same is done for what
is left of the matrix after a penalty's λW, for the weights after a step, and for the rows of the
weights and of the bias apart.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from core.chain import deltas
from core.checking.diagnosis.candidates import Candidates, Combination
from core.checking.matrix_layouts import Reading, readings
from core.checking.mistakes import BIAS_ROW, BY_IDENTIFIER, CONVENTIONS
from core.checking.problem import Problem
from core.checking.replacements import has_mean
from core.checking.rounding import Precision, precision
from core.gradients import Array

MAX_MISTAKES = 2  # at once, beside conventions
MAX_DIGITS = 15  # of a float64
EQUAL = 1e-9  # relative to the sum of |terms|: two combinations give the same numbers
MIN_DIGITS = 2  # significant digits needed for a verdict
ROUNDED, CUT_OFF = "", "cut off"

Constants = dict[float, str]
Mask = np.ndarray[tuple[Any, ...], np.dtype[np.bool_]]
Complexity = tuple[int, int, int, int]
_PLACES = {name: place for place, name in enumerate(BY_IDENTIFIER)}


@dataclass(frozen=True, eq=False)
class Match:
    """Mistakes that reproduce a matrix.

    mistakes: in the order of MISTAKES, conventions among them. numbers: what they give, in the
    layout of the weights. factor: the constant of `constant_factor` or `bias_factor`, or λ.
    constants: how many constants were fitted to the numbers. note: what the constant is here.
    """

    mistakes: Combination
    reading: Reading
    numbers: Array = field(repr=False)
    factor: float | None = None
    constants: int = 0
    note: str = ""

    @property
    def cost(self) -> Complexity:
        """Its complexity, to be compared."""
        return complexity(self.mistakes, self.constants)


def complexity(mistakes: Combination, constants: int) -> Complexity:
    """Return mistakes, fitted constants, conventions beside them, and the place in the list."""
    real = [name for name in mistakes if name not in CONVENTIONS]
    count = max(len(real), bool(mistakes))  # conventions alone are one mistake
    place = max((_PLACES[name] for name in mistakes), default=-1)
    return count, constants, len(mistakes) - count, place


@dataclass(frozen=True)
class Scalar:
    """A constant and the mistakes that multiply a gradient by it."""

    value: float
    mistakes: Combination


@dataclass(frozen=True, eq=False)
class _Comparison:
    """What candidates are compared with: numbers (rows, columns), plus `offset` in the match."""

    numbers: Array
    stack: Array  # (candidates, rows, columns)
    scalars: tuple[Scalar, ...]
    offset: Array | None = None
    mistakes: Combination = ()
    most: int = MAX_MISTAKES
    free: bool = False  # whether any constant may be fitted, if nothing else is wrong


class GivenMatrix:
    """A matrix somebody gave, its layout, and how it compares with right and wrong gradients."""

    def __init__(
        self, problem: Problem, layer: int, values: Array, given: Precision | None = None
    ) -> None:
        """`layer` counts from 1. Without a precision it is estimated from the values.

        Raises ValueError if the shape fits no layout.
        """
        self.problem, self.layer, self.name = problem, layer, f"dW{layer}"
        self.values = values
        self.truth = problem.truth[layer - 1]
        self.scale = problem.sums_of_terms()[layer - 1]
        self.weights = problem.net.rows(layer)  # how many rows are no bias row
        self.precision = precision(values) if given is None else given
        self.style, self.is_right = ROUNDED, False
        self.readings = self._readings()
        self.reading = self.readings[0]

    def _readings(self) -> list[Reading]:
        shape = (self.truth.shape[0], self.truth.shape[1])
        return readings(
            self.name,
            self.values,
            shape,
            bias=self.problem.net.has_bias(self.layer),
            half_unit=self.precision.half_unit,
        )

    def assume_decimals(self, decimals: int) -> None:
        """Give a matrix of zeros the decimals of the others."""
        if not self.values.any() and self.precision.half_unit.any():
            self.precision = precision(self.values, decimals)
            self.readings = self._readings()
            self.reading = self.readings[0]

    # Right or not

    def settle(self) -> None:
        """Choose the layout in which it is right, if there is one; numbers may be cut off."""
        for style in (ROUNDED, CUT_OFF):
            for reading in self.readings:
                if self.fits(reading, style).all() and not reading.bias_missing:
                    self.reading, self.style, self.is_right = reading, style, True
                    return

    def fits(self, reading: Reading, style: str = ROUNDED) -> Mask:
        """Return which numbers are right to their last place, (rows, columns)."""
        given, half_unit = _rounded(reading, style)
        truth = self.truth[: len(given)]
        inside: Mask = np.abs(given - truth) <= self._tolerance(given, half_unit)
        return inside

    def _tolerance(self, given: Array, half_unit: Array) -> Array:
        error = self.precision.relative_error
        tolerance: Array = half_unit + error * (self.scale[: len(given)] + np.abs(given))
        return tolerance

    @property
    def right(self) -> Mask:
        """Which numbers are right, (rows, columns)."""
        return self.fits(self.reading, self.style)

    # Which mistakes

    def find(self, candidates: Candidates) -> list[Match]:
        """Return the matches in the layout in which the fewest mistakes give the numbers."""
        best: list[Match] = []
        for reading in self.readings:
            found = _without_longer(list(self._matches(reading, candidates)), self.scale)
            if found and (not best or found[0].cost < best[0].cost):
                best, self.reading = found, reading
        return best

    def _matches(self, reading: Reading, candidates: Candidates) -> Iterator[Match]:
        stack = candidates.stacks[self.layer - 1][:, : len(reading.matrix)]
        missing = (BIAS_ROW,) if reading.bias_missing else ()
        for comparison in self._comparisons(reading, stack):
            yield from self._compare(reading, candidates, comparison, missing)

    def _comparisons(self, reading: Reading, stack: Array) -> Iterator[_Comparison]:
        """Yield what the matrix may be: the gradient, with or without λW, or the new weights."""
        p, given = self.problem, reading.matrix
        rows = len(given)
        penalty = p.penalties()[self.layer - 1][:rows]
        scalars = _scalars(p)
        if not p.l2:
            yield _Comparison(given, stack, scalars, free=True)
        else:
            yield _Comparison(given, stack + penalty, scalars, free=True)
            yield _Comparison(given - penalty, stack, scalars, penalty)
            yield _Comparison(given, stack, scalars, None, ("l2_missing",))
            if self.has_bias_row(rows):
                on_all = p.l2 * p.net.weights[self.layer - 1][:rows]
                yield _Comparison(given - on_all, stack, scalars, on_all, ("l2_on_bias",))
        W = p.net.weights[self.layer - 1][:rows]
        steps = _step_scalars(p)
        free = not steps
        yield _Comparison(
            given - W, stack + penalty, steps, W, ("new_weights_handed_in",), most=2, free=free
        )

    def has_bias_row(self, rows: int) -> bool:
        """Return whether that many rows include a bias row."""
        return rows > self.weights

    def _compare(
        self, reading: Reading, candidates: Candidates, c: _Comparison, missing: Combination
    ) -> Iterator[Match]:
        rows = len(reading.matrix)
        whole = self._bounds(reading, c, slice(0, rows))
        yield from self._scaled(reading, candidates, c, whole, missing)
        if not self.has_bias_row(rows) or missing:
            return
        inner = self._bounds(reading, c, slice(0, self.weights))
        yield from self._bias(reading, candidates, c, inner)

    def _bounds(self, reading: Reading, c: _Comparison, at: slice) -> tuple[Array, Array]:
        """Return the least and the greatest constant for which each candidate fits."""
        n = len(c.stack)
        T = c.stack[:, at].reshape(n, -1)
        given, half_unit = c.numbers[at].ravel(), reading.half_unit[at].ravel()
        size = np.abs(reading.matrix[at].ravel())
        with np.errstate(all="ignore"):
            c0 = np.abs((T @ given) / (T * T).sum(axis=1))
            c0 = np.where(np.isfinite(c0), c0, 1.0)[:, np.newaxis]
            error = self.precision.relative_error
            tolerance = half_unit + error * (c0 * self.scale[at].ravel() + size)
            one, other = (given - tolerance) / T, (given + tolerance) / T
            low, high = np.minimum(one, other), np.maximum(one, other)
        fits = np.abs(given) <= tolerance  # where the candidate is 0
        low = np.where(T == 0, np.where(fits, -np.inf, np.inf), low)
        high = np.where(T == 0, np.where(fits, np.inf, -np.inf), high)
        low, high = low.max(axis=1, initial=-np.inf), high.min(axis=1, initial=np.inf)
        bad = ~np.isfinite(T).all(axis=1)
        return np.where(bad, np.inf, low), np.where(bad, -np.inf, high)

    def _scaled(
        self,
        reading: Reading,
        candidates: Candidates,
        c: _Comparison,
        bounds: tuple[Array, Array],
        missing: Combination,
    ) -> Iterator[Match]:
        """Yield the candidates that a scalar, or any constant, turns into the matrix."""
        low, high = bounds
        for scalar in c.scalars:
            for index in np.flatnonzero((low <= scalar.value) & (scalar.value <= high)):
                names = (*candidates.combinations[index], *scalar.mistakes, *c.mistakes, *missing)
                if _is_short(names, c.most):
                    yield Match(
                        _sorted(names), reading, _moved(scalar.value * c.stack[index], c.offset)
                    )
        if not c.free or not low[0] <= high[0]:
            return
        constant = "constant_factor"
        names = (constant, *c.mistakes, *missing)
        if c.mistakes:  # of the step, whose η is not known
            names = (*c.mistakes, *missing)
        yield from self._constants(reading, c, low[0], high[0], names)

    def _constants(
        self, reading: Reading, c: _Comparison, low: float, high: float, names: Combination
    ) -> Iterator[Match]:
        """Yield the matches with a constant from `low` to `high`, if possible one with a meaning."""
        named = {scalar.value for scalar in c.scalars if "step_handed_in" not in scalar.mistakes}
        if any(low <= value <= high for value in named) or low <= 0 <= high:
            return
        known = [(v, text) for v, text in _constants(self.problem).items() if low <= v <= high]
        if not known:
            middle = (low + high) / 2
            known = [(middle, "")]
        for value, text in known:
            numbers = _moved(value * c.stack[0], c.offset)
            yield Match(_sorted(names), reading, numbers, value, int(not text), text)

    # The bias row

    def _bias(
        self,
        reading: Reading,
        candidates: Candidates,
        c: _Comparison,
        bounds: tuple[Array, Array],
    ) -> Iterator[Match]:
        """Yield the matches of the weights whose bias row is 0, c times or otherwise wrong."""
        low, high = bounds
        for scalar in c.scalars:
            for index in np.flatnonzero((low <= scalar.value) & (scalar.value <= high)):
                names = (*candidates.combinations[index], *scalar.mistakes, *c.mistakes)
                if _is_short(names, MAX_MISTAKES - 1):
                    expected = scalar.value * c.stack[index]
                    yield from self._bias_rows(reading, c, names, expected)

    def _bias_rows(
        self, reading: Reading, c: _Comparison, names: Combination, expected: Array
    ) -> Iterator[Match]:
        given, half_unit = c.numbers[self.weights], reading.half_unit[self.weights]
        wanted = expected[self.weights]
        size = self.scale[self.weights] + np.abs(given)
        tolerance = half_unit + self.precision.relative_error * size
        if (np.abs(given - wanted) <= tolerance).all():
            return
        for name, row, factor, fitted, note in self._wrong_rows(given, tolerance, wanted, expected):
            if (np.abs(given - row) <= tolerance).all():
                numbers = _moved(np.vstack([expected[: self.weights], row]), c.offset)
                yield Match(_sorted((*names, name)), reading, numbers, factor, fitted, note)

    def _wrong_rows(
        self, given: Array, tolerance: Array, wanted: Array, expected: Array
    ) -> Iterator[tuple[str, Array, float | None, int, str]]:
        """Yield the rows that mistakes give: a name, the row, its constant, and what that is."""
        yield "bias_zero", np.zeros_like(given), None, 0, ""
        inner = expected[: self.weights]
        for axis in (inner.sum(axis=0), inner.mean(axis=0)):
            yield "bias_wrong_axis", axis, None, 0, ""
        if len(self.problem.X) == len(given):
            delta = deltas(self.problem.net, self.problem.forward, self.problem.y,
                           self.problem.loss)[self.layer - 1]  # fmt: skip
            yield "bias_wrong_axis", delta.sum(axis=1), None, 0, ""
        known = {**_constants(self.problem), **_plain_constants(self.problem)}
        for value, text in known.items():
            yield "bias_factor", value * wanted, value, 0, text
        if len(given) > 1 and (wanted != 0).all():
            low = ((given - np.sign(wanted) * tolerance) / wanted).max()
            high = ((given + np.sign(wanted) * tolerance) / wanted).min()
            if low <= high and not low <= 0 <= high:
                middle = float((low + high) / 2)
                yield "bias_factor", middle * wanted, middle, 1, ""

    # A penalty that should not be there, rows and single numbers

    def find_rest(self, candidates: Candidates) -> list[Match]:
        """Return weaker matches: with an added λW, with two rows exchanged, with one number off."""
        best: list[Match] = []
        for reading in self.readings:
            if reading.bias_missing:
                continue
            found = [*self._added(reading, candidates), *self._rows(reading)]
            found = _without_longer(found, self.scale)
            if found and (not best or found[0].cost < best[0].cost):
                best, self.reading = found, reading
        return best

    def _added(self, reading: Reading, candidates: Candidates) -> Iterator[Match]:
        """Yield the matches with λW added, for the λ that leaves nothing."""
        net, stack = self.problem.net, candidates.stacks[self.layer - 1]
        W = net.weights[self.layer - 1]
        some = np.flatnonzero(candidates.counts <= 1)
        for scalar in _scalars(self.problem):
            base = scalar.value * stack[some] + self.problem.penalties()[self.layer - 1]
            for index, expected in zip(some, base, strict=True):
                names = (*candidates.combinations[index], *scalar.mistakes)
                if not _is_short(names, MAX_MISTAKES - 1) or not np.isfinite(expected).all():
                    continue
                for everywhere in (False, True) if self.has_bias_row(len(W)) else (False,):
                    yield from self._penalised(reading, names, expected, everywhere)

    def _penalised(
        self, reading: Reading, names: Combination, expected: Array, everywhere: bool
    ) -> Iterator[Match]:
        W = self.problem.net.weights[self.layer - 1].copy()
        if not everywhere:
            W[self.weights :] = 0.0
        size = float((W * W).sum())
        if not size:
            return
        rest = reading.matrix - expected
        decay = float((W * rest).sum() / size)
        tolerance = self._tolerance(reading.matrix, reading.half_unit)
        if decay <= 0 or (np.abs(rest) <= tolerance).all():
            return
        if (np.abs(rest - decay * W) <= 1.5 * tolerance).all():
            both = ("l2_added", "l2_on_bias") if everywhere else ("l2_added",)
            numbers = expected + decay * W
            yield Match(_sorted((*names, *both)), reading, numbers, decay, 1, f"λ = {decay:.3g}")

    def _rows(self, reading: Reading) -> Iterator[Match]:
        """Yield the match with two rows exchanged, or with one number wrong."""
        given = reading.matrix
        for scalar in _scalars(self.problem):
            if not set(scalar.mistakes) <= set(CONVENTIONS):
                continue
            expected = scalar.value * self.truth
            tolerance = self._tolerance(given, reading.half_unit)
            wrong = np.abs(given - expected) > tolerance
            rows = np.flatnonzero(wrong.any(axis=1))
            if len(rows) == 2:
                swapped = expected.copy()
                swapped[rows] = expected[rows[::-1]]
                if (np.abs(given - swapped) <= tolerance).all():
                    one, other = (int(row) + 1 for row in rows)
                    note = f"rows {one} and {other}"
                    yield Match(
                        _sorted((*scalar.mistakes, "swapped_rows")), reading, swapped, note=note
                    )
            if wrong.sum() == 1 and given.size > MAX_MISTAKES:
                row, column = (int(at[0]) + 1 for at in np.nonzero(wrong))
                note = f"row {row}, column {column}"
                names = _sorted((*scalar.mistakes, "single_number"))
                yield Match(names, reading, given, constants=1, note=note)

    def choose_nearest(self) -> None:
        """Choose the layout in which the most numbers are right."""
        whole = [reading for reading in self.readings if not reading.bias_missing]
        self.reading = max(whole or self.readings, key=lambda one: int(self.fits(one).sum()))

    def gradient_of(self, matches: Sequence[Match]) -> Array:
        """Return what it has as the gradient: what its best match gives, else what was given."""
        return matches[0].numbers if matches else self.reading.matrix

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
        size, half_unit = np.abs(self.reading.matrix), self.reading.half_unit
        tolerance = 2 * half_unit + self.precision.relative_error * self.scale[: len(size)]
        with np.errstate(divide="ignore", invalid="ignore"):
            own = np.where((size > 0) & (tolerance > 0), np.log10(size / tolerance), 0.0)
        digits: Array = np.clip(own, 0.0, MAX_DIGITS)
        return digits

    @property
    def agreeing_digits(self) -> Array:
        """The number of agreeing significant digits of each element."""
        given = self.reading.matrix
        return _agreeing_digits(given, self.truth[: len(given)], self.scale[: len(given)])

    @property
    def digits(self) -> int:
        """The digits in which all agree; of the largest number if given to decimals."""
        least = int(self.agreeing_digits.min())
        return least if self.precision.decimals is None and least else self.digits_of_largest

    @property
    def conclusive(self) -> bool:
        """Whether it differs from the truth or agrees with it in at least one digit."""
        return not self.is_right or self.digits_of_largest > 0

    @property
    def digits_of_largest(self) -> int:
        """The digits in which the largest number agrees, given the largest difference."""
        given, truth = self.reading.matrix, self.truth[: len(self.reading.matrix)]
        worst = np.full((1, 1), np.abs(given - truth).max())
        largest = np.full((1, 1), np.abs(truth).max())
        return int(_agreeing_digits(largest + worst, largest, largest)[0, 0])

    @property
    def decimals_needed(self) -> int:
        """The decimals by which its largest number has MIN_DIGITS significant digits."""
        largest = float(np.abs(self.truth).max())
        return max(1, MIN_DIGITS - 1 - int(np.floor(np.log10(largest))))


def _rounded(reading: Reading, style: str) -> tuple[Array, Array]:
    """Return the middle and half the width of what each number can have been."""
    given, half_unit = reading.matrix, reading.half_unit
    if style == ROUNDED:
        return given, half_unit
    return given + np.sign(given) * half_unit, np.where(given == 0, 2 * half_unit, half_unit)


def _is_short(names: Combination, most: int) -> bool:
    return sum(name not in CONVENTIONS for name in names) <= most


def _sorted(names: Combination) -> Combination:
    chosen = set(names)
    return tuple(name for name in BY_IDENTIFIER if name in chosen)


def _moved(numbers: Array, offset: Array | None) -> Array:
    return numbers if offset is None else numbers + offset


def same_numbers(a: Array, b: Array, scale: Array) -> bool:
    """Return whether two matrices are the same but for rounding."""
    if a.shape != b.shape:
        return False
    tolerance = EQUAL * (scale[: len(a)] + np.abs(a))
    return bool((np.abs(a - b) <= tolerance).all())


def _without_longer(matches: list[Match], scale: Array) -> list[Match]:
    """Return the matches, simplest first, without those that a part of their mistakes explains."""
    kept: list[Match] = []
    for match in sorted(matches, key=lambda match: match.cost):
        own = set(match.mistakes)
        if not any(
            (set(other.mistakes) < own and same_numbers(other.numbers, match.numbers, scale))
            or (other.mistakes == match.mistakes and other.factor == match.factor)
            for other in kept
        ):
            kept.append(match)
    return kept


# Constants


def _scalars(p: Problem) -> tuple[Scalar, ...]:
    """Return the constants that mistakes multiply a gradient by: N, −1, 2, η and products."""
    conventions = _conventions(p)
    found = [*conventions, *(Scalar(2 * s.value, ("factor_two", *s.mistakes)) for s in conventions)]
    if p.learning_rate is not None:
        for scalar in conventions:
            if "sign" in scalar.mistakes:
                continue
            for rate in (p.learning_rate, -p.learning_rate):
                names = ("step_handed_in", *scalar.mistakes)
                found.append(Scalar(rate * scalar.value, names))
    return tuple(found)


def _conventions(p: Problem) -> list[Scalar]:
    found = [Scalar(1.0, ()), Scalar(-1.0, ("sign",))]
    if has_mean(p) and len(p.X) > 1:
        mean = ("missing_mean",)
        found += [Scalar(len(p.X) * s.value, (*mean, *s.mistakes)) for s in tuple(found)]
    return found


def _step_scalars(p: Problem) -> tuple[Scalar, ...]:
    """Return the constants of W − ηg, which is what a step adds to the weights."""
    if p.learning_rate is None:
        return ()
    rate = p.learning_rate
    return tuple(Scalar(-rate * s.value, s.mistakes) for s in _conventions(p))


def _constants(p: Problem) -> Constants:
    """Return the constants that come up where a factor is misplaced, and what each is."""
    N, d, K, m = len(p.X), p.net.inputs, p.net.outputs, p.net.units
    sizes = {
        0.5: "½", 1 / N: "1/N", 1 / N**2: "1/N²", float(N**2): "N²", 1.0 / K: "1/K",
        float(K): "K", float(N * K): "N·K", 1 / (N * K): "1/(N·K)", N / d: "N/d", d / N: "d/N",
        1 / (2 * N): "1/(2N)", N / 2: "N/2", 2 * N: "2N", 2 / N: "2/N", 1.0 / m: "1/m",
        float(m): "m", 4.0: "4", 0.25: "¼",
    }  # fmt: skip
    if p.learning_rate is not None:
        sizes = {p.learning_rate: "η", **sizes}
    both = {**sizes, **{-value: f"−{text}" for value, text in sizes.items()}}
    return {value: text for value, text in both.items() if value not in (1.0, -1.0)}


def _plain_constants(p: Problem) -> Constants:
    """Return those that have names of their own when they multiply everything."""
    return {-1.0: "−1", 2.0: "2", -2.0: "−2", float(len(p.X)): "N", -float(len(p.X)): "−N"}


def _agreeing_digits(given: Array, truth: Array, scale: Array) -> Array:
    """Return in how many significant digits they agree; all if the error is rounding."""
    error = np.abs(given - truth)
    size = np.maximum(np.abs(truth), np.finfo(float).tiny)
    unit = 10.0 ** (np.floor(np.log10(size)) + 1)  # one place above the first digit
    with np.errstate(divide="ignore"):
        # The slack admits a number exactly half a unit away.
        digits = np.floor(-np.log10(2 * error / unit) + 1e-9)
    negligible = error <= 10.0**-MAX_DIGITS * scale
    agreeing: Array = np.where(negligible, MAX_DIGITS, np.clip(digits, 0, MAX_DIGITS))
    return agreeing
