r"""Matrices in a text, as NumPy, torch, MATLAB, Octave, R, LaTeX and CSV files write them.

    for matrix in matrices(text, name_of): matrix.name, .rows, .line

A text is cut at its labels (`dW1 =`, `$dW1`, `0.weight tensor(`, `'db1': array(`); without labels,
at closing brackets and blank lines. Rows are rows of text; `core.checking.submission.numbers` turns
them into numbers. Each pattern takes time in proportion to the text.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby, pairwise

from core.utils.sentence import plural

LIST = "*"  # ends the name of a list
MAX_MATRICES, MAX_ROWS, MAX_DEPTH = 100, 50_000, 4
_BLANK = r"[^\S\n]"
_NAME = r"(?:\d{1,3}\.)?[^\W\d][^\n=:\[\]]{0,40}?(?:\[[^\[\]\n]{1,12}\])*+"
_LABEL = re.compile(
    rf"^{_BLANK}*+[#%\"'\\{{$∂]*+(?P<label>{_NAME})[\"'}}$]*+{_BLANK}*+"
    r"(?:[=:]|(?=\[|(?:tensor|array)\()|$)"
    rf"|(?<=[,;{{)\]]){_BLANK}*+[\"']?(?P<inline>{_NAME})[\"']?{_BLANK}*+[=:]",
    re.MULTILINE,
)
_LATEX = re.compile(
    r"\\(?P<what>begin|end)\{(?P<name>(?:[pbvBV]|small)?matrix\*?|array)\}(?:\{[^}\n]{0,99}\})?"
)
_ROW_END = re.compile(r"\\\\(?:\[[^\]\n]{0,99}\])?")
_DECIMAL_COMMA = re.compile(r"[-+−]?\d+,\d{2,}")
_COMMA_TOKENS = re.compile(r"[-+−]?\d+,\d+(?:[eE][-+]?\d+)?(?:\s+[-+−]?\d+,\d+(?:[eE][-+]?\d+)?)+")
_FACTOR = re.compile(r"(\d[\d.]{0,20}[eE][-+]?\d{1,3})\s*\*")
_COLUMNS = re.compile(r"Columns?\s+(\d+)(?:\s+(?:through|and|to)\s+\d+)?\s*:?", re.I)
_R_HEADING = re.compile(r"(?:\[,(\d+)\]\s*)+")
_R_ROW = re.compile(r"\[\d+,\]\s")
_R_VECTOR = re.compile(r"\[\d+\]\s+(?=[-+−.\dN])")
_R_LINE = re.compile(rf"^{_BLANK}*(?:\[,?\d+,\]|\[,\d+\]|\[\d+\]{_BLANK}+[-+−.\dN])", re.M)
_WORD = re.compile(r"[^\W\d][\w.]{0,30}")
_HEADING = re.compile(r"(?:[hoxyz]\d+|V\d+|bias)", re.I)  # a single word above or before numbers
_SCALAR_CALL = re.compile(
    r"\b(?:(?:np|numpy|torch|jnp)\.)?(?:float\d\d|tensor)\(\s*([-+.\deEinfa]{1,40})[^()\[\]]*\)"
)
_OPTION = re.compile(
    r",\s*(?:dtype|device|requires_grad|grad_fn|shape)\s*=\s*[^,()\[\]\n]*(?:\(\))?"
)
_COMMENT = re.compile(r"[#%][^\n]*")
_TAIL = re.compile(r"\.(\d*)(?:[eE][-+]?\d+)?( *)(\n?)")  # of a number, from its point
_BRACKET = re.compile(r"[\[\]]")
Row = tuple[int, tuple[str, ...]]  # its line and its cells
_LONG_LINE = 60  # characters: NumPy breaks lines at 75


class MatrixTextError(ValueError):
    """Error in a text: its line, and what is wrong and what to do, without a full stop."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line


