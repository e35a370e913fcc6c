"""Predictions for a file of new rows."""

import numpy as np
import pandas as pd
import streamlit as st

from core.dataset.new_rows import KnownTargets, NewRows, predictions, rows_of, targets_of
from core.dataset.preparation import Dataset, DatasetError
from core.network import Network
from core.table.csv_table import MAX_BYTES, TO_PREDICT, Table, TableError, read_csv
from core.table.meaning import without_text_notices
from core.table.merge_notices import merge_notices
from core.table.notices import Notice
from core.table.safe_csv import BOM, to_csv
from core.utils.latest import latest
from core.utils.sentence import plural
from core.utils.thinning import random_sample
from core.utils.unique_names import unique_names
from pages.ui.fields.download_button import download_button
from pages.ui.frame.fragment import fragment
from pages.ui.predict.one_row import as_cell, values_of
from pages.ui.predict.quality import MOST_ROWS, EvaluationPart, part_evaluation
from pages.ui.state.session import Session
from pages.ui.style.markdown import plain

MOST_SHOWN = 1000  # rows on the page; the download holds all
EXAMPLE_ROWS = 3
MOST_NOTICES = 12
EVALUATION_WIDTH = 640  # px


@fragment
def many_rows(state: Session) -> None:
    """Draw the upload, the notices, the predictions and their download."""
    data = state.source.dataset
    names = ", ".join(plain(name) for name in data.features[:8])
    more = f" and {len(data.features) - 8} more" if len(data.features) > 8 else ""
    st.markdown(
        f"A CSV file with the columns that the network was trained on: {names}{more}. It may have "
        "others; if one is the target, the predictions are compared with it. Scaling and "
        "categories are those of the training rows."
    )
    file = st.file_uploader(
        "CSV file of new rows",
        key="predict_file",
        help=f"At most {MAX_BYTES // 2**20} MB. One row is enough. It stays in the memory of "
        "the server that runs this app while this tab is open.",
    )
    download_button(
        "Example file to fill in",
        lambda: BOM + to_csv(example(data)),
        "new-rows.csv",
        key="predict_example",
        type="tertiary",
        help="The column names and the first training rows, to edit (CSV).",
    )
    if file is None:
        return
    _predictions(state, latest(state, (file.name, file.getvalue()), _read_table))


def example(data: Dataset) -> pd.DataFrame:
    """Return the features of the first training rows, as a file would have them."""
    rows = [values_of(data, sample) for sample in range(min(EXAMPLE_ROWS, len(data.X)))]
    return pd.DataFrame({name: [as_cell(row[name]) for row in rows] for name in data.features})


def _read_table(_: Session, name: str, content: bytes) -> Table | str:
    """Return the file as a table, or a sentence why it cannot be read."""
    try:
        return read_csv(content, name=name, least=TO_PREDICT)
    except TableError as error:
        return str(error)


def _predictions(state: Session, table: Table | str) -> None:
    data = state.source.dataset
    try:
        if isinstance(table, str):
            raise DatasetError(table)
        new = rows_of(data, table)
    except DatasetError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    frame = with_predictions(table, data, state.at_epoch(), new)
    st.markdown(
        f"**{plural(len(frame), 'row')} of {len(table.frame):,} predicted**, with the weights of "
        f"epoch {state.epoch:,}"
    )
    known = targets_of(data, table, new)
    readings = without_text_notices(table.notices, data.features)
    _notices([*readings, *new.readings, *new.notices, *(known.notices if known else ())])
    st.dataframe(
        frame.head(MOST_SHOWN),
        hide_index=True,
        height="content" if len(frame) <= 12 else 460,
        alt="The rows of the file, each with its line and its prediction",
    )
    if data.classes:
        st.caption("P or ŷ: the network’s output for that class.")
    if len(frame) > MOST_SHOWN:
        st.caption(f"The first {MOST_SHOWN:,} rows are shown; the download holds all.")
    download_button(
        "Download with predictions (CSV)",
        lambda: BOM + to_csv(frame),
        "predictions.csv",
        key="predict_download",
        help="Every predicted row: its line in your file, the prediction, and all its columns. No "
        "cell runs as a formula in a spreadsheet.",
    )
    if known:
        _evaluation(state, table, new, known)


def _evaluation(state: Session, table: Table, new: NewRows, known: KnownTargets) -> None:
    """Draw the evaluation, if the file has targets."""
    picks = random_sample(len(known.places), MOST_ROWS)
    places = known.places[picks]
    with np.errstate(all="ignore"):
        y_hat = state.at_epoch().predict(new.X[places])
    if not np.isfinite(y_hat).all():
        return
    lines = table.lines[new.rows[places]]
    with st.container(width=EVALUATION_WIDTH):
        part_evaluation(
            state.source.dataset,
            EvaluationPart("Your file", len(known.places), known.y[picks], y_hat, lines),
        )


def with_predictions(table: Table, data: Dataset, net: Network, new: NewRows) -> pd.DataFrame:
    """Return each predicted row: its line in the file, the prediction, its own cells."""
    own = table.frame.iloc[new.rows].reset_index(drop=True)
    columns = predictions(data, net, new.X)
    columns.insert(0, "line", table.lines[new.rows])
    columns.columns = pd.Index(unique_names(columns.columns, taken=own.columns))
    return pd.concat([columns, own], axis=1)


def _notices(notices: list[Notice]) -> None:
    """Draw what was changed, left out or guessed; omissions come first."""
    notices.sort(key=lambda notice: not notice.message.startswith("Left out"))
    notices = merge_notices(notices)
    for notice in notices[:MOST_NOTICES]:
        st.caption(f":material/info: {plain(str(notice))}")
    if len(notices) > MOST_NOTICES:
        st.caption(f"And {plural(len(notices) - MOST_NOTICES, 'more notice')}.")
