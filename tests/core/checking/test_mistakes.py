"""Wrong gradients of any depth, each written once more by hand, layer by layer."""

import numpy as np
import pytest
from hypothesis import given, settings
from numpy.typing import NDArray

from core.activations import ACTIVATIONS
from core.checking.bug_lab import PairedRuns
from core.checking.mistakes import BY_IDENTIFIER, MISTAKES, TRAINABLE, ordered, wrong_gradients
from core.checking.problem import Problem as Stated
from core.gradients import gradients
from core.losses import loss_of
from core.network import Network
from tests.core.oracles import Problem, deep_problems, problems, relative_error, swaps

Array = NDArray[np.float64]
RATE = 0.25


def by_hand(p: Problem, mistake: str) -> list[Array]:
    """The wrong gradients; δ passes from layer to layer as the mistake has it."""
    net, forward, N = p.net, p.net.forward(p.X), len(p.X)
    truth = gradients(net, p.X, p.y, p.loss)
    y_hat, O = forward.y_hat, forward.O
    scale = {"half_sse": 1.0, "mse": 2 / N}.get(p.loss, 1 / N)
    if mistake == "missing_mean" and p.loss != "half_sse":
        scale *= N
    scale *= {"factor_two": 2, "sign": -1}.get(mistake, 1)
    error = {"missing_error": -np.ones_like(y_hat), "linear_output_error": O - p.y}.get(
        mistake, y_hat - p.y
    )
    delta = scale * _through_output(p, mistake, error)
    wrong: list[Array] = []
    for i in range(net.layers - 1, -1, -1):
        inputs = forward.inputs[i].copy()
        if mistake == "raw_hidden" and i:
            inputs[:, : net.rows(i + 1)] = forward.sums[i - 1]
        kept = slice(0, 1) if mistake == "first_sample_only" else slice(None)
        dW = inputs[kept].T @ delta[kept]
        wrong.insert(0, dW[: net.rows(i + 1)] if mistake == "bias_row_missing" else dW)
        if i:
            W = net.weights[i][: net.rows(i + 1)]
            if mistake == "missing_w2":
                W = np.ones_like(W)
            if mistake == "updated_w2":
                W = W - RATE * truth[i][: len(W)]
            slope_at = ACTIVATIONS[net.hidden].slope
            Z = forward.values[i - 1]
            slope = slope_at(Z)
            if mistake == "derivative_of_activation":
                slope = slope_at(ACTIVATIONS[net.hidden].value(Z))
            if mistake == "missing_hidden_derivative":
                slope = np.ones_like(Z)
            delta = (delta @ W.T) * slope
    return wrong


def _through_output(p: Problem, mistake: str, error: Array) -> Array:
    """∂C/∂O without the scale."""
    output = ACTIVATIONS[p.net.output]
    y_hat, fused = p.net.predict(p.X), loss_of(p.net.output, p.loss).fused
    slope = output.slope(y_hat)
    if mistake == "missing_output_derivative":
        slope = np.ones_like(slope)
        if output.full:
            slope = np.array([np.eye(y_hat.shape[1])] * len(y_hat))
    elif mistake == "derivative_of_activation":
        slope = output.slope(output.value(y_hat))
    elif fused:
        return error
    if fused and output.full:
        error = -p.y / y_hat
    elif fused:
        error = error / output.slope(y_hat)
    return np.einsum("no,nok->nk", error, slope) if output.full else error * slope


@pytest.mark.parametrize("mistake", TRAINABLE)
@settings(deadline=None, max_examples=40)
@given(p=problems() | swaps() | deep_problems())
def test_each_is_what_it_says_in_every_layer(mistake: str, p: Problem) -> None:
    rate = RATE if BY_IDENTIFIER[mistake].needs_learning_rate else None
    found = wrong_gradients(p.net, p.X, p.y, [mistake], p.loss, rate)
    for dW, expected in zip(found, by_hand(p, mistake), strict=True):
        assert dW.shape == expected.shape
        assert relative_error(dW, expected) < 1e-9


@settings(deadline=None, max_examples=100)
@given(problems() | swaps() | deep_problems())
def test_without_a_mistake_they_are_the_gradients(p: Problem) -> None:
    stated = Stated.of(p.net, p.X, p.y, p.loss)
    for dW, truth in zip(stated.factors.gradients(), stated.truth, strict=True):
        assert relative_error(dW, truth) < 1e-12


def test_several_apply_to_a_deep_network_too() -> None:
    net = Network.init(2, [3, 2], 2, seed=1)
    X, y = np.array([[0.5, -1.0], [0.25, 1.0]]), np.array([[0.0, 1.0], [1.0, 0.0]])
    both = wrong_gradients(net, X, y, ["sign", "missing_mean"])
    for dW, truth in zip(both, gradients(net, X, y), strict=True):
        np.testing.assert_allclose(dW, -2 * truth, rtol=1e-13)


@pytest.mark.parametrize(
    ("net", "what"),
    [
        (Network.init(2, [3, 2], 2), "2 hidden layers"),
        (Network.init(2, 3, 2, output_activation="softmax"), "a softmax output"),
    ],
)
def test_what_is_for_one_hidden_layer_says_so(net: Network, what: str) -> None:
    X, y = np.array([[0.5, -1.0], [0.25, 1.0]]), np.array([[0.0, 1.0], [1.0, 0.0]])
    with pytest.raises(ValueError, match=f"this network has {what}: runs with a mistake are for"):
        PairedRuns(net, X, y, ["sign"])


def test_names_are_put_in_the_order_of_the_catalogue_each_once() -> None:
    assert ordered(["single_number", "sign", "missing_mean", "sign"]) == (
        *("missing_mean", "sign", "single_number"),
    )
    assert ordered([]) == ()
    assert ordered(reversed(BY_IDENTIFIER)) == tuple(BY_IDENTIFIER)


def test_those_to_train_with_can_be_made_in_any_network_and_have_one_of_the_samples() -> None:
    net = Network.init(2, [3], 1, seed=1)
    problem = Stated.of(net, [[0.5, -1.0], [0.25, 1.0]], [0.0, 1.0], "half_mse", RATE)
    assert all(mistake.replacements(problem) for mistake in TRAINABLE.values())
    assert {m.identifier for m in MISTAKES} - {*TRAINABLE} >= {"last_sample_only", "other_loss"}
    assert "first_sample_only" in TRAINABLE
