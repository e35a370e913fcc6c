from dataclasses import FrozenInstanceError, replace
from typing import Any

import numpy as np
import pytest

from core.network import MAX_UNITS, Network

LN3 = np.log(3.0)  # σ(ln 3) = 3/4 and σ(−ln 3) = 1/4, so a forward pass can be done by hand


def as_derived() -> Network:
    return Network(np.zeros((3, 3)), np.zeros((4, 1)))


def test_one_sample_by_hand() -> None:
    W1 = LN3 * np.array([[1.0, 0.0], [0.0, -1.0], [1.0, 2.0]])  # x1, x2, bias → h1, h2
    W2 = LN3 * np.array([[2.0, 4.0], [-2.0, 0.0], [-1.0, -2.0]])  # z1, z2, bias → o1, o2
    forward = Network(W1, W2).forward([[0.0, 1.0]])
    np.testing.assert_array_equal(forward.X1, [[0.0, 1.0, 1.0]])
    # H = (0·ln3 + 1·0 + ln3, 0·0 − 1·ln3 + 2 ln3) = (ln3, ln3)
    np.testing.assert_allclose(forward.H, [[LN3, LN3]], rtol=1e-15)
    np.testing.assert_allclose(forward.Z, [[0.75, 0.75]], rtol=1e-15)
    np.testing.assert_allclose(forward.Z1, [[0.75, 0.75, 1.0]], rtol=1e-15)
    # O = (¾·2 ln3 − ¾·2 ln3 − ln3, ¾·4 ln3 + ¾·0 − 2 ln3) = (−ln3, ln3)
    np.testing.assert_allclose(forward.O, [[-LN3, LN3]], rtol=1e-14)
    np.testing.assert_allclose(forward.y_hat, [[0.25, 0.75]], rtol=1e-14)


def test_without_bias_nothing_is_appended() -> None:
    net = Network(np.full((1, 1), LN3), np.zeros((1, 1)), bias_input=False, bias_hidden=False)
    forward = net.forward([[1.0], [-1.0]])
    np.testing.assert_array_equal(forward.X1, [[1.0], [-1.0]])
    assert forward.Z1 is forward.Z
    np.testing.assert_allclose(forward.Z, [[0.75], [0.25]], rtol=1e-15)
    np.testing.assert_array_equal(forward.y_hat, [[0.5], [0.5]])


def test_predict_is_the_forward_pass_s_y_hat() -> None:
    net = Network.init(2, 3, 2, seed=5)
    X = [[0.1, 0.2], [0.3, 0.4]]
    np.testing.assert_array_equal(net.predict(X), net.forward(X).y_hat)


@pytest.mark.parametrize("bias_input", [True, False])
@pytest.mark.parametrize("bias_hidden", [True, False])
def test_sizes_with_and_without_bias(bias_input: bool, bias_hidden: bool) -> None:
    net = Network.init(4, 3, 2, bias_input=bias_input, bias_hidden=bias_hidden)
    assert net.W1.shape == (4 + bias_input, 3)
    assert net.W2.shape == (3 + bias_hidden, 2)
    assert (net.inputs, net.units, net.outputs) == (4, 3, 2)
    forward = net.forward(np.zeros((5, 4)))
    assert forward.X1.shape == (5, 4 + bias_input)
    assert forward.H.shape == forward.Z.shape == (5, 3)
    assert forward.Z1.shape == (5, 3 + bias_hidden)
    assert forward.O.shape == forward.y_hat.shape == (5, 2)


def test_the_network_as_derived_is_3x3_and_4x1() -> None:
    net = Network.init(2, 3)
    assert net.W1.shape == (3, 3)
    assert net.W2.shape == (4, 1)


def test_matrices_are_float64_copies() -> None:
    W1, W2 = np.ones((3, 3)), np.ones((4, 1))
    net = Network(W1, W2)
    W1[0, 0] = W2[0, 0] = 7
    assert net.W1[0, 0] == net.W2[0, 0] == 1.0


def test_whole_numbers_become_float64() -> None:
    W1: Any = [[1, 2], [3, 4]]
    W2: Any = np.ones((3, 1), dtype=np.float32)
    net = Network(W1, W2)
    assert net.W1.dtype == net.W2.dtype == np.float64


