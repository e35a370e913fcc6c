"""Matrices of LaTeX: pmatrix and its kin, array, and pandas' tabular."""

import re
from collections.abc import Iterator

from core.checking.submission.section import Section, TextMatrix, without_index

LATEX = re.compile(
    r"\\(?P<what>begin|end)\{(?P<name>(?:[pbvBV]|small)?matrix\*?|array|tabular)\}(?:\{[^}\n]{0,99}\})?"
)
_ROW_END = re.compile(r"\\\\(?:\[[^\]\n]{0,99}\])?")


def latex_matrices(section: Section) -> Iterator[TextMatrix]:
    """Yield the matrices of a section, the first under its name."""
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
        rows = without_index(rows)
        yield TextMatrix(name, rows[0][0] if rows else line_at(start), tuple(rows))
        name = None


def _latex_spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of the rows of complete LaTeX matrices, one after another."""
    begins: dict[str, int] = {}
    for mark in LATEX.finditer(text):
        if mark["what"] == "begin":
            begins.setdefault(mark["name"], mark.end())
        elif mark["name"] in begins:
            yield begins[mark["name"]], mark.start()
            begins = {}


def _latex_cells(row: str) -> tuple[str, ...]:
    row = re.sub(
        r"\\(?:hline|toprule|midrule|bottomrule|left|right|quad|displaystyle|phantom\{-\}|,|;|!)",
        "",
        row,
    )
    row = re.sub(r"\\d?frac\{([^{}]{1,40})\}\{([^{}]{1,40})\}", r"\1/\2", row)
    row = row.replace("{,}", ",").replace("\\cdot", "·").replace("\\times", "×").strip()
    if not row or row.startswith("%"):
        return ()
    return tuple(cell.strip().strip('"') for cell in row.rstrip("& ").split("&"))
