"""NumPy script of a run: the derivation in some sixty lines, from initial weights to an epoch.

It contains only what the run needs. The notebook shows its `ScriptParts` one by one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from core.activations import ACTIVATIONS
from core.chain.partials import cost_equation, hidden_partials, output_partials, weight_partial
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

LOG_NOTE = {"sigmoid": "-ln ŷ = ln(1 + exp(-O))", "softmax": "-Σ y ln ŷ"}
SIGMOID = """np.seterr(over="ignore")  # exp(-x) may overflow to infinity: the sigmoid is then 0


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


"""
SOFTMAX = """def log_softmax(O):
    O = O - O.max(axis=1, keepdims=True)  # which changes nothing, and keeps exp from overflowing
    return O - np.log(np.exp(O).sum(axis=1, keepdims=True))


def softmax(O):
    return np.exp(log_softmax(O))


"""
STATE = {"momentum": "v", "nesterov": "v", "rmsprop": "s", "adam": "ms"}
RULES = {  # for each matrix: updates of the state, and the step subtracted from the weights
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
class ScriptParts:
    """Parts of the script, in order."""

    data: str
    forward: str
    cost: str
    gradients: str
    training: str
    result: str


def numpy_script(run: Run, names: ScriptNames, epoch: int) -> str:
    """Return a script that trains from the initial weights to `epoch` and saves the matrices and C.

    If the data is large, it reads `data_files(run)` from its own folder.
    Raises ValueError for an epoch that was not trained.
    """
    p = script_parts(run, names, epoch)
    head = (
        f'"""This run, reproduced with NumPy alone; equation numbers follow the derivation.\n\n'
        f'{sizes_text(run.template, len(run.X))}\n"""\n\n'
    )
    where = "" if has_inline_data(run) else "from pathlib import Path\n\n"
    functions = "\n\n\n".join((p.forward, p.cost, p.gradients))
    return (
        f"{head}{where}import numpy as np\n\nepoch = {epoch}  # epochs to train\n\n"
        f"{p.data}\n\n{functions}\n\n\n{p.training}\n\n{p.result}\n"
    )


def script_parts(
    run: Run,
    names: ScriptNames,
    epoch: int,
    *,
    here: str = "Path(__file__).parent",
    curve: bool = False,
) -> ScriptParts:
    """Return the script's parts; `here` is the files' folder, `curve` records the losses."""
    run_phases = phases(run, epoch)
    net, several = run.template, len(loss_names(run_phases)) > 1
    suffixes = {loss: f"_{loss}" if several else "" for loss in loss_names(run_phases)}
    data = _data(run, here, early_stopping=run_phases[-1].early_stopping)
    return ScriptParts(
        "\n".join([*header_lines(names), *data]),
        "\n".join(_forward(net)),
        "\n\n\n".join("\n".join(_cost(net, *pair)) for pair in suffixes.items()),
        "\n\n\n".join("\n".join(_gradients(net, *pair)) for pair in suffixes.items()),
        "\n".join(_training(net, run_phases, suffixes, curve=curve)),
        "\n".join(_result(net, suffixes[run_phases[-1].settings.loss])),
    )


def _data(run: Run, here: str, *, early_stopping: bool) -> list[str]:
    needed = matrices(run, early_stopping=early_stopping)
    if has_inline_data(run):
        return [f"{name} = np.array({literal(matrix)})" for name, matrix in needed.items()]
    quoted = ", ".join(f'"{name}"' for name in needed)
    return [
        f"{', '.join(needed)} = (",
        f'    np.loadtxt({here} / f"{{name}}.csv", delimiter=",", ndmin=2)',
        f"    for name in ({quoted})",
        ")",
    ]


def _forward(net: Network) -> list[str]:
    lines = []
    for name, source in (("sigmoid", SIGMOID), ("softmax", SOFTMAX)):
        if name in (net.hidden, net.output):
            lines += source.splitlines()
    if net.bias_input or net.bias_hidden:
        lines += [
            "def with_ones(A):",
            '    """Return A with a last column of ones, whose weights are the biases."""',
            "    return np.hstack([A, np.ones((len(A), 1))])",
            "",
            "",
        ]
    lines += [
        f"def forward(X, {_weights(net)}):",
        f"    X1 = {'with_ones(X)' if net.bias_input else 'X'}",
    ]
    for layer in range(1, net.layers):
        H, Z, Z1 = _symbols(net, layer)
        lines += [
            f"    {H} = {_inputs(net, layer)} @ W{layer}",
            f"    {Z} = {ACTIVATIONS[net.hidden].numpy.format(x=H)}",
            f"    {Z1} = {f'with_ones({Z})' if net.bias_hidden else Z}",
        ]
    return [
        *lines,
        f"    O = {_inputs(net, net.layers)} @ W{net.layers}",
        f"    return {_values(net)}, O, {ACTIVATIONS[net.output].numpy.format(x='O')}",
    ]


