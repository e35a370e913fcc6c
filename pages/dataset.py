"""Data: a sample data set, a CSV file, a pasted table or an exercise, and its preparation."""

from dataclasses import replace
from functools import partial
from typing import get_args

import pandas as pd
import streamlit as st

from core.checking.typed_number import Range
from core.dataset.column_plan import Plan
from core.dataset.encoding import Scaling
from core.dataset.preparation import DatasetError
from core.dataset.roles import GapsError, Task, guess_task
from core.dataset.samples import SAMPLES
from core.table.column import describe
from core.table.csv_table import MAX_BYTES, MAX_COLUMNS, MAX_ROWS
from core.utils.sentence import plural
from pages.ui.data.column_meanings import constant_choice, meaning_choices, missing_choice
from pages.ui.data.dialect_form import dialect_form, last_file, read_file, reading_error
from pages.ui.data.downloads import report_downloads
from pages.ui.data.exercise import exercise_editor
from pages.ui.data.feature_choice import feature_choice, selected_features, set_features
from pages.ui.data.head import (
    USE_HELP,
    Candidate,
    current_data,
    train_link,
    use,
    use_and_rerun,
    use_or_train,
)
from pages.ui.data.notices import notices
from pages.ui.data.paste import paste_form
from pages.ui.data.views import data_views
from pages.ui.fields.binding import bind
from pages.ui.fields.download_button import download_button
from pages.ui.fields.number_field import number_entry
from pages.ui.frame.navigation import ensure_frame
from pages.ui.state.drafts import MAX_VALIDATION, Draft, Exercise, File, widget_key
from pages.ui.state.generated_sample import generator_form, sample_csv
from pages.ui.state.open_from_url import rerun_for_link
from pages.ui.state.page_list import OPEN, OPEN_UPLOAD
from pages.ui.state.session import EXERCISE, PASTE, SAMPLE, UPLOAD, Session, session
from pages.ui.state.store.session_store import session_store
from pages.ui.style.markdown import plain

PREVIEW_ROWS = PREVIEW_COLUMNS = 200
MAX_GAP_SHARE = 0.1  # of the rows dropped for missing values, without a warning
FEW_ROWS = 6  # of a preview without scrolling
PREPARED_ANCHOR, EXERCISE_ANCHOR = "prepared-data", "exercise"  # of sections with their errors
INCOMPLETE = "A cell is empty or cannot be read: the message stands at the tables."
SOURCE = "way"  # the key of the choice of the source
TASKS = {
    "binary": "Classification into two classes: one output",
    "multiclass": "Classification: one output per class",
    "regression": "Regression: one output, a number",
}
SCALINGS = {
    "standard": "Standard: mean 0, std. dev. 1",
    "minmax": "Min–max: from 0 to 1",
    "none": "None: as in the file",
}


def main() -> None:
    """Draw the page."""
    state = session()
    open_requested_source(state)
    place = current_data(state)
    sources = {SAMPLE: sample_choice, UPLOAD: upload, PASTE: paste, EXERCISE: exercise_entry}
    write = partial(setattr, state, "input_method")
    st.segmented_control(
        "Data source",
        **bind(SOURCE, state.input_method, write, list(sources)),
        required=True,
        help="The data in use changes only when you use what you prepare here.",
    )
    candidate = sources[state.input_method](state)
    with place:
        use_or_train(state, candidate)


def open_requested_source(state: Session) -> None:
    """Show the upload if the followed link asks for it: later runs have its address, too."""
    if SOURCE not in st.session_state and st.query_params.get(OPEN) == OPEN_UPLOAD[OPEN]:
        state.input_method = UPLOAD


def sample_choice(state: Session) -> Candidate[Draft]:
    """Draw a button for each sample data set; below, its preparation can be changed."""
    used = state.source.draft
    with st.container(horizontal=True):
        for key, sample in SAMPLES.items():
            is_used = isinstance(used, Draft) and used.sample == key
            st.button(
                sample.title,
                key=f"sample-{key}",
                help=sample.description,
                on_click=use_sample,
                args=(state, key),
                icon=":material/check:" if is_used else None,
            )
    sample = SAMPLES[state.sample.sample or "xor"]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        generator_form(state)
        download_button(
            "Download",
            sample_csv(state.sample),
            sample.filename,
            type="tertiary",
            help=f"{sample.filename}, to inspect, or to edit and upload again.",
        )
        st.caption(f"Source: {sample.source}. Licence: {sample.licence}.", width="stretch")
    candidate = table_editor(state, state.sample)
    state.sample = candidate.draft
    return candidate


