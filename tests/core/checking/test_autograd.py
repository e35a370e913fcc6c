"""Another program's gradients beside ours, with files that are put together here."""

import io
import re
from dataclasses import replace
from textwrap import dedent
from typing import Any

import numpy as np
import pytest

from core.chain import Functions
from core.checking import autograd
from core.checking.autograd import (
    ALL_ZERO,
    COARSE,
    DIFFER,
    DOUBLE,
    FLIPPED,
    MAX_VALUES,
    MEAN,
    MISSING,
    OVER_OUTPUTS,
    SCALED,
    SINGLE,
    SUM,
    TOO_MANY,
    WITH_HALF,
    WITHOUT_HALF,
    choice_that_agrees,
    choices_that_agree,
    compare,
    order_that_agrees,
)
from core.gradients import gradients
from core.network import Network
from core.utils.number_text import number_text, round_to
from core.utils.sentence import listing
from core.weights import ForeignWeights, read_weights

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
    assert SINGLE.text in agreement.sentence


@pytest.mark.parametrize("factor", [-1.0, -0.5, 2.0, 24 * (1 + 1e-13), 1e-8])
def test_a_factor_without_a_reason_is_no_agreement(factor: float) -> None:
    agreement = compare(file(gradients=tuple(factor * dW for dW in TRUTH)), FUNCTIONS)
    assert not agreement.agrees
    assert agreement.is_proportional
    wanted = FLIPPED if factor == -1 else SCALED.format(number_text(round_to(factor, 4)))
    assert agreement.sentence == wanted


@pytest.mark.parametrize(
    ("loss", "theirs", "reasons"),
    [
        ("half_mse", 2, [WITHOUT_HALF]),
        ("mse", 1 / 2, [WITH_HALF]),
        ("mse", 1 / 3, [OVER_OUTPUTS]),
        ("half_mse", 2 / 3, [WITHOUT_HALF, OVER_OUTPUTS]),
        ("mse", 9, [SUM]),
        ("half_mse", 18, [WITHOUT_HALF, SUM]),
        ("half_sse", 1 / 9, [MEAN]),
        ("half_sse", 2 / 27, [WITHOUT_HALF, MEAN, OVER_OUTPUTS]),
        ("mse", 2, None),
        ("half_mse", 1 / 2, None),
    ],
)
def test_the_sentence_says_what_a_factor_is_due_to(
    loss: str, theirs: float, reasons: list[str] | None
) -> None:
    net = Network.init(3, 4, 3, hidden_activation="tanh", output_activation="identity")
    dW = tuple(theirs * own for own in gradients(net, X, Y, loss))
    found = ForeignWeights(net.weights, True, True, "", gradients=dW, X=X, y=Y)
    agreement = compare(found, Functions(loss, "tanh", "identity"))
    assert agreement.factor == pytest.approx(theirs)
    assert agreement.agrees is (reasons is not None)
    if reasons is not None:
        assert f"since {listing(reasons)}." in agreement.sentence


def test_gradients_of_0_are_of_no_precision() -> None:
    zeros = tuple(np.zeros_like(dW) for dW in TRUTH)
    agreement = compare(file(gradients=zeros), FUNCTIONS)
    assert agreement.precision is DOUBLE
    assert agreement.sentence == DIFFER + ALL_ZERO


def test_half_precision_that_is_nearly_right_cannot_be_judged() -> None:
    half = [W.astype(np.float16).astype(float) for W in NET.weights]
    net = Network(*half, hidden="tanh", output="softmax")
    off = [dW.copy() for dW in gradients(net, X, Y, "cross_entropy")]
    off[1][0, 0] += 0.03 * np.abs(off[1]).max()
    rounded = tuple(dW.astype(np.float16).astype(float) for dW in off)
    found = ForeignWeights(net.weights, True, True, "", gradients=rounded, X=X, y=Y)
    assert compare(found, FUNCTIONS).sentence == COARSE
    wrong = replace(found, gradients=tuple(dW[::-1] for dW in rounded))
    assert compare(wrong, FUNCTIONS).sentence == DIFFER


