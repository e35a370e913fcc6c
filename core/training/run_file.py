"""Run files: a zip of JSON and arrays, from which a run continues exactly.

    data = write_run(run, about={"title": "XOR"}, table=csv)
    saved = read_run(data)          # saved.run, saved.about, saved.table; raises RunFileError

    run.json                        version, network, settings, branches, and the app's notes
    X.npy y.npy X_val.npy y_val.npy the data, (N, d) and (N, K)
    losses.npy val_losses.npy       C of every epoch
    head.npy rows.npy               the weights and optimiser state: of the latest epoch; and of
                                    epochs 0, stride, 2 stride, …
    start0.npy start1.npy …         the same at the start of the run and of its branches
    table                           the file that the data was read from, if it was uploaded

On the same installation a loaded run continues to the last bit; elsewhere to 1e-12 of each step,
since another processor may add in another order. Nothing in a file is executed or unpickled, and
sizes are checked before memory is allocated.
"""

import io
import json
import math
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.network import MAX_HIDDEN, Network
from core.training.history import HistorySnapshot, Segment
from core.training.run import Run
from core.training.settings import Settings
from core.utils.archive import ArchiveError, open_zip, read_member
from core.utils.arguments import json_integer
from core.utils.strict_json import load_json

Array = NDArray[np.float64]
Header = dict[str, Any]

VERSION = 2
UPGRADES: dict[int, Callable[[Header], Header]] = {  # from that version's header to the next's
    1: lambda header: header,  # always two matrices, which are written as before
}
MAX_BYTES = 1 << 30  # of a file, unpacked
FREE_BYTES = 20 << 20  # unpacked, allowed for a file of any size
MAX_HEADER = 3 << 19
MAX_SEGMENTS = 4000
MAX_UNITS = 100_000  # of a layer
ROWS_BYTES = 8 << 20  # of checkpoints
HEADER, TABLE = "run.json", "table"
# NumPy's header of a float64 vector or matrix; no other array is read.
_NPY = re.compile(
    rb"\x93NUMPY\x01\x00..\{'descr': '<f8', 'fortran_order': False, "
    rb"'shape': \((\d{1,19}),(?: (\d{1,19}))?\), \} *\n",
    re.DOTALL,
)
REQUIRED = ("X", "y", "losses", "head", "rows")


class RunFileError(ValueError):
    """A file that cannot be loaded as a run; the message is one sentence with what to do."""


@dataclass(frozen=True, eq=False)
class SavedRun:
    """Contents of a run file: the run, the app's notes about it, and the uploaded table."""

    run: Run
    about: dict[str, Any]
    table: bytes | None = None


def write_run(run: Run, about: dict[str, Any] | None = None, table: bytes | None = None) -> bytes:
    """Return a run file's bytes; `about` is any JSON object, `table` the uploaded table."""
    snapshot, net = run.snapshot(ROWS_BYTES), run.template
    header = {
        "version": VERSION,
        "bias_input": net.bias_input,
        "bias_hidden": net.bias_hidden,
        "hidden": net.hidden,
        "output": net.output,
        "stride": snapshot.stride,
        "diverged": snapshot.diverged,
        "segments": [
            {
                "start": segment.start,
                "settings": segment.settings.fields,
                "edited": segment.edited,
            }
            for segment in snapshot.segments
        ],
        "shapes": [list(shape) for shape in net.shapes],
        "about": about or {},
    }
    arrays: dict[str, Array] = {"X": run.X, "y": run.y}
    if run.validation is not None:
        arrays |= dict(zip(("X_val", "y_val"), run.validation, strict=True))
        arrays["val_losses"] = snapshot.val_losses
    arrays |= {"losses": snapshot.losses, "head": snapshot.head, "rows": snapshot.rows}
    arrays |= {f"start{i}": segment.state_vector for i, segment in enumerate(snapshot.segments)}
    text = json.dumps(header, indent=1).encode()
    packed = _zip(text, arrays, table, zipfile.ZIP_DEFLATED)
    size = len(text) + sum(array.nbytes for array in arrays.values()) + len(table or b"")
    if size > _max_unpacked_bytes(len(packed)):  # it would look like a zip bomb
        return _zip(text, arrays, table, zipfile.ZIP_STORED)
    return packed


def _zip(header: bytes, arrays: dict[str, Array], table: bytes | None, method: int) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method, compresslevel=1) as archive:
        archive.writestr(HEADER, header)
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)
        if table is not None:
            archive.writestr(TABLE, table)
    return packed.getvalue()


def read_run(data: bytes) -> SavedRun:
    """Return the contents of a run file.

    Raises RunFileError, whose message is one sentence, for anything else.
    """
    try:
        with open_zip(data, MAX_SEGMENTS + 100) as archive:
            _check_size(archive, len(data))
            return _read(archive)
    except RunFileError:
        raise
    except ArchiveError as error:
        raise RunFileError(f"This is not a run file, or it {error}. Save the run again.") from error
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise RunFileError(f"This run cannot be loaded: {error}. Save it again.") from error


