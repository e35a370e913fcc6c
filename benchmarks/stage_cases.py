"""The sizes that the live stage is measured at, as files that a visitor would upload."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from pages.ui.style.thinning import block_size

CLASSES = ("blue", "green", "red")
LEARNING_RATE = 0.5  # no case diverges with this
NOISE = 50  # of the scores that the classes come from, in hundredths


@dataclass(frozen=True)
class Case:
    """A network and its data; `frames` a second is what is aimed at while it plays."""

    name: str
    rows: int  # of the file; the app holds some of them back for validation
    features: int
    hidden: int
    classes: int
    frames: int
    length: int = 100_000  # epochs, more than can be played while it is measured
    slider: int | None = None  # epochs of the run that the slider goes through; None: those played

    def __str__(self) -> str:
        return f"{self.shapes}, {self.rows:,} rows"

    @property
    def shapes(self) -> str:
        """Both matrices, as the page writes them."""
        (rows, columns), (more_rows, outputs) = self.sizes
        return f"W⁽¹⁾ {rows}×{columns} · W⁽²⁾ {more_rows}×{outputs}"

    @property
    def sizes(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Rows and columns of both matrices."""
        outputs = 1 if self.classes == 2 else self.classes
        return (self.features + 1, self.hidden), (self.hidden + 1, outputs)

    @property
    def weights(self) -> int:
        """How many there are."""
        return sum(rows * columns for rows, columns in self.sizes)

    @property
    def cells(self) -> int:
        """How many numbers a frame of the film carries: large matrices come as means of blocks."""
        blocks = ((*size, *block_size(*size)) for size in self.sizes)
        return sum(-(-rows // tall) * -(-columns // wide) for rows, columns, tall, wide in blocks)

    def write(self, folder: Path) -> Path:
        """The file, the same every time: whole numbers, since they are written and read fast."""
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
        Case("a", 150, 2, 3, classes=2, frames=55, length=10_000_000, slider=100_000),
        Case("b", 10_000, 30, 64, classes=3, frames=55, slider=10_000),
        Case("c", 1_000, 500, 256, classes=2, frames=30),
        Case("d", 1_000_000, 10, 16, classes=2, frames=30),
    )
}
