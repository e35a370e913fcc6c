"""Scripts that reproduce a run: with NumPy, in some sixty lines, and with PyTorch's autograd.

Each is a template of the folder `templates`; here are the values that it is filled with.
"""

from collections.abc import Iterable

from core.export.forms import costs, layers
from core.export.phases import PhaseGroup, group_phases, phases
from core.export.source import (
    RESULT_FILE,
    TEMPLATES,
    ScriptNames,
    Source,
    has_inline_data,
    matrices,
    weights_by_name,
)
from core.network import Network
from core.training.run import Run
from core.utils.arguments import instance
from core.utils.sentence import plural

OPTIMIZERS = {  # torch's name and options
    "gd": ("SGD", "lr=eta"),
    "momentum": ("SGD", "lr=eta, momentum=mu"),
    "nesterov": ("SGD", "lr=eta, momentum=mu"),
    "rmsprop": ("RMSprop", "lr=eta, alpha=alpha, eps=epsilon"),
    "adam": ("Adam", "lr=eta, betas=(beta1, beta2), eps=epsilon"),
}


def numpy_script(run: Run, names: ScriptNames, epoch: int) -> str:
    """Return a script that trains from the initial weights to `epoch` and saves the matrices and C.

    If the data is large, it reads `data_files(run)` from its own folder.
    Raises ValueError for an epoch that was not trained.
    """
    return TEMPLATES.render("numpy_script.py", **script_values(run, names, epoch))


def torch_script(run: Run, names: ScriptNames, epoch: int) -> str:
    """Return the same as `numpy_script` with PyTorch's tensors, autograd and optimisers."""
    values = script_values(run, names, epoch)
    return TEMPLATES.render("torch_script.py", torch_optimizer=_optimizer, **values)


def script_values(run: Run, names: ScriptNames, epoch: int) -> dict[str, object]:
    """Return the values that the templates share."""
    names, net = instance("names", names, ScriptNames), run.template
    run_phases = phases(run, epoch)
    last = run_phases[-1]
    needed = matrices(run, early_stopping=last.early_stopping)
    of_loss = costs(net, list(dict.fromkeys(phase.settings.loss for phase in run_phases)))
    of_matrix = layers(net)
    values = [str(layer[name]) for layer in of_matrix for name in ("inputs", "Z")]
    return {
        "names": names,
        "hidden_units": [names.units, *names.deeper],
        "epoch": epoch,
        "net": net,
        "activations": {net.hidden, net.output},
        "sizes": Source(_sizes(net, len(run.X))),
        "files": [] if has_inline_data(run) else list(needed),
        "matrices": {Source(name): matrix for name, matrix in needed.items()},
        "matrix_names": _names(needed),
        "weights": _names(weights_by_name(net)),
        "gradients": _names(f"d{name}" for name in weights_by_name(net)),
        "values": _names([*values[:-1], "O"]),
        "layers": of_matrix,
        "costs": of_loss,
        "groups": group_phases(run_phases),
        # From here on early stopping compares validation losses.
        "since": run.same_loss_since(last.start) if last.early_stopping else None,
        "result": of_loss[last.settings.loss],
        "result_file": RESULT_FILE,
    }


def _names(names: Iterable[str]) -> Source:
    """Return names as a list of arguments."""
    return Source(", ".join(names))


def _sizes(net: Network, N: int) -> str:
    """Return the sizes as sentences."""
    *hidden, K = (columns for _, columns in net.shapes)
    units = f"m = {plural(hidden[0], 'hidden unit')}"
    if len(hidden) > 1:
        units = f"{' + '.join(map(str, hidden))} hidden units in {len(hidden)} layers"
    sizes = (f"{name} {W.shape}" for name, W in weights_by_name(net).items())
    return (
        f"N = {plural(N, 'sample')} of d = {plural(net.inputs, 'input')}, "
        f"{units}, K = {plural(K, 'output')}:\n"
        f"X ({N}, {net.inputs}), y ({N}, {K}), {', '.join(sizes)}. "
        "X and y are as fed to the network, after any scaling."
    )


def _optimizer(group: PhaseGroup) -> tuple[Source, Source]:
    """Return torch's optimiser and its options; for momentum 0 torch would store no v."""
    kind, options = OPTIMIZERS[group.first.settings.optimizer]
    if not all(phase.settings.momentum for phase in group.phases):
        options = options.replace("=mu", "=max(mu, 1e-300)")
    return Source(kind), Source(options)
