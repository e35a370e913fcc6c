"""Runs to export, and a clean interpreter that runs what was exported."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.dataset.samples import prepare_sample
from core.export import ScriptNames, data_files
from core.network import Network
from core.training.run import Run, Settings

Array = NDArray[np.float64]
NASTY = (
    'x"""\n\\N{BELL}\u2028import os\x00 # coding: utf-7 $\\frac$ {_^\u202e'
    "\f'''«1|code»%%{{1}}\ud800\r[code]"
)


def xor(**changed: Any) -> Run:
    data = prepare_sample("xor")
    run = Run(Network.init(2, 3), data.X, data.y, Settings(learning_rate=10.0, **changed))
    run.advance(300)
    return run


def sample(name: str, units: int | list[int], epochs: int, settings: Settings, **net: Any) -> Run:
    data = prepare_sample(name)
    network = Network.init(data.X.shape[1], units, data.y.shape[1], **net)
    run = Run(network, data.X, data.y, settings, data.X_val, data.y_val)
    run.advance(epochs)
    return run


def adam() -> Run:
    how = Settings(learning_rate=0.05, optimizer="adam", batch_size=16, seed=2**40)
    return sample("moons", 4, 60, how, hidden_activation="tanh")


def in_order() -> Run:
    """Mini-batches as the data has them, after some that were shuffled."""
    how = Settings(learning_rate=0.3, batch_size=7, seed=3)
    return then(sample("moons", 3, 10, how), 15, shuffle=False)


def momentum() -> Run:
    return sample("iris", 4, 200, Settings(learning_rate=0.3, optimizer="momentum", l2=0.01))


def nesterov() -> Run:
    how = Settings(learning_rate=0.1, optimizer="nesterov", momentum=0.0, batch_size=7)
    run = sample("circles", 3, 20, how, bias_input=False, bias_hidden=True)
    return then(run, 20, momentum=0.8)


def relu() -> Run:
    how = Settings(learning_rate=0.05, loss="mse")
    return sample(
        "auto_mpg", 4, 300, how, hidden_activation="relu", output_activation="identity", seed=3
    )


def cross_entropy() -> Run:
    return sample("iris", 4, 300, Settings(learning_rate=0.5, loss="cross_entropy"))


def no_biases() -> Run:
    how = Settings(learning_rate=0.05, loss="half_sse", l2=0.02)
    return sample("moons", 3, 200, how, bias_input=False, bias_hidden=False)


def unscaled() -> Run:
    """Inputs so large that e⁻ˣ overflows."""
    X = 900.0 * np.array([[0.0, 1.0], [-1.0, 0.5], [1.0, -2.0], [0.25, 0.75]])
    run = Run(Network.init(2, 3), X, np.array([0.0, 1.0, 0.0, 1.0]), Settings(learning_rate=0.1))
    run.advance(50)
    return run


def then(run: Run, epochs: int, network: Network | None = None, **changed: Any) -> Run:
    """The run gone on with from its latest epoch, changed."""
    run = run.branch(run.epoch, network=network, settings=replace(run.settings, **changed))
    run.advance(epochs)
    return run


def branches() -> Run:
    """Numbers that change and come back; rules with a state that goes on, and that begins anew."""
    run = sample("moons", 3, 30, Settings(learning_rate=0.5))
    run = then(then(run, 20, learning_rate=0.25), 20, learning_rate=0.75)
    run = then(run, 10, optimizer="momentum")
    run = then(then(run, 10, momentum=0.5), 10, batch_size=32, seed=5)
    run = then(run, 10, l2=0.01, learning_rate=0.1)
    run = then(run, 10, optimizer="rmsprop", learning_rate=0.01, batch_size=None)
    return then(run, 30, optimizer="adam", loss="cross_entropy", l2=0.0)


def begun_anew() -> Run:
    """Away from Adam and back to it at one epoch: the settings are the same, the state is not."""
    run = sample("moons", 3, 20, Settings(learning_rate=0.05, optimizer="adam"))
    away = run.branch(20, settings=replace(run.settings, optimizer="gd"))
    return then(away, 30, optimizer="adam")


