"""Common mistakes in one number of the chain rule, and the value that each gives.

    question = Question(net, X, y, layer=1, row=0, column=0, sample=2, output=0,
                        quantity="dZ_dH")
    verdict = check_answer(read("0.25"), question)
    verdict.right, verdict.explanations    # the mistakes that give the typed number

`core.checking.mistakes` explains whole gradients, this module one typed number: by mistakes of that
catalogue, by others of its replacements, and by what happens to one number only. `FACTOR_MISTAKES`
are data: each has a description and computes the wrong values. A mistake that gives the true number
is not tried; only mistakes that give the typed number are named.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Self

import numpy as np

from core.activations import ACTIVATIONS
from core.chain import Factor, MatrixChain
from core.checking.mistakes import BY_IDENTIFIER
from core.checking.problem import GradientFactors, Problem
from core.checking.replacements import (
    Replacement,
    hidden_slope_of_value,
    missing_hidden_derivative,
    missing_mean,
    missing_output_derivative,
    output_slope_of_value,
    scaled,
    unchanged,
)
from core.checking.typed_number import TypedNumber
from core.gradients import Array, check_equations, targets
from core.losses import loss_of
from core.network import Network
from core.utils.number_text import round_to

TOTALS = ("product", "contribution", "gradient")
MIN_DIGITS = 2
MAX_MATCHES = 3  # cells of a matrix; more than that match by chance
MAX_EXPECTED_MATCHES = 0.5  # cells that would match a number drawn at random
OUTPUT, HIDDEN = "of the output", "of the hidden unit"


@dataclass(frozen=True, eq=False)
class Question:
    """The number asked for: `quantity` is the name of a factor (`core.chain`) or one of TOTALS.

    The weight is W⁽layer⁾[row, column]; sample and output are as in `core.gradients`; all indices
    count from 0. `raw` (N, d) are the inputs before scaling. Raises ValueError for several hidden
    layers or a softmax.
    """

    net: Network
    X: Array
    y: Array
    raw: Array
    layer: int
    row: int
    column: int
    sample: int
    output: int
    quantity: str
    loss: str = "half_mse"

    def __post_init__(self) -> None:
        check_equations(self.net)

    @cached_property
    def problem(self) -> Problem:
        """The network, data and loss that it is about."""
        y = targets(self.y, (len(self.X), self.net.outputs))
        return Problem(self.net, self.X, y, self.loss)

    @cached_property
    def matrix_chain(self) -> MatrixChain:
        """The true chain of the weight's matrix."""
        return MatrixChain(self.net, self.problem.forward, self.problem.y, self.loss, self.layer)

    @cached_property
    def factors(self) -> dict[str, Factor]:
        """Its factors by name, in order."""
        return {factor.name: factor for factor in self.matrix_chain.factors}

    @cached_property
    def chain(self) -> "FactorChain":
        """The true chain."""
        return FactorChain.of(self, self.problem.factors)

    def chain_with(self, replacement: Replacement) -> "FactorChain":
        """Return the chain in which a mistake replaces some factors."""
        return FactorChain.of(self, replacement(self.problem, self.problem.factors))

    @cached_property
    def truth(self) -> float:
        """The true value of the number asked for."""
        if self.quantity == "gradient":  # by matrix products, as on the page
            return float(self.problem.truth[self.layer - 1][self.row, self.column])
        return self.value_in(self.chain)

    def value_in(self, chain: "FactorChain") -> float:
        """Return the number asked for, computed from that chain."""
        return self.value_at(chain, self.sample, self.output)

    def value_at(self, chain: "FactorChain", i: int, o: int) -> float:
        """Return it for sample i and output o."""
        if self.quantity == "gradient":
            return float(chain.contributions.sum())
        if self.quantity == "contribution":
            return float(chain.contributions[i].sum())
        if self.quantity == "product":
            return float(chain.contributions[i, o])
        values = dict(zip(self.factors, chain.values(self.layer, i, o), strict=True))
        return float(values[self.quantity])


