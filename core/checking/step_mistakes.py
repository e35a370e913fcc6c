"""Common mistakes in one number of the forward pass, of C or of a new weight.

`OF_A_STEP` are data as in `core.checking.factor_mistakes`. `ALSO_IN_A_STEP` are the values, in such
a number, of mistakes that are described there.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import numpy as np

from core.activations import ACTIVATIONS
from core.chain import sample_share
from core.checking.mistakes import BY_IDENTIFIER
from core.checking.problem import Problem
from core.checking.quantity.catalogue import OF_COSTS
from core.checking.quantity.cost import mistakes as cost_mistakes
from core.checking.question import (
    ACTIVATION,
    COST,
    NEW_WEIGHT,
    SHARE,
    SUM,
    FactorMatch,
    FactorMistake,
    MatchFunction,
    Question,
)
from core.checking.replacements import has_mean
from core.gradients import Array, contributions, cost
from core.losses import loss_of, losses_for
from core.network import Network
from core.training.update import Update
from core.utils.number_text import round_to
from core.utils.sentence import plural

ROUNDED_DIGITS = range(1, 5)
MAX_SAMPLES = 1_000  # whose cost is worked out by hand; N×N errors of more would fill the memory
OF_COST = (  # of `core.checking.quantity.cost`
    "mean_over_outputs", "one_sample_less", "square_missing", "square_of_sum", "root_of_cost",
    "broadcast", "other_logarithm", "half_of_entropy",
)  # fmt: skip


def round_all(A: Array, digits: int) -> Array:
    """Return an array rounded to that many significant digits."""
    result: Array = np.vectorize(round_to, otypes=[float])(A, digits)
    return result


# The forward pass: a sum of products, and its activation

Terms = tuple[str, Array, Array]  # a variant, what the sample gives the weights, and the weights


def _forward(ways: Callable[[Question], Iterator[Terms]]) -> MatchFunction:
    """Return a function for the values of other terms in the sum, and after the activation."""

    def values(q: Question) -> Iterator[FactorMatch]:
        if q.quantity in (SUM, ACTIVATION):
            for detail, inputs, weights in ways(q):
                yield FactorMatch(_value_of(q, inputs @ weights), detail)

    return values


def _value_of(q: Question, sums: Array) -> float:
    """Return the number asked for, from the sums of the unit's layer."""
    return float((sums if q.quantity == SUM else _activation_of(q, sums))[q.column])


def _activation(q: Question) -> str:
    return q.net.output if q.is_last else q.net.hidden


def _activation_of(q: Question, values: Array) -> Array:
    result: Array = ACTIVATIONS[_activation(q)].value(values[np.newaxis])[0]
    return result


def _terms(q: Question) -> tuple[Array, Array]:
    """Return what the sample gives the weights, and the weights."""
    return q.problem.forward.inputs[q.layer - 1][q.sample], q.net.weights[q.layer - 1]


def _bias_missing(q: Question) -> Iterator[Terms]:
    inputs, W = _terms(q)
    if q.net.has_bias(q.layer):
        yield "", inputs[:-1], W[:-1]


def _inputs_missing(q: Question) -> Iterator[Terms]:
    inputs, W = _terms(q)
    yield "", np.ones_like(inputs), W


def _term_missing(q: Question) -> Iterator[FactorMatch]:
    if q.quantity in (SUM, ACTIVATION):
        inputs, W = _terms(q)
        sums = inputs @ W
        for row in range(q.net.rows(q.layer)):
            value = _value_of(q, sums - inputs[row] * W[row])
            yield FactorMatch(value, cell=(row, q.column))


def _raw_hidden(q: Question) -> Iterator[Terms]:
    inputs, W = _terms(q)
    if q.layer > 1:
        H = q.problem.forward.sums[q.layer - 2][q.sample]
        yield "", np.append(H, inputs[len(H) :]), W


def _raw_input(q: Question) -> Iterator[Terms]:
    inputs, W = _terms(q)
    if q.layer == 1:
        raw = q.raw[q.sample]
        yield "", np.append(raw, inputs[len(raw) :]), W


def _transposed(q: Question) -> Iterator[Terms]:
    inputs, W = _terms(q)
    if W.shape[0] == W.shape[1]:
        yield "", inputs, W.T


def _new_weights(q: Question) -> Iterator[Terms]:
    if q.update is not None:
        yield "", _terms(q)[0], q.update.new_weights[q.layer - 1]


