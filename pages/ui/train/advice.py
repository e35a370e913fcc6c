"""What to do when training stops early or gets nowhere, worked out from the run's own numbers.

Each sentence says what a predicate of `core.training.symptoms` has found, or what a trial run has
shown.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from core.dataset.preparation import Dataset
from core.losses import LOSSES
from core.network import Network
from core.training import symptoms
from core.training.run import Run
from core.training.settings import Settings
from pages.ui.style.markdown import count, plain
from pages.ui.style.thinning import evenly_spaced
from pages.ui.train.frame_views import SAMPLES_AT_REST

Array = NDArray[np.float64]

LARGE_INPUT = 10.0  # standard scaling keeps nearly everything within 3
FEWEST = 100  # epochs that a plateau lasts, at least; of a longer run a quarter
SMALL_CHANGE = 0.001  # of C: below it no percentage is given
LONGER = 10.0  # times as long a gradient is worth another start
LEAST_RATE = 1e-6  # of the learning rate, that is tried
WHICH = " Switch on *Network* to see which."


@dataclass(frozen=True)
class Retry:
    """Where to go on from after a divergence, and how fast.

    C: what TRIAL epochs bring C to there, visibly lower; None where that was not found.
    """

    epoch: int
    learning_rate: float
    C: float | None = None


def retry(run: Run) -> Retry:
    """The epoch where C was least, and the largest tenth, hundredth, … of η by which C falls there.

    A tenth where none was found, or trying takes too long.
    """
    since = _same_loss_since(run, run.epoch)
    epoch = since + int(np.argmin(run.losses[since:]))
    net, settings = run.at(epoch), run.settings
    share = 0.1
    while share >= LEAST_RATE:
        rate = _rounded(settings.learning_rate * share)
        tried = symptoms.trial(run, net, replace(settings, learning_rate=rate))
        if tried is None:
            break
        if not tried.diverged and tried.losses[-1] < run.losses[epoch]:
            C = float(tried.losses[-1])
            return Retry(epoch, rate, C if _is_lower(C, float(run.losses[epoch])) else None)
        share /= 10
    return Retry(epoch, _rounded(settings.learning_rate / 10))


def why_diverged(run: Run, again: Retry, data: Dataset) -> str:
    """What is known of a divergence, and what helps."""
    settings = run.settings
    least = float(run.losses[again.epoch])
    rose = symptoms.rises(run.losses[again.epoch :])
    told = [
        f"After epoch {again.epoch:,}, where C was {least:.4g}, "
        + (f"C rose at every step, to {run.losses[-1]:.4g}; " if rose else "C was never lower; ")
        + f"the step after epoch {run.epoch:,} makes C or a weight infinite."
    ]
    if again.C is not None:
        told.append(
            f"η = {settings.learning_rate:g} is too large here: with η = {again.learning_rate:g}, "
            f"{symptoms.TRIAL} epochs from there bring C to {again.C:.4g}."
        )
    return " ".join([*told, *_large_inputs(run, data)])


def _large_inputs(run: Run, data: Dataset) -> Iterator[str]:
    """That inputs are large, if C would fall were they scaled."""
    if data.scaling != "none" or np.abs(data.X).max() <= LARGE_INPUT:
        return
    if run.epoch >= symptoms.TRIAL or run.branch_epochs:
        return
    tried = symptoms.trial(run, run.at(0), run.settings, X=_standardised(data.X))
    if tried is None or tried.diverged:
        return
    if _is_lower(float(tried.losses[-1]), float(tried.losses[0])):
        yield (
            f"{_largest_input(data)}. With each input scaled to mean 0 and standard deviation 1, "
            f"the same η brings C from {tried.losses[0]:.4g} to {tried.losses[-1]:.4g} in "
            f"{symptoms.TRIAL} epochs{_where_to_scale(data)}."
        )


def _largest_input(data: Dataset) -> str:
    size = np.abs(data.X).max(axis=0)
    feature = int(np.argmax(size))
    return (
        f"The inputs are large: {plain(data.feature_names[feature])} reaches {size[feature]:,.4g}"
    )


def _where_to_scale(data: Dataset) -> str:
    return ": scale them on the Data page" if data.columns else ""  # an exercise is never scaled


def _standardised(X: Array) -> Array:
    deviation = X.std(axis=0)
    scaled: Array = (X - X.mean(axis=0)) / np.where(deviation > 0, deviation, 1.0)
    return scaled


def plateau(run: Run, epoch: int, data: Dataset) -> str:
    """Why C hardly falls any more, in a sentence; "" where it does fall, or is down already."""
    window = max(FEWEST, epoch // 4)
    changed = max((start for start in run.branch_epochs if start <= epoch), default=0)
    if epoch - changed < window:
        return ""
    past = run.losses[epoch - window : epoch + 1]
    stall = _Stall(run, epoch, data, past)
    if not symptoms.is_plateau(past, stall.start):
        return ""
    with np.errstate(all="ignore"):  # of a run about to diverge
        return " ".join([_change(past), *stall.sentences()])


def _change(past: Array) -> str:
    """What C has done, from the first to the last of these epochs."""
    over = f"over the last {count(len(past) - 1, 'epoch')}"
    first, last = float(past[0]), float(past[-1])
    if np.ptp(past) == 0:
        return f"C has not changed {over}."
    if abs(last - first) < SMALL_CHANGE * first:
        ago = f"{count(len(past) - 1, 'epoch')} ago"
        return f"C is within {SMALL_CHANGE:.1%} of what it was {ago}."
    if last < first:
        return f"C has fallen by {1 - last / first:.1%} {over}."
    if last < 2 * first:
        return f"C has risen by {last / first - 1:.1%} {over}."
    return f"C has risen from {first:.4g} to {last:.4g} {over}."


@dataclass(frozen=True)
class _Stall:
    """A run that gets nowhere at an epoch; `past`: C over the epochs up to it."""

    run: Run
    epoch: int
    data: Dataset
    past: Array

    @property
    def start(self) -> float:
        """C at the first epoch of the same loss."""
        return float(self.run.losses[_same_loss_since(self.run, self.epoch)])

    @cached_property
    def net(self) -> Network:
        """The network of the epoch."""
        return self.run.at(self.epoch)

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self.run.settings_at(self.epoch)

    @cached_property
    def X(self) -> Array:
        """The samples that are looked at."""
        return self.run.X[evenly_spaced(len(self.run.X), SAMPLES_AT_REST)]

    @cached_property
    def gradients(self) -> tuple[Array, Array]:
        """∇C over the whole training set."""
        pair = self.run.film(self.epoch - 1, 1, gradients=True).gradients
        assert pair is not None  # they were asked for
        return pair[0][0], pair[1][0]

    @cached_property
    def gradient(self) -> float:
        """The length of the gradient of what is minimised, over the weights that may move."""
        free = symptoms.free_gradient(self.net, self.gradients, self.settings)
        largest = float(np.abs(free).max())  # the squares of tiny numbers would be 0
        return largest * float(np.linalg.norm(free / largest)) if largest else 0.0

    def sentences(self) -> Iterator[str]:
        """The first cause that is found, and a learning rate that is better, if a trial shows one.

        Where the next steps cannot make a difference, or C is not what is minimised, none is tried.
        """
        for stuck in (self._frozen, self._same_units, self._penalty):
            if said := stuck():
                yield said
                return
        ups = self._ups()
        causes = (self._units, self._outputs, self._no_gradient, self._tiny_weights, self._flat)
        cause = ups or next(filter(None, (cause() for cause in causes)), "")
        if cause:
            yield cause
        if self.gradient > 0:
            yield from self._other_rate(smaller=bool(ups))

    def _frozen(self) -> str:
        frozen = len(self.settings.frozen) == self.net.W1.size + self.net.W2.size
        return "All weights are frozen, so none of them moves." if frozen else ""

    def _same_units(self) -> str:
        if self.settings.frozen or not symptoms.are_units_same(self.net):
            return ""
        after = self.run.update(self.epoch).after
        if after is None or not symptoms.are_units_same(after):
            return ""
        return (
            "All hidden units are the same: the same weights get the same gradients and stay the "
            "same. Begin with random weights."
        )

    def _penalty(self) -> str:
        """That the L2 term is what keeps C up."""
        l2 = self.settings.l2
        if not l2 or self.past[-1] < self.past[0]:
            return ""
        update = self.run.update(self.epoch)
        if update.after is None or not update.C_after > update.C_before:
            return ""
        rise = update.C_after - update.C_before
        fall = symptoms.penalty(update.before, l2) - symptoms.penalty(update.after, l2)
        if fall <= rise:
            return ""
        return (
            "Training minimises C plus the L2 term, and in the next step that sum falls while C "
            f"rises: λ = {l2:g} pulls the weights towards 0. With a smaller λ, C counts for more."
        )

    def _ups(self) -> str:
        """That C goes up and down, or only up."""
        if symptoms.oscillates(self.past):
            before = int(np.argmax(np.abs(np.diff(self.past))))
            return (
                "It goes up and down; its largest step is from "
                f"{self.past[before]:.4g} to {self.past[before + 1]:.4g}."
            )
        return "It was higher after each epoch than before." if symptoms.rises(self.past) else ""

    def _units(self) -> str:
        """That hidden units are dead or saturated."""
        dead = symptoms.dead_units(self.net, self.X) & (self.gradients[0] == 0).all(axis=0)
        if full := int(dead.sum()):
            return (
                f"{_of_units(full, self.net)} dead: H is above 0 for none of "
                f"{count(len(self.X), 'sample')}{self._looked_at}, so ∂Z/∂H is 0 and no gradient "
                f"reaches {'its' if full == 1 else 'their'} weights.{WHICH}"
            )
        saturated = symptoms.saturated_units(self.net, self.X)
        if full := int(saturated.sum()):
            return (
                f"{_of_units(full, self.net)} saturated: for nearly all of "
                f"{count(len(self.X), 'sample')}{self._looked_at} the slope ∂Z/∂H is below 4% of "
                f"its greatest value.{WHICH}{self._since_the_start(saturated)}"
            )
        return ""

    @property
    def _looked_at(self) -> str:
        return " looked at" if len(self.X) < len(self.run.X) else ""

    def _since_the_start(self, saturated: NDArray[np.bool_]) -> str:
        """What would have kept units from being saturated, where they were at epoch 0 already."""
        first = self.run.at(0)
        if not symptoms.saturated_units(first, self.X)[saturated].all():
            return ""
        so = f" {'It was' if saturated.sum() == 1 else 'They were'} so at epoch 0 already"
        scaled = symptoms.saturated_units(first, _standardised(self.X))[saturated]
        if self.data.scaling == "none" and np.abs(self.X).max() > LARGE_INPUT and not scaled.any():
            where = _where_to_scale(self.data)
            return f"{so}. {_largest_input(self.data)}; scaled inputs avoid it{where}."
        return f"{so}: smaller initial weights avoid it."

    def _outputs(self) -> str:
        """That the outputs are saturated, where the loss has their slope as a factor."""
        net = self.net
        if LOSSES[self.settings.loss].fused or not symptoms.are_outputs_saturated(net, self.X):
            return ""
        return (
            f"{'The output is' if net.outputs == 1 else 'The outputs are'} saturated: for nearly "
            f"all of {count(len(self.X), 'sample')}{self._looked_at} the slope ∂ŷ/∂O is below 4% "
            "of its greatest value. Under cross-entropy that factor cancels."
        )

    @property
    def _of_what(self) -> str:
        return "gradient of C plus the L2 term" if self.settings.l2 else "gradient"

    def _no_gradient(self) -> str:
        if self.gradient > 0:
            return ""
        plain_descent = self.settings.optimizer == "gd" and self.settings.batch_size is None
        so = ", so no learning rate moves the weights" if plain_descent else ""
        return f"The {self._of_what} is exactly 0{so}."

    def _tiny_weights(self) -> str:
        """That the weights began tiny, and nothing has made them larger yet."""
        net, first = self.net, self.run.at(0)
        tiny = symptoms.are_weights_tiny(net) and symptoms.are_weights_tiny(first)
        if self.settings.l2 or not tiny:
            return ""
        y = self.run.y[evenly_spaced(len(self.run.y), SAMPLES_AT_REST)]
        of_xavier = symptoms.gradient_of_xavier(net, self.X, y, self.settings.loss)
        own = float(np.linalg.norm(self.gradients[0]))
        if of_xavier <= LONGER * own:
            return ""
        largest = max(np.abs(net.W1[: net.inputs]).max(), np.abs(net.W2[: net.units]).max())
        return (
            "The weights began tiny and still are: without the bias rows the largest is "
            f"{largest:.2g}. So ∂C/∂W⁽¹⁾, of which W⁽²⁾ is a factor, is only {own:.2g} long; with "
            f"Xavier’s initial weights it is about {of_xavier:.1g}."
        )

    def _flat(self) -> str:
        net = self.net
        size = float(np.hypot(np.linalg.norm(net.W1), np.linalg.norm(net.W2)))
        if not symptoms.is_nearly_flat(float(self.past[-1]), self.gradient, size):
            return ""
        return (
            f"The {self._of_what} is only {self.gradient:.2g} long: "
            f"{'that sum' if self.settings.l2 else 'C'} is nearly flat here, as at a minimum or a "
            "saddle."
        )

    def _other_rate(self, *, smaller: bool) -> Iterator[str]:
        """That C comes lower in as many epochs with a learning rate 10 or 100 times as large.

        Or `smaller`. What is minimised has to come lower, too.
        """
        eta, l2 = self.settings.learning_rate, self.settings.l2
        same = self._tried(eta)
        for times in (0.1, 0.01) if smaller else (10.0, 100.0):
            rate = _rounded(eta * times)
            other = self._tried(rate)
            if same is None or other is None:
                return
            (C, sum_), (most, most_sum) = _ends(other, l2), _ends(same, l2)
            if _is_lower(C, min(most, float(self.past[-1]), self.start)) and sum_ < most_sum:
                told = f"to {most:.4g}" if np.isfinite(most) else "beyond all bounds"
                yield (
                    f"From these weights, {symptoms.TRIAL} epochs with η = {rate:g} bring C to "
                    f"{C:.4g}, with η = {eta:g} {told}."
                )
                return

    def _tried(self, rate: float) -> Run | None:
        settings = replace(self.settings, learning_rate=rate)
        return symptoms.trial(self.run, self.net, settings)


def _is_lower(C: float, before: float) -> bool:
    """Whether that is worth saying."""
    return (1 - symptoms.FLAT) * before > C


def _ends(run: Run, l2: float) -> tuple[float, float]:
    """What C comes to, and C plus the L2 term; infinite where the run diverges."""
    if run.diverged:
        return np.inf, np.inf
    C = float(run.losses[-1])
    return C, C + symptoms.penalty(run.network, l2)


def _of_units(full: int, net: Network) -> str:
    return f"{full} of {count(net.units, 'hidden unit')} {'is' if full == 1 else 'are'}"


def _same_loss_since(run: Run, epoch: int) -> int:
    """The epoch from which on the losses are of the loss in force at `epoch`."""
    since, loss = 0, run.settings_at(epoch).loss
    for start in run.branch_epochs:
        if start <= epoch and run.settings_at(start - 1).loss != loss:
            since = start
    return since


def _rounded(rate: float) -> float:
    return float(f"{rate:.2g}")
