"""The history of a weight: every number is that of the epoch's network by the derivation."""

from dataclasses import replace

import numpy as np
import pytest

from core.gradients import gradients
from core.network import Network
from core.training.run import Run, Settings
from core.training.weight_history import weight_point
from tests.core.oracles import XOR_X, XOR_Y


def branched(*hidden: int) -> Run:
    """A run of mini-batches with L2, a weight edited on the way, and another loss after it."""
    net = Network.init(2, hidden, seed=1)
    settings = Settings(learning_rate=0.5, epochs=40, batch_size=3, l2=0.01)
    run = Run(net, XOR_X, XOR_Y, settings)
    run.advance(12)
    edited = run.network.with_weights(run.network.W1 + 0.25, *run.network.weights[1:])
    run = run.branch(12, network=edited)
    run.advance(9)
    run = run.branch(21, settings=replace(run.settings, loss="cross_entropy", batch_size=None))
    run.advance(9)
    return run


@pytest.mark.parametrize("hidden", [(3,), (3, 2, 4)])
def test_every_epoch_has_the_number_and_the_gradient_of_its_network(
    hidden: tuple[int, ...],
) -> None:
    run = branched(*hidden)
    layers = run.template.layers
    for epoch in range(run.epoch + 1):
        net = run.at(epoch)
        steps = gradients(net, run.X, run.y, run.settings_at(epoch).loss)
        norm = float(np.linalg.norm(np.concatenate([step.ravel() for step in steps])))
        for layer, row, column in ((1, 2, 1), (layers, 1, 0)):
            point = weight_point(run, epoch, layer, row, column)
            assert point.value == net.weights[layer - 1][row, column]
            expected = float(steps[layer - 1][row, column])
            assert point.gradient == pytest.approx(expected, rel=0, abs=1e-12 * norm)
            assert point.gradient_norm == pytest.approx(norm, rel=1e-12)


def test_an_epoch_that_was_not_trained_is_refused() -> None:
    run = branched(3)
    with pytest.raises(ValueError, match="epoch"):
        weight_point(run, 31, 1, 0, 0)
    assert run.epoch == 30
