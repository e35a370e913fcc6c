"""The run as a file: saved with its data and choices, and continued after loading."""

from functools import partial

import streamlit as st

from core.training.run_file import RunFileError
from core.utils.sentence import plural
from pages.ui.fields.download_button import download_button
from pages.ui.state.permalink import PermalinkError
from pages.ui.state.session import Session
from pages.ui.state.session_file import KeptRuns, load, run_bytes
from pages.ui.style.markdown import plain

LOADED_ID = "keeping_read"  # a session_state key: the id of the file loaded last
LOAD_ERROR = "keeping_told"  # a session_state key: why that failed
LOADED_RUNS = "keeping_count"  # a session_state key: the KeptRuns of it


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
        runs = st.session_state.get(LOADED_RUNS, KeptRuns(0, 0))
        added = f" {plural(runs.added, 'kept run')} added to the Runs page." if runs.added else ""
        if runs.known:
            added += f" {plural(runs.known, 'kept run')} in it stood there already."
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


def _load_upload(state: Session, data: bytes) -> None:
    try:
        st.session_state[LOADED_RUNS] = load(state, data)
        st.session_state.pop(LOAD_ERROR, None)
    except (RunFileError, PermalinkError) as error:
        st.session_state[LOAD_ERROR] = str(error)
