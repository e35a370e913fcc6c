"""The derivation's equations, each with the values of its two sides on the data in use.

The left side is a derivative by the complex step, which does not use the chain rule; the right
side is the value that the equation gives.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, Literal

import numpy as np

from core.activations import ACTIVATIONS
from core.chain import Functions, MatrixChain, Partial, Symbol, partials
from core.checking.complex_step import ACTIVATIONS as ACTIVATIONS_OF_COMPLEX
from core.checking.complex_step import DIVISORS, STEP, slope, stepped_cost, terms
from core.gradients import Array
from core.losses import LOSSES, loss_of
from core.network import MAX_HIDDEN, Network
from core.training.run import Run
from core.utils.latest import latest
from core.utils.number_text import number_text, operand_text, shape_text
from core.utils.sentence import listing, plural
from core.utils.small_digits import subscript
from pages.ui.chain_rule import equations
from pages.ui.chain_rule.equations import EQUATIONS, Symbols
from pages.ui.chain_rule.notation import Notation, Selection, entry
from pages.ui.chain_rule.scene import epoch_gradients
from pages.ui.derivation.comparison import FEW_DIGITS, UNDERFLOW, Comparison
from pages.ui.derivation.replacements import (
    PRINTED_SLOPE,
    derivation_symbols,
    replacement_for,
)
from pages.ui.state.names import Names
from pages.ui.state.session import Weight
from pages.ui.style.latex import as_text, operand

Key = Literal["1", "2", "3", "slope", "4", "5", "6", "7", "8", "9", "10"]

SYMBOLS = Symbols(y="y", y_hat=r"\hat{y}", Z="Z", times=r"\cdot")  # of a form
MOST_TERMS = 6  # of a sum that is written out
FURTHER = "One layer further"  # the section on deeper networks
SOFTMAX_NOTE = (
    "Cross-entropy and the softmax cancel: ∂C/∂O is (ŷ − y)/N, computed in one step. “Softmax and "
    "cross-entropy”, at the end, says why."
)
NEAR_LIMIT = (
    "{name} is so close to {limit} that rounding loses digits in the formula’s difference. The "
    "complex step subtracts nothing and keeps them."
)
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
            PRINTED_SLOPE,
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
    """Selection of the page: also a weight of each matrix, on one path through the network.

    One of them is the selected weight. The others lead to it and on to the selected output; where
    that leaves a choice, through the first unit of a layer.
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

    def weight(self, layer: int) -> Weight:
        """Return the weight of that matrix."""
        selected, net = self.focus.weight, self.run.template
        if layer == selected.layer:
            return selected
        units = {selected.layer: selected.column, net.layers: self.focus.output}
        if selected.row < net.rows(selected.layer):
            units[selected.layer - 1] = selected.row
        return Weight(layer, units.get(layer - 1, 0), units.get(layer, 0))

    @property
    def first(self) -> Weight:
        """The weight of W1; of several hidden layers, of the last matrix but one."""
        return self.weight(self.run.template.layers - 1)

    @property
    def second(self) -> Weight:
        """The weight of W2; of several hidden layers, of the last matrix."""
        return self.weight(self.run.template.layers)

    @property
    def output(self) -> int:
        """The output o that the second weight leads to."""
        return self.second.column

    @property
    def symbols(self) -> dict[str, str]:
        """What the derivation's symbols are in this network."""
        return derivation_symbols(self.run.template.layers)

    def replacement(self, key: Key) -> tuple[str, str] | None:
        """Return title and LaTeX of the equation for the network; None if it is as printed."""
        net = self.run.template
        return replacement_for(key, net.outputs, self.functions, net.layers)

    @property
    def depth_sentence(self) -> str:
        """What the equations are about if there are several hidden layers; else ""."""
        hidden = self.run.template.layers - 1
        if hidden == 1:
            return ""
        texts = listing([f"{now} for {printed}" for printed, now in self.symbols.items()])
        return (
            f"The derivation has one hidden layer, this network has {hidden}. Eqs. 2 to 10 hold "
            f"for its last two matrices: read {texts}. “{FURTHER}”, below eq. 10, goes on to W⁽¹⁾."
        )


# The two sides


