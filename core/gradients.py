"""The derivation, line by line: the chain rule for both weight matrices.

The equation numbers are the derivation's. Sample i, row k of a matrix, hidden unit l, output o;
the shapes are those of `core.network`.

    eq. 1    C = 1/(2N) Σᵢ Σₒ (yᵢₒ − ŷᵢₒ)²

    eq. 2    ∂C/∂W2[k,o] = Σᵢ  ∂C/∂ŷ · ∂ŷ/∂O · ∂O/∂W2[k,o]
    eq. 3    ∂C/∂ŷ       = −(y − ŷ) / N
             ∂ŷ/∂O       = σ(O) (1 − σ(O)) = ŷ (1 − ŷ)
    eq. 4    ∂O/∂W2[k,o] = Z1[i,k]
    eq. 5    ∂C/∂W2[k,o] = −1/N Σᵢ (y − ŷ) · ŷ (1 − ŷ) · Z1[i,k]

    eq. 6    ∂C/∂W1[k,l] = Σᵢ Σₒ  ∂C/∂ŷ · ∂ŷ/∂O · ∂O/∂Z[l] · ∂Z/∂H · ∂H/∂W1[k,l]
    eq. 7    ∂O/∂Z[l]    = W2[l,o]      (without the bias row: Z1's last column is constant)
    eq. 8    ∂Z/∂H       = Z (1 − Z)
    eq. 9    ∂H/∂W1[k,l] = X1[i,k]      (printed there as ∂H[i,k]/∂W1[k,l]; H[i,l] is meant)
    eq. 10   ∂C/∂W1[k,l] = −1/N Σᵢ Σₒ (y − ŷ) · ŷ (1 − ŷ) · W2[l,o] · Z (1 − Z) · X1[i,k]

Eqs. 2 and 6 hold for every network and loss here; each choice changes one factor in them:

    the loss                 ∂C/∂ŷ    in place of eq. 3               (`core.losses`)
    the output activation    ∂ŷ/∂O    in place of ŷ (1 − ŷ)           (`core.activations`)
    the hidden activation    ∂Z/∂H    in place of eq. 8, Z (1 − Z)    (`core.activations`)

∂C/∂O is the product of the first two. Only for cross-entropy with a sigmoid output is it computed
as (ŷ − y)/N, which equals (ŷ − y)/(N ŷ (1 − ŷ)) · ŷ (1 − ŷ) and stays correct where ŷ rounds to 0
or 1 and the product would be ∞ · 0.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.activations import ACTIVATIONS
from core.losses import LOSSES, check_loss, check_targets
from core.network import Forward, Network
from core.utils.arguments import array, instance, non_negative

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ChainFactors:
    """Factors of eqs. 5 and 10 in their own shapes, for every sample.

    `dC_dO` is the product of the first two; the gradients multiply by it.
    """

    dC_dyhat: Array  # (N, K)     eq. 3
    dyhat_dO: Array  # (N, K)     ŷ (1 − ŷ)
    dC_dO: Array  # (N, K)     their product, fused if the loss is
    dO_dW2: Array  # (N, m+1)   eq. 4: Z1
    dO_dZ: Array  # (m, K)     eq. 7: W2 without its bias row, the same for every sample
    dZ_dH: Array  # (N, m)     eq. 8
    dH_dW1: Array  # (N, d+1)   eq. 9: X1

    def dW2_per_sample(self) -> Array:
        """Return each sample's part of eq. 5, (N, m+1, K); its sum over samples is ∂C/∂W2."""
        return self.dO_dW2[:, :, np.newaxis] * self.dC_dO[:, np.newaxis, :]

    def dW1_per_sample(self) -> Array:
        """Return each sample's part of eq. 10, (N, d+1, m); its sum over samples is ∂C/∂W1."""
        dC_dZ = self.dC_dO @ self.dO_dZ.T  # (N, m), the sum over outputs
        dC_dH = dC_dZ * self.dZ_dH  # (N, m)
        return self.dH_dW1[:, :, np.newaxis] * dC_dH[:, np.newaxis, :]


def cost(net: Network, X: ArrayLike, y: ArrayLike, loss: str = "half_mse") -> float:
    """Return C (eq. 1, or another `loss`) for samples X (N, d) and targets y (N,) or (N, K).

    Raises ValueError for shapes that do not fit the network, values that are not finite, no
    samples, an unknown loss, or one that does not suit the output activation or the targets.
    """
    forward, y = _forward_and_targets(net, X, y, loss)
    return LOSSES[loss].value(y, forward.y_hat, forward.O)


