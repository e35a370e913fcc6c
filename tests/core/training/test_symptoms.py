"""Symptoms of a run that gets nowhere: each predicate on both sides of its bound."""

import numpy as np
import pytest

from core.gradients import cost, gradients
from core.network import Network
from core.training import symptoms
from core.training.run import Run, Settings
from tests.core.oracles import XOR_X, XOR_Y, Array

NET = Network.init(2, 3, seed=0)
RISING = np.array([1.0, 1.1, 1.2, 1.3])
ZIGZAG = np.array([1.0, 1.1, 1.0, 1.1, 1.0])


@pytest.mark.parametrize(
    ("past", "start", "told"),
    [
        ([1.0, 0.995], 1.0, True),
        ([1.0, 0.985], 1.0, False),
        ([1.0, 2.0], 1.0, True),
        ([0.009, 0.009], 1.0, False),
        ([0.011, 0.011], 1.0, True),
        ([0.0, 0.0], 0.0, False),
    ],
)
def test_a_plateau_falls_by_little_and_is_not_down(
    past: list[float], start: float, told: bool
) -> None:
    assert symptoms.is_plateau(np.array(past), start) is told


@pytest.mark.parametrize(
    ("past", "told"),
    [
        (ZIGZAG, True),
        (1 + 1e-15 * ZIGZAG, False),
        (1 + 1e-2 * ZIGZAG, False),  # by 0.1 % and less
        (RISING, False),
        (np.array([1.0, 1.1, 1.0, 0.9, 0.8, 0.7]), False),  # one turn in four
        (np.ones(5), False),
    ],
)
def test_it_oscillates_where_it_visibly_turns_round_again_and_again(
    past: Array, told: bool
) -> None:
    assert symptoms.oscillates(past) is told


def test_it_rises_where_each_epoch_is_higher() -> None:
    assert symptoms.rises(RISING)
    assert not symptoms.rises(ZIGZAG)
    assert not symptoms.rises(np.array([1.0, 1.0, 2.0]))
    assert not symptoms.rises(np.array([1.0]))


def test_units_are_the_same_where_all_their_weights_are() -> None:
    W1, W2 = np.tile([[1.0], [2.0], [3.0]], 3), np.array([[4.0], [4.0], [4.0], [5.0]])
    assert symptoms.are_units_identical(Network(W1, W2))
    assert not symptoms.are_units_identical(Network(W1[:, :1], W2[2:]))
    assert not symptoms.are_units_identical(Network(W1, W2 + np.array([[0], [0], [1e-9], [0]])))
    assert not symptoms.are_units_identical(Network(W1 + np.array([[0, 1e-9, 0]]), W2))


@pytest.mark.parametrize(("hidden", "end"), [("sigmoid", np.log(99)), ("tanh", np.arctanh(0.98))])
def test_units_are_saturated_at_either_end(hidden: str, end: float) -> None:
    W1 = np.array([[0.0, 0.0, 0.0], [1.01 * end, -1.01 * end, 0.99 * end]])
    net = Network(W1, np.ones((4, 1)), hidden=hidden)
    one = np.zeros((1, 1))
    assert symptoms.saturated_units(net, one).tolist() == [True, True, False]
    assert not symptoms.dead_units(net, one).any()


def test_a_unit_is_dead_where_no_sample_is_above_0() -> None:
    net = Network(np.array([[1.0, -1.0, 0.0]]), np.ones((3, 1)), bias_input=False,
                  bias_hidden=False, hidden="relu")  # fmt: skip
    assert symptoms.dead_units(net, np.array([[1.0], [2.0]])).tolist() == [False, True, True]
    assert symptoms.dead_units(net, np.array([[1.0], [-2.0]])).tolist() == [False, False, True]
    assert not symptoms.saturated_units(net, np.array([[1.0]])).any()


def test_outputs_are_saturated_where_nearly_all_are_and_an_identity_never() -> None:
    W2 = np.array([[0.0], [5.0]])
    net = Network(np.ones((3, 1)), W2)
    assert symptoms.are_outputs_saturated(net, XOR_X)
    assert not symptoms.are_outputs_saturated(Network(np.ones((3, 1)), W2 - 1), XOR_X)
    identity = Network(np.ones((3, 1)), 10 * W2, output="identity")
    assert not symptoms.are_outputs_saturated(identity, XOR_X)


