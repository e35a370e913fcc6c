"""First step of each optimiser, W_new − W, from its plain formula: right, or with a mistake.

    rule = StepRule("adam", beta1=0.9)
    rule.step(g, rate=0.1)                              # g is the gradient, with λW if there is a λ
    rule.step(g, rate=0.1, flaws=("adam_bias_correction",))

The formulas are those of `core.training.optimizers` with the state at its start: v, m and s are 0,
and t is 1. They are written here again, apart from the kernel. For momentum and Nesterov the first
step is a constant times the gradient.
"""

from collections.abc import Collection
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from core.gradients import Array
from core.training.settings import OPTIMIZERS, RULE_SETTINGS, Settings
from core.utils.arguments import below_one, choice, positive

_EPSILON = ("epsilon_inside_root", "epsilon_missing", "root_missing")
# The mistakes of `core.checking.quantity.catalogue` that can be made in each rule.
FLAWS = {
    "gd": (),
    "momentum": ("momentum_average",),
    "nesterov": ("lookahead_missing", "momentum_average"),
    "rmsprop": (*_EPSILON, "decay_exchanged"),
    "adam": (
        "adam_bias_correction", "adam_m_correction", "adam_s_correction", "adam_t",
        *_EPSILON, "epsilon_uncorrected", "betas_exchanged", "decay_exchanged",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class StepRule:
    """An optimiser and its constants, as in `core.training.Settings`.

    Raises ValueError for an optimiser that is not known, or a constant out of range.
    """

    optimizer: str = "gd"
    momentum: float = Settings.momentum
    alpha: float = Settings.alpha
    beta1: float = Settings.beta1
    beta2: float = Settings.beta2
    epsilon: float = Settings.epsilon

    def __post_init__(self) -> None:
        choice("optimizer", self.optimizer, OPTIMIZERS)
        for name in ("momentum", "alpha", "beta1", "beta2"):
            object.__setattr__(self, name, below_one(name, getattr(self, name)))
        object.__setattr__(self, "epsilon", positive("epsilon", self.epsilon))

    @classmethod
    def of(cls, settings: dict[str, Any]) -> "StepRule | None":
        """Return the rule that a bundle's settings name; None if they name none."""
        if "optimizer" not in settings:
            return None
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in settings.items() if name in known})

    @property
    def fields(self) -> dict[str, Any]:
        """The optimiser and the constants that it uses, by name, in JSON's types."""
        used = RULE_SETTINGS[self.optimizer]
        return {"optimizer": self.optimizer, **{name: getattr(self, name) for name in used}}

    @property
    def is_linear(self) -> bool:
        """Whether the first step is a constant times the gradient."""
        return self.optimizer in ("gd", "momentum", "nesterov")

    def factor(self, flaws: Collection[str] = ()) -> float:
        """Return by what the gradient is multiplied, besides −η, if the rule is linear."""
        share = 1 - self.momentum if "momentum_average" in flaws else 1.0  # v = share · g
        if self.optimizer == "nesterov" and "lookahead_missing" not in flaws:
            return 1 + self.momentum * share
        return share if self.optimizer in ("momentum", "nesterov") else 1.0

    def step(self, g: Array, rate: float, flaws: Collection[str] = ()) -> Array:
        """Return W_new − W of the first step from the gradient; it may be NaN with a flaw."""
        if self.is_linear:
            return -rate * self.factor(flaws) * g
        with np.errstate(all="ignore"):
            first, s = (g, self._average(g, flaws)) if self.optimizer == "rmsprop" else (
                self._moments(g, flaws)
            )  # fmt: skip
            return -rate * first / self._root(s, flaws)

    def _average(self, g: Array, flaws: Collection[str]) -> Array:
        """Return s of RMSprop."""
        share = self.alpha if "decay_exchanged" in flaws else 1 - self.alpha
        return share * g * g

    def _moments(self, g: Array, flaws: Collection[str]) -> tuple[Array, Array]:
        """Return m̂ and ŝ of Adam."""
        beta1, beta2 = self.beta1, self.beta2
        if "betas_exchanged" in flaws:
            beta1, beta2 = beta2, beta1
        exchanged = "decay_exchanged" in flaws
        m = (beta1 if exchanged else 1 - beta1) * g
        s = (beta2 if exchanged else 1 - beta2) * g * g
        t = 2 if "adam_t" in flaws else 1
        if not {"adam_bias_correction", "adam_m_correction"} & {*flaws}:
            m = m / (1 - beta1**t)
        if not {"adam_bias_correction", "adam_s_correction"} & {*flaws}:
            s = s / (1 - beta2**t)
        return m, s

    def _root(self, s: Array, flaws: Collection[str]) -> Array:
        """Return what the step is divided by."""
        if "epsilon_inside_root" in flaws:
            root: Array = np.sqrt(s + self.epsilon)
            return root
        root = s if "root_missing" in flaws else np.sqrt(s)
        if "epsilon_missing" in flaws:
            return root
        late = "epsilon_uncorrected" in flaws  # (√s + ε) / √(1 − β₂)
        return root + self.epsilon / (np.sqrt(1 - self.beta2) if late else 1.0)
