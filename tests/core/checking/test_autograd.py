"""Another program's gradients beside ours, with files that are put together here."""

from typing import Any

import numpy as np
import pytest

from core.chain import Functions
from core.checking.autograd import MISSING, PRECISIONS, choices_that_agree, compare
from core.gradients import gradients
from core.network import Network
from core.weights import ForeignWeights

FUNCTIONS = Functions("cross_entropy", "tanh", "softmax")
NET = Network.init(3, [4, 2, 3], 3, hidden_activation="tanh", output_activation="softmax")
RANDOM = np.random.default_rng(0)
X, CLASSES = RANDOM.normal(size=(9, 3)), RANDOM.integers(0, 3, 9)
Y = np.eye(3)[CLASSES]
TRUTH = gradients(NET, X, Y, "cross_entropy")


def file(**changed: Any) -> ForeignWeights:
    given = {"gradients": TRUTH, "X": X, "y": CLASSES[:, None].astype(float)} | changed
    return ForeignWeights(NET.weights, True, True, "", **given)


def test_equal_gradients_agree_in_all_digits() -> None:
    agreement = compare(file(), FUNCTIONS)
    assert agreement.digits == (16, 16, 16, 16)
    assert agreement.differences == (0, 0, 0, 0)
    assert "All 4 gradients agree with ours to 16 digits" in agreement.sentence


def test_targets_may_be_numbers_of_classes_or_one_each() -> None:
    assert compare(file(y=Y), FUNCTIONS).digits == (16, 16, 16, 16)


def test_digits_are_counted_by_the_largest_entry() -> None:
    off = [dW.copy() for dW in TRUTH]
    off[2][0, 0] += 3e-6 * np.abs(TRUTH[2]).max()
    agreement = compare(file(gradients=tuple(off)), FUNCTIONS)
    assert agreement.digits == (16, 16, 5, 16)
    assert not agreement.agrees
    assert "differ" in agreement.sentence


def test_a_constant_factor_and_single_precision_are_said() -> None:
    rounded = tuple((dW / 3).astype(np.float32).astype(float) for dW in TRUTH)
    agreement = compare(file(gradients=rounded), FUNCTIONS)
    assert agreement.factor == pytest.approx(1 / 3, rel=1e-6)
    assert agreement.agrees
    assert PRECISIONS[True] in agreement.sentence
    doubled = compare(file(gradients=tuple(2 * dW for dW in TRUTH)), FUNCTIONS)
    assert "the constant factor 2." in doubled.sentence


def test_the_choices_that_agree_are_found() -> None:
    assert [each.functions for each in choices_that_agree(file())] == [FUNCTIONS]
    assert not list(choices_that_agree(file(gradients=tuple(dW**2 for dW in TRUTH))))


@pytest.mark.parametrize("missing", ["gradients", "X", "y"])
def test_what_is_missing_is_named(missing: str) -> None:
    with pytest.raises(ValueError, match=MISSING.format(missing)):
        compare(file(**{missing: None}), FUNCTIONS)
