"""What the browser writes at each stop: texts, MathML, and the script with the stop's lines.

stops    by name: label, title and words as text, symbol and formula as MathML, equation,
         indices, a line of text on the indices and signs, and notes, sentences on this stop alone
script   the lines of the exported NumPy script
lines    by stop: ranges of these lines, from 1
update   see `update_forms`
notes    sentences on what is special about all stops
"""

from functools import lru_cache
from typing import Any

from core.chain import Stop, stops
from core.chain.training_step import NEW_COST, UPDATE
from core.training.update import Update
from pages.ui.chain_rule.equations import fused_note
from pages.ui.chain_rule.notation import Selection
from pages.ui.chain_rule.step_through.legend import Legend
from pages.ui.chain_rule.step_through.script import script_of
from pages.ui.chain_rule.step_through.sentences import StopSentences
from pages.ui.chain_rule.step_through.stop_formulas import StopFormula, stop_formulas
from pages.ui.chain_rule.step_through.update_forms import update_forms
from pages.ui.style.mathml import mathml, mathml_rows

OF_FUSED = ("dC_dyhat", "dC_dO")  # the stops whose loss and output activation may cancel

_mathml = lru_cache(maxsize=512)(mathml)


def forms(shown: Selection, update: Update) -> dict[str, Any]:
    """Return all texts and formulas; `update` is by the loss that is shown."""
    script = script_of(shown)
    return {
        "stops": stop_forms(shown, update, Legend.of(shown)),
        "script": script.lines,
        "lines": script.ranges,
        "update": update_forms(shown, update),
        "notes": general_notes(shown),
    }


def stop_forms(shown: Selection, update: Update, legend: Legend) -> dict[str, dict[str, Any]]:
    """Return the texts and formulas of each stop by its name."""
    net, found = shown.run.template, {}
    sentences = StopSentences(net, shown.functions, update, shown.conventions.bias_apart)
    formulas, fused = stop_formulas(shown), fused_note(shown.functions)
    for stop in stops(net.layers):
        formula = formulas[stop.name]
        whole = _whole(stop, formula)
        found[stop.name] = {
            "label": label(stop),
            "title": sentences.title(stop),
            "words": sentences.text(stop),
            "symbol": _mathml(formula.symbol),
            "formula": _rows(whole, formula.slope) if formula.slope else _mathml(whole),
            "equation": formula.equation,
            "indices": legend.text(stop, whole),
            "notes": [fused] if fused and stop.name in OF_FUSED else [],
        }
    return found


def label(stop: Stop) -> str:
    """Return a stop's name on the track: H, ∂C/∂W⁽²⁾, update, new C."""
    names = {UPDATE: "update", NEW_COST: "new C"}
    return names.get(stop.name, "∂C/∂" * stop.backward + stop.symbol.text)


def _whole(stop: Stop, formula: StopFormula) -> str:
    """Return the equation as LaTeX; in braces, so that a sign stays close to its number."""
    delta = r"\delta = " * (stop.operation == "slope")
    return f"{delta}{formula.symbol} = {{{formula.formula}}}"


@lru_cache(maxsize=64)
def _rows(*equations: str) -> str:
    """Return equations one below the other, as MathML."""
    return mathml_rows([f"&{equation}" for equation in equations])


def general_notes(shown: Selection) -> list[str]:
    """Return sentences on what is special about all stops."""
    in_script = f"In the script: {shown.notes}" if shown.notes else ""
    return list(filter(None, (shown.other_loss_text, in_script)))
