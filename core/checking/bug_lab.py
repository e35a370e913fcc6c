"""Two runs in parallel: one with the true gradient, one with a mistake in it.

    runs = PairedRuns(net, X, y, ("sign",), Settings(learning_rate=10.0), epochs=500)
    runs.advance()                    # both; also in slices: runs.advance(seconds=0.2)
    comparison = runs.comparison()
    comparison.sentence               # the effect of the mistake, from the numbers
    comparison.true.losses, comparison.broken.W1    # (epochs + 1,), (frames, d+1, m)

Both start from the same weights and use the same optimiser and all samples at each step. One uses
the true gradient, the other (“broken”) the wrong gradient of `core.checking.mistakes` at its own
weights, where it is also compared with the true one.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from time import perf_counter

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.checking.mistakes import TRAINABLE, wrong_gradients_of
from core.checking.problem import Problem
from core.gradients import check_equations
from core.network import Network
from core.training.kernel import Samples, Weights
from core.training.optimizers import gradient_scale
from core.training.run import Run
from core.training.settings import MAX_EPOCHS, Settings
from core.training.trainer import Trainer, ignore_float_errors
from core.utils.arguments import choice, integer
from core.utils.number_text import short_text
from core.utils.sentence import plural
from core.utils.thinning import evenly_spaced

Array = NDArray[np.float64]
Pair = tuple[Array, ...]

FRAMES = 600  # epochs at most whose weights are stored, by default
EQUAL = 1e-7  # relative; the rounding error of a multiple of the true gradient
SCALED = {"gd", "momentum", "nesterov"}  # k times the gradient equals k times η


@dataclass(frozen=True, eq=False)
class RunHistory:
    """One of the two runs.

    losses (epochs + 1,): C after each epoch, NaN once it is not finite. W1 (n, d+1, m) and W2
    (n, m+1, K): the weights at the n epochs shown, the last finite ones after `stopped`.
    stopped: the last epoch with finite weights if the next step made them infinite, else None.
    """

    losses: Array
    W1: Array
    W2: Array
    stopped: int | None


@dataclass(frozen=True, eq=False)
class GradientDifference:
    """Angle and ratio of the wrong and the true gradient at n epochs; NaN if one is 0 or infinite.

    angle (n,): between the two, in degrees. ratio (n,): wrong norm / true norm.
    """

    angle: Array
    ratio: Array

    @property
    def same(self) -> bool:
        """Whether the two gradients are equal, wherever they are defined."""
        known = ~np.isnan(self.ratio)
        off = np.nan_to_num(self.angle[known], nan=180.0)
        return bool((off < np.degrees(EQUAL)).all() and (abs(self.ratio[known] - 1) < EQUAL).all())


@dataclass(frozen=True, eq=False)
class Comparison:
    """Both runs at the n epochs shown, `epochs` (n,), and the difference of their gradients.

    `whole` is for all weights together, `layers` for W1 and for W2.
    """

    mistakes: tuple[str, ...]
    settings: Settings
    epochs: NDArray[np.int64]
    true: RunHistory
    broken: RunHistory
    whole: GradientDifference
    layers: tuple[GradientDifference, GradientDifference]
    multiple: float | None  # k if the wrong gradient is k times the true one at all epochs

    @cached_property
    def sentence(self) -> str:
        """The effect of the mistake on the gradient, and on the run."""
        return f"{_gradient_sentence(self)} {_run_sentence(self)}"


class PairedRuns:
    """The two runs while they train; the arguments are not modified.

    Raises ValueError as `core.training.Run` does, for several hidden layers or a softmax, for an
    unknown mistake, for fewer than one epoch and for fewer than two frames.
    """

    def __init__(
        self,
        net: Network,
        X: ArrayLike,
        y: ArrayLike,
        mistakes: Iterable[str] = (),
        settings: Settings | None = None,
        *,
        epochs: int = 500,
        frames: int = FRAMES,
    ) -> None:
        """X is (N, d), y (N,) or (N, K). Batches, patience and length in `settings` are ignored."""
        check_equations(net)
        names = dict.fromkeys(mistakes)
        self.mistakes = tuple(choice("mistake", name, TRAINABLE) for name in names)
        self.epochs = integer("epochs", epochs, 1, MAX_EPOCHS)
        frames = integer("frames", frames, 2)
        chosen = settings or Settings()
        self.settings = replace(chosen, batch_size=None, patience=None, epochs=epochs)
        self._run = Run(net, X, y, self.settings)
        self._broken = _WrongTrainer(net, self._run, self.mistakes)
        self._plan = set(evenly_spaced(epochs + 1, frames).tolist())
        self.epoch = 0  # of both runs
        self._frames: dict[int, tuple[Network, _Frame]] = {}  # by epoch
        self._record()

    @property
    def done(self) -> bool:
        """Whether both are finished or have diverged."""
        stuck = self._run.diverged and self._broken.stopped is not None
        return stuck or self.epoch == self.epochs

    def advance(self, *, seconds: float = math.inf) -> bool:
        """Train both, at least one epoch, until done or `seconds` have passed; return `done`."""
        deadline = perf_counter() + seconds
        while not self.done:
            self._run.advance(1)
            self._broken.advance(1)
            self.epoch += 1
            if self.epoch in self._plan:
                self._record()
            if perf_counter() >= deadline:
                break
        return self.done

    def _record(self) -> None:
        """Store the current state of both."""
        self._frames[self.epoch] = self._run.network, self._broken.frame()

    def comparison(self) -> Comparison:
        """Return both runs up to the current epoch."""
        if self.epoch not in self._frames:
            self._record()
        true_nets, frames = zip(*self._frames.values(), strict=True)
        true = _run_history(true_nets, self._run.losses, self.epoch, self._run.diverged)
        broken = _run_history(
            [frame.net for frame in frames],
            np.array(self._broken.losses),
            self.epoch,
            self._broken.stopped is not None,
        )
        truth = np.array([frame.truth for frame in frames])
        wrong = np.array([frame.wrong for frame in frames])
        size = true.W1[0].size
        return Comparison(
            self.mistakes,
            self.settings,
            np.array(list(self._frames)),
            true,
            broken,
            whole=_difference(truth, wrong),
            layers=(
                _difference(truth[:, :size], wrong[:, :size]),
                _difference(truth[:, size:], wrong[:, size:]),
            ),
            multiple=_multiple(truth, wrong),
        )


def padded_wrong_gradients(problem: Problem, mistakes: Iterable[str]) -> Pair:
    """Return (∂C/∂W1, ∂C/∂W2) with those mistakes, always in the shapes of W1 and W2.

    Missing bias rows are 0: a step does not change these weights.
    Raises KeyError for an unknown mistake, ValueError as `core.checking.mistakes.wrong_gradients`.
    """
    wanted = problem.net.W1.shape, problem.net.W2.shape
    first, second = (
        np.vstack([found, np.zeros((shape[0] - len(found), shape[1]))])
        for found, shape in zip(wrong_gradients_of(problem, mistakes), wanted, strict=True)
    )
    return first, second


@dataclass(frozen=True, eq=False)
class _Frame:
    """A network with its true and its wrong gradient (P,); NaN once the run has stopped."""

    net: Network
    truth: Array
    wrong: Array


class _WrongTrainer(Trainer):
    """A trainer that replaces the true gradient by the wrong one after each epoch."""

    def __init__(self, net: Network, run: Run, mistakes: tuple[str, ...]) -> None:
        samples = Samples.of(run.X, run.y, bias=net.bias_input)
        super().__init__(net, samples, run.settings, Weights(net))
        self._mistakes = mistakes
        self._template = Problem(net, run.X, run.y, run.settings.loss, run.settings.learning_rate)
        self._finite = self.weights.flat.copy()
        self.stopped: int | None = None
        with ignore_float_errors():
            self.losses = [self.load(self.state_vector())]
            self._replace_gradient()

    def advance(self, epochs: int) -> None:
        """Train on; stop before the weights or C become infinite."""
        with ignore_float_errors():
            for _ in range(epochs):
                if self.stopped is not None:
                    return
                C = self.step(len(self.losses) - 1)
                if not math.isfinite(C + self.weights.flat @ self.weights.flat):
                    self.stopped = len(self.losses) - 1
                    return
                self.losses.append(C)
                self._finite[:] = self.weights.flat
                self._replace_gradient()

    def frame(self) -> _Frame:
        """Return the current weights and both gradients."""
        problem = self._problem()
        if self.stopped is not None:
            nothing = np.full_like(self._finite, np.nan)
            return _Frame(problem.net, nothing, nothing)
        with ignore_float_errors():
            truth, mistakes = problem.truth, self._mistakes
            wrong = padded_wrong_gradients(problem, mistakes) if mistakes else truth
        flat = (np.concatenate([dW.ravel() for dW in pair]) for pair in (truth, wrong))
        return _Frame(problem.net, *flat)

    def _problem(self) -> Problem:
        W1, W2 = self.weights.split(self._finite)
        return replace(self._template, net=replace(self._template.net, W1=W1, W2=W2))

    def _replace_gradient(self) -> None:
        """Replace the kernel's gradient; without a mistake, leave it: the runs are then equal."""
        if not self._mistakes:
            return
        into = self.weights.split(self._kernel.gradient)
        wrong = padded_wrong_gradients(self._problem(), self._mistakes)
        for place, found in zip(into, wrong, strict=True):
            np.multiply(found, gradient_scale(self.settings), out=place)


