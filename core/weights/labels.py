"""Names of arrays: W1 and b1, or those of PyTorch's state_dict; gradients, X and y beside them.

W1, b1                  0.weight, 0.bias, layers.0.weight, fc1.bias
dW1, db1, W1.grad       0.weight.grad, grad.0.weight
"""

import re
from dataclasses import dataclass

from core.utils.sentence import excerpt

DATA = {"X": "X", "x": "X", "y": "y", "Y": "y"}
_OURS = re.compile(r"(?P<d>d?)(?P<kind>[Wwb])_?(?P<layer>\d{1,3})")
_TORCH = re.compile(r"(?:(?P<layer>.{1,200})\.)?(?P<kind>weight|bias)")
_GRADIENT = re.compile(r"grad[._](?P<after>.+)|(?P<before>.+)[._]grad")
_NUMBER = re.compile(r"\d{1,9}")


class WeightsError(ValueError):
    """Error in a file of weights: one sentence, with the file, the array and what to do."""


@dataclass(frozen=True)
class Label:
    """The layer that an array belongs to, and what it is there."""

    layer: str
    is_bias: bool
    is_gradient: bool
    of_torch: bool  # PyTorch's own name, which says that a row belongs to a unit

    @property
    def series(self) -> str:
        """The layer without its numbers: layers of one series are in the order of their numbers."""
        return _NUMBER.sub("#", self.layer)

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers in the layer's name."""
        return tuple(map(int, _NUMBER.findall(self.layer)))


def label_of(name: str) -> Label | None:
    """Return what a name means, or None if it is no weight, bias or gradient of one."""
    gradient = _GRADIENT.fullmatch(name)
    plain = name if gradient is None else gradient["after"] or gradient["before"]
    if match := _OURS.fullmatch(plain):
        is_gradient = gradient is not None or match["d"] == "d"
        return Label(match["layer"], match["kind"] == "b", is_gradient, of_torch=False)
    if match := _TORCH.fullmatch(plain):
        return Label(match["layer"] or "", match["kind"] == "bias", gradient is not None, True)
    return None


def short(name: str) -> str:
    """Return a name for a sentence."""
    return excerpt(name, 60)
