"""The derivation's equations, and the symbols of its factors, as LaTeX.

`EQUATIONS` are as printed (one output, and eq. 9 with its slip); `rule` writes eqs. 2, 5, 6 and 10
for the network and the loss at hand. How we read the two places where the derivation disagrees with
itself is in `BIAS_NOTE` and `SLIP_NOTE`.
"""

from dataclasses import dataclass
from typing import Literal

from core.utils.sentence import sentence_case

Layer = Literal[1, 2]


@dataclass(frozen=True)
class Equation:
    """One numbered equation as the derivation prints it, and what it says in a sentence."""

    number: int
    latex: str
    meaning: str


_ERROR = r"\frac{\partial C}{\partial \hat{y}_i}"
_OUTPUT = r"\frac{\partial \hat{y}_i}{\partial O_i}"
_SLOPE = r"\sigma(O_i)(1 - \sigma(O_i))"

EQUATIONS = {
    equation.number: equation
    for equation in (
        Equation(
            1,
            r"C = \frac{1}{2N} \sum_{i=1}^N (y_i - \hat{y}_i)^2",
            "How wrong the network is, as one number: half the mean of the squared errors.",
        ),
        Equation(
            2,
            r"\frac{\partial C}{\partial W_{k,l}^{(2)}} = \sum_{i=1}^N "
            rf"{_ERROR} \cdot {_OUTPUT} \cdot \frac{{\partial O_i}}{{\partial W_{{k,l}}^{{(2)}}}}",
            "From a weight of W⁽²⁾ to the cost there are three steps: O, ŷ, C. Their slopes "
            "multiply, and the samples add up.",
        ),
        Equation(
            3,
            rf"{_ERROR} = -\frac{{(y_i - \hat{{y}}_i)}}{{N}}",
            "How the cost changes with one prediction: the further ŷ is from y, the "
            "steeper the slope.",
        ),
        Equation(
            4,
            r"\frac{\partial O_i}{\partial W_{k,1}^{(2)}} = Z_{i,k}",
            "O is a weighted sum, so a weight of W⁽²⁾ moves it by what that weight multiplies: the "
            "hidden unit's value.",
        ),
        Equation(
            5,
            r"\frac{\partial C}{\partial W_{k,l}^{(2)}} = -\frac{1}{N} \sum_{i=1}^N "
            rf"(y_i - \hat{{y}}_i) \cdot {_SLOPE} \cdot Z_{{i,k}}, \quad k \in \{{1, 2, 3, 4\}}",
            "The gradient of W⁽²⁾: eqs. 3 and 4 and the slope between them, put into eq. 2.",
        ),
        Equation(
            6,
            r"\frac{\partial C}{\partial W_{k,l}^{(1)}} = \sum_{i=1}^N "
            rf"{_ERROR} \cdot {_OUTPUT} \cdot \frac{{\partial O_i}}{{\partial Z_{{i,l}}}} \cdot "
            r"\frac{\partial Z_{i,l}}{\partial H_{i,l}} \cdot "
            r"\frac{\partial H_{i,l}}{\partial W_{k,l}^{(1)}}, \quad k, l \in \{1, 2, 3\}",
            "From a weight of W⁽¹⁾ to the cost there are five steps: H, Z, O, ŷ, C. The first two "
            "of eq. 2 come back, and three new ones lead further in.",
        ),
        Equation(
            7,
            r"\frac{\partial O_i}{\partial Z_{i,l}} = W_{l,1}^{(2)}",
            "A hidden unit's value reaches the output through its weight of W⁽²⁾, so that weight "
            "is how strongly a change of it arrives.",
        ),
        Equation(
            8,
            r"\frac{\partial Z_{i,l}}{\partial H_{i,l}} = Z_{i,l}(1 - Z_{i,l})",
            "The slope of a hidden unit's sigmoid: a quarter at best, next to nothing where Z is "
            "near 0 or 1, and then little gets through.",
        ),
        Equation(
            9,
            r"\frac{\partial H_{i,k}}{\partial W_{k,l}^{(1)}} = X_{i,k}",
            "H is a weighted sum, too, so a weight of W⁽¹⁾ moves it by what that weight "
            "multiplies: the input.",
        ),
        Equation(
            10,
            r"\frac{\partial C}{\partial W_{k,l}^{(1)}} = -\frac{1}{N} \sum_{i=1}^N "
            rf"(y_i - \hat{{y}}_i) \cdot {_SLOPE} \cdot W_{{l,1}}^{{(2)}} \cdot "
            r"Z_{i,l}(1 - Z_{i,l}) \cdot X_{i,k}, \quad l \in \{1, 2, 3\}",
            "The gradient of W⁽¹⁾: eqs. 3, 7, 8 and 9 and the slope before eq. 4, put into eq. 6.",
        ),
    )
}

