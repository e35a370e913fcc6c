"""The bug lab: switch a mistake on and watch what it does, beside the same run without it."""

from functools import partial

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from core.checking.mistakes import BY_IDENTIFIER, Mistake
from core.checking.three_ways import BOUND
from core.checking.typed_number import Range
from core.utils.sentence import sentence_case
from pages.ui.chain_rule.notation import Look
from pages.ui.chain_rule.panel import Panel, panels
from pages.ui.check.bug_lab_server import (
    MOST_EPOCHS,
    MOST_ROWS,
    SECONDS,
    Heard,
    Lab,
    Outcome,
    epochs_of,
    lab_of_session,
    learning_rate_of,
    setup_of,
)
from pages.ui.fields.number_field import number_field
from pages.ui.frame.fragment import fragment
from pages.ui.live import bug_film
from pages.ui.state.names import Names
from pages.ui.state.session import Session
from pages.ui.style import figures
from pages.ui.style.labels import LOSS_NAMES, OPTIMIZER_NAMES
from pages.ui.style.markdown import all_text, count, plain

Array = NDArray[np.float64]

MOST_MISTAKES = 2
EXAMPLES = {
    "Wrong sign": "sign",
    "1/N forgotten": "missing_mean",
    "σ′(H) forgotten": "missing_hidden_derivative",
}
FLOOR = 1e-17  # of a relative error, for its logarithm
MOST_NUMBERS = 400  # cells with their number written in


def bug_lab(state: Session) -> None:
    """Draw the bug lab: what to switch on, both runs, the gradient check at the epoch in view."""
    _lab(state)


@fragment
def _lab(state: Session) -> None:
    lab = lab_of_session()
    lab.stand_by(state.current.lineage)
    _choices(state, lab)
    if not lab.mistakes:
        _nothing_yet(lab)
        return
    heard = Heard.parse(st.session_state.get("bug_film", {}).get("tell"))
    try:
        film, outcome = lab.follow(setup_of(lab, state), heard, Names.of(state.current))
    except ValueError as error:
        st.error(f"This cannot be trained: {plain(str(error))}.", icon=":material/error:")
        return
    if outcome is not None:
        _told(outcome)
    bug_film(key="bug_film", data=film, on_tell_change=lambda: None)
    if outcome is not None:
        _check(state, outcome, min(lab.frame, outcome.last))


# What is chosen


def _choices(state: Session, lab: Lab) -> None:
    """The mistakes, and how both runs are trained."""
    left, middle, right = st.columns([3, 1, 1], gap="medium")
    with left:
        _mistakes(lab)
    with middle:
        _epochs(state, lab)
    with right:
        _learning_rate(state, lab)
    for identifier in lab.mistakes:
        mistake = BY_IDENTIFIER[identifier]
        st.markdown(f"**{_label(mistake)}** ({mistake.equation}). Instead: {mistake.change}")
    st.caption(_same_for_both(state))
    look = Look.at(state)
    if notes := [note for note in (look.loss_note, look.layout_note) if note]:
        st.caption(f"In this film: {' '.join(notes)}")


def _mistakes(lab: Lab) -> None:
    st.session_state["bug_mistakes"] = list(lab.mistakes)
    st.multiselect(
        "Mistakes in the gradient",
        list(BY_IDENTIFIER),
        key="bug_mistakes",
        format_func=lambda identifier: _label(BY_IDENTIFIER[identifier]),
        max_selections=MOST_MISTAKES,
        placeholder="Choose one, or two at once",
        on_change=_choose_mistakes,
        args=(lab,),
        help="Each is a slip that people make when they write eqs. 5 and 10 as code. Chosen, it "
        "says what to do instead. With two, both are made at once.",
    )


def _choose_mistakes(lab: Lab) -> None:
    lab.mistakes = tuple(st.session_state["bug_mistakes"])


def _epochs(state: Session, lab: Lab) -> None:
    number_field(
        "Epochs",
        min(epochs_of(lab, state), MOST_EPOCHS),
        partial(setattr, lab, "epochs"),
        Range(1, MOST_EPOCHS, whole=True),
        key="bug_epochs",
        help="How long both runs train. Training ends after "
        f"{SECONDS:.0f} s, and then shows how far it came.",
    )


def _learning_rate(state: Session, lab: Lab) -> None:
    number_field(
        "Learning rate η",
        learning_rate_of(lab, state),
        partial(setattr, lab, "learning_rate"),
        Range(1e-9),
        key="bug_learning_rate",
        help="Of both runs. It begins as your run’s; a change here leaves your run alone.",
    )


def _label(mistake: Mistake) -> str:
    """What was done, in short, as the list has it."""
    return sentence_case(mistake.done.split(":")[0])


def _same_for_both(state: Session) -> str:
    """What both runs share, in a line."""
    settings, run = state.settings, state.run
    rows = len(run.X)
    some = f"{MOST_ROWS:,} of the {rows:,} samples, evenly spread" if rows > MOST_ROWS else ""
    parts = [
        "Both start from the initial weights of your run",
        OPTIMIZER_NAMES[settings.optimizer],
        f"C: {LOSS_NAMES[settings.loss]}",
        *([f"L2 with λ = {settings.l2:g}"] if settings.l2 else []),
        f"{some or count(rows, 'sample')} at each step"
        + (", without mini-batches" if settings.batch_size else ""),
    ]
    return " · ".join(parts)


