"""C along a straight line between the weights of two epochs, or of two runs."""

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.network import Network
from core.training.landscape import line
from core.utils.number_text import fixed_text, short_text
from pages.ui.runs.landscape.picture import Places, Progress, progress_of, sampled_rows
from pages.ui.state.run_list import Experiment
from pages.ui.state.session import Session
from pages.ui.style import figures
from pages.ui.style.labels import LOSS_NAMES, short_name

Array = NDArray[np.float64]

POINTS = 51
LOG_RATIO = 20  # between the largest and the smallest C, from which the axis is logarithmic
ROUNDING = 1e-9  # of C: a smaller rise is none
FALLS, RISES = "falls", "rises"
MONOTONE = "No barrier: C {verb} all the way, from {start} to {end}."
BELOW = "No barrier: C stays below {highest}, that of its higher end."
FLAT = "No barrier: C is the same all the way."
BARRIER = "A barrier: C rises to {peak} at {way} % of the way, above both ends ({start} and {end})."
INFINITE = "A barrier: at {way} % of the way C is not finite."


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
    """C at POINTS shares of a line, (n,), over all samples or some `rows`; the ends' names.

    loss: which C is.
    """

    C: Array
    rows: Places | None
    ends: tuple[str, str]
    loss: str


def similar_runs(state: Session) -> list[Experiment]:
    """Return the session's other runs whose networks are of the form of the run in use."""
    form = _form(state.run.template)
    others = (each for each in state.runs.all if each.identifier != state.current.identifier)
    return [each for each in others if _form(each.run.template) == form]


def compute_line(state: Session, choice: LineChoice) -> Generator[Progress, None, Line]:
    """Return C along the line, over the samples of the run in use, in steps."""
    run = state.run
    other = state.runs.find(choice.other)
    end_run, name = (run, "") if other is None else (other.run, run_name(state, other))
    rows = sampled_rows(run, POINTS)
    start, end = min(choice.start, run.epoch), min(choice.end, end_run.epoch)
    loss = run.settings_at(state.epoch).loss
    steps = line(run, run.at(start), end_run.at(end), np.linspace(0, 1, POINTS), loss, rows=rows)
    C = yield from progress_of("C along the line, points", steps)
    names = f"epoch {start:,}", f"{short_name(name)}, epoch {end:,}" if name else f"epoch {end:,}"
    return Line(C, rows, names, loss)


def line_sentence(found: Line) -> str:
    """Return whether there is a barrier between the ends."""
    C, infinite = found.C, np.flatnonzero(~np.isfinite(found.C))
    if infinite.size:
        return INFINITE.format(way=_way(C, infinite[0]))
    peak, start, end = int(np.argmax(C)), float(C[0]), float(C[-1])
    highest, rises = max(start, end), np.diff(C)
    small = ROUNDING * np.abs(C).max()
    ends = {"start": short_text(start), "end": short_text(end)}
    if C[peak] > highest + small:
        return BARRIER.format(peak=short_text(C[peak]), way=_way(C, peak), **ends)
    if (np.abs(rises) <= small).all():
        return FLAT
    if (rises <= small).all():
        return MONOTONE.format(verb=FALLS, **ends)
    if (rises >= -small).all():
        return MONOTONE.format(verb=RISES, **ends)
    return BELOW.format(highest=short_text(highest))


def _way(C: Array, place: int) -> str:
    """Return how far along the line a point is, in %."""
    return fixed_text(100 * place / (len(C) - 1), 0)


def run_name(state: Session, experiment: Experiment) -> str:
    """Return by which name a run is offered."""
    return state.runs.labels[experiment.identifier]


def line_figure(found: Line, digits: int) -> go.Figure:
    """Draw C along the line, with its ends named."""
    shares, C = np.linspace(0, 1, len(found.C)), np.where(np.isfinite(found.C), found.C, np.nan)
    colour, drawn = figures.categorical_colors()[0], C[np.isfinite(C)]
    figure = go.Figure()
    figure.add_scatter(
        x=shares,
        y=C,
        mode="lines",
        line={"color": colour},
        hovertemplate="%{x:.0%} of the way<br>C = %{y:.6g}",
    )
    figure.add_scatter(
        x=[0, 1],
        y=C[[0, -1]],
        mode="markers+text",
        marker={"color": colour, "size": 8},
        text=[f"  {short_text(value, digits)}  " for value in C[[0, -1]]],
        textposition=[_beside("right", C[1] - C[0]), _beside("left", C[-2] - C[-1])],
        cliponaxis=False,
        hoverinfo="skip",
    )
    log = bool(drawn.size) and drawn.min() > 0 and drawn.max() > LOG_RATIO * drawn.min()
    scale = {"type": "log", "exponentformat": "power", "dtick": 1} if log else {}
    return figure.update_layout(
        margin={**figures.MARGIN, "t": figures.BAR + 16, "b": 48},
        height=300,
        showlegend=False,
        xaxis={"range": [-0.03, 1.03], "showticklabels": False, "zeroline": False},
        annotations=[
            _end_label(found.ends[0], "left", 0),
            _end_label(found.ends[1], "right", 1),
        ],
        yaxis={"title": "C", **(scale or {"rangemode": "tozero"})},
    )


def line_title(found: Line) -> str:
    """Return what the line's figure shows."""
    return f"C, {LOSS_NAMES[found.loss]}, from {found.ends[0]} to {found.ends[1]}"


def _end_label(name: str, side: str, line: int) -> dict[str, object]:
    """Return an end's name below the axis; each has a line, where names are long."""
    place = {"x": int(side == "right"), "xref": "paper", "xanchor": side}
    down = {"y": 0, "yref": "paper", "yanchor": "top", "yshift": -4 - 18 * line}
    return {**place, **down, "text": name, "showarrow": False}


def _beside(side: str, rise: float) -> str:
    """Return where a number stands at an end of a curve that rises or falls away from it."""
    return f"{'bottom' if rise > 0 else 'top'} {side}"


def _form(net: Network) -> tuple[object, ...]:
    return net.shapes, net.bias_input, net.bias_hidden, net.hidden, net.output