TITLE, AUTHOR = (
    "Derivation of Gradients for Neural Network Training",
    "Jakkula Adishesh Balaji",
)
SOURCE = f"Equations 1 to 10 and their symbols are those of *{TITLE}* by {AUTHOR}."
BIAS_NOTE = (
    "The derivation’s counts disagree: O has four terms before eq. 4, three "
    "before eq. 7. We read the last row of each matrix as a bias, the weight of a constant 1; then "
    "both are right, for nothing flows back into a constant. This is our "
    "interpretation: the derivation does not name the bias."
)
SLIP_NOTE = (
    "Eq. 9 is printed with ∂H with the indices i,k. Eq. 6 and the mathematics need i,l: "
    r"$\partial H_{i,l} / \partial W_{k,l}^{(1)} = X_{i,k}$."
)


FUSED_NOTE = (
    "Cross-entropy and the sigmoid cancel: ŷ(1 − ŷ) stands below the line in ∂C/∂ŷ and is all of "
    "∂ŷ/∂O. Their product (ŷ − y)/N is computed at once, for apart they are ∞ · 0 where ŷ rounds "
    "to 0 or 1."
)


@dataclass(frozen=True)
class Functions:
    """What decides the formula of a factor: the loss and the activations, by core's names."""

    loss: str = "half_mse"
    hidden: str = "sigmoid"
    output: str = "sigmoid"


AS_DERIVED = Functions()


@dataclass(frozen=True)
class Symbols:
    """The derivation's symbols of an output, and the column of W2 that leads to it.

    Or what is put in their place: with numbers as fields, a formula becomes the one worked out.
    """

    y: str = "y_i"
    y_hat: str = r"\hat{y}_i"
    O: str = "O_i"
    column: str = "1"
    N: str = "N"
    times: str = r"\,"


_ONE = Symbols()
_SEVERAL = Symbols("y_{i,o}", r"\hat{y}_{i,o}", "O_{i,o}", "o")


def symbols(outputs: int) -> Symbols:
    """The symbols for that many outputs: only where there are several is the output written."""
    return _SEVERAL if outputs > 1 else _ONE


