"""Numbers as text in each form."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.utils.number_text import (
    cell_text,
    exact_text,
    exponent_text,
    fixed_text,
    number_text,
    operand_text,
    round_to,
    shape_text,
    short_text,
    signed_text,
    typed_text,
)

FINITE = st.floats(allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("number", "text"), [(10.0, "10"), (0.1, "0.1"), (1e-6, "1e-6"), (1e22, "1e22"), (-2.5, "-2.5")]
)
def test_a_number_to_be_typed_over_is_short(number: float, text: str) -> None:
    assert typed_text(number) == text
    assert exact_text(number) == text.replace("-", "−")


@given(FINITE)
def test_no_digit_is_lost(number: float) -> None:
    assert float(typed_text(number)) == number
    assert float(exact_text(number).replace("−", "-")) == number
    assert float(cell_text(number)) == number


@pytest.mark.parametrize(
    ("number", "digits", "text"),
    [
        (0.25, 4, "0.25"),
        (-2 / 3, 4, "−0.6667"),
        (-0.0, 4, "0"),
        (-1e-5, 1, "−1e−5"),
        (123456.0, 4, "1.235e5"),
        (1e100, 4, "1e100"),
        (math.inf, 4, "inf"),
    ],
)
def test_a_few_digits(number: float, digits: int, text: str) -> None:
    assert short_text(number, digits) == text


def test_always_as_many_decimals() -> None:
    assert [fixed_text(x, 2) for x in (0.5, -0.126)] == ["0.50", "−0.13"]
    assert [fixed_text(x, 2) for x in (-0.001, -0.0)] == ["0.00", "0.00"]
    assert exponent_text(-0.0) == "0e0"


@pytest.mark.parametrize(
    ("number", "decimals", "text"), [(3e-16, 0, "3e−16"), (1.0, 0, "1e0"), (2.26e-8, 1, "2.3e−8")]
)
def test_always_an_exponent(number: float, decimals: int, text: str) -> None:
    assert exponent_text(number, decimals) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.5, "0.5"),
        (-0.0, "0"),
        (2 / 3, "0.6667"),
        (999999.0, "999999"),
        (1e6, "1.000 × 10⁶"),
        (-1e-4, "−1.000 × 10⁻⁴"),
        (1e20, "1.000 × 10²⁰"),
        (-math.inf, "−∞"),
        (math.nan, "undefined"),
    ],
)
def test_powers_of_ten_beside_formulas(number: float, text: str) -> None:
    assert number_text(number) == text


def test_a_sign_or_brackets_where_they_are_needed() -> None:
    assert [signed_text(x) for x in (1.5, 0.0, -1.5)] == ["+1.5", "0", "−1.5"]
    assert [operand_text(x) for x in (1.5, -1.5, 1e-9)] == ["1.5", "(−1.5)", "(1.000 × 10⁻⁹)"]


@given(FINITE, st.integers(1, 17))
def test_the_digits_shown_are_those_rounded_to(number: float, digits: int) -> None:
    assert float(short_text(number, digits).replace("−", "-")) == round_to(number, digits)


def test_whole_numbers_of_a_file_have_no_point() -> None:
    assert [cell_text(x) for x in (1.0, -0.5, 1e-6, 1e16)] == ["1", "-0.5", "1e-06", "1" + "0" * 16]


def test_a_shape_counts_in_thousands() -> None:
    assert shape_text((1000, 2)) == "1,000×2"
