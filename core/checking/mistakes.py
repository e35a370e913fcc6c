"""Catalogue of classic mistakes in a gradient, with the wrong gradients that they give.

    for mistake in MISTAKES: mistake.identifier, .description, .correction, .equation
    BY_IDENTIFIER["sign"].gradients(net, X, y)                # the wrong (∂C/∂W1, ∂C/∂W2)
    wrong_gradients(net, X, y, ("sign", "missing_w2"))        # several at once

A mistake replaces a factor of eqs. 5 and 10 (`GradientFactors`). Several are applied in reverse
order of the list, so that a missing factor stays missing.
`core.checking.factor_mistakes` does the same for one typed number.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from core.activations import ACTIVATIONS
from core.gradients import Array, check_equations, gradients, targets
from core.losses import LOSSES, check_loss, check_targets, loss_of
from core.network import Forward, Network
from core.utils.arguments import positive

BIAS_ROW = "bias_row_missing"
ROUNDED_SLOPES = ("sigmoid", "tanh")  # activations whose σ′ is rounded


@dataclass(frozen=True, eq=False)
class Problem:
    """A network, samples X (N, d), targets y (N, K), a loss, and η if a step was taken.

    Raises ValueError as `core.gradients.cost` does.
    """

    net: Network
    X: Array
    y: Array
    loss: str = "half_mse"
    learning_rate: float | None = None

    @classmethod
    def of(
        cls,
        net: Network,
        X: ArrayLike,
        y: ArrayLike,
        loss: str = "half_mse",
        learning_rate: float | None = None,
    ) -> "Problem":
        """Return the validated problem; X and y are array-like, y may be (N,), η is above 0."""
        check_loss(net, loss)
        X = net.check_inputs(X)
        y = targets(y, (len(X), net.outputs))
        check_targets(loss, y, net.output)
        if learning_rate is not None:
            learning_rate = positive("learning_rate", learning_rate)
        return cls(net, X, y, loss, learning_rate)

    @cached_property
    def truth(self) -> tuple[Array, ...]:
        """∂C/∂W1, ∂C/∂W2 (eqs. 10 and 5) and so on."""
        return gradients(self.net, self.X, self.y, self.loss)

    @cached_property
    def forward(self) -> Forward:
        """The forward pass of all samples."""
        return self.net.forward(self.X)

    @cached_property
    def factors(self) -> "GradientFactors":
        """The factors of the true gradient; ValueError if `check_equations` raises it."""
        check_equations(self.net)
        net, forward, loss = self.net, self.forward, loss_of(self.net.output, self.loss)
        output_slope = ACTIVATIONS[net.output].slope(forward.y_hat)
        return GradientFactors(
            scale=loss.error_scale(len(self.X)),
            error=forward.y_hat - self.y,
            cancelled_slope=output_slope if loss.fused else np.ones_like(output_slope),
            output_slope=output_slope,
            output_weights=net.W2[: net.units],
            hidden_slope=ACTIVATIONS[net.hidden].slope(forward.Z),
            hidden_values=forward.Z1,
            input_values=forward.X1,
        )

    def sums_of_terms(self, noise: float = 0.0) -> tuple[Array, ...]:
        """Return the sums of |terms| of each gradient, the scale of their rounding errors.

        y − ŷ counts as |y| + |ŷ|, the scale of its own rounding. `noise` is added to each σ′ that
        is rounded itself: that of a sigmoid, a tanh and a softmax.
        """
        net, forward, rule = self.net, self.forward, loss_of(self.net.output, self.loss)
        size = rule.error_scale(len(self.X)) * (np.abs(self.y) + np.abs(forward.y_hat))
        if not rule.fused:
            size = _times_output_slope(net.output, size, forward.y_hat, noise)
        sums = [np.abs(forward.inputs[-1].T) @ size]
        for layer in range(net.layers, 1, -1):
            slope = ACTIVATIONS[net.hidden].slope(forward.values[layer - 2])
            slope = slope + noise * (net.hidden in ROUNDED_SLOPES)
            size = (size @ np.abs(net.weights[layer - 1][: net.rows(layer)].T)) * slope
            sums.append(np.abs(forward.inputs[layer - 2].T) @ size)
        return tuple(reversed(sums))


def _times_output_slope(output: str, size: Array, y_hat: Array, noise: float) -> Array:
    """Return the sizes of ∂C/∂O (N, K) from those of ∂C/∂ŷ: all terms as if of one sign."""
    if output == "softmax":
        whole: Array = (size * y_hat).sum(axis=1, keepdims=True)
        total: Array = size.sum(axis=1, keepdims=True)
        return y_hat * (size + whole) + noise * total
    return size * (ACTIVATIONS[output].slope(y_hat) + noise * (output in ROUNDED_SLOPES))


@dataclass(frozen=True, eq=False)
class GradientFactors:
    """The factors of eqs. 5 and 10 for all samples; a mistake replaces some of them."""

    scale: float  # 1/N for eq. 1
    error: Array  # (N, K)     ŷ − y
    output_slope: Array  # (N, K)     σ′(O)
    cancelled_slope: Array  # (N, K)  σ′(O) under cross-entropy, where it cancels; else 1
    output_weights: Array  # (m, K)       W2 without its bias row
    hidden_slope: Array  # (N, m)  σ′(H)
    hidden_values: Array  # (N, m+1)  Z1
    input_values: Array  # (N, d+1)  X1

    def gradients(self) -> tuple[Array, ...]:
        """Return their products summed over the samples, in the shapes of W1 and W2."""
        ratio = np.where(
            self.output_slope == self.cancelled_slope, 1.0, self.output_slope / self.cancelled_slope
        )
        dC_dO = self.scale * self.error * ratio
        dC_dH = (dC_dO @ self.output_weights.T) * self.hidden_slope
        return self.input_values.T @ dC_dH, self.hidden_values.T @ dC_dO

    def first_sample(self) -> "GradientFactors":
        """Return the factors of the first sample alone."""
        samples = (
            "error",
            "output_slope",
            "cancelled_slope",
            "hidden_slope",
            "hidden_values",
            "input_values",
        )
        return replace(self, **{name: getattr(self, name)[:1] for name in samples})


Replacement = Callable[[Problem, GradientFactors], GradientFactors]


@dataclass(frozen=True)
class Mistake:
    """A mistake: `description`, `correction` (what to do instead) and `equation` (where)."""

    identifier: str
    description: str
    correction: str
    equation: str
    apply: Replacement = field(compare=False, repr=False)
    needs_learning_rate: bool = False

    def gradients(
        self,
        net: Network,
        X: ArrayLike,
        y: ArrayLike,
        loss: str = "half_mse",
        learning_rate: float | None = None,
    ) -> tuple[Array, ...]:
        """Return the wrong (∂C/∂W1, ∂C/∂W2), as `wrong_gradients` does."""
        return wrong_gradients(net, X, y, (self.identifier,), loss, learning_rate)


def wrong_gradients(
    net: Network,
    X: ArrayLike,
    y: ArrayLike,
    mistakes: Iterable[str],
    loss: str = "half_mse",
    learning_rate: float | None = None,
) -> tuple[Array, ...]:
    """Return (∂C/∂W1, ∂C/∂W2) with those mistakes, in the true shapes or without the bias rows.

    X is (N, d), y (N,) or (N, K). Some entries may be infinite or NaN: under cross-entropy, a
    missing σ′(O) divides by ŷ (1 − ŷ).
    Raises KeyError for an unknown mistake, and ValueError as `core.gradients.cost` does or if
    `updated_w2` has no learning rate.
    """
    return wrong_gradients_of(Problem.of(net, X, y, loss, learning_rate), mistakes)


def wrong_gradients_of(problem: Problem, mistakes: Iterable[str]) -> tuple[Array, ...]:
    """Return (∂C/∂W1, ∂C/∂W2) of a problem with those mistakes, as `wrong_gradients` does."""
    chosen = {BY_IDENTIFIER[identifier].identifier for identifier in mistakes}
    factors = problem.factors
    with np.errstate(all="ignore"):  # a wrong formula may give 0/0
        for mistake in reversed(MISTAKES):
            if mistake.identifier in chosen:
                factors = mistake.apply(problem, factors)
        dW1, dW2 = factors.gradients()
    if BIAS_ROW in chosen:
        return dW1[: problem.net.inputs], dW2[: problem.net.units]
    return dW1, dW2


def _missing_mean(p: Problem, f: GradientFactors) -> GradientFactors:
    has_mean = LOSSES[p.loss].error_scale(1) != LOSSES[p.loss].error_scale(2)
    return replace(f, scale=f.scale * len(p.X)) if has_mean else f


def _missing_error(_: Problem, f: GradientFactors) -> GradientFactors:
    return replace(f, error=-np.ones_like(f.error))


def _linear_output_error(p: Problem, f: GradientFactors) -> GradientFactors:
    return replace(f, error=(p.forward.O - p.y)[: len(f.error)])


def _missing_output_derivative(_: Problem, f: GradientFactors) -> GradientFactors:
    return replace(f, output_slope=np.ones_like(f.output_slope))


def _missing_hidden_derivative(_: Problem, f: GradientFactors) -> GradientFactors:
    return replace(f, hidden_slope=np.ones_like(f.hidden_slope))


def _derivative_of_activation(p: Problem, f: GradientFactors) -> GradientFactors:
    rows = len(f.error)
    return replace(
        f,
        output_slope=_slope_at(p.net.output, p.forward.y_hat[:rows]),
        hidden_slope=_slope_at(p.net.hidden, p.forward.Z[:rows]),
    )


def _slope_at(activation: str, x: Array) -> Array:
    """Return σ′ evaluated at x, where x is itself a value of σ."""
    function = ACTIVATIONS[activation]
    return function.slope(function.value(x))


def _raw_hidden(p: Problem, f: GradientFactors) -> GradientFactors:
    carried = f.hidden_values.copy()
    carried[:, : p.net.units] = p.forward.H[: len(carried)]
    return replace(f, hidden_values=carried)


def _missing_w2(_: Problem, f: GradientFactors) -> GradientFactors:
    return replace(f, output_weights=np.ones_like(f.output_weights))


def _updated_w2(p: Problem, f: GradientFactors) -> GradientFactors:
    if p.learning_rate is None:
        raise ValueError("updated_w2 needs the learning rate that W2 was updated with")
    return replace(f, output_weights=f.output_weights - p.learning_rate * p.truth[1][: p.net.units])


def _bias_row_missing(_: Problem, f: GradientFactors) -> GradientFactors:
    return f  # wrong_gradients_of removes the rows


MISTAKES = (
    Mistake(
        "missing_mean",
        "1/N is forgotten",
        "Divide the sum over the samples by N.",
        "eq. 3",
        _missing_mean,
    ),
    Mistake(
        "factor_two",
        "it is twice the gradient: perhaps the 2 of the square was not cancelled",
        "Halve it: in the half MSE the 2 of the square cancels against the ½ of the cost.",
        "eq. 3",
        lambda _, f: replace(f, scale=2 * f.scale),
    ),
    Mistake(
        "sign",
        "ŷ − y and y − ŷ are confused, so that the sign is wrong",
        "Flip the sign: C falls as ŷ moves towards y, so ∂C/∂ŷ has the sign of ŷ − y.",
        "eq. 3",
        lambda _, f: replace(f, scale=-f.scale),
    ),
    Mistake(
        "missing_error",
        "the factor y − ŷ is missing, as if it were 1",
        "Multiply by y − ŷ of each sample.",
        "eq. 3",
        _missing_error,
    ),
    Mistake(
        "linear_output_error",
        "y − O is used instead of y − ŷ",
        "Use the output after its activation, ŷ = σ(O), in the error.",
        "eq. 3",
        _linear_output_error,
    ),
    Mistake(
        "missing_output_derivative",
        "the factor σ′(O) is missing",
        "Multiply by ∂ŷ/∂O, which is ŷ(1 − ŷ) for a sigmoid.",
        "eqs. 3 and 5",
        _missing_output_derivative,
    ),
    Mistake(
        "missing_hidden_derivative",
        "the factor σ′(H) is missing",
        "Multiply by ∂Z/∂H, which is Z(1 − Z) for a sigmoid.",
        "eq. 8",
        _missing_hidden_derivative,
    ),
    Mistake(
        "derivative_of_activation",
        "σ′ is evaluated at ŷ and Z instead of O and H",
        "ŷ and Z are σ(O) and σ(H) already: write σ′ as ŷ(1 − ŷ) and Z(1 − Z), without another σ.",
        "eqs. 3 and 8",
        _derivative_of_activation,
    ),
    Mistake(
        "raw_hidden",
        "H is used instead of Z in ∂O/∂W⁽²⁾",
        "Use the hidden units after their activation, Z = σ(H).",
        "eq. 4",
        _raw_hidden,
    ),
    Mistake(
        "missing_w2",
        "W⁽²⁾ is missing from ∂C/∂W⁽¹⁾, as if it were 1",
        "Multiply by ∂O/∂Z, which is W⁽²⁾ without its bias row.",
        "eq. 7",
        _missing_w2,
    ),
    Mistake(
        "updated_w2",
        "∂C/∂W⁽¹⁾ is computed with the updated W⁽²⁾",
        "Compute both gradients from the old weights, then update both.",
        "eq. 7",
        _updated_w2,
        needs_learning_rate=True,
    ),
    Mistake(
        BIAS_ROW,
        "the bias row is missing",
        "Add a row for the bias: its input is 1 for every sample.",
        "eqs. 4 and 9",
        _bias_row_missing,
    ),
    Mistake(
        "first_sample_only",
        "only the first sample is used, still divided by N",
        "Sum over all the samples.",
        "eqs. 2 and 6",
        lambda _, f: f.first_sample(),
    ),
)

BY_IDENTIFIER = {mistake.identifier: mistake for mistake in MISTAKES}
