"""What stands beside the equations: the selection in a sentence, and both sides as HTML."""

import math

from markupsafe import Markup

from core.checking.complex_step import STEP
from core.utils.number_text import exact_text
from pages.ui.derivation.comparison import Comparison
from pages.ui.derivation.equations_live import DerivationSelection, unit_letter

# In Markdown; the texts in braces are those of `selection_texts`.
SELECTION = (
    "Epoch **{epoch}**, sample **{sample}** of {samples}. "
    "Eqs. 2 to 5 are about **{second}** (k = {second_row}, l = {second_column}), "
    "eqs. 6 to 10 about **{first}** (k = {first_row}, {letter} = {first_column})."
)
_EXPONENT = round(math.log10(STEP))
BOTH_SIDES = (
    "Beside each equation are the values of both sides: first the derivative by the complex "
    rf"step, $f'(x) = \operatorname{{Im}} f(x + ih) / h$ with $h = 10^{{{_EXPONENT}}}$, which "
    "does not use the chain rule; then the value that the equation gives; then how many of the "
    "16 digits agree, with the reason if few do."
)


def selection_texts(at: DerivationSelection) -> dict[str, str]:
    """Return the epoch, the sample and both weights, by their names in `SELECTION`."""
    texts = {
        "epoch": f"{at.epoch:,}",
        "sample": f"{at.sample + 1:,}",
        "samples": f"{at.samples:,}",
        "letter": unit_letter(at.run.template.layers),
    }
    for name, symbol, weight in (("first", "W⁽¹⁾", at.first), ("second", "W⁽²⁾", at.second)):
        rows, columns = at.names.layers[weight.layer - 1]
        texts |= {
            name: f"{at.symbols[symbol]} from {rows[weight.row]} to {columns[weight.column]}",
            f"{name}_row": str(weight.row + 1),
            f"{name}_column": str(weight.column + 1),
        }
    return texts


def both_sides(name: str, line: Comparison, *, further: bool = False) -> Markup:
    """Return both sides as HTML, which wraps on a phone; `further`: not the derivation's."""
    explanation = Markup("<p>{}</p>").format(line.explanation) if line.explanation else ""
    return Markup(
        '<div class="live{}" data-testid="live-{}" data-digits="{}"><dl>'
        "<dt>{}</dt><dd>{}</dd><dt>{}</dt><dd>{}</dd></dl><p><b>{}</b></p>{}</div>"
    ).format(
        *(" further" if further else "", name, line.digits),
        *(line.left_name, exact_text(line.left), line.right_name, exact_text(line.right)),
        *(line.agreement, explanation),
    )
