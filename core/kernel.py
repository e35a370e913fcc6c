"""The fast path: C and its gradient for fixed data, as a list of NumPy calls made once.

It computes what `core.gradients` derives, to rounding. What makes it fast:

- units × samples: each row of an array is one unit over all samples, so that a small network's
  products and exponentials run along memory;
- blocks of samples, so that what one call writes is in the cache for the next;
- nothing is allocated and nothing looked up in an epoch: the calls and their arguments are fixed;
- σ(x) = 1 / (1 + e⁻ˣ) takes its minus sign from a negated copy of the weights, one short call
  instead of one over every unit and sample;
- blocks are shared among threads where an epoch is long enough to pay for that. Their partial
  sums are added in block order, so the bits do not depend on the number of threads.

    X1T (d+1, N)   Z1 (m+1, B)   A: O, then ŷ (K, B)   E: ŷ − y, then ∂C/∂O (K, B)
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from itertools import pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from core.losses import LOSSES
from core.network import Network, with_ones

Array = NDArray[np.float64]
Call = tuple[Callable[..., object], tuple[Any, ...]]

ZERO, ONE = np.array(0.0), np.array(1.0)  # as arrays: a Python number costs each call 0.2 µs more
BLOCK = 1024  # samples: the best, or near it, at all sizes measured (256 to 8192)
THREADS_PAY = 300_000  # ns that an epoch takes on one thread, from which on more threads pay


class Samples:
    """Data as the kernel wants it: X1T (d+1, N), or (d, N) without input bias, and yT (K, N)."""

    def __init__(self, X1T: Array, yT: Array) -> None:
        self.X1T, self.yT = X1T, yT

    @classmethod
    def of(cls, X: Array, y: Array, *, bias: bool) -> Self:
        """From X (N, d) and y (N, K)."""
        X1 = with_ones(X) if bias else X
        return cls(np.ascontiguousarray(X1.T), np.ascontiguousarray(y.T))

    @classmethod
    def room(cls, like: Self, count: int) -> Self:
        """Room for `count` samples of the same kind, to `take` them into."""
        return cls(np.empty((len(like.X1T), count)), np.empty((len(like.yT), count)))

    def take(self, source: Self, indices: NDArray[np.int64]) -> None:
        """Fill with the samples of `source` at those indices."""
        np.take(source.X1T, indices, axis=1, out=self.X1T, mode="clip")
        np.take(source.yT, indices, axis=1, out=self.yT, mode="clip")

    def part(self, start: int, stop: int) -> Self:
        """A view of the samples from `start` to before `stop`."""
        return type(self)(self.X1T[:, start:stop], self.yT[:, start:stop])

    @property
    def product(self) -> Callable[..., object]:
        """The matrix product for X1T: `dot` is quicker to call, but copies what is only a view."""
        return np.dot if self.X1T.flags.c_contiguous else np.matmul

    def __len__(self) -> int:
        return int(self.X1T.shape[1])


class Weights:
    """All weights of a network in one vector: W1 row by row, then W2; `negated` follows `flat`."""

    def __init__(self, net: Network) -> None:
        self.flat = np.concatenate([net.W1.ravel(), net.W2.ravel()])  # (P,)
        self.negated = -self.flat
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
        self._sums = np.empty(blocks)
        parts = np.empty((blocks, weights.flat.size)) if blocks > 1 else self.gradient[np.newaxis]
        forward: list[list[Call]] = []  # of each thread
        both: list[list[Call]] = []
        for first, last in pairwise(np.linspace(0, blocks, threads + 1).astype(int)):
            rooms: dict[int, _Room] = {}  # of this thread, by a block's width
            forward.append([])
            both.append([])
            for i in range(first, last):
                part = samples.part(edges[i], edges[i + 1])
                room = rooms.setdefault(len(part), _Room(net, len(part)))
                total = self._sums[i : i + 1].reshape(())
                there = _forward(net, part, loss, weights, room, total)
                forward[-1] += there
                both[-1] += there + _backward(net, part, loss, weights, room, parts[i])
        negate: Call = (np.negative, (weights.flat, weights.negated))
        scale = np.array(rule.error_scale(N) * factor)
        self.cost_calls = [negate, *_together(forward)]
        self.calls = [negate, *_together(both)]
        if blocks > 1:
            self.calls.append((np.add.reduce, (parts, 0, None, self.gradient)))
        self.calls.append((np.multiply, (self.gradient, scale, self.gradient)))

    def value(self) -> float:
        """C, as the calls found it."""
        sums = self._sums
        return (sums.item() if sums.size == 1 else float(np.add.reduce(sums))) * self._scale

    def cost(self) -> float:
        """C at the weights as they stand."""
        run(self.cost_calls)
        return self.value()

    def cost_and_gradient(self) -> float:
        """C at the weights as they stand, and their `gradient`."""
        run(self.calls)
        return self.value()


class _Room:
    """The arrays of one block of `width` samples; blocks of a thread use them one after another."""

    def __init__(self, net: Network, width: int) -> None:
        m, K = net.units, net.outputs
        self.Z1 = np.ones((m + net.bias_hidden, width))
        self.Z = self.Z1[:m]  # H, then Z
        self.A = np.empty((K, width))  # O, then ŷ
        self.E = np.empty((K, width))  # ŷ − y, then ∂C/∂O
        self.T = np.empty((K, width))
        self.S = np.empty((m, width))
        self.D = np.empty((m, width))  # ∂C/∂Z, then ∂C/∂H


def _forward(
    net: Network, part: Samples, loss: str, weights: Weights, room: _Room, total: Array
) -> list[Call]:
    """The calls from X to ŷ − y and the block's part of C."""
    V1 = weights.split(weights.negated if net.hidden == "sigmoid" else weights.flat)[0]
    V2 = weights.split(weights.negated if net.output == "sigmoid" else weights.flat)[1]
    r = room
    before, after = _cost_calls(loss, part.yT, r, total)
    return [
        (part.product, (V1.T, part.X1T, r.Z)),
        *_activate(net.hidden, r.Z),
        (np.dot, (V2.T, r.Z1, r.A)),
        *before,
        *_activate(net.output, r.A),
        (np.subtract, (r.A, part.yT, r.E)),
        *after,
    ]


