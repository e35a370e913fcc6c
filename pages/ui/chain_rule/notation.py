"""The selection, and the symbols and formulas of its chain rule in the chosen conventions."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Self

from core.activations import ACTIVATIONS
from core.chain import Functions, Partial, partials
from core.losses import LOSSES, Loss, loss_of
from core.training.run import Run
from pages.ui.chain_rule import equations
from pages.ui.chain_rule.equations import Symbols, as_factor, partial
from pages.ui.state.conventions import Conventions
from pages.ui.state.run_list import Experiment
from pages.ui.state.session import Focus, Session, Weight
from pages.ui.style.labels import ACTIVATION_NAMES, LOSS_NAMES
from pages.ui.style.latex import as_text

C_RUN = r"C_{\text{run}}"  # the loss minimised, if it differs from the C shown


def loss_at(run: Run, epoch: int) -> str:
    """Return the loss that the run minimises at that epoch."""
    return run.settings_at(epoch).loss


@dataclass(frozen=True)
class Selection:
    """Selected epoch, sample, output and weight, with conventions, unaffected by later changes."""

    experiment: Experiment
    focus: Focus
    conventions: Conventions

    @classmethod
    def of(cls, state: Session) -> Self:
        """Return the session's selection at its epoch."""
        with state.lock:
            return cls(state.current, state.focus, state.conventions)

    @property
    def run(self) -> Run:
        """The run."""
        return self.experiment.run

    @property
    def epoch(self) -> int:
        """The selected epoch."""
        return self.experiment.epoch

    @property
    def digits(self) -> int:
        """How many significant digits are shown."""
        return self.conventions.digits

    @property
    def loss_trained(self) -> str:
        """The loss that the run minimises."""
        return loss_at(self.run, self.epoch)

    @property
    def loss(self) -> str:
        """The loss that is shown."""
        return self.conventions.display_loss(self.loss_trained)

    @property
    def functions(self) -> Functions:
        """The loss that is shown, and the activations."""
        return Functions(self.loss, self.run.template.hidden, self.run.template.output)

    @property
    def loss_factor(self) -> float:
        """The factor from the run's C to the C that is shown."""
        N = self.samples
        return LOSSES[self.loss].error_scale(N) / LOSSES[self.loss_trained].error_scale(N)

    @property
    def loss_ratio(self) -> str:
        """The run's C divided by the C that is shown, as LaTeX; "" if they are the same."""
        if self.loss == self.loss_trained:
            return ""
        minimised, shown = (LOSSES[loss].error_scale for loss in (self.loss_trained, self.loss))
        return _ratio_latex(*(Fraction(minimised(N) / shown(N)) for N in (1, 2)))

    @property
    def other_loss_sentence(self) -> str:
        """A sentence with the factor if the run minimises another loss than shown; else ""."""
        return self._other_loss(rf"${C_RUN} = {self.loss_ratio} \, C$")

    @property
    def other_loss_text(self) -> str:
        """The same as plain text."""
        return self._other_loss(f"C_run = {as_text(self.loss_ratio).replace(' ', '')} · C")

    def _other_loss(self, factor: str) -> str:
        if not self.loss_ratio:
            return ""
        samples = f", here with N = {self.samples:,}" if "N" in self.loss_ratio else ""
        return (
            f"C is the {LOSS_NAMES[self.loss]}, as chosen under Notation. The run minimises the "
            f"{LOSS_NAMES[self.loss_trained]}, {factor}{samples}."
        )

    @property
    def loss_note(self) -> str:
        """A note for places that keep the run's own loss if another one is shown; else ""."""
        if not self.loss_ratio:
            return ""
        return (
            f"C is the {LOSS_NAMES[self.loss_trained]}, which the run minimises; the chain rule is "
            f"shown with the {LOSS_NAMES[self.loss]}."
        )

    @property
    def layout_note(self) -> str:
        """A note for places that keep the derivation's layout if another one is chosen; else ""."""
        form, net = self.conventions, self.run.template
        biases = net.bias_input or net.bias_hidden
        if not (form.transposed or (form.bias_apart and biases)):
            return ""
        return (
            "Matrices are laid out as in the derivation: one row per input or hidden unit"
            f"{', the bias as the last row' * biases}."
        )

    @property
    def notes(self) -> str:
        """Both notes, for places that keep the loss and the layout; "" if there is none."""
        return " ".join(filter(None, (self.loss_note, self.layout_note)))

    @property
    def samples(self) -> int:
        """N."""
        return len(self.run.X)

    @property
    def is_bias(self) -> bool:
        """Whether the weight is one of a bias row."""
        net, weight = self.run.template, self.focus.weight
        return net.has_bias(weight.layer) and weight.row == net.rows(weight.layer)

    @property
    def shape(self) -> tuple[int, int]:
        """The shape of the matrix or bias vector that holds the weight, in the chosen layout."""
        net, layer = self.run.template, self.focus.weight.layer
        rows, columns = net.shapes[layer - 1]
        if self.conventions.bias_apart:
            rows = 1 if self.is_bias else net.rows(layer)
        return (columns, rows) if self.conventions.transposed else (rows, columns)


