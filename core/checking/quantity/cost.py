"""The cost C that somebody gave: right to how many digits, or which mistakes give this number.

    diagnose_cost(problem, numbers)       # a Diagnosis, of "C" alone

One number says little: every mistake that gives it to its own digits is named, and none if it has
fewer than MISTAKE_DIGITS. With a penalty, C is still without it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import isclose

import numpy as np

from core.checking.diagnosis.explanations import ONE_OF_SEVERAL, Explanation, groups_of
from core.checking.diagnosis.given_matrix import CUT_OFF, ON_THE_WAY, ROUNDED, digits_in_common
from core.checking.diagnosis.hand_errors import cost_error
from core.checking.diagnosis.verdict import TOO_FEW_DIGITS, UNEXPLAINED, Diagnosis, right_text
from core.checking.mistakes import Mistake
from core.checking.problem import Problem
from core.checking.quantity.catalogue import COST_EQUATION, OF_COSTS
from core.checking.quantity.rule import StepRule
from core.checking.replacements import has_mean
from core.checking.submission.kinds import COST_NAME
from core.checking.submission.numbers import NumberMatrix
from core.gradients import Array, cost
from core.losses import loss_of, losses_for
from core.utils.sentence import sentence_case

COST_BY_HAND_ERROR = 0.005  # of C: more is no rounding
MISTAKE_DIGITS = 3  # that are needed to name a mistake
EQUAL = 1e-12


@dataclass(frozen=True)
class CostMistake:
    """A mistake in C, the number that it gives, and names that its words need."""

    identifier: str
    value: float
    names: tuple[str, str] = ("", "")

    @property
    def text(self) -> Mistake:
        """The mistake in the words that it has for C."""
        done, instead = OF_COSTS[self.identifier]
        description, correction = done.format(self.names[0]), instead.format(self.names[1])
        return Mistake(self.identifier, description, correction, COST_EQUATION)

    @property
    def sentence(self) -> str:
        """What was done, and what to do instead."""
        return f"{self.text.description}: {self.text.correction}"


def diagnose_cost(problem: Problem, numbers: NumberMatrix) -> Diagnosis:
    """Compare C with the true one, to the precision that it was given to."""
    given = _GivenCost(problem, numbers)
    explanations = _explanations(given.mistakes)
    rest = f" {explanations[0].sentence}" if explanations else ""
    return Diagnosis(
        correct=given.is_right and given.digits > 0,
        conclusive=not given.is_right or given.digits > 0,
        digits=given.digits,
        layout="",
        explanations=explanations,
        verdicts={COST_NAME: given.verdict},
        sentence=f"{COST_NAME} is {given.verdict}.{rest}",
        agreeing_digits={COST_NAME: np.full((1, 1), float(given.digits))},
        right={COST_NAME: np.full((1, 1), given.is_right)},
        precision={COST_NAME: numbers.precision},
        given={COST_NAME: numbers.values.reshape(1, 1)},
        rounding=given.style or "",
        first_wrong=None if given.is_right else COST_NAME,
    )


class _GivenCost:
    """C as somebody gave it, and how it compares with the true one."""

    def __init__(self, problem: Problem, numbers: NumberMatrix) -> None:
        self.problem, self.precision = problem, numbers.precision
        self.value = float(numbers.values.item())
        self.half_unit = float(numbers.precision.half_unit.max())
        self.truth = cost(problem.net, problem.X, problem.y, problem.loss)
        self.style = self._style()
        self.mistakes = [] if self.style is not None else self._find()
        if self.style is None and not self.mistakes and self._is_by_hand():
            self.style = ON_THE_WAY
        self.is_right = self.style is not None
        self.digits = _agreeing_digits(self.value, self.truth)

    def _style(self) -> str | None:
        """Return how it comes from the truth: rounded or cut off; None if it does not."""
        if self._is_close(self.truth):
            return ROUNDED
        middle = self.value + float(np.sign(self.truth)) * self.half_unit
        is_near = abs(middle - self.truth) <= self._tolerance(self.truth)
        return CUT_OFF if is_near and self.value * self.truth >= 0 else None

    def _is_by_hand(self) -> bool:
        """Return whether it is right if numbers were rounded on the way."""
        bound = min(cost_error(self.problem, self.half_unit), COST_BY_HAND_ERROR * abs(self.truth))
        return self.half_unit > 0 and abs(self.value - self.truth) <= bound

    def _tolerance(self, value: float) -> float:
        return self.half_unit + self.precision.relative_error * abs(value)

    def _is_close(self, value: float) -> bool:
        return abs(self.value - value) <= self._tolerance(value)

    @property
    def has_enough_digits(self) -> bool:
        """Whether its digits rule out that a mistake gives them by chance."""
        return _agreeing_digits(self.value + 2 * self.half_unit, self.value) >= MISTAKE_DIGITS

    def _find(self) -> list[CostMistake]:
        """Return the mistakes that give the number, the first of equal identifiers."""
        found: dict[str, CostMistake] = {}
        if not self.has_enough_digits:
            return []
        with np.errstate(all="ignore"):
            for mistake in mistakes(self.problem):
                if np.isfinite(mistake.value) and self._is_close(mistake.value):
                    found.setdefault(mistake.identifier, mistake)
        return list(found.values())

    @property
    def verdict(self) -> str:
        """The verdict in words."""
        if self.is_right and not self.digits:
            return f"rounded to {self.precision} and cannot be judged: give it to more decimals"
        if self.is_right:
            return right_text(self.style, self.digits, self.precision)
        if not self.has_enough_digits:
            return TOO_FEW_DIGITS
        return "wrong" if self.mistakes else UNEXPLAINED


def _agreeing_digits(given: float, truth: float) -> int:
    """Return in how many significant digits they agree."""
    wanted = np.array([truth])
    return int(digits_in_common(np.array([given]), wanted, np.abs(wanted)).item())


def _explanations(found: list[CostMistake]) -> tuple[Explanation, ...]:
    """Return one explanation for all that give the same number, and one for each other."""
    groups = groups_of(found, lambda one, other: isclose(one.value, other.value, rel_tol=EQUAL))
    return tuple(
        Explanation(
            mistakes=(group[0].identifier,),
            equivalent=tuple((other.identifier,) for other in group[1:]),
            sentence=ONE_OF_SEVERAL + group[0].sentence
            if len(groups) > 1
            else sentence_case(group[0].sentence),
            where={COST_NAME: (group[0].identifier,)},
            texts={mistake.identifier: mistake.text for mistake in group},
        )
        for group in groups
    )


# The mistakes


def mistakes(p: Problem) -> Iterator[CostMistake]:
    """Yield every mistake that can be made in C of that problem, the plainest first."""
    C, N, K = cost(p.net, p.X, p.y, p.loss), len(p.X), p.y.shape[1]
    yield CostMistake("factor_two", 2 * C)
    yield CostMistake("half_cost", C / 2)
    if N > 1 and has_mean(p):
        yield CostMistake("missing_mean", N * C)
        yield CostMistake("mean_twice", C / N)
        yield CostMistake("one_sample_less", C * N / (N - 1))
    if K > 1:
        yield CostMistake("mean_over_outputs", C / K)
    yield CostMistake("sign", -C)
    yield from _other_losses(p)
    yield from _of_errors(p)
    yield from _of_samples(p)
    yield from _of_weights(p, C)
    yield CostMistake("root_of_cost", C**0.5)


def _other_losses(p: Problem) -> Iterator[CostMistake]:
    wanted = loss_of(p.net.output, p.loss).forms.title
    probable = bool(((p.y >= 0) & (p.y <= 1)).all())
    for name in losses_for(p.net.output):
        own = loss_of(p.net.output, name)
        if name != p.loss and (probable or not own.fused):
            value = own.value(p.y, p.forward.y_hat, p.forward.O)
            yield CostMistake("other_loss", value, (own.forms.title, wanted))


def _of_errors(p: Problem) -> Iterator[CostMistake]:
    """Yield what other errors than y − ŷ give, or another function of them."""
    scale = loss_of(p.net.output, p.loss).scale(len(p.X))
    if scale is None:
        yield from _of_logarithms(p)
        return
    y, y_hat = p.y, p.forward.y_hat
    error = y - y_hat
    for values in (error, -error, np.abs(error)):
        yield CostMistake("square_missing", scale * float(values.sum()))
    yield CostMistake("square_of_sum", scale * float(np.square(error.sum())))
    yield CostMistake("linear_output_error", scale * float(((y - p.forward.O) ** 2).sum()))
    if y.shape[1] == 1 and len(y) > 1:
        wide = float(((y - y_hat.T) ** 2).sum())
        yield CostMistake("broadcast", scale * wide)
        yield CostMistake("broadcast", scale * wide / len(y))


def _of_logarithms(p: Problem) -> Iterator[CostMistake]:
    """Yield what other logarithms than those of cross-entropy give."""
    C = cost(p.net, p.X, p.y, p.loss)
    for base in (2.0, 10.0):
        yield CostMistake("other_logarithm", C / float(np.log(base)))
    if p.net.output != "softmax":
        y, y_hat = p.y, p.forward.y_hat
        for values in (y * np.log(y_hat), (1 - y) * np.log(1 - y_hat)):
            yield CostMistake("half_of_entropy", -float(values.sum()) / len(y))


def _of_samples(p: Problem) -> Iterator[CostMistake]:
    """Yield C of one sample alone, with its 1/N or without."""
    N = len(p.X)
    for name, at in (("first_sample_only", 0), ("last_sample_only", N - 1)):
        if N > 1:
            own = cost(p.net, p.X[at : at + 1], p.y[at : at + 1], p.loss)
            yield CostMistake(name, own)
            if has_mean(p):
                yield CostMistake(name, own / N)


def _of_weights(p: Problem, C: float) -> Iterator[CostMistake]:
    """Yield C with a penalty, and C after the step."""
    if p.l2:
        pairs = zip(p.net.weights, p.penalties(), strict=True)
        penalty = sum(float((W * term).sum()) for W, term in pairs) / 2
        yield CostMistake("penalty_in_cost", C + penalty)
        yield CostMistake("penalty_in_cost", C + 2 * penalty)
    if p.learning_rate is not None:
        net = p.net.with_weights(*new_weights(p))
        yield CostMistake("cost_after_step", cost(net, p.X, p.y, p.loss))


def new_weights(p: Problem) -> list[Array]:
    """Return the weights after one step. Raises ValueError without a learning rate."""
    if p.learning_rate is None:
        raise ValueError("there is no learning rate")
    rule = p.step or StepRule()
    pairs = zip(p.net.weights, p.truth, strict=True)
    return [W + rule.step(g, p.learning_rate) for W, g in pairs]
