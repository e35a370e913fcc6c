"""Moodle's grading worksheet, filled with grades: a CSV file that the teacher downloaded.

data, strangers = fill_worksheet(data, paths, grades, points)

All else stays as it was, byte for byte: the headings in the teacher's language, the delimiter, the
quotes and the ends of lines. Columns are found by their headings, else by what is in them.
"""

import html
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.checking.classroom.points import Points, plain_number
from core.checking.grading import Grade
from core.table.safe_csv import BOM, plain_cell

MAX_BYTES = 20_000_000
MIN_DECIMALS = 2
HEADINGS = {  # in English, German, French and Spanish
    "identifier": {"identifier", "id", "identifiant", "identificador"},
    "name": {"full name", "vollständiger name", "nom complet", "nombre completo"},
    "grade": {"grade", "bewertung", "note", "calificación"},
    "maximum": {"maximum grade", "bestwertung", "note maximale", "calificación máxima"},
    "feedback": {
        "feedback comments", "feedback als kommentar", "feedback par commentaires",
        "comentarios de retroalimentación",
    },
}  # fmt: skip
NEEDED = {"identifier": "participants", "grade": "grades", "maximum": "maximum grades"}
_PARTICIPANT = re.compile(r"\D*(\d+)")  # such as Participant 123456 or Teilnehmer/in123456
_SUBMISSION = re.compile(r"(?:^|_)(\d+)_assignsubmission_")  # in the names of files and folders
_NUMBER = re.compile(r"\d+(?:[.,](?P<decimals>\d+))?")
_QUOTATION = re.compile(r'"(?:[^"]|"")*+"')
_ENDS = ("\r\n", "\n", "\r")


@dataclass
class Cell:
    """A cell: its text as in the file, with any quotes."""

    raw: str

    @property
    def text(self) -> str:
        """Its text without quotes."""
        if not self.raw.startswith('"'):
            return self.raw
        return self.raw[1:-1].replace('""', '"')

    def write(self, text: str, delimiter: str) -> None:
        """Replace the text; quote it if it was, or if it needs quotes."""
        special = any(mark in text for mark in (delimiter, '"', " ", "\n", "\r"))
        quote = special or self.raw.startswith('"')
        self.raw = '"' + text.replace('"', '""') + '"' if quote else text


@dataclass
class Row:
    """The cells of a row, the end of its line, and the number of its first line."""

    cells: list[Cell]
    end: str
    line: int


