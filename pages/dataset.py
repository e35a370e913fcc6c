"""Data: a sample, one's own CSV, or the numbers of an exercise, and what becomes of them."""

from collections.abc import Callable
from dataclasses import replace
from typing import get_args

import pandas as pd
import streamlit as st

from core.dataset import DatasetError, plan
from core.encoding import Scaling
from core.planning import Plan
from core.roles import Task, describe, guess_task
from core.samples import SAMPLES
from core.table import MAX_BYTES, MAX_COLUMNS, MAX_ROWS, Notice, TableError, read_csv
from pages.shared.drafts import Draft, Exercise
from pages.shared.exercise import exercise_editor
from pages.shared.frame import ensure_frame
from pages.shared.session import Session, session
from pages.shared.text import plain

PREVIEW_ROWS = 200
SAMPLE, UPLOAD, EXERCISE = "A sample", "Your own CSV", "An exercise"
TASKS = {
    "binary": "Classification into two classes: one output",
    "multiclass": "Classification: one output a class",
    "regression": "Regression: a number, scaled to [0, 1] for the sigmoid",
}
SCALINGS = {
    "standard": "Standard: mean 0, deviation 1",
    "minmax": "Min–max: from 0 to 1",
    "none": "None: as in the file",
}


def main() -> None:
    """Draw the page."""
    state = session()
    in_use(state)
    restore("way", state.way)
    way = st.segmented_control(
        "Where the data comes from",
        [SAMPLE, UPLOAD, EXERCISE],
        key="way",
        required=True,
        help="What you prepare here changes nothing until you use it.",
    )
    state.way = way or SAMPLE
    if way == EXERCISE:
        use_button(state, exercise_editor(state))
        return
    if way == UPLOAD:
        upload(state)
    else:
        samples(state)
    table_editor(state)


def in_use(state: Session) -> None:
    """What the network trains on now."""
    data = state.source.dataset
    held = "" if data.X_val is None else f" and {len(data.X_val):,} for validation"
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        st.markdown(
            f"In use: **{plain(state.source.title)}**, {len(data.X):,} training samples{held}",
            width="content",
        )
        st.page_link(
            "pages/train.py", label="Train on it", icon=":material/play_circle:", width="content"
        )


def samples(state: Session) -> None:
    """One click takes a sample as it is."""
    with st.container(horizontal=True):
        for key, sample in SAMPLES.items():
            st.button(
                sample.title,
                key=f"sample-{key}",
                help=sample.description,
                on_click=take_sample,
                args=(state, key),
                type="primary" if state.source.title == sample.title else "secondary",
            )
    chosen = next((s for s in SAMPLES.values() if s.title == state.draft.title), None)
    if chosen is not None:
        st.caption(f"Source: {chosen.source}. Licence: {chosen.licence}.")


def take_sample(state: Session, key: str) -> None:
    """Use a sample with its own choices, and show them."""
    state.draft = Draft.of_sample(key)
    use(state, state.draft)


def upload(state: Session) -> None:
    """A file of one's own; one that cannot be read changes nothing."""
    st.file_uploader(
        "CSV file",
        type=["csv", "tsv", "txt"],
        key="upload",
        on_change=take_upload,
        args=(state,),
        help=(
            f"Comma, semicolon, tab or | between the cells; at most {MAX_BYTES // 2**20} MB, "
            f"{MAX_ROWS:,} rows and {MAX_COLUMNS:,} columns. It stays on the server that runs "
            "this app, for as long as this tab is open."
        ),
    )
    if state.upload_error:
        st.error(plain(state.upload_error), icon=":material/error:")
        st.caption(f"Below, as before: {plain(state.draft.title)}.")


def take_upload(state: Session) -> None:
    """Read the file that was just chosen."""
    file = st.session_state["upload"]
    if file is None:
        return
    try:
        state.draft = Draft.of_table(read_csv(file.getvalue(), name=file.name))
        state.upload_error = ""
    except (TableError, DatasetError) as error:
        state.upload_error = str(error)


def table_editor(state: Session) -> None:
    """The table, what its columns are for, and what becomes of each."""
    draft = state.draft
    table = draft.table
    rows, columns = table.frame.shape
    st.subheader(plain(draft.title))
    st.caption(f"{rows:,} rows × {columns:,} columns; read as {table.dialect}.")
    notices(table.notices)
    st.dataframe(table.frame.head(PREVIEW_ROWS), height=230)
    if rows > PREVIEW_ROWS:
        st.caption(f"The first {PREVIEW_ROWS} rows are shown.")
    st.markdown(plain(draft.reason))
    state.draft = draft = choices(draft)
    try:
        what = plan(table, features=draft.features, target=draft.target, task=draft.task)
    except DatasetError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    show_plan(what)
    use_button(state, draft)


