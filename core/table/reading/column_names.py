"""Every column gets a name of its own: the nameless by their place, namesakes a number."""

from __future__ import annotations

from core.table.notices import Notice, in_quotes
from core.table.reading.columns import TypedColumn
from core.table.reading.layout import Layout


def unique_names(layout: Layout) -> tuple[list[str], list[Notice]]:
    """Return one name a column, all different, and what was changed; one pass over the names."""
    given = set(layout.names)
    taken = set(given)  # what a new name must not be
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
    """Return "name (2)" or the next number that is free, remembering where it left off."""
    number = next_number.get(name, 2)
    while f"{name} ({number})" in taken:
        number += 1
    next_number[name] = number + 1
    return f"{name} ({number})"


def drop_nameless(columns: dict[str, TypedColumn], layout: Layout) -> list[Notice]:
    """Take out columns with neither a name nor a value, as a delimiter at each row's end makes."""
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
        text = (
            f"Columns without a name are named by their place, the first {in_quotes(nameless[0])}"
        )
        notices.append(Notice(text, len(nameless), line))
    return notices


def _notices(layout: Layout, double: list[str]) -> list[Notice]:
    if not double:
        return []
    text = f"Columns with the same name are numbered, the first {in_quotes(double[0])}"
    return [Notice(text, len(double), (layout.header_row or layout.first,))]
