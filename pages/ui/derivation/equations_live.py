"""The derivation's equations, each with the values of its two sides on the data in use.

The left side is a derivative by the complex step, which does not use the chain rule; the right
side is the value that the equation gives.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, Literal

import numpy as np

from core import activations
from core.chain import Functions, MatrixChain, Partial, Symbol, partials
from core.checking.complex_step import ACTIVATIONS, DIVISORS, STEP, slope, stepped_cost, terms
from core.gradients import Array
from core.losses import LOSSES
from core.network import Network
from core.training.run import Run
from core.utils.latest import latest
from core.utils.number_text import number_text, operand_text, shape_text
from core.utils.sentence import plural
from pages.ui.chain_rule import equations
from pages.ui.chain_rule.equations import EQUATIONS, Symbols
from pages.ui.chain_rule.notation import Notation, Selection, entry
from pages.ui.chain_rule.scene import epoch_gradients
from pages.ui.derivation.comparison import FEW_DIGITS, UNDERFLOW, Comparison
from pages.ui.state.names import Names
from pages.ui.state.session import Weight
from pages.ui.style.latex import as_text, operand

Key = Literal["1", "2", "3", "slope", "4", "5", "6", "7", "8", "9", "10"]

MOST_TERMS = 6  # of a sum that is written out
SATURATION = 1e-5  # closer to ±1, the 1 − … in an activation's slope loses digits


@dataclass(frozen=True)
class DerivationStep:
    """One equation as printed, with its title and meaning."""

    key: Key
    title: str
    latex: str
    meaning: str
    definition: str = ""  # what the derivation states just before it, as LaTeX

    @property
    def anchor(self) -> str:
        """Its anchor on the page."""
        return self.key if self.key == "slope" else f"eq-{self.key}"


def _equation_step(key: Key, title: str, definition: str = "") -> DerivationStep:
    equation = EQUATIONS[int(key)]
    return DerivationStep(key, f"Eq. {key}: {title}", equation.latex, equation.meaning, definition)


SECTIONS: dict[str, tuple[DerivationStep, ...]] = {
    "The gradient of W⁽²⁾": (
        _equation_step("1", "the cost C"),
        _equation_step("2", "the chain for W⁽²⁾"),
        _equation_step("3", "∂C/∂ŷ"),
        DerivationStep(
            "slope",
            "Before eq. 4: ∂ŷ/∂O",
            r"\frac{\partial \hat{y}_i}{\partial O_i} = \sigma(O_i)(1 - \sigma(O_i))",
            "The slope of the output's sigmoid: at most 1/4, and close to 0 where ŷ is near 0 or "
            "1.",
            r"\hat{y}_i = \sigma(O_i)",
        ),
        _equation_step("4", "∂O/∂W⁽²⁾", r"O_i = \sum_{k=1}^4 Z_{i,k} W_{k,1}^{(2)}"),
        _equation_step("5", "the gradient ∂C/∂W⁽²⁾"),
    ),
    "The gradient of W⁽¹⁾": (
        _equation_step("6", "the chain for W⁽¹⁾"),
        _equation_step("7", "∂O/∂Z", r"O_i = \sum_{l=1}^3 W_{l,1}^{(2)} Z_{i,l}"),
        _equation_step("8", "∂Z/∂H", r"Z_{i,l} = \sigma(H_{i,l})"),
        _equation_step("9", "∂H/∂W⁽¹⁾"),
        _equation_step("10", "the gradient ∂C/∂W⁽¹⁾"),
    ),
}


class DerivationSelection(Selection):
    """Selection of the page: also a weight of W1 and one of W2.

    One of the two is the selected weight. The other is its neighbour on the path: the weight from
    the hidden unit to the selected output, or the first weight into the hidden unit.
    """

    @cached_property
    def net(self) -> Network:
        """The network at the epoch."""
        return epoch_gradients(self.run, self.epoch, self.loss).net

    @cached_property
    def names(self) -> Names:
        """The names of its rows and columns."""
        return Names.of(self.experiment)

    @property
    def sample(self) -> int:
        """The sample i, counted from 0."""
        return self.focus.sample

    @property
    def first(self) -> Weight:
        """The weight of W1."""
        weight = self.focus.weight
        if weight.layer == 1:
            return weight
        return Weight(1, 0, weight.row if weight.row < self.net.units else 0)

    @property
    def second(self) -> Weight:
        """The weight of W2."""
        weight = self.focus.weight
        return weight if weight.layer == 2 else Weight(2, weight.column, self.focus.output)

    @property
    def output(self) -> int:
        """The output o that the second weight leads to."""
        return self.second.column


# The two sides


def comparisons(at: DerivationSelection) -> dict[Key, Comparison]:
    """Return both sides of every equation, with the reason if few digits agree."""
    lines = _factor_comparisons(at) | _sum_comparisons(at)
    saturated = partial(_is_saturated, at)
    return {
        key: line.with_explanation(at.digits, saturated=saturated) for key, line in lines.items()
    }


def _is_saturated(at: DerivationSelection) -> bool:
    """Return whether some ŷ or Z of the unit is so close to ±1 that 1 − … loses digits."""
    with np.errstate(all="ignore"):
        forward = at.net.forward(at.run.X)
    ends = [(at.net.hidden, forward.Z[:, at.first.column]), (at.net.output, forward.y_hat)]
    return any(
        bool((1 - np.abs(values) <= SATURATION).any())
        for activation, values in ends
        if activations.ACTIVATIONS[activation].rounded
    )


def _factor_comparisons(at: DerivationSelection) -> dict[Key, Comparison]:
    """Return the factors of one sample: each step of the chain, differentiated separately."""
    net, i, o = at.net, at.sample, at.output
    y, forward = at.run.y[i], net.forward(at.run.X[[i]])
    X1, H, Z, Z1, O = (row[0] for row in (forward.X1, forward.H, forward.Z, forward.Z1, forward.O))
    y_hat, k1, l, k2 = forward.y_hat[0, o], at.first.row, at.first.column, at.second.row
    W1, W2 = net.W1[:, l], net.W2[:, o]
    values = _path_values(at, at.second) | _path_values(at, at.first)
    error, output_slope, _, hidden_slope, _ = partials(at.functions, 1)
    term = partial(terms, at.loss, np.asarray(y[o]))
    found: dict[Key, Comparison] = {
        "3": Comparison(
            "Im C(ŷ + ih) / h",
            slope(term, y_hat) / DIVISORS[at.loss](at.samples),
            _form_text(at, error, y[o], y_hat),
            values["dC_dyhat"],
        ),
        "slope": _slope_comparison(at, output_slope, O[o], y_hat, values["dyhat_dO"]),
        "4": Comparison(
            "Im O(W⁽²⁾ + ih) / h",
            slope(_as_function_of(W2, k2, Z1), W2[k2]),
            f"Z, {_source_text(at, at.second)}",
            values["dO_dW2"],
        ),
        "7": Comparison(
            "Im O(Z + ih) / h",
            slope(_as_function_of(Z1, l, W2), Z1[l]),
            f"W⁽²⁾ from {at.names.hidden[0][l]} to {at.names.outputs[o]}",
            values["dO_dZ"],
        ),
        "8": _slope_comparison(at, hidden_slope, H[l], Z[l], values["dZ_dH"]),
        "9": Comparison(
            "Im H(W⁽¹⁾ + ih) / h",
            slope(_as_function_of(W1, k1, X1), W1[k1]),
            f"X, {_source_text(at, at.first)}",
            values["dH_dW1"],
        ),
    }
    return found


def _path_values(at: DerivationSelection, weight: Weight) -> dict[str, float]:
    """Return the sample's factors of a weight through the output, by name."""
    chain, share = _sample_chain(at, weight)
    values = {
        factor.name: float(factor.value[entry(factor, weight, 0, at.output)])
        for factor in chain.factors
    }
    return values | {"dC_dyhat": share * values["dC_dyhat"]}


