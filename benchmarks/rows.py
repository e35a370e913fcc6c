"""Problems on which the kernel is measured, and the goals for each."""

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class BenchmarkProblem:
    """Data and initial weights, the same for every peer; the bias row is last.

    Sigmoids and the half MSE, or with `softmax` a softmax output and cross-entropy.
    """

    X: Array  # (N, d)
    y: Array  # (N, K)
    weights: tuple[Array, ...]  # (d+1, m), …, (m+1, K)
    softmax: bool = False
    learning_rate: float = 0.01  # does not affect the time; no peer diverges with it


@dataclass(frozen=True)
class Row:
    """Sizes of a problem; `goals`: our target speed relative to each peer's.

    `deeper`: the units of the hidden layers after the first.
    """

    samples: int
    inputs: int
    units: int
    outputs: int = 1
    deeper: tuple[int, ...] = ()
    softmax: bool = False
    goals: dict[str, float] = field(default_factory=dict)
    floor: float | None = None  # target share of the floor

    def __str__(self) -> str:
        samples = f"N = {self.samples:,}".replace(",", " ")
        shapes = (f"{rows + 1}×{columns}" for rows, columns in pairwise(self._sizes()))
        matrices = (f"W{layer} {shape}" for layer, shape in enumerate(shapes, start=1))
        return ", ".join([samples, *matrices, *(["softmax, cross-entropy"] * self.softmax)])

    def problem(self) -> BenchmarkProblem:
        """Return standardised inputs, targets in [0, 1] and Xavier weights, always the same."""
        random = np.random.default_rng(4)
        X = random.standard_normal((self.samples, self.inputs))
        y = random.uniform(0, 1, (self.samples, self.outputs))
        if self.softmax:
            y = np.eye(self.outputs)[y.argmax(axis=1)]
        sizes = pairwise(self._sizes())
        weights = tuple(_xavier(random, rows + 1, columns) for rows, columns in sizes)
        return BenchmarkProblem(X, y, weights, self.softmax)

    def _sizes(self) -> tuple[int, ...]:
        return (self.inputs, self.units, *self.deeper, self.outputs)


def _xavier(random: np.random.Generator, rows: int, columns: int) -> Array:
    bound = np.sqrt(6 / (rows + columns))
    return random.uniform(-bound, bound, (rows, columns))


AHEAD = {"plain NumPy": 1.0, "torch.compile": 1.0}
# 120 000 epochs/s against plain NumPy's 55 000; a ratio applies to other machines, too.
DEEP = AHEAD | {"scikit-learn": 1.0, "torch eager": 1.0}
TINY = AHEAD | {"plain NumPy": 120 / 55, "torch eager": 12}

ROWS = (
    Row(4, 2, 3, goals=TINY),
    Row(150, 2, 3, goals=AHEAD | {"torch eager": 12}),
    Row(1_000, 2, 3, goals=AHEAD | {"torch eager": 8}),
    Row(10_000, 9, 16, goals=AHEAD | {"plain NumPy": 3, "torch eager": 2}, floor=0.5),
    Row(10_000, 30, 64, 3, goals=AHEAD, floor=0.5),
    Row(1_000, 500, 256, goals=AHEAD),
    Row(10_000, 100, 128, 10, goals=AHEAD, floor=0.5),
    Row(1_000_000, 10, 16, goals=AHEAD | {"plain NumPy": 6, "torch eager": 9}, floor=0.5),
    Row(10_000, 9, 16, deeper=(16,), goals=DEEP, floor=0.5),
    Row(10_000, 64, 64, 10, deeper=(32,), softmax=True, goals=DEEP | {"torch.compile": 0.95}),
)
