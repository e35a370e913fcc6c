"""The section "Where the gradient went" without a browser: its charts, its sentences."""

import json
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.losses import losses_for
from core.settings import OPTIMIZERS
from pages.shared.drafts import mazur
from pages.shared.flow import Words, alt, cancelling, figure, flowed, sentence
from pages.shared.session import KEY, Architecture, Session, Weight
from tests.pages import test_ledger
from tests.pages.test_ledger import CASES, trained


def script() -> None:
    import streamlit as st  # noqa: PLC0415

    from pages.shared.flow import flow  # noqa: PLC0415
    from pages.shared.session import KEY  # noqa: PLC0415

    flow(st.session_state[KEY])


def section(session: Session) -> AppTest:
    at = AppTest.from_function(script, default_timeout=60)
    at.session_state[KEY] = session
    at.run()
    assert not at.exception
    return at


def texts(at: AppTest) -> str:
    """What is said, without Markdown's escapes."""
    return re.sub(r"\\(?=[^a-z])", "", test_ledger.texts(at))


def charts(at: AppTest) -> list[dict[str, Any]]:
    return [json.loads(chart.proto.spec) for chart in at.get("plotly_chart")]


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
    found = flowed(session.run, session.epoch, session.focus)
    factors, products = charts(at)
    assert [trace["name"] for trace in factors["data"]] == [
        "sample 2",
        "all samples",
        "could well be",
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
        labels = charts(section(session))[0]["data"][0]["x"]
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
    assert "X of x1 is 0: x1 takes no part" in texts(at)


def test_a_saturated_unit_is_named_with_its_numbers() -> None:
    session = given(W1=filled(2, 8.0))
    found = flowed(session.run, 0, session.focus)
    text = texts(section(session))
    assert "of the greatest slope: h1 is saturated, |H| = 7" in text
    assert "with 0.25 for σ′(H) it would be" in text
    assert "(ten times too small in all samples)" in text
    assert found.sample.H is not None
    assert f"|H| = {found.sample.H:.2f}" in text


def test_an_unscaled_column_is_named() -> None:
    session = Session()
    exercise = mazur()
    exercise.samples.loc[0, "x2"] = 5000.0
    session.use(exercise)
    session.look(weight=Weight(1, 1, 0))
    text = texts(section(session))
    assert "x2, 5000 in size, drives it there (scale that column)" in text


def test_a_dead_unit() -> None:
    session = given(W1=filled(2, -9.0), hidden_activation="relu")
    text = texts(section(session))
    assert "σ′(H) of h1 is 0: h1 passes nothing on, for its H is not above 0" in text
    assert "is 0 (ten times too small in all samples): h1 passes nothing on" in text
    assert "for its H is never above 0" in text


def test_an_output_that_is_wrong_and_saturated() -> None:
    session = given(W2=filled(3, 12.0))
    session.look(sample=0, weight=Weight(1, 2, 0))
    assert "and that although |y − ŷ| is 1.00" in texts(section(session))


def test_a_learned_sample() -> None:
    session = given(W2=filled(3, 12.0))
    text = texts(section(session))
    assert "the sample is learned" in text
    assert "Nothing is wrong" in text


def test_a_small_weight_and_an_idle_unit() -> None:
    session = given(W2=filled(0, 1e-4))
    assert "hardly anything of h1 reaches y" in texts(section(session))
    session = given(W1=filled(2, -9.0))
    session.look(weight=Weight(2, 0, 0))
    assert "h1 is all but off" in texts(section(session))


def test_nothing_vanished() -> None:
    assert texts(section(Session())).count("nothing vanished") == 2


def test_contributions_that_cancel_are_said_to() -> None:
    found = flowed((session := trained()).run, 4, session.focus)
    assert cancelling(replace(found, gradient=found.sizes)) == ""
    assert "contributions cancel" in cancelling(replace(found, gradient=found.sizes / 50))
    assert cancelling(replace(found, gradient=0.0, sizes=0.0)) == ""


def test_it_is_computed_once_for_what_is_in_focus() -> None:
    session = trained()
    first = flowed(session.run, 4, session.focus)
    assert flowed(session.run, 4, session.focus) is first
    session.look(sample=0)
    assert flowed(session.run, 4, session.focus) is not first


def test_the_chart_in_words() -> None:
    session = trained("three outputs")
    found = flowed(session.run, 4, session.focus)
    words = Words.of(session.current, session.focus)
    told = alt(found, words, product=False)
    assert told.startswith("Sizes of the factors, of sample 3 and of all samples: X of sepal")
    assert f"{found.sample.factors[1].size:.3g}" in told


def test_numbers_beyond_all_bounds_are_left_out_of_the_chart() -> None:
    session = trained()
    found = flowed(session.run, 4, session.focus)
    endless = tuple(replace(f, size=np.inf, product=np.inf) for f in found.sample.factors)
    words = Words.of(session.current, session.focus)
    odd = replace(found, sample=replace(found.sample, factors=endless))
    assert sentence(odd.sample, words, of_batch=False)
    drawn = figure(odd, words, product=True)
    assert set(drawn.data[0].y) == {None}
