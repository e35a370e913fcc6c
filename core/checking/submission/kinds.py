r"""Quantities that a label can name besides a gradient: new weights, a step, the cost.

    kind_of("W1_new"), kind_of("ΔW1"), kind_of("dW1")      # NEW_WEIGHTS, STEP, GRADIENT
    costs, rest = take_costs("E_total = 0.298\ndW1 = …")    # the costs, and the text without them

new weights   W1_new, new_W1, W1_updated, updated W1, W1 after the step, W1⁺, W1+, W⁽¹⁾ ← …
step          ΔW1, \Delta W1, Delta W1, Delta_W1, dW1_step, step_W1, W1_step, W1 update
cost          C, J, E, cost, loss, error, MSE, …, E_total, J(θ), before = or : and one number

deltaW1, delta_W1 and DeltaW1 stay gradients: that is how many call ∂C/∂W. So does all that says it
is one, such as “dW1 after backprop” or “W1.grad after”.
"""

import re
from dataclasses import dataclass

from core.checking.submission.numbers import NumberMatrix, read_numbers
from core.checking.submission.section import LineAt, MatrixTextError, TextMatrix

GRADIENT, NEW_WEIGHTS, STEP, COST = "gradient", "new weights", "step", "cost"
MARKS = {GRADIENT: "d", NEW_WEIGHTS: "n", STEP: "s"}  # the first letter of a name
COST_NAME = "C"
MAX_COSTS = 1000  # of epochs: more are looked for in vain
TITLES = {NEW_WEIGHTS: "{} after the step", STEP: "Δ{}"}
_WEIGHT = re.compile(
    r"(?<![b-ce-z])(?:[wbθ]|theta|weights?|bias(?:es)?)[\W_]{0,4}"
    r"(?:\d|hidden|output|out|ih|ho|xh|hy|h|o|$)",
    re.I,
)
_GRADIENT = re.compile(r"∂|partial|nabla|∇|grad", re.I)
_DERIVATIVE = re.compile(r"(?<![a-z])d[._ ]?$", re.I)
_GRADIENT_AFTER = re.compile(r"\W*_?grad", re.I)
_NEW = re.compile(r"(?<![a-z])(?:new|updated|after)(?![a-z])|←|\\leftarrow", re.I)
_PLUS = re.compile(r"[\W_]{0,4}\d?[)\]}]{0,2}\^?\{?[⁺+]\}?\W*$")
_STEP = re.compile(r"(?<![a-z])(?:step|update)(?![a-z]|\W{0,3}\d)", re.I)  # not “step 3”
_DELTA = re.compile(r"(?:Δ|∆|\\Delta|(?<![A-Za-z])Delta(?=[ _]))[\W_]*$")
_LIST = re.compile(
    r"\W*(?:(?:new|updated|Δ|∆|Delta|steps?)[ _]*)(?P<before>w|b|weights?|bias(?:es)?)s?\W*"
    r"|\W*(?P<after>w|b|weights?|bias(?:es)?)s?[ _]*(?:new|updated|after|steps?)\W*",
    re.I,
)
_COST_LABEL = (
    r"(?:(?:the|my|total|mean|half|initial|final)[ _])*"
    r"(?:[CJE]|[Cc]osts?|[Ll]oss|LOSS|[Ee]rror|R?MSE|mse|SSE|sse|BCE|bce"
    r"|[Cc]ross[ _-]?[Ee]ntropy)"
    r"(?:[_ ]?\{?(?:\\text\{)?(?:total|tot|0|value|before|initial|half|mse|MSE)\}{0,2})?"
    r"(?:\((?:W|w|θ|theta|\\theta|y, ?y_?hat|y_?hat, ?y)\))?"
)
_COST_LINE = re.compile(
    rf"^[ \t#%$\"'*>]*(?P<label>{_COST_LABEL})[\"'*]*[ \t]*[=:≈][ \t]*"
    r"(?:(?:np\.)?(?:float\d\d|tensor)\()?"
    r"(?P<number>[-+−]?(?:\d+[.,]\d*|[.,]\d+)(?:[eE][-+]?\d{1,3}|[ \t]*(?:×|\\times|\*)[ \t]*10"
    r"\^\{?[-−]?\d{1,3}\}?)?|[-+−]?\d{1,9}/\d{1,9})"
    r"(?=$|[\s$,;.)\\])(?P<rest>[^\n]*)$",
    re.MULTILINE,
)
_NUMBER = re.compile(r"(?<![\w.])[-+−]?\d*[.,]\d")


@dataclass(frozen=True, eq=False)
class Quantity:
    """What somebody handed in besides gradients.

    kind: NEW_WEIGHTS, STEP or COST. layer: of the matrix, from 1; None for the cost. numbers: in
    the layout of the text; of the cost 1×1.
    """

    kind: str
    layer: int | None
    numbers: NumberMatrix

    @property
    def name(self) -> str:
        """Its name in verdicts: "W1 after the step", "ΔW1" or "C"."""
        return COST_NAME if self.layer is None else title(self.kind, f"W{self.layer}")


def title(kind: str, name: str) -> str:
    """Return what a matrix or bias, such as W1, is called in sentences."""
    return TITLES.get(kind, "d{}").format(name)


def kind_of(label: str) -> str:
    """Return the kind of quantity that a label of a matrix names; GRADIENT if it says no other."""
    match = _WEIGHT.search(label)
    if match is None:
        return GRADIENT
    before, after = label[: match.start()], label[match.end() :]
    if _GRADIENT.search(before) or _GRADIENT_AFTER.match(after):
        return GRADIENT
    if _NEW.search(label) or _PLUS.match(after):
        return GRADIENT if _DERIVATIVE.search(before) else NEW_WEIGHTS
    return STEP if _DELTA.search(before) or _STEP.search(label) else GRADIENT


def is_other(name: str | None) -> bool:
    """Return whether a name of `core.checking.submission.labels` is of new weights or of a step."""
    return name is not None and name[0] in (MARKS[NEW_WEIGHTS], MARKS[STEP])


def list_of(label: str) -> str | None:
    """Return the name of a list of new weights or steps, or of their biases; None for another."""
    match = _LIST.fullmatch(label)
    if match is None:
        return None
    letter = "W" if (match["before"] or match["after"])[0] in "wW" else "b"
    return f"{MARKS[NEW_WEIGHTS if _NEW.search(label) else STEP]}{letter}*"


def is_cost(label: str) -> bool:
    """Return whether a label names the cost."""
    return bool(re.fullmatch(_COST_LABEL, label.strip()))


def take_costs(text: str) -> tuple[list[NumberMatrix], str]:
    """Return the costs that lines of a text give, and the text without them.

    What is not one number after a name of the cost stays in the text. Raises MatrixTextError.
    """
    found: list[NumberMatrix] = []
    line_at = LineAt(text)

    def blanks(match: re.Match[str]) -> str:
        if _NUMBER.search(match["rest"]):
            return match[0]
        cell = match["number"].replace("\\times", "×")
        line = line_at(match.start())
        if len(found) == MAX_COSTS:
            raise MatrixTextError(line, "C is there too often; keep one of them")
        found.append(read_numbers(TextMatrix(COST_NAME, line, ((line, (cell,)),))))
        return " " * len(match[0])

    return found, _COST_LINE.sub(blanks, text)
