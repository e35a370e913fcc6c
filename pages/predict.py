"""Predict: predictions for new rows, and the evaluation of the network."""

import streamlit as st

from pages.ui.frame.epoch_inputs import epoch_row
from pages.ui.frame.headline import DATA, FACTORS, headline
from pages.ui.frame.navigation import ensure_frame
from pages.ui.predict.many_rows import many_rows
from pages.ui.predict.one_row import one_row
from pages.ui.predict.quality import quality
from pages.ui.state.session import session
from pages.ui.style.markdown import plain

TABS = {"One row": one_row, "A file of rows": many_rows, "Evaluation": quality}


def main() -> None:
    """Draw the page at the epoch on display; only the open tab is computed."""
    state = session()
    target = plain(", ".join(state.source.dataset.target_names))
    headline(state, f"predicting {target}", FACTORS, DATA)
    epoch_row(state, "predict")
    tabs = st.tabs(list(TABS), key="predict_tab", on_change="rerun")
    for tab, draw in zip(tabs, TABS.values(), strict=True):
        if tab.open:
            with tab:
                draw(state)


ensure_frame()
main()
