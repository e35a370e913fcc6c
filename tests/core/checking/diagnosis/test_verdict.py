"""Mistakes planted by hand, weight by weight, and named; the truth is never accused."""

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from core.checking import MISTAKES, diagnose
from core.checking.diagnosis import Diagnosis
from core.checking.matrix_layouts import readings
from core.checking.mistakes import BY_IDENTIFIER, TRAINABLE, wrong_gradients
from core.checking.rounding import decimal_places, precision
from core.gradients import gradients
from core.network import Network
from tests.core.oracles import (
    ELEMENTWISE,
    XOR_X,
    XOR_Y,
    Array,
    Gradients,
    Problem,
    problems,
    swaps,
)

IDENTIFIERS = list(TRAINABLE)
RATE = 0.5


def network(K: int = 2, **changed: Any) -> Network:
    random = np.random.default_rng(5)
    W1, W2 = random.normal(size=(4, 3)), random.normal(size=(4, K))
    return Network(W1, W2, **changed)


def problem(K: int = 2, N: int = 5, **changed: Any) -> Problem:
    random = np.random.default_rng(8)
    return Problem(network(K, **changed), random.normal(size=(N, 3)), random.random((N, K)))


def significant(A: Array, digits: int) -> Array:
    return np.array([float(f"{a:.{digits - 1}e}") for a in A.ravel()]).reshape(A.shape)


def diagnosed(p: Problem, dW1: Any = None, dW2: Any = None) -> Diagnosis:
    return diagnose(p.net, p.X, p.y, dW1, dW2, loss=p.loss, learning_rate=RATE)


def names(found: Diagnosis) -> set[tuple[str, ...]]:
    return {way for e in found.explanations for way in (e.names, *e.equivalent)}


def is_named(made: tuple[str, ...], ways: set[tuple[str, ...]]) -> bool:
    """Whether they are named, but for those that change nothing beside the others."""
    return any(set(way) <= set(made) for way in ways)


# The mistakes, written anew


def sigma(x: float) -> float:
    return float(1 / (1 + np.exp(-x)))


def by_loops(p: Problem, made: tuple[str, ...]) -> Gradients:
    """The gradient of a sigmoid network under half_mse, as somebody who makes those writes it."""
    N, m, K = len(p.X), p.net.units, p.y.shape[1]
    W2 = p.net.W2.copy()
    if "updated_w2" in made:
        W2 -= RATE * by_loops(p, ())[1]
    dW1, dW2 = np.zeros_like(p.net.W1), np.zeros_like(p.net.W2)
    for i in range(1 if "first_sample_only" in made else N):
        x = [*p.X[i], 1.0]
        H = [sum(x[k] * p.net.W1[k, l] for k in range(len(x))) for l in range(m)]
        Z = [sigma(h) for h in H]
        O = [sum(Z[l] * p.net.W2[l, o] for l in range(m)) + p.net.W2[m, o] for o in range(K)]
        for o in range(K):
            delta = _error(p.y[i, o], O[o], made) * _slope(O[o], made, "output")
            delta *= (1 if "missing_mean" in made else 1 / N) * (2 if "factor_two" in made else 1)
            delta *= 1 if "sign" in made else -1
            carried = [*(H if "raw_hidden" in made else Z), 1.0]
            for l in range(m + 1):
                dW2[l, o] += delta * carried[l]
            for l in range(m):
                back = delta * (1 if "missing_w2" in made else W2[l, o])
                back *= _slope(H[l], made, "hidden")
                for k in range(len(x)):
                    dW1[k, l] += back * x[k]
    return (dW1[:-1], dW2[:-1]) if "bias_row_missing" in made else (dW1, dW2)


def _error(y: float, O: float, made: tuple[str, ...]) -> float:
    if "missing_error" in made:
        return 1.0
    return y - (O if "linear_output_error" in made else sigma(O))


def _slope(x: float, made: tuple[str, ...], of: str) -> float:
    if f"missing_{of}_derivative" in made:
        return 1.0
    at = sigma(x) if "derivative_of_activation" in made else x
    return sigma(at) * (1 - sigma(at))


