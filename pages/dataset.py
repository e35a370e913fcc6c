"""Data: a sample, one's own CSV, or the numbers of an exercise, and what becomes of them."""

from dataclasses import replace
from typing import get_args

import pandas as pd
import streamlit as st

from core.checking.typed_number import Range
from core.dataset.column_plan import Plan
from core.dataset.encoding import Scaling
from core.dataset.preparation import DatasetError
from core.dataset.report import in_full
from core.dataset.roles import GapsError, Task, guess_task
from core.dataset.samples import SAMPLES
from core.table.column import describe
from core.table.csv_table import MAX_BYTES, MAX_COLUMNS, MAX_ROWS, Notice, Table
from core.table.merge_notices import together
from pages.ui.data.column_meanings import meaning_choices, missing_choice
from pages.ui.data.dialect_form import last_file, read, read_as, told
from pages.ui.data.downloads import report_downloads
from pages.ui.data.exercise import exercise_editor
from pages.ui.data.feature_choice import chosen, feature_choice, set_features
from pages.ui.data.paste import paste_form
from pages.ui.data.views import data_views
from pages.ui.fields.number_field import number_entry
from pages.ui.frame.copy_link import link
from pages.ui.frame.navigation import ensure_frame
from pages.ui.frame.unsuitable_choices import unsuitable_choices_notice
from pages.ui.state.drafts import Draft, Exercise, File, widget_key
from pages.ui.state.generated_sample import generator_form, sample_csv
from pages.ui.state.open_from_url import rerun_for_link
from pages.ui.state.page_list import page_of
from pages.ui.state.session import Session, session
from pages.ui.state.session_store import RETENTION_TEXT
from pages.ui.style.markdown import count, plain

PREVIEW_ROWS = PREVIEW_COLUMNS = 200
MOST_LOST = 0.1  # of the rows, to gaps, without a warning
FEW_ROWS = 6  # that fit without scrolling
SAMPLE, UPLOAD, PASTE, EXERCISE = "A sample", "Your own CSV", "Paste", "An exercise"
TASKS = {
    "binary": "Classification into two classes: one output",
    "multiclass": "Classification: one output a class",
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
    in_use(state)
    restore("way", state.input_method)
    way = st.segmented_control(
        "Where the data comes from",
        [SAMPLE, UPLOAD, PASTE, EXERCISE],
        key="way",
        required=True,
        help="What you prepare here changes nothing until you use it.",
    )
    state.input_method = way or SAMPLE
    ways = {SAMPLE: samples, UPLOAD: upload, PASTE: paste, EXERCISE: exercise}
    ways[state.input_method](state)


def in_use(state: Session) -> None:
    """What the network trains on now."""
    data = state.source.dataset
    held = "" if data.X_val is None else f" and {len(data.X_val):,} for validation"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"In use: **{plain(state.source.title)}**, "
            f"{count(len(data.X), 'training sample')}{held}",
            width="content",
        )
        link(state)
        train_link()
    unsuitable_choices_notice(state)


def train_link() -> None:
    """The way on, once the data is in use."""
    st.page_link(
        page_of("pages/train.py"),
        label="Train on it",
        icon=":material/play_circle:",
        width="content",
    )


def samples(state: Session) -> None:
    """One click takes a sample as it is; below, its choices can be changed."""
    used = state.source.draft
    with st.container(horizontal=True):
        for key, sample in SAMPLES.items():
            is_used = isinstance(used, Draft) and used.sample == key
            st.button(
                sample.title,
                key=f"sample-{key}",
                help=sample.description,
                on_click=take_sample,
                args=(state, key),
                type="primary" if is_used else "secondary",
            )
    sample = SAMPLES[state.sample.sample or "xor"]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"Source: {sample.source}. Licence: {sample.licence}.", width="content")
        st.download_button(
            "Download",
            sample_csv(state.sample),
            sample.filename,
            "text/csv",
            type="tertiary",
            icon=":material/download:",
            on_click="ignore",
            help=f"{sample.filename}, to look at or to change and upload again.",
        )
    generator_form(state)
    state.sample = table_editor(state, state.sample)


def take_sample(state: Session, key: str) -> None:
    """Use a sample with its own choices, and show them."""
    state.sample = Draft.of_sample(key)
    if use(state, state.sample):
        title = plain(state.sample.title)
        st.toast(f"{title} is in use. Press Play on the Train page.", icon=":material/check:")


