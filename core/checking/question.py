"""One number of a training step that is asked for, and what it is computed from.

With several hidden layers the factors are those of one path, the largest through the output.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from core.chain import Factor, MatrixChain, largest_paths, sample_costs
from core.checking.problem import GradientFactors, Problem
from core.checking.replacements import Replacement
from core.gradients import Array, cost, targets
from core.network import Network
from core.training.update import Update

TOTALS = ("product", "contribution", "gradient")
DELTA = "delta"  # ∂C by the pre-activation that the weight leads to
DC_DZ = "dC_dZ"  # ∂C by the value of the hidden unit that the weight leads to
SUM, ACTIVATION = "sum", "activation"  # H or O, and Z or ŷ, of the unit that it leads to
SHARE, COST = "share", "cost"  # the sample's share of C, and C
NEW_WEIGHT = "new_weight"  # the weight after the update
FORWARD = (SUM, ACTIVATION, SHARE, COST)


@dataclass(frozen=True, eq=False)
class Question:
    """The number asked for: `quantity` is a factor's name (`core.chain`) or one of those above.

    The weight is W⁽layer⁾[row, column]; sample and output are as in `core.gradients`; all indices
    count from 0. `raw` (N, d) are the inputs before scaling. With several hidden layers "product"
    is that of the largest path through the output; of a softmax's Jacobian the output by itself is
    asked for. `update` is needed for NEW_WEIGHT; with it, C may be mistaken for C after the update.
    """

    net: Network
    X: Array
    y: Array
    raw: Array
    layer: int
    row: int
    column: int
    sample: int
    output: int
    quantity: str
    loss: str = "half_mse"
    update: Update | None = None

    @cached_property
    def problem(self) -> Problem:
        """The network, data and loss that it is about."""
        y = targets(self.y, (len(self.X), self.net.outputs))
        return Problem(self.net, self.X, y, self.loss)

    @cached_property
    def matrix_chain(self) -> MatrixChain:
        """The true chain of the weight's matrix."""
        return MatrixChain(self.net, self.problem.forward, self.problem.y, self.loss, self.layer)

    @cached_property
    def factors(self) -> dict[str, Factor]:
        """Its factors by name, in order."""
        return {factor.name: factor for factor in self.matrix_chain.factors}

    @property
    def is_of_chain(self) -> bool:
        """Whether factors of the chain give the number."""
        return self.quantity not in (*FORWARD, NEW_WEIGHT)

    @property
    def is_last(self) -> bool:
        """Whether the weight is one of the last matrix: it reaches one output only."""
        return self.layer == self.net.layers

    @cached_property
    def units(self) -> tuple[int, ...]:
        """The units of the path, one of each hidden layer from the weight's own on."""
        if self.is_last:
            return ()
        chain, i = self.matrix_chain, self.sample
        (path,) = largest_paths(chain, i, self.row, self.column, 1, self.output)
        return path.units

    @cached_property
    def chain(self) -> "FactorChain":
        """The true chain."""
        return self.chain_of(self.problem.factors)

    def chain_of(self, factors: GradientFactors) -> "FactorChain":
        """Return the weight's chain of those factors."""
        return FactorChain(factors, self.layer, self.row, self.column, self.units)

    def chain_with(self, replacement: Replacement) -> "FactorChain":
        """Return the chain in which a mistake replaces some factors."""
        return self.chain_of(replacement(self.problem, self.problem.factors))

    @cached_property
    def truth(self) -> float:
        """The true value of the number asked for."""
        if self.quantity == "gradient":  # by matrix products, as on the page
            return float(self.problem.truth[self.layer - 1][self.row, self.column])
        if self.quantity == COST:
            return cost(self.net, self.X, self.problem.y, self.loss)
        if self.quantity == SHARE:
            return self.share_of(self.net, self.loss)
        if self.is_of_chain:
            return self.value_in(self.chain)
        return float(self.array[self.place])

    def share_of(self, net: Network, loss: str) -> float:
        """Return the sample's share of C in that network and by that loss."""
        i = slice(self.sample, self.sample + 1)
        return float(sample_costs(net, self.X[i], self.problem.y[i], loss, len(self.X)).item())

    @property
    def array(self) -> Array:
        """The array that holds a number of one unit or of a matrix, see `place`.

        Raises ValueError for other quantities.
        """
        at = self.layer - 1
        if self.quantity == SUM:
            return self.problem.forward.sums[at]
        if self.quantity == ACTIVATION:
            return self.problem.forward.values[at]
        if self.quantity == DELTA:
            return self.problem.deltas[at]
        if self.quantity == DC_DZ:
            *_, linear, _ = self.matrix_chain.between
            return linear.pull(self.problem.deltas[self.layer])
        if self.quantity == "gradient":
            return self.problem.truth[at]
        if self.quantity == NEW_WEIGHT and self.update is not None:
            return self.update.new_weights[at]
        raise ValueError(f"{self.quantity} is no entry of one array")

    @property
    def place(self) -> tuple[int, int]:
        """Its place in `array`: a row of the sample, or of the matrix."""
        of_matrix = self.quantity in ("gradient", NEW_WEIGHT)
        return self.row if of_matrix else self.sample, self.column

    def value_in(self, chain: "FactorChain") -> float:
        """Return the number asked for, computed from that chain."""
        return self.value_at(chain, self.sample, self.output)

    def value_at(self, chain: "FactorChain", i: int, o: int) -> float:
        """Return it for sample i and output o."""
        if self.quantity == "gradient":
            return float(chain.contributions.sum())
        if self.quantity == "contribution":
            return float(chain.contributions[i].sum())
        if self.quantity == DELTA:
            return float(chain.delta[i])
        if self.quantity == DC_DZ:
            return float(chain.dC_dZ[i].sum())
        if self.quantity == "product":
            return float(chain.products(o)[i])
        values = dict(zip(self.factors, chain.values(i, o), strict=True))
        return float(values[self.quantity])


