"""The weights along a run's path: evenly spaced, exact, bounded, and the run as it was."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from core.network import Network
from core.training.kernel import Weights
from core.training.landscape import Plane, WeightPath, complete, path
from core.training.run import Run, Settings
from tests.core.oracles import XOR_X, XOR_Y, Array, same_bits
from tests.core.training.xor_runs import FAST, diverging, trained, xor

EVERYTHING = frozenset(
    (layer, row, column)
    for layer, (rows, columns) in enumerate(((3, 3), (4, 1)), start=1)
    for row, column in np.ndindex(rows, columns)
)
MOMENTUM = replace(FAST, optimizer="momentum", learning_rate=1.0, batch_size=2)


def assert_of(found: WeightPath, run: Run, most: int = path.MOST_EPOCHS) -> None:
    """Epochs in order, the first and the latest among them, with exactly the run's weights."""
    epochs = found.epochs.tolist()
    assert epochs == sorted(set(epochs))
    assert (epochs[0], epochs[-1]) == (0, run.epoch)
    assert len(epochs) <= most
    assert found.weights.shape == (len(epochs), run.template.size)
    for epoch, row in zip(epochs, found.weights, strict=True):
        assert row.tobytes() == Weights(run.at(epoch)).flat.tobytes()


def lengths(run: Run) -> Array:
    """The length of the path up to each epoch."""
    weights = np.array([Weights(run.at(epoch)).flat for epoch in range(run.epoch + 1)])
    steps = np.linalg.norm(np.diff(weights, axis=0), axis=1)
    return np.concatenate([[0.0], steps.cumsum()])


@hypothesis_settings(deadline=None, max_examples=30)
@given(st.integers(0, 80), st.integers(2, 40), st.sampled_from([FAST, MOMENTUM]))
def test_any_run(epochs: int, most: int, how: Settings) -> None:
    run = trained(epochs, how)
    found = WeightPath.of(run, most)
    assert_of(found, run, most)
    along = lengths(run)
    wanted = np.linspace(0.0, along[-1], most)
    distance = np.abs(along[found.epochs] - wanted[:, np.newaxis]).min(axis=1)
    nearest = np.abs(along - wanted[:, np.newaxis]).min(axis=1)
    np.testing.assert_allclose(distance, nearest, atol=1e-12 * (1 + along[-1]))


@pytest.mark.usefixtures("thinned")
@pytest.mark.parametrize("pause", [0.0, 10.0])
def test_whatever_is_replayed_and_in_whatever_slices(
    monkeypatch: pytest.MonkeyPatch, pause: float
) -> None:
    monkeypatch.setattr(path, "SLICE", pause)
    run = trained(97, MOMENTUM)
    assert_of(WeightPath.of(run, 20), run, 20)


def test_a_long_run_is_looked_at_here_and_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where checkpoints are, so that nothing is replayed."""
    monkeypatch.setattr(path, "CANDIDATES", 12)
    run = trained(3000, replace(FAST, epochs=3000))
    found = WeightPath.of(run)
    assert_of(found, run, 12)
    assert len(found.epochs) > 4
    assert (found.epochs[:-1] % run.checkpoint_stride == 0).all()


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(path, "MAX_BYTES", 7 * 13 * 8 + 5)
    run = trained(200)
    found = WeightPath.of(run)
    assert_of(found, run, 7)
    assert len(found.epochs) == 7


def test_a_run_that_diverges_ends_with_its_last_finite_epoch() -> None:
    run = diverging(500)
    assert run.diverged
    found = WeightPath.of(run)
    assert_of(found, run)
    assert np.isfinite(found.weights).all()


def test_steps_whose_squares_overflow() -> None:
    """η λ is 2 and the units are saturated: w becomes −w, and back."""
    net = Network.init(2, 3, bias_input=False, bias_hidden=False)
    net = net.with_weights(*(4e153 * np.sign(W) for W in net.weights))
    run = Run(net, XOR_X[1:3], XOR_Y[1:3], Settings(learning_rate=2.0, l2=1.0, epochs=3))
    run.advance(3)
    found = WeightPath.of(run)
    assert found.epochs.tolist() == [0, 1, 2, 3]
    assert Plane.of_path(found, run).share == pytest.approx(1.0)


def test_weights_that_do_not_move() -> None:
    run = xor().branch(0, settings=replace(FAST, frozen=EVERYTHING))
    run.advance(30)
    assert WeightPath.of(run).epochs.tolist() == [0, 30]


def test_weights_that_do_not_move_at_the_end() -> None:
    run = trained(20).branch(20, settings=replace(FAST, frozen=EVERYTHING))
    run.advance(30)
    found = WeightPath.of(run, 5)
    assert_of(found, run, 5)
    assert len(found.epochs) == 5


@pytest.mark.usefixtures("thinned")
def test_the_run_goes_on_as_if_nobody_had_looked() -> None:
    run, other = trained(50, MOMENTUM), trained(50, MOMENTUM)
    WeightPath.of(run)
    assert run.epoch == 50
    run.advance(40)
    other.advance(40)
    np.testing.assert_array_equal(run.losses, other.losses)
    assert same_bits(run.network, other.network)


def test_steps_tell_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(path, "SLICE", 0.0)
    calls = list(WeightPath.steps(trained(20)))
    assert calls == sorted(calls)
    assert calls[-1] == (40, 40)


def test_it_may_end_before_the_run_does() -> None:
    run = trained(60)
    found = complete(WeightPath.steps(run, latest=25))
    assert (found.epochs[0], found.epochs[-1]) == (0, 25)
    with pytest.raises(ValueError, match="latest must be from 0 to 60"):
        complete(WeightPath.steps(run, latest=61))


@pytest.mark.parametrize("most", [1, 2.5, "many"])
def test_wrong_numbers_of_epochs(most: int) -> None:
    with pytest.raises(ValueError, match="most"):
        WeightPath.of(xor(), most)
