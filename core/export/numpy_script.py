"""A run as a NumPy script: the derivation in some sixty lines, from the first weights to an epoch.

It holds only what the run needs. `Parts` are its pieces, which the notebook shows one by one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from core.export.phases import Phase, Stretch, losses, phases, stretches, watched_since
from core.export.source import (
    SAVED,
    ScriptNames,
    assigned,
    edited,
    frozen_places,
    indented,
    literal,
    looped,
    matrices,
    naming,
    sizes,
    stands_inside,
    start_of,
    weight_rows,
)
from core.network import Network
from core.training.run import Run

LOSSES = {  # C, and its first factor
    "half_mse": (
        "((y - y_hat) ** 2).sum() / (2 * len(X))  # eq. 1",
        "-(y - y_hat) / len(X)  # ∂C/∂ŷ, eq. 3",
    ),
    "mse": (
        "((y - y_hat) ** 2).sum() / len(X)  # in place of eq. 1",
        "-2 * (y - y_hat) / len(X)  # ∂C/∂ŷ, in place of eq. 3",
    ),
    "half_sse": (
        "((y - y_hat) ** 2).sum() / 2  # in place of eq. 1",
        "-(y - y_hat)  # ∂C/∂ŷ, in place of eq. 3",
    ),
    "cross_entropy": (
        "(y * np.logaddexp(0, -O) + (1 - y) * np.logaddexp(0, O)).sum() / len(X)"
        "  # -ln ŷ = ln(1 + exp(-O))",
        "",
    ),
}
ACTIVATIONS = {
    "sigmoid": "sigmoid({})",
    "tanh": "np.tanh({})",
    "relu": "np.maximum({}, 0.0)",
    "identity": "{}",
}
HIDDEN_SLOPES = {
    "sigmoid": "Z * (1 - Z)  # eq. 8",
    "tanh": "1 - Z**2  # in place of eq. 8",
    "relu": "np.where(Z > 0, 1.0, 0.0)  # in place of eq. 8",
}
STATE = {"momentum": "v", "nesterov": "v", "rmsprop": "s", "adam": "ms"}
RULES = {  # for W1 and for W2: what moves the state, and what is taken off the weights
    "gd": ((), "eta * dW{k}"),
    "momentum": (("v{k} = mu * v{k} + dW{k}",), "eta * v{k}"),
    "nesterov": (("v{k} = mu * v{k} + dW{k}",), "eta * (dW{k} + mu * v{k})"),
    "rmsprop": (
        ("s{k} = alpha * s{k} + (1 - alpha) * dW{k} ** 2",),
        "eta * dW{k} / (np.sqrt(s{k}) + epsilon)",
    ),
    "adam": (
        (
            "m{k} = beta1 * m{k} + (1 - beta1) * dW{k}",
            "s{k} = beta2 * s{k} + (1 - beta2) * dW{k} ** 2",
            "m_hat, s_hat = m{k} / (1 - beta1**t), s{k} / (1 - beta2**t)",
        ),
        "eta * m_hat / (np.sqrt(s_hat) + epsilon)",
    ),
}


@dataclass(frozen=True)
class Parts:
    """The script's pieces, in order."""

    data: str
    forward: str
    cost: str
    gradients: str
    training: str
    result: str


def numpy_script(run: Run, names: ScriptNames, epoch: int) -> str:
    """A script that trains from the run's first weights to `epoch` and saves W1, W2 and C.

    Where the data is large, it reads `data_files(run)`, which must lie beside it.
    Raises ValueError for an epoch that was not trained.
    """
    p = parts(run, names, epoch)
    head = (
        f'"""The run again, by NumPy alone; the numbers of the equations are the derivation\'s.\n\n'
        f'{sizes(run.template, len(run.X))}\n"""\n\n'
    )
    where = "" if stands_inside(run) else "from pathlib import Path\n\n"
    functions = "\n\n\n".join((p.forward, p.cost, p.gradients))
    return (
        f"{head}{where}import numpy as np\n\nepoch = {epoch}  # how far to train\n\n"
        f"{p.data}\n\n{functions}\n\n\n{p.training}\n\n{p.result}\n"
    )