@dataclass(frozen=True)
class TextMatrix:
    """Rows of cells with their lines; the name, what each number is multiplied by, and the form.

    vector: printed as a list of numbers. tabular: printed as a table, in which a column has one
    format. padded: printed by NumPy, which pads numbers with blanks instead of zeros. single:
    printed by torch, whose default is float32.
    """

    name: str | None
    line: int
    rows: tuple[Row, ...]
    factor: float = 1.0
    vector: bool = False
    tabular: bool = False
    padded: bool = False
    single: bool = False

    def check(self) -> "TextMatrix":
        """Return it; raise MatrixTextError if rows differ in length or there are none."""
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
        return self


@dataclass(frozen=True)
class _Section:
    """The text of one label."""

    name: str | None
    text: str
    line: int
    delimiter: str
    split: bool = False  # no label: a blank line and a row of another length end a matrix

    @property
    def several(self) -> str:
        """Whether the label is that of a list of "vectors" or of "matrices"; "" for neither."""
        if str(self.name).endswith(LIST):
            return "vectors" if str(self.name)[1] == "b" else "matrices"
        return "matrices" if self.name == "grad" else ""

    def line_at(self) -> "_LineAt":
        return _LineAt(self.text, self.line)


class _LineAt:
    """Line numbers, from 1, of increasing positions in a text."""

    def __init__(self, text: str, first: int = 1) -> None:
        self._text, self._line, self._position = text, first, 0

    def __call__(self, position: int) -> int:
        """Return the line of a position not before the previous one."""
        self._line += self._text.count("\n", self._position, position)
        self._position = position
        return self._line


def matrices(text: str, name_of: Callable[[str], str | None]) -> Iterator[TextMatrix]:
    """Yield the matrices of a text; `name_of` returns what a label names, None for nothing.

    A name that ends in "*" is that of a list of matrices or vectors, and each of them is yielded.
    Raises MatrixTextError.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    for count, matrix in enumerate(_all(text, name_of)):
        if count == MAX_MATRICES:
            raise MatrixTextError(
                matrix.line,
                f"there are more than {MAX_MATRICES} matrices; keep only what is asked for",
            )
        if len(matrix.rows) > MAX_ROWS:
            raise MatrixTextError(
                matrix.line,
                f"a matrix has more than {MAX_ROWS:,} rows; keep only what is asked for",
            )
        yield matrix


def _all(text: str, name_of: Callable[[str], str | None]) -> Iterator[TextMatrix]:
    for section in _sections(text, name_of):
        if _LATEX.search(section.text):
            yield from _latex(section)
        elif "[" in section.text and not _R_LINE.search(section.text):
            yield from _bracketed(section)
        else:
            yield from _table(section)


def _sections(text: str, name_of: Callable[[str], str | None]) -> Iterator[_Section]:
    """Yield the text after each label up to the next; all of it if there are no labels."""
    labels = [
        (match, name)
        for match in _LABEL.finditer(text)
        if (name := name_of(match["label"] or match["inline"]))
    ]
    delimiter, line_at = _delimiter(text), _LineAt(text)
    if not labels:
        yield _Section(None, text, 1, delimiter, split=True)
        return
    ends = [match.start() for match, _ in labels[1:]] + [len(text)]
    for (match, name), end in zip(labels, ends, strict=True):
        yield _Section(name, text[match.end() : end], line_at(match.end()), delimiter)


def _delimiter(text: str) -> str:
    """Return the CSV delimiter: a semicolon or tab if there is one, blanks, else a comma.

    Numbers such as 0,125 in one column, or apart by blanks, have decimal commas.
    """
    mark = next((mark for mark in (";", "\t") if mark in text), ",")
    if mark != ",":
        return mark
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    numbers = [line for line in lines if line[0] in "+-−0123456789"]
    if numbers and all(_DECIMAL_COMMA.fullmatch(line) for line in numbers):
        return ";"
    if numbers and all(
        _COMMA_TOKENS.fullmatch(line) or _DECIMAL_COMMA.fullmatch(line) for line in numbers
    ):
        return " "
    return mark


# LaTeX


def _latex(section: _Section) -> Iterator[TextMatrix]:
    line_at, name = section.line_at(), section.name
    for start, end in _latex_spans(section.text):
        rows = []
        begin = start
        for stop in [*(m.span() for m in _ROW_END.finditer(section.text, start, end)), (end, end)]:
            row = section.text[begin : stop[0]]
            cells = _latex_cells(row)
            if cells:
                rows.append((line_at(begin + len(row) - len(row.lstrip())), cells))
            begin = stop[1]
        yield TextMatrix(name, line_at(start) if not rows else rows[0][0], tuple(rows))
        name = None


def _latex_spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of the rows of complete LaTeX matrices, one after another."""
    begins: dict[str, int] = {}
    for mark in _LATEX.finditer(text):
        if mark["what"] == "begin":
            begins.setdefault(mark["name"], mark.end())
        elif mark["name"] in begins:
            yield begins[mark["name"]], mark.start()
            begins = {}


