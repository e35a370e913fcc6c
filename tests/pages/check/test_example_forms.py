"""Examples of gradients, in each form that is read."""

import json

import numpy as np
import pytest
import torch

from core.checking.grading import mark_bytes
from core.checking.mistakes import wrong_gradients_of
from core.checking.problem import Problem
from core.network import Network
from pages.ui.check.example_forms import BY_NAME, FORMS, Form
from tests.paths import ROOT

HANDINS = ROOT / "tests" / "data" / "handins"
MISTAKE = "missing_hidden_derivative"
NETWORKS = {
    "small": Network.init(2, 3, seed=0),
    "no biases": Network.init(2, 2, seed=0, bias_input=False, bias_hidden=False),
    "wide": Network.init(8, 20, seed=1),
    "deep": Network.init(4, [3, 3], 3, seed=1),
}


def problem_of(net: Network) -> Problem:
    random = np.random.default_rng(0)
    X = random.normal(size=(12, net.inputs))
    return Problem.of(net, X, random.uniform(size=(12, net.outputs)), l2=0.01)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_the_mistake_is_found_in_each_form(form: Form, name: str) -> None:
    net = NETWORKS[name]
    problem = problem_of(net)
    text = form.text(wrong_gradients_of(problem, (MISTAKE,)), net)
    grade = mark_bytes(problem, "pasted", text.encode())
    assert (grade.verdict, grade.mistakes) == ("wrong", MISTAKE), grade.comment


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_the_truth_is_right_in_each_form(form: Form) -> None:
    net = NETWORKS["small"]
    problem = problem_of(net)
    assert mark_bytes(problem, "pasted", form.text(problem.truth, net).encode()).is_right


@pytest.mark.parametrize("size", [1.0, 1e-3, 1e-6])
def test_torch_s_form_is_what_torch_prints(size: float) -> None:
    random = np.random.default_rng(2)
    net = Network.init(2, 3, seed=0)
    matrices = [size * random.normal(size=W.shape) for W in net.weights]
    lines = []
    for layer, dW in enumerate(matrices):
        single = torch.tensor(dW, dtype=torch.float32)
        lines.append(f"{2 * layer}.weight {single[:-1].T}\n{2 * layer}.bias {single[-1]}")
    assert BY_NAME["torch"].text(matrices, net) == "\n".join(lines)


@pytest.mark.parametrize(("form", "recorded"), [("R", "r-list"), ("Octave", "octave-default")])
def test_what_is_imitated_is_as_the_tool_printed_it(form: str, recorded: str) -> None:
    """Recorded from the tools themselves, of the numbers in the JSON file beside it."""
    matrices = json.loads((HANDINS / "net0.json").read_text(encoding="utf-8"))
    arrays = [np.array(matrices[name]) for name in ("dW1", "dW2")]
    expected = (HANDINS / f"net0.{recorded}.txt").read_text(encoding="utf-8")
    assert BY_NAME[form].text(arrays, NETWORKS["small"]).rstrip() == expected.rstrip()


def test_what_a_prompt_shows_is_read() -> None:
    net = NETWORKS["small"]
    problem = problem_of(net)
    text = BY_NAME["R"].text(problem.truth, net).replace("$", "> ")
    assert mark_bytes(problem, "pasted", text.encode()).is_right


def test_points_below_each_other_by_chance_are_not_numpy_s_padding() -> None:
    """With six digits each, these four numbers have seven or eight decimals."""
    net = NETWORKS["no biases"]
    problem = Problem.of(net, [[1.0, 0.5]], [[0.5]])
    text = "dW1 = [[-0.0117786, -0.0237181], [-0.00978912, 0.0269087]]"
    grade = mark_bytes(problem, "pasted", text.encode())
    assert grade.diagnosis is not None
    assert str(grade.diagnosis.precision["dW1"]) == "6 significant digits"
