"""Every identifier of the catalogue, planted by formulas written anew, at every depth."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import cycle

import numpy as np
import pytest

from benchmarks.diagnose import random_problem
from benchmarks.handins import FORMS, IDENTIFIERS, plant, truth
from core.checking.diagnosis import Diagnosis, diagnose
from core.checking.grading import Grade, mark_bytes
from core.checking.mistakes import MISTAKES
from core.checking.problem import Problem
from core.network import Network

Array = np.ndarray
FULL = ("numpy_precision_17", "json_apart", "tolist", "numpy_repr_apart", "savetxt")


def ways(grade: Grade) -> set[frozenset[str]]:
    return {
        frozenset(way.split(" + "))
        for way in (*grade.mistakes.split("; "), *grade.alternatives.split(", "))
        if way
    }


def diagnosis_of(p: Problem, given: Sequence[Array | None]) -> Diagnosis:
    return diagnose(p.net, p.X, p.y, None, None, p.loss, p.learning_rate, gradients=given, l2=p.l2)


def test_the_catalogue_has_every_identifier() -> None:
    assert {*IDENTIFIERS} == {mistake.identifier for mistake in MISTAKES}


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("identifier", IDENTIFIERS)
def test_each_mistake_is_named(identifier: str, depth: int) -> None:
    forms, planted = cycle(FULL), 0
    for seed in range(4):
        problem = random_problem(np.random.default_rng([depth, seed, 11]), depth)
        if identifier in ("l2_missing", "l2_on_bias"):
            problem = replace(problem, l2=0.02)
        for way in plant(identifier, problem):
            text = FORMS[next(forms)].write(way, problem)
            found = mark_bytes(problem, "mia.txt", text.encode())
            as_layout = identifier == "swapped_rows" and "bias row first" in found.layout
            assert frozenset({identifier}) in ways(found) or as_layout, found.comment
            assert not found.is_right or as_layout
            planted += 1
    assert planted or identifier.startswith(("softmax", "w2_not", "output_slope"))


def deep(seed: int = 3) -> Problem:
    random = np.random.default_rng(seed)
    net = Network(*(random.normal(size=size) for size in ((4, 3), (4, 4), (5, 2))))
    return Problem.of(net, random.normal(size=(7, 3)), random.random((7, 2)), learning_rate=0.5)


def test_from_the_output_the_first_matrix_that_differs_is_said() -> None:
    p = deep()
    given = [-p.truth[0], -p.truth[1], p.truth[2]]
    found = diagnosis_of(p, given)
    assert found.first_wrong == "dW2"
    assert "From the output backwards, dW2 is the first that differs." in found.sentence
    assert found.explanations[0].where == {"dW1": ("sign",), "dW2": ("sign",), "dW3": ()}
    assert diagnosis_of(p, list(p.truth)).first_wrong is None


def test_a_style_in_all_matrices_is_no_mistake_beside_one() -> None:
    p = deep()
    planted = plant("missing_hidden_derivative", p)[0]
    wrong = [7 * dW for dW in planted if dW is not None]
    best = diagnosis_of(p, wrong).explanations[0]
    assert best.mistakes == ("missing_hidden_derivative",)
    assert best.conventions == ("missing_mean",)
    assert "1/N is forgotten (eq. 3): a convention, no mistake." in best.sentence
    alone = diagnosis_of(p, [7 * dW for dW in p.truth]).explanations[0]
    assert (alone.mistakes, alone.conventions) == (("missing_mean",), ())


@pytest.mark.parametrize(
    ("factor", "note"), [(0.5, "½"), (1 / 7, "1/N"), (14.0, "N·K"), (7 / 3, "N/d"), (3.3, "")]
)
def test_a_constant_is_named_and_what_it_is_here(factor: float, note: str) -> None:
    p = deep()
    best = diagnosis_of(p, [factor * dW for dW in p.truth]).explanations[0]
    assert best.mistakes == ("constant_factor",) or "constant_factor" in str(best.equivalent)
    if best.mistakes == ("constant_factor",):
        assert best.factor == pytest.approx(factor, rel=1e-6)
        assert note in best.sentence


def test_dw1_may_have_used_whatever_dw2_was_handed_in() -> None:
    p = deep()
    wrong = [*p.truth[:2], 7 * p.truth[2]]  # a sum for the mean
    W3 = p.net.weights[2] - p.learning_rate * wrong[2]  # type: ignore[operator]
    updated = p.net.with_weights(*p.net.weights[:2], W3)
    f = p.net.forward(p.X)
    delta = (f.y_hat - p.y) * f.y_hat * (1 - f.y_hat) / 7
    Z1, Z2 = f.values[0], f.values[1]
    back2 = (delta @ updated.weights[2][:-1].T) * Z2 * (1 - Z2)
    wrong[1] = np.vstack([Z1.T @ back2, back2.sum(axis=0)])
    W2 = p.net.weights[1] - p.learning_rate * wrong[1]  # type: ignore[operator]
    back1 = (back2 @ W2[:-1].T) * Z1 * (1 - Z1)
    wrong[0] = np.vstack([p.X.T @ back1, back1.sum(axis=0)])
    best = diagnosis_of(p, wrong).explanations[0]
    assert best.where["dW3"] == ("missing_mean",)
    assert best.where["dW2"] == ("updated_w2",)


def test_an_error_of_n_by_n_is_seen_by_its_shape() -> None:
    random = np.random.default_rng(1)
    net = Network(random.normal(size=(3, 2)), random.normal(size=(3, 1)))
    p = Problem.of(net, random.normal(size=(6, 2)), random.random(6))
    f = net.forward(p.X)
    error = f.y_hat - p.y[:, 0]  # (6, 1) − (6,)
    dW2 = f.inputs[1].T @ (error * f.y_hat * (1 - f.y_hat)) / 6
    assert dW2.shape == (3, 6)
    found = diagnose(net, p.X, p.y, dW2=dW2)
    assert found.layout == "one column for each sample"
    assert found.explanations[0].mistakes == ("broadcast",)
    with pytest.raises(ValueError, match="dW2 is 3×5"):
        diagnose(net, p.X, p.y, dW2=dW2[:, :5])


def test_biases_summed_over_the_units_are_seen_by_their_number() -> None:
    """np.sum(δ, axis=1) has a number for each sample, and fits no row."""
    p = deep()
    f = p.net.forward(p.X)
    delta = (f.y_hat - p.y) * f.y_hat * (1 - f.y_hat) / 7
    parts = [f"dW{at} = {dW[:-1].tolist()}\n" for at, dW in enumerate(p.truth, start=1)]
    parts += [f"db{at} = {dW[-1].tolist()}\n" for at, dW in enumerate(p.truth[:2], start=1)]
    text = "".join(parts) + f"db3 = {delta.sum(axis=1).tolist()}"
    found = mark_bytes(p, "mia.txt", text.encode())
    assert found.mistakes == "bias_wrong_axis"
    assert "db3 has 7 numbers, one for each sample" in found.layout
    other = "".join(parts) + "db3 = [1, 2, 3, 4, 5, 6, 7]"
    assert mark_bytes(p, "mia.txt", other.encode()).mistakes == "bias_row_missing"
    found = mark_bytes(p, "mia.txt", f"{''.join(parts)}db3 = [1, 2, 3]".encode())
    assert "db3 has 3 numbers and fits neither rows nor columns of dW3" in found.comment


def test_which_rows_are_right_is_said() -> None:
    p = deep()
    wrong = p.truth[1].copy()
    wrong[0], wrong[2] = 0.3, -0.2
    found = diagnosis_of(p, [None, wrong, None])
    assert "; rows 2 and 4 (the bias) are right" in found.sentence
    np.testing.assert_array_equal(found.right["dW2"].all(axis=1), [False, True, False, True])


@pytest.mark.parametrize("l2", [0.01, 0.5])
def test_a_penalty_that_nobody_asked_for_is_named_with_its_factor(l2: float) -> None:
    p = deep()
    given = [dW + l2 * W for dW, W in zip(p.truth, p.net.weights, strict=True)]
    best = diagnosis_of(p, given).explanations[0]
    assert best.mistakes == ("l2_added", "l2_on_bias")
    assert best.factor == pytest.approx(l2, rel=1e-6)


def test_digits_by_hand_are_right_to_so_many() -> None:
    p = deep()
    cut = [np.trunc(dW * 1e5) / 1e5 for dW in p.truth]
    found = diagnosis_of(p, cut)
    assert (found.correct, found.rounding) == (True, "cut off")
    assert "cut off instead of rounded" in found.sentence
    way = [np.round(dW + 3e-5 * np.cos(np.arange(dW.size)).reshape(dW.shape), 4) for dW in p.truth]
    found = diagnosis_of(p, way)
    assert (found.correct, found.rounding) == (True, "rounded on the way")
    assert "as when numbers are rounded on the way" in found.sentence
    assert not diagnosis_of(p, [np.round(1.2 * dW, 4) for dW in p.truth]).correct


def test_float32_is_right_as_it_was_computed() -> None:
    p = deep()
    for digits in (7, 8, 9):
        noise = np.random.default_rng(digits)
        given = [np.round(dW * (1 + 1e-7 * noise.normal(size=dW.shape)), digits) for dW in p.truth]
        assert diagnosis_of(p, given).correct
    assert not diagnosis_of(p, [dW * (1 + 1e-4) for dW in p.truth]).correct


def test_the_truth_of_any_depth_is_right() -> None:
    for seed in range(30):
        problem = random_problem(np.random.default_rng([seed, 5]), 1 + seed % 3)
        found = diagnosis_of(problem, list(truth(problem)))
        assert found.correct
        assert found.explanations == ()


def test_more_matrices_than_the_network_has_are_refused() -> None:
    p = deep()
    with pytest.raises(ValueError, match="gradients has 4 matrices; the network has 3"):
        diagnosis_of(p, [*p.truth, p.truth[0]])
    with pytest.raises(ValueError, match="not both"):
        diagnose(p.net, p.X, p.y, p.truth[0], gradients=[p.truth[0]])