def _read(archive: zipfile.ZipFile) -> SavedRun:
    header = _header(archive)
    segments = header["segments"]
    names = [*REQUIRED, *(f"start{i}" for i in range(len(segments)))]
    arrays = {name: _array(archive, name) for name in names}
    validated = "X_val.npy" in archive.namelist()
    if validated:
        arrays |= {name: _array(archive, name) for name in ("X_val", "y_val", "val_losses")}
    snapshot = HistorySnapshot(
        segments=tuple(
            Segment(
                json_integer("start", part["start"]),
                Settings.of(part["settings"]),
                arrays[f"start{i}"],
                part["edited"] is True,
            )
            for i, part in enumerate(segments)
        ),
        losses=_vector(arrays["losses"]),
        val_losses=_vector(arrays["val_losses"]) if validated else np.empty(0),
        head=_vector(arrays["head"]),
        rows=arrays["rows"],
        stride=json_integer("stride", header["stride"]),
        diverged=header["diverged"] is True,
    )
    if validated and len(snapshot.val_losses) != len(snapshot.losses):
        raise ValueError("its two loss curves have different lengths")
    net = _network(header, arrays["start0"])
    X_val, y_val = arrays.get("X_val"), arrays.get("y_val")
    run = Run.from_snapshot(net, arrays["X"], arrays["y"], snapshot, X_val, y_val)
    table = read_member(archive, TABLE, MAX_BYTES) if TABLE in archive.namelist() else None
    return SavedRun(run, dict(header["about"]), table)


def _check_size(archive: zipfile.ZipFile, packed: int) -> None:
    if sum(info.file_size for info in archive.infolist()) > _max_unpacked_bytes(packed):
        raise RunFileError("This file unpacks to more than a run of its size. Save the run again.")


def _max_unpacked_bytes(packed: int) -> int:
    """Return how many bytes a file may unpack to; more would be a zip bomb."""
    return min(MAX_BYTES, FREE_BYTES + 3 * packed)


def _header(archive: zipfile.ZipFile) -> Header:
    """Return the JSON header, upgraded to the current version."""
    header: Header = load_json(read_member(archive, HEADER, MAX_HEADER))
    if not isinstance(header, dict):
        raise ValueError(f"{HEADER} is not an object")
    version = json_integer("version", header["version"])
    if version > VERSION:
        raise RunFileError(
            f"This run was saved by a later version ({version}; this one reads {VERSION}): "
            "load it there."
        )
    while version < VERSION:
        header = UPGRADES[version](header)
        version += 1
    if not 1 <= len(header["segments"]) <= MAX_SEGMENTS:
        raise ValueError(f"it has {len(header['segments'])} branches")
    return header


def _array(archive: zipfile.ZipFile, name: str) -> Array:
    """Return a finite float64 array; its shape must match the number of bytes."""
    data = read_member(archive, f"{name}.npy", MAX_BYTES)
    found = _NPY.match(data)
    if found is None:
        raise ValueError(f"{name} is not an array of numbers")
    shape = tuple(int(length) for length in found.groups() if length is not None)
    if min(shape) < 1 or 8 * math.prod(shape) != len(data) - found.end():
        raise ValueError(f"{name} has another length than it declares")
    array = np.frombuffer(data, np.float64, offset=found.end()).reshape(shape)
    if not np.isfinite(array).all():
        raise ValueError(f"{name} contains a number that is not finite")
    return array


def _vector(array: Array) -> Array:
    if array.ndim != 1:
        raise ValueError("a curve or a state vector is a matrix")
    return array


def _network(header: Header, state_vector: Array) -> Network:
    """Return the network at epoch 0, whose weights its state vector begins with."""
    shapes = [
        tuple(json_integer("a shape", length) for length in shape) for shape in header["shapes"]
    ]
    if not 2 <= len(shapes) <= MAX_HIDDEN + 1:
        raise ValueError(f"it has {len(shapes)} weight matrices")
    if any(length > MAX_UNITS for shape in shapes for length in shape):
        raise ValueError(f"a layer has more than {MAX_UNITS:,} units")
    ends = np.cumsum([math.prod(shape) for shape in shapes])
    flat = np.split(_vector(state_vector)[: ends[-1]], ends[:-1])
    matrices = (part.reshape(shape) for part, shape in zip(flat, shapes, strict=True))
    flags = {name: header[name] for name in ("bias_input", "bias_hidden")}
    if not all(isinstance(flag, bool) for flag in flags.values()):
        raise ValueError("a bias flag is neither true nor false")
    W1, W2, *more = matrices
    return Network(
        W1, W2, *more, **flags, hidden=str(header["hidden"]), output=str(header["output"])
    )
