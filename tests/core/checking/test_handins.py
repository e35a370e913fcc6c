"""The hand-ins that the judge is judged by: their right numbers, mistakes, and printed forms."""

import json
import re
from typing import Any

import numpy as np
import pytest

from benchmarks.handins import FORMS, IDENTIFIERS, Handin, cut_off, hand, pairs, plant, truth
from benchmarks.plain_gradients import Array
from benchmarks.published import published
from benchmarks.wrong_gradients import constants, transposed
from core.checking.mistakes import MISTAKES
from core.checking.problem import Problem
from core.gradients import gradients
from core.network import Network

CASES: list[dict[str, Any]] = [
    {},
    {"hidden": (3, 2), "outputs": 2, "activation": "tanh", "loss": "mse", "l2": 0.3},
    {"hidden": (2, 3, 4), "outputs": 3, "activation": "relu", "loss": "half_sse"},
    {"outputs": 3, "loss": "cross_entropy", "biases": (False, True)},
    {"hidden": (3, 3), "outputs": 3, "output": "softmax", "loss": "cross_entropy", "l2": 0.1},
    {"outputs": 4, "output": "softmax", "loss": "half_mse", "biases": (True, False)},
    {"hidden": (2, 2, 2), "outputs": 2, "output": "softmax", "loss": "mse", "biases": (False,) * 2},
]


def random_problem(
    hidden: tuple[int, ...] = (3,),
    outputs: int = 1,
    activation: str = "sigmoid",
    output: str = "sigmoid",
    loss: str = "half_mse",
    l2: float = 0.0,
    biases: tuple[bool, ...] = (True, True),
    seed: int = 0,
) -> Problem:
    random = np.random.default_rng(seed)
    net = Network.init(
        2,
        hidden,
        outputs,
        seed=seed,
        hidden_activation=activation,
        output_activation=output,
        bias_input=biases[0],
        bias_hidden=biases[1],
    )
    X, y = random.normal(size=(5, 2)), random.uniform(size=(5, outputs))
    if output == "softmax":
        y = np.eye(outputs)[y.argmax(axis=1)]
    return Problem.of(net, X, y, loss, 0.5, l2)


@pytest.fixture
def tiny() -> Problem:
    """One sample and one unit: x = 2, W1 = (0.5, −1), W2 = (3, 0.25), so H = 0 and Z = ½."""
    net = Network([[0.5], [-1.0]], [[3.0], [0.25]])
    return Problem.of(net, [[2.0]], [[1.0]], learning_rate=0.1)


Y_HAT = 1 / (1 + np.exp(-1.75))  # of the tiny network: O = 3/2 + 1/4
DELTA = (Y_HAT - 1) * Y_HAT * (1 - Y_HAT)
BACK = DELTA * 3 * 0.25  # through W2 and σ′(0) = ¼


def by_hand(output: float, hidden: float) -> list[Array]:
    """Return dW1 and dW2 of the tiny network from ∂C/∂O and ∂C/∂H."""
    return [np.array([[2 * hidden], [hidden]]), np.array([[output / 2], [output]])]


def shapes(way: Handin) -> list[tuple[int, ...] | None]:
    return [None if dW is None else dW.shape for dW in way]


def flat(way: Handin) -> Array:
    return np.concatenate([dW.ravel() for dW in way if dW is not None])


def stacked(way: Handin) -> Array:
    """The rows of all matrices of one column each."""
    return np.vstack([dW for dW in way if dW is not None])


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("seed", range(3))
def test_the_plain_gradients_are_those_of_core(case: dict[str, Any], seed: int) -> None:
    problem = random_problem(**case, seed=seed)
    right = gradients(problem.net, problem.X, problem.y, problem.loss, problem.l2)
    for plain, exact in zip(truth(problem), right, strict=True):
        np.testing.assert_allclose(plain, exact, rtol=1e-12, atol=1e-14)


def test_every_mistake_of_the_table_can_be_planted() -> None:
    assert {mistake.identifier for mistake in MISTAKES} <= set(IDENTIFIERS)
    made = {name for case in CASES for name in IDENTIFIERS if plant(name, random_problem(**case))}
    assert made == set(IDENTIFIERS)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("identifier", IDENTIFIERS)
def test_what_is_planted_is_wrong_and_finite(identifier: str, case: dict[str, Any]) -> None:
    problem = random_problem(**case)
    right = truth(problem)
    for way in plant(identifier, problem):
        assert len(way) == len(right)
        assert all(dW is None or np.isfinite(dW).all() for dW in way)
        assert any(
            dW is None or dW.shape != W.shape or not np.allclose(dW, W, rtol=1e-7, atol=1e-12)
            for dW, W in zip(way, right, strict=True)
        )
        if identifier not in {"broadcast", "bias_row_missing"}:
            assert shapes(way) == [W.shape for W in right]


