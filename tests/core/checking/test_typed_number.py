"""Numbers as people type them."""

import json
import math
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.checking.typed_number import Range, is_literal, read
from core.utils.number_text import typed_text
from tests.paths import DATA

CASES = json.loads((DATA / "typed_numbers.json").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES["numbers"], ids=lambda case: ascii(case["typed"]))
def test_a_number_is_read(case: dict[str, Any]) -> None:
    typed = read(case["typed"])
    assert typed.value == case["value"]
    assert typed.digits == case["digits"]


@pytest.mark.parametrize("text", [*CASES["refused"], "9" * 61], ids=ascii)
def test_what_is_no_number_is_told_in_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"[.]$"):
        read(text)


@pytest.mark.parametrize("case", CASES["ranges"], ids=lambda case: ascii(case["typed"]))
def test_a_field_takes_what_is_in_its_range_or_says_what_it_takes(case: dict[str, Any]) -> None:
    field = Range(case["low"], case["high"], whole=case["whole"])
    if "value" in case:
        assert field.read(case["typed"]) == case["value"]
    else:
        with pytest.raises(ValueError, match=f"{re.escape(str(field))}[.]$"):
            field.read(case["typed"])


@pytest.mark.parametrize(
    ("field", "words"),
    [
        (Range(), "a number"),
        (Range(1, 256, whole=True), "a whole number from 1 to 256"),
        (Range(1e-9), "a number of at least 1e-9"),
        (Range(high=0.5), "a number up to 0.5"),
    ],
)
def test_a_range_in_words(field: Range, words: str) -> None:
    assert str(field) == words


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_shown_to_be_typed_over_is_read_to_the_same_bits(number: float) -> None:
    text = typed_text(number)
    assert read(text).value == number
    assert math.copysign(1, read(text).value) == math.copysign(1, number)
    assert is_literal(text)


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
    assert not typed.is_close_to(number + 3 * sign * typed.half_unit)


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
    assert read(text).half_unit == pytest.approx(half, rel=1e-12, abs=0)


def test_half_a_unit_of_the_last_digit_is_the_bound() -> None:
    typed = read("0.12")
    assert typed.is_close_to(0.125)
    assert typed.is_close_to(0.1151)
    assert not typed.is_close_to(0.1252)
    assert read("1/3").is_close_to(1 / 3)
    assert not read("1/3").is_close_to(0.3333)
    assert read("0.125").equals(0.125)
    assert not read("0.125").equals(0.1251)
