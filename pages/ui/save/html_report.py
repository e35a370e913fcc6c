"""The report of a run: one HTML file that needs no network, no script and no other file.

The document is in the templates; here are its values. Names and titles are user-supplied: the
templates escape all that is no `Markup`.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from core.dataset.preparation import Dataset
from core.gradients import cost
from core.network import Network
from core.table.column_summary import class_counts
from core.training.run import Run
from core.training.settings import Settings
from core.utils.templates import Templates
from pages.ui.chain_rule import equations
from pages.ui.chain_rule.panel import Panel, panels
from pages.ui.chain_rule.scene import epoch_gradients
from pages.ui.chain_rule.worked_example import current_example
from pages.ui.derivation.equations_live import (
    SECTIONS,
    DerivationSelection,
    comparisons,
    derivation_selection,
    full_number,
    note_on,
    replacement_for,
    shapes_text,
)
from pages.ui.state.session import Session
from pages.ui.style import svg
from pages.ui.style.change_marks import loss_changes
from pages.ui.style.figures import diverging_scale
from pages.ui.style.labels import ACTIVATION_NAMES, LOSS_NAMES, OPTIMIZER_NAMES, batches_text
from pages.ui.style.markdown import count, sum_text
from pages.ui.style.mathml import mathml

Array = NDArray[np.float64]

STYLE = Path(__file__).with_name("html_report.css")
MOST_INPUTS = 40  # listed, and values of the worked sample
MOST_BRANCHES = 20
OMITTED_VIEWS = (
    "Other views of the Train page are not in this report; the loss is on a linear scale."
)


def report(state: Session) -> str:
    """Return the report at the app's epoch, for the selected sample and weight, as HTML."""
    at, data = derivation_selection(state), state.source.dataset
    return TEMPLATES.render(
        "report.html",
        title=f"{state.source.title}: a run in Chainscope",
        style=Markup(STYLE.read_text(encoding="utf-8") + _colours()),
        at=at,
        run=_run(at),
        data=_data(data),
        inputs=_inputs(data, at.digits),
        more_inputs=len(data.feature_names) - MOST_INPUTS,
        curves=_curves(at.run, at.epoch),
        matrices=_matrices(at),
        omitted_views=OMITTED_VIEWS if state.views - {"gradients"} else "",
        work=current_example(state),
        most_inputs=MOST_INPUTS,
        equations=equations,
        sections=SECTIONS,
        sides=comparisons(at),
        count=count,
        sum_text=sum_text,
        shapes_text=shapes_text,
        replacement_for=replacement_for,
        note_on=note_on,
    )


def _with_math(text: str) -> Markup:
    """Convert text with formulas between dollar signs to HTML."""
    parts = text.split("$")
    return Markup().join(mathml(part) if i % 2 else part for i, part in enumerate(parts))


TEMPLATES = Templates(
    Path(__file__).with_name("templates"),
    math=mathml,
    block=partial(mathml, block=True),
    with_math=_with_math,
    integer="{:,}".format,
    full_number=full_number,
)


def _colours() -> str:
    """Return the CSS classes of the diverging scale and of the text on it, light and dark."""
    light, dark = ("".join(_classes(diverging_scale(theme))) for theme in ("light", "dark"))
    return f"{light}\n@media (prefers-color-scheme: dark) {{ {dark} }}\n"


