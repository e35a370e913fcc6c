"""What a worker does: train some points for a slice of time.

It trains what `core.training.run.Run` trains, to the last bit, but stores no checkpoints, and what
it hands back of a point unfinished is as small after a million epochs as after one.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cache
from hashlib import sha256
from itertools import chain
from math import inf, isfinite
from pathlib import Path
from threading import Thread
from time import perf_counter, sleep
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from core.network import Network
from core.training.kernel import Kernel, Samples, Weights, one_blas_thread, single_thread
from core.training.settings import Settings
from core.training.sweep.folders import remove_folders_of
from core.training.trainer import Trainer, ignore_float_errors, initial_state
from core.utils.latest import latest

Array = NDArray[np.float64]
Ended = Literal["done", "diverged", "stopped", "failed"]

WATCH = 0.5  # s between two looks whether the app is still there
NICENESS = 10  # of 19: the app, and with it everybody's clicks, come first
CORE = Path(__file__).parents[2]


@dataclass(frozen=True, eq=False)
class Data:
    """The data of all points: X (N, d), y (N, K), the same for validation, or None.

    version: that the workers' `core` and NumPy must have; "" for workers that start with ours.
    """

    X: Array
    y: Array
    X_val: Array | None = None
    y_val: Array | None = None
    version: str = ""

    @property
    def nbytes(self) -> int:
        """Size of the arrays in bytes."""
        arrays = (getattr(self, name) for name in _ARRAYS)
        return sum(values.nbytes for values in arrays if values is not None)

    def write(self, folder: Path) -> None:
        """Write the arrays as .npy files."""
        for name in _ARRAYS:
            if (values := getattr(self, name)) is not None:
                np.save(folder / f"{name}.npy", values)

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Return the data of a folder, as memory maps: the kernel has copies of its own."""
        paths = {name: folder / f"{name}.npy" for name in _ARRAYS}
        return cls(**{name: np.load(path, "r") for name, path in paths.items() if path.exists()})


_ARRAYS = tuple(each.name for each in fields(Data) if each.name != "version")


@dataclass(frozen=True, eq=False)
class Position:
    """Where a point's training was left: all that its next epochs depend on.

    lowest: the lowest validation loss so far, and its epoch.
    """

    epoch: int
    state_vector: Array
    lowest: float
    lowest_epoch: int


@dataclass(frozen=True, eq=False)
class Task:
    """A point to train, from its beginning or from where it was left."""

    index: int
    network: Network
    settings: Settings
    position: Position | None = None


@dataclass(frozen=True, eq=False)
class Part:
    """What a slice of time brought of a point: losses of its new epochs, epoch 0 among the first.

    val_losses (n,) like losses, or (0,). position: to go on from, None if it ended; it may have
    "failed" then, and `error` is the sentence why.
    """

    index: int
    losses: Array
    val_losses: Array
    position: Position | None
    ended: Ended | None
    error: str = ""
    seconds: float = 0.0


def train(source: str | Data, tasks: Sequence[Task], seconds: float) -> list[Part]:
    """Train points in order until `seconds` have passed; return the parts of those begun.

    `source` is the data or the folder that holds it; without the folder the sweep is over, and
    nothing is trained. Raises RuntimeError if the data is from another version of `core`.
    """
    one_blas_thread()
    deadline = perf_counter() + seconds
    parts: list[Part] = []
    with single_thread(), ignore_float_errors():
        for task in tasks:
            late = parts and perf_counter() >= deadline
            if late or (isinstance(source, str) and not Path(source).exists()):
                break
            data = _folder_data(source) if isinstance(source, str) else source
            if data.version and data.version != version():
                raise RuntimeError("its workers have another version of core or of NumPy")
            parts.append(_part(task, data, deadline))
    return parts


def begin(parent: int) -> None:
    """Prepare a worker process of this machine: lower its priority, and end it with its parent.

    On Windows, where a process keeps its parent's number, it ends when it was idle for a while.
    """
    if os.name == "posix":
        os.nice(NICENESS)
        Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    """End this process, and remove its parent's data, when that was killed, which tells nobody."""
    while os.getppid() == parent:
        sleep(WATCH)
    remove_folders_of(parent)
    os._exit(0)


@cache
def version() -> str:
    """Return what the bits of a result depend on: NumPy's version and a digest of our sources."""
    digest = sha256(np.__version__.encode())
    for path in sorted(chain(CORE.glob("*.py"), (CORE / "training").rglob("*.py"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()


_data: dict[str, Data] = {}  # by folder, of the sweeps under way


def _folder_data(folder: str) -> Data:
    """Return the data of a folder, read once; that of sweeps that are over is released."""
    if folder not in _data:
        for over in [each for each in _data if not Path(each).exists()]:
            del _data[over]
        _data[folder] = Data.read(Path(folder))
    return _data[folder]


def _samples(data: Data, bias: bool) -> tuple[Samples, Samples | None]:
    """Return the training and the validation set in the kernel's layout."""
    training = Samples.of(data.X, data.y, bias=bias)
    if data.X_val is None or data.y_val is None:
        return training, None
    return training, Samples.of(data.X_val, data.y_val, bias=bias)


def _part(task: Task, data: Data, deadline: float) -> Part:
    """Train a point until the deadline, one epoch at least; why it fails is told in the part."""
    began = perf_counter()
    try:
        sets = latest(data, (task.network.bias_input,), _samples, most=2)
        part = _train(task, *sets, deadline)
    except (ValueError, MemoryError) as error:
        reason = str(error) if isinstance(error, ValueError) else "there is not enough memory"
        part = Part(task.index, np.empty(0), np.empty(0), None, "failed", reason)
    return replace(part, seconds=perf_counter() - began)


def _train(task: Task, training: Samples, validation: Samples | None, deadline: float) -> Part:
    """Train until the deadline or the end, by the rules of `core.training.replay.Replay.train`."""
    net, settings, before = task.network, task.settings, task.position
    weights = Weights(net)
    trainer = Trainer(net, training, settings, weights)
    validate = Kernel(net, validation, settings.loss, weights).cost if validation else None
    step, flat = trainer.step, weights.flat
    losses, val_losses = [], []
    if before:
        trainer.load(before.state_vector)
        epoch, lowest, best = before.epoch, before.lowest, before.lowest_epoch
    else:
        losses.append(trainer.load(initial_state(net, settings)))
        val_losses.append(validate() if validate else inf)
        epoch, lowest, best = 0, val_losses[0], 0
        if not isfinite(losses[0] + flat.dot(flat)):
            raise ValueError("X, y or the weights are too large: C is not a finite number")
    epochs, patience = settings.epochs, inf if settings.patience is None else settings.patience
    diverged = False
    while epoch < epochs and epoch - best < patience:
        C = step(epoch)
        if diverged := not isfinite(C + flat.dot(flat)):  # its square is not if a weight is not
            break
        epoch += 1
        losses.append(C)
        if validate:
            val_losses.append(validate())
            if val_losses[-1] < lowest:
                lowest, best = val_losses[-1], epoch
        if perf_counter() >= deadline:
            break
    ended: Ended | None = None
    if diverged:
        ended = "diverged"
    elif epoch >= epochs:
        ended = "done"
    elif epoch - best >= patience:
        ended = "stopped"
    position = None if ended else Position(epoch, trainer.state_vector(), lowest, best)
    curves = np.array(losses), np.array(val_losses if validate else ())
    return Part(task.index, *curves, position, ended)
