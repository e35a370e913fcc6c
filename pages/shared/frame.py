"""The frame around the pages: their names, addresses and order."""

import streamlit as st
from streamlit.navigation.page import StreamlitPage

FRAMED = "framed"


def navigation() -> StreamlitPage:
    """Draw the navigation; the page to run."""
    st.session_state[FRAMED] = True
    return st.navigation(
        [
            st.Page("pages/train.py", title="Train", icon=":material/play_circle:", default=True),
            st.Page("pages/dataset.py", title="Data", icon=":material/table:"),
            st.Page("pages/chain-rule.py", title="Chain rule", icon=":material/account_tree:"),
        ],
        position="top",
    )


def ensure_frame() -> None:
    """Begin again with the frame, if a page's script was started without it.

    Streamlit does that with the first visitor of a process who opens a page by its address, since
    there is a folder `pages/`. It finds the script by the address, hence the scripts' names: under
    another name it would first say that there is no such page.
    """
    if FRAMED not in st.session_state:
        navigation()
        st.rerun()
