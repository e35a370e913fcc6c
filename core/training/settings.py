"""Settings of a training run, as one value."""

import dataclasses
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from reprlib import repr as short
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.losses import LOSSES, check_loss, check_targets
from core.network import MAX_HIDDEN, Network
from core.utils.arguments import below_one, choice, flag, integer, non_negative, positive, seed

T = TypeVar("T")

MAX_EPOCHS = 10_000_000
# The update rules of `core.training.optimizers`, and the state vectors of each, in order.
OPTIMIZERS: dict[str, tuple[str, ...]] = {
    "gd": (),
    "momentum": ("v",),
    "nesterov": ("v",),
    "rmsprop": ("s",),
    "adam": ("m", "s"),
}
RULE_SETTINGS = {  # of each rule alone
    "gd": (),
    "momentum": ("momentum",),
    "nesterov": ("momentum",),
    "rmsprop": ("alpha", "epsilon"),
    "adam": ("beta1", "beta2", "epsilon"),
}


@dataclass(frozen=True)
class Settings:
    """Hyperparameters of a run. Raises ValueError for a wrong type or a value out of range.

    learning_rate: η > 0.
    optimizer: "gd", "momentum", "nesterov", "rmsprop" or "adam" (`core.training.optimizers`), with
    momentum μ, alpha (rmsprop), beta1, beta2 (adam), each in [0, 1), and epsilon > 0.
    batch_size: samples per update; None, or N and more: all of them.
    shuffle: mini-batches are drawn in a new order each epoch; False: always in the given order.
    loss: a name in `core.losses.LOSSES`.
    l2: λ ≥ 0; (λ/2) ‖W without bias rows‖² is added to what is minimised, never to the losses.
    seed: of everything random in training.
    epochs: the run's length, 10 million at most.
    patience: stop after so many epochs without a lower validation loss; None: never.
    frozen: weights that do not change, as (layer, row, column); the layer from 1, the rest from 0.
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
    shuffle: bool = True

    def __post_init__(self) -> None:
        for name, check in _CHECKS.items():
            object.__setattr__(self, name, check(name, getattr(self, name)))

    def check(self, net: Network, y: NDArray[np.float64], *, validated: bool) -> None:
        """Raise ValueError unless they suit a network, its targets y (N, K) and the validation."""
        check_loss(net, self.loss)
        check_targets(self.loss, y, net.output)
        if self.patience is not None and not validated:
            raise ValueError("patience needs a validation set to watch")
        shapes = dict(enumerate(net.shapes, start=1))
        for layer, row, column in self.frozen:
            rows, columns = shapes.get(layer, (0, 0))
            if row >= rows or column >= columns:
                raise ValueError(f"frozen: W{layer} has no weight at row {row}, column {column}")

    @property
    def fields(self) -> dict[str, Any]:
        """The values by name, in JSON's types."""
        return {**asdict(self), "frozen": sorted(map(list, self.frozen))}

    @classmethod
    def of(cls, fields: dict[str, Any]) -> Self:
        """Create settings from `fields`, defaults elsewhere; ValueError for an unknown name."""
        names = {field.name for field in dataclasses.fields(cls)}
        for name in fields:
            if name not in names:
                raise ValueError(f"there is no setting {short(name)}")
        return cls(**fields)


def _frozen(name: str, value: object) -> frozenset[tuple[int, int, int]]:
    """Return the weights as (layer, row, column)."""
    places = []
    try:
        for layer, row, column in value:  # type: ignore[attr-defined]
            where = integer("a row", row), integer("a column", column)
            places.append((integer("a layer", layer, 1, MAX_HIDDEN + 1), *where))
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{name} must hold places (layer, row, column), not {short(value)}: {error}"
        ) from error
    return frozenset(places)


def _or_none(check: Callable[[str, object], T]) -> Callable[[str, object], T | None]:
    return lambda name, value: None if value is None else check(name, value)


_CHECKS: dict[str, Callable[[str, Any], object]] = {
    "learning_rate": positive,
    "optimizer": partial(choice, offered=OPTIMIZERS),
    "batch_size": _or_none(partial(integer, low=1)),
    "loss": partial(choice, offered=LOSSES),
    "l2": non_negative,
    "seed": seed,
    "epochs": partial(integer, high=MAX_EPOCHS),
    "momentum": below_one,
    "alpha": below_one,
    "beta1": below_one,
    "beta2": below_one,
    "epsilon": positive,
    "patience": _or_none(partial(integer, low=1)),
    "frozen": _frozen,
    "shuffle": flag,
}
