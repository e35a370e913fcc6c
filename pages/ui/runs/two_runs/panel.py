"""Two runs as two films locked to one epoch, with the difference of their weights."""

import streamlit as st

from core.utils.sentence import excerpt, plural
from pages.ui.frame.fragment import fragment
from pages.ui.frame.headline import TRAIN
from pages.ui.live import run_pair
from pages.ui.runs.two_runs.server import (
    SECONDS,
    BrowserMessage,
    Pair,
    RunPair,
    different,
    session_pair,
)
from pages.ui.state.run_list import Experiment
from pages.ui.state.session import Session
from pages.ui.style.markdown import plain

MOST_LETTERS = 40  # of a run's name
TITLE = "Two runs, one epoch"
HELP = (
    "Both runs’ weights at the same epochs, on one colour scale, and the second minus the first. "
    "Hidden units are interchangeable: between runs with different seeds the difference says "
    "little, since units may have changed places. ‖difference‖ is the root of the sum of all its "
    "squares. Space plays, the arrow keys go from frame to frame."
)
UNTRAINED = (
    "Neither run is trained yet, so there is no film. Train one on the Train page; then both are "
    "shown here epoch by epoch."
)


@fragment
def pair_panel(state: Session, first: Experiment, second: Experiment) -> None:
    """Draw both films, and buttons that open either run at the epoch on display."""
    st.subheader(TITLE, anchor=False, help=HELP)
    pair = first, second
    if not any(each.run.epoch for each in pair):
        st.info(UNTRAINED, icon=":material/play_circle:")
        return
    labels = _labels(state, pair)
    message = BrowserMessage.parse(st.session_state.get("run_pair_film", {}).get("pair"))
    found = session_pair()
    film = found.update(pair, labels, message)
    run_pair(key="run_pair_film", data=film, on_pair_change=lambda: None)
    if not found.ready:
        return
    if found.stop_reason:
        st.caption(_stop_text(found))
    with st.container(horizontal=True):
        for each, label in zip(pair, labels, strict=True):
            _open_button(state, each, label, found.epoch)
    if not different(pair) and first.architecture.seed != second.architecture.seed:
        st.caption(
            "The seeds differ: hidden units may have changed places, and then a large difference "
            "does not mean that the runs learned something else."
        )


def _labels(state: Session, pair: Pair) -> tuple[str, str]:
    labels = state.runs.labels
    first, second = (excerpt(labels[each.identifier], MOST_LETTERS) for each in pair)
    return first, second


def _stop_text(found: RunPair) -> str:
    """Return why not all frames are there."""
    why = "Cancelled" if found.stop_reason == "cancelled" else f"Stopped after {SECONDS:.0f} s"
    return (
        f"{why}: {found.done:,} of {plural(found.count, 'frame')}, spread over all epochs. "
        "Any other epoch can be typed in."
    )


def _open_button(state: Session, experiment: Experiment, label: str, epoch: int) -> None:
    """Draw the button that goes on with a run from the epoch on display, or its last one."""
    at = min(epoch, experiment.run.epoch)
    if st.button(
        f"Open {plain(label)} at epoch {at:,}",
        key=f"pair_open_{experiment.identifier}",
        icon=":material/open_in_new:",
        help="Make it the run in use, on the Train page at this epoch. The other one stays here.",
    ):
        state.open_run(experiment.identifier)
        state.show(at)
        st.switch_page(TRAIN.file)
