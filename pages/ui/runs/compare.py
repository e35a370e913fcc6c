"""Compare tab: the session's runs as a table, and their loss curves."""

import streamlit as st

from core.utils.number_text import short_text
from pages.ui.state.session import Session
from pages.ui.style.markdown import plain


def compare_tab(state: Session) -> None:
    """Draw the tab."""
    for experiment in state.runs.all:
        run = experiment.run
        C = short_text(run.losses[run.epoch], state.conventions.digits)
        st.markdown(f"{plain(experiment.name or experiment.source.title)}: C = {C}")
    st.button("Keep this run", on_click=lambda: state.keep_run(state.current.identifier))
