"""The store of runs, against a real Redis: who owns a session, what is read, what is refused."""

import socket
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier
from typing import ClassVar

import pytest
import redis
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from pages.ui.state.store import redis_store
from pages.ui.state.store.redis_store import (
    ADDRESS_TEXT,
    PACKAGE_TEXT,
    SCHEME_TEXT,
    SECONDS,
    RedisStore,
)
from pages.ui.state.store.run_store import (
    LEASE_SECONDS,
    MAX_BYTES,
    Claim,
    RefusalError,
    StoreError,
)
from tests.paths import ROOT
from tests.services import RedisServer, redis_server

TICKET, TAB, FILE, CONTENTS = "name.seal", "tab-1", "0a1b", b"x,y\n1,2\n"
PASSWORD = "pa55word"
SESSION = f"chainscope:{64 * '?'}"  # the pattern of a session's key


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with redis_server(tmp_path_factory.mktemp("redis")) as running:
        yield running


@pytest.fixture
def raw(server: RedisServer) -> Iterator[redis.Redis]:
    """Return the server itself, empty."""
    with redis.Redis.from_url(server.address, socket_timeout=60) as client:
        client.flushall()
        yield client


@pytest.fixture
def store(server: RedisServer, raw: redis.Redis) -> RedisStore:
    assert raw.dbsize() == 0
    return RedisStore(server.address)


@pytest.fixture
def other(server: RedisServer) -> RedisStore:
    """Return the store as another process has it."""
    return RedisStore(server.address)


def session_key(raw: redis.Redis) -> str:
    """Return the key of the only session."""
    return key_of(raw, SESSION)


def lease_key(raw: redis.Redis) -> str:
    return key_of(raw, f"{SESSION}:lease")


def key_of(raw: redis.Redis, pattern: str) -> str:
    (key,) = texts(raw.keys(pattern))
    return key


def texts(keys: list[bytes | str]) -> list[str]:
    """Return keys as text: the client's types allow for both."""
    return [key.decode() if isinstance(key, bytes) else key for key in keys]


def number_of(claim: Claim | None) -> int:
    assert claim
    return claim.fence


# Each method


def test_a_session_is_found_by_another_process_when_its_lease_is_over(
    store: RedisStore, other: RedisStore, raw: redis.Redis
) -> None:
    assert other.claim(TICKET, 0, "tab-2", "") is None
    first = store.write(TICKET, 0, TAB, b"epoch 1", {FILE: CONTENTS})
    assert first > 0
    assert store.write(TICKET, first, TAB, b"epoch 2", {FILE: CONTENTS}) == first
    assert other.claim(TICKET, 0, "tab-2", "") == Claim(0, b"epoch 2")
    raw.delete(lease_key(raw))
    taken = other.claim(TICKET, 0, "tab-2", "")
    assert taken == Claim(number_of(taken), b"epoch 2")
    assert number_of(taken) > first
    assert other.file(FILE) == CONTENTS
    assert store.renew(TICKET, first, [FILE]) == "taken"
    assert store.write(TICKET, first, TAB, b"epoch 3", {}) == 0
    assert store.claim(TICKET, first, TAB, "") == Claim(0, b"epoch 2")


def test_who_owns_it_all_the_time_keeps_number_and_memory(
    store: RedisStore, raw: redis.Redis
) -> None:
    number = store.write(TICKET, 0, TAB, b"record", {})
    assert store.claim(TICKET, number, "tab-2", "") == Claim(number)
    raw.delete(lease_key(raw))
    assert store.claim(TICKET, number, "tab-2", "") == Claim(number)
    assert raw.get(lease_key(raw)) == str(number).encode()


def test_a_lease_that_is_given_up_is_free_at_once(store: RedisStore, other: RedisStore) -> None:
    number = store.write(TICKET, 0, TAB, b"record", {})
    other.release(TICKET, number - 1)
    assert number_of(other.claim(TICKET, 0, "tab-2", "")) == 0
    store.release(TICKET, number)
    assert number_of(other.claim(TICKET, 0, "tab-2", "")) > number


