"""Plane of two features, over which the decision surface and the units' maps are drawn.

All other features are fixed at their means, so H = x · W1[x] + y · W1[y] + offset.

The stage is sent one plane at a time; a page has what a plane of any two features consists of,
`plane_parts`, from which `live/run_page/film/feature_plane.js` makes the same planes.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import isfinite
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from core.activations import ACTIVATIONS
from core.dataset.preparation import Dataset
from core.network import Network
from core.training.film import Matrices
from core.utils.latest import latest
from core.utils.number_text import short_text
from core.utils.thinning import evenly_spaced
from pages.ui.state.stage_request import FeaturePlane

Array = NDArray[np.float64]

MOST_POINTS = 500  # samples drawn, training and validation together, evenly spread
MARGIN = 0.08  # around the plane, as a share of each feature's range
MOST_MEANS = 3  # listed by name; the rest is counted


@dataclass(frozen=True)
class NetworkShape:
    """Size and activations of a network: what the plane needs beside the weights."""

    units: tuple[int, ...]  # of each hidden layer
    outputs: int
    bias_hidden: bool
    hidden: str  # activation
    output: str  # activation

    @classmethod
    def of(cls, net: Network) -> Self:
        """Return the shape of a network."""
        units = tuple(columns for _, columns in net.shapes[:-1])
        return cls(units, net.outputs, net.bias_hidden, net.hidden, net.output)


@dataclass(frozen=True)
class PlaneScene:
    """A plane over a data set: its hash as a name, the fixed features, the browser's scene."""

    name: str
    plane: FeaturePlane
    means: Array  # (d,) of the fixed features; 0 for the two that span the plane
    scene: dict[str, Any]

    def slices(self, net: Network, weights: Matrices) -> Array:
        """Return both features' rows of W1, the offset, and W2 to WL, for n epochs: (n, …)."""
        W1, *later = weights
        offset = self.means @ W1[:, : net.inputs]
        if net.bias_input:
            offset = offset + W1[:, -1]
        rows = np.stack([W1[:, self.plane.x], W1[:, self.plane.y], offset], axis=1)
        return np.hstack([matrix.reshape(len(W1), -1) for matrix in (rows, *later)])


def plane_of(data: Dataset, net: Network, wanted: FeaturePlane) -> PlaneScene | None:
    """Return the requested plane, clipped to the data; None with fewer than two features."""
    d = data.X.shape[1]
    if d < 2:
        return None
    plane = _clip(wanted, d, net.outputs, regions=data.task == "multiclass")
    return latest(data, (plane, NetworkShape.of(net)), _feature_plane)


def _clip(plane: FeaturePlane, d: int, outputs: int, *, regions: bool) -> FeaturePlane:
    x, y = min(plane.x, d - 1), min(plane.y, d - 1)
    if x == y:
        y = x - 1 if x else 1
    return FeaturePlane(x, y, min(max(plane.output, -1 if regions else 0), outputs - 1))


def _feature_plane(data: Dataset, plane: FeaturePlane, shape: NetworkShape) -> PlaneScene:
    means = data.X.mean(axis=0)
    means[[plane.x, plane.y]] = 0.0
    scene = {
        "x": _axis(data, plane.x),
        "y": _axis(data, plane.y),
        "held": _means_text(data, plane),
        "output": plane.output,
        "range": _range(data, max(plane.output, 0), shape),
        **_points(data, plane),
        **_network_scene(data, shape),
    }
    name = sha256(json.dumps(scene).encode()).hexdigest()  # of everything drawn
    return PlaneScene(name, plane, means, {"name": name, **scene})


