"""What goes beyond the derivation: deeper networks and softmax, with both sides on the data.

for extension in (deeper(at), OF_SOFTMAX): extension.title, extension.steps
layer_lines(at)                 # δ and a gradient for each matrix, from the last to the first
example = SoftmaxExample.of(at) # the selected sample's softmax, or an example of one
example.comparisons(at.digits)
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Self

import numpy as np

from core.activations import ACTIVATIONS, softmax, softmax_slope
from core.chain import MatrixChain, Symbol, hidden_symbol
from core.checking.complex_step import DIVISORS, STEP, delta, slope, stable_terms
from core.gradients import Array
from core.losses import LOSSES, SUM_ERROR, loss_of
from core.utils.number_text import number_text, operand_text
from core.utils.sentence import plural
from core.utils.small_digits import superscript
from pages.ui.chain_rule.scene import epoch_gradients
from pages.ui.derivation.comparison import Comparison
from pages.ui.derivation.equations_live import (
    FURTHER,
    SATURATION,
    DerivationSelection,
    cost_by_step,
    is_saturated,
    softmax_of,
    sum_text,
    with_constant,
)
from pages.ui.state.session import Weight

_DELTA, _NEXT = r"\delta^{(n)}_{i,l_n}", r"\delta^{(n+1)}_{i,l_{n+1}}"
_H, _H_NEXT = r"H^{(n)}_{i,l_n}", r"H^{(n+1)}_{i,l_{n+1}}"
_Z, _Z_BEFORE = r"Z^{(n)}_{i,l_n}", r"Z^{(n-1)}_{i,k}"
_W, _W_NEXT = r"W^{(n)}_{k,l_n}", r"W^{(n+1)}_{l_n,l_{n+1}}"
_Y_HAT, _Y_HAT_P = r"\hat{y}_{i,o}", r"\hat{y}_{i,p}"
_OVER = r"\sum_{l_{n+1}}"


def _by(above: str, below: str) -> str:
    return rf"\frac{{\partial {above}}}{{\partial {below}}}"


@dataclass(frozen=True)
class ExtensionStep:
    """A sentence, in Markdown without formulas, and the equation that follows from it, as LaTeX."""

    text: str
    latex: str


@dataclass(frozen=True)
class Extension:
    """A section below eq. 10: what it is for, and its steps."""

    title: str
    anchor: str
    purpose: str
    steps: tuple[ExtensionStep, ...]


DEEPER = Extension(
    FURTHER,
    "one-layer-further",
    "This section is ours: the derivation ends with eq. 10. With more hidden layers the same "
    "steps are taken again. Here n counts the matrices from 1 to L, so that H⁽ⁿ⁾ and Z⁽ⁿ⁾ are "
    "hidden layer n and Z⁽⁰⁾ is X; lₙ is a unit of layer n, and for n = L, where H is O, an "
    "output.",
    (
        ExtensionStep(
            "Eqs. 2 and 6 begin with the same two factors. Call their product δ, the derivative "
            "with respect to the last pre-activation (of a softmax, their sum over every ŷ):",
            rf"\delta^{{(L)}}_{{i,o}} = {_by('C', 'O_{i,o}')} = "
            rf"{_by('C', _Y_HAT)} \cdot {_by(_Y_HAT, 'O_{i,o}')}",
        ),
        ExtensionStep(
            "As in eq. 6: from the unit’s H to the cost the way is through its Z and then through "
            "every unit of the next layer, so these are summed:",
            rf"{_DELTA} = {_by('C', _H)} = {_OVER} {_by('C', _H_NEXT)} \cdot "
            rf"{_by(_H_NEXT, _Z)} \cdot {_by(_Z, _H)}",
        ),
        ExtensionStep(
            "As in eqs. 7 and 8: the next pre-activation is a weighted sum of Z, in which the bias "
            "row multiplies a constant, and Z is the activation of H:",
            rf"{_by(_H_NEXT, _Z)} = {_W_NEXT}, \quad {_by(_Z, _H)} = \sigma'({_H})",
        ),
        ExtensionStep(
            "Put in, with the slope, which is the same in every term, before the sum: one layer "
            "further towards the input, δ is",
            rf"{_DELTA} = ({_OVER} {_NEXT} {_W_NEXT}) \cdot \sigma'({_H})",
        ),
        ExtensionStep(
            "As in eqs. 4 and 9: a weight multiplies the value of the unit that it comes from. "
            "With the sum over the samples, the gradient is",
            rf"{_by('C', _W)} = \sum_{{i=1}}^N {_Z_BEFORE} \cdot {_DELTA}",
        ),
        ExtensionStep(
            "The same for all units and samples at once, with W without its bias row, ⊙ for the "
            "product entry by entry, and Z₁ for Z with its constant 1. Eqs. 5 and 10 are its first "
            "two steps, n = L and n = L − 1:",
            r"\delta^{(n)} = (\delta^{(n+1)} W^{(n+1)\top}) \odot \sigma'(H^{(n)}), \quad "
            r"\frac{\partial C}{\partial W^{(n)}} = Z_1^{(n-1)\top} \delta^{(n)}",
        ),
    ),
)
_SUM_OF_SOFTMAX = ExtensionStep(
    "Eqs. 2 and 6 begin with the same two factors. In a softmax O is on the way to every ŷ, so "
    "their products are summed over these. Call the sum δ, the derivative with respect to the last "
    "pre-activation:",
    rf"\delta^{{(L)}}_{{i,o}} = {_by('C', 'O_{i,o}')} = "
    rf"\sum_{{p=1}}^K {_by('C', _Y_HAT_P)} \cdot {_by(_Y_HAT_P, 'O_{i,o}')}",
)
DEEPER_OF_SOFTMAX = replace(DEEPER, steps=(_SUM_OF_SOFTMAX, *DEEPER.steps[1:]))
_JACOBIAN = r"\hat{y}_{i,p} ([p = o] - \hat{y}_{i,o})"
OF_SOFTMAX = Extension(
    "Softmax and cross-entropy",
    "softmax",
    "This section is ours, too: the derivation’s output is a sigmoid, in which each ŷ depends on "
    "its own O only. In a softmax each ŷ depends on every O. [p = o] is 1 where p is o, else 0.",
    (
        ExtensionStep(
            "The outputs are positive and add up to 1:",
            r"\hat{y}_{i,p} = \frac{e^{O_{i,p}}}{\sum_{j=1}^K e^{O_{i,j}}}",
        ),
        ExtensionStep(
            "By the quotient rule; the entries of a column add up to 0, as the outputs always add "
            "up to 1:",
            rf"{_by(_Y_HAT_P, 'O_{i,o}')} = "
            r"\frac{[p = o] \, e^{O_{i,p}} \sum_j e^{O_{i,j}} - e^{O_{i,p}} e^{O_{i,o}}}"
            rf"{{(\sum_j e^{{O_{{i,j}}}})^2}} = {_JACOBIAN}",
        ),
        ExtensionStep(
            "Cross-entropy over the classes depends on ŷ by",
            rf"{_by('C', _Y_HAT_P)} = -\frac{{y_{{i,p}}}}{{N \hat{{y}}_{{i,p}}}}",
        ),
        ExtensionStep(
            "O is on the way to every ŷ, so these are summed, and ŷ cancels in each term:",
            rf"{_by('C', 'O_{i,o}')} = \sum_{{p=1}}^K -\frac{{y_{{i,p}}}}{{N \hat{{y}}_{{i,p}}}} "
            rf"\cdot {_JACOBIAN} = \frac{{1}}{{N}} "
            r"(\hat{y}_{i,o} \sum_{p=1}^K y_{i,p} - y_{i,o})",
        ),
        ExtensionStep(
            "The targets of a sample add up to 1, so the Jacobian collapses to",
            rf"{_by('C', 'O_{i,o}')} = \frac{{\hat{{y}}_{{i,o}} - y_{{i,o}}}}{{N}}",
        ),
    ),
)


def deeper(at: DerivationSelection) -> Extension:
    """Return the section on deeper networks, for the output of the network in use."""
    return DEEPER_OF_SOFTMAX if ACTIVATIONS[at.net.output].full else DEEPER


def extensions_in_use(at: DerivationSelection) -> Iterator[tuple[Extension, list[Comparison]]]:
    """Yield the sections that the network in use needs, with the values of both sides."""
    if at.net.layers > 2:
        yield deeper(at), [side for line in layer_lines(at) for side in (line.delta, line.gradient)]
    if ACTIVATIONS[at.net.output].full:
        yield OF_SOFTMAX, list(SoftmaxExample.of(at).comparisons(at.digits).values())


# One layer further


@dataclass(frozen=True)
class LayerLine:
    """For a weight of the path: where it is, δ of the unit it leads to, and its gradient."""

    layer: int
    place: str
    delta: Comparison
    gradient: Comparison


def layer_lines(at: DerivationSelection) -> list[LayerLine]:
    """Return a line for each matrix, from the last to the first."""
    saturated = partial(is_saturated, at)
    steps = _Recursion(at)
    return [
        LayerLine(
            layer,
            steps.place(at.weight(layer)),
            steps.delta(at.weight(layer)).with_explanation(at.digits, saturated=saturated),
            steps.gradient(at.weight(layer)).with_explanation(at.digits, saturated=saturated),
        )
        for layer in range(at.net.layers, 0, -1)
    ]


class _Recursion:
    """δ of the selected sample, matrix by matrix, in two ways."""

    def __init__(self, at: DerivationSelection) -> None:
        self.at, self.net, self.last = at, at.net, at.net.layers
        self.X, self.y = at.run.X[[at.sample]], at.run.y[[at.sample]]
        self.forward = at.net.forward(self.X)
        scale = LOSSES[at.loss].error_scale  # of the sample among all, relative to it alone
        self.share = scale(at.samples) / scale(1)

    def chain(self, layer: int) -> MatrixChain:
        """Return the chain of the sample alone to that matrix."""
        return MatrixChain(self.net, self.forward, self.y, self.at.loss, layer)

    def deltas(self, layer: int) -> Array:
        """Return δ of the sample at that layer, (columns,)."""
        delta_of_sample: Array = self.share * self.chain(layer).delta()[0]
        return delta_of_sample

    def place(self, weight: Weight) -> str:
        """Return the weight's matrix, its ends, and its equation if it has one."""
        rows, columns = self.at.names.layers[weight.layer - 1]
        equation = {self.last: "eq. 5", self.last - 1: "eq. 10"}.get(weight.layer, "")
        of = f" ({'as in ' * (self.last > 2)}{equation})" if equation else ""
        matrix = Symbol("W", weight.layer).text
        return f"{matrix} from {rows[weight.row]} to {columns[weight.column]}{of}"

    def delta(self, weight: Weight) -> Comparison:
        """Return both sides of δ of the unit or output that the weight leads to."""
        layer, unit = weight.layer, weight.column
        factor = DIVISORS[self.at.loss](1) / DIVISORS[self.at.loss](self.at.samples)
        left = factor * float(delta(self.net, self.X, self.y, layer, unit, self.at.loss)[0])
        text, size = self._error(unit) if layer == self.last else self._step(layer, unit)
        right = float(self.deltas(layer)[unit])
        above = self._symbol("H", layer)
        name = f"{_delta_text(layer)} = ∂C/∂{above} of sample {self.at.sample + 1:,}"
        return Comparison(f"{name}: Im C({above} + ih) / h", left, text, right, size)

    def _error(self, o: int) -> tuple[str, float]:
        """Return ∂C/∂O with its numbers, and the magnitude of its terms."""
        at, chain = self.at, self.chain(self.last)
        y, y_hat = self.y[0, o], self.forward.y_hat[0, o]
        if loss_of(self.net.output, at.loss).fused:
            text = f"(ŷ − y) / N = ({self._number(y_hat)} − {self._operand(y)}) / {at.samples:,}"
            return text, float(abs(self.share * chain.dC_dO[0, o]))
        by_y_hat, by_O = chain.factors[:2]
        errors = self.share * by_y_hat.value[0]
        if by_O.kind != "full":
            pair = errors[o], by_O.value[0, o]
            return f"∂C/∂ŷ × ∂ŷ/∂O = {self._products([pair])}", float(abs(np.prod(pair)))
        pairs = list(zip(errors, by_O.value[0, :, o], strict=True))
        size = float(np.abs(errors * by_O.value[0, :, o]).sum())
        return f"∂C/∂ŷ × ∂ŷ/∂O, summed over every ŷ = {self._products(pairs)}", size

    def _step(self, layer: int, unit: int) -> tuple[str, float]:
        """Return δ from the next layer's, with its numbers, and the magnitude of its terms."""
        later, row = self.deltas(layer + 1), self.net.weights[layer][unit]
        linear_slope = self.chain(layer).between[-1].value[0, unit]
        symbol = ACTIVATIONS[self.net.hidden].symbol
        pairs = list(zip(later, row, strict=True))
        text = (
            f"({_delta_text(layer + 1)} {Symbol('W', layer + 1).text}ᵀ) × "
            f"{symbol}′({self._symbol('H', layer)}) = "
            f"({self._products(pairs)}) × {self._operand(linear_slope)}"
        )
        return text, float(np.abs(later * row).sum() * abs(linear_slope))

    def gradient(self, weight: Weight) -> Comparison:
        """Return both sides of the weight's gradient."""
        at, layer = self.at, weight.layer
        epoch = epoch_gradients(at.run, at.epoch, at.loss)
        value = float(self.forward.inputs[layer - 1][0, weight.row])
        error = float(self.deltas(layer)[weight.column])
        source = "X" if layer == 1 else self._symbol("Z", layer - 1)
        own = f"{self._products([(value, error)])} = {self._number(value * error)}"
        rest = f"; all {at.samples:,} add up to" if at.samples > 1 else ""
        return Comparison(
            f"∂C/∂{Symbol('W', layer).text}: Im C({Symbol('W', layer).text} + ih) / h",
            cost_by_step(at, weight).imag / STEP,
            f"{with_constant(source)}ᵀ {_delta_text(layer)}: sample {at.sample + 1:,} gives "
            f"{own}{rest}",
            weight.entry(epoch.gradients),
            weight.entry(epoch.sizes),
        )

    def _symbol(self, letter: str, layer: int) -> str:
        return "O" if layer == self.last else hidden_symbol(letter, layer, self.last).text

    def _products(self, pairs: Sequence[tuple[float, float]]) -> str:
        return sum_text([f"{self._operand(a)} × {self._operand(b)}" for a, b in pairs])

    def _operand(self, value: float) -> str:
        return operand_text(float(value), self.at.digits)

    def _number(self, value: float) -> str:
        return number_text(float(value), self.at.digits)


