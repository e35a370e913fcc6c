"""One epoch's update in full: the run's own to the last bit, and by hand from the formulas."""

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from core.gradients import cost, gradients
from core.network import Network
from core.training.run import Run, Settings
from core.training.settings import OPTIMIZERS
from core.training.update import Matrices, OptimizerState, Update, weight_decay
from tests.core.oracles import XOR_X, XOR_Y, Problem, autograd_gradients, relative_error, same_bits

FROZEN = frozenset({(1, 0, 1), (1, 2, 0), (2, 3, 0)})

changes = st.fixed_dictionaries(
    {
        "optimizer": st.sampled_from(sorted(OPTIMIZERS)),
        "batch_size": st.sampled_from([None, 1, 3, 4]),
        "l2": st.sampled_from([0.0, 0.01]),
        "frozen": st.sampled_from([frozenset(), FROZEN]),
        "loss": st.sampled_from(["half_mse", "mse", "half_sse", "cross_entropy"]),
    }
)


def fresh(**changed: Any) -> Run:
    """XOR with a run of 60 epochs."""
    how = replace(Settings(learning_rate=0.3, epochs=60), **changed)
    return Run(Network.init(2, 3, seed=1), XOR_X, XOR_Y, how)


def stepped(**changed: Any) -> Update:
    """The update after 7 epochs."""
    run = fresh(**changed)
    run.advance(7)
    return run.update(7)


def flat(pair: Matrices) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.concatenate([part.ravel() for part in pair])


def weights(update: Update) -> list[tuple[int, int, int]]:
    shapes = (update.before.W1.shape, update.before.W2.shape)
    return [
        (layer, *place) for layer, shape in enumerate(shapes, 1) for place in np.ndindex(*shape)
    ]


@hypothesis_settings(deadline=None, max_examples=80)
@given(changes, st.integers(0, 30), st.integers(0, 30))
def test_it_is_the_run_s_own_next_epoch_to_the_last_bit(
    changed: dict[str, Any], trained: int, epoch: int
) -> None:
    run = fresh(**changed)
    run.advance(trained)
    epoch = min(epoch, trained)
    update = run.update(epoch)
    assert same_bits(update.before, run.at(epoch))
    run.advance(1)
    assert update.after is not None
    assert same_bits(update.after, run.at(epoch + 1))
    assert (update.C_before, update.C_after) == tuple(run.losses[epoch : epoch + 2])
    assert update.steps == {1: 4, 3: 2}.get(changed["batch_size"], 1)
    assert update.finite
    assert not update.replaced


