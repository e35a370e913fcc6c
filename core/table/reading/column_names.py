"""Unique column names: unnamed columns are named by position, duplicates are numbered."""

from __future__ import annotations

from core.table.notices import Notice, in_quotes
from core.table.reading.columns import TypedColumn
from core.table.reading.layout import Layout


def unique_names(layout: Layout) -> tuple[list[str], list[Notice]]:
    """Return a unique name for each column, and notices of changes, in one pass."""
    given = set(layout.names)
    taken = set(given)  # no new name may be one of these
    used: set[str] = set()
    names: list[str] = []
    double: list[str] = []
    next_number: dict[str, int] = {}
    for position, name in enumerate(layout.names, start=1):
        wanted = name or f"column {position}"
        free = wanted not in used and (bool(name) or wanted not in given)
        unique = wanted if free else _next_free(wanted, taken, next_number)
        if name and not free:
            double.append(unique)
        used.add(unique)
        taken.add(unique)
        names.append(unique)
    return names, _notices(layout, double)


def _next_free(name: str, taken: set[str], next_number: dict[str, int]) -> str:
    """Return "name (2)", or with the next free number, which `next_number` remembers."""
    number = next_number.get(name, 2)
    while f"{name} ({number})" in taken:
        number += 1
    next_number[name] = number + 1
    return f"{name} ({number})"


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
