r"""Submissions: students' gradients as CSV, NumPy, MATLAB or LaTeX matrix text, or JSON.

    submission = read_submission("mia.txt", net)    # or submission_from_text, …_from_bytes
    diagnose(net, X, y, submission.dW1, submission.dW2)

    dW1 = [[0.1, 0.2], [0.3, 0.4]]       NumPy, with or without np.array( ) around it
    dW1 = [0.1 0.2; 0.3 0.4];            MATLAB
    dW1 = \begin{pmatrix} 0.1 & 0.2 \\ 0.3 & 0.4 \end{pmatrix}
    {"dW1": [[0.1, 0.2], [0.3, 0.4]]}    JSON
    dW1                                  CSV, under a line with the name
    0.1,0.2
    0.3,0.4

The names are dW1 and dW2, and db1 and db2 for separate bias vectors; ∂C/∂W⁽¹⁾, grad_W1, W1_grad,
W1 and the like are accepted too. Two matrices without names are dW1 and dW2 in this order; a single
one is identified by the file's name or its shape.
"""

import json
import math
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, islice, pairwise
from pathlib import Path

import numpy as np

from core.checking.matrix_layouts import readings
from core.checking.typed_number import read
from core.gradients import Array
from core.network import Network
from core.utils.sentence import plural
from core.utils.strict_json import load_json

MAX_BYTES = 5_000_000
MAX_SECTIONS, MAX_ROWS = 100, 50_000
SEPARATE_BIAS = "separate bias"
NAMES = ("dW1", "dW2", "db1", "db2")
_SUPERSCRIPTS = str.maketrans("⁰¹²³₀₁₂₃⁽⁾₍₎", "01230123()()")
# W or b and its number, with any signs between them. No letter comes before but the last of "d",
# "grad" and "delta": HW1 is a homework.
_NAME = re.compile(
    r"(?<![b-ce-z])(?P<kind>[wb])[\W_]{0,4}(?P<layer>[12])", re.ASCII | re.IGNORECASE
)
_LABEL = re.compile(
    r"^[^\S\n]*+[#%\"'\\{$∂]*+(?P<label>[^\W\d][^\n=:\[\]]{0,40}?)[\"'}$]*+[^\S\n]*+"
    r"(?:[=:](?P<rest>[^\n]*)|$)",
    re.MULTILINE,
)
_LATEX = re.compile(
    r"\\(?P<what>begin|end)\{(?P<name>(?:[pbvBV]|small)?matrix\*?|array)\}(?:\{[^}\n]{0,99}\})?"
)
_DECIMAL_COMMA = re.compile(r"[-+−]?\d+,\d{2,}")
_BRACKETED = re.compile(r"\[([^\[\]]*)\]")


class SubmissionError(ValueError):
    """Error in a submission: one sentence, with the file, the line and what to do."""


@dataclass(frozen=True, eq=False)
class Submission:
    """The gradients of a file in its own layout; `notes` say which bias vectors were appended.

    A separate bias vector becomes the last row of its matrix.
    """

    dW1: Array | None
    dW2: Array | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Section:
    """The text of one matrix, its name, its first line and the CSV delimiter."""

    name: str | None
    text: str
    line: int
    delimiter: str


def submission_from_text(file: str, text: str, net: Network) -> Submission:
    """Return the gradients for `net` in the text of a file of that name.

    Raises SubmissionError, with one sentence: what is wrong, on which line, and what to do.
    """
    text = text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}").replace("\r\n", "\n")
    if not text.strip():
        raise SubmissionError(f"{file}: it is empty; write dW1 and dW2 into it.")
    found = _parse_json(file, text) if text.lstrip().startswith("{") else _parse_text(file, text)
    named = _by_name(file, found, net)
    notes: list[str] = []
    matrices = {name: _with_bias(file, name, named, notes) for name in ("dW1", "dW2")}
    if all(matrix is None for matrix in matrices.values()):
        raise SubmissionError(f"{file}: neither dW1 nor dW2 is in it; write “dW1 =” before one.")
    return Submission(matrices["dW1"], matrices["dW2"], tuple(notes))


