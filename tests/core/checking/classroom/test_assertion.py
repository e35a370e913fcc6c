"""The assertion for a cell of a notebook."""

from pathlib import Path

import numpy as np
import pytest

from core.checking import assert_gradients, diagnose
from core.checking.assignment import BundleError, write_bundle
from core.gradients import gradients
from core.network import Network
from tests.core.checking.classroom.class_work import NET, PROBLEM, bundle_in, dW1, dW2
from tests.core.oracles import XOR_X, XOR_Y


def test_right_gradients_pass_from_any_bundle(tmp_path: Path) -> None:
    path = bundle_in(tmp_path)
    for bundle in (path, Path(path), Path(path).read_bytes(), PROBLEM):
        assert_gradients(dW1, dW2, bundle)
    assert_gradients(dW1.T.tolist(), dW2.round(5)[:, 0], PROBLEM)


def test_wrong_ones_fail_with_the_sentence_of_the_diagnosis() -> None:
    with pytest.raises(AssertionError) as caught:
        assert_gradients(dW1, -dW2, PROBLEM)
    expected = diagnose(NET, XOR_X, XOR_Y, dW1, -dW2, learning_rate=0.5).sentence
    assert str(caught.value) == expected
    assert "dW2 is wrong" in expected
    with pytest.raises(AssertionError, match="cannot be judged"):
        assert_gradients(np.zeros_like(dW1), dW2.round(1), PROBLEM)


def test_what_fits_no_layout_fails_too() -> None:
    with pytest.raises(AssertionError, match=r"dW1 is 2×2; 3×3 is needed.*; lay it out like"):
        assert_gradients(np.ones((2, 2)), dW2, PROBLEM)
    with pytest.raises(AssertionError, match=r"^dW2.*(finite|NaN).*\.$"):
        assert_gradients(dW1, np.full((4, 1), np.nan), PROBLEM)
    with pytest.raises(AssertionError, match=r"dW2 is None; compute it first\."):
        assert_gradients(dW1, None, PROBLEM)


def test_an_error_of_the_teacher_s_is_no_failure_of_the_student_s(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="does not exist"):
        assert_gradients(dW1, dW2, tmp_path / "none.zip")


def test_a_deeper_network_has_more_gradients() -> None:
    net = Network.init(2, [3, 3], seed=1)
    data, every = write_bundle(net, XOR_X, XOR_Y), gradients(net, XOR_X, XOR_Y)
    assert_gradients(every[0], every[1], data, every[2])
    with pytest.raises(AssertionError, match="dW3 is None"):
        assert_gradients(every[0], every[1], data)
    with pytest.raises(AssertionError, match=r"dW3 is wrong.*the sign is wrong"):
        assert_gradients(every[0], every[1], data, -every[2])
