"""Unique column names: unnamed columns are named by position, duplicates are numbered."""

from __future__ import annotations

from core.table.notices import Notice, in_quotes
from core.table.reading.columns import TypedColumn
from core.table.reading.layout import Layout
from core.utils.unique_names import unique_names


def column_names(layout: Layout) -> tuple[list[str], list[Notice]]:
    """Return a unique name for each column, and notices of changes."""
    nameless = {place for place, name in enumerate(layout.names) if not name}
    wanted = [name or f"column {n}" for n, name in enumerate(layout.names, start=1)]
    names = unique_names(wanted, yielding=nameless)
    pairs = zip(layout.names, names, strict=True)
    double = [name for given, name in pairs if given and name != given]
    if not double:
        return names, []
    text = f"Duplicate column names are numbered, the first {in_quotes(double[0])}"
    return names, [Notice(text, len(double), (layout.header_row or layout.first,))]


def drop_nameless(columns: dict[str, TypedColumn], layout: Layout) -> list[Notice]:
    """Remove columns without name and value, as delimiters at row ends make; return notices."""
    if layout.header_row is None:
        return []
    pairs = zip(list(columns), layout.names, strict=True)
    nameless = [unique for unique, name in pairs if not name]
    void = [name for name in nameless if columns[name].missing.all()]
    for name in void:
        del columns[name]
    notices, line = list[Notice](), (layout.header_row,)
    if void:
        text = "Columns with neither a name nor a value are left out"
        notices.append(Notice(text, len(void), line))
    if left := [name for name in nameless if name in columns]:
        text = f"Columns without a name are named by position, the first {in_quotes(left[0])}"
        notices.append(Notice(text, len(left), line))
    return notices
