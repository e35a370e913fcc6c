"""The address of the current place, kept up to date, and a button that copies it."""

import streamlit as st

from pages.ui.live import link as component
from pages.ui.state.open_from_url import PENDING_LINK, TICKET
from pages.ui.state.page_list import OPEN
from pages.ui.state.permalink import Permalink
from pages.ui.state.session import Session

WIDTH = 94  # px: the button's, before it is drawn as well, so that its neighbours keep their place
HEIGHT = 33  # px, kept free, too
COMPLETE_NOTE = (
    "Anyone who opens the link sees exactly these numbers: data, settings, epoch, weight."
)


def link(state: Session) -> None:
    """Put session ticket, setup and place into the address; the button copies it without ticket.

    The address does not change while a link waits to be opened.
    """
    if PENDING_LINK in st.session_state:
        st.empty()  # a placeholder, so that its neighbours stay in place
        return
    setup = Permalink.of(state)
    params = setup.address
    # Even without a ticket: the one in the address may be another browser's.
    # The page has opened as asked: an empty parameter is removed.
    data = {"params": {TICKET: state.ticket, OPEN: "", **params}, "secret": TICKET}
    component(key="link", data={**data, "note": _note(setup, params)}, width=WIDTH, height=HEIGHT)


def _note(setup: Permalink, params: dict[str, str]) -> str:
    """Return what the link does not contain, for the button's note."""
    if not params["setup"]:
        return "There are too many choices for a link: save the run as a file instead."
    notes = []
    if setup.needs_file:
        notes.append("Your file is not in the link: whoever opens it is asked for that file.")
    if setup.edited_epochs:
        epochs = ", ".join(f"{epoch:,}" for epoch in setup.edited_epochs)
        notes.append(
            f"Weights edited at epoch {epochs} are not in the link: save the run as a file."
        )
    return " ".join(notes) or COMPLETE_NOTE