def _latex_cells(row: str) -> tuple[str, ...]:
    row = re.sub(r"\\(?:hline|left|right|quad|displaystyle|phantom\{-\}|,|;|!)", "", row)
    row = re.sub(r"\\d?frac\{([^{}]{1,40})\}\{([^{}]{1,40})\}", r"\1/\2", row)
    row = row.replace("{,}", ",").replace("\\cdot", "·").replace("\\times", "×").strip()
    if not row or row.startswith("%"):
        return ()
    return tuple(cell.strip().strip('"') for cell in row.rstrip("& ").split("&"))


# Brackets


@dataclass
class _Group:
    """What is between a bracket and its end."""

    start: int
    end: int = -1
    groups: list["_Group"] = field(default_factory=list)
    depth: int = 1


def _bracketed(section: _Section) -> Iterator[TextMatrix]:
    text = _blank(_SCALAR_CALL, _blank(_OPTION, section.text), keep=1)
    section = replace(section, text=_blank(_COMMENT, text))
    name = section.name
    for group in _groups(section):
        for matrix in _of_group(section, group):
            yield replace(matrix, name=name)
        name = None  # what follows has no label


def _blank(pattern: re.Pattern[str], text: str, keep: int = 0) -> str:
    """Return the text with blanks for each match but for its group `keep`, line ends kept."""

    def blanks(match: re.Match[str]) -> str:
        kept = match[keep] if keep else ""
        return kept + re.sub(r"[^\n]", " ", match[0])[len(kept) :]

    return pattern.sub(blanks, text)


def _groups(section: _Section) -> Iterator[_Group]:
    """Yield the outermost groups; one that has no end goes to the end of the text."""
    open_groups: list[_Group] = []
    for mark in _BRACKET.finditer(section.text):
        if mark[0] == "[":
            if len(open_groups) == MAX_DEPTH:
                raise MatrixTextError(
                    section.line, "brackets are nested too deeply; write rows of numbers"
                )
            open_groups.append(_Group(mark.end()))
        elif open_groups:
            yield from _close(open_groups, mark.start())
    while open_groups:
        yield from _close(open_groups, len(section.text))


def _close(open_groups: list[_Group], end: int) -> Iterator[_Group]:
    group = open_groups.pop()
    group.end = end
    if not open_groups:
        yield group
        return
    outer = open_groups[-1]
    outer.groups.append(group)
    outer.depth = max(outer.depth, group.depth + 1)


def _of_group(section: _Section, group: _Group) -> Iterator[TextMatrix]:
    """Yield the matrix of a group, or each one of a list of them."""
    _refuse_between(section, group)
    if group.depth == 1:
        yield _row_lists(section, group)
    elif group.depth == 2 and not _is_list_of_vectors(section, group):
        yield _nested(section, group)
    elif group.depth == 2:
        for inner in group.groups:
            yield _row_lists(section, inner, wrapped=True)
    else:
        for inner in group.groups:
            yield from _of_group(replace(section, name=None), inner)


def _is_list_of_vectors(section: _Section, group: _Group) -> bool:
    """Return whether a list of all biases, or of all gradients, holds vectors and no rows."""
    lengths = {len(_split(section.text[g.start : g.end])) for g in group.groups}
    return section.several == "vectors" or (bool(section.several) and len(lengths) > 1)


