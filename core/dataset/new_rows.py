"""New rows for prediction, encoded like the training rows.

    new = rows_of(data, read_csv("new.csv"))
    new.X                                  # (n, d), scaled for the network
    predictions(data, net, new.X)          # in the target's own units, or classes and P
    targets_of(data, table, new)           # the targets in the table, for evaluation

Scaling, categories, fill values, units and the start of dates are those of the training rows. A row
that cannot be read in this way is dropped, with a notice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.dataset.column_plan import Index
from core.dataset.encoding import Array, class_targets, design_matrix, is_category, read_only
from core.dataset.preparation import MAX_CELLS, Dataset, DatasetError
from core.dataset.roles import MAX_MAGNITUDE
from core.losses import PROBABILITIES
from core.network import Network
from core.table.column_summary import class_name
from core.table.csv_table import Table
from core.table.meaning import InterpretedTable, hints_of, to_text
from core.table.meaning.dates import MIDNIGHT
from core.table.meaning.new_cells import NewCells, read_booleans, read_quantities
from core.table.meaning.text_column import Mask, Meaning, TextColumn
from core.table.notices import Notice, in_quotes, notice
from core.table.reading.records import Lines
from core.utils.sentence import plural

_MAX_NAMES = 3  # cells, categories or columns that a sentence names
_NUMBER = Meaning("number")


@dataclass(frozen=True, eq=False)
class NewRows:
    """Inputs X (n, d), scaled for the network, and their rows (n,) in the table, from 0.

    `readings` say how text was read, `notices` what was left out, filled or is out of range.
    """

    X: Array
    rows: Index
    readings: tuple[Notice, ...]
    notices: tuple[Notice, ...]


@dataclass(frozen=True, eq=False)
class KnownTargets:
    """Targets y (k, K), scaled for the network, of the new rows at `places` (k,) in X."""

    y: Array
    places: Index
    notices: tuple[Notice, ...]


@dataclass(frozen=True, eq=False)
class _Problem:
    """Rows (N,) that cannot be used, the reason, and the remedy."""

    rows: Mask
    why: str
    remedy: str


def rows_of(dataset: Dataset, table: Table) -> NewRows:
    """Return the table's rows, encoded and scaled like the training rows.

    A row is dropped, with a notice, for a category that did not occur in training, for text instead
    of a number or date, for a number in another unit, and for a missing value unless training
    filled such gaps. Other columns are ignored. Raises DatasetError for a feature that the table
    does not have, and if no row is left.
    """
    table = table.source if isinstance(table, InterpretedTable) else table
    _check_columns(dataset, table)
    _check_size(dataset, table)
    features: dict[str, NewCells] = {}
    problems: list[_Problem] = []
    for name in dataset.features:
        features[name], found = _feature(dataset, table, name)
        problems += found
    kept = ~np.logical_or.reduce(
        [np.zeros(len(table.frame), np.bool_), *(t.rows for t in problems)]
    )
    if not kept.any():
        raise DatasetError(_refusal_sentence(table, problems))
    rows = np.flatnonzero(kept)
    frame = pd.DataFrame({name: feature.cells.iloc[rows] for name, feature in features.items()})
    X = dataset.scale_X(design_matrix(frame, dataset.encoders))
    readings = [notice for feature in features.values() for notice in feature.notices]
    out = [notice(f"Left out: {t.why}", table.lines[t.rows]) for t in problems]
    filled = _fill_notices(dataset, frame, table.lines[rows])
    beyond = _range_notices(dataset, X, table.lines[rows])
    return NewRows(read_only(X), rows, tuple(readings), (*out, *filled, *beyond))


def targets_of(dataset: Dataset, table: Table, new: NewRows) -> KnownTargets | None:
    """Return the targets of the `new` rows in the table, for evaluation.

    They are read like those of the training rows. None if the table has no target column or no
    valid target, and for an exercise, whose targets may be several columns.
    """
    table = table.source if isinstance(table, InterpretedTable) else table
    name = dataset.target
    if name not in table.frame.columns or not dataset.columns:
        return None
    values, meaning = table.frame[name].reset_index(drop=True), dataset.meanings.get(name)
    if dataset.classes:
        read = _read_categories(table, values, dataset.classes, meaning)
        why = "did not occur in training"
        codes = pd.Index(dataset.classes).get_indexer(pd.Index(read.cells))
        known, y = codes >= 0, class_targets(codes, len(dataset.output_names))
    else:
        read = _read_quantities(table, values, meaning or _NUMBER)
        why = f"is not a {_kind_text(meaning or _NUMBER)}"
        numbers = read.cells.to_numpy(np.float64)
        known, y = np.abs(numbers) <= MAX_MAGNITUDE, dataset.y_scaler.apply(numbers[:, None])
    places = np.flatnonzero(known[new.rows])
    if not len(places):
        return None
    invalid = new.rows[read.invalid[new.rows]]
    cells = f"{_names_text(values[invalid].unique())} in column {in_quotes(name)}"
    message = f"Not evaluated: {cells} {why}"
    notices = (notice(message, table.lines[invalid]),) if len(invalid) else ()
    return KnownTargets(read_only(y[new.rows[places]]), places, notices)


def predictions(dataset: Dataset, net: Network, X: npt.ArrayLike) -> pd.DataFrame:
    """Return the network's predictions for scaled inputs X (n, d), one row each.

    For a regression they are in the target's own units. For classes they are the label, "" where
    an output is not finite, and each class's output, called P if it is kept in [0, 1].
    """
    with np.errstate(all="ignore"):  # an identity output may overflow
        y_hat = net.predict(X)
        own = dataset.unscale_y(y_hat)
    if not dataset.classes:
        return pd.DataFrame(
            {f"predicted {n}": own[:, o] for o, n in enumerate(dataset.output_names)}
        )
    sound = np.isfinite(y_hat).all(axis=1)
    labels = np.where(sound, np.array(dataset.labels(y_hat), object), "")
    letter = "P" if net.output in PROBABILITIES else "ŷ"
    shares = class_outputs(y_hat)
    columns = {f"{letter}({name})": shares[:, k] for k, name in enumerate(dataset.classes)}
    return pd.DataFrame({f"predicted {dataset.target}": labels, **columns})


def class_outputs(y_hat: Array) -> Array:
    """Return each class's output (n, K); a single output is ŷ for class 1, 1 − ŷ for class 0."""
    return np.hstack([1 - y_hat, y_hat]) if y_hat.shape[1] == 1 else y_hat