def plane_parts(data: Dataset, net: Network) -> dict[str, Any] | None:
    """Return what a plane of any two features consists of; None with fewer than two.

    axes, means (of the scaled features) and mean_texts: one of each feature; ranges: of ŷ by
    output; and the limits of what is drawn. The samples are the page's own.
    """
    d = data.X.shape[1]
    if d < 2:
        return None
    shape = NetworkShape.of(net)
    return {
        "axes": [_axis(data, feature) for feature in range(d)],
        "means": data.X.mean(axis=0).tolist(),
        "mean_texts": _mean_texts(data, range(d)),
        "most_means": MOST_MEANS,
        "most_points": MOST_POINTS,
        "ranges": [_range(data, output, shape) for output in range(shape.outputs)],
        "scene": _network_scene(data, shape),
    }


def _network_scene(data: Dataset, shape: NetworkShape) -> dict[str, Any]:
    """Return the part of a plane's scene that is the same for any two features."""
    return {
        "task": data.task,
        "classes": list(data.classes),
        "activations": {"hidden": shape.hidden, "output": shape.output},
        "bounds": [end if isfinite(end) else None for end in ACTIVATIONS[shape.hidden].bounds],
        "units": shape.units,
        "outputs": shape.outputs,
        "biasHidden": shape.bias_hidden,
    }


def _axis(data: Dataset, feature: int) -> dict[str, object]:
    """Return a feature's range with its margin, scaled and in the original units."""
    values = np.concatenate([X[:, feature] for X, _ in _sets(data).values()])
    low, high = float(values.min()), float(values.max())
    margin = MARGIN * (high - low) or 1.0
    ends = np.tile(data.X[0], (2, 1))
    ends[:, feature] = low - margin, high + margin
    raw = data.unscale_X(ends)[:, feature]
    return {
        "index": feature,
        "name": data.feature_names[feature],
        "low": low - margin,
        "high": high + margin,
        "rawLow": float(raw[0]),
        "rawHigh": float(raw[1]),
    }


def _means_text(data: Dataset, plane: FeaturePlane) -> str:
    """Return at which means the other features are fixed, in their original units."""
    others = [i for i in range(data.X.shape[1]) if i not in (plane.x, plane.y)]
    if not others:
        return ""
    named = _mean_texts(data, others[:MOST_MEANS])
    more = [f"{len(others) - MOST_MEANS} more"] if len(others) > MOST_MEANS else []
    return f"Fixed at the mean: {', '.join(named + more)}."


def _mean_texts(data: Dataset, features: Sequence[int]) -> list[str]:
    """Return the means of features by their names, in their original units."""
    means = data.unscale_X(data.X.mean(axis=0)[np.newaxis])[0]
    return [f"{data.feature_names[i]} = {short_text(means[i])}" for i in features]


def _range(data: Dataset, output: int, shape: NetworkShape) -> list[float]:
    """Return the range of ŷ that the colour scale covers."""
    bounds = ACTIVATIONS[shape.output].bounds
    if isfinite(bounds[1]):
        return list(bounds)
    targets = data.y[:, output]
    low, high = float(targets.min()), float(targets.max())
    return [low, high] if high > low else [low - 1.0, high + 1.0]


def _points(data: Dataset, plane: FeaturePlane) -> dict[str, list[list[float]]]:
    """Return samples as x, y and target (the class index if there are several classes), by set."""
    sets = _sets(data)
    every = max(1.0, sum(len(X) for X, _ in sets.values()) / MOST_POINTS)
    several = data.task == "multiclass"
    points = {}
    for name, (X, y) in sets.items():
        rows = evenly_spaced(len(X), max(1, int(len(X) / every)))
        target = y[rows].argmax(axis=1) if several else y[rows, max(plane.output, 0)]
        columns = np.column_stack([X[rows, plane.x], X[rows, plane.y], target])
        points[name] = columns.round(6).tolist()
    return points


def _sets(data: Dataset) -> dict[str, tuple[Array, Array]]:
    """Return X and y of the training samples, "points", and of any validation samples."""
    sets = {"points": (data.X, data.y)}
    if data.X_val is not None and data.y_val is not None:
        sets["validation"] = data.X_val, data.y_val
    return sets
