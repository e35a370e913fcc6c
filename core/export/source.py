"""Source code that is exported: what templates make of values, names of rows, and data files.

In a template every value passes the filter `code` (or `comment`, in a comment), so that no title
and no name of a column can become code.
"""

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from textwrap import fill

import numpy as np
from numpy.typing import NDArray

from core.network import Network
from core.training.run import Run
from core.utils.sentence import excerpt
from core.utils.templates import Templates

Array = NDArray[np.float64]

MAX_INLINE_NUMBERS = 200  # in a script; more are in files beside it
WIDTH = 100  # of a line, and of a name
MAX_LETTERS = 1000  # of a text in a comment
LIST_WIDTH = 80  # of a line of numbers
RESULT_FILE = "trained.npz"


class Source(str):
    """A piece of source code that this package wrote: `code` leaves it as it is."""

    __slots__ = ()


def code(value: object) -> str:
    """Return the expression of a text, a number with all digits, a list of them, or an array.

    Raises ValueError for a number that is not finite and for other values.
    """
    if isinstance(value, Source):
        return value
    if isinstance(value, str):
        quoted = repr(value)
        return quoted if '"' in quoted else f'"{quoted[1:-1]}"'
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, list):
        return _list(value)
    if isinstance(value, int) or (isinstance(value, float) and isfinite(value)):
        return repr(value)
    raise ValueError(f"{value!r} has no literal")


def _list(values: Sequence[object]) -> str:
    """Return a list, with as many items a line as fit if one line is not enough."""
    items = [f"[{', '.join(map(code, v))}]" if isinstance(v, list) else code(v) for v in values]
    whole = f"[{', '.join(items)}]"
    if len(whole) <= LIST_WIDTH:
        return whole
    lines = [items[0]]
    for item in items[1:]:
        if len(lines[-1]) + len(item) + 2 <= LIST_WIDTH:
            lines[-1] += f", {item}"
        else:
            lines.append(item)
    return "[\n" + ",\n".join(f"    {line}" for line in lines) + ",\n]"


def comment(value: str | Sequence[str]) -> str:
    """Return a text, or names, for a comment: printable, on one line, not too long."""
    if not isinstance(value, str):
        return ", ".join(excerpt(comment(name), WIDTH) or "(no name)" for name in value)
    line = "".join(letter for letter in " ".join(value.split()) if letter.isprintable())
    return excerpt(line, MAX_LETTERS)


def wrap(comments: str) -> str:
    """Return lines of comments, each on as many lines as needed."""
    return "\n".join(
        fill(line, WIDTH, subsequent_indent="#    ", break_on_hyphens=False)
        for line in comments.split("\n")
    )


TEMPLATES = Templates(Path(__file__).parent / "templates", code=code, comment=comment, wrap=wrap)


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
    return found | weights_by_name(start)


def weights_by_name(net: Network) -> dict[str, Array]:
    """Return the matrices as W1, W2 and so on."""
    return {f"W{layer}": W for layer, W in enumerate(net.weights, start=1)}


def data_files(run: Run) -> dict[str, str]:
    """Return the CSV files (without header) that a script reads; empty if its data is inline.

    Numbers are read back to the last bit.
    """
    if has_inline_data(run):
        return {}
    needed = matrices(run, early_stopping=True)
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
