"""Long computations of the landscape, with progress and Cancel; any click interrupts them."""

from time import monotonic

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.ui.runs.landscape_server import Key, Landscape
from pages.ui.state.fair_share import LONG_SECONDS, fair_share

EVERY = 0.1  # seconds between two reports, at each of which a click may interrupt
CANCEL, RESUME = "Cancel", "Go on"
CANCELLED = "Cancelled."


class Progress:
    """A progress bar and Cancel in a `place`, from the first report that is due on.

    Streamlit interrupts a script where it draws, if anything was clicked: so a report is also where
    the session hears of Cancel and of its other controls.
    """

    def __init__(self, place: DeltaGenerator, view: Landscape, key: Key) -> None:
        self._place, self._view, self._key = place, view, key
        self._bar: DeltaGenerator | None = None
        self._due = monotonic() + EVERY

    def report(self, what: str, done: int, of: int) -> None:
        """Show how much is done, at most ten times a second; others come first meanwhile."""
        if not self.due:
            return
        self._due = monotonic() + EVERY
        if self._bar is None:
            self._bar = self._draw()
        self._bar.progress(min(done / of, 1.0), f"{what}: {done:,} of {of:,}")
        with fair_share(LONG_SECONDS):
            pass  # its turn comes after those who wait

    @property
    def due(self) -> bool:
        """Whether a report would be shown."""
        return monotonic() >= self._due

    def _draw(self) -> DeltaGenerator:
        with self._place.container():
            bar = st.progress(0.0)
            st.button(
                CANCEL,
                key=f"landscape_cancel_{self._key[0]}",
                icon=":material/stop:",
                on_click=self._view.cancelled.add,
                args=(self._key,),
                help="Stop. What is computed so far stays.",
            )
        return bar


def cancelled_notice(view: Landscape, key: Key) -> None:
    """Say that this was cancelled, with a button that continues it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(CANCELLED, width="content")
        st.button(
            RESUME,
            key=f"landscape_resume_{key[0]}",
            icon=":material/play_arrow:",
            on_click=view.cancelled.discard,
            args=(key,),
            help="Continue where it was stopped.",
        )


def is_fragment_run() -> bool:
    """Return whether a part of the page reruns alone: what it drew before is on the screen."""
    context = get_script_run_ctx(suppress_warning=True)
    return bool(context and context.fragment_ids_this_run)
