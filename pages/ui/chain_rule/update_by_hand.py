"""One weight's update as it is worked out by hand: LaTeX, a block for each quantity."""

from dataclasses import dataclass
from math import ceil, isfinite, log10
from typing import Self

from core.training.settings import Settings
from core.training.update import Update
from pages.ui.state.session import Weight
from pages.ui.style.latex import number, operand

MOST_DIGITS = 17  # a float64 has no more


@dataclass(frozen=True)
class UpdateTerms:
    """The numbers of one weight's update, named as by `Update.weight_terms`."""

    found: dict[str, float]
    how: Settings
    digits: int

    @classmethod
    def of(cls, update: Update, weight: Weight, digits: int) -> Self:
        """Those of the weight; the epoch must be a single update."""
        found = update.weight_terms(weight.layer, weight.row, weight.column)
        return cls(found, update.settings, digits)

    def alone(self, name: str) -> str:
        """A number that nothing is multiplied with."""
        return number(self.found[name], self.digits)

    def term(self, name: str) -> str:
        """A number within a sum or a product."""
        return operand(self.found[name], self.digits)


def blocks(update: Update, weight: Weight, digits: int) -> list[str]:
    """Each quantity in the order one computes it: its formula, the numbers in it, its value."""
    n = UpdateTerms.of(update, weight, digits)
    rules = {"gd": _none, "momentum": _momentum, "nesterov": _nesterov, "rmsprop": _rmsprop}
    between = rules.get(update.settings.optimizer, _adam)(n)
    return [_gradient(n), *between, _arrival(update, weight, n)]


def aligned(*rows: str) -> str:
    """Rows below one another, each with its & in front of what is aligned."""
    return r"\begin{aligned} " + r" \\[8pt] ".join(rows) + r" \end{aligned}"


def enough(before: float, after: float, digits: int) -> int:
    """How many digits show `digits` of the difference between two numbers."""
    change, size = abs(after - before), max(abs(before), abs(after))
    if not change or not isfinite(change):
        return digits
    return min(MOST_DIGITS, digits + max(0, ceil(log10(size / change))))


def before_and_after(update: Update, weight: Weight) -> tuple[float, float]:
    """W and W′, the latter as the run has it."""
    layer, place = weight.layer - 1, (weight.row, weight.column)
    W = float((update.before.W1, update.before.W2)[layer][place])
    if update.after is None:
        return W, W + float(update.change[layer][place])
    return W, float((update.after.W1, update.after.W2)[layer][place])


def _gradient(n: UpdateTerms) -> str:
    if "decay" not in n.found:
        return _block("g", r"\frac{\partial C}{\partial W}", n.alone("g"))
    numbers = rf"{n.alone('dC')} + {_given(n.how.l2)} \cdot {n.term('W')}"
    return _block("g", r"\frac{\partial C}{\partial W} + \lambda W", numbers, n.alone("g"))


def _none(_: UpdateTerms) -> list[str]:
    return []


def _momentum(n: UpdateTerms) -> list[str]:
    numbers = rf"{_given(n.how.momentum)} \cdot {n.term('v')} + {n.term('g')}"
    return [_block("v'", r"\mu v + g", numbers, n.alone("v_after"))]


def _nesterov(n: UpdateTerms) -> list[str]:
    numbers = rf"{n.alone('g')} + {_given(n.how.momentum)} \cdot {n.term('v_after')}"
    return [*_momentum(n), _block("u", r"g + \mu v'", numbers, n.alone("step"))]


def _rmsprop(n: UpdateTerms) -> list[str]:
    return [_squares(n, r"\alpha", n.how.alpha), _root(n, "s'", "s_after")]


def _adam(n: UpdateTerms) -> list[str]:
    how = n.how
    numbers = rf"{_given(how.beta1)} \cdot {n.term('m')} + {_rest(how.beta1)} \cdot {n.term('g')}"
    return [
        _block("m'", r"\beta_1 m + (1 - \beta_1) \, g", numbers, n.alone("m_after")),
        _squares(n, r"\beta_2", how.beta2),
        _corrected(n, "m", r"\beta_1", how.beta1),
        _corrected(n, "s", r"\beta_2", how.beta2),
        _root(n, r"\hat{s}", "s_hat"),
    ]


def _squares(n: UpdateTerms, rate: str, share: float) -> str:
    """The running mean of g²."""
    old = rf"{_given(share)} \cdot {n.term('s')}"
    new = rf"{_rest(share)} \cdot ({n.alone('g')})^2"
    numbers = rf"{old} \\ & \quad {{}} + {new}"  # two rows: one would not fit a narrow screen
    return _block("s'", rf"{rate} s + (1 - {rate}) \, g^2", numbers, n.alone("s_after"))


def _corrected(n: UpdateTerms, symbol: str, rate: str, share: float) -> str:
    """Adam's correction of what started at 0."""
    t = n.alone("t")
    return _block(
        rf"\hat{{{symbol}}}",
        rf"\frac{{{symbol}'}}{{1 - {rate}^t}}, \quad t = {t}",
        rf"\frac{{{n.alone(f'{symbol}_after')}}}{{1 - {_given(share)}^{{{t}}}}}",
        n.alone(f"{symbol}_hat"),
    )


def _root(n: UpdateTerms, symbol: str, name: str) -> str:
    numbers = rf"\sqrt{{{n.alone(name)}}} + {_given(n.how.epsilon)}"
    return _block("r", rf"\sqrt{{{symbol}}} + \varepsilon", numbers, n.alone("root"))


def _arrival(update: Update, weight: Weight, n: UpdateTerms) -> str:
    """W′, with as many digits as it takes to see it differ from W."""
    W, W_after = before_and_after(update, weight)
    digits = enough(W, W_after, n.digits)
    if update.is_frozen(weight.layer, weight.row, weight.column):
        return _block("W'", "W", number(W, digits))
    symbol, name = {
        "gd": ("g", "g"),
        "momentum": ("v'", "v_after"),
        "nesterov": ("u", "step"),
        "rmsprop": (r"\frac{g}{r}", "g"),
        "adam": (r"\frac{\hat{m}}{r}", "m_hat"),
    }[n.how.optimizer]
    divided = "root" in n.found
    step = rf"\frac{{{n.alone(name)}}}{{{n.alone('root')}}}" if divided else n.term(name)
    numbers = rf"{number(W, digits)} - {_given(n.how.learning_rate)} \cdot {step}"
    return _block("W'", rf"W - \eta \, {symbol}", numbers, number(W_after, digits))


def _block(symbol: str, formula: str, *values: str) -> str:
    return aligned(f"{symbol} &= {formula}", *(f"&= {value}" for value in values))


def _given(value: float) -> str:
    """A setting, with the digits that were typed."""
    mantissa = f"{value:.12g}".split("e")[0]
    return number(value, max(1, len(mantissa.replace(".", "").strip("0"))))


def _rest(share: float) -> str:
    """1 − share, without the rounding of the subtraction."""
    return _given(float(f"{1 - share:.12g}"))
