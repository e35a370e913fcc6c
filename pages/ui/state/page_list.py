"""The app's pages: their files, names, icons and order; links to them."""

from typing import Literal, NamedTuple

import streamlit as st
from streamlit.navigation.page import StreamlitPage

PAGES = "pages"  # a session_state key: building the list takes a tenth of a script run
OPEN = "open"  # a parameter of the address: what a page opens with, until it has opened
OPEN_UPLOAD = {OPEN: "upload"}  # of the Data page


def pages() -> list[StreamlitPage]:
    """Return the pages of this session, in the navigation's order."""
    return list(_by_file().values())


class PageLink(NamedTuple):
    """A link to the page of a file; `params` are added to the address.

    A `width` in px is kept free before it is drawn.
    """

    file: str
    label: str
    icon: str
    width: int | Literal["content"] = "content"
    params: dict[str, str] | None = None

    def draw(self) -> None:
        """Draw the link."""
        page = _by_file()[self.file]
        st.page_link(
            page, label=self.label, icon=self.icon, width=self.width, query_params=self.params
        )


def _by_file() -> dict[str, StreamlitPage]:
    if PAGES not in st.session_state:
        st.session_state[PAGES] = {
            file: st.Page(file, title=title, icon=icon, default=file == "pages/train.py")
            for file, title, icon in (
                ("pages/train.py", "Train", ":material/play_circle:"),
                ("pages/runs.py", "Runs", ":material/stacked_line_chart:"),
                ("pages/dataset.py", "Data", ":material/table:"),
                ("pages/chain-rule.py", "Chain rule", ":material/account_tree:"),
                ("pages/the-derivation.py", "Derivation", ":material/function:"),
                ("pages/gradient-check.py", "Check", ":material/fact_check:"),
                ("pages/predict.py", "Predict", ":material/online_prediction:"),
                ("pages/save.py", "Save", ":material/save:"),
            )
        }
    found: dict[str, StreamlitPage] = st.session_state[PAGES]
    return found
