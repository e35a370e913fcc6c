"""Run files: a zip of JSON and arrays, from which a run continues exactly.

    data = write_run(run, about={"title": "XOR"}, table=csv)
    saved = read_run(data)          # saved.run, saved.about, saved.table; raises RunFileError

    data = write_run(run, about, with_data=False)   # for who has the data otherwise:
    saved = read_run(data, samples)                 # samples(about) returns X and y

    run.json                        version, network, settings, branches, and the app's notes
    X.npy y.npy X_val.npy y_val.npy the data, (N, d) and (N, K)
    losses.npy val_losses.npy       C of every epoch
    head.npy rows.npy               the weights and optimiser state: of the latest epoch; and of
                                    epochs 0, stride, 2 stride, …
    start0.npy start1.npy …         the same at the start of the run and of its branches
    table                           the file that the data was read from, if it was uploaded
    runs/1.zip runs/2.zip …         further runs, each a run file that is not compressed, without
                                    the data or the table if they equal those above

On the same installation a loaded run continues to the last bit; elsewhere to 1e-12 of each step,
since another processor may add in another order. Nothing in a file is executed or unpickled, and
sizes are checked before memory is allocated.
"""

import io
import json
import math
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.network import MAX_HIDDEN, Network
from core.training.history import HistorySnapshot, Segment
from core.training.run import Run
from core.training.settings import Settings
from core.utils.archive import ArchiveError, open_zip, read_member
from core.utils.arguments import integer, json_integer, non_negative
from core.utils.strict_json import load_json

Array = NDArray[np.float64]
Header = dict[str, Any]
# From the app's notes about a run: X and y, and those for validation if there are any.
Samples = Callable[[dict[str, Any]], tuple[Array, ...]]

VERSION = 2
UPGRADES: dict[int, Callable[[Header], Header]] = {  # from that version's header to the next's
    1: lambda header: header,  # always two matrices, which are written as before
}
MAX_BYTES = 1 << 30  # of a file, unpacked
FREE_BYTES = 20 << 20  # unpacked, allowed for a file of any size
MAX_HEADER = 3 << 19
MAX_SEGMENTS = 4000
MAX_UNITS = 100_000  # of a layer
MAX_RUNS = 100  # further ones in a file
ROWS_BYTES = 8 << 20  # of checkpoints
HEADER, TABLE, DATA = "run.json", "table", "data"
# NumPy's header of a float64 vector or matrix; no other array is read.
_NPY = re.compile(
    rb"\x93NUMPY\x01\x00..\{'descr': '<f8', 'fortran_order': False, "
    rb"'shape': \((\d{1,19}),(?: (\d{1,19}))?\), \} *\n",
    re.DOTALL,
)
_RUN = re.compile(r"runs/([1-9]\d{0,5})\.zip", re.ASCII)
DATA_NAMES = ("X", "y", "X_val", "y_val")
REQUIRED = ("losses", "head", "rows")


class RunFileError(ValueError):
    """A file that cannot be loaded as a run; the message is one sentence with what to do."""


@dataclass(frozen=True, eq=False)
class SavedRun:
    """Contents of a run file: the run, the app's notes about it, the uploaded table, more runs."""

    run: Run
    about: dict[str, Any]
    table: bytes | None = None
    runs: tuple["SavedRun", ...] = ()

    @property
    def data(self) -> tuple[Array, ...]:
        """X and y, and those for validation if there are any."""
        return self.run.X, self.run.y, *(self.run.validation or ())

    def parts_of(self, other: "SavedRun") -> list[str]:
        """Return which of data and table are the other's."""
        same = len(self.data) == len(other.data) and all(map(_same, self.data, other.data))
        return [DATA] * same + [TABLE] * (self.table is not None and self.table == other.table)


def write_run(
    run: Run,
    about: dict[str, Any] | None = None,
    table: bytes | None = None,
    runs: Sequence[SavedRun] = (),
    *,
    with_data: bool = True,
) -> bytes:
    """Return a run file's bytes.

    `about` is any JSON object, `table` the uploaded table, `runs` are further ones. Without the
    data it is not compressed either: that takes ten times as long, for numbers that hardly shrink.
    Raises ValueError for more than MAX_RUNS further runs, and without the data for notes that are
    too long to be read.
    """
    integer("the number of further runs", len(runs), 0, MAX_RUNS)
    saved = SavedRun(run, about or {}, table)
    members = _members(saved, with_data=with_data) | {
        _run_name(number): _zip(_members(each, saved, with_data=with_data), zipfile.ZIP_STORED)
        for number, each in enumerate(runs, start=1)
    }
    if not with_data:
        return _zip(members, zipfile.ZIP_STORED)
    packed = _zip(members, zipfile.ZIP_DEFLATED)
    size = sum(len(each) if isinstance(each, bytes) else each.nbytes for each in members.values())
    if size > _max_unpacked_bytes(len(packed)):
        return _zip(members, zipfile.ZIP_STORED)  # it would look like a zip bomb
    return packed


def _same(one: Array, other: Array) -> bool:
    return one is other or np.array_equal(one, other)


def _run_name(number: int) -> str:
    return f"runs/{number}.zip"


