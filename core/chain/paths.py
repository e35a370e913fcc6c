"""Paths from a weight to the cost: one unit of each later hidden layer, then an output.

A sample's contribution is the sum over all paths of the products of their factors. There are as
many as the later layers' sizes multiply to, so the largest are found layer by layer: the largest to
a unit go on from the largest to the units before it.
"""

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
    path, through its own output. Of equal products the first units come first.
    """
    start = float(chain.weight.value[sample, row])
    if not chain.between:
        return [Path((), column, float(start * chain.dC_dO[sample, column]))]
    units = np.array([[column]])  # of each path so far, (paths, hidden layers)
    with np.errstate(all="ignore"):  # a diverging run overflows
        products = start * chain.between[-1].value[sample, [column]]
        # From the weight's unit on: through a matrix, then down the slope of where it leads.
        linears, slopes = chain.between[-2::-2], chain.between[-3::-2]
        for linear, slope in zip(linears[:-1], slopes, strict=True):
            units, products = _through(units, products, linear.value, slope.value[sample], most)
        units, products = _through(units, products, linears[-1].value, chain.dC_dO[sample], most)
    of_output = units[:, -1] == output if output is not None else np.ones(len(units), bool)
    order = [place for place in _largest(products, len(products)) if of_output[place]][:most]
    return [
        Path(tuple(map(int, units[at, :-1])), int(units[at, -1]), float(products[at]))
        for at in order
    ]


def _through(
    units: NDArray[np.intp], products: Array, weights: Array, slopes: Array, most: int
) -> tuple[NDArray[np.intp], Array]:
    """Return the `most` largest paths to each unit of the next layer, one unit after the other."""
    last, found, kept = units[:, -1], [], []
    for unit, slope in enumerate(slopes):
        through = products * weights[last, unit] * slope
        best = _largest(through, most)
        found.append(np.column_stack([units[best], np.full(len(best), unit)]))
        kept.append(through[best])
    return np.concatenate(found), np.concatenate(kept)


def _largest(products: Array, most: int) -> NDArray[np.intp]:
    """Return the places of the largest magnitudes, the largest first."""
    return np.argsort(-np.abs(products), kind="stable")[:most]