@dataclass(frozen=True, eq=False)
class FactorChain:
    """The factors of one weight for all samples, and of one path; a mistake replaces some."""

    factors: GradientFactors
    layer: int
    row: int
    column: int
    units: tuple[int, ...]  # of the path, the weight's own first; none for the last matrix

    @property
    def error(self) -> Array:
        """∂C/∂ŷ, (N, K)."""
        f = self.factors
        return f.scale * (f.error if f.dC_dyhat is None else f.dC_dyhat)

    @property
    def weight_input(self) -> Array:
        """What the weight multiplies, (N,)."""
        return self.factors.inputs[self.layer - 1][:, self.row]

    @cached_property
    def own_slope(self) -> Array:
        """σ′ of the unit that the weight leads to, (N,); 1 for an output."""
        slopes = self.factors.slopes[self.layer - 1 :]
        return slopes[0][:, self.column] if slopes else np.ones(len(self.weight_input))

    @cached_property
    def through(self) -> Array:
        """∂O by the value of the weight's unit, (1, K) or (N, K): 1 or 0 for a weight of O."""
        f, first = self.factors, self.layer - 1
        if first == len(f.weights):
            return np.eye(f.error.shape[1])[[self.column]]
        change = f.weights[first][[self.column]]
        for slope, W in zip(f.slopes[first + 1 :], f.weights[first + 1 :], strict=True):
            change = (change * slope) @ W
        return change

    @cached_property
    def contributions(self) -> Array:
        """The contribution of each sample through each output, (N, K)."""
        hidden = (self.own_slope * self.weight_input)[:, np.newaxis]
        contributions: Array = self.factors.dC_dO * self.through * hidden
        return contributions

    @property
    def delta(self) -> Array:
        """∂C by the pre-activation that the weight leads to, (N,)."""
        delta: Array = self.dC_dZ.sum(axis=1) * self.own_slope
        return delta

    @property
    def dC_dZ(self) -> Array:
        """∂C through each output by the value of the unit that the weight leads to, (N, K)."""
        dC_dZ: Array = self.factors.dC_dO * self.through
        return dC_dZ

    def products(self, o: int) -> Array:
        """Return each sample's product through output o, (N,); of several layers the path's."""
        if len(self.units) < 2:
            return self.contributions[:, o]
        product = self.factors.dC_dO[:, o]
        for linear, slope in self.path(o):
            product = product * linear * slope
        found: Array = product * self.weight_input
        return found

    def path(self, o: int) -> Iterator[tuple[float, Array]]:
        """Yield the weight and the slopes (N,) of each hidden layer on the path, the last first."""
        f, destination = self.factors, o
        for at, unit in reversed(list(enumerate(self.units, self.layer - 1))):
            yield f.weights[at][unit, destination], f.slopes[at][:, unit]
            destination = unit

    def values(self, i: int, o: int) -> Iterator[float]:
        """Yield the factors for sample i and output o, in the order of the matrix's chain."""
        slope = self.factors.output_slope[i, o]
        yield from (self.error[i, o], slope[o] if slope.ndim else slope)
        for linear, slopes in self.path(o):
            yield from (linear, slopes[i])
        yield self.weight_input[i]


@dataclass(frozen=True)
class FactorMatch:
    """A value that a mistake gives: its variant, or its cell in the matrix (from 0)."""

    value: float
    detail: str = ""
    cell: tuple[int, int] | None = None


MatchFunction = Callable[[Question], Iterable[FactorMatch]]


@dataclass(frozen=True)
class FactorMistake:
    """A mistake: its name, its description, and a function for the values it gives.

    deeper: its description with several hidden layers, if another one is true there.
    """

    name: str
    description: str
    values: MatchFunction = field(compare=False)
    deeper: str = ""

    def description_in(self, net: Network) -> str:
        """Return what the mistake is in that network."""
        return self.deeper if self.deeper and net.layers > 2 else self.description
