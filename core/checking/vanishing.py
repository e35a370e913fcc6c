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

With several hidden layers the path from the unit to the output is a sum over the units between,
and a factor's size is by how much it changes the length of the vector that arrives at it; the sizes
still multiply to the contribution. A matrix between two hidden layers is compared with √columns
times its root mean square, a softmax's ∂ŷ/∂O with ¼, and its error is that of all outputs.

A factor reduces the gradient by as many powers of ten as it lies below its reference.

`delta_sizes` is of all weights at once: it shows which layer the gradient still reaches.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import hypot, inf, log10, prod, sqrt
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.activations import ACTIVATIONS, softmax_product
from core.chain import Factor, MatrixChain, deltas
from core.gradients import targets
from core.losses import check_loss, loss_of
from core.network import Forward, Network

Array = NDArray[np.float64]
Cause = Literal[
    "input", "dead", "saturated_hidden", "small_weight", "idle", "saturated_output", "learned",
    "near_target",
]  # fmt: skip

BLOCK = 2048  # samples at once: fits the cache, and bounds the memory
TINY = 1e-150  # below it, the squares of a norm may underflow
VANISHED = 1.0  # powers of ten below its reference from which a factor counts as vanishing
SHARE = 0.5  # of the worst factor's powers of ten, from which another counts too
LOW = 10.0  # in a sample, a factor this many times below its reference is low
MOST = 0.5  # of the samples of a softmax that are learned, from which a small error is
LARGE = 10.0  # a larger value saturates a unit by itself; scaled values stay within about 3


@dataclass(frozen=True)
class FactorSize:
    """One factor: its size, its typical size, and the running product.

    name: as in `core.chain`, or "error" or "scale".
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

    H, O: the pre-activations behind the weight's own σ′(H) and σ′(O); for the batch their root mean
    squares. A weight of the last matrix has no H.
    largest_hidden_term, largest_output_term: the input with the largest term in that H and the
    hidden value with the largest term in O, if its magnitude exceeds LARGE; else None.
    learned: of a softmax, the share of the samples that are learned: the class is right and the
    error of its own output is small. Else None: an error that is small is all there is to learn.
    """

    factors: tuple[FactorSize, ...]
    hidden: str
    H: float | None
    O: float
    largest_hidden_term: LargestTerm | None
    largest_output_term: LargestTerm | None
    learned: float | None = None

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
        if factor.name == "error":
            return "learned" if self.learned is None or self.learned >= MOST else "near_target"
        if factor.name == "dyhat_dO":
            return "saturated_output"
        if factor.name.endswith("_dW1"):
            return "input"
        if "_dW" in factor.name:
            return "idle"
        if "_dH" in factor.name:
            return "dead" if self.hidden == "relu" else "saturated_hidden"
        return "small_weight"

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


@dataclass(frozen=True)
class DeltaSize:
    """Size of δ⁽layer⁾: the root mean square of its entries, for one sample and for the batch."""

    layer: int
    sample: float
    batch: float


def delta_sizes(
    net: Network, X: ArrayLike, y: ArrayLike, sample: int, loss: str = "half_mse"
) -> tuple[DeltaSize, ...]:
    """Return the size of δ for each matrix, W1 first.

    X is (N, d), y is (N,) or (N, K), `sample` counts from 0. Raises IndexError if there is no such
    sample, and ValueError as `core.gradients.cost` does.
    """
    scale = check_loss(net, loss).error_scale
    X = net.check_inputs(X)
    y = targets(y, (len(X), net.outputs))
    if not 0 <= sample < len(X):
        raise IndexError(f"there is no sample {sample}: they go from 0 to {len(X) - 1}")
    norms = np.zeros((2, net.layers))
    with np.errstate(all="ignore"):  # a diverging run overflows
        for start in range(0, len(X), BLOCK):
            block = slice(start, start + BLOCK)
            share = scale(len(X)) / scale(len(X[block]))
            for at, delta in enumerate(deltas(net, net.forward(X[block]), y[block], loss)):
                norms[1, at] = hypot(norms[1, at], share * _norm(delta))
                if start <= sample < start + BLOCK:
                    norms[0, at] = share * _norm(delta[sample - start])
    widths = np.array([columns for _, columns in net.shapes])
    one, batch = norms[0] / np.sqrt(widths), norms[1] / np.sqrt(widths * len(X))
    pairs = zip(one.tolist(), batch.tolist(), strict=True)
    return tuple(DeltaSize(layer, *pair) for layer, pair in enumerate(pairs, start=1))


