"""Diagnosis of a student's gradients: right to how many digits, or which mistake was made.

    d = diagnose(net, X, y, dW1=mine1, dW2=mine2)
    d.correct, d.digits, d.layout
    d.explanations[0].mistakes, .equivalent, .sentence

A mistake is named only if it reproduces the given numbers to their own precision
(`core.checking.rounding`) and they have enough digits to rule out chance.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.checking.matrix_layouts import AS_WEIGHTS, Reading, readings
from core.checking.mistakes import BY_IDENTIFIER, MISTAKES, wrong_gradients_of
from core.checking.problem import Problem
from core.checking.rounding import DECIMALS_OF_ZERO, Precision, decimal_places, precision
from core.gradients import Array, check_equations
from core.network import Network
from core.utils.arguments import array
from core.utils.sentence import sentence_case

NAMES = ("dW1", "dW2")
MAX_MISTAKES = 2  # mistakes at once
MAX_DIGITS = 15  # of a float64
EQUAL = 1e-9  # relative to the sum of |terms|: two combinations give the same numbers
MIN_DIGITS = 2  # significant digits needed for a verdict
MIN_INFORMATION = 6.0  # digits in all: with fewer, one of some 300 candidates fits by chance

Combination = tuple[str, ...]
# For dW1 and dW2; None: not explained.
CombinationPair = tuple[Combination | None, Combination | None]
Candidates = dict[Combination, tuple[Array, ...]]  # the gradients that each gives


@dataclass(frozen=True)
class Explanation:
    """Mistakes that reproduce the numbers: identifiers, in the order of MISTAKES.

    equivalent: other combinations that give the same numbers here. where: the mistakes in each
    explained matrix, which differ if a mistake was made in one only; none in a right matrix.
    """

    mistakes: Combination
    equivalent: tuple[Combination, ...]
    sentence: str
    where: dict[str, Combination]


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """Verdict on the given gradients.

    correct: right to the precision they were given to. conclusive: False if nothing given is wrong
    but a matrix agrees in no digit, such as zeros where the truth rounds to 0. digits: significant
    digits in which all agree with the truth (given to decimals: the largest), at most 15. layout:
    the layout of the matrices. verdicts: one text for each matrix. sentence: all of this in words.
    agreeing_digits: the digits of each element, in the layout of the weights. precision: the
    precision of each matrix. right: for each element, in the layout of the weights, whether it is
    right to the precision it was given to.
    """

    correct: bool
    conclusive: bool
    digits: int
    layout: str
    explanations: tuple[Explanation, ...]
    verdicts: dict[str, str]
    sentence: str
    agreeing_digits: dict[str, Array]
    precision: dict[str, Precision]
    right: dict[str, NDArray[np.bool_]]


def diagnose(
    net: Network,
    X: ArrayLike,
    y: ArrayLike,
    dW1: ArrayLike | None = None,
    dW2: ArrayLike | None = None,
    loss: str = "half_mse",
    learning_rate: float | None = None,
    *,
    l2: float = 0.0,
) -> Diagnosis:
    """Compare ∂C/∂W1 and ∂C/∂W2, one or both, with eqs. 10 and 5; X is (N, d), y (N,) or (N, K).

    `l2` is the λ of a penalty (λ/2) ‖W without bias rows‖² whose gradient is asked for, too.
    Mistakes are tried alone and in pairs, in both matrices or in one; `updated_w2` only with the
    learning rate. Explanations come simplest first: the fewest mistakes, and the same in both
    matrices before different ones.
    Raises ValueError if neither is given, for a shape that fits no layout, for values that are not
    finite, for several hidden layers or a softmax, and as `core.gradients.cost` does.
    """
    problem = Problem.of(net, X, y, loss, learning_rate, l2)
    check_equations(net)
    matrices = tuple(
        None if given is None else _GivenMatrix(problem, index, array(NAMES[index], given))
        for index, given in enumerate((dW1, dW2))
    )
    present = [matrix for matrix in matrices if matrix is not None]
    if not present:
        raise ValueError("there is nothing to compare: give dW1, dW2 or both")
    decimal_counts = [decimal_places(matrix.given) for matrix in present]
    decimals = max(
        (places for places in decimal_counts if places is not None), default=DECIMALS_OF_ZERO
    )
    for matrix in present:
        matrix.match({(): problem.truth}, decimals)
    fits = all(() in matrix.matches for matrix in present)
    conclusive = not fits or all(matrix.conclusive for matrix in present)
    candidates = {} if fits else _candidates(problem)
    for matrix in present:
        matrix.match(candidates, decimals)
    explanations = () if fits else tuple(_explanations(matrices, candidates))
    verdicts = {matrix.name: _verdict(matrix, explanations) for matrix in present}
    return Diagnosis(
        correct=fits and conclusive,
        conclusive=conclusive,
        digits=min(matrix.digits for matrix in present),
        layout=_layout(present),
        explanations=explanations,
        verdicts=verdicts,
        sentence=_summary(verdicts, _layout(present), explanations),
        agreeing_digits={matrix.name: matrix.agreeing_digits for matrix in present},
        precision={matrix.name: matrix.precision for matrix in present},
        right={matrix.name: matrix.right for matrix in present},
    )


class _GivenMatrix:
    """A given matrix, its layout, and the combinations of mistakes that reproduce it."""

    def __init__(self, problem: Problem, index: int, given: ArrayLike) -> None:
        net = problem.net
        bias = (net.bias_input, net.bias_hidden)[index]
        self.index, self.name = index, NAMES[index]
        self.truth = problem.truth[index]
        self.scale = problem.sums_of_terms()[index]
        shape = (self.truth.shape[0], self.truth.shape[1])
        self.given = np.asarray(given, dtype=np.float64)
        self.readings = readings(self.name, given, shape, bias=bias)
        self.precision = precision(self.readings[0].matrix)
        self.reading = self.readings[0]
        self.matches: list[Combination] = []

    def match(self, candidates: Candidates, decimals: int) -> None:
        """Find the layout in which the fewest mistakes reproduce it, and those mistakes."""
        right = self.matches  # a right matrix keeps its layout
        for reading in [self.reading] if right else self.readings:
            rounding = precision(reading.matrix, decimals)
            matches = [
                combination
                for combination, wrong in candidates.items()
                if self._fits(reading, rounding, wrong)
            ]
            if matches and (self.matches is right or len(matches[0]) < len(self.matches[0])):
                self.reading, self.precision, self.matches = reading, rounding, matches

    def _fits(self, reading: Reading, rounding: Precision, wrong: tuple[Array, ...]) -> bool:
        candidate = wrong[self.index]
        if candidate.shape != reading.matrix.shape or not np.isfinite(candidate).all():
            return False
        return bool(self._agrees(reading, rounding, candidate).all())

    def _agrees(self, reading: Reading, rounding: Precision, candidate: Array) -> NDArray[np.bool_]:
        """Return which elements are those of a candidate of the same shape."""
        tolerance = rounding.half_unit + rounding.relative_error * (
            self.scale[: len(candidate)] + np.abs(candidate)
        )
        return np.asarray(np.abs(reading.matrix - candidate) <= tolerance)

    @property
    def right(self) -> NDArray[np.bool_]:
        """Which elements are right to the precision they were given to."""
        truth = self.truth[: len(self.reading.matrix)]
        return self._agrees(self.reading, self.precision, truth)

    @property
    def information(self) -> float:
        """The number of digits given in all."""
        size, half_unit = np.abs(self.reading.matrix), self.precision.half_unit
        tolerance = 2 * half_unit + self.precision.relative_error * self.scale[: len(size)]
        with np.errstate(divide="ignore", invalid="ignore"):
            own = np.where((size > 0) & (tolerance > 0), np.log10(size / tolerance), 0.0)
        return float(np.clip(own, 0.0, MAX_DIGITS).sum())

    @property
    def agreeing_digits(self) -> Array:
        """The number of agreeing significant digits of each element."""
        given = self.reading.matrix
        return _agreeing_digits(given, self.truth[: len(given)], self.scale[: len(given)])

    @property
    def digits(self) -> int:
        """The digits in which all agree; of the largest number if given to decimals."""
        least = int(self.agreeing_digits.min())
        return least if self.precision.decimals is None and least else self._digits_of_largest

    @property
    def conclusive(self) -> bool:
        """Whether it differs from the truth or agrees with it in at least one digit."""
        return () not in self.matches or self._digits_of_largest > 0

    @property
    def _digits_of_largest(self) -> int:
        given, truth = self.reading.matrix, self.truth[: len(self.reading.matrix)]
        worst = np.full((1, 1), np.abs(given - truth).max())
        largest = np.full((1, 1), np.abs(truth).max())
        return int(_agreeing_digits(largest + worst, largest, largest)[0, 0])

    @property
    def decimals_needed(self) -> int:
        """The decimals by which its largest number has MIN_DIGITS significant digits."""
        largest = float(np.abs(self.truth).max())
        return max(1, MIN_DIGITS - 1 - int(np.floor(np.log10(largest))))


def _candidates(problem: Problem) -> Candidates:
    """Return the gradients under no mistake, each one and each pair; fewest mistakes first."""
    names = [
        mistake.identifier
        for mistake in MISTAKES
        if problem.learning_rate is not None or not mistake.needs_learning_rate
    ]
    sets = [chosen for count in range(MAX_MISTAKES + 1) for chosen in combinations(names, count)]
    return {
        mistakes: wrong_gradients_of(problem, mistakes) if mistakes else problem.truth
        for mistakes in sets
    }


def _explanations(
    matrices: tuple[_GivenMatrix | None, ...], candidates: Candidates
) -> Iterable[Explanation]:
    """Return explanations of both matrices together if possible, else of each alone."""
    first, second = matrices
    if first is None or second is None:
        return _explain_one(first, second, candidates)
    enough = _has_enough_digits([m for m in (first, second) if () not in m.matches])
    joint = _joint_combinations(first.matches, second.matches) if enough else []
    if joint:
        return _group(joint, candidates, (first, second))
    return (*_explain_one(first, None, candidates), *_explain_one(None, second, candidates))


def _explain_one(
    first: _GivenMatrix | None,
    second: _GivenMatrix | None,
    candidates: Candidates,
) -> Iterable[Explanation]:
    matrix = first or second
    if matrix is None or () in matrix.matches or not _has_enough_digits([matrix]):
        return ()
    pairs: list[CombinationPair] = [
        (match, None) if matrix is first else (None, match) for match in matrix.matches
    ]
    return _group(pairs, candidates, (first, second))


def _has_enough_digits(wrong: list[_GivenMatrix]) -> bool:
    return sum(matrix.information for matrix in wrong) >= MIN_INFORMATION


def _joint_combinations(
    first: list[Combination], second: list[Combination]
) -> list[CombinationPair]:
    """Return pairs of at most two mistakes in all: the same in both matrices, or fewer."""
    same: list[CombinationPair] = [(match, match) for match in first if match in second]
    fewest = len(same[0][0] or ()) if same else MAX_MISTAKES + 1
    simpler: list[CombinationPair] = [
        pair for pair in product(first, second) if len(_union(pair)) < fewest
    ]
    least = min((len(_union(pair)) for pair in simpler), default=0)
    return [pair for pair in simpler if len(_union(pair)) == least] + same


def _union(pair: CombinationPair) -> Combination:
    chosen = set(pair[0] or ()) | set(pair[1] or ())
    return tuple(name for name in BY_IDENTIFIER if name in chosen)


def _group(
    pairs: list[CombinationPair],
    candidates: Candidates,
    matrices: tuple[_GivenMatrix | None, _GivenMatrix | None],
) -> list[Explanation]:
    """Return one explanation, the simplest, for all pairs that give the same numbers."""
    groups: list[list[CombinationPair]] = []
    for pair in pairs:
        for group in groups:
            if _same_numbers(group[0], pair, candidates, matrices):
                group.append(pair)
                break
        else:
            groups.append([pair])
    return [_explanation(group, candidates, matrices, several=len(groups) > 1) for group in groups]


def _same_numbers(
    a: CombinationPair,
    b: CombinationPair,
    candidates: Candidates,
    matrices: tuple[_GivenMatrix | None, _GivenMatrix | None],
) -> bool:
    for one, other, matrix in zip(a, b, matrices, strict=True):
        if one is None or other is None or matrix is None:
            continue
        if not _equal_in(candidates[one], candidates[other], matrix):
            return False
    return True


def _equal_in(a: tuple[Array, ...], b: tuple[Array, ...], matrix: _GivenMatrix) -> bool:
    one, two = a[matrix.index], b[matrix.index]
    tolerance = EQUAL * (matrix.scale[: len(one)] + np.abs(one))
    return one.shape == two.shape and bool((np.abs(one - two) <= tolerance).all())


def _effective_mistakes(
    matrix: _GivenMatrix, mistakes: Combination, candidates: Candidates
) -> Combination:
    """Return the fewest of a combination's mistakes that give the same matrix."""
    return next(
        fewer
        for fewer in candidates
        if set(fewer) <= set(mistakes)
        and _equal_in(candidates[mistakes], candidates[fewer], matrix)
    )


