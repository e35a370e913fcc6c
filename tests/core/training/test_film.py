"""What a film holds beside the weights, and going towards an epoch within a time."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from core.gradients import gradients
from core.network import Network
from core.training import history
from core.training import run as training
from core.training.film import Film
from core.training.run import Run, Settings
from core.training.settings import OPTIMIZERS
from tests.core.oracles import XOR_X, XOR_Y, relative_error


def fresh(**changed: object) -> Run:
    """XOR with a run of 60 epochs."""
    how = replace(Settings(learning_rate=0.3, epochs=60), **changed)  # type: ignore[arg-type]
    return Run(Network.init(2, 3, seed=1), XOR_X, XOR_Y, how)


changes = st.fixed_dictionaries(
    {
        "optimizer": st.sampled_from(sorted(OPTIMIZERS)),
        "batch_size": st.sampled_from([None, 1, 3]),
        "l2": st.sampled_from([0.0, 0.01]),
    }
)


def assert_true(film: Film, run: Run) -> None:
    """The gradients and updates are those of the derivation and of the run's own weights."""
    assert film.gradients is not None
    assert film.updates is not None
    for i, epoch in enumerate(film.epochs.tolist()):
        net, before = run.at(epoch), run.at(max(epoch - 1, 0))
        for ours, theirs in zip(film.gradients, gradients(net, XOR_X, XOR_Y), strict=True):
            assert relative_error(ours[i], theirs) < 1e-11  # sums of terms that cancel
        np.testing.assert_array_equal(film.updates[0][i], net.W1 - before.W1)
        np.testing.assert_array_equal(film.updates[1][i], net.W2 - before.W2)


@hypothesis_settings(deadline=None, max_examples=60)
@given(changes, st.integers(0, 30), st.integers(-1, 30), st.integers(1, 12), st.integers(1, 7))
def test_gradients_and_updates_of_any_film(
    changed: dict[str, object], trained: int, after: int, frames: int, stride: int
) -> None:
    run = fresh(**changed)
    run.advance(trained)
    film = run.film(min(after, trained), frames, stride, gradients=True, updates=True)
    bare = run.film(min(after, trained), frames, stride)
    np.testing.assert_array_equal(film.epochs, bare.epochs)
    np.testing.assert_array_equal(film.W1, bare.W1)
    np.testing.assert_array_equal(film.W2, bare.W2)
    assert (bare.gradients, bare.updates) == (None, None)
    assert_true(film, run)


@pytest.mark.parametrize("stride", [1, 25])
def test_the_last_frame_of_a_run_off_the_stride_too(stride: int) -> None:
    run = fresh()
    run.advance(40)
    film = run.film(40, 50, stride, gradients=True, updates=True)
    assert film.epochs[-1] == 60
    assert_true(film, run)


def test_a_film_that_ends_for_lack_of_time_too() -> None:
    run = fresh()
    film = run.film(0, 50, 7, seconds=0, gradients=True, updates=True)
    assert film.epochs.tolist() == [2]  # one epoch to go, and the one before it for the update
    assert_true(film, run)


@pytest.mark.parametrize("trained", [0, 40])
def test_a_film_of_every_epoch_ends_in_time_as_well(trained: int) -> None:
    run = fresh()
    run.advance(trained)
    assert run.film(0, 50, seconds=0).epochs.tolist() == [1]


def test_filming_them_changes_no_bit_of_what_follows() -> None:
    for changed in ({}, {"optimizer": "adam", "batch_size": 3}, {"l2": 0.1}):
        watched, alone = fresh(**changed), fresh(**changed)
        watched.film(0, 30, gradients=True, updates=True)
        watched.film(10, 3, gradients=True, updates=True)
        watched.advance(10)
        alone.advance(40)
        np.testing.assert_array_equal(watched.network.W1, alone.network.W1)
        np.testing.assert_array_equal(watched.losses, alone.losses)


def test_across_a_branch_the_update_is_what_changed_the_weights() -> None:
    run = fresh()
    run.advance(10)
    net = run.network
    run = run.branch(10, network=replace(net, W1=net.W1 + 1.0))
    assert_true(run.film(8, 6, gradients=True, updates=True), run)


def test_a_film_with_updates_of_a_run_that_ends_at_epoch_0() -> None:
    film = fresh(epochs=0).film(-1, 3, stride=2, updates=True)
    assert film.epochs.tolist() == [0]
    assert film.updates is not None
    assert not film.updates[0].any()


class TestSeek:
    @pytest.fixture
    def run(self, monkeypatch: pytest.MonkeyPatch) -> Run:
        """Trained to 50; kept are epochs 0, 16, 32 and 48."""
        monkeypatch.setattr(training, "epoch_time", lambda *_: history.REPLAY_TIME / 20)
        run = fresh()
        run.advance(50)
        return run

    def test_with_time_it_arrives(self, run: Run) -> None:
        assert run.seek(31) == 31

    def test_too_far_away_it_goes_to_the_nearest_kept_and_then_on(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(run, "_epoch_seconds", 10.0)
        reached = [run.seek(29, seconds=0) for _ in range(15)]
        assert reached == [*range(16, 30), 29]
        np.testing.assert_array_equal(run.at(29).W1, run.film(28, 1).W1[0])

    @pytest.mark.parametrize("updates", [False, True])
    def test_what_was_reached_is_filmed_without_another_step(
        self, run: Run, monkeypatch: pytest.MonkeyPatch, *, updates: bool
    ) -> None:
        run.seek(29)
        steps: list[int] = []
        step = run._trainer.step

        def counted(epoch: int) -> float:
            steps.append(epoch)
            return step(epoch)

        monkeypatch.setattr(run._trainer, "step", counted)
        film = run.film(29 if updates else 28, 1, updates=updates)
        expected = ([30], [29]) if updates else ([29], [])
        assert (film.epochs.tolist(), steps) == expected

    def test_on_the_way_nothing_is_lost(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(run, "_epoch_seconds", 10.0)
        run.seek(29, seconds=0)
        run.seek(29, seconds=0)
        run.advance(5)
        alone = fresh()
        alone.advance(55)
        np.testing.assert_array_equal(run.network.W1, alone.network.W1)

    def test_an_epoch_that_was_not_trained(self, run: Run) -> None:
        with pytest.raises(ValueError, match="epoch must be from 0 to 50"):
            run.seek(51)


def test_what_a_run_is_like_is_told_without_moving_it() -> None:
    run = fresh()
    run.advance(50)
    run.seek(20)
    template = run.template
    assert (template.W1.shape, template.W2.shape, template.hidden) == ((3, 3), (4, 1), "sigmoid")
    assert run._at == 20
