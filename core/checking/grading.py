"""Grades of many students' submissions, as a table with one row a file.

grades = [mark(problem, path) for path in paths]        # or mark_bytes(problem, name, data)
as_text(grades), as_csv(grades)

What a file holds besides gradients (`core.checking.quantity`) is judged by itself; the file is
right if all of it is.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from core.checking.diagnosis import MAX_DIGITS, Diagnosis, Explanation, diagnose_numbers
from core.checking.mistakes import Combination
from core.checking.problem import Problem
from core.checking.quantity.verdict import diagnose_quantities
from core.checking.submission import (
    Submission,
    SubmissionError,
    read_submission,
    submission_from_bytes,
)
from core.checking.submission.kinds import title
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
    explanation, of each if matrices are explained apart. alternatives: others that give the same
    numbers or that these digits cannot distinguish. diagnosis: the full diagnosis of the gradients
    of a readable file, if there are any. others: those of the new weights, the steps and the cost
    that are there. missing: what an incomplete file lacks, in sentences.
    """

    file: str
    verdict: str
    digits: int | None = None
    layout: str = ""
    mistakes: str = ""
    alternatives: str = ""
    comment: str = ""
    diagnosis: Diagnosis | None = field(default=None, compare=False, repr=False)
    others: tuple[Diagnosis, ...] = field(default=(), compare=False, repr=False)
    missing: str = ""

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
    return _mark(
        problem, Path(path).name, lambda: read_submission(path, problem.net, len(problem.X))
    )


def mark_bytes(problem: Problem, name: str, data: bytes) -> Grade:
    """Return the grade of a file's bytes."""
    return _mark(
        problem, name, lambda: submission_from_bytes(name, data, problem.net, len(problem.X))
    )


def _mark(p: Problem, name: str, read: Callable[[], Submission]) -> Grade:
    try:
        submission = read()
        others = diagnose_quantities(p, submission.others)
        diagnosis = None
        if any(submission.matrices):
            diagnosis = diagnose_numbers(p, submission.matrices)
    except SubmissionError as error:
        return Grade(name, UNREADABLE, comment=str(error))
    except ValueError as error:
        return Grade(name, UNREADABLE, comment=f"{name}: {error}; lay it out like the weights.")
    return _grade(name, submission, diagnosis, others)


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


def _grade(
    name: str, submission: Submission, diagnosis: Diagnosis | None, others: tuple[Diagnosis, ...]
) -> Grade:
    diagnoses = others if diagnosis is None else (diagnosis, *others)
    missing = "".join(f" {part} is missing." for part in _absent(submission))
    missing += "".join(map(_lacking, diagnoses))
    layouts = [each.layout for each in diagnoses if each.layout]
    groups = [group for each in diagnoses for group in each.explanation_groups]
    mistakes = [_join(group[0].names) for group in groups]
    alternatives = [_join(names) for group in groups for names in _alternatives(group)]
    verdict = min(map(_verdict, diagnoses), key=_rank)
    conclusive = [each.digits for each in diagnoses if each.conclusive]
    return Grade(
        file=name,
        verdict=INCOMPLETE if missing else verdict,
        digits=min(conclusive) if len(conclusive) == len(diagnoses) else None,
        layout="; ".join([*dict.fromkeys(layouts), *submission.notes]),
        mistakes="; ".join(dict.fromkeys(mistakes)),
        alternatives=", ".join(dict.fromkeys(alternatives)),
        comment=" ".join(each.sentence for each in diagnoses) + missing,
        diagnosis=diagnosis,
        others=others,
        missing=missing.strip(),
    )


def _absent(submission: Submission) -> list[str]:
    """Return the names of matrices that are missing: gradients if one is there, else what is."""
    layers = range(1, len(submission.matrices) + 1)
    if any(submission.matrices):
        return [f"dW{layer}" for layer in layers if submission.matrices[layer - 1] is None]
    there = {one.layer: one.kind for one in submission.others if one.layer is not None}
    kind = next(iter(there.values()), None)
    return [title(kind, f"W{layer}") for layer in layers if kind and layer not in there]


def _lacking(diagnosis: Diagnosis) -> str:
    """Return how many numbers of each matrix are unknown, in words."""
    counts = {name: int(np.isnan(numbers).sum()) for name, numbers in diagnosis.given.items()}
    return "".join(
        f" {name} lacks {plural(count, 'number')} of {diagnosis.given[name].size}."
        for name, count in counts.items()
        if count
    )


def _alternatives(group: Sequence[Explanation]) -> list[Combination]:
    """Return the other combinations that the digits cannot tell from the best."""
    best, *rest = group
    return [*best.equivalent, *(explanation.names for explanation in rest)]


def _rank(verdict: str) -> tuple[int, int]:
    """Return the place of a verdict among those of a file, the one that counts first."""
    digits = re.search(r"\d+", verdict)
    order = ("wrong", INCONCLUSIVE, "right to")
    place = next((at for at, word in enumerate(order) if verdict.startswith(word)), len(order))
    return place, int(digits[0]) if digits else 0


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
    return f"right to {plural(diagnosis.digits, 'digit')}"


def _join(mistakes: Combination) -> str:
    return " + ".join(mistakes)
