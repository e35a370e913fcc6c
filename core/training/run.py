"""A training run that can be watched, resumed and travelled in.

Epoch e means "after e epochs of updates": `losses[0]` is C before any. The losses are C over the
whole training set at each epoch, without L2, whatever the batches.
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
from core.training.update import State, Update, decay_of
from core.utils.arguments import duration, flag, function, instance, integer

__all__ = ["MAX_EPOCHS", "Film", "Run", "Settings"]

Array = NDArray[np.float64]

REPORT_EVERY = 0.1  # seconds between two calls of a progress callback


class Run:
    """Training of `net` on X (N, d) and y, (N,) or (N, K), kept so that any epoch can be had again.

    Thread-safe: two script threads of a browser session may ask at once. The data is copied.
    Raises ValueError when the shapes do not fit the network, values are no finite numbers or too
    large to give a finite C, there are no samples, only one of X_val and y_val is given, the loss
    does not suit the output or the targets, or patience is asked for without a validation set.
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
        self._epoch_seconds = 0.0  # that an epoch took lately
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
        """The settings in force at the latest epoch."""
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
        """A network of this run's sizes, biases and activations, at no epoch in particular.

        It is there at once, where `network` may have to compute an epoch again.
        """
        return self._template

    @property
    def epoch_seconds(self) -> float:
        """The seconds that an epoch took when last trained; 0 before any was."""
        return self._epoch_seconds

    @property
    def checkpoint_stride(self) -> int:
        """Epochs from one checkpoint to the next: `at` recomputes fewer than so many."""
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
        """The epoch with the least validation loss so far; None without a validation set.

        Where the loss was changed, earlier epochs do not count: they tell another loss.
        """
        if self.val_losses is None:
            return None
        since = self._history.same_loss_since()
        return since + int(np.argmin(self.val_losses[since:]))

    @property
    def ended(self) -> Literal["", "done", "diverged", "stopped"]:
        """Why there is no epoch to train, "" if there is.

        "done": the run's length is reached. "stopped": patience ran out. "diverged": the next
        epoch would make a weight or C infinite or NaN; `epoch` is the last finite one.
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
        """There is no epoch to train."""
        return bool(self.ended)

    @property
    def branch_epochs(self) -> tuple[int, ...]:
        """The epochs at which settings or weights were changed, in order."""
        return tuple(segment.start for segment in self._history.segments[1:])

    @property
    def edited_epochs(self) -> tuple[int, ...]:
        """The epochs at which weights were typed over, in order."""
        return tuple(segment.start for segment in self._history.segments if segment.edited)

    @property
    def nbytes(self) -> int:
        """Bytes of memory that it may come to hold: data, by rows and by columns, and history."""
        data = sum(int(array.nbytes) for array in [*self._train, *(self._val or ())])
        return 2 * data + self._history.nbytes

    def clone(self) -> Self:
        """A run of its own that goes on from here as this one would, to the last bit."""
        kept = self.snapshot(self._history.nbytes)
        return self.from_snapshot(self._template, *self._train, kept, *(self._val or ()))

    def settings_at(self, epoch: int) -> Settings:
        """The settings of the updates that leave `epoch`, from 0 on."""
        return self._history.segment(integer("epoch", epoch)).settings

    def advance(
        self,
        epochs: int,
        *,
        seconds: float = math.inf,
        progress: Callable[[int, int], object] | None = None,
    ) -> Array:
        """Train `epochs` more, fewer when the run ends, `seconds` have passed or it is cancelled.

        `progress(trained, epochs)` is called ten times a second; when it returns True, training
        stops after the epoch at work. Returns the new epochs' losses. The same bits in one go or
        in slices. Raises ValueError for epochs that are no integer from 0 on, and seconds below 0.
        """
        epochs, seconds = integer("epochs", epochs), duration("seconds", seconds)
        progress = None if progress is None else function("progress", progress)
        with self._lock, quiet():
            first = self._history.epoch
            self._restore(first)
            self._train_towards(first + epochs, perf_counter() + seconds, progress)
            return self.losses[first + 1 :]

    def at(self, epoch: int) -> Network:
        """The network of that epoch, to the last bit. Raises ValueError beyond `epoch`."""
        with self._lock, quiet():
            epoch = self._trained("epoch", epoch)
            self._restore(epoch)
            return self._network(self._weights.flat)

    def seek(self, epoch: int, seconds: float = math.inf) -> int:
        """Go to an epoch that was trained, or towards it for `seconds`; the epoch reached.

        What is reached, `at` and `film` then have at once. Where the way from the nearest epoch
        kept would take longer than `seconds`, the first call only goes there, which takes no time;
        further calls go on from it. Raises ValueError beyond `epoch`, and for seconds below 0.
        """
        seconds = duration("seconds", seconds)
        deadline = perf_counter() + seconds
        with self._lock, quiet():
            epoch = self._trained("epoch", epoch)
            kept, segment, state_vector = self._history.kept(epoch)
            far = (epoch - kept) * self._epoch_seconds > seconds
            if far and not kept <= self._at <= epoch:
                self._load(kept, segment, state_vector)
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
        """The weights at `after + stride`, `after + 2 stride`, …, training on where needed.

        Ends with the run's last epoch when it comes upon that. When `seconds` run out before
        `frames` are there, it ends with the epoch that it has reached, off the stride or not.
        Raises ValueError for an `after` beyond `epoch` (−1 stands before epoch 0), a stride below 1
        and frames or seconds below 0.
        """
        frames, stride = integer("frames", frames), integer("stride", stride, 1)
        gradients, updates = flag("gradients", gradients), flag("updates", updates)
        deadline = perf_counter() + duration("seconds", seconds)
        reel = FilmBuilder(self._weights)
        with self._lock, quiet():
            after = self._trained("after", after, first=-1)
            while len(reel.epochs) < frames:
                wanted, before = after + stride, None
                if updates:  # an update is what came since the epoch before, so go there first
                    wanted, before = self._before(wanted, after, deadline)
                reached = self._advance_to(wanted, deadline, after)
                if reached <= after:
                    break
                reel.add(reached, self._trainer.gradient() if gradients else None, before)
                late = perf_counter() >= deadline
                if late or reached < after + stride:
                    break
                after = reached
            return reel.film()

    def update(self, epoch: int) -> Update:
        """The update that leaves `epoch`, in full; the run itself stays as it is.

        It is what training does there next, also where that was never trained or the run ended.
        Raises ValueError beyond `epoch`.
        """
        with self._lock, quiet():
            epoch = self._trained("epoch", epoch)
            self._restore(epoch)
            state_vector, gradient = self._state_vector(), self._trainer.gradient()
            try:
                C, after = self._trainer.step(epoch), self._state_vector()
            finally:
                self._trainer.load(state_vector)
            return self._told(epoch, state_vector, after, gradient, C)

    def branch(
        self, epoch: int, *, network: Network | None = None, settings: Settings | None = None
    ) -> Self:
        """A new run that shares this one's history up to `epoch` and goes on from there.

        With `network`, the weights at `epoch` are replaced; with `settings`, the updates from
        `epoch` on follow them. The optimiser keeps its state unless it is another one.
        Raises ValueError for an epoch not trained, another shape, or settings that do not suit.
        """
        with self._lock, quiet():
            epoch = self._trained("epoch", epoch)
            old = self.settings_at(epoch)
            settings = old if settings is None else instance("settings", settings, Settings)
            settings = replace(settings, epochs=max(settings.epochs, epoch))
            start = self.at(epoch) if network is None else instance("network", network, Network)
            if Weights(start).shapes != self._weights.shapes:
                raise ValueError("a branch keeps the shapes of W1 and W2")
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
            clone._history = self._history.branched(Segment(epoch, settings, fresh, edited))
            clone._begin_segment()
            return clone

    def snapshot(self, most: int) -> HistorySnapshot:
        """What is kept of its epochs, to be written down; rows to start from in `most` bytes."""
        with self._lock, quiet():
            self._restore(self.epoch)
            self._keep_head()
            return self._history.snapshot(most)

    @classmethod
    def from_snapshot(
        cls,
        net: Network,
        X: ArrayLike,
        y: ArrayLike,
        kept: HistorySnapshot,
        X_val: ArrayLike | None = None,
        y_val: ArrayLike | None = None,
    ) -> Self:
        """The run that was written, of the same network, data and validation data.

        On the same installation it goes on to the last bit. Raises ValueError where these do not
        belong together, and as `Run` itself does.
        """
        run = cls(net, X, y, kept.segments[0].settings, X_val, y_val)
        run._check(kept)
        run._history = History.from_snapshot(kept, epoch_time=epoch_time(net, len(run._data)))
        run._configure(run.settings, Weights(net))
        with quiet():
            C, told = run._trainer.load(kept.head), float(kept.losses[-1])
        if not math.isclose(C, told, rel_tol=1e-9, abs_tol=1e-300):
            raise ValueError(f"its weights give C = {C:.6g}, where its losses end with {told:.6g}")
        run._at = run.epoch
        return run

    def _check(self, kept: HistorySnapshot) -> None:
        """That a history can be one of this network and this data."""
        starts = [segment.start for segment in kept.segments]
        if (
            starts[0] != 0
            or any(b <= a for a, b in pairwise(starts))
            or starts[-1] >= len(kept.losses)
        ):
            raise ValueError(f"its branches start at {starts}, of {len(kept.losses) - 1} epochs")
        for segment in kept.segments:
            self._configure(segment.settings, self._weights)
            if segment.state_vector.shape != (self._trainer.size,):
                raise ValueError(f"the weights of epoch {segment.start} are of another network")
        if kept.head.shape != (self._trainer.size,) or kept.rows.shape[1] < self._weights.flat.size:
            raise ValueError("its rows are of another network")
        if (
            not (len(kept.rows) - 1) * kept.stride
            < len(kept.losses)
            <= len(kept.rows) * kept.stride
        ):
            raise ValueError("its rows are not those of its epochs")

    def _told(
        self, epoch: int, state_vector: Array, after: Array, gradient: Array, C: float
    ) -> Update:
        """The update from what the trainer was at `epoch` and is after it."""
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
            decay=decay_of(before, settings.l2),
            state_before=State.of(settings, self._weights, state_vector[P:]),
            state_after=State.of(settings, self._weights, after[P:]),
            steps=self._trainer.updates,
            samples=len(self._data),
            C_before=float(self._history.losses[epoch]),
            C_after=C,
            replaced=following is not None
            and not np.array_equal(following.state_vector[:P], after[:P]),
        )

    def _configure(self, settings: Settings, weights: Weights) -> None:
        """Make the trainer and the validation for these settings; they stand nowhere yet."""
        check_loss(self._template, settings.loss)
        check_targets(settings.loss, self.y)
        if settings.patience is not None and not self._val:
            raise ValueError("patience needs a validation set to watch")
        self._weights = weights
        self._norm = partial(
            weights.flat.dot, weights.flat
        )  # squared; not finite if a weight is not
        self._trainer = Trainer(self._template, self._data, settings, weights)
        self._validate = (
            Kernel(self._template, self._val_data, settings.loss, weights).cost
            if self._val_data
            else None
        )
        self._at = -1

    def _state_vector(self) -> Array:
        """What the trainer is at this moment."""
        state_vector = np.empty(self._trainer.size)
        self._trainer.write(state_vector)
        return state_vector

    def _begin_segment(self) -> None:
        """Make the start of the latest segment the latest epoch, or say why that cannot be."""
        segment = self._history.segments[-1]
        with quiet():
            finite = self._record(self._trainer.load(segment.state_vector))
        if not finite:
            raise ValueError("X, y or the weights are too large: C is not a finite number")

    def _train_towards(
        self,
        target: int,
        deadline: float = math.inf,
        progress: Callable[[int, int], object] | None = None,
    ) -> bool:
        """Train from the latest epoch towards `target`, one epoch at least; False if none is."""
        history, step, record = self._history, self._trainer.step, self._record
        first, started = history.epoch, perf_counter()
        stop = first if history.diverged else min(target, self.settings.epochs)
        report = perf_counter() + REPORT_EVERY if progress else math.inf
        patient = self.settings.patience is None
        epoch = first
        while epoch < stop and (patient or not history.out_of_patience()):
            if not record(step(epoch)):
                history.diverged = True
                self._at = -1  # these weights are no epoch's
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
        """Make the epoch where the trainer stands the latest; False if it is not finite."""
        if not isfinite(C + self._norm()):
            return False
        validate = self._validate
        self._at = self._history.record(C, validate and validate(), self._trainer.write)
        return True

    def _advance_to(self, epoch: int, deadline: float, after: int) -> int:
        """Go to that epoch as trained before, or by training; the epoch where it stands.

        It is an earlier one at the deadline, though later than `after`, or when the run ends.
        """
        if epoch <= self.epoch:
            self._restore(epoch, deadline, after)
        else:
            self._restore(self.epoch)
            self._train_towards(epoch, deadline)
            self._restore(self.epoch)  # where the last step led to infinity
        return self._at

    def _before(self, wanted: int, after: int, deadline: float) -> tuple[int, Array]:
        """The epoch to go to, towards `wanted`, and the weights that its update came to."""
        if wanted == 0:
            self._restore(0)
            return 0, self._weights.flat.copy()
        reached = self._advance_to(max(wanted - 1, after), deadline, after - 1)
        if reached > after and reached == self.epoch and self.ended:
            self._restore(reached - 1)  # there is no epoch after it
        return self._at + 1, self._weights.flat.copy()

    def _restore(self, epoch: int, deadline: float = math.inf, after: int = -1) -> None:
        """Bring the trainer to an epoch that was trained, from the nearest one kept before it.

        At the deadline it stays where it has come to, once it is later than `after`.
        """
        if self._at == epoch:
            return
        start, segment, state_vector = self._history.kept(epoch)
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
        self._keep_head()
        if self._trainer.settings != segment.settings:
            self._configure(segment.settings, self._weights)
        self._trainer.load(state_vector)
        self._at = epoch

    def _keep_head(self) -> None:
        """Before the trainer leaves the latest epoch: what it is there."""
        if self._at == self.epoch:
            self._history.head = self._state_vector()

    def _network(self, flat: Array) -> Network:
        W1, W2 = self._weights.split(flat)
        return replace(self._template, W1=W1, W2=W2)

    def _trained(self, name: str, epoch: int, first: int = 0) -> int:
        return integer(name, epoch, first, self.epoch)


@cache
def _one_blas_thread() -> None:
    """Once per process: the bits of a sum must not depend on how many threads BLAS takes."""
    threadpool_limits(1, user_api="blas")


def quiet() -> np.errstate:
    """No warnings in here: a run tests for divergence itself."""
    return np.errstate(all="ignore")


def _samples(net: Network, X: ArrayLike, y: ArrayLike, suffix: str = "") -> tuple[Array, Array]:
    """Read-only float64 copies of inputs and targets, checked against the network."""
    X = np.array(net.fitting(X, f"X{suffix}"))
    y = targets(y, (len(X), net.outputs), f"y{suffix}").copy()
    X.flags.writeable = y.flags.writeable = False
    return X, y


def _view(values: Array, stop: int) -> Array:
    view = values[:stop]
    view.flags.writeable = False
    return view