def _run_history(nets: Sequence[Network], losses: Array, epoch: int, stopped: bool) -> RunHistory:
    whole = np.full(epoch + 1, np.nan)
    whole[: len(losses)] = losses
    W1, W2 = np.array([net.W1 for net in nets]), np.array([net.W2 for net in nets])
    return RunHistory(whole, W1, W2, len(losses) - 1 if stopped else None)


def _difference(truth: Array, wrong: Array) -> GradientDifference:
    """Return the difference of gradients (n, P)."""
    with ignore_float_errors():
        true_norm, wrong_norm = (np.linalg.norm(g, axis=1) for g in (truth, wrong))
        along, across = truth / true_norm[:, np.newaxis], wrong / wrong_norm[:, np.newaxis]
        # arccos of the cosine would lose half the digits of small angles.
        half = np.arctan2(
            np.linalg.norm(along - across, axis=1), np.linalg.norm(along + across, axis=1)
        )
        ratio = wrong_norm / true_norm
    return GradientDifference(np.degrees(2 * half), np.where(np.isfinite(ratio), ratio, np.nan))


def _multiple(truth: Array, wrong: Array) -> float | None:
    """Return k if wrong = k · truth at all epochs, else None; both are (n, P)."""
    known = np.isfinite(truth).all(axis=1) & np.isfinite(wrong).all(axis=1) & truth.any(axis=1)
    if not known.any():
        return None
    truth, wrong = truth[known], wrong[known]
    sizes = np.linalg.norm(truth, axis=1)
    with ignore_float_errors():  # the square of a tiny gradient is 0
        k = float(np.median((truth * wrong).sum(axis=1) / sizes**2))
        left = np.linalg.norm(wrong - k * truth, axis=1)
    return k if (left <= EQUAL * max(1.0, abs(k)) * sizes).all() else None


