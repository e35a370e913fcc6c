"""Common mistakes in one number of a training step, and the value that each gives.

    question = Question(net, X, y, raw, layer=1, row=0, column=0, sample=2, output=0,
                        quantity="dZ_dH")
    verdict = check_answer(read("0.25"), question)
    verdict.right, verdict.explanations    # the mistakes that give the typed number

`core.checking.mistakes` explains whole gradients, this module one typed number: by mistakes of that
catalogue, by others of its replacements, and by what happens to one number only. `FACTOR_MISTAKES`
are data: each has a description and computes the wrong values; `STEP_MISTAKES` are those in the
forward pass, in C and in a new weight (`core.checking.step_mistakes`). A mistake that gives the
true number is not tried; only mistakes that give the typed number are named.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from core.activations import ACTIVATIONS
from core.chain import Factor, Symbol, sample_costs, sample_share
from core.checking.mistakes import BY_IDENTIFIER
from core.checking.problem import GradientFactors, Problem
from core.checking.question import (
    COST,
    DC_DZ,
    DELTA,
    NEW_WEIGHT,
    SHARE,
    TOTALS,
    FactorChain,
    FactorMatch,
    FactorMistake,
    MatchFunction,
    Question,
)
from core.checking.replacements import (
    Replacement,
    hidden_slope_of_value,
    in_one_layer,
    missing_hidden_derivative,
    missing_mean,
    missing_output_derivative,
    output_slope_of_value,
    scaled,
    unchanged,
)
from core.checking.step_mistakes import (
    ALSO_IN_A_STEP,
    OF_A_STEP,
    ROUNDED_DIGITS,
    digits_text,
    round_all,
)
from core.checking.typed_number import TypedNumber
from core.gradients import Array
from core.losses import loss_of

MIN_DIGITS = 2
MAX_MATCHES = 3  # cells of a matrix; more than that match by chance
MAX_EXPECTED_MATCHES = 0.5  # cells that would match a number drawn at random
MAX_SAMPLES = 10_000  # whose shares of C are computed one by one
OUTPUT, HIDDEN = "of the output", "of the hidden unit"


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
    for mistake in FACTOR_MISTAKES if question.is_of_chain else STEP_MISTAKES:
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
            chain = q.chain_with(replacement)
            if chain.factors.output_slope.ndim == q.chain.factors.output_slope.ndim:
                first.setdefault(q.value_in(chain), detail)
        return [FactorMatch(value, detail) for value, detail in first.items()]

    return values


def _of_catalogue(identifier: str, deeper: str = "") -> FactorMistake:
    """Return a mistake of `core.checking.mistakes` as one in a single number."""
    mistake = BY_IDENTIFIER[identifier]
    values = _replaced(("", mistake.apply or unchanged))
    return FactorMistake(identifier, mistake.description, values, deeper)


def _of_softmax(identifier: str) -> FactorMistake:
    """Return a mistake of the catalogue that only a softmax allows."""
    mistake = BY_IDENTIFIER[identifier]

    def values(q: Question) -> Iterator[FactorMatch]:
        if q.quantity in {"dC_dyhat", "dyhat_dO"}:  # it concerns their product
            return
        for replacement in mistake.replacements(q.problem):
            yield FactorMatch(q.value_in(q.chain_with(replacement)))

    return FactorMistake(identifier, mistake.description, values)


def _slopes(output: Replacement, hidden: Replacement) -> MatchFunction:
    """Return a function for another σ′ of the output, of the hidden unit, and of both.

    With several hidden layers it is that of each, and of all.
    """
    both: Replacement = lambda p, f: hidden(p, output(p, f))  # noqa: E731

    def values(q: Question) -> Iterable[FactorMatch]:
        variants = [(OUTPUT, output), (HIDDEN, hidden), ("of both", both)]
        if q.net.layers > 2:
            layers = range(q.layer, q.net.layers)
            each = [(f"of hidden layer {n}", in_one_layer(hidden, n - 1)) for n in layers]
            variants = [variants[0], *each, ("of every hidden layer", hidden), ("of all", both)]
        return _replaced(*variants)(q)

    return values


def _slope(activation: str, a: Array) -> Array:
    return ACTIVATIONS[activation].slope(a)


def _sign(q: Question) -> Iterable[FactorMatch]:
    return [FactorMatch(-q.truth)]


def _extra_mean(p: Problem, f: GradientFactors) -> GradientFactors:
    has_mean = missing_mean(p, f) is not f
    return f if has_mean else replace(f, scale=f.scale / len(p.X))


def _slope_twice(_: Problem, f: GradientFactors) -> GradientFactors:
    cancels = f.cancelled_slope is not None and f.output_slope.ndim == 2
    return replace(f, error=f.error * f.output_slope) if cancels else f


def _missing_input(_: Problem, f: GradientFactors) -> GradientFactors:
    return replace(f, inputs=tuple(map(np.ones_like, f.inputs)))


def _raw_input(q: Question) -> Iterable[FactorMatch]:
    if q.layer == 1 and q.row < q.net.inputs:
        first, *later = q.problem.factors.inputs
        raw = first.copy()
        raw[:, q.row] = q.raw[:, q.row]
        yield FactorMatch(q.value_in(q.chain_of(replace(q.problem.factors, inputs=(raw, *later)))))


def _wrong_unit(q: Question) -> Iterable[FactorMatch]:
    if not q.is_last and q.quantity != DC_DZ:  # there it is another cell
        W, destination = q.net.weights[q.layer], (*q.units[1:], q.output)[0]
        for unit in range(q.net.rows(q.layer + 1)):
            if unit != q.column:
                value = q.value_in(_with_weights(q, W[unit]))
                yield FactorMatch(value, cell=(unit, destination))


def _with_weights(q: Question, weights: Array) -> FactorChain:
    """Return the chain with other weights from the weight's own unit."""
    f, at = q.problem.factors, q.layer - 1
    changed = f.weights[at].copy()
    changed[q.column] = weights
    return q.chain_of(replace(f, weights=(*f.weights[:at], changed, *f.weights[at + 1 :])))


