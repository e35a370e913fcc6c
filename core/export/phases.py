"""Phases of a run for a script: the settings in each range of epochs, and edited weights.

Phases that differ in numbers only share a loop (a `PhaseGroup`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, zip_longest
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from core.export.source import Source, code
from core.training.run import Run
from core.training.settings import OPTIMIZERS, RULE_SETTINGS, Settings
from core.utils.arguments import instance, integer
from core.utils.latest import latest

Array = NDArray[np.float64]
Edit = tuple[int, int, int, float]  # layer from 1, row and column from 0 of a weight, and its value

MOST_BRANCHES = 256  # whose edits are stored: each later script has them too
MAX_SINGLE_EDITS = 12  # edited weights with one line each
ROUNDING = 1e-11  # relative difference of weights that still counts as equal
SYMBOLS = {"learning_rate": "eta", "momentum": "mu"}  # others are called as in the settings


@dataclass(frozen=True)
class Phase:
    """Epochs from `start` to `stop` (None: to the end) with the same settings.

    edits: weights edited at the start. resets_state: the optimiser's state is 0 at the start.
    batched: with mini-batches. early_stopping: the settings' patience may end training.
    """

    start: int
    stop: int | None
    settings: Settings
    edits: tuple[Edit, ...]
    resets_state: bool
    batched: bool
    early_stopping: bool

    @property
    def kind(self) -> tuple[object, ...]:
        """All that its code depends on except numbers."""
        s = self.settings
        shuffled = self.batched and s.shuffle
        return s.optimizer, s.loss, s.frozen, s.l2 > 0, self.batched, shuffled, self.early_stopping

    @property
    def numbers(self) -> dict[Source, float | int]:
        """The settings that its code uses, by their names in a script."""
        names = ["learning_rate", *RULE_SETTINGS[self.settings.optimizer]]
        names += ["l2"] * (self.settings.l2 > 0)
        names += ["batch_size"] * self.batched + ["patience"] * self.early_stopping
        names += ["seed"] * (self.batched and self.settings.shuffle)
        return {Source(SYMBOLS.get(name, name)): getattr(self.settings, name) for name in names}

    @property
    def edit_groups(self) -> list[tuple[int, Source, float | list[float]]]:
        """Layer, index and value of each edited weight; if they are many, of each layer's."""
        if len(self.edits) <= MAX_SINGLE_EDITS:
            return [(layer, Source(f"{k}, {l}"), value) for layer, k, l, value in self.edits]
        by_layer = ((layer, list(edits)) for layer, edits in groupby(self.edits, itemgetter(0)))
        return [
            (layer, _index((k, l) for _, k, l, _ in edits), [value for *_, value in edits])
            for layer, edits in by_layer
        ]

    def frozen_index(self, layer: int) -> Source:
        """Return the index of a matrix's frozen weights; "" for none."""
        frozen = sorted(self.settings.frozen)
        return _index((row, column) for k, row, column in frozen if k == layer)

    def free(self, layer: int) -> Source:
        """Return the factor of a matrix's step that is 0 for frozen weights; "" for none."""
        return Source(f" * free{layer}" if self.frozen_index(layer) else "")


@dataclass(frozen=True)
class PhaseGroup:
    """Consecutive phases of one kind without edits in between: one loop.

    new_numbers: the settings to set before it, by their names; varying: those that change.
    """

    phases: tuple[Phase, ...]
    new_numbers: dict[Source, float | int]
    varying: list[Source]

    @property
    def first(self) -> Phase:
        """The first phase; all have its kind."""
        return self.phases[0]

    @property
    def is_nested(self) -> bool:
        """Whether an outer loop is over the phases."""
        return len(self.phases) > 1

    @property
    def start(self) -> Source:
        """The expression, in the loop, of the phase's first epoch."""
        return Source("start" if self.is_nested else self.first.start)

    @property
    def epochs(self) -> Source:
        """The arguments of the loop's range."""
        if self.is_nested:
            return Source("start, min(stop, epoch)")
        start, stop = self.first.start, self.first.stop
        end = "epoch" if stop is None else f"min({stop}, epoch)"
        return Source(f"{start}, {end}" if start else end)


def phases(run: Run, epoch: int) -> tuple[Phase, ...]:
    """Return the phases from epoch 0 to `epoch`; ValueError for an epoch not trained."""
    epoch = integer("epoch", epoch, 0, instance("run", run, Run).epoch)
    starts = [0, *(start for start in run.branch_epochs if start <= epoch)]
    return tuple(_phase(run, start, stop) for start, stop in zip_longest(starts, starts[1:]))


def group_phases(run_phases: Sequence[Phase]) -> list[PhaseGroup]:
    """Group consecutive phases of one kind."""
    groups: list[list[Phase]] = []
    for phase in run_phases:
        same = groups and groups[-1][0].kind == phase.kind
        if same and not phase.edits and not phase.resets_state:
            groups[-1].append(phase)
        else:
            groups.append([phase])
    known: dict[Source, float | int] = {}
    found = []
    for group in groups:
        first, *others = (phase.numbers for phase in group)
        varying = [name for name in first if any(one[name] != first[name] for one in others)]
        constant = {name: value for name, value in first.items() if name not in varying}
        new = {name: value for name, value in constant.items() if known.get(name) != value}
        found.append(PhaseGroup(tuple(group), new, varying))
        known |= group[-1].numbers
    return found


def _phase(run: Run, start: int, stop: int | None) -> Phase:
    settings = run.settings_at(start)
    size = settings.batch_size
    return Phase(
        start,
        stop,
        settings,
        edits=latest(run, (start,), _edits, most=MOST_BRANCHES) if start else (),
        resets_state=not start or _resets_state(run, start),
        batched=size is not None and size < len(run.X),
        early_stopping=stop is None and settings.patience is not None,
    )


def _edits(run: Run, start: int) -> tuple[Edit, ...]:
    """Return the weights at `start` that differ from the result of the update before."""
    trained, there = run.update(start - 1).after, run.at(start)
    if trained is None:
        raise ValueError(f"the update to epoch {start} is not finite")
    found = []
    pairs = zip(trained.weights, there.weights, strict=True)
    for layer, (before, after) in enumerate(pairs, start=1):
        for row, column in np.argwhere(_differ(before, after)).tolist():
            found.append((layer, row, column, float(after[row, column])))
    return tuple(found)


def _resets_state(run: Run, start: int) -> bool:
    """Return whether the optimiser's state does not continue from the epoch before."""
    rule = run.settings_at(start).optimizer
    if rule != run.settings_at(start - 1).optimizer:
        return True
    if not OPTIMIZERS[rule]:
        return False
    before, after = run.update(start - 1).state_after, run.update(start).state_before
    pairs = (zip(before.vectors[name], after.vectors[name], strict=True) for name in after.vectors)
    return before.t != after.t or any(_differ(a, b).any() for pair in pairs for a, b in pair)


def _differ(trained: Array, there: Array) -> NDArray[np.bool_]:
    """Return which entries differ by more than another machine's rounding."""
    bound = ROUNDING * float(np.abs(trained).max())
    return np.asarray(np.abs(there - trained) > bound)


def _index(pairs: Iterable[tuple[int, int]]) -> Source:
    """Return (row, column) pairs as an index: all rows, then all columns; "" for none."""
    found = list(pairs)
    rows, columns = [row for row, _ in found], [column for _, column in found]
    return Source(f"{code(rows)}, {code(columns)}" if found else "")
