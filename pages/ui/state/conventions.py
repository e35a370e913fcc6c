"""Display conventions of a course: digits, squared loss, separate bias, transposed matrices."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from core.losses import LOSSES

# Losses that differ only by a constant factor, so that one may be shown in place of another.
SQUARED = tuple(name for name, loss in LOSSES.items() if loss.scale(1) is not None)
MIN_DIGITS, MAX_DIGITS = 2, 12


@dataclass(frozen=True)
class Conventions:
    """The chosen conventions; the derivation's by default. Raises ValueError for an invalid choice.

    digits: significant digits of every number shown.
    loss: one of SQUARED, shown in place of the run's squared loss; None: the run's own.
    bias_apart: a separate bias vector b instead of each matrix's last row.
    transposed: each matrix with one row for each unit of the next layer.
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
        """The conventions that differ from the default, by name, as JSON values."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value != _DEFAULTS[name]}

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Self:
        """Build from `fields`; raises ValueError for an unknown name or value."""
        unknown = set(given) - set(_DEFAULTS)
        if unknown:
            raise ValueError(f"there is no convention called {sorted(unknown)[0][:40]!r}")
        return cls(**given)

    def display_loss(self, loss: str) -> str:
        """Return the loss to show when the run minimises `loss`."""
        return self.loss if self.loss in SQUARED and loss in SQUARED else loss


_DEFAULTS = {field.name: field.default for field in fields(Conventions)}
