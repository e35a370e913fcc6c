"""Prediction for one typed-in row."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import streamlit as st

from core.checking.typed_number import Range
from core.dataset.encoding import Array
from core.dataset.metrics import THRESHOLD, class_indices
from core.dataset.new_rows import categories_of, class_outputs, rows_of
from core.dataset.preparation import Dataset, DatasetError
from core.table.csv_table import Dialect, Table
from core.table.meaning.dates import MIDNIGHT, start_of
from core.utils.number_text import number_text, round_to
from core.utils.sentence import excerpt, plural
from pages.ui.fields.number_field import number_entry, number_field
from pages.ui.frame.fragment import fragment
from pages.ui.state.session import Session
from pages.ui.style.markdown import plain

MOST_INPUTS = 64  # with a widget of their own; the others keep the sample's values
INPUT_WIDTH, TEXT_WIDTH = 158, 220  # px: two numbers, or one moment, in a row on a phone
MOST_LETTERS = 40  # of a label
RESETS = "predict_filled"  # how often the form was reset
Value = float | str | date | None
MOST_TERMS = 6  # of a sum that is written out
INDEPENDENT = "The outputs are independent of each other and need not add up to 1."
INVALID_NUMBER = "No prediction: correct the number marked in red above."


@fragment
def one_row(state: Session) -> None:
    """Draw the form, filled with the sample in focus, and the prediction."""
    data, sample = state.source.dataset, state.focus.sample
    _sample_input(state)
    row = values_of(data, sample)
    stem = f"predict-{state.form_version}-{sample}-{st.session_state.get(RESETS, 0)}"
    complete = True
    with st.form("predict_row"):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            for place, name in enumerate(data.features[:MOST_INPUTS]):
                row[name], read = _input(data, name, row[name], f"{stem}-{place}")
                complete &= read
        if len(row) > MOST_INPUTS:
            rest = plural(len(row) - MOST_INPUTS, "more column")
            st.caption(f"{rest} as in the sample: upload a file to change them.")
        st.form_submit_button(
            "Predict",
            icon=":material/online_prediction:",
            help="Uses the row above, scaled like the training rows.",
        )
    if complete:
        _predict(state, row)
    else:
        st.error(INVALID_NUMBER, icon=":material/error:")
    _sample_caption(data, sample)


def _sample_input(state: Session) -> None:
    """Draw the choice of the sample that fills the form, the same on every page."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        number_field(
            "Start from sample",
            state.focus.sample + 1,
            lambda number: _reset(state, int(number) - 1),
            Range(1, len(state.run.X), whole=True),
            key="predict_sample",
            step=1,
            help="A training sample; its values are filled in below and can be edited. The chain "
            "rule page shows the same sample.",
            width=INPUT_WIDTH,
        )
        st.button(
            "Reset to the sample",
            icon=":material/undo:",
            on_click=_reset,
            args=(state, state.focus.sample),
            help="Fills in this sample’s values again.",
        )


def _reset(state: Session, sample: int) -> None:
    """Fill the form with a sample's values: new widget keys make the widgets start afresh."""
    state.look(sample=sample)
    st.session_state[RESETS] = st.session_state.get(RESETS, 0) + 1


def values_of(data: Dataset, sample: int) -> dict[str, Value]:
    """Return a training sample's features, as values of the form's widgets."""
    cells = data.raw_row(sample)
    return {name: _value(data, name, cells[name]) for name in data.features}


def _value(data: Dataset, name: str, cell: str | float | None) -> Value:
    """Return a cell as its widget's value; None for a missing one."""
    unit = _unit(data, name)
    if cell is None or pd.isna(cell):
        return None
    if categories_of(data, name):
        return str(cell)
    length = float(cell)
    if unit == MIDNIGHT:
        return str(timedelta(seconds=length))
    if unit.startswith("days since"):
        day: date = (start_of(unit).astype("M8[D]") + int(length)).astype(object)
        return day
    if unit.startswith("seconds since"):
        return str((start_of(unit).astype("M8[us]") + round(length * 1e6)).astype(object))
    return length


def _unit(data: Dataset, name: str) -> str:
    meaning = data.meanings.get(name)
    return meaning.unit if meaning else ""


