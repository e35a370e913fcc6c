"""Gradient check: every weight's gradient by the chain rule, beside two other ways to it."""

from dataclasses import dataclass
from time import monotonic
from typing import Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from core.checking.three_ways import (
    BOUND,
    CENTRAL_BOUND,
    MAX_ROWS,
    MAX_WEIGHTS,
    GradientCheck,
    StepErrors,
    gradient_check,
    step_errors,
)
from core.checking.typed_number import Range
from core.training.kernel import epoch_time
from core.training.run import Run
from core.utils.latest import latest
from pages.ui.chain_rule.notation import Look
from pages.ui.chain_rule.panel import Panel, panels
from pages.ui.chain_rule.scene import shown_loss
from pages.ui.fields.number_field import number_entry
from pages.ui.frame.fragment import fragment
from pages.ui.state.names import Names
from pages.ui.state.session import Session, Weight
from pages.ui.style import figures
from pages.ui.style.labels import LOSS_NAMES
from pages.ui.style.markdown import count

Array = NDArray[np.float64]

AT_ONCE = 0.5  # s of work that is done without being asked for
A_WEIGHT, EPOCHS_A_WEIGHT = 2e-4, 30  # s of overhead, and what its passes cost, about
VALLEY_ROWS = 200  # of the curve over h, which takes 120 passes
REDRAW = 0.2  # s between two steps of the progress bar
TICKS = (-16, -12, -8, -4, 0)  # powers of ten beside the colours
NOTHING = 1e-17  # an error of 0 on a logarithmic scale
GREY = "#888888"  # seen on light and dark
OFFER, CANCELLED = "check_offer", "check_cancelled"  # asked for other limits; given up
CHECKED = "check_done"  # the run and epoch that are checked, and within which limits
COMPLEX, CENTRAL = "Complex step", "Central differences"
RELATIVE, ABSOLUTE = "relative", "absolute"
MATRICES = ("W⁽¹⁾", "W⁽²⁾")
MANY_CELLS = 4096  # with more, a cell's hover says the power of ten only


@dataclass(frozen=True)
class Limits:
    """How much is checked at most."""

    weights: int = MAX_WEIGHTS
    rows: int = MAX_ROWS
    seconds: float = 10.0


@fragment
def checked(state: Session) -> None:
    """The tab: the check where it is quick or was asked for, else the offer to make it."""
    st.markdown(
        "The chain rule gives every gradient. Two independent checks do not use it: move "
        "one weight a little and see how C changes, once with real numbers, once with complex ones."
    )
    place = st.empty()
    with place.container():
        limits = _limits(state)
        if limits is None:
            return
        found = latest(state.run, (state.epoch, shown_loss(state), limits), _checking)
        st.session_state[CHECKED] = _what(state), limits
    place.empty()
    _verdict(state, found)
    _errors(state, found)
    _valley(state, found)
    _numbers(state, found)
    _how()


def _limits(state: Session) -> Limits | None:
    """What was asked for, or the usual limits where that is quick; None where it must be asked."""
    done: tuple[tuple[str, int, str], Limits] | None = st.session_state.get(CHECKED)
    if done and done[0] == _what(state):
        return done[1]
    quick = _work(state) <= AT_ONCE and OFFER not in st.session_state
    return Limits() if quick else _offer(state)


def _what(state: Session) -> tuple[str, int, str]:
    return state.current.token, state.epoch, shown_loss(state)


def _work(state: Session) -> float:
    """The seconds that the whole check would take, about."""
    net, rows = state.run.template, min(len(state.run.X), MAX_ROWS)
    each = A_WEIGHT + EPOCHS_A_WEIGHT * epoch_time(net, rows) / 1e9
    return (net.W1.size + net.W2.size) * each


