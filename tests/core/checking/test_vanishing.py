"""Where the gradient went: products that are the contributions, and each cause arranged."""

import math
from dataclasses import replace
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.chain import deltas
from core.checking import vanishing as module
from core.checking.vanishing import BLOCK, FactorSizes, analyse_vanishing, delta_sizes
from core.gradients import contributions, gradients
from core.network import Network
from tests.core.oracles import Problem, deep_problems, swaps

Array = NDArray[np.float64]
X = np.array([[0.5, -1.0], [1.0, 0.5], [-0.5, 1.0], [-1.0, -0.5]])
Y = np.array([0.0, 1.0, 1.0, 0.0])


def usual(**changed: object) -> Network:
    """Two inputs, two units, one output, both biases: nothing is small in it."""
    W1 = np.array([[0.8, -0.6], [0.4, 0.9], [0.1, -0.2]])
    net = Network(W1, np.array([[0.9], [-0.8], [0.1]]))
    return replace(net, **changed)  # type: ignore[arg-type]


def named(chain: FactorSizes) -> list[str]:
    return [factor.name for factor in chain.vanishing_factors]


def size(chain: FactorSizes, name: str) -> float:
    return next(factor.size for factor in chain.factors if factor.name == name)


@hypothesis_settings(deadline=None, max_examples=100)
@given(swaps() | deep_problems(), st.integers(0, 2**32 - 1))
def test_the_products_are_the_contributions(p: Problem, seed: int) -> None:
    random = np.random.default_rng(seed)
    layer = int(random.integers(1, p.net.layers + 1))
    matrix = p.net.weights[layer - 1]
    row, column, sample, output = map(
        int, random.integers(0, [*matrix.shape, len(p.X), p.net.outputs])
    )
    found = analyse_vanishing(p.net, p.X, p.y, layer, row, column, sample, output, p.loss)
    parts = contributions(p.net, p.X, p.y, layer, row, column, p.loss)
    output = column if layer == p.net.layers else output
    tiny = 1e-13 * float(np.abs(parts).max())  # units between may cancel, and ŷ from the error
    assert found.sample.product == pytest.approx(abs(parts[sample, output]), rel=1e-11, abs=tiny)
    product = math.prod(factor.size for factor in found.sample.factors)
    assert product == pytest.approx(found.sample.product, rel=1e-12)

    rms = np.sqrt(np.mean(parts[:, output] ** 2))
    assert found.batch.product == pytest.approx(rms, rel=1e-11, abs=tiny)
    assert found.sizes == pytest.approx(np.abs(parts.sum(axis=1)).sum(), rel=1e-11)
    dW = gradients(p.net, p.X, p.y, p.loss)[layer - 1][row, column]
    assert found.gradient == pytest.approx(abs(dW), abs=1e-12 * found.sizes)


def test_the_factors_of_both_matrices_in_order() -> None:
    net, forward = usual(), usual().forward(X)
    first = analyse_vanishing(net, X, Y, 1, 0, 1, 2).sample
    names = ["dH_dW1", "dZ_dH", "dO_dZ", "dyhat_dO", "error", "scale"]
    assert [factor.name for factor in first.factors] == names
    Z, y_hat = forward.Z[2, 1], forward.y_hat[2, 0]
    by_hand = [0.5, Z * (1 - Z), 0.8, y_hat * (1 - y_hat), 1 - y_hat, 1 / 4]
    np.testing.assert_allclose([f.size for f in first.factors], by_hand, rtol=1e-14)
    products = np.cumprod(by_hand)
    np.testing.assert_allclose([f.product for f in first.factors], products, rtol=1e-14)
    assert pytest.approx(abs(forward.H[2, 1])) == first.H
    assert pytest.approx(abs(forward.O[2, 0])) == first.O

    second = analyse_vanishing(net, X, Y, 2, 1, 0, 2).sample
    assert [f.name for f in second.factors] == ["dO_dW2", "dyhat_dO", "error", "scale"]
    assert size(second, "dO_dW2") == Z
    assert second.H is None
    assert second.largest_hidden_term is None


