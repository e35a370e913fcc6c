"""Gradient check tab: the chain rule's gradients compared with two independent methods."""

from dataclasses import dataclass, replace
from functools import partial
from time import monotonic
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator

from core.chain import Symbol
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
from core.utils.number_text import exact_text, exponent_text
from core.utils.sentence import plural
from pages.ui.chain_rule.notation import Selection
from pages.ui.chain_rule.panel import Panel, panels_of_layers
from pages.ui.chain_rule.scene import shown_loss
from pages.ui.check.autograd import autograd_check
from pages.ui.fields.binding import bind
from pages.ui.fields.download_button import download_button
from pages.ui.fields.number_field import number_entry
from pages.ui.frame.fragment import fragment
from pages.ui.state.names import Names
from pages.ui.state.session import Session, Weight
from pages.ui.style import figures
from pages.ui.style.labels import LOSS_NAMES

Array = NDArray[np.float64]

AUTOMATIC_SECONDS = 0.5  # of estimated work; more needs the form first
SECONDS_A_WEIGHT, EPOCHS_A_WEIGHT = 2e-4, 30  # overhead; forward and backward passes, about
VALLEY_ROWS = 200  # for the errors over h, which take 120 passes
UPDATE_INTERVAL = 0.2  # s between updates of the progress bar
LIMITS_FORM, CANCELLED = "check_offer", "check_cancelled"  # form requested; check cancelled
LAST_CHECK = "check_done"  # run, epoch, loss and limits of the last check
COMPLEX, CENTRAL = "Complex step", "Central differences"
RELATIVE, ABSOLUTE = "relative", "absolute"


@dataclass(frozen=True)
class Limits:
    """Upper limits of a check."""

    weights: int = MAX_WEIGHTS
    rows: int = MAX_ROWS
    seconds: float = 10.0


@fragment
def gradient_check_tab(state: Session) -> None:
    """Draw the tab: the check if it is quick or was requested, else the form for its limits."""
    st.markdown(
        "The chain rule gives every gradient. Two independent checks do not use it: they change "
        "one weight slightly and measure the change in C, in real and in complex arithmetic."
    )
    _check(state)
    autograd_check(state)


def _check(state: Session) -> None:
    place = st.empty()
    with place.container():
        limits = _limits(state)
        if limits is None:
            return
        check = latest(state.run, (state.epoch, shown_loss(state), limits), _run_check)
        st.session_state[LAST_CHECK] = _check_key(state), limits
    place.empty()
    _verdict(state, check)
    _error_maps(state, check)
    _step_size(state, check)
    _table(state, check)
    _formulas()


def _limits(state: Session) -> Limits | None:
    """Return the requested limits, or the default ones if quick; None to wait for the form."""
    last_check: tuple[tuple[str, int, str], Limits] | None = st.session_state.get(LAST_CHECK)
    if last_check and last_check[0] == _check_key(state):
        return last_check[1]
    quick = _estimate_seconds(state) <= AUTOMATIC_SECONDS and LIMITS_FORM not in st.session_state
    return Limits() if quick else _limits_form(state)


def _check_key(state: Session) -> tuple[str, int, str]:
    return state.current.token, state.epoch, shown_loss(state)


def _estimate_seconds(state: Session) -> float:
    """Return the approximate seconds that the whole check takes."""
    net, rows = state.run.template, min(len(state.run.X), MAX_ROWS)
    each = SECONDS_A_WEIGHT + EPOCHS_A_WEIGHT * epoch_time(net, rows) / 1e9
    return net.size * each


