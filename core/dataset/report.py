"""What became of a file, to keep: a report in Markdown, and the table as the network takes it."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

from core.dataset.column_plan import ColumnPlan
from core.dataset.preparation import Dataset
from core.table.csv_table import Table
from core.table.merge_notices import together
from core.table.notices import Notice
from core.table.safe_csv import to_csv
from core.utils.sentence import plural

_LEFT_OUT = re.compile(r"(?:[\d,]+ )?(rows?|columns?) .*left out", re.I)
_SIGNS = re.compile(r"([\\`*_\[\]<>#|~$])")
_HEADER = ("column", "role", "becomes", "inputs or outputs", "unit", "missing", "distinct", "why")


def report(table: Table, data: Dataset) -> str:
    """Return what was read, what of it is used, why the rest is not, and every notice.

    `data` has been prepared from `table`; the text is Markdown.
    """
    told = list(dict.fromkeys((*table.notices, *data.notices)))
    parts = (
        f"# What became of {_plain(table.name)}",
        f"Read as {_plain(str(table.dialect))}.",
        _counts(table, data),
        _sizes(data),
        "## Rows that are not used",
        _listed(notice for notice in told if _leaves_out(notice, "row")),
        "## Columns",
        _columns(data.columns),
        "## All that was changed, left out or guessed",
        _listed(told),
    )
    return "\n\n".join(parts) + "\n"


def prepared_table(data: Dataset) -> pd.DataFrame:
    """Return X and y as the network takes them, (N + N_val, 2 + d + K), in the order of the file.

    Before them stand each row's line in the file and the part that it belongs to.
    """
    rows = np.concatenate([data.rows, data.rows_val])
    both = np.hstack([_stacked(data.X, data.X_val), _stacked(data.y, data.y_val)])
    order = np.argsort(rows)
    part = np.repeat(["training", "validation"], [len(data.rows), len(data.rows_val)])
    where = pd.DataFrame({"line": data.lines[rows[order]], "part": part[order]})
    names = [*data.feature_names, *data.output_names]
    return pd.concat([where, pd.DataFrame(both[order], columns=names)], axis=1)


def prepared_csv(data: Dataset) -> str:
    """Return `prepared_table` as CSV that is read back to the last bit."""
    return to_csv(prepared_table(data))


def in_full(notice: Notice) -> str:
    """Return what a notice says, with its count where more lines are meant than it names."""
    if notice.count <= max(len(notice.lines), 1):
        return str(notice)
    return f"{notice}: {notice.count:,} in all"


def _stacked(first: np.ndarray, second: np.ndarray | None) -> np.ndarray:
    return first if second is None else np.vstack([first, second])


def _counts(table: Table, data: Dataset) -> str:
    """Say how much came in and how much is used, as a small table."""
    rows = len(table.frame) + _left_out(table, "row")
    columns = table.frame.shape[1] + _left_out(table, "column")
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


def _left_out(table: Table, what: str) -> int:
    """Return how many rows or columns of the file the reader left out."""
    return sum(notice.count for notice in table.notices if _leaves_out(notice, what))


def _leaves_out(notice: Notice, what: str) -> bool:
    found = _LEFT_OUT.match(notice.message)
    return found is not None and found[1].lower().startswith(what)


def _columns(columns: Iterable[ColumnPlan]) -> str:
    rows = [
        _row(
            (
                *(_plain(c.name), c.role, c.becomes, _plain(", ".join(c.makes)), _plain(c.unit)),
                *(f"{c.missing:,}", f"{c.distinct:,}", _plain(c.sentence)),
            )
        )
        for c in columns
    ]
    return "\n".join([_row(_HEADER), _row(["---"] * len(_HEADER)), *rows])


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _listed(notices: Iterable[Notice]) -> str:
    return "\n".join(f"- {_plain(in_full(notice))}" for notice in together(notices)) or "None."


def _plain(text: str) -> str:
    """Return other people's text with Markdown's signs taken literally, on one line."""
    return _SIGNS.sub(r"\\\1", " ".join(text.split()))
