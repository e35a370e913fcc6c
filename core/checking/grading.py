"""Many students' gradients marked, as a table: one row a file.

rows = [mark(bundle, path) for path in paths]        # or mark_data(bundle, name, data)
as_text(rows), as_csv(rows)
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from core.checking.assignment import Bundle
from core.checking.diagnosis import MAX_DIGITS, Combination, Diagnosis, diagnose
from core.checking.submission import (
    Submission,
    SubmissionError,
    read_submission,
    submission_from_bytes,
)
from core.table.safe_csv import rows_to_csv

INCOMPLETE, INCONCLUSIVE, UNREADABLE = "incomplete", "cannot be judged", "unreadable"
HEADER = ("file", "verdict", "digits", "layout", "mistakes", "or", "comment")


@dataclass(frozen=True)
class Grade:
    """A file's row.

    verdict: right, right to n digits, wrong, incomplete, cannot be judged or unreadable. Incomplete
    is a file without one of the matrices, whatever the other is worth. What is not wrong but agrees
    with the truth in no digit, as zeros where that is rounded to 0, cannot be judged.

    digits: in which all numbers agree with the truth. mistakes: the identifiers that explain them
    best; alternatives: what gives the same numbers, or what these digits cannot tell from it.
    found: all that was found out, of a file that could be read.
    """

    file: str
    verdict: str
    digits: int | None = None
    layout: str = ""
    mistakes: str = ""
    alternatives: str = ""
    comment: str = ""
    found: Diagnosis | None = field(default=None, compare=False, repr=False)

    @property
    def is_right(self) -> bool:
        """Whether it counts as right."""
        return self.verdict.startswith("right")

    @property
    def cells(self) -> tuple[str, ...]:
        """As text, in the order of HEADER."""
        digits = "" if self.digits is None else str(self.digits)
        told = (self.layout, self.mistakes, self.alternatives, self.comment)
        return (self.file, self.verdict, digits, *told)


def mark(bundle: Bundle, path: str | Path) -> Grade:
    """What a file is worth: a file that cannot be read is a row too, with the reason."""
    return _mark(bundle, Path(path).name, lambda: read_submission(path, bundle.net))


def mark_bytes(bundle: Bundle, name: str, data: bytes) -> Grade:
    """The same of a file's bytes."""
    return _mark(bundle, name, lambda: submission_from_bytes(name, data, bundle.net))


def _mark(b: Bundle, name: str, read: Callable[[], Submission]) -> Grade:
    try:
        submission = read()
        found = diagnose(b.net, b.X, b.y, submission.dW1, submission.dW2, b.loss, b.learning_rate)
    except SubmissionError as error:
        return Grade(name, UNREADABLE, comment=str(error))
    except ValueError as error:
        return Grade(name, UNREADABLE, comment=f"{name}: {error}; lay it out like the weights.")
    return _grade(name, submission, found)


def as_text(rows: Sequence[Grade]) -> str:
    """An aligned table, and below it a comment on each file that is not right."""
    lines = [HEADER[:-1], *(row.cells[:-1] for row in rows)]
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


def as_csv(rows: Sequence[Grade]) -> str:
    """The same as CSV, with the comment of every file."""
    return rows_to_csv(HEADER, (row.cells for row in rows))


def _grade(name: str, submission: Submission, found: Diagnosis) -> Grade:
    best = found.explanations[0] if found.explanations else None
    others: list[Combination] = []
    if best is not None:
        others = [*best.equivalent]
        others += [explanation.mistakes for explanation in found.explanations[1:]]
    absent = [part for part in ("dW1", "dW2") if getattr(submission, part) is None]
    missing = "".join(f" {part} was not handed in." for part in absent)
    return Grade(
        file=name,
        verdict=INCOMPLETE if absent else _verdict(found),
        digits=found.digits if found.conclusive else None,
        layout="; ".join([found.layout, *submission.notes]),
        mistakes=_join(best.mistakes) if best else "",
        alternatives=", ".join(dict.fromkeys(map(_join, others))),
        comment=found.sentence + missing,
        found=found,
    )


def _verdict(found: Diagnosis) -> str:
    if not found.conclusive:
        return INCONCLUSIVE
    if not found.correct:
        return "wrong"
    if found.digits == MAX_DIGITS or all(given.is_full for given in found.precision.values()):
        return "right"
    return f"right to {found.digits} digit{'s' * (found.digits != 1)}"


def _join(mistakes: Combination) -> str:
    return " + ".join(mistakes)
