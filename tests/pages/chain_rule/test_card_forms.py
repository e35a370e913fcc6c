"""What the browser writes on the cards: each form is the factor, in numbers and in MathML."""

import re
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from core.activations import ACTIVATIONS, HIDDEN
from core.chain import Functions, partials
from core.losses import LOSSES, losses_for
from core.network import Network
from pages.ui.chain_rule import equations
from pages.ui.chain_rule.card_forms import NUMBERS, card_forms, function_texts
from pages.ui.chain_rule.notation import Selection
from pages.ui.state.conventions import Conventions
from pages.ui.state.session import Session
from pages.ui.style.latex import as_text
from tests.core.oracles import ELEMENTWISE

N, Y, Y_HAT, Z = 4, 0.25, 0.75, 0.625
PLACES = {"y": Y, "ŷ": Y_HAT, "N": N, "a": Z}
PYTHON = {"−": "-", "×": "*", "²": "**2", ", else": " else"}


def number(text: str) -> float:
    """Put numbers in the places and work the text out."""
    filled = re.sub("‹(.)›", lambda place: str(PLACES[place[1]]), text)
    for sign, python in PYTHON.items():
        filled = filled.replace(sign, python)
    assert re.fullmatch(r"(?:[\d.()/*> -]|if|else)+", filled), filled
    return float(eval(filled))  # of nothing but arithmetic


@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize("output", ELEMENTWISE)
def test_a_form_in_numbers_is_the_factor_s_value(hidden: str, output: str) -> None:
    y, y_hat = np.array([[Y]] * N), np.array([[Y_HAT]] * N)
    for loss in losses_for(output):
        error, slope, _, hidden_slope, _ = partials(Functions(loss, hidden, output), 1)
        expected = {
            error: LOSSES[loss].slope(y, y_hat)[0, 0],
            slope: ACTIVATIONS[output].slope(y_hat)[0, 0],
            hidden_slope: ACTIVATIONS[hidden].slope(np.array([[Z]]))[0, 0],
        }
        for partial, value in expected.items():
            assert number(as_text(NUMBERS.form(partial))) == pytest.approx(value, rel=1e-14)


def forms(**chosen: Any) -> dict[str, Any]:
    session = Session()
    session.conventions = Conventions(**chosen)
    return card_forms(Selection.of(session))


def test_the_notes_are_those_that_hold_for_the_matrix() -> None:
    found = forms(bias_apart=True)
    assert list(found["1"]["notes"]) == [equations.BIAS_CARD_NOTE, equations.SLIP_CARD_NOTE]
    assert found["1b"]["notes"] == found["1"]["notes"]
    assert found["2"]["notes"] == ()
    assert equations.card_notes(1, 2, biased=False) == (equations.SLIP_CARD_NOTE,)
    assert equations.card_notes(2, 3, biased=True) == (equations.BIAS_CARD_NOTE,)
    assert equations.card_notes(3, 3, biased=True) == ()


def test_cards_are_the_chain_s_factors_in_order_with_links_to_their_equations() -> None:
    found = forms()
    assert list(found) == ["1", "2"]
    for layer, anchors in ((1, "eq-3 slope eq-7 eq-8 eq-9"), (2, "eq-3 slope eq-4")):
        cards = found[str(layer)]["factors"]
        assert [card["id"] for card in cards] == [p.name for p in partials(Functions(), layer)]
        assert " ".join(card["anchor"] for card in cards) == anchors


def shown(markup: str) -> str:
    return "".join(ElementTree.fromstring(markup).itertext())


def test_a_bias_apart_has_forms_of_its_own() -> None:
    found = forms(bias_apart=True)
    assert list(found) == ["1", "1b", "2", "2b"]
    assert shown(found["1b"]["gradient"]) == "∂C∂bl(1)"
    assert shown(found["1b"]["factors"][-1]["formula"]) == "1"
    assert shown(found["1"]["factors"][-1]["formula"]) == "Xi,k"


def test_a_transposed_matrix_has_its_indices_swapped() -> None:
    assert shown(forms()["1"]["gradient"]) == "∂C∂Wk,l(1)"
    assert shown(forms(transposed=True)["1"]["gradient"]) == "∂C∂Wl,k(1)"


@pytest.mark.parametrize("hidden", HIDDEN)
def test_functions_are_text_with_a_place_for_their_argument(hidden: str) -> None:
    session = Session()
    net = Network.init(2, 3, hidden_activation=hidden)
    experiment = replace(session.current, run=replace_template(session, net))
    text = function_texts(replace(Selection.of(session), experiment=experiment))["hidden"]
    x = 0.5
    python = text.replace("‹x›", str(x)).replace("σ", "sigmoid").replace("max", "maximum")
    names = {"sigmoid": lambda x: 1 / (1 + np.exp(-x)), "tanh": np.tanh, "maximum": np.maximum}
    assert eval(python, names) == pytest.approx(ACTIVATIONS[hidden].value(np.array(x)), rel=1e-15)


def replace_template(session: Session, net: Network) -> Any:
    """Return a run of another network on the same data."""
    run = session.run
    return type(run)(net, run.X, run.y, run.settings)
