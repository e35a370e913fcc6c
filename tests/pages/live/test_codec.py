"""Messages to the browser: what is encoded is what the tests' decoder and `codec.js` read."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from pages.ui.live.codec import encode, single
from tests.pages.unpacking import decode

NUMBERS = arrays.arrays(
    st.sampled_from([np.float64, np.float32]), arrays.array_shapes(max_dims=2, min_side=0)
)


@given(st.dictionaries(st.text(), NUMBERS, max_size=4), st.text())
def test_header_and_arrays_come_back_to_the_last_bit(
    given_arrays: dict[str, np.ndarray], text: str
) -> None:
    header, found = decode(encode({"text": text}, given_arrays))
    assert header == {"text": text}
    assert list(found) == list(given_arrays)
    for name, values in given_arrays.items():
        assert found[name].dtype == values.dtype
        np.testing.assert_array_equal(found[name], np.atleast_2d(values))


def test_rows_that_are_not_contiguous_come_row_by_row() -> None:
    matrix = np.arange(12.0).reshape(3, 4)
    _, found = decode(encode({}, {"columns": matrix[:, ::2], "transposed": matrix.T}))
    np.testing.assert_array_equal(found["columns"], matrix[:, ::2])
    np.testing.assert_array_equal(found["transposed"], matrix.T)


@pytest.mark.parametrize(("value", "expected"), [(1e300, 3.4028234663852886e38), (0.1, 0.1)])
def test_beyond_the_range_of_float32_stands_its_largest_number(
    value: float, expected: float
) -> None:
    assert single(np.array([value, -value])).tolist() == [
        float(np.float32(expected)),
        -float(np.float32(expected)),
    ]
    assert np.isnan(single(np.array([np.nan]))).all()
