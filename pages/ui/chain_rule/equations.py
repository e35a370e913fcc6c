"""The derivation's equations, and the symbols of its factors, as LaTeX.

`EQUATIONS` are as printed (one output, eq. 9 with its misprint); `rule` gives eqs. 2, 5, 6 and 10
for a network and a loss. `BIAS_NOTE` and `SLIP_NOTE` explain the two inconsistencies of the
derivation and how they are resolved here.
"""

from dataclasses import dataclass, replace

from core.activations import ACTIVATIONS
from core.chain import Functions, Partial, Symbol, partials
from core.losses import LOSSES
from core.utils.sentence import sentence_case

AS_DERIVED = Functions()


@dataclass(frozen=True)
class Equation:
    """A numbered equation as printed, and its meaning in a sentence."""

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
            "From a weight of W⁽²⁾ to the cost there are three steps: O, ŷ, C. Their derivatives "
            "are multiplied, and the samples are summed.",
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
            "O is a weighted sum, so its derivative with respect to a weight of W⁽²⁾ is what that "
            "weight multiplies: the hidden unit's value.",
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
            "factors are those of eq. 2; three new ones follow.",
        ),
        Equation(
            7,
            r"\frac{\partial O_i}{\partial Z_{i,l}} = W_{l,1}^{(2)}",
            "A hidden unit's value reaches the output through its weight of W⁽²⁾, so the "
            "derivative is that weight.",
        ),
        Equation(
            8,
            r"\frac{\partial Z_{i,l}}{\partial H_{i,l}} = Z_{i,l}(1 - Z_{i,l})",
            "The slope of a hidden unit's sigmoid: at most 1/4, and close to 0 where Z is near 0 "
            "or 1, so that little of the gradient passes.",
        ),
        Equation(
            9,
            r"\frac{\partial H_{i,k}}{\partial W_{k,l}^{(1)}} = X_{i,k}",
            "H is a weighted sum, too, so its derivative with respect to a weight of W⁽¹⁾ is what "
            "that weight multiplies: the input.",
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
    "The derivation’s sums disagree: O has four terms before eq. 4, three before eq. 7. We take "
    "the last row of each matrix as a bias, the weight of a constant 1; then both are right, since "
    "no gradient flows into a constant. This is our interpretation: the derivation does not name "
    "the bias."
)
SLIP_NOTE = (
    "Eq. 9 is printed with the indices i,k on ∂H. Eq. 6 and the mathematics require i,l: "
    r"$\partial H_{i,l} / \partial W_{k,l}^{(1)} = X_{i,k}$."
)


FUSED_NOTE = (
    "Cross-entropy and the sigmoid cancel: ŷ(1 − ŷ) is in the denominator of ∂C/∂ŷ and equals "
    "∂ŷ/∂O. Their product (ŷ − y)/N is computed in one step, since separately they are ∞ · 0 where "
    "ŷ rounds to 0 or 1."
)


@dataclass(frozen=True)
class Symbols:
    """The symbols of one weight's chain, with their indices.

    W is the weight itself, out the weight from its hidden unit to the output, input what W
    multiplies; column is that of W2 that leads to the output. With numbers as fields, a formula
    shows its calculation.
    """

    y: str = "y_i"
    y_hat: str = r"\hat{y}_i"
    O: str = "O_i"
    column: str = "1"
    Z: str = "Z_{i,l}"
    H: str = "H_{i,l}"
    W: str = ""
    out: str = ""
    input: str = ""
    N: str = "N"
    times: str = r"\,"

    def of(self, symbol: Symbol) -> str:
        """Return a symbol of core with its indices."""
        indexed = {"ŷ": self.y_hat, "O": self.O, "Z": self.Z, "H": self.H, "W": self.W}
        return indexed.get(symbol.letter, symbol.latex)

    def partial(self, factor: Partial) -> str:
        """Return a factor as a fraction."""
        return partial(self.of(factor.above), self.of(factor.below))

    def form(self, factor: Partial) -> str:
        """Return what a factor is."""
        return factor.form.format(
            y=self.y,
            y_hat=self.y_hat,
            N=self.N,
            times=self.times,
            a=self.of(factor.above),
            W=self.out,
            Z=self.input,
        )


_ONE = Symbols()
_SEVERAL = Symbols("y_{i,o}", r"\hat{y}_{i,o}", "O_{i,o}", "o")


def symbols(outputs: int) -> Symbols:
    """Return the symbols; with several outputs they carry the output's index."""
    return _SEVERAL if outputs > 1 else _ONE


def rule(layer: int, outputs: int, functions: Functions = AS_DERIVED) -> dict[str, str]:
    """Return the chain rule for one matrix and its expansion by title: eqs. 2 and 5, or 6 and 10.

    With several outputs the output's index is written, and for W1 the sum over outputs. If the
    loss or an activation differs from the derivation's, the factors that change come in between,
    titled by the equations that they replace.
    """
    o = symbols(outputs).column
    s = replace(
        symbols(outputs),
        W=rf"W_{{k,{o}}}^{{(2)}}" if layer == 2 else "W_{k,l}^{(1)}",
        out=rf"W_{{l,{o}}}^{{(2)}}",
        input="Z_{i,k}" if layer == 2 else "X_{i,k}",
    )
    over = r"\sum_{i=1}^N"
    if layer == 1 and outputs > 1:
        over += rf" \sum_{{o=1}}^{{{outputs}}}"
    left, factors = rf"{partial('C', s.W)} = ", partials(functions, layer)
    before, values = _error_and_slope(s, functions)
    values += [_as_factor(replace(s, times="").form(factor)) for factor in factors[2:]]
    swapped = {
        sentence_case(factor.equation): f"{s.partial(factor)} = {s.form(factor)}"
        for factor in factors
        if factor.equation.startswith("in place of")
    }
    first, last = ("Eq. 2", "eq. 5") if layer == 2 else ("Eq. 6", "eq. 10")
    title = f"In place of {last}" if swapped else sentence_case(last)
    return {
        first: rf"{left} {over} " + r" \cdot ".join(map(s.partial, factors)),
        **swapped,
        title: rf"{left} {before}{over} " + r" \cdot ".join(values),
    }


def _error_and_slope(s: Symbols, functions: Functions) -> tuple[str, list[str]]:
    """Return the constant before the sum, and the first two factors without it."""
    loss, output = LOSSES[functions.loss], ACTIVATIONS[functions.output]
    error = loss.forms.latex_error.format(y=s.y, y_hat=s.y_hat)
    slope = _as_factor(output.latex_slope.format(a=output.latex.format(x=s.O), times=""))
    return f"{loss.forms.latex_scale} ", [error] if loss.fused else [error, slope]


def _as_factor(latex: str) -> str:
    """Return a formula that may stand between factors: a difference in brackets."""
    return f"({latex})" if latex.startswith("1 -") else latex.replace("  ", "")


def partial(above: str, below: str) -> str:
    """Return ∂above/∂below."""
    return rf"\frac{{\partial {above}}}{{\partial {below}}}"
