"""The exported NumPy script of the run, and its lines at each stop."""

from dataclasses import dataclass

from core.export import ScriptNames, numpy_script, step_lines
from core.training.run import Run
from core.utils.latest import latest
from pages.ui.chain_rule.notation import Selection
from pages.ui.state.names import Names


@dataclass(frozen=True)
class Script:
    """The lines of a script, and the ranges of each stop's lines, from 1."""

    lines: tuple[str, ...]
    ranges: dict[str, list[tuple[int, int]]]


def script_of(selection: Selection) -> Script:
    """Return the script that trains the run up to the epoch; stores the latest."""
    return latest(selection.run, (selection.epoch, script_names(selection)), _script)


def script_names(selection: Selection, *, with_loss: bool = True) -> ScriptNames:
    """Return the names for the exports, with notes if the pages show another layout or loss.

    `with_loss`: the file contains the loss that is minimised, so that a note on it is needed.
    """
    names = Names.of(selection.experiment)
    inputs, units, *deeper = (tuple(rows) for rows, _ in names.layers)
    return ScriptNames(
        selection.experiment.source.title,
        inputs,
        units,
        tuple(names.outputs),
        selection.notes if with_loss else selection.layout_note,
        tuple(deeper),
    )


def _script(run: Run, epoch: int, names: ScriptNames) -> Script:
    text = numpy_script(run, names, epoch)
    return Script(tuple(text.split("\n")), step_lines(text, run.template))
