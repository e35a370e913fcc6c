"""Compare tab: the session's runs as a table, and their loss curves."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from core.training.run import Run, Settings
from core.utils.number_text import exact_text
from core.utils.sentence import join_names
from pages.ui.frame.fragment import fragment
from pages.ui.runs.compare import run_table
from pages.ui.runs.compare.differences import DATA, WEIGHTS_SEED, RunEntry, run_entries, shared_text
from pages.ui.runs.compare.fairness import change_sentences, unfair_sentences
from pages.ui.runs.compare.loss_curves import (
    DASHED_NOTE,
    EPOCH,
    SECONDS,
    SECONDS_NOTE,
    CurveOptions,
    Picture,
    has_band,
    has_validation,
    loss_figure,
    loss_pictures,
    unknown_seconds,
)
from pages.ui.runs.compare.run_actions import run_actions, undo_line
from pages.ui.runs.two_runs.panel import pair_panel
from pages.ui.state.architecture import Architecture
from pages.ui.state.fair_share import fair_share
from pages.ui.state.page_list import PageLink
from pages.ui.state.run_list import MAX_NAME
from pages.ui.state.session import Session
from pages.ui.style.figures import CONFIG
from pages.ui.style.markdown import plain

SELECTED, TABLE = "selected-runs", "runs-table"  # session_state keys
FEW_RUNS = 8  # more can be filtered
WHOLE_TABLE = 15  # runs that are all on screen; more are scrolled
EXAMPLE_SECONDS = 1.0  # of training for the first run of an example
PATIENCE = 5  # times as long the second one may take for as many epochs
KEEP_IT = "Keep this run"
OTHER_SEED, OTHER_RATE = "Compare two seeds", "Compare two learning rates"
ONE_RUN = (
    "Here runs are compared: what differs between them, and their loss curves over each other. "
    "There is one run so far. **Keep it**, change something on the Train page and start a new run; "
    "or take an example:"
)
KEEP_TO_COMPARE = "It stays in the list, whatever is trained next."
EXAMPLE_HELP = (
    "Trains this run if it is not trained yet, keeps it, and trains the same with {} for as many "
    f"epochs, for about {EXAMPLE_SECONDS:g} s each. The second one is then the run in use."
)
RUN_IS_KEPT = (
    "It is kept. Now change something on the Train page and start a new run: both will stand here. "
    "Or take an example:"
)
SELECT_TWO = "Select two runs to see them here epoch by epoch, with their difference."
NOTHING_FOUND = "No run has all of that. Change the filter above."
UNTRAINED = "No run is trained yet, so there is no curve. Train them, then come back."
UNFAIR = "**Before you compare:**"
WIDTHS = {run_table.NAME: 150, run_table.STATUS: 110, run_table.BEST: 110}  # px
TRAIN_ON = PageLink("pages/train.py", "Train", ":material/play_circle:")
FORMS = {run_table.SECONDS: "%.2g", run_table.EPOCHS: "localized"}
COLUMN_HELP = {
    run_table.STATUS: "The run in use is the one that all pages show. A kept run has a name; the "
    "previous one lasts until the next replaces it.",
    run_table.BEST: "Among the runs whose result measures the same: on the same data, and C "
    "of the same loss function.",
    run_table.C: "The loss that the run minimises, without L2: over the training rows, at the "
    "latest epoch. Blank where it is beyond 10^15: it is in the CSV.",
    run_table.VALIDATION_C: "The loss over the validation rows at the latest epoch.",
    run_table.SECONDS: "Of training so far, on this server. Below 0.1 s, mostly chance.",
    "mini-batch": "Samples of an update. Blank: all of them.",
    "changes": "Settings that were changed on the way; the other columns have those of the start.",
}


def compare_tab(state: Session) -> None:
    """Draw the tab."""
    entries = run_entries(state.runs)
    if len(entries) == 1:
        _one_run(state, entries[0])
        undo_line(state)
        return
    shown = _filter(entries)
    if shown:
        _table(shown, state.conventions.digits)
    else:
        st.info(NOTHING_FOUND, icon=":material/filter_alt_off:")
    selected = _selection(entries)
    run_actions(state, selected, entries)
    undo_line(state)
    if len(selected) == 2:
        first, second = (entry.experiment for entry in selected)
        pair_panel(state, first, second)
    else:
        st.caption(SELECT_TWO)
    _curves(selected or shown)


# One run only


def _one_run(state: Session, entry: RunEntry) -> None:
    """Say how to get a second run, with a button for each way."""
    if entry.experiment.name:
        st.success(RUN_IS_KEPT, icon=":material/bookmark_added:")
        TRAIN_ON.draw()
    else:
        st.markdown(ONE_RUN)
    architecture, settings = state.architecture, state.settings
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        if not entry.experiment.name:
            with st.form("keep-first", border=False, width="content"):
                name = st.text_input(
                    "Name",
                    help="By which it stands in the list; without one, it gets a number.",
                    max_chars=MAX_NAME,
                    placeholder="Run 1",
                    key="keep-first-name",
                    width=220,
                )
                if st.form_submit_button(KEEP_IT, icon=":material/bookmark:", help=KEEP_TO_COMPARE):
                    state.keep_run(entry.identifier, name)
                    st.rerun()
        if entry.choices[WEIGHTS_SEED] is not None:
            seed = architecture.seed + 1
            _example(
                OTHER_SEED,
                f"seed {seed} for its initial weights",
                lambda: _train_two(
                    state, replace(architecture, seed=seed), replace(settings, seed=seed)
                ),
            )
        rate = settings.learning_rate / 2
        _example(
            OTHER_RATE,
            f"half the learning rate, η = {exact_text(rate)}",
            lambda: _train_two(state, architecture, replace(settings, learning_rate=rate)),
        )


def _example(label: str, change: str, start: Callable[[], None]) -> None:
    st.button(label, icon=":material/science:", on_click=start, help=EXAMPLE_HELP.format(change))


def _train_two(state: Session, architecture: Architecture, settings: Settings) -> None:
    """Keep the run in use, and train another one for as many epochs."""
    first = state.current
    if first.run.epoch == 0:
        _train(first.run, first.run.settings.epochs, EXAMPLE_SECONDS)
        state.report(first.run.epoch, playing=False)
    if not first.name:
        state.keep_run(first.identifier)
    state.begin(architecture=architecture, settings=settings)
    _train(state.run, first.run.epoch, PATIENCE * EXAMPLE_SECONDS)
    state.report(state.run.epoch, playing=False)


def _train(run: Run, epochs: int, seconds: float) -> None:
    with fair_share(seconds):
        run.advance(epochs, seconds=seconds)


# The table


def _filter(entries: Sequence[RunEntry]) -> list[RunEntry]:
    """Draw the filter, if there are many runs; return those that pass it."""
    if len(entries) <= FEW_RUNS:
        return list(entries)
    titles = list(dict.fromkeys(str(entry.choices[DATA]) for entry in entries))
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        text = st.text_input(
            "Filter",
            key="runs-filter",
            persist_state="session",
            icon=":material/filter_alt:",
            placeholder="adam, seed 3",
            max_chars=100,
            help="Only runs with this in their name or in what they were made with. Several parts, "
            "separated by commas, must all be there.",
            width=320,
        )
        data: list[str] = []
        if len(titles) > 1:
            data = st.multiselect(
                "Data",
                titles,
                key="runs-data",
                persist_state="session",
                placeholder="All",
                help="Only runs on these data.",
                width=320,
            )
    return run_table.matching_entries(entries, text or "", data)


def _table(entries: Sequence[RunEntry], digits: int) -> None:
    """Draw what is the same for all runs in a line, and what differs in a table."""
    frame = run_table.run_frame(entries)
    count = {1: "this run", 2: "both runs"}.get(len(entries), f"all {len(entries):,} runs")
    st.caption(plain(f"The same for {count}: {shared_text(entries)}."))
    identifiers = [entry.identifier for entry in entries]
    selected = st.session_state.get(SELECTED, [])
    _set_rows(identifiers, selected)
    st.dataframe(
        frame,
        key=TABLE,
        on_select=partial(_select_rows, identifiers, selected),
        selection_mode="multi-row",
        hide_index=True,
        column_config={name: _column(name, frame, digits) for name in frame.columns},
        placeholder="",
        height="content" if len(entries) <= WHOLE_TABLE else "auto",
        alt="A row for each run: its results, and the choices that are not the same for all.",
    )


def _column(name: str, frame: pd.DataFrame, digits: int) -> ColumnConfig:
    """Return a column's form: numbers keep their digits for sorting and copying."""
    options: dict[str, Any] = {"help": COLUMN_HELP.get(name), "pinned": name == run_table.NAME}
    if not pd.api.types.is_numeric_dtype(frame[name]):
        return st.column_config.TextColumn(**options, width=WIDTHS.get(name))
    form = f"%.{digits}g" if name in run_table.RESULTS else FORMS.get(name, "%g")
    return st.column_config.NumberColumn(format=form, **options)


