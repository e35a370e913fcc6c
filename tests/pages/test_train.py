"""The Train page without a browser: settings, new runs and the way back."""

from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.checking.typed_number import Range
from core.losses import LOSSES
from core.network import SCHEMES, Network
from core.table.csv_table import read_csv
from core.training import symptoms
from core.utils.number_text import exact_text
from pages.ui.state.architecture import DEFAULT_ARCHITECTURE
from pages.ui.state.drafts import XOR_SETTINGS, Draft, mazur
from pages.ui.style.labels import LOSS_NAMES
from pages.ui.style.markdown import plain
from pages.ui.train import advice
from pages.ui.train.messages import WELCOME
from pages.ui.train.network_form import NO_CROSS_ENTROPY
from pages.ui.train.settings_form import PARAMETERS, apply
from tests.pages.driving import (
    ask_stage,
    button,
    messages,
    number,
    open_app,
    press_on_stage,
    select,
    session,
    stage_bytes,
    stage_texts,
    switch_on,
    texts,
    toggle,
)


@pytest.fixture
def app() -> AppTest:
    return open_app()


def press(app: AppTest, label: str) -> None:
    button(app, label).click()
    app.run()


def choose(app: AppTest, label: str, name: str) -> None:
    select(app, label).set_value(name)
    app.run()


def flip(app: AppTest, label: str) -> None:
    widget = toggle(app, label)
    widget.set_value(not widget.value)
    app.run()


def test_it_stands_ready_with_the_network_as_derived_on_xor(app: AppTest) -> None:
    assert not app.exception
    assert app.title[0].value == "XOR"
    assert "4 training samples · W⁽¹⁾ 3×3 · W⁽²⁾ 4×1 · as derived" in texts(app)
    settings = session(app).settings
    assert (settings.learning_rate, settings.epochs) == (10, 500)


def test_a_divergence_says_what_is_known_and_goes_on_with_a_rate_that_was_tried(
    app: AppTest,
) -> None:
    state = session(app)
    identity = replace(state.architecture, output_activation="identity")
    state.begin(architecture=identity)
    state.run.advance(500)
    state.show(state.run.epoch)
    app.run()
    again = advice.retry(state.run)
    said = advice.divergence_text(state.run, again, state.source.dataset)
    assert [one["text"] for one in messages(app) if one["kind"] == "warning"] == [said]
    assert again.C is not None
    press_on_stage(
        app,
        f"Go back to epoch {again.epoch:,} and continue with η = {exact_text(again.learning_rate)}",
    )
    assert "too large" not in stage_texts(app)
    assert number(app, "Learning rate η").value == again.learning_rate
    assert (state.epoch, state.settings.learning_rate) == (again.epoch, again.learning_rate)
    state.run.advance(symptoms.TRIAL)
    assert state.run.losses[-1] == again.C


def test_a_plateau_is_explained_under_the_stage(app: AppTest) -> None:
    state = session(app)
    state.begin(architecture=replace(state.architecture, scheme="zeros"))
    state.run.advance(100)
    state.show(100)
    app.run()
    said = advice.plateau_text(state.run, 100, state.source.dataset)
    assert "All hidden units are the same" in said
    assert said in stage_texts(app)
    state.show(60)
    app.run()
    assert "All hidden units are the same" not in stage_texts(app)


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
    press_on_stage(app, "Bring it back")
    assert state.run is before
    assert number(app, "Hidden units").value == 3


def test_the_same_seed_starts_from_the_same_weights_and_another_does_not(app: AppTest) -> None:
    first = session(app).run.network.W1
    press(app, "Start a new run")
    assert np.array_equal(session(app).run.network.W1, first)
    number(app, "Seed").set_value(1)
    press(app, "Start a new run")
    assert not np.array_equal(session(app).run.network.W1, first)


def test_activations_are_chosen_with_a_new_run_and_the_loss_at_once(app: AppTest) -> None:
    select(app, "Hidden units’ activation").set_value("tanh")
    select(app, "Initial weights").set_value("he_normal")
    press(app, "Start a new run")
    choose(app, "Loss C", "cross_entropy")
    assert not app.exception
    net, settings = session(app).run.network, session(app).settings
    assert (net.hidden, net.output, settings.loss) == ("tanh", "sigmoid", "cross_entropy")
    assert np.array_equal(net.W1, Network.init(2, 3, scheme="he_normal").W1)
    assert "tanh, then sigmoid · C: cross-entropy" in texts(app)
    assert "as derived" not in texts(app)
    assert select(app, "Hidden units’ activation").value == "tanh"  # the form starts from the run
    press(app, "As derived, on XOR")
    assert "as derived" in texts(app)
    assert select(app, "Hidden units’ activation").value == "sigmoid"
    assert select(app, "Loss C").value == "half_mse"