def _delta_text(layer: int) -> str:
    return f"δ{superscript(f'({layer})')}"


# Softmax

OWN_TARGETS = "The target is taken to be {}, since those of this sample do not add up to 1."
NO_SOFTMAX = (
    "This run has no softmax: with two or more outputs, choose it as the output’s activation under "
    "Network on the Train page. The numbers here are an example: "
)


@dataclass(frozen=True, eq=False)
class SoftmaxExample:
    """A sample's O, its targets that add up to 1, and the outputs' names; o is the one in view."""

    O: Array
    y: Array
    names: Sequence[str]
    o: int
    samples: int
    note: str

    @classmethod
    def of(cls, at: DerivationSelection) -> Self:
        """Return the selected sample's softmax; an example from its O if the run has none."""
        with np.errstate(all="ignore"):
            O, y = at.net.forward(at.run.X[[at.sample]]).O[0], at.run.y[at.sample]
        names, o, note = at.names.outputs, at.output, ""
        if len(O) == 1:
            O, y = np.array([O[0], 0.0]), np.array([y[0], 1 - y[0]])
            names, o = [names[0], f"not {names[0]}"], 0
            note = NO_SOFTMAX + "this sample’s O beside a constant 0, of which the first is σ(O)."
        elif not ACTIVATIONS[at.net.output].full:
            note = f"{NO_SOFTMAX}the softmax of this sample’s {plural(len(O), 'output')} O."
        if abs(y.sum() - 1) > SUM_ERROR or (y < 0).any():
            y = np.eye(len(O))[o]
            note = " ".join(filter(None, (note, OWN_TARGETS.format(names[o]))))
        return cls(O, y, names, o, at.samples, note)

    @property
    def y_hat(self) -> Array:
        """The softmax of O."""
        return softmax(self.O)

    def comparisons(self, digits: int) -> dict[str, Comparison]:
        """Return both sides of the Jacobian's entries p = o and p ≠ o, and of the collapse."""
        p = (self.o + 1) % len(self.O)
        saturated = bool((1 - self.y_hat <= SATURATION).any())
        lines = {
            "softmax-own": self._entry(self.o, digits),
            "softmax-other": self._entry(p, digits),
            "softmax-collapse": self._collapse(digits),
        }
        return {
            name: line.with_explanation(digits, saturated=lambda: saturated)
            for name, line in lines.items()
        }

    def _entry(self, p: int, digits: int) -> Comparison:
        """Return both sides of ∂ŷₚ/∂Oₒ."""
        o, y_hat = self.o, self.y_hat
        a, b = (operand_text(float(y_hat[k]), digits) for k in (p, o))
        ends = f"∂ŷ/∂O with p = o: {self.names[o]}"
        if p != o:
            ends = f"∂ŷ/∂O with p: {self.names[p]}, o: {self.names[o]}"
        return Comparison(
            f"{ends}: Im softmax(O + ih) / h",
            slope(softmax_of(self.O, p, o), self.O[o]),
            f"ŷₚ ([p = o] − ŷₒ) = {a} × ({int(p == o)} − {b})",
            float(softmax_slope(y_hat[None])[0, p, o]),
        )

    def _collapse(self, digits: int) -> Comparison:
        """Return both sides of ∂C/∂O for cross-entropy."""
        o, N, y_hat = self.o, self.samples, self.y_hat
        loss = loss_of("softmax", "cross_entropy")
        with np.errstate(all="ignore"):
            errors = loss.slope(self.y[None], y_hat[None])[0] / N
        column = softmax_slope(y_hat[None])[0, :, o]
        used = [k for k in range(len(self.O)) if self.y[k]]
        products = sum_text(
            [" × ".join(operand_text(float(f[k]), digits) for f in (errors, column)) for k in used]
        )
        a, y = number_text(float(y_hat[o]), digits), operand_text(float(self.y[o]), digits)
        return Comparison(
            f"∂C/∂O of {self.names[o]}, C the cross-entropy: Im C(O + ih) / h",
            slope(self._cost, self.O[o]) / N,
            f"∂C/∂ŷ × ∂ŷ/∂O, summed over ŷ where y is not 0: {products}; in one step (ŷ − y) / N = "
            f"({a} − {y}) / {N:,}",
            float((y_hat[o] - self.y[o]) / N),
        )

    def _cost(self, value: Array) -> Array:
        """Return the sample's cross-entropy as a function of O's entry o."""
        O = np.where(np.arange(len(self.O)) == self.o, value, self.O)
        cost: Array = stable_terms("softmax", "cross_entropy", self.y[None], O[None]).sum()
        return cost