def _input(data: Dataset, name: str, value: Value, key: str) -> tuple[Value, bool]:
    """Draw one column's widget; return its value, and whether that is valid.

    It may be empty only if missing values were filled in training.
    """
    unit = _unit(data, name)
    if categories_of(data, name) or " since " in unit:
        return _choice(data, name, value, key), True
    number = number_entry(
        _label(f"{name} ({unit})" if unit else name),
        value if isinstance(value, float) else None,
        Range(),
        key=key,
        optional=data.encoder_of[name].fill is not None,
        persist_state="session",
        placeholder="missing",
        help=f"Training range: {_range_text(data, name)}.",
        width=INPUT_WIDTH,
    )
    return number, number is not None


def _choice(data: Dataset, name: str, value: Value, key: str) -> Value:
    """Draw the widget of a category, a date or a time; return its value."""
    unit = _unit(data, name)
    label = _label(f"{name} ({unit})" if unit and " since " not in unit else name)
    gaps = data.encoder_of[name].fill is not None
    if categories := categories_of(data, name):
        return st.selectbox(
            label,
            [*categories, *[None] * gaps],
            index=None if value is None else categories.index(str(value)),
            format_func=lambda category: "missing" if category is None else category,
            key=key,
            persist_state="session",
            help=f"One of the {len(categories):,} categories of the training rows.",
            width=INPUT_WIDTH,
        )
    if gaps:  # only a widget that starts without a value can be emptied
        st.session_state.setdefault(key, value)
    if unit.startswith("days since"):
        return st.date_input(
            label,
            value if isinstance(value, date) and not gaps else None,
            min_value=date.min,
            max_value=date.max,
            key=key,
            persist_state="session",
            format="YYYY-MM-DD",
            help=f"Training range: {_range_text(data, name)}.",
            width=INPUT_WIDTH,
        )
    form = "14:05:00" if unit == MIDNIGHT else "2024-01-31 14:05:00"
    return st.text_input(
        label,
        "" if value is None or gaps else str(value),
        key=key,
        persist_state="session",
        help=f"Format: {form}.",
        width=TEXT_WIDTH,
    )


def _label(name: str) -> str:
    """Return a name, shortened to fit a label."""
    return plain(excerpt(name, MOST_LETTERS))


def _range_text(data: Dataset, name: str) -> str:
    """Return the range of a numeric column in the training rows, as text."""
    place = data.feature_names.index(name)
    ends = np.array([data.X[:, place].min(), data.X[:, place].max()])
    low, high = map(float, ends * data.x_scaler.scale[place] + data.x_scaler.shift[place])
    if not _unit(data, name).startswith("days since"):
        return f"{number_text(low)} to {number_text(high)}"
    start = start_of(_unit(data, name)).astype("M8[D]")
    return f"{start + round(low)} to {start + round(high)}"


def _predict(state: Session, row: dict[str, Value]) -> None:
    """Draw the prediction and ŷ, or why there is none."""
    data = state.source.dataset
    cells = {name: [as_cell(value)] for name, value in row.items()}
    table = Table(pd.DataFrame(cells), Dialect(header_row=0), name="What you typed")
    try:
        new = rows_of(data, table)
    except DatasetError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    with np.errstate(all="ignore"):
        y_hat = state.at_epoch().predict(new.X)[0]
    if not np.isfinite(y_hat).all():
        st.warning("ŷ is not finite at this epoch.", icon=":material/warning:")
        return
    digits = state.conventions.digits
    if data.classes:
        sentences = [class_sentence(data, y_hat, digits)]
    else:
        sentences = number_sentences(data, y_hat, digits)
    st.markdown("  \n".join(sentences))
    for notice in new.notices:
        st.caption(f":material/info: {plain(notice.message)}.")
    softmax = state.at_epoch().output == "softmax"
    if len(data.classes) > 2:
        _output_table(data, y_hat, digits)
        st.caption(sum_sentence(y_hat, digits) if softmax else INDEPENDENT)
    elif softmax:
        st.caption(sum_sentence(y_hat, digits))


