"""A training run that can be watched, resumed and travelled in: gradient descent on C.

Epoch e means "after e updates": `losses[0]` is C before any, and the update from epoch e to e + 1
uses the gradient at epoch e over the whole training set.
"""

import math
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass, replace
from functools import cache
from threading import RLock
from time import perf_counter
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from threadpoolctl import threadpool_limits

from core.checkpoints import Checkpoints
from core.gradients import backward, targets
from core.losses import LOSSES
from core.network import Network

Array = NDArray[np.float64]

quiet = np.errstate(over="ignore", invalid="ignore")  # a run tests for divergence itself

MAX_EPOCHS = 10_000_000
OPTIMIZERS = ("gd",)


@dataclass(frozen=True)
class Settings:
    """How a run trains. Raises ValueError for a value outside its range.

    learning_rate: η > 0. optimizer: "gd", W ← W − η ∂C/∂W. batch_size: None, the whole training
    set at once. loss: a name in `core.losses.LOSSES`. l2: the weight of ½‖W without bias rows‖².
    seed: of everything random in training. epochs: the run's length, 10 million at most.
    """

    learning_rate: float = 0.5
    optimizer: str = "gd"
    batch_size: int | None = None
    loss: str = "half_mse"
    l2: float = 0.0
    seed: int = 0
    epochs: int = 10_000

    def __post_init__(self) -> None:
        if not (math.isfinite(self.learning_rate) and self.learning_rate > 0):
            raise ValueError(f"learning_rate must be a positive number, not {self.learning_rate}")
        if self.optimizer not in OPTIMIZERS:
            raise ValueError(f"optimizer {self.optimizer!r} is not one of {', '.join(OPTIMIZERS)}")
        if self.batch_size is not None:
            raise ValueError("batch_size must be None: every update takes the whole training set")
        if self.loss not in LOSSES:
            raise ValueError(f"loss {self.loss!r} is not one of {', '.join(LOSSES)}")
        if not (math.isfinite(self.l2) and self.l2 >= 0):
            raise ValueError(f"l2 must be 0 or more, not {self.l2}")
        if not 0 <= self.epochs <= MAX_EPOCHS:
            raise ValueError(f"epochs must be from 0 to {MAX_EPOCHS}, not {self.epochs}")


@dataclass(frozen=True)
class Film:
    """The weights of some epochs, in order: W1 (n, d+1, m) and W2 (n, m+1, K) for `epochs` (n,)."""

    epochs: NDArray[np.int64]
    W1: Array
    W2: Array


@dataclass(frozen=True)
class _Segment:
    """From epoch `start` on these settings hold, beginning with this very network."""

    start: int
    settings: Settings
    network: Network


