"""The runs of a sweep: a grid of two axes' values, with several seeds in each cell."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise

import numpy as np

from core.network import Network
from core.training.kernel import epoch_time
from core.training.run import Run
from core.training.settings import Settings
from core.training.sweep import Point
from core.utils.latest import latest
from core.utils.sentence import plural
from pages.ui.runs.sweep.axes import KINDS, Axis, Choices
from pages.ui.state.architecture import MAX_WEIGHTS, Architecture
from pages.ui.state.run_list import Source

MAX_POINTS = 10_000  # runs of a sweep
MAX_SEEDS, MAX_EPOCHS = 1000, 1_000_000
MOST_WEIGHTS = 30_000_000  # of all networks of a sweep together
SIZES = ("layers", "units", "batch_size")  # the axes on which an epoch's time depends
TRIALS, SECONDS = 3, 0.01  # of training for an estimate: the fastest counts


@dataclass
class SweepChoices:
    """What is chosen for the next sweep; of an axis that is not chosen, too."""

    rows: str = "learning_rate"  # in KINDS
    columns: str = "units"  # likewise, or "" for none
    texts: dict[str, str] = field(default_factory=dict)  # lists of numbers by axis
    names: dict[str, tuple[str, ...]] = field(default_factory=dict)  # likewise of names
    seeds: int = 5
    epochs: int = 1000


@dataclass(frozen=True)
class SweepPlan:
    """A sweep's axes, rows first, one or two; all else is as the choices say.

    Its runs are in the order of seeds, rows and columns: those of the first seed tell something of
    every cell. The seeds begin at 0; the network's seed is the training's, too.
    """

    source: Source
    architecture: Architecture
    settings: Settings
    axes: tuple[Axis, ...]
    seeds: int
    epochs: int

    @property
    def shape(self) -> tuple[int, int]:
        """The rows and columns of cells."""
        lengths = [len(axis.values) for axis in self.axes] + [1, 1]
        return lengths[0], lengths[1]

    @property
    def cells(self) -> int:
        """The number of cells."""
        return math.prod(self.shape)

    @property
    def count(self) -> int:
        """The number of runs."""
        return self.cells * self.seeds

    def values(self, cell: int) -> tuple[float | str, ...]:
        """Return the values of the axes in a cell."""
        places = np.unravel_index(cell, self.shape)
        return tuple(axis.values[place] for axis, place in zip(self.axes, places, strict=False))

    def cell(self, index: int) -> int:
        """Return the cell of a run."""
        return index % self.cells

    def seed(self, index: int) -> int:
        """Return a run's seed."""
        return index // self.cells

    @property
    def seeds_text(self) -> str:
        """The seeds in words: "seeds 0 to 4"."""
        return "seed 0" if self.seeds == 1 else f"seeds 0 to {self.seeds - 1}"

    def choices(self, index: int) -> tuple[Architecture, Settings]:
        """Return the choices of a run."""
        seed = self.seed(index)
        architecture = replace(self.architecture, given=None, seed=seed)
        settings = replace(self.settings, seed=seed, epochs=self.epochs, frozen=frozenset())
        values = {
            axis.name: value
            for axis, value in zip(self.axes, self.values(self.cell(index)), strict=True)
        }
        for name, kind in KINDS.items():
            if name in values:
                architecture, settings = kind.apply(architecture, settings, values[name])
        return architecture, settings

    def point(self, index: int) -> Point:
        """Return a run's initial network and settings."""
        architecture, settings = self.choices(index)
        return architecture.build(self.source.dataset), settings

    def points(self) -> list[Point]:
        """Return all runs' initial networks and settings; equal networks are one."""
        return self._build([self.choices(index) for index in range(self.count)])

    def _build(self, several: Sequence[Choices]) -> list[Point]:
        networks: dict[Architecture, Network] = {}
        for architecture, _ in several:
            if architecture not in networks:
                networks[architecture] = architecture.build(self.source.dataset)
        return [(networks[architecture], settings) for architecture, settings in several]

    def cell_name(self, cell: int) -> str:
        """Return a cell's values with what they are of: "η = 3, m = 4"."""
        values = zip(self.axes, self.values(cell), strict=True)
        return ", ".join(axis.kind.value_name(value) for axis, value in values)

    def run_name(self, index: int) -> str:
        """Return a run's name: "η = 3, m = 4, seed 2"."""
        return f"{self.cell_name(self.cell(index))}, seed {self.seed(index)}"

    @cached_property
    def _sizes(self) -> tuple[Choices, ...]:
        """The choices of cells that differ in their sizes; each stands for equally many cells."""
        sizes = replace(self, axes=tuple(axis for axis in self.axes if axis.name in SIZES))
        return tuple(sizes.choices(cell) for cell in range(sizes.cells))

    @cached_property
    def _weights(self) -> tuple[int, ...]:
        """The weights of a network of each of these sizes, bias rows included."""
        data = self.source.dataset
        first, later = self.architecture.bias_input, self.architecture.bias_hidden
        return tuple(
            (data.X.shape[1] + first) * hidden[0]
            + sum((m + later) * after for m, after in pairwise((*hidden, data.y.shape[1])))
            for hidden in (architecture.hidden for architecture, _ in self._sizes)
        )

    @property
    def weights(self) -> int:
        """The weights of all networks together."""
        return sum(self._weights) * self.count // len(self._sizes)

    def check(self) -> None:
        """Raise ValueError with a sentence that names the field if the sweep is too large."""
        names = [axis.kind.label for axis in self.axes]
        if self.count > MAX_POINTS:
            parts = " × ".join(plural(len(axis.values), "value") for axis in self.axes)
            raise ValueError(
                f"{' and '.join(names)}: {parts} × {plural(self.seeds, 'seed')} are "
                f"{self.count:,} runs, and a sweep takes {MAX_POINTS:,} at most: choose fewer "
                "values or seeds"
            )
        sizes = " and ".join(
            axis.kind.label for axis in self.axes if axis.name in ("units", "layers")
        )
        if (most := max(self._weights)) > MAX_WEIGHTS:
            raise ValueError(
                f"{sizes or 'Network'}: the largest network would have {most:,} weights, and the "
                f"pages take {MAX_WEIGHTS:,} at most: choose smaller values"
            )
        if self.weights > MOST_WEIGHTS:
            raise ValueError(
                f"{sizes or 'Seeds'}: the {self.count:,} networks would have "
                f"{self.weights:,} weights together, and a sweep takes {MOST_WEIGHTS:,} at most: "
                "choose smaller or fewer ones"
            )
        data = self.source.dataset
        for network, settings in self._samples:
            settings.check(network, data.y, validated=data.X_val is not None)

    def seconds(self, run: Run) -> float:
        """Estimate the seconds of all runs one after another, from an epoch of that run."""
        N = len(self.source.dataset.X)
        scale = _epoch_seconds(run) / epoch_time(run.template, len(run.X), run.settings.batch_size)
        epochs = sum(epoch_time(net, N, each.batch_size) for net, each in self._samples)
        return scale * epochs * self.epochs * self.count / len(self._sizes)

    @cached_property
    def _samples(self) -> list[Point]:
        """A point of each size."""
        return self._build(self._sizes)


def _epoch_seconds(run: Run) -> float:
    """Return the seconds of an epoch of a run, measured if it was not trained."""
    return run.epoch_seconds or latest(run, (), _measure)


def _measure(run: Run) -> float:
    trial = Run(run.template, run.X, run.y, run.settings_at(0), *(run.validation or ()))
    times = []
    for _ in range(TRIALS):
        trial.advance(10_000, seconds=SECONDS)
        times.append(trial.epoch_seconds)
    return min(times)
