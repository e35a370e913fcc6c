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
_COMMANDS = re.compile(r"\\[a-z]+|[{}^ ]")  # of LaTeX, which take no place


@dataclass(frozen=True)
class UpdateTerms:
    """The numbers of one weight's update, named as by `Update.weight_terms`."""

    numbers: dict[str, float]
    settings: Settings
    digits: int

    @classmethod
    def of(cls, update: Update, weight: Weight, digits: int) -> Self:
        """Return the numbers of the weight; the epoch must be a single update."""
        numbers = update.weight_terms(*weight.place)
        return cls(numbers, update.settings, digits)

    def value(self, name: str) -> str:
        """Return a number that stands alone."""
        return number(self.numbers[name], self.digits)

    def operand(self, name: str) -> str:
        """Return a number within a sum or a product."""
        return operand(self.numbers[name], self.digits)


def blocks(update: Update, weight: Weight, digits: int) -> list[str]:
    """Return the quantities in the order of calculation: formula, numbers, value."""
    n = UpdateTerms.of(update, weight, digits)
    rules = {"gd": _no_blocks, "momentum": _momentum, "nesterov": _nesterov, "rmsprop": _rmsprop}
    between = rules.get(update.settings.optimizer, _adam)(n)
    return [_gradient(n), *between, _new_weight(update, weight, n)]


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


def _gradient(n: UpdateTerms) -> str:
    if "decay" not in n.numbers:
        return _block("g", r"\frac{\partial C}{\partial W}", n.value("g"))
    decay = rf"{_setting_text(n.settings.l2)} \cdot {n.operand('W')}"
    numbers = _sum(n.value("dC"), "+", decay)
    return _block("g", r"\frac{\partial C}{\partial W} + \lambda W", numbers, n.value("g"))


def _no_blocks(_: UpdateTerms) -> list[str]:
    return []


def _momentum(n: UpdateTerms) -> list[str]:
    old = rf"{_setting_text(n.settings.momentum)} \cdot {n.operand('v')}"
    numbers = _sum(old, "+", n.operand("g"))
    return [_block("v'", r"\mu v + g", numbers, n.value("v_after"))]


def _nesterov(n: UpdateTerms) -> list[str]:
    ahead = rf"{_setting_text(n.settings.momentum)} \cdot {n.operand('v_after')}"
    numbers = _sum(n.value("g"), "+", ahead)
    return [*_momentum(n), _block("u", r"g + \mu v'", numbers, n.value("step"))]


def _rmsprop(n: UpdateTerms) -> list[str]:
    return [_squares(n, r"\alpha", n.settings.alpha), _root(n, "s'", "s_after")]


def _adam(n: UpdateTerms) -> list[str]:
    settings = n.settings
    beta1, rest = _setting_text(settings.beta1), _complement_text(settings.beta1)
    old, new = rf"{beta1} \cdot {n.operand('m')}", rf"{rest} \cdot {n.operand('g')}"
    numbers = _sum(old, "+", new)
    return [
        _block("m'", r"\beta_1 m + (1 - \beta_1) \, g", numbers, n.value("m_after")),
        _squares(n, r"\beta_2", settings.beta2),
        _corrected(n, "m", r"\beta_1", settings.beta1),
        _corrected(n, "s", r"\beta_2", settings.beta2),
        _root(n, r"\hat{s}", "s_hat"),
    ]


def _squares(n: UpdateTerms, rate: str, share: float) -> str:
    """Return the block of the moving average of g²."""
    old = rf"{_setting_text(share)} \cdot {n.operand('s')}"
    new = rf"{_complement_text(share)} \cdot ({n.value('g')})^2"
    numbers = _sum(old, "+", new)
    return _block("s'", rf"{rate} s + (1 - {rate}) \, g^2", numbers, n.value("s_after"))


def _corrected(n: UpdateTerms, symbol: str, rate: str, share: float) -> str:
    """Return the block of Adam's bias correction."""
    t = n.value("t")
    return _block(
        rf"\hat{{{symbol}}}",
        rf"\frac{{{symbol}'}}{{1 - {rate}^t}}, \quad t = {t}",
        rf"\frac{{{n.value(f'{symbol}_after')}}}{{1 - {_setting_text(share)}^{{{t}}}}}",
        n.value(f"{symbol}_hat"),
    )


def _root(n: UpdateTerms, symbol: str, name: str) -> str:
    numbers = rf"\sqrt{{{n.value(name)}}} + {_setting_text(n.settings.epsilon)}"
    return _block("r", rf"\sqrt{{{symbol}}} + \varepsilon", numbers, n.value("root"))


def _new_weight(update: Update, weight: Weight, n: UpdateTerms) -> str:
    """Return the block of W′, with enough digits to differ from W."""
    W, W_after = before_and_after(update, weight)
    digits = digits_needed(W, W_after, n.digits)
    if update.is_frozen(*weight.place):
        return _block("W'", "W", number(W, digits))
    symbol, name = {
        "gd": ("g", "g"),
        "momentum": ("v'", "v_after"),
        "nesterov": ("u", "step"),
        "rmsprop": (r"\frac{g}{r}", "g"),
        "adam": (r"\frac{\hat{m}}{r}", "m_hat"),
    }[n.settings.optimizer]
    divided = "root" in n.numbers
    step = rf"\frac{{{n.value(name)}}}{{{n.value('root')}}}" if divided else n.operand(name)
    moved = rf"{_setting_text(n.settings.learning_rate)} \cdot {step}"
    numbers = _sum(number(W, digits), "-", moved)
    return _block("W'", rf"W - \eta \, {symbol}", numbers, number(W_after, digits))


def _sum(first: str, sign: str, second: str) -> str:
    """Return a sum, in two rows if it is too wide for a phone."""
    wide = len(_COMMANDS.sub("", first + second)) > MOST_LETTERS
    return f"{first} " + (r"\\ & \quad {} " if wide else "") + f"{sign} {second}"


def _block(symbol: str, formula: str, *values: str) -> str:
    return aligned(f"{symbol} &= {formula}", *(f"&= {value}" for value in values))


def _setting_text(value: float) -> str:
    """Return a setting with the digits that were typed."""
    mantissa = f"{value:.12g}".split("e")[0]
    return number(value, max(1, len(mantissa.replace(".", "").strip("0"))))


def _complement_text(share: float) -> str:
    """Return 1 − share, without the rounding error of the subtraction."""
    return _setting_text(round_to(1 - share, 12))