def test_the_batch_takes_the_root_mean_square() -> None:
    net, forward = usual(), usual().forward(X)
    batch = analyse_vanishing(net, X, Y, 1, 0, 1, 2).batch
    Z = forward.Z[:, 1]
    assert size(batch, "dH_dW1") == pytest.approx(np.sqrt(np.mean(X[:, 0] ** 2)))
    assert size(batch, "dZ_dH") == pytest.approx(np.sqrt(np.mean((Z * (1 - Z)) ** 2)))
    assert size(batch, "dO_dZ") == pytest.approx(0.8)
    assert size(batch, "scale") == pytest.approx(1 / 4)


@pytest.mark.parametrize("layer", [1, 2])
def test_instead_is_the_product_with_that_factor_at_its_reference(layer: Literal[1, 2]) -> None:
    W1 = usual().W1.copy()
    W1[2, 0] = 8.0
    net, forward = usual(W1=W1), usual(W1=W1).forward(X)
    batch = analyse_vanishing(net, X, Y, layer, 0, 0, 2).batch
    error = (forward.y_hat - Y[:, np.newaxis])[:, 0] / 4
    slope = forward.y_hat[:, 0] * (1 - forward.y_hat[:, 0])
    parts = {"error": error, "dyhat_dO": slope}
    if layer == 1:
        Z = forward.Z[:, 0]
        parts |= {"dH_dW1": X[:, 0], "dZ_dH": Z * (1 - Z), "dO_dZ": np.full(4, net.W2[0, 0])}
    else:
        parts |= {"dO_dW2": forward.Z[:, 0]}
    for factor in batch.factors[:-1]:
        reference = factor.reference * (0.25 if factor.name == "error" else 1)  # 1/N is in it here
        instead = math.prod(reference if n == factor.name else v for n, v in parts.items())
        rms = np.sqrt(np.mean(instead**2))
        assert batch.product_at_reference(factor) == pytest.approx(rms, rel=1e-12)


def test_cross_entropy_has_no_output_slope() -> None:
    chain = analyse_vanishing(usual(), X, Y, 1, 0, 0, 0, loss="cross_entropy").sample
    assert "dyhat_dO" not in {factor.name for factor in chain.factors}


def test_where_nothing_vanished_nothing_is_blamed() -> None:
    found = analyse_vanishing(usual(), X, Y, 1, 0, 0, 0)
    for chain in (found.sample, found.batch):
        assert not chain.vanishing_factors
        assert not chain.causes


def test_a_saturated_hidden_unit() -> None:
    W1 = usual().W1.copy()
    W1[2, 0] = 8.0  # the bias, so no input drives it
    found = analyse_vanishing(usual(W1=W1), X, Y, 1, 0, 0, 1)
    assert found.sample.causes == found.batch.causes == ("saturated_hidden",)
    assert found.sample.largest_hidden_term is None
    factor = found.sample.vanishing_factors[0]
    assert factor.reference == 0.25
    assert found.sample.product_at_reference(factor) == pytest.approx(
        found.sample.product * 0.25 / factor.size
    )
    assert factor.low == 1.0
    assert (
        analyse_vanishing(usual(W1=W1), X, Y, 1, 0, 1, 1).sample.causes == ()
    )  # the other unit is well


def test_an_unscaled_column_that_drives_it() -> None:
    raw = np.column_stack([X[:, 0], 5000 + 100 * X[:, 1]])
    found = analyse_vanishing(usual(), raw, Y, 1, 1, 0, 1)
    for chain in (found.sample, found.batch):
        assert chain.causes[0] == "saturated_hidden"
        assert chain.largest_hidden_term is not None
        assert chain.largest_hidden_term.index == 1
    assert found.sample.largest_hidden_term is not None
    assert found.sample.largest_hidden_term.size == 5050
    other = analyse_vanishing(usual(), raw, Y, 1, 0, 0, 1).sample
    assert named(other)[0] == "dZ_dH"
    assert other.largest_hidden_term is not None
    assert other.largest_hidden_term.index == 1


def test_a_slope_that_rounds_to_zero_is_alone_to_blame() -> None:
    W1 = usual().W1.copy()
    W1[2, 0] = 800.0
    chain = analyse_vanishing(usual(W1=W1), X, Y, 1, 0, 0, 1).sample
    assert chain.causes == ("saturated_hidden",)
    assert chain.product == 0.0
    assert chain.vanishing_factors[0].orders_below == math.inf
    others = math.prod(f.size for f in chain.factors if f.name != "dZ_dH")
    assert chain.product_at_reference(chain.vanishing_factors[0]) == pytest.approx(others * 0.25)


