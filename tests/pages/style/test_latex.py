"""Numbers in LaTeX, and formulas as text."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.utils.number_text import number_text
from pages.ui.style.latex import _STRUT, as_text, display_math, number, operand


@pytest.mark.parametrize(
    ("value", "digits", "shown"),
    [
        (0.5, 4, "0.5"),
        (-0.0123456, 3, "-0.0123"),
        (0.12, 4, "0.12"),
        (0.1200001, 4, "0.1200"),
        (9.99999, 3, "10.0"),
        (1234.567, 2, "1200"),
        (3.0, 4, "3"),
        (1e-7, 3, r"1.00 \times 10^{-7}"),
        (-2.5e9, 3, r"-2.50 \times 10^{9}"),
        (math.inf, 4, r"\infty"),
        (-math.inf, 4, r"-\infty"),
        (math.nan, 4, r"\text{undefined}"),
        (-0.0, 4, "0"),
    ],
)
def test_numbers_for_reading(value: float, digits: int, shown: str) -> None:
    assert number(value, digits) == shown


@given(st.floats(allow_nan=False, allow_infinity=False, width=32), st.integers(2, 12))
def test_a_shown_number_is_the_number_to_its_digits(value: float, digits: int) -> None:
    text = number(value, digits).replace(r" \times 10^{", "e").replace("}", "")
    assert float(text) == pytest.approx(value, rel=10.0 ** (1 - digits), abs=0)
    assert operand(-abs(value) - 1, digits).startswith("(")


@given(st.floats(), st.integers(1, 17))
def test_a_number_is_the_same_in_latex_and_as_text(value: float, digits: int) -> None:
    assert as_text(number(value, digits)) == number_text(value, digits)


def test_formulas_in_plain_text() -> None:
    assert as_text(r"-\frac{2 \, (y_i - \hat{y}_i)}{N}") == "−(2 (y[i] − ŷ[i])) / N"
    assert as_text(r"\frac{\partial C}{\partial W_{k,1}^{(2)}}") == "∂C/∂W⁽²⁾[k,1]"
    assert as_text("1 - Z_{i,l}^2") == "1 − Z[i,l]²"


@pytest.mark.parametrize(
    ("latex", "shown"),
    [
        (r"a = (1 - a) \cdot b", r"a = {(1 - a)} \cdot b"),
        (r"(1 - (Z_{i,l}^{(3)})^2) \cdot b", r"{(1 - (Z_{i,l}^{(3)})^2)} \cdot b"),
        (r"a = b, \quad k \in \{1\}", r"a = b, \quad \allowbreak {k \in \{1\}}"),
    ],
)
def test_no_line_of_a_formula_ends_inside_brackets(latex: str, shown: str) -> None:
    assert display_math(latex) == rf"$\displaystyle {shown}$"


def test_lines_are_spaced_where_a_formula_may_continue() -> None:
    one, several = r"a = (b \cdot c)", r"a = \frac{[p = o]}{b \cdot c} \cdot (b = c) \cdot d"
    assert display_math(one, spaced=True) == display_math(one)
    spaced = display_math(several, spaced=True)
    assert spaced.replace(_STRUT, "") == display_math(several)
    assert spaced.count(_STRUT) == 3
    assert rf"\frac{{[p = o]}}{{b \cdot c}}{_STRUT} \cdot {{(b = c)}}{_STRUT} \cdot d" in spaced
