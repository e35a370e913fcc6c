"""What each column of a table can be: a first guess at features and target, said in words."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

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
from core.utils.sentence import listed

Task = Literal["binary", "multiclass", "regression"]
TASKS: tuple[Task, ...] = ("binary", "multiclass", "regression")

MAX_MAGNITUDE = 1e150  # beyond, the square of a value leaves float64

_EVIDENCE_WEIGHTS = {  # what each adds to the weight of a column's name
    "which the file is called after": 75,
    "the only measurement": 40,
    "the last column": 25,
    "the only column of few groups": 20,
    "of few values": 10,
    "of two values": 10,
    "the first column": 10,
}
_FEW_COLUMNS = 5  # then the only measurement is what was measured, the others how
_MAX_GROUPS = 10  # more are measured, fewer were chosen


class GapsError(DatasetError):
    """Features have so many gaps that no two rows are complete: to fill them in would help."""


@dataclass(frozen=True)
class Roles:
    """A guess: which columns are features, which the target, the task, and why in plain words."""

    features: tuple[str, ...]
    target: str
    task: Task
    reason: str


def check_numeric(table: Table) -> None:
    """Raise DatasetError for a table without any column of numbers, or of yes and no."""
    kinds = table.frame.dtypes
    if not any(
        pd.api.types.is_numeric_dtype(kind) or isinstance(kind, pd.CategoricalDtype)
        for kind in kinds
    ):
        raise DatasetError(
            f"{table.name} has no numeric column: all {len(kinds)} columns are text; "
            "code at least one of them as numbers."
        )


def guess_task(column: Column, distinct: int | None = None) -> Task:
    """Return the task that a target column suggests, by its kind and its distinct values.

    `distinct` is how many of them the usable rows hold, where that is known.
    """
    distinct = distinct or column.distinct
    if distinct == 2:
        return "binary"
    return "multiclass" if replace(column, distinct=distinct).is_categorical else "regression"


def guess_roles(table: Table | pd.DataFrame) -> Roles:
    """Return a sensible first choice of target, features and task, with the reason in words.

    The target is a column that is called like one, else the last that can be one; features are all
    other usable columns but keys, dates, and what says the same as the target. Words are understood
    first. Raises DatasetError where nothing can be a target or a feature.
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
    exclusions |= dict.fromkeys(copies_of(table, alike, target), f"says the same as {target.name}")
    first = [column for column in others if exclusions[column.name] is None]
    features = tuple(column.name for column in first or others)
    if not features:
        reasons = listed([f"“{c.name}” {c.unusable}" for c in columns if c is not target])
        raise DatasetError(
            f"{table.name} has no usable feature beside “{target.name}”, and both a feature and a "
            f"target are needed: {reasons}."
        )
    reason = f"{why} {_task_sentence(target, task)}"
    used = {*features, target.name}
    left_out = [column for column in columns if column.name not in used]
    if left_out:
        named = [f"{column.name} ({exclusions[column.name]})" for column in left_out]
        reason += f" Left out at first: {listed(named)}."
    return Roles(features, target.name, task, reason)


def guess_target(columns: Sequence[Column], file: str = "") -> tuple[Column, str]:
    """Return the column that a person is likeliest to predict, and why in words.

    At least one of them must be usable. Keys, dates, and columns of a numbered series or of how the
    rows were collected are the last that are taken; `file` is what the file is called, which may be
    the target's name.
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
    if "the last column" in found:  # which needs no other reason
        why = "the last column" if target is columns[-1] else "the last column that can be one"
    return target, f"Target: {target.name}, {why};"


def _only_of_kind(columns: Sequence[Column]) -> dict[str, Column]:
    """Return the only column of its kind, among those that are not called like a feature."""
    groups = [column for column in columns if column.is_categorical]
    others = [column for column in columns if not column.is_categorical]
    measures = [column for column in others if column.distinct > _MAX_GROUPS]
    found = {"the only column of few groups": groups}
    if len(columns) <= _FEW_COLUMNS:
        found["the only measurement"] = measures
    return {reason: some[0] for reason, some in found.items() if len(some) == 1}


def _evidence(
    columns: Sequence[Column], at: int, title: str, only: Mapping[str, Column]
) -> dict[str, float]:
    """Return what speaks for a column as the target, beside its name, each with its weight."""
    column, before = columns[at], columns[at - 1].name if at else ""
    holds = {
        "which the file is called after": title_match(column.name, title),
        "the last column": at == len(columns) - 1,
        "of few values": column.kind != "numeric" or column.distinct == 2,
        "of two values": column.distinct == 2,
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
    """Tell what is no key, no date and none of a numbered series, unless its name says so."""
    aside = column.is_key or column.date or column.sparse or is_metadata(column.name)
    return not aside and (column.name not in series or target_weight(column.name) > 0)


def exclusion_reason(column: Column) -> str | None:
    """Return why a column is not offered as a feature at first, in few words; None if it is."""
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
    values = f"it has {target.distinct} distinct values, so this is a"
    if task == "regression":
        return f"{values} regression."
    return f"{values} classification."


def _is_unitless_identifier(column: Column) -> bool:
    """Tell whole numbers that differ in every row and have no unit."""
    known = column.rows - column.missing
    differ = column.distinct == known >= MIN_ROWS_OF_RULE
    return differ and column.whole and not column.unit
