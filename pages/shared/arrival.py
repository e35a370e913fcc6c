"""What a visitor's address asks for: the session it had before, or what a link leads to."""

from dataclasses import dataclass
from time import monotonic

import streamlit as st

from pages.shared.drafts import File
from pages.shared.session import KEY, Session, session
from pages.shared.setup import Setup, SetupError, data_of
from pages.shared.shelf import HOURS, me, shelf
from pages.shared.text import plain

ARRIVAL = "arrival"
TICKET = "run"
REDRAW = 0.2  # s between two steps of the progress bar


@dataclass
class Arrival:
    """What an address asked for that is not there yet; `error` says why it cannot be."""

    setup: Setup | None
    error: str = ""


def arrive() -> None:
    """Once for each browser session: take up what the address names, or begin."""
    if KEY not in st.session_state:
        params = st.query_params.to_dict()
        found = shelf().claim(params.get(TICKET, ""), me())
        if found is not None:
            st.session_state[KEY] = found
        else:
            _begin(params)
    shelf().keep(session(), me())


def file_came() -> None:
    """A file was read: an address that waits for it may be followed now."""
    if ARRIVAL in st.session_state:
        st.rerun()


def _begin(params: dict[str, str]) -> None:
    state = session()
    if TICKET not in params and "data" not in params:
        return
    state.lost = TICKET in params
    try:
        st.session_state[ARRIVAL] = Arrival(Setup.read(params))
    except SetupError as error:
        st.session_state[ARRIVAL] = Arrival(None, str(error))


def welcome() -> None:
    """Above every page, until it is settled: what the address asked for, and what can be done."""
    arrival: Arrival | None = st.session_state.get(ARRIVAL)
    if arrival is None:
        return
    state, setup = session(), arrival.setup
    if setup is None or arrival.error:
        _dismissable(state, arrival.error)
    elif setup.of_file:
        _ask_for_file(state, setup)
    elif state.lost:
        _offer_again(state, setup)
    else:
        _open(state, setup)


def _dismissable(state: Session, told: str) -> None:
    st.warning(plain(told), icon=":material/link_off:")
    st.button("Dismiss", key="arrival_dismiss", on_click=_settle, args=(state,))


def _offer_again(state: Session, setup: Setup) -> None:
    """The server has forgotten the run; its settings are in the address."""
    st.warning(
        f"**This run is gone.** The server was started anew, or the run lay unused for {HOURS:g} "
        f"hours. Its settings are in the address: from them epoch {setup.epoch:,} can be trained "
        "again, to the last bit. Or load it from a file, if you saved one.",
        icon=":material/history_toggle_off:",
    )
    with st.container(horizontal=True):
        if st.button("Begin again", type="primary", icon=":material/replay:", key="arrival_again"):
            _open(state, setup)
        st.button("Start with XOR instead", key="arrival_dismiss", on_click=_settle, args=(state,))


def _ask_for_file(state: Session, setup: Setup) -> None:
    """A link about a file of one's own; once that file was read, it is followed."""
    if _brought(state, setup) is not None:
        _open(state, setup)
        return
    draft = state.upload
    gone = "**This run is gone** from the server. " if state.lost else ""
    other = f" {plain(draft.title)} is another file." if draft is not None and draft.file else ""
    st.info(
        f"{gone}This address is about a file of one’s own, which is not in a link. Upload that "
        f"file on the Data page, and all else follows: columns, network, training, epoch.{other}",
        icon=":material/upload_file:",
    )
    with st.container(horizontal=True):
        st.page_link("pages/dataset.py", label="Upload it", icon=":material/upload_file:")
        st.button("Dismiss", key="arrival_dismiss", on_click=_settle, args=(state,))


def _open(state: Session, setup: Setup) -> None:
    """Begin the run of the address and train it to its epoch, with progress and a way to stop."""
    file = _brought(state, setup)
    place = st.empty()
    try:
        setup.begin(state, file)
    except SetupError as error:
        st.session_state[ARRIVAL] = Arrival(None, str(error))
        st.rerun()
    _settle(state)
    with place.container(horizontal=True, vertical_alignment="center"):
        bar = st.progress(0.0, "Training to the epoch of the link …", width="stretch")
        st.button("Stop here", key="arrival_stop")
    last = monotonic()

    def progress(done: int, of: int) -> None:
        nonlocal last
        if monotonic() - last >= REDRAW:
            last = monotonic()
            bar.progress(min(1.0, done / max(1, of)), f"Epoch {done:,} of {of:,}")

    try:
        setup.train(state, progress)
    except ValueError as error:
        st.session_state[ARRIVAL] = Arrival(None, str(error))
    st.rerun()


def _brought(state: Session, setup: Setup) -> File | None:
    """The file that the address is about, if it was uploaded or pasted."""
    drafts = (state.upload, state.pasted.draft)
    return next((d.file for d in drafts if d is not None and data_of(d) == setup.data), None)


def _settle(state: Session) -> None:
    state.lost = False
    st.session_state.pop(ARRIVAL, None)
