"""Replay of a run: its trainer at any epoch of its history, which it continues.

Trained or replayed, an epoch has the same bits. Arguments are not checked and nothing is locked
here: `Run` does both.
"""

import math
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from math import isfinite
from time import perf_counter
from typing import Self

import numpy as np
from numpy.typing import NDArray

from core.network import Network
from core.training.film import Film
from core.training.history import History, Segment
from core.training.kernel import Kernel, Samples, Weights
from core.training.settings import Settings
from core.training.trainer import Trainer, ignore_float_errors, initial_state
from core.training.update import OptimizerState, Update, weight_decay

Array = NDArray[np.float64]

REPORT_EVERY = 0.1  # seconds between two calls of a progress callback


class Replay:
    """A trainer at some `epoch` of `history`, or at none (−1); it begins at the latest one.

    net: a network of the same sizes and activations. weights: the trainer's own, which it changes.
    epoch_seconds: of an epoch, measured last.
    Raises ValueError if C is not finite at the start of a history, or is not what the history says.
    """

    def __init__(
        self, net: Network, train: Samples, validation: Samples | None, history: History
    ) -> None:
        self.net, self.history, self.weights = net, history, Weights(net)
        self.epoch_seconds = 0.0
        self._train, self._validation = train, validation
        # The squared norm is not finite if a weight is not.
        self._squared_norm = partial(self.weights.flat.dot, self.weights.flat)
        self._trainer: Trainer | None = self._configure(history.settings)
        with ignore_float_errors():
            C = self.trainer.load(history.head)
            if history.epoch < history.segments[-1].start:
                if not self._record(C):
                    raise ValueError("X, y or the weights are too large: C is not a finite number")
                return
        expected = float(history.losses[history.epoch])
        if not math.isclose(C, expected, rel_tol=1e-9, abs_tol=1e-300):
            raise ValueError(
                f"its weights give C = {C:.6g}, but its losses end with {expected:.6g}"
            )
        self.epoch = history.epoch

    def of(self, net: Network, history: History) -> Self:
        """Return the replay of another history on the same data."""
        return type(self)(net, self._train, self._validation, history)

    def branch(self, epoch: int, net: Network, settings: Settings, *, edited: bool) -> Self:
        """Return a replay that continues from `epoch` with these weights and settings.

        The optimiser's state is kept unless the optimiser changes.
        """
        before, start = self.state_vector(epoch), initial_state(net, settings)
        if settings.optimizer == self.trainer.settings.optimizer:
            P = self.weights.flat.size
            start[P:] = before[P:]
        branch = self.of(net, self.history.branch(Segment(epoch, settings, start, edited)))
        branch.epoch_seconds = self.epoch_seconds
        return branch

    def train(
        self,
        target: int,
        deadline: float = math.inf,
        progress: Callable[[int, int], object] | None = None,
    ) -> None:
        """Train from the latest epoch towards `target`; at least one epoch, unless none is left."""
        self.restore(self.history.epoch)
        history, step, record = self.history, self.trainer.step, self._record
        first = history.epoch
        stop = first if history.diverged else min(target, history.settings.epochs)
        if stop > first:
            history.expand()
        started = perf_counter()
        report = perf_counter() + REPORT_EVERY if progress else math.inf
        patient = history.settings.patience is None
        epoch = first
        while epoch < stop and (patient or not history.out_of_patience()):
            if not record(step(epoch)):
                history.diverged = True
                self.epoch = -1  # these weights belong to no epoch
                break
            epoch += 1
            now = perf_counter()
            if now >= deadline:
                break
            if now >= report and progress:
                if progress(epoch - first, target - first) is True:
                    break
                report = perf_counter() + REPORT_EVERY
        seconds = perf_counter() - started
        if epoch > first:
            self.epoch_seconds = seconds / (epoch - first)
        if history.seconds is not None:
            history.seconds += seconds

    def restore(self, epoch: int, deadline: float = math.inf, after: int = -1) -> None:
        """Bring the trainer to a trained epoch, replaying from the nearest checkpoint.

        At the deadline it stops early, at an epoch later than `after`.
        """
        if self.epoch == epoch:
            return
        start, segment, state_vector = self.history.nearest_checkpoint(epoch)
        if not start <= self.epoch < epoch:
            self._load(start, segment, state_vector)
        while self.epoch < epoch:
            following = self.history.segment(self.epoch + 1)
            if following.start == self.epoch + 1:
                self._load(following.start, following, following.state_vector)
            else:
                self.trainer.step(self.epoch)
                self.epoch += 1
            if self.epoch > after and perf_counter() >= deadline:
                return

    def seek(self, epoch: int, seconds: float, deadline: float) -> None:
        """Restore a trained epoch, or only load a checkpoint if replaying takes longer."""
        start, segment, state_vector = self.history.nearest_checkpoint(epoch)
        far = (epoch - start) * self.epoch_seconds > seconds
        if far and not start <= self.epoch <= epoch:
            self._load(start, segment, state_vector)
        else:
            self.restore(epoch, deadline)

    def state_vector(self, epoch: int) -> Array:
        """Restore a trained epoch; return a copy of the trainer's state there."""
        self.restore(epoch)
        return self.trainer.state_vector()

    def head(self) -> Array:
        """Return the state vector of the latest epoch; the trainer moves only if it diverged."""
        latest = self.history.epoch
        if self.epoch == latest or self.history.diverged:
            return self.state_vector(latest)
        return self.history.head

    def film(
        self,
        after: int,
        frames: int,
        stride: int,
        deadline: float,
        *,
        gradients: bool,
        updates: bool,
        states: bool,
    ) -> Film:
        """Return what `Run.film` does."""
        epochs: list[int] = []
        vectors = defaultdict[str, list[Array]](list, weights=[])  # of a `Film`, (P,) an epoch
        of_optimizer: list[Array] = []
        while len(epochs) < frames:
            wanted, before = after + stride, None
            if updates:  # needs the weights of the epoch before
                wanted, before = self._weights_before(wanted, after, deadline)
            reached = self._advance_to(wanted, deadline, after)
            if reached <= after:
                break
            epochs.append(reached)
            vectors["weights"].append(self.weights.flat.copy())
            if gradients:
                vectors["gradients"].append(self.trainer.gradient())
            if before is not None:
                vectors["updates"].append(self.weights.flat - before)
            if states:
                of_optimizer.append(self.trainer.optimizer_state())
            if perf_counter() >= deadline or reached < after + stride:
                break
            after = reached
        shape = len(epochs), self.weights.flat.size
        matrices = {
            name: self.weights.split(np.reshape(rows, shape)) for name, rows in vectors.items()
        }
        of_states = tuple(of_optimizer) if states else None
        return Film(np.array(epochs, dtype=np.int64), **matrices, states=of_states)

    def update(self, epoch: int) -> Update:
        """Return the update after a trained epoch; the trainer stays at that epoch."""
        before, gradient = self.state_vector(epoch), self.trainer.gradient()
        try:
            C, after = self.trainer.step(epoch), self.trainer.state_vector()
        finally:
            self.trainer.load(before)
        P, split, settings = self.weights.flat.size, self.weights.split, self.trainer.settings
        net = self.network(before)
        following = next((s for s in self.history.segments if s.start == epoch + 1), None)
        return Update(
            epoch,
            settings,
            net,
            self.network(after) if np.isfinite(after[:P]).all() else None,
            change=split(after[:P] - before[:P]),
            gradient=split(gradient),
            decay=weight_decay(net, settings.l2),
            state_before=OptimizerState.of(settings, self.weights, before[P:]),
            state_after=OptimizerState.of(settings, self.weights, after[P:]),
            steps=self.trainer.updates,
            samples=len(self._train),
            C_before=float(self.history.losses[epoch]),
            C_after=C,
            replaced=following is not None
            and not np.array_equal(following.state_vector[:P], after[:P]),
        )

    def network(self, state_vector: Array) -> Network:
        """Return the network whose weights a state vector begins with."""
        return self.net.with_weights(*self.weights.split(state_vector[: self.weights.flat.size]))

    @property
    def trainer(self) -> Trainer:
        """The trainer; one of the latest settings, at no epoch, if there was none."""
        if self._trainer is None:
            self._trainer = self._configure(self.history.settings)
        return self._trainer

    def _configure(self, settings: Settings) -> Trainer:
        """Return a trainer for these settings, at no epoch yet; with it goes the validation."""
        self._validate = (
            Kernel(self.net, self._validation, settings.loss, self.weights).cost
            if self._validation
            else None
        )
        self.epoch = -1
        return Trainer(self.net, self._train, settings, self.weights)

    def compact(self, max_bytes: int) -> None:
        """Take little memory until the next call: `History.compact`, and no trainer."""
        if self.epoch == self.history.epoch:
            self.history.head = self.trainer.state_vector()
        self.history.compact(max_bytes)
        self._trainer = self._validate = None
        self.epoch = -1

    def _load(self, epoch: int, segment: Segment, state_vector: Array) -> None:
        if self.epoch == self.history.epoch:
            self.history.head = self.trainer.state_vector()
        if self.trainer.settings != segment.settings:
            self._trainer = self._configure(segment.settings)
        self.trainer.load(state_vector)
        self.epoch = epoch

    def _record(self, C: float) -> bool:
        """Add the trainer's current epoch to the history; return False if it is not finite."""
        if not isfinite(C + self._squared_norm()):
            return False
        validate = self._validate
        self.epoch = self.history.record(C, validate and validate(), self.trainer.write)
        return True

    def _advance_to(self, epoch: int, deadline: float, after: int) -> int:
        """Go to that epoch, training where needed; return the epoch reached.

        At the deadline or the run's end it is an earlier one, but later than `after`.
        """
        if epoch <= self.history.epoch:
            self.restore(epoch, deadline, after)
        else:
            self.train(epoch, deadline)
            self.restore(self.history.epoch)  # if the last step diverged
        return self.epoch

    def _weights_before(self, wanted: int, after: int, deadline: float) -> tuple[int, Array]:
        """Go to the epoch before `wanted`; return the epoch after it, and the current weights."""
        if wanted == 0:
            self.restore(0)
            return 0, self.weights.flat.copy()
        reached = self._advance_to(max(wanted - 1, after), deadline, after - 1)
        if reached > after and reached == self.history.epoch and self.history.ended:
            self.restore(max(0, reached - 1))  # there is no epoch after it
        return self.epoch + 1, self.weights.flat.copy()
