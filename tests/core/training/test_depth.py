"""Runs of several hidden layers and of softmax: as torch trains them, and exact at every epoch."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.gradients import cost, gradients
from core.losses import losses_for
from core.network import Network
from core.training import symptoms
from core.training.run import Run, Settings
from core.training.run_file import RunFileError, read_run, write_run
from core.training.settings import OPTIMIZERS
from tests.core.oracles import Problem, deep_problems, descent, relative_error, same_bits, shares
from tests.core.training.test_run_file import with_header
from tests.paths import DATA

Array = NDArray[np.float64]

STEPS, RATE = 300, 0.05
RANDOM = np.random.default_rng(3)
X, Y = RANDOM.normal(size=(12, 3)), RANDOM.uniform(size=(12, 2))
CLASSES = np.eye(3)[RANDOM.integers(0, 3, 12)]


def softmax_net(hidden: str = "tanh") -> Network:
    return Network.init(
        3, [5, 4, 3], 3, hidden_activation=hidden, output_activation="softmax", seed=2
    )


def fresh(**changed: object) -> Run:
    settings = Settings(learning_rate=0.3, loss="cross_entropy", epochs=400)
    return Run(softmax_net(), X, CLASSES, replace(settings, **changed))  # type: ignore[arg-type]


def torch_descent(net: Network, y: Array, loss: str) -> list[Array]:
    """The weights after STEPS steps of torch's own autograd and SGD."""
    matrices = [torch.tensor(W, requires_grad=True) for W in net.weights]
    optimizer = torch.optim.SGD(matrices, lr=RATE)
    functions = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu}
    targets = torch.tensor(y)
    for _ in range(STEPS):
        value = torch.tensor(X)
        for i, W in enumerate(matrices):
            bias = net.bias_hidden if i else net.bias_input
            O = value @ W[:-1] + W[-1] if bias else value @ W
            value = functions.get(net.hidden, lambda x: x)(O)
        if loss == "cross_entropy" and net.output == "softmax":
            C = torch.nn.functional.cross_entropy(O, targets)
        elif loss == "cross_entropy":
            C = torch.nn.functional.binary_cross_entropy_with_logits(O, targets, reduction="sum")
            C = C / len(X)
        else:
            y_hat = torch.softmax(O, 1) if net.output == "softmax" else torch.sigmoid(O)
            C = ((y_hat - targets) ** 2).sum() / (2 * len(X))
        optimizer.zero_grad()
        C.backward()
        optimizer.step()
    return [W.detach().numpy() for W in matrices]


@pytest.mark.parametrize("hidden", ["sigmoid", "tanh", "relu", "identity"])
@pytest.mark.parametrize(
    ("sizes", "output", "loss"),
    [
        ([4, 3, 3], "sigmoid", "half_mse"),
        ([4, 4], "sigmoid", "cross_entropy"),
        ([5], "softmax", "cross_entropy"),
        ([5, 4, 3, 4, 3, 3], "softmax", "cross_entropy"),
        ([4, 3], "softmax", "half_mse"),
    ],
)
def test_three_hundred_steps_are_torch_s(
    sizes: list[int], output: str, loss: str, hidden: str
) -> None:
    y, bias = (CLASSES if output == "softmax" else Y), hidden != "tanh"
    net = Network.init(
        3, sizes, y.shape[1], hidden_activation=hidden, output_activation=output, bias_hidden=bias
    )
    run = Run(net, X, y, Settings(learning_rate=RATE, loss=loss))
    run.advance(STEPS)
    for ours, theirs in zip(run.network.weights, torch_descent(net, y, loss), strict=True):
        assert relative_error(ours, theirs) < 1e-9


@hypothesis_settings(deadline=None, max_examples=25)
@given(deep_problems(), st.sampled_from([0.0, 0.1]))
def test_a_run_is_plain_descent(p: Problem, l2: float) -> None:
    expected = descent(p, learning_rate=0.1, epochs=4, l2=l2)
    run = Run(p.net, p.X, p.y, Settings(learning_rate=0.1, l2=l2, loss=p.loss))
    run.advance(4)
    for epoch, net in enumerate(expected):
        for ours, theirs in zip(run.at(epoch).weights, net.weights, strict=True):
            assert relative_error(ours, theirs) < 1e-10


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("batch_size", [None, 5])
def test_any_epoch_is_recomputed_to_the_last_bit(optimizer: str, batch_size: int | None) -> None:
    how = {"optimizer": optimizer, "batch_size": batch_size, "learning_rate": 0.05}
    one_go, slices = fresh(**how), fresh(**how)
    one_go.advance(120)
    for epochs in (1, 49, 70):
        slices.advance(epochs)
    assert slices.losses.tobytes() == one_go.losses.tobytes()
    for epoch in (0, 1, 37, 119, 120, 60):
        alone = fresh(**how)
        alone.advance(epoch)
        assert same_bits(one_go.at(epoch), alone.network)
    expected = cost(one_go.network, X, CLASSES, "cross_entropy")
    assert one_go.losses[-1] == pytest.approx(expected, rel=1e-12)


