"""Matrices laid out in every form: the same numbers under the right names."""

from itertools import product

import numpy as np
import pytest

from pages.ui.chain_rule.panel import panels
from pages.ui.state.conventions import Conventions

ROWS, COLUMNS = ["x1", "x2", "bias"], ["h1", "h2"]


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("apart", "transposed"), list(product((False, True), repeat=2)))
def test_each_number_stands_between_its_names(apart: bool, transposed: bool, bias: bool) -> None:
    matrix = np.arange(6.0).reshape(3, 2)
    form = Conventions(bias_apart=apart, transposed=transposed)
    found = panels(1, matrix, ROWS, COLUMNS, form, bias=bias)
    assert [panel.symbol for panel in found] == ["W⁽¹⁾", "b⁽¹⁾"][: 1 + (apart and bias)]
    told = {}
    for panel in found:
        assert panel.from_to == ("from %{x} to %{y}" if transposed else "from %{y} to %{x}")
        assert panel.numbers.shape == (len(panel.rows), len(panel.columns))
        for (i, j), number in np.ndenumerate(panel.numbers):
            ends = panel.rows[i], panel.columns[j]
            told[ends[::-1] if transposed else ends] = number
    assert told == {
        (source, goal): matrix[i, j]
        for i, source in enumerate(ROWS)
        for j, goal in enumerate(COLUMNS)
    }