def test_a_dead_relu() -> None:
    W1 = usual().W1.copy()
    W1[2, 0] = -5.0
    found = analyse_vanishing(usual(W1=W1, hidden="relu"), X, Y, 1, 0, 0, 1)
    assert found.sample.causes == found.batch.causes == ("dead",)
    assert found.batch.vanishing_factors[0].low == 1.0


def test_an_input_that_is_zero() -> None:
    zero = X.copy()
    zero[1, 0] = 0.0
    found = analyse_vanishing(usual(), zero, Y, 1, 0, 0, 1)
    assert found.sample.causes == ("input",)
    assert found.batch.causes == ()


def test_a_constant_is_never_to_blame() -> None:
    raw = 1000 * X
    assert "input" not in analyse_vanishing(usual(), raw, Y, 1, 2, 0, 1).batch.causes


def test_a_column_that_is_small_beside_the_others() -> None:
    raw = X * np.array([1.0, 1e-3])
    found = analyse_vanishing(usual(), raw, Y, 1, 1, 0, 1)
    assert found.sample.causes == found.batch.causes == ("input",)


@pytest.mark.parametrize("scale", [1.0, 1e-6])
def test_a_small_weight_on_the_way_out(scale: float) -> None:
    W2 = scale * np.array([[1e-4], [0.9], [0.1]])
    assert analyse_vanishing(usual(W2=W2), X, Y, 1, 0, 0, 1).sample.causes == ("small_weight",)
    beside = analyse_vanishing(usual(W2=W2), X, Y, 1, 0, 1, 1).sample.causes
    assert beside == (("small_weight",) if scale < 1 else ())


def test_an_output_saturated_on_the_wrong_side() -> None:
    W2 = np.array([[0.9], [-0.8], [9.0]])
    found = analyse_vanishing(usual(W2=W2), X, Y, 1, 0, 0, 0)
    assert found.sample.causes == ("saturated_output",)
    assert found.sample.largest_output_term is None
    assert analyse_vanishing(usual(W2=W2), X, Y, 2, 0, 0, 0).sample.causes == ("saturated_output",)


def test_a_sample_that_is_learned() -> None:
    W2 = np.array([[0.9], [-0.8], [9.0]])
    chain = analyse_vanishing(usual(W2=W2), X, Y, 1, 0, 0, 1).sample
    assert set(chain.causes) == {"learned", "saturated_output"}  # two share it
    exact = analyse_vanishing(
        usual(output="identity"), X, usual(output="identity").predict(X), 1, 0, 0, 1
    )
    assert exact.sample.causes == exact.batch.causes == ("learned",)


@pytest.mark.parametrize(
    ("far", "share"),
    [
        ([0.0, 9.0, 0.0], 0.25),  # sure of a class that is that of one sample in four
        ([0.0, 0.0, 0.0], 0.0),
    ],
)
def test_a_softmax_has_learned_what_it_is_sure_of(far: list[float], share: float) -> None:
    W2 = np.vstack([np.zeros((2, 3)), far])
    net = usual(W2=W2, output="softmax")
    y = np.eye(3)[[0, 1, 2, 2]]
    for sample, learned in enumerate([False, share > 0, False, False]):
        found = analyse_vanishing(net, X, y, 2, 2, 0, sample, loss="cross_entropy")
        assert found.sample.learned == learned
        assert found.batch.learned == share
        if share and sample > 0:  # ŷ of the first class is near 0
            assert found.sample.causes == ("learned" if learned else "near_target",)
    assert analyse_vanishing(usual(), X, Y, 1, 0, 0, 0).batch.learned is None


def test_an_error_is_judged_by_the_spread_of_an_identity_s_targets() -> None:
    net = usual(output="identity")
    far = net.predict(X)[:, 0] + 1e-6 * np.array([1, -1, 1, -1])
    assert analyse_vanishing(net, X, far, 1, 0, 0, 0).batch.causes == ("learned",)
    targets = 1e-3 * np.array([1.0, -1.0, 1.0, -1.0])
    assert "learned" not in analyse_vanishing(net, X, targets, 1, 0, 0, 0).batch.causes
    assert analyse_vanishing(net, X, np.zeros(4), 1, 0, 0, 0).batch.factors[4].reference == 1.0


