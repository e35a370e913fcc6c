"""The frame around the pages: the navigation, and opening the address."""

from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from pages.ui.state.open_from_url import link_notice, open_from_url
from pages.ui.state.page_list import PAGES, pages
from pages.ui.state.uploads import remove_old_uploads

ICON = Path(__file__).with_name("icon.svg").read_text(encoding="utf-8")


def navigation() -> StreamlitPage:
    """Draw the navigation and return the page to run."""
    # Before the navigation, else the browser fetches the page's icon from another server.
    st.set_page_config(page_icon=ICON, layout="wide")
    return st.navigation(pages(), position="top")


def ensure_frame() -> None:
    """Open what the address asks for; rerun if a page's script was started without the frame.

    Streamlit does that for a process's first visitor who opens a page by its address, since there
    is a folder `pages/`. It finds the script by the address, hence the scripts' names: under other
    names it would first report that there is no such page.
    """
    if PAGES not in st.session_state:
        navigation()
        st.rerun()
    open_from_url()
    remove_old_uploads()
    with st.container():  # even if empty, so that what is below stays in place
        link_notice()