def _matrix(q: Question) -> tuple[Array, tuple[int, int]]:
    """Return the matrix that contains the number asked for, and its row and column."""
    if q.quantity in q.factors:
        return _factor_matrix(q, q.factors[q.quantity])
    if q.quantity in ("product", "contribution"):
        return _sample_contributions(q), (q.row, q.column)
    if q.quantity in (SHARE, COST):
        return np.array([[q.truth]]), (0, 0)
    return q.array, q.place


def _factor_matrix(q: Question, factor: Factor) -> tuple[Array, tuple[int, int]]:
    """Return a factor's array, and where the path goes through it."""
    if factor.kind == "linear":
        path = dict(enumerate((*q.units, q.output), q.layer))  # by hidden layer, then the output
        layer = factor.below.layer or 1
        return q.net.weights[layer], (path[layer], path[layer + 1])  # with its bias row
    if factor.kind == "full":
        return factor.value[q.sample], (q.output, q.output)
    units = dict(enumerate(q.units, q.layer))
    unit = units.get(factor.below.layer or 1, q.output)
    column = {"W": q.row, "H": unit}.get(factor.below.letter, q.output)
    return factor.value, (q.sample, column)


def _sample_contributions(q: Question) -> Array:
    """Return the sample's contribution to each weight, through the output or through all.

    For the product of a path it is that of the same path from each weight on.
    """
    chain = q.matrix_chain
    inputs = chain.weight.value[q.sample]
    if q.quantity == "product" and len(q.units) > 1:
        *later, _ = q.chain.path(q.output)
        rest = q.chain.factors.dC_dO[q.sample, q.output]
        rest *= math.prod(float(linear * slope[q.sample]) for linear, slope in later)
        *_, linear, slope = chain.between
        return np.outer(inputs, linear.value[:, q.units[1]] * slope.value[q.sample] * rest)
    upstream = chain.dC_dO.copy()
    if q.quantity == "product":
        upstream[:, np.arange(q.net.outputs) != q.output] = 0.0
    for factor in chain.between:
        upstream = factor.pull(upstream)
    return np.outer(inputs, upstream[q.sample])


