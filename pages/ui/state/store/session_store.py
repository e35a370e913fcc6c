"""Server-side store of sessions that survive a reload, keyed by a random token (the ticket).

Sessions expire after HOURS; beyond MAX_SESSIONS or MAX_BYTES the least recently used ones are
removed, but none whose browser tab is open. A second tab that opens a ticket in use gets a copy.
With a store of runs (`run_store`), which the environment names, a session also survives its
process, and other processes find it.
"""

import atexit
import os
import time
from collections.abc import Callable
from functools import cache, partial
from threading import Event, Lock, Thread

from streamlit import runtime
from streamlit.logger import get_logger

from core.training.run_file import RunFileError
from pages.ui.state.drafts import load_samples
from pages.ui.state.permalink import PermalinkError
from pages.ui.state.session import COPY_NOTICE, Session, earlier_tab_id, tab_id
from pages.ui.state.store.redis_store import RedisStore
from pages.ui.state.store.run_store import HOURS, MEMORY, VARIABLE, RefusalError, StoreError
from pages.ui.state.store.session_leases import MOVED_NOTICE, SessionLeases

MAX_SESSIONS = 200  # sessions
MAX_BYTES = 4 << 30  # that all sessions hold together
SECONDS_BETWEEN = 10  # two evictions
SECONDS_BETWEEN_WRITES = 0.5  # two looks at which sessions have changed
SECONDS_TO_END = 1.0  # for a write under way when the process ends
MEMORY_TEXT = (
    "It stays in the memory of the server that runs this app and is removed "
    f"{HOURS:g} hours after this tab was last used, or earlier if others need the memory."
)
STORE_TEXT = (
    "It stays in the memory of the server that runs this app and in its store of runs, and is "
    f"removed {HOURS:g} hours after this tab was last used."
)
_MAX_REASONS = 10_000  # removed tickets whose reason is remembered

_creation_lock = Lock()  # else two first visitors would each create a store

_TICKET_LOCKS = 64
_log = get_logger(__name__)


