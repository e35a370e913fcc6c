"""What is said of a run that stops early or gets nowhere: each cause is arranged, and named."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import ArrayLike

from core.dataset import from_exercise
from core.network import Network
from core.samples import prepare_sample
from core.training import Run, Settings
from pages.shared.advice import plateau, retry, why_diverged
from pages.shared.session import Session

XOR = prepare_sample("xor")


def network(W1: ArrayLike, W2: ArrayLike, hidden: str = "sigmoid") -> Network:
    return Network(np.asarray(W1, float), np.asarray(W2, float), hidden=hidden)


def run_of(net: Network, epochs: int, **settings: object) -> Run:
    how = replace(Settings(epochs=epochs), **settings)  # type: ignore[arg-type]
    run = Run(net, XOR.X, XOR.y, how)
    run.advance(epochs)
    return run


class TestDivergence:
    @pytest.fixture
    def diverged(self) -> Run:
        net = Network.init(2, 3, output_activation="identity", seed=0)
        run = run_of(net, 5000, learning_rate=10.0)
        assert run.diverged
        return run

    def test_it_goes_back_to_where_the_loss_was_least(self, diverged: Run) -> None:
        again = retry(diverged)
        assert again.epoch == int(np.argmin(diverged.losses))
        assert again.learning_rate == 1.0
        assert f"After epoch {again.epoch}, " in why_diverged(diverged, XOR)
        assert "η = 10 is too large" in why_diverged(diverged, XOR)

    def test_small_inputs_are_not_blamed(self, diverged: Run) -> None:
        assert "Scale" not in why_diverged(diverged, XOR)

    def test_large_inputs_are_named(self, diverged: Run) -> None:
        data = from_exercise([[1.0, 2.0], [5000.0, 3.0]], [0.0, 1.0], feature_names=["pay", "age"])
        assert "pay reaches 5,000" in why_diverged(diverged, data)

    def test_the_session_goes_on_from_there(self) -> None:
        session = Session()
        session.run.advance(30)
        session.retry(12, replace(session.settings, learning_rate=1.0))
        assert (session.epoch, session.run.epoch) == (12, 12)
        assert session.settings.learning_rate == 1.0
        assert session.previous is not None


class TestPlateau:
    def test_while_the_loss_falls_nothing_is_said(self) -> None:
        run = run_of(Network.init(2, 3, seed=0), 200, learning_rate=10.0)
        assert plateau(run, 150, XOR) == ""

    def test_too_early_nothing_is_said(self) -> None:
        run = run_of(Network.init(2, 3, seed=0), 200, learning_rate=1e-6)
        assert plateau(run, 99, XOR) == ""
        assert plateau(run, 100, XOR) != ""

    def test_a_loss_that_is_down_is_no_plateau(self) -> None:
        run = run_of(Network.init(2, 3, seed=0), 20_000, learning_rate=10.0)
        assert run.losses[-1] < 0.001
        assert plateau(run, 20_000, XOR) == ""

    def test_units_that_are_all_the_same(self) -> None:
        net = Network(np.zeros((3, 3)), np.zeros((4, 1)))
        assert "All hidden units are the same" in plateau(run_of(net, 300), 300, XOR)

    def test_units_that_are_saturated(self) -> None:
        net = network(np.full((3, 3), [60.0, -60.0, 0.1]), [[1.0], [2.0], [0.1], [-1.5]])
        told = plateau(run_of(net, 400, learning_rate=0.01), 400, XOR)
        assert "C has fallen by" in told
        assert "2 of 3 hidden units are saturated" in told

    def test_a_dead_relu(self) -> None:
        net = network([[-1.0, 1.0]] * 2 + [[-1.0, 0.5]], [[1.0], [0.3], [0.1]], hidden="relu")
        told = plateau(run_of(net, 400, learning_rate=1e-4), 400, XOR)
        assert "1 of 2 hidden units is dead" in told

    def test_a_loss_that_jumps(self) -> None:
        run = run_of(Network.init(2, 3, seed=0), 400, learning_rate=0.01, batch_size=1)
        wild = np.where(np.arange(401) % 2, 0.13, 0.12)
        run._history.losses[:401] = wild
        assert "jumps up and down" in plateau(run, 400, XOR)

    def test_flat_ground(self) -> None:
        run = run_of(Network.init(2, 3, seed=0), 400, learning_rate=0.01)
        told = plateau(run, 400, XOR)
        assert "over the last 100 epochs" in told
        assert "near a minimum, or on the flat ground of a saddle" in told