def _transposed(q: Question) -> Iterable[FactorMatch]:
    matrix, (row, column) = _matrix(q)
    if row != column and column < matrix.shape[0] and row < matrix.shape[1]:
        yield FactorMatch(float(matrix[column, row]), cell=(column, row))
    if q.is_last or q.quantity not in (*TOTALS, DELTA, DC_DZ):
        return
    W, l = q.net.weights[q.layer], q.column
    units = W.shape[1]
    if l < units <= len(W):
        detail = f"in {Symbol('W', q.layer + 1).text}"
        yield FactorMatch(q.value_in(_with_weights(q, W[:units, l])), detail)


def _is_linear(q: Question) -> bool:
    return q.quantity in q.factors and q.factors[q.quantity].kind == "linear"


def _other_cell(q: Question) -> Iterator[FactorMatch]:
    matrix, (row, column) = _matrix(q)
    factor = q.factors.get(q.quantity)
    # Of arrays with a row for each sample, see _other_sample.
    of_samples = factor is not None and factor.kind in ("diagonal", "input")
    if factor is None and q.quantity not in (*TOTALS, NEW_WEIGHT):
        of_samples = True
    covered = {(row, column), (column, row)}  # see _transposed
    if factor is not None and factor.kind == "linear" and row == q.column:
        covered |= {(unit, column) for unit in range(q.net.rows(q.layer + 1))}  # see _wrong_unit
    for r in [row] if of_samples else range(matrix.shape[0]):
        for c in range(matrix.shape[1]):
            if (r, c) not in covered:
                yield FactorMatch(float(matrix[r, c]), cell=(r, c))


def _other_sample(q: Question) -> Iterator[FactorMatch]:
    if q.quantity in ("gradient", COST, NEW_WEIGHT) or _is_linear(q):
        return
    if q.quantity == SHARE and len(q.X) > MAX_SAMPLES:
        return
    column = q.output
    if q.quantity == "contribution":
        values, column = q.chain.contributions.sum(axis=1), 0
    elif q.quantity == "product":
        values = q.chain.products(q.output)
    elif q.quantity == SHARE:
        values, column = sample_costs(q.net, q.X, q.problem.y, q.loss, len(q.X))[:, 0], 0
    elif q.quantity in q.factors and q.factors[q.quantity].kind == "full":
        values = q.factors[q.quantity].value[:, q.output, q.output]
    else:
        matrix, (_, column) = _matrix(q)
        values = matrix[:, column]
    for sample, value in enumerate(values):
        if sample != q.sample:
            yield FactorMatch(float(value), cell=(sample, column))


def _one_sample(q: Question) -> Iterable[FactorMatch]:
    if q.quantity == "gradient":
        yield FactorMatch(float(q.chain.contributions[q.sample].sum()))


def _all_samples(q: Question) -> Iterable[FactorMatch]:
    if q.quantity == "contribution":
        yield FactorMatch(float(q.chain.contributions.sum()))


def _one_output(q: Question) -> Iterator[FactorMatch]:
    if q.is_last or q.net.outputs == 1:
        return
    parts = {
        "gradient": lambda: q.chain.contributions.sum(axis=0),
        "contribution": lambda: q.chain.contributions[q.sample],
        DELTA: lambda: q.chain.dC_dZ[q.sample] * q.chain.own_slope[q.sample],
        DC_DZ: lambda: q.chain.dC_dZ[q.sample],
    }
    if q.quantity in parts:
        for o, value in enumerate(parts[q.quantity]()):
            yield FactorMatch(float(value), f"output {o + 1}")


def _bias_row(q: Question) -> Iterable[FactorMatch]:
    if q.quantity not in q.factors and not q.is_last and q.net.has_bias(q.layer + 1):
        yield FactorMatch(q.value_in(_with_weights(q, q.net.weights[q.layer][-1])))


def _slope_included(q: Question) -> Iterable[FactorMatch]:
    if q.quantity == DC_DZ:
        yield FactorMatch(float(q.chain.delta[q.sample]))


