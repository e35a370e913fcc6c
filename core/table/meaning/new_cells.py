"""New cells of a column whose meaning is known: read as it was, whatever else they could mean."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from core.table.meaning.booleans import spellings
from core.table.meaning.dates import MIDNIGHT, convert, find_date, find_time
from core.table.meaning.quantities import find_number
from core.table.meaning.text_column import Finder, Finding, Hints, Mask, Meaning, TextColumn
from core.table.notices import Notice


@dataclass(frozen=True, eq=False)
class NewCells:
    """N cells as the meaning has them, NaN where there is none; `odd` (N,) are there but unfit."""

    cells: pd.Series
    odd: Mask
    notices: tuple[Notice, ...] = ()


def read_quantities(words: TextColumn, meaning: Meaning, hints: Hints) -> NewCells:
    """Return numbers in the meaning's unit, or dates and times counted from where it counts.

    A number without a unit is taken to be in that one; one in another unit is odd.
    """
    find, known = _finder(meaning), words.codes >= 0
    found = find(words, hints)
    if found is None or not _same_unit(found, meaning):
        return NewCells(pd.Series(np.full(len(known), np.nan)), known)
    odd = known & found.cells.isna().to_numpy(bool)
    if odd.any():  # once more without them, so that what is told is of the others alone
        found = find(replace(words, codes=np.where(odd, -1, words.codes)), hints) or found
    if meaning.kind == "number" or meaning.unit == MIDNIGHT:
        return NewCells(found.cells, odd, found.notices)
    unit = found.meaning.unit  # counts from the first of the new dates
    told = [replace(n, message=n.message.replace(unit, meaning.unit)) for n in found.notices]
    return NewCells(convert(found.cells, unit, meaning.unit), odd, tuple(told))


def read_booleans(words: TextColumn, no: str, yes: str) -> NewCells:
    """Return each cell as one of the two words, whatever it is spelt like in their language."""
    meant = spellings(no, yes)
    said = [meant.get(cell.casefold()) for cell in words.cells]
    cells = pd.Series(np.array([*said, None], object)[words.codes], dtype=object)
    return NewCells(cells, words.rows_with([answer is None for answer in said]))


def _finder(meaning: Meaning) -> Finder:
    if meaning.kind == "number":
        return find_number
    return find_time if meaning.unit == MIDNIGHT else find_date


def _same_unit(found: Finding, meaning: Meaning) -> bool:
    return meaning.kind != "number" or found.meaning.unit in ("", meaning.unit)
