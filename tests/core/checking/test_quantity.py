"""New weights, steps of each optimiser and the cost: right ones, and each mistake by its name."""

import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.checking import StepRule, diagnose_quantities, read_bundle, write_bundle
from core.checking.__main__ import main
from core.checking.assignment import BundleError
from core.checking.classroom.gradescope import gradescope_results
from core.checking.classroom.points import Rule
from core.checking.classroom.variants import variant
from core.checking.grading import Grade, mark_bytes
from core.checking.mistakes import BY_IDENTIFIER, wrong_gradients
from core.checking.problem import Problem
from core.checking.quantity.catalogue import OF_COSTS, OF_STEPS
from core.checking.quantity.cost import mistakes as cost_mistakes
from core.checking.quantity.cost import new_weights
from core.checking.submission import SubmissionError, submission_from_text
from core.checking.submission.labels import name_of
from core.gradients import Array, cost, gradients
from core.network import Network
from tests.core.oracles import XOR_X, XOR_Y
from tests.paths import DATA

NET = Network.init(2, 3, seed=1)
RULES: dict[str, dict[str, float]] = {
    "gd": {},
    "momentum": {"momentum": 0.8},
    "nesterov": {"momentum": 0.8},
    "rmsprop": {"alpha": 0.95, "epsilon": 1e-6},
    "adam": {"beta1": 0.85, "beta2": 0.99, "epsilon": 1e-6},
}
Matrices = list[Array]


def problem(optimizer: str = "gd", rate: float | None = 0.3, **more: Any) -> Problem:
    rule = None if optimizer == "gd" else StepRule(optimizer, **RULES[optimizer])
    return Problem.of(NET, XOR_X, XOR_Y, "half_mse", rate, step=rule, **more)


def torch_step(optimizer: str, W: Array, g: Array, rate: float) -> Array:
    weight = torch.tensor(W, requires_grad=True)
    weight.grad = torch.tensor(g)
    constants = RULES[optimizer]
    how: Callable[[], torch.optim.Optimizer]
    if optimizer == "rmsprop":
        how = lambda: torch.optim.RMSprop(  # noqa: E731
            [weight], lr=rate, alpha=constants["alpha"], eps=constants["epsilon"]
        )
    elif optimizer == "adam":
        betas = constants["beta1"], constants["beta2"]
        how = lambda: torch.optim.Adam(  # noqa: E731
            [weight], lr=rate, betas=betas, eps=constants["epsilon"]
        )
    else:
        momentum = constants.get("momentum", 0.0)
        how = lambda: torch.optim.SGD(  # noqa: E731
            [weight], lr=rate, momentum=momentum, nesterov=optimizer == "nesterov"
        )
    how().step()
    found: Array = weight.detach().numpy()
    return found


def torch_weights(optimizer: str, rate: float = 0.3) -> Matrices:
    """The weights after torch's first step from the true gradient."""
    pairs = zip(NET.weights, gradients(NET, XOR_X, XOR_Y), strict=True)
    return [torch_step(optimizer, W, g, rate) for W, g in pairs]


def in_full(M: Array) -> str:
    return str(M.tolist())


def text(
    matrices: Matrices, label: str = "W{}_new", write: Callable[[Array], str] = in_full
) -> str:
    return "".join(f"{label.format(i)} = {write(M)}\n" for i, M in enumerate(matrices, start=1))


def judge(p: Problem, content: str) -> Grade:
    return mark_bytes(p, "mia.txt", content.encode())


def names_of(grade: Grade) -> set[str]:
    return {grade.mistakes, *grade.alternatives.split(", ")} - {""}


# The rules


@pytest.mark.parametrize("optimizer", RULES)
def test_the_first_step_is_torchs(optimizer: str) -> None:
    p = problem(optimizer)
    rule = p.step or StepRule()
    for W, g, theirs in zip(NET.weights, p.truth, torch_weights(optimizer), strict=True):
        np.testing.assert_allclose(W + rule.step(g, 0.3), theirs, rtol=1e-13)


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


# Mistakes in a step, by plain NumPy


