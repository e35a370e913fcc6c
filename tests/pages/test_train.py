"""The Train page without a browser: settings, new runs and the way back."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.network import SCHEMES, Network
from tests.pages.driving import button, number, open_app, select, session, texts, toggle


@pytest.fixture
def app() -> AppTest:
    return open_app()


def press(app: AppTest, label: str) -> None:
    button(app, label).click()
    app.run()


def test_it_stands_ready_with_the_network_as_derived_on_xor(app: AppTest) -> None:
    assert not app.exception
    assert "**XOR**: 4 training samples · W⁽¹⁾ 3×3 · W⁽²⁾ 4×1" in texts(app)
    assert "as derived" in texts(app)
    settings = session(app).settings
    assert (settings.learning_rate, settings.epochs) == (10, 500)


def test_another_network_begins_a_new_run_and_the_one_before_can_be_brought_back(
    app: AppTest,
) -> None:
    state = session(app)
    before = state.run
    before.advance(20)
    number(app, "Hidden units").set_value(5)
    toggle(app, "Bias in W⁽²⁾").set_value(False)
    press(app, "Start a new run")
    assert state.run.network.W1.shape == (3, 5)
    assert state.run.network.W2.shape == (5, 1)
    assert (state.run.epoch, state.epoch) == (0, 0)
    assert "as derived" not in texts(app)
    press(app, "Bring it back")
    assert state.run is before
    assert number(app, "Hidden units").value == 3


def test_the_same_seed_starts_from_the_same_weights_and_another_does_not(app: AppTest) -> None:
    first = session(app).run.network.W1
    press(app, "Start a new run")
    assert np.array_equal(session(app).run.network.W1, first)
    number(app, "Seed").set_value(1)
    press(app, "Start a new run")
    assert not np.array_equal(session(app).run.network.W1, first)


def test_activations_and_loss_are_chosen_with_a_new_run(app: AppTest) -> None:
    select(app, "Hidden units’ activation").set_value("tanh")
    select(app, "Loss C").set_value("cross_entropy")
    select(app, "Initial weights").set_value("he_normal")
    press(app, "Start a new run")
    assert not app.exception
    net, settings = session(app).run.network, session(app).settings
    assert (net.hidden, net.output, settings.loss) == ("tanh", "sigmoid", "cross_entropy")
    assert np.array_equal(net.W1, Network.init(2, 3, scheme="he_normal").W1)
    assert "tanh, then sigmoid · C: cross-entropy" in texts(app)
    assert "as derived" not in texts(app)
    assert select(app, "Hidden units’ activation").value == "tanh"  # the form starts from the run
    assert select(app, "Loss C").value == "cross_entropy"
    press(app, "As derived, on XOR")
    assert "as derived" in texts(app)
    assert select(app, "Loss C").value == "half_mse"


def test_every_scheme_of_core_is_offered_by_name(app: AppTest) -> None:
    assert len(select(app, "Initial weights").options) == len(SCHEMES)


def test_a_loss_that_does_not_suit_the_output_is_refused_with_a_sentence(app: AppTest) -> None:
    before = session(app).run
    select(app, "Output’s activation").set_value("identity")
    select(app, "Loss C").set_value("cross_entropy")
    press(app, "Start a new run")
    assert not app.exception
    assert "needs a sigmoid output" in app.error[0].value
    assert session(app).run is before


def test_the_learning_rate_takes_hold_from_the_epoch_on_display(app: AppTest) -> None:
    state = session(app)
    state.run.advance(50)
    state.report(30, playing=False)
    number(app, "Learning rate η").set_value(2.5)
    app.run()
    assert state.epoch == state.run.epoch == 30
    assert state.run.settings_at(29).learning_rate == 10
    assert state.run.settings_at(30).learning_rate == 2.5
    assert number(app, "Learning rate η").value == 2.5


def test_a_longer_run_goes_on_where_it_ended(app: AppTest) -> None:
    state = session(app)
    state.run.advance(500)
    state.report(500, playing=False)
    number(app, "Run length in epochs").set_value(600)
    app.run()
    state.run.advance(1000)
    assert state.run.epoch == 600


def test_settings_are_there_again_after_another_page(app: AppTest) -> None:
    number(app, "Learning rate η").set_value(3.0)
    app.run()
    app.switch_page("pages/dataset.py").run()
    app.switch_page("pages/train.py").run()
    assert number(app, "Learning rate η").value == 3.0


def test_as_derived_is_one_click_away(app: AppTest) -> None:
    app.switch_page("pages/dataset.py").run()
    press(app, "Iris")
    app.switch_page("pages/train.py").run()
    assert "**Iris**: 120 training samples · W⁽¹⁾ 5×3 · W⁽²⁾ 4×3" in texts(app)
    press(app, "As derived, on XOR")
    assert "**XOR**" in texts(app)
    assert session(app).run.network.W1.shape == (3, 3)


def test_the_stage_is_given_the_epoch_the_app_stands_at(app: AppTest) -> None:
    component = app.get("bidi_component")[0].proto
    assert component.component_name == "chainscope_stage"
    assert b'"epoch": 0' in component.bytes


def test_what_stands_still_is_drawn_when_asked_for(app: AppTest) -> None:
    assert not app.get("plotly_chart")
    toggle(app, "Explore epoch 0").set_value(True)
    app.run()
    assert not app.exception
    assert len(app.get("plotly_chart")) == 3