def _rounded_terms(q: Question) -> Iterator[Terms]:
    inputs, W = _terms(q)
    for digits in ROUNDED_DIGITS:
        yield digits_text(digits), round_all(inputs, digits), round_all(W, digits)


def digits_text(digits: int) -> str:
    """Return how far numbers are rounded."""
    return f"to {plural(digits, 'significant digit')}"


def _rounded_early(q: Question) -> Iterator[FactorMatch]:
    yield from _forward(_rounded_terms)(q)
    if q.quantity == ACTIVATION:
        for digits in ROUNDED_DIGITS:
            sums = round_all(q.problem.forward.sums[q.layer - 1][q.sample], digits)
            yield FactorMatch(_value_of(q, sums), digits_text(digits))
    if q.quantity == SHARE:
        for digits in ROUNDED_DIGITS:
            y_hat = round_all(_one_sample(q).forward.y_hat, digits)
            yield FactorMatch(_share(q, q.loss) * _cost_of(q, y_hat), digits_text(digits))


def _cost_of(q: Question, y_hat: Array) -> float:
    p = _one_sample(q)
    return loss_of(q.net.output, q.loss).value(p.y, y_hat, p.forward.O)


def _activation_missing(q: Question) -> Iterable[FactorMatch]:
    if q.quantity == ACTIVATION:
        yield FactorMatch(float(q.problem.forward.sums[q.layer - 1][q.sample, q.column]))


def _activation_early(q: Question) -> Iterable[FactorMatch]:
    if q.quantity == SUM:
        yield FactorMatch(float(q.problem.forward.values[q.layer - 1][q.sample, q.column]))


def _activation_twice(q: Question) -> Iterable[FactorMatch]:
    if q.quantity == ACTIVATION:
        values = q.problem.forward.values[q.layer - 1][q.sample]
        yield FactorMatch(float(_activation_of(q, values)[q.column]))


def _slope_for_value(q: Question) -> Iterable[FactorMatch]:
    if q.quantity == ACTIVATION:
        values = q.problem.forward.values[q.layer - 1][[q.sample]]
        slope = ACTIVATIONS[_activation(q)].slope(values)[0]
        yield FactorMatch(float(slope[q.column, q.column] if slope.ndim > 1 else slope[q.column]))


def _other_activation(q: Question) -> Iterator[FactorMatch]:
    if q.quantity == ACTIVATION:
        sums = q.problem.forward.sums[q.layer - 1][[q.sample]]
        for name, other in ACTIVATIONS.items():
            if name not in (_activation(q), "identity") and not other.full:
                yield FactorMatch(float(other.value(sums)[0, q.column]), other.title)


def _exponential(q: Question) -> Iterable[FactorMatch]:
    if q.quantity == ACTIVATION and _activation(q) == "softmax":
        O = q.problem.forward.O[q.sample]
        yield FactorMatch(float(np.exp(O[q.column])))
        yield FactorMatch(float(np.exp(O[q.column] - O.max())))


# C, and a sample's share of it


def _of_cost(q: Question) -> tuple[Problem, float]:
    """Return the samples that it is the cost of, and the share of that cost."""
    return (q.problem, 1.0) if q.quantity == COST else (_one_sample(q), _share(q, q.loss))


def _one_sample(q: Question) -> Problem:
    i, p = slice(q.sample, q.sample + 1), q.problem
    return replace(p, X=p.X[i], y=p.y[i])


def _share(q: Question, loss: str) -> float:
    """Return a sample's share of C, relative to the cost of that sample alone."""
    return sample_share(loss_of(q.net.output, loss), len(q.X))


def _costs(identifier: str) -> FactorMistake:
    """Return a mistake in C of `core.checking.quantity.cost` as one in this number."""

    def values(q: Question) -> Iterator[FactorMatch]:
        if q.quantity in (SHARE, COST):
            problem, share = _of_cost(q)
            if len(problem.X) > MAX_SAMPLES:
                return
            found = (m for m in cost_mistakes(problem) if m.identifier == identifier)
            yield from (FactorMatch(share * mistake.value) for mistake in found)

    description, _ = OF_COSTS[identifier]
    return FactorMistake(identifier, description, values)


