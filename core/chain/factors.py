"""Factor of the chain rule: one Jacobian between two neighbours on the way from C to a weight.

    kind       value           for example
    diagonal   (N, n)          ∂C/∂ŷ, ∂Z/∂H: each number depends on its own number only
    linear     (n, n′)         ∂O/∂Z: a matrix without its bias row, the same for all samples
    full       (N, K, K)       ∂ŷ/∂O of a softmax: one Jacobian a sample
    input      (N, rows)       ∂H/∂W: what the weight multiplies

A `Partial` is the factor without its value. Its form is LaTeX, which the pages turn into text and
MathML.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.utils.small_digits import superscript

Array = NDArray[np.float64]
Kind = Literal["diagonal", "linear", "full", "input"]

LATEX = {"ŷ": r"\hat{y}"}
NAMES = {"ŷ": "yhat"}


@dataclass(frozen=True)
class Symbol:
    """C, ŷ, O, or H, Z and W of a layer; `layer` is 0 where the symbol carries none."""

    letter: str
    layer: int = 0

    @property
    def name(self) -> str:
        """The symbol in ASCII: yhat, O, Z2, W1."""
        return NAMES.get(self.letter, self.letter) + (str(self.layer) if self.layer else "")

    @property
    def text(self) -> str:
        """The symbol in Unicode: ŷ, O, Z⁽²⁾, W⁽¹⁾."""
        return self.letter + (superscript(f"({self.layer})") if self.layer else "")

    @property
    def latex(self) -> str:
        r"""The symbol in LaTeX: \hat{y}, O, Z^{(2)}, W^{(1)}."""
        return LATEX.get(self.letter, self.letter) + (f"^{{({self.layer})}}" if self.layer else "")


@dataclass(frozen=True)
class Partial:
    """∂above/∂below: its kind, its form, and the number of its equation in the derivation.

    The form is a LaTeX template of {y}, {y_hat}, {N} and {times} for ∂C/∂ŷ, {a} and {times} for a
    slope, {W} for a linear factor, {Z} for an input.
    """

    above: Symbol
    below: Symbol
    kind: Kind
    form: str
    equation: str

    @property
    def name(self) -> str:
        """The factor in ASCII: dC_dyhat, dO_dZ, dH2_dW2."""
        return f"d{self.above.name}_d{self.below.name}"

    @property
    def text(self) -> str:
        """The factor in Unicode: ∂C/∂ŷ, ∂O/∂Z, ∂H⁽²⁾/∂W⁽²⁾."""
        return f"∂{self.above.text}/∂{self.below.text}"

    @property
    def latex(self) -> str:
        """The factor in LaTeX, as a fraction."""
        return rf"\frac{{\partial {self.above.latex}}}{{\partial {self.below.latex}}}"

    def at(self, value: Array) -> "Factor":
        """Return the factor with its value, in the shape of its kind."""
        return Factor(self.above, self.below, self.kind, self.form, self.equation, value)


@dataclass(frozen=True, eq=False)
class Factor(Partial):
    """Partial derivative with its value.

    A derivative with respect to its upper symbol is pulled back to its lower one; a change of the
    lower one is pushed on to the upper one.
    """

    value: Array

    def pull(self, upstream: Array) -> Array:
        """Return ∂C/∂below from ∂C/∂above: (N, n) each; for an input (rows, n), the gradient."""
        if self.kind == "diagonal":
            return upstream * self.value
        if self.kind == "linear":
            return upstream @ self.value.T
        if self.kind == "full":
            pulled: Array = np.einsum("no,nok->nk", upstream, self.value)
            return pulled
        return self.value.T @ upstream

    def push(self, change: Array) -> Array:
        """Return the change of above from a change of below: (N, n) each.

        For an input that is no question: a weight has two indices (`MatrixChain.contributions`).
        """
        if self.kind == "diagonal":
            return change * self.value
        if self.kind == "linear":
            return change @ self.value
        if self.kind == "full":
            pushed: Array = np.einsum("nok,nk->no", self.value, change)
            return pushed
        raise ValueError(f"{self.name} is what a weight multiplies; nothing is pushed through it")