def entry(
    factor: Partial,
    weight: Weight,
    sample: int,
    output: int,
    units: Mapping[int, int] | None = None,
) -> tuple[int, ...]:
    """Return the place of a factor's entry on a path from a weight to an output.

    `units` are the path's, by hidden layer; without them the weight's own and none after it. Of a
    softmax's Jacobian it is the entry of the output by itself.
    """
    on_path = {factor.below.layer: weight.column} if units is None else units
    if factor.kind == "full":
        return sample, output, output
    if factor.kind == "linear":
        below = factor.below.layer
        return on_path[below], output if factor.above.letter == "O" else on_path[below + 1]
    if factor.kind == "input":
        return sample, weight.row
    return sample, on_path[factor.below.layer] if factor.below.letter == "H" else output


def _ratio_latex(one: Fraction, two: Fraction) -> str:
    """Return c, cN or c/N as LaTeX, from its values at N = 1 and at N = 2."""
    above, below = (
        f"{number if number > 1 or not N else ''}{N}"
        for number, N in (
            (one.numerator, "N" * (two > one)),
            (one.denominator, "N" * (two < one)),
        )
    )
    return above if below == "1" else rf"\frac{{{above}}}{{{below}}}"


@dataclass(frozen=True)
class FactorFormula:
    """A factor's description, symbol, equation number and formula."""

    description: str
    symbol: str
    equation: str
    formula: str


