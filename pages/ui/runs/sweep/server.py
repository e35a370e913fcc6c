"""Server side of a sweep: its results as they come, and the runs behind them.

The browser asks a few times a second while a sweep runs; each answer has what is new to it. A
header and arrays (see `pages/ui/live/codec.py`):

    results    (results, 10): FIELDS of each run, in the order in which they came, from "first"
               on; why it ended is an index into the scene's endings
    cells      (cells,): those whose bands follow; if the browser asks for them
    bands      (cells, 3 × EPOCHS): the median of C over the seeds in its band, as float32

A run is opened or kept by training it again, in slices, to where its result ended.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from threading import RLock
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from core.training.run import Run
from core.training.sweep import SweepJob
from core.utils.number_text import short_text
from core.utils.sentence import plural
from pages.ui.live.codec import encode, single
from pages.ui.runs.sweep.cells import ROWS, band
from pages.ui.runs.sweep.outcome import EPOCHS, Outcome, chart_epochs
from pages.ui.runs.sweep.plan import SweepPlan
from pages.ui.runs.sweep.results_csv import results_csv
from pages.ui.runs.sweep.scene import ENDINGS, MAX_CHARTS, scene
from pages.ui.state.fair_share import fair_share
from pages.ui.state.message import Message
from pages.ui.state.run_list import Experiment, new_token
from pages.ui.state.session import Session

FIELDS = (
    *("index", "first", "final", "lowest", "lowest_epoch", "first_validation", "validation"),
    *("ended", "epochs", "seconds"),
)
MEASURES = ("median", "lowest", "share", "validation")
VIEWS = ("heatmap", "curves")
ACTIONS = ("open", "keep", "stop")
SLICE = 0.2  # s of training again for each message
MOST_RESULTS, MOST_BANDS = 2000, 100  # in a message
HUGE = 1e300
OTHER_RESULT = (
    "Trained again here, {name} ends with C = {here} after {epochs_here}; in the sweep it was "
    "{there} after {epochs_there}. The sweep’s workers compute with other processors or libraries, "
    "which round differently; what is in use or kept is the run as it is here."
)


@dataclass(frozen=True)
class Display:
    """What the view displays: the measure, as a heatmap or curves, a threshold of C, a cell."""

    measure: str = MEASURES[0]
    view: str = VIEWS[0]
    threshold: float = 0.01
    cell: int = -1  # whose runs are listed; −1: none

    def update(self, message: Message, cells: int) -> Self:
        """Return what a message wants displayed; what it lacks stays."""
        threshold = message.number("threshold", self.threshold)
        return replace(
            self,
            measure=message.choice("measure", MEASURES) or self.measure,
            view=message.choice("view", VIEWS) or self.view,
            threshold=threshold if 0 < threshold < HUGE else self.threshold,
            cell=message.whole("cell", -1, cells - 1, self.cell),
        )


@dataclass
class Replay:
    """A run that is trained again, to be opened or kept."""

    index: int
    action: str
    run: Run
    epochs: int  # at its end

    def advance(self) -> bool:
        """Train a slice; return whether it is at its end."""
        with fair_share(SLICE):
            self.run.advance(self.epochs - self.run.epoch, seconds=SLICE)
        return self.run.epoch >= self.epochs or self.run.done


@dataclass
class Sweep:
    """A sweep of a session, its results so far and what is displayed of them.

    Two script threads of a session may run at once, so `answer` holds a lock.
    """

    plan: SweepPlan
    display: Display
    job: SweepJob  # whose results are outcomes
    token: str = field(default_factory=new_token)
    outcomes: dict[int, Outcome] = field(default_factory=dict)  # by run, as they came
    failures: dict[int, str] = field(default_factory=dict)  # why runs have no result
    identifiers: dict[int, str] = field(default_factory=dict)  # of runs opened or kept
    replay: Replay | None = None
    notice: str = ""  # why the last run could not be kept, or how it differs
    sequence: int = 0  # of the latest message that was answered
    lock: RLock = field(default_factory=RLock, repr=False)

    @classmethod
    def begin(cls, plan: SweepPlan, threshold: float, wanted: Callable[[], bool]) -> Self:
        """Start a sweep that pauses while not `wanted()`. Raises ValueError if it is too large."""
        plan.check()
        data = plan.source.dataset
        job = SweepJob(
            plan.points(),
            data.X,
            data.y,
            X_val=data.X_val,
            y_val=data.y_val,
            wanted=wanted,
            reduce=partial(Outcome.of, at=chart_epochs(plan.epochs)),
        )
        return cls(plan, Display(threshold=threshold), job)

    @property
    def nbytes(self) -> int:
        """Bytes of memory: of the job with its data and networks, and of the results so far."""
        with self.lock:
            return self.job.nbytes + sum(each.nbytes for each in self.outcomes.values())

    def answer(self, state: Session, fields: object) -> tuple[bytes, bool]:
        """Process a browser's message; return the answer, and whether another run is in use."""
        message = Message(fields)
        with self.lock:
            settled = self.job.done  # before the results: then these are all
            self._collect()
            if message.text("token") == self.token:
                self._receive(message, state)
            elif "token" in message:
                message = Message({})  # of an earlier sweep
            changed = self.replay is not None and self._advance(self.replay, state)
            return self._reply(message, state, settled=settled), changed

    def _collect(self) -> None:
        self.add(self.job.results())

    def add(self, outcomes: Iterable[Outcome]) -> None:
        """Add what has come."""
        for each in outcomes:
            self.outcomes[each.index] = each
            if each.error:
                self.failures[each.index] = each.error

    def _receive(self, message: Message, state: Session) -> None:
        self.display = self.display.update(message, self.plan.cells)
        if message.flag("cancel"):
            self.job.cancel()
        sequence = message.whole("sequence")
        if sequence > self.sequence:
            self._act(message.choice("action", ACTIONS), message.whole("run"), state)
        self.sequence = max(self.sequence, sequence)

    def _act(self, action: str, index: int, state: Session) -> None:
        """Begin to train a run again, or stop that."""
        if action == "stop":
            self.replay = None
        elif action and not self.replay and self._is_trained(index):
            self.notice = ""
            self.replay = self._begin_replay(index, action, state)

    def _is_trained(self, index: int) -> bool:
        return index in self.outcomes and index not in self.failures

    def _begin_replay(self, index: int, action: str, state: Session) -> Replay:
        """Return the run, trained already if the session still has it."""
        known = state.runs.find(self.identifiers.get(index, ""))
        if known is not None:
            return Replay(index, action, known.run, known.run.epoch)
        network, settings = self.plan.point(index)
        data = self.plan.source.dataset
        run = Run(network, data.X, data.y, settings, data.X_val, data.y_val)
        return Replay(index, action, run, self.outcomes[index].epochs)

    def _advance(self, replay: Replay, state: Session) -> bool:
        """Train a slice; at its end, hand the run over. Return whether another run is in use."""
        if not replay.advance():
            return False
        self.replay = None
        is_new = state.runs.find(self.identifiers.get(replay.index, "")) is None
        self._hand_over(replay, state)
        no_room = state.runs_error if replay.action == "keep" else ""
        self.notice = no_room or (self._difference(replay) if is_new else "")
        return replay.action == "open"

    def _difference(self, replay: Replay) -> str:
        """Return a sentence if the run did not end as it did in the sweep."""
        there, run = self.outcomes[replay.index], replay.run
        here = float(run.losses[-1])
        if (here, run.epoch) == (there.final, there.epochs):
            return ""
        return OTHER_RESULT.format(
            name=self.plan.run_name(replay.index),
            here=short_text(here, 15),
            epochs_here=plural(run.epoch, "epoch"),
            there=short_text(there.final, 15),
            epochs_there=plural(there.epochs, "epoch"),
        )

    def _hand_over(self, replay: Replay, state: Session) -> None:
        """Use or keep a run; what is so already stays."""
        index, name = replay.index, self.plan.run_name(replay.index)
        known = state.runs.find(self.identifiers.get(index, ""))
        if known is None:
            architecture, _ = self.plan.choices(index)
            run, keeps = replay.run, replay.action == "keep"
            known = Experiment(
                self.plan.source, architecture, run, run.epoch, name=name if keeps else ""
            )
            state.add_runs([known]) if keeps else state.resume(known)
            self.identifiers[index] = known.identifier
        elif replay.action == "open":
            state.open_run(known.identifier)
        elif not known.name:
            state.keep_run(known.identifier, name)

    # ---- the answer

    def _reply(self, message: Message, state: Session, *, settled: bool) -> bytes:
        first = message.whole("has", 0, len(self.outcomes))
        arrays = {"results": self._results(first)}
        begin = message.whole("bands", 0, len(self.outcomes))
        end = begin
        if self.display.view == "curves" and self.plan.cells <= MAX_CHARTS:
            cells, end = self._cells(begin)
            arrays |= self._bands(cells)
        header = {
            **{"token": self.token, "sequence": self.sequence, "settled": settled},
            "state": "cancelled" if self.job.cancelled else "done" if settled else "running",
            **{"first": first, "bands": [begin, end]},
            "progress": self._progress(),
            "display": vars(self.display),
            "runs": self._runs(state),
            "replay": self.replay
            and {
                "run": self.replay.index,
                "action": self.replay.action,
                "at": self.replay.run.epoch,
                "of": self.replay.epochs,
            },
            "notice": self.notice,
            "scene": scene(self.plan, state.conventions.digits),
        }
        return encode(header, arrays)

    def _progress(self) -> dict[str, Any]:
        job = self.job
        return {
            "finished": len(self.outcomes),
            "count": job.count,
            "epochs": [job.epochs_done, job.epochs_total],
            "left": job.seconds_left,
            "engine": job.engine,
            "notices": [*job.notices, *self._failure_notice()],
        }

    def _failure_notice(self) -> list[str]:
        """Return a sentence on the runs that could not be trained, with the first one's reason."""
        if not self.failures:
            return []
        index, error = next(iter(self.failures.items()))
        failed = plural(len(self.failures), "run")
        return [f"{failed} could not be trained. {self.plan.run_name(index)}: {error}"]

    def _results(self, first: int) -> NDArray[np.float64]:
        places = {name: place for place, name in enumerate(ENDINGS)}
        rows = [
            [places[each.ended] if name == "ended" else getattr(each, name) for name in FIELDS]
            for each in list(self.outcomes.values())[first : first + MOST_RESULTS]
        ]
        return np.array(rows, dtype=np.float64).reshape(len(rows), len(FIELDS))

    def _cells(self, begin: int) -> tuple[list[int], int]:
        """Return the next cells with results from `begin` on, and where the ones after begin."""
        cells: dict[int, None] = {}
        arrivals = list(self.outcomes)[begin:]
        for place, index in enumerate(arrivals):
            if len(cells) == MOST_BANDS:
                return list(cells), begin + place
            cells[self.plan.cell(index)] = None
        return list(cells), begin + len(arrivals)

    def _bands(self, cells: list[int]) -> dict[str, NDArray[Any]]:
        bands = [band(self._outcomes_of(cell), self.plan.epochs).ravel() for cell in cells]
        values = np.array(bands, dtype=np.float64).reshape(len(cells), ROWS * EPOCHS)
        return {"cells": np.array(cells, dtype=np.float64), "bands": single(values)}

    def _outcomes_of(self, cell: int) -> list[Outcome]:
        """Return what has come of a cell's runs."""
        runs = range(cell, self.plan.count, self.plan.cells)
        return [self.outcomes[index] for index in runs if index in self.outcomes]

    def _runs(self, state: Session) -> dict[str, Any]:
        """Return which run is in use, −1 if none of these, and the names of those that are kept."""
        found = {i: state.runs.find(identifier) for i, identifier in self.identifiers.items()}
        used = (index for index, each in found.items() if each is state.current)
        names = {str(index): each.name for index, each in found.items() if each and each.name}
        return {"used": next(used, -1), "names": names}

    def csv(self) -> str:
        """Return the results so far as CSV."""
        with self.lock:
            self._collect()
            return results_csv(self.plan, self.outcomes.values())
