"""Where a weight's gradient went: the size of every factor, from the input side to the output side.

For a weight of W1 (eq. 10, through output o) and of W2 (eq. 5, where the weight decides o):

    dH_dW1 X1[i,k] · dZ_dH σ′(H[i,l]) · dO_dZ W2[l,o] · dyhat_dO σ′(O[i,o]) · error y − ŷ · scale
                                       dO_dW2 Z1[i,k] · dyhat_dO σ′(O[i,o]) · error y − ŷ · scale

`scale` is 1/N, or what the loss has in its place. Under cross-entropy σ′(O) cancels and is left
out. Each factor is measured against what it could well be, its reference:

    σ′           its greatest value: 1/4 for a sigmoid, 1 otherwise
    X            the root mean square of all inputs, at least 1; 1 for the constant
    W2           the root mean square of W2 without its bias row, at least 1/√rows: with that, O is
                 of the order 1 where Z is
    Z            1
    y − ŷ        1; for an identity output the standard deviation of the targets (1 if that is 0)
    scale        itself: to share the mean among N samples makes nothing vanish

How many powers of ten a factor lies below its reference is what it made the gradient lose.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import hypot, inf, log10, prod, sqrt
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.activations import ACTIVATIONS
from core.gradients import targets
from core.losses import LOSSES, check_loss
from core.network import Forward, Network

Array = NDArray[np.float64]
Cause = Literal[
    "input", "dead", "saturated_hidden", "small_weight", "idle", "saturated_output", "learned"
]

BLOCK = 2048  # samples at once: they stay in the cache, and a million do not fill the memory
TINY = 1e-150  # a norm below it may have lost squares
VANISHED = 1.0  # powers of ten below its reference, from which on a factor is to blame
SHARE = 0.5  # of the greatest loss, from which on another factor shares the blame
LOW = 10.0  # so many times below its reference, a factor is low in a sample
LARGE = 10.0  # a value beyond it drives a unit by itself: scaled ones stay within 3 or so
SLOPES = {"sigmoid": 0.25, "tanh": 1.0, "relu": 1.0, "identity": 1.0}  # their greatest


@dataclass(frozen=True)
class FactorSize:
    """One factor: its size, what it could well be, the product up to and with it.

    name: as in `core.gradients.ChainFactors`, or "error" or "scale".
    size: |factor| of the sample; of the batch the root mean square over its samples.
    product: |product| so far of the sample; of the batch its root mean square, which is not the
    product of the sizes where factors go up and down together.
    others: |product| of all the other factors; of the batch the root mean square of that.
    low: the share of the samples in which it lies 10 times below its reference.
    """

    name: str
    size: float
    reference: float
    product: float
    others: float
    low: float

    @property
    def lost(self) -> float:
        """How many powers of ten it lies below its reference: 0 if above, inf for an exact 0."""
        if self.size >= self.reference:
            return 0.0
        return log10(self.reference / self.size) if self.size > 0 else inf


@dataclass(frozen=True)
class Driver:
    """What drives a unit: number `index` of the values that it sums, of that magnitude."""

    index: int
    size: float


@dataclass(frozen=True)
class FactorSizes:
    """The factors of one sample or of the batch, and which of them made the product small.

    H, O: the pre-activations behind σ′(H) and σ′(O); for the batch their root mean squares. A
    weight of W2 has no H.
    driver_hidden, driver_output: what brings the largest term of H (an input) and of O (a hidden
    value), if it is beyond LARGE in magnitude; else None.
    """

    factors: tuple[FactorSize, ...]
    hidden: str
    H: float | None
    O: float
    driver_hidden: Driver | None
    driver_output: Driver | None

    @property
    def product(self) -> float:
        """What all factors come to."""
        return self.factors[-1].product

    @property
    def blamed(self) -> tuple[FactorSize, ...]:
        """The factors that made it vanish, the worst first; none where nothing did.

        The worst is at least VANISHED powers of ten below its reference; the others share the
        blame from SHARE of that on. Beside an exact 0, only other zeros count.
        """
        worst = max(factor.lost for factor in self.factors)
        if worst < VANISHED:
            return ()
        least = max(VANISHED, SHARE * worst)
        found = [factor for factor in self.factors if factor.lost >= least]
        return tuple(sorted(found, key=lambda factor: -factor.lost))

    @property
    def causes(self) -> tuple[Cause, ...]:
        """What each of the blamed factors means."""
        return tuple(self.cause(factor) for factor in self.blamed)

    def cause(self, factor: FactorSize) -> Cause:
        """What it means that this factor is small."""
        causes: dict[str, Cause] = {
            "dH_dW1": "input",
            "dZ_dH": "dead" if self.hidden == "relu" else "saturated_hidden",
            "dO_dZ": "small_weight",
            "dO_dW2": "idle",
            "dyhat_dO": "saturated_output",
            "error": "learned",
        }
        return causes[factor.name]

    def instead(self, factor: FactorSize) -> float:
        """What the product would be with that factor at its reference, in every sample."""
        return factor.others * factor.reference


@dataclass(frozen=True)
class Flow:
    """The chains of one sample and of the batch through one output, and what adding up left.

    gradient: |∂C/∂W|, over all samples and outputs.
    sizes: the sum of the samples' |contribution|, of which `gradient` is what did not cancel.
    """

    sample: FactorSizes
    batch: FactorSizes
    gradient: float
    sizes: float


def flow(
    net: Network,
    X: ArrayLike,
    y: ArrayLike,
    layer: Literal[1, 2],
    row: int,
    column: int,
    sample: int,
    output: int = 0,
    loss: str = "half_mse",
) -> Flow:
    """The sizes of the factors of W⁽layer⁾[row, column], all counted from 0.

    `output` is the one that the chains lead through; a weight of W2 decides it itself.
    X is (N, d), y is (N,) or (N, K). Raises IndexError when there is no such weight, sample or
    output, ValueError as `core.gradients.cost` does.
    """
    check_loss(net, loss)
    X = net.check_inputs(X)
    y = targets(y, (len(X), net.outputs))
    counts = (*(net.W1 if layer == 1 else net.W2).shape, len(X), net.outputs)
    asked = {"row": row, "column": column, "sample": sample, "output": output}
    for (name, index), count in zip(asked.items(), counts, strict=True):
        if not 0 <= index < count:
            raise IndexError(
                f"there is no {name} {index} for W{layer}: they go from 0 to {count - 1}"
            )
    link = _Link(net, layer, row, column, loss, LOSSES[loss].error_scale(len(X)))
    through = column if layer == 2 else output
    every = [column] if layer == 2 else list(range(net.outputs))
    with np.errstate(all="ignore"):  # of a run about to diverge; and of slopes that round to 0
        references = link.references(X, y)
        one, batch = (_Sums(link, references, [through]) for _ in range(2))
        one.add(X[sample : sample + 1], y[sample : sample + 1])
        whole = batch if every == [through] else _Sums(link, references, every)
        for start in range(0, len(X), BLOCK):
            block = X[start : start + BLOCK], y[start : start + BLOCK]
            batch.add(*block)
            if whole is not batch:
                whole.add(*block)
        return Flow(one.chain(), batch.chain(), abs(whole.total), whole.sizes)


@dataclass(frozen=True)
class _Link:
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
        """Each factor with its sign, (n, 1) or (n, outputs), or what broadcasts to that."""
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
        """What each factor could well be; see the module."""
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
    """What is added up over the samples: norms, so that a small number's square is not lost."""

    link: _Link
    references: dict[str, float]
    outputs: list[int]
    count: int = 0
    norms: dict[str, float] = field(default_factory=dict)  # of factors, products to them, H and O
    low: dict[str, int] = field(default_factory=dict)
    total: float = 0.0
    sizes: float = 0.0
    inputs: Array = field(init=False)  # squares by column of X1
    hidden: Array = field(init=False)  # and of Z1

    def __post_init__(self) -> None:
        net = self.link.net
        self.inputs, self.hidden = np.zeros(len(net.W1)), np.zeros(len(net.W2))

    def add(self, X: Array, y: Array) -> None:
        """Go through the factors of some samples."""
        link, outputs = self.link, self.outputs
        forward = link.net.forward(X)
        shape = len(X), len(outputs)
        product = np.ones((1, 1))
        factors = dict(link.factors(forward, y, outputs))
        for name, factor in factors.items():
            values, product = np.broadcast_to(factor, shape), product * factor
            others = prod(other for key, other in factors.items() if key != name)
            self._grow(name, values)
            self._grow(f"to {name}", np.broadcast_to(product, shape))
            self._grow(f"without {name}", np.broadcast_to(others, shape))
            small = np.abs(values) < self.references[name] / LOW
            self.low[name] = self.low.get(name, 0) + int(small.sum())
        self.count += len(X)
        of_samples = product.sum(axis=1)
        self.total += float(of_samples.sum())
        self.sizes += float(np.abs(of_samples).sum())
        self._grow("O", forward.O[:, outputs])
        self.hidden += _squares(forward.Z1)
        if link.layer == 1:
            self._grow("H", np.broadcast_to(forward.H[:, [link.column]], shape))
            self.inputs += _squares(forward.X1)

    def _grow(self, name: str, values: Array) -> None:
        self.norms[name] = hypot(self.norms.get(name, 0.0), _norm(values))

    def chain(self) -> FactorSizes:
        """The root mean square of everything: of one sample and output its magnitude."""
        net, column, count = self.link.net, self.link.column, self.count * len(self.outputs)
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
        first = self.link.layer == 1
        return FactorSizes(
            factors,
            net.hidden,
            H=size.get("H"),
            O=size["O"],
            driver_hidden=_driver(inputs, net.W1[:, column]) if first else None,
            driver_output=_driver(hidden, out),
        )


def _driver(sizes: Array, weights: Array) -> Driver | None:
    """The value with the largest term, if it is LARGE."""
    index = int(np.argmax(sizes * np.abs(weights)))
    return Driver(index, float(sizes[index])) if sizes[index] > LARGE else None


def _norm(values: Array) -> float:
    """‖values‖, also where their squares are too small for a float64."""
    flat = values.ravel()
    norm = sqrt(flat.dot(flat))
    if norm > TINY:
        return norm
    scale = float(np.abs(flat).max())
    return scale * float(np.linalg.norm(flat / scale)) if scale > 0 else 0.0


def _rms(values: Array) -> float:
    return _norm(values) / sqrt(values.size)


def _squares(values: Array) -> Array:
    """The sum of squares of each column."""
    return np.asarray(np.einsum("ij,ij->j", values, values))
