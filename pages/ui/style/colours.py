"""Colours of numbers on a diverging scale; the twin of `pages/ui/live/draw/colours.js`.

A weight has the same colour at every epoch and on every page: its share of the way to an end of
the scale depends on its magnitude and the run's midpoint only, and never falls as it grows.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.training.run import Run
from core.utils.latest import latest
from core.utils.number_text import short_text

Array = NDArray[np.float64]
Colours = NDArray[np.float64]  # (…, 3): red, green, blue, from 0 to 255

WEIGHTS = 1.5  # their midpoint, relative to the largest at epoch 0: most grow
GRADIENTS = 0.1  # their midpoint, relative to the largest at epoch 0: most fall by decades
UPDATES = 0.01  # the midpoint of the last updates, relative to that of the weights
POWER = 0.75  # of a number: below 1 small ones differ more, above it large ones
MARKS = (-10, -1, 0, 1, 10)  # of a legend, in midpoints


@dataclass(frozen=True)
class Midpoints:
    """The magnitudes whose colour is halfway to an end of the scale, of a whole run."""

    weights: float
    gradients: float
    updates: float


def midpoints(run: Run) -> Midpoints:
    """Return a run's midpoints, from the largest initial weight and its largest gradient."""
    return latest(run, (), _compute_midpoints)


def _compute_midpoints(run: Run) -> Midpoints:
    start = run.film(-1, 1, gradients=True)
    weights = midpoint(start.weights)
    gradients = round_up(GRADIENTS * _largest(start.gradients or ()))
    return Midpoints(weights, gradients, round_up(UPDATES * weights))


def midpoint(matrices: Sequence[Array]) -> float:
    """Return the midpoint of weights from those at epoch 0."""
    return round_up(WEIGHTS * _largest(matrices))


def _largest(matrices: Sequence[Array]) -> float:
    magnitudes = (float(np.max(np.abs(matrix), initial=0.0)) for matrix in matrices)
    return max(magnitudes, default=0.0)


def round_up(value: float) -> float:
    """Return the smallest of 1, 2, 5 times a power of 10 that is at least the value; 1 for 0."""
    if not 0 < value < math.inf:
        return 1.0
    power = math.floor(math.log10(value))
    steps = (float(f"{step}e{power}") for step in (1, 2, 5, 10))
    return next(step for step in steps if step >= value * (1 - 1e-12))


def shares(values: Array, midpoint: float) -> Array:
    """Return how far numbers are from the middle of the scale (0) to an end (±1).

    It is ±½ at ±midpoint.
    """
    with np.errstate(over="ignore"):
        place: Array = np.sign(values) * (1 - 1 / (1 + (np.abs(values) / midpoint) ** POWER))
    return place


def colour_bar(midpoint: float) -> dict[str, Any]:
    """Return Plotly's colour bar of shares, with numbers at their true places."""
    marks = [mark * midpoint for mark in MARKS]
    texts = [short_text(mark) for mark in marks]
    return {"thickness": 10, "tickvals": shares(np.array(marks), midpoint), "ticktext": texts}


def text_colours(colours: Colours) -> NDArray[np.str_]:
    """Return black or white for each, whichever has the larger contrast to it (WCAG 2)."""
    light = luminance(colours) + 0.05
    return np.where(light / 0.05 > 1.05 / light, "#000", "#fff")


def luminance(colours: Colours) -> Array:
    """Return the relative luminance of each colour, from 0 to 1 (WCAG 2)."""
    parts = colours / 255
    linear = np.where(parts <= 10 / 255, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    light: Array = linear @ np.array([0.2126, 0.7152, 0.0722])
    return light


def colours_at(scale: Sequence[str], places: Array, stops: Sequence[float] = ()) -> Colours:
    """Return the colours of a scale (#rrggbb) at places from 0 to 1, by default evenly spaced."""
    at = stops or np.linspace(0, 1, len(scale))
    parts = np.array([[int(colour[i : i + 2], 16) for colour in scale] for i in (1, 3, 5)])
    return np.stack([np.interp(places, at, part) for part in parts], axis=-1)
