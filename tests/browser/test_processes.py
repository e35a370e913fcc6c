"""Several processes behind the proxy with one store of runs: halted, killed, and without it."""

import json
import re
import signal
import subprocess
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import cycle
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect
from redis import Redis

from core.training.run import Run
from pages.ui.state.open_from_url import STORE_NOTICE
from pages.ui.state.store.run_store import LEASE_SECONDS, VARIABLE
from pages.ui.state.store.session_leases import HELD_NOTICE, MOVED_NOTICE
from tests.browser.film import Film
from tests.browser.test_reload import PAGES, play_to
from tests.browser.visit import IDLE, go, visit
from tests.services import RedisServer, processes, proxy, redis_server
from tests.wait import wait_until

HALT = LEASE_SECONDS + 10  # s
PATIENCE = HALT  # s
COOKIE = "chainscope"  # of the proxy: 1, 2 or 3


@dataclass
class School:
    """The proxy's address, the processes behind it, and their store of runs."""

    address: str
    apps: list[tuple[str, subprocess.Popen[bytes]]]
    store: RedisServer

    def app_of(self, page: Page) -> tuple[str, subprocess.Popen[bytes]]:
        """Return the process that the proxy sends this page to."""
        (number,) = (it["value"] for it in page.context.cookies() if it["name"] == COOKIE)
        return self.apps[int(number) - 1]

    def epochs(self) -> dict[bytes, int]:
        """Return the epoch of each session in the store, by its key."""
        with Redis.from_url(self.store.address) as redis:
            hashes = redis.scan_iter("chainscope:*", _type="hash")
            records = {key: redis.hget(key, "record") for key in hashes}
        return {key: _epoch(record) for key, record in records.items() if record}

    def fence(self, key: bytes) -> int:
        """Return a session's fencing number."""
        with Redis.from_url(self.store.address) as redis:
            return int(redis.hget(key, "fence") or 0)

    def has_lease(self, key: bytes) -> bool:
        """Return whether a process has the session."""
        with Redis.from_url(self.store.address) as redis:
            return bool(redis.exists(key + b":lease"))


def _epoch(record: bytes) -> int:
    with zipfile.ZipFile(BytesIO(record)) as archive:
        return int(json.loads(archive.read("run.json"))["about"]["places"]["epoch"])


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    folder = tmp_path_factory.mktemp("school")
    with (
        redis_server(folder) as store,
        processes(folder, 3, {VARIABLE: store.address}) as apps,
        proxy(folder, [urlsplit(address).port or 0 for address, _ in apps]) as (address, _),
    ):
        yield School(address, apps, store)


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Page]:
    """Yield a page of a new visitor; Streamlit logs each try to reach what is gone."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    yield context.new_page()
    context.close()


def ticket(page: Page) -> str:
    return parse_qs(urlsplit(page.url).query)["run"][0]


def play_and_write(page: Page, school: School, epoch: int) -> tuple[int, bytes]:
    """Train on the stage; return the epoch of the pause and the session's key in the store."""
    known = school.epochs()
    epoch = play_to(page, epoch)
    changed: list[bytes] = []

    def is_there() -> bool:
        changed[:] = [key for key, at in school.epochs().items() if at == epoch != known.get(key)]
        return len(changed) == 1

    wait_until(is_there, PATIENCE)
    return epoch, changed[0]


def says(page: Page, notice: str, *, on: str) -> bool:
    """Go to a page and return whether the notice stands there."""
    go(page, on)
    page.locator(IDLE).wait_for()
    return page.get_by_text(notice).count() > 0


