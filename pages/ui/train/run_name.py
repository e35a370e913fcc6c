"""Popover that keeps the run in use by a name, or renames it, and leads to the Runs page."""

import streamlit as st

from core.utils.sentence import excerpt, plural
from pages.ui.state.page_list import PageLink
from pages.ui.state.run_list import MAX_NAME
from pages.ui.state.session import Session
from pages.ui.style.markdown import plain

MAX_LABEL = 12  # characters
RUNS = PageLink("pages/runs.py", "Compare on the Runs page", ":material/stacked_line_chart:")


def run_name_popover(state: Session) -> None:
    """Draw the popover; its label is the run's name, if it has one."""
    current, kept = state.current, len(state.runs.kept)
    name = current.name
    icon = f":material/{'bookmark' if name else 'bookmark_add'}:"
    label = plain(excerpt(name, MAX_LABEL)) or "Keep"
    closing = f"run_name-{current.identifier}-{name}"  # a new name closes the popover
    with st.popover(label, icon=icon, type="tertiary", key=closing):
        key = f"run_name_{current.identifier}"
        with st.form("run_name_form", border=False):
            st.text_input(
                "Name of this run",
                value=name,
                max_chars=MAX_NAME,
                placeholder=f"Run {kept + 1}",
                key=key,
                width=320,
                help="A run with a name stays on the Runs page, whatever runs follow. A change of "
                "settings or weights starts a new run, and this one stays as it is.",
            )
            st.form_submit_button(
                "Rename" if name else "Keep",
                on_click=lambda: state.keep_run(current.identifier, st.session_state[key]),
                help="Without a name it is numbered.",
            )
        st.caption(f"{plural(kept, 'run')} kept." if kept else "No run is kept yet.")
        RUNS.draw()