def parts(
    run: Run,
    names: ScriptNames,
    epoch: int,
    *,
    here: str = "Path(__file__).parent",
    curve: bool = False,
) -> Parts:
    """The pieces; `here` is where the files lie, `curve` has the losses kept on the way."""
    way = phases(run, epoch)
    net, several = run.template, len(losses(way)) > 1
    suffixes = {loss: f"_{loss}" if several else "" for loss in losses(way)}
    return Parts(
        "\n".join([*naming(names), *_data(run, here, watched=way[-1].watched)]),
        "\n".join(_forward(net)),
        "\n\n\n".join("\n".join(_cost(loss, suffix)) for loss, suffix in suffixes.items()),
        "\n\n\n".join("\n".join(_gradients(net, *pair)) for pair in suffixes.items()),
        "\n".join(_training(net, way, suffixes, curve=curve)),
        "\n".join(_result(suffixes[way[-1].settings.loss])),
    )


def _data(run: Run, here: str, *, watched: bool) -> list[str]:
    needed = matrices(run, watched=watched)
    if stands_inside(run):
        return [f"{name} = np.array({literal(matrix)})" for name, matrix in needed.items()]
    listed = ", ".join(f'"{name}"' for name in needed)
    return [
        f"{', '.join(needed)} = (",
        f'    np.loadtxt({here} / f"{{name}}.csv", delimiter=",", ndmin=2)',
        f"    for name in ({listed})",
        ")",
    ]


def _forward(net: Network) -> list[str]:
    lines = []
    if "sigmoid" in (net.hidden, net.output):
        lines += [
            'np.seterr(over="ignore")  # exp(-x) may be infinite, and the sigmoid is 0 there',
            "",
            "",
            "def sigmoid(x):",
            "    return 1 / (1 + np.exp(-x))",
            "",
            "",
        ]
    if net.bias_input or net.bias_hidden:
        lines += [
            "def with_ones(A):",
            '    """A with the constant 1 as its last column: the bias is the weight of that."""',
            "    return np.hstack([A, np.ones((len(A), 1))])",
            "",
            "",
        ]
    return [
        *lines,
        "def forward(X, W1, W2):",
        f"    X1 = {'with_ones(X)' if net.bias_input else 'X'}",
        "    H = X1 @ W1",
        f"    Z = {ACTIVATIONS[net.hidden].format('H')}",
        f"    Z1 = {'with_ones(Z)' if net.bias_hidden else 'Z'}",
        "    O = Z1 @ W2",
        f"    return X1, Z, Z1, O, {ACTIVATIONS[net.output].format('O')}",
    ]


def _cost(loss: str, suffix: str) -> list[str]:
    return [
        f"def cost{suffix}(X, y, W1, W2):",
        f"    *_, {'O, _' if loss == 'cross_entropy' else 'y_hat'} = forward(X, W1, W2)",
        f"    return {LOSSES[loss][0]}",
    ]


def _gradients(net: Network, loss: str, suffix: str) -> list[str]:
    return [
        f"def gradients{suffix}(X, y, W1, W2):",
        "    X1, Z, Z1, O, y_hat = forward(X, W1, W2)",
        *indented(_error(net, loss)),
        "    dO_dW2 = Z1  # eq. 4",
        f"    dO_dZ = {weight_rows('W2', bias=net.bias_hidden)}  # eq. 7"
        + ", without the bias row" * net.bias_hidden,
        f"    dZ_dH = {HIDDEN_SLOPES[net.hidden]}",
        "    dH_dW1 = X1  # eq. 9",
        "    dC_dH = dC_dO @ dO_dZ.T * dZ_dH",
        "    return dH_dW1.T @ dC_dH, dO_dW2.T @ dC_dO  # eqs. 10 and 5",
    ]


def _error(net: Network, loss: str) -> list[str]:
    """∂C/∂O: the first two factors, or what they are together."""
    if loss == "cross_entropy":
        return ["dC_dO = (y_hat - y) / len(X)  # ∂C/∂ŷ · ∂ŷ/∂O: the sigmoid's slope cancels"]
    lines = [f"dC_dyhat = {LOSSES[loss][1]}"]
    if net.output == "identity":
        return [*lines, "dC_dO = dC_dyhat  # ŷ is O itself: ∂ŷ/∂O = 1"]
    return [*lines, "dyhat_dO = y_hat * (1 - y_hat)  # before eq. 4", "dC_dO = dC_dyhat * dyhat_dO"]


