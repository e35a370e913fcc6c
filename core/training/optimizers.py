"""Update rules from a gradient g to new weights w, as defined by PyTorch's torch.optim.

    gd         w ← w − η g
    momentum   v ← μ v + g,                 w ← w − η v                 (Polyak 1964)
    nesterov   v ← μ v + g,                 w ← w − η (g + μ v)         (Sutskever et al. 2013)
    rmsprop    s ← α s + (1 − α) g²,        w ← w − η g / (√s + ε)      (Tieleman & Hinton 2012)
    adam       m ← β₁ m + (1 − β₁) g,  s ← β₂ s + (1 − β₂) g²,
               w ← w − η m̂ / (√ŝ + ε) with m̂ = m / (1 − β₁ᵗ), ŝ = s / (1 − β₂ᵗ)
                                                                        (Kingma & Ba 2015)

The state (v, s, or m and s) starts at 0; t counts the updates from 1. L2 adds λ w to g for all
weights but the bias rows; a frozen weight does not change.
"""

import numpy as np
from numpy.typing import NDArray

from core.training.kernel import Call
from core.training.settings import OPTIMIZERS, Settings

Array = NDArray[np.float64]


def gradient_scale(settings: Settings) -> float:
    """Return the scale of the gradient that `Optimizer` expects: η for plain descent, else 1."""
    return settings.learning_rate if settings.optimizer == "gd" else 1.0


def state_size(settings: Settings, weights: int) -> int:
    """Return the size of the state: some vectors of so many weights, and Adam's t."""
    return len(OPTIMIZERS[settings.optimizer]) * weights + (settings.optimizer == "adam")


class Optimizer:
    """NumPy calls that update `w` (P,) in place from `g` (P,), to which they add the L2 term."""

    def __init__(
        self, settings: Settings, w: Array, g: Array, decay: Array | None, mask: Array | None
    ) -> None:
        """Prepare `calls`; `decay` (P,): λ, 0 in bias rows; `mask` (P,): 0 for a frozen weight.

        `g` is scaled by `gradient_scale(settings)`, which saves plain descent a call.
        """
        self._settings = settings
        vectors = len(OPTIMIZERS[settings.optimizer])
        # Adam's count of updates, t, is part of the state, so that checkpoints hold it.
        self.state = np.zeros(state_size(settings, w.size))
        self._vectors = self.state[: vectors * w.size].reshape(vectors, w.size)
        self._root, self._rate = np.array(1.0), np.array(settings.learning_rate)
        step = g if settings.optimizer == "gd" else np.empty_like(w)
        self.calls: list[Call] = []
        if decay is not None:
            term, rate = np.empty_like(w), gradient_scale(settings)
            self.calls += [(np.multiply, (w, rate * decay, term)), (np.add, (g, term, g))]
        self.calls += self._rule(g, step)
        if mask is not None:
            self.calls.append((np.multiply, (step, mask, step)))
        self.calls.append((np.subtract, (w, step, w)))

    def _correct_bias(self) -> None:
        """Apply Adam's bias correction for vectors that started at 0."""
        self.state[-1] += 1
        t, settings = self.state[-1], self._settings
        self._root[()] = (1 - settings.beta2**t) ** 0.5
        self._rate[()] = settings.learning_rate / (1 - settings.beta1**t)

    def _rule(self, g: Array, step: Array) -> list[Call]:
        """Return the calls that compute into `step` what is subtracted from w."""
        settings = self._settings
        scaled: Call = (np.multiply, (step, self._rate, step))
        if settings.optimizer == "gd":
            return []
        if settings.optimizer in ("momentum", "nesterov"):
            v, mu = self._vectors[0], np.array(settings.momentum)
            moved: list[Call] = [(np.multiply, (v, mu, v)), (np.add, (v, g, v))]
            if settings.optimizer == "momentum":
                return [*moved, (np.multiply, (v, self._rate, step))]
            return [*moved, (np.multiply, (v, mu, step)), (np.add, (step, g, step)), scaled]
        decay = settings.alpha if settings.optimizer == "rmsprop" else settings.beta2
        first, s = g, self._vectors[-1]
        calls = _average(s, decay, g, step, squared=True)
        if settings.optimizer == "adam":
            first = self._vectors[0]
            calls = [(self._correct_bias, ()), *calls]
            calls += _average(first, settings.beta1, g, step, squared=False)
        return [
            *calls,
            (np.sqrt, (s, step)),
            (np.divide, (step, self._root, step)),
            (np.add, (step, np.array(settings.epsilon), step)),
            (np.divide, (first, step, step)),
            scaled,
        ]


def _average(s: Array, decay: float, g: Array, step: Array, *, squared: bool) -> list[Call]:
    """Return the calls s ← decay · s + (1 − decay) · g, or · g²; `step` is scratch."""
    return [
        (np.multiply, (s, np.array(decay), s)),
        (np.multiply, (g, np.array(1 - decay), step)),
        *([(np.multiply, (step, g, step))] if squared else []),
        (np.add, (s, step, s)),
    ]
