"""The derivation's equations, and the symbols of its factors, as LaTeX.

`EQUATIONS` are as printed (one output, eq. 9 with its misprint); `rule` gives eqs. 2, 5, 6 and 10
for a network and a loss. `BIAS_NOTE` and `SLIP_NOTE` explain the two inconsistencies of the
derivation and how they are resolved here, `BIAS_CARD_NOTE` and `SLIP_CARD_NOTE` in short; with more
hidden layers `RECURSION_NOTE` says what is ours.
"""

from dataclasses import dataclass, replace

from core.activations import ACTIVATIONS
from core.chain import Functions, Partial, Symbol, partials
from core.losses import loss_of
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
BIAS_CARD_NOTE = (
    "Eq. 7: l counts the hidden units only (l ≤ 3 in the derivation). No gradient flows into the "
    "constant 1 of the bias."
)
SLIP_CARD_NOTE = "Eq. 9 is printed with ∂H at i,k; eq. 6 needs i,l, as shown here."
RECURSION_NOTE = (
    "The derivation has one hidden layer. With more, eqs. 7 to 9 are repeated for each further "
    "one; this recursion is ours."
)
SOFTMAX_NOTE = (
    r"Each $\hat{y}_{i,p}$ depends on every $O_{i,o}$, so ∂ŷ/∂O is a matrix for each sample, the "
    "Jacobian; $[p = o]$ is 1 if p = o, else 0. The derivation has no softmax: this is ours."
)
FUSED_NOTE = (
    "Cross-entropy and the sigmoid cancel: ŷ(1 − ŷ) is in the denominator of ∂C/∂ŷ and equals "
    "∂ŷ/∂O. Their product (ŷ − y)/N is computed in one step, since separately they are ∞ · 0 where "
    "ŷ rounds to 0 or 1."
)
FUSED_SOFTMAX_NOTE = (
    "Cross-entropy and the softmax cancel: the sum over p of ∂C/∂ŷ times the Jacobian is "
    "(ŷ − y)/N, since each sample’s targets add up to 1. It is computed in one step, since "
    "separately the factors are ∞ · 0 where ŷ rounds to 0."
)


def fused_note(functions: Functions) -> str:
    """Return why the first two factors are computed in one step; "" if they are not."""
    if not loss_of(functions.output, functions.loss).fused:
        return ""
    return FUSED_SOFTMAX_NOTE if functions.output == "softmax" else FUSED_NOTE


def notes(layer: int, functions: Functions, layers: int = 2) -> tuple[str, ...]:
    """Return the notes on the equations of one matrix, in Markdown."""
    softmax = SOFTMAX_NOTE if functions.output == "softmax" else ""
    of_first = SLIP_NOTE if layer == 1 and layers == 2 else ""
    recursion = RECURSION_NOTE if layers > 2 else ""
    found = (softmax, fused_note(functions), BIAS_NOTE, recursion or of_first)
    return tuple(filter(None, found))


def card_notes(layer: int, layers: int, biased: bool) -> tuple[str, ...]:
    """Return the notes below the cards of one matrix, as plain text; `biased` hidden layers."""
    if layer == layers:
        return ()
    slip = SLIP_CARD_NOTE if layers == 2 else ""
    return tuple(filter(None, (BIAS_CARD_NOTE * biased, slip)))