def _limits_form(state: Session) -> Limits | None:
    """Draw the form for the limits of a large check; None until submitted."""
    net, N = state.run.template, len(state.run.X)
    weights = net.size
    st.info(
        f"{plural(weights, 'weight')} and {plural(N, 'training sample')}: the check takes three "
        "passes over the samples for each weight. The verdict covers only what is checked.",
        icon=":material/hourglass:",
    )
    with st.form("check_limits", border=False):
        fields = (
            ("Maximum weights", min(weights, MAX_WEIGHTS), weights,
             "Random sample of this size."),
            ("Maximum samples", min(N, MAX_ROWS), N,
             "Random sample of this size; C is then that of these samples alone."),
            ("Maximum seconds", Limits.seconds, 600,
             "The check stops after this time; the verdict says how many weights it covers."),
        )  # fmt: skip
        chosen: list[float] = []
        for place, (label, value, most, meaning) in zip(st.columns(3), fields, strict=True):
            with place:
                key = f"check_{label.split()[1]}"
                within = Range(1, most, whole=True)
                number = number_entry(label, value, within, key=key, help=meaning)
            chosen += [] if number is None else [number]
        submitted = st.form_submit_button("Check", icon=":material/fact_check:")
    if st.session_state.pop(CANCELLED, False):
        st.caption("Cancelled: no verdict.")
    if not submitted or len(chosen) < len(fields):
        return None
    st.session_state.pop(LIMITS_FORM, None)
    most_weights, most_rows, seconds = chosen
    return Limits(int(most_weights), int(most_rows), seconds)


def _reopen_limits_form() -> None:
    st.session_state.pop(LAST_CHECK, None)
    st.session_state[LIMITS_FORM] = True


def _run_check(run: Run, epoch: int, loss: str, limits: Limits) -> GradientCheck:
    """Run the check with a progress bar and a Cancel button."""
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
        if now - last < UPDATE_INTERVAL:
            return
        last = now
        share = max(done / total, (now - started) / limits.seconds)
        left = max(0.0, (now - started) * (1 - share) / share)
        text = f"{done:,} of {total:,} weights, {left:.0f} s left"
        bar.progress(min(share, 1.0), text)  # Cancel interrupts the script here

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


def _verdict(state: Session, check: GradientCheck) -> None:
    """Draw the verdict with its bound and loss."""
    if check.agrees:
        st.success(check.sentence, icon=":material/check_circle:")
    else:
        st.error(check.sentence, icon=":material/error:")
    whole = all(bits.all() for bits in check.checked) and len(check.rows) == len(state.run.X)
    left, right = st.columns([3, 1], vertical_alignment="center")
    left.caption(
        Selection.of(state).other_loss_sentence or f"C is the {LOSS_NAMES[shown_loss(state)]}."
    )
    left.caption(
        "Rounding errors are proportional to the terms that are added, not to their sum, in which "
        "they may cancel. Errors are therefore relative to the sum of the terms’ absolute values."
        + (" C is without the L2 term." if state.run.settings_at(state.epoch).l2 else "")
    )
    if not whole:
        right.button(
            "Change the limits",
            on_click=_reopen_limits_form,
            help="Choose how many weights and samples.",
        )


def _error_maps(state: Session, check: GradientCheck) -> None:
    """Draw every weight's error, in the shapes of the matrices."""
    with st.container(horizontal=True):
        method = st.segmented_control(
            "Compare the chain rule with",
            [COMPLEX, CENTRAL],
            default=COMPLEX,
            required=True,
            key="check_way",
            help="The complex step is exact to the last digit or two; central differences lose "
            "half the digits, even for an exact gradient.",
        )
        kind = st.segmented_control(
            "Error",
            [RELATIVE, ABSOLUTE],
            default=RELATIVE,
            required=True,
            key="check_error",
            help="Relative to the sum of the terms’ absolute values.",
        )
    pairs = check.central if method == CENTRAL else check.complex_step
    names, net = Names.of(state.current), state.run.template
    errors = [pair.relative if kind == RELATIVE else pair.absolute for pair in pairs]
    parts = panels_of_layers(errors, net, names, state.conventions)
    for place, of_layer in zip(_map_places(len(parts)), parts, strict=True):
        for panel in of_layer:
            with place:
                st.markdown(f"**∂C/∂{panel.symbol}**: {kind} error")
                st.plotly_chart(
                    error_map(panel),
                    config=figures.CONFIG,
                    key=f"check_errors_{panel.symbol}",
                    alt=f"The {kind} error of every weight of {panel.symbol} against the {method}",
                )