def _sample_chain(at: DerivationSelection, weight: Weight) -> tuple[MatrixChain, float]:
    """Return the chain of the sample alone, and its ∂C/∂ŷ among all relative to that."""
    X, y, scale = at.run.X[[at.sample]], at.run.y[[at.sample]], LOSSES[at.loss].error_scale
    chain = MatrixChain(at.net, at.net.forward(X), y, at.loss, weight.layer)
    return chain, scale(at.samples) / scale(1)


def _as_function_of(vector: Array, place: int, others: Array) -> Callable[[Any], Any]:
    """Return Σ vector · others as a function of one entry of the vector."""
    return lambda value: np.where(np.arange(len(vector)) == place, value, vector) @ others


def _slope_comparison(
    at: DerivationSelection, factor: Partial, x: float, a: float, right: float
) -> Comparison:
    """Return both sides of an activation's slope at x, where its value is a."""
    activation = at.net.output if factor.above.letter == "ŷ" else at.net.hidden
    forms, name = activations.ACTIVATIONS[activation], factor.above.text
    found = Comparison(
        f"Im {forms.symbol}({factor.below.text} + ih) / h",
        slope(ACTIVATIONS[activation], x),
        _form_text(at, factor, 0.0, a),
        right,
    )
    if forms.rounded and found.left == found.right == 0:
        return replace(found, explanation=UNDERFLOW)
    if found.digits >= FEW_DIGITS or not 1 - abs(a) <= SATURATION:
        return found
    return replace(
        found,
        explanation=f"{name} is so close to {number_text(round(a), 1)} that rounding loses digits "
        "in the formula’s difference. The complex step subtracts nothing and keeps them.",
    )


