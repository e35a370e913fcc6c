"""Matrices of LaTeX: pmatrix and its kin, array, and pandas' tabular."""

import re
from collections.abc import Iterator
from dataclasses import replace

from core.checking.submission.section import (
    Section,
    TextMatrix,
    blank,
    refuse_factor,
    without_index,
)

LATEX = re.compile(
    r"\\(?P<what>begin|end)\{(?P<name>(?:[pbvBV]|small)?matrix\*?|array|tabular)\}(?:\{[^}\n]{0,99}\})?"
)
_COMMENT = re.compile(r"(?<!\\)%[^\n]*")
_OPEN = r"\s*(?:\\left\s*[\[(.|]\s*)?$"
_FACTOR_BEFORE = re.compile(
    r"((?<![\w^_{}.])\d[\d.,/]*(?:\^\{[^{}]{1,9}\})?\s*(?:\\cdot|\\times|·|×)?"
    r"|\\d?frac\{[^{}]{1,40}\}\{[^{}]{1,40}\}\s*(?:\\cdot|\\times|·|×)?|(?:^|[=:&])\s*[-−])" + _OPEN
)
_FACTOR_AFTER = re.compile(
    r"\s*(?:\\right\s*[\]).|]\s*)?((?:\\cdot|\\times|[*·×])\s*[\d(]|\\cdot\s*\\d?frac|/\s*\d)"
)
_ROW_END = re.compile(r"\\\\(?:\[[^\]\n]{0,99}\])?")


def latex_matrices(section: Section) -> Iterator[TextMatrix]:
    """Yield the matrices of a section, the first under its name."""
    section = replace(section, text=blank(_COMMENT, section.text))
    line_at, name = section.line_at(), section.name
    for start, end in _latex_spans(section.text):
        _refuse_factors(section, start, end)
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


def _refuse_factors(section: Section, start: int, end: int) -> None:
    """Refuse a matrix, whose rows are from `start` to `end`, that is multiplied or negated."""
    begin, after = section.text.rfind("\\begin", 0, start), section.text.find("}", end) + 1
    beside = _FACTOR_BEFORE.search(section.text[max(0, begin - 200) : begin])
    beside = beside or _FACTOR_AFTER.match(section.text, after)
    if beside is not None:
        refuse_factor(section, start, beside[1])


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
    row = re.sub(r"(?<![\d.])\\d?frac\{([^{}]{1,40})\}\{([^{}]{1,40})\}", r"\1/\2", row)
    row = row.replace("{,}", ",").replace("\\cdot", "·").replace("\\times", "×").strip()
    if not row:
        return ()
    return tuple(cell.strip().strip('"') for cell in row.rstrip("& ").split("&"))
