"""Wrong gradients: what a student hands in who makes one of the classic mistakes.

`plant` returns every way to make one, `pairs` two at once. All is plain NumPy, independent of
`core.checking`, whose identifiers of mistakes it uses.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations, pairwise

import numpy as np

from benchmarks.plain_gradients import (
    Array,
    Steps,
    add,
    forward,
    penalties,
    steps,
    truth,
)
from benchmarks.wrong_factors import CHANGES, OPPOSED, OPPOSED_IF_FUSED, PAIRED
from core.checking.problem import Problem

Handin = list[Array | None]  # one matrix a layer; None where the student's code stops before
LAMBDAS = (0.01, 0.1, 1e-3)  # a forgotten or surplus penalty
STEP = 1e-5  # of numeric derivatives
NEARLY_0 = 1e-14  # the rounding errors of what is 0 in exact arithmetic


def plant(identifier: str, problem: Problem) -> list[Handin]:
    """Return every way to make this mistake, in the weights' layout; none where it cannot be made.

    Without those that give the right gradients here, only zeros, or infinite ones. Raises KeyError
    for an unknown identifier.
    """
    right = truth(problem)
    ways: list[Handin]
    if identifier in CHANGES:
        changes = CHANGES[identifier](steps(problem))
        ways = [_with_penalty(change, problem) for change in changes]
    else:
        ways = WAYS[identifier](problem)
    return _distinct([way for way in ways if is_wrong(way, right)])


def pairs(problem: Problem) -> Iterator[tuple[tuple[str, str], Handin]]:
    """Yield two mistakes in the factors at once where both matter and neither alone explains it."""
    own, right = steps(problem), truth(problem)
    for names in combinations(PAIRED, 2):
        if names in OPPOSED or (own.output_slope is None and names in OPPOSED_IF_FUSED):
            continue
        made = [_both((name,), own) for name in names]
        both = _both(names, own)
        singles = [add(one.gradients(), penalties(problem)) for one in made if one is not None]
        if both is None or len(singles) < 2:
            continue
        way = _with_penalty(both, problem)
        if all(is_wrong([*single], right) for single in singles) and all(
            is_wrong(way, reference) for reference in (right, *singles)
        ):
            yield names, way


def _both(names: Sequence[str], own: Steps) -> Steps | None:
    """Make these mistakes one after the other; None where one cannot be made."""
    for name in names:
        changed = PAIRED[name](own)
        if not changed:
            return None
        own = changed[0]
    return own


def is_wrong(way: Handin, right: list[Array]) -> bool:
    """Return whether the numbers are finite, not all zero, and not those of `right`."""
    present = [dW for dW in way if dW is not None]
    finite = all(np.isfinite(dW).all() for dW in present)
    if not finite or all((np.abs(dW) < NEARLY_0).all() for dW in present):
        return False
    return any(
        dW is None or dW.shape != W.shape or not np.allclose(dW, W, rtol=1e-7, atol=1e-12)
        for dW, W in zip(way, right, strict=True)
    )


def _distinct(ways: list[Handin]) -> list[Handin]:
    found: list[Handin] = []
    for way in ways:
        there = [dW for dW in way if dW is not None]
        if len(there) < len(way) or all(is_wrong(other, there) for other in found):
            found.append(way)
    return found


def _with_penalty(own: Steps, problem: Problem) -> Handin:
    return [*add(own.gradients(), penalties(problem))]


# Mistakes in what the factors make.


def _scaled(factor: float) -> Callable[[Problem], list[Handin]]:
    """Scale the part of the data, everything, or one matrix."""

    def ways(problem: Problem) -> list[Handin]:
        own, right = steps(problem), truth(problem)
        data = _with_penalty(replace(own, scale=own.scale * factor), problem)
        return [data, *_times(right, factor)]

    return ways


def _times(right: list[Array], factor: float) -> list[Handin]:
    """Multiply every matrix, then each alone."""
    alone: list[Handin] = [
        [dW * factor if i == layer else dW for i, dW in enumerate(right)]
        for layer in range(len(right))
    ]
    return [[dW * factor for dW in right], *alone]


def _missing_means(problem: Problem) -> list[Handin]:
    return [] if problem.loss == "half_sse" else _scaled(len(problem.X))(problem)


def constants(problem: Problem) -> list[float]:
    """Return the c of `constant_factor`, none of which has a name of its own."""
    N, K, d = len(problem.X), problem.net.outputs, problem.net.inputs
    rate = problem.learning_rate
    own_names = {1.0, 2.0, float(N), -1.0, *([rate, -rate] if rate else [])}
    candidates = (0.5, 1 / N, 1 / N**2, N * K, K, 1 / K, N / d, 1 / (2 * N), 2 * N, N**2, 3, -0.5)
    return [
        c
        for c in dict.fromkeys(map(float, candidates))
        if not any(np.isclose(c, name) for name in own_names)
    ]


def _constant_factor(problem: Problem) -> list[Handin]:
    right = truth(problem)
    return [way for c in constants(problem) for way in _times(right, c)]


def _updated_w2(problem: Problem) -> list[Handin]:
    """Update each matrix before δ passes back through it."""
    rate, own = problem.learning_rate, steps(problem)
    if rate is None:
        return []
    delta, terms, net = own.delta, penalties(problem), problem.net
    found = [own.inputs[-1].T @ delta + terms[-1]]
    for layer in range(net.layers - 1, 0, -1):
        new = net.weights[layer] - rate * found[-1]
        delta = (delta @ new[: len(own.back[layer - 1])].T) * own.slopes[layer - 1]
        found.append(own.inputs[layer - 1].T @ delta + terms[layer - 1])
    return [[*reversed(found)]]


def _change_bias(problem: Problem, change: Callable[[Array, Array], Array | None]) -> list[Handin]:
    """Change the bias rows of all matrices, then of each alone; `change` gets weights and bias."""
    right, net = truth(problem), problem.net
    others = {}
    for layer, dW in enumerate(right):
        row = change(dW[:-1], dW[-1]) if net.has_bias(layer + 1) else None
        if row is not None:
            others[layer] = np.vstack([dW[:-1], row]) if row.size else dW[:-1]
    if not others:
        return []
    alone: list[Handin] = [
        [other if i == layer else dW for i, dW in enumerate(right)]
        for layer, other in others.items()
    ]
    return [[others.get(i, dW) for i, dW in enumerate(right)], *alone]


def _bias_factor(problem: Problem) -> list[Handin]:
    N = len(problem.X)

    def times(factor: float) -> Callable[[Array, Array], Array]:
        return lambda _, bias: bias * factor

    factors = (N, 1 / N, 2.0, 0.5)
    return [way for factor in factors for way in _change_bias(problem, times(factor))]


def _bias_wrong_axis(problem: Problem) -> list[Handin]:
    """Sum dW over its rows, or over its columns, or δ over the outputs, where the shape fits."""

    def over_columns(weights: Array, bias: Array) -> Array | None:
        total = weights.sum(axis=1)
        return total if total.shape == bias.shape else None

    rows = _change_bias(problem, lambda weights, _: weights.sum(axis=0))
    return [*rows, *_change_bias(problem, over_columns), *_over_outputs(problem)]


def _over_outputs(problem: Problem) -> list[Handin]:
    """Sum δ of each sample over the units, which fits where there are as many samples as units."""
    own, right = steps(problem), truth(problem)
    deltas = [own.delta]
    for W, slope in zip(reversed(own.back), reversed(own.slopes), strict=True):
        deltas.append((deltas[-1] @ W.T) * slope)
    found: list[Handin] = []
    for layer, (delta, dW) in enumerate(zip(reversed(deltas), right, strict=True)):
        if problem.net.has_bias(layer + 1) and len(delta) == dW.shape[1]:
            other = np.vstack([dW[:-1], delta.sum(axis=1)])
            found.append([other if i == layer else kept for i, kept in enumerate(right)])
    return found


def _broadcast(problem: Problem) -> list[Handin]:
    """Subtract y (N,) from ŷ (N, 1): an error of N×N, as NumPy gives it.

    With it dW of the last layer is (m+1)×N, and δ W2ᵀ fails; or the student sums or averages one
    axis away, at the end or at once.
    """
    own = steps(problem)
    if problem.net.outputs != 1 or len(problem.X) == 1 or problem.net.output == "softmax":
        return []
    error = own.y_hat - problem.y[:, 0]
    slope = np.ones_like(own.y_hat) if own.output_slope is None else own.output_slope
    delta = own.scale * error * slope
    last = own.inputs[-1].T @ delta
    term, none = penalties(problem)[-1], [None] * (problem.net.layers - 1)
    found: list[Handin] = [
        [*none, dW + term]
        for dW in (last, last.sum(axis=1, keepdims=True), last.mean(axis=1, keepdims=True))
    ]
    for column in (delta.mean(axis=1), delta.sum(axis=1), delta.mean(axis=0), delta.sum(axis=0)):
        data = own.gradients_from(column[:, np.newaxis])
        found.append([*add(data, penalties(problem))])
    return found


def _steps_of(problem: Problem, *, weights: bool) -> list[Handin]:
    rate, right = problem.learning_rate, truth(problem)
    if rate is None:
        return []
    if weights:
        return [[W - rate * dW for W, dW in zip(problem.net.weights, right, strict=True)]]
    return [[-rate * dW for dW in right], [rate * dW for dW in right]]


def _l2_added(problem: Problem) -> list[Handin]:
    if problem.l2:
        return []
    return [[*add(truth(problem), penalties(problem, l2))] for l2 in LAMBDAS]


def _l2_on_bias(problem: Problem) -> list[Handin]:
    return [[*add(steps(problem).gradients(), penalties(problem, on_bias=True))]]


def _swapped_rows(problem: Problem) -> list[Handin]:
    """Exchange the first two rows, or the first and the last, of one matrix."""
    right = truth(problem)
    found: list[Handin] = []
    for layer, dW in enumerate(right):
        for other in {1, len(dW) - 1} if len(dW) > 1 else set():
            order = list(range(len(dW)))
            order[0], order[other] = other, 0
            found.append([dW[order] if i == layer else kept for i, kept in enumerate(right)])
    return found


def _single_number(problem: Problem) -> list[Handin]:
    """Spoil the largest number of one matrix: its sign, its power of ten, or two of its digits."""
    right = truth(problem)
    found: list[Handin] = []
    for layer, dW in enumerate(right):
        place = np.unravel_index(np.abs(dW).argmax(), dW.shape)
        for value in (-dW[place], 10 * dW[place], dW[place] / 10, transposed(float(dW[place]))):
            other = dW.copy()
            other[place] = value
            found.append([other if i == layer else kept for i, kept in enumerate(right)])
    return found


def transposed(value: float) -> float:
    """Return the number with its first two unlike neighbouring digits exchanged."""
    mantissa, exponent = f"{value:.12e}".split("e")
    digits = list(mantissa)
    places = [i for i, sign in enumerate(digits) if sign.isdigit()]
    for left, right in pairwise(places):
        if digits[left] != digits[right]:
            digits[left], digits[right] = digits[right], digits[left]
            break
    return float("".join(digits) + "e" + exponent)


def _numeric_of_output(problem: Problem) -> list[Handin]:
    """Take central differences of Σ ŷ, of its mean, and of its sum over outputs only."""
    if problem.net.output == "softmax":
        return []
    total = [_differences(problem, layer) for layer in range(problem.net.layers)]
    samples, outputs = problem.y.shape
    return [[dW / share for dW in total] for share in (1, samples * outputs, samples)]


def _differences(problem: Problem, layer: int) -> Array:
    def outputs(change: Array) -> float:
        weights = [W + change if i == layer else W for i, W in enumerate(problem.net.weights)]
        return float(forward(problem.net.with_weights(*weights), problem.X)[2][-1].sum())

    found = np.zeros_like(problem.net.weights[layer])
    for place in np.ndindex(found.shape):
        change = np.zeros_like(found)
        change[place] = STEP
        found[place] = (outputs(change) - outputs(-change)) / (2 * STEP)
    return found


WAYS: dict[str, Callable[[Problem], list[Handin]]] = {
    "missing_mean": _missing_means,
    "sign": _scaled(-1.0),
    "factor_two": _scaled(2.0),
    "constant_factor": _constant_factor,
    "updated_w2": _updated_w2,
    "bias_row_missing": lambda problem: _change_bias(problem, lambda _, bias: bias[:0]),
    "bias_factor": _bias_factor,
    "bias_wrong_axis": _bias_wrong_axis,
    "bias_zero": lambda problem: _change_bias(problem, lambda _, bias: np.zeros_like(bias)),
    "broadcast": _broadcast,
    "l2_added": _l2_added,
    "l2_missing": lambda problem: [[*steps(problem).gradients()]],
    "l2_on_bias": _l2_on_bias,
    "step_handed_in": lambda problem: _steps_of(problem, weights=False),
    "new_weights_handed_in": lambda problem: _steps_of(problem, weights=True),
    "swapped_rows": _swapped_rows,
    "single_number": _single_number,
    "numeric_of_output": _numeric_of_output,
}
IDENTIFIERS = (*CHANGES, *WAYS)