def choices(draft: Draft) -> Draft:
    """The roles of the columns, the scaling and the split, as widgets."""
    names = [str(name) for name in draft.table.frame.columns]

    def key(name: str) -> str:
        return f"{name}-{draft.number}"

    left, right = st.columns(2)
    with left:
        restore(key("target"), draft.target)
        target = st.selectbox(
            "Target",
            names,
            key=key("target"),
            on_change=retarget,
            args=(draft, key),
            help="The column that the network learns to predict.",
        )
        able = [name for name in names if name != target]
        restore(key("features"), [name for name in draft.features if name in able])
        features = st.multiselect(
            "Features",
            able,
            key=key("features"),
            help="The columns that the network sees: its inputs.",
        )
        restore(key("task"), draft.task)
        task = st.selectbox(
            "Task",
            get_args(Task),
            format_func=TASKS.__getitem__,
            key=key("task"),
            help="Every output is a sigmoid, between 0 and 1.",
        )
    with right:
        restore(key("scaling"), draft.scaling)
        scaling = st.selectbox(
            "Scaling of the features",
            get_args(Scaling),
            format_func=SCALINGS.__getitem__,
            key=key("scaling"),
            help="Fitted on the training rows only. Large unscaled inputs saturate the sigmoids.",
        )
        restore(key("validation"), round(100 * draft.validation))
        validation = st.slider(
            "Held back for validation, in %",
            0,
            50,
            step=5,
            key=key("validation"),
            help="Rows that never train: their loss shows whether the network learns or memorises. "
            "Below 20 rows none are held back.",
        )
        restore(key("seed"), draft.seed)
        seed = st.number_input(
            "Seed of the split",
            0,
            2**32 - 1,
            key=key("seed"),
            help="The same seed holds back the same rows; classes keep their shares.",
        )
    return replace(
        draft,
        features=tuple(features),
        target=target,
        task=task,
        scaling=scaling,
        validation=validation / 100,
        seed=int(seed),
    )


def retarget(draft: Draft, key: Callable[[str], str]) -> None:
    """Another target is no feature, and suggests its own task."""
    target = st.session_state[key("target")]
    st.session_state[key("task")] = guess_task(describe(draft.table, target))
    features = [name for name in st.session_state[key("features")] if name != target]
    st.session_state[key("features")] = features


def show_plan(what: Plan) -> None:
    """What becomes of each column, before it is done."""
    st.markdown(
        f"**What becomes of it**: {len(what.rows):,} rows, {len(what.feature_names)} inputs, "
        f"{len(what.output_names)} {'output' if len(what.output_names) == 1 else 'outputs'}"
    )
    st.dataframe(
        pd.DataFrame(
            {
                "column": [column.name for column in what.columns],
                "role": [column.role for column in what.columns],
                "becomes": [column.becomes for column in what.columns],
                "inputs or outputs": [", ".join(column.makes) for column in what.columns],
                "missing": [column.missing for column in what.columns],
                "distinct values": [column.distinct for column in what.columns],
            }
        ),
        hide_index=True,
        height="content" if len(what.columns) <= 12 else 400,
    )
    notices(what.notices)


def notices(items: tuple[Notice, ...]) -> None:
    """Whatever was changed, dropped or guessed."""
    for item in items:
        st.caption(f":material/info: {plain(str(item))}")


def use_button(state: Session, draft: Draft | Exercise | None) -> None:
    """Take what was prepared; the run so far can be brought back."""
    st.button(
        "Use this data",
        type="primary",
        disabled=draft is None,
        icon=":material/check:",
        on_click=use,
        args=(state, draft),
        help="Begins a new run at epoch 0; the run so far is kept and can be brought back.",
    )


def use(state: Session, draft: Draft | Exercise) -> None:
    """Begin on that data, or say why not."""
    try:
        state.use(draft)
    except ValueError as error:
        st.toast(plain(str(error)), icon=":material/error:")
        return
    st.toast(
        f"{plain(draft.title)} is in use. Press Play on the Train page.", icon=":material/check:"
    )


def restore(key: str, value: object) -> None:
    """Streamlit drops a widget's value when its page is left: set it from the typed state."""
    if key not in st.session_state:
        st.session_state[key] = value


ensure_frame()
main()
