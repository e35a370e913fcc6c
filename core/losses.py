"""Losses and their derivatives, the first factor of the chain rule: ∂C/∂ŷ (eq. 3).

A loss changes that factor only. Sums are over samples i and outputs o:

    name             C                                          ∂C/∂ŷ
    half_mse         1/(2N) Σᵢ Σₒ (y − ŷ)²           (eq. 1)    −(y − ŷ) / N          (eq. 3)
    mse              1/N Σᵢ Σₒ (y − ŷ)²                         −2 (y − ŷ) / N
    half_sse         ½ Σᵢ Σₒ (y − ŷ)²                           −(y − ŷ)
    cross_entropy    −1/N Σᵢ Σₒ [y ln ŷ + (1 − y) ln(1 − ŷ)]    (ŷ − y) / (N ŷ (1 − ŷ))
      of classes     −1/N Σᵢ Σₒ y ln ŷ                          −y / (N ŷ)

Cross-entropy needs a sigmoid output, or a softmax: then it sums over classes, and each sample's
targets must add up to 1. Times ∂ŷ/∂O its slope is (ŷ − y)/N both times, which is computed directly:
the two factors alone are ∞ · 0 where ŷ rounds to 0 or 1 (|O| beyond 37).

All arrays are (N, K). `scale` and `error_scale` are the same as plain numbers, for the kernel: C is
`scale` times Σᵢ Σₒ (y − ŷ)², and `error_scale` times ŷ − y is ∂C/∂ŷ, or ∂C/∂O if the loss is fused.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.network import Network
from core.utils.arguments import choice, instance

Array = NDArray[np.float64]


@dataclass(frozen=True)
class LossForms:
    """A loss as formulas and as code, which uses X, y, y_hat and O.

    latex is C, for one output unless it is of classes; latex_slope ∂C/∂ŷ, a template of {y},
    {y_hat}, {N} and {times}. The product of latex_scale and latex_error, a template of {y} and
    {y_hat}, is ∂C/∂ŷ, or ∂C/∂O if the loss is fused; so is numpy_slope. numpy and torch are C. The
    torch of cross-entropy needs `zero`, a tensor.
    """

    title: str
    latex: str
    latex_slope: str
    latex_scale: str
    latex_error: str
    numpy: str
    numpy_slope: str
    torch: str


@dataclass(frozen=True)
class SquaredError:
    """C = Σᵢ Σₒ (y − ŷ)² / divisor(N)."""

    divisor: Callable[[int], float]
    forms: LossForms
    fused: bool = False

    def value(self, y: Array, y_hat: Array, O: Array) -> float:  # noqa: ARG002
        """Return C; O is not needed."""
        error = y - y_hat
        return float(np.vdot(error, error)) / self.divisor(len(y))

    def slope(self, y: Array, y_hat: Array) -> Array:
        """Return ∂C/∂ŷ = −2 (y − ŷ) / divisor(N), (N, K); halving the divisor is exact."""
        return -(y - y_hat) / (self.divisor(len(y)) / 2)

    def scale(self, N: int) -> float:
        """Return 1 / divisor(N)."""
        return 1 / self.divisor(N)

    def error_scale(self, N: int) -> float:
        """Return 2 / divisor(N)."""
        return 2 / self.divisor(N)


class CrossEntropy:
    """C = −1/N Σᵢ Σₒ [y ln ŷ + (1 − y) ln(1 − ŷ)] for ŷ = σ(O) and y from 0 to 1.

    fused: ∂C/∂O is computed in one step, not as a product of factors.
    """

    forms = LossForms(
        title="cross-entropy",
        latex=r"-\frac{1}{N} \sum_{i=1}^N "
        r"\left[ y_i \ln \hat{y}_i + (1 - y_i) \ln (1 - \hat{y}_i) \right]",
        latex_slope=r"\frac{{{y_hat} - {y}}}{{{N} {times} {y_hat} {times} (1 - {y_hat})}}",
        latex_scale=r"\frac{1}{N}",
        latex_error="({y_hat} - {y})",
        numpy="(y * np.logaddexp(0, -O) + (1 - y) * np.logaddexp(0, O)).sum() / len(X)",
        numpy_slope="(y_hat - y) / len(X)",
        torch="(y * torch.logaddexp(zero, -O) + (1 - y) * torch.logaddexp(zero, O)).sum() / len(X)",
    )
    fused = True

    def value(self, y: Array, y_hat: Array, O: Array) -> float:  # noqa: ARG002
        """Return C from O, finite for any O, whereas ŷ or 1 − ŷ may round to 0.

        −ln σ(O) = ln(1 + e⁻ᴼ) and −ln(1 − σ(O)) = ln(1 + eᴼ). Both are ln(1 + e^−|O|), plus |O| if
        O has the wrong sign.
        """
        size = np.abs(O)
        with np.errstate(under="ignore"):
            terms = np.log1p(np.exp(-size)) + size * np.where(O > 0, 1.0 - y, y)
        return float(terms.sum()) / len(y)

    def slope(self, y: Array, y_hat: Array) -> Array:
        """Return ∂C/∂ŷ = (ŷ − y) / (N ŷ (1 − ŷ)), (N, K).

        For y = 1 this is −1/(N ŷ) and for y = 0 it is 1/(N (1 − ŷ)), also where ŷ equals y and the
        formula is 0/0. Infinite where ŷ is 0 or 1 and y is not.
        """
        complement = 1.0 - y_hat
        with np.errstate(divide="ignore", invalid="ignore"):
            inside = (y_hat - y) / (y_hat * complement)
            at_ends = np.where(y == 0, 1.0 / complement, inside)
            return np.where(y == 1, -1.0 / y_hat, at_ends) / len(y)

    def scale(self, N: int) -> None:  # noqa: ARG002
        """Return None: C is not a sum of squares."""
        return

    def error_scale(self, N: int) -> float:
        """Return 1/N, for the fused ∂C/∂O = (ŷ − y)/N."""
        return 1 / N


class ClassCrossEntropy(CrossEntropy):
    """C = −1/N Σᵢ Σₒ y ln ŷ for ŷ = softmax(O) and each sample's y from 0 to 1, adding up to 1."""

    forms = replace(
        CrossEntropy.forms,
        latex=r"-\frac{1}{N} \sum_{i=1}^N \sum_{o=1}^K y_{i,o} \ln \hat{y}_{i,o}",
        latex_slope=r"-\frac{{{y}}}{{{N} {times} {y_hat}}}",
        numpy="-(y * log_softmax(O)).sum() / len(X)",
        torch="torch.nn.functional.cross_entropy(O, y)",
    )

    def value(self, y: Array, y_hat: Array, O: Array) -> float:  # noqa: ARG002
        """Return C from O, finite for any O, whereas ŷ may round to 0.

        −ln softmax(O)ₒ = ln Σⱼ e^(Oⱼ − max O) − (Oₒ − max O). The largest adds a 1 to the sum, and
        log1p takes the others: they are all that C consists of where ŷ is nearly 1.
        """
        with np.errstate(under="ignore"):
            below = O - O.max(axis=1, keepdims=True)
            others = np.exp(below)
            np.put_along_axis(others, O.argmax(axis=1, keepdims=True), 0.0, axis=1)
            terms = y * (np.log1p(others.sum(axis=1, keepdims=True)) - below)
        return float(terms.sum()) / len(y)

    def slope(self, y: Array, y_hat: Array) -> Array:
        """Return ∂C/∂ŷ = −y / (N ŷ), (N, K), 0 where y is; infinite where only ŷ is 0."""
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            return np.where(y == 0, 0.0, -y / y_hat) / len(y)


