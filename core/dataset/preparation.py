"""Preparation of a dataset: X, y and a validation split from a table, and the way back.

    roles = guess_roles(table)
    data = prepare(table, features=list(roles.features), target=roles.target)
    data.X, data.y                     # (N, d), (N, K), float64, scaled by the training rows
    data.unscale_y(network.predict(data.X))   # in the target's own units

A binary target becomes one output of 0 and 1, K classes become K outputs of 0 and 1, a numeric
target is scaled to [0, 1] by the range of the training rows (validation values may lie outside).
Standard scaling divides by the standard deviation over N, as scikit-learn does; one-hot inputs are
not scaled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import compress
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.dataset.column_plan import (
    ColumnPlan,
    Index,
    Plan,
    class_codes,
    dataset_errors,
    plan,
)
from core.dataset.encoding import (
    Array,
    Encoder,
    Indicator,
    Missing,
    Scaler,
    Scaling,
    class_targets,
    design_matrix,
    fit_scaler,
    identity_scaler,
    is_category,
    read_only,
    train_validation_split,
)
from core.dataset.roles import MAX_MAGNITUDE, Task, guess_roles
from core.table.column import DatasetError
from core.table.column_summary import class_name
from core.table.csv_table import Table, as_table
from core.table.meaning import interpret, new_notices
from core.table.meaning.text_column import Meaning
from core.table.notices import Notice, notice
from core.utils.arguments import integer, real_array, rows, within
from core.utils.arguments import seed as check_seed
from core.utils.sentence import join_names, plural

__all__ = ["Dataset", "DatasetError", "from_exercise", "guess_roles", "plan", "prepare"]

MIN_ROWS_TO_SPLIT = 20
MAX_CELLS = 100_000_000  # N × d; 800 MB as float64
_MAX_VALIDATION = 0.9


@dataclass(frozen=True, eq=False, kw_only=True)
class Dataset:
    """Inputs X (N, d) and targets y (N, K) of N samples, all arrays read-only float64.

    `X_val`, `y_val` are None without a validation split. `rows` (N,) and `rows_val` are positions
    in the table's frame. `classes` are the target's values in the order of the outputs (two for a
    single binary output: those of 0 and 1), () for a regression.
    """

    X: Array
    y: Array
    X_val: Array | None = None
    y_val: Array | None = None
    feature_names: tuple[str, ...]
    output_names: tuple[str, ...]
    task: Task
    rows: Index
    rows_val: Index
    notices: tuple[Notice, ...]
    classes: tuple[str, ...]
    features: tuple[str, ...]
    target: str
    scaling: Scaling
    name: str
    frame: pd.DataFrame
    encoders: tuple[Encoder, ...]
    x_scaler: Scaler
    y_scaler: Scaler
    columns: tuple[ColumnPlan, ...] = ()  # none for an exercise
    lines: npt.NDArray[np.int64]  # line in the file of each row of the frame
    # Meanings of the text columns, so that new rows are read in the same way.
    meanings: Mapping[str, Meaning] = field(default_factory=lambda: MappingProxyType({}))

    def __repr__(self) -> str:
        """Return, say, Dataset(moons.csv: binary, X (160, 2), y (160, 1), 40 validation rows)."""
        held = "" if self.X_val is None else f", {plural(len(self.X_val), 'validation row')}"
        return f"Dataset({self.name}: {self.task}, X {self.X.shape}, y {self.y.shape}{held})"

    @property
    def target_names(self) -> tuple[str, ...]:
        """Return the names of the targets: the target column, or an exercise's outputs."""
        return (self.target,) if self.columns else self.output_names

    @cached_property
    def encoder_of(self) -> Mapping[str, Encoder]:
        """Return the encoder of each feature, by column, without indicators."""
        return {e.column: e for e in self.encoders if not isinstance(e, Indicator)}

    @property
    def raw_X(self) -> Array:  # noqa: N802 - X is the derivation's symbol
        """Return the training inputs (N, d) before scaling, with gaps filled."""
        return read_only(design_matrix(self.frame.iloc[self.rows], self.encoders))

    @property
    def raw_y(self) -> Array:
        """Return the training targets (N, K) in their own units (classes as 0 and 1)."""
        if self.task != "regression" or self.y_scaler.is_identity:
            return self.y
        return read_only(self.frame[self.target].to_numpy(np.float64)[self.rows, None])

    def raw_row(self, sample: int) -> pd.Series:
        """Return the table's cells of training sample `sample`, 0 ≤ `sample` < N.

        Raises ValueError for any other sample.
        """
        return self.frame.iloc[int(self.rows[integer("sample", sample, 0, len(self.X) - 1)])]

    def scale_X(self, raw: npt.ArrayLike) -> Array:  # noqa: N802
        """Return inputs (n, d) in the features' own units, scaled for the network."""
        return self.x_scaler.apply(rows("raw", raw, self.X.shape[1]))

    def unscale_X(self, X: npt.ArrayLike) -> Array:  # noqa: N802
        """Return scaled inputs (n, d) in the features' own units."""
        return self.x_scaler.undo(rows("X", X, self.X.shape[1]))

    def unscale_y(self, y_hat: npt.ArrayLike) -> Array:
        """Return outputs (n, K) in the target's own units; classes stay between 0 and 1."""
        return self.y_scaler.undo(rows("y_hat", y_hat, self.y.shape[1]))

    def labels(self, y_hat: npt.ArrayLike) -> list[str]:
        """Return the class of each row of outputs (n, K); [] for a regression."""
        values = rows("y_hat", y_hat, self.y.shape[1])
        if not self.classes:
            return []
        single = values.shape[1] == 1
        best = values[:, 0] >= 0.5 if single else values.argmax(axis=1)
        return [self.classes[int(index)] for index in best]


