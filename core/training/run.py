"""Training run that can be watched, paused, resumed and rewound.

Epoch e means "after e epochs of updates": `losses[0]` is C before training. Losses are C over the
whole training set, without L2, with mini-batches too.
"""

import math
from collections.abc import Callable
from copy import copy
from dataclasses import replace
from functools import cache, partial
from itertools import pairwise
from math import isfinite
from threading import RLock
from time import perf_counter
from typing import Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from threadpoolctl import threadpool_limits

from core.gradients import targets
from core.losses import check_loss, check_targets
from core.network import Network
from core.training.film import Film, FilmBuilder
from core.training.history import History, HistorySnapshot, Segment
from core.training.kernel import Kernel, Samples, Weights, epoch_time
from core.training.settings import MAX_EPOCHS, Settings
from core.training.trainer import Trainer
from core.training.update import OptimizerState, Update, weight_decay
from core.utils.arguments import duration, flag, function, instance, integer

__all__ = ["MAX_EPOCHS", "Film", "Run", "Settings"]

Array = NDArray[np.float64]

REPORT_EVERY = 0.1  # seconds between two calls of a progress callback


class Run:
    """Training of `net` on X (N, d) and y, (N,) or (N, K), with checkpoints to recompute any epoch.

    Thread-safe: two script threads of a browser session may call it at once. The data is copied.
    Raises ValueError when the shapes do not fit the network, a value or C is not finite, there are
    no samples, only one of X_val and y_val is given, the loss does not suit the output or the
    targets, or patience is set without a validation set.
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
        settings = Settings() if settings is None else instance("settings", settings, Settings)
        if (X_val is None) != (y_val is None):
            alone, absent = ("X_val", "y_val") if y_val is None else ("y_val", "X_val")
            raise ValueError(f"{alone} is given without {absent}: validation takes both")
        self._lock = RLock()
        self._template = instance("net", net, Network)
        self._train = _samples(net, X, y)
        self._val = None if X_val is None or y_val is None else _samples(net, X_val, y_val, "_val")
        self._data = Samples.of(*self._train, bias=net.bias_input)
        self._val_data = self._val and Samples.of(*self._val, bias=net.bias_input)
        self._configure(settings, Weights(net))
        self._history = History(
            Segment(0, settings, self._state_vector()),
            validated=self._val is not None,
            epoch_time=epoch_time(net, len(self._data)),
        )
        self._epoch_seconds = 0.0  # of an epoch, measured last
        self._begin_segment()

    def __repr__(self) -> str:
        """Return, say, Run(Network(…), 4 samples, epoch 12 of 500, C = 0.125); and why it ended."""
        validation = f" and {len(self._val[0])} for validation" if self._val else ""
        epoch, ended = self.epoch, self.ended
        return (
            f"{type(self).__name__}({self._template}, {len(self.X)} samples{validation}, "
            f"epoch {epoch} of {self.settings.epochs}, {self.settings.loss} = "
            f"{self._history.losses[epoch]:.6g}{', ' if ended else ''}{ended})"
        )

    @property
    def X(self) -> Array:
        """The training inputs, (N, d)."""
        return self._train[0]

    @property
    def y(self) -> Array:
        """The training targets, (N, K)."""
        return self._train[1]

    @property
    def validation(self) -> tuple[Array, Array] | None:
        """The validation inputs (N, d) and targets (N, K), if there are any."""
        return self._val

    @property
    def settings(self) -> Settings:
        """Settings at the latest epoch."""
        return self._history.settings

    @property
    def epoch(self) -> int:
        """The latest epoch trained."""
        return self._history.epoch

    @property
    def network(self) -> Network:
        """The network at the latest epoch."""
        return self.at(self._history.epoch)

    @property
    def template(self) -> Network:
        """A network of this run's sizes, biases and activations, at no particular epoch.

        It takes no time, whereas `network` may have to recompute an epoch.
        """
        return self._template

    @property
    def epoch_seconds(self) -> float:
        """Seconds an epoch took in the last training; 0 before any."""
        return self._epoch_seconds

    @property
    def checkpoint_stride(self) -> int:
        """Epochs from one checkpoint to the next: `at` recomputes fewer than that."""
        return self._history.stride

    @property
    def losses(self) -> Array:
        """C over the training set at epochs 0 to `epoch`: a read-only view (epoch + 1,)."""
        return _view(self._history.losses, self._history.epoch + 1)

    @property
    def val_losses(self) -> Array | None:
        """C over the validation set, likewise; None without one."""
        return _view(self._history.val_losses, self._history.epoch + 1) if self._val else None

    @property
    def best_epoch(self) -> int | None:
        """The epoch with the lowest validation loss so far; None without a validation set.

        Epochs before a change of the loss function do not count.
        """
        if self.val_losses is None:
            return None
        since = self._history.same_loss_since()
        return since + int(np.argmin(self.val_losses[since:]))

    @property
    def ended(self) -> Literal["", "done", "diverged", "stopped"]:
        """Why training is over, "" if it is not.

        "done": the run's length is reached. "stopped": early stopping. "diverged": in the next
        epoch a weight or C is infinite or NaN; `epoch` is the last finite one.
        """
        if self._history.diverged:
            return "diverged"
        if self._history.epoch >= self.settings.epochs:
            return "done"
        return "stopped" if self._history.out_of_patience() else ""

    @property
    def diverged(self) -> bool:
        """Whether `ended` is "diverged"."""
        return self._history.diverged

    @property
    def done(self) -> bool:
        """Whether training is over."""
        return bool(self.ended)

    @property
    def branch_epochs(self) -> tuple[int, ...]:
        """The epochs at which settings or weights were changed, in order."""
        return tuple(segment.start for segment in self._history.segments[1:])

    @property
    def edited_epochs(self) -> tuple[int, ...]:
        """The epochs at which weights were edited, in order."""
        return tuple(segment.start for segment in self._history.segments if segment.edited)

    @property
    def nbytes(self) -> int:
        """Largest memory in bytes: the data, in two layouts, and the history."""
        data = sum(int(array.nbytes) for array in [*self._train, *(self._val or ())])
        return 2 * data + self._history.nbytes

    def clone(self) -> Self:
        """Return an independent copy that continues exactly as this run would."""
        snapshot = self.snapshot(self._history.nbytes)
        return self.from_snapshot(self._template, *self._train, snapshot, *(self._val or ()))

    def settings_at(self, epoch: int) -> Settings:
        """Return the settings of the update after `epoch`."""
        return self._history.segment(integer("epoch", epoch)).settings

    def advance(
        self,
        epochs: int,
        *,
        seconds: float = math.inf,
        progress: Callable[[int, int], object] | None = None,
    ) -> Array:
        """Train `epochs` more, fewer if the run ends, `seconds` pass or it is cancelled.

        `progress(trained, epochs)` is called ten times a second; if it returns True, training
        stops after the current epoch. Returns the losses of the new epochs. The bits are the same
        in one call or several. Raises ValueError for epochs or seconds below 0 or of a wrong type.
        """
        epochs, seconds = integer("epochs", epochs), duration("seconds", seconds)
        progress = None if progress is None else function("progress", progress)
        with self._lock, ignore_float_errors():
            first = self._history.epoch
            self._restore(first)
            self._train_towards(first + epochs, perf_counter() + seconds, progress)
            return self.losses[first + 1 :]

    def at(self, epoch: int) -> Network:
        """Return the network at that epoch, to the last bit. Raises ValueError beyond `epoch`."""
        with self._lock, ignore_float_errors():
            epoch = self._check_epoch("epoch", epoch)
            self._restore(epoch)
            return self._network(self._weights.flat)

    def seek(self, epoch: int, seconds: float = math.inf) -> int:
        """Go to a trained epoch, or towards it for `seconds`; return the epoch reached.

        Afterwards `at` and `film` answer at once for the epoch reached. If replaying from the
        nearest checkpoint takes longer than `seconds`, the first call only loads the checkpoint;
        call again to continue. Raises ValueError beyond `epoch`, and for seconds below 0.
        """
        seconds = duration("seconds", seconds)
        deadline = perf_counter() + seconds
        with self._lock, ignore_float_errors():
            epoch = self._check_epoch("epoch", epoch)
            start, segment, state_vector = self._history.nearest_checkpoint(epoch)
            far = (epoch - start) * self._epoch_seconds > seconds
            if far and not start <= self._at <= epoch:
                self._load(start, segment, state_vector)
            else:
                self._restore(epoch, deadline)
            return self._at

    def film(
        self,
        after: int,
        frames: int,
        stride: int = 1,
        seconds: float = math.inf,
        *,
        gradients: bool = False,
        updates: bool = False,
    ) -> Film:
        """Return the weights at `after + stride`, `after + 2 stride`, …, training where needed.

        The film ends early at the run's last epoch. If `seconds` pass before there are `frames`, it
        ends with the epoch reached, off the stride or not. Raises ValueError for an `after` beyond
        `epoch` (−1 is before epoch 0), a stride below 1 and frames or seconds below 0.
        """
        frames, stride = integer("frames", frames), integer("stride", stride, 1)
        gradients, updates = flag("gradients", gradients), flag("updates", updates)
        deadline = perf_counter() + duration("seconds", seconds)
        builder = FilmBuilder(self._weights)
        with self._lock, ignore_float_errors():
            after = self._check_epoch("after", after, first=-1)
            while len(builder.epochs) < frames:
                wanted, before = after + stride, None
                if updates:  # needs the weights of the epoch before
                    wanted, before = self._weights_before(wanted, after, deadline)
                reached = self._advance_to(wanted, deadline, after)
                if reached <= after:
                    break
                builder.add(reached, self._trainer.gradient() if gradients else None, before)
                late = perf_counter() >= deadline
                if late or reached < after + stride:
                    break
                after = reached
            return builder.build()

    def update(self, epoch: int) -> Update:
        """Return the update from `epoch` to the next, term by term; the run does not change.

        It exists also if that update was never trained or the run ended.
        Raises ValueError beyond `epoch`.
        """
        with self._lock, ignore_float_errors():
            epoch = self._check_epoch("epoch", epoch)
            self._restore(epoch)
            state_vector, gradient = self._state_vector(), self._trainer.gradient()
            try:
                C, after = self._trainer.step(epoch), self._state_vector()
            finally:
                self._trainer.load(state_vector)
            return self._make_update(epoch, state_vector, after, gradient, C)

    def branch(
        self, epoch: int, *, network: Network | None = None, settings: Settings | None = None
    ) -> Self:
        """Return a new run with this one's history up to `epoch`, to continue from there.

        `network` replaces the weights at `epoch`; `settings` apply from `epoch` on. The
        optimiser's state is kept unless the optimiser changes.
        Raises ValueError for an epoch not trained, another shape, or settings that do not suit.
        """
        with self._lock, ignore_float_errors():
            epoch = self._check_epoch("epoch", epoch)
            old = self.settings_at(epoch)
            settings = old if settings is None else instance("settings", settings, Settings)
            settings = replace(settings, epochs=max(settings.epochs, epoch))
            start = self.at(epoch) if network is None else instance("network", network, Network)
            if Weights(start).shapes != self._weights.shapes:
                raise ValueError("a branch keeps the shapes of the matrices")
            self._restore(epoch)
            state_vector, P = self._state_vector(), self._weights.flat.size
            clone = copy(self)
            clone._lock = RLock()
            clone._template = start
            clone._configure(settings, Weights(start))
            fresh = clone._state_vector()
            if settings.optimizer == old.optimizer:
                fresh[P:] = state_vector[P:]
            edited = network is not None
            clone._history = self._history.branch(Segment(epoch, settings, fresh, edited))
            clone._begin_segment()
            return clone

    def snapshot(self, max_bytes: int) -> HistorySnapshot:
        """Return the history as plain arrays, with at most `max_bytes` of checkpoints."""
        with self._lock, ignore_float_errors():
            self._restore(self.epoch)
            self._store_head()
            return self._history.snapshot(max_bytes)

    @classmethod
    def from_snapshot(
        cls,
        net: Network,
        X: ArrayLike,
        y: ArrayLike,
        snapshot: HistorySnapshot,
        X_val: ArrayLike | None = None,
        y_val: ArrayLike | None = None,
    ) -> Self:
        """Return the run that a snapshot holds, given its network, data and validation data.

        On the same installation it continues to the last bit. Raises ValueError if they do not
        belong together, and as `Run` does.
        """
        run = cls(net, X, y, snapshot.segments[0].settings, X_val, y_val)
        run._check_snapshot(snapshot)
        run._history = History.from_snapshot(snapshot, epoch_time=epoch_time(net, len(run._data)))
        run._configure(run.settings, Weights(net))
        with ignore_float_errors():
            C, expected = run._trainer.load(snapshot.head), float(snapshot.losses[-1])
        if not math.isclose(C, expected, rel_tol=1e-9, abs_tol=1e-300):
            raise ValueError(
                f"its weights give C = {C:.6g}, but its losses end with {expected:.6g}"
            )
        run._at = run.epoch
        return run

    def _check_snapshot(self, snapshot: HistorySnapshot) -> None:
        """Raise ValueError if the snapshot cannot be of this network and data."""
        starts = [segment.start for segment in snapshot.segments]
        if (
            starts[0] != 0
            or any(b <= a for a, b in pairwise(starts))
            or starts[-1] >= len(snapshot.losses)
        ):
            raise ValueError(
                f"its branches start at {starts}, in {len(snapshot.losses) - 1} epochs"
            )
        for segment in snapshot.segments:
            self._configure(segment.settings, self._weights)
            if segment.state_vector.shape != (self._trainer.size,):
                raise ValueError(f"the weights of epoch {segment.start} belong to another network")
        if (
            snapshot.head.shape != (self._trainer.size,)
            or snapshot.rows.shape[1] < self._weights.flat.size
        ):
            raise ValueError("its checkpoints belong to another network")
        if (
            not (len(snapshot.rows) - 1) * snapshot.stride
            < len(snapshot.losses)
            <= len(snapshot.rows) * snapshot.stride
        ):
            raise ValueError("its checkpoints do not match its epochs")

    def _make_update(
        self, epoch: int, state_vector: Array, after: Array, gradient: Array, C: float
    ) -> Update:
        """Return the update between two state vectors: at `epoch` and `after` it."""
        P, split, settings = self._weights.flat.size, self._weights.split, self.settings_at(epoch)
        before = self._network(state_vector[:P])
        following = next((s for s in self._history.segments if s.start == epoch + 1), None)
        return Update(
            epoch,
            settings,
            before,
            self._network(after[:P]) if np.isfinite(after[:P]).all() else None,
            change=split(after[:P] - state_vector[:P]),
            gradient=split(gradient),
            decay=weight_decay(before, settings.l2),
            state_before=OptimizerState.of(settings, self._weights, state_vector[P:]),
            state_after=OptimizerState.of(settings, self._weights, after[P:]),
            steps=self._trainer.updates,
            samples=len(self._data),
            C_before=float(self._history.losses[epoch]),
            C_after=C,
            replaced=following is not None
            and not np.array_equal(following.state_vector[:P], after[:P]),
        )

    def _configure(self, settings: Settings, weights: Weights) -> None:
        """Create the trainer and the validation for these settings, at no epoch yet."""
        check_loss(self._template, settings.loss)
        check_targets(settings.loss, self.y, self._template.output)
        if settings.patience is not None and not self._val:
            raise ValueError("patience needs a validation set to watch")
        self._weights = weights
        # The squared norm is not finite if a weight is not.
        self._squared_norm = partial(weights.flat.dot, weights.flat)
        self._trainer = Trainer(self._template, self._data, settings, weights)
        self._validate = (
            Kernel(self._template, self._val_data, settings.loss, weights).cost
            if self._val_data
            else None
        )
        self._at = -1

    def _state_vector(self) -> Array:
        """Return a copy of the trainer's current state."""
        state_vector = np.empty(self._trainer.size)
        self._trainer.write(state_vector)
        return state_vector

    def _begin_segment(self) -> None:
        """Record the start of the latest segment; raise ValueError if C is not finite there."""
        segment = self._history.segments[-1]
        with ignore_float_errors():
            finite = self._record(self._trainer.load(segment.state_vector))
        if not finite:
            raise ValueError("X, y or the weights are too large: C is not a finite number")

    def _train_towards(
        self,
        target: int,
        deadline: float = math.inf,
        progress: Callable[[int, int], object] | None = None,
    ) -> bool:
        """Train towards `target`, at least one epoch; return False if none is left."""
        history, step, record = self._history, self._trainer.step, self._record
        first, started = history.epoch, perf_counter()
        stop = first if history.diverged else min(target, self.settings.epochs)
        report = perf_counter() + REPORT_EVERY if progress else math.inf
        patient = self.settings.patience is None
        epoch = first
        while epoch < stop and (patient or not history.out_of_patience()):
            if not record(step(epoch)):
                history.diverged = True
                self._at = -1  # these weights belong to no epoch
                break
            epoch += 1
            now = perf_counter()
            if now >= deadline:
                break
            if now >= report and progress:
                if progress(epoch - first, target - first) is True:
                    break
                report = perf_counter() + REPORT_EVERY
        if epoch > first:
            self._epoch_seconds = (perf_counter() - started) / (epoch - first)
        return epoch > first

    def _record(self, C: float) -> bool:
        """Add the trainer's current epoch to the history; return False if it is not finite."""
        if not isfinite(C + self._squared_norm()):
            return False
        validate = self._validate
        self._at = self._history.record(C, validate and validate(), self._trainer.write)
        return True

    def _advance_to(self, epoch: int, deadline: float, after: int) -> int:
        """Go to that epoch, training where needed; return the epoch reached.

        At the deadline or the run's end it is an earlier one, but later than `after`.
        """
        if epoch <= self.epoch:
            self._restore(epoch, deadline, after)
        else:
            self._restore(self.epoch)
            self._train_towards(epoch, deadline)
            self._restore(self.epoch)  # if the last step diverged
        return self._at

    def _weights_before(self, wanted: int, after: int, deadline: float) -> tuple[int, Array]:
        """Go to the epoch before `wanted`; return the epoch after it, and the current weights."""
        if wanted == 0:
            self._restore(0)
            return 0, self._weights.flat.copy()
        reached = self._advance_to(max(wanted - 1, after), deadline, after - 1)
        if reached > after and reached == self.epoch and self.ended:
            self._restore(max(0, reached - 1))  # there is no epoch after it
        return self._at + 1, self._weights.flat.copy()

    def _restore(self, epoch: int, deadline: float = math.inf, after: int = -1) -> None:
        """Bring the trainer to a trained epoch, replaying from the nearest checkpoint.

        At the deadline it stops early, at an epoch later than `after`.
        """
        if self._at == epoch:
            return
        start, segment, state_vector = self._history.nearest_checkpoint(epoch)
        if not start <= self._at < epoch:
            self._load(start, segment, state_vector)
        while self._at < epoch:
            following = self._history.segment(self._at + 1)
            if following.start == self._at + 1:
                self._load(following.start, following, following.state_vector)
            else:
                self._trainer.step(self._at)
                self._at += 1
            if self._at > after and perf_counter() >= deadline:
                return

    def _load(self, epoch: int, segment: Segment, state_vector: Array) -> None:
        self._store_head()
        if self._trainer.settings != segment.settings:
            self._configure(segment.settings, self._weights)
        self._trainer.load(state_vector)
        self._at = epoch

    def _store_head(self) -> None:
        """Store the state of the latest epoch before the trainer leaves it."""
        if self._at == self.epoch:
            self._history.head = self._state_vector()

    def _network(self, flat: Array) -> Network:
        return self._template.with_weights(*self._weights.split(flat))

    def _check_epoch(self, name: str, epoch: int, first: int = 0) -> int:
        return integer(name, epoch, first, self.epoch)


@cache
def _one_blas_thread() -> None:
    """Limit BLAS to one thread, once per process: bits must not depend on their number."""
    threadpool_limits(1, user_api="blas")


def ignore_float_errors() -> np.errstate:
    """Return a context without NumPy's warnings: a run tests for divergence itself."""
    return np.errstate(all="ignore")


def _samples(net: Network, X: ArrayLike, y: ArrayLike, suffix: str = "") -> tuple[Array, Array]:
    """Return read-only float64 copies of inputs and targets, checked against the network."""
    X = np.array(net.check_inputs(X, f"X{suffix}"))
    y = targets(y, (len(X), net.outputs), f"y{suffix}").copy()
    X.flags.writeable = y.flags.writeable = False
    return X, y


def _view(values: Array, stop: int) -> Array:
    view = values[:stop]
    view.flags.writeable = False
    return view