def adam(g: Array, rate: float, mistake: str = "") -> Array:
    """One step of Adam, with a mistake."""
    beta1, beta2, epsilon = 0.85, 0.99, 1e-6
    t = 2 if mistake == "adam_t" else 1
    m, v = (1 - beta1) * g, (1 - beta2) * g**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    if mistake == "decay_exchanged":
        m_hat, v_hat = beta1 * g / (1 - beta1), beta2 * g**2 / (1 - beta2)
    if mistake in ("adam_bias_correction", "adam_m_correction"):
        m_hat = m
    if mistake in ("adam_bias_correction", "adam_s_correction"):
        v_hat = v
    root = np.sqrt(v_hat) + epsilon
    if mistake == "epsilon_inside_root":
        root = np.sqrt(v_hat + epsilon)
    if mistake == "epsilon_missing":
        root = np.sqrt(v_hat)
    if mistake == "epsilon_uncorrected":
        root = (np.sqrt(v) + epsilon) / np.sqrt(1 - beta2)
    if mistake == "root_missing":
        root = v_hat + epsilon
    step = rate * m_hat / root
    if mistake == "optimizer_missing":
        step = rate * g
    step = step / rate if mistake == "rate_missing" else step
    return step if mistake == "ascent" else -step


ADAM = [
    "adam_bias_correction", "adam_m_correction", "adam_s_correction", "adam_t", "ascent",
    "decay_exchanged", "epsilon_inside_root", "epsilon_missing", "epsilon_uncorrected",
    "optimizer_missing", "rate_missing", "root_missing",
]  # fmt: skip


@pytest.mark.parametrize("mistake", ADAM)
@pytest.mark.parametrize("kind", ["new weights", "steps"])
def test_each_mistake_in_adam_is_named(mistake: str, kind: str) -> None:
    p = problem("adam", rate=0.017)
    steps = [adam(g, 0.017, mistake) for g in p.truth]
    if mistake == "epsilon_missing" and kind == "steps":
        steps = [np.nextafter(step, 1) for step in steps]  # else they are ±η
    new = [W + step for W, step in zip(NET.weights, steps, strict=True)]
    grade = judge(p, text(new) if kind == "new weights" else text(steps, "ΔW{}"))
    assert grade.verdict == "wrong"
    assert grade.mistakes == mistake
    assert BY_IDENTIFIER[mistake].description.lower() in grade.comment.lower()
    assert ("W1 after the step" if kind == "new weights" else "ΔW1") in grade.comment


def test_adam_is_named_in_few_digits() -> None:
    p = problem("adam", rate=0.01)
    steps = [adam(g, 0.01, "adam_bias_correction") for g in p.truth]
    new = [(W + step).round(5) for W, step in zip(NET.weights, steps, strict=True)]
    assert judge(p, text(new)).mistakes == "adam_bias_correction"


def test_betas_exchanged_show_only_without_the_bias_correction() -> None:
    p = problem("adam", rate=0.01)
    m, s = [(1 - 0.99) * g for g in p.truth], [(1 - 0.85) * g**2 for g in p.truth]
    steps = [-0.01 * a / (np.sqrt(b) + 1e-6) for a, b in zip(m, s, strict=True)]
    grade = judge(p, text(steps, "ΔW{}"))
    assert grade.mistakes == "adam_bias_correction + betas_exchanged"
    corrected = [-0.01 * (a / 0.01) / (np.sqrt(b / 0.15) + 1e-6) for a, b in zip(m, s, strict=True)]
    assert judge(p, text(corrected, "ΔW{}")).is_right


@pytest.mark.parametrize(
    "mistake", ["", "epsilon_inside_root", "decay_exchanged", "epsilon_missing"]
)
def test_rmsprop(mistake: str) -> None:
    p = problem("rmsprop", rate=0.01)

    def step(g: Array) -> Array:
        s = (0.95 if mistake == "decay_exchanged" else 0.05) * g**2
        if mistake == "epsilon_inside_root":
            return -0.01 * g / np.sqrt(s + 1e-6)
        return -0.01 * g / (np.sqrt(s) + (0.0 if mistake == "epsilon_missing" else 1e-6))

    grade = judge(p, text([W + step(g) for W, g in zip(NET.weights, p.truth, strict=True)]))
    assert grade.mistakes == mistake
    assert grade.is_right is (not mistake)


def test_nesterov_and_momentum() -> None:
    p = problem("nesterov")
    plain = [W - 0.3 * g for W, g in zip(NET.weights, p.truth, strict=True)]
    assert judge(p, text(plain)).mistakes == "lookahead_missing"
    assert judge(problem("momentum"), text(plain)).is_right
    average = [W - 0.3 * 0.2 * g for W, g in zip(NET.weights, p.truth, strict=True)]
    assert judge(problem("momentum"), text(average)).mistakes == "momentum_average"


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


