"""How the page writes the chain rule, in words."""

from collections.abc import Iterator

from pages.ui.save.page.content import PageContent
from pages.ui.style.labels import LOSS_NAMES

SCALE = "orange is negative, blue positive; one scale for the whole run"


def convention_texts(of: PageContent) -> Iterator[tuple[str, str]]:
    """Yield each convention's name and what was chosen."""
    shown, net = of.shown, of.run.template
    form = shown.conventions
    yield "Digits", f"{form.digits} significant ones are shown; calculations have 16"
    yield (
        "Loss C",
        shown.other_loss_text or f"the {LOSS_NAMES[shown.loss]}, which the run minimises",
    )
    if net.bias_input or net.bias_hidden:
        apart = "a vector b beside each matrix: H = X W + b"
        yield "Bias", apart if form.bias_apart else "the last row of each matrix, for a constant 1"
    row = "unit of the next layer: h = W x" if form.transposed else "input or hidden unit: H = X W"
    yield "Matrices", f"a row for each {row}"
    yield "Colours", SCALE
