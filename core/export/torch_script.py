"""A run as a PyTorch script: the forward pass and C are written, autograd has the chain rule."""

from collections.abc import Sequence

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

LOSSES = {
    "half_mse": "((y - y_hat) ** 2).sum() / (2 * len(X))  # eq. 1",
    "mse": "((y - y_hat) ** 2).sum() / len(X)  # in place of eq. 1",
    "half_sse": "((y - y_hat) ** 2).sum() / 2  # in place of eq. 1",
    "cross_entropy": "(y * torch.logaddexp(zero, -O) + (1 - y) * torch.logaddexp(zero, O)).sum()"
    " / len(X)",
}
ACTIVATIONS = {
    "sigmoid": "torch.sigmoid({})",
    "tanh": "torch.tanh({})",
    "relu": "torch.relu({})",
    "identity": "{}",
}
MOMENTUM = {"lr": "eta", "momentum": "mu"}
OPTIMIZERS = {  # torch's name, and its options by our symbols
    "gd": ("SGD", {"lr": "eta"}),
    "momentum": ("SGD", MOMENTUM),
    "nesterov": ("SGD", MOMENTUM),
    "rmsprop": ("RMSprop", {"lr": "eta", "alpha": "alpha", "eps": "epsilon"}),
    "adam": ("Adam", {"lr": "eta", "betas": "(beta1, beta2)", "eps": "epsilon"}),
}


def torch_script(run: Run, names: ScriptNames, epoch: int) -> str:
    """A script that trains from the run's first weights to `epoch` and saves W1, W2 and C.

    Where the data is large, it reads `data_files(run)`, which must lie beside it.
    Raises ValueError for an epoch that was not trained.
    """
    way = phases(run, epoch)
    several = len(losses(way)) > 1
    suffixes = {loss: f"_{loss}" if several else "" for loss in losses(way)}
    imports = ["import numpy as np", "import torch"]
    if not stands_inside(run):
        imports = ["from pathlib import Path", "", *imports]
    functions = [_forward(run.template), *(_cost(*pair) for pair in suffixes.items())]
    lines = [
        '"""The run again, by PyTorch: autograd has the chain rule, eqs. 2 to 10.',
        "",
        sizes(run.template, len(run.X)),
        '"""',
        "",
        *imports,
        "",
        "torch.set_default_dtype(torch.float64)",
        f"epoch = {epoch}  # how far to train",
        "",
        *naming(names),
        *_data(run, watched=way[-1].watched),
        "",
        "",
        "\n\n\n".join("\n".join(function) for function in functions),
        "",
        "",
        *_training(run.template, way, suffixes),
        "",
        *_result(suffixes[way[-1].settings.loss]),
    ]
    return "\n".join(lines) + "\n"


def _data(run: Run, *, watched: bool) -> list[str]:
    needed = matrices(run, watched=watched)
    if stands_inside(run):
        lines = [f"{name} = torch.tensor({literal(matrix)})" for name, matrix in needed.items()]
    else:
        listed = ", ".join(f'"{name}"' for name in needed)
        lines = [
            f"{', '.join(needed)} = (",
            '    torch.tensor(np.loadtxt(Path(__file__).parent / f"{name}.csv", delimiter=",", '
            "ndmin=2))",
            f"    for name in ({listed})",
            ")",
        ]
    return [*lines, "for W in (W1, W2):", "    W.requires_grad_()"]


def _forward(net: Network) -> list[str]:
    lines = []
    if net.bias_input or net.bias_hidden:
        lines = [
            "def with_ones(A):",
            '    """A with the constant 1 as its last column: the bias is the weight of that."""',
            "    return torch.hstack([A, torch.ones(len(A), 1)])",
            "",
            "",
        ]
    return [
        *lines,
        "def forward(X):",
        f"    H = {'with_ones(X)' if net.bias_input else 'X'} @ W1",
        f"    Z = {ACTIVATIONS[net.hidden].format('H')}",
        f"    O = {'with_ones(Z)' if net.bias_hidden else 'Z'} @ W2",
        f"    return O, {ACTIVATIONS[net.output].format('O')}",
    ]


def _cost(loss: str, suffix: str) -> list[str]:
    zero = ["    zero = torch.zeros(())  # -ln ŷ = ln(1 + exp(-O))"] * (loss == "cross_entropy")
    return [
        f"def cost{suffix}(X, y):",
        f"    {'O, _' if loss == 'cross_entropy' else '_, y_hat'} = forward(X)",
        *zero,
        f"    return {LOSSES[loss]}",
    ]


