"""Symptoms of a run that diverges or makes no progress, each a predicate on plain numbers.

    past = run.losses[epoch - window : epoch + 1]
    is_plateau(past, start=run.losses[0]), oscillates(past), rises(past)

Each says only what its numbers show; `trial` tries another setting by training.
"""

from dataclasses import replace
from itertools import pairwise
from math import ceil, sqrt

import numpy as np
from numpy.typing import NDArray

from core.activations import ACTIVATIONS
from core.gradients import gradients
from core.network import Network
from core.training.run import Run, Settings
from core.training.update import weight_decay

Array = NDArray[np.float64]

FLAT = 0.01  # largest relative fall of C on a plateau
VISIBLE = 1e-3  # smallest relative change of C from one epoch to the next that counts
JUMPY = 0.3  # share of epochs at which C turns, from up to down or back
FLAT_GRADIENT = 0.01  # of C: largest change to first order if all weights doubled
FULL = 0.99  # share of samples
TINY = 0.1  # of the standard deviation of `core.network.xavier_normal`
TRIAL = 100  # epochs
AFFORDABLE = 5e5  # N times the weights, plus UPDATE for each update: about a millisecond an epoch
UPDATE = 5e3


def is_plateau(past: Array, start: float) -> bool:
    """Return whether C falls by FLAT at most, and is above FLAT of its initial value."""
    return bool(past[-1] >= (1 - FLAT) * past[0] and past[-1] > FLAT * start)


def turning_points(past: Array) -> NDArray[np.bool_]:
    """Return where C turns, from up to down or back, visibly on both sides: (len(past) − 2,)."""
    change = np.diff(past)
    visible = np.abs(change) > VISIBLE * np.maximum(past[:-1], past[1:])
    turning: NDArray[np.bool_] = visible[:-1] & visible[1:] & (change[:-1] * change[1:] < 0)
    return turning


def oscillates(past: Array) -> bool:
    """Return whether C goes up and down: it turns in more than JUMPY of the epochs."""
    return bool(turning_points(past).mean() > JUMPY)


def rises(past: Array) -> bool:
    """Return whether C rises in every epoch."""
    return len(past) > 1 and bool((np.diff(past) > 0).all())


def are_units_identical(net: Network) -> bool:
    """Return whether in every hidden layer there are several units, all with the same weights."""
    layers = pairwise(enumerate(net.weights, start=1))
    return all(
        before.shape[1] > 1
        and bool((before[:, :1] == before).all() and (after[: net.rows(i)] == after[:1]).all())
        for (_, before), (i, after) in layers
    )


def saturated_units(net: Network, X: Array) -> NDArray[np.bool_]:
    """Return which hidden units are saturated for FULL of the samples: (m,), layer by layer.

    There the slope is below 4 % of its maximum. ReLU and the identity never saturate.
    """
    H = np.hstack(net.forward(X).sums[:-1])
    full: NDArray[np.bool_] = _is_saturated(H, net.hidden).mean(axis=0) >= FULL
    return full


def dead_units(net: Network, X: Array) -> NDArray[np.bool_]:
    """Return which ReLU units have H ≤ 0 for every sample: (m,), layer by layer."""
    dead: NDArray[np.bool_] = np.all(np.hstack(net.forward(X).sums[:-1]) <= 0, axis=0)
    return dead if net.hidden == "relu" else np.zeros_like(dead)


def are_outputs_saturated(net: Network, X: Array) -> bool:
    """Return whether sigmoid outputs are saturated for FULL of all samples and outputs."""
    return bool(_is_saturated(net.forward(X).O, net.output).mean() >= FULL)


def _is_saturated(pre_activation: Array, activation: str) -> NDArray[np.bool_]:
    return np.abs(pre_activation) > ACTIVATIONS[activation].saturation


def are_weights_tiny(net: Network) -> bool:
    """Return whether the RMS of every matrix without its bias row is below TINY of Xavier's."""
    return all(
        sqrt(np.mean(W[: net.rows(layer)] ** 2)) < TINY * sqrt(2 / sum(W.shape))
        for layer, W in enumerate(net.weights, start=1)
    )


def xavier_gradient_norm(net: Network, X: Array, y: Array, loss: str) -> float:
    """Return ‖∂C/∂W1‖ of networks like `net` with Xavier weights, the median of five."""
    norms = []
    for seed in range(5):
        initial = Network.init(
            net.inputs, [columns for _, columns in net.shapes[:-1]], net.outputs,
            bias_input=net.bias_input, bias_hidden=net.bias_hidden,
            scheme="xavier_normal", seed=seed,
            hidden_activation=net.hidden, output_activation=net.output,
        )  # fmt: skip
        norms.append(np.linalg.norm(gradients(initial, X, y, loss)[0]))
    return float(np.median(norms))


def free_gradient(net: Network, of_C: tuple[Array, ...], settings: Settings) -> Array:
    """Return the gradient (P,) of C plus the L2 term, 0 where frozen; `of_C` is ∇C."""
    decay = weight_decay(net, settings.l2)
    free = [gradient + term for gradient, term in zip(of_C, decay, strict=True)]
    for layer, row, column in settings.frozen:
        free[layer - 1][row, column] = 0.0
    return np.concatenate([matrix.ravel() for matrix in free])


def is_nearly_flat(C: float, gradient: float, weights: float) -> bool:
    """Return whether ‖∇C‖ · max(‖W‖, 1) is at most FLAT_GRADIENT of C."""
    return gradient * max(weights, 1.0) <= FLAT_GRADIENT * C


def penalty(net: Network, l2: float) -> float:
    """Return the L2 term (λ/2) ‖W without bias rows‖²."""
    squares = (np.sum(W[: net.rows(i)] ** 2) for i, W in enumerate(net.weights, start=1))
    return l2 / 2 * float(sum(squares))


def trial(run: Run, net: Network, settings: Settings, X: Array | None = None) -> Run | None:
    """Train TRIAL epochs from `net` with a new optimiser on the run's samples; return that run.

    X replaces the run's inputs. Return None if it would take too long.
    """
    N = len(run.X)
    updates = ceil(N / min(settings.batch_size or N, N))
    if N * net.size + UPDATE * updates > AFFORDABLE:
        return None
    new = Run(net, run.X if X is None else X, run.y, replace(settings, epochs=TRIAL, patience=None))
    new.advance(TRIAL)
    return new
