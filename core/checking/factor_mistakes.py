"""The slips that people make in one number of the chain rule, and what each would give.

    question = Question(net, X, y, layer=1, row=0, column=0, sample=2, output=0, asked="dZ_dH")
    verdict = judge(read("0.25"), question)
    verdict.right, verdict.found      # and which slips give the typed number

`core.checking` recognises mistakes in whole gradients; here it is one number that somebody types.
`SLIPS` are data: each says what was done and computes what comes of it. Only those that give
another number than the truth are tried, and only those that give the number typed are named.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import numpy as np

from core.activations import ACTIVATIONS
from core.checking.typed_number import Typed
from core.gradients import Array, ChainFactors, chain_factors, gradients, targets
from core.losses import LOSSES
from core.network import Forward, Network

FACTORS = ("dC_dyhat", "dyhat_dO", "dO_dW2", "dO_dZ", "dZ_dH", "dH_dW1")
WHOLE = ("product", "contribution", "gradient")
FEWEST_DIGITS = 2
MOST_PLACES = 3  # that fit: beyond it they fit by chance
MOST_BY_CHANCE = 0.5  # places that would fit if the number had been drawn at random
OUTPUT, HIDDEN = "of the output", "of the hidden unit"


@dataclass(frozen=True, eq=False)
class Question:
    """Which number is asked for: `asked` is a factor's name, or one of WHOLE.

    The weight is W⁽layer⁾[row, column], its sample and output as in `core.gradients`, all from 0;
    `raw` (N, d) are the inputs before they were scaled.
    """

    net: Network
    X: Array
    y: Array
    raw: Array
    layer: Literal[1, 2]
    row: int
    column: int
    sample: int
    output: int
    asked: str
    loss: str = "half_mse"

    @cached_property
    def forward(self) -> Forward:
        """The forward pass of all samples."""
        return self.net.forward(self.X)

    @cached_property
    def factors(self) -> ChainFactors:
        """The true factors."""
        return chain_factors(self.net, self.X, self.y, self.loss)

    @cached_property
    def targets(self) -> Array:
        """The targets y (N, K)."""
        return targets(self.y, self.forward.y_hat.shape)

    @cached_property
    def chain(self) -> "FactorChain":
        """The true chain."""
        f = self.factors
        ones = np.ones(len(self.X))
        if self.layer == 2:
            through = np.zeros(self.net.outputs)
            through[self.column] = 1.0  # a weight of W2 reaches one output only
            return FactorChain(
                f.dC_dyhat, f.dyhat_dO, f.dC_dO, through, ones, f.dO_dW2[:, self.row]
            )
        l = self.column
        carried = f.dH_dW1[:, self.row]
        return FactorChain(f.dC_dyhat, f.dyhat_dO, f.dC_dO, f.dO_dZ[l], f.dZ_dH[:, l], carried)

    @cached_property
    def truth(self) -> float:
        """The number asked for."""
        if self.asked == "gradient":  # as it is shown: by matrix products
            dW = gradients(self.net, self.X, self.y, self.loss)[self.layer - 1]
            return float(dW[self.row, self.column])
        return self.of(self.chain)

    def of(self, chain: "FactorChain") -> float:
        """The number asked for, if the chain were that one."""
        return chain.entry(self.asked, self.sample, self.output)


@dataclass(frozen=True, eq=False)
class FactorChain:
    """The factors of one weight for all samples; a slip puts others in their places."""

    error: Array  # (N, K)  ∂C/∂ŷ
    slope: Array  # (N, K)  ∂ŷ/∂O
    both: Array  # (N, K)   their product, fused where the loss says so
    out: Array  # (K,)      ∂O/∂Z; of a weight of W2, 1 for its own output and 0 for the others
    hidden_slope: Array  # (N,)  ∂Z/∂H; of a weight of W2, 1
    carried: Array  # (N,)  what the weight multiplies: ∂O/∂W2 or ∂H/∂W1

    @cached_property
    def parts(self) -> Array:
        """What each sample adds through each output, (N, K)."""
        parts: Array = self.both * self.out * (self.hidden_slope * self.carried)[:, np.newaxis]
        return parts

    def entry(self, asked: str, i: int, o: int) -> float:
        """The number of that name, for sample i through output o."""
        if asked in WHOLE:
            part: Array = {"product": self.parts[i, o], "contribution": self.parts[i]}.get(
                asked, self.parts
            )
            return float(np.sum(part))
        return float(
            {
                "dC_dyhat": self.error[i, o],
                "dyhat_dO": self.slope[i, o],
                "dO_dZ": self.out[o],
                "dZ_dH": self.hidden_slope[i],
                "dO_dW2": self.carried[i],
                "dH_dW1": self.carried[i],
            }[asked]
        )

    def times(self, scale: float) -> "FactorChain":
        """The same with ∂C/∂ŷ times a number."""
        return replace(self, error=scale * self.error, both=scale * self.both)

    def with_error(self, error: Array) -> "FactorChain":
        """The same with another ∂C/∂ŷ."""
        return replace(self, error=error, both=error * self.slope)

    def with_slope(self, slope: Array) -> "FactorChain":
        """The same with another ∂ŷ/∂O."""
        return replace(self, slope=slope, both=self.error * slope)


@dataclass(frozen=True)
class FactorMatch:
    """What a slip gives: which of its ways, or where in the matrix (row and column from 0)."""

    value: float
    which: str = ""
    place: tuple[int, int] | None = None


Values = Callable[[Question], Iterable[FactorMatch]]
Chains = Callable[[Question], Iterable[tuple[str, FactorChain]]]


@dataclass(frozen=True)
class Slip:
    """A slip: its name, what was done, and what that gives."""

    name: str
    done: str
    values: Values = field(compare=False)


@dataclass(frozen=True)
class FactorExplanation:
    """A slip that gives the typed number, and in which ways."""

    slip: Slip
    found: tuple[FactorMatch, ...]


@dataclass(frozen=True)
class Verdict:
    """Whether the typed number is right; if it is not, what gives it.

    `too_few`: it has too few digits to tell. `agreeing`: how many significant digits of a wrong
    number are right.
    """

    right: bool
    too_few: bool = False
    agreeing: int = 0
    explanations: tuple[FactorExplanation, ...] = ()


def judge(typed: Typed, question: Question) -> Verdict:
    """Whether that is the number asked for, to the digits typed; if not, which slips give it.

    One digit is enough only where it is the whole number, as 0 or 1 may be.
    """
    truth = question.truth
    if typed.equals(truth):
        return Verdict(right=True)
    if typed.is_close_to(truth):
        enough = typed.digits >= FEWEST_DIGITS
        return Verdict(right=enough, too_few=not enough)
    explanations = tuple(_explanations(typed, question))
    if typed.digits < FEWEST_DIGITS and not explanations:
        return Verdict(right=False, too_few=True)
    return Verdict(False, False, _agreeing(typed.value, truth), explanations)


def _explanations(typed: Typed, question: Question) -> Iterator[FactorExplanation]:
    for slip in SLIPS:
        with np.errstate(all="ignore"):  # what people do may well be 0/0
            tried = [f for f in slip.values(question) if _differs(f.value, question.truth)]
        fitting = tuple(found for found in tried if _gives(found.value, typed))
        if fitting and not _by_chance(tried, fitting, typed):
            yield FactorExplanation(slip, fitting)


def _differs(value: float, truth: float) -> bool:
    return math.isfinite(value) and not math.isclose(value, truth, rel_tol=1e-9)


def _gives(value: float, typed: Typed) -> bool:
    return typed.is_close_to(value) if typed.digits >= FEWEST_DIGITS else typed.equals(value)


def _by_chance(tried: list[FactorMatch], fitting: tuple[FactorMatch, ...], typed: Typed) -> bool:
    """Whether so many places of a matrix were tried that one fits, whatever is typed."""
    values = [found.value for found in tried if found.place is not None]
    if not values:
        return False
    spread = max(values) - min(values)
    expected = len(values) * 2 * typed.half / spread if spread > 2 * typed.half else 0.0
    exact = all(typed.equals(found.value) for found in fitting)
    return len(fitting) > MOST_PLACES or (expected > MOST_BY_CHANCE and not exact)


def _agreeing(value: float, truth: float) -> int:
    """How many significant digits the two share."""
    if not truth or not value or not math.isfinite(truth):
        return 0
    return max(0, math.floor(-math.log10(2 * abs(value - truth) / abs(truth))))


# The ways to the slips' numbers.


def _of(chains: Chains) -> Values:
    """The numbers of altered chains."""

    def values(q: Question) -> Iterable[FactorMatch]:
        first: dict[float, str] = {}
        for which, chain in chains(q):
            first.setdefault(q.of(chain), which)
        return [FactorMatch(value, which) for value, which in first.items()]

    return values


def _slope(activation: str, a: Array) -> Array:
    return ACTIVATIONS[activation].slope(a)


def _slopes(output: Callable[[Question], Array], hidden: Callable[[Question], Array]) -> Values:
    """Other arrays in place of σ′ of the output (N, K), of the hidden unit (N,), of both."""

    def chains(q: Question) -> Iterator[tuple[str, FactorChain]]:
        one = q.chain.with_slope(output(q))
        yield OUTPUT, one
        if q.layer == 1:
            yield HIDDEN, replace(q.chain, hidden_slope=hidden(q))
            yield "of both", replace(one, hidden_slope=hidden(q))

    return _of(chains)


def _unit(A: Callable[[Question], Array]) -> Callable[[Question], Array]:
    """The column of the weight's hidden unit."""
    return lambda q: A(q)[:, q.column]