def _set_rows(identifiers: Sequence[str], selected: Sequence[str]) -> None:
    """Select the rows of the selected runs; if they are already, set nothing: clicks may follow."""
    rows = [row for row, identifier in enumerate(identifiers) if identifier in selected]
    if rows != _rows():
        st.session_state[TABLE] = {"selection": {"rows": rows}}


def _rows() -> list[int]:
    """Return the rows that are selected in the table."""
    state = st.session_state.get(TABLE)
    return sorted(state["selection"]["rows"]) if state else []


def _select_rows(identifiers: Sequence[str], before: Sequence[str]) -> None:
    """Select the runs of the table's rows; those that the filter hides stay selected.

    Where a run was chosen by name, the browser repeats the rows from `before`: no click on them.
    """
    selected = st.session_state.get(SELECTED, [])
    if selected != before:
        return
    hidden = [each for each in selected if each not in identifiers]
    chosen = [identifiers[row] for row in _rows() if row < len(identifiers)]
    st.session_state[SELECTED] = [*hidden, *chosen]


def _selection(entries: Sequence[RunEntry]) -> list[RunEntry]:
    """Draw the names of the selected runs, which can be chosen there too; return them."""
    by_identifier = {entry.identifier: entry for entry in entries}
    earlier = st.session_state.get(SELECTED, [])
    if gone := [each for each in earlier if each not in by_identifier]:
        st.session_state[SELECTED] = [each for each in earlier if each not in gone]
    chosen = st.multiselect(
        "Selected runs",
        list(by_identifier),
        format_func=lambda identifier: by_identifier[identifier].name,
        key=SELECTED,
        persist_state="session",
        placeholder="None: select rows above, or choose here by name",
        help="Rows of the table: with the mouse, with Shift and Space, or here by name. One can be "
        "opened, renamed and branched; two stand beside each other below.",
    )
    return [by_identifier[identifier] for identifier in chosen]


