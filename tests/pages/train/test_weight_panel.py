"""A weight's panel: a click selects it, its curves are the run's, links lead to its chain rule."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from streamlit.testing.v1 import AppTest

from core.gradients import gradients
from core.training.settings import Settings
from core.utils.number_text import number_text
from pages.ui.chain_rule.step_through.panel import BUTTON as STEP_THROUGH
from pages.ui.state.permalink import Permalink
from pages.ui.state.session import Session, Weight
from pages.ui.state.stage_request import WEIGHT_PART, StageRequest
from pages.ui.train import point_curves
from pages.ui.train.weight_panel import CHAIN_RULE, CLOSE, LATER, MORE, ONE_POINT, SO_FAR, THINNED
from pages.ui.train.weight_story import BATCHES, CHANGED, COURSE, FROZEN, UNMOVED, rule
from tests.pages.driving import (
    ask_stage,
    button,
    open_app,
    select,
    session,
    stage_bytes,
    switch_on,
    texts,
)
from tests.pages.unpacking import decode

LAST = Weight(2, 3, 0)  # of XOR's network


def opened(trained: int, weight: Weight = LAST, **settings: object) -> AppTest:
    """The Train page on XOR after so many epochs, once that weight was clicked."""
    app = open_app()
    state = session(app)
    state.begin(settings=replace(state.settings, **settings))  # type: ignore[arg-type]
    state.run.advance(trained)
    state.show(trained)
    app.run()
    return click(app, weight)


def click(app: AppTest, weight: Weight) -> AppTest:
    return ask_stage(app, views=sorted(session(app).views | {WEIGHT_PART}), **vars(weight))


def charts(app: AppTest) -> list[Any]:
    return [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]


def numbers(values: Any) -> NDArray[np.float64]:
    """A trace's numbers; Plotly sends arrays as bytes."""
    if isinstance(values, dict):
        return np.frombuffer(base64.b64decode(values["bdata"]), values["dtype"]).astype(float)
    return np.array(values, float)


def points(app: AppTest) -> Iterator[dict[float, float]]:
    """The points of each chart's curve, by their epochs."""
    for chart in charts(app):
        x, y = (numbers(chart["data"][0][axis]) for axis in "xy")
        yield {epoch: value for epoch, value in zip(x, y, strict=True) if not np.isnan(epoch)}


def expected(state: Session, epoch: int, weight: Weight) -> tuple[float, float, float]:
    """The weight, its gradient and the norm of the whole gradient, by the derivation."""
    net, run = state.run.at(epoch), state.run
    steps = gradients(net, run.X, run.y, run.settings_at(epoch).loss)
    norm = np.sqrt(sum(float(np.sum(step**2)) for step in steps))
    return weight.entry(net.weights), weight.entry(steps), float(norm)


def announced(app: AppTest) -> dict[str, Any]:
    """What the stage hears of the weight."""
    header, _ = decode(stage_bytes(app))
    found: dict[str, Any] = header["weight"]
    return found


def test_a_click_selects_the_weight_and_shows_every_epoch() -> None:
    app, weight = opened(60), LAST
    state = session(app)
    assert not app.exception
    assert state.focus.weight == weight
    assert announced(app) == {**vars(weight), "open": True}
    shown = list(points(app))
    assert [list(curve) for curve in shown] == [list(range(61))] * 3
    for epoch in range(61):
        found = [curve[epoch] for curve in shown]
        assert found == pytest.approx(expected(state, epoch, weight), rel=1e-9, abs=1e-15)
    for chart, value in zip(charts(app), expected(state, 60, weight), strict=True):
        assert (chart["data"][1]["x"], chart["data"][0]["mode"]) == ([60], "lines+markers")
        assert chart["data"][1]["y"] == pytest.approx([value], rel=1e-9)


def test_another_click_and_the_fields_select_another_weight() -> None:
    app = opened(10)
    click(app, Weight(1, 2, 1))
    assert [select(app, label).value for label in ("Matrix", "From", "To")] == [1, 2, 1]
    select(app, "From").set_value(0)
    app.run()
    assert session(app).focus.weight == Weight(1, 0, 1)
    assert announced(app)["row"] == 0
    select(app, "Matrix").set_value(2)  # of one column alone
    app.run()
    assert session(app).focus.weight == Weight(2, 0, 0)
    assert not app.exception


def test_it_closes_and_the_stage_hears_of_it() -> None:
    app = opened(10)
    button(app, CLOSE).click()
    app.run()
    assert not charts(app)
    assert announced(app)["open"] is False


def test_a_link_holds_it() -> None:
    link = Permalink.read(Permalink.of(session(opened(10))).params)
    assert link.weight == LAST
    assert WEIGHT_PART in (link.views or ())


def test_before_training_there_is_one_point_and_what_to_do() -> None:
    app = switch_on(open_app(), WEIGHT_PART)
    assert ONE_POINT in texts(app)
    assert [list(curve) for curve in points(app)] == [[0]] * 3
    assert ONE_POINT not in texts(opened(1))


def test_a_frozen_weight_says_so() -> None:
    sentence = FROZEN.format(epoch=10)
    app = opened(10, frozen=frozenset({LAST.place}))
    assert sentence in texts(app)
    assert sentence not in texts(click(app, Weight(2, 2, 0)))


