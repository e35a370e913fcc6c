"""A problem for each optimiser, its first step by torch and by NumPy, and what is handed in."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from core.checking import StepRule
from core.checking.grading import Grade, mark_bytes
from core.checking.problem import Problem
from core.gradients import Array, gradients
from core.network import Network
from tests.core.oracles import XOR_X, XOR_Y

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