def _explanation(
    group: list[CombinationPair],
    candidates: Candidates,
    matrices: tuple[_GivenMatrix | None, _GivenMatrix | None],
    *,
    several: bool,
) -> Explanation:
    simplest = group[0]
    mistakes = _union(simplest)
    others = dict.fromkeys(_union(pair) for pair in group)
    where = {
        matrix.name: _effective_mistakes(matrix, combination, candidates)
        for matrix, combination in zip(matrices, simplest, strict=True)
        if matrix is not None and combination is not None
    }
    return Explanation(
        mistakes=mistakes,
        equivalent=tuple(names for names in others if names != mistakes),
        sentence=_sentence(mistakes, where, several=several),
        where=where,
    )


def _sentence(mistakes: Combination, where: dict[str, Combination], *, several: bool) -> str:
    parts = []
    for name in mistakes:
        places = [matrix for matrix, mistakes_in in where.items() if name in mistakes_in]
        mistake = BY_IDENTIFIER[name]
        parts.append(
            f"in {' and '.join(places)} {mistake.description} ({mistake.equation}): "
            f"{mistake.correction}"
        )
    start = "One of several mistakes that these digits cannot distinguish: " if several else ""
    text = " Also, ".join(parts)
    return start + text if several else sentence_case(text)


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