def rule(layer: Layer, outputs: int, functions: Functions = AS_DERIVED) -> dict[str, str]:
    """The chain rule for one matrix and what it becomes, by title: eqs. 2 and 5, or 6 and 10.

    With several outputs the indices of the output are written, and for W1 the sum over them.
    Where a loss or an activation is not the derivation's, the factor that it swaps stands between
    the two, and the title says in place of what.
    """
    s = symbols(outputs)
    weight = rf"W_{{k,{s.column}}}^{{(2)}}" if layer == 2 else "W_{k,l}^{(1)}"
    over = r"\sum_{i=1}^N"
    if layer == 1 and outputs > 1:
        over += rf" \sum_{{o=1}}^{{{outputs}}}"
    left = rf"{partial('C', weight)} = "
    before, values = _error_and_slope(s, functions)
    first, last = ("Eq. 2", "eq. 5") if layer == 2 else ("Eq. 6", "eq. 10")
    if layer == 2:
        ways, values = [partial(s.O, weight)], [*values, "Z_{i,k}"]
    else:
        ways = [partial(s.O, "Z_{i,l}"), partial("Z_{i,l}", "H_{i,l}")]
        ways.append(partial("H_{i,l}", weight))
        out = rf"W_{{l,{s.column}}}^{{(2)}}"
        values = [*values, out, _HIDDEN_SLOPES[functions.hidden], "X_{i,k}"]
    general = [partial("C", s.y_hat), partial(s.y_hat, s.O), *ways]
    swapped = _replacements(layer, s, functions)
    title = f"In place of {last}" if swapped else sentence_case(last)
    return {
        first: rf"{left} {over} " + r" \cdot ".join(general),
        **swapped,
        title: rf"{left} {before}{over} " + r" \cdot ".join(values),
    }


def _error_and_slope(s: Symbols, functions: Functions) -> tuple[str, list[str]]:
    """What stands before the sum, and the first two factors without it."""
    error = rf"({s.y} - {s.y_hat})"
    if functions.loss == "cross_entropy":
        return r"\frac{1}{N} ", [rf"({s.y_hat} - {s.y})"]
    before = {"half_mse": r"-\frac{1}{N} ", "mse": r"-\frac{2}{N} ", "half_sse": "-"}
    slopes = {"sigmoid": rf"\sigma({s.O})(1 - \sigma({s.O}))", "identity": "1"}
    return before[functions.loss], [error, slopes[functions.output]]


_HIDDEN_SLOPES = {
    "sigmoid": "Z_{i,l}(1 - Z_{i,l})",
    "tanh": "(1 - Z_{i,l}^2)",
    "relu": r"[Z_{i,l} > 0]",
}


def _replacements(layer: Layer, s: Symbols, functions: Functions) -> dict[str, str]:
    """The factors that are not the derivation's, by title."""
    found = {}
    if functions.loss != "half_mse":
        found["In place of eq. 3"] = rf"{partial('C', s.y_hat)} = {error(s, functions.loss)}"
    if functions.output != "sigmoid":
        found["In place of the slope before eq. 4"] = rf"{partial(s.y_hat, s.O)} = 1"
    if layer == 1 and functions.hidden != "sigmoid":
        left = rf"{partial('Z_{i,l}', 'H_{i,l}')} = {slope(functions.hidden, 'Z_{i,l}')}"
        cases = r" = \begin{cases} 1 & Z_{i,l} > 0 \\ 0 & \text{else} \end{cases}"
        found["In place of eq. 8"] = left + cases * (functions.hidden == "relu")
    return found


def error(s: Symbols, loss: str) -> str:
    """∂C/∂ŷ: eq. 3, or what the loss puts in its place."""
    if loss == "cross_entropy":
        below = rf"{s.N} {s.times} {s.y_hat} {s.times} (1 - {s.y_hat})"
        return rf"\frac{{{s.y_hat} - {s.y}}}{{{below}}}"
    return {
        "half_mse": rf"-\frac{{({s.y} - {s.y_hat})}}{{{s.N}}}",
        "mse": rf"-\frac{{2 {s.times} ({s.y} - {s.y_hat})}}{{{s.N}}}",
        "half_sse": rf"-({s.y} - {s.y_hat})",
    }[loss]


def slope(activation: str, a: str, times: str = r"\,") -> str:
    """An activation's derivative, written with its value a, a symbol or a number."""
    return {
        "sigmoid": rf"{a} {times} (1 - {a})",
        "tanh": f"1 - {a}^2",
        "relu": f"[{a} > 0]",
        "identity": "1",
    }[activation]


def partial(above: str, below: str) -> str:
    """∂above/∂below."""
    return rf"\frac{{\partial {above}}}{{\partial {below}}}"
