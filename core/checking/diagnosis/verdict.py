"""Diagnosis of a student's gradients: right to how many digits, or which mistake was made."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from core.checking.diagnosis.candidates import candidates_after, candidates_of
from core.checking.diagnosis.explanations import MIN_INFORMATION, Explanation, by_matrices, explain
from core.checking.diagnosis.given_matrix import CUT_OFF, IN_SINGLE, ON_THE_WAY, GivenMatrix, Mask
from core.checking.diagnosis.matching import GivenGradient, Match
from core.checking.matrix_layouts import AS_WEIGHTS
from core.checking.problem import Problem
from core.checking.rounding import DECIMALS_OF_ZERO, Precision, decimal_places
from core.checking.submission.numbers import NumberMatrix
from core.gradients import Array
from core.network import Network
from core.utils.arguments import array
from core.utils.sentence import listing, plural

TOO_FEW_DIGITS = "wrong, and has too few digits to tell why"
UNEXPLAINED = "wrong, and no known mistake explains it"
MIN_DIFFERENCE = 4  # numbers: a mistake that changes fewer may be rounding on the way


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """Verdict on the given gradients.

    correct: right to the precision they were given to, or as right as numbers are that were cut
    off, or rounded on the way (`rounding` says which). conclusive: False if nothing given is wrong
    but a matrix agrees in no digit, such as zeros where the truth rounds to 0. digits: significant
    digits in which all agree with the truth (given to decimals: the largest), at most 15. layout:
    the layout of the matrices. verdicts: one text for each matrix. sentence: all of this in words.
    agreeing_digits: the digits of each element, in the layout of the weights. right: whether each
    element is right; one that is unknown is not. precision: the precision of each matrix. given:
    the matrices in the layout of the weights, NaN where a number is unknown. first_wrong: the first
    matrix, counted from the output, that is wrong. inconclusive: the gradients, steps or new
    weights that cannot be judged.
    """

    correct: bool
    conclusive: bool
    digits: int
    layout: str
    explanations: tuple[Explanation, ...]
    verdicts: dict[str, str]
    sentence: str
    agreeing_digits: dict[str, Array]
    right: dict[str, Mask]
    precision: dict[str, Precision]
    given: dict[str, Array]
    rounding: str = ""
    first_wrong: str | None = None
    inconclusive: tuple[str, ...] = ()

    @property
    def explanation_groups(self) -> tuple[tuple[Explanation, ...], ...]:
        """The explanations in groups: those of the same matrices, of which one is true."""
        return by_matrices(self.explanations)


def diagnose(
    net: Network,
    X: ArrayLike,
    y: ArrayLike,
    dW1: ArrayLike | None = None,
    dW2: ArrayLike | None = None,
    loss: str = "half_mse",
    learning_rate: float | None = None,
    *,
    gradients: Sequence[ArrayLike | None] | None = None,
    l2: float = 0.0,
) -> Diagnosis:
    """Compare somebody's ∂C/∂W1, ∂C/∂W2, …, some or all, with the true ones.

    X is (N, d), y (N,) or (N, K). `gradients`, in place of dW1 and dW2: one a matrix or None.
    `l2` is the λ of a penalty (λ/2) ‖W without bias rows‖² whose gradient is asked for, too.
    Explanations come simplest first: the fewest mistakes, and the same in all matrices before
    different ones; those that need η only with a learning rate.
    Raises ValueError if nothing is given, or dW1 or dW2 and `gradients`; for a shape that fits no
    layout, for values that are not finite, and as `core.gradients.cost` does.
    """
    problem = Problem.of(net, X, y, loss, learning_rate, l2)
    if gradients is not None and (dW1 is not None or dW2 is not None):
        raise ValueError("give dW1 and dW2 or gradients, not both")
    every = list((dW1, dW2) if gradients is None else gradients)
    if len(every) > net.layers:
        raise ValueError(f"gradients has {len(every)} matrices; the network has {net.layers}")
    matrices = [
        None if given is None else NumberMatrix.of(array(f"dW{layer}", given))
        for layer, given in enumerate(every, start=1)
    ]
    return diagnose_numbers(problem, matrices)


def diagnose_numbers(problem: Problem, given: Sequence[NumberMatrix | None]) -> Diagnosis:
    """Compare what was read from a submission; each matrix has the precision of its text.

    Raises ValueError as `diagnose` does.
    """
    matrices = [
        GivenGradient(problem, layer, numbers)
        for layer, numbers in enumerate(given, start=1)
        if numbers is not None
    ]
    return diagnose_matrices(problem, matrices)


def diagnose_matrices(problem: Problem, present: Sequence[GivenGradient]) -> Diagnosis:
    """Compare matrices with what they should be; raise ValueError if there are none."""
    if not present:
        raise ValueError("there is nothing to compare: give dW1, dW2 or both")
    counts = [decimal_places(matrix.values) for matrix in present]
    decimals = max((places for places in counts if places is not None), default=DECIMALS_OF_ZERO)
    for matrix in present:
        matrix.assume_decimals(decimals)
        matrix.settle()
    _cut_all_or_none(present)
    explanations = _explanations(problem, present)
    wrong = [matrix.name for matrix in present if not matrix.is_right and not matrix.is_coarse]
    conclusive = bool(wrong) or all(matrix.conclusive for matrix in present)
    verdicts = {matrix.name: _verdict(matrix, explanations) for matrix in present}
    return Diagnosis(
        correct=not wrong and conclusive,
        conclusive=conclusive,
        digits=min(matrix.digits for matrix in present),
        layout=_layout(present),
        explanations=explanations,
        verdicts=verdicts,
        sentence=_summary(problem, verdicts, _layout(present), wrong, explanations),
        agreeing_digits={matrix.name: matrix.agreeing_digits for matrix in present},
        right={matrix.name: matrix.right & ~matrix.is_unknown for matrix in present},
        precision={matrix.name: matrix.precision for matrix in present},
        given={
            matrix.name: np.where(matrix.is_unknown, np.nan, matrix.reading.matrix)
            for matrix in present
        },
        rounding=_rounding(present),
        first_wrong=wrong[-1] if wrong else None,
        inconclusive=tuple(matrix.name for matrix in present if not matrix.conclusive),
    )


def _cut_all_or_none(present: Sequence[GivenGradient]) -> None:
    """Take numbers for cut off only if those of all right matrices can have been."""
    right = [matrix for matrix in present if matrix.is_right]
    if not all(matrix.fits(matrix.reading, CUT_OFF).all() for matrix in right):
        for matrix in right:
            if matrix.style == CUT_OFF:
                matrix.unsettle()


def _explanations(problem: Problem, present: Sequence[GivenGradient]) -> tuple[Explanation, ...]:
    """Return the explanations of what is wrong; what is right but for rounding is settled."""
    if all(matrix.is_right for matrix in present):
        return ()
    matches = _matches(problem, present)
    for matrix, found in zip(present, matches, strict=True):
        if matrix.is_right:
            continue
        if not found or matrix.difference(found[0]) < MIN_DIFFERENCE:
            matrix.try_by_hand()
        if matrix.is_right or matrix.is_coarse:
            found.clear()
        elif not found:
            found.extend(matrix.find_rest(candidates_of(problem)))
        matrix.has_matches = bool(found)
        if not matrix.is_right and not found:
            matrix.choose_nearest()
    return explain(present, matches)


def _matches(problem: Problem, present: Sequence[GivenGradient]) -> list[list[Match]]:
    """Return the matches of each wrong matrix, the last matrix first: dW1 may have used it."""
    candidates = candidates_of(problem)
    found: list[list[Match]] = [[] for _ in present]
    steps: list[Array | None] = [None] * (problem.net.layers - 1)
    for index in reversed(range(len(present))):
        matrix = present[index]
        if not matrix.is_right:
            found[index] = matrix.find(candidates)
            if problem.learning_rate is not None and any(step is not None for step in steps):
                found[index] += matrix.find(candidates_after(problem, steps))
                found[index].sort(key=lambda match: match.cost)
        if matrix.layer > 1 and (not matrix.is_right or problem.step is not None):
            steps[matrix.layer - 2] = matrix.gradient_of(found[index])
    return found


def _rounding(present: Sequence[GivenGradient]) -> str:
    """Return how numbers were rounded, the coarsest way."""
    styles = {matrix.style for matrix in present}
    return next((style for style in (ON_THE_WAY, CUT_OFF, IN_SINGLE) if style in styles), "")


def _layout(present: Sequence[GivenGradient]) -> str:
    layouts = {matrix.reading.layout for matrix in present}
    if len(layouts) == 1:
        return layouts.pop()
    return "; ".join(f"{matrix.name} {matrix.reading.layout}" for matrix in present)


def _summary(
    problem: Problem,
    verdicts: dict[str, str],
    layout: str,
    wrong: list[str],
    explanations: tuple[Explanation, ...],
) -> str:
    verdict_text = "; ".join(f"{name} is {verdict}" for name, verdict in verdicts.items())
    layout_text = "" if layout == AS_WEIGHTS else f" Layout: {layout}."
    first = ""
    if problem.net.layers > 2 and wrong and len(verdicts) > 1:
        first = f" From the output backwards, {wrong[-1]} is the first that differs."
    best = "".join(f" {group[0].sentence}" for group in by_matrices(explanations))
    return f"{verdict_text}.{layout_text}{first}{best}"


def _verdict(matrix: GivenMatrix, explanations: tuple[Explanation, ...]) -> str:
    if not matrix.conclusive:
        given = f"rounded to {matrix.precision}" if matrix.values.any() else "0 throughout"
        return f"{given} and cannot be judged: give it to {matrix.decimals_needed} decimals or more"
    if matrix.is_right:
        return _right(matrix)
    if any(explanation.where.get(matrix.name) for explanation in explanations):
        return "wrong"
    if matrix.has_matches or matrix.information < min(MIN_INFORMATION.values()):
        return TOO_FEW_DIGITS
    return f"{UNEXPLAINED}{_parts(matrix)}"


def _right(matrix: GivenMatrix) -> str:
    if not matrix.values.any():
        return "right: it is 0 throughout"
    return right_text(matrix.style, matrix.digits_of_largest, matrix.precision)


def right_text(style: str | None, digits: int, precision: Precision) -> str:
    """Return to what digits a matrix or C is right, and how its numbers were rounded."""
    if style == ON_THE_WAY:
        return f"right to {plural(digits, 'digit')}, as when numbers are {ON_THE_WAY}"
    how = {
        CUT_OFF: ", with its numbers cut off instead of rounded",
        IN_SINGLE: ", but for the rounding of single precision",
    }.get(style or "", "")
    return f"right, to the {precision} it was given to{how}"


def _parts(matrix: GivenMatrix) -> str:
    """Return which rows and columns are right, if some are."""
    right = matrix.right
    for axis, word in ((1, "row"), (0, "column")):
        whole = right.all(axis=axis)
        if whole.any() and not whole.all():
            names = [str(index + 1) for index in np.flatnonzero(whole)]
            has_bias = axis == 1 and matrix.has_bias_row(len(right))
            if has_bias and names[-1] == str(len(right)):
                names[-1] += " (the bias)"
            several = len(names) > 1
            return f"; {word}{'s' * several} {listing(names)} {'are' if several else 'is'} right"
    if right.any():
        count = int(right.sum())
        return f"; {plural(count, 'number')} of {right.size} {'is' if count == 1 else 'are'} right"
    return ""
