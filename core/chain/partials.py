"""List of the partial derivatives from C to a weight matrix, for any depth, without their values.

With one hidden layer they are those of eqs. 2 and 6, with the derivation's symbols; with several
every symbol carries its layer. A loss or an activation that is not the derivation's is in place of
one of its equations.
"""

from dataclasses import dataclass

from core.activations import ACTIVATIONS
from core.chain.factors import Kind, Partial, Symbol
from core.losses import loss_of

C, Y_HAT, O = Symbol("C"), Symbol("ŷ"), Symbol("O")


@dataclass(frozen=True)
class Functions:
    """Loss and activations, by their names here: they determine each factor's form."""

    loss: str = "half_mse"
    hidden: str = "sigmoid"
    output: str = "sigmoid"


def partials(functions: Functions, layer: int, layers: int = 2) -> tuple[Partial, ...]:
    """Return the factors of ∂C/∂W⁽layer⁾, of that many matrices, in order, from C to the weight."""
    f = functions
    between = (hidden_partials(f.hidden, upper, layers) for upper in range(layers, layer, -1))
    return (
        *output_partials(f.loss, f.output),
        *(partial for pair in between for partial in pair),
        weight_partial(layer, layers),
    )


def cost_equation(loss: str) -> str:
    """Return the equation that defines C."""
    return "eq. 1" if loss == "half_mse" else "in place of eq. 1"


def output_partials(loss: str, output: str) -> tuple[Partial, Partial]:
    """Return ∂C/∂ŷ and ∂ŷ/∂O."""
    error = "eq. 3" if loss == "half_mse" else "in place of eq. 3"
    slope = "before eq. 4" if output == "sigmoid" else "in place of the slope before eq. 4"
    activation = ACTIVATIONS[output]
    kind: Kind = "full" if activation.full else "diagonal"
    return (
        Partial(C, Y_HAT, "diagonal", loss_of(output, loss).forms.latex_slope, error),
        Partial(Y_HAT, O, kind, activation.latex_slope, slope),
    )


def hidden_partials(hidden: str, layer: int, layers: int) -> tuple[Partial, Partial]:
    """Return the two from W⁽layer⁾'s pre-activation to that of the layer before."""
    Z, H = hidden_symbol("Z", layer - 1, layers), hidden_symbol("H", layer - 1, layers)
    as_in = "as in " * (layers > 2)
    of_slope = as_in if hidden == "sigmoid" else "in place of "
    return (
        Partial(_sum(layer, layers), Z, "linear", "{W}", f"{as_in}eq. 7"),
        Partial(Z, H, "diagonal", ACTIVATIONS[hidden].latex_slope, f"{of_slope}eq. 8"),
    )


def weight_partial(layer: int, layers: int) -> Partial:
    """Return the last one: by the weights themselves."""
    equation = "eq. 4" if layer == layers else "as in " * (layers > 2) + "eq. 9"
    return Partial(_sum(layer, layers), Symbol("W", layer), "input", "{Z}", equation)


def _sum(layer: int, layers: int) -> Symbol:
    """Return the symbol of W⁽layer⁾'s pre-activation."""
    return O if layer == layers else hidden_symbol("H", layer, layers)


def hidden_symbol(letter: str, layer: int, layers: int) -> Symbol:
    """Return H or Z of a hidden layer, without its number if it is the only one."""
    return Symbol(letter, layer if layers > 2 else 0)
