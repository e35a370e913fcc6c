"""Form for the display conventions of the chain rule."""

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
    """Draw the form."""
    chosen = state.conventions
    loss = state.run.settings_at(state.epoch).loss
    for field, key in KEYS.items():
        st.session_state[key] = getattr(chosen, field)  # the session decides, not the widget
    with st.popover("Notation", icon=":material/edit_note:"):
        st.caption("Courses write the same chain rule in different ways. Choose yours.")
        st.slider(
            "Significant digits",
            MIN_DIGITS,
            MAX_DIGITS,
            key=KEYS["digits"],
            on_change=_apply,
            args=(state, "digits"),
            help="Of factors, gradients, C and ŷ on every page while nothing plays, in the report "
            "and on worksheets. Calculations and data files have full precision (16 digits).",
        )
        _loss_select(state, loss)
        st.toggle(
            "Separate bias vector b",
            key=KEYS["bias_apart"],
            on_change=_apply,
            args=(state, "bias_apart"),
            help="Off: the last row of each matrix is the bias, the weight of a constant 1. "
            "On: H = X W + b, with b beside the matrix.",
        )
        st.toggle(
            "Transposed matrices",
            key=KEYS["transposed"],
            on_change=_apply,
            args=(state, "transposed"),
            help="Off: W has a row for each input (H = X W). On: a row for each unit (h = W x), "
            "and the indices are swapped.",
        )
        if chosen != Conventions():
            st.button(
                "As in the derivation", icon=":material/undo:", on_click=_reset, args=(state,)
            )


def _loss_select(state: Session, loss: str) -> None:
    """Draw the choice of the squared loss to show; they differ by a constant factor."""
    if loss not in SQUARED:
        return
    st.session_state[KEYS["loss"]] = state.conventions.display_loss(loss)
    st.selectbox(
        "Loss C",
        SQUARED,
        format_func=LOSS_NAMES.__getitem__,
        key=KEYS["loss"],
        on_change=_apply,
        args=(state, "loss"),
        help="1/(2N) Σ (y − ŷ)², 1/N Σ (y − ŷ)² or ½ Σ (y − ŷ)². Only the display changes: "
        f"this run minimises the {LOSS_NAMES[loss]}.",
    )


def _apply(state: Session, field: str) -> None:
    value = st.session_state[KEYS[field]]
    if field == "loss" and value == state.run.settings_at(state.epoch).loss:
        value = None  # follow the run's loss
    state.conventions = replace(state.conventions, **{field: value})


def _reset(state: Session) -> None:
    state.conventions = Conventions()
