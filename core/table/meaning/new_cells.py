"""New cells of a column with a known meaning, read with that meaning."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from core.table.meaning.booleans import spellings
from core.table.meaning.dates import MIDNIGHT, convert, find_date, find_time
from core.table.meaning.quantities import find_number
from core.table.meaning.text_column import Finder, Hints, Mask, Meaning, TextColumn
from core.table.notices import Notice


@dataclass(frozen=True, eq=False)
class NewCells:
    """N cells read with a meaning, NaN where missing; `invalid` (N,) are those that do not fit."""

    cells: pd.Series
    invalid: Mask
    notices: tuple[Notice, ...] = ()


def read_quantities(text: TextColumn, meaning: Meaning, hints: Hints) -> NewCells:
    """Return numbers in the meaning's unit, or dates and times since its start.

    A number without a unit is assumed to be in that unit; one in another unit is invalid.
    """
    find, known = _finder(meaning), text.codes >= 0
    found = find(text, hints)
    units = ("", meaning.unit)
    if found is None or (meaning.kind == "number" and found.meaning.unit not in units):
        return NewCells(pd.Series(np.full(len(known), np.nan)), known)
    invalid = known & found.cells.isna().to_numpy(bool)
    if invalid.any():  # again without them, for notices of the others only
        found = find(replace(text, codes=np.where(invalid, -1, text.codes)), hints) or found
    if meaning.kind == "number" or meaning.unit == MIDNIGHT:
        return NewCells(found.cells, invalid, found.notices)
    unit = found.meaning.unit  # which starts at the first of the new dates
    notices = [replace(n, message=n.message.replace(unit, meaning.unit)) for n in found.notices]
    return NewCells(convert(found.cells, unit, meaning.unit), invalid, tuple(notices))


def read_booleans(text: TextColumn, no: str, yes: str) -> NewCells:
    """Return each cell as one of the two words, whatever its spelling in their language."""
    words_of = spellings(no, yes)
    answers = [words_of.get(cell.casefold()) for cell in text.cells]
    cells = pd.Series(np.array([*answers, None], object)[text.codes], dtype=object)
    return NewCells(cells, text.rows_with([answer is None for answer in answers]))


def _finder(meaning: Meaning) -> Finder:
    if meaning.kind == "number":
        return find_number
    return find_time if meaning.unit == MIDNIGHT else find_date