def test_every_identifier_is_one_of_the_catalogue() -> None:
    assert {entry[0] for entry in OF_STEPS} <= {*BY_IDENTIFIER}
    assert {*OF_COSTS} <= {*BY_IDENTIFIER}
    with pytest.raises(KeyError):
        wrong_gradients(NET, XOR_X, XOR_Y, ("adam_t",))


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


def test_the_published_example_is_right() -> None:
    page = json.loads((DATA / "published" / "mazur.json").read_text(encoding="utf-8"))
    net = Network(*page["weights"])
    p = Problem.of(net, page["X"], page["y"], page["loss"], page["learning_rate"])
    printed = next(block for block in page["printed"] if block["what"] == "new weights")
    content = "E_total = 0.298371109\n"
    for layer, matrix in enumerate(printed["matrices"], start=1):
        rows = [", ".join(row) for row in matrix if None not in row]
        content += f"W{layer}+ = [[{'], ['.join(rows)}]]\n"
    grade = judge(p, content)
    assert grade.is_right, grade.comment
    assert grade.comment.count("right") == 3


def test_json_and_npz() -> None:
    new = torch_weights("gd")
    named = {f"new_W{layer}": W for layer, W in enumerate(new, start=1)}
    C = cost(NET, XOR_X, XOR_Y)
    content = json.dumps({"cost": C, **{name: W.tolist() for name, W in named.items()}})
    grade = mark_bytes(problem(), "mia.json", content.encode())
    assert (grade.verdict, len(grade.others)) == ("right", 2)
    packed = io.BytesIO()
    np.savez(packed, allow_pickle=False, **{**named, "C": np.array(2 * C)})
    grade = mark_bytes(problem(), "mia.npz", packed.getvalue())
    assert (grade.verdict, grade.mistakes) == ("wrong", "factor_two")


def test_without_names_the_file_s_name_says_what_it_is() -> None:
    W1 = torch_weights("gd")[0]
    assert mark_bytes(problem(), "mia_W1_new.csv", text([W1], "")[3:].encode()).comment.startswith(
        "W1 after the step is right"
    )


@pytest.mark.parametrize(
    ("written", "half_units"),
    [
        ("[[0.5125, 0.002631], [-0.5509, 0.3998]]", [[5e-5, 5e-7], [5e-5, 5e-5]]),  # no columns
        ("[[ 0.5125    0.002631]\n [-0.5509    0.3998  ]]", [[5e-7, 5e-7], [5e-7, 5e-7]]),
        ("[[ 1.234e-01  9.000e-04]\n [-5.678e-01  4.398e-01]]", [[5e-5, 5e-5], [5e-5, 5e-5]]),
        ("[[-0.  0.1234]\n [ 0.5678  0.4321]]", [[5e-5, 5e-5], [5e-5, 5e-5]]),
        ("[[0.149780716, 0.24975114], [0.19956143, 0.29950229]]", [[5e-10, 5e-9], [5e-9, 5e-9]]),
    ],
)
def test_each_number_is_known_to_its_own_digits(written: str, half_units: list[Any]) -> None:
    found = submission_from_text("a.txt", f"W1_new = {written}", NET).others[0]
    np.testing.assert_allclose(found.numbers.precision.half_unit, half_units, rtol=1e-9)


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("W1_new", "nW1"), ("new_W1", "nW1"), ("W1_updated", "nW1"), ("updated W1", "nW1"),
        ("W1⁺", "nW1"), ("W1 after", "nW1"), ("W⁽¹⁾ ← ", "nW1"), ("b1_new", "nb1"),
        ("W⁽¹⁾ ← W⁽¹⁾ − η ∂C/∂W⁽¹⁾", "nW1"), ("new_weights", "nW*"), ("Theta1_new", "nW1"),
        ("ΔW1", "sW1"), ("Delta W1", "sW1"), (r"\Delta W^{(2)}", "sW2"), ("dW1_step", "sW1"),
        ("step_W1", "sW1"), ("W1_step", "sW1"), ("update W1", "sW1"), ("Δb2", "sb2"),
        ("Delta_W1 step", "sW1"), ("W1 after one step", "nW1"), ("ΔW", "sW*"),
        ("deltaW1", "dW1"), ("delta_W1", "dW1"), ("DeltaW1", "dW1"), ("W1", "dW1"),
        ("dW1 after backprop", "dW1"), ("W1.grad after", "dW1"), ("dW1 at step 3", "dW1"),
        ("dW1_new", "dW1"), ("updates", None), ("step", None), ("loss", None),
    ],
)  # fmt: skip
def test_a_label_names_a_quantity(label: str, name: str | None) -> None:
    assert name_of(label) == name


