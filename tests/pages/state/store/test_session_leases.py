"""Sessions in a real store of runs: processes, each with a memory and a clock of its own."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from threading import Event, Thread

import pytest
from redis import Redis

from pages.ui.state.open_from_url import REMOVAL_TEXTS
from pages.ui.state.session import COPY_NOTICE, Pasted, Session
from pages.ui.state.store import session_leases, session_store
from pages.ui.state.store.redis_store import RedisStore
from pages.ui.state.store.run_store import LEASE_SECONDS
from pages.ui.state.store.session_leases import (
    HELD_NOTICE,
    MOVED_NOTICE,
    SECONDS_BETWEEN_CHECKS,
    SECONDS_BETWEEN_RENEWALS,
    SECONDS_BETWEEN_TRIES,
    SECONDS_OF_PLAY,
    SIZE_NOTICE,
    SessionLeases,
)
from pages.ui.state.store.session_record import SessionFile, write_session
from pages.ui.state.store.session_store import SessionStore
from pages.ui.state.ticket import new_ticket
from tests.pages.state.store.test_session_store import SECRET, Clock
from tests.pages.test_chain_rule import trained
from tests.services import RedisServer, redis_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(autouse=True)
def _empty(server: RedisServer) -> None:
    keys(server).flushall()


def keys(server: RedisServer) -> Redis:
    return Redis.from_url(server.address)


@dataclass
class Process:
    """A process of the app: its sessions, its clock, and the tabs that are connected to it."""

    address: str
    clock: Clock = field(default_factory=Clock)
    connected: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.leases = SessionLeases(partial(RedisStore, self.address), self.clock)
        self.sessions = SessionStore(self.connected.__contains__, self.clock, leases=self.leases)

    def add(self, state: Session) -> Session:
        """Begin a session and write it."""
        state.ticket = state.ticket or new_ticket(SECRET)
        self.say(state)
        self.sessions.add(state)
        self.sessions.update()
        return state

    def say(self, state: Session) -> None:
        """Let a message come from the browser."""
        state.last_used = self.clock.now

    def wait(self, seconds: float) -> None:
        """Let time pass, and look at the sessions."""
        self.clock.now += seconds
        self.sessions.update()


@pytest.fixture
def process(server: RedisServer) -> Process:
    return Process(server.address)


@pytest.fixture
def other(server: RedisServer) -> Process:
    return Process(server.address)


def expire_lease(server: RedisServer) -> None:
    """Let every lease run out now."""
    found = keys(server)
    assert found.delete(*found.keys("*:lease"))


def sessions_in(server: RedisServer) -> list[bytes]:
    """Return the keys of the sessions in the store."""
    return list(keys(server).scan_iter("*", _type="hash"))


def same_run(one: Session, two: Session) -> bool:
    """Return whether both runs are the same, to the last bit, and go on alike."""
    for state in (one, two):
        state.run.advance(5)
    return one.run.losses.tobytes() == two.run.losses.tobytes() and all(
        a.tobytes() == b.tobytes()
        for a, b in zip(
            one.run.at(one.run.epoch).weights, two.run.at(two.run.epoch).weights, strict=True
        )
    )


def test_another_process_finds_the_session_when_its_lease_has_run_out(
    server: RedisServer, process: Process, other: Process
) -> None:
    session = process.add(trained("three outputs", 20))
    expire_lease(server)
    found = other.sessions.acquire(session.ticket)
    assert found is not None
    assert (found.ticket, found.notice) == (session.ticket, "")
    assert (found.epoch, found.focus) == (session.epoch, session.focus)
    assert not found.playing
    assert same_run(session, found)


def test_a_session_that_was_just_used_elsewhere_opens_as_a_copy(
    process: Process, other: Process
) -> None:
    session = process.add(trained("as derived", 20))
    copy = other.sessions.acquire(session.ticket)
    assert copy is not None
    assert (copy.ticket, copy.notice) == ("", HELD_NOTICE)
    assert copy.epoch == session.epoch
    other.add(copy)
    assert copy.ticket != session.ticket
    process.say(session)
    process.wait(SECONDS_BETWEEN_RENEWALS)
    assert (session.notice, process.sessions.acquire(session.ticket)) == ("", session)


def test_the_tab_itself_need_not_wait(
    process: Process, other: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = trained("as derived", 20)
    session.owner = "tab of the first connection"
    process.add(session)
    monkeypatch.setattr(session_store, "earlier_tab_id", lambda: "tab of the first connection")
    found = other.sessions.acquire(session.ticket)
    assert found is not None
    assert (found.ticket, found.notice) == (session.ticket, "")


def test_a_process_that_was_halted_cannot_overwrite(
    server: RedisServer, process: Process, other: Process
) -> None:
    session = process.add(trained("as derived", 20))
    ticket = session.ticket
    expire_lease(server)  # while the process is halted
    found = other.sessions.acquire(ticket)
    assert found is not None
    found.run.advance(10)
    found.report(25, playing=False)
    other.wait(1)
    session.report(3, playing=False)  # it goes on
    process.say(session)
    process.wait(1)
    assert (session.ticket, session.notice, session.epoch) == ("", MOVED_NOTICE, 3)
    assert len(process.sessions) == len(process.leases._entries) == 0
    expire_lease(server)
    third = Process(server.address).sessions.acquire(ticket)
    assert third is not None
    assert (third.epoch, third.run.epoch) == (25, 30)


def test_nor_without_anything_to_write(
    server: RedisServer, process: Process, other: Process
) -> None:
    session = process.add(trained("as derived", 20))
    expire_lease(server)
    assert other.sessions.acquire(session.ticket) is not None
    process.clock.now += SECONDS_BETWEEN_RENEWALS
    process.say(session)
    process.wait(0)
    assert (session.ticket, session.notice) == ("", MOVED_NOTICE)


def test_a_visitor_who_returns_finds_what_was_done_elsewhere(
    server: RedisServer, process: Process, other: Process
) -> None:
    session = process.add(trained("as derived", 20))
    ticket = session.ticket
    expire_lease(server)
    found = other.sessions.acquire(ticket)
    assert found is not None
    found.report(2, playing=False)
    other.sessions.close()
    back = process.sessions.acquire(ticket)
    assert back is not None
    assert back is not session
    assert list(process.leases._entries) == [back]
    assert (back.epoch, back.ticket, session.ticket) == (2, ticket, "")


def test_memory_is_newer_than_the_store_while_the_session_is_owned(process: Process) -> None:
    session = process.add(trained("as derived", 20))
    session.report(1, playing=False)  # not written yet
    found = process.sessions.acquire(session.ticket)
    assert found is session
    assert found.epoch == 1


def test_a_second_tab_of_the_same_process_gets_a_copy_as_ever(process: Process) -> None:
    session = trained("as derived", 20)
    session.owner = "open"
    process.connected.add("open")
    process.add(session)
    copy = process.sessions.acquire(session.ticket)
    assert copy is not None
    assert (copy.ticket, copy.notice) == ("", COPY_NOTICE)


def written_epoch(server: RedisServer, state: Session) -> int | None:
    """Return the epoch that the store has of a session."""
    reader = Process(server.address)
    found = reader.sessions.acquire(state.ticket)  # the lease is held: a copy
    return found.epoch if found else None


def test_a_film_is_written_when_it_rests(server: RedisServer, process: Process) -> None:
    session = trained("as derived", 20)
    session.owner = "open"
    process.connected.add("open")
    process.add(session)
    session.report(12, playing=True)
    process.wait(1)
    assert written_epoch(server, session) == 10
    session.report(13, playing=False)
    process.wait(1)
    assert written_epoch(server, session) == 13
    session.report(14, playing=True)
    process.wait(SECONDS_OF_PLAY + 1)
    assert written_epoch(server, session) == 14
    session.report(16, playing=True)
    session.change(replace(session.settings, learning_rate=0.3))
    process.wait(1)  # a choice is written at once
    assert written_epoch(server, session) == 16
    session.report(15, playing=True)
    process.connected.clear()  # its tab was closed while it played
    process.wait(1)
    assert written_epoch(server, session) == 15


@pytest.mark.parametrize("how", ["a message", "an open tab"])
def test_a_lease_is_renewed_by_a_message_and_while_the_tab_is_open(
    server: RedisServer, process: Process, how: str
) -> None:
    session = trained("as derived", 20)
    session.owner = "tab"
    process.add(session)
    expire_lease(server)
    process.wait(SECONDS_BETWEEN_RENEWALS)
    assert not keys(server).keys("*:lease")
    if how == "a message":
        process.say(session)
    else:
        process.connected.add("tab")
    process.wait(0)
    (lease,) = keys(server).keys("*:lease")
    assert LEASE_SECONDS - 5 < keys(server).pttl(lease) / 1000 <= LEASE_SECONDS


def test_a_process_that_ends_leaves_nobody_waiting(process: Process, other: Process) -> None:
    session = process.add(trained("as derived", 20))
    session.report(4, playing=True)  # not written yet
    process.sessions.close()
    found = other.sessions.acquire(session.ticket)
    assert found is not None
    assert (found.ticket, found.epoch) == (session.ticket, 4)


def test_a_session_that_leaves_the_memory_stays_in_the_store(
    process: Process, other: Process
) -> None:
    process.sessions = SessionStore(
        process.connected.__contains__, process.clock, max_sessions=1, leases=process.leases
    )
    first, second = trained("as derived", 20), trained("as derived", 20)
    process.add(first)
    process.clock.now += 1
    process.add(second)
    process.sessions.evict()
    assert len(process.sessions) == 1
    process.wait(0)
    assert list(process.leases._entries) == [second]
    found = other.sessions.acquire(first.ticket)
    assert found is not None
    assert (found.ticket, found.notice) == (first.ticket, "")


def test_without_the_store_there_is_memory_and_afterwards_all_is_written(
    server: RedisServer, process: Process, other: Process
) -> None:
    session = process.add(trained("as derived", 20))
    unknown = new_ticket(SECRET)
    server.stop()
    try:
        session.report(5, playing=False)
        process.wait(SECONDS_BETWEEN_CHECKS)
        assert process.sessions.is_store_down
        assert process.sessions.acquire(session.ticket) is session
        assert process.sessions.acquire(unknown) is None
        assert "cannot be used" in REMOVAL_TEXTS[process.sessions.removal_reason(unknown)]
    finally:
        server.start()
    process.wait(SECONDS_BETWEEN_CHECKS)
    assert not process.sessions.is_store_down
    assert process.sessions.acquire(unknown) is None
    assert "does not have it" in REMOVAL_TEXTS[process.sessions.removal_reason(unknown)]
    process.wait(1)
    expire_lease(server)
    found = other.sessions.acquire(session.ticket)
    assert found is not None
    assert found.epoch == 5


@pytest.mark.parametrize("tab", ["open", "closed"])
def test_a_store_that_lost_everything_is_filled_again(
    server: RedisServer, process: Process, tab: str
) -> None:
    session = trained("as derived", 20)
    session.owner = tab
    process.connected.add("open")
    process.add(session)
    keys(server).flushall()
    process.wait(SECONDS_BETWEEN_RENEWALS)
    if tab == "closed":  # nobody asks until it is used again, or its process ends
        assert not sessions_in(server)
        process.sessions.close()
    assert written_epoch(server, session) == session.epoch
    assert session.notice == ""


def test_a_store_that_was_down_may_have_lost_everything(
    server: RedisServer, process: Process
) -> None:
    session = process.add(trained("as derived", 20))
    server.stop()
    process.wait(SECONDS_BETWEEN_CHECKS)
    server.start()
    process.wait(SECONDS_BETWEEN_CHECKS)
    assert written_epoch(server, session) == session.epoch


def test_a_ticket_that_the_store_does_not_have(process: Process) -> None:
    unknown = new_ticket(SECRET)
    assert process.sessions.acquire(unknown) is None
    assert "does not have it" in REMOVAL_TEXTS[process.sessions.removal_reason(unknown)]


def test_a_record_that_cannot_be_read(
    server: RedisServer, process: Process, other: Process
) -> None:
    session = process.add(trained("as derived", 20))
    (key,) = sessions_in(server)
    keys(server).hset(key, "record", b"damaged")
    expire_lease(server)
    assert other.sessions.acquire(session.ticket) is None
    assert "not a run file" in other.sessions.removal_reason(session.ticket)


def test_who_cannot_read_a_record_leaves_it_to_others(
    server: RedisServer, process: Process, other: Process
) -> None:
    session = process.add(trained("as derived", 20))
    (key,) = sessions_in(server)
    record = keys(server).hget(key, "record")
    assert record is not None
    keys(server).hset(key, "record", b"damaged")
    expire_lease(server)
    assert other.sessions.acquire(session.ticket) is None
    keys(server).hset(key, "record", record)
    found = Process(server.address).sessions.acquire(session.ticket)
    assert found is not None
    assert found.ticket == session.ticket


def test_one_session_that_is_refused_holds_up_no_other(
    server: RedisServer, process: Process, other: Process
) -> None:
    bad = process.add(trained("as derived", 20))
    (key,) = sessions_in(server)
    keys(server).delete(key)
    keys(server).set(key, "something else")
    assert process.sessions.acquire(bad.ticket) is bad
    bad.report(3, playing=False)
    good = process.add(trained("as derived", 20))
    for _ in range(5):
        process.wait(SECONDS_BETWEEN_TRIES)
        assert not process.sessions.is_store_down
    assert written_epoch(server, good) == 10
    assert other.sessions.acquire(bad.ticket) is None
    assert "cannot be read" in REMOVAL_TEXTS[other.sessions.removal_reason(bad.ticket)]
    keys(server).delete(key)
    process.wait(SECONDS_BETWEEN_TRIES)
    assert written_epoch(server, bad) == 3


def test_one_session_that_cannot_be_written_holds_up_no_other(
    server: RedisServer, process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = (process.add(trained("as derived", 20)) for _ in range(2))

    def write(state: Session) -> SessionFile:
        if state is bad:
            raise ValueError("a session that cannot be written")
        return write_session(state)

    monkeypatch.setattr(session_leases, "write_session", write)
    for state in (bad, good):
        state.report(3, playing=False)
    process.wait(1)
    assert written_epoch(server, good) == 3


def test_a_store_that_is_full_cannot_be_used_until_it_has_room(
    server: RedisServer, process: Process
) -> None:
    session = process.add(trained("as derived", 20))
    keys(server).config_set("maxmemory", "1")
    try:
        session.report(3, playing=False)
        for _ in range(3):
            process.wait(SECONDS_BETWEEN_CHECKS)
            assert process.sessions.is_store_down
    finally:
        keys(server).config_set("maxmemory", "0")
    process.wait(SECONDS_BETWEEN_CHECKS)
    process.wait(SECONDS_BETWEEN_TRIES)
    assert not process.sessions.is_store_down
    assert written_epoch(server, session) == 3


def test_a_file_without_room_holds_up_no_other_and_leaves_nothing(
    server: RedisServer, process: Process
) -> None:
    large = trained("as derived", 20)
    large.pasted = Pasted("1\t2\n" * 2_000_000)
    used = int(keys(server).info("memory")["used_memory"])
    keys(server).config_set("maxmemory", str(used + 4 * 2**20))
    try:
        process.add(large)
        small = process.add(trained("as derived", 20))
        process.wait(1)
        assert not process.sessions.is_store_down
        assert written_epoch(server, small) == 10
        assert not keys(server).keys("*file*")
    finally:
        keys(server).config_set("maxmemory", "0")
    process.wait(SECONDS_BETWEEN_TRIES)
    assert written_epoch(server, large) == 10


def test_a_session_of_before_is_not_written_under_the_number_of_now(
    server: RedisServer, process: Process, other: Process
) -> None:
    session = process.add(trained("as derived", 20))
    ticket = session.ticket
    expire_lease(server)
    found = other.sessions.acquire(ticket)
    assert found is not None
    found.report(7, playing=False)
    other.sessions.close()
    assert process.sessions.acquire(ticket) is not None
    session.report(3, playing=False)
    assert not process.leases.update(
        ticket, session, rests=True, is_open=True
    )  # a look that was under way
    assert written_epoch(server, found) == 7


def test_a_process_that_ends_claims_nothing_again(server: RedisServer, process: Process) -> None:
    for _ in range(20):
        process.add(trained("as derived", 2))
    end = Event()
    writer = Thread(target=session_store._repeat, args=(process.sessions.update, 0.001, end))
    writer.start()
    session_store._close(process.sessions, writer, end)
    assert not writer.is_alive()
    assert len(sessions_in(server)) == 20
    assert not keys(server).keys("*:lease")


def test_what_is_too_large_stays_in_memory_and_is_said_once(
    server: RedisServer, process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_leases, "MAX_BYTES", 10)
    session = process.add(trained("as derived", 20))
    assert (session.notice, sessions_in(server)) == (SIZE_NOTICE, [])
    session.notice = ""
    process.wait(1)
    assert session.notice == ""
    assert process.sessions.acquire(session.ticket) is session


@pytest.mark.parametrize("address", ["nonsense", "http://localhost/", "redis://localhost:port"])
def test_a_wrong_address_is_a_store_in_trouble(address: str) -> None:
    process = Process(address)
    session = process.add(trained("as derived", 20))
    assert process.sessions.is_store_down
    assert process.sessions.acquire(session.ticket) is session
