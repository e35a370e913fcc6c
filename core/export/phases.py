"""A run's way to an epoch as a script tells it: what held from where, and what was put in by hand.

A script says a thing once: phases that differ in numbers only share a loop (a `Stretch`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from core.training.run import Run
from core.training.settings import Settings
from core.training.update import VECTORS, State
from core.utils.arguments import instance, integer

Array = NDArray[np.float64]

ROUNDING = 1e-11
# Each setting that is a number in a script: what it is called there.
SYMBOLS = {
    "learning_rate": "eta",
    "momentum": "mu",
    "alpha": "alpha",
    "beta1": "beta1",
    "beta2": "beta2",
    "epsilon": "epsilon",
    "l2": "l2",
    "batch_size": "batch_size",
    "seed": "seed",
    "patience": "patience",
}
OF_RULE = {
    "gd": (),
    "momentum": ("momentum",),
    "nesterov": ("momentum",),
    "rmsprop": ("alpha", "epsilon"),
    "adam": ("beta1", "beta2", "epsilon"),
}


@dataclass(frozen=True)
class Edit:
    """A weight that was put in by hand: W1 or W2, row and column from 0, and its value."""

    layer: int
    row: int
    column: int
    value: float


@dataclass(frozen=True)
class Phase:
    """From epoch `start` on, up to `stop` (None: to the end), these settings hold.

    edits: weights put in at the start. fresh: the optimiser's state begins at 0 there.
    batched: an update takes a part of the samples. watched: training may end by its patience.
    """

    start: int
    stop: int | None
    settings: Settings
    edits: tuple[Edit, ...]
    fresh: bool
    batched: bool
    watched: bool

    @property
    def kind(self) -> tuple[object, ...]:
        """What its code depends on; phases of one kind differ in numbers only."""
        s = self.settings
        return s.optimizer, s.loss, s.frozen, s.l2 > 0, self.batched, self.watched

    @property
    def numbers(self) -> dict[str, float | int]:
        """The settings that its code needs, by their symbols."""
        names = ["learning_rate", *OF_RULE[self.settings.optimizer]]
        names += ["l2"] * (self.settings.l2 > 0)
        names += ["batch_size", "seed"] * self.batched + ["patience"] * self.watched
        return {SYMBOLS[name]: getattr(self.settings, name) for name in names}


@dataclass(frozen=True)
class Stretch:
    """Phases of one kind, one after another, with nothing put in by hand between them."""

    phases: tuple[Phase, ...]

    @property
    def first(self) -> Phase:
        """The one that it begins with; its kind is that of all."""
        return self.phases[0]

    @property
    def fixed(self) -> dict[str, float | int]:
        """The numbers that are the same in all phases."""
        alike = (set(phase.numbers.items()) for phase in self.phases)
        common = set.intersection(*alike)
        return {
            name: value for name, value in self.first.numbers.items() if (name, value) in common
        }

    def changed(self, known: dict[str, float | int]) -> dict[str, float | int]:
        """Those of the fixed numbers that are not `known` yet; all are afterwards."""
        new = {name: value for name, value in self.fixed.items() if known.get(name) != value}
        known |= self.phases[-1].numbers
        return new

    @property
    def varying(self) -> tuple[str, ...]:
        """The symbols of those that change."""
        return tuple(name for name in self.first.numbers if name not in self.fixed)


def phases(run: Run, epoch: int) -> tuple[Phase, ...]:
    """The phases from epoch 0 to `epoch`. Raises ValueError for an epoch that was not trained."""
    epoch = integer("epoch", epoch, 0, instance("run", run, Run).epoch)
    starts = [0, *(start for start in run.branch_epochs if start <= epoch)]
    last = run.settings_at(starts[-1])
    return tuple(
        _phase(run, start, stop, watched=last.patience is not None and stop is None)
        for start, stop in pairwise([*starts, None])
        if start is not None
    )


def stretches(of: Sequence[Phase]) -> list[Stretch]:
    """The same, those of one kind together."""
    found: list[Stretch] = []
    for phase in of:
        same = found and found[-1].first.kind == phase.kind
        if same and not phase.edits and not phase.fresh:
            found[-1] = Stretch((*found[-1].phases, phase))
        else:
            found.append(Stretch((phase,)))
    return found


def losses(of: Sequence[Phase]) -> list[str]:
    """The losses that are minimised on the way, in order."""
    return list(dict.fromkeys(phase.settings.loss for phase in of))


def watched_since(of: Sequence[Phase]) -> int | None:
    """The epoch from which on the validation loss counts for patience; None: it is not watched."""
    if not of[-1].watched:
        return None
    since = of[-1].start
    for phase in reversed(of):
        if phase.settings.loss != of[-1].settings.loss:
            break
        since = phase.start
    return since


def _phase(run: Run, start: int, stop: int | None, *, watched: bool) -> Phase:
    settings = run.settings_at(start)
    size = settings.batch_size
    return Phase(
        start,
        stop,
        settings,
        edits=tuple(_edits(run, start)) if start else (),
        fresh=not start or _is_fresh(run, start),
        batched=size is not None and size < len(run.X),
        watched=watched,
    )


def _edits(run: Run, start: int) -> list[Edit]:
    """The weights of that epoch that are not those that the update before it came to."""
    trained, there = run.update(start - 1).after, run.at(start)
    if trained is None:
        raise ValueError(f"the update to epoch {start} is not finite")
    found = []
    for layer, before, after in ((1, trained.W1, there.W1), (2, trained.W2, there.W2)):
        for row, column in np.argwhere(_differ(before, after)).tolist():
            found.append(Edit(layer, row, column, float(after[row, column])))
    return found


def _is_fresh(run: Run, start: int) -> bool:
    """Whether the optimiser does not go on with the state that it had."""
    rule = run.settings_at(start).optimizer
    if rule != run.settings_at(start - 1).optimizer:
        return True
    if not VECTORS[rule]:
        return False
    return not _same(run.update(start - 1).state_after, run.update(start).state_before)


def _same(one: State, other: State) -> bool:
    pairs = ((one.vectors[name], other.vectors[name]) for name in one.vectors)
    return one.t == other.t and not any(
        _differ(a, b).any() for pair in pairs for a, b in zip(*pair, strict=True)
    )


def _differ(trained: Array, there: Array) -> NDArray[np.bool_]:
    """Which entries are not those trained. What another machine rounds otherwise is no change."""
    bound = ROUNDING * float(np.abs(trained).max())
    return np.asarray(np.abs(there - trained) > bound)
