"""The derivation's equations, and the symbols of its factors, as LaTeX.

`EQUATIONS` are as printed (one output, and eq. 9 with its slip); `rule` writes eqs. 2, 5, 6 and 10
for the network and the loss at hand. How we read the two places where the derivation disagrees with
itself is in `BIAS_NOTE` and `SLIP_NOTE`.
"""

from dataclasses import dataclass
from typing import Literal

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
            "The cost: half the mean of the squared errors.",
        ),
        Equation(
            2,
            r"\frac{\partial C}{\partial W_{k,l}^{(2)}} = \sum_{i=1}^N "
            rf"{_ERROR} \cdot {_OUTPUT} \cdot \frac{{\partial O_i}}{{\partial W_{{k,l}}^{{(2)}}}}",
            "From a weight of W⁽²⁾ to the cost, there are three steps.",
        ),
        Equation(
            3,
            rf"{_ERROR} = -\frac{{(y_i - \hat{{y}}_i)}}{{N}}",
            "How the cost changes with the prediction.",
        ),
        Equation(
            4,
            r"\frac{\partial O_i}{\partial W_{k,1}^{(2)}} = Z_{i,k}",
            "A weight of W⁽²⁾ multiplies a hidden unit's value.",
        ),
        Equation(
            5,
            r"\frac{\partial C}{\partial W_{k,l}^{(2)}} = -\frac{1}{N} \sum_{i=1}^N "
            rf"(y_i - \hat{{y}}_i) \cdot {_SLOPE} \cdot Z_{{i,k}}, \quad k \in \{{1, 2, 3, 4\}}",
            "The gradient of W⁽²⁾.",
        ),
        Equation(
            6,
            r"\frac{\partial C}{\partial W_{k,l}^{(1)}} = \sum_{i=1}^N "
            rf"{_ERROR} \cdot {_OUTPUT} \cdot \frac{{\partial O_i}}{{\partial Z_{{i,l}}}} \cdot "
            r"\frac{\partial Z_{i,l}}{\partial H_{i,l}} \cdot "
            r"\frac{\partial H_{i,l}}{\partial W_{k,l}^{(1)}}, \quad k, l \in \{1, 2, 3\}",
            "From a weight of W⁽¹⁾ to the cost, there are five steps.",
        ),
        Equation(
            7,
            r"\frac{\partial O_i}{\partial Z_{i,l}} = W_{l,1}^{(2)}",
            "A hidden unit's value reaches the output through a weight of W⁽²⁾.",
        ),
        Equation(
            8,
            r"\frac{\partial Z_{i,l}}{\partial H_{i,l}} = Z_{i,l}(1 - Z_{i,l})",
            "The slope of a hidden unit's sigmoid.",
        ),
        Equation(
            9,
            r"\frac{\partial H_{i,k}}{\partial W_{k,l}^{(1)}} = X_{i,k}",
            "A weight of W⁽¹⁾ multiplies an input.",
        ),
        Equation(
            10,
            r"\frac{\partial C}{\partial W_{k,l}^{(1)}} = -\frac{1}{N} \sum_{i=1}^N "
            rf"(y_i - \hat{{y}}_i) \cdot {_SLOPE} \cdot W_{{l,1}}^{{(2)}} \cdot "
            r"Z_{i,l}(1 - Z_{i,l}) \cdot X_{i,k}, \quad l \in \{1, 2, 3\}",
            "The gradient of W⁽¹⁾.",
        ),
    )
}

