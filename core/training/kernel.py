"""The fast path: C and its gradient for fixed data, as a list of NumPy calls made once.

It computes what `core.gradients` derives, to rounding. What makes it fast:

- units × samples: each row of an array is one unit over all samples, so that a small network's
  products and exponentials run along memory;
- blocks of samples, so that what one call writes is in the cache for the next;
- nothing is allocated and nothing looked up in an epoch: the calls and their arguments are fixed;
- X is kept negated, and so is Z: the products then give −H and −O, and σ(x) = 1 / (1 + e⁻ˣ)
  needs no pass to turn a sign. The gradients' sums come out negated, which their scale undoes;
- blocks are shared among threads where an epoch is long enough to pay for that. Their partial
  sums are added in block order, so the bits do not depend on the number of threads.

    minus_X1T (d+1, N)   minus_Z1 (m+1, B)   A: −O, then ŷ (K, B)   E: ŷ − y (K, B)
"""

import os
from collections.abc import Callable, Iterator
from functools import cache, partial
from itertools import pairwise
from queue import SimpleQueue
from threading import Thread
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from core.losses import LOSSES
from core.network import Network, with_ones

Array = NDArray[np.float64]
Call = tuple[Callable[..., object], tuple[Any, ...]]

# As arrays: a Python number costs each call 0.2 µs more.
ZERO, ONE, MINUS_ONE = np.array(0.0), np.array(1.0), np.array(-1.0)
BLOCK = 1024  # samples at most, on one thread: the best, or near it, at all sizes measured
# Units × samples of a block that threads share. Between two calls a thread waits for Python's lock,
# and is woken in no less time than a short call takes: with calls this long it seldom has to.
SHARED_BLOCK = 80_000
THREADS_PAY = 300_000  # ns that an epoch takes on one thread, from which on more threads pay


class Samples:
    """Data as the kernel wants it: −X1 as (d+1, N), (d, N) without input bias, and y as (K, N)."""

    def __init__(self, minus_X1T: Array, yT: Array, *, fixed: bool = True) -> None:
        """`fixed`: they stay as they are."""
        self.minus_X1T, self.yT = minus_X1T, yT
        self._fixed = fixed
        self._parts: dict[tuple[int, int], Self] = {}

    @classmethod
    def of(cls, X: Array, y: Array, *, bias: bool) -> Self:
        """From X (N, d) and y (N, K)."""
        X1 = with_ones(X) if bias else X
        return cls(np.negative(X1.T, order="C"), np.ascontiguousarray(y.T))

    @classmethod
    def scratch(cls, like: Self, count: int) -> Self:
        """Room for `count` samples of the same kind, to `take` them into."""
        rows, outputs = len(like.minus_X1T), len(like.yT)
        return cls(np.empty((rows, count)), np.empty((outputs, count)), fixed=False)

    def take(self, source: Self, indices: NDArray[np.int64]) -> None:
        """Fill with the samples of `source` at those indices."""
        np.take(source.minus_X1T, indices, axis=1, out=self.minus_X1T, mode="clip")
        np.take(source.yT, indices, axis=1, out=self.yT, mode="clip")

    def part(self, start: int, stop: int) -> Self:
        """The samples from `start` to before `stop`: a view where they may change.

        Where they may not, a copy that lies together in memory, made once for all kernels: reading
        a million samples in pieces of rows took a fifth of their epoch.
        """
        if (start, stop) in self._parts:
            return self._parts[start, stop]
        X, y = self.minus_X1T[:, start:stop], self.yT[:, start:stop]
        if not self._fixed:
            return type(self)(X, y, fixed=False)
        part = type(self)(np.ascontiguousarray(X), np.ascontiguousarray(y))
        return self._parts.setdefault((start, stop), part)

    def __len__(self) -> int:
        return int(self.minus_X1T.shape[1])


class Weights:
    """All weights of a network in one vector: W1 row by row, then W2."""

    def __init__(self, net: Network) -> None:
        self.flat = np.concatenate([net.W1.ravel(), net.W2.ravel()])  # (P,)
        self.shapes = net.W1.shape, net.W2.shape

    def split(self, flat: Array) -> tuple[Array, Array]:
        """Views of a vector (P,) as W1 and W2."""
        (rows, columns), second = self.shapes
        return flat[: rows * columns].reshape(rows, columns), flat[rows * columns :].reshape(second)


