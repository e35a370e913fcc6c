"""One matrix that somebody gave: its layouts, its digits, and what rounding allows."""

from dataclasses import replace

import numpy as np
import pytest

from core.checking.diagnosis import diagnose
from core.checking.diagnosis.given_matrix import (
    BY_SAMPLE,
    CUT_OFF,
    IN_SINGLE,
    ON_THE_WAY,
    ROUNDED,
    GivenMatrix,
    digits_in_common,
)
from core.checking.diagnosis.hand_errors import cost_error, errors
from core.checking.problem import Problem
from core.checking.rounding import precision
from core.checking.submission.numbers import NumberMatrix
from core.gradients import Array
from core.network import Network

random = np.random.default_rng(6)
NET = Network(random.normal(size=(3, 3)), random.normal(size=(4, 1)))
PROBLEM = Problem.of(NET, random.normal(size=(6, 2)), random.random(6))
dW1, dW2 = PROBLEM.truth


def settled(layer: int, values: Array, *, is_apart: bool = False) -> GivenMatrix:
    matrix = GivenMatrix(PROBLEM, layer, replace(NumberMatrix.of(values), is_apart=is_apart))
    matrix.settle()
    return matrix


def test_the_ways_to_be_right() -> None:
    assert settled(1, np.round(dW1, 5)).style == ROUNDED
    assert settled(1, np.trunc(dW1 * 1e5) / 1e5).style == CUT_OFF
    single = dW1 * (1 + 1e-7 * random.normal(size=dW1.shape))
    assert settled(1, np.round(single, 10)).style == IN_SINGLE
    assert not settled(1, 1.001 * dW1).is_right


def test_by_hand_it_is_right_within_what_rounding_on_the_way_explains() -> None:
    digits = 4
    off = 1.4e-4 * np.sign(random.normal(size=dW1.shape))
    matrix = settled(1, np.round(dW1 + off, digits))
    assert not matrix.is_right
    bound = errors(PROBLEM, 0.5 * 10.0**-digits)[0]
    matrix.settle_by_hand(bound)
    assert (matrix.is_right, matrix.style) == (True, ON_THE_WAY)
    far = settled(1, np.round(dW1 + 20 * off, digits))
    far.settle_by_hand(bound)
    assert not far.is_right


def test_the_error_by_hand_grows_with_the_half_unit() -> None:
    for small, large in zip(errors(PROBLEM, 1e-6), errors(PROBLEM, 1e-4), strict=True):
        np.testing.assert_allclose(large, 100 * small, rtol=1e-2)
    assert cost_error(PROBLEM, 1e-4) == pytest.approx(100 * cost_error(PROBLEM, 1e-6), rel=1e-2)


def to_3(A: Array) -> Array:
    shorter: Array = np.round(A, 3)
    return shorter


def test_numbers_rounded_on_the_way_are_seldom_further_off() -> None:
    """A run of the formulas with every intermediate rounded, against the bound."""
    half, misses, count = 0.5e-3, 0, 0
    for seed in range(40):
        own = np.random.default_rng(seed)
        net = Network(own.normal(size=(3, 3)), own.normal(size=(4, 2)))
        p = Problem.of(net, own.normal(size=(8, 2)), own.random((8, 2)))
        X1 = np.column_stack([p.X, np.ones(8)])
        Z = to_3(1 / (1 + np.exp(-to_3(X1 @ net.W1))))
        Z1 = np.column_stack([Z, np.ones(8)])
        y_hat = to_3(1 / (1 + np.exp(-to_3(Z1 @ net.W2))))
        delta = to_3(to_3(to_3(y_hat - p.y) / 8) * to_3(y_hat * (1 - y_hat)))
        back = to_3(to_3(delta @ net.W2[:-1].T) * to_3(Z * (1 - Z)))
        for hand, truth, bound in zip(
            (X1.T @ back, Z1.T @ delta), p.truth, errors(p, half), strict=True
        ):
            misses += int((np.abs(hand - truth) > bound).sum())
            count += hand.size
    assert misses < 0.01 * count


def test_a_bias_row_given_apart_is_the_last() -> None:
    first = np.roll(dW1, 1, axis=0)
    assert settled(1, first).is_right
    assert not settled(1, first, is_apart=True).is_right


def test_an_error_of_n_by_n_has_a_column_for_each_sample_and_is_never_right() -> None:
    each = np.repeat(dW2, 6, axis=1)  # whose mean is right
    matrix = settled(2, each)
    assert matrix.reading.layout == BY_SAMPLE
    assert not matrix.is_right
    with pytest.raises(ValueError, match="dW2 is 4×5"):
        GivenMatrix(PROBLEM, 2, NumberMatrix.of(each[:, :5]))


def test_unknown_numbers_neither_agree_nor_differ() -> None:
    half_unit = np.full(dW1.shape, 1e-9)
    half_unit[0] = np.inf
    values = dW1.copy()
    values[0] = 0.0
    given = replace(precision(dW1), half_unit=half_unit)
    matrix = GivenMatrix(PROBLEM, 1, NumberMatrix(values, given))
    matrix.settle()
    assert matrix.is_right
    assert matrix.is_unknown[0].all()
    assert matrix.half_unit == 1e-9
    assert matrix.digits >= 14
    values[1, 1] *= -1
    wrong = GivenMatrix(PROBLEM, 1, NumberMatrix(values, given))
    wrong.settle()
    assert (~wrong.right).sum() == 1


def test_digits_are_counted_where_the_truth_is_0() -> None:
    dead = Problem.of(
        Network(np.array([[-1.0], [-5.0]]), np.array([[1.0], [0.5]]), hidden="relu"), [[1.0]], [0.5]
    )
    assert not dead.truth[0].any()
    matrix = GivenMatrix(dead, 1, NumberMatrix.of(np.array([[0.5], [0.0]])))
    assert matrix.agreeing_digits[0, 0] == 0


def test_a_coarse_number_where_the_truth_is_0_needs_more_decimals() -> None:
    net = Network(-np.ones((3, 2)), np.ones((3, 1)), hidden="relu")
    X = np.abs(np.random.default_rng(0).normal(size=(4, 2)))
    found = diagnose(net, X, np.full(4, 0.3), [[0.001, 0.0], [0.0, 0.0], [0.0, 0.0]])
    assert (found.correct, found.conclusive) == (False, False)
    assert "give it to 4 decimals or more" in found.sentence


def test_the_decimals_needed_are_more_than_were_given() -> None:
    for decimals in range(3, 7):
        assert settled(1, np.round(dW1, decimals)).decimals_needed == max(4, decimals + 1)


def test_digits_in_common_are_counted_from_the_first_digit() -> None:
    given = np.array([1.25, 1.35, 0.0, 1e-300, 1.0, -1.25])
    truth = np.array([1.25, 1.25, 0.0, 0.0, 0.99951, 1.25])
    np.testing.assert_array_equal(
        digits_in_common(given, truth, np.abs(truth)), [15, 1, 15, 0, 3, 0]
    )
