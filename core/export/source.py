"""Source code that scripts share: numbers with all digits, comments with names, data files."""

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap

import numpy as np
from numpy.typing import NDArray

from core.export.phases import Phase, PhaseGroup
from core.network import Network
from core.training.run import Run
from core.utils.arguments import instance
from core.utils.sentence import plural

Array = NDArray[np.float64]

MAX_INLINE_NUMBERS = 200  # in a script; more are in files beside it
MAX_SINGLE_EDITS = 12  # edited weights with one line each
WIDTH = 100  # of a line
NUMBERS_WIDTH = 80  # of a line of numbers
RESULT_FILE = "trained.npz"


@dataclass(frozen=True)
class ScriptNames:
    """The user's title and names of rows and columns; rows include the bias.

    `note`: sentences about the files, written by the app.
    """

    title: str
    inputs: Sequence[str]  # rows of W1
    units: Sequence[str]  # rows of W2; without the bias, columns of W1
    outputs: Sequence[str]  # columns of the last matrix
    note: str = ""
    deeper: Sequence[Sequence[str]] = ()  # rows of W3 and of each later matrix


def has_inline_data(run: Run) -> bool:
    """Return whether the data is small enough to be part of the script."""
    net, validation = run.template, run.validation or ()
    arrays = (run.X, run.y, *net.weights, *validation)
    return int(sum(array.size for array in arrays)) <= MAX_INLINE_NUMBERS


def matrices(run: Run, *, early_stopping: bool) -> dict[str, Array]:
    """Return what a script starts from: the data, and the weights at epoch 0."""
    start = run.at(0)
    found = {"X": run.X, "y": run.y}
    if early_stopping and run.validation:
        found |= dict(zip(("X_val", "y_val"), run.validation, strict=True))
    return found | dict(zip(matrix_names(start), start.weights, strict=True))


def matrix_names(net: Network) -> list[str]:
    """Return W1, W2 and so on."""
    return [f"W{layer}" for layer in range(1, net.layers + 1)]


def data_files(run: Run) -> dict[str, str]:
    """Return the CSV files (without header) that a script reads; empty if its data is inline.

    Numbers are read back to the last bit.
    """
    if has_inline_data(run):
        return {}
    early_stopping = run.validation is not None
    needed = matrices(run, early_stopping=early_stopping)
    return {f"{name}.csv": _csv(matrix) for name, matrix in needed.items()}


def zip_files(files: Mapping[str, str]) -> bytes:
    """Return a zip of files; the same files give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _csv(matrix: Array) -> str:
    return "".join(",".join(map(repr, row)) + "\n" for row in matrix.tolist())


def literal(matrix: Array) -> str:
    """Return a matrix as nested lists with all digits, as many rows a line as fit."""
    rows = [str(row) for row in matrix.tolist()]
    whole = f"[{', '.join(rows)}]"
    if len(whole) <= NUMBERS_WIDTH:
        return whole
    lines = [rows[0]]
    for row in rows[1:]:
        if len(lines[-1]) + len(row) + 2 <= NUMBERS_WIDTH:
            lines[-1] += f", {row}"
        else:
            lines.append(row)
    return "[\n" + ",\n".join(f"    {line}" for line in lines) + ",\n]"


def comment_text(text: str) -> str:
    """Return user-supplied text for a comment: one line of printable characters."""
    line = " ".join(text.split())
    return "".join(character for character in line if character.isprintable())


def name_list_lines(label: str, names: Iterable[str]) -> list[str]:
    """Return names as a comment, on as many lines as needed."""
    lines, line = [], f"# {label}:"
    for name in names:
        word = comment_text(name)[:WIDTH] or "(no name)"
        if len(line) + len(word) + 2 > WIDTH:
            lines.append(line)
            line = "#    "
        line += f" {word},"
    return [*lines, line.rstrip(",")]


def header_lines(names: ScriptNames) -> list[str]:
    """Return comments with the title, the note and the names of rows and columns."""
    names = instance("names", names, ScriptNames)
    return [
        f"# {comment_text(names.title)[:WIDTH]}",
        *wrap(comment_text(names.note), WIDTH, initial_indent="# ", subsequent_indent="# "),
        *name_list_lines("Inputs, the rows of W1", names.inputs),
        *(
            line
            for layer, units in enumerate((names.units, *names.deeper), start=2)
            for line in name_list_lines(f"Hidden units, the rows of W{layer}", units)
        ),
        *name_list_lines(f"Outputs, the columns of W{2 + len(names.deeper)}", names.outputs),
    ]


def sizes_text(net: Network, N: int) -> str:
    """Return the sizes as a sentence."""
    *hidden, K = (columns for _, columns in net.shapes)
    units = f"m = {plural(hidden[0], 'hidden unit')}"
    if len(hidden) > 1:
        units = f"{' + '.join(map(str, hidden))} hidden units in {len(hidden)} layers"
    sizes = (f"{name} {shape}" for name, shape in zip(matrix_names(net), net.shapes, strict=True))
    return (
        f"N = {plural(N, 'sample')} of d = {plural(net.inputs, 'input')}, "
        f"{units}, K = {plural(K, 'output')}:\n"
        f"X ({N}, {net.inputs}), y ({N}, {K}), {', '.join(sizes)}. "
        "X and y are as fed to the network, after any scaling."
    )


def without_bias_row(matrix: str, *, bias: bool) -> str:
    """Return the expression of a matrix without its bias row."""
    return f"{matrix}[:-1]" if bias else matrix


def indent(lines: Iterable[str], depth: int = 1) -> list[str]:
    """Indent lines by `depth` levels."""
    return [" " * 4 * depth + line if line else line for line in lines]


def assignment_lines(values: Mapping[str, float | int]) -> list[str]:
    """Return an assignment for each number."""
    return [f"{name} = {value!r}" for name, value in values.items()]


def loop_lines(group: PhaseGroup, body: Sequence[str], before: Sequence[str] = ()) -> list[str]:
    """Return the loop over a group's epochs; `before` runs whenever numbers have changed."""
    first = group.first
    if len(group.phases) == 1:
        start = f"{first.start}, " if first.start else ""
        head = f"for e in range({start}{_stop_expression(first)}):"
        return [*before, head, *indent(body)]
    symbols = ", ".join(("start", "stop", *group.varying))
    rows = [_phase_row(phase, group.varying) for phase in group.phases]
    return [
        f"for {symbols} in [  # settings that change, by epoch",
        *indent(rows),
        "]:",
        *indent(before),
        "    for e in range(start, min(stop, epoch)):",
        *indent(body, 2),
    ]