def _refuse_between(section: _Section, group: _Group) -> None:
    """Refuse numbers that stand between the rows of a group: they would be lost."""
    cuts = [group.start, *(at for g in group.groups for at in (g.start - 1, g.end + 1)), group.end]
    if not group.groups:
        return
    for start, end in list(pairwise(cuts))[::2]:
        between = section.text[start:end]
        if "..." in between or "…" in between:
            raise MatrixTextError(
                section.line + section.text.count("\n", 0, start),
                "rows are left out (“...”); print all of them, in NumPy with "
                "np.set_printoptions(threshold=1_000_000)",
            )
        if re.search(r"(?<![\w.])[-+]?\.?\d", between):
            raise MatrixTextError(
                section.line + section.text.count("\n", 0, start),
                f"“{between.strip(' ,')[:40]}” stands between rows; write rows of numbers alone",
            )


def _nested(section: _Section, group: _Group) -> TextMatrix:
    line_at, rows = section.line_at(), []
    line = line_at(group.start)
    for inner in group.groups:
        text = section.text[inner.start : inner.end]
        rows.append((line_at(inner.start), tuple(_split(text))))
    texts = [section.text[inner.start : inner.end] for inner in group.groups]
    return TextMatrix(
        section.name,
        line,
        _filled(rows),
        padded=_is_aligned(texts),
        single=_by_torch(section, group),
    )


def _row_lists(section: _Section, group: _Group, *, wrapped: bool = False) -> TextMatrix:
    """Return MATLAB's rows, or a list of numbers, which NumPy breaks over lines."""
    text = section.text[group.start : group.end]
    array = section.text[: group.start].rstrip("[ \n").endswith(("array(", "tensor("))
    lines = [line.strip() for line in text.split("\n")]
    if wrapped or array or _is_wrapped(lines):
        line = section.line + section.text.count("\n", 0, group.start)
        rows = [(line, tuple(_split(text)))]
    else:
        rows = _matlab_rows(section, group)
    return TextMatrix(
        section.name,
        section.line + section.text.count("\n", 0, group.start),
        _filled(rows),
        vector=len(rows) == 1,
        padded=len(rows) == 1 and _is_aligned([text]),
        single=_by_torch(section, group),
    )


def _is_aligned(rows: list[str]) -> bool:
    """Return whether decimal points stand at equal distances, as NumPy and torch print them."""
    lines = [line for row in rows for line in row.split("\n")]
    points = [[mark.start() for mark in re.finditer(r"\.", line)] for line in lines]
    steps = {after - before for at in points for before, after in pairwise(at)}
    aligned = len(steps) == 1 or (not steps and len({len(row) for row in rows}) == 1)
    return aligned and _is_padded(rows)


def _is_padded(rows: list[str]) -> bool:
    """Return whether blanks, or a line's end, follow numbers with fewer decimals than others."""
    most = max((len(tail[1]) for row in rows for tail in _TAIL.finditer(row)), default=0)
    return all(
        len(tail[1]) + len(tail[2]) >= most or tail[3] == "\n"
        for row in rows
        for tail in _TAIL.finditer(row)
    )


def _is_wrapped(lines: list[str]) -> bool:
    """Return whether lines are one list of numbers: commas at their ends, or NumPy's breaks."""
    if len(lines) == 1 or any(";" in line or "..." in line for line in lines):
        return False
    if all(line.endswith(",") for line in lines[:-1]):
        return True
    counts = [len(line.split()) for line in lines]
    return (
        len(set(counts[:-1])) == 1
        and counts[-1] <= counts[0]
        and (counts[-1] < counts[0] or len(lines) == 2)
        and len(lines[0]) >= _LONG_LINE
    )


def _matlab_rows(section: _Section, group: _Group) -> list[Row]:
    text = _join_continuations(section.text[group.start : group.end])
    line_at = _LineAt(section.text, section.line)
    rows, at = [], 0
    for part in re.split(r"([;\n])", text):
        if part not in (";", "\n"):
            skipped = len(part) - len(part.lstrip())
            rows.append((line_at(group.start + at + skipped), tuple(_split(part))))
        at += len(part)
    return rows


def _join_continuations(text: str) -> str:
    """Join MATLAB lines that end in ... with the next, keeping positions."""
    lines = text.split("\n")
    for at, line in enumerate(lines[:-1]):
        row, dots, _ = line.partition("...")
        lines[at] = row.ljust(len(line) + 1) if dots else f"{line}\n"
    return "".join(lines)


