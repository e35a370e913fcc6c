"""Files of students: text in any notation, JSON, .npy and .npz."""

import json
import re
import sys
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeGuard

import numpy as np

from core.checking.submission.assembly import AssemblyError, Part
from core.checking.submission.entries import entries, parts_of
from core.checking.submission.kinds import COST_NAME, Quantity, is_cost, is_other, take_costs
from core.checking.submission.labels import ALL, name_of
from core.checking.submission.matrix_text import matrices
from core.checking.submission.numbers import NumberMatrix, read_numbers
from core.checking.submission.quantities import assemble_all, readable
from core.checking.submission.section import LIST, MatrixTextError
from core.gradients import Array
from core.network import Network
from core.table.safe_csv import BOM
from core.utils.archive import ArchiveError, open_zip, read_member
from core.utils.npy import MAGIC, NpyError, NpyObjectsError, read_npy
from core.utils.sentence import plural
from core.utils.strict_json import load_json

MAX_BYTES = 5_000_000
MAX_ARRAYS = 100
_PICKLE_MEMBER = "data.pkl"  # of a file that torch.save wrote
_AS_NUMPY = (
    "it holds Python objects, which are not opened here; write numbers instead: "
    "grads = [p.grad.numpy() for p in net.parameters()] and np.savez('grads.npz', *grads)"
)


class SubmissionError(ValueError):
    """Error in a submission: one sentence, with the file, the line and what to do."""


@dataclass(frozen=True, eq=False)
class Submission:
    """The gradients of a file, one a matrix of the network, each in its own layout or None.

    A separate bias vector is the last row of its matrix. `notes` say what was put together.
    `others` are the new weights, the steps and the cost that are there, too or alone.
    """

    matrices: tuple[NumberMatrix | None, ...]
    notes: tuple[str, ...] = ()
    others: tuple[Quantity, ...] = ()

    @property
    def dW1(self) -> Array | None:
        """The first matrix, if it is there."""
        return self._values(0)

    @property
    def dW2(self) -> Array | None:
        """The second matrix, if it is there."""
        return self._values(1)

    def _values(self, index: int) -> Array | None:
        numbers = self.matrices[index]
        return None if numbers is None else numbers.values


def submission_from_text(
    file: str, text: str, net: Network, samples: int | None = None
) -> Submission:
    """Return the gradients for `net` in the text of a file of that name.

    A bias vector with a number for each of so many samples is accepted as summed over a wrong axis.
    Raises SubmissionError, with one sentence: what is wrong, on which line, and what to do.
    """
    text = text.removeprefix(BOM)
    if not text.strip():
        raise SubmissionError(f"{file}: it is empty; write dW1 and dW2 into it.")
    return _submission(file, _parse(file, text, net), net, samples)


def read_submission(path: str | Path, net: Network, samples: int | None = None) -> Submission:
    """Return the gradients in a file: text in UTF-8 or UTF-16 with a byte order mark, .npy, .npz.

    Raises SubmissionError as `submission_from_text` does.
    """
    path = Path(path)
    try:
        _check_size(path.name, path.stat().st_size)
        data = path.read_bytes()
    except OSError as error:
        raise SubmissionError(
            f"{path.name}: it cannot be read ({error.strerror}); give a text file."
        ) from error
    return submission_from_bytes(path.name, data, net, samples)


def submission_from_bytes(
    file: str, data: bytes, net: Network, samples: int | None = None
) -> Submission:
    """Return the gradients in a file's bytes; errors as `submission_from_text`."""
    _check_size(file, len(data))
    if data.startswith(MAGIC):
        return _submission(file, [Part(None, _array(file, data))], net, samples)
    if data.startswith(b"PK\x03\x04"):
        return _submission(file, list(_arrays(file, data)), net, samples)
    if re.match(rb"\x80[\x02-\x05]", data):
        raise SubmissionError(f"{file}: {_AS_NUMPY}.")
    is_utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = data.decode("utf-16" if is_utf16 else "utf-8")
    except UnicodeDecodeError as error:
        raise SubmissionError(f"{file}: it is not UTF-8 text; save it as such.") from error
    return submission_from_text(file, text, net, samples)


def _check_size(file: str, size: int) -> None:
    if size > MAX_BYTES:
        raise SubmissionError(f"{file}: it is too large; keep only the gradients.")


def _submission(file: str, found: Iterable[Part], net: Network, samples: int | None) -> Submission:
    try:
        whole, others = assemble_all(list(found), net, name_of(Path(file).stem))
    except AssemblyError as error:
        raise SubmissionError(f"{file}: {error}.") from error
    if all(matrix is None for matrix in whole.matrices) and not others:
        last = f"dW{net.layers}"
        missing = "neither dW1 nor dW2 is" if last == "dW2" else f"none of dW1 to {last} is"
        raise SubmissionError(f"{file}: {missing} in it; write “dW1 =” before one.")
    notes = list(whole.notes)
    for layer, matrix in enumerate(whole.matrices, start=1):
        notes += _loose(file, layer, matrix, samples)
    return Submission(whole.matrices, tuple(notes), others)


