"""The sessions of this process in the store of runs: claimed, written, and owned by leases."""

import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

from streamlit.logger import get_logger

from core.training.run_file import RunFileError
from pages.ui.state.permalink import PermalinkError
from pages.ui.state.session import Session
from pages.ui.state.store.redis_store import RedisStore
from pages.ui.state.store.run_store import (
    LEASE_SECONDS,
    MAX_BYTES,
    RefusalError,
    Renewal,
    StoreError,
)
from pages.ui.state.store.session_record import (
    SessionVersion,
    read_session,
    session_version,
    write_session,
)

HELD_NOTICE = (
    f"The server holds this run for a tab that is open, or was less than {LEASE_SECONDS:g} seconds "
    "ago. This tab goes on with a copy: neither affects the other."
)
MOVED_NOTICE = (
    "This tab's process of the server lost touch for a while, and its run was opened on another. "
    "This tab goes on with a copy: neither affects the other."
)
RESTORED_TEXT = (
    "Restored as the server wrote it last. Sweeps, and text that was typed but not used yet, are "
    "not in it."
)
SIZE_NOTICE = (
    f"This run, or its file, is larger than the {MAX_BYTES >> 20} MB that the server's store of "
    "runs takes: from now on it is not written there. Save it to a file if it must not be lost."
)
SECONDS_BETWEEN_RENEWALS = LEASE_SECONDS / 3
SECONDS_BETWEEN_TRIES = 10  # to write a session that could not be written
SECONDS_OF_PLAY = 5  # between two writes of a run that plays, at least
TIMES_OF_A_WRITE = 100  # and this many times what the last one took
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
    write_seconds: float = 0.0
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
        self._entries: dict[Session, _Entry] = {}
        self._asked_at = self._recovered_at = -math.inf
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
        try:
            state, files = read_session(claim.record, self._file)
        except (StoreError, RunFileError, PermalinkError):
            self._release(ticket, claim.fence)  # others may be able to read it
            raise
        if own:
            self._entries.pop(own, None)
        if not claim.fence:
            state.notice = HELD_NOTICE
            return state
        now = self._clock()
        state.ticket, state.toast = ticket, RESTORED_TEXT
        self._entries[state] = _Entry(
            claim.fence, session_version(state), files, written_at=now, renewed_at=now
        )
        return state

    def update(self, ticket: str, state: Session, *, rests: bool, is_open: bool) -> bool:
        """Write a session if it is due, else renew its lease; return whether it is still owned.

        rests: no film plays. is_open: its tab is connected, or its process is about to end.
        """
        entry, now, owns = self._entry(state), self._clock(), True
        if now - entry.refused_at < SECONDS_BETWEEN_TRIES:
            return True
        try:
            version = session_version(state)
            if entry.fence and self._needs_renewal(entry, state, is_open=is_open):
                owns = self._renew(ticket, entry)
            if owns and self._is_due(entry, version, rests=rests):
                owns = self._write(ticket, state, entry, version)
        except (RefusalError, ValueError) as error:
            _log.error("A session is not in the store of runs: %s", error)
            entry.refused_at = now
        if not owns:
            self._entries.pop(state, None)
        return owns

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
        """Return whether to write: at rest or after a choice, and now and then while it plays."""
        if version == entry.version:
            return False
        chosen = entry.version is None or version.choices != entry.version.choices
        pause = max(SECONDS_OF_PLAY, TIMES_OF_A_WRITE * entry.write_seconds)
        return rests or chosen or self._clock() - entry.written_at > pause

    def _write(self, ticket: str, state: Session, entry: _Entry, version: SessionVersion) -> bool:
        now = entry.written_at = self._clock()
        record, files = write_session(state)
        if max(map(len, (record, *files.values()))) > MAX_BYTES:
            state.notice = state.notice if entry.is_too_large else SIZE_NOTICE
            entry.version, entry.is_too_large = version, True
            return True
        tab, fence = state.owner, entry.fence
        entry.fence = self._ask(lambda store: store.write(ticket, fence, tab, record, files))
        entry.version, entry.files, entry.renewed_at = version, frozenset(files), now
        entry.write_seconds, entry.is_too_large = self._clock() - now, False
        return bool(entry.fence)

    def _needs_renewal(self, entry: _Entry, state: Session, *, is_open: bool) -> bool:
        """Return whether to renew a lease: its tab is open, or sent a message since the last time.

        After a failure it is asked of all sessions, since the store may have lost them.
        """
        seconds = self._clock() - entry.renewed_at
        is_used = is_open or state.last_used > entry.renewed_at
        is_unsure = entry.renewed_at < self._recovered_at
        return is_unsure or (is_used and seconds >= SECONDS_BETWEEN_RENEWALS)

    def _renew(self, ticket: str, entry: _Entry) -> bool:
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

    def _file(self, name: str) -> bytes | None:
        return self._ask(lambda store: store.file(name))

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
            self._recovered_at = self._clock()
        self.failure = ""
        return answer
