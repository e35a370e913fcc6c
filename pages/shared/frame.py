"""The frame around the pages: their names, addresses and order."""

from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from pages.shared.arrival import arrive, welcome
from pages.shared.uploads import let_go_of_uploads

FRAMED = "framed"
ICON = Path(__file__).with_name("icon.svg")


def navigation() -> StreamlitPage:
    """Draw the navigation; the page to run."""
    st.session_state[FRAMED] = True
    # Before the navigation, or the browser fetches the page's icon from elsewhere as its favicon.
    st.set_page_config(page_icon=ICON, layout="wide")
    return st.navigation(
        [
            st.Page("pages/train.py", title="Train", icon=":material/play_circle:", default=True),
            st.Page("pages/dataset.py", title="Data", icon=":material/table:"),
            st.Page("pages/chain-rule.py", title="Chain rule", icon=":material/account_tree:"),
            st.Page("pages/the-derivation.py", title="Derivation", icon=":material/function:"),
            st.Page("pages/gradient-check.py", title="Check", icon=":material/fact_check:"),
            st.Page("pages/predict.py", title="Predict", icon=":material/online_prediction:"),
            st.Page("pages/save.py", title="Save", icon=":material/save:"),
        ],
        position="top",
    )


def ensure_frame() -> None:
    """Take up what the address asks for; begin again, if a page's script was started without frame.

    Streamlit does that with the first visitor of a process who opens a page by its address, since
    there is a folder `pages/`. It finds the script by the address, hence the scripts' names: under
    another name it would first say that there is no such page.
    """
    if FRAMED not in st.session_state:
        navigation()
        st.rerun()
    arrive()
    let_go_of_uploads()
    with st.container():  # there even if empty: what is below stays in its place when that changes
        welcome()
