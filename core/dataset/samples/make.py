"""Generated samples: XOR, two moons, circles, of any size and noise.

    table = make("moons", rows=500, noise=0.3, seed=7)    # like an upload of its CSV file

The same rows, noise and seed give the same numbers.

python -m core.dataset.samples.make    writes the three CSV files beside this module again
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from core.table.csv_table import Table, read_csv
from core.utils.arguments import integer, within

Array = npt.NDArray[np.float64]

MIN_ROWS, MAX_ROWS = 4, 10_000
MAX_NOISE = 2.0  # the radius of the outer circle is 1
MAX_SEED = 2**32 - 1
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
})  # fmt: skip


def make(key: str, *, rows: int, noise: float, seed: int = 0) -> Table:
    """Return a newly generated sample, as a table named after its file.

    Raises KeyError for a sample that is not generated, and ValueError for a size outside 4 to
    10 000, a noise outside 0 to 2, and a seed that is not a 32-bit whole number.
    """
    draw = _GENERATORS[key]
    _check(rows, noise, seed)
    return read_csv(csv(draw(rows, noise, seed)).encode(), name=f"{key}.csv")


def xor(rows: int = 4, noise: float = 0.0, seed: int = 0) -> Array:
    """Return rows x1, x2, y: the four corners in turn, y the exclusive or of x1 and x2."""
    corner = np.arange(rows) % 4
    x1, x2 = corner // 2, corner % 2
    return _add_noise(x1, x2, x1 ^ x2, noise, seed)


def moons(rows: int = 200, noise: float = 0.1, seed: int = 0) -> Array:
    """Return rows x1, x2, y: an upper half circle (0), and a lower one (1) shifted into it."""
    y = np.arange(rows) % 2
    angle = np.pi * (np.arange(rows) // 2) / max((rows + 1) // 2 - 1, 1)
    x1 = np.where(y == 0, np.cos(angle), 1 - np.cos(angle))
    x2 = np.where(y == 0, np.sin(angle), 0.5 - np.sin(angle))
    return _add_noise(x1, x2, y, noise, seed)


def circles(rows: int = 200, noise: float = 0.08, seed: int = 0) -> Array:
    """Return rows x1, x2, y: a circle of radius 1 (0) around one of radius 0.5 (1)."""
    y = np.arange(rows) % 2
    angle = 2 * np.pi * (np.arange(rows) // 2) / ((rows + 1) // 2)
    radius = np.where(y == 0, 1.0, 0.5)
    return _add_noise(radius * np.cos(angle), radius * np.sin(angle), y, noise, seed)


_GENERATORS: dict[str, Callable[[int, float, int], Array]] = {
    "xor": xor,
    "moons": moons,
    "circles": circles,
}


def csv(rows: Array) -> str:
    """Return rows x1, x2, y as the text of a CSV file."""
    lines = ["x1,x2,y", *(f"{a + 0.0:g},{b + 0.0:g},{y:g}" for a, b, y in rows)]
    return "\n".join(lines) + "\n"


def write(folder: Path) -> None:
    """Write xor.csv, moons.csv and circles.csv into a folder."""
    for key, recipe in SHIPPED.items():
        rows = _GENERATORS[key](recipe.rows, recipe.noise, recipe.seed)
        (folder / f"{key}.csv").write_text(csv(rows), encoding="utf-8", newline="\n")


def _check(rows: int, noise: float, seed: int) -> None:
    integer("rows", rows, MIN_ROWS, MAX_ROWS)
    within("noise", noise, 0, MAX_NOISE)
    integer("seed", seed, 0, MAX_SEED)


def _add_noise(
    x1: npt.NDArray[np.float64 | np.int_],
    x2: npt.NDArray[np.float64 | np.int_],
    y: npt.NDArray[np.int_],
    noise: float,
    seed: int,
) -> Array:
    """Return the points with Gaussian noise from a stream that depends on the seed only."""
    random = np.random.Generator(np.random.Philox(key=seed))
    points = np.column_stack([x1, x2]) + noise * random.standard_normal((len(y), 2))
    return np.column_stack([np.round(points, _DECIMALS), y])


if __name__ == "__main__":
    write(Path(__file__).parent)
