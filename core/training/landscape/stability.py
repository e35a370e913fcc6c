"""How curved what is minimised is at an epoch, and the curvature at which descent diverges.

On a quadratic with largest eigenvalue λ, gradient descent w ← w − η λ w multiplies by 1 − ηλ: it
shrinks while λ < 2/η. With momentum, v ← μ v + g and w ← w − η v, that is
w″ − (1 + μ − ηλ) w′ + μ w = 0, whose roots lie within the unit circle while λ < 2 (1 + μ)/η
(Polyak 1964).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.training.kernel import Weights
from core.training.landscape import eigenvalue
from core.training.landscape.objective import Objective
from core.training.landscape.points import samples_of
from core.training.landscape.steps import Steps
from core.training.run import Run
from core.training.settings import Settings
from core.utils.arguments import instance, integer

Array = NDArray[np.float64]

MOST_DENSE = 300  # weights from which on the whole Hessian takes longer than Lanczos


@dataclass(frozen=True)
class Curvature:
    """The largest algebraic eigenvalue of the Hessian of what is minimised.

    value: that eigenvalue; negative where every direction curves down, NaN where the Hessian is
    not finite, 0 if all weights are frozen.
    one_sided: a ReLU is linear on both sides of its kink; this is the Hessian of the present piece.
    method: "dense", from the whole Hessian, or "lanczos".
    residual: an eigenvalue is as near as that.
    samples: how many samples it is over.
    """

    value: float
    one_sided: bool
    method: Literal["dense", "lanczos"]
    residual: float
    samples: int


def curvature(run: Run, epoch: int, *, rows: ArrayLike | None = None) -> Steps[Curvature]:
    """Return the curvature at a trained epoch, of C and its L2 term, frozen weights left out.

    It is over the training samples, or those of `rows` alone (indices); a product with the Hessian
    is a step. Raises ValueError beyond the run's epoch.
    """
    epoch = integer("epoch", epoch, 0, instance("run", run, Run).epoch)
    net, (X, y) = run.at(epoch), samples_of(run, rows)
    objective = Objective(net, X, y, run.settings_at(epoch))
    weights, places = Weights(net).flat, np.flatnonzero(objective.trainable)

    def product(v: Array) -> Array:
        full = np.zeros(net.size)
        full[places] = v
        return objective.hessian_product(weights, full)[places]

    one_sided = net.hidden == "relu"
    if not places.size:
        return Curvature(0.0, one_sided, "dense", 0.0, len(X))
    is_small = places.size < MOST_DENSE
    compute = eigenvalue.dense if is_small else eigenvalue.lanczos
    largest = yield from compute(product, places.size)
    method: Literal["dense", "lanczos"] = "dense" if is_small else "lanczos"
    return Curvature(largest.value, one_sided, method, largest.residual, len(X))


def stability_limit(settings: Settings, samples: int) -> float | None:
    """Return the largest eigenvalue below which full-batch descent shrinks on a quadratic.

    2/η for plain descent, 2 (1 + μ)/η with momentum; None for other rules and for mini-batches of
    `samples`, to which no such number belongs.
    """
    settings, samples = instance("settings", settings, Settings), integer("samples", samples, 1)
    momentum = {"gd": 0.0, "momentum": settings.momentum}.get(settings.optimizer)
    is_full = settings.batch_size is None or settings.batch_size >= samples
    if momentum is None or not is_full:
        return None
    return 2 * (1 + momentum) / settings.learning_rate
