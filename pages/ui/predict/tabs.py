"""Tabs of the Predict page: one row, a file of rows, and the evaluation."""

import streamlit as st

from pages.ui.frame.epoch_inputs import epoch_inputs
from pages.ui.frame.headline import DATA, FACTORS, headline
from pages.ui.predict.many_rows import many_rows
from pages.ui.predict.one_row import one_row
from pages.ui.predict.quality import quality
from pages.ui.state.session import Session
from pages.ui.style.markdown import plain

TABS = {"One row": one_row, "A file of rows": many_rows, "Evaluation": quality}


def predict_tabs(state: Session) -> None:
    """Draw the page at the epoch on display; only the open tab is computed."""
    target = plain(", ".join(state.source.dataset.target_names))
    headline(state, f"predicting {target}", FACTORS, DATA)
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    with left:
        epoch_inputs(state, "predict", right)
    tabs = st.tabs(list(TABS), key="predict_tab", on_change="rerun")
    for tab, draw in zip(tabs, TABS.values(), strict=True):
        if tab.open:
            with tab:
                draw(state)
