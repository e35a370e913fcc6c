"""Points for a submission, by a rule in one line.

rule = Rule.parse("dW1=4 dW2=6/row sign=75%")
rule.points(grade, problem).total

10                      spread evenly over the matrices
dW1=4 dW2=6             for each matrix that is right
dW1=4/row               spread evenly over its rows: each right row counts
sign=75%                a wrong matrix gets this share if this mistake explains it
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from core.checking.diagnosis import Diagnosis
from core.checking.grading import Grade
from core.checking.mistakes import BY_IDENTIFIER, MISTAKES, Combination
from core.checking.problem import Problem
from core.checking.submission.kinds import NEW_WEIGHTS, STEP, title
from core.network import MAX_HIDDEN
from core.utils.sentence import listing

EXAMPLE = "dW1=4 dW2=6 sign=75%"
MAX_LENGTH = 2_000
_MATRICES = [f"dW{layer}" for layer in range(1, MAX_HIDDEN + 2)]
_NUMBER = re.compile(r"[0-9]{1,6}(?:[.,][0-9]{1,6})?")
_ROW = "/row"


@dataclass(frozen=True)
class Points:
    """Points of a submission, and of each matrix: (points, out of)."""

    total: float
    out_of: float
    by_matrix: dict[str, tuple[float, float]]


@dataclass(frozen=True)
class Worth:
    """What a right matrix is worth, at once or row by row."""

    points: Fraction
    by_row: bool = False


@dataclass(frozen=True)
class Rule:
    """What right matrices are worth, and which share of it a wrong one gets for a named mistake.

    even: spread over all matrices, if none is named in `matrices`.
    """

    even: Worth | None
    matrices: dict[str, Worth]
    shares: dict[str, Fraction]

    @classmethod
    def parse(cls, text: str) -> "Rule":
        """Return the rule written in one line. Raises ValueError with one sentence."""
        even: Worth | None = None
        matrices: dict[str, Worth] = {}
        shares: dict[str, Fraction] = {}
        if len(text) > MAX_LENGTH:
            raise ValueError(f"the rule has more than {MAX_LENGTH:,} characters; shorten it.")
        for part in re.split(r"[\s;]+|,\s+", text.strip().rstrip(",;")):
            name, equals, value = part.partition("=")
            if name in matrices or name in shares or (even and not equals):
                raise ValueError(f"“{part}” comes after another of its kind; keep one of them.")
            if not equals:
                even = _worth(part, part)
            elif name in _MATRICES:
                matrices[name] = _worth(part, value)
            else:
                _check_mistake(name)
                shares[name] = _share(part, value)
        if even and matrices:
            raise ValueError(
                f"points for {listing(list(matrices))} cannot stand beside points for all "
                "matrices; write one or the other."
            )
        if not even and not matrices:
            raise ValueError(f"it says no points for a matrix; write, say, {EXAMPLE}.")
        return cls(even, matrices, shares)

    def worths(self, layers: int) -> dict[str, Worth]:
        """Return what each matrix of a network with that many is worth.

        Raises ValueError with one sentence if the rule names one that there is not.
        """
        names = _MATRICES[:layers]
        if self.even:
            each = Worth(self.even.points / layers, self.even.by_row)
            return dict.fromkeys(names, each)
        for name in self.matrices:
            if name not in names:
                raise ValueError(f"there is no {name}: this network has {listing(names)}.")
        return {name: self.matrices[name] for name in names if name in self.matrices}

    def points(self, grade: Grade, problem: Problem) -> Points:
        """Return the points of a graded submission; ValueError as `worths`."""
        shapes = dict(zip(_MATRICES, problem.net.shapes, strict=False))
        worths = self.worths(problem.net.layers)
        earned = {
            name: worth.points * self._part(*diagnosis_of(grade, name), worth, shapes[name][0])
            for name, worth in worths.items()
        }
        return Points(
            total=float(sum(earned.values())),
            out_of=float(sum(worth.points for worth in worths.values())),
            by_matrix={name: (float(earned[name]), float(worths[name].points)) for name in worths},
        )

    def _part(self, diagnosis: Diagnosis | None, name: str, worth: Worth, rows: int) -> Fraction:
        """Return the part of a matrix's points that it gets, 0 to 1."""
        if diagnosis is None or name not in diagnosis.verdicts:
            return Fraction(0)
        if is_right(diagnosis, name):
            return Fraction(1)
        explained = [self._share_of(mistakes) for mistakes in _explanations(diagnosis, name)]
        by_row = _right_rows(diagnosis, name) if worth.by_row else 0
        return max(Fraction(by_row, rows), *explained, Fraction(0))

    def _share_of(self, mistakes: Combination) -> Fraction:
        return min(self.shares.get(mistake, Fraction(0)) for mistake in mistakes)


def diagnosis_of(grade: Grade, name: str) -> tuple[Diagnosis | None, str]:
    """Return the diagnosis that has a matrix, and its name there.

    In a file without gradients, dW1 stands for the new weights or the step of W1.
    """
    for kind in (NEW_WEIGHTS, STEP) if grade.diagnosis is None else ():
        own = title(kind, name[1:])
        for diagnosis in grade.others:
            if own in diagnosis.verdicts:
                return diagnosis, own
    return grade.diagnosis, name


def is_right(diagnosis: Diagnosis, name: str) -> bool:
    """Return whether the matrix was given and counts as right."""
    return diagnosis.verdicts.get(name, "").startswith("right")


def plain_number(value: float, decimals: int = 2) -> str:
    """Return it to that many decimals, without zeros at the end."""
    text = f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _right_rows(diagnosis: Diagnosis, name: str) -> int:
    """Return how many rows are right throughout; none if the matrix cannot be judged."""
    wrong = diagnosis.verdicts[name].startswith("wrong")
    return int(diagnosis.right[name].all(axis=1).sum()) if wrong else 0


def _explanations(diagnosis: Diagnosis, name: str) -> Iterator[Combination]:
    """Yield each combination of mistakes that explains a wrong matrix."""
    for explanation in diagnosis.explanations:
        if explanation.where.get(name):
            yield explanation.where[name]
            yield from filter(None, explanation.equivalent)


def _worth(part: str, value: str) -> Worth:
    number = value.removesuffix(_ROW)
    return Worth(_number(part, number, "dW1=4 or dW1=4/row"), value != number)


def _share(part: str, value: str) -> Fraction:
    share = _number(part, value.removesuffix("%"), "sign=75%") / 100
    if not value.endswith("%") or share > 1:
        raise ValueError(f"“{part}” is no share from 0% to 100%; write, say, sign=75%.")
    return share


def _number(part: str, text: str, example: str) -> Fraction:
    if not _NUMBER.fullmatch(text):
        raise ValueError(
            f"“{part[:40]}” has no number from 0 to 999999 where one belongs; write, say, "
            f"{example}."
        )
    return Fraction(text.replace(",", "."))


def _check_mistake(name: str) -> None:
    if name not in BY_IDENTIFIER:
        known = [mistake.identifier for mistake in MISTAKES]
        raise ValueError(
            f"“{name[:40]}” is neither a matrix, dW1 to {_MATRICES[-1]}, nor a mistake: "
            f"{', '.join(dict.fromkeys([*known, *BY_IDENTIFIER]))}."
        )
