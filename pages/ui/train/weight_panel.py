"""One weight over the epochs: its value and its gradient, beside ‖∇C‖, each on its own axis."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from core.chain import Symbol
from core.training.run import Run
from core.utils.number_text import number_text
from core.utils.sentence import plural
from pages.ui.chain_rule.step_through.panel import BUTTON as STEP_THROUGH
from pages.ui.fields.binding import bind
from pages.ui.state.fair_share import fair_share
from pages.ui.state.names import Names
from pages.ui.state.page_list import PageLink
from pages.ui.state.session import Session, Weight
from pages.ui.state.stage_request import WEIGHT_PART
from pages.ui.style import figures
from pages.ui.style.change_marks import change_marks, loss_changes
from pages.ui.style.markdown import plain
from pages.ui.train.point_curves import (
    WEIGHT_SECONDS,
    PointCurve,
    weight_curve,
    weight_numbers,
)
from pages.ui.train.weight_story import story

CHAIN_RULE = PageLink("pages/chain-rule.py", "Its chain rule", ":material/account_tree:")
CLOSE, MORE = "Close", "Compute more"
ONE_POINT = (
    "One point so far: the initial weights. Press **Play** or **Step** above: the curves grow with "
    "the film, each time it pauses."
)
ABOUT = (
    "∂C/∂W is over all {samples}, at the weights of each epoch; ‖∇C‖ is the length of the gradient "
    "of all {weights} together, √Σ(∂C/∂W)²: near 0 where C is flat."
)
WITHOUT_L2 = "Neither has the term λ · W in it, which L2 adds to ∂C/∂W for the step."
LATER = "Pale: the epochs after the one on display, which are computed already."
THINNED = "Computed at 1 of every {stride:,} epochs, drawn as dots; those between are not drawn."
SO_FAR = "Computed up to epoch {last:,} of {trained:,}."
CHARTS = ("Weight", "∂C/∂W", "‖∇C‖")
TITLE = "weight_title"  # the key of what a click scrolls to, as well as the first chart
HEIGHT, FIELD = 250, 150  # px, of a chart, and the width of a field
SHORTEST, PADDING = 50, 0.03  # epochs of an axis at least, and what is beside them
TRIANGLE = 16  # px: the mark of a change
POINT, ALONE, AT_EPOCH = 3, 5, 11  # px: on a line, not joined, and at the epoch on display
VALUE, GRADIENT, NORM = range(3)  # among the charts
PALE = 0.35  # opacity of what comes after the epoch on display


def weight_panel(state: Session) -> None:
    """Draw the selected weight's curves, fields that select another, and links."""
    run, epoch, weight = state.run, state.epoch, state.focus.weight
    with fair_share(min(WEIGHT_SECONDS, 2 * run.epoch * run.epoch_seconds)):
        curve = weight_curve(run, weight)
    with st.container(border=True):
        _head(state, weight)
        _title(state, curve)
        _charts(state, curve)
        _notes(run, epoch, curve)


def _head(state: Session, weight: Weight) -> None:
    """Draw the fields, and what can be done with the weight that they select."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _fields(state, weight)
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            _actions(state)


def _actions(state: Session) -> None:
    """Draw the links, and the button that closes the panel."""
    CHAIN_RULE.draw()
    if st.button(
        STEP_THROUGH,
        icon=":material/footprint:",
        help="The training step after this epoch on the Chain rule page, slowly, with this weight "
        "selected.",
    ):
        state.go_to_stop("X")
        st.switch_page(CHAIN_RULE.file)
    st.button(
        CLOSE,
        icon=":material/close:",
        on_click=_close,
        args=(state,),
        help="Hide this weight’s curves; the switch “Weight” brings them back.",
    )


def _fields(state: Session, weight: Weight) -> None:
    """Draw the fields that select a weight."""
    layers = Names.of(state.current).layers
    rows, columns = layers[weight.layer - 1]
    matrices = [Symbol("W", layer).text for layer in range(1, len(layers) + 1)]
    _field(state, "Matrix", "layer", dict(enumerate(matrices, start=1)))
    _field(state, "From", "row", dict(enumerate(rows)))
    _field(state, "To", "column", dict(enumerate(columns)))


def _field(state: Session, label: str, part: str, names: dict[int, str]) -> None:
    """Draw the field for the weight's layer, row or column; `names` of its numbers."""

    def select(number: int) -> None:
        state.look(weight=replace(state.focus.weight, **{part: number}))

    st.selectbox(
        label,
        **bind(f"weight_{part}", getattr(state.focus.weight, part), select, names),
        format_func=names.__getitem__,
        help="A click on a cell of a heatmap or on an edge of the network selects a weight, too.",
        width=FIELD,
    )


def _close(state: Session) -> None:
    with state.lock:
        state.views -= {WEIGHT_PART}


def _title(state: Session, curve: PointCurve) -> None:
    """Draw which weight it is, with its number at the epoch on display, and its story."""
    run, epoch, weight = state.run, state.epoch, state.focus.weight
    now, digits = weight_numbers(run, epoch, weight)[VALUE], state.conventions.digits
    lock = ":material/lock: " * (weight.place in state.settings.frozen)
    with st.container(key=TITLE, gap="xsmall"):
        st.markdown(
            f"{lock}**{plain(weight_name(state))}**, at epoch {epoch:,}: "
            f"**{number_text(now, digits)}**"
        )
        gradients = [point[GRADIENT] for point in curve.values]
        st.markdown(story(state, curve.values[0][VALUE], now, gradients))


