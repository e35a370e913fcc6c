"""Equations of the network in use, where they are not as printed.

The derivation has one hidden layer, one output, sigmoids and half the mean squared error. With
several hidden layers its equations are those of the last two matrices.
"""

from dataclasses import replace

from core.activations import ACTIVATIONS
from core.chain import Functions, Partial, Symbol, partials
from core.utils.sentence import listing, plural
from pages.ui.chain_rule import equations
from pages.ui.chain_rule.equations import EQUATIONS, Symbols

SLOPE = "slope"  # the key of the slope before eq. 4
PRINTED_SLOPE = r"\frac{\partial \hat{y}_i}{\partial O_i} = \sigma(O_i)(1 - \sigma(O_i))"


def replacement_for(
    key: str, outputs: int, functions: Functions, layers: int = 2
) -> tuple[str, str] | None:
    """Return title and LaTeX of the equation for this network and loss; None if as printed."""
    printed = PRINTED_SLOPE if key == SLOPE else EQUATIONS[int(key)].latex
    if layers > 2 or ACTIVATIONS[functions.output].full:
        title = network_title(outputs, functions, layers)
        written = _of_last_two(outputs, functions, layers)[key]
    else:
        title, written = _as_derived_or_swapped(key, printed, outputs, functions)
    return None if written == printed else (title, written)


def _as_derived_or_swapped(
    key: str, printed: str, outputs: int, functions: Functions
) -> tuple[str, str]:
    """Return title and LaTeX for one hidden layer; the printed equation if nothing is swapped."""
    title = f"With {outputs} outputs"
    rule = equations.rule(1, outputs, functions) | equations.rule(2, outputs, functions)
    swapped = f"In place of {'the slope before eq. 4' if key == SLOPE else f'eq. {key}'}"
    if swapped in rule:
        return swapped, rule[swapped]
    if key == "1" and functions.loss != "half_mse":
        return swapped, _cost_latex(outputs, functions)
    if outputs == 1:
        return title, printed
    if key == "1":
        return title, _cost_latex(outputs, functions)
    return title, rule.get(f"Eq. {key}", equations.with_outputs(printed))


def network_title(outputs: int, functions: Functions, layers: int) -> str:
    """Return what the network has that the derivation's has not: "With 3 hidden layers"."""
    parts = [plural(layers - 1, "hidden layer")] if layers > 2 else []
    if ACTIVATIONS[functions.output].full:
        parts.append(f"a softmax of {plural(outputs, 'output')}")
    elif outputs > 1:
        parts.append(plural(outputs, "output"))
    return f"With {listing(parts)}"


def _of_last_two(outputs: int, functions: Functions, layers: int) -> dict[str, str]:
    """Return the equations of the last two matrices, for any depth and output, by their keys."""
    s = equations.symbols(outputs)
    first, second = (
        replace(
            s,
            W=s.weight(layer, "k", equations.destination_index(layer, layers, outputs)),
            input=equations.input_symbol(layer, layers),
        )
        for layer in (layers - 1, layers)
    )
    error, slope, by_Z, by_H, by_first = partials(functions, layers - 1, layers)
    by_second = partials(functions, layers, layers)[-1]
    of_slope = first.of_jacobian if slope.kind == "full" else first
    found = {
        "1": _cost_latex(outputs, functions),
        "3": _equation(error, first),
        SLOPE: _equation(slope, of_slope),
        "4": _equation(by_second, second),
        "7": _equation(by_Z, first),
        "8": _equation(by_H, first),
        "9": _equation(by_first, first),
    }
    for layer, chain, gradient in ((layers, "2", "5"), (layers - 1, "6", "10")):
        rule = equations.rule(layer, outputs, functions, layers)
        found[chain], *_, found[gradient] = rule.values()
    return found


def _equation(factor: Partial, s: Symbols) -> str:
    return f"{s.partial(factor)} = {s.form(factor)}"


def _cost_latex(outputs: int, functions: Functions) -> str:
    """Return the cost."""
    return f"C = {equations.cost(outputs, functions)}"


def derivation_symbols(layers: int) -> dict[str, str]:
    """Return what the derivation's symbols are for the last two matrices; as they are if of two."""
    if layers == 2:
        return {symbol: symbol for symbol in ("W⁽²⁾", "W⁽¹⁾", "Z", "H", "X")}
    return {
        "W⁽²⁾": Symbol("W", layers).text,
        "W⁽¹⁾": Symbol("W", layers - 1).text,
        "Z": Symbol("Z", layers - 1).text,
        "H": Symbol("H", layers - 1).text,
        "X": Symbol("Z", layers - 2).text,
    }
