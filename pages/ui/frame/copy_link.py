"""The address of the current place, kept up to date, and a button that copies it."""

import streamlit as st

from pages.ui.live import link as component
from pages.ui.state.message import digest
from pages.ui.state.open_from_url import PENDING_PARAMS, TICKET
from pages.ui.state.page_list import OPEN
from pages.ui.state.permalink import Permalink
from pages.ui.state.session import Session, tab_id

WIDTH = 94  # px: the button's, before it is drawn as well, so that its neighbours keep their place
HEIGHT = 33  # px, kept free, too
COMPLETE_NOTE = (
    "Anyone who opens the link sees exactly these numbers: data, settings, epoch, weight."
)

PENDING_NOTE = "The link that this page waits to open."


def link(state: Session) -> None:
    """Put session ticket, setup and place into the address; the button copies it without ticket.

    While a link waits to be opened, the address stays that link, on every page.
    """
    if PENDING_PARAMS in st.session_state:
        _component({OPEN: "", **st.session_state[PENDING_PARAMS]}, PENDING_NOTE, waits=True)
        return
    setup = Permalink.of(state)
    params = setup.address
    # Even without a ticket: the one in the address may be another browser's.
    # The page has opened as asked: an empty parameter is removed.
    _component({TICKET: state.ticket, OPEN: "", **params}, _note(setup, params))


def _component(params: dict[str, str], note: str, *, waits: bool = False) -> None:
    """Draw the button; the address of a link that `waits` is not that of the run on display."""
    data = {"params": params, "secret": TICKET, "note": note, "waits": waits}
    # Another session's data is never equal: else a tab that comes from another process, whose
    # address Streamlit has changed meanwhile, would leave it so.
    data["session"] = digest(tab_id())
    component(key="link", data=data, width=WIDTH, height=HEIGHT)


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
