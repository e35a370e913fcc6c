"""The typed state of a browser session; pages read it and change it through its methods."""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, replace
from threading import RLock
from typing import Any, Protocol, Self

import numpy as np
import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.chain import stops
from core.losses import check_loss, check_targets
from core.network import Array, Network
from core.training.run import Run, Settings
from pages.ui.state.architecture import DEFAULT_ARCHITECTURE, Architecture
from pages.ui.state.collector import freeze_survivors
from pages.ui.state.conventions import Conventions
from pages.ui.state.drafts import Draft, Exercise, File, mazur
from pages.ui.state.run_list import Experiment, RunLimitError, RunList, Source, new_token
from pages.ui.state.stage_request import FeaturePlane

KEY = "chainscope"
MAX_ID = 100  # characters
SAMPLE, UPLOAD, PASTE, EXERCISE = "A sample", "Your own CSV", "Paste", "An exercise"  # inputs
TAKEOVER_NOTICE = (
    "While this tab was disconnected, another tab opened its run. This tab continues with a copy: "
    "neither affects the other."
)
RETURN_NOTICE = (
    "The tab that had this run before is connected again and continues with a copy: neither "
    "affects the other."
)
COPY_NOTICE = "Another tab has this run: this tab has a copy, and neither affects the other."


@dataclass(frozen=True)
class Weight:
    """One weight: its matrix, counted from 1, and its row and column, counted from 0."""

    layer: int = 1
    row: int = 0
    column: int = 0

    @property
    def place(self) -> tuple[int, int, int]:
        """Its layer, row and column."""
        return self.layer, self.row, self.column

    def entry(self, matrices: Sequence[Array]) -> float:
        """Return its number in matrices of the weights' shapes."""
        return float(matrices[self.layer - 1][self.row, self.column])


@dataclass(frozen=True)
class Focus:
    """The sample, output and weight that are selected on the Chain rule page."""

    sample: int = 2  # of XOR: (1, 0), where no factor of the first weight is 0
    output: int = 0
    weight: Weight = Weight()

    def within(self, run: Run) -> Self:
        """Return a copy clamped to a run's shapes; a weight of the last matrix sets the output."""
        net, weight = run.template, self.weight
        layer = _clamp(weight.layer - 1, net.layers) + 1
        rows, columns = net.shapes[layer - 1]
        weight = Weight(layer, _clamp(weight.row, rows), _clamp(weight.column, columns))
        output = weight.column if layer == net.layers else _clamp(self.output, net.outputs)
        return replace(self, sample=_clamp(self.sample, len(run.X)), output=output, weight=weight)

    def for_data(self, run: Run, *, by_class: bool) -> Self:
        """Return a copy for new data: an input that is not 0, and the output of the sample's class.

        A factor of 0 would make the whole chain 0.
        """
        focus = self.within(run)
        layer, row, column = focus.weight.place
        inputs = np.flatnonzero(run.X[focus.sample])
        if layer == 1 and len(inputs) and row < run.X.shape[1] and row not in inputs:
            row = int(inputs[0])
        output = int(run.y[focus.sample].argmax()) if by_class else focus.output
        return replace(focus, output=output, weight=Weight(layer, row, column)).within(run)


@dataclass(frozen=True)
class StepState:
    """The step through: its stop, and what its view knows."""

    stop: str = ""  # of the training step; "" if it is closed
    sent: frozenset[str] = frozenset()  # the states of what the view has
    sequence: int = 0  # of the latest request
    verdict: dict[str, Any] | None = None  # on the latest answer, with its request's sequence


@dataclass(frozen=True)
class Pasted:
    """Text pasted from a spreadsheet, the last draft that could be read from it, and an error."""

    text: str = ""
    draft: Draft | None = None
    error: str = ""


class Sweeps(Protocol):
    """The sweeps of the Runs page, as far as the session's memory is concerned."""

    @property
    def nbytes(self) -> int:
        """Bytes of memory that they take, without the tables of their data."""

    @property
    def drafts(self) -> tuple[Draft | Exercise, ...]:
        """The drafts of their data."""