def _form_text(at: DerivationSelection, factor: Partial, y: float, value: float) -> str:
    """Return a factor's form in symbols, then with a target and an activation's value."""
    a, times = operand(value, at.digits), r"\cdot"
    symbols = Symbols(y="y", y_hat=r"\hat{y}", Z="Z", times=times)
    target, N = operand(y, at.digits), f"{at.samples:,}"
    numbers = replace(symbols, y=target, y_hat=a, Z=a, N=N)
    texts = (as_text(written.form(factor)) for written in (symbols, numbers))
    return " = ".join(dict.fromkeys(texts))  # once if there is no symbol in it


def _sum_comparisons(at: DerivationSelection) -> dict[Key, Comparison]:
    """Return the sums over all samples: the cost, and both gradients in two ways."""
    N, epoch = at.samples, epoch_gradients(at.run, at.epoch, at.loss)
    first, second = latest(at.run, (at.epoch, at.loss, at.first, at.second), _stepped_costs)
    (rows1, m), (rows2, K) = at.net.W1.shape, at.net.W2.shape
    products = {
        1: f"X₁ᵀ · ∂C/∂H, a {shape_text((rows1, N))} by a {shape_text((N, m))} matrix",
        2: f"Z₁ᵀ · ∂C/∂O, a {shape_text((rows2, N))} by a {shape_text((N, K))} matrix",
    }
    times = f", times {number_text(at.loss_factor, at.digits)}" if at.loss_ratio else ""
    found: dict[Key, Comparison] = {
        "1": Comparison(
            f"the sum over {plural(N, 'sample')}",
            first.real,
            f"the loss curve at this epoch{times}",  # which is by the run's own loss
            float(at.run.losses[at.epoch]) * at.loss_factor,
        )
    }
    chains: tuple[tuple[Key, Key, Weight, complex], ...] = (
        ("2", "5", at.second, second),
        ("6", "10", at.first, first),
    )
    for sum_key, product_key, weight, stepped in chains:
        left = f"Im C({Symbol('W', weight.layer).text} + ih) / h", stepped.imag / STEP
        summed, product, size = map(weight.entry, (epoch.sums, epoch.gradients, epoch.sizes))
        parts = f"sample {at.sample + 1}, the only one, gives {_chain_text(at, weight)}"
        if N > 1:
            parts = f"sample {at.sample + 1:,} gives {_chain_text(at, weight)}; all {N:,} add up to"
        found[sum_key] = Comparison(*left, parts, summed, size)
        found[product_key] = Comparison(
            *left,
            f"row {weight.row + 1}, column {weight.column + 1} of {products[weight.layer]}"
            f"{_entry_text(at, weight)}",
            product,
            size,
        )
    return found


def _stepped_costs(
    run: Run, epoch: int, loss: str, first: Weight, second: Weight
) -> tuple[complex, ...]:
    """Return C with a complex step of the one weight, and of the other, over all samples."""
    net = epoch_gradients(run, epoch, loss).net
    return tuple(stepped_cost(net, run.X, run.y, *w.place, loss) for w in (first, second))


def _entry_text(at: DerivationSelection, weight: Weight) -> str:
    """Return the entry's name in the chosen notation, if that differs."""
    selection = replace(at, focus=replace(at.focus, weight=weight))
    k = Notation.of(selection)
    if not (selection.conventions.transposed or k.is_bias_apart):
        return ""
    indices = f" with {k.indices(weight)}" if k.indices(weight) else ""
    return f"; in your notation {as_text(k.gradient)}{indices} ({shape_text(selection.shape)})"


def _chain_text(at: DerivationSelection, weight: Weight) -> str:
    """Return the product of one sample's factors; with several outputs on the path, each one's."""
    chain, share = _sample_chain(at, weight)
    parts = share * chain.contributions(weight.row, weight.column)[0]
    total = number_text(float(parts.sum()), at.digits)
    if weight.layer == 1 and at.net.outputs > 1:
        shown = _sum_text([operand_text(part, at.digits) for part in parts])
        return f"through each output {shown} = {total}"
    values = list(_path_values(at, weight).values())
    if LOSSES[at.loss].fused:
        values[:2] = [share * float(chain.dC_dO[0, at.output])]
    return f"{' × '.join(operand_text(value, at.digits) for value in values)} = {total}"


