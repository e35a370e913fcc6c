"""Wrong factors: what a student multiplies instead of the right ones.

CHANGES holds the mistakes, each a function from the right steps to every way to get them wrong;
PAIRED those that are made two at a time, the most usual way first.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from benchmarks.plain_gradients import SLOPES, VALUES, Array, Steps, jacobian, softmax
from core.checking.problem import Problem

Arrays = tuple[Array, ...]
Changes = Callable[[Steps], list[Steps]]  # every way; none where it cannot be made


def _alternatives(arrays: Arrays, others: Sequence[Array]) -> list[Arrays]:
    """Return all arrays replaced, then one alone where there are several."""
    alone = [(*arrays[:i], other, *arrays[i + 1 :]) for i, other in enumerate(others)]
    return [tuple(others), *(alone if len(others) > 1 else [])]


def _other_hidden_slopes(own: Steps, others: Sequence[Array]) -> list[Steps]:
    return [replace(own, slopes=choice) for choice in _alternatives(own.slopes, others)]


def _other_weights_back(own: Steps, others: Sequence[Array]) -> list[Steps]:
    return [replace(own, back=choice) for choice in _alternatives(own.back, others)]


def _missing_mean(own: Steps) -> list[Steps]:
    if own.problem.loss == "half_sse":
        return []
    return [replace(own, scale=own.scale * len(own.error))]


def _missing_error(own: Steps) -> list[Steps]:
    one = replace(own, error=np.ones_like(own.error))
    return [one, replace(one, scale=-own.scale)]


def _squared_error(own: Steps) -> list[Steps]:
    wrong = (own.error**2, -(own.error**2), np.abs(own.error), -np.abs(own.error))
    return [replace(own, error=error) for error in wrong]


def _missing_output_derivative(own: Steps) -> list[Steps]:
    one = np.ones_like(own.error)
    if own.problem.net.output == "softmax":
        one = np.broadcast_to(np.eye(one.shape[1]), (*one.shape, one.shape[1]))
    return [replace(own, output_slope=one)]


def _missing_hidden_derivative(own: Steps) -> list[Steps]:
    return _other_hidden_slopes(own, [np.ones_like(slope) for slope in own.slopes])


def _other_slopes(own: Steps, output: Array, hidden: list[Array]) -> list[Steps]:
    """Replace the slopes everywhere, at the output only, in the hidden layers only."""
    both = replace(own, output_slope=output, slopes=tuple(hidden))
    return [both, replace(own, output_slope=output), *_other_hidden_slopes(own, hidden)]


def _derivative_of_activation(own: Steps) -> list[Steps]:
    net = own.problem.net

    def at_value(name: str, value: Array) -> Array:
        return SLOPES[name](VALUES[name](value))

    hidden = [at_value(net.hidden, Z) for Z in own.values[:-1]]
    return _other_slopes(own, at_value(net.output, own.y_hat), hidden)


def _preactivation_slope(own: Steps) -> list[Steps]:
    net = own.problem.net
    hidden = [SLOPES[net.hidden](H) for H in own.sums[:-1]]
    return _other_slopes(own, SLOPES[net.output](own.sums[-1]), hidden)


def _output_slope_in_hidden(own: Steps) -> list[Steps]:
    slope = own.y_hat * (1 - own.y_hat)
    outputs = slope.shape[1]
    if any(outputs not in {1, Z.shape[1]} for Z in own.values[:-1]):
        return []
    return _other_hidden_slopes(own, [np.broadcast_to(slope, Z.shape) for Z in own.values[:-1]])


def _tanh_slope(own: Steps) -> list[Steps]:
    net = own.problem.net
    if net.hidden == "tanh":
        return []
    hidden = [1 - Z**2 for Z in own.values[:-1]] if net.hidden == "sigmoid" else []
    output = 1 - own.y_hat**2 if net.output == "sigmoid" else None
    ways = [] if output is None else [replace(own, output_slope=output)]
    ways += _other_hidden_slopes(own, hidden) if hidden else []
    both = output is not None and hidden
    return [replace(own, output_slope=output, slopes=tuple(hidden)), *ways] if both else ways


def _raw_hidden(own: Steps) -> list[Steps]:
    return _other_inputs(own, [own.problem.X, *own.sums[:-1]])[1:]


def _missing_input(own: Steps) -> list[Steps]:
    ways = _other_inputs(own, [np.ones_like(value) for value in _bare_inputs(own)])
    return [ways[2], ways[1], *ways[3:], ways[0]]


def _other_inputs(own: Steps, bare: list[Array]) -> list[Steps]:
    """Replace X and all Z by others, then all Z, then X or one Z alone."""
    others = [
        np.column_stack([value, np.ones(len(value))]) if bias else value
        for value, bias in zip(bare, own.bias_inputs, strict=True)
    ]
    choices = [tuple(others), (own.inputs[0], *others[1:])]
    for i, other in enumerate(others):
        choices.append((*own.inputs[:i], other, *own.inputs[i + 1 :]))
    return [replace(own, inputs=choice) for choice in choices]


def _bare_inputs(own: Steps) -> list[Array]:
    return [own.problem.X, *own.values[:-1]]


def _missing_w2(own: Steps) -> list[Steps]:
    ways = _other_weights_back(own, [np.ones_like(W) for W in own.back])
    square = [np.eye(len(W)) if W.shape[0] == W.shape[1] else W for W in own.back]
    return [*ways, *_other_weights_back(own, square)]


def _w2_not_transposed(own: Steps) -> list[Steps]:
    square = [W.T if W.shape[0] == W.shape[1] else W for W in own.back]
    return _other_weights_back(own, square)


def _other_loss(own: Steps) -> list[Steps]:
    """Keep σ′ under a cross-entropy, or cancel it under a squared error."""
    problem, samples = own.problem, len(own.error)
    if problem.loss != "cross_entropy":
        return [_as_loss(own, "cross_entropy", 1 / samples)]
    scales = {"half_mse": 1 / samples, "mse": 2 / samples, "half_sse": 1.0}
    return [_as_loss(own, loss, scale) for loss, scale in scales.items()]


def _as_loss(own: Steps, loss: str, scale: float) -> Steps:
    old = own.problem
    slope = None if loss == "cross_entropy" else SLOPES[old.net.output](own.y_hat)
    problem = Problem(old.net, old.X, old.y, loss, old.learning_rate, old.l2)
    return replace(own, problem=problem, scale=scale, output_slope=slope)


def _softmax_diagonal(own: Steps) -> list[Steps]:
    if own.problem.net.output != "softmax":
        return []
    return [replace(own, output_slope=own.y_hat * (1 - own.y_hat))]


def _softmax_twice(own: Steps) -> list[Steps]:
    """Take softmax of ŷ: in ŷ and its slope only, or through both as automatic derivatives do."""
    if own.problem.net.output != "softmax":
        return []
    twice = softmax(own.y_hat)
    inner, error = jacobian(own.y_hat), twice - own.problem.y
    if own.output_slope is None:
        through = np.einsum("no,nok->nk", error, inner)
        return [replace(own, error=error), replace(own, error=through)]
    outer = jacobian(twice)
    slopes = (outer, np.einsum("noj,njk->nok", outer, inner))
    return [replace(own, error=error, output_slope=slope) for slope in slopes]


CHANGES: dict[str, Changes] = {
    "missing_error": _missing_error,
    "linear_output_error": lambda own: [replace(own, error=own.sums[-1] - own.problem.y)],
    "squared_error": _squared_error,
    "missing_output_derivative": _missing_output_derivative,
    "missing_hidden_derivative": _missing_hidden_derivative,
    "derivative_of_activation": _derivative_of_activation,
    "preactivation_slope": _preactivation_slope,
    "output_slope_in_hidden": _output_slope_in_hidden,
    "tanh_slope": _tanh_slope,
    "raw_hidden": _raw_hidden,
    "missing_input": _missing_input,
    "missing_w2": _missing_w2,
    "w2_not_transposed": _w2_not_transposed,
    "first_sample_only": lambda own: [own.of_sample(0)],
    "last_sample_only": lambda own: [own.of_sample(len(own.error) - 1)],
    "other_loss": _other_loss,
    "softmax_diagonal": _softmax_diagonal,
    "softmax_twice": _softmax_twice,
}


def _slopes_at_values(own: Steps) -> list[Steps]:
    """Take σ′ at ŷ and Z, or at Z only where the output's cancels."""
    return _derivative_of_activation(own)[2 if own.output_slope is None else 0 :]


PAIRED: dict[str, Changes] = {
    "missing_mean": _missing_mean,
    "sign": lambda own: [replace(own, scale=-own.scale)],
    "factor_two": lambda own: [replace(own, scale=2 * own.scale)],
    "missing_error": _missing_error,
    "linear_output_error": CHANGES["linear_output_error"],
    "missing_output_derivative": _missing_output_derivative,
    "missing_hidden_derivative": _missing_hidden_derivative,
    "derivative_of_activation": _slopes_at_values,
    "missing_input": _missing_input,
    "raw_hidden": _raw_hidden,
    "missing_w2": _missing_w2,
}
OPPOSED = {  # both replace the same factor
    ("missing_error", "linear_output_error"),
    ("missing_output_derivative", "derivative_of_activation"),
    ("missing_hidden_derivative", "derivative_of_activation"),
}
OPPOSED_IF_FUSED = {
    ("missing_error", "missing_output_derivative"),
    ("linear_output_error", "missing_output_derivative"),
}
