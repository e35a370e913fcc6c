"""Layers and losses as scripts write them: names of arrays and functions, and their code."""

from collections.abc import Sequence

from core.activations import ACTIVATIONS
from core.chain.partials import cost_equation, hidden_partials, output_partials, weight_partial
from core.export.source import Source
from core.losses import loss_of
from core.network import Network

Values = dict[str, object]  # of a template

LOG_NOTE = {"sigmoid": "-ln ŷ = ln(1 + exp(-O))", "softmax": "-Σ y ln ŷ"}


def layers(net: Network) -> list[Values]:
    """Return for each matrix W, in order, the names and the code of what is computed with it.

    inputs, with the constant 1 if there is a bias, times W is H, and Z the activation of H; in the
    last layer O and ŷ. They carry no number if there is one hidden layer. W_rows is W without its
    bias row; dH_dZ is by the Z of the layer before.
    """
    return [_layer(net, k) for k in range(1, net.layers + 1)]


def _layer(net: Network, k: int) -> Values:
    last, bias = net.layers, net.has_bias(k)
    H, Z = _symbols(net, k)
    values, inputs = "X", "X1"
    if k > 1:
        _, values = _symbols(net, k - 1)
        inputs = "Z1" if last == 2 else f"{values}_bias"
    activation = ACTIVATIONS[net.hidden if k < last else net.output]
    by_W, (by_Z, _) = weight_partial(k, last), hidden_partials(net.hidden, k, last)
    _, slope = hidden_partials(net.hidden, k + 1, last)
    if k == last:
        _, slope = output_partials("half_mse", net.output)
    source = {
        "W": f"W{k}",
        "W_rows": f"W{k}[:-1]" if bias else f"W{k}",
        "inputs": inputs,
        "with_ones": f"with_ones({values})" if bias else values,
        "H": H,
        "Z": Z,
        "numpy": activation.numpy.format(x=H),
        "torch": activation.torch.format(x=H),
        "slope": activation.numpy_slope.format(a=Z),
        "dH_dW": by_W.name,
        "dH_dZ": by_Z.name,
        "dZ_dH": slope.name,
    }
    equations = {
        "dW_equation": "eq. 5" if k == last else "as in " * (last > 2) + "eq. 10",
        "dH_dW_equation": by_W.equation,
        "dH_dZ_equation": by_Z.equation,
        "dZ_dH_equation": slope.equation,
    }
    return {"number": k, "bias": bias, **_mark(source), **equations}


def _symbols(net: Network, k: int) -> tuple[str, str]:
    """Return the names of H and Z of a layer."""
    if k == net.layers:
        return "O", "y_hat"
    return ("H", "Z") if net.layers == 2 else (f"H{k}", f"Z{k}")


def costs(net: Network, losses: Sequence[str]) -> dict[str, Values]:
    """Return for each loss the names of its functions, C and its slope, and their equations.

    Several losses' functions carry their names. The slope is ∂C/∂ŷ; in NumPy ∂C/∂O if fused.
    """
    return {loss: _cost(net, loss, f"_{loss}" * (len(losses) > 1)) for loss in losses}


def _cost(net: Network, loss: str, suffix: str) -> Values:
    rule, (error, _) = loss_of(net.output, loss), output_partials(loss, net.output)
    source = {
        "name": f"cost{suffix}",
        "gradients": f"gradients{suffix}",
        "numpy": rule.forms.numpy,
        "torch": rule.forms.torch,
        "slope": rule.forms.numpy_slope,
        "latex": rule.forms.latex,
        "latex_slope": error.form.format(y="y_i", y_hat=r"\hat{y}_i", N="N", times=r"\,"),
    }
    equations = {
        "equation": LOG_NOTE[net.output] if rule.fused else cost_equation(loss),
        "slope_equation": error.equation,
    }
    return {"fused": rule.fused, **_mark(source), **equations}


def _mark(texts: dict[str, str]) -> dict[str, Source]:
    return {name: Source(text) for name, text in texts.items()}