def comparisons(at: DerivationSelection) -> dict[Key, Comparison]:
    """Return both sides of every equation, with the reason if few digits agree."""
    lines = _factor_comparisons(at) | _sum_comparisons(at)
    saturated = partial(is_saturated, at)
    return {
        key: line.with_explanation(at.digits, saturated=saturated) for key, line in lines.items()
    }


def is_saturated(at: DerivationSelection) -> bool:
    """Return whether some ŷ or Z of the path is so close to ±1 that 1 − … loses digits."""
    with np.errstate(all="ignore"):
        forward = at.net.forward(at.run.X)
    units = [forward.values[n - 1][:, at.weight(n).column] for n in range(1, at.net.layers)]
    ends = [*((at.net.hidden, Z) for Z in units), (at.net.output, forward.y_hat)]
    return any(
        bool((1 - np.abs(values) <= SATURATION).any())
        for activation, values in ends
        if ACTIVATIONS[activation].rounded
    )


def _factor_comparisons(at: DerivationSelection) -> dict[Key, Comparison]:
    """Return the factors of one sample: each step of the chain, differentiated separately."""
    net, i, o, of = at.net, at.sample, at.output, at.symbols
    y, forward = at.run.y[i], net.forward(at.run.X[[i]])
    X1, Z1 = (row[0] for row in forward.inputs[-2:])
    H, O = (row[0] for row in forward.sums[-2:])
    Z, y_hat = (row[0] for row in forward.values[-2:])
    k1, l, k2 = at.first.row, at.first.column, at.second.row
    W1, W2 = net.weights[-2][:, l], net.weights[-1][:, o]
    values = _path_values(at, at.second) | _path_values(at, at.first)
    by_y_hat, by_O, by_Z, by_H, by_first = partials(at.functions, net.layers - 1, net.layers)
    by_second = partials(at.functions, net.layers, net.layers)[-1]
    term = partial(terms, at.loss, np.asarray(y[o]), output=net.output)
    return {
        "3": Comparison(
            "Im C(ŷ + ih) / h",
            slope(term, y_hat[o]) / DIVISORS[at.loss](at.samples),
            _form_text(at, by_y_hat, y[o], y_hat[o]),
            values[by_y_hat.name],
        ),
        "slope": _output_slope_comparison(at, by_O, O, y_hat, values[by_O.name]),
        "4": Comparison(
            f"Im O({of['W⁽²⁾']} + ih) / h",
            slope(_as_function_of(W2, k2, Z1), W2[k2]),
            f"{of['Z']}, {_source_text(at, at.second)}",
            values[by_second.name],
        ),
        "7": Comparison(
            f"Im O({of['Z']} + ih) / h",
            slope(_as_function_of(Z1, l, W2), Z1[l]),
            f"{of['W⁽²⁾']} from {at.names.hidden[-1][l]} to {at.names.outputs[o]}",
            values[by_Z.name],
        ),
        "8": _slope_comparison(at, by_H, H[l], Z[l], values[by_H.name]),
        "9": Comparison(
            f"Im {of['H']}({of['W⁽¹⁾']} + ih) / h",
            slope(_as_function_of(W1, k1, X1), W1[k1]),
            f"{of['X']}, {_source_text(at, at.first)}",
            values[by_first.name],
        ),
    }


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


def _output_slope_comparison(
    at: DerivationSelection, factor: Partial, O: Array, y_hat: Array, right: float
) -> Comparison:
    """Return both sides of ∂ŷ/∂O for the output; of a softmax, of ŷ by its own O."""
    o = at.output
    if factor.kind != "full":
        return _slope_comparison(at, factor, O[o], y_hat[o], right)
    name, a = at.names.outputs[o], operand_text(y_hat[o], at.digits)
    return Comparison(
        f"Im softmax(O + ih) / h, p = o: {name}",
        slope(softmax_of(O, o, o), O[o]),
        f"ŷ (1 − ŷ) = {a} × (1 − {a})",
        right,
    )


def softmax_of(O: Array, p: int, o: int) -> Callable[[Any], Any]:
    """Return the softmax's output p as a function of O's entry o."""
    places = np.arange(len(O)) == o
    return lambda value: ACTIVATIONS_OF_COMPLEX["softmax"](np.where(places, value, O))[p]


