"""Save: the run as a file, and what one takes along of it."""

import streamlit as st

from pages.shared.exports import exports
from pages.shared.frame import ensure_frame
from pages.shared.headline import headline
from pages.shared.keeping import keeping
from pages.shared.session import session

WAYS = (
    ("pages/train.py", "Another epoch", ":material/play_circle:"),
    ("pages/chain-rule.py", "Another sample or weight", ":material/account_tree:"),
)


def main() -> None:
    """Draw the page."""
    state = session()
    headline(state, "save and export", *WAYS)
    keeping(state)
    st.divider()
    exports(state)


ensure_frame()
main()
