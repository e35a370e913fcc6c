"""The app as a crowd visits it: one process, or several behind the proxy with a store of runs."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from redis import Redis

from benchmarks import quiet
from benchmarks.process import Process
from tests.browser.server import serve
from tests.services import RedisServer, processes, proxy, redis_server

APP, PROXY, REDIS, IMITATION, MACHINE = "app", "proxy", "Redis", "imitation", "machine"


@dataclass(frozen=True)
class Usage:
    """CPU seconds so far by what took them, and MB in use; `at` in seconds."""

    at: float
    seconds: dict[str, float]
    megabytes: dict[str, float]

    def cores(self, before: "Usage") -> dict[str, float]:
        """Return how many cores each took since then."""
        passed = self.at - before.at
        return {name: (now - before.seconds[name]) / passed for name, now in self.seconds.items()}

    def growth(self, before: "Usage") -> dict[str, float]:
        """Return by how many MB each grew since then."""
        return {name: now - before.megabytes[name] for name, now in self.megabytes.items()}


@dataclass(frozen=True)
class Site:
    """Processes of the app by their addresses, and what stands before and behind them."""

    address: str  # that browsers open
    apps: dict[str, Process]
    proxy: Process | None = None
    store: RedisServer | None = None

    @property
    def name(self) -> str:
        """What it is, in words."""
        return "1 process" if self.store is None else f"{len(self.apps)} behind the proxy"

    def usage(self) -> Usage:
        """Return the CPU time and memory of all that takes part, this process included."""
        apps, megabytes = list(self.apps.values()), {}
        seconds = {f"{APP} {i}": app.seconds() or 0.0 for i, app in enumerate(apps, 1)}
        megabytes[APP] = sum(app.megabytes() or 0.0 for app in apps)
        if self.proxy is not None:
            seconds[PROXY] = self.proxy.seconds() or 0.0
        if self.store is not None:
            seconds[REDIS] = Process(self.store.process.pid).seconds() or 0.0
            with Redis.from_url(self.store.address) as client:
                megabytes[REDIS] = client.info("memory")["used_memory"] / 2**20
        seconds[IMITATION] = time.process_time()
        seconds[MACHINE] = quiet.times()[0] / os.sysconf("SC_CLK_TCK")
        return Usage(time.monotonic(), seconds, megabytes)


@contextmanager
def one_process(folder: Path) -> Iterator[Site]:
    """Run the app as one process, which browsers visit without a proxy."""
    with serve(folder / "log.txt") as (address, process):
        yield Site(address, {address: Process(process.pid)})


@contextmanager
def behind_proxy(folder: Path, count: int) -> Iterator[Site]:
    """Run several processes behind HAProxy, with a Redis as their store of runs."""
    with (
        redis_server(folder) as store,
        processes(folder, count, {"CHAINSCOPE_STORE": store.address}) as started,
        proxy(folder, [urlsplit(address).port or 0 for address, _ in started]) as (
            address,
            balancer,
        ),
    ):
        apps = {each: Process(process.pid) for each, process in started}
        yield Site(address, apps, Process(balancer.pid), store)
