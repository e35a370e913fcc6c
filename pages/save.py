"""Save: the run as a file, and what one takes along of it."""

import streamlit as st

from pages.shared.exports import exports
from pages.shared.frame import ensure_frame
from pages.shared.keeping import keeping
from pages.shared.link import link
from pages.shared.session import Session, session
from pages.shared.text import plain


def main() -> None:
    """Draw the page."""
    state = session()
    headline(state)
    keeping(state)
    st.divider()
    exports(state)


def headline(state: Session) -> None:
    """What is saved, and the ways to another epoch and another sample."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{plain(state.source.title)}**: take it along", width="stretch")
        link(state)
        st.page_link("pages/train.py", label="Another epoch", icon=":material/play_circle:")
        st.page_link(
            "pages/chain-rule.py", label="Another sample or weight", icon=":material/account_tree:"
        )


ensure_frame()
main()
