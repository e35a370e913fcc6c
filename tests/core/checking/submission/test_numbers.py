"""The precision that the digits of each number show."""

from typing import Any

import numpy as np
import pytest

from core.checking.submission import submission_from_text
from tests.core.checking.quantity.hand_in import NET


@pytest.mark.parametrize(
    ("written", "half_units"),
    [
        ("[[0.5125, 0.002631], [-0.5509, 0.3998]]", [[5e-5, 5e-7], [5e-5, 5e-5]]),  # no columns
        ("[[ 0.5125    0.002631]\n [-0.5509    0.3998  ]]", [[5e-7, 5e-7], [5e-7, 5e-7]]),
        ("[[ 1.234e-01  9.000e-04]\n [-5.678e-01  4.398e-01]]", [[5e-5, 5e-5], [5e-5, 5e-5]]),
        ("[[-0.  0.1234]\n [ 0.5678  0.4321]]", [[5e-5, 5e-5], [5e-5, 5e-5]]),
        ("[[0.149780716, 0.24975114], [0.19956143, 0.29950229]]", [[5e-10, 5e-9], [5e-9, 5e-9]]),
    ],
)
def test_each_number_is_known_to_its_own_digits(written: str, half_units: list[Any]) -> None:
    found = submission_from_text("a.txt", f"W1_new = {written}", NET).others[0]
    np.testing.assert_allclose(found.numbers.precision.half_unit, half_units, rtol=1e-9)