def _times(*factors: Callable[[Question], float]) -> MatchFunction:
    """Return a function for C, or the share of it, times each factor."""

    def values(q: Question) -> Iterator[FactorMatch]:
        if q.quantity in (SHARE, COST):
            yield from (FactorMatch(q.truth * factor(q)) for factor in factors)

    return values


def _factor_two(q: Question) -> Iterator[FactorMatch]:
    is_squared = loss_of(q.net.output, q.loss).scale(len(q.X)) is not None
    if q.quantity in (SHARE, COST) and is_squared:
        yield FactorMatch(2 * q.truth, "twice as much")
        yield FactorMatch(q.truth / 2, "half as much")


def _samples_if_mean(q: Question) -> float:
    return float(len(q.X)) if has_mean(q.problem) else math.nan


def _all_samples(q: Question) -> Iterable[FactorMatch]:
    if q.quantity == SHARE:
        yield FactorMatch(cost(q.net, q.X, q.problem.y, q.loss))


def _this_sample(q: Question) -> Iterable[FactorMatch]:
    if q.quantity == COST:
        yield FactorMatch(q.share_of(q.net, q.loss))


def _other_loss(q: Question) -> Iterator[FactorMatch]:
    """Yield cross-entropy for a squared error, and the reverse; others differ by a factor."""
    if q.quantity not in (SHARE, COST) or not ((q.y >= 0) & (q.y <= 1)).all():
        return
    fused = loss_of(q.net.output, q.loss).fused
    for name in losses_for(q.net.output):
        other = loss_of(q.net.output, name)
        if other.fused != fused:
            problem, _ = _of_cost(q)
            value = other.value(problem.y, problem.forward.y_hat, problem.forward.O)
            share = 1.0 if q.quantity == COST else _share(q, name)
            yield FactorMatch(share * value, other.forms.title)


def _cost_in(net_of: Callable[[Update], Network | None]) -> MatchFunction:
    """Return a function for C in the network on the other side of the update."""

    def values(q: Question) -> Iterator[FactorMatch]:
        net = net_of(q.update) if q.update is not None and q.quantity in (SHARE, COST) else None
        if net is not None and net is not q.net:
            of_sample = q.quantity == SHARE
            one = q.share_of(net, q.loss) if of_sample else cost(net, q.X, q.problem.y, q.loss)
            yield FactorMatch(one)

    return values


# The new weight


def _new_weight(values_of: Callable[[Question, Update, float], Iterable[float]]) -> MatchFunction:
    """Return a function for the values that the weight before and its change give."""

    def values(q: Question) -> Iterator[FactorMatch]:
        if q.quantity == NEW_WEIGHT and q.update is not None:
            W = float(q.update.before.weights[q.layer - 1][q.row, q.column])
            yield from (FactorMatch(float(value)) for value in values_of(q, q.update, W))

    return values


def _rate_missing(q: Question, u: Update, W: float) -> Iterator[float]:
    yield W + (q.truth - W) / u.settings.learning_rate


def _descent(u: Update, W: float, gradient: float) -> Iterator[float]:
    """Yield the weight after one step of plain descent with that gradient."""
    if u.steps == 1:
        yield W - u.settings.learning_rate * gradient


def _gradient(q: Question, u: Update) -> float:
    return float(u.gradient[q.layer - 1][q.row, q.column])


def _decay(q: Question, u: Update) -> float:
    return float(u.decay[q.layer - 1][q.row, q.column])


def _gradient_for_weight(q: Question, u: Update, W: float) -> Iterator[float]:  # noqa: ARG001
    yield _gradient(q, u)
    yield _gradient(q, u) + _decay(q, u)


def _plain_descent(q: Question, u: Update, W: float) -> Iterator[float]:
    if u.settings.optimizer != "gd" and not _is_frozen(q, u):
        yield from _descent(u, W, _gradient(q, u) + _decay(q, u))


def _no_penalty(q: Question, u: Update, W: float) -> Iterator[float]:
    if u.settings.optimizer == "gd" and u.settings.l2:
        yield from _descent(u, W, _gradient(q, u))


def _is_frozen(q: Question, u: Update) -> bool:
    return u.is_frozen(q.layer, q.row, q.column)


def _frozen_weight(q: Question, u: Update, W: float) -> Iterator[float]:
    if _is_frozen(q, u):
        yield from _descent(u, W, _gradient(q, u) + _decay(q, u))


