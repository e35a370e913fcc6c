"""Somebody's own gradients against the truth: right to how many digits, or what went wrong.

    d = diagnose(net, X, y, dW1=mine1, dW2=mine2)
    d.correct, d.digits, d.layout
    d.explanations[0].mistakes, .equivalent, .sentence

Nothing is guessed: what is named reproduces the given numbers to their own precision
(`core.checking.rounding`), and only where these have enough digits that it could not be chance.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
from numpy.typing import ArrayLike

from core.checking.matrix_layouts import AS_WEIGHTS, Reading, readings
from core.checking.mistakes import BY_IDENTIFIER, MISTAKES, Problem, made
from core.checking.rounding import DECIMALS_OF_ZERO, Precision, decimals_written, precision
from core.gradients import Array
from core.network import Network
from core.utils.arguments import array
from core.utils.sentence import sentence_case

NAMES = ("dW1", "dW2")
MOST = 2  # mistakes at once
MOST_DIGITS = 15  # of a float64
SAME = 1e-9  # relative to the sum of |terms|: two ways that give the same numbers
NEEDED = 2  # significant digits, to judge by
ENOUGH_DIGITS = 6.0  # in all: some 300 ways are tried, one of which may fit fewer by chance

Combination = tuple[str, ...]
Ways = tuple[Combination | None, Combination | None]  # for dW1 and dW2; None: not explained


@dataclass(frozen=True)
class Explanation:
    """Mistakes that give the numbers: identifiers, in the order of MISTAKES.

    equivalent: others that give the same numbers here. where: the mistakes made in each matrix
    explained, which differ where a mistake was made in one only; none in a matrix that is right.
    """

    mistakes: Combination
    equivalent: tuple[Combination, ...]
    sentence: str
    where: dict[str, Combination]


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """What can be said of the given gradients.

    correct: right to the precision they were given to. judged: False where nothing given is wrong,
    but a matrix agrees in no digit, as zeros do where the truth is rounded to 0. digits:
    significant digits in which all agree with the truth (given to decimals: the largest), at most
    15. layout: how they were laid out. agreeing: the same digits element by element, read as the
    weights are laid out. precision: how exactly each was given. verdicts: of each in words.
    sentence: all of this in words.
    """

    correct: bool
    judged: bool
    digits: int
    layout: str
    explanations: tuple[Explanation, ...]
    verdicts: dict[str, str]
    sentence: str
    agreeing: dict[str, Array]
    precision: dict[str, Precision]


def diagnose(
    net: Network,
    X: ArrayLike,
    y: ArrayLike,
    dW1: ArrayLike | None = None,
    dW2: ArrayLike | None = None,
    loss: str = "half_mse",
    learning_rate: float | None = None,
) -> Diagnosis:
    """Compare ∂C/∂W1 and ∂C/∂W2, one or both, with eqs. 10 and 5; X is (N, d), y (N,) or (N, K).

    The classic mistakes are tried alone and in pairs, in both matrices or in one; `updated_w2` only
    with the learning rate. The explanations are the simplest first: the fewest mistakes, the same
    in both matrices before one that differs.
    Raises ValueError when neither is given, for a shape that fits in no layout, values that are not
    finite, and as `core.gradients.cost` does.
    """
    problem = Problem.of(net, X, y, loss, learning_rate)
    matrices = tuple(
        None if given is None else _Matrix(problem, index, array(NAMES[index], given))
        for index, given in enumerate((dW1, dW2))
    )
    present = [matrix for matrix in matrices if matrix is not None]
    if not present:
        raise ValueError("there is nothing to compare: give dW1, dW2 or both")
    written = [decimals_written(matrix.given) for matrix in present]
    decimals = max((places for places in written if places is not None), default=DECIMALS_OF_ZERO)
    for matrix in present:
        matrix.try_all({(): problem.truth}, decimals)
    fits = all(() in matrix.fitting for matrix in present)
    judged = not fits or all(matrix.judged for matrix in present)
    tried = {} if fits else _tried(problem)
    for matrix in present:
        matrix.try_all(tried, decimals)
    found = () if fits else tuple(_explanations(matrices, tried))
    verdicts = {matrix.name: _verdict(matrix, found) for matrix in present}
    return Diagnosis(
        correct=fits and judged,
        judged=judged,
        digits=min(matrix.digits for matrix in present),
        layout=_layout(present),
        explanations=found,
        verdicts=verdicts,
        sentence=_summary(verdicts, _layout(present), found),
        agreeing={matrix.name: matrix.agreeing for matrix in present},
        precision={matrix.name: matrix.precision for matrix in present},
    )


class _Matrix:
    """One given matrix: its reading, and the combinations that reproduce it."""

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
        self.read = self.readings[0]
        self.fitting: list[Combination] = []

    def try_all(self, tried: dict[Combination, tuple[Array, Array]], decimals: int) -> None:
        """Find the layout in which the fewest mistakes reproduce it, and those that do."""
        right = self.fitting  # what is right stays as it was read
        for reading in [self.read] if right else self.readings:
            given_to = precision(reading.matrix, decimals)
            ways = [way for way, made in tried.items() if self._fits(reading, given_to, made)]
            if ways and (self.fitting is right or len(ways[0]) < len(self.fitting[0])):
                self.read, self.precision, self.fitting = reading, given_to, ways

    def _fits(self, reading: Reading, given_to: Precision, made: tuple[Array, Array]) -> bool:
        candidate = made[self.index]
        if candidate.shape != reading.matrix.shape or not np.isfinite(candidate).all():
            return False
        rows = len(candidate)
        tolerance = given_to.half + given_to.computed * (self.scale[:rows] + np.abs(candidate))
        return bool((np.abs(reading.matrix - candidate) <= tolerance).all())

    @property
    def information(self) -> float:
        """How many digits it gives in all."""
        size, half = np.abs(self.read.matrix), self.precision.half
        tolerance = 2 * half + self.precision.computed * self.scale[: len(size)]
        with np.errstate(divide="ignore", invalid="ignore"):
            own = np.where((size > 0) & (tolerance > 0), np.log10(size / tolerance), 0.0)
        return float(np.clip(own, 0.0, MOST_DIGITS).sum())

    @property
    def agreeing(self) -> Array:
        """The significant digits that agree, element by element."""
        given = self.read.matrix
        return _agreeing(given, self.truth[: len(given)], self.scale[: len(given)])

    @property
    def digits(self) -> int:
        """Those in which all agree; of the largest where they were given to decimals."""
        least = int(self.agreeing.min())
        return least if self.precision.decimals is None and least else self._digits_of_largest

    @property
    def judged(self) -> bool:
        """Whether it is not the truth, or agrees with it in a digit."""
        return () not in self.fitting or self._digits_of_largest > 0

    @property
    def _digits_of_largest(self) -> int:
        given, truth = self.read.matrix, self.truth[: len(self.read.matrix)]
        worst = np.full((1, 1), np.abs(given - truth).max())
        largest = np.full((1, 1), np.abs(truth).max())
        return int(_agreeing(largest + worst, largest, largest)[0, 0])

    @property
    def needed(self) -> int:
        """The decimals by which its largest number has NEEDED significant digits."""
        largest = float(np.abs(self.truth).max())
        return max(1, NEEDED - 1 - int(np.floor(np.log10(largest))))


def _tried(problem: Problem) -> dict[Combination, tuple[Array, Array]]:
    """What nothing wrong, each mistake and each pair give; the fewest mistakes first."""
    names = [
        mistake.identifier
        for mistake in MISTAKES
        if problem.learning_rate is not None or not mistake.needs_learning_rate
    ]
    sets = [ways for count in range(MOST + 1) for ways in combinations(names, count)]
    return {ways: made(problem, ways) if ways else problem.truth for ways in sets}


def _explanations(
    matrices: tuple[_Matrix | None, ...], tried: dict[Combination, tuple[Array, Array]]
) -> Iterable[Explanation]:
    """Of both matrices where that is possible, else of each that can be explained."""
    first, second = matrices
    if first is None or second is None:
        return _of_one(first, second, tried)
    enough = _enough([m for m in (first, second) if () not in m.fitting])
    together = _together(first.fitting, second.fitting) if enough else []
    if together:
        return _grouped(together, tried, (first, second))
    return (*_of_one(first, None, tried), *_of_one(None, second, tried))


def _of_one(
    first: _Matrix | None,
    second: _Matrix | None,
    tried: dict[Combination, tuple[Array, Array]],
) -> Iterable[Explanation]:
    matrix = first or second
    if matrix is None or () in matrix.fitting or not _enough([matrix]):
        return ()
    ways: list[Ways] = [(way, None) if matrix is first else (None, way) for way in matrix.fitting]
    return _grouped(ways, tried, (first, second))


def _enough(wrong: list[_Matrix]) -> bool:
    return sum(matrix.information for matrix in wrong) >= ENOUGH_DIGITS


def _together(first: list[Combination], second: list[Combination]) -> list[Ways]:
    """Ways for both matrices of two mistakes at most: the same in both, or simpler if not."""
    same: list[Ways] = [(way, way) for way in first if way in second]
    fewest = len(same[0][0] or ()) if same else MOST + 1
    apart: list[Ways] = [ways for ways in product(first, second) if len(_union(ways)) < fewest]
    least = min((len(_union(ways)) for ways in apart), default=0)
    return [ways for ways in apart if len(_union(ways)) == least] + same


def _union(ways: Ways) -> Combination:
    named = set(ways[0] or ()) | set(ways[1] or ())
    return tuple(name for name in BY_IDENTIFIER if name in named)


def _grouped(
    ways: list[Ways],
    tried: dict[Combination, tuple[Array, Array]],
    matrices: tuple[_Matrix | None, _Matrix | None],
) -> list[Explanation]:
    """One explanation for all the ways that give the same numbers, named by the simplest."""
    groups: list[list[Ways]] = []
    for way in ways:
        for group in groups:
            if _same_numbers(group[0], way, tried, matrices):
                group.append(way)
                break
        else:
            groups.append([way])
    return [_explained(group, tried, matrices, several=len(groups) > 1) for group in groups]


def _same_numbers(
    a: Ways,
    b: Ways,
    tried: dict[Combination, tuple[Array, Array]],
    matrices: tuple[_Matrix | None, _Matrix | None],
) -> bool:
    for way, other, matrix in zip(a, b, matrices, strict=True):
        if way is None or other is None or matrix is None:
            continue
        if not _are_equal(tried[way], tried[other], matrix):
            return False
    return True


def _are_equal(a: tuple[Array, Array], b: tuple[Array, Array], matrix: _Matrix) -> bool:
    one, two = a[matrix.index], b[matrix.index]
    tolerance = SAME * (matrix.scale[: len(one)] + np.abs(one))
    return one.shape == two.shape and bool((np.abs(one - two) <= tolerance).all())


def _made_in(
    matrix: _Matrix, way: Combination, tried: dict[Combination, tuple[Array, Array]]
) -> Combination:
    """Those mistakes of a way that matter in that matrix: the fewest that give its numbers."""
    return next(
        fewer
        for fewer in tried
        if set(fewer) <= set(way) and _are_equal(tried[way], tried[fewer], matrix)
    )


def _explained(
    group: list[Ways],
    tried: dict[Combination, tuple[Array, Array]],
    matrices: tuple[_Matrix | None, _Matrix | None],
    *,
    several: bool,
) -> Explanation:
    simplest = group[0]
    mistakes = _union(simplest)
    others = dict.fromkeys(_union(ways) for ways in group)
    where = {
        matrix.name: _made_in(matrix, way, tried)
        for matrix, way in zip(matrices, simplest, strict=True)
        if matrix is not None and way is not None
    }
    return Explanation(
        mistakes=mistakes,
        equivalent=tuple(names for names in others if names != mistakes),
        sentence=_sentence(mistakes, where, several=several),
        where=where,
    )


def _sentence(mistakes: Combination, where: dict[str, Combination], *, several: bool) -> str:
    told = []
    for name in mistakes:
        places = [matrix for matrix, made in where.items() if name in made]
        entry = BY_IDENTIFIER[name]
        told.append(f"in {' and '.join(places)} {entry.done} ({entry.equation}): {entry.change}")
    start = "One of several that these digits cannot tell apart: " if several else ""
    text = " Besides, ".join(told)
    return start + text if several else sentence_case(text)


def _agreeing(given: Array, truth: Array, scale: Array) -> Array:
    """Significant digits in which two numbers agree; below what rounding leaves of a sum, all."""
    error = np.abs(given - truth)
    size = np.maximum(np.abs(truth), np.finfo(float).tiny)
    unit = 10.0 ** (np.floor(np.log10(size)) + 1)  # one place above the first digit
    with np.errstate(divide="ignore"):
        # The slack is for a number that lies just half a unit away, as rounded ones may.
        digits = np.floor(-np.log10(2 * error / unit) + 1e-9)
    nothing = error <= 10.0**-MOST_DIGITS * scale
    counted: Array = np.where(nothing, MOST_DIGITS, np.clip(digits, 0, MOST_DIGITS))
    return counted


def _layout(present: list[_Matrix]) -> str:
    layouts = {matrix.read.layout for matrix in present}
    if len(layouts) == 1:
        return layouts.pop()
    return "; ".join(f"{matrix.name} {matrix.read.layout}" for matrix in present)


def _summary(verdicts: dict[str, str], layout: str, found: tuple[Explanation, ...]) -> str:
    told = "; ".join(f"{name} is {verdict}" for name, verdict in verdicts.items())
    said = "" if layout == AS_WEIGHTS else f" Laid out: {layout}."
    best = f" {found[0].sentence}" if found else ""
    return f"{told}.{said}{best}"


def _verdict(matrix: _Matrix, found: tuple[Explanation, ...]) -> str:
    if not matrix.judged:
        given = f"rounded to {matrix.precision}" if matrix.given.any() else "0 throughout"
        return f"{given} and cannot be judged: give it to {matrix.needed} decimals or more"
    if () in matrix.fitting:
        right = f"right, to the {matrix.precision} it was given to"
        return right if matrix.given.any() else "right: it is 0 throughout"
    if any(matrix.name in explanation.where for explanation in found):
        return "wrong"
    if not _enough([matrix]):
        return "wrong, and has too few digits to tell why"
    return "wrong, and no known mistake explains it"
