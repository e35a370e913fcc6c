"""Films: their epochs and weights, gradients and updates, and their end."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from core.gradients import gradients
from core.network import Network
from core.training.film import Film
from core.training.run import Run, Settings
from core.training.settings import MAX_EPOCHS, OPTIMIZERS
from tests.core.oracles import XOR_X, XOR_Y, relative_error
from tests.core.training.xor_runs import FAST, assert_film_is_of, diverging, trained, xor


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


@pytest.mark.usefixtures("thinned")
class TestFilm:
    def test_frames_follow_the_stride_and_train_on(self) -> None:
        run = trained(10)
        film = run.film(4, 5, stride=3)
        np.testing.assert_array_equal(film.epochs, [7, 10, 13, 16, 19])
        assert run.epoch == 19
        assert_film_is_of(film, run.at)

    def test_replayed_and_trained_frames_are_the_same_bits(self) -> None:
        run = xor()
        first, again = run.film(0, 90), run.film(0, 90)
        np.testing.assert_array_equal(first.epochs, np.arange(1, 91))
        for name in ("epochs", "W1", "W2"):
            assert getattr(first, name).tobytes() == getattr(again, name).tobytes()
        assert_film_is_of(first, lambda epoch: trained(epoch).network)

    def test_a_replay_trains_nothing(self) -> None:
        run = trained(50)
        run.film(10, 40)
        assert run.epoch == 50

    def test_filming_trains_the_same_epochs_as_advancing(self) -> None:
        run = xor()
        run.film(0, 10, stride=5)
        assert run.epoch == 50
        assert run.losses.tobytes() == trained(50).losses.tobytes()

    def test_epoch_0_can_be_filmed(self) -> None:
        np.testing.assert_array_equal(xor().film(-1, 2).epochs, [0, 1])

    @pytest.mark.parametrize("before", [0, 20])
    def test_it_ends_with_the_last_epoch_off_the_stride(self, before: int) -> None:
        run = trained(before, replace(FAST, epochs=20))
        np.testing.assert_array_equal(run.film(0, 9, stride=8).epochs, [8, 16, 20])

    def test_it_holds_the_last_epoch_once(self) -> None:
        run = xor(how=replace(FAST, epochs=20))
        np.testing.assert_array_equal(run.film(0, 9, stride=10).epochs, [10, 20])

    def test_after_the_last_epoch_it_is_empty(self) -> None:
        film = trained(20, replace(FAST, epochs=20)).film(20, 5)
        assert (film.epochs.shape, film.W1.shape, film.W2.shape) == ((0,), (0, 3, 3), (0, 4, 1))

    def test_it_ends_with_the_last_finite_epoch_of_a_run_that_diverges(self) -> None:
        last = diverging(500).epoch
        stride = 7 if last % 7 else 6
        film = diverging(0).film(0, 500, stride)
        assert list(film.epochs) == [*range(stride, last, stride), last]

    def test_without_time_it_still_gets_on(self) -> None:
        run = xor()
        for epoch in range(1, 4):
            np.testing.assert_array_equal(
                run.film(run.epoch, 10, stride=5, seconds=0).epochs, [epoch]
            )
        assert run.epoch == 3

    def test_without_time_a_replay_still_gets_on(self) -> None:
        run = trained(100)
        np.testing.assert_array_equal(run.film(50, 10, stride=5, seconds=0).epochs, [51])
        assert_film_is_of(run.film(50, 10, stride=5, seconds=0), run.at)

    def test_when_time_runs_out_it_ends_with_the_epoch_reached(self) -> None:
        run = xor(how=Settings(epochs=MAX_EPOCHS))
        film = run.film(0, MAX_EPOCHS, stride=7, seconds=0.02)
        assert film.epochs[-1] == run.epoch < MAX_EPOCHS
        assert (film.epochs[:-1] == 7 * np.arange(1, len(film.epochs))).all()

    def test_it_starts_from_an_epoch_that_was_trained(self) -> None:
        with pytest.raises(ValueError, match="after must be from -1 to 10, not 11"):
            trained(10).film(11, 1)
