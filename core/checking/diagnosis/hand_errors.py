"""How far a gradient may be off if it was computed by hand, with numbers rounded on the way.

    errors(problem, half_unit)        # one a matrix, of its shape
    cost_error(problem, half_unit)    # of C

Every intermediate (H, Z, O, ŷ, y − ŷ, σ′, δ, and the products that are summed) is off by up to half
a unit of the last place, each independently of the others: their variances are carried forward to
first order, and four standard deviations are allowed.
"""

import numpy as np

from core.activations import ACTIVATIONS
from core.checking.problem import Problem
from core.gradients import Array
from core.losses import loss_of

DEVIATIONS = 4.0
UNIFORM = 1 / 3  # the variance of a rounding error, of half a unit squared


def errors(p: Problem, half_unit: float) -> tuple[Array, ...]:
    """Return the bound for each matrix, if every intermediate is rounded to that half unit."""
    variance = UNIFORM * half_unit**2
    values, inputs, found = _forward(p, variance), p.forward.inputs, []
    pairs = zip(p.deltas, _backward(p, values, variance), strict=True)
    for layer, (delta, off) in enumerate(pairs):
        into = np.zeros_like(inputs[layer])
        if layer:
            into[:, : values[layer - 1].shape[1]] = values[layer - 1]
        products = (inputs[layer] ** 2).T @ off + into.T @ delta**2 + len(p.X) * variance
        found.append(DEVIATIONS * np.sqrt(products) + half_unit)
    return tuple(found)


def cost_error(p: Problem, half_unit: float) -> float:
    """Return the bound for C, if every intermediate is rounded to that half unit."""
    variance = UNIFORM * half_unit**2
    slope = loss_of(p.net.output, p.loss).slope(p.y, p.forward.y_hat)
    with np.errstate(invalid="ignore"):  # a slope of cross-entropy may be infinite
        total = float((slope**2 * _forward(p, variance)[-1]).sum()) + p.y.size * variance
    return DEVIATIONS * float(np.sqrt(total)) + half_unit


def _forward(p: Problem, variance: float) -> list[Array]:
    """Return the variances of Z of each hidden layer, and of ŷ."""
    off = np.zeros_like(p.X)
    found = []
    for layer, W in enumerate(p.net.weights, start=1):
        sums = off @ W[: p.net.rows(layer)] ** 2 + variance
        name = p.net.output if layer == p.net.layers else p.net.hidden
        off = _steepest(name) ** 2 * sums + variance
        found.append(off)
    return found


def _steepest(name: str) -> float:
    return 0.5 if name == "softmax" else ACTIVATIONS[name].steepest


def _backward(p: Problem, values: list[Array], variance: float) -> list[Array]:
    """Return the variances of δ of each matrix."""
    rule = loss_of(p.net.output, p.loss)
    scale = rule.error_scale(len(p.X)) ** 2
    off = scale * (values[-1] + variance) + variance
    if not rule.fused:
        error = scale * (p.forward.y_hat - p.y) ** 2
        off = _steepest(p.net.output) ** 2 * off + error * (values[-1] + variance) + variance
    found = [off]
    for layer in range(p.net.layers, 1, -1):
        W = p.net.weights[layer - 1][: p.net.rows(layer)]
        slope = ACTIVATIONS[p.net.hidden].slope(p.forward.values[layer - 2])
        back = off @ W.T**2 + variance
        size = (p.deltas[layer - 1] @ W.T) ** 2
        off = slope**2 * back + size * (values[layer - 2] + variance) + variance
        found.append(off)
    return found[::-1]
