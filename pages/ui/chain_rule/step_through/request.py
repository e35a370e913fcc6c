"""What the browser asks for in the step through, and carrying it out."""

from dataclasses import dataclass, field, replace
from typing import Any, Self

from pages.ui.chain_rule.notation import Selection
from pages.ui.chain_rule.step_through.question import CHECK, SHOW, Answer, verdict_on
from pages.ui.chain_rule.update import update_of
from pages.ui.state.fair_share import fair_share
from pages.ui.state.message import Message
from pages.ui.state.session import Session, Weight

NEXT_EPOCH, CLOSE = "next", "close"
ACTIONS = (NEXT_EPOCH, CLOSE, CHECK, SHOW)


@dataclass(frozen=True)
class StepRequest:
    """A request of the browser, numbered in sequence; its values are not trusted."""

    sequence: int = 0
    token: str = ""
    stop: str = ""
    weight: Weight | None = None  # None if none was chosen in the section
    action: str = ""  # one of ACTIONS
    epoch: int = 0  # on display, for the action NEXT_EPOCH
    lacks: bool = False  # whether the browser lacks what was sent before
    answer: Answer = field(default_factory=Answer)  # of the actions CHECK and SHOW

    @classmethod
    def parse(cls, message: object) -> Self:
        """Return the request from whatever the browser sent."""
        fields = Message(message)
        weight = Weight(fields.whole("layer"), fields.whole("row"), fields.whole("column"))
        return cls(
            fields.whole("sequence"),
            fields.text("token"),
            fields.text("stop"),
            weight if "layer" in fields else None,
            fields.choice("action", ACTIONS),
            fields.whole("epoch"),
            fields.flag("lacks"),
            Answer.parse(fields),
        )


def apply_request(session: Session, request: StepRequest) -> None:
    """Carry out a request, unless it belongs to another run."""
    with session.lock:
        sent = frozenset() if request.lacks else session.step.sent
        session.step = replace(session.step, sequence=request.sequence, sent=sent)
        if request.token != session.current.token or not session.stop:
            return
        session.look(weight=request.weight)
        if request.action == CLOSE:
            session.go_to_stop("")
        elif request.action == NEXT_EPOCH:
            _next_epoch(session, request.epoch)
        elif request.stop:
            session.go_to_stop(request.stop)
        shown = Selection.of(session)
    if request.action in (CHECK, SHOW):
        verdict = _verdict(request, shown)  # which may take long
        with session.lock:
            session.step = replace(session.step, verdict=verdict)


def _verdict(request: StepRequest, shown: Selection) -> dict[str, Any] | None:
    """Return the verdict that the request asks for, with its sequence; None if nothing is asked."""
    update, show = update_of(shown.run, shown.epoch), request.action == SHOW
    verdict = verdict_on(request.answer, request.stop, shown, update, show=show)
    return verdict and {"sequence": request.sequence, **verdict}


def _next_epoch(session: Session, epoch: int) -> None:
    """Show the epoch after that one from its first stop, training it if needed.

    Nothing happens if another one is on display: an answer was lost and the request repeated.
    """
    if session.epoch != epoch:
        return
    run, following = session.run, epoch + 1
    if following > run.epoch:
        with fair_share(run.epoch_seconds):
            run.advance(1)
    if following <= run.epoch:
        session.report(following, playing=False)
        session.go_to_stop("X")
