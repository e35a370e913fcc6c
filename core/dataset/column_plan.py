"""Plan of a preparation: how each column will be encoded, for a page to show in advance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.dataset.encoding import MISSINGS, SCALINGS, Encoder, Indicator, Missing, Scaling
from core.dataset.roles import (
    MAX_MAGNITUDE,
    TASKS,
    GapsError,
    Task,
    check_numeric,
    exclusion_reason,
    guess_task,
)
from core.table.column import (
    MAX_CLASSES,
    MIN_ROWS_PER_CLASS,
    Column,
    DatasetError,
    copies_of,
    describe,
)
from core.table.column_blocks import Cells, cells_of
from core.table.column_summary import class_name
from core.table.csv_table import Table, as_table
from core.table.meaning import interpret, new_notices
from core.table.notices import Notice, in_quotes, notice
from core.utils.arguments import choice, flag
from core.utils.sentence import join_names, plural

Index = npt.NDArray[np.intp]
Becomes = Literal["numeric", "one-hot", "0/1", "classes", "scaled to [0, 1]", "dropped", "unused"]

_TARGET_ENCODINGS: dict[Task, Becomes] = {
    "binary": "0/1",
    "multiclass": "classes",
    "regression": "scaled to [0, 1]",
}


@dataclass(frozen=True)
class ColumnPlan:
    """Encoding of one column; `makes` are the network's inputs or outputs made from it."""

    name: str
    role: Literal["feature", "target", "unused"]
    becomes: Becomes
    makes: tuple[str, ...]
    missing: int
    distinct: int
    sentence: str
    unit: str = ""  # of its numbers, if the file names one


@dataclass(frozen=True, eq=False)
class Plan:
    """Plan for `prepare`: each column, the task, and the usable rows."""

    columns: tuple[ColumnPlan, ...]
    target: str
    target_becomes: Becomes
    task: Task
    classes: tuple[str, ...]  # in the order of the outputs; () for a regression
    feature_names: tuple[str, ...]
    output_names: tuple[str, ...]
    rows: Index  # positions in the table's frame that are used
    gaps: int  # rows dropped since a feature is missing
    notices: tuple[Notice, ...]
    encoders: tuple[Encoder, ...] = field(repr=False)


def plan(
    table: Table | pd.DataFrame,
    *,
    features: Sequence[str],
    target: str,
    task: Task | None = None,
    scaling: Scaling = "standard",
    missing: Missing = "drop",
    keep_constant: bool = False,
) -> Plan:
    """Return the plan for `prepare` with these arguments.

    Rows without a target are always dropped. Text columns are interpreted first
    (core.table.meaning), with notices here unless `table` is interpreted already. Raises
    DatasetError where training is impossible: no usable feature, the target among the features, a
    constant target, too many classes, fewer than two complete rows.
    """
    with dataset_errors():
        if task is not None:
            choice("task", task, TASKS)
        choice("scaling", scaling, SCALINGS)
        choice("missing", missing, MISSINGS)
        flag("keep_constant", keep_constant)
        table = as_table(table)
    target = str(target)
    interpreted = interpret(table)
    meaning_notices, table = new_notices(table, interpreted), interpreted
    check_numeric(table)
    goal = describe(table, target)
    chosen = [describe(table, name) for name in _check_features(features, target)]
    dropped = [c for c in chosen if c.unusable and not (keep_constant and c.is_constant_number)]
    used = [column for column in chosen if column not in dropped]
    if not used:
        reasons = "; ".join(f"“{c.name}” {c.unusable}" for c in chosen[:3])
        raise DatasetError(f"No feature can be used: {reasons}; choose other features.")
    rows, notices = _complete_rows(table, [*used, goal] if missing == "drop" else [goal])
    gaps = len(table.frame) - goal.missing - len(rows)
    holed = [c for c in used if c.missing and table.frame[c.name].iloc[rows].hasnans]
    notices += _fill_notices(table, holed, rows, missing)
    values = table.frame[target].iloc[rows]
    task = _check_task(goal, task, values)
    _check_magnitudes(table, [*used, goal], rows)
    indicators = holed if missing == "indicator" else []
    encoders_of = {c.name: _encoders(table, c, rows, c in indicators) for c in used}
    encoders = tuple(encoder for made in encoders_of.values() for encoder in made)
    classes = () if task == "regression" else tuple(map(class_name, _in_order(values.array)))
    outputs = _output_names(target, task, classes)
    stays = task == "regression" and scaling == "none" and bool(values.between(0, 1).all())
    goal_plan = _target_plan(
        goal, "numeric" if stays else _TARGET_ENCODINGS[task], classes, outputs
    )
    columns = [
        _drop_plan(c) if c in dropped else _feature_plan(table, c, encoders_of[c.name])
        for c in chosen
    ]
    notices += [_drop_notice(table, column) for column in columns if column.becomes == "dropped"]
    notices += [
        *_leakage_notices(table, used, goal),
        *_small_class_notices(goal, classes, len(rows)),
    ]
    if not stays and classes != ("0", "1"):  # an unscaled target needs no notice
        notices.append(Notice(goal_plan.sentence))
    return Plan(
        columns=_in_table_order(table, [*columns, goal_plan]),
        target_becomes=goal_plan.becomes,
        target=target,
        task=task,
        classes=classes,
        feature_names=tuple(name for encoder in encoders for name in encoder.names),
        output_names=outputs,
        rows=rows,
        gaps=gaps,
        notices=(*meaning_notices, *notices),
        encoders=encoders,
    )


