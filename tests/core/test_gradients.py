"""The gradients against three independent ways to differentiate, by hand and as published."""

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.activations import HIDDEN, OUTPUT
from core.gradients import backward, chain_factors, contributions, cost, gradients
from core.losses import losses_for
from core.network import Network
from tests.core.oracles import (
    XOR_X,
    XOR_Y,
    Gradients,
    Problem,
    autograd_gradients,
    complex_step_gradients,
    deep_problems,
    mpmath_gradients,
    problems,
    relative_error,
    shares,
    swaps,
)

Array = NDArray[np.float64]

LN3 = np.log(3.0)  # σ(ln 3) = 3/4 and σ(0) = 1/2, so all of it can be done by hand

CHOICES = [
    (hidden, output, loss)
    for hidden, output in product(HIDDEN, OUTPUT)
    for loss in losses_for(output)
]
PENALTIES = st.sampled_from([0.0, 0.01, 1.0])


def assert_agree(actual: Gradients, expected: Gradients, bound: float) -> None:
    for dW, exact in zip(actual, expected, strict=True):
        assert dW.shape == exact.shape
        assert relative_error(dW, exact) < bound


@settings(deadline=None, max_examples=200)
@given(problems() | swaps() | deep_problems(), PENALTIES)
def test_gradients_agree_with_autograd(p: Problem, l2: float) -> None:
    assert_agree(gradients(p.net, p.X, p.y, p.loss, l2), autograd_gradients(p, l2), 1e-10)


@settings(deadline=None, max_examples=200)
@given(problems() | swaps() | deep_problems(), PENALTIES)
def test_gradients_agree_with_the_complex_step(p: Problem, l2: float) -> None:
    assert_agree(gradients(p.net, p.X, p.y, p.loss, l2), complex_step_gradients(p, l2), 1e-10)


@pytest.mark.parametrize(("hidden", "output", "loss"), CHOICES)
def test_gradients_agree_with_mpmath_at_50_digits(hidden: str, output: str, loss: str) -> None:
    net = Network.init(3, 4, 2, seed=1, hidden_activation=hidden, output_activation=output)
    assert_agree_with_50_digits(net, loss)


@pytest.mark.parametrize(("output", "loss"), [("sigmoid", "half_mse"), ("softmax", "mse")])
def test_three_hidden_layers_agree_with_mpmath_at_50_digits(output: str, loss: str) -> None:
    assert_agree_with_50_digits(Network.init(3, [4, 3, 2], 2, output_activation=output), loss)


def assert_agree_with_50_digits(net: Network, loss: str) -> None:
    random = np.random.default_rng(0)
    X, y = random.normal(size=(6, 3)), random.random((6, 2))
    p = Problem(net, X, shares(random, (6, 2)) if net.output == "softmax" else y, loss)
    actual, expected = gradients(p.net, p.X, p.y, loss), mpmath_gradients(p)
    assert_agree(actual, expected, 1e-13)
    for dW, exact in zip(actual, expected, strict=True):
        np.testing.assert_allclose(dW, exact, rtol=5e-13)


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


