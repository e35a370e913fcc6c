"""Values as source code: read back by Python, they are what they were."""

import ast
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from core.export.source import LIST_WIDTH, MAX_LETTERS, WIDTH, Source, code, comment, wrap

FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(value=st.text() | st.integers() | FINITE | st.lists(st.text() | FINITE, max_size=40))
def test_what_python_reads_is_the_value_to_the_last_bit(value: object) -> None:
    assert repr(ast.literal_eval(code(value))) == repr(value)


@given(matrix=arrays(np.float64, array_shapes(min_dims=2, max_dims=2, max_side=9), elements=FINITE))
def test_an_array_is_read_back_to_the_last_bit(matrix: np.ndarray) -> None:
    text = code(matrix)
    assert np.array(ast.literal_eval(text)).tobytes() == matrix.tobytes()
    single = max(len(code(row)) for row in matrix.tolist())
    assert max(map(len, text.split("\n"))) <= max(LIST_WIDTH, single) + len("    ,")


def test_numbers_of_numpy_are_numbers() -> None:
    assert [code(one) for one in (np.float64(0.1), np.int64(3), 1e-8)] == ["0.1", "3", "1e-08"]


def test_texts_stand_in_double_quotes_and_our_own_source_in_none() -> None:
    assert code("W1") == '"W1"'
    assert code("it's") == '"it\'s"'
    assert code(Source("W1")) == "W1"
    assert code([Source("W1"), "W1"]) == '[W1, "W1"]'


@pytest.mark.parametrize("value", [math.nan, math.inf, np.float64(-math.inf), None, object()])
def test_what_has_no_literal_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="has no literal"):
        code(value)


@given(text=st.text())
def test_a_comment_is_one_line_of_printable_characters(text: str) -> None:
    assert comment(text).isprintable()
    assert comment([text[:WIDTH], "b"]) == f"{comment(text[:WIDTH]) or '(no name)'}, b"
    assert comment([]) == ""


def test_a_comment_is_cut_where_it_is_too_long() -> None:
    assert comment("x" * 5000) == "x" * (MAX_LETTERS - 1) + "…"
    assert comment(["x" * 5000, "b"]) == "x" * (WIDTH - 1) + "…, b"


def test_long_comments_go_on_as_comments() -> None:
    made = wrap(f"# {'word ' * 30}\n# b")
    assert made == f"# {'word ' * 18}word\n#    {'word ' * 10}word\n# b"