PLANTED = [made for count in (1, 2) for made in combinations(IDENTIFIERS, count)]


@pytest.mark.parametrize("made", PLANTED, ids=" + ".join)
def test_each_mistake_and_pair_does_what_it_says_and_is_named(made: tuple[str, ...]) -> None:
    p = problem()
    by_hand = by_loops(p, made)
    computed = wrong_gradients(p.net, p.X, p.y, made, learning_rate=RATE)
    for hand, own in zip(by_hand, computed, strict=True):
        np.testing.assert_allclose(own, hand, rtol=1e-10, atol=1e-14)
    for digits in (17, 6, 4):
        dW1, dW2 = (significant(dW, digits) for dW in by_hand)
        found = diagnosed(p, dW1, dW2)
        assert not found.correct
        best = found.explanations[0]
        assert is_named(made, {best.names, *best.equivalent})
        assert len(best.mistakes) <= len(made)
        assert all(BY_IDENTIFIER[name].description in best.sentence for name in best.mistakes)


@pytest.mark.parametrize("made", PLANTED, ids=" + ".join)
def test_a_mistake_in_one_matrix_is_named_there(made: tuple[str, ...]) -> None:
    p = problem()
    truth, wrong = gradients(p.net, p.X, p.y), by_loops(p, made)
    for layer, name in enumerate(("dW1", "dW2")):
        given = [significant(dW, 6) for dW in truth]
        given[layer] = significant(wrong[layer], 6)
        found = diagnosed(p, *given)
        alone = diagnosed(p, **{name: given[layer]})
        assert found.correct is alone.correct
        if not found.correct:
            assert is_named(made, names(alone))
            best = found.explanations[0]
            assert best.names in names(alone)
            assert name in best.sentence


@settings(deadline=None, max_examples=60)
@given(problems() | swaps(ELEMENTWISE), st.integers(2, 9), st.booleans(), st.booleans())
def test_correct_gradients_rounded_are_never_accused(
    p: Problem, places: int, decimals: bool, turned: bool
) -> None:
    given = [
        np.round(dW, places) if decimals else significant(dW, places)
        for dW in gradients(p.net, p.X, p.y, p.loss)
    ]
    found = diagnosed(p, *(dW.T if turned else dW for dW in given))
    assert found.correct or not found.conclusive, found.sentence
    assert found.explanations == ()
    if not found.correct:
        assert "cannot be judged" in found.sentence
        assert decimals
    for dW in gradients(p.net, p.X, p.y, p.loss):
        name = "dW1" if dW.shape == p.net.W1.shape else "dW2"
        if p.net.W1.shape != p.net.W2.shape:
            single = {name: dW.astype(np.float32)}
            assert diagnosed(p, **single).correct


