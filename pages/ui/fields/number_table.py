"""Tables of numbers to type or paste into, parsed by `core.checking.typed_number`.

A browser's own number cells drop characters that they do not know: 0,15 becomes 15. So the cells
are text, which is parsed here; an unchanged cell keeps its number to the last bit.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
import streamlit as st

from core.checking.typed_number import is_literal, read
from core.utils.number_text import exact_text, typed_text
from core.utils.sentence import plural
from pages.ui.style.markdown import plain

ROWS = " "  # the column of row names
MAX_MESSAGES = 6  # about single cells; further ones are counted


@dataclass(frozen=True, eq=False)
class TableInput:
    """A table's numbers, NaN for an empty or invalid cell, and messages about its cells."""

    numbers: pd.DataFrame
    refused: tuple[str, ...] = ()  # a sentence for each invalid cell
    readings: tuple[str, ...] = ()  # the values of cells where they are not obvious
    names_overwritten: bool = False  # numbers were pasted over row names

    @property
    def complete(self) -> bool:
        """Whether every cell is empty or valid."""
        return not self.refused and not self.names_overwritten


def number_table(
    frame: pd.DataFrame,
    key: str,
    *,
    grows: bool = False,
    width: Literal["stretch", "content"] = "stretch",
) -> TableInput:
    """Draw a table that starts with these numbers, with messages about invalid cells below.

    Its rows keep their names; if it `grows`, they have none and can be added and deleted. The
    entered text is stored under the key: another key starts a new table.
    """
    texts = frame.map(_text).astype("string")
    if not grows:
        texts.insert(0, ROWS, pd.Series(frame.index, frame.index, dtype="string"))
    typed: pd.DataFrame = st.data_editor(
        texts,
        key=key,
        num_rows="dynamic" if grows else "fixed",
        hide_index=True,
        column_config={
            **{str(name): st.column_config.TextColumn() for name in frame.columns},
            ROWS: st.column_config.TextColumn(pinned=True),
        },
        width=width,
        placeholder="",
    )
    table = read_table(typed, frame)
    _show_messages(table, frame)
    return table


def read_table(typed: pd.DataFrame, frame: pd.DataFrame) -> TableInput:
    """Parse the texts of a table that started as `frame`."""
    fixed = ROWS in typed.columns
    texts = typed.drop(columns=ROWS) if fixed else typed
    rows = list(frame.index) if fixed else [str(place + 1) for place in range(len(typed))]
    numbers = np.full(texts.shape, np.nan)
    refused, readings = [], []
    for (row, column), text in np.ndenumerate(texts.to_numpy(object, na_value="")):
        if not str(text).strip():
            continue
        where = f"Row {rows[row]}, column {texts.columns[column]}"
        try:
            number = numbers[row, column] = read(str(text)).value
        except ValueError as error:
            refused.append(f"{where}: {error}")
            continue
        if not is_literal(str(text)):
            readings.append(f"{where}: “{str(text).strip()}” = {exact_text(number)}")
    index = frame.index if fixed else pd.RangeIndex(len(typed))
    return TableInput(
        pd.DataFrame(numbers, index, frame.columns),
        tuple(refused),
        tuple(readings),
        fixed and any(map(_is_number, typed[ROWS].fillna(""))),
    )


def _text(number: float) -> str | None:
    return None if np.isnan(number) else typed_text(number)


def _is_number(text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True


def _show_messages(table: TableInput, frame: pd.DataFrame) -> None:
    """Show below the table which cells are invalid and how others are read."""
    if table.names_overwritten:
        names = plain(", ".join(map(str, frame.index[:3])))
        st.error(
            f"A number was pasted over the name of a row ({names} …), so the others may be in "
            "wrong columns. Reset the table, click its first number and paste there.",
            icon=":material/error:",
        )
    for sentence in table.refused[:MAX_MESSAGES]:
        st.error(plain(sentence), icon=":material/error:")
    if (more := len(table.refused) - MAX_MESSAGES) > 0:
        st.error(f"{plural(more, 'more cell')} cannot be read.", icon=":material/error:")
    if table.readings:
        lines = "  \n".join(plain(line) for line in table.readings[:MAX_MESSAGES])
        more = len(table.readings) - MAX_MESSAGES
        rest = f"  \nand {plural(more, 'more cell')} likewise" if more > 0 else ""
        st.caption(f"Read as  \n{lines}{rest}")
