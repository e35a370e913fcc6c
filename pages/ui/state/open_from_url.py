"""What a visitor's address asks for: the session it had before, or what a link leads to."""

from dataclasses import dataclass
from time import monotonic

import streamlit as st

from pages.ui.state.drafts import File
from pages.ui.state.page_list import page_of
from pages.ui.state.permalink import Permalink, PermalinkError, data_of
from pages.ui.state.session import KEY, Session, session
from pages.ui.state.session_store import HOURS, shelf
from pages.ui.state.ticket import browser_secret, is_of, new_ticket
from pages.ui.style.markdown import plain

ARRIVAL = "arrival"
TICKET = "run"
MOST_DIGITS = 12  # of an epoch
GONE = {
    "time": f"It lay unused for more than {HOURS:g} hours.",
    "room": "The server needed its memory for others: it had not been used for the longest time.",
    "unknown": "The server was started anew, or another one answers.",
}
REDRAW = 0.2  # s between two steps of the progress bar


@dataclass
class Arrival:
    """What an address asked for that is not there yet; `error` says why it cannot be."""

    setup: Permalink | None
    error: str = ""


def arrive() -> None:
    """Once for each browser tab: take up what the address names, or begin.

    A ticket that was made for another browser is no ticket.
    """
    if KEY not in st.session_state:
        params = st.query_params.to_dict()
        ticket = params.get(TICKET, "")
        mine = is_of(ticket, browser_secret())
        found = shelf().claim(ticket) if mine else None
        if found is not None:
            st.session_state[KEY] = found
            _stand(found, params.get("epoch", ""))
        else:
            _begin(params, GONE[shelf().why_gone(ticket)] if mine else "")
    state = session()
    state.ticket = state.ticket or new_ticket(browser_secret())
    shelf().keep(state)


def _stand(state: Session, epoch: str) -> None:
    """Stand at the epoch of the address: while it played, that knew better than the server."""
    if epoch.isdecimal() and len(epoch) <= MOST_DIGITS:
        state.report(int(epoch), playing=state.playing)


def file_came() -> None:
    """A file was read: an address that waits for it may be followed now."""
    if ARRIVAL in st.session_state:
        st.rerun()


def _begin(params: dict[str, str], lost: str) -> None:
    state = session()
    state.lost = lost
    if not lost and "data" not in params:
        return
    try:
        st.session_state[ARRIVAL] = Arrival(Permalink.read(params))
    except PermalinkError as error:
        st.session_state[ARRIVAL] = Arrival(None, str(error))


def welcome() -> None:
    """Above every page, until it is settled: what the address asked for, and what can be done."""
    state = session()
    if state.news:
        _tell_news(state)
    arrival: Arrival | None = st.session_state.get(ARRIVAL)
    if arrival is None:
        return
    setup = arrival.setup
    if setup is None or arrival.error:
        _dismissable(state, arrival.error)
    elif setup.of_file:
        _ask_for_file(state, setup)
    elif state.lost:
        _offer_again(state, setup)
    else:
        _open(state, setup)


def _tell_news(state: Session) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.info(state.news, icon=":material/content_copy:")

        def dismiss() -> None:
            state.news = ""

        st.button("Dismiss", key="news_dismiss", on_click=dismiss)


def _dismissable(state: Session, told: str) -> None:
    st.warning(plain(told), icon=":material/link_off:")
    st.button("Dismiss", key="arrival_dismiss", on_click=_settle, args=(state,))


def _offer_again(state: Session, setup: Permalink) -> None:
    """The server has forgotten the run; its settings are in the address."""
    st.warning(
        f"**This run is gone.** {state.lost} Its settings are in the address: from them epoch "
        f"{setup.epoch:,} can be trained again, to the last bit. Or load it from a file, if you "
        "saved one.",
        icon=":material/history_toggle_off:",
    )
    with st.container(horizontal=True):
        if st.button("Begin again", type="primary", icon=":material/replay:", key="arrival_again"):
            _open(state, setup)
        st.button("Start with XOR instead", key="arrival_dismiss", on_click=_settle, args=(state,))


def _ask_for_file(state: Session, setup: Permalink) -> None:
    """A link about a file of one's own; once that file was read, it is followed."""
    if _brought(state, setup) is not None:
        _open(state, setup)
        return
    draft = state.upload
    gone = f"**This run is gone.** {state.lost} " if state.lost else ""
    other = f" {plain(draft.title)} is another file." if draft is not None and draft.file else ""
    st.info(
        f"{gone}This address is about a file of one’s own, which is not in a link. Upload that "
        f"file on the Data page, and all else follows: columns, network, training, epoch.{other}",
        icon=":material/upload_file:",
    )
    with st.container(horizontal=True):
        st.page_link(page_of("pages/dataset.py"), label="Upload it", icon=":material/upload_file:")
        st.button("Dismiss", key="arrival_dismiss", on_click=_settle, args=(state,))


def _open(state: Session, setup: Permalink) -> None:
    """Begin the run of the address and train it to its epoch, with progress and a way to stop."""
    file = _brought(state, setup)
    place = st.empty()
    try:
        setup.begin(state, file)
    except PermalinkError as error:
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


def _brought(state: Session, setup: Permalink) -> File | None:
    """The file that the address is about, if it was uploaded or pasted."""
    drafts = (state.upload, state.pasted.draft)
    return next((d.file for d in drafts if d is not None and data_of(d) == setup.data), None)


def _settle(state: Session) -> None:
    state.lost = ""
    st.session_state.pop(ARRIVAL, None)
