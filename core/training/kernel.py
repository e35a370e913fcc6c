"""Fast computation of C and its gradient for fixed data, as a fixed list of NumPy calls.

It agrees with `core.gradients` up to rounding. What makes it fast:

- arrays are units × samples: each row is one unit over all samples, so that a small network's
  products and exponentials read memory in order;
- samples are processed in blocks, so that what one call writes is in the cache for the next;
- nothing is allocated or looked up during an epoch: the calls and their arguments are fixed;
- X and Z are stored negated: the products then give −H and −O, and σ(x) = 1 / (1 + e⁻ˣ) needs no
  pass to change a sign. The gradients' sums come out negated; their scale is negative, too;
- several threads process the blocks if an epoch takes long enough. Partial sums are added in block
  order, so the bits do not depend on the number of threads.

    minus_X1T (d+1, N)   minus_Z1 (m+1, B)   A: −O, then ŷ (K, B)   E: ŷ − y (K, B)

Each hidden layer has its own −Z1, and its own scratch for the way back.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, partial
from itertools import pairwise
from queue import SimpleQueue
from threading import Thread
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from core.activations import ACTIVATIONS
from core.losses import loss_of
from core.network import Network, with_ones

Array = NDArray[np.float64]
Call = tuple[Callable[..., object], tuple[Any, ...]]

# As arrays: a Python number costs each call 0.2 µs more.
ZERO, ONE, MINUS_ONE = np.array(0.0), np.array(1.0), np.array(-1.0)
BLOCK = 1024  # samples at most, on one thread: the best, or nearly, at all sizes measured
# Units × samples of a block with several threads. Between two calls a thread waits for Python's
# lock, which takes as long as a short call: with calls this long it seldom has to.
SHARED_BLOCK = 80_000
THREADS_PAY = 300_000  # ns: from this epoch time on one thread, more threads are faster
_single_thread: ContextVar[bool] = ContextVar("_single_thread", default=False)


class Samples:
    """Data in the kernel's layout: −X1 (d+1, N), without input bias (d, N), and y (K, N)."""

    def __init__(self, minus_X1T: Array, yT: Array, *, fixed: bool = True) -> None:
        """Wrap arrays; `fixed` says that their values never change."""
        self.minus_X1T, self.yT = minus_X1T, yT
        self._fixed = fixed
        self._blocks: dict[tuple[int, int], Self] = {}

    @classmethod
    def of(cls, X: Array, y: Array, *, bias: bool) -> Self:
        """Convert X (N, d) and y (N, K)."""
        X1 = with_ones(X) if bias else X
        return cls(np.negative(X1.T, order="C"), np.ascontiguousarray(y.T))

    @classmethod
    def scratch(cls, template: Self, count: int) -> Self:
        """Return empty arrays for `count` samples of the same sizes, which `take` fills."""
        rows, outputs = len(template.minus_X1T), len(template.yT)
        return cls(np.empty((rows, count)), np.empty((outputs, count)), fixed=False)

    def take(self, source: Self, indices: NDArray[np.int64]) -> None:
        """Copy the samples of `source` at those indices."""
        np.take(source.minus_X1T, indices, axis=1, out=self.minus_X1T, mode="clip")
        np.take(source.yT, indices, axis=1, out=self.yT, mode="clip")

    def block(self, start: int, stop: int) -> Self:
        """Return samples `start` to `stop` (exclusive): a view if the values may change.

        Otherwise a contiguous copy, made once for all kernels: reading a million samples through
        views took a fifth of an epoch.
        """
        if (start, stop) in self._blocks:
            return self._blocks[start, stop]
        X, y = self.minus_X1T[:, start:stop], self.yT[:, start:stop]
        if not self._fixed:
            return type(self)(X, y, fixed=False)
        part = type(self)(np.ascontiguousarray(X), np.ascontiguousarray(y))
        return self._blocks.setdefault((start, stop), part)

    @property
    def nbytes(self) -> int:
        """Size in bytes, with its blocks where those are copies."""
        blocks = list(self._blocks.values())
        copies = (block.nbytes for block in blocks if block.minus_X1T.base is None)
        return self.minus_X1T.nbytes + self.yT.nbytes + sum(copies)

    def __len__(self) -> int:
        return int(self.minus_X1T.shape[1])