@settings(deadline=None, max_examples=60)
@given(problems() | swaps(ELEMENTWISE), st.integers(4, 9), st.integers(0, 2**32 - 1))
def test_nothing_explains_random_matrices(p: Problem, digits: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    given = [
        significant(np.std(dW) * random.normal(size=dW.shape), digits)
        for dW in gradients(p.net, p.X, p.y, p.loss)
    ]
    assume(all(dW.any() for dW in given))
    found = diagnosed(p, *given)
    assert not found.correct
    assert found.explanations == ()
    assert "dW1 is wrong, and" in found.sentence


# Layouts


def turned(A: Array) -> Array:
    return A.T


def bias_first(A: Array) -> Array:
    return np.roll(A, 1, axis=0)


@pytest.mark.parametrize(
    ("lay", "told"),
    [
        (lambda A: A, "as the weights"),
        (turned, "transposed"),
        (bias_first, "bias row first"),
        (lambda A: bias_first(A).T, "transposed, bias row first"),
    ],
)
def test_a_layout_is_told_and_not_held_against_anyone(
    lay: Callable[[Array], Array], told: str
) -> None:
    for K in (2, 4):  # with four outputs W2 is square
        p = problem(K)
        dW1, dW2 = (significant(lay(dW), 5) for dW in gradients(p.net, p.X, p.y))
        found = diagnosed(p, dW1, dW2)
        assert found.correct
        assert found.layout == told
        assert found.digits >= 5
        wrong = diagnosed(p, -dW1, -dW2)
        assert wrong.layout == told
        assert wrong.explanations[0].mistakes == ("sign",)


def test_each_matrix_may_have_a_layout_of_its_own() -> None:
    p = problem()
    dW1, dW2 = gradients(p.net, p.X, p.y)
    found = diagnosed(p, dW1.T, dW2)
    assert found.correct
    assert found.layout == "dW1 transposed; dW2 as the weights"
    missing = diagnosed(p, dW1[:-1].T, dW2)
    assert missing.layout == "dW1 transposed, bias row missing; dW2 as the weights"
    assert missing.explanations[0].mistakes == ("bias_row_missing",)
    assert missing.explanations[0].where == {"dW1": ("bias_row_missing",), "dW2": ()}


def test_a_list_of_numbers_is_a_column_and_square_weights_may_be_turned_above_their_bias() -> None:
    p = problem(1)
    dW1, dW2 = gradients(p.net, p.X, p.y)
    assert diagnosed(p, dW2=dW2[:, 0]).correct
    assert diagnosed(p, np.vstack([dW1[:-1].T, dW1[-1]])).correct


@pytest.mark.parametrize("given", [np.zeros((2, 2)), np.zeros(5), 1.0, [[np.nan] * 3] * 4])
def test_what_cannot_be_read_as_the_matrix_is_refused(given: Any) -> None:
    with pytest.raises(ValueError, match="dW1"):
        diagnosed(problem(), given)


def test_without_a_bias_there_is_no_row_to_miss() -> None:
    assert len(readings("dW1", np.ones((2, 3)), (2, 3), bias=False)) == 1
    with pytest.raises(ValueError, match="1×3; 2×3 is needed"):
        readings("dW1", np.ones((1, 3)), (2, 3), bias=False)


# Equivalents, the simplest first


def test_with_two_samples_a_forgotten_mean_is_a_factor_two() -> None:
    p = problem(N=2)
    found = diagnosed(p, *by_loops(p, ("missing_mean",)))
    assert found.explanations[0].mistakes == ("missing_mean",)
    assert ("factor_two",) in found.explanations[0].equivalent


def test_with_one_sample_a_forgotten_mean_is_nothing_wrong() -> None:
    p = problem(N=1)
    assert diagnosed(p, *by_loops(p, ("missing_mean",))).correct
    assert not diagnosed(p, *by_loops(p, ("missing_mean", "sign"))).correct


def test_without_the_learning_rate_nobody_is_told_of_updated_weights() -> None:
    p = problem()
    dW1, dW2 = by_loops(p, ("updated_w2",))
    assert diagnosed(p, dW1, dW2).explanations[0].mistakes == ("updated_w2",)
    assert diagnose(p.net, p.X, p.y, dW1, dW2).explanations == ()
    with pytest.raises(ValueError, match="learning rate"):
        wrong_gradients(p.net, p.X, p.y, ("updated_w2",))


def test_two_matrices_with_one_mistake_each_are_two_mistakes() -> None:
    p = problem()
    dW1, dW2 = by_loops(p, ("missing_hidden_derivative",))[0], by_loops(p, ("sign",))[1]
    best = diagnosed(p, dW1, dW2).explanations[0]
    assert best.mistakes == ("sign", "missing_hidden_derivative")
    assert best.where == {"dW1": ("missing_hidden_derivative",), "dW2": ("sign",)}


@pytest.mark.parametrize(
    ("made", "where"),
    [
        (("missing_w2",), (("missing_w2",), ())),
        (("missing_hidden_derivative",), (("missing_hidden_derivative",), ())),
        (("raw_hidden",), ((), ("raw_hidden",))),
        (("sign",), (("sign",), ("sign",))),
        (("raw_hidden", "missing_w2"), (("missing_w2",), ("raw_hidden",))),
        (("sign", "missing_w2"), (("sign", "missing_w2"), ("sign",))),
    ],
)
def test_a_mistake_is_told_of_the_matrices_that_it_changes(
    made: tuple[str, ...], where: tuple[tuple[str, ...], tuple[str, ...]]
) -> None:
    p = problem()
    best = diagnosed(p, *by_loops(p, made)).explanations[0]
    assert best.names == made
    assert best.where == dict(zip(("dW1", "dW2"), where, strict=True))
    places = [name for name in best.where if made[-1] in best.where[name]]
    assert f"in {' and '.join(places)} {BY_IDENTIFIER[made[-1]].description}" in (
        best.sentence.replace("In dW", "in dW")
    )


def test_one_matrix_is_explained_where_the_other_cannot_be() -> None:
    p = problem()
    random = np.random.default_rng(1).normal(size=p.net.W2.shape)
    found = diagnosed(p, by_loops(p, ("sign",))[0], random)
    assert [e.where for e in found.explanations] == [{"dW1": ("sign",)}]
    assert "dW2 is wrong, and no known mistake explains it" in found.sentence


def test_too_few_digits_tell_nothing() -> None:
    p = problem(1)
    given = np.round(by_loops(p, ("sign",))[1], 2)
    found = diagnosed(p, dW2=given)
    assert found.explanations == ()
    assert "too few digits" in found.sentence


def test_under_cross_entropy_what_is_left_out_had_cancelled() -> None:
    p = replace(problem(), loss="cross_entropy")
    f = p.net.forward(p.X)
    slope = f.y_hat * (1 - f.y_hat)
    dC_dO = (f.y_hat - p.y) / len(p.X) / slope
    dW1 = f.X1.T @ ((dC_dO @ p.net.W2[:-1].T) * f.Z * (1 - f.Z))
    found = diagnosed(p, dW1, f.Z1.T @ dC_dO)
    assert found.explanations[0].mistakes == ("missing_output_derivative",)


def test_the_sum_of_squares_has_no_mean_to_forget() -> None:
    p = replace(problem(), loss="half_sse")
    made = wrong_gradients(p.net, p.X, p.y, ("missing_mean",), "half_sse")
    assert diagnosed(p, *made).correct


# Digits and precision


def test_it_says_to_how_many_digits_and_where() -> None:
    net = Network.init(2, 3, seed=1)
    dW1, dW2 = gradients(net, XOR_X, XOR_Y)
    given = dW1.copy()
    given[1, 2] *= 1 + 2e-4
    found = diagnose(net, XOR_X, XOR_Y, given, dW2)
    assert not found.correct
    assert found.digits in {3, 4}
    assert found.agreeing_digits["dW1"][1, 2] == found.digits
    assert (np.delete(found.agreeing_digits["dW1"].ravel(), 5) >= 14).all()
    assert diagnose(net, XOR_X, XOR_Y, dW1, dW2).digits >= 14


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ([1.2345, 0.012346, 123.46], "5 significant digits"),
        ([1.2345, 0.0123, 12.3457], "4 decimals"),
        ([0.1 + 0.2, 1 / 3], "full precision"),
        ([0.0, 0.0], "1 decimal"),
        ([0.5, 0.2], "1 decimal"),
    ],
)
def test_precision_is_estimated_from_the_numbers(numbers: list[float], said: str) -> None:
    assert str(precision(np.array([numbers]))) == said