class Kernel:
    """C, and with it the gradient, at the weights as they stand in `weights.flat`.

    `calls` leave the gradient in `gradient` (P,), ∂C/∂W1 row by row and then ∂C/∂W2, and what
    `value()` reads; `cost_calls` leave the latter alone.
    """

    def __init__(
        self,
        net: Network,
        samples: Samples,
        loss: str,
        weights: Weights,
        gradient: Array | None = None,
        factor: float = 1.0,
    ) -> None:
        """`gradient` (P,) is where it goes, a new array unless given, times `factor`."""
        N, rule = len(samples), LOSSES[loss]
        # Cross-entropy sums its terms, not squares, and divides by what it divides ∂C/∂O by.
        self._scale = rule.scale(N) or rule.error_scale(N)
        self.gradient = np.empty(weights.flat.size) if gradient is None else gradient
        edges, threads = _division(net, N)
        blocks = len(edges) - 1
        sums = np.empty(blocks)
        parts = np.empty((blocks, weights.flat.size)) if blocks > 1 else self.gradient[np.newaxis]
        alone = blocks == 1 and not rule.fused
        forward: list[list[list[Call]]] = []  # of each thread, of each block
        both: list[list[list[Call]]] = []
        for _ in range(threads):
            scratches = {
                stop - start: _Scratch(net, stop - start) for start, stop in pairwise(edges)
            }
            forward.append([])
            both.append([])
            for i, (start, stop) in enumerate(pairwise(edges)):
                part, scratch = samples.part(start, stop), scratches[stop - start]
                there = _forward(net, part, loss, weights, scratch)
                if not alone:
                    there.append(_sum(loss, scratch, sums[i : i + 1].reshape(())))
                forward[-1].append(there)
                both[-1].append(there + _backward(net, part, loss, weights, scratch, parts[i]))
        self._total: Callable[[], Any] = partial(np.add.reduce, sums)
        if alone:  # the errors are still there, and a method is quicker than a function
            errors = scratch.E.ravel()
            self._total = partial(errors.dot, errors)
        self.cost_calls = _together(forward)
        self.calls = _together(both)
        if blocks > 1:
            self.calls.append((np.add.reduce, (parts, 0, None, self.gradient)))
        scale = np.array(-rule.error_scale(N) * factor)
        self.calls.append((np.multiply, (self.gradient, scale, self.gradient)))

    def value(self) -> float:
        """C, as the calls found it."""
        return float(self._total()) * self._scale

    def cost(self) -> float:
        """C at the weights as they stand."""
        run(self.cost_calls)
        return self.value()

    def cost_and_gradient(self) -> float:
        """C at the weights as they stand, and their `gradient`."""
        run(self.calls)
        return self.value()


class _Scratch:
    """The arrays of one block of `width` samples; blocks of a thread use them one after another."""

    def __init__(self, net: Network, width: int) -> None:
        m, K = net.units, net.outputs
        self.minus_Z1 = np.full((m + net.bias_hidden, width), -1.0)
        self.minus_Z = self.minus_Z1[:m]  # −H, then −Z
        self.A = np.empty((K, width))  # −O, then ŷ
        self.E = np.empty((K, width))  # ŷ − y
        self.T = np.empty((K, width))  # scratch; terms of C; ∂C/∂O
        self.S = np.empty((m, width))  # scratch
        self.D = np.empty((m, width))  # ∂C/∂Z, then ∂C/∂H


def _forward(
    net: Network, part: Samples, loss: str, weights: Weights, scratch: _Scratch
) -> list[Call]:
    """The calls from X to ŷ − y."""
    W1, W2 = weights.split(weights.flat)
    r = scratch
    return [
        _product(W1.T, part.minus_X1T, r.minus_Z),
        *_hidden(net.hidden, r.minus_Z),
        _product(W2.T, r.minus_Z1, r.A),
        *(_terms(part.yT, r) if loss == "cross_entropy" else []),
        *_output(net.output, r.A),
        (np.subtract, (r.A, part.yT, r.E)),
    ]


def _backward(
    net: Network, part: Samples, loss: str, weights: Weights, scratch: _Scratch, gradient: Array
) -> list[Call]:
    """The calls from ŷ − y to the block's part of the gradient, but for a factor below 0."""
    W2 = weights.split(weights.flat)[1]
    G1, G2 = weights.split(gradient)
    r = scratch
    as_is = LOSSES[loss].fused or net.output == "identity"
    dO = r.E if as_is else r.T
    return [
        *([] if as_is else _times_output_slope(r.E, r.A, r.T)),
        _product(r.minus_Z1, dO.T, G2),
        _product(W2[: net.units], dO, r.D),
        *_hidden_slope(net.hidden, r.minus_Z, r.S),
        (np.multiply, (r.D, r.S, r.D)),
        _product(part.minus_X1T, r.D.T, G1),
    ]


def _product(A: Array, B: Array, out: Array) -> Call:
    """Out ← A B. `dot` as a method is the quickest to call, but copies a view that has gaps."""
    if A.flags.forc and B.flags.forc:
        return A.dot, (B, out)
    return np.matmul, (A, B, out)


