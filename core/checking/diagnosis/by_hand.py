"""How far a gradient may be off if it was computed by hand, with numbers rounded on the way.

    errors(problem, half_unit)        # one a matrix, of its shape
    cost_error(problem, half_unit)    # of C

Every intermediate (H, Z, O, ŷ, y − ŷ, σ′, δ, and the products that are summed) is taken to be off
by half a unit of the last place, and the errors are carried forward to first order: a bound, not an
estimate.
"""

import numpy as np

from core.activations import ACTIVATIONS
from core.chain import deltas
from core.checking.problem import Problem
from core.gradients import Array
from core.losses import loss_of


def errors(p: Problem, half_unit: float) -> tuple[Array, ...]:
    """Return the bound for each matrix, if every intermediate is rounded to that half unit."""
    values = _forward(p, half_unit)
    delta_errors = _backward(p, values, half_unit)
    inputs, found = p.forward.inputs, []
    for layer, (delta, off) in enumerate(
        zip(deltas(p.net, p.forward, p.y, p.loss), delta_errors, strict=True)
    ):
        into = np.zeros_like(inputs[layer])
        if layer:
            into[:, : values[layer - 1].shape[1]] = values[layer - 1]
        terms = np.abs(inputs[layer]).T @ off + into.T @ np.abs(delta)
        found.append(terms + (len(p.X) + 1) * half_unit)
    return tuple(found)


def cost_error(p: Problem, half_unit: float) -> float:
    """Return the bound for C, if every intermediate is rounded to that half unit."""
    y_hat = _forward(p, half_unit)[-1]
    slope = loss_of(p.net.output, p.loss).slope(p.y, p.forward.y_hat)
    with np.errstate(invalid="ignore"):  # a slope of cross-entropy may be infinite
        return float((np.abs(slope) * y_hat).sum()) + (p.y.size + 1) * half_unit


def _forward(p: Problem, half_unit: float) -> list[Array]:
    """Return how far Z of each hidden layer, and ŷ, may be off."""
    off = np.zeros_like(p.X)
    found = []
    for layer, W in enumerate(p.net.weights, start=1):
        sums = off @ np.abs(W[: p.net.rows(layer)]) + half_unit
        name = p.net.output if layer == p.net.layers else p.net.hidden
        off = _steepest(name) * sums + half_unit
        found.append(off)
    return found


def _steepest(name: str) -> float:
    return 0.5 if name == "softmax" else ACTIVATIONS[name].steepest


def _backward(p: Problem, values: list[Array], half_unit: float) -> list[Array]:
    """Return how far δ of each matrix may be off."""
    scale = loss_of(p.net.output, p.loss).error_scale(len(p.X))
    error = scale * (values[-1] + half_unit)
    off = error + half_unit
    if not loss_of(p.net.output, p.loss).fused:
        off = _steepest(p.net.output) * error + half_unit
        off = off + scale * np.abs(p.forward.y_hat - p.y) * (values[-1] + half_unit)
    found = [off]
    all_deltas = deltas(p.net, p.forward, p.y, p.loss)
    for layer in range(p.net.layers, 1, -1):
        W = np.abs(p.net.weights[layer - 1][: p.net.rows(layer)])
        Z = p.forward.values[layer - 2]
        slope = np.abs(ACTIVATIONS[p.net.hidden].slope(Z))
        back = off @ W.T + half_unit
        off = slope * back + (np.abs(all_deltas[layer - 1]) @ W.T) * (values[layer - 2] + half_unit)
        off = off + half_unit
        found.append(off)
    return found[::-1]
