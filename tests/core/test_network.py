from collections.abc import Callable
from dataclasses import FrozenInstanceError, replace
from typing import Any

import numpy as np
import pytest

from core.gradients import gradients
from core.network import MAX_UNITS, SCHEMES, Network

BITS_W1 = ["-0x1.f42d166fdc6cap-1", "-0x1.08a753d18d5d0p-1", "-0x1.8de6616a89bf6p-1"]
BITS_W2 = [
    "-0x1.56129b89c735ap-1",
    "0x1.daf7150524fdcp-2",
    "-0x1.9d9fa5dfcf216p-1",
    "0x1.4519c76d46eb0p-3",
]
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
        (np.full((3, 3), np.nan), np.zeros((4, 1)), r"W1\[0, 0\] is nan, not a finite"),
        (np.zeros((3, 3)), np.full((4, 1), np.inf), r"W2\[0, 0\] is inf, not a finite"),
        (np.zeros((1, 3)), np.zeros((4, 1)), "W1 needs at least one input row"),
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


@pytest.mark.parametrize(
    ("role", "name", "offered"),
    [
        ("hidden", "sgimoid", "sigmoid, tanh, relu, identity"),
        ("hidden", "softmax", "sigmoid, tanh, relu, identity"),
        ("output", "sgimoid", "sigmoid, identity, softmax"),
        ("output", "tanh", "sigmoid, identity, softmax"),
    ],
)
def test_an_activation_that_is_not_offered(role: str, name: str, offered: str) -> None:
    other: Any = {role: name}
    with pytest.raises(ValueError, match=f"{role} '{name}' is not one of {offered}"):
        replace(as_derived(), **other)


@pytest.mark.parametrize(
    ("hidden", "Z"), [("sigmoid", [0.25, 0.75]), ("tanh", [-0.8, 0.8]), ("relu", [0.0, LN3])]
)
@pytest.mark.parametrize("output", ["sigmoid", "identity"])
def test_other_activations_by_hand(hidden: str, Z: list[float], output: str) -> None:
    # H = (−ln3, ln3): σ gives ¼ and ¾, tanh (⅓ − 3)/(⅓ + 3) = −⅘ and ⅘, ReLU 0 and ln3
    W1, W2 = LN3 * np.array([[-1.0, 1.0]]), np.array([[1.0], [2.0]])
    net = Network(W1, W2, bias_input=False, bias_hidden=False, hidden=hidden, output=output)
    forward = net.forward([[1.0]])
    np.testing.assert_allclose(forward.Z, [Z], rtol=1e-14)
    O = Z[0] + 2 * Z[1]
    np.testing.assert_allclose(forward.O, [[O]], rtol=1e-14)
    y_hat = O if output == "identity" else 1 / (1 + np.exp(-O))
    np.testing.assert_allclose(forward.y_hat, [[y_hat]], rtol=1e-14)
    assert not np.shares_memory(forward.O, forward.y_hat)


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


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_scheme_is_reproducible(scheme: str) -> None:
    a, b = (Network.init(4, 5, 2, scheme=scheme, seed=9) for _ in range(2))
    np.testing.assert_array_equal(a.W1, b.W1)
    np.testing.assert_array_equal(a.W2, b.W2)
    if scheme != "zeros":
        assert not np.isclose(a.W1, Network.init(4, 5, 2, scheme=scheme, seed=8).W1).any()


def test_the_weights_of_a_seed_stay_what_they_were() -> None:
    # of the first release: runs and pictures of others start from these
    net = Network.init(2, 3, seed=0)
    assert [w.hex() for w in net.W1[0]] == BITS_W1
    assert [w.hex() for w in net.W2[:, 0]] == BITS_W2


# Of a matrix with n rows and c columns, the bias row counted as a row.
BOUNDS: dict[str, Callable[[int, int], float]] = {
    "uniform": lambda _n, _c: 0.5,
    "xavier_uniform": lambda n, c: float(np.sqrt(6 / (n + c))),
    "he_uniform": lambda n, _c: float(np.sqrt(6 / n)),
}
DEVIATIONS: dict[str, Callable[[int, int], float]] = {
    "normal": lambda _n, _c: 1.0,
    "xavier_normal": lambda n, c: float(np.sqrt(2 / (n + c))),
    "he_normal": lambda n, _c: float(np.sqrt(2 / n)),
}


@pytest.mark.parametrize("scheme", BOUNDS)
def test_uniform_schemes_fill_their_bounds_evenly(scheme: str) -> None:
    net = Network.init(63, 32, 96, scheme=scheme, seed=3)
    for W in (net.W1, net.W2):  # 64×32 and 33×96
        bound = BOUNDS[scheme](*W.shape)
        assert np.abs(W).max() <= bound
        assert W.min() < -0.99 * bound
        assert W.max() > 0.99 * bound
        assert abs(W.mean()) < 0.05 * bound
        assert W.std() == pytest.approx(bound / np.sqrt(3), rel=0.05)


