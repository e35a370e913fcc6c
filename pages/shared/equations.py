"""The derivation's equations, and the symbols of its factors, as LaTeX.

`EQUATIONS` are as printed (one output, and eq. 9 with its slip); `rule` writes eqs. 2, 5, 6 and 10
for the network at hand. How we read the two places where the derivation disagrees with itself is
in `BIAS_NOTE` and `SLIP_NOTE`.
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


def rule(layer: Layer, outputs: int) -> dict[int, str]:
    """The chain rule for one matrix and what it becomes, by number: eqs. 2 and 5, or 6 and 10.

    With several outputs the indices of the output are written, and for W1 the sum over them.
    """
    o, one = (",o", "o") if outputs > 1 else ("", "1")
    error, slope = (
        rf"(y_{{i{o}}} - \hat{{y}}_{{i{o}}})",
        rf"\sigma(O_{{i{o}}})(1 - \sigma(O_{{i{o}}}))",
    )
    head = rf"\frac{{\partial C}}{{\partial \hat{{y}}_{{i{o}}}}} \cdot "
    head += rf"\frac{{\partial \hat{{y}}_{{i{o}}}}}{{\partial O_{{i{o}}}}} \cdot "
    if layer == 2:
        weight = rf"W_{{k,{one}}}^{{(2)}}"
        left = rf"\frac{{\partial C}}{{\partial {weight}}} = "
        tail = rf"\frac{{\partial O_{{i{o}}}}}{{\partial {weight}}}"
        values = rf"{error} \cdot {slope} \cdot Z_{{i,k}}"
        return {
            2: rf"{left} \sum_{{i=1}}^N {head} {tail}",
            5: rf"{left} -\frac{{1}}{{N}} \sum_{{i=1}}^N {values}",
        }
    over = rf"\sum_{{i=1}}^N \sum_{{o=1}}^{{{outputs}}}" if outputs > 1 else r"\sum_{i=1}^N"
    left = r"\frac{\partial C}{\partial W_{k,l}^{(1)}} = "
    tail = rf"\frac{{\partial O_{{i{o}}}}}{{\partial Z_{{i,l}}}} \cdot \frac{{\partial Z_{{i,l}}}}"
    tail += r"{\partial H_{i,l}} \cdot \frac{\partial H_{i,l}}{\partial W_{k,l}^{(1)}}"
    values = rf"{error} \cdot {slope} \cdot W_{{l,{one}}}^{{(2)}} \cdot Z_{{i,l}}(1 - Z_{{i,l}})"
    return {
        6: rf"{left} {over} {head} {tail}",
        10: rf"{left} -\frac{{1}}{{N}} {over} {values} \cdot X_{{i,k}}",
    }