def upload(state: Session) -> None:
    """A file of one's own; one that cannot be read changes nothing."""
    file = st.file_uploader(
        "CSV file",
        key="upload",
        help=(
            f"At most {MAX_BYTES // 2**20} MB, {MAX_ROWS:,} rows and {MAX_COLUMNS:,} columns. It "
            f"{RETENTION_TEXT}."
        ),
    )
    uploaded = File(file.file_id, file.name, file.getvalue()) if file else None
    take_upload(state, uploaded)
    told(state)
    if last := last_file(state, uploaded):
        read_as(state, last)
    if state.upload is not None:
        state.upload = table_editor(state, state.upload)
    else:
        st.caption(
            "A line with the names of the columns, then a row for each sample: some columns to "
            "learn from, and one to predict. Comma, semicolon, tab, | or blanks between the cells, "
            "also in a .gz or .zip. Which column is which you choose next."
        )


def take_upload(state: Session, file: File | None) -> None:
    """Read the file in the uploader, once; an error stays as long as its file does."""
    if file is None:
        state.upload_error = ""
    elif file.id != state.upload_id:
        read(state, file)
        state.upload_id = file.id
        rerun_for_link()
    if again := state.file_to_reread:
        read(state, again)
        state.file_to_reread = None


def paste(state: Session) -> None:
    """A table pasted from a spreadsheet; one that cannot be read changes nothing."""
    paste_form(state)
    if state.pasted.draft is not None:
        draft = table_editor(state, state.pasted.draft)
        state.pasted = replace(state.pasted, draft=draft)


def exercise(state: Session) -> None:
    """The numbers of an exercise, typed in."""
    typed, found = exercise_editor(state)
    notices(found)
    use_button(state, typed)


def table_editor(state: Session, draft: Draft) -> Draft:
    """The table, what its columns are for, and what becomes of each; the draft as chosen."""
    st.subheader(plain(draft.title), anchor=False)
    draft = meaning_choices(draft)
    preview(draft.table)
    guess = "" if draft.sample else "**First guess.** "
    st.markdown(guess + plain(draft.reason))
    draft = choices(draft)
    data_views(draft)
    try:
        what = draft.plan()
    except DatasetError as error:
        st.error(plain(str(error)), icon=":material/error:")
        if isinstance(error, GapsError):
            fill_button(draft)
        return draft
    show_plan(what)
    warn_of_gaps(draft, what)
    # Once it is in use there is more to tell: of the split, and of the training rows.
    used = draft.equals(state.source.draft)
    notices(state.source.dataset.notices if used else what.notices)
    use_button(state, draft)
    report_downloads(draft)
    return draft


def preview(table: Table) -> None:
    """The first rows and columns, by their lines in the file."""
    rows, columns = table.frame.shape
    st.caption(
        f"{count(rows, 'row')} × {count(columns, 'column')}; read as {plain(str(table.dialect))}."
    )
    notices(table.notices)
    shown = table.frame.iloc[:PREVIEW_ROWS, :PREVIEW_COLUMNS]
    shown = shown.set_axis(pd.Index(table.lines[: len(shown)], name="line"), axis=0)
    st.dataframe(
        shown,
        height="content" if len(shown) <= FEW_ROWS else 230,
        alt="The table as it was read; the first column is the line in the file",
    )
    parts = [
        f"{most} {word}"
        for most, of, word in ((PREVIEW_ROWS, rows, "rows"), (PREVIEW_COLUMNS, columns, "columns"))
        if of > most
    ]
    if parts:
        st.caption(f"The first {' and '.join(parts)} are shown.")