def gradients(
    net: Network, X: ArrayLike, y: ArrayLike, loss: str = "half_mse", l2: float = 0.0
) -> tuple[Array, Array]:
    """Return ∂C/∂W1 (eq. 10) and ∂C/∂W2 (eq. 5), with the shapes of W1 and W2.

    `l2` adds the gradient of (l2/2) ‖W without bias rows‖².
    Raises ValueError as `cost` does, and for an l2 below 0.
    """
    l2 = non_negative("l2", l2)
    forward, y = _forward_and_targets(net, X, y, loss)
    return backward(net, forward, y, loss, l2)


def backward(
    net: Network, forward: Forward, y: Array, loss: str = "half_mse", l2: float = 0.0
) -> tuple[Array, Array]:
    """Return ∂C/∂W1 and ∂C/∂W2 (eqs. 10 and 5) from a forward pass; y (N, K) is not checked.

    The sums over samples and outputs are matrix products.
    """
    factors = _factors(net, forward, y, loss)
    dC_dH = (factors.dC_dO @ factors.dO_dZ.T) * factors.dZ_dH  # (N, m)
    dW1 = factors.dH_dW1.T @ dC_dH  # (d+1, m)
    dW2 = factors.dO_dW2.T @ factors.dC_dO  # (m+1, K)
    if l2:
        dW1[: net.inputs] += l2 * net.W1[: net.inputs]
        dW2[: net.units] += l2 * net.W2[: net.units]
    return dW1, dW2


def chain_factors(net: Network, X: ArrayLike, y: ArrayLike, loss: str = "half_mse") -> ChainFactors:
    """Return the factors of the chain rule, eqs. 3 to 9, for every sample.

    The N in ∂C/∂ŷ is the number of samples in X. Raises ValueError as `cost` does.
    """
    forward, y = _forward_and_targets(net, X, y, loss)
    return _factors(net, forward, y, loss)


def contributions(
    net: Network,
    X: ArrayLike,
    y: ArrayLike,
    layer: Literal[1, 2],
    row: int,
    column: int,
    loss: str = "half_mse",
) -> Array:
    """Return each sample's part, by output, of one weight's gradient: shape (N, K).

    The sum of all entries is ∂C/∂W⁽layer⁾[row, column] (both counted from 0). A weight of W2
    affects one output only, so the other columns are 0.
    Raises IndexError when there is no such weight, ValueError as `cost` does.
    """
    layer, row, column = instance("net", net, Network).weight_index(layer, row, column)
    f = chain_factors(net, X, y, loss)
    if layer == 2:
        parts = np.zeros_like(f.dC_dO)
        parts[:, column] = f.dC_dO[:, column] * f.dO_dW2[:, row]
        return parts
    dC_dZ: Array = f.dC_dO * f.dO_dZ[column]  # (N, K)
    return dC_dZ * f.dZ_dH[:, [column]] * f.dH_dW1[:, [row]]


def targets(y: ArrayLike, shape: tuple[int, ...], name: str = "y") -> Array:
    """Return the targets y, (N,) or (N, K), as float64 of the predictions' shape (N, K).

    Raises ValueError, which calls them by `name`, for another shape or values not finite.
    """
    given = array(name, y)
    values = given[:, np.newaxis] if given.ndim == 1 else given
    if values.shape != shape:
        raise ValueError(f"{name} has shape {given.shape}; the predictions have {shape}")
    if not len(values):
        raise ValueError(f"{name} is empty: there are no samples, and no mean over none")
    return values


def _forward_and_targets(
    net: Network, X: ArrayLike, y: ArrayLike, loss: str
) -> tuple[Forward, Array]:
    """Check the arguments; return the forward pass and the targets as (N, K)."""
    check_loss(net, loss)
    forward = net.forward(X)
    values = targets(y, forward.y_hat.shape)
    check_targets(loss, values)
    return forward, values


def _factors(net: Network, forward: Forward, y: Array, loss: str) -> ChainFactors:
    chosen, y_hat = check_loss(net, loss), forward.y_hat
    dC_dyhat = chosen.slope(y, y_hat)
    dyhat_dO = ACTIVATIONS[net.output].slope(y_hat)
    return ChainFactors(
        dC_dyhat=dC_dyhat,
        dyhat_dO=dyhat_dO,
        dC_dO=chosen.error_scale(len(y)) * (y_hat - y) if chosen.fused else dC_dyhat * dyhat_dO,
        dO_dW2=forward.Z1,
        dO_dZ=net.W2[: net.units],
        dZ_dH=ACTIVATIONS[net.hidden].slope(forward.Z),
        dH_dW1=forward.X1,
    )