@pytest.mark.parametrize("name", ["W1", "W2"])
def test_matrices_are_read_only(name: str) -> None:
    with pytest.raises(ValueError, match="read-only"):
        getattr(as_derived(), name)[0, 0] = 1.0


@pytest.mark.parametrize("name", ["W1", "bias_input", "hidden"])
def test_a_network_is_frozen(name: str) -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(as_derived(), name, None)


@pytest.mark.parametrize(
    ("W1", "W2", "message"),
    [
        (np.zeros(3), np.zeros((4, 1)), r"W1 must be a matrix, .* not of shape \(3,\)"),
        (np.zeros((3, 3)), np.zeros(4), r"W2 must be a matrix, .* not of shape \(4,\)"),
        (np.zeros((3, 0)), np.zeros((1, 1)), r"W1 must be a matrix, .* not of shape \(3, 0\)"),
        (np.full((3, 3), np.nan), np.zeros((4, 1)), "W1 has a value that is not a finite number"),
        (np.zeros((3, 3)), np.full((4, 1), np.inf), "W2 has a value that is not a finite number"),
        (np.zeros((1, 3)), np.zeros((4, 1)), "W1 needs a row for at least one input"),
        (
            np.zeros((3, 3)),
            np.zeros((3, 1)),
            "W2 has 3 rows; 3 hidden units and the bias need 4",
        ),
    ],
)
def test_matrices_that_make_no_network(W1: Any, W2: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Network(W1, W2)


def test_rows_of_w2_without_a_hidden_bias() -> None:
    with pytest.raises(ValueError, match="W2 has 4 rows; 3 hidden units need 3"):
        Network(np.zeros((3, 3)), np.zeros((4, 1)), bias_hidden=False)


@pytest.mark.parametrize("role", ["hidden", "output"])
def test_an_unknown_activation(role: str) -> None:
    misspelt: Any = {role: "sgimoid"}
    with pytest.raises(ValueError, match="activation 'sgimoid' is not one of sigmoid"):
        replace(as_derived(), **misspelt)


@pytest.mark.parametrize("shape", [(4, 3), (2,), (4, 2, 1), ()])
def test_inputs_that_do_not_fit(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"X has shape \(.*\); this network takes \(N, 2\)"):
        as_derived().forward(np.zeros(shape))


def test_init_is_reproducible_and_seeds_differ() -> None:
    a, b, c = Network.init(2, 3, seed=1), Network.init(2, 3, seed=1), Network.init(2, 3, seed=2)
    np.testing.assert_array_equal(a.W1, b.W1)
    np.testing.assert_array_equal(a.W2, b.W2)
    assert not np.isclose(a.W1, c.W1).any()
    assert not np.isclose(a.W2, c.W2).any()


def test_xavier_fills_its_bounds_evenly() -> None:
    # a = √(6 / (rows + columns)), the bias row counted as a row
    net = Network.init(63, 32, 96, seed=3)  # W1 is 64×32: a = √(6/96) = ¼; W2 33×96: a = √(6/129)
    for W, bound in ((net.W1, 0.25), (net.W2, np.sqrt(6 / 129))):
        assert np.abs(W).max() <= bound
        assert W.min() < -0.99 * bound
        assert W.max() > 0.99 * bound
        assert abs(W.mean()) < 0.05 * bound
        assert W.std() == pytest.approx(bound / np.sqrt(3), rel=0.05)


@pytest.mark.parametrize("name", ["inputs", "hidden", "outputs"])
@pytest.mark.parametrize("size", [0, -1, MAX_UNITS + 1])
def test_sizes_that_make_no_network(name: str, size: int) -> None:
    sizes: Any = {"inputs": 2, "hidden": 3, "outputs": 1, name: size}
    with pytest.raises(ValueError, match=f"{name} must be from 1 to {MAX_UNITS}, not {size}"):
        Network.init(**sizes)


def test_an_unknown_scheme() -> None:
    with pytest.raises(ValueError, match="scheme 'he' is not one of xavier_uniform"):
        Network.init(2, 3, scheme="he")
