import warnings
from collections.abc import Iterator

import mpmath
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from core.activations import ACTIVATIONS, OUTPUT, sigmoid, softmax
from core.losses import LOSSES, OF_CLASSES, check_loss, check_targets, loss_of, losses_for
from core.network import Network

Array = NDArray[np.float64]

Y = np.array([[1.0, 0.0], [0.0, 1.0]])
Y_HAT = np.array([[0.75, 0.5], [0.25, 0.5]])
O = np.log(Y_HAT / (1 - Y_HAT))  # ŷ = σ(O)
SQUARES = ["half_mse", "mse", "half_sse"]


@pytest.fixture(autouse=True)
def strict() -> Iterator[None]:
    """Any floating-point event and any warning is an error here."""
    with np.errstate(all="raise"), warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.mark.parametrize(
    ("name", "C"),
    [
        # errors y − ŷ: 0.25, −0.5, −0.25, 0.5; squares 0.0625 + 0.25 + 0.0625 + 0.25 = 0.625
        ("half_mse", 0.15625),  # 0.625 / (2 · 2)
        ("mse", 0.3125),  # 0.625 / 2
        ("half_sse", 0.3125),  # 0.625 / 2, whatever N
        # −(ln ¾ + ln ½ + ln ¾ + ln ½) / 2 = −ln ⅜
        ("cross_entropy", -np.log(0.375)),
    ],
)
def test_value_by_hand(name: str, C: float) -> None:
    assert LOSSES[name].value(Y, Y_HAT, O) == pytest.approx(C, rel=1e-15)


@pytest.mark.parametrize(
    ("name", "slope"),
    [
        ("half_mse", [[-0.125, 0.25], [0.125, -0.25]]),  # −(y − ŷ) / 2
        ("mse", [[-0.25, 0.5], [0.25, -0.5]]),  # −2 (y − ŷ) / 2
        ("half_sse", [[-0.25, 0.5], [0.25, -0.5]]),  # −(y − ŷ)
        # (ŷ − y) / (2 ŷ (1 − ŷ)): −¼ / (2 · ¾ · ¼), ½ / (2 · ½ · ½), and so on
        ("cross_entropy", [[-2 / 3, 1.0], [2 / 3, -1.0]]),
    ],
)
def test_slope_by_hand(name: str, slope: list[list[float]]) -> None:
    np.testing.assert_allclose(LOSSES[name].slope(Y, Y_HAT), slope, rtol=1e-15)


@pytest.mark.parametrize(("name", "of_samples"), [(n, 2 if n == "half_sse" else 1) for n in LOSSES])
def test_mean_or_sum_over_samples_and_sum_over_outputs(name: str, of_samples: int) -> None:
    loss = LOSSES[name]
    once = loss.value(Y, Y_HAT, O)
    tall = loss.value(*(np.vstack([a, a]) for a in (Y, Y_HAT, O)))
    wide = loss.value(*(np.hstack([a, a]) for a in (Y, Y_HAT, O)))
    assert tall == pytest.approx(of_samples * once, rel=1e-15)
    assert wide == pytest.approx(2 * once, rel=1e-15)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("y", [Y, np.array([[0.3, 0.9], [0.5, 0.01]])])
def test_slope_is_the_derivative_of_the_value(name: str, y: Array) -> None:
    loss, h = LOSSES[name], 1e-6
    slope = loss.slope(y, Y_HAT)
    for index in np.ndindex(Y_HAT.shape):
        step = np.zeros_like(Y_HAT)
        step[index] = h
        above, below = Y_HAT + step, Y_HAT - step
        rise = loss.value(y, above, _logit(above)) - loss.value(y, below, _logit(below))
        assert rise / (2 * h) == pytest.approx(slope[index], rel=1e-8, abs=1e-9)


