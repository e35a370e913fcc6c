"""The section "Vanishing gradient?" without a browser: its charts, its sentences."""

import itertools
import json
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.losses import losses_for
from core.training.settings import OPTIMIZERS
from core.utils.number_text import number_text
from pages.ui.chain_rule.notation import Selection
from pages.ui.chain_rule.vanishing import (
    Phrases,
    alt_text,
    cancellation_sentence,
    figure,
    gradient_flow,
    vanishing_sentence,
)
from pages.ui.state.architecture import Architecture
from pages.ui.state.conventions import SQUARED, Conventions
from pages.ui.state.drafts import mazur
from pages.ui.state.session import KEY, Session, Weight
from pages.ui.style.latex import number
from tests.by_hand import by_hand
from tests.pages.chain_rule import test_update
from tests.pages.chain_rule.test_update import CASES, trained


def script() -> None:
    import streamlit as st  # noqa: PLC0415

    from pages.ui.chain_rule.vanishing import vanishing_section  # noqa: PLC0415
    from pages.ui.state.session import KEY  # noqa: PLC0415

    vanishing_section(st.session_state[KEY])


def section(session: Session) -> AppTest:
    at = AppTest.from_function(script, default_timeout=60)
    at.session_state[KEY] = session
    at.run()
    assert not at.exception
    return at


def texts(at: AppTest) -> str:
    """What is said, without Markdown's escapes."""
    return re.sub(r"\\(?=[^a-z])", "", test_update.texts(at))


def charts(at: AppTest) -> list[dict[str, Any]]:
    return [json.loads(chart.proto.spec) for chart in at.get("plotly_chart")]


def axis(at: AppTest) -> list[str]:
    """The labels below the first chart."""
    labels: list[str] = charts(at)[0]["layout"]["xaxis"]["ticktext"]
    return labels


def given(W1: Any = None, W2: Any = None, **architecture: Any) -> Session:
    """XOR with rows of W1 or W2 put in place: functions of the matrices."""
    session = Session()
    if architecture:
        session.begin(architecture=Architecture(**architecture))
    net = session.run.network
    first = net.W1 if W1 is None else W1(net.W1.copy())
    second = net.W2 if W2 is None else W2(net.W2.copy())
    chosen = replace(session.architecture, given=replace(net, W1=first, W2=second))
    session.begin(architecture=chosen)
    return session


def filled(row: int, value: float) -> Any:
    def put(W: Any) -> Any:
        W[row] = value
        return W

    return put


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("layer", [1, 2])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_it_draws_what_core_found(case: str, layer: int, name: str) -> None:
    session = trained(case, optimizer=name, learning_rate=0.05)
    session.look(sample=1, weight=Weight(1 if layer == 1 else 2, 1, 0))
    at = section(session)
    found = gradient_flow(Selection.of(session))
    factors, products = charts(at)
    assert [trace["name"] for trace in factors["data"]] == [
        "sample 2",
        "all samples",
        "typical size",
    ]
    for chart, attribute in ((factors, "size"), (products, "product")):
        for trace, chain in zip(chart["data"], (found.sample, found.batch), strict=False):
            values = [getattr(factor, attribute) for factor in chain.factors]
            drawn = [y for y, value in zip(trace["y"], values, strict=True) if value > 0]
            assert drawn == [value for value in values if value > 0]
    markers = {trace["marker"]["symbol"] for trace in factors["data"]}
    dashes = {trace["line"]["dash"] for trace in factors["data"][:2]}
    assert (len(markers), len(dashes)) == (3, 2)
    assert factors["layout"]["yaxis"]["type"] == "log"


@pytest.mark.parametrize("hidden", ["sigmoid", "tanh", "relu"])
@pytest.mark.parametrize("output", ["sigmoid", "identity"])
def test_every_activation_and_loss(hidden: str, output: str) -> None:
    for loss in losses_for(output):
        session = Session()
        architecture = Architecture(hidden_activation=hidden, output_activation=output)
        settings = replace(session.settings, loss=loss, learning_rate=0.1)
        session.begin(architecture=architecture, settings=settings)
        labels = axis(section(session))
        assert ("σ′(O)" in labels) == (loss != "cross_entropy")
        assert labels[-1] == {"mse": "2/N", "half_sse": "1"}.get(loss, "1/N")


