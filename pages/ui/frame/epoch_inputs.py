"""The app's epoch as a number and as a slider; it is the same on every page."""

from typing import Any

import streamlit as st

from core.checking.typed_number import Range
from pages.ui.fields.binding import bind
from pages.ui.fields.number_field import number_field
from pages.ui.state.page_list import PageLink
from pages.ui.state.session import Session

NUMBER_HELP = "Number of epochs trained to get these weights. Every page shows this epoch."
LINE = 470  # px, the line's width at most
COMPACT: dict[str, Any] = {  # a field in a line: its label stands beside it, its steps fit a thumb
    "label_visibility": "collapsed",
    "width": 160,
    "step_width": 40,
}


def epoch_row(state: Session, page: str) -> None:
    """Draw the slider, and the number to its right; `page` makes their keys unique."""
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    with left:
        if state.run.epoch == 0:
            _invite("**Epoch 0**: the initial weights.", "Train, then open any epoch here")
            return
        _slider(state, page)
    with right:
        _number(state, page, help=NUMBER_HELP)


def epoch_line(state: Session, page: str) -> None:
    """Draw label, number and slider in one line."""
    with st.container(
        horizontal=True, wrap=False, vertical_alignment="center", gap="xsmall", width=LINE
    ):
        if state.run.epoch == 0:
            _invite("**Epoch 0**.", "Train first")
            return
        st.markdown("Epoch", width="content", help=NUMBER_HELP)
        _number(state, page, **COMPACT)
        _slider(state, page, label_visibility="collapsed")


def _invite(epoch: str, label: str) -> None:
    """Say that there is no epoch to choose yet; the link's label says what gives one."""
    st.markdown(f"{epoch} No training yet.", width="content")
    PageLink("pages/train.py", label, ":material/play_circle:").draw()


def _number(state: Session, page: str, **options: Any) -> None:  # noqa: ANN401
    number_field(
        "Epoch",
        state.epoch,
        lambda epoch: _show(state, epoch),
        Range(0, state.run.epoch, whole=True),
        key=f"{page}_epoch",
        step=1,
        **options,
    )


def _slider(state: Session, page: str, **options: Any) -> None:  # noqa: ANN401
    last = state.run.epoch
    st.slider(
        f"Epoch, 0 to {last:,}",
        0,
        last,
        **bind(f"{page}_epoch_slider", state.epoch, lambda epoch: _show(state, epoch)),
        help="The same epoch, from the initial weights to the latest one trained.",
        **options,
    )


def _show(state: Session, epoch: float) -> None:
    state.report(int(epoch), playing=False)