def _training(net: Network, way: Sequence[Phase], suffixes: dict[str, str]) -> list[str]:
    since, lines = watched_since(way), []
    known: dict[str, float | int] = {}
    for stretch in stretches(way):
        first, suffix = stretch.first, suffixes[stretch.first.settings.loss]
        if first.start == since:
            lines.append(f"lowest, best = np.inf, {since}  # validation loss, and its epoch")
        if first.edits:
            lines.append(f"if epoch >= {first.start}:  # weights put in by hand")
            lines += indented(["with torch.no_grad():", *indented(edited(first, "torch.tensor"))])
        lines += assigned(stretch.changed(known))
        lines += [f"held{k} = W{k}.detach().clone()" for k in (1, 2) if frozen_places(first, k)]
        body = _watch(stretch, suffix) if since is not None and first.start >= since else []
        body += _epoch(net, first, suffix)
        lines += [*_optimizer(stretch, body), ""]
    return lines[:-1]


def _optimizer(stretch: Stretch, body: list[str]) -> list[str]:
    """The loop, with its optimiser made before it, or told what has changed."""
    first = stretch.first
    kind, options = OPTIMIZERS[first.settings.optimizer]
    values = {name: _value(stretch, symbol) for name, symbol in options.items()}
    written = ", ".join(f"{name}={symbol}" for name, symbol in values.items())
    told = [f"optimizer.param_groups[0].update({written})"]
    if not first.fresh:
        return looped(stretch, body, told)
    if stretch.varying:
        rows = first.numbers
        started = [f"{symbol} = {rows[symbol]!r}" for symbol in stretch.varying]
    else:
        started, told = [], []
    nesterov = ", nesterov=True" * (first.settings.optimizer == "nesterov")
    made = f"optimizer = torch.optim.{kind}([W1, W2], {written}{nesterov})"
    return [*started, made, *looped(stretch, body, told)]


def _value(stretch: Stretch, symbol: str) -> str:
    """A setting by its symbol; torch would keep no v for a momentum of 0."""
    zero = any(not phase.settings.momentum for phase in stretch.phases)
    return "max(mu, 1e-300)" if symbol == "mu" and zero else symbol


def _watch(stretch: Stretch, suffix: str) -> list[str]:
    """Early stopping: the epoch of the least validation loss, and the end when it is long ago."""
    lines = [
        "with torch.no_grad():",
        f"    C_val = float(cost{suffix}(X_val, y_val))",
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
    if not phase.batched:
        return _update(net, phase, f"cost{suffix}(X, y)")
    return [
        "key = np.array([seed, e], np.uint64)  # a stream of its own for each epoch",
        "order = np.random.Generator(np.random.Philox(key=key)).permutation(len(X))",
        "for first in range(0, len(X), batch_size):",
        "    batch = order[first : first + batch_size]",
        *indented(_update(net, phase, f"cost{suffix}(X[batch], y[batch])")),
    ]


def _update(net: Network, phase: Phase, cost: str) -> list[str]:
    """One step of the optimiser; what is minimised is C and, with L2, the weights' squares."""
    lines = ["optimizer.zero_grad()"]
    if phase.settings.l2:
        first, second = (
            f"({weight_rows(f'W{k}', bias=bias)} ** 2).sum()"
            for k, bias in ((1, net.bias_input), (2, net.bias_hidden))
        )
        lines.append(f"squares = {first} + {second}  # L2 leaves bias rows out")
        cost = f"({cost} + l2 / 2 * squares)"
    lines += [f"{cost}.backward()", "optimizer.step()"]
    for k in (1, 2):
        if where := frozen_places(phase, k):
            lines += [
                "with torch.no_grad():",
                f"    W{k}[{where}] = held{k}[{where}]  # frozen weights",
            ]
    return lines


def _result(suffix: str) -> list[str]:
    return [
        "with torch.no_grad():",
        f"    C = float(cost{suffix}(X, y))",
        'print(f"epoch {epoch}: C = {C:.17g}")',
        'print("W1", W1.detach(), "W2", W2.detach(), sep="\\n")',
        f'np.savez("{SAVED}", W1=W1.detach().numpy(), W2=W2.detach().numpy(), C=C)',
    ]
