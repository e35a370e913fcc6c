"""Gradients cell by cell: which numbers are right, and to how many digits, as figures and a table.

maps = cell_maps(problem, diagnosis, names, conventions)      # one a matrix or bias vector
right_map(one), digit_map(one), differences(maps)
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.checking.diagnosis import MAX_DIGITS, Diagnosis
from core.checking.problem import Problem
from core.utils.number_text import typed_text
from pages.ui.chain_rule.panel import Panel, panels
from pages.ui.state.conventions import Conventions
from pages.ui.state.drafts import BIAS
from pages.ui.state.names import Names
from pages.ui.style import figures

Array = NDArray[np.float64]

WRONG, RIGHT, OPEN, MISSING = range(4)
SIGNS = {RIGHT: "✓", WRONG: "✗", OPEN: "?", MISSING: "–"}
MEANINGS = {RIGHT: "right", WRONG: "wrong", OPEN: "cannot be judged", MISSING: "missing"}
MAX_DIFFERENCES = 200  # rows of the table
CORRECT = "correct number"
CELL, LETTER, MARGIN = 46, 7.5, 24  # widths in pixels
TOP, ROW, LOW_ROW, MAX_HEIGHT = 68, 34, 14, 720  # heights; a low row has no signs
LARGEST_TEXT = 16
MIN_WIDTH, MAX_WIDTH = 145, 640
GREYS = {"light": "#e3e3e1", "dark": "#3a3a38"}  # near the paper
# Of the diverging colours an orange and a blue, which also differ in lightness.
COLOURS = {WRONG: 1, RIGHT: 6}


@dataclass(frozen=True, eq=False)
class CellMap:
    """The cells of a matrix or bias vector as the page lays it out.

    panel: its symbol, names, and the state of each cell (WRONG, RIGHT, OPEN or MISSING). given,
    truth and digits are NaN where a number is missing.
    """

    panel: Panel
    given: Array
    truth: Array
    digits: Array

    @property
    def states(self) -> Array:
        """The state of each cell."""
        return self.panel.numbers

    @property
    def title(self) -> str:
        """Its symbol: ∂C/∂W⁽¹⁾."""
        return f"∂C/∂{self.panel.symbol}"

    @property
    def width(self) -> int:
        """The width of its figure in pixels, its names included."""
        longest = max(map(len, self.panel.rows), default=0)
        wanted = MARGIN + LETTER * longest + CELL * len(self.panel.columns)
        return int(min(max(wanted, MIN_WIDTH), MAX_WIDTH))


def cell_maps(
    problem: Problem, diagnosis: Diagnosis, names: Names | None, form: Conventions
) -> list[CellMap]:
    """Return the maps of each matrix of the network, in the layout of the page.

    `names`: those of rows and columns, of the run in use; an earlier bundle has none.
    """
    found: list[CellMap] = []
    for layer, truth in enumerate(problem.truth, start=1):
        rows, columns = _labels(problem, layer, names)
        arrays = (_states(problem, diagnosis, layer), *_numbers(truth, diagnosis, f"dW{layer}"))
        bias = problem.net.has_bias(layer)
        parts = [panels(layer, array, rows, columns, form, bias=bias) for array in arrays]
        found += [
            CellMap(panel, *(other.numbers for other in rest))
            for panel, *rest in zip(*parts, strict=True)
        ]
    return found


def _labels(problem: Problem, layer: int, names: Names | None) -> tuple[list[str], list[str]]:
    if names is not None:
        return names.layers[layer - 1]
    rows, columns = problem.net.rows(layer), problem.net.weights[layer - 1].shape[1]
    bias = [BIAS] * problem.net.has_bias(layer)
    return [f"k = {k + 1}" for k in range(rows)] + bias, [f"l = {j + 1}" for j in range(columns)]


def _states(problem: Problem, diagnosis: Diagnosis, layer: int) -> Array:
    """Return the state of each cell of a matrix in the weights' layout."""
    name = f"dW{layer}"
    states = np.full(problem.truth[layer - 1].shape, float(MISSING))
    if name not in diagnosis.right:
        return states
    right, is_open = diagnosis.right[name], name in diagnosis.inconclusive
    states[: len(right)] = OPEN if is_open else np.where(right, RIGHT, WRONG)
    states[: len(right)][np.isnan(diagnosis.given[name])] = MISSING
    return states


