"""The gradients against three independent ways to differentiate, by hand and as published."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.gradients import backward, chain_factors, contributions, cost, gradients
from core.network import Network
from tests.core.oracles import (
    XOR_X,
    XOR_Y,
    Gradients,
    Problem,
    autograd_gradients,
    complex_step_gradients,
    mpmath_gradients,
    problems,
    relative_error,
)

LN3 = np.log(3.0)  # σ(ln 3) = 3/4 and σ(0) = 1/2, so all of it can be done by hand

PENALTIES = st.sampled_from([0.0, 0.01, 1.0])


def assert_agree(actual: Gradients, expected: Gradients, bound: float) -> None:
    for dW, exact in zip(actual, expected, strict=True):
        assert dW.shape == exact.shape
        assert relative_error(dW, exact) < bound


@settings(deadline=None, max_examples=200)
@given(problems(), PENALTIES)
def test_gradients_agree_with_autograd(p: Problem, l2: float) -> None:
    assert_agree(gradients(p.net, p.X, p.y, l2=l2), autograd_gradients(p, l2), 1e-10)


@settings(deadline=None, max_examples=200)
@given(problems(), PENALTIES)
def test_gradients_agree_with_the_complex_step(p: Problem, l2: float) -> None:
    assert_agree(gradients(p.net, p.X, p.y, l2=l2), complex_step_gradients(p, l2), 1e-10)


def test_gradients_agree_with_mpmath_at_50_digits() -> None:
    random = np.random.default_rng(0)
    p = Problem(Network.init(3, 4, 2, seed=1), random.normal(size=(6, 3)), random.random((6, 2)))
    actual, expected = gradients(p.net, p.X, p.y), mpmath_gradients(p)
    assert_agree(actual, expected, 1e-13)
    for dW, exact in zip(actual, expected, strict=True):
        np.testing.assert_allclose(dW, exact, rtol=1e-13)


class TestByHand:
    """Two samples through one input, one hidden unit, one output, both biases.

    X1 = (1, 1), (0, 1)      W1 = (ln3, 0)           H = ln3, 0        Z = ¾, ½
    Z1 = (¾, 1), (½, 1)      W2 = (4 ln3, −2 ln3)    O = ln3, 0        ŷ = ¾, ½        y = 1, 0
    """

    net = Network(LN3 * np.array([[1.0], [0.0]]), LN3 * np.array([[4.0], [-2.0]]))
    X, y = ((1.0,), (0.0,)), (1.0, 0.0)

    def test_cost(self) -> None:
        # C = ((1 − ¾)² + (0 − ½)²) / (2·2) = (0.0625 + 0.25) / 4
        assert cost(self.net, self.X, self.y) == pytest.approx(0.078125, rel=1e-14)

    def test_factors(self) -> None:
        f = chain_factors(self.net, self.X, self.y)
        np.testing.assert_allclose(f.dC_dyhat, [[-0.125], [0.25]], rtol=1e-14)  # −¼/2, ½/2
        np.testing.assert_allclose(f.dyhat_dO, [[0.1875], [0.25]], rtol=1e-14)  # ¾·¼, ½·½
        np.testing.assert_allclose(f.dO_dW2, [[0.75, 1.0], [0.5, 1.0]], rtol=1e-14)
        np.testing.assert_allclose(f.dO_dZ, [[4 * LN3]], rtol=1e-14)
        np.testing.assert_allclose(f.dZ_dH, [[0.1875], [0.25]], rtol=1e-14)  # ¾·¼, ½·½
        np.testing.assert_allclose(f.dH_dW1, [[1.0, 1.0], [0.0, 1.0]], rtol=1e-14)

    def test_gradients(self) -> None:
        dW1, dW2 = gradients(self.net, self.X, self.y)
        # ∂C/∂O = −0.125 · 0.1875 = −0.0234375 and 0.25 · 0.25 = 0.0625
        # ∂C/∂W2 = (−0.0234375·¾ + 0.0625·½, −0.0234375 + 0.0625)
        np.testing.assert_allclose(dW2, [[0.013671875], [0.0390625]], rtol=1e-14)
        # ∂C/∂H = −0.0234375 · 4 ln3 · 0.1875 = −0.017578125 ln3 and 0.0625 · 4 ln3 · 0.25 = ln3/16
        # ∂C/∂W1 = (−0.017578125 ln3 · 1 + ln3/16 · 0, −0.017578125 ln3 + 0.0625 ln3)
        np.testing.assert_allclose(dW1, [[-0.017578125 * LN3], [0.044921875 * LN3]], rtol=1e-14)

    def test_the_penalty_spares_the_bias_rows(self) -> None:
        plain, penalised = (gradients(self.net, self.X, self.y, l2=l2) for l2 in (0.0, 0.5))
        # l2 · W = 0.5 · ln3 for W1 and 0.5 · 4 ln3 for W2, nothing for the biases
        np.testing.assert_allclose(penalised[0] - plain[0], [[0.5 * LN3], [0.0]], rtol=1e-14)
        np.testing.assert_allclose(penalised[1] - plain[1], [[2 * LN3], [0.0]], rtol=1e-14)


class TestMazur:
    """Matt Mazur, "A Step by Step Backpropagation Example" (2015), to the digits printed there.

    He takes one sample, half the squared error summed over outputs, and holds the biases fixed.
    His w3 leads from i1 to h2, his w7 from h1 to o2.
    """

    net = Network(
        np.array([[0.15, 0.25], [0.20, 0.30], [0.35, 0.35]]),
        np.array([[0.40, 0.50], [0.45, 0.55], [0.60, 0.60]]),
    )
    X, y = ((0.05, 0.10),), ((0.01, 0.99),)

    def test_forward_pass(self) -> None:
        forward = self.net.forward(self.X)
        np.testing.assert_allclose(forward.H[0, 0], 0.3775, atol=5e-5)
        np.testing.assert_allclose(forward.Z, [[0.593269992, 0.596884378]], atol=5e-10)
        np.testing.assert_allclose(forward.y_hat, [[0.75136507, 0.772928465]], atol=5e-9)

    def test_total_error(self) -> None:
        assert cost(self.net, self.X, self.y) == pytest.approx(0.298371109, abs=5e-10)

    def test_updated_weights(self) -> None:
        dW1, dW2 = gradients(self.net, self.X, self.y)
        W1, W2 = self.net.W1 - 0.5 * dW1, self.net.W2 - 0.5 * dW2
        w1, w3, w2, w4 = W1[:2].ravel()
        w5, w7, w6, w8 = W2[:2].ravel()
        assert w1 == pytest.approx(0.149780716, abs=5e-10)
        np.testing.assert_allclose([w2, w3, w4], [0.19956143, 0.24975114, 0.29950229], atol=5e-9)
        assert w5 == pytest.approx(0.35891648, abs=5e-9)
        np.testing.assert_allclose(
            [w6, w7, w8], [0.408666186, 0.511301270, 0.561370121], atol=5e-10
        )


@settings(deadline=None, max_examples=50)
@given(problems())
def test_factors_follow_their_definitions(p: Problem) -> None:
    f, forward, N = chain_factors(p.net, p.X, p.y), p.net.forward(p.X), len(p.X)
    np.testing.assert_array_equal(f.dC_dyhat, -(p.y - forward.y_hat) / N)
    np.testing.assert_array_equal(f.dyhat_dO, forward.y_hat * (1 - forward.y_hat))
    np.testing.assert_array_equal(f.dO_dW2, forward.Z1)
    np.testing.assert_array_equal(f.dO_dZ, p.net.W2[: p.net.units])
    np.testing.assert_array_equal(f.dZ_dH, forward.Z * (1 - forward.Z))
    np.testing.assert_array_equal(f.dH_dW1, forward.X1)


@settings(deadline=None, max_examples=50)
@given(problems())
def test_each_sample_s_part_is_the_gradient_of_its_own_term(p: Problem) -> None:
    f, N = chain_factors(p.net, p.X, p.y), len(p.X)
    for i, (dW1_i, dW2_i) in enumerate(zip(f.dW1_per_sample(), f.dW2_per_sample(), strict=True)):
        alone = gradients(p.net, p.X[[i]], p.y[[i]])  # with 1/1 in place of 1/N
        assert_agree((N * dW1_i, N * dW2_i), alone, 1e-12)


@settings(deadline=None, max_examples=50)
@given(problems())
def test_parts_per_sample_sum_to_the_gradients(p: Problem) -> None:
    f = chain_factors(p.net, p.X, p.y)
    sums = f.dW1_per_sample().sum(axis=0), f.dW2_per_sample().sum(axis=0)
    assert_agree(sums, gradients(p.net, p.X, p.y), 1e-12)


@settings(deadline=None, max_examples=50)
@given(problems())
def test_contributions_are_the_same_parts_split_by_output(p: Problem) -> None:
    f = chain_factors(p.net, p.X, p.y)
    for k, l in np.ndindex(p.net.W1.shape):
        parts = contributions(p.net, p.X, p.y, 1, k, l)
        assert parts.shape == p.y.shape
        np.testing.assert_allclose(parts.sum(axis=1), f.dW1_per_sample()[:, k, l], atol=1e-15)
    for k, o in np.ndindex(p.net.W2.shape):
        parts = contributions(p.net, p.X, p.y, 2, k, o)
        assert parts.shape == p.y.shape
        np.testing.assert_allclose(parts[:, o], f.dW2_per_sample()[:, k, o], rtol=1e-14)


@settings(deadline=None, max_examples=50)
@given(problems())
def test_contributions_sum_to_every_entry_of_the_gradient(p: Problem) -> None:
    dW1, dW2 = gradients(p.net, p.X, p.y)
    sums1, sums2 = np.empty_like(dW1), np.empty_like(dW2)
    for index in np.ndindex(dW1.shape):
        sums1[index] = contributions(p.net, p.X, p.y, 1, *index).sum()
    for index in np.ndindex(dW2.shape):
        sums2[index] = contributions(p.net, p.X, p.y, 2, *index).sum()
    assert_agree((sums1, sums2), (dW1, dW2), 1e-12)


def test_a_contribution_through_one_output_is_that_output_s_own() -> None:
    net, X = Network.init(2, 3, 2, seed=4), XOR_X
    y = np.column_stack([XOR_Y, 1 - XOR_Y])
    for o in range(2):
        one_output = replace(net, W2=net.W2[:, [o]])
        alone = chain_factors(one_output, X, y[:, o]).dW1_per_sample()
        for k, l in np.ndindex(net.W1.shape):
            through_o = contributions(net, X, y, 1, k, l)[:, o]
            np.testing.assert_allclose(through_o, alone[:, k, l], rtol=1e-13)


def test_a_weight_of_w2_reaches_its_own_output_only() -> None:
    net = Network.init(2, 3, 3)
    y = np.column_stack([XOR_Y] * 3)
    parts = contributions(net, XOR_X, y, 2, 0, 1)
    assert (parts[:, [0, 2]] == 0).all()
    assert (parts[:, 1] != 0).all()


@pytest.mark.parametrize(
    ("layer", "row", "column"),
    [(1, 3, 0), (1, 0, 3), (1, -1, 0), (1, 0, -1), (2, 4, 0), (2, 0, 1), (2, -1, 0), (3, 0, 0)],
)
def test_contributions_of_a_weight_that_is_not_there(layer: int, row: int, column: int) -> None:
    message = f"W{layer} has no weight at row {row}, column {column}"
    with pytest.raises(IndexError, match=message):
        contributions(Network.init(2, 3), XOR_X, XOR_Y, layer, row, column)  # type: ignore[arg-type]


def test_targets_may_be_a_vector_or_a_column() -> None:
    net = Network.init(2, 3)
    column = XOR_Y[:, np.newaxis]
    assert cost(net, XOR_X, XOR_Y) == cost(net, XOR_X, column)
    for a, b in zip(gradients(net, XOR_X, XOR_Y), gradients(net, XOR_X, column), strict=True):
        np.testing.assert_array_equal(a, b)


def test_backward_takes_a_forward_pass_that_is_there() -> None:
    net = Network.init(2, 3)
    given_pass = backward(net, net.forward(XOR_X), XOR_Y[:, np.newaxis])
    for a, b in zip(given_pass, gradients(net, XOR_X, XOR_Y), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("function", [cost, gradients, chain_factors])
class TestErrors:
    net = Network.init(2, 3)

    def test_too_few_targets(self, function: Callable[..., object]) -> None:
        with pytest.raises(
            ValueError, match=r"y has shape \(3, 1\); the predictions have \(4, 1\)"
        ):
            function(self.net, XOR_X, XOR_Y[:3, np.newaxis])

    def test_the_shape_told_is_the_shape_given(self, function: Callable[..., object]) -> None:
        with pytest.raises(ValueError, match=r"y has shape \(3,\); the predictions have \(4, 1\)"):
            function(self.net, XOR_X, XOR_Y[:3])

    def test_no_samples(self, function: Callable[..., object]) -> None:
        with pytest.raises(ValueError, match="there are no samples"):
            function(self.net, np.empty((0, 2)), [])

    def test_inputs_that_do_not_fit(self, function: Callable[..., object]) -> None:
        with pytest.raises(ValueError, match=r"X has shape \(4, 3\)"):
            function(self.net, np.zeros((4, 3)), XOR_Y)

    def test_an_unknown_loss(self, function: Callable[..., object]) -> None:
        with pytest.raises(ValueError, match="loss 'hinge' is not one of half_mse"):
            function(self.net, XOR_X, XOR_Y, "hinge")
