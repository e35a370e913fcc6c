"""CSV for spreadsheets: no cell runs as a formula, no digit is lost."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Sequence

import pandas as pd

BOM = "\ufeff"  # by which spreadsheets recognise UTF-8
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")  # first characters of a formula
_DROPPED = ("\t", "\r")  # which some programs drop before the formula
_NUMBER = re.compile(r"[+-]?(?:inf|[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?)")


def plain_cell(text: str) -> str:
    """Return the text, with an apostrophe before it if a spreadsheet would run it as a formula.

    Numbers with a sign stay as they are, infinite ones too.
    """
    begins = text.startswith(_DROPPED) or text.lstrip().startswith(_FORMULA)
    return f"'{text}" if begins and not _NUMBER.fullmatch(text) else text


def to_csv(frame: pd.DataFrame) -> str:
    """Return a frame as CSV with column names, without the index; missing cells are empty.

    Floats have as many digits as are needed to read back the same float64.
    """
    columns = [map(_cell, frame.iloc[:, place].tolist()) for place in range(frame.shape[1])]
    return _csv(map(plain_cell, map(str, frame.columns)), zip(*columns, strict=True))


def rows_to_csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return rows of text as CSV, each cell made safe by `plain_cell`."""
    return _csv(map(plain_cell, header), (map(plain_cell, row) for row in rows))


def _csv(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return written.getvalue()


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "" if math.isnan(value) else repr(value)
    if value is None or value is pd.NA:
        return ""
    return plain_cell(value) if isinstance(value, str) else str(value)
