"""Opening the address: the visitor's earlier session, or the run that a link describes."""

from contextlib import suppress
from time import monotonic

import streamlit as st

from pages.ui.state.draft_fields import data_name
from pages.ui.state.drafts import File
from pages.ui.state.page_list import OPEN_UPLOAD, PageLink
from pages.ui.state.permalink import Permalink, PermalinkError
from pages.ui.state.session import KEY, UPLOAD, Session, session
from pages.ui.state.store.run_store import HOURS
from pages.ui.state.store.session_store import session_store
from pages.ui.state.ticket import browser_secret, is_valid, new_ticket
from pages.ui.style.markdown import plain

PENDING_PARAMS = "arrival_params"  # a session_state key: the address of a link that waits
PENDING_LINK = "arrival"  # a session_state key: the link to open, or why it cannot be opened
TICKET = "run"
MAX_DIGITS = 12  # of an epoch
REMOVAL_TEXTS = {
    "time": f"It was not used for more than {HOURS:g} hours.",
    "room": "The server needed the memory for others and removed the least recently used run.",
    "unknown": "The server was restarted, or a different one answers.",
    "absent": (
        f"The server's store of runs does not have it: it was not used for more than {HOURS:g} "
        "hours, or the store lost it."
    ),
    "unreadable": "The server's store of runs has it in a form that cannot be read here.",
    "down": (
        "The server's store of runs cannot be used at the moment: reload later to look for it "
        "again."
    ),
}
UNTRAINED_NOTICE = (
    "The address is at epoch {asked:,}, and the server has this run up to epoch {trained:,}: Play "
    "trains on from there."
)
CHANGED_NOTICE = (
    "The address describes other data, another network or other settings than the run that the "
    "server has: what was changed last may be lost."
)
LOST, OUT_OF_REACH = "This run is gone", "This run is out of reach"
STORE_NOTICE = (
    "The server's store of runs cannot be used at the moment. Everything works, but until it can, "
    "a run ends with the process of the server that has it: save what must not be lost."
)
REDRAW = 0.2  # s between two steps of the progress bar
UPLOAD_LINK = PageLink(
    "pages/dataset.py", "Upload it", ":material/upload_file:", params=OPEN_UPLOAD
)


def open_from_url() -> None:
    """Open the session or link of the address, once for each browser tab; else start a new one.

    A ticket of another browser is ignored.
    """
    if KEY not in st.session_state:
        params = st.query_params.to_dict()
        ticket = params.get(TICKET, "")
        mine = is_valid(ticket, browser_secret())
        found = session_store().acquire(ticket) if mine else None
        if found is not None:
            st.session_state[KEY] = found
            _restore_place(found, params)
            _note_differences(found, params)
        else:
            _read_link(params, session_store().removal_reason(ticket) if mine else "")
    state = session()
    state.ticket = state.ticket or new_ticket(browser_secret())
    session_store().add(state)


def _restore_place(state: Session, params: dict[str, str]) -> None:
    """Go to the address's epoch and stop: the browser writes them there before it sends them."""
    epoch, stop = params.get("epoch", ""), params.get("stop", "")
    if stop:
        state.go_to_stop(stop)
    if epoch.isdecimal() and len(epoch) <= MAX_DIGITS:
        state.report(int(epoch), playing=state.playing)


def _note_differences(state: Session, params: dict[str, str]) -> None:
    """Say so if the address is further than the run, which its process did not write in time."""
    epoch, notes = params.get("epoch", ""), [state.notice]
    asked = int(epoch) if epoch.isdecimal() and len(epoch) <= MAX_DIGITS else 0
    if state.run.epoch < asked <= state.run.settings.epochs:
        notes.append(UNTRAINED_NOTICE.format(asked=asked, trained=state.run.epoch))
    with suppress(PermalinkError):
        if params.get("setup") and not Permalink.read(params).same_run(Permalink.of(state)):
            notes.append(CHANGED_NOTICE)
    state.notice = " ".join(notes).strip()


def rerun_for_link() -> None:
    """Rerun after a file was read, if a link waits for one."""
    if PENDING_LINK in st.session_state:
        st.rerun()


