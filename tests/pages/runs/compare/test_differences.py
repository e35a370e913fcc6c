"""What differs between runs, what they share, and what has no effect on them."""

from dataclasses import replace

import pytest

from core.training.run import Settings
from pages.ui.runs.compare.differences import (
    FULL_BATCH,
    IN_USE,
    KEPT,
    MINI_BATCH,
    PARAMETERS,
    PREVIOUS,
    TRAINING_SEED,
    WEIGHTS_SEED,
    differing_names,
    shared_text,
)
from pages.ui.state.architecture import Architecture
from pages.ui.state.drafts import Draft, mazur
from pages.ui.state.run_list import PREVIOUS_RUN
from pages.ui.state.session import Session
from tests.pages.runs.many import change, entries, start, train, with_seeds


def test_runs_are_told_apart_by_name_and_status() -> None:
    session = Session()
    train(session, 5, "Run in use")
    start(session, 5)
    start(session, 5)
    names = {entry.name: entry.status for entry in entries(session)}
    assert names == {
        "Run in use": KEPT,
        PREVIOUS_RUN: PREVIOUS,
        "Run in use (2)": IN_USE,
    }


@pytest.mark.parametrize(
    ("changed", "differing"),
    [
        ({"learning_rate": 2.0}, {"learning rate η"}),
        ({"optimizer": "momentum"}, {"optimiser"}),
        ({"batch_size": 2}, {MINI_BATCH}),
        ({"batch_size": 4}, set()),  # all samples are the full batch
        ({"loss": "mse"}, {"loss"}),
        ({"l2": 0.1}, {"L2 λ"}),
        ({"momentum": 0.1}, set()),  # plain descent has none
        ({"epochs": 7}, {"run length"}),
        ({"frozen": frozenset({(1, 0, 0)})}, {"frozen weights"}),
    ],
)
def test_what_differs_is_found_and_what_has_no_effect_is_not(
    changed: dict[str, object], differing: set[str]
) -> None:
    session = Session()
    train(session, 3, "base")
    start(session, 3, "other", **changed)
    assert set(differing_names(entries(session))) == differing


def test_each_setting_of_training_is_among_the_choices() -> None:
    """A setting that comes later must have its place here, too."""
    session = Session()
    start(session, 1, optimizer="adam", batch_size=2)
    choices = entries(session)[0].choices
    here = {
        *("learning rate η", "optimiser", MINI_BATCH, "loss", "L2 λ", TRAINING_SEED, "run length"),
        *(*PARAMETERS.values(), "early stopping", "frozen weights", "order"),
    }
    assert here <= choices.keys()
    assert len(here) == len(Settings().fields)


def test_the_seed_of_mini_batches_counts_and_that_of_full_batches_does_not() -> None:
    session = with_seeds(2, epochs=1)
    assert differing_names(entries(session)) == [WEIGHTS_SEED]
    start(session, 1, batch_size=2)
    start(session, 1, "other", 1, batch_size=2)
    assert differing_names(entries(session)[2:]) == [WEIGHTS_SEED, TRAINING_SEED]


def test_weights_that_are_given_have_no_seed_and_other_ones_differ() -> None:
    session = Session()
    session.use(mazur())
    train(session, 1, "mazur")
    net = session.run.template
    session.begin(architecture=replace(session.architecture, given=replace(net, W1=net.W1 + 1)))
    first, second = entries(session)
    assert first.choices[WEIGHTS_SEED] is None
    assert differing_names([first, second]) == ["initial weights"]


def test_changes_on_the_way_and_edits_have_their_epochs() -> None:
    session = Session()
    train(session, 20, "base")
    change(session, 12, learning_rate=2.0)
    session.run.advance(5)
    net = session.run.at(15)
    session.edit(15, replace(net, W1=net.W1 + 1), frozenset())
    base, _, changed = entries(session)
    assert changed.choices["changes"] == "epoch 12: η 10 → 2"
    assert str(changed.choices["edited weights"]).startswith("epoch 15 (")
    assert changed.choices["learning rate η"] == "10 → 2"
    assert "learning rate η" in differing_names([base, changed])
    assert (base.choices["changes"], base.choices["edited weights"]) == (None, None)


def test_a_branch_without_a_change_is_no_difference() -> None:
    session = Session()
    train(session, 20, "base")
    session.retry(10, session.settings)
    assert differing_names(entries(session)) == []


def test_other_numbers_under_the_same_title_are_other_data() -> None:
    session = Session()
    session.use(mazur())
    train(session, 1, "one")
    session.use(replace(mazur(), samples=mazur().samples.assign(y1=0.5)))
    assert [entry.choices["data"] for entry in entries(session)] == ["Exercise", "Exercise (2)"]


def test_the_same_data_prepared_again_in_another_way_keep_their_name() -> None:
    session = Session()
    session.use(Draft.of_sample("iris"))
    train(session, 1, "one")
    session.use(replace(Draft.of_sample("iris"), seed=1, scaling="minmax"))
    one, other = entries(session)
    assert one.choices["data"] == other.choices["data"]
    assert differing_names([one, other]) == ["split seed", "scaling"]


def test_what_is_shared_is_said_in_the_fields_words() -> None:
    session = with_seeds(2)
    text = shared_text(entries(session))
    for phrase in (
        "XOR",
        "4 samples",
        "3 hidden units",
        "η = 10",
        FULL_BATCH,
        "500 epochs at most",
    ):
        assert phrase in text
    assert "seed" not in text
    assert "momentum" not in text


def test_a_choice_without_effect_on_one_run_is_not_shared_by_all() -> None:
    session = Session()
    session.use(Draft.of_sample("iris"))
    train(session, 1, "split")
    session.use(replace(Draft.of_sample("iris"), validation=0.0))
    assert "split seed" not in shared_text(entries(session))


def test_depth_and_activations_are_the_networks_own() -> None:
    session = Session()
    session.use(Draft.of_sample("iris"), Architecture((4, 3, 5), hidden_activation="tanh"))
    choices = entries(session)[0].choices
    assert choices["hidden units"] == "4, 3, 5"
    assert choices["hidden activation"] == "tanh"