Loss = SquaredError | CrossEntropy
LOSSES: dict[str, Loss] = {
    "half_mse": SquaredError(
        lambda N: 2 * N,
        LossForms(
            title="half MSE (eq. 1)",
            latex=r"\frac{1}{2N} \sum_{i=1}^N (y_i - \hat{y}_i)^2",
            latex_slope=r"-\frac{{({y} - {y_hat})}}{{{N}}}",
            latex_scale=r"-\frac{1}{N}",
            latex_error="({y} - {y_hat})",
            numpy="((y - y_hat) ** 2).sum() / (2 * len(X))",
            numpy_slope="-(y - y_hat) / len(X)",
            torch="((y - y_hat) ** 2).sum() / (2 * len(X))",
        ),
    ),
    "mse": SquaredError(
        lambda N: N,
        LossForms(
            title="MSE",
            latex=r"\frac{1}{N} \sum_{i=1}^N (y_i - \hat{y}_i)^2",
            latex_slope=r"-\frac{{2 {times} ({y} - {y_hat})}}{{{N}}}",
            latex_scale=r"-\frac{2}{N}",
            latex_error="({y} - {y_hat})",
            numpy="((y - y_hat) ** 2).sum() / len(X)",
            numpy_slope="-2 * (y - y_hat) / len(X)",
            torch="((y - y_hat) ** 2).sum() / len(X)",
        ),
    ),
    "half_sse": SquaredError(
        lambda N: 2,  # noqa: ARG005
        LossForms(
            title="half SSE",
            latex=r"\frac{1}{2} \sum_{i=1}^N (y_i - \hat{y}_i)^2",
            latex_slope="-({y} - {y_hat})",
            latex_scale="-",
            latex_error="({y} - {y_hat})",
            numpy="((y - y_hat) ** 2).sum() / 2",
            numpy_slope="-(y - y_hat)",
            torch="((y - y_hat) ** 2).sum() / 2",
        ),
    ),
    "cross_entropy": CrossEntropy(),
}
OF_CLASSES: dict[str, Loss] = {"cross_entropy": ClassCrossEntropy()}  # with a softmax output
PROBABILITIES = ("sigmoid", "softmax")  # the outputs that cross-entropy is defined for
SUM_ERROR = 1e-12  # of a sample's targets from 1, which may be rounded


