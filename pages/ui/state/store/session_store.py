"""Server-side store of sessions that survive a reload, keyed by a random token (the ticket).

Sessions expire after HOURS; beyond MAX_SESSIONS or MAX_BYTES the least recently used ones are
removed, but none whose browser tab is open. A second tab that opens a ticket in use gets a copy.
"""

import time
from collections.abc import Callable
from functools import cache
from threading import Lock, Thread
from typing import Literal

from streamlit import runtime

from pages.ui.state.session import COPY_NOTICE, Session, tab_id
from pages.ui.state.store.run_store import HOURS

RETENTION_TEXT = (
    f"stays in the memory of the server that runs this app and is removed {HOURS:g} hours after "
    "this tab was last used, or earlier if others need the memory"
)
MAX_SESSIONS = 200  # sessions
MAX_BYTES = 4 << 30  # that all sessions hold together
SECONDS_BETWEEN = 10  # two evictions
_MAX_REASONS = 10_000  # removed tickets whose reason is remembered

_creation_lock = Lock()  # else two first visitors would each create a store

Reason = Literal["time", "room", "unknown"]


class SessionStore:
    """Sessions by ticket. Thread-safe."""

    def __init__(
        self,
        is_connected: Callable[[str], bool],
        clock: Callable[[], float] = time.monotonic,
        *,
        max_sessions: int = MAX_SESSIONS,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        """Create an empty store; `is_connected` tells whether a tab is connected."""
        self._is_connected_to, self._clock = is_connected, clock
        self._max_sessions, self._max_bytes = max_sessions, max_bytes
        self._sessions: dict[str, Session] = {}  # in order of use
        self._reasons: dict[str, Reason] = {}
        self._lock = Lock()

    def add(self, state: Session) -> None:
        """Store the session, if it has a ticket. Evict nothing: it is called at every run."""
        with self._lock:
            self._sessions.pop(state.ticket, None)
            if state.ticket:
                self._sessions[state.ticket] = state

    def acquire(self, ticket: str) -> Session | None:
        """Return the session of that ticket for this tab, None if it is gone.

        If another connected tab has it, return a copy without a ticket.
        """
        with self._lock:
            self._evict()
            found = self._sessions.get(ticket)
            if found is None:
                return None
            if found.owner not in ("", tab_id()) and self._is_connected_to(found.owner):
                copy = found.clone()
                copy.notice = COPY_NOTICE
                return copy
            found.owner = tab_id()
            found.forget_browser()  # else its page asks again, and a click then leads nowhere
            return found

    def removal_reason(self, ticket: str) -> Reason:
        """Return why there is no such session; "unknown" also for another server's."""
        return self._reasons.get(ticket, "unknown")

    def __len__(self) -> int:
        """Return the number of sessions."""
        return len(self._sessions)

    def evict(self) -> None:
        """Remove sessions that are too old or too many."""
        with self._lock:
            self._evict()

    def _evict(self) -> None:
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
        while len(self._reasons) > _MAX_REASONS:
            del self._reasons[next(iter(self._reasons))]


def session_store() -> SessionStore:
    """Return this server's store; a thread of its own evicts from it."""
    with _creation_lock:
        return _create_store()


@cache
def _create_store() -> SessionStore:
    kept = SessionStore(_is_connected)
    Thread(target=_evict_forever, args=(kept,), daemon=True).start()
    return kept


def _evict_forever(kept: SessionStore) -> None:
    while True:
        time.sleep(SECONDS_BETWEEN)
        kept.evict()


def _is_connected(owner: str) -> bool:
    return runtime.exists() and runtime.get_instance().is_active_session(owner)