def _backward(
    net: Network, part: Samples, loss: str, weights: Weights, room: _Room, gradient: Array
) -> list[Call]:
    """The calls from ŷ − y to the block's part of the gradient, but for its constant factor."""
    W2 = weights.split(weights.flat)[1]
    G1, G2 = weights.split(gradient)
    r = room
    slope = [] if LOSSES[loss].fused else _times_slope(net.output, r.E, r.A, r.T)
    return [
        *slope,
        (np.dot, (r.Z1, r.E.T, G2)),
        (np.dot, (W2[: net.units], r.E, r.D)),
        *_times_slope(net.hidden, r.D, r.Z, r.S),
        (part.product, (part.X1T, r.D.T, G1)),
    ]


def _activate(name: str, A: Array) -> list[Call]:
    """A ← activation, in place; for the sigmoid A holds −x."""
    calls: dict[str, list[Call]] = {
        "sigmoid": [(np.exp, (A, A)), (np.add, (A, ONE, A)), (np.reciprocal, (A, A))],
        "tanh": [(np.tanh, (A, A))],
        "relu": [(partial(np.maximum, out=A), (A, ZERO))],
        "identity": [],
    }
    return calls[name]


def _times_slope(name: str, E: Array, A: Array, T: Array) -> list[Call]:
    """E ← E times the activation's derivative at its value A; T is scratch."""
    times: Call = (np.multiply, (E, T, E))
    calls: dict[str, list[Call]] = {
        "sigmoid": [(np.multiply, (A, A, T)), (np.subtract, (A, T, T)), times],
        "tanh": [(np.multiply, (A, A, T)), (np.subtract, (ONE, T, T)), times],
        "relu": [(np.sign, (A, T)), times],
        "identity": [],
    }
    return calls[name]


def _cost_calls(loss: str, yT: Array, room: _Room, total: Array) -> tuple[list[Call], list[Call]]:
    """The calls for the block's part of C: before the output is activated, and after ŷ − y."""
    if loss != "cross_entropy":
        errors = room.E.ravel()
        return [], [(np.dot, (errors, errors, total))]
    # With A = −O: −ln ŷ = ln(1 + e^A), and C sums −ln ŷ + (1 − y) O = −ln ŷ − (1 − y) A.
    A, E, T = room.A, room.E, room.T
    before: list[Call] = [
        (np.logaddexp, (ZERO, A, T)),
        (np.multiply, (A, 1.0 - yT, E)),
        (np.subtract, (T, E, T)),
        (np.add.reduce, (T.ravel(), 0, None, total)),
    ]
    return before, []


def epoch_time(net: Network, N: int) -> float:
    """About how many ns an epoch of N samples takes on one thread, from the shapes alone."""
    m, K = net.units, net.outputs
    products = 6 * m * (net.inputs + K) / 35  # ns a sample at 35 GFLOP/s
    passes = 3 * (m + K)  # ns a sample for exponentials and the like
    return 7000 + N * (products + passes)


def _division(net: Network, N: int) -> tuple[list[int], int]:
    """Where blocks begin and the last one ends, from the shapes alone; and how many threads."""
    long = epoch_time(net, N) >= THREADS_PAY
    blocks = max(-(-N // BLOCK), 2 if long else 1)
    width = -(-N // blocks // 8) * 8
    edges = [*range(0, N, width), N]
    return edges, min(len(edges) - 1, _cores()) if long else 1


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def _pool() -> ThreadPoolExecutor:
    """The process's helpers; the asking thread works too."""
    return ThreadPoolExecutor(max(1, _cores() - 1), thread_name_prefix="kernel")


def run(calls: list[Call]) -> None:
    """Make the calls, one after another."""
    for function, arguments in calls:
        function(*arguments)


def _together(shares: list[list[Call]]) -> list[Call]:
    """The calls of all threads: as they are for one, else one call that runs the shares at once."""
    return shares[0] if len(shares) == 1 else [(_run_shares, (shares,))]


def _run_shares(shares: list[list[Call]]) -> None:
    others = [_pool().submit(_run_quietly, share) for share in shares[1:]]
    run(shares[0])
    for other in others:
        other.result()


def _run_quietly(calls: list[Call]) -> None:
    with np.errstate(all="ignore"):  # a thread has its own; whoever asked looks at the result
        run(calls)
