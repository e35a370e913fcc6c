"""Jupyter notebook of a run: the NumPy script part by part, with equations and plots."""

import json
from typing import Any

from core.export.numpy_script import script_parts
from core.export.phases import loss_names, phases
from core.export.source import ScriptNames, comment_text, has_inline_data, sizes_text
from core.network import Network
from core.training.run import Run

INTRODUCTION = r"""# Backpropagation, step by step

This run, reproduced with NumPy alone. The network has one hidden layer with weights $W^{(1)}$ and
an output layer with weights $W^{(2)}$; a bias is the last row of a matrix, the weight of a
constant 1. Equation numbers follow the derivation."""
FORWARD = r"""## Forward pass

$$H = X_1 W^{(1)}, \qquad Z = \HIDDEN(H), \qquad O = Z_1 W^{(2)}, \qquad \hat{y} = \OUTPUT(O)$$

$X_1$ and $Z_1$ are $X$ and $Z$, with a last column of ones where there is a bias."""
COSTS = {
    "half_mse": r"C = \frac{1}{2N} \sum_{i=1}^N (y_i - \hat{y}_i)^2 \tag{1}",
    "mse": r"C = \frac{1}{N} \sum_{i=1}^N (y_i - \hat{y}_i)^2",
    "half_sse": r"C = \frac{1}{2} \sum_{i=1}^N (y_i - \hat{y}_i)^2",
    "cross_entropy": r"C = -\frac{1}{N} \sum_{i=1}^N "
    r"\left[ y_i \ln \hat{y}_i + (1 - y_i) \ln (1 - \hat{y}_i) \right]",
}
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
PRODUCTS = r"""
The sums over the samples are matrix products (eqs. 5 and 10)."""
ERRORS = {
    "half_mse": r"-\frac{(y_i - \hat{y}_i)}{N} \tag{3}",
    "mse": r"-\frac{2 (y_i - \hat{y}_i)}{N}",
    "half_sse": r"-(y_i - \hat{y}_i)",
    "cross_entropy": r"\frac{\hat{y}_i - y_i}{N \, \hat{y}_i (1 - \hat{y}_i)}",
}
OUTPUT_SLOPES = {"sigmoid": r"\sigma(O_i) (1 - \sigma(O_i))", "identity": "1"}
HIDDEN_SLOPES = {
    "sigmoid": r"Z_{i,l} (1 - Z_{i,l}) \tag{8}",
    "tanh": "1 - Z_{i,l}^2",
    "relu": r"[Z_{i,l} > 0]",
}
TRAINING = r"""## Training

Each update moves the weights against the gradient; $\eta$ scales the step."""
CURVE = """import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(7, 3.5))
ax.plot(losses)
ax.set_xlabel("epoch")
ax.set_ylabel("C")
plt.show()"""
HEATMAPS = """fig, axes = plt.subplots(1, 2, figsize=(9, 3.5))
for ax, W, title, rows, columns in (
    (axes[0], W1, "W1", inputs, units[: W1.shape[1]]),
    (axes[1], W2, "W2", units, outputs),
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
SYMBOLS = {"sigmoid": r"\sigma", "tanh": r"\tanh", "relu": r"\mathrm{ReLU}", "identity": ""}


def notebook(run: Run, names: ScriptNames, epoch: int) -> str:
    """Return the notebook as JSON (nbformat 4.5) without outputs; it saves W1, W2 and C.

    If the data is large, it reads `data_files(run)` from its own folder.
    Raises ValueError for an epoch that was not trained, several hidden layers or a softmax.
    """
    p, net = script_parts(run, names, epoch, here="Path()", curve=True), run.template
    where = "" if has_inline_data(run) else "from pathlib import Path\n\n"
    named = "\n".join(
        f"{name} = {[comment_text(one) for one in given]!r}"
        for name, given in (
            ("inputs", names.inputs),
            ("units", names.units),
            ("outputs", names.outputs),
        )
    )
    forward = FORWARD.replace(r"\HIDDEN", SYMBOLS[net.hidden])
    forward = forward.replace(r"\OUTPUT", SYMBOLS[net.output])
    minimised = loss_names(phases(run, epoch))
    cost = "\n\n".join(f"$${COSTS[loss]}$$" for loss in minimised)
    cells = [
        _markdown(f"{INTRODUCTION}\n\n{sizes_text(net, len(run.X))}"),
        _code(f"{where}import numpy as np\n\nepoch = {epoch}  # epochs to train\n\n{p.data}"),
        _markdown(forward),
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
        _code(f"{named}\n\n{HEATMAPS}"),
    ]
    return json.dumps(_document(cells), ensure_ascii=False, indent=1) + "\n"


def _gradients(net: Network, minimised: list[str]) -> str:
    """Return eqs. 2 and 6 with the factors of this network and its losses."""
    factors = [
        *((r"C", r"\hat{y}_i", ERRORS[loss]) for loss in minimised),
        (r"\hat{y}_i", "O_i", OUTPUT_SLOPES[net.output]),
        ("O_i", "W^{(2)}_{k,1}", r"Z_{i,k} \tag{4}"),
        ("O_i", "Z_{i,l}", r"W^{(2)}_{l,1} \tag{7}"),
        ("Z_{i,l}", "H_{i,l}", HIDDEN_SLOPES[net.hidden]),
        ("H_{i,l}", "W^{(1)}_{k,l}", r"X_{i,k} \tag{9}"),
    ]
    equations = (
        rf"$$\frac{{\partial {above}}}{{\partial {below}}} = {value}$$"
        for above, below, value in factors
    )
    return "\n".join((GRADIENTS, "\n\n".join(equations), PRODUCTS))


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