def test_the_choices_that_agree_are_found() -> None:
    assert [each.functions for each in choices_that_agree(file())] == [FUNCTIONS]
    assert not list(choices_that_agree(file(gradients=tuple(dW**2 for dW in TRUTH))))


@pytest.mark.parametrize("missing", ["gradients", "X", "y"])
def test_what_is_missing_is_named(missing: str) -> None:
    with pytest.raises(ValueError, match=MISSING.format(missing)):
        compare(file(**{missing: None}), FUNCTIONS)


def test_a_batch_too_large_is_refused_before_anything_is_computed() -> None:
    units = 3 + 1 + sum(W.shape[1] for W in NET.weights)  # with the bias
    most = MAX_VALUES // units
    largest = file(X=np.zeros((most, 3)), y=np.zeros((most, 1)))
    assert compare(largest, FUNCTIONS).samples == most
    for X_too, y_too in ((most + 1, most + 1), (most, most + 1), (most + 1, most)):
        found = replace(largest, X=np.zeros((X_too, 3)), y=np.zeros((y_too, 1)))
        said = re.escape(TOO_MANY.format(most + 1, units, most))
        with pytest.raises(ValueError, match=said):
            compare(found, FUNCTIONS)
        with pytest.raises(ValueError, match=said):
            next(choices_that_agree(found))


def test_choices_that_do_not_suit_the_targets_are_left_out_and_other_errors_are_not() -> None:
    single = Network.init(3, 2, 1, hidden_activation="tanh", output_activation="identity")
    y = RANDOM.normal(size=(9, 1))  # no probabilities, and no classes of a softmax
    dW = gradients(single, X, y, "mse")
    found = ForeignWeights(single.weights, True, True, "", gradients=dW, X=X, y=y)
    assert Functions("mse", "tanh", "identity") in [a.functions for a in choices_that_agree(found)]
    with pytest.raises(ValueError, match="y has shape"):
        list(choices_that_agree(replace(found, y=y[:-1])))


def test_thousands_of_classes_take_no_jacobian_of_each_sample() -> None:
    """Those of 16 samples and 30,000 classes would be 115 GB."""
    wide = Network.init(2, 2, 30_000, output_activation="softmax")
    inputs, classes = RANDOM.normal(size=(16, 2)), np.arange(16.0)[:, None]
    dW = gradients(wide, inputs, np.eye(16, 30_000), "cross_entropy")
    found = ForeignWeights(wide.weights, True, True, "", gradients=dW, X=inputs, y=classes)
    assert compare(found, Functions("cross_entropy", "sigmoid", "softmax")).agrees


def test_the_example_of_the_module_runs_as_it_stands() -> None:
    arrays: dict[str, Any] = {f"W{n}": W for n, W in enumerate(NET.weights, start=1)}
    arrays |= {f"dW{n}": dW for n, dW in enumerate(TRUTH, start=1)}
    buffer = io.BytesIO()
    np.savez(buffer, X=X, y=Y, **arrays)
    lines = [line for line in str(autograd.__doc__).splitlines() if line.startswith("    ")]
    names = {"read_weights": read_weights, "data": buffer.getvalue(), **vars(autograd)}
    exec(dedent("\n".join(lines)), names)
    assert names["agreement"].digits == (16, 16, 16, 16)


def test_readings_that_do_not_suit_the_targets_are_passed_over() -> None:
    y = RANDOM.normal(size=(9, 1))
    net = Network.init(
        3, (1, 3), 1, bias_input=False, bias_hidden=False, output_activation="identity"
    )
    dW = gradients(net, X, y, "mse")
    right = ForeignWeights(net.weights, False, False, "", gradients=dW, X=X, y=y)
    short = replace(right, matrices=right.matrices[:2], gradients=dW[:2])  # 3 outputs
    functions = Functions("mse", "sigmoid", "identity")
    for found in (
        order_that_agrees([short, right], functions),
        choice_that_agrees([short, right]),
    ):
        assert found is not None
        assert found.functions == functions
    assert order_that_agrees([short], functions) is None
