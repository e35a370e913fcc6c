"""In which form the chain rule is shown: courses differ, the mathematics does not."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

# The losses that differ by a factor only, so that one may be shown in place of another.
SQUARED = ("half_mse", "mse", "half_sse")
MIN_DIGITS, MAX_DIGITS = 2, 12


@dataclass(frozen=True)
class Conventions:
    """What is chosen; as derived unless changed. Raises ValueError for what cannot be chosen.

    digits: significant digits of every number shown.
    loss: one of SQUARED, in place of the squared loss that the run minimises; None: that one.
    bias_apart: a bias vector b beside each matrix, in place of the matrix's last row.
    transposed: each matrix with a row for every unit it leads to.
    """

    digits: int = 4
    loss: str | None = None
    bias_apart: bool = False
    transposed: bool = False

    def __post_init__(self) -> None:
        if type(self.digits) is not int or not MIN_DIGITS <= self.digits <= MAX_DIGITS:
            raise ValueError(f"digits must be from {MIN_DIGITS} to {MAX_DIGITS}")
        if self.loss not in (None, *SQUARED):
            raise ValueError(f"the loss shown must be one of {', '.join(SQUARED)}")
        if type(self.bias_apart) is not bool or type(self.transposed) is not bool:
            raise ValueError("bias_apart and transposed must be true or false")

    @property
    def fields(self) -> dict[str, Any]:
        """What is not as derived, by name, as JSON can hold it."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value != _DEFAULTS[name]}

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Self:
        """From such fields; raises ValueError for what is none."""
        unknown = set(given) - set(_DEFAULTS)
        if unknown:
            raise ValueError(f"there is no convention called {sorted(unknown)[0][:40]!r}")
        return cls(**given)

    def display_loss(self, loss: str) -> str:
        """The loss that is shown where the run minimises `loss`."""
        return self.loss if self.loss in SQUARED and loss in SQUARED else loss


_DEFAULTS = {field.name: field.default for field in fields(Conventions)}
