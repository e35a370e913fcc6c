"""How precisely numbers were given, estimated from the numbers themselves.

Rounded to s significant digits, numbers have few trailing zeros within s digits; rounded to p
decimals, few within p decimals. Which of the two it was is told by the zeros: each is there by
chance one time in ten. Where that does not decide, the coarser of the two is taken for each number,
so that nobody is accused for having rounded.
"""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from core.gradients import Array

FULL = 15  # significant digits of a float64 printed in full
SINGLE = 7  # of a float32
DECIMALS_OF_ZERO = 1  # where nothing tells it: what rounds to 0 there may have been rounded
UNDECIDED = 3  # trailing zeros more than the other reading needs: a thousand to one
COMPUTED = 1e-9  # of the sum of |terms|: what rounding may do to a sum in float64
COMPUTED_SINGLE = 2e-6  # and in float32


@dataclass(frozen=True, eq=False)
class Precision:
    """What a matrix was rounded to: `digits` significant ones or `decimals`, whichever is likelier.

    half: (rows, columns), half a unit of each number's last place. computed: how far beyond it,
    relative to the sum of |terms|, the arithmetic may have brought it.
    """

    digits: int | None
    decimals: int | None
    half: Array
    computed: float

    @property
    def is_full(self) -> bool:
        """Whether all digits of a float64 were given."""
        return self.digits is not None and self.digits >= FULL

    def __str__(self) -> str:
        """As words: 6 significant digits, 4 decimals, full precision."""
        if self.decimals is not None:
            return f"{self.decimals} decimal{'s' * (self.decimals != 1)}"
        if self.digits is None or self.digits >= FULL:
            return "single precision" if self.computed > COMPUTED else "full precision"
        return f"{self.digits} significant digit{'s' * (self.digits != 1)}"


def precision(given: Array, decimals_of_zero: int = DECIMALS_OF_ZERO) -> Precision:
    """How precisely a matrix of finite numbers was given.

    Nothing but zeros do not tell to how many decimals they were rounded; that many are assumed.
    """
    written = [_written(value) for value in given.ravel() if value]
    if not written:
        places = decimals_of_zero
        return Precision(None, places, np.full_like(given, _unit(places) / 2), COMPUTED)
    digits, places = (max(column) for column in zip(*written, strict=True))
    computed = COMPUTED_SINGLE if digits >= SINGLE and _is_single(given) else COMPUTED
    if digits >= FULL:
        return Precision(digits, None, np.zeros_like(given), computed)
    of_digits = sum(digits - own for own, _ in written)
    of_places = sum(places - own for _, own in written)
    significant, decimal = _half_digits(given, digits), np.full(given.shape, _unit(places) / 2)
    by_decimals = of_places <= of_digits and places >= 0
    half = decimal if by_decimals else significant
    if abs(of_digits - of_places) < UNDECIDED:
        half = np.maximum(significant, decimal)
    half = np.where(given == 0, decimal, half)  # only decimals make a zero of what is none
    return Precision(
        None if by_decimals else digits, places if by_decimals else None, half, computed
    )


def decimals_written(given: Array) -> int | None:
    """To how many decimals the numbers were written that are not 0; None where all are 0."""
    return max((max(0, _written(value)[1]) for value in given.ravel() if value), default=None)


def _written(value: float) -> tuple[int, int]:
    """How many significant digits and how many decimals its shortest writing has."""
    number = Decimal(repr(float(value))).normalize().as_tuple()
    return len(number.digits), -int(number.exponent)


def _half_digits(given: Array, digits: int) -> Array:
    size = np.abs(given)
    exponent = np.floor(np.log10(np.where(size > 0, size, 1.0)))
    half: Array = np.where(size > 0, 0.5 * 10.0 ** (exponent - digits + 1), 0.0)
    return half


def _unit(places: int) -> float:
    return float(10.0**-places)


def _is_single(given: Array) -> bool:
    """Whether each number is a float32, or the shortest writing of one."""
    with np.errstate(over="ignore", under="ignore"):
        single = given.astype(np.float32)
    written = np.array([float(str(value)) for value in single.ravel()]).reshape(given.shape)
    return bool(((single.astype(np.float64) == given) | (written == given)).all())
