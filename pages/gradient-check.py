"""Check page: gradient check of every weight, the user's own gradients, and the bug lab."""

import streamlit as st

from pages.ui.check.bug_lab import bug_lab_tab
from pages.ui.check.gradient_check import gradient_check_tab
from pages.ui.check.my_gradients import my_gradients_tab
from pages.ui.frame.epoch_inputs import epoch_row
from pages.ui.frame.headline import DATA, FACTORS, headline
from pages.ui.frame.navigation import ensure_frame
from pages.ui.state.session import session

TABS = {
    "Gradient check": gradient_check_tab,
    "Check my gradients": my_gradients_tab,
    "Bug lab": bug_lab_tab,
}


def main() -> None:
    """Draw the page; only the open tab is computed."""
    state = session()
    headline(state, "are these gradients right?", FACTORS, DATA)
    tabs = st.tabs(list(TABS), key="check_tab", on_change="rerun")
    for tab, draw in zip(tabs, TABS.values(), strict=True):
        if tab.open:
            with tab:
                if draw is not bug_lab_tab:  # it trains from the initial weights
                    epoch_row(state, "check")
                draw(state)


ensure_frame()
main()
