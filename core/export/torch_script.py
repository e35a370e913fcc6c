"""PyTorch script of a run: it spells out the forward pass and C; autograd does the chain rule."""

from collections.abc import Sequence

from core.activations import ACTIVATIONS
from core.chain.partials import cost_equation
from core.export.phases import Phase, PhaseGroup, group_phases, loss_names, phases, validation_start
from core.export.source import (
    RESULT_FILE,
    ScriptNames,
    assignment_lines,
    edit_lines,
    frozen_index,
    has_inline_data,
    header_lines,
    indent,
    literal,
    loop_lines,
    matrices,
    matrix_names,
    order_lines,
    sizes_text,
    start_expression,
    without_bias_row,
)
from core.losses import loss_of
from core.network import Network
from core.training.run import Run

MOMENTUM = {"lr": "eta", "momentum": "mu"}
OPTIMIZERS = {  # torch's name and options, with the script's names
    "gd": ("SGD", {"lr": "eta"}),
    "momentum": ("SGD", MOMENTUM),
    "nesterov": ("SGD", MOMENTUM),
    "rmsprop": ("RMSprop", {"lr": "eta", "alpha": "alpha", "eps": "epsilon"}),
    "adam": ("Adam", {"lr": "eta", "betas": "(beta1, beta2)", "eps": "epsilon"}),
}


def torch_script(run: Run, names: ScriptNames, epoch: int) -> str:
    """Return a script that trains from the initial weights to `epoch` and saves the matrices and C.

    If the data is large, it reads `data_files(run)` from its own folder.
    Raises ValueError for an epoch that was not trained.
    """
    run_phases = phases(run, epoch)
    several = len(loss_names(run_phases)) > 1
    suffixes = {loss: f"_{loss}" if several else "" for loss in loss_names(run_phases)}
    imports = ["import numpy as np", "import torch"]
    if not has_inline_data(run):
        imports = ["from pathlib import Path", "", *imports]
    net = run.template
    functions = [_forward(net), *(_cost(net, *pair) for pair in suffixes.items())]
    lines = [
        '"""This run, reproduced with PyTorch: autograd applies the chain rule, eqs. 2 to 10.',
        "",
        sizes_text(run.template, len(run.X)),
        '"""',
        "",
        *imports,
        "",
        "torch.set_default_dtype(torch.float64)",
        f"epoch = {epoch}  # epochs to train",
        "",
        *header_lines(names),
        *_data(run, early_stopping=run_phases[-1].early_stopping),
        "",
        "",
        "\n\n\n".join("\n".join(function) for function in functions),
        "",
        "",
        *_training(run.template, run_phases, suffixes),
        "",
        *_result(net, suffixes[run_phases[-1].settings.loss]),
    ]
    return "\n".join(lines) + "\n"


def _data(run: Run, *, early_stopping: bool) -> list[str]:
    needed = matrices(run, early_stopping=early_stopping)
    if has_inline_data(run):
        lines = [f"{name} = torch.tensor({literal(matrix)})" for name, matrix in needed.items()]
    else:
        quoted = ", ".join(f'"{name}"' for name in needed)
        lines = [
            f"{', '.join(needed)} = (",
            '    torch.tensor(np.loadtxt(Path(__file__).parent / f"{name}.csv", delimiter=",", '
            "ndmin=2))",
            f"    for name in ({quoted})",
            ")",
        ]
    names = ", ".join(matrix_names(run.template))
    return [*lines, f"for W in ({names}):", "    W.requires_grad_()"]


def _forward(net: Network) -> list[str]:
    lines = []
    if net.bias_input or net.bias_hidden:
        lines = [
            "def with_ones(A):",
            '    """Return A with a last column of ones, whose weights are the biases."""',
            "    return torch.hstack([A, torch.ones(len(A), 1)])",
            "",
            "",
        ]
    lines.append("def forward(X):")
    value, several = "X", net.layers > 2
    for layer in range(1, net.layers):
        H, Z = (f"{name}{layer}" if several else name for name in "HZ")
        lines += [
            f"    {H} = {_with_ones(value, bias=net.has_bias(layer))} @ W{layer}",
            f"    {Z} = {ACTIVATIONS[net.hidden].torch.format(x=H)}",
        ]
        value = Z
    return [
        *lines,
        f"    O = {_with_ones(value, bias=net.bias_hidden)} @ W{net.layers}",
        f"    return O, {ACTIVATIONS[net.output].torch.format(x='O')}",
    ]


def _with_ones(value: str, *, bias: bool) -> str:
    return f"with_ones({value})" if bias else value


def _cost(net: Network, loss: str, suffix: str) -> list[str]:
    rule = loss_of(net.output, loss)
    zero = ["    zero = torch.zeros(())  # -ln ŷ = ln(1 + exp(-O))"]
    note = "" if rule.fused else f"  # {cost_equation(loss)}"
    return [
        f"def cost{suffix}(X, y):",
        f"    {'O, _' if rule.fused else '_, y_hat'} = forward(X)",
        *zero * ("zero" in rule.forms.torch),
        f"    return {rule.forms.torch}{note}",
    ]


