"""The app's epoch, as a number and as a slider: to change it here changes it on every page."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.shared.session import Session


def epoch_inputs(state: Session, page: str, beside: DeltaGenerator) -> None:
    """The slider where we are, the number `beside`; `page` names them apart from other pages'."""
    last = state.run.epoch
    if last == 0:
        st.markdown("**Epoch 0**: the initial weights. No training yet.")
        st.page_link(
            "pages/train.py",
            label="Train, then open any epoch here",
            icon=":material/play_circle:",
        )
        return
    number, slider = f"{page}_epoch", f"{page}_epoch_slider"
    for key in (number, slider):
        st.session_state[key] = state.epoch  # the typed state is the truth
    beside.number_input(
        "Epoch",
        0,
        last,
        key=number,
        on_change=lambda: _hear(state, number),
        help="How many updates the weights have had. Every page then stands at this epoch.",
    )
    st.slider(
        f"Epoch, 0 to {last:,}",
        0,
        last,
        key=slider,
        on_change=lambda: _hear(state, slider),
        help="The same epoch: from the initial weights to the latest that was trained.",
    )


def _hear(state: Session, key: str) -> None:
    """Take over the epoch of a widget."""
    state.report(int(st.session_state[key]), playing=False)
