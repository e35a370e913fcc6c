"""What is said of a run that stops early or gets nowhere: each cause arranged, every word checked.

`tests.pages.advice_oracle` tells whether it is true.
"""

from collections import Counter
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import ArrayLike

from core.dataset.preparation import Dataset, from_exercise
from core.dataset.samples import prepare_sample
from core.losses import losses_for
from core.network import SCHEMES, Network
from core.training.run import Run, Settings
from core.training.settings import OPTIMIZERS
from pages.ui.state.session import Session
from pages.ui.train.advice import divergence_text, plateau_text, retry
from tests.core.oracles import Problem, autograd_gradients
from tests.pages.advice_oracle import Case, verified

XOR = prepare_sample("xor")


def network(W1: ArrayLike, W2: ArrayLike, hidden: str = "sigmoid") -> Network:
    return Network(np.asarray(W1, float), np.asarray(W2, float), hidden=hidden)


def run_of(net: Network, epochs: int, data: Dataset = XOR, **settings: Any) -> Run:
    run = Run(net, data.X, data.y, Settings(epochs=epochs, **settings))
    run.advance(epochs)
    return run


def said(run: Run, epoch: int | None = None, data: Dataset = XOR) -> list[str]:
    """The names of what is said at an epoch, the last one by default; all of it is true."""
    epoch = run.epoch if epoch is None else epoch
    return verified(plateau_text(run, epoch, data), run, epoch)


