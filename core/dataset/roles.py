"""Guess of a table's target, features and task, with the reason in words."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import pandas as pd

from core.table.column import (
    MAX_CLASSES,
    MIN_ROWS_OF_RULE,
    Column,
    DatasetError,
    copies_of,
    describe,
)
from core.table.csv_table import Table, as_table
from core.table.meaning import interpret
from core.table.target_names import is_metadata, series_names, target_weight, title_match
from core.utils.sentence import join_names

Task = Literal["binary", "multiclass", "regression"]
TASKS: tuple[Task, ...] = get_args(Task)

MAX_MAGNITUDE = 1e150  # the square of a larger value may overflow float64

_EVIDENCE_WEIGHTS = {  # what each adds to the weight of a column's name
    "which the file is named after": 75,
    "the only measurement": 40,
    "the last column": 25,
    "the only categorical column": 20,
    "with few values": 10,
    "with two values": 10,
    "the first column": 10,
}
_FEW_COLUMNS = 5  # up to here the only measurement is likely the target
_MAX_GROUPS = 10  # with more distinct values a column is a measurement


class GapsError(DatasetError):
    """Features with so many gaps that no two rows are complete; filling them would help."""


@dataclass(frozen=True)
class Roles:
    """Guessed features, target and task, and the reason in words."""

    features: tuple[str, ...]
    target: str
    task: Task
    reason: str


def check_numeric(table: Table) -> None:
    """Raise DatasetError for a table without any numeric or boolean column."""
    kinds = table.frame.dtypes
    if not any(
        pd.api.types.is_numeric_dtype(kind) or isinstance(kind, pd.CategoricalDtype)
        for kind in kinds
    ):
        raise DatasetError(
            f"{table.name} has no numeric column: all {len(kinds)} columns are text; "
            "encode at least one of them as numbers."
        )


def guess_task(column: Column, distinct: int | None = None) -> Task:
    """Return the likely task of a target column, from its kind and its distinct values.

    `distinct` is the number of distinct values in the usable rows, if known.
    """
    distinct = distinct or column.distinct
    if distinct == 2:
        return "binary"
    return "multiclass" if replace(column, distinct=distinct).is_categorical else "regression"


def guess_roles(table: Table | pd.DataFrame) -> Roles:
    """Return a first choice of target, features and task, with the reason in words.

    The target is a column with a typical name, else the last possible one; features are all other
    usable columns except identifiers, dates, and columns that determine the target. Text columns
    are interpreted first. Raises DatasetError if there is no possible target or feature.
    """
    table = interpret(as_table(table))
    check_numeric(table)
    columns = [describe(table, str(name)) for name in table.frame.columns]
    if not any(column.unusable is None for column in columns):
        raise DatasetError(
            f"{table.name} has no column that could be a target: every column is empty, constant "
            f"or text with more than {MAX_CLASSES} values."
        )
    target, why = guess_target(columns, table.name)
    task = guess_task(target)
    others = [c for c in columns if c is not target and c.unusable is None]
    exclusions = {column.name: exclusion_reason(column) for column in columns}
    alike = [column for column in others if exclusions[column.name] is None]
    exclusions |= dict.fromkeys(copies_of(table, alike, target), f"determines {target.name}")
    first = [column for column in others if exclusions[column.name] is None]
    features = tuple(column.name for column in first or others)
    if not features:
        reasons = join_names([f"“{c.name}” {c.unusable}" for c in columns if c is not target])
        raise DatasetError(
            f"{table.name} has no usable feature besides “{target.name}”, and both a feature and a "
            f"target are needed: {reasons}."
        )
    reason = f"{why} {_task_sentence(target, task)}"
    used = {*features, target.name}
    left_out = [column for column in columns if column.name not in used]
    if left_out:
        named = [f"{column.name} ({exclusions[column.name]})" for column in left_out]
        reason += f" Not selected at first: {join_names(named)}."
    return Roles(features, target.name, task, reason)


def guess_target(columns: Sequence[Column], file: str = "") -> tuple[Column, str]:
    """Return the column that is most likely the target, and the reason in words.

    At least one column must be usable. Identifiers, dates, numbered series and sampling information
    are used only if nothing else is left; `file` is the file's name, which may name the target.
    """
    able = [column for column in columns if column.unusable is None]
    series = series_names([column.name for column in able])
    likely = [column for column in able if _can_be_target(column, series)] or able
    title = file.rpartition(".")[0] or file
    weights = [target_weight(column.name) for column in likely]
    only = _only_of_kind([c for c, weight in zip(likely, weights, strict=True) if weight >= 0])
    evidence = [
        {"by its name": weight} | _evidence(likely, at, title, only)
        for at, weight in enumerate(weights)
    ]
    best = max(reversed(range(len(likely))), key=lambda at: sum(evidence[at].values()))
    target, found = likely[best], evidence[best]
    why = max(found, key=found.__getitem__)
    if "the last column" in found:  # which is reason enough
        why = "the last column" if target is columns[-1] else "the last possible column"
    return target, f"Target: {target.name}, {why};"


def _only_of_kind(columns: Sequence[Column]) -> dict[str, Column]:
    """Return the columns that are the only one of their kind, by reason."""
    groups = [column for column in columns if column.is_categorical]
    others = [column for column in columns if not column.is_categorical]
    measures = [column for column in others if column.distinct > _MAX_GROUPS]
    found = {"the only categorical column": groups}
    if len(columns) <= _FEW_COLUMNS:
        found["the only measurement"] = measures
    return {reason: some[0] for reason, some in found.items() if len(some) == 1}


def _evidence(
    columns: Sequence[Column], at: int, title: str, only: Mapping[str, Column]
) -> dict[str, float]:
    """Return the reasons for a column as target, other than its name, with their weights."""
    column, before = columns[at], columns[at - 1].name if at else ""
    holds = {
        "which the file is named after": title_match(column.name, title),
        "the last column": at == len(columns) - 1,
        "with few values": column.kind != "numeric" or column.distinct == 2,
        "with two values": column.distinct == 2,
        "the first column": at == 0,
        **{reason: single is column for reason, single in only.items()},
    }
    found = {
        reason: float(_EVIDENCE_WEIGHTS[reason] * held) for reason, held in holds.items() if held
    }
    if (before.lower(), column.name.lower()) == ("x", "y") and len(columns) > 2:
        found["by its name"] = 0  # coordinates
    return found


def _can_be_target(column: Column, series: Collection[str]) -> bool:
    """Return whether it is no identifier, date or numbered series, or has a target's name."""
    excluded = column.is_key or column.date or column.sparse or is_metadata(column.name)
    return not excluded and (column.name not in series or target_weight(column.name) > 0)


def exclusion_reason(column: Column) -> str | None:
    """Return why a column is not selected as a feature at first, in few words; None if it is."""
    if column.kind == "empty" or column.distinct == 1:
        return (column.unusable or "").removeprefix("is ")
    if column.unusable is not None:
        return "free text"
    if column.sparse:
        return "mostly missing"
    if column.date:
        return "a date"
    if column.is_key or _is_unitless_identifier(column):
        return "all values differ, like an identifier"
    return None


def _task_sentence(target: Column, task: Task) -> str:
    kind = "regression" if task == "regression" else "classification"
    return f"it has {target.distinct} distinct values, so this is a {kind}."


def _is_unitless_identifier(column: Column) -> bool:
    """Return whether whole numbers without a unit differ in every row."""
    differ = column.distinct == column.known >= MIN_ROWS_OF_RULE
    return differ and column.whole and not column.unit