def read_submission(path: str | Path, net: Network) -> Submission:
    """Return the gradients in a text file, UTF-8 or UTF-16 with a byte order mark.

    Raises SubmissionError as `submission_from_text` does.
    """
    path = Path(path)
    try:
        _check_size(path.name, path.stat().st_size)
        data = path.read_bytes()
    except OSError as error:
        raise SubmissionError(
            f"{path.name}: it cannot be read ({error.strerror}); give a text file."
        ) from error
    return submission_from_bytes(path.name, data, net)


def submission_from_bytes(file: str, data: bytes, net: Network) -> Submission:
    """Return the gradients in a file's bytes; errors as `submission_from_text`."""
    _check_size(file, len(data))
    is_utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = data.decode("utf-16" if is_utf16 else "utf-8")
    except UnicodeDecodeError as error:
        raise SubmissionError(f"{file}: it is not UTF-8 text; save it as such.") from error
    return submission_from_text(file, text, net)


def _check_size(file: str, size: int) -> None:
    if size > MAX_BYTES:
        raise SubmissionError(f"{file}: it is too large; keep only the gradients.")


def canonical_name(label: str) -> str | None:
    """Return which of NAMES a label means; None for none of them."""
    match = _NAME.search(label.translate(_SUPERSCRIPTS))
    if match is None:
        return None
    return f"d{'W' if match['kind'] in 'wW' else 'b'}{match['layer']}"


def _parse_json(file: str, text: str) -> list[tuple[str | None, Array]]:
    try:
        content = load_json(text, pairs=list)  # to detect repeated names
    except json.JSONDecodeError as error:
        raise SubmissionError(
            f"{file}, line {error.lineno}: it is not JSON ({error.msg}); correct it."
        ) from error
    except ValueError as error:
        raise SubmissionError(f"{file}: {error}; write rows of numbers.") from error
    found: list[tuple[str | None, Array]] = []
    for label, value in content:
        name = canonical_name(label)
        if name is not None:
            found.append((name, _json_matrix(file, label, value)))
    return found


def _json_matrix(file: str, label: str, value: object) -> Array:
    rows = value if isinstance(value, list) else [value]
    nested = [row if isinstance(row, list) else [row] for row in rows]
    flat = not any(isinstance(row, list) for row in rows)
    if not nested or any(not _is_number(cell) for row in nested for cell in row):
        raise SubmissionError(f"{file}: “{label}” is not a list of rows of numbers; make it one.")
    if len({len(row) for row in nested}) > 1:
        raise SubmissionError(
            f"{file}: the rows of “{label}” differ in length; make them equally long."
        )
    matrix = np.array(nested, dtype=np.float64)
    return matrix[:, 0] if flat else matrix


def _is_number(cell: object) -> bool:
    if not isinstance(cell, int | float) or isinstance(cell, bool):
        return False
    return abs(cell) <= sys.float_info.max  # also false for NaN


def _parse_text(file: str, text: str) -> list[tuple[str | None, Array]]:
    found = list(islice(sections(text), MAX_SECTIONS + 1))
    if len(found) > MAX_SECTIONS:
        raise SubmissionError(
            f"{file}: there are more than {MAX_SECTIONS} matrices; keep only the gradients."
        )
    return [(section.name, _parse_matrix(file, section)) for section in found]


def sections(text: str, name_of: Callable[[str], str | None] = canonical_name) -> Iterator[Section]:
    """Yield the text between labels; without labels, between blank lines or brackets."""
    labels = [match for match in _LABEL.finditer(text) if name_of(match["label"])]
    if not labels:
        yield from _unlabelled_sections(text)
        return
    ends = [match.start() for match in labels[1:]] + [len(text)]
    delimiter, line_at = _delimiter(text), _LineAt(text)
    for match, end in zip(labels, ends, strict=True):
        start = match.start("rest") if match["rest"] is not None else match.end()
        yield Section(name_of(match["label"]), text[start:end], line_at(start), delimiter)


def _unlabelled_sections(text: str) -> Iterator[Section]:
    cuts = [0, *(match.end() for match in re.finditer(_end_pattern(text), text)), len(text)]
    opening = "\\begin" if "\\begin" in text else "[" if "[" in text else ""
    delimiter, line_at = _delimiter(text), _LineAt(text)
    for start, end in pairwise(cuts):
        if text[start:end].strip() and opening in text[start:end]:
            yield Section(None, text[start:end], line_at(start), delimiter)


