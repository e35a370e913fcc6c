"""The selection, and the symbols and formulas of its chain rule in the chosen conventions."""

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Self

from core.activations import ACTIVATIONS
from core.chain import Functions, Partial, partials
from core.losses import LOSSES
from core.training.run import Run
from pages.ui.chain_rule import equations
from pages.ui.chain_rule.equations import Symbols, partial
from pages.ui.state.conventions import Conventions
from pages.ui.state.session import Experiment, Focus, Session, Weight
from pages.ui.style.labels import ACTIVATION_NAMES, LOSS_NAMES

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
        if not self.loss_ratio:
            return ""
        samples = f", here with N = {self.samples:,}" if "N" in self.loss_ratio else ""
        return (
            f"C is the {LOSS_NAMES[self.loss]}, as chosen under Notation. The run minimises the "
            f"{LOSS_NAMES[self.loss_trained]}, ${C_RUN} = {self.loss_ratio} \\, C${samples}."
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


def entry(factor: Partial, weight: Weight, sample: int, output: int) -> tuple[int, int]:
    """Return row and column of a factor's entry on a weight's path through an output."""
    if factor.kind == "linear":
        return weight.column, output
    return sample, {"W": weight.row, "H": weight.column}.get(factor.below.letter, output)


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
    """Symbols and formulas for one weight."""

    layer: int
    is_bias: bool
    s: Symbols
    several: bool  # outputs
    functions: Functions
    conventions: Conventions
    apart: tuple[bool, bool]  # whether H and O have a separate bias

    @classmethod
    def of(cls, selection: Selection) -> Self:
        """Return the notation for the selected weight."""
        net, apart = selection.run.template, selection.conventions.bias_apart
        return cls(
            selection.focus.weight.layer,
            selection.is_bias,
            equations.symbols(net.outputs),
            net.outputs > 1,
            selection.functions,
            selection.conventions,
            (apart and net.bias_input, apart and net.bias_hidden),
        )

    @property
    def partials(self) -> tuple[Partial, ...]:
        """The factors in the order of eq. 2 or eq. 6."""
        return partials(self.functions, self.layer)

    def w(self, layer: int, source: str, destination: str) -> str:
        """Return the symbol of the weight between units of these indices."""
        pair = (
            f"{destination},{source}" if self.conventions.transposed else f"{source},{destination}"
        )
        return f"W_{{{pair}}}^{{({layer})}}"

    def bias(self, layer: int, destination: str) -> str:
        """Return the symbol of an entry of a separate bias vector."""
        return f"b_{{{destination}}}^{{({layer})}}"

    @property
    def destination(self) -> str:
        """The index of the unit or output that the selected weight leads to."""
        return "l" if self.layer == 1 else self.s.column

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

    def indices(self, weight: Weight) -> str:
        """Return the weight's indices, from 1, in the order of its symbol."""
        indices = [] if self.is_bias_apart else [f"k = {weight.row + 1}"]
        if self.destination != "1":  # otherwise it is part of the symbol
            indices.append(f"{self.destination} = {weight.column + 1}")
        return ", ".join(indices[::-1] if self.conventions.transposed else indices)

    @property
    def output_weight(self) -> str:
        """The symbol of the weight from hidden unit l to the output."""
        return self.w(2, "l", self.s.column)

    @property
    def symbols(self) -> Symbols:
        """The symbols of the weight's chain."""
        carried = "1" if self.is_bias_apart else ("X_{i,k}", "Z_{i,k}")[self.layer - 1]
        return replace(self.s, W=self.weight, out=self.output_weight, input=carried)

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
        functions = self.functions
        match factor.below.letter:
            case "ŷ":
                return "the error of the prediction"
            case "O":
                return f"slope of the output’s {ACTIVATION_NAMES[functions.output]}"
            case "H":
                return f"slope of the hidden unit’s {ACTIVATION_NAMES[functions.hidden]}"
            case "Z":
                return "the output weight"
        return "what the weight multiplies"

    @property
    def gradient(self) -> str:
        """∂C/∂W of the selected weight."""
        return partial("C", self.weight)

    @property
    def product(self) -> str:
        """The product of the factors, as symbols."""
        return r" \cdot ".join(factor.symbol for factor in self.factors.values())

    @property
    def over_outputs(self) -> str:
        """The sum over outputs, if there are several on the path."""
        return r"\sum_{o} " if self.layer == 1 and self.several else ""

    @property
    def rule(self) -> str:
        """Eq. 2 or eq. 6."""
        return rf"{self.gradient} = \sum_{{i=1}}^N {self.over_outputs}{self.product}"

    @property
    def forward(self) -> tuple[str, ...]:
        """The forward pass through hidden unit l to the output, equation by equation."""
        destination = self.s.column
        H = rf"H_{{i,l}} = \sum_j X_{{i,j}} \, {self.w(1, 'j', 'l')}"
        O = rf"{self.s.O} = \sum_j Z_{{i,j}} \, {self.w(2, 'j', destination)}"
        return (
            H + f" + {self.bias(1, 'l')}" * self.apart[0],
            rf"Z_{{i,l}} = {ACTIVATIONS[self.functions.hidden].latex.format(x='H_{i,l}')}",
            O + f" + {self.bias(2, destination)}" * self.apart[1],
            rf"{self.s.y_hat} = {ACTIVATIONS[self.functions.output].latex.format(x=self.s.O)}",
        )
