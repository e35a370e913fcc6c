"""A part of a text, the matrix that is read from it, and the lines of both."""

import re
from dataclasses import dataclass

from core.utils.sentence import plural

LIST = "*"  # ends the name of a list
MAX_ROWS = 50_000
MAX_EXCERPT = 40
BLANK = r"[^\S\n]"
Row = tuple[int, tuple[str, ...]]  # its line and its cells


class MatrixTextError(ValueError):
    """Error in a text: its line, and what is wrong and what to do, without a full stop."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line


@dataclass(frozen=True)
class TextMatrix:
    """Rows of cells with their lines; the name, what each number is multiplied by, and the form.

    tabular: printed as a table, in which a column has one format. padded: printed by NumPy, which
    pads numbers with blanks instead of zeros. single: printed by torch, whose default is float32.
    """

    name: str | None
    line: int
    rows: tuple[Row, ...]
    factor: float = 1.0
    tabular: bool = False
    padded: bool = False
    single: bool = False

    def check(self) -> None:
        """Raise MatrixTextError if rows differ in length or there are none."""
        if not self.rows:
            raise MatrixTextError(
                self.line, f"there are no numbers for {self.name or 'a matrix'}; write its rows"
            )
        columns = len(self.rows[0][1])
        for line, cells in self.rows:
            if len(cells) != columns:
                raise MatrixTextError(
                    line,
                    f"a row of {plural(len(cells), 'number')} follows one of {columns}; make the "
                    "rows equally long",
                )


@dataclass(frozen=True)
class Section:
    """The text of one label."""

    name: str | None
    text: str
    line: int
    delimiter: str
    single: bool = False  # its text names float32
    split: bool = False  # no label: a blank line and a row of another length end a matrix

    @property
    def several(self) -> str:
        """Whether the label is that of a list of "vectors" or of "matrices"; "" for neither."""
        if str(self.name).endswith(LIST):
            return "vectors" if str(self.name)[1] == "b" else "matrices"
        return "matrices" if self.name == "grad" else ""

    def line_at(self) -> "LineAt":
        """Return the lines of positions in the text."""
        return LineAt(self.text, self.line)


class LineAt:
    """Line numbers, from 1, of increasing positions in a text."""

    def __init__(self, text: str, first: int = 1) -> None:
        self._text, self._line, self._position = text, first, 0

    def __call__(self, position: int) -> int:
        """Return the line of a position not before the previous one."""
        self._line += self._text.count("\n", self._position, position)
        self._position = position
        return self._line


def excerpt(text: str) -> str:
    """Return the beginning of a text, on one line, to be quoted in a sentence."""
    return " ".join(text.split())[:MAX_EXCERPT]


def refuse_factor(section: Section, at: int, factor: str) -> None:
    """Raise MatrixTextError for what stands beside a matrix, whose rows begin at a position."""
    raise MatrixTextError(
        section.line_at()(at),
        f"“{excerpt(factor)}” stands beside a matrix; write the numbers that result",
    )


def refuse_rows(line: int, count: int) -> None:
    """Raise MatrixTextError if a matrix has too many rows."""
    if count > MAX_ROWS:
        raise MatrixTextError(
            line, f"a matrix has more than {MAX_ROWS:,} rows; keep only what is asked for"
        )


def blank(pattern: re.Pattern[str], text: str, keep: int = 0) -> str:
    """Return the text with blanks for each match but for its group `keep`, line ends kept."""

    def blanks(match: re.Match[str]) -> str:
        kept = match[keep] if keep else ""
        return kept + re.sub(r"[^\n]", " ", match[0])[len(kept) :]

    return pattern.sub(blanks, text)


def without_index(rows: list[Row]) -> list[Row]:
    """Return rows without the numbers 0, 1, … of rows and columns that pandas writes."""
    if len(rows) < 2:
        return rows
    heading = rows[0][1][1:] if rows[0][1][0] == "" else rows[0][1]
    columns = len(heading)
    if (
        columns
        and heading == tuple(map(str, range(columns)))
        and all(
            len(cells) == columns + 1 and cells[0] == str(index)
            for index, (_, cells) in enumerate(rows[1:])
        )
    ):
        return [(line, cells[1:]) for line, cells in rows[1:]]
    return rows