# The sentences


def _gradient_sentence(comparison: Comparison) -> str:
    if not comparison.mistakes:
        return "No mistake is made."
    if comparison.multiple is not None:
        return _multiple_sentence(comparison.multiple, comparison.settings)
    parts = [
        _matrix_text(f"∂C/∂W{name}", difference)
        for name, difference in zip(("⁽¹⁾", "⁽²⁾"), comparison.layers, strict=True)
    ]
    return f"{'; '.join(parts)}.{_direction_sentence(comparison.whole)}"


def _multiple_sentence(k: float, settings: Settings) -> str:
    if abs(k - 1) < EQUAL:
        return "The mistake changes nothing here: the wrong gradient is the true one."
    if abs(k) < EQUAL:
        return "The wrong gradient is always 0: it changes no weight."
    if k < 0:
        long = "as long" if abs(k + 1) < EQUAL else f"{short_text(-k)} times as long"
        return f"The wrong gradient points 180° away from the true one and is {long}: uphill."
    text = f"The wrong gradient is the true one times {short_text(k)} exactly"
    if settings.l2:
        return f"{text}, while the L2 term stays as it is."
    if settings.optimizer in SCALED:
        eta, same = (short_text(rate * settings.learning_rate) for rate in (1, k))
        return f"{text}: the same as a learning rate of {same} instead of {eta}."
    return f"{text}, which {settings.optimizer} normalises away, except for ε."