def use_sample(state: Session, key: str) -> None:
    """Use a sample data set with its default choices."""
    state.sample = Draft.of_sample(key)
    if use(state, state.sample):
        title = plain(state.sample.title)
        st.toast(f"{title} is in use. Press Play on the Train page.", icon=":material/check:")


def upload(state: Session) -> Candidate[Draft] | None:
    """Draw the upload of a CSV file; one that cannot be read changes nothing."""
    file = st.file_uploader(
        "CSV file",
        key="upload",
        help=(
            f"At most {MAX_BYTES // 2**20} MB, {MAX_ROWS:,} rows and {MAX_COLUMNS:,} columns. "
            f"{session_store().retention}"
        ),
    )
    uploaded = File(file.file_id, file.name, file.getvalue()) if file else None
    read_upload(state, uploaded)
    reading_error(state)
    if last := last_file(state, uploaded):
        dialect_form(state, last)
    if state.upload is None:
        st.caption(
            "A header row, then one row per sample: feature columns and one target column, which "
            "you choose next. Delimiter: comma, semicolon, tab, | or spaces. Also as .gz or .zip."
        )
        return None
    candidate = table_editor(state, state.upload)
    state.upload = candidate.draft
    return candidate


def read_upload(state: Session, file: File | None) -> None:
    """Read the uploaded file once; an error stays until the file is removed."""
    if file is None:
        state.upload_error = ""
    elif file.id != state.upload_id:
        read_file(state, file)
        state.upload_id = file.id
        rerun_for_link()
    if again := state.file_to_reread:
        read_file(state, again)
        state.file_to_reread = None


def paste(state: Session) -> Candidate[Draft] | None:
    """Draw the form for a pasted table; one that cannot be read changes nothing."""
    paste_form(state)
    if state.pasted.draft is None:
        return None
    candidate = table_editor(state, state.pasted.draft)
    state.pasted = replace(state.pasted, draft=candidate.draft)
    return candidate


def exercise_entry(state: Session) -> Candidate[Exercise]:
    """Draw the tables for the numbers of an exercise."""
    st.header("Exercise", anchor=EXERCISE_ANCHOR)
    entered, found = exercise_editor(state)
    notices(found)
    use_button(state, entered)
    if entered is None:
        return Candidate(state.typed, INCOMPLETE, EXERCISE_ANCHOR)
    return Candidate(entered)


def table_editor(state: Session, draft: Draft) -> Candidate[Draft]:
    """Draw the table, the roles of its columns and the prepared data; return the draft."""
    place = st.container()  # above the choices that it shows the result of
    draft = meaning_choices(draft)
    with place:
        preview(draft)
    guess = "" if draft.sample else "**First guess.** "
    st.markdown(guess + plain(draft.reason))
    draft = preparation_choices(draft)
    data_views(draft)
    st.header("Prepared data", anchor=PREPARED_ANCHOR)
    try:
        what = draft.plan()
    except DatasetError as error:
        st.error(plain(str(error)), icon=":material/error:")
        if isinstance(error, GapsError):
            fill_button(draft)
        return Candidate(draft, plain(str(error)), PREPARED_ANCHOR)
    plan_table(what)
    gaps_warning(draft, what)
    # Once the data is in use, there are notices about the split and the training rows, too.
    used = draft.equals(state.source.draft)
    notices(state.source.dataset.notices if used else what.notices)
    use_button(state, draft)
    report_downloads(draft)
    return Candidate(draft)


def preview(draft: Draft) -> None:
    """Draw the first rows and columns, with their lines in the file."""
    table = draft.table
    rows, columns = table.frame.shape
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.header(plain(draft.title), anchor=False, width="content")
        size = f"{plural(rows, 'row')} × {plural(columns, 'column')}"
        st.caption(f"{size}; read as {plain(str(table.dialect))}.", width="content")
    shown = table.frame.iloc[:PREVIEW_ROWS, :PREVIEW_COLUMNS]
    shown = shown.set_axis(pd.Index(table.lines[: len(shown)], name="line"), axis=0)
    st.dataframe(
        shown,
        height="content" if len(shown) <= FEW_ROWS else 230,
        alt="The table; the first column is the line in the file",
    )
    parts = [
        f"{most} {word}"
        for most, of, word in ((PREVIEW_ROWS, rows, "rows"), (PREVIEW_COLUMNS, columns, "columns"))
        if of > most
    ]
    if parts:
        st.caption(f"The first {' and '.join(parts)} are shown.")
    notices(table.notices)