def test_its_story_names_it_and_says_how_it_steps() -> None:
    app = opened(60)
    state = session(app)
    curve, slope, _ = points(app)
    assert "**h3 → y, W⁽²⁾ row 4" not in texts(app)
    assert "**bias → y, W⁽²⁾ row 4, column 1**, at epoch 60" in texts(app)
    ends = {name: number_text(curve[at], 4) for name, at in {"first": 0, "now": 60}.items()}
    assert COURSE.format(**ends, epoch=60) in texts(app)
    assert rule(state.settings, decays=False) in texts(app)
    assert f"by −{state.settings.learning_rate:g} · ∂C/∂W:" in rule(state.settings, decays=False)
    for epoch in range(60):  # as the sentence says
        step = -state.settings.learning_rate * slope[epoch]
        assert curve[epoch + 1] - curve[epoch] == pytest.approx(step, rel=1e-9, abs=1e-14)


def test_a_bias_has_no_l2_in_its_step_and_batches_are_texts() -> None:
    app = opened(4, Weight(1, 0, 1), l2=0.01, batch_size=3)
    assert "(∂C/∂W + 0.01 · W)" in texts(app)
    assert BATCHES.format(steps=2) in texts(app)
    assert "(∂C/∂W + 0.01 · W)" not in texts(click(app, Weight(1, 2, 1)))


def test_of_a_weight_that_nothing_moves_this_is_said() -> None:
    app = opened(4)
    state = session(app)
    assert UNMOVED not in texts(app)
    net = state.run.at(0)
    state.edit(0, net.with_weights(net.weights[0], 0 * net.weights[1]), frozenset())
    app.run()
    assert UNMOVED not in texts(click(app, Weight(2, 0, 0)))
    assert UNMOVED in texts(click(app, Weight(1, 0, 0)))  # W⁽²⁾ is 0, so no gradient passes


def test_what_comes_after_the_epoch_on_display_is_pale() -> None:
    app = opened(60)
    assert LATER not in texts(app)
    session(app).show(20)
    app.run()
    assert LATER in texts(app)
    for chart in charts(app):
        whole, _, seen = chart["data"]
        assert whole["opacity"] < 1
        assert (max(numbers(whole["x"])), max(numbers(seen["x"]))) == (60, 20)


def test_changes_are_marked_and_what_they_interrupt_is_not_joined() -> None:
    app = opened(10)
    state = session(app)
    state.edit(10, state.at_epoch(), frozenset())
    state.run.advance(10)
    state.report(20, playing=False)
    state.change(replace(state.settings, loss="cross_entropy"))
    state.run.advance(10)
    state.show(30)
    app.run()
    assert CHANGED.format(epoch=30) in texts(app)
    shown = charts(app)
    for chart in shown:
        marked = {mark["x"]: mark["hovertext"] for mark in chart["layout"]["annotations"]}
        assert list(marked) == [10, 20]
        assert "weights edited" in marked[10]
        assert {line["x0"] for line in chart["layout"]["shapes"]} == {10, 20, 30}
    gaps = [numbers(chart["data"][0]["x"]) for chart in shown]
    before = [[x[i + 1] for i in np.flatnonzero(np.isnan(x))] for x in gaps]
    assert before == [[10], [10, 20], [10, 20]]


def test_a_long_run_is_thinned_to_dots_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(point_curves, "WEIGHT_SECONDS", 60.0)
    app = opened(1001, epochs=2000)
    assert THINNED.format(stride=2) in texts(app)
    assert [list(curve) for curve in points(app)] == [list(range(0, 1001, 2))] * 3
    assert {chart["data"][0]["mode"] for chart in charts(app)} == {"markers"}
    assert charts(app)[0]["data"][1]["x"] == [1001]  # on display, though none of them
    assert MORE not in [widget.label for widget in app.button]


def test_what_takes_long_comes_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(point_curves, "WEIGHT_SECONDS", 1e-9)
    app = opened(20)
    first = len(next(points(app)))
    assert 0 < first < 21
    assert SO_FAR.format(last=first - 1, trained=20) in texts(app)
    monkeypatch.setattr(point_curves, "WEIGHT_SECONDS", 60.0)
    button(app, MORE).click()
    app.run()
    assert len(next(points(app))) == 21


def test_its_chain_rule_has_that_weight_at_that_epoch() -> None:
    app = opened(10, Weight(1, 2, 1))
    app.switch_page(CHAIN_RULE.file).run()
    assert (session(app).epoch, session(app).focus.weight) == (10, Weight(1, 2, 1))
    app.switch_page("pages/train.py").run()
    button(app, STEP_THROUGH).click()
    app.run()
    assert session(app).stop == "X"
    assert STEP_THROUGH in [widget.label for widget in app.button]
    assert "factor by factor" in texts(app)
    assert not app.exception


@pytest.mark.parametrize("layer", [-3, 0, 1.5, 10**9, "2", None])
def test_whatever_is_sent_selects_a_weight_of_the_run(layer: object) -> None:
    request = StageRequest.parse({"layer": layer, "row": 10**9, "column": -1})
    state = Session()
    state.begin(settings=Settings())
    state.look(weight=Weight(*(request.weight or ())))
    weight = state.focus.weight
    rows, _ = state.run.template.shapes[weight.layer - 1]
    assert (weight.row, weight.column) == (rows - 1, 0)
    assert StageRequest.parse({}).weight is None
