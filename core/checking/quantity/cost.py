"""The cost C that somebody gave: right to how many digits, or which mistakes give this number.

    diagnose_cost(problem, numbers)       # a Diagnosis, of "C" alone

One number says little: every mistake that gives it to its own digits is named, and none if it has
fewer than MIN_DIGITS. With a penalty, C is still without it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from core.checking.diagnosis.by_hand import cost_error
from core.checking.diagnosis.explanations import Explanation
from core.checking.diagnosis.matching import CUT_OFF, MAX_DIGITS, ROUNDED
from core.checking.diagnosis.verdict import BY_HAND_ERROR, ON_THE_WAY, Diagnosis
from core.checking.problem import Problem
from core.checking.quantity.catalogue import OF_COSTS
from core.checking.quantity.rule import StepRule
from core.checking.rounding import Precision
from core.checking.submission.kinds import COST_NAME
from core.checking.submission.numbers import Numbers
from core.gradients import Array, cost
from core.losses import loss_of, losses_for
from core.utils.sentence import plural, sentence_case

MIN_DIGITS = 3  # that are needed to name a mistake
EQUAL = 1e-12


@dataclass(frozen=True)
class CostMistake:
    """A mistake in C, the number that it gives, and names that its words need."""

    identifier: str
    value: float
    names: tuple[str, str] = ("", "")

    @property
    def sentence(self) -> str:
        """What was done, and what to do instead."""
        done, instead = OF_COSTS[self.identifier]
        return f"{done.format(self.names[0])}: {instead.format(self.names[1])}"


def diagnose_cost(problem: Problem, numbers: Numbers) -> Diagnosis:
    """Compare C with the true one, to the precision that it was given to."""
    given, half_unit = float(numbers.values.item()), float(numbers.precision.half_unit.max())
    truth = cost(problem.net, problem.X, problem.y, problem.loss)
    exact = numbers.precision
    style = _style(given, truth, half_unit, exact)
    loose = style is None and _is_by_hand(problem, given, truth, half_unit)
    right = style is not None or loose
    digits = _digits(given, truth)
    conclusive = not right or digits > 0
    enough = _digits(given + 2 * half_unit, given) >= MIN_DIGITS
    found = [] if right or not enough else _matches(problem, given, half_unit, exact)
    verdict = _verdict(exact, right=right, style=style, digits=digits, enough=enough,
                       named=bool(found))  # fmt: skip
    explanations = _explanations(found)
    rest = f" {explanations[0].sentence}" if explanations else ""
    return Diagnosis(
        correct=right and conclusive,
        conclusive=conclusive,
        digits=digits,
        layout="",
        explanations=explanations,
        verdicts={COST_NAME: verdict},
        sentence=f"{COST_NAME} is {verdict}.{rest}",
        agreeing_digits={COST_NAME: np.full((1, 1), float(digits))},
        right={COST_NAME: np.full((1, 1), right)},
        precision={COST_NAME: exact},
        given={COST_NAME: numbers.values.reshape(1, 1)},
        rounding=ON_THE_WAY if loose else style or "",
        first_wrong=None if right else COST_NAME,
    )


def _tolerance(value: float, half_unit: float, precision: Precision) -> float:
    return half_unit + precision.relative_error * abs(value)


def _style(given: float, truth: float, half_unit: float, precision: Precision) -> str | None:
    """Return whether it is the truth rounded or cut off; None for neither."""
    tolerance = _tolerance(truth, half_unit, precision)
    if abs(given - truth) <= tolerance:
        return ROUNDED
    middle = given + float(np.sign(truth)) * half_unit
    return CUT_OFF if given * truth >= 0 and abs(middle - truth) <= tolerance else None


def _is_by_hand(problem: Problem, given: float, truth: float, half_unit: float) -> bool:
    bound = min(cost_error(problem, half_unit), BY_HAND_ERROR * abs(truth))
    return half_unit > 0 and abs(given - truth) <= bound


def _digits(given: float, truth: float) -> int:
    """Return in how many significant digits they agree."""
    error = abs(given - truth)
    if error <= 10.0**-MAX_DIGITS * abs(truth) or not truth:
        return MAX_DIGITS if not error or truth else 0
    unit = 10.0 ** (np.floor(np.log10(abs(truth))) + 1)
    return int(np.clip(np.floor(-np.log10(2 * error / unit) + 1e-9), 0, MAX_DIGITS))


def _verdict(
    precision: Precision,
    *,
    right: bool,
    style: str | None,
    digits: int,
    enough: bool,
    named: bool,
) -> str:
    if right and not digits:
        return f"rounded to {precision} and cannot be judged: give it to more decimals"
    if right and style is None:
        return f"right to {plural(digits, 'digit')}, as when numbers are rounded on the way"
    if right:
        cut = ", with its numbers cut off instead of rounded" if style == CUT_OFF else ""
        return f"right, to the {precision} it was given to{cut}"
    if not enough:
        return "wrong, and has too few digits to tell why"
    return "wrong" if named else "wrong, and no known mistake explains it"


def _matches(
    problem: Problem, given: float, half_unit: float, precision: Precision
) -> list[CostMistake]:
    """Return the mistakes that give the number, the first of equal identifiers."""
    found: dict[str, CostMistake] = {}
    with np.errstate(all="ignore"):
        for mistake in mistakes(problem):
            tolerance = _tolerance(mistake.value, half_unit, precision)
            if np.isfinite(mistake.value) and abs(given - mistake.value) <= tolerance:
                found.setdefault(mistake.identifier, mistake)
    return list(found.values())


def _explanations(found: list[CostMistake]) -> tuple[Explanation, ...]:
    """Return one explanation for all that give the same number, and one for each other."""
    groups: list[list[CostMistake]] = []
    for mistake in found:
        for group in groups:
            if np.isclose(group[0].value, mistake.value, rtol=EQUAL, atol=0.0):
                group.append(mistake)
                break
        else:
            groups.append([mistake])
    start = "One of several mistakes that these digits cannot distinguish: "
    return tuple(
        Explanation(
            mistakes=(group[0].identifier,),
            equivalent=tuple((other.identifier,) for other in group[1:]),
            sentence=start + group[0].sentence
            if len(groups) > 1
            else sentence_case(group[0].sentence),
            where={COST_NAME: (group[0].identifier,)},
        )
        for group in groups
    )


# The mistakes


def mistakes(p: Problem) -> Iterator[CostMistake]:
    """Yield every mistake that can be made in C of that problem, the plainest first."""
    C, N, K = cost(p.net, p.X, p.y, p.loss), len(p.X), p.y.shape[1]
    yield CostMistake("factor_two", 2 * C)
    yield CostMistake("half_cost", C / 2)
    if N > 1:
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
    yield CostMistake("square_of_sum", scale * float(error.sum()) ** 2)
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