def _sum_text(terms: list[str]) -> str:
    """Return the sum of all terms, or of the first few and how many more there are."""
    if len(terms) > MOST_TERMS:
        terms = [*terms[: MOST_TERMS - 1], f"({len(terms) - MOST_TERMS + 1} more)"]
    return " + ".join(terms)


# Replacements of equations


def replacement_for(key: Key, outputs: int, functions: Functions) -> tuple[str, str] | None:
    """Return title and LaTeX of the equation for this network and loss; None if as printed."""
    title = f"With {outputs} outputs"
    rule = equations.rule(1, outputs, functions) | equations.rule(2, outputs, functions)
    place = "the slope before eq. 4" if key == "slope" else f"eq. {key}"
    if (swapped := rule.get(f"In place of {place}")) is not None:
        return f"In place of {place}", swapped
    if key == "1" and functions.loss != "half_mse":
        return "In place of eq. 1", _cost_latex(outputs, functions.loss)
    if outputs == 1:
        return None
    if key == "1":
        return title, _cost_latex(outputs, functions.loss)
    if (costs := rule.get(f"Eq. {key}")) is not None:
        return title, costs
    printed = next(s.latex for steps in SECTIONS.values() for s in steps if s.key == key)
    written = _with_outputs(printed)
    return None if written == printed else (title, written)


def note_on(key: Key, loss: str) -> str:
    """Return the note on an inconsistency of the derivation, or on the fused factor; else ""."""
    notes = {"7": equations.BIAS_NOTE, "9": equations.SLIP_NOTE}
    if loss == "cross_entropy":
        notes["slope"] = equations.FUSED_NOTE
    return notes.get(key, "")


def _cost_latex(outputs: int, loss: str) -> str:
    """Return the cost."""
    latex, over = LOSSES[loss].forms.latex, r"\sum_{i=1}^N"
    if outputs > 1:
        latex = _with_outputs(latex).replace(over, rf"{over} \sum_{{o=1}}^{{{outputs}}}")
    return f"C = {latex}"


def _with_outputs(latex: str) -> str:
    """Return the equation with the output's index."""
    for one, several in (
        (r"\hat{y}_i", r"\hat{y}_{i,o}"),
        ("y_i", "y_{i,o}"),
        ("O_i", "O_{i,o}"),
        ("W_{k,1}", "W_{k,o}"),
        ("W_{l,1}", "W_{l,o}"),
    ):
        latex = latex.replace(one, several)
    return latex


def shapes_text(key: Key, net: Network, N: int) -> str:
    """Return the shapes in the equation and the ranges of its indices."""
    (rows1, m), (rows2, K) = net.W1.shape, net.W2.shape
    each = "one number per sample" if K == 1 else "one number per sample and output"
    column = "l = 1" if K == 1 else f"l (here o) = 1 … {K}"
    Z1 = "Z with its constant 1" if net.bias_hidden else "Z"
    X1 = "X with its constant 1" if net.bias_input else "X"
    W2 = "W⁽²⁾ without its bias row" if net.bias_hidden else "W⁽²⁾"
    first, second = f"k = 1 … {rows1}, l = 1 … {m}", f"k = 1 … {rows2}, {column}"
    return {
        "1": f"y and ŷ are {shape_text((N, K))} here; i = 1 … {N:,}",
        "2": f"W⁽²⁾ is {shape_text((rows2, K))} here; {second}",
        "3": f"∂C/∂ŷ is {shape_text((N, K))} here: {each}",
        "slope": f"∂ŷ/∂O is {shape_text((N, K))} here: {each}",
        "4": f"{Z1} is {shape_text((N, rows2))} here; k = 1 … {rows2}",
        "5": f"∂C/∂W⁽²⁾ is {shape_text((rows2, K))} here, as W⁽²⁾ is; {second}",
        "6": f"W⁽¹⁾ is {shape_text((rows1, m))} here; {first}",
        "7": f"{W2} is {shape_text((m, K))} here, the same for every sample; l = 1 … {m}",
        "8": f"Z and H are {shape_text((N, m))} here; l = 1 … {m}",
        "9": f"{X1} is {shape_text((N, rows1))} here; k = 1 … {rows1}",
        "10": f"∂C/∂W⁽¹⁾ is {shape_text((rows1, m))} here, as W⁽¹⁾ is; {first}",
    }[key]


# Names and numbers


def _source_text(at: DerivationSelection, weight: Weight) -> str:
    """Return what the weight multiplies."""
    layer, row, _ = weight.place
    name = at.names.layers[layer - 1][0][row]
    if row >= at.net.rows(layer):
        return "the constant 1 of the bias row"
    if layer == 1:
        return f"{name} of sample {at.sample + 1}, as network input"
    return f"the value of {name} for sample {at.sample + 1}"