@pytest.mark.parametrize("scheme", DEVIATIONS)
def test_normal_schemes_have_their_deviation(scheme: str) -> None:
    net = Network.init(63, 32, 96, scheme=scheme, seed=3)
    for W in (net.W1, net.W2):
        s = DEVIATIONS[scheme](*W.shape)
        assert abs(W.mean()) < 0.08 * s
        assert W.std() == pytest.approx(s, rel=0.05)
        within = [np.mean(np.abs(W) < k * s) for k in (1, 2)]
        assert within == pytest.approx([0.683, 0.954], abs=0.03)  # a bell, not a box


def test_zeros_keep_all_hidden_units_the_same() -> None:
    net = Network.init(2, 3, scheme="zeros")
    assert not net.W1.any()
    assert not net.W2.any()
    X, y = np.array([[0.2, 0.9], [0.7, 0.1]]), np.array([1.0, 0.3])
    for _ in range(3):
        dW1, dW2 = gradients(net, X, y)
        net = replace(net, W1=net.W1 - dW1, W2=net.W2 - dW2)
    assert net.W1.any()
    np.testing.assert_array_equal(net.W1, net.W1[:, [0, 0, 0]])


def test_every_scheme_is_tried() -> None:
    assert {*BOUNDS, *DEVIATIONS, "zeros"} == set(SCHEMES)


def test_init_names_activations() -> None:
    net = Network.init(2, 3, hidden_activation="relu", output_activation="identity")
    assert (net.hidden, net.output) == ("relu", "identity")
    np.testing.assert_array_equal(net.W1, Network.init(2, 3).W1)
    with pytest.raises(ValueError, match="hidden_activation 'elu' is not one of"):
        Network.init(2, 3, hidden_activation="elu")


@pytest.mark.parametrize("name", ["inputs", "hidden", "outputs"])
@pytest.mark.parametrize("size", [0, -1, MAX_UNITS + 1])
def test_sizes_that_make_no_network(name: str, size: int) -> None:
    sizes: Any = {"inputs": 2, "hidden": 3, "outputs": 1, name: size}
    with pytest.raises(ValueError, match=f"{name} must be from 1 to {MAX_UNITS}, not {size}"):
        Network.init(**sizes)


def test_an_unknown_scheme() -> None:
    with pytest.raises(ValueError, match="scheme 'he' is not one of xavier_uniform"):
        Network.init(2, 3, scheme="he")


