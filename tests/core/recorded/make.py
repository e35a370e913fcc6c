"""Records what others compute: `python -m tests.core.recorded.make` writes the JSON files here.

    torch.json          its optimisers, with and without weight decay of all but the biases
    scikit_learn.json   its MLPs under plain full-batch SGD
    mpmath.json         plain gradient descent in arithmetic of 50 digits, 40 of them written

Nothing of core is used. Every file holds the data, the first weights, our settings that describe
the run, and weights by step. Floats are written so that they are read back to the last bit.
Needs benchmarks/requirements.txt.
"""

import json
import math
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import sklearn
import torch
from mpmath import mpf
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor

Array = NDArray[np.float64]
Matrix = list[list[Any]]  # of mpf
Weights = tuple[Array, Array]

HERE = Path(__file__).parent
SEED = 12


def main() -> None:
    """Write every file."""
    torch.set_num_threads(1)
    _write("torch", torch.__version__, list(_torch_runs()))
    _write("scikit_learn", sklearn.__version__, [_regressor(), _classifier()])
    _write("mpmath", mpmath.__version__, [_exact()])


def _write(name: str, version: str, runs: list[dict[str, Any]]) -> None:
    content = {"made_with": f"{name} {version}", "runs": runs}
    text = json.dumps(content, indent=1)
    (HERE / f"{name}.json").write_text(_one_row_a_line(text) + "\n", encoding="utf-8")


def _one_row_a_line(text: str) -> str:
    """JSON with each innermost list on a line of its own."""
    parts = text.split("[")
    for i, part in enumerate(parts):
        inner, closed, rest = part.partition("]")
        if closed and "{" not in inner:
            parts[i] = " ".join(inner.split()) + closed + rest
    return "[".join(parts)


def _run(
    X: Array,
    y: Array,
    first: Weights,
    settings: dict[str, Any],
    steps: dict[int, Weights],
    **net: str,
) -> dict[str, Any]:
    """One trajectory: `net` names activations other than the sigmoid, `steps` the weights after."""
    return {
        "settings": settings,
        "net": net,
        "X": X.tolist(),
        "y": y.tolist(),
        "W1": first[0].tolist(),
        "W2": first[1].tolist(),
        "steps": [
            {"step": step, "W1": W1.tolist(), "W2": W2.tolist()} for step, (W1, W2) in steps.items()
        ],
    }


def _problem(N: int, d: int, m: int, K: int) -> tuple[Array, Array, Weights]:
    """Inputs, targets between 0 and 1, and weights with their bias rows last."""
    random = np.random.default_rng(SEED)
    X, y = random.standard_normal((N, d)), random.uniform(0, 1, (N, K))
    return X, y, (random.uniform(-1, 1, (d + 1, m)), random.uniform(-1, 1, (m + 1, K)))


# torch

TORCH_STEPS, TORCH_EVERY = 200, 20
Make = Callable[..., torch.optim.Optimizer]
# RMSprop's rate is small enough not to reach the minimum, where it divides rounding by rounding:
# at 0.01 with weight decay, 200 steps carry the last bit of a sum up to 3e-10.
OPTIMIZERS: tuple[tuple[dict[str, Any], Make, dict[str, Any]], ...] = (
    ({"optimizer": "gd", "learning_rate": 0.5}, torch.optim.SGD, {}),
    (
        {"optimizer": "momentum", "learning_rate": 0.2, "momentum": 0.9},
        torch.optim.SGD,
        {"momentum": 0.9},
    ),
    (
        {"optimizer": "nesterov", "learning_rate": 0.2, "momentum": 0.9},
        torch.optim.SGD,
        {"momentum": 0.9, "nesterov": True},
    ),
    (
        {"optimizer": "rmsprop", "learning_rate": 0.005, "alpha": 0.99, "epsilon": 1e-8},
        torch.optim.RMSprop,
        {"alpha": 0.99, "eps": 1e-8},
    ),
    (
        {
            "optimizer": "adam",
            "learning_rate": 0.02,
            "beta1": 0.9,
            "beta2": 0.999,
            "epsilon": 1e-8,
        },
        torch.optim.Adam,
        {"betas": (0.9, 0.999), "eps": 1e-8},
    ),
)


def _torch_runs() -> Iterator[dict[str, Any]]:
    X, y, first = _problem(N=12, d=3, m=4, K=2)
    for settings, make, options in OPTIMIZERS:
        for l2 in (0.0, 0.01):
            steps = _torch_steps(X, y, first, l2, make, lr=settings["learning_rate"], **options)
            yield _run(X, y, first, settings | {"l2": l2}, steps)


def _torch_steps(
    X: Array, y: Array, first: Weights, l2: float, make: Make, **options: Any
) -> dict[int, Weights]:
    """C = 1/(2N) Σ (y − ŷ)² by autograd; the weight decay is ours if the biases have none."""
    weights, biases = ([torch.tensor(W[rows]) for W in first] for rows in (np.s_[:-1], np.s_[-1]))
    for parameter in (*weights, *biases):
        parameter.requires_grad_()
    groups = [{"params": weights, "weight_decay": l2}, {"params": biases}]
    optimizer = make(groups, **options)
    inputs, targets = torch.tensor(X), torch.tensor(y)
    steps = {}
    for step in range(1, TORCH_STEPS + 1):
        optimizer.zero_grad()
        Z = torch.sigmoid(inputs @ weights[0] + biases[0])
        y_hat = torch.sigmoid(Z @ weights[1] + biases[1])
        (((targets - y_hat) ** 2).sum() / (2 * len(X))).backward()
        optimizer.step()
        if step % TORCH_EVERY == 0:
            W1, W2 = (
                torch.vstack([W, b]).detach().numpy() for W, b in zip(weights, biases, strict=True)
            )
            steps[step] = W1, W2
    return steps