def prepare(
    table: Table | pd.DataFrame,
    *,
    features: Sequence[str],
    target: str,
    task: Task | None = None,
    scaling: Scaling = "standard",
    validation: float = 0.2,
    seed: int = 0,
    missing: Missing = "drop",
    keep_constant: bool = False,
) -> Dataset:
    """Return the dataset of a table, or of a DataFrame as `read_csv` accepts it, by column roles.

    `missing` is the treatment of missing feature values: "drop" drops the row; "fill" uses the
    median or most frequent value of the training rows; "indicator" fills too, and adds an input
    that is 1 where the value was missing. With `keep_constant`, features of one number in every row
    are inputs like the others, such as the corner pixels of images; else they are dropped.

    `validation` is the share of validation rows, in [0, 0.9]; below 20 rows there is no split. The
    split is stratified by class and the same for the same seed. Scaling is fitted on the training
    rows only. A numeric target is scaled to [0, 1] unless `scaling` is "none" and it already lies
    there. Raises DatasetError where `plan` does, and for settings out of range.
    """
    with dataset_errors():
        validation = within("validation", validation, 0, _MAX_VALIDATION)
        table = as_table(table)
        seed = check_seed("seed", seed)
    target = str(target)
    interpreted = interpret(table)
    meaning_notices, table = new_notices(table, interpreted), interpreted
    plans = plan(
        table,
        features=features,
        target=target,
        task=task,
        scaling=scaling,
        missing=missing,
        keep_constant=keep_constant,
    )
    inputs = len(plans.feature_names)
    if len(plans.rows) * inputs > MAX_CELLS:
        raise DatasetError(
            f"{plural(len(plans.rows), 'row')} × {plural(inputs, 'input')} are more than the "
            f"{plural(MAX_CELLS, 'number')} that fit: choose fewer features."
        )
    codes, raw_y = _targets(table, plans)
    share = validation if len(codes) >= MIN_ROWS_TO_SPLIT else 0.0
    train, held = train_validation_split(codes, share, seed)
    training = table.frame.iloc[plans.rows[train]]
    encoders = plans.encoders
    if missing != "drop":
        encoders = tuple(encoder.fit(training[encoder.column]) for encoder in encoders)
    raw_X = design_matrix(training, encoders)
    x_scaler = fit_scaler(raw_X, scaling, is_category(encoders))
    to_unit_range = plans.target_becomes == "scaled to [0, 1]"
    y_scaler = fit_scaler(raw_y[train], "minmax" if to_unit_range else "none")
    X_val = y_val = None
    if len(held):
        X_val = design_matrix(table.frame.iloc[plans.rows[held]], encoders)
        X_val = read_only(x_scaler.apply_in_place(X_val))
        y_val = read_only(y_scaler.apply(raw_y[held]))
    notices = [
        *_fill_notices(table.frame, plans.rows, encoders),
        *_constant_notices(raw_X, plans.feature_names),
        *_split_notices(codes, validation),
    ]
    return Dataset(
        X=read_only(x_scaler.apply_in_place(raw_X)),
        y=read_only(y_scaler.apply(raw_y[train])),
        X_val=X_val,
        y_val=y_val,
        feature_names=plans.feature_names,
        output_names=plans.output_names,
        task=plans.task,
        rows=_read_only_index(plans.rows[train]),
        rows_val=_read_only_index(plans.rows[held]),
        notices=(*meaning_notices, *plans.notices, *notices),
        classes=plans.classes,
        features=tuple(dict.fromkeys(encoder.column for encoder in encoders)),
        target=target,
        scaling=scaling,
        name=table.name,
        frame=table.frame,
        encoders=encoders,
        x_scaler=x_scaler,
        y_scaler=y_scaler,
        columns=plans.columns,
        lines=table.lines,
        meanings=interpreted.meanings,
    )