def test_a_zero_lies_on_the_floor_and_is_said() -> None:
    session = Session()
    session.look(sample=0)
    at = section(session)
    trace = charts(at)[0]["data"][0]
    assert trace["text"][0] == "0"
    assert trace["y"][0] == min(y for y in trace["y"])
    assert trace["customdata"][0][1] == "0"
    assert "X of x1 is 0: x1 contributes nothing" in texts(at)


def test_a_saturated_unit_is_named_with_its_numbers() -> None:
    session = given(W1=filled(2, 8.0))
    found = gradient_flow(Selection.of(session))
    text = texts(section(session))
    assert "of the maximum slope: h1 is saturated, |H| = 7" in text
    assert "with 0.25 for σ′(H) it would be" in text
    assert "(ten times too small in all samples)" in text
    assert found.sample.H is not None
    assert f"|H| = {found.sample.H:.3f}" in text


def test_an_unscaled_column_is_named() -> None:
    session = Session()
    exercise = mazur()
    exercise.samples.loc[0, "x2"] = 5000.0
    session.use(exercise)
    session.look(weight=Weight(1, 1, 0))
    text = texts(section(session))
    assert (
        "the largest term of that sum comes from x2, with magnitude 5000 (scale that column)"
        in text
    )
    selection = Selection.of(session)
    scaled = replace(Phrases.of(selection), scaled=True)
    told = vanishing_sentence(gradient_flow(selection).sample, scaled, of_batch=False)
    assert "from x2, with magnitude 5000" in told
    assert "scale" not in told


def test_a_dead_unit() -> None:
    session = given(W1=filled(2, -9.0), hidden_activation="relu")
    text = texts(section(session))
    assert "σ′(H) of h1 is 0: h1 passes no gradient, since its H is not above 0" in text
    assert "is 0 (ten times too small in all samples): h1 passes no gradient" in text
    assert "since its H is never above 0" in text


def test_an_output_that_is_wrong_and_saturated() -> None:
    session = given(W2=filled(3, 12.0))
    session.look(sample=0, weight=Weight(1, 2, 0))
    assert "although |y − ŷ| is 1.000" in texts(section(session))


def test_a_learned_sample() -> None:
    session = given(W2=filled(3, 12.0))
    text = texts(section(session))
    assert "the sample is learned" in text
    assert "not a problem" in text


def test_beside_another_cause_what_is_learned_does_not_make_all_well() -> None:
    session = given(W1=filled(2, 9.0), W2=filled(3, 12.0))
    selection = Selection.of(session)
    chain = gradient_flow(selection).sample
    assert {"learned", "saturated_hidden"} <= set(chain.causes)
    told = vanishing_sentence(chain, Phrases.of(selection), of_batch=False)
    assert "the sample is learned" in told
    assert "not a problem" not in told


def test_how_many_samples_are_learned_is_said() -> None:
    session = given(W2=filled(3, 12.0))
    selection = Selection.of(session)
    chain = gradient_flow(selection).sample
    error = next(factor for factor in chain.factors if factor.name == "error")
    for low, said in ((1.0, "the samples are learned"), (0.6, "60 % of the samples are learned")):
        factors = tuple(replace(error, low=low) if f is error else f for f in chain.factors)
        batch = replace(chain, factors=factors)
        assert said in vanishing_sentence(batch, Phrases.of(selection), of_batch=True)


def test_a_small_weight_and_an_idle_unit() -> None:
    session = given(W2=filled(0, 1e-4))
    assert "h1 hardly affects y" in texts(section(session))
    session = given(W1=filled(2, -9.0))
    session.look(weight=Weight(2, 0, 0))
    assert "h1 is nearly inactive" in texts(section(session))


def test_nothing_vanished() -> None:
    assert texts(section(Session())).count("nothing vanishes") == 2


def test_contributions_that_cancel_are_said_to() -> None:
    found = gradient_flow(Selection.of(session := trained()))
    words = Phrases.of(Selection.of(session))
    assert cancellation_sentence(replace(found, gradient=found.sizes), words) == ""
    assert "contributions cancel" in cancellation_sentence(
        replace(found, gradient=found.sizes / 50), words
    )
    assert cancellation_sentence(replace(found, gradient=0.0, sizes=0.0), words) == ""


def test_it_is_computed_once_for_what_is_in_focus() -> None:
    session = trained()
    first = gradient_flow(Selection.of(session))
    assert gradient_flow(Selection.of(session)) is first
    session.look(sample=0)
    assert gradient_flow(Selection.of(session)) is not first


