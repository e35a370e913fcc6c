"""A matrix as the chosen conventions lay it out: with its bias or apart from it, W or Wᵀ."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pages.ui.state.conventions import Conventions

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Panel:
    """A matrix or a bias vector with its symbol and the names of its rows and columns."""

    symbol: str  # W⁽¹⁾, b⁽¹⁾, …
    numbers: Array
    rows: list[str]
    columns: list[str]
    transposed: bool = False

    @property
    def from_to(self) -> str:
        """Plotly's words for a cell: what its weight leads from and to."""
        return "from %{x} to %{y}" if self.transposed else "from %{y} to %{x}"


def panels(
    layer: int,
    numbers: Array,
    rows: Sequence[str],
    columns: Sequence[str],
    form: Conventions,
    *,
    bias: bool,
) -> list[Panel]:
    """Numbers at the shape of W⁽layer⁾, in one panel or with the bias, its last row, in another.

    `bias` says whether the last row is one.
    """
    upper = "⁽¹⁾" if layer == 1 else "⁽²⁾"
    apart = bias and form.bias_apart
    end = len(numbers) - apart
    found = [Panel(f"W{upper}", numbers[:end], list(rows[:end]), list(columns))]
    if apart:
        found.append(Panel(f"b{upper}", numbers[end:], list(rows[end:]), list(columns)))
    return [_transposed(panel) for panel in found] if form.transposed else found


def _transposed(panel: Panel) -> Panel:
    return Panel(panel.symbol, panel.numbers.T, panel.columns, panel.rows, transposed=True)