def _map_places(matrices: int) -> list[DeltaGenerator]:
    """Return a place for each matrix's map, two of them in a row."""
    rows = [st.columns([3, 2], gap="medium") for _ in range(0, matrices, 2)]
    return [place for row in rows for place in row][:matrices]


def error_map(panel: Panel) -> go.Figure:
    """Return a heatmap of errors as powers of ten, one cell per weight; blank if unchecked."""
    errors = panel.numbers
    powers = np.log10(np.maximum(errors, figures.FLOOR))
    few = errors.size <= figures.MAX_LABELS
    labels = np.array([[_error_text(value) for value in row] for row in errors]) if few else None
    hover = "%{text}" if few else "10^%{z:.1f}"
    top = max(-6.0, float(np.nanmax(powers, initial=-6.0)))
    return figures.matrix_map(
        panel.rows,
        panel.columns,
        z=powers,
        zmin=np.log10(figures.FLOOR),
        zmax=top,
        colorscale="Cividis",
        text=labels,
        texttemplate="%{text}" if few else None,
        hovertemplate=f"{panel.from_to}: {hover}<extra></extra>",
        hoverongaps=False,
        colorbar=figures.ERROR_BAR,
    )


def _error_text(value: float) -> str:
    if np.isnan(value):
        return ""
    return "0" if value == 0 else exponent_text(value)


def _step_size(state: Session, check: GradientCheck) -> None:
    """Draw the error of one weight against the step h, with the step used marked."""
    st.header("Step size h and error", anchor=False)
    weight = _weight_picker(state)
    errors = latest(state.run, (state.epoch, shown_loss(state), weight), _step_errors)
    used = weight.entry(check.step)
    st.plotly_chart(
        step_size_figure(errors, used),
        config=figures.CONFIG,
        key="check_valley",
        alt="The error of central differences and of the complex step against the step h",
    )
    best = float(errors.steps[np.argmin(errors.central)])
    best_text = f"Central differences are most accurate at h = {exponent_text(best)} here."
    if not errors.central.any():
        best_text = "Central differences are exact here at every step."
    step = (
        "" if np.isnan(used) else f" The check used h = {exponent_text(used, 1)} for this weight."
    )
    st.caption(
        f"{best_text} Larger steps have truncation error, proportional to h²; smaller steps "
        "have cancellation error in C(w + h) − C(w − h), proportional to 1/h. The complex step "
        f"subtracts nothing, so its h can be arbitrarily small.{step}"
    )


def _weight_picker(state: Session) -> Weight:
    """Draw the selection of the weight, which is the same on every page; return it."""
    weight, names = state.focus.weight, Names.of(state.current)
    rows, columns = names.layers[weight.layer - 1]
    matrices = [Symbol("W", layer).text for layer in range(1, len(names.layers) + 1)]
    fields: dict[str, tuple[str, list[str], int]] = {
        "layer": ("Matrix", matrices, weight.layer - 1),
        "row": ("From", rows, weight.row),
        "column": ("To", columns, weight.column),
    }
    for place, (field, (label, options, index)) in zip(st.columns(3), fields.items(), strict=True):
        write = partial(_select_weight, state, field)
        place.selectbox(
            label,
            **bind(f"check_{field}", index, write, range(len(options))),
            format_func=options.__getitem__,
            help="The weight to change; it is selected on every page.",
        )
    return weight


def _select_weight(state: Session, field: str, index: int) -> None:
    changed: dict[str, Any] = {field: index + 1 if field == "layer" else index}
    state.look(weight=replace(state.focus.weight, **changed))


