"""One matrix of new weights or of a step: right, or mixed up, or of a wrong gradient."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.checking import StepRule
from core.checking.mistakes import wrong_gradients
from core.checking.problem import Problem
from core.checking.quantity.cost import new_weights
from core.gradients import Array, gradients
from core.network import Network
from tests.core.checking.quantity.hand_in import (
    NET,
    RULES,
    adam,
    in_full,
    judge,
    names_of,
    problem,
    text,
    torch_weights,
)
from tests.core.oracles import XOR_X, XOR_Y


@pytest.mark.parametrize("optimizer", RULES)
@pytest.mark.parametrize("write", [in_full, repr, str, lambda M: str(M.astype(np.float32))])
def test_torchs_new_weights_and_steps_are_right(
    optimizer: str, write: Callable[[Array], str]
) -> None:
    new = torch_weights(optimizer)
    steps = [after - W for after, W in zip(new, NET.weights, strict=True)]
    for content in (text(new, write=write), text(steps, "ΔW{}", write)):
        grade = judge(problem(optimizer), content)
        assert grade.is_right, grade.comment
        assert grade.mistakes == ""


def test_new_weights_of_a_float32_run_are_right() -> None:
    weights = [torch.tensor(W, dtype=torch.float32) for W in NET.weights]
    pairs = zip(weights, gradients(NET, XOR_X, XOR_Y), strict=True)
    new = [W - 0.3 * torch.tensor(g, dtype=torch.float32) for W, g in pairs]
    assert judge(problem(), text([W.numpy() for W in new])).is_right
    assert judge(problem(), "".join(f"W{i}_new = {W}\n" for i, W in enumerate(new, 1))).is_right


@pytest.mark.parametrize("optimizer", RULES)
@given(
    seed=st.integers(0, 2**32),
    rate=st.floats(1e-4, 3.0),
    digits=st.integers(3, 8),
    l2=st.sampled_from([0.0, 0.2]),
    decimals=st.booleans(),
)
def test_right_ones_are_never_accused(
    optimizer: str, seed: int, rate: float, digits: int, l2: float, decimals: bool
) -> None:
    random = np.random.default_rng(seed)
    net = Network.init(2, (3, 2), 2, seed=seed, hidden_activation="tanh")
    X, y = random.normal(size=(5, 2)), random.uniform(size=(5, 2))
    rule = StepRule(optimizer, **RULES[optimizer])
    p = Problem.of(net, X, y, "mse", rate, l2, rule)
    new = [
        W + rule.step(g, rate)
        for W, g in zip(net.weights, gradients(net, X, y, "mse", l2), strict=True)
    ]

    def write(M: Array) -> str:
        form = f".{digits}f" if decimals else f".{digits - 1}e"
        return str([[float(format(value, form)) for value in row] for row in M.tolist()])

    grade = judge(p, text(new, write=write))
    assert not grade.verdict.startswith("wrong"), grade.comment
    assert grade.mistakes == ""


# Mistakes around a step


MIX_UPS: list[tuple[str, str, Callable[[Array, Array], Array]]] = [
    ("W{}_new", "ascent", lambda W, g: W + 0.3 * g),
    ("W{}_new", "rate_missing", lambda W, g: W - g),
    ("W{}_new", "rate_twice", lambda W, g: W - 0.09 * g),
    ("W{}_new", "gradient_for_step", lambda _, g: g),
    ("W{}_new", "step_for_new_weights", lambda _, g: -0.3 * g),
    ("W{}_new", "weights_unchanged", lambda W, _: W),
    ("W{}_new", "bias_unchanged", lambda W, g: np.vstack([W[:-1] - 0.3 * g[:-1], W[-1:]])),
    ("W{}_new", "missing_mean", lambda W, g: W - 4 * 0.3 * g),
    ("ΔW{}", "ascent", lambda _, g: 0.3 * g),
    ("ΔW{}", "rate_missing", lambda _, g: -g),
    ("ΔW{}", "gradient_for_step", lambda _, g: g),
    ("ΔW{}", "new_weights_for_step", lambda W, g: W - 0.3 * g),
    ("ΔW{}", "bias_zero", lambda _, g: np.vstack([-0.3 * g[:-1], 0 * g[-1:]])),
]


@pytest.mark.parametrize(("label", "mistake", "make"), MIX_UPS)
@pytest.mark.parametrize("digits", [17, 6])
def test_each_mix_up_is_called_what_it_is(
    label: str, mistake: str, make: Callable[[Array, Array], Array], digits: int
) -> None:
    p = problem()
    wrong = [make(W, g) for W, g in zip(NET.weights, p.truth, strict=True)]

    def write(M: Array) -> str:
        return str([[float(f"{value:.{digits - 1}e}") for value in row] for row in M.tolist()])

    grade = judge(p, text(wrong, label, write))
    assert grade.verdict == "wrong"
    assert mistake in names_of(grade)
    if mistake != "missing_mean":
        assert grade.mistakes == mistake


@pytest.mark.parametrize(
    "mistake",
    [
        "missing_hidden_derivative", "missing_output_derivative", "raw_hidden", "missing_w2",
        "squared_error", "first_sample_only",
    ],
)  # fmt: skip
@pytest.mark.parametrize("label", ["W{}_new", "ΔW{}"])
def test_a_mistake_in_the_gradient_is_named_through_the_step(mistake: str, label: str) -> None:
    p = problem()
    wrong = wrong_gradients(NET, XOR_X, XOR_Y, (mistake,))
    pairs = zip(NET.weights, wrong, strict=True)
    matrices = [(W if label == "W{}_new" else 0 * W) - 0.3 * g for W, g in pairs]
    grade = judge(p, text(matrices, label, str))
    assert mistake in names_of(grade), grade.comment


def test_a_wrong_gradient_is_named_through_adam() -> None:
    p = problem("adam", rate=0.01)
    wrong = wrong_gradients(NET, XOR_X, XOR_Y, ("linear_output_error",))
    new = [W + adam(g, 0.01) for W, g in zip(NET.weights, wrong, strict=True)]
    assert "linear_output_error" in names_of(judge(p, text(new)))


def test_the_second_matrix_updated_first_is_named() -> None:
    dW2 = gradients(NET, XOR_X, XOR_Y)[1]
    W2 = NET.W2 - 0.3 * dW2
    wrong = wrong_gradients(NET, XOR_X, XOR_Y, ("updated_w2",), learning_rate=0.3)
    grade = judge(problem(), text([NET.W1 - 0.3 * wrong[0], W2]))
    assert grade.mistakes == "updated_w2"
    assert "W2 after the step is right" in grade.comment


def test_it_is_named_for_another_rule_than_plain_descent() -> None:
    p = problem("nesterov")
    W2 = NET.W2 - 0.3 * 1.8 * p.truth[1]
    late = gradients(Network(NET.W1, W2), XOR_X, XOR_Y)[0]  # ŷ of the new W2: no mistake of ours
    assert judge(p, text([NET.W1 - 0.54 * late, W2])).mistakes != "updated_w2"
    wrong = wrong_gradients(NET, XOR_X, XOR_Y, ("updated_w2",), learning_rate=0.54)
    assert judge(p, text([NET.W1 - 0.54 * wrong[0], W2])).mistakes == "updated_w2"


# The forms


def test_biases_apart_and_transposed_as_torch_has_them() -> None:
    content = ""
    for layer, W in enumerate(torch_weights("gd"), start=1):
        content += f"W{layer}_new = {W[:-1].T}\nb{layer}_new = {W[-1]}\n"
    grade = judge(problem(), content)
    assert grade.is_right
    assert "W1 after the step transposed, separate bias" in grade.layout


def test_weights_without_a_bias_row_are_right_and_it_is_said() -> None:
    grade = judge(problem(), text([W[:-1] for W in torch_weights("gd")]))
    assert grade.is_right
    assert "bias row missing" in grade.comment


# Small steps


def test_a_step_too_small_to_be_seen_cannot_be_judged() -> None:
    p = problem(rate=1e-5)
    grade = judge(p, text([W.round(3) for W in NET.weights]))
    assert grade.verdict == "cannot be judged"
    assert "decimals or more" in grade.comment


@pytest.mark.parametrize("optimizer", RULES)
def test_old_weights_in_full_digits_are_no_new_ones(optimizer: str) -> None:
    p = problem(optimizer, rate=1e-8)
    grade = judge(p, text(list(NET.weights)))
    assert grade.verdict == "wrong"
    assert "weights_unchanged" in names_of(grade)
    assert judge(p, text(new_weights(p))).is_right


@pytest.mark.parametrize("optimizer", RULES)
@pytest.mark.parametrize("rate", [1e-4, 1e-8])
def test_a_small_step_as_the_difference_of_the_weights_is_right(
    optimizer: str, rate: float
) -> None:
    p = problem(optimizer, rate)
    steps = [after - W for after, W in zip(new_weights(p), NET.weights, strict=True)]
    assert judge(p, text(steps, "ΔW{}")).is_right


def test_a_small_step_of_single_precision_with_the_wrong_sign_is_wrong() -> None:
    p = problem(rate=1e-6)
    steps = [(1e-6 * g).astype(np.float32).astype(np.float64) for g in p.truth]
    assert judge(p, text(steps, "ΔW{}")).mistakes == "ascent"
    assert judge(p, text([-step for step in steps], "ΔW{}")).is_right


def test_a_gradient_in_place_of_a_small_step_may_have_its_own_rounding_errors() -> None:
    p = problem("adam", rate=1e-6)
    rounded = [g * (1 + 1e-12) for g in p.truth]
    assert judge(p, text(rounded, "ΔW{}")).mistakes == "gradient_for_step"


def test_a_hand_in_needs_the_scale_of_rounding_errors_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls, compute = [], Problem.sums_of_terms

    def counted(p: Problem, noise: float = 0.0) -> tuple[Array, ...]:
        calls.append(p)
        return compute(p, noise)

    monkeypatch.setattr(Problem, "sums_of_terms", counted)
    judge(problem("nesterov"), text([W + 0.123 for W in NET.weights]))
    assert len(calls) == 2  # with the learning rate, and without