def test_every_scheme_of_core_is_offered_by_name(app: AppTest) -> None:
    assert len(select(app, "Initial weights").options) == len(SCHEMES)


def test_an_output_that_does_not_suit_the_loss_is_refused_with_a_sentence(app: AppTest) -> None:
    choose(app, "Loss C", "cross_entropy")
    before = session(app).run
    select(app, "Output’s activation").set_value("identity")
    press(app, "Start a new run")
    assert not app.exception
    assert app.error[0].value == NO_CROSS_ENTROPY
    assert session(app).run is before


def test_a_loss_that_does_not_suit_the_output_is_not_offered_and_told_why(app: AppTest) -> None:
    select(app, "Output’s activation").set_value("identity")
    press(app, "Start a new run")
    assert session(app).run.network.output == "identity"
    assert LOSS_NAMES["cross_entropy"] not in select(app, "Loss C").options
    assert len(select(app, "Loss C").options) == len(LOSSES) - 1
    assert "Cross-entropy is not offered here: it treats ŷ as a probability" in texts(app)


def test_nor_is_one_that_does_not_suit_the_targets(app: AppTest) -> None:
    exercise = mazur()
    exercise.samples.loc[0, "y1"] = 3.0
    session(app).use(exercise)
    app.run()
    assert LOSS_NAMES["cross_entropy"] not in select(app, "Loss C").options
    assert "these range from 0.99 to 3" in texts(app)


@pytest.mark.parametrize(
    ("optimizer", "own"),
    [
        ("gd", {}),
        ("momentum", {"Momentum μ": ("momentum", 0.5)}),
        ("nesterov", {"Momentum μ": ("momentum", 0.75)}),
        ("rmsprop", {"Decay α": ("alpha", 0.5), "ε": ("epsilon", 1e-6)}),
        (
            "adam",
            {"Decay β₁": ("beta1", 0.5), "Decay β₂": ("beta2", 0.9), "ε": ("epsilon", 1e-6)},
        ),
    ],
)
def test_an_optimiser_shows_its_own_parameters_and_they_reach_the_run(
    app: AppTest, optimizer: str, own: dict[str, tuple[str, float]]
) -> None:
    choose(app, "Optimiser", optimizer)
    assert session(app).run.settings.optimizer == optimizer
    every = {label for label, _ in PARAMETERS.values()}
    assert {widget.label for widget in app.text_input} & every == own.keys()
    for label, (field, value) in own.items():
        number(app, label).set_value(value)
        app.run()
        assert getattr(session(app).run.settings, field) == value
        assert number(app, label).value == value


def test_a_learning_rate_far_too_large_for_adam_is_told_and_set_in_one_click(app: AppTest) -> None:
    choose(app, "Optimiser", "adam")
    assert "η = 10 overshoots every minimum" in texts(app)
    press(app, "Set η to 0.05")
    assert session(app).run.settings.learning_rate == 0.05
    assert "overshoots" not in texts(app)


def test_batches_from_one_sample_to_all(app: AppTest) -> None:
    flip(app, "Mini-batches")
    assert session(app).run.settings.batch_size == 2
    assert "An epoch is 2 steps" in texts(app)
    number(app, "Batch size B").set_value(1)
    app.run()
    assert session(app).run.settings.batch_size == 1
    assert "batches of 1" in texts(app)  # also when the settings are closed
    number(app, "Batch size B").set_value(5).run()
    assert session(app).run.settings.batch_size == 1
    assert plain(f"type {Range(1, 4, whole=True)}.") in texts(app)
    flip(app, "Shuffle each epoch")
    assert not session(app).run.settings.shuffle
    assert "batches of 1, in order" in texts(app)
    flip(app, "Mini-batches")
    assert session(app).run.settings.batch_size is None


def test_an_epoch_of_many_steps_says_how_long_it_takes(app: AppTest) -> None:
    rows = "x,y\n" + "1,0\n2,1\n" * 100_000
    session(app).use(Draft.of_table(read_csv(rows.encode())))
    session(app).change(replace(session(app).settings, batch_size=1))
    app.run(timeout=60)
    assert "An epoch is 160,000 steps, which takes about 1 s" in texts(app)


