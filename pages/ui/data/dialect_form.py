"""Form for the file format: what was detected in an uploaded file, to be overridden."""

import time
from collections.abc import Callable, Mapping
from dataclasses import fields, replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.dataset.preparation import DatasetError
from core.table.csv_table import TableError, read_csv
from core.table.meaning import interpret
from core.table.reading.dialect import DELIMITERS, ENCODINGS, QUOTES, Dialect
from pages.ui.fields.binding import bind
from pages.ui.state.drafts import Draft, File
from pages.ui.state.session import Session
from pages.ui.style.markdown import plain

HEADER_LINES = 40  # to choose from; a header further down is only detected
ENCODING_NAMES = {name: name for name in ENCODINGS}
DECIMALS = {".": "point", ",": "comma"}
THOUSANDS = {"": "none", ",": "comma", ".": "point", " ": "blank", "'": "apostrophe"}
COMMENTS = {"": "none", "#": "after #", "%": "after %"}
FIELDS: dict[str, tuple[str, Mapping[str, str]]] = {
    "delimiter": ("Delimiter", DELIMITERS),
    "quote": ("Quote character", QUOTES),
    "decimal": ("Decimal sign", DECIMALS),
    "thousands": ("Thousands separator", THOUSANDS),
    "encoding": ("Encoding", ENCODING_NAMES),
    "comment": ("Comment lines", COMMENTS),
}
HEADER = "header_row"
QUIET_SECONDS, UPDATE_SECONDS = 0.5, 0.1  # before the progress bar shows; between its updates
DETECTED = "detected"  # the default choice; None would mean no choice to Streamlit


def read_file(state: Session, file: File) -> None:
    """Read a file into the draft; a failed or cancelled reading changes nothing."""
    with st.spinner(f"Reading {plain(file.name)} …"):
        place = st.empty()
        progress = _ReadingProgress(state, file, place)
        try:
            table = read_csv(
                file.data, name=file.name, dialect=file.given, progress=progress.callback(0, 0.4)
            )
            table = interpret(table, progress=progress.callback(0.4, 1))
            state.upload = Draft.of_table(table, file)
            state.upload_error = ""
        except (TableError, DatasetError) as error:
            state.upload_error = str(error)
        place.empty()


class _ReadingProgress:
    """Progress bar of a long reading, with a Cancel button; a short reading shows nothing."""

    def __init__(self, state: Session, file: File, place: DeltaGenerator) -> None:
        self._state, self._file, self._place = state, file, place
        self._next = time.monotonic() + QUIET_SECONDS
        self._bar: DeltaGenerator | None = None

    def callback(self, start: float, end: float) -> Callable[[int, int], None]:
        """Return a progress callback for the part of the reading from `start` to `end`."""
        return lambda done, of: self._draw(start + (end - start) * done / of)

    def _draw(self, share: float) -> None:
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + UPDATE_SECONDS
        if self._bar is None:
            row = self._place.container(horizontal=True, vertical_alignment="center")
            self._bar = row.progress(0.0)
            row.button(
                "Cancel",
                key="cancel-reading",
                icon=":material/close:",
                on_click=_cancel,
                args=(self._state, self._file),
                help="Neither the data in use nor the table below changes.",
            )
        self._bar.progress(share, f"{100 * share:.0f} %")  # a click on Cancel interrupts here


def _cancel(state: Session, file: File) -> None:
    state.file_to_reread, state.upload_id = None, file.id
    state.upload_error = f"Reading {file.name} was cancelled: choose the file again to read it."


def dialect_form(state: Session, file: File) -> None:
    """Draw a select box for each detected property; a choice reads the file again.

    file: the latest upload, readable or not.
    """
    draft = state.upload
    is_read = draft is not None and draft.file is not None and draft.file.id == file.id
    actual = draft.table.dialect if draft is not None and is_read else Dialect()
    given = draft.file.given if draft is not None and draft.file and is_read else Dialect()
    with st.expander("File format", expanded=bool(state.upload_error), icon=":material/tune:"):
        st.caption("Detected in the file. Override what is wrong; the table below is updated.")
        with st.container(horizontal=True):
            for name, (label, words) in FIELDS.items():
                _choice(state, file, name, label, dict(words), (given, actual))
            lines = {"0": "no header"} | {f"{n}": f"line {n}" for n in range(1, HEADER_LINES + 1)}
            _choice(state, file, HEADER, "Header row", lines, (given, actual))


def _choice(
    state: Session,
    file: File,
    name: str,
    label: str,
    words: dict[str, str],
    dialects: tuple[Dialect, Dialect],
) -> None:
    given, actual = (getattr(dialect, name) for dialect in dialects)
    if name == HEADER:
        given, actual = (None if line is None else str(line) for line in (given, actual))
        words = words if actual is None else {**words, actual: words.get(actual, f"line {actual}")}
    detected = DETECTED if actual is None or given is not None else f"{DETECTED}: {words[actual]}"
    st.selectbox(
        label,
        [DETECTED, *words],
        format_func=lambda value: detected if value == DETECTED else words[value],
        **bind(_key(file, name), DETECTED if given is None else given),
        on_change=_reread,
        args=(state, file),
        width=230,
    )


def _reread(state: Session, file: File) -> None:
    """Schedule reading the file with the chosen format."""
    shown = {field.name: st.session_state.get(_key(file, field.name)) for field in fields(Dialect)}
    chosen = {name: None if value == DETECTED else value for name, value in shown.items()}
    line = chosen.pop(HEADER)
    try:
        given = Dialect(**chosen, header_row=None if line is None else int(line))
        state.file_to_reread = replace(file, given=given)
    except ValueError as error:  # two choices that contradict each other
        state.upload_error = f"{file.name} cannot be read with these choices: {error}"


def _key(file: File, name: str) -> str:
    return f"read-{name}-{file.id}"


def last_file(state: Session, uploaded: File | None) -> File | None:
    """Return the latest upload if it is still there; else the file that was read."""
    read_one = state.upload.file if state.upload else None
    if uploaded is None or (read_one is not None and read_one.id == uploaded.id):
        return read_one
    return uploaded


def reading_error(state: Session) -> None:
    """Draw why the file could not be read."""
    if not state.upload_error:
        return
    st.error(plain(state.upload_error), icon=":material/error:")
    below = f" Below: the previous file, {plain(state.upload.title)}." if state.upload else ""
    st.caption(f"The data in use is unchanged.{below}")