def _loose(file: str, layer: int, matrix: NumberMatrix | None, samples: int | None) -> list[str]:
    """Return a note on a bias vector that fits no row; raise SubmissionError if it fits nothing."""
    if matrix is None or matrix.loose is None:
        return []
    count = plural(len(matrix.loose), "number")
    if len(matrix.loose) != samples:
        raise SubmissionError(
            f"{file}: db{layer} has {count} and fits neither rows nor columns of dW{layer}; give "
            "one for each unit."
        )
    return [f"db{layer} has {count}, one for each sample"]


# Text


def _parse(file: str, text: str, net: Network) -> list[Part]:
    if text.lstrip().startswith("{"):
        try:
            return _parse_json(file, text)
        except json.JSONDecodeError as error:
            if not re.search(r"'|array\(|tensor\(", text):  # nor a dictionary that Python printed
                raise SubmissionError(
                    f"{file}, line {error.lineno}: it is not JSON ({error.msg}); correct it."
                ) from error
    try:
        costs, rest = take_costs(text)
        single = entries(rest)
        found = parts_of(single, net) if single else []
        if not single and _has_numbers(rest, costs):
            found = [
                Part(matrix.name, read_numbers(matrix, by_person=is_other(matrix.name)))
                for matrix in matrices(rest, name_of)
                if matrix.rows or not _is_list(matrix.name)
            ]
    except MatrixTextError as error:
        raise SubmissionError(f"{file}, line {error.line}: {readable(str(error))}.") from error
    except AssemblyError as error:
        raise SubmissionError(f"{file}: {error}.") from error
    return [*(Part(COST_NAME, cost) for cost in costs), *found]


def _has_numbers(rest: str, costs: list[NumberMatrix]) -> bool:
    """Return whether matrices are looked for: beside a cost, words may stand alone."""
    return not costs or bool(re.search(r"\d", rest))


def _is_list(name: str | None) -> bool:
    """Return whether a label names a list, which may be empty."""
    return name is not None and (name == ALL or name.endswith(LIST))


def _parse_json(file: str, text: str) -> list[Part]:
    try:
        content = load_json(text, pairs=list)  # to detect repeated names
    except json.JSONDecodeError:
        raise
    except ValueError as error:
        raise SubmissionError(f"{file}: {error}; write rows of numbers.") from error
    found: list[Part] = []
    for label, value in content:
        name = name_of(label)
        if name is None and is_cost(label) and _is_number(value):
            found.append(Part(COST_NAME, _json_matrix(file, label, [[value]])))
        elif name is not None:
            values = value if _is_list_of_matrices(name, value) else [value]
            found += [Part(name, _json_matrix(file, label, each)) for each in values]
    return found


def _is_list_of_matrices(name: str, value: object) -> TypeGuard[list[object]]:
    """Return whether a value holds one matrix or vector after another; all may be one vector."""
    if not _is_list(name) or not isinstance(value, list):
        return False
    return name != ALL or any(isinstance(one, list) for one in value)


def _json_matrix(file: str, label: str, value: object) -> NumberMatrix:
    rows = value if isinstance(value, list) else [value]
    nested = [row if isinstance(row, list) else [row] for row in rows]
    flat = not any(isinstance(row, list) for row in rows)
    if not nested or any(not _is_number(cell) for row in nested for cell in row):
        raise SubmissionError(f"{file}: “{label}” is not a list of rows of numbers; make it one.")
    if len({len(row) for row in nested}) > 1:
        raise SubmissionError(
            f"{file}: the rows of “{label}” differ in length; make them equally long."
        )
    matrix = np.array(nested, dtype=np.float64)
    return NumberMatrix.of(matrix[:, 0] if flat else matrix)


def _is_number(cell: object) -> bool:
    if not isinstance(cell, int | float) or isinstance(cell, bool):
        return False
    return abs(cell) <= sys.float_info.max  # also false for NaN


# Arrays


def _arrays(file: str, data: bytes) -> Iterable[Part]:
    """Yield the arrays of an .npz archive."""
    try:
        with open_zip(data, MAX_ARRAYS) as archive:
            members = archive.infolist()
            if any(Path(member.filename).name == _PICKLE_MEMBER for member in members):
                raise SubmissionError(f"{file}: {_AS_NUMPY}.")
            for member in members:
                stem = Path(member.filename).stem
                name = name_of(stem)
                content = read_member(archive, member, MAX_BYTES)
                if content.startswith(MAGIC):
                    numbers = _array(f"{file}, {member.filename}", content)
                    cost = name is None and is_cost(stem) and numbers.values.size == 1
                    yield Part(COST_NAME if cost else name, numbers)
    except (ArchiveError, zipfile.BadZipFile) as error:
        raise SubmissionError(f"{file}: the archive {error}; save it again.") from error


def _array(file: str, data: bytes) -> NumberMatrix:
    """Return the array of a .npy file; nothing in it is executed."""
    try:
        array = read_npy(data)
    except NpyObjectsError as error:
        raise SubmissionError(f"{file}: {_AS_NUMPY}.") from error
    except NpyError as error:
        raise SubmissionError(f"{file}: {error}.") from error
    values = np.atleast_1d(array.astype(np.float64))
    if values.ndim > 2 or not np.isfinite(values).all():
        raise SubmissionError(
            f"{file}: it is not a matrix of finite numbers; save one array a matrix."
        )
    return NumberMatrix.of(values)