def test_the_same_tab_takes_over_at_once(store: RedisStore, other: RedisStore) -> None:
    store.write(TICKET, 0, TAB, b"record", {})
    assert number_of(other.claim(TICKET, 0, "tab-2", "tab-3")) == 0
    second = number_of(other.claim(TICKET, 0, "tab-2", TAB))
    assert number_of(store.claim(TICKET, 0, "tab-3", TAB)) == 0  # it has a new name now
    assert number_of(store.claim(TICKET, 0, "tab-3", "tab-2")) > second


def test_no_name_is_not_a_name(store: RedisStore, other: RedisStore) -> None:
    store.write(TICKET, 0, "", b"record", {})
    assert number_of(other.claim(TICKET, 0, "", "")) == 0
    assert other.write(TICKET, 0, "", b"another", {}) == 0


def test_an_answer_that_was_lost_costs_no_session(store: RedisStore) -> None:
    first = store.write(TICKET, 0, TAB, b"record", {})
    second = store.write(TICKET, 0, TAB, b"again", {})
    third = store.claim(TICKET, 0, TAB, "")
    assert first < second < number_of(third)
    assert third == Claim(number_of(third), b"again")


def test_a_session_is_renewed_as_long_as_all_of_it_is_there(
    store: RedisStore, raw: redis.Redis
) -> None:
    assert store.renew(TICKET, 0, []) == "missing"
    number = store.write(TICKET, 0, TAB, b"record", {FILE: CONTENTS})
    assert store.renew(TICKET, number, [FILE]) == "renewed"
    raw.delete(f"chainscope:file:{FILE}")
    assert store.renew(TICKET, number, [FILE]) == "missing"
    assert store.write(TICKET, number, TAB, b"record", {FILE: CONTENTS}) == number
    assert store.renew(TICKET, number, [FILE]) == "renewed"
    raw.flushall()
    assert store.renew(TICKET, number, [FILE]) == "missing"
    assert store.write(TICKET, number, TAB, b"record", {FILE: CONTENTS}) == number


def test_after_a_loss_the_latest_owner_is_right(
    store: RedisStore, other: RedisStore, raw: redis.Redis
) -> None:
    first = store.write(TICKET, 0, TAB, b"former", {})
    second = number_of(other.claim(TICKET, 0, "tab-2", TAB))
    raw.flushall()
    assert store.write(TICKET, first, TAB, b"former", {}) == first
    assert other.renew(TICKET, second, []) == "missing"
    assert other.claim(TICKET, second, "tab-2", "") == Claim(second)
    assert store.write(TICKET, first, TAB, b"former", {}) == 0
    assert other.write(TICKET, second, "tab-2", b"latest", {}) == second


def test_numbers_have_all_their_digits(store: RedisStore, raw: redis.Redis) -> None:
    """Redis would write the float that Lua has with 14 of them, and two owners were the same."""
    number = store.write(TICKET, 0, TAB, b"record", {})
    assert raw.hget(session_key(raw), "fence") == str(number).encode()
    assert store.renew(TICKET, number + 1, []) == "missing"
    assert store.renew(TICKET, number - 1, []) == "taken"
    raw.hset(session_key(raw), "fence", 2**53 - 3)
    raw.delete(lease_key(raw))
    assert number_of(store.claim(TICKET, 0, "tab-2", "")) == 2**53 - 2


def test_a_file_is_there_once(store: RedisStore, raw: redis.Redis) -> None:
    store.write(TICKET, 0, TAB, b"record", {FILE: CONTENTS})
    raw.set(f"chainscope:file:{FILE}", b"as before")
    store.write("another", 0, TAB, b"record", {FILE: CONTENTS, "2c": b"new"})
    assert (store.file(FILE), store.file("2c"), store.file("3d")) == (b"as before", b"new", None)


def test_scripts_that_the_server_has_lost_are_sent_again(
    store: RedisStore, raw: redis.Redis
) -> None:
    number = store.write(TICKET, 0, TAB, b"record", {})
    raw.script_flush()
    assert store.renew(TICKET, number, []) == "renewed"


# Time to live


def test_a_full_store_raises_the_one_error_and_holds_nothing_for_ever(
    store: RedisStore, raw: redis.Redis
) -> None:
    number = store.write(TICKET, 0, TAB, b"record", {})
    raw.config_set("maxmemory", raw.info("memory")["used_memory"] + (4 << 20))
    try:
        with pytest.raises(RefusalError, match="no room"):
            store.write(TICKET, number, TAB, b"new", {FILE: CONTENTS, "2c": bytes(16 << 20)})
    finally:
        raw.config_set("maxmemory", 0)
    assert raw.ttl(f"chainscope:file:{FILE}") > 0
    claim = store.claim(TICKET, 0, TAB, "")
    assert claim == Claim(number_of(claim), b"record")


