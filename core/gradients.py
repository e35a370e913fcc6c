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

∂C/∂O is the product of the first two. Only for cross-entropy is it computed
as (ŷ − y)/N, which equals (ŷ − y)/(N ŷ (1 − ŷ)) · ŷ (1 − ŷ) and stays correct where ŷ rounds to 0
or 1 and the product would be ∞ · 0. With a softmax output ∂ŷ/∂O is a Jacobian a sample, (N, K, K).

All this is one hidden layer. Several have a longer list of factors, which `core.chain` folds in the
same way: `gradients` and `contributions` hand deeper networks on to it, and a softmax, whose N
Jacobians it does without.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.activations import ACTIVATIONS
from core.chain import MatrixChain, gradients_of, output_delta
from core.losses import check_loss, check_targets, loss_of
from core.network import Forward, Network
from core.utils.arguments import array, instance, non_negative

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ChainFactors:
    """Factors of eqs. 5 and 10 in their own shapes, for every sample.

    `dC_dO` is the product of the first two; the gradients multiply by it.
    """

    dC_dyhat: Array  # (N, K)     eq. 3
    dyhat_dO: Array  # (N, K)     ŷ (1 − ŷ); for a softmax (N, K, K)
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
    return loss_of(net.output, loss).value(y, forward.y_hat, forward.O)


def gradients(
    net: Network, X: ArrayLike, y: ArrayLike, loss: str = "half_mse", l2: float = 0.0
) -> tuple[Array, ...]:
    """Return ∂C/∂W1 (eq. 10), ∂C/∂W2 (eq. 5) and so on, one a matrix, of its shape.

    `l2` adds the gradient of (l2/2) ‖W without bias rows‖².
    Raises ValueError as `cost` does, and for an l2 below 0.
    """
    l2 = non_negative("l2", l2)
    forward, y = _forward_and_targets(net, X, y, loss)
    return backward(net, forward, y, loss, l2)


def backward(
    net: Network, forward: Forward, y: Array, loss: str = "half_mse", l2: float = 0.0
) -> tuple[Array, ...]:
    """Return ∂C/∂W1, ∂C/∂W2, … (eqs. 10 and 5) from a forward pass; y (N, K) is not checked.

    The sums over samples and outputs are matrix products.
    """
    by_matrix = (_by_equations if suits_equations(net) else gradients_of)(net, forward, y, loss)
    if l2:
        for layer, (dW, W) in enumerate(zip(by_matrix, net.weights, strict=True), start=1):
            dW[: net.rows(layer)] += l2 * W[: net.rows(layer)]
    return by_matrix


def _by_equations(net: Network, forward: Forward, y: Array, loss: str) -> tuple[Array, ...]:
    """Return ∂C/∂W1 and ∂C/∂W2 of one hidden layer, as in eqs. 10 and 5."""
    factors = _factors(net, forward, y, loss)
    dC_dH = (factors.dC_dO @ factors.dO_dZ.T) * factors.dZ_dH  # (N, m)
    dW1 = factors.dH_dW1.T @ dC_dH  # (d+1, m)
    dW2 = factors.dO_dW2.T @ factors.dC_dO  # (m+1, K)
    return dW1, dW2


def chain_factors(net: Network, X: ArrayLike, y: ArrayLike, loss: str = "half_mse") -> ChainFactors:
    """Return the factors of the chain rule, eqs. 3 to 9, for every sample.

    The N in ∂C/∂ŷ is the number of samples in X. Raises ValueError as `cost` does, and for several
    hidden layers, whose factors `core.chain` lists.
    """
    if instance("net", net, Network).layers > 2:
        raise ValueError(
            f"{net} has {net.layers - 1} hidden layers; core.chain lists their factors"
        )
    forward, y = _forward_and_targets(net, X, y, loss)
    return _factors(net, forward, y, loss)


def suits_equations(net: Network) -> bool:
    """Return whether eqs. 5 and 10 are enough: one hidden layer, and no softmax."""
    return net.layers == 2 and not ACTIVATIONS[net.output].full


def check_equations(net: Network) -> None:
    """Raise ValueError if eqs. 5 and 10 are not enough: several hidden layers, or a softmax."""
    what = f"{net.layers - 1} hidden layers" if net.layers > 2 else f"a {net.output} output"
    if not suits_equations(net):
        raise ValueError(
            f"this network has {what}: runs with a mistake are for one hidden layer with a sigmoid "
            "or identity output"
        )


def contributions(
    net: Network,
    X: ArrayLike,
    y: ArrayLike,
    layer: int,
    row: int,
    column: int,
    loss: str = "half_mse",
) -> Array:
    """Return each sample's part, by output, of one weight's gradient: shape (N, K).

    The sum of all entries is ∂C/∂W⁽layer⁾[row, column] (row and column counted from 0). The column
    o is by O's index: (∂C/∂O)[i,o] · ∂O[i,o]/∂W. A weight of the last matrix affects one output
    only, so the other columns are 0.
    Raises IndexError when there is no such weight, ValueError as `cost` does.
    """
    layer, row, column = instance("net", net, Network).weight_index(layer, row, column)
    forward, y = _forward_and_targets(net, X, y, loss)
    return MatrixChain(net, forward, y, loss, layer).contributions(row, column)


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
    check_targets(loss, values, net.output)
    return forward, values


def _factors(net: Network, forward: Forward, y: Array, loss: str) -> ChainFactors:
    y_hat = forward.y_hat
    return ChainFactors(
        dC_dyhat=check_loss(net, loss).slope(y, y_hat),
        dyhat_dO=ACTIVATIONS[net.output].slope(y_hat),
        dC_dO=output_delta(net, forward, y, loss),
        dO_dW2=forward.Z1,
        dO_dZ=net.W2[: net.units],
        dZ_dH=ACTIVATIONS[net.hidden].slope(forward.Z),
        dH_dW1=forward.X1,
    )
