"""Unique column names: unnamed columns are named by position, duplicates are numbered."""

from __future__ import annotations

from core.table.notices import Notice, in_quotes
from core.table.reading.columns import TypedColumn
from core.table.reading.layout import Layout
from core.utils.unique_names import unique_names


def column_names(layout: Layout) -> tuple[list[str], list[Notice]]:
    """Return a unique name for each column, and notices of changes."""
    given = [name for name in layout.names if name]
    named = unique_names(given)
    positions = [f"column {n}" for n, name in enumerate(layout.names, start=1) if not name]
    numbered = iter(unique_names(positions, taken=named))
    double = [name for name, wanted in zip(named, given, strict=True) if name != wanted]
    in_order = iter(named)
    names = [next(in_order if name else numbered) for name in layout.names]
    return names, _notices(layout, double)


def drop_nameless(columns: dict[str, TypedColumn], layout: Layout) -> list[Notice]:
    """Remove columns without name and value, as delimiters at row ends make; return notices."""
    if layout.header_row is None:
        return []
    pairs = zip(list(columns), layout.names, strict=True)
    named = {unique: bool(name) for unique, name in pairs}
    void = [name for name in columns if not named[name] and columns[name].missing.all()]
    for name in void:
        del columns[name]
    line = (layout.header_row,)
    notices = []
    if void:
        notices.append(
            Notice("Columns with neither a name nor a value are left out", len(void), line)
        )
    nameless = [name for name in columns if not named[name]]
    if nameless:
        text = f"Columns without a name are named by position, the first {in_quotes(nameless[0])}"
        notices.append(Notice(text, len(nameless), line))
    return notices


def _notices(layout: Layout, double: list[str]) -> list[Notice]:
    if not double:
        return []
    text = f"Duplicate column names are numbered, the first {in_quotes(double[0])}"
    return [Notice(text, len(double), (layout.header_row or layout.first,))]
