"""Replacements of what a gradient multiplies: each is what somebody does who makes a mistake.

A replacement takes a `Problem` and `GradientFactors` (`core.checking.problem`) and returns other
factors, of all samples: `one_sample` comes last. Functions that return `ways` give several, where a
mistake can be made in several ways.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from core.activations import ACTIVATIONS, softmax, softmax_product
from core.checking.problem import GradientFactors, Problem
from core.gradients import Array
from core.losses import LOSSES, check_loss, check_targets, loss_of

Replacement = Callable[[Problem, GradientFactors], GradientFactors]
Ways = Callable[[Problem], Iterator[Replacement]]


# The cost and the error


def missing_mean(p: Problem, f: GradientFactors) -> GradientFactors:
    """Return the factors without 1/N, if the loss has it."""
    return replace(f, scale=f.scale * len(p.X)) if has_mean(p) else f


def has_mean(p: Problem) -> bool:
    """Return whether the loss divides by N."""
    rule = loss_of(p.net.output, p.loss)
    return rule.error_scale(1) != rule.error_scale(2)


def scaled(by: float) -> Replacement:
    """Return the replacement that multiplies ∂C/∂ŷ."""
    return lambda _, f: replace(f, scale=by * f.scale)


def missing_error(_: Problem, f: GradientFactors) -> GradientFactors:
    """Return the factors with 1 for y − ŷ."""
    return replace(f, error=-np.ones_like(f.error))


def linear_output_error(p: Problem, f: GradientFactors) -> GradientFactors:
    """Return the factors with y − O for y − ŷ."""
    return replace(f, error=p.forward.O - p.y)


def errors_of_one(_: Problem) -> Iterator[Replacement]:
    """Yield 1 for ŷ − y, the other way round."""
    yield lambda _, f: replace(f, error=np.ones_like(f.error))


def squared_errors(_: Problem) -> Iterator[Replacement]:
    """Yield the replacements of ŷ − y by its square and by its size, each with both signs."""
    yield lambda _, f: replace(f, error=-(f.error**2))
    yield lambda _, f: replace(f, error=f.error**2)
    yield lambda _, f: replace(f, error=-np.abs(f.error))
    yield lambda _, f: replace(f, error=np.abs(f.error))


def broadcast_errors(p: Problem) -> Iterator[Replacement]:
    """Yield what (N, 1) − (N,) gives, an error of N×N, after a sum or a mean over one axis."""
    if p.net.outputs != 1 or len(p.X) == 1:
        return
    N, y_hat, f = len(p.X), p.forward.y_hat, p.factors
    slope = np.ones_like(y_hat) if f.is_fused else f.output_slope
    rows = (y_hat - p.y.mean()) * slope
    columns = (y_hat * slope).mean() - p.y * slope.mean()
    for mean in (rows, columns):
        for by in (1.0, float(N)):
            yield _direct(by * f.scale * mean)


def other_losses(p: Problem) -> Iterator[Replacement]:
    """Yield the replacements of ∂C/∂O by that of every other loss which the output allows."""
    for loss in LOSSES:
        if loss != p.loss and not _is_refused(p, loss):
            yield _of_loss(replace(p, loss=loss).factors)


def _of_loss(other: GradientFactors) -> Replacement:
    if other.is_fused:
        return _direct(other.dC_dO)
    return lambda _, f: replace(other, weights=f.weights, slopes=f.slopes, inputs=f.inputs)


def _is_refused(p: Problem, loss: str) -> bool:
    try:
        check_loss(p.net, loss)
        check_targets(loss, p.y, p.net.output)
    except ValueError:
        return True
    return False


def _direct(dC_dO: Array) -> Replacement:
    """Return the replacement of ∂C/∂O by that, (N, K)."""
    one = np.ones_like(dC_dO)
    return lambda _, f: replace(
        f, scale=1.0, error=dC_dO, output_slope=one, cancelled_slope=None, dC_dyhat=None
    )


def outputs_for_cost(p: Problem) -> Iterator[Replacement]:
    """Yield what the derivative of ŷ, its mean or its sum gives instead of that of C."""
    if p.net.output == "softmax":  # its outputs add up to 1: their sum has no derivative
        return
    slope = ACTIVATIONS[p.net.output].slope(p.forward.y_hat)
    for divisor in (1, len(p.X), len(p.X) * p.net.outputs):
        yield _direct(slope / divisor)


# The output


def missing_output_derivative(_: Problem, f: GradientFactors) -> GradientFactors:
    """Return the factors with 1 for σ′(O): for a softmax's Jacobian the identity matrix."""
    one = np.ones_like(f.output_slope)
    if one.ndim == 3:
        one = np.broadcast_to(np.eye(one.shape[1]), one.shape)
    return replace(f, output_slope=one)


