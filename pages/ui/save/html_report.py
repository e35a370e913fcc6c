"""The report of a run: one HTML file that needs no network, no script and no other file.

The document is in the templates; here are its values. Names and titles are user-supplied: the
templates escape all that is no `Markup`.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from core.chain import Symbol
from core.dataset.preparation import Dataset
from core.gradients import cost
from core.network import Network
from core.table.column_summary import class_counts
from core.training.run import Run
from core.training.settings import Settings
from core.utils.number_text import exact_text, short_text
from core.utils.sentence import plural
from core.utils.templates import Templates
from pages.ui.chain_rule import equations
from pages.ui.chain_rule.panel import Panel, panels_of_layers
from pages.ui.chain_rule.scene import epoch_gradients, shown_midpoints
from pages.ui.chain_rule.worked_example import current_example
from pages.ui.derivation import equations_live
from pages.ui.derivation.equations_live import DerivationSelection
from pages.ui.derivation.extensions import extensions_in_use
from pages.ui.state.session import Session
from pages.ui.state.stage_request import PARTS, PRESENTATION
from pages.ui.style import labels, markdown, svg
from pages.ui.style.change_marks import loss_changes
from pages.ui.style.colours import colours_at, text_colours
from pages.ui.style.figures import diverging_scale
from pages.ui.style.labels import LOSS_NAMES, OPTIMIZER_NAMES, batches_text
from pages.ui.style.latex import as_text
from pages.ui.style.mathml import mathml

Array = NDArray[np.float64]

STYLE = Path(__file__).with_name("html_report.css")
MOST_INPUTS = 40  # listed, and values of the worked sample
MOST_BRANCHES = 20
BIASES = {  # of the first matrix and of the later ones: with one hidden layer, and with several
    (True, True): ("both layers", "all layers"),
    (True, False): ("the hidden layer only", "the first hidden layer only"),
    (False, True): ("the output only", "all layers but the first hidden one"),
    (False, False): ("none", "none"),
}
OMITTED_VIEWS = (
    "Other views of the Train page are not in this report; the loss is on a linear scale."
)


def report(state: Session) -> str:
    """Return the report at the app's epoch, for the selected sample and weight, as HTML."""
    at, data = DerivationSelection.of(state), state.source.dataset
    return TEMPLATES.render(
        "report.html",
        title=f"{state.source.title}: a run in Chainscope",
        style=Markup(STYLE.read_text(encoding="utf-8") + _colours()),
        at=at,
        run=at.run,
        weights=list(_panels(at, at.net.weights)),
        biases=BIASES[at.net.bias_input, at.net.bias_hidden][at.net.layers > 2],
        matrix=lambda weight: Symbol("W", weight.layer).text,
        labels=labels,
        cost=partial(_cost, at),
        branches=[epoch for epoch in at.run.branch_epochs if epoch <= at.epoch],
        most_branches=MOST_BRANCHES,
        data=data,
        class_counts=_class_counts(data),
        inputs=_inputs(data, at.digits),
        most_inputs=MOST_INPUTS,
        curves=_curves(at.run, at.epoch),
        matrices=_matrices(at),
        omitted_views=OMITTED_VIEWS if state.views - {"gradients", *PARTS, *PRESENTATION} else "",
        work=current_example(state),
        equations=equations,
        derivation=equations_live,
        sides=equations_live.comparisons(at),
        extensions=list(extensions_in_use(at)),
        markdown=markdown,
        plural=plural,
    )


def _with_math(text: str) -> Markup:
    """Convert text with formulas between dollar signs to HTML."""
    parts = text.split("$")
    return Markup().join(mathml(part) if i % 2 else part for i, part in enumerate(parts))


def _colours() -> str:
    """Return the CSS classes of the diverging scale and of the text on it, light and dark."""
    light, dark = ("".join(_classes(diverging_scale(theme))) for theme in ("light", "dark"))
    return f"{light}\n@media (prefers-color-scheme: dark) {{ {dark} }}\n"


