"""Symbol and formula of each stop as LaTeX, in the chosen conventions, and its equation."""

import re
from dataclasses import dataclass, replace

from core.activations import ACTIVATIONS
from core.chain import Partial, Stop, stops
from core.chain.partials import cost_equation
from core.chain.training_step import NEW_COST
from pages.ui.chain_rule import equations
from pages.ui.chain_rule.equations import Symbols, as_factor, partial
from pages.ui.chain_rule.notation import C_RUN, Notation, Selection
from pages.ui.chain_rule.update import with_symbols
from pages.ui.chain_rule.update_by_hand import rule
from pages.ui.state.session import Weight

MOST_INPUTS = 3  # that are written one by one
_PRIME = "'("  # of a function that is differentiated
SIGMOID = r" = \frac{{1}}{{1 + e^{{-{x}}}}}"


@dataclass(frozen=True)
class StopFormula:
    """What a stop computes, what that is, and the derivation's equation: "eq. 8", or "".

    slope: the equation of the activation's slope in it, where there is something to derive.
    """

    symbol: str
    formula: str
    equation: str = ""
    slope: str = ""


def stop_formulas(selection: Selection) -> dict[str, StopFormula]:
    """Return the formulas by the stops' names."""
    layers = selection.run.template.layers
    notations = [_notation(selection, layer) for layer in range(1, layers + 1)]
    return {stop.name: _formula(stop, notations, selection) for stop in stops(layers)}


def _notation(selection: Selection, layer: int) -> Notation:
    """Return the notation of a matrix's first weight."""
    return Notation.of(replace(selection, focus=replace(selection.focus, weight=Weight(layer))))


def _formula(stop: Stop, notations: list[Notation], selection: Selection) -> StopFormula:
    k, net = notations[stop.layer - 1], selection.run.template
    if stop.backward:
        return _backward(stop, notations)
    match stop.operation:
        case "inputs":
            return _inputs(net.inputs, with_one=net.bias_input and not k.apart[0])
        case "cost":
            return _cost(k, net.outputs, is_new=stop.name == NEW_COST)
        case "update":
            return _update(selection)
    return _forward(stop, k)


def _backward(stop: Stop, notations: list[Notation]) -> StopFormula:
    k = notations[stop.layer - 1]
    match stop.operation:
        case "error":
            return StopFormula(
                k.s.partial(k.partials[0]), k.s.form(k.partials[0]), _equation(stop, k)
            )
        case "weights":
            return _through_weights(stop, notations[0])
        case "gradient":
            return _gradient(k)
    return _slope(stop, notations[0])


def _inputs(count: int, *, with_one: bool) -> StopFormula:
    """Return a row of X."""
    named = range(1, count + 1) if count <= MOST_INPUTS else (1, 2)
    entries = [f"X_{{i,{j}}}" for j in named]
    entries += [r"\dots", f"X_{{i,{count}}}"] * (count > MOST_INPUTS) + ["1"] * with_one
    return StopFormula("X_i", f"({', '.join(entries)})")


def _forward(stop: Stop, k: Notation) -> StopFormula:
    """Return one of the equations of the forward pass: two for each matrix."""
    at = 2 * (stop.layer - 1) + (stop.operation == "activation")
    symbol, _, formula = k.forward[at].partition(" = ")
    if formula.startswith(r"\sigma("):
        formula += SIGMOID.format(x=formula.removeprefix(r"\sigma(").removesuffix(")"))
    return StopFormula(symbol, formula, "before eq. 4" if stop.name == "O" else "")


def _cost(k: Notation, outputs: int, *, is_new: bool) -> StopFormula:
    """Return C, or C with the new weights, where ŷ has a prime."""
    formula, equation = equations.cost(outputs, k.functions), cost_equation(k.functions.loss)
    if not is_new:
        return StopFormula("C", formula, equation)
    new = re.sub(r"\\hat\{y\}_(?:i|\{i,o\})", r"\g<0>'", formula)
    return StopFormula(f"C({_new(k.weights)})", new, equation)


def _new(weights: str) -> str:
    return weights.replace("W", "W'").replace("b", "b'")


def _through_weights(stop: Stop, k: Notation) -> StopFormula:
    """Return ∂C/∂Z of the layer before the matrix."""
    through = k.delta(stop.layer - 1).values
    assert through is not None  # of the output only
    return StopFormula(through.symbol, through.formula, _equation(stop, k))


def _equation(stop: Stop, k: Notation) -> str:
    """Return the equation of the last factor of ∂C by the stop's symbol."""
    return next(factor.equation for factor in k.partials if factor.below == stop.symbol)


def _slope(stop: Stop, k: Notation) -> StopFormula:
    """Return δ: of the output with what its two factors collapse to, if they do."""
    delta, (error, slope, *_) = k.delta(stop.layer), k.partials
    if delta.values:
        below = next(factor for factor in k.partials if factor.below == stop.symbol)
        derived = _derived(below, k.functions.hidden, k.symbols)
        return StopFormula(delta.symbol, delta.formula, _equation(stop, k), derived)
    s, over_p = k.symbols, r"\sum_{p} " * k.is_softmax
    product = rf"{over_p}{s.partial(error)} \cdot {as_factor(s.form(slope))}"
    collapsed = f" = {delta.collapsed}" if delta.collapsed else ""
    derived = _derived(slope, k.functions.output, s)
    return StopFormula(delta.symbol, product + collapsed, slope.equation, derived)


def _derived(slope: Partial, name: str, s: Symbols) -> str:
    """Return σ′(O) = σ(O) (1 − σ(O)) = ŷ (1 − ŷ); "" of an activation with a plain slope."""
    activation = ACTIVATIONS[name]
    if activation.full or not activation.rounded:
        return ""
    value = activation.latex.format(x=s.of(slope.below))
    by_value = activation.latex_slope.format(a=value, times=s.times)
    return f"{value.replace('(', _PRIME, 1)} = {by_value} = {s.form(slope)}"


def _gradient(k: Notation) -> StopFormula:
    """Return a weight's gradient, summed over the samples; and a separate bias's."""
    over, delta = r"\sum_{i=1}^N ", k.delta(k.layer).symbol
    formula = over + k.contribution
    if k.apart[k.layer - 1]:
        formula += rf", \quad {partial('C', k.bias(k.layer, k.destination))} = {over}{delta}"
    numbers = "eqs. 4 and 5" if k.is_last else "eqs. 9 and 10"
    return StopFormula(k.gradient, formula, "as in " * k.is_deep + numbers)


def _update(selection: Selection) -> StopFormula:
    """Return the new value of the chosen weight, by the optimiser's last formula."""
    settings, k = selection.run.settings_at(selection.epoch), Notation.of(selection)
    formulas = rule(settings, decays=settings.l2 > 0 and not selection.is_bias)
    formula, gradient = formulas["W'"], formulas["g"]
    if settings.optimizer == "gd":
        step = f"({gradient})" if "+" in gradient else gradient
        formula = rf"W - \eta \, {step}"
    cost = C_RUN if selection.loss_ratio else "C"
    symbol, formula = with_symbols(("W'", formula), k.weight, cost)
    return StopFormula(symbol, formula)