def loss_of(output: str, loss: str) -> Loss:
    """Return the loss of that name for a network with that output activation."""
    return (OF_CLASSES if output == "softmax" else {}).get(loss) or LOSSES[loss]


def losses_for(output: str) -> tuple[str, ...]:
    """Return the names of the losses that an output activation allows."""
    return tuple(
        name for name in LOSSES if output in PROBABILITIES or not loss_of(output, name).fused
    )


def check_loss(net: Network, loss: str) -> Loss:
    """Return the loss of that name; ValueError if unknown or not suited to `net`'s output."""
    loss = choice("loss", loss, LOSSES)
    output = instance("net", net, Network).output
    if loss not in losses_for(output):
        raise ValueError(
            f"loss {loss!r} treats ŷ as a probability and needs a sigmoid or softmax output; "
            f"this network's output is {output}"
        )
    return loss_of(output, loss)


def check_targets(loss: str, y: Array, output: str = "sigmoid") -> None:
    """Raise ValueError if the loss is not defined for targets y (N, K) and that output."""
    if not loss_of(output, loss).fused:
        return
    if not ((y >= 0) & (y <= 1)).all():
        raise ValueError(
            f"loss {loss!r} needs targets y from 0 to 1; "
            f"these range from {y.min():g} to {y.max():g}"
        )
    far = np.abs(y.sum(axis=1) - 1) > SUM_ERROR
    if output == "softmax" and far.any():
        row = int(np.argmax(far))
        raise ValueError(
            f"loss {loss!r} of a softmax needs targets that add up to 1 in each sample; "
            f"those of y[{row}] add up to {y[row].sum():.15g}"
        )
