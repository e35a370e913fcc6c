"""Network of the derivation, and deeper ones, as an immutable value.

symbol   shape       meaning
X        (N, d)      inputs as given
X1       (N, d+1)    inputs with the constant 1 appended last (without input bias: X itself)
W1       (d+1, m)    input → hidden, the last row is the bias (without: (d, m))
H        (N, m)      H = X1 W1, hidden pre-activation
Z        (N, m)      Z = σ(H), or another hidden activation of H
Z1       (N, m+1)    Z with the constant 1 appended last (without hidden bias: Z itself)
W2       (m+1, K)    hidden → output, the last row is the bias (without: (m, K))
O        (N, K)      O = Z1 W2, output pre-activation
y_hat    (N, K)      ŷ = σ(O); ŷ = O with an identity output; or ŷ = softmax(O)

With L − 1 hidden layers there are L matrices W⁽¹⁾ … W⁽ᴸ⁾, and an H and a Z for each hidden layer,
counted from 1; O and ŷ belong to the last matrix.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.activations import ACTIVATIONS, HIDDEN, OUTPUT
from core.utils.arguments import array, choice, flag, integer, matrix
from core.utils.arguments import seed as check_seed

Array = NDArray[np.float64]

MAX_HIDDEN = 6  # hidden layers
MAX_UNITS = 100_000  # a mistyped size must not allocate gigabytes
MAX_WEIGHTS = 100_000_000


class ByLayer(tuple[Array, ...]):
    """Arrays of the hidden layers, counted from 1: `forward.H[1]` is the first layer's."""

    __slots__ = ()

    def __getitem__(self, layer: Any) -> Any:  # noqa: ANN401 - a tuple's own, but for the count
        """Return the array of that layer. Raises IndexError for a layer that there is not."""
        if not 1 <= layer <= len(self):
            raise IndexError(f"there is no hidden layer {layer}, but 1 to {len(self)}")
        return super().__getitem__(layer - 1)


@dataclass(frozen=True)
class Forward:
    """All arrays of a forward pass, which the gradient reuses.

    By layer: `inputs` is what each matrix multiplies, (N, rows of W⁽ˡ⁾), `sums` the pre-activations
    and `values` the activations, both (N, columns of W⁽ˡ⁾). The derivation's names are below.
    """

    inputs: tuple[Array, ...]  # X1, then Z1 of each hidden layer
    sums: tuple[Array, ...]  # H of each hidden layer, then O
    values: tuple[Array, ...]  # Z of each hidden layer, then ŷ

    @property
    def X1(self) -> Array:
        """The inputs with the constant 1, (N, d+1)."""
        return self.inputs[0]

    @property
    def H(self) -> Any:  # noqa: ANN401
        """H (N, m) of the only hidden layer; of several, by layer: H[1], H[2]."""
        return self._hidden(self.sums[:-1])

    @property
    def Z(self) -> Any:  # noqa: ANN401
        """Z (N, m) of the only hidden layer; of several, by layer: Z[1], Z[2]."""
        return self._hidden(self.values[:-1])

    @property
    def Z_bias(self) -> ByLayer:
        """Z with the constant 1, (N, m+1), by hidden layer: Z_bias[1]."""
        return ByLayer(self.inputs[1:])

    @property
    def Z1(self) -> Array:
        """Z with the constant 1, (N, m+1), of the only hidden layer; ValueError for several."""
        if len(self.inputs) > 2:
            raise ValueError("Z1 is the name with one hidden layer; of several it is Z_bias[layer]")
        return self.inputs[1]

    @property
    def O(self) -> Array:
        """The output's pre-activation, (N, K)."""
        return self.sums[-1]

    @property
    def y_hat(self) -> Array:
        """The predictions ŷ, (N, K)."""
        return self.values[-1]

    @staticmethod
    def _hidden(arrays: tuple[Array, ...]) -> Any:  # noqa: ANN401
        return arrays[0] if len(arrays) == 1 else ByLayer(arrays)


