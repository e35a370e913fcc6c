"""A Dask cluster that is there already, as the workers of a sweep.

    CHAINSCOPE_ENGINE=tcp://host:8786     # or tls://…, with Dask's own configuration

`distributed` is imported only if that is set. Dask unpickles what its peers send: a cluster and the
network it is on must be one's own.
"""

import gc
import os
import re
from collections.abc import Iterable
from concurrent.futures import CancelledError, Executor
from dataclasses import replace
from reprlib import repr as short
from threading import Lock
from typing import Any

from core.training.sweep.engine import Engine, LocalEngine
from core.training.sweep.task import Data, version
from core.utils.latest import latest
from core.utils.sentence import excerpt, plural

VARIABLE = "CHAINSCOPE_ENGINE"
CONNECT_SECONDS = 5.0  # s until a cluster or its first worker is taken as absent
INSTEAD = "the sweep runs on this machine."
_ADDRESS = re.compile(r"(tcp|tls)://([\w.-]{1,253}|\[[0-9A-Fa-f:]{2,45}\]):\d{1,5}")

_lock = Lock()  # of `_clients`
_clients: dict[str, Any] = {}  # connections by address, which all jobs share


class ClusterError(RuntimeError):
    """A cluster that cannot be used; the message is the sentence to show."""


class ClusterEngine(Engine):
    """Workers of a Dask cluster, to which the data is sent once."""

    def __init__(self, client: Any, executor: Executor, data: Data) -> None:  # noqa: ANN401
        """Raise ClusterError if it has no workers, or if they cannot take the data."""
        self._client, self._losses = client, latest(client, (), _losses)
        self._before = self._losses.count
        sent = replace(data, version=version())
        try:
            client.wait_for_workers(1, timeout=CONNECT_SECONDS)
            addresses = client.nthreads()
            self._losses.watch(client, addresses)
            source = client.scatter(sent, broadcast=True, hash=False, timeout=CONNECT_SECONDS)
        except Exception as error:  # of many kinds, from a cluster that comes or goes
            raise ClusterError(f"The Dask cluster has no worker that answers: {INSTEAD}") from error
        super().__init__(executor, data, source)
        self.workers = len(addresses)
        self.name = f"Dask cluster, {plural(self.workers, 'worker')}"

    @property
    def lost(self) -> int:
        """Workers lost since the job began: Dask runs again what they had."""
        return self._losses.count - self._before

    @property
    def answers(self) -> bool:
        """Whether the client is connected, or tries to be again."""
        return self._client.status in ("connecting", "running")

    @property
    def most_tasks(self) -> int:
        """Tasks of a job at a time: each worker has the next one when it ends one."""
        return 2 * self.workers

    def survives(self, error: BaseException) -> bool:
        """Return whether the cluster lost no more than workers."""
        return type(error).__name__ == "KilledWorker"

    def loss(self, error: BaseException) -> str:
        """Return the sentence to show when this machine takes over, and why."""
        why = "was lost"
        if not isinstance(error, CancelledError):  # which has no text, or Dask's own
            why = f"could not train it: {excerpt(str(error), 120)}"
        return f"The Dask cluster {why}. What it had not finished runs on this machine."


class _Losses:
    """The number of workers that a cluster lost since a client is connected."""

    def __init__(self) -> None:
        self.count = 0
        self._watched: set[str] = set()

    def watch(self, client: Any, addresses: Iterable[str]) -> None:  # noqa: ANN401
        """Count these workers, too, if they are lost."""
        for address in {*addresses} - self._watched:
            client.subscribe_topic(address, self._count)
            self._watched.add(address)

    def _count(self, event: tuple[object, object]) -> None:
        """Count a worker's loss among its events, (time, message)."""
        message = event[1]
        if isinstance(message, dict) and message.get("action") == "remove-worker":
            self.count += not message.get("expected")


def _losses(client: object) -> _Losses:  # noqa: ARG001 - whose they are
    return _Losses()


def engine_of(executor: Executor | None, data: Data) -> tuple[Engine, list[str]]:
    """Return the engine for an executor; for None the cluster that is set, or this machine.

    If that cluster cannot be used, the sentence why comes with this machine.
    """
    try:
        if executor is None:
            address = os.environ.get(VARIABLE, "")
            if not address:
                return LocalEngine(data), []
            client = _client(address)
            return ClusterEngine(client, client.get_executor(pure=False), data), []
        if type(executor).__name__ == "ClientExecutor":
            return ClusterEngine(executor._client, executor, data), []  # type: ignore[attr-defined]
    except ClusterError as error:
        return LocalEngine(data), [str(error)]
    return Engine(executor, data), []


def _client(address: str) -> Any:  # noqa: ANN401
    """Return the connection to that cluster; raise ClusterError if there is none."""
    if not _ADDRESS.fullmatch(address):
        given = short(address)
        raise ClusterError(f"{VARIABLE} must be tcp://host:port or tls://…, not {given}: {INSTEAD}")
    try:
        from distributed import Client  # noqa: PLC0415 - optional
    except ImportError as error:
        raise ClusterError(
            f"{VARIABLE} is set, but Python's package distributed is not installed: {INSTEAD}"
        ) from error
    if found := _running(address):
        return found
    # A client that is garbage closes itself; inside the next one's creation it waits for ever.
    gc.collect()
    try:  # without the lock: nobody waits for another's connection
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except Exception as error:  # of many kinds: Dask asserts, too, and has a configuration
        raise ClusterError(f"No Dask cluster answers at {short(address)}: {INSTEAD}") from error
    with _lock:
        found = _running(address)
        if not found:
            _clients[address] = client
            return client
    client.close()  # another session's was there first
    return found


def _running(address: str) -> Any:  # noqa: ANN401
    """Return the connection to that cluster if there is one that works."""
    client = _clients.get(address)
    return client if client is not None and client.status == "running" else None
