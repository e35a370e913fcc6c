"""Matrices in the chosen layout: with the bias row or a separate bias vector, W or Wᵀ."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.chain import Symbol
from core.network import Network
from pages.ui.state.conventions import Conventions
from pages.ui.state.names import Names

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Panel:
    """A matrix or bias vector with its symbol and the names of its rows and columns."""

    symbol: str  # W⁽¹⁾, b⁽¹⁾, …
    numbers: Array
    rows: list[str]
    columns: list[str]
    transposed: bool = False

    @property
    def from_to(self) -> str:
        """The hover text of a cell: source and destination of its weight."""
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
    """Return numbers of W⁽layer⁾'s shape as one panel, or as two with a separate bias vector.

    `bias` says whether the last row is a bias.
    """
    apart = bias and form.bias_apart
    end = len(numbers) - apart
    parts = [Panel(Symbol("W", layer).text, numbers[:end], list(rows[:end]), list(columns))]
    if apart:
        parts.append(Panel(Symbol("b", layer).text, numbers[end:], list(rows[end:]), list(columns)))
    return [_transpose(panel) for panel in parts] if form.transposed else parts


def panels_of_layers(
    matrices: Sequence[Array], net: Network, names: Names, form: Conventions
) -> list[list[Panel]]:
    """Return the panels of matrices of the weights' shapes, for each."""
    return [
        panels(layer, matrix, rows, columns, form, bias=net.has_bias(layer))
        for layer, (matrix, (rows, columns)) in enumerate(
            zip(matrices, names.layers, strict=True), start=1
        )
    ]


def _transpose(panel: Panel) -> Panel:
    return Panel(panel.symbol, panel.numbers.T, panel.columns, panel.rows, transposed=True)
