"""What every script is made of: numbers with all digits, names in comments, data beside it."""

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap

import numpy as np
from numpy.typing import NDArray

from core.export.phases import Phase, Stretch
from core.network import Network
from core.training.run import Run
from core.utils.arguments import instance
from core.utils.sentence import plural

Array = NDArray[np.float64]

FEW_NUMBERS = 200  # that a script may hold and still be read; beyond, they lie in files beside it
FEW_EDITS = 12
WIDTH = 100  # of a line,
ROOM = 80  # and what numbers may take of it
SAVED = "trained.npz"


@dataclass(frozen=True)
class ScriptNames:
    """A title and the names of rows and columns, as somebody wrote them; rows with the bias.

    `note` is what else there is to say of the files: our own sentences.
    """

    title: str
    inputs: Sequence[str]  # rows of W1
    units: Sequence[str]  # rows of W2; without the bias, columns of W1
    outputs: Sequence[str]  # columns of W2
    note: str = ""


def stands_inside(run: Run) -> bool:
    """Whether the data is so small that it stands in the script itself."""
    net, validation = run.template, run.validation or ()
    arrays = (run.X, run.y, net.W1, net.W2, *validation)
    return int(sum(array.size for array in arrays)) <= FEW_NUMBERS


def matrices(run: Run, *, watched: bool) -> dict[str, Array]:
    """What a script begins with: the data, and the weights at epoch 0."""
    start = run.at(0)
    found = {"X": run.X, "y": run.y}
    if watched and run.validation:
        found |= dict(zip(("X_val", "y_val"), run.validation, strict=True))
    return {**found, "W1": start.W1, "W2": start.W2}


def data_files(run: Run) -> dict[str, str]:
    """The files that lie beside a script that cannot hold its data: CSV without a header.

    They are read back to the last bit; empty where the data stands inside.
    """
    if stands_inside(run):
        return {}
    watched = run.validation is not None
    return {f"{name}.csv": _csv(matrix) for name, matrix in matrices(run, watched=watched).items()}


def packed(files: Mapping[str, str]) -> bytes:
    """Files as a zip; the same files give the same bytes."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return written.getvalue()


def _csv(matrix: Array) -> str:
    return "".join(",".join(map(repr, row)) + "\n" for row in matrix.tolist())


def literal(matrix: Array) -> str:
    """A matrix as nested lists with all digits, as many rows on a line as it holds."""
    rows = [str(row) for row in matrix.tolist()]
    whole = f"[{', '.join(rows)}]"
    if len(whole) <= ROOM:
        return whole
    lines = [rows[0]]
    for row in rows[1:]:
        if len(lines[-1]) + len(row) + 2 <= ROOM:
            lines[-1] += f", {row}"
        else:
            lines.append(row)
    return "[\n" + ",\n".join(f"    {line}" for line in lines) + ",\n]"


def said(text: str) -> str:
    """Other people's text for a comment: one line, nothing that does not print."""
    line = " ".join(text.split())
    return "".join(sign for sign in line if sign.isprintable())


def listed(label: str, names: Iterable[str]) -> list[str]:
    """Names as a comment, over as many lines as they take."""
    lines, line = [], f"# {label}:"
    for name in names:
        word = said(name)[:WIDTH] or "(no name)"
        if len(line) + len(word) + 2 > WIDTH:
            lines.append(line)
            line = "#    "
        line += f" {word},"
    return [*lines, line.rstrip(",")]


def naming(names: ScriptNames) -> list[str]:
    """What the data is, what there is to say of it, and what rows and columns are called."""
    names = instance("names", names, ScriptNames)
    return [
        f"# {said(names.title)[:WIDTH]}",
        *wrap(said(names.note), WIDTH, initial_indent="# ", subsequent_indent="# "),
        *listed("Inputs, the rows of W1", names.inputs),
        *listed("Hidden units, the rows of W2", names.units),
        *listed("Outputs, the columns of W2", names.outputs),
    ]


