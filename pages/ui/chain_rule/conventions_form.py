"""The controls for the form in which the chain rule is shown."""

from dataclasses import replace

import streamlit as st

from pages.ui.state.conventions import MAX_DIGITS, MIN_DIGITS, SQUARED, Conventions
from pages.ui.state.session import Session
from pages.ui.style.labels import LOSS_NAMES

KEYS = {
    "digits": "convention-digits",
    "loss": "convention-loss",
    "bias_apart": "convention-bias",
    "transposed": "convention-transposed",
}


def conventions_form(state: Session) -> None:
    """How it is written: digits, the loss's factor, the bias, W or its transpose."""
    chosen = state.conventions
    loss = state.run.settings_at(state.epoch).loss
    for field, key in KEYS.items():
        st.session_state[key] = getattr(chosen, field)  # the typed state is the truth
    with st.popover("Notation", icon=":material/edit_note:"):
        st.caption("Courses write the same chain rule in different ways. Choose yours.")
        st.slider(
            "Significant digits",
            MIN_DIGITS,
            MAX_DIGITS,
            key=KEYS["digits"],
            on_change=_take,
            args=(state, "digits"),
            help="Of factors, gradients, C and ŷ on every page at rest, in the report and on "
            "worksheets. Computed are 16, and files for programs hold them all.",
        )
        _loss(state, loss)
        st.toggle(
            "Separate bias vector b",
            key=KEYS["bias_apart"],
            on_change=_take,
            args=(state, "bias_apart"),
            help="Off: the last row of each matrix is the bias, the weight of a constant 1. "
            "On: H = X W + b, with b beside the matrix.",
        )
        st.toggle(
            "Transposed matrices",
            key=KEYS["transposed"],
            on_change=_take,
            args=(state, "transposed"),
            help="Off: W has a row for each input (H = X W). On: a row for each unit (h = W x), "
            "and the indices the other way.",
        )
        if chosen != Conventions():
            st.button(
                "As in the derivation", icon=":material/undo:", on_click=_reset, args=(state,)
            )


def _loss(state: Session, loss: str) -> None:
    """Which of the squared losses is shown; they differ by a factor."""
    if loss not in SQUARED:
        return
    st.session_state[KEYS["loss"]] = state.conventions.display_loss(loss)
    st.selectbox(
        "Loss C",
        SQUARED,
        format_func=LOSS_NAMES.__getitem__,
        key=KEYS["loss"],
        on_change=_take,
        args=(state, "loss"),
        help="1/(2N) Σ (y − ŷ)², 1/N Σ (y − ŷ)² or ½ Σ (y − ŷ)². Only what is shown changes: "
        f"this run minimises the {LOSS_NAMES[loss]}.",
    )


def _take(state: Session, field: str) -> None:
    value = st.session_state[KEYS[field]]
    if field == "loss" and value == state.run.settings_at(state.epoch).loss:
        value = None  # the run's own, whatever it comes to be
    state.conventions = replace(state.conventions, **{field: value})


def _reset(state: Session) -> None:
    state.conventions = Conventions()