def _step_errors(run: Run, epoch: int, loss: str, weight: Weight) -> StepErrors:
    """Return the errors over h, on the first samples if there are many."""
    X, y = run.X[:VALLEY_ROWS], run.y[:VALLEY_ROWS]
    return step_errors(run.at(epoch), X, y, loss, weight.place)


def step_size_figure(errors: StepErrors, used: float) -> go.Figure:
    """Return a log-log chart of both errors against h; a line at the step used unless NaN."""
    figure = go.Figure()
    for name, values, dash in (
        ("central differences", errors.central, "solid"),
        ("complex step", errors.complex_step, "dash"),
    ):
        figure.add_scatter(
            x=errors.steps,
            y=np.maximum(values, figures.FLOOR),
            name=name,
            mode="lines+markers",
            line={"dash": dash},
            hovertemplate="h = %{x:.1e}<br>error %{y:.1e}",
        )
    if np.isfinite(used):
        figure.add_vline(x=used, line={"width": 1, "dash": "dot", "color": figures.GREY})
        figure.add_annotation(
            x=np.log10(used), xanchor="left", y=1, yref="paper", yanchor="top", showarrow=False,
            text=f" h used: {exponent_text(used, 1)}",
        )  # fmt: skip
    figure.update_layout(
        height=340,
        margin=figures.BELOW_BAR,
        legend=figures.ABOVE,
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
            "range": [np.log10(figures.FLOOR), 1],
        },
    )
    return figure


def _table(state: Session, check: GradientCheck) -> None:
    """Draw the table of the weights checked, with its download."""
    with st.expander("Table of all weights", icon=":material/table_rows:"):
        table = check_table(check, shown_loss(state))
        st.dataframe(
            table.style.format(precision=16, na_rep="") if len(table) < 400 else table,
            hide_index=True,
            alt="Every weight checked, with its gradient by three methods",
        )
        download_button(
            "Download (CSV)",
            table.to_csv(index=False, float_format="%.17g"),
            f"gradient-check-epoch-{state.epoch}.csv",
            help="In full precision, with the loss of C. k and l count from 1, as in the "
            "derivation; the last k is the bias.",
        )


def check_table(check: GradientCheck, loss: str) -> pd.DataFrame:
    """Return a row for each weight checked, with the loss of C; k and l count from 1."""
    parts = []
    for at, checked in enumerate(check.checked):
        row, column = np.nonzero(checked)  # in the order of mask indexing
        exact, central = check.complex_step[at], check.central[at]
        parts.append(
            pd.DataFrame(
                {
                    "loss": loss,
                    "matrix": f"W{at + 1}",
                    "k": row + 1,
                    "l": column + 1,
                    "chain rule": check.analytic[at][checked],
                    "complex step": exact.value[checked],
                    "central differences": central.value[checked],
                    "h": check.step[at][checked],
                    "sum of |terms|": check.scale[at][checked],
                    "error, complex step": exact.relative[checked],
                    "error, central": central.relative[checked],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _formulas() -> None:
    """Draw the formulas of the two independent checks."""
    with st.expander("The two independent checks", icon=":material/function:"):
        st.markdown("**Central differences**, with real numbers:")
        st.latex(r"\frac{\partial C}{\partial w} \approx \frac{C(w + h) - C(w - h)}{2h}")
        st.markdown(
            "with h = ε^⅓ · max(1, |w|) / max(1, x), where ε = 2.2e-16 and x is the weight’s "
            f"largest input. The bound is {exact_text(CENTRAL_BOUND)} in norm."
        )
        st.markdown("**The complex step** (Squire and Trapp 1998):")
        st.latex(r"\frac{\partial C}{\partial w} = \operatorname{Im} \frac{C(w + ih)}{h}")
        st.markdown(
            "with h = 1e-100. Nothing is subtracted, so nothing cancels: the verdict uses it. The "
            f"bound is {exact_text(BOUND)}, relative to the sum of |terms|, for each weight."
        )