def _hidden(name: str, A: Array) -> list[Call]:
    """−Z ← −H, in place."""
    calls: dict[str, list[Call]] = {
        "sigmoid": [(np.exp, (A, A)), (np.add, (A, ONE, A)), (np.divide, (MINUS_ONE, A, A))],
        "tanh": [(np.tanh, (A, A))],
        "relu": [(partial(np.minimum, out=A), (A, ZERO))],
    }
    return calls[name]


def _output(name: str, A: Array) -> list[Call]:
    """ŷ ← −O, in place."""
    calls: dict[str, list[Call]] = {
        "sigmoid": [(np.exp, (A, A)), (np.add, (A, ONE, A)), (np.divide, (ONE, A, A))],
        "identity": [(np.negative, (A, A))],
    }
    return calls[name]


def _hidden_slope(name: str, A: Array, T: Array) -> list[Call]:
    """T ← the activation's derivative ∂Z/∂H, from A = −Z."""
    calls: dict[str, list[Call]] = {
        "sigmoid": [(np.subtract, (MINUS_ONE, A, T)), (np.multiply, (T, A, T))],
        "tanh": [(np.multiply, (A, A, T)), (np.subtract, (ONE, T, T))],
        "relu": [(np.sign, (A, T)), (np.negative, (T, T))],
    }
    return calls[name]


def _times_output_slope(E: Array, A: Array, T: Array) -> list[Call]:
    """T ← E times the sigmoid's derivative ∂ŷ/∂O, from A = ŷ."""
    return [(np.subtract, (ONE, A, T)), (np.multiply, (T, A, T)), (np.multiply, (E, T, T))]


def _terms(yT: Array, scratch: _Scratch) -> list[Call]:
    """T ← the terms of cross-entropy, from A = −O.

    −ln ŷ = ln(1 + e^A), and C sums −ln ŷ + (1 − y) O = −ln ŷ − (1 − y) A.
    """
    A, E, T = scratch.A, scratch.E, scratch.T
    return [
        (np.logaddexp, (ZERO, A, T)),
        (np.multiply, (A, 1.0 - yT, E)),
        (np.subtract, (T, E, T)),
    ]


def _sum(loss: str, scratch: _Scratch, total: Array) -> Call:
    """The call that leaves in `total` the block's part of what C is a multiple of."""
    if loss == "cross_entropy":
        return np.add.reduce, (scratch.T.ravel(), 0, None, total)
    errors = scratch.E.ravel()
    return _product(errors, errors, total)


def epoch_time(net: Network, N: int) -> float:
    """About how many ns an epoch of N samples takes on one thread, from the shapes alone."""
    m, K = net.units, net.outputs
    products = 6 * m * (net.inputs + K) / 35  # ns a sample at 35 GFLOP/s
    passes = 3 * (m + K)  # ns a sample for exponentials and the like
    return 7000 + N * (products + passes)


def _division(net: Network, N: int) -> tuple[list[int], int]:
    """Where blocks begin and the last one ends, from the shapes alone; and how many threads."""
    if epoch_time(net, N) < THREADS_PAY:
        blocks, threads = -(-N // BLOCK), 1
    else:
        width = max(BLOCK, SHARED_BLOCK // net.units)
        blocks = 2 * max(1, round(N / width / 2))
        threads = min(blocks, _cores())
    width = (-(-N // blocks) + 7) // 16 * 16 + 8
    return [*range(0, N, width), N], threads


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run(calls: list[Call]) -> None:
    """Make the calls, one after another."""
    for function, arguments in calls:
        function(*arguments)


def _together(programs: list[list[list[Call]]]) -> list[Call]:
    """The calls of all blocks: one after another for one thread, else one that shares them out."""
    if len(programs) > 1:
        return [(_share, (programs,))]
    return [call for block in programs[0] for call in block]


def _share(programs: list[list[list[Call]]]) -> None:
    """Run all blocks; each thread, with arrays of its own, takes the next that nobody took."""
    turns = iter(range(len(programs[0])))
    done: SimpleQueue[BaseException | None] = SimpleQueue()
    for program in programs[1:]:
        _tasks().put((program, turns, done))
    _take(programs[0], turns)
    for _ in programs[1:]:
        if error := done.get():
            raise error


def _take(program: list[list[Call]], turns: Iterator[int]) -> None:
    for i in turns:
        run(program[i])


@cache
def _tasks() -> SimpleQueue[Any]:
    """What the process's helpers wait for; the asking thread works too."""
    tasks: SimpleQueue[Any] = SimpleQueue()
    for _ in range(max(1, _cores() - 1)):
        Thread(target=_help, args=(tasks,), name="kernel", daemon=True).start()
    return tasks


def _help(tasks: SimpleQueue[Any]) -> None:
    np.seterr(all="ignore")  # a thread has its own; whoever asked looks at the result
    while True:
        program, turns, done = tasks.get()
        try:
            _take(program, turns)
            done.put(None)
        except BaseException as error:  # it belongs to whoever asked
            done.put(error)
