"""Planes: principal components by NumPy's SVD, orthonormal, and what stands in for a second."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from core.gradients import gradients
from core.network import Network
from core.training.kernel import Weights
from core.training.landscape import Plane, WeightPath
from core.training.landscape import plane as plane_module
from core.training.run import Run, Settings
from tests.core.oracles import XOR_X, XOR_Y, Array, same_bits
from tests.core.training.xor_runs import FAST, diverging, trained, xor


def assert_orthonormal(plane: Plane) -> None:
    np.testing.assert_allclose(plane.directions @ plane.directions.T, np.eye(2), atol=1e-12)


def path_of(weights: Array) -> WeightPath:
    """A path with those weights at the run's first epoch, which stands for all."""
    return WeightPath(np.zeros(len(weights), dtype=np.int64), weights)


def gradient_at(run: Run, epoch: int) -> Array:
    how = run.settings
    matrices = gradients(run.at(epoch), run.X, run.y, how.loss, how.l2)
    return np.concatenate([dW.ravel() for dW in matrices])


def distance(plane: Plane, weights: Array) -> float:
    """How far weights (P,) are from the plane."""
    a, b = plane.coordinates(weights)
    return float(np.linalg.norm(plane.point(a, b) - weights))


@hypothesis_settings(deadline=None, max_examples=50)
@given(
    st.integers(3, 40), st.integers(1, 12), st.integers(0, 99), st.sampled_from([1e-9, 1.0, 1e153])
)
def test_two_components_hold_what_they_hold_by_the_svd(
    n: int, units: int, seed: int, size: float
) -> None:
    run = Run(Network.init(2, units), XOR_X, XOR_Y)
    random = np.random.default_rng(seed)
    P = run.template.size
    weights = random.normal(size=(n, P)) * random.uniform(0.1, 3.0, P)
    plane = Plane.of_path(path_of(size * weights), run)
    assert_orthonormal(plane)
    assert plane.sources == ("path", "path")
    _, spreads, components = np.linalg.svd(weights - weights.mean(axis=0), full_matrices=False)
    variance = spreads**2 / (spreads**2).sum()
    assert plane.share == pytest.approx(variance[:2].sum(), rel=1e-12)
    np.testing.assert_allclose(plane.origin / size, weights.mean(axis=0), atol=1e-12)
    if min(spreads[0] / spreads[1], spreads[1] / spreads[2:3].sum() if n > 3 else 2.0) > 1.01:
        same = np.abs((plane.directions * components[:2]).sum(axis=1))
        np.testing.assert_allclose(same, 1.0, rtol=1e-9)


def test_on_xor_two_components_hold_999_in_a_thousand_of_the_variance() -> None:
    run = trained(500)
    path = WeightPath.of(run)
    plane = Plane.of_path(path, run)
    assert plane.share > 0.999
    assert_orthonormal(plane)
    along = plane.coordinates(path.weights)
    assert (along[-1] >= along[0]).all()  # towards the latest epoch
    again = Plane.of_path(WeightPath.of(trained(500)), run)
    assert plane.directions.tobytes() == again.directions.tobytes()


def test_points_and_coordinates_are_each_others_inverse() -> None:
    run = trained(50)
    plane = Plane.of_path(WeightPath.of(run), run)
    a, b = np.random.default_rng(0).normal(size=(2, 4, 5))
    points = plane.point(a, b)
    assert points.shape == (4, 5, 13)
    np.testing.assert_allclose(plane.coordinates(points), np.stack([a, b], -1), atol=1e-12)
    net = plane.network(run.template, a[1, 2], b[1, 2])
    assert same_bits(net, run.template.with_weights(*Weights(net).split(points[1, 2])))


def test_blocks_of_weights_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    run = trained(8)
    path = WeightPath.of(run)
    whole = Plane.of_path(path, run)
    monkeypatch.setattr(plane_module, "BLOCK", 30)
    parts = Plane.of_path(path, run)
    np.testing.assert_allclose(parts.directions, whole.directions, atol=1e-9)
    assert parts.share == pytest.approx(whole.share, rel=1e-12)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda run, path: Plane.of_path(path=run, run=path), "path must be a WeightPath"),
        (
            lambda run, _: Plane.through(run, 5),  # type: ignore[arg-type]
            "epochs must be three epochs of the run, not 5",
        ),
        (lambda run, path: Plane.of_path(path, run).coordinates(np.zeros(12)), r"\(…, 13\)"),
        (
            lambda run, path: Plane.of_path(path, run).network(Network.init(2, 4), 0, 0),
            "template must have 13 weights, not 17",
        ),
        (
            lambda _, path: Plane.of_path(path, Run(Network.init(2, 4), XOR_X, XOR_Y)),
            "path must be one of the run",
        ),
    ],
)
def test_wrong_arguments(wrong: Callable[[Run, WeightPath], object], message: str) -> None:
    run = trained(5)
    with pytest.raises(ValueError, match=message):
        wrong(run, WeightPath.of(run))


def test_a_path_that_diverges_has_its_plane_without_a_warning() -> None:
    run = diverging(500)
    plane = Plane.of_path(WeightPath.of(run), run)
    assert_orthonormal(plane)
    assert 0.99 < plane.share <= 1.0


