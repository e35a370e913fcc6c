"""Form for the display conventions of the chain rule."""

from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from pages.ui.fields.binding import bind
from pages.ui.state.conventions import MAX_DIGITS, MIN_DIGITS, SQUARED, Conventions
from pages.ui.state.session import Session
from pages.ui.style.labels import LOSS_NAMES


def conventions_form(state: Session) -> None:
    """Draw the form."""
    chosen = state.conventions
    loss = state.run.settings_at(state.epoch).loss
    with st.popover("Notation", icon=":material/edit_note:"):
        st.caption("Courses write the same chain rule in different ways. Choose yours.")
        st.slider(
            "Significant digits",
            MIN_DIGITS,
            MAX_DIGITS,
            **bind("convention-digits", chosen.digits, partial(_change, state, "digits")),
            help="Of factors, gradients, C and ŷ on every page while nothing plays, in the report "
            "and on worksheets. Calculations and data files have full precision (16 digits).",
        )
        _loss_select(state, loss)
        st.toggle(
            "Separate bias vector b",
            **bind("convention-bias", chosen.bias_apart, partial(_change, state, "bias_apart")),
            help="Off: the last row of each matrix is the bias, the weight of a constant 1. "
            "On: H = X W + b, with b beside the matrix.",
        )
        st.toggle(
            "Transposed matrices",
            **bind(
                "convention-transposed", chosen.transposed, partial(_change, state, "transposed")
            ),
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

    def write(chosen: str) -> None:
        follows = chosen == state.run.settings_at(state.epoch).loss
        _change(state, "loss", None if follows else chosen)

    st.selectbox(
        "Loss C",
        **bind("convention-loss", state.conventions.display_loss(loss), write, SQUARED),
        format_func=LOSS_NAMES.__getitem__,
        help="1/(2N) Σ (y − ŷ)², 1/N Σ (y − ŷ)² or ½ Σ (y − ŷ)². Only the display changes: "
        f"this run minimises the {LOSS_NAMES[loss]}.",
    )


def _change(state: Session, field: str, value: Any) -> None:  # noqa: ANN401
    state.conventions = replace(state.conventions, **{field: value})


def _reset(state: Session) -> None:
    state.conventions = Conventions()