def _read_link(params: dict[str, str], lost: str) -> None:
    state = session()
    state.lost_reason = lost
    if not lost and "data" not in params:
        _restore_place(state, params)
        return
    try:
        setup = st.session_state[PENDING_LINK] = Permalink.read(params)
        st.session_state[PENDING_PARAMS] = params
    except PermalinkError as error:
        st.session_state[PENDING_LINK] = str(error)
        return
    if setup.needs_file:
        state.input_method = UPLOAD


def link_notice() -> None:
    """Draw above the page what the address asks for and what can be done, until it is done."""
    state = session()
    if state.toast:
        st.toast(state.toast, icon=":material/restore:", duration="long")
        state.toast = ""
    if session_store().is_store_down and state.lost_reason != "down":
        st.warning(STORE_NOTICE, icon=":material/cloud_off:")
    if state.notice:
        _session_notice(state)
    if state.runs_error:
        _runs_error(state)
    pending: Permalink | str | None = st.session_state.get(PENDING_LINK)
    if pending is None:
        return
    if isinstance(pending, str):
        _link_warning(state, pending)
    elif pending.needs_file:
        _file_request(state, pending)
    elif state.lost_reason:
        _lost_run_notice(state, pending)
    else:
        _open_link(state, pending)


def _session_notice(state: Session) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.info(state.notice, icon=":material/info:")
        st.button("Dismiss", key="news_dismiss", on_click=setattr, args=(state, "notice", ""))


def _runs_error(state: Session) -> None:
    """Say why runs could not be kept."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.warning(plain(state.runs_error), icon=":material/inventory_2:")
        st.button("Dismiss", key="runs_dismiss", on_click=setattr, args=(state, "runs_error", ""))


def _link_warning(state: Session, told: str) -> None:
    st.warning(plain(told), icon=":material/link_off:")
    st.button("Dismiss", key="arrival_dismiss", on_click=_clear, args=(state,))


def _lost_run_notice(state: Session, setup: Permalink) -> None:
    """Offer to train a run again that the server removed; its settings are in the address."""
    st.warning(
        f"{_lost_text(state)} Its settings are in the address: epoch "
        f"{setup.epoch:,} can be trained again, identical to the last bit. Or load the run from a "
        "file, if you saved one.",
        icon=":material/history_toggle_off:",
    )
    with st.container(horizontal=True):
        if st.button("Train again", icon=":material/replay:", key="arrival_again"):
            _open_link(state, setup)
        st.button("Start with XOR instead", key="arrival_dismiss", on_click=_clear, args=(state,))


def _lost_text(state: Session) -> str:
    """Return that the run is lost, and why, as Markdown."""
    reason = state.lost_reason
    heading = OUT_OF_REACH if reason == "down" else LOST
    return f"**{heading}.** {REMOVAL_TEXTS.get(reason) or plain(reason)}"


def _file_request(state: Session, setup: Permalink) -> None:
    """Ask for the file that a link needs; open the link once it was read."""
    if _matching_file(state, setup) is not None:
        _open_link(state, setup)
        return
    draft = state.upload
    gone = f"{_lost_text(state)} " if state.lost_reason else ""
    other = (
        f" {plain(draft.title)} is a different file." if draft is not None and draft.file else ""
    )
    st.info(
        f"{gone}This link uses an uploaded file, which a link cannot contain. Upload that file "
        f"on the Data page; columns, network, training and epoch are then restored.{other}",
        icon=":material/upload_file:",
    )
    with st.container(horizontal=True):
        UPLOAD_LINK.draw()
        st.button("Dismiss", key="arrival_dismiss", on_click=_clear, args=(state,))


def _open_link(state: Session, setup: Permalink) -> None:
    """Start the link's run and train it to its epoch, with a progress bar and a stop button."""
    file = _matching_file(state, setup)
    place = st.empty()
    try:
        setup.begin(state, file)
    except PermalinkError as error:
        st.session_state[PENDING_LINK] = str(error)
        st.rerun()
    _clear(state)
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
        st.session_state[PENDING_LINK] = str(error)
    st.rerun()


def _matching_file(state: Session, setup: Permalink) -> File | None:
    """Return the link's file if it was uploaded or pasted, else None."""
    drafts = (state.upload, state.pasted.draft)
    return next((d.file for d in drafts if d is not None and data_name(d) == setup.data), None)


def _clear(state: Session) -> None:
    state.lost_reason = ""
    st.session_state.pop(PENDING_LINK, None)
    st.session_state.pop(PENDING_PARAMS, None)
