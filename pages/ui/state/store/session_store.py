"""Server-side store of sessions that survive a reload, keyed by a random token (the ticket).

Sessions expire after HOURS; beyond MAX_SESSIONS or MAX_BYTES the least recently used ones are
removed, but none whose browser tab is open. A second tab that opens a ticket in use gets a copy.
With a store of runs (`run_store`), which the environment names, a session also survives its
process, and other processes find it.
"""

import atexit
import os
import time
from collections.abc import Callable, Iterator
from functools import cache, partial
from threading import Lock, Thread
from typing import Literal

from streamlit import runtime
from streamlit.logger import get_logger

from core.training.run_file import RunFileError
from pages.ui.state.permalink import PermalinkError
from pages.ui.state.session import COPY_NOTICE, Session, earlier_tab_id, tab_id
from pages.ui.state.store.redis_store import RedisStore
from pages.ui.state.store.run_store import HOURS, MEMORY, VARIABLE, StoreError
from pages.ui.state.store.session_writer import MOVED_NOTICE, SessionWriter

MAX_SESSIONS = 200  # sessions
MAX_BYTES = 4 << 30  # that all sessions hold together
SECONDS_BETWEEN = 10  # two evictions
SECONDS_BETWEEN_WRITES = 0.5  # two looks at which sessions have changed
_MAX_REASONS = 10_000  # removed tickets whose reason is remembered

_creation_lock = Lock()  # else two first visitors would each create a store

_TURNS = 64  # locks of tickets
_log = get_logger(__name__)

Reason = Literal["time", "room", "unknown", "absent", "unreadable", "store"]