class Weights:
    """All weights of a network in one vector: W1 row by row, then W2 and so on."""

    def __init__(self, net: Network) -> None:
        self.flat = np.concatenate([W.ravel() for W in net.weights])  # (P,)
        self.shapes = net.shapes

    def split(self, flat: Array) -> tuple[Array, ...]:
        """Return views of a vector (P,) as W1, W2, …; of several vectors (n, P) as (n, …) each."""
        matrices, start = [], 0
        for rows, columns in self.shapes:
            stop = start + rows * columns
            matrices.append(flat[..., start:stop].reshape(*flat.shape[:-1], rows, columns))
            start = stop
        return tuple(matrices)


class Kernel:
    """C and its gradient at the current values of `weights.flat`.

    `calls` compute the gradient into `gradient` (P,), ∂C/∂W1 row by row, then ∂C/∂W2, …, and what
    `value()` reads; `cost_calls` compute only the latter.
    """

    def __init__(
        self,
        net: Network,
        samples: Samples,
        loss: str,
        weights: Weights,
        gradient: Array | None = None,
        scale: float = 1.0,
    ) -> None:
        """`gradient` (P,) receives the gradient times `scale`; a new array unless given."""
        N, rule = len(samples), loss_of(net.output, loss)
        # Cross-entropy sums its terms, not squares, and divides by what it divides ∂C/∂O by.
        self._scale = rule.scale(N) or rule.error_scale(N)
        self.gradient = np.empty(weights.flat.size) if gradient is None else gradient
        edges, threads = _split_samples(net, N)
        blocks = len(edges) - 1
        sums = np.empty(blocks)
        parts = np.empty((blocks, weights.flat.size)) if blocks > 1 else self.gradient[np.newaxis]
        single = blocks == 1 and not rule.fused
        forward: list[list[list[Call]]] = []  # of each thread, of each block
        both: list[list[list[Call]]] = []
        for _ in range(threads):
            scratches = {
                stop - start: _Scratch(net, stop - start) for start, stop in pairwise(edges)
            }
            forward.append([])
            both.append([])
            for i, (start, stop) in enumerate(pairwise(edges)):
                part, scratch = samples.block(start, stop), scratches[stop - start]
                calls = _forward(net, part, loss, weights, scratch)
                if not single:
                    calls.append(_sum_call(rule.fused, scratch, sums[i : i + 1].reshape(())))
                forward[-1].append(calls)
                both[-1].append(calls + _backward(net, part, loss, weights, scratch, parts[i]))
        self._total: Callable[[], Any] = partial(np.add.reduce, sums)
        if single:  # the errors are still in the array, and a method is faster than a function
            errors = scratch.E.ravel()
            self._total = partial(errors.dot, errors)
        self.cost_calls = _combine(forward)
        self.calls = _combine(both)
        if blocks > 1:
            self.calls.append((np.add.reduce, (parts, 0, None, self.gradient)))
        negative = np.array(-rule.error_scale(N) * scale)
        self.calls.append((np.multiply, (self.gradient, negative, self.gradient)))

    def value(self) -> float:
        """Return C as of the latest calls."""
        return float(self._total()) * self._scale

    def cost(self) -> float:
        """Return C at the current weights."""
        run(self.cost_calls)
        return self.value()