@pytest.mark.parametrize(
    "line",
    [
        "C = {:.4f}", "loss: {:.4f}", "E_total = {:.4f}", "# cost = {:.6f}  (before)",
        r"$J(\theta) = {:.4f}$", "mean loss = {:.4e}", "cost: tensor({:.4f}, dtype=torch.float64)",
        "C(W) ≈ {:.4f}", "Mia\nC = {:.4f}\nthat is all",
    ],
)  # fmt: skip
def test_a_line_gives_the_cost(line: str) -> None:
    submission = submission_from_text("mia.txt", line.format(cost(NET, XOR_X, XOR_Y)), NET)
    assert [one.name for one in submission.others] == ["C"]
    assert all(diagnosis.correct for diagnosis in diagnose_quantities(problem(), submission.others))


def test_a_file_without_these_labels_is_what_it_was() -> None:
    dW1, dW2 = gradients(NET, XOR_X, XOR_Y)
    lines = "loss = np.mean(E)\nC = 3\n" + text([dW1, dW2], "dW{}")
    assert judge(problem(), lines).verdict == "right"
    assert submission_from_text("a.txt", lines, NET).others == ()
    several = "".join(f"loss = {value}\n" for value in (0.3, 0.2)) + text([dW1, dW2], "dW{}")
    grade = judge(problem(), several)
    assert grade.verdict == "right"
    assert "C appears several times" in grade.layout
    with pytest.raises(SubmissionError, match="C appears several times"):
        submission_from_text("a.txt", "loss = 0.3\nloss = 0.2", NET)


def test_errors_have_the_names_of_the_sentences() -> None:
    with pytest.raises(SubmissionError, match="no numbers for W1 after the step"):
        submission_from_text("a.txt", "W1_new =\n\nΔW2 = [1]", NET)
    with pytest.raises(SubmissionError, match="ΔW2 appears twice"):
        submission_from_text("a.txt", "ΔW2 = [1]\nDelta W2 = [2]", NET)
    assert judge(problem(), "W1_new = [1 2]").comment.startswith(
        "mia.txt: W1 after the step is 1×2; 3×3 is needed"
    )


# The cost


def costs(p: Problem, X: Array, y: Array) -> dict[str, float]:
    """Wrong costs of half MSE, by plain NumPy."""
    N = len(y)
    e = y - p.net.predict(X)
    C = (e**2).sum() / (2 * N)
    return {
        "factor_two": (e**2).sum() / N,
        "missing_mean": (e**2).sum() / 2,
        "mean_over_outputs": (e**2).mean() / 2,
        "square_missing": np.abs(e).sum() / (2 * N),
        "root_of_cost": np.sqrt(C),
        "sign": -C,
        "half_cost": C / 2,
        "mean_twice": C / N,
        "one_sample_less": (e**2).sum() / (2 * (N - 1)),
        "linear_output_error": ((y - p.net.forward(X).O) ** 2).sum() / (2 * N),
        "first_sample_only": (e[0] ** 2).sum() / (2 * N),
        "last_sample_only": (e[-1] ** 2).sum() / 2,
        "square_of_sum": e.sum() ** 2 / (2 * N),
        "penalty_in_cost": C + 0.1 / 2 * sum((W[:-1] ** 2).sum() for W in p.net.weights),
        "cost_after_step": cost(
            p.net.with_weights(*(W - 0.3 * g for W, g in zip(p.net.weights, p.truth, strict=True))),
            X,
            y,
        ),
    }


WRONG_COSTS = [
    "factor_two", "missing_mean", "mean_over_outputs", "square_missing", "root_of_cost", "sign",
    "half_cost", "mean_twice", "one_sample_less", "linear_output_error", "first_sample_only",
    "last_sample_only", "square_of_sum", "penalty_in_cost", "cost_after_step",
]  # fmt: skip


@pytest.mark.parametrize("mistake", WRONG_COSTS)
@pytest.mark.parametrize("digits", [15, 4])
def test_each_mistake_in_the_cost_is_named(mistake: str, digits: int) -> None:
    random = np.random.default_rng(3)
    net = Network.init(2, 3, 3, seed=3)
    X, y = random.normal(size=(5, 2)), random.uniform(size=(5, 3))
    p = Problem.of(net, X, y, "half_mse", 0.3, 0.1)
    value = costs(p, X, y)[mistake]
    grade = judge(p, f"C = {value:.{digits - 1}e}")
    assert grade.verdict == "wrong"
    assert mistake in names_of(grade)
    if digits == 15:
        assert OF_COSTS[mistake][0].lower() in grade.comment.lower() or len(names_of(grade)) > 1


