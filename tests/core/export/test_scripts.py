"""Exported scripts and notebooks, run where nothing of ours is there, come to the same weights."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import nbclient
import nbformat
import pytest

from core.export import (
    ScriptNames,
    data_files,
    has_inline_data,
    notebook,
    numpy_script,
    torch_script,
)
from core.training.run import Run
from tests.core.exported import RUNS, assert_trained, lay, names_of, run_scripts

Write = Callable[[Run, ScriptNames, int], str]
# Those whose plots and data differ, or their equations; the rest is the script.
IN_NOTEBOOKS = ("xor", "branches", "stopped", "deep", "softmax")


@cache
def made(name: str) -> Run:
    return RUNS[name]()


@dataclass(frozen=True)
class Job:
    """A run's script for an epoch, perhaps changed by hand to train up to another one."""

    name: str
    epoch: int | None = None  # exported for; None: the latest
    changed: int | None = None  # to this one
    ends: int | None = None  # where it should end, if not there

    def __str__(self) -> str:
        told = "-".join(str(n) for n in (self.epoch, self.changed) if n is not None)
        return f"{self.name}-{told}" if told else self.name

    def script(self, write: Write) -> str:
        """The script, with its epoch and the loss of its result changed."""
        run, names = made(self.name), names_of(made(self.name))
        script = write(run, names, run.epoch if self.epoch is None else self.epoch)
        if self.changed is None:
            return script
        script, count = re.subn(r"(?m)^epoch = \d+", f"epoch = {self.changed}", script)
        assert count == 1
        loss = run.settings_at(self.end).loss
        return re.sub(r"cost_\w+(?=\([^)]*\)\)?\nprint)", f"cost_{loss}", script)

    @property
    def end(self) -> int:
        """The epoch at which it should end."""
        for epoch in (self.ends, self.changed, self.epoch):
            if epoch is not None:
                return epoch
        return made(self.name).epoch


JOBS = [
    *map(Job, RUNS),
    # A script ends at the epoch on display,
    Job("xor", 0),
    Job("branches", 75),
    Job("edited", 300),
    # or where somebody writes that it should,
    *(Job("branches", changed=epoch) for epoch in (0, 40, 90)),
    Job("edited", changed=320),
    # but not after the run ended by its patience.
    Job("stopped", changed=500, ends=92),
]
WRITERS: dict[str, tuple[Write, float]] = {
    "numpy": (numpy_script, 1e-12),
    "torch": (torch_script, 1e-10),
}


@pytest.fixture(scope="module", params=["numpy", pytest.param("torch", marks=pytest.mark.slow)])
def scripts(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, float]:
    """A folder of its own for each job, where its script was run; and how near it must come."""
    write, bound = WRITERS[request.param]
    top = tmp_path_factory.mktemp(request.param)
    for job in JOBS:
        lay(top / str(job), made(job.name), "script.py", job.script(write))
    run_scripts([top / str(job) for job in JOBS])
    return top, bound


@pytest.mark.parametrize("job", JOBS, ids=str)
def test_a_script_comes_to_the_weights_of_the_run(job: Job, scripts: tuple[Path, float]) -> None:
    top, bound = scripts
    assert_trained(top / str(job), made(job.name), job.end, bound)
    printed = (top / str(job) / "printed.txt").read_text(encoding="utf-8")
    assert printed.startswith(f"epoch {job.end}: C = ")


@pytest.mark.parametrize("name", IN_NOTEBOOKS)
def test_the_notebook_comes_to_the_same_weights(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MPLBACKEND", raising=False)  # Streamlit sets it: nothing would be drawn
    run = made(name)
    text = notebook(run, names_of(run), run.epoch)
    lay(tmp_path, run, "run.ipynb", text)
    book = nbformat.reads(text, as_version=4)
    nbformat.validate(book)
    assert (book.nbformat, book.nbformat_minor) == (4, 5)
    resources = {"metadata": {"path": str(tmp_path)}}
    nbclient.NotebookClient(book, timeout=120, resources=resources).execute()
    assert_trained(tmp_path, run, run.epoch, 1e-12)
    outputs = [output for cell in book.cells for output in cell.get("outputs", [])]
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 2
    assert not [output for output in outputs if output.output_type == "error"]


def test_that_of_the_network_as_derived_is_short_and_names_every_equation() -> None:
    run = made("xor")
    script = numpy_script(run, names_of(run), run.epoch)
    lines = [line for line in script.splitlines() if line.strip()]
    assert len(lines) <= 65
    assert max(map(len, lines)) <= 105
    told = {int(n) for n in re.findall(r"eqs?\. (\d+)", script)}
    assert told == {1, 3, 4, 5, 7, 8, 9, 10}
    for word in ("batch", "l2", "tanh", "patience", "free", "momentum", "Path"):
        assert word not in script


def test_the_notebook_has_the_equations_of_the_network_at_hand() -> None:
    for name, numbers in (("xor", {1, 2, 3, 4, 6, 7, 8, 9}), ("adam", {1, 2, 3, 4, 6, 7, 9})):
        run = made(name)
        cells = json.loads(notebook(run, names_of(run), run.epoch))["cells"]
        told = "".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
        assert {int(n) for n in re.findall(r"\\tag\{(\d+)\}", told)} == numbers
        assert told.count("$$") % 2 == 0
        assert ("1 - Z_{i,l}^2" in told) == (name == "adam")


def test_what_another_machine_rounds_otherwise_is_no_edit() -> None:
    """A run that was loaded elsewhere: its weights there are a bit beside those of its file."""
    run = made("momentum")
    net = run.network
    for moved, told in ((1e-14, False), (1e-9, True)):
        beside = replace(net, W1=net.W1 * (1 + moved))
        script = numpy_script(run.branch(run.epoch, network=beside), names_of(run), run.epoch)
        assert ("# edited weights" in script) == told


def test_large_data_lies_beside_the_script_and_small_data_in_it() -> None:
    small, large = made("xor"), made("momentum")
    assert has_inline_data(small)
    assert data_files(small) == {}
    assert not has_inline_data(large)
    expected = {"X.csv", "y.csv", "X_val.csv", "y_val.csv", "W1.csv", "W2.csv"}
    assert set(data_files(large)) == expected


@pytest.mark.parametrize("write", [numpy_script, torch_script, notebook])
def test_an_epoch_that_was_not_trained_is_refused(write: Write) -> None:
    run = made("xor")
    with pytest.raises(ValueError, match="epoch must be from 0 to 300, not 301"):
        write(run, names_of(run), 301)