def _training(net: Network, run_phases: Sequence[Phase], suffixes: dict[str, str]) -> list[str]:
    since, lines = validation_start(run_phases), []
    known: dict[str, float | int] = {}
    for group in group_phases(run_phases):
        first, suffix = group.first, suffixes[group.first.settings.loss]
        if first.start == since:
            lines.append(f"lowest, best = np.inf, {since}  # lowest validation loss and its epoch")
        if first.edits:
            lines.append(f"if epoch >= {first.start}:  # edited weights")
            lines += indent(["with torch.no_grad():", *indent(edit_lines(first, "torch.tensor"))])
        lines += assignment_lines(group.new_numbers(known))
        lines += [
            f"frozen{k} = W{k}.detach().clone()"
            for k in range(1, net.layers + 1)
            if frozen_index(first, k)
        ]
        body = _early_stopping(group, suffix) if since is not None and first.start >= since else []
        body += _epoch(net, first, suffix)
        lines += [*_optimizer(net, group, body), ""]
    return lines[:-1]


def _optimizer(net: Network, group: PhaseGroup, body: list[str]) -> list[str]:
    """Return the loop, and before it a new optimiser or an update of its options."""
    first = group.first
    kind, options = OPTIMIZERS[first.settings.optimizer]
    values = {name: _value(group, symbol) for name, symbol in options.items()}
    arguments = ", ".join(f"{name}={symbol}" for name, symbol in values.items())
    update_options = [f"optimizer.param_groups[0].update({arguments})"]
    if not first.resets_state:
        return loop_lines(group, body, update_options)
    if group.varying:
        rows = first.numbers
        assignments = [f"{symbol} = {rows[symbol]!r}" for symbol in group.varying]
    else:
        assignments, update_options = [], []
    nesterov = ", nesterov=True" * (first.settings.optimizer == "nesterov")
    parameters = f"[{', '.join(matrix_names(net))}]"
    creation = f"optimizer = torch.optim.{kind}({parameters}, {arguments}{nesterov})"
    return [*assignments, creation, *loop_lines(group, body, update_options)]


def _value(group: PhaseGroup, symbol: str) -> str:
    """Return a setting's expression; for momentum 0 torch would store no v."""
    zero = any(not phase.settings.momentum for phase in group.phases)
    return "max(mu, 1e-300)" if symbol == "mu" and zero else symbol


def _early_stopping(group: PhaseGroup, suffix: str) -> list[str]:
    """Return the lines of early stopping: the best epoch so far, and the break."""
    lines = [
        "with torch.no_grad():",
        f"    C_val = float(cost{suffix}(X_val, y_val))",
        "if C_val < lowest:",
        "    lowest, best = C_val, e",
    ]
    if not group.first.early_stopping:
        return lines
    return [
        *lines,
        f"if e - max(best, {start_expression(group)}) >= patience:",
        "    epoch = e  # early stopping",
        "    break",
    ]


def _epoch(net: Network, phase: Phase, suffix: str) -> list[str]:
    if not phase.batched:
        return _update(net, phase, f"cost{suffix}(X, y)")
    return [
        *order_lines(phase),
        "for first in range(0, len(X), batch_size):",
        "    batch = order[first : first + batch_size]",
        *indent(_update(net, phase, f"cost{suffix}(X[batch], y[batch])")),
    ]


def _update(net: Network, phase: Phase, cost: str) -> list[str]:
    """Return the lines of one optimiser step on C plus, with L2, the squared weights."""
    lines = ["optimizer.zero_grad()"]
    if phase.settings.l2:
        squares = " + ".join(
            f"({without_bias_row(name, bias=net.has_bias(k))} ** 2).sum()"
            for k, name in enumerate(matrix_names(net), start=1)
        )
        lines.append(f"squares = {squares}  # L2 term without bias rows")
        cost = f"({cost} + l2 / 2 * squares)"
    lines += [f"{cost}.backward()", "optimizer.step()"]
    for k in range(1, net.layers + 1):
        if where := frozen_index(phase, k):
            lines += [
                "with torch.no_grad():",
                f"    W{k}[{where}] = frozen{k}[{where}]  # frozen weights",
            ]
    return lines


def _result(net: Network, suffix: str) -> list[str]:
    names = matrix_names(net)
    printed = ", ".join(f'"{name}", {name}.detach()' for name in names)
    saved = ", ".join(f"{name}={name}.detach().numpy()" for name in names)
    return [
        "with torch.no_grad():",
        f"    C = float(cost{suffix}(X, y))",
        'print(f"epoch {epoch}: C = {C:.17g}")',
        f'print({printed}, sep="\\n")',
        f'np.savez("{RESULT_FILE}", {saved}, C=C)',
    ]
