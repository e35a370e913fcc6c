"""Messages that the stage shows below its readout, and the actions that they offer.

All is plain text, which the browser inserts as text: names of the user's are sent as they are.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.dataset.preparation import Dataset
from core.network import Network
from core.training.run import Run
from core.utils.latest import latest
from core.utils.number_text import exact_text, short_text
from core.utils.sentence import plural
from core.utils.thinning import evenly_spaced
from pages.ui.chain_rule.notation import Selection
from pages.ui.state.session import Session
from pages.ui.train import advice
from pages.ui.train.frame_views import MOST_SAMPLES_PAUSED

Array = NDArray[np.float64]

WELCOME = (
    "A microscope for the chain rule: press Play, pause at any epoch, and see every number behind "
    "its gradients."
)


@dataclass(frozen=True)
class MessageAction:
    """A button of a message; `name`: one of ACTIONS of a stage's request."""

    name: str
    label: str
    help: str


@dataclass(frozen=True)
class StageMessage:
    """A message; `epoch`: what it is about, None for the whole run."""

    text: str
    actions: tuple[MessageAction, ...] = ()
    kind: Literal["note", "warning"] = "note"
    epoch: int | None = None


PREVIOUS_RUN = "Previous run:"
RESTORE = MessageAction(
    "restore", "Bring it back", "Swaps the two runs; pressed again, it swaps them back."
)
KEEP = MessageAction(
    "keep", "Keep", "Gives it a name: it stays on the Runs page, whatever other runs follow."
)
DISCARD = MessageAction(
    "discard",
    "Discard",
    "Removes its curve from the loss chart and frees its memory; it cannot be brought back.",
)
HIDE = MessageAction(
    "discard", "Hide", "Removes its curve from the loss chart; the run stays on the Runs page."
)


def messages(session: Session) -> list[dict[str, Any]]:
    """Return the messages for the browser; while a film plays, only those about the whole run."""
    with session.lock:
        sources = (source for source, at_rest in _SOURCES if not (at_rest and session.playing))
        return [asdict(message) for source in sources for message in source(session)]


def act(session: Session, action: str) -> None:
    """Carry out an action; one that the session does not offer changes nothing."""
    with session.lock:
        _ACTIONS[action](session)


def _welcome(session: Session) -> Iterator[StageMessage]:
    """Yield what the app is for, until something was trained."""
    if session.run.epoch == 0 and session.previous is None:
        yield StageMessage(WELCOME, epoch=0)


def _is_diverged(session: Session) -> bool:
    return session.run.diverged and session.epoch == session.run.epoch


def _divergence(session: Session) -> Iterator[StageMessage]:
    """Yield why the run diverged, and that it can continue with a smaller learning rate."""
    run = session.run
    if not _is_diverged(session):
        return
    again = latest(run, (), advice.retry)
    text = latest(run, (again, session.source.dataset), advice.divergence_text)
    rate = exact_text(again.learning_rate)
    retry = MessageAction(
        "retry",
        f"Go back to epoch {again.epoch:,} and continue with η = {rate}",
        "The epoch with the lowest C, with a smaller learning rate. The current run becomes the "
        "previous one and can be brought back.",
    )
    yield StageMessage(text, (retry,), "warning", run.epoch)


def _plateau(session: Session) -> Iterator[StageMessage]:
    """Yield why C hardly falls any more."""
    if _is_diverged(session):
        return
    epoch = session.epoch
    if text := latest(session.run, (epoch, session.source.dataset), advice.plateau_text):
        yield StageMessage(text, epoch=epoch)


def _best_epoch(session: Session) -> Iterator[StageMessage]:
    """Yield which epoch has the lowest validation loss, once the run has ended."""
    run, best = session.run, session.run.best_epoch
    if best is None or not run.ended or session.epoch == best or _is_diverged(session):
        return
    go = MessageAction("best", f"Go to epoch {best:,}", "Shows exactly that epoch’s weights.")
    yield StageMessage(
        f"Epoch {best:,} has the lowest validation loss.", (go,), epoch=session.epoch
    )


