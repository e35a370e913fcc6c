"""Gradient check of every weight: chain rule, central differences and complex step.

    check = gradient_check(net, X, y)
    check.agrees, check.sentence
    check.central[0].relative        # at the shape of W1; check.complex_step[1] at that of W2

Central differences are (C(w + h) − C(w − h)) / 2h. A large h has truncation error (∝ h²), a small
one cancellation error (∝ 1/h); `step_errors` gives that curve. The step is
h = ε^⅓ max(1, |w|) / max(1, x), with ε = 2.2e-16 and x the weight's largest input, which keeps it
near the minimum for large weights and unscaled data too.

The verdict is by the complex step (`core.checking.complex_step`), which has no such minimum. Errors
are relative to the sum of |terms| of the gradient, since a small sum of large terms cannot be as
exact as the terms. ŷ(1 − ŷ) of a saturated unit is known only to ε, which the bound allows for.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.checking import complex_step
from core.checking.problem import Problem
from core.gradients import Array, cost
from core.network import Network
from core.utils.arguments import array, duration, function, integer
from core.utils.arguments import seed as check_seed

EPSILON = float(np.finfo(np.float64).eps)
BASE_STEP: float = EPSILON ** (1 / 3)  # 6.1e-6, where both errors of a central difference are equal
BOUND = 1e-12  # complex step, relative to the sum of |terms|
CENTRAL_BOUND = 1e-6  # central differences, in norm; they usually agree to 1e-9
CANCELLATION = 20 * EPSILON  # rounding error of C, relative
SLOPE_NOISE = 8 * EPSILON  # absolute rounding error of ŷ(1 − ŷ)
MAX_WEIGHTS, MAX_ROWS = 2000, 1000  # at most, by default
STEPS = np.logspace(-1, -14, 40)  # of step_errors

Bits = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Errors:
    """One method's derivatives and errors, in a matrix's shape; NaN if unchecked."""

    value: Array
    absolute: Array  # |analytic − value|
    relative: Array  # absolute / sum of |terms|


@dataclass(frozen=True, eq=False)
class GradientCheck:
    """Gradients of all matrices (W1, W2, …) by three methods, and the verdict.

    step: the h of each weight's central difference. kink: where that difference straddles the kink
    of a ReLU and is ignored. checked: which weights; rows: which samples, as indices into X.
    agrees: the verdict, by the complex step. central_agrees: whether central differences are within
    their wider bound too, which they may miss for badly scaled data. sentence: all of it in words.
    """

    analytic: tuple[Array, ...]
    scale: tuple[Array, ...]  # the sums of |terms|
    central: tuple[Errors, ...]
    complex_step: tuple[Errors, ...]
    step: tuple[Array, ...]
    kink: tuple[Bits, ...]
    checked: tuple[Bits, ...]
    rows: NDArray[np.intp]
    agrees: bool
    central_agrees: bool
    sentence: str


@dataclass(frozen=True, eq=False)
class StepErrors:
    """Errors of both methods for each step h: |difference| / |gradient|, or of norms."""

    steps: Array
    central: Array
    complex_step: Array


def gradient_check(
    net: Network,
    X: ArrayLike,
    y: ArrayLike,
    loss: str = "half_mse",
    *,
    analytic: Sequence[ArrayLike] | None = None,
    max_weights: int = MAX_WEIGHTS,
    max_rows: int = MAX_ROWS,
    seed: int = 0,
    seconds: float | None = None,
    progress: Callable[[int, int], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> GradientCheck:
    """Check ∂C/∂W of samples X (N, d), targets y (N,) or (N, K), weight by weight.

    `analytic`: (dW1, dW2, …) to check instead of eqs. 10 and 5. If there are more weights or rows
    than allowed, a random subsample (`seed`) is checked; C is then that of those rows alone, so
    `analytic` is refused if rows are omitted. `progress(done, total)` is called after each weight;
    after `seconds`, or once `stop()` is true, the verdict covers the weights checked so far.
    Raises ValueError as `core.gradients.cost` does, for a limit below 1, seconds below 0, and an
    analytic gradient of another shape or not finite.
    """
    max_weights, max_rows = integer("max_weights", max_weights, 1), integer("max_rows", max_rows, 1)
    seconds = None if seconds is None else duration("seconds", seconds)
    progress = None if progress is None else function("progress", progress)
    stop = None if stop is None else function("stop", stop)
    whole = Problem.of(net, X, y, loss)
    random = np.random.Generator(np.random.Philox(key=check_seed("seed", seed)))
    rows = _sample_rows(random, len(whole.X), max_rows)
    if analytic is not None and len(rows) < len(whole.X):
        raise ValueError(f"a gradient of all {len(whole.X)} rows needs max_rows={len(whole.X)}")
    problem = replace(whole, X=whole.X[rows], y=whole.y[rows])
    analytic = problem.truth if analytic is None else _validate(net, analytic)
    places = _places(net)
    order = random.permutation(len(places))[:max_weights]
    table = _Results(problem)
    start = time.monotonic()
    for done, index in enumerate(order):
        late = seconds is not None and time.monotonic() - start > seconds
        if done and (late or (stop is not None and stop())):
            break
        table.check(*places[index])
        if progress is not None:
            progress(done + 1, len(order))
    return table.result(analytic, rows, len(whole.X))


def step_errors(
    net: Network,
    X: ArrayLike,
    y: ArrayLike,
    loss: str = "half_mse",
    weight: tuple[int, int, int] | None = None,
    steps: ArrayLike = STEPS,
) -> StepErrors:
    """Return the errors of central differences and of the complex step for each h.

    For one weight (layer, row, column), or in norm over all. The reference is the complex step at
    h = 1e-100. The cost is three passes for each weight and step.
    Raises IndexError if there is no such weight, and ValueError as `core.gradients.cost` does or if
    steps is not a vector of positive numbers.
    """
    problem = Problem.of(net, X, y, loss)
    places = _places(net) if weight is None else [_place(net, weight)]
    h_values = array("steps", steps)
    if h_values.ndim != 1 or not h_values.size or not (h_values > 0).all():
        raise ValueError("steps must be a vector of positive numbers")
    exact = np.array([_complex_step(problem, *place) for place in places])
    size = float(np.linalg.norm(exact)) or 1.0
    by_step = [
        [
            [_central_difference(problem, *place, h), _complex_step(problem, *place, h)]
            for place in places
        ]
        for h in map(float, h_values)
    ]
    values = np.array(by_step)  # (steps, weights, 2)
    errors = np.linalg.norm(values - exact[:, np.newaxis], axis=1) / size
    return StepErrors(h_values, errors[:, 0], errors[:, 1])


class _Results:
    """The derivatives computed so far, in the shapes of the matrices."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        shapes = problem.net.shapes
        self.central, self.exact, self.step = (
            tuple(np.full(shape, np.nan) for shape in shapes) for _ in range(3)
        )
        self.kink, self.checked = (
            tuple(np.zeros(shape, dtype=np.bool_) for shape in shapes) for _ in range(2)
        )

    def check(self, layer: int, row: int, column: int) -> None:
        """Compute both derivatives for one weight."""
        at, place = layer - 1, (row, column)
        h = _step(self.problem, layer, row, column)
        self.step[at][place] = h
        self.central[at][place] = _central_difference(self.problem, layer, row, column, h)
        self.exact[at][place] = _complex_step(self.problem, layer, row, column)
        self.kink[at][place] = _straddles(self.problem, layer, row, column, h)
        self.checked[at][place] = True

    def result(self, analytic: tuple[Array, ...], rows: NDArray[np.intp], N: int) -> GradientCheck:
        """Return the check with its verdict."""
        scale = self.problem.sums_of_terms()
        central = self._errors(analytic, self.central, scale)
        exact = self._errors(analytic, self.exact, scale)
        agrees = self._within_bound(exact)
        central_agrees = self._central_within_bound(central, scale)
        sentence = _sentence(agrees, central_agrees, exact, central)
        return GradientCheck(
            analytic=analytic,
            scale=scale,
            central=central,
            complex_step=exact,
            step=self.step,
            kink=self.kink,
            checked=self.checked,
            rows=rows,
            agrees=agrees,
            central_agrees=central_agrees,
            sentence=sentence + self._coverage_text(len(rows), N),
        )

    def _errors(
        self, analytic: tuple[Array, ...], values: tuple[Array, ...], scale: tuple[Array, ...]
    ) -> tuple[Errors, ...]:
        return tuple(
            Errors(value, np.abs(own - value), _ratio(np.abs(own - value), size))
            for own, value, size in zip(analytic, values, scale, strict=True)
        )

    def _within_bound(self, errors: tuple[Errors, ...]) -> bool:
        """Return whether each weight is within BOUND, allowing for the rounding of σ′."""
        tolerance = self.problem.sums_of_terms(SLOPE_NOISE / BOUND)
        return all(
            bool((error.absolute <= BOUND * size)[checked].all())
            for error, size, checked in zip(errors, tolerance, self.checked, strict=True)
        )

    def _central_within_bound(self, errors: tuple[Errors, ...], scale: tuple[Array, ...]) -> bool:
        """Return whether the norm is within CENTRAL_BOUND, allowing for cancellation in C."""
        p = self.problem
        C = abs(cost(p.net, p.X, p.y, p.loss))
        for at, error in enumerate(errors):
            counted = self.checked[at] & ~self.kink[at]
            cancelled = np.linalg.norm(CANCELLATION * C / self.step[at][counted])
            tolerance = CENTRAL_BOUND * np.linalg.norm(scale[at][counted]) + cancelled
            if np.linalg.norm(error.absolute[counted]) > tolerance:
                return False
        return True

    def _coverage_text(self, rows: int, N: int) -> str:
        """Return a sentence on the weights and rows that were not checked."""
        weights = sum(checked.size for checked in self.checked)
        done = sum(int(checked.sum()) for checked in self.checked)
        text = "" if done == weights else f" Checked: {done} of {weights} weights, at random."
        return text + ("" if rows == N else f" C is that of {rows} of {N} rows, drawn at random.")


