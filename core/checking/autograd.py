"""Gradients from another program, such as PyTorch's autograd, beside ours at its weights.

    functions = Functions(loss="cross_entropy", hidden="tanh", output="softmax")
    agreement = compare(read_weights(data, "torch.npz"), functions)
    agreement.digits        # in which each matrix's gradient agrees
    agreement.sentence

Weights, batch and gradients are the file's; which activations and loss they belong to is said, or
`choices_that_agree` finds it out.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import product

import numpy as np

from core.activations import HIDDEN, OUTPUT
from core.chain import Functions, Symbol
from core.gradients import Array, gradients
from core.losses import LOSSES, SquaredError, check_targets, losses_for
from core.network import Network, check_softmax
from core.utils.number_text import DIGITS, number_text, round_to
from core.utils.sentence import listing, plural
from core.weights import ForeignWeights

MAX_DIGITS = 16  # of a float64
MAX_VALUES = 500_000  # of inputs and units in all samples: some seconds for all choices
MISSING = (
    "it holds no {}; save weights, batch and gradients together, as the lines on the Check page do"
)
DIFFER = "These gradients differ from ours at the same weights, on the same batch."
FLIPPED = "These gradients are ours with the opposite sign: their sign is flipped."
SCALED = (
    "These gradients are equal to ours but for a factor of {}: perhaps the loss is scaled, or "
    "gradients of several backward calls add up (zero_grad)."
)
COARSE = (
    "These gradients are in half precision (float16 or bfloat16), too coarse to judge them: "
    "compute them in more (model.double(), X.double()), and save them again."
)
ALL_ZERO = " Theirs are all 0: perhaps they were saved after zero_grad()."
WITHOUT_HALF, WITH_HALF = "their loss lacks the ½ of ours", "their loss has a ½"
SUM = "theirs is a sum over the samples, not a mean"
MEAN = "theirs is a mean over the samples, not a sum"
OVER_OUTPUTS = "PyTorch’s mean is over the outputs, too"
TOO_MANY = (
    "its batch of {:,} samples is too large for {:,} inputs and units; save a batch of at most {:,}"
)


@dataclass(frozen=True)
class Precision:
    """The precision of gradients, and the digits from which two count as equal in it."""

    text: str
    least: int


DOUBLE = Precision("double precision", 9)
SINGLE = Precision("single precision (float32, about 7 digits)", 4)
HALF = Precision("half precision (float16 or bfloat16, about 3 digits)", 2)


@dataclass(frozen=True, eq=False)
class Agreement:
    """Both gradients of every matrix, in our layout, and the digits in which they agree.

    theirs: NaN where the file has none, which is not compared. digits: by the largest difference in
    a matrix, relative to its largest entry. precision: of theirs. factor: of theirs to ours, if
    they are equal but for a constant one; else 1. reason: what such a factor is due to; empty if
    nothing is known that would make it right.
    """

    net: Network
    functions: Functions
    samples: int
    ours: tuple[Array, ...]
    theirs: tuple[Array, ...]
    precision: Precision
    factor: float = 1.0
    reason: str = ""

    note: str = ""  # on how the file was read

    @property
    def digits(self) -> tuple[int | None, ...]:
        """The digits of each matrix, after division by the factor; None if it is not compared."""
        return _all_digits(self.theirs, self.ours, self.factor)

    @property
    def differences(self) -> tuple[float | None, ...]:
        """The largest difference in each matrix, after division by the factor."""
        pairs = (_compared(*pair) for pair in zip(self.theirs, self.ours, strict=True))
        return tuple(
            float(np.abs(dW / self.factor - own).max()) if dW.size else None for dW, own in pairs
        )

    @property
    def least(self) -> int:
        """The digits in which all agree."""
        return _least(self.theirs, self.ours, self.factor)

    @property
    def left_out(self) -> tuple[str, ...]:
        """What is not compared since the file has no gradient of it: a matrix or its bias."""
        parts = []
        for n, dW in enumerate(self.theirs, start=1):
            missing, symbol = np.isnan(dW[:, 0]), Symbol("W", n).text  # in whole rows
            if missing.all():
                parts.append(symbol)
            elif missing.any():
                parts.append(f"the bias in {symbol}" if missing[-1] else f"{symbol} but its bias")
        return tuple(parts)

    @property
    def is_proportional(self) -> bool:
        """Whether all are equal up to the rounding of their precision, but for the factor."""
        return self.least >= self.precision.least

    @property
    def agrees(self) -> bool:
        """Whether all are equal up to rounding, and a factor has a reason."""
        return self.is_proportional and (self.factor == 1 or bool(self.reason))

    @property
    def sentence(self) -> str:
        """What was compared, and in how many digits it agrees."""
        if not self.is_proportional:
            if self.precision is HALF and self.least > 0:
                return COARSE
            return DIFFER if _any_nonzero(self.theirs) else DIFFER + ALL_ZERO
        if not self.agrees:
            flipped = math.isclose(self.factor, -1, rel_tol=10.0**-self.precision.least)
            return FLIPPED if flipped else SCALED.format(number_text(round_to(self.factor, DIGITS)))
        least = plural(self.least, "digit")
        compared = sum(digits is not None for digits in self.digits)
        precision = f"They are in {self.precision.text}."
        if not _any_nonzero(self.theirs):
            precision = "They are all 0."
        factor = ""
        if self.factor != 1:
            factor = f" after division by the constant factor {number_text(self.factor)}"
            factor += f", since {self.reason}"
        return f"All {compared} gradients agree with ours to {least} or more{factor}. {precision}"


def compare(found: ForeignWeights, functions: Functions) -> Agreement:
    """Return a file's gradients beside ours for those activations and that loss.

    Raises ValueError if gradients, X or y are missing, do not fit or are too large.
    """
    X, y, theirs = _batch(found)
    net = found.network(functions.hidden, functions.output)
    ours = gradients(net, X, y, functions.loss)
    precision = _precision(theirs, found.matrices)
    reasons = _reasons(functions.loss, *y.shape)
    factor = _constant_factor(theirs, ours, precision.least, reasons)
    reason = reasons.get(factor, "")
    return Agreement(net, functions, len(X), ours, theirs, precision, factor, reason, found.note)


def choices_that_agree(found: ForeignWeights) -> Iterator[Agreement]:
    """Yield the comparisons that agree, of all activations and losses that suit the targets.

    Raises ValueError as `compare` does.
    """
    _, y, _ = _batch(found)
    for hidden, output in product(HIDDEN, OUTPUT):
        for loss in losses_for(output):
            if not _suits(y, loss, output):
                continue
            agreement = compare(found, Functions(loss, hidden, output))
            if agreement.agrees:
                yield agreement


def _precision(theirs: Sequence[Array], weights: Sequence[Array]) -> Precision:
    """Return the lowest precision that has all gradients, in half precision the weights, too."""
    if not _any_nonzero(theirs):
        return DOUBLE  # 0 is in all of them
    if not all(map(_is_float32, theirs)):
        return DOUBLE
    everything = (*theirs, *weights)
    is_half = all(map(_is_float16, everything)) or all(map(_is_bfloat16, everything))
    return HALF if is_half else SINGLE


def _is_float32(values: Array) -> bool:
    return _is_exact(values, np.float32)


def _is_float16(values: Array) -> bool:
    return _is_exact(values, np.float16)


def _is_exact(values: Array, kind: type[np.floating]) -> bool:
    with np.errstate(over="ignore"):
        return np.array_equal(values, values.astype(kind), equal_nan=True)


def _is_bfloat16(values: Array) -> bool:
    """Return whether they are float32 whose lower half is 0."""
    if not _is_float32(values):
        return False
    bits = np.nan_to_num(values).astype(np.float32).view(np.uint32)
    return not (bits & 0xFFFF).any()


def _any_nonzero(theirs: Sequence[Array]) -> bool:
    return any(np.nan_to_num(dW).any() for dW in theirs)


def order_that_agrees(readings: Iterable[ForeignWeights], functions: Functions) -> Agreement | None:
    """Return the first comparison of all readings that agrees for those functions, if any."""
    return next((each for each in _comparisons(readings, functions) if each.agrees), None)


def choice_that_agrees(readings: Iterable[ForeignWeights]) -> Agreement | None:
    """Return the first comparison that agrees for any activations and loss; best without factor.

    Only as many readings are tried as take some seconds.
    """
    left = MAX_VALUES
    for found in readings:
        agreement = None
        with suppress(ValueError):  # outputs that do not suit the targets
            choices = choices_that_agree(found)
            agreement = min(choices, key=lambda each: each.factor != 1, default=None)
        left -= _samples(found) * _units(found)
        if agreement is not None or left <= 0:
            return agreement
    return None


def _comparisons(readings: Iterable[ForeignWeights], functions: Functions) -> Iterator[Agreement]:
    for found in readings:
        with suppress(ValueError):  # outputs that do not suit the targets
            yield compare(found, functions)


def _samples(found: ForeignWeights) -> int:
    return max(len(values) for values in (found.X, found.y) if values is not None)


def _units(found: ForeignWeights) -> int:
    return len(found.matrices[0]) + sum(len(W[0]) for W in found.matrices)


def _suits(y: Array, loss: str, output: str) -> bool:
    """Return whether there are outputs enough, and the loss is defined for the targets (N, K)."""
    try:
        check_softmax(output, y.shape[1])
        check_targets(loss, y, output)
    except ValueError:
        return False
    return True


def _batch(found: ForeignWeights) -> tuple[Array, Array, tuple[Array, ...]]:
    """Return X (N, d), the targets (N, K) and the gradients of a file.

    Raises ValueError if one is missing, or there are too many samples.
    """
    if found.gradients is None:
        raise ValueError(MISSING.format("gradients"))
    if found.X is None or found.y is None:
        raise ValueError(MISSING.format("X" if found.X is None else "y"))
    samples, units = _samples(found), _units(found)
    if samples * units > MAX_VALUES:
        raise ValueError(TOO_MANY.format(samples, units, MAX_VALUES // units))
    X = found.X if found.X.ndim == 2 else found.X[:, np.newaxis]
    return X, _targets(found.y, found.matrices[-1].shape[1]), found.gradients


def _targets(y: Array, outputs: int) -> Array:
    """Return the targets (N, K), of classes that are numbered from 0 as 0 and 1."""
    classes = y.ravel()
    numbered = outputs > 1 and y.shape[1] == 1 and bool((classes == classes.round()).all())
    if not numbered or classes.min() < 0 or classes.max() >= outputs:
        return y
    one_hot: Array = (classes[:, np.newaxis] == np.arange(outputs)).astype(np.float64)
    return one_hot


def _reasons(loss: str, N: int, K: int) -> dict[float, str]:
    """Return the factors by which programs scale the same loss, the simple ones first, and why.

    N samples, K outputs.
    """
    form = LOSSES[loss]
    divisor = form.divisor if isinstance(form, SquaredError) else float  # of N: cross-entropy's
    samples = (float(N), SUM) if divisor(2) > divisor(1) else (1 / N, MEAN)
    ways = [((1.0, ""), (1 / K, OVER_OUTPUTS)), ((1.0, ""), samples)]
    if isinstance(form, SquaredError):
        ways.append(((1.0, ""), (2.0, WITHOUT_HALF) if divisor(1) == 2 else (0.5, WITH_HALF)))
    found = {1.0: ""}
    for parts in sorted(product(*ways), key=lambda each: sum(bool(why) for _, why in each)):
        reason = [why for _, why in reversed(parts) if why] or [""]
        found.setdefault(math.prod(factor for factor, _ in parts), listing(reason))
    return found


def _constant_factor(
    theirs: Sequence[Array], ours: Sequence[Array], least: int, known: Iterable[float]
) -> float:
    """Return the factor of theirs to ours, a known one if possible, with which they agree.

    1 if with none they agree in that many digits.
    """
    for factor in known:
        if _least(theirs, ours, factor) >= least:
            return factor
    pairs = [_compared(*pair) for pair in zip(theirs, ours, strict=True)]
    size = sum(float(np.vdot(own, own)) for _, own in pairs)
    both = sum(float(np.vdot(dW, own)) for dW, own in pairs)
    factor = both / size if size and math.isfinite(size) else 1.0
    return factor if factor and _least(theirs, ours, factor) >= least else 1.0


def _compared(theirs: Array, ours: Array) -> tuple[Array, Array]:
    """Return the entries of both of which the file has a gradient."""
    given = ~np.isnan(theirs)
    return theirs[given], ours[given]


def _least(theirs: Sequence[Array], ours: Sequence[Array], factor: float) -> int:
    return min(digits for digits in _all_digits(theirs, ours, factor) if digits is not None)


def _all_digits(
    theirs: Sequence[Array], ours: Sequence[Array], factor: float
) -> tuple[int | None, ...]:
    pairs = (_compared(*pair) for pair in zip(theirs, ours, strict=True))
    return tuple(_digits(dW / factor, own) if dW.size else None for dW, own in pairs)


def _digits(theirs: Array, ours: Array) -> int:
    difference, size = float(np.abs(theirs - ours).max()), float(np.abs(ours).max())
    if not difference:
        return MAX_DIGITS
    if not size > difference:  # also where either is not finite
        return 0
    return min(MAX_DIGITS - 1, math.floor(math.log10(size / difference)))