@pytest.mark.parametrize("digits", [2, 4, 6, 15])
@pytest.mark.parametrize("loss", ["half_mse", "mse", "half_sse", "cross_entropy"])
def test_the_cost_is_right_to_its_digits(digits: int, loss: str) -> None:
    p = Problem.of(NET, XOR_X, XOR_Y, loss)
    grade = judge(p, f"C = {cost(NET, XOR_X, XOR_Y, loss):.{digits - 1}e}")
    assert grade.is_right
    assert (grade.digits or 0) >= digits
    others = {mistake.identifier for mistake in cost_mistakes(p)}
    assert ("other_logarithm" in others) is (loss == "cross_entropy")


@pytest.mark.parametrize("factor", [4, 1 / 4, 4 / 3])
def test_no_mistake_in_a_mean_is_named_where_the_cost_is_a_sum(factor: float) -> None:
    p = Problem.of(NET, XOR_X, XOR_Y, "half_sse")
    of_means = {"missing_mean", "mean_twice", "one_sample_less"}
    assert of_means <= {mistake.identifier for mistake in cost_mistakes(problem())}
    grade = judge(p, f"C = {factor * cost(NET, XOR_X, XOR_Y, 'half_sse')!r}")
    assert grade.verdict == "wrong"
    assert not of_means & names_of(grade)


def test_one_sample_of_a_sum_is_divided_by_nothing() -> None:
    p = Problem.of(NET, XOR_X, XOR_Y, "half_sse")
    one = cost(NET, XOR_X[:1], XOR_Y[:1], "half_sse")
    assert judge(p, f"C = {one!r}").mistakes == "first_sample_only"
    assert judge(p, f"C = {one / 4!r}").mistakes == ""


@pytest.mark.parametrize(("loss", "mistake"), [("half_mse", "missing_mean"), ("half_sse", "")])
def test_a_forgotten_mean_shows_in_rmsprop_if_the_loss_has_one(loss: str, mistake: str) -> None:
    rule = StepRule("rmsprop", alpha=0.95, epsilon=1e-2)
    p = Problem.of(NET, XOR_X, XOR_Y, loss, 0.01, step=rule)
    assert judge(p, text([rule.step(4 * g, 0.01) for g in p.truth], "ΔW{}")).mistakes == mistake


def test_the_cost_of_another_loss_is_named_with_both() -> None:
    p = Problem.of(NET, XOR_X, XOR_Y, "cross_entropy")
    grade = judge(p, f"C = {cost(NET, XOR_X, XOR_Y):.6f}")
    assert grade.mistakes == "other_loss"
    assert "the half MSE (eq. 1): Compute the cross-entropy." in grade.comment
    bits = -np.log2(np.abs(1 - XOR_Y.reshape(-1, 1) - NET.predict(XOR_X))).mean()
    assert judge(p, f"C = {bits:.6f}").mistakes == "other_logarithm"


def test_a_cost_of_numbers_rounded_on_the_way_is_right() -> None:
    y_hat = NET.predict(XOR_X).round(3)
    C = cost(NET, XOR_X, XOR_Y)
    by_hand = round(float((((XOR_Y.reshape(-1, 1) - y_hat).round(3) ** 2).round(3)).sum() / 8), 4)
    assert abs(by_hand - C) > 0.5e-4
    assert judge(problem(), f"C = {by_hand:.4f}").verdict == "right to 3 digits"


def test_a_named_mistake_comes_before_numbers_rounded_on_the_way() -> None:
    p = problem(rate=0.1)
    after = [W - 0.1 * g for W, g in zip(NET.weights, p.truth, strict=True)]
    late = cost(NET.with_weights(*after), XOR_X, XOR_Y)
    assert abs(late / cost(NET, XOR_X, XOR_Y) - 1) < 0.001
    assert judge(p, f"C = {late:.6f}").mistakes == "cost_after_step"


def test_a_wrong_cost_of_two_digits_is_not_explained() -> None:
    grade = judge(problem(), "C = 0.25")
    assert "too few digits to tell why" in grade.comment
    assert "no known mistake" in judge(problem(), "C = 0.7777").comment
    assert judge(problem(), "C = 0.0").verdict in ("wrong", "cannot be judged")


# The grade of a file, and the bundle


