"""What a store of runs shared by several processes can do.

A process owns a session by a lease that each message of its browser renews. Who takes a session
over gets a larger fencing number, and a write with a smaller one is refused: a process that was
halted meanwhile cannot overwrite what others did (Kleppmann, "How to do distributed locking").
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

HOURS = 2.0  # for which a session is kept after it was last used
LEASE_SECONDS = 30.0  # from the latest message on
MAX_BYTES = 64 << 20  # of a session's record, and of a file

Renewal = Literal["renewed", "taken", "missing"]


class StoreError(RuntimeError):
    """The store does not answer, or answers something else; the message is for the server's log."""


@dataclass(frozen=True)
class Claim:
    """The answer to a claim.

    fence: the claimant's fencing number, 0 if another process holds the lease.
    record: the session as it was written last; None if the claimant owned it all the time, since
    its memory has it.
    """

    fence: int
    record: bytes | None = None


class RunStore(Protocol):
    """Records of sessions by ticket. Thread-safe; each method raises StoreError on failure."""

    def claim(self, ticket: str, fence: int, tab: str, earlier_tab: str) -> Claim | None:
        """Take over a ticket's session if nobody holds its lease; None if there is none.

        `fence` is the claimant's number so far (0: none), `tab` the browser tab that asks, and
        `earlier_tab` the name that the same tab had before it connected anew ("": none): if one of
        them has the session, its lease need not run out first.
        """

    def renew(self, ticket: str, fence: int, files: Collection[str]) -> Renewal:
        """Renew the lease, and the time to live of the session and of the files that it uses."""

    def write(
        self, ticket: str, fence: int, tab: str, record: bytes, files: Mapping[str, bytes]
    ) -> int:
        """Write a session and those of its files that are not there; return its fencing number.

        Begin with `fence` 0. The answer is 0 if another process has taken the session over.
        """

    def release(self, ticket: str, fence: int) -> None:
        """Give the lease up, so that others may take the session over at once."""

    def file(self, name: str) -> bytes | None:
        """Return a file by the name of its contents; None if it is not there (any more)."""
