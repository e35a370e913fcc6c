import warnings
from collections.abc import Iterator

import mpmath
import numpy as np
import pytest
import torch

from core.activations import (
    ACTIVATIONS,
    HIDDEN,
    OUTPUT,
    identity,
    relu,
    relu_slope,
    sigmoid,
    sigmoid_slope,
    softmax,
    softmax_slope,
    tanh_slope,
)

EPS = float(np.finfo(np.float64).eps)
TINIEST = 5e-324  # the smallest subnormal
LIMITS = [0.0, TINIEST, 2.2e-308, 1e-17, 1.0, 36.7, 709.0, 745.0, 745.2, 746.0, 1e308, np.inf]
MANY = np.concatenate([np.linspace(-746, 746, 4001), np.geomspace(1e-300, 1e3, 500), LIMITS])


@pytest.fixture(autouse=True)
def strict() -> Iterator[None]:
    """Any floating-point event and any warning is an error here."""
    with np.errstate(all="raise"), warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def exact_sigmoid(x: float) -> float:
    with mpmath.workdps(40):
        return float(1 / (1 + mpmath.exp(-mpmath.mpf(x))))


@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_sigmoid_agrees_with_mpmath_over_the_whole_range(sign: float) -> None:
    x = sign * MANY
    exact = np.array([exact_sigmoid(float(value)) for value in x])
    error = np.abs(sigmoid(x) - exact)
    with np.errstate(under="ignore"):
        assert (error <= 2 * EPS * exact + TINIEST).all()


@pytest.mark.parametrize(
    ("x", "value"),
    [
        (0.0, 0.5),
        (-0.0, 0.5),
        (TINIEST, 0.5),
        (-TINIEST, 0.5),
        (745.0, 1.0),
        (-745.0, TINIEST),
        (1e308, 1.0),
        (-1e308, 0.0),
        (np.inf, 1.0),
        (-np.inf, 0.0),
    ],
)
def test_sigmoid_at_the_limits_of_float64(x: float, value: float) -> None:
    assert sigmoid(np.array([x]))[0] == value


def test_sigmoid_of_nan_is_nan() -> None:
    assert np.isnan(sigmoid(np.array([np.nan]))).all()


def test_sigmoid_is_symmetric_about_one_half() -> None:
    np.testing.assert_allclose(sigmoid(MANY) + sigmoid(-MANY), 1.0, rtol=0, atol=EPS)


def test_sigmoid_is_monotone() -> None:
    x = np.sort(np.concatenate([-MANY, MANY]))
    assert (np.diff(sigmoid(x)) >= 0).all()


def test_sigmoid_keeps_the_shape_and_leaves_its_argument_alone() -> None:
    x = np.array([[-1.0, 0.0, 1.0], [2.0, 3.0, 4.0]])
    before = x.copy()
    assert sigmoid(x).shape == (2, 3)
    np.testing.assert_array_equal(x, before)


def test_sigmoid_slope_by_hand() -> None:
    # σ(ln 3) = 1 / (1 + 1/3) = 3/4, so σ′(ln 3) = 3/4 · 1/4
    assert sigmoid_slope(np.array([0.75]))[0] == 0.1875


def test_tanh_slope_by_hand() -> None:
    # tanh(½ ln 3) = (√3 − 1/√3) / (√3 + 1/√3) = ½, and 1 − ¼ = ¾
    assert ACTIVATIONS["tanh"].value(np.array([np.log(3) / 2]))[0] == pytest.approx(0.5, rel=1e-14)
    assert tanh_slope(np.array([0.5]))[0] == 0.75


def test_relu_cuts_what_is_negative() -> None:
    x = np.array([[-2.0, -0.0, 0.0, TINIEST, 3.0]])
    np.testing.assert_array_equal(relu(x), [[0.0, 0.0, 0.0, TINIEST, 3.0]])
    np.testing.assert_array_equal(relu_slope(relu(x)), [[0.0, 0.0, 0.0, 1.0, 1.0]])


def test_identity_gives_another_array() -> None:
    x = np.array([[1.0, 2.0]])
    assert identity(x) is not x
    np.testing.assert_array_equal(identity(x), x)


@pytest.mark.parametrize("name", HIDDEN)
def test_value_and_slope_at_the_limits_of_float64(name: str) -> None:
    activation = ACTIVATIONS[name]
    for x in (MANY, -MANY):
        value = activation.value(x)
        assert value.shape == x.shape
        assert not np.isnan(value).any()
        slope = activation.slope(value)
        assert ((slope >= 0) & (slope <= 1)).all()
    assert np.isnan(activation.value(np.array([np.nan]))).all()


