"""The lines of the stops, run one stop after the other, are the training step that core makes."""

from functools import cache
from pathlib import Path
from textwrap import dedent
from typing import Any

import numpy as np
import pytest

from core.chain import sample_values, stops
from core.export import data_files, numpy_script, step_lines
from core.gradients import cost, gradients
from core.training.run import Run
from tests.core.exported import RUNS, names_of

BOUND = 1e-12
CASES = [*((name, None) for name in RUNS), ("xor", 0), ("branches", 75), ("edited", 300)]


@cache
def trained(name: str) -> Run:
    return RUNS[name]()


def lit(script: str, ranges: list[tuple[int, int]]) -> str:
    """The lines of a stop as code that stands alone."""
    lines = script.splitlines()
    return "\n".join(dedent("\n".join(lines[first - 1 : last])) for first, last in ranges)


def expected(run: Run, epoch: int) -> dict[str, Any]:
    """What core says of each stop."""
    net, loss, update = run.at(epoch), run.settings_at(epoch).loss, run.update(epoch)
    values: dict[str, Any] = {**sample_values(net, run.X, run.y, loss, len(run.X))}
    values["C"] = values["C"].sum()
    for layer, dW in enumerate(gradients(net, run.X, run.y, loss), start=1):
        values[f"dC_dW{layer}"] = dW
    assert update.after is not None
    values["update"] = np.concatenate([W.ravel() for W in update.after.weights])
    return values | {"new_C": cost(update.after, run.X, run.y, loss)}


def computed(stop: str, code: str, names: dict[str, Any], with_ones: dict[str, str]) -> Any:
    """Run the lines of a stop among what the stops before it left, and return what they set."""
    if code.startswith("return "):
        value = eval(code.removeprefix("return "), names)
        names[stop] = value[-1] if stop == "y_hat" else value
        return names[stop]
    weights = {W: names[W] for W in names if W[0] == "W"}
    exec(code, names)
    if stop == "X":
        names |= weights  # large data is read together with the initial weights
    if stop == "update":
        return np.concatenate([names[W].ravel() for W in weights])
    return names[with_ones.get(stop, stop.removeprefix("new_").replace("dC_dW", "dW"))]


@pytest.mark.parametrize(("name", "epoch"), CASES)
def test_the_lines_of_all_stops_are_the_step(
    name: str, epoch: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = trained(name)
    epoch = run.epoch if epoch is None else epoch
    script = numpy_script(run, names_of(run), epoch)
    lines, truth, last = step_lines(script, run.template), expected(run, epoch), run.template.layers
    assert list(lines) == [stop.name for stop in stops(last)]
    for file, text in data_files(run).items():
        (tmp_path / file).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__file__": str(tmp_path / "script.py")}
    with_ones = {"X": "X1", "Z": "Z1"} | {f"Z{layer}": f"Z{layer}_bias" for layer in range(1, last)}
    with np.errstate():  # which the script changes
        exec(script, names)
        names["e"] = epoch  # the loop's next
        for stop, ranges in lines.items():
            fused = stop == "dC_dyhat" and ranges == lines["dC_dO"]
            found = computed("dC_dO" if fused else stop, lit(script, ranges), names, with_ones)
            if fused:
                continue
            assert np.shape(found) == np.shape(truth[stop])
            assert np.linalg.norm(found - truth[stop]) <= BOUND * np.linalg.norm(truth[stop]), stop


def test_the_factor_that_a_stop_multiplies_is_lit_with_it() -> None:
    run = trained("xor")
    script = numpy_script(run, names_of(run), run.epoch)
    lines = step_lines(script, run.template)
    assert lit(script, lines["dC_dH"]).splitlines() == [
        "dZ_dH = Z * (1 - Z)  # eq. 8",
        "dC_dH = dC_dZ * dZ_dH",
    ]
    assert [len(ranges) for ranges in lines.values()] == [2] + [1] * 13


def test_a_loss_that_cancels_has_one_line_for_both_factors() -> None:
    run = trained("cross_entropy")
    script = numpy_script(run, names_of(run), run.epoch)
    lines = step_lines(script, run.template)
    assert lines["dC_dyhat"] == lines["dC_dO"]
    assert lit(script, lines["dC_dO"]).startswith("dC_dO = (y_hat - y) / len(X)")


def test_what_early_stopping_compares_is_no_part_of_the_update() -> None:
    run = trained("stopped")
    script = numpy_script(run, names_of(run), run.epoch)
    code = lit(script, step_lines(script, run.template)["update"])
    assert code.startswith("key = ")
    assert "C_val" not in code