def _sample_step(q: Question, u: Update, W: float) -> Iterator[float]:
    if u.settings.optimizer == "gd":
        weight = q.layer, q.row, q.column
        parts = contributions(u.before, q.X, q.problem.y, *weight, u.settings.loss)
        yield from _descent(u, W, float(parts[q.sample].sum()) + _decay(q, u))


def _gradient_of_loss(q: Question, u: Update, W: float) -> Iterator[float]:
    if u.settings.optimizer == "gd":
        own = float(q.problem.truth[q.layer - 1][q.row, q.column])
        yield from _descent(u, W, own + _decay(q, u))


OF_A_STEP = (
    FactorMistake("wrong_sign", OF_COSTS["sign"][0], lambda q: [FactorMatch(-q.truth)]),
    FactorMistake("bias_missing", "the bias is missing from the sum", _forward(_bias_missing)),
    FactorMistake("term_missing", "one product is missing from the sum", _term_missing),
    FactorMistake(
        "new_weights",
        "the weights after the update are used, not those before it",
        _forward(_new_weights),
    ),
    FactorMistake(
        "activation_missing",
        "the activation is missing: this is what it is applied to",
        _activation_missing,
    ),
    FactorMistake(
        "activation_early", "the activation is applied: that comes next", _activation_early
    ),
    FactorMistake("activation_twice", "the activation is applied twice", _activation_twice),
    FactorMistake(
        "slope_for_value", "it is the slope σ′, not the value of the activation", _slope_for_value
    ),
    FactorMistake("other_activation", "another activation is used", _other_activation),
    FactorMistake(
        "exponential",
        "e to the power of O is not divided by the sum over all outputs",
        _exponential,
    ),
    *map(_costs, OF_COST),
    FactorMistake(
        "mean_twice", OF_COSTS["mean_twice"][0], _times(lambda q: 1 / _samples_if_mean(q))
    ),
    FactorMistake("other_cost", "it is another cost", _other_loss),
    FactorMistake(
        "cost_after_step", OF_COSTS["cost_after_step"][0], _cost_in(lambda update: update.after)
    ),
    FactorMistake(
        "cost_before_step", "it is the cost before the step", _cost_in(lambda update: update.before)
    ),
    FactorMistake(
        "ascent",
        BY_IDENTIFIER["ascent"].description,
        _new_weight(lambda q, _, W: [2 * W - q.truth]),
    ),
    FactorMistake(
        "rate_missing", BY_IDENTIFIER["rate_missing"].description, _new_weight(_rate_missing)
    ),
    FactorMistake(
        "rate_twice",
        BY_IDENTIFIER["rate_twice"].description,
        _new_weight(lambda q, u, W: [W + u.settings.learning_rate * (q.truth - W)]),
    ),
    FactorMistake(
        "step_for_new_weight",
        "it is the step, not the new weight",
        _new_weight(lambda q, _, W: [q.truth - W, W - q.truth]),
    ),
    FactorMistake(
        "weight_unchanged", "it is the weight before the update", _new_weight(lambda _, __, W: [W])
    ),
    FactorMistake(
        "gradient_for_new_weight",
        "it is the gradient, not the new weight",
        _new_weight(_gradient_for_weight),
    ),
    FactorMistake(
        "optimizer_missing",
        BY_IDENTIFIER["optimizer_missing"].description,
        _new_weight(_plain_descent),
    ),
    FactorMistake("l2_missing", BY_IDENTIFIER["l2_missing"].description, _new_weight(_no_penalty)),
    FactorMistake(
        "frozen_weight", "the weight is frozen, and a step is taken", _new_weight(_frozen_weight)
    ),
    FactorMistake(
        "sample_step",
        "the step is that of this sample alone, not of the gradient over all",
        _new_weight(_sample_step),
    ),
    FactorMistake(
        "gradient_of_loss",
        "the gradient is that of the loss on display, not of the one that the run minimises",
        _new_weight(_gradient_of_loss),
    ),
)
ALSO_IN_A_STEP: dict[str, MatchFunction] = {
    "missing_mean": _times(_samples_if_mean),
    "factor_two": _factor_two,
    "all_samples": _all_samples,
    "one_sample": _this_sample,
    "linear_output_error": _costs("linear_output_error").values,
    "missing_carried": _forward(_inputs_missing),
    "raw_hidden": _forward(_raw_hidden),
    "raw_input": _forward(_raw_input),
    "transposed": _forward(_transposed),
    "rounded_early": _rounded_early,
}