def sizes(net: Network, N: int) -> str:
    """The sizes in a sentence."""
    (rows1, m), (rows2, K) = net.W1.shape, net.W2.shape
    return (
        f"N = {plural(N, 'sample')} of d = {plural(net.inputs, 'input')}, "
        f"m = {plural(m, 'hidden unit')}, K = {plural(K, 'output')}:\n"
        f"X ({N}, {net.inputs}), y ({N}, {K}), W1 ({rows1}, {m}), "
        f"W2 ({rows2}, {K}). X and y are as the network takes them: scaled, if at all."
    )


def weight_rows(matrix: str, *, bias: bool) -> str:
    """A matrix without its bias row."""
    return f"{matrix}[:-1]" if bias else matrix


def indented(lines: Iterable[str], depth: int = 1) -> list[str]:
    """Lines, further in."""
    return [" " * 4 * depth + line if line else line for line in lines]


def assigned(values: Mapping[str, float | int]) -> list[str]:
    """Each number under its symbol."""
    return [f"{name} = {value!r}" for name, value in values.items()]


def looped(stretch: Stretch, body: Sequence[str], before: Sequence[str] = ()) -> list[str]:
    """The loop over the epochs of a stretch; `before` is done wherever numbers have changed."""
    first = stretch.first
    if len(stretch.phases) == 1:
        start = f"{first.start}, " if first.start else ""
        head = f"for e in range({start}{_stop(first)}):"
        return [*before, head, *indented(body)]
    symbols = ", ".join(("start", "stop", *stretch.varying))
    rows = [_row(phase, stretch.varying) for phase in stretch.phases]
    return [
        f"for {symbols} in [  # what changed, from epoch to epoch",
        *indented(rows),
        "]:",
        *indented(before),
        "    for e in range(start, min(stop, epoch)):",
        *indented(body, 2),
    ]


def _stop(phase: Phase) -> str:
    return "epoch" if phase.stop is None else f"min({phase.stop}, epoch)"


def _row(phase: Phase, varying: Sequence[str]) -> str:
    stop = "epoch" if phase.stop is None else str(phase.stop)
    numbers = [repr(phase.numbers[name]) for name in varying]
    return f"({', '.join((str(phase.start), stop, *numbers))}),"


def start_of(stretch: Stretch) -> str:
    """The epoch at which the settings in force began, in the loop."""
    return str(stretch.first.start) if len(stretch.phases) == 1 else "start"


def edited(phase: Phase, array: str) -> list[str]:
    """The weights that were put in by hand, one by one where they are few; `array` makes arrays."""
    edits = phase.edits
    if len(edits) <= FEW_EDITS:
        return [f"W{e.layer}[{e.row}, {e.column}] = {e.value!r}" for e in edits]
    lines = []
    for layer in (1, 2):
        here = [edit for edit in edits if edit.layer == layer]
        values = [edit.value for edit in here]
        if here:
            left = wrapped(f"W{layer}[{places((e.row, e.column) for e in here)}]")
            right = wrapped(f"{array}({values})")
            lines += [*left[:-1], f"{left[-1]} = {right[0]}", *right[1:]]
    return lines


def wrapped(expression: str) -> list[str]:
    """An expression over several lines; it must be such that it can break at any blank."""
    return wrap(expression, ROOM, subsequent_indent="    ", break_on_hyphens=False)


def frozen_places(phase: Phase, layer: int) -> str:
    """The places of a matrix that are frozen, as its index; "" for none."""
    return places((row, column) for l, row, column in sorted(phase.settings.frozen) if l == layer)


def places(pairs: Iterable[tuple[int, int]]) -> str:
    """Places of a matrix as its index: all rows, then all columns; "" for none."""
    found = list(pairs)
    return f"{[row for row, _ in found]}, {[column for _, column in found]}" if found else ""