def _frozen_weights(session: Session) -> Iterator[StageMessage]:
    """Yield how many weights are frozen."""
    if frozen := len(session.settings.frozen):
        unfreeze = MessageAction(
            "unfreeze", "Unfreeze all", "They are trained again from the epoch on display on."
        )
        verb = "is" if frozen == 1 else "are"
        yield StageMessage(f"{plural(frozen, 'weight')} {verb} frozen: not trained.", (unfreeze,))


def _previous_run(session: Session) -> Iterator[StageMessage]:
    """Yield which run the previous one is."""
    before = session.previous
    if before is None:
        return
    C = short_text(before.run.losses[before.epoch], session.conventions.digits)
    title = before.source.title
    which = f"{before.name} ({title})" if before.name else title
    others = (HIDE,) if before.name else (KEEP, DISCARD)
    yield StageMessage(
        f"{PREVIOUS_RUN} {which}, epoch {before.epoch:,}, C = {C}.", (RESTORE, *others)
    )


def _conventions(session: Session) -> Iterator[StageMessage]:
    """Yield that this page shows loss and matrices without the course's conventions."""
    if notes := Selection.of(session).notes:
        yield StageMessage(f"On this page: {notes}")


def _error_in_target_units(session: Session) -> Iterator[StageMessage]:
    """Yield the RMSE of a regression in the target's units: C is of the scaled target."""
    data, epoch = session.source.dataset, session.epoch
    if data.task != "regression":
        return
    training, *validation = latest(session.run, (epoch, data), rmse)
    names = data.target_names
    whose = "the target’s own units" if len(names) == 1 else "the targets’ own units, pooled"
    beside = "".join(f", {error} on the validation samples" for error in validation)
    yield StageMessage(
        f"RMSE of {', '.join(names)} at epoch {epoch:,}, in {whose}: {training} on the training "
        f"samples{beside}.",
        epoch=epoch,
    )


def rmse(run: Run, epoch: int, data: Dataset) -> list[str]:
    """Return the RMSE at an epoch over the training samples, then over any validation samples.

    In the target's own units, pooled over the outputs, as text; of many samples an estimate (≈).
    Not finite if the run is about to diverge.
    """
    net = run.at(epoch)
    sets = [(data.X, data.y), (data.X_val, data.y_val)]
    return [_rmse_text(net, X, y, data) for X, y in sets if X is not None and y is not None]


def _rmse_text(net: Network, X: Array, y: Array, data: Dataset) -> str:
    part = evenly_spaced(len(X), MOST_SAMPLES_PAUSED)
    with np.errstate(all="ignore"):  # of a run that diverges
        misses = data.unscale_y(net.predict(X[part])) - data.unscale_y(y[part])
        error = short_text(float(np.sqrt(np.mean(misses**2))))
    return f"≈ {error}" if len(part) < len(X) else error


_Source = Callable[[Session], Iterator[StageMessage]]
_SOURCES: tuple[tuple[_Source, bool], ...] = (  # and whether they are about an epoch at rest
    (_welcome, True),
    (_divergence, True),
    (_plateau, True),
    (_best_epoch, True),
    (_frozen_weights, False),
    (_previous_run, False),
    (_conventions, False),
    (_error_in_target_units, True),
)


def _retry(session: Session) -> None:
    """Continue a run that diverged from its lowest C with a smaller learning rate."""
    run = session.run
    if run.diverged:
        again = latest(run, (), advice.retry)
        session.retry(again.epoch, replace(run.settings, learning_rate=again.learning_rate))


def _show_best_epoch(session: Session) -> None:
    if session.run.best_epoch is not None:
        session.show(session.run.best_epoch)


def _unfreeze(session: Session) -> None:
    if session.settings.frozen:
        session.change(replace(session.settings, frozen=frozenset()))


def _keep(session: Session) -> None:
    if session.previous is not None and not session.previous.name:
        session.keep_run(session.previous.identifier)
        session.show(session.epoch)  # the message changes


def _discard(session: Session) -> None:
    if session.previous is not None:
        session.discard_previous()


_ACTIONS: dict[str, Callable[[Session], None]] = {
    "reset": Session.begin,
    "retry": _retry,
    "best": _show_best_epoch,
    "unfreeze": _unfreeze,
    "restore": Session.restore_previous,
    "keep": _keep,
    "discard": _discard,
}
