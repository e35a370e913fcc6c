"""Generated samples: XOR, two moons, circles, spirals, of any size and noise.

    table = make("moons", rows=500, noise=0.3, seed=7)    # like an upload of its CSV file

The same rows, noise and seed give the same numbers.

python -m core.dataset.samples.make    writes their CSV files beside this module again
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from core.table.csv_table import Table, read_csv
from core.utils.arguments import integer, within

Array = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int_]  # 0, 1, 2, …
Points = tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]  # x1, x2, y of each row

MIN_ROWS, MAX_ROWS = 4, 10_000
MAX_NOISE = 2.0  # the radius of the outer circle is 1
MAX_SEED = 2**32 - 1
SPIRAL_TURNS = 1.5
_DECIMALS = 4


@dataclass(frozen=True)
class Recipe:
    """Parameters of a generated sample; `noise` is the standard deviation added to x1 and x2."""

    rows: int
    noise: float
    seed: int = 0


# Recipes of the files in this folder.
SHIPPED = MappingProxyType({
    "xor": Recipe(4, 0.0),
    "moons": Recipe(200, 0.1),
    "circles": Recipe(200, 0.08),
    "spirals": Recipe(300, 0.02),
})  # fmt: skip


def make(key: str, *, rows: int, noise: float, seed: int = 0) -> Table:
    """Return a newly generated sample, as a table named after its file.

    Raises KeyError for a sample that is not generated, and ValueError for a size outside 4 to
    10 000, a noise outside 0 to 2, and a seed that is not a 32-bit whole number.
    """
    integer("rows", rows, MIN_ROWS, MAX_ROWS)
    within("noise", noise, 0, MAX_NOISE)
    integer("seed", seed, 0, MAX_SEED)
    return read_csv(csv(draw(key, rows, noise, seed)).encode(), name=f"{key}.csv")


def draw(key: str, rows: int, noise: float, seed: int = 0) -> Array:
    """Return rows x1, x2, y, with Gaussian noise from a stream that depends on the seed only."""
    x1, x2, y = _POINTS[key](np.arange(rows))
    random = np.random.Generator(np.random.Philox(key=seed))
    points = np.column_stack([x1, x2]) + noise * random.standard_normal((rows, 2))
    return np.column_stack([np.round(points, _DECIMALS), y])


def _xor(row: Rows) -> Points:
    """Return the four corners in turn; y is the exclusive or of x1 and x2."""
    x1, x2 = row % 4 // 2, row % 2
    return x1, x2, x1 ^ x2


def _moons(row: Rows) -> Points:
    """Return an upper half circle (0), and a lower one (1) shifted into it."""
    y = row % 2
    angle = np.pi * (row // 2) / max((len(row) + 1) // 2 - 1, 1)
    x1 = np.where(y == 0, np.cos(angle), 1 - np.cos(angle))
    x2 = np.where(y == 0, np.sin(angle), 0.5 - np.sin(angle))
    return x1, x2, y


def _circles(row: Rows) -> Points:
    """Return a circle of radius 1 (0) around one of radius 0.5 (1)."""
    y = row % 2
    angle = 2 * np.pi * (row // 2) / ((len(row) + 1) // 2)
    radius = np.where(y == 0, 1.0, 0.5)
    return radius * np.cos(angle), radius * np.sin(angle), y


def _spirals(row: Rows) -> Points:
    """Return two arms of one and a half turns (0, 1), opposite each other, out to radius 1."""
    y = row % 2
    way = (row // 2 + 1) / ((len(row) + 1) // 2)  # at equal distances along the arm
    radius = np.sqrt(way)
    angle = SPIRAL_TURNS * 2 * np.pi * radius + np.pi * y
    return radius * np.cos(angle), radius * np.sin(angle), y


_POINTS: dict[str, Callable[[Rows], Points]] = {
    "xor": _xor,
    "moons": _moons,
    "circles": _circles,
    "spirals": _spirals,
}


def csv(rows: Array) -> str:
    """Return rows x1, x2, y as the text of a CSV file."""
    lines = ["x1,x2,y", *(f"{a + 0.0:g},{b + 0.0:g},{y:g}" for a, b, y in rows)]
    return "\n".join(lines) + "\n"


def write(folder: Path) -> None:
    """Write the CSV file of each into a folder."""
    for key, recipe in SHIPPED.items():
        text = csv(draw(key, **asdict(recipe)))
        (folder / f"{key}.csv").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write(Path(__file__).parent)
