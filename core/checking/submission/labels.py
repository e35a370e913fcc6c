r"""What a label in a text names: ∂C/∂W⁽¹⁾, grad_W1, Theta1_grad, 0.weight, nabla_b.

    name_of("W1_grad")        # "dW1"

dW1, db1      a matrix or a bias vector of that layer, from 1 (or 0: then all count from 0)
dW-1, db-1    those of the output layer
dW*, db*      a list of them, one a layer
dW@fc1        those of a module of torch, or of a letter (grad_V); their order counts
grad          all of them, one after another

New weights begin with n in place of d, steps with s (`core.checking.submission.kinds`).
"""

import re
from typing import NamedTuple

from core.checking.submission.kinds import MARKS, kind_of, list_of
from core.utils.small_digits import TO_PLAIN

ALL = "grad"
_COMMANDS = re.compile(r"\\?\b(?:mathbf|bm|boldsymbol|mathrm|text|partial)\b")
# W or b and its number, with any signs between them. No letter comes before but the last of "d",
# "grad" and "delta": HW1 is a homework.
_NUMBER = re.compile(
    r"(?<![b-ce-z])(?P<kind>[wb])[\W_]{0,4}(?P<layer>[0-7])(?!\d|\.\d)", re.ASCII | re.I
)
_THETA = re.compile(r"(?:theta|θ)[\W_]{0,4}(?P<layer>[1-7])(?!\d)", re.I)
_COURSE = re.compile(r"\W*D(?P<layer>[1-7])\W*")
_WORD = re.compile(
    r"(?<![b-ce-z])(?P<kind>w|b|weights?|bias(?:es)?)[\W_]{0,3}"
    r"(?P<layer>hidden|output|out|ih|ho|xh|hy|h|o)(?![a-z])",
    re.I,
)
_TORCH = re.compile(r"(?P<module>[\w.]{1,40})\.(?P<kind>weight|bias)(?:\.grad)?")
_LIST = re.compile(
    r"\W*(?:nabla|∇|d|grads?|gradients?)_?(?P<kind>w|b|weights?|bias(?:es)?)s?\W*", re.I
)
_ALL = re.compile(r"\W*(?:nn_?)?(?:grads?|gradients?)(?:_?vec(?:tor)?|_?flat)?\W*", re.I)
_LETTER = re.compile(
    r"\W*(?:(?:nabla|∇|grads?|gradients?|d[A-Z]?/?d|∂[A-Z]?/?∂)[_ ]?|d)"
    r"(?P<module>(?P<kind>[UV]))\W*"
)
_ORDER = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh")
_ORDINAL = re.compile(rf"\b(?P<layer>{'|'.join((*_ORDER, 'last', 'output'))})[ _-]layer", re.I)
_OF_WEIGHTS = re.compile(r"grad|deriv|∂|∇|nabla", re.I)
OF_OUTPUT = {"output", "out", "ho", "hy", "o"}


class Name(NamedTuple):
    """The parts of a name: W or b, its layer (None: see `module`), a torch module, and `every`."""

    kind: str
    layer: int | None = None
    module: str | None = None
    every: bool = False


def name_of(label: str) -> str | None:
    """Return what a label names, as above; None for nothing of this."""
    plain = label.translate(TO_PLAIN).strip().strip("\"'$` ")
    name = _name_of(label)
    if name is None:
        return list_of(plain)
    return ALL if name == ALL else MARKS[kind_of(plain)] + name[1:]


def _name_of(label: str) -> str | None:
    line = _COMMANDS.sub(" ", label.translate(TO_PLAIN)).strip().strip("\"'$` ")
    if match := _TORCH.fullmatch(line) or _LETTER.fullmatch(line):
        return f"d{_letter(match)}@{match['module']}"
    if match := _NUMBER.search(line):
        return f"d{_letter(match)}{match['layer']}"
    if match := _THETA.search(line) or _COURSE.fullmatch(line):
        return f"dW{match['layer']}"
    if match := _WORD.search(line):
        return f"d{_letter(match)}{-1 if match['layer'].lower() in OF_OUTPUT else 1}"
    if match := _LIST.fullmatch(line):
        return f"d{_letter(match)}*"
    return ALL if _ALL.fullmatch(line) else _in_words(line)


def _in_words(line: str) -> str | None:
    """Return what “gradients of the first layer” or “last layer: bias gradients” name."""
    match = _ORDINAL.search(line)
    if match is None or not _OF_WEIGHTS.search(line):
        return None
    ordinal = match["layer"].lower()
    layer = _ORDER.index(ordinal) + 1 if ordinal in _ORDER else -1
    return f"d{'b' if re.search('bias', line, re.I) else 'W'}{layer}"


def parts(name: str) -> Name:
    """Return the parts of a name that `name_of` returned (not of `ALL`)."""
    kind, rest = name[1], name[2:]
    if rest == "*":
        return Name(kind, every=True)
    return Name(kind, None, rest[1:]) if rest.startswith("@") else Name(kind, int(rest))


def _letter(match: re.Match[str]) -> str:
    return "b" if match["kind"][0] in "bB" else "W"