def _check_columns(dataset: Dataset, table: Table) -> None:
    there = dict.fromkeys(map(str, table.frame.columns))
    absent = [name for name in dataset.features if name not in there]
    if not absent:
        return
    names = _names_text(absent)
    columns = "column" if len(absent) == 1 else "columns"
    raise DatasetError(
        f"{table.name} has no {columns} {names}, which the network was trained on: add "
        f"{'it' if len(absent) == 1 else 'them'} with the same name "
        f"(the file has {_names_text(there)})."
    )


def _check_size(dataset: Dataset, table: Table) -> None:
    inputs = len(dataset.feature_names)
    if len(table.frame) * inputs > MAX_CELLS:
        raise DatasetError(
            f"{table.name}: {plural(len(table.frame), 'row')} × {plural(inputs, 'input')} are more "
            f"than the {plural(MAX_CELLS, 'number')} that fit: predict fewer rows at once."
        )


def _feature(dataset: Dataset, table: Table, name: str) -> tuple[NewCells, list[_Problem]]:
    """Return one feature of the new rows, read like the training rows, and its problems."""
    values = table.frame[name].reset_index(drop=True)
    encoder, column = dataset.encoder_of[name], in_quotes(name)
    if encoder.categories is None:
        meaning = dataset.meanings.get(name, _NUMBER)
        read, what = _read_quantities(table, values, meaning), _kind_text(meaning)
        why, remedy = f"is not a {what}", f"enter a {what}"
        large = np.abs(read.cells.to_numpy(np.float64)) > MAX_MAGNITUDE
    else:
        known = categories_of(dataset, name)
        read = _read_categories(table, values, known, dataset.meanings.get(name))
        why, remedy = "did not occur in training", f"enter one of {_names_text(known, 10)}"
        large = np.zeros(len(values), np.bool_)
    gaps = values.isna().to_numpy(bool) & (encoder.fill is None)
    cells = values[read.invalid].unique() if read.invalid.any() else ()
    invalid = f"{_names_text(cells)} in column {column} {why}"
    problems = (
        _Problem(gaps, f"{column} is missing", "fill it in"),
        _Problem(read.invalid, invalid, remedy),
        _Problem(large, f"{column} is larger than {MAX_MAGNITUDE:g}", "enter a smaller number"),
    )
    return read, [problem for problem in problems if problem.rows.any()]


