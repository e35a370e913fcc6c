"""Server side of the step through: what the browser needs to show every stop at once.

The browser gets a header and arrays of float64 (see `pages/ui/live/codec.py`); everything by the
loss that is shown.

    X, H, Z, …, dC_dH    a row for each of some samples, the chosen one among them (`first` is the
                         number of the first): see `core.chain.sample_values`; `y` besides; of a
                         softmax's dyhat_dO a Jacobian row by row
    new_H, … new_y_hat   those samples' H, Z, O and ŷ after the update, Z without its constant 1
    new_C                their shares of C after the update, (n, 1)
    W1, dW1, new_W1, …   each matrix, its gradient over all samples, and the updated matrix

Arrays and forms are omitted if they were sent before: the header's "state" names what they belong
to. A browser that lacks them asks for them. A request that checks a typed number has its "verdict"
in the header; a repeated one has the same.
"""

from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Any, Self

import numpy as np

from core.chain import largest_paths, sample_costs, sample_values, stops
from core.chain.fold import MatrixChain
from core.gradients import Array
from core.losses import LOSSES
from core.network import Network
from core.training.update import Update
from pages.ui.chain_rule.notation import Selection
from pages.ui.chain_rule.scene import EpochGradients, epoch_gradients, shown_midpoints
from pages.ui.chain_rule.step_through.forms import forms
from pages.ui.chain_rule.step_through.question import CHECK, SHOW, Answer, verdict_on
from pages.ui.chain_rule.update import update_of, with_shown_loss
from pages.ui.live.codec import encode
from pages.ui.state.message import Message
from pages.ui.state.names import Names
from pages.ui.state.session import Session, Weight

MAX_WEIGHTS = 200_000  # of a network that is shown: three matrices of each are sent
MAX_NUMBERS = 40_000  # of the samples' arrays; the samples around the chosen one are sent
NEXT_EPOCH, CLOSE = "next", "close"
ACTIONS = (NEXT_EPOCH, CLOSE, CHECK, SHOW)


@dataclass(frozen=True)
class StepRequest:
    """A request of the browser, numbered in sequence; its values are not trusted."""

    sequence: int = 0
    token: str = ""
    stop: str = ""
    weight: Weight = field(default_factory=Weight)
    output: int = 0
    action: str = ""  # one of ACTIONS
    lacks: str = ""  # the state whose arrays the browser asks for
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
            weight,
            fields.whole("output"),
            fields.choice("action", ACTIONS),
            fields.text("lacks"),
            Answer.parse(fields),
        )


def apply_request(session: Session, request: StepRequest) -> None:
    """Go to the stop and select the weight, unless the request belongs to another run."""
    with session.lock:
        session.step_sequence = request.sequence
        if request.token != session.current.token or not session.stop:
            return
        session.look(weight=request.weight, output=request.output)
        if request.action == CLOSE:
            session.stop = ""
        elif request.action == NEXT_EPOCH:
            _next_epoch(session)
        else:
            session.go_to_stop(request.stop)


def _next_epoch(session: Session) -> None:
    """Show the next epoch from its first stop, training it if needed."""
    run, following = session.run, session.epoch + 1
    if following > run.epoch:
        run.advance(1)
    if following <= run.epoch:
        session.report(following, playing=False)
        session.go_to_stop("X")


