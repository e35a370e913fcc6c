"""Vanishing gradient of a weight: the size of every factor, from the input to the output side.

For a weight of W1 (eq. 10, through output o) and of W2 (eq. 5, where the weight determines o):

    dH_dW1 X1[i,k] · dZ_dH σ′(H[i,l]) · dO_dZ W2[l,o] · dyhat_dO σ′(O[i,o]) · error y − ŷ · scale
                                       dO_dW2 Z1[i,k] · dyhat_dO σ′(O[i,o]) · error y − ŷ · scale

`scale` is 1/N, or the loss's own constant. Under cross-entropy σ′(O) cancels and is omitted. Each
factor is compared with a typical magnitude (its reference):

    σ′           its maximum: 1/4 for a sigmoid, 1 otherwise
    X            the root mean square of all inputs, at least 1; 1 for the constant
    W2           the root mean square of W2 without its bias row, at least 1/√rows, for which O is
                 of order 1 if Z is
    Z            1
    y − ŷ        1; for an identity output the standard deviation of the targets (1 if that is 0)
    scale        itself: the mean over N samples makes nothing vanish

A factor reduces the gradient by as many powers of ten as it lies below its reference.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import hypot, inf, log10, prod, sqrt
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.activations import ACTIVATIONS
from core.gradients import check_equations, targets
from core.losses import LOSSES, check_loss
from core.network import Forward, Network

Array = NDArray[np.float64]
Cause = Literal[
    "input", "dead", "saturated_hidden", "small_weight", "idle", "saturated_output", "learned"
]

BLOCK = 2048  # samples at once: fits the cache, and bounds the memory
TINY = 1e-150  # below it, the squares of a norm may underflow
VANISHED = 1.0  # powers of ten below its reference from which a factor counts as vanishing
SHARE = 0.5  # of the worst factor's powers of ten, from which another counts too
LOW = 10.0  # in a sample, a factor this many times below its reference is low
LARGE = 10.0  # a larger value saturates a unit by itself; scaled values stay within about 3
SLOPES = {"sigmoid": 0.25, "tanh": 1.0, "relu": 1.0, "identity": 1.0}  # maximum of σ′


@dataclass(frozen=True)
class FactorSize:
    """One factor: its size, its typical size, and the running product.

    name: as in `core.gradients.ChainFactors`, or "error" or "scale".
    size: |factor| of the sample; for the batch, the root mean square over its samples.
    product: |running product| of the sample; for the batch, its root mean square, which differs
    from the product of the sizes if factors are correlated.
    others: |product of all other factors|; for the batch, its root mean square.
    low: the share of the samples in which it lies 10 times below its reference.
    """

    name: str
    size: float
    reference: float
    product: float
    others: float
    low: float

    @property
    def orders_below(self) -> float:
        """How many powers of ten it lies below its reference: 0 if above, inf for an exact 0."""
        if self.size >= self.reference:
            return 0.0
        return log10(self.reference / self.size) if self.size > 0 else inf


@dataclass(frozen=True)
class LargestTerm:
    """The largest term of a unit's sum: value number `index`, of magnitude `size`."""

    index: int
    size: float


@dataclass(frozen=True)
class FactorSizes:
    """The factors of one sample or of the batch, and which of them make the product small.

    H, O: the pre-activations behind σ′(H) and σ′(O); for the batch their root mean squares. A
    weight of W2 has no H.
    largest_hidden_term, largest_output_term: the input with the largest term in H and the hidden
    value with the largest term in O, if its magnitude exceeds LARGE; else None.
    """

    factors: tuple[FactorSize, ...]
    hidden: str
    H: float | None
    O: float
    largest_hidden_term: LargestTerm | None
    largest_output_term: LargestTerm | None

    @property
    def product(self) -> float:
        """The product of all factors."""
        return self.factors[-1].product

    @property
    def vanishing_factors(self) -> tuple[FactorSize, ...]:
        """The factors that make the gradient vanish, the worst first; may be empty.

        The worst is at least VANISHED powers of ten below its reference, the others at least SHARE
        of that. Beside an exact 0, only other zeros count.
        """
        worst = max(factor.orders_below for factor in self.factors)
        if worst < VANISHED:
            return ()
        least = max(VANISHED, SHARE * worst)
        found = [factor for factor in self.factors if factor.orders_below >= least]
        return tuple(sorted(found, key=lambda factor: -factor.orders_below))

    @property
    def causes(self) -> tuple[Cause, ...]:
        """The cause behind each vanishing factor."""
        return tuple(self.cause(factor) for factor in self.vanishing_factors)

    def cause(self, factor: FactorSize) -> Cause:
        """Return the cause of a small factor."""
        causes: dict[str, Cause] = {
            "dH_dW1": "input",
            "dZ_dH": "dead" if self.hidden == "relu" else "saturated_hidden",
            "dO_dZ": "small_weight",
            "dO_dW2": "idle",
            "dyhat_dO": "saturated_output",
            "error": "learned",
        }
        return causes[factor.name]

    def product_at_reference(self, factor: FactorSize) -> float:
        """Return the product with that factor at its reference in every sample."""
        return factor.others * factor.reference