@pytest.mark.parametrize(
    ("identifier", "way", "output", "hidden"),
    [
        ("sign", 0, -DELTA, -BACK),
        ("factor_two", 0, 2 * DELTA, 2 * BACK),
        ("missing_output_derivative", 0, Y_HAT - 1, (Y_HAT - 1) * 0.75),
        ("missing_hidden_derivative", 0, DELTA, DELTA * 3),
        ("missing_w2", 0, DELTA, DELTA * 0.25),
        ("missing_error", 0, Y_HAT * (1 - Y_HAT), Y_HAT * (1 - Y_HAT) * 0.75),
        ("linear_output_error", 0, 0.75 * Y_HAT * (1 - Y_HAT), 0.5625 * Y_HAT * (1 - Y_HAT)),
        ("squared_error", 0, DELTA * (Y_HAT - 1), BACK * (Y_HAT - 1)),
        ("tanh_slope", 1, (Y_HAT - 1) * (1 - Y_HAT**2), (Y_HAT - 1) * (1 - Y_HAT**2) * 0.75),
        ("output_slope_in_hidden", 0, DELTA, DELTA * 3 * Y_HAT * (1 - Y_HAT)),
        ("preactivation_slope", 2, DELTA, 0.0),  # H (1 − H) of H = 0
        ("updated_w2", 0, DELTA, DELTA * (3 - 0.1 * DELTA / 2) * 0.25),
        ("other_loss", 0, Y_HAT - 1, (Y_HAT - 1) * 0.75),
        ("numeric_of_output", 0, Y_HAT * (1 - Y_HAT), Y_HAT * (1 - Y_HAT) * 0.75),
        ("step_handed_in", 0, -0.1 * DELTA, -0.1 * BACK),
    ],
)
def test_a_planted_mistake_is_what_it_is_by_hand(
    tiny: Problem, identifier: str, way: int, output: float, hidden: float
) -> None:
    expected = np.vstack(by_hand(output, hidden))
    np.testing.assert_allclose(stacked(plant(identifier, tiny)[way]), expected, rtol=1e-8)


def test_inputs_and_bias_rows_by_hand(tiny: Problem) -> None:
    (raw,), (zero, *_) = plant("raw_hidden", tiny), plant("bias_zero", tiny)
    np.testing.assert_allclose(stacked(raw), [[2 * BACK], [BACK], [0], [DELTA]])
    np.testing.assert_allclose(stacked(zero), [[2 * BACK], [0], [DELTA / 2], [0]])
    missing = plant("missing_input", tiny)[0]  # 1 for X
    np.testing.assert_allclose(stacked(missing), [[BACK], [BACK], [DELTA / 2], [DELTA]])


def test_a_broadcast_error_is_as_wide_as_numpy_makes_it() -> None:
    problem = random_problem()
    first, *others = plant("broadcast", problem)
    y_hat, y = problem.net.predict(problem.X), problem.y[:, 0]
    delta = (y_hat - y) * y_hat * (1 - y_hat) / 5
    assert first[0] is None
    np.testing.assert_allclose(stacked(first), problem.forward.Z1.T @ delta)
    assert shapes(first) == [None, (4, 5)]
    assert [shapes(way)[1] for way in others] == [(4, 1)] * 6


def test_no_constant_is_that_of_another_mistake() -> None:
    for case in CASES:
        found = constants(random_problem(**case))
        assert 0.2 in found
        assert not {1.0, 2.0, 5.0, -1.0, 0.5} & set(found)  # 0.5 is η here


def test_two_digits_change_places() -> None:
    assert transposed(0.01234) == pytest.approx(0.02134)
    assert transposed(-5.5e-9) == pytest.approx(-5.05e-9)


@pytest.mark.parametrize("case", CASES)
def test_pairs_differ_from_the_truth_and_from_either_mistake(case: dict[str, Any]) -> None:
    problem = random_problem(**case)
    found = list(pairs(problem))
    assert len(found) > 20
    for names, way in found:
        others: list[Handin] = [[*truth(problem)], *(plant(name, problem)[0] for name in names)]
        for other in others:
            assert not np.array_equal(flat(way), flat(other))


def test_by_hand_is_near_and_cut_off_is_nearer_to_0() -> None:
    problem = random_problem(hidden=(3, 2), outputs=2)
    for exact, near, cut in zip(truth(problem), hand(problem, 4), cut_off(problem, 4), strict=True):
        assert 0 < np.abs(near - exact).max() < 2e-3
        np.testing.assert_array_equal(near, np.round(near, 4))
        assert (np.abs(cut) <= np.abs(exact)).all()
        assert (np.abs(cut - exact) < 1e-4).all()