def _targets(table: Table, plans: Plan) -> tuple[Index, Array]:
    """Return each usable row's class (n,), 0 for a regression, and the unscaled y (n, K)."""
    values = table.frame[plans.target].iloc[plans.rows]
    if plans.task == "regression":
        return np.zeros(len(values), np.intp), values.to_numpy(np.float64)[:, None]
    codes = class_codes(values)
    return codes, class_targets(codes, len(plans.output_names))


def _split_notices(codes: Index, validation: float) -> list[Notice]:
    if validation > 0 and len(codes) < MIN_ROWS_TO_SPLIT:
        few = f"{plural(len(codes), 'row')} are fewer than {MIN_ROWS_TO_SPLIT}"
        return [Notice(f"{few}, so there is no validation split")]
    return []


def _fill_notices(frame: pd.DataFrame, rows: Index, encoders: Sequence[Encoder]) -> list[Notice]:
    """Return a notice of the values that fill the gaps in the rows used."""
    with_fill = [encoder for encoder in encoders if encoder.fill is not None]
    filled = [e for e in with_fill if frame[e.column].iloc[rows].hasnans]
    if not filled:
        return []
    values = [f"{e.column} with {class_name(e.fill)}" for e in filled]
    columns = join_names(values, word="column")
    return [Notice(f"Missing values filled from the training rows: {columns}")]


def _constant_notices(raw_X: Array, names: Sequence[str]) -> list[Notice]:
    """Return a notice of inputs that are constant in the training rows."""
    constant = (raw_X == raw_X[0]).all(axis=0)
    same = list(compress(names, constant))
    verb = "is" if len(same) == 1 else "are"
    message = f"{', '.join(same[:5])} {verb} constant in the training rows"
    return [Notice(message, len(same))] if same else []


def _read_only_index(rows: npt.NDArray[np.intp]) -> Index:
    rows = np.array(rows, np.intp)
    rows.flags.writeable = False
    return rows


