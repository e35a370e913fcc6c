"""Arrays that a frame of the stage carries: the weights, and what the open views need.

Each is (n, size): for n frames, the numbers of that name, row by row.

    W1, W2, …           the weights, as means of blocks where the matrices are large
    dW1, dW2, …         ∂C/∂W1, ∂C/∂W2 and so on, likewise
    uW1, uW2, …         the last update ΔW, likewise
    edges1, edges2, …   the weights, or their gradients, between the nodes of the diagram
    sample              the selected sample's x, Z and ŷ at the nodes of the diagram
    saturation          for each hidden unit, layer by layer, the share of samples in its
                        activation's lower saturation range; then, for each, in the upper one
    slice               two rows of W1, an offset and all later matrices, for the feature plane
    score               accuracy or R² over training and validation samples (NaN without any)
    norms               ‖∂C/∂W⁽ˡ⁾‖ of each matrix, over all training samples
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.activations import ACTIVATIONS
from core.dataset import metrics
from core.dataset.preparation import Dataset
from core.dataset.roles import Task
from core.network import Network
from core.training.film import Film, Matrices
from core.utils.thinning import block_means, block_sizes, evenly_spaced
from pages.ui.state.names import Names
from pages.ui.train.feature_plane import PlaneScene

Array = NDArray[np.float64]
FrameArrays = dict[str, NDArray[Any]]

MOST_INPUTS, MOST_UNITS, MOST_OUTPUTS = 12, 15, 10  # in the diagram, without biases
MOST_SAMPLES, MOST_SAMPLES_PAUSED = 500, 20_000  # for score and saturation


@dataclass(frozen=True)
class FrameContent:
    """Open views, feature plane and selected sample, which decide what a frame carries."""

    views: frozenset[str]
    plane: PlaneScene | None
    sample: int = 0

    @property
    def gradients(self) -> bool:
        """Whether gradients are needed."""
        views = self.views
        return bool({"gradients", "norms"} & views) or {"network", "network_gradients"} <= views

    @property
    def updates(self) -> bool:
        """Whether the last update is needed."""
        return "updates" in self.views


def frame_arrays(
    content: FrameContent, film: Film, net: Network, data: Dataset, *, whole: bool
) -> FrameArrays:
    """Return the arrays of these epochs; `whole`: every weight, however large the matrix."""
    views = content.views
    gradients = film.gradients if "gradients" in views else None
    arrays: FrameArrays = {}
    for prefix, matrices in {"": film.weights, "d": gradients, "u": film.updates}.items():
        for layer, matrix in enumerate(_cells(matrices or (), whole=whole), start=1):
            arrays[f"{prefix}W{layer}"] = matrix
    if "network" in views:
        of_gradients = film.gradients if "network_gradients" in views else None
        arrays |= _edges(net, of_gradients or film.weights)
    if content.plane is not None and {"surface", "units"} & views:
        arrays["slice"] = content.plane.slices(net, film.weights)
    if "norms" in views and film.gradients:
        arrays["norms"] = norms(film.gradients)
    arrays |= _sample_statistics(
        content, film, net, data, MOST_SAMPLES_PAUSED if whole else MOST_SAMPLES
    )
    return {name: values.reshape(len(film.epochs), -1) for name, values in arrays.items()}


def _cells(matrices: Matrices, *, whole: bool) -> Matrices:
    """Return the numbers of each matrix: all, or means of blocks."""
    if whole:
        return matrices
    sizes = block_sizes([matrix.shape[1:] for matrix in matrices])
    return tuple(block_means(*each) for each in zip(matrices, sizes, strict=True))


def norms(gradients: Matrices) -> Array:
    """Return the Frobenius norm of each gradient, for n epochs: (n, L)."""
    return np.stack([np.linalg.norm(matrix, axis=(1, 2)) for matrix in gradients], axis=1)


def diagram(net: Network, names: Names) -> dict[str, Any]:
    """Return the diagram's columns of nodes: the first of each layer, then its bias."""
    nodes = [*(rows for rows, _ in names.layers), names.outputs]
    biases = [*(net.has_bias(layer) for layer in range(1, net.layers + 1)), False]
    columns = zip(nodes, biases, _most_nodes(net), strict=True)
    return {"columns": [_column(named, bias=bias, most=most) for named, bias, most in columns]}