@dataclass(frozen=True, eq=False)
class FactorChain:
    """The factors of one weight for all samples; a mistake replaces some of them."""

    error: Array  # (N, K)  ∂C/∂ŷ
    slope: Array  # (N, K)  ∂ŷ/∂O
    dC_dO: Array  # (N, K)  their product, fused if the loss is
    output_weights: Array  # (K,)  ∂O/∂Z; for a weight of W2, 1 at its output, 0 elsewhere
    hidden_slope: Array  # (N,)  ∂Z/∂H; for a weight of W2, 1
    weight_input: Array  # (N,)  the weight's input: ∂O/∂W2 or ∂H/∂W1

    @classmethod
    def of(cls, q: Question, f: GradientFactors) -> Self:
        """Return the weight's own part of those factors."""
        error = f.scale * (f.error if f.dC_dyhat is None else f.dC_dyhat)
        if q.layer == 2:
            through = np.eye(q.net.outputs)[q.column]  # a weight of W2 reaches one output only
            hidden = np.ones(len(q.X))
        else:
            through, hidden = f.weights[0][q.column], f.slopes[0][:, q.column]
        weight_input = f.inputs[q.layer - 1][:, q.row]
        return cls(error, f.output_slope, f.dC_dO, through, hidden, weight_input)

    @cached_property
    def contributions(self) -> Array:
        """The contribution of each sample through each output, (N, K)."""
        hidden = (self.hidden_slope * self.weight_input)[:, np.newaxis]
        contributions: Array = self.dC_dO * self.output_weights * hidden
        return contributions

    def values(self, layer: int, i: int, o: int) -> Iterator[float]:
        """Yield the factors for sample i and output o, in the order of the matrix's chain."""
        yield from (self.error[i, o], self.slope[i, o])
        if layer == 1:
            yield from (self.output_weights[o], self.hidden_slope[i])
        yield self.weight_input[i]


@dataclass(frozen=True)
class FactorMatch:
    """A value that a mistake gives: its variant, or its cell in the matrix (from 0)."""

    value: float
    detail: str = ""
    cell: tuple[int, int] | None = None


MatchFunction = Callable[[Question], Iterable[FactorMatch]]


@dataclass(frozen=True)
class FactorMistake:
    """A mistake: its name, its description, and a function for the values it gives."""

    name: str
    description: str
    values: MatchFunction = field(compare=False)


@dataclass(frozen=True)
class FactorExplanation:
    """A mistake that gives the typed number, and its matching variants."""

    mistake: FactorMistake
    matches: tuple[FactorMatch, ...]


@dataclass(frozen=True)
class Verdict:
    """Verdict on a typed number: right, or the mistakes that give it.

    `too_few_digits`: it has too few digits for a verdict. `agreeing_digits`: how many significant
    digits of a wrong number are right.
    """

    right: bool
    too_few_digits: bool = False
    agreeing_digits: int = 0
    explanations: tuple[FactorExplanation, ...] = ()


def check_answer(typed: TypedNumber, question: Question) -> Verdict:
    """Return whether the answer is right to the digits typed; if not, which mistakes give it.

    One digit is enough only if it is the exact number, such as 0 or 1.
    """
    truth = question.truth
    if typed.equals(truth):
        return Verdict(right=True)
    if typed.is_close_to(truth):
        enough = typed.digits >= MIN_DIGITS
        return Verdict(right=enough, too_few_digits=not enough)
    explanations = tuple(_explanations(typed, question))
    if typed.digits < MIN_DIGITS and not explanations:
        return Verdict(right=False, too_few_digits=True)
    return Verdict(False, False, _agreeing_digits(typed.value, truth), explanations)


def _explanations(typed: TypedNumber, question: Question) -> Iterator[FactorExplanation]:
    for mistake in FACTOR_MISTAKES:
        with np.errstate(all="ignore"):  # what people do may well be 0/0
            candidates = [f for f in mistake.values(question) if _differs(f.value, question.truth)]
        matches = tuple(match for match in candidates if _matches(match.value, typed))
        if matches and not _by_chance(candidates, matches, typed):
            yield FactorExplanation(mistake, matches)


def _differs(value: float, truth: float) -> bool:
    return math.isfinite(value) and not math.isclose(value, truth, rel_tol=1e-9)


def _matches(value: float, typed: TypedNumber) -> bool:
    return typed.is_close_to(value) if typed.digits >= MIN_DIGITS else typed.equals(value)