def test_a_file_is_right_only_if_all_of_it_is() -> None:
    p = problem()
    C, new = cost(NET, XOR_X, XOR_Y), torch_weights("gd")
    everything = f"C = {C!r}\n" + text(list(p.truth), "dW{}") + text(new)
    grade = judge(p, everything)
    assert (grade.verdict, len(grade.others)) == ("right", 2)
    wrong = f"C = {2 * C!r}\n" + text([-g for g in p.truth], "dW{}") + text(new)
    grade = judge(p, wrong)
    assert (grade.verdict, grade.mistakes) == ("wrong", "sign; factor_two")
    assert "W1 after the step is right" in grade.comment
    assert judge(p, f"C = {C:.3f}\n" + text(new)).verdict == "right to 3 digits"


def test_what_is_not_asked_for_is_not_missing() -> None:
    p, new = problem(), torch_weights("gd")
    assert judge(p, f"C = {cost(NET, XOR_X, XOR_Y)!r}").verdict == "right"
    assert judge(p, text(new)).verdict == "right"
    half = judge(p, f"W1_new = {new[0]!r}")
    assert half.verdict == "incomplete"
    assert half.comment.endswith("W2 after the step is missing.")
    grade = judge(p, f"dW1 = {p.truth[0]!r}\n" + text(new))
    assert grade.verdict == "incomplete"
    assert grade.comment.endswith("dW2 is missing.")


def test_without_a_learning_rate_a_step_cannot_be_judged() -> None:
    grade = judge(problem(rate=None), text(torch_weights("gd")))
    assert grade.verdict == "cannot be judged"
    assert "no learning rate η" in grade.comment


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


def test_points_are_for_new_weights_where_there_are_no_gradients() -> None:
    p, (W1, W2) = problem(), torch_weights("gd")
    rule = Rule.parse("dW1=4 dW2=6 rate_missing=50%")
    grade = judge(p, text([W1, W2]))
    assert rule.points(grade, p).total == 10
    assert gradescope_results(grade, rule.points(grade, p))["tests"][0]["status"] == "passed"
    grade = judge(p, text([NET.W1 - p.truth[0], W2]))
    assert rule.points(grade, p).total == 8


def test_a_bundle_carries_the_optimiser() -> None:
    rule = StepRule("adam", beta1=0.8, epsilon=1e-7)
    p = read_bundle(write_bundle(NET, XOR_X, XOR_Y, learning_rate=0.1, step=rule))
    assert p.step == rule
    assert variant(p, "mia").step == rule
    assert read_bundle(write_bundle(NET, XOR_X, XOR_Y)).step is None


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"optimizer": "adagrad"}, "optimizer 'adagrad' is not one of gd, momentum"),
        ({"optimizer": 3}, "optimizer cannot be 3"),
        ({"optimizer": "adam", "beta1": 1.0}, "beta1 must be from 0 to below 1"),
        ({"optimizer": "adam", "epsilon": "small"}, "epsilon cannot be 'small'"),
    ],
)
def test_a_wrong_optimiser_is_refused(tmp_path: Path, fields: dict[str, Any], said: str) -> None:
    np.savetxt(tmp_path / "X.csv", XOR_X, delimiter=",")
    np.savetxt(tmp_path / "y.csv", XOR_Y)
    np.savetxt(tmp_path / "W1.csv", NET.W1, delimiter=",")
    np.savetxt(tmp_path / "W2.csv", NET.W2)
    (tmp_path / "bundle.json").write_text(json.dumps(fields), encoding="utf-8")
    with pytest.raises(BundleError, match=said):
        read_bundle(tmp_path)


def test_the_command_marks_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rule = StepRule("adam", **RULES["adam"])
    data = write_bundle(NET, XOR_X, XOR_Y, learning_rate=0.3, step=rule)
    (tmp_path / "bundle.zip").write_bytes(data)
    for name, matrices in (("ada", torch_weights("adam")), ("bob", torch_weights("gd"))):
        (tmp_path / f"{name}.txt").write_text(text(matrices), encoding="utf-8")
    files = [str(tmp_path / name) for name in ("bundle.zip", "ada.txt", "bob.txt")]
    assert main(files) == 1
    shown = capsys.readouterr().out
    assert re.search(r"ada\.txt +right +", shown)
    assert re.search(r"bob\.txt +wrong .* optimizer_missing", shown)


def test_a_step_rule_is_no_text() -> None:
    with pytest.raises(ValueError, match="step must be a StepRule"):
        Problem.of(NET, XOR_X, XOR_Y, step="adam")  # type: ignore[arg-type]
