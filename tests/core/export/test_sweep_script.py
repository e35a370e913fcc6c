"""The script of a sweep, run where nothing of ours is there, comes to the losses of its runs."""

import csv
import json
import subprocess
import sys
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.export import SweepRun, data_files, sweep_script
from core.export.sweep_script import _scheme
from core.network import SCHEMES, Network
from core.training.run import Run
from core.training.settings import OPTIMIZERS, Settings
from tests.core.exported import NASTY, sample

BASE = SweepRun((3,), "sigmoid", "xavier_uniform", 0, Settings(learning_rate=0.05, epochs=25))


@dataclass(frozen=True)
class Sweep:
    """The run that it is of, and its own runs."""

    run: Run
    runs: list[SweepRun]

    def trained(self, each: SweepRun) -> Run:
        """The run that a line of the table is about."""
        base = self.run.template
        net = Network.init(
            base.inputs,
            each.hidden,
            base.outputs,
            bias_input=base.bias_input,
            bias_hidden=base.bias_hidden,
            scheme=each.scheme,
            seed=each.initial_seed,
            hidden_activation=each.activation,
            output_activation=base.output,
        )
        run = Run(net, self.run.X, self.run.y, each.settings, *(self.run.validation or ()))
        run.advance(each.settings.epochs)
        return run


def settings(**changed: object) -> SweepRun:
    return replace(BASE, settings=replace(BASE.settings, **changed))  # type: ignore[arg-type]


def rules_and_batches() -> Sweep:
    """Every update rule with and without batches, shuffled or not, L2 and frozen weights."""
    frozen = frozenset({(1, 0, 1), (2, 2, 0)})
    how = product(OPTIMIZERS, (None, 7), (True, False))
    runs = [settings(optimizer=o, batch_size=b, shuffle=s, seed=5) for o, b, s in how]
    runs += [settings(l2=0.1), settings(frozen=frozen)]
    return Sweep(sample("moons", 3, 0, Settings()), runs)


def networks() -> Sweep:
    """Every scheme and activation, at two depths, with a softmax."""
    how = Settings(learning_rate=0.1, loss="cross_entropy", epochs=20)
    kinds = product([(4,), (3, 2)], ("sigmoid", "tanh", "relu", "identity"), SCHEMES)
    runs = [SweepRun(hidden, a, scheme, 3, how) for hidden, a, scheme in kinds]
    return Sweep(sample("iris", 4, 0, how, output_activation="softmax"), runs)


def stopped_and_diverged() -> Sweep:
    """Runs that their patience ends, and one that diverges; an identity output without biases."""
    net = {"bias_input": False, "bias_hidden": False, "output_activation": "identity"}
    runs = [settings(patience=2, batch_size=rows, learning_rate=0.5) for rows in (None, 16)]
    runs += [replace(settings(learning_rate=3.0, epochs=900), activation="identity")]
    return Sweep(sample("auto_mpg", 3, 0, Settings(), **net), runs)


@pytest.mark.parametrize("make", [rules_and_batches, networks, stopped_and_diverged])
def test_its_table_is_that_of_the_runs(make: object, tmp_path: Path) -> None:
    sweep: Sweep = make()  # type: ignore[operator]
    (tmp_path / "sweep.py").write_text(sweep_script(sweep.runs, sweep.run, NASTY), encoding="utf-8")
    for file, content in data_files(sweep.run).items():
        (tmp_path / file).write_text(content, encoding="utf-8")
    command = [sys.executable, "-I", "sweep.py"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=120)
    with (tmp_path / "sweep_results.csv").open(newline="", encoding="utf-8") as results:
        table = list(csv.DictReader(results))
    ends = set()
    for line, each in zip(table, sweep.runs, strict=True):
        run = sweep.trained(each)
        ends.add(run.ended)
        assert int(line["epochs"]) == run.epoch
        assert float(line["final_C"]) == pytest.approx(run.losses[-1], rel=1e-9)
        assert float(line["lowest_C"]) == pytest.approx(run.losses.min(), rel=1e-9)
        if "hidden" in line:
            assert json.loads(line["hidden"]) == list(each.hidden)
    assert make is not stopped_and_diverged or ends >= {"stopped", "diverged"}


def test_what_cannot_be_one_script_is_refused() -> None:
    run = sample("xor", 3, 0, Settings())
    wrong: list[tuple[Any, str]] = [
        ([BASE, settings(loss="mse")], "one loss, not 2"),
        ([], "runs is empty"),
        ([BASE, 1], r"runs\[1\] must be a SweepRun, not 1"),
    ]
    for runs, sentence in wrong:
        with pytest.raises(ValueError, match=sentence):
            sweep_script(runs, run, "XOR")


def without_docstring(random: np.random.Generator, rows: int, columns: int) -> object:
    text = """ three quotes """
    return random.normal(len(text), 1.0, (rows, columns))


def with_another_docstring(random: np.random.Generator, rows: int, columns: int) -> object:
    'Return "normal" numbers.'  # fmt: skip
    return random.normal(0.0, 1.0, (rows, columns))


def test_a_scheme_is_its_functions_lines_without_the_docstring(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for function, first in ((without_docstring, "text ="), (with_another_docstring, "return")):
        monkeypatch.setitem(SCHEMES, "normal", function)
        lines = _scheme("normal").splitlines()
        assert lines[0].startswith(first)
        assert lines[-1].startswith("return random.normal")


def test_it_holds_no_more_than_its_runs_need() -> None:
    run = sample("xor", 3, 0, Settings())
    script = sweep_script([BASE, settings(learning_rate=0.5)], run, "XOR")
    for word in ("batch_size: 7", "l2", "tanh", "momentum", "C_val", "frozen:", "softmax", "W1"):
        assert word not in script.replace('"l2"', "").replace('"frozen"', "")
    assert np.max([len(line) for line in script.splitlines()]) <= 105
