"""Arrays of .npy files: read whole, or refused before memory is asked for."""

import io
from typing import Any

import numpy as np
import pytest

from core.utils.npy import NpyError, NpyObjectsError, read_npy


def npy(values: Any, version: tuple[int, int] = (1, 0)) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.asarray(values), version=version)
    return buffer.getvalue()


@pytest.mark.parametrize("version", [(1, 0), (2, 0)])
@pytest.mark.parametrize("dtype", ["<f8", ">f4", "<f2", "<i8", "u1"])
def test_numbers_are_read_in_their_own_type(version: tuple[int, int], dtype: str) -> None:
    values = np.arange(6).reshape(2, 3).astype(dtype)
    found = read_npy(npy(values, version))
    assert found.dtype == values.dtype
    np.testing.assert_array_equal(found, values)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no .npy array"),
        (b"\x93NUMPY\x01\x00", "no .npy array"),
        (b"\x93NUMPY\x07\x00" + bytes(100), "no .npy array"),
        (npy(np.ones((3, 2)))[:-1], "cut off"),
        (npy(np.ones((3, 2))).replace(b"(3, 2), }        ", b"(99999999, 99), }"), "cut off"),
        (npy(["a"]), "<U1, no real numbers"),
        (npy([1j]), "complex128, no real numbers"),
        (npy([True]), "bool, no real numbers"),
    ],
)
def test_what_is_no_whole_array_of_numbers_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(NpyError, match=said):
        read_npy(data)


def test_objects_are_told_apart_and_never_unpickled() -> None:
    buffer = io.BytesIO()
    np.save(buffer, np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(NpyObjectsError, match="Python objects"):
        read_npy(buffer.getvalue())
