"""Save: the run as a file, and downloads of scripts, a report, weights and tables."""

import streamlit as st

from pages.ui.frame.headline import headline
from pages.ui.frame.navigation import ensure_frame
from pages.ui.save.downloads import download_buttons
from pages.ui.save.run_file import run_file_controls
from pages.ui.state.page_list import PageLink
from pages.ui.state.session import session

LINKS = (
    PageLink("pages/train.py", "Another epoch", ":material/play_circle:"),
    PageLink("pages/chain-rule.py", "Another sample or weight", ":material/account_tree:"),
)


def main() -> None:
    """Draw the page."""
    state = session()
    headline(state, "save and export", *LINKS)
    run_file_controls(state)
    st.divider()
    download_buttons(state)


ensure_frame()
main()
