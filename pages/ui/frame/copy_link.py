"""The address that leads here again, kept up to date, and a button that copies it for others."""

import streamlit as st

from pages.ui.live import link as component
from pages.ui.state.open_from_url import PENDING_LINK, TICKET
from pages.ui.state.permalink import Permalink
from pages.ui.state.session import Session

EVERYTHING = "Anyone who opens the link sees exactly these numbers: data, settings, epoch, weight."


def link(state: Session) -> None:
    """Put run, settings and place into the address; the button copies it without the run.

    While an address waits to be followed, it stays as it is.
    """
    if PENDING_LINK in st.session_state:
        st.empty()  # in its place, so that what stands beside it keeps its own
        return
    setup = Permalink.of(state)
    params = setup.address
    # Also without a ticket: the one in the address may be somebody else's.
    data = {"params": {TICKET: state.ticket, **params}, "secret": TICKET}
    component(key="link", data={**data, "note": _note(setup, params)}, width="content")


def _note(setup: Permalink, params: dict[str, str]) -> str:
    """What a link does not hold, said by the button."""
    if not params["setup"]:
        return "Too much was chosen for a link: save the run as a file instead."
    notes = []
    if setup.needs_file:
        notes.append("Your file is not in it: whoever follows the link is asked for that file.")
    if setup.edited_epochs:
        epochs = ", ".join(f"{epoch:,}" for epoch in setup.edited_epochs)
        notes.append(f"Weights typed over at epoch {epochs} are not in it: save the run as a file.")
    return " ".join(notes) or EVERYTHING