def _slope_comparison(
    at: DerivationSelection, factor: Partial, x: float, a: float, right: float
) -> Comparison:
    """Return both sides of an activation's slope at x, where its value is a."""
    activation = at.net.output if factor.above.letter == "ŷ" else at.net.hidden
    forms, name = ACTIVATIONS[activation], factor.above.text
    found = Comparison(
        f"Im {forms.symbol}({factor.below.text} + ih) / h",
        slope(ACTIVATIONS_OF_COMPLEX[activation], x),
        _form_text(at, factor, 0.0, a),
        right,
    )
    if forms.rounded and found.left == found.right == 0:
        return replace(found, explanation=UNDERFLOW)
    if found.digits >= FEW_DIGITS or not 1 - abs(a) <= SATURATION:
        return found
    return replace(
        found,
        explanation=NEAR_LIMIT.format(name=name, limit=number_text(round(a), 1)),
    )


def _form_text(at: DerivationSelection, factor: Partial, y: float, value: float) -> str:
    """Return a factor's form in symbols, then with a target and an activation's value."""
    a, target, N = operand(value, at.digits), operand(y, at.digits), f"{at.samples:,}"
    numbers = replace(SYMBOLS, y=target, y_hat=a, Z=a, N=N)
    texts = (as_text(written.form(factor)) for written in (SYMBOLS, numbers))
    return " = ".join(dict.fromkeys(texts))  # once if there is no symbol in it


def _sum_comparisons(at: DerivationSelection) -> dict[Key, Comparison]:
    """Return the sums over all samples: the cost, and both gradients in two ways."""
    N, epoch = at.samples, epoch_gradients(at.run, at.epoch, at.loss)
    first, second = cost_by_step(at, at.first), cost_by_step(at, at.second)
    (rows1, m), (rows2, K) = at.net.shapes[-2:]
    X1, Z1 = (with_constant(at.symbols[symbol]) for symbol in "XZ")
    products = {
        at.first: f"{X1}ᵀ · ∂C/∂{at.symbols['H']}, a {shape_text((rows1, N))} by a "
        f"{shape_text((N, m))} matrix",
        at.second: f"{Z1}ᵀ · ∂C/∂O, a {shape_text((rows2, N))} by a {shape_text((N, K))} matrix",
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
            f"row {weight.row + 1}, column {weight.column + 1} of {products[weight]}"
            f"{_entry_text(at, weight)}",
            product,
            size,
        )
    return found


def cost_by_step(at: DerivationSelection, weight: Weight) -> complex:
    """Return C over all samples with a complex step of the weight."""
    return latest(at.run, (at.epoch, at.loss, weight), _stepped_cost, most=MAX_HIDDEN + 1)


def _stepped_cost(run: Run, epoch: int, loss: str, weight: Weight) -> complex:
    net = epoch_gradients(run, epoch, loss).net
    return stepped_cost(net, run.X, run.y, *weight.place, loss)


def _entry_text(at: DerivationSelection, weight: Weight) -> str:
    """Return the entry's name in the chosen notation, if that differs."""
    selection = replace(at, focus=replace(at.focus, weight=weight))
    k = Notation.of(selection)
    if not has_other_name(k):
        return ""
    indices = f" with {k.indices(weight)}" if k.indices(weight) else ""
    return f"; in your notation {as_text(k.gradient)}{indices} ({shape_text(selection.shape)})"


def has_other_name(k: Notation) -> bool:
    """Return whether an entry has another name in the chosen notation than in the derivation."""
    return k.conventions.transposed or k.is_bias_apart


def _chain_text(at: DerivationSelection, weight: Weight) -> str:
    """Return the product of one sample's factors; with several outputs on the path, each one's."""
    chain, share = _sample_chain(at, weight)
    parts = share * chain.contributions(weight.row, weight.column)[0]
    total = number_text(float(parts.sum()), at.digits)
    if weight.layer < at.net.layers and at.net.outputs > 1:
        shown = sum_text([operand_text(part, at.digits) for part in parts])
        return f"through each output {shown} = {total}"
    values = list(_path_values(at, weight).values())
    if LOSSES[at.loss].fused or ACTIVATIONS[at.net.output].full:
        values[:2] = [share * float(chain.dC_dO[0, at.output])]
    return f"{' × '.join(operand_text(value, at.digits) for value in values)} = {total}"


