"""Wrong gradients of a problem: what each mistake in the factors gives, and each pair of them.

    candidates = candidates_of(problem)      # computed once for a problem
    candidates.combinations                  # (), one mistake, two; the fewest first
    candidates.stacks[0]                     # (their number, rows, columns) of dW1, without λW

Mistakes that multiply everything by a number, or that concern rows, are not among them
(`core.checking.diagnosis.matching`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from core.checking.mistakes import (
    BIAS_ROW,
    MISTAKES,
    REPLACEMENT_PLACES,
    SAMPLES,
    Combination,
    Mistake,
)
from core.checking.problem import GradientFactors, Problem
from core.checking.replacements import Replacement, in_one_layer, updated_by
from core.gradients import Array
from core.utils.latest import latest

SCALARS = ("missing_mean", "factor_two", "sign", "constant_factor")
ALONE = ("other_loss", "numeric_of_output", "softmax_diagonal", "softmax_twice", "broadcast")
MAX_WORK = 200_000_000  # products to compute for pairs: about a second
_UPDATED = "updated_w2"


@dataclass(frozen=True, eq=False)
class Candidates:
    """Combinations of mistakes and the gradients that each gives; not all need be finite."""

    combinations: tuple[Combination, ...]
    stacks: tuple[Array, ...]

    @property
    def counts(self) -> Array:
        """The number of mistakes of each combination."""
        return np.array([len(names) for names in self.combinations])


def candidates_of(problem: Problem) -> Candidates:
    """Return the candidates of a problem, from the last call if it was the same."""
    return latest(problem, (), _all)


def _all(problem: Problem) -> Candidates:
    mistakes = list(_mistakes(problem))
    ways = [(m.identifier, way) for m in mistakes for way in m.replacements(problem)]
    local = [((m.identifier, way),) for m in mistakes for way in _in_one_layer(m, problem)]
    return _computed(problem, [*_combined(problem, ways), *_within_work(problem, local)])


def candidates_after(problem: Problem, steps: Sequence[Array | None]) -> Candidates:
    """Return those in which dW1 was taken with W2, W3, … updated by these gradients of them."""
    update = (_UPDATED, updated_by(tuple(steps)))
    others = [
        (mistake.identifier, way)
        for mistake in _mistakes(problem)
        if mistake.identifier not in (_UPDATED, *ALONE)
        for way in mistake.replacements(problem)
    ]
    return _computed(problem, [(update,), *((update, other) for other in others)])


def _mistakes(problem: Problem) -> Iterator[Mistake]:
    for mistake in MISTAKES:
        if mistake.identifier not in (*SCALARS, BIAS_ROW) and (
            problem.learning_rate is not None or not mistake.needs_learning_rate
        ):
            yield mistake


def _in_one_layer(mistake: Mistake, problem: Problem) -> Iterator[Replacement]:
    """Yield the ways to make a mistake in one of several hidden layers only."""
    if problem.net.layers <= 2 or mistake.identifier in SAMPLES:
        return
    for way in mistake.replacements(problem):
        with np.errstate(all="ignore"):  # a wrong formula may give 0/0
            wrong = way(problem, problem.factors)
        for layer in _layers_of_change(problem.factors, wrong):
            yield in_one_layer(way, layer)


def _layers_of_change(true: GradientFactors, wrong: GradientFactors) -> list[int]:
    """Return the layers, from 0, with other weights, slopes or inputs; a loss changes none."""
    weights, slopes = (true.weights, wrong.weights), (true.slopes, wrong.slopes)
    layers = {
        layer
        for own, other in (weights, slopes, (true.inputs, wrong.inputs))
        for layer, (before, after) in enumerate(zip(own, other, strict=True))
        if before is not after
    }
    return sorted(layers)


Chosen = tuple[tuple[str, Replacement], ...]


def _combined(problem: Problem, ways: list[tuple[str, Replacement]]) -> Iterator[Chosen]:
    """Yield no mistake, each one, and each pair of different ones, unless that takes too long."""
    yield ()
    for way in ways:
        yield (way,)
    pairs = [
        pair
        for pair in combinations([way for way in ways if way[0] not in ALONE], 2)
        if pair[0][0] != pair[1][0]
    ]
    yield from _within_work(problem, pairs)


def _within_work(problem: Problem, chosen: Sequence[Chosen]) -> Sequence[Chosen]:
    """Return them, or none if computing them takes too long."""
    size = problem.net.size
    return chosen if len(chosen) * len(problem.X) * size <= MAX_WORK else []


def _computed(problem: Problem, chosen: list[Chosen]) -> Candidates:
    factors, found = problem.factors, []
    with np.errstate(all="ignore"):  # a wrong formula may give 0/0
        for pair in chosen:
            wrong = factors
            for _, way in sorted(pair, key=lambda way: REPLACEMENT_PLACES[way[0]]):
                wrong = way(problem, wrong)
            found.append(wrong.gradients())
    names = tuple(tuple(name for name, _ in pair) for pair in chosen)
    return Candidates(names, tuple(np.stack(layer) for layer in zip(*found, strict=True)))