# The curves


@fragment
def _curves(entries: Sequence[RunEntry]) -> None:
    """Draw what makes the comparison unfair, and the loss curves."""
    if not entries:
        return
    st.header("Loss curves", anchor=False)
    if unfair := unfair_sentences(entries):
        lines = "\n".join(f"- {plain(sentence)}" for sentence in unfair)
        st.warning(f"{UNFAIR}\n{lines}", icon=":material/balance:")
    pictures = loss_pictures(entries)
    if not pictures:
        st.info(UNTRAINED, icon=":material/show_chart:")
        TRAIN_ON.draw()
        return
    options = _options(pictures)
    for place, picture in enumerate(pictures):
        _picture(picture, options, place, alone=len(pictures) == 1)
    notes = [*change_sentences(entries), *[SECONDS_NOTE] * options.by_seconds]
    notes += [DASHED_NOTE] * (options.validation and has_validation(pictures))
    for note in notes:
        st.caption(plain(note))


def _options(pictures: Sequence[Picture]) -> CurveOptions:
    """Draw the switches of the curves."""
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        axis = st.segmented_control(
            "Horizontal axis",
            [EPOCH, SECONDS],
            default=EPOCH,
            required=True,
            key="curves-axis",
            persist_state="session",
            label_visibility="collapsed",
            help="Epochs, or seconds of training.",
        )
        log = st.toggle(
            "Log scale",
            key="curves-log",
            persist_state="session",
            help="C on a logarithmic scale, where equal factors are equally far apart.",
        )
        validation = has_validation(pictures) and st.toggle(
            "Validation",
            value=True,
            key="curves-validation",
            persist_state="session",
            help="C over the validation rows, dashed.",
        )
        single = has_band(pictures) and st.toggle(
            "Single runs",
            key="curves-single",
            persist_state="session",
            help="The runs that a median and its band stand for, as thin lines.",
        )
    return CurveOptions(axis == SECONDS, log, validation, single)


def _picture(picture: Picture, options: CurveOptions, place: int, *, alone: bool) -> None:
    """Draw one figure, with its measure above it if there are several."""
    if not alone:
        st.markdown(f"**{plain(picture.title)}**")
    missing = unknown_seconds(picture) if options.by_seconds else []
    if missing:
        st.info(
            plain(f"Their time is not known: {join_names(missing)}."), icon=":material/timer_off:"
        )
    if len(missing) < len(picture.families):
        names = join_names([family.name for family in picture.families])
        st.plotly_chart(
            loss_figure(picture, options),
            key=f"runs-curves-{place}",
            config=CONFIG,
            alt=f"Loss curves of {names}.",
        )
    for sentence in picture.sentences:
        st.caption(plain(sentence))