def _offer(state: Session) -> Limits | None:
    """How much of a large check to make; None until it is asked for."""
    net, N = state.run.template, len(state.run.X)
    weights = net.W1.size + net.W2.size
    st.info(
        f"{count(weights, 'weight')} and {count(N, 'training sample')}: three passes over the "
        "samples for each weight take a while. Of what you leave out nothing is said.",
        icon=":material/hourglass:",
    )
    with st.form("check_limits", border=False):
        offers = (
            ("Weights at most", min(weights, MAX_WEIGHTS), weights,
             "So many of them, drawn at random."),
            ("Samples at most", min(N, MAX_ROWS), N,
             "So many of them, drawn at random; C is then their mean."),
            ("Seconds at most", Limits.seconds, 600,
             "What is done by then is judged, and how much that is, is said."),
        )  # fmt: skip
        chosen: list[float] = []
        for place, (label, value, most, meaning) in zip(st.columns(3), offers, strict=True):
            with place:
                key = f"check_{label.split()[0]}"
                within = Range(1, most, whole=True)
                number = number_entry(label, value, within, key=key, help=meaning)
            chosen += [] if number is None else [number]
        asked = st.form_submit_button("Check", type="primary", icon=":material/fact_check:")
    if st.session_state.pop(CANCELLED, False):
        st.caption("Cancelled: nothing was judged.")
    if not asked or len(chosen) < len(offers):
        return None
    st.session_state.pop(OFFER, None)
    most_weights, most_rows, seconds = chosen
    return Limits(int(most_weights), int(most_rows), seconds)


def _offer_again() -> None:
    st.session_state.pop(CHECKED, None)
    st.session_state[OFFER] = True


def _checking(run: Run, epoch: int, loss: str, limits: Limits) -> GradientCheck:
    """The check, with progress on it and a way to give it up."""
    with st.container(horizontal=True, vertical_alignment="center"):
        bar = st.progress(0.0, "Checking …", width="stretch")
        st.button(
            "Cancel",
            key="check_cancel",
            on_click=lambda: st.session_state.update({CANCELLED: True}),
        )
    started = last = monotonic()

    def progress(done: int, total: int) -> None:
        nonlocal last
        now = monotonic()
        if now - last < REDRAW:
            return
        last = now
        share = max(done / total, (now - started) / limits.seconds)
        left = max(0.0, (now - started) * (1 - share) / share)
        told = f"{done:,} of {total:,} weights, {left:.0f} s to go"
        bar.progress(min(share, 1.0), told)  # a click on Cancel ends it here

    return gradient_check(
        run.at(epoch),
        run.X,
        run.y,
        loss,
        max_weights=limits.weights,
        max_rows=limits.rows,
        seconds=limits.seconds,
        progress=progress,
    )


def _verdict(state: Session, found: GradientCheck) -> None:
    """Right or wrong, with the bound, and what it was held against."""
    if found.agrees:
        st.success(found.sentence, icon=":material/check_circle:")
    else:
        st.error(found.sentence, icon=":material/error:")
    whole = all(bits.all() for bits in found.checked) and len(found.rows) == len(state.run.X)
    left, right = st.columns([3, 1], vertical_alignment="center")
    left.caption(Look.at(state).other_loss or f"C is the {LOSS_NAMES[shown_loss(state)]}.")
    left.caption(
        "Rounding leaves an error in proportion to the terms that are added up, not to their sum, "
        "in which they may cancel. So an error counts by the sum of the terms without their signs."
        + (" C is taken alone, without L2." if state.run.settings_at(state.epoch).l2 else "")
    )
    if not whole:
        right.button(
            "Check more or others",
            on_click=_offer_again,
            help="Choose how many weights and samples.",
        )


def _errors(state: Session, found: GradientCheck) -> None:
    """Every weight's error, at the shapes of W1 and W2."""
    with st.container(horizontal=True):
        way = st.segmented_control(
            "Chain rule against",
            [COMPLEX, CENTRAL],
            default=COMPLEX,
            required=True,
            key="check_way",
            help="The complex step is exact to the last digit or two; central differences lose "
            "half the digits, however good the gradient.",
        )
        kind = st.segmented_control(
            "Error",
            [RELATIVE, ABSOLUTE],
            default=RELATIVE,
            required=True,
            key="check_error",
            help="Relative: to the sum of the terms without their signs.",
        )
    pairs = found.central if way == CENTRAL else found.complex_step
    names, net = Names.of(state.current), state.run.template
    rows = names.inputs, names.units_and_bias
    columns, biases = (names.units, names.outputs), (net.bias_input, net.bias_hidden)
    for at, place in enumerate(st.columns([3, 2], gap="medium")):
        errors = pairs[at].relative if kind == RELATIVE else pairs[at].absolute
        for panel in panels(
            at + 1, errors, rows[at], columns[at], state.conventions, bias=biases[at]
        ):
            with place:
                st.markdown(f"**∂C/∂{panel.symbol}**: {kind} error")
                st.plotly_chart(
                    error_map(panel),
                    config=figures.CONFIG,
                    key=f"check_errors_{panel.symbol}",
                    alt=f"The {kind} error of every weight of {panel.symbol} against the {way}",
                )