@dataclass(frozen=True)
class VanishingAnalysis:
    """The factor sizes of one sample and of the batch through one output, and the cancellation.

    gradient: |∂C/∂W|, over all samples and outputs.
    sizes: the sum of the samples' |contribution|; `gradient` is what remains after cancellation.
    """

    sample: FactorSizes
    batch: FactorSizes
    gradient: float
    sizes: float


def analyse_vanishing(
    net: Network,
    X: ArrayLike,
    y: ArrayLike,
    layer: Literal[1, 2],
    row: int,
    column: int,
    sample: int,
    output: int = 0,
    loss: str = "half_mse",
) -> VanishingAnalysis:
    """Return the sizes of the factors of W⁽layer⁾[row, column], all counted from 0.

    `output` is that of the chain; a weight of W2 determines it itself.
    X is (N, d), y is (N,) or (N, K). Raises IndexError if there is no such weight, sample or
    output, and ValueError as `core.gradients.cost` does, for several hidden layers or a softmax.
    """
    check_loss(net, loss)
    check_equations(net)
    X = net.check_inputs(X)
    y = targets(y, (len(X), net.outputs))
    counts = (*(net.W1 if layer == 1 else net.W2).shape, len(X), net.outputs)
    indices = {"row": row, "column": column, "sample": sample, "output": output}
    for (name, index), count in zip(indices.items(), counts, strict=True):
        if not 0 <= index < count:
            raise IndexError(
                f"there is no {name} {index} for W{layer}: they go from 0 to {count - 1}"
            )
    weight = _WeightChain(net, layer, row, column, loss, LOSSES[loss].error_scale(len(X)))
    through = column if layer == 2 else output
    all_outputs = [column] if layer == 2 else list(range(net.outputs))
    with np.errstate(all="ignore"):  # a diverging run overflows, and slopes may round to 0
        references = weight.references(X, y)
        one, batch = (_Sums(weight, references, [through]) for _ in range(2))
        one.add(X[sample : sample + 1], y[sample : sample + 1])
        whole = batch if all_outputs == [through] else _Sums(weight, references, all_outputs)
        for start in range(0, len(X), BLOCK):
            block = X[start : start + BLOCK], y[start : start + BLOCK]
            batch.add(*block)
            if whole is not batch:
                whole.add(*block)
        return VanishingAnalysis(one.chain(), batch.chain(), abs(whole.total), whole.sizes)


@dataclass(frozen=True)
class _WeightChain:
    """A weight of a network under a loss."""

    net: Network
    layer: Literal[1, 2]
    row: int
    column: int
    loss: str
    scale: float

    def factors(
        self, forward: Forward, y: Array, outputs: list[int]
    ) -> Iterator[tuple[str, Array]]:
        """Yield each signed factor, (n, 1) or (n, outputs), or broadcastable to that."""
        net = self.net
        if self.layer == 1:
            yield "dH_dW1", forward.X1[:, [self.row]]
            yield "dZ_dH", ACTIVATIONS[net.hidden].slope(forward.Z[:, [self.column]])
            yield "dO_dZ", net.W2[[self.column]][:, outputs]
        else:
            yield "dO_dW2", forward.Z1[:, [self.row]]
        y_hat = forward.y_hat[:, outputs]
        if not LOSSES[self.loss].fused:
            yield "dyhat_dO", ACTIVATIONS[net.output].slope(y_hat)
        yield "error", y_hat - y[:, outputs]
        yield "scale", np.array([[self.scale]])

    def references(self, X: Array, y: Array) -> dict[str, float]:
        """Return the reference of each factor; see the module's docstring."""
        net = self.net
        inner = net.W2[: net.units]
        spread = sqrt(np.var(y, axis=0).mean()) if net.output == "identity" else 1.0
        return {
            "dH_dW1": max(1.0, _rms(X)) if self.row < net.inputs else 1.0,
            "dZ_dH": SLOPES[net.hidden],
            "dO_dZ": max(_rms(inner), 1 / sqrt(len(net.W2))),
            "dO_dW2": 1.0,
            "dyhat_dO": SLOPES[net.output],
            "error": spread or 1.0,
            "scale": self.scale,
        }