def _kind_text(meaning: Meaning) -> str:
    """Return the kind of value that each cell must be, in words."""
    if meaning.kind == "date":
        return "time of day" if meaning.unit == MIDNIGHT else "date"
    return f"number in {meaning.unit}" if meaning.unit else "number"


def _read_quantities(table: Table, values: pd.Series, meaning: Meaning) -> NewCells:
    """Return a column of numbers, dates or times, read with its meaning."""
    known = values.notna().to_numpy(bool)
    if known.any() and not (pd.api.types.is_numeric_dtype(values) and meaning.kind == "number"):
        words = TextColumn.of(str(values.name), to_text(values).array, table.lines)
        return read_quantities(words, meaning, hints_of(table, meaning.day_first))
    message = f"Column {in_quotes(str(values.name))} has no unit: {meaning.unit} is assumed"
    notices = (notice(message, table.lines[known]),) if meaning.unit and known.any() else ()
    return NewCells(values.astype(np.float64), np.zeros(len(values), np.bool_), notices)


def _read_categories(
    table: Table, values: pd.Series, known: Sequence[str], meaning: Meaning | None
) -> NewCells:
    """Return a column of categories, or of yes and no."""
    words = to_text(values)
    if meaning is not None and meaning.kind == "boolean":
        return read_booleans(TextColumn.of(str(values.name), words.array, table.lines), *known)
    return _match_categories(words, known)


def categories_of(dataset: Dataset, name: str) -> tuple[str, ...]:
    """Return the values of a categorical feature in training; () for numbers."""
    kind = dataset.frame[name].dtype
    if isinstance(kind, pd.CategoricalDtype):  # one input stands for both words
        return tuple(map(str, kind.categories))
    return dataset.encoder_of[name].categories or ()


def _match_categories(words: pd.Series, known: Sequence[str]) -> NewCells:
    """Return the cells that are known values, as text or as the same number (7 for 007)."""
    by_number = {number: word for word in known if (number := _number(word)) is not None}
    found: dict[str, str | None] = {word: word for word in known}
    for word in map(str, words.dropna().unique()):
        number = _number(word)
        if word not in found and number is not None:
            found[word] = by_number.get(number)
    cells = words.astype(object).map(found)
    return NewCells(cells, (words.notna() & cells.isna()).to_numpy(bool))


def _number(word: str) -> float | None:
    try:
        return float(word)
    except ValueError:
        return None


def _refusal_sentence(table: Table, problems: Sequence[_Problem]) -> str:
    """Return why no row can be used, by the problem in the first line."""
    if not problems:
        return f"{table.name} has no rows: add at least one."
    first = min(problems, key=lambda problem: int(np.argmax(problem.rows)))
    line = int(table.lines[np.argmax(first.rows)])
    if len(table.frame) == 1:
        return f"{table.name} cannot be predicted: {first.why}; {first.remedy}."
    start = f"{table.name} has no row that can be predicted"
    return f"{start}: {first.why} (line {line}); {first.remedy}."


def _fill_notices(dataset: Dataset, frame: pd.DataFrame, lines: Lines) -> list[Notice]:
    """Return notices of gaps filled with values from the training rows."""
    notices = []
    filling = (encoder for encoder in dataset.encoders if encoder.fill is not None)
    for encoder in filling:
        gaps = frame[encoder.column].isna().to_numpy(bool)
        if gaps.any():
            name, fill = in_quotes(encoder.column), class_name(encoder.fill)
            message = f"{name} is missing and filled with {fill}, from the training rows"
            notices.append(notice(message, lines[gaps]))
    return notices


def _range_notices(dataset: Dataset, X: Array, lines: Lines) -> list[Notice]:
    """Return a notice of rows outside the range of the training rows."""
    low, high = dataset.X.min(axis=0), dataset.X.max(axis=0)
    outside = np.clip(X, low, high) != X
    places = np.flatnonzero(outside.any(axis=0) & ~is_category(dataset.encoders))
    names = [dataset.feature_names[place] for place in places]
    if not names:
        return []
    verb = "lies" if len(names) == 1 else "lie"
    message = f"{_names_text(names)} {verb} outside the training range: the network extrapolates"
    return [notice(message, lines[outside[:, places].any(axis=1)])]


def _names_text(names: Iterable[object], most: int = _MAX_NAMES) -> str:
    words = [in_quotes(str(name)) for name in names]
    more = f" and {len(words) - most} more" if len(words) > most else ""
    return ", ".join(words[:most]) + more
