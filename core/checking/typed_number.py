"""A number as somebody types it, and how exactly it was typed.

typed = read("-0.12")         # also 1.2e-3, 0,12, 1/8, 4.95 × 10⁻⁵
typed.is_close_to(-0.1197)    # True: right to the digits that were typed
Range(1, 256, whole=True).read("12")    # 12.0; a ValueError with a sentence outside of the range

`pages/ui/live/player/typed_number.js` reads the same way in the browser; one table of cases tests
both.
"""

import math
import re
from dataclasses import dataclass
from decimal import Decimal

MAX_LENGTH = 60
EXACT = 1e-12  # relative; of a fraction of whole numbers, and where exactly the same is asked
NOISE = 1e-14  # relative; of a number computed in float64
_SIGNS = {  # written for the same in another font, script or country
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d", "-"),  # dashes, the minus sign
    **dict.fromkeys("\u00a0\u2007\u2009\u202f", " "),
    **dict(zip("\uff0b\uff0e\uff0c\uff0f\uff08\uff09", "+.,/()", strict=True)),  # of full width
    "\u2044": "/",
    "\u066b": ".",  # the Arabic decimal sign
    **{chr(zero + digit): str(digit) for zero in (0xFF10, 0x0660, 0x06F0) for digit in range(10)},
}
_ALIKE = str.maketrans(_SIGNS)
_VULGAR = {"½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4", "⅕": "1/5", "⅛": "1/8"}
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_POWER = re.compile(r"\s*[×x*·]\s*10\s*(?:\^|\*\*)?\s*\{?\(?([-+]?\d+)\)?\}?$", re.ASCII | re.I)
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d{1,3})?", re.ASCII | re.I)


@dataclass(frozen=True)
class Typed:
    """A typed number: its value, its significant digits, and half a unit of the last of them."""

    value: float
    digits: int
    half: float

    def is_close_to(self, number: float) -> bool:
        """Whether the number, rounded to the digits typed, may be written so."""
        tolerance = self.half + NOISE * abs(number)
        return math.isfinite(number) and abs(self.value - number) <= tolerance

    def equals(self, number: float) -> bool:
        """Whether it is exactly that number, to rounding."""
        return math.isclose(self.value, number, rel_tol=EXACT, abs_tol=0.0)


def read(text: str) -> Typed:
    """The number that was typed; raises ValueError with a sentence where there is none."""
    line = _plain(text)
    above, slash, below = line.partition("/")
    if not slash:
        return _typed(_decimal(above), text)
    return _fraction(_decimal(above), _decimal(below), text)


@dataclass(frozen=True)
class Range:
    """The numbers that a field takes, from `low` to `high` (None: without an end)."""

    low: float | None = None
    high: float | None = None
    whole: bool = False

    def __str__(self) -> str:
        """Return the range in words: a whole number from 1 to 256."""
        kind = "a whole number" if self.whole else "a number"
        if self.low is None or self.high is None:
            low = "" if self.low is None else f" of at least {as_typed(self.low)}"
            return f"{kind}{low}" if self.high is None else f"{kind} up to {as_typed(self.high)}"
        return f"{kind} from {as_typed(self.low)} to {as_typed(self.high)}"

    def read(self, text: str) -> float:
        """Return the number that was typed; raise ValueError with a sentence where it does not fit.

        In a field of whole numbers no text has a decimal sign: 10,000 could be 10 or ten thousand.
        """
        if not text.strip():
            raise ValueError(f"Type {self}.")
        value = read(text).value
        shown = f"“{text.strip()}”"
        if self.whole and (value % 1 or re.search("[.,]", _plain(text))):
            raise ValueError(f"{shown} is not written as a whole number: type {self}.")
        low = -math.inf if self.low is None else self.low
        high = math.inf if self.high is None else self.high
        if not low <= value <= high:
            raise ValueError(f"{shown} is out of range: type {self}.")
        return value


def as_typed(value: float) -> str:
    """Return the shortest text that `read` takes for exactly that number: 0.1, 10, 1e-6."""
    return re.sub(r"\.0$|(?<=e)\+|(?<=e-)0+", "", repr(float(value)))


def is_literal(text: str) -> bool:
    """Return whether a text is a number as it stands: nobody need be told how it is read."""
    return _NUMBER.fullmatch(text.strip().replace("−", "-")) is not None


def _plain(text: str) -> str:
    """Return the text in the signs that are read; raise ValueError for one too long or empty."""
    line = text.translate(_ALIKE).strip()
    if not line:
        raise ValueError("Type a number.")
    if len(line) > MAX_LENGTH:
        raise ValueError("That is longer than any number here: type fewer digits.")
    sign, body = (line[0], line[1:].strip()) if line[0] in "+-" else ("", line)
    return sign + _VULGAR.get(body, body)


def _decimal(part: str) -> Decimal:
    """One number, with a point or a comma."""
    line = part.translate(_RAISED) if re.search("[×x*·]", part) else part
    line = _POWER.sub(r"e\1", line).strip()
    line = re.sub(r"^\((.*)\)$", r"\1", line).replace(",", ".").strip()
    if not _NUMBER.fullmatch(line):
        raise ValueError(
            f"“{part.strip()}” is not a number: type one such as 0.125, 1.25e-1 or 1/8."
        )
    return Decimal(line)


def _typed(number: Decimal, text: str) -> Typed:
    value, exponent = float(number), number.as_tuple().exponent
    if not math.isfinite(value) or not isinstance(exponent, int):
        raise ValueError(f"“{text.strip()}” is too large for a number here.")
    if number and not value:
        raise ValueError(f"“{text.strip()}” is too close to 0 for a number here: type 0.")
    digits = len(number.as_tuple().digits) if number else max(0, -exponent)
    return Typed(value, digits, 0.5 * 10.0**exponent)


def _fraction(above: Decimal, below: Decimal, text: str) -> Typed:
    """A fraction of whole numbers is exact; another has the digits of its coarser part."""
    if not below:
        raise ValueError("A fraction over 0 is no number.")
    parts = [_typed(part, text) for part in (above, below)]
    value = parts[0].value / parts[1].value
    if not math.isfinite(value):
        raise ValueError(f"“{text.strip()}” is too large for a number here.")
    if above and not value:
        raise ValueError(f"“{text.strip()}” is too close to 0 for a number here: type 0.")
    broken = [p.digits for p, part in zip(parts, (above, below), strict=True) if part % 1]
    if not broken or not value:
        return Typed(value, 17, EXACT * abs(value))
    digits = max(1, min(broken))
    unit = 10.0 ** (math.floor(math.log10(abs(value))) - digits + 1)
    return Typed(value, digits, 0.5 * unit)
