"""What the report and a run's page say alike: the values of their tables, and filters."""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain
from typing import Any

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from core.dataset.preparation import Dataset
from core.gradients import cost
from core.network import Network
from core.table.column_summary import class_counts
from core.training.settings import Settings
from core.utils.number_text import exact_text, short_text
from core.utils.sentence import plural
from core.utils.templates import Filter
from pages.ui.chain_rule.panel import Panel, panels_of_layers
from pages.ui.derivation.equations_live import DerivationSelection
from pages.ui.style.labels import LOSS_NAMES, OPTIMIZER_NAMES, batches_text
from pages.ui.style.latex import as_text
from pages.ui.style.mathml import mathml

Array = NDArray[np.float64]

BIASES = {  # of the first matrix and of the later ones: with one hidden layer, and with several
    (True, True): ("both layers", "all layers"),
    (True, False): ("the hidden layer only", "the first hidden layer only"),
    (False, True): ("the output only", "all layers but the first hidden one"),
    (False, False): ("none", "none"),
}


def run_values(at: DerivationSelection, most_branches: int) -> dict[str, Any]:
    """Return the values of `run_table.html.jinja`: the run up to the epoch."""
    return {
        "at": at,
        "run": at.run,
        "weights": list(panels(at, at.net.weights)),
        "biases": BIASES[at.net.bias_input, at.net.bias_hidden][at.net.layers > 2],
        "cost": partial(_cost, at),
        "branches": [epoch for epoch in at.run.branch_epochs if epoch <= at.epoch],
        "most_branches": most_branches,
    }


def data_values(data: Dataset, digits: int, most_inputs: int) -> dict[str, Any]:
    """Return the values of `data_tables.html.jinja`."""
    return {
        "data": data,
        "class_counts": _class_counts(data)[:most_inputs],
        "inputs": _inputs(data, digits, most_inputs),
        "most_inputs": most_inputs,
    }


def panels(at: DerivationSelection, matrices: Sequence[Array]) -> Iterator[Panel]:
    """Return matrices of the weights' shapes in the chosen layout."""
    return chain.from_iterable(panels_of_layers(matrices, at.net, at.names, at.conventions))


def _cost(at: DerivationSelection, net: Network, X: Array, y: Array) -> str:
    """Return C with the loss shown, over the training samples or others."""
    with np.errstate(all="ignore"):  # of a run that diverges
        return short_text(cost(net, X, y, at.loss), at.digits)


def _class_counts(data: Dataset) -> Sequence[tuple[str, int]]:
    """Return the classes of the training rows with their numbers; of an exercise none."""
    if not (data.classes and data.columns):
        return ()
    return class_counts(data.frame[data.target].iloc[data.rows])


def _inputs(data: Dataset, digits: int, most: int) -> Iterator[tuple[str, ...]]:
    """Yield each input's range over the training rows, raw and preprocessed."""
    for name, raw, X in zip(data.feature_names[:most], data.raw_X.T, data.X.T, strict=False):
        values = (raw.min(), raw.mean(), raw.max(), X.min(), X.max())
        *of_raw, lowest, highest = (short_text(value, digits) for value in values)
        yield name, *of_raw, f"{lowest} … {highest}"


# Filters


def _with_math(text: str) -> Markup:
    """Convert text with formulas between dollar signs to HTML."""
    parts = text.split("$")
    return Markup().join(mathml(part) if i % 2 else part for i, part in enumerate(parts))


def _settings(s: Settings) -> str:
    """Return the settings in words."""
    parts = [OPTIMIZER_NAMES[s.optimizer], f"η = {exact_text(s.learning_rate)}", LOSS_NAMES[s.loss]]
    parts.append(batches_text(s))
    parts += [f"L2 λ = {exact_text(s.l2)}"] if s.l2 else []
    parts += [f"patience {s.patience:,}"] if s.patience is not None else []
    parts += [f"{plural(len(s.frozen), 'weight')} frozen"] if s.frozen else []
    return ", ".join(parts)


FILTERS: dict[str, Filter] = {
    "math": mathml,
    "block": partial(mathml, block=True),
    "with_math": _with_math,
    "plain": as_text,
    "integer": "{:,}".format,
    "full_number": exact_text,
    "settings": _settings,
}
