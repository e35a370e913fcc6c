"""The search for what reproduces a matrix: its tolerance, its work, and the penalty's λ."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.diagnose import random_problem
from core.checking.diagnosis import diagnose, matching
from core.checking.diagnosis.candidates import Candidates, candidates_of
from core.checking.diagnosis.constants import Scalar, scalars
from core.checking.diagnosis.matching import GivenGradient, Match
from core.checking.mistakes import CONVENTIONS, ordered
from core.checking.problem import Problem
from core.checking.rounding import ROUNDING_ERROR, SINGLE_ROUNDING_ERROR
from core.checking.submission.numbers import NumberMatrix
from core.gradients import Array
from core.network import Network

Key = tuple[tuple[str, ...], float | None]


def problem() -> Problem:
    random = np.random.default_rng(4)
    net = Network(random.normal(size=(4, 3)), random.normal(size=(4, 1)))
    return Problem.of(net, random.normal(size=(6, 3)), random.random(6))


def noise(p: Problem, layer: int = 1) -> Array:
    random = np.random.default_rng(layer)
    wrong: Array = np.std(p.truth[layer - 1]) * random.normal(size=p.truth[layer - 1].shape)
    return wrong


# The error of the arithmetic


def test_numbers_of_float64_are_not_right_to_float32_after_a_search_in_vain() -> None:
    p = problem()
    wrong = p.truth[0].copy()
    wrong[0, 0] *= 1 + 1e-6
    wrong[1, 0] *= 1.05
    wrong[2, 1] *= 0.93
    found = diagnose(p.net, p.X, p.y, wrong)
    assert not found.right["dW1"][0, 0]
    assert "no known mistake explains it; row 4 (the bias) is right" in found.sentence


def test_the_error_is_that_of_float32_for_what_it_explains_alone() -> None:
    p = problem()
    candidates = candidates_of(p)
    random = np.random.default_rng(1)
    single = 2 * p.truth[0] * (1 + 1e-7 * random.normal(size=p.truth[0].shape))
    matrix = GivenGradient(p, 1, NumberMatrix.of(single))
    assert matrix.find(candidates)[0].mistakes == ("factor_two",)
    assert matrix.error == SINGLE_ROUNDING_ERROR
    others = Candidates((("raw_hidden",),), (noise(p)[np.newaxis], noise(p, 2)[np.newaxis]))
    assert matrix.find(others) == []
    assert matrix.error == SINGLE_ROUNDING_ERROR  # of what the first search found
    in_vain = GivenGradient(p, 1, NumberMatrix.of(noise(p)))
    assert in_vain.find(candidates) == in_vain.find_rest(candidates) == []
    assert in_vain.error == ROUNDING_ERROR


@pytest.mark.parametrize(
    ("noise_of", "error"), [(1e-13, ROUNDING_ERROR), (1e-7, SINGLE_ROUNDING_ERROR)]
)
def test_a_constant_without_a_name_is_found_in_either_arithmetic(
    noise_of: float, error: float
) -> None:
    p = problem()
    random = np.random.default_rng(1)
    matrix = GivenGradient(
        p, 1, NumberMatrix.of(1.37 * p.truth[0] * (1 + noise_of * random.normal(size=(4, 3))))
    )
    assert matrix.find(candidates_of(p)) == []
    assert matrix.find_rest(candidates_of(p))[0].factor == pytest.approx(1.37, rel=1e-5)
    assert matrix.error == error


# How much is searched


@pytest.fixture
def searches(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, float]]:
    """The layout and the error of each search, as they happen."""
    seen: list[tuple[str, float]] = []
    matches = matching._Search.matches

    def count(search: matching._Search) -> Iterator[Match]:
        seen.append((search.reading.layout, search.matrix.error))
        return matches(search)

    monkeypatch.setattr(matching._Search, "matches", count)
    return seen


def test_each_layout_is_searched_once_to_each_error(searches: list[tuple[str, float]]) -> None:
    p = problem()
    double = GivenGradient(p, 1, NumberMatrix.of(noise(p)))
    double.find(candidates_of(p))
    layouts = [reading.layout for reading in double.readings]
    errors = (ROUNDING_ERROR, SINGLE_ROUNDING_ERROR)
    assert searches == [(layout, error) for error in errors for layout in layouts]


def test_numbers_of_float32_have_one_error(searches: list[tuple[str, float]]) -> None:
    p = problem()
    single = GivenGradient(p, 1, NumberMatrix.of(noise(p).astype(np.float32).astype(np.float64)))
    single.find(candidates_of(p))
    assert {error for _, error in searches} == {SINGLE_ROUNDING_ERROR}
    assert len(searches) == len(single.readings)


# The penalty


def one_by_one(matrix: GivenGradient) -> dict[Key, Array]:
    """The matches with λW added, candidate after candidate."""
    p, at, given = matrix.problem, matrix.layer - 1, matrix.reading.matrix
    candidates, inner = candidates_of(p), inside(p, matrix.layer)
    found: dict[Key, Array] = {}
    for W, both in ((inner, ("l2_added",)), (p.net.weights[at], ("l2_added", "l2_on_bias"))):
        for own, gradient in zip(candidates.combinations, candidates.stacks[at], strict=True):
            is_in = len(own) < 2 and np.isfinite(gradient).all()
            for scalar in scalars(p) if is_in else ():
                rest = given - scalar.value * gradient - p.penalties()[at]
                decay = float((W * rest).sum() / (W * W).sum())
                if is_one(own, scalar) and leaves_nothing(matrix, rest, decay * W):
                    names = ordered((*own, *scalar.mistakes, *both))
                    found[names, round(decay, 9)] = given - rest + decay * W
    return {key: numbers for key, numbers in found.items() if (key[1] or 0) > 0}


def inside(p: Problem, layer: int) -> Array:
    """The weights, with 0 for those of the bias."""
    W = p.net.weights[layer - 1].copy()
    W[p.net.rows(layer) :] = 0.0
    return W


def leaves_nothing(matrix: GivenGradient, rest: Array, penalty: Array) -> bool:
    tolerance = matrix.tolerance(matrix.reading.matrix, matrix.reading.half_unit)
    is_visible = (np.abs(penalty) > 20 * tolerance).any()
    return bool(is_visible and (np.abs(rest - penalty) <= 1.5 * tolerance).all())


def is_one(own: tuple[str, ...], scalar: Scalar) -> bool:
    return len({*own, *scalar.mistakes} - {*CONVENTIONS}) <= 1


def with_penalty(matrix: GivenGradient) -> dict[Key, Array]:
    search = matching._Search(matrix, matrix.reading, candidates_of(matrix.problem))
    found = list(search.with_penalty())
    assert all(match.note == f"λ = {match.factor:.3g}" for match in found)
    return {(match.mistakes, round(match.factor or 0, 9)): match.numbers for match in found}


def plain_gradients(p: Problem, layer: int, seed: int) -> list[Array]:
    """Gradients to which nothing was added: right, of another sign, wrong, and of no meaning."""
    candidates, truth = candidates_of(p), p.truth[layer - 1]
    singles = np.flatnonzero(candidates.counts == 1)
    wrong = candidates.stacks[layer - 1][singles[seed * 7 % len(singles)]]
    return [truth, -truth, np.where(np.isfinite(wrong), wrong, 1.0), noise(p, layer)]


@pytest.mark.parametrize("cells", [100, matching.MAX_CELLS])
@pytest.mark.parametrize("seed", range(4))
def test_a_penalty_is_found_as_one_candidate_after_another_finds_it(
    seed: int, cells: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching, "MAX_CELLS", cells)
    p = random_problem(np.random.default_rng(seed), 1 + seed % 2)
    p, count = replace(p, l2=0.01 * (seed % 2)), 0
    for layer, W in enumerate(p.net.weights, start=1):
        for gradient in plain_gradients(p, layer, seed):
            for given in (gradient + 0.05 * W, np.round(gradient + 0.05 * inside(p, layer), 4)):
                matrix = GivenGradient(p, layer, NumberMatrix.of(given))
                found, expected = with_penalty(matrix), one_by_one(matrix)
                assert found.keys() == expected.keys()
                for key, own in expected.items():
                    np.testing.assert_allclose(found[key], own, rtol=1e-9, atol=1e-12)
                count += len(found)
    assert count > 4


def test_no_more_candidates_are_compared_at_once_than_the_memory_is_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    p = problem()
    sizes: list[int] = []
    decays = matching._Search._decays

    def count(
        search: matching._Search, W: Array, constant: float, indices: matching.Indices
    ) -> Iterator[tuple[int, float, Array]]:
        sizes.append(len(indices) * W.size)
        return decays(search, W, constant, indices)

    monkeypatch.setattr(matching._Search, "_decays", count)
    monkeypatch.setattr(matching, "MAX_CELLS", 60)
    with_penalty(GivenGradient(p, 1, NumberMatrix.of(noise(p))))
    assert max(sizes) == 60
    assert min(sizes) > 0


def test_a_penalty_of_weights_that_are_0_is_none() -> None:
    net = Network(np.zeros((3, 2)), np.ones((3, 1)))
    p = Problem.of(net, np.arange(8.0).reshape(4, 2), [0, 1, 1, 0])
    assert with_penalty(GivenGradient(p, 1, NumberMatrix.of(noise(p)))) == {}


# Rows and single numbers


def test_of_two_numbers_one_that_is_wrong_is_no_exception() -> None:
    net = Network(np.array([[0.4], [0.2]]), np.array([[0.7], [-0.3]]))
    p = Problem.of(net, [[0.5], [-1.2], [0.9]], [0, 1, 1])
    assert of_rows(p, 1) == []
    assert of_rows(p, 2) == []
    assert of_rows(problem(), 2) == [("single_number",)]


def of_rows(p: Problem, layer: int) -> list[tuple[str, ...]]:
    """What is found in the rows of a gradient with one number wrong."""
    wrong = p.truth[layer - 1].copy()
    wrong[0, 0] *= 1.234567
    matrix = GivenGradient(p, layer, NumberMatrix.of(wrong))
    search = matching._Search(matrix, matrix.reading, candidates_of(p))
    return [match.mistakes for match in search.rows()]