def test_by_hand_the_mean_may_come_first() -> None:
    net = Network([[1.0]], [[1.0]], bias_input=False, bias_hidden=False)
    problem = Problem.of(net, [[0.0], [0.0], [0.0]], [0.0, 0.0, 0.0])  # Z = 0.5, ŷ = 0.62
    last, first = hand(problem, 2)[1], hand(problem, 2, mean_first=True)[1]
    assert last == pytest.approx(0.08)  # δ 0.62 · 0.24 = 0.15, products 0.08, their mean
    assert first == pytest.approx(0.06)  # δ 0.05, products 0.02


def test_by_hand_rounds_each_intermediate(tiny: Problem) -> None:
    # ŷ − y = −0.15, its slope 0.13, δ = −0.02; −0.06 back through W2, times 0.25 −0.015: −0.02
    np.testing.assert_allclose(np.vstack(hand(tiny, 2)), [[-0.04], [-0.02], [-0.01], [-0.02]])


# Forms


@pytest.mark.parametrize("name", FORMS)
def test_a_form_prints_every_number(name: str) -> None:
    problem = random_problem(hidden=(3, 2), outputs=2)
    right = [dW * 50 for dW in truth(problem)]
    text = FORMS[name].write([*right], problem)
    tolerance = {"full": 1e-15, "single": 1e-7, "short": 1e-4}[FORMS[name].precision]
    found = {abs(float(n)) for n in re.findall(r"\d+\.\d*(?:e[-+]\d+)?", text)}
    for dW in right:
        for value in np.abs(dW).ravel():
            assert any(abs(value - number) <= tolerance * max(value, 1) for number in found), value


@pytest.mark.parametrize("name", FORMS)
def test_a_form_leaves_out_what_is_not_there(name: str) -> None:
    problem = random_problem(biases=(False, False))
    dW1, dW2 = truth(problem)
    assert "1" in FORMS[name].write([dW1, None], problem)
    assert "dW1" not in FORMS[name].write([None, dW2], problem)


def test_json_and_the_orientation_of_nielsen() -> None:
    problem = random_problem(outputs=2)
    right = truth(problem)
    read = json.loads(FORMS["json_apart"].write([*right], problem))
    np.testing.assert_array_equal(np.vstack([read["dW1"], read["db1"]]), right[0])
    for name, expected in {
        "nabla": [(3,), (2,), (2, 3), (3, 2)],
        "nabla_nielsen": [(3, 1), (2, 1), (3, 2), (2, 3)],
    }.items():
        lists = re.findall(r"= (\[.*?\)\])", FORMS[name].write([*right], problem), re.DOTALL)
        assert len(lists) == 2
        arrays = [json.loads(_as_json(part)) for text in lists for part in text.split("array")[1:]]
        assert [np.shape(found) for found in arrays] == expected


def _as_json(text: str) -> str:
    return re.sub(r"(?<=\.)(?=[,\]\s])", "0", text[text.index("(") + 1 : text.rindex(")")])


# Published examples

PAGES = {page.name: page for page in published()}


def test_there_are_six_right_ones_and_a_wrong_one() -> None:
    assert [bool(page.mistakes) for page in PAGES.values()].count(False) == 6
    assert len(PAGES) == 7


@pytest.mark.parametrize("name", PAGES)
def test_published_numbers_are_right_to_their_last_digit(name: str) -> None:
    on_the_way = {"cs231n": 1.5}  # rounded on the way, in the 12th decimal
    errors = [number.error for number in PAGES[name].numbers()]
    assert len(errors) >= 4
    if not PAGES[name].mistakes:
        assert max(errors) <= on_the_way.get(name, 0.5)


def test_the_wrong_one_makes_the_mistake_that_its_notes_name() -> None:
    page = PAGES["tiny_wrong"]
    (identifier,) = page.mistakes
    ways = plant(identifier, page.problem)
    printed = [float(n.text) for n in page.numbers() if n.what == "gradients"]
    assert any(
        np.allclose([dW.item() for dW in way if dW is not None], printed, atol=5e-4) for way in ways
    )


def test_a_copied_text_holds_numbers_of_its_page() -> None:
    for page in PAGES.values():
        texts = {number.text.strip("0.-") for number in page.numbers()}
        copied = re.findall(r"(?<== )-?\d+\.\d+(?:e-\d+)?$", page.text, re.MULTILINE)
        assert all(number.strip("0.-") in texts for number in copied)