def _taken_at_value(activation: str, a: Array) -> Array:
    """σ′ with the value σ(x) as its argument, where x belongs."""
    function = ACTIVATIONS[activation]
    return function.slope(function.value(a))


def _sign(q: Question) -> Iterable[FactorMatch]:
    return [FactorMatch(-q.truth)]


def _scaled_by(scale: Callable[[Question], float]) -> Values:
    return _of(lambda q: [("", q.chain.times(scale(q)))])


def _has_mean(q: Question) -> bool:
    return LOSSES[q.loss].error_scale(1) != LOSSES[q.loss].error_scale(2)


def _missing_mean(q: Question) -> float:
    return float(len(q.X)) if _has_mean(q) else 1.0


def _extra_mean(q: Question) -> float:
    return 1.0 if _has_mean(q) else 1 / len(q.X)


def _two(q: Question) -> Iterable[tuple[str, FactorChain]]:
    return [("twice as much", q.chain.times(2.0)), ("half as much", q.chain.times(0.5))]


def _missing_error(q: Question) -> Iterable[tuple[str, FactorChain]]:
    scale = LOSSES[q.loss].error_scale(len(q.X))
    ones = np.full_like(q.chain.error, scale)
    if LOSSES[q.loss].fused:
        return [("", replace(q.chain, both=-ones))]
    return [("", q.chain.with_error(-ones))]


