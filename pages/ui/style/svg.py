"""SVG figures of the report: loss curves and heatmaps, coloured by its style sheet."""

from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from core.utils.number_text import short_text
from core.utils.sentence import excerpt
from core.utils.thinning import block_means, min_max_indices
from pages.ui.style.colours import round_up, shares
from pages.ui.style.labels import FEW_LETTERS

Array = NDArray[np.float64]

STEPS = 21  # of the diverging scale: classes d0 to d20, 0 in the middle
MOST_CELLS = 48  # rows or columns with cells of their own; beyond, block means
MOST_POINTS = 1000  # of a curve; beyond, each block's minimum and maximum
NAMED = 24  # up to so many rows have their names
NUMBERED = 10  # up to so many columns have numbers in the cells
WIDTH, HEIGHT, LEFT, BELOW = 640, 260, 64, 34
LETTER = 7.6  # the width of a digit


@dataclass(frozen=True)
class Curve:
    """Values by epoch, and the CSS class of their line."""

    name: str
    values: Array
    style: str


def curves(lines: Sequence[Curve], marked: int, breaks: Sequence[int] = ()) -> Markup:
    """Draw losses by epoch with one epoch `marked`; the lines are interrupted at `breaks`."""
    last = max(1, len(lines[0].values) - 1)
    most = round_up(max(float(line.values.max()) for line in lines))

    def x(epoch: float) -> float:
        return LEFT + epoch / last * (WIDTH - LEFT - 12)

    def y(value: float) -> float:
        return 12 + (1 - value / most) * (HEIGHT - 12 - BELOW)

    parts = [_axes(last, most, x(last), y(0))]
    for line in lines:
        epochs = min_max_indices(line.values, MOST_POINTS).tolist()
        for _, piece in groupby(epochs, lambda epoch: bisect(breaks, epoch)):
            points = " ".join(f"{x(epoch):.1f},{y(line.values[epoch]):.1f}" for epoch in piece)
            parts.append(Markup('<polyline class="{}" points="{}"/>').format(line.style, points))
    mark = Markup('<line class="mark" x1="{0:.1f}" x2="{0:.1f}" y1="12" y2="{1}"/>')
    parts.append(mark.format(x(marked), y(0)))
    names = " and ".join(line.name for line in lines)
    return _svg(WIDTH, HEIGHT, f"{names} by epoch", parts, "curves")


def _axes(last: int, most: float, right: float, floor: float) -> Markup:
    return Markup(
        '<path class="axis" d="M{left} 12V{floor}H{right}"/>'
        '<text x="{before}" y="20" text-anchor="end">{most}</text>'
        '<text x="{before}" y="{floor}" text-anchor="end">0</text>'
        '<text x="{left}" y="{below}">0</text>'
        '<text x="{right}" y="{below}" text-anchor="end">epoch {last:,}</text>'
    ).format(
        left=LEFT,
        before=LEFT - 6,
        right=right,
        floor=floor,
        below=floor + 18,
        most=short_text(most),
        last=last,
    )


@dataclass(frozen=True)
class _Grid:
    """Where the cells of a heatmap are."""

    left: float
    top: float
    wide: float
    tall: float

    def cell(self, i: int, j: int, value: float, step: int) -> Markup:
        """Draw a cell with its number as a tooltip."""
        return Markup(
            '<rect class="d{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}">'
            "<title>{:.17g}</title></rect>"
        ).format(
            step, self.left + j * self.wide, self.top + i * self.tall, self.wide, self.tall, value
        )

    def number(self, i: int, j: int, text: str, step: int) -> Markup:
        """Draw a cell's number."""
        return Markup(
            '<text class="i{}" x="{:.1f}" y="{:.1f}" text-anchor="middle">{}</text>'
        ).format(step, self._middle(j), self._base(i), text)

    def row(self, i: int, name: str) -> Markup:
        """Draw a row's name before the row."""
        return Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="end">{}</text>').format(
            self.left - 6, self._base(i), excerpt(name, FEW_LETTERS)
        )

    def column(self, j: int, name: str) -> Markup:
        """Draw a column's name above the column."""
        return Markup('<text x="{:.1f}" y="14" text-anchor="middle">{}</text>').format(
            self._middle(j), excerpt(name, 10)
        )

    def _middle(self, j: int) -> float:
        return self.left + (j + 0.5) * self.wide

    def _base(self, i: int) -> float:
        return self.top + (i + 0.5) * self.tall + 4


def heatmap(
    matrix: Array,
    rows: Sequence[str],
    columns: Sequence[str],
    title: str,
    midpoint: float,
    digits: int = 3,
) -> Markup:
    """Draw a matrix as coloured cells, blue above 0 and orange below, with labels where they fit.

    The colours' `midpoint`: see `pages.ui.style.colours`. Numbers have `digits` significant digits.
    Beyond 48 rows or columns a cell is the mean of a block.
    """
    shown, block = blocks(matrix)
    at = shares(shown, midpoint)
    height, width = shown.shape
    single, numbered = block == (1, 1), width <= NUMBERED
    texts = [short_text(value, digits) for value in shown.flat] if numbered else []
    row_names = rows if single and height <= NAMED else ()
    column_names = columns if single and numbered else ()
    left = 6.5 * min(16, max(map(len, row_names))) + 10 if row_names else 4
    grid = _Grid(
        left,
        20 if column_names else 4,
        wide=max(
            5.0, min(76.0, (WIDTH - left) / width), LETTER * max(map(len, texts), default=0) + 8
        ),
        tall=max(5.0, min(34.0, 420 / height)),
    )
    parts = [grid.row(i, name) for i, name in enumerate(row_names)]
    parts += [grid.column(j, name) for j, name in enumerate(column_names)]
    for (i, j), value in np.ndenumerate(shown):
        step = round(float(at[i, j] + 1) / 2 * (STEPS - 1))
        parts.append(grid.cell(i, j, value, step))
        if numbered and grid.tall >= 16:
            parts.append(grid.number(i, j, texts[i * width + j], step))
    size = left + width * grid.wide + 2, grid.top + height * grid.tall + 2
    return _svg(*size, title, parts, "heatmap")


def blocks(matrix: Array) -> tuple[Array, tuple[int, int]]:
    """Return the matrix, or its block means if it is too large, and the size of a block."""
    tall, wide = (-(-length // MOST_CELLS) for length in matrix.shape)
    return block_means(matrix[np.newaxis], (tall, wide))[0], (tall, wide)


def _svg(width: float, height: float, title: str, parts: Sequence[Markup], kind: str) -> Markup:
    return Markup(
        '<svg class="{}" role="img" aria-label="{}" viewBox="0 0 {width:.0f} {height:.0f}" '
        'style="max-width:{width:.0f}px">{}</svg>'
    ).format(kind, title, Markup().join(parts), width=width, height=height)
