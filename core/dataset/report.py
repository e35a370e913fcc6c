"""Report on the preparation of a file, in Markdown, and the prepared table."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd

from core.dataset.preparation import Dataset
from core.table.csv_table import Table
from core.table.merge_notices import merge_notices
from core.table.notices import Notice
from core.table.safe_csv import to_csv
from core.utils.sentence import plural
from core.utils.templates import Templates

_OMISSION = re.compile(r"(?:[\d,]+ )?(rows?|columns?) .*left out", re.I)
_SIGNS = re.compile(r"([\\`*_\[\]<>#|~$])")


def report(table: Table, data: Dataset) -> str:
    """Return a report in Markdown: what was read, what is used and why, and every single notice.

    `data` has been prepared from `table`.
    """
    notices = list(dict.fromkeys((*table.notices, *data.notices)))
    omitted = [notice for notice in notices if _is_omission(notice, "row")]
    return TEMPLATES.render(
        "preparation.md",
        table=table,
        data=data,
        rows=len(table.frame) + _count_omitted(table, "row"),
        columns=table.frame.shape[1] + _count_omitted(table, "column"),
        used_columns=sum(bool(column.makes) for column in data.columns),
        omitted=merge_notices(omitted),
        notices=notices,  # each by itself: the page shows them merged
        plural=plural,
    )


def prepared_table(data: Dataset) -> pd.DataFrame:
    """Return X and y as the network receives them, (N + N_val, 2 + d + K), in the file's order.

    The first two columns are the row's line in the file, and training or validation.
    """
    rows = np.concatenate([data.rows, data.rows_val])
    both = np.hstack([_stack(data.X, data.X_val), _stack(data.y, data.y_val)])
    order = np.argsort(rows)
    part = np.repeat(["training", "validation"], [len(data.rows), len(data.rows_val)])
    where = pd.DataFrame({"line": data.lines[rows[order]], "part": part[order]})
    names = [*data.feature_names, *data.output_names]
    return pd.concat([where, pd.DataFrame(both[order], columns=names)], axis=1)


def prepared_csv(data: Dataset) -> str:
    """Return `prepared_table` as CSV, exact to the last bit."""
    return to_csv(prepared_table(data))


def full_text(notice: Notice) -> str:
    """Return a notice as text, with its count if it names only some of the lines."""
    if notice.count <= max(len(notice.lines), 1):
        return str(notice)
    return f"{notice}: {notice.count:,} in all"


def _stack(first: np.ndarray, second: np.ndarray | None) -> np.ndarray:
    return first if second is None else np.vstack([first, second])


def _count_omitted(table: Table, what: str) -> int:
    """Return how many rows or columns of the file were left out on reading."""
    return sum(notice.count for notice in table.notices if _is_omission(notice, what))


def _is_omission(notice: Notice, what: str) -> bool:
    found = _OMISSION.match(notice.message)
    return found is not None and found[1].lower().startswith(what)


def _plain(value: object) -> str:
    """Return text with Markdown's special characters escaped, on one line."""
    return _SIGNS.sub(r"\\\1", " ".join(str(value).split()))


TEMPLATES = Templates(
    Path(__file__).with_name("templates"),
    text=str,  # our own
    plain=_plain,
    integer="{:,}".format,
    full_text=full_text,
)
