"""What became of a file, to keep: a report in Markdown, and the table as the network takes it."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

from core.dataset.column_plan import ColumnPlan
from core.dataset.preparation import Dataset
from core.table.csv_table import Table
from core.table.merge_notices import merge_notices
from core.table.notices import Notice
from core.table.safe_csv import to_csv
from core.utils.sentence import plural

_OMISSION = re.compile(r"(?:[\d,]+ )?(rows?|columns?) .*left out", re.I)
_SIGNS = re.compile(r"([\\`*_\[\]<>#|~$])")
_HEADER = ("column", "role", "becomes", "inputs or outputs", "unit", "missing", "distinct", "why")


def report(table: Table, data: Dataset) -> str:
    """Return what was read, what of it is used, why the rest is not, and every notice.

    `data` has been prepared from `table`; the text is Markdown.
    """
    told = list(dict.fromkeys((*table.notices, *data.notices)))
    parts = (
        f"# What became of {_escape(table.name)}",
        f"Read as {_escape(str(table.dialect))}.",
        _counts(table, data),
        _sizes(data),
        "## Rows that are not used",
        _notice_list(notice for notice in told if _is_omission(notice, "row")),
        "## Columns",
        _columns(data.columns),
        "## All that was changed, left out or guessed",
        _notice_list(told),
    )
    return "\n\n".join(parts) + "\n"


def prepared_table(data: Dataset) -> pd.DataFrame:
    """Return X and y as the network takes them, (N + N_val, 2 + d + K), in the order of the file.

    Before them stand each row's line in the file and the part that it belongs to.
    """
    rows = np.concatenate([data.rows, data.rows_val])
    both = np.hstack([_stack(data.X, data.X_val), _stack(data.y, data.y_val)])
    order = np.argsort(rows)
    part = np.repeat(["training", "validation"], [len(data.rows), len(data.rows_val)])
    where = pd.DataFrame({"line": data.lines[rows[order]], "part": part[order]})
    names = [*data.feature_names, *data.output_names]
    return pd.concat([where, pd.DataFrame(both[order], columns=names)], axis=1)


def prepared_csv(data: Dataset) -> str:
    """Return `prepared_table` as CSV that is read back to the last bit."""
    return to_csv(prepared_table(data))


def full_text(notice: Notice) -> str:
    """Return what a notice says, with its count where more lines are meant than it names."""
    if notice.count <= max(len(notice.lines), 1):
        return str(notice)
    return f"{notice}: {notice.count:,} in all"


def _stack(first: np.ndarray, second: np.ndarray | None) -> np.ndarray:
    return first if second is None else np.vstack([first, second])


def _counts(table: Table, data: Dataset) -> str:
    """Say how much came in and how much is used, as a small table."""
    rows = len(table.frame) + _count_omitted(table, "row")
    columns = table.frame.shape[1] + _count_omitted(table, "column")
    used = [column for column in data.columns if column.makes]
    lines = (
        ("", "in the file", "used"),
        ("---", "---:", "---:"),
        ("rows", f"{rows:,}", f"{len(data.rows) + len(data.rows_val):,}"),
        ("columns", f"{columns:,}", f"{len(used):,}"),
    )
    return "\n".join(_row(line) for line in lines)


def _sizes(data: Dataset) -> str:
    inputs = plural(len(data.feature_names), "input")
    outputs = plural(len(data.output_names), "output")
    return (
        f"{plural(len(data.rows), 'row')} for training and {len(data.rows_val):,} for validation; "
        f"{inputs} and {outputs}; scaling of the inputs: {data.scaling}."
    )


def _count_omitted(table: Table, what: str) -> int:
    """Return how many rows or columns of the file the reader left out."""
    return sum(notice.count for notice in table.notices if _is_omission(notice, what))


def _is_omission(notice: Notice, what: str) -> bool:
    found = _OMISSION.match(notice.message)
    return found is not None and found[1].lower().startswith(what)


def _columns(columns: Iterable[ColumnPlan]) -> str:
    rows = [
        _row(
            (
                *(_escape(c.name), c.role, c.becomes, _escape(", ".join(c.makes)), _escape(c.unit)),
                *(f"{c.missing:,}", f"{c.distinct:,}", _escape(c.sentence)),
            )
        )
        for c in columns
    ]
    return "\n".join([_row(_HEADER), _row(["---"] * len(_HEADER)), *rows])


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _notice_list(notices: Iterable[Notice]) -> str:
    return (
        "\n".join(f"- {_escape(full_text(notice))}" for notice in merge_notices(notices)) or "None."
    )


def _escape(text: str) -> str:
    """Return other people's text with Markdown's signs taken literally, on one line."""
    return _SIGNS.sub(r"\\\1", " ".join(text.split()))