def _matrix_text(symbol: str, difference: GradientDifference) -> str:
    known = ~np.isnan(difference.ratio)
    if not known.any():
        return f"{symbol} cannot be compared: one of the two is 0 or infinite throughout"
    if difference.same:
        return f"{symbol} is right"
    ratio, angle = difference.ratio[known], difference.angle[~np.isnan(difference.angle)]
    if not ratio.any():
        return f"{symbol} is always 0, which changes no weight"
    long = short_text(float(np.exp(np.log(ratio[ratio > 0]).mean())), 2)
    length = "as long" if long == "1" else f"{long} times as long"
    off = float(angle.mean())
    if angle.max() < np.degrees(EQUAL):
        return f"{symbol} points in the right direction but is {length}"
    return f"{symbol} is {_degrees(off)} off on average and {length}"


def _direction_sentence(whole: GradientDifference) -> str:
    """Return whether a small step goes downhill: an angle below 90°."""
    angle = whole.angle[~np.isnan(whole.angle)]
    uphill = int((angle > 90).sum())
    if not len(angle):
        return ""
    if not uphill:
        most = _degrees(float(angle.max()))
        return (
            f" Together they are never more than {most} off, so a small step still goes downhill."
        )
    if uphill == len(angle):
        return " Together they are always more than 90° off: every step goes uphill."
    return (
        f" Together they are more than 90° off, which is uphill, at {uphill:,} of the "
        f"{len(angle):,} epochs shown."
    )


def _run_sentence(comparison: Comparison) -> str:
    true, broken = comparison.true, comparison.broken
    if true.stopped is not None or broken.stopped is not None:
        return _divergence_sentence(comparison)
    losses = [float(x) for x in (true.losses[0], true.losses[-1], broken.losses[-1])]
    first_C, C, wrong_C = losses
    first, right, wrong = map(short_text, losses)
    epochs = plural(int(comparison.epochs[-1]), "epoch")
    if bool((abs(broken.losses - true.losses) <= EQUAL * abs(true.losses)).all()):
        return f"Both runs are the same: C = {right} after {epochs}."
    if min(C, wrong_C) > first_C:
        return (
            f"The loss increases in both runs, from {first} to {wrong}, and to {right} with the "
            "true gradient: the learning rate is too large."
        )
    if wrong_C > first_C:
        return (
            f"The loss increases from {first} to {wrong} in {epochs}, whereas the true gradient "
            f"reaches {right}."
        )
    how = _learning_text(first_C, C, wrong_C)
    return f"{how}: after {epochs} C = {wrong} instead of {right}."


def _divergence_sentence(comparison: Comparison) -> str:
    """Return the sentence for a run that diverged."""
    true, broken, last = comparison.true, comparison.broken, int(comparison.epochs[-1])
    if true.stopped is None:
        return (
            f"After epoch {broken.stopped:,} the next step makes C or a weight infinite; the true "
            f"gradient reaches C = {short_text(float(true.losses[-1]))} by epoch {last:,}."
        )
    large = f"with the true gradient C or a weight is infinite after epoch {true.stopped:,}"
    if broken.stopped is None:
        there = f"C = {short_text(float(broken.losses[-1]))} after {plural(last, 'epoch')}"
        return f"The learning rate is too large: {large}; with the wrong one {there}."
    wrong = f"with the wrong one after epoch {broken.stopped:,}"
    return f"The learning rate is too large: {large}, {wrong}."


def _learning_text(first_C: float, C: float, wrong_C: float) -> str:
    """Return how well it learns, from the first loss and both last ones."""
    if wrong_C < 0.9 * C:
        return "It learns even better in this run"
    if wrong_C <= 1.1 * C:
        return "It still learns"
    share = (first_C - wrong_C) / (first_C - C) if first_C > C else 1.0
    if share < 0.1:
        return "It hardly learns"
    return "It learns, though less well" if share < 0.9 else "It learns, but falls behind"


def _degrees(value: float) -> str:
    return f"{short_text(value, 2)}°" if value < 10 else f"{value:.0f}°"
