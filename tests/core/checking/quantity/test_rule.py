"""The first step of each optimiser is torch's, and each mistake in it is named."""

import numpy as np
import pytest

from core.checking import StepRule
from core.checking.mistakes import BY_IDENTIFIER
from core.checking.problem import Problem
from core.gradients import Array
from tests.core.checking.quantity.hand_in import (
    NET,
    RULES,
    adam,
    judge,
    problem,
    text,
    torch_weights,
)
from tests.core.oracles import XOR_X, XOR_Y


@pytest.mark.parametrize("optimizer", RULES)
def test_the_first_step_is_torchs(optimizer: str) -> None:
    p = problem(optimizer)
    rule = p.step or StepRule()
    for W, g, theirs in zip(NET.weights, p.truth, torch_weights(optimizer), strict=True):
        np.testing.assert_allclose(W + rule.step(g, 0.3), theirs, rtol=1e-13)


def test_a_step_rule_is_no_text() -> None:
    with pytest.raises(ValueError, match="step must be a StepRule"):
        Problem.of(NET, XOR_X, XOR_Y, step="adam")  # type: ignore[arg-type]


# Mistakes in a step, by plain NumPy


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


@pytest.mark.parametrize(("loss", "mistake"), [("half_mse", "missing_mean"), ("half_sse", "")])
def test_a_forgotten_mean_shows_in_rmsprop_if_the_loss_has_one(loss: str, mistake: str) -> None:
    rule = StepRule("rmsprop", alpha=0.95, epsilon=1e-2)
    p = Problem.of(NET, XOR_X, XOR_Y, loss, 0.01, step=rule)
    assert judge(p, text([rule.step(4 * g, 0.01) for g in p.truth], "ΔW{}")).mistakes == mistake
