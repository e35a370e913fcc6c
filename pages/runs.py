"""Runs: the session's runs compared, sweeps of many, and the landscape that a run walks through."""

import streamlit as st

from pages.ui.frame.headline import FACTORS, TRAIN, headline
from pages.ui.frame.navigation import ensure_frame
from pages.ui.runs.compare.tab import compare_tab
from pages.ui.runs.landscape.tab import landscape_tab
from pages.ui.runs.sweep.tab import sweep_notice, sweep_tab
from pages.ui.state.session import session

TABS = {"Compare": compare_tab, "Sweep": sweep_tab, "Landscape": landscape_tab}


def main() -> None:
    """Draw the page; only the open tab is computed."""
    state = session()
    headline(state, "runs", TRAIN, FACTORS)
    tabs = st.tabs(list(TABS), key="runs_tab", on_change="rerun")
    for tab, draw in zip(tabs, TABS.values(), strict=True):
        if tab.open:
            with tab:
                if draw is not sweep_tab:
                    sweep_notice(state)
                draw(state)


ensure_frame()
main()
