"""Columns of numbers with a unit (12 %, € 1.234,50, 5 kg), or with invalid cells between them.

The unit is separated: 12 % becomes 12, in %. All units must be equal; nothing is converted. The
numbers are read like the others in the file, with the same notices.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from itertools import compress

import numpy as np
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]

from core.table.meaning.text_column import Finding, Hints, Mask, Meaning, TextColumn
from core.table.notices import Notice, in_quotes
from core.table.reading.columns import TypedColumn, fact_notices, type_columns
from core.table.reading.dialect import Dialect
from core.table.reading.sniffing import is_number
from core.utils.number_text import cell_text

_SIGNS = "$€£¥₹₽₩₺₪₫₴฿₦₱"
_CODES = (
    "EUR|USD|GBP|CHF|JPY|CNY|INR|AUD|CAD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|RON|BGN|TRY|RUB|UAH|BRL|MXN"
    "|ZAR|KRW|SGD|HKD|THB|IDR|ILS|Fr\\.|Rs\\."
)
_BEFORE = rf"(?:[A-Z]{{0,2}}[{_SIGNS}]|{_CODES})"
_AFTER = rf"(?:[^\W\d_]|[%‰°{_SIGNS}])(?:[^\W\d_]|[%‰°²³/·.{_SIGNS}]){{0,11}}"
_BLANK = "[ \u00a0\u2009\u202f]*"
_QUANTITY = re.compile(
    rf"(?P<open>\(?)(?P<minus>[-+−]?){_BLANK}(?P<before>{_BEFORE})?{_BLANK}(?P<sign>[-+−]?){_BLANK}"
    r"(?P<number>(?:[0-9]|[.,][0-9])(?:[0-9.,'’ \u00a0\u2009\u202f]*[0-9])?[.,]?"
    r"(?:[eE][+-]?[0-9]+)?)"
    rf"{_BLANK}(?P<after>{_AFTER})?(?P<close>\)?)"
)


@dataclass(frozen=True)
class _Quantity:
    number: str
    unit: str


def find_number(text: TextColumn, hints: Hints) -> Finding | None:
    """Return the column as numbers; None if no single number format fits them."""
    read = [_quantity(cell) for cell in text.cells]
    unit = _common_unit(text, read)
    fits = np.array([q is not None and q.unit in ("", unit) for q in read], np.bool_)
    numbers = [q.number if q and fit else None for q, fit in zip(read, fits, strict=True)]
    typed = _parse_numbers(text, numbers, hints)
    if typed is None:
        return None
    values = pd.Series(typed.cells)
    bare = np.array([q is not None and not q.unit for q in read], np.bool_) & fits
    notices = [
        *_unit_notices(text, numbers, values, unit),
        *(_no_unit_notices(text, bare, unit) if unit else []),
        *_fact_notices(text, typed),
        *text.misfit_notices(fits, f"number in {unit}" if unit else "number"),
    ]
    return Finding(values, Meaning("number", unit), text.share(fits), tuple(notices))


def _quantity(cell: str) -> _Quantity | None:
    """Return a cell's number, with its sign first, and unit; None for anything else."""
    found = _QUANTITY.fullmatch(cell.strip())
    if found is None or not is_number(found["number"], ";"):
        return None
    signs = [found["minus"], found["sign"], "-" if found["open"] else ""]
    units = [unit for unit in (found["before"], found["after"]) if unit]
    if len(units) > 1 or sum(map(bool, signs)) > 1 or bool(found["open"]) != bool(found["close"]):
        return None
    minus = any(sign in ("-", "−") for sign in signs if sign)
    return _Quantity(("-" if minus else "") + found["number"], units[0] if units else "")


def _common_unit(text: TextColumn, read: list[_Quantity | None]) -> str:
    """Return the most frequent unit; "" if most numbers have none."""
    counts: Counter[str] = Counter()
    rows = np.bincount(text.codes[text.codes >= 0], minlength=len(read))
    for quantity, count in zip(read, rows, strict=True):
        if quantity is not None:
            counts[quantity.unit] += int(count)
    return max(counts, key=counts.__getitem__, default="")


def _parse_numbers(text: TextColumn, numbers: list[str | None], hints: Hints) -> TypedColumn | None:
    """Return the numbers, read like the others in the file; None if no single format fits."""
    rows = pa.array(text.codes, mask=text.codes < 0)
    taken = pa.array(numbers, pa.string()).take(rows)
    if taken.null_count == len(taken):
        return None
    cells = pa.chunked_array([taken.fill_null("")])  # "" is read as missing
    for decimal in dict.fromkeys((hints.decimal, None)):
        (column,) = type_columns([cells], hints.delimiter, Dialect(decimal=decimal))
        if pd.api.types.is_numeric_dtype(column.cells.dtype):
            return column
    return None


def _unit_notices(
    text: TextColumn, numbers: list[str | None], values: pd.Series, unit: str
) -> list[Notice]:
    """Return a notice of the cells that are more than a plain number."""
    changed = [n is not None and n != cell for n, cell in zip(numbers, text.cells, strict=True)]
    rows = np.flatnonzero(text.rows_with(changed))
    if not len(rows):
        return []
    cell, value = text.cells[text.codes[rows[0]]], values.iloc[int(rows[0])]
    named = f" in {unit}" if unit else ""
    example = f"{in_quotes(cell)} as {in_quotes(cell_text(value))}"
    message = f"Column {in_quotes(text.name)} is read as numbers{named}: {example}"
    return text.notices_of(message, changed)


def _no_unit_notices(text: TextColumn, bare: Mask, unit: str) -> list[Notice]:
    example = in_quotes(next(compress(text.cells, bare), ""))
    message = f"{example} in column {in_quotes(text.name)} has no unit: {unit} is assumed"
    return text.notices_of(message, bare)


def _fact_notices(text: TextColumn, typed: TypedColumn) -> list[Notice]:
    """Return notices of rounding, separators and the like; the reader reported missing cells."""
    facts = [replace(f, column=text.name) for f in typed.facts if f.kind != "missing"]
    return fact_notices(facts, text.lines)