class _Scratch:
    """Arrays for one block of `width` samples; a thread reuses them for all its blocks."""

    def __init__(self, net: Network, width: int) -> None:
        hidden, K = [columns for _, columns in net.shapes[:-1]], net.outputs
        self.minus_Z1 = [np.full((m + net.bias_hidden, width), -1.0) for m in hidden]
        self.minus_Z = [Z1[:m] for Z1, m in zip(self.minus_Z1, hidden, strict=True)]  # −H, then −Z
        self.A = np.empty((K, width))  # −O, then ŷ
        self.E = np.empty((K, width))  # ŷ − y
        self.T = np.empty((K, width))  # scratch; terms of C; ∂C/∂O
        self.R = np.empty((2 if net.output == "softmax" else 0, width))  # scratch: a row a sample
        self.S = [np.empty((m, width)) for m in hidden]  # scratch
        self.D = [np.empty((m, width)) for m in hidden]  # ∂C/∂Z, then ∂C/∂H


def _forward(
    net: Network, part: Samples, loss: str, weights: Weights, scratch: _Scratch
) -> list[Call]:
    """Return the NumPy calls from X to ŷ − y."""
    *hidden, last = weights.split(weights.flat)
    r = scratch
    calls, value = [], part.minus_X1T
    for W, minus_Z, minus_Z1 in zip(hidden, r.minus_Z, r.minus_Z1, strict=True):
        calls += [_product(W.T, value, minus_Z), *_hidden_activation(net.hidden, minus_Z)]
        value = minus_Z1
    return [
        *calls,
        _product(last.T, value, r.A),
        *_output_activation(net.output, loss, part.yT, r),
        (np.subtract, (r.A, part.yT, r.E)),
    ]


def _backward(
    net: Network, part: Samples, loss: str, weights: Weights, scratch: _Scratch, gradient: Array
) -> list[Call]:
    """Return the NumPy calls from ŷ − y to this block's gradient, without the negative scale."""
    matrices, parts = weights.split(weights.flat), weights.split(gradient)
    r = scratch
    as_is = loss_of(net.output, loss).fused or net.output == "identity"
    delta = r.E if as_is else r.T
    calls = [] if as_is else _times_output_slope(net.output, r)
    for i in range(len(r.D), 0, -1):  # hidden layer i is what W⁽ⁱ⁺¹⁾ multiplies
        minus_Z, S, D = r.minus_Z[i - 1], r.S[i - 1], r.D[i - 1]
        calls += [
            _product(r.minus_Z1[i - 1], delta.T, parts[i]),
            _product(matrices[i][: len(D)], delta, D),
            *_times_hidden_slope(net.hidden, minus_Z, S, D),
        ]
        delta = D
    return [*calls, _product(part.minus_X1T, delta.T, parts[0])]


def _product(A: Array, B: Array, out: Array) -> Call:
    """Return the call out ← A B; the method `dot` is fastest, but copies a strided view."""
    if A.flags.forc and B.flags.forc:
        return A.dot, (B, out)
    return np.matmul, (A, B, out)


def _hidden_activation(name: str, A: Array) -> list[Call]:
    """Return the calls −Z ← −H, in place."""
    calls: dict[str, list[Call]] = {
        "sigmoid": [(np.exp, (A, A)), (np.add, (A, ONE, A)), (np.divide, (MINUS_ONE, A, A))],
        "tanh": [(np.tanh, (A, A))],
        "relu": [(partial(np.minimum, out=A), (A, ZERO))],
        "identity": [],
    }
    table: list[Call] = [
        (_of_negative, (ACTIVATIONS[name].value, A, A)),
        (np.negative, (A, A)),
    ]
    return calls.get(name, table)


def _of_negative(function: Callable[[Array], Array], A: Array, out: Array) -> None:
    """Compute out ← f(−A) by the table's own function, where there are no calls for it here."""
    np.copyto(out, function(-A))


def _output_activation(name: str, loss: str, yT: Array, scratch: _Scratch) -> list[Call]:
    """Return the calls ŷ ← −O, in place, and T ← the terms of C if that is cross-entropy."""
    A, cross_entropy = scratch.A, loss == "cross_entropy"
    if name == "softmax":
        return _softmax(yT, scratch, cross_entropy=cross_entropy)
    calls: dict[str, list[Call]] = {
        "sigmoid": [(np.exp, (A, A)), (np.add, (A, ONE, A)), (np.divide, (ONE, A, A))],
        "identity": [(np.negative, (A, A))],
    }
    table: list[Call] = [(_of_negative, (ACTIVATIONS[name].value, A, A))]
    return [*(_cross_entropy_terms(yT, scratch) if cross_entropy else []), *calls.get(name, table)]