def edited() -> Run:
    """Weights put in by hand, few and many; some frozen for a while."""
    run = xor(optimizer="momentum")
    W1 = run.network.W1.copy()
    W1[0, 2] = 0.5
    run = then(run, 40, replace(run.network, W1=W1), frozen=frozenset({(1, 0, 2), (2, 3, 0)}))
    run = then(run, 40, replace(run.network, W1=W1 + 1, W2=run.network.W2 / 2))
    return then(run, 20, frozen=frozenset())


def stopped() -> Run:
    """A run whose patience ends it, after a change of the learning rate."""
    how = Settings(learning_rate=2.0, patience=4, batch_size=32)
    run = then(sample("iris", 4, 3, how), 3, learning_rate=3.0)
    run.advance(100)
    assert run.ended == "stopped"
    return run


def deep() -> Run:
    """Three hidden layers, a stateful rule, L2, batches, frozen weights and an edit."""
    frozen = frozenset({(3, 0, 1), (4, 2, 0)})
    how = Settings(learning_rate=0.05, optimizer="adam", l2=0.01, batch_size=32, frozen=frozen)
    run = sample("moons", [4, 3, 2], 30, how, hidden_activation="tanh", bias_hidden=True)
    edited = run.network.with_weights(*run.network.weights[:-1], run.network.weights[-1] + 0.5)
    return then(run, 20, edited, batch_size=None)


def softmax() -> Run:
    how = Settings(learning_rate=0.3, loss="cross_entropy", optimizer="momentum", l2=0.001)
    return sample("iris", [5, 4], 100, how, output_activation="softmax")


def softmax_squared() -> Run:
    """The Jacobian itself; hidden units that are the identity; no biases."""
    how = Settings(learning_rate=0.2)
    return sample(
        "iris",
        4,
        100,
        how,
        bias_input=False,
        bias_hidden=False,
        hidden_activation="identity",
        output_activation="softmax",
    )


RUNS: dict[str, Callable[[], Run]] = {
    make.__name__: make
    for make in (
        xor,
        adam,
        in_order,
        momentum,
        nesterov,
        relu,
        cross_entropy,
        no_biases,
        unscaled,
        branches,
        begun_anew,
        edited,
        stopped,
        deep,
        softmax,
        softmax_squared,
    )
}


def names_of(run: Run) -> ScriptNames:
    """Names that nobody would want."""
    net = run.template
    inputs = [NASTY, *(f"x{k}" for k in range(2, net.inputs + 1)), *["bias"] * net.bias_input]
    units, *deeper = (
        [*(f"h{k}" for k in range(1, columns + 1)), *["bias"] * net.bias_hidden]
        for _, columns in net.shapes[:-1]
    )
    return ScriptNames(NASTY, inputs, units, [NASTY] * net.outputs, deeper=deeper)


def lay(folder: Path, run: Run, name: str, text: str) -> None:
    """Put an export and its data into a folder."""
    folder.mkdir(exist_ok=True)
    for file, content in {**data_files(run), name: text}.items():
        (folder / file).write_text(content, encoding="utf-8")


# One interpreter for many scripts: to start torch takes longer than all that they do.
DRIVER = """
import contextlib, os, runpy, sys
for folder in sys.argv[1:]:
    os.chdir(folder)
    with open("printed.txt", "w", encoding="utf-8") as out, contextlib.redirect_stdout(out):
        runpy.run_path("script.py", run_name="__main__")
"""


def run_scripts(folders: Sequence[Path]) -> None:
    """Run each folder's script.py where nothing of ours can be imported."""
    command = [sys.executable, "-I", "-c", DRIVER, *map(str, folders)]
    done = subprocess.run(
        command, cwd=folders[0], capture_output=True, text=True, check=False, timeout=240
    )
    assert not done.stderr, done.stderr
    assert done.returncode == 0


def assert_trained(folder: Path, run: Run, epoch: int, bound: float) -> None:
    """What was saved is the run at that epoch."""
    net = run.at(epoch)
    with np.load(folder / "trained.npz") as saved:
        for layer, truth in enumerate(net.weights, start=1):
            found = saved[f"W{layer}"]
            assert np.linalg.norm(found - truth) <= bound * np.linalg.norm(truth)
        assert abs(saved["C"] - run.losses[epoch]) <= bound * run.losses[epoch]