def explained(run: Run, data: Dataset = XOR) -> list[str]:
    """The names of what is said of a divergence."""
    return verified(divergence_text(run, retry(run), data), run, run.epoch)


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
        names = explained(diverged)
        assert names == ["diverged", "too_large"]

    def test_the_rate_offered_is_one_by_which_the_loss_falls(self) -> None:
        X = 1000 * np.random.default_rng(2).normal(size=(20, 2))
        data = from_exercise(X, X[:, 0] / 1000, feature_names=["pay", "age"])
        net = Network.init(2, 3, hidden_activation="relu", output_activation="identity", seed=1)
        run = run_of(net, 500, data, learning_rate=0.1)
        assert run.diverged
        again = retry(run)
        assert again.learning_rate < 1e-3
        branch = run.branch(
            again.epoch, settings=replace(run.settings, learning_rate=again.learning_rate)
        )
        branch.advance(100)
        assert branch.losses[-1] == again.C < branch.losses[again.epoch]
        names = explained(run, data)
        assert names[:2] == ["diverged", "too_large"]

    def test_where_no_smaller_rate_helps_none_is_named(self) -> None:
        net = network(1e100 * np.ones((3, 3)), 1e50 * np.ones((4, 1)), "relu")
        run = run_of(replace(net, output="identity"), 5, learning_rate=0.1)
        assert run.diverged
        assert retry(run).C is None
        assert explained(run) == ["diverged"]

    def test_epochs_of_another_loss_are_not_gone_back_to(self) -> None:
        net = Network.init(2, 3, output_activation="identity", seed=0)
        run = run_of(net, 20, learning_rate=0.01, loss="half_mse")
        run = run.branch(20, settings=Settings(learning_rate=10.0, loss="half_sse", epochs=5000))
        run.advance(5000)
        assert run.diverged
        assert retry(run).epoch >= 20

    def test_small_inputs_are_not_blamed(self, diverged: Run) -> None:
        assert "scaled_falls" not in explained(diverged)

    @pytest.mark.parametrize("scale", [1.0, 100.0])
    def test_large_inputs_are_named_where_the_loss_falls_with_scaled_ones(
        self, scale: float
    ) -> None:
        random = np.random.default_rng(2)
        X = scale * random.normal(size=(20, 2))
        data = from_exercise(X, X[:, 0] / scale, feature_names=["pay", "age"])
        net = Network.init(2, 3, output_activation="identity", seed=1, hidden_activation="relu")
        run = run_of(net, 90, data, learning_rate=0.1)
        assert run.diverged is (scale > 1)
        if run.diverged:
            names = explained(run, data)
            assert names == ["diverged", "too_large", "scaled_falls"]

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
        assert plateau_text(run, 150, XOR) == ""

    def test_too_early_nothing_is_said(self) -> None:
        run = run_of(Network.init(2, 3, seed=0), 200, learning_rate=1e-6)
        assert plateau_text(run, 99, XOR) == ""
        assert said(run, 100) == ["within"]

    def test_a_loss_that_is_down_is_no_plateau(self) -> None:
        run = run_of(Network.init(2, 3, seed=0), 20_000, learning_rate=10.0)
        assert run.losses[-1] < 0.001
        assert plateau_text(run, 20_000, XOR) == ""

    def test_losses_before_a_change_are_not_compared_with_those_after_it(self) -> None:
        run = run_of(Network.init(2, 3, seed=0), 150, learning_rate=0.01)
        assert plateau_text(run, 150, XOR)
        other = run.branch(150, settings=Settings(learning_rate=0.01, loss="half_sse", epochs=400))
        other.advance(250)
        assert plateau_text(other, 200, XOR) == ""
        assert said(other, 250)[0] in {"within", "fallen"}

    def test_zeros(self) -> None:
        run = run_of(Network.init(2, 3, scheme="zeros"), 100, learning_rate=10.0)
        assert said(run)[1:] == ["units_same"]
        assert "0.0%" not in plateau_text(run, 100, XOR)

    def test_what_the_l2_term_raises_does_not_go_up_and_down(self) -> None:
        net = Network.init(2, 4, seed=501, hidden_activation="tanh")
        run = run_of(net, 150, learning_rate=0.1, l2=0.1)
        assert said(run) == ["risen", "penalty_wins"]

    def test_rounding_is_not_called_up_and_down(self) -> None:
        run = run_of(Network.init(2, 3, seed=0), 400, learning_rate=0.01)
        run._history.losses[:401] = 0.125 * (1 + 1e-15 * (np.arange(401) % 2))
        assert "oscillates" not in plateau_text(run, 400, XOR)

    def test_a_rise_beyond_twice_is_no_percentage(self) -> None:
        net = Network.init(2, 3, output_activation="identity", seed=0)
        run = run_of(net, 5000, learning_rate=10.0)
        assert run.epoch > 110
        assert said(run, 110) == ["risen_to", "higher_each", "other_rate"]
        assert len(plateau_text(run, 110, XOR)) < 300

    def test_a_long_gradient_is_no_minimum(self) -> None:
        run = run_of(network([[30.0, 9.0]] * 2 + [[1.0, 2.0]], [[90.0], [-80.0], [1.0]]), 100)
        run = run_of(replace(run.at(0), output="identity"), 100, learning_rate=1e-9)
        assert "nearly flat" not in plateau_text(run, 100, XOR)

    def test_flat_ground(self) -> None:
        run = run_of(Network.init(2, 3, seed=0), 20_000, learning_rate=0.05, l2=0.1)
        assert said(run) == ["unchanged", "flat"]

    @pytest.mark.parametrize("bias", [60.0, 800.0])
    def test_saturated_outputs_need_no_larger_rate(self, bias: float) -> None:
        net = Network.init(2, 3, seed=0)
        W2 = net.W2.copy()
        W2[-1] += bias
        run = run_of(replace(net, W2=W2), 200, learning_rate=0.5)
        assert said(run) == ["unchanged", "output_saturated"]

    def test_without_a_gradient_no_rate_is_better(self) -> None:
        run = run_of(network([[0.0]] * 3, [[0.0], [0.0]]), 150, l2=0.01)
        assert said(run) == ["unchanged", "no_gradient"]

    def test_tiny_initial_weights(self) -> None:
        random = np.random.default_rng(0)
        W1, W2 = 0.01 * random.normal(size=(3, 3)), 0.01 * random.normal(size=(4, 1))
        for epochs in (100, 300):
            assert "tiny" in said(run_of(Network(W1, W2), epochs, learning_rate=0.5))
        assert "tiny" not in said(run_of(Network(100 * W1, 100 * W2), 300, learning_rate=1e-4))

    def test_all_weights_frozen(self) -> None:
        net = Network.init(2, 3, seed=0)
        sizes = (net.W1.shape, net.W2.shape)
        every = {(at + 1, k, l) for at, size in enumerate(sizes) for k, l in np.ndindex(size)}
        assert said(run_of(net, 100, frozen=frozenset(every))) == ["unchanged", "all_frozen"]

    def test_all_weights_of_a_deep_network_frozen(self) -> None:
        net = Network.init(2, (3, 2), seed=0)
        places = [
            (layer, k, l)
            for layer, size in enumerate(net.shapes, start=1)
            for k, l in np.ndindex(*size)
        ]
        frozen = "All weights are frozen"
        assert frozen in plateau_text(run_of(net, 100, frozen=frozenset(places)), 100, XOR)
        assert frozen not in plateau_text(run_of(net, 100, frozen=frozenset(places[1:])), 100, XOR)

    def test_dead_and_saturated_units_of_a_deep_network_are_counted_by_layer(self) -> None:
        net = Network.init(2, (3, 3, 2), seed=0, hidden_activation="relu")
        W1, W2, W3, W4 = (np.abs(matrix) for matrix in net.weights)
        W1[-1, 0] = W3[-1, :] = -50.0
        run = run_of(net.with_weights(W1, W2, W3, W4), 200, learning_rate=1e-6)
        text = plateau_text(run, 200, XOR)
        assert "3 of 8 hidden units (1 in layer 1, 2 in layer 3) are dead" in text
        run = run_of(replace(run.at(0), hidden="sigmoid"), 200, learning_rate=1e-6)
        text = plateau_text(run, 200, XOR)
        assert "3 of 8 hidden units (1 in layer 1, 2 in layer 3) are saturated" in text

    def test_tiny_initial_weights_of_a_deep_network(self) -> None:
        net = Network.init(2, (3, 4), seed=0)
        tiny = net.with_weights(*(0.01 * matrix for matrix in net.weights))
        text = plateau_text(run_of(tiny, 100, learning_rate=0.5), 100, XOR)
        assert "∂C/∂W⁽¹⁾, which has W⁽²⁾ to W⁽³⁾ as factors" in text

    def test_units_that_are_saturated(self) -> None:
        net = network(np.full((3, 3), [60.0, -60.0, 0.1]), [[1.0], [2.0], [0.1], [-1.5]])
        run = run_of(net, 400, learning_rate=0.01)
        assert "2 of 3 hidden units are saturated" in plateau_text(run, 400, XOR)
        assert said(run)[:2] == ["fallen", "saturated"]
        assert "smaller_weights" in said(run)

    def test_units_that_large_inputs_saturate(self) -> None:
        random = np.random.default_rng(4)
        X = random.normal(size=(30, 2)) * [3e4, 1] + [1e5, 0]
        data = from_exercise(X, (X[:, 1] > 0) * 1.0, feature_names=["pay", "age"])
        run = run_of(Network.init(2, 2, seed=0), 200, data, learning_rate=0.01)
        assert "scaled_inputs" in said(run, data=data)

    def test_a_dead_relu(self) -> None:
        net = network([[-1.0, 1.0]] * 2 + [[-1.0, 0.5]], [[1.0], [0.3], [0.1]], hidden="relu")
        run = run_of(net, 400, learning_rate=1e-4)
        assert "1 of 2 hidden units is dead" in plateau_text(run, 400, XOR)
        assert "dead" in said(run)

    def test_a_loss_that_goes_up_and_down(self) -> None:
        run = run_of(Network.init(2, 3, seed=1), 300, learning_rate=100.0)
        assert said(run)[0] in {"risen", "fallen"}  # in such jumps the last bit decides
        assert said(run)[1:] == ["up_and_down", "other_rate"]


