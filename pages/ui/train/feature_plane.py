"""The plane of two features, over which the decision surface and the units' maps are drawn.

Along it all other features are held at their means, so H = x · W1[x] + y · W1[y] + offset.
"""

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.dataset.preparation import Dataset
from core.network import Network
from core.utils.latest import latest
from pages.ui.state.stage_request import FeaturePlane
from pages.ui.style.thinning import evenly_spaced

Array = NDArray[np.float64]

MOST_POINTS = 500  # samples drawn over the plane, spread evenly over the training set
MARGIN = 0.08  # of the features' ranges, around them
TOLD = 3  # features whose mean is told; of the rest only how many


@dataclass(frozen=True)
class Shape:
    """What the picture over a plane needs to know of a network beside its weights."""

    units: int
    outputs: int
    bias_hidden: bool
    hidden: str  # activation
    output: str


@dataclass(frozen=True)
class View:
    """A plane of some data: its name, which features it holds where, and what the browser draws."""

    name: str
    plane: FeaturePlane
    held: Array  # (d,) the other features' means; 0 for the two that span the plane
    scene: dict[str, Any]

    def slices(self, net: Network, W1: Array, W2: Array) -> Array:
        """For weights of n epochs: the rows of both features, the offset, and W2; (n, …)."""
        offset = self.held @ W1[:, : net.inputs]
        if net.bias_input:
            offset = offset + W1[:, -1]
        rows = np.stack([W1[:, self.plane.x], W1[:, self.plane.y], offset], axis=1)
        return np.hstack([rows.reshape(len(W1), -1), W2.reshape(len(W2), -1)])


def view_of(data: Dataset, net: Network, wanted: FeaturePlane) -> View | None:
    """The plane that is wanted, brought into range; None where there are not two features."""
    d = data.X.shape[1]
    if d < 2:
        return None
    plane = _within(wanted, d, net.outputs, regions=data.task == "multiclass")
    shape = Shape(net.units, net.outputs, net.bias_hidden, net.hidden, net.output)
    return latest(data, (plane, shape), _view)


def _within(plane: FeaturePlane, d: int, outputs: int, *, regions: bool) -> FeaturePlane:
    x, y = min(plane.x, d - 1), min(plane.y, d - 1)
    if x == y:
        y = x - 1 if x else 1
    return FeaturePlane(x, y, min(max(plane.output, -1 if regions else 0), outputs - 1))


def _view(data: Dataset, plane: FeaturePlane, shape: Shape) -> View:
    held = data.X.mean(axis=0)
    held[[plane.x, plane.y]] = 0.0
    scene = {
        "x": _axis(data, plane.x),
        "y": _axis(data, plane.y),
        "held": _told(data, plane),
        "task": data.task,
        "classes": list(data.classes),
        "output": plane.output,
        "range": _range(data, plane, shape),
        "points": _points(data, plane),
        "activations": {"hidden": shape.hidden, "output": shape.output},
        "units": shape.units,
        "outputs": shape.outputs,
        "biasHidden": shape.bias_hidden,
    }
    name = sha256(json.dumps(scene).encode()).hexdigest()  # of all that is drawn
    return View(name, plane, held, {"name": name, **scene})


def _axis(data: Dataset, feature: int) -> dict[str, object]:
    """A feature's ends, scaled and in its own units."""
    values = data.X[:, feature]
    low, high = float(values.min()), float(values.max())
    room = MARGIN * (high - low) or 1.0
    ends = np.tile(data.X[0], (2, 1))
    ends[:, feature] = low - room, high + room
    raw = data.unscale_X(ends)[:, feature]
    return {
        "index": feature,
        "name": data.feature_names[feature],
        "low": low - room,
        "high": high + room,
        "rawLow": float(raw[0]),
        "rawHigh": float(raw[1]),
    }


def _told(data: Dataset, plane: FeaturePlane) -> str:
    """At what the other features are held, in their own units."""
    others = [i for i in range(data.X.shape[1]) if i not in (plane.x, plane.y)]
    if not others:
        return ""
    means = data.unscale_X(data.X.mean(axis=0)[np.newaxis])[0]
    told = [f"{data.feature_names[i]} = {means[i]:.4g}" for i in others[:TOLD]]
    more = [f"{len(others) - TOLD} more"] if len(others) > TOLD else []
    return f"Held at the mean: {', '.join(told + more)}."


def _range(data: Dataset, plane: FeaturePlane, shape: Shape) -> list[float]:
    """The least and the greatest ŷ that the colours tell apart."""
    if shape.output == "sigmoid":
        return [0.0, 1.0]
    targets = data.y[:, max(plane.output, 0)]
    low, high = float(targets.min()), float(targets.max())
    return [low, high] if high > low else [low - 1.0, high + 1.0]


def _points(data: Dataset, plane: FeaturePlane) -> list[list[float]]:
    """Samples as x, y and target: the class's number where there are several outputs for one."""
    rows = evenly_spaced(len(data.X), MOST_POINTS)
    several = data.task == "multiclass"
    target = data.y[rows].argmax(axis=1) if several else data.y[rows, max(plane.output, 0)]
    columns = [data.X[rows, plane.x], data.X[rows, plane.y], target]
    return np.column_stack(columns).round(6).tolist()  # type: ignore[no-any-return]
