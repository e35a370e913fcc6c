"""Equations of the network in use, where they are not as printed.

The derivation has one hidden layer, one output, sigmoids and half the mean squared error. With
several hidden layers its equations are those of the last two matrices.
"""

from collections.abc import Sequence
from dataclasses import replace

from core.activations import ACTIVATIONS
from core.chain import Functions, Partial, Symbol, partials
from core.losses import loss_of
from core.utils.sentence import listing, plural
from pages.ui.chain_rule import equations
from pages.ui.chain_rule.equations import EQUATIONS, Symbols, partial

SLOPE = "slope"  # the key of the slope before eq. 4
PRINTED_SLOPE = r"\frac{\partial \hat{y}_i}{\partial O_i} = \sigma(O_i)(1 - \sigma(O_i))"
JACOBIAN_ENTRY = r"\hat{y}_{i,p} ([p = o] - \hat{y}_{i,o})"


def replacement_for(
    key: str, outputs: int, functions: Functions, layers: int = 2
) -> tuple[str, str] | None:
    """Return title and LaTeX of the equation for this network and loss; None if as printed."""
    printed = PRINTED_SLOPE if key == SLOPE else EQUATIONS[int(key)].latex
    if layers > 2 or ACTIVATIONS[functions.output].full:
        title = network_title(outputs, functions, layers)
        written = _LastTwo(outputs, functions, layers).equations[key]
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
    return title, rule.get(f"Eq. {key}", _with_outputs(printed))


def network_title(outputs: int, functions: Functions, layers: int) -> str:
    """Return what the network has that the derivation's has not: "With 3 hidden layers"."""
    parts = [plural(layers - 1, "hidden layer")] if layers > 2 else []
    if ACTIVATIONS[functions.output].full:
        parts.append(f"a softmax of {plural(outputs, 'output')}")
    elif outputs > 1:
        parts.append(plural(outputs, "output"))
    return f"With {listing(parts)}"


class _LastTwo:
    """The equations of the last two matrices, for any depth and output."""

    def __init__(self, outputs: int, functions: Functions, layers: int) -> None:
        self.outputs, self.functions, self.layers = outputs, functions, layers
        self.full = ACTIVATIONS[functions.output].full
        s, last = equations.symbols(outputs), layers
        into = {2: "X_{i,k}"}.get(layers, "Z_{i,k}" + above(last - 2))
        unit = above(last - 1) if layers > 2 else ""
        self.first = replace(
            s,
            Z="Z_{i,l}" + unit,
            H="H_{i,l}" + unit,
            W="W_{k,l}" + above(last - 1),
            out=f"W_{{l,{s.column}}}" + above(last),
            input=into,
        )
        self.second = replace(
            self.first, W=f"W_{{k,{s.column}}}" + above(last), input="Z_{i,k}" + unit
        )

    @property
    def equations(self) -> dict[str, str]:
        """The equations, by their keys on the page."""
        error, slope, *first = partials(self.functions, self.layers - 1, self.layers)
        by_second = partials(self.functions, self.layers, self.layers)[-1]
        by_Z, by_H, by_first = (_equation(factor, self.first) for factor in first)
        by_O = f"{self._output_factors[1]} = {JACOBIAN_ENTRY}"
        return {
            "1": _cost_latex(self.outputs, self.functions),
            "2": self._chain(self.second, [by_second]),
            "3": _equation(error, self.first),
            SLOPE: by_O if self.full else _equation(slope, self.first),
            "4": _equation(by_second, self.second),
            "5": self._gradient(self.second, [by_second]),
            "6": self._chain(self.first, first),
            "7": by_Z,
            "8": by_H,
            "9": by_first,
            "10": self._gradient(self.first, first),
        }

    @property
    def _output_factors(self) -> tuple[str, str]:
        """∂C/∂ŷ and ∂ŷ/∂O; of a softmax each O is on the way to every ŷ."""
        s = self.first
        y_hat = r"\hat{y}_{i,p}" if self.full else s.y_hat
        return partial("C", y_hat), partial(y_hat, s.O)

    def _chain(self, s: Symbols, factors: Sequence[Partial]) -> str:
        parts = [*self._output_factors, *map(s.partial, factors)]
        return f"{partial('C', s.W)} = {self._sums(s)}" + r" \cdot ".join(parts)

    def _gradient(self, s: Symbols, factors: Sequence[Partial]) -> str:
        """Return the chain with what its factors are; ∂C/∂O in one step if the loss is fused."""
        loss = loss_of(self.functions.output, self.functions.loss)
        y, y_hat = ("y_{i,p}", r"\hat{y}_{i,p}") if self.full and not loss.fused else (s.y, s.y_hat)
        values = [loss.forms.latex_error.format(y=y, y_hat=y_hat)]
        if not loss.fused:
            values.append(JACOBIAN_ENTRY if self.full else self._slope())
        values += [_in_product(_form(factor, s)) for factor in factors]
        sums = f"{loss.forms.latex_scale} {self._sums(s, fused=loss.fused)}"
        return f"{partial('C', s.W)} = {sums}" + r" \cdot ".join(values)

    def _slope(self) -> str:
        """Return the slope of the output's activation in terms of O, as eq. 5 has it."""
        output = ACTIVATIONS[self.functions.output]
        value = output.latex.format(x=self.first.O)
        return output.latex_slope.format(a=value, times="").replace("  ", "")

    def _sums(self, s: Symbols, *, fused: bool = False) -> str:
        """Return the sums over samples, and over the outputs and predictions on the way."""
        over = r"\sum_{i=1}^N "
        if s is self.first and self.outputs > 1:
            over += rf"\sum_{{o=1}}^{{{self.outputs}}} "
        if self.full and not fused:
            over += rf"\sum_{{p=1}}^{{{self.outputs}}} "
        return over


def above(layer: int) -> str:
    """Return a layer as a superscript in LaTeX."""
    return f"^{{({layer})}}"


def _equation(factor: Partial, s: Symbols) -> str:
    return f"{s.partial(factor)} = {_form(factor, s)}"


def _form(factor: Partial, s: Symbols) -> str:
    """Return what a factor is; a symbol that carries its layer is in brackets below a power."""
    if factor.kind == "diagonal" and "{a}^" in factor.form:
        s = replace(s, Z=f"({s.Z})")
    return s.form(factor)


def _in_product(latex: str) -> str:
    """Return a formula that may stand between factors: a difference in brackets."""
    return f"({latex})" if latex.startswith("1 -") else latex


def _cost_latex(outputs: int, functions: Functions) -> str:
    """Return the cost."""
    latex, over = loss_of(functions.output, functions.loss).forms.latex, r"\sum_{i=1}^N"
    if outputs > 1 and r"\sum_{o=1}" not in latex:
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
