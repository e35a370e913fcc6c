"""Symptoms of a run that diverges or gets nowhere, each a predicate over plain numbers.

    past = run.losses[epoch - window : epoch + 1]
    is_plateau(past, start=run.losses[0]), oscillates(past), rises(past)

Each holds only what its numbers show; `trial` finds out by training what another setting would do.
"""

from dataclasses import replace
from math import ceil, sqrt

import numpy as np
from numpy.typing import NDArray

from core.gradients import gradients
from core.network import Network
from core.training.run import Run, Settings

Array = NDArray[np.float64]

FLAT = 0.01  # the share of C that it falls by, at most, on a plateau
VISIBLE = 1e-3  # the share of C below which a change from one epoch to the next is not spoken of
JUMPY = 0.3  # the share of the epochs at which C turns round, from up to down or back
FLAT_GROUND = 0.01  # of C: what it changes by, to first order, if all weights doubled, at most
FULL = 0.99  # of the samples
TINY = 0.1  # of the deviation of Xavier's initial weights (`core.network.xavier_normal`)
TRIAL = 100  # epochs
AFFORDABLE = 5e5  # N times the weights, with so much for each update: about a millisecond an epoch
UPDATE = 5e3
# |H| from which on the slope is below 4 % of its greatest: σ beyond 0.01 … 0.99, tanh beyond ±0.98.
ENDS = {"sigmoid": float(np.log(99)), "tanh": float(np.arctanh(0.98))}


def is_plateau(past: Array, start: float) -> bool:
    """Whether C falls by FLAT at most, and is not down to FLAT of what it was at the start."""
    return bool(past[-1] >= (1 - FLAT) * past[0] and past[-1] > FLAT * start)


def turns(past: Array) -> NDArray[np.bool_]:
    """Where C turns round, from up to down or back, visibly on both sides: (len(past) − 2,)."""
    change = np.diff(past)
    visible = np.abs(change) > VISIBLE * np.maximum(past[:-1], past[1:])
    turned: NDArray[np.bool_] = visible[:-1] & visible[1:] & (change[:-1] * change[1:] < 0)
    return turned


def oscillates(past: Array) -> bool:
    """Whether C goes up and down: it turns round in JUMPY of the epochs."""
    return bool(turns(past).mean() > JUMPY)


def rises(past: Array) -> bool:
    """Whether C is higher after each epoch than before it."""
    return len(past) > 1 and bool((np.diff(past) > 0).all())


def are_units_same(net: Network) -> bool:
    """Whether there are several hidden units, and all have the weights of the first."""
    inner = net.W2[: net.units]
    return net.units > 1 and bool((net.W1[:, :1] == net.W1).all() and (inner == inner[:1]).all())


def saturated_units(net: Network, X: Array) -> NDArray[np.bool_]:
    """Which hidden units are at an end of their activation for FULL of the samples: (m,).

    There the slope is below 4 % of its greatest value. None of ReLU or the identity are.
    """
    full: NDArray[np.bool_] = _at_an_end(net.forward(X).H, net.hidden).mean(axis=0) >= FULL
    return full


def dead_units(net: Network, X: Array) -> NDArray[np.bool_]:
    """Which ReLU units have an H that is above 0 for no sample: (m,)."""
    dead: NDArray[np.bool_] = np.all(net.forward(X).H <= 0, axis=0)
    return dead if net.hidden == "relu" else np.zeros_like(dead)


def are_outputs_saturated(net: Network, X: Array) -> bool:
    """Whether sigmoid outputs are at an end for FULL of all samples and outputs."""
    return bool(_at_an_end(net.forward(X).O, net.output).mean() >= FULL)


def _at_an_end(pre_activation: Array, activation: str) -> NDArray[np.bool_]:
    return np.abs(pre_activation) > ENDS.get(activation, np.inf)


def are_weights_tiny(net: Network) -> bool:
    """Whether W1 and W2 without bias rows are, in root mean square, below TINY of Xavier's."""
    inner = (net.W1[: net.inputs], net.W1.shape), (net.W2[: net.units], net.W2.shape)
    return all(
        sqrt(np.mean(W**2)) < TINY * sqrt(2 / (rows + columns)) for W, (rows, columns) in inner
    )


def gradient_of_xavier(net: Network, X: Array, y: Array, loss: str) -> float:
    """‖∂C/∂W1‖ of networks like `net` with Xavier's initial weights, the median of five."""
    norms = []
    for seed in range(5):
        begun = Network.init(
            net.inputs, net.units, net.outputs,
            bias_input=net.bias_input, bias_hidden=net.bias_hidden,
            scheme="xavier_normal", seed=seed,
            hidden_activation=net.hidden, output_activation=net.output,
        )  # fmt: skip
        norms.append(np.linalg.norm(gradients(begun, X, y, loss)[0]))
    return float(np.median(norms))


def free_gradient(net: Network, pair: tuple[Array, Array], settings: Settings) -> Array:
    """The gradient (P,) of what is minimised: ∇C given, the L2 term's added, 0 where frozen."""
    dW1, dW2 = pair[0].copy(), pair[1].copy()
    dW1[: net.inputs] += settings.l2 * net.W1[: net.inputs]
    dW2[: net.units] += settings.l2 * net.W2[: net.units]
    for layer, row, column in settings.frozen:
        (dW1, dW2)[layer - 1][row, column] = 0.0
    return np.concatenate([dW1.ravel(), dW2.ravel()])


def is_nearly_flat(C: float, gradient: float, weights: float) -> bool:
    """Whether ‖∇C‖ times ‖W‖, at least 1, is at most FLAT_GROUND of C."""
    return gradient * max(weights, 1.0) <= FLAT_GROUND * C


def penalty(net: Network, l2: float) -> float:
    """The L2 term (λ/2) ‖W without bias rows‖² that is minimised beside C."""
    return l2 / 2 * float(np.sum(net.W1[: net.inputs] ** 2) + np.sum(net.W2[: net.units] ** 2))


def trial(run: Run, net: Network, settings: Settings, X: Array | None = None) -> Run | None:
    """TRIAL epochs from the weights of `net`, with a fresh optimiser, on the run's samples.

    X: other inputs in place of the run's. None where that would take too long.
    """
    N = len(run.X)
    updates = ceil(N / min(settings.batch_size or N, N))
    if N * (net.W1.size + net.W2.size) + UPDATE * updates > AFFORDABLE:
        return None
    tried = Run(
        net, run.X if X is None else X, run.y, replace(settings, epochs=TRIAL, patience=None)
    )
    tried.advance(TRIAL)
    return tried