def _weights(net: Network) -> str:
    """Return W1, W2 and so on, as arguments."""
    return ", ".join(matrix_names(net))


def _symbols(net: Network, layer: int) -> tuple[str, str, str]:
    """Return the script's names of H, Z, and Z with the constant, of a hidden layer."""
    return ("H", "Z", "Z1") if net.layers == 2 else (f"H{layer}", f"Z{layer}", f"Z{layer}_bias")


def _inputs(net: Network, layer: int) -> str:
    """Return the name of what that matrix multiplies."""
    return "X1" if layer == 1 else _symbols(net, layer - 1)[2]


def _values(net: Network) -> str:
    """Return the names of what the gradients need of the hidden layers, X1 first."""
    hidden = (name for layer in range(1, net.layers) for name in _symbols(net, layer)[1:])
    return ", ".join(("X1", *hidden))


def _cost(net: Network, loss: str, suffix: str) -> list[str]:
    rule = loss_of(net.output, loss)
    note = LOG_NOTE[net.output] if rule.fused else cost_equation(loss)
    return [
        f"def cost{suffix}(X, y, {_weights(net)}):",
        f"    *_, {'O, _' if rule.fused else 'y_hat'} = forward(X, {_weights(net)})",
        f"    return {rule.forms.numpy}  # {note}",
    ]


def _gradients(net: Network, loss: str, suffix: str) -> list[str]:
    lines = [
        f"def gradients{suffix}(X, y, {_weights(net)}):",
        f"    {_values(net)}, O, y_hat = forward(X, {_weights(net)})",
        *indent(_output_gradient(net, loss)),
        f"    {_weight_line(net, net.layers)}",
    ]
    above, hidden_slope = "O", ACTIVATIONS[net.hidden].numpy_slope
    for layer in range(net.layers - 1, 0, -1):
        H, Z, _ = _symbols(net, layer)
        W = without_bias_row(f"W{layer + 1}", bias=net.bias_hidden)
        linear, slope = hidden_partials(net.hidden, layer + 1, net.layers)
        lines += [
            f"    {linear.name} = {W}  # {linear.equation}"
            + ", without the bias row" * net.bias_hidden,
            f"    {slope.name} = {hidden_slope.format(a=Z)}  # {slope.equation}",
            f"    {_weight_line(net, layer)}",
            f"    dC_d{H} = dC_d{above} @ {linear.name}.T * {slope.name}",
        ]
        above = H
    sums = (*(_symbols(net, layer)[0] for layer in range(1, net.layers)), "O")
    products = [f"d{one}_dW{layer}.T @ dC_d{one}" for layer, one in enumerate(sums, start=1)]
    if net.layers > 2:
        by_line = indent([f"{product}," for product in products], 2)
        return [*lines, "    return (  # eqs. 10 and 5", *by_line, "    )"]
    return [*lines, f"    return {', '.join(products)}  # eqs. 10 and 5"]


def _weight_line(net: Network, layer: int) -> str:
    partial = weight_partial(layer, net.layers)
    return f"{partial.name} = {_inputs(net, layer)}  # {partial.equation}"


def _output_gradient(net: Network, loss: str) -> list[str]:
    """Return the lines of ∂C/∂O: the first two factors, or their product."""
    rule = loss_of(net.output, loss)
    if rule.fused:
        note = f"∂C/∂ŷ · ∂ŷ/∂O: the {net.output}'s slope cancels"
        return [f"dC_dO = {rule.forms.numpy_slope}  # {note}"]
    error, output = output_partials(loss, net.output)
    lines = [f"{error.name} = {rule.forms.numpy_slope}  # {error.text}, {error.equation}"]
    if net.output == "identity":
        return [*lines, "dC_dO = dC_dyhat  # ŷ = O, so ∂ŷ/∂O = 1"]
    if net.output == "softmax":
        return [
            *lines,
            "mean = (dC_dyhat * y_hat).sum(axis=1, keepdims=True)",
            "dC_dO = y_hat * (dC_dyhat - mean)  # times ∂ŷ/∂O, the Jacobian diag(ŷ) - ŷŷᵀ",
        ]
    slope = ACTIVATIONS[net.output].numpy_slope.format(a="y_hat")
    return [*lines, f"{output.name} = {slope}  # {output.equation}", "dC_dO = dC_dyhat * dyhat_dO"]


