"""The lesson on the vanishing gradient: numbers by another way, and one click."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.gradients import gradients
from core.network import Network
from pages.ui.state.drafts import Draft
from pages.ui.state.session import Session
from pages.ui.train import depth_lesson
from pages.ui.train.depth_lesson import (
    ACTIVATIONS,
    COMPARE,
    EPOCHS,
    LAYERS,
    MOST_SAMPLES,
    NORMS_VIEW,
    SETTINGS,
    UNITS,
)
from tests.pages.driving import button, open_app, session, texts


def with_norms() -> AppTest:
    app = open_app()
    session(app).views |= {NORMS_VIEW}
    return app.run()


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_norms_are_those_of_plain_descent(activation: str) -> None:
    state = Session()
    net = depth_lesson.architecture(state, activation).build(state.source.dataset)
    X, y = state.run.X, state.run.y
    result = depth_lesson.train(net, X, y)
    for epoch in range(3):
        steps = gradients(net, X, y)
        expected = [np.linalg.norm(step) for step in steps]
        np.testing.assert_allclose(result[epoch], expected, rtol=1e-12)
        moved = zip(net.weights, steps, strict=True)
        net = net.with_weights(*(W - SETTINGS.learning_rate * dW for W, dW in moved))
    assert result.shape == (EPOCHS + 1, LAYERS + 1)


def test_both_start_from_the_same_weights_and_sigmoids_vanish() -> None:
    state = Session()
    results, starts = {}, []
    for name in ACTIVATIONS:
        net = depth_lesson.architecture(state, name).build(state.source.dataset)
        assert [W.shape[1] for W in net.weights] == [*[UNITS] * LAYERS, 1]
        starts.append(net.weights)
        results[name] = depth_lesson.train(net, state.run.X, state.run.y)
    for first, second in zip(*starts, strict=True):
        np.testing.assert_array_equal(first, second)
    ratios = {name: sizes[0, 0] / sizes[0, -1] for name, sizes in results.items()}
    assert ratios["sigmoid"] < 0.01
    assert ratios["relu"] > 0.1


def test_one_click_prints_both_ratios_and_leaves_the_run() -> None:
    app = with_norms()
    before = session(app).current
    button(app, COMPARE).click().run()
    said = texts(app)
    assert session(app).current is before
    for name in ACTIVATIONS:
        net: Network = depth_lesson.architecture(session(app), name).build(before.source.dataset)
        result = depth_lesson.train(net, before.run.X, before.run.y)
        assert depth_lesson.ratio_sentence(name, result, 4) in said
    assert not app.exception


@pytest.mark.parametrize("name", ["sigmoid", "ReLU"])
def test_either_can_be_trained_on_stage(name: str) -> None:
    app = with_norms()
    session(app).run.advance(10)
    button(app, COMPARE).click().run()
    button(app, f"Train with {name}").click().run()
    state = session(app)
    assert state.run.template.shapes == ((3, 8), (9, 8), (9, 8), (9, 8), (9, 1))
    assert state.run.template.hidden == name.lower()
    assert NORMS_VIEW in state.views
    assert state.previous is not None
    assert not app.exception


def test_a_large_table_is_sampled_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(depth_lesson, "MOST_SAMPLES", 50)
    app = with_norms()
    session(app).use(Draft.of_sample("iris"))
    app.run()
    button(app, COMPARE).click().run()
    assert "On 50 of the 120 training samples." in texts(app)
    assert MOST_SAMPLES > 50


def test_a_gradient_of_zero_has_no_ratio() -> None:
    sentence = depth_lesson.ratio_sentence("relu", np.zeros((2, 5)), 4)
    assert "undefined beside 0 = ‖∂C/∂W⁽⁵⁾‖" in sentence.replace("*", "")


def test_it_is_there_with_the_gradient_norms_alone() -> None:
    app = open_app()
    assert COMPARE not in [widget.label for widget in app.button]