class TestCourseExercise:
    """Two hidden layers, 2-4-3-2, cross-entropy and λ = 0.25, to the five digits printed.

    The second example of the backpropagation homework of COMPSCI 589 (University of Massachusetts,
    by way of UFRGS), which prints each Θ as weights by unit, the bias first, and adds λΘ/N.
    """

    theta = (
        ((0.42, 0.15, 0.40), (0.72, 0.10, 0.54), (0.01, 0.19, 0.42), (0.30, 0.35, 0.68)),
        (
            (0.21, 0.67, 0.14, 0.96, 0.87),
            (0.87, 0.42, 0.20, 0.32, 0.89),
            (0.03, 0.56, 0.80, 0.69, 0.09),
        ),
        ((0.04, 0.87, 0.42, 0.53), (0.17, 0.10, 0.95, 0.69)),
    )
    X, y = ((0.32, 0.68), (0.83, 0.02)), ((0.75, 0.98), (0.75, 0.28))
    printed = (
        (
            (0.00804, 0.02564, 0.04987),
            (0.00666, 0.01837, 0.06719),
            (0.00973, 0.03196, 0.05252),
            (0.00776, 0.05037, 0.08492),
        ),
        (
            (0.01071, 0.09068, 0.02512, 0.12597, 0.11586),
            (0.02442, 0.06780, 0.04164, 0.05308, 0.12677),
            (0.03056, 0.08924, 0.12094, 0.10270, 0.03078),
        ),
        ((0.08135, 0.17935, 0.12476, 0.13186), (0.20982, 0.19195, 0.30343, 0.25249)),
    )

    @staticmethod
    def ours(theta: Any) -> Array:
        """Rows and columns exchanged, the bias last."""
        return np.roll(np.array(theta), -1, axis=1).T

    def net(self) -> Network:
        return Network(*map(self.ours, self.theta))

    def test_forward_pass(self) -> None:
        forward = self.net().forward(self.X)
        np.testing.assert_allclose(forward.H[1][0], [0.74, 1.1192, 0.3564, 0.8744], atol=5e-6)
        np.testing.assert_allclose(forward.Z[2][1], [0.86020, 0.88336, 0.79791], atol=5e-6)
        np.testing.assert_allclose(
            forward.y_hat, [[0.83318, 0.84132], [0.82953, 0.83832]], atol=5e-6
        )

    def test_cost(self) -> None:
        net = self.net()
        penalty = sum((W[:-1] ** 2).sum() for W in net.weights) * 0.25 / 4
        assert cost(net, self.X, self.y, "cross_entropy") + penalty == pytest.approx(
            1.90351, abs=5e-6
        )

    def test_gradients_of_the_first_sample(self) -> None:
        dW1, dW2, _ = gradients(self.net(), self.X[:1], self.y[:1], "cross_entropy")
        np.testing.assert_allclose(dW1[:, 0], [-0.00028, -0.00059, -0.00087], atol=5e-6)
        np.testing.assert_allclose(dW2[-1], [0.00639, -0.00925, -0.00779], atol=5e-6)

    def test_gradients(self) -> None:
        found = gradients(self.net(), self.X, self.y, "cross_entropy", l2=0.25 / 2)
        for dW, printed in zip(found, self.printed, strict=True):
            np.testing.assert_allclose(dW, self.ours(printed), atol=5e-6)


class TestSoftmaxStep:
    """A 2-2-3 network with ReLU and softmax: one step of one bias, to the two digits printed.

    StatQuest with Josh Starmer, "Neural Networks Part 8: Cross Entropy Derivatives and
    Backpropagation". Petal and sepal widths from 0 to 1; setosa, versicolor, virginica. The losses
    of the three samples are added up, not averaged.
    """

    net = Network(
        np.array([[-2.5, -1.5], [0.6, 0.4], [1.6, 0.7]]),
        np.array([[-0.1, 2.4, -2.2], [1.5, -5.2, 3.7], [-2.0, 0.0, 1.0]]),
        hidden="relu",
        output="softmax",
    )
    X, y = ((0.04, 0.42), (1.0, 0.54), (0.5, 0.37)), np.eye(3)[[0, 2, 1]]

    def test_predictions(self) -> None:
        setosa = self.net.predict(self.X)[:, 0]
        np.testing.assert_allclose(setosa, [0.15, 0.04, 0.04], atol=5e-3)

    def test_step(self) -> None:
        _, dW2 = gradients(self.net, self.X, self.y, "cross_entropy")
        slope = 3 * dW2[2, 0]
        assert slope == pytest.approx(-0.77, abs=5e-3)  # (0.15 − 1) + 0.04 + 0.04
        assert self.net.W2[2, 0] - slope == pytest.approx(-1.23, abs=5e-3)


