"""The runs of a session: the one in use, the one before, and those kept by name."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, count
from typing import Self

from core.dataset.preparation import Dataset
from core.table.csv_table import Table
from core.training.run import Run, memory
from core.training.run_file import MAX_RUNS, ROWS_BYTES
from core.utils.sentence import plural
from core.utils.unique_names import unique_names
from pages.ui.state.architecture import Architecture
from pages.ui.state.drafts import Draft, Exercise

MAX_BYTES = 512 << 20  # of the runs kept: an eighth of what all sessions hold (session_store)
MAX_NAME = 60  # characters
RUN_IN_USE, PREVIOUS_RUN = "Run in use", "Previous run"  # those without a name
_LONGEST_NUMBER = len(f" ({MAX_RUNS})")
_numbers = count()


class RunLimitError(ValueError):
    """Too many runs to keep, or too large ones; the message says what to do."""


@dataclass(frozen=True)
class Source:
    """The data in use: a title, its table, the prepared samples, and the draft behind them."""

    title: str
    table: Table | None  # None for an exercise
    dataset: Dataset
    draft: Draft | Exercise  # the choices that led to it

    @classmethod
    def of(cls, draft: Draft | Exercise) -> Self:
        """Prepare a draft; raises ValueError (or its subclass DatasetError)."""
        return cls(draft.title, draft.table, draft.prepare(), draft)


def new_token() -> str:
    """Return a random token."""
    return secrets.token_hex(6)


@dataclass(frozen=True)
class Experiment:
    """A run with its data and network choices, and the app's epoch."""

    source: Source
    architecture: Architecture
    run: Run
    epoch: int = 0
    token: str = field(default_factory=new_token)  # names the run to the stage
    lineage: str = field(default_factory=new_token)  # shared by the runs that branch from it
    identifier: str = field(default_factory=new_token)  # names it among the session's runs
    name: str = ""  # by which the user keeps it; "" for a run that the next one replaces
    number: int = field(default_factory=lambda: next(_numbers))  # grows in the order of beginning

    def branch(self, run: Run, epoch: int) -> Self:
        """Return another run, which branched from this one at that epoch."""
        return replace(
            self, run=run, epoch=epoch, identifier=new_token(), name="", number=next(_numbers)
        )


