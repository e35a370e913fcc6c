"""The bug lab's two runs: the true one is `Run`'s, the other what its mistake is known to do."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.checking.bug_lab import (
    Comparison,
    GradientDifference,
    PairedRuns,
    padded_wrong_gradients,
)
from core.checking.mistakes import TRAINABLE, wrong_gradients
from core.checking.problem import Problem
from core.dataset.samples import prepare_sample
from core.gradients import gradients
from core.network import Network
from core.training.run import Run, Settings
from core.training.settings import OPTIMIZERS

XOR = prepare_sample("xor")
NET = Network.init(2, 3, seed=0)
EPOCHS = 60
FROZEN = frozenset({(1, 0, 1), (2, 3, 0)})


def seen(*mistakes: str, net: Network = NET, epochs: int = EPOCHS, **changed: Any) -> Comparison:
    """Both runs on XOR, to their end."""
    settings = Settings(**{"learning_rate": 2.0, **changed})
    lab = PairedRuns(net, XOR.X, XOR.y, mistakes, settings, epochs=epochs)
    assert lab.advance()
    return lab.comparison()


def run(epochs: int = EPOCHS, **changed: Any) -> Run:
    """The run that it should be, by `core.training`."""
    run = Run(NET, XOR.X, XOR.y, Settings(**{"learning_rate": 2.0, **changed}))
    run.advance(epochs)
    return run


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("more", [{}, {"l2": 0.01, "frozen": FROZEN}, {"loss": "cross_entropy"}])
def test_without_a_mistake_both_are_the_run(optimizer: str, more: dict[str, Any]) -> None:
    changed = {"optimizer": optimizer, "learning_rate": 0.1, **more}
    expected, both = run(**changed), seen(**changed)
    for course in (both.true, both.broken):
        assert np.array_equal(course.losses, expected.losses)
        for epoch in (0, 1, EPOCHS):
            assert np.array_equal(course.W1[epoch], expected.at(epoch).W1)
            assert np.array_equal(course.W2[epoch], expected.at(epoch).W2)
    assert both.multiple == 1
    assert both.sentence.startswith("No mistake is made. Both runs are the same: C = ")


@pytest.mark.parametrize("optimizer", ["gd", "momentum", "nesterov"])
def test_twice_the_gradient_is_twice_the_learning_rate(optimizer: str) -> None:
    """It also holds the wrong gradient's own path to the kernel's, step by step."""
    broken = seen("factor_two", optimizer=optimizer, learning_rate=0.1).broken
    expected = run(optimizer=optimizer, learning_rate=0.2)
    np.testing.assert_allclose(broken.losses, expected.losses, rtol=1e-12)
    np.testing.assert_allclose(broken.W1[-1], expected.network.W1, rtol=1e-10)


def test_a_frozen_weight_stays_and_l2_is_added() -> None:
    broken = seen("factor_two", l2=0.02, frozen=FROZEN, learning_rate=0.1).broken
    expected = run(l2=0.01, frozen=FROZEN, learning_rate=0.2)  # the L2 term is not doubled
    np.testing.assert_allclose(broken.W2[-1], expected.network.W2, rtol=1e-10)
    assert broken.W2[-1][3, 0] == NET.W2[3, 0]


def test_a_step_of_every_mistake_is_the_wrong_gradient() -> None:
    for mistake in TRAINABLE.values():
        first = seen(mistake.identifier, epochs=1).broken
        dW1, dW2 = wrong_gradients(NET, XOR.X, XOR.y, (mistake.identifier,), learning_rate=2.0)
        np.testing.assert_allclose(first.W1[1][: len(dW1)], NET.W1[: len(dW1)] - 2.0 * dW1)
        np.testing.assert_allclose(first.W2[1][: len(dW2)], NET.W2[: len(dW2)] - 2.0 * dW2)


def test_missing_bias_rows_do_not_move() -> None:
    broken = seen("bias_row_missing", l2=0.1).broken
    assert (broken.W1[:, 2] == NET.W1[2]).all()
    assert (broken.W2[:, 3] == NET.W2[3]).all()
    assert (broken.W1[-1, :2] != NET.W1[:2]).all()


def test_gradients_keep_their_shapes() -> None:
    problem = Problem.of(NET, XOR.X, XOR.y)
    dW1, dW2 = padded_wrong_gradients(problem, ("bias_row_missing",))
    assert dW1.shape == NET.W1.shape
    assert not dW1[2].any()
    np.testing.assert_array_equal(dW2[:3], gradients(NET, XOR.X, XOR.y)[1][:3])


def test_the_wrong_sign_climbs() -> None:
    both = seen("sign", learning_rate=10.0, epochs=500)
    assert both.multiple == pytest.approx(-1)
    np.testing.assert_allclose(both.whole.angle, 180, atol=1e-6)
    assert (np.diff(both.broken.losses) > 0).all()
    assert both.sentence.startswith(
        "The wrong gradient points 180° away from the true one and is as long: uphill. "
        "The loss increases from 0.1252 to "
    )


def test_a_forgotten_mean_is_a_learning_rate() -> None:
    both = seen("missing_mean")
    assert both.multiple == pytest.approx(4)
    np.testing.assert_allclose(both.whole.ratio, 4)
    np.testing.assert_allclose(both.broken.losses, run(learning_rate=8.0).losses, rtol=1e-10)
    assert both.sentence.startswith(
        "The wrong gradient is the true one times 4 exactly: the same as a learning rate of 8 "
        "instead of 2."
    )


def test_what_a_multiple_is_worth_depends_on_the_optimiser() -> None:
    assert "which adam normalises away" in seen("factor_two", optimizer="adam").sentence
    assert "while the L2 term stays" in seen("factor_two", l2=0.1).sentence
    assert "180° away from the true one and is 2 times" in seen("sign", "factor_two").sentence


def test_a_forgotten_hidden_slope_spoils_one_matrix() -> None:
    both = seen("missing_hidden_derivative")
    assert both.multiple is None
    assert both.layers[1].same
    assert not both.layers[0].same
    assert "∂C/∂W⁽²⁾ is right" in both.sentence


def test_an_updated_w2_is_nearly_right() -> None:
    both = seen("updated_w2")
    assert 0 < float(both.layers[0].angle.max()) < 5
    assert "so a small step still goes downhill. It still learns" in both.sentence


def test_the_first_sample_alone_may_go_uphill() -> None:
    both = seen("first_sample_only", learning_rate=10.0, epochs=500)
    assert (both.whole.angle > 90).all()
    assert "always more than 90° off: every step goes uphill. The loss increases" in both.sentence


def test_angle_and_ratio_are_those_of_the_vectors() -> None:
    both = seen("raw_hidden")
    for at in (0, 7, EPOCHS):
        net = Network(both.broken.W1[at], both.broken.W2[at])
        truth, wrong = (
            np.concatenate([part.ravel() for part in pair])
            for pair in (
                gradients(net, XOR.X, XOR.y),
                wrong_gradients(net, XOR.X, XOR.y, ("raw_hidden",)),
            )
        )
        sizes = np.linalg.norm(truth), np.linalg.norm(wrong)
        angle = np.degrees(np.arccos(truth @ wrong / (sizes[0] * sizes[1])))
        assert both.whole.angle[at] == pytest.approx(angle)
        assert both.whole.ratio[at] == pytest.approx(sizes[1] / sizes[0])


def regression(*mistakes: str, learning_rate: float) -> Comparison:
    data = prepare_sample("auto_mpg")
    net = Network.init(data.X.shape[1], 4, output_activation="identity")
    settings = Settings(learning_rate=learning_rate)
    lab = PairedRuns(net, data.X, data.y, mistakes, settings, epochs=400)
    lab.advance()
    return lab.comparison()


def test_a_run_that_becomes_infinite_keeps_its_last_weights() -> None:
    both = regression("missing_mean", learning_rate=0.1)
    stopped = both.broken.stopped
    assert stopped is not None
    assert both.true.stopped is None
    assert 0 < stopped < 400
    assert np.isfinite(both.broken.losses[: stopped + 1]).all()
    assert np.isnan(both.broken.losses[stopped + 1 :]).all()
    assert np.isfinite(both.broken.W1).all()
    assert (both.broken.W1[stopped:] == both.broken.W1[stopped]).all()
    assert np.isnan(both.whole.ratio[stopped + 1 :]).all()
    assert f"After epoch {stopped:,} the next step makes C or a weight infinite" in both.sentence


def test_a_learning_rate_too_large_for_both() -> None:
    both = regression("factor_two", learning_rate=1e3)
    assert both.true.stopped is not None
    assert both.broken.stopped is not None
    assert "The learning rate is too large: with the true gradient C" in both.sentence


def test_a_loss_that_climbs_with_both() -> None:
    data = prepare_sample("auto_mpg")
    net = Network.init(data.X.shape[1], 3)
    lab = PairedRuns(
        net, data.X, data.y, ("missing_mean",), Settings(learning_rate=500.0), epochs=100
    )
    lab.advance()
    assert "The loss increases in both runs, from 0.0" in lab.comparison().sentence


@pytest.mark.parametrize(
    ("ended", "said"),
    [
        (0.01, "It learns even better in this run"),
        (0.105, "It still learns"),
        (0.15, "It learns, but falls behind"),
        (0.5, "It learns, though less well"),
        (0.95, "It hardly learns"),
    ],
)
def test_how_it_learns_is_read_from_the_losses(ended: float, said: str) -> None:
    both = seen("raw_hidden", epochs=1)
    true, broken = (
        replace(course, losses=np.array([1.0, C]))
        for course, C in ((both.true, 0.1), (both.broken, ended))
    )
    told = replace(both, true=true, broken=broken).sentence
    assert told.endswith(f"{said}: after 1 epoch C = {ended:g} instead of 0.1.")


def apart(angle: float, ratio: float) -> GradientDifference:
    return GradientDifference(np.array([angle, angle]), np.array([ratio, ratio]))


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        (apart(0.0, 1.0), "∂C/∂W⁽¹⁾ is right;"),
        (apart(0.0, 2.0), "∂C/∂W⁽¹⁾ points in the right direction but is 2 times as long;"),
        (apart(43.2, 2.13), "∂C/∂W⁽¹⁾ is 43° off on average and 2.1 times as long;"),
        (apart(3.21, 1.0), "∂C/∂W⁽¹⁾ is 3.2° off on average and as long;"),
        (apart(np.nan, 0.0), "∂C/∂W⁽¹⁾ is always 0, which changes no weight;"),
        (apart(np.nan, np.nan), "∂C/∂W⁽¹⁾ cannot be compared:"),
    ],
)
def test_each_matrix_is_judged_by_angle_and_length(layer: GradientDifference, said: str) -> None:
    both = seen("raw_hidden", epochs=1)
    assert said in replace(both, layers=(layer, apart(10.0, 1.0))).sentence


def test_a_gradient_of_nothing_moves_nothing() -> None:
    both = replace(seen("raw_hidden", epochs=1), multiple=0.0)
    assert "The wrong gradient is always 0: it changes no weight." in both.sentence


def test_a_mistake_that_changes_nothing() -> None:
    """The only sample is the first one."""
    one = PairedRuns(NET, XOR.X[:1], XOR.y[:1], ("first_sample_only",), epochs=5)
    one.advance()
    assert "The mistake changes nothing here" in one.comparison().sentence


def test_epochs_shown_are_all_or_evenly_thinned() -> None:
    lab = PairedRuns(NET, XOR.X, XOR.y, ("sign",), epochs=100, frames=11)
    lab.advance()
    both, whole = lab.comparison(), seen("sign", epochs=100, learning_rate=0.5)
    np.testing.assert_array_equal(both.epochs, np.arange(0, 101, 10))
    assert np.array_equal(both.broken.losses, whole.broken.losses)
    assert np.array_equal(both.broken.W1, whole.broken.W1[::10])
    assert np.array_equal(both.true.W2, whole.true.W2[::10])


def test_a_gradient_whose_square_rounds_to_0_is_compared_without_a_warning() -> None:
    how = Settings(learning_rate=300.0, optimizer="adam")
    names = ("missing_output_derivative",)
    lab = PairedRuns(Network.init(2, 3), XOR.X, XOR.y, names, how, epochs=60, frames=20)
    lab.advance()
    assert lab.comparison().multiple is None


def test_in_slices_it_is_the_same() -> None:
    slices = 1
    lab = PairedRuns(NET, XOR.X, XOR.y, ("sign",), Settings(learning_rate=2.0), epochs=EPOCHS)
    while not lab.advance(seconds=0):
        assert lab.epoch == slices
        slices += 1
    assert slices == EPOCHS
    assert np.array_equal(lab.comparison().broken.losses, seen("sign").broken.losses)


def test_stopped_between_two_frames_it_shows_where_it_stands() -> None:
    lab = PairedRuns(NET, XOR.X, XOR.y, ("sign",), epochs=100, frames=11)
    while lab.epoch < 17:
        lab.advance(seconds=0)
    both = lab.comparison()
    np.testing.assert_array_equal(both.epochs, [0, 10, 17])
    assert np.array_equal(both.true.W1[-1], run(17, learning_rate=0.5).network.W1)
    assert len(both.broken.losses) == 18


def test_stopped_it_tells_what_is_there() -> None:
    lab = PairedRuns(NET, XOR.X, XOR.y, ("sign",), Settings(learning_rate=2.0), epochs=EPOCHS)
    while lab.epoch < 7:
        assert not lab.advance(seconds=0)
    both = lab.comparison()
    assert both.epochs[-1] == 7
    assert len(both.true.losses) == len(both.broken.losses) == len(both.true.W1) == 8
    assert "in 7 epochs" in both.sentence


def test_what_is_handed_over_stays() -> None:
    X, y = XOR.X.copy(), XOR.y.copy()
    W1 = NET.W1.copy()
    PairedRuns(NET, X, y, ("sign",), epochs=5).advance()
    assert np.array_equal(X, XOR.X)
    assert np.array_equal(y, XOR.y)
    assert np.array_equal(NET.W1, W1)


def test_batches_and_patience_are_left_out() -> None:
    settings = Settings(batch_size=2, patience=3)
    lab = PairedRuns(NET, XOR.X, XOR.y, (), settings, epochs=5)
    assert lab.settings == Settings(epochs=5)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"mistakes": ("nonsense",)}, "mistake 'nonsense' is not one of"),
        ({"epochs": 0}, "epochs must be from 1"),
        ({"frames": 1}, "frames must be 2 or more"),
        ({"y": [0, 1]}, "y has shape"),
    ],
)
def test_what_cannot_be_is_said(changed: dict[str, Any], said: str) -> None:
    given: dict[str, Any] = {"net": NET, "X": XOR.X, "y": XOR.y, **changed}
    with pytest.raises(ValueError, match=said):
        PairedRuns(**given)