@dataclass(frozen=True)
class Symbols:
    """The symbols of one weight's chain, with their indices.

    W is the weight itself, input what W multiplies; column is that of the last matrix that leads to
    the output. Z, if given, is in place of a hidden unit's value. Of a softmax y and y_hat have
    the index p of ∂ŷ/∂O, y_hat_o has o, and same is 1 where p = o, else 0. With numbers as fields,
    a formula shows its calculation.
    """

    y: str = "y_i"
    y_hat: str = r"\hat{y}_i"
    O: str = "O_i"
    column: str = "1"
    Z: str = ""
    W: str = ""
    input: str = ""
    N: str = "N"
    times: str = r"\,"
    y_hat_o: str = r"\hat{y}_{i,o}"
    same: str = "[p = o]"  # not δ, which is ∂C by a pre-activation
    transposed: bool = False

    def of(self, symbol: Symbol) -> str:
        """Return a symbol of core with its indices."""
        match symbol.letter:
            case "ŷ":
                return self.y_hat
            case "O":
                return self.O
            case "W":
                return self.W
            case "Z" if self.Z:
                return self.Z
            case "Z" | "H":
                return of_unit(symbol.letter, symbol.layer, unit_index(symbol.layer))
        return symbol.latex

    def partial(self, factor: Partial) -> str:
        """Return a factor as a fraction."""
        return partial(self.of(factor.above), self.of(factor.below))

    def form(self, factor: Partial) -> str:
        """Return what a factor is."""
        if factor.kind == "full":
            return f"{self.y_hat} {self.times} ({self.same} - {self.y_hat_o})"
        a = self.of(factor.above)
        if "{a}^" in factor.form and "^" in a:
            a = f"({a})"  # a symbol has one superscript
        return factor.form.format(
            y=self.y,
            y_hat=self.y_hat,
            N=self.N,
            times=self.times,
            a=a,
            W=self.linear(factor),
            Z=self.input,
        )

    def linear(self, factor: Partial) -> str:
        """Return the weight on the path that a linear factor is an entry of."""
        layer = factor.below.layer
        destination = self.column if factor.above.letter == "O" else unit_index(layer + 1)
        return self.weight(layer + 1 if layer else 2, unit_index(layer), destination)

    def weight(self, layer: int, source: str, destination: str) -> str:
        """Return the weight between units of these indices."""
        pair = f"{destination},{source}" if self.transposed else f"{source},{destination}"
        return f"W_{{{pair}}}^{{({layer})}}"

    @property
    def of_jacobian(self) -> "Symbols":
        """The same with the index p on y and ŷ, for the factors of a softmax."""
        return replace(self, y="y_{i,p}", y_hat=r"\hat{y}_{i,p}")


_ONE = Symbols()
_SEVERAL = Symbols("y_{i,o}", r"\hat{y}_{i,o}", "O_{i,o}", "o")


def symbols(outputs: int) -> Symbols:
    """Return the symbols; with several outputs they carry the output's index."""
    return _SEVERAL if outputs > 1 else _ONE


def unit_index(layer: int) -> str:
    """Return the index of a unit of that hidden layer; l for 0, the only one."""
    return f"l_{layer}" if layer else "l"


def of_unit(letter: str, layer: int, index: str) -> str:
    """Return H or Z of a unit of a hidden layer, which is 0 if it is the only one."""
    return f"{letter}_{{i,{index}}}" + f"^{{({layer})}}" * (layer > 0)


def hidden_layer(layer: int, layers: int) -> int:
    """Return the number that symbols of that hidden layer carry: 0 if it is the only one."""
    return layer if layers > 2 else 0


def layer_name(layer: int, layers: int) -> str:
    """Return what W⁽layer⁾ leads to in words: the output, or a hidden layer."""
    if layer == layers:
        return "the output"
    return f"hidden layer {layer}" if layers > 2 else "the hidden layer"


def input_symbol(layer: int, layers: int) -> str:
    """Return what row k of W⁽layer⁾ multiplies."""
    return "X_{i,k}" if layer == 1 else of_unit("Z", hidden_layer(layer - 1, layers), "k")


def destination_index(layer: int, layers: int, outputs: int) -> str:
    """Return the index of the unit or output that a weight of W⁽layer⁾ leads to."""
    if layer == layers:
        return symbols(outputs).column
    return unit_index(hidden_layer(layer, layers))


