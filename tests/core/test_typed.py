"""Numbers as people type them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.typed import read


@pytest.mark.parametrize(
    ("text", "value", "digits"),
    [
        ("0.123", 0.123, 3),
        ("  -0.50 ", -0.5, 2),
        ("−0.12", -0.12, 2),
        ("1.2e-3", 0.0012, 2),
        ("0,25", 0.25, 2),
        (".5", 0.5, 1),
        ("12.", 12.0, 2),
        ("1/8", 0.125, 17),
        ("-1/8", -0.125, 17),
        ("1 / 3", 1 / 3, 17),
        ("0/7", 0.0, 17),
        ("0.0/7", 0.0, 17),
        ("0/0.5", 0.0, 17),
        (".0/4", 0.0, 17),
        ("0e2", 0.0, 0),
        ("0.12/3.4567", 0.12 / 3.4567, 2),
        ("3.4567/0.12", 3.4567 / 0.12, 2),
        ("0.47/4", 0.1175, 2),
        ("4.95 × 10⁻⁵", 4.95e-5, 3),
        ("4.95*10^-5", 4.95e-5, 3),
        ("4.95·10^{-5}", 4.95e-5, 3),
        ("(-0.2)", -0.2, 1),
        ("0", 0.0, 0),
        ("0.00", 0.0, 2),
        ("100", 100.0, 3),
        ("٣٫٥".replace("٫", "."), 3.5, 2),
    ],
)
def test_a_number_is_read(text: str, value: float, digits: int) -> None:
    typed = read(text)
    assert typed.value == pytest.approx(value, rel=1e-15)
    assert typed.digits == digits


@pytest.mark.parametrize(
    "text",
    ["", " ", "abc", "1.2.3", "1,234.5", "1/0", "1/0.0", "1/2/3", "nan", "inf", "1e999", "--1",
     "1e9999999999", "9" * 61, "0x10", "1_000", "²", "1e308/1e-308"],
)  # fmt: skip
def test_what_is_no_number_is_told_in_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"[.]$"):
        read(text)


@given(st.text(max_size=70))
def test_whatever_is_typed_is_a_finite_number_or_told(text: str) -> None:
    try:
        value, told = read(text).value, "."
    except ValueError as error:
        value, told = 0.0, str(error)
    assert math.isfinite(value)
    assert told.endswith(".")


@given(st.floats(1e-9, 1e9), st.integers(1, 12), st.sampled_from([1, -1]))
def test_a_number_rounded_to_what_was_typed_is_close(size: float, digits: int, sign: int) -> None:
    number = sign * size
    typed = read(f"{number:.{digits - 1}e}")
    assert typed.digits == digits
    assert typed.is_close_to(number)
    assert not typed.is_close_to(number + 3 * sign * typed.half)


@pytest.mark.parametrize(
    ("text", "half"),
    [
        ("0.47/4", 0.005),  # 0.1175, of which two digits count
        ("4.7/4", 0.05),
        ("-4.7/4", 0.05),
        ("47.5/4", 0.05),
        ("0.4/4", 0.05),
        ("1/4", 2.5e-13),
        ("-1/4", 2.5e-13),
        ("-1/8", 1.25e-13),
    ],
)
def test_half_a_unit_of_a_fraction_is_of_the_digits_of_its_coarser_part(
    text: str, half: float
) -> None:
    assert read(text).half == pytest.approx(half, rel=1e-12, abs=0)


def test_half_a_unit_of_the_last_digit_is_the_bound() -> None:
    typed = read("0.12")
    assert typed.is_close_to(0.125)
    assert typed.is_close_to(0.1151)
    assert not typed.is_close_to(0.1252)
    assert read("1/3").is_close_to(1 / 3)
    assert not read("1/3").is_close_to(0.3333)
    assert read("0.125").equals(0.125)
    assert not read("0.125").equals(0.1251)
