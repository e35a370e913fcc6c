"""The largest eigenvalue against the Hessian by differences, and the step that it bounds."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from core.gradients import gradients
from core.network import Network
from core.training.kernel import Weights
from core.training.landscape import (
    Curvature,
    complete,
    curvature,
    objective,
    stability,
    stability_limit,
)
from core.training.landscape.eigenvalue import MOST_PRODUCTS
from core.training.landscape.objective import Objective
from core.training.run import Run, Settings
from tests.core.oracles import (
    XOR_X,
    XOR_Y,
    Array,
    Problem,
    deep_problems,
    relative_error,
)
from tests.core.training.xor_runs import FAST, trained, xor

Place = tuple[int, int, int]


def places(net: Network, share: float, seed: int) -> frozenset[Place]:
    """Return some of a network's weights, as (layer, row, column)."""
    random = np.random.default_rng(seed)
    return frozenset(
        (layer, row, column)
        for layer, (rows, columns) in enumerate(net.shapes, start=1)
        for row, column in np.argwhere(random.random((rows, columns)) < share).tolist()
    )


def run_of(p: Problem, l2: float = 0.0, frozen: frozenset[Place] = frozenset()) -> Run:
    return Run(p.net, p.X, p.y, Settings(loss=p.loss, l2=l2, frozen=frozen))


def curvature_of(run: Run, epoch: int, rows: list[int] | None = None) -> Curvature:
    return complete(curvature(run, epoch, rows=rows))


def eigenvalues(run: Run) -> Array:
    """All eigenvalues of the weights that are not frozen, by differences of the gradient.

    Those of ReLUs are exact on a piece, so a small step; else of the fourth order.
    """
    settings, net = run.settings, run.network
    weights = Weights(net)

    def gradient(flat: Array) -> Array:
        there = net.with_weights(*weights.split(flat))
        matrices = gradients(there, run.X, run.y, settings.loss, settings.l2)
        return np.concatenate([dW.ravel() for dW in matrices])

    h = 1e-7 if net.hidden == "relu" else 1e-3
    parts = {1: 0.5} if net.hidden == "relu" else {1: 2 / 3, 2: -1 / 12}
    columns = [
        sum(
            share * (gradient(weights.flat + k * h * unit) - gradient(weights.flat - k * h * unit))
            for k, share in parts.items()
        )
        / h
        for unit in np.eye(net.size)
    ]
    frozen = [index_of(place, net) for place in settings.frozen]
    H = np.delete(np.delete(np.array(columns), frozen, 0), frozen, 1)
    return np.linalg.eigvalsh((H + H.T) / 2)


def index_of(place: Place, net: Network) -> int:
    """Return the place of a weight among all."""
    layer, row, column = place
    before = sum(rows * columns for rows, columns in net.shapes[: layer - 1])
    return before + row * net.shapes[layer - 1][1] + column


@pytest.fixture(params=["dense", "lanczos"])
def method(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(stability, "MOST_DENSE", 10**9 if request.param == "dense" else 0)
    return str(request.param)


@hypothesis_settings(deadline=None, max_examples=25)
@given(
    deep_problems(),
    st.sampled_from([0.0, 0.3]),
    st.sampled_from([0.0, 0.4]),
    st.integers(0, 99),
    st.booleans(),
)
def test_any_network_loss_and_frozen_weights(
    p: Problem, l2: float, share: float, seed: int, lanczos: bool
) -> None:
    run = run_of(p, l2, places(p.net, share, seed))
    expected = eigenvalues(run)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stability, "MOST_DENSE", 0 if lanczos else 300)
        found = curvature_of(run, 0)
    if not expected.size:
        assert found.value == 0
        return
    assert abs(found.value - expected[-1]) <= 1e-6 * np.abs(expected).max()
    assert found.method == ("lanczos" if lanczos else "dense")
    assert found.one_sided == (p.net.hidden == "relu")
    assert found.samples == len(p.X)


@hypothesis_settings(deadline=None, max_examples=40)
@given(deep_problems(), st.sampled_from([0.0, 0.3]))
def test_the_objective_has_the_derivations_gradient(p: Problem, l2: float) -> None:
    found = Objective(p.net, p.X, p.y, Settings(loss=p.loss, l2=l2))
    expected = gradients(p.net, p.X, p.y, p.loss, l2)
    flat = np.concatenate([dW.ravel() for dW in expected])
    assert relative_error(found.gradient(Weights(p.net).flat), flat) < 1e-11


def test_a_product_is_how_the_gradient_changes() -> None:
    run = trained(60, replace(FAST, l2=0.1, frozen=frozenset({(1, 0, 0), (2, 3, 0)})))
    found = Objective(run.template, run.X, run.y, run.settings)
    weights = Weights(run.network).flat
    v = np.random.default_rng(0).normal(size=13) * found.trainable
    h = 1e-5
    change = found.gradient(weights + h * v) - found.gradient(weights - h * v)
    assert relative_error(found.hessian_product(weights, v), change / (2 * h)) < 1e-8


def test_blocks_of_samples_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = curvature_of(trained(30), 30)
    monkeypatch.setattr(objective, "BLOCK", 3)
    assert curvature_of(trained(30), 30).value == pytest.approx(whole.value, rel=1e-12)