@dataclass(frozen=True)
class RunList:
    """Runs in the order in which they began. A run without a name lasts until the next replaces it.

    previous_identifier: "" if there is no previous run. removed: the runs that were removed last,
    for undo; removed_previous: which of them was the previous one.
    Raises ValueError for runs that cannot be a session's.
    """

    all: tuple[Experiment, ...]
    shown_identifier: str
    previous_identifier: str = ""
    removed: tuple[Experiment, ...] = ()
    removed_previous: str = ""

    def __post_init__(self) -> None:
        identifiers = {each.identifier for each in self.all}
        in_use = {self.shown_identifier, self.previous_identifier} - {""}
        if len(identifiers - {""}) < len(self.all):
            raise ValueError("two of its runs have one identifier, or one has none")
        if not (self.shown_identifier in identifiers and in_use <= identifiers):
            raise ValueError("the run in use, or the previous one, is none of its runs")
        if self.shown_identifier == self.previous_identifier:
            raise ValueError("the run in use is the previous one, too")
        if not all(each.name or each.identifier in in_use for each in self.all):
            raise ValueError("one of its runs is neither in use nor kept")

    @classmethod
    def of(cls, experiment: Experiment) -> Self:
        """Return a list of that one run, which is shown."""
        return cls((experiment,), experiment.identifier)

    @property
    def shown(self) -> Experiment:
        """The run in use."""
        found = self.find(self.shown_identifier)
        assert found is not None  # it is never removed
        return found

    @property
    def previous(self) -> Experiment | None:
        """The run in use before."""
        return self.find(self.previous_identifier)

    @property
    def kept(self) -> tuple[Experiment, ...]:
        """The runs that have a name."""
        return tuple(experiment for experiment in self.all if experiment.name)

    @property
    def labels(self) -> dict[str, str]:
        """What each run is called, by its identifier: its name, or what it is; no two alike."""
        unnamed = {
            self.previous_identifier: PREVIOUS_RUN,
            self.shown_identifier: RUN_IN_USE,
        }
        unique = unique_names(
            (each.name or unnamed[each.identifier] for each in self.all),
            yielding=[place for place, each in enumerate(self.all) if not each.name],
        )
        return {each.identifier: label for each, label in zip(self.all, unique, strict=True)}

    @property
    def nbytes(self) -> int:
        """Bytes of memory that the runs may take, those removed included."""
        return memory(experiment.run for experiment in (*self.all, *self.removed))

    def find(self, identifier: str) -> Experiment | None:
        """Return the run of that identifier, or None."""
        return next((each for each in self.all if each.identifier == identifier), None)

    def update(self, experiment: Experiment) -> Self:
        """Return a list with a new state of one of its runs."""
        same = experiment.identifier
        return replace(
            self, all=tuple(experiment if each.identifier == same else each for each in self.all)
        )

    def show(self, experiment: Experiment) -> Self:
        """Return a list that shows a run, one of its own or a new one.

        The run so far stays as the previous one if it was trained.
        """
        left = self.shown
        trained = left.run.epoch > 0 and left.identifier != experiment.identifier
        previous = left.identifier if trained else self.previous_identifier
        if previous == experiment.identifier:
            previous = ""
        others = (each for each in self.all if each.identifier != experiment.identifier)
        lasting = (each for each in others if each.name or each.identifier == previous)
        return replace(
            self,
            all=_in_order(*lasting, experiment),
            shown_identifier=experiment.identifier,
            previous_identifier=previous,
        )

    def forget_previous(self) -> Self:
        """Return a list without a previous run; if that one is kept, it stays in the list."""
        gone = self.previous
        runs = tuple(each for each in self.all if each is not gone or each.name)
        return replace(self, all=runs, previous_identifier="")

    def keep(self, identifier: str, name: str = "") -> Self:
        """Return a list in which a run has a name of its own; without one it is numbered.

        Raises RunLimitError if it has none yet and the list is full.
        """
        kept = self.find(identifier)
        if kept is None:
            return self
        named = self._with_name(kept, name)
        return named if kept.name else named.within_limits()

    def _with_name(self, experiment: Experiment, name: str = "") -> Self:
        """Return a list with that run by this name, or the like if it is taken."""
        others = [each for each in self.all if each.identifier != experiment.identifier]
        taken = [each.name for each in others if each.name]
        named = replace(experiment, name=_own_name(name or experiment.name, taken))
        return replace(self, all=_in_order(*others, named))

    def add(self, experiments: Sequence[Experiment]) -> Self:
        """Return a list with these runs, too, each with a name of its own; none is shown.

        Raises RunLimitError if they do not fit: all or none is added.
        """
        added = self
        for experiment in experiments:
            added = added._with_name(
                added.find(experiment.identifier) or experiment, experiment.name
            )
        return added.within_limits()

    def within_limits(self) -> Self:
        """Compact it and return it, without the removed runs if those take too much memory.

        Raises RunLimitError if those that are kept are too many or take too much.
        """
        self.compact()
        if len(self.kept) > MAX_RUNS:
            raise RunLimitError(
                f"{plural(MAX_RUNS, 'run')} can be kept at most: remove some on the Runs page, or "
                "save them to a file first."
            )
        kept = memory(experiment.run for experiment in self.kept)
        if kept > MAX_BYTES:
            raise RunLimitError(
                f"The runs that are kept may take {MAX_BYTES >> 20} MB of memory, and these would "
                f"take {kept >> 20} MB: remove some on the Runs page, or save them to a file first."
            )
        fits = self.nbytes <= MAX_BYTES
        return self if fits else replace(self, removed=(), removed_previous="")

    def compact(self) -> None:
        """Free memory of the runs that are kept or removed, but not in use: they replay later."""
        for experiment in chain(self.kept, self.removed):
            if experiment.identifier != self.shown_identifier:
                experiment.run.compact(ROWS_BYTES)

    def remove(self, identifiers: Collection[str]) -> Self:
        """Return a list without these runs, which `restore_removed` brings back."""
        gone = set(identifiers) - {self.shown_identifier}
        stay, removed = (
            [e for e in self.all if (e.identifier in gone) is of] for of in (False, True)
        )
        if not removed:
            return self
        previous = self.previous_identifier
        return replace(
            self,
            all=tuple(stay),
            previous_identifier="" if previous in gone else previous,
            removed=tuple(removed),
            removed_previous=previous if previous in gone else "",
        )

    def restore_removed(self) -> Self:
        """Return a list with the runs that were removed last, in their old places.

        One without a name gets one if another run is the previous one by now.
        Raises RunLimitError if they do not fit any more.
        """
        previous = self.previous_identifier or self.removed_previous
        restored = replace(self, removed=(), removed_previous="")
        for experiment in self.removed:
            if experiment.name or experiment.identifier != previous:
                restored = restored._with_name(experiment)
            else:
                restored = replace(
                    restored, all=_in_order(*restored.all, experiment), previous_identifier=previous
                )
        return replace(restored, previous_identifier=previous).within_limits()

    def clone(self) -> Self:
        """Return a copy that shares no mutable state: of the runs shown and kept."""
        runs = tuple(
            replace(each, run=each.run.clone(), token=new_token(), lineage=new_token())
            for each in self.all
            if each.name or each.identifier == self.shown_identifier
        )
        return replace(self, all=runs, previous_identifier="", removed=(), removed_previous="")


def _in_order(*experiments: Experiment) -> tuple[Experiment, ...]:
    return tuple(sorted(experiments, key=lambda experiment: experiment.number))


def _own_name(wanted: str, taken: Sequence[str]) -> str:
    """Return a name in one line that is not taken; a number if none is wanted."""
    name = "".join(c for c in " ".join(wanted.split()) if c.isprintable())[:MAX_NAME].strip()
    if not name:
        numbers = (f"Run {number}" for number in count(len(taken) + 1))
        return next(name for name in numbers if name not in taken)
    if name in taken:
        name = name[: MAX_NAME - _LONGEST_NUMBER].strip()
    return unique_names([name], taken)[0]
