"""Jupyter notebook of a run: the NumPy script part by part, with equations and plots."""

import json
from collections.abc import Iterator
from typing import Any

from core.activations import ACTIVATIONS
from core.export.numpy_script import script_parts
from core.export.phases import loss_names, phases
from core.export.source import ScriptNames, comment_text, has_inline_data, sizes_text
from core.losses import loss_of
from core.network import Network
from core.training.run import Run

INTRODUCTION = r"""# Backpropagation, step by step

This run, reproduced with NumPy alone. The network has one hidden layer with weights $W^{(1)}$ and
an output layer with weights $W^{(2)}$; a bias is the last row of a matrix, the weight of a
constant 1. Equation numbers follow the derivation."""
DEEP_INTRODUCTION = r"""# Backpropagation, step by step

This run, reproduced with NumPy alone. The network has LAYERS hidden layers, each with a matrix of
weights, and $W^{(LAST)}$ for the output; a bias is the last row of a matrix, the weight of a
constant 1. Equation numbers follow the derivation, which has one hidden layer."""
FORWARD = r"""## Forward pass

$$EQUATIONS$$

BIASES, with a last column of ones where there is a bias."""
GRADIENTS = r"""## Gradients

The chain rule for a weight of $W^{(2)}$, and for one of $W^{(1)}$:

$$\frac{\partial C}{\partial W^{(2)}_{k,l}} = \sum_{i=1}^N
\frac{\partial C}{\partial \hat{y}_i} \cdot \frac{\partial \hat{y}_i}{\partial O_i} \cdot
\frac{\partial O_i}{\partial W^{(2)}_{k,l}} \tag{2}$$

$$\frac{\partial C}{\partial W^{(1)}_{k,l}} = \sum_{i=1}^N
\frac{\partial C}{\partial \hat{y}_i} \cdot \frac{\partial \hat{y}_i}{\partial O_i} \cdot
\frac{\partial O_i}{\partial Z_{i,l}} \cdot \frac{\partial Z_{i,l}}{\partial H_{i,l}} \cdot
\frac{\partial H_{i,l}}{\partial W^{(1)}_{k,l}} \tag{6}$$

The factors, each on its own line of the code:
"""
DEEP_GRADIENTS = r"""## Gradients

With $\delta^{(LAST)} = \frac{\partial C}{\partial O}$ and $\delta^{(l)} =
\frac{\partial C}{\partial H^{(l)}}$, each layer adds two factors to the chain (eqs. 2 and 6):

$$\delta^{(l)} = \left( \delta^{(l+1)} \frac{\partial H^{(l+1)}}{\partial Z^{(l)}} \right) \odot
\frac{\partial Z^{(l)}}{\partial H^{(l)}}, \qquad
\frac{\partial C}{\partial W^{(l)}} = \sum_{i=1}^N
\frac{\partial H^{(l)}}{\partial W^{(l)}} \delta^{(l)}$$

The factors, each on its own line of the code:
"""
PRODUCTS = r"""
The sums over the samples are matrix products (eqs. 5 and 10)."""
TRAINING = r"""## Training

Each update moves the weights against the gradient; $\eta$ scales the step."""
CURVE = """import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(7, 3.5))
ax.plot(losses)
ax.set_xlabel("epoch")
ax.set_ylabel("C")
plt.show()"""
HEATMAPS = """fig, axes = plt.subplots(1, COUNT, figsize=(WIDTH, 3.5))
for ax, W, title, rows, columns in (
PLACES
):
    limit = np.abs(W).max() or 1.0
    picture = ax.imshow(W, cmap="PuOr", vmin=-limit, vmax=limit, aspect="auto")
    if max(W.shape) <= 30:
        ax.set_yticks(range(len(rows)), rows, parse_math=False)
        ax.set_xticks(range(len(columns)), columns, rotation=45, parse_math=False)
    ax.set_title(title)
    fig.colorbar(picture, ax=ax)
fig.tight_layout()
plt.show()"""


def notebook(run: Run, names: ScriptNames, epoch: int) -> str:
    """Return the notebook as JSON (nbformat 4.5) without outputs; it saves the matrices and C.

    If the data is large, it reads `data_files(run)` from its own folder.
    Raises ValueError for an epoch that was not trained.
    """
    p, net = script_parts(run, names, epoch, here="Path()", curve=True), run.template
    where = "" if has_inline_data(run) else "from pathlib import Path\n\n"
    minimised = loss_names(phases(run, epoch))
    cost = "\n\n".join(f"$${_cost(net, loss)}$$" for loss in minimised)
    cells = [
        _markdown(f"{_introduction(net)}\n\n{sizes_text(net, len(run.X))}"),
        _code(f"{where}import numpy as np\n\nepoch = {epoch}  # epochs to train\n\n{p.data}"),
        _markdown(_forward(net)),
        _code(p.forward),
        _markdown(f"## The cost\n\n{cost}"),
        _code(p.cost),
        _markdown(_gradients(net, minimised)),
        _code(p.gradients),
        _markdown(TRAINING),
        _code(p.training),
        _code(p.result),
        _markdown("## Result"),
        _code(CURVE),
        _code(_heatmaps(net, names)),
    ]
    return json.dumps(_document(cells), ensure_ascii=False, indent=1) + "\n"