def _end_pattern(text: str) -> str:
    """Return the pattern that ends a matrix: a closing bracket or a blank line."""
    if "\\end{" in text:
        return r"\\end\{\w+\*?\}"
    if "]]" in text.replace(" ", "").replace("\n", ""):
        return r"\]\s*\]\)?"
    return r"\]\)?;?" if "[" in text else r"\n[^\S\n]*\n"


class _LineAt:
    """Line numbers, from 1, of increasing positions in a text."""

    def __init__(self, text: str, first: int = 1) -> None:
        self._text, self._line, self._position = text, first, 0

    def __call__(self, position: int) -> int:
        """Return the line of a position not before the previous one."""
        self._line += self._text.count("\n", self._position, position)
        self._position = position
        return self._line


def _parse_matrix(file: str, section: Section) -> Array:
    all_rows = list(islice(rows(section), MAX_ROWS + 1))
    found = [row for row in all_rows if row[1]]
    if len(all_rows) > MAX_ROWS:
        raise SubmissionError(
            f"{file}, line {section.line}: a matrix has more than {MAX_ROWS:,} rows; keep only "
            "the gradients."
        )
    if not found:
        raise SubmissionError(
            f"{file}, line {section.line}: there are no numbers for {section.name or 'a matrix'}; "
            "write its rows there."
        )
    for line, cells in found:
        if len(cells) != len(found[0][1]):
            raise SubmissionError(
                f"{file}, line {line}: a row of {plural(len(cells), 'number')} follows one of "
                f"{len(found[0][1])}; make the rows equally long."
            )
    return np.array([[_parse_number(file, line, cell) for cell in cells] for line, cells in found])


def _parse_number(file: str, line: int, cell: str) -> float:
    try:
        value = math.nan if "_" in cell else float(cell)  # 1_000 is a number only in Python
    except ValueError:
        try:
            value = read(cell).value
        except ValueError:
            value = math.nan
    if not math.isfinite(value):
        raise SubmissionError(
            f"{file}, line {line}: “{cell[:40]}” is not a number; write one there."
        )
    return value


def rows(section: Section) -> Iterator[tuple[int, list[str]]]:
    """Yield each row's line and cells, in any notation."""
    line_at = _LineAt(section.text, section.line)
    for offset, text, between, delimiter in _row_blocks(section):
        ends = re.finditer(between, text)
        start = 0
        for end in chain(ends, [None]):
            row = text[start : end.start() if end else len(text)]
            skipped = len(row) - len(row.lstrip())
            yield line_at(offset + start + skipped), _cells(row, delimiter)
            start = end.end() if end else start


def _row_blocks(section: Section) -> Iterator[tuple[int, str, str, str]]:
    """Yield the offset and text of a block of rows, the row separator and the cell delimiter.

    One separator matches many empty rows.
    """
    latex = _latex_span(section.text)
    if latex is not None:
        start, end = latex
        yield start, section.text[start:end], r"\\\\(?:\[[^\]\n]{0,99}\])?", "&"
        return
    opening = section.text.find("[")
    if opening < 0:
        yield 0, section.text, r"\n(?:\s*\n)?", section.delimiter
        return
    if "[" not in section.text[opening + 1 :]:  # MATLAB, or a plain list
        inner = section.text[opening + 1 :].partition("]")[0]
        yield opening + 1, _join_continuations(inner), r"[;\n](?:[\s;]*[;\n])?", ","
        return
    for match in _BRACKETED.finditer(section.text):
        yield match.start(1), match[1].replace("\n", " "), "\n", ","


def _latex_span(text: str) -> tuple[int, int] | None:
    """Return the span of the rows of the first complete LaTeX matrix; None if there is none."""
    begins: dict[str, int] = {}
    ends: dict[str, int] = {}
    for mark in _LATEX.finditer(text):
        if mark["what"] == "begin":
            begins.setdefault(mark["name"], mark.end())
        elif mark["name"] in begins:
            ends.setdefault(mark["name"], mark.start())
    return min(((begins[name], end) for name, end in ends.items()), default=None)


