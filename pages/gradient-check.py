"""Check: every weight's gradient by two other ways, somebody's own gradients, and the bug lab."""

import streamlit as st

from pages.ui.check.bug_lab import bug_lab
from pages.ui.check.gradient_check import checked
from pages.ui.check.my_gradients import check_mine
from pages.ui.frame.epoch_inputs import epoch_inputs
from pages.ui.frame.headline import DATA, FACTORS, headline
from pages.ui.frame.navigation import ensure_frame
from pages.ui.state.session import Session, session

TABS = {"Gradient check": checked, "Check my gradients": check_mine, "Bug lab": bug_lab}


def main() -> None:
    """Draw the page; a tab that is not open is not computed."""
    state = session()
    headline(state, "are these gradients right?", FACTORS, DATA)
    tabs = st.tabs(list(TABS), key="check_tab", on_change="rerun")
    for tab, draw in zip(tabs, TABS.values(), strict=True):
        if tab.open:
            with tab:
                if draw is not bug_lab:  # which trains from the initial weights
                    epoch(state)
                draw(state)


def epoch(state: Session) -> None:
    """The epoch whose weights are checked."""
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    with left:
        epoch_inputs(state, "check", right)


ensure_frame()
main()
