"""The form for the network: hidden layers, activations, the loss that goes with them."""

import pytest
from streamlit.testing.v1 import AppTest

from core.network import MAX_HIDDEN
from pages.ui.state.drafts import Draft
from pages.ui.state.session import KEY, Session
from pages.ui.train.network_form import (
    ADD_LAYER,
    NO_CROSS_ENTROPY,
    NO_SOFTMAX,
    REMOVE_LAYER,
    SOFTMAX_LOSS,
    USE_CROSS_ENTROPY,
    USE_HALF_MSE,
)
from tests.pages.driving import button, number, open_app, select, session, texts


@pytest.fixture
def app() -> AppTest:
    return open_app()


def of_iris() -> AppTest:
    state = Session()
    state.use(Draft.of_sample("iris"))
    app = open_app()
    app.session_state[KEY] = state
    return app.run()


def labels(app: AppTest) -> list[str]:
    return [field.label for field in app.sidebar.text_input if "idden" in field.label]


def press(app: AppTest, label: str) -> AppTest:
    return button(app, label).click().run()


def test_one_layer_looks_as_ever(app: AppTest) -> None:
    assert labels(app) == ["Hidden units"]
    assert REMOVE_LAYER not in [widget.label for widget in app.button]


def test_layers_are_added_and_removed_and_start_nothing_until_submitted(app: AppTest) -> None:
    before = session(app).current
    press(app, ADD_LAYER)
    assert labels(app) == ["Units in hidden layer 1", "Units in hidden layer 2"]
    press(app, ADD_LAYER)
    press(app, REMOVE_LAYER)
    assert session(app).current is before
    number(app, "Units in hidden layer 1").set_value("5")
    number(app, "Units in hidden layer 2").set_value("2")
    press(app, "Start a new run")
    assert session(app).architecture.hidden == (5, 2)
    assert session(app).run.template.shapes == ((3, 5), (6, 2), (3, 1))
    assert labels(app) == ["Units in hidden layer 1", "Units in hidden layer 2"]
    assert not app.exception


def test_there_are_at_most_as_many_layers_as_core_takes(app: AppTest) -> None:
    for _ in range(MAX_HIDDEN - 1):
        press(app, ADD_LAYER)
    assert len(labels(app)) == MAX_HIDDEN
    assert button(app, ADD_LAYER).disabled
    press(app, "Start a new run")
    assert session(app).run.template.layers == MAX_HIDDEN + 1
    assert not app.exception


def test_a_wrong_size_of_any_layer_starts_nothing(app: AppTest) -> None:
    before = session(app).current
    press(app, ADD_LAYER)
    number(app, "Units in hidden layer 2").set_value("many")
    press(app, "Start a new run")
    assert session(app).current is before
    assert len(app.error) == 1


def test_softmax_is_offered_for_several_outputs(app: AppTest) -> None:
    assert "softmax" not in select(app, "Output’s activation").options
    assert NO_SOFTMAX in texts(app)
    app = of_iris()
    assert "softmax" in select(app, "Output’s activation").options
    assert NO_SOFTMAX not in texts(app)


def test_cross_entropy_is_offered_with_softmax() -> None:
    app = of_iris()
    select(app, "Output’s activation").set_value("softmax")
    press(app, "Start a new run")
    state = session(app)
    assert state.run.template.output == "softmax"
    assert SOFTMAX_LOSS in texts(app)
    press(app, USE_CROSS_ENTROPY)
    assert state.settings.loss == "cross_entropy"
    assert SOFTMAX_LOSS not in texts(app)
    assert not app.exception


def test_an_identity_refuses_cross_entropy_in_a_sentence() -> None:
    app = of_iris()
    select(app, "Output’s activation").set_value("softmax")
    press(app, "Start a new run")
    press(app, USE_CROSS_ENTROPY)
    before = session(app).current
    select(app, "Output’s activation").set_value("identity")
    press(app, "Start a new run")
    assert session(app).current is before
    assert app.error[0].value == NO_CROSS_ENTROPY
    press(app, USE_HALF_MSE)
    assert session(app).run.template.output == "identity"
    assert session(app).settings.loss == "half_mse"
    assert not app.error