def _join_continuations(text: str) -> str:
    """Join MATLAB lines that end in ... with the next, keeping positions."""
    lines = text.split("\n")
    for at, line in enumerate(lines[:-1]):
        row, dots, _ = line.partition("...")
        lines[at] = row.ljust(len(line) + 1) if dots else f"{line}\n"
    return "".join(lines)


def _cells(row: str, delimiter: str) -> list[str]:
    row = re.sub(r"\\(?:hline|left|right|quad|,|;|!)|\\\\$", "", row.strip()).strip()
    row = row.replace("\\cdot", "·").replace("\\times", "×").replace("−", "-")
    if not row or row.startswith(("#", "%")):
        return []
    if delimiter in row:
        return [cell.strip().strip('"') for cell in row.rstrip(f"{delimiter} ").split(delimiter)]
    return [row] if delimiter == "&" else row.split()


def _delimiter(text: str) -> str:
    """Return the CSV delimiter: a semicolon or tab if there is one, else a comma.

    A single column of numbers such as 0,125 has decimal commas, recognised by the missing points.
    """
    mark = next((mark for mark in (";", "\t") if mark in text), ",")
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    numbers = [line for line in lines if line[0] in "+-−0123456789"]
    decimal = all(_DECIMAL_COMMA.fullmatch(line) for line in numbers) and bool(numbers)
    return ";" if mark == "," and decimal else mark


def _by_name(file: str, found: list[tuple[str | None, Array]], net: Network) -> dict[str, Array]:
    named: dict[str, Array] = {}
    for name, matrix in found if any(name for name, _ in found) else _by_position(file, found, net):
        if name in named:
            raise SubmissionError(f"{file}: {name} appears twice; keep one of them.")
        if name is not None:
            named[name] = matrix
    return named


def _by_position(
    file: str, found: list[tuple[str | None, Array]], net: Network
) -> list[tuple[str | None, Array]]:
    """Return names for matrices that have none."""
    matrices = [matrix for _, matrix in found]
    if len(matrices) == 2:
        return [("dW1", matrices[0]), ("dW2", matrices[1])]
    if len(matrices) > 2:
        raise SubmissionError(
            f"{file}: there are {len(matrices)} matrices without names; "
            "write “dW1 =” and “dW2 =” before them."
        )
    if not matrices:
        return []
    fits = _by_shape(matrices[0], net)
    name_in_file = canonical_name(file)
    if len(fits) > 1 and name_in_file in fits:
        fits = [name_in_file]
    if len(fits) != 1:
        raise SubmissionError(
            f"{file}: it could be dW1 or dW2; write “dW1 =” or “dW2 =” before it."
        )
    return [(fits[0], matrices[0])]


def _by_shape(matrix: Array, net: Network) -> list[str | None]:
    fits: list[str | None] = []
    for name, W, bias in (("dW1", net.W1, net.bias_input), ("dW2", net.W2, net.bias_hidden)):
        try:
            readings(name, matrix, (W.shape[0], W.shape[1]), bias=bias)
        except ValueError:
            continue
        fits.append(name)
    return fits


def _with_bias(file: str, name: str, named: dict[str, Array], notes: list[str]) -> Array | None:
    """Return the matrix with its separate bias vector, if any, as the last row."""
    matrix, bias = named.get(name), named.get(name.replace("W", "b"))
    if matrix is None or bias is None:
        return matrix
    vector = bias.ravel()
    columns = matrix[:, np.newaxis] if matrix.ndim == 1 else matrix
    if columns.shape[1] != len(vector):
        columns = columns.T
    if columns.shape[1] != len(vector):
        raise SubmissionError(
            f"{file}: {name.replace('W', 'b')} has {plural(len(vector), 'number')} and fits "
            f"neither rows nor columns of {name}; give one for each unit."
        )
    transposed = "transposed, " if columns.shape != matrix.shape and matrix.ndim == 2 else ""
    notes.append(f"{name} {transposed}{SEPARATE_BIAS}")
    return np.vstack([columns, vector])