def test_nothing_stays_for_ever(store: RedisStore, raw: redis.Redis) -> None:
    number = store.write(TICKET, 0, TAB, b"record", {FILE: CONTENTS})
    keys = texts(raw.keys())
    assert len(keys) == 3
    for _ in range(2):
        for key in keys:
            most = LEASE_SECONDS if key.endswith(":lease") else SECONDS
            assert most / 2 < raw.ttl(key) <= most
            raw.expire(key, 10)
        assert store.renew(TICKET, number, [FILE]) == "renewed"


def test_who_takes_a_session_over_keeps_it_alive(
    store: RedisStore, other: RedisStore, raw: redis.Redis
) -> None:
    store.write(TICKET, 0, TAB, b"record", {})
    raw.expire(session_key(raw), 10)
    other.claim(TICKET, 0, "tab-2", TAB)
    assert raw.ttl(session_key(raw)) > SECONDS / 2


def test_a_file_lives_as_long_as_any_of_its_sessions(
    store: RedisStore, other: RedisStore, raw: redis.Redis
) -> None:
    key = f"chainscope:file:{FILE}"
    store.write(TICKET, 0, TAB, b"record", {FILE: CONTENTS})
    raw.expire(key, 10)
    number = other.write("another", 0, "tab-2", b"record", {FILE: CONTENTS})
    alive = raw.ttl(key)
    assert alive > SECONDS / 2
    other.release("another", number)
    store.write(TICKET, 0, TAB, b"without", {})
    assert raw.ttl(key) >= alive - 1


# What the store holds


def test_a_stranger_who_reads_it_all_finds_no_ticket_and_no_tab(
    store: RedisStore, other: RedisStore, raw: redis.Redis
) -> None:
    store.write(TICKET, 0, TAB, b"record", {FILE: CONTENTS})
    other.claim(TICKET, 0, "tab-2", TAB)
    everything = b""
    for key in raw.scan_iter():
        kind = raw.type(key)
        values = [*raw.hgetall(key).values()] if kind == b"hash" else [raw.get(key)]
        everything += b"".join([key, *values])
    assert b"record" in everything
    assert CONTENTS in everything
    for secret in (*TICKET.split("."), TAB, "tab-2"):
        assert secret.encode() not in everything


def test_what_is_too_large_is_neither_written_nor_read(store: RedisStore, raw: redis.Redis) -> None:
    store.write(TICKET, 0, TAB, b"record", {})
    before = raw.keys()
    for record, files in ((bytes(MAX_BYTES + 1), {}), (b"", {FILE: bytes(MAX_BYTES + 1)})):
        with pytest.raises(StoreError, match="too large"):
            store.write(TICKET, 0, TAB, record, files)
    assert raw.keys() == before
    raw.setrange("chainscope:file:large", MAX_BYTES, "x")
    with pytest.raises(StoreError, match="too large"):
        store.file("large")
    plant = (
        "local text = 'x' while #text <= tonumber(ARGV[1]) do text = text .. text end "
        "redis.call('HSET', KEYS[1], 'record', text)"
    )
    raw.eval(plant, 1, session_key(raw), MAX_BYTES)
    with pytest.raises(StoreError, match="too large"):
        store.claim(TICKET, 0, "tab-2", TAB)


@pytest.mark.parametrize(
    "plant",
    [
        *(
            lambda raw, fence=fence: raw.hset(session_key(raw), "fence", fence)
            for fence in ("", "one", "-1", "1.5", "1e3", "nan", "inf", "0x10", "9" * 16, "9" * 400)
        ),
        lambda raw: raw.set(session_key(raw), "text"),
        lambda raw: (key := session_key(raw), raw.delete(key), raw.rpush(key, "item")),
        lambda raw: raw.hdel(session_key(raw), "record"),
        lambda raw: raw.set(lease_key(raw), "one"),
        lambda raw: (key := lease_key(raw), raw.delete(key), raw.hset(key, "field", "value")),
    ],
)
def test_what_others_put_there_raises_the_one_error(
    store: RedisStore, raw: redis.Redis, plant: Callable[[redis.Redis], object]
) -> None:
    number = store.write(TICKET, 0, TAB, b"record", {})
    plant(raw)
    with pytest.raises(StoreError):
        store.claim(TICKET, 0, "tab-2", TAB)
    for call in (
        lambda: store.renew(TICKET, number, [FILE]),
        lambda: store.write(TICKET, number, TAB, b"record", {FILE: CONTENTS}),
        lambda: store.release(TICKET, number),
    ):
        with suppress(StoreError):
            call()