@pytest.mark.parametrize("name", LOSSES)
def test_plain_numbers_say_the_same(name: str) -> None:
    loss, N = LOSSES[name], 3
    random = np.random.default_rng(0)
    y, y_hat = random.random((N, 2)), random.random((N, 2))
    scale, slope = loss.scale(N), loss.slope(y, y_hat)
    if loss.fused:
        assert scale is None
        slope = slope * y_hat * (1 - y_hat)
    else:
        assert scale is not None
        expected = loss.value(y, y_hat, _logit(y_hat))
        assert scale * ((y - y_hat) ** 2).sum() == pytest.approx(expected, rel=1e-14)
    np.testing.assert_allclose(loss.error_scale(N) * (y_hat - y), slope, rtol=1e-13)


def test_cross_entropy_agrees_with_mpmath_over_the_whole_range() -> None:
    far = np.concatenate([np.linspace(-800, 800, 161), [-37.5, -36.5, 36.5, 37.5, 1e-300, 1e300]])
    for y in (0.0, 1e-12, 0.3, 1 - 1e-12, 1.0):
        for o in far:
            with mpmath.workdps(800):
                t, x = mpmath.mpf(y), mpmath.mpf(float(o))
                exact = t * _softplus(-x) + (1 - t) * _softplus(x)
            one, o1 = np.array([[y]]), np.array([[o]])
            value = LOSSES["cross_entropy"].value(one, sigmoid(o1), o1)
            assert value == pytest.approx(float(exact), rel=1e-14, abs=5e-324)


def test_cross_entropy_has_its_slope_s_limits_where_there_are_any() -> None:
    loss = LOSSES["cross_entropy"]
    y, y_hat = np.array([[1.0, 0.0, 1.0, 0.0]]), np.array([[1.0, 0.0, 0.0, 1.0]])
    np.testing.assert_array_equal(loss.slope(y, y_hat), [[-1.0, 1.0, -np.inf, np.inf]])


@pytest.mark.parametrize("output", OUTPUT)
@pytest.mark.parametrize("name", LOSSES)
def test_cross_entropy_goes_with_probabilities_only(name: str, output: str) -> None:
    net = Network.init(2, 3, 2, output_activation=output)
    if name == "cross_entropy" and output == "identity":
        assert name not in losses_for(output)
        message = "needs a sigmoid or softmax output; this network's output is identity"
        with pytest.raises(ValueError, match=message):
            check_loss(net, name)
    else:
        assert name in losses_for(output)
        assert check_loss(net, name) is loss_of(output, name)
        of_classes = output == "softmax" and name == "cross_entropy"
        assert (loss_of(output, name) is LOSSES[name]) is not of_classes


def test_a_loss_that_does_not_exist() -> None:
    message = "loss 'hinge' is not one of half_mse, mse, half_sse, cross_entropy"
    with pytest.raises(ValueError, match=message):
        check_loss(Network.init(2, 3), "hinge")


@pytest.mark.parametrize("name", SQUARES)
def test_squares_take_any_targets(name: str) -> None:
    check_targets(name, np.array([[-3.0], [1e9]]))


def test_cross_entropy_takes_probabilities() -> None:
    check_targets("cross_entropy", np.array([[0.0], [0.4], [1.0]]))
    with pytest.raises(
        ValueError, match=r"needs targets y from 0 to 1; these range from -3 to 23\.5"
    ):
        check_targets("cross_entropy", np.array([[-3.0], [0.5], [23.5]]))


@pytest.mark.parametrize(
    ("output", "name"), [(output, name) for output in OUTPUT for name in losses_for(output)]
)
def test_the_code_of_each_gives_its_value_and_slope(output: str, name: str) -> None:
    loss, random = loss_of(output, name), np.random.default_rng(2)
    O = random.normal(size=(4, 3))
    y_hat = ACTIVATIONS[output].value(O)
    y = random.dirichlet(np.ones(3), 4) if output == "softmax" else random.random((4, 3))
    arrays = {"X": O, "y": y, "y_hat": y_hat, "O": O}
    names = {"np": np, "log_softmax": lambda O: np.log(softmax(O)), **arrays}
    value = eval(loss.forms.numpy, names)
    assert value == pytest.approx(loss.value(y, y_hat, O), rel=1e-14)
    slope = loss.error_scale(4) * (y_hat - y) if loss.fused else loss.slope(y, y_hat)
    found = eval(loss.forms.numpy_slope, names)
    np.testing.assert_allclose(found, slope, rtol=1e-14)
    tensors = {key: torch.tensor(array) for key, array in arrays.items()}
    zero = torch.zeros((), dtype=torch.float64)
    by_torch = eval(loss.forms.torch, {"torch": torch, "zero": zero, **tensors})
    assert float(by_torch) == pytest.approx(value, rel=1e-14)