def preparation_choices(draft: Draft) -> Draft:
    """Draw the choices of roles, scaling and split; return the draft as chosen."""
    names = [str(name) for name in draft.table.frame.columns]

    def key(name: str) -> str:
        return widget_key(draft, name)

    left, right = st.columns(2)
    with left:
        bound = bind(key("target"), draft.target)  # before its value is read
        target = st.selectbox(
            "Target",
            names,
            **bound,
            on_change=on_target_change,
            args=(replace(draft, target=st.session_state[key("target")]), key("target")),
            help="The column that the network learns to predict.",
        )
        features = feature_choice(replace(draft, target=target))
        task = st.selectbox(
            "Task",
            get_args(Task),
            format_func=TASKS.__getitem__,
            **bind(key("task"), draft.task),
            help="Targets suit a sigmoid output, which lies between 0 and 1: a class is 0 or 1; a "
            "number is scaled to [0, 1] by the range of the training rows.",
        )
    with right:
        scaling = st.selectbox(
            "Scaling of the features",
            get_args(Scaling),
            format_func=SCALINGS.__getitem__,
            **bind(key("scaling"), draft.scaling),
            help="Fitted on the training rows only. Large unscaled inputs saturate the sigmoids. "
            "A numeric target is always scaled to [0, 1], unless it lies there already and you "
            "choose None.",
        )
        validation = st.slider(
            "Validation share, in %",
            0,
            round(100 * MAX_VALIDATION),
            step=5,
            **bind(key("validation"), round(100 * draft.validation)),
            help="Rows that are not trained on: their loss shows overfitting. Fewer than 20 rows "
            "are not split.",
        )
        seed = number_entry(
            "Split seed",
            draft.seed,
            Range(0, 2**32 - 1, whole=True),
            key=key("seed"),
            help="The same seed gives the same split; it is stratified by class.",
        )
        missing = missing_choice(draft)
        keep_constant = constant_choice(replace(draft, features=features))
    return replace(
        draft,
        features=features,
        target=target,
        task=task,
        scaling=scaling,
        validation=validation / 100,
        seed=draft.seed if seed is None else int(seed),
        missing=missing,
        keep_constant=keep_constant,
    )


def on_target_change(draft: Draft, target_key: str) -> None:
    """Guess the new target's task, and swap it with a feature."""
    before, target = draft.target, st.session_state[target_key]
    st.session_state[widget_key(draft, "task")] = guess_task(describe(draft.table, target))
    if describe(draft.table, before).unusable is None:
        swapped = tuple(before if name == target else name for name in selected_features(draft))
        set_features(replace(draft, target=target, features=swapped))


def plan_table(what: Plan) -> None:
    """Draw a table of how each column is prepared."""
    st.caption(
        f"{plural(len(what.rows), 'row')}, {plural(len(what.feature_names), 'input')}, "
        f"{plural(len(what.output_names), 'output')}"
    )
    st.dataframe(
        pd.DataFrame(
            {
                "column": [column.name for column in what.columns],
                "role": [column.role for column in what.columns],
                "becomes": [column.becomes for column in what.columns],
                "inputs or outputs": [", ".join(column.makes) for column in what.columns],
                "unit": [column.unit for column in what.columns],
                "missing": [column.missing for column in what.columns],
                "distinct values": [column.distinct for column in what.columns],
            }
        ),
        hide_index=True,
        height="content" if len(what.columns) <= 12 else 400,
        alt="How each column of the table is prepared",
    )


def gaps_warning(draft: Draft, what: Plan) -> None:
    """Draw a warning if missing feature values cost many rows, with a button that fills them."""
    rows = len(draft.table.frame)
    if what.gaps > MAX_GAP_SHARE * rows:
        share = f"{100 * what.gaps / rows:.0f} %"
        st.warning(
            f"{plural(what.gaps, 'row')} of {rows:,} ({share}) would be dropped: a feature has no "
            "value there.",
            icon=":material/warning:",
        )
        fill_button(draft)


def fill_button(draft: Draft) -> None:
    """Draw a button that fills missing values instead of dropping rows."""
    st.button(
        "Fill missing values instead",
        key=f"fill-{draft.number}",
        icon=":material/format_color_fill:",
        on_click=st.session_state.update,
        args=({widget_key(draft, "missing"): "fill"},),
        help="With the median or most frequent value of the training rows. For other options see "
        "*Missing values of features* above.",
    )


def use_button(state: Session, draft: Draft | Exercise | None) -> None:
    """Draw the button that starts a run on the prepared data."""
    used = draft is not None and draft.equals(state.source.draft)
    with st.container(horizontal=True, vertical_alignment="center"):
        clicked = st.button(
            "Use this data",
            disabled=draft is None,
            icon=":material/check:",
            help=USE_HELP,
        )
        if used:
            st.markdown("It is in use.", width="content")
            train_link(state)
    if clicked and draft is not None:
        use_and_rerun(state, draft)


ensure_frame()
main()
