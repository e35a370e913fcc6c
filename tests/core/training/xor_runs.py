"""Runs on XOR that several modules of tests train."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from core.network import Network
from core.training.run import Film, Run, Settings
from tests.core.oracles import XOR_X, XOR_Y, same_bits

FAST = Settings(learning_rate=10.0, epochs=500)  # DESIGN section 5
X_VAL, Y_VAL = np.array([[0.1, 0.9], [0.8, 0.2], [0.9, 0.9]]), np.array([1.0, 1.0, 0.0])


def xor(seed: int = 0, how: Settings = FAST) -> Run:
    """The network as derived on XOR."""
    return Run(Network.init(2, 3, seed=seed), XOR_X, XOR_Y, how)


def trained(epochs: int, how: Settings = FAST) -> Run:
    run = xor(how=how)
    run.advance(epochs)
    return run


def diverging(epochs: int) -> Run:
    """η · l2 is a million: so many times the weights grow an epoch, until float64 ends."""
    how = Settings(learning_rate=1e6, l2=1.0, epochs=500)
    run = Run(Network.init(2, 3), 100 * XOR_X, XOR_Y, how)
    run.advance(epochs)
    return run


def assert_film_is_of(film: Film, networks: Callable[[int], Network]) -> None:
    """Each frame holds exactly the weights of its epoch."""
    assert len(film.W1) == len(film.W2) == len(film.epochs)
    for epoch, W1, W2 in zip(film.epochs, film.W1, film.W2, strict=True):
        net = networks(int(epoch))
        assert same_bits(net, replace(net, W1=W1, W2=W2))
