"""Matrices as tables: CSV, and what Octave, MATLAB, R and pandas print."""

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby

from core.checking.submission.brackets import SCALAR_CALL
from core.checking.submission.section import (
    BLANK,
    MatrixTextError,
    Row,
    Section,
    TextMatrix,
    blank,
    excerpt,
    refuse_rows,
    without_index,
)

_FACTOR = re.compile(r"(\d[\d.]{0,20}[eE][-+]?\d{1,3})\s*\*")
_COLUMNS = re.compile(r"Columns?\s+(\d+)(?:\s+(?:through|and|to)\s+\d+)?\s*:?", re.I)
_R_HEADING = re.compile(r"(?:\[,(\d+)\]\s*)+")
_R_ROW = re.compile(r"\[\d+,\]\s")
_R_VECTOR = re.compile(r"\[\d+\]\s+(?=[-+−.\dN])")
R_LINE = re.compile(rf"^{BLANK}*(?:\[,?\d+,\]|\[,\d+\]|\[\d+\]{BLANK}+[-+−.\dN])", re.M)
_WORD = re.compile(r"[^\W\d][\w.]{0,30}")
_HEADING = re.compile(r"(?:[hoxyz]\d+|V\d+|bias)", re.I)  # a single word above or before numbers
_Line = tuple[int, list[str]]  # a Row that can grow: a longer tuple would copy all its cells


@dataclass
class _Block:
    """Rows of a table; `joins`: its columns follow those of the block before."""

    joins: bool = False
    rows: list[_Line] = field(default_factory=list)


def table_matrices(section: Section) -> Iterator[TextMatrix]:
    """Yield the matrices of a section, the first under its name."""
    text, name = blank(SCALAR_CALL, section.text, keep=1), section.name
    joined = False
    for factor, blocks, line in _blocks(replace(section, text=text)):
        for rows in _join(blocks, split=section.split):
            joined = True
            yield TextMatrix(name, line, tuple(rows), factor, tabular=True)
            name = None
    if not joined and section.name:
        yield TextMatrix(section.name, section.line, ())


def _blocks(section: Section) -> Iterator[tuple[float, list[_Block], int]]:
    """Yield the factor, the blocks of columns and the first line of each matrix."""
    factor, blocks, first = 1.0, [_Block()], section.line
    gap = vector = False
    for line, text in enumerate(section.text.split("\n"), start=section.line):
        row = text.strip()
        if not row or row[0] in "#%" or row == ";":
            gap = gap or not row
            continue
        if found := _FACTOR.fullmatch(row):
            factor = _factor(line, found[1])
        elif (heading := _heading(row)) is not None:
            joins = heading > 1 and bool(blocks[-1].rows)
            if not joins and blocks[-1].rows and section.split:
                yield factor, blocks, first
                factor, blocks, first = 1.0, [], line
            blocks.append(_Block(joins))
        else:
            if section.split and gap and blocks[-1].rows:
                yield factor, blocks, first
                factor, blocks, first = 1.0, [_Block()], line
            joined = bool(_R_VECTOR.match(row)) and vector
            vector = bool(_R_VECTOR.match(row))
            if cells := _table_cells(row, section.delimiter):
                _add(blocks, line, cells, joined=joined)
                refuse_rows(first, len(blocks[-1].rows))
        gap = False
    yield factor, blocks, first


def _factor(line: int, text: str) -> float:
    """Return what each number is multiplied by; raise MatrixTextError if it is 0 or no number."""
    factor = float(text) if text.count(".") < 2 else math.nan
    if not 0 < factor < math.inf:
        raise MatrixTextError(
            line, f"“{excerpt(text)} *” is no factor; write the numbers themselves"
        )
    return factor


def _heading(row: str) -> int | None:
    """Return the number of the first column that a heading names; None for a row of numbers."""
    if _COLUMNS.fullmatch(row) or _R_HEADING.fullmatch(row):
        return int(re.findall(r"\d+", row)[0])
    return None


def _add(blocks: list[_Block], line: int, cells: list[str], *, joined: bool) -> None:
    """Add a row to the last block, without its name; a row of names begins a block."""
    names = [bool(_WORD.fullmatch(cell)) for cell in cells]
    rows = blocks[-1].rows
    known = len(cells) > 1 or bool(_HEADING.fullmatch(cells[0]))
    if known and all(names) and cells[0].lower() not in ("nan", "inf"):
        blocks.append(_Block(joins=bool(rows)))
    elif joined and rows:
        rows[-1][1].extend(cells)
    elif len(cells) > 1 and names[0] and cells[0].lower() not in ("nan", "inf"):
        rows.append((line, cells[1:]))
    else:
        rows.append((line, cells))


def _table_cells(row: str, delimiter: str) -> list[str]:
    row = _R_VECTOR.sub("", _R_ROW.sub("", row, count=1), count=1)
    row = re.sub(r"\\\\$", "", row).strip().rstrip(")")
    if delimiter in row and delimiter != " ":
        cells = row.rstrip(f"{delimiter} ").split(delimiter)
        return [cell.strip().strip('"') for cell in cells]
    return row.split()


def _join(blocks: list[_Block], *, split: bool) -> Iterator[list[Row]]:
    """Yield the rows of matrices: blocks of columns side by side, further rows below.

    `split`: a row of another length begins another matrix.
    """
    whole: list[_Line] = []
    rest: list[_Line] = []
    for block in blocks:
        if block.joins and whole:
            for (_, cells), (_, beside) in zip(whole, block.rows, strict=False):
                cells.extend(beside)
            rest = block.rows[len(whole) :]
        else:
            whole += [(line, list(cells)) for line, cells in without_index(_rows(block.rows))]
    for rows in map(_rows, (whole, rest)):
        if split:
            yield from (list(same) for _, same in groupby(rows, key=lambda row: len(row[1])))
        elif rows:
            yield rows


def _rows(lines: Iterable[_Line]) -> list[Row]:
    return [(line, tuple(cells)) for line, cells in lines]
