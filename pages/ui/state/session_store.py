"""Sessions that outlive a reload: kept on the server, found by a ticket that nobody can guess.

Kept for so long and no more than so many, by number and by memory; the oldest go first, and none
whose browser tab is open. Whoever brings a ticket while its owner is still there gets a copy, so
that neither disturbs the other.
"""

import time
from collections.abc import Callable
from functools import cache
from threading import Lock, Thread
from typing import Literal

from streamlit import runtime

from pages.ui.state.session import COPY_NOTICE, Session, tab_id

HOURS = 2.0  # after it was last used
RETENTION_TEXT = (
    f"stays in the memory of the server that runs this app, and is let go {HOURS:g} hours after "
    "this tab was last used, or earlier where others need the room"
)
MAX_SESSIONS = 200  # sessions
MAX_BYTES = 4 << 30  # of all that they hold together
SECONDS_BETWEEN = 10  # of tidying
_MAX_REASONS = 10_000  # tickets of which it is known why they are gone

_creation_lock = Lock()  # else two visitors who come first would each make one

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
        """`is_connected` says whether an owner's browser is still connected."""
        self._is_connected_to, self._clock = is_connected, clock
        self._max_sessions, self._max_bytes = max_sessions, max_bytes
        self._sessions: dict[str, Session] = {}  # the one seen last at the end
        self._reasons: dict[str, Reason] = {}
        self._lock = Lock()

    def add(self, state: Session) -> None:
        """Keep the session, if it has a ticket. Called at each run: to tidy would take too long."""
        with self._lock:
            self._sessions.pop(state.ticket, None)
            if state.ticket:
                self._sessions[state.ticket] = state

    def acquire(self, ticket: str) -> Session | None:
        """Return the session of that ticket for this tab; None if it is gone.

        A copy, without a ticket yet, where its owner is still there.
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
            return found

    def removal_reason(self, ticket: str) -> Reason:
        """Return why there is no such session; unknown also if it was another server's."""
        return self._reasons.get(ticket, "unknown")

    def __len__(self) -> int:
        """How many are kept."""
        return len(self._sessions)

    def evict(self) -> None:
        """Let go of what is too old or too much."""
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
    """Return the one of this server, which is tidied also while nobody comes."""
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
