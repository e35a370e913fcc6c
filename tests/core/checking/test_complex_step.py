"""The complex step against autograd, 50 digits and the derivation, on anything that is offered."""

from dataclasses import replace
from functools import partial
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.activations import ACTIVATIONS, HIDDEN
from core.chain import deltas
from core.checking import complex_step
from core.checking.complex_step import BLOCK, DIVISORS, derivative, slope, stepped_cost, terms
from core.gradients import cost, gradients
from core.losses import LOSSES, loss_of
from core.network import Network
from tests.core.oracles import (
    Gradients,
    Problem,
    autograd_gradients,
    deep_problems,
    mpmath_gradients,
    problems,
    shares,
    swaps,
)
from tests.core.test_gradients import CHOICES


def derivatives(p: Problem) -> Gradients:
    """Every weight's derivative, one by one."""
    found = tuple(np.empty_like(W) for W in p.net.weights)
    for layer, dW in enumerate(found, start=1):
        for row, column in np.ndindex(*dW.shape):
            dW[row, column] = derivative(p.net, p.X, p.y, layer, row, column, p.loss)
    return found


def scales(p: Problem) -> Gradients:
    """What the gradients add up, without the signs; y − ŷ counts as what it is rounded by."""
    forward, rule = p.net.forward(p.X), loss_of(p.net.output, p.loss)
    size = rule.error_scale(len(p.X)) * (np.abs(p.y) + np.abs(forward.y_hat))
    if not rule.fused:
        slope = np.abs(ACTIVATIONS[p.net.output].slope(forward.y_hat))
        size = np.einsum("no,nok->nk", size, slope) if slope.ndim == 3 else size * slope
    sums = [np.abs(forward.inputs[-1].T) @ size]
    for layer in range(p.net.layers - 1, 0, -1):
        W = np.abs(p.net.weights[layer][: p.net.rows(layer + 1)])
        size = (size @ W.T) * ACTIVATIONS[p.net.hidden].slope(forward.values[layer - 1])
        sums.insert(0, np.abs(forward.inputs[layer - 1].T) @ size)
    return tuple(sums)


def assert_agree(p: Problem, expected: Gradients, bound: float) -> None:
    for found, exact, scale in zip(derivatives(p), expected, scales(p), strict=True):
        assert (np.abs(found - exact) <= bound * scale).all()


def problem(hidden: str, output: str, loss: str, spread: float = 1.0, N: int = 6) -> Problem:
    random = np.random.default_rng(0)
    net = Network.init(3, 4, 2, seed=1, hidden_activation=hidden, output_activation=output)
    net = replace(net, W1=spread * net.W1, W2=spread * net.W2)
    y = shares(random, (N, 2)) if output == "softmax" else random.random((N, 2))
    return Problem(net, random.normal(size=(N, 3)), y, loss)


@settings(deadline=None, max_examples=150)
@given(problems() | swaps() | deep_problems())
def test_it_agrees_with_autograd(p: Problem) -> None:
    assert_agree(p, autograd_gradients(p), 1e-13)


@settings(deadline=None, max_examples=150)
@given(problems() | swaps() | deep_problems())
def test_it_agrees_with_the_derivation(p: Problem) -> None:
    assert_agree(p, gradients(p.net, p.X, p.y, p.loss), 1e-10)  # ŷ (1 − ŷ) up to |O| = 11
    stepped = stepped_cost(p.net, p.X, p.y, 1, 0, 0, p.loss)
    assert stepped.real == pytest.approx(cost(p.net, p.X, p.y, p.loss), rel=1e-12)


@pytest.mark.parametrize(("hidden", "output", "loss"), CHOICES)
def test_every_choice_agrees(hidden: str, output: str, loss: str) -> None:
    p = problem(hidden, output, loss)
    assert_agree(p, autograd_gradients(p), 1e-13)
    assert_agree(p, gradients(p.net, p.X, p.y, p.loss), 1e-13)


@pytest.mark.parametrize(
    ("hidden", "output", "loss", "spread"),
    [(*choice, spread) for choice in CHOICES for spread in (6.0, 40.0)],
)
def test_saturated_values_keep_their_digits(
    hidden: str, output: str, loss: str, spread: float
) -> None:
    """Where ŷ (1 − ŷ) has lost its digits, so that only 50 digits know better."""
    p = problem(hidden, output, loss, spread, N=2)
    expected = mpmath_gradients(p)
    O = np.abs(p.net.forward(p.X).O).max()
    for found, exact in zip(derivatives(p), expected, strict=True):
        # e^O is right to as many digits as O is, and O is a sum of numbers of its own size.
        # Below 1e-30 the 50 digits of C, less the 16 of their step, know nothing either.
        np.testing.assert_allclose(found, exact, rtol=2e-14 * max(1.0, O), atol=1e-30)


