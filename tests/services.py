"""Real programs for tests: a Redis, the proxy of `deploy`, several processes of the app.

Each has ports and folders of its own and ends with its test; none becomes a system service.
"""

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.browser.server import serve
from tests.debian import Program, find_program
from tests.paths import ROOT
from tests.ports import free_port, is_open
from tests.wait import wait_for_start

CONFIGURATION = ROOT / "deploy" / "haproxy.cfg"
MOST_SERVERS = 3  # that it names
START_SECONDS = 20  # of a busy machine


@dataclass
class RedisServer:
    """A Redis that keeps nothing on disk: stopped, it has lost everything."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self.start()

    @property
    def address(self) -> str:
        """Return the address of its first database."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it, at the same port as before."""
        options = ["--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.folder)]
        program = find_program("redis-server", "redis-server")
        log = self.folder / "redis.txt"
        self.process = _run(program, [*options, "--save", ""], log)
        wait_for_start(self.process, log, lambda: is_open(self.port), START_SECONDS)

    def stop(self) -> None:
        """End it; a second time it stays ended."""
        _end(self.process)


@contextmanager
def redis_server(folder: Path, port: int | None = None) -> Iterator[RedisServer]:
    """Run a Redis, which writes its log into that folder."""
    server = RedisServer(folder, port or free_port())
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def proxy(folder: Path, ports: Sequence[int]) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Run HAProxy as `deploy` sets it up, before servers at those ports.

    Yields its address and its process.
    """
    port, log = free_port(), folder / "haproxy.txt"
    program = find_program("haproxy", "haproxy")
    program.environment.update(proxy_environment(folder, port, ports))
    process = _run(program, ["-f", str(CONFIGURATION)], log)
    try:
        wait_for_start(process, log, lambda: is_open(port), START_SECONDS)
        yield f"http://localhost:{port}", process
    finally:
        _end(process)


def proxy_environment(folder: Path, port: int, ports: Sequence[int]) -> dict[str, str]:
    """Return the variables of the configuration: every place at which it differs from a school."""
    if len(ports) > MOST_SERVERS:
        raise ValueError(f"the configuration names {MOST_SERVERS} servers, not {len(ports)}")
    servers = {f"CHAINSCOPE_PORT_{i}": str(port) for i, port in enumerate(ports, 1)}
    others = range(len(ports) + 1, MOST_SERVERS + 1)
    return {
        "CHAINSCOPE_BIND": f"127.0.0.1:{port}",
        "CHAINSCOPE_STATS": str(folder / "haproxy.sock"),
        "CHAINSCOPE_SAME_USER": "1",
        **servers,
        **{f"CHAINSCOPE_PROCESS_{i}": "disabled" for i in others},
    }


@contextmanager
def processes(
    folder: Path, count: int, environment: Mapping[str, str] | None = None
) -> Iterator[list[tuple[str, subprocess.Popen[bytes]]]]:
    """Run several processes of the app; yields the address and the process of each."""
    servers = [
        serve(folder / f"app-{i}.txt", free_port(), environment) for i in range(1, count + 1)
    ]
    with ExitStack() as stack:
        with ThreadPoolExecutor() as pool:  # side by side: each takes seconds to start
            started = list(pool.map(stack.enter_context, servers))
        yield started


def _run(program: Program, options: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as output:
        return subprocess.Popen(
            [program.path, *options], stdout=output, stderr=output, env=program.environment
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