def _training(
    net: Network, run_phases: Sequence[Phase], suffixes: dict[str, str], *, curve: bool
) -> list[str]:
    since, lines = validation_start(run_phases), []
    known: dict[str, float | int] = {}
    if curve:
        lines += ["losses = []  # C before each epoch", ""]
    for group in group_phases(run_phases):
        first, suffix = group.first, suffixes[group.first.settings.loss]
        if first.start == since:
            lines.append(f"lowest, best = np.inf, {since}  # lowest validation loss and its epoch")
        if first.edits:
            lines.append(f"if epoch >= {first.start}:  # edited weights")
            lines += indent(edit_lines(first, "np.array"))
        lines += _state(net, first)
        lines += _frozen_masks(net, first)
        lines += assignment_lines(group.new_numbers(known))
        body = [f"losses.append(cost{suffix}(X, y, {_weights(net)}))"] * curve
        if since is not None and first.start >= since:
            body += _early_stopping(net, group, suffix)
        lines += [*loop_lines(group, [*body, *_epoch(net, first, suffix)]), ""]
    return lines[:-1]


def _state(net: Network, phase: Phase) -> list[str]:
    """Return the lines that set the optimiser's state to 0."""
    rule = phase.settings.optimizer
    if not phase.resets_state or rule not in STATE:
        return []
    layers = range(1, net.layers + 1)
    zeros = ", ".join(f"np.zeros_like(W{k})" for k in layers)
    if net.layers > 2:
        zeros = f"(np.zeros_like(W) for W in ({_weights(net)}))"
    lines = [
        f"{', '.join(f'{name}{k}' for k in layers)} = {zeros}  # optimiser state"
        for name in STATE[rule]
    ]
    return [*lines, *["t = 0  # number of updates"] * (rule == "adam")]


def _frozen_masks(net: Network, phase: Phase) -> list[str]:
    """Return masks with 0 for each frozen weight."""
    lines = []
    for layer in range(1, net.layers + 1):
        if where := frozen_index(phase, layer):
            lines.append(f"free{layer} = np.ones_like(W{layer})")
            lines.append(f"free{layer}[{where}] = 0  # frozen weights")
    return lines


def _early_stopping(net: Network, group: PhaseGroup, suffix: str) -> list[str]:
    """Return the lines of early stopping: the best epoch so far, and the break."""
    lines = [
        f"C_val = cost{suffix}(X_val, y_val, {_weights(net)})",
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
    update = _update(net, phase)
    names = ", ".join(f"d{name}" for name in matrix_names(net))
    if not phase.batched:
        return [f"{names} = gradients{suffix}(X, y, {_weights(net)})", *update]
    return [
        *order_lines(phase),
        "for first in range(0, len(X), batch_size):",
        "    batch = order[first : first + batch_size]",
        f"    {names} = gradients{suffix}(X[batch], y[batch], {_weights(net)})",
        *indent(update),
    ]


def _update(net: Network, phase: Phase) -> list[str]:
    """Return the lines of one optimiser step."""
    settings = phase.settings
    state_lines, step = RULES[settings.optimizer]
    lines = ["t += 1"] * (settings.optimizer == "adam")
    if settings.l2:
        for k in range(1, net.layers + 1):
            bias = net.has_bias(k)
            rows = "[:-1]" * bias
            lines.append(
                f"dW{k}{rows} += l2 * W{k}{rows}  # L2 term" + ", without the bias row" * bias
            )
    for k in range(1, net.layers + 1):
        lines += [line.format(k=k) for line in state_lines]
        free = f" * free{k}" if frozen_index(phase, k) else ""
        lines.append(f"W{k} = W{k} - {step.format(k=k)}{free}")
    return lines


def _result(net: Network, suffix: str) -> list[str]:
    names = matrix_names(net)
    printed = ", ".join(f'"{name}", {name}' for name in names)
    saved = ", ".join(f"{name}={name}" for name in names)
    return [
        f"C = cost{suffix}(X, y, {_weights(net)})",
        'print(f"epoch {epoch}: C = {C:.17g}")',
        f'print({printed}, sep="\\n")',
        f'np.savez("{RESULT_FILE}", {saved}, C=C)',
    ]