def _classes(scale: Sequence[str]) -> Iterator[str]:
    stops = np.array([[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in scale])
    for step in range(svg.STEPS):
        place = step / (svg.STEPS - 1) * (len(stops) - 1)
        parts = [np.interp(place, range(len(stops)), stops[:, i]) for i in range(3)]
        bright = float(np.dot(parts, (0.299, 0.587, 0.114))) > 140
        colour = ", ".join(str(round(float(part))) for part in parts)
        ink = "#111" if bright else "#fff"
        yield f"svg .d{step} {{ fill: rgb({colour}); }} svg text.i{step} {{ fill: {ink}; }}\n"


# The run


def _run(at: DerivationSelection) -> dict[str, str]:
    """Return network, training and cost, with the changes on the way."""
    net, run = at.net, at.run
    weights = _panels(at, net.W1, net.W2)
    sizes = ", ".join(f"{p.symbol} {len(p.rows)}×{len(p.columns)}" for p in weights)
    biases = {(True, True): "both layers", (True, False): "the hidden layer only"}
    biases |= {(False, True): "the output only", (False, False): "none"}
    settings = run.settings_at(at.epoch)
    rows = {
        "Network": f"{sizes}; hidden {ACTIVATION_NAMES[net.hidden]}, "
        f"output {ACTIVATION_NAMES[net.output]}",
        "Biases": biases[net.bias_input, net.bias_hidden],
        "Training": _settings(settings),
        "Epoch": f"{at.epoch:,} of {run.epoch:,} trained",
        "C": f"{_cost(at, at.net)}, the {LOSS_NAMES[at.loss]}; {_cost(at, run.at(0))} at epoch 0",
    }
    if run.validation is not None:
        rows["Validation C"] = _cost(at, at.net, *run.validation)
    branches = [epoch for epoch in run.branch_epochs if epoch <= at.epoch]
    changes = [_change(run, epoch) for epoch in branches[:MOST_BRANCHES]]
    if len(branches) > MOST_BRANCHES:
        changes.append(f"and {len(branches) - MOST_BRANCHES} more")
    if changes:
        rows["Initial settings"] = _settings(run.settings_at(0))
        rows["Changes"] = "; ".join(changes)
    return rows


def _cost(
    at: DerivationSelection, net: Network, X: Array | None = None, y: Array | None = None
) -> str:
    """Return C with the loss shown, over the training samples or others."""
    run = at.run
    with np.errstate(all="ignore"):  # of a run that diverges
        C = cost(net, run.X if X is None else X, run.y if y is None else y, at.loss)
    return svg.number(C, at.digits)


def _change(run: Run, epoch: int) -> str:
    """Return what was changed at the epoch of a branch."""
    by_hand = ", with edited weights" if run.update(epoch - 1).replaced else ""
    return f"from epoch {epoch:,}: {_settings(run.settings_at(epoch))}{by_hand}"


def _settings(s: Settings) -> str:
    """Return the settings in words."""
    parts = [OPTIMIZER_NAMES[s.optimizer], f"η = {s.learning_rate:g}", LOSS_NAMES[s.loss]]
    parts.append(batches_text(s))
    parts += [f"L2 λ = {s.l2:g}"] if s.l2 else []
    parts += [f"patience {s.patience:,}"] if s.patience is not None else []
    parts += [f"{count(len(s.frozen), 'weight')} frozen"] if s.frozen else []
    return ", ".join(parts)


def _data(data: Dataset) -> dict[str, str]:
    """Return the numbers of samples, the target, the inputs and the classes."""
    held = 0 if data.X_val is None else len(data.X_val)
    rows = {
        "Samples": f"{len(data.X):,} to train on, {held:,} for validation",
        "Target": f"{', '.join(data.target_names)} ({data.task})",
        "Inputs": f"{data.X.shape[1]:,}; scaling: {data.scaling}",
    }
    if data.classes:
        labels = data.frame[data.target].iloc[data.rows]
        counts = class_counts(labels) if data.columns else ()
        rows |= {"Classes": ", ".join(data.classes[:MOST_INPUTS])}
        if counts:
            rows["In training"] = ", ".join(f"{name}: {n:,}" for name, n in counts[:MOST_INPUTS])
    return rows


def _inputs(data: Dataset, digits: int) -> Iterator[tuple[str, ...]]:
    """Yield each input's range over the training rows, raw and preprocessed."""
    for name, raw, X in zip(data.feature_names[:MOST_INPUTS], data.raw_X.T, data.X.T, strict=False):
        values = (raw.min(), raw.mean(), raw.max(), X.min(), X.max())
        *of_raw, lowest, highest = (svg.number(value, digits) for value in values)
        yield name, *of_raw, f"{lowest} … {highest}"


# Figures


def _curves(run: Run, epoch: int) -> Markup:
    lines = [svg.Curve("C", run.losses, "train")]
    if run.val_losses is not None:
        lines.append(svg.Curve("C over the validation samples", run.val_losses, "validation"))
    return svg.curves(lines, epoch, loss_changes(run))


def _matrices(at: DerivationSelection) -> Iterator[tuple[str, Array, Markup, str, tuple[int, int]]]:
    """Yield title, numbers, heatmap, the colours' limit and a cell's block of W and ∂C/∂W."""
    weights = _panels(at, at.net.W1, at.net.W2)
    gradients = _panels(at, *epoch_gradients(at.run, at.epoch, at.loss).gradients)
    for W, dW in zip(weights, gradients, strict=True):
        for title, panel in ((W.symbol, W), (f"∂C/∂{W.symbol}", dW)):
            numbers, limit = panel.numbers, float(np.abs(panel.numbers).max())
            drawn = svg.heatmap(numbers, panel.rows, panel.columns, title, at.digits)
            yield title, numbers, drawn, svg.number(limit, at.digits), svg.blocks(numbers)[1]


def _panels(at: DerivationSelection, first: Array, second: Array) -> list[Panel]:
    """Return two matrices of the shapes of W1 and W2 in the chosen layout."""
    names, net, form = at.names, at.net, at.selection.conventions
    return [
        *panels(1, first, names.inputs, names.units, form, bias=net.bias_input),
        *panels(2, second, names.units_and_bias, names.outputs, form, bias=net.bias_hidden),
    ]