@dataclass(frozen=True, eq=False, init=False)
class Network:
    """W⁽¹⁾, W⁽²⁾ and more with biases and activations; immutable, so an update is a new network.

    The matrices are copied, converted to float64 and made read-only. `hidden` and `output` are
    names in `core.activations` (HIDDEN, OUTPUT). `bias_input` concerns W1, `bias_hidden` every
    later matrix. `deeper` holds the matrices from the third on.

    Raises ValueError when a matrix is not two-dimensional or not finite, when the rows of one do
    not fit the columns of the one before (plus one with a hidden bias), for more than MAX_HIDDEN
    hidden layers, for a bias that is neither True nor False, for an unknown activation, or for a
    softmax of a single output.
    """

    W1: Array
    W2: Array
    deeper: tuple[Array, ...]
    bias_input: bool
    bias_hidden: bool
    hidden: str
    output: str

    def __init__(
        self,
        W1: ArrayLike,
        W2: ArrayLike,
        *more: ArrayLike,
        deeper: Sequence[ArrayLike] = (),
        bias_input: bool = True,
        bias_hidden: bool = True,
        hidden: str = "sigmoid",
        output: str = "sigmoid",
    ) -> None:
        """Copy and check the matrices; those after W2 as arguments or as `deeper`, not both."""
        if more and len(deeper):
            raise ValueError("deeper is given, and matrices after W2, too")
        first, second, *later = _read_only_copies((W1, W2, *(more or deeper)))
        values = {
            "W1": first,
            "W2": second,
            "deeper": tuple(later),
            "bias_input": flag("bias_input", bias_input),
            "bias_hidden": flag("bias_hidden", bias_hidden),
            "hidden": choice("hidden", hidden, HIDDEN),
            "output": choice("output", output, OUTPUT),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)
        self._check_shapes()

    def _check_shapes(self) -> None:
        if self.inputs < 1:
            raise ValueError("W1 needs at least one input row besides its bias row")
        for layer, (before, W) in enumerate(pairwise(self.weights), start=2):
            units = before.shape[1]
            if W.shape[0] != units + self.bias_hidden:
                bias = " and the bias" if self.bias_hidden else ""
                raise ValueError(
                    f"W{layer} has {W.shape[0]} rows; "
                    f"{units} hidden units{bias} need {units + self.bias_hidden}"
                )
        check_softmax(self.output, self.outputs)

    def __repr__(self) -> str:
        """Return, say, Network(3×3, 4×1, sigmoid, sigmoid); absent biases are named."""
        sizes = ", ".join(f"{rows}×{columns}" for rows, columns in self.shapes)
        biases = {"bias_input": self.bias_input, "bias_hidden": self.bias_hidden}
        absent = "".join(f", {name}=False" for name, there in biases.items() if not there)
        return f"{type(self).__name__}({sizes}, {self.hidden}, {self.output}{absent})"

    @classmethod
    def init(
        cls,
        inputs: int,
        hidden: int | Sequence[int],
        outputs: int = 1,
        *,
        bias_input: bool = True,
        bias_hidden: bool = True,
        scheme: str = "xavier_uniform",
        seed: int = 0,
        hidden_activation: str = "sigmoid",
        output_activation: str = "sigmoid",
    ) -> Self:
        """Return a network of d inputs, m hidden units and K outputs with seeded random weights.

        `hidden` is m, or the units of each hidden layer in order. `scheme` is a name in SCHEMES.
        Bias rows are drawn like all rows of their matrix. Raises ValueError for sizes below 1 or
        above MAX_UNITS, no hidden layer or more than MAX_HIDDEN, more than MAX_WEIGHTS weights, a
        seed not from 0 to 2⁶⁴ − 1, an unknown scheme or unknown activations.
        """
        d = integer("inputs", inputs, 1, MAX_UNITS)
        sizes = [d, *_hidden_sizes(hidden), integer("outputs", outputs, 1, MAX_UNITS)]
        bias_input, bias_hidden = flag("bias_input", bias_input), flag("bias_hidden", bias_hidden)
        count = sum(before * after for before, after in pairwise(sizes))
        if count > MAX_WEIGHTS:
            raise ValueError(
                f"inputs, hidden and outputs make {count} weights, beyond {MAX_WEIGHTS}"
            )
        draw = SCHEMES[choice("scheme", scheme, SCHEMES)]
        hidden_activation = choice("hidden_activation", hidden_activation, HIDDEN)
        output_activation = choice("output_activation", output_activation, OUTPUT)
        check_softmax(output_activation, sizes[-1])
        random = np.random.Generator(np.random.Philox(key=check_seed("seed", seed)))
        biases = [bias_input] + [bias_hidden] * (len(sizes) - 2)
        matrices = (
            draw(random, before + bias, after)
            for bias, (before, after) in zip(biases, pairwise(sizes), strict=True)
        )
        return cls(
            *matrices,
            bias_input=bias_input,
            bias_hidden=bias_hidden,
            hidden=hidden_activation,
            output=output_activation,
        )

    @property
    def weights(self) -> tuple[Array, ...]:
        """All matrices in order, W1 first."""
        return (self.W1, self.W2, *self.deeper)

    @property
    def layers(self) -> int:
        """L, the number of matrices: one more than hidden layers."""
        return 2 + len(self.deeper)

    @property
    def shapes(self) -> tuple[tuple[int, int], ...]:
        """The shape of each matrix."""
        return tuple((W.shape[0], W.shape[1]) for W in self.weights)

    @property
    def size(self) -> int:
        """The number of weights in all matrices, bias rows included."""
        return sum(W.size for W in self.weights)

    @property
    def inputs(self) -> int:
        """d, the number of inputs without the constant."""
        return int(self.W1.shape[0]) - self.bias_input

    @property
    def units(self) -> int:
        """m, the number of units in the first hidden layer without the constant."""
        return int(self.W1.shape[1])

    @property
    def outputs(self) -> int:
        """K, the number of outputs."""
        return int(self.weights[-1].shape[1])

    def has_bias(self, layer: int) -> bool:
        """Return whether the last row of W⁽layer⁾ is a bias."""
        return self.bias_input if layer == 1 else self.bias_hidden

    def rows(self, layer: int) -> int:
        """Return the number of rows of W⁽layer⁾ without a bias row: what δ passes back through."""
        return int(self.weights[layer - 1].shape[0]) - self.has_bias(layer)

    def with_weights(self, *weights: ArrayLike) -> Self:
        """Return this network with other matrices. Raises ValueError as Network does."""
        return type(self)(
            *weights,
            bias_input=self.bias_input,
            bias_hidden=self.bias_hidden,
            hidden=self.hidden,
            output=self.output,
        )

    def forward(self, X: ArrayLike) -> Forward:
        """Return the forward pass of the samples X (N, d).

        Raises ValueError when X does not have d columns or is not finite.
        """
        value = self.check_inputs(X)
        inputs, sums, values = [], [], []
        for layer, W in enumerate(self.weights, start=1):
            inputs.append(with_ones(value) if self.has_bias(layer) else value)
            sums.append(inputs[-1] @ W)
            activation = self.hidden if layer < self.layers else self.output
            value = ACTIVATIONS[activation].value(sums[-1])
            values.append(value)
        return Forward(tuple(inputs), tuple(sums), tuple(values))

    def check_inputs(self, X: ArrayLike, name: str = "X") -> Array:
        """Return X as float64; raise ValueError if it is not finite or not of shape (N, d).

        The message calls it by `name`.
        """
        X = array(name, X)
        if X.ndim != 2 or X.shape[1] != self.inputs:
            raise ValueError(f"{name} has shape {X.shape}; this network takes (N, {self.inputs})")
        return X

    def weight_index(self, layer: int, row: int, column: int) -> tuple[int, int, int]:
        """Return layer (from 1), row and column (from 0) of a weight as ints.

        Raises IndexError when there is no such weight, ValueError for a number not an integer.
        """
        layer = integer("layer", layer, low=None)
        k, l = integer("row", row, low=None), integer("column", column, low=None)
        rows, columns = self.shapes[layer - 1] if 1 <= layer <= self.layers else (0, 0)
        if not (0 <= k < rows and 0 <= l < columns):
            raise IndexError(f"W{layer} has no weight at row {k}, column {l}")
        return layer, k, l

    def predict(self, X: ArrayLike) -> Array:
        """Return ŷ for the samples X (N, d): shape (N, K)."""
        return self.forward(X).y_hat


