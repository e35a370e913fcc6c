"""How one weight's chain rule is written: its symbols and formulas, in the chosen conventions."""

from dataclasses import dataclass
from typing import Self

from core.losses import LOSSES
from pages.ui.chain_rule import equations
from pages.ui.chain_rule.equations import Functions, Symbols, partial
from pages.ui.chain_rule.scene import loss_of
from pages.ui.state.conventions import Conventions
from pages.ui.state.session import Experiment, Focus, Session, Weight
from pages.ui.style.labels import LOSS_NAMES

TOWARDS_W2 = ("dC_dyhat", "dyhat_dO", "dO_dW2")  # eq. 2
TOWARDS_W1 = ("dC_dyhat", "dyhat_dO", "dO_dZ", "dZ_dH", "dH_dW1")  # eq. 6
C_RUN = r"C_{\text{run}}"  # what the run minimises, where that is not the C that is shown
SHARES = {  # what one squared loss is of another
    ("half_mse", "mse"): r"\frac{1}{2}",
    ("half_mse", "half_sse"): r"\frac{1}{N}",
    ("mse", "half_mse"): "2",
    ("mse", "half_sse"): r"\frac{2}{N}",
    ("half_sse", "half_mse"): "N",
    ("half_sse", "mse"): r"\frac{N}{2}",
}


@dataclass(frozen=True)
class Look:
    """What is looked at, kept as it is now: the session may go on meanwhile."""

    experiment: Experiment
    focus: Focus
    conventions: Conventions

    @classmethod
    def at(cls, state: Session) -> Self:
        """The sample, output and weight in focus at the app's epoch."""
        with state.lock:
            return cls(state.current, state.focus, state.conventions)

    @property
    def loss_trained(self) -> str:
        """The loss that the run minimises."""
        return loss_of(self.experiment.run, self.experiment.epoch)

    @property
    def loss(self) -> str:
        """The loss that is shown."""
        return self.conventions.display_loss(self.loss_trained)

    @property
    def rescaled(self) -> float:
        """What a C of the run is multiplied by to be the C that is shown."""
        N = self.samples
        return LOSSES[self.loss].error_scale(N) / LOSSES[self.loss_trained].error_scale(N)

    @property
    def share(self) -> str:
        """What the run's C is of the C that is shown, as LaTeX; "" where they are the same."""
        return SHARES.get((self.loss_trained, self.loss), "")

    @property
    def other_loss(self) -> str:
        """That the run minimises another loss than the one shown, and by which factor; else ""."""
        if not self.share:
            return ""
        samples = f", here with N = {self.samples:,}" if "N" in self.share else ""
        return (
            f"C is the {LOSS_NAMES[self.loss]}, as you chose. The run minimises the "
            f"{LOSS_NAMES[self.loss_trained]}, ${C_RUN} = {self.share} \\, C${samples}."
        )

    @property
    def loss_note(self) -> str:
        """For where C stays the run's own loss: that it is not the one that is shown; else ""."""
        if not self.share:
            return ""
        return (
            f"C is the {LOSS_NAMES[self.loss_trained]}, which the run minimises; the chain rule is "
            f"shown with the {LOSS_NAMES[self.loss]}."
        )

    @property
    def layout_note(self) -> str:
        """For where matrices stay as derived: that they are not in the chosen form; else ""."""
        form, net = self.conventions, self.experiment.run.template
        biases = net.bias_input or net.bias_hidden
        if not (form.transposed or (form.bias_apart and biases)):
            return ""
        return (
            "Matrices are as in the derivation: a row for each input or hidden unit that the "
            f"weights lead from{', the bias as the last row' * biases}."
        )

    @property
    def samples(self) -> int:
        """N."""
        return len(self.experiment.run.X)

    @property
    def is_bias(self) -> bool:
        """Whether the weight is one of a bias row."""
        net, weight = self.experiment.run.template, self.focus.weight
        if weight.layer == 1:
            return net.bias_input and weight.row == net.inputs
        return net.bias_hidden and weight.row == net.units

    @property
    def shape(self) -> tuple[int, int]:
        """The rows and columns of the matrix, or the bias vector, that the weight is written in."""
        net, layer = self.experiment.run.template, self.focus.weight.layer
        rows, columns = (net.W1 if layer == 1 else net.W2).shape
        if self.conventions.bias_apart:
            rows = 1 if self.is_bias else (net.inputs, net.units)[layer - 1]
        return (columns, rows) if self.conventions.transposed else (rows, columns)


@dataclass(frozen=True)
class Sign:
    """A factor as symbols: what it is called, where it is from, and its formula."""

    words: str
    symbol: str
    equation: str
    formula: str


