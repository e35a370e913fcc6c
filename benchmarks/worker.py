"""Worker process of a peer: it warms up, measures on request, and is idle otherwise."""

import time
from collections.abc import Callable
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Self

import numpy as np

from benchmarks import quiet
from benchmarks.peers import FLOOR, Peer, Turn, load
from benchmarks.peers.floor import Floor
from benchmarks.rows import Array, BenchmarkProblem, Row

CHECK_EPOCHS = 10  # epochs, after which all peers must have the same weights
WARM_UP = 0.3  # seconds, at least, of the last warm-up round


class Worker:
    """A peer that trains one row; `error` says why it cannot, "" if it can."""

    def __init__(self, name: str, row: Row) -> None:
        context = get_context("spawn")
        self._end, end = context.Pipe()
        self._process = context.Process(target=_serve, args=(end, name, row), daemon=True)
        self._process.start()
        end.close()  # so that recv() raises EOFError if the process dies
        self.error = ""
        self.weights: tuple[Array, ...] | None = None  # after `CHECK_EPOCHS` epochs
        first = self._receive()
        if isinstance(first, tuple):
            self.weights = first

    def measure(self, seconds: float) -> Turn | None:
        """Train for about `seconds`, at least one epoch; return None on an error."""
        if self.error:
            return None
        before = quiet.times()
        self._end.send(seconds)
        turn = self._receive()
        if not isinstance(turn, Turn):
            return None
        return replace(turn, others=quiet.others(before, turn.cpu_seconds))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.join()

    def _receive(self) -> object:
        try:
            received = self._end.recv()
        except EOFError:
            received = RuntimeError("its process died")
        if isinstance(received, Exception):
            self.error = str(received)
        return received


def _serve(end: Connection, name: str, row: Row) -> None:
    """Send the weights to check, then a turn for each request; runs in the process."""
    try:
        measure, weights = _floor(row.problem()) if name == FLOOR else _peer(name, row.problem())
        end.send(weights)
        while True:
            seconds, before = end.recv(), time.process_time()
            turn = measure(seconds)
            end.send(replace(turn, cpu_seconds=time.process_time() - before))
    except Exception as error:  # any failure of a peer is reported with the row
        end.send(RuntimeError(_reason(error)))


def _reason(error: Exception) -> str:
    if isinstance(error, ImportError):
        return "not installed"
    return f"{type(error).__name__}: {next(iter(str(error).splitlines()), '')}"


def _floor(problem: BenchmarkProblem) -> tuple[Callable[[float], Turn], None]:
    floor = Floor(problem)
    floor.measure(WARM_UP)
    return floor.measure, None


def _peer(
    name: str, problem: BenchmarkProblem
) -> tuple[Callable[[float], Turn], tuple[Array, ...] | None]:
    peer = load(name)(problem)
    peer.train(CHECK_EPOCHS)
    weights = peer.weights()
    copies = weights and tuple(map(np.copy, weights))
    epoch = warm_up(peer)

    def measure(seconds: float) -> Turn:
        nonlocal epoch
        epoch = time_epochs(peer, max(1, round(seconds / epoch)))
        return Turn(epoch, peer.threads)

    return measure, copies


def warm_up(peer: Peer) -> float:
    """Train in rounds of doubled length until one takes `WARM_UP`; return seconds per epoch."""
    epochs = 1
    while (epoch := time_epochs(peer, epochs)) * epochs < WARM_UP:
        epochs *= 2
    return epoch


def time_epochs(peer: Peer, epochs: int) -> float:
    """Train `epochs` epochs; return the seconds per epoch."""
    started = time.perf_counter()
    peer.train(epochs)
    return (time.perf_counter() - started) / epochs