# Random runs


@cache
def sample(name: str) -> Dataset:
    return prepare_sample(name)


def data_of(random: np.random.Generator) -> Dataset:
    kind = random.choice(["xor", "xor", "made", "made", "made", "large", "moons", "iris"])
    if kind in ("xor", "moons", "iris"):
        return sample(str(kind))
    N, d, K = (int(random.integers(a, b)) for a, b in ((2, 25), (1, 5), (1, 3)))
    X = random.normal(size=(N, d)) * (10.0 ** random.uniform(1, 5) if kind == "large" else 1)
    y = random.random((N, K))
    return from_exercise(X, y.round() if random.random() < 0.5 else y)


def network_of(random: np.random.Generator, data: Dataset) -> Network:
    seed, m = int(random.integers(2**31)), int(random.integers(1, 7))
    biases = [bool(random.random() < 0.85) for _ in range(2)]
    net = Network.init(
        data.X.shape[1],
        m,
        data.y.shape[1],
        bias_input=biases[0],
        bias_hidden=biases[1],
        scheme=str(random.choice(list(SCHEMES))),
        seed=seed,
        hidden_activation=str(random.choice(["sigmoid", "tanh", "relu"])),
        output_activation=str(random.choice(["sigmoid", "sigmoid", "identity"])),
    )
    scale = float(random.choice([1, 1, 1, 0.01, 30]))
    return replace(net, W1=scale * net.W1, W2=scale * net.W2)