def choices(draft: Draft) -> Draft:
    """The roles of the columns, the scaling and the split, as widgets."""
    names = [str(name) for name in draft.table.frame.columns]

    def key(name: str) -> str:
        return widget_key(draft, name)

    left, right = st.columns(2)
    with left:
        restore(key("target"), draft.target)
        target = st.selectbox(
            "Target",
            names,
            key=key("target"),
            on_change=retarget,
            args=(replace(draft, target=st.session_state[key("target")]), key("target")),
            help="The column that the network learns to predict.",
        )
        features = feature_choice(replace(draft, target=target))
        restore(key("task"), draft.task)
        task = st.selectbox(
            "Task",
            get_args(Task),
            format_func=TASKS.__getitem__,
            key=key("task"),
            help="What suits a sigmoid output, which lies between 0 and 1: a class is 0 or 1, and "
            "a number is scaled to [0, 1] by the range of the training rows.",
        )
    with right:
        restore(key("scaling"), draft.scaling)
        scaling = st.selectbox(
            "Scaling of the features",
            get_args(Scaling),
            format_func=SCALINGS.__getitem__,
            key=key("scaling"),
            help="Fitted on the training rows only. Large unscaled inputs saturate the sigmoids. "
            "A numeric target is scaled to [0, 1] in any case, unless it lies there already and "
            "you choose None.",
        )
        restore(key("validation"), round(100 * draft.validation))
        validation = st.slider(
            "Validation share, in %",
            0,
            50,
            step=5,
            key=key("validation"),
            help="Rows that never train: their loss shows whether the network learns or memorises. "
            "Below 20 rows none are held back.",
        )
        seed = number_entry(
            "Split seed",
            draft.seed,
            Range(0, 2**32 - 1, whole=True),
            key=key("seed"),
            help="The same seed holds back the same rows; classes keep their shares.",
        )
        missing = missing_choice(draft)
    return replace(
        draft,
        features=features,
        target=target,
        task=task,
        scaling=scaling,
        validation=validation / 100,
        seed=draft.seed if seed is None else int(seed),
        missing=missing,
    )


def retarget(draft: Draft, target_key: str) -> None:
    """Another target suggests its own task, and changes places with a feature."""
    before, target = draft.target, st.session_state[target_key]
    st.session_state[widget_key(draft, "task")] = guess_task(describe(draft.table, target))
    if describe(draft.table, before).unusable is None:
        swapped = tuple(before if name == target else name for name in chosen(draft))
        set_features(replace(draft, target=target, features=swapped))


def show_plan(what: Plan) -> None:
    """What becomes of each column, before it is done."""
    st.markdown(
        f"**Prepared data**: {count(len(what.rows), 'row')}, "
        f"{count(len(what.feature_names), 'input')}, {count(len(what.output_names), 'output')}"
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
        alt="What becomes of each column of the table",
    )


def warn_of_gaps(draft: Draft, what: Plan) -> None:
    """Where gaps in the features cost many rows: how many, and the way to keep them."""
    rows = len(draft.table.frame)
    if what.gaps > MOST_LOST * rows:
        share = f"{100 * what.gaps / rows:.0f} %"
        st.warning(
            f"{count(what.gaps, 'row')} of {rows:,} ({share}) would be left out, since a feature "
            "has no value there.",
            icon=":material/warning:",
        )
        fill_button(draft)


def fill_button(draft: Draft) -> None:
    """One click keeps the rows with gaps."""
    st.button(
        "Fill the gaps instead",
        key=f"fill-{draft.number}",
        icon=":material/format_color_fill:",
        on_click=set_choice,
        args=(widget_key(draft, "missing"), "fill"),
        help="With the median of the training rows, or their most frequent value. Other ways are "
        "offered above, under *Missing values of features*.",
    )


def set_choice(key: str, value: str) -> None:
    """Choose for somebody who clicked."""
    st.session_state[key] = value


def notices(items: tuple[Notice, ...]) -> None:
    """Whatever was changed, dropped or guessed."""
    for item in together(items):
        st.caption(f":material/info: {plain(in_full(item))}")


def use_button(state: Session, draft: Draft | Exercise | None) -> None:
    """Take what was prepared; the run so far can be brought back."""
    used = draft is not None and draft.equals(state.source.draft)
    with st.container(horizontal=True, vertical_alignment="center"):
        clicked = st.button(
            "Use this data",
            type="secondary" if used else "primary",
            disabled=draft is None,
            icon=":material/check:",
            help="Begins a new run at epoch 0; the run so far is kept and can be brought back.",
        )
        if used:
            st.markdown("It is in use.", width="content")
            train_link()
    # Not in a callback: that would get the choices as they were before the click's own run.
    if clicked and draft is not None and use(state, draft):
        st.rerun()


def use(state: Session, draft: Draft | Exercise) -> bool:
    """Begin on that data, or say why not."""
    try:
        state.use(draft)
    except ValueError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return False
    return True


def restore(key: str, value: object) -> None:
    """Streamlit drops a widget's value when its page is left: set it from the typed state."""
    if key not in st.session_state:
        st.session_state[key] = value


ensure_frame()
main()