def _linear_error(q: Question) -> Iterable[tuple[str, FactorChain]]:
    loss = LOSSES[q.loss]
    error = loss.error_scale(len(q.X)) * (q.forward.O - q.targets)
    return [("", replace(q.chain, both=error) if loss.fused else q.chain.with_error(error))]


def _slope_twice(q: Question) -> Iterable[tuple[str, FactorChain]]:
    if not LOSSES[q.loss].fused:
        return []
    return [("", replace(q.chain, both=q.chain.both * q.chain.slope))]


def _raw_hidden(q: Question) -> Iterable[tuple[str, FactorChain]]:
    if q.layer == 2 and q.row < q.net.units:
        yield "", replace(q.chain, carried=q.forward.H[:, q.row])


def _raw_input(q: Question) -> Iterable[tuple[str, FactorChain]]:
    if q.layer == 1 and q.row < q.net.inputs:
        yield "", replace(q.chain, carried=q.raw[:, q.row])


def _missing_w2(q: Question) -> Iterable[tuple[str, FactorChain]]:
    if q.layer == 1:
        yield "", replace(q.chain, out=np.ones_like(q.chain.out))


def _missing_carried(q: Question) -> Iterable[tuple[str, FactorChain]]:
    yield "", replace(q.chain, carried=np.ones_like(q.chain.carried))


def _wrong_unit(q: Question) -> Iterable[FactorMatch]:
    if q.layer == 1:
        for unit in range(q.net.units):
            if unit != q.column:
                value = q.of(replace(q.chain, out=q.net.W2[unit]))
                yield FactorMatch(value, place=(unit, q.output))


def _matrix(q: Question) -> tuple[Array, tuple[int, int]]:
    """The matrix that the number asked for is an entry of, and where it stands there."""
    if q.asked == "dO_dZ":
        return q.net.W2, (q.column, q.output)  # with its bias row, which one may land in
    if q.asked in FACTORS:
        column = {"dC_dyhat": q.output, "dyhat_dO": q.output, "dZ_dH": q.column}
        return getattr(q.factors, q.asked), (q.sample, column.get(q.asked, q.row))
    if q.asked == "gradient":
        return gradients(q.net, q.X, q.y, q.loss)[q.layer - 1], (q.row, q.column)
    return _parts_of_sample(q), (q.row, q.column)


