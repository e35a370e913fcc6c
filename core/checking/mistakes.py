"""The classic mistakes in a gradient, one documented entry each, and what each makes of it.

    for mistake in MISTAKES: mistake.identifier, .done, .change, .equation
    BY_IDENTIFIER["sign"].gradients(net, X, y)                # the wrong (∂C/∂W1, ∂C/∂W2)
    wrong_gradients(net, X, y, ("sign", "missing_w2"))        # of several at once

A mistake exchanges one of the things that eqs. 5 and 10 multiply (`Steps`). Several are made in the
reverse of the list's order, so that what is left out stays left out, however it was computed.
`core.checking.factor_mistakes` does the same for one number that somebody types.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from core.activations import ACTIVATIONS
from core.gradients import Array, gradients, targets
from core.losses import LOSSES, check_loss, check_targets
from core.network import Forward, Network
from core.utils.arguments import positive

BIAS_ROW = "bias_row_missing"


@dataclass(frozen=True, eq=False)
class Problem:
    """A network, samples X (N, d), targets y (N, K) and a loss; η where somebody took a step.

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
        """The same from anything like an array, checked; y may be (N,), and η is above 0."""
        check_loss(net, loss)
        X = net.check_inputs(X)
        y = targets(y, (len(X), net.outputs))
        check_targets(loss, y)
        if learning_rate is not None:
            learning_rate = positive("learning_rate", learning_rate)
        return cls(net, X, y, loss, learning_rate)

    @cached_property
    def truth(self) -> tuple[Array, Array]:
        """∂C/∂W1 and ∂C/∂W2 (eqs. 10 and 5)."""
        return gradients(self.net, self.X, self.y, self.loss)

    @cached_property
    def forward(self) -> Forward:
        """The forward pass of all samples."""
        return self.net.forward(self.X)

    @cached_property
    def steps(self) -> "Steps":
        """What the true gradient multiplies."""
        net, forward, loss = self.net, self.forward, LOSSES[self.loss]
        slope = ACTIVATIONS[net.output].slope(forward.y_hat)
        return Steps(
            scale=loss.error_scale(len(self.X)),
            error=forward.y_hat - self.y,
            cancelled=slope if loss.fused else np.ones_like(slope),
            slope=slope,
            out=net.W2[: net.units],
            hidden_slope=ACTIVATIONS[net.hidden].slope(forward.Z),
            of_hidden=forward.Z1,
            of_input=forward.X1,
        )

    def sums_of_terms(self, noise: float = 0.0) -> tuple[Array, Array]:
        """The sums of |terms| of eqs. 10 and 5: the scale that their rounding goes by.

        y − ŷ counts as what it is rounded by, |y| + |ŷ|. `noise` is added to each σ′ that is
        rounded itself: a sigmoid's and a tanh's.
        """
        steps, net = self.steps, self.net
        size = steps.scale * (np.abs(self.y) + np.abs(self.forward.y_hat))
        if not LOSSES[self.loss].fused:
            size = size * (steps.slope + noise * (net.output == "sigmoid"))
        hidden = steps.hidden_slope + noise * (net.hidden != "relu")
        dC_dH = (size @ np.abs(steps.out.T)) * hidden
        return np.abs(steps.of_input.T) @ dC_dH, np.abs(steps.of_hidden.T) @ size


@dataclass(frozen=True, eq=False)
class Steps:
    """What eqs. 5 and 10 multiply, for all samples; a mistake puts something else in its place."""

    scale: float  # 1/N for eq. 1
    error: Array  # (N, K)     ŷ − y
    slope: Array  # (N, K)     σ′(O)
    cancelled: Array  # (N, K)  what the slope is divided by: itself under cross-entropy, else 1
    out: Array  # (m, K)       W2 without its bias row
    hidden_slope: Array  # (N, m)  σ′(H)
    of_hidden: Array  # (N, m+1)  Z1
    of_input: Array  # (N, d+1)  X1

    def gradients(self) -> tuple[Array, Array]:
        """Their products, summed over the samples: shapes of W1 and W2."""
        ratio = np.where(self.slope == self.cancelled, 1.0, self.slope / self.cancelled)
        dC_dO = self.scale * self.error * ratio
        dC_dH = (dC_dO @ self.out.T) * self.hidden_slope
        return self.of_input.T @ dC_dH, self.of_hidden.T @ dC_dO

    def first(self) -> "Steps":
        """Of the first sample alone."""
        samples = ("error", "slope", "cancelled", "hidden_slope", "of_hidden", "of_input")
        return replace(self, **{name: getattr(self, name)[:1] for name in samples})


Change = Callable[[Problem, Steps], Steps]


@dataclass(frozen=True)
class Mistake:
    """A mistake: `done` says what was done, `change` what to do instead, `equation` where."""

    identifier: str
    done: str
    change: str
    equation: str
    steps: Change = field(compare=False, repr=False)
    needs_learning_rate: bool = False

    def gradients(
        self,
        net: Network,
        X: ArrayLike,
        y: ArrayLike,
        loss: str = "half_mse",
        learning_rate: float | None = None,
    ) -> tuple[Array, Array]:
        """The wrong (∂C/∂W1, ∂C/∂W2) that come of it, as `wrong_gradients` gives them."""
        return wrong_gradients(net, X, y, (self.identifier,), loss, learning_rate)


