"""A page's first line: its data, its topic, and links to other pages."""

from collections.abc import Callable

import streamlit as st

from pages.ui.frame.copy_link import link
from pages.ui.state.page_list import page_link
from pages.ui.state.session import Session
from pages.ui.style.markdown import plain

PageLink = tuple[str, str, str] | tuple[str, str, str, int]  # page, label, icon; width in px
TRAIN: PageLink = ("pages/train.py", "Train", ":material/play_circle:", 72)
FACTORS: PageLink = ("pages/chain-rule.py", "Factor by factor", ":material/account_tree:", 132)
DATA: PageLink = ("pages/dataset.py", "Use your own data", ":material/upload_file:", 154)


def headline(
    state: Session, about: str, *links: PageLink, aside: Callable[[Session], None] = link
) -> None:
    """Draw the line; `aside` draws what comes before the links, by default the copy button."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{plain(state.source.title)}**: {about}", width="stretch")
        aside(state)
        for target in links:
            page_link(*target)
