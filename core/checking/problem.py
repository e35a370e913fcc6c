"""A network, data and a loss together, and what their gradients multiply."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from core.activations import ACTIVATIONS
from core.chain import MatrixChain, deltas
from core.checking.quantity.rule import StepRule
from core.gradients import Array, gradients, targets
from core.losses import check_loss, check_targets, loss_of
from core.network import Forward, Network
from core.training.update import weight_decay
from core.utils.arguments import instance, non_negative, positive


@dataclass(frozen=True, eq=False)
class Problem:
    """A network, samples X (N, d), targets y (N, K), a loss, η if a step was taken, and λ.

    With λ the gradient is that of C + (λ/2) ‖W without bias rows‖². `step` is the optimiser of the
    step, None for plain descent.
    Raises ValueError as `core.gradients.cost` does.
    """

    net: Network
    X: Array
    y: Array
    loss: str = "half_mse"
    learning_rate: float | None = None
    l2: float = 0.0
    step: StepRule | None = None

    def __repr__(self) -> str:
        """Return, say, Problem(Network(…), 4 samples, half_mse)."""
        return f"Problem({self.net}, {len(self.X)} samples, {self.loss})"

    @classmethod
    def of(
        cls,
        net: Network,
        X: ArrayLike,
        y: ArrayLike,
        loss: str = "half_mse",
        learning_rate: float | None = None,
        l2: float = 0.0,
        step: StepRule | None = None,
    ) -> "Problem":
        """Return the validated problem: X and y are array-like, y may be (N,); η > 0, λ ≥ 0."""
        check_loss(net, loss)
        X = net.check_inputs(X)
        y = targets(y, (len(X), net.outputs))
        check_targets(loss, y, net.output)
        if learning_rate is not None:
            learning_rate = positive("learning_rate", learning_rate)
        if step is not None:
            instance("step", step, StepRule)
        return cls(net, X, y, loss, learning_rate, non_negative("l2", l2), step)

    @cached_property
    def truth(self) -> tuple[Array, ...]:
        """∂C/∂W1, ∂C/∂W2 (eqs. 10 and 5) and so on."""
        return gradients(self.net, self.X, self.y, self.loss, self.l2)

    @cached_property
    def forward(self) -> Forward:
        """The forward pass of all samples."""
        return self.net.forward(self.X)

    @cached_property
    def deltas(self) -> tuple[Array, ...]:
        """δ⁽ˡ⁾ of each matrix, ∂C by its pre-activation: (N, columns)."""
        return deltas(self.net, self.forward, self.y, self.loss)

    @cached_property
    def factors(self) -> "GradientFactors":
        """The factors of the true gradients."""
        forward, rule = self.forward, loss_of(self.net.output, self.loss)
        chain = MatrixChain(self.net, forward, self.y, self.loss, 1)
        dC_dyhat, output, *_ = chain.factors
        scale, backwards = rule.error_scale(len(self.X)), chain.between[::-1]
        return GradientFactors(
            scale=scale,
            error=forward.y_hat - self.y,
            output_slope=output.value,
            cancelled_slope=output.value if rule.fused else None,
            dC_dyhat=dC_dyhat.value / scale if rule.fused else None,
            weights=tuple(f.value for f in backwards if f.kind == "linear"),
            slopes=tuple(f.value for f in backwards if f.kind == "diagonal"),
            inputs=forward.inputs,
        )

    @cached_property
    def without_rate(self) -> "Problem":
        """The same problem with no step taken."""
        return replace(self, learning_rate=None)

    @cached_property
    def scales(self) -> tuple[Array, ...]:
        """The sums of |terms| of each gradient."""
        return self.sums_of_terms()

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
            slope = slope + noise * ACTIVATIONS[net.hidden].rounded
            size = (size @ np.abs(net.weights[layer - 1][: net.rows(layer)].T)) * slope
            sums.append(np.abs(forward.inputs[layer - 2].T) @ size)
        pairs = zip(reversed(sums), self.penalties(), strict=True)
        return tuple(total + np.abs(penalty) for total, penalty in pairs)

    def penalties(self) -> tuple[Array, ...]:
        """Return λW of each matrix, 0 in its bias row."""
        return weight_decay(self.net, self.l2)


def _times_output_slope(output: str, size: Array, y_hat: Array, noise: float) -> Array:
    """Return the sizes of ∂C/∂O (N, K) from those of ∂C/∂ŷ: all terms as if of one sign."""
    if output == "softmax":
        whole: Array = (size * y_hat).sum(axis=1, keepdims=True)
        total: Array = size.sum(axis=1, keepdims=True)
        return y_hat * (size + whole) + noise * total
    activation = ACTIVATIONS[output]
    return size * (activation.slope(y_hat) + noise * activation.rounded)


@dataclass(frozen=True, eq=False)
class GradientFactors:
    """What the gradients multiply, for all samples; a mistake replaces some of it.

    With one hidden layer `weights` holds W2 without its bias row, `slopes` σ′(H), and `inputs` X1
    and Z1; deeper, each further layer adds one to all three.
    """

    scale: float  # 1/N for eq. 1
    error: Array  # (N, K)  ŷ − y
    output_slope: Array  # (N, K)  σ′(O); of a softmax (N, K, K)
    cancelled_slope: Array | None  # the output slope that a fused loss cancels against
    dC_dyhat: Array | None  # (N, K)  of a fused loss, without the scale
    weights: tuple[Array, ...]  # (units before, units)
    slopes: tuple[Array, ...]  # (N, units)
    inputs: tuple[Array, ...]  # (N, rows)

    @property
    def is_fused(self) -> bool:
        """Whether the output slope cancels in ∂C/∂O."""
        return self.output_slope is self.cancelled_slope

    @property
    def dC_dO(self) -> Array:
        """∂C/∂O, (N, K): the error times the output slope, unless a fused loss cancels that."""
        if self.is_fused:
            return self.scale * self.error
        if self.output_slope.ndim == 3:
            upstream = self.error if self.dC_dyhat is None else self.dC_dyhat
            pulled: Array = np.einsum("no,nok->nk", self.scale * upstream, self.output_slope)
            return pulled
        if self.cancelled_slope is None:
            return self.scale * self.error * self.output_slope
        ratio = np.where(
            self.output_slope == self.cancelled_slope, 1.0, self.output_slope / self.cancelled_slope
        )
        return self.scale * self.error * ratio

    def gradients(self) -> tuple[Array, ...]:
        """Return the products summed over the samples, in the shapes of the matrices."""
        delta = self.dC_dO
        found = [self.inputs[-1].T @ delta]
        for W, slope, values in zip(
            reversed(self.weights), reversed(self.slopes), reversed(self.inputs[:-1]), strict=True
        ):
            delta = (delta @ W.T) * slope
            found.append(values.T @ delta)
        return tuple(reversed(found))

    def one_sample(self, index: int) -> "GradientFactors":
        """Return the factors of one sample alone."""
        at = slice(index, index + 1 or None)
        cut = self.output_slope[at]
        rest = self.cancelled_slope if self.cancelled_slope is None else self.cancelled_slope[at]
        return replace(
            self,
            error=self.error[at],
            output_slope=cut,
            cancelled_slope=cut if self.is_fused else rest,
            dC_dyhat=self.dC_dyhat if self.dC_dyhat is None else self.dC_dyhat[at],
            slopes=tuple(slope[at] for slope in self.slopes),
            inputs=tuple(values[at] for values in self.inputs),
        )
