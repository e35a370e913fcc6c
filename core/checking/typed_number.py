"""A number typed by a user, and the precision it was typed to.

    typed = read("-0.12")         # also 1.2e-3, 0,12, 1/8, 4.95 × 10⁻⁵
    typed.is_close_to(-0.1197)    # True: right to the digits typed
    Range(1, 256, whole=True).read("12")    # 12.0; a ValueError with a sentence out of range

`pages/ui/live/player/typed_number.js` does the same in the browser; both share a
table of test cases.
"""

import math
import re
from dataclasses import dataclass
from decimal import Decimal

from core.utils.number_text import typed_text
from core.utils.small_digits import FROM_SUPERSCRIPTS

MAX_LENGTH = 60
MAX_EXPONENT = 308  # of a float64; beyond it also for 0, whose last place would be infinite
EXACT = 1e-12  # relative; of a fraction of whole numbers, and for equality
NOISE = 1e-14  # relative; of a number computed in float64
_EQUIVALENTS = {  # of other fonts, scripts and countries
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d", "-"),  # dashes, the minus sign
    **dict.fromkeys("\u00a0\u2007\u2009\u202f", " "),
    **dict(zip("\uff0b\uff0e\uff0c\uff0f\uff08\uff09", "+.,/()", strict=True)),  # of full width
    "\u2044": "/",
    "\u066b": ".",  # the Arabic decimal sign
    **{chr(zero + digit): str(digit) for zero in (0xFF10, 0x0660, 0x06F0) for digit in range(10)},
}
_TRANSLATION = str.maketrans(_EQUIVALENTS)
_FRACTIONS = {"½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4", "⅕": "1/5", "⅛": "1/8"}
_POWER = re.compile(
    r"\s*[×x*·]\s*10\s*(?:\^|\*\*)?\s*\{?(?:\(([-+]?\d+)\)|([-+]?\d+))\}?$", re.ASCII | re.I
)
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d{1,3})?", re.ASCII | re.I)


@dataclass(frozen=True)
class TypedNumber:
    """A typed number: its value, its significant digits, and half a unit of the last of them."""

    value: float
    digits: int
    half_unit: float

    def is_close_to(self, number: float) -> bool:
        """Return whether the number, rounded to the digits typed, is this one."""
        tolerance = self.half_unit + NOISE * abs(number)
        return math.isfinite(number) and abs(self.value - number) <= tolerance

    def equals(self, number: float) -> bool:
        """Return whether it equals that number, up to rounding."""
        return math.isclose(self.value, number, rel_tol=EXACT, abs_tol=0.0)


def read(text: str) -> TypedNumber:
    """Return the typed number; raise ValueError with a sentence if there is none."""
    line = _normalize(text)
    above, slash, below = line.partition("/")
    if not slash:
        return _number(_decimal(above), text)
    return _fraction(_decimal(above), _decimal(below), text)


@dataclass(frozen=True)
class Range:
    """The numbers that a field accepts, from `low` to `high` (None: unbounded)."""

    low: float | None = None
    high: float | None = None
    whole: bool = False

    def __str__(self) -> str:
        """Return the range in words: a whole number from 1 to 256."""
        kind = "a whole number" if self.whole else "a number"
        if self.low is None or self.high is None:
            low = "" if self.low is None else f" of at least {typed_text(self.low)}"
            return f"{kind}{low}" if self.high is None else f"{kind} up to {typed_text(self.high)}"
        return f"{kind} from {typed_text(self.low)} to {typed_text(self.high)}"

    def read(self, text: str) -> float:
        """Return the typed number; raise ValueError with a sentence if it is out of range.

        Whole numbers have no decimal sign: 10,000 could be 10 or ten thousand.
        """
        if not text.strip():
            raise ValueError(f"Type {self}.")
        value = read(text).value
        shown = f"“{text.strip()}”"
        if self.whole and (value % 1 or re.search("[.,]", _normalize(text))):
            raise ValueError(f"{shown} is not written as a whole number: type {self}.")
        low = -math.inf if self.low is None else self.low
        high = math.inf if self.high is None else self.high
        if not low <= value <= high:
            raise ValueError(f"{shown} is out of range: type {self}.")
        return value


def is_literal(text: str) -> bool:
    """Return whether a text is a plain decimal number, with only one meaning."""
    return _NUMBER.fullmatch(text.strip().replace("−", "-")) is not None


def _normalize(text: str) -> str:
    """Return the text in standard characters; raise ValueError if too long or empty."""
    line = text.translate(_TRANSLATION).strip()
    if not line:
        raise ValueError("Type a number.")
    if len(line) > MAX_LENGTH:
        raise ValueError("That is longer than any number here: type fewer digits.")
    sign, body = (line[0], line[1:].strip()) if line[0] in "+-" else ("", line)
    return sign + _FRACTIONS.get(body, body)


def _decimal(part: str) -> Decimal:
    """Return one number, with a point or a comma."""
    line = part.translate(FROM_SUPERSCRIPTS) if re.search("[×x*·]", part) else part
    line = _POWER.sub(r"e\1\2", line).strip()
    line = re.sub(r"^\((.*)\)$", r"\1", line).replace(",", ".").strip()
    if not _NUMBER.fullmatch(line):
        raise ValueError(
            f"“{part.strip()}” is not a number: type one such as 0.125, 1.25e-1 or 1/8."
        )
    return Decimal(line)


def _number(number: Decimal, text: str) -> TypedNumber:
    value, exponent = float(number), number.as_tuple().exponent
    if not isinstance(exponent, int) or exponent > MAX_EXPONENT:
        value, exponent = math.inf, MAX_EXPONENT
    _check_size(value, text, is_zero=not number)
    digits = len(number.as_tuple().digits) if number else max(0, -exponent)
    return TypedNumber(value, digits, 0.5 * 10.0**exponent)


def _check_size(value: float, text: str, *, is_zero: bool) -> None:
    if not math.isfinite(value):
        raise ValueError(f"“{text.strip()}” is too large for a number here.")
    if not value and not is_zero:
        raise ValueError(f"“{text.strip()}” is too close to 0 for a number here: type 0.")


def _fraction(above: Decimal, below: Decimal, text: str) -> TypedNumber:
    """Return a fraction: of whole numbers exact, else with the digits of its coarser part."""
    if not below:
        raise ValueError("A fraction over 0 is no number.")
    parts = [_number(part, text) for part in (above, below)]
    value = parts[0].value / parts[1].value
    _check_size(value, text, is_zero=not above)
    inexact = [p.digits for p, part in zip(parts, (above, below), strict=True) if part % 1]
    if not inexact or not value:
        return TypedNumber(value, 17, EXACT * abs(value))
    digits = max(1, min(inexact))
    unit = 10.0 ** (math.floor(math.log10(abs(value))) - digits + 1)
    return TypedNumber(value, digits, 0.5 * unit)
