"""The list of factors: its names, its kinds, and what is folded from it."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from core.chain import Functions, MatrixChain, Partial, Symbol, gradients_of, partials
from core.gradients import chain_factors, contributions, gradients
from core.network import Network
from tests.core.oracles import Problem, deep_problems, problems, swaps


def chain_of(p: Problem, layer: int) -> MatrixChain:
    return MatrixChain(p.net, p.net.forward(p.X), p.y, p.loss, layer)


def names(layer: int, layers: int) -> list[str]:
    return [partial.name for partial in partials(Functions(), layer, layers)]


def equations(functions: Functions, layer: int, layers: int = 2) -> list[str]:
    return [partial.equation for partial in partials(functions, layer, layers)]


def test_names_of_one_hidden_layer_are_the_derivation_s() -> None:
    assert names(1, 2) == ["dC_dyhat", "dyhat_dO", "dO_dZ", "dZ_dH", "dH_dW1"]
    assert names(2, 2) == ["dC_dyhat", "dyhat_dO", "dO_dW2"]


def test_names_of_more_carry_the_layer() -> None:
    back = ["dO_dZ2", "dZ2_dH2", "dH2_dZ1", "dZ1_dH1"]
    assert names(1, 3) == ["dC_dyhat", "dyhat_dO", *back, "dH1_dW1"]
    assert names(2, 3) == ["dC_dyhat", "dyhat_dO", *back[:2], "dH2_dW2"]
    assert names(3, 3) == ["dC_dyhat", "dyhat_dO", "dO_dW3"]


def test_the_equations_of_the_derivation_and_what_is_in_their_place() -> None:
    first_two = ["eq. 3", "before eq. 4"]
    assert equations(Functions(), 2) == [*first_two, "eq. 4"]
    assert equations(Functions(), 1) == [*first_two, "eq. 7", "eq. 8", "eq. 9"]
    slope = "in place of the slope before eq. 4"
    swapped = ["in place of eq. 3", slope, "eq. 7", "in place of eq. 8", "eq. 9"]
    assert equations(Functions("mse", "relu", "identity"), 1) == swapped
    deep = ["as in eq. 7", "as in eq. 8"]
    assert equations(Functions(), 1, 3) == [*first_two, *deep * 2, "as in eq. 9"]


def test_a_factor_in_text_and_latex() -> None:
    deep = partials(Functions(), 1, 3)[4]
    assert deep.text == "∂H⁽²⁾/∂Z⁽¹⁾"
    assert deep.latex == r"\frac{\partial H^{(2)}}{\partial Z^{(1)}}"
    first = partials(Functions(), 1)[0]
    assert (first.text, first.latex) == ("∂C/∂ŷ", r"\frac{\partial C}{\partial \hat{y}}")
    assert first.form.format(y="y", y_hat="p", N=4, times="") == r"-\frac{(y - p)}{4}"


@settings(deadline=None, max_examples=100)
@given(deep_problems())
def test_the_list_without_values_is_that_of_the_factors(p: Problem) -> None:
    functions = Functions(p.loss, p.net.hidden, p.net.output)
    for layer in range(1, p.net.layers + 1):
        listed = partials(functions, layer, p.net.layers)
        for factor, partial in zip(chain_of(p, layer).factors, listed, strict=True):
            assert partial.at(factor.value).name == factor.name
            assert (factor.kind, factor.form) == (partial.kind, partial.form)
            assert factor.equation == partial.equation


@settings(deadline=None, max_examples=100)
@given(deep_problems())
def test_each_value_has_the_shape_of_its_kind(p: Problem) -> None:
    N, K = len(p.X), p.net.outputs
    for layer in range(1, p.net.layers + 1):
        cost, output, *between, weight = chain_of(p, layer).factors
        assert (cost.kind, cost.value.shape) == ("diagonal", (N, K))
        softmax = p.net.output == "softmax"
        assert output.kind == ("full" if softmax else "diagonal")
        assert output.value.shape == ((N, K, K) if softmax else (N, K))
        assert len(between) == 2 * (p.net.layers - layer)
        upper = range(p.net.layers, layer, -1)
        for i, linear, slope in zip(upper, between[::2], between[1::2], strict=True):
            assert (linear.kind, slope.kind) == ("linear", "diagonal")
            assert linear.value.shape == (p.net.rows(i), p.net.shapes[i - 1][1])
            assert slope.value.shape == (N, p.net.rows(i))
        assert (weight.kind, weight.value.shape) == ("input", (N, p.net.shapes[layer - 1][0]))


@settings(deadline=None, max_examples=100)
@given(problems() | swaps())
def test_one_hidden_layer_is_the_derivation_to_the_last_bit(p: Problem) -> None:
    forward = p.net.forward(p.X)
    by_equations, factors = (
        gradients(p.net, p.X, p.y, p.loss),
        chain_factors(p.net, p.X, p.y, p.loss),
    )
    folded = gradients_of(p.net, forward, p.y, p.loss)
    for layer, (dW, other) in enumerate(zip(by_equations, folded, strict=True), start=1):
        assert dW.tobytes() == other.tobytes()
        chain = chain_of(p, layer)
        assert chain.gradient().tobytes() == dW.tobytes()
        per_sample = factors.dW1_per_sample() if layer == 1 else factors.dW2_per_sample()
        assert chain.per_sample().tobytes() == per_sample.tobytes()
        for factor in chain.factors:
            np.testing.assert_array_equal(factor.value, getattr(factors, factor.name))


@settings(deadline=None, max_examples=100)
@given(deep_problems())
def test_every_way_to_fold_gives_the_gradient(p: Problem) -> None:
    """Factor by factor from the cost, and the parts of samples and outputs added up."""
    for layer, dW in enumerate(gradients(p.net, p.X, p.y, p.loss), start=1):
        chain = chain_of(p, layer)
        scale = float(np.abs(chain.per_sample()).sum(axis=0).max())
        by_factor = np.ones_like(p.y)
        for factor in chain.factors:
            by_factor = factor.pull(by_factor)
        np.testing.assert_allclose(by_factor, dW, rtol=1e-10, atol=1e-12 * scale)
        np.testing.assert_allclose(chain.gradient(), dW, rtol=1e-12, atol=1e-14 * scale)
        summed = chain.per_sample().sum(axis=0)
        np.testing.assert_allclose(summed, dW, rtol=1e-12, atol=1e-14 * scale)


@settings(deadline=None, max_examples=100)
@given(deep_problems())
def test_contributions_add_up_to_each_sample_s_part(p: Problem) -> None:
    for layer in range(1, p.net.layers + 1):
        chain = chain_of(p, layer)
        whole = chain.per_sample()
        for row, column in np.ndindex(p.net.shapes[layer - 1]):
            parts = contributions(p.net, p.X, p.y, layer, row, column, p.loss)
            assert parts.shape == p.y.shape
            size = np.abs(parts).sum() + 1e-300
            np.testing.assert_allclose(
                parts.sum(axis=1), whole[:, row, column], rtol=1e-12, atol=1e-13 * size
            )


def test_a_contribution_is_by_the_output_s_index() -> None:
    """(∂C/∂O)[i,o] · ∂O[i,o]/∂W: the latter by a difference of one output's O alone."""
    net = Network.init(2, [3, 2], 3, output_activation="softmax", seed=2)
    X, y, h = np.array([[0.5, -1.0]]), np.array([[0.2, 0.3, 0.5]]), 1e-6
    parts = contributions(net, X, y, 1, 0, 1, "mse")
    shifted = [net.W1.copy(), net.W1.copy()]
    shifted[0][0, 1] += h
    shifted[1][0, 1] -= h
    above, below = (replace(net, W1=W1).forward(X).O for W1 in shifted)
    expected = MatrixChain(net, net.forward(X), y, "mse", 1).dC_dO * (above - below) / (2 * h)
    np.testing.assert_allclose(parts, expected, rtol=1e-8)