@pytest.mark.parametrize(
    ("numbers", "digits", "decimals", "half"),
    [
        ([1200.0, 300.0], 2, None, [50.0, 50.0]),  # no decimals: rounded to hundreds
        ([12.0, 3.0], None, 0, [0.5, 0.5]),
        ([120.0, 30.0], 2, None, [5.0, 5.0]),  # undecided: the coarser of the two
        ([1.2, 3.4], None, 1, [0.05, 0.05]),
        ([10_000.0, 1234.5, 0.5], None, 1, [0.05, 0.05, 0.05]),  # decided, by three zeros
        ([1.2, 0.3], None, 1, [0.05, 0.05]),
        ([0.12, 0.034], 2, None, [0.005, 0.0005]),
    ],
)
def test_numbers_are_rounded_to_decimals_where_their_zeros_say_so(
    numbers: list[float], digits: int | None, decimals: int | None, half: list[float]
) -> None:
    found = precision(np.array([numbers]))
    assert (found.digits, found.decimals) == (digits, decimals)
    np.testing.assert_allclose(found.half_unit[0], half, rtol=1e-12)


@pytest.mark.parametrize(
    ("numbers", "decimals"),
    [([0.5, 0.25, 0.0], 2), ([100.0], 0), ([-1e-3, 7.0], 3), ([0.0, 0.0], None)],
)
def test_decimals_are_counted_as_written(numbers: list[float], decimals: int | None) -> None:
    assert decimal_places(np.array([numbers])) == decimals


