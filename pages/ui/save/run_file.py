"""The run as a file: saved with its data and choices, and continued after loading."""

from dataclasses import replace
from functools import partial

import numpy as np
import streamlit as st

from core.training.run_file import RunFileError, SavedRun, read_run, write_run
from core.utils.sentence import plural
from pages.ui.fields.download_button import download_button
from pages.ui.state.drafts import Draft, File
from pages.ui.state.permalink import Permalink, PermalinkError
from pages.ui.state.run_list import Experiment, Source
from pages.ui.state.session import Session
from pages.ui.style.comparability import same_samples
from pages.ui.style.markdown import plain

LOADED_ID = "keeping_read"  # a session_state key: the id of the file loaded last
LOAD_ERROR = "keeping_told"  # a session_state key: why that failed
KNOWN_RUNS = "keeping_known"  # a session_state key: how many of those were kept already
LOADED_RUNS = "keeping_count"  # a session_state key: how many kept runs were in it


def run_file_controls(state: Session) -> None:
    """Draw the controls to save and to load a run."""
    st.markdown(
        "**The run as a file**: data, choices, settings, weights and losses. When loaded, here or "
        "elsewhere, it opens at the same epoch and continues as if it had never stopped."
    )
    further = _with_kept_runs(state)
    count = len({each.identifier for each in (state.current, *state.runs.kept)}) if further else 1
    download_button(
        f"Save {count:,} runs" if count > 1 else "Save the run",
        partial(run_bytes, state, kept=further),
        f"run{'s' * (count > 1)}-epoch-{state.epoch}.zip",
        icon="save",
        help="A zip of JSON and NumPy arrays; nothing in it is ever executed. It includes the file "
        "that you uploaded, if any.",
    )
    file = st.file_uploader(
        "Load a run",
        type="zip",
        key="keeping_file",
        help="A file saved on this page. The current run can be brought back on the Train page.",
    )
    if file is None:
        return
    if file.file_id != st.session_state.get(LOADED_ID):
        st.session_state[LOADED_ID] = file.file_id
        with st.spinner(f"Loading {plain(file.name)} …"):
            _load_upload(state, file.getvalue())
        st.rerun()
    if LOAD_ERROR in st.session_state:
        st.error(plain(f"{file.name}: {st.session_state[LOAD_ERROR]}"), icon=":material/error:")
        st.caption("The current run is unchanged.")
    else:
        runs = st.session_state.get(LOADED_RUNS, 0)
        added = f" {plural(runs, 'kept run')} added to the Runs page." if runs else ""
        if again := st.session_state.get(KNOWN_RUNS, 0):
            added += f" {plural(again, 'kept run')} in it stood there already."
        st.success(
            f"Loaded: {plain(state.source.title)}, trained to epoch {state.run.epoch:,}; "
            f"now at epoch {state.epoch:,}.{added}",
            icon=":material/check:",
        )


def _with_kept_runs(state: Session) -> bool:
    """Draw the checkbox for the runs that are kept, if there are any; return whether it is set."""
    count = len(state.runs.kept)
    return bool(count) and st.checkbox(
        f"Include the kept runs ({count})",
        key="keeping_all",
        help="All runs that have a name, with it. Loading the file adds them to the Runs page.",
    )


def run_bytes(state: Session, *, kept: bool = False) -> bytes:
    """Return the file of the run in use, or of it and the runs that are kept, with their names."""
    others = [each for each in state.runs.kept if each is not state.current] if kept else []
    shown, *further = (_contents(state, each, named=kept) for each in (state.current, *others))
    return write_run(shown.run, shown.about, shown.table, further)


def _contents(state: Session, experiment: Experiment, *, named: bool) -> SavedRun:
    setup, draft = Permalink.of(state, experiment), experiment.source.draft
    file = draft.file if isinstance(draft, Draft) else None
    about = {
        "fields": setup.file_fields,
        "places": setup.places,
        "table": file.name if file else "",
        "name": experiment.name if named else "",
    }
    return SavedRun(experiment.run, about, file.data if file else None)


def load(state: Session, data: bytes) -> int:
    """Continue the run in a file, and keep those that it keeps; return how many those are.

    Raises RunFileError or PermalinkError; then nothing changes.
    """
    found, sources = read_run(data), dict[str, Source]()
    setup, shown = experiment_of(found, sources)
    others = [experiment_of(each, sources)[1] for each in found.runs]
    setup.resume(state, replace(shown, name=""))
    before = state.runs.kept
    named = [shown, *others] if shown.name else others
    new = [each for each in named if not any(_same(each, kept) for kept in before)]
    st.session_state[KNOWN_RUNS] = len(named) - len(new)
    state.add_runs(new)
    return len(state.runs.kept) - len(before)


def _same(one: Experiment, other: Experiment) -> bool:
    """Return whether two runs are one: of the same samples, settings, weights and losses."""
    first, second = one.run, other.run
    return (
        first.settings == second.settings
        and np.array_equal(first.losses, second.losses)
        and same_samples(first, second)
        and all(map(np.array_equal, first.at(0).weights, second.at(0).weights))
    )


def experiment_of(found: SavedRun, sources: dict[str, Source]) -> tuple[Permalink, Experiment]:
    """Return the setup and the run of a file's contents; `sources` as `Permalink.experiment`."""
    about = found.about
    try:
        places = dict(about["places"])
        setup = Permalink.of_fields(places["data"], dict(about["fields"]), places)
        table, name = (str(about.get(key, ""))[:200] for key in ("table", "name"))
    except PermalinkError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise PermalinkError(
            "The file does not say where its data is from: save the run again."
        ) from error
    file = File(table, table, found.table) if found.table is not None else None
    return setup, replace(setup.experiment(found.run, file, sources), name=name)


def _load_upload(state: Session, data: bytes) -> None:
    try:
        st.session_state[LOADED_RUNS] = load(state, data)
        st.session_state.pop(LOAD_ERROR, None)
    except (RunFileError, PermalinkError) as error:
        st.session_state[LOAD_ERROR] = str(error)