@settings(deadline=None, max_examples=50)
@given(deep_problems())
def test_a_push_is_the_pull_the_other_way_round(p: Problem) -> None:
    """⟨upstream, J change⟩ = ⟨Jᵀ upstream, change⟩ for every factor but the weight's own."""
    random = np.random.default_rng(0)
    for factor in chain_of(p, 1).factors[:-1]:
        N = len(p.X)
        above = factor.value.shape[-2 if factor.kind == "full" else -1]
        below = factor.value.shape[0] if factor.kind == "linear" else factor.value.shape[-1]
        upstream, change = random.normal(size=(N, above)), random.normal(size=(N, below))
        pulled = float(np.vdot(factor.pull(upstream), change))
        pushed = float(np.vdot(upstream, factor.push(change)))
        scale = float(np.abs(factor.value).max() * np.abs(upstream).sum() * np.abs(change).sum())
        assert pulled == pytest.approx(pushed, rel=1e-10, abs=1e-12 * scale)


def test_nothing_is_pushed_through_what_a_weight_multiplies() -> None:
    weight = Partial(Symbol("O"), Symbol("W", 2), "input", "{Z}", "eq. 4").at(np.ones((4, 4)))
    with pytest.raises(ValueError, match="dO_dW2 is what a weight multiplies"):
        weight.push(np.ones((4, 4)))


def test_several_hidden_layers_have_no_chain_factors() -> None:
    net = Network.init(2, [3, 2])
    with pytest.raises(ValueError, match=r"3×3, 4×2, 3×1.* has 2 hidden layers; core.chain lists"):
        chain_factors(net, np.zeros((1, 2)), [0.0])


def test_the_parts_of_a_large_softmax_need_no_jacobians() -> None:
    """A Jacobian of 1000 outputs has a million numbers, for each sample."""
    net = Network.init(2, 2, 1000, output_activation="softmax")
    X, y = np.ones((4, 2)), np.eye(1000)[:4]
    tracemalloc.start()
    try:
        parts = contributions(net, X, y, 1, 0, 0, "mse")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 * 1000**2 / 4
    expected = gradients(net, X, y, "mse")[0][0, 0]
    assert parts.sum() == pytest.approx(expected, rel=1e-10)