def check_softmax(output: str, outputs: int) -> None:
    """Raise ValueError for a softmax of a single output, which would always be 1."""
    if ACTIVATIONS[output].full and outputs < 2:
        raise ValueError(
            f"a {output} output needs at least 2 outputs, one a class; with 1 it is always 1"
        )


def with_ones(A: Array) -> Array:
    """Append the constant 1 as last column: A (N, n) becomes (N, n+1)."""
    return np.hstack([A, np.ones((len(A), 1))])


def _read_only_copies(matrices: tuple[ArrayLike, ...]) -> list[Array]:
    """Return read-only copies of non-empty finite matrices, one more than hidden layers."""
    if len(matrices) > MAX_HIDDEN + 1:
        raise ValueError(
            f"{len(matrices)} matrices make {len(matrices) - 1} hidden layers, beyond {MAX_HIDDEN}"
        )
    copies = [np.array(matrix(f"W{i}", values)) for i, values in enumerate(matrices, start=1)]
    for copy in copies:
        copy.flags.writeable = False
    return copies


def _hidden_sizes(hidden: int | Sequence[int]) -> list[int]:
    """Return the units of each hidden layer."""
    if isinstance(hidden, str | int) or np.ndim(hidden) == 0:
        return [integer("hidden", hidden, 1, MAX_UNITS)]
    if not 1 <= len(hidden) <= MAX_HIDDEN:
        raise ValueError(f"hidden must name 1 to {MAX_HIDDEN} layers, not {len(hidden)}")
    return [integer(f"hidden[{i}]", units, 1, MAX_UNITS) for i, units in enumerate(hidden)]


