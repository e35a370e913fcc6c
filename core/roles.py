"""What each column of a table can be: a first guess at features and target, said in words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from core.latest import latest
from core.meaning import Understood, understand
from core.table import Table, as_table

Task = Literal["binary", "multiclass", "regression"]
TASKS: tuple[Task, ...] = ("binary", "multiclass", "regression")

MAX_CLASSES = 50  # K outputs; also the most categories that one feature is spread over
MAX_MAGNITUDE = 1e150  # beyond, the square of a value leaves float64

_FEW = 10  # whole numbers with at most so many values, each often, are taken for classes
_ROWS_A_CLASS = 5
_ROWS_OF_AN_INDEX = 5
_ROWS_OF_A_COUNT = 10  # from so many on, whole numbers that all differ are taken for an index
_TARGET = re.compile(r"(target|class|label|y|outcome|response|output|diagnosis|species)", re.I)
_IDENTIFIER = re.compile(r"(id|index|row|nr|no|number|unnamed: 0|rownames?|.*[_ ]id)", re.I)


class DatasetError(ValueError):
    """The table cannot become a dataset as asked; the message is one sentence with what to do."""


@dataclass(frozen=True)
class Roles:
    """A guess: which columns are features, which the target, the task, and why in plain words."""

    features: tuple[str, ...]
    target: str
    task: Task
    reason: str


@dataclass(frozen=True)
class Column:
    """What a column holds; counts are over all rows.

    `kind` is numeric, boolean (two words, the affirmative last), text or empty; `unit` is what its
    numbers are in, as far as the file says.
    """

    name: str
    kind: Literal["numeric", "boolean", "text", "empty"]
    missing: int
    distinct: int
    whole: bool  # numeric, and every value an integer
    rows: int
    unit: str = ""

    @property
    def unusable(self) -> str | None:
        """Return why the column cannot be a feature, as the end of a sentence; None if it can."""
        if self.kind == "empty":
            return "is empty"
        if self.distinct == 1:
            return "is constant"
        if self.kind == "text" and self.distinct > MAX_CLASSES:
            return f"is text with {self.distinct} different values (at most {MAX_CLASSES} can be)"
        return None

    @property
    def sparse(self) -> bool:
        """Tell whether more than half of the cells are missing."""
        return 2 * self.missing > self.rows


def describe(table: Table, name: str) -> Column:
    """Return what column `name` of the table holds; raises DatasetError where there is none."""
    if name not in table.frame.columns:
        raise DatasetError(f"{table.name} has no column “{name}”: choose one of its columns.")
    return latest(table, (name,), _column, most=len(table.frame.columns))


def _column(table: Table, name: str) -> Column:
    values = table.frame[name]
    missing = int(values.isna().sum())
    distinct = int(values.nunique())
    if missing == len(values):
        return Column(name, "empty", missing, 0, False, len(values))
    if isinstance(values.dtype, pd.CategoricalDtype):
        return Column(name, "boolean", missing, distinct, False, len(values))
    if not pd.api.types.is_numeric_dtype(values):
        return Column(name, "text", missing, distinct, False, len(values))
    known = values.dropna().to_numpy(np.float64)
    whole = bool((known == np.rint(known)).all())
    meaning = table.meanings.get(name) if isinstance(table, Understood) else None
    unit = meaning.unit if meaning else ""
    return Column(name, "numeric", missing, distinct, whole, len(values), unit)


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
    if column.kind != "numeric":
        return "multiclass"
    known = column.rows - column.missing
    few = distinct <= min(_FEW, known // _ROWS_A_CLASS)
    return "multiclass" if column.whole and few else "regression"


def guess_roles(table: Table | pd.DataFrame) -> Roles:
    """Return a sensible first choice of target, features and task, with the reason in words.

    The target is a column that is called like one, else the last that can be one; features are all
    other usable columns but identifiers: text or whole numbers that differ in every row, unless
    they have a unit. Words are understood first. Raises DatasetError where nothing can be a target
    or a feature.
    """
    table = understand(as_table(table))
    check_numeric(table)
    columns = [describe(table, str(name)) for name in table.frame.columns]
    target, why = _guess_target(table, columns)
    task = guess_task(target)
    others = [c for c in columns if c is not target and c.unusable is None]
    first = [column for column in others if why_not_first(table, column) is None]
    features = tuple(column.name for column in first or others)
    if not features:
        reasons = _listed([f"“{c.name}” {c.unusable}" for c in columns if c is not target])
        raise DatasetError(
            f"{table.name} has no usable feature beside “{target.name}”, and both a feature and a "
            f"target are needed: {reasons}."
        )
    reason = f"{why} {_task_in_words(target, task)}"
    used = {*features, target.name}
    left_out = [column for column in columns if column.name not in used]
    if left_out:
        named = [f"{column.name} ({why_not_first(table, column)})" for column in left_out]
        reason += f" Left out at first: {_listed(named)}."
    return Roles(features, target.name, task, reason)


def _guess_target(table: Table, columns: Sequence[Column]) -> tuple[Column, str]:
    able = [column for column in columns if column.unusable is None]
    if not able:
        raise DatasetError(
            f"{table.name} has no column that could be a target: every column is empty, constant "
            f"or text with more than {MAX_CLASSES} values."
        )
    named = [column for column in able if _TARGET.fullmatch(column.name)]
    if named and named[-1] is not able[-1]:
        return named[-1], f"Target: {named[-1].name}, by its name;"
    likely = [column for column in able if not _is_identifier(table, column)] or able
    place = "the last column" if likely[-1] is columns[-1] else "the last column that can be one"
    return likely[-1], f"Target: {likely[-1].name}, {place};"


def why_not_first(table: Table, column: Column) -> str | None:
    """Return why a column is not offered as a feature at first, in few words; None if it is."""
    if column.kind == "empty" or column.distinct == 1:
        return (column.unusable or "").removeprefix("is ")
    if column.unusable is not None:
        return "free text"
    if column.sparse:
        return "mostly missing"
    return "all values differ, like an identifier" if _numbers_rows(table, column) else None


def _task_in_words(target: Column, task: Task) -> str:
    values = f"it has {target.distinct} distinct values, so this is a"
    if task == "regression":
        return f"{values} regression."
    return f"{values} classification."


def _numbers_rows(table: Table, column: Column) -> bool:
    """Tell an identifier, or whole numbers that differ in every row and measure nothing."""
    if _is_identifier(table, column):
        return True
    known = column.rows - column.missing
    differ = column.distinct == known >= _ROWS_OF_A_COUNT
    return differ and column.whole and not column.unit


def _is_identifier(table: Table, column: Column) -> bool:
    """Tell a column of all different values that is text, called an id, or a running number."""
    rows = len(table.frame)
    if column.distinct < rows - column.missing or rows < _ROWS_OF_AN_INDEX:
        return False
    if column.kind == "text" or _IDENTIFIER.fullmatch(column.name):
        return True
    steps = np.diff(table.frame[column.name].to_numpy(np.float64)) if column.whole else np.zeros(1)
    return column.name.startswith("column ") and bool((steps == 1).all())


def _listed(names: Sequence[str], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
