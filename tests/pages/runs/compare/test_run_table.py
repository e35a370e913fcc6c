"""The table of runs: its numbers, what is best, the filter, and the CSV."""

import io

import numpy as np
import pandas as pd
import pytest

from core.dataset.metrics import accuracy, class_indices, confusion, residuals
from pages.ui.runs.compare.differences import WEIGHTS_SEED
from pages.ui.runs.compare.run_table import (
    ACCURACY,
    BEST,
    ENDED,
    EPOCHS,
    NAME,
    R2,
    VALIDATION_ACCURACY,
    VALIDATION_C,
    C,
    matching_entries,
    run_frame,
    run_results,
    runs_csv,
)
from pages.ui.state.architecture import Architecture
from pages.ui.state.drafts import Draft
from pages.ui.state.session import Session
from tests.pages.runs.many import entries, start, train, with_seeds


@pytest.fixture(scope="module")
def iris() -> Session:
    session = Session()
    session.use(Draft.of_sample("iris"))
    train(session, 40, "first")
    start(session, 60, "=second", 3)
    return session


def test_results_are_those_of_the_latest_epoch(iris: Session) -> None:
    for entry in entries(iris):
        run, results = entry.run, run_results(entry)
        assert run.validation is not None
        assert run.val_losses is not None
        assert results[C] == run.losses[run.epoch]
        assert results[VALIDATION_C] == run.val_losses[run.epoch]
        for name, (X, y) in ((ACCURACY, (run.X, run.y)), (VALIDATION_ACCURACY, run.validation)):
            right, said = class_indices(y), class_indices(run.network.predict(X))
            assert results[name] == pytest.approx(accuracy(confusion(right, said, y.shape[1])))


def test_a_regression_has_r2_in_its_place() -> None:
    session = Session()
    session.use(Draft.of_sample("auto_mpg"))
    train(session, 5)
    (entry,) = entries(session)
    run, data = entry.run, entry.experiment.source.dataset
    expected = residuals(data, run.y, run.network.predict(run.X)).r2[0]
    assert run_results(entry)[R2] == pytest.approx(expected)
    assert {R2, ACCURACY} & {*run_frame([entry]).columns} == {R2}


def test_only_what_differs_has_a_column_and_numbers_are_numbers(iris: Session) -> None:
    frame = run_frame(entries(iris))
    assert WEIGHTS_SEED in frame
    assert "learning rate η" not in frame
    assert ENDED not in frame
    for name in (C, VALIDATION_C, ACCURACY, EPOCHS, WEIGHTS_SEED):
        assert pd.api.types.is_numeric_dtype(frame[name])
    assert frame[C].tolist() == [entry.run.losses[-1] for entry in entries(iris)]


def test_without_validation_there_are_no_columns_for_it() -> None:
    assert VALIDATION_C not in run_frame(entries(with_seeds(2)))


def test_how_runs_ended_has_a_column_where_that_differs() -> None:
    session = with_seeds(2)
    start(session, 40, "over", epochs=40)
    assert run_frame(entries(session))[ENDED].tolist() == ["", "", "run length"]


def test_the_lowest_loss_and_the_highest_accuracy_are_marked(iris: Session) -> None:
    frame = run_frame(entries(iris))
    for name, place in ((C, frame[C].argmin()), (ACCURACY, frame[ACCURACY].argmax())):
        marked = [name in text.split(" · ") for text in frame[BEST]]
        assert marked == [place == row for row in range(len(frame))]


def test_nothing_is_best_among_equals_or_alone() -> None:
    session = Session()
    train(session, 5, "base")
    assert run_frame(entries(session))[BEST].tolist() == [""]
    start(session, 5, "again")
    assert run_frame(entries(session))[BEST].tolist() == ["", ""]


def test_losses_of_two_kinds_are_not_ranked_against_each_other() -> None:
    session = with_seeds(2)
    start(session, 400, "mse", loss="mse")
    best = run_frame(entries(session)).set_index(NAME)[BEST]
    assert C not in best["mse"].split(" · ")
    assert sum(C in text.split(" · ") for text in best) == 1


@pytest.mark.parametrize(
    ("text", "data", "names"),
    [
        ("", (), ["first", "=second"]),
        ("SECOND", (), ["=second"]),
        ("seed 3", (), ["=second"]),
        ("seed, sigmoid", (), ["first", "=second"]),
        ("adam", (), []),
        ("", ("Iris",), ["first", "=second"]),
        ("", ("XOR",), []),
    ],
)
def test_the_filter_finds_each_part(
    iris: Session, text: str, data: tuple[str, ...], names: list[str]
) -> None:
    assert [entry.name for entry in matching_entries(entries(iris), text, data)] == names


def test_the_csv_has_every_choice_all_digits_and_no_formula(iris: Session) -> None:
    here = entries(iris)
    frame = pd.read_csv(io.StringIO(runs_csv(here)))
    assert frame[NAME].tolist() == ["first", "'=second"]
    np.testing.assert_array_equal(frame[C], [entry.run.losses[-1] for entry in here])
    assert {*here[0].choices} <= {*frame.columns}
    assert frame["learning rate η"].tolist() == [5, 5]


def test_a_seed_that_a_browser_would_round_is_text_with_all_its_digits() -> None:
    session = with_seeds(1)
    for seed in (2**63, 2**64 - 1):
        start(session, 3, f"seed {seed}", seed)
    assert run_frame(entries(session))[WEIGHTS_SEED].tolist() == ["0", str(2**63), str(2**64 - 1)]


def test_runs_that_diverged_are_never_best_and_their_huge_losses_are_blank() -> None:
    session = Session()
    session.begin(architecture=Architecture(output_activation="identity", hidden_activation="relu"))
    for name, rate in (("fast", 1e6), ("faster", 1e7)):
        start(session, 500, name, learning_rate=rate)
        assert session.run.diverged
    frame = run_frame(entries(session))
    assert set(frame[BEST]) == {""}
    assert {*frame[ENDED]} >= {"diverged"}
    assert not (frame[C].abs() > 2**53).any()