def _members(
    saved: SavedRun, outer: SavedRun | None = None, *, with_data: bool
) -> dict[str, bytes | Array]:
    """Return the files of a run's archive by name, without what the outer one's has."""
    run, shared = saved.run, saved.parts_of(outer) if outer else []
    snapshot, net = run.snapshot(ROWS_BYTES), run.template
    header = {
        "version": VERSION,
        "bias_input": net.bias_input,
        "bias_hidden": net.bias_hidden,
        "hidden": net.hidden,
        "output": net.output,
        "stride": snapshot.stride,
        "diverged": snapshot.diverged,
        "seconds": snapshot.seconds,
        "shared": shared,
        "segments": [
            {
                "start": segment.start,
                "settings": segment.settings.fields,
                "edited": segment.edited,
            }
            for segment in snapshot.segments
        ],
        "shapes": [list(shape) for shape in net.shapes],
        "about": saved.about,
    }
    has_data = with_data and DATA not in shared
    arrays = dict(zip(DATA_NAMES, saved.data, strict=False)) if has_data else {}
    if run.validation is not None:
        arrays["val_losses"] = snapshot.val_losses
    arrays |= {"losses": snapshot.losses, "head": snapshot.head, "rows": snapshot.rows}
    arrays |= {f"start{i}": segment.state_vector for i, segment in enumerate(snapshot.segments)}
    members: dict[str, bytes | Array] = {HEADER: json.dumps(header, indent=1).encode()}
    if not with_data and len(members[HEADER]) > MAX_HEADER:
        raise ValueError("its notes are too long")
    members |= {f"{name}.npy": array for name, array in arrays.items()}
    if saved.table is not None and TABLE not in shared:
        members[TABLE] = saved.table
    return members


def _zip(members: dict[str, bytes | Array], method: int) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method, compresslevel=1) as archive:
        for name, content in members.items():
            # Without a date what is not compressed has the same bytes each time.
            entry = zipfile.ZipInfo(name) if method == zipfile.ZIP_STORED else name
            if isinstance(content, bytes):
                archive.writestr(entry, content)
                continue
            with archive.open(entry, "w", force_zip64=True) as member:
                np.lib.format.write_array(member, content, allow_pickle=False)
    return packed.getvalue()


def read_run(data: bytes, samples: Samples | None = None) -> SavedRun:
    """Return the contents of a run file; `samples` for one that was written without the data.

    Raises RunFileError, whose message is one sentence, for anything else.
    """
    try:
        with open_zip(data) as archive:
            _check_size(archive, _max_unpacked_bytes(len(data)))
            found = _read(archive, samples)
            return replace(found, runs=tuple(_further_runs(archive, samples, found)))
    except RunFileError:
        raise
    except ArchiveError as error:
        raise RunFileError(f"This is not a run file, or it {error}. Save the run again.") from error
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise RunFileError(f"This run cannot be loaded: {error}. Save it again.") from error


def _further_runs(
    archive: zipfile.ZipFile, samples: Samples | None, outer: SavedRun
) -> Iterator[SavedRun]:
    """Yield the runs in the archive besides the outer one, compact in memory."""
    numbers = {int(match[1]) for name in archive.namelist() if (match := _RUN.fullmatch(name))}
    if len(numbers) > MAX_RUNS:
        raise RunFileError(f"This file holds more than {MAX_RUNS} further runs: save fewer.")
    for number in sorted(numbers):  # a gap does not matter
        data = read_member(archive, _run_name(number), MAX_BYTES)
        try:
            with open_zip(data) as inner:
                _check_size(inner, len(data))
                found = _read(inner, samples, outer)
        except ArchiveError as error:
            raise ArchiveError(f"holds a run {number} that {error}") from error
        found.run.compact(ROWS_BYTES)
        yield found


def _read(
    archive: zipfile.ZipFile, samples: Samples | None, outer: SavedRun | None = None
) -> SavedRun:
    header = _header(archive)
    segments, shared, about = header["segments"], header.get("shared", []), dict(header["about"])
    if shared and outer is None:
        raise RunFileError(
            "This run's data is in the file that the run was taken from: load that file."
        )
    names = [*REQUIRED, *(f"start{i}" for i in range(len(segments)))]
    arrays = {name: _array(archive, name) for name in names}
    if outer is not None and DATA in shared:
        data = outer.data
    else:
        data = samples(about) if samples else _data(archive)
    validated = len(data) > 2
    if validated:
        arrays["val_losses"] = _array(archive, "val_losses")
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
        seconds=_seconds(header.get("seconds")),
    )
    if validated and len(snapshot.val_losses) != len(snapshot.losses):
        raise ValueError("its two loss curves have different lengths")
    net = _network(header, arrays["start0"])
    X, y, *validation = data
    run = Run.from_snapshot(net, X, y, snapshot, *validation)
    table = read_member(archive, TABLE, MAX_BYTES) if TABLE in archive.namelist() else None
    if outer and TABLE in shared:
        table = outer.table
    return SavedRun(run, about, table)


def _data(archive: zipfile.ZipFile) -> tuple[Array, ...]:
    """Return X and y, and those for validation if there are any."""
    names = DATA_NAMES if "X_val.npy" in archive.namelist() else DATA_NAMES[:2]
    return tuple(_array(archive, name) for name in names)


def _seconds(value: object) -> float | None:
    return None if value is None else non_negative("seconds", value)


def _check_size(archive: zipfile.ZipFile, most: int) -> None:
    if sum(info.file_size for info in archive.infolist()) > most:
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