def _stop_expression(phase: Phase) -> str:
    return "epoch" if phase.stop is None else f"min({phase.stop}, epoch)"


def _phase_row(phase: Phase, varying: Sequence[str]) -> str:
    stop = "epoch" if phase.stop is None else str(phase.stop)
    numbers = [repr(phase.numbers[name]) for name in varying]
    return f"({', '.join((str(phase.start), stop, *numbers))}),"


def start_expression(group: PhaseGroup) -> str:
    """Return the expression, in the loop, of the phase's first epoch."""
    return str(group.first.start) if len(group.phases) == 1 else "start"


def order_lines(phase: Phase) -> list[str]:
    """Return the lines that set `order`, in which an epoch's batches take the samples."""
    if not phase.settings.shuffle:
        return ["order = np.arange(len(X))"]
    return [
        "key = np.array([seed, e], np.uint64)  # a separate random stream for each epoch",
        "order = np.random.Generator(np.random.Philox(key=key)).permutation(len(X))",
    ]


def edit_lines(phase: Phase, array: str) -> list[str]:
    """Return assignments of the edited weights, one each if few; else with `array`, a function."""
    edits = phase.edits
    if len(edits) <= MAX_SINGLE_EDITS:
        return [f"W{e.layer}[{e.row}, {e.column}] = {e.value!r}" for e in edits]
    lines = []
    for layer in sorted({edit.layer for edit in edits}):
        here = [edit for edit in edits if edit.layer == layer]
        values = [edit.value for edit in here]
        if here:
            left = wrap_lines(f"W{layer}[{index_expression((e.row, e.column) for e in here)}]")
            right = wrap_lines(f"{array}({values})")
            lines += [*left[:-1], f"{left[-1]} = {right[0]}", *right[1:]]
    return lines


def wrap_lines(expression: str) -> list[str]:
    """Break an expression into lines; a break at any blank must be valid."""
    return wrap(expression, NUMBERS_WIDTH, subsequent_indent="    ", break_on_hyphens=False)


def frozen_index(phase: Phase, layer: int) -> str:
    """Return the index expression of a matrix's frozen weights; "" for none."""
    frozen = sorted(phase.settings.frozen)
    return index_expression((row, column) for l, row, column in frozen if l == layer)


def index_expression(pairs: Iterable[tuple[int, int]]) -> str:
    """Return (row, column) pairs as an index: all rows, then all columns; "" for none."""
    found = list(pairs)
    return f"{[row for row, _ in found]}, {[column for _, column in found]}" if found else ""