def test_a_file_that_is_none_raises_the_one_error(store: RedisStore, raw: redis.Redis) -> None:
    raw.rpush(f"chainscope:file:{FILE}", "item")
    with pytest.raises(StoreError):
        store.file(FILE)
    for call in (store.file, lambda name: store.write(TICKET, 0, TAB, b"record", {name: b""})):
        with pytest.raises(StoreError):
            call("\ud800")


# Several at once, and no store


def test_of_many_that_claim_at_once_one_gets_it(server: RedisServer, raw: redis.Redis) -> None:
    stores = [RedisStore(server.address) for _ in range(8)]
    number = stores[0].write(TICKET, 0, TAB, b"record", {})
    start = Barrier(len(stores))

    def claim(i: int) -> Claim | None:
        start.wait()
        return stores[i].claim(TICKET, 0, f"claimant {i}", "")

    with ThreadPoolExecutor(len(stores)) as pool:
        for _ in range(10):
            raw.delete(lease_key(raw))
            claims = [*pool.map(claim, range(len(stores)))]
            assert {record.record for record in claims if record} == {b"record"}
            assert sorted(map(number_of, claims))[:-1] == [0] * 7
            number, earlier = max(map(number_of, claims)), number
            assert number > earlier


def test_a_store_that_comes_back_is_used_again(server: RedisServer, store: RedisStore) -> None:
    number = store.write(TICKET, 0, TAB, b"record", {FILE: CONTENTS})
    server.stop()
    try:
        for call in (
            lambda: store.claim(TICKET, number, TAB, ""),
            lambda: store.renew(TICKET, number, [FILE]),
            lambda: store.write(TICKET, number, TAB, b"record", {FILE: CONTENTS}),
            lambda: store.release(TICKET, number),
            lambda: store.file(FILE),
        ):
            with pytest.raises(StoreError):
                call()
    finally:
        server.start()
    assert store.renew(TICKET, number, [FILE]) == "missing"
    assert store.write(TICKET, number, TAB, b"record", {FILE: CONTENTS}) == number
    assert store.file(FILE) == CONTENTS


def test_a_connection_that_the_server_closed_is_no_failure(
    server: RedisServer, store: RedisStore
) -> None:
    store.write(TICKET, 0, TAB, b"record", {})
    server.stop()
    server.start()
    assert store.claim(TICKET, 0, TAB, "") is None


