"""Network of the derivation, with one hidden layer, as an immutable value.

symbol   shape       meaning
X        (N, d)      inputs as given
X1       (N, d+1)    inputs with the constant 1 appended last (without input bias: X itself)
W1       (d+1, m)    input → hidden, the last row is the bias (without: (d, m))
H        (N, m)      H = X1 W1, hidden pre-activation
Z        (N, m)      Z = σ(H), or another hidden activation of H
Z1       (N, m+1)    Z with the constant 1 appended last (without hidden bias: Z itself)
W2       (m+1, K)    hidden → output, the last row is the bias (without: (m, K))
O        (N, K)      O = Z1 W2, output pre-activation
y_hat    (N, K)      ŷ = σ(O), or ŷ = O with an identity output
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.activations import ACTIVATIONS, HIDDEN, OUTPUT
from core.utils.arguments import array, choice, flag, integer, matrix
from core.utils.arguments import seed as check_seed

Array = NDArray[np.float64]

MAX_UNITS = 100_000  # a mistyped size must not allocate gigabytes
MAX_WEIGHTS = 100_000_000


@dataclass(frozen=True)
class Forward:
    """All arrays of a forward pass, which the gradient reuses."""

    X1: Array  # (N, d+1)
    H: Array  # (N, m)
    Z: Array  # (N, m)
    Z1: Array  # (N, m+1)
    O: Array  # (N, K)
    y_hat: Array  # (N, K)


@dataclass(frozen=True, eq=False)
class Network:
    """W⁽¹⁾ and W⁽²⁾ with biases and activations; immutable, so an update is a new network.

    The matrices are copied, converted to float64 and made read-only. `hidden` and `output` are
    names in `core.activations` (HIDDEN, OUTPUT).

    Raises ValueError when a matrix is not two-dimensional or not finite, when the rows of W2 do
    not fit the columns of W1 (plus one with a hidden bias), for a bias that is neither True nor
    False, or for an unknown activation.
    """

    W1: Array
    W2: Array
    bias_input: bool = True
    bias_hidden: bool = True
    hidden: str = "sigmoid"
    output: str = "sigmoid"

    def __post_init__(self) -> None:
        for name, check in _CHECKS.items():
            argument = getattr(self, name)
            if (value := check(name, argument)) is not argument:
                object.__setattr__(self, name, value)
        if self.inputs < 1:
            raise ValueError("W1 needs at least one input row besides its bias row")
        rows = self.units + self.bias_hidden
        if self.W2.shape[0] != rows:
            bias = " and the bias" if self.bias_hidden else ""
            raise ValueError(
                f"W2 has {self.W2.shape[0]} rows; {self.units} hidden units{bias} need {rows}"
            )

    def __repr__(self) -> str:
        """Return, say, Network(3×3, 4×1, sigmoid, sigmoid); absent biases are named."""
        sizes = ", ".join(f"{W.shape[0]}×{W.shape[1]}" for W in (self.W1, self.W2))
        biases = {"bias_input": self.bias_input, "bias_hidden": self.bias_hidden}
        absent = "".join(f", {name}=False" for name, there in biases.items() if not there)
        return f"{type(self).__name__}({sizes}, {self.hidden}, {self.output}{absent})"

    @classmethod
    def init(
        cls,
        inputs: int,
        hidden: int,
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

        `scheme` is a name in SCHEMES. Bias rows are drawn like all rows of their matrix. Raises
        ValueError for sizes below 1 or above MAX_UNITS, more than MAX_WEIGHTS weights, a seed not
        from 0 to 2⁶⁴ − 1, an unknown scheme or unknown activations.
        """
        d = integer("inputs", inputs, 1, MAX_UNITS)
        m = integer("hidden", hidden, 1, MAX_UNITS)
        K = integer("outputs", outputs, 1, MAX_UNITS)
        bias_input, bias_hidden = flag("bias_input", bias_input), flag("bias_hidden", bias_hidden)
        if m * (d + K) > MAX_WEIGHTS:
            raise ValueError(
                f"inputs, hidden and outputs make {m * (d + K)} weights, beyond {MAX_WEIGHTS}"
            )
        draw = SCHEMES[choice("scheme", scheme, SCHEMES)]
        activations = (
            choice("hidden_activation", hidden_activation, HIDDEN),
            choice("output_activation", output_activation, OUTPUT),
        )
        random = np.random.Generator(np.random.Philox(key=check_seed("seed", seed)))
        W1 = draw(random, d + bias_input, m)
        W2 = draw(random, m + bias_hidden, K)
        return cls(W1, W2, bias_input, bias_hidden, *activations)

    @property
    def inputs(self) -> int:
        """d, the number of inputs without the constant."""
        return int(self.W1.shape[0]) - self.bias_input

    @property
    def units(self) -> int:
        """m, the number of hidden units without the constant."""
        return int(self.W1.shape[1])

    @property
    def outputs(self) -> int:
        """K, the number of outputs."""
        return int(self.W2.shape[1])

    def forward(self, X: ArrayLike) -> Forward:
        """Return the forward pass of the samples X (N, d).

        Raises ValueError when X does not have d columns or is not finite.
        """
        X = self.check_inputs(X)
        X1 = with_ones(X) if self.bias_input else X
        H = X1 @ self.W1
        Z = ACTIVATIONS[self.hidden].value(H)
        Z1 = with_ones(Z) if self.bias_hidden else Z
        O = Z1 @ self.W2
        return Forward(X1, H, Z, Z1, O, ACTIVATIONS[self.output].value(O))

    def check_inputs(self, X: ArrayLike, name: str = "X") -> Array:
        """Return X as float64; raise ValueError if it is not finite or not of shape (N, d).

        The message calls it by `name`.
        """
        X = array(name, X)
        if X.ndim != 2 or X.shape[1] != self.inputs:
            raise ValueError(f"{name} has shape {X.shape}; this network takes (N, {self.inputs})")
        return X

    def weight_index(self, layer: int, row: int, column: int) -> tuple[Literal[1, 2], int, int]:
        """Return layer (1 or 2), row and column (from 0) of a weight as ints.

        Raises IndexError when there is no such weight, ValueError for a number not an integer.
        """
        layer = integer("layer", layer, low=None)
        k, l = integer("row", row, low=None), integer("column", column, low=None)
        rows, columns = {1: self.W1.shape, 2: self.W2.shape}.get(layer, (0, 0))
        if not (0 <= k < rows and 0 <= l < columns):
            raise IndexError(f"W{layer} has no weight at row {k}, column {l}")
        return (1 if layer == 1 else 2), k, l

    def predict(self, X: ArrayLike) -> Array:
        """Return ŷ for the samples X (N, d): shape (N, K)."""
        return self.forward(X).y_hat


def with_ones(A: Array) -> Array:
    """Append the constant 1 as last column: A (N, n) becomes (N, n+1)."""
    return np.hstack([A, np.ones((len(A), 1))])


def _read_only_copy(name: str, values: ArrayLike) -> Array:
    """Return a read-only copy of a non-empty finite matrix."""
    copy = np.array(matrix(name, values))
    copy.flags.writeable = False
    return copy


_CHECKS: dict[str, Callable[[str, Any], object]] = {
    "W1": _read_only_copy,
    "W2": _read_only_copy,
    "bias_input": flag,
    "bias_hidden": flag,
    "hidden": partial(choice, offered=HIDDEN),
    "output": partial(choice, offered=OUTPUT),
}


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