def rule(
    layer: int, outputs: int, functions: Functions = AS_DERIVED, layers: int = 2
) -> dict[str, str]:
    """Return the chain rule for one matrix and its expansion by title: eqs. 2 and 5, or 6 and 10.

    With several outputs the output's index is written, and for all but the last matrix the sum over
    outputs; so are the units of the hidden layers in between. If the loss or an activation differs
    from the derivation's, the factors that change come in between, titled by the equations that
    they replace.
    """
    s, factors = symbols(outputs), partials(functions, layer, layers)
    of_factors = s.of_jacobian if functions.output == "softmax" else s
    s, of_factors = (
        replace(
            one,
            W=one.weight(layer, "k", destination_index(layer, layers, outputs)),
            input=input_symbol(layer, layers),
        )
        for one in (s, of_factors)
    )
    fused = loss_of(functions.output, functions.loss).fused
    left = rf"{partial('C', s.W)} = "
    over = sums(layer, outputs, layers, of_outputs=f"_{{o=1}}^{{{outputs}}}")
    over_p = rf" \sum_{{p=1}}^{{{outputs}}}" * (functions.output == "softmax")
    before, values = _error_and_slope(s, functions)
    values += [as_factor(replace(s, times="").form(factor)) for factor in factors[2:]]
    swapped = {
        _swapped_title(factor): f"{of_factors.partial(factor)} = {of_factors.form(factor)}"
        for factor in factors
        if factor.equation.startswith("in place of")
    }
    first, last = ("eq. 2", "eq. 5") if layer == layers else ("eq. 6", "eq. 10")
    as_in = "as in " * (layers > 2)
    title = f"In place of {last}" if swapped else sentence_case(as_in + last)
    over_values = over + over_p * (not fused)
    return {
        sentence_case(as_in + first): rf"{left} {over}{over_p} "
        + r" \cdot ".join(map(of_factors.partial, factors)),
        **swapped,
        title: rf"{left} {before}{over_values} " + r" \cdot ".join(values),
    }


def cost(outputs: int, functions: Functions) -> str:
    """Return what the cost is, summed over the outputs if there are several."""
    latex, over = loss_of(functions.output, functions.loss).forms.latex, r"\sum_{i=1}^N"
    if outputs > 1 and r"\sum_{o=1}" not in latex:
        latex = with_outputs(latex).replace(over, rf"{over} \sum_{{o=1}}^{{{outputs}}}")
    return latex


def with_outputs(latex: str) -> str:
    """Return an equation of one output with the output's index."""
    for one, several in (
        (r"\hat{y}_i", r"\hat{y}_{i,o}"),
        ("y_i", "y_{i,o}"),
        ("O_i", "O_{i,o}"),
        ("W_{k,1}", "W_{k,o}"),
        ("W_{l,1}", "W_{l,o}"),
    ):
        latex = latex.replace(one, several)
    return latex


def sums(layer: int, outputs: int, layers: int, of_outputs: str = "_{o}") -> str:
    """Return the sum signs over samples, outputs and the units of the later hidden layers."""
    over = r"\sum_{i=1}^N"
    if layer < layers and outputs > 1:
        over += rf" \sum{of_outputs}"
    return over + "".join(
        rf" \sum_{{{unit_index(between)}}}" for between in range(layer + 1, layers)
    )


def _swapped_title(factor: Partial) -> str:
    """Return the title of an equation in place of the derivation's; one for each hidden layer."""
    layer = factor.below.layer
    return sentence_case(factor.equation) + f", hidden layer {layer}" * (layer > 0)


def _error_and_slope(s: Symbols, functions: Functions) -> tuple[str, list[str]]:
    """Return the constant before the sum, and the first two factors without it.

    Of a softmax they are summed over p, unless they cancel.
    """
    loss, output = loss_of(functions.output, functions.loss), ACTIVATIONS[functions.output]
    of_factors = s.of_jacobian if output.full and not loss.fused else s
    error = loss.forms.latex_error.format(y=of_factors.y, y_hat=of_factors.y_hat)
    if loss.fused:
        return f"{loss.forms.latex_scale} ", [error]
    if output.full:
        _, jacobian, *_ = partials(functions, 2)
        entry = as_factor(replace(of_factors, times="").form(jacobian))
        return f"{loss.forms.latex_scale} ", [error, entry]
    slope = as_factor(output.latex_slope.format(a=output.latex.format(x=s.O), times=""))
    return f"{loss.forms.latex_scale} ", [error, slope]


def as_factor(latex: str) -> str:
    """Return a formula that may stand between factors: a difference in brackets."""
    return f"({latex})" if latex.startswith("1 -") else latex.replace("  ", "")


def partial(above: str, below: str) -> str:
    """Return ∂above/∂below."""
    return rf"\frac{{\partial {above}}}{{\partial {below}}}"
