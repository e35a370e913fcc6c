"""Arrays in an .npz or .safetensors file, within limits; nothing in it is run or unpickled.

Only arrays whose names mean something here are read (`core.weights.labels`), as float64.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, deserialize

from core.network import Array
from core.utils.archive import ArchiveError, TooLargeError, open_zip, read_member
from core.utils.npy import MAGIC, NpyError, NpyObjectsError, read_npy
from core.utils.number_text import shape_text
from core.utils.sentence import join_names
from core.weights.labels import DATA, WeightsError, label_of, short

MAX_BYTES = 32 * 2**20  # of a file, and of all its arrays as float64
MAX_HEADER = 2**20  # bytes of a .safetensors header, which lists its arrays
MAX_ARRAYS = 1000  # in a file
TOO_LARGE = (
    f"holds more than {MAX_BYTES >> 20} MB ({MAX_BYTES // 8:,} numbers); keep only the weights, "
    "with a small batch if any"
)
SAVE = (
    "save numbers: np.savez('weights.npz', **{name: value.numpy() for name, value in "
    "net.state_dict().items()})"
)
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")  # the second is empty
_PICKLE = re.compile(rb"\x80[\x02-\x05]")
_PICKLE_MEMBER = "data.pkl"  # of a file that torch.save wrote
_FLOATS = {"F64": "<f8", "F32": "<f4", "F16": "<f2"}
_INTEGERS = {
    f"{letter}{8 * size}": f"<{kind}{size}"
    for letter, kind in (("I", "i"), ("U", "u"))
    for size in (1, 2, 4, 8)
}


def read_arrays(data: bytes, file: str) -> dict[str, Array]:
    """Return the weights, biases, gradients, X and y in a file's bytes, by the names they have.

    They are float64, finite and of one or two dimensions, in the order of the file. Raises
    WeightsError for a file that is damaged, too large or of another kind.
    """
    if len(data) > MAX_BYTES:
        raise WeightsError(f"{file}: it {TOO_LARGE}.")
    found: dict[str, Array] = {}
    others = []
    left = MAX_BYTES // 8
    for name, values in _members(data, file):
        if values is None:
            others.append(short(name))
        elif name in found:
            raise WeightsError(f"{file}: {short(name)} appears twice; keep one.")
        else:
            left -= values.size
            if left < 0:
                raise WeightsError(f"{file}: it {TOO_LARGE}.")
            found[name] = _numbers(values, f"{file}: {short(name)}", name in DATA)
    if not any(label_of(name) for name in found):
        arrays = f"its arrays are {join_names(others)}" if others else "it holds none"
        raise WeightsError(
            f"{file}: no array is named as a weight matrix ({arrays}); name them W1, W2, … or as "
            "PyTorch’s state_dict does: 0.weight, 0.bias, …"
        )
    return found


def _members(data: bytes, file: str) -> Iterator[tuple[str, NDArray[Any] | None]]:
    """Yield names and arrays in order; None for an array whose name means nothing here."""
    if data.startswith(_ZIP):
        return _npz(data, file)
    if data.startswith(MAGIC):
        raise WeightsError(f"{file}: it is a single array; save all in one .npz with np.savez.")
    if data[8:9] == b"{":  # after the length of the header
        return _safetensors(data, file)
    if _PICKLE.match(data):
        raise WeightsError(f"{file}: it holds Python objects, which are not opened here; {SAVE}.")
    raise WeightsError(f"{file}: it is neither .npz nor .safetensors; {SAVE}.")


def _is_known(name: str) -> bool:
    return name in DATA or label_of(name) is not None


def _npz(data: bytes, file: str) -> Iterator[tuple[str, NDArray[Any] | None]]:
    left = MAX_BYTES
    try:
        with open_zip(data, MAX_ARRAYS) as archive:
            members = archive.infolist()
            if any(PurePosixPath(each.filename).name == _PICKLE_MEMBER for each in members):
                raise NpyObjectsError("it holds Python objects, which are not opened here")
            for member in members:
                name = member.filename.removesuffix(".npy")
                if not _is_known(name):
                    yield name, None
                    continue
                content = read_member(archive, member, left)
                left -= len(content)
                yield name, _npy(content, name)
    except TooLargeError as error:
        raise WeightsError(f"{file}: it {TOO_LARGE}.") from error
    except ArchiveError as error:
        raise WeightsError(f"{file}: the archive {error}; save it again.") from error
    except NpyObjectsError as error:
        raise WeightsError(f"{file}: {error}; {SAVE}.") from error
    except NpyError as error:
        raise WeightsError(f"{file}: {error}.") from error


def _npy(content: bytes, name: str) -> NDArray[Any]:
    try:
        return read_npy(content)
    except NpyError as error:
        raise type(error)(f"{short(name)}: {error}") from error


def _safetensors(data: bytes, file: str) -> Iterator[tuple[str, NDArray[Any] | None]]:
    header = min(int.from_bytes(data[:8], "little"), len(data))  # in bytes
    if header > MAX_HEADER:
        raise WeightsError(f"{file}: its header is larger than 1 MB; save only weights.")
    try:
        tensors = deserialize(data)  # type: ignore[no-untyped-call]
    except SafetensorError as error:
        raise WeightsError(f"{file}: it is damaged, or no .safetensors; save it again.") from error
    if len(tensors) > MAX_ARRAYS:
        raise WeightsError(f"{file}: it holds more than {MAX_ARRAYS:,} arrays; save only weights.")
    # By the alphabet, as they are saved: `deserialize` keeps no order.
    for name, tensor in sorted(tensors, key=lambda each: each[0]):
        yield name, _tensor(tensor, f"{file}: {short(name)}") if _is_known(name) else None


def _tensor(tensor: dict[str, Any], place: str) -> NDArray[Any]:
    kind, content = tensor["dtype"], tensor["data"]
    if kind == "BF16":  # the upper half of a float32
        bits = np.frombuffer(content, "<u2").astype(np.uint32) << 16
        return bits.view(np.float32).reshape(tensor["shape"])
    dtype = (_FLOATS | _INTEGERS).get(kind)
    if dtype is None:
        raise WeightsError(f"{place} is of type {kind}; save it as float32 or float64.")
    return np.frombuffer(content, dtype).reshape(tensor["shape"])


def _numbers(values: NDArray[Any], place: str, is_data: bool) -> Array:
    """Return the values as finite float64, in one or two dimensions; X and y may be one number."""
    values = np.atleast_1d(values) if is_data else values
    if values.ndim not in (1, 2) or values.size == 0:
        shape = shape_text(values.shape) or "a single number"
        what = "only fully connected layers are read here"
        if is_data:
            what = "save one row of numbers for each sample"
        raise WeightsError(f"{place} is no matrix ({shape}); {what}.")
    numbers = values.astype(np.float64)
    if not np.isfinite(numbers).all():
        what = "numbers" if is_data else "weights"
        raise WeightsError(f"{place} holds NaN or an infinite number; save finite {what}.")
    return numbers