def test_who_does_not_answer_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_store, "ANSWER_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        store = RedisStore(f"redis://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(StoreError):
            store.file(FILE)
        silent.setblocking(False)
        silent.accept()[0].close()
        with pytest.raises(BlockingIOError):
            silent.accept()


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b":one\r\n", b"$one\r\n"])
def test_who_is_no_redis_raises_the_one_error(answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:

        def reply() -> None:
            connection = listener.accept()[0]
            with connection:
                connection.sendall(answer)
                connection.recv(1)

        replies = pool.submit(reply)
        store = RedisStore(f"redis://127.0.0.1:{listener.getsockname()[1]}")
        with pytest.raises(StoreError):
            store.file(FILE)
        replies.result()


# Addresses


@pytest.mark.parametrize(
    "address",
    [
        "redis://localhost", "redis://[::1]:6379/", "redis://user:%40%2F@host:1/15",
        f"rediss://:{PASSWORD}@host/0?ssl_cert_reqs=none&ssl_ca_certs=/ca.pem",
        "unix:///run/redis.sock?db=1&password=a", "unix://user@/run/redis.sock",
    ],
)  # fmt: skip
def test_an_address_is_not_asked_before_it_is_needed(address: str) -> None:
    assert RedisStore(address)


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("Memory", SCHEME_TEXT), ("localhost:6379", SCHEME_TEXT), ("redis:/host", SCHEME_TEXT),
        (f"http://:{PASSWORD}@host", SCHEME_TEXT), (f"://{PASSWORD}", SCHEME_TEXT),
        ("redis://", ADDRESS_TEXT), ("unix://", ADDRESS_TEXT), ("unix://redis.sock", ADDRESS_TEXT),
        (f"redis://:{PASSWORD}@host:port", ADDRESS_TEXT), ("redis://host:0", ADDRESS_TEXT),
        (f"redis://:{PASSWORD}/@host", ADDRESS_TEXT), ("redis://me:12/34@host", ADDRESS_TEXT),
        ("redis://me:12#34@host", ADDRESS_TEXT), ("redis://me:12?34@host", ADDRESS_TEXT),
        (f"redis://:[{PASSWORD}@host", ADDRESS_TEXT), ("redis://host/name", ADDRESS_TEXT),
        ("redis://host:99999", ADDRESS_TEXT), ("redis://host?db=one", ADDRESS_TEXT),
        ("redis://host?decode_responses=True", ADDRESS_TEXT),
        ("redis://host?ssl_ca_certs=/ca.pem", ADDRESS_TEXT),
        (f"rediss://host?ssl_cert_reqs={PASSWORD}", ADDRESS_TEXT),
    ],
)  # fmt: skip
def test_another_address_is_refused_in_a_sentence(address: str, sentence: str) -> None:
    with pytest.raises(StoreError) as refusal:
        RedisStore(address)
    assert str(refusal.value) == sentence
    assert "CHAINSCOPE_STORE" in sentence
    assert PASSWORD not in "".join(traceback.format_exception(refusal.value))


def test_no_error_says_the_password(server: RedisServer, raw: redis.Redis) -> None:
    right = server.address.replace("://", f"://:{PASSWORD}@")
    wrong = server.address.replace("://", f"://:{PASSWORD[::-1]}@")
    raw.config_set("requirepass", PASSWORD)
    try:
        assert RedisStore(right).file(FILE) is None
        for address in (wrong, server.address):
            with pytest.raises(StoreError) as refusal:
                RedisStore(address).file(FILE)
            assert PASSWORD[::-1] not in "".join(traceback.format_exception(refusal.value))
    finally:
        raw.config_set("requirepass", "")


def test_a_host_that_cannot_be_one_raises_the_one_error() -> None:
    with pytest.raises(StoreError):
        RedisStore(f"redis://{'a' * 64}").file(FILE)