def test_an_idle_unit_before_a_weight_of_w2() -> None:
    W1 = usual().W1.copy()
    W1[2, 0] = -8.0
    assert analyse_vanishing(usual(W1=W1), X, Y, 2, 0, 0, 1).sample.causes == ("idle",)
    assert analyse_vanishing(usual(W1=W1), X, Y, 2, 2, 0, 1).sample.causes == ()  # its bias row


def test_an_output_driven_by_one_hidden_value() -> None:
    net = usual(hidden="relu")
    chain = analyse_vanishing(net, 5000 * X, Y, 1, 0, 0, 1).sample
    assert chain.causes[0] == "saturated_output"
    assert chain.largest_output_term is not None
    assert chain.largest_output_term.index == 0
    assert chain.largest_output_term.size > 1000


def test_two_share_the_blame_and_a_third_that_is_far_better_does_not() -> None:
    W1, W2 = usual().W1.copy(), usual().W2.copy()
    W1[2, 0], W2[0, 0] = 6.0, 1e-3
    tenth = X.copy()
    tenth[1, 0] = 0.05  # 1.3 powers of ten, where the others lost about 2 and 3
    chain = analyse_vanishing(usual(W1=W1, W2=W2), tenth, Y, 1, 0, 0, 1).sample
    assert named(chain) == ["dO_dZ", "dZ_dH"]
    assert chain.vanishing_factors[0].orders_below > chain.vanishing_factors[1].orders_below > 2


def test_samples_that_cancel() -> None:
    net = usual()
    mirrored = np.vstack([X, X])
    y = np.concatenate([net.predict(X)[:, 0] + 0.1, net.predict(X)[:, 0] - 0.1])
    found = analyse_vanishing(net, mirrored, y, 1, 0, 0, 0)
    assert found.gradient < 1e-12 * found.sizes
    assert found.batch.product > 0


def test_blocks_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(5)
    many, y = random.normal(size=(50, 2)), random.uniform(size=50)
    whole = analyse_vanishing(usual(), many, y, 1, 0, 0, 3)
    monkeypatch.setattr(module, "BLOCK", 7)
    parts = analyse_vanishing(usual(), many, y, 1, 0, 0, 3)
    assert parts.sample == whole.sample
    for a, b in zip(parts.batch.factors, whole.batch.factors, strict=True):
        assert (a.name, a.low) == (b.name, b.low)
        assert (a.size, a.product) == pytest.approx((b.size, b.product), rel=1e-12)
    assert (parts.gradient, parts.sizes) == pytest.approx((whole.gradient, whole.sizes), rel=1e-12)


@pytest.mark.parametrize("tiny", [1e-180, 3e-155])
def test_numbers_whose_squares_are_nothing_are_kept(tiny: float) -> None:
    W2 = np.array([[tiny], [0.9], [0.1]])
    found = analyse_vanishing(usual(W2=W2), X, Y, 1, 0, 0, 1)
    assert size(found.sample, "dO_dZ") == pytest.approx(tiny, rel=1e-12, abs=0)
    assert found.sample.product > 0
    parts = contributions(usual(W2=W2), X, Y, 1, 0, 0)
    rms = np.sqrt(np.mean((parts / tiny) ** 2)) * tiny  # of four, not the largest alone
    assert found.batch.product == pytest.approx(rms, rel=1e-12, abs=0)


@pytest.mark.parametrize("asked", [(0, 2, 0, 0), (3, 0, 0, 0), (0, 0, 4, 0), (0, 0, -1, 0)])
def test_what_is_not_there_is_refused(asked: tuple[int, int, int, int]) -> None:
    with pytest.raises(IndexError, match=r"there is no .* they go from 0 to"):
        analyse_vanishing(usual(), X, Y, 1, *asked)


@pytest.mark.parametrize("layer", [1, 2])
def test_one_sample_has_one_product(layer: Literal[1, 2]) -> None:
    """All samples are that one, through the output that is looked at, however many there are."""
    net = Network.init(2, 3, 2, seed=4)
    for output in range(2):
        found = analyse_vanishing(net, [[0.3, -0.7]], [[1.0, 0.0]], layer, 1, output, 0, output)
        assert found.batch.product == pytest.approx(found.sample.product, rel=1e-15)
        sizes = [[factor.size for factor in chain.factors] for chain in (found.sample, found.batch)]
        assert sizes[0] == pytest.approx(sizes[1], rel=1e-15)