# Where the path spans no plane


@pytest.mark.parametrize("l2", [0.0, 0.1])
def test_a_straight_path_takes_the_gradient(l2: float) -> None:
    run = trained(1, replace(FAST, l2=l2))
    frozen = run.branch(1, settings=replace(run.settings, frozen=frozenset({(1, 0, 0)})))
    for each in (run, frozen):
        path = WeightPath.of(each)
        plane = Plane.of_path(path, each)
        assert plane.sources == ("path", "gradient")
        assert plane.share == pytest.approx(1.0, abs=1e-12)
        assert_orthonormal(plane)
        along = path.weights[1] - path.weights[0]
        np.testing.assert_allclose(plane.directions[0], along / np.linalg.norm(along), atol=1e-12)
        gradient = gradient_at(each, 1)
        gradient[0] *= each is run
        rest = gradient - (gradient @ plane.directions[0]) * plane.directions[0]
        np.testing.assert_allclose(plane.directions[1], rest / np.linalg.norm(rest), atol=1e-9)


@pytest.mark.parametrize("n", [2, 30, 500])
@pytest.mark.parametrize("units", [3, 300])
def test_a_straight_path_of_many_epochs_too(n: int, units: int) -> None:
    run = Run(Network.init(2, units), XOR_X, XOR_Y)
    random = np.random.default_rng(n)
    start, along = random.normal(size=(2, run.template.size))
    weights = start + np.multiply.outer(random.uniform(0, 1, n), along)
    assert Plane.of_path(path_of(weights), run).sources == ("path", "gradient")


def test_a_single_epoch_has_the_gradient_and_a_weight() -> None:
    run = xor()
    plane = Plane.of_path(WeightPath.of(run), run)
    assert plane.sources == ("weight", "gradient")
    assert plane.share == 1.0
    assert_orthonormal(plane)
    gradient = gradient_at(run, 0)
    np.testing.assert_allclose(plane.directions[1], gradient / np.linalg.norm(gradient))


def test_without_a_gradient_two_weights() -> None:
    net = Network.init(2, 3, scheme="zeros", output_activation="identity")
    first = frozenset((1, row, column) for row in range(3) for column in range(3))
    run = Run(net, XOR_X, np.zeros(4), Settings(frozen=first))
    plane = Plane.of_path(WeightPath.of(run), run)
    assert plane.sources == ("weight", "weight")
    assert plane.directions.tolist() == np.eye(13)[[9, 10]].tolist()  # the first two not frozen


def test_the_smallest_network_with_one_weight_frozen() -> None:
    net = Network([[0.5]], [[0.5]], bias_input=False, bias_hidden=False)
    run = Run(net, [[1.0]], [0.0], Settings(epochs=3, frozen=frozenset({(1, 0, 0)})))
    run.advance(3)
    plane = Plane.of_path(WeightPath.of(run), run)
    assert plane.sources == ("path", "weight")
    assert_orthonormal(plane)


# Through three epochs


def test_three_epochs_are_in_their_plane() -> None:
    run = trained(200)
    plane = Plane.through(run, (0, 100, 200))
    assert_orthonormal(plane)
    assert plane.share == pytest.approx(1.0, abs=1e-12)
    assert plane.sources == ("path", "path")
    for epoch in (0, 100, 200):
        assert distance(plane, Weights(run.at(epoch)).flat) < 1e-12
    path = WeightPath.of(run)
    of_all = Plane.through(run, (0, 100, 200), path).share
    assert 0.9 < of_all < Plane.of_path(path, run).share


def test_three_epochs_almost_on_a_line_have_orthonormal_directions() -> None:
    run = trained(1)
    start = Weights(run.at(0)).flat
    along, aside = np.random.default_rng(0).normal(size=(2, 13))
    for epoch, weights in ((1, start + along), (2, start + 2 * along + 1e-5 * aside)):
        net = run.template.with_weights(*Weights(run.template).split(weights))
        run = run.branch(epoch, network=net)
        run.advance(1)
    plane = Plane.through(run, (0, 1, 2))
    assert plane.sources == ("path", "path")
    np.testing.assert_allclose(plane.directions @ plane.directions.T, np.eye(2), atol=1e-14)


@pytest.mark.parametrize("epochs", [(0, 0, 50), (0, 50, 50), (50, 0, 50)])
def test_three_epochs_on_a_line_take_the_gradient(epochs: tuple[int, int, int]) -> None:
    run = trained(80)
    plane = Plane.through(run, epochs)
    assert plane.sources == ("path", "gradient")
    assert_orthonormal(plane)
    for epoch in epochs:
        assert distance(plane, Weights(run.at(epoch)).flat) < 1e-12
    assert distance(plane, plane.origin + gradient_at(run, 50)) < 1e-12


def test_one_epoch_three_times() -> None:
    run = trained(80)
    assert Plane.through(run, (7, 7, 7)).sources == ("weight", "gradient")


@pytest.mark.parametrize("epochs", [(0, 1), (0, 1, 2, 3), (0, 1, 11), (-1, 0, 1), (0, 1, 2.0)])
def test_other_than_three_epochs_of_the_run(epochs: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="epoch"):
        Plane.through(trained(10), epochs)