def settings_of(random: np.random.Generator, net: Network, N: int) -> Settings:
    every = [
        (at + 1, *place) for at, W in enumerate((net.W1, net.W2)) for place in np.ndindex(W.shape)
    ]
    frozen = {0: [], 1: every, 2: every[::2]}[int(random.choice([0, 2, 1], p=[0.9, 0.07, 0.03]))]
    return Settings(
        learning_rate=float(f"{10 ** random.uniform(-4, 3):.2g}"),
        optimizer=str(random.choice(["gd", "gd", "gd", *OPTIMIZERS])),
        batch_size=int(random.integers(1, N + 1)) if random.random() < 0.2 else None,
        loss=str(random.choice(losses_for(net.output))),
        l2=10 ** random.uniform(-4, 0) if random.random() < 0.35 else 0.0,
        seed=int(random.integers(100)),
        epochs=int(random.integers(100, 500)),
        frozen=frozenset(frozen),
    )


def spoken(seed: int) -> Counter[str]:
    """What is said of a random run, at two of its epochs; all of it is true."""
    random = np.random.default_rng(seed)
    data = data_of(random)
    net = network_of(random, data)
    run = Run(net, data.X, data.y, settings_of(random, net, len(data.X)))
    run.advance(run.settings.epochs)
    names: Counter[str] = Counter()
    for epoch in {run.epoch, run.epoch // 2}:
        text = plateau_text(run, epoch, data)
        names.update(verified(text, run, epoch))
    if run.diverged:
        names.update(explained(run, data))
    return names


def test_the_gradient_it_is_checked_by_is_that_of_autograd() -> None:
    for seed in range(40):
        random = np.random.default_rng(seed)
        data = data_of(random)
        net = network_of(random, data)
        how = replace(settings_of(random, net, len(data.X)), frozen=frozenset())
        own = Case(Run(net, data.X, data.y, how), 0).gradients(net)
        expected = autograd_gradients(Problem(net, data.X, data.y, how.loss), how.l2)
        for dW, autograd in zip(own, expected, strict=True):
            np.testing.assert_allclose(dW, autograd, rtol=1e-9, atol=1e-12)


def test_what_is_said_of_random_runs_is_true() -> None:
    names = sum((spoken(seed) for seed in range(40)), Counter[str]())
    assert names.total() > 40


@pytest.mark.slow
@pytest.mark.parametrize("part", range(2))  # in them all is said that is in 400
def test_what_is_said_of_hundreds_of_random_runs_is_true(part: int) -> None:
    seeds = range(100 * part, 100 * (part + 1))
    names = sum((spoken(seed) for seed in seeds), Counter[str]())
    assert names.total() > 100