def _by_chance(
    candidates: list[FactorMatch], matches: tuple[FactorMatch, ...], typed: TypedNumber
) -> bool:
    """Return whether so many cells were tried that any number would match one."""
    values = [match.value for match in candidates if match.cell is not None]
    if not values:
        return False
    spread = max(values) - min(values)
    expected = len(values) * 2 * typed.half_unit / spread if spread > 2 * typed.half_unit else 0.0
    exact = all(typed.equals(match.value) for match in matches)
    return len(matches) > MAX_MATCHES or (expected > MAX_EXPECTED_MATCHES and not exact)


def _agreeing_digits(value: float, truth: float) -> int:
    """Return how many significant digits the two share."""
    # Stricter than `digits_in_common`: the page blames the last digits on rounding.
    if not truth or not value or not math.isfinite(truth):
        return 0
    return max(0, math.floor(-math.log10(2 * abs(value - truth) / abs(truth))))


# The values that each mistake gives.


def _replaced(*variants: tuple[str, Replacement]) -> MatchFunction:
    """Return a function for the values of replaced factors, each variant with its name."""

    def values(q: Question) -> Iterable[FactorMatch]:
        first: dict[float, str] = {}
        for detail, replacement in variants:
            first.setdefault(q.value_in(q.chain_with(replacement)), detail)
        return [FactorMatch(value, detail) for value, detail in first.items()]

    return values


def _of_catalogue(identifier: str) -> FactorMistake:
    """Return a mistake of `core.checking.mistakes` as one in a single number."""
    mistake = BY_IDENTIFIER[identifier]
    return FactorMistake(
        identifier, mistake.description, _replaced(("", mistake.apply or unchanged))
    )


def _slopes(output: Replacement, hidden: Replacement) -> MatchFunction:
    """Return a function for another σ′ of the output, of the hidden unit, and of both."""
    both: Replacement = lambda p, f: hidden(p, output(p, f))  # noqa: E731
    return _replaced((OUTPUT, output), (HIDDEN, hidden), ("of both", both))


def _slope(activation: str, a: Array) -> Array:
    return ACTIVATIONS[activation].slope(a)


def _sign(q: Question) -> Iterable[FactorMatch]:
    return [FactorMatch(-q.truth)]


def _extra_mean(p: Problem, f: GradientFactors) -> GradientFactors:
    has_mean = missing_mean(p, f) is not f
    return f if has_mean else replace(f, scale=f.scale / len(p.X))


def _slope_twice(_: Problem, f: GradientFactors) -> GradientFactors:
    fused = f.cancelled_slope is not None
    return replace(f, error=f.error * f.output_slope) if fused else f


def _missing_input(_: Problem, f: GradientFactors) -> GradientFactors:
    return replace(f, inputs=tuple(map(np.ones_like, f.inputs)))


def _raw_input(q: Question) -> Iterable[FactorMatch]:
    if q.layer == 1 and q.row < q.net.inputs:
        yield FactorMatch(q.value_in(replace(q.chain, weight_input=q.raw[:, q.row])))


def _wrong_unit(q: Question) -> Iterable[FactorMatch]:
    if q.layer == 1:
        for unit in range(q.net.units):
            if unit != q.column:
                value = q.value_in(replace(q.chain, output_weights=q.net.W2[unit]))
                yield FactorMatch(value, cell=(unit, q.output))


def _matrix(q: Question) -> tuple[Array, tuple[int, int]]:
    """Return the matrix that contains the number asked for, and its row and column."""
    if q.quantity == "dO_dZ":
        return q.net.W2, (q.column, q.output)  # with its bias row
    if q.quantity in q.factors:
        factor = q.factors[q.quantity]
        column = {"W": q.row, "H": q.column}.get(factor.below.letter, q.output)
        return factor.value, (q.sample, column)
    if q.quantity == "gradient":
        return q.problem.truth[q.layer - 1], (q.row, q.column)
    return _sample_contributions(q), (q.row, q.column)


def _sample_contributions(q: Question) -> Array:
    """Return the sample's contribution to each weight, through the output or through all."""
    chain = q.matrix_chain
    upstream = chain.dC_dO.copy()
    if q.quantity == "product":
        upstream[:, np.arange(q.net.outputs) != q.output] = 0.0
    for factor in chain.between:
        upstream = factor.pull(upstream)
    return np.outer(chain.weight.value[q.sample], upstream[q.sample])