def from_exercise(
    X: npt.ArrayLike,
    y: npt.ArrayLike,
    feature_names: Sequence[str] | None = None,
    output_names: Sequence[str] | None = None,
) -> Dataset:
    """Return the dataset of an exercise: X (N, d), y (N,) or (N, K), unchanged.

    No scaling, no split, one row is enough. Raises DatasetError for shapes that do not match and
    for cells that are not finite numbers.
    """
    inputs, outputs = _exercise_array(X, "X"), _exercise_array(y, "y")
    if len(inputs) != len(outputs):
        raise DatasetError(
            f"X has {plural(len(inputs), 'row')} but y has {len(outputs)}: "
            "give each row of X its row of y."
        )
    d, K = inputs.shape[1], outputs.shape[1]
    xs = _names(feature_names, d, "x", "X")
    ys = _names(output_names, K, "y", "y")
    names = xs + ys
    if len(set(names)) < len(names):
        raise DatasetError("Two columns have the same name: give each its own.")
    task, classes = _exercise_task(outputs)
    return Dataset(
        X=read_only(inputs),
        y=read_only(outputs),
        feature_names=xs,
        output_names=ys,
        task=task,
        rows=_read_only_index(np.arange(len(inputs))),
        rows_val=_read_only_index(np.arange(0)),
        notices=_exercise_notices(outputs),
        classes=classes,
        features=xs,
        target=ys[0],
        scaling="none",
        name="exercise",
        frame=pd.DataFrame(np.hstack([inputs, outputs]), columns=list(names)),
        encoders=tuple(Encoder(name) for name in xs),
        x_scaler=identity_scaler(d),
        y_scaler=identity_scaler(K),
        lines=np.arange(1, len(inputs) + 1),
    )


def _exercise_array(values: npt.ArrayLike, which: str) -> Array:
    """Return numbers as an array (N, columns); raise DatasetError with the first invalid cell."""
    try:
        array = np.array(real_array(which, values))
    except ValueError as error:
        raise DatasetError(
            f"{which} has a cell that is not a number, or rows of different lengths: "
            "fill every cell with a number."
        ) from error
    array = array.reshape(-1, 1) if array.ndim == 1 else array
    if array.ndim != 2 or not array.size:
        raise DatasetError(f"{which} is empty or not a table: enter rows and columns of numbers.")
    bad = np.argwhere(~(np.abs(array) <= MAX_MAGNITUDE))  # NaN compares false
    if len(bad):
        row, column = bad[0] + 1
        raise DatasetError(
            f"{which} has no usable number in row {row}, column {column}: "
            f"enter one between −{MAX_MAGNITUDE:g} and {MAX_MAGNITUDE:g}."
        )
    return array


def _names(given: Sequence[str] | None, count: int, letter: str, which: str) -> tuple[str, ...]:
    if given is None:
        single = letter == "y" and count == 1
        return ("y",) if single else tuple(f"{letter}{k}" for k in range(1, count + 1))
    if not isinstance(given, Sequence) or not all(isinstance(name, str) for name in given):
        argument = "feature_names" if letter == "x" else "output_names"
        raise DatasetError(f"{argument} must be a list of texts: name each column of {which}.")
    if len(given) != count:
        raise DatasetError(
            f"{which} has {plural(count, 'column')} but {plural(len(given), 'name')}: "
            "name each column once."
        )
    return tuple(given)


def _exercise_task(y: Array) -> tuple[Task, tuple[str, ...]]:
    """Return task and classes of y (N, K); several outputs are a regression."""
    binary = y.shape[1] == 1 and np.isin(y, (0.0, 1.0)).all()
    return ("binary", ("0", "1")) if binary else ("regression", ())


def _exercise_notices(y: Array) -> tuple[Notice, ...]:
    outside = np.flatnonzero(((y < 0) | (y > 1)).any(axis=1)) + 1
    if not len(outside):
        return ()
    message = "A sigmoid output stays between 0 and 1, but y lies outside"
    return (notice(message, outside),)