class TestCrossEntropyByHand:
    """The same two samples, with cross-entropy."""

    net, X, y = TestByHand.net, TestByHand.X, TestByHand.y

    def test_cost(self) -> None:
        # C = −(ln ¾ + ln(1 − ½)) / 2
        expected = -(np.log(0.75) + np.log(0.5)) / 2
        assert cost(self.net, self.X, self.y, "cross_entropy") == pytest.approx(expected, rel=1e-14)

    def test_factors(self) -> None:
        f = chain_factors(self.net, self.X, self.y, "cross_entropy")
        # (¾ − 1) / (2 · ¾ · ¼) = −⅔ and (½ − 0) / (2 · ½ · ½) = 1
        np.testing.assert_allclose(f.dC_dyhat, [[-2 / 3], [1.0]], rtol=1e-14)
        np.testing.assert_allclose(f.dyhat_dO, [[0.1875], [0.25]], rtol=1e-14)
        np.testing.assert_allclose(f.dC_dO, [[-0.125], [0.25]], rtol=1e-14)  # (ŷ − y)/2

    def test_gradients(self) -> None:
        dW1, dW2 = gradients(self.net, self.X, self.y, "cross_entropy")
        # ∂C/∂W2 = (−⅛·¾ + ¼·½, −⅛ + ¼)
        np.testing.assert_allclose(dW2, [[0.03125], [0.125]], rtol=1e-14)
        # ∂C/∂H = −⅛ · 4 ln3 · 0.1875 = −0.09375 ln3 and ¼ · 4 ln3 · ¼ = ¼ ln3
        np.testing.assert_allclose(dW1, [[-0.09375 * LN3], [0.15625 * LN3]], rtol=1e-14)


@settings(deadline=None, max_examples=100)
@given(problems() | swaps())
def test_factors_follow_their_definitions(p: Problem) -> None:
    f, forward, N = chain_factors(p.net, p.X, p.y, p.loss), p.net.forward(p.X), len(p.X)
    y, y_hat, Z = p.y, forward.y_hat, forward.Z
    errors = {
        "half_mse": -(y - y_hat) / N,
        "mse": -2 * (y - y_hat) / N,
        "half_sse": -(y - y_hat),
    }
    if p.loss in errors:
        np.testing.assert_array_equal(f.dC_dyhat, errors[p.loss])
        if f.dyhat_dO.ndim == 2:
            np.testing.assert_array_equal(f.dC_dO, f.dC_dyhat * f.dyhat_dO)
        else:
            by_jacobian = np.einsum("no,nok->nk", f.dC_dyhat, f.dyhat_dO)
            np.testing.assert_allclose(f.dC_dO, by_jacobian, rtol=1e-12, atol=1e-15)
    elif p.net.output == "softmax":
        np.testing.assert_allclose(f.dC_dyhat, np.where(y == 0, 0, -y / y_hat) / N, rtol=1e-14)
        np.testing.assert_allclose(f.dC_dO, (y_hat - y) / N, rtol=1e-15)
        by_jacobian = np.einsum("no,nok->nk", f.dC_dyhat, f.dyhat_dO)
        np.testing.assert_allclose(f.dC_dO, by_jacobian, rtol=1e-12, atol=1e-15)
    else:
        expected = (y_hat - y) / (N * y_hat * (1 - y_hat))
        np.testing.assert_allclose(f.dC_dyhat, expected, rtol=1e-14)
        np.testing.assert_allclose(f.dC_dO, (y_hat - y) / N, rtol=1e-15)
        np.testing.assert_allclose(f.dC_dO, f.dC_dyhat * f.dyhat_dO, rtol=1e-14)
    jacobians = np.array([np.diag(row) - np.outer(row, row) for row in y_hat])
    slopes = {"sigmoid": y_hat * (1 - y_hat), "identity": np.ones_like(y)}
    if p.net.output == "softmax":
        np.testing.assert_allclose(f.dyhat_dO, jacobians, rtol=1e-12, atol=1e-16)
        return
    np.testing.assert_array_equal(f.dyhat_dO, slopes[p.net.output])
    np.testing.assert_array_equal(f.dO_dW2, forward.Z1)
    np.testing.assert_array_equal(f.dO_dZ, p.net.W2[: p.net.units])
    slopes = {
        "sigmoid": Z * (1 - Z),
        "tanh": 1 - Z**2,
        "relu": (forward.H > 0).astype(float),
        "identity": np.ones_like(Z),
    }
    np.testing.assert_array_equal(f.dZ_dH, slopes[p.net.hidden])
    np.testing.assert_array_equal(f.dH_dW1, forward.X1)


