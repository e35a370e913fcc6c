"""Matrices as tables: what stands beside columns, and what they are multiplied by."""

import numpy as np
import pytest

from core.checking.submission import SubmissionError, submission_from_text
from core.network import Network

NET = Network.init(2, 3, seed=1)


def dW1(text: str) -> list[list[float]]:
    found = submission_from_text("mia.txt", text, NET).dW1
    assert found is not None
    return [[float(cell) for cell in row] for row in np.atleast_2d(found)]


@pytest.mark.parametrize("factor", ["1.0e+01 *", "1e1 *", "1.e01  *", "1.0E1*"])
def test_each_number_is_multiplied_by_the_factor_above(factor: str) -> None:
    text = f"dW1 =\n\n  {factor}\n\n  1 2 3\n  4 5 6\n  7 8 9\n"
    assert dW1(text) == [[10, 20, 30], [40, 50, 60], [70, 80, 90]]


@pytest.mark.parametrize("factor", ["1e999 *", "0e0 *", "1e-999 *", "1.2.3e1 *"])
def test_a_factor_that_leaves_no_numbers_is_refused(factor: str) -> None:
    text = f"dW1 =\n\n  {factor}\n\n  1 2 3\n  4 5 6\n  7 8 9\n"
    with pytest.raises(SubmissionError) as caught:
        submission_from_text("mia.txt", text, NET)
    said = f"“{factor}” is no factor; write the numbers themselves"
    assert str(caught.value) == f"mia.txt, line 3: {said}."


def test_columns_follow_those_of_the_block_before() -> None:
    blocks = ["Column 1:\n\n1\n4\n7\n", "Column 2:\n\n2\n5\n8\n", "Column 3:\n\n3\n6\n9\n"]
    assert dW1("dW1 =\n\n" + "\n".join(blocks)) == [[1, 2, 3], [4, 5, 6], [7, 8, 9]]


def test_the_lines_of_a_vector_of_r_are_one_row() -> None:
    assert dW1("dW1\n[1] 1 2 3 4\n[5] 5 6 7 8\n[9] 9\ndW2\n[1] 1 2\n[3] 3 4\n") == [
        [1, 2, 3, 4, 5, 6, 7, 8, 9]
    ]