def weight_name(state: Session) -> str:
    """Return the selected weight's ends and its place: x1 → h1, W⁽¹⁾ row 1, column 1."""
    weight = state.focus.weight
    rows, columns = Names.of(state.current).layers[weight.layer - 1]
    matrix = Symbol("W", weight.layer).text
    ends = f"{rows[weight.row]} → {columns[weight.column]}"
    return f"{ends}, {matrix} row {weight.row + 1}, column {weight.column + 1}"


def _charts(state: Session, curve: PointCurve) -> None:
    """Draw value, gradient and norm side by side, each with its number at the epoch on display."""
    run, epoch, weight = state.run, state.epoch, state.focus.weight
    losses, edits = loss_changes(run), list(run.edited_epochs)
    now = weight_numbers(run, epoch, weight)
    for i, place in enumerate(st.columns(len(CHARTS), vertical_alignment="bottom")):
        with place:
            number = number_text(now[i], state.conventions.digits)
            st.markdown(f"**{CHARTS[i]}** at epoch {epoch:,}: {number}")
            breaks = edits if i == VALUE else sorted({*edits, *losses})
            st.plotly_chart(
                figure(curve, i, (epoch, now[i]), run, breaks),
                config=figures.CONFIG,
                key=f"weight_curve_{i}",
                alt=f"{CHARTS[i]} over the epochs 0 to {run.epoch:,}; at epoch {epoch:,} {number}",
            )


def figure(
    curve: PointCurve, i: int, now: tuple[int, float], run: Run, breaks: Sequence[int]
) -> go.Figure:
    """Draw the curve's i-th numbers over the epochs, and that of the epoch on display, `now`.

    Epochs are joined where none is missing between them, and not across `breaks`. Changes of the
    training are marked.
    """
    values, changes = [numbers[i] for numbers in curve.values], change_marks(run)
    joined, seen = curve.stride == 1, np.searchsorted(curve.epochs, now[0], side="right")
    whole = _curve(curve.epochs, values, breaks, joined=joined)
    clear = _curve(curve.epochs[:seen], values[:seen], breaks, joined=joined)
    figure = go.Figure([whole.update(opacity=PALE), _dot(*now), clear.update(hoverinfo="skip")])
    lines = [_line(now[0], "dot"), *(_line(epoch, "dash") for epoch, _ in changes)]
    figure.update_layout(shapes=lines, annotations=[_triangle(*change) for change in changes])
    figure.update_yaxes(exponentformat="power", rangemode="tozero" if i == NORM else "normal")
    if len({*values, now[1]}) == 1:
        figure.update_yaxes(range=_range_around(now[1]))
    end = max(run.epoch, SHORTEST)
    figure.update_xaxes(title="epoch", range=(-PADDING * end, (1 + PADDING) * end))
    return figure.update_layout(margin=figures.MARGIN, height=HEIGHT, showlegend=False)


def _curve(
    epochs: Sequence[int], values: Sequence[float], breaks: Sequence[int], *, joined: bool
) -> go.Scatter:
    """Return the points over the epochs, with a gap before each of `breaks` if they are joined."""
    gaps, colour = np.searchsorted(epochs, breaks), figures.categorical_colors()[0]
    return go.Scatter(
        x=np.insert(np.array(epochs, float), gaps, np.nan),
        y=np.insert(values, gaps, np.nan),
        mode="lines+markers" if joined else "markers",
        line={"color": colour},
        marker={"size": POINT if joined else ALONE, "color": colour},
        hovertemplate="epoch %{x}<br>%{y:.10g}<extra></extra>",
    )


def _dot(epoch: int, value: float) -> go.Scatter:
    """Return the point of the epoch on display."""
    return go.Scatter(
        x=[epoch],
        y=[value],
        mode="markers",
        marker={"size": AT_EPOCH, "color": figures.categorical_colors()[0]},
        hovertemplate="epoch %{x}, on display<br>%{y:.17g}<extra></extra>",
    )


def _range_around(value: float) -> tuple[float, float]:
    """Return an axis on which a constant is in the middle, and 0 at an end."""
    low, high = sorted((0.0, 2 * value))
    return (low, high) if value else (-1.0, 1.0)


def _line(epoch: int, dash: str) -> dict[str, Any]:
    """Return a vertical line at an epoch."""
    line = {"width": 1, "dash": dash, "color": figures.GREY}
    ends = {"x0": epoch, "x1": epoch, "yref": "y domain", "y0": 0, "y1": 1}
    return {"type": "line", "layer": "below", "line": line, **ends}


def _triangle(epoch: int, change: str) -> dict[str, Any]:
    """Return the mark above a change of the training, which a hover names."""
    return {
        "text": "▼",
        "font": {"size": TRIANGLE},
        "hovertext": f"epoch {epoch:,}: {change}",
        "x": epoch,
        "yref": "y domain",
        "y": 1,
        "yanchor": "bottom",
        "showarrow": False,
    }


def _notes(run: Run, epoch: int, curve: PointCurve) -> None:
    """Draw what the numbers are, and which epochs are not among them."""
    samples, weights = len(run.X), run.template.size
    about = ABOUT.format(
        samples=plural(samples, "training sample"), weights=plural(weights, "weight")
    )
    if run.epoch == 0:
        st.markdown(ONE_POINT)
    notes = [about]
    if any(run.settings_at(at).l2 for at in [0, *run.branch_epochs]):
        notes.append(WITHOUT_L2)
    if epoch < curve.epochs[-1]:
        notes.append(LATER)
    if curve.stride > 1:
        notes.append(THINNED.format(stride=curve.stride))
    done = curve.reaches(run.epoch)
    if not done:
        notes.append(SO_FAR.format(last=curve.epochs[-1], trained=run.epoch))
    st.caption(" ".join(notes))
    if not done:
        st.button(
            MORE,
            icon=":material/more_time:",
            help="Recomputing an epoch of this run takes long: each click adds some points.",
        )