def _softmax(yT: Array, scratch: _Scratch, *, cross_entropy: bool) -> list[Call]:
    """Return the calls ŷ ← softmax(O) from A = −O, and T ← −y ln ŷ if asked.

    With M = min A, which is −max O: ŷ = e^(M−A) / Σ e^(M−A) and −ln ŷ = ln Σ e^(M−A) − (M − A).
    For the latter the sum is split into n, the number of the largest, and the rest, which is all
    that C consists of where ŷ is nearly 1: its logarithm is log1p(n − 1 + rest).
    """
    A, E, T, (M, total) = scratch.A, scratch.E, scratch.T, scratch.R
    shift: list[Call] = [(np.minimum.reduce, (A, 0, None, M)), (np.subtract, (M, A, A))]
    if not cross_entropy:
        return [
            *shift,
            (np.exp, (A, A)),
            (np.add.reduce, (A, 0, None, total)),
            (np.divide, (A, total, A)),
        ]
    return [
        *shift,
        (np.multiply, (A, yT, E)),
        (np.equal, (A, ZERO, T)),  # 1 for the largest
        (np.exp, (A, A)),
        (np.add.reduce, (T, 0, None, M)),
        (np.subtract, (A, T, T)),
        (np.add.reduce, (T, 0, None, total)),
        (np.subtract, (M, ONE, M)),
        (np.add, (M, total, M)),
        (np.add, (M, ONE, total)),
        (np.divide, (A, total, A)),
        (np.log1p, (M, M)),
        (np.multiply, (yT, M, T)),
        (np.subtract, (T, E, T)),
    ]


def _times_hidden_slope(name: str, A: Array, T: Array, D: Array) -> list[Call]:
    """Return the calls D ← D · ∂Z/∂H, from A = −Z; T is scratch."""
    calls: dict[str, list[Call]] = {
        "sigmoid": [(np.subtract, (MINUS_ONE, A, T)), (np.multiply, (T, A, T))],
        "tanh": [(np.multiply, (A, A, T)), (np.subtract, (ONE, T, T))],
        "relu": [(np.sign, (A, T)), (np.negative, (T, T))],
    }
    if name == "identity":
        return []
    table: list[Call] = [(_of_negative, (ACTIVATIONS[name].slope, A, T))]
    return [*calls.get(name, table), (np.multiply, (D, T, D))]


def _times_output_slope(name: str, scratch: _Scratch) -> list[Call]:
    """Return the calls T ← E · ∂ŷ/∂O from A = ŷ; for a softmax ŷ (E − Σ E ŷ)."""
    A, E, T = scratch.A, scratch.E, scratch.T
    if name == "softmax":
        mean = scratch.R[0]
        return [
            (np.multiply, (E, A, T)),
            (np.add.reduce, (T, 0, None, mean)),
            (np.subtract, (E, mean, T)),
            (np.multiply, (T, A, T)),
        ]
    calls: dict[str, list[Call]] = {
        "sigmoid": [(np.subtract, (ONE, A, T)), (np.multiply, (T, A, T))],
    }
    table: list[Call] = [(np.negative, (A, T)), (_of_negative, (ACTIVATIONS[name].slope, T, T))]
    return [*calls.get(name, table), (np.multiply, (E, T, T))]


def _cross_entropy_terms(yT: Array, scratch: _Scratch) -> list[Call]:
    """Return the calls T ← the terms of cross-entropy with a sigmoid, from A = −O.

    −ln ŷ = ln(1 + e^A), and C sums −ln ŷ + (1 − y) O = −ln ŷ − (1 − y) A.
    """
    A, E, T = scratch.A, scratch.E, scratch.T
    return [
        (np.logaddexp, (ZERO, A, T)),
        (np.multiply, (A, 1.0 - yT, E)),
        (np.subtract, (T, E, T)),
    ]


