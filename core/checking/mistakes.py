"""Catalogue of classic mistakes in a gradient, with the wrong gradients that they give.

    for mistake in MISTAKES: mistake.identifier, .description, .correction, .equation
    BY_IDENTIFIER["sign"].gradients(net, X, y)                # the wrong (∂C/∂W1, ∂C/∂W2, …)
    wrong_gradients(net, X, y, ("sign", "missing_w2"))        # several at once

A mistake replaces some of the `GradientFactors` (`core.checking.problem`). Several are applied
in reverse order of the list, so that a missing factor stays missing.
`core.checking.factor_mistakes` explains one typed number by the same replacements.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike

from core.activations import ACTIVATIONS
from core.checking.problem import GradientFactors, Problem
from core.gradients import Array
from core.losses import loss_of
from core.network import Network

BIAS_ROW = "bias_row_missing"

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
        """Return the wrong (∂C/∂W1, ∂C/∂W2, …), as `wrong_gradients` does."""
        return wrong_gradients(net, X, y, (self.identifier,), loss, learning_rate)


def wrong_gradients(
    net: Network,
    X: ArrayLike,
    y: ArrayLike,
    mistakes: Iterable[str],
    loss: str = "half_mse",
    learning_rate: float | None = None,
) -> tuple[Array, ...]:
    """Return (∂C/∂W1, ∂C/∂W2, …) with those mistakes, in the true shapes or without the bias rows.

    X is (N, d), y (N,) or (N, K). Some entries may be infinite or NaN: under cross-entropy, a
    missing σ′(O) divides by ŷ (1 − ŷ).
    Raises KeyError for an unknown mistake, and ValueError as `core.gradients.cost` does or if
    `updated_w2` has no learning rate.
    """
    return wrong_gradients_of(Problem.of(net, X, y, loss, learning_rate), mistakes)


def wrong_gradients_of(problem: Problem, mistakes: Iterable[str]) -> tuple[Array, ...]:
    """Return (∂C/∂W1, ∂C/∂W2, …) of a problem with those mistakes, as `wrong_gradients` does."""
    chosen = {BY_IDENTIFIER[identifier].identifier for identifier in mistakes}
    factors = problem.factors
    with np.errstate(all="ignore"):  # a wrong formula may give 0/0
        for mistake in reversed(MISTAKES):
            if mistake.identifier in chosen:
                factors = mistake.apply(problem, factors)
        wrong = factors.gradients()
    if problem.l2:
        wrong = tuple(dW + term for dW, term in zip(wrong, problem.penalties(), strict=True))
    if BIAS_ROW in chosen:
        return tuple(dW[: problem.net.rows(layer)] for layer, dW in enumerate(wrong, start=1))
    return wrong


def missing_mean(p: Problem, f: GradientFactors) -> GradientFactors:
    """Return the factors without 1/N, if the loss has it."""
    rule = loss_of(p.net.output, p.loss)
    return replace(f, scale=f.scale * len(p.X)) if rule.error_scale(1) != rule.error_scale(2) else f


def scaled(by: float) -> Replacement:
    """Return the replacement that multiplies ∂C/∂ŷ."""
    return lambda _, f: replace(f, scale=by * f.scale)


def _missing_error(_: Problem, f: GradientFactors) -> GradientFactors:
    """Return the factors with 1 for y − ŷ."""
    return replace(f, error=-np.ones_like(f.error))


def _linear_output_error(p: Problem, f: GradientFactors) -> GradientFactors:
    """Return the factors with y − O for y − ŷ."""
    return replace(f, error=(p.forward.O - p.y)[: len(f.error)])


def missing_output_derivative(_: Problem, f: GradientFactors) -> GradientFactors:
    """Return the factors with 1 for σ′(O)."""
    return f.without_output_slope()


def missing_hidden_derivative(_: Problem, f: GradientFactors) -> GradientFactors:
    """Return the factors with 1 for σ′(H), in every hidden layer."""
    return f.without_slopes()


def output_slope_of_value(p: Problem, f: GradientFactors) -> GradientFactors:
    """Return the factors with σ′ at ŷ instead of at O."""
    return replace(f, output_slope=_slope_at(p.net.output, p.forward.y_hat[: len(f.error)]))


def hidden_slope_of_value(p: Problem, f: GradientFactors) -> GradientFactors:
    """Return the factors with σ′ at Z instead of at H, in every hidden layer."""
    values = p.forward.values[:-1]
    return replace(f, slopes=tuple(_slope_at(p.net.hidden, Z[: len(f.error)]) for Z in values))


def _derivative_of_activation(p: Problem, f: GradientFactors) -> GradientFactors:
    return output_slope_of_value(p, hidden_slope_of_value(p, f))


def _slope_at(activation: str, x: Array) -> Array:
    """Return σ′ evaluated at x, where x is itself a value of σ."""
    function = ACTIVATIONS[activation]
    return function.slope(function.value(x))


def _raw_hidden(p: Problem, f: GradientFactors) -> GradientFactors:
    """Return the factors with H for Z where the later matrices multiply it."""
    inputs = [f.inputs[0]]
    for H, values in zip(p.forward.sums[:-1], f.inputs[1:], strict=True):
        raw = values.copy()
        raw[:, : H.shape[1]] = H[: len(raw)]
        inputs.append(raw)
    return replace(f, inputs=tuple(inputs))


def _missing_w2(_: Problem, f: GradientFactors) -> GradientFactors:
    """Return the factors with 1 for every weight that δ passes back through."""
    return replace(f, weights=tuple(map(np.ones_like, f.weights)))


def _updated_w2(p: Problem, f: GradientFactors) -> GradientFactors:
    if p.learning_rate is None:
        raise ValueError("updated_w2 needs the learning rate that W2 was updated with")
    steps = zip(f.weights, p.truth[1:], strict=True)
    return replace(f, weights=tuple(W - p.learning_rate * dW[: len(W)] for W, dW in steps))


def _bias_row_missing(_: Problem, f: GradientFactors) -> GradientFactors:
    return f  # wrong_gradients_of removes the rows


MISTAKES = (
    Mistake(
        "missing_mean",
        "1/N is forgotten",
        "Divide the sum over the samples by N.",
        "eq. 3",
        missing_mean,
    ),
    Mistake(
        "factor_two",
        "it is twice the gradient: perhaps the 2 of the square was not cancelled",
        "Halve it: in the half MSE the 2 of the square cancels against the ½ of the cost.",
        "eq. 3",
        scaled(2),
    ),
    Mistake(
        "sign",
        "ŷ − y and y − ŷ are confused, so that the sign is wrong",
        "Flip the sign: C falls as ŷ moves towards y, so ∂C/∂ŷ has the sign of ŷ − y.",
        "eq. 3",
        scaled(-1),
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
        missing_output_derivative,
    ),
    Mistake(
        "missing_hidden_derivative",
        "the factor σ′(H) is missing",
        "Multiply by ∂Z/∂H, which is Z(1 − Z) for a sigmoid.",
        "eq. 8",
        missing_hidden_derivative,
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