def _numbers(truth: Array, diagnosis: Diagnosis, name: str) -> tuple[Array, Array, Array]:
    """Return the numbers given, the correct ones, and the digits in which they agree."""
    given, digits = np.full_like(truth, np.nan), np.full_like(truth, np.nan)
    if name in diagnosis.given:
        rows = len(diagnosis.given[name])  # the bias row may be missing
        given[:rows], digits[:rows] = diagnosis.given[name], diagnosis.agreeing_digits[name]
    return given, truth, digits


def right_map(one: CellMap) -> go.Figure:
    """Return a heatmap with a sign in each cell: right, wrong, missing, or not judged."""
    signs = np.vectorize(lambda state: SIGNS[int(state)], otypes=[str])(one.states)
    meanings = np.vectorize(lambda state: MEANINGS[int(state)], otypes=[str])(one.states)
    scale = [colour for state in range(4) for colour in _both_ends(state)]
    return _map(
        one,
        z=one.states,
        zmin=-0.5,
        zmax=3.5,
        colorscale=scale,
        showscale=False,
        text=signs,
        customdata=np.dstack([meanings, _yours(one)]),
        hovertemplate=f"{one.panel.from_to}: %{{customdata[0]}}%{{customdata[1]}}<extra></extra>",
    )


def digit_map(one: CellMap) -> go.Figure:
    """Return a heatmap of the correct digits, from 0 to 15, one cell per weight."""
    text = np.where(np.isnan(one.digits), "–", np.nan_to_num(one.digits).astype(int).astype(str))
    return _map(
        one,
        z=one.digits,
        zmin=0,
        zmax=MAX_DIGITS,
        colorscale="Cividis",
        showscale=one.panel.numbers.size > figures.MAX_LABELS,
        colorbar={"thickness": 10},
        text=text,
        customdata=np.dstack([text, _yours(one)]),
        hovertemplate=f"{one.panel.from_to}: correct digits %{{customdata[0]}}"
        "%{customdata[1]}<extra></extra>",
    )


def _map(one: CellMap, **options: object) -> go.Figure:
    rows = max(2, len(one.panel.rows))
    height = min(ROW, max(LOW_ROW, MAX_HEIGHT // rows))  # of a row
    has_text = one.states.size <= figures.MAX_LABELS and height > LOW_ROW
    figure = figures.matrix_map(
        one.panel.rows,
        one.panel.columns,
        texttemplate="%{text}" if has_text else None,
        textfont={"size": min(height // 2, LARGEST_TEXT)},
        xgap=3 * has_text,
        ygap=3 * has_text,
        **options,
    )
    figure.update_xaxes(showgrid=False).update_yaxes(showgrid=False)
    return figure.update_layout(height=TOP + min(rows * height, MAX_HEIGHT))


def _yours(one: CellMap) -> NDArray[np.str_]:
    texts = np.vectorize(lambda value: f", yours {typed_text(value)}", otypes=[str])(one.given)
    return np.where(np.isnan(one.given), "", texts)


def _both_ends(state: int) -> list[tuple[float, str]]:
    """Return a state's part of the colour scale, which is of one colour."""
    return [(state / 4, _colour(state)), ((state + 1) / 4, _colour(state))]


def _colour(state: int) -> str:
    if state in COLOURS:
        return figures.diverging_scale()[COLOURS[state]]
    return GREYS[figures.theme()]


def differences(maps: Sequence[CellMap], *, correct: bool = False) -> pd.DataFrame:
    """Return the wrong numbers, one a row, at most MAX_DIFFERENCES; `correct`: with the truth."""
    rows: list[tuple[object, ...]] = []
    for one in maps:
        for row, column in np.argwhere(one.states == WRONG)[: MAX_DIFFERENCES - len(rows)]:
            at = (row, column)
            place = (one.title, one.panel.rows[row], one.panel.columns[column])
            rows.append((*place, one.given[at], int(one.digits[at]), one.truth[at]))
    frame = pd.DataFrame(
        rows, columns=["gradient", "row", "column", "yours", "correct digits", CORRECT]
    )
    return frame if correct else frame.drop(columns=CORRECT)


def state_counts(maps: Sequence[CellMap]) -> dict[int, int]:
    """Return how many cells are in each state, only those that occur, right ones first."""
    counts = {state: sum(int((one.states == state).sum()) for one in maps) for state in SIGNS}
    return {state: number for state, number in counts.items() if number}
