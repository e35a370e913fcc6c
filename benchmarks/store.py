"""The store of runs: `python -m benchmarks.store`.

Sessions are written into a real Redis, and found again by another process: a small run, breast
cancer over 10 000 epochs, and one of a large file of one's own. It prints the median of each step
in ms beside a plain run file's (`core.training.run_file`), and the size of each record. What is
found again is found as for a visitor: `SessionStore.acquire`, of which claim and reading are parts.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from statistics import median

import numpy as np
from streamlit.logger import set_log_level

from core.table.csv_table import read_csv
from core.training.run_file import read_run, write_run
from pages.ui.state.drafts import Draft, File
from pages.ui.state.session import Session
from pages.ui.state.store.redis_store import RedisStore
from pages.ui.state.store.session_leases import SessionLeases
from pages.ui.state.store.session_record import read_session, write_session
from pages.ui.state.store.session_store import SessionStore
from tests.services import redis_server

ROWS, COLUMNS = 20_000, 20  # of the file
TAB, OTHER_TAB = "tab", "other tab"


@dataclass(frozen=True)
class Finding:
    """What another process found: ms of all, of claim and reading, and the epoch and C there."""

    acquire: float
    claim: float
    read: float
    epoch: int
    cost: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.store", description=__doc__)
    parser.add_argument("--turns", type=int, default=9, help="of each step (9)")
    turns = parser.parse_args().turns
    cases = {
        "XOR, 500 epochs": partial(_sample, "xor", 500),
        "breast cancer, 10 000": partial(_sample, "breast_cancer", 10_000),
        f"{ROWS:,} × {COLUMNS}, 100": partial(_own_file, 100),
    }
    with tempfile.TemporaryDirectory() as folder, redis_server(Path(folder)) as server:
        columns = [measure(server.address, make(), turns) for make in cases.values()]
    print(f"{f'ms, median of {turns}':28}" + "".join(f"{name:>24}" for name in cases))
    for label in columns[0]:
        print(f"{label:28}" + "".join(f"{column[label]:>24,.2f}" for column in columns))


def measure(address: str, state: Session, turns: int) -> dict[str, float]:
    """Write the session and find it again, `turns` times; return the medians in ms by the step."""
    began = time.perf_counter()
    file = write_session(state)
    first_record = 1000 * (time.perf_counter() - began)
    store, plain = RedisStore(address), write_run(state.run)
    tickets, fences = [f"{state.current.token} {turn}" for turn in range(turns + 1)], list[int]()

    def write(ticket: str) -> None:
        fences.append(store.write(ticket, 0, TAB, file.record, file.files))

    writes = [_milliseconds(partial(write, ticket)) for ticket in tickets]
    for ticket, fence in zip(tickets, fences, strict=True):
        store.release(ticket, fence)
    quiet = partial(set_log_level, "ERROR")  # Streamlit warns that no page runs
    with ProcessPoolExecutor(1, get_context("spawn"), quiet) as other:
        findings = list(other.map(partial(find, address), tickets))
    if {(each.epoch, each.cost) for each in findings} != {(state.epoch, state.run.losses[-1])}:
        raise RuntimeError("another run was found than was written")
    record = _median(turns, lambda: write_session(state))
    wrote = _median(turns, lambda: write_run(state.run))
    read = _median(turns, lambda: read_run(plain))
    first, *later = findings
    written, found = record + median(writes[1:]), median(each.acquire for each in later)
    return {
        "write_session": record,
        "  with files not hashed yet": first_record,
        "RedisStore.write": median(writes[1:]),
        "  with files not there yet": writes[0],
        "written": written,
        "found again": found,
        "  RedisStore.claim": median(each.claim for each in later),
        "  read_session": median(each.read for each in later),
        "  as its process's first": first.acquire,
        "write_run": wrote,
        "read_run": read,
        "written / write_run": written / wrote,
        "found again / read_run": found / read,
        "record, kB": len(file.record) / 1000,
        "files, kB": sum(map(len, file.files.values())) / 1000,
    }


def find(address: str, ticket: str) -> Finding:
    """Find a session in the store, as a process does that has not had it; then its parts."""
    store = _store(address)
    leases = SessionLeases(lambda: store, time.monotonic)
    sessions = SessionStore(lambda _: False, leases=leases)
    began = time.perf_counter()
    found = sessions.acquire(ticket)
    acquired = 1000 * (time.perf_counter() - began)
    if found is None or found.ticket != ticket:
        raise RuntimeError("the store has no such session, or another process holds it")
    leases.release(ticket, found)
    return Finding(
        acquired, *_claim_and_read(store, ticket), found.epoch, float(found.run.losses[-1])
    )


def _claim_and_read(store: RedisStore, ticket: str) -> tuple[float, float]:
    """Return how many ms either takes of a session that was released."""
    began = time.perf_counter()
    claim = store.claim(ticket, 0, OTHER_TAB, "")
    claimed = time.perf_counter()
    if claim is None or claim.record is None or not claim.fence:
        raise RuntimeError("a session that was released cannot be claimed")
    read_session(claim.record, store.file)
    return 1000 * (claimed - began), 1000 * (time.perf_counter() - claimed)


@cache
def _store(address: str) -> RedisStore:
    """Return this process's store, which stays connected."""
    return RedisStore(address)


def _sample(name: str, epochs: int) -> Session:
    return _train(Draft.of_sample(name), epochs)


def _own_file(epochs: int) -> Session:
    """Return a run of a table as a visitor would upload it."""
    random = np.random.default_rng(0)
    X = random.normal(size=(ROWS, COLUMNS)).round(4)
    lines = np.column_stack([X, X[:, :2].sum(axis=1) > 0])
    names = ",".join([*(f"x{i}" for i in range(COLUMNS)), "y"])
    with tempfile.TemporaryFile() as file:
        np.savetxt(file, lines, "%g", ",", header=names, comments="")
        file.seek(0)
        data = file.read()
    return _train(
        Draft.of_table(read_csv(data, name="own.csv"), File("own", "own.csv", data)), epochs
    )


def _train(draft: Draft, epochs: int) -> Session:
    """Return a session whose run has been trained, with the stage at its end."""
    state = Session()
    state.use(replace(draft, settings=replace(draft.settings, epochs=epochs)))
    state.run.advance(epochs)
    state.report(epochs, playing=False)
    return state


def _median(turns: int, act: Callable[[], object]) -> float:
    return median(_milliseconds(act) for _ in range(turns))


def _milliseconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return 1000 * (time.perf_counter() - began)


if __name__ == "__main__":
    main()