@pytest.mark.parametrize("name", HIDDEN)
def test_slope_is_the_derivative_in_terms_of_the_value(name: str) -> None:
    activation, h = ACTIVATIONS[name], 1e-6
    x = np.linspace(-4, 4, 40)  # an even number: 0, where ReLU has a kink, is not among them
    difference = (activation.value(x + h) - activation.value(x - h)) / (2 * h)
    np.testing.assert_allclose(activation.slope(activation.value(x)), difference, atol=1e-9)


def test_what_is_offered_exists() -> None:
    assert HIDDEN == ("sigmoid", "tanh", "relu", "identity")
    assert OUTPUT == ("sigmoid", "identity", "softmax")
    assert set(ACTIVATIONS) == {*HIDDEN, *OUTPUT}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_code_of_each_gives_its_value_and_slope(name: str) -> None:
    activation = ACTIVATIONS[name]
    x = np.array([[-1.5, 0.25, 3.0], [0.5, -0.75, -2.0]])
    a = activation.value(x)
    names = {"np": np, "x": x, "a": a, "sigmoid": sigmoid, "softmax": softmax}
    for form, expected in ((activation.numpy, a), (activation.numpy_slope, activation.slope(a))):
        found = eval(form.format(x="x", a="a"), names)
        np.testing.assert_allclose(found, expected, rtol=1e-14)
    by_torch = eval(activation.torch.format(x="x"), {"torch": torch, "x": torch.tensor(x)})
    np.testing.assert_allclose(by_torch.numpy(), a, rtol=1e-14)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_steepest_slope_and_where_it_is_flat(name: str) -> None:
    activation = ACTIVATIONS[name]
    x = np.linspace(-8, 8, 1601)[:, np.newaxis]  # of two classes, one fixed at 0
    pairs = np.hstack([x, np.zeros_like(x)]) if activation.full else x
    slope = activation.slope(activation.value(pairs))
    slope = slope[:, 0, 0] if activation.full else slope[:, 0]
    assert slope.max() == pytest.approx(activation.steepest, rel=1e-12)
    if np.isfinite(activation.saturation):
        flat = slope <= 0.0396 * activation.steepest
        np.testing.assert_array_equal(flat, np.abs(x[:, 0]) > activation.saturation)


class TestSoftmax:
    def test_by_hand(self) -> None:
        # e⁰ : e^ln2 : e^ln5 = 1 : 2 : 5, of 8
        x = np.log([[1.0, 2.0, 5.0]])
        np.testing.assert_allclose(softmax(x), [[0.125, 0.25, 0.625]], rtol=1e-15)
        # aₒ (δₒⱼ − aⱼ): ⅛·⅞, −⅛·¼, −⅛·⅝; −¼·⅛, ¼·¾, −¼·⅝; −⅝·⅛, −⅝·¼, ⅝·⅜; in 64ths
        expected = np.array([[7, -2, -5], [-2, 12, -10], [-5, -10, 15]]) / 64
        np.testing.assert_allclose(softmax_slope(softmax(x)), [expected], rtol=1e-14)

    @pytest.mark.parametrize("far", [0.0, 700.0, 1e4, 1.7e308])
    def test_at_the_limits_of_float64(self, far: float) -> None:
        with np.errstate(all="raise"):
            a = softmax(np.array([[far, far, -far], [-far, 0.0, far], [far, far - 1.0, 0.0]]))
            slope = softmax_slope(a)
        np.testing.assert_allclose(a.sum(axis=1), 1.0, rtol=1e-15)
        assert ((a >= 0) & (a <= 1)).all()
        np.testing.assert_allclose(slope.sum(axis=2), 0.0, atol=1e-16)
        np.testing.assert_array_equal(slope, slope.transpose(0, 2, 1))

    def test_a_shift_changes_nothing_and_order_is_kept(self) -> None:
        x = np.array([[0.5, -1.0, 2.0]])
        np.testing.assert_array_equal(softmax(x + 4.0), softmax(x))
        assert (np.argsort(softmax(x)) == np.argsort(x)).all()

    def test_the_jacobian_is_the_derivative(self) -> None:
        x, h = np.array([[0.3, -1.2, 0.8, 0.0]]), 1e-6
        jacobian = softmax_slope(softmax(x))[0]
        for j in range(4):
            step = h * np.eye(4)[[j]]
            difference = (softmax(x + step) - softmax(x - step))[0] / (2 * h)
            np.testing.assert_allclose(jacobian[:, j], difference, atol=1e-9)
