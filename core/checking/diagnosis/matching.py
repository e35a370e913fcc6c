"""Matches of one matrix with wrong gradients: which mistakes reproduce its numbers.

    matrix = GivenGradient(problem, 1, numbers)
    matrix.find(candidates)            # known mistakes, with constants that have a meaning
    matrix.find_rest(candidates)       # a fitted constant or λ, exchanged rows, a single number

A matrix is compared with all candidates at once. For each, the constants c are computed for which
every number of the matrix is c times the candidate's, to half a unit of its last place; a constant
that means something (1, N, −1, 2, η, …) and lies among them is a match. The same is done for what
is left of the matrix after a penalty's λW, for the weights after a step, and for the rows of the
weights and of the bias apart.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any, NamedTuple

import numpy as np

from core.checking.diagnosis.candidates import Candidates
from core.checking.diagnosis.constants import (
    Scalar,
    known_constants,
    named_constants,
    scalars,
    step_scalars,
)
from core.checking.diagnosis.given_matrix import EQUAL, IN_SINGLE, GivenMatrix, same_numbers
from core.checking.diagnosis.hand_errors import errors
from core.checking.matrix_layouts import BIAS_FIRST, Reading
from core.checking.mistakes import BIAS_ROW, BY_IDENTIFIER, CONVENTIONS, Combination, ordered
from core.checking.rounding import SINGLE_ROUNDING_ERROR
from core.gradients import Array

MAX_MISTAKES = 2  # at once, beside conventions
MAX_CELLS = 500_000  # of candidates that are compared at once
MIN_CELLS = 3  # of a matrix: of fewer numbers, one that is wrong is no exception
NEGLIGIBLE = 1e-4  # of EQUAL: what is 0 but for rounding
MAX_HAND_DIGITS = 7  # more are not computed by hand
MIN_DIFFERENCE = 0.02  # of a constant from one that is right or has a name
MIN_PENALTY = 20.0  # times half a unit of the last place: less is rounding

Complexity = tuple[int, int, int, int]
Indices = np.ndarray[tuple[Any, ...], np.dtype[np.intp]]
# What says more goes before a constant.
_PLACES = {name: place for place, name in enumerate(BY_IDENTIFIER)} | {"constant_factor": 99}


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


@dataclass(frozen=True, eq=False)
class _Comparison:
    """What candidates are compared with: numbers (rows, columns), plus `offset` in the match."""

    numbers: Array
    stack: Array  # (candidates, rows, columns)
    scalars: tuple[Scalar, ...]
    offset: Array | float = 0.0
    mistakes: Combination = ()
    free: bool = False  # whether any constant may be fitted, if nothing else is wrong


class GivenGradient(GivenMatrix):
    """A gradient that somebody gave, and the mistakes that give its numbers."""

    def find(self, candidates: Candidates) -> list[Match]:
        """Return the matches in the layout in which the fewest mistakes give the numbers.

        A constant is fitted only where one mistake alone does not give them.
        """
        return self._to_each_error(partial(self._find_exact, candidates))

    def find_rest(self, candidates: Candidates) -> list[Match]:
        """Return weaker matches: a fitted constant or λ, exchanged rows, a single wrong number."""
        return self._to_each_error(partial(_best, self, partial(_weak, self, candidates)))

    def _to_each_error(self, search: Callable[[], list[Match]]) -> list[Match]:
        """Return what a search finds to its own arithmetic's error, else to that of float32.

        `error` becomes that of float32 only if it explains something.
        """
        before = self.error
        for error in dict.fromkeys(_errors(self)):
            if error == SINGLE_ROUNDING_ERROR and IN_SINGLE in self.styles:
                self.settle_as(IN_SINGLE)
            if self.is_right:
                return []
            self.error = error
            if found := search():
                return found
        self.error = before
        return []

    def _find_exact(self, candidates: Candidates) -> list[Match]:
        """Return what `find` does, to the present error."""
        exact = cache(partial(_exact, self, candidates))  # each reading is searched once
        found = _best(self, lambda reading: exact(reading).plain)
        if found and found[0].cost[0] == 1:
            return found
        return _best(self, lambda reading: exact(reading).every)

    def gradient_of(self, matches: Sequence[Match]) -> Array:
        """Return what it has as the gradient: what its best match gives, else what was given."""
        return matches[0].numbers if matches else self.reading.matrix

    def difference(self, match: Match) -> int:
        """Return in how many numbers what the mistakes give differs visibly from the truth."""
        off = np.abs(match.numbers - self.truth[: len(match.numbers)])
        return self._visible(off, match.reading)

    def _visible(self, off: Array, reading: Reading) -> int:
        return int((off > self.tolerance(reading.matrix, reading.half_unit)).sum())

    def try_by_hand(self) -> None:
        """Call it right if it is as right as numbers that were computed by hand."""
        if self.half_unit > 10.0**-MAX_HAND_DIGITS * float(np.abs(self.truth).max()):
            self.settle_by_hand(errors(self.problem, self.half_unit)[self.layer - 1])


class _Finds(NamedTuple):
    """Matches of one reading: those without a fitted constant; all, if there are such."""

    plain: list[Match]
    every: list[Match]


def _exact(matrix: GivenMatrix, candidates: Candidates, reading: Reading) -> _Finds:
    search = _Search(matrix, reading, candidates)
    every = list(search.matches())
    plain = [match for match in every if not match.constants]
    if not plain and not reading.bias_missing:
        plain = [match for match in search.rows() if not match.constants]
    return _Finds(plain, every if plain else [])


def _weak(matrix: GivenMatrix, candidates: Candidates, reading: Reading) -> list[Match]:
    search = _Search(matrix, reading, candidates)
    found = [match for match in search.matches() if match.constants]
    return found if reading.bias_missing else [*found, *search.with_penalty(), *search.rows()]


def _errors(matrix: GivenMatrix) -> tuple[float, float]:
    """Return the relative errors of the arithmetic: of float64, then of float32."""
    own = matrix.precision.relative_error
    return own, max(own, SINGLE_ROUNDING_ERROR)


def choose_reading(matrix: GivenMatrix, matches: Callable[[Reading], list[Match]]) -> list[Match]:
    """Return the matches of the reading with the simplest one, and choose that reading."""
    best: list[Match] = []
    for reading in matrix.readings:
        found = matches(reading)
        if found and (not best or found[0].cost < best[0].cost):
            best, matrix.reading = found, reading
    return best


def _best(matrix: GivenMatrix, matches: Callable[[Reading], list[Match]]) -> list[Match]:
    truth, scale = matrix.truth, matrix.scale

    def wrong(reading: Reading) -> list[Match]:
        found = [m for m in matches(reading) if not same_numbers(m.numbers, truth, scale)]
        return _without_longer(found, scale)

    return choose_reading(matrix, wrong)


class _Search:
    """A matrix in one layout, and the candidates that it is compared with."""

    def __init__(self, matrix: GivenMatrix, reading: Reading, candidates: Candidates) -> None:
        self.matrix, self.reading, self.candidates = matrix, reading, candidates
        self.problem, self.layer = matrix.problem, matrix.layer
        self.truth, self.scale, self.weights = matrix.truth, matrix.scale, matrix.weights

    def matches(self) -> Iterator[Match]:
        """Yield the matches with one mistake or several, and with any constant."""
        stack = self.candidates.stacks[self.layer - 1][:, : len(self.reading.matrix)]
        missing = (BIAS_ROW,) if self.reading.bias_missing else ()
        for comparison in self._comparisons(stack):
            yield from self._compare(comparison, missing)

    def _comparisons(self, stack: Array) -> Iterator[_Comparison]:
        """Yield what the matrix may be: the gradient, with or without λW, or the new weights."""
        p, given = self.problem, self.reading.matrix
        rows = len(given)
        penalty = p.penalties()[self.layer - 1][:rows]
        every = scalars(p)
        if not p.l2:
            yield _Comparison(given, stack, every, free=True)
        else:
            yield _Comparison(given, stack + penalty, every, free=True)
            yield _Comparison(given - penalty, stack, every, penalty)
            yield _Comparison(given, stack, every, mistakes=("l2_missing",))
            if self.matrix.has_bias_row(rows):
                on_all = p.l2 * p.net.weights[self.layer - 1][:rows]
                yield _Comparison(given - on_all, stack, every, on_all, ("l2_on_bias",))
        W = p.net.weights[self.layer - 1][:rows]
        steps = step_scalars(p)
        free = not steps
        yield _Comparison(
            given - W, stack + penalty, steps, W, ("new_weights_handed_in",), free=free
        )

    def _compare(self, c: _Comparison, missing: Combination) -> Iterator[Match]:
        rows = len(self.reading.matrix)
        whole = self._bounds(c, slice(0, rows))
        yield from self._scaled(c, whole, missing)
        known = np.isfinite(self.reading.half_unit[: self.weights])
        if not self.matrix.has_bias_row(rows) or missing or not known.any():
            return
        inner = self._bounds(c, slice(0, self.weights))
        yield from self._bias(c, inner)

    def _bounds(self, c: _Comparison, at: slice) -> tuple[Array, Array]:
        """Return the least and the greatest constant for which each candidate fits."""
        parts = [
            self._bounds_of(c.numbers[at], c.stack[some, at], at)
            for some in _portions(len(c.stack), self.reading.matrix[at].size)
        ]
        low, high = zip(*parts, strict=True)
        return np.concatenate(low), np.concatenate(high)

    def _bounds_of(self, numbers: Array, stack: Array, at: slice) -> tuple[Array, Array]:
        T, scale = stack.reshape(len(stack), -1), self.scale[at].ravel()
        T = np.where(np.abs(T) <= EQUAL * NEGLIGIBLE * scale, 0.0, T)  # rounding errors of a 0
        given, half_unit = numbers.ravel(), self.reading.half_unit[at].ravel()
        size = np.abs(self.reading.matrix[at].ravel())
        tolerance = half_unit + self.matrix.error * (scale + size)
        with np.errstate(all="ignore"):
            one, other = (given - tolerance) / T, (given + tolerance) / T
            low, high = np.minimum(one, other), np.maximum(one, other)
        fits = np.abs(given) <= tolerance  # where the candidate is 0
        low = np.where(T == 0, np.where(fits, -np.inf, np.inf), low)
        high = np.where(T == 0, np.where(fits, np.inf, -np.inf), high)
        low, high = low.max(axis=1, initial=-np.inf), high.min(axis=1, initial=np.inf)
        bad = ~np.isfinite(T).all(axis=1)
        return np.where(bad, np.inf, low), np.where(bad, -np.inf, high)

    def _scaled(
        self, c: _Comparison, bounds: tuple[Array, Array], missing: Combination
    ) -> Iterator[Match]:
        """Yield the candidates that a scalar, or any constant, turns into the matrix."""
        low, high = bounds
        for scalar in c.scalars:
            for index in np.flatnonzero((low <= scalar.value) & (scalar.value <= high)):
                own = self.candidates.combinations[index]
                about = () if "numeric_of_output" in own else c.mistakes  # ŷ has no penalty
                names = (*own, *scalar.mistakes, *about, *self._loose(own, scalar, missing))
                if _count(names) <= MAX_MISTAKES:
                    numbers = scalar.value * c.stack[index] + c.offset
                    yield Match(ordered(names), self.reading, numbers)
        if c.free and low[0] <= high[0]:
            # After a step whose η is not known, any constant is that η.
            names = (*(c.mistakes or ("constant_factor",)), *missing)
            yield from self._constants(c, low[0], high[0], names)

    def _loose(self, own: Combination, scalar: Scalar, missing: Combination) -> Combination:
        """Return what is wrong with a missing bias row: it may be summed over the units."""
        given = self.matrix.loose
        if given is None or own or not missing:
            return missing
        by_sample = scalar.value * self.problem.deltas[self.layer - 1].sum(axis=1)
        off, half_unit = np.abs(given - by_sample), self.matrix.half_unit
        tolerance = half_unit + self.matrix.error * np.abs(by_sample).max()
        return ("bias_wrong_axis",) if (off <= tolerance).all() else missing

    def _constants(
        self, c: _Comparison, low: float, high: float, names: Combination
    ) -> Iterator[Match]:
        """Yield the matches with a constant from `low` to `high`, a known one if possible."""
        named = {1.0, *named_constants(self.problem)}
        if any(low <= value <= high for value in named) or low <= 0 <= high:
            return
        known = [(v, text) for v, text in known_constants(self.problem).items() if low <= v <= high]
        if not known:
            middle = (low + high) / 2
            if min(abs(middle / value - 1) for value in named) < MIN_DIFFERENCE:
                return
            known = [(middle, "")]
        for value, text in known:
            numbers = value * c.stack[0] + c.offset
            yield Match(ordered(names), self.reading, numbers, value, int(not text), text)

    # The bias row

    def _bias(self, c: _Comparison, bounds: tuple[Array, Array]) -> Iterator[Match]:
        """Yield the matches of the weights whose bias row is 0, c times or otherwise wrong."""
        low, high = bounds
        for scalar in c.scalars:
            for index in np.flatnonzero((low <= scalar.value) & (scalar.value <= high)):
                names = (*self.candidates.combinations[index], *scalar.mistakes, *c.mistakes)
                if _count(names) < MAX_MISTAKES:
                    expected = scalar.value * c.stack[index]
                    yield from self._bias_rows(c, names, expected)

    def _bias_rows(self, c: _Comparison, names: Combination, expected: Array) -> Iterator[Match]:
        given, half_unit = c.numbers[self.weights], self.reading.half_unit[self.weights]
        wanted = expected[self.weights]
        size = self.scale[self.weights] + np.abs(given)
        tolerance = half_unit + self.matrix.error * size
        if (np.abs(given - wanted) <= tolerance).all():
            return
        for name, row, factor, fitted, note in self._wrong_rows(given, tolerance, wanted, expected):
            if (np.abs(given - row) <= tolerance).all():
                numbers = np.vstack([expected[: self.weights], row]) + c.offset
                yield Match(ordered((*names, name)), self.reading, numbers, factor, fitted, note)
                wrong = np.flatnonzero(np.abs(given - wanted) > tolerance)
                if len(wrong) == 1:
                    single = ordered((*names, "single_number"))
                    at = f"row {self.weights + 1}, column {wrong[0] + 1}"
                    yield Match(single, self.reading, numbers, note=at)

    def _wrong_rows(
        self, given: Array, tolerance: Array, wanted: Array, expected: Array
    ) -> Iterator[tuple[str, Array, float | None, int, str]]:
        """Yield the rows that mistakes give: a name, the row, its constant, and what that is."""
        yield "bias_zero", np.zeros_like(given), None, 0, ""
        inner = expected[: self.weights]
        for axis in (0, 1) if inner.shape[0] == inner.shape[1] else (0,):
            yield "bias_wrong_axis", inner.sum(axis=axis), None, 0, ""
            yield "bias_wrong_axis", inner.mean(axis=axis), None, 0, ""
        if len(self.problem.X) == len(given):
            delta = self.problem.deltas[self.layer - 1]
            yield "bias_wrong_axis", delta.sum(axis=1), None, 0, ""
        known = {**known_constants(self.problem), **named_constants(self.problem)}
        for value, text in known.items():
            yield "bias_factor", value * wanted, value, 0, text
        there = wanted != 0
        if there.sum() > 1:
            one, other = (given - tolerance)[there], (given + tolerance)[there]
            ends = np.stack([one / wanted[there], other / wanted[there]])
            low, high = float(ends.min(axis=0).max()), float(ends.max(axis=0).min())
            if low <= high and not low <= 0 <= high:
                middle = (low + high) / 2
                yield "bias_factor", middle * wanted, middle, 1, ""

    # A penalty that should not be there, rows and single numbers

    def with_penalty(self) -> Iterator[Match]:
        """Yield the matches with λW added, for the λ that leaves nothing."""
        W = self.problem.net.weights[self.layer - 1]
        if self.matrix.is_unknown.any():
            return
        inner = W.copy()
        inner[self.weights :] = 0.0
        yield from self._with_decay(inner, ("l2_added",))
        if self.matrix.has_bias_row(len(W)):
            yield from self._with_decay(W, ("l2_added", "l2_on_bias"))

    def _with_decay(self, W: Array, mistakes: Combination) -> Iterator[Match]:
        """Yield the matches with λ times those weights added."""
        counts = self.candidates.counts
        for scalar in scalars(self.problem) if W.any() else ():
            some = np.flatnonzero(counts + _count(scalar.mistakes) < MAX_MISTAKES)
            for at in _portions(len(some), W.size):
                for index, decay, numbers in self._decays(W, scalar.value, some[at]):
                    names = (*self.candidates.combinations[index], *scalar.mistakes, *mistakes)
                    note = f"λ = {decay:.3g}"
                    yield Match(ordered(names), self.reading, numbers, decay, 1, note)

    def _decays(
        self, W: Array, constant: float, indices: Indices
    ) -> Iterator[tuple[int, float, Array]]:
        """Yield each candidate that needs but λW: its index, λ, and the numbers with it."""
        given, penalty = self.reading.matrix, self.problem.penalties()[self.layer - 1]
        tolerance = self.matrix.tolerance(given, self.reading.half_unit)
        with np.errstate(all="ignore"):  # a candidate need not be finite
            wrong = constant * self.candidates.stacks[self.layer - 1][indices] + penalty
            rest = given - wrong
            decay = (W * rest).sum(axis=(1, 2)) / (W * W).sum()
            penalties = decay[:, np.newaxis, np.newaxis] * W
            is_visible = (np.abs(penalties) > MIN_PENALTY * tolerance).any(axis=(1, 2))
            is_all = (np.abs(rest - penalties) <= 1.5 * tolerance).all(axis=(1, 2))
        for at in np.flatnonzero((decay > 0) & is_visible & is_all):
            yield int(indices[at]), float(decay[at]), wrong[at] + penalties[at]

    def rows(self) -> Iterator[Match]:
        """Yield the match with two rows exchanged, or with one number wrong."""
        given = self.reading.matrix
        for scalar in scalars(self.problem):
            if not set(scalar.mistakes) <= set(CONVENTIONS):
                continue
            expected = scalar.value * self.truth
            tolerance = self.matrix.tolerance(given, self.reading.half_unit)
            wrong = np.abs(given - expected) > tolerance
            rows = np.flatnonzero(wrong.any(axis=1))
            if len(rows) == 2 and (len(given) > 2 or BIAS_FIRST not in self.reading.layout):
                swapped = expected.copy()
                swapped[rows] = expected[rows[::-1]]
                if (np.abs(given - swapped) <= tolerance).all():
                    names = ordered((*scalar.mistakes, "swapped_rows"))
                    note = f"rows {rows[0] + 1} and {rows[1] + 1}"
                    yield Match(names, self.reading, swapped, note=note)
            if wrong.sum() == 1 and given.size >= MIN_CELLS:
                row, column = (int(at[0]) + 1 for at in np.nonzero(wrong))
                note = f"row {row}, column {column}"
                names = ordered((*scalar.mistakes, "single_number"))
                yield Match(names, self.reading, given, constants=1, note=note)


def _count(names: Combination) -> int:
    """Return how many are mistakes, and no conventions."""
    return sum(name not in CONVENTIONS for name in names)


def _portions(count: int, cells: int) -> Iterator[slice]:
    """Yield slices of so many candidates, each of `cells` numbers, to be compared at once."""
    most = max(1, MAX_CELLS // max(cells, 1))
    for start in range(0, count, most):
        yield slice(start, start + most)


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