def analyse_vanishing(
    net: Network,
    X: ArrayLike,
    y: ArrayLike,
    layer: int,
    row: int,
    column: int,
    sample: int,
    output: int = 0,
    loss: str = "half_mse",
) -> VanishingAnalysis:
    """Return the sizes of the factors of W⁽layer⁾[row, column], all counted from 0.

    `output` is that of the chain; a weight of the last matrix determines it itself.
    X is (N, d), y is (N,) or (N, K). Raises IndexError if there is no such weight, sample or
    output, and ValueError as `core.gradients.cost` does.
    """
    check_loss(net, loss)
    X = net.check_inputs(X)
    y = targets(y, (len(X), net.outputs))
    if not 1 <= layer <= net.layers:
        raise IndexError(f"there is no W{layer}: they go from W1 to W{net.layers}")
    counts = (*net.shapes[layer - 1], len(X), net.outputs)
    indices = {"row": row, "column": column, "sample": sample, "output": output}
    for (name, index), count in zip(indices.items(), counts, strict=True):
        if not 0 <= index < count:
            raise IndexError(
                f"there is no {name} {index} for W{layer}: they go from 0 to {count - 1}"
            )
    scale = loss_of(net.output, loss).error_scale(len(X))
    weight = _WeightChain(net, layer, row, column, loss, scale)
    last = layer == net.layers
    through = column if last else output
    all_outputs = [column] if last else list(range(net.outputs))
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
    layer: int
    row: int
    column: int
    loss: str
    scale: float

    def chain(self, forward: Forward, y: Array) -> MatrixChain:
        """Return the chain of its matrix for some samples."""
        return MatrixChain(self.net, forward, y, self.loss, self.layer)

    def sizes(self, chain: MatrixChain, outputs: list[int]) -> Iterator[tuple[str, Array]]:
        """Yield each factor's size, (n, 1) or (n, outputs), or broadcastable to that."""
        yield chain.weight.name, np.abs(chain.weight.value[:, [self.row]])
        if chain.between:
            yield from self._path(chain.between, outputs)
        yield from self._output(chain, outputs)
        yield "scale", np.array([[self.scale]])

    def _path(self, between: tuple[Factor, ...], outputs: list[int]) -> Iterator[tuple[str, Array]]:
        """Yield the sizes from the unit to the output, as changes of a vector's length."""
        *above, linear, slope = between
        yield slope.name, np.abs(slope.value[:, [self.column]])
        vector, last = linear.value[[self.column]], linear is between[0]
        yield linear.name, np.abs(vector[:, outputs]) if last else _lengths(vector)
        for factor in reversed(above):
            before = _lengths(vector)
            # What has no direction left is followed in a direction that favours no unit.
            vector = np.where(before > 0, vector / before, 1 / sqrt(vector.shape[1]))
            vector, last = factor.push(vector), factor is between[0]
            yield factor.name, np.abs(vector[:, outputs]) if last else _lengths(vector)

    def _output(self, chain: MatrixChain, outputs: list[int]) -> Iterator[tuple[str, Array]]:
        """Yield the sizes of ∂ŷ/∂O, unless it cancels, and of the error."""
        y_hat = chain.forward.y_hat
        error = y_hat - chain.y
        if loss_of(self.net.output, self.loss).fused:
            yield "error", np.abs(error[:, outputs])
        elif self.net.output == "softmax":
            whole = _lengths(error)
            pulled = softmax_product(error, y_hat)
            share = np.divide(pulled, whole, where=whole > 0, out=np.zeros_like(pulled))
            yield "dyhat_dO", np.abs(share[:, outputs])
            yield "error", whole
        else:
            yield "dyhat_dO", chain.factors[1].value[:, outputs]
            yield "error", np.abs(error[:, outputs])

    def references(self, X: Array, y: Array) -> dict[str, float]:
        """Return the reference of each factor; see the module's docstring."""
        net = self.net
        chain = self.chain(net.forward(X[:1]), y[:1])
        spread = sqrt(np.var(y, axis=0).mean()) if net.output == "identity" else 1.0
        first = self.layer == 1 and self.row < net.inputs
        references = {
            chain.weight.name: max(1.0, _rms(X)) if first else 1.0,
            "dyhat_dO": ACTIVATIONS[net.output].steepest,
            "error": spread or 1.0,
            "scale": self.scale,
        }
        for factor in chain.between:
            if factor.kind == "diagonal":
                references[factor.name] = ACTIVATIONS[net.hidden].steepest
            else:
                fan_in = len(factor.value) + net.bias_hidden
                columns = 1 if factor is chain.between[0] else factor.value.shape[1]
                typical = max(_rms(factor.value), 1 / sqrt(fan_in))
                references[factor.name] = typical * sqrt(columns)
        return references