def answer(session: Session, request: StepRequest) -> bytes:
    """Return the scene as bytes."""
    with session.lock:
        shown, stop, sequence = Selection.of(session), session.stop, session.step_sequence
    current, run, focus = shown.experiment, shown.run, shown.focus
    at = epoch_gradients(run, current.epoch, shown.loss)
    of_run = update_of(run, current.epoch)
    update = with_shown_loss(of_run, shown)
    net = at.net
    first, last = _window(at, len(run.X), focus.sample)
    state = _digest(current.token, current.epoch, shown.loss, shown.conventions, focus)
    header: dict[str, Any] = {
        "sequence": sequence,
        "token": current.token,
        "epoch": current.epoch,
        "state": state,
        "stop": stop,
        "samples": len(run.X),
        "first": first,
        "focus": asdict(focus),
        "path": _path(at, shown),
        "names": Names.of(current).matrices,
        "bias": {"input": net.bias_input, "hidden": net.bias_hidden},
        "functions": {"hidden": net.hidden, "output": net.output, "loss": shown.loss},
        "fused": LOSSES[shown.loss].fused,
        "conventions": asdict(shown.conventions),
        "midpoints": asdict(shown_midpoints(shown)),
        "cost": update.C_before,
        "new_cost": update.C_after if np.isfinite(update.C_after) else None,
        "finite": update.finite,
        "ends": run.ended if current.epoch == run.epoch else "",
        "stops": [
            {"name": s.name, "operation": s.operation, "layer": s.layer, "backward": s.backward}
            for s in stops(net.layers)
        ],
    }
    if verdict := _verdict(request, shown, of_run):
        header["verdict"] = {"sequence": request.sequence, **verdict}
    arrays: dict[str, Array] = {}
    if session.step_sent != state or request.lacks == state:
        arrays = _arrays(at, update, shown, slice(first, last))
        header |= {"forms": forms(shown, update)}
    session.step_sent = state
    return encode(header, arrays)


def _verdict(request: StepRequest, shown: Selection, update: Update) -> dict[str, Any] | None:
    """Return the verdict that the request asks for, unless it belongs to another run."""
    if request.action not in (CHECK, SHOW) or request.token != shown.experiment.token:
        return None
    show = request.action == SHOW
    return verdict_on(request.answer, request.stop, shown, update, show=show)


def _window(at: EpochGradients, samples: int, sample: int) -> tuple[int, int]:
    """Return the first sample that is sent, and the one after the last."""
    row = at.net.inputs + 6 * sum(columns for _, columns in at.net.shapes)
    count = min(samples, max(1, MAX_NUMBERS // row))
    first = min(max(0, sample - count // 2), samples - count)
    return first, first + count


def _path(at: EpochGradients, shown: Selection) -> list[int]:
    """Return the units from the weight's own, and the output, of the path of the largest product.

    Of a weight of the last matrix it is the output only.
    """
    weight, sample = shown.focus.weight, shown.focus.sample
    if weight.layer == at.net.layers:
        return [weight.column]
    run, only = shown.run, slice(sample, sample + 1)
    chain = MatrixChain(at.net, at.net.forward(run.X[only]), run.y[only], at.loss, weight.layer)
    (path,) = largest_paths(chain, 0, weight.row, weight.column, 1, shown.focus.output)
    return [*path.units, shown.focus.output]


def _arrays(
    at: EpochGradients, update: Update, shown: Selection, samples: slice
) -> dict[str, Array]:
    run, N = shown.run, len(shown.run.X)
    X, y = run.X[samples], run.y[samples]
    values = sample_values(at.net, X, y, at.loss, N) | {"y": y}
    arrays = {name: array.reshape(len(X), -1) for name, array in values.items()}
    if update.after is not None:
        arrays |= _new_forward(update.after, X)
        arrays["new_C"] = sample_costs(update.after, X, y, at.loss, N)
    for layer, W in enumerate(at.net.weights, start=1):
        arrays |= {f"W{layer}": W, f"dW{layer}": at.gradients[layer - 1]}
        arrays[f"new_W{layer}"] = update.new_weights[layer - 1]
    return arrays


def _new_forward(after: Network, X: Array) -> dict[str, Array]:
    """Return H and Z of each layer, O and ŷ with the updated weights."""
    forward = after.forward(X)
    arrays = {"sum": forward.sums, "activation": forward.values}
    return {
        f"new_{stop.name}": arrays[stop.operation][stop.layer - 1]
        for stop in stops(after.layers)
        if stop.operation in arrays
    }


def _digest(*parts: object) -> str:
    """Return a text short enough for the browser to send it back."""
    return sha256(repr(parts).encode()).hexdigest()[:16]
