"""A page's first line: its data, its topic, and links to other pages."""

from collections.abc import Callable

import streamlit as st

from pages.ui.frame.copy_link import link
from pages.ui.state.page_list import OPEN_UPLOAD, PageLink
from pages.ui.state.session import Session
from pages.ui.style.markdown import plain

TRAIN = PageLink("pages/train.py", "Train", ":material/play_circle:", 74)
FACTORS = PageLink("pages/chain-rule.py", "Factor by factor", ":material/account_tree:", 140)
DATA = PageLink("pages/dataset.py", "Use your own data", ":material/upload_file:", 157, OPEN_UPLOAD)


def headline(
    state: Session, about: str, *links: PageLink, aside: Callable[[Session], None] = link
) -> None:
    """Draw the line; `aside` draws what comes before the links, by default the copy button."""
    with st.container(horizontal=True, vertical_alignment="center"):
        page_heading(state, about)
        aside(state)
        for target in links:
            target.draw()


def page_heading(state: Session, about: str) -> None:
    """Draw the page's heading: the data in use and `about`, which is Markdown."""
    st.title(f"{plain(state.source.title)}: {about}", anchor=False)
