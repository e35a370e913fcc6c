"""The report of a run: one HTML file that needs no network, no script and no other file.

The document is in the templates; here are its values. Names and titles are user-supplied: the
templates escape all that is no `Markup`.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from core.chain import Symbol
from core.training.run import Run
from core.utils.number_text import short_text
from core.utils.sentence import plural
from core.utils.templates import Templates
from pages.ui.chain_rule import equations
from pages.ui.chain_rule.scene import epoch_gradients, shown_midpoints
from pages.ui.chain_rule.worked_example import current_example
from pages.ui.derivation import equations_live
from pages.ui.derivation.equations_live import DerivationSelection
from pages.ui.derivation.extensions import extensions_in_use
from pages.ui.save.html_parts import FILTERS, data_values, panels, run_values
from pages.ui.state.session import Session
from pages.ui.state.stage_request import PARTS, PRESENTATION
from pages.ui.style import labels, markdown, svg
from pages.ui.style.change_marks import loss_changes
from pages.ui.style.colours import colours_at, text_colours
from pages.ui.style.figures import diverging_scale

Array = NDArray[np.float64]

STYLE = Path(__file__).with_name("html_report.css")
MOST_INPUTS = 40  # listed, and values of the worked sample
MOST_BRANCHES = 20
OMITTED_VIEWS = (
    "Other views of the Train page are not in this report; the loss is on a linear scale."
)


def report(state: Session) -> str:
    """Return the report at the app's epoch, for the selected sample and weight, as HTML."""
    at = DerivationSelection.of(state)
    return TEMPLATES.render(
        "report.html",
        title=f"{state.source.title}: a run in Chainscope",
        style=Markup(STYLE.read_text(encoding="utf-8") + _colours()),
        **run_values(at, MOST_BRANCHES),
        **data_values(state.source.dataset, at.digits, MOST_INPUTS),
        labels=labels,
        matrix=lambda weight: Symbol("W", weight.layer).text,
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


def _colours() -> str:
    """Return the CSS classes of the diverging scale and of the text on it, light and dark."""
    light, dark = ("".join(_classes(diverging_scale(theme))) for theme in ("light", "dark"))
    return f"{light}\n@media (prefers-color-scheme: dark) {{ {dark} }}\n"


def _classes(scale: Sequence[str]) -> Iterator[str]:
    colours = colours_at(scale, np.linspace(0, 1, svg.STEPS)).round()
    for step, (parts, ink) in enumerate(zip(colours, text_colours(colours), strict=True)):
        colour = ", ".join(f"{part:.0f}" for part in parts)
        yield f"svg .d{step} {{ fill: rgb({colour}); }} svg text.i{step} {{ fill: {ink}; }}\n"


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
    for W, dW in zip(panels(at, at.net.weights), panels(at, gradients), strict=True):
        for title, panel, midpoint in (
            (W.symbol, W, scales.weights),
            (f"∂C/∂{W.symbol}", dW, scales.gradients),
        ):
            numbers = panel.numbers
            drawn = svg.heatmap(numbers, panel.rows, panel.columns, title, midpoint, at.digits)
            yield title, numbers, drawn, short_text(midpoint), svg.blocks(numbers)[1]


TEMPLATES = Templates(Path(__file__).with_name("templates"), **FILTERS)
