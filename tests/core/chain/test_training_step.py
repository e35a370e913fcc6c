"""The stops of a training step: their order, and their values against core and by hand."""

import numpy as np
import pytest
from hypothesis import given, settings

from core.chain import deltas, sample_costs, sample_values, stops
from core.gradients import cost, gradients
from core.network import Network
from tests.core.oracles import Problem, deep_problems

ONE = "X H Z O y_hat C dC_dyhat dC_dO dC_dW2 dC_dZ dC_dH dC_dW1 update new_C"
TWO = (
    "X H1 Z1 H2 Z2 O y_hat C dC_dyhat dC_dO dC_dW3 dC_dZ2 dC_dH2 dC_dW2 dC_dZ1 dC_dH1 dC_dW1 "
    "update new_C"
)


def test_the_stops_in_order() -> None:
    assert [stop.name for stop in stops(2)] == ONE.split()
    assert [stop.name for stop in stops(3)] == TWO.split()


def test_the_way_back_is_after_the_cost_and_before_the_update() -> None:
    for layers in (2, 3, 7):
        track = stops(layers)
        names = [stop.name for stop in track]
        back = [stop.name for stop in track if stop.backward]
        assert back == names[names.index("C") + 1 : names.index("update")]


def test_each_sum_and_gradient_has_the_layer_of_its_matrix() -> None:
    layer = {stop.name: stop.layer for stop in stops(3)}
    assert [layer[name] for name in ("H1", "H2", "O")] == [1, 2, 3]
    assert [layer[f"dC_dW{n}"] for n in (1, 2, 3)] == [1, 2, 3]
    assert (layer["dC_dZ2"], layer["dC_dZ1"]) == (3, 2)  # the matrix that leads back to Z
    assert (layer["dC_dO"], layer["dC_dH2"]) == (3, 2)


def test_one_sample_by_hand() -> None:
    net = Network([[1.0], [0.0]], [[2.0], [1.0]], hidden="identity", output="identity")
    values = sample_values(net, np.array([[3.0]]), np.array([[5.0]]), "half_mse", samples=2)
    assert values["X"].tolist() == [[3.0, 1.0]]
    assert values["H"].tolist() == [[3.0]]
    assert values["Z"].tolist() == [[3.0, 1.0]]
    assert values["O"].tolist() == values["y_hat"].tolist() == [[7.0]]
    assert values["C"].tolist() == [[1.0]]  # (5 − 7)² / (2 · 2)
    assert values["dC_dyhat"].tolist() == values["dC_dO"].tolist() == [[1.0]]  # −(5 − 7) / 2
    assert values["dC_dZ"].tolist() == values["dC_dH"].tolist() == [[2.0]]


@settings(deadline=None, max_examples=100)
@given(deep_problems())
def test_the_values_are_core_s(p: Problem) -> None:
    N = len(p.X)
    values = sample_values(p.net, p.X, p.y, p.loss, N)
    assert values["C"].sum() == pytest.approx(cost(p.net, p.X, p.y, p.loss), rel=1e-12)
    last, forward = p.net.layers, p.net.forward(p.X)
    of_layer = {layer: f"dC_dH{layer if last > 2 else ''}" for layer in range(1, last)}
    inputs = ["X", *(f"Z{layer if last > 2 else ''}" for layer in range(1, last))]
    truth = gradients(p.net, p.X, p.y, p.loss)
    sizes = np.abs(deltas(p.net, forward, p.y, p.loss)[-1]).max() + 1
    for layer, gradient in enumerate(truth, start=1):
        delta = values[of_layer.get(layer, "dC_dO")]
        found = values[inputs[layer - 1]].T @ delta
        assert found == pytest.approx(gradient, rel=1e-10, abs=1e-12 * sizes)


@settings(deadline=None, max_examples=50)
@given(deep_problems())
def test_some_samples_have_their_share_among_all(p: Problem) -> None:
    N = len(p.X)
    whole = sample_values(p.net, p.X, p.y, p.loss, N)
    half = slice(N // 2, N)
    some = sample_values(p.net, p.X[half], p.y[half], p.loss, N)
    assert list(some) == list(whole)
    for name, values in some.items():
        assert values == pytest.approx(whole[name][half], rel=1e-9, abs=1e-12), name
    costs = sample_costs(p.net, p.X[half], p.y[half], p.loss, N)
    assert costs.tolist() == some["C"].tolist()
