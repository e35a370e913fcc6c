"""Predict: what the trained network says of new rows, and how good that is."""

import streamlit as st

from pages.shared.frame import ensure_frame
from pages.shared.link import link
from pages.shared.session import session
from pages.shared.use_it import use_it


def main() -> None:
    """Draw the page."""
    state = session()
    with st.container(horizontal=True, horizontal_alignment="right"):
        link(state)
    use_it(state)


ensure_frame()
main()
