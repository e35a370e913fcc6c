"""Matrices in brackets: NumPy's and torch's prints, Python's lists, MATLAB's literals."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise

from core.checking.submission.section import (
    MatrixTextError,
    Row,
    Section,
    TextMatrix,
    blank,
    excerpt,
    refuse_factor,
)

MAX_DEPTH = 4
LONG_LINE = 45  # characters: NumPy breaks lines at 75
SCALAR_CALL = re.compile(
    r"\b(?:(?:np|numpy|torch|jnp)\.)?(?:float\d\d|tensor)\(\s*([-+.\deEinfa]{1,40})[^()\[\]]*\)"
)
_OPTION = re.compile(
    r",\s*(?:dtype|device|requires_grad|grad_fn|shape)\s*=\s*[^,()\[\]\n]*(?:\(\))?"
)
_COMMENT = re.compile(r"[#%][^\n]*")
_TAIL = re.compile(r"\.(\d*)(?:[eE][-+]?\d+)?( *)(\n?)")  # of a number, from its point
_BRACKET = re.compile(r"[\[\]]")
_CALLS = r"(?:[\w.]+\(\s*)*"  # np.array(
_FACTOR_BEFORE = re.compile(rf"([\w.+\-)}}]+[ \t]*[*/×·])\s*{_CALLS}$")
_SIGN_BEFORE = re.compile(rf"^[ \t(]*[-−][ \t]*{_CALLS}$")
_FACTOR_AFTER = re.compile(r"[ \t)]*(\.?(?:\*(?!\*)|/(?![/*])|×|·)[ \t]*[\w.(]+)")


@dataclass
class _Group:
    """What is between a bracket and its end."""

    start: int
    end: int = -1
    groups: list["_Group"] = field(default_factory=list)
    depth: int = 1


def bracket_matrices(section: Section) -> Iterator[TextMatrix]:
    """Yield the matrices of a section, the first under its name."""
    text = blank(SCALAR_CALL, blank(_OPTION, section.text), keep=1)
    section = replace(section, text=blank(_COMMENT, text))
    name = section.name
    end = 0
    for group in _groups(section):
        _refuse_factors(section, group, end)
        end = group.end + 1
        for matrix in _of_group(section, group):
            yield replace(matrix, name=name)
        name = None  # what follows has no label


def _groups(section: Section) -> Iterator[_Group]:
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


def _of_group(section: Section, group: _Group) -> Iterator[TextMatrix]:
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


def _refuse_factors(section: Section, group: _Group, end: int) -> None:
    """Refuse a matrix that is multiplied or negated; `end` is that of the group before it."""
    before = section.text[end : group.start - 1]
    sign = _SIGN_BEFORE.search(before) if section.name and not end else None
    beside = _FACTOR_BEFORE.search(before[-200:]) or sign
    beside = beside or _FACTOR_AFTER.match(section.text, group.end + 1)
    if beside is not None:
        refuse_factor(section, group.start, beside[0].strip(" ()"))


def _is_list_of_vectors(section: Section, group: _Group) -> bool:
    """Return whether a list of all biases, or of all gradients, holds vectors and no rows."""
    if not section.several:
        return False
    lengths = {len(_split(section.text[g.start : g.end])) for g in group.groups}
    return section.several == "vectors" or len(lengths) > 1


def _refuse_between(section: Section, group: _Group) -> None:
    """Refuse numbers that stand between the rows of a group: they would be lost."""
    cuts = [group.start, *(at for g in group.groups for at in (g.start - 1, g.end + 1)), group.end]
    if not group.groups:
        return
    for start, end in list(pairwise(cuts))[::2]:
        between = section.text[start:end]
        if "..." in between or "…" in between:
            raise MatrixTextError(
                section.line_at()(start),
                "rows are left out (“...”); print all of them, in NumPy with "
                "np.set_printoptions(threshold=1_000_000)",
            )
        if re.search(r"(?<![\w.])[-+]?\.?\d", between):
            raise MatrixTextError(
                section.line_at()(start),
                f"“{excerpt(between.strip(' ,'))}” stands between rows; write rows of "
                "numbers alone",
            )


def _nested(section: Section, group: _Group) -> TextMatrix:
    line_at, rows = section.line_at(), []
    line = line_at(group.start)
    for inner in group.groups:
        text = section.text[inner.start : inner.end]
        rows.append((line_at(inner.start), tuple(_split(text))))
    texts = [section.text[inner.start : inner.end] for inner in group.groups]
    return TextMatrix(
        section.name,
        line,
        _nonempty(rows),
        padded=_is_aligned(texts),
        single=_by_torch(section, group),
    )


def _row_lists(section: Section, group: _Group, *, wrapped: bool = False) -> TextMatrix:
    """Return MATLAB's rows, or a list of numbers, which NumPy breaks over lines."""
    text = section.text[group.start : group.end]
    array = section.text[: group.start].rstrip("[ \n").endswith(("array(", "tensor("))
    lines = [line.strip() for line in text.split("\n")]
    if wrapped or array or _is_wrapped(lines):
        line = section.line_at()(group.start)
        rows = [(line, tuple(_split(text)))]
    else:
        rows = _matlab_rows(section, group)
    return TextMatrix(
        section.name,
        section.line_at()(group.start),
        _nonempty(rows),
        padded=len(rows) == 1 and _is_aligned([text]),
        single=_by_torch(section, group),
    )


def _is_aligned(rows: list[str]) -> bool:
    """Return whether numbers are padded: their points stand at equal distances, as NumPy does."""
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
        and len(lines[0]) >= LONG_LINE
    )


def _matlab_rows(section: Section, group: _Group) -> list[Row]:
    text = _join_continuations(section.text[group.start : group.end])
    line_at = section.line_at()
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


def _nonempty(rows: list[Row]) -> tuple[Row, ...]:
    return tuple(row for row in rows if row[1])


def _by_torch(section: Section, group: _Group) -> bool:
    """Return whether torch, whose default is float32, or float32 itself is named."""
    before = section.text[: group.start].rstrip("[ \n")
    return section.single or before.endswith("tensor(")