def _rounded_early(q: Question) -> Iterator[FactorMatch]:
    """Yield values from a rounded ŷ and Z, and from rounded factors."""
    if q.quantity == "gradient":
        return  # nobody rounds the factors of all samples by hand
    for digits in ROUNDED_DIGITS:
        detail = digits_text(digits)
        yield FactorMatch(q.value_at(_chain_from_rounded_values(q, digits), 0, q.output), detail)
        if q.quantity in (*TOTALS, DELTA, DC_DZ):
            yield FactorMatch(q.value_at(_chain_of_rounded_factors(q, digits), 0, q.output), detail)


def _chain_from_rounded_values(q: Question, digits: int) -> FactorChain:
    """Return the sample's chain computed from its rounded ŷ and Z."""
    i, f, forward = [q.sample], q.problem.factors, q.problem.forward
    *values, y_hat = (round_all(value[i], digits) for value in forward.values)
    inputs = f.inputs[0][i], *(round_all(value[i], digits) for value in f.inputs[1:])
    return q.chain_of(
        replace(
            f,
            scale=1.0,
            error=loss_of(q.net.output, q.loss).slope(q.problem.y[i], y_hat) * _sample_share(q),
            output_slope=_slope(q.net.output, y_hat),
            cancelled_slope=None,
            dC_dyhat=None,
            slopes=tuple(_slope(q.net.hidden, Z) for Z in values),
            inputs=inputs,
        )
    )


def _chain_of_rounded_factors(q: Question, digits: int) -> FactorChain:
    """Return the sample's chain of rounded factors."""
    i, f = [q.sample], q.problem.factors
    return q.chain_of(
        replace(
            f,
            scale=1.0,
            error=round_all(q.chain.error[i], digits),
            output_slope=round_all(f.output_slope[i], digits),
            cancelled_slope=None,
            dC_dyhat=None,
            weights=tuple(round_all(W, digits) for W in f.weights),
            slopes=tuple(round_all(slope[i], digits) for slope in f.slopes),
            inputs=tuple(round_all(values[i], digits) for values in f.inputs),
        )
    )


def _sample_share(q: Question) -> float:
    """Return ∂C/∂ŷ of one sample among N, relative to that of a single sample."""
    return sample_share(loss_of(q.net.output, q.loss), len(q.X))


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
    _of_softmax("softmax_diagonal"),
    _of_softmax("softmax_twice"),
    _of_catalogue("raw_hidden", "H is used instead of Z as what a matrix multiplies"),
    FactorMistake("raw_input", "the raw input is used instead of the scaled one", _raw_input),
    _of_catalogue(
        "missing_w2", "the weights that δ passes back through are missing, as if they were 1"
    ),
    FactorMistake(
        "missing_carried",
        "the weight’s input is missing, as if it were 1",
        _replaced(("", _missing_input)),
    ),
    FactorMistake(
        "wrong_unit",
        "W⁽²⁾ of another hidden unit is used",
        _wrong_unit,
        "the weight of another hidden unit is used",
    ),
    FactorMistake(
        "bias_row", "the weights of the constant 1 are used, not those of the unit", _bias_row
    ),
    FactorMistake("slope_included", "the factor σ′ is in it: that comes next", _slope_included),
    FactorMistake("transposed", "row and column are swapped", _transposed),
    FactorMistake("other_cell", "it is another entry of the same matrix", _other_cell),
    FactorMistake("other_sample", "it is the value for another sample", _other_sample),
    FactorMistake("one_sample", "it is this sample’s contribution alone, not the sum", _one_sample),
    FactorMistake("all_samples", "it is the sum over all samples, not this one’s", _all_samples),
    FactorMistake("one_output", "it counts one output only, not the sum over all", _one_output),
    FactorMistake("cut_off", "digits are truncated instead of rounded", _cut_off),
    FactorMistake(
        "rounded_early", "numbers are rounded before they are multiplied", _rounded_early
    ),
)
OF_ANY_NUMBER = ("other_cell", "other_sample", "cut_off")
STEP_MISTAKES = (
    *OF_A_STEP,
    *(
        replace(mistake, values=ALSO_IN_A_STEP.get(mistake.name, mistake.values), deeper="")
        for mistake in FACTOR_MISTAKES
        if mistake.name in (*ALSO_IN_A_STEP, *OF_ANY_NUMBER)
    ),
)
