"""The fast path against the derivation, and against itself with other threads."""

import tracemalloc
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.activations import HIDDEN, OUTPUT
from core.gradients import cost, gradients
from core.losses import losses_for
from core.network import Network
from core.training import kernel
from core.training.kernel import Kernel, Samples, Weights
from tests.core.oracles import shares

Array = NDArray[np.float64]
WAYS = [
    (hidden, output, loss)
    for hidden, output in product(HIDDEN, OUTPUT)
    for loss in losses_for(output)
]


def network(
    d: int, m: int | list[int], K: int, *, seed: int = 0, bias: bool = True, **kinds: str
) -> Network:
    return Network.init(
        d,
        m,
        K,
        bias_input=bias,
        bias_hidden=bias,
        seed=seed,
        hidden_activation=kinds.get("hidden", "sigmoid"),
        output_activation=kinds.get("output", "sigmoid"),
    )


def data(N: int, d: int, K: int, seed: int = 0) -> tuple[Array, Array]:
    random = np.random.default_rng(seed)
    return random.normal(size=(N, d)), random.uniform(size=(N, K))


def classes(N: int, d: int, K: int, seed: int = 0) -> tuple[Array, Array]:
    X, _ = data(N, d, K, seed)
    return X, shares(np.random.default_rng(seed), (N, K))


def fitting(output: str, N: int, d: int, K: int, seed: int = 0) -> tuple[Array, Array]:
    return (classes if output == "softmax" else data)(N, d, K, seed)


def made(net: Network, X: Array, y: Array, loss: str = "half_mse") -> tuple[Kernel, Weights]:
    weights = Weights(net)
    return Kernel(net, Samples.of(X, y, bias=net.bias_input), loss, weights), weights


def cost_and_gradient(fast: Kernel) -> float:
    kernel.run(fast.calls)
    return fast.value()


def assert_equals_the_derivation(net: Network, X: Array, y: Array, loss: str) -> None:
    fast, weights = made(net, X, y, loss)
    C = cost_and_gradient(fast)
    np.testing.assert_allclose(C, cost(net, X, y, loss), rtol=1e-12)
    assert fast.cost() == C
    for ours, theirs in zip(weights.split(fast.gradient), gradients(net, X, y, loss), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=float(1e-12 * np.linalg.norm(theirs)))


@pytest.mark.parametrize(("hidden", "output", "loss"), WAYS)
@pytest.mark.parametrize("bias", [True, False])
def test_it_computes_what_the_derivation_says(
    hidden: str, output: str, loss: str, bias: bool
) -> None:
    net = network(3, 4, 2, bias=bias, hidden=hidden, output=output)
    assert_equals_the_derivation(net, *fitting(output, 17, 3, 2), loss)


@settings(deadline=None, max_examples=40)
@given(
    st.integers(1, 3000),
    st.integers(1, 6),
    st.lists(st.integers(1, 6), min_size=1, max_size=6),
    st.integers(2, 4),
    st.sampled_from(WAYS),
    st.booleans(),
)
def test_at_any_size_and_depth_in_one_block_or_several(
    N: int, d: int, m: list[int], K: int, way: tuple[str, str, str], bias: bool
) -> None:
    hidden, output, loss = way
    net = network(d, m, K, seed=N, bias=bias, hidden=hidden, output=output)
    assert_equals_the_derivation(net, *fitting(output, N, d, K, seed=N), loss)


@pytest.mark.parametrize("N", [100, 2500, 5000])
@pytest.mark.parametrize(("hidden", "output"), [(8, "sigmoid"), ([8, 5, 3], "softmax")])
def test_the_bits_do_not_depend_on_the_threads(
    N: int, hidden: int | list[int], output: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel, "THREADS_PAY", 0)
    net, (X, y) = network(5, hidden, 2, output=output), fitting(output, N, 5, 2)
    loss = "cross_entropy" if output == "softmax" else "half_mse"
    found = []
    for cores in (1, 2, 3):
        monkeypatch.setattr(kernel, "cores", lambda cores=cores: cores)
        fast, _ = made(net, X, y, loss)
        found.append((cost_and_gradient(fast), fast.gradient.tobytes()))
    assert found[0] == found[1] == found[2]


def test_short_epochs_stay_on_one_thread_and_long_ones_do_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(kernel, "cores", lambda: 2)

    def shared(net: Network, N: int) -> bool:
        fast, _ = made(net, *data(N, net.inputs, net.outputs))
        return any(function.__name__ == "_run_on_threads" for function, _ in fast.calls)

    assert not shared(network(2, 3, 1), 1000)
    assert shared(network(9, 16, 1), 10_000)


