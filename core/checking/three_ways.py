"""Every weight's gradient by three ways: the chain rule, central differences, the complex step.

    check = gradient_check(net, X, y)
    check.agrees, check.sentence
    check.central[0].relative        # at the shape of W1; check.complex_step[1] at that of W2

Central differences take (C(w + h) − C(w − h)) / 2h: too large an h is wrong by the curvature
(∝ h²), too small a one by the digits that cancel (∝ 1/h); `step_errors` gives that valley. The step
is h = ε^⅓ max(1, |w|) / max(1, x), with ε = 2.2e-16 and x the largest number that the weight
multiplies, so that neither a large weight nor unscaled data leave the valley's floor.

The complex step (`core.checking.complex_step`) has no valley and is the judge. An error is measured
against the sum of |terms| that the gradient adds up, because a small sum of large terms cannot be
as exact as they are. ŷ(1 − ŷ) of a saturated unit is itself known only to ε, and that much is
allowed for.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.checking import complex_step
from core.checking.mistakes import Problem
from core.gradients import Array, cost
from core.network import Network
from core.utils.arguments import array, duration, function, integer
from core.utils.arguments import seed as check_seed

EPSILON = float(np.finfo(np.float64).eps)
BASE_STEP: float = EPSILON ** (1 / 3)  # 6.1e-6, where both errors of a central difference are alike
BOUND = 1e-12  # complex step, relative to the sum of |terms|
CENTRAL_BOUND = 1e-6  # central differences, in norm; they agree to some 1e-9 as a rule
CANCELLED = 20 * EPSILON  # of C, which its difference over 2h cannot know
SLOPE_NOISE = 8 * EPSILON  # what rounding leaves of ŷ(1 − ŷ), absolute
MAX_WEIGHTS, MAX_ROWS = 2000, 1000  # at most, unless asked for more
STEPS = np.logspace(-1, -14, 40)  # of the valley

Bits = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Errors:
    """What one other way gives for the weights of one matrix, at its shape; NaN where unchecked."""

    value: Array
    absolute: Array  # |analytic − value|
    relative: Array  # absolute / sum of |terms|


@dataclass(frozen=True, eq=False)
class GradientCheck:
    """Both matrices' gradients (first W1, then W2), by three ways.

    step: the h of each weight's central difference. kink: where that difference would straddle the
    kink of a ReLU, so that it says nothing. checked: which weights; rows: which samples, as indices
    into X. agrees: the verdict, by the complex step; central_agrees: whether central differences
    hold their wider bound too, which wild data can deny them; sentence: all of it in words.
    """

    analytic: tuple[Array, Array]
    scale: tuple[Array, Array]  # the sums of |terms|
    central: tuple[Errors, Errors]
    complex_step: tuple[Errors, Errors]
    step: tuple[Array, Array]
    kink: tuple[Bits, Bits]
    checked: tuple[Bits, Bits]
    rows: NDArray[np.intp]
    agrees: bool
    central_agrees: bool
    sentence: str


@dataclass(frozen=True, eq=False)
class StepErrors:
    """The error of both other ways against the step h: |difference| / |gradient|, or of norms."""

    steps: Array
    central: Array
    complex_step: Array


def gradient_check(
    net: Network,
    X: ArrayLike,
    y: ArrayLike,
    loss: str = "half_mse",
    *,
    analytic: tuple[ArrayLike, ArrayLike] | None = None,
    max_weights: int = MAX_WEIGHTS,
    max_rows: int = MAX_ROWS,
    seed: int = 0,
    seconds: float | None = None,
    progress: Callable[[int, int], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> GradientCheck:
    """Check ∂C/∂W1 and ∂C/∂W2 of samples X (N, d), targets y (N,) or (N, K), weight by weight.

    `analytic` puts somebody's own (dW1, dW2) to the test in place of eqs. 10 and 5. Of more weights
    or rows than allowed a random subsample (`seed`) is checked; C then is that of those rows alone,
    so `analytic` is refused where rows are left out. `progress` hears how many weights of how many
    are done; after `seconds`, or once `stop()` is true, what is done is judged.
    Raises ValueError as `core.gradients.cost` does, for a limit below 1, seconds below 0 and an
    analytic gradient of another shape or not finite.
    """
    max_weights, max_rows = integer("max_weights", max_weights, 1), integer("max_rows", max_rows, 1)
    seconds = None if seconds is None else duration("seconds", seconds)
    progress = None if progress is None else function("progress", progress)
    stop = None if stop is None else function("stop", stop)
    whole = Problem.of(net, X, y, loss)
    random = np.random.Generator(np.random.Philox(key=check_seed("seed", seed)))
    rows = _chosen(random, len(whole.X), max_rows)
    if analytic is not None and len(rows) < len(whole.X):
        raise ValueError(f"a gradient of all {len(whole.X)} rows needs max_rows={len(whole.X)}")
    problem = replace(whole, X=whole.X[rows], y=whole.y[rows])
    given = problem.truth if analytic is None else _fitting(net, analytic)
    places = _places(net)
    order = random.permutation(len(places))[:max_weights]
    table = _Table(problem)
    start = time.monotonic()
    for done, index in enumerate(order):
        late = seconds is not None and time.monotonic() - start > seconds
        if done and (late or (stop is not None and stop())):
            break
        table.check(*places[index])
        if progress is not None:
            progress(done + 1, len(order))
    return table.judged(given, rows, len(whole.X))


def step_errors(
    net: Network,
    X: ArrayLike,
    y: ArrayLike,
    loss: str = "half_mse",
    weight: tuple[Literal[1, 2], int, int] | None = None,
    steps: ArrayLike = STEPS,
) -> StepErrors:
    """The error of central differences and of the complex step for each h: the valley and the flat.

    Of one weight (layer, row, column), or in norm over all of them. What they are compared with is
    the complex step at h = 1e-100. It costs three passes a weight and step.
    Raises IndexError when there is no such weight, ValueError as `core.gradients.cost` does and for
    steps that are no vector of positive numbers.
    """
    problem = Problem.of(net, X, y, loss)
    places = _places(net) if weight is None else [_place(net, weight)]
    tried = array("steps", steps)
    if tried.ndim != 1 or not tried.size or not (tried > 0).all():
        raise ValueError("steps must be a vector of positive numbers")
    exact = np.array([_complex(problem, *place) for place in places])
    size = float(np.linalg.norm(exact)) or 1.0
    by_step = [
        [[_central(problem, *place, h), _complex(problem, *place, h)] for place in places]
        for h in map(float, tried)
    ]
    values = np.array(by_step)  # (steps, weights, 2)
    errors = np.linalg.norm(values - exact[:, np.newaxis], axis=1) / size
    return StepErrors(tried, errors[:, 0], errors[:, 1])


class _Table:
    """What has been computed so far, at the shapes of W1 and W2."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        shapes = (problem.net.W1.shape, problem.net.W2.shape)
        self.central, self.exact, self.step = (
            tuple(np.full(shape, np.nan) for shape in shapes) for _ in range(3)
        )
        self.kink, self.checked = (
            tuple(np.zeros(shape, dtype=np.bool_) for shape in shapes) for _ in range(2)
        )

    def check(self, layer: Literal[1, 2], row: int, column: int) -> None:
        """Both other ways for one weight."""
        at, place = layer - 1, (row, column)
        h = _step(self.problem, layer, row, column)
        self.step[at][place] = h
        self.central[at][place] = _central(self.problem, layer, row, column, h)
        self.exact[at][place] = _complex(self.problem, layer, row, column)
        self.kink[at][place] = layer == 1 and _straddles(self.problem, row, column, h)
        self.checked[at][place] = True

    def judged(self, given: tuple[Array, Array], rows: NDArray[np.intp], N: int) -> GradientCheck:
        """The check, with its verdict."""
        scale = self.problem.sums_of_terms()
        central = self._errors(given, self.central, scale)
        exact = self._errors(given, self.exact, scale)
        by_step, by_difference = self._holds(exact), self._holds_central(central, scale)
        said = _sentence(by_step, by_difference, exact, central)
        return GradientCheck(
            analytic=given,
            scale=scale,
            central=central,
            complex_step=exact,
            step=(self.step[0], self.step[1]),
            kink=(self.kink[0], self.kink[1]),
            checked=(self.checked[0], self.checked[1]),
            rows=rows,
            agrees=by_step,
            central_agrees=by_difference,
            sentence=said + self._extent(len(rows), N),
        )

    def _errors(
        self, given: tuple[Array, Array], values: tuple[Array, ...], scale: tuple[Array, Array]
    ) -> tuple[Errors, Errors]:
        first, second = (
            Errors(value, np.abs(own - value), _ratio(np.abs(own - value), size))
            for own, value, size in zip(given, values, scale, strict=True)
        )
        return first, second

    def _holds(self, errors: tuple[Errors, Errors]) -> bool:
        """Each weight within BOUND of the sum of |terms|, and of what rounding leaves of σ′."""
        tolerance = self.problem.sums_of_terms(SLOPE_NOISE / BOUND)
        return all(
            bool((found.absolute <= BOUND * size)[checked].all())
            for found, size, checked in zip(errors, tolerance, self.checked, strict=True)
        )

    def _holds_central(self, errors: tuple[Errors, Errors], scale: tuple[Array, Array]) -> bool:
        """In norm within CENTRAL_BOUND, where no kink is straddled, and what cancels in C."""
        p = self.problem
        C = abs(cost(p.net, p.X, p.y, p.loss))
        for at, found in enumerate(errors):
            counted = self.checked[at] & ~self.kink[at]
            cancelled = np.linalg.norm(CANCELLED * C / self.step[at][counted])
            tolerance = CENTRAL_BOUND * np.linalg.norm(scale[at][counted]) + cancelled
            if np.linalg.norm(found.absolute[counted]) > tolerance:
                return False
        return True

    def _extent(self, rows: int, N: int) -> str:
        """What was left out, in words."""
        weights = sum(checked.size for checked in self.checked)
        done = sum(int(checked.sum()) for checked in self.checked)
        text = "" if done == weights else f" Checked: {done} of {weights} weights, at random."
        return text + ("" if rows == N else f" C is that of {rows} of {N} rows, drawn at random.")


