"""Network choices that were kept when the data changed but hardly suit the new data."""

from dataclasses import replace

import streamlit as st

from pages.ui.state.architecture import DEFAULT_ARCHITECTURE
from pages.ui.state.session import Session
from pages.ui.style.labels import ACTIVATION_NAMES


def unsuitable_choices_notice(state: Session) -> None:
    """Name them in a warning with a button for the defaults; draw nothing if all choices suit."""
    known = _NOTES | (_OF_SEVERAL_LAYERS if len(state.architecture.hidden) > 1 else {})
    notes = "; ".join(note for name, note in known.items() if name in state.unsuitable)
    with st.container():  # even if empty, so that what is below stays in place
        if notes:
            st.warning(f"Kept from the previous data: {notes}.", icon=":material/warning:")
            st.button(
                "Use the defaults instead",
                key="use-defaults",
                icon=":material/restart_alt:",
                on_click=use_defaults,
                args=(state,),
                help="Starts a new run on this data with the defaults for the choices named here. "
                "The run so far is kept and can be brought back.",
            )


def use_defaults(state: Session) -> None:
    """Start a new run with the defaults in place of the unsuitable choices."""
    defaults = {name: getattr(DEFAULT_ARCHITECTURE, name) for name in state.unsuitable}
    state.begin(architecture=replace(state.architecture, **defaults))


_NOTES = {
    "scheme": "initial weights **Zeros**, with which all hidden units stay identical",
    "hidden": "**1 hidden unit**, which separates the samples by a single line",
    "output_activation": f"output activation **{ACTIVATION_NAMES['identity']}**, which does not "
    "keep ŷ of a class between 0 and 1",
}
_OF_SEVERAL_LAYERS = {
    "hidden": "**a hidden layer of 1 unit**, by which a sample is a single number from there on",
}
