"""Makes the samples that are not measured: XOR, two moons, circles.

python -m core.samples.make    writes the three CSV files beside this module again
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

_ROWS = 200
_SEED = 0
_DECIMALS = 4


def xor() -> Array:
    """Return the four rows x1, x2, y of the exclusive or."""
    return np.array([[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]], np.float64)


def moons(rows: int = _ROWS, noise: float = 0.1, seed: int = _SEED) -> Array:
    """Return rows x1, x2, y: an upper half circle (0), and a lower one (1) shifted into it."""
    y = np.arange(rows) % 2
    angle = np.pi * (np.arange(rows) // 2) / max(rows // 2 - 1, 1)
    x1 = np.where(y == 0, np.cos(angle), 1 - np.cos(angle))
    x2 = np.where(y == 0, np.sin(angle), 0.5 - np.sin(angle))
    return _noisy(x1, x2, y, noise, seed)


def circles(rows: int = _ROWS, noise: float = 0.08, seed: int = _SEED) -> Array:
    """Return rows x1, x2, y: a circle of radius 1 (0) around one of radius 0.5 (1)."""
    y = np.arange(rows) % 2
    angle = 2 * np.pi * (np.arange(rows) // 2) / (rows // 2)
    radius = np.where(y == 0, 1.0, 0.5)
    return _noisy(radius * np.cos(angle), radius * np.sin(angle), y, noise, seed)


def _noisy(x1: Array, x2: Array, y: npt.NDArray[np.int_], noise: float, seed: int) -> Array:
    random = np.random.Generator(np.random.Philox(key=seed))
    points = np.column_stack([x1, x2]) + noise * random.standard_normal((len(y), 2))
    return np.column_stack([np.round(points, _DECIMALS), y])


def write(folder: Path) -> None:
    """Write xor.csv, moons.csv and circles.csv into a folder."""
    for name, rows in (("xor", xor()), ("moons", moons()), ("circles", circles())):
        lines = ["x1,x2,y", *(f"{a + 0.0:g},{b + 0.0:g},{y:g}" for a, b, y in rows)]
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write(Path(__file__).parent)
