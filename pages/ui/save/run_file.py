"""The run as a file: saved with its data and choices, and continued after loading."""

from functools import partial

import streamlit as st

from core.training.run_file import RunFileError, read_run, write_run
from pages.ui.fields.download_button import download_button
from pages.ui.state.drafts import Draft, File
from pages.ui.state.permalink import Permalink, PermalinkError
from pages.ui.state.session import Session
from pages.ui.style.markdown import plain

LOADED_ID = "keeping_read"  # a session_state key: the id of the file loaded last
LOAD_ERROR = "keeping_told"  # a session_state key: why that failed


def run_file_controls(state: Session) -> None:
    """Draw the controls to save and to load a run."""
    st.markdown(
        "**The run as a file**: data, choices, settings, weights and losses. When loaded, here or "
        "elsewhere, it opens at the same epoch and continues as if it had never stopped."
    )
    download_button(
        "Save the run",
        partial(run_bytes, state),
        f"run-epoch-{state.epoch}.zip",
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
        st.success(
            f"Loaded: {plain(state.source.title)}, trained to epoch {state.run.epoch:,}; "
            f"now at epoch {state.epoch:,}.",
            icon=":material/check:",
        )


def run_bytes(state: Session) -> bytes:
    """Return the file of the run in use."""
    setup, draft = Permalink.of(state), state.source.draft
    file = draft.file if isinstance(draft, Draft) else None
    about = {
        "fields": setup.file_fields,
        "places": setup.places,
        "table": file.name if file else "",
    }
    return write_run(state.run, about, file.data if file else None)


def load(state: Session, data: bytes) -> None:
    """Continue the run in a file; raises RunFileError or PermalinkError."""
    found = read_run(data)
    about = found.about
    try:
        places = dict(about["places"])
        setup = Permalink.of_fields(places["data"], dict(about["fields"]), places)
        name = str(about["table"])[:200]
    except PermalinkError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise PermalinkError(
            "The file does not say where its data is from: save the run again."
        ) from error
    file = File(name, name, found.table) if found.table is not None else None
    setup.resume(state, found.run, file)


def _load_upload(state: Session, data: bytes) -> None:
    try:
        load(state, data)
        st.session_state.pop(LOAD_ERROR, None)
    except (RunFileError, PermalinkError) as error:
        st.session_state[LOAD_ERROR] = str(error)