def test_an_epoch_allocates_nothing() -> None:
    net, (X, y) = network(6, 8, 2), data(6000, 6, 2)
    fast, _ = made(net, X, y)
    cost_and_gradient(fast)
    tracemalloc.start()
    try:
        for _ in range(5):
            cost_and_gradient(fast)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < X.nbytes / 10  # a single array over a block's units would be more


def test_the_network_as_derived_takes_nineteen_calls() -> None:
    fast, _ = made(network(2, 3, 1), *data(4, 2, 1))
    assert len(fast.calls) == 19


def test_a_softmax_with_cross_entropy_follows_the_batch() -> None:
    net, (X, y) = network(3, [4, 3], 3, output="softmax"), classes(9, 3, 3)
    source, weights = Samples.of(X, y, bias=True), Weights(net)
    scratch = Samples.scratch(source, 4)
    fast = Kernel(net, scratch, "cross_entropy", weights)
    for chosen in (np.array([0, 3, 8, 1]), np.array([7, 2, 4, 6])):
        scratch.take(source, chosen)
        expected = cost(net, X[chosen], y[chosen], "cross_entropy")
        assert cost_and_gradient(fast) == pytest.approx(expected, rel=1e-13)


def test_it_follows_the_weights() -> None:
    net, other, (X, y) = network(3, 4, 2), network(3, 4, 2, seed=1), data(9, 3, 2)
    fast, weights = made(net, X, y)
    weights.flat[:] = Weights(other).flat
    assert fast.cost() == pytest.approx(cost(other, X, y), rel=1e-14)


@pytest.mark.parametrize("scale", [1e3, 1e6, 1e300])
def test_saturated_units_give_finite_numbers(scale: float) -> None:
    net, (X, y) = network(3, 4, 2), data(50, 3, 2)
    softmax = network(3, [4, 4], 2, output="softmax")
    with np.errstate(all="ignore"):
        for loss in ("half_mse", "cross_entropy"):
            for one, targets in ((net, y), (softmax, classes(50, 3, 2)[1])):
                fast, weights = made(one, X, targets, loss)
                weights.flat *= scale
                assert np.isfinite(cost_and_gradient(fast)) or scale == 1e300


def test_the_factor_multiplies_the_gradient() -> None:
    net, (X, y) = network(3, 4, 2), data(9, 3, 2)
    plain, _ = made(net, X, y)
    weights = Weights(net)
    doubled = Kernel(net, Samples.of(X, y, bias=True), "half_mse", weights, scale=2.0)
    cost_and_gradient(plain)
    cost_and_gradient(doubled)
    np.testing.assert_allclose(doubled.gradient, 2 * plain.gradient, rtol=1e-15)


def test_samples_are_taken_in_the_order_asked_for() -> None:
    X, y = data(6, 2, 1)
    source = Samples.of(X, y, bias=True)
    room = Samples.scratch(source, 3)
    room.take(source, np.array([4, 0, 5]))
    np.testing.assert_array_equal(-room.minus_X1T, np.vstack([X[[4, 0, 5]].T, np.ones((1, 3))]))
    np.testing.assert_array_equal(room.yT, y[[4, 0, 5]].T)


def test_an_error_on_another_thread_reaches_whoever_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "cores", lambda: 2)
    seen: list[int] = []

    def fails(number: int) -> None:
        seen.append(number)
        raise ZeroDivisionError

    block: list[kernel.Call] = [(fails, (1,))]
    with pytest.raises(ZeroDivisionError):
        kernel._run_on_threads([[block] * 4, [block] * 4])
    assert seen
    net, (X, y) = network(9, 16, 1), data(10_000, 9, 1)
    assert np.isfinite(made(net, X, y)[0].cost())  # the helper still helps


def test_samples_that_change_are_followed_in_every_block() -> None:
    net, (X, y) = network(4, 6, 2), data(5000, 4, 2)
    source, weights = Samples.of(X, y, bias=True), Weights(net)
    room = Samples.scratch(source, 2500)
    fast = Kernel(net, room, "half_mse", weights)
    for chosen in (np.arange(2500), np.arange(4999, 2499, -1)):
        room.take(source, chosen)
        assert cost_and_gradient(fast) == pytest.approx(cost(net, X[chosen], y[chosen]), rel=1e-12)
        for ours, theirs in zip(
            weights.split(fast.gradient), gradients(net, X[chosen], y[chosen]), strict=True
        ):
            np.testing.assert_allclose(ours, theirs, rtol=1e-10)


def test_kernels_of_the_same_samples_share_their_blocks() -> None:
    X, y = data(5000, 4, 2)
    samples = Samples.of(X, y, bias=True)
    assert samples.block(0, 2500) is samples.block(0, 2500)
    assert np.shares_memory(samples.block(0, 5000).minus_X1T, samples.minus_X1T)
    np.testing.assert_array_equal(samples.block(2500, 5000).yT, y[2500:].T)
