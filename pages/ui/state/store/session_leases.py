"""The sessions of this process in the store of runs: claimed, written, and owned by leases."""

import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar
from weakref import WeakKeyDictionary

from streamlit.logger import get_logger

from core.training.run_file import RunFileError
from pages.ui.state.permalink import PermalinkError
from pages.ui.state.session import Session
from pages.ui.state.session_file import SessionVersion, read_session, session_version, write_session
from pages.ui.state.store.redis_store import RedisStore
from pages.ui.state.store.run_store import (
    LEASE_SECONDS,
    MAX_BYTES,
    RefusalError,
    Renewal,
    StoreError,
)

HELD_NOTICE = (
    f"This run was in use in another tab less than {LEASE_SECONDS:g} seconds ago: this tab has a "
    "copy, and neither affects the other."
)
MOVED_NOTICE = (
    "While this tab was quiet, its run was opened elsewhere. This tab continues with a copy: "
    "neither affects the other."
)
SIZE_NOTICE = (
    f"This run, or its file, is larger than the {MAX_BYTES >> 20} MB that the server's store of "
    "runs takes: from now on it is not written there. Save it to a file if it must not be lost."
)
SECONDS_BETWEEN_RENEWALS = LEASE_SECONDS / 3
SECONDS_BETWEEN_TRIES = 10  # to write a session that the store refused
SECONDS_OF_PLAY = 60  # after which a run is written that never rests
SECONDS_BETWEEN_CHECKS = 2  # of whether the store can be used

_log = get_logger(__name__)
Answer = TypeVar("Answer")


@dataclass
class _Entry:
    """What the store has of a session, as far as this process knows."""

    fence: int = 0
    version: SessionVersion | None = None  # as it was written last
    files: frozenset[str] = field(default_factory=frozenset)
    written_at: float = -math.inf
    renewed_at: float = -math.inf
    refused_at: float = -math.inf
    is_too_large: bool = False


class SessionLeases:
    """The sessions of this process in the store of runs. Thread-safe.

    `failure` is why the store cannot be used, "" while it can. It is then asked again from time to
    time, and nobody else waits for it.
    """

    def __init__(self, open_store: Callable[[], RedisStore], clock: Callable[[], float]) -> None:
        self._open, self._clock = open_store, clock
        self._store: RedisStore | None = None
        self._entries: WeakKeyDictionary[Session, _Entry] = WeakKeyDictionary()
        self._asked_at = -math.inf
        self.failure = ""

    def claim(self, ticket: str, tab: str, earlier_tab: str, own: Session | None) -> Session | None:
        """Return a ticket's session for that tab, None if it is nowhere.

        It is this process's `own` one if it still has the lease or could, else what was written
        last: the session itself, or a copy without a ticket if another process holds the lease.
        Raises StoreError, RunFileError or PermalinkError.
        """
        fence = self._entry(own).fence if own else 0
        claim = self._ask(lambda store: store.claim(ticket, fence, tab, earlier_tab))
        if claim is None or claim.record is None:
            return own
        files: set[str] = set()

        def read_file(name: str) -> bytes | None:
            files.add(name)
            return self._ask(lambda store: store.file(name))

        try:
            state = read_session(claim.record, read_file)
        except (StoreError, RunFileError, PermalinkError):
            self._release(ticket, claim.fence)  # others may be able to read it
            raise
        if not claim.fence:
            state.notice = HELD_NOTICE
            return state
        now = self._clock()
        state.ticket = ticket
        self._entries[state] = _Entry(
            claim.fence, session_version(state), frozenset(files), written_at=now, renewed_at=now
        )
        return state

    def update(self, ticket: str, state: Session, *, rests: bool) -> bool:
        """Write a session if it is due, else renew its lease; return whether it is still owned."""
        entry, now, version = self._entry(state), self._clock(), session_version(state)
        if self._is_due(entry, version, rests=rests):
            return self._write(ticket, state, entry, version)
        if entry.fence and now - entry.renewed_at >= SECONDS_BETWEEN_RENEWALS:
            return self._renew(ticket, state, entry)
        return True

    def release(self, ticket: str, state: Session) -> None:
        """Give up the lease of a session that leaves this process's memory."""
        entry = self._entries.pop(state, _Entry())
        self._release(ticket, entry.fence)

    def check(self) -> None:
        """Ask from time to time whether the store can be used."""
        if self._clock() - self._asked_at >= SECONDS_BETWEEN_CHECKS:
            with suppress(StoreError):  # `failure` says so
                self._ask(lambda store: store.check(), in_failure=True)

    def _is_due(self, entry: _Entry, version: SessionVersion, *, rests: bool) -> bool:
        """Return whether to write: when it rests, and now and then while it plays."""
        now = self._clock()
        changed = version != entry.version and now - entry.refused_at >= SECONDS_BETWEEN_TRIES
        return changed and (rests or now - entry.written_at > SECONDS_OF_PLAY)

    def _write(self, ticket: str, state: Session, entry: _Entry, version: SessionVersion) -> bool:
        record, files = write_session(state)
        now = entry.written_at = self._clock()
        if max(map(len, (record, *files.values()))) > MAX_BYTES:
            state.notice = state.notice if entry.is_too_large else SIZE_NOTICE
            entry.version, entry.is_too_large = version, True
            return True
        tab, fence = state.owner, entry.fence
        try:
            entry.fence = self._ask(lambda store: store.write(ticket, fence, tab, record, files))
        except RefusalError as error:
            _log.error("The store of runs refuses a session: %s", error)
            entry.refused_at = now
            return True
        entry.version, entry.files, entry.renewed_at = version, frozenset(files), now
        entry.is_too_large = False
        return bool(entry.fence)

    def _renew(self, ticket: str, state: Session, entry: _Entry) -> bool:
        """Renew a lease if a message came since it was renewed last."""
        if state.last_used <= entry.renewed_at:
            return True
        now = self._clock()
        renewal: Renewal = "missing"
        with suppress(RefusalError):
            renewal = self._ask(lambda store: store.renew(ticket, entry.fence, entry.files))
        entry.renewed_at = now
        if renewal == "missing":
            entry.version = None  # the store lost it: it is written again
        return renewal != "taken"

    def _release(self, ticket: str, fence: int) -> None:
        if fence:
            with suppress(StoreError):  # then it runs out
                self._ask(lambda store: store.release(ticket, fence))

    def _entry(self, state: Session) -> _Entry:
        return self._entries.setdefault(state, _Entry())

    def _ask(self, question: Callable[[RedisStore], Answer], *, in_failure: bool = False) -> Answer:
        """Return the store's answer; raise StoreError, at once while the store cannot be used."""
        if self.failure and not in_failure:
            raise StoreError(self.failure)
        self._asked_at = self._clock()
        try:
            self._store = self._store or self._open()
            answer = question(self._store)
        except RefusalError:
            raise
        except StoreError as error:
            if not self.failure:
                _log.error("The store of runs cannot be used: %s", error)
            self.failure = str(error)
            raise
        if self.failure:
            _log.warning("The store of runs can be used again.")
        self.failure = ""
        return answer
