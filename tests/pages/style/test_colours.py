"""The colour of a number: fixed for a run, stronger for a larger one; letters on it can be read."""

import tomllib
from dataclasses import replace
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.gradients import gradients
from core.network import Network
from core.training.run import Run, Settings
from pages.ui.style.colours import (
    Midpoints,
    colour_bar,
    colours_at,
    luminance,
    midpoints,
    round_up,
    shares,
    text_colours,
)
from pages.ui.style.figures import heatmap, matrix_map
from tests.paths import ROOT

X, Y = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0.0], [1], [1], [0]])
SIZES = st.floats(1e-30, 1e30)


def scale_of(theme: str) -> list[str]:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    return list(config["theme"][theme]["chartDivergingColors"])


@given(SIZES, SIZES, SIZES)
def test_a_larger_number_is_never_nearer_to_the_middle(a: float, b: float, midpoint: float) -> None:
    small, large = shares(np.array(sorted([a, b])), midpoint)
    assert 0 <= small <= large <= 1
    assert shares(np.array([-a]), midpoint) == -shares(np.array([a]), midpoint)


def test_zero_is_in_the_middle_and_the_midpoint_halfway() -> None:
    values = np.array([0, 2, -2, 32, np.inf])
    np.testing.assert_allclose(shares(values, 2), [0, 0.5, -0.5, 8 / 9, 1], rtol=1e-15)


@pytest.mark.parametrize(
    ("value", "rounded"),
    [(0.0, 1.0), (np.inf, 1.0), (1.0, 1.0), (1.01, 2.0), (0.03, 0.05), (7.0, 10.0), (2e-4, 2e-4)],
)
def test_the_smallest_of_1_2_and_5_that_is_not_below(value: float, rounded: float) -> None:
    assert round_up(value) == rounded


def test_the_midpoints_are_of_epoch_0_and_stay_as_the_run_goes_on() -> None:
    net = Network.init(2, 3, seed=0)
    run = Run(net, X, Y, Settings(learning_rate=10, epochs=300))
    first = midpoints(run)
    most = max(float(np.abs(part).max()) for part in gradients(net, X, Y))
    assert first == Midpoints(
        round_up(1.5 * float(np.abs(net.W1).max())), round_up(most / 10), 0.02
    )
    run.advance(300)
    assert midpoints(run) == midpoints(run.branch(200)) == first
    still = replace(net, W1=np.zeros_like(net.W1), W2=np.zeros_like(net.W2))
    assert midpoints(Run(still, X, Y, Settings())).weights == 1


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_letters_can_be_read_on_every_colour(theme: str) -> None:
    colours = colours_at(scale_of(theme), np.linspace(0, 1, 255)).round()
    inks = np.where(text_colours(colours) == "#000", 0.0, 1.0)
    low, high = np.sort([luminance(colours) + 0.05, inks + 0.05], axis=0)
    assert (high / low).min() >= 4.5


def ink_of(figure: go.Figure) -> np.ndarray:
    """Return the colour of the letters of each cell; every cell has exactly one."""
    cells, *letters = figure.data
    black, white = (np.array(part.text, str) != "" for part in letters)
    assert (black ^ white).all()
    assert [part.textfont.color for part in letters] == ["#000", "#fff"]
    assert cells.texttemplate is None
    return np.where(black, "#000", "#fff")


SCALES: list[tuple[Any, list[float], list[str]]] = [
    (["#000000", "#ffffff"], [0, 0.5, 1], ["#fff", "#000", "#000"]),
    ([(0, "#ffffff"), (0.4, "#ffffff"), (0.4, "#111111"), (1, "#111111")], [0, 0.3, 0.9],
     ["#000", "#000", "#fff"]),
    ("Cividis", [-9, 0, 9], ["#fff", "#fff", "#000"]),
]  # fmt: skip


@pytest.mark.parametrize(("scale", "values", "inks"), SCALES)
def test_a_figure_writes_on_each_cell_in_black_or_white(
    scale: Any, values: list[float], inks: list[str]
) -> None:
    figure = matrix_map(
        ["r"],
        ["a", "b", "c"],
        z=np.array([values]),
        zmin=0,
        zmax=1,
        colorscale=scale,
        text=[["1", "22", "333"]],
        texttemplate="%{text}",
    )
    assert ink_of(figure).tolist() == [inks]
    cells, *letters = figure.data
    assert cells.text == (["1", "22", "333"],)
    lengths = {len(text) for part in letters for text in np.ravel(part.text) if text}
    assert lengths == {3}  # by which Plotly chooses the size of the letters


def test_a_matrix_as_a_figure_has_the_colours_of_the_stage_and_an_honest_legend() -> None:
    matrix = np.array([[0.01, -3.0], [50.0, 0.0]])
    figure = heatmap(matrix, ["a", "b"], ["c", "d"], 2.0, "W", 4)
    cells = figure.data[0]
    np.testing.assert_array_equal(cells.z, shares(matrix, 2.0))
    np.testing.assert_array_equal(cells.customdata, matrix)
    assert (cells.zmin, cells.zmax) == (-1, 1)
    assert list(cells.colorbar.ticktext) == ["−20", "−2", "0", "2", "20"]
    np.testing.assert_array_equal(cells.colorbar.tickvals, shares(np.array([-20, -2, 0, 2, 20]), 2))
    assert colour_bar(5e-4)["ticktext"][-1] == "0.005"
    ink_of(figure)
