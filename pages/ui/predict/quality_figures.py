"""Plotly figures of the evaluation: confusion matrix, ROC curve, residuals."""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.dataset.metrics import Counts, Roc
from core.utils.thinning import evenly_spaced
from pages.ui.style.figures import (
    ABOVE,
    BAR,
    BELOW_BAR,
    GREY,
    MARGIN,
    Array,
    categorical_colors,
    diverging_scale,
)
from pages.ui.style.labels import short_name
from pages.ui.style.table_figures import square_map

MOST_NUMBERED = 12  # classes whose cells have room for their counts
MOST_CORNERS = 1000  # of a ROC curve
DASHES = ("solid", "dash")  # training, validation
SYMBOLS = ("circle", "diamond")


def confusion_map(table: Counts, classes: tuple[str, ...]) -> go.Figure:
    """Return a heatmap of actual (rows) by predicted classes; colour: share of the row."""
    rows = table.sum(axis=1, keepdims=True)
    shares = np.divide(table, rows, out=np.zeros(table.shape), where=rows > 0)
    figure = square_map(
        classes,
        "actual {}<br>predicted {}",
        z=shares,
        zmin=0,
        zmax=1,
        colorscale=diverging_scale()[5:],
        text=np.vectorize("{:,}".format, otypes=[str])(table),
        texttemplate="%{text}" if len(classes) <= MOST_NUMBERED else None,
        textfont={"size": 15},
        hovertemplate="%{customdata}<br>rows: %{text}, %{z:.1%} of the class<extra></extra>",
        xgap=2,
        ygap=2,
        showscale=False,
    )
    figure.update_yaxes(title="actual", zeroline=False)
    figure.update_xaxes(title="predicted", zeroline=False)
    figure.update_layout(margin_t=BAR + 64)  # the classes' names and the axis' title
    return figure.update_layout(height=max(286, min(766, 166 + 46 * len(classes))))


def roc_figure(curves: dict[str, Roc]) -> go.Figure:
    """Return the ROC curves of training and validation, each with its point at 0.5."""
    figure = go.Figure()
    colors = categorical_colors()
    for k, (name, curve) in enumerate(curves.items()):
        corners = evenly_spaced(len(curve.thresholds), MOST_CORNERS)
        look = {"color": colors[k], "dash": DASHES[k], "width": 2}
        figure.add_scatter(
            x=curve.false_positive[corners],
            y=curve.true_positive[corners],
            mode="lines",
            line=look,
            name=f"{name}: AUC = {curve.auc:.4f}",
            customdata=curve.thresholds[corners],
            hovertemplate="threshold %{customdata:.4g}<br>false positive rate %{x:.1%}"
            "<br>true positive rate %{y:.1%}<extra></extra>",
        )
        half = int(np.flatnonzero(curve.thresholds >= 0.5)[-1])
        figure.add_scatter(
            x=curve.false_positive[[half]],
            y=curve.true_positive[[half]],
            mode="markers",
            marker={"color": colors[k], "symbol": SYMBOLS[k], "size": 11},
            name=f"{name}, threshold 0.5",
            hovertemplate="threshold 0.5<br>false positive rate %{x:.1%}"
            "<br>true positive rate %{y:.1%}<extra></extra>",
        )
    _line(figure, x0=0, y0=0, x1=1, y1=1)
    figure.update_xaxes(title="False positive rate", range=[-0.02, 1.02])
    figure.update_yaxes(title="True positive rate", range=[-0.02, 1.02])
    return figure.update_layout(margin=BELOW_BAR, height=420, legend=ABOVE)


def residual_figure(
    predicted: Array, errors: Array, lines: NDArray[np.int64], name: str, limit: float
) -> go.Figure:
    """Return a scatter plot of residuals over predictions."""
    figure = go.Figure(
        go.Scatter(
            x=predicted,
            y=errors,
            mode="markers",
            marker={
                "size": 7,
                "opacity": 0.7,
                "color": categorical_colors()[0],
                "line": {"width": 0.5, "color": GREY},
            },
            customdata=np.column_stack([lines, predicted + errors]),
            hovertemplate="line %{customdata[0]}<br>actual %{customdata[1]:.5g}"
            "<br>predicted %{x:.5g}<br>residual %{y:.4g}<extra></extra>",
        )
    )
    figure.add_hline(y=0, line={"width": 1, "dash": "dash", "color": GREY})
    figure.update_xaxes(title=f"predicted {short_name(name)}")
    figure.update_yaxes(title="actual − predicted", range=[-limit, limit])
    return figure.update_layout(margin=MARGIN, height=340, showlegend=False)


def _line(figure: go.Figure, **ends: float) -> None:
    figure.add_shape(type="line", **ends, line={"width": 1, "dash": "dot", "color": GREY})