def _split(row: str) -> list[str]:
    row = row.replace("\n", " ").strip()
    if not row:
        return []
    if "," in row:
        return [cell.strip().strip("\"'") for cell in row.rstrip(", ").split(",")]
    return row.split()


def _filled(rows: list[Row]) -> tuple[Row, ...]:
    return tuple(row for row in rows if row[1])


def _by_torch(section: _Section, group: _Group) -> bool:
    return section.text[: group.start].rstrip("[ \n").endswith("tensor(")


# Tables


@dataclass
class _Block:
    """Rows of a table; `joins`: its columns follow those of the block before."""

    joins: bool = False
    rows: list[Row] = field(default_factory=list)


def _table(section: _Section) -> Iterator[TextMatrix]:
    """Yield the matrices of lines: CSV, and what Octave, MATLAB and R print."""
    text, name = _blank(_SCALAR_CALL, section.text, keep=1), section.name
    joined = False
    for factor, blocks, line in _blocks(replace(section, text=text)):
        for rows in _join(blocks, split=section.split):
            joined = True
            yield TextMatrix(name, line, tuple(rows), factor, vector=len(rows) == 1, tabular=True)
            name = None
    if not joined and section.name:
        yield TextMatrix(section.name, section.line, ())


def _blocks(section: _Section) -> Iterator[tuple[float, list[_Block], int]]:
    """Yield the factor, the blocks of columns and the first line of each matrix."""
    factor, blocks, first = 1.0, [_Block()], section.line
    gap = vector = False
    for line, text in enumerate(section.text.split("\n"), start=section.line):
        row = text.strip()
        if not row or row[0] in "#%" or row == ";":
            gap = gap or not row
            continue
        if found := _FACTOR.fullmatch(row):
            factor = float(found[1])
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
        gap = False
    yield factor, blocks, first


def _heading(row: str) -> int | None:
    """Return the number of the first column that a heading names; None for a row of numbers."""
    if _COLUMNS.fullmatch(row) or _R_HEADING.fullmatch(row):
        return int(re.findall(r"\d+", row)[0])
    return None


def _add(blocks: list[_Block], line: int, cells: tuple[str, ...], *, joined: bool) -> None:
    """Add a row to the last block, without its name; a row of names begins a block."""
    names = [bool(_WORD.fullmatch(cell)) for cell in cells]
    rows = blocks[-1].rows
    known = len(cells) > 1 or bool(_HEADING.fullmatch(cells[0]))
    if known and all(names) and cells[0].lower() not in ("nan", "inf"):
        blocks.append(_Block(joins=bool(rows)))
    elif joined and rows:
        rows[-1] = (rows[-1][0], rows[-1][1] + cells)
    elif len(cells) > 1 and names[0] and cells[0].lower() not in ("nan", "inf"):
        rows.append((line, cells[1:]))
    else:
        rows.append((line, cells))


def _table_cells(row: str, delimiter: str) -> tuple[str, ...]:
    row = _R_VECTOR.sub("", _R_ROW.sub("", row, count=1), count=1)
    row = re.sub(r"\\\\$", "", row).strip().rstrip(")")
    if delimiter in row and delimiter != " ":
        cells = row.rstrip(f"{delimiter} ").split(delimiter)
        return tuple(cell.strip().strip('"') for cell in cells)
    return tuple(row.split())


def _join(blocks: list[_Block], *, split: bool) -> Iterator[list[Row]]:
    """Yield the rows of matrices: blocks of columns side by side, further rows below.

    `split`: a row of another length begins another matrix.
    """
    whole: list[Row] = []
    rest: list[Row] = []
    for block in blocks:
        if block.joins and whole:
            beside, rest = block.rows[: len(whole)], block.rows[len(whole) :]
            for at, (_, cells) in enumerate(beside):
                whole[at] = whole[at][0], whole[at][1] + cells
        else:
            whole += _without_index(block.rows)
    for rows in (whole, rest):
        if split:
            yield from (list(same) for _, same in groupby(rows, key=lambda row: len(row[1])))
        elif rows:
            yield rows


def _without_index(
    rows: list[Row],
) -> list[Row]:
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