class TestSeveralHiddenLayers:
    def test_one_sample_by_hand(self) -> None:
        # 1 → 1 → 1 → 1, biases last; σ(ln 3) = ¾ and σ(0) = ½
        W1, W2, W3 = [[LN3], [0.0]], [[4 * LN3], [-2 * LN3]], [[4 * LN3], [-3 * LN3]]
        forward = Network(W1, W2, W3).forward([[1.0]])
        # H1 = ln3, Z1 = ¾; H2 = ¾·4 ln3 − 2 ln3 = ln3, Z2 = ¾; O = ¾·4 ln3 − 3 ln3 = 0
        np.testing.assert_allclose(forward.H[1], [[LN3]], rtol=1e-15)
        np.testing.assert_allclose(forward.H[2], [[LN3]], rtol=1e-14)
        np.testing.assert_allclose(forward.Z[2], [[0.75]], rtol=1e-14)
        np.testing.assert_allclose(forward.Z_bias[2], [[0.75, 1.0]], rtol=1e-14)
        np.testing.assert_allclose(forward.O, [[0.0]], atol=1e-14)
        np.testing.assert_allclose(forward.y_hat, [[0.5]], rtol=1e-14)
        np.testing.assert_array_equal(forward.X1, [[1.0, 1.0]])

    def test_layers_are_counted_from_1(self) -> None:
        forward = Network.init(2, [4, 3]).forward([[0.0, 1.0]])
        assert [forward.H[layer].shape for layer in (1, 2)] == [(1, 4), (1, 3)]
        assert [forward.Z_bias[layer].shape for layer in (1, 2)] == [(1, 5), (1, 4)]
        for layer in (0, 3, -1):
            with pytest.raises(IndexError, match=f"no hidden layer {layer}, but 1 to 2"):
                forward.H[layer]
        with pytest.raises(ValueError, match=r"of several it is Z_bias\[layer\]"):
            forward.Z1  # noqa: B018

    @pytest.mark.parametrize("bias_input", [True, False])
    @pytest.mark.parametrize("bias_hidden", [True, False])
    def test_sizes(self, bias_input: bool, bias_hidden: bool) -> None:
        net = Network.init(2, [4, 3, 5], 2, bias_input=bias_input, bias_hidden=bias_hidden)
        b = bias_hidden
        assert net.shapes == ((2 + bias_input, 4), (4 + b, 3), (3 + b, 5), (5 + b, 2))
        assert (net.inputs, net.units, net.outputs, net.layers) == (2, 4, 2, 4)
        assert [net.rows(layer) for layer in (1, 2, 3, 4)] == [2, 4, 3, 5]
        assert net.weights == (net.W1, net.W2, *net.deeper)
        assert net.predict(np.zeros((3, 2))).shape == (3, 2)

    def test_a_sequence_of_one_is_that_number(self) -> None:
        one, several = Network.init(2, 3, seed=4), Network.init(2, [3], seed=4)
        for a, b in zip(one.weights, several.weights, strict=True):
            np.testing.assert_array_equal(a, b)

    @pytest.mark.parametrize("hidden", [np.array([4, 3]), (4, 3), range(4, 2, -1)])
    def test_any_sequence_of_sizes(self, hidden: Any) -> None:
        assert Network.init(2, hidden).shapes == ((3, 4), (5, 3), (4, 1))

    def test_the_first_matrices_are_drawn_first(self) -> None:
        shallow, deep = Network.init(2, [4, 3]), Network.init(2, [4, 3, 2])
        np.testing.assert_array_equal(shallow.W1, deep.W1)
        np.testing.assert_array_equal(shallow.W2, deep.W2)

    def test_other_matrices_keep_the_rest(self) -> None:
        net = Network.init(2, [4, 3], 2, bias_input=False, hidden_activation="tanh")
        other = net.with_weights(*(2 * W for W in net.weights))
        np.testing.assert_array_equal(other.deeper[0], 2 * net.deeper[0])
        assert (other.bias_input, other.hidden) == (False, "tanh")
        replaced = replace(net, W1=2 * net.W1)
        np.testing.assert_array_equal(replaced.W1, other.W1)
        assert replaced.deeper[0].tobytes() == net.deeper[0].tobytes()

    def test_it_is_immutable(self) -> None:
        net = Network.init(2, [4, 3])
        with pytest.raises(FrozenInstanceError):
            net.deeper = ()  # type: ignore[misc]
        with pytest.raises(ValueError, match="read-only"):
            net.deeper[0][0, 0] = 1.0

    def test_its_name_says_all_sizes(self) -> None:
        assert repr(Network.init(2, [4, 3])) == "Network(3×4, 5×3, 4×1, sigmoid, sigmoid)"

    def test_weights_of_every_layer_have_an_index(self) -> None:
        net = Network.init(2, [4, 3])
        assert net.weight_index(3, 3, 0) == (3, 3, 0)
        for layer in (0, 4):
            with pytest.raises(IndexError, match=f"W{layer} has no weight"):
                net.weight_index(layer, 0, 0)

    @pytest.mark.parametrize(
        ("hidden", "message"),
        [
            ([], "hidden must name 1 to 6 layers, not 0"),
            ([2] * 7, "hidden must name 1 to 6 layers, not 7"),
            ([2, 0], r"hidden\[1\] must be from 1 to 100000, not 0"),
            ([2, 1.5], r"hidden\[1\] must be an integer, not 1.5"),
            ("34", "hidden must be an integer, not '34'"),
            ([20_000, 20_000], "make 400060000 weights, beyond 100000000"),
        ],
    )
    def test_sizes_that_there_cannot_be(self, hidden: Any, message: str) -> None:
        with pytest.raises(ValueError, match=message):
            Network.init(2, hidden)

    def test_matrices_that_do_not_fit(self) -> None:
        W1, W2 = np.ones((3, 4)), np.ones((5, 3))
        with pytest.raises(ValueError, match="W3 has 3 rows; 3 hidden units and the bias need 4"):
            Network(W1, W2, np.ones((3, 1)))
        with pytest.raises(ValueError, match=r"W3\[0, 0\] is nan"):
            Network(W1, W2, np.full((4, 1), np.nan))
        with pytest.raises(ValueError, match="8 matrices make 7 hidden layers, beyond 6"):
            Network(*[np.ones((2, 1))] * 8)
        with pytest.raises(ValueError, match="deeper is given, and matrices after W2, too"):
            Network(W1, W2, np.ones((4, 1)), deeper=(np.ones((4, 1)),))


class TestSoftmax:
    def test_probabilities_add_up_to_1(self) -> None:
        net = Network.init(2, 3, 4, output_activation="softmax")
        np.testing.assert_allclose(net.predict([[0.3, 0.1]]).sum(), 1.0, rtol=1e-15)

    def test_one_output_is_refused(self) -> None:
        message = "a softmax output needs at least 2 outputs, one a class; with 1 it is always 1"
        with pytest.raises(ValueError, match=message):
            Network.init(2, 3, output_activation="softmax")
        with pytest.raises(ValueError, match=message):
            Network(np.ones((3, 3)), np.ones((4, 1)), output="softmax")
