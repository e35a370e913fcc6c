"""What to do when training stops early or gets nowhere, worked out from the run's own numbers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.dataset import Dataset
from core.network import Network
from core.training import Run
from pages.shared.layers import SAMPLES, saturation
from pages.shared.plane import spread
from pages.shared.text import count, plain

Array = NDArray[np.float64]

LARGE_INPUT = 10.0  # standard scaling keeps nearly everything within 3
FEWEST = 100  # epochs that a plateau lasts, at least; of a longer run a quarter
FLAT = 0.01  # the share of C that it falls by, at most, on a plateau
FULL = 0.99  # of the samples: then a unit hardly passes a gradient on
JUMPY = 0.3  # of the steps go up: C jumps to and fro


@dataclass(frozen=True)
class Retry:
    """Where to go on from after a divergence, and how fast."""

    epoch: int
    learning_rate: float


def retry(run: Run) -> Retry:
    """The epoch where C was least, and a tenth of the learning rate there."""
    epoch = int(np.argmin(run.losses))
    return Retry(epoch, float(f"{run.settings_at(epoch).learning_rate / 10:.1g}"))


def why_diverged(run: Run, data: Dataset) -> str:
    """What made the weights grow without bound, and what helps."""
    least = int(np.argmin(run.losses))
    told = (
        f"After epoch {least:,}, where C was {run.losses[least]:.4g}, each step went further past "
        f"the minimum than the one before: η = {run.settings.learning_rate:g} is too large here."
    )
    feature = int(np.argmax(np.abs(data.X).max(axis=0)))
    largest = float(np.abs(data.X[:, feature]).max())
    if largest > LARGE_INPUT:
        told += (
            f" The inputs are large as well: {plain(data.feature_names[feature])} reaches "
            f"{largest:,.4g}, and so do its gradients. Scale the inputs on the Data page."
        )
    return told


def plateau(run: Run, epoch: int, data: Dataset) -> str:
    """Why C hardly falls any more, in a sentence; "" where it does fall, or is down already."""
    window = max(FEWEST, epoch // 4)
    if epoch < window:
        return ""
    past = run.losses[epoch - window : epoch + 1]
    fall = 1 - past[-1] / past[0] if past[0] else 0.0
    if fall > FLAT or past[-1] < FLAT * run.losses[0]:
        return ""
    change = f"fallen by {fall:.1%}" if fall > 0 else f"risen by {-fall:.1%}"
    return (
        f"C has {change} over the last {count(window, 'epoch')}. {_cause(run, epoch, data, past)}"
    )


def _cause(run: Run, epoch: int, data: Dataset, past: Array) -> str:
    net = run.at(epoch)
    if _all_the_same(net):
        return (
            "All hidden units are the same, since they began with the same weights: equal gradients"
            " keep them so. Begin with random weights."
        )
    if np.mean(np.diff(past) > 0) > JUMPY:
        return "It jumps up and down, which a smaller learning rate would calm."
    shares = saturation(net, data.X[spread(len(data.X), SAMPLES)]).reshape(2, -1).sum(axis=0)
    full = int(np.sum(shares >= FULL))
    if full:
        kind, slope = ("dead", "0") if net.hidden == "relu" else ("saturated", "nearly 0")
        return (
            f"{full} of {count(net.units, 'hidden unit')} {'is' if full == 1 else 'are'} {kind}: "
            f"there the slope ∂Z/∂H is {slope}, and no gradient passes. Switch on *Network* to see "
            "which; smaller initial weights or scaled inputs avoid it."
        )
    film = run.film(epoch - 1, 1, gradients=True)
    size = np.sqrt(sum(float(np.sum(part**2)) for part in film.gradients or ()))
    return (
        f"The gradient is only {size:.2g} long: this is near a minimum, or on the flat ground of a "
        "saddle, which momentum or a larger learning rate crosses sooner."
    )


def _all_the_same(net: Network) -> bool:
    """Whether every hidden unit has the weights of the first."""
    inner = net.W2[: net.units]
    return net.units > 1 and bool((net.W1[:, :1] == net.W1).all() and (inner == inner[:1]).all())
