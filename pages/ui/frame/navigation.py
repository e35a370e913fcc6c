"""The frame around the pages: the navigation, and what an address asks for."""

from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from pages.ui.state.open_from_url import link_notice, open_from_url
from pages.ui.state.page_list import PAGES, pages
from pages.ui.state.uploads import remove_old_uploads

ICON = Path(__file__).with_name("icon.svg").read_text(encoding="utf-8")


def navigation() -> StreamlitPage:
    """Draw the navigation; the page to run."""
    # Before the navigation, or the browser fetches the page's icon from elsewhere as its favicon.
    st.set_page_config(page_icon=ICON, layout="wide")
    return st.navigation(pages(), position="top")


def ensure_frame() -> None:
    """Take up what the address asks for; begin again, if a page's script was started without frame.

    Streamlit does that with the first visitor of a process who opens a page by its address, since
    there is a folder `pages/`. It finds the script by the address, hence the scripts' names: under
    another name it would first say that there is no such page.
    """
    if PAGES not in st.session_state:
        navigation()
        st.rerun()
    open_from_url()
    remove_old_uploads()
    with st.container():  # there even if empty: what is below stays in its place when that changes
        link_notice()
