"""Calculation of one weight's update as LaTeX, a block for each quantity."""

import re
from dataclasses import dataclass
from math import ceil, isfinite, log10
from typing import Self

from core.training.settings import Settings
from core.training.update import Update
from core.utils.number_text import round_to
from pages.ui.state.session import Weight
from pages.ui.style.latex import number, operand

MOST_DIGITS = 17  # a float64 has no more
MOST_LETTERS = 22  # of a sum in one row
Rows = tuple[str, ...]
_COMMANDS = re.compile(r"\\[a-z]+|[{}^ ]")  # of LaTeX, which take no place


@dataclass(frozen=True)
class UpdateTerms:
    """The numbers of one weight's update, named as by `Update.weight_terms`.

    W_after is W′ as the run has it; dC_shown ∂C/∂W by the loss that is shown.
    """

    numbers: dict[str, float]
    settings: Settings
    digits: int
    is_frozen: bool

    @classmethod
    def of(cls, update: Update, weight: Weight, digits: int, loss_factor: float = 1) -> Self:
        """Return the numbers of the weight; the epoch must be a single update.

        loss_factor: from the C that the run minimises to the one that is shown.
        """
        numbers = update.weight_terms(*weight.place)
        numbers["dC_shown"] = numbers["dC"] * loss_factor
        numbers["W"], numbers["W_after"] = before_and_after(update, weight)
        return cls(numbers, update.settings, digits, update.is_frozen(*weight.place))

    @classmethod
    def of_epoch(cls, shown: Update, weight: Weight, digits: int) -> Self:
        """Return W, W′, their difference and ∂C/∂W; the epoch may have several updates."""
        W, W_after = before_and_after(shown, weight)
        change, gradient = weight.entry(shown.change), weight.entry(shown.gradient)
        numbers = {"W": W, "W_after": W_after, "change": change, "dC_shown": gradient}
        return cls(numbers, shown.settings, digits, shown.is_frozen(*weight.place))

    def value(self, name: str) -> str:
        """Return a number that stands alone."""
        return number(self.numbers[name], self.digits)

    def operand(self, name: str) -> str:
        """Return a number within a sum or a product."""
        return operand(self.numbers[name], self.digits)

    def weight_value(self, name: str) -> str:
        """Return W or W′ with enough digits to differ from each other."""
        return number(self.numbers[name], self._weight_digits)

    def weight_operand(self, name: str) -> str:
        """Return the same within a sum."""
        return operand(self.numbers[name], self._weight_digits)

    @property
    def _weight_digits(self) -> int:
        return digits_needed(self.numbers["W"], self.numbers["W_after"], self.digits)

    def sum(self, first: str, sign: str, second: str) -> str:
        """Return a sum, in two rows if it is too wide for a phone."""
        return sum_of(first, sign, second, wide=width(first + second) > MOST_LETTERS)


def width(latex: str) -> int:
    """Return about how many letters a formula takes."""
    return len(_COMMANDS.sub("", latex))


def sum_of(first: str, sign: str, second: str, *, wide: bool) -> str:
    """Return a sum, in two rows if it is wide."""
    return f"{first} " + (r"\\ & \quad {} " if wide else "") + f"{sign} {second}"


def blocks(update: Update, weight: Weight, digits: int) -> list[str]:
    """Return the quantities in the order of calculation: formula, numbers, value."""
    return [aligned(*rows) for rows in block_rows(UpdateTerms.of(update, weight, digits))]


def block_rows(n: UpdateTerms) -> list[Rows]:
    """Return the rows of each quantity, to be aligned at their &."""
    numbers = {"momentum": _momentum, "nesterov": _nesterov, "rmsprop": _rmsprop, "adam": _adam}
    between = numbers.get(n.settings.optimizer, _no_numbers)(n)
    all_numbers = {"g": _gradient(n), **between, "W'": _new_weight(n)}
    formulas = rule(n.settings, decays="decay" in n.numbers, is_frozen=n.is_frozen)
    return [
        (f"{symbol} &= {formula}{_step_number(formula, n)}", *(f"&= {v}" for v in values))
        for (symbol, formula), values in zip(formulas.items(), all_numbers.values(), strict=True)
    ]


def rule(settings: Settings, *, decays: bool, is_frozen: bool = False) -> dict[str, str]:
    """Return the optimiser's formula of each quantity by its symbol, in the order of calculation.

    decays: whether L2 applies to the weight.
    """
    root = r"\sqrt{{{s}}} + \varepsilon".format
    squares = r"{rate} s + (1 - {rate}) \, g^2".format
    corrected = r"\frac{{{symbol}'}}{{1 - {rate}^t}}".format
    between, step = {
        "gd": ({}, "g"),
        "momentum": ({"v'": r"\mu v + g"}, "v'"),
        "nesterov": ({"v'": r"\mu v + g", "u": r"g + \mu v'"}, "u"),
        "rmsprop": ({"s'": squares(rate=r"\alpha"), "r": root(s="s'")}, r"\frac{g}{r}"),
        "adam": (
            {
                "m'": r"\beta_1 m + (1 - \beta_1) \, g",
                "s'": squares(rate=r"\beta_2"),
                r"\hat{m}": corrected(symbol="m", rate=r"\beta_1"),
                r"\hat{s}": corrected(symbol="s", rate=r"\beta_2"),
                "r": root(s=r"\hat{s}"),
            },
            r"\frac{\hat{m}}{r}",
        ),
    }[settings.optimizer]
    gradient = r"\frac{\partial C}{\partial W}" + r" + \lambda W" * decays
    return {"g": gradient, **between, "W'": "W" if is_frozen else rf"W - \eta \, {step}"}


