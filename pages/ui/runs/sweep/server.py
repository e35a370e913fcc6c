"""Server side of a sweep: its results as they come, and the runs behind them.

The browser asks a few times a second while a sweep runs; each answer has what is new to it. A
header and arrays (see `pages/ui/live/codec.py`):

    results    (results, 7): place of the run, final C, lowest C, its epoch, why it ended (an index
               into ENDINGS), epochs, seconds; in the order in which they came, from "first" on
    cells      (cells,): those whose bands follow; if the browser asks for them
    bands      (cells, 3 × EPOCHS): quartiles of C over the seeds, as float32

A run is opened or kept by training it again, in slices, to where its result ended.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from threading import RLock
from typing import Any, Self

import numpy as np
from core.training.sweep import SweepJob, SweepResult
from core.training.sweep.curves import PointSummary, ThinCurve
from numpy.typing import NDArray

from core.losses import LOSSES
from core.table.safe_csv import rows_to_csv
from core.training.run import Run
from core.utils.number_text import cell_text, exact_text
from core.utils.sentence import plural
from pages.ui.live.codec import encode, single
from pages.ui.runs.sweep.cells import EPOCHS, QUARTILES, band
from pages.ui.runs.sweep.plan import SweepChoices, SweepPlan
from pages.ui.state.message import Message
from pages.ui.state.run_list import Experiment, new_token
from pages.ui.state.session import Session
from pages.ui.style.labels import OPTIMIZER_NAMES, batches_text

ENDINGS = ("done", "diverged", "stopped", "failed")
MEASURES = ("median", "lowest", "share")
VIEWS = ("heatmap", "curves")
ACTIONS = ("open", "keep")
SLICE = 0.2  # s of training again for each message
MOST_RESULTS, MOST_BANDS = 2000, 100  # in a message
CURVES = 400  # cells at most whose curves are drawn
CURVE_BYTES = 200 * 8 * 3  # of a run's epochs and losses, at most
HUGE = 1e300


@dataclass(frozen=True)
class Look:
    """What the view displays: the measure, as a heatmap or curves, a threshold of C, a cell."""

    measure: str = MEASURES[0]
    view: str = VIEWS[0]
    threshold: float = 0.01
    cell: int = -1  # whose runs are listed; −1: none

    def update(self, message: Message, cells: int) -> Self:
        """Return the look that a message has; what it lacks stays."""
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
        self.run.advance(self.epochs - self.run.epoch, seconds=SLICE)
        return self.run.epoch == self.epochs


@dataclass
class Sweep:
    """A sweep of a session, its results so far and what is displayed of them.

    Two script threads of a session may run at once, so `answer` holds a lock.
    """

    plan: SweepPlan
    look: Look
    job: SweepJob
    token: str = field(default_factory=new_token)
    summaries: dict[int, PointSummary] = field(default_factory=dict)  # in the order of arrival
    curves: dict[int, ThinCurve] = field(default_factory=dict)
    failures: dict[int, str] = field(default_factory=dict)  # why a run could not be trained
    identifiers: dict[int, str] = field(default_factory=dict)  # of runs opened or kept
    replay: Replay | None = None
    error: str = ""  # why the last run could not be kept
    sequence: int = 0  # of the latest message that was answered
    lock: RLock = field(default_factory=RLock, repr=False)

    @classmethod
    def begin(cls, plan: SweepPlan, threshold: float, wanted: Callable[[], bool]) -> Self:
        """Start a sweep that pauses while not `wanted()`. Raises ValueError if it is too large."""
        plan.check()
        data = plan.source.dataset
        job = SweepJob(
            plan.points(), data.X, data.y, X_val=data.X_val, y_val=data.y_val, wanted=wanted
        )
        return cls(plan, Look(threshold=threshold), job)

    @property
    def nbytes(self) -> int:
        """Bytes of memory that it may take when all curves are there."""
        return 8 * self.plan.weights + self.plan.count * CURVE_BYTES

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
        for result in self.job.results():
            self.add(result)

    def add(self, result: SweepResult) -> None:
        """Add a result: what is exact of it, and few points of its curves."""
        self.summaries[result.index] = PointSummary.of(result)
        if len(result.losses):
            self.curves[result.index] = ThinCurve.of(result)
        if result.error:
            self.failures[result.index] = result.error

    def _receive(self, message: Message, state: Session) -> None:
        self.look = self.look.update(message, self.plan.cells)
        if message.flag("cancel"):
            self.job.cancel()
        sequence = message.whole("sequence")
        action, index = message.choice("action", ACTIONS), message.whole("run")
        if action and sequence > self.sequence and not self.replay and self._is_trained(index):
            self.error = ""
            self.replay = self._begin_replay(index, action, state)
        self.sequence = max(self.sequence, sequence)

    def _is_trained(self, index: int) -> bool:
        return index in self.summaries and index not in self.failures

    def _begin_replay(self, index: int, action: str, state: Session) -> Replay:
        """Return the run, trained already if the session still has it."""
        known = state.runs.find(self.identifiers.get(index, ""))
        if known is not None:
            return Replay(index, action, known.run, known.run.epoch)
        network, settings = self.plan.point(index)
        data = self.plan.source.dataset
        run = Run(network, data.X, data.y, settings, data.X_val, data.y_val)
        return Replay(index, action, run, self.summaries[index].epochs)

    def _advance(self, replay: Replay, state: Session) -> bool:
        """Train a slice; at its end, hand the run over. Return whether another run is in use."""
        if not replay.advance():
            return False
        self.replay = None
        self._hand_over(replay, state)
        self.error = state.runs_error if replay.action == "keep" else ""  # no room for another run
        return replay.action == "open"

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
        first = message.whole("has", 0, len(self.summaries))
        arrays = {"results": self._results(first)}
        begin = message.whole("bands", 0, len(self.summaries))
        end = begin
        if self.look.view == "curves" and self.plan.cells <= CURVES:
            cells, end = self._cells(begin)
            arrays |= self._bands(cells)
        header = {
            **{"token": self.token, "sequence": self.sequence, "settled": settled},
            "state": "cancelled" if self.job.cancelled else "done" if settled else "running",
            **{"first": first, "bands": [begin, end]},
            "progress": self._progress(),
            "look": vars(self.look),
            "runs": self._runs(state),
            "replay": self.replay
            and {
                "run": self.replay.index,
                "action": self.replay.action,
                "at": self.replay.run.epoch,
                "of": self.replay.epochs,
            },
            "error": self.error,
            "scene": self._scene(state.conventions.digits),
        }
        return encode(header, arrays)

    def _progress(self) -> dict[str, Any]:
        job = self.job
        return {
            "finished": len(self.summaries),
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
        rows = [
            (
                *(index, each.final, each.lowest, each.lowest_epoch),
                *(ENDINGS.index(each.ended), each.epochs, each.seconds),
            )
            for index, each in list(self.summaries.items())[first : first + MOST_RESULTS]
        ]
        return np.array(rows, dtype=np.float64).reshape(len(rows), 7)

    def _cells(self, begin: int) -> tuple[list[int], int]:
        """Return the next cells with results from `begin` on, and where the ones after begin."""
        cells: dict[int, None] = {}
        arrivals = list(self.summaries)[begin:]
        for place, index in enumerate(arrivals):
            if len(cells) == MOST_BANDS:
                return list(cells), begin + place
            cells[index // self.plan.seeds] = None
        return list(cells), begin + len(arrivals)

    def _bands(self, cells: list[int]) -> dict[str, NDArray[Any]]:
        bands = [band(self.curves_of(cell), self.plan.epochs).ravel() for cell in cells]
        shape = len(cells), EPOCHS * len(QUARTILES)
        return {
            "cells": np.array(cells, dtype=np.float64),
            "bands": single(np.array(bands, dtype=np.float64).reshape(shape)),
        }

    def curves_of(self, cell: int) -> list[ThinCurve]:
        """Return the curves of a cell's runs that have come."""
        runs = range(cell * self.plan.seeds, (cell + 1) * self.plan.seeds)
        return [self.curves[index] for index in runs if index in self.curves]

    def _runs(self, state: Session) -> dict[str, Any]:
        """Return which run is in use, −1 if none of these, and the names of those that are kept."""
        found = {i: state.runs.find(identifier) for i, identifier in self.identifiers.items()}
        used = (index for index, each in found.items() if each is state.current)
        names = {str(index): each.name for index, each in found.items() if each and each.name}
        return {"used": next(used, -1), "names": names}

    def _scene(self, digits: int) -> dict[str, Any]:
        plan = self.plan
        axes = [
            {
                "label": axis.kind.label,
                "texts": [axis.kind.value_text(value) for value in axis.values],
                "names": [axis.kind.value_name(value) for value in axis.values],
            }
            for axis in plan.axes
        ]
        return {
            **{"axes": axes, "shape": plan.shape, "first_seed": plan.seed(0), "seeds": plan.seeds},
            **{"epochs": plan.epochs, "curves": plan.cells <= CURVES, "digits": digits},
            "about": description(plan),
        }

    # ---- the file

    def csv(self) -> str:
        """Return the results as CSV, a row a run in the order of the plan."""
        with self.lock:
            self._collect()
            plan = self.plan
            header = [axis.kind.label for axis in plan.axes] + [
                *("seed", "final C", "lowest C", "epoch of the lowest C"),
                *("final validation C", "epochs", "ended", "seconds of training"),
            ]
            return rows_to_csv(header, [self._row(index) for index in sorted(self.summaries)])

    def _row(self, index: int) -> list[str]:
        plan, each, curve = self.plan, self.summaries[index], self.curves.get(index)
        values = zip(plan.axes, plan.values(index // plan.seeds), strict=True)
        validation = curve.val_losses if curve else None
        return [
            *(
                cell_text(v) if isinstance(v, float) else axis.kind.value_text(v)
                for axis, v in values
            ),
            *(str(plan.seed(index)), _number(each.final), _number(each.lowest)),
            str(each.lowest_epoch),
            "" if validation is None else _number(validation[-1]),
            *(str(each.epochs), each.ended, _number(each.seconds)),
        ]


def _number(value: float) -> str:
    """Return all digits of a number; nothing where a run has none."""
    return "" if math.isnan(value) else repr(float(value))


@dataclass
class SweepPanel:
    """The sweep of a session and the choices for the next one."""

    choices: SweepChoices
    sweep: Sweep | None = None

    @property
    def nbytes(self) -> int:
        """Bytes of memory that it may take."""
        return self.sweep.nbytes if self.sweep else 0


def sweep_panel(state: Session) -> SweepPanel:
    """Return a session's sweep and choices."""
    with state.lock:
        if state.sweep is None:
            state.sweep = SweepPanel(SweepChoices())
        panel: SweepPanel = state.sweep
        return panel


def description(plan: SweepPlan) -> str:
    """Return what all runs of a sweep share, in a line."""
    settings, swept = plan.settings, {axis.name for axis in plan.axes}
    first, last = plan.seed(0), plan.seed(plan.seeds - 1)
    parts = {
        "title": plan.source.title,
        "loss": f"C: {LOSSES[settings.loss].forms.title}",
        "optimizer": OPTIMIZER_NAMES[settings.optimizer],
        "batch_size": batches_text(settings),
        "epochs": plural(plan.epochs, "epoch"),
        "seeds": f"seed {first}" if plan.seeds == 1 else f"seeds {first} to {last}",
        "l2": f"λ = {exact_text(settings.l2)}" if settings.l2 else "",
        "patience": f"early stopping, patience {settings.patience:,}" if settings.patience else "",
    }
    return " · ".join(text for name, text in parts.items() if text and name not in swept)