def _parts_of_sample(q: Question) -> Array:
    """What the sample adds to every weight of the matrix, through the output or through all."""
    f, i = q.factors, q.sample
    error = f.dC_dO[i].copy()
    if q.asked == "product":
        error[np.arange(len(error)) != q.output] = 0.0
    if q.layer == 2:
        return np.outer(f.dO_dW2[i], error)
    return np.outer(f.dH_dW1[i], (f.dO_dZ @ error) * f.dZ_dH[i])


def _transposed(q: Question) -> Iterable[FactorMatch]:
    matrix, (row, column) = _matrix(q)
    if row != column and column < matrix.shape[0] and row < matrix.shape[1]:
        yield FactorMatch(float(matrix[column, row]), place=(column, row))
    W2, K, l = q.net.W2, q.net.outputs, q.column
    if q.layer == 1 and q.asked in WHOLE and l < K <= len(W2):
        yield FactorMatch(q.of(replace(q.chain, out=W2[:K, l])), "in W⁽²⁾")


def _other_cell(q: Question) -> Iterator[FactorMatch]:
    matrix, (row, column) = _matrix(q)
    of_samples = q.asked in FACTORS and q.asked != "dO_dZ"  # another sample is a slip of its own
    told = {(row, column), (column, row)}  # the latter as transposed
    if q.asked == "dO_dZ":
        told |= {(unit, column) for unit in range(q.net.units)}  # as a wrong unit
    for r in [row] if of_samples else range(matrix.shape[0]):
        for c in range(matrix.shape[1]):
            if (r, c) not in told:
                yield FactorMatch(float(matrix[r, c]), place=(r, c))


def _other_sample(q: Question) -> Iterator[FactorMatch]:
    if q.asked in {"dO_dZ", "gradient"}:
        return
    if q.asked == "contribution":
        values, column = q.chain.parts.sum(axis=1), 0
    elif q.asked == "product":
        values, column = q.chain.parts[:, q.output], q.output
    else:
        matrix, (_, column) = _matrix(q)
        values = matrix[:, column]
    for sample, value in enumerate(values):
        if sample != q.sample:
            yield FactorMatch(float(value), place=(sample, column))


def _one_sample(q: Question) -> Iterable[FactorMatch]:
    if q.asked == "gradient":
        yield FactorMatch(float(q.chain.parts[q.sample].sum()))


def _one_output(q: Question) -> Iterator[FactorMatch]:
    if q.asked in {"contribution", "gradient"} and q.layer == 1 and q.net.outputs > 1:
        parts = q.chain.parts if q.asked == "gradient" else q.chain.parts[[q.sample]]
        for o, value in enumerate(parts.sum(axis=0)):
            yield FactorMatch(float(value), f"output {o + 1}")


def _rounded(A: Array, digits: int) -> Array:
    """To that many significant digits."""
    rounded: Array = np.vectorize(lambda a: float(f"{a:.{digits}g}"), otypes=[float])(A)
    return rounded


def _rounded_early(q: Question) -> Iterator[FactorMatch]:
    """From a rounded ŷ and Z, and from rounded factors."""
    if q.asked == "gradient":
        return  # of many samples each: no one rounds those by hand
    for digits in range(1, 5):
        which = f"to {digits} significant digit{'s' * (digits > 1)}"
        yield FactorMatch(_from_rounded(q, digits).entry(q.asked, 0, q.output), which)
        if q.asked not in FACTORS:
            yield FactorMatch(_of_rounded(q, digits).entry(q.asked, 0, q.output), which)


def _from_rounded(q: Question, digits: int) -> FactorChain:
    """The sample's chain from its rounded ŷ and Z."""
    i, chain = [q.sample], q.chain
    y_hat, Z = _rounded(q.forward.y_hat[i], digits), _rounded(q.forward.Z[i], digits)
    error = LOSSES[q.loss].slope(q.targets[i], y_hat) * _share(q)
    slope = _slope(q.net.output, y_hat)
    hidden = _slope(q.net.hidden, Z)[:, q.column] if q.layer == 1 else chain.hidden_slope[i]
    carried = chain.carried[i]
    if q.layer == 2:
        carried = _rounded(carried, digits)
    return FactorChain(error, slope, error * slope, chain.out, hidden, carried)


