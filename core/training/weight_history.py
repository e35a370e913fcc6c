"""History of one weight, epoch by epoch, beside the norm of the whole gradient."""

from typing import NamedTuple

import numpy as np

from core.training.run import Run
from core.utils.arguments import integer


class WeightPoint(NamedTuple):
    """A weight at one epoch, its ∂C/∂W over the whole training set without L2, and ‖∇C‖.

    ‖∇C‖ is the Euclidean norm of the gradients of all weights together. C is the loss at that
    epoch. The gradient's numbers are not finite where a run is about to diverge.
    """

    value: float
    gradient: float
    gradient_norm: float


def weight_point(run: Run, epoch: int, layer: int, row: int, column: int) -> WeightPoint:
    """Return a trained epoch's point of W⁽layer⁾[row, column]; layers count from 1, others from 0.

    Raises ValueError beyond the run's epoch and IndexError beyond the matrices.
    """
    epoch = integer("epoch", epoch, 0, run.epoch)
    film = run.film(epoch - 1, 1, gradients=True)
    gradients = film.gradients or ()
    place = 0, row, column
    with np.errstate(all="ignore"):
        norm = np.linalg.norm([np.linalg.norm(gradient) for gradient in gradients])
    return WeightPoint(
        float(film.weights[layer - 1][place]), float(gradients[layer - 1][place]), float(norm)
    )