@settings(deadline=None, max_examples=50)
@given(problems(), st.sampled_from(CHOICES))
def test_a_choice_swaps_its_own_factor_s_formula_only(
    p: Problem, choice: tuple[str, str, str]
) -> None:
    """Of the same forward pass: what is not a formula of the swapped part stays to the bit."""
    hidden, _, loss = choice
    before = chain_factors(p.net, p.X, p.y)
    by_loss = chain_factors(p.net, p.X, p.y, loss if loss in losses_for("sigmoid") else "mse")
    for name in ("dyhat_dO", "dO_dW2", "dO_dZ", "dZ_dH", "dH_dW1"):
        np.testing.assert_array_equal(getattr(by_loss, name), getattr(before, name))
    by_output = chain_factors(replace(p.net, output="identity"), p.X, p.y)
    for name in ("dO_dW2", "dO_dZ", "dZ_dH", "dH_dW1"):
        np.testing.assert_array_equal(getattr(by_output, name), getattr(before, name))
    by_hidden = chain_factors(replace(p.net, hidden=hidden), p.X, p.y)
    for name in ("dO_dZ", "dH_dW1"):
        np.testing.assert_array_equal(getattr(by_hidden, name), getattr(before, name))


@settings(deadline=None, max_examples=100)
@given(problems() | swaps())
def test_each_sample_s_part_is_the_gradient_of_its_own_term(p: Problem) -> None:
    f = chain_factors(p.net, p.X, p.y, p.loss)
    N = 1 if p.loss == "half_sse" else len(p.X)  # alone, a sample has 1/1 in place of 1/N
    for i, (dW1_i, dW2_i) in enumerate(zip(f.dW1_per_sample(), f.dW2_per_sample(), strict=True)):
        alone = gradients(p.net, p.X[[i]], p.y[[i]], p.loss)
        assert_agree((N * dW1_i, N * dW2_i), alone, 1e-12)


@settings(deadline=None, max_examples=100)
@given(problems() | swaps())
def test_parts_per_sample_sum_to_the_gradients(p: Problem) -> None:
    f = chain_factors(p.net, p.X, p.y, p.loss)
    sums = f.dW1_per_sample().sum(axis=0), f.dW2_per_sample().sum(axis=0)
    assert_agree(sums, gradients(p.net, p.X, p.y, p.loss), 1e-12)


@settings(deadline=None, max_examples=100)
@given(problems() | swaps())
def test_contributions_are_the_same_parts_split_by_output(p: Problem) -> None:
    f = chain_factors(p.net, p.X, p.y, p.loss)
    for k, l in np.ndindex(p.net.W1.shape):
        parts, whole = contributions(p.net, p.X, p.y, 1, k, l, p.loss), f.dW1_per_sample()[:, k, l]
        assert parts.shape == p.y.shape
        bound = 1e-15 * np.abs(parts).sum()  # the outputs' parts may cancel
        np.testing.assert_allclose(parts.sum(axis=1), whole, rtol=1e-14, atol=bound)
    for k, o in np.ndindex(p.net.W2.shape):
        parts = contributions(p.net, p.X, p.y, 2, k, o, p.loss)
        assert parts.shape == p.y.shape
        np.testing.assert_allclose(parts[:, o], f.dW2_per_sample()[:, k, o], rtol=1e-14)


