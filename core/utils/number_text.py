"""Numbers as text: one function for each form.

    typed_text(-1e-6)        # "-1e-6": all digits, in characters that every program reads
    exact_text(-1e-6)        # "−1e−6": all digits, on the screen
    short_text(-1e-6 / 3)    # "−3.333e−7": a few digits, in a sentence or a figure
    number_text(-1e-6 / 3)   # "−3.333 × 10⁻⁷": beside formulas; its LaTeX: `pages.ui.style.latex`

The screen's minus is U+2212, and 0 has none. `pages/ui/live/draw/numbers.js` has the browser's.
"""

import math
import re
from collections.abc import Sequence

from core.utils.small_digits import superscript

DIGITS = 4
SMALL, LARGE = 1e-3, 1e6  # outside, `number_text` has a power of ten
_EXPONENT = re.compile(r"(?<=e)\+?(-?)0*(?=\d)")  # Python's own are "e-05" and "e+16"


def typed_text(value: float) -> str:
    """Return the shortest text that is read as exactly that number: 0.1, 10, 1e-6."""
    return _EXPONENT.sub(r"\1", repr(float(value)).removesuffix(".0"))


def exact_text(value: float) -> str:
    """Return all digits of a number: 0.1, 10, −1e−6."""
    return _on_screen(typed_text(value + 0.0))


def short_text(value: float, digits: int = DIGITS) -> str:
    """Return a number with that many significant digits, without zeros at the end: −2.5e−5."""
    return _on_screen(f"{value + 0.0:.{digits}g}")


def fixed_text(value: float, decimals: int) -> str:
    """Return a number with that many decimals: −0.50."""
    return _on_screen(f"{round(value, decimals) + 0.0:.{decimals}f}")


def exponent_text(value: float, decimals: int = 0) -> str:
    """Return a number as a mantissa with those decimals and an exponent: 3e−16."""
    return _on_screen(f"{value + 0.0:.{decimals}e}")


def number_text(value: float, digits: int = DIGITS) -> str:
    """Return a number with that many significant digits, or fewer if they are exact."""
    head, power = number_parts(value, digits)
    return _on_screen(head) + (f" × 10{superscript(power)}" if power else "")


def signed_text(value: float, digits: int = DIGITS) -> str:
    """Return `number_text` with a plus sign if positive."""
    return "+" * (value > 0) + number_text(value, digits)


def operand_text(value: float, digits: int = DIGITS) -> str:
    """Return `number_text` as a factor: in brackets if negative or itself a product."""
    text = number_text(value, digits)
    return f"({text})" if text.startswith("−") or "×" in text else text


def number_parts(value: float, digits: int) -> tuple[str, int]:
    """Return a number's decimal part, in ASCII but for ∞, and its power of ten; 0 is for none."""
    if not math.isfinite(value):
        return {math.inf: "∞", -math.inf: "-∞"}.get(value, "undefined"), 0
    size = abs(value)
    if value == int(value) and size < LARGE:
        return str(int(value)), 0
    if not SMALL <= size < LARGE:
        head, power = f"{value:.{digits - 1}e}".split("e")
        return head, int(power)
    rounded = round_to(value, digits)
    if rounded == value:
        return f"{value:.{digits}g}", 0
    places = max(0, digits - 1 - math.floor(math.log10(abs(rounded))))
    return f"{rounded:.{places}f}", 0


def round_to(value: float, digits: int) -> float:
    """Return a number rounded to that many significant digits."""
    return float(f"{value:.{digits}g}")


def cell_text(value: float) -> str:
    """Return a number as a file has it, a whole one without a point: 1, 0.5, 1e-06."""
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def shape_text(shape: Sequence[int]) -> str:
    """Return a matrix's shape: 3×4, 1,000×2."""
    return "×".join(f"{length:,}" for length in shape)


def _on_screen(text: str) -> str:
    return _EXPONENT.sub(r"\1", text).replace("-", "−")
