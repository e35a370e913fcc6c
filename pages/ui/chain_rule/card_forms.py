"""What the browser writes on the factor cards: MathML, and text with places for numbers.

The browser puts numbers in the places ‹y›, ‹ŷ›, ‹N› and ‹a› (an activation's value) of a factor's
form, and in ‹x› of an activation's. Of a softmax's Jacobian, row p and column o, ‹ŷ› is that of p,
‹o› that of o, and ‹δ› is 1 where p = o, else 0.
"""

import re
from dataclasses import replace
from functools import lru_cache
from typing import Any

from core.activations import ACTIVATIONS
from core.chain import Partial
from pages.ui.chain_rule.equations import Symbols, card_notes
from pages.ui.chain_rule.notation import DeltaFormula, FactorFormula, Notation, Selection
from pages.ui.state.session import Weight
from pages.ui.style.latex import as_text
from pages.ui.style.mathml import mathml

_mathml = lru_cache(maxsize=256)(mathml)
NUMBERS = Symbols(y="‹y›", y_hat="‹ŷ›", Z="‹a›", N="‹N›", times=r"\cdot", same="‹δ›", y_hat_o="‹o›")

WITHOUT_PLACES = ("linear", "input")  # they are a number


def card_forms(selection: Selection) -> dict[str, Any]:
    """Return the cards of a weight of each matrix, "1", "2" and so on; of a bias apart "1b", "2b".

    Of several hidden layers or a softmax, "deltas" has ∂C by the pre-activation of each matrix.
    """
    net = selection.run.template
    forms: dict[str, Any] = {}
    for layer in range(1, net.layers + 1):
        for bias in (False, True) if selection.conventions.bias_apart else (False,):
            weight = Weight(layer, net.rows(layer) if bias else 0, 0)
            focus = replace(selection.focus, weight=weight)
            notation = Notation.of(replace(selection, focus=focus))
            factors = zip(notation.partials, notation.factors.values(), strict=True)
            forms[f"{layer}{'b' * bias}"] = {
                "gradient": _mathml(notation.gradient),
                "factors": [_card(factor, formula) for factor, formula in factors],
                "notes": card_notes(layer, net.layers, net.bias_hidden),
            }
    deepest = Notation.of(replace(selection, focus=replace(selection.focus, weight=Weight())))
    if deepest.is_deep or deepest.is_softmax:
        forms["deltas"] = {str(delta.layer): _delta(delta) for delta in deepest.deltas}
    return forms


def _delta(delta: DeltaFormula) -> dict[str, Any]:
    """Return a δ's symbol and formulas; "values" is ∂C by the units' values, before the slope."""
    texts = {
        "symbol": delta.symbol,
        "formula": delta.formula,
        "collapsed": delta.collapsed,
    }
    form = {name: _mathml(latex) for name, latex in texts.items() if latex}
    return form | ({"values": _delta(delta.values)} if delta.values else {})


def function_texts(selection: Selection) -> dict[str, str]:
    """Return both activations as functions of ‹x›."""
    net = selection.run.template
    names = {"hidden": net.hidden, "output": net.output}
    return {at: as_text(ACTIVATIONS[name].latex.format(x="‹x›")) for at, name in names.items()}


def _card(factor: Partial, formula: FactorFormula) -> dict[str, str]:
    return {
        "id": factor.name,
        "equation": factor.equation,
        "anchor": _anchor(factor.equation),
        "words": formula.description,
        "symbol": _mathml(formula.symbol),
        "formula": _mathml(formula.formula),
        "numbers": "" if factor.kind in WITHOUT_PLACES else as_text(NUMBERS.form(factor)),
    }


def _anchor(equation: str) -> str:
    """Return where the derivation's page has that equation."""
    if "before" in equation:
        return "slope"
    return "eq-" + "".join(re.findall(r"\d", equation))