def output_slope_of_value(p: Problem, f: GradientFactors) -> GradientFactors:
    """Return the factors with σ′ at ŷ instead of at O."""
    return replace(f, output_slope=_slope_at(p.net.output, p.forward.y_hat))


def softmax_diagonals(p: Problem) -> Iterator[Replacement]:
    """Yield the replacement of softmax's Jacobian by its diagonal."""
    if p.net.output == "softmax":
        y_hat, f = p.forward.y_hat, p.factors
        upstream = f.error if f.dC_dyhat is None else f.dC_dyhat
        yield _direct(f.scale * upstream * y_hat * (1 - y_hat))


def softmax_again(p: Problem) -> Iterator[Replacement]:
    """Yield what softmax of ŷ gives: torch's cross-entropy takes O and applies softmax itself."""
    if p.net.output != "softmax":
        return
    y_hat = p.forward.y_hat
    twice = softmax(y_hat)
    rule = loss_of(p.net.output, p.loss)
    upstream = rule.error_scale(len(p.X)) * (twice - p.y)
    if not rule.fused:
        upstream = softmax_product(upstream, twice)
    yield _direct(softmax_product(upstream, y_hat))
    yield _direct(upstream)


# The hidden layers


def missing_hidden_derivative(_: Problem, f: GradientFactors) -> GradientFactors:
    """Return the factors with 1 for σ′(H), in every hidden layer."""
    return replace(f, slopes=tuple(map(np.ones_like, f.slopes)))


def hidden_slope_of_value(p: Problem, f: GradientFactors) -> GradientFactors:
    """Return the factors with σ′ at Z instead of at H, in every hidden layer."""
    return replace(f, slopes=tuple(_slope_at(p.net.hidden, Z) for Z in p.forward.values[:-1]))


def derivative_of_activation(p: Problem, f: GradientFactors) -> GradientFactors:
    """Return the factors with σ′ at ŷ and Z instead of at O and H."""
    return output_slope_of_value(p, hidden_slope_of_value(p, f))


def _slope_at(activation: str, x: Array) -> Array:
    """Return σ′ evaluated at x, where x is itself a value of σ."""
    function = ACTIVATIONS[activation]
    return function.slope(function.value(x))


def slopes_of_values(_: Problem) -> Iterator[Replacement]:
    """Yield σ′ at values at the output or in the hidden layers only."""
    yield output_slope_of_value
    yield hidden_slope_of_value


def preactivation_slopes(p: Problem) -> Iterator[Replacement]:
    """Yield x(1 − x) at O and H instead of at ŷ and Z: at both, at the output, or in between."""
    hidden = tuple(ACTIVATIONS[p.net.hidden].slope(H) for H in p.forward.sums[:-1])
    yield from _both_or_one(ACTIVATIONS[p.net.output].slope(p.forward.O), hidden)


def tanh_slopes(p: Problem) -> Iterator[Replacement]:
    """Yield 1 − a² for the slope of a sigmoid: everywhere, at the output, or in between."""
    hidden = tuple(1 - Z**2 for Z in p.forward.values[:-1])
    output = 1 - p.forward.y_hat**2
    if p.net.hidden == p.net.output == "sigmoid":
        yield from _both_or_one(output, hidden)
    elif p.net.hidden == "sigmoid":
        yield lambda _, f: replace(f, slopes=hidden)
    elif p.net.output == "sigmoid":
        yield lambda _, f: replace(f, output_slope=output)


def _both_or_one(output: Array, hidden: tuple[Array, ...]) -> Iterator[Replacement]:
    yield lambda _, f: replace(f, output_slope=output, slopes=hidden)
    yield lambda _, f: replace(f, output_slope=output)
    yield lambda _, f: replace(f, slopes=hidden)