class Worksheet:
    """A worksheet whose rows can be filled. Raises ValueError with one sentence."""

    def __init__(self, data: bytes) -> None:
        if len(data) > MAX_BYTES:
            raise ValueError("the worksheet is too large; download it again from Moodle.")
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise ValueError(
                "the worksheet is not UTF-8 text; download it again from Moodle."
            ) from error
        self._mark = BOM if text.startswith(BOM) else ""
        text = text.removeprefix(BOM)
        self._delimiter = max(",;\t", key=text.partition("\n")[0].count)
        self._heading, *rows = list(_rows(text, self._delimiter)) or [Row([], "", 1)]
        self._all, self._rows = rows, [row for row in rows if len(row.cells) > 1]
        self._check_lengths()
        self._columns = self._find_columns()
        self._row_by_key = dict(self._keys())

    @property
    def data(self) -> bytes:
        """The bytes of the file."""
        lines = (
            self._delimiter.join(cell.raw for cell in row.cells) + row.end
            for row in (self._heading, *self._all)
        )
        return (self._mark + "".join(lines)).encode()

    def row_of(self, path: str | Path) -> int | None:
        """Return the row that a submission belongs to, by the number or the full name in its path.

        Moodle names a file or its folder “Full Name_123456_assignsubmission_file_…”.
        """
        names = [Path(path).name, Path(path).parent.name]
        for name in names:
            if match := _SUBMISSION.search(name):
                return self._row_by_key.get(match[1])
        keys = (_key(name) for name in (Path(path).stem, *names))
        return next((self._row_by_key[key] for key in keys if key in self._row_by_key), None)

    def fill(self, row: int, points: Points, comment: str) -> None:
        """Write the grade and the comment. Raises ValueError for a grade above the maximum."""
        most = self._cell(row, "maximum").text.strip()
        match = _NUMBER.fullmatch(most)
        if match is None:
            raise ValueError(
                f"line {self._rows[row].line} of the worksheet has no maximum grade, but "
                f"“{most[:40]}”; let Moodle grade this assignment by points, not by a scale."
            )
        if points.total > float(most.replace(",", ".")):
            raise ValueError(
                f"{plain_number(points.total)} points are above the maximum grade {most} on line "
                f"{self._rows[row].line} of the worksheet; give fewer points."
            )
        decimals = max(MIN_DECIMALS, len(match["decimals"] or ""))
        grade = f"{points.total:.{decimals}f}"
        self._write(row, "grade", grade.replace(".", ",") if "," in most else grade)
        if "feedback" in self._columns:
            self._write(row, "feedback", plain_cell(html.escape(comment, quote=False)))

    def _write(self, row: int, column: str, text: str) -> None:
        self._cell(row, column).write(text, self._delimiter)

    def _cell(self, row: int, column: str) -> Cell:
        return self._rows[row].cells[self._columns[column]]

    def _check_lengths(self) -> None:
        width = len(self._heading.cells)
        for row in self._rows:
            if len(row.cells) != width:
                raise ValueError(
                    f"line {row.line} of the worksheet has {len(row.cells)} cells, its headings "
                    f"{width}; download it again from Moodle."
                )

    def _keys(self) -> Iterator[tuple[str, int]]:
        """Yield the number and the full name of each row, unless two have that name."""
        names = [
            _key(self._cell(row, "name").text) if "name" in self._columns else ""
            for row in range(len(self._rows))
        ]
        counts = Counter(names)
        for row, name in enumerate(names):
            if match := _PARTICIPANT.fullmatch(self._cell(row, "identifier").text.strip()):
                yield match[1], row
            if name and counts[name] == 1:
                yield name, row

    def _find_columns(self) -> dict[str, int]:
        headings = [cell.text.strip().casefold() for cell in self._heading.cells]
        found = {
            what: next(at for at, heading in enumerate(headings) if heading in known)
            for what, known in HEADINGS.items()
            if not known.isdisjoint(headings)
        }
        for what, at in self._guesses():
            if what not in found and at not in found.values():
                found[what] = at
        if missing := [said for what, said in NEEDED.items() if what not in found]:
            raise ValueError(
                f"the worksheet has no column that is known to hold the {missing[0]}; download it "
                "from Moodle's assignment again, without changes, best in English."
            )
        return found

    def _guesses(self) -> Iterator[tuple[str, int]]:
        """Yield what columns hold by their cells and places, as Moodle orders them.

        The identifiers come first, then the full names. The first column of one number in all rows
        is the maximum, and the grade is before it. Comments are the last column, if it is empty.
        """
        columns = [
            [row.cells[at].text.strip() for row in self._rows]
            for at in range(len(self._heading.cells))
        ]
        if not self._rows:
            return
        if all(map(_PARTICIPANT.fullmatch, columns[0])) and len({*columns[0]}) == len(columns[0]):
            yield "identifier", 0
            if len(columns) > 1 and not any(map(_NUMBER.fullmatch, columns[1])):
                yield "name", 1
        for at, cells in enumerate(columns[1:], start=1):
            if len({*cells}) == 1 and _NUMBER.fullmatch(cells[0]):
                yield "maximum", at
                if all(not cell or _NUMBER.fullmatch(cell) for cell in columns[at - 1]):
                    yield "grade", at - 1
                if not any(columns[-1]):
                    yield "feedback", len(columns) - 1
                return


def fill_worksheet(
    data: bytes, paths: Sequence[str], grades: Sequence[Grade], points: Sequence[Points]
) -> tuple[bytes, list[str]]:
    """Return the worksheet with grades and comments, and the paths that belong to no row of it.

    Of several files of one row, the one with the most points counts. Raises ValueError with one
    sentence for a worksheet that is not understood and for a grade above the maximum.
    """
    sheet = Worksheet(data)
    rows: dict[int, list[int]] = {}
    strangers = []
    for at, path in enumerate(paths):
        row = sheet.row_of(path)
        if row is None:
            strangers.append(path)
        else:
            rows.setdefault(row, []).append(at)
    for row, places in rows.items():
        best = max(places, key=lambda at: points[at].total)
        several = f"Of {len(places)} files {grades[best].file} counts. " if len(places) > 1 else ""
        sheet.fill(row, points[best], several + grades[best].comment)
    return sheet.data, strangers


def _rows(text: str, delimiter: str) -> Iterator[Row]:
    plain = re.compile(rf"[^{delimiter}\r\n]*+")
    place, line, cells, first = 0, 1, list[Cell](), 1
    while place < len(text) or cells:
        quotes = text.startswith('"', place)
        match = (_QUOTATION if quotes else plain).match(text, place)
        if match is None:
            raise ValueError(_broken(line))
        raw = match[0]
        place += len(raw)
        line += raw.count("\n")
        cells.append(Cell(raw))
        if text.startswith(delimiter, place):
            place += 1
            continue
        end = next((end for end in _ENDS if text.startswith(end, place)), "")
        if not end and place < len(text):
            raise ValueError(_broken(line))
        yield Row(cells, end, first)
        place, line, cells = place + len(end), line + 1, []
        first = line


def _broken(line: int) -> str:
    return f"line {line} of the worksheet has a wrong quote; download it again from Moodle."


def _key(name: str) -> str:
    return " ".join(name.split()).casefold()