def _transposed(q: Question) -> Iterable[FactorMatch]:
    matrix, (row, column) = _matrix(q)
    if row != column and column < matrix.shape[0] and row < matrix.shape[1]:
        yield FactorMatch(float(matrix[column, row]), cell=(column, row))
    W2, K, l = q.net.W2, q.net.outputs, q.column
    if q.layer == 1 and q.quantity in TOTALS and l < K <= len(W2):
        yield FactorMatch(q.value_in(replace(q.chain, output_weights=W2[:K, l])), "in W⁽²⁾")


def _other_cell(q: Question) -> Iterator[FactorMatch]:
    matrix, (row, column) = _matrix(q)
    of_samples = q.quantity in q.factors and q.quantity != "dO_dZ"  # see _other_sample
    covered = {(row, column), (column, row)}  # see _transposed
    if q.quantity == "dO_dZ":
        covered |= {(unit, column) for unit in range(q.net.units)}  # see _wrong_unit
    for r in [row] if of_samples else range(matrix.shape[0]):
        for c in range(matrix.shape[1]):
            if (r, c) not in covered:
                yield FactorMatch(float(matrix[r, c]), cell=(r, c))


def _other_sample(q: Question) -> Iterator[FactorMatch]:
    if q.quantity in {"dO_dZ", "gradient"}:
        return
    if q.quantity == "contribution":
        values, column = q.chain.contributions.sum(axis=1), 0
    elif q.quantity == "product":
        values, column = q.chain.contributions[:, q.output], q.output
    else:
        matrix, (_, column) = _matrix(q)
        values = matrix[:, column]
    for sample, value in enumerate(values):
        if sample != q.sample:
            yield FactorMatch(float(value), cell=(sample, column))


def _one_sample(q: Question) -> Iterable[FactorMatch]:
    if q.quantity == "gradient":
        yield FactorMatch(float(q.chain.contributions[q.sample].sum()))


def _one_output(q: Question) -> Iterator[FactorMatch]:
    if q.quantity in {"contribution", "gradient"} and q.layer == 1 and q.net.outputs > 1:
        contributions = (
            q.chain.contributions if q.quantity == "gradient" else q.chain.contributions[[q.sample]]
        )
        for o, value in enumerate(contributions.sum(axis=0)):
            yield FactorMatch(float(value), f"output {o + 1}")


def _round(A: Array, digits: int) -> Array:
    """Round to that many significant digits."""
    rounded: Array = np.vectorize(round_to, otypes=[float])(A, digits)
    return rounded


def _rounded_early(q: Question) -> Iterator[FactorMatch]:
    """Yield values from a rounded ŷ and Z, and from rounded factors."""
    if q.quantity == "gradient":
        return  # nobody rounds the factors of all samples by hand
    for digits in range(1, 5):
        detail = f"to {digits} significant digit{'s' * (digits > 1)}"
        yield FactorMatch(q.value_at(_chain_from_rounded_values(q, digits), 0, q.output), detail)
        if q.quantity in TOTALS:
            yield FactorMatch(q.value_at(_chain_of_rounded_factors(q, digits), 0, q.output), detail)


def _chain_from_rounded_values(q: Question, digits: int) -> FactorChain:
    """Return the sample's chain computed from its rounded ŷ and Z."""
    i, chain = [q.sample], q.chain
    forward = q.problem.forward
    y_hat, Z = _round(forward.y_hat[i], digits), _round(forward.Z[i], digits)
    error = loss_of(q.net.output, q.loss).slope(q.problem.y[i], y_hat) * _sample_share(q)
    slope = _slope(q.net.output, y_hat)
    hidden = _slope(q.net.hidden, Z)[:, q.column] if q.layer == 1 else chain.hidden_slope[i]
    weight_input = chain.weight_input[i]
    if q.layer == 2:
        weight_input = _round(weight_input, digits)
    return FactorChain(error, slope, error * slope, chain.output_weights, hidden, weight_input)