def test_zeros_at_the_decimals_of_the_other_matrix_cannot_be_judged() -> None:
    p = problem(1)
    small = replace(p, net=replace(p.net, W2=p.net.W2 / 1000))
    truth = gradients(small.net, small.X, small.y)
    dW1, dW2 = (np.round(dW, 3) for dW in truth)
    assert not dW1.any()
    found = diagnosed(small, dW1, dW2)
    assert (found.correct, found.conclusive, found.explanations) == (False, False, ())
    assert found.verdicts["dW1"].startswith("0 throughout and cannot be judged: give it to ")
    assert found.verdicts["dW2"].startswith("right, to the 3 decimals")
    places = int(re.findall(r"(\d+) decimals or more", found.sentence)[0])
    assert diagnosed(small, *(np.round(dW, places) for dW in truth)).correct
    assert not diagnosed(small, *(np.round(dW, places - 2) for dW in truth)).conclusive
    wrong = diagnosed(small, dW1, -dW2)
    assert (wrong.correct, wrong.conclusive) == (False, True)  # what is wrong is wrong
    precise = diagnosed(small, dW1, truth[1])
    assert (precise.correct, precise.conclusive) == (False, True)  # where zeros are too many


def test_zeros_alone_are_wrong_where_no_rounding_makes_them() -> None:
    p = replace(problem(1), loss="half_sse")
    dW1, dW2 = gradients(p.net, p.X, p.y, p.loss)
    assert np.abs(dW2).max() > 0.05
    found = diagnosed(p, 0 * dW1, 0 * dW2)
    assert (found.correct, found.conclusive) == (False, True)


def test_zeros_are_right_where_the_truth_is_zero() -> None:
    net = replace(network(1), hidden="relu", W1=-np.abs(network(1).W1), W2=np.zeros((4, 1)))
    X, y = np.abs(problem().X), np.array([1.0, 0, 1, 0, 0])
    dW1, dW2 = gradients(net, X, y)
    assert not dW1.any()
    found = diagnose(net, X, y, 0 * dW1, np.round(dW2, 4))
    assert found.correct
    assert "dW1 is right: it is 0 throughout" in found.sentence


def test_one_digit_is_judged_and_none_is_not() -> None:
    p = problem(1)
    dW1, dW2 = gradients(p.net, p.X, p.y)
    one = [significant(dW, 1) for dW in (dW1, dW2)]
    found = diagnosed(p, *one)
    assert found.correct
    assert found.digits >= 1
    scale = 0.06 / np.abs(dW2).max()  # rounds to 0.1, as much that is not it does
    small = replace(p, y=p.net.predict(p.X) + scale * (p.y - p.net.predict(p.X)))
    tenths = np.round(gradients(small.net, small.X, small.y)[1], 1)
    assert tenths.any()
    none = diagnosed(small, dW2=tenths)
    assert (none.correct, none.conclusive) == (False, False)
    assert "rounded to 1 decimal and cannot be judged" in none.sentence


@pytest.mark.parametrize("seed", range(30))
def test_zeros_are_never_called_right_or_wrong_whatever_the_seed(seed: int) -> None:
    random = np.random.default_rng(seed)
    net = Network(random.normal(size=(4, 3)), random.normal(size=(4, 1)) / 1000)
    X, y = random.normal(size=(5, 3)), random.random(5)
    truth = gradients(net, X, y)
    dW1, dW2 = (np.round(dW, 2) for dW in truth)
    assert not dW1.any()
    for other in (None, dW2, significant(truth[1], 2)):
        found = diagnose(net, X, y, dW1, other)
        assert not found.correct
        assert "dW1 is 0 throughout and cannot be judged" in found.sentence or other is not dW2