@contextmanager
def dataset_errors() -> Iterator[None]:
    """Raise a ValueError of the checks within as a DatasetError that ends with a full stop."""
    try:
        yield
    except ValueError as error:
        raise DatasetError(f"{str(error).rstrip('.')}.") from error


def class_codes(values: pd.Series) -> Index:
    """Return each value's place among the distinct values in ascending order."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        return values.cat.remove_unused_categories().cat.codes.to_numpy().astype(np.intp)
    return np.unique(values.to_numpy(), return_inverse=True)[1].astype(np.intp)


def _in_order(cells: Cells) -> list[object]:
    """Return the distinct known values: no before yes, others sorted."""
    if isinstance(cells, pd.Categorical):
        return list(cells.remove_unused_categories().categories)
    return sorted(cells.unique().dropna().tolist())


def _check_features(features: Sequence[str], target: str) -> list[str]:
    if isinstance(features, str):  # else it would be a sequence of letters
        features = [features]
    if not isinstance(features, Sequence):
        raise DatasetError(f"features must be a list of names of columns, not {features!r}.")
    names = list(dict.fromkeys(map(str, features)))
    if not names:
        raise DatasetError("No feature is chosen: choose at least one column.")
    if target in names:
        raise DatasetError(
            f"“{target}” is both target and feature: take it off the features, "
            "or the network only learns to copy it."
        )
    return names


def _complete_rows(table: Table, columns: Sequence[Column]) -> tuple[Index, list[Notice]]:
    """Return the rows without missing values in these columns, and a notice of the others."""
    gone, cells = np.zeros(len(table.frame), np.bool_), cells_of(table)
    for column in columns:
        if column.missing:
            gone |= cells[column.name].isna()
    rows = np.flatnonzero(~gone)
    holes = [f"{column.name}: {column.missing}" for column in columns if column.missing]
    if len(rows) < 2:
        why = f" (missing values in {', '.join(holes[:5])})" if holes else ""
        kind = (
            GapsError if len(columns) > 1 and columns[-1].missing < len(gone) - 1 else DatasetError
        )
        raise kind(
            f"{table.name} has {plural(len(rows), 'row')} with a value in every chosen column{why}:"
            " choose columns with fewer gaps, or add rows."
        )
    if not gone.any():
        return rows, []
    message = (
        f"{plural(int(gone.sum()), 'row')} of {len(gone)} left out, since a value is missing"
        f" ({join_names(holes, word='column')})"
    )
    return rows, [notice(message, table.lines[gone])]


def _check_task(goal: Column, task: Task | None, values: pd.Series) -> Task:
    """Return the task, guessed if None; raise DatasetError where target and task do not fit."""
    distinct = int(values.nunique())
    if distinct < 2:
        constant = f"is {class_name(values.iloc[0])} in every usable row"
        raise DatasetError(f"The target “{goal.name}” {constant}: choose a target that varies.")
    task = task or guess_task(goal, distinct)
    if task == "regression" and goal.kind != "numeric":
        raise DatasetError(
            f"The target “{goal.name}” is text, which a regression cannot predict: "
            "choose a numeric target, or a classification."
        )
    if task == "binary" and distinct > 2:
        raise DatasetError(
            f"The target “{goal.name}” has {distinct} distinct values, but a binary task has two: "
            "choose multiclass."
        )
    if task == "multiclass" and distinct > MAX_CLASSES:
        raise DatasetError(
            f"The target “{goal.name}” has {distinct} classes, more than the maximum of "
            f"{MAX_CLASSES}: choose a target with fewer."
        )
    return task


def _check_magnitudes(table: Table, columns: Sequence[Column], rows: Index) -> None:
    for column in columns:
        if column.kind != "numeric" or column.largest <= MAX_MAGNITUDE:
            continue
        values = table.frame[column.name].to_numpy()[rows]
        large = np.flatnonzero(np.abs(values) > MAX_MAGNITUDE)
        if len(large):
            line = table.lines[rows[large[0]]]
            raise DatasetError(
                f"“{column.name}” holds {values[large[0]]:g} in line {line}, too large to square "
                f"in float64 (limit {MAX_MAGNITUDE:g}): rescale it or choose another column."
            )


def _leakage_notices(table: Table, used: Sequence[Column], goal: Column) -> list[Notice]:
    """Return a notice of features that determine the target (leakage)."""
    found = copies_of(table, used, goal)
    same = [in_quotes(column.name) for column in used if column.name in found]
    if not same or len(used) == 1:  # with one feature there is nothing else to learn
        return []
    verb = "determines" if len(same) == 1 else "determine"
    message = f"{join_names(same)} {verb} the target {in_quotes(goal.name)} (leakage)"
    return [Notice(f"{message}: the network can copy it and learns nothing else", len(same))]


def _small_class_notices(goal: Column, classes: Sequence[str], rows: int) -> list[Notice]:
    """Return a notice of three or more classes with too few rows."""
    if len(classes) < 3 or rows >= MIN_ROWS_PER_CLASS * len(classes):
        return []
    message = f"{in_quotes(goal.name)} has {len(classes)} classes in {plural(rows, 'row')}"
    few = f"fewer than {MIN_ROWS_PER_CLASS} rows per class are too few to learn from"
    return [Notice(f"{message}: {few}")]


def _fill_notices(
    table: Table, holed: Sequence[Column], rows: Index, missing: Missing
) -> list[Notice]:
    """Return a notice of the cells to be filled in these columns."""
    if missing == "drop" or not holed:
        return []
    gaps = table.frame[[column.name for column in holed]].iloc[rows].isna()
    fills = [
        f"{column.name}: {int(gaps[column.name].sum())} with the "
        + ("median" if column.kind == "numeric" else "most frequent value")
        for column in holed
    ]
    count = int(gaps.to_numpy().sum())
    also = ", with an indicator input" if missing == "indicator" else ""
    message = (
        f"{plural(count, 'missing value')} filled from the training rows{also}"
        f" ({join_names(fills, word='column')})"
    )
    return [notice(message, table.lines[rows[gaps.any(axis=1).to_numpy()]], count)]


def _encoders(table: Table, column: Column, rows: Index, with_indicator: bool) -> list[Encoder]:
    indicators: list[Encoder] = [Indicator(column.name)] * with_indicator
    if column.kind == "numeric":
        return [Encoder(column.name), *indicators]
    cells = cells_of(table)[column.name]
    categories = tuple(map(str, _in_order(cells if len(rows) == len(cells) else cells.take(rows))))
    if column.kind == "boolean":  # one input is enough: 0 is no
        categories = (str(table.frame[column.name].cat.categories[-1]),)
    return [Encoder(column.name, categories), *indicators]


def _output_names(target: str, task: Task, classes: tuple[str, ...]) -> tuple[str, ...]:
    if task == "multiclass":
        return tuple(f"{target} = {name}" for name in classes)
    if task == "binary" and classes != ("0", "1"):
        return (f"{target} = {classes[1]}",)
    return (target,)


def _drop_notice(table: Table, column: ColumnPlan) -> Notice:
    """Return a notice of an unusable feature, with the lines of its values; all if it has none."""
    known = table.frame[column.name].notna().to_numpy()
    message = f"Column {in_quotes(column.name)}{column.sentence.removeprefix(column.name)}"
    return notice(message, table.lines[known if known.any() else ~known])


def _drop_plan(column: Column) -> ColumnPlan:
    """Return the plan of a feature that cannot be used."""
    sentence = f"{column.name} {column.unusable}, so it is not used"
    return ColumnPlan(
        column.name,
        "feature",
        "dropped",
        (),
        column.missing,
        column.distinct,
        sentence,
        column.unit,
    )


def _feature_plan(table: Table, column: Column, encoders: Sequence[Encoder]) -> ColumnPlan:
    """Return the plan of a feature with these encoders."""
    name, unit = column.name, column.unit
    made = tuple(made for encoder in encoders for made in encoder.names)
    becomes: Becomes
    if column.kind == "numeric":
        named = f", in {unit}" if unit else ""
        becomes, sentence = "numeric", f"{name} is one numeric input{named}"
    elif column.kind == "boolean":
        no, yes = table.frame[name].cat.categories
        becomes, sentence = "0/1", f"{name} is one input: {no} → 0, {yes} → 1"
    else:
        what = plural(column.distinct, "category", "categories")
        becomes, sentence = "one-hot", f"{name} has {what}, each an input that is 0 or 1"
    if any(isinstance(encoder, Indicator) for encoder in encoders):
        sentence += "; one more input is 1 where it is missing"
    missing, distinct = column.missing, column.distinct
    return ColumnPlan(name, "feature", becomes, made, missing, distinct, sentence, unit)


def _target_plan(
    goal: Column, becomes: Becomes, classes: tuple[str, ...], outputs: tuple[str, ...]
) -> ColumnPlan:
    if becomes == "numeric":
        sentence = f"{goal.name} lies between 0 and 1 and is not scaled"
    elif becomes == "scaled to [0, 1]":
        sentence = (
            f"{goal.name} is numeric, scaled to [0, 1] by the range of the training rows for the "
            "sigmoid output"
        )
    elif becomes == "0/1":
        sentence = f"{goal.name} is one output: {classes[0]} → 0, {classes[1]} → 1"
    else:
        sentence = f"{goal.name} has {len(classes)} classes, each an output that is 0 or 1"
    missing, distinct = goal.missing, goal.distinct
    return ColumnPlan(goal.name, "target", becomes, outputs, missing, distinct, sentence, goal.unit)


def _in_table_order(table: Table, planned: Sequence[ColumnPlan]) -> tuple[ColumnPlan, ...]:
    known = {column.name: column for column in planned}
    return tuple(known.get(str(name)) or _unused(table, str(name)) for name in table.frame.columns)


def _unused(table: Table, name: str) -> ColumnPlan:
    column = describe(table, name)
    why = exclusion_reason(column)
    sentence = f"{name} is not chosen ({why})" if why else f"{name} is not chosen"
    missing, distinct = column.missing, column.distinct
    return ColumnPlan(name, "unused", "unused", (), missing, distinct, sentence, column.unit)