class TestOfClasses:
    """Cross-entropy of a softmax: ŷ = (⅛, ¼, ⅝) and (½, ¼, ¼), y = the third and the first."""

    loss = OF_CLASSES["cross_entropy"]
    y = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
    y_hat = np.array([[0.125, 0.25, 0.625], [0.5, 0.25, 0.25]])

    def test_by_hand(self) -> None:
        # C = −(ln ⅝ + ln ½) / 2; ∂C/∂ŷ = −1 / (2 · ⅝) and −1 / (2 · ½)
        C = self.loss.value(self.y, self.y_hat, np.log(self.y_hat) + 3.0)
        assert pytest.approx(-(np.log(0.625) + np.log(0.5)) / 2, rel=1e-15) == C
        expected = [[0.0, 0.0, -0.8], [-1.0, 0.0, 0.0]]
        np.testing.assert_allclose(self.loss.slope(self.y, self.y_hat), expected, rtol=1e-15)

    def test_it_is_not_a_sum_of_squares(self) -> None:
        assert self.loss.scale(4) is None
        assert self.loss.error_scale(4) == 0.25

    @pytest.mark.parametrize("far", [0.0, 40.0, 800.0, 1e300])
    def test_it_agrees_with_mpmath_over_the_whole_range(self, far: float) -> None:
        O = np.array([[far, 0.5, -far], [0.0, -1.0, 1.0]])
        for y in (np.eye(3)[[0, 1]], np.eye(3)[[2, 1]], np.array([[0.2, 0.3, 0.5]] * 2)):
            with mpmath.workdps(60):
                exact = mpmath.mpf(0)
                for targets, row in zip(y, O, strict=True):
                    below = [mpmath.mpf(float(o)) - mpmath.mpf(float(row.max())) for o in row]
                    log = mpmath.log(sum(map(mpmath.exp, below)))
                    exact += sum(t * (log - b) for t, b in zip(targets, below, strict=True)) / 2
            value = self.loss.value(y, softmax(O), O)
            assert value == pytest.approx(float(exact), rel=1e-14, abs=5e-324)

    def test_the_slope_is_infinite_where_the_class_has_probability_0(self) -> None:
        slope = self.loss.slope(np.array([[1.0, 0.0]]), np.array([[0.0, 0.0]]))
        np.testing.assert_array_equal(slope, [[-np.inf, 0.0]])

    def test_each_sample_s_targets_add_up_to_1(self) -> None:
        check_targets("cross_entropy", np.array([[0.1, 0.2, 0.7]]), "softmax")
        check_targets("mse", np.array([[0.1, 0.2, 0.1]]), "softmax")
        message = r"targets that add up to 1 in each sample; those of y\[1\] add up to 0\.9999"
        with pytest.raises(ValueError, match=message):
            check_targets("cross_entropy", np.array([[0.0, 1.0], [0.3333, 0.6666]]), "softmax")
        with pytest.raises(ValueError, match="targets y from 0 to 1; these range from -1 to 2"):
            check_targets("cross_entropy", np.array([[-1.0, 2.0]]), "softmax")


def _logit(p: Array) -> Array:
    return np.asarray(np.log(p / (1 - p)))


def _softplus(x: mpmath.mpf) -> mpmath.mpf:
    return x if x > 1e9 else mpmath.mpf(0) if x < -1e9 else mpmath.log1p(mpmath.exp(x))