def test_weights_are_tiny_beside_xavier_s_whatever_the_bias() -> None:
    tiny = Network(NET.W1 * 0.01, NET.W2 * 0.01)
    biased = Network(tiny.W1 + np.eye(3)[:, 2:] * 9, tiny.W2 + np.eye(4)[:, 3:] * 9)
    assert symptoms.are_weights_tiny(tiny)
    assert symptoms.are_weights_tiny(biased)
    assert not symptoms.are_weights_tiny(NET)
    assert not symptoms.are_weights_tiny(Network(tiny.W1, NET.W2))
    assert not symptoms.are_weights_tiny(Network(NET.W1, tiny.W2))


def test_the_gradient_of_xavier_is_larger_than_that_of_tiny_weights() -> None:
    y = XOR_Y[:, np.newaxis]
    typical = symptoms.xavier_gradient_norm(NET, XOR_X, y, "half_mse")
    tiny = Network(NET.W1 * 0.01, NET.W2 * 0.01)
    assert typical > 20 * np.linalg.norm(gradients(tiny, XOR_X, y)[0])
    assert typical == symptoms.xavier_gradient_norm(tiny, XOR_X, y, "half_mse")


def test_the_free_gradient_is_that_of_what_is_minimised() -> None:
    settings = Settings(l2=0.3, frozen=frozenset({(1, 0, 1), (2, 3, 0)}))
    pair = gradients(NET, XOR_X, XOR_Y)
    free = symptoms.free_gradient(NET, pair, settings)
    whole = [dW.copy() for dW in gradients(NET, XOR_X, XOR_Y, l2=0.3)]
    whole[0][0, 1] = whole[1][3, 0] = 0.0
    np.testing.assert_allclose(free, np.concatenate([dW.ravel() for dW in whole]), rtol=1e-14)
    np.testing.assert_array_equal(pair[0], gradients(NET, XOR_X, XOR_Y)[0])


def test_it_is_nearly_flat_where_the_gradient_is_short_for_these_weights() -> None:
    assert symptoms.is_nearly_flat(1.0, 0.004, 2.0)
    assert not symptoms.is_nearly_flat(1.0, 0.006, 2.0)
    assert not symptoms.is_nearly_flat(1.0, 0.011, 0.0)
    assert not symptoms.is_nearly_flat(0.125, 2.5, 1.0)


def test_the_penalty_is_what_l2_adds() -> None:
    squares = np.sum(NET.W1[:2] ** 2) + np.sum(NET.W2[:3] ** 2)
    assert symptoms.penalty(NET, 0.3) == pytest.approx(0.15 * squares, rel=1e-14)


def test_a_trial_trains_from_these_weights_and_leaves_the_run_alone() -> None:
    run = Run(NET, XOR_X, XOR_Y, Settings(learning_rate=1.0, epochs=20))
    run.advance(20)
    tried = symptoms.trial(run, run.network, Settings(learning_rate=5.0, epochs=20, patience=None))
    assert tried is not None
    assert (run.epoch, tried.epoch) == (20, symptoms.TRIAL)
    assert tried.losses[0] == pytest.approx(cost(run.network, XOR_X, XOR_Y), rel=1e-12)
    other = symptoms.trial(run, NET, Settings(), X=2 * XOR_X)
    assert other is not None
    assert other.losses[0] == pytest.approx(cost(NET, 2 * XOR_X, XOR_Y), rel=1e-12)


def test_a_trial_that_takes_long_is_not_made() -> None:
    X = np.tile(XOR_X, (10_000, 1))
    run = Run(NET, X, np.tile(XOR_Y, 10_000), Settings(epochs=1))
    assert symptoms.trial(run, NET, run.settings) is None
    few = Run(NET, X[:400], np.tile(XOR_Y, 100), Settings(epochs=1, batch_size=1))
    assert symptoms.trial(few, NET, few.settings) is None
