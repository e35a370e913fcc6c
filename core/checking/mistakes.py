"""Catalogue of classic mistakes in a gradient, with the wrong gradients that they give.

    for mistake in MISTAKES: mistake.identifier, .description, .correction, .equation
    BY_IDENTIFIER["sign"].gradients(net, X, y)                # the wrong (∂C/∂W1, ∂C/∂W2, …)
    wrong_gradients(net, X, y, ("sign", "missing_w2"))        # several at once

A mistake replaces some of the `GradientFactors` (`core.checking.problem`). Several are applied
in reverse order of the list, so that a missing factor stays missing; samples are left out last.
`core.checking.factor_mistakes` explains one typed number by the same replacements.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from core.checking import replacements as r
from core.checking.problem import Problem
from core.checking.quantity.catalogue import ENTRIES
from core.checking.replacements import Replacement, Ways
from core.gradients import Array
from core.network import Network

BIAS_ROW = "bias_row_missing"
SAMPLES = ("first_sample_only", "last_sample_only")
CONVENTIONS = ("missing_mean", "sign")  # beside others a style, not a mistake

Combination = tuple[str, ...]  # identifiers of mistakes


@dataclass(frozen=True)
class Mistake:
    """A mistake: `description`, `correction` (what to do instead) and `equation` (where).

    apply: what it replaces in any problem. ways: replacements that depend on the problem, none
    where it cannot be made. A mistake without either changes what comes out, not what goes in:
    `core.checking.diagnosis.matching` recognises it.
    """

    identifier: str
    description: str
    correction: str
    equation: str
    apply: Replacement | None = field(default=None, compare=False, repr=False)
    ways: Ways | None = field(default=None, compare=False, repr=False)
    needs_learning_rate: bool = False

    def replacements(self, problem: Problem) -> list[Replacement]:
        """Return each way to make the mistake in that problem."""
        alone = [] if self.apply is None else [self.apply]
        return alone + ([] if self.ways is None else list(self.ways(problem)))

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
    chosen = {identifier: _OF_GRADIENTS[identifier] for identifier in mistakes}
    factors = problem.factors
    with np.errstate(all="ignore"):  # a wrong formula may give 0/0
        for identifier in sorted(chosen, key=REPLACEMENT_PLACES.__getitem__):
            factors = _only(chosen[identifier], problem)(problem, factors)
        wrong = factors.gradients()
    if problem.l2:
        wrong = tuple(dW + term for dW, term in zip(wrong, problem.penalties(), strict=True))
    if BIAS_ROW in chosen:
        return tuple(dW[: problem.net.rows(layer)] for layer, dW in enumerate(wrong, start=1))
    return wrong


def _only(mistake: Mistake, problem: Problem) -> Replacement:
    """Return the first way to make a mistake; raise ValueError if there is none."""
    for replacement in mistake.replacements(problem):
        return replacement
    raise ValueError(f"{mistake.identifier} is no mistake in the factors of this problem")


MISTAKES = (
    Mistake(
        "missing_mean",
        "1/N is forgotten",
        "Divide the sum over the samples by N.",
        "eq. 3",
        r.missing_mean,
    ),
    Mistake(
        "factor_two",
        "it is twice the gradient: perhaps the 2 of the square was not cancelled",
        "Halve it: in the half MSE the 2 of the square cancels against the ½ of the cost.",
        "eq. 3",
        r.scaled(2),
    ),
    Mistake(
        "constant_factor",
        "it is a constant times the gradient",
        "Leave the constant out.",
        "eq. 3",
    ),
    Mistake(
        "sign",
        "ŷ − y and y − ŷ are confused, so that the sign is wrong",
        "Flip the sign: C falls as ŷ moves towards y, so ∂C/∂ŷ has the sign of ŷ − y.",
        "eq. 3",
        r.scaled(-1),
    ),
    Mistake(
        "missing_error",
        "the factor y − ŷ is missing, as if it were 1",
        "Multiply by y − ŷ of each sample.",
        "eq. 3",
        r.missing_error,
        r.errors_of_one,
    ),
    Mistake(
        "linear_output_error",
        "y − O is used instead of y − ŷ",
        "Use the output after its activation, ŷ = σ(O), in the error.",
        "eq. 3",
        r.linear_output_error,
    ),
    Mistake(
        "squared_error",
        "the square or the size of y − ŷ is used instead of y − ŷ",
        "Use y − ŷ itself: the derivative of a square is twice what was squared.",
        "eq. 3",
        ways=r.squared_errors,
    ),
    Mistake(
        "broadcast",
        "y − ŷ is N×N: (N,) and (N, 1) were subtracted, and NumPy took each y with each ŷ",
        "Give y the shape of ŷ, (N, 1), with y.reshape(-1, 1).",
        "eq. 3",
        ways=r.broadcast_errors,
    ),
    Mistake(
        "other_loss",
        "it is the gradient of another loss",
        "Use ∂C/∂ŷ of the loss that is asked for.",
        "eq. 3",
        ways=r.other_losses,
    ),
    Mistake(
        "numeric_of_output",
        "it is the derivative of ŷ, not of C",
        "Take the difference quotient of C, with both changes of the weight.",
        "eq. 2",
        ways=r.outputs_for_cost,
    ),
    Mistake(
        "missing_output_derivative",
        "the factor σ′(O) is missing",
        "Multiply by ∂ŷ/∂O, which is ŷ(1 − ŷ) for a sigmoid.",
        "eqs. 3 and 5",
        r.missing_output_derivative,
    ),
    Mistake(
        "missing_hidden_derivative",
        "the factor σ′(H) is missing",
        "Multiply by ∂Z/∂H, which is Z(1 − Z) for a sigmoid.",
        "eq. 8",
        r.missing_hidden_derivative,
    ),
    Mistake(
        "derivative_of_activation",
        "σ′ is evaluated at ŷ and Z instead of O and H",
        "ŷ and Z are σ(O) and σ(H) already: write σ′ as ŷ(1 − ŷ) and Z(1 − Z), without another σ.",
        "eqs. 3 and 8",
        r.derivative_of_activation,
        r.slopes_of_values,
    ),
    Mistake(
        "preactivation_slope",
        "x(1 − x) is evaluated at O and H instead of ŷ and Z",
        "Use the values after the activation: ŷ(1 − ŷ) and Z(1 − Z).",
        "eqs. 3 and 8",
        ways=r.preactivation_slopes,
    ),
    Mistake(
        "output_slope_in_hidden",
        "the slope of the output, ŷ(1 − ŷ), is used for the hidden layer",
        "Use Z(1 − Z), the slope at the hidden units.",
        "eq. 8",
        ways=r.output_slopes_in_hidden,
    ),
    Mistake(
        "tanh_slope",
        "1 − a², the slope of tanh, is used for a sigmoid",
        "Use a(1 − a).",
        "eqs. 3 and 8",
        ways=r.tanh_slopes,
    ),
    Mistake(
        "softmax_diagonal",
        "only the diagonal ŷ(1 − ŷ) of the Jacobian of softmax is used",
        "Add the other entries, −ŷₒŷⱼ: each output depends on every O.",
        "eq. 5",
        ways=r.softmax_diagonals,
    ),
    Mistake(
        "softmax_twice",
        "softmax is applied twice",
        "Give the cost O, or ŷ without another softmax: torch’s cross-entropy applies it itself.",
        "eq. 5",
        ways=r.softmax_again,
    ),
    Mistake(
        "raw_hidden",
        "H is used instead of Z in ∂O/∂W⁽²⁾",
        "Use the hidden units after their activation, Z = σ(H).",
        "eq. 4",
        r.raw_hidden,
    ),
    Mistake(
        "missing_input",
        "what the weights multiply, X or Z, is missing, as if it were 1",
        "Multiply by X in ∂C/∂W⁽¹⁾ and by Z in ∂C/∂W⁽²⁾.",
        "eqs. 4 and 9",
        ways=r.missing_inputs,
    ),
    Mistake(
        "missing_w2",
        "W⁽²⁾ is missing from ∂C/∂W⁽¹⁾, as if it were 1",
        "Multiply by ∂O/∂Z, which is W⁽²⁾ without its bias row.",
        "eq. 7",
        r.missing_w2,
        r.no_weights,
    ),
    Mistake(
        "w2_not_transposed",
        "W⁽²⁾ is not transposed in ∂C/∂W⁽¹⁾",
        "Multiply by the transpose of W⁽²⁾: δ leads back from outputs to units.",
        "eq. 7",
        ways=r.weights_not_transposed,
    ),
    Mistake(
        "updated_w2",
        "∂C/∂W⁽¹⁾ is computed with the updated W⁽²⁾",
        "Compute both gradients from the old weights, then update both.",
        "eq. 7",
        r.updated_w2,
        needs_learning_rate=True,
    ),
    Mistake(
        BIAS_ROW,
        "the bias row is missing",
        "Add a row for the bias: its input is 1 for every sample.",
        "eqs. 4 and 9",
        r.unchanged,
    ),
    Mistake(
        "bias_factor",
        "the bias row is a constant times what it should be",
        "Sum over the samples as in the other rows, with the same 1/N.",
        "eqs. 4 and 9",
    ),
    Mistake(
        "bias_wrong_axis",
        "the bias row is summed over the wrong axis",
        "Sum δ over the samples: np.sum(δ, axis=0).",
        "eqs. 4 and 9",
    ),
    Mistake(
        "bias_zero",
        "the bias row is 0",
        "Compute it like the other rows, with 1 as its input.",
        "eqs. 4 and 9",
    ),
    Mistake(
        "first_sample_only",
        "only the first sample is used, still divided by N",
        "Sum over all the samples.",
        "eqs. 2 and 6",
        r.one_sample(0),
    ),
    Mistake(
        "last_sample_only",
        "only the last sample is used, still divided by N",
        "Sum over all the samples: add to the gradient in the loop, do not replace it.",
        "eqs. 2 and 6",
        ways=lambda _: iter([r.one_sample(-1)]),  # no `apply`, which would make it TRAINABLE
    ),
    Mistake(
        "l2_added",
        "λW is added, and this run has no penalty",
        "Leave the penalty out.",
        "eq. 1",
    ),
    Mistake(
        "l2_missing",
        "the penalty’s λW is missing",
        "Add λW, but to no bias row.",
        "eq. 1",
    ),
    Mistake(
        "l2_on_bias",
        "the penalty’s λW is in the bias row, too",
        "Leave the bias row out of the penalty.",
        "eq. 1",
    ),
    Mistake(
        "step_handed_in",
        "it is the step of the weights, η times the gradient",
        "Hand in the gradient, without η.",
        "eqs. 5 and 10",
    ),
    Mistake(
        "new_weights_handed_in",
        "these are the weights after the step, W − η ∂C/∂W",
        "Hand in the gradient, not the weights.",
        "eqs. 5 and 10",
    ),
    Mistake(
        "swapped_rows",
        "two rows are exchanged",
        "Keep the rows in the order of the inputs and units.",
        "eqs. 5 and 10",
    ),
    Mistake(
        "single_number",
        "all is right but one number",
        "Compute it again.",
        "eqs. 5 and 10",
    ),
)

_OF_GRADIENTS = {mistake.identifier: mistake for mistake in MISTAKES}
_OF_OTHERS = (Mistake(*entry) for entry in ENTRIES if entry[0] not in _OF_GRADIENTS)
# Those in a step, in new weights and in C (`core.checking.quantity`) come first.
BY_IDENTIFIER = {mistake.identifier: mistake for mistake in _OF_OTHERS} | _OF_GRADIENTS
# The order of replacement: missing factors stay missing, and samples are left out last.
REPLACEMENT_PLACES = {
    mistake.identifier: (mistake.identifier in SAMPLES, -place)
    for place, mistake in enumerate(MISTAKES)
}
# Those to train with (`core.checking.bug_lab`): any network allows them; of the two SAMPLES only
# the first is among them.
TRAINABLE = {mistake.identifier: mistake for mistake in MISTAKES if mistake.apply is not None}


def ordered(names: Iterable[str]) -> Combination:
    """Return the names, each once, in the order of BY_IDENTIFIER."""
    chosen = set(names)
    return tuple(name for name in BY_IDENTIFIER if name in chosen)
