"""A mistake in the gradient, and what training makes of it: beside the same run without it.

    lab = SideBySide(net, X, y, ("sign",), Settings(learning_rate=10.0), epochs=500)
    lab.advance()                     # both runs; in slices, too: lab.advance(seconds=0.2)
    seen = lab.comparison()
    seen.sentence                     # what the mistake does, told from the numbers
    seen.true.losses, seen.broken.W1  # (epochs + 1,), (frames, d+1, m)

Both begin at the same weights, take the same steps of the same optimiser, and all samples at each
step. One takes the true gradient, the other what the mistakes of `core.checking.mistakes` make of
it, at its own weights. How far the two gradients are apart is told at those weights as well.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from time import perf_counter

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.checking.mistakes import BY_IDENTIFIER, Problem, made
from core.network import Network
from core.training.kernel import Samples, Weights
from core.training.optimizers import gradient_scale
from core.training.run import Run, ignore_float_errors
from core.training.settings import MAX_EPOCHS, Settings
from core.training.trainer import Trainer

Array = NDArray[np.float64]
Pair = tuple[Array, Array]

FRAMES = 600  # epochs whose weights are kept, at most, unless asked for more
SAME = 1e-7  # relative: a multiple of the true gradient, but for rounding
SCALED = {"gd", "momentum", "nesterov"}  # where k times the gradient is k times the learning rate


@dataclass(frozen=True, eq=False)
class Course:
    """One of the two runs.

    losses (epochs + 1,): C after so many epochs, NaN where it is not finite any more. W1
    (n, d+1, m) and W2 (n, m+1, K): at the n epochs shown, the last finite ones beyond `stopped`.
    stopped: the last epoch with finite weights, if the next step made them infinite; else None.
    """

    losses: Array
    W1: Array
    W2: Array
    stopped: int | None


@dataclass(frozen=True, eq=False)
class Apart:
    """The wrong gradient against the true one at the n epochs shown; NaN where one is 0 or none.

    angle (n,): between the two, in degrees. ratio (n,): of their norms, wrong / true.
    """

    angle: Array
    ratio: Array

    @property
    def same(self) -> bool:
        """The wrong gradient is the true one, wherever there is one."""
        known = ~np.isnan(self.ratio)
        off = np.nan_to_num(self.angle[known], nan=180.0)
        return bool((off < np.degrees(SAME)).all() and (abs(self.ratio[known] - 1) < SAME).all())


@dataclass(frozen=True, eq=False)
class Comparison:
    """Both runs at the n epochs shown, `epochs` (n,), and how far apart the gradients are there.

    `whole` takes all weights together, `layers` those of W1 and of W2.
    """

    mistakes: tuple[str, ...]
    settings: Settings
    epochs: NDArray[np.int64]
    true: Course
    broken: Course
    whole: Apart
    layers: tuple[Apart, Apart]
    multiple: float | None  # k, where the wrong gradient is k times the true one all along

    @cached_property
    def sentence(self) -> str:
        """What the mistake does to the gradient, and what that does to the run."""
        return f"{_of_gradient(self)} {_of_run(self)}"


class SideBySide:
    """The two runs in the making; nothing that is handed over is changed.

    Raises ValueError as `core.training.Run` does, for a mistake that is none, for fewer than one
    epoch and for fewer than two frames.
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
        """X is (N, d), y (N,) or (N, K). `settings` without its batches, patience and length."""
        self.mistakes = _known(mistakes)
        if not 1 <= epochs <= MAX_EPOCHS:
            raise ValueError(f"epochs must be from 1 to {MAX_EPOCHS}, not {epochs}")
        if frames < 2:
            raise ValueError(f"frames must be 2 or more, not {frames}")
        chosen = settings or Settings()
        self.settings = replace(chosen, batch_size=None, patience=None, epochs=epochs)
        self._run = Run(net, X, y, self.settings)
        self._broken = _Broken(net, self._run, self.mistakes)
        self._plan = set(shown_epochs(epochs, frames).tolist())
        self._epoch = 0
        self._shown: list[int] = []
        self._true_frames: list[Network] = []
        self._broken_frames: list[_Frame] = []
        self._show()

    @property
    def epoch(self) -> int:
        """The epoch that both have come to."""
        return self._epoch

    @property
    def epochs(self) -> int:
        """The epoch that they go to."""
        return self.settings.epochs

    @property
    def done(self) -> bool:
        """Both are there, or neither can go on."""
        stuck = self._run.diverged and self._broken.stopped is not None
        return stuck or self._epoch == self.epochs

    def advance(
        self,
        *,
        seconds: float = math.inf,
        progress: Callable[[int, int], object] | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> bool:
        """Train both on, until they are done, `seconds` have passed or `stop()` is true; `done`.

        By one epoch at least. `progress` hears after each epoch which it is, and of how many.
        """
        deadline = perf_counter() + seconds
        while not self.done:
            self._run.advance(1)
            self._broken.advance(1)
            self._epoch += 1
            if self._epoch in self._plan:
                self._show()
            if progress is not None:
                progress(self._epoch, self.epochs)
            if perf_counter() >= deadline or (stop is not None and stop()):
                break
        return self.done

    def _show(self) -> None:
        """Keep where both stand."""
        self._shown.append(self._epoch)
        self._true_frames.append(self._run.network)
        self._broken_frames.append(self._broken.frame())

    def comparison(self) -> Comparison:
        """Both runs as far as they have come."""
        if self._shown[-1] != self._epoch:
            self._show()
        frames = self._broken_frames
        true = _course(self._true_frames, self._run.losses, self.epoch, self._run.diverged)
        broken = _course(
            [frame.net for frame in frames],
            np.array(self._broken.losses),
            self.epoch,
            self._broken.stopped is not None,
        )
        truths, wrongs = (
            [
                np.array([getattr(frame, name)[layer].ravel() for frame in frames])
                for layer in (0, 1)
            ]
            for name in ("truth", "wrong")
        )
        truth, wrong = np.hstack(truths), np.hstack(wrongs)
        return Comparison(
            self.mistakes,
            self.settings,
            np.array(self._shown),
            true,
            broken,
            whole=_apart(truth, wrong),
            layers=(_apart(truths[0], wrongs[0]), _apart(truths[1], wrongs[1])),
            multiple=_multiple(truth, wrong),
        )


def shown_epochs(epochs: int, frames: int) -> NDArray[np.int64]:
    """Epochs 0 to `epochs`: all of them if there are no more than `frames`, else evenly thinned."""
    if epochs < frames:
        return np.arange(epochs + 1)
    return np.linspace(0, epochs, frames).round().astype(np.int64)


def mistaken_gradients(problem: Problem, mistakes: Iterable[str]) -> Pair:
    """(∂C/∂W1, ∂C/∂W2) with those mistakes made, always at the shapes of W1 and W2.

    Where the bias rows are not there, theirs are 0: a step leaves these weights where they are.
    Raises KeyError for an unknown mistake, ValueError as `core.checking.mistakes.wrong_gradients`.
    """
    wanted = problem.net.W1.shape, problem.net.W2.shape
    first, second = (
        np.vstack([found, np.zeros((shape[0] - len(found), shape[1]))])
        for found, shape in zip(made(problem, mistakes), wanted, strict=True)
    )
    return first, second


@dataclass(frozen=True, eq=False)
class _Frame:
    """A network, with its true gradients and the wrong ones; NaN once the run has stopped."""

    net: Network
    truth: Pair
    wrong: Pair


class _Broken(Trainer):
    """A trainer that puts the wrong gradient in the place of the true one, after each epoch."""

    def __init__(self, net: Network, run: Run, mistakes: tuple[str, ...]) -> None:
        samples = Samples.of(run.X, run.y, bias=net.bias_input)
        super().__init__(net, samples, run.settings, Weights(net))
        self._mistakes = mistakes
        self._like = Problem(net, run.X, run.y, run.settings.loss, run.settings.learning_rate)
        self._finite = self.weights.flat.copy()
        self.stopped: int | None = None
        row = np.empty(self.size)
        self.write(row)
        with ignore_float_errors():
            self.losses = [self.load(row)]
            self._spoil()

    def advance(self, epochs: int) -> None:
        """Train on; where the weights or C become infinite, stop before that."""
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
                self._spoil()

    def frame(self) -> _Frame:
        """Where it stands."""
        problem = self._problem()
        if self.stopped is not None:
            nothing = np.full_like(problem.net.W1, np.nan), np.full_like(problem.net.W2, np.nan)
            return _Frame(problem.net, nothing, nothing)
        with ignore_float_errors():
            truth, mistakes = problem.truth, self._mistakes
            wrong = mistaken_gradients(problem, mistakes) if mistakes else truth
        return _Frame(problem.net, truth, wrong)

    def _problem(self) -> Problem:
        W1, W2 = self.weights.split(self._finite)
        return replace(self._like, net=replace(self._like.net, W1=W1, W2=W2))

    def _spoil(self) -> None:
        """Without a mistake the gradient stays the kernel's own: the run is then the true one."""
        if not self._mistakes:
            return
        into = self.weights.split(self._kernel.gradient)
        wrong = mistaken_gradients(self._problem(), self._mistakes)
        for place, found in zip(into, wrong, strict=True):
            np.multiply(found, gradient_scale(self.settings), out=place)


def _known(mistakes: Iterable[str]) -> tuple[str, ...]:
    chosen = tuple(dict.fromkeys(mistakes))
    for identifier in chosen:
        if identifier not in BY_IDENTIFIER:
            raise ValueError(f"mistake {identifier!r} is not one of {', '.join(BY_IDENTIFIER)}")
    return chosen


def _course(nets: list[Network], losses: Array, epoch: int, stopped: bool) -> Course:
    whole = np.full(epoch + 1, np.nan)
    whole[: len(losses)] = losses
    W1, W2 = np.array([net.W1 for net in nets]), np.array([net.W2 for net in nets])
    return Course(whole, W1, W2, len(losses) - 1 if stopped else None)


def _apart(truth: Array, wrong: Array) -> Apart:
    """Of gradients (n, P)."""
    with ignore_float_errors():
        true_norm, wrong_norm = (np.linalg.norm(g, axis=1) for g in (truth, wrong))
        along, across = truth / true_norm[:, np.newaxis], wrong / wrong_norm[:, np.newaxis]
        # An arccos of the cosine knows small angles only to half of the digits.
        half = np.arctan2(
            np.linalg.norm(along - across, axis=1), np.linalg.norm(along + across, axis=1)
        )
        ratio = wrong_norm / true_norm
    return Apart(np.degrees(2 * half), np.where(np.isfinite(ratio), ratio, np.nan))


def _multiple(truth: Array, wrong: Array) -> float | None:
    """The k of wrong = k · truth, where one k does at all epochs (n, P)."""
    known = np.isfinite(truth).all(axis=1) & np.isfinite(wrong).all(axis=1) & truth.any(axis=1)
    if not known.any():
        return None
    truth, wrong = truth[known], wrong[known]
    sizes = np.linalg.norm(truth, axis=1)
    k = float(np.median((truth * wrong).sum(axis=1) / sizes**2))
    left = np.linalg.norm(wrong - k * truth, axis=1)
    return k if (left <= SAME * max(1.0, abs(k)) * sizes).all() else None


# What the numbers say


def _of_gradient(seen: Comparison) -> str:
    if not seen.mistakes:
        return "No mistake is made."
    if seen.multiple is not None:
        return _of_multiple(seen.multiple, seen.settings)
    parts = [
        _of_matrix(f"∂C/∂W{name}", apart)
        for name, apart in zip(("⁽¹⁾", "⁽²⁾"), seen.layers, strict=True)
    ]
    return f"{'; '.join(parts)}.{_downhill(seen.whole)}"


def _of_multiple(k: float, settings: Settings) -> str:
    if abs(k - 1) < SAME:
        return "The mistake changes nothing here: the wrong gradient is the true one."
    if abs(k) < SAME:
        return "The wrong gradient is 0 all along: it moves no weight."
    if k < 0:
        long = "as long" if abs(k + 1) < SAME else f"{_digits(-k)} times as long"
        return f"The wrong gradient points 180° away from the true one and is {long}: uphill."
    text = f"The wrong gradient is the true one times {_digits(k)} exactly"
    if settings.l2:
        return f"{text}, while the L2 term stays as it is."
    if settings.optimizer in SCALED:
        eta = settings.learning_rate
        return (
            f"{text}: the same as a learning rate of {_digits(k * eta)} instead of {_digits(eta)}."
        )
    return f"{text}, which {settings.optimizer} divides by its size again, all but ε."


def _of_matrix(symbol: str, apart: Apart) -> str:
    known = ~np.isnan(apart.ratio)
    if not known.any():
        return f"{symbol} cannot be compared: one of the two is 0 or infinite throughout"
    if apart.same:
        return f"{symbol} is right"
    ratio, angle = apart.ratio[known], apart.angle[~np.isnan(apart.angle)]
    if not ratio.any():
        return f"{symbol} is 0 all along, which moves no weight"
    long = _digits(float(np.exp(np.log(ratio[ratio > 0]).mean())), 2)
    length = "as long" if long == "1" else f"{long} times as long"
    off = float(angle.mean())
    if angle.max() < np.degrees(SAME):
        return f"{symbol} points the right way but is {length}"
    return f"{symbol} is {_degrees(off)} off on average and {length}"


def _downhill(whole: Apart) -> str:
    """Which way a small step along the wrong gradient goes: an angle below 90° is downhill."""
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


def _of_run(seen: Comparison) -> str:
    true, broken, last = seen.true, seen.broken, int(seen.epochs[-1])
    if true.stopped is not None or broken.stopped is not None:
        return _of_infinity(seen)
    began, C, wrong_C = (float(x) for x in (true.losses[0], true.losses[-1], broken.losses[-1]))
    if bool((abs(broken.losses - true.losses) <= SAME * abs(true.losses)).all()):
        return f"Both runs are the same: C = {_digits(C)} after {_count(last)}."
    if min(C, wrong_C) > began:
        return (
            f"The loss climbs with both, from {_digits(began)} to {_digits(wrong_C)}, and to "
            f"{_digits(C)} with the true gradient: the learning rate is too large."
        )
    if wrong_C > began:
        return (
            f"The loss climbs from {_digits(began)} to {_digits(wrong_C)} in {_count(last)}, "
            f"where the true gradient brings it to {_digits(C)}."
        )
    how = _how_it_learns(began, C, wrong_C)
    return f"{how}: after {_count(last)} C = {_digits(wrong_C)} instead of {_digits(C)}."


def _of_infinity(seen: Comparison) -> str:
    """Where a run could not go on."""
    true, broken, last = seen.true, seen.broken, int(seen.epochs[-1])
    if true.stopped is None:
        return (
            f"After epoch {broken.stopped:,} the next step makes C or a weight infinite; the true "
            f"gradient comes to C = {_digits(float(true.losses[-1]))} by epoch {last:,}."
        )
    large = f"with the true gradient C or a weight is infinite after epoch {true.stopped:,}"
    if broken.stopped is None:
        there = f"C = {_digits(float(broken.losses[-1]))} after {_count(last)}"
        return f"The learning rate is too large: {large}; with the wrong one {there}."
    wrong = f"with the wrong one after epoch {broken.stopped:,}"
    return f"The learning rate is too large: {large}, {wrong}."


def _how_it_learns(began: float, C: float, wrong_C: float) -> str:
    """From where the losses began and where they came to."""
    if wrong_C < 0.9 * C:
        return "It even comes further in this run"
    if wrong_C <= 1.1 * C:
        return "It learns all the same"
    fell = (began - wrong_C) / (began - C) if began > C else 1.0
    if fell < 0.1:
        return "It hardly learns"
    return "It learns, though less well" if fell < 0.9 else "It learns, but stays behind"


def _digits(value: float, count: int = 4) -> str:
    return f"{value:.{count}g}".replace("-", "−")


def _count(epochs: int) -> str:
    return f"{epochs:,} epoch{'s' * (epochs != 1)}"


def _degrees(value: float) -> str:
    return f"{value:.2g}°" if value < 10 else f"{value:.0f}°"