def test_nothing_given_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing to compare"):
        diagnosed(problem())


def test_every_entry_is_documented() -> None:
    assert len(IDENTIFIERS) == len({*IDENTIFIERS}) == 13
    for mistake in MISTAKES:
        assert mistake.equation.startswith("eq")
        assert mistake.correction.endswith(".")
        assert mistake.description


def test_an_explanation_says_what_its_constant_is_and_which_rows() -> None:
    p = problem(N=5)
    dW1, dW2 = gradients(p.net, p.X, p.y)
    (constant,) = diagnosed(p, 7.5 * dW1, 7.5 * dW2).explanations
    assert constant.factor == pytest.approx(7.5)
    assert constant.notes == {}
    (swapped,) = diagnosed(p, dW1[[1, 0, 2, 3]], dW2).explanations
    assert swapped.notes == {"swapped_rows": "rows 1 and 2"}


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (0.25, 4, "¼ in dW1; 4 in dW2"),
        (0.37, 0.25, "0.37 in dW1; ¼ in dW2"),
        (0.37, -0.29, "0.37 in dW1; −0.29 in dW2"),
    ],
)
def test_constants_that_differ_are_said_with_their_matrices(
    first: float, second: float, said: str
) -> None:
    p = problem()
    dW1, dW2 = gradients(p.net, p.X, p.y)
    found = diagnosed(p, first * dW1, second * dW2)
    (constant,) = found.explanations
    assert constant.factor is None
    assert constant.notes == {"constant_factor": said}
    assert f"({said})" in found.sentence


def test_one_constant_fitted_to_rounded_numbers_is_one() -> None:
    p = problem()
    dW1, dW2 = (np.round(0.37 * dW, 3) for dW in gradients(p.net, p.X, p.y))
    (constant,) = diagnosed(p, dW1, dW2).explanations
    assert constant.factor == pytest.approx(0.37, rel=0.01)
    assert constant.notes == {}


def test_constants_of_two_mistakes_are_said_with_each() -> None:
    p = problem()
    dW1, dW2 = gradients(p.net, p.X, p.y)
    dW1[-1] *= 0.37
    (both,) = diagnosed(p, dW1, 0.29 * dW2).explanations
    assert both.factor is None
    assert both.notes == {"constant_factor": "0.29", "bias_factor": "0.37"}


def test_a_wrong_number_is_said_with_its_matrix() -> None:
    p = problem()
    dW1, dW2 = gradients(p.net, p.X, p.y)
    dW1[0, 1] += 1
    dW2[2, 0] += 1
    said = "row 1, column 2 in dW1; row 3, column 1 in dW2"
    found = diagnosed(p, dW1, dW2)
    assert found.explanations[0].notes == {"single_number": said}
    assert said in found.sentence


def test_matrices_explained_apart_are_no_alternatives() -> None:
    p = problem()
    dW1 = by_loops(p, ("missing_error", "missing_w2"))[0]
    dW2 = by_loops(p, ("raw_hidden", "missing_output_derivative"))[1]
    found = diagnosed(p, dW1, dW2)
    groups = found.explanation_groups
    assert [[e.matrices for e in group] for group in groups] == [[("dW1",)], [("dW2",)]]
    for (explanation,) in groups:
        assert explanation.sentence in found.sentence


def test_mistakes_that_digits_cannot_distinguish_are_alternatives() -> None:
    p = problem()
    found = diagnosed(p, *(7.5 * dW for dW in gradients(p.net, p.X, p.y)))
    assert found.explanation_groups == (found.explanations,)


def test_which_matrix_cannot_be_judged() -> None:
    p = problem()
    dW1, dW2 = gradients(p.net, p.X, p.y)
    found = diagnosed(p, np.zeros_like(dW1), dW2.round(0))
    assert {name for name, how in found.verdicts.items() if "cannot be judged" in how} == {
        *found.inconclusive
    }
    assert found.inconclusive
    assert diagnosed(p, dW1, dW2).inconclusive == ()