def test_it_is_of_the_epoch_and_its_settings(method: str) -> None:
    run = trained(30)
    branch = run.branch(30, settings=replace(FAST, l2=0.5, loss="mse"))
    branch.advance(10)
    found = curvature_of(branch, 40)
    assert found.value == pytest.approx(eigenvalues(branch)[-1], rel=1e-6)
    assert found.method == method
    assert curvature_of(branch, 20).value == pytest.approx(
        eigenvalues(run.branch(20))[-1], rel=1e-6
    )


def test_rows_alone(method: str) -> None:
    alone = Run(Network.init(2, 3), XOR_X[[1, 3]], XOR_Y[[1, 3]], FAST)
    found = curvature_of(xor(), 0, rows=[1, 3])
    assert (found.samples, found.method) == (2, method)
    assert found.value == pytest.approx(curvature_of(alone, 0).value, rel=1e-12)


def test_all_weights_frozen_leave_nothing() -> None:
    net = Network.init(2, 3)
    run = Run(net, XOR_X, XOR_Y, Settings(frozen=places(net, 1.1, 0)))
    assert curvature_of(run, 0) == Curvature(0.0, False, "dense", 0.0, 4)


def test_a_saturated_network_is_flat(method: str) -> None:
    net = Network.init(2, 3)
    run = Run(net.with_weights(*(1e4 * np.sign(W) for W in net.weights)), XOR_X, XOR_Y)
    found = curvature_of(run, 0)
    assert abs(found.value) < 1e-12
    assert found.residual < 1e-12
    assert found.method == method


def test_a_hessian_beyond_float64_is_no_number(method: str) -> None:
    """ŷ = w₂ w₁ x is 0, but its slope by w₂ is 1e160, and C's second derivative the square."""
    net = Network([[1e150]], [[0.0]], bias_input=False, bias_hidden=False,
                  hidden="identity", output="identity")  # fmt: skip
    run = Run(net, [[1e10]], [0.0])
    found = curvature_of(run, 0)
    assert np.isnan(found.value)
    assert found.method == method


def test_each_product_is_a_step(monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    products = []
    product = Objective.hessian_product

    def counted(self: Objective, weights: Array, v: Array) -> Array:
        products.append(v)
        return product(self, weights, v)

    monkeypatch.setattr(Objective, "hessian_product", counted)
    steps = curvature(xor(), 0)
    total = 13 if method == "dense" else MOST_PRODUCTS
    assert next(steps) == (len(products) - (method == "lanczos"), total)
    for _ in steps:
        before = len(products)
        assert before <= total
        if next(steps, None) is not None:
            assert len(products) - before <= 1
    assert len(products) >= 5


def test_an_overflow_of_squares_is_no_warning() -> None:
    """C is (w₁ w₂ x)²/2, its curvature along w₂ (w₁ x)²."""
    net = Network([[1e80]], [[0.0]], bias_input=False, bias_hidden=False,
                  hidden="identity", output="identity")  # fmt: skip
    found = curvature_of(Run(net, [[1e20]], [0.0]), 0)
    assert found.value == pytest.approx(1e200, rel=1e-9)
    assert found.residual < 1e190


@pytest.mark.parametrize("epoch", [-1, 11, 1.0])
def test_an_epoch_that_is_not_trained(epoch: int) -> None:
    with pytest.raises(ValueError, match="epoch"):
        curvature_of(trained(10), epoch)


# How large a step may be


@pytest.mark.parametrize(
    ("how", "limit"),
    [
        (Settings(learning_rate=0.5), 4.0),
        (Settings(learning_rate=0.5, batch_size=4), 4.0),
        (Settings(learning_rate=0.5, batch_size=3), None),
        (Settings(learning_rate=0.5, optimizer="momentum", momentum=0.5), 6.0),
        (Settings(learning_rate=0.5, optimizer="momentum", batch_size=1), None),
        (Settings(optimizer="nesterov"), None),
        (Settings(optimizer="rmsprop"), None),
        (Settings(optimizer="adam"), None),
    ],
)
def test_the_limit_of_each_rule(how: Settings, limit: float | None) -> None:
    assert stability_limit(how, 4) == limit


def quadratic(how: Settings) -> Run:
    """C is quadratic in W2, the only weights that move: the output is O itself."""
    net = Network.init(2, 3, output_activation="identity", seed=3)
    first = frozenset((1, row, column) for row in range(3) for column in range(3))
    return Run(net, XOR_X, [0.0, 2.0, -1.0, 1.0], replace(how, frozen=first, l2=0.05))


@pytest.mark.parametrize("optimizer", ["gd", "momentum"])
@pytest.mark.parametrize("momentum", [0.0, 0.4, 0.9])
def test_descent_diverges_just_beyond_its_limit(optimizer: str, momentum: float) -> None:
    how = Settings(optimizer=optimizer, momentum=momentum, epochs=4000)
    largest = curvature_of(quadratic(how), 0).value
    limit = stability_limit(replace(how, learning_rate=1.0), 4)
    assert limit is not None
    last = []
    for share in (0.99, 1.01):
        run = quadratic(replace(how, learning_rate=share * limit / largest))
        run.advance(4000)
        last.append(run.losses[-1])
    assert last[0] <= quadratic(how).losses[0]
    assert last[1] > 1e6 * last[0] or run.diverged