@dataclass(frozen=True)
class Notation:
    """How everything is written for one weight."""

    layer: equations.Layer
    is_bias: bool
    s: Symbols
    several: bool  # outputs
    choices: Functions
    conventions: Conventions
    apart: tuple[bool, bool]  # whether H and O have a bias apart

    @classmethod
    def of(cls, look: Look) -> Self:
        """The notation for what is looked at."""
        net = look.experiment.run.template
        return cls(
            look.focus.weight.layer,
            look.is_bias,
            equations.symbols(net.outputs),
            net.outputs > 1,
            Functions(look.loss, net.hidden, net.output),
            look.conventions,
            (
                look.conventions.bias_apart and net.bias_input,
                look.conventions.bias_apart and net.bias_hidden,
            ),
        )

    @property
    def ids(self) -> tuple[str, ...]:
        """The factors in the order of eq. 2 or eq. 6."""
        return TOWARDS_W1 if self.layer == 1 else TOWARDS_W2

    def w(self, layer: int, source: str, goal: str) -> str:
        """A weight's symbol, by the indices of what it leads from and to."""
        pair = f"{goal},{source}" if self.conventions.transposed else f"{source},{goal}"
        return f"W_{{{pair}}}^{{({layer})}}"

    def bias(self, layer: int, goal: str) -> str:
        """The symbol of a bias apart."""
        return f"b_{{{goal}}}^{{({layer})}}"

    @property
    def goal(self) -> str:
        """The index of what the weight in focus leads to."""
        return "l" if self.layer == 1 else self.s.column

    @property
    def is_bias_apart(self) -> bool:
        """Whether the weight in focus is written as an entry of a bias vector."""
        return self.is_bias and self.conventions.bias_apart

    @property
    def weight(self) -> str:
        """The symbol of the weight in focus."""
        if self.is_bias_apart:
            return self.bias(self.layer, self.goal)
        return self.w(self.layer, "k", self.goal)

    @property
    def weights(self) -> str:
        """The symbol of all weights together."""
        return "W, b" if any(self.apart) else "W"

    def indices(self, weight: Weight) -> str:
        """The indices of the weight in focus, from 1, in the order in which they are written."""
        found = [] if self.is_bias_apart else [f"k = {weight.row + 1}"]
        if self.goal != "1":  # else it stands in the symbol
            found.append(f"{self.goal} = {weight.column + 1}")
        return ", ".join(found[::-1] if self.conventions.transposed else found)

    @property
    def way_out(self) -> str:
        """The symbol of the weight on the way from hidden unit l to the output."""
        return self.w(2, "l", self.s.column)

    def sign(self, name: str) -> Sign:
        """The factor of that name."""
        loss, hidden, output = self.choices.loss, self.choices.hidden, self.choices.output
        s, constant = self.s, self.is_bias_apart
        carried = "what the weight multiplies"
        match name:
            case "dC_dyhat":
                where = "eq. 3" if loss == "half_mse" else "in place of eq. 3"
                formula = equations.error(s, loss)
                return Sign("the error of the prediction", partial("C", s.y_hat), where, formula)
            case "dyhat_dO":
                where = "before eq. 4" if output == "sigmoid" else "in place of the sigmoid’s slope"
                formula = equations.slope(output, s.y_hat)
                return Sign("the output’s slope", partial(s.y_hat, s.O), where, formula)
            case "dO_dW2":
                formula = "1" if constant else "Z_{i,k}"
                return Sign(carried, partial(s.O, self.weight), "eq. 4", formula)
            case "dO_dZ":
                symbol = partial(s.O, "Z_{i,l}")
                return Sign("the weight on the way out", symbol, "eq. 7", self.way_out)
            case "dZ_dH":
                where = "eq. 8" if hidden == "sigmoid" else "in place of eq. 8"
                formula = equations.slope(hidden, "Z_{i,l}")
                return Sign(
                    "the hidden unit’s slope", partial("Z_{i,l}", "H_{i,l}"), where, formula
                )
            case "dH_dW1":
                formula = "1" if constant else "X_{i,k}"
                return Sign(carried, partial("H_{i,l}", self.weight), "eq. 9", formula)
        raise ValueError(f"there is no factor {name!r}")

    @property
    def gradient(self) -> str:
        """∂C/∂W of the weight in focus."""
        return partial("C", self.weight)

    @property
    def product(self) -> str:
        """The product of the factors, as symbols."""
        return r" \cdot ".join(self.sign(name).symbol for name in self.ids)

    @property
    def over_outputs(self) -> str:
        """The sum over outputs, where there is one."""
        return r"\sum_{o} " if self.layer == 1 and self.several else ""

    @property
    def rule(self) -> str:
        """Eq. 2 or eq. 6."""
        return rf"{self.gradient} = \sum_{{i=1}}^N {self.over_outputs}{self.product}"

    @property
    def forward(self) -> tuple[str, ...]:
        """The forward pass through hidden unit l to the output, equation by equation."""
        goal = self.s.column
        H = rf"H_{{i,l}} = \sum_j X_{{i,j}} \, {self.w(1, 'j', 'l')}"
        O = rf"{self.s.O} = \sum_j Z_{{i,j}} \, {self.w(2, 'j', goal)}"
        return (
            H + f" + {self.bias(1, 'l')}" * self.apart[0],
            rf"Z_{{i,l}} = {_activated(self.choices.hidden, 'H_{i,l}')}",
            O + f" + {self.bias(2, goal)}" * self.apart[1],
            rf"{self.s.y_hat} = {_activated(self.choices.output, self.s.O)}",
        )


def _activated(activation: str, x: str) -> str:
    return {
        "sigmoid": rf"\sigma({x})",
        "tanh": rf"\tanh({x})",
        "relu": rf"\max({x}, 0)",
        "identity": x,
    }[activation]
