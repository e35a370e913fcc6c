"""C at points of weights: `core.gradients.cost` of the network there."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike

from core.gradients import cost
from core.network import Network
from core.training.kernel import Weights
from core.training.landscape import (
    Plane,
    WeightPath,
    complete,
    costs,
    line,
    random_sample,
    surface,
)
from core.training.run import Run, Settings
from tests.core.oracles import XOR_X, XOR_Y, Array, Problem, deep_problems
from tests.core.training.xor_runs import trained, xor


def plane_of(run: Run) -> Plane:
    return Plane.of_path(WeightPath.of(run), run)


def surface_of(
    run: Run,
    plane: Plane,
    a: ArrayLike = (0.0,),
    b: ArrayLike = (0.0,),
    loss: str = "",
    rows: ArrayLike | None = None,
) -> Array:
    return complete(surface(run, plane, a, b, loss or run.settings.loss, rows=rows))


def line_of(run: Run, start: Network, end: Network, shares: ArrayLike) -> Array:
    return complete(line(run, start, end, shares, run.settings.loss))


def assert_equal(found: float, expected: float, rounding: float = 1e-12) -> None:
    """Equal to 1e-12, C itself being exact to the rounding of ŷ, whose square it may be."""
    assert abs(found - expected) <= rounding * expected + 1e-15 * (rounding + expected**0.5)


@hypothesis_settings(deadline=None, max_examples=50)
@given(deep_problems(), st.integers(0, 99))
def test_any_network_and_loss(p: Problem, seed: int) -> None:
    run = Run(p.net, p.X, p.y, Settings(loss=p.loss, learning_rate=0.01))
    run.advance(2)
    plane = plane_of(run)
    a, b = np.random.default_rng(seed).uniform(-2, 2, (2, 3))
    values = surface_of(run, plane, a, b)
    assert values.shape == (3, 3)
    for place in np.ndindex(3, 3):
        there = plane.network(p.net, a[place[1]], b[place[0]])
        assert_equal(float(values[place]), cost(there, p.X, p.y, p.loss))


def test_random_points_of_xor() -> None:
    run = trained(500)
    plane = plane_of(run)
    a, b = np.random.default_rng(0).uniform(-20, 20, (2, 30))
    values = surface_of(run, plane, a, b[:20])
    assert values.shape == (20, 30)
    for i, j in np.ndindex(values.shape):
        there = plane.network(run.template, a[j], b[i])
        assert values[i, j] == pytest.approx(cost(there, XOR_X, XOR_Y), rel=1e-12)


def test_many_samples_on_several_threads() -> None:
    random = np.random.default_rng(0)
    X, y = random.normal(size=(5000, 10)), random.uniform(size=5000)
    run = Run(Network.init(10, 16), X, y, Settings(epochs=5))
    run.advance(5)
    plane = plane_of(run)
    values = surface_of(run, plane, [-1.0, 2.0], [0.5])
    for value, a in zip(values[0], (-1.0, 2.0), strict=True):
        expected = cost(plane.network(run.template, a, 0.5), X, y)
        assert value == pytest.approx(expected, rel=1e-12)


def test_another_loss_and_some_rows() -> None:
    run = trained(20)
    there = plane_of(run).network(run.template, 1.0, -2.0)
    values = surface_of(run, plane_of(run), [1.0], [-2.0], loss="cross_entropy", rows=[0, 3])
    expected = cost(there, XOR_X[[0, 3]], XOR_Y[[0, 3]], "cross_entropy")
    assert values[0, 0] == pytest.approx(expected, rel=1e-12)


def test_the_path_on_itself() -> None:
    run = trained(60)
    path = WeightPath.of(run)
    plane = Plane.through(run, (0, 30, 60))
    found = complete(costs(run, plane, plane.coordinates(path.weights[[0, -1]]), "half_mse"))
    np.testing.assert_allclose(found, run.losses[[0, 60]], rtol=1e-12)


def test_a_line_between_two_runs() -> None:
    run, other = trained(30), xor(seed=5)
    shares = np.array([-0.5, 0.0, 0.25, 1.0, 1.5])
    first, last = (Weights(each.network).flat for each in (run, other))
    for share, value in zip(shares, line_of(run, run.network, other.network, shares), strict=True):
        there = run.template.with_weights(
            *Weights(run.template).split(first + share * (last - first))
        )
        assert value == pytest.approx(cost(there, XOR_X, XOR_Y), rel=1e-12)
    ends = line_of(run, run.at(0), run.at(30), [0.0, 1.0])
    np.testing.assert_allclose(ends, run.losses[[0, 30]], rtol=1e-12)


@pytest.mark.parametrize(
    "other",
    [
        Network.init(2, 4),
        Network.init(2, 3, hidden_activation="tanh"),
        Network.init(2, [3, 3]),
        replace(Network.init(3, 3, bias_input=False), bias_hidden=True),
    ],
)
def test_no_line_to_a_network_of_another_form(other: Network) -> None:
    run = xor()
    with pytest.raises(ValueError, match=r"end must be a network of the run's form, Network\(3×3"):
        line_of(run, run.network, other, [0.5])


def test_far_away_it_overflows_without_a_warning() -> None:
    net = Network.init(2, 3, hidden_activation="relu", output_activation="identity")
    run = Run(net, XOR_X, XOR_Y, Settings(epochs=3))
    run.advance(3)
    values = surface_of(run, plane_of(run), [0.0, 1e200], [0.0, 1e200])
    assert np.isfinite(values[0, 0])
    assert not np.isfinite(values[1, 1])


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"a": [[1.0]]}, "a must be a list of numbers"),
        ({"b": [np.nan]}, "b"),
        ({"loss": "cross"}, "loss"),
        ({"rows": []}, "rows"),
        ({"rows": [0.5]}, "rows"),
        ({"rows": [-1, 0]}, "rows"),
        ({"rows": [0, 4]}, "rows"),
    ],
)
def test_wrong_arguments(wanted: dict[str, object], message: str) -> None:
    run = trained(5)
    arguments: dict[str, object] = {"a": [0.0], "b": [0.0], **wanted}
    with pytest.raises(ValueError, match=message):
        surface_of(run, plane_of(run), **arguments)  # type: ignore[arg-type]


def test_a_plane_of_another_size_and_no_places() -> None:
    run = trained(5)
    other = Run(Network.init(2, 4), XOR_X, XOR_Y)
    with pytest.raises(ValueError, match="plane must be one of 17 weights, not of 13"):
        complete(costs(other, plane_of(run), [[0.0, 0.0]], "half_mse"))
    with pytest.raises(ValueError, match=r"places must be of shape \(n, 2\), not \(2,\)"):
        complete(costs(run, plane_of(run), [0.0, 0.0], "half_mse"))
    with pytest.raises(ValueError, match="plane must be a Plane"):
        surface_of(run, None)  # type: ignore[arg-type]


def test_each_point_is_a_step() -> None:
    run = trained(5)
    steps = surface(run, plane_of(run), [0.0, 1.0], [0.0, 1.0], "half_mse")
    assert list(steps) == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_a_random_sample_is_in_order_and_the_same_each_time() -> None:
    rows = random_sample(1000, 100)
    assert rows is not None
    assert len(set(rows.tolist())) == 100
    assert np.array_equal(rows, np.sort(rows))
    assert 0 <= rows.min() < rows.max() < 1000
    again = random_sample(1000, 100)
    assert again is not None
    assert np.array_equal(rows, again)
    assert random_sample(100, 100) is None