def _sentence(
    by_step: bool,
    by_difference: bool,
    exact: tuple[Errors, Errors],
    central: tuple[Errors, Errors],
) -> str:
    worst, far = (_worst(errors) for errors in (exact, central))
    figures = (
        f"relative error up to {worst:.1g} against the complex step (bound {BOUND:g}), up to "
        f"{far:.1g} against central differences (bound {CENTRAL_BOUND:g} in norm); each by the "
        "sum of |terms|"
    )
    if not by_step:
        return f"The gradient is wrong: {figures}."
    if not by_difference:
        return f"The gradient is right, though central differences are too coarse here: {figures}."
    return f"The gradient is right: {figures}."


def _worst(errors: tuple[Errors, Errors]) -> float:
    found = np.concatenate([matrix.relative.ravel() for matrix in errors])
    return float(np.nanmax(found))


def _ratio(error: Array, size: Array) -> Array:
    """Relative error; 0 where there is none, as behind a ReLU that is off."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio: Array = np.where(error == 0, 0.0, error / size)
    return ratio


def _step(problem: Problem, layer: Literal[1, 2], row: int, column: int) -> float:
    carried = (problem.forward.X1 if layer == 1 else problem.forward.Z1)[:, row]
    W = problem.net.W1 if layer == 1 else problem.net.W2
    largest = max(1.0, float(np.abs(carried).max()))
    return BASE_STEP * max(1.0, abs(float(W[row, column]))) / largest


def _central(problem: Problem, layer: Literal[1, 2], row: int, column: int, h: float) -> float:
    """(C(w + h) − C(w − h)) over the step that was really made, w + h being rounded."""
    net = problem.net
    costs: list[float] = []
    weights: list[float] = []
    for sign in (1.0, -1.0):
        W = (net.W1 if layer == 1 else net.W2).copy()
        W[row, column] += sign * h
        moved = replace(net, W1=W) if layer == 1 else replace(net, W2=W)
        costs.append(cost(moved, problem.X, problem.y, problem.loss))
        weights.append(float(W[row, column]))
    made = weights[0] - weights[1]
    return (costs[0] - costs[1]) / made if made else 0.0


def _complex(
    problem: Problem,
    layer: Literal[1, 2],
    row: int,
    column: int,
    h: float = complex_step.STEP,
) -> float:
    p = problem
    return complex_step.derivative(p.net, p.X, p.y, layer, row, column, p.loss, h)


def _straddles(problem: Problem, row: int, column: int, h: float) -> bool:
    """Whether w ± h takes a ReLU from one side of its kink to the other, for some sample."""
    if problem.net.hidden != "relu":
        return False
    moved = h * np.abs(problem.forward.X1[:, row])
    return bool(((moved > 0) & (np.abs(problem.forward.H[:, column]) <= moved)).any())


def _places(net: Network) -> list[tuple[Literal[1, 2], int, int]]:
    places: list[tuple[Literal[1, 2], int, int]] = [(1, *at) for at in np.ndindex(*net.W1.shape)]
    return places + [(2, *at) for at in np.ndindex(*net.W2.shape)]


def _place(net: Network, weight: tuple[int, int, int]) -> tuple[Literal[1, 2], int, int]:
    if not isinstance(weight, tuple) or len(weight) != 3:
        raise ValueError(f"weight must be (layer, row, column), not {weight!r}")
    return net.weight_index(*weight)


def _chosen(random: np.random.Generator, N: int, most: int) -> NDArray[np.intp]:
    """All, or that many at random, in their order."""
    return np.arange(N) if most >= N else np.sort(random.permutation(N)[:most])


def _fitting(net: Network, analytic: tuple[ArrayLike, ArrayLike]) -> tuple[Array, Array]:
    if not isinstance(analytic, tuple | list) or len(analytic) != 2:
        raise ValueError("analytic must be a pair of matrices, dW1 and dW2")
    first, second = (
        array(name, given) for name, given in zip(("dW1", "dW2"), analytic, strict=True)
    )
    for name, given, W in (("dW1", first, net.W1), ("dW2", second, net.W2)):
        if given.shape != W.shape:
            raise ValueError(f"{name} has shape {given.shape}; the weights have {W.shape}")
    return first, second
