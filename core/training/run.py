"""Training run that can be watched, paused, resumed and rewound.

Epoch e means "after e epochs of updates": `losses[0]` is C before training. Losses are C over the
whole training set, without L2, with mini-batches too.
"""

import math
from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import dataclass, replace
from threading import RLock
from time import perf_counter
from typing import Literal, Self
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.gradients import targets
from core.network import Network
from core.training.film import Film
from core.training.history import History, HistorySnapshot, Segment
from core.training.kernel import Samples, epoch_time, one_blas_thread
from core.training.replay import Replay
from core.training.settings import MAX_EPOCHS, Settings
from core.training.trainer import ignore_float_errors, initial_state
from core.training.update import Update
from core.utils.arguments import duration, flag, function, instance, integer

__all__ = ["MAX_EPOCHS", "Film", "Run", "Settings"]

Array = NDArray[np.float64]


class Run:
    """Training of `net` on X (N, d) and y, (N,) or (N, K), with checkpoints to recompute any epoch.

    Thread-safe: two script threads of a browser session may call it at once. The data is copied,
    unless it is in arrays of its own that nobody can write to: runs share those.
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
        one_blas_thread()
        settings = Settings() if settings is None else instance("settings", settings, Settings)
        if (X_val is None) != (y_val is None):
            alone, absent = ("X_val", "y_val") if y_val is None else ("y_val", "X_val")
            raise ValueError(f"{alone} is given without {absent}: validation takes both")
        self._lock = RLock()
        net = instance("net", net, Network)
        self._train = _Data.of(net, X, y)
        self._val = None if X_val is None or y_val is None else _Data.of(net, X_val, y_val, "_val")
        self._check_settings(settings, net)
        samples = self._train.samples
        validation = None if self._val is None else self._val.samples
        history = History(
            Segment(0, settings, initial_state(net, settings)),
            validated=validation is not None,
            epoch_time=epoch_time(net, len(samples)),
        )
        self._replay = Replay(net, samples, validation, history)

    def __repr__(self) -> str:
        """Return, say, Run(Network(…), 4 samples, epoch 12 of 500, C = 0.125); and why it ended."""
        validation = f" and {len(self._val.X)} for validation" if self._val else ""
        epoch, ended = self.epoch, self.ended
        return (
            f"{type(self).__name__}({self.template}, {len(self.X)} samples{validation}, "
            f"epoch {epoch} of {self.settings.epochs}, {self.settings.loss} = "
            f"{self._history.losses[epoch]:.6g}{', ' if ended else ''}{ended})"
        )

    @property
    def X(self) -> Array:
        """The training inputs, (N, d)."""
        return self._train.X

    @property
    def y(self) -> Array:
        """The training targets, (N, K)."""
        return self._train.y

    @property
    def validation(self) -> tuple[Array, Array] | None:
        """The validation inputs (N, d) and targets (N, K), if there are any."""
        return None if self._val is None else (self._val.X, self._val.y)

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
        return self._replay.net

    @property
    def epoch_seconds(self) -> float:
        """Seconds an epoch took in the last training; 0 before any."""
        return self._replay.epoch_seconds

    @property
    def seconds(self) -> float | None:
        """Seconds of training so far, without replays; None if a file did not say.

        Of a branch: those of the run that it continues, shared out by epochs, and its own.
        """
        return self._history.seconds

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
        return self._history.best if self._val else None

    @property
    def ended(self) -> Literal["", "done", "diverged", "stopped"]:
        """Why training is over, "" if it is not.

        "done": the run's length is reached. "stopped": early stopping. "diverged": in the next
        epoch a weight or C is infinite or NaN; `epoch` is the last finite one.
        """
        return self._history.ended

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
        """Largest memory in bytes: the data, in all its layouts, and the history."""
        return memory([self])

    def compact(self, max_bytes: int) -> None:
        """Thin the checkpoints to `max_bytes`, and free what further training takes.

        Any epoch is still recomputed to the last bit, though later. Training makes space again.
        """
        with self._lock, ignore_float_errors():
            self._replay.compact(integer("max_bytes", max_bytes))

    def clone(self) -> Self:
        """Return an independent copy that continues exactly as this run would."""
        snapshot = self.snapshot(self._history.nbytes)
        validation = self.validation or ()
        return self.from_snapshot(self.template, self.X, self.y, snapshot, *validation)

    def settings_at(self, epoch: int) -> Settings:
        """Return the settings of the update after `epoch`."""
        return self._history.segment(integer("epoch", epoch)).settings

    def same_loss_since(self, epoch: int) -> int:
        """Return the latest epoch, up to `epoch`, at which the loss function changed; else 0."""
        return self._history.same_loss_since(integer("epoch", epoch))

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
            self._replay.train(first + epochs, perf_counter() + seconds, progress)
            return self.losses[first + 1 :]

    def at(self, epoch: int) -> Network:
        """Return the network at that epoch, to the last bit. Raises ValueError beyond `epoch`."""
        with self._lock, ignore_float_errors():
            epoch = self._check_epoch("epoch", epoch)
            return self._replay.network(self._replay.state_vector(epoch))

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
            self._replay.seek(epoch, seconds, deadline)
            return self._replay.epoch

    def film(
        self,
        after: int,
        frames: int,
        stride: int = 1,
        seconds: float = math.inf,
        *,
        gradients: bool = False,
        updates: bool = False,
        states: bool = False,
    ) -> Film:
        """Return the weights at `after + stride`, `after + 2 stride`, …, training where needed.

        The film ends early at the run's last epoch. If `seconds` pass before there are `frames`, it
        ends with the epoch reached, off the stride or not. Raises ValueError for an `after` beyond
        `epoch` (−1 is before epoch 0), a stride below 1 and frames or seconds below 0.
        """
        frames, stride = integer("frames", frames), integer("stride", stride, 1)
        gradients, updates = flag("gradients", gradients), flag("updates", updates)
        states = flag("states", states)
        deadline = perf_counter() + duration("seconds", seconds)
        with self._lock, ignore_float_errors():
            after = self._check_epoch("after", after, first=-1)
            return self._replay.film(
                after,
                frames,
                stride,
                deadline,
                gradients=gradients,
                updates=updates,
                states=states,
            )

    def update(self, epoch: int) -> Update:
        """Return the update from `epoch` to the next, term by term; the run does not change.

        It exists also if that update was never trained or the run ended.
        Raises ValueError beyond `epoch`.
        """
        with self._lock, ignore_float_errors():
            return self._replay.update(self._check_epoch("epoch", epoch))

    def branch(
        self, epoch: int, *, network: Network | None = None, settings: Settings | None = None
    ) -> Self:
        """Return a new run with this one's history up to `epoch`, to continue from there.

        `network` replaces the weights at `epoch`; `settings` apply from `epoch` on. The
        optimiser's state is kept unless the optimiser changes.
        Raises ValueError for an epoch not trained, another architecture, or unsuitable settings.
        """
        with self._lock, ignore_float_errors():
            epoch = self._check_epoch("epoch", epoch)
            if settings is None:
                settings = self.settings_at(epoch)
            settings = instance("settings", settings, Settings)
            settings = replace(settings, epochs=max(settings.epochs, epoch))
            net = self.at(epoch) if network is None else instance("network", network, Network)
            if net.shapes != self.template.shapes:
                raise ValueError("a branch keeps the shapes of the matrices")
            if _forms(net) != _forms(self.template):
                raise ValueError("a branch keeps the biases and activations of its network")
            self._check_settings(settings, net)
            edited = network is not None
            branch = copy(self)
            branch._lock = RLock()
            branch._replay = self._replay.branch(epoch, net, settings, edited=edited)
            return branch

    def snapshot(self, max_bytes: int) -> HistorySnapshot:
        """Return the history as plain arrays, with at most `max_bytes` of checkpoints."""
        with self._lock, ignore_float_errors():
            self._history.head = self._replay.head()
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
        for segment in snapshot.segments:
            run._check_settings(segment.settings, net)
        snapshot.check(weights=net.size)
        history = History.from_snapshot(snapshot, epoch_time=epoch_time(net, len(run.X)))
        run._replay = run._replay.of(net, history)
        return run

    @property
    def _history(self) -> History:
        return self._replay.history

    def _check_settings(self, settings: Settings, net: Network) -> None:
        settings.check(net, self.y, validated=self._val is not None)

    def _check_epoch(self, name: str, epoch: int, first: int = 0) -> int:
        return integer(name, epoch, first, self.epoch)


def memory(runs: Iterable[Run]) -> int:
    """Return the largest memory in bytes of these runs; data that they share counts once."""
    runs = list(runs)
    data = {part for run in runs for part in (run._train, run._val) if part}
    return sum(part.nbytes for part in data) + sum(run._history.nbytes for run in runs)


@dataclass(frozen=True, eq=False)
class _Data:
    """Inputs X (N, d), targets y (N, K), both read-only, and the kernel's layout of them."""

    X: Array
    y: Array
    samples: Samples

    @classmethod
    def of(cls, net: Network, X: ArrayLike, y: ArrayLike, suffix: str = "") -> "_Data":
        """Return inputs and targets, checked against the network; for the same arrays the same."""
        X = _read_only(net.check_inputs(X, f"X{suffix}"))
        y = _read_only(targets(y, (len(X), net.outputs), f"y{suffix}"))
        key = id(X), id(y), net.bias_input
        found = _shared.get(key)
        if found is None:
            found = _shared[key] = cls(X, y, Samples.of(X, y, bias=net.bias_input))
        return found

    @property
    def nbytes(self) -> int:
        """Size in bytes, in all layouts."""
        return int(self.X.nbytes + self.y.nbytes) + self.samples.nbytes


# By the identities of X and y, which are nobody else's as long as a `_Data` has them.
_shared: WeakValueDictionary[tuple[int, int, bool], _Data] = WeakValueDictionary()


def _read_only(array: Array) -> Array:
    """Return the array itself if nobody can write to its memory, else a copy."""
    flags = array.flags
    if type(array) is np.ndarray and flags.owndata and flags.c_contiguous and not flags.writeable:
        return array
    own = np.array(array, order="C")
    own.flags.writeable = False
    return own


def _forms(net: Network) -> tuple[object, ...]:
    return net.bias_input, net.bias_hidden, net.hidden, net.output


def _view(values: Array, stop: int) -> Array:
    view = values[:stop]
    view.flags.writeable = False
    return view
