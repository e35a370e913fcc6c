"""One epoch's update in full: what moved every weight, and what C should have done and did.

The symbols are those of `core.training.optimizers`; a prime there stands for "after the update".
"""

from dataclasses import dataclass
from math import sqrt
from typing import Self

import numpy as np
from numpy.typing import NDArray

from core.network import Network
from core.training.kernel import Weights
from core.training.settings import Settings

Array = NDArray[np.float64]
Pair = tuple[Array, Array]  # of the shapes of W1 and W2

# The vectors of state that each rule keeps, in the order in which the optimiser holds them.
VECTORS: dict[str, tuple[str, ...]] = {
    "gd": (),
    "momentum": ("v",),
    "nesterov": ("v",),
    "rmsprop": ("s",),
    "adam": ("m", "s"),
}


@dataclass(frozen=True)
class State:
    """What the optimiser remembers: v, s, or m and s by name, and how many updates Adam counted."""

    vectors: dict[str, Pair]
    t: int = 0

    @classmethod
    def of(cls, settings: Settings, weights: Weights, numbers: Array) -> Self:
        """From the optimiser's own row of numbers."""
        names, P = VECTORS[settings.optimizer], weights.flat.size
        parts = {name: weights.split(numbers[i * P : (i + 1) * P]) for i, name in enumerate(names)}
        return cls(parts, int(numbers[-1]) if settings.optimizer == "adam" else 0)


@dataclass(frozen=True)
class Update:
    """From `epoch` to the next one.

    settings: in force for it, `settings.frozen` among them.
    before, after: the networks; `after` is None where a weight is no longer a finite number.
    change: ΔW, what the epoch added to W1 and W2; not finite where `after` is None.
    gradient: ∇C over the whole training set at `before`, without L2.
    decay: λ W, and 0 for bias rows: what L2 adds to the gradient. 0 without L2.
    state_before, state_after: of the optimiser.
    steps: how many updates the epoch is made of: 1, or the number of mini-batches.
    samples: N, over which C is taken.
    C_before, C_after: over the whole training set, without L2; `C_after` may be infinite or NaN.
    replaced: other weights were put in place of `after` when the run was continued from there.
    """

    epoch: int
    settings: Settings
    before: Network
    after: Network | None
    change: Pair
    gradient: Pair
    decay: Pair
    state_before: State
    state_after: State
    steps: int
    samples: int
    C_before: float
    C_after: float
    replaced: bool = False

    @property
    def finite(self) -> bool:
        """Whether C and all weights still are finite numbers: if not, the run ends here."""
        return self.after is not None and bool(np.isfinite(self.C_after))

    @property
    def predicted(self) -> float:
        """The change of C to first order, ∇C · ΔW: what a straight line says.

        For one step of plain descent, without L2 and frozen weights, it is −η ‖∇C‖².
        """
        with np.errstate(all="ignore"):  # of a run that diverges
            return sum(
                float(np.vdot(*pair)) for pair in zip(self.gradient, self.change, strict=True)
            )

    @property
    def happened(self) -> float:
        """The change of C itself."""
        return self.C_after - self.C_before

    @property
    def grain(self) -> float:
        """How far the rounding of C before and after may put `happened` off.

        A sum of N terms is off by some √N roundings, the terms themselves by a few.
        """
        eps = float(np.finfo(np.float64).eps)
        return eps * (8 + sqrt(self.samples)) * max(abs(self.C_before), abs(self.C_after))

    def frozen(self, layer: int, row: int, column: int) -> bool:
        """Whether that weight is held where it is. Raises IndexError for no such weight."""
        return self.before.place(layer, row, column) in self.settings.frozen

    def by_hand(self, layer: int, row: int, column: int) -> dict[str, float]:
        """All numbers of one weight's update in the order in which one works them out by hand.

        dC (∂C/∂W), decay (λ W, only with L2 and not for a bias row), g, then by the rule:

            gd         step = g
            momentum   v, v′, step = v′
            nesterov   v, v′, step = g + μ v′
            rmsprop    s, s′, root = √s′ + ε, step = g / root
            adam       t, m, s, m′, s′, m̂, ŝ, root = √ŝ + ε, step = m̂ / root

        Names are ASCII: v_after, m_hat. W and W_after enclose them: W_after = W − η step, or W if
        the weight is frozen; it is NaN or infinite where the run diverges.
        Raises ValueError when the epoch is made of several steps, IndexError for no such weight.
        """
        if self.steps > 1:
            raise ValueError(f"the epoch is made of {self.steps} updates, not of one")
        layer, row, column = self.before.place(layer, row, column)
        place = layer - 1, row, column
        W = _at((self.before.W1, self.before.W2), place)
        found = {"W": W, "dC": _at(self.gradient, place)}
        if self.settings.l2 and row < (self.before.inputs, self.before.units)[layer - 1]:
            found["decay"] = _at(self.decay, place)
        found["g"] = found["dC"] + found.get("decay", 0.0)
        with np.errstate(all="ignore"):
            found |= self._rule(found["g"], place)
            moved = W - self.settings.learning_rate * found["step"]
        return {**found, "W_after": W if self.frozen(layer, row, column) else moved}

    def _rule(self, g: float, place: tuple[int, int, int]) -> dict[str, float]:
        how = self.settings
        before = {name: _at(pair, place) for name, pair in self.state_before.vectors.items()}
        after = {name: _at(pair, place) for name, pair in self.state_after.vectors.items()}
        moved = {f"{name}_after": value for name, value in after.items()}
        if how.optimizer == "gd":
            return {"step": g}
        if how.optimizer == "momentum":
            return {**before, **moved, "step": after["v"]}
        if how.optimizer == "nesterov":
            return {**before, **moved, "step": g + how.momentum * after["v"]}
        if how.optimizer == "rmsprop":
            root = after["s"] ** 0.5 + how.epsilon
            return {**before, **moved, "root": root, "step": g / root}
        t = self.state_after.t
        m_hat, s_hat = after["m"] / (1 - how.beta1**t), after["s"] / (1 - how.beta2**t)
        root = s_hat**0.5 + how.epsilon
        hats = {"m_hat": m_hat, "s_hat": s_hat, "root": root}
        return {"t": t, **before, **moved, **hats, "step": m_hat / root}


def decay_of(net: Network, l2: float) -> Pair:
    """λ W for W1 and W2, with 0 in the bias rows."""
    first, second = l2 * net.W1, l2 * net.W2
    first[net.inputs :] = second[net.units :] = 0.0
    return first, second


def _at(pair: Pair, place: tuple[int, int, int]) -> float:
    layer, row, column = place
    return float(pair[layer][row, column])
