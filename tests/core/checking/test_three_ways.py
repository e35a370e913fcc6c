"""The gradient check: what is right passes, what is wrong fails, and by which bound."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.checking import gradient_check
from core.checking.mistakes import TRAINABLE
from core.checking.problem import Problem as Stated
from core.checking.three_ways import BASE_STEP, BOUND, CENTRAL_BOUND, MAX_ROWS, step_errors
from core.dataset.samples import SAMPLES, prepare_sample
from core.gradients import gradients
from core.network import Network
from tests.core.oracles import (
    XOR_X,
    XOR_Y,
    Problem,
    deep_problems,
    mpmath_gradients,
    problems,
    swaps,
)

NET = Network.init(2, 3, seed=1)


@settings(deadline=None, max_examples=40)
@given(problems() | swaps())
def test_the_derivation_passes(p: Problem) -> None:
    check = gradient_check(p.net, p.X, p.y, p.loss)
    assert check.agrees, check.sentence
    assert check.central_agrees, check.sentence
    assert all(checked.all() for checked in check.checked)


@settings(deadline=None, max_examples=25)
@given(problems(), st.sampled_from(list(TRAINABLE.values())), st.integers(0, 1))
def test_a_planted_mistake_fails(p: Problem, mistake: object, layer: int) -> None:
    truth = gradients(p.net, p.X, p.y)
    planted = [dW.copy() for dW in truth]
    place = tuple(np.argwhere(np.abs(planted[layer]) == np.abs(planted[layer]).max())[0])
    planted[layer][place] *= 1 + 1e-5
    check = gradient_check(p.net, p.X, p.y, analytic=(planted[0], planted[1]))
    size = check.scale[layer][place]
    far = abs(planted[layer][place] - truth[layer][place]) > 1e-9 * size
    assert check.agrees is not far
    made = mistake.gradients(p.net, p.X, p.y, learning_rate=1.0)  # type: ignore[attr-defined]
    if all(dW.shape == own.shape for dW, own in zip(made, truth, strict=True)):
        scale = Stated.of(p.net, p.X, p.y).sums_of_terms()
        other = any(
            (np.abs(dW - own) > 1e-6 * size).any()
            for dW, own, size in zip(made, truth, scale, strict=True)
        )
        assert gradient_check(p.net, p.X, p.y, analytic=made).agrees is not other


@pytest.mark.parametrize("key", SAMPLES)
def test_every_sample_set_holds_both_bounds(key: str) -> None:
    data = prepare_sample(key)
    N, d = data.X.shape
    net = Network.init(d, 3, data.y.shape[1], seed=2)
    check = gradient_check(net, data.X, data.y)
    assert len(check.rows) == min(N, MAX_ROWS)
    for found, central, scale in zip(check.complex_step, check.central, check.scale, strict=True):
        assert (found.relative <= BOUND).all()
        assert np.linalg.norm(central.absolute) <= CENTRAL_BOUND * np.linalg.norm(scale)
    assert check.agrees
    assert check.central_agrees
    assert check.sentence.startswith("The gradient is right: relative error up to ")


def test_the_three_ways_are_the_gradient_at_fifty_digits() -> None:
    p = Problem(NET, XOR_X, XOR_Y[:, np.newaxis])
    check = gradient_check(NET, XOR_X, XOR_Y)
    for at, exact in enumerate(mpmath_gradients(p)):
        scale = check.scale[at]
        assert (np.abs(check.analytic[at] - exact) <= 1e-14 * scale).all()
        assert (np.abs(check.complex_step[at].value - exact) <= 1e-14 * scale).all()
        assert (np.abs(check.central[at].value - exact) <= 1e-9 * scale).all()


def test_the_step_is_scaled_by_the_weight_and_by_what_it_multiplies() -> None:
    W1 = NET.W1.copy()
    W1[2, 0] = -50.0
    check = gradient_check(replace(NET, W1=W1), np.array([[0.5, 4.0]]), [1.0])
    np.testing.assert_allclose(check.step[0][:, 1], BASE_STEP * np.array([1, 0.25, 1]))
    assert check.step[0][2, 0] == pytest.approx(50 * BASE_STEP)


def test_saturated_units_are_allowed_what_rounding_leaves_of_them() -> None:
    net = replace(NET, W1=12 * NET.W1, W2=20 * NET.W2)
    check = gradient_check(net, 3 * XOR_X, XOR_Y)
    assert check.agrees


def test_a_difference_across_a_kink_is_not_held_against_anyone() -> None:
    net = Network(np.array([[1.0], [-1.0]]), np.array([[2.0], [0.5]]), hidden="relu")
    check = gradient_check(net, [[1.0], [3.0]], [0.0, 1.0])  # H = 0 at the first sample
    assert check.kink[0].all()
    assert check.agrees
    assert check.central_agrees


def test_of_many_weights_and_rows_a_subsample_is_checked_and_said() -> None:
    X = np.random.default_rng(0).normal(size=(50, 2))
    heard: list[tuple[int, int]] = []
    check = gradient_check(
        NET, X, X[:, 0] ** 2, max_weights=5, max_rows=20, progress=lambda *at: heard.append(at)
    )
    assert sum(int(checked.sum()) for checked in check.checked) == 5
    assert heard == [(n, 5) for n in range(1, 6)]
    assert "5 of 13 weights" in check.sentence
    assert "20 of 50 rows" in check.sentence
    assert np.isnan(check.central[0].value[~check.checked[0]]).all()
    np.testing.assert_array_equal(
        check.analytic[0], gradients(NET, X[check.rows], X[check.rows, 0] ** 2)[0]
    )
    with pytest.raises(ValueError, match="needs max_rows=50"):
        gradient_check(NET, X, X[:, 0], max_rows=20, analytic=check.analytic)


def test_it_stops_when_it_is_told_to() -> None:
    check = gradient_check(NET, XOR_X, XOR_Y, stop=lambda: True)
    assert "1 of 13 weights" in check.sentence
    assert check.agrees
    assert "1 of 13 weights" in gradient_check(NET, XOR_X, XOR_Y, seconds=0.0).sentence


@pytest.mark.parametrize("weight", [None, (1, 2, 1), (2, 3, 0)])
def test_the_error_against_the_step_is_a_valley(weight: tuple[int, int, int] | None) -> None:
    found = step_errors(NET, XOR_X, XOR_Y, weight=weight)
    best = int(np.argmin(found.central))
    assert 1e-7 < found.steps[best] < 1e-3
    assert found.central[best] < 1e-8
    assert found.central[0] > 1e3 * found.central[best]
    assert found.central[-1] > 1e3 * found.central[best]
    assert found.complex_step[found.steps < 1e-8].max() < 1e-13


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="max_weights must be 1 or more, not 0"):
        gradient_check(NET, XOR_X, XOR_Y, max_weights=0)
    with pytest.raises(ValueError, match="dW2 has shape"):
        gradient_check(NET, XOR_X, XOR_Y, analytic=(NET.W1, NET.W1))
    with pytest.raises(ValueError, match="takes"):
        gradient_check(NET, XOR_X[:, :1], XOR_Y)
    with pytest.raises(IndexError):
        step_errors(NET, XOR_X, XOR_Y, weight=(1, 9, 0))


@settings(deadline=None, max_examples=20)
@given(deep_problems())
def test_any_depth_passes(p: Problem) -> None:
    check = gradient_check(p.net, p.X, p.y, p.loss)
    assert check.agrees, check.sentence
    assert [matrix.shape for matrix in check.analytic] == list(p.net.shapes)
    wrong = [dW.copy() for dW in check.analytic]
    wrong[-2][0, 0] += 0.1 * check.scale[-2][0, 0] + 1e-6
    assert not gradient_check(p.net, p.X, p.y, p.loss, analytic=wrong).agrees


def test_a_kink_in_a_later_layer_is_not_held_against_anyone() -> None:
    """H = 1, Z = 1, and in the second layer 1 − 1 = 0: either side of the kink."""
    one = np.ones((1, 1))
    net = Network(one, -one, one, bias_input=False, bias_hidden=False, hidden="relu")
    check = gradient_check(net, one, [0.5])
    assert [bool(kink.all()) for kink in check.kink] == [False, False, False]
    at_0 = Network(one, np.array([[1.0], [-1.0]]), np.ones((2, 1)), bias_input=False, hidden="relu")
    check = gradient_check(at_0, one, [0.5])
    assert check.kink[0].all()
    assert check.kink[1].all()
    assert not check.kink[2].any()
    assert check.agrees


def test_as_many_matrices_are_checked_as_there_are() -> None:
    net = Network.init(2, [3, 2])
    X, y = np.ones((2, 2)), np.ones(2)
    with pytest.raises(ValueError, match="analytic must be 3 matrices, dW1, dW2, dW3"):
        gradient_check(net, X, y, analytic=(net.W1, net.W2))
    with pytest.raises(ValueError, match=r"dW3 has shape \(3, 2\); the weights have \(3, 1\)"):
        gradient_check(net, X, y, analytic=(net.W1, net.W2, np.ones((3, 2))))
