"""Paths from a weight to the cost: one unit of each later hidden layer, then an output.

A sample's contribution is the sum over all paths of the products of their factors. There are as
many as the later layers' sizes multiply to, so the largest are found layer by layer, from the cost
back: the largest from a unit begin with the largest from the units after it. They are the same, and
in the same order, as in `pages/ui/live/chain_rule/paths.js`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from core.chain.fold import MatrixChain

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Path:
    """A path: the unit of each hidden layer from the weight's own on, its output, its product."""

    units: tuple[int, ...]
    output: int
    product: float


def path_count(chain: MatrixChain) -> int:
    """Return how many paths there are from a weight of the chain's matrix through all outputs."""
    return prod(columns for _, columns in chain.net.shapes[chain.layer :])


def largest_paths(
    chain: MatrixChain, sample: int, row: int, column: int, most: int, output: int | None = None
) -> list[Path]:
    """Return the paths with the largest |product| for one sample, the largest first.

    They are those through one output, or through all for None. A weight of the last matrix has one
    path, through its own output. What all paths of a weight share, its input and its own unit's
    slope, does not rank them: it may be 0. Of equals the one with the lowest next unit comes first.
    """
    start = float(chain.weight.value[sample, row])
    if not chain.between:
        return [Path((), column, float(start * chain.dC_dO[sample, column]))]
    outputs = np.arange(chain.net.outputs) if output is None else np.array([output])
    ways = outputs[:, np.newaxis]  # the units of each way to the cost, (ways, layers)
    with np.errstate(all="ignore"):  # a diverging run overflows
        products = chain.dC_dO[sample, outputs]
        *later, (linear, slope) = zip(chain.between[::2], chain.between[1::2], strict=True)
        for weights, slopes in later:
            every = range(len(weights.value))
            ways, products = _back(ways, products, weights.value, every, most)
            products = products * slopes.value[sample, ways[:, 0]]
        ways, products = _back(ways, products, linear.value, [column], most)
        products = products * slope.value[sample, column] * start
    return [
        Path(tuple(map(int, units)), int(to), float(product))
        for (*units, to), product in zip(ways, products, strict=True)
    ]


def _back(
    ways: NDArray[np.intp], products: Array, weights: Array, units: Iterable[int], most: int
) -> tuple[NDArray[np.intp], Array]:
    """Return the `most` largest ways from each of these units, one unit after the other."""
    found, kept = [], []
    for unit in units:
        through = products * weights[unit, ways[:, 0]]
        best = _largest(through, most)
        found.append(np.column_stack([np.full(len(best), unit), ways[best]]))
        kept.append(through[best])
    return np.concatenate(found), np.concatenate(kept)


def _largest(products: Array, most: int) -> NDArray[np.intp]:
    """Return the places of the largest magnitudes, the largest first; NaN counts as 0."""
    sizes = np.where(np.isnan(products), 0.0, np.abs(products))
    return np.argsort(-sizes, kind="stable")[:most]
