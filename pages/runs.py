"""Runs: the session's runs compared, sweeps of many, and the landscape that a run walks through."""

import streamlit as st

from pages.ui.frame.headline import FACTORS, TRAIN, headline
from pages.ui.frame.navigation import ensure_frame
from pages.ui.runs.compare.tab import compare_tab
from pages.ui.runs.landscape.tab import landscape_tab
from pages.ui.runs.sweep.tab import sweep_notice, sweep_tab
from pages.ui.state.session import session

TABS = {"Compare": compare_tab, "Sweep": sweep_tab, "Landscape": landscape_tab}

TAB = "runs_tab"  # a session_state key: the open one


def main() -> None:
    """Draw the page; only the open tab is computed."""
    state = session()
    headline(state, "runs", TRAIN, FACTORS)
    if TAB not in st.session_state and state.runs_tab in TABS:
        st.session_state[TAB] = state.runs_tab  # after another page, or a reload
    tabs = st.tabs(list(TABS), key=TAB, on_change="rerun")
    for tab, (title, draw) in zip(tabs, TABS.items(), strict=True):
        if tab.open:
            state.runs_tab = title
            with tab:
                if draw is not sweep_tab:
                    sweep_notice(state)
                draw(state)


ensure_frame()
main()