def aligned(*rows: str) -> str:
    """Return rows aligned at their &."""
    return r"\begin{aligned} " + r" \\[8pt] ".join(rows) + r" \end{aligned}"


def digits_needed(before: float, after: float, digits: int) -> int:
    """Return the digits at which two numbers show `digits` digits of their difference."""
    change, size = abs(after - before), max(abs(before), abs(after))
    if not change or not isfinite(change):
        return digits
    return min(MOST_DIGITS, digits + max(0, ceil(log10(size / change))))


def before_and_after(update: Update, weight: Weight) -> tuple[float, float]:
    """Return W and W′, the latter as the run has it."""
    W = weight.entry(update.before.weights)
    if update.after is None:
        return W, W + weight.entry(update.change)
    return W, weight.entry(update.after.weights)


def _gradient(n: UpdateTerms) -> Rows:
    if "decay" not in n.numbers:
        return (n.value("g"),)
    decay = rf"{_setting_text(n.settings.l2)} \cdot {n.operand('W')}"
    return n.sum(n.value("dC"), "+", decay), n.value("g")


def _no_numbers(_: UpdateTerms) -> dict[str, Rows]:
    return {}


def _momentum(n: UpdateTerms) -> dict[str, Rows]:
    old = rf"{_setting_text(n.settings.momentum)} \cdot {n.operand('v')}"
    return {"v'": (n.sum(old, "+", n.operand("g")), n.value("v_after"))}


def _nesterov(n: UpdateTerms) -> dict[str, Rows]:
    ahead = rf"{_setting_text(n.settings.momentum)} \cdot {n.operand('v_after')}"
    return {**_momentum(n), "u": (n.sum(n.value("g"), "+", ahead), n.value("step"))}


def _rmsprop(n: UpdateTerms) -> dict[str, Rows]:
    return {"s'": _squares(n, n.settings.alpha), "r": _root(n, "s_after")}


def _adam(n: UpdateTerms) -> dict[str, Rows]:
    settings = n.settings
    beta1, rest = _setting_text(settings.beta1), _complement_text(settings.beta1)
    old, new = rf"{beta1} \cdot {n.operand('m')}", rf"{rest} \cdot {n.operand('g')}"
    return {
        "m'": (n.sum(old, "+", new), n.value("m_after")),
        "s'": _squares(n, settings.beta2),
        r"\hat{m}": _corrected(n, "m", settings.beta1),
        r"\hat{s}": _corrected(n, "s", settings.beta2),
        "r": _root(n, "s_hat"),
    }


def _squares(n: UpdateTerms, share: float) -> Rows:
    """Return the numbers of the moving average of g²."""
    old = rf"{_setting_text(share)} \cdot {n.operand('s')}"
    new = rf"{_complement_text(share)} \cdot ({n.value('g')})^2"
    return n.sum(old, "+", new), n.value("s_after")


def _corrected(n: UpdateTerms, symbol: str, share: float) -> Rows:
    """Return the numbers of Adam's bias correction."""
    below = rf"1 - {_setting_text(share)}^{{{n.value('t')}}}"
    return rf"\frac{{{n.value(f'{symbol}_after')}}}{{{below}}}", n.value(f"{symbol}_hat")


def _step_number(formula: str, n: UpdateTerms) -> str:
    """Return the number t of the update if the formula has it; else ""."""
    return rf", \quad t = {n.value('t')}" if "^t" in formula else ""


def _root(n: UpdateTerms, name: str) -> Rows:
    return rf"\sqrt{{{n.value(name)}}} + {_setting_text(n.settings.epsilon)}", n.value("root")


def _new_weight(n: UpdateTerms) -> Rows:
    """Return the numbers of W′, with enough digits to differ from W."""
    if n.is_frozen:
        return (n.weight_value("W"),)
    names = {"momentum": "v_after", "nesterov": "step", "adam": "m_hat"}
    name = names.get(n.settings.optimizer, "g")
    divided = "root" in n.numbers
    step = rf"\frac{{{n.value(name)}}}{{{n.value('root')}}}" if divided else n.operand(name)
    moved = rf"{_setting_text(n.settings.learning_rate)} \cdot {step}"
    return n.sum(n.weight_value("W"), "-", moved), n.weight_value("W_after")


def _setting_text(value: float) -> str:
    """Return a setting with the digits that were typed, in LaTeX."""
    return number(value, setting_digits(value))


def setting_digits(value: float) -> int:
    """Return how many significant digits of a setting were typed."""
    mantissa = f"{value:.12g}".split("e")[0]
    return max(1, len(mantissa.replace(".", "").strip("0")))


def _complement_text(share: float) -> str:
    """Return 1 − share, without the rounding error of the subtraction."""
    return _setting_text(round_to(1 - share, 12))