def _nothing_yet(lab: Lab) -> None:
    """What to do here, and the classic ones at one click."""
    st.markdown(
        "Choose a mistake above, and the network is trained twice from the same weights: once with "
        "the true gradient, once with the wrong one. Not every mistake shows in the loss. "
        "Begin with one of these:"
    )
    with st.container(horizontal=True):
        for title, identifier in EXAMPLES.items():
            st.button(
                title,
                key=f"bug_example_{identifier}",
                icon=":material/bug_report:",
                on_click=partial(_try, lab, identifier),
                help=f"{_label(BY_IDENTIFIER[identifier])}.",
            )


def _try(lab: Lab, identifier: str) -> None:
    lab.mistakes = (identifier,)


# What came of it


def _told(outcome: Outcome) -> None:
    """The sentence, and whether the training was cut short."""
    both, epochs = outcome.both, outcome.setup.epochs
    st.info(both.sentence, icon=":material/bug_report:")
    if outcome.cut:
        why = "Cancelled" if outcome.cut == "cancelled" else f"Ended after {SECONDS:.0f} s,"
        st.caption(f"{why} at epoch {both.epochs[-1]:,} of {epochs:,}.")
    if both.settings.optimizer != "gd" and "updated_w2" in both.mistakes:
        st.caption("W⁽²⁾ counts as updated by η ∂C/∂W⁽²⁾, as plain gradient descent would.")


def _check(state: Session, outcome: Outcome, frame: int) -> None:
    """The gradient check of the wrong gradient, at the wrong run's weights of the frame in view."""
    st.subheader(f"Gradient check at epoch {outcome.both.epochs[frame]:,}", anchor=False)
    check = outcome.check(frame)
    if check is None:
        st.error("Fails: the wrong gradient is not a finite number here.", icon=":material/close:")
        return
    if check.agrees:
        st.success(f"Passes at these weights. {check.sentence}", icon=":material/check:")
    else:
        st.error(f"Fails. {check.sentence}", icon=":material/close:")
    names, net, form = Names.of(state.current), outcome.setup.net, state.conventions
    left, right = st.columns([max(2, len(names.units)), max(1, len(names.outputs))], gap="medium")
    for column, layer, rows, columns, bias in (
        (left, 1, names.inputs, names.units, net.bias_input),
        (right, 2, names.units_and_bias, names.outputs, net.bias_hidden),
    ):
        errors = check.complex_step[layer - 1].relative
        for panel in panels(layer, errors, rows, columns, form, bias=bias):
            with column:
                st.markdown(f"**∂C/∂{panel.symbol}**: {_counted(panel.numbers)}")
                st.plotly_chart(
                    errors_figure(panel),
                    config=figures.CONFIG,
                    key=f"bug_errors_{panel.symbol}",
                    alt=f"Relative error of each entry of ∂C/∂{panel.symbol} as a heatmap",
                )
    st.caption(
        "Each cell: how far the wrong gradient is from the complex step’s derivative, relative to "
        f"the sum of |terms|; ✓ up to {BOUND:g}, ✗ beyond. Pause or drag the film to check "
        "another epoch."
    )


def _counted(relative: Array) -> str:
    """How many entries are wrong, in words."""
    checked = ~np.isnan(relative)
    wrong, of = int((relative[checked] > BOUND).sum()), int(checked.sum())
    if not wrong:
        return f"✓ {all_text(of, 'entry', 'entries')} checked {'agrees' if of == 1 else 'agree'}"
    checked_are = f"{count(of, 'entry', 'entries')} checked {'is' if wrong == 1 else 'are'}"
    return f"✗ {wrong:,} of {checked_are} wrong"


def errors_figure(panel: Panel) -> go.Figure:
    """Relative errors by their powers of ten, marked ✓ or ✗; NaN is left blank."""
    relative, rows, columns = panel.numbers, panel.rows, panel.columns
    marks = np.array(["" if np.isnan(x) else _mark(x) for x in relative.ravel()])
    scale = figures.diverging_scale()
    figure = go.Figure(
        go.Heatmap(
            z=np.log10(np.maximum(relative, FLOOR)),
            x=list(range(len(columns))),
            y=list(range(len(rows))),
            zmin=-16,
            zmax=0,
            colorscale=[scale[5], scale[4], scale[3], scale[2]],
            text=marks.reshape(relative.shape),
            texttemplate="%{text}" if relative.size <= MOST_NUMBERS else None,
            hovertemplate="%{text}<extra></extra>",
            colorbar={
                "thickness": 10,
                "tickvals": [-16, -12, -8, -4, 0],
                "ticktext": ["1e−16", "1e−12", "1e−8", "1e−4", "1"],
            },
        )
    )
    figure.update_yaxes(
        autorange="reversed", tickvals=list(range(len(rows))), ticktext=rows, title=None
    )
    figure.update_xaxes(
        side="top", tickvals=list(range(len(columns))), ticktext=columns, title=None
    )
    figure.update_layout(
        margin={"l": 8, "r": 8, "t": 36, "b": 8}, height=max(180, min(520, 60 + 40 * len(rows)))
    )
    return figure


def _mark(relative: float) -> str:
    digits = 3 if 1 <= relative < 1000 else 1
    return f"{'✓' if relative <= BOUND else '✗'} {relative:.{digits}g}".replace("-", "−")