def error_map(panel: Panel) -> go.Figure:
    """Errors as powers of ten, one cell a weight; those that were not checked are blank."""
    errors = panel.numbers
    powers = np.log10(np.maximum(errors, NOTHING))
    few = errors.size <= figures.MAX_LABELS
    labels = np.array([[_error(value) for value in row] for row in errors]) if few else None
    shown = "%{text}" if few else "10^%{z:.1f}"
    top = max(-6.0, float(np.nanmax(powers, initial=-6.0)))
    figure = go.Figure(
        go.Heatmap(
            z=powers,
            x=figures.unique_labels(panel.columns),
            y=figures.unique_labels(panel.rows),
            zmin=np.log10(NOTHING),
            zmax=top,
            colorscale="Cividis",
            text=labels,
            texttemplate="%{text}" if few else None,
            hovertemplate=f"{panel.from_to}: {shown}<extra></extra>",
            hoverongaps=False,
            colorbar={"thickness": 10, "tickvals": TICKS, "ticktext": [f"1e−{-t}" for t in TICKS]},
        )
    )
    return figures.set_matrix_layout(figure, len(panel.rows))


def _error(value: float) -> str:
    if np.isnan(value):
        return ""
    return "0" if value == 0 else f"{value:.0e}".replace("e-0", "e-").replace("-", "−")


def _valley(state: Session, found: GradientCheck) -> None:
    """The error of one weight against the step h, with the step that was used marked."""
    st.subheader("Why not just a smaller step?", anchor=False)
    weight = _choose_weight(state)
    matrix, place = weight.layer - 1, (weight.row, weight.column)
    errors = _stepped(state, weight)
    used = float(found.step[matrix][place])
    st.plotly_chart(
        valley(errors, used),
        config=figures.CONFIG,
        key="check_valley",
        alt="The error of central differences and of the complex step against the step h",
    )
    best = float(errors.steps[np.argmin(errors.central)])
    closest = f"Central differences are closest at h = {best:.0e} here."
    if not errors.central.any():
        closest = "Central differences are exact here at every step."
    step = "" if np.isnan(used) else f" The check took h = {used:.1e} for this weight."
    st.caption(
        f"{closest} As a rule a larger step is wrong by how the curve of C bends on the way (the "
        "error falls with h²), a smaller one by the digits that cancel in C(w + h) − C(w − h) (the "
        "error grows with 1/h). The complex step subtracts nothing, so "
        f"its h may be as small as it likes.{step}"
    )


def _choose_weight(state: Session) -> Weight:
    """The weight that the app looks at; to choose another here changes it on every page."""
    weight, names = state.focus.weight, Names.of(state.current)
    rows = names.inputs if weight.layer == 1 else names.units_and_bias
    columns = names.units if weight.layer == 1 else names.outputs
    offers: dict[str, tuple[str, list[str], int]] = {
        "check_layer": ("Matrix", list(MATRICES), weight.layer - 1),
        "check_row": ("From", rows, weight.row),
        "check_column": ("To", columns, weight.column),
    }
    for place, (key, (label, options, index)) in zip(st.columns(3), offers.items(), strict=True):
        st.session_state[key] = index  # the typed state is the truth
        place.selectbox(
            label,
            range(len(options)),
            format_func=options.__getitem__,
            key=key,
            on_change=lambda: _hear_weight(state),
            help="The weight that is moved; every page then looks at it.",
        )
    return weight


def _hear_weight(state: Session) -> None:
    layer, row, column = (int(st.session_state[f"check_{of}"]) for of in ("layer", "row", "column"))
    which: Literal[1, 2] = 1 if layer == 0 else 2
    state.look(weight=Weight(which, row, column))


def _stepped(state: Session, weight: Weight) -> StepErrors:
    """The errors over h, on the first samples where there are many; the last asked for is kept."""
    return latest(state.run, (state.epoch, shown_loss(state), weight), _step_errors)