@settings(deadline=None, max_examples=100)
@given(problems() | swaps())
def test_contributions_sum_to_every_entry_of_the_gradient(p: Problem) -> None:
    dW1, dW2 = gradients(p.net, p.X, p.y, p.loss)
    sums1, sums2 = np.empty_like(dW1), np.empty_like(dW2)
    for k, l in np.ndindex(dW1.shape):
        sums1[k, l] = contributions(p.net, p.X, p.y, 1, k, l, p.loss).sum()
    for k, o in np.ndindex(dW2.shape):
        sums2[k, o] = contributions(p.net, p.X, p.y, 2, k, o, p.loss).sum()
    assert_agree((sums1, sums2), (dW1, dW2), 1e-12)


class TestSaturated:
    """Cross-entropy where ŷ rounds to 0 or 1: one constant unit, so O is what W2's bias says."""

    @staticmethod
    def net(O: float) -> Network:
        return Network(np.zeros((2, 1)), np.array([[1.0], [O]]), hidden="tanh")  # tanh 0 = 0

    @pytest.mark.parametrize("O", [-700.0, -37.5, -30.0, 0.0, 30.0, 37.5, 700.0])
    @pytest.mark.parametrize("y", [0.0, 1e-9, 0.3, 1.0])
    def test_cost_and_gradients_stay_right(self, O: float, y: float) -> None:
        net, X, Y = self.net(O), [[1.0]], [y]
        with mpmath.workdps(400):
            o, t = mpmath.mpf(O), mpmath.mpf(y)
            C = t * mpmath.log1p(mpmath.exp(-o)) + (1 - t) * mpmath.log1p(mpmath.exp(o))
            error = float(1 / (1 + mpmath.exp(-o)) - t)
        assert cost(net, X, Y, "cross_entropy") == pytest.approx(float(C), rel=1e-14)
        dW1, dW2 = gradients(net, X, Y, "cross_entropy")
        np.testing.assert_allclose(dW2, [[0.0], [error]], atol=2e-16)
        np.testing.assert_allclose(dW1, [[error], [error]], atol=2e-16)
        parts = [contributions(net, X, Y, 2, 1, 0, "cross_entropy")[0, 0]]
        f = chain_factors(net, X, Y, "cross_entropy")
        parts += [f.dC_dO[0, 0], f.dW2_per_sample()[0, 1, 0], f.dW1_per_sample()[0, 0, 0]]
        assert parts == [dW2[1, 0]] * 4

    @pytest.mark.parametrize(("O", "y"), [(700.0, 1.0), (-800.0, 0.0)])
    def test_the_first_factor_has_its_limit_where_the_prediction_has_arrived(
        self, O: float, y: float
    ) -> None:
        f = chain_factors(self.net(O), [[1.0]], [y], "cross_entropy")
        assert f.dC_dyhat[0, 0] == (-1.0 if y else 1.0)

    @pytest.mark.parametrize(("O", "y", "limit"), [(40.0, 0.0, np.inf), (-800.0, 1.0, -np.inf)])
    def test_it_is_infinite_where_the_prediction_is_as_wrong_as_can_be(
        self, O: float, y: float, limit: float
    ) -> None:
        f = chain_factors(self.net(O), [[1.0]], [y], "cross_entropy")
        assert f.dC_dyhat[0, 0] == limit
        assert f.dyhat_dO[0, 0] == 0
        assert f.dC_dO[0, 0] == (1.0 if limit > 0 else -1.0)  # which ∞ · 0 would not give


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
        contributions(Network.init(2, 3), XOR_X, XOR_Y, layer, row, column)


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

    def test_cross_entropy_of_what_is_no_probability(self, function: Callable[..., object]) -> None:
        net = replace(self.net, output="identity")
        message = "'cross_entropy' treats ŷ as a probability .* this network's output is identity"
        with pytest.raises(ValueError, match=message):
            function(net, XOR_X, XOR_Y, "cross_entropy")

    @pytest.mark.parametrize("wrong", [-0.01, 1.01])
    def test_targets_that_are_no_probabilities(
        self, function: Callable[..., object], wrong: float
    ) -> None:
        y = XOR_Y.copy()
        y[2] = wrong
        with pytest.raises(ValueError, match="'cross_entropy' needs targets y from 0 to 1; these"):
            function(self.net, XOR_X, y, "cross_entropy")