# Initial weights. `rows` is the fan-in of the matrix, the bias row included; `columns` its fan-out.


def zeros(random: np.random.Generator, rows: int, columns: int) -> Array:  # noqa: ARG001
    """Return zeros, which show the symmetry problem: all hidden units stay equal."""
    return np.zeros((rows, columns))


def uniform(random: np.random.Generator, rows: int, columns: int) -> Array:
    """Draw from U(−½, ½) for any size, as textbooks often do."""
    return random.uniform(-0.5, 0.5, (rows, columns))


def normal(random: np.random.Generator, rows: int, columns: int) -> Array:
    """Draw from N(0, 1) for any size: many inputs saturate a sigmoid."""
    return random.normal(0.0, 1.0, (rows, columns))


def xavier_uniform(random: np.random.Generator, rows: int, columns: int) -> Array:
    """Draw from U(−a, a) with a = √(6 / (rows + columns)) (Glorot & Bengio 2010, eq. 16)."""
    bound = np.sqrt(6.0 / (rows + columns))
    return random.uniform(-bound, bound, (rows, columns))


def xavier_normal(random: np.random.Generator, rows: int, columns: int) -> Array:
    """Draw from N(0, s²) with s² = 2 / (rows + columns) (Glorot & Bengio 2010, eq. 12)."""
    return random.normal(0.0, np.sqrt(2.0 / (rows + columns)), (rows, columns))


def he_uniform(random: np.random.Generator, rows: int, columns: int) -> Array:
    """Draw from U(−a, a) with a = √(6 / rows): the variance of `he_normal`."""
    bound = np.sqrt(6.0 / rows)
    return random.uniform(-bound, bound, (rows, columns))


def he_normal(random: np.random.Generator, rows: int, columns: int) -> Array:
    """Draw from N(0, s²) with s² = 2 / rows, for ReLU (He, Zhang, Ren & Sun 2015, eq. 10)."""
    return random.normal(0.0, np.sqrt(2.0 / rows), (rows, columns))


SCHEMES: dict[str, Callable[[np.random.Generator, int, int], Array]] = {
    scheme.__name__: scheme
    for scheme in (
        xavier_uniform,
        xavier_normal,
        he_uniform,
        he_normal,
        uniform,
        normal,
        zeros,
    )
}
