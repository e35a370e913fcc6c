r"""Matrices in a text, as NumPy, torch, MATLAB, Octave, R, LaTeX and CSV files write them.

    for matrix in matrices(text, name_of): matrix.name, .rows, .line

A text is cut at its labels (`dW1 =`, `$dW1`, `0.weight tensor(`, `'db1': array(`); without labels,
at closing brackets and blank lines. Rows are rows of text; `core.checking.submission.numbers` turns
them into numbers. Each pattern takes time in proportion to the text.
"""

import re
from collections.abc import Callable, Iterator

from core.checking.submission.brackets import bracket_matrices
from core.checking.submission.latex import LATEX, latex_matrices
from core.checking.submission.section import (
    BLANK,
    LineAt,
    MatrixTextError,
    Section,
    TextMatrix,
    refuse_rows,
)
from core.checking.submission.tables import R_LINE, table_matrices

MAX_MATRICES = 100
_NAME = r"(?:\d{{1,3}}\.)?[^\W\d][^\n=:\[\]{others}]{{0,40}}?(?:\[[^\[\]\n]{{1,12}}\])*+"
_LABEL = re.compile(
    rf"^{BLANK}*+>*+{BLANK}*+[#%\"'\\{{$∂]*+(?P<label>{_NAME.format(others='')})[\"'}}$]*+{BLANK}*+"
    r"(?:[=:]|(?=\[|(?:tensor|array)\()|$)"
    rf"|(?<=[,;{{)\]]){BLANK}*+[\"']?(?P<inline>{_NAME.format(others=',;')})[\"']?{BLANK}*+[=:]",
    re.MULTILINE,
)
_DECIMAL_COMMA = re.compile(r"[-+−]?\d+,\d{2,}")
_COMMA_TOKENS = re.compile(r"[-+−]?\d+,\d+(?:[eE][-+]?\d+)?(?:\s+[-+−]?\d+,\d+(?:[eE][-+]?\d+)?)+")


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
        refuse_rows(matrix.line, len(matrix.rows))
        yield matrix


def _all(text: str, name_of: Callable[[str], str | None]) -> Iterator[TextMatrix]:
    for section in _sections(text, name_of):
        if LATEX.search(section.text):
            yield from latex_matrices(section)
        elif "[" in section.text and not R_LINE.search(section.text):
            yield from bracket_matrices(section)
        else:
            yield from table_matrices(section)


def _sections(text: str, name_of: Callable[[str], str | None]) -> Iterator[Section]:
    """Yield the text after each label up to the next; all of it if there are no labels."""
    labels = [
        (match, name)
        for match in _LABEL.finditer(text)
        if (name := name_of(match["label"] or match["inline"]))
    ]
    delimiter, line_at, single = _delimiter(text), LineAt(text), "float32" in text
    if not labels:
        yield Section(None, text, 1, delimiter, single, split=True)
        return
    ends = [match.start() for match, _ in labels[1:]] + [len(text)]
    for (match, name), end in zip(labels, ends, strict=True):
        yield Section(name, text[match.end() : end], line_at(match.end()), delimiter, single)


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
