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

from pages.ui.state.session import A_COPY, Session, me

HOURS = 2.0  # after it was last used
KEPT = (
    f"stays in the memory of the server that runs this app, and is let go {HOURS:g} hours after "
    "this tab was last used, or earlier where others need the room"
)
MOST = 200  # sessions
BYTES = 4 << 30  # of all that they hold together
SECONDS_BETWEEN = 10  # of tidying
_MOST_GONE = 10_000  # tickets of which it is known why they are gone

_making = Lock()  # else two visitors who come first would each make one

Reason = Literal["time", "room", "unknown"]


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
        self._kept: dict[str, Session] = {}  # the one seen last at the end
        self._gone: dict[str, Reason] = {}
        self._lock = Lock()

    def keep(self, state: Session) -> None:
        """Keep the session, if it has a ticket. Called at each run: to tidy would take too long."""
        with self._lock:
            self._kept.pop(state.ticket, None)
            if state.ticket:
                self._kept[state.ticket] = state

    def claim(self, ticket: str) -> Session | None:
        """Return the session of that ticket for this tab; None if it is gone.

        A copy, without a ticket yet, where its owner is still there.
        """
        with self._lock:
            self._tidy()
            found = self._kept.get(ticket)
            if found is None:
                return None
            if found.owner not in ("", me()) and self._is_there(found.owner):
                copy = found.clone()
                copy.news = A_COPY
                return copy
            found.owner = me()
            return found

    def why_gone(self, ticket: str) -> Reason:
        """Return why there is no such session; unknown also if it was another server's."""
        return self._gone.get(ticket, "unknown")

    def __len__(self) -> int:
        """How many are kept."""
        return len(self._kept)

    def tidy(self) -> None:
        """Let go of what is too old or too much."""
        with self._lock:
            self._tidy()

    def _tidy(self) -> None:
        now, held = self._clock(), sum(state.nbytes for state in self._kept.values())
        for ticket, state in sorted(self._kept.items(), key=lambda item: item[1].seen):
            if self._is_there(state.owner):
                continue
            old = now - state.seen > 3600 * HOURS
            if not old and len(self._kept) <= self._most and held <= self._most_bytes:
                break
            held -= state.nbytes
            del self._kept[ticket]
            self._gone[ticket] = "time" if old else "room"
        while len(self._gone) > _MOST_GONE:
            del self._gone[next(iter(self._gone))]


def shelf() -> Shelf:
    """Return the one of this server, which is tidied also while nobody comes."""
    with _making:
        return _the_one()


@cache
def _the_one() -> Shelf:
    kept = Shelf(_is_connected)
    Thread(target=_tidy_forever, args=(kept,), daemon=True).start()
    return kept


def _tidy_forever(kept: Shelf) -> None:
    while True:
        time.sleep(SECONDS_BETWEEN)
        kept.tidy()


def _is_connected(owner: str) -> bool:
    return runtime.exists() and runtime.get_instance().is_active_session(owner)
