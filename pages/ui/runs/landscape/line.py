"""C along a straight line between the weights of two epochs, or of two runs."""

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.network import Network
from core.training.landscape import line
from core.utils.number_text import number_text
from pages.ui.runs.landscape.picture import Places, sampled_rows
from pages.ui.state.run_list import Experiment
from pages.ui.state.session import Session
from pages.ui.style import figures
from pages.ui.style.labels import short_name

Array = NDArray[np.float64]

POINTS = 51
LOG_RATIO = 20  # between the largest and the smallest C, from which the axis is logarithmic


@dataclass(frozen=True)
class LineChoice:
    """A line from an epoch of the run in use to an epoch of it, or of another run.

    other: that run's identifier; "" for the run in use.
    """

    start: int
    end: int
    other: str = ""


@dataclass(frozen=True, eq=False)
class Line:
    """C at POINTS shares of a line, (n,), over all samples or some `rows`; the ends' names."""

    C: Array
    rows: Places | None
    ends: tuple[str, str]


def similar_runs(state: Session) -> list[Experiment]:
    """Return the session's other runs whose networks are of the form of the run in use."""
    form = _form(state.run.template)
    others = (each for each in state.runs.all if each.identifier != state.current.identifier)
    return [each for each in others if _form(each.run.template) == form]


def compute_line(state: Session, choice: LineChoice) -> Line:
    """Return C along the line, over the samples of the run in use."""
    run = state.run
    other = state.runs.find(choice.other)
    end_run, name = (run, "") if other is None else (other.run, run_name(state, other))
    rows = sampled_rows(run, POINTS)
    start, end = min(choice.start, run.epoch), min(choice.end, end_run.epoch)
    loss = run.settings_at(state.epoch).loss
    shares = np.linspace(0, 1, POINTS)
    C = line(run, run.at(start), end_run.at(end), shares, loss=loss, rows=rows)
    names = f"epoch {start:,}", f"{short_name(name)}, epoch {end:,}" if name else f"epoch {end:,}"
    return Line(C, rows, names)


def run_name(state: Session, experiment: Experiment) -> str:
    """Return by which name a run is offered."""
    return state.runs.labels[experiment.identifier]


def line_figure(found: Line, digits: int) -> go.Figure:
    """Draw C along the line, with its ends named."""
    shares, C = np.linspace(0, 1, len(found.C)), np.where(np.isfinite(found.C), found.C, np.nan)
    smallest, largest = np.nanmin(C), np.nanmax(C)
    figure = go.Figure()
    figure.add_scatter(
        x=shares, y=C, mode="lines", hovertemplate="%{x:.0%} of the way<br>C = %{y:.6g}"
    )
    figure.add_scatter(
        x=[0, 1],
        y=C[[0, -1]],
        mode="markers+text",
        text=[number_text(value, digits) for value in C[[0, -1]]],
        textposition=[_beside("right", C[1] - C[0]), _beside("left", C[-2] - C[-1])],
        cliponaxis=False,
        hoverinfo="skip",
    )
    log = smallest > 0 and largest > LOG_RATIO * smallest
    return figure.update_layout(
        margin=figures.MARGIN,
        height=280,
        showlegend=False,
        xaxis={"tickvals": [0, 0.5, 1], "ticktext": [found.ends[0], "half-way", found.ends[1]]},
        yaxis={"title": "C", **({"type": "log"} if log else {"rangemode": "tozero"})},
    )


def _beside(side: str, rise: float) -> str:
    """Return where a number stands at an end of a curve that rises or falls away from it."""
    return f"{'bottom' if rise > 0 else 'top'} {side}"


def _form(net: Network) -> tuple[object, ...]:
    return net.shapes, net.bias_input, net.bias_hidden, net.hidden, net.output
