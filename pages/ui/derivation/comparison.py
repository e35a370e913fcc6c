"""Two sides of an equation on the data: in how many digits they agree, and why in few."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np

from core.checking.complex_step import STEP
from core.utils.number_text import exponent_text, number_text
from core.utils.sentence import plural

ALL_DIGITS = 16  # of a float64
FEW_DIGITS = 10  # fewer need an explanation
SMALLEST = float(np.finfo(np.float64).tiny)  # 2.2e-308; below it a float64 loses digits
CANCELLATION = (
    "The summed terms cancel: their magnitudes add up to {size}, and rounding leaves a difference "
    "of {difference}."
)
NOT_FINITE = "One side is not a finite number, so the two cannot be compared."
ROUNDED = (
    "Rounding loses digits in a slope’s 1 − …, since some ŷ or Z is so close to its limit. The "
    "complex step subtracts nothing and keeps them."
)
UNDERFLOW = (
    f"One side has underflowed: below {exponent_text(SMALLEST, 1)} a float64 loses digits, and "
    "below 4.9e−324 it is 0. On the left this happens before the division by "
    f"h = {exponent_text(STEP)}."
)


@dataclass(frozen=True)
class Comparison:
    """Both sides of an equation on the data, with their names."""

    left_name: str
    left: float
    right_name: str
    right: float
    size: float | None = None  # scale of a difference; None: the numbers themselves
    explanation: str = field(default="", kw_only=True)  # why few digits agree

    @property
    def digits(self) -> int:
        """The number of significant digits in which both sides agree."""
        return self._digits_of(max(abs(self.left), abs(self.right)))

    @property
    def digits_of_terms(self) -> int:
        """The number of agreeing digits relative to the magnitude of the summed terms."""
        return self.digits if self.size is None else self._digits_of(self.size)

    @property
    def _finite(self) -> bool:
        return math.isfinite(self.left) and math.isfinite(self.right)

    def _digits_of(self, size: float) -> int:
        difference = abs(self.left - self.right)
        if not difference:
            return ALL_DIGITS
        if not size > difference:
            return 0
        return min(ALL_DIGITS - 1, math.floor(math.log10(size / difference)))

    @property
    def agreement(self) -> str:
        """A sentence on how many digits agree."""
        if not self._finite:
            return NOT_FINITE
        if self.digits == ALL_DIGITS:
            return f"All {ALL_DIGITS} digits agree."
        if not self.digits:
            return "No digit agrees."
        return f"{plural(self.digits, 'digit')} {'agrees' if self.digits == 1 else 'agree'}."

    def with_explanation(self, digits: int, *, saturated: Callable[[], bool]) -> Self:
        """Return the same with the reason why few digits agree, if known; numbers have `digits`.

        `saturated` returns whether an activation on the path is so close to its limit that its
        slope's 1 − … loses digits; it is called only if needed.
        """
        if self.digits >= FEW_DIGITS or self.explanation or not self._finite:
            return self
        return replace(self, explanation=self._reason(digits, saturated))

    def _reason(self, digits: int, saturated: Callable[[], bool]) -> str:
        if self.size is not None and self.digits_of_terms >= FEW_DIGITS:
            difference = abs(self.left - self.right)
            return CANCELLATION.format(
                size=number_text(self.size, digits), difference=number_text(difference, digits)
            )
        left, right = abs(self.left), abs(self.right)
        if max(left, right) >= SMALLEST / STEP and saturated():
            return ROUNDED
        if left < SMALLEST / STEP or right < SMALLEST:
            return UNDERFLOW
        return ""
