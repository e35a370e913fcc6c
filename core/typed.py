"""A number as somebody types it, and how exactly it was typed.

typed = read("-0.12")         # also 1.2e-3, 0,12, 1/8, 4.95 × 10⁻⁵
typed.is_close_to(-0.1197)    # True: right to the digits that were typed
"""

import math
import re
from dataclasses import dataclass
from decimal import Decimal

MAX_LENGTH = 60
EXACT = 1e-12  # relative; of a fraction of whole numbers, and where exactly the same is asked
NOISE = 1e-14  # relative; of a number computed in float64
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_POWER = re.compile(r"\s*[×x*·]\s*10\s*(?:\^|\*\*)?\s*\{?\(?([-+]?\d+)\)?\}?$", re.I)
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d{1,3})?", re.I)


@dataclass(frozen=True)
class Typed:
    """A typed number: its value, its significant digits, and half a unit of the last of them."""

    value: float
    digits: int
    half: float

    def is_close_to(self, number: float) -> bool:
        """Whether the number, rounded to the digits typed, may be written so."""
        room = self.half + NOISE * abs(number)
        return math.isfinite(number) and abs(self.value - number) <= room

    def equals(self, number: float) -> bool:
        """Whether it is exactly that number, to rounding."""
        return math.isclose(self.value, number, rel_tol=EXACT, abs_tol=0.0)


def read(text: str) -> Typed:
    """The number that was typed; raises ValueError with a sentence where there is none."""
    line = text.strip().replace("−", "-").replace("\N{NO-BREAK SPACE}", " ")
    if not line:
        raise ValueError("Type a number.")
    if len(line) > MAX_LENGTH:
        raise ValueError("That is longer than any number here: type fewer digits.")
    above, slash, below = line.partition("/")
    if not slash:
        return _typed(_decimal(above), text)
    return _fraction(_decimal(above), _decimal(below), text)


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
    broken = [p.digits for p, part in zip(parts, (above, below), strict=True) if part % 1]
    if not broken or not value:
        return Typed(value, 17, EXACT * abs(value))
    digits = max(1, min(broken))
    unit = 10.0 ** (math.floor(math.log10(abs(value))) - digits + 1)
    return Typed(value, digits, 0.5 * unit)