class SessionStore:
    """Sessions by ticket. Thread-safe."""

    def __init__(
        self,
        is_connected: Callable[[str], bool],
        clock: Callable[[], float] = time.monotonic,
        *,
        max_sessions: int = MAX_SESSIONS,
        max_bytes: int = MAX_BYTES,
        leases: SessionLeases | None = None,
    ) -> None:
        """Create an empty store; `is_connected` tells whether a tab is connected."""
        self._is_connected_to, self._clock = is_connected, clock
        self._max_sessions, self._max_bytes = max_sessions, max_bytes
        self._sessions: dict[str, Session] = {}  # in order of use
        self._reasons: dict[str, str] = {}
        self._lock = Lock()
        # Of tickets, by their hash: else two tabs would both find one free.
        self._ticket_locks = [Lock() for _ in range(_TICKET_LOCKS)]
        self._leases = leases
        self._evicted: list[tuple[str, Session]] = []  # whose leases are not released yet

    @property
    def retention(self) -> str:
        """Where what a visitor uploads is held and for how long, as a sentence."""
        return MEMORY_TEXT if self._leases is None else STORE_TEXT

    @property
    def is_store_down(self) -> bool:
        """Whether there is a store of runs that cannot be used at the moment."""
        return self._leases is not None and bool(self._leases.failure)

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
        with self._ticket_locks[hash(ticket) % _TICKET_LOCKS]:
            found = self._sessions.get(ticket)
            if found is not None and self._is_in_use_elsewhere(found):
                copy = found.clone()
                copy.notice = COPY_NOTICE
                return copy
            if self._leases is not None:
                found = self._claim(self._leases, ticket, found)
            if found is not None:
                found.owner = tab_id()
                found.forget_browser()  # else its page asks again, and a click then leads nowhere
                self.add(found)
            return found

    def _is_in_use_elsewhere(self, state: Session) -> bool:
        return state.owner not in ("", tab_id()) and self._is_connected_to(state.owner)

    def _claim(self, leases: SessionLeases, ticket: str, own: Session | None) -> Session | None:
        """Return the session as it is in the store of runs, or this process's own if it is down."""
        reason = "absent"
        try:
            found = leases.claim(ticket, tab_id(), earlier_tab_id(), own)
        except RefusalError as error:
            _log.error("A session in the store of runs cannot be read: %s", error)
            found, reason = own, "unreadable"
        except (RunFileError, PermalinkError) as error:
            found, reason = None, str(error)
        except StoreError:
            found, reason = own, "down"
        if found is None:
            with self._lock:
                self._reasons[ticket] = reason
        if own is not None and found is not own:
            self._give_up(ticket, own)
        return found

    def _give_up(self, ticket: str, state: Session) -> None:
        """Leave a session to whoever took it over; its tab here goes on with a copy."""
        with self._lock:
            if self._sessions.get(ticket) is state:
                del self._sessions[ticket]
            state.ticket, state.notice = "", MOVED_NOTICE

    def update(self, *, last: bool = False) -> None:
        """Write into the store of runs what has changed at rest, and renew the leases.

        last: since this process ends, also of tabs that are closed.
        """
        leases = self._leases
        if leases is None:
            return
        leases.check()
        with self._lock:
            states, evicted, self._evicted = list(self._sessions.items()), self._evicted, []
        for ticket, state in evicted:
            leases.release(ticket, state)
        for ticket, state in states:
            if self._sessions.get(ticket) is state:
                self._update(leases, ticket, state, last=last)

    def _update(self, leases: SessionLeases, ticket: str, state: Session, *, last: bool) -> None:
        is_open = self._is_connected_to(state.owner)
        rests = last or not (state.playing and is_open)
        try:
            if not leases.update(ticket, state, rests=rests, is_open=is_open or last):
                self._give_up(ticket, state)
        except StoreError:
            pass  # the next check asks again
        except Exception:
            _log.exception("A session could not be looked after.")  # the others still need it

    def close(self) -> None:
        """Write what has changed and release all leases, since this process ends."""
        self.update(last=True)
        if self._leases is not None:
            for ticket, state in list(self._sessions.items()):
                self._leases.release(ticket, state)

    def removal_reason(self, ticket: str) -> str:
        """Return why there is no such session: a key of REMOVAL_TEXTS, or a sentence.

        It is "unknown" also for another server's.
        """
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
            if self._leases is not None:
                self._evicted.append((ticket, state))
        while len(self._reasons) > _MAX_REASONS:
            del self._reasons[next(iter(self._reasons))]


def session_store() -> SessionStore:
    """Return this process's store; threads of its own evict from it and write its sessions."""
    with _creation_lock:
        return _create_store()


@cache
def _create_store() -> SessionStore:
    address = os.environ.get(VARIABLE, "")
    leases = None
    if address not in MEMORY:
        leases = SessionLeases(partial(RedisStore, address), time.monotonic)
    store, end = SessionStore(_is_connected, leases=leases), Event()
    Thread(target=_repeat, args=(store.evict, SECONDS_BETWEEN, end), daemon=True).start()
    if leases is not None:
        times = store.update, SECONDS_BETWEEN_WRITES, end
        writer = Thread(target=_repeat, args=times, daemon=True)
        writer.start()
        Thread(target=load_samples, daemon=True).start()  # else the first claims take longer
        atexit.register(_close, store, writer, end)
    return store


def _repeat(act: Callable[[], None], seconds: float, end: Event) -> None:
    while not end.wait(seconds):
        act()


def _close(store: SessionStore, writer: Thread, end: Event) -> None:
    """End the thread that writes, else it would claim again what is released."""
    end.set()
    writer.join(SECONDS_TO_END)
    store.close()


def _is_connected(owner: str) -> bool:
    return runtime.exists() and runtime.get_instance().is_active_session(owner)