def test_a_film_holds_every_matrix() -> None:
    run = fresh()
    film = run.film(-1, 5, gradients=True, updates=True)
    assert film.gradients is not None
    assert film.updates is not None
    assert film.W1 is film.weights[0]
    assert film.W2 is film.weights[1]
    for i, epoch in enumerate(film.epochs):
        net = run.at(int(epoch))
        assert same_bits(net, net.with_weights(*(frames[i] for frames in film.weights)))
        for frames, dW in zip(
            film.gradients, gradients(net, X, CLASSES, "cross_entropy"), strict=True
        ):
            assert relative_error(frames[i], dW) < 1e-11
        before = run.at(int(epoch) - 1) if epoch else net
        for frames, W, old in zip(film.updates, net.weights, before.weights, strict=True):
            np.testing.assert_array_equal(frames[i], W - old)


def test_frozen_weights_of_any_layer_stay() -> None:
    run = fresh(frozen=frozenset({(4, 2, 1), (2, 0, 0)}))
    first = run.network
    run.advance(30)
    assert run.network.deeper[1][2, 1] == first.deeper[1][2, 1]
    assert run.network.W2[0, 0] == first.W2[0, 0]
    assert (run.network.deeper[0] != first.deeper[0]).all()
    with pytest.raises(ValueError, match="frozen: W5 has no weight at row 0, column 0"):
        fresh(frozen=frozenset({(5, 0, 0)}))
    with pytest.raises(ValueError, match="a layer must be from 1 to 7, not 8"):
        Settings(frozen=frozenset({(8, 0, 0)}))


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_an_update_is_told_term_by_term_in_every_layer(optimizer: str) -> None:
    run = fresh(optimizer=optimizer, l2=0.01, learning_rate=0.05)
    run.advance(3)
    update = run.update(2)
    assert update.after is not None
    assert same_bits(update.after, run.at(3))
    for layer, W in enumerate(update.after.weights, start=1):
        for row, column in ((0, 0), (W.shape[0] - 1, W.shape[1] - 1)):
            terms = update.weight_terms(layer, row, column)
            assert terms["W_after"] == pytest.approx(W[row, column], rel=1e-12)
            assert ("decay" in terms) is (row < update.before.rows(layer))


def test_a_branch_keeps_the_shapes_of_all_matrices() -> None:
    run = fresh()
    run.advance(10)
    net = run.at(5)
    edited = net.with_weights(*net.weights[:-1], net.weights[-1] + 0.5)
    branch = run.branch(5, network=edited)
    assert same_bits(branch.at(5), edited)
    assert same_bits(branch.at(4), run.at(4))
    with pytest.raises(ValueError, match="keeps the shapes of the matrices"):
        run.branch(5, network=Network.init(3, [5, 4], 3, output_activation="softmax"))


class TestRunFile:
    @pytest.mark.parametrize("hidden", ["sigmoid", "tanh", "relu", "identity"])
    def test_it_continues_to_the_last_bit(self, hidden: str) -> None:
        run = Run(softmax_net(hidden), X, CLASSES, Settings(loss="cross_entropy", epochs=60))
        run.advance(20)
        loaded = read_run(write_run(run)).run
        for each in (run, loaded):
            each.advance(20)
        assert same_bits(loaded.network, run.network)
        assert same_bits(loaded.at(7), run.at(7))
        assert (loaded.template.hidden, loaded.template.output) == (hidden, "softmax")

    @pytest.mark.parametrize(
        ("shapes", "message"),
        [
            ([[4, 5]], "it has 1 weight matrices"),
            ([[4, 5], *[[6, 5]] * 7], "it has 8 weight matrices"),
            ([[4, 5], [6, 4], [5, 3], [4, 2]], "cannot be loaded"),
            ([[4, 5], [6, 4], [5, 3], [9, 3]], "cannot be loaded"),
            ([[4, 5], [6, 10**9], [10**9, 3], [4, 3]], "more than 100,000 units"),
        ],
    )
    def test_shapes_that_are_not_its_own(self, shapes: list[list[int]], message: str) -> None:
        with pytest.raises(RunFileError, match=message):
            read_run(with_header(write_run(fresh()), shapes=shapes))