# scikit-learn

MLP_STEPS, MLP_EVERY, MLP_RATE = 1_000, 100, 0.1


def _regressor() -> dict[str, Any]:
    """Output identity, ½ of the squared error summed over outputs, by the mean over samples."""
    X, y, first = _problem(N=20, d=3, m=5, K=2)
    settings = {"optimizer": "gd", "learning_rate": MLP_RATE, "loss": "half_mse"}
    steps = _mlp_steps(MLPRegressor, X, y, first)
    return _run(X, y, first, settings, steps, output="identity")


def _classifier() -> dict[str, Any]:
    """Output sigmoid and cross-entropy, for two labels that a sample may both have."""
    X, y, first = _problem(N=20, d=3, m=5, K=2)
    y = y.round()
    settings = {"optimizer": "gd", "learning_rate": MLP_RATE, "loss": "cross_entropy"}
    return _run(X, y, first, settings, _mlp_steps(MLPClassifier, X, y, first))


def _mlp_steps(
    make: type[MLPRegressor] | type[MLPClassifier], X: Array, y: Array, first: Weights
) -> dict[int, Weights]:
    """Begun twice: `fit` draws weights of its own, which then give way to ours."""
    model = make(
        hidden_layer_sizes=(first[0].shape[1],),
        activation="logistic",
        solver="sgd",
        alpha=0.0,
        batch_size=len(X),
        learning_rate_init=MLP_RATE,
        max_iter=1,
        shuffle=False,
        tol=0.0,
        n_iter_no_change=math.inf,
        momentum=0.0,
        nesterovs_momentum=False,
        warm_start=True,
        random_state=0,
    )
    steps = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(X, y)
        model.coefs_ = [W[:-1].copy() for W in first]
        model.intercepts_ = [W[-1].copy() for W in first]
        model.set_params(max_iter=MLP_EVERY)
        for step in range(MLP_EVERY, MLP_STEPS + 1, MLP_EVERY):
            model.fit(X, y)
            assert model.n_iter_ == MLP_EVERY
            W1, W2 = (
                np.vstack([V, b]) for V, b in zip(model.coefs_, model.intercepts_, strict=True)
            )
            steps[step] = W1, W2
    return steps


# mpmath

EXACT_STEPS, EXACT_RATE = 1_000, 2.0
DIGITS, GUARD = 40, 10


def _exact() -> dict[str, Any]:
    """XOR on the network as derived; every number a fraction of 50 digits, one sample at a time."""
    X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    y = np.array([[0.0], [1.0], [1.0], [0.0]])
    _, _, first = _problem(N=4, d=2, m=3, K=1)
    settings = {"optimizer": "gd", "learning_rate": EXACT_RATE}
    run = _run(X, y, first, settings, {})
    with mpmath.workdps(DIGITS + GUARD):
        W1, W2 = (_exactly(W) for W in first)
        for _ in range(EXACT_STEPS):
            _descend(W1, W2, X, y)
        run["steps"] = [{"step": EXACT_STEPS, "W1": _digits(W1), "W2": _digits(W2)}]
    return run


def _descend(W1: Matrix, W2: Matrix, X: Array, y: Array) -> None:
    """One step W ← W − η ∂C/∂W in place, for one output; the gradient as the chain rule has it."""
    dW1, dW2 = ([[mpf(0)] * len(row) for row in W] for W in (W1, W2))
    for x, target in zip(X, y, strict=True):
        x1 = [mpf(value) for value in x] + [mpf(1)]
        z = [_sigmoid(sum(x1[k] * W1[k][l] for k in range(3))) for l in range(3)]
        z1 = [*z, mpf(1)]
        y_hat = _sigmoid(sum(z1[l] * W2[l][0] for l in range(4)))
        dC_dO = -(mpf(target[0]) - y_hat) / len(X) * y_hat * (1 - y_hat)
        for l in range(4):
            dW2[l][0] += dC_dO * z1[l]
        for l in range(3):
            dC_dH = dC_dO * W2[l][0] * z[l] * (1 - z[l])
            for k in range(3):
                dW1[k][l] += dC_dH * x1[k]
    for W, dW in ((W1, dW1), (W2, dW2)):
        for row, change in zip(W, dW, strict=True):
            row[:] = [w - EXACT_RATE * g for w, g in zip(row, change, strict=True)]


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + mpmath.exp(-x))


def _exactly(W: Array) -> Matrix:
    return [[mpf(value) for value in row] for row in W.tolist()]


def _digits(W: Matrix) -> list[list[str]]:
    return [[mpmath.nstr(value, DIGITS, strip_zeros=False) for value in row] for row in W]


if __name__ == "__main__":
    main()