class SessionStore:
    """Sessions by ticket. Thread-safe."""

    def __init__(
        self,
        is_connected: Callable[[str], bool],
        clock: Callable[[], float] = time.monotonic,
        *,
        max_sessions: int = MAX_SESSIONS,
        max_bytes: int = MAX_BYTES,
        writer: SessionWriter | None = None,
    ) -> None:
        """Create an empty store; `is_connected` tells whether a tab is connected."""
        self._is_connected_to, self._clock = is_connected, clock
        self._max_sessions, self._max_bytes = max_sessions, max_bytes
        self._sessions: dict[str, Session] = {}  # in order of use
        self._reasons: dict[str, Reason] = {}
        self._lock = Lock()
        self._turns = [Lock() for _ in range(_TURNS)]  # else two tabs would both find one free
        self._writer = writer

    @property
    def retention(self) -> str:
        """Where a session is held and for how long, as the rest of a sentence."""
        place = "memory of the server that runs this app"
        return (
            f"stays in the {place}{', and in its store of runs,' * bool(self._writer)} and is "
            f"removed {HOURS:g} hours after this tab was last used, or earlier if others need the "
            "memory"
        )

    @property
    def in_trouble(self) -> bool:
        """Whether there is a store of runs that cannot be used at the moment."""
        return self._writer is not None and bool(self._writer.trouble)

    def add(self, state: Session) -> None:
        """Store the session, if it has a ticket. Evict nothing: it is called at every run."""
        with self._lock:
            self._sessions.pop(state.ticket, None)
            if state.ticket:
                self._sessions[state.ticket] = state

    def acquire(self, ticket: str) -> Session | None:
        """Return the session of that ticket for this tab, None if it is gone.

        If another connected tab has it, or another process of the server, return a copy without a
        ticket.
        """
        self.evict()
        with self._turns[hash(ticket) % _TURNS]:
            found = self._sessions.get(ticket)
            if found is not None and self._is_in_use_elsewhere(found):
                copy = found.clone()
                copy.notice = COPY_NOTICE
                return copy
            if self._writer is not None:
                found = self._find(self._writer, ticket, found)
            if found is not None:
                found.owner = tab_id()
                found.forget_browser()  # else its page asks again, and a click then leads nowhere
                self.add(found)
            return found

    def _is_in_use_elsewhere(self, state: Session) -> bool:
        return state.owner not in ("", tab_id()) and self._is_connected_to(state.owner)

    def _find(self, writer: SessionWriter, ticket: str, memory: Session | None) -> Session | None:
        """Return the session as it is in the store of runs, or in memory if that cannot say."""
        try:
            found = writer.find(ticket, tab_id(), earlier_tab_id(), memory)
        except StoreError:
            self._reasons[ticket] = "store"
            return memory
        except (RunFileError, PermalinkError) as error:
            _log.error("A session in the store of runs cannot be read: %s", error)
            found, self._reasons[ticket] = None, "unreadable"
        if found is None:
            self._reasons.setdefault(ticket, "absent")
        if memory is not None and found is not memory:
            self._lose(ticket, memory)
        return found

    def _lose(self, ticket: str, state: Session) -> None:
        """Leave a session to the process that took it over; its tab here goes on with a copy."""
        with self._lock:
            if self._sessions.get(ticket) is state:
                del self._sessions[ticket]
            state.ticket, state.notice = "", MOVED_NOTICE

    def update(self) -> None:
        """Write into the store of runs what has changed at rest, and renew the leases."""
        if self._writer is None:
            return
        self._writer.check()
        with self._lock:
            states = list(self._sessions.items())
        for ticket, state in states:
            rests = not (state.playing and self._is_connected_to(state.owner))
            if not self._writer.update(ticket, state, rests=rests):
                self._lose(ticket, state)

    def close(self) -> None:
        """Write what has changed and give up all leases, since this process ends."""
        self.update()
        if self._writer is not None:
            for ticket in self._sessions:
                self._writer.forget(ticket)

    def removal_reason(self, ticket: str) -> Reason:
        """Return why there is no such session; "unknown" also for another server's."""
        return self._reasons.get(ticket, "unknown")

    def __len__(self) -> int:
        """Return the number of sessions."""
        return len(self._sessions)

    def evict(self) -> None:
        """Remove sessions that are too old or too many."""
        with self._lock:
            gone = list(self._evict())
        for ticket in gone:
            if self._writer is not None:
                self._writer.forget(ticket)

    def _evict(self) -> Iterator[str]:
        """Remove sessions and yield their tickets."""
        now, held = self._clock(), sum(state.nbytes for state in self._sessions.values())
        for ticket, state in sorted(self._sessions.items(), key=lambda item: item[1].last_used):
            if self._is_connected_to(state.owner):
                continue
            old = now - state.last_used > 3600 * HOURS
            if not old and len(self._sessions) <= self._max_sessions and held <= self._max_bytes:
                break
            held -= state.nbytes
            del self._sessions[ticket]
            self._reasons[ticket] = "time" if old else "room"
            yield ticket
        while len(self._reasons) > _MAX_REASONS:
            del self._reasons[next(iter(self._reasons))]


def session_store() -> SessionStore:
    """Return this process's store; threads of its own evict from it and write its sessions."""
    with _creation_lock:
        return _create_store()


@cache
def _create_store() -> SessionStore:
    address = os.environ.get(VARIABLE, "")
    writer = None
    if address not in MEMORY:
        writer = SessionWriter(partial(RedisStore, address), time.monotonic)
    kept = SessionStore(_is_connected, writer=writer)
    Thread(target=_repeat, args=(kept.evict, SECONDS_BETWEEN), daemon=True).start()
    if writer is not None:
        Thread(target=_repeat, args=(kept.update, SECONDS_BETWEEN_WRITES), daemon=True).start()
        atexit.register(kept.close)
    return kept


def _repeat(act: Callable[[], None], seconds: float) -> None:
    while True:
        time.sleep(seconds)
        try:
            act()
        except Exception:
            _log.exception("The sessions could not be looked after.")


def _is_connected(owner: str) -> bool:
    return runtime.exists() and runtime.get_instance().is_active_session(owner)