def test_without_the_store_all_pages_work_and_say_what_does_not(
    visitor: Page, school: School
) -> None:
    visit(visitor, school.address)
    school.store.stop()
    notice = visitor.get_by_text(STORE_NOTICE)
    try:
        play_to(visitor, 20)
        turns = cycle(("Data", "Train"))  # the process looks every other second
        wait_until(lambda: says(visitor, STORE_NOTICE, on=next(turns)), PATIENCE)
        for name in PAGES:
            go(visitor, name)
            expect(notice).to_be_visible()
            expect(visitor.get_by_role("heading", level=1)).to_be_visible()
            assert visitor.get_by_test_id("stException").count() == 0
        go(visitor, "Train")
        play_to(visitor, 40)
    finally:
        school.store.start()
    epoch, key = play_and_write(visitor, school, 60)
    go(visitor, "Data")
    expect(notice).to_have_count(0)
    assert school.epochs()[key] == epoch


def test_a_process_that_was_halted_gives_up_what_another_took_over(
    visitor: Page, school: School
) -> None:
    (first, halted), (second, _), _ = school.apps
    visit(visitor, first)
    epoch, key = play_and_write(visitor, school, 20)
    query, before = urlsplit(visitor.url).query, ticket(visitor)
    halted.send_signal(signal.SIGSTOP)
    began = time.monotonic()
    try:
        copy = visitor.context.new_page()
        visit(copy, f"{second}/?{query}")
        expect(copy.get_by_text(HELD_NOTICE)).to_be_visible()
        assert Film(copy).epoch == epoch
        wait_until(lambda: not school.has_lease(key), PATIENCE)
        owner = visitor.context.new_page()
        visit(owner, f"{second}/?{query}")
        Film(owner).wait("paused")
        assert (Film(owner).epoch, ticket(owner)) == (epoch, before)
        expect(owner.get_by_test_id("stAlert")).to_have_count(0)
        later, same = play_and_write(owner, school, epoch + 20)
        assert same == key
        wait_until(lambda: time.monotonic() - began > HALT, PATIENCE)
    finally:
        halted.send_signal(signal.SIGCONT)
    Film(visitor).press("Step back")  # a message: the process looks at its lease, and has lost it
    turns = cycle(("Data", "Train"))
    wait_until(lambda: says(visitor, MOVED_NOTICE, on=next(turns)), PATIENCE)
    expect(visitor).to_have_url(re.compile(r"\brun="))  # written once the page has drawn
    assert ticket(visitor) != before
    assert school.epochs()[key] == later


def test_a_process_that_dies_leaves_the_run_to_another(
    visitor: Page, school: School, xor: Run
) -> None:
    visit(visitor, school.address)
    epoch, key = play_and_write(visitor, school, 40)
    for name in ("Data", "Train"):  # Streamlit then writes the address anew as it connects again
        go(visitor, name)
        expect(visitor).to_have_url(re.compile(r"\brun="))
    before, fence, (_, process) = ticket(visitor), school.fence(key), school.app_of(visitor)
    process.kill()
    process.wait()
    wait_until(lambda: school.fence(key) > fence, PATIENCE)
    assert school.app_of(visitor)[1] is not process
    expect(visitor).to_have_url(re.compile(re.escape(before)))
    film = Film(visitor)
    film.wait("paused")
    expect(film.stage).to_have_attribute("data-epoch", str(epoch))
    expect(visitor.get_by_test_id("stAlert")).to_have_count(0)
    assert f"{film.cost():.4g}" == f"{xor.losses[epoch]:.4g}"
    film.press("Play")
    film.wait_for_epoch(epoch + 20)
    fence, (_, process) = school.fence(key), school.app_of(visitor)
    process.kill()
    process.wait()
    wait_until(lambda: school.fence(key) > fence, PATIENCE)
    expect(visitor).to_have_url(re.compile(re.escape(before)))
    film.wait("paused")
    assert f"{film.cost():.4g}" == f"{xor.losses[film.epoch]:.4g}"
    expect(visitor.get_by_text("This run is gone")).to_have_count(0)
    later = play_to(visitor, film.epoch + 20)
    assert f"{film.cost():.4g}" == f"{xor.losses[later]:.4g}"