def _training(
    net: Network, way: Sequence[Phase], suffixes: dict[str, str], *, curve: bool
) -> list[str]:
    since, lines = watched_since(way), []
    known: dict[str, float | int] = {}
    if curve:
        lines += ["losses = []  # C before each epoch", ""]
    for stretch in stretches(way):
        first, suffix = stretch.first, suffixes[stretch.first.settings.loss]
        if first.start == since:
            lines.append(f"lowest, best = np.inf, {since}  # validation loss, and its epoch")
        if first.edits:
            lines.append(f"if epoch >= {first.start}:  # weights put in by hand")
            lines += indented(edited(first, "np.array"))
        lines += _state(first)
        lines += _held(first)
        lines += assigned(stretch.changed(known))
        body = [f"losses.append(cost{suffix}(X, y, W1, W2))"] * curve
        if since is not None and first.start >= since:
            body += _watch(stretch, suffix)
        lines += [*looped(stretch, [*body, *_epoch(net, first, suffix)]), ""]
    return lines[:-1]


def _state(phase: Phase) -> list[str]:
    """Where the optimiser's state begins at 0."""
    rule = phase.settings.optimizer
    if not phase.fresh or rule not in STATE:
        return []
    lines = [
        f"{name}1, {name}2 = np.zeros_like(W1), np.zeros_like(W2)  # what the optimiser remembers"
        for name in STATE[rule]
    ]
    return [*lines, *["t = 0  # updates so far"] * (rule == "adam")]


def _held(phase: Phase) -> list[str]:
    """0 for each frozen weight."""
    lines = []
    for layer in (1, 2):
        if where := frozen_places(phase, layer):
            lines.append(f"free{layer} = np.ones_like(W{layer})")
            lines.append(f"free{layer}[{where}] = 0  # frozen weights")
    return lines


def _watch(stretch: Stretch, suffix: str) -> list[str]:
    """Early stopping: the epoch of the least validation loss, and the end when it is long ago."""
    lines = [
        f"C_val = cost{suffix}(X_val, y_val, W1, W2)",
        "if C_val < lowest:",
        "    lowest, best = C_val, e",
    ]
    if not stretch.first.watched:
        return lines
    return [
        *lines,
        f"if e - max(best, {start_of(stretch)}) >= patience:",
        "    epoch = e  # stopped early",
        "    break",
    ]


def _epoch(net: Network, phase: Phase, suffix: str) -> list[str]:
    update = _update(net, phase)
    if not phase.batched:
        return [f"dW1, dW2 = gradients{suffix}(X, y, W1, W2)", *update]
    return [
        "key = np.array([seed, e], np.uint64)  # a stream of its own for each epoch",
        "order = np.random.Generator(np.random.Philox(key=key)).permutation(len(X))",
        "for first in range(0, len(X), batch_size):",
        "    batch = order[first : first + batch_size]",
        f"    dW1, dW2 = gradients{suffix}(X[batch], y[batch], W1, W2)",
        *indented(update),
    ]


def _update(net: Network, phase: Phase) -> list[str]:
    """One step of the optimiser."""
    settings = phase.settings
    moved, step = RULES[settings.optimizer]
    lines = ["t += 1"] * (settings.optimizer == "adam")
    if settings.l2:
        for k, bias in ((1, net.bias_input), (2, net.bias_hidden)):
            rows = "[:-1]" * bias
            lines.append(f"dW{k}{rows} += l2 * W{k}{rows}  # L2" + ", not of the bias row" * bias)
    for k in (1, 2):
        lines += [line.format(k=k) for line in moved]
        free = f" * free{k}" if frozen_places(phase, k) else ""
        lines.append(f"W{k} = W{k} - {step.format(k=k)}{free}")
    return lines


def _result(suffix: str) -> list[str]:
    return [
        f"C = cost{suffix}(X, y, W1, W2)",
        'print(f"epoch {epoch}: C = {C:.17g}")',
        'print("W1", W1, "W2", W2, sep="\\n")',
        f'np.savez("{SAVED}", W1=W1, W2=W2, C=C)',
    ]