def test_the_package_is_needed_only_where_a_store_is_asked_for() -> None:
    """Python's -S leaves the packages of the environment out, and -E its variables."""
    code = (
        "from pages.ui.state.store.redis_store import *\n"
        "try:\n    RedisStore('redis://host')\n"
        "except StoreError as error:\n    print(error)"
    )
    command = [sys.executable, "-ES", "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [PACKAGE_TEXT]


# A model of who owns a session


class Process:
    """A process that has a session's number, or had it: halted, it does not know."""

    def __init__(self, address: str) -> None:
        self.store, self.number, self.tab = RedisStore(address), 0, ""


class Ownership(RuleBasedStateMachine):
    """Processes that want one session, in any order, and what must hold after each step."""

    raw: ClassVar[redis.Redis]
    processes: ClassVar[list[Process]]

    def __init__(self) -> None:
        super().__init__()
        self.raw.flushall()
        for process in self.processes:
            process.number, process.tab = 0, ""
        self.stored = self.lease = self.largest = 0
        self.tab, self.record, self.tabs = "", b"", 0
        self.files: set[str] = set()

    which = st.integers(0, 2)

    @rule(which=which, earlier=which | st.none())
    def claim(self, which: int, earlier: int | None) -> None:
        process = self.processes[which]
        before, self.tabs = self.contents(), self.tabs + 1
        tab, earlier_tab = (
            f"tab {self.tabs}",
            "" if earlier is None else self.processes[earlier].tab,
        )
        claim = process.store.claim(TICKET, process.number, tab, earlier_tab)
        if not self.stored:
            assert claim is None
            assert self.contents() == before
        elif process.number >= self.stored:
            assert claim == Claim(process.number)
            self.give(process, process.number, tab)
        elif self.lease and (not earlier_tab or earlier_tab != self.tab):
            assert claim == Claim(0, self.record)
            assert self.contents() == before
        else:
            assert claim == Claim(number_of(claim), self.record)
            assert claim.fence > self.largest
            self.give(process, claim.fence, tab)

    @rule(which=which, record=st.binary(max_size=20), files=st.sets(st.sampled_from("fg")))
    def write(self, which: int, record: bytes, files: set[str]) -> None:
        process = self.processes[which]
        before = self.contents()
        contents = {name: name.encode() for name in files}
        number = process.store.write(TICKET, process.number, process.tab, record, contents)
        is_again = not process.number and process.tab and process.tab == self.tab
        if process.number < self.stored and not is_again:
            assert number == 0
            assert self.contents() == before
            return
        assert number == process.number or (not process.number and number > self.largest)
        self.give(process, number, process.tab)
        self.record, self.files = record, self.files | files

    @rule(which=which, files=st.sets(st.sampled_from("fg")))
    def renew(self, which: int, files: set[str]) -> None:
        process = self.processes[which]
        before = self.contents()
        renewal = process.store.renew(TICKET, process.number, files)
        if process.number < self.stored:
            assert renewal == "taken"
        elif process.number > self.stored or not self.stored:
            assert renewal == "missing"
        else:
            assert renewal == ("renewed" if files <= self.files else "missing")
            self.lease = process.number
            return
        assert self.contents() == before

    @rule(which=which)
    def release(self, which: int) -> None:
        process = self.processes[which]
        process.store.release(TICKET, process.number)
        if self.lease == process.number:
            self.lease = 0

    @rule()
    def run_out(self) -> None:
        """End the lease as its time does."""
        self.lease = 0
        for key in self.raw.keys("*:lease"):
            self.raw.delete(key)

    @rule(which=which)
    def restart(self, which: int) -> None:
        """Forget the number, and keep the tab's earlier name."""
        self.processes[which].number = 0

    @rule(name=st.sampled_from(["everything", "f", "g"]))
    def lose(self, name: str) -> None:
        if name == "everything":
            self.raw.flushall()
            self.stored = self.lease = 0
            self.tab, self.files = "", set()
        else:
            self.raw.delete(f"chainscope:file:{name}")
            self.files.discard(name)

    @invariant()
    def the_store_holds_what_was_accepted_last(self) -> None:
        held = [self.raw.hmget(key, "fence", "record") for key in self.raw.keys(SESSION)]
        assert held == ([[str(self.stored).encode(), self.record]] if self.stored else [])
        assert bool(self.raw.keys("*:lease")) == bool(self.lease)
        assert {key[-1] for key in texts(self.raw.keys("*:file:*"))} == self.files

    @invariant()
    def no_two_own_it(self) -> None:
        """Try a write of each process, and put everything back.

        Only a loss of everything makes the numbers of former owners valid again, until the latest
        owner has written.
        """
        numbers = [process.number for process in self.processes if self.would_write(process)]
        assert numbers == [
            process.number
            for process in self.processes
            if process.number and process.number >= self.stored
        ]
        if self.stored == self.largest:
            assert len(numbers) <= 1

    def would_write(self, process: Process) -> bool:
        if not process.number:
            return False
        before = self.contents()
        times = {key: self.raw.pttl(key) for key in before}
        number = process.store.write(TICKET, process.number, "probe", b"probe", {})
        if not number:
            assert self.contents() == before
            return False
        self.raw.flushall()
        for key, value in before.items():
            self.raw.restore(key, times[key], value)
        return True

    def give(self, process: Process, number: int, tab: str) -> None:
        """Note that the store has accepted that number."""
        process.number, process.tab = number, tab
        self.stored = self.lease = number
        self.largest, self.tab = max(self.largest, number), tab

    def contents(self) -> dict[str, bytes]:
        """Return all that the store holds, but not for how long."""
        return {key: self.raw.dump(key) or b"" for key in texts(self.raw.keys())}


def test_no_two_processes_ever_own_a_session(server: RedisServer, raw: redis.Redis) -> None:
    client = raw

    class OwnershipHere(Ownership):
        raw = client
        processes = [Process(server.address) for _ in range(3)]  # noqa: RUF012 - of the class

    steps = settings(max_examples=50, stateful_step_count=25, deadline=None)
    run_state_machine_as_test(OwnershipHere, settings=steps)
