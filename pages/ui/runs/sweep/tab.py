"""Sweep tab: many runs over two settings, several seeds each."""

from functools import partial

import numpy as np
import streamlit as st

from core.utils.sentence import plural
from pages.ui.fields.download_button import download_button
from pages.ui.frame.fragment import fragment
from pages.ui.live import sweep as sweep_component
from pages.ui.runs.sweep.form import START, sweep_form
from pages.ui.runs.sweep.panel import SweepPanel, sweep_panel
from pages.ui.runs.sweep.scene import description
from pages.ui.runs.sweep.script import script, script_file
from pages.ui.runs.sweep.server import Sweep
from pages.ui.state.run_list import Source
from pages.ui.state.session import Session
from pages.ui.style.markdown import plain

NO_SWEEP = (
    f"No sweep yet. **{START}** trains a network for each combination of the values above, several "
    "times from different initial weights. A table then shows which combinations learn, how "
    "surely, and how fast, and opens the run behind each cell."
)
BRING_BACK = "Bring back the previous sweep"
OTHER_DATA = (
    "This sweep is of {title}; the run in use has other data now. Its cells still open the runs "
    "that they were."
)


def sweep_tab(state: Session) -> None:
    """Draw the tab."""
    panel = sweep_panel(state)
    sweep_form(state, panel)
    if panel.sweep is None:
        st.info(NO_SWEEP, icon=":material/grid_on:")
    else:
        _bring_back(panel)
        _result(state, panel.sweep)


def sweep_notice(state: Session) -> None:
    """Say on another tab that a sweep is running, if one is; it is as of when the tab is drawn."""
    sweep = sweep_panel(state).sweep
    if sweep is not None and not sweep.job.done:
        done, count = sweep.job.finished, sweep.job.count
        st.caption(f"A sweep is running: {done:,} of {plural(count, 'run')} (tab Sweep).")


def _bring_back(panel: SweepPanel) -> None:
    """Draw a button for the sweep before the one on display, if there is one."""
    if panel.sweep is None or panel.previous is None:
        return
    running = not panel.sweep.job.done
    st.button(
        BRING_BACK,
        key="sweep_previous",
        icon=":material/undo:",
        type="tertiary",
        on_click=panel.bring_back,
        help=plain(description(panel.previous.plan))
        + (". The one below is cancelled; its results so far stay." if running else "."),
    )


@fragment
def _result(state: Session, sweep: Sweep) -> None:
    """Draw the results so far, and answer the browser, which asks for more while it runs."""
    if not _is_same(sweep.plan.source, state.source):
        notice = OTHER_DATA.format(title=plain(sweep.plan.source.title))
        st.warning(notice, icon=":material/info:")
    message = st.session_state.get("sweep", {}).get("sweep")
    data, other_run = sweep.answer(state, message)
    sweep_component(key="sweep", data=data, on_sweep_change=lambda: None)
    _exports(sweep)
    if other_run:
        st.rerun()  # the headline and its links are about that run


def _is_same(one: Source, other: Source) -> bool:
    """Return whether two sources are the same data, also if they were prepared twice."""
    names = ("X", "y", "X_val", "y_val")
    pairs = ((getattr(one.dataset, name), getattr(other.dataset, name)) for name in names)
    return one is other or (
        one.title == other.title and all(np.array_equal(a, b) for a, b in pairs)
    )


def _exports(sweep: Sweep) -> None:
    """Draw the buttons that download the sweep."""
    with st.container(horizontal=True):
        download_button(
            "Sweep as CSV",
            sweep.csv,
            "sweep.csv",
            key="sweep_csv",
            help="A row for each run that has come: its values and seed, final and lowest C, "
            "validation, epochs, why it ended, and the time.",
        )
        download_button(
            "Sweep as a script",
            partial(script, sweep.plan),
            script_file(sweep.plan),
            key="sweep_script",
            help="A script that needs NumPy alone: it trains all of these runs on every core and "
            "writes a table of their C. Large data is added in a zip.",
        )