def sum_text(terms: list[str]) -> str:
    """Return the sum of all terms, or of the first few and how many more there are."""
    if len(terms) > MOST_TERMS:
        terms = [*terms[: MOST_TERMS - 1], f"({len(terms) - MOST_TERMS + 1} more)"]
    return " + ".join(terms)


# Notes and shapes


def note_on(key: Key, functions: Functions) -> str:
    """Return the note on an inconsistency of the derivation, or on the fused factor; else ""."""
    notes = {"7": equations.BIAS_NOTE, "9": equations.SLIP_NOTE}
    if loss_of(functions.output, functions.loss).fused:
        full = ACTIVATIONS[functions.output].full
        notes["slope"] = SOFTMAX_NOTE if full else equations.FUSED_NOTE
    return notes.get(key, "")


def shapes_text(key: Key, net: Network, N: int) -> str:
    """Return the shapes in the equation and the ranges of its indices."""
    (rows1, m), (rows2, K) = net.shapes[-2:]
    of = derivation_symbols(net.layers)
    W1, W2, Z, H, X = (of[symbol] for symbol in ("W⁽¹⁾", "W⁽²⁾", "Z", "H", "X"))
    each = "one number per sample" if K == 1 else "one number per sample and output"
    slope = f"{shape_text((N, K))} here: {each}"
    if ACTIVATIONS[net.output].full:
        slope = f"{shape_text((N, K, K))} here: a {shape_text((K, K))} matrix per sample"
    column = "l = 1" if K == 1 else f"l (here o) = 1 … {K}"
    Z1 = f"{Z} with its constant 1" if net.has_bias(net.layers) else Z
    X1 = f"{X} with its constant 1" if net.has_bias(net.layers - 1) else X
    no_bias = f"{W2} without its bias row" if net.bias_hidden else W2
    l = unit_letter(net.layers)
    first, second = f"k = 1 … {rows1}, {l} = 1 … {m}", f"k = 1 … {rows2}, {column}"
    return {
        "1": f"y and ŷ are {shape_text((N, K))} here; i = 1 … {N:,}",
        "2": f"{W2} is {shape_text((rows2, K))} here; {second}",
        "3": f"∂C/∂ŷ is {shape_text((N, K))} here: {each}",
        "slope": f"∂ŷ/∂O is {slope}",
        "4": f"{Z1} is {shape_text((N, rows2))} here; k = 1 … {rows2}",
        "5": f"∂C/∂{W2} is {shape_text((rows2, K))} here, as {W2} is; {second}",
        "6": f"{W1} is {shape_text((rows1, m))} here; {first}",
        "7": f"{no_bias} is {shape_text((m, K))} here, the same for every sample; {l} = 1 … {m}",
        "8": f"{Z} and {H} are {shape_text((N, m))} here; {l} = 1 … {m}",
        "9": f"{X1} is {shape_text((N, rows1))} here; k = 1 … {rows1}",
        "10": f"∂C/∂{W1} is {shape_text((rows1, m))} here, as {W1} is; {first}",
    }[key]


# Names and numbers


def unit_letter(layers: int) -> str:
    """Return the index of a unit of the last hidden layer: l, or l₃ of three."""
    return "l" if layers == 2 else f"l{subscript(layers - 1)}"


def with_constant(symbol: str) -> str:
    """Return X₁ for X, Z₁⁽²⁾ for Z⁽²⁾: with the constant 1."""
    return f"{symbol[0]}₁{symbol[1:]}"


def _source_text(at: DerivationSelection, weight: Weight) -> str:
    """Return what the weight multiplies."""
    layer, row, _ = weight.place
    name = at.names.layers[layer - 1][0][row]
    if row >= at.net.rows(layer):
        return "the constant 1 of the bias row"
    if layer == 1:
        return f"{name} of sample {at.sample + 1}, as network input"
    return f"the value of {name} for sample {at.sample + 1}"
