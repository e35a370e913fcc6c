"""Cases for the live stage: network sizes and CSV files to upload."""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from core.chain import Symbol
from core.utils.number_text import shape_text
from core.utils.thinning import blocks_of

CLASSES = ("blue", "green", "red")
LEARNING_RATE = 0.5  # no case diverges with this
NOISE = 50  # standard deviation added to the class scores


@dataclass(frozen=True)
class Case:
    """A network and its data; `frames` is the target frame rate."""

    name: str
    rows: int  # of the file, including validation
    features: int
    hidden: tuple[int, ...]  # units of each hidden layer
    classes: int
    frames: int
    length: int = 100_000  # epochs, more than can be played while it is measured
    slider: int | None = None  # epochs of the run that the slider goes through; None: those played

    def __str__(self) -> str:
        return f"{self.shapes}, {self.rows:,} rows"

    @property
    def shapes(self) -> str:
        """The shapes of all matrices, as on the page."""
        return " · ".join(
            f"{Symbol('W', layer).text} {shape_text(size)}"
            for layer, size in enumerate(self.sizes, start=1)
        )

    @property
    def sizes(self) -> list[tuple[int, int]]:
        """Rows and columns of each matrix."""
        outputs = 1 if self.classes == 2 else self.classes
        return [
            (rows + 1, columns)
            for rows, columns in pairwise([self.features, *self.hidden, outputs])
        ]

    @property
    def weights(self) -> int:
        """Number of weights."""
        return sum(rows * columns for rows, columns in self.sizes)

    @property
    def cells(self) -> int:
        """Numbers in a frame of the film, where large matrices are block means."""
        return blocks_of(self.sizes)

    def write(self, folder: Path) -> Path:
        """Write the file, always the same, with integers for speed; return its path."""
        random = np.random.default_rng(4)
        X = random.normal(0, 100, (self.rows, self.features)).round().astype(np.int64)
        scores = X @ random.normal(0, 1, (self.features, self.classes))
        scores += random.normal(0, NOISE, scores.shape)
        frame = pd.DataFrame(X, columns=[f"x{i}" for i in range(1, self.features + 1)])
        frame["target"] = np.array(CLASSES)[scores.argmax(axis=1)]
        path = folder / f"{self.name}.csv"
        frame.to_csv(path, index=False)
        return path


CASES = {
    case.name: case
    for case in (
        Case("a", 150, 2, (3,), classes=2, frames=55, length=10_000_000, slider=100_000),
        Case("b", 10_000, 30, (64,), classes=3, frames=55, slider=10_000),
        Case("c", 1_000, 500, (256,), classes=2, frames=30),
        Case("d", 1_000_000, 10, (16,), classes=2, frames=30),
        Case("e", 1_000, 10, (32, 32, 32, 32), classes=3, frames=55, slider=10_000),
    )
}
