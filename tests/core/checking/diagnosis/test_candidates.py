"""The wrong gradients that a matrix is compared with."""

from itertools import combinations

import numpy as np
import pytest

from core.checking.diagnosis.candidates import ALONE, SCALARS, candidates_after, candidates_of
from core.checking.mistakes import BIAS_ROW, TRAINABLE, wrong_gradients_of
from core.checking.problem import Problem
from core.network import Network


def problem(*sizes: tuple[int, int]) -> Problem:
    random = np.random.default_rng(2)
    net = Network(*(random.normal(size=size) for size in sizes))
    return Problem.of(net, random.normal(size=(5, 3)), random.random((5, 2)), learning_rate=0.5)


DEEP = problem((4, 3), (4, 3), (4, 3), (4, 2))


def test_no_candidate_is_the_truth_under_the_name_of_a_mistake() -> None:
    candidates = candidates_of(DEEP)
    is_right = np.array(
        [
            np.isclose(stack, truth, rtol=1e-9, atol=1e-13).all(axis=(1, 2))
            for stack, truth in zip(candidates.stacks, DEEP.truth, strict=True)
        ]
    ).all(axis=0)
    assert [candidates.combinations[at] for at in np.flatnonzero(is_right)] == [()]


@pytest.mark.parametrize(
    ("mistake", "count"),
    [
        ("missing_hidden_derivative", 1 + 3),  # everywhere, and in each hidden layer
        ("missing_w2", 2 * (1 + 3)),  # 1 or, where it is square, the identity matrix
        ("missing_input", 3 + 1 + 3 + 4),  # of X, of Z and of both
        ("squared_error", 4),  # which belongs to no layer
        ("other_loss", 3),
    ],
)
def test_a_mistake_is_there_once_for_each_layer_that_it_changes(mistake: str, count: int) -> None:
    assert candidates_of(DEEP).combinations.count((mistake,)) == count


def test_one_layer_s_mistakes_are_right_in_the_matrices_after_it() -> None:
    candidates = candidates_of(DEEP)
    some = [at for at, names in enumerate(candidates.combinations) if names == ("raw_hidden",)]
    wrong = {
        tuple(
            layer
            for layer, truth in enumerate(DEEP.truth, start=1)
            if not np.allclose(candidates.stacks[layer - 1][at], truth, rtol=1e-9)
        )
        for at in some
    }
    assert wrong == {(2, 3, 4), (2,), (3,), (4,)}


IN_PAIRS = [name for name in TRAINABLE if name not in (*SCALARS, *ALONE, BIAS_ROW)]


@pytest.mark.parametrize("made", list(combinations(IN_PAIRS, 2)), ids=" + ".join)
def test_a_pair_is_made_in_the_order_in_which_wrong_gradients_make_it(
    made: tuple[str, str],
) -> None:
    p = problem((4, 3), (4, 2))
    candidates = candidates_of(p)
    first = candidates.combinations.index(made)
    for backwards in (made, made[::-1]):
        for stack, wrong in zip(candidates.stacks, wrong_gradients_of(p, backwards), strict=True):
            np.testing.assert_allclose(stack[first], wrong, rtol=1e-12)


def test_what_used_the_updated_weights_is_made_in_that_order_too() -> None:
    p = problem((4, 3), (4, 2))
    after = candidates_after(p, [p.truth[1]])
    for name in ("missing_w2", "missing_hidden_derivative", "first_sample_only"):
        (at, *_) = [at for at, names in enumerate(after.combinations) if name in names]
        wrong = wrong_gradients_of(p, ["updated_w2", name])[0]
        np.testing.assert_allclose(after.stacks[0][at], wrong, rtol=1e-12)