@dataclass(frozen=True)
class Notation:
    """Symbols and formulas for one weight, of that many matrices."""

    layer: int
    is_bias: bool
    s: Symbols
    several: bool  # outputs
    functions: Functions
    conventions: Conventions
    apart: tuple[bool, ...]  # of each matrix: whether its bias is a vector of its own
    layers: int = 2

    @classmethod
    def of(cls, selection: Selection) -> Self:
        """Return the notation for the selected weight."""
        net, form = selection.run.template, selection.conventions
        return cls(
            selection.focus.weight.layer,
            selection.is_bias,
            replace(equations.symbols(net.outputs), transposed=form.transposed),
            net.outputs > 1,
            selection.functions,
            form,
            tuple(form.bias_apart and net.has_bias(n) for n in range(1, net.layers + 1)),
            net.layers,
        )

    @property
    def partials(self) -> tuple[Partial, ...]:
        """The factors in the order of eq. 2 or eq. 6."""
        return partials(self.functions, self.layer, self.layers)

    @property
    def is_last(self) -> bool:
        """Whether the weight is one of the last matrix: only one O depends on it."""
        return self.layer == self.layers

    @property
    def is_deep(self) -> bool:
        """Whether there are several hidden layers, whose symbols have numbers."""
        return self.layers > 2

    @property
    def is_softmax(self) -> bool:
        """Whether ∂ŷ/∂O is a Jacobian, so that p is summed over as well."""
        return self.functions.output == "softmax"

    @property
    def by_deltas(self) -> bool:
        """Whether a contribution is more than one product for each output."""
        return self.is_deep or self.is_softmax

    @property
    def loss(self) -> Loss:
        """The loss that is shown."""
        return loss_of(self.functions.output, self.functions.loss)

    def number(self, layer: int) -> int:
        """Return the number that symbols of that hidden layer carry: 0 if it is the only one."""
        return equations.hidden_layer(layer, self.layers)

    def unit(self, layer: int) -> str:
        """Return the index of a unit of that hidden layer; l if it is the only one."""
        return equations.unit_index(self.number(layer))

    def of_unit(self, letter: str, layer: int, index: str) -> str:
        """Return the symbol of H or Z of a unit of that hidden layer."""
        return equations.of_unit(letter, self.number(layer), index)

    def w(self, layer: int, source: str, destination: str) -> str:
        """Return the symbol of the weight between units of these indices."""
        return self.s.weight(layer, source, destination)

    def bias(self, layer: int, destination: str) -> str:
        """Return the symbol of an entry of a separate bias vector."""
        return f"b_{{{destination}}}^{{({layer})}}"

    def into(self, layer: int) -> str:
        """Return the index of the unit or output that weights of W⁽layer⁾ lead to."""
        return self.s.column if layer == self.layers else self.unit(layer)

    @property
    def destination(self) -> str:
        """The index of the unit or output that the selected weight leads to."""
        return self.into(self.layer)

    @property
    def is_bias_apart(self) -> bool:
        """Whether the selected weight is an entry of a separate bias vector."""
        return self.is_bias and self.conventions.bias_apart

    @property
    def weight(self) -> str:
        """The symbol of the selected weight."""
        if self.is_bias_apart:
            return self.bias(self.layer, self.destination)
        return self.w(self.layer, "k", self.destination)

    @property
    def weights(self) -> str:
        """The symbol of all weights."""
        return "W, b" if any(self.apart) else "W"

    @property
    def index_fields(self) -> tuple[tuple[str, str], ...]:
        """The weight's indices in the order of its symbol, each with its field of `Weight`."""
        found = [] if self.is_bias_apart else [("k", "row")]
        if self.destination != "1":  # otherwise it is part of the symbol
            found.append((as_text(self.destination), "column"))
        return tuple(found[::-1] if self.conventions.transposed else found)

    def indices(self, weight: Weight) -> str:
        """Return the weight's indices, from 1, in the order of its symbol."""
        pairs = self.index_fields
        return ", ".join(f"{letter} = {getattr(weight, field) + 1}" for letter, field in pairs)

    @property
    def symbols(self) -> Symbols:
        """The symbols of the weight's factors; of a softmax y and ŷ have the index p."""
        carried = "1" if self.is_bias_apart else equations.input_symbol(self.layer, self.layers)
        s = self.s.of_jacobian if self.is_softmax else self.s
        return replace(s, W=self.weight, input=carried)

    @property
    def factors(self) -> dict[str, FactorFormula]:
        """The factors by name, in the order of eq. 2 or eq. 6."""
        s = self.symbols
        return {
            factor.name: FactorFormula(
                self._description(factor), s.partial(factor), factor.equation, s.form(factor)
            )
            for factor in self.partials
        }

    def _description(self, factor: Partial) -> str:
        functions, layer = self.functions, factor.below.layer
        output = f"slope of the output’s {ACTIVATION_NAMES[functions.output]}"
        name = equations.layer_name(layer, self.layers)
        whose = f"{name}’s" if layer else "the hidden unit’s"
        to = "the output" if factor.above.letter == "O" else factor.above.layer
        return {
            "ŷ": "the error of the prediction",
            "O": "an entry of softmax’s Jacobian" if factor.kind == "full" else output,
            "H": f"slope of {whose} {ACTIVATION_NAMES[functions.hidden]}",
            "Z": f"the weight from {name} to {to}" if layer else "the output weight",
            "W": "what the weight multiplies",
        }[factor.below.letter]

    @property
    def gradient(self) -> str:
        """∂C/∂W of the selected weight."""
        return partial("C", self.weight)

    @property
    def product(self) -> str:
        """The product of the factors, as symbols; of a softmax the first is ∂C/∂O."""
        symbols = [factor.symbol for factor in self.factors.values()]
        first = [partial("C", self.s.O), *symbols[2:]] if self.is_softmax else symbols
        return r" \cdot ".join(first)

    @property
    def contribution(self) -> str:
        """δ of the weight's unit times what the weight multiplies, as symbols."""
        delta = self.delta(self.layer).symbol
        return delta if self.is_bias_apart else rf"{delta} \cdot {self.symbols.input}"

    @property
    def over(self) -> str:
        """The sum signs over samples, outputs and the units of later layers."""
        outputs = 1 + self.several
        return equations.sums(self.layer, outputs, self.layers) + r" \sum_{p}" * self.is_softmax

    @property
    def rule(self) -> str:
        """Eq. 2 or eq. 6."""
        product = r" \cdot ".join(factor.symbol for factor in self.factors.values())
        return rf"{self.gradient} = {self.over} {product}"

    @property
    def forward(self) -> tuple[str, ...]:
        """The forward pass to the output, equation by equation."""
        hidden = ACTIVATIONS[self.functions.hidden].latex
        found: list[str] = []
        for layer in range(1, self.layers):
            H = self.of_unit("H", layer, self.unit(layer))
            found += [
                f"{H} = {self._sum(layer)}",
                f"{self.of_unit('Z', layer, self.unit(layer))} = {hidden.format(x=H)}",
            ]
        return (*found, f"{self.s.O} = {self._sum(self.layers)}", self._prediction)

    def _sum(self, layer: int) -> str:
        """Return what the pre-activation of W⁽layer⁾ is."""
        source = "X_{i,j}" if layer == 1 else self.of_unit("Z", layer - 1, "j")
        into = self.into(layer)
        bias = f" + {self.bias(layer, into)}" * self.apart[layer - 1]
        return rf"\sum_j {source} \, {self.w(layer, 'j', into)}{bias}"

    @property
    def _prediction(self) -> str:
        """The last equation of the forward pass: ŷ."""
        if self.is_softmax:
            return rf"{self.s.y_hat} = \frac{{e^{{{self.s.O}}}}}{{\sum_{{p}} e^{{O_{{i,p}}}}}}"
        return rf"{self.s.y_hat} = {ACTIVATIONS[self.functions.output].latex.format(x=self.s.O)}"

    def delta(self, layer: int) -> "DeltaFormula":
        """Return the formula of ∂C by the pre-activation of W⁽layer⁾."""
        return self.deltas[self.layers - layer]

    @property
    def equation(self) -> str:
        """The derivation's equation of the gradient."""
        return "as in " * self.is_deep + ("eq. 5" if self.is_last else "eq. 10")

    @property
    def rule_equation(self) -> str:
        """The derivation's equation of the rule."""
        return "as in " * self.is_deep + ("eq. 2" if self.is_last else "eq. 6")

    @property
    def deltas(self) -> tuple["DeltaFormula", ...]:
        """∂C by the pre-activation of each matrix, from the last one back to the weight's."""
        s = self.symbols
        error, slope, *_ = self.partials
        over_p = r"\sum_{p} " * self.is_softmax
        collapsed = ""
        if self.loss.fused:
            error_form = self.loss.forms.latex_error.format(y=self.s.y, y_hat=self.s.y_hat)
            collapsed = rf"\frac{{{error_form[1:-1]}}}{{N}}"
        product = rf"{over_p}{s.partial(error)} \cdot {s.partial(slope)}"
        found = [DeltaFormula(self.layers, partial("C", self.s.O), product, collapsed)]
        for linear, activation in zip(self.partials[2:-1:2], self.partials[3:-1:2], strict=True):
            layer = found[-1].layer - 1
            above = found[-1].symbol
            over = rf"\sum_{{{self.into(layer + 1)}}} " if self.into(layer + 1) != "1" else ""
            through = DeltaFormula(
                layer, partial("C", s.of(linear.below)), rf"{over}{above} \cdot {s.form(linear)}"
            )
            slope_form = s.form(activation)
            found.append(
                DeltaFormula(
                    layer,
                    partial("C", s.of(activation.below)),
                    rf"{through.symbol} \cdot {as_factor(slope_form)}",
                    values=through,
                )
            )
        return tuple(found)


@dataclass(frozen=True)
class DeltaFormula:
    """∂C by one unit's pre-activation, and what it is, as LaTeX.

    values: ∂C by the unit's value, from which it comes; None at the output. collapsed: what it
    becomes with a loss that cancels against the output's activation; else "".
    """

    layer: int  # of the matrix that leads to it
    symbol: str
    formula: str
    collapsed: str = ""
    values: "DeltaFormula | None" = None
