"""Sessions of this process in a store of runs: written, owned by a lease, and found by others."""

import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock
from typing import TypeVar

from streamlit.logger import get_logger

from pages.ui.state.session import Session
from pages.ui.state.session_file import read_session, session_version, write_session
from pages.ui.state.store.run_store import LEASE_SECONDS, MAX_BYTES, RunStore, StoreError

HELD_NOTICE = (
    f"Another process of the server had this run less than {LEASE_SECONDS:g} seconds ago: this tab "
    "has a copy, and neither affects the other."
)
MOVED_NOTICE = (
    "While this tab's server did not answer, another tab went on with this run. This tab continues "
    "with a copy: neither affects the other."
)
SIZE_NOTICE = (
    f"This run, or its file, is larger than the {MAX_BYTES >> 20} MB that the store of runs takes: "
    "it ends with this process of the server. Save it to a file if it must not be lost."
)
SECONDS_BETWEEN_RENEWALS = LEASE_SECONDS / 3
SECONDS_OF_PLAY = 60  # after which a run is written that never rests
SECONDS_BETWEEN_CHECKS = 2  # of whether the store answers

_log = get_logger(__name__)
Answer = TypeVar("Answer")


@dataclass
class _Entry:
    """What this process has of a session in the store."""

    fence: int = 0
    version: object = None  # of what was written last
    written_at: float = -math.inf
    renewed_at: float = -math.inf
    files: frozenset[str] = field(default_factory=frozenset)


class SessionWriter:
    """The sessions of this process in a store of runs. Thread-safe.

    `trouble` is why the store cannot be used, "" while it can; it is then asked again from time to
    time, and meanwhile nobody waits for it.
    """

    def __init__(self, open_runs: Callable[[], RunStore], clock: Callable[[], float]) -> None:
        self._open, self._clock = open_runs, clock
        self._runs: RunStore | None = None
        self._entries: dict[str, _Entry] = {}
        self._lock = Lock()
        self._checked_at = -math.inf
        self.trouble = ""

    def find(
        self, ticket: str, tab: str, earlier_tab: str, memory: Session | None
    ) -> Session | None:
        """Return a ticket's session for that tab, None if it is nowhere.

        It is the one in `memory` if this process owned it all the time, else what was written last:
        the session itself, or a copy without a ticket if another process holds its lease.
        Raises StoreError, RunFileError or PermalinkError.
        """
        entry = self._entry(ticket) if memory else _Entry()
        claim = self._ask(lambda runs: runs.claim(ticket, entry.fence, tab, earlier_tab))
        if claim is None or claim.record is None:
            return memory
        names: set[str] = set()

        def file(name: str) -> bytes | None:
            names.add(name)
            return self._ask(lambda runs: runs.file(name))

        state = read_session(claim.record, file)
        now, version = self._clock(), session_version(state)
        with self._lock:
            self._entries.pop(ticket, None)
            if claim.fence:
                self._entries[ticket] = _Entry(
                    claim.fence, version, written_at=now, renewed_at=now, files=frozenset(names)
                )
        state.ticket = ticket if claim.fence else ""
        state.notice = state.notice if claim.fence else HELD_NOTICE
        return state

    def update(self, ticket: str, state: Session, *, rests: bool) -> bool:
        """Write a session that rests and has changed, else renew its lease after a message.

        While it plays it is written once in SECONDS_OF_PLAY.

        Return whether this process still owns it.
        """
        if self.trouble:
            return True
        entry, now, version = self._entry(ticket), self._clock(), session_version(state)
        owns = True
        try:
            is_due = rests or now - entry.written_at > SECONDS_OF_PLAY
            if is_due and version != entry.version:
                owns = self._write(ticket, state, entry, version)
            elif entry.fence and now - entry.renewed_at >= SECONDS_BETWEEN_RENEWALS:
                owns = self._renew(ticket, state, entry)
        except StoreError:
            pass  # `trouble` says so, and the next check asks again
        if not owns:
            with self._lock:
                del self._entries[ticket]
        return owns

    def forget(self, ticket: str) -> None:
        """Give a session's lease up, since this process removes it from its memory."""
        with self._lock:
            entry = self._entries.pop(ticket, None)
        if entry and entry.fence:
            with suppress(StoreError):  # then it runs out
                self._ask(lambda runs: runs.release(ticket, entry.fence))

    def check(self) -> None:
        """Ask from time to time whether the store answers."""
        if self._clock() - self._checked_at < SECONDS_BETWEEN_CHECKS:
            return
        with suppress(StoreError):  # `trouble` says so
            self._ask(lambda runs: runs.check(), even_in_trouble=True)

    def _write(self, ticket: str, state: Session, entry: _Entry, version: object) -> bool:
        file = write_session(state)
        entry.version, entry.written_at = version, self._clock()
        if max(map(len, [file.record, *file.files.values()])) > MAX_BYTES:
            state.notice = SIZE_NOTICE
            return True
        owner, now = state.owner, self._clock()
        try:
            fence = self._ask(
                lambda runs: runs.write(ticket, entry.fence, owner, file.record, file.files)
            )
        except StoreError:
            entry.version = None
            raise
        entry.fence, entry.renewed_at, entry.files = fence, now, frozenset(file.files)
        return bool(fence)

    def _renew(self, ticket: str, state: Session, entry: _Entry) -> bool:
        """Renew a lease if a message came since it was renewed last."""
        if state.last_used <= entry.renewed_at:
            return True
        now = self._clock()
        renewal = self._ask(lambda runs: runs.renew(ticket, entry.fence, entry.files))
        entry.renewed_at = now
        if renewal == "missing":
            entry.version = None  # the store lost it: it is written again
        return renewal != "taken"

    def _entry(self, ticket: str) -> _Entry:
        with self._lock:
            return self._entries.setdefault(ticket, _Entry())

    def _ask(
        self, question: Callable[[RunStore], Answer], *, even_in_trouble: bool = False
    ) -> Answer:
        """Return the store's answer, or raise StoreError at once while it is in trouble."""
        if self.trouble and not even_in_trouble:
            raise StoreError(self.trouble)
        self._checked_at = self._clock()
        try:
            self._runs = self._runs or self._open()
            answer = question(self._runs)
        except StoreError as error:
            if not self.trouble:
                _log.error("The store of runs cannot be used: %s", error)
            self.trouble = str(error)
            raise
        if self.trouble:
            _log.warning("The store of runs answers again.")
        self.trouble = ""
        return answer
