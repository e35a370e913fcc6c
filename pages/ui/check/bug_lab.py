"""Bug lab tab: a run with a mistake in its gradient, beside the same run without it."""

from functools import partial

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from core.checking.mistakes import TRAINABLE, Mistake
from core.checking.three_ways import BOUND
from core.checking.typed_number import Range
from core.gradients import suits_equations
from core.utils.number_text import exact_text, short_text
from core.utils.sentence import plural, sentence_case
from pages.ui.chain_rule.notation import Selection
from pages.ui.chain_rule.panel import Panel, panels_of_layers
from pages.ui.check.bug_lab_server import (
    MAX_EPOCHS,
    MAX_ROWS,
    SECONDS,
    BrowserMessage,
    BugLab,
    Outcome,
    bug_lab_settings,
    lab_epochs,
    lab_learning_rate,
    session_lab,
)
from pages.ui.fields.binding import bind
from pages.ui.fields.number_field import number_field
from pages.ui.frame.fragment import fragment
from pages.ui.live import bug_film
from pages.ui.state.architecture import DEFAULT_ARCHITECTURE
from pages.ui.state.names import Names
from pages.ui.state.session import Session
from pages.ui.style import figures
from pages.ui.style.labels import ACTIVATION_NAMES, LOSS_NAMES, OPTIMIZER_NAMES
from pages.ui.style.markdown import all_text, plain

Array = NDArray[np.float64]

MAX_MISTAKES = 2
OTHER_NETWORK = (
    "The bug lab trains with a mistake in eq. 5 or eq. 10, which are for one hidden layer and a "
    "sigmoid or identity output; this network has {}. The gradients of this network are checked "
    "under “Gradient check” and “Check my gradients”."
)
ONE_HIDDEN_LAYER = "Train with one hidden layer instead"
EXAMPLES = {
    "Wrong sign": "sign",
    "1/N forgotten": "missing_mean",
    "σ′(H) forgotten": "missing_hidden_derivative",
}


@fragment
def bug_lab_tab(state: Session) -> None:
    """Draw the tab: the controls, both runs, and the gradient check at the epoch shown."""
    if not suits_equations(state.run.template):
        _other_network(state)
        return
    lab = session_lab()
    lab.select_run(state.current.lineage)
    _controls(state, lab)
    if not lab.mistakes:
        _examples(lab)
        return
    message = BrowserMessage.parse(st.session_state.get("bug_film", {}).get("tell"))
    try:
        film, outcome = lab.update(bug_lab_settings(lab, state), message, Names.of(state.current))
    except ValueError as error:
        st.error(f"This cannot be trained: {plain(str(error))}.", icon=":material/error:")
        return
    if outcome is not None:
        _outcome_notice(outcome)
    bug_film(key="bug_film", data=film, on_tell_change=lambda: None)
    if outcome is not None:
        _gradient_check(state, outcome, min(lab.frame, outcome.last))


def _other_network(state: Session) -> None:
    """Draw why this network has no bug lab, and a button for one that has."""
    net = state.run.template
    deep = net.layers > 2
    has = f"{net.layers - 1} hidden layers" if deep else f"a {ACTIVATION_NAMES[net.output]} output"
    st.info(OTHER_NETWORK.format(has), icon=":material/bug_report:")
    if state.source.draft.sizes is not None:  # an exercise has its own network
        return
    st.button(
        ONE_HIDDEN_LAYER,
        icon=":material/account_tree:",
        on_click=_begin_with_one_hidden_layer,
        args=(state,),
        help="Starts a new run on this data, with 3 sigmoid units and sigmoid outputs. Your run is "
        "kept: it can be brought back on the Train page.",
    )


def _begin_with_one_hidden_layer(state: Session) -> None:
    state.begin(architecture=DEFAULT_ARCHITECTURE)


# Controls


def _controls(state: Session, lab: BugLab) -> None:
    """Draw the selection of mistakes and the settings of both runs."""
    left, middle, right = st.columns([3, 1, 1], gap="medium")
    with left:
        _mistake_picker(lab)
    with middle:
        number_field(
            "Epochs",
            min(lab_epochs(lab, state), MAX_EPOCHS),
            partial(setattr, lab, "epochs"),
            Range(1, MAX_EPOCHS, whole=True),
            key="bug_epochs",
            help="Epochs of both runs. Training stops after "
            f"{SECONDS:.0f} s and shows the epochs reached.",
        )
    with right:
        number_field(
            "Learning rate η",
            lab_learning_rate(lab, state),
            partial(setattr, lab, "learning_rate"),
            Range(1e-9),
            key="bug_learning_rate",
            help="Of both runs. The default is your run’s, which this does not change.",
        )
    for identifier in lab.mistakes:
        mistake = TRAINABLE[identifier]
        st.markdown(f"**{_label(mistake)}** ({mistake.equation}). Correction: {mistake.correction}")
    st.caption(_shared_settings(state))
    if notes := Selection.of(state).notes:
        st.caption(f"In this film: {notes}")


def _mistake_picker(lab: BugLab) -> None:
    def write(mistakes: list[str]) -> None:
        lab.mistakes = tuple(mistakes)

    st.multiselect(
        "Mistakes in the gradient",
        list(TRAINABLE),
        **bind("bug_mistakes", list(lab.mistakes), write),
        format_func=lambda identifier: _label(TRAINABLE[identifier]),
        max_selections=MAX_MISTAKES,
        placeholder="Choose one or two",
        help="Common mistakes in code for eqs. 5 and 10. The correction is shown for each one "
        "chosen. Two are made at once.",
    )


