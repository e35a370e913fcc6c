"""Advice when training diverges or stalls, computed from the run's own numbers.

Each sentence states what a predicate of `core.training.symptoms` or a trial run has shown.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from core.chain import Symbol
from core.dataset.preparation import Dataset
from core.losses import LOSSES
from core.network import Network
from core.training import symptoms
from core.training.run import Run
from core.training.settings import Settings
from core.utils.number_text import exact_text, round_to, short_text
from core.utils.sentence import plural
from core.utils.thinning import evenly_spaced
from pages.ui.train.frame_views import MOST_SAMPLES_PAUSED

Array = NDArray[np.float64]

LARGE_INPUT = 10.0  # standard scaling keeps nearly everything within 3
MIN_WINDOW = 100  # epochs of a plateau at least; in a longer run a quarter of its epochs
SMALL_CHANGE = 0.001  # of C: below it no percentage is given
GRADIENT_RATIO = 10.0  # with a gradient so many times larger, Xavier weights are advised
MIN_RATE_SHARE = 1e-6  # of the learning rate: the smallest to try
NETWORK_HINT = " Switch on “Network” to see which."


@dataclass(frozen=True)
class Retry:
    """Epoch and learning rate to continue with after a divergence.

    C: the loss after TRIAL epochs from there, if clearly lower; else None.
    """

    epoch: int
    learning_rate: float
    C: float | None = None


def retry(run: Run) -> Retry:
    """Return the epoch of the lowest C, and the largest η/10, η/100, … with which C falls there.

    η/10 if there is none, or if the trials take too long.
    """
    since = run.same_loss_since(run.epoch)
    epoch = since + int(np.argmin(run.losses[since:]))
    net, settings = run.at(epoch), run.settings
    share = 0.1
    while share >= MIN_RATE_SHARE:
        rate = round_to(settings.learning_rate * share, 2)
        trial = symptoms.trial(run, net, replace(settings, learning_rate=rate))
        if trial is None:
            break
        if not trial.diverged and trial.losses[-1] < run.losses[epoch]:
            C = float(trial.losses[-1])
            return Retry(epoch, rate, C if _is_lower(C, float(run.losses[epoch])) else None)
        share /= 10
    return Retry(epoch, round_to(settings.learning_rate / 10, 2))


def divergence_text(run: Run, again: Retry, data: Dataset) -> str:
    """Return how the run diverged and what helps, in sentences."""
    settings = run.settings
    least, last = short_text(run.losses[again.epoch]), short_text(run.losses[-1])
    rose = symptoms.rises(run.losses[again.epoch :])
    sentences = [
        f"After epoch {again.epoch:,}, where C was {least}, "
        + (f"C rose at every step, to {last}; " if rose else "C was never lower; ")
        + f"the step after epoch {run.epoch:,} makes C or a weight infinite."
    ]
    if again.C is not None:
        sentences.append(
            f"η = {exact_text(settings.learning_rate)} is too large here: with "
            f"η = {exact_text(again.learning_rate)}, {symptoms.TRIAL} epochs from there bring C to "
            f"{short_text(again.C)}."
        )
    return " ".join([*sentences, *_large_inputs_sentence(run, data)])


def _large_inputs_sentence(run: Run, data: Dataset) -> Iterator[str]:
    """Yield that the inputs are large, if C falls with scaled inputs."""
    if data.scaling != "none" or np.abs(data.X).max() <= LARGE_INPUT:
        return
    if run.epoch >= symptoms.TRIAL or run.branch_epochs:
        return
    trial = symptoms.trial(run, run.at(0), run.settings, X=_standardize(data.X))
    if trial is None or trial.diverged:
        return
    if _is_lower(float(trial.losses[-1]), float(trial.losses[0])):
        yield (
            f"{_largest_input(data)}. With each input scaled to mean 0 and standard deviation 1, "
            f"the same η brings C from {short_text(trial.losses[0])} to "
            f"{short_text(trial.losses[-1])} in {symptoms.TRIAL} epochs{_where_to_scale(data)}."
        )


def _largest_input(data: Dataset) -> str:
    size = np.abs(data.X).max(axis=0)
    feature = int(np.argmax(size))
    return f"The inputs are large: {data.feature_names[feature]} reaches {size[feature]:,.4g}"


def _where_to_scale(data: Dataset) -> str:
    return ": scale them on the Data page" if data.columns else ""  # an exercise is never scaled


def _standardize(X: Array) -> Array:
    deviation = X.std(axis=0)
    scaled: Array = (X - X.mean(axis=0)) / np.where(deviation > 0, deviation, 1.0)
    return scaled


def plateau_text(run: Run, epoch: int, data: Dataset) -> str:
    """Return why C hardly falls any more; "" if it falls, or is low already."""
    window = max(MIN_WINDOW, epoch // 4)
    changed = max((start for start in run.branch_epochs if start <= epoch), default=0)
    if epoch - changed < window:
        return ""
    past = run.losses[epoch - window : epoch + 1]
    stall = _Plateau(run, epoch, data, past)
    if not symptoms.is_plateau(past, stall.start):
        return ""
    with np.errstate(all="ignore"):  # of a run about to diverge
        return " ".join([_change_sentence(past), *stall.sentences()])


def _change_sentence(past: Array) -> str:
    """Return how C has changed over these epochs, in a sentence."""
    over = f"over the last {plural(len(past) - 1, 'epoch')}"
    first, last = float(past[0]), float(past[-1])
    if np.ptp(past) == 0:
        return f"C has not changed {over}."
    if abs(last - first) < SMALL_CHANGE * first:
        ago = f"{plural(len(past) - 1, 'epoch')} ago"
        return f"C is within {SMALL_CHANGE:.1%} of what it was {ago}."
    if last < first:
        return f"C has fallen by {1 - last / first:.1%} {over}."
    if last < 2 * first:
        return f"C has risen by {last / first - 1:.1%} {over}."
    return f"C has risen from {short_text(first)} to {short_text(last)} {over}."


@dataclass(frozen=True)
class _Plateau:
    """Diagnosis of a run that stalls at an epoch; `past`: C over the epochs up to it."""

    run: Run
    epoch: int
    data: Dataset
    past: Array

    @property
    def start(self) -> float:
        """C at the first epoch of the same loss."""
        return float(self.run.losses[self.run.same_loss_since(self.epoch)])

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
        """The samples that are examined."""
        return self.run.X[evenly_spaced(len(self.run.X), MOST_SAMPLES_PAUSED)]

    @cached_property
    def gradients(self) -> tuple[Array, ...]:
        """∇C over the whole training set."""
        gradients = self.run.film(self.epoch - 1, 1, gradients=True).gradients
        return tuple(of_epochs[0] for of_epochs in gradients or ())

    @cached_property
    def gradient(self) -> float:
        """The norm of the objective's gradient over the weights that are not frozen."""
        free = symptoms.free_gradient(self.net, self.gradients, self.settings)
        largest = float(np.abs(free).max())  # the squares of tiny numbers would be 0
        return largest * float(np.linalg.norm(free / largest)) if largest else 0.0

    def sentences(self) -> Iterator[str]:
        """Yield the first cause that applies, and a better learning rate, if a trial finds one.

        No trial is run if no rate can help, or if C is not what is minimised.
        """
        for cause in (self._all_frozen, self._identical_units, self._l2_penalty):
            if sentence := cause():
                yield sentence
                return
        oscillation = self._oscillation()
        causes = (
            self._dead_or_saturated_units,
            self._saturated_outputs,
            self._zero_gradient,
            self._tiny_weights,
            self._flat_loss,
        )
        if sentence := oscillation or next(filter(None, (cause() for cause in causes)), ""):
            yield sentence
        if self.gradient > 0:
            yield from self._better_rate(smaller=bool(oscillation))

    def _all_frozen(self) -> str:
        frozen = len(self.settings.frozen) == self.net.size
        return "All weights are frozen, so none is updated." if frozen else ""

    def _identical_units(self) -> str:
        if self.settings.frozen or not symptoms.are_units_identical(self.net):
            return ""
        after = self.run.update(self.epoch).after
        if after is None or not symptoms.are_units_identical(after):
            return ""
        return (
            "All hidden units are the same: equal weights get equal gradients and stay equal. "
            "Start from random weights."
        )

    def _l2_penalty(self) -> str:
        """Return that the L2 term makes C rise, if it does."""
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
            f"rises: λ = {exact_text(l2)} pulls the weights towards 0. A smaller λ gives C more "
            "weight."
        )

    def _oscillation(self) -> str:
        """Return that C oscillates, or that it only rises."""
        if symptoms.oscillates(self.past):
            before = int(np.argmax(np.abs(np.diff(self.past))))
            return (
                "C oscillates; its largest step is from "
                f"{short_text(self.past[before])} to {short_text(self.past[before + 1])}."
            )
        return "C rose in every epoch." if symptoms.rises(self.past) else ""

    def _dead_or_saturated_units(self) -> str:
        """Return that hidden units are dead or saturated."""
        still = [(gradient == 0).all(axis=0) for gradient in self.gradients[:-1]]
        dead = symptoms.dead_units(self.net, self.X) & np.concatenate(still)
        if full := int(dead.sum()):
            return (
                f"{_unit_count(dead, self.net)} dead: H ≤ 0 for all of "
                f"{self._samples}, so ∂Z/∂H is 0 and no gradient "
                f"reaches {'its' if full == 1 else 'their'} weights.{NETWORK_HINT}"
            )
        saturated = symptoms.saturated_units(self.net, self.X)
        if saturated.any():
            return (
                f"{_unit_count(saturated, self.net)} saturated: for nearly all of "
                f"{self._samples} the slope ∂Z/∂H is below 4% of "
                f"its maximum.{NETWORK_HINT}{self._initial_saturation(saturated)}"
            )
        return ""

    @property
    def _samples(self) -> str:
        return plural(len(self.X), "sample") + " examined" * (len(self.X) < len(self.run.X))

    def _initial_saturation(self, saturated: NDArray[np.bool_]) -> str:
        """Return what avoids the saturation, if the units were saturated at epoch 0 already."""
        first = self.run.at(0)
        if not symptoms.saturated_units(first, self.X)[saturated].all():
            return ""
        already = " Already at epoch 0"
        scaled = symptoms.saturated_units(first, _standardize(self.X))[saturated]
        if self.data.scaling == "none" and np.abs(self.X).max() > LARGE_INPUT and not scaled.any():
            where = _where_to_scale(self.data)
            return f"{already}. {_largest_input(self.data)}; scaling them avoids it{where}."
        return f"{already}: smaller initial weights avoid it."

    def _saturated_outputs(self) -> str:
        """Return that the outputs are saturated, if their slope is a factor of the gradient."""
        net = self.net
        if LOSSES[self.settings.loss].fused or not symptoms.are_outputs_saturated(net, self.X):
            return ""
        return (
            f"{'The output is' if net.outputs == 1 else 'The outputs are'} saturated: for nearly "
            f"all of {self._samples} the slope ∂ŷ/∂O is below 4% "
            "of its maximum. With cross-entropy that factor cancels."
        )

    @property
    def _gradient_name(self) -> str:
        return "gradient of C plus the L2 term" if self.settings.l2 else "gradient"

    def _zero_gradient(self) -> str:
        if self.gradient > 0:
            return ""
        plain_descent = self.settings.optimizer == "gd" and self.settings.batch_size is None
        so = ", so no learning rate moves the weights" if plain_descent else ""
        return f"The {self._gradient_name} is exactly 0{so}."

    def _tiny_weights(self) -> str:
        """Return that the weights began tiny and still are."""
        net, first = self.net, self.run.at(0)
        tiny = symptoms.are_weights_tiny(net) and symptoms.are_weights_tiny(first)
        if self.settings.l2 or not tiny:
            return ""
        y = self.run.y[evenly_spaced(len(self.run.y), MOST_SAMPLES_PAUSED)]
        of_xavier = symptoms.xavier_gradient_norm(net, self.X, y, self.settings.loss)
        own = float(np.linalg.norm(self.gradients[0]))
        if of_xavier <= GRADIENT_RATIO * own:
            return ""
        weights = enumerate(net.weights, start=1)
        largest = max(np.abs(matrix[: net.rows(layer)]).max() for layer, matrix in weights)
        last = Symbol("W", net.layers).text
        factors = "W⁽²⁾ as a factor" if net.layers == 2 else f"W⁽²⁾ to {last} as factors"
        return (
            "The weights began tiny and still are: the largest outside the bias rows is "
            f"{short_text(largest, 2)}. So ∂C/∂W⁽¹⁾, which has {factors}, has norm "
            f"{short_text(own, 2)} only; with Xavier initialisation it is about "
            f"{short_text(of_xavier, 1)}."
        )

    def _flat_loss(self) -> str:
        net = self.net
        size = math.hypot(*(float(np.linalg.norm(matrix)) for matrix in net.weights))
        if not symptoms.is_nearly_flat(float(self.past[-1]), self.gradient, size):
            return ""
        return (
            f"The {self._gradient_name} has norm {short_text(self.gradient, 2)} only: "
            f"{'that sum' if self.settings.l2 else 'C'} is nearly flat here, as at a minimum or a "
            "saddle."
        )

    def _better_rate(self, *, smaller: bool) -> Iterator[str]:
        """Yield a learning rate 10 or 100 times larger with which C falls further, if there is one.

        Or `smaller`. What is minimised has to fall further, too.
        """
        eta, l2 = self.settings.learning_rate, self.settings.l2
        same = self._trial(eta)
        for times in (0.1, 0.01) if smaller else (10.0, 100.0):
            rate = round_to(eta * times, 2)
            other = self._trial(rate)
            if same is None or other is None:
                return
            (C, sum_), (most, most_sum) = _final_losses(other, l2), _final_losses(same, l2)
            if _is_lower(C, min(most, float(self.past[-1]), self.start)) and sum_ < most_sum:
                baseline = f"to {short_text(most)}" if np.isfinite(most) else "the run diverges"
                yield (
                    f"From these weights, {symptoms.TRIAL} epochs with η = {exact_text(rate)} "
                    f"bring C to {short_text(C)}; with η = {exact_text(eta)} {baseline}."
                )
                return

    def _trial(self, rate: float) -> Run | None:
        settings = replace(self.settings, learning_rate=rate)
        return symptoms.trial(self.run, self.net, settings)


def _is_lower(C: float, before: float) -> bool:
    """Return whether the difference is worth mentioning."""
    return (1 - symptoms.FLAT) * before > C


def _final_losses(run: Run, l2: float) -> tuple[float, float]:
    """Return the final C, and C plus the L2 term; infinite if the run diverges."""
    if run.diverged:
        return np.inf, np.inf
    C = float(run.losses[-1])
    return C, C + symptoms.penalty(run.network, l2)


def _unit_count(full: NDArray[np.bool_], net: Network) -> str:
    """Return how many of the hidden units are, and of several layers in which."""
    count = int(full.sum())
    by_layer = np.split(full, np.cumsum([columns for _, columns in net.shapes[:-2]]))
    layers = [
        f"{int(part.sum())} in layer {layer}"
        for layer, part in enumerate(by_layer, start=1)
        if part.any()
    ]
    where = f" ({', '.join(layers)})" if len(by_layer) > 1 else ""
    return f"{count} of {plural(full.size, 'hidden unit')}{where} {'is' if count == 1 else 'are'}"
