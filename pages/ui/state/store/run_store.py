"""What a store of runs shared by several processes answers, and for how long it keeps a session.

A process owns a session by a lease, which it renews while the tab is open or sends messages. Who
takes a session over gets a larger fencing number, and a write with a smaller one is refused: a
process that was halted meanwhile cannot overwrite what others did (Kleppmann, "How to do
distributed locking").
"""

from dataclasses import dataclass
from typing import Literal

VARIABLE = "CHAINSCOPE_STORE"  # of the environment
MEMORY = ("", "memory")  # its values for this process's memory alone
HOURS = 2.0  # for which a session is kept after it was last used
LEASE_SECONDS = 30.0  # at least, from the latest message on
MAX_BYTES = 64 << 20  # of a session's record, and of a file

Renewal = Literal["renewed", "taken", "missing"]


class StoreError(RuntimeError):
    """The store cannot be used by anybody; the message is for the server's log."""


class RefusalError(StoreError):
    """The store refuses one session, or holds something else in its place."""


@dataclass(frozen=True)
class Claim:
    """The answer to a claim.

    fence: the claimant's fencing number, 0 if another process holds the lease.
    record: the session as it was written last; None if the claimant owned it all the time, since
    its memory has it.
    """

    fence: int
    record: bytes | None = None