def as_cell(value: Value) -> object:
    """Return a widget's value as a cell of a file."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return value.strip() or None
    return np.nan if value is None else value


def class_sentence(data: Dataset, y_hat: Array, digits: int) -> str:
    """Return the class that the outputs (K,) predict, as Markdown."""
    label = plain(data.classes[int(class_indices(y_hat[None])[0])])
    heading = f"## Predicted {plain(data.target)}: {label}\n\n"
    if len(y_hat) == 1:
        comparison = threshold_text(float(y_hat[0]), digits)
        return f"{heading}ŷ = {comparison}, so the predicted class is {label}."
    largest = number_text(y_hat.max(), digits)
    return f"{heading}ŷ = {largest} for {label}, the largest of the {len(y_hat)} outputs."


def threshold_text(y_hat: float, digits: int = 4) -> str:
    """Return the output compared with 0.5, such as "0.7292 ≥ 0.5", with enough digits."""
    above = y_hat >= THRESHOLD
    least = next(d for d in range(digits, 18) if (round_to(y_hat, d) >= THRESHOLD) == above)
    return f"{number_text(y_hat, least)} {'≥' if above else '<'} {THRESHOLD:g}"


def number_sentences(data: Dataset, y_hat: Array, digits: int) -> list[str]:
    """Return the outputs (K,) of a regression in the target's units, as Markdown."""
    own, scaler = data.unscale_y(y_hat[None])[0], data.y_scaler
    unit = next((c.unit for c in data.columns if c.name == data.target), "")
    sentences = []
    for o, name in enumerate(data.output_names):
        value = f"{number_text(own[o], digits)} {plain(unit)}".strip()
        sentence = f"## Predicted {plain(name)}: {value}\n\nŷ = {number_text(y_hat[o], digits)}"
        if scaler.is_identity:
            sentences.append(f"{sentence}: the target is not scaled.")
        else:
            scale, shift = (
                number_text(scaler.scale[o], digits),
                number_text(scaler.shift[o], digits),
            )
            back = f"ŷ × {scale} + {shift}".replace("+ −", "− ")
            sentences.append(f"{sentence}, in original units: {back} = {value}.")
    return sentences


def _output_table(data: Dataset, y_hat: Array, digits: int) -> None:
    """Draw a table of each class with its output."""
    outputs = class_outputs(y_hat[None])[0]
    frame = pd.DataFrame({"class": data.classes, "ŷ": outputs}).sort_values(
        "ŷ", ascending=False, kind="stable"
    )
    bounded = bool(((outputs >= 0) & (outputs <= 1)).all())
    bar = st.column_config.ProgressColumn(format=f"%.{digits}g", min_value=0, max_value=1)
    st.dataframe(
        frame,
        hide_index=True,
        width=420,
        height="content" if len(frame) <= 12 else 380,
        column_config={"ŷ": bar} if bounded else {},
        alt="The network’s output for each class",
    )


def sum_sentence(y_hat: Array, digits: int) -> str:
    """Return that a softmax's outputs (K,) add up to 1, with the largest of them and their sum."""
    terms = [number_text(value, digits) for value in sorted(y_hat, reverse=True)]
    if len(terms) > MOST_TERMS:
        terms = [*terms[:MOST_TERMS], f"{len(terms) - MOST_TERMS} more"]
    total = number_text(float(y_hat.sum()), digits)
    added, rounded = " + ".join(terms), f"each rounded to {plural(digits, 'digit')}"
    return f"The outputs of a softmax are probabilities: {added} = {total}, {rounded}."


def _sample_caption(data: Dataset, sample: int) -> None:
    """Draw the actual target of the sample that filled the form."""
    cells = data.raw_row(sample)
    if data.columns:
        target = f"{plain(data.target)} = {plain(_cell_text(cells[data.target]))}"
    else:
        pairs = zip(data.output_names, data.raw_y[sample], strict=True)
        target = ", ".join(f"{plain(name)} = {number_text(value)}" for name, value in pairs)
    st.caption(f"Actual target of sample {sample + 1:,}: {target}.")


def _cell_text(cell: object) -> str:
    return number_text(float(cell)) if isinstance(cell, int | float | np.number) else str(cell)