def test_a_run_file_of_version_2_opens() -> None:
    """Written when that version was new; another processor may round the last bits otherwise."""
    recorded = json.loads((DATA / "saved_2" / "expected.json").read_text(encoding="utf-8"))["run"]
    run = read_run((DATA / "saved_2" / "run.zip").read_bytes()).run
    assert (run.epoch, json.loads(json.dumps(run.settings.fields))) == (
        recorded["epoch"],
        recorded["settings"],
    )
    np.testing.assert_allclose(run.losses, recorded["losses"], rtol=1e-12)
    for net, expected in ((run.network, "weights"), (run.at(7), "at_7")):
        for W, truth in zip(net.weights, recorded[expected], strict=True):
            np.testing.assert_allclose(W, truth, rtol=1e-11, atol=1e-14)


class TestSymptoms:
    def test_units_are_identical_in_every_hidden_layer(self) -> None:
        zeros = Network.init(3, [4, 3], 2, scheme="zeros")
        assert symptoms.are_units_identical(zeros)
        one = zeros.with_weights(zeros.W1, zeros.W2 + np.eye(5, 3), zeros.deeper[0])
        assert not symptoms.are_units_identical(one)

    def test_units_of_all_hidden_layers_are_counted(self) -> None:
        net = Network.init(3, [4, 3], 2, hidden_activation="relu")
        off = net.with_weights(net.W1, -np.abs(net.W2), net.deeper[0])
        dead = symptoms.dead_units(off, np.abs(X))
        assert dead.shape == (7,)
        assert dead[4:].all()
        far = Network.init(3, [4, 3], 2).with_weights(net.W1, 1e3 * np.abs(net.W2), net.deeper[0])
        assert symptoms.saturated_units(far, np.abs(X))[4:].all()

    def test_every_matrix_may_be_large_enough(self) -> None:
        net = Network.init(3, [4, 3], 2)
        tiny = [W * 1e-3 for W in net.weights]
        assert symptoms.are_weights_tiny(net.with_weights(*tiny))
        assert not symptoms.are_weights_tiny(net.with_weights(*tiny[:2], net.deeper[0]))

    def test_the_free_gradient_and_the_penalty_are_the_run_s(self) -> None:
        settings = Settings(loss="cross_entropy", l2=0.1, frozen=frozenset({(3, 1, 1)}))
        net = softmax_net()
        of_C = gradients(net, X, CLASSES, "cross_entropy")
        free = symptoms.free_gradient(net, of_C, settings)
        whole = gradients(net, X, CLASSES, "cross_entropy", l2=0.1)
        whole[2][1, 1] = 0.0
        np.testing.assert_allclose(free, np.concatenate([dW.ravel() for dW in whole]), rtol=1e-14)
        inner = sum((W[:-1] ** 2).sum() for W in net.weights)
        assert symptoms.penalty(net, 0.1) == pytest.approx(0.05 * inner, rel=1e-14)

    def test_a_trial_and_the_norm_of_other_weights(self) -> None:
        run = fresh()
        trial = symptoms.trial(run, run.network, run.settings)
        assert trial is not None
        assert trial.epoch == symptoms.TRIAL
        assert symptoms.xavier_gradient_norm(softmax_net(), X, CLASSES, "cross_entropy") > 0


def test_targets_of_a_softmax_add_up_to_1() -> None:
    Run(softmax_net(), X, shares(RANDOM, (12, 3)), Settings(loss="cross_entropy"))
    run = Run(softmax_net(), X, 0.5 * CLASSES, Settings(loss="mse"))
    with pytest.raises(ValueError, match=r"those of y\[0\] add up to 0.5"):
        Run(softmax_net(), X, 0.5 * CLASSES, Settings(loss="cross_entropy"))
    with pytest.raises(ValueError, match=r"those of y\[0\] add up to 0.5"):
        run.branch(0, settings=Settings(loss="cross_entropy"))


def test_every_loss_of_a_softmax_falls() -> None:
    for loss in losses_for("softmax"):
        run = fresh(loss=loss, learning_rate=0.05)
        run.advance(50)
        assert run.losses[-1] < run.losses[0]