def test_l2_reaches_the_run(app: AppTest) -> None:
    number(app, "L2 penalty λ").set_value(0.01)
    app.run()
    assert session(app).run.settings.l2 == 0.01
    assert "λ = 0.01" in texts(app)


def test_without_validation_samples_there_is_no_stopping_early_and_the_page_says_why(
    app: AppTest,
) -> None:
    assert toggle(app, "Early stopping").disabled
    assert "no validation samples:" in texts(app)


def test_patience_stops_the_run_and_its_best_epoch_is_one_click_away(app: AppTest) -> None:
    state = session(app)
    state.use(Draft.of_sample("circles"))
    app.run()
    flip(app, "Early stopping")
    number(app, "Patience P in epochs").set_value(5)
    app.run()
    state.run.advance(1000)
    assert (state.run.ended, state.run.epoch, state.run.best_epoch) == ("stopped", 7, 2)
    state.report(7, playing=False)
    app.run()
    assert b"has not improved for 5 epochs. Best: epoch 2." in stage_bytes(app)
    press_on_stage(app, "Go to epoch 2")
    assert state.epoch == 2
    assert b'"epoch": 2' in stage_bytes(app)
    assert "lowest validation loss" not in stage_texts(app)


def test_a_refused_setting_is_told_and_the_widget_snaps_back(app: AppTest) -> None:
    select(app, "Output’s activation").set_value("identity")
    press(app, "Start a new run")
    before = session(app).run
    apply(session(app), loss="cross_entropy")  # limits of widgets are not a boundary
    app.run()
    assert "needs a sigmoid or softmax output" in app.error[0].value
    assert select(app, "Loss C").value == "half_mse"
    assert session(app).run is before
    number(app, "Learning rate η").set_value(1.0)
    app.run()
    assert not app.error


def test_as_derived_brings_every_setting_back(app: AppTest) -> None:
    choose(app, "Optimiser", "adam")
    flip(app, "Mini-batches")
    number(app, "L2 penalty λ").set_value(0.5)
    app.run()
    session(app).edit(0, None, frozenset({(1, 0, 0)}))
    press(app, "As derived, on XOR")
    assert session(app).run.settings == XOR_SETTINGS
    assert session(app).architecture == DEFAULT_ARCHITECTURE


def test_the_seed_is_also_that_of_the_batches(app: AppTest) -> None:
    number(app, "Seed").set_value(7)
    press(app, "Start a new run")
    assert session(app).run.settings.seed == 7


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
    assert app.title[0].value == "Iris"
    assert "120 training samples · W⁽¹⁾ 5×3 · W⁽²⁾ 4×3" in texts(app)
    press(app, "As derived, on XOR")
    assert app.title[0].value == "XOR"
    assert session(app).run.network.W1.shape == (3, 3)


def test_the_stage_is_given_the_epoch_the_app_stands_at(app: AppTest) -> None:
    assert b'"epoch": 0' in stage_bytes(app)


def test_what_stands_still_is_drawn_when_asked_for(app: AppTest) -> None:
    assert not app.get("plotly_chart")
    switch_on(app, "explore")
    assert not app.exception
    charts = [chart.proto.spec for chart in app.get("plotly_chart")]
    assert len(charts) == 3
    assert "h3" in charts[0]


def test_a_regression_s_error_is_told_in_the_target_s_own_units() -> None:
    app = open_app()
    state = session(app)
    state.use(Draft.of_sample("auto_mpg"))
    state.run.advance(60)
    state.report(60, playing=False)
    app.run()
    data, net = state.source.dataset, state.run.at(60)
    truth = data.frame["mpg"].to_numpy()
    assert data.X_val is not None
    for rows, X in ((data.rows, data.X), (data.rows_val, data.X_val)):
        misses = data.unscale_y(net.predict(X))[:, 0] - truth[rows]
        assert f"{np.sqrt(np.mean(misses**2)):.4g}" in stage_texts(app)
    assert "RMSE" not in stage_texts(open_app())


def test_the_first_message_says_what_the_app_is_until_something_is_trained(app: AppTest) -> None:
    assert [message["text"] for message in messages(app)] == [WELCOME]
    ask_stage(app, seek=3, rest=True)
    assert session(app).run.epoch == 3
    assert WELCOME not in stage_texts(app)