def _column(named: list[str], *, bias: bool, most: int) -> dict[str, object]:
    count = len(named) - bias
    size = min(count, most)
    return {"names": [*named[:size], *named[count:]], "more": count - size, "bias": bias}


def _most_nodes(net: Network) -> list[int]:
    """Return how many nodes each column of the diagram has at most, without its bias."""
    return [MOST_INPUTS, *[MOST_UNITS] * (net.layers - 1), MOST_OUTPUTS]


def _edges(net: Network, matrices: Matrices) -> FrameArrays:
    """Return the numbers of every matrix between the nodes of the diagram."""

    def submatrix(layer: int, matrix: Array, most: int, columns: int) -> Array:
        inner = net.rows(layer)
        rows = [*range(min(inner, most)), *range(inner, matrix.shape[1])]  # the bias after them
        return matrix[:, rows, :columns]

    parts = zip(matrices, pairwise(_most_nodes(net)), strict=True)
    return {
        f"edges{layer}": submatrix(layer, matrix, *most)
        for layer, (matrix, most) in enumerate(parts, start=1)
    }


def _sample_statistics(
    content: FrameContent, film: Film, net: Network, data: Dataset, most: int
) -> FrameArrays:
    """Return what needs a forward pass for every frame: unit values, saturation and score."""
    views = content.views
    wanted: list[Callable[[Network], FrameArrays]] = []
    if "network" in views:
        X = data.X[[content.sample, *evenly_spaced(len(data.X), most)]]
        wanted.append(lambda at: _unit_statistics(at, X))
    if "score" in views:
        sets = [subsample(data.X, data.y, most), subsample(data.X_val, data.y_val, most)]
        wanted.append(lambda at: {"score": np.array([score(data.task, at, *s) for s in sets])})
    if not wanted:
        return {}
    nets = [net.with_weights(*matrices) for matrices in zip(*film.weights, strict=True)]
    with np.errstate(all="ignore"):  # of a run that diverges
        frames = [{k: v for of in wanted for k, v in of(at).items()} for at in nets]
    return {name: np.array([frame[name] for frame in frames]) for name in frames[0]}


def _unit_statistics(net: Network, X: Array) -> FrameArrays:
    """Return the first sample's values at the diagram's nodes, and the others' saturation."""
    forward = net.forward(X)
    nodes = zip((X, *forward.values), _most_nodes(net), strict=True)
    return {
        "sample": np.concatenate([values[0, :most] for values, most in nodes]),
        "saturation": saturation(net, np.hstack(forward.sums[:-1])[1:]),
    }


def subsample(X: Array | None, y: Array | None, most: int) -> tuple[Array, Array]:
    """Return at most `most` samples, evenly spread; empty arrays for None."""
    if X is None or y is None:
        return np.empty((0, 0)), np.empty((0, 0))
    rows = evenly_spaced(len(X), most)
    return X[rows], y[rows]


def saturation(net: Network, H: Array) -> Array:
    """Return each hidden unit's share of samples saturated low, then saturated high: (2m,).

    `H` (N, m): the pre-activations of the m units of all hidden layers, in order.
    """
    low, high = saturation_ends(net.hidden)
    return np.concatenate([(low >= H).mean(axis=0), (high <= H).mean(axis=0)])


def saturation_ends(hidden: str) -> tuple[float, float]:
    """Return up to which and from which pre-activation on units with that activation saturate."""
    high = ACTIVATIONS[hidden].saturation
    return (0.0 if hidden == "relu" else -high), high  # ReLU's slope is 0 below 0


def score(task: Task, net: Network, X: Array, y: Array) -> float:
    """Return the accuracy or R² of a network; NaN where it is not defined."""
    return metrics.score(task, y, net.predict(X)) if len(X) else np.nan
