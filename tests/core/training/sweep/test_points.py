"""What may be swept: everything is checked before anything starts."""

from typing import Any

import numpy as np
import pytest

from core.network import Network
from core.training.run import Settings
from core.training.sweep import points as module
from core.training.sweep import sweep
from core.training.sweep.points import MAX_POINTS
from tests.core.oracles import XOR_X, XOR_Y
from tests.core.training.sweep.points import network, points

FIT = points(1)[0]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ([], "points is empty"),
        (3, "points must be pairs"),
        ([FIT, network()], r"points\[1\] must be a pair"),
        ([FIT, (network(),)], r"points\[1\] must be a pair"),
        ([(Settings(), network())], r"points\[0\]\[0\] must be a Network"),
        ([FIT, (network(), {"epochs": 3})], r"points\[1\]\[1\] must be a Settings"),
        ([(Network.init(3, 3), Settings())], r"X has shape \(4, 2\); this network takes \(N, 3\)"),
        ([FIT, (Network.init(3, 3), Settings())], r"points\[1\] does not fit X and y: .* 3 inputs"),
        ([FIT, (Network.init(2, 3, 2), Settings())], r"points\[1\] does not fit .* 2 outputs"),
        ([FIT, (network(), Settings(patience=3))], r"points\[1\]: patience needs a validation"),
        (
            [(network(), Settings(frozen=frozenset({(1, 9, 9)})))],
            r"points\[0\]: frozen: W1 has no weight",
        ),
        ([FIT] * (MAX_POINTS + 1), f"points are more than {MAX_POINTS:,}"),
    ],
)
def test_points_that_do_not_fit(given: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        sweep(given, XOR_X, XOR_Y)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"X_val": XOR_X}, "X_val is given without y_val"),
        ({"y_val": XOR_Y}, "y_val is given without X_val"),
        ({"X_val": XOR_X[:, :1], "y_val": XOR_Y}, "X_val has shape"),
        ({"X_val": XOR_X, "y_val": XOR_Y[:2]}, "y_val has shape"),
        ({"progress": 3}, "progress must be a function"),
        ({"executor": 3}, "executor must be a Executor"),
    ],
)
def test_options_that_do_not_fit(options: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        sweep([FIT], XOR_X, XOR_Y, **options)


@pytest.mark.parametrize(
    ("X", "y", "sentence"),
    [
        (XOR_X * np.nan, XOR_Y, "X.*not a finite number"),
        (XOR_X, XOR_Y[:3], "y has shape"),
        (XOR_X[:0], XOR_Y[:0], "y is empty"),
    ],
)
def test_data_that_does_not_fit(X: Any, y: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        sweep([FIT], X, y)


def test_a_loss_that_does_not_suit_the_targets_is_named_with_its_point() -> None:
    unsuited = (network(), Settings(loss="cross_entropy"))
    with pytest.raises(ValueError, match=r"points\[1\]: loss 'cross_entropy' needs targets"):
        sweep([FIT, unsuited], XOR_X, 2 * XOR_Y)


def test_too_many_weights_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_WEIGHTS", 25)  # of 13 each
    with pytest.raises(ValueError, match="more than 25 weights"):
        sweep(points(2), XOR_X, XOR_Y)