BIAS_NOTE = (
    "The derivation names no bias, and its counts disagree: O has four terms before eq. 4, three "
    "before eq. 7. We read the last row of each matrix as a bias, the weight of a constant 1; then "
    "both are right, for nothing flows back into a constant. That reading is ours."
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
class Choices:
    """What decides the formula of a factor: the loss and the activations, by core's names."""

    loss: str = "half_mse"
    hidden: str = "sigmoid"
    output: str = "sigmoid"


AS_DERIVED = Choices()


@dataclass(frozen=True)
class _Symbols:
    """The derivation's symbols of an output, and the column of W2 that leads to it."""

    y: str = "y_i"
    y_hat: str = r"\hat{y}_i"
    O: str = "O_i"
    column: str = "1"


_ONE = _Symbols()
_SEVERAL = _Symbols("y_{i,o}", r"\hat{y}_{i,o}", "O_{i,o}", "o")


def rule(layer: Layer, outputs: int, choices: Choices = AS_DERIVED) -> dict[str, str]:
    """The chain rule for one matrix and what it becomes, by title: eqs. 2 and 5, or 6 and 10.

    With several outputs the indices of the output are written, and for W1 the sum over them.
    Where a loss or an activation is not the derivation's, the factor that it swaps stands between
    the two, and the title says in place of what.
    """
    s = _SEVERAL if outputs > 1 else _ONE
    weight = rf"W_{{k,{s.column}}}^{{(2)}}" if layer == 2 else "W_{k,l}^{(1)}"
    over = r"\sum_{i=1}^N"
    if layer == 1 and outputs > 1:
        over += rf" \sum_{{o=1}}^{{{outputs}}}"
    left = rf"{_partial('C', weight)} = "
    before, values = _error_and_slope(s, choices)
    first, last = ("Eq. 2", "eq. 5") if layer == 2 else ("Eq. 6", "eq. 10")
    if layer == 2:
        ways, values = [_partial(s.O, weight)], [*values, "Z_{i,k}"]
    else:
        ways = [_partial(s.O, "Z_{i,l}"), _partial("Z_{i,l}", "H_{i,l}")]
        ways.append(_partial("H_{i,l}", weight))
        out = rf"W_{{l,{s.column}}}^{{(2)}}"
        values = [*values, out, _HIDDEN_SLOPES[choices.hidden], "X_{i,k}"]
    general = [_partial("C", s.y_hat), _partial(s.y_hat, s.O), *ways]
    swapped = _swapped(layer, s, choices)
    title = f"In place of {last}" if swapped else last.capitalize()
    return {
        first: rf"{left} {over} " + r" \cdot ".join(general),
        **swapped,
        title: rf"{left} {before}{over} " + r" \cdot ".join(values),
    }


def _error_and_slope(s: _Symbols, choices: Choices) -> tuple[str, list[str]]:
    """What stands before the sum, and the first two factors without it."""
    error = rf"({s.y} - {s.y_hat})"
    if choices.loss == "cross_entropy":
        return r"\frac{1}{N} ", [rf"({s.y_hat} - {s.y})"]
    before = {"half_mse": r"-\frac{1}{N} ", "mse": r"-\frac{2}{N} ", "half_sse": "-"}
    slopes = {"sigmoid": rf"\sigma({s.O})(1 - \sigma({s.O}))", "identity": "1"}
    return before[choices.loss], [error, slopes[choices.output]]


_HIDDEN_SLOPES = {
    "sigmoid": "Z_{i,l}(1 - Z_{i,l})",
    "tanh": "(1 - Z_{i,l}^2)",
    "relu": r"[Z_{i,l} > 0]",
}


def _swapped(layer: Layer, s: _Symbols, choices: Choices) -> dict[str, str]:
    """The factors that are not the derivation's, by title."""
    found = {}
    if choices.loss != "half_mse":
        found["In place of eq. 3"] = rf"{_partial('C', s.y_hat)} = {_error(s, choices.loss)}"
    if choices.output != "sigmoid":
        found["In place of the slope before eq. 4"] = rf"{_partial(s.y_hat, s.O)} = 1"
    if layer == 1 and choices.hidden != "sigmoid":
        slopes = {
            "tanh": "1 - Z_{i,l}^2",
            "relu": r"[Z_{i,l} > 0] = \begin{cases} 1 & Z_{i,l} > 0 \\ 0 & \text{else} \end{cases}",
        }
        left = _partial("Z_{i,l}", "H_{i,l}")
        found["In place of eq. 8"] = rf"{left} = {slopes[choices.hidden]}"
    return found


def _error(s: _Symbols, loss: str) -> str:
    """∂C/∂ŷ of the losses that are not the derivation's."""
    if loss == "cross_entropy":
        above, below = rf"{s.y_hat} - {s.y}", rf"N \, {s.y_hat} (1 - {s.y_hat})"
        return rf"\frac{{{above}}}{{{below}}}"
    return {
        "mse": rf"-\frac{{2 ({s.y} - {s.y_hat})}}{{N}}",
        "half_sse": rf"-({s.y} - {s.y_hat})",
    }[loss]


def _partial(above: str, below: str) -> str:
    return rf"\frac{{\partial {above}}}{{\partial {below}}}"