@dataclass
class _Sums:
    """Sums over the samples, as norms, so that the squares of small numbers do not underflow."""

    weight: _WeightChain
    references: dict[str, float]
    outputs: list[int]
    count: int = 0
    norms: dict[str, float] = field(default_factory=dict)  # of factors, products to them, H and O
    low: dict[str, int] = field(default_factory=dict)
    learned: int = 0
    total: float = 0.0
    sizes: float = 0.0
    inputs: Array = field(init=False)  # sum of squares of each column of what the matrix multiplies
    hidden: Array = field(init=False)  # and of what the last matrix does

    def __post_init__(self) -> None:
        net = self.weight.net
        self.inputs = np.zeros(net.shapes[self.weight.layer - 1][0])
        self.hidden = np.zeros(net.shapes[-1][0])

    def add(self, X: Array, y: Array) -> None:
        """Add the factors of some samples."""
        weight, outputs = self.weight, self.outputs
        forward = weight.net.forward(X)
        chain = weight.chain(forward, y)
        shape = len(X), len(outputs)
        product = np.ones((1, 1))
        factors = dict(weight.sizes(chain, outputs))
        for name, factor in factors.items():
            values, product = np.broadcast_to(factor, shape), product * factor
            others = prod(other for key, other in factors.items() if key != name)
            self._add_norm(name, values)
            self._add_norm(f"to {name}", np.broadcast_to(product, shape))
            self._add_norm(f"without {name}", np.broadcast_to(others, shape))
            small = values < self.references[name] / LOW
            self.low[name] = self.low.get(name, 0) + int(small.sum())
        self.count += len(X)
        self.learned += int(_are_learned(forward.y_hat, y).sum())
        of_block = loss_of(weight.net.output, weight.loss).error_scale(len(X))
        parts = chain.contributions(weight.row, weight.column)[:, outputs]
        of_samples = parts.sum(axis=1) * (weight.scale / of_block)
        self.total += float(of_samples.sum())
        self.sizes += float(np.abs(of_samples).sum())
        self._add_norm("O", forward.O[:, outputs])
        self.hidden += _squares(forward.inputs[-1])
        if weight.layer < weight.net.layers:
            H = forward.sums[weight.layer - 1][:, [weight.column]]
            self._add_norm("H", np.broadcast_to(H, shape))
            self.inputs += _squares(forward.inputs[weight.layer - 1])

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
        out = np.sqrt(_squares(net.weights[-1][:, self.outputs].T))
        own = net.weights[self.weight.layer - 1][:, column]
        return FactorSizes(
            factors,
            net.hidden,
            H=size.get("H"),
            O=size["O"],
            largest_hidden_term=_largest_term(inputs, own) if "H" in size else None,
            largest_output_term=_largest_term(hidden, out),
            learned=self.learned / self.count if ACTIVATIONS[net.output].full else None,
        )


def _are_learned(y_hat: Array, y: Array) -> NDArray[np.bool_]:
    """Return of which samples the class is right and the error of its own output small, (n,)."""
    samples, own = np.arange(len(y)), y.argmax(axis=1)
    small = np.abs(y_hat - y)[samples, own] < 1 / LOW
    learned: NDArray[np.bool_] = small & (y_hat.argmax(axis=1) == own)
    return learned


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


def _lengths(vectors: Array) -> Array:
    """Return ‖v‖ of each row, (n, 1)."""
    scale = np.abs(vectors).max(axis=1, keepdims=True)
    scale = np.where(scale > 0, scale, 1.0)
    lengths: Array = scale * np.linalg.norm(vectors / scale, axis=1, keepdims=True)
    return lengths


def _rms(values: Array) -> float:
    return _norm(values) / sqrt(values.size)


def _squares(values: Array) -> Array:
    """Return the sum of squares of each column."""
    return np.asarray(np.einsum("ij,ij->j", values, values))
