"""Messages to the components in the browser: a header and arrays, as one array of bytes.

    4 bytes    n, length of the header, little-endian
    n bytes    the header, JSON, with blanks behind it
    the rest   the arrays, one after another, little-endian

Header and arrays end at multiples of 8 bytes, where arrays may begin in a browser. The header's
"arrays" lists each one's name, type ("u1", "f4" or "f8"), rows and columns. `codec.js` decodes it.
"""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

LARGEST = float(np.finfo(np.float32).max)


def encode(header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Return a header and arrays, each of uint8, float32 or float64, (n,) or (rows, columns)."""
    tables = {name: np.atleast_2d(values) for name, values in arrays.items()}
    listed = [
        [name, f"{table.dtype.kind}{table.itemsize}", *table.shape]
        for name, table in tables.items()
    ]
    text = json.dumps({**header, "arrays": listed}).encode()
    text += b" " * (-(4 + len(text)) % 8)
    numbers = [table.tobytes() for table in tables.values()]
    return b"".join([len(text).to_bytes(4, "little"), text, *map(_aligned, numbers)])


def single(values: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return values as float32; beyond its range, where a run diverges, its largest numbers."""
    return np.clip(values, -LARGEST, LARGEST).astype(np.float32)


def _aligned(numbers: bytes) -> bytes:
    return numbers + bytes(-len(numbers) % 8)