def _of_rounded(q: Question, digits: int) -> FactorChain:
    """The sample's chain of rounded factors."""
    i, chain = [q.sample], q.chain
    error, slope = _rounded(chain.error[i], digits), _rounded(chain.slope[i], digits)
    rest = (chain.out, chain.hidden_slope[i], chain.carried[i])
    return FactorChain(error, slope, error * slope, *(_rounded(A, digits) for A in rest))


def _share(q: Question) -> float:
    """What makes ∂C/∂ŷ of one sample alone that of one among N."""
    loss = LOSSES[q.loss]
    return loss.error_scale(len(q.X)) / loss.error_scale(1)


def _cut_off(q: Question) -> Iterator[FactorMatch]:
    """The digits after the first few left away, where rounding would have raised the last."""
    if not q.truth or not math.isfinite(q.truth):
        return
    place = math.floor(math.log10(abs(q.truth)))
    for digits in range(FEWEST_DIGITS, 13):
        unit = 10.0 ** (place - digits + 1)
        cut = math.copysign(math.floor(abs(q.truth) / unit) * unit, q.truth)
        if abs(abs(q.truth) - abs(cut)) > unit / 2:
            yield FactorMatch(cut, f"after {digits} digits")


SLIPS = (
    Slip("sign", "the sign is the wrong way round, as when y − ŷ and ŷ − y are confused", _sign),
    Slip("missing_mean", "1/N is forgotten", _scaled_by(_missing_mean)),
    Slip(
        "extra_mean",
        "the sum is divided by N, which this loss does not do",
        _scaled_by(_extra_mean),
    ),
    Slip("factor_two", "a factor of 2 is missing or extra, from the square in the loss", _of(_two)),
    Slip("missing_error", "the factor y − ŷ is missing, as if it were 1", _of(_missing_error)),
    Slip("linear_output_error", "O is used instead of ŷ in the error", _of(_linear_error)),
    Slip(
        "missing_derivative",
        "the factor σ′ is missing, with 1 in its place",
        _slopes(
            lambda q: np.ones_like(q.chain.slope),
            lambda q: np.ones_like(q.chain.hidden_slope),
        ),
    ),
    Slip(
        "derivative_of_activation",
        "σ′ is taken at σ’s value, at ŷ in place of O or at Z in place of H",
        _slopes(
            lambda q: _taken_at_value(q.net.output, q.forward.y_hat),
            _unit(lambda q: _taken_at_value(q.net.hidden, q.forward.Z)),
        ),
    ),
    Slip(
        "activation_for_derivative",
        "σ is taken in place of σ′",
        _slopes(lambda q: q.forward.y_hat, _unit(lambda q: q.forward.Z)),
    ),
    Slip(
        "argument_for_value",
        "O is put in for ŷ, or H for Z, in the formula of σ′",
        _slopes(
            lambda q: _slope(q.net.output, q.forward.O),
            _unit(lambda q: _slope(q.net.hidden, q.forward.H)),
        ),
    ),
    Slip(
        "target_for_prediction",
        "y is put in for ŷ in the formula of σ′",
        _of(lambda q: [(OUTPUT, q.chain.with_slope(_slope(q.net.output, q.targets)))]),
    ),
    Slip(
        "slope_twice",
        "ŷ(1 − ŷ) is multiplied in once more, though it cancels against the loss",
        _of(_slope_twice),
    ),
    Slip("raw_hidden", "H is taken in place of Z", _of(_raw_hidden)),
    Slip("raw_input", "the value as read is taken, not as the network takes it", _of(_raw_input)),
    Slip("missing_w2", "the weight on the way out is missing, as if it were 1", _of(_missing_w2)),
    Slip(
        "missing_carried",
        "what the weight multiplies is missing, as if it were 1",
        _of(_missing_carried),
    ),
    Slip("wrong_unit", "W⁽²⁾ is taken of another hidden unit", _wrong_unit),
    Slip("transposed", "row and column are the wrong way round", _transposed),
    Slip("other_cell", "it is another entry of the same matrix", _other_cell),
    Slip("other_sample", "it is the number of another sample", _other_sample),
    Slip("one_sample", "it is this sample’s contribution alone, not the sum", _one_sample),
    Slip("one_output", "it goes through one output only, not the sum over all", _one_output),
    Slip("cut_off", "digits are cut off where they should be rounded", _cut_off),
    Slip("rounded_early", "numbers are rounded before they are multiplied", _rounded_early),
)