def test_the_chart_in_words() -> None:
    session = trained("three outputs")
    found = gradient_flow(Selection.of(session))
    words = Phrases.of(Selection.of(session))
    told = alt_text(found, words, product=False)
    assert told.startswith("Magnitudes of the factors, of sample 3 and of all samples: X of sepal")
    assert f"{found.sample.factors[1].size:.4g}" in told


def test_numbers_beyond_all_bounds_are_left_out_of_the_chart() -> None:
    session = trained()
    found = gradient_flow(Selection.of(session))
    endless = tuple(replace(f, size=np.inf, product=np.inf) for f in found.sample.factors)
    words = Phrases.of(Selection.of(session))
    odd = replace(found, sample=replace(found.sample, factors=endless))
    assert vanishing_sentence(odd.sample, words, of_batch=False)
    drawn = figure(odd, words, product=True)
    assert set(drawn.data[0].y) == {None}


FORMS = list(itertools.product(SQUARED, SQUARED, [False, True], [False, True]))
PLACES = (Weight(1, 0, 1), Weight(1, 2, 1), Weight(2, 1, 0), Weight(2, 3, 0))  # with both biases


@pytest.mark.parametrize(("minimised", "shown", "apart", "transposed"), FORMS)
def test_the_sizes_and_symbols_are_those_of_the_form(
    minimised: str, shown: str, apart: bool, transposed: bool
) -> None:
    session = trained(loss=minimised, learning_rate=0.1)
    session.conventions = Conventions(9, shown, apart, transposed)
    net, run = session.at_epoch(), session.run
    for weight in PLACES:
        session.look(weight=weight)
        selection = Selection.of(session)
        found, words = gradient_flow(selection), Phrases.of(selection)
        truth = by_hand(
            net.W1, net.W2, run.X, run.y, weight=(weight.layer, weight.row, weight.column),
            sample=selection.focus.sample, output=0, loss=shown,
        )  # fmt: skip
        sizes = {factor.name: factor.size for factor in found.sample.factors}
        sizes["dC_dyhat"] = sizes.pop("error") * sizes.pop("scale")
        expected = {name: abs(value) for name, value in truth.factors.items()}
        assert sizes == pytest.approx(expected, rel=1e-10)
        assert found.sample.product == pytest.approx(abs(truth.contribution), rel=1e-10)
        assert found.gradient == pytest.approx(abs(truth.gradient), rel=1e-10)
        labels = [words.symbol(factor) for factor in found.sample.factors]
        assert labels[-1] == {"half_mse": "1/N", "mse": "2/N", "half_sse": "1"}[shown]
        bias = weight.row == (2 if weight.layer == 1 else 3)
        assert labels[0] == ("1" if apart and bias else "X" if weight.layer == 1 else "Z")
        if weight.layer == 1:
            assert labels[2] == ("W⁽²⁾[1,l]" if transposed else "W⁽²⁾[l,1]")


def test_every_factor_has_its_own_place_on_the_axis() -> None:
    session = trained()
    session.look(weight=Weight(1, 2, 0))
    session.conventions = Conventions(loss="half_sse", bias_apart=True)
    labels = axis(at := section(session))
    assert (labels[0], labels[-1]) == ("1", "1")
    for trace in charts(at)[0]["data"]:
        assert len(set(trace["x"])) == len(labels) == 6


def test_it_says_which_gradient_it_is_and_which_loss() -> None:
    session = trained()
    session.look(weight=Weight(1, 2, 1))
    text = texts(section(session))
    assert r"\partial C / \partial W_{k,l}^{(1)}$ (k = 3, l = 2), from bias" in text
    assert "The run minimises" not in text
    session.conventions = Conventions(loss="half_sse", bias_apart=True, transposed=True)
    text = texts(section(session))
    assert r"\partial C / \partial b_{l}^{(1)}$ (l = 2), from the bias of h2" in text
    assert r"The run minimises the half MSE (eq. 1), $C_{\text{run}} = \frac{1}{N}" in text
    assert "here with N = 4" in text
    assert r"every product is $\frac{1}{N}$ of the one shown" in text


def test_the_digits_are_those_chosen() -> None:
    session = trained()
    session.conventions = Conventions(digits=8)
    found = gradient_flow(Selection.of(session))
    at = section(session)
    assert f"the product is {number(found.sample.product, 8)}" in texts(at).replace("$", "")
    drawn = charts(at)[0]["data"][0]["customdata"][1][1]
    assert drawn == number_text(found.sample.factors[1].size, 8)
