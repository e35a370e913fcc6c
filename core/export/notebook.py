"""Jupyter notebook of a run: the NumPy script part by part, with equations and plots.

Its template extends the script's; a line [markdown] or [code] begins a cell.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from core.activations import ACTIVATIONS
from core.chain.partials import hidden_partials, weight_partial
from core.export.scripts import script_values
from core.export.source import TEMPLATES, ScriptNames, Source, comment
from core.network import Network
from core.training.run import Run
from core.utils.sentence import listing

CELL = re.compile(r"^\[(markdown|code)\]\n", re.MULTILINE)


def notebook(run: Run, names: ScriptNames, epoch: int) -> str:
    """Return the notebook as JSON (nbformat 4.5) without outputs; it saves the matrices and C.

    If the data is large, it reads `data_files(run)` from its own folder.
    Raises ValueError for an epoch that was not trained.
    """
    values, net = script_values(run, names, epoch), run.template
    row_names = _row_names(net, names)
    text = TEMPLATES.render(
        "notebook.ipynb",
        forward=Source(_forward(net)),
        inputs=Source(_inputs(net)),
        output_slope=Source(_slope(net.output, r"\hat{y}_i")),
        hidden_slope=Source(_slope(net.hidden, "Z_{i,l}")),
        factors=[(Source(factor), Source(value)) for factor, value in _factors(net)],
        row_names=row_names,
        axes=list(row_names),
        **values,
    )
    _, *parts = CELL.split(text)
    cells = map(_cell, range(len(parts)), parts[::2], parts[1::2])
    return json.dumps(_document(list(cells)), ensure_ascii=False, indent=1) + "\n"


def _slope(activation: str, a: str) -> str:
    return ACTIVATIONS[activation].latex_slope.format(a=a, times=r"\,")


def _value(net: Network, layer: int) -> str:
    """Return what W⁽layer⁾ multiplies."""
    if layer == 1:
        return "X_1"
    return "Z_1" if net.layers == 2 else f"Z_1^{{({layer - 1})}}"


def _inputs(net: Network) -> str:
    """Return which values are with the constant 1: X_1 and Z_1 are X and Z."""
    values = [_value(net, layer) for layer in range(1, net.layers + 1)]
    plain = [value.replace("_1", "") for value in values]
    with_bias, without = (listing([f"${one}$" for one in many]) for many in (values, plain))
    return f"{with_bias} are {without}"


def _forward(net: Network) -> str:
    """Return the equations from X to ŷ."""
    equations = []
    for layer in range(1, net.layers + 1):
        H, Z, activation = weight_partial(layer, net.layers).above.latex, r"\hat{y}", net.output
        if layer < net.layers:
            _, slope = hidden_partials(net.hidden, layer + 1, net.layers)
            Z, activation = slope.above.latex, net.hidden
        equations.append(f"{H} = {_value(net, layer)} W^{{({layer})}}")
        equations.append(f"{Z} = {ACTIVATIONS[activation].latex.format(x=H)}")
    return r", \qquad ".join(equations)


def _factors(net: Network) -> Iterator[tuple[str, str]]:
    """Yield the factors from O back to the first matrix; equation numbers once each."""
    last = net.layers
    for layer in range(last, 0, -1):
        tag = {last: r" \tag{4}", 1: r" \tag{9}"}.get(layer, "")
        yield weight_partial(layer, last).latex, _value(net, layer) + tag
        if layer > 1:
            linear, slope = hidden_partials(net.hidden, layer, last)
            tag = r" \tag{8}" if net.hidden == "sigmoid" else ""
            tags = (r" \tag{7}", tag) if layer == last else ("", "")
            yield linear.latex, f"W^{{({layer})}}{tags[0]}"
            yield slope.latex, _slope(net.hidden, slope.above.latex) + tags[1]


def _row_names(net: Network, names: ScriptNames) -> dict[Source, list[str]]:
    """Return the names of each matrix's rows, and of the outputs, by what the code calls them."""
    units = [f"units{layer}" if net.layers > 2 else "units" for layer in range(1, net.layers)]
    lists = (names.inputs, names.units, *names.deeper, names.outputs)
    return {
        Source(name): [comment(one) for one in given]
        for name, given in zip(("inputs", *units, "outputs"), lists, strict=True)
    }


def _cell(place: int, kind: str, text: str) -> dict[str, Any]:
    fields: dict[str, Any] = {"metadata": {}}
    if kind == "code":
        fields = {"execution_count": None, "metadata": {}, "outputs": []}
    lines = text.strip("\n").splitlines(keepends=True)
    return {"id": f"cell-{place}", "cell_type": kind, **fields, "source": lines}


def _document(cells: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