def wrong_gradients(
    net: Network,
    X: ArrayLike,
    y: ArrayLike,
    mistakes: Iterable[str],
    loss: str = "half_mse",
    learning_rate: float | None = None,
) -> tuple[Array, Array]:
    """(∂C/∂W1, ∂C/∂W2) with those mistakes made; of the true shapes, or without the bias rows.

    X is (N, d), y (N,) or (N, K). Some entries may be infinite or NaN: under cross-entropy σ′(O)
    left out divides by ŷ (1 − ŷ).
    Raises KeyError for an unknown mistake, ValueError as `core.gradients.cost` does, and where
    `updated_w2` is not told the learning rate.
    """
    return made(Problem.of(net, X, y, loss, learning_rate), mistakes)


def made(problem: Problem, mistakes: Iterable[str]) -> tuple[Array, Array]:
    """(∂C/∂W1, ∂C/∂W2) of a problem with those mistakes made, as `wrong_gradients`."""
    chosen = {BY_IDENTIFIER[identifier].identifier for identifier in mistakes}
    steps = problem.steps
    with np.errstate(all="ignore"):  # what people do may well be 0/0
        for mistake in reversed(MISTAKES):
            if mistake.identifier in chosen:
                steps = mistake.steps(problem, steps)
        dW1, dW2 = steps.gradients()
    if BIAS_ROW in chosen:
        return dW1[: problem.net.inputs], dW2[: problem.net.units]
    return dW1, dW2


def _missing_mean(p: Problem, s: Steps) -> Steps:
    has_mean = LOSSES[p.loss].error_scale(1) != LOSSES[p.loss].error_scale(2)
    return replace(s, scale=s.scale * len(p.X)) if has_mean else s


def _missing_error(_: Problem, s: Steps) -> Steps:
    return replace(s, error=-np.ones_like(s.error))


def _linear_output_error(p: Problem, s: Steps) -> Steps:
    return replace(s, error=(p.forward.O - p.y)[: len(s.error)])


def _missing_output_derivative(_: Problem, s: Steps) -> Steps:
    return replace(s, slope=np.ones_like(s.slope))


def _missing_hidden_derivative(_: Problem, s: Steps) -> Steps:
    return replace(s, hidden_slope=np.ones_like(s.hidden_slope))


def _derivative_of_activation(p: Problem, s: Steps) -> Steps:
    rows = len(s.error)
    return replace(
        s,
        slope=_slope_at(p.net.output, p.forward.y_hat[:rows]),
        hidden_slope=_slope_at(p.net.hidden, p.forward.Z[:rows]),
    )


def _slope_at(activation: str, x: Array) -> Array:
    """σ′(x), for x that is itself a value of σ."""
    function = ACTIVATIONS[activation]
    return function.slope(function.value(x))


def _raw_hidden(p: Problem, s: Steps) -> Steps:
    carried = s.of_hidden.copy()
    carried[:, : p.net.units] = p.forward.H[: len(carried)]
    return replace(s, of_hidden=carried)


def _missing_w2(_: Problem, s: Steps) -> Steps:
    return replace(s, out=np.ones_like(s.out))


def _updated_w2(p: Problem, s: Steps) -> Steps:
    if p.learning_rate is None:
        raise ValueError("updated_w2 needs the learning rate that W2 was updated with")
    return replace(s, out=s.out - p.learning_rate * p.truth[1][: p.net.units])


def _bias_row_missing(_: Problem, s: Steps) -> Steps:
    return s  # the rows are taken away at the end


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
        "it is twice the gradient: perhaps the 2 of the square has not been cancelled",
        "Halve it: in the half MSE the 2 of the square cancels against the ½ of the cost.",
        "eq. 3",
        lambda _, s: replace(s, scale=2 * s.scale),
    ),
    Mistake(
        "sign",
        "ŷ − y and y − ŷ are confused, so that the sign is wrong",
        "Flip the sign: C falls as ŷ moves towards y, so ∂C/∂ŷ has the sign of ŷ − y.",
        "eq. 3",
        lambda _, s: replace(s, scale=-s.scale),
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
        "Take the output after its activation, ŷ = σ(O), in the error.",
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
        "σ′ is taken at ŷ and Z, where O and H belong",
        "ŷ and Z are σ(O) and σ(H) already: write σ′ as ŷ(1 − ŷ) and Z(1 − Z), without another σ.",
        "eqs. 3 and 8",
        _derivative_of_activation,
    ),
    Mistake(
        "raw_hidden",
        "H is taken where Z belongs in ∂O/∂W⁽²⁾",
        "Take the hidden units after their activation, Z = σ(H).",
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
        "∂C/∂W⁽¹⁾ is taken with W⁽²⁾ already updated",
        "Compute both gradients from the old weights, then update both.",
        "eq. 7",
        _updated_w2,
        needs_learning_rate=True,
    ),
    Mistake(
        BIAS_ROW,
        "the bias row is not there",
        "Give the constant unit a row too: its input is 1 for every sample.",
        "eqs. 4 and 9",
        _bias_row_missing,
    ),
    Mistake(
        "first_sample_only",
        "only the first sample is taken, divided by N all the same",
        "Sum over all the samples.",
        "eqs. 2 and 6",
        lambda _, s: s.first(),
    ),
)

BY_IDENTIFIER = {mistake.identifier: mistake for mistake in MISTAKES}