class Session:
    """The state of one browser tab.

    Two script threads may run at once (a fragment and a full run), so every change of the
    experiment is made under `lock`.
    """

    def __init__(self) -> None:
        self.lock = RLock()
        self.owner = tab_id()  # id of the browser tab that uses it
        self.last_used = time.monotonic()  # when it was last used
        self.ticket = ""  # in the address, so that a reload finds the session; "" for none
        self.lost_reason = ""  # why the address's run is gone, until another one starts
        self.notice = ""  # what another tab did to it, until dismissed
        self.toast = ""  # what the page says once
        self.sample = Draft.of_sample("xor")  # drafts of the Data page: a sample,
        self.upload: Draft | None = None  # the last file that could be read,
        self.upload_id = ""  # the id of the last file
        self.file_to_reread: File | None = None  # to be read again in another dialect
        self.upload_error = ""  # why it could not be read
        self.pasted = Pasted()
        self.exercise = self.typed = mazur()  # at the tables' start, and now
        self.input_method = SAMPLE  # the data's input on the Data page
        self.runs = RunList.of(
            _experiment(Source.of(self.sample), DEFAULT_ARCHITECTURE, self.sample.settings)
        )
        self.playing = False
        self.views: frozenset[str] = frozenset()  # on stage, besides the weights and the loss
        self.plane = FeaturePlane()  # of the decision surface
        self._focus = Focus()
        self.conventions = Conventions()  # of the display
        self.matrices_sent = ""  # the state of the run whose matrices the Chain rule page has
        self.step = StepState()
        self.pending: Settings | None = None
        self.settings_error = ""  # why the latest change of settings failed
        self.runs_error = ""  # why runs could not be kept, until dismissed
        self.last_sequence = 0  # of the stage's latest request that was answered
        self.unsuitable: tuple[str, ...] = ()  # network choices kept from other data
        self.runs_tab = ""  # the tab of the Runs page that was open last
        self.sweep: Sweeps | None = None  # of the Runs page; its job goes on elsewhere
        self.form_version = 0  # grows with each new network or data: forms then start afresh

    def clone(self) -> Self:
        """Return a copy that shares no mutable state."""
        with self.lock:
            clone = copy(self)
            clone.lock, clone.ticket, clone.owner = RLock(), "", tab_id()
            clone.runs = self.runs.clone()
            clone.runs.compact()
            clone.pending = None
            clone.playing = False
            clone.sweep = None
            clone.forget_browser()
            return clone

    def forget_browser(self) -> None:
        """Note that the browser has nothing: its page is a new one."""
        self.matrices_sent = ""
        self.step = replace(self.step, sent=frozenset())

    @property
    def nbytes(self) -> int:
        """Bytes of memory that its runs, tables and files may take."""
        tables = {id(draft.table): draft.nbytes for draft in self._drafts()}
        sweep = self.sweep.nbytes if self.sweep else 0
        return self.runs.nbytes + sweep + sum(tables.values())

    def _drafts(self) -> Iterator[Draft]:
        """Yield its drafts of files and pasted text; samples are shared by all sessions."""
        used = [each.source.draft for each in (*self.runs.all, *self.runs.removed)]
        swept = self.sweep.drafts if self.sweep else ()
        held = [self.upload, self.pasted.draft, *used, *swept]
        yield from (d for d in held if isinstance(d, Draft) and d.sample is None)

    @property
    def current(self) -> Experiment:
        """The run in use."""
        return self.runs.shown

    @current.setter
    def current(self, experiment: Experiment) -> None:
        self.runs = self.runs.update(experiment)

    @property
    def previous(self) -> Experiment | None:
        """The run in use before, until it is discarded."""
        return self.runs.previous

    @property
    def source(self) -> Source:
        """The data in use."""
        return self.current.source

    @property
    def architecture(self) -> Architecture:
        """The network choices in use."""
        return self.current.architecture

    @property
    def run(self) -> Run:
        """The run in use."""
        return self.current.run

    @property
    def epoch(self) -> int:
        """The app's epoch: the last one that the stage or a page reported."""
        return self.current.epoch

    @property
    def settings(self) -> Settings:
        """The settings from the app's epoch on."""
        return self.pending or self.run.settings_at(self.epoch)

    def at_epoch(self) -> Network:
        """Return the network at the app's epoch."""
        return self.run.at(self.epoch)

    def report(self, epoch: int, *, playing: bool) -> None:
        """Set the app's epoch, clamped to the trained ones, and whether the stage plays."""
        with self.lock:
            self.playing = playing
            self.current = replace(self.current, epoch=min(max(epoch, 0), self.run.epoch))

    @property
    def focus(self) -> Focus:
        """The selected sample, output and weight, clamped to the run's shapes."""
        return self._focus.within(self.run)

    def look(
        self,
        *,
        sample: int | None = None,
        output: int | None = None,
        weight: Weight | None = None,
    ) -> None:
        """Select another sample, output or weight; what is None stays."""
        with self.lock:
            focus = self.focus
            self._focus = Focus(
                focus.sample if sample is None else sample,
                focus.output if output is None else output,
                weight or focus.weight,
            ).within(self.run)

    @property
    def stop(self) -> str:
        """The stop of the step through; "" if it is closed."""
        return self.step.stop

    def go_to_stop(self, name: str) -> None:
        """Open the step through at that stop, or close it ("").

        An unknown stop changes nothing. A view that opens has nothing yet.
        """
        with self.lock:
            if name and name not in {stop.name for stop in stops(self.run.template.layers)}:
                return
            sent = self.step.sent if name and self.stop else frozenset()
            self.step = replace(self.step, stop=name, sent=sent)

    def pause(self) -> None:
        """Stop playing and apply pending settings, since another page was open."""
        with self.lock:
            self.playing = False
            self.apply_pending()

    def begin(
        self,
        *,
        source: Source | None = None,
        architecture: Architecture | None = None,
        settings: Settings | None = None,
    ) -> None:
        """Start a new run at epoch 0; `restore_previous` brings the run so far back.

        A new network has no frozen weights, unless `settings` are given.
        Raises ValueError when the network does not fit the data; then nothing changes.
        """
        with self.lock:
            if settings is None and architecture is not None:
                settings = replace(self.settings, frozen=frozenset())
            source, settings = source or self.source, settings or self.settings
            self.resume(_experiment(source, architecture or self.architecture, settings))

    def resume(self, experiment: Experiment) -> None:
        """Continue a saved run; `restore_previous` brings the run so far back."""
        with self.lock:
            self._replace(experiment)
            self.lost_reason = ""
            self.form_version += 1

    def use(self, draft: Draft | Exercise, architecture: Architecture | None = None) -> None:
        """Start a new run on a draft's data with its settings.

        Raises ValueError if the data cannot be used; then nothing changes.
        """
        with self.lock:
            source = Source.of(draft)
            wanted = architecture or self.architecture.between(self.source.draft, draft)
            chosen = wanted.for_draft(draft, source.dataset.y.shape[1])
            self.begin(source=source, architecture=chosen, settings=draft.settings)
            by_class = source.dataset.task == "multiclass"
            self._focus = self._focus.for_data(self.run, by_class=by_class)
            if architecture is None:
                self.unsuitable = chosen.unsuitable(self.source.dataset)

    def change(self, settings: Settings) -> None:
        """Train with other settings from the displayed epoch on.

        While the film plays only the stage knows that epoch: the change waits until it reports.
        Raises ValueError if the network or the data does not allow it; then nothing changes.
        """
        with self.lock:
            self.settings_error = ""
            check_loss(self.run.template, settings.loss)
            check_targets(settings.loss, self.run.y, self.run.template.output)
            if self.playing:
                self.pending = settings
            else:
                self._branch(settings)

    def retry(self, epoch: int, settings: Settings) -> None:
        """Go back to that epoch and continue from there with other settings."""
        with self.lock:
            run = self.run.branch(epoch, settings=settings)
            self._replace(self.current.branch(run, epoch))

    def apply_pending(self) -> None:
        """Apply pending settings at the app's epoch."""
        with self.lock:
            if self.pending is None:
                return
            try:
                self._branch(self.pending)
            except ValueError as error:
                self.settings_error, self.pending = str(error), None
                self.show(self.epoch)  # the stage waits for the change: a new token ends that

    def edit(
        self, epoch: int, network: Network | None, frozen: frozenset[tuple[int, int, int]]
    ) -> None:
        """Continue from that epoch with these weights (None: unchanged), some of them frozen.

        `restore_previous` brings the run so far back. Weights given at epoch 0 become the initial
        ones. Raises ValueError when they do not fit; then nothing changes.
        """
        with self.lock:
            settings = replace(self.pending or self.run.settings_at(epoch), frozen=frozen)
            run = self.run.branch(epoch, network=network, settings=settings)
            architecture = self.architecture
            if epoch == 0 and network is not None:
                architecture = replace(architecture, given=network)
                self.form_version += 1
            branch = self.current.branch(run, epoch)
            self._replace(replace(branch, architecture=architecture))

    def show(self, epoch: int) -> None:
        """Move the stage to that epoch, if it was trained: a new token makes the stage follow."""
        with self.lock:
            self.report(epoch, playing=self.playing)
            self.current = replace(self.current, token=new_token())

    def open_run(self, identifier: str) -> None:
        """Use another of the session's runs; an unknown one changes nothing."""
        with self.lock:
            found = self.runs.find(identifier)
            if found is not None and found is not self.current:
                self._replace(replace(found, lineage=new_token()))
                self.form_version += 1

    def restore_previous(self) -> None:
        """Swap the run with the previous one."""
        with self.lock:
            if self.previous is not None:
                self.open_run(self.previous.identifier)

    def discard_previous(self) -> None:
        """Discard the previous run; one that is kept stays among the runs."""
        with self.lock:
            self.runs = self.runs.forget_previous()
            self.show(self.epoch)  # the stage removes its curve

    def branch_run(self, identifier: str, epoch: int) -> None:
        """Use a new run that continues one of the session's runs from that epoch, if trained.

        An epoch beyond it is its latest; an unknown run changes nothing.
        """
        with self.lock:
            found = self.runs.find(identifier)
            if found is not None:
                epoch = min(max(epoch, 0), found.run.epoch)
                branch = found.branch(found.run.branch(epoch), epoch)
                self._replace(replace(branch, lineage=new_token()))
                self.form_version += 1

    def keep_run(self, identifier: str, name: str = "") -> None:
        """Keep a run by a name; without one it is numbered. An unknown one changes nothing.

        If there is no room for it, `runs_error` says so.
        """
        self._change_runs(lambda runs: runs.keep(identifier, name))

    def add_runs(self, experiments: Sequence[Experiment]) -> None:
        """Keep these runs, too, by their names; those without are numbered. None is shown.

        If there is no room for all, none is added, and `runs_error` says so.
        """
        self._change_runs(lambda runs: runs.add(experiments))

    def remove_runs(self, identifiers: Collection[str]) -> None:
        """Remove runs, but never the one in use; `restore_removed` brings them back."""
        self._change_runs(lambda runs: runs.remove(identifiers))

    def restore_removed(self) -> None:
        """Bring back the runs that were removed last; if there is no room, `runs_error` says so."""
        self._change_runs(RunList.restore_removed)

    def _change_runs(self, change: Callable[[RunList], RunList]) -> None:
        """Change the list of runs, unless that needs too much room."""
        with self.lock:
            before = self.previous
            try:
                self.runs, self.runs_error = change(self.runs), ""
            except RunLimitError as error:
                self.runs_error = str(error)
            self.runs.compact()
            if (before is None) != (self.previous is None):
                self.show(self.epoch)  # the stage removes its curve, or draws it

    def _branch(self, settings: Settings) -> None:
        run = self.run.branch(self.epoch, settings=settings)
        self._replace(self.current.branch(run, self.epoch), playing=self.playing)

    def _replace(self, experiment: Experiment, *, playing: bool = False) -> None:
        if self.stop and experiment.run.template.layers != self.run.template.layers:
            self.go_to_stop("X")
        data = experiment.source.dataset
        if data.feature_names != self.source.dataset.feature_names:
            self.plane = self.plane.for_data(data)
        if experiment.architecture != self.architecture or experiment.source is not self.source:
            self.unsuitable = ()
        self.runs = self.runs.show(replace(experiment, token=new_token()))
        self.runs.compact()
        self.pending = None
        self.playing = playing