def _sum_call(terms: bool, scratch: _Scratch, total: Array) -> Call:
    """Return the call that writes the block's sum, of `terms` or squares, into `total`."""
    if terms:
        return np.add.reduce, (scratch.T.ravel(), 0, None, total)
    errors = scratch.E.ravel()
    return _product(errors, errors, total)


def epoch_time(net: Network, N: int, batch_size: int | None = None) -> float:
    """Estimate the ns of an epoch of N samples on one thread, from the shapes alone.

    batch_size: of mini-batches, each of which has an update; None: all samples have one.
    """
    if batch_size is not None and batch_size < N:
        return -(-N // batch_size) * epoch_time(net, batch_size)
    columns = [units for _, units in net.shapes]
    inner = sum(net.rows(layer) * units for layer, units in enumerate(columns, start=1))
    products = 6 * inner / 35  # ns a sample at 35 GFLOP/s
    passes = 3 * sum(columns)  # ns a sample for exponentials and the like
    return 3500 * net.layers + N * (products + passes)


def _split_samples(net: Network, N: int) -> tuple[list[int], int]:
    """Return the edges of the blocks, from the shapes alone, and the number of threads."""
    if epoch_time(net, N) < THREADS_PAY:
        blocks, threads = -(-N // BLOCK), 1
    else:
        widest = max(columns for _, columns in net.shapes[:-1])
        width = max(BLOCK, SHARED_BLOCK // widest)
        blocks = 2 * max(1, round(N / width / 2))
        threads = 1 if _single_thread.get() else min(blocks, cores())
    width = (-(-N // blocks) + 7) // 16 * 16 + 8
    return [*range(0, N, width), N], threads


@contextmanager
def single_thread() -> Iterator[None]:
    """Give one thread to each kernel created in here: other processes use the other cores."""
    token = _single_thread.set(True)
    try:
        yield
    finally:
        _single_thread.reset(token)


@cache
def one_blas_thread() -> None:
    """Limit BLAS to one thread, once per process: bits must not depend on their number."""
    threadpool_limits(1, user_api="blas")


def cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run(calls: list[Call]) -> None:
    """Execute the calls in order."""
    for function, arguments in calls:
        function(*arguments)


def _combine(programs: list[list[list[Call]]]) -> list[Call]:
    """Return the calls of all blocks in order, or with several threads one that runs them all."""
    if len(programs) > 1:
        return [(_run_on_threads, (programs,))]
    return [call for block in programs[0] for call in block]


def _run_on_threads(programs: list[list[list[Call]]]) -> None:
    """Run all blocks; each thread, with its own arrays, takes the next free block."""
    indices = iter(range(len(programs[0])))
    done: SimpleQueue[BaseException | None] = SimpleQueue()
    for program in programs[1:]:
        _tasks().put((program, indices, done))
    _run_blocks(programs[0], indices)
    for _ in programs[1:]:
        if error := done.get():
            raise error


def _run_blocks(program: list[list[Call]], indices: Iterator[int]) -> None:
    for i in indices:
        run(program[i])


@cache
def _tasks() -> SimpleQueue[Any]:
    """Start the process's worker threads once and return their queue of tasks."""
    tasks: SimpleQueue[Any] = SimpleQueue()
    for _ in range(max(1, cores() - 1)):
        Thread(target=_run_tasks, args=(tasks,), name="kernel", daemon=True).start()
    return tasks


def _run_tasks(tasks: SimpleQueue[Any]) -> None:
    np.seterr(all="ignore")  # the setting is per thread; the caller checks the result
    while True:
        program, indices, done = tasks.get()
        try:
            _run_blocks(program, indices)
            done.put(None)
        except BaseException as error:  # raised in the calling thread
            done.put(error)
