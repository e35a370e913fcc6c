"""One epoch's update, term by term: each weight's change, and C's predicted and actual change.

The symbols are those of `core.training.optimizers`; a prime means "after the update".
"""

from dataclasses import dataclass
from math import sqrt
from typing import Self

import numpy as np
from numpy.typing import NDArray

from core.network import Network
from core.training.kernel import Weights
from core.training.settings import OPTIMIZERS, Settings

Array = NDArray[np.float64]
Matrices = tuple[Array, ...]  # one of the shape of each weight matrix


@dataclass(frozen=True)
class OptimizerState:
    """State of the optimiser: v, s, or m and s by name, and t, the number of updates (Adam)."""

    vectors: dict[str, Matrices]
    t: int = 0

    @classmethod
    def of(cls, settings: Settings, weights: Weights, numbers: Array) -> Self:
        """Convert the optimiser's own vector of numbers."""
        names, P = OPTIMIZERS[settings.optimizer], weights.flat.size
        parts = {name: weights.split(numbers[i * P : (i + 1) * P]) for i, name in enumerate(names)}
        return cls(parts, int(numbers[-1]) if settings.optimizer == "adam" else 0)


@dataclass(frozen=True)
class Update:
    """Update from `epoch` to the next.

    settings: those of this update, `settings.frozen` among them.
    before, after: the networks; `after` is None if a weight is no longer finite.
    change: ΔW of each matrix; not finite if `after` is None.
    gradient: ∇C over the whole training set at `before`, without L2.
    decay: λ W, 0 in bias rows: the L2 term of the gradient. 0 without L2.
    state_before, state_after: of the optimiser.
    steps: number of updates in the epoch: 1, or the number of mini-batches.
    samples: N, the number of samples in C.
    C_before, C_after: over the whole training set, without L2; `C_after` may be infinite or NaN.
    replaced: `after` was edited before the run continued.
    """

    epoch: int
    settings: Settings
    before: Network
    after: Network | None
    change: Matrices
    gradient: Matrices
    decay: Matrices
    state_before: OptimizerState
    state_after: OptimizerState
    steps: int
    samples: int
    C_before: float
    C_after: float
    replaced: bool = False

    @property
    def finite(self) -> bool:
        """Whether C and all weights are still finite; if not, the run ends here."""
        return self.after is not None and bool(np.isfinite(self.C_after))

    @property
    def new_weights(self) -> Matrices:
        """The weights after the update; some are not finite if `after` is None."""
        if self.after is not None:
            return self.after.weights
        with np.errstate(all="ignore"):
            pairs = zip(self.before.weights, self.change, strict=True)
            return tuple(W + change for W, change in pairs)

    @property
    def predicted(self) -> float:
        """The change of C to first order: ∇C · ΔW.

        For one step of plain descent, without L2 and frozen weights, it is −η ‖∇C‖².
        """
        with np.errstate(all="ignore"):  # of a run that diverges
            return sum(
                float(np.vdot(*pair)) for pair in zip(self.gradient, self.change, strict=True)
            )

    @property
    def actual(self) -> float:
        """The actual change of C."""
        return self.C_after - self.C_before

    @property
    def rounding_error(self) -> float:
        """Size of the rounding error of `actual`.

        A sum of N terms has about √N roundings, the terms themselves a few.
        """
        eps = float(np.finfo(np.float64).eps)
        return eps * (8 + sqrt(self.samples)) * max(abs(self.C_before), abs(self.C_after))

    def is_frozen(self, layer: int, row: int, column: int) -> bool:
        """Return whether that weight is frozen. Raises IndexError for no such weight."""
        return self.before.weight_index(layer, row, column) in self.settings.frozen

    def weight_terms(self, layer: int, row: int, column: int) -> dict[str, float]:
        """Return the numbers of one weight's update by name, in the order of a hand calculation.

        dC (∂C/∂W), decay (λ W, only with L2 and not for a bias row), g, then by the rule:

            gd         step = g
            momentum   v, v′, step = v′
            nesterov   v, v′, step = g + μ v′
            rmsprop    s, s′, root = √s′ + ε, step = g / root
            adam       t, m, s, m′, s′, m̂, ŝ, root = √ŝ + ε, step = m̂ / root

        Names are ASCII: v_after, m_hat. W and W_after enclose them: W_after = W − η step, or W if
        the weight is frozen; it is NaN or infinite where the run diverges.
        Raises ValueError if the epoch has several updates, IndexError for no such weight.
        """
        if self.steps > 1:
            raise ValueError(f"the epoch has {self.steps} updates, not one")
        layer, row, column = self.before.weight_index(layer, row, column)
        index = layer - 1, row, column
        W = _entry(self.before.weights, index)
        terms = {"W": W, "dC": _entry(self.gradient, index)}
        if self.settings.l2 and row < self.before.rows(layer):
            terms["decay"] = _entry(self.decay, index)
        terms["g"] = terms["dC"] + terms.get("decay", 0.0)
        with np.errstate(all="ignore"):
            terms |= self._rule(terms["g"], index)
            W_after = W - self.settings.learning_rate * terms["step"]
        return {**terms, "W_after": W if self.is_frozen(layer, row, column) else W_after}

    def _rule(self, g: float, index: tuple[int, int, int]) -> dict[str, float]:
        settings = self.settings
        before = {name: _entry(of_all, index) for name, of_all in self.state_before.vectors.items()}
        after = {name: _entry(of_all, index) for name, of_all in self.state_after.vectors.items()}
        new_state = {f"{name}_after": value for name, value in after.items()}
        if settings.optimizer == "gd":
            return {"step": g}
        if settings.optimizer == "momentum":
            return {**before, **new_state, "step": after["v"]}
        if settings.optimizer == "nesterov":
            return {**before, **new_state, "step": g + settings.momentum * after["v"]}
        if settings.optimizer == "rmsprop":
            root = after["s"] ** 0.5 + settings.epsilon
            return {**before, **new_state, "root": root, "step": g / root}
        t = self.state_after.t
        m_hat, s_hat = after["m"] / (1 - settings.beta1**t), after["s"] / (1 - settings.beta2**t)
        root = s_hat**0.5 + settings.epsilon
        hats = {"m_hat": m_hat, "s_hat": s_hat, "root": root}
        return {"t": t, **before, **new_state, **hats, "step": m_hat / root}


def weight_decay(net: Network, l2: float) -> Matrices:
    """Return λ W for each matrix, with 0 in the bias rows."""
    decay = tuple(l2 * W for W in net.weights)
    for layer, term in enumerate(decay, start=1):
        term[net.rows(layer) :] = 0.0
    return decay


def _entry(matrices: Matrices, index: tuple[int, int, int]) -> float:
    at, row, column = index
    return float(matrices[at][row, column])
