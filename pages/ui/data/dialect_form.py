"""How an uploaded file is read: what was found, and each of it to be overruled."""

import time
from collections.abc import Callable, Mapping
from dataclasses import fields, replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.dataset.preparation import DatasetError
from core.table.csv_table import TableError, read_csv
from core.table.meaning import understand
from core.table.reading.dialect import DELIMITERS, ENCODINGS, QUOTES, Dialect
from pages.ui.state.drafts import Draft, File
from pages.ui.state.session import Session
from pages.ui.style.markdown import plain

HEADER_LINES = 40  # that can be chosen; a table that begins further down is found by itself
ENCODED = {name: name for name in ENCODINGS}
POINTS = {".": "point", ",": "comma"}
PARTED = {"": "none", ",": "comma", ".": "point", " ": "blank", "'": "apostrophe"}
MARKS = {"": "none", "#": "after #", "%": "after %"}
CHOICES: dict[str, tuple[str, Mapping[str, str]]] = {
    "delimiter": ("Delimiter", DELIMITERS),
    "quote": ("Quote character", QUOTES),
    "decimal": ("Decimal sign", POINTS),
    "thousands": ("Thousands separator", PARTED),
    "encoding": ("Encoding", ENCODED),
    "comment": ("Comment lines", MARKS),
}
HEADER = "header_row"
SHORT, PACE = 0.5, 0.1  # s: a reading that shows nothing, and between two looks at a longer one
AS_FOUND = "as found"  # of a control: nothing is overruled; None would be no choice to Streamlit


def read(state: Session, file: File) -> None:
    """Read a file as it is given; one that cannot be read, or is cancelled, changes nothing."""
    with st.spinner(f"Reading {plain(file.name)} …"):
        place = st.empty()
        watch = _Watch(state, file, place)
        try:
            table = read_csv(
                file.data, name=file.name, dialect=file.given, progress=watch.part(0, 0.4)
            )
            table = understand(table, progress=watch.part(0.4, 1))
            state.upload = Draft.of_table(table, file)
            state.upload_error = ""
        except (TableError, DatasetError) as error:
            state.upload_error = str(error)
        place.empty()


class _Watch:
    """How far a long reading is, with a button to end it; of a short one nothing is shown."""

    def __init__(self, state: Session, file: File, place: DeltaGenerator) -> None:
        self._state, self._file, self._place = state, file, place
        self._next = time.monotonic() + SHORT
        self._bar: DeltaGenerator | None = None

    def part(self, start: float, end: float) -> Callable[[int, int], None]:
        """What to call while the reading goes from one share of it to another."""
        return lambda done, of: self._show(start + (end - start) * done / of)

    def _show(self, share: float) -> None:
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + PACE
        if self._bar is None:
            row = self._place.container(horizontal=True, vertical_alignment="center")
            self._bar = row.progress(0.0)
            row.button(
                "Cancel",
                key="cancel-reading",
                icon=":material/close:",
                on_click=_cancel,
                args=(self._state, self._file),
                help="The data in use, and what is prepared below, stay as they are.",
            )
        self._bar.progress(share, f"{100 * share:.0f} %")  # a click on Cancel ends the reading here


def _cancel(state: Session, file: File) -> None:
    state.file_to_reread, state.upload_id = None, file.id
    state.upload_error = f"Reading {file.name} was cancelled: choose the file again to read it."


def read_as(state: Session, file: File) -> None:
    """One control for each thing that was found of the file; a choice reads it anew at once.

    `file` is the one that was uploaded last, whether it could be read or not.
    """
    draft = state.upload
    is_read = draft is not None and draft.file is not None and draft.file.id == file.id
    found = draft.table.dialect if draft is not None and is_read else Dialect()
    given = draft.file.given if draft is not None and draft.file and is_read else Dialect()
    with st.expander("Read as …", expanded=bool(state.upload_error), icon=":material/tune:"):
        st.caption(
            "What was found in the file. Choose otherwise where it is wrong: the table below "
            "follows."
        )
        with st.container(horizontal=True):
            for name, (label, words) in CHOICES.items():
                _choice(state, file, name, label, dict(words), (given, found))
            lines = {"0": "no names"} | {f"{n}": f"line {n}" for n in range(1, HEADER_LINES + 1)}
            _choice(state, file, HEADER, "Header row", lines, (given, found))


def _choice(
    state: Session,
    file: File,
    name: str,
    label: str,
    words: dict[str, str],
    dialects: tuple[Dialect, Dialect],
) -> None:
    given, found = (getattr(dialect, name) for dialect in dialects)
    if name == HEADER:
        given, found = (None if line is None else str(line) for line in (given, found))
        words = words if found is None else {**words, found: words.get(found, f"line {found}")}
    as_found = AS_FOUND if found is None or given is not None else f"{AS_FOUND}: {words[found]}"
    key = _key(file, name)
    if key not in st.session_state:
        st.session_state[key] = AS_FOUND if given is None else given
    st.selectbox(
        label,
        [AS_FOUND, *words],
        format_func=lambda value: as_found if value == AS_FOUND else words[value],
        key=key,
        on_change=_reread,
        args=(state, file),
        width=230,
    )


def _reread(state: Session, file: File) -> None:
    """Have the file read as the controls now say."""
    shown = {field.name: st.session_state.get(_key(file, field.name)) for field in fields(Dialect)}
    chosen = {name: None if value == AS_FOUND else value for name, value in shown.items()}
    line = chosen.pop(HEADER)
    try:
        given = Dialect(**chosen, header_row=None if line is None else int(line))
        state.file_to_reread = replace(file, given=given)
    except ValueError as error:  # two signs that contradict each other
        state.upload_error = f"{file.name} cannot be read so: {error}"


def _key(file: File, name: str) -> str:
    return f"read-{name}-{file.id}"


def last_file(state: Session, uploaded: File | None) -> File | None:
    """The file that was uploaded last, if it is still there; else the one that was read."""
    read_one = state.upload.file if state.upload else None
    if uploaded is None or (read_one is not None and read_one.id == uploaded.id):
        return read_one
    return uploaded


def told(state: Session) -> None:
    """Why the file could not be read as it is, or as was chosen."""
    if not state.upload_error:
        return
    st.error(plain(state.upload_error), icon=":material/error:")
    below = f" Below, as before: {plain(state.upload.title)}." if state.upload else ""
    st.caption(f"The data in use stays.{below}")
