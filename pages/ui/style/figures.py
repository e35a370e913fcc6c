"""Static Plotly figures, to hover over, zoom and save as an image."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from markupsafe import escape
from numpy.typing import NDArray
from plotly.colors import get_colorscale

from core.utils.number_text import short_text
from core.utils.thinning import min_max_indices
from core.utils.unique_names import unique_names
from pages.ui.style.colours import Colours, colour_bar, colours_at, shares, text_colours

Array = NDArray[np.float64]

CONFIG = {  # touch screens always show the buttons: without those that a double tap replaces
    "displaylogo": False,
    "toImageButtonOptions": {"format": "png", "scale": 3},
    "modeBarButtonsToRemove": ["zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "autoScale2d"],
}
BAR = 28  # px: the height of that bar, which begins at the top right corner
GREY = "#888888"  # visible on light and dark
MARGIN = {"l": 8, "r": 8, "t": BAR, "b": 8}
BELOW_BAR = {**MARGIN, "t": BAR + 32}  # with a line of text above the axes
ABOVE = {"orientation": "h", "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom"}  # a legend
FLOOR = 1e-17  # drawn for an error of 0 on a logarithmic scale
ERROR_BAR = {  # of powers of ten
    **{"thickness": 10, "tickvals": [-16, -12, -8, -4, 0]},
    "ticktext": ["1e−16", "1e−12", "1e−8", "1e−4", "1"],
}
MAX_LABELS = 400  # up to so many cells a heatmap shows its numbers
MAX_POINTS = 4000  # of a curve: more than a screen has pixel columns


def heatmap(
    values: Array,
    rows: list[str],
    columns: list[str],
    midpoint: float,
    symbol: str,
    digits: int,
    frozen: Collection[tuple[int, int]] = (),
) -> go.Figure:
    """Draw a matrix, its first row on top, in diverging colours with that `midpoint`.

    Cells show `digits` significant digits, a hover shows all; `frozen` weights are marked *.
    """
    few = values.size <= MAX_LABELS
    stars, words = np.full((2, *values.shape), "", dtype=object)
    for place in frozen:
        stars[place], words[place] = "*", ", frozen"
    return matrix_map(
        rows,
        columns,
        z=shares(values, midpoint),
        zmin=-1,
        zmax=1,
        colorscale=diverging_scale(),
        text=np.vectorize(short_text, otypes=[object])(values, digits) + stars if few else None,
        texttemplate="%{text}" if few else None,
        customdata=values,
        hovertext=words,
        hovertemplate=symbol + "[%{y}, %{x}] = %{customdata:.17g}%{hovertext}<extra></extra>",
        colorbar=colour_bar(midpoint),
    )


def matrix_map(rows: list[str], columns: list[str], **options: Any) -> go.Figure:  # noqa: ANN401
    """Return a heatmap laid out as a matrix: first row on top, column names above."""
    places = {"x": axis_names(columns), "y": axis_names(rows)}
    figure = go.Figure(heatmap_traces(**places, **options))
    # Plotly would place names such as 2024 as numbers.
    figure.update_yaxes(autorange="reversed", title=None, type="category")
    figure.update_xaxes(side="top", title=None, type="category")
    height = max(244, min(584, 84 + 44 * len(rows)))
    return figure.update_layout(margin=BELOW_BAR, height=height)


def heatmap_traces(**options: Any) -> list[go.Heatmap]:  # noqa: ANN401
    """Return a heatmap and, if it has a `texttemplate`, its letters: the black and the white ones.

    Plotly has one colour for all letters, or a choice of its own that can be too weak: so each kind
    is another, transparent heatmap above.
    """
    template = options.pop("texttemplate", None)
    cells = go.Heatmap(**options)
    if template is None:
        return [cells]
    texts, inks = np.array(options["text"], str), text_colours(_cell_colours(options))
    # Texts of one length: Plotly chooses the size of the letters by the longest of each heatmap.
    texts = np.char.ljust(texts, max(map(len, texts.flat)), "\N{ZERO WIDTH SPACE}")
    letters = (
        go.Heatmap(
            x=options.get("x"),
            y=options.get("y"),
            z=options["z"],
            colorscale=["rgba(0,0,0,0)"] * 2,
            showscale=False,
            hoverinfo="skip",
            text=np.where(inks == ink, texts, ""),
            texttemplate=template,
            textfont={**options.get("textfont", {}), "color": ink},
        )
        for ink in ("#000", "#fff")
    )
    return [cells, *letters]


def _cell_colours(options: Mapping[str, Any]) -> Colours:
    """Return the colours of a heatmap's cells, (rows, columns, 3)."""
    scale, (low, high) = options["colorscale"], (options["zmin"], options["zmax"])
    pairs = get_colorscale(scale) if isinstance(scale, str) else scale
    stops, colours = ((), pairs) if isinstance(pairs[0], str) else zip(*pairs, strict=True)
    places = (np.asarray(options["z"], float).clip(low, high) - low) / (high - low)
    return colours_at(colours, places, stops)


def axis_names(names: Iterable[str]) -> list[str]:
    """Return names for an axis of Plotly, which reads HTML in them and merges equal ones."""
    return unique_names(str(escape(name)) for name in names)


def losses(
    train: Array, validation: Array | None, epoch: int, breaks: Sequence[int] = ()
) -> go.Figure:
    """Draw the loss curves over the epochs, downsampled, with the epoch marked.

    A curve is interrupted at each of `breaks`, where the loss function changes.
    """
    figure = go.Figure()
    series = [("training", train, "solid"), ("validation", validation, "dash")]
    for name, values, dash in series:
        if values is None:
            continue
        at = min_max_indices(values, MAX_POINTS)
        gaps = np.searchsorted(at, breaks)
        figure.add_scatter(
            x=np.insert(at.astype(float), gaps, np.nan),
            y=np.insert(values[at], gaps, np.nan),
            name=name,
            mode="lines",
            line={"dash": dash},
            hovertemplate="epoch %{x}<br>C = %{y:.10g}",
        )
    figure.add_vline(x=epoch, line={"width": 1, "dash": "dot", "color": GREY})
    figure.update_layout(
        margin=BELOW_BAR,
        height=300,
        showlegend=validation is not None,
        xaxis_title="epoch",
        yaxis_title="C",
        yaxis_rangemode="tozero",
        legend=ABOVE,
    )
    return figure


def diverging_scale(name: str = "") -> list[str]:
    """Return the ten diverging colours of a theme, light or dark, or else of the visitor's."""
    return _theme_colors("chartDivergingColors", name)


def categorical_colors() -> list[str]:
    """Return the categorical colours of the visitor's theme."""
    return _theme_colors("chartCategoricalColors")


def _theme_colors(kind: str, name: str = "") -> list[str]:
    return list(st.get_option(f"theme.{name or theme()}.{kind}"))


def theme() -> str:
    """Return the visitor's theme, light or dark."""
    return st.context.theme.type or "light"
