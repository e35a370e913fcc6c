"""Sessions that outlive a reload: kept on the server under a ticket that nobody can guess.

Kept for so long and no more than so many, by number and by memory; the oldest go first. Whoever
brings a ticket while its owner is still there gets a copy, so that neither disturbs the other.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from threading import Lock

from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.shared.session import Session

HOURS = 2.0  # after the last time it was seen
MOST = 200  # sessions
BYTES = 4 << 30  # of all their runs together


@dataclass
class _Entry:
    state: Session
    owner: str  # the id of the browser session that has it
    seen: float


class Shelf:
    """Sessions by ticket. Thread-safe."""

    def __init__(
        self,
        is_there: Callable[[str], bool],
        clock: Callable[[], float] = time.monotonic,
        *,
        most: int = MOST,
        most_bytes: int = BYTES,
    ) -> None:
        """`is_there` says whether an owner's browser is still connected."""
        self._is_there, self._clock = is_there, clock
        self._most, self._most_bytes = most, most_bytes
        self._entries: dict[str, _Entry] = {}  # the one seen last at the end
        self._lock = Lock()

    def keep(self, state: Session, owner: str) -> None:
        """Note that the session was seen; let go of what is too old or too much."""
        with self._lock:
            self._entries.pop(state.ticket, None)
            self._entries[state.ticket] = _Entry(state, owner, self._clock())
            self._tidy()

    def claim(self, ticket: str, owner: str) -> Session | None:
        """The session of that ticket, or a copy where its owner is still there; None if it is gone.

        A copy has a ticket of its own.
        """
        with self._lock:
            self._tidy()
            found = self._entries.get(ticket)
        if found is None:
            return None
        if found.owner not in ("", owner) and self._is_there(found.owner):
            return found.state.twin()
        found.owner = owner
        return found.state

    def __len__(self) -> int:
        """How many are kept."""
        return len(self._entries)

    def _tidy(self) -> None:
        oldest = self._clock() - 3600 * HOURS
        held = sum(entry.state.nbytes for entry in self._entries.values())
        for ticket, entry in list(self._entries.items())[:-1]:
            enough = len(self._entries) <= self._most and held <= self._most_bytes
            if enough and entry.seen >= oldest:
                break
            held -= entry.state.nbytes
            del self._entries[ticket]


@cache
def shelf() -> Shelf:
    """The one of this server."""
    return Shelf(_is_connected)


def me() -> str:
    """The id of the browser session that the script runs for."""
    context = get_script_run_ctx()
    return context.session_id if context else ""


def _is_connected(owner: str) -> bool:
    return runtime.exists() and runtime.get_instance().is_active_session(owner)
