"""What each sample adds to one weight's gradient, as bars that add up to it."""

import math
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from pages.shared.figures import diverging_scale

Array = NDArray[np.float64]

MOST_BARS = 200


@dataclass(frozen=True)
class Bars:
    """Samples with bars of their own (from 0, ascending), their parts, and all others in one."""

    samples: NDArray[np.intp]
    values: Array
    rest: float = 0.0
    rest_count: int = 0

    @property
    def total(self) -> float:
        """The sum of all bars, rounded once."""
        return math.fsum([*self.values, self.rest])


def bars(parts: Array, most: int = MOST_BARS) -> Bars:
    """Every sample's part, or the largest `most` and what the others add up to."""
    if len(parts) <= most:
        return Bars(np.arange(len(parts)), parts)
    by_size = np.argsort(-np.abs(parts), kind="stable")
    largest, others = np.sort(by_size[:most]), by_size[most:]
    return Bars(largest, parts[largest], math.fsum(parts[others]), len(others))


def figure(shown: Bars, chosen: int) -> go.Figure:
    """The bars, by the colour of their sign; the chosen sample is outlined."""
    labels = [str(sample + 1) for sample in shown.samples]
    values = shown.values
    if shown.rest_count:
        labels, values = [*labels, f"{shown.rest_count:,} others"], np.append(values, shown.rest)
    scale = diverging_scale()
    colours = np.where(values < 0, scale[2], scale[7])
    outlines = [2 if label == str(chosen + 1) else 0 for label in labels]
    bar = go.Bar(
        x=labels,
        y=values,
        marker={"color": colours, "line": {"width": outlines, "color": "#888"}},
        hovertemplate="sample %{x}<br>%{y:.17g}<extra></extra>",
    )
    chart = go.Figure(bar)
    if outlines.count(2):
        chart.add_vline(x=outlines.index(2), line_width=1, line_dash="dot", line_color="#888")
    chart.update_layout(
        height=280,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        xaxis={"title": "sample", "type": "category", "nticks": 16, "tickangle": 0},
        yaxis={"title": "contribution", "zeroline": True, "tickformat": "~g"},
        showlegend=False,
    )
    return chart
