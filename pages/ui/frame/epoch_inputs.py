"""The app's epoch as a number and as a slider; it is the same on every page."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.checking.typed_number import Range
from pages.ui.fields.binding import bind
from pages.ui.fields.number_field import number_field
from pages.ui.state.page_list import page_link
from pages.ui.state.session import Session


def epoch_row(state: Session, page: str) -> None:
    """Draw the slider, and the number to its right."""
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    with left:
        epoch_inputs(state, page, right)


def epoch_inputs(state: Session, page: str, beside: DeltaGenerator) -> None:
    """Draw the slider here and the number in `beside`; `page` makes their keys unique."""
    last = state.run.epoch
    if last == 0:
        st.markdown("**Epoch 0**: the initial weights. No training yet.")
        page_link("pages/train.py", "Train, then open any epoch here", ":material/play_circle:")
        return
    number, slider = f"{page}_epoch", f"{page}_epoch_slider"

    def write(epoch: float) -> None:
        state.report(int(epoch), playing=False)

    with beside:
        number_field(
            "Epoch",
            state.epoch,
            write,
            Range(0, last, whole=True),
            key=number,
            step=1,
            help="Number of epochs trained to get these weights. Every page shows this epoch.",
        )
    st.slider(
        f"Epoch, 0 to {last:,}",
        0,
        last,
        **bind(slider, state.epoch, write),
        help="The same epoch, from the initial weights to the latest one trained.",
    )
