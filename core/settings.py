"""How a run trains, as one value."""

import dataclasses
import math
from dataclasses import asdict, dataclass
from typing import Any, Self

from core.losses import LOSSES

MAX_EPOCHS = 10_000_000
# The update rules of `core.optimizers`, and how many vectors of state each keeps.
OPTIMIZERS = {"gd": 0, "momentum": 1, "nesterov": 1, "rmsprop": 1, "adam": 2}


@dataclass(frozen=True)
class Settings:
    """How a run trains. Raises ValueError for a value outside its range.

    learning_rate: η > 0.
    optimizer: "gd", "momentum", "nesterov", "rmsprop" or "adam" (see `core.optimizers`), with
    momentum μ, alpha (rmsprop), beta1, beta2 (adam), each in [0, 1), and epsilon > 0.
    batch_size: samples an update takes, drawn anew each epoch; None or N and more: all of them.
    loss: a name in `core.losses.LOSSES`.
    l2: λ ≥ 0; (λ/2) ‖W without bias rows‖² is added to what is minimised, never to the losses.
    seed: of everything random in training.
    epochs: the run's length, 10 million at most.
    patience: stop when the validation loss was not lower for so many epochs; None: never.
    frozen: weights that do not move, as (layer, row, column) with layer 1 or 2, counted from 0.
    """

    learning_rate: float = 0.5
    optimizer: str = "gd"
    batch_size: int | None = None
    loss: str = "half_mse"
    l2: float = 0.0
    seed: int = 0
    epochs: int = 10_000
    momentum: float = 0.9
    alpha: float = 0.99
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    patience: int | None = None
    frozen: frozenset[tuple[int, int, int]] = frozenset()

    def __post_init__(self) -> None:
        for name in ("learning_rate", "epsilon"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0):
                raise ValueError(f"{name} must be a positive number, not {value}")
        for name in ("momentum", "alpha", "beta1", "beta2"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name} must be from 0 to below 1, not {getattr(self, name)}")
        for name, offered in (("optimizer", OPTIMIZERS), ("loss", LOSSES)):
            if getattr(self, name) not in offered:
                raise ValueError(
                    f"{name} {getattr(self, name)!r} is not one of {', '.join(offered)}"
                )
        for name in ("batch_size", "patience"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"{name} must be None, or 1 or more, not {value}")
        if not (math.isfinite(self.l2) and self.l2 >= 0):
            raise ValueError(f"l2 must be 0 or more, not {self.l2}")
        if not 0 <= self.epochs <= MAX_EPOCHS:
            raise ValueError(f"epochs must be from 0 to {MAX_EPOCHS}, not {self.epochs}")
        if not 0 <= self.seed < 2**64:
            raise ValueError(f"seed must be from 0 to 2⁶⁴ − 1, not {self.seed}")

    @property
    def fields(self) -> dict[str, Any]:
        """The values by name, as JSON can hold them."""
        return {**asdict(self), "frozen": sorted(map(list, self.frozen))}

    @classmethod
    def of(cls, fields: dict[str, Any]) -> Self:
        """From such fields, of which some may be missing; raises ValueError for what is none."""
        usual, given = cls(), dict(fields)
        names = {field.name for field in dataclasses.fields(cls)}
        places = [tuple(map(whole, place)) for place in given.pop("frozen", [])]
        for name, value in given.items():
            if name in ("batch_size", "patience"):
                kinds: tuple[type, ...] = (int, type(None))
            else:
                kinds = (type(getattr(usual, name, None)), int)
            if name not in names or not isinstance(value, kinds) or isinstance(value, bool):
                raise ValueError(f"the setting {name[:40]!r} cannot be {str(value)[:40]!r}")
        return cls(**given, frozen=frozenset((layer, k, l) for layer, k, l in places))


def whole(value: object) -> int:
    """A whole number from 0 on, of those that JSON keeps exactly; raises ValueError otherwise."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 1 << 53:
        raise ValueError(f"{str(value)[:40]!r} is no whole number from 0 on")
    return value
