"""Plotly figures of a table: classes or a histogram, a scatter of two columns, correlations.

Names are user-supplied: they enter a figure through `short_name` only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.table.column_summary import NumericSummary
from core.utils.number_text import fixed_text
from core.utils.sentence import plural
from pages.ui.style.figures import (
    BAR,
    BELOW_BAR,
    GREY,
    MARGIN,
    categorical_colors,
    diverging_scale,
    heatmap_traces,
)
from pages.ui.style.labels import FEW_LETTERS, short_name

Array = NDArray[np.float64]

MOST_NUMBERED = 12  # up to so many columns have numbers in the cells
OTHERS = "others"
LETTER = 7  # px: the width of one in the labels of an axis
SYMBOLS = (
    *("circle", "square", "diamond", "triangle-up", "x", "cross"),
    *("triangle-down", "star", "pentagon", "hourglass"),
)
MOST_CLASSES = len(SYMBOLS)  # with a colour and shape of their own
THIRDS = ("lowest third", "middle third", "highest third")
THIRD_SYMBOLS = ("triangle-down", "circle", "triangle-up")
BELOW = {"orientation": "h", "x": 0, "xanchor": "left", "y": -0.2, "yanchor": "top"}


@dataclass(frozen=True, eq=False)
class Points:
    """The rows of a scatter plot: two columns and the target, (n,) each, and their names."""

    x: Array
    y: Array
    target: NDArray[Any]
    x_name: str
    y_name: str
    target_name: str
    lines: NDArray[np.int64]  # line numbers in the file


def class_bars(classes: tuple[tuple[str, int], ...], rows: int) -> go.Figure:
    """Draw a bar for each class with its count and its share of the rows, the first on top."""
    counts = [number for _, number in classes]
    labels = [f"{number:,} ({100 * number / rows:.3g} %)" for number in counts]
    figure = go.Figure(
        go.Bar(
            x=counts,
            y=list(range(len(classes))),
            orientation="h",
            text=labels,
            textposition="outside",
            cliponaxis=False,
            marker={"color": categorical_colors()[0]},
            hovertemplate="%{text}<extra></extra>",
        )
    )
    names = [short_name(name) for name, _ in classes]
    figure.update_yaxes(
        tickvals=list(range(len(names))), ticktext=names, autorange="reversed", automargin=True
    )
    figure.update_xaxes(title="rows", range=[0, 1.4 * max(counts, default=1)])  # room for labels
    return figure.update_layout(margin=MARGIN, height=90 + 34 * len(names), bargap=0.25)


def histogram(numbers: NumericSummary, name: str) -> go.Figure:
    """Draw the number of rows in each bin, with the median and the mean as lines."""
    middles = (numbers.edges[1:] + numbers.edges[:-1]) / 2
    figure = go.Figure(
        go.Bar(
            x=middles,
            y=numbers.counts,
            width=np.diff(numbers.edges) if numbers.high > numbers.low else None,
            customdata=np.column_stack([numbers.edges[:-1], numbers.edges[1:]]),
            marker={"color": categorical_colors()[0], "line": {"width": 1, "color": GREY}},
            hovertemplate="from %{customdata[0]:.4g} to %{customdata[1]:.4g}: rows %{y:,}"
            "<extra></extra>",
        )
    )
    left, right = ("median", "mean") if numbers.median <= numbers.mean else ("mean", "median")
    for word, place in ((left, "top left"), (right, "top right")):
        figure.add_vline(
            x=getattr(numbers, word),
            line={"width": 2, "dash": "dash" if word == "mean" else "solid", "color": GREY},
            annotation={"text": word, "xshift": -3 if place.endswith("left") else 3},
            annotation_position=place,
        )
    figure.update_xaxes(title=short_name(name))
    figure.update_yaxes(title="rows", rangemode="tozero")
    return figure.update_layout(margin=BELOW_BAR, height=320, showlegend=False)


def scatter_of_classes(points: Points, classes: list[str]) -> go.Figure:
    """Draw each class in a colour and a shape of its own; unlisted classes are grey."""
    figure = go.Figure()
    colors = categorical_colors()
    for k, name in enumerate(classes):
        look = {"color": colors[k % len(colors)], "symbol": SYMBOLS[k % len(SYMBOLS)]}
        _add_points(figure, points, points.target == name, short_name(name), look)
    others = ~np.isin(points.target, classes)
    if others.any():
        _add_points(figure, points, others, OTHERS, {"color": GREY, "symbol": "circle-open"})
    return _set_scatter_layout(figure, points, legend_title=short_name(points.target_name))


def scatter_of_values(points: Points) -> go.Figure:
    """Draw the target's value as a colour, and its third as a shape."""
    figure = go.Figure()
    values = points.target.astype(np.float64)
    bounds = np.quantile(values, [1 / 3, 2 / 3]) if len(values) else np.zeros(2)
    third = np.searchsorted(bounds, values, side="left")
    for k, name in enumerate(THIRDS):
        look = {"color": values[third == k], "coloraxis": "coloraxis", "symbol": THIRD_SYMBOLS[k]}
        _add_points(figure, points, third == k, name, look)
        _add_key(figure, name, THIRD_SYMBOLS[k])
    bar = {"title": {"text": short_name(points.target_name), "side": "right"}, "thickness": 10}
    figure.update_layout(coloraxis={"colorscale": diverging_scale()[6:], "colorbar": bar})
    return _set_scatter_layout(figure, points, legend_title=short_name(points.target_name))