def _step_errors(run: Run, epoch: int, loss: str, weight: Weight) -> StepErrors:
    X, y = run.X[:VALLEY_ROWS], run.y[:VALLEY_ROWS]
    place = weight.layer, weight.row, weight.column
    return step_errors(run.at(epoch), X, y, loss, place)


def valley(errors: StepErrors, used: float) -> go.Figure:
    """Both errors against h on logarithmic axes; a line at the step used, unless it is NaN."""
    figure = go.Figure()
    for name, values, dash in (
        ("central differences", errors.central, "solid"),
        ("complex step", errors.complex_step, "dash"),
    ):
        figure.add_scatter(
            x=errors.steps,
            y=np.maximum(values, NOTHING),
            name=name,
            mode="lines+markers",
            line={"dash": dash},
            hovertemplate="h = %{x:.1e}<br>error %{y:.1e}",
        )
    if np.isfinite(used):
        figure.add_vline(x=used, line={"width": 1, "dash": "dot", "color": GREY})
        figure.add_annotation(
            x=np.log10(used), xanchor="left", y=1, yref="paper", yanchor="top", showarrow=False,
            text=f" h used: {used:.1e}",
        )  # fmt: skip
    figure.update_layout(
        height=340,
        margin={"l": 8, "r": 8, "t": 24, "b": 8},
        legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 1.12},
        xaxis={
            "type": "log",
            "title": "step h",
            "exponentformat": "power",
            "dtick": 2,
            "range": [np.log10(errors.steps.min()) - 0.3, np.log10(errors.steps.max()) + 0.3],
        },
        yaxis={
            "type": "log",
            "title": "relative error",
            "exponentformat": "power",
            "dtick": 3,
            "range": [np.log10(NOTHING), 1],
        },
    )
    return figure


def _numbers(state: Session, found: GradientCheck) -> None:
    """Every weight that was checked, in full."""
    with st.expander("Every weight in numbers", icon=":material/table_rows:"):
        table = numbers(found, shown_loss(state))
        st.dataframe(
            table.style.format(precision=16, na_rep="") if len(table) < 400 else table,
            hide_index=True,
            alt="Every weight checked, with its gradient by three ways",
        )
        st.download_button(
            "Download (CSV)",
            table.to_csv(index=False, float_format="%.17g"),
            f"gradient-check-epoch-{state.epoch}.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
            help="Every digit, and of which loss C is. k and l count from 1, as in the derivation; "
            "the last k is that of the bias.",
        )


def numbers(found: GradientCheck, loss: str) -> pd.DataFrame:
    """A row for each weight checked, with the loss that C is; k and l count from 1."""
    parts = []
    for at, (name, checked) in enumerate(zip(("W1", "W2"), found.checked, strict=True)):
        row, column = np.nonzero(checked)  # in the order in which a mask picks
        exact, central = found.complex_step[at], found.central[at]
        parts.append(
            pd.DataFrame(
                {
                    "loss": loss,
                    "matrix": name,
                    "k": row + 1,
                    "l": column + 1,
                    "chain rule": found.analytic[at][checked],
                    "complex step": exact.value[checked],
                    "central differences": central.value[checked],
                    "h": found.step[at][checked],
                    "sum of |terms|": found.scale[at][checked],
                    "error, complex step": exact.relative[checked],
                    "error, central": central.relative[checked],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _how() -> None:
    """The two other ways, in formulas."""
    with st.expander("The two other ways", icon=":material/function:"):
        st.markdown("**Central differences**, with real numbers:")
        st.latex(r"\frac{\partial C}{\partial w} \approx \frac{C(w + h) - C(w - h)}{2h}")
        st.markdown(
            "with h = ε^⅓ · max(1, |w|) / max(1, x), where ε = 2.2e-16 and x is the largest number "
            f"that the weight multiplies. They must hold {CENTRAL_BOUND:g} in norm."
        )
        st.markdown("**The complex step** (Squire and Trapp 1998):")
        st.latex(r"\frac{\partial C}{\partial w} = \operatorname{Im} \frac{C(w + ih)}{h}")
        st.markdown(
            "with h = 1e-100. Nothing is subtracted, so nothing cancels: it is the judge, and each "
            f"weight must be within {BOUND:g} of the sum of |terms|."
        )