@dataclass
class _Sums:
    """Sums over the samples, as norms, so that the squares of small numbers do not underflow."""

    weight: _WeightChain
    references: dict[str, float]
    outputs: list[int]
    count: int = 0
    norms: dict[str, float] = field(default_factory=dict)  # of factors, products to them, H and O
    low: dict[str, int] = field(default_factory=dict)
    total: float = 0.0
    sizes: float = 0.0
    inputs: Array = field(init=False)  # sum of squares of each column of X1
    hidden: Array = field(init=False)  # and of Z1

    def __post_init__(self) -> None:
        net = self.weight.net
        self.inputs, self.hidden = np.zeros(len(net.W1)), np.zeros(len(net.W2))

    def add(self, X: Array, y: Array) -> None:
        """Add the factors of some samples."""
        weight, outputs = self.weight, self.outputs
        forward = weight.net.forward(X)
        shape = len(X), len(outputs)
        product = np.ones((1, 1))
        factors = dict(weight.factors(forward, y, outputs))
        for name, factor in factors.items():
            values, product = np.broadcast_to(factor, shape), product * factor
            others = prod(other for key, other in factors.items() if key != name)
            self._add_norm(name, values)
            self._add_norm(f"to {name}", np.broadcast_to(product, shape))
            self._add_norm(f"without {name}", np.broadcast_to(others, shape))
            small = np.abs(values) < self.references[name] / LOW
            self.low[name] = self.low.get(name, 0) + int(small.sum())
        self.count += len(X)
        of_samples = product.sum(axis=1)
        self.total += float(of_samples.sum())
        self.sizes += float(np.abs(of_samples).sum())
        self._add_norm("O", forward.O[:, outputs])
        self.hidden += _squares(forward.Z1)
        if weight.layer == 1:
            self._add_norm("H", np.broadcast_to(forward.H[:, [weight.column]], shape))
            self.inputs += _squares(forward.X1)

    def _add_norm(self, name: str, values: Array) -> None:
        self.norms[name] = hypot(self.norms.get(name, 0.0), _norm(values))

    def chain(self) -> FactorSizes:
        """Return the root mean squares; for one sample and output, the magnitudes."""
        net, column, count = self.weight.net, self.weight.column, self.count * len(self.outputs)
        size = {name: norm / sqrt(count) for name, norm in self.norms.items()}
        factors = tuple(
            FactorSize(
                name, size[name], self.references[name], size[f"to {name}"],
                size[f"without {name}"], low / count,
            )
            for name, low in self.low.items()
        )  # fmt: skip
        inputs, hidden = (np.sqrt(squares / self.count) for squares in (self.inputs, self.hidden))
        out = np.sqrt(_squares(net.W2[:, self.outputs].T))
        first = self.weight.layer == 1
        return FactorSizes(
            factors,
            net.hidden,
            H=size.get("H"),
            O=size["O"],
            largest_hidden_term=_largest_term(inputs, net.W1[:, column]) if first else None,
            largest_output_term=_largest_term(hidden, out),
        )


def _largest_term(sizes: Array, weights: Array) -> LargestTerm | None:
    """Return the value with the largest term if it exceeds LARGE, else None."""
    index = int(np.argmax(sizes * np.abs(weights)))
    return LargestTerm(index, float(sizes[index])) if sizes[index] > LARGE else None


def _norm(values: Array) -> float:
    """Return ‖values‖, also if their squares underflow."""
    flat = values.ravel()
    norm = sqrt(flat.dot(flat))
    if norm > TINY:
        return norm
    scale = float(np.abs(flat).max())
    return scale * float(np.linalg.norm(flat / scale)) if scale > 0 else 0.0


def _rms(values: Array) -> float:
    return _norm(values) / sqrt(values.size)


def _squares(values: Array) -> Array:
    """Return the sum of squares of each column."""
    return np.asarray(np.einsum("ij,ij->j", values, values))