def correlation_map(r: Array, names: list[str]) -> go.Figure:
    """Draw the correlations in diverging colours from −1 to 1; undefined ones are blank."""
    words = np.array([["" if np.isnan(v) else fixed_text(v, 2) for v in row] for row in r])
    figure = square_map(
        names,
        "{}<br>{}",
        z=r,
        zmin=-1,
        zmax=1,
        colorscale=diverging_scale(),
        text=words,
        texttemplate="%{text}" if len(names) <= MOST_NUMBERED else None,
        hovertemplate="%{customdata}<br>r = %{z:.6f}<extra></extra>",
        hoverongaps=False,
        xgap=1,
        ygap=1,
        colorbar={
            **{"orientation": "h", "thickness": 10, "y": 0, "yanchor": "top"},
            **{"title": {"text": "r", "side": "right"}, "tickvals": [-1, -0.5, 0, 0.5, 1]},
        },
    )
    figure.update_xaxes(tickangle=-90)
    longest = max(len(short_name(name, FEW_LETTERS)) for name in names)
    figure.update_layout(margin_t=BAR + LETTER * longest)
    return figure.update_layout(height=max(280, min(760, 170 + 34 * len(names))))


def square_map(names: Sequence[str], pair: str, **options: Any) -> go.Figure:  # noqa: ANN401
    """Return a heatmap of names by the same names; the text `pair` is of a row and a column."""
    places, whole = list(range(len(names))), [short_name(name) for name in names]
    pairs = [[pair.format(one, other) for other in whole] for one in whole]
    figure = go.Figure(heatmap_traces(x=places, y=places, customdata=pairs, **options))
    labels = [short_name(name, FEW_LETTERS) for name in names]
    ticks = {"tickvals": places, "ticktext": labels, "automargin": True, "showgrid": False}
    figure.update_yaxes(**ticks, autorange="reversed")
    return figure.update_xaxes(**ticks, side="top").update_layout(margin=MARGIN)


def _add_points(
    figure: go.Figure, points: Points, chosen: NDArray[np.bool_], name: str, look: dict[str, Any]
) -> None:
    """Add the chosen rows as one trace, with its name and number of rows in the legend."""
    values = [
        f"{value:.6g}" if isinstance(value, float) else value for value in points.target[chosen]
    ]
    figure.add_scatter(
        x=points.x[chosen],
        y=points.y[chosen],
        mode="markers",
        name=f"{name} ({int(chosen.sum()):,})",
        text=[short_name(str(value)) for value in values],
        customdata=points.lines[chosen],
        marker={"size": 8, "opacity": 0.75, "line": {"width": 0.5, "color": GREY}, **look},
        hovertemplate="%{text}<br>%{xaxis.title.text}: %{x}<br>%{yaxis.title.text}: %{y}"
        "<br>line %{customdata}<extra></extra>",
    )


def _add_key(figure: go.Figure, name: str, symbol: str) -> None:
    """Add a grey shape to the legend: Plotly draws that of points in many colours black."""
    figure.data[-1].showlegend = False
    marker = {"symbol": symbol, "color": GREY, "size": 8}
    figure.add_scatter(
        x=[None], y=[None], mode="markers", name=name, marker=marker, hoverinfo="skip"
    )


def _set_scatter_layout(figure: go.Figure, points: Points, legend_title: str) -> go.Figure:
    figure.update_xaxes(title=short_name(points.x_name), automargin=True)
    figure.update_yaxes(title=short_name(points.y_name), automargin=True)
    legend = {**BELOW, "title": {"text": legend_title, "side": "top"}}
    return figure.update_layout(margin=MARGIN, height=520, legend=legend, showlegend=True)


def scatter_alt(points: Points) -> str:
    """Return a scatter plot's alternative text."""
    shown = plural(len(points.x), "row")
    return f"{points.y_name} over {points.x_name}, {shown}, by {points.target_name}"
