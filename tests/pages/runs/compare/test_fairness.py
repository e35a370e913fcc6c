"""What makes a comparison unfair: each sentence names the runs, and there is none without cause."""

from dataclasses import replace

import pytest

from core.table.csv_table import read_csv
from pages.ui.runs.compare.fairness import change_sentences, measure, run_names, unfair_sentences
from pages.ui.state.architecture import Architecture
from pages.ui.state.drafts import Draft
from pages.ui.state.session import Session
from tests.pages.runs.many import change, entries, start, train, with_seeds


def sentence(session: Session) -> str:
    """The only sentence."""
    (only,) = unfair_sentences(entries(session))
    return only


def test_runs_that_differ_in_the_network_and_the_rate_are_compared_fairly() -> None:
    session = with_seeds(2)
    start(session, 30, "half the rate", learning_rate=5.0, l2=0.1, optimizer="momentum")
    session.begin(architecture=Architecture((8, 2)))
    train(session, 30, "deep")
    assert unfair_sentences(entries(session)) == []


@pytest.mark.parametrize(
    ("epochs", "changed", "parts"),
    [
        (20, {}, ["20 epochs (“other”)", "30 epochs (“base”)"]),
        (30, {"loss": "mse"}, ["half MSE (eq. 1) (“base”)", "MSE (“other”)"]),
        (30, {"batch_size": 2}, ["1 update (“base”)", "2 updates (“other”)"]),
    ],
)
def test_another_budget_loss_or_batch_is_said(
    epochs: int, changed: dict[str, object], parts: list[str]
) -> None:
    session = Session()
    train(session, 30, "base")
    start(session, epochs, "other", **changed)
    assert all(part in sentence(session) for part in parts)


def test_many_budgets_are_said_by_their_ends() -> None:
    session = Session()
    train(session, 1, "run 1")
    for epochs in range(2, 8):
        start(session, epochs, f"run {epochs}")
    assert "from 1 epoch (“run 1”) to 7 (“run 7”)" in sentence(session)


def test_mini_batches_on_the_way_are_said_as_a_range() -> None:
    session = Session()
    train(session, 10, "base")
    start(session, 10)
    change(session, 5, batch_size=1)
    session.run.advance(5)
    assert "1 to 4 updates" in sentence(session)


def test_another_split_is_said_with_its_seed() -> None:
    session = Session()
    session.use(Draft.of_sample("iris"))
    train(session, 5, "first")
    session.use(replace(Draft.of_sample("iris"), seed=7))
    train(session, 5, "second")
    told = sentence(session)
    assert "split seed 0 (“first”)" in told
    assert "split seed 7 (“second”)" in told


def test_other_data_make_no_sentence_about_their_splits() -> None:
    session = Session()
    session.use(Draft.of_sample("moons"))
    train(session, 5, "moons")
    session.use(Draft.of_sample("circles"))
    train(session, 5, "circles")
    assert "(“moons”)" in sentence(session)
    assert sentence(session).startswith("Different data: ")


def test_another_range_of_the_targets_is_another_scale() -> None:
    rows = "\n".join(f"{i},{i * i}" for i in range(30))
    draft = replace(Draft.of_table(read_csv(f"x,y\n{rows}".encode())), features=("x",), target="y")
    draft = replace(draft, task="regression")
    session = Session()
    for seed in range(8):  # the largest y is not in the training rows of each
        session.use(replace(draft, seed=seed))
        train(session, 2, f"split {seed}")
    told = "\n".join(unfair_sentences(entries(session)))
    assert "The target is scaled differently: " in told
    assert "0 … 841 to 0 … 1" in told
    assert len({measure(entry) for entry in entries(session)}) > 1


def test_early_stopping_and_divergence_name_their_runs() -> None:
    session = Session()
    session.use(Draft.of_sample("moons"))
    train(session, 400, "long")
    start(session, 400, "patient", patience=1, learning_rate=50.0)
    assert session.run.ended == "stopped"
    assert any(
        told.startswith("Early stopping ended “patient”:")
        for told in unfair_sentences(entries(session))
    )
    session = Session()
    session.begin(architecture=Architecture(output_activation="identity", hidden_activation="relu"))
    start(session, 500, "too fast", learning_rate=1e6)
    assert session.run.diverged
    assert any("diverged in “too fast”" in told for told in unfair_sentences(entries(session)))


def test_a_sum_over_more_samples_is_another_measure_and_a_mean_is_not() -> None:
    session = Session()
    for validation in (0.2, 0.5):
        for loss in ("half_sse", "half_mse"):
            session.use(replace(Draft.of_sample("moons"), validation=validation))
            session.change(replace(session.settings, loss=loss))
            train(session, 2, f"{loss} {validation}")
    of = {entry.name: measure(entry) for entry in entries(session)}
    assert of["half_mse 0.2"] == of["half_mse 0.5"]
    assert of["half_sse 0.2"] != of["half_sse 0.5"]


def test_cross_entropy_of_a_softmax_is_another_loss_than_of_a_sigmoid() -> None:
    session = Session()
    session.use(Draft.of_sample("iris"))
    session.change(replace(session.settings, loss="cross_entropy"))
    train(session, 2, "sigmoid")
    session.begin(architecture=replace(session.architecture, output_activation="softmax"))
    train(session, 2, "softmax")
    assert "cross-entropy of classes (“softmax”)" in sentence(session)


def test_a_change_of_the_loss_is_said_with_its_epoch() -> None:
    session = Session()
    train(session, 20, "base")
    change(session, 12, loss="mse")
    (told,) = change_sentences(entries(session))
    assert "before epoch 12" in told
    assert told.endswith("minimises MSE.")


def test_many_names_are_counted() -> None:
    assert run_names(entries(with_seeds(6, epochs=1))).endswith("“seed 3” and 2 more")
