"""Choices of the network that stay when the data changes, though they hardly suit the new data."""

from dataclasses import replace

import streamlit as st

from pages.ui.state.session import DEFAULT_ARCHITECTURE, Session
from pages.ui.style.labels import ACTIVATION_NAMES


def unsuitable_choices_notice(state: Session) -> None:
    """Name them, with one click to the usual ones; nothing where all choices suit."""
    with st.container():  # there even if empty: what is below stays in its place
        _notice(state)


def _notice(state: Session) -> None:
    told = [sentence for name, sentence in _SENTENCES.items() if name in state.unsuitable]
    if not told:
        return
    st.warning("Kept from the data before: " + "; ".join(told) + ".", icon=":material/warning:")
    st.button(
        "Take the usual instead",
        key="take-the-usual",
        icon=":material/restart_alt:",
        on_click=use_defaults,
        args=(state,),
        help="Starts a new run on this data, in which only what is named here is as usual. The run "
        "so far is kept and can be brought back.",
    )


def use_defaults(state: Session) -> None:
    """Begin anew with the usual in place of what does not suit."""
    usual = {name: getattr(DEFAULT_ARCHITECTURE, name) for name in state.unsuitable}
    state.begin(architecture=replace(state.architecture, **usual))


_SENTENCES = {
    "scheme": "initial weights **Zeros**, by which all hidden units begin and stay the same",
    "hidden": "**1 hidden unit**, which parts the samples by a single line",
    "output_activation": f"output’s activation **{ACTIVATION_NAMES['identity']}**, which does not "
    "keep ŷ of a class within 0 and 1",
}