def _sentence(
    agrees: bool,
    central_agrees: bool,
    exact: tuple[Errors, ...],
    central: tuple[Errors, ...],
) -> str:
    worst, far = (_worst(errors) for errors in (exact, central))
    figures = (
        f"relative error up to {worst:.1g} against the complex step (bound {BOUND:g}), up to "
        f"{far:.1g} against central differences (bound {CENTRAL_BOUND:g} in norm); each by the "
        "sum of |terms|"
    )
    if not agrees:
        return f"The gradient is wrong: {figures}."
    if not central_agrees:
        return f"The gradient is right, but central differences are too coarse here: {figures}."
    return f"The gradient is right: {figures}."


def _worst(errors: tuple[Errors, ...]) -> float:
    return float(np.nanmax(np.concatenate([matrix.relative.ravel() for matrix in errors])))


def _ratio(error: Array, size: Array) -> Array:
    """Return the relative error; 0 if the error is 0, as behind an inactive ReLU."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio: Array = np.where(error == 0, 0.0, error / size)
    return ratio


def _step(problem: Problem, layer: int, row: int, column: int) -> float:
    inputs = problem.forward.inputs[layer - 1][:, row]
    W = problem.net.weights[layer - 1]
    largest = max(1.0, float(np.abs(inputs).max()))
    return BASE_STEP * max(1.0, abs(float(W[row, column]))) / largest


def _shift(net: Network, layer: int, row: int, column: int, h: float) -> Network:
    """Return the network with h added to one weight."""
    matrices = list(net.weights)
    matrices[layer - 1] = matrices[layer - 1].copy()
    matrices[layer - 1][row, column] += h
    return net.with_weights(*matrices)


def _central_difference(problem: Problem, layer: int, row: int, column: int, h: float) -> float:
    """Return C(w + h) − C(w − h) divided by the actual step, since w ± h is rounded."""
    costs: list[float] = []
    weights: list[float] = []
    for sign in (1.0, -1.0):
        shifted = _shift(problem.net, layer, row, column, sign * h)
        costs.append(cost(shifted, problem.X, problem.y, problem.loss))
        weights.append(float(shifted.weights[layer - 1][row, column]))
    difference = weights[0] - weights[1]
    return (costs[0] - costs[1]) / difference if difference else 0.0


def _complex_step(
    problem: Problem, layer: int, row: int, column: int, h: float = complex_step.STEP
) -> float:
    p = problem
    return complex_step.derivative(p.net, p.X, p.y, layer, row, column, p.loss, h)


def _straddles(problem: Problem, layer: int, row: int, column: int, h: float) -> bool:
    """Return whether w ± h crosses the kink of a ReLU, in this layer or a later one, somewhere."""
    net, forward = problem.net, problem.forward
    if net.hidden != "relu" or layer == net.layers:
        return False
    change = h * np.abs(forward.inputs[layer - 1][:, row])
    own = forward.sums[layer - 1][:, column]
    if bool(((change > 0) & (np.abs(own) <= change)).any()):
        return True
    sides = (_shift(net, layer, row, column, sign * h).forward(problem.X) for sign in (1, -1))
    above, below = (side.sums[layer:-1] for side in sides)  # of the later hidden layers
    return any(bool(((a > 0) != (b > 0)).any()) for a, b in zip(above, below, strict=True))


def _places(net: Network) -> list[tuple[int, int, int]]:
    return [
        (layer, row, column)
        for layer, shape in enumerate(net.shapes, start=1)
        for row, column in np.ndindex(*shape)
    ]


def _place(net: Network, weight: tuple[int, int, int]) -> tuple[int, int, int]:
    if not isinstance(weight, tuple) or len(weight) != 3:
        raise ValueError(f"weight must be (layer, row, column), not {weight!r}")
    return net.weight_index(*weight)


def _sample_rows(random: np.random.Generator, N: int, most: int) -> NDArray[np.intp]:
    """Return all indices, or that many at random, sorted."""
    return np.arange(N) if most >= N else np.sort(random.permutation(N)[:most])


def _validate(net: Network, analytic: Sequence[ArrayLike]) -> tuple[Array, ...]:
    names = [f"dW{layer}" for layer in range(1, net.layers + 1)]
    if not isinstance(analytic, tuple | list) or len(analytic) != net.layers:
        raise ValueError(f"analytic must be {net.layers} matrices, {', '.join(names)}")
    matrices = tuple(array(name, matrix) for name, matrix in zip(names, analytic, strict=True))
    for name, matrix, W in zip(names, matrices, net.weights, strict=True):
        if matrix.shape != W.shape:
            raise ValueError(f"{name} has shape {matrix.shape}; the weights have {W.shape}")
    return matrices
