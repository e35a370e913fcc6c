"""One training step as a track of stops: what is computed, in order, from X to the new C.

    X  H  Z  O  ŷ  C  ∂C/∂ŷ  ∂C/∂O  ∂C/∂W⁽²⁾  ∂C/∂Z  ∂C/∂H  ∂C/∂W⁽¹⁾  update  new C

With several hidden layers H, Z and ∂C by them carry their layers; W⁽ᴸ⁾ comes first on the way back.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.chain.factors import Symbol
from core.chain.fold import MatrixChain
from core.chain.partials import hidden_symbol
from core.losses import Loss, check_loss
from core.network import Network

Array = NDArray[np.float64]
Operation = Literal[
    "inputs", "sum", "activation", "cost", "error", "slope", "weights", "gradient", "update"
]

UPDATE, NEW_COST = "update", "new_C"


@dataclass(frozen=True)
class Stop:
    """A quantity of the training step.

    operation   what it is computed by                              of
    inputs      given                                               X
    sum         a product with W⁽layer⁾                             H, O
    activation  an activation of a pre-activation                   Z, ŷ
    cost        the loss of ŷ and y                                 C, new C
    error       ∂C/∂ŷ
    slope       what came back, times the activation's slope        ∂C/∂O, ∂C/∂H: δ
    weights     δ, times W⁽layer⁾ without its bias row, transposed  ∂C/∂Z
    gradient    what W⁽layer⁾ multiplies, transposed, times δ       ∂C/∂W⁽layer⁾
    update      the optimiser's step                                all W

    `layer` is that of the matrix used, or of the matrix whose pre-activation it is about; else 0.
    `symbol` is what stands below ∂C on the way back.
    """

    name: str
    operation: Operation
    layer: int
    symbol: Symbol
    backward: bool = False


def stops(layers: int) -> tuple[Stop, ...]:
    """Return the stops of a network of that many matrices, in order."""
    return tuple(_stops(layers))


def _stops(last: int) -> Iterator[Stop]:
    yield Stop("X", "inputs", 0, Symbol("X"))
    for layer in range(1, last):
        yield _forward("sum", layer, hidden_symbol("H", layer, last))
        yield _forward("activation", layer, hidden_symbol("Z", layer, last))
    yield _forward("sum", last, Symbol("O"))
    yield Stop("y_hat", "activation", last, Symbol("ŷ"))
    yield Stop("C", "cost", 0, Symbol("C"))
    yield _back("error", last, Symbol("ŷ"))
    yield _back("slope", last, Symbol("O"))
    yield _back("gradient", last, Symbol("W", last))
    for layer in range(last - 1, 0, -1):
        yield _back("weights", layer + 1, hidden_symbol("Z", layer, last))
        yield _back("slope", layer, hidden_symbol("H", layer, last))
        yield _back("gradient", layer, Symbol("W", layer))
    yield Stop(UPDATE, "update", 0, Symbol("W"))
    yield Stop(NEW_COST, "cost", 0, Symbol("C"))


def _forward(operation: Operation, layer: int, symbol: Symbol) -> Stop:
    return Stop(symbol.name, operation, layer, symbol)


def _back(operation: Operation, layer: int, symbol: Symbol) -> Stop:
    return Stop(f"dC_d{symbol.name}", operation, layer, symbol, backward=True)


def sample_values(net: Network, X: Array, y: Array, loss: str, samples: int) -> dict[str, Array]:
    """Return every sample's row of each stop from X to ∂C/∂H, by the stops' names.

    X (n, d) and y (n, K) are some of N = `samples`: the 1/N is of all. X and Z have their constant
    1. C is (n, 1), each sample's share. The activations' slopes are there by core's names, as
    dyhat_dO (n, K), or (n, K, K) of a softmax, and dZ_dH.
    """
    chosen = check_loss(net, loss)
    forward = net.forward(X)
    chain = MatrixChain(net, forward, y, loss, 1)
    error, output, *between, _ = chain.factors
    share = sample_share(chosen, samples, of=len(X))
    values = {"X": forward.inputs[0]}
    for layer in range(1, net.layers):
        values[hidden_symbol("H", layer, net.layers).name] = forward.sums[layer - 1]
        values[hidden_symbol("Z", layer, net.layers).name] = forward.inputs[layer]
    values |= {"O": forward.O, "y_hat": forward.y_hat}
    values["C"] = sample_costs(net, X, y, loss, samples)
    values |= {"dC_dyhat": share * error.value, output.name: output.value}
    values["dC_dO"] = delta = share * chain.dC_dO
    for factor in between:
        values[f"dC_d{factor.below.name}"] = delta = factor.pull(delta)
        if factor.kind == "diagonal":
            values[factor.name] = factor.value
    return values


def sample_costs(net: Network, X: Array, y: Array, loss: str, samples: int) -> Array:
    """Return each sample's share of C among N = `samples`, (n, 1)."""
    chosen, forward = check_loss(net, loss), net.forward(X)
    rows = (slice(i, i + 1) for i in range(len(X)))
    costs = [chosen.value(y[row], forward.y_hat[row], forward.O[row]) for row in rows]
    return sample_share(chosen, samples) * np.array(costs).reshape(-1, 1)


def sample_share(loss: Loss, samples: int, of: int = 1) -> float:
    """Return what C of `of` samples alone is multiplied by to be their share of C of all."""
    return loss.error_scale(samples) / loss.error_scale(of)
