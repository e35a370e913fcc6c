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
from dataclasses import dataclass
from itertools import product

import numpy as np

from core.activations import HIDDEN, OUTPUT
from core.chain import Functions
from core.gradients import Array, gradients
from core.losses import LOSSES, SquaredError, check_targets, losses_for
from core.network import Network, check_softmax
from core.utils.number_text import number_text
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
WITHOUT_HALF, WITH_HALF = "their loss lacks the ½ of ours", "their loss has a ½"
SUM, MEAN = "their loss is a sum over the samples", "their loss is a mean over the samples"
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


@dataclass(frozen=True, eq=False)
class Agreement:
    """Both gradients of every matrix, in our layout, and the digits in which they agree.

    digits: by the largest difference in a matrix, relative to its largest entry. precision: of
    theirs. factor: of theirs to ours, if they are equal but for a constant one; else 1. reason:
    what such a factor is due to; empty if nothing is known that would make it right.
    """

    net: Network
    functions: Functions
    samples: int
    ours: tuple[Array, ...]
    theirs: tuple[Array, ...]
    precision: Precision
    factor: float = 1.0
    reason: str = ""

    @property
    def digits(self) -> tuple[int, ...]:
        """The digits of each matrix, after division by the factor."""
        return _all_digits(self.theirs, self.ours, self.factor)

    @property
    def differences(self) -> tuple[float, ...]:
        """The largest difference in each matrix, after division by the factor."""
        pairs = zip(self.theirs, self.ours, strict=True)
        return tuple(float(np.abs(dW / self.factor - own).max()) for dW, own in pairs)

    @property
    def is_proportional(self) -> bool:
        """Whether all are equal up to the rounding of their precision, but for the factor."""
        return min(self.digits) >= self.precision.least

    @property
    def agrees(self) -> bool:
        """Whether all are equal up to rounding, and a factor has a reason."""
        return self.is_proportional and (self.factor == 1 or bool(self.reason))

    @property
    def sentence(self) -> str:
        """What was compared, and in how many digits it agrees."""
        if not self.is_proportional:
            return DIFFER
        if not self.agrees:
            flipped = math.isclose(self.factor, -1, rel_tol=10.0**-self.precision.least)
            return FLIPPED if flipped else SCALED.format(number_text(self.factor))
        least = plural(min(self.digits), "digit")
        factor = ""
        if self.factor != 1:
            factor = f" after division by the constant factor {number_text(self.factor)}"
            factor += f", since {self.reason}"
        return (
            f"All {len(self.ours)} gradients agree with ours to {least} or more{factor}. "
            f"They are in {self.precision.text}."
        )


def compare(found: ForeignWeights, functions: Functions) -> Agreement:
    """Return a file's gradients beside ours for those activations and that loss.

    Raises ValueError if gradients, X or y are missing, do not fit or are too large.
    """
    X, y, theirs = _batch(found)
    net = found.network(functions.hidden, functions.output)
    ours = gradients(net, X, y, functions.loss)
    single = all(np.array_equal(dW, dW.astype(np.float32)) for dW in theirs)
    precision = SINGLE if single else DOUBLE
    reasons = _reasons(functions.loss, *y.shape)
    factor = _constant_factor(theirs, ours, precision.least, reasons)
    reason = reasons.get(factor, "")
    return Agreement(net, functions, len(X), ours, theirs, precision, factor, reason)


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
    samples = max(len(found.X), len(found.y))
    units = len(found.matrices[0]) + sum(W.shape[1] for W in found.matrices)
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
        reason = [why for _, why in parts if why] or [""]
        found.setdefault(math.prod(factor for factor, _ in parts), listing(reason))
    return found


def _constant_factor(
    theirs: Sequence[Array], ours: Sequence[Array], least: int, known: Iterable[float]
) -> float:
    """Return the factor of theirs to ours, a known one if possible, with which they agree.

    1 if with none they agree in that many digits.
    """
    for factor in known:
        if min(_all_digits(theirs, ours, factor)) >= least:
            return factor
    size = sum(float(np.vdot(own, own)) for own in ours)
    both = sum(float(np.vdot(dW, own)) for dW, own in zip(theirs, ours, strict=True))
    factor = both / size if size and math.isfinite(size) else 1.0
    return factor if factor and min(_all_digits(theirs, ours, factor)) >= least else 1.0


def _all_digits(theirs: Sequence[Array], ours: Sequence[Array], factor: float) -> tuple[int, ...]:
    pairs = zip(theirs, ours, strict=True)
    return tuple(_digits(dW / factor, own) for dW, own in pairs)


def _digits(theirs: Array, ours: Array) -> int:
    difference, size = float(np.abs(theirs - ours).max()), float(np.abs(ours).max())
    if not difference:
        return MAX_DIGITS
    if not size > difference:  # also where either is not finite
        return 0
    return min(MAX_DIGITS - 1, math.floor(math.log10(size / difference)))