class TestSeveralHiddenLayers:
    """2-3-3-1: which layer a gradient vanishes in."""

    net = Network.init(2, [3, 3], seed=5, scheme="normal")

    def sizes(self, net: Network, layer: int = 1) -> FactorSizes:
        return analyse_vanishing(net, X, Y, layer, 0, 1, 2).sample

    def test_the_factors_in_order(self) -> None:
        back = ["dH2_dZ1", "dZ2_dH2", "dO_dZ2", "dyhat_dO", "error", "scale"]
        first, second = self.sizes(self.net), self.sizes(self.net, layer=2)
        third = analyse_vanishing(self.net, X, Y, 3, 0, 0, 2).sample
        assert [f.name for f in first.factors] == ["dH1_dW1", "dZ1_dH1", *back]
        assert [f.name for f in second.factors] == ["dH2_dW2", *back[1:]]
        assert [f.name for f in third.factors] == ["dO_dW3", *back[3:]]
        assert third.H is None

    def test_the_sizes_by_hand(self) -> None:
        forward = self.net.forward(X)
        Z1, Z2 = forward.Z[1][2], forward.Z[2][2]
        ahead = self.net.W2[1]  # from the unit to the three of the next layer
        through = ahead * Z2 * (1 - Z2)
        by_hand = {
            "dH1_dW1": 0.5,
            "dZ1_dH1": Z1[1] * (1 - Z1[1]),
            "dH2_dZ1": np.linalg.norm(ahead),
            "dZ2_dH2": np.linalg.norm(through) / np.linalg.norm(ahead),
            "dO_dZ2": abs(through @ self.net.deeper[0][:3, 0]) / np.linalg.norm(through),
        }
        found = self.sizes(self.net)
        for name, expected in by_hand.items():
            assert size(found, name) == pytest.approx(expected, rel=1e-12)
        assert pytest.approx(abs(forward.H[1][2, 1])) == found.H

    def test_a_saturated_layer_is_named(self) -> None:
        far = self.net.W2.copy()
        far[-1] = 12.0
        found = self.sizes(self.net.with_weights(self.net.W1, far, self.net.deeper[0]))
        assert named(found) == ["dZ2_dH2"]
        assert found.causes == ("saturated_hidden",)

    def test_small_weights_of_a_layer_are_named(self) -> None:
        tiny = self.net.with_weights(self.net.W1, self.net.W2, 1e-6 * self.net.deeper[0])
        found = self.sizes(tiny)
        assert named(found) == ["dO_dZ2"]
        assert found.causes == ("small_weight",)

    def test_what_is_dead_leaves_the_other_factors_a_size(self) -> None:
        off = self.net.W2.copy()
        off[-1] = -100.0
        dead = Network(self.net.W1, off, self.net.deeper[0], hidden="relu")
        found = self.sizes(dead)
        assert found.product == 0.0
        assert size(found, "dZ2_dH2") == 0.0
        assert size(found, "dO_dZ2") > 0.0
        assert "dZ2_dH2" in named(found)
        assert "dead" in found.causes

    @pytest.mark.parametrize("layer", [0, 4, -1])
    def test_a_matrix_that_is_not_there(self, layer: int) -> None:
        with pytest.raises(IndexError, match=f"there is no W{layer}: they go from W1 to W3"):
            analyse_vanishing(self.net, X, Y, layer, 0, 0, 0)


def test_the_size_of_delta_over_blocks_is_that_of_all_at_once() -> None:
    random = np.random.default_rng(0)
    net = Network.init(2, [3, 4], 2, seed=1)
    X, y = random.normal(size=(BLOCK + 3, 2)), random.uniform(size=(BLOCK + 3, 2))
    found = delta_sizes(net, X, y, BLOCK + 1)
    for size, delta in zip(found, deltas(net, net.forward(X), y, "half_mse"), strict=True):
        assert size.batch == pytest.approx(np.sqrt(np.mean(delta**2)), rel=1e-12)
        assert size.sample == pytest.approx(np.sqrt(np.mean(delta[BLOCK + 1] ** 2)), rel=1e-12)
    with pytest.raises(IndexError, match="there is no sample 3"):
        delta_sizes(net, X[:3], y[:3], 3)