@pytest.mark.parametrize("far", [40.0, 700.0, 1e4, 1e300])
def test_cross_entropy_is_finite_for_any_output(far: float) -> None:
    net = Network(
        np.ones((1, 1)), np.array([[far]]), bias_input=False, bias_hidden=False, hidden="relu"
    )
    for y, expected in ((0.0, far), (1.0, 0.0), (0.25, 0.75 * far)):
        C = stepped_cost(net, [[1.0]], [y], 2, 0, 0, "cross_entropy")
        assert C.real == pytest.approx(expected, rel=1e-15, abs=1e-17)
        slope_of = derivative(net, [[1.0]], [y], 2, 0, 0, "cross_entropy")
        assert slope_of == pytest.approx(1.0 - y, rel=1e-15, abs=1e-17)
    mirrored = replace(net, W2=-net.W2)
    assert derivative(mirrored, [[1.0]], [1.0], 2, 0, 0, "cross_entropy") == -1.0


@pytest.mark.parametrize("name", HIDDEN)
def test_a_single_step_is_the_activation_s_slope(name: str) -> None:
    core = ACTIVATIONS[name]
    for x in (-3.0, -0.5, -1e-9, 0.0, 1e-9, 0.5, 3.0):
        a = core.value(np.array([x]))
        assert complex_step.ACTIVATIONS[name](np.array([x])) == pytest.approx(a, rel=1e-15)
        expected = core.slope(a)[0]
        assert slope(complex_step.ACTIVATIONS[name], x) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("loss", LOSSES)
def test_a_single_step_is_the_loss_s_slope(loss: str) -> None:
    for y, y_hat in product((0.0, 0.3, 1.0), (0.1, 0.5, 0.9)):
        pair = np.array([[y]]), np.array([[y_hat]])
        expected = LOSSES[loss].slope(*pair)[0, 0]
        found = slope(partial(terms, loss, np.asarray(y)), y_hat) / DIVISORS[loss](1)
        assert found == pytest.approx(expected, rel=1e-14)


@given(st.integers(1, 3))
@settings(deadline=None, max_examples=3)
def test_many_samples_go_in_blocks(blocks: int) -> None:
    p = problem("sigmoid", "sigmoid", "half_mse", N=blocks * BLOCK + 3)
    found = derivative(p.net, p.X, p.y, 1, 2, 1)
    assert found == pytest.approx(gradients(p.net, p.X, p.y)[0][2, 1], rel=1e-11)


def test_everything_offered_has_a_complex_form() -> None:
    assert list(complex_step.ACTIVATIONS) == list(ACTIVATIONS)
    assert list(DIVISORS) == list(LOSSES)


def test_what_does_not_fit_is_refused() -> None:
    net = Network.init(2, 3)
    X, y = np.zeros((4, 2)), np.zeros(4)
    for layer, row, column in ((1, 3, 0), (1, 0, 3), (2, 4, 0), (2, 0, 1), (1, -1, 0), (3, 0, 0)):
        with pytest.raises(IndexError, match=f"W{layer} has no weight"):
            derivative(net, X, y, layer, row, column)
    with pytest.raises(ValueError, match="takes"):
        derivative(net, X[:, :1], y, 1, 0, 0)
    with pytest.raises(ValueError, match="y has shape"):
        derivative(net, X, y[:3], 1, 0, 0)
    with pytest.raises(ValueError, match="no samples"):
        derivative(net, X[:0], y[:0], 1, 0, 0)
    with pytest.raises(ValueError, match="not one of"):
        derivative(net, X, y, 1, 0, 0, "hinge")
    with pytest.raises(ValueError, match="targets y from 0 to 1"):
        derivative(net, X, y + 2, 1, 0, 0, "cross_entropy")


@pytest.mark.parametrize("loss", ["half_mse", "cross_entropy"])
@pytest.mark.parametrize("output", ["sigmoid", "softmax"])
@pytest.mark.parametrize("hidden", [[3], [3, 2, 4]])
def test_delta_by_the_complex_step_is_the_chain_s(
    hidden: list[int], output: str, loss: str
) -> None:
    net = Network.init(2, hidden, 3, hidden_activation="tanh", output_activation=output, seed=5)
    random = np.random.default_rng(1)
    X, y = random.normal(size=(6, 2)), np.eye(3)[random.integers(0, 3, 6)]
    truth = deltas(net, net.forward(X), y, loss)
    for layer, of_layer in enumerate(truth, start=1):
        for column in range(of_layer.shape[1]):
            found = complex_step.delta(net, X, y, layer, column, loss)
            assert found == pytest.approx(of_layer[:, column], rel=1e-11, abs=1e-17)
    with pytest.raises(IndexError):
        complex_step.delta(net, X, y, 1, 9, loss)