class Run:
    """Training of `net` on X (N, d) and y, (N,) or (N, K), kept so that any epoch can be had again.

    Thread-safe: two script threads of a browser session may ask at once. The data is copied.
    Raises ValueError when the shapes do not fit the network, values are not finite or too large to
    give a finite C, or there are no samples.
    """

    def __init__(
        self,
        net: Network,
        X: ArrayLike,
        y: ArrayLike,
        settings: Settings | None = None,
        X_val: ArrayLike | None = None,
        y_val: ArrayLike | None = None,
    ) -> None:
        _one_blas_thread()
        settings = settings or Settings()
        self._lock = RLock()
        self._train = _samples(net, X, y)
        self._val = None if X_val is None or y_val is None else _samples(net, X_val, y_val)
        self._segments = [_Segment(0, settings, net)]
        self._losses = np.empty(settings.epochs + 1)
        self._val_losses = np.empty(settings.epochs + 1 if self._val else 0)
        self._checkpoints = Checkpoints(net.W1.size + net.W2.size, settings.epochs + 1)
        self._begin(0, net)

    @property
    def X(self) -> Array:
        """The training inputs, (N, d)."""
        return self._train[0]

    @property
    def y(self) -> Array:
        """The training targets, (N, K)."""
        return self._train[1]

    @property
    def settings(self) -> Settings:
        """The settings in force at the latest epoch."""
        return self._segments[-1].settings

    @property
    def epoch(self) -> int:
        """The latest epoch trained."""
        return self._epoch

    @property
    def network(self) -> Network:
        """The network at the latest epoch."""
        return self._network

    @property
    def losses(self) -> Array:
        """C over the training set at epochs 0 to `epoch`: a read-only view (epoch + 1,)."""
        return _view(self._losses, self._epoch + 1)

    @property
    def val_losses(self) -> Array | None:
        """C over the validation set, likewise; None without one."""
        return _view(self._val_losses, self._epoch + 1) if self._val else None

    @property
    def diverged(self) -> bool:
        """The next update would make a weight or C infinite or NaN; `epoch` is the last finite."""
        return self._diverged

    @property
    def done(self) -> bool:
        """There is no epoch to train: the run's length is reached, or it diverged."""
        return self._diverged or self._epoch >= self.settings.epochs

    @property
    def branch_epochs(self) -> tuple[int, ...]:
        """The epochs at which settings or weights were changed, in order."""
        return tuple(segment.start for segment in self._segments[1:])

    def settings_at(self, epoch: int) -> Settings:
        """The settings of the update that leaves `epoch`."""
        return self._segment(epoch).settings

    def advance(self, epochs: int, *, seconds: float = math.inf) -> Array:
        """Train `epochs` more, fewer when the run's length or `seconds` is reached.

        Returns the new epochs' losses. The same bits in one go or in slices.
        Raises ValueError for a negative number.
        """
        if epochs < 0:
            raise ValueError(f"epochs must be 0 or more, not {epochs}")
        deadline = perf_counter() + seconds
        with self._lock:
            first = self._epoch
            while self._epoch < first + epochs and self._step() and perf_counter() < deadline:
                pass
            return self.losses[first + 1 :]

    def at(self, epoch: int) -> Network:
        """The network of that epoch, to the last bit. Raises ValueError beyond `epoch`."""
        with self._lock:
            self._check_trained("epoch", epoch, first=0)
            return next(network for e, network in self._walk(epoch) if e == epoch)

    def film(self, after: int, frames: int, stride: int = 1, seconds: float = math.inf) -> Film:
        """The weights at `after + stride`, `after + 2 stride`, …, training on where needed.

        Ends with the run's last epoch when it comes upon that. When `seconds` run out before
        `frames` are there, it ends with the epoch that it has reached, off the stride or not.
        Raises ValueError for an `after` beyond `epoch`; −1 stands before epoch 0.
        """
        deadline = perf_counter() + seconds
        reel: list[tuple[int, Network]] = []
        with self._lock:
            self._check_trained("after", after, first=-1)
            for epoch, network in self._walk(after + 1):
                if epoch <= after:
                    continue
                late = perf_counter() >= deadline
                if late or (epoch - after) % stride == 0:
                    reel.append((epoch, network))
                if late or len(reel) >= frames:
                    break
            else:
                shown = reel[-1][0] if reel else after
                if shown < self._epoch:
                    reel.append((self._epoch, self._network))
            return _film(reel, self._network)

    def branch(
        self, epoch: int, *, network: Network | None = None, settings: Settings | None = None
    ) -> Self:
        """A new run that shares this one's history up to `epoch` and goes on from there.

        With `network`, the weights at `epoch` are replaced; with `settings`, the updates from
        `epoch` on follow them. Raises ValueError for an epoch not trained or another shape.
        """
        with self._lock:
            self._check_trained("epoch", epoch, first=0)
            start = network or self.at(epoch)
            if (start.W1.shape, start.W2.shape) != (self.network.W1.shape, self.network.W2.shape):
                raise ValueError("a branch keeps the shapes of W1 and W2")
            settings = settings or self.settings_at(epoch)
            settings = replace(settings, epochs=max(settings.epochs, epoch))
            twin = copy(self)
            twin._lock = RLock()
            twin._segments = [s for s in self._segments if s.start < epoch]
            twin._segments.append(_Segment(epoch, settings, start))
            twin._losses = _resized(self._losses, epoch, settings.epochs + 1)
            if self._val:
                twin._val_losses = _resized(self._val_losses, epoch, settings.epochs + 1)
            twin._checkpoints = self._checkpoints.until(epoch, settings.epochs + 1)
            twin._begin(epoch, start)
            return twin

    def _step(self) -> bool:
        """Train one epoch; False when there is none to train."""
        if self.done:
            return False
        network = self._update(self._network, self._gradients, self.settings)
        self._diverged = network is None or not self._arrive(self._epoch + 1, network)
        return not self._diverged

    def _begin(self, epoch: int, network: Network) -> None:
        """Stand at `epoch` with these weights, or say why that cannot be."""
        self._diverged = False
        if not self._arrive(epoch, network):
            raise ValueError("X, y or the weights are too large: C is not a finite number")

    @quiet
    def _arrive(self, epoch: int, network: Network) -> bool:
        """Make `epoch` the latest: one forward pass gives its loss and the next update.

        False, and the run stays where it was, when C is not a finite number there.
        """
        X, y = self._train
        forward = network.forward(X)
        settings = self.settings
        C = LOSSES[settings.loss].value(y, forward.y_hat, forward.O)
        if not math.isfinite(C):
            return False
        self._gradients = backward(network, forward, y, settings.loss, settings.l2)
        self._losses[epoch] = C
        if self._val:
            X_val, y_val = self._val
            seen = network.forward(X_val)
            self._val_losses[epoch] = LOSSES[settings.loss].value(y_val, seen.y_hat, seen.O)
        self._checkpoints.keep(epoch, network)
        self._epoch, self._network = epoch, network
        return True

    @quiet
    def _update(
        self, net: Network, gradients: tuple[Array, Array], settings: Settings
    ) -> Network | None:
        """W ← W − η ∂C/∂W; None when the result is not finite."""
        dW1, dW2 = gradients
        W1 = net.W1 - settings.learning_rate * dW1
        W2 = net.W2 - settings.learning_rate * dW2
        if not (np.isfinite(W1).all() and np.isfinite(W2).all()):
            return None
        return replace(net, W1=W1, W2=W2)

    def _walk(self, first: int) -> Iterator[tuple[int, Network]]:
        """Epochs and networks from the latest one kept at or before `first`, then by training."""
        epoch, network = self._kept(first)
        while epoch < self._epoch:
            yield epoch, network
            network = self._replay(epoch, network)
            epoch += 1
        yield self._epoch, self._network
        while self._step():
            yield self._epoch, self._network

    def _kept(self, epoch: int) -> tuple[int, Network]:
        """The latest epoch at or before `epoch` whose weights are stored, and its network."""
        if epoch >= self._epoch:
            return self._epoch, self._network
        segment = self._segment(epoch)
        kept, weights = self._checkpoints.before(epoch)
        if kept <= segment.start:
            return segment.start, segment.network
        W1, W2 = np.split(weights, [segment.network.W1.size])
        shape1, shape2 = segment.network.W1.shape, segment.network.W2.shape
        return kept, replace(segment.network, W1=W1.reshape(shape1), W2=W2.reshape(shape2))

    @quiet
    def _replay(self, epoch: int, network: Network) -> Network:
        """The network one epoch later, computed again as it was the first time."""
        for segment in self._segments:
            if segment.start == epoch + 1:
                return segment.network
        settings = self.settings_at(epoch)
        X, y = self._train
        gradients = backward(network, network.forward(X), y, settings.loss, settings.l2)
        later = self._update(network, gradients, settings)
        assert later is not None, "an epoch that was reached has finite weights"
        return later

    def _check_trained(self, name: str, epoch: int, *, first: int) -> None:
        if not first <= epoch <= self._epoch:
            raise ValueError(f"{name} must be from {first} to {self._epoch}, not {epoch}")

    def _segment(self, epoch: int) -> _Segment:
        return next(s for s in reversed(self._segments) if s.start <= epoch)


@cache
def _one_blas_thread() -> None:
    """Once per process: the bits of a sum must not depend on how many threads BLAS takes."""
    threadpool_limits(1, user_api="blas")


def _samples(net: Network, X: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
    """Read-only float64 copies of inputs and targets, checked against the network."""
    X = net.fitting(X).copy()
    y = targets(y, (len(X), net.outputs)).copy()
    if not (np.isfinite(X).all() and np.isfinite(y).all()):
        raise ValueError("X and y must hold finite numbers only")
    X.flags.writeable = y.flags.writeable = False
    return X, y


def _resized(values: Array, kept: int, size: int) -> Array:
    """A new array of `size` that begins with the first `kept` values."""
    resized = np.empty(size)
    resized[:kept] = values[:kept]
    return resized


def _view(values: Array, stop: int) -> Array:
    view = values[:stop]
    view.flags.writeable = False
    return view


def _film(reel: list[tuple[int, Network]], like: Network) -> Film:
    return Film(
        np.array([epoch for epoch, _ in reel], dtype=np.int64),
        np.array([net.W1 for _, net in reel]).reshape(-1, *like.W1.shape),
        np.array([net.W2 for _, net in reel]).reshape(-1, *like.W2.shape),
    )