def output_slopes_in_hidden(p: Problem) -> Iterator[Replacement]:
    """Yield ŷ(1 − ŷ) for the slope of the hidden layers, where its shape fits theirs."""
    if p.net.output == "softmax":
        return
    slope = ACTIVATIONS[p.net.output].slope(p.forward.y_hat)
    shapes = [Z.shape for Z in p.forward.values[:-1]]
    if all(slope.shape[1] in (1, size) for _, size in shapes):
        slopes = tuple(np.broadcast_to(slope, shape) for shape in shapes)
        yield lambda _, f: replace(f, slopes=slopes)


# What the weights multiply, and the weights


def raw_hidden(p: Problem, f: GradientFactors) -> GradientFactors:
    """Return the factors with H for Z where the later matrices multiply it."""
    inputs = [f.inputs[0]]
    for H, values in zip(p.forward.sums[:-1], f.inputs[1:], strict=True):
        raw = values.copy()
        raw[:, : H.shape[1]] = H
        inputs.append(raw)
    return replace(f, inputs=tuple(inputs))


def missing_inputs(_: Problem) -> Iterator[Replacement]:
    """Yield 1 for X and Z, for X, and for Z."""

    def ones(f: GradientFactors, of: Callable[[int], bool]) -> GradientFactors:
        inputs = (np.ones_like(A) if of(at) else A for at, A in enumerate(f.inputs))
        return replace(f, inputs=tuple(inputs))

    yield lambda _, f: ones(f, lambda at: at == 0)
    yield lambda _, f: ones(f, lambda at: at > 0)
    yield lambda _, f: ones(f, lambda _: True)


def missing_w2(_: Problem, f: GradientFactors) -> GradientFactors:
    """Return the factors with 1 for every weight that δ passes back through."""
    return replace(f, weights=tuple(map(np.ones_like, f.weights)))


def no_weights(p: Problem) -> Iterator[Replacement]:
    """Yield δ passed back as it is, where there are as many units before as after."""
    return _square_weights(p, lambda W, same: np.eye(len(W)) if same else np.ones_like(W))


def weights_not_transposed(p: Problem) -> Iterator[Replacement]:
    """Yield W⁽²⁾ in place of its transpose, where the shape allows it."""
    return _square_weights(p, lambda W, same: W.T if same else W)


def _square_weights(p: Problem, form: Callable[[Array, bool], Array]) -> Iterator[Replacement]:
    """Yield other weights for δ to pass back through, by whether they are square, if any are."""
    square = [W.shape[0] == W.shape[1] > 1 for W in p.factors.weights]
    if any(square):
        yield lambda _, f: replace(f, weights=tuple(map(form, f.weights, square)))


def updated_w2(p: Problem, f: GradientFactors) -> GradientFactors:
    """Return the factors with W⁽²⁾ after its step."""
    if p.learning_rate is None:
        raise ValueError("updated_w2 needs the learning rate that W2 was updated with")
    return updated_by(p.truth[1:])(p, f)


def updated_by(steps: tuple[Array | None, ...]) -> Replacement:
    """Return the replacement of W⁽²⁾, W⁽³⁾, … by what these gradients make of them."""

    def update(p: Problem, f: GradientFactors) -> GradientFactors:
        rate = p.learning_rate or 0.0
        return replace(
            f,
            weights=tuple(
                W if dW is None else W - rate * dW[: len(W)]
                for W, dW in zip(f.weights, steps, strict=True)
            ),
        )

    return update


# The samples


def one_sample(index: int) -> Replacement:
    """Return the replacement that keeps the factors of one sample alone."""
    return lambda _, f: f.one_sample(index)


def unchanged(_: Problem, f: GradientFactors) -> GradientFactors:
    """Return the factors; the mistake is in the rows, which `wrong_gradients_of` changes."""
    return f


def in_one_layer(way: Replacement, layer: int) -> Replacement:
    """Return a replacement of what belongs to one layer only, from 0; of nothing at the output."""

    def one(own: tuple[Array, ...], other: tuple[Array, ...]) -> tuple[Array, ...]:
        return tuple(
            b if at == layer else a for at, (a, b) in enumerate(zip(own, other, strict=True))
        )

    def replaced(p: Problem, f: GradientFactors) -> GradientFactors:
        other = way(p, f)
        return replace(
            f,
            weights=one(f.weights, other.weights),
            slopes=one(f.slopes, other.slopes),
            inputs=one(f.inputs, other.inputs),
        )

    return replaced
