"""Rows of numbers as bytes, and back by a decoder of its own."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from pages.ui.save.page.coding import encode_rows

Rows = NDArray[np.float64]


def decode(coded: NDArray[np.uint8], n: int, columns: int) -> bytes:
    """Return the bytes of the rows, by Python's own integers."""
    orders, parts = coded[:columns].tolist(), coded[columns:].reshape(8, columns, n)
    rows = []
    for column, order in enumerate(orders):
        integers = [int.from_bytes(bytes(parts[:, column, i]), "little") for i in range(n)]
        values = [-(each + 1) // 2 if each % 2 else each // 2 for each in integers]
        for start in range(order, 0, -1):
            for i in range(start, n):
                values[i] += values[i - 1]
        rows.append([(value % 2**64).to_bytes(8, "little") for value in values])
    return b"".join(cell for row in zip(*rows, strict=True) for cell in row)


@settings(deadline=None, max_examples=60)
@given(
    arrays(
        np.uint64,
        array_shapes(min_dims=2, max_dims=2, max_side=12),
        elements=st.integers(0, 2**64 - 1),
    )
)
def test_any_bits_come_back(bits: NDArray[np.uint64]) -> None:
    rows = bits.view(np.float64)
    assert decode(encode_rows(rows), *rows.shape) == rows.tobytes()


def test_each_column_has_the_differences_that_suit_it() -> None:
    steps = np.arange(40.0)
    rows = np.column_stack(
        [np.full(40, 0.3), np.random.default_rng(0).normal(size=40), 1 + steps**3 / 2**17]
    )
    coded = encode_rows(rows)
    assert coded[0] == 1
    assert coded[1] <= 1
    assert coded[2] >= 3
    assert decode(coded, *rows.shape) == rows.tobytes()
