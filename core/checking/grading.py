"""Grades of many students' submissions, as a table with one row a file.

grades = [mark(problem, path) for path in paths]        # or mark_bytes(problem, name, data)
as_text(grades), as_csv(grades)
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from core.checking.diagnosis import MAX_DIGITS, Combination, Diagnosis, diagnose_numbers
from core.checking.problem import Problem
from core.checking.submission import (
    Submission,
    SubmissionError,
    read_submission,
    submission_from_bytes,
)
from core.table.safe_csv import rows_to_csv
from core.utils.sentence import plural

INCOMPLETE, INCONCLUSIVE, UNREADABLE = "incomplete", "cannot be judged", "unreadable"
HEADER = ("file", "verdict", "digits", "layout", "mistakes", "or", "comment")
POINTS_HEADER = ("points", "out of")

PointCells = Sequence[tuple[str, str]]  # a pair for each grade


@dataclass(frozen=True)
class Grade:
    """The grade of one file: a row of the table.

    verdict: right, right to n digits, wrong, incomplete, cannot be judged or unreadable. A file is
    incomplete if a matrix is missing, even if the other is right. It cannot be judged if nothing is
    wrong but nothing agrees in any digit, such as zeros where the truth rounds to 0.

    digits: in which all numbers agree with the truth. mistakes: the identifiers of the best
    explanation. alternatives: others that give the same numbers or that these digits cannot
    distinguish. diagnosis: the full diagnosis of a readable file.
    """

    file: str
    verdict: str
    digits: int | None = None
    layout: str = ""
    mistakes: str = ""
    alternatives: str = ""
    comment: str = ""
    diagnosis: Diagnosis | None = field(default=None, compare=False, repr=False)

    @property
    def is_right(self) -> bool:
        """Whether it counts as right."""
        return self.verdict.startswith("right")

    @property
    def cells(self) -> tuple[str, ...]:
        """The cells as text, in the order of HEADER."""
        digits = "" if self.digits is None else str(self.digits)
        rest = (self.layout, self.mistakes, self.alternatives, self.comment)
        return (self.file, self.verdict, digits, *rest)


def mark(problem: Problem, path: str | Path) -> Grade:
    """Return the grade of a file; an unreadable file gets a grade too, with the reason."""
    return _mark(problem, Path(path).name, lambda: read_submission(path, problem.net))


def mark_bytes(problem: Problem, name: str, data: bytes) -> Grade:
    """Return the grade of a file's bytes."""
    return _mark(problem, name, lambda: submission_from_bytes(name, data, problem.net))


def _mark(p: Problem, name: str, read: Callable[[], Submission]) -> Grade:
    try:
        submission = read()
        diagnosis = diagnose_numbers(p, submission.matrices)
    except SubmissionError as error:
        return Grade(name, UNREADABLE, comment=str(error))
    except ValueError as error:
        return Grade(name, UNREADABLE, comment=f"{name}: {error}; lay it out like the weights.")
    return _grade(name, submission, diagnosis)


def as_text(rows: Sequence[Grade], points: PointCells = ()) -> str:
    """Return an aligned table, followed by a comment on each file that is not right.

    `points` of each file, and out of how many, stand behind its verdict.
    """
    lines = [line[:-1] for line in _lines(rows, points)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    table = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]
    comments = [
        row.comment if row.verdict == UNREADABLE else f"{row.file}: {row.comment}"
        for row in rows
        if not row.is_right
    ]
    return "\n".join([*table, "", *comments] if comments else table) + "\n"


def as_csv(rows: Sequence[Grade], points: PointCells = ()) -> str:
    """Return the table as CSV, with the comment of every file, and `points` as in `as_text`."""
    header, *lines = _lines(rows, points)
    return rows_to_csv(header, lines)


def _lines(rows: Sequence[Grade], points: PointCells) -> list[tuple[str, ...]]:
    """Return the header and the cells of each row."""
    lines = [HEADER, *(row.cells for row in rows)]
    if not points:
        return lines
    pairs = zip(lines, [POINTS_HEADER, *points], strict=True)
    return [(*line[:2], *pair, *line[2:]) for line, pair in pairs]


def _grade(name: str, submission: Submission, diagnosis: Diagnosis) -> Grade:
    best = diagnosis.explanations[0] if diagnosis.explanations else None
    others: list[Combination] = []
    if best is not None:
        others = [*best.equivalent]
        others += [explanation.names for explanation in diagnosis.explanations[1:]]
    absent = [
        f"dW{layer}" for layer, matrix in enumerate(submission.matrices, start=1) if matrix is None
    ]
    missing = "".join(f" {part} is missing." for part in absent)
    for part, numbers in diagnosis.given.items():
        unknown = int(np.isnan(numbers).sum())
        if unknown:
            absent.append(part)
            missing += f" {part} lacks {plural(unknown, 'number')} of {numbers.size}."
    return Grade(
        file=name,
        verdict=INCOMPLETE if absent else _verdict(diagnosis),
        digits=diagnosis.digits if diagnosis.conclusive else None,
        layout="; ".join([diagnosis.layout, *submission.notes]),
        mistakes=_join(best.names) if best else "",
        alternatives=", ".join(dict.fromkeys(map(_join, others))),
        comment=diagnosis.sentence + missing,
        diagnosis=diagnosis,
    )


def _verdict(diagnosis: Diagnosis) -> str:
    if not diagnosis.conclusive:
        return INCONCLUSIVE
    if not diagnosis.correct:
        return "wrong"
    if not diagnosis.rounding and (
        diagnosis.digits == MAX_DIGITS
        or all(precision.is_full for precision in diagnosis.precision.values())
    ):
        return "right"
    return f"right to {diagnosis.digits} digit{'s' * (diagnosis.digits != 1)}"


def _join(mistakes: Combination) -> str:
    return " + ".join(mistakes)