def _layout(present: list[_GivenMatrix]) -> str:
    layouts = {matrix.reading.layout for matrix in present}
    if len(layouts) == 1:
        return layouts.pop()
    return "; ".join(f"{matrix.name} {matrix.reading.layout}" for matrix in present)


def _summary(verdicts: dict[str, str], layout: str, explanations: tuple[Explanation, ...]) -> str:
    verdict_text = "; ".join(f"{name} is {verdict}" for name, verdict in verdicts.items())
    layout_text = "" if layout == AS_WEIGHTS else f" Layout: {layout}."
    best = f" {explanations[0].sentence}" if explanations else ""
    return f"{verdict_text}.{layout_text}{best}"


def _verdict(matrix: _GivenMatrix, explanations: tuple[Explanation, ...]) -> str:
    if not matrix.conclusive:
        given = f"rounded to {matrix.precision}" if matrix.given.any() else "0 throughout"
        return f"{given} and cannot be judged: give it to {matrix.decimals_needed} decimals or more"
    if () in matrix.matches:
        right = f"right, to the {matrix.precision} it was given to"
        return right if matrix.given.any() else "right: it is 0 throughout"
    if any(matrix.name in explanation.where for explanation in explanations):
        return "wrong"
    if not _has_enough_digits([matrix]):
        return "wrong, and has too few digits to tell why"
    return "wrong, and no known mistake explains it"