def _label(mistake: Mistake) -> str:
    """Return the short name of a mistake for the list."""
    return sentence_case(mistake.description.split(":")[0])


def _shared_settings(state: Session) -> str:
    """Return the settings that both runs share, in a line."""
    settings, run = state.settings, state.run
    rows = len(run.X)
    some = f"{MAX_ROWS:,} of the {rows:,} samples, evenly spaced" if rows > MAX_ROWS else ""
    parts = [
        "Both start from the initial weights of your run",
        OPTIMIZER_NAMES[settings.optimizer],
        f"C: {LOSS_NAMES[settings.loss]}",
        *([f"L2 with λ = {exact_text(settings.l2)}"] if settings.l2 else []),
        f"{some or plural(rows, 'sample')} at each step"
        + (", without mini-batches" if settings.batch_size else ""),
    ]
    return " · ".join(parts)


def _examples(lab: BugLab) -> None:
    """Draw an introduction and buttons for examples."""
    st.markdown(
        "Choose a mistake above to train the network twice from the same weights: once with the "
        "true gradient, once with the wrong one. Not every mistake shows in the loss. Examples:"
    )
    with st.container(horizontal=True):
        for title, identifier in EXAMPLES.items():
            st.button(
                title,
                key=f"bug_example_{identifier}",
                icon=":material/bug_report:",
                on_click=partial(setattr, lab, "mistakes", (identifier,)),
                help=f"{_label(TRAINABLE[identifier])}.",
            )


# Result


def _outcome_notice(outcome: Outcome) -> None:
    """Draw the sentence, and a note if training stopped early."""
    comparison, epochs = outcome.comparison, outcome.setup.epochs
    st.info(comparison.sentence, icon=":material/bug_report:")
    if outcome.stop_reason:
        why = (
            "Cancelled" if outcome.stop_reason == "cancelled" else f"Stopped after {SECONDS:.0f} s,"
        )
        st.caption(f"{why} at epoch {comparison.epochs[-1]:,} of {epochs:,}.")
    if comparison.settings.optimizer != "gd" and "updated_w2" in comparison.mistakes:
        st.caption("The updated W⁽²⁾ is W⁽²⁾ − η ∂C/∂W⁽²⁾, as in plain gradient descent.")


def _gradient_check(state: Session, outcome: Outcome, frame: int) -> None:
    """Draw the check of the wrong gradient, at the broken run's weights of that frame."""
    st.header(f"Gradient check at epoch {outcome.comparison.epochs[frame]:,}", anchor=False)
    check = outcome.check(frame)
    if check is None:
        st.error("Fails: the wrong gradient is not a finite number here.", icon=":material/close:")
        return
    if check.agrees:
        st.success(f"Passes at these weights. {check.sentence}", icon=":material/check:")
    else:
        st.error(f"Fails. {check.sentence}", icon=":material/close:")
    names, net, form = Names.of(state.current), outcome.setup.net, state.conventions
    places = st.columns([max(2, len(names.hidden[0])), max(1, len(names.outputs))], gap="medium")
    errors = [error.relative for error in check.complex_step]
    for place, parts in zip(places, panels_of_layers(errors, net, names, form), strict=True):
        for panel in parts:
            with place:
                st.markdown(f"**∂C/∂{panel.symbol}**: {_count_text(panel.numbers)}")
                st.plotly_chart(
                    errors_figure(panel),
                    config=figures.CONFIG,
                    key=f"bug_errors_{panel.symbol}",
                    alt=f"Relative error of each entry of ∂C/∂{panel.symbol} as a heatmap",
                )
    st.caption(
        "Each cell: error of the wrong gradient against the complex step, relative to the sum of "
        f"|terms|; ✓ up to {exact_text(BOUND)}, ✗ above. Pause or drag the film to check "
        "another epoch."
    )


def _count_text(relative: Array) -> str:
    """Return how many entries are wrong, in words."""
    checked = ~np.isnan(relative)
    wrong, of = int((relative[checked] > BOUND).sum()), int(checked.sum())
    if not wrong:
        return f"✓ {all_text(of, 'entry', 'entries')} checked {'agrees' if of == 1 else 'agree'}"
    checked_are = f"{plural(of, 'entry', 'entries')} checked {'is' if wrong == 1 else 'are'}"
    return f"✗ {wrong:,} of {checked_are} wrong"


def errors_figure(panel: Panel) -> go.Figure:
    """Return a heatmap of relative errors as powers of ten, with ✓ or ✗; NaN is blank."""
    relative = panel.numbers
    marks = np.array(["" if np.isnan(x) else _cell_text(x) for x in relative.ravel()])
    scale = figures.diverging_scale()
    figure = figures.matrix_map(
        panel.rows,
        panel.columns,
        z=np.log10(np.maximum(relative, figures.FLOOR)),
        zmin=-16,
        zmax=0,
        colorscale=[scale[5], scale[4], scale[3], scale[2]],
        text=marks.reshape(relative.shape),
        texttemplate="%{text}" if relative.size <= figures.MAX_LABELS else None,
        hovertemplate="%{text}<extra></extra>",
        colorbar=figures.ERROR_BAR,
    )
    return figure.update_layout(height=max(204, min(544, 84 + 40 * len(panel.rows))))


def _cell_text(relative: float) -> str:
    digits = 3 if 1 <= relative < 1000 else 1
    return f"{'✓' if relative <= BOUND else '✗'} {short_text(relative, digits)}"
