"""A weight's course in sentences: from where to where, and how its step follows its gradient."""

from collections.abc import Sequence

from core.training.settings import Settings
from core.utils.number_text import exact_text, number_text
from pages.ui.state.session import Session
from pages.ui.style.change_marks import change_marks

COURSE = "From {first} at epoch 0 to {now} at epoch {epoch:,}."
FROZEN = "Frozen at epoch {epoch:,}: the next update does not change this weight."
UNMOVED = "∂C/∂W is 0 at every epoch computed: the gradient does not move this weight."
CHANGED = "▼ marks a change of the training. The rule at epoch {epoch:,}:"
AGAINST = "where {pull} is positive the weight falls, where it is negative it rises."
LATE = (
    "where {pull} stays positive the weight falls, where it stays negative it rises, but it may go "
    "on for a while once the sign has changed."
)
RULES = {
    "gd": "Gradient descent steps by −{rate} · {factor}: " + AGAINST,
    "momentum": "Momentum steps by −{rate} · {factor} and by {momentum} of the step before: "
    + LATE,
    "nesterov": "Nesterov momentum steps against the recent {pull}, added up: " + LATE,
    "rmsprop": "RMSprop steps by {pull} over its own recent size, times −{rate}: " + AGAINST,
    "adam": "Adam steps by the mean of the recent {pull} over their size, times −{rate}: " + LATE,
}
BATCHES = (
    "An epoch is {steps:,} such updates, each with the gradient of its own samples: of the curve, "
    "which is over all samples, it holds only roughly."
)


def story(state: Session, first: float, now: float, gradients: Sequence[float]) -> str:
    """Return from where to where the selected weight went, and how its next steps go.

    `gradients`: its ∂C/∂W at the epochs computed.
    """
    run, epoch, weight, settings = state.run, state.epoch, state.focus.weight, state.settings
    sentences = []
    if epoch:
        ends = [number_text(value, state.conventions.digits) for value in (first, now)]
        sentences.append(COURSE.format(first=ends[0], now=ends[1], epoch=epoch))
    if weight.place in settings.frozen:
        return " ".join([*sentences, FROZEN.format(epoch=epoch)])
    if not any(gradients):
        return " ".join([*sentences, UNMOVED])
    if change_marks(run):
        sentences.append(CHANGED.format(epoch=epoch))
    sentences.append(rule(settings, decays=weight.row < run.template.rows(weight.layer)))
    samples, size = len(run.X), settings.batch_size
    if size is not None and size < samples:
        sentences.append(BATCHES.format(steps=-(-samples // size)))
    return " ".join(sentences)


def rule(settings: Settings, *, decays: bool) -> str:
    """Return how the weight's step follows its gradient; `decays`: whether L2 applies to it."""
    pull = f"∂C/∂W + {exact_text(settings.l2)} · W" if decays and settings.l2 else "∂C/∂W"
    return RULES[settings.optimizer].format(
        rate=exact_text(settings.learning_rate),
        momentum=exact_text(settings.momentum),
        pull=pull,
        factor=f"({pull})" if "+" in pull else pull,
    )