def _classes(scale: Sequence[str]) -> Iterator[str]:
    colours = colours_at(scale, np.linspace(0, 1, svg.STEPS)).round()
    for step, (parts, ink) in enumerate(zip(colours, text_colours(colours), strict=True)):
        colour = ", ".join(f"{part:.0f}" for part in parts)
        yield f"svg .d{step} {{ fill: rgb({colour}); }} svg text.i{step} {{ fill: {ink}; }}\n"


# The run


def _cost(at: DerivationSelection, net: Network, X: Array, y: Array) -> str:
    """Return C with the loss shown, over the training samples or others."""
    with np.errstate(all="ignore"):  # of a run that diverges
        return short_text(cost(net, X, y, at.loss), at.digits)


def _settings(s: Settings) -> str:
    """Return the settings in words."""
    parts = [OPTIMIZER_NAMES[s.optimizer], f"η = {exact_text(s.learning_rate)}", LOSS_NAMES[s.loss]]
    parts.append(batches_text(s))
    parts += [f"L2 λ = {exact_text(s.l2)}"] if s.l2 else []
    parts += [f"patience {s.patience:,}"] if s.patience is not None else []
    parts += [f"{plural(len(s.frozen), 'weight')} frozen"] if s.frozen else []
    return ", ".join(parts)


def _class_counts(data: Dataset) -> Sequence[tuple[str, int]]:
    """Return the classes of the training rows with their numbers; of an exercise none."""
    if not (data.classes and data.columns):
        return ()
    return class_counts(data.frame[data.target].iloc[data.rows])[:MOST_INPUTS]


def _inputs(data: Dataset, digits: int) -> Iterator[tuple[str, ...]]:
    """Yield each input's range over the training rows, raw and preprocessed."""
    for name, raw, X in zip(data.feature_names[:MOST_INPUTS], data.raw_X.T, data.X.T, strict=False):
        values = (raw.min(), raw.mean(), raw.max(), X.min(), X.max())
        *of_raw, lowest, highest = (short_text(value, digits) for value in values)
        yield name, *of_raw, f"{lowest} … {highest}"


# Figures


def _curves(run: Run, epoch: int) -> Markup:
    lines = [svg.Curve("C", run.losses, "train")]
    if run.val_losses is not None:
        lines.append(svg.Curve("C over the validation samples", run.val_losses, "validation"))
    return svg.curves(lines, epoch, loss_changes(run))


def _matrices(at: DerivationSelection) -> Iterator[tuple[str, Array, Markup, str, tuple[int, int]]]:
    """Yield title, numbers, heatmap, the colours' midpoint and a cell's block of W and ∂C/∂W."""
    scales = shown_midpoints(at)
    gradients = epoch_gradients(at.run, at.epoch, at.loss).gradients
    for W, dW in zip(_panels(at, at.net.weights), _panels(at, gradients), strict=True):
        for title, panel, midpoint in (
            (W.symbol, W, scales.weights),
            (f"∂C/∂{W.symbol}", dW, scales.gradients),
        ):
            numbers = panel.numbers
            drawn = svg.heatmap(numbers, panel.rows, panel.columns, title, midpoint, at.digits)
            yield title, numbers, drawn, short_text(midpoint), svg.blocks(numbers)[1]


def _panels(at: DerivationSelection, matrices: Sequence[Array]) -> Iterator[Panel]:
    """Return matrices of the weights' shapes in the chosen layout."""
    return chain.from_iterable(panels_of_layers(matrices, at.net, at.names, at.conventions))


TEMPLATES = Templates(
    Path(__file__).with_name("templates"),
    math=mathml,
    block=partial(mathml, block=True),
    with_math=_with_math,
    plain=as_text,
    integer="{:,}".format,
    full_number=exact_text,
    settings=_settings,
)