@hypothesis_settings(deadline=None, max_examples=80)
@given(changes, st.integers(0, 30), st.lists(st.integers(0, 30), max_size=4))
def test_looking_changes_nothing_of_the_run(
    changed: dict[str, Any], trained: int, looked_at: list[int]
) -> None:
    watched, alone = fresh(**changed), fresh(**changed)
    watched.advance(trained)
    losses = watched.losses.tobytes()
    for epoch in looked_at:
        watched.update(min(epoch, trained))
        assert watched.epoch == trained
        assert watched.losses.tobytes() == losses
    watched.advance(5)
    alone.advance(trained + 5)
    assert watched.losses.tobytes() == alone.losses.tobytes()
    for epoch in {0, trained // 2, trained + 5}:
        assert same_bits(watched.at(epoch), alone.at(epoch))
    again = watched.update(trained)
    assert again.after is not None
    assert same_bits(again.after, alone.at(trained + 1))
    states = watched.update(trained + 5).state_before, alone.update(trained + 5).state_before
    assert states[0].t == states[1].t
    for name in states[0].vectors:
        ours, theirs = (flat(state.vectors[name]) for state in states)
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("l2", [0.0, 0.1])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_state_and_the_step_follow_from_the_formulas(name: str, l2: float) -> None:
    u = stepped(optimizer=name, l2=l2, frozen=FROZEN, momentum=0.8, alpha=0.95, beta1=0.85)
    how = u.settings
    before, after = vectors(u.state_before), vectors(u.state_after)
    g = flat(gradients(u.before, XOR_X, XOR_Y)) + flat(decay_by_hand(u.before, l2))
    if name == "gd":
        expected, step = {}, g
    elif name == "rmsprop":
        expected = {"s": 0.95 * before["s"] + 0.05 * g**2}
        step = g / (np.sqrt(expected["s"]) + how.epsilon)
    elif name == "adam":
        assert (u.state_before.t, u.state_after.t) == (7, 8)
        expected = {
            "m": 0.85 * before["m"] + 0.15 * g,
            "s": 0.999 * before["s"] + 0.001 * g**2,
        }
        m_hat, s_hat = expected["m"] / (1 - 0.85**8), expected["s"] / (1 - 0.999**8)
        step = m_hat / (np.sqrt(s_hat) + how.epsilon)
    else:
        expected = {"v": 0.8 * before["v"] + g}
        step = expected["v"] if name == "momentum" else g + 0.8 * expected["v"]
    assert expected.keys() == after.keys()
    for vector, numbers in expected.items():
        assert relative_error(after[vector], numbers) < 1e-12
    held = np.array([place in FROZEN for place in weights(u)])
    np.testing.assert_allclose(flat(u.change), np.where(held, 0, -0.3 * step), atol=1e-15)


def vectors(state: OptimizerState) -> dict[str, Any]:
    return {name: flat(pair) for name, pair in state.vectors.items()}


def decay_by_hand(net: Network, l2: float) -> Matrices:
    inner1, inner2 = np.array([[1.0], [1.0], [0.0]]), np.array([[1.0], [1.0], [1.0], [0.0]])
    return l2 * net.W1 * inner1, l2 * net.W2 * inner2


@pytest.mark.parametrize(("name", "l2"), list(product(OPTIMIZERS, [0.0, 0.1])))
def test_one_weight_by_hand_arrives_where_the_run_does(name: str, l2: float) -> None:
    u = stepped(optimizer=name, l2=l2, frozen=FROZEN)
    assert u.after is not None
    for layer, row, column in weights(u):
        found = u.weight_terms(layer, row, column)
        arrived = (u.after.W1, u.after.W2)[layer - 1][row, column]
        assert found["W_after"] == pytest.approx(arrived, rel=1e-12)
        assert ("decay" in found) == bool(l2 and (layer, row) not in {(1, 2), (2, 3)})
        assert found["g"] == found["dC"] + found.get("decay", 0)
        if u.is_frozen(layer, row, column):
            assert found["W_after"] == found["W"] == arrived
    numbers = {
        "gd": (),
        "momentum": ("v", "v_after"),
        "nesterov": ("v", "v_after"),
        "rmsprop": ("s", "s_after", "root"),
        "adam": ("t", "m", "s", "m_after", "s_after", "m_hat", "s_hat", "root"),
    }
    given = [name for name in u.weight_terms(1, 0, 0) if name != "decay"]
    assert given == ["W", "dC", "g", *numbers[name], "step", "W_after"]


@hypothesis_settings(deadline=None, max_examples=60)
@given(changes)
def test_the_predicted_change_is_autograds_gradient_times_the_step(
    changed: dict[str, Any],
) -> None:
    u = stepped(**changed)
    problem = Problem(u.before, XOR_X, XOR_Y[:, np.newaxis], changed["loss"])
    dC = autograd_gradients(problem)
    assert u.after is not None
    step = u.after.W1 - u.before.W1, u.after.W2 - u.before.W2
    terms = flat(dC) * flat(step)
    assert u.predicted == pytest.approx(terms.sum(), rel=0, abs=1e-11 * np.abs(terms).sum())
    for ours, theirs in zip(u.gradient, dC, strict=True):
        assert relative_error(ours, theirs) < 1e-11
    change = cost(u.after, XOR_X, XOR_Y, u.settings.loss) - u.C_before
    assert u.actual == pytest.approx(change, abs=4 * u.rounding_error)


def test_plain_descent_predicts_minus_eta_times_the_gradient_squared() -> None:
    u = stepped()
    assert u.predicted == pytest.approx(-0.3 * np.sum(flat(u.gradient) ** 2), rel=1e-12)


def test_a_short_enough_step_does_what_is_predicted() -> None:
    ratios = [
        (u.actual / u.predicted) for u in (stepped(learning_rate=eta) for eta in (1e-1, 1e-3))
    ]
    assert abs(ratios[1] - 1) < abs(ratios[0] - 1) < 0.1
    assert ratios[1] == pytest.approx(1, abs=1e-3)


def test_at_the_end_of_a_run_it_tells_what_would_come_next() -> None:
    run, longer = fresh(epochs=7), fresh(epochs=8)
    run.advance(7)
    longer.advance(8)
    assert run.ended == "done"
    update = run.update(7)
    assert update.after is not None
    assert same_bits(update.after, longer.network)
    assert (run.epoch, run.ended) == (7, "done")


def test_after_patience_ran_out_too() -> None:
    how = Settings(learning_rate=0.3, patience=3, epochs=500)
    run = Run(Network.init(2, 3, seed=1), XOR_X, XOR_Y, how, XOR_X, 1 - XOR_Y)
    run.advance(500)
    assert run.ended == "stopped"
    assert run.update(run.epoch).finite


@pytest.mark.parametrize("name", ["gd", "momentum", "nesterov"])
def test_at_the_last_finite_epoch_of_a_run_that_diverged(name: str) -> None:
    def diverging() -> Run:
        net = Network.init(2, 3, seed=1, hidden_activation="tanh", output_activation="identity")
        return Run(net, XOR_X, XOR_Y, Settings(100.0, name, epochs=500))

    run = diverging()
    run.advance(500)
    assert run.ended == "diverged"
    last, losses = run.network, run.losses.copy()
    update = run.update(run.epoch)
    assert not update.finite
    assert same_bits(update.before, last)
    assert not np.isfinite(update.actual)
    assert not np.isfinite(update.predicted) or update.after is not None
    if update.after is None:
        assert not np.isfinite(flat(update.change)).all()
    update.weight_terms(1, 0, 0)
    assert run.ended == "diverged"
    assert same_bits(run.network, last)
    np.testing.assert_array_equal(run.losses, losses)
    before = run.update(run.epoch - 1)
    assert before.after is not None
    assert same_bits(before.after, last)


def test_settings_and_weights_changed_on_the_way() -> None:
    run = fresh()
    run.advance(10)
    run = run.branch(5, settings=replace(run.settings, optimizer="adam", learning_rate=0.1))
    run.advance(5)
    assert [run.update(e).settings.optimizer for e in (4, 5)] == ["gd", "adam"]
    assert [run.update(e).state_after.t for e in (4, 5, 9)] == [0, 1, 5]
    for epoch in range(10):
        update = run.update(epoch)
        assert update.after is not None
        assert same_bits(update.after, run.at(epoch + 1))
        assert not update.replaced

    typed = replace(run.at(6), W1=np.ones((3, 3)))
    run = run.branch(6, network=typed)
    update = run.update(5)
    assert update.replaced
    assert update.after is not None
    assert not same_bits(update.after, typed)
    assert same_bits(run.update(6).before, typed)


def test_no_weight_of_an_epoch_of_many_steps_is_worked_out_by_hand() -> None:
    with pytest.raises(ValueError, match="has 4 updates"):
        stepped(batch_size=1).weight_terms(1, 0, 0)


def test_an_epoch_not_trained_is_refused() -> None:
    with pytest.raises(ValueError, match="epoch must be from 0 to 0"):
        fresh().update(1)


def test_decay_leaves_bias_rows_alone() -> None:
    net = Network.init(2, 3, 2, bias_input=False)
    first, second = weight_decay(net, 0.5)
    np.testing.assert_array_equal(first, 0.5 * net.W1)
    np.testing.assert_array_equal(second, 0.5 * net.W2 * np.array([[1], [1], [1], [0]]))