def _introduction(net: Network) -> str:
    if net.layers == 2:
        return INTRODUCTION
    hidden, last = str(net.layers - 1), str(net.layers)
    return DEEP_INTRODUCTION.replace("LAYERS", hidden).replace("LAST", last)


def _cost(net: Network, loss: str) -> str:
    number = r" \tag{1}" if loss == "half_mse" else ""
    return f"C = {loss_of(net.output, loss).forms.latex}{number}"


def _error(net: Network, loss: str) -> str:
    forms, number = loss_of(net.output, loss).forms, r" \tag{3}" if loss == "half_mse" else ""
    return forms.latex_slope.format(y="y_i", y_hat=r"\hat{y}_i", N="N", times=r"\,") + number


def _slope(activation: str, a: str) -> str:
    return ACTIVATIONS[activation].latex_slope.format(a=a, times=r"\,")


def _symbol(net: Network, letter: str, layer: int) -> str:
    """Return H or Z of a hidden layer, without its number if it is the only one."""
    return letter if net.layers == 2 else f"{letter}^{{({layer})}}"


def _forward(net: Network) -> str:
    """Return the equations from X to ŷ."""
    value, equations, with_bias = "X_1", [], ["$X_1$"]
    for layer in range(1, net.layers):
        H, Z = (_symbol(net, letter, layer) for letter in "HZ")
        of_H = ACTIVATIONS[net.hidden].latex.format(x=H)
        equations += [f"{H} = {value} W^{{({layer})}}", f"{Z} = {of_H}"]
        value = _symbol(net, "Z_1", layer)
        with_bias.append(f"${value}$")
    y_hat = ACTIVATIONS[net.output].latex.format(x="O")
    equations += [f"O = {value} W^{{({net.layers})}}", rf"\hat{{y}} = {y_hat}"]
    plain = [name.replace("_1", "") for name in with_bias]
    biases = f"{_listing(with_bias)} are {_listing(plain)}"
    lines = r", \qquad ".join(equations)
    return FORWARD.replace("EQUATIONS", lines).replace("BIASES", biases)


def _listing(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _gradients(net: Network, minimised: list[str]) -> str:
    """Return the chain rule with the factors of this network and its losses."""
    last, eighth = net.layers, r" \tag{8}" if net.hidden == "sigmoid" else ""
    factors = [
        *((r"C", r"\hat{y}_i", _error(net, loss)) for loss in minimised),
        (r"\hat{y}_i", "O_i", _slope(net.output, r"\hat{y}_i")),
    ]
    if last == 2:
        factors += [
            ("O_i", "W^{(2)}_{k,1}", r"Z_{i,k} \tag{4}"),
            ("O_i", "Z_{i,l}", r"W^{(2)}_{l,1} \tag{7}"),
            ("Z_{i,l}", "H_{i,l}", _slope(net.hidden, "Z_{i,l}") + eighth),
            ("H_{i,l}", "W^{(1)}_{k,l}", r"X_{i,k} \tag{9}"),
        ]
    else:
        factors += _deep_factors(net)
    equations = (
        rf"$$\frac{{\partial {above}}}{{\partial {below}}} = {value}$$"
        for above, below, value in factors
    )
    head = GRADIENTS if last == 2 else DEEP_GRADIENTS.replace("LAST", str(last))
    return "\n".join((head, "\n\n".join(equations), PRODUCTS))


def _deep_factors(net: Network) -> Iterator[tuple[str, str, str]]:
    """Yield the factors from O back to the first matrix; equation numbers once each."""
    above = "O"
    for layer in range(net.layers, 0, -1):
        values = _symbol(net, "Z_1", layer - 1) if layer > 1 else "X_1"
        tag = {net.layers: r" \tag{4}", 1: r" \tag{9}"}.get(layer, "")
        yield above, f"W^{{({layer})}}", values + tag
        if layer > 1:
            H, Z = (_symbol(net, letter, layer - 1) for letter in "HZ")
            yield above, Z, f"W^{{({layer})}}" + (r" \tag{7}" if layer == net.layers else "")
            derived = net.hidden == "sigmoid" and layer == net.layers
            yield Z, H, _slope(net.hidden, Z) + (r" \tag{8}" if derived else "")
            above = H


def _heatmaps(net: Network, names: ScriptNames) -> str:
    """Return the code that draws the matrices with the names of rows and columns."""
    units = [f"units{layer}" if net.layers > 2 else "units" for layer in range(1, net.layers)]
    lists = {"inputs": names.inputs}
    lists |= dict(zip(units, (names.units, *names.deeper), strict=True))
    lists["outputs"] = names.outputs
    named = [f"{name} = {[comment_text(one) for one in given]!r}" for name, given in lists.items()]
    rows, places = list(lists), []
    for layer in range(1, net.layers + 1):
        columns = rows[layer] if layer == net.layers else f"{rows[layer]}[: W{layer}.shape[1]]"
        places.append(
            f'    (axes[{layer - 1}], W{layer}, "W{layer}", {rows[layer - 1]}, {columns}),'
        )
    code = HEATMAPS.replace("COUNT", str(net.layers)).replace("WIDTH", f"{4.5 * net.layers:g}")
    return "\n".join(named) + "\n\n" + code.replace("PLACES", "\n".join(places))


def _document(cells: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "cells": [{"id": f"cell-{place}", **cell} for place, cell in enumerate(cells)],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _markdown(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": text.splitlines(keepends=True)}


def _code(text: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
        "source": text.splitlines(keepends=True),
    }