def _chain_of_rounded_factors(q: Question, digits: int) -> FactorChain:
    """Return the sample's chain of rounded factors."""
    i, chain = [q.sample], q.chain
    error, slope = _round(chain.error[i], digits), _round(chain.slope[i], digits)
    rest = (chain.output_weights, chain.hidden_slope[i], chain.weight_input[i])
    return FactorChain(error, slope, error * slope, *(_round(A, digits) for A in rest))


def _sample_share(q: Question) -> float:
    """Return ∂C/∂ŷ of one sample among N, relative to that of a single sample."""
    loss = loss_of(q.net.output, q.loss)
    return loss.error_scale(len(q.X)) / loss.error_scale(1)


def _cut_off(q: Question) -> Iterator[FactorMatch]:
    """Yield truncated values where rounding would have raised the last digit."""
    if not q.truth or not math.isfinite(q.truth):
        return
    exponent = math.floor(math.log10(abs(q.truth)))
    for digits in range(MIN_DIGITS, 13):
        unit = 10.0 ** (exponent - digits + 1)
        cut = math.copysign(math.floor(abs(q.truth) / unit) * unit, q.truth)
        if abs(abs(q.truth) - abs(cut)) > unit / 2:
            yield FactorMatch(cut, f"after {digits} digits")


FACTOR_MISTAKES = (
    FactorMistake("sign", "the sign is flipped, as when y − ŷ and ŷ − y are confused", _sign),
    _of_catalogue("missing_mean"),
    FactorMistake(
        "extra_mean",
        "the sum is divided by N, which this loss does not do",
        _replaced(("", _extra_mean)),
    ),
    FactorMistake(
        "factor_two",
        "a factor of 2 is missing or extra, from the square in the loss",
        _replaced(("twice as much", scaled(2)), ("half as much", scaled(0.5))),
    ),
    _of_catalogue("missing_error"),
    _of_catalogue("linear_output_error"),
    FactorMistake(
        "missing_derivative",
        "the factor σ′ is missing, with 1 in its place",
        _slopes(missing_output_derivative, missing_hidden_derivative),
    ),
    FactorMistake(
        "derivative_of_activation",
        "σ′ is evaluated at σ’s value: at ŷ instead of O, or at Z instead of H",
        _slopes(output_slope_of_value, hidden_slope_of_value),
    ),
    FactorMistake(
        "activation_for_derivative",
        "σ is used instead of σ′",
        _slopes(
            lambda p, f: replace(f, output_slope=p.forward.y_hat),
            lambda p, f: replace(f, slopes=p.forward.values[:-1]),
        ),
    ),
    FactorMistake(
        "argument_for_value",
        "O is used instead of ŷ, or H instead of Z, in the formula of σ′",
        _slopes(
            lambda p, f: replace(f, output_slope=_slope(p.net.output, p.forward.O)),
            lambda p, f: replace(
                f, slopes=tuple(_slope(p.net.hidden, H) for H in p.forward.sums[:-1])
            ),
        ),
    ),
    FactorMistake(
        "target_for_prediction",
        "y is used instead of ŷ in the formula of σ′",
        _replaced((OUTPUT, lambda p, f: replace(f, output_slope=_slope(p.net.output, p.y)))),
    ),
    FactorMistake(
        "slope_twice",
        "ŷ(1 − ŷ) is included, although it cancels against the loss",
        _replaced(("", _slope_twice)),
    ),
    _of_catalogue("raw_hidden"),
    FactorMistake("raw_input", "the raw input is used instead of the scaled one", _raw_input),
    _of_catalogue("missing_w2"),
    FactorMistake(
        "missing_carried",
        "the weight’s input is missing, as if it were 1",
        _replaced(("", _missing_input)),
    ),
    FactorMistake("wrong_unit", "W⁽²⁾ of another hidden unit is used", _wrong_unit),
    FactorMistake("transposed", "row and column are swapped", _transposed),
    FactorMistake("other_cell", "it is another entry of the same matrix", _other_cell),
    FactorMistake("other_sample", "it is the value for another sample", _other_sample),
    FactorMistake("one_sample", "it is this sample’s contribution alone, not the sum", _one_sample),
    FactorMistake("one_output", "it counts one output only, not the sum over all", _one_output),
    FactorMistake("cut_off", "digits are truncated instead of rounded", _cut_off),
    FactorMistake(
        "rounded_early", "numbers are rounded before they are multiplied", _rounded_early
    ),
)