def session() -> Session:
    """Return the state of this browser tab, created on first use.

    While a tab is disconnected another one may take its state over by the same address. When the
    first one is back it continues with a copy, and both show a notice.
    """
    state: Session | None = st.session_state.get(KEY)
    if state is None:
        state = st.session_state[KEY] = Session()
    elif state.owner not in ("", tab_id()):
        taken, state = state, state.clone()
        taken.notice, state.notice = RETURN_NOTICE, TAKEOVER_NOTICE
        st.session_state[KEY] = state
    state.owner, state.last_used = tab_id(), time.monotonic()
    freeze_survivors()
    return state


def tab_id() -> str:
    """Return the id of the browser tab that the script runs for, or ""."""
    context = get_script_run_ctx(suppress_warning=True)
    return context.session_id if context else ""


def earlier_tab_id() -> str:
    """Return the id that this browser tab had before its connection was lost, or ""."""
    entries = st.context.headers.get("Sec-WebSocket-Protocol", "").split(",")
    return entries[2].strip()[:MAX_ID] if len(entries) > 2 else ""  # as Streamlit reads it


def _clamp(index: int, count: int) -> int:
    return min(max(index, 0), count - 1)


def _experiment(source: Source, architecture: Architecture, settings: Settings) -> Experiment:
    data = source.dataset
    network = architecture.build(data)
    run = Run(network, data.X, data.y, settings, data.X_val, data.y_val)
    return Experiment(source, architecture, run)
