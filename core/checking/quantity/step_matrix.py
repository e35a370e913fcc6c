"""One matrix of new weights or of a step, and the mistakes that reproduce its numbers.

    matrix = GivenStep(problem, quantity)
    matrix.settle(); matrix.is_right; matrix.find(candidates_of(problem))

It is compared with W + ΔW or ΔW of `core.checking.quantity.rule`. If the step is a constant times
the gradient, the gradient that it stands for is compared as any gradient is: −ΔW / η, and what it
would be with η missing, the wrong sign and so on (`_forms`). Else each mistake in the rule and each
in the gradient is put through the rule. A bias row that is not there is not held against anyone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from core.checking.diagnosis.candidates import Candidates
from core.checking.diagnosis.constants import scalars
from core.checking.diagnosis.given_matrix import (
    BY_HAND_ERROR,
    CUT_OFF,
    ON_THE_WAY,
    ROUNDED,
    given_digits,
    same_numbers,
)
from core.checking.diagnosis.hand_errors import errors
from core.checking.diagnosis.matching import MAX_MISTAKES, GivenGradient, Match, choose_reading
from core.checking.matrix_layouts import Reading, readings
from core.checking.mistakes import BIAS_ROW, CONVENTIONS, Combination, ordered
from core.checking.problem import Problem
from core.checking.quantity.catalogue import OF_RULES, OF_UPDATES
from core.checking.quantity.rule import FLAWS, StepRule
from core.checking.rounding import ROUNDING_ERROR, SINGLE_ROUNDING_ERROR, precision
from core.checking.submission.kinds import NEW_WEIGHTS, Quantity
from core.checking.submission.numbers import NumberMatrix
from core.gradients import Array

# Of new weights and steps, relative: a few operations, and 15 digits printed.
OWN_ERROR, OWN_SINGLE_ERROR = 1e-14, 2.5e-7
UNLIKELY = 1e3  # that numbers of float64 look like those of float32
NOT_OF_STEPS = ("new_weights_handed_in", "step_handed_in")
OF_THE_STEP = {*OF_UPDATES, *OF_RULES}


@dataclass(frozen=True, eq=False)
class _Form:
    """A gradient that a matrix stands for: (matrix − offset) times factor; and its mistakes."""

    mistakes: Combination
    factor: float
    offset: Array | float = 0.0


class GivenStep(GivenGradient):
    """New weights or a step that somebody gave. Its matches hold numbers of the step, W_new − W.

    Raises ValueError if the shape fits no layout, or the problem has no learning rate.
    """

    styles = (ROUNDED, CUT_OFF)  # float32 is in its precision

    def __init__(self, problem: Problem, quantity: Quantity) -> None:
        if problem.learning_rate is None or quantity.layer is None:
            raise ValueError("a step needs a matrix and a learning rate")
        W, values = problem.net.weights[quantity.layer - 1], quantity.numbers.values
        bias = problem.net.has_bias(quantity.layer)
        readings(quantity.name, values, (W.shape[0], W.shape[1]), bias=bias)  # errors name it
        numbers = NumberMatrix(values, quantity.numbers.precision)
        super().__init__(problem, quantity.layer, numbers)
        self.name, self.rate = quantity.name, problem.learning_rate
        self.rule = problem.step or StepRule()
        self.is_new, self.old = quantity.kind == NEW_WEIGHTS, W
        self.base = W if self.is_new else np.zeros_like(W)
        self._compare_steps()

    def _compare_steps(self) -> None:
        """Compare with the step, or the weights after it, instead of the gradient."""
        error = self.precision.relative_error
        if _is_of_single(self.values, self.precision.half_unit):
            error = SINGLE_ROUNDING_ERROR
        own = OWN_ERROR if error <= ROUNDING_ERROR else OWN_SINGLE_ERROR
        self.precision = replace(self.precision, relative_error=own)
        self.step_error = error  # of the step, which is less precise than adding it to W
        self.error = own if self.is_new else error
        self.noise, self.gradient = error * self.scale, self.truth
        self.step = self.rule.step(self.gradient, self.rate)
        self.truth = self.base + self.step
        self.scale = np.abs(self.step) + self._slack(self.gradient)
        self._widen()

    def _slack(self, g: Array) -> Array:
        """Return how far a step may be off for the rounding errors of a gradient."""
        high, low = (self.rule.step(g + sign * self.noise, self.rate) for sign in (1, -1))
        return np.abs(high - low)

    def _widen(self) -> None:
        """Add the rounding errors of the gradient, and of W_new − W, to the half units."""
        # The latter of float64 only: those of float32 would hide a small step.
        slack = self._slack(self.gradient) + OWN_ERROR * np.abs(self.old)
        self.readings = [
            replace(reading, half_unit=reading.half_unit + slack[: len(reading.matrix)])
            for reading in self.readings
        ]
        self.reading = self.readings[0]

    def assume_decimals(self, decimals: int) -> None:
        """Give a matrix of zeros the decimals of the others."""
        if not self.values.any() and self.precision.half_unit.any():
            own = self.precision.relative_error
            super().assume_decimals(decimals)
            self.precision = replace(precision(self.values, decimals), relative_error=own)
            self._widen()

    def _is_whole(self, reading: Reading) -> bool:  # noqa: ARG002
        """Return True: the bias row may be missing."""
        return True

    # Which mistakes

    def find(self, candidates: Candidates) -> list[Match]:
        """Return the matches in the layout in which the fewest mistakes give the numbers."""
        search = self._by_gradient if self.rule.is_linear else self._by_rule
        return choose_reading(
            self,
            lambda r: self._plainest([*search(r, candidates), *self._unchanged(r)]),
        )

    def _plainest(self, matches: list[Match]) -> list[Match]:
        """Return the matches, simplest first, without those that fewer names or constants give."""
        exact = [match for match in matches if not match.constants]
        kept: list[Match] = []
        for match in sorted(exact or matches, key=_length):
            if not any(
                (_length(other) < _length(match) or other.mistakes == match.mistakes)
                and same_numbers(other.numbers, match.numbers, self.scale)
                for other in kept
            ):
                kept.append(match)
        return sorted(kept, key=lambda match: match.cost)

    def find_rest(self, candidates: Candidates) -> list[Match]:
        """Return weaker matches: with an added λW, with two rows exchanged, with one number off."""
        if not self.rule.is_linear:
            return []
        form = self._forms()[0]

        def rest(reading: Reading) -> list[Match]:
            found = self._stand_in(form, reading).find_rest(candidates)
            return [self._match(match, form, reading) for match in found]

        return choose_reading(self, rest)

    def gradient_of(self, matches: Sequence[Match]) -> Array:
        """Return the gradient by which plain descent would make this step."""
        rows = len(self.reading.matrix)
        given = self.reading.matrix - self.base[:rows]
        return -(matches[0].numbers if matches else given) / self.rate

    def difference(self, match: Match) -> int:
        """Return in how many numbers what the mistakes give differs visibly from the step."""
        off = np.abs(match.numbers - self.step[: len(match.numbers)])
        return self._visible(off, match.reading)

    def try_by_hand(self) -> None:
        """Call it right if numbers may have been rounded on the way to its gradient."""
        if not self.rule.is_linear:
            return
        size, rows = self.rate * self.rule.factor(), len(self.reading.matrix)
        bound = size * errors(self.problem, self.half_unit)[self.layer - 1]
        known = self.reading.half_unit[~self.is_unknown]
        allowed = np.minimum(bound, BY_HAND_ERROR * self.largest) + known.max(initial=0.0)
        off = np.abs(self.reading.matrix - self.truth[:rows])
        if (off <= allowed[:rows])[~self.is_unknown].all():
            self.style, self.is_right = ON_THE_WAY, True

    def _unchanged(self, reading: Reading) -> Iterator[Match]:
        """Yield the match with the weights before the step."""
        given, rows = reading.matrix, len(reading.matrix)
        if self.is_new and self._is_close(reading, self.old[:rows]):
            yield Match(("weights_unchanged",), reading, given - self.base[:rows])

    def _is_close(self, reading: Reading, expected: Array) -> bool:
        """Return whether these are the numbers, but for the rounding errors of their step."""
        own = self.tolerance(reading.matrix, reading.half_unit)
        with np.errstate(invalid="ignore"):
            tolerance = own + self.step_error * np.abs(expected - self.base[: len(expected)])
            return bool((np.abs(reading.matrix - expected) <= tolerance).all())

    # A rule that multiplies the gradient

    def _forms(self) -> list[_Form]:
        """Return the gradients that it may stand for, the right one first."""
        unit = -1 / (self.rate * self.rule.factor())
        forms = [
            _Form((), unit, self.base),
            _Form(("ascent",), -unit, self.base),
            _Form(("rate_missing",), unit * self.rate, self.base),
            _Form(("rate_twice",), unit / self.rate, self.base),
            _Form(("gradient_for_step",), 1.0),
        ]
        if self.is_new:
            forms.append(_Form(("step_for_new_weights",), unit))
        else:
            forms.append(_Form(("new_weights_for_step",), unit, self.old))
        for flaw in FLAWS[self.rule.optimizer]:
            factor = -1 / self.rule.factor((flaw,))
            forms.append(_Form((flaw,), factor / self.rate, self.base))
            forms.append(_Form((flaw, "rate_missing"), factor, self.base))
        return forms

    def _stand_in(self, form: _Form, reading: Reading) -> GivenGradient:
        """Return the gradient that the matrix stands for, in the layout of the weights."""
        rows = len(reading.matrix)
        offset = np.broadcast_to(form.offset, self.old.shape)[:rows]
        size, own = abs(form.factor), self.precision.relative_error
        half_unit = size * (reading.half_unit + own * (np.abs(reading.matrix) + np.abs(offset)))
        values = (reading.matrix - offset) * form.factor
        exact = replace(self.precision, half_unit=half_unit, relative_error=ROUNDING_ERROR)
        numbers = NumberMatrix(values, exact)
        matrix = GivenGradient(self.problem.without_rate, self.layer, numbers)
        matrix.reading = replace(reading, matrix=values, half_unit=half_unit)
        matrix.readings = [matrix.reading]
        return matrix

    def _by_gradient(self, reading: Reading, candidates: Candidates) -> Iterator[Match]:
        singles = _singles(candidates)
        for form in self._forms():
            gradient = self._stand_in(form, reading)
            if gradient.fits(gradient.reading).all() and form.mistakes:
                exact = gradient.truth[: len(reading.matrix)]
                yield self._match(Match((), reading, exact), form, reading)
                continue
            for match in gradient.find(singles if form.mistakes else candidates):
                names = {*match.mistakes} - {BIAS_ROW, *CONVENTIONS, *form.mistakes}
                if form.mistakes and (match.constants or "constant_factor" in names):
                    continue
                if not names & {*NOT_OF_STEPS} and len(names) + len(form.mistakes) <= MAX_MISTAKES:
                    yield self._match(match, form, reading)

    def _match(self, match: Match, form: _Form, reading: Reading) -> Match:
        """Return a match of the gradient as one of the step."""
        rows = len(reading.matrix)
        offset = np.broadcast_to(form.offset, self.old.shape)[:rows]
        names = {*match.mistakes, *form.mistakes} - {BIAS_ROW}
        if "bias_zero" in names and self.is_new:
            names = names - {"bias_zero"} | {"bias_unchanged"}
        numbers = match.numbers[:rows] / form.factor + offset - self.base[:rows]
        return replace(match, mistakes=ordered(names), reading=reading, numbers=numbers)

    # Any rule

    def _by_rule(self, reading: Reading, candidates: Candidates) -> Iterator[Match]:
        rows = len(reading.matrix)
        for names, expected in self._expected(candidates):
            wanted = expected[:rows]
            if self._is_close(reading, wanted):
                yield Match(ordered({*names}), reading, wanted - self.base[:rows])
            elif self.has_bias_row(rows) and self.is_new:
                frozen = np.vstack([wanted[: self.weights], self.old[self.weights :]])
                if len(names) < MAX_MISTAKES and self._is_close(reading, frozen):
                    both = ordered({*names, "bias_unchanged"})
                    yield Match(both, reading, frozen - self.base)

    def _expected(self, candidates: Candidates) -> Iterator[tuple[Combination, Array]]:
        """Yield the matrices that mistakes in the rule and in the gradient give."""
        flaws = FLAWS[self.rule.optimizer]
        for chosen in [(), *((flaw,) for flaw in flaws), *combinations(flaws, 2)]:
            step = self.rule.step(self.gradient, self.rate, chosen)
            yield chosen, self.base + step
            if len(chosen) < MAX_MISTAKES:
                for names, wrong in self._of_step(step):
                    yield (*chosen, *names), wrong
                for names, g in self._gradients(candidates):
                    yield (*chosen, *names), self.base + self.rule.step(g, self.rate, chosen)
        yield ("gradient_for_step",), self.gradient
        yield ("optimizer_missing",), self.base - self.rate * self.gradient
        yield ("optimizer_missing", "rate_missing"), self.base - self.gradient

    def _of_step(self, step: Array) -> Iterator[tuple[Combination, Array]]:
        """Yield what is given in place of a step or of new weights."""
        yield ("ascent",), self.base - step
        yield ("rate_missing",), self.base + step / self.rate
        yield ("rate_twice",), self.base + step * self.rate
        if self.is_new:
            yield ("step_for_new_weights",), step
        else:
            yield ("new_weights_for_step",), self.old + step

    def _gradients(self, candidates: Candidates) -> Iterator[tuple[Combination, Array]]:
        """Yield the wrong gradients that a single mistake gives."""
        penalty = self.problem.penalties()[self.layer - 1]
        for index in np.flatnonzero(candidates.counts == 1):
            yield candidates.combinations[index], candidates.stacks[self.layer - 1][index] + penalty
        for scalar in scalars(self.problem.without_rate):
            if len(scalar.mistakes) == 1:
                yield scalar.mistakes, scalar.value * self.gradient
        if self.problem.l2:
            yield ("l2_missing",), self.gradient - penalty

    # Digits

    @property
    def _digits_of_each(self) -> Array:
        given, rows = self.reading.matrix, len(self.reading.matrix)
        change = np.maximum(np.abs(given - self.base[:rows]), np.abs(self.step[:rows]))
        return given_digits(change, 2 * self.tolerance(given, self.reading.half_unit))

    @property
    def conclusive(self) -> bool:
        """Whether it differs from the truth, or the step can be seen in its digits."""
        seen = 2 * self.half_unit <= self.largest
        return not self.is_right or seen or not self.largest

    @property
    def largest(self) -> float:
        """The size of the largest number of the step."""
        return float(np.abs(self.step).max())


def _is_of_single(values: Array, half_unit: Array) -> bool:
    """Return whether the numbers are those of float32, more often than chance would have it."""
    single = values.astype(np.float32)
    off = np.abs(single.astype(np.float64) - values)
    with np.errstate(divide="ignore", invalid="ignore"):
        odds = np.where(half_unit > 0, np.spacing(np.abs(single)) / (2 * half_unit), 1.0)
    unlikely = float(np.prod(np.maximum(odds, 1.0))) >= UNLIKELY
    return unlikely and bool((off <= half_unit).all())


def _length(match: Match) -> int:
    """Return how many mistakes there are; conventions count only beside mistakes in a step."""
    names = {*match.mistakes}
    real = names - {*CONVENTIONS}
    return len(names if real & OF_THE_STEP else real) or len(names)


def _singles(candidates: Candidates) -> Candidates:
    """Return those with one mistake, or none."""
    some = np.flatnonzero(candidates.counts <= 1)
    names = tuple(candidates.combinations[index] for index in some)
    return Candidates(names, tuple(stack[some] for stack in candidates.stacks))
