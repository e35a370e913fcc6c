"""Arrays of .npy files from users, bounded before they are believed.

values = read_npy(data)                         # raises NpyError; runs and unpickles nothing
"""

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAGIC = b"\x93NUMPY"


class NpyError(ValueError):
    """An array that cannot be read; the message ends a sentence, such as "it is cut off"."""


class NpyObjectsError(NpyError):
    """An array of Python objects, which only pickle could read."""


def read_npy(data: bytes) -> NDArray[Any]:
    """Return the real numbers in a .npy file in their own dtype and shape.

    Raises NpyError for anything else than a whole array of integers or floats.
    """
    try:
        shape, dtype = _header(data)
        if dtype.hasobject:
            raise NpyObjectsError("it holds Python objects, which are not opened here")
        if dtype.kind not in "fiu":
            raise NpyError(f"it holds {dtype}, no real numbers; save numbers")
        if int(np.prod(shape, dtype=object)) * dtype.itemsize > len(data):
            raise NpyError("it is cut off; save it again")
        values: NDArray[Any] = np.load(io.BytesIO(data), allow_pickle=False)
    except NpyError:
        raise
    except (ValueError, EOFError, OSError, SyntaxError, TypeError) as error:
        raise NpyError("it is no .npy array; save it again") from error
    return values


def _header(data: bytes) -> tuple[tuple[int, ...], np.dtype[np.generic]]:
    stream = io.BytesIO(data)
    version = np.lib.format.read_magic(stream)
    read = (
        np.lib.format.read_array_header_1_0
        if version == (1, 0)
        else np.lib.format.read_array_header_2_0
    )
    shape, _, dtype = read(stream)
    return shape, dtype
